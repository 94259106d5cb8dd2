//! What Argo Rollouts' controller says (`argo-rollouts` `rollout/{sync,canary,bluegreen}.go`; the phase
//! is that of `utils/rollout/rolloututil.go`).

use super::{Look, REQUESTED, line, list, text};
use crate::model::{Fault, FaultKind, FollowState, RolloutAsk, stands_at};
use serde_json::Value;

/// A patch of a Rollout, or of a run of one.
pub(super) fn asked(name: &str, object: &Value, ask: RolloutAsk, before: &str) -> Look {
    if !text(object, "/metadata/deletionTimestamp").is_empty() {
        return superseded(format!("{name} is being deleted"));
    }
    match ask {
        RolloutAsk::Terminate => run(object),
        _ if is_unseen(object) => Look::Unseen(REQUESTED.to_owned()),
        RolloutAsk::Restart => restart(object),
        RolloutAsk::Abort => abort(name, object, before),
        RolloutAsk::Promote | RolloutAsk::Retry | RolloutAsk::PromoteFull => {
            if !is_at(object, before) {
                return superseded("another revision took its place meanwhile".to_owned());
            }
            goes(name, object, ask, before)
        }
        // Where its template is another object's, its own generation stays.
        RolloutAsk::Change if !before.is_empty() && is_at(object, before) => {
            Look::Unseen(REQUESTED.to_owned())
        }
        RolloutAsk::Change => goes(name, object, ask, before),
    }
}

fn superseded(words: String) -> Look {
    Look::Ended(FollowState::Superseded(words))
}

fn done(words: String) -> Look {
    Look::Ended(FollowState::Done(words))
}

fn failed(name: &str, why: String) -> Look {
    let fault = Fault::new(FaultKind::Other, format!("rollout of {name}"), why);
    Look::Ended(FollowState::Failed(fault))
}

fn hash_of(place: &str) -> &str {
    place.split(' ').next().unwrap_or_default()
}

/// It is still the revision that it was.
fn is_at(object: &Value, before: &str) -> bool {
    hash_of(before) == hash_of(&stands_at(&object["status"]))
}

/// The controller has not seen the newest spec, or the end of a pause. Before v0.10 it wrote a hash in
/// place of the generation, which says nothing.
fn is_unseen(object: &Value) -> bool {
    let status = &object["status"];
    let seen = text(object, "/status/observedGeneration").parse::<i64>().ok();
    let generation = object["metadata"]["generation"].as_i64().unwrap_or(0);
    let unpausing = status["controllerPause"] == true
        && list(object, "/status/pauseConditions").is_empty()
        && status["abort"] != true;
    seen.is_some_and(|seen| seen < generation) || unpausing
}

/// On its way, until it stands still or has ended.
fn goes(name: &str, object: &Value, ask: RolloutAsk, before: &str) -> Look {
    let status = &object["status"];
    let message = line(text(object, "/status/message"));
    let full = status["promoteFull"] == true;
    if status["abort"] == true && !full {
        return failed(name, format!("aborted{}", because(&message)));
    }
    match text(object, "/status/phase") {
        "Healthy" if status["currentPodHash"] == status["stableRS"] => {
            let available = status["availableReplicas"].as_i64().unwrap_or(0);
            done(format!("healthy: the new revision is the stable one, {available} available"))
        }
        // What was said of an abort that is over stays until the controller looks again.
        "Degraded" if full || message.starts_with("RolloutAborted") => {
            Look::Unseen(REQUESTED.to_owned())
        }
        "Degraded" => failed(name, format!("degraded{}", because(&message))),
        "Paused" if object["spec"]["paused"] == true => {
            done(format!("paused by hand{}", at_step(object)))
        }
        "Paused" if ask != RolloutAsk::PromoteFull => match pause(object) {
            Some(words) if *stands_at(status) != *before => done(words),
            _ => Look::Unseen(REQUESTED.to_owned()),
        },
        _ => Look::Seen(far(object, &message)),
    }
}

fn because(message: &str) -> String {
    if message.is_empty() { String::new() } else { format!(": {message}") }
}

