//! Requests as Flux's controllers read them: a token in an annotation, which the status repeats once it
//! was worked off.

use crate::model::{FluxRequest, Following, Handshake, Method, ObjRef, PlanId, PlanRequest};
use serde_json::{Value, json};
use std::hash::{Hash, Hasher};

/// Asks for a reconcile: every other request is told beside it.
pub(super) const REQUESTED: &str = "reconcile.fluxcd.io/requestedAt";

/// A token that is the time of the request, as the CLI writes it, with what tells this plan's from
/// another's of the same second in its nanoseconds.
pub(super) fn token(now: i64, plan: PlanId, object: &ObjRef, version: u64) -> String {
    let mut hasher = rustc_hash::FxHasher::default();
    (plan, &object.uid, &object.namespace, &object.name, version).hash(&mut hasher);
    // Never 0: a whole second is what the CLI of somebody else may write just then.
    let nanos = i32::try_from(hasher.finish() % 999_999_999).unwrap_or(0) + 1;
    jiff::Timestamp::new(now, nanos).unwrap_or_default().to_string()
}

/// The moment as annotations write it.
pub(super) fn moment(now: i64) -> String {
    jiff::Timestamp::from_second(now).unwrap_or_default().to_string()
}

/// A change that is not followed any further.
pub(super) fn patch(object: &ObjRef, body: &Value) -> PlanRequest {
    PlanRequest::new(Method::Patch, object.clone(), None).body("application/merge-patch+json", body)
}

/// A change, and with it the request to reconcile: followed until the controller has done so.
pub(super) fn ask(object: &ObjRef, token: &str, mut body: Value) -> PlanRequest {
    body["metadata"]["annotations"][REQUESTED] = token.into();
    patch(object, &body).followed(handshake(token, FluxRequest::Reconcile))
}

/// The request to reconcile a HelmRelease, and to upgrade it or to count its failures anew.
pub(super) fn ask_release(object: &ObjRef, token: &str, force: bool, reset: bool) -> PlanRequest {
    let mut body = json!({"metadata": {"annotations": {REQUESTED: token}}});
    let annotations = &mut body["metadata"]["annotations"];
    if force {
        annotations["reconcile.fluxcd.io/forceAt"] = token.into();
    }
    if reset {
        annotations["reconcile.fluxcd.io/resetAt"] = token.into();
    }
    let request = match (force, reset) {
        (true, _) => FluxRequest::Force,
        (false, true) => FluxRequest::Reset,
        (false, false) => FluxRequest::Reconcile,
    };
    patch(object, &body).followed(handshake(token, request))
}

fn handshake(token: &str, request: FluxRequest) -> Following {
    Following::Handshake(Handshake::Flux { token: token.into(), request })
}
