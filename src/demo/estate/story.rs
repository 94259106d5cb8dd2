//! What happens in the estate by itself, as things that are due at a time. Each step does the one
//! that is due first; what it changes is picked up by the controllers as the next step.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use super::around::is_missing;
use super::controllers::{self, Types};
use super::delivery::git::Git;
use super::delivery::{Delivery, Task};
use super::happenings::{
    finish_job, flip_pressure, pull_again, renew_leases, set_ready, start_job,
};
use super::load::Load;
use super::pods::{self, Stage};
use super::scene::NODES;
use super::sets::Sets;
use super::tour;
use crate::demo::DemoOptions;
use crate::demo::delete;
use crate::demo::prng::Prng;
use crate::demo::store::{Happened, Key, Store, key_of};

/// Milliseconds that the controllers wait for more changes.
const SETTLE: i64 = 150;
/// Milliseconds that a Job takes.
const JOB: i64 = 9_000;

/// Something that will happen.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Beat {
    /// The kubelets renew their leases.
    Leases,
    /// A pod of the shop is replaced.
    Replace,
    /// The first incident of the tour.
    Incident,
    /// An engine does what it planned.
    Deliver(Task),
    /// The crash-looping container starts, or ends.
    Crash { starts: bool },
    /// The missing image is tried again.
    Pull,
    /// Memory pressure on a node comes and goes.
    Pressure,
    /// A job is started.
    Job,
    /// A job has done its work.
    JobDone(Key),
    /// A pod reaches its next stage.
    Pod(Key, Stage),
    /// The node starts the debug containers of a pod.
    Ephemeral(Key),
    /// The generated pods are restless.
    Load,
}

/// The future of the estate.
#[derive(Default)]
pub struct Story {
    future: BTreeSet<(i64, u64, Beat)>,
    told: u64,
    seen: u64,
    look: Option<i64>,
    random: Option<Prng>,
    load: Load,
    alive: bool,
    delivery: Delivery,
    sets: Sets,
    restarts: i64,
    /// Somebody takes the tour: what it is about is left alone.
    tour: bool,
}

impl Story {
    /// Plans the beginning.
    pub fn new(store: &Store, options: &DemoOptions, load: Load, git: Git) -> Self {
        let mut story = Self {
            delivery: Delivery::new(store, git),
            random: Some(Prng::new(options.seed ^ 0x57_0121)),
            load,
            alive: true,
            // Deployments that do not match their ReplicaSets are looked at first.
            seen: 0,
            restarts: 7,
            tour: options.tour,
            ..Self::default()
        };
        for (millis, beat) in [
            (2_000, Beat::Crash { starts: true }),
            (6_000, Beat::Leases),
            (9_000, Beat::Replace),
            (15_000, Beat::Pull),
            (20_000, Beat::Job),
            (45_000, Beat::Pressure),
        ] {
            story.plan(store, millis, beat);
        }
        for (millis, task) in story.delivery.beginning() {
            if !(options.tour && task == Task::Release) {
                story.plan(store, millis, Beat::Deliver(task));
            }
        }
        if options.tour {
            story.plan(store, tour::BEGINS, Beat::Incident);
        }
        if let Some(every) = story.load.every() {
            story.plan(store, every, Beat::Load);
        }
        story
    }

    fn plan(&mut self, store: &Store, millis: i64, beat: Beat) {
        self.told += 1;
        self.future.insert((store.clock.millis() + millis, self.told, beat));
    }

    /// When the next thing happens, in milliseconds since the epoch.
    pub fn next_due(&self) -> Option<i64> {
        self.future.first().map(|(due, _, _)| *due)
    }

    /// Notices that something changed: the controllers will look, a moment later.
    pub fn notice(&mut self, store: &Store) {
        if self.alive && self.look.is_none() {
            let types = Types::of(store);
            let changed = [types.deployments, types.sets, types.pods]
                .iter()
                .any(|id| store.changed_since(*id, self.seen));
            let sets = ["statefulsets", "daemonsets"];
            let sets = sets.iter().filter_map(|plural| store.find("apps", plural));
            let changed = changed || sets.into_iter().any(|id| store.changed_since(id, self.seen));
            if changed || self.delivery.has_news(store, self.seen) {
                self.look = Some(store.clock.millis() + SETTLE);
            }
        }
    }

