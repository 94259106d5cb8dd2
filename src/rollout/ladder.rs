//! How far a workload has come, from the workload alone: one ladder per kind, with the verdicts of
//! `kubectl rollout status` (`k8s.io/kubectl/pkg/polymorphichelpers/rollout_status.go`).
//!
//! Stricter than kubectl, on purpose:
//! - a StatefulSet is done only when no surplus pod is left, when its pods have been ready for
//!   `minReadySeconds`, and without a partition when its update revision has become the current one;
//! - `OnDelete` is no error: it is done when every pod is of the new revision, and held before;
//! - a paused workload is told as paused, though kubectl only says how many pods are updated.

use super::argo;
use super::facts::{Amount, Kind, Workload, condition};
use crate::model::Progress;

/// In which state a rollout is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Phase {
    /// It will not get there by itself, and its controller says so.
    Failed,
    /// It goes on, but something keeps it that does not pass by itself.
    Stuck,
    /// Somebody paused it, or it waits for somebody's word.
    Paused,
    /// What is left is done by hand: pods that are replaced only when somebody deletes them.
    Held,
    /// The controller has not seen the change yet.
    Unobserved,
    /// It goes on.
    Progressing,
    /// It is there.
    Done,
}

impl Phase {
    /// As a word of the command line's JSON.
    pub fn word(self) -> &'static str {
        match self {
            Self::Failed => "failed",
            Self::Stuck => "stuck",
            Self::Paused => "paused",
            Self::Held => "held",
            Self::Unobserved => "unobserved",
            Self::Progressing => "progressing",
            Self::Done => "done",
        }
    }
}

/// Pods, counted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Asked for; of a DaemonSet nodes that should run one.
    pub desired: i64,
    /// There, of whatever revision.
    pub current: i64,
    /// Of the new revision.
    pub updated: i64,
    /// Ready.
    pub ready: i64,
    /// Ready for long enough.
    pub available: i64,
    /// Of earlier revisions.
    pub old: i64,
    /// Pods that may be there beyond those asked for.
    pub surge: i64,
    /// Pods that may be missing.
    pub unavailable: i64,
    /// Pods that keep the old revision: below the partition.
    pub kept: i64,
}

impl Counts {
    /// Pods that must be available all the time.
    pub fn least(&self) -> i64 {
        (self.desired - self.unavailable).max(0)
    }
}

/// The clock of `progressDeadlineSeconds`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Deadline {
    /// Seconds without progress that are allowed.
    pub limit: i64,
    /// The last progress, Unix seconds.
    pub since: i64,
}

impl Deadline {
    /// Seconds since the last progress.
    pub fn passed(&self, now: i64) -> i64 {
        (now - self.since).max(0)
    }

    /// No progress for longer than is allowed. The controller says so a little later.
    pub fn is_over(&self, now: i64) -> bool {
        self.passed(now) > self.limit
    }
}

/// How a workload stands.
#[derive(Clone, Debug, PartialEq)]
pub struct Standing {
    /// The state.
    pub phase: Phase,
    /// What it waits for, or how it ended, in words.
    pub words: String,
    /// Its pods.
    pub counts: Counts,
    /// The clock that runs; None where none does.
    pub deadline: Option<Deadline>,
}

/// More than this is "for ever": `math.MaxInt32`, as the controller has it.
const FOR_EVER: i64 = i32::MAX as i64;

/// Judges a workload at `now` (Unix seconds).
pub fn judge(workload: &Workload, now: i64) -> Standing {
    let counts = count(workload);
    let (phase, words) = match (unobserved(workload), workload.kind) {
        (true, _) => (Phase::Unobserved, "waits for its controller to see the change".to_owned()),
        (_, Kind::Deployment) => deployment(workload, &counts),
        (_, Kind::StatefulSet) => stateful_set(workload, &counts),
        (_, Kind::DaemonSet) => daemon_set(workload, &counts),
        (_, Kind::Rollout) => argo::judge(workload, &counts, now),
    };
    let deadline = match phase {
        Phase::Done | Phase::Failed => None,
        _ => deadline(workload),
    };
    Standing { phase, words, counts, deadline }
}

