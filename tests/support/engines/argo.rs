//! Argo CD's application-controller and repo-server, with git repositories on the disk as sources.

use super::cache;
use super::programs::ArgoPrograms;
use crate::support::api::{Api, MERGE};
use crate::support::control_plane::{ControlPlane, Program, Server, flag, free_ports};
use crate::support::wait::until;
use serde_json::{Value, json};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;

/// Where Applications live here.
pub const NAMESPACE: &str = "argocd";

/// A running Argo CD without its server and without its notifications: nobody logs in to it.
pub struct Argo {
    servers: Vec<Server>,
    /// What it runs on.
    pub plane: Arc<ControlPlane>,
    /// As administrator of the cluster.
    pub api: Api,
    /// The port of its Redis on loopback.
    pub redis: u16,
}

impl Argo {
    /// Starts one; it works on what it is given as soon as it can.
    pub(super) fn start(plane: Arc<ControlPlane>, programs: &ArgoPrograms) -> Self {
        super::apply_crds(&plane, &programs.crds);
        let api = plane.namespace(NAMESPACE);
        settings(&api);
        let dir = plane.dir().join("argocd");
        let empty = dir.join("empty");
        let scratch = dir.join("tmp");
        for dir in [&empty, &scratch] {
            std::fs::create_dir_all(dir).expect("a folder");
        }
        let [redis, repo, repo_metrics, metrics] = free_ports();
        let at = |name: &str| dir.join(name);
        let empty = empty.display().to_string();
        let role = |name: &str| {
            Program::own(&programs.argocd)
                .env("ARGOCD_BINARY_NAME", name)
                .env("ARGOCD_GPG_ENABLED", "false")
                .env("ARGOCD_TLS_DATA_PATH", &empty)
                .env("ARGOCD_SSH_DATA_PATH", &empty)
                .env("ARGOCD_PLUGINSOCKFILEPATH", &empty)
                .env("ARGOCD_ASK_PASS_SOCK", at("ask-pass.sock").display().to_string())
                .env("ARGOCD_FAKE_IN_CLUSTER", "true")
                .env("REDIS_PASSWORD", cache::PASSWORD)
                .env("ARGOCD_SYNC_WAVE_DELAY", "0")
                .env("HOSTNAME", "argocd-application-controller-0")
                .env("KUBECONFIG", plane.kubeconfig("admin").display().to_string())
                .env("TMPDIR", scratch.display().to_string())
        };
        let cache = Server::start(
            &Program::foreign(Path::new("redis-server")),
            &["--save", "", "--appendonly", "no", "--bind", "127.0.0.1"]
                .into_iter()
                .map(str::to_owned)
                .chain(["--requirepass", cache::PASSWORD, "--port"].map(str::to_owned))
                .chain([redis.to_string()])
                .collect::<Vec<_>>(),
            &at("redis.log"),
        );
        let repo_server = Server::start(
            &role("argocd-repo-server"),
            &[
                flag("port", repo),
                flag("address", "127.0.0.1"),
                flag("metrics-port", repo_metrics),
                flag("redis", format_args!("localhost:{redis}")),
                "--disable-tls".to_owned(),
            ],
            &at("repo-server.log"),
        );
        let controller = Server::start(
            &role("argocd-application-controller"),
            &[
                flag("namespace", NAMESPACE),
                flag("redis", format_args!("localhost:{redis}")),
                flag("repo-server", format_args!("localhost:{repo}")),
                "--repo-server-plaintext".to_owned(),
                flag("metrics-port", metrics),
                // Sources are read again when a test says so, or nearly at once.
                flag("app-resync", 10),
                flag("app-resync-jitter", 0),
                flag("self-heal-backoff-timeout-seconds", 1),
            ],
            &at("application-controller.log"),
        );
        let servers = vec![controller, repo_server, cache];
        cache::install(&api, NAMESPACE);
        let argo = Self { servers, plane, api, redis };
        argo.lead_to(redis);
        argo
    }

    /// Leads the port of the pod that stands for Redis to this port of loopback.
    pub fn lead_to(&self, port: u16) {
        self.plane.set_port(NAMESPACE, cache::POD, 6379, port);
    }

    /// Why nothing is to be expected of it any more; None while it runs.
    pub fn fault(&self) -> Option<String> {
        let own = self.servers.iter().map(Server::fault).find(Option::is_some).flatten();
        own.or_else(|| self.plane.fault())
    }

    /// A new namespace with a repository of this name.
    pub fn repository(&self, name: &str) -> Repository {
        self.plane.namespace(name);
        Repository::new(&self.plane.dir().join("repositories").join(name))
    }

    /// Creates an Application of this name that brings what lies in a repository to the namespace of
    /// this name. `spec` is merged into it.
    pub fn create(&self, name: &str, repository: &Repository, spec: &Value) {
        let mut body = json!({
            "apiVersion": "argoproj.io/v1alpha1", "kind": "Application",
            "metadata": { "name": name, "namespace": NAMESPACE },
            "spec": {
                "project": "default",
                "source": { "repoURL": repository.url(), "path": ".", "targetRevision": "HEAD" },
                "destination": { "server": "https://kubernetes.default.svc", "namespace": name },
            },
        });
        let Value::Object(spec) = spec else { panic!("a spec is an object: {spec}") };
        for (field, value) in spec {
            body["spec"][field] = value.clone();
        }
        self.api.create(&applications(""), &body);
    }