    /// When the controllers look, if there is anything to see.
    pub fn controllers_due(&self) -> Option<i64> {
        self.look
    }

    /// The next thing happens.
    pub fn step(&mut self, store: &mut Store) {
        let Some((_, _, beat)) = self.future.pop_first() else { return };
        let types = Types::of(store);
        match beat {
            Beat::Leases => {
                renew_leases(store);
                self.plan(store, 10_000, Beat::Leases);
            }
            Beat::Replace => {
                self.replace(store, types);
                self.plan(store, 17_000, Beat::Replace);
            }
            Beat::Incident => tour::set_image(store),
            Beat::Deliver(task) => {
                for (millis, next) in self.delivery.perform(store, task) {
                    self.plan(store, millis, Beat::Deliver(next));
                }
            }
            Beat::Crash { starts } => self.crash(store, types, starts),
            Beat::Pull => {
                pull_again(store, types);
                self.plan(store, 20_000, Beat::Pull);
            }
            Beat::Pressure => {
                flip_pressure(store, types);
                self.plan(store, 60_000, Beat::Pressure);
            }
            Beat::Job => {
                start_job(store);
                self.plan(store, 300_000, Beat::Job);
            }
            Beat::JobDone(key) => finish_job(store, types, &key),
            Beat::Pod(key, stage) => self.advance(store, types, &key, stage),
            Beat::Ephemeral(key) => start_ephemeral(store, types, &key),
            Beat::Load => {
                self.load.churn(store);
                if let Some(every) = self.load.every() {
                    self.plan(store, every, Beat::Load);
                }
            }
        }
    }

    /// The controllers look at what changed since they last did.
    pub fn control(&mut self, store: &mut Store) {
        let types = Types::of(store);
        let since = self.seen;
        self.look = None;
        self.seen = store.version();
        let mut sets: BTreeSet<Key> = BTreeSet::new();
        let mut deployments: BTreeSet<Key> = BTreeSet::new();
        let mut fresh: BTreeMap<Key, ()> = BTreeMap::new();
        let ours = |key: &Key| !key.starts_with("load-");
        for event in store.events_after(types.deployments, since).filter(|e| ours(&e.key)) {
            deployments.insert(event.key.clone());
        }
        for event in store.events_after(types.sets, since).filter(|e| ours(&e.key)) {
            sets.insert(event.key.clone());
        }
        let mut joined: BTreeSet<Key> = BTreeSet::new();
        for event in store.events_after(types.pods, since).filter(|e| ours(&e.key)) {
            if event.happened == Happened::Added {
                fresh.insert(event.key.clone(), ());
            }
            let pod = event.body.value();
            if event.happened != Happened::Deleted && has_unstarted(&pod) {
                joined.insert(event.key.clone());
            }
            for owner in pod["metadata"]["ownerReferences"].as_array().into_iter().flatten() {
                let name = owner["name"].as_str().unwrap_or_default();
                let namespace = pod["metadata"]["namespace"].as_str();
                if owner["kind"] == "ReplicaSet" {
                    sets.insert(key_of(namespace, name));
                }
            }
        }
        self.sets.look(store, types.pods, since);
        for key in &sets {
            controllers::reconcile_set(store, types, key);
            let owner = store.get(types.sets, key).map(|entry| entry.body.value());
            let owner = owner.unwrap_or_default()["metadata"]["ownerReferences"][0].clone();
            if owner["kind"] == "Deployment"
                && let (Some((namespace, _)), Some(name)) =
                    (key.split_once('/'), owner["name"].as_str())
            {
                deployments.insert(key_of(Some(namespace), name));
            }
        }
        for key in &deployments {
            controllers::reconcile_deployment(store, types, key);
        }
        for key in new_jobs(store, since) {
            self.run_job(store, types, &key);
        }
        for (millis, task) in self.delivery.look(store, since) {
            self.plan(store, millis, Beat::Deliver(task));
        }
        for key in fresh.keys() {
            // Also those whose node was chosen by whoever made them.
            let new = store.get(types.pods, key).is_some_and(|entry| {
                let status = &entry.body.value()["status"];
                status["phase"] == "Pending" && status["startTime"].is_null()
            });
            if new {
                self.plan(store, 300, Beat::Pod(key.clone(), Stage::Creating));
            }
        }
        for key in joined {
            self.plan(store, 700, Beat::Ephemeral(key));
        }
    }

