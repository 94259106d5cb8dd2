//! The pods whose logs are read: what a log needs to know of each, kept up to date by as many
//! watches as there are targets.

use super::super::listwatch::Consumer;
use crate::kinds::Object;
use crate::kinds::de::{OwnerReference, Pairs, Str, nullable};
use crate::model::{Fault, LogContainers, Text, WatchState};
use rustc_hash::{FxHashMap, FxHashSet};
use serde::Deserialize;
use std::cell::{Cell, RefCell};
use std::ops::ControlFlow;
use std::rc::Rc;
use tokio::sync::{Notify, mpsc, watch};

/// Where a container stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Stand {
    /// The node has not said anything yet.
    Unknown,
    /// Not running, and why.
    Waiting(String),
    /// Running.
    Running,
    /// It has ended: exit code and reason.
    Ended(i64, String),
}

/// One container of a pod.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Container {
    pub(super) name: Text,
    pub(super) stand: Stand,
    /// How often it was restarted: the number of its present instance, or of the last one.
    pub(super) restarts: u32,
    /// An instance before the present one has ended.
    pub(super) before: bool,
    sort: Sort,
    again: Again,
}

/// Which of a pod's lists it stands in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Sort {
    Init,
    Main,
    Ephemeral,
}

/// Whether it runs once more after it has ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Again {
    Always,
    OnFailure,
    Never,
}

impl Container {
    /// There is an instance that has a log.
    pub(super) fn has_log(&self) -> bool {
        match self.stand {
            Stand::Running | Stand::Ended(..) => true,
            Stand::Waiting(_) => self.before,
            Stand::Unknown => false,
        }
    }

    /// Its present instance has ended.
    pub(super) fn ended(&self) -> bool {
        matches!(self.stand, Stand::Ended(..)) || self.before && self.stand != Stand::Running
    }

    /// In words: why there are no lines, or how it ended.
    pub(super) fn words(&self) -> String {
        match &self.stand {
            Stand::Unknown => "has not started yet".to_owned(),
            Stand::Waiting(why) if self.before => format!("waits to be restarted: {why}"),
            Stand::Waiting(why) => format!("waits to start: {why}"),
            Stand::Running => "runs".to_owned(),
            Stand::Ended(0, _) => "has completed".to_owned(),
            Stand::Ended(code, reason) if reason.is_empty() || reason == "Error" => {
                format!("has ended with exit code {code}")
            }
            Stand::Ended(code, reason) => format!("has ended with exit code {code}: {reason}"),
        }
    }
}

/// What a log needs to know of a pod.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Pod {
    pub(super) namespace: Text,
    pub(super) name: Text,
    pub(super) uid: Text,
    /// It is on a node.
    pub(super) placed: bool,
    /// It is being deleted.
    deleting: bool,
    /// Succeeded or failed: nothing in it runs any more.
    pub(super) over: bool,
    /// Why as a whole it does not run, where it says so.
    pub(super) why: String,
    /// One of the same name follows it: it is of a StatefulSet.
    pub(super) returns: bool,
    default: Text,
    /// In the order in which they run.
    containers: Vec<Container>,
}

