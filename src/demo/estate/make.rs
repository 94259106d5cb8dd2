//! Puts objects into the store as their writers would have: with uid, age, generation, and a
//! `managedFields` record for every tool that touched them.

use serde_json::{Value, json};

use crate::demo::apply::{self, Writer};
use crate::demo::clock::stamp;
use crate::demo::crd;
use crate::demo::prng::Prng;
use crate::demo::store::Store;

/// Seconds of an hour and a day.
pub const HOUR: i64 = 3600;
/// Seconds of a day.
pub const DAY: i64 = 24 * HOUR;

pub use crate::text::mask::LAST_APPLIED;

/// Fills a store.
pub struct Maker<'a> {
    /// The store.
    pub store: &'a mut Store,
    /// Now, in Unix seconds.
    pub now: i64,
    /// Where chance comes from.
    pub random: Prng,
    /// What the engines delivered, as their sources say it.
    pub delivered: Vec<Value>,
    /// It is for the tour.
    pub tour: bool,
}

impl<'a> Maker<'a> {
    /// A maker for this store and seed.
    pub fn new(store: &'a mut Store, seed: u64) -> Self {
        let now = store.clock.millis() / 1000;
        Self { store, now, random: Prng::new(seed), delivered: Vec::new(), tour: false }
    }

    /// The time this many seconds ago.
    pub fn ago(&self, seconds: i64) -> String {
        stamp(self.now - seconds)
    }

    /// Adds an object that `manager` created `age` seconds ago. Its `status`, if any, was written
    /// by the controller of its kind. Returns it as kept.
    pub fn add(&mut self, manager: &str, age: i64, mut object: Value) -> Value {
        let kind = object["kind"].as_str().unwrap_or_default().to_owned();
        let api_version = object["apiVersion"].as_str().unwrap_or_default().to_owned();
        let Some(id) = self.store.find_kind(&api_version, &kind) else {
            debug_assert!(false, "the estate has a {kind} of {api_version}, which is not served");
            return object;
        };
        let ty = self.store.ty(id).clone();
        // The controller of its kind writes these, whoever made the object.
        let counted = take_revisions(&mut object);
        let mut manifest = object.clone();
        if let Some(map) = manifest.as_object_mut() {
            map.shift_remove("status");
        }
        if manager == "kubectl-client-side-apply" || manager == "argocd-controller" {
            object["metadata"]["annotations"][LAST_APPLIED] = format!("{manifest}\n").into();
        }
        if manager == "argocd-controller" || manager == "kustomize-controller" {
            self.delivered.push(manifest);
        }
        let status = object.get_mut("status").map(Value::take);
        if let Some(map) = object.as_object_mut() {
            map.shift_remove("status");
        }
        object["metadata"]["uid"] = self.random.uid().into();
        object["metadata"]["creationTimestamp"] = self.ago(age).into();
        if ty.generation || ty.custom {
            object["metadata"]["generation"] = 1.into();
        }
        let writer = Writer {
            manager: manager.to_owned(),
            api_version: api_version.clone(),
            subresource: String::new(),
            time: self.ago(age),
        };
        if applies(manager) {
            // A first apply meets nobody: it cannot conflict.
            if let Ok(applied) = apply::apply(&ty, &Value::Null, &object, &writer, true) {
                object = applied;
            }
        } else {
            apply::record_update(&ty, &Value::Null, &mut object, &writer);
        }
        if let Some(status) = status {
            let old = object.clone();
            object["status"] = status;
            for (name, value) in counted {
                object["metadata"]["annotations"][name] = value;
            }
            let writer = Writer {
                manager: status_manager(&ty.plural).to_owned(),
                subresource: if ty.status { "status".to_owned() } else { String::new() },
                time: self.ago((age / 8).min(2 * HOUR)),
                ..writer
            };
            apply::record_update(&ty, &old, &mut object, &writer);
        }
        if kind == "CustomResourceDefinition" {
            crd::complete(&mut object, &self.ago(age));
            crd::serve(self.store, &object);
        }
        self.store.put(id, object).value()
    }

