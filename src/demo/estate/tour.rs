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

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
    use super::*;
    use crate::demo::DemoOptions;
    use crate::demo::estate::tests::World;

    fn begin(seed: u64) -> World {
        World::with(&DemoOptions { seed, tour: true, ..DemoOptions::default() })
    }

    fn app(world: &World, name: &str) -> Value {
        world.get("argoproj.io", "applications", &format!("argocd/{name}"))
    }

    fn writer_of(object: &Value, field: &str) -> String {
        let entries = object["metadata"]["managedFields"].as_array().unwrap();
        let wrote = entries.iter().rev().find(|one| one["fieldsV1"].to_string().contains(field));
        wrote.unwrap()["manager"].as_str().unwrap().to_owned()
    }

    /// Everything that the tour asks about is so; None, else what is not.
    fn amiss(world: &World) -> Option<&'static str> {
        let payments = world.get("apps", "deployments", "shop/payments-api");
        let env = &payments["spec"]["template"]["spec"]["containers"][0]["env"][0];
        if env["value"] != "debug" || writer_of(&payments, "LOG_LEVEL") != "kubectl-edit" {
            return Some("LOG_LEVEL");
        }
        let pods = world.store.find("", "pods").unwrap();
        let catalog = world.store.scan(pods, Some("shop"), None);
        let catalog = catalog.filter(|(key, _)| key.starts_with("shop/catalog-"));
        let mut digests: Vec<String> = catalog
            .map(|(_, entry)| {
                let pod = entry.body.value();
                pod["status"]["containerStatuses"][0]["imageID"].as_str().unwrap().to_owned()
            })
            .collect();
        digests.sort();
        let several = digests.len() == 3;
        digests.dedup();
        if !several || digests.len() != 2 {
            return Some("digests");
        }
        let canary = app(world, "edge-canary");
        let pruned = canary["status"]["resources"].as_array().unwrap();
        let pruned: Vec<&Value> = pruned
            .iter()
            .filter(|one| one["requiresPruning"] == true)
            .map(|one| &one["name"])
            .collect();
        if canary["status"]["sync"]["status"] != "OutOfSync" || pruned != ["edge-canary-rules"] {
            return Some("pruning");
        }
        let off = &app(world, "ledger")["spec"]["syncPolicy"]["automated"]["enabled"];
        (off != false).then_some("auto-sync")
    }

    fn is_stuck(world: &World) -> bool {
        let checkout = world.get("apps", "deployments", "shop/checkout-api");
        let image = &checkout["spec"]["template"]["spec"]["containers"][0]["image"];
        let status = &checkout["status"];
        image == NEVER_PUSHED && status["updatedReplicas"] == 2 && status["readyReplicas"] == 3
    }

    #[test]
    fn what_the_tour_asks_about_is_there_and_nothing_else_puts_it_right() {
        for seed in [1, 7] {
            let mut world = begin(seed);
            world.until("checkout is stuck", is_stuck);
            assert_eq!(amiss(&world), None, "seed {seed}");
            let checkout = world.get("apps", "deployments", "shop/checkout-api");
            let template = writer_of(&checkout, "f:image");
            assert!(template == "kubectl-set", "{template}: {checkout:#}");
            for _ in 0..400 {
                world.step();
            }
            assert_eq!(amiss(&world), None, "seed {seed}");
            assert!(is_stuck(&world), "seed {seed}");
        }
    }

    #[test]
    fn the_way_back_holds_and_switching_on_is_followed_by_a_sync_that_changes_nothing() {
        let mut world = begin(1);
        world.until("checkout is stuck", is_stuck);
        world.change("apps", "deployments", "shop/checkout-api", |object| {
            object["spec"]["template"]["spec"]["containers"][0]["image"] =
                "registry.example.com/shop/checkout:1.7.0".into();
        });
        world.until("all is in sync again", |world| {
            let checkout = world.get("apps", "deployments", "shop/checkout-api");
            app(world, "checkout")["status"]["sync"]["status"] == "Synced"
                && checkout["status"]["readyReplicas"] == 4
                && checkout["status"]["replicas"] == 4
        });
        world.change("argoproj.io", "applications", "argocd/ledger", |object| {
            object["spec"]["syncPolicy"]["automated"]["enabled"] = true.into();
        });
        for _ in 0..300 {
            world.step();
        }
        let checkout = world.get("apps", "deployments", "shop/checkout-api");
        assert_eq!(checkout["status"]["readyReplicas"], 4);
        assert_eq!(app(&world, "ledger")["status"]["sync"]["status"], "Synced");
    }

    #[test]
    fn without_the_tour_nothing_of_it_is_there() {
        let world = World::begin();
        assert_eq!(amiss(&world), Some("digests"));
        assert_eq!(app(&world, "edge-canary")["status"]["sync"]["status"], "Synced");
    }
}
