//! Argo Rollouts' controller.

use super::programs::RolloutsPrograms;
use super::tarball::FileServer;
use crate::support::api::{Api, MERGE};
use crate::support::control_plane::{ControlPlane, Program, Server, flag, free_ports};
use crate::support::wait::until;
use serde_json::{Value, json};
use std::path::PathBuf;
use std::sync::Arc;

/// A running controller.
pub struct Rollouts {
    controller: Server,
    files: FileServer,
    log: PathBuf,
    /// What it runs on.
    pub plane: Arc<ControlPlane>,
    /// As administrator of the cluster.
    pub api: Api,
}

impl Rollouts {
    /// Starts it; it works on what it is given as soon as it can.
    pub(super) fn start(plane: Arc<ControlPlane>, programs: &RolloutsPrograms) -> Self {
        super::apply_crds(&plane, &programs.crds);
        let own = "argo-rollouts";
        let api = plane.namespace(own);
        let [metrics, health] = free_ports();
        let log = plane.dir().join("rollouts-controller.log");
        let controller = Server::start(
            &Program::foreign(&programs.controller),
            &[
                flag("kubeconfig", plane.kubeconfig("admin").display()),
                flag("metricsport", metrics),
                flag("healthzPort", health),
                flag("leader-elect", false),
                flag("namespace", own),
            ],
            &log,
        );
        Self { controller, files: FileServer::start(), log, plane, api }
    }

    /// Why nothing is to be expected of it any more; None while it runs.
    pub fn fault(&self) -> Option<String> {
        self.controller.fault().or_else(|| self.plane.fault())
    }

    /// What analyses of this name measure from now on; its address.
    pub fn measured(&self, name: &str, errors: u32) -> String {
        self.files.hold(name, json!({ "errors": errors }).to_string().into_bytes())
    }

    /// Waits until the controller has nothing to add.
    pub fn until_read(&self, namespace: &str) -> Value {
        self.until(namespace, "left as it is", |_| true)
    }

    /// Creates a Rollout `api` of four pods, image `api:1`.
    pub fn create(&self, namespace: &str, strategy: &Value) {
        let body = json!({
            "apiVersion": "argoproj.io/v1alpha1", "kind": "Rollout", "metadata": { "name": "api" },
            "spec": {
                "replicas": 4, "strategy": strategy,
                "selector": { "matchLabels": { "app": "api" } },
                "template": {
                    "metadata": { "labels": { "app": "api" } },
                    "spec": { "containers":
                        [{ "name": "main", "image": "registry.example.com/api:1" }] },
                },
            },
        });
        self.api.create(&path(namespace, ""), &body);
    }

    /// Has it run another image, as somebody else would.
    pub fn image(&self, namespace: &str, tag: &str) {
        let containers =
            json!([{ "name": "main", "image": format!("registry.example.com/api:{tag}") }]);
        let change = json!({ "spec": { "template": { "spec": { "containers": containers } } } });
        let (code, answer) =
            self.api.call_as("PATCH", &path(namespace, "api"), MERGE, Some(&change));
        assert_eq!(code, 200, "{answer}");
    }

    /// The Rollout as it is now.
    pub fn get(&self, namespace: &str) -> Value {
        self.api.get(&path(namespace, "api"))
    }

    /// Whether the controller has looked at this very version of the object, and left it. What it wrote
    /// just now it puts into its own cache a moment later (`writeBackToInformer` in its `controller.go`),
    /// over whatever came meanwhile, which it then never sees: stories ask when that is past.
    pub fn has_read(&self, object: &Value) -> bool {
        let text = |field: &str| object["metadata"][field].as_str().unwrap_or_default().to_owned();
        let namespace = format!(" namespace={} ", text("namespace"));
        let version = format!(" resourceVersion={} ", text("resourceVersion"));
        let log = std::fs::read_to_string(&self.log).unwrap_or_default();
        log.lines().rev().any(|line| {
            line.contains("Reconciliation completed")
                && line.contains(&namespace)
                && line.contains(&version)
        })
    }

    /// Waits until the controller says so of the newest spec, and has nothing to add.
    pub fn until(&self, namespace: &str, what: &str, wanted: impl FnMut(&Value) -> bool) -> Value {
        let mut wanted = wanted;
        until(&format!("Rollout api in {namespace} to be {what}"), || {
            let object = self.get(namespace);
            let generation = object["metadata"]["generation"].to_string();
            let seen = object["status"]["observedGeneration"] == generation.as_str();
            let is_newest = |object: &Value| {
                let version = |object: &Value| object["metadata"]["resourceVersion"].clone();
                version(object) == version(&self.get(namespace))
            };
            match seen && wanted(&object) && self.has_read(&object) && is_newest(&object) {
                true => Ok(object),
                false => Err(object["status"].to_string()),
            }
        })
    }

    /// Waits until it pauses at this step, from 0.
    pub fn until_paused_at(&self, namespace: &str, step: i64) -> Value {
        self.until(namespace, &format!("paused at step {step}"), |object| {
            object["status"]["phase"] == "Paused" && object["status"]["currentStepIndex"] == step
        })
    }

    /// Waits until it is healthy with this image.
    pub fn until_healthy(&self, namespace: &str) -> Value {
        self.until(namespace, "healthy", |object| object["status"]["phase"] == "Healthy")
    }
}

/// The path of Rollouts, or of the one of this name.
pub fn path(namespace: &str, name: &str) -> String {
    let all = format!("/apis/argoproj.io/v1alpha1/namespaces/{namespace}/rollouts");
    if name.is_empty() { all } else { format!("{all}/{name}") }
}