impl Pod {
    /// Reads it from an object's JSON.
    pub(super) fn read(json: &[u8]) -> Result<Self, String> {
        let facts: Facts<'_> = serde_json::from_slice(json).map_err(|error| error.to_string())?;
        let Facts { metadata, spec, status } = facts;
        let policy = match &*spec.restart_policy {
            "Never" => Again::Never,
            "OnFailure" => Again::OnFailure,
            _ => Again::Always,
        };
        let init = |own: &str| match own {
            "Always" => Again::Always,
            // A failed one is tried again, a good one is done.
            _ if policy == Again::Never => Again::Never,
            _ => Again::OnFailure,
        };
        let lists = [
            (Sort::Init, &spec.init_containers, &status.init_container_statuses),
            (Sort::Main, &spec.containers, &status.container_statuses),
            (Sort::Ephemeral, &spec.ephemeral_containers, &status.ephemeral_container_statuses),
        ];
        let mut containers = Vec::new();
        for (sort, named, statuses) in lists {
            for one in named {
                let again = match sort {
                    Sort::Init => init(&one.restart_policy),
                    Sort::Main => policy,
                    Sort::Ephemeral => Again::Never,
                };
                let status = statuses.iter().find(|status| *status.name == *one.name);
                containers.push(container(&one.name, sort, again, status));
            }
        }
        let owner = metadata.owner_references.iter().find(|owner| owner.controller == Some(true));
        let why = match (&*status.reason, &*status.message) {
            ("", message) => message.to_owned(),
            (reason, "") => reason.to_owned(),
            (reason, message) => format!("{reason}: {message}"),
        };
        Ok(Self {
            namespace: (&*metadata.namespace).into(),
            name: (&*metadata.name).into(),
            uid: (&*metadata.uid).into(),
            placed: !spec.node_name.is_empty(),
            deleting: !metadata.deletion_timestamp.is_empty(),
            over: matches!(&*status.phase, "Succeeded" | "Failed"),
            why,
            returns: owner.is_some_and(|owner| &*owner.kind == "StatefulSet"),
            default: metadata.annotations.get(DEFAULT).map_or("", |name| &**name).into(),
            containers,
        })
    }

    pub(super) fn container(&self, name: &str) -> Option<&Container> {
        self.containers.iter().find(|container| container.name == name)
    }

    /// Whether this container will run once more after it has ended.
    pub(super) fn runs_again(&self, container: &Container) -> bool {
        let failed = !matches!(container.stand, Stand::Ended(0, _));
        !self.over
            && !self.deleting
            && match container.again {
                Again::Always => true,
                Again::OnFailure => failed,
                Again::Never => false,
            }
    }

    /// The containers that are meant, in the order in which they run.
    pub(super) fn wanted(&self, wanted: &LogContainers) -> Vec<Text> {
        let found = match wanted {
            LogContainers::All => return self.containers.iter().map(|c| c.name.clone()).collect(),
            LogContainers::Named(one) => self.container(one),
            LogContainers::Default => self
                .container(&self.default)
                .or_else(|| self.containers.iter().find(|c| c.sort == Sort::Main)),
        };
        found.map(|container| container.name.clone()).into_iter().collect()
    }

    /// Names of its main containers.
    pub(super) fn main(&self) -> Vec<&str> {
        let main = self.containers.iter().filter(|container| container.sort == Sort::Main);
        main.map(|container| container.name.as_str()).collect()
    }
}

/// Names the container that is meant where none is named.
const DEFAULT: &str = "kubectl.kubernetes.io/default-container";

