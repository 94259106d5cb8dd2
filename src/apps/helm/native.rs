//! What Helm sends for a release, as requests of a plan. Releases only that the server applied (Helm 4)
//! and that run nothing at the moment in question: three-way merges and hooks are left to Helm.

use super::manifest::{self, Item};
use super::release::Release;
use crate::model::{Catalogue, Fault, FaultKind, Method, ObjRef, PlanRequest, Propagation, Text};
use crate::verbs::rollout_of;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Map, Value, json};

/// Bytes that the data of a Secret or ConfigMap may have (`MaxSecretSize` in `k8s.io/api/core/v1`).
const FITS: usize = 1 << 20;

/// Labels that Helm itself writes on a record (`systemLabels` in its `pkg/storage/driver/util.go`).
const SYSTEM: &[&str] = &["name", "owner", "status", "version", "createdAt", "modifiedAt"];

/// The last stage there is room for.
const LAST_STAGE: u8 = 200;

/// Where a release is.
#[derive(Debug)]
pub(super) struct Ground {
    /// Its newest record.
    pub record: ObjRef,
    /// What the cluster serves.
    pub catalogue: Catalogue,
}

impl Ground {
    /// The object of a manifest.
    ///
    /// # Errors
    /// The server does not serve it, or it has no name before it is made.
    fn target(&self, item: &Item, namespace: &str) -> Result<ObjRef, String> {
        let (_, _, kind) = item.gvk();
        let Some(resource) = item.resource(&self.catalogue) else {
            let version = item.object["apiVersion"].as_str().unwrap_or("");
            return Err(format!("the server does not serve {kind} of {version}"));
        };
        if item.name().is_empty() {
            return Err(format!("a {kind} gets its name when it is made"));
        }
        Ok(ObjRef {
            cluster: self.record.cluster,
            gvr: resource.gvr.clone(),
            kind: resource.kind.clone(),
            namespace: item.id(&self.catalogue, namespace).namespace,
            name: item.name().into(),
            uid: Text::new(),
        })
    }

    /// The objects of a release with where each is.
    ///
    /// # Errors
    /// One of them cannot be named or read.
    pub fn objects(&self, release: &Release) -> Result<Vec<(ObjRef, Item)>, String> {
        let (items, unreadable) = manifest::items(release.manifest());
        if let Some(why) = unreadable.into_iter().next() {
            return Err(format!("the manifest of v{}: {why}", release.revision()));
        }
        items.into_iter().map(|item| Ok((self.target(&item, release.namespace())?, item))).collect()
    }

    /// Writes a record: creates it, or puts it in the place of what was there. `labels` beside Helm's own.
    ///
    /// # Errors
    /// It does not fit any more.
    pub fn keep(
        &self,
        method: Method,
        release: &Release,
        labels: Map<String, Value>,
    ) -> Result<PlanRequest, Fault> {
        let name = crate::kinds::app_facet::helm::record(release.name(), release.revision());
        let mut all = labels;
        for (key, value) in [
            ("name", release.name()),
            ("owner", "helm"),
            ("status", release.status()),
            ("version", &release.revision().to_string()),
        ] {
            all.insert(key.into(), value.into());
        }
        let packed = release.packed()?;
        if packed.len() > FITS {
            let why = format!("{} KiB of the 1024 that fit into one object", packed.len() >> 10);
            return Err(Fault::new(FaultKind::Refused, format!("keep {name}"), why)
                .hint("make the chart or its values smaller"));
        }
        let target = ObjRef { name: name.as_str().into(), uid: Text::new(), ..self.record.clone() };
        let metadata = json!({"name": name, "namespace": target.namespace.as_str(), "labels": all});
        let body = if target.gvr.plural == "secrets" {
            json!({"apiVersion": "v1", "kind": "Secret", "metadata": metadata,
                "type": "helm.sh/release.v1", "data": {"release": STANDARD.encode(packed)}})
        } else {
            json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata,
                "data": {"release": packed}})
        };
        let path = match method {
            Method::Post => target.gvr.collection_path(Some(&target.namespace)),
            _ => target.gvr.object_path(&target.namespace, &target.name),
        };
        // Helm names no manager here, so that the server takes its program's name as it tells it.
        let path = format!("{path}?fieldManager=Helm");
        Ok(PlanRequest::new(method, target, Some(path)).body("application/json", &body))
    }

    /// The record of a revision, deleted.
    pub fn forget(&self, release: &str, revision: u32) -> PlanRequest {
        let name = crate::kinds::app_facet::helm::record(release, revision);
        delete(ObjRef { name: name.into(), uid: Text::new(), ..self.record.clone() })
    }
}

/// The person's own labels of a record.
pub(super) fn own_labels(labels: &Map<String, Value>) -> Map<String, Value> {
    let own = labels.iter().filter(|(key, _)| !SYSTEM.contains(&key.as_str()));
    own.map(|(key, value)| (key.clone(), value.clone())).collect()
}

/// The same labels with one more.
pub(super) fn with(mut labels: Map<String, Value>, key: &str, now: i64) -> Map<String, Value> {
    labels.insert(key.into(), now.to_string().into());
    labels
}

/// Applies an object as Helm does: with the marks that say which release it belongs to, by Helm's
/// field manager (`patchResourceServerSide` in its `pkg/kube/client.go`).
pub(super) fn apply(target: &ObjRef, item: &Item, release: &Release, force: bool) -> PlanRequest {
    let object = item.sent(&target.namespace, (release.name(), release.namespace()));
    let path = target.gvr.object_path(&target.namespace, &target.name);
    let path = format!("{path}?fieldManager=helm&force={force}&fieldValidation=Strict");
    PlanRequest::new(Method::Patch, target.clone(), Some(path))
        .body("application/apply-patch+yaml", &object)
        .followed(rollout_of(target))
}

/// Deletes an object if it is there, with what it owns after it.
pub(super) fn delete(target: ObjRef) -> PlanRequest {
    let body = json!({"kind": "DeleteOptions", "apiVersion": "v1",
        "propagationPolicy": Propagation::Background.as_str()});
    PlanRequest::new(Method::Delete, target, None).body("application/json", &body)
}

/// Gives requests their stages, from `first` on: those that follow each other for one kind go
/// together, kinds wait for those before them, which are what they need. Returns the next stage.
pub(super) fn in_order(requests: &mut [PlanRequest], first: u8) -> u8 {
    let mut stage = first;
    let mut kind: Option<Text> = None;
    for request in requests.iter_mut() {
        if kind.as_ref().is_some_and(|kind| *kind != request.target.kind) {
            stage = (stage + 1).min(LAST_STAGE);
        }
        kind = Some(request.target.kind.clone());
        request.stage = stage;
    }
    if kind.is_some() { stage + 1 } else { stage }
}
