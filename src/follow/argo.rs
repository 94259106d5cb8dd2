//! What Argo CD says: `controller/appcontroller.go` and `controller/sync.go` write what is read here.

use super::{Look, REQUESTED, condition, later, line, list, text};
use crate::model::{Cause, Fault, FaultKind, FollowState};
use serde_json::Value;
use std::collections::BTreeSet;

/// Name of the `info` entry that tells our operation from others.
const REQUEST: &str = "request";

/// `operation` of an Application.
pub(super) fn operation(name: &str, object: &Value, token: &str, before: &str) -> Look {
    let state = &object["status"]["operationState"];
    let asked = &object["operation"];
    if is_ours(&state["operation"], token) {
        return stands(name, object, state);
    }
    if asked.is_object() && !is_ours(asked, token) {
        let who = who(asked);
        let words = format!("another operation, by {who}, took its place before it began");
        return Look::Ended(FollowState::Superseded(words));
    }
    if asked.is_object() {
        return match text(object, "/metadata/deletionTimestamp") {
            "" if is_skipped(object) => Look::Unseen(SKIPPED.to_owned()),
            "" => Look::Unseen(REQUESTED.to_owned()),
            _ => Look::Ended(FollowState::Superseded(format!("{name} is being deleted"))),
        };
    }
    // The request is gone. The status may follow: only an operation that is newer is another's.
    let started = text(state, "/startedAt");
    if !started.is_empty() && (before.is_empty() || later(started, before)) {
        let who = who(&state["operation"]);
        let words =
            format!("another operation, by {who}, ran after it; how this one ended was not seen");
        return Look::Ended(FollowState::Superseded(words));
    }
    Look::Unseen("the request is gone, and no operation has begun".to_owned())
}

/// How our own operation stands.
fn stands(name: &str, object: &Value, state: &Value) -> Look {
    let message = line(text(state, "/message"));
    let or = |other: &str| if message.is_empty() { other.to_owned() } else { message.clone() };
    match text(state, "/phase") {
        "Succeeded" => {
            let dry = state.pointer("/operation/sync/dryRun").is_some_and(|on| on == true);
            let mut words =
                vec![if dry { format!("dry run: {}", or("succeeded")) } else { or("succeeded") }];
            words.extend(results(state));
            Look::Ended(FollowState::Done(words.join(", ")))
        }
        "Failed" | "Error" => Look::Ended(FollowState::Failed(failed(name, state, &or("failed")))),
        "Terminating" => {
            Look::Seen(format!("is being terminated: {}", or("waits for the controller")))
        }
        _ if !text(state, "/finishedAt").is_empty() => Look::Seen(retrying(state, &message)),
        _ => {
            let mut words = vec![or("running")];
            words.extend(progress(object, state));
            Look::Seen(words.join(" · "))
        }
    }
}

/// A failed attempt that is tried again is `Running` with a `finishedAt`; its message ends with
/// ` Retrying attempt #2 at 3:04PM.`.
fn retrying(state: &Value, message: &str) -> String {
    let count = state["retryCount"].as_i64().unwrap_or(0);
    let of = match state.pointer("/operation/retry/limit").and_then(Value::as_i64) {
        Some(limit) if limit > 0 => format!(" of {limit}"),
        _ => String::new(),
    };
    let (why, at) = match message.split_once(" Retrying attempt #") {
        Some((why, rest)) => {
            let at = rest.split_once(" at ").map_or("", |(_, at)| at.trim_end_matches('.'));
            (why, if at.is_empty() { String::new() } else { format!(", at {at}") })
        }
        None => (message, String::new()),
    };
    let why = match first_failing(state) {
        Some(object) => format!("{why} {object}"),
        None => why.to_owned(),
    };
    format!("retrying, attempt {count}{of}{at}: {}", why.trim())
}

