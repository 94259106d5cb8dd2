//! Flux' controllers: sources fetch, kustomizations build, apply and wait for health, Helm releases
//! upgrade; each acknowledges what it was asked.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::git::Git;
use super::{Task, health, helm};
use crate::demo::apply::{self, Writer};
use crate::demo::delete;
use crate::demo::estate::controllers::write;
use crate::demo::estate::flux::{artifact, entry, latest, on_main};
use crate::demo::estate::make::condition;
use crate::demo::store::{Key, Store, TypeId, key_of};

/// Milliseconds from a request to its begin, and between two of its steps.
const PACE: i64 = 600;
/// Milliseconds between two looks at what has to become healthy.
const POLL: i64 = 1_000;
const REQUEST: &str = "reconcile.fluxcd.io/requestedAt";
const FORCE: &str = "reconcile.fluxcd.io/forceAt";
const RESET: &str = "reconcile.fluxcd.io/resetAt";

/// The kinds that are reconciled.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// A Git repository.
    Git,
    /// A repository of OCI artifacts.
    Oci,
    /// A repository of charts.
    Charts,
    /// A chart.
    Chart,
    /// A Kustomization.
    Kustomization,
    /// A HelmRelease.
    Release,
    /// A ResourceSet.
    Set,
}

impl Kind {
    /// All of them.
    pub const ALL: [Self; 7] = [
        Self::Git,
        Self::Oci,
        Self::Charts,
        Self::Chart,
        Self::Kustomization,
        Self::Release,
        Self::Set,
    ];

    /// Its type.
    pub fn of(self, store: &Store) -> Option<TypeId> {
        let (group, plural) = match self {
            Self::Git => ("source.toolkit.fluxcd.io", "gitrepositories"),
            Self::Oci => ("source.toolkit.fluxcd.io", "ocirepositories"),
            Self::Charts => ("source.toolkit.fluxcd.io", "helmrepositories"),
            Self::Chart => ("source.toolkit.fluxcd.io", "helmcharts"),
            Self::Kustomization => ("kustomize.toolkit.fluxcd.io", "kustomizations"),
            Self::Release => ("helm.toolkit.fluxcd.io", "helmreleases"),
            Self::Set => ("fluxcd.controlplane.io", "resourcesets"),
        };
        store.find(group, plural)
    }

    fn manager(self) -> &'static str {
        match self {
            Self::Git | Self::Oci | Self::Charts | Self::Chart => "gotk-source-controller",
            Self::Kustomization => "gotk-kustomize-controller",
            Self::Release => "gotk-helm-controller",
            Self::Set => "flux-operator",
        }
    }
}

/// A reconciliation that runs.
#[derive(Debug, Default)]
struct Run {
    step: u32,
    /// What was asked with it: the annotation as it was at the begin.
    request: Value,
    force: Value,
    reset: Value,
    /// When health has to be there, in milliseconds since the epoch.
    until: i64,
}

/// The controllers.
#[derive(Debug, Default)]
pub struct Flux {
    runs: BTreeMap<(Kind, Key), Run>,
    /// The newest commit of the fleet, where somebody pushed.
    fleet: Option<String>,
}

fn get(store: &Store, kind: Kind, key: &str) -> Option<Value> {
    store.get(kind.of(store)?, key).map(|entry| entry.body.value())
}

fn annotation<'a>(object: &'a Value, name: &str) -> &'a Value {
    &object["metadata"]["annotations"][name]
}

/// Sets a condition, or takes it away. The time stays while the status does.
fn set(object: &mut Value, kind: &str, new: Option<(&str, &str, &str)>, now: &str) {
    let generation = object["metadata"]["generation"].clone();
    let mut list = object["status"]["conditions"].as_array().cloned().unwrap_or_default();
    let old = list.iter().position(|one| one["type"] == kind);
    let Some((status, reason, message)) = new else {
        if let Some(at) = old {
            list.remove(at);
        }
        object["status"]["conditions"] = list.into();
        return;
    };
    let since = old.map(|at| &list[at]).filter(|one| one["status"] == status);
    let since = since.and_then(|one| one["lastTransitionTime"].as_str()).unwrap_or(now).to_owned();
    let mut one = condition(kind, status, reason, message, &since);
    one["observedGeneration"] = generation;
    match old {
        Some(at) => list[at] = one,
        None => list.push(one),
    }
    object["status"]["conditions"] = list.into();
}

