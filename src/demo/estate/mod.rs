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
