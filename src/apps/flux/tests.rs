#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod list;
mod page;
mod pins;
mod verbs;

use crate::apps::{App, Estate};
use crate::kinds::{Pool, Projection};
use crate::model::{AppId, Catalogue, ClusterId, EngineId, Facet, Gvr, Resource, Text};
use serde_json::{Value, json};
use std::collections::HashMap;

pub(super) const OLD: &str = "main@sha1:8d1e0aa1f0e4c1a2b3c4d5e6f708192a3b4c5d6e";
pub(super) const NEW: &str = "main@sha1:41c77f9a0b1c2d3e4f5061728394a5b6c7d8e9f0";
pub(super) const NOW: i64 = 1_767_225_600;

/// Kinds of a cluster with Flux and its operator.
const KINDS: [(&str, &str, &str, &str); 10] = [
    ("kustomize.toolkit.fluxcd.io", "v1", "kustomizations", "Kustomization"),
    ("helm.toolkit.fluxcd.io", "v2", "helmreleases", "HelmRelease"),
    ("fluxcd.controlplane.io", "v1", "resourcesets", "ResourceSet"),
    ("fluxcd.controlplane.io", "v1", "fluxinstances", "FluxInstance"),
    ("source.toolkit.fluxcd.io", "v1", "gitrepositories", "GitRepository"),
    ("source.toolkit.fluxcd.io", "v1", "ocirepositories", "OCIRepository"),
    ("source.toolkit.fluxcd.io", "v1", "helmrepositories", "HelmRepository"),
    ("source.toolkit.fluxcd.io", "v1", "helmcharts", "HelmChart"),
    ("source.toolkit.fluxcd.io", "v1", "buckets", "Bucket"),
    ("source.toolkit.fluxcd.io", "v1", "externalartifacts", "ExternalArtifact"),
];

/// A cluster with Flux, fed with objects as a watch would.
pub(super) struct World {
    pub(super) estate: Estate,
    slots: HashMap<(String, String, String), u32>,
    pool: Pool,
}

impl World {
    pub(super) fn new() -> Self {
        let resources = KINDS.map(|(group, version, plural, kind)| Resource {
            gvr: Gvr::new(group, version, plural),
            kind: kind.into(),
            singular: Text::new(),
            short_names: Vec::new(),
            categories: Vec::new(),
            namespaced: true,
            verbs: ["get", "list", "watch", "patch", "delete"].map(Text::from).to_vec(),
            subresources: Vec::new(),
            preferred: true,
        });
        let mut estate = Estate::new(ClusterId(0));
        estate.watches(&Catalogue::new(resources.to_vec()));
        Self { estate, slots: HashMap::new(), pool: Pool::default() }
    }

    /// An object came, or came anew.
    pub(super) fn put(&mut self, object: &Value) -> &mut Self {
        let (watch, slot) = self.place(object);
        let resource = self.estate.watched()[usize::from(watch)].resource.clone();
        let mut rows = Vec::new();
        Projection::new(&resource, Facet::App, &[], &[])
            .0
            .rows(object.to_string().as_bytes(), &mut self.pool, &mut rows)
            .unwrap();
        self.estate.feed(watch, slot, rows.first());
        self.settle();
        self
    }

    fn place(&mut self, object: &Value) -> (u16, u32) {
        let kind = object["kind"].as_str().unwrap();
        let watched = self.estate.watched().iter().position(|one| one.resource.kind == kind);
        let watch = watched.unwrap_or_else(|| panic!("nobody watches {kind}"));
        let meta = &object["metadata"];
        let name = (kind.to_owned(), meta["namespace"].to_string(), meta["name"].to_string());
        let next = u32::try_from(self.slots.len()).unwrap();
        let slot = *self.slots.entry(name).or_insert(next);
        (u16::try_from(watch).unwrap(), slot)
    }

    fn settle(&mut self) {
        self.estate.settle(&|_| Text::new());
    }

    pub(super) fn app(&self, id: &AppId) -> &App {
        self.estate.app(id).unwrap_or_else(|| panic!("no app {id}"))
    }