/// ` at step 2 of 5`; empty where there are no steps.
fn at_step(object: &Value) -> String {
    let steps = list(object, "/spec/strategy/canary/steps").len();
    let index = object["status"]["currentStepIndex"].as_u64().unwrap_or(0);
    match steps {
        0 => String::new(),
        _ if index >= steps as u64 => ", all steps done".to_owned(),
        _ => format!(" at step {} of {steps}", index + 1),
    }
}

/// How far it is.
fn far(object: &Value, message: &str) -> String {
    let updated = object["status"]["updatedReplicas"].as_i64().unwrap_or(0);
    let wanted = object["spec"]["replicas"].as_i64().unwrap_or(1);
    let step = at_step(object);
    let place = step.strip_prefix(" at ").or(step.strip_prefix(", ")).unwrap_or_default();
    let place = if place.is_empty() { String::new() } else { format!("{place}, ") };
    format!("{place}{updated} of {wanted} updated{}", because(message))
}

/// Why the controller paused it; None where it did not.
fn pause(object: &Value) -> Option<String> {
    let first = list(object, "/status/pauseConditions").first()?;
    let step = at_step(object);
    Some(match text(first, "/reason") {
        "CanaryPauseStep" => {
            let steps = list(object, "/spec/strategy/canary/steps");
            let index = object["status"]["currentStepIndex"].as_u64().unwrap_or(0);
            let at = usize::try_from(index).ok().and_then(|at| steps.get(at));
            match at.map(|at| &at["pause"]["duration"]) {
                None | Some(Value::Null) => format!("pauses{step} until somebody promotes it"),
                Some(Value::String(time)) => format!("pauses{step} for {}", line(time)),
                Some(seconds) => format!("pauses{step} for {seconds} s"),
            }
        }
        "BlueGreenPause" => "the new set is ready, and waits for its promotion".to_owned(),
        "InconclusiveAnalysisRun" => format!("an analysis was inconclusive{step}"),
        "InconclusiveExperiment" => format!("an experiment was inconclusive{step}"),
        other => format!("paused{step}: {}", line(other)),
    })
}

/// Called off: over when the stable revision serves alone.
fn abort(name: &str, object: &Value, before: &str) -> Look {
    let status = &object["status"];
    if !is_at(object, before) {
        return superseded("another revision took its place meanwhile".to_owned());
    }
    if status["abort"] != true {
        return superseded(format!("{name} was retried or promoted meanwhile"));
    }
    if text(object, "/status/phase") != "Degraded" {
        return Look::Unseen(REQUESTED.to_owned());
    }
    if object["spec"]["paused"] == true {
        return done("aborted; it is paused by hand, so its pods stay as they are".to_owned());
    }
    let number = |pointer: &str| object.pointer(pointer).and_then(Value::as_i64);
    let canary = &object["spec"]["strategy"]["canary"];
    let alone = if canary.is_null() {
        status["blueGreen"]["activeSelector"] == status["stableRS"]
    } else if canary["trafficRouting"].is_null() {
        number("/status/updatedReplicas").unwrap_or(0) == 0
    } else {
        number("/status/canary/weights/canary/weight").unwrap_or(0) == 0
    };
    let available = number("/status/availableReplicas").unwrap_or(0);
    let wanted = number("/spec/replicas").unwrap_or(1);
    if alone && available >= wanted {
        return done(format!("aborted: the stable revision serves, {available} available"));
    }
    Look::Seen(format!("aborted: {available} of {wanted} available, traffic goes back"))
}

fn restart(object: &Value) -> Look {
    let (asked, at) = (text(object, "/spec/restartAt"), text(object, "/status/restartedAt"));
    match at.is_empty() || super::later(asked, at) {
        true => {
            let available = object["status"]["availableReplicas"].as_i64().unwrap_or(0);
            let wanted = object["spec"]["replicas"].as_i64().unwrap_or(1);
            Look::Seen(format!("replaces pods: {available} of {wanted} available"))
        }
        false => done("all pods are newer than the restart".to_owned()),
    }
}

/// An AnalysisRun or Experiment that was to end.
fn run(object: &Value) -> Look {
    let message = line(text(object, "/status/message"));
    match text(object, "/status/phase") {
        phase @ ("Successful" | "Failed" | "Error" | "Inconclusive") => {
            done(format!("ended: {phase}{}", because(&message)))
        }
        _ => Look::Unseen(REQUESTED.to_owned()),
    }
}
