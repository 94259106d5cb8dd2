//! Pods without a place: no node takes them, their claim has no volume, their node is gone.

use super::{Found, Look, brief, quoted, scheduler};
use crate::rollout::facts::{Claim, Kind, Pod, condition};
use crate::text::age::human;

/// What the scheduler says of a pod that it cannot place.
fn unplaced(pod: &Pod) -> Option<&str> {
    let scheduled = condition(&pod.status.conditions, "PodScheduled")?;
    (scheduled.status == "False" && scheduled.reason == "Unschedulable")
        .then_some(scheduled.message.as_str())
}

fn is_ready(pod: &Pod) -> bool {
    condition(&pod.status.conditions, "Ready").is_some_and(|one| one.status == "True")
}

/// Its node does not answer.
pub(super) fn node_not_ready(look: &Look<'_>, pod: &Pod) -> Option<Found> {
    let node = look.situation.node(&pod.spec.node_name)?;
    let why = node.not_ready()?;
    if is_ready(pod) {
        return None;
    }
    let since = why.since.map_or_else(String::new, |at| format!(" for {}", human(look.now - at)));
    let words = format!("is not ready: its node {} has not been{since}", node.metadata.name);
    let words = match why.reason.as_str() {
        "" | "NodeStatusUnknown" => words,
        reason => format!("{words} ({reason})"),
    };
    Some(Found::broken(words).about("Node", &node.metadata.name))
}

/// A claim that it mounts has no volume.
pub(super) fn claim(look: &Look<'_>, pod: &Pod) -> Option<Found> {
    if pod.status.phase != "Pending" || !pod.spec.node_name.is_empty() {
        return None;
    }
    let unbound = unplaced(pod)
        .is_some_and(|message| message.contains("unbound immediate PersistentVolumeClaims"));
    let named =
        || pod.spec.volumes.iter().filter_map(|volume| volume.persistent_volume_claim.as_ref());
    let known = |name: &str| look.situation.claims.iter().find(|claim| claim.metadata.name == name);
    for claim in named().filter_map(|claim| known(&claim.claim_name)) {
        if let Some(why) = without_volume(look, claim, unbound) {
            let name = &claim.metadata.name;
            let words = format!("waits for the claim {name}, which has no volume: {why}");
            return Some(Found::broken(words).about("PersistentVolumeClaim", name));
        }
    }
    if let Some(message) = unplaced(pod)
        && let Some((_, rest)) = message.split_once("persistentvolumeclaim \"")
        && let Some((name, rest)) = rest.split_once('"')
        && rest.trim_start().starts_with("not found")
    {
        return Some(Found::broken(format!("mounts the claim {name}, which is not there")));
    }
    unbound.then(|| Found::broken("waits for a claim that has no volume"))
}

/// Why a claim has no volume; None where it has one, or waits for its first pod by design.
fn without_volume(look: &Look<'_>, claim: &Claim, unbound: bool) -> Option<String> {
    match claim.status.phase.as_str() {
        "Lost" => return Some(format!("the volume {} is lost", claim.spec.volume_name)),
        "Pending" => {}
        _ => return None,
    }
    let mut events = look.situation.events_of("PersistentVolumeClaim", &claim.metadata.name);
    let reasons =
        ["ProvisioningFailed", "FailedBinding", "ExternalProvisioning", "WaitForFirstConsumer"];
    let event = events.find(|event| reasons.contains(&event.reason.as_str()));
    match event.map(|event| (event.reason.as_str(), event.message.as_str())) {
        Some(("WaitForFirstConsumer", _)) if !unbound => None,
        Some(("ProvisioningFailed", message)) => {
            if let Some((_, rest)) = message.split_once("storageclass.storage.k8s.io \"") {
                let class = rest.split('"').next().unwrap_or_default();
                return Some(format!("there is no StorageClass {class}"));
            }
            Some(quoted(message))
        }
        Some(("FailedBinding", message)) if message.contains("no storage class is set") => {
            Some("no volume is there for it, and no StorageClass makes one".into())
        }
        Some(("ExternalProvisioning", message)) => {
            let by = message.split('\'').nth(1).or_else(|| message.split('"').nth(1));
            Some(match by {
                Some(driver) => format!("the provisioner {driver} has not made one yet"),
                None => "its provisioner has not made one yet".to_owned(),
            })
        }
        Some((_, message)) if !message.is_empty() && unbound => Some(quoted(message)),
        _ if unbound => Some(match &claim.spec.storage_class_name {
            Some(class) if !class.is_empty() => format!("its class is {class}"),
            _ => "it names no class".to_owned(),
        }),
        _ => None,
    }
}

/// Somebody keeps it from the scheduler.
pub(super) fn gate(_: &Look<'_>, pod: &Pod) -> Option<Found> {
    let scheduled = condition(&pod.status.conditions, "PodScheduled")?;
    if scheduled.reason != "SchedulingGated" {
        return None;
    }
    let gates: Vec<&str> =
        pod.spec.scheduling_gates.iter().map(|gate| gate.name.as_str()).collect();
    let words = match gates.as_slice() {
        [] => "waits at a scheduling gate".to_owned(),
        gates => {
            format!("waits until somebody takes its scheduling gate away: {}", gates.join(", "))
        }
    };
    Some(Found::waits(words))
}

/// No node takes it.
pub(super) fn unschedulable(look: &Look<'_>, pod: &Pod) -> Option<Found> {
    let message = unplaced(pod)?;
    let one_node = look.situation.workload.kind == Kind::DaemonSet;
    let words = scheduler::words(message, one_node).unwrap_or_else(|| quoted(message));
    let mut events = look.situation.events_of("Pod", &pod.metadata.name);
    let scaling = events.find(|event| {
        matches!(event.reason.as_str(), "TriggeredScaleUp" | "NotTriggerScaleUp" | "Nominated")
    });
    Some(match scaling.map(|event| event.reason.as_str()) {
        Some("TriggeredScaleUp" | "Nominated") => {
            Found::waits(format!("cannot be scheduled: {words}; a node is on its way"))
        }
        Some(_) => {
            Found::broken(format!("cannot be scheduled: {words}; and no node group would help"))
        }
        None => Found::broken(format!("cannot be scheduled: {words}")),
    })
}

/// Its node threw it out, or would not have it.
pub(super) fn evicted(_: &Look<'_>, pod: &Pod) -> Option<Found> {
    if pod.status.phase != "Failed" || pod.status.reason.is_empty() {
        return None;
    }
    let (reason, message) = (&pod.status.reason, brief(&pod.status.message));
    let node = match pod.spec.node_name.as_str() {
        "" => String::new(),
        node => format!(" on node {node}"),
    };
    let words = match message.is_empty() {
        true => format!("failed{node}: {reason}"),
        false => format!("failed{node}: {reason}, \"{}\"", message.trim_end_matches([' ', '.'])),
    };
    Some(Found::broken(words))
}