    pub(super) fn ks(&self, name: &str) -> &App {
        self.app(&ks(name))
    }

    pub(super) fn hr(&self, name: &str) -> &App {
        self.app(&AppId::new(EngineId::HelmRelease, "data", name))
    }
}

pub(super) fn ks(name: &str) -> AppId {
    AppId::new(EngineId::Kustomization, "flux-system", name)
}

/// `base` with what `change` names put in its place, deep.
pub(super) fn with(mut base: Value, change: Value) -> Value {
    fn merge(base: &mut Value, change: Value) {
        match (base, change) {
            (Value::Object(base), Value::Object(change)) => {
                for (key, value) in change {
                    merge(base.entry(key).or_insert(Value::Null), value);
                }
            }
            (base, change) => *base = change,
        }
    }
    merge(&mut base, change);
    base
}

pub(super) fn condition(kind: &str, status: &str, reason: &str, message: &str) -> Value {
    json!({"type": kind, "status": status, "reason": reason, "message": message,
        "lastTransitionTime": "2025-12-31T23:55:00Z", "observedGeneration": 3})
}

/// A Kustomization as kustomize-controller 1.9 leaves it, all well.
pub(super) fn kustomization(name: &str) -> Value {
    json!({
        "apiVersion": "kustomize.toolkit.fluxcd.io/v1", "kind": "Kustomization",
        "metadata": {
            "name": name, "namespace": "flux-system", "uid": "7b8f5d64-5717-4562-b3fc-2c963f66afa6",
            "resourceVersion": "4711", "generation": 3, "creationTimestamp": "2025-11-01T00:00:00Z",
            "finalizers": ["finalizers.fluxcd.io"],
            "annotations": {"reconcile.fluxcd.io/requestedAt": "2025-12-31T00:00:00Z"},
        },
        "spec": {
            "interval": "10m0s", "path": format!("./{name}"), "prune": true, "wait": true,
            "force": false, "sourceRef": {"kind": "GitRepository", "name": "fleet"},
        },
        "status": {
            "observedGeneration": 3, "lastAppliedRevision": OLD, "lastAttemptedRevision": OLD,
            "lastHandledReconcileAt": "2025-12-31T00:00:00Z",
            "conditions": [condition("Ready", "True", "ReconciliationSucceeded",
                &format!("Applied revision: {OLD}"))],
            "inventory": {"entries": [
                {"id": format!("_{name}__Namespace"), "v": "v1"},
                {"id": format!("{name}_web__Service"), "v": "v1"},
                {"id": format!("{name}_web_apps_Deployment"), "v": "v1"},
                {"id": format!("_{name}__reader_rbac.authorization.k8s.io_ClusterRole"), "v": "v1"},
            ]},
            "history": [
                {"digest": "sha256:bb", "firstReconciled": "2025-12-31T23:50:00Z",
                 "lastReconciled": "2025-12-31T23:55:00Z", "lastReconciledDuration": "2.5s",
                 "lastReconciledStatus": "ReconciliationSucceeded", "totalReconciliations": 3,
                 "metadata": {"revision": OLD}},
                {"digest": "sha256:aa", "firstReconciled": "2025-12-20T00:00:00Z",
                 "lastReconciled": "2025-12-30T00:00:00Z", "lastReconciledDuration": "3s",
                 "lastReconciledStatus": "ReconciliationSucceeded", "totalReconciliations": 90,
                 "metadata": {"revision": NEW}},
            ],
        },
    })
}

