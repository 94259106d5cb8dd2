//! The engines of the demo: what Argo CD's and Flux' controllers do with what people ask of them, in
//! their words and at about their pace. They act on objects of the store and on nothing else.

mod argo;
pub mod compare;
mod flux;
pub mod git;
mod health;
mod helm;
mod sync;
#[cfg(test)]
mod tests;
mod windows;

use std::collections::BTreeSet;

use self::argo::Argo;
use self::flux::{Flux, Kind};
use self::git::{Git, revision};
use super::flux::on_main;
use crate::demo::store::{Key, Store, TypeId};

/// Something that a controller will do.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Task {
    /// A sync of this Application goes on.
    Sync(Key),
    /// A refresh of this Application is done.
    Refresh(Key),
    /// The reconciliation of this object of Flux goes on.
    Reconcile(Kind, Key),
    /// Somebody releases checkout.
    Release,
    /// Somebody pushes to the repository of the fleet.
    Push,
}

/// Milliseconds between two releases of checkout.
const RELEASES: i64 = 90_000;
/// Milliseconds between two commits to the fleet.
const PUSHES: i64 = 150_000;

/// All controllers that deliver.
#[derive(Debug, Default)]
pub struct Delivery {
    git: Git,
    /// Types that are delivered, and those that deliver.
    watched: Vec<TypeId>,
    argo: Argo,
    flux: Flux,
    releases: u32,
    pushes: u32,
}

/// What is looked through for objects that are no longer wanted.
const DELIVERED: &[(&str, &str)] = &[
    ("apps", "deployments"),
    ("apps", "statefulsets"),
    ("apps", "daemonsets"),
    ("batch", "jobs"),
    ("", "services"),
    ("", "configmaps"),
    ("networking.k8s.io", "ingresses"),
    ("autoscaling", "horizontalpodautoscalers"),
    ("policy", "poddisruptionbudgets"),
    ("argoproj.io", "rollouts"),
    ("argoproj.io", "applications"),
];

const ENGINES: &[(&str, &str)] =
    &[("argoproj.io", "appprojects"), ("argoproj.io", "applicationsets")];

impl Delivery {
    /// Controllers that deliver from these repositories.
    pub fn new(store: &Store, git: Git) -> Self {
        let find = |types: &[(&str, &str)]| -> Vec<TypeId> {
            types.iter().filter_map(|(group, plural)| store.find(group, plural)).collect()
        };
        let mut watched = find(DELIVERED);
        watched.extend(find(ENGINES));
        watched.extend(Kind::ALL.iter().filter_map(|kind| kind.of(store)));
        Self { git, watched, ..Self::default() }
    }

    /// What will happen by itself, in how many milliseconds.
    pub fn beginning(&self) -> [(i64, Task); 2] {
        [(3_000, Task::Release), (70_000, Task::Push)]
    }

    /// Whether anything changed that a controller would look at.
    pub fn has_news(&self, store: &Store, since: u64) -> bool {
        self.watched.iter().any(|id| store.changed_since(*id, since))
    }

    /// The controllers look at what changed. Returns what they will do, in how many milliseconds.
    pub fn look(&mut self, store: &mut Store, since: u64) -> Vec<(i64, Task)> {
        let mut changed = BTreeSet::new();
        for id in &self.watched {
            for event in store.events_after(*id, since).filter(|one| !one.key.starts_with("load-"))
            {
                changed.extend(git::track_of(&event.body.value()));
            }
        }
        let types = self.delivered(store);
        let mut plans = self.argo.look(store, &self.git, &types, since, &changed);
        plans.extend(self.flux.look(store, since));
        plans
    }

    fn delivered(&self, store: &Store) -> Vec<TypeId> {
        DELIVERED.iter().filter_map(|(group, plural)| store.find(group, plural)).collect()
    }

    /// A controller does what it planned. Returns what comes next, in how many milliseconds.
    pub fn perform(&mut self, store: &mut Store, task: Task) -> Vec<(i64, Task)> {
        let types = self.delivered(store);
        match task {
            Task::Sync(key) => {
                let next = self.argo.sync(store, &self.git, &types, &key);
                next.map(|millis| (millis, Task::Sync(key))).into_iter().collect()
            }
            Task::Refresh(key) => {
                self.argo.refresh(store, &self.git, &types, &key);
                Vec::new()
            }
            Task::Reconcile(kind, key) => {
                let next = self.flux.step(store, &self.git, kind, &key);
                next.map(|millis| (millis, Task::Reconcile(kind, key))).into_iter().collect()
            }
            Task::Release => {
                self.release();
                let changed = BTreeSet::from(["checkout".to_owned()]);
                let now = store.version();
                let mut plans = self.argo.look(store, &self.git, &types, now, &changed);
                plans.push((RELEASES, Task::Release));
                plans
            }
            Task::Push => {
                self.push();
                let key: Key = "flux-system/flux-system".into();
                let next = self.flux.fetch(&key);
                next.into_iter().chain([(PUSHES, Task::Push)]).collect()
            }
        }
    }

    /// checkout gets the other of two versions.
    fn release(&mut self) {
        self.releases += 1;
        let version = if self.releases % 2 == 1 { "1.8.0" } else { "1.7.0" };
        let name = revision(&format!("checkout-release-{}", self.releases));
        self.git.amend("checkout", name, |manifest| {
            if manifest["kind"] == "Deployment" && manifest["metadata"]["name"] == "checkout-api" {
                manifest["spec"]["template"]["spec"]["containers"][0]["image"] =
                    format!("registry.example.com/shop/checkout:{version}").into();
            }
        });
    }

    /// kube-state-metrics gets the other of two versions.
    fn push(&mut self) {
        self.pushes += 1;
        let word = format!("fleet-push-{}", self.pushes);
        let version = if self.pushes % 2 == 1 { "v2.17.1" } else { "v2.17.0" };
        self.git.amend("flux-system/infra", revision(&word), |manifest| {
            if manifest["metadata"]["name"] == "kube-state-metrics"
                && manifest["kind"] == "Deployment"
            {
                manifest["spec"]["template"]["spec"]["containers"][0]["image"] =
                    format!("registry.k8s.io/kube-state-metrics/kube-state-metrics:{version}")
                        .into();
            }
        });
        self.flux.pushed(&on_main(&word));
    }
}
