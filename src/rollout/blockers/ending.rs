//! Pods that do not go, or that must go first.

use super::admission::refused;
use super::image::waiting;
use super::{Found, Look};
use crate::rollout::facts::{Kind, Pod, condition, selects};
use crate::rollout::ladder::Phase;
use crate::rollout::situation::ordinal;
use crate::text::age::human;

/// Seconds past its grace after which a pod is overdue.
const OVERDUE: i64 = 30;

/// A StatefulSet that replaces pods in order waits for a pod of an earlier revision that will never be
/// ready, although the template has been changed since: the controller does not delete it by itself
/// (`processReplica` of `pkg/controller/statefulset`).
pub(super) fn ordered(look: &Look<'_>) -> Option<Found> {
    let workload = &look.situation.workload;
    let spec = &workload.spec;
    if workload.kind != Kind::StatefulSet
        || spec.pod_management_policy == "Parallel"
        || spec.strategy.kind == "OnDelete"
    {
        return None;
    }
    let first = spec.ordinals.start + look.standing.counts.kept;
    let broken = |pod: &&&Pod| {
        let ready =
            condition(&pod.status.conditions, "Ready").is_some_and(|one| one.status == "True");
        let failing = waiting(pod).any(|(_, why)| {
            why.reason.contains("BackOff")
                || why.reason.contains("Err")
                || why.reason == "InvalidImageName"
        });
        let unplaced = condition(&pod.status.conditions, "PodScheduled")
            .is_some_and(|one| one.status == "False");
        !ready && (failing || unplaced) && ordinal(&pod.metadata.name).is_some_and(|at| at >= first)
    };
    let pod = look.old.iter().filter(broken).min_by_key(|pod| ordinal(&pod.metadata.name))?;
    let name = &pod.metadata.name;
    let words = format!(
        "pod {name} of an earlier revision is not ready and never will be, and pods are replaced in order: delete it, and it comes back with the new revision"
    );
    Some(Found::broken(words).about("Pod", name))
}

/// A pod that should be gone is not, where the next one cannot come before it is.
pub(super) fn terminating(look: &Look<'_>) -> Option<Found> {
    let workload = &look.situation.workload;
    // Other Deployments do not wait for pods that are ending.
    let waits = match workload.kind {
        Kind::StatefulSet | Kind::DaemonSet => true,
        _ => workload.spec.strategy.kind == "Recreate",
    };
    if !waits || look.standing.phase == Phase::Done {
        return None;
    }
    let overdue = |pod: &&Pod| pod.metadata.deleted.is_some_and(|at| look.now - at > OVERDUE);
    let held: Vec<&Pod> = look.situation.pods.iter().map(AsRef::as_ref).filter(overdue).collect();
    let pod = held.first()?;
    let name = &pod.metadata.name;
    let since = human(look.now - pod.metadata.deleted.unwrap_or(look.now));
    let others = match held.len() {
        1 => String::new(),
        n => format!(" (and {} more)", n - 1),
    };
    let node = &pod.spec.node_name;
    let gone = look.situation.node(node).is_some_and(|node| node.not_ready().is_some());
    let why = match pod.metadata.finalizers.as_slice() {
        [] if gone => format!("its node {node} is not ready, and nobody there can end it"),
        [] => format!("its containers on node {node} do not end"),
        some => format!("its finalizers keep it: {}", some.join(", ")),
    };
    let words = format!("pod {name}{others} should have been gone for {since}: {why}");
    Some(Found::broken(words).about("Pod", name))
}

/// The restart of an Argo Rollout evicts its pods, and a budget allows none.
pub(super) fn budget(look: &Look<'_>) -> Option<Found> {
    let workload = &look.situation.workload;
    let restart = workload.spec.restart_at.filter(|_| workload.kind == Kind::Rollout)?;
    let all = look.new.iter().chain(&look.old);
    let mut older = all.filter(|pod| pod.metadata.created.is_some_and(|at| at < restart));
    let pod = older.next()?;
    let budget = look.situation.budgets.iter().find(|budget| {
        budget.status.disruptions_allowed <= 0
            && selects(&budget.spec.selector, &pod.metadata.labels)
    })?;
    let (name, status) = (&budget.metadata.name, &budget.status);
    let words = format!(
        "pod {} is to be restarted, and the budget {name} lets no pod go: {} of {} that must be are healthy",
        pod.metadata.name, status.current_healthy, status.desired_healthy
    );
    Some(Found::broken(words).about("PodDisruptionBudget", name))
}

/// A DaemonSet whose pods are missing on some nodes, though nothing refuses them.
pub(super) fn no_pod(look: &Look<'_>) -> Option<Found> {
    let workload = &look.situation.workload;
    let counts = &look.standing.counts;
    if workload.kind != Kind::DaemonSet || look.standing.phase == Phase::Unobserved {
        return None;
    }
    // Then there is a better reason.
    if refused(look).is_some() {
        return None;
    }
    let missing = counts.desired - counts.current;
    let living = look.new.len() + look.old.len();
    // Pods that are ending make room in a moment; pods that wait are told of by themselves.
    let ending = look.situation.pods.len() > living;
    if missing <= 0 || ending || i64::try_from(living).unwrap_or(i64::MAX) > counts.current {
        return None;
    }
    Some(Found::waits(match missing {
        1 => "1 node has no pod of it yet".to_owned(),
        n => format!("{n} nodes have no pod of it yet"),
    }))
}