    /// What an engine delivered of this object.
    pub fn manifest(&self, kind: &str, namespace: &str, name: &str) -> Option<Value> {
        let is = |object: &&Value| {
            let meta = &object["metadata"];
            object["kind"] == kind && meta["namespace"] == namespace && meta["name"] == name
        };
        self.delivered.iter().find(is).cloned()
    }

    /// An engine has delivered this since, in the place of what it delivered before.
    pub fn redeliver(&mut self, manifest: Value) {
        let same = |object: &Value| {
            let meta = &object["metadata"];
            object["kind"] == manifest["kind"]
                && meta["namespace"] == manifest["metadata"]["namespace"]
                && meta["name"] == manifest["metadata"]["name"]
        };
        self.delivered.retain(|object| !same(object));
        self.delivered.push(manifest);
    }

    /// A later change of an object by another tool, `age` seconds ago.
    pub fn change(
        &mut self,
        object: &Value,
        manager: &str,
        age: i64,
        edit: impl FnOnce(&mut Value),
    ) {
        self.change_through(object, manager, "", age, edit);
    }

    /// The same through a subresource.
    pub fn change_through(
        &mut self,
        object: &Value,
        manager: &str,
        subresource: &str,
        age: i64,
        edit: impl FnOnce(&mut Value),
    ) {
        let text = |field: &str| object[field].as_str().unwrap_or_default();
        let Some(id) = self.store.find_kind(text("apiVersion"), text("kind")) else { return };
        let ty = self.store.ty(id).clone();
        let mut new = object.clone();
        edit(&mut new);
        if new["spec"] != object["spec"] {
            let generation = object["metadata"]["generation"].as_i64().unwrap_or(0);
            new["metadata"]["generation"] = (generation + 1).into();
            if !new["status"]["observedGeneration"].is_null() {
                new["status"]["observedGeneration"] = (generation + 1).into();
            }
        }
        let writer = Writer {
            manager: manager.to_owned(),
            api_version: text("apiVersion").to_owned(),
            subresource: subresource.to_owned(),
            time: self.ago(age),
        };
        apply::record_update(&ty, object, &mut new, &writer);
        self.store.put(id, new);
    }
}

/// Takes out the annotations that count revisions.
fn take_revisions(object: &mut Value) -> Vec<(&'static str, Value)> {
    if object["kind"] == "ReplicaSet" {
        return Vec::new();
    }
    let annotations = object.pointer_mut("/metadata/annotations");
    let Some(map) = annotations.and_then(Value::as_object_mut) else { return Vec::new() };
    ["deployment.kubernetes.io/revision", "rollout.argoproj.io/revision"]
        .into_iter()
        .filter_map(|name| Some((name, map.shift_remove(name)?)))
        .collect()
}

/// Tools that write by server-side apply.
fn applies(manager: &str) -> bool {
    manager == "kustomize-controller"
        || manager == "flux-operator"
        || manager == "Terraform"
        || manager.starts_with("pulumi-")
}

/// Who writes the status of a kind.
fn status_manager(plural: &str) -> &'static str {
    match plural {
        "pods" | "nodes" => "kubelet",
        "applications" => "argocd-application-controller",
        "applicationsets" => "argocd-applicationset-controller",
        "resourcesets" => "flux-operator",
        "rollouts" => "rollouts-controller",
        "kustomizations" => "gotk-kustomize-controller",
        "helmreleases" => "gotk-helm-controller",
        "gitrepositories" | "helmrepositories" | "ocirepositories" | "helmcharts" => {
            "gotk-source-controller"
        }
        "certificates" => "cert-manager-certificates-readiness",
        "ingresses" => "nginx-ingress-controller",
        _ => "kube-controller-manager",
    }
}

/// A condition.
pub fn condition(kind: &str, status: &str, reason: &str, message: &str, since: &str) -> Value {
    json!({"type": kind, "status": status, "reason": reason, "message": message, "lastTransitionTime": since})
}

/// The owner reference of a controller.
pub fn owner(object: &Value) -> Value {
    json!({
        "apiVersion": object["apiVersion"], "kind": object["kind"],
        "name": object["metadata"]["name"], "uid": object["metadata"]["uid"],
        "controller": true, "blockOwnerDeletion": true,
    })
}