fn ready(object: &Value) -> &Value {
    let list = object["status"]["conditions"].as_array();
    list.into_iter().flatten().find(|one| one["type"] == "Ready").unwrap_or(&Value::Null)
}

impl Flux {
    /// Looks at objects that changed.
    pub fn look(&mut self, store: &mut Store, since: u64) -> Vec<(i64, Task)> {
        let mut due: Vec<(Kind, Key)> = Vec::new();
        let mut news = false;
        for kind in Kind::ALL {
            let Some(id) = kind.of(store) else { continue };
            let keys: Vec<Key> = store.events_after(id, since).map(|one| one.key.clone()).collect();
            news |= !keys.is_empty();
            due.extend(keys.into_iter().map(|key| (kind, key)));
        }
        // What they depend on, or their source, may be what changed.
        if news && let Some(id) = Kind::Kustomization.of(store) {
            let keys = store.scan(id, None, None).map(|(key, _)| key.clone());
            due.extend(keys.map(|key| (Kind::Kustomization, key)));
        }
        due.sort();
        due.dedup();
        due.into_iter().filter_map(|(kind, key)| self.consider(store, kind, key)).collect()
    }

    fn consider(&mut self, store: &mut Store, kind: Kind, key: Key) -> Option<(i64, Task)> {
        let Some(object) = get(store, kind, &key) else {
            self.runs.remove(&(kind, key));
            return None;
        };
        if !object["metadata"]["deletionTimestamp"].is_null() {
            self.runs.remove(&(kind, key));
            take_apart(store, kind, &object);
            return None;
        }
        let request = annotation(&object, REQUEST);
        let asked = request.is_string() && object["status"]["lastHandledReconcileAt"] != *request;
        if object["spec"]["suspend"] == true {
            self.runs.remove(&(kind, key));
            if kind == Kind::Kustomization && asked {
                // It says that it has seen the request, and does nothing.
                let mut new = object.clone();
                new["status"]["lastHandledReconcileAt"] = request.clone();
                write(store, kind.of(store)?, &object, new, kind.manager());
            }
            return None;
        }
        let changed = object["status"]["observedGeneration"].is_i64()
            && object["status"]["observedGeneration"] != object["metadata"]["generation"]
            || object["status"].is_null();
        let behind = kind == Kind::Kustomization
            && (ready(&object)["reason"] == "DependencyNotReady"
                && waits_for(store, &object).is_none()
                || ready(&object)["reason"] != "DependencyNotReady"
                    && source(store, &object).is_some_and(|at| {
                        object["status"]["lastAttemptedRevision"] != at.as_str()
                    }));
        if !(asked || changed || behind) || self.runs.contains_key(&(kind, key.clone())) {
            return None;
        }
        self.runs.insert((kind, key.clone()), Run::default());
        Some((PACE, Task::Reconcile(kind, key)))
    }

    /// Somebody pushed to the fleet's repository.
    pub fn pushed(&mut self, revision: &str) {
        self.fleet = Some(revision.to_owned());
    }

    /// A source's interval is over.
    pub fn fetch(&mut self, key: &Key) -> Option<(i64, Task)> {
        let run = (Kind::Git, key.clone());
        if self.runs.contains_key(&run) {
            return None;
        }
        self.runs.insert(run, Run::default());
        Some((PACE, Task::Reconcile(Kind::Git, key.clone())))
    }

