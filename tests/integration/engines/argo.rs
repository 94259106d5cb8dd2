//! Argo CD's own controller.

use super::manifests::{config, web};
use crate::support::engines::Argo;
use crate::support::trials;
use libtest_mimic::Trial;
use serde_json::json;

pub fn trials() -> Vec<Trial> {
    vec![trials::on_argo("engines::argo_brings_what_a_commit_holds", harness)]
}

fn harness(argo: &Argo) {
    let repository = argo.repository("argo-harness");
    let first =
        repository.commit(&[("web.yaml", &web(1, "web:1")), ("map.yaml", &config("a", "1"))]);
    argo.create("argo-harness", &repository, &json!({}));
    let app = argo.until_status("argo-harness", "OutOfSync", "Missing");
    assert_eq!(app["status"]["sync"]["revision"], first);
    argo.patch(
        "argo-harness",
        &json!({ "operation": { "initiatedBy": { "username": "someone" }, "sync": {} } }),
    );
    let app = argo.until_status("argo-harness", "Synced", "Healthy");
    assert_eq!(app["status"]["operationState"]["phase"], "Succeeded");
    assert_eq!(app["status"]["history"].as_array().map(Vec::len), Some(1));
    let second = repository.commit(&[("web.yaml", &web(1, "web:2"))]);
    argo.refresh("argo-harness");
    let app = argo.until_status("argo-harness", "OutOfSync", "Healthy");
    assert_eq!(app["status"]["sync"]["revision"], second);
}
