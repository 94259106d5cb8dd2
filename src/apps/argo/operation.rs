//! `operation` of an Application: what the controller is asked for (`SetAppOperation` in
//! `util/argo/argo.go`).

use super::ground::{Ground, said};
use crate::model::{Following, Handshake, Method, PlanRequest, Text};
use serde_json::{Value, json};

/// Who asks.
const WHO: &str = "wheelhouse";
/// The entry of `info` that tells our operation from another one.
const TOKEN: &str = "request";

/// Asks for `sync`, an operation's `sync`, with this `retry` where it is no null. `and` is written with
/// it, in one go: other fields of the Application.
///
/// The resource version goes along: somebody else's operation would be mixed with this one otherwise. The
/// state of the operation before is taken away, because the controller goes on with one that has not
/// ended.
pub(super) fn request(
    ground: &Ground,
    object: &Value,
    sync: Value,
    retry: &Value,
    and: Value,
) -> PlanRequest {
    let token: Text = format!("{WHO}-{}", crate::verbs::suffix(ground.now)).into();
    let mut operation = json!({
        "initiatedBy": {"username": WHO},
        "info": [{"name": TOKEN, "value": token.as_str()}],
    });
    if !retry.is_null() {
        operation["retry"] = retry.clone();
    }
    operation["sync"] = sync;
    let before = said(&object["status"]["operationState"]["startedAt"]).into();
    let mut body = and;
    body["operation"] = operation;
    body["status"] = json!({"operationState": null});
    patch(ground, object, body)
        .followed(Following::Handshake(Handshake::ArgoOperation { token, before }))
}

/// A change of the Application as it was read: the server refuses it where it changed meanwhile.
pub(super) fn patch(ground: &Ground, object: &Value, change: Value) -> PlanRequest {
    let mut body = json!({"metadata": {}});
    // First what was read, then what is changed.
    body["metadata"]["resourceVersion"] = object["metadata"]["resourceVersion"].clone();
    if let (Some(body), Value::Object(change)) = (body.as_object_mut(), change) {
        for (key, value) in change {
            match (body.get_mut(&key), value) {
                (Some(Value::Object(held)), Value::Object(more)) => held.extend(more),
                (_, value) => {
                    body.insert(key, value);
                }
            }
        }
    }
    PlanRequest::new(Method::Patch, ground.target().clone(), None)
        .body("application/merge-patch+json", &body)
}

/// When a failed attempt is followed by the next one (`RetryStrategy.NextRetryAt`): the length of its
/// backoff times its factor for each attempt before, at most its longest. None where the state tells
/// no end of the last attempt.
pub(super) fn retries_at(state: &Value) -> Option<i64> {
    let finished = crate::kinds::build::timestamp(state["finishedAt"].as_str()?)?;
    let backoff = &state["operation"]["retry"]["backoff"];
    let seconds = |key: &str, or: f64| {
        let told = backoff[key].as_str().and_then(|text| super::windows::duration(text).ok());
        told.map_or(or, |told| told.as_secs_f64())
    };
    let factor = backoff["factor"].as_f64().unwrap_or(2.0);
    let before = state["retryCount"].as_i64().unwrap_or(1).saturating_sub(1).clamp(0, 60);
    let wait = seconds("duration", 5.0) * factor.powi(i32::try_from(before).unwrap_or(0));
    let wait = wait.min(seconds("maxDuration", 180.0)).clamp(0.0, 1e9);
    Some(finished + wait as i64)
}