/// Counts, the wave and the hooks that run, as far as the results tell.
fn progress(object: &Value, state: &Value) -> Vec<String> {
    let results = list(state, "/syncResult/resources");
    let synced = results.iter().filter(|one| !is_hook(one) && is_done(one)).count();
    let managed = list(object, "/status/resources");
    let chosen = list(state, "/operation/sync/resources").len();
    let total =
        if chosen > 0 { chosen } else { managed.iter().filter(|one| one["hook"] != true).count() };
    let mut words = Vec::new();
    if total > 0 {
        words.push(format!("{synced} of {} synced", total.max(synced)));
    }
    let wave = |one: &Value| one["syncWave"].as_i64().unwrap_or(0);
    let waves: BTreeSet<i64> = managed.iter().map(wave).collect();
    let reached = managed
        .iter()
        .filter(|one| results.iter().any(|result| is_same(one, result)))
        .map(wave)
        .max();
    if let Some(at) = reached.and_then(|reached| waves.iter().position(|wave| *wave == reached))
        && waves.len() > 1
        && chosen == 0
    {
        words.push(format!("wave {} of {}", at + 1, waves.len()));
    }
    let runs = |one: &&Value| is_hook(one) && text(one, "/hookPhase") == "Running";
    if let Some(hook) = results.iter().find(runs) {
        words.push(format!("{} hook {} runs", text(hook, "/hookType"), named(hook)));
    }
    words
}

/// What a sync has done, in counts.
fn results(state: &Value) -> Vec<String> {
    let all = list(state, "/syncResult/resources");
    let of = |status: &str| {
        all.iter().filter(|one| !is_hook(one) && text(one, "/status") == status).count()
    };
    [("Synced", "synced"), ("Pruned", "pruned"), ("PruneSkipped", "not pruned")]
        .into_iter()
        .map(|(status, word)| (of(status), word))
        .filter(|(count, _)| *count > 0)
        .map(|(count, word)| format!("{count} {word}"))
        .collect()
}

fn failed(name: &str, state: &Value, message: &str) -> Fault {
    let why = match first_failing(state) {
        Some(object) => format!("{} {object}", message.trim_end_matches('.')),
        None => message.to_owned(),
    };
    let causes = failing(state)
        .map(|one| Cause { field: named(one), message: line(text(one, "/message")) })
        .collect();
    Fault { causes, ..Fault::new(FaultKind::Other, format!("sync {name}"), why) }
}

fn failing(state: &Value) -> impl Iterator<Item = &Value> {
    list(state, "/syncResult/resources").iter().filter(|one| {
        text(one, "/status") == "SyncFailed"
            || matches!(text(one, "/hookPhase"), "Failed" | "Error")
    })
}

/// `(Deployment/api: field is immutable; 2 more)`
fn first_failing(state: &Value) -> Option<String> {
    let mut all = failing(state);
    let first = all.next()?;
    let message = line(text(first, "/message"));
    let message = if message.is_empty() { "failed".to_owned() } else { message };
    Some(match all.count() {
        0 => format!("({}: {message})", named(first)),
        more => format!("({}: {message}; {more} more)", named(first)),
    })
}

fn is_hook(result: &Value) -> bool {
    !text(result, "/hookType").is_empty()
}

/// Applied or pruned; the phase of what is no hook is `Running` until it is healthy.
fn is_done(result: &Value) -> bool {
    matches!(text(result, "/status"), "Synced" | "Pruned" | "PruneSkipped")
        && text(result, "/hookPhase") != "Running"
}

fn is_same(one: &Value, other: &Value) -> bool {
    ["/group", "/kind", "/namespace", "/name"]
        .iter()
        .all(|field| text(one, field) == text(other, field))
}

fn named(object: &Value) -> String {
    line(&format!("{}/{}", text(object, "/kind"), text(object, "/name")))
}

fn is_ours(operation: &Value, token: &str) -> bool {
    list(operation, "/info").iter().any(|one| one["name"] == REQUEST && one["value"] == token)
}

