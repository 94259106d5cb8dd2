//! What Flux' controllers say. They repeat the token of a request in the status at the end of the run
//! that handled it (`fluxcd/pkg/apis/meta` `ReconcileRequestStatus`); how it went is the condition
//! `Ready`.

use super::{Look, REQUESTED, condition, line, text, writer};
use crate::model::{Fault, FaultKind, FluxRequest, FollowState};
use serde_json::Value;

const REQUESTED_AT: &str = "reconcile.fluxcd.io/requestedAt";

/// A request by annotation.
pub(super) fn request(name: &str, object: &Value, token: &str, request: FluxRequest) -> Look {
    let superseded = |words: String| Look::Ended(FollowState::Superseded(words));
    if text(object, "/status/lastHandledReconcileAt") == token {
        return outcome(name, object, token, request);
    }
    if !text(object, "/metadata/deletionTimestamp").is_empty() {
        return superseded(format!("{name} is being deleted"));
    }
    if object["spec"]["suspend"] == true {
        let by = writer(object, &["f:spec", "f:suspend"]);
        return superseded(format!("suspended meanwhile{by}: nothing happens until it is resumed"));
    }
    let annotations = &object["metadata"]["annotations"];
    if annotations["fluxcd.controlplane.io/reconcile"] == "disabled" {
        let by =
            writer(object, &["f:metadata", "f:annotations", "f:fluxcd.controlplane.io/reconcile"]);
        return superseded(format!("disabled meanwhile{by}: nothing happens until it is resumed"));
    }
    if annotations[REQUESTED_AT] != token {
        let by =
            writer(object, &["f:metadata", "f:annotations", "f:reconcile.fluxcd.io/requestedAt"]);
        return superseded(format!("asked for again{by}, before this request was handled"));
    }
    // What was left by a run that failed is no sign of life.
    let works = condition(object, "Reconciling")
        .filter(|one| one["status"] == "True" && one["reason"] != "ProgressingWithRetry")
        .or_else(|| condition(object, "Ready").filter(|one| one["status"] == "Unknown"));
    match works {
        Some(works) => Look::Seen(said(works)),
        None => Look::Unseen(REQUESTED.to_owned()),
    }
}

/// The request was handled: how it went.
fn outcome(name: &str, object: &Value, token: &str, request: FluxRequest) -> Look {
    let failed = |why: String| {
        let fault = Fault::new(FaultKind::Other, format!("reconcile {name}"), why);
        Look::Ended(FollowState::Failed(fault))
    };
    let is = |of: &str, status: &str| condition(object, of).filter(|one| one["status"] == status);
    if let Some(stalled) = is("Stalled", "True") {
        return failed(said(stalled));
    }
    if let Some(ready) = is("Ready", "False") {
        return match text(ready, "/reason") {
            // Tried again by the controller until the others are ready.
            "DependencyNotReady" => Look::Seen(format!("waits: {}", said(ready))),
            _ if is("Reconciling", "True").is_some() => {
                failed(format!("{}; the controller tries again by itself", said(ready)))
            }
            _ => failed(said(ready)),
        };
    }
    if let Some(ready) = is("Ready", "Unknown") {
        return Look::Seen(said(is("Reconciling", "True").unwrap_or(ready)));
    }
    let observed = object["status"]["observedGeneration"].as_i64();
    if observed.is_some_and(|seen| seen < object["metadata"]["generation"].as_i64().unwrap_or(0)) {
        return Look::Seen("waits for the controller to see the newest spec".to_owned());
    }
    let (field, what) = match request {
        FluxRequest::Reconcile => ("/status/lastHandledReconcileAt", ""),
        FluxRequest::Force => ("/status/lastHandledForceAt", "force"),
        FluxRequest::Reset => ("/status/lastHandledResetAt", "reset"),
    };
    if text(object, field) != token {
        return failed(format!(
            "reconciled, but the controller did not take the request to {what}: it may be too old \
             to know it"
        ));
    }
    let words = is("Ready", "True").map_or_else(String::new, said);
    let words = if words.is_empty() { "reconciled".to_owned() } else { words };
    Look::Ended(FollowState::Done(words))
}

/// What a condition says: its message, else its reason. A failure names its reason first.
fn said(condition: &Value) -> String {
    let (reason, message) = (line(text(condition, "/reason")), line(text(condition, "/message")));
    match (message.is_empty(), condition["status"] == "False" || condition["type"] == "Stalled") {
        (true, _) => reason,
        (false, true) if !reason.is_empty() => format!("{reason}: {message}"),
        (false, _) => message,
    }
}
