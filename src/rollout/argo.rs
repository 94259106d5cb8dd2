//! The ladder of Argo Rollouts: `status.phase` as its controller writes it, and why it stands where it
//! stands.

use super::facts::{Pause, Run, Status, Workload, condition};
use super::ladder::{Counts, Phase};
use crate::text::age;
use serde_json::Value;

/// Judges a Rollout whose controller has seen its spec; `now` in Unix seconds.
pub(super) fn judge(workload: &Workload, counts: &Counts, now: i64) -> (Phase, String) {
    let (spec, status) = (&workload.spec, &workload.status);
    let invalid = condition(&status.conditions, "InvalidSpec").filter(|one| one.status == "True");
    if let Some(invalid) = invalid {
        return (Phase::Failed, format!("its spec is invalid: {}", invalid.message));
    }
    let progressing = condition(&status.conditions, "Progressing");
    if progressing.is_some_and(|one| one.reason == "ProgressDeadlineExceeded") {
        return (Phase::Failed, "exceeded its progress deadline".into());
    }
    if status.abort {
        return (Phase::Failed, format!("aborted{}", because(&status.message)));
    }
    let far = words(workload, counts);
    // The controller has not taken the pause away yet.
    if status.controller_pause && status.pause_conditions.is_empty() && !spec.paused {
        return (Phase::Progressing, format!("goes on after a pause: {far}"));
    }
    match status.phase.as_str() {
        "Healthy" if counts.desired == 0 => (Phase::Done, "rolled out: scaled to 0".into()),
        "Healthy" => (Phase::Done, format!("rolled out: {} available", counts.available)),
        "Degraded" => (Phase::Failed, format!("degraded{}", because(&status.message))),
        _ if spec.paused => (Phase::Paused, format!("paused: {far}")),
        "Paused" => {
            let why = status.pause_conditions.first().map(|one| pause(workload, one, now));
            (Phase::Paused, why.unwrap_or_else(|| format!("paused: {far}")))
        }
        _ => (Phase::Progressing, far),
    }
}

fn because(message: &str) -> String {
    if message.is_empty() { String::new() } else { format!(": {message}") }
}

/// How far it is: `1 of 4 updated, step 2 of 5 (setWeight 40), weight 20%`.
fn words(workload: &Workload, counts: &Counts) -> String {
    let mut words = format!("{} of {} updated", counts.updated, counts.desired);
    let Some(canary) = &workload.spec.strategy.canary else { return words };
    if let Some(at) = step(workload)
        && at < canary.steps.len()
    {
        let (number, all) = (at + 1, canary.steps.len());
        words.push_str(&format!(", step {number} of {all} ({})", step_words(&canary.steps[at])));
    }
    let (set, actual) = weights(workload, counts);
    match (set, actual) {
        (Some(set), Some(actual)) if set != actual => {
            words.push_str(&format!(", weight {actual}% of {set}%"));
        }
        (Some(set), _) => words.push_str(&format!(", weight {set}%")),
        _ => {}
    }
    words
}

/// The step that runs or is next.
pub fn step(workload: &Workload) -> Option<usize> {
    usize::try_from(workload.status.current_step_index?).ok()
}

/// What a step does: `setWeight 20`, `pause 5m`, `pause until promoted`, `analysis`.
pub fn step_words(step: &Value) -> String {
    let Some((name, value)) = step.as_object().and_then(|step| step.iter().next()) else {
        return "unknown step".into();
    };
    match name.as_str() {
        "setWeight" => format!("setWeight {value}"),
        "pause" => match &value["duration"] {
            Value::Null => "pause until promoted".into(),
            Value::String(text) => format!("pause {text}"),
            other => format!("pause {other} s"),
        },
        other => other.to_owned(),
    }
}

/// The share of traffic that the new set is to have and the one it has, in percent: of a canary that
/// is on its way.
pub fn weights(workload: &Workload, counts: &Counts) -> (Option<i64>, Option<i64>) {
    let status = &workload.status;
    let Some(canary) = &workload.spec.strategy.canary else { return (None, None) };
    if status.current_pod_hash == status.stable_rs || canary.steps.is_empty() {
        return (None, None);
    }
    let at = step(workload).unwrap_or(0);
    let set = if status.abort {
        0
    } else if at >= canary.steps.len() {
        100
    } else {
        let before = canary.steps[..=at].iter().rev();
        before.filter_map(|step| step["setWeight"].as_i64()).next().unwrap_or(0)
    };
    let routed = status.canary.weights["canary"]["weight"].as_i64();
    let actual = match canary.traffic_routing {
        Some(_) => routed,
        None if counts.current > 0 => Some(100 * counts.updated / counts.current),
        None => None,
    };
    (Some(set), actual)
}

/// The pause it is in ends by itself.
pub fn pause_ends(workload: &Workload) -> bool {
    let Some(canary) = &workload.spec.strategy.canary else { return false };
    let is_step = |pause: &Pause| pause.reason == "CanaryPauseStep";
    let steps = workload.status.pause_conditions.iter().all(is_step);
    let at = step(workload).and_then(|at| canary.steps.get(at));
    steps
        && !workload.spec.paused
        && at.is_some_and(|at| seconds(&at["pause"]["duration"]).is_some())
}

/// How long the pause of its step is, in seconds; None for one until somebody promotes it.
pub fn pause_seconds(workload: &Workload) -> Option<i64> {
    let canary = workload.spec.strategy.canary.as_ref()?;
    seconds(&canary.steps.get(step(workload)?)?["pause"]["duration"])
}

/// Why the controller paused it, and for how long.
fn pause(workload: &Workload, pause: &Pause, now: i64) -> String {
    match pause.reason.as_str() {
        "CanaryPauseStep" => {
            let steps =
                workload.spec.strategy.canary.as_ref().map(|canary| canary.steps.as_slice());
            let at = step(workload).unwrap_or(0);
            let place = format!("step {} of {}", at + 1, steps.map_or(0, <[Value]>::len));
            let duration = steps.and_then(|steps| seconds(&steps.get(at)?["pause"]["duration"]));
            match (duration, pause.since) {
                (Some(duration), Some(since)) => {
                    let left = (since + duration - now).max(0);
                    format!("pauses at {place} for {} more", age::human(left))
                }
                _ => format!("pauses at {place} until somebody promotes it"),
            }
        }
        "BlueGreenPause" => "the new set is ready, and waits until somebody promotes it".into(),
        "InconclusiveAnalysisRun" => {
            format!("an analysis was inconclusive{}: promote or abort it", run(&workload.status))
        }
        "InconclusiveExperiment" => "an experiment was inconclusive: promote or abort it".into(),
        other => format!("paused: {other}"),
    }
}

/// The analysis that has something to say, in brackets.
fn run(status: &Status) -> String {
    let is_one = |run: &&Run| run.status == "Inconclusive" && !run.name.is_empty();
    let found = status.runs().into_iter().map(|(_, run)| run).find(is_one);
    found.map_or_else(String::new, |run| format!(" ({})", run.name))
}

/// Seconds of a step's duration: a number, or text as Go writes it.
fn seconds(duration: &Value) -> Option<i64> {
    match duration {
        Value::Number(number) => number.as_i64(),
        Value::String(text) => text.parse().ok().or_else(|| age::parse(text)),
        _ => None,
    }
}
