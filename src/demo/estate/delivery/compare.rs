//! Argo CD's comparison: what the source says beside what is there.

use serde_json::{Value, json};

use super::super::make::LAST_APPLIED;
use super::git::{self, Git};
use super::health;
use crate::demo::apply;
use crate::demo::store::{Key, Store, TypeId, key_of};

/// The outcome of a comparison.
#[derive(Debug, Clone, PartialEq)]
pub struct Compared {
    /// `Synced`, `OutOfSync` or `Unknown`.
    pub sync: &'static str,
    /// The revision that was compared with.
    pub revision: String,
    /// `status.resources`.
    pub resources: Vec<Value>,
    /// Health of the app.
    pub health: &'static str,
    /// Something is only out of sync because it is to be pruned.
    pub only_prune: bool,
}

/// Where a manifest's object is kept.
pub fn place(store: &Store, manifest: &Value) -> Option<(TypeId, Key)> {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let id = store.find_kind(&text(&manifest["apiVersion"]), &text(&manifest["kind"]))?;
    let meta = &manifest["metadata"];
    Some((id, key_of(meta["namespace"].as_str(), &text(&meta["name"]))))
}

/// The object that a manifest is about, as it is; None where it is missing.
pub fn live(store: &Store, manifest: &Value) -> Option<Value> {
    let (id, key) = place(store, manifest)?;
    store.get(id, &key).map(|entry| entry.body.value())
}

/// What a client-side apply of a manifest makes of an object: what was applied before and is no
/// longer wanted goes, what is wanted comes, the rest stays.
pub fn applied(store: &Store, live: &Value, manifest: &Value) -> Value {
    let Some((id, _)) = place(store, manifest) else { return live.clone() };
    let last = live["metadata"]["annotations"][LAST_APPLIED].as_str();
    let last: Value = last.and_then(|text| serde_json::from_str(text).ok()).unwrap_or_default();
    let mut new = apply::lay_over(store.ty(id), live, &last, manifest);
    new["metadata"]["annotations"][LAST_APPLIED] = format!("{manifest}\n").into();
    new
}

/// Whether an apply would change something.
pub fn differs(store: &Store, live: &Value, manifest: &Value) -> bool {
    let mut new = applied(store, live, manifest);
    let last = &live["metadata"]["annotations"][LAST_APPLIED];
    if let Some(map) = new["metadata"]["annotations"].as_object_mut() {
        if last.is_null() {
            map.shift_remove(LAST_APPLIED);
        } else {
            map.insert(LAST_APPLIED.to_owned(), last.clone());
        }
    }
    new["spec"] != live["spec"]
        || new["data"] != live["data"]
        || new["metadata"] != live["metadata"]
}

/// The objects that bear the tracking-id of an app, and name themselves in it.
pub fn tracked(store: &Store, types: &[TypeId], app: &str) -> Vec<(TypeId, Key, Value)> {
    let mut found = Vec::new();
    let sign = format!("\"{app}:");
    for id in types {
        for (key, entry) in store.scan(*id, None, None) {
            // Most objects are nobody's: their text tells before it is read.
            let bytes = entry.body.bytes();
            if memchr::memmem::find(&bytes, sign.as_bytes()).is_none() {
                continue;
            }
            let object = entry.body.value();
            let owned = object["metadata"]["ownerReferences"].as_array();
            if git::track_of(&object).as_deref() == Some(app) && owned.is_none_or(Vec::is_empty) {
                found.push((*id, key.clone(), object));
            }
        }
    }
    found
}

/// Whether an app's objects are on this cluster.
pub fn is_here(app: &Value) -> bool {
    let destination = &app["spec"]["destination"];
    destination["server"] == "https://kubernetes.default.svc" || destination["name"] == "in-cluster"
}

/// An entry of `status.resources` without its verdicts.
pub fn resource(object: &Value) -> Value {
    let version = object["apiVersion"].as_str().unwrap_or_default();
    let (group, version) = version.split_once('/').unwrap_or(("", version));
    let mut resource =
        json!({"version": version, "kind": object["kind"], "name": object["metadata"]["name"]});
    if !group.is_empty() {
        resource["group"] = group.into();
    }
    let namespace = &object["metadata"]["namespace"];
    if !namespace.is_null() {
        resource["namespace"] = namespace.clone();
    }
    resource
}

/// Compares an app with its source as it is now. `types` are those that are searched for what is no
/// longer wanted.
pub fn compare(store: &Store, git: &Git, types: &[TypeId], app: &Value) -> Option<Compared> {
    let name = app["metadata"]["name"].as_str().unwrap_or_default();
    let head = git.head(name)?;
    let mut compared = Compared {
        sync: "Synced",
        revision: head.revision.clone(),
        resources: Vec::new(),
        health: "Healthy",
        only_prune: false,
    };
    let mut to_sync = false;
    for manifest in &head.manifests {
        let mut entry = resource(manifest);
        let hook = git::hook(manifest);
        if !hook.is_empty() {
            entry["hook"] = true.into();
            if is_here(app) && live(store, manifest).is_none() {
                continue;
            }
            compared.resources.push(entry);
            continue;
        }
        let found = if is_here(app) { live(store, manifest) } else { Some(manifest.clone()) };
        let out = match &found {
            Some(object) => is_here(app) && differs(store, object, manifest),
            None => true,
        };
        entry["status"] = if out { "OutOfSync" } else { "Synced" }.into();
        to_sync |= out;
        let wave = git::wave(manifest);
        if wave != 0 {
            entry["syncWave"] = wave.into();
        }
        let state = match &found {
            Some(_) if !is_here(app) => None,
            Some(object) => health::of(object),
            None => Some("Missing"),
        };
        if let Some(state) = state {
            compared.health = health::worse(compared.health, state);
        }
        compared.resources.push(entry);
    }
    let mut prunes = false;
    if is_here(app) {
        for (_, _, object) in tracked(store, types, name) {
            let wanted = head.manifests.iter().any(|manifest| same(manifest, &object));
            if !wanted && git::hook(&object).is_empty() {
                let mut entry = resource(&object);
                entry["status"] = "OutOfSync".into();
                entry["requiresPruning"] = true.into();
                compared.resources.push(entry);
                prunes = true;
            }
        }
    }
    if to_sync || prunes {
        compared.sync = "OutOfSync";
    }
    compared.only_prune = prunes && !to_sync;
    Some(compared)
}

/// Whether two manifests or objects are about one object.
pub fn same(one: &Value, other: &Value) -> bool {
    let group = |object: &Value| {
        let version = object["apiVersion"].as_str().unwrap_or_default();
        version.split_once('/').map_or("", |(group, _)| group).to_owned()
    };
    one["kind"] == other["kind"]
        && group(one) == group(other)
        && one["metadata"]["name"] == other["metadata"]["name"]
        && one["metadata"]["namespace"] == other["metadata"]["namespace"]
}
