//! What is amiss in the estate when somebody takes the tour: incidents beside those that are always
//! there, written by the tools that cause such things, so that every pane tells the same of them.

use serde_json::{Value, json};

use super::by::By;
use super::controllers;
use super::make::{DAY, Maker};
use crate::demo::store::Store;

/// What somebody set by hand in the place of checkout's image, and nobody ever pushed.
pub const NEVER_PUSHED: &str = "registry.example.com/shop/checkout:1.8.1";
/// Milliseconds after the beginning when that happens.
pub const BEGINS: i64 = 1_000;
/// The app that nobody heals while the tour goes on: what was set by hand stays until a person acts.
pub const LEFT_ALONE: &str = "checkout";
/// The Deployment whose tag was pushed again: its pods are left alone too.
pub const PUSHED_AGAIN: &str = "catalog";

/// Prepares what was there before anybody looked. The sources are known, the apps are not yet.
pub fn prepare(maker: &mut Maker) {
    forgotten(maker);
    pushed_again(maker);
}

/// An object of `edge-canary` that its source has no longer.
fn forgotten(maker: &mut Maker) {
    let mut rules = json!({"apiVersion": "v1", "kind": "ConfigMap",
        "metadata": {"name": "edge-canary-rules", "namespace": "edge",
            "labels": {"app.kubernetes.io/name": "edge-canary"}},
        "data": {"rules.yaml": "split: 5\nheader: x-canary\n"}});
    By::Argo("edge-canary").mark(&mut rules);
    maker.add("argocd-controller", 58 * DAY, rules);
    // It was delivered once; no revision that is known has it.
    maker.delivered.pop();
}

/// The oldest pod runs what its tag meant before somebody pushed to the same tag.
fn pushed_again(maker: &mut Maker) {
    let Some(id) = maker.store.find("", "pods") else { return };
    let prefix = format!("shop/{PUSHED_AGAIN}-");
    let pods = maker.store.scan(id, Some("shop"), None);
    let pods = pods.filter(|(key, _)| key.starts_with(&prefix));
    let oldest = pods.map(|(_, entry)| entry.body.value()).min_by_key(born);
    let Some(mut pod) = oldest else { return };
    let status = &mut pod["status"]["containerStatuses"][0];
    let image = status["image"].as_str().unwrap_or_default().to_owned();
    let digest = image.bytes().fold(0x9e37_79b9_7f4a_7c15_u64, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    });
    let id_then = format!("{image}@sha256:{digest:016x}{:016x}", digest.rotate_left(29));
    status["imageID"] = id_then.into();
    maker.store.put(id, pod);
}

fn born(pod: &Value) -> String {
    pod["metadata"]["creationTimestamp"].as_str().unwrap_or_default().to_owned()
}

/// Somebody sets an image by hand. From here on the controllers do the rest.
pub fn set_image(store: &mut Store) {
    let Some(id) = store.find("apps", "deployments") else { return };
    let Some(old) = store.get(id, "shop/checkout-api").map(|entry| entry.body.value()) else {
        return;
    };
    let mut new = old.clone();
    new["spec"]["template"]["spec"]["containers"][0]["image"] = NEVER_PUSHED.into();
    controllers::write(store, id, &old, new, "kubectl-set");
}