fn container(name: &str, sort: Sort, again: Again, status: Option<&Status<'_>>) -> Container {
    let mut container = Container {
        name: name.into(),
        stand: Stand::Unknown,
        restarts: 0,
        before: false,
        sort,
        again,
    };
    let Some(Status { state, last_state, restart_count, .. }) = status else { return container };
    container.restarts = u32::try_from(restart_count.unwrap_or_default()).unwrap_or_default();
    container.before = last_state.terminated.is_some();
    container.stand = match state {
        State { running: Some(_), .. } => Stand::Running,
        State { terminated: Some(ended), .. } => {
            Stand::Ended(ended.exit_code.unwrap_or_default(), ended.reason.to_string())
        }
        State { waiting: Some(waiting), .. } => {
            Stand::Waiting(match (&*waiting.reason, &*waiting.message) {
                ("", "") => "the node says no more".to_owned(),
                ("", message) => message.to_owned(),
                (reason, "") => reason.to_owned(),
                (reason, message) => format!("{reason}: {message}"),
            })
        }
        State { .. } => Stand::Unknown,
    };
    container
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Facts<'a> {
    #[serde(borrow, deserialize_with = "nullable")]
    metadata: Metadata<'a>,
    #[serde(deserialize_with = "nullable")]
    spec: Spec<'a>,
    #[serde(deserialize_with = "nullable")]
    status: PodStatus<'a>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Metadata<'a> {
    #[serde(borrow)]
    name: Str<'a>,
    namespace: Str<'a>,
    uid: Str<'a>,
    deletion_timestamp: Str<'a>,
    #[serde(deserialize_with = "nullable")]
    annotations: Pairs<'a, Str<'a>>,
    #[serde(deserialize_with = "nullable")]
    owner_references: Vec<OwnerReference<'a>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Spec<'a> {
    #[serde(borrow)]
    node_name: Str<'a>,
    restart_policy: Str<'a>,
    #[serde(deserialize_with = "nullable")]
    containers: Vec<Named<'a>>,
    #[serde(deserialize_with = "nullable")]
    init_containers: Vec<Named<'a>>,
    #[serde(deserialize_with = "nullable")]
    ephemeral_containers: Vec<Named<'a>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Named<'a> {
    #[serde(borrow)]
    name: Str<'a>,
    restart_policy: Str<'a>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct PodStatus<'a> {
    #[serde(borrow)]
    phase: Str<'a>,
    reason: Str<'a>,
    message: Str<'a>,
    #[serde(deserialize_with = "nullable")]
    container_statuses: Vec<Status<'a>>,
    #[serde(deserialize_with = "nullable")]
    init_container_statuses: Vec<Status<'a>>,
    #[serde(deserialize_with = "nullable")]
    ephemeral_container_statuses: Vec<Status<'a>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Status<'a> {
    #[serde(borrow)]
    name: Str<'a>,
    restart_count: Option<i64>,
    #[serde(deserialize_with = "nullable")]
    state: State<'a>,
    #[serde(deserialize_with = "nullable")]
    last_state: State<'a>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct State<'a> {
    #[serde(borrow)]
    waiting: Option<Waiting<'a>>,
    running: Option<Running>,
    terminated: Option<Ended<'a>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Waiting<'a> {
    #[serde(borrow)]
    reason: Str<'a>,
    message: Str<'a>,
}

/// That it runs is all.
#[derive(Debug, Default, Deserialize)]
struct Running {}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Ended<'a> {
    #[serde(borrow)]
    reason: Str<'a>,
    exit_code: Option<i64>,
}

/// A pod as it stands now, for those who read its logs.
#[derive(Clone, Debug)]
pub(super) struct Standing {
    pub(super) pod: Rc<Pod>,
    /// It is there no longer.
    pub(super) gone: bool,
}

/// A pod that was seen for the first time.
#[derive(Debug)]
pub(super) struct Found {
    pub(super) pod: watch::Receiver<Standing>,
    /// It came after the first complete list: what it writes is new from its first line on.
    pub(super) later: bool,
}

#[derive(Debug)]
struct Entry {
    standing: watch::Sender<Standing>,
    /// Numbers of the watches that see it.
    seen_by: FxHashSet<usize>,
}

/// All pods that are followed, by uid.
#[derive(Debug)]
pub(super) struct Pods {
    entries: RefCell<FxHashMap<Text, Entry>>,
    news: mpsc::UnboundedSender<Found>,
}

impl Pods {
    /// None yet; new ones are told to `news`.
    pub(super) fn new(news: mpsc::UnboundedSender<Found>) -> Rc<Self> {
        Rc::new(Self { entries: RefCell::default(), news })
    }

    /// Watch number `watch` sees a pod.
    pub(super) fn see(&self, watch: usize, pod: Pod, later: bool) {
        let mut entries = self.entries.borrow_mut();
        let uid = pod.uid.clone();
        let standing = Standing { pod: Rc::new(pod), gone: false };
        if let Some(entry) = entries.get_mut(&uid) {
            entry.seen_by.insert(watch);
            entry.standing.send_if_modified(|old| {
                let changed = old.pod != standing.pod;
                *old = standing;
                changed
            });
            return;
        }
        let (sender, receiver) = watch::channel(standing);
        let seen_by = FxHashSet::from_iter([watch]);
        entries.insert(uid, Entry { standing: sender, seen_by });
        // Nobody wants new ones any more when all ends.
        let _ = self.news.send(Found { pod: receiver, later });
    }

    /// A pod as somebody has just read it, beside the watches.
    pub(super) fn refresh(&self, pod: Pod) {
        if let Some(entry) = self.entries.borrow().get(&pod.uid) {
            entry.standing.send_replace(Standing { pod: Rc::new(pod), gone: false });
        }
    }

    /// Watch number `watch` sees it no longer.
    pub(super) fn lose(&self, watch: usize, uid: &str) {
        let mut entries = self.entries.borrow_mut();
        let Some(entry) = entries.get_mut(uid) else { return };
        entry.seen_by.remove(&watch);
        if entry.seen_by.is_empty() {
            entry.standing.send_modify(|standing| standing.gone = true);
            entries.remove(uid);
        }
    }

    /// What watch number `watch` sees is this and no more.
    fn keep(&self, watch: usize, listed: &FxHashSet<Text>) {
        let lost: Vec<Text> = self
            .entries
            .borrow()
            .iter()
            .filter(|(uid, entry)| entry.seen_by.contains(&watch) && !listed.contains(*uid))
            .map(|(uid, _)| uid.clone())
            .collect();
        for uid in lost {
            self.lose(watch, &uid);
        }
    }
}

/// Feeds one watch's pods to all.
#[derive(Debug)]
pub(super) struct Watcher {
    number: usize,
    pods: Rc<Pods>,
    listing: Option<FxHashSet<Text>>,
    state: Rc<Watched>,
    /// It goes on after its first list, and waits for a server that is away.
    follow: bool,
}

/// How a watch of pods is going, for who waits for it.
#[derive(Debug, Default)]
pub(super) struct Watched {
    /// A list was complete.
    pub(super) listed: Cell<bool>,
    /// Pods in all lists so far.
    pub(super) found: Cell<usize>,
    pub(super) complete: Notify,
    /// It was refused before anything was listed, or broke where nobody waits.
    pub(super) failed: RefCell<Option<Fault>>,
}

impl Watcher {
    pub(super) fn new(number: usize, pods: &Rc<Pods>, follow: bool) -> Self {
        Self { number, pods: Rc::clone(pods), listing: None, state: Rc::default(), follow }
    }

    pub(super) fn state(&self) -> Rc<Watched> {
        Rc::clone(&self.state)
    }
}

impl Consumer for Watcher {
    fn begin(&mut self) {
        self.listing = Some(FxHashSet::default());
    }

    fn upsert(&mut self, object: Object<'_>) -> Result<Option<u64>, String> {
        let json = object.json()?;
        let pod = Pod::read(json)?;
        if let Some(listing) = &mut self.listing {
            listing.insert(pod.uid.clone());
        }
        self.state.found.set(self.state.found.get() + 1);
        self.pods.see(self.number, pod, self.state.listed.get());
        Ok(None)
    }

    fn delete(&mut self, object: Object<'_>) -> Result<Option<u64>, String> {
        let json = object.json()?;
        self.pods.lose(self.number, &Pod::read(json)?.uid);
        Ok(None)
    }

    fn complete(&mut self) {
        if let Some(listing) = self.listing.take() {
            self.pods.keep(self.number, &listing);
        }
        self.state.listed.set(true);
        self.state.complete.notify_one();
    }

    // A pod that cannot be read has no containers that could be asked for.
    fn skip(&mut self, _why: String) {}

    fn flush(&mut self) {}

    fn state(&mut self, state: WatchState) -> ControlFlow<()> {
        match state {
            // A server that said yes before may have just been restarted.
            WatchState::Denied(fault) | WatchState::NotServed(fault)
                if !self.state.listed.get() =>
            {
                *self.state.failed.borrow_mut() = Some(fault);
                ControlFlow::Break(())
            }
            WatchState::Broken { why, .. } if !self.follow => {
                *self.state.failed.borrow_mut() = Some(why);
                ControlFlow::Break(())
            }
            _ => ControlFlow::Continue(()),
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
    use super::*;
    use serde_json::json;

    fn read(value: &serde_json::Value) -> Pod {
        Pod::read(value.to_string().as_bytes()).unwrap()
    }

    #[test]
    fn containers_are_those_that_are_meant() {
        let pod = read(&json!({
            "metadata": {"name": "a", "annotations": {DEFAULT: "main"}},
            "spec": {
                "containers": [{"name": "proxy"}, {"name": "main"}],
                "initContainers": [{"name": "setup"}, {"name": "side", "restartPolicy": "Always"}],
                "ephemeralContainers": [{"name": "debugger"}],
            },
        }));
        assert_eq!(pod.wanted(&LogContainers::Default), ["main"]);
        let all = ["setup", "side", "proxy", "main", "debugger"];
        assert_eq!(pod.wanted(&LogContainers::All), all);
        assert_eq!(pod.wanted(&LogContainers::Named("side".into())), ["side"]);
        assert!(pod.wanted(&LogContainers::Named("nobody".into())).is_empty());
        let plain = read(&json!({"spec": {"containers": [{"name": "proxy"}, {"name": "main"}]}}));
        assert_eq!(plain.wanted(&LogContainers::Default), ["proxy"]);
        let wrong = read(&json!({
            "metadata": {"annotations": {DEFAULT: "gone"}},
            "spec": {"containers": [{"name": "proxy"}]},
        }));
        assert_eq!(wrong.wanted(&LogContainers::Default), ["proxy"]);
    }

    #[test]
    fn it_is_known_whether_there_is_a_log_and_whether_more_will_come() {
        let pod = |policy: &str, state: serde_json::Value, last: serde_json::Value| {
            read(&json!({
                "spec": {"restartPolicy": policy, "containers": [{"name": "a"}]},
                "status": {"containerStatuses": [
                    {"name": "a", "restartCount": 3, "state": state, "lastState": last},
                ]},
            }))
        };
        let none = || json!({});
        let ended = |code: i64| json!({"terminated": {"exitCode": code, "reason": "Error"}});
        let waits = || json!({"waiting": {"reason": "CrashLoopBackOff", "message": "back-off"}});
        for (pod, log, ended, again, words) in [
            (pod("Always", none(), none()), false, false, true, "has not started yet"),
            (
                pod("Always", waits(), none()),
                false,
                false,
                true,
                "waits to start: CrashLoopBackOff: back-off",
            ),
            (
                pod("Always", waits(), ended(1)),
                true,
                true,
                true,
                "waits to be restarted: CrashLoopBackOff: back-off",
            ),
            (pod("Always", json!({"running": {}}), ended(1)), true, false, true, "runs"),
            (pod("OnFailure", ended(0), none()), true, true, false, "has completed"),
            (pod("OnFailure", ended(7), none()), true, true, true, "has ended with exit code 7"),
            (pod("Never", ended(7), none()), true, true, false, "has ended with exit code 7"),
        ] {
            let container = pod.container("a").unwrap();
            let told = (container.has_log(), container.ended(), pod.runs_again(container));
            assert_eq!(told, (log, ended, again), "{container:?}");
            assert_eq!(container.words(), words);
            assert_eq!(container.restarts, 3);
        }
    }

    #[test]
    fn a_pod_that_two_watches_see_is_found_once_and_gone_when_both_lost_it() {
        let (news, mut found) = mpsc::unbounded_channel();
        let pods = Pods::new(news);
        let json = json!({"metadata": {"name": "a", "uid": "u"}}).to_string();
        let (mut one, mut other) = (Watcher::new(0, &pods, true), Watcher::new(1, &pods, true));
        one.begin();
        one.upsert(json.as_bytes().into()).unwrap();
        one.complete();
        other.upsert(json.as_bytes().into()).unwrap();
        let found_first = found.try_recv().unwrap();
        assert!(!found_first.later);
        assert!(found.try_recv().is_err());
        // A list without it.
        one.begin();
        one.complete();
        assert!(!found_first.pod.borrow().gone);
        other.delete(json.as_bytes().into()).unwrap();
        assert!(found_first.pod.borrow().gone);
        one.upsert(json.as_bytes().into()).unwrap();
        assert!(found.try_recv().unwrap().later, "a new one of this name");
    }
}
