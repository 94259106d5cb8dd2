//! A real control plane on loopback: etcd, kube-apiserver, and where wanted controller-manager,
//! scheduler and kwok (nodes that run pods without running them). No containers, no root.

pub mod ground;
mod kubelet;
mod process;
mod programs;

use super::api::Api;
pub use super::golang::Unavailable;
use super::wait::until;
use ground::no_room;
pub use ground::starting;
pub use kubelet::LogFile;
pub use process::{Program, Server};
use programs::Programs;
use std::fs::File;
use std::io::{Read as _, Write as _};
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::{Arc, Mutex, PoisonError};

/// Users of every control plane: name, token, group. Only the first may do everything; the others
/// may do what a test's RBAC objects allow them.
const USERS: &[(&str, &str)] = &[("admin", "system:masters"), ("guest", "guests")];

/// What a control plane is made of.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// With controller-manager, scheduler and kwok.
    pub controllers: bool,
    /// Further flags of the API server.
    pub apiserver: Vec<&'static str>,
    /// Further flags of etcd.
    pub etcd: Vec<&'static str>,
    /// Where etcd keeps what it holds, to be used again; without it in a folder that ends with the control plane.
    pub data: Option<PathBuf>,
}

impl Options {
    /// etcd and the API server alone: objects stay as they were written.
    pub fn bare() -> Self {
        Self {
            apiserver: vec![
                "--disable-admission-plugins=ServiceAccount,TaintNodesByCondition,Priority,DefaultIngressClass,StorageObjectInUseProtection,ResourceQuota,LimitRanger,ValidatingAdmissionPolicy",
            ],
            ..Self::default()
        }
    }

    /// With every controller and nodes that run pods.
    pub fn whole() -> Self {
        Self { controllers: true, ..Self::default() }
    }
}

/// A running control plane. It ends with the value, and with the test process however that ends.
pub struct ControlPlane {
    programs: Arc<Programs>,
    options: Options,
    port: u16,
    etcd_port: u16,
    apiserver: Option<Server>,
    // Ends in this order: what uses the API server goes before etcd.
    others: Vec<Server>,
    etcd: Server,
    dir: tempfile::TempDir,
    _owner: File,
}

/// The control plane that tests share who stay in their own namespaces; started by the first.
pub fn shared() -> Result<Arc<ControlPlane>, Unavailable> {
    let mut shared = SHARED.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(plane) = &*shared {
        return plane.clone();
    }
    let started = ControlPlane::start(&Options::whole()).map(Arc::new);
    *shared = Some(started.clone());
    started
}

/// Ends the shared control plane; for the end of the test run.
pub fn end_shared() {
    drop(SHARED.lock().unwrap_or_else(PoisonError::into_inner).take());
}

static SHARED: Mutex<Option<Result<Arc<ControlPlane>, Unavailable>>> = Mutex::new(None);

impl ControlPlane {
    /// Starts one and waits until it answers.
    pub fn start(options: &Options) -> Result<Self, Unavailable> {
        // Another program may take a port just before the server does.
        starting("a control plane", 2, || Self::try_start(options))
    }

    /// Why nothing is to be expected of it any more; None while it runs.
    pub fn fault(&self) -> Option<String> {
        let servers = self.others.iter().chain(&self.apiserver).chain([&self.etcd]);
        servers.map(Server::fault).find(Option::is_some).flatten().or_else(|| no_room(self.dir()))
    }

    fn try_start(options: &Options) -> Result<Self, Unavailable> {
        let programs = programs::find()?;
        if options.controllers && !programs.missing.is_empty() {
            return Err(Unavailable(format!(
                "{} has no {}",
                programs.origin,
                programs.missing.join(", ")
            )));
        }
        let (dir, owner) = ground::folder();
        let [port, etcd_port, peer_port, kwok_port] = free_ports();
        let at = |name: &str| dir.path().join(name);
        write_key(dir.path());
        write_tokens(&dir.path().join("tokens.csv"), "");
        let client = format!("http://127.0.0.1:{etcd_port}");
        let peer = format!("http://127.0.0.1:{peer_port}");
        let data = options.data.clone().unwrap_or_else(|| at("etcd"));
        let mut args = vec![
            flag("data-dir", data.display()),
            flag("listen-client-urls", &client),
            flag("advertise-client-urls", &client),
            flag("listen-peer-urls", &peer),
            flag("initial-advertise-peer-urls", &peer),
            flag("initial-cluster", format_args!("default={peer}")),
            "--unsafe-no-fsync".to_owned(),
            "--log-level=error".to_owned(),
        ];
        args.extend(options.etcd.iter().map(|&flag| flag.to_owned()));
        let etcd = Server::start(&programs.etcd, &args, &at("etcd.log"));
        let mut plane = Self {
            programs,
            options: options.clone(),
            port,
            etcd_port,
            apiserver: None,
            others: Vec::new(),
            etcd,
            dir,
            _owner: owner,
        };
        plane.start_apiserver();
        for (user, _) in USERS {
            plane.write_kubeconfig(user);
        }
        if options.controllers {
            plane.start_controllers(kwok_port);
        }
        Ok(plane)
    }