/// The same as what an action that is followed waits for. `OnDelete` and paused pods are nobody's to
/// wait for there.
pub fn progress(workload: &Workload, now: i64) -> Progress {
    let standing = judge(workload, now);
    match standing.phase {
        Phase::Done => Progress::Done(standing.words),
        Phase::Failed => Progress::Failed(standing.words),
        Phase::Held => Progress::Done("accepted: it updates OnDelete, so its pods stay".into()),
        _ => Progress::Waits(standing.words),
    }
}

fn unobserved(workload: &Workload) -> bool {
    let generation = workload.metadata.generation;
    match (workload.kind, workload.status.observed_generation) {
        // An old Argo Rollouts wrote a hash there, which says nothing.
        (Kind::Rollout, None) => workload.status.phase.is_empty(),
        (Kind::StatefulSet, observed) => {
            observed.unwrap_or(0) < generation || (generation > 0 && observed.unwrap_or(0) == 0)
        }
        (_, observed) => observed.unwrap_or(0) < generation,
    }
}

fn count(workload: &Workload) -> Counts {
    let (spec, status) = (&workload.spec, &workload.status);
    if workload.kind == Kind::DaemonSet {
        let desired = status.desired_number_scheduled;
        let rolling = spec.strategy.rolling_update.as_ref();
        let amount = |amount: Option<&Amount>| amount.map_or(0, |amount| amount.of(desired, true));
        // Both are rounded up here (`pkg/controller/daemon/util`).
        let (surge, unavailable) = match rolling {
            Some(numbers) => {
                (amount(numbers.max_surge.as_ref()), amount(numbers.max_unavailable.as_ref()))
            }
            None => (0, 0),
        };
        return Counts {
            desired,
            current: status.current_number_scheduled,
            updated: status.updated_number_scheduled,
            ready: status.number_ready,
            available: status.number_available,
            old: (status.current_number_scheduled - status.updated_number_scheduled).max(0),
            surge,
            unavailable,
            kept: 0,
        };
    }
    let desired = spec.replicas.unwrap_or(1);
    let (surge, unavailable) = fences(workload, desired);
    let partition = spec.strategy.rolling_update.as_ref().and_then(|rolling| rolling.partition);
    let kept = match workload.kind {
        Kind::StatefulSet => (partition.unwrap_or(0) - spec.ordinals.start).clamp(0, desired),
        _ => 0,
    };
    Counts {
        desired,
        current: status.replicas,
        updated: status.updated_replicas,
        ready: status.ready_replicas,
        available: status.available_replicas,
        old: (status.replicas - status.updated_replicas).max(0),
        surge,
        unavailable,
        kept,
    }
}

/// How many pods more and how many fewer there may be: `ResolveFenceposts` and `MaxUnavailable` of
/// `pkg/controller/deployment/util`.
fn fences(workload: &Workload, desired: i64) -> (i64, i64) {
    let strategy = &workload.spec.strategy;
    let share = Amount::Percent(25);
    let (surge, unavailable) = match workload.kind {
        Kind::StatefulSet => {
            let numbers = strategy.rolling_update.as_ref();
            let most = numbers.and_then(|numbers| numbers.max_unavailable.as_ref());
            // Rounded up, and at least one (`getStatefulSetMaxUnavailable`).
            return (0, most.map_or(1, |most| most.of(desired, true)).max(1));
        }
        Kind::Rollout => match &strategy.canary {
            Some(canary) => (
                canary.max_surge.as_ref().unwrap_or(&share).of(desired, true),
                canary.max_unavailable.as_ref().unwrap_or(&share).of(desired, false),
            ),
            None => return (desired, 0),
        },
        _ if strategy.kind == "Recreate" => return (0, desired),
        _ => {
            let numbers = strategy.rolling_update.clone().unwrap_or_default();
            (
                numbers.max_surge.unwrap_or(share.clone()).of(desired, true),
                numbers.max_unavailable.unwrap_or(share).of(desired, false),
            )
        }
    };
    // Both may be rounded to nothing, and then nothing could ever move.
    let unavailable = if surge == 0 && unavailable == 0 { 1 } else { unavailable };
    (surge, unavailable.min(desired))
}