    /// A reconciliation goes one step on. Returns when the next step is due, if it has not ended.
    pub fn step(&mut self, store: &mut Store, git: &Git, kind: Kind, key: &Key) -> Option<i64> {
        let object = get(store, kind, key);
        let mut run = self.runs.remove(&(kind, key.clone()))?;
        let object = object.filter(|one| one["spec"]["suspend"] != true)?;
        if run.step == 0 {
            run.request = annotation(&object, REQUEST).clone();
            run.force = annotation(&object, FORCE).clone();
            run.reset = annotation(&object, RESET).clone();
        }
        let mut new = object.clone();
        let next = match kind {
            Kind::Git | Kind::Oci => self.fetching(store, kind, &run, &mut new),
            Kind::Charts | Kind::Chart | Kind::Set => briefly(store, &run, &mut new),
            Kind::Kustomization => kustomize(store, git, &mut run, &mut new),
            Kind::Release => release(store, &run, &mut new),
        };
        if next.is_none() {
            let status = &mut new["status"];
            if run.request.is_string() {
                status["lastHandledReconcileAt"] = run.request.clone();
            }
            if run.force.is_string() && run.force == run.request {
                status["lastHandledForceAt"] = run.force.clone();
            }
            if run.reset.is_string() && run.reset == run.request {
                status["lastHandledResetAt"] = run.reset.clone();
            }
            new["status"]["observedGeneration"] = object["metadata"]["generation"].clone();
        }
        // What was applied may have been this object itself.
        let latest = get(store, kind, key)?;
        let mut kept = latest.clone();
        kept["status"] = new["status"].take();
        write(store, kind.of(store)?, &latest, kept, kind.manager());
        run.step += 1;
        if next.is_some() {
            self.runs.insert((kind, key.clone()), run);
        }
        next
    }

    /// A repository is looked at for something new.
    fn fetching(&self, store: &Store, kind: Kind, run: &Run, new: &mut Value) -> Option<i64> {
        let now = store.clock.stamp();
        let at = &new["spec"]["ref"];
        let upstream = match kind {
            Kind::Git => match at["commit"].as_str() {
                Some(commit) => format!("main@sha1:{commit}"),
                None => self.fleet.clone().unwrap_or_else(|| on_main("fleet")),
            },
            _ => match at["digest"].as_str() {
                Some(digest) => format!("latest@{digest}"),
                None => latest("orders"),
            },
        };
        let held = new["status"]["artifact"]["revision"] == upstream.as_str();
        if run.step == 0 {
            let message = format!("building artifact: new upstream revision '{upstream}'");
            let message = if held { "reconciliation in progress" } else { &message };
            set(new, "Reconciling", Some(("True", "Progressing", message)), &now);
            return Some(PACE);
        }
        let name = new["metadata"]["name"].as_str().unwrap_or_default().to_owned();
        let word = new["kind"].as_str().unwrap_or_default().to_owned();
        if !held {
            new["status"]["artifact"] = artifact(&word, &name, &upstream, &now);
        }
        let message = format!("stored artifact for revision '{upstream}'");
        set(new, "Ready", Some(("True", "Succeeded", &message)), &now);
        set(new, "ArtifactInStorage", Some(("True", "Succeeded", &message)), &now);
        set(new, "Reconciling", None, &now);
        None
    }
}

/// Kinds that have nothing to do in the demo: they say that they looked.
fn briefly(store: &Store, run: &Run, new: &mut Value) -> Option<i64> {
    let now = store.clock.stamp();
    if run.step == 0 {
        set(new, "Reconciling", Some(("True", "Progressing", "reconciliation in progress")), &now);
        return Some(PACE);
    }
    set(new, "Reconciling", None, &now);
    None
}

/// The revision of a kustomization's source.
fn source(store: &Store, object: &Value) -> Option<String> {
    let named = &object["spec"]["sourceRef"];
    let kind = if named["kind"] == "OCIRepository" { Kind::Oci } else { Kind::Git };
    let namespace = named["namespace"].as_str().or(object["metadata"]["namespace"].as_str());
    let source = get(store, kind, &key_of(namespace, named["name"].as_str()?))?;
    source["status"]["artifact"]["revision"].as_str().map(str::to_owned)
}

