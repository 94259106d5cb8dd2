//! What stops everything: the workload goes, its controller does not look, somebody paused it.

use super::{Found, Look};
use crate::rollout::argo;
use crate::rollout::facts::Kind;
use crate::rollout::ladder::Phase;
use crate::text::age::human;

/// The workload is being deleted.
pub(super) fn deleted(look: &Look<'_>) -> Option<Found> {
    let metadata = &look.situation.workload.metadata;
    let since = human(look.now - metadata.deleted?);
    let words = match metadata.finalizers.as_slice() {
        [] => format!("it is being deleted since {since}: nothing is rolled out any more"),
        some => format!(
            "it is being deleted since {since}, and its finalizers keep it: {}",
            some.join(", ")
        ),
    };
    Some(Found::broken(words))
}

/// The controller has not seen the newest spec.
pub(super) fn unobserved(look: &Look<'_>) -> Option<Found> {
    if look.standing.phase != Phase::Unobserved {
        return None;
    }
    let workload = &look.situation.workload;
    let controller = match workload.kind {
        Kind::Rollout => "argo-rollouts",
        _ => "kube-controller-manager",
    };
    let seen = match workload.status.observed_generation {
        Some(seen) => format!("it has seen {seen}"),
        None => "it has seen none".to_owned(),
    };
    Some(Found::waits(format!(
        "its controller ({controller}) has not seen generation {} yet: {seen}",
        workload.metadata.generation
    )))
}

/// Somebody paused it, or it waits for somebody's word.
pub(super) fn paused(look: &Look<'_>) -> Option<Found> {
    let workload = &look.situation.workload;
    if workload.spec.paused && look.standing.phase == Phase::Paused {
        return Some(Found::waits(format!(
            "{}: it goes on when it is resumed",
            look.standing.words
        )));
    }
    if workload.kind != Kind::Rollout || look.standing.phase != Phase::Paused {
        return None;
    }
    // A pause with an end is a step like others, and blocks nothing.
    let ends = argo::pause_ends(workload);
    (!ends).then(|| Found::waits(look.standing.words.clone()))
}

/// An Argo Rollout that was called off.
pub(super) fn aborted(look: &Look<'_>) -> Option<Found> {
    let workload = &look.situation.workload;
    let off = workload.kind == Kind::Rollout && workload.status.abort;
    off.then(|| {
        Found::broken(format!(
            "{}; the stable revision serves: retry it, or go back to the stable template",
            look.standing.words
        ))
    })
}

/// Pods that are replaced only when somebody deletes them.
pub(super) fn on_delete(look: &Look<'_>) -> Option<Found> {
    if look.standing.phase != Phase::Held {
        return None;
    }
    let names: Vec<&str> = look.old.iter().map(|pod| pod.metadata.name.as_str()).take(3).collect();
    let more = look.old.len().saturating_sub(names.len());
    let names = match (names.as_slice(), more) {
        ([], _) => String::new(),
        (_, 0) => format!(": {}", names.join(", ")),
        (_, more) => format!(": {} and {more} more", names.join(", ")),
    };
    Some(Found::waits(format!("{}{names}", look.standing.words)))
}
