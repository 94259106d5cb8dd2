//! The cluster that the demo shows.

use serde_json::{Value, json};

use super::DemoOptions;

/// All objects at the start.
pub fn objects(options: &DemoOptions) -> Vec<Value> {
    let mut objects = Vec::new();
    for name in ["default", "kube-system", "shop", "data", "monitoring"] {
        objects.push(json!({
            "apiVersion": "v1", "kind": "Namespace",
            "metadata": {"name": name, "labels": {"kubernetes.io/metadata.name": name}},
            "status": {"phase": "Active"},
        }));
    }
    for number in 0..options.pods.max(6) {
        objects.push(json!({
            "apiVersion": "v1", "kind": "Pod",
            "metadata": {"namespace": "shop", "name": format!("checkout-api-{number}"), "labels": {"app": "checkout-api"}},
            "spec": {"nodeName": "node-1", "containers": [{"name": "api", "image": "registry.example.com/checkout:1.8.0"}]},
            "status": {"phase": "Running", "containerStatuses": [{"name": "api", "ready": true, "restartCount": 0,
                "state": {"running": {}}, "image": "registry.example.com/checkout:1.8.0", "imageID": ""}]},
        }));
    }
    objects
}

use super::store::Store;

/// What happens by itself.
#[derive(Debug, Default)]
pub struct Story;

impl Story {
    /// When the next thing happens.
    pub fn next_due(&self) -> Option<i64> {
        None
    }

    /// Does it.
    pub fn step(&mut self, _store: &mut Store) {}
}

/// Fills the store.
pub fn build(store: &mut Store, options: &DemoOptions) -> Story {
    for object in objects(options) {
        place(store, object);
    }
    Story
}

/// Puts one object of the start into the store, with what the server would set.
pub fn place(store: &mut Store, mut object: Value) {
    let text = |field: &str| object[field].as_str().unwrap_or_default().to_owned();
    let (api_version, kind) = (text("apiVersion"), text("kind"));
    let Some(id) = store.find_kind(&api_version, &kind) else {
        tracing::warn!(api_version, kind, "the demo does not serve this type: object left out");
        return;
    };
    if object["metadata"]["uid"].is_null() {
        object["metadata"]["uid"] = store.random.uid().into();
    }
    if object["metadata"]["creationTimestamp"].is_null() {
        object["metadata"]["creationTimestamp"] = store.clock.stamp().into();
    }
    if kind == "CustomResourceDefinition" {
        if object["status"].is_null() {
            super::crd::complete(&mut object, &store.clock.stamp());
        }
        super::crd::serve(store, &object);
    }
    store.put(id, object);
}
