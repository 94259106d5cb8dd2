//! What neither Argo CD nor Flux delivers: the parent of an ApplySet, settings that a tool keeps for
//! itself, and a Secret that somebody's shell reads.

use serde_json::json;

use super::make::{DAY, Maker};
use super::workloads::TOOLBOX_SET;
use crate::demo::base64;

/// Builds it all.
pub fn build(maker: &mut Maker) {
    maker.add("kubectl-applyset", 33 * DAY, json!({
        "apiVersion": "v1", "kind": "Secret", "type": "Opaque",
        "metadata": {"name": "toolbox", "namespace": "platform",
            "labels": {"applyset.kubernetes.io/id": TOOLBOX_SET},
            "annotations": {"applyset.kubernetes.io/tooling": "kubectl/v1.36.3", "applyset.kubernetes.io/additional-namespaces": "",
                "applyset.kubernetes.io/contains-group-kinds": "Deployment.apps,Service"}},
    }));
    maker.add(
        "OpenAPI-Generator",
        2 * DAY,
        json!({
            "apiVersion": "v1", "kind": "Secret", "type": "Opaque",
            "metadata": {"name": "debug-shell", "namespace": "default"},
            "data": {"PGPASSWORD": base64::encode(b"correct horse battery staple")},
        }),
    );
}