    /// Starts the API server on its old port and waits until it is ready.
    pub fn start_apiserver(&mut self) {
        assert!(self.apiserver.is_none(), "the API server runs already");
        let server =
            self.start_server(self.port, self.etcd_port, "tokens.csv", "kube-apiserver.log");
        self.apiserver = Some(server);
    }

    /// One more API server on the same objects. It reaches etcd through this port, and knows the tokens of this file.
    pub fn second_apiserver(&self, etcd_port: u16, tokens: &str) -> (Server, u16) {
        let [port] = free_ports();
        (self.start_server(port, etcd_port, tokens, "kube-apiserver-2.log"), port)
    }

    fn start_server(&self, port: u16, etcd_port: u16, tokens: &str, log: &str) -> Server {
        let at = |name: &str| self.dir.path().join(name).display().to_string();
        let mut args = vec![
            flag("etcd-servers", format_args!("http://127.0.0.1:{etcd_port}")),
            flag("secure-port", port),
            flag("bind-address", "127.0.0.1"),
            flag("cert-dir", at("certs")),
            flag("token-auth-file", at(tokens)),
            flag("authorization-mode", "RBAC"),
            flag("service-account-key-file", at("sa.key")),
            flag("service-account-signing-key-file", at("sa.key")),
            flag("service-account-issuer", "https://kubernetes.default.svc"),
            flag("service-cluster-ip-range", "10.96.0.0/16"),
            flag("endpoint-reconciler-type", "none"),
            flag("allow-privileged", "true"),
            // Logs, exec, attach and forwards go to where kwok listens.
            flag("kubelet-preferred-address-types", "InternalIP"),
        ];
        args.extend(self.options.apiserver.iter().map(|&flag| flag.to_owned()));
        let server = Server::start(&self.programs.apiserver, &args, &self.dir.path().join(log));
        until("the API server to be ready", || {
            server.assert_running();
            let api = Api::connect(port, "admin-token")?;
            let (code, body) = api.text("GET", "/readyz", "*/*", None)?;
            if code == 200 { Ok(()) } else { Err(format!("{code} {body}")) }
        });
        server
    }

    /// Writes a file of tokens of administrators, beside those of the users.
    pub fn write_tokens(&self, file: &str, further: impl Iterator<Item = String>) {
        let further: String = further
            .map(|token| format!("{token},{token},{token}-uid,\"system:masters\"\n"))
            .collect();
        write_tokens(&self.dir.path().join(file), &further);
    }

    /// Kills the API server (SIGKILL) and waits until it is gone.
    pub fn stop_apiserver(&mut self) {
        self.apiserver.take().expect("the API server runs").kill();
    }

    /// A client of the tests' own, as administrator.
    pub fn api(&self) -> Api {
        Api::connect(self.port, "admin-token").expect("a client")
    }

    /// The kubeconfig of a user ([`USERS`]), by the name of the user.
    pub fn kubeconfig(&self, user: &str) -> PathBuf {
        self.dir.path().join(format!("{user}.kubeconfig"))
    }

    /// A kubeconfig of a user whose context has a namespace.
    pub fn kubeconfig_in(&self, user: &str, namespace: &str) -> PathBuf {
        let text = std::fs::read_to_string(self.kubeconfig(user)).expect("a kubeconfig");
        let line = format!("    user: {user}\n");
        let text = text.replacen(
            &format!("    cluster: real\n{line}"),
            &format!("    cluster: real\n    namespace: {namespace}\n{line}"),
            1,
        );
        let path = self.dir.path().join(format!("{user}-{namespace}.kubeconfig"));
        std::fs::write(&path, text).expect("a kubeconfig");
        path
    }