pub(super) fn git_repository(name: &str, revision: &str) -> Value {
    json!({
        "apiVersion": "source.toolkit.fluxcd.io/v1", "kind": "GitRepository",
        "metadata": {"name": name, "namespace": "flux-system", "generation": 3,
            "uid": "11111111-5717-4562-b3fc-2c963f66afa6", "resourceVersion": "99"},
        "spec": {"interval": "1m0s", "ref": {"branch": "main"},
            "url": "https://github.com/org/fleet.git"},
        "status": {
            "observedGeneration": 3,
            "artifact": {"digest": "sha256:ab", "revision": revision, "size": 4096,
                "lastUpdateTime": "2025-12-31T23:50:00Z",
                "path": "gitrepository/flux-system/fleet/x.tar.gz",
                "url": "http://source-controller.flux-system.svc.cluster.local./x.tar.gz"},
            "conditions": [
                condition("Ready", "True", "Succeeded", "stored artifact for revision"),
                condition("ArtifactInStorage", "True", "Succeeded", "stored artifact"),
            ],
        },
    })
}

/// A HelmRelease as helm-controller 1.6 leaves it, all well.
pub(super) fn helm_release(name: &str) -> Value {
    json!({
        "apiVersion": "helm.toolkit.fluxcd.io/v2", "kind": "HelmRelease",
        "metadata": {"name": name, "namespace": "data", "generation": 3, "resourceVersion": "77",
            "uid": "22222222-5717-4562-b3fc-2c963f66afa6",
            "labels": {"kustomize.toolkit.fluxcd.io/name": "infra",
                "kustomize.toolkit.fluxcd.io/namespace": "flux-system"}},
        "spec": {"interval": "30m", "driftDetection": {"mode": "warn"},
            "chart": {"spec": {"chart": "redis", "version": "20.x",
                "sourceRef": {"kind": "HelmRepository", "name": "bitnami",
                    "namespace": "flux-system"}}}},
        "status": {
            "observedGeneration": 3, "helmChart": format!("flux-system/data-{name}"),
            "storageNamespace": "data", "lastAttemptedRevision": "20.1.4",
            "conditions": [
                condition("Ready", "True", "UpgradeSucceeded", "Helm upgrade succeeded"),
                condition("Released", "True", "UpgradeSucceeded", "Helm upgrade succeeded"),
            ],
            "history": [
                {"name": name, "namespace": "data", "version": 7, "status": "deployed",
                 "action": "upgrade", "chartName": "redis", "chartVersion": "20.1.4",
                 "appVersion": "7.4", "firstDeployed": "2025-10-01T00:00:00Z",
                 "lastDeployed": "2025-12-31T20:00:00Z", "digest": "sha256:cc"},
                {"name": name, "namespace": "data", "version": 6, "status": "superseded",
                 "action": "upgrade", "chartName": "redis", "chartVersion": "20.1.3",
                 "appVersion": "7.4", "firstDeployed": "2025-10-01T00:00:00Z",
                 "lastDeployed": "2025-12-01T20:00:00Z", "digest": "sha256:dd"},
            ],
            "inventory": {"entries": [{"id": "data_redis_apps_StatefulSet", "v": "v1"}]},
        },
    })
}

pub(super) fn helm_chart(version: &str) -> Value {
    json!({
        "apiVersion": "source.toolkit.fluxcd.io/v1", "kind": "HelmChart",
        "metadata": {"name": "data-redis", "namespace": "flux-system", "generation": 1,
            "uid": "33333333-5717-4562-b3fc-2c963f66afa6"},
        "spec": {"chart": "redis", "version": "20.x", "interval": "30m",
            "sourceRef": {"kind": "HelmRepository", "name": "bitnami"}},
        "status": {"observedGeneration": 1, "artifact": {"revision": version},
            "conditions": [condition("Ready", "True", "ChartPullSucceeded", "pulled")]},
    })
}

pub(super) fn helm_repository() -> Value {
    json!({
        "apiVersion": "source.toolkit.fluxcd.io/v1", "kind": "HelmRepository",
        "metadata": {"name": "bitnami", "namespace": "flux-system", "generation": 1,
            "uid": "44444444-5717-4562-b3fc-2c963f66afa6"},
        "spec": {"interval": "1h", "url": "https://charts.example.com/bitnami"},
        "status": {"observedGeneration": 1, "artifact": {"revision": "sha256:ee"},
            "conditions": [condition("Ready", "True", "Succeeded", "stored artifact")]},
    })
}
