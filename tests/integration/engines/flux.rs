//! Flux's own controller.

use super::manifests::{config, web};
use crate::support::engines::Flux;
use crate::support::trials;
use libtest_mimic::Trial;
use serde_json::json;

pub fn trials() -> Vec<Trial> {
    vec![trials::on_flux("engines::flux_brings_what_an_artifact_holds", harness)]
}

fn harness(flux: &Flux) {
    let ns = "flux-harness";
    flux.plane.namespace(ns);
    let files = [("web.yaml", web(1, "web:1")), ("map.yaml", config("a", "1"))];
    let files = files.each_ref().map(|(name, text)| (*name, text.as_str()));
    let first = flux.set_artifact(ns, "shop", "v1", &files);
    flux.create(ns, "shop", &json!({ "wait": true }));
    let applied = flux.until_applied(ns, "shop", &first);
    assert_eq!(applied["status"]["inventory"]["entries"].as_array().map(Vec::len), Some(2));
    let second = flux.set_artifact(ns, "shop", "v2", &[("map.yaml", &config("a", "2"))]);
    flux.until_applied(ns, "shop", &second);
    let asked =
        json!({ "metadata": { "annotations": { "reconcile.fluxcd.io/requestedAt": "now" } } });
    flux.patch(ns, "shop", &asked);
    flux.until(ns, "shop", "asked", |object| object["status"]["lastHandledReconcileAt"] == "now");
    let (code, _) =
        flux.api.call("GET", &format!("/apis/apps/v1/namespaces/{ns}/deployments/web"), None);
    assert_eq!(code, 404, "what is no longer there is pruned");
}