/// The dependency that is not ready yet, in the controller's words.
fn waits_for(store: &Store, object: &Value) -> Option<String> {
    let own = object["metadata"]["namespace"].as_str();
    for one in object["spec"]["dependsOn"].as_array().into_iter().flatten() {
        let namespace = one["namespace"].as_str().or(own);
        let key = key_of(namespace, one["name"].as_str().unwrap_or_default());
        let Some(other) = get(store, Kind::Kustomization, &key) else {
            return Some(format!(
                "unable to get '{key}' dependency: Kustomization.kustomize.toolkit.fluxcd.io \"{}\" not found",
                one["name"].as_str().unwrap_or_default()
            ));
        };
        let seen = other["status"]["observedGeneration"] == other["metadata"]["generation"];
        if !seen || ready(&other)["status"] != "True" {
            return Some(format!("dependency '{key}' is not ready"));
        }
        let shared = other["spec"]["sourceRef"] == object["spec"]["sourceRef"];
        let at = source(store, &other).unwrap_or_default();
        if shared && other["status"]["lastAppliedRevision"] != at.as_str() {
            return Some(format!("dependency '{key}' revision is not up to date"));
        }
    }
    None
}

/// One step of a kustomization.
fn kustomize(store: &mut Store, git: &Git, run: &mut Run, new: &mut Value) -> Option<i64> {
    let now = store.clock.stamp();
    let revision = source(store, new)?;
    let key = format!(
        "{}/{}",
        new["metadata"]["namespace"].as_str().unwrap_or_default(),
        new["metadata"]["name"].as_str().unwrap_or_default()
    );
    let limit = new["spec"]["timeout"].as_str().unwrap_or("5m0s").to_owned();
    let name = revision.rsplit(':').next().unwrap_or_default();
    let commit = git.at(&key, name).or_else(|| git.head(&key));
    let manifests = commit.map(|commit| commit.manifests.clone()).unwrap_or_default();
    let trouble = commit.map_or("", |commit| commit.trouble);
    let progress = |new: &mut Value, what: &str| {
        set(new, "Reconciling", Some(("True", "Progressing", what)), &now);
        set(new, "Ready", Some(("Unknown", "Progressing", "Reconciliation in progress")), &now);
    };
    let failed = |new: &mut Value, reason: &str, why: &str| {
        let retry = ("True", "ProgressingWithRetry", why);
        set(new, "Reconciling", Some(retry), &now);
        set(new, "Ready", Some(("False", reason, why)), &now);
        if reason == "HealthCheckFailed" {
            set(new, "Healthy", Some(("False", reason, why)), &now);
        }
        if reason != "DependencyNotReady" {
            new["status"]["lastAttemptedRevision"] = revision.as_str().into();
        }
    };
    match run.step {
        0 => {
            if let Some(why) = waits_for(store, new) {
                failed(new, "DependencyNotReady", &why);
                return None;
            }
            progress(
                new,
                &format!("Fetching manifests for revision {revision} with a timeout of {limit}"),
            );
            Some(PACE)
        }
        1 => {
            progress(
                new,
                &format!("Building manifests for revision {revision} with a timeout of {limit}"),
            );
            Some(PACE)
        }
        2 => {
            if !trouble.is_empty() {
                failed(new, "BuildFailed", trouble);
                return None;
            }
            progress(
                new,
                &format!("Detecting drift for revision {revision} with a timeout of {limit}"),
            );
            Some(PACE)
        }
        3 => {
            for manifest in &manifests {
                apply_one(store, manifest);
            }
            let entries: Vec<Value> = manifests.iter().map(entry).collect();
            if new["spec"]["prune"] == true {
                let before = new["status"]["inventory"]["entries"].as_array().cloned();
                for gone in before.unwrap_or_default().iter().filter(|one| !entries.contains(one)) {
                    prune(store, gone);
                }
            }
            new["status"]["inventory"] = json!({"entries": entries});
            let length =
                limit.parse::<jiff::SignedDuration>().map_or(300, |length| length.as_secs());
            run.until = store.clock.millis() + length * 1000;
            progress(
                new,
                &format!("Running health checks for revision {revision} with a timeout of {limit}"),
            );
            Some(PACE)
        }
        _ => {
            let waits: Vec<String> = if new["spec"]["wait"] == true {
                manifests.iter().filter_map(|manifest| unwell(store, manifest)).collect()
            } else {
                Vec::new()
            };
            if !waits.is_empty() && store.clock.millis() < run.until {
                // Still the same words.
                return Some(POLL);
            }
            if !waits.is_empty() {
                let why = format!(
                    "health check failed after {limit}: timeout waiting for: [{}]",
                    waits.join(", ")
                );
                failed(new, "HealthCheckFailed", &why);
                return None;
            }
            let message = format!("Applied revision: {revision}");
            set(new, "Reconciling", None, &now);
            set(new, "Ready", Some(("True", "ReconciliationSucceeded", &message)), &now);
            set(new, "Healthy", Some(("True", "Succeeded", "Health check passed in 1.2s")), &now);
            new["status"]["lastAppliedRevision"] = revision.as_str().into();
            new["status"]["lastAttemptedRevision"] = revision.as_str().into();
            remember(new, &revision, &now);
            None
        }
    }
}