    /// A place for the test's own files; it ends with the control plane.
    pub fn dir(&self) -> &Path {
        self.dir.path()
    }

    /// The port of etcd on loopback.
    pub fn etcd_port(&self) -> u16 {
        self.etcd_port
    }

    /// The port of the API server on loopback.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// Makes etcd forget all history up to now: watches that want to go on from an earlier version are told that it is gone.
    pub fn compact(&self) {
        let list = self.api().get("/api/v1/namespaces?limit=1");
        let revision = list["metadata"]["resourceVersion"].as_str().expect("a version");
        let body = format!(r#"{{"revision":"{revision}","physical":true}}"#);
        let request = format!(
            "POST /v3/kv/compaction HTTP/1.1\r\nHost: etcd\r\nContent-Type: application/json\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{body}",
            body.len()
        );
        let mut stream = std::net::TcpStream::connect(("127.0.0.1", self.etcd_port)).expect("etcd");
        stream.write_all(request.as_bytes()).expect("etcd reads");
        let mut answer = String::new();
        stream.read_to_string(&mut answer).expect("etcd answers");
        let done = answer.starts_with("HTTP/1.1 200") || answer.contains("has been compacted");
        assert!(done, "etcd does not compact: {answer}");
    }

    /// Address of the API server.
    pub fn url(&self) -> String {
        format!("https://127.0.0.1:{}", self.port)
    }

    /// File with the authority that signed the API server's certificate.
    pub fn authority(&self) -> PathBuf {
        self.dir.path().join("certs/apiserver.crt")
    }

    /// Runs the real kubectl as administrator.
    pub fn kubectl(&self, args: &[&str]) -> Output {
        self.kubectl_command().args(args).output().expect("kubectl runs")
    }

    /// The real kubectl as administrator, to be given more.
    pub fn kubectl_command(&self) -> Command {
        let mut command = self.programs.kubectl.command();
        command
            .env("KUBECONFIG", self.kubeconfig("admin"))
            .env("HOME", self.dir.path())
            .env("TZ", "UTC");
        command
    }

    /// Runs `kubectl edit` with an editor, and expects it to change something.
    pub fn kubectl_editing(&self, editor: &str, args: &[&str]) {
        let output = self
            .programs
            .kubectl
            .command()
            .args(args)
            .env("KUBECONFIG", self.kubeconfig("admin"))
            .env("HOME", self.dir.path())
            .env("KUBE_EDITOR", editor)
            .output()
            .expect("kubectl runs");
        assert!(
            output.status.success(),
            "kubectl {args:?}: {}",
            String::from_utf8_lossy(&output.stderr)
        );
    }

    /// What kubectl prints; panics when it fails.
    pub fn kubectl_says(&self, args: &[&str]) -> String {
        let output = self.kubectl(args);
        assert!(
            output.status.success(),
            "kubectl {args:?}: {}",
            String::from_utf8_lossy(&output.stderr)
        );
        String::from_utf8(output.stdout).expect("kubectl prints UTF-8")
    }

    /// A new namespace, empty and ready.
    pub fn namespace(&self, name: &str) -> Api {
        let api = self.api();
        api.create("/api/v1/namespaces", &serde_json::json!({ "metadata": { "name": name } }));
        api
    }

    fn write_kubeconfig(&self, user: &str) {
        let text = format!(
            "apiVersion: v1\nkind: Config\ncurrent-context: {user}\n\
             clusters:\n- name: real\n  cluster:\n    server: {}\n    certificate-authority: {}\n\
             users:\n- name: {user}\n  user:\n    token: {user}-token\n\
             contexts:\n- name: {user}\n  context:\n    cluster: real\n    user: {user}\n",
            self.url(),
            self.authority().display(),
        );
        std::fs::write(self.kubeconfig(user), text).expect("a kubeconfig");
    }

    fn start_controllers(&mut self, kwok_port: u16) {
        let kubeconfig = self.kubeconfig("admin").display().to_string();
        let as_admin = ["kubeconfig", "authentication-kubeconfig", "authorization-kubeconfig"]
            .map(|name| flag(name, &kubeconfig));
        let at = |name: &str| self.dir.path().join(name);
        let common = ["--leader-elect=false".to_owned(), "--secure-port=0".to_owned()];
        let [Some(manager), Some(scheduler), Some(kwok)] =
            [&self.programs.controller_manager, &self.programs.scheduler, &self.programs.kwok]
        else {
            unreachable!("checked before");
        };
        let mut args = [&as_admin[..], &common[..]].concat();
        let scheduler = Server::start(scheduler, &args, &at("kube-scheduler.log"));
        args.push(flag("service-account-private-key-file", at("sa.key").display()));
        args.push(
            "--controllers=*,-nodeipam,-route,-service-lb-controller,-cloud-node-lifecycle"
                .to_owned(),
        );
        let manager = Server::start(manager, &args, &at("kube-controller-manager.log"));
        let pods = kubelet::prepare(&self.api(), self.dir.path());
        let kwok = Server::start(
            kwok,
            &[
                flag("kubeconfig", &kubeconfig),
                flag("config", programs::stages().display()),
                flag("config", pods.display()),
                flag("enable-crds", kubelet::PER_POD.map(|kind| kind.kind).join(",")),
                "--manage-all-nodes".to_owned(),
                flag("cidr", "10.244.0.0/16"),
                flag("node-ip", "127.0.0.1"),
                flag("node-port", kwok_port),
                flag("server-address", format_args!("127.0.0.1:{kwok_port}")),
            ],
            &at("kwok.log"),
        );
        self.others = vec![kwok, scheduler, manager];
        self.add_nodes();
    }

    fn add_nodes(&mut self) {
        let api = self.api();
        for name in ["worker-1", "worker-2"] {
            let node = serde_json::json!({
                "metadata": { "name": name, "labels": { "kubernetes.io/hostname": name } },
            });
            api.create("/api/v1/nodes", &node);
        }
        until("the nodes to be ready and pods to have a service account", || {
            self.others.iter().for_each(Server::assert_running);
            let nodes = api.get("/api/v1/nodes");
            let busy = nodes["items"].as_array().is_none_or(|nodes| {
                nodes.iter().any(|node| {
                    node["spec"]["taints"].is_array()
                        || !node["status"]["conditions"].to_string().contains("KubeletReady")
                })
            });
            let (code, _) =
                api.call("GET", "/api/v1/namespaces/default/serviceaccounts/default", None);
            if busy || code != 200 { Err(nodes.to_string()) } else { Ok(()) }
        });
    }
}

/// `--name=value`.
pub fn flag(name: &str, value: impl std::fmt::Display) -> String {
    format!("--{name}={value}")
}

/// Ports that nobody listens on at this moment.
pub fn free_ports<const N: usize>() -> [u16; N] {
    let listeners: [TcpListener; N] =
        std::array::from_fn(|_| TcpListener::bind("127.0.0.1:0").expect("a free port"));
    listeners.map(|listener| listener.local_addr().expect("an address").port())
}

fn write_tokens(file: &Path, further: &str) {
    let mut text = String::new();
    for (user, group) in USERS {
        text.push_str(&format!("{user}-token,{user},{user}-uid,\"{group}\"\n"));
    }
    std::fs::write(file, text + further).expect("tokens");
}

/// The key that signs service account tokens, made anew: a P-256 private key in the form of RFC 5915.
/// The servers take the public half from the same file.
fn write_key(dir: &Path) {
    use base64::Engine as _;
    let mut secret = [0; 32];
    let mut random = std::fs::File::open("/dev/urandom").expect("/dev/urandom");
    std::io::Read::read_exact(&mut random, &mut secret).expect("random bytes");
    secret[0] = 1; // below the order of the curve, and not nought
    let mut der = vec![0x30, 0x31, 0x02, 0x01, 0x01, 0x04, 0x20];
    der.extend(secret);
    der.extend([0xa0, 0x0a, 0x06, 0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07]);
    let text = base64::engine::general_purpose::STANDARD.encode(der);
    let label = ["EC", "PRIVATE", "KEY"].join(" ");
    let pem = format!("-----BEGIN {label}-----\n{text}\n-----END {label}-----\n");
    std::fs::write(dir.join("sa.key"), pem).expect("sa.key");
}

/// The program under test with nothing of the caller's environment but what it needs, its home in `dir`.
pub fn wheelhouse(dir: &Path) -> Command {
    let mut command = Command::new(super::paths::program());
    command.env_clear().env("HOME", dir).env("PATH", std::env::var_os("PATH").unwrap_or_default());
    command
}