    fn below(&mut self, limit: usize) -> usize {
        self.random.as_mut().map_or(0, |random| random.below(limit))
    }

    /// A pod of the shop goes; its ReplicaSet makes another.
    fn replace(&mut self, store: &mut Store, types: Types) {
        let keys: Vec<Key> = store
            .scan(types.pods, Some("shop"), None)
            .map(|(key, _)| key.clone())
            .filter(|key| {
                ["cart-", "catalog-", "storefront-"]
                    .iter()
                    .any(|name| key["shop/".len()..].starts_with(name))
                    && !(self.tour && key["shop/".len()..].starts_with(tour::PUSHED_AGAIN))
            })
            .collect();
        let at = self.below(keys.len());
        if let Some(key) = keys.get(at) {
            delete::quietly(store, types.pods, key);
        }
    }

    /// The mailer starts, lives for some seconds, and ends; each time it waits longer.
    fn crash(&mut self, store: &mut Store, types: Types, starts: bool) {
        let found = store
            .scan(types.pods, Some("shop"), None)
            .find(|(key, _)| key.starts_with("shop/mailer-"))
            .map(|(_, entry)| entry.body.value());
        let Some(old) = found.filter(|pod| pod["metadata"]["deletionTimestamp"].is_null()) else {
            self.plan(store, 5_000, Beat::Crash { starts: true });
            return;
        };
        let now = store.clock.stamp();
        let mut pod = old.clone();
        let status = &mut pod["status"]["containerStatuses"][0];
        if starts {
            self.restarts += 1;
            status["restartCount"] = self.restarts.into();
            status["state"] = json!({"running": {"startedAt": now}});
            status["started"] = true.into();
        } else {
            let started = status["state"]["running"]["startedAt"].clone();
            status["lastState"] = json!({"terminated": {"exitCode": 1, "reason": "Error", "startedAt": started, "finishedAt": now,
                "containerID": status["containerID"]}});
            let name = old["metadata"]["name"].as_str().unwrap_or_default();
            status["state"] = json!({"waiting": {"reason": "CrashLoopBackOff",
                "message": format!("back-off 40s restarting failed container=mailer pod={name}_shop({})", old["metadata"]["uid"].as_str().unwrap_or_default())}});
            status["started"] = false.into();
        }
        status["ready"] = false.into();
        set_ready(&mut pod, false, &now);
        controllers::write(store, types.pods, &old, pod.clone(), "kubelet");
        if starts {
            self.plan(store, 6_000, Beat::Crash { starts: false });
        } else {
            controllers::tell(
                store,
                types,
                &pod,
                "Warning",
                "BackOff",
                "Back-off restarting failed container mailer in pod",
                "kubelet",
            );
            self.plan(store, 40_000, Beat::Crash { starts: true });
        }
    }

    /// The pod of a new Job, and when it will have done its work.
    fn run_job(&mut self, store: &mut Store, types: Types, key: &Key) {
        let Some(id) = store.find("batch", "jobs") else { return };
        let Some(old) = store.get(id, key).map(|entry| entry.body.value()) else { return };
        if old["spec"]["suspend"] == true || !old["status"]["startTime"].is_null() {
            return;
        }
        let name = old["metadata"]["name"].as_str().unwrap_or_default();
        let pod_name = format!("{name}-{}", store.random.suffix(5));
        let mut template = old["spec"]["template"].clone();
        template["metadata"]["labels"]["batch.kubernetes.io/job-name"] = name.into();
        let mut random = store.random.clone();
        let mut pod = pods::from_template(&template, &old, &pod_name, &mut random);
        store.random = random;
        pod["status"] = json!({"phase": "Pending", "qosClass": "Burstable"});
        controllers::create(store, types.pods, pod, "kube-controller-manager");
        let created = format!("Created pod: {pod_name}");
        controllers::tell(
            store,
            types,
            &old,
            "Normal",
            "SuccessfulCreate",
            &created,
            "job-controller",
        );
        let mut job = old.clone();
        job["status"] = json!({"active": 1, "ready": 0, "startTime": store.clock.stamp(), "uncountedTerminatedPods": {}});
        controllers::write(store, id, &old, job, "kube-controller-manager");
        self.plan(store, JOB, Beat::JobDone(key.clone()));
    }