fn deadline(workload: &Workload) -> Option<Deadline> {
    let limit = match (workload.kind, workload.spec.progress_deadline_seconds) {
        (Kind::Deployment | Kind::Rollout, Some(limit)) if limit < FOR_EVER => limit,
        // The controller's default, which is not written into the object.
        (Kind::Rollout, None) => 600,
        _ => return None,
    };
    let progressing = condition(&workload.status.conditions, "Progressing")?;
    // It ended well before, or stands still by somebody's wish (`DeploymentTimedOut`).
    let stands = ["NewReplicaSetAvailable", "DeploymentPaused", "RolloutPaused"];
    if stands.contains(&progressing.reason.as_str()) || workload.spec.paused {
        return None;
    }
    Some(Deadline { limit, since: progressing.updated.or(progressing.since)? })
}

/// The deadline as words.
fn late(workload: &Workload) -> String {
    match workload.spec.progress_deadline_seconds {
        Some(limit) => format!("exceeded its progress deadline of {limit} s"),
        None => "exceeded its progress deadline".to_owned(),
    }
}

fn deployment(workload: &Workload, counts: &Counts) -> (Phase, String) {
    let Counts { desired, current, updated, available, .. } = *counts;
    let progressing = condition(&workload.status.conditions, "Progressing");
    if progressing.is_some_and(|one| one.reason == "ProgressDeadlineExceeded") {
        return (Phase::Failed, late(workload));
    }
    let words = if updated < desired {
        format!("{updated} of {desired} new replicas updated")
    } else if current > updated {
        format!("{} old replicas are pending termination", current - updated)
    } else if available < updated {
        format!("{available} of {updated} updated replicas are available")
    } else if desired == 0 {
        return (Phase::Done, "rolled out: scaled to 0".into());
    } else {
        return (Phase::Done, format!("rolled out: {available} available"));
    };
    match workload.spec.paused {
        true => (Phase::Paused, format!("paused: {words}")),
        false => (Phase::Progressing, words),
    }
}

fn stateful_set(workload: &Workload, counts: &Counts) -> (Phase, String) {
    let Counts { desired, current, updated, ready, available, kept, .. } = *counts;
    let status = &workload.status;
    let held = workload.spec.strategy.kind == "OnDelete";
    let goes_on = |words: String| (Phase::Progressing, words);
    if ready < desired {
        return goes_on(format!("{ready} of {desired} pods are ready"));
    }
    let due = desired - kept;
    if held && updated < due {
        let words = format!(
            "{updated} of {due} pods are at the new revision, the others stay until they are deleted (OnDelete)"
        );
        return (Phase::Held, words);
    }
    if updated < due {
        return goes_on(match kept {
            0 => format!("{updated} of {due} pods are at the new revision"),
            _ => format!("{updated} of {due} pods above the partition updated"),
        });
    }
    if current > desired {
        return goes_on(format!("{} pods are pending termination", current - desired));
    }
    // Servers fill in `availableReplicas`; one that does not leaves it at nothing for ever.
    if workload.spec.min_ready_seconds > 0 && available < desired {
        return goes_on(format!("{available} of {desired} pods are available"));
    }
    if kept > 0 {
        return (Phase::Done, format!("partitioned roll out complete: {updated} updated"));
    }
    if status.update_revision != status.current_revision && !held {
        return goes_on(format!("{updated} of {desired} pods are at the new revision"));
    }
    match desired {
        0 => (Phase::Done, "rolled out: scaled to 0".into()),
        _ => (Phase::Done, format!("rolled out: {ready} ready")),
    }
}