/// Who asked for an operation.
fn who(operation: &Value) -> String {
    match (text(operation, "/initiatedBy/username"), &operation["initiatedBy"]["automated"]) {
        (_, Value::Bool(true)) => "automated sync".to_owned(),
        ("", _) => "somebody else".to_owned(),
        (name, _) => line(name),
    }
}

const SKIPPED: &str = "Argo CD skips this app: it carries argocd.argoproj.io/skip-reconcile";

fn is_skipped(object: &Value) -> bool {
    object["metadata"]["annotations"]["argocd.argoproj.io/skip-reconcile"] == "true"
}

/// The annotation `refresh`: taken off in the same write that brings the comparison.
pub(super) fn refresh(name: &str, object: &Value, before: &str) -> Look {
    if object["metadata"]["annotations"].get("argocd.argoproj.io/refresh").is_some() {
        return match text(object, "/metadata/deletionTimestamp") {
            "" if is_skipped(object) => Look::Unseen(SKIPPED.to_owned()),
            "" => Look::Unseen(REQUESTED.to_owned()),
            _ => Look::Ended(FollowState::Superseded(format!("{name} is being deleted"))),
        };
    }
    let errors = ["ComparisonError", "InvalidSpecError", "UnknownError"];
    if let Some(error) = errors.iter().find_map(|of| condition(object, of)) {
        let why = format!("{}: {}", text(error, "/type"), line(text(error, "/message")));
        let fault = Fault::new(FaultKind::Other, format!("refresh {name}"), why);
        return Look::Ended(FollowState::Failed(fault));
    }
    let axes: Vec<&str> =
        [text(object, "/status/sync/status"), text(object, "/status/health/status")]
            .into_iter()
            .filter(|word| !word.is_empty())
            .collect();
    // Without a newer time it was compared within the same second, or not at all: the request is
    // gone either way.
    let compared =
        if later(text(object, "/status/reconciledAt"), before) { "refreshed" } else { "handled" };
    let words = if axes.is_empty() {
        compared.to_owned()
    } else {
        format!("{compared}: {}", axes.join(", "))
    };
    Look::Ended(FollowState::Done(line(&words)))
}

/// `phase: Terminating`, until that operation has ended.
pub(super) fn terminate(object: &Value, started: &str) -> Look {
    let state = &object["status"]["operationState"];
    if text(state, "/startedAt") != started {
        let words = if state.is_object() {
            format!("it has ended; another operation, by {}, has begun", who(&state["operation"]))
        } else {
            "it has ended".to_owned()
        };
        return Look::Ended(FollowState::Done(words));
    }
    let message = line(text(state, "/message"));
    match text(state, "/phase") {
        "Terminating" => Look::Unseen("terminating: waits for the controller".to_owned()),
        // The controller writes the whole status, and may have done so just then.
        "Running" => Look::Ended(FollowState::Superseded(
            "the controller wrote over the request, and the operation runs on: terminate it again"
                .to_owned(),
        )),
        phase if message.is_empty() => {
            Look::Ended(FollowState::Done(format!("ended as {}", line(phase))))
        }
        phase => Look::Ended(FollowState::Done(format!("ended as {}: {message}", line(phase)))),
    }
}

/// The annotation `application-set-refresh`: taken off once Applications were generated.
pub(super) fn set_refresh(name: &str, object: &Value) -> Look {
    let annotations = &object["metadata"]["annotations"];
    if annotations.get("argocd.argoproj.io/application-set-refresh").is_some() {
        return Look::Unseen(REQUESTED.to_owned());
    }
    match condition(object, "ErrorOccurred").filter(|error| error["status"] == "True") {
        Some(error) => {
            let why = line(text(error, "/message"));
            let fault = Fault::new(FaultKind::Other, format!("refresh {name}"), why);
            Look::Ended(FollowState::Failed(fault))
        }
        None => {
            let count = list(object, "/status/resources").len();
            let words = match count {
                0 => "refreshed".to_owned(),
                1 => "refreshed: 1 Application".to_owned(),
                many => format!("refreshed: {many} Applications"),
            };
            Look::Ended(FollowState::Done(words))
        }
    }
}