    /// The next stage of a new pod, and the one after it.
    fn advance(&mut self, store: &mut Store, types: Types, key: &Key, stage: Stage) {
        let Some(old) = store.get(types.pods, key).map(|entry| entry.body.value()) else { return };
        if !old["metadata"]["deletionTimestamp"].is_null() {
            return;
        }
        let mut pod = old.clone();
        if pod["spec"]["nodeName"].is_null() {
            // Not on the cordoned node, nor where memory is short.
            let node = [0, 1, 2, 4][self.below(4)];
            pod["spec"]["nodeName"] = NODES[node].0.into();
            let text = format!("Successfully assigned {key} to {}", NODES[node].0);
            controllers::write(store, types.pods, &old, pod.clone(), "kube-scheduler");
            controllers::tell(
                store,
                types,
                &pod,
                "Normal",
                "Scheduled",
                &text,
                "default-scheduler",
            );
            if let Some(kept) = store.get(types.pods, key) {
                pod = kept.body.value();
            }
        }
        let now = store.clock.millis() / 1000;
        let before = pod.clone();
        if let Some(random) = &mut self.random {
            pod["status"] = pods::status(&pod, stage, now, random);
        }
        controllers::write(store, types.pods, &before, pod.clone(), "kubelet");
        let bad = pod["spec"]["containers"]
            .as_array()
            .into_iter()
            .flatten()
            .any(|c| is_missing(&c["image"]));
        let (pause, next) = match stage {
            Stage::Creating if bad => (1_500, Stage::BadImage),
            Stage::Creating => (1_000 + self.below(1_500) as i64, Stage::Starting),
            Stage::Starting => (2_500 + self.below(2_500) as i64, Stage::Ready),
            Stage::Pending | Stage::Ready | Stage::BadImage => return,
        };
        self.plan(store, pause, Beat::Pod(key.clone(), next));
    }
}

/// Jobs that were made since.
fn new_jobs(store: &Store, since: u64) -> Vec<Key> {
    let Some(id) = store.find("batch", "jobs") else { return Vec::new() };
    let made = store.events_after(id, since).filter(|event| event.happened == Happened::Added);
    made.map(|event| event.key.clone()).collect()
}

/// Whether the node has still to start one of the pod's debug containers.
fn has_unstarted(pod: &Value) -> bool {
    let of = |part: &str, list: &str| pod[part][list].as_array().map_or(0, Vec::len);
    of("spec", "ephemeralContainers") > of("status", "ephemeralContainerStatuses")
}

fn start_ephemeral(store: &mut Store, types: Types, key: &str) {
    let Some(old) = store.get(types.pods, key).map(|entry| entry.body.value()) else { return };
    if !old["metadata"]["deletionTimestamp"].is_null() || !has_unstarted(&old) {
        return;
    }
    let now = store.clock.stamp();
    let statuses: Vec<Value> = old["spec"]["ephemeralContainers"]
        .as_array()
        .into_iter()
        .flatten()
        .map(|container| {
            let known = old["status"]["ephemeralContainerStatuses"].as_array();
            let known =
                known.into_iter().flatten().find(|status| status["name"] == container["name"]);
            known.cloned().unwrap_or_else(|| {
                json!({"name": container["name"], "image": container["image"], "imageID": "",
                    "ready": false, "restartCount": 0, "lastState": {},
                    "state": {"running": {"startedAt": now}}})
            })
        })
        .collect();
    let mut pod = old.clone();
    pod["status"]["ephemeralContainerStatuses"] = statuses.into();
    controllers::write(store, types.pods, &old, pod, "kubelet");
}