/// One line of the history of what was applied: the newest first, five at most.
fn remember(new: &mut Value, revision: &str, now: &str) {
    let mut history = new["status"]["history"].as_array().cloned().unwrap_or_default();
    match history.first_mut().filter(|last| last["metadata"]["revision"] == revision) {
        Some(last) => {
            last["lastReconciled"] = now.into();
            last["totalReconciliations"] =
                (last["totalReconciliations"].as_i64().unwrap_or(0) + 1).into();
        }
        None => history.insert(0, json!({"digest": format!("sha256:{}", crate::demo::estate::flux::digest(revision)), "firstReconciled": now, "lastReconciled": now,
            "lastReconciledDuration": "3.1s", "lastReconciledStatus": "ReconciliationSucceeded", "totalReconciliations": 1, "metadata": {"revision": revision}})),
    }
    history.truncate(5);
    new["status"]["history"] = history.into();
}

/// What a manifest's object lacks, as the controller names it; None where it is well.
fn unwell(store: &Store, manifest: &Value) -> Option<String> {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let kind = text(&manifest["kind"]);
    let live = super::compare::live(store, manifest);
    let state = match (&live, &*kind) {
        (None, _) => "NotFound",
        (Some(live), "Deployment" | "StatefulSet" | "DaemonSet") => match health::of(live) {
            Some("Degraded") => "Failed",
            Some("Progressing") => "InProgress",
            _ => return None,
        },
        _ => return None,
    };
    let meta = &manifest["metadata"];
    Some(format!("{kind}/{}/{} status: '{state}'", text(&meta["namespace"]), text(&meta["name"])))
}

/// Server-side apply as kustomize-controller does it: what tools of kubectl's name wrote is taken over
/// first, so that it goes if the manifest does not have it.
fn apply_one(store: &mut Store, manifest: &Value) {
    let Some((id, key)) = super::compare::place(store, manifest) else { return };
    let ty = store.ty(id).clone();
    let live = store.get(id, &key).map(|entry| entry.body.value()).unwrap_or_default();
    let writer = Writer {
        manager: "kustomize-controller".to_owned(),
        api_version: ty.api_version(ty.version()),
        subresource: String::new(),
        time: store.clock.stamp(),
    };
    let taken = apply::take_over(&live, "kubectl", &writer);
    // It is forced: it does not conflict.
    let Ok(mut new) = apply::apply(&ty, &taken, manifest, &writer, true) else { return };
    if live.is_null() {
        new["metadata"]["uid"] = store.random.uid().into();
        new["metadata"]["creationTimestamp"] = store.clock.stamp().into();
        new["metadata"]["generation"] = 1.into();
    } else if new == live {
        return;
    } else if new["spec"] != live["spec"] && ty.generation {
        let generation = live["metadata"]["generation"].as_i64().unwrap_or(0);
        new["metadata"]["generation"] = (generation + 1).into();
    }
    store.put(id, new);
}

