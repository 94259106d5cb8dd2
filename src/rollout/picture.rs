//! A rollout as it is drawn and listed: its sets with their numbers, its pods with one word each.

use super::facts::{Kind, Pod, condition};
use super::situation::{ARGO_HASH, HASH, Side, Situation, number};
use crate::model::Tone;
use std::collections::BTreeMap;

/// All pods of one revision.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Bar {
    /// Which side it is on.
    pub side: Side,
    /// The number of its revision; 0 where it is not known.
    pub revision: i64,
    /// What its pods carry in their names or labels: `6d9f7c`.
    pub hash: String,
    /// Pods that its controller wants; those that are there for kinds that do not say.
    pub wanted: i64,
    /// Pods that are there.
    pub pods: i64,
    /// Pods that are ready.
    pub ready: i64,
    /// Pods that have been ready for long enough.
    pub available: i64,
}

/// The sets that have pods or want some, the newest first.
pub fn bars(situation: &Situation) -> Vec<Bar> {
    if !situation.workload.kind.has_sets() {
        return by_revision(situation);
    }
    let new = situation.new_set().map(|set| set.metadata.uid.clone());
    let mut bars = Vec::new();
    for set in &situation.sets {
        let side = if new.as_ref() == Some(&set.metadata.uid) { Side::New } else { Side::Old };
        if side == Side::Old && set.spec.replicas == 0 && set.status.replicas == 0 {
            continue;
        }
        let hash = match situation.workload.kind {
            Kind::Rollout => set.metadata.label(ARGO_HASH),
            _ => set.metadata.label(HASH),
        };
        bars.push(Bar {
            side,
            revision: number(set),
            hash: hash.to_owned(),
            wanted: set.spec.replicas,
            pods: set.status.replicas,
            ready: set.status.ready_replicas,
            available: set.status.available_replicas,
        });
    }
    bars.sort_by_key(|bar| (bar.side, std::cmp::Reverse(bar.revision)));
    bars
}

/// Of kinds without sets: pods by the revision that they carry.
fn by_revision(situation: &Situation) -> Vec<Bar> {
    const LABEL: &str = "controller-revision-hash";
    let mut groups: BTreeMap<&str, Vec<&Pod>> = BTreeMap::new();
    for pod in situation.pods.iter().filter(|pod| pod.metadata.deleted.is_none()) {
        groups.entry(pod.metadata.label(LABEL)).or_default().push(pod);
    }
    let mut bars: Vec<Bar> = Vec::new();
    for (hash, pods) in groups {
        let named = situation
            .revisions
            .iter()
            .find(|one| one.metadata.name == hash || one.metadata.label(LABEL) == hash);
        let count = |n: usize| i64::try_from(n).unwrap_or(i64::MAX);
        let there = count(pods.len());
        let ready = count(pods.iter().filter(|pod| is_ready(pod)).count());
        let short =
            hash.strip_prefix(&format!("{}-", situation.workload.metadata.name)).unwrap_or(hash);
        bars.push(Bar {
            side: pods.first().map_or(Side::Old, |pod| situation.side(pod)),
            revision: named.map_or(0, |one| one.revision),
            hash: short.to_owned(),
            wanted: there,
            pods: there,
            ready,
            available: ready,
        });
    }
    bars.sort_by_key(|bar| (bar.side, std::cmp::Reverse(bar.revision)));
    bars
}

/// One pod.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PodCell {
    /// Its name.
    pub name: String,
    /// Which side it is on.
    pub side: Side,
    /// How it is, in one word: `ready`, `starting`, `ImagePullBackOff`.
    pub word: String,
    /// Tone of the word.
    pub tone: Tone,
    /// Since when it is there, Unix seconds.
    pub since: Option<i64>,
    /// How often its containers were started again.
    pub restarts: i64,
    /// Where it runs; empty before that is decided.
    pub node: String,
}

fn is_ready(pod: &Pod) -> bool {
    condition(&pod.status.conditions, "Ready").is_some_and(|one| one.status == "True")
}

/// All pods, new ones first, by name.
pub fn pods(situation: &Situation) -> Vec<PodCell> {
    let mut cells: Vec<PodCell> = situation
        .pods
        .iter()
        .map(|pod| {
            let (word, tone) = word(pod);
            PodCell {
                name: pod.metadata.name.clone(),
                side: situation.side(pod),
                word,
                tone,
                since: pod.metadata.created,
                restarts: pod.status.container_statuses.iter().map(|one| one.restart_count).sum(),
                node: pod.spec.node_name.clone(),
            }
        })
        .collect();
    cells.sort_by(|a, b| (a.side, &a.name).cmp(&(b.side, &b.name)));
    cells
}

fn word(pod: &Pod) -> (String, Tone) {
    if pod.metadata.deleted.is_some() {
        return ("terminating".into(), Tone::Dim);
    }
    if is_ready(pod) {
        return ("ready".into(), Tone::Good);
    }
    if matches!(pod.status.phase.as_str(), "Failed" | "Succeeded") {
        let reason = &pod.status.reason;
        let word = if reason.is_empty() { pod.status.phase.clone() } else { reason.clone() };
        return (word, Tone::Bad);
    }
    let all = pod.status.init_container_statuses.iter().chain(&pod.status.container_statuses);
    for container in all {
        if let Some(waiting) = &container.state.waiting
            && !matches!(waiting.reason.as_str(), "" | "ContainerCreating" | "PodInitializing")
        {
            return (waiting.reason.clone(), Tone::Bad);
        }
        if let Some(ended) = &container.state.terminated
            && ended.exit_code != 0
        {
            let reason = if ended.reason.is_empty() { "Error" } else { &ended.reason };
            return (reason.to_owned(), Tone::Bad);
        }
    }
    if pod.spec.node_name.is_empty() {
        let unplaced = condition(&pod.status.conditions, "PodScheduled")
            .is_some_and(|one| one.reason == "Unschedulable");
        return match unplaced {
            true => ("unschedulable".into(), Tone::Bad),
            false => ("pending".into(), Tone::Busy),
        };
    }
    match pod.status.phase.as_str() {
        "Running" => ("starting".into(), Tone::Busy),
        _ => ("creating".into(), Tone::Busy),
    }
}