fn daemon_set(workload: &Workload, counts: &Counts) -> (Phase, String) {
    let Counts { desired, updated, available, .. } = *counts;
    if updated < desired {
        if workload.spec.strategy.kind == "OnDelete" {
            let words = format!(
                "{updated} of {desired} pods are at the new revision, the others stay until they are deleted (OnDelete)"
            );
            return (Phase::Held, words);
        }
        (Phase::Progressing, format!("{updated} of {desired} updated"))
    } else if available < desired {
        (Phase::Progressing, format!("{available} of {desired} updated pods are available"))
    } else if desired == 0 {
        (Phase::Done, "rolled out: no node is to run it".into())
    } else {
        (Phase::Done, format!("rolled out: {available} available"))
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use serde::Deserialize as _;
    use serde_json::{Value, json};

    fn workload(kind: Kind, object: Value) -> Workload {
        Workload { kind, ..Workload::deserialize(object).unwrap() }
    }

    /// The cases of `TestResolveFenceposts`, and what `MaxUnavailable` makes of more than there are.
    #[test]
    fn surge_and_unavailable_are_rounded_as_the_controller_rounds_them() {
        let percent = |share: &str| json!(share);
        for (surge, unavailable, replicas, wanted) in [
            (percent("0%"), percent("0%"), 0, (0, 0)),
            (percent("0%"), percent("0%"), 10, (0, 1)),
            (percent("39%"), percent("39%"), 10, (4, 3)),
            (percent("25%"), percent("25%"), 4, (1, 1)),
            (percent("25%"), percent("25%"), 3, (1, 0)),
            (percent("25%"), percent("25%"), 1, (1, 0)),
            (json!(0), json!(5), 3, (0, 3)),
        ] {
            let object = json!({"spec": {"replicas": replicas, "strategy": {"type": "RollingUpdate",
                "rollingUpdate": {"maxSurge": surge, "maxUnavailable": unavailable}}}});
            let counts = count(&workload(Kind::Deployment, object));
            assert_eq!(
                (counts.surge, counts.unavailable),
                wanted,
                "{surge} {unavailable} {replicas}"
            );
        }
        let recreate = json!({"spec": {"replicas": 3, "strategy": {"type": "Recreate"}}});
        let counts = count(&workload(Kind::Deployment, recreate));
        assert_eq!((counts.surge, counts.unavailable, counts.least()), (0, 3, 0));
        let agent = json!({"spec": {"updateStrategy": {"rollingUpdate": {"maxUnavailable": "10%"}}},
            "status": {"desiredNumberScheduled": 15}});
        assert_eq!(count(&workload(Kind::DaemonSet, agent)).unavailable, 2, "rounded up");
    }

    #[test]
    fn the_deadline_runs_only_while_the_controller_counts() {
        let at = |reason: &str, paused: bool| {
            let object = json!({"metadata": {"generation": 1},
                "spec": {"progressDeadlineSeconds": 600, "paused": paused},
                "status": {"observedGeneration": 1, "conditions": [{"type": "Progressing",
                    "reason": reason, "lastUpdateTime": "1970-01-01T00:01:40Z"}]}});
            judge(&workload(Kind::Deployment, object), 138).deadline
        };
        let running = at("ReplicaSetUpdated", false).unwrap();
        assert_eq!(
            (running.passed(138), running.is_over(138), running.is_over(701)),
            (38, false, true)
        );
        assert_eq!(at("NewReplicaSetAvailable", false), None);
        assert_eq!(at("ReplicaSetUpdated", true), None);
    }

    #[test]
    fn a_stateful_set_is_done_only_when_nothing_is_left_to_do() {
        let set = |status: Value, seconds: i64| {
            let mut object = json!({"metadata": {"generation": 2},
                "spec": {"replicas": 2, "minReadySeconds": seconds,
                    "updateStrategy": {"type": "RollingUpdate", "rollingUpdate": {"partition": 0}}},
                "status": {"observedGeneration": 2, "replicas": 2, "readyReplicas": 2, "availableReplicas": 2,
                    "updatedReplicas": 2, "currentRevision": "b", "updateRevision": "b"}});
            for (name, value) in status.as_object().unwrap() {
                object["status"][name] = value.clone();
            }
            judge(&workload(Kind::StatefulSet, object), 0).phase
        };
        assert_eq!(set(json!({}), 0), Phase::Done);
        assert_eq!(set(json!({"replicas": 3}), 0), Phase::Progressing, "one too many");
        assert_eq!(set(json!({"availableReplicas": 1}), 30), Phase::Progressing);
        assert_eq!(set(json!({"currentRevision": "a"}), 0), Phase::Progressing);
        assert_eq!(set(json!({"observedGeneration": 0}), 0), Phase::Unobserved);
    }
}
