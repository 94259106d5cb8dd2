//! Flux's kustomize-controller, with `ExternalArtifact`s of the tests' own as sources: what a
//! source-controller would fetch lies on a server of the tests.

use super::programs::FluxPrograms;
use super::tarball::{FileServer, digest, tarball};
use crate::support::api::{Api, MERGE};
use crate::support::control_plane::{ControlPlane, Program, Server, flag, free_ports};
use crate::support::wait::until;
use serde_json::{Value, json};
use std::sync::Arc;

/// A running kustomize-controller.
pub struct Flux {
    controller: Server,
    files: FileServer,
    /// What it runs on.
    pub plane: Arc<ControlPlane>,
    /// As administrator of the cluster.
    pub api: Api,
}

impl Flux {
    /// Starts it; it works on what it is given as soon as it can.
    pub(super) fn start(plane: Arc<ControlPlane>, programs: &FluxPrograms) -> Self {
        super::apply_crds(&plane, &programs.crds);
        let api = plane.namespace("flux-system");
        let [health] = free_ports();
        let controller = Server::start(
            &Program::foreign(&programs.kustomize_controller)
                .env("KUBECONFIG", plane.kubeconfig("admin").display().to_string())
                .env("RUNTIME_NAMESPACE", "flux-system"),
            &[
                flag("metrics-addr", "127.0.0.1:0"),
                flag("health-addr", format_args!("127.0.0.1:{health}")),
                flag("events-addr", ""),
                flag("feature-gates", "ExternalArtifact=true"),
                flag("requeue-dependency", "1s"),
            ],
            &plane.dir().join("kustomize-controller.log"),
        );
        Self { controller, files: FileServer::start(), plane, api }
    }

    /// Why nothing is to be expected of it any more; None while it runs.
    pub fn fault(&self) -> Option<String> {
        self.controller.fault().or_else(|| self.plane.fault())
    }

    /// Gives the `ExternalArtifact` of this name new content; made where it is not there. The whole
    /// revision, as statuses have it.
    pub fn set_artifact(
        &self,
        namespace: &str,
        name: &str,
        revision: &str,
        files: &[(&str, &str)],
    ) -> String {
        let bytes = tarball(files);
        let digest = digest(&bytes);
        let revision = format!("{revision}@{digest}");
        let file = format!("{namespace}/{name}/{}.tar.gz", &digest["sha256:".len()..]);
        let size = bytes.len();
        let url = self.files.hold(&file, bytes);
        let all =
            format!("/apis/source.toolkit.fluxcd.io/v1/namespaces/{namespace}/externalartifacts");
        let body = json!({
            "apiVersion": "source.toolkit.fluxcd.io/v1", "kind": "ExternalArtifact",
            "metadata": { "name": name }, "spec": {},
        });
        let (code, answer) = self.api.call("POST", &all, Some(&body));
        assert!(matches!(code, 201 | 409), "{code} {answer}");
        let now = jiff::Timestamp::now().strftime("%Y-%m-%dT%H:%M:%SZ").to_string();
        let status = json!({ "status": {
            "artifact": {
                "url": url, "path": file, "digest": digest, "revision": revision, "size": size,
                "lastUpdateTime": now,
            },
            "conditions": [{
                "type": "Ready", "status": "True", "reason": "Succeeded",
                "message": format!("stored artifact for revision '{revision}'"),
                "lastTransitionTime": now,
            }],
        }});
        let path = format!("{all}/{name}/status");
        let (code, answer) = self.api.call_as("PATCH", &path, MERGE, Some(&status));
        assert_eq!(code, 200, "{answer}");
        revision
    }

    /// Gives the cluster a pod of source-controller whose port leads to where the artifacts are.
    pub fn serve_artifacts(&self) {
        const POD: &str = "source-controller-0";
        let pods = "/api/v1/namespaces/flux-system/pods";
        let pod = json!({
            "metadata": { "name": POD, "labels": { "app": "source-controller" } },
            "spec": { "containers": [{
                "name": "manager", "image": "registry.example.com/source-controller:1",
                "ports": [{ "name": "http", "containerPort": 9090 }],
            }] },
        });
        // The namespace's service account is made after it.
        until("a pod of source-controller", || match self.api.call("POST", pods, Some(&pod)) {
            (201 | 409, _) => Ok(()),
            (code, answer) => Err(format!("{code} {answer}")),
        });
        until("the pod of source-controller to run", || {
            let pod = self.api.get(&format!("{pods}/{POD}"));
            if pod["status"]["phase"] == "Running" {
                Ok(())
            } else {
                Err(pod["status"].to_string())
            }
        });
        self.plane.set_port("flux-system", POD, 9090, self.files.port());
    }

    /// Creates a Kustomization that brings the `ExternalArtifact` of the same name to its namespace.
    /// `spec` is merged into it.
    pub fn create(&self, namespace: &str, name: &str, spec: &Value) {
        let mut body = json!({
            "apiVersion": "kustomize.toolkit.fluxcd.io/v1", "kind": "Kustomization",
            "metadata": { "name": name, "namespace": namespace },
            "spec": {
                "interval": "1h", "retryInterval": "2s", "timeout": "20s", "path": "./",
                "prune": true, "targetNamespace": namespace,
                "sourceRef": { "kind": "ExternalArtifact", "name": name },
            },
        });
        let Value::Object(spec) = spec else { panic!("a spec is an object: {spec}") };
        for (field, value) in spec {
            body["spec"][field] = value.clone();
        }
        self.api.create(&kustomizations(namespace, ""), &body);
    }

    /// The Kustomization as it is now.
    pub fn get(&self, namespace: &str, name: &str) -> Value {
        self.api.get(&kustomizations(namespace, name))
    }

    /// Waits until the Kustomization is as wanted.
    pub fn until(
        &self,
        namespace: &str,
        name: &str,
        what: &str,
        mut wanted: impl FnMut(&Value) -> bool,
    ) -> Value {
        until(&format!("{namespace}/{name} to be {what}"), || {
            let object = self.get(namespace, name);
            if wanted(&object) { Ok(object) } else { Err(object["status"].to_string()) }
        })
    }

    /// Waits until this revision is applied and the Kustomization ready.
    pub fn until_applied(&self, namespace: &str, name: &str, revision: &str) -> Value {
        self.until(namespace, name, &format!("ready at {revision}"), |object| {
            object["status"]["lastAppliedRevision"] == revision
                && ready(object) == ("True", "ReconciliationSucceeded")
        })
    }
}

/// Status and reason of the `Ready` condition; empty where there is none.
pub fn ready(object: &Value) -> (&str, &str) {
    let conditions = object["status"]["conditions"].as_array();
    let found = conditions.and_then(|all| all.iter().find(|one| one["type"] == "Ready"));
    let text = |field: &str| found.and_then(|one| one[field].as_str()).unwrap_or_default();
    (text("status"), text("reason"))
}

/// The path of Kustomizations, or of the one of this name.
pub fn kustomizations(namespace: &str, name: &str) -> String {
    let all = format!("/apis/kustomize.toolkit.fluxcd.io/v1/namespaces/{namespace}/kustomizations");
    if name.is_empty() { all } else { format!("{all}/{name}") }
}