/// Deletes the object of an inventory entry.
fn prune(store: &mut Store, entry: &Value) {
    let id = entry["id"].as_str().unwrap_or_default();
    let mut parts = id.splitn(2, '_');
    let (namespace, rest) = (parts.next().unwrap_or_default(), parts.next().unwrap_or_default());
    let mut parts = rest.rsplitn(3, '_');
    let (Some(kind), Some(group), Some(name)) = (parts.next(), parts.next(), parts.next()) else {
        return;
    };
    let version = entry["v"].as_str().unwrap_or_default();
    let version = if group.is_empty() { version.to_owned() } else { format!("{group}/{version}") };
    if let Some(id) = store.find_kind(&version, kind) {
        delete::quietly(store, id, &key_of(Some(namespace), &name.replace("__", ":")));
    }
}

/// One step of a Helm release.
fn release(store: &mut Store, run: &Run, new: &mut Value) -> Option<i64> {
    let now = store.clock.stamp();
    let asked = |what: &Value, field: &str| {
        what.is_string() && *what == run.request && new["status"][field] != *what
    };
    let status = &new["status"];
    let wanted = new["spec"]["chart"]["spec"]["version"].clone();
    let newest = &status["history"][0];
    let other = newest["chartVersion"] != wanted;
    let changed = status["observedGeneration"] != new["metadata"]["generation"];
    let conditions = status["conditions"].as_array();
    let stalled = conditions.into_iter().flatten().any(|one| one["type"] == "Stalled");
    let failed = newest["status"] == "failed";
    let again = asked(&run.force, "lastHandledForceAt")
        || ((asked(&run.reset, "lastHandledResetAt") || changed) && (failed || other))
        || (!stalled && (failed || other));
    if !again {
        return None;
    }
    let running = "Running 'upgrade' action with timeout of 5m0s";
    match run.step {
        0 => {
            set(new, "Stalled", None, &now);
            set(
                new,
                "Reconciling",
                Some(("True", "Progressing", "Fulfilling prerequisites")),
                &now,
            );
            set(new, "Ready", Some(("Unknown", "Progressing", "Fulfilling prerequisites")), &now);
            Some(PACE)
        }
        1..=4 => {
            set(new, "Reconciling", Some(("True", "Progressing", running)), &now);
            set(new, "Ready", Some(("Unknown", "Progressing", running)), &now);
            Some(POLL)
        }
        _ => {
            let message = helm::upgrade(store, new);
            set(new, "Reconciling", None, &now);
            set(new, "Ready", Some(("True", "UpgradeSucceeded", &message)), &now);
            set(new, "Released", Some(("True", "UpgradeSucceeded", &message)), &now);
            None
        }
    }
}

/// What is deleted lets go of what it delivered: a kustomization that prunes and is not suspended, and
/// a release, take it along.
fn take_apart(store: &mut Store, kind: Kind, object: &Value) {
    let Some(id) = kind.of(store) else { return };
    let meta = &object["metadata"];
    if kind == Kind::Kustomization
        && object["spec"]["prune"] == true
        && object["spec"]["suspend"] != true
    {
        let entries = object["status"]["inventory"]["entries"].as_array().cloned();
        entries.unwrap_or_default().iter().for_each(|entry| prune(store, entry));
    }
    if kind == Kind::Release && object["spec"]["suspend"] != true {
        helm::uninstall(store, object);
    }
    let finalizers = meta["finalizers"].as_array().cloned().unwrap_or_default();
    let ours =
        |one: &Value| one == "finalizers.fluxcd.io" || one == "fluxcd.controlplane.io/finalizer";
    if !finalizers.iter().any(ours) {
        return;
    }
    let mut new = object.clone();
    let rest: Vec<Value> = finalizers.into_iter().filter(|one| !ours(one)).collect();
    new["metadata"]["finalizers"] = rest.into();
    write(store, id, object, new.clone(), kind.manager());
    delete::after_update(store, id, &new);
}