    /// The Application as it is now.
    pub fn get(&self, name: &str) -> Value {
        self.api.get(&applications(name))
    }

    /// Merges into the Application, as a person who edits it.
    pub fn patch(&self, name: &str, body: &Value) -> Value {
        let path = format!("{}?fieldManager=someone", applications(name));
        let (code, answer) = self.api.call_as("PATCH", &path, MERGE, Some(body));
        assert_eq!(code, 200, "{answer}");
        answer
    }

    /// Waits until the Application is as wanted.
    pub fn until(&self, name: &str, what: &str, mut wanted: impl FnMut(&Value) -> bool) -> Value {
        until(&format!("{name} to be {what}"), || {
            let app = self.get(name);
            if wanted(&app) { Ok(app) } else { Err(told(&app)) }
        })
    }

    /// Waits until the Application was compared and has this sync and health.
    pub fn until_status(&self, name: &str, sync: &str, health: &str) -> Value {
        self.until(name, &format!("{sync} and {health}"), |app| {
            app["status"]["sync"]["status"] == sync && app["status"]["health"]["status"] == health
        })
    }

    /// Has it compared anew, and waits until that is done.
    pub fn refresh(&self, name: &str) {
        let annotation = "argocd.argoproj.io/refresh";
        self.patch(name, &json!({ "metadata": { "annotations": { annotation: "normal" } } }));
        self.until(name, "refreshed", |app| app["metadata"]["annotations"][annotation].is_null());
    }
}

/// The path of Applications, or of the one of this name.
pub fn applications(name: &str) -> String {
    let all = format!("/apis/argoproj.io/v1alpha1/namespaces/{NAMESPACE}/applications");
    if name.is_empty() { all } else { format!("{all}/{name}") }
}

/// What of an Application tells why it is not as wanted.
fn told(app: &Value) -> String {
    let status = &app["status"];
    json!({
        "sync": status["sync"]["status"], "health": status["health"], "operation": app["operation"],
        "operationState": status["operationState"], "conditions": status["conditions"],
        "resources": status["resources"], "revision": status["sync"]["revision"],
    })
    .to_string()
}

/// What the server and the installation would have made.
fn settings(api: &Api) {
    let labels = json!({ "app.kubernetes.io/part-of": "argocd" });
    for name in ["argocd-cm", "argocd-rbac-cm", "argocd-cmd-params-cm"] {
        let body = json!({ "metadata": { "name": name, "labels": labels } });
        api.create(&format!("/api/v1/namespaces/{NAMESPACE}/configmaps"), &body);
    }
    let secret = json!({
        "metadata": { "name": "argocd-secret", "labels": labels },
        "stringData": { "server.secretkey": "nobody logs in here" },
    });
    api.create(&format!("/api/v1/namespaces/{NAMESPACE}/secrets"), &secret);
    let project = json!({
        "apiVersion": "argoproj.io/v1alpha1", "kind": "AppProject",
        "metadata": { "name": "default" },
        "spec": {
            "sourceRepos": ["*"],
            "destinations": [{ "server": "*", "namespace": "*" }],
            "clusterResourceWhitelist": [{ "group": "*", "kind": "*" }],
        },
    });
    let projects = format!("/apis/argoproj.io/v1alpha1/namespaces/{NAMESPACE}/appprojects");
    api.create(&projects, &project);
}

/// A git repository on the disk.
pub struct Repository {
    dir: PathBuf,
}

impl Repository {
    fn new(dir: &Path) -> Self {
        std::fs::create_dir_all(dir).expect("a folder");
        let repository = Self { dir: dir.to_owned() };
        repository.git(&["init", "--quiet", "--initial-branch=main"]);
        repository
    }

    /// Its address.
    pub fn url(&self) -> String {
        format!("file://{}", self.dir.display())
    }

    /// Commits these files, and none but them; the commit's hash.
    pub fn commit(&self, files: &[(&str, &str)]) -> String {
        let there: Vec<_> = std::fs::read_dir(&self.dir).expect("a folder").collect();
        for entry in there {
            let path = entry.expect("an entry").path();
            if path.ends_with(".git") {
                continue;
            }
            let gone = if path.is_dir() {
                std::fs::remove_dir_all(&path)
            } else {
                std::fs::remove_file(&path)
            };
            gone.expect("a removed file");
        }
        for (name, text) in files {
            let path = self.dir.join(name);
            std::fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
            std::fs::write(path, text).expect("a file");
        }
        self.git(&["add", "--all"]);
        self.git(&["commit", "--quiet", "--allow-empty", "--message", "Changed by a test"]);
        self.git(&["rev-parse", "HEAD"])
    }

    fn git(&self, args: &[&str]) -> String {
        let output = Command::new("git")
            .args(["-c", "user.name=Tester", "-c", "user.email=tester@example.com"])
            .args(args)
            .current_dir(&self.dir)
            .env("GIT_CONFIG_GLOBAL", "/dev/null")
            .env("GIT_CONFIG_SYSTEM", "/dev/null")
            .output()
            .expect("git runs");
        assert!(output.status.success(), "{args:?}: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8_lossy(&output.stdout).trim().to_owned()
    }
}
