//! The estate as it is at its beginning.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use serde_json::Value;

use crate::demo::DemoOptions;
use crate::demo::clock::Clock;
use crate::demo::driver;
use crate::demo::store::Store;

use super::Story;

/// 2026-03-02T09:30:00Z.
pub const BEGIN: i64 = 1_772_443_800_000;

/// The estate, and what happens in it.
pub struct World {
    pub store: Store,
    story: Story,
}

impl World {
    pub fn begin() -> Self {
        Self::with(&DemoOptions::default())
    }

    pub fn with(options: &DemoOptions) -> Self {
        let clock = Clock::Set(std::cell::Cell::new(BEGIN));
        let mut store = Store::new(1, clock);
        let story = super::build(&mut store, options);
        Self { store, story }
    }

    /// The next thing happens.
    pub fn step(&mut self) {
        driver::step(&mut self.store, &mut self.story, i64::MAX);
    }

    pub fn get(&self, group: &str, plural: &str, key: &str) -> Value {
        get(&self.store, group, plural, key)
    }

    /// A person changes an object.
    pub fn change(&mut self, group: &str, plural: &str, key: &str, edit: impl FnOnce(&mut Value)) {
        let id = self.store.find(group, plural).unwrap();
        let old = self.get(group, plural, key);
        let mut new = old.clone();
        edit(&mut new);
        super::controllers::write(&mut self.store, id, &old, new, "wheelhouse");
    }

    /// Things happen until this is so.
    pub fn until(&mut self, what: &str, is: impl Fn(&Self) -> bool) {
        for _ in 0..4_000 {
            if is(self) {
                return;
            }
            driver::step(&mut self.store, &mut self.story, i64::MAX);
        }
        panic!("it never came that {what}");
    }
}

fn estate() -> Store {
    World::begin().store
}

pub fn get(store: &Store, group: &str, plural: &str, key: &str) -> Value {
    let id = store.find(group, plural).unwrap();
    store.get(id, key).unwrap_or_else(|| panic!("no {plural} {key}")).body.value()
}

/// Name, sync, health and phase of every application.
pub fn applications(store: &Store) -> Vec<String> {
    let id = store.find("argoproj.io", "applications").unwrap();
    let say = |app: Value| {
        let text = |path: &str| app.pointer(path).and_then(Value::as_str).unwrap_or("-").to_owned();
        format!(
            "{} {} {} {}",
            text("/metadata/name"),
            text("/status/sync/status"),
            text("/status/health/status"),
            text("/status/operationState/phase")
        )
    };
    store.scan(id, None, None).map(|(_, entry)| say(entry.body.value())).collect()
}

#[test]
fn applications_are_in_every_state_that_there_is() {
    let store = estate();
    assert_eq!(
        applications(&store),
        [
            "catalog Synced Healthy Succeeded",
            "checkout Synced Healthy Succeeded",
            "edge-canary Synced Healthy Succeeded",
            "edge-eu OutOfSync Healthy Succeeded",
            "edge-us Synced Healthy Succeeded",
            "fraud-check OutOfSync Missing Failed",
            "ledger Synced Healthy Succeeded",
            "payments OutOfSync Healthy Succeeded",
            "recommender Synced Suspended Succeeded",
            "search Synced Healthy Succeeded",
            "settlement Synced Degraded Succeeded",
            "shop-apps Synced Healthy Succeeded",
            "storefront Synced Healthy Succeeded",
            "tariffs OutOfSync Healthy Succeeded",
        ]
    );
    let payments = get(&store, "argoproj.io", "applications", "argocd/payments");
    let drifted: Vec<String> = payments["status"]["resources"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|one| one["status"] == "OutOfSync")
        .map(|one| format!("{}/{}", one["kind"].as_str().unwrap(), one["name"].as_str().unwrap()))
        .collect();
    assert_eq!(drifted, ["ConfigMap/payments-api", "Deployment/payments-api"]);
}

/// Names of a set's pods that have its newest revision, once all are ready again.
fn hashes(world: &World, prefix: &str) -> Vec<String> {
    let id = world.store.find("", "pods").unwrap();
    let pods = world.store.scan(id, None, Some(prefix));
    pods.take_while(|(key, _)| key.starts_with(prefix))
        .map(|(_, entry)| entry.body.value())
        .map(|pod| pod["metadata"]["labels"]["controller-revision-hash"].as_str().unwrap().into())
        .collect()
}

#[test]
fn a_restart_rolls_through_stateful_and_daemon_sets() {
    let mut world = World::begin();
    for (plural, key) in [("statefulsets", "shop/ledger"), ("daemonsets", "monitoring/promtail")] {
        let before = hashes(&world, &format!("{key}-"));
        world.change("apps", plural, key, |object| {
            object["spec"]["template"]["metadata"]["annotations"]["kubectl.kubernetes.io/restartedAt"] =
                "2026-03-02T09:30:00Z".into();
        });
        world.until("all pods are new and ready", |world| {
            let set = world.get("apps", plural, key);
            let status = &set["status"];
            let done = |updated: &str, ready: &str, wanted: usize| {
                status[updated] == wanted && status[ready] == wanted
            };
            status["observedGeneration"] == set["metadata"]["generation"]
                && (done("updatedReplicas", "readyReplicas", before.len())
                    || done("updatedNumberScheduled", "numberReady", before.len()))
        });
        let after = hashes(&world, &format!("{key}-"));
        assert_eq!(after.len(), before.len());
        assert!(after.iter().all(|hash| !before.contains(hash)), "{before:?} {after:?}");
    }
}

#[test]
fn a_stateful_set_is_scaled_from_its_end() {
    let mut world = World::begin();
    for replicas in [5, 2] {
        world.change("apps", "statefulsets", "shop/ledger", |object| {
            object["spec"]["replicas"] = replicas.into();
        });
        world.until("it is as wanted", |world| {
            let set = world.get("apps", "statefulsets", "shop/ledger");
            set["status"]["readyReplicas"] == replicas && set["status"]["replicas"] == replicas
        });
    }
    let pods = world.store.find("", "pods").unwrap();
    assert!(world.store.get(pods, "shop/ledger-1").is_some());
}
