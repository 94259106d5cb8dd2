//! Pods that cannot even be created: quotas, policies, webhooks, what they need and is not there.

use super::{Found, Look, brief, quoted};
use crate::rollout::facts::condition;

/// The API server refuses new pods.
pub(super) fn refused(look: &Look<'_>) -> Option<Found> {
    let situation = look.situation;
    let failing =
        |conditions| condition(conditions, "ReplicaFailure").filter(|one| one.status == "True");
    let of_set = situation.new_set().and_then(|set| {
        Some((failing(&set.status.conditions)?, ("ReplicaSet", &set.metadata.name)))
    });
    let workload = &situation.workload;
    let (kind, name) = (workload.kind.as_str(), &workload.metadata.name);
    let of_workload = || Some((failing(&workload.status.conditions)?, (kind, name)));
    if let Some((failure, (kind, name))) = of_set.or_else(of_workload) {
        return Some(Found::broken(words(&failure.message)).about(kind, name));
    }
    // StatefulSets and DaemonSets say it in events only, and only while they try.
    let counts = &look.standing.counts;
    if workload.kind.has_sets() || counts.current >= counts.desired {
        return None;
    }
    let recent = |at: i64| at == 0 || look.now - at < RECENT;
    let mut events = situation.events_of(kind, name);
    let event = events.find(|event| event.reason == "FailedCreate" && recent(event.last()))?;
    Some(Found::broken(words(&event.message)).about(kind, name))
}

/// Controllers try again after at most this many seconds.
const RECENT: i64 = 1000;

/// What the API server said, in words.
fn words(message: &str) -> String {
    let message = brief(message);
    let after = |mark: &str| message.split_once(mark).map(|(_, rest)| rest.trim());
    let what = if let Some(rest) = after("exceeded quota: ") {
        let mut parts = rest.splitn(2, ", ");
        let name = parts.next().unwrap_or_default();
        format!("the quota {name} is used up ({})", parts.next().unwrap_or_default())
    } else if let Some(rest) = after("failed quota: ") {
        let (name, wants) = rest.split_once(": ").unwrap_or((rest, ""));
        format!("the quota {name} wants more of them: {wants}")
    } else if let Some((_, rest)) = message.split_once("serviceaccount \"") {
        let name = rest.split('"').next().unwrap_or_default();
        format!("there is no ServiceAccount {name}")
    } else if let Some(rest) = after("violates PodSecurity ") {
        format!("PodSecurity refuses them: {rest}")
    } else if let Some(rest) = after("failed calling webhook ") {
        let (name, why) = rest.split_once(": ").unwrap_or((rest, ""));
        format!("the admission webhook {name} cannot be called: {}", last(why))
    } else if let Some(rest) = after("admission webhook ") {
        let (name, why) = rest.split_once(" denied the request").unwrap_or((rest, ""));
        let why = why.trim_start_matches([':', ' ']);
        match why {
            "" => format!("the admission webhook {name} refuses them"),
            why => format!("the admission webhook {name} refuses them: {why}"),
        }
    } else if let Some(rest) = after("ValidatingAdmissionPolicy ") {
        let (name, why) = rest.split_once(" denied request: ").unwrap_or((rest, ""));
        format!("the policy {} refuses them: {why}", name.split(' ').next().unwrap_or(name))
    } else if let Some(rest) = after("no PriorityClass with name ") {
        format!("there is no PriorityClass {}", rest.split(' ').next().unwrap_or(rest))
    } else if message.contains(" usage per ") {
        let rest = after("is forbidden: ").unwrap_or(&message);
        format!("a LimitRange of the namespace refuses them: {rest}")
    } else {
        quoted(after("is forbidden: ").unwrap_or(&message))
    };
    format!("its pods cannot be created: {what}")
}

/// The end of a chain of reasons.
fn last(chain: &str) -> &str {
    chain.rsplit(": ").next().unwrap_or(chain)
}
