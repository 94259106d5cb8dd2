#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
use super::*;
use crate::model::{ClusterId, FluxRequest, Gvr};
use serde_json::json;

const PICKUP: Duration = Duration::from_secs(30);

fn at(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

fn target(plural: &str, kind: &str) -> ObjRef {
    ObjRef {
        cluster: ClusterId(0),
        gvr: Gvr::new("example.io", "v1", plural),
        kind: kind.into(),
        namespace: "argocd".into(),
        name: "payments".into(),
        uid: "u-1".into(),
    }
}

fn app(handshake: Handshake) -> Follower {
    Follower::new(&target("applications", "Application"), handshake, PICKUP)
}

fn sync(before: &str) -> Follower {
    app(Handshake::ArgoOperation { token: "t-1".into(), before: before.into() })
}

fn ks(request: FluxRequest) -> Follower {
    let target = target("kustomizations", "Kustomization");
    Follower::new(&target, Handshake::Flux { token: "t-1".into(), request }, PICKUP)
}

/// An operation with our token, or somebody else's.
fn operation(token: &str) -> Value {
    json!({
        "info": [{"name": "request", "value": token}],
        "initiatedBy": {"username": "jane"},
        "retry": {"limit": 5},
        "sync": {},
    })
}

fn waits(step: Step) -> String {
    match step {
        Step::Waits(words) => words,
        Step::Ended(state) => panic!("it has ended: {state:?}"),
    }
}

fn ended(step: Step) -> FollowState {
    match step {
        Step::Waits(words) => panic!("it goes on: {words}"),
        Step::Ended(state) => state,
    }
}

#[test]
fn a_sync_is_followed_from_the_request_to_its_end() {
    let mut follow = sync("2026-01-01T10:00:00Z");
    let asked = json!({"operation": operation("t-1"), "status": {}});
    assert_eq!(waits(follow.look(&asked, at(0))), "requested: waits for the controller");
    let managed = json!([
        {"kind": "ConfigMap", "name": "a"},
        {"group": "apps", "kind": "Deployment", "name": "api", "syncWave": 1},
        {"kind": "Service", "name": "api", "syncWave": 2},
    ]);
    let running = json!({
        "operation": operation("t-1"),
        "status": {
            "resources": managed,
            "operationState": {
                "phase": "Running",
                "startedAt": "2026-01-01T11:00:00Z",
                "message": "waiting for healthy state of apps/Deployment/api",
                "operation": operation("t-1"),
                "syncResult": {"resources": [
                    {"kind": "ConfigMap", "name": "a", "status": "Synced", "hookPhase": "Succeeded"},
                    {"group": "apps", "kind": "Deployment", "name": "api", "status": "Synced",
                     "hookPhase": "Running"},
                ]},
            },
        },
    });
    assert_eq!(
        waits(follow.look(&running, at(60))),
        "waiting for healthy state of apps/Deployment/api · 1 of 3 synced · wave 2 of 3"
    );
    assert_eq!(follow.wakes(), None, "the controller is there");
    let done = json!({"status": {"operationState": {
        "phase": "Succeeded",
        "startedAt": "2026-01-01T11:00:00Z",
        "finishedAt": "2026-01-01T11:00:09Z",
        "message": "successfully synced (all tasks run)",
        "operation": operation("t-1"),
        "syncResult": {"resources": [
            {"kind": "ConfigMap", "name": "a", "status": "Synced"},
            {"kind": "ConfigMap", "name": "b", "status": "Pruned"},
            {"kind": "Job", "name": "m", "status": "Synced", "hookType": "PreSync"},
        ]},
    }}});
    assert_eq!(
        ended(follow.look(&done, at(70))),
        FollowState::Done("successfully synced (all tasks run), 1 synced, 1 pruned".into())
    );
}

#[test]
fn a_sync_that_fails_names_what_failed() {
    let state = json!({
        "phase": "Running",
        "startedAt": "2026-01-01T11:00:00Z",
        "finishedAt": "2026-01-01T11:00:03Z",
        "retryCount": 2,
        "message": "one or more objects failed to apply. Retrying attempt #2 at 2:03PM.",
        "operation": operation("t-1"),
        "syncResult": {"resources": [
            {"kind": "Service", "name": "api", "status": "Synced"},
            {"kind": "Deployment", "name": "api", "status": "SyncFailed",
             "message": "field is\nimmutable"},
            {"kind": "Job", "name": "m", "status": "Synced", "hookType": "PreSync",
             "hookPhase": "Failed"},
        ]},
    });
    let mut follow = sync("");
    let object = json!({"operation": operation("t-1"), "status": {"operationState": state}});
    assert_eq!(
        waits(follow.look(&object, at(3))),
        "retrying, attempt 2 of 5, at 2:03PM: one or more objects failed to apply. \
         (Deployment/api: field is immutable; 1 more)"
    );
    let mut object = object;
    object["status"]["operationState"]["phase"] = "Failed".into();
    object["status"]["operationState"]["message"] =
        "one or more objects failed to apply (retried 5 times).".into();
    let FollowState::Failed(fault) = ended(follow.look(&object, at(90))) else { panic!() };
    assert_eq!(fault.what, "sync Application/payments");
    assert_eq!(
        fault.why,
        "one or more objects failed to apply (retried 5 times) \
         (Deployment/api: field is immutable; 1 more)"
    );
    assert_eq!(fault.causes.len(), 2);
}

#[test]
fn a_controller_that_does_not_answer_is_told_and_followed_on() {
    let mut follow = sync("");
    let asked = json!({"operation": operation("t-1")});
    follow.look(&asked, at(0));
    assert_eq!(follow.wakes(), Some(at(30)));
    assert!(follow.words(at(29)).starts_with("requested"));
    let late = "not picked up after 30 s: is the controller running in that namespace?";
    assert_eq!(follow.words(at(30)), late);
    assert_eq!(waits(follow.look(&asked, at(31))), late);
    // While nothing could be seen, the controller may have been as blind.
    follow.resumed(at(100));
    assert!(waits(follow.look(&asked, at(100))).starts_with("requested"));
    assert_eq!(follow.words(at(130)), late);
    let mut skipped = asked.clone();
    skipped["metadata"]["annotations"]["argocd.argoproj.io/skip-reconcile"] = "true".into();
    assert!(waits(follow.look(&skipped, at(131))).contains("skip-reconcile"));
    let gone = json!({"status": {}});
    assert!(waits(follow.look(&gone, at(132))).contains("no operation has begun"));
    assert!(matches!(follow.gone(), FollowState::Superseded(words) if words.contains("deleted")));
}

#[test]
fn what_another_asked_for_is_not_taken_for_ours() {
    let replaced = json!({"operation": operation("t-2")});
    let state = ended(sync("").look(&replaced, at(1)));
    assert!(matches!(state, FollowState::Superseded(words) if words.contains("by jane")));
    // What ended before we asked says nothing, whatever clocks say.
    let before = "2026-01-01T10:00:00Z";
    let mut old = json!({
        "operation": operation("t-1"),
        "status": {"operationState": {
            "phase": "Succeeded", "startedAt": before, "operation": operation("t-0"),
        }},
    });
    assert!(waits(sync(before).look(&old, at(0))).starts_with("requested"));
    old["operation"] = Value::Null;
    assert!(waits(sync(before).look(&old, at(0))).contains("no operation"));
    old["status"]["operationState"]["startedAt"] = "2026-01-01T10:00:01Z".into();
    old["status"]["operationState"]["operation"] = json!({"initiatedBy": {"automated": true}});
    let state = ended(sync(before).look(&old, at(1)));
    assert!(matches!(state, FollowState::Superseded(words) if words.contains("automated sync")));
    let leaving = json!({
        "metadata": {"deletionTimestamp": "2026-01-01T10:00:00Z"},
        "operation": operation("t-1"),
    });
    let state = ended(sync("").look(&leaving, at(1)));
    assert!(matches!(state, FollowState::Superseded(words) if words.contains("being deleted")));
}

#[test]
fn a_refresh_is_over_when_its_annotation_is_gone() {
    let before = "2026-01-01T10:00:00Z";
    let refresh = || app(Handshake::ArgoRefresh { before: before.into() });
    let asked = json!({"metadata": {"annotations": {"argocd.argoproj.io/refresh": "hard"}}});
    assert!(waits(refresh().look(&asked, at(0))).starts_with("requested"));
    let done = json!({"status": {
        "reconciledAt": "2026-01-01T10:00:05Z",
        "sync": {"status": "OutOfSync"},
        "health": {"status": "Healthy"},
    }});
    assert_eq!(
        ended(refresh().look(&done, at(1))),
        FollowState::Done("refreshed: OutOfSync, Healthy".into())
    );
    let broken = json!({"status": {"conditions": [
        {"type": "ComparisonError", "message": "repository not found"},
    ]}});
    let state = ended(refresh().look(&broken, at(1)));
    assert!(matches!(state, FollowState::Failed(f) if f.why.contains("repository not found")));
    let set = || app(Handshake::ArgoSetRefresh);
    let asked = json!({"metadata": {"annotations": {
        "argocd.argoproj.io/application-set-refresh": "true",
    }}});
    assert!(waits(set().look(&asked, at(0))).starts_with("requested"));
    let done = json!({"status": {"resources": [{}, {}]}});
    assert_eq!(
        ended(set().look(&done, at(1))),
        FollowState::Done("refreshed: 2 Applications".into())
    );
    let broken = json!({"status": {"conditions": [
        {"type": "ErrorOccurred", "status": "True", "message": "no such generator"},
    ]}});
    assert!(matches!(ended(set().look(&broken, at(1))), FollowState::Failed(_)));
}

#[test]
fn a_termination_ends_with_the_operation_however_that_ends() {
    let started = "2026-01-01T10:00:00Z";
    let end = || app(Handshake::ArgoTerminate { started: started.into() });
    let of = |phase: &str| {
        json!({"status": {"operationState": {
            "phase": phase, "startedAt": started, "message": "Operation terminated",
        }}})
    };
    assert!(waits(end().look(&of("Terminating"), at(0))).contains("terminating"));
    let done = FollowState::Done("ended as Failed: Operation terminated".into());
    assert_eq!(ended(end().look(&of("Failed"), at(1))), done);
    let lost = ended(end().look(&of("Running"), at(1)));
    assert!(matches!(lost, FollowState::Superseded(words) if words.contains("again")));
    let mut next = of("Running");
    next["status"]["operationState"]["startedAt"] = "2026-01-01T10:00:09Z".into();
    assert!(matches!(ended(end().look(&next, at(1))), FollowState::Done(_)));
}

fn flux(handled: &str, conditions: Value) -> Value {
    json!({
        "metadata": {
            "generation": 3,
            "annotations": {"reconcile.fluxcd.io/requestedAt": "t-1"},
        },
        "spec": {},
        "status": {
            "observedGeneration": 3,
            "lastHandledReconcileAt": handled,
            "conditions": conditions,
        },
    })
}

fn ready(status: &str, reason: &str, message: &str) -> Value {
    json!({"type": "Ready", "status": status, "reason": reason, "message": message})
}

#[test]
fn a_reconciliation_is_followed_from_the_request_to_its_end() {
    let mut follow = ks(FluxRequest::Reconcile);
    let old = flux("t-0", json!([ready("True", "ReconciliationSucceeded", "Applied revision: a")]));
    assert!(waits(follow.look(&old, at(0))).starts_with("requested"), "an old success is none");
    let works = flux(
        "t-0",
        json!([
            {"type": "Reconciling", "status": "True", "reason": "Progressing",
             "message": "Running health checks for revision main@sha1:b"},
            ready("Unknown", "Progressing", "Reconciliation in progress"),
        ]),
    );
    let words = "Running health checks for revision main@sha1:b";
    assert_eq!(waits(follow.look(&works, at(1))), words);
    assert_eq!(follow.words(at(100)), words, "it is at work, however long");
    let done =
        flux("t-1", json!([ready("True", "ReconciliationSucceeded", "Applied revision: b")]));
    assert_eq!(ended(follow.look(&done, at(101))), FollowState::Done("Applied revision: b".into()));
}

#[test]
fn a_reconciliation_that_fails_says_why_and_whether_it_is_tried_again() {
    let again = json!({"type": "Reconciling", "status": "True", "reason": "ProgressingWithRetry"});
    let failed = ready("False", "HealthCheckFailed", "timeout waiting for: Deployment/shop/api");
    // A run that failed before we asked shows the same conditions.
    let old = flux("t-0", json!([again, failed]));
    let mut follow = ks(FluxRequest::Reconcile);
    assert!(waits(follow.look(&old, at(0))).starts_with("requested"));
    let late = follow.words(at(30));
    assert!(late.starts_with("not picked up after 30 s"), "{late}");
    let why = |object: &Value| match ended(ks(FluxRequest::Reconcile).look(object, at(1))) {
        FollowState::Failed(fault) => fault.why,
        other => panic!("{other:?}"),
    };
    let reason = "HealthCheckFailed: timeout waiting for: Deployment/shop/api";
    let new = flux("t-1", json!([again, failed]));
    assert_eq!(why(&new), format!("{reason}; the controller tries again by itself"));
    assert_eq!(why(&flux("t-1", json!([failed]))), reason);
    let stalled = json!({"type": "Stalled", "status": "True", "reason": "RetriesExceeded",
                         "message": "Failed to upgrade after 3 attempt(s)"});
    let stalled = flux("t-1", json!([stalled, ready("False", "UpgradeFailed", "x")]));
    assert_eq!(why(&stalled), "RetriesExceeded: Failed to upgrade after 3 attempt(s)");
    let waiting = flux("t-1", json!([ready("False", "DependencyNotReady", "dependency 'a/b'")]));
    assert!(waits(ks(FluxRequest::Reconcile).look(&waiting, at(1))).contains("dependency"));
}

#[test]
fn who_suspended_or_asked_again_is_named() {
    let mut object = flux("t-0", json!([]));
    object["spec"]["suspend"] = true.into();
    object["metadata"]["managedFields"] = json!([
        {"manager": "flux", "time": "2026-01-01T10:00:00Z",
         "fieldsV1": {"f:spec": {"f:suspend": {}}}},
        {"manager": "kustomize-controller", "time": "2026-01-01T11:00:00Z",
         "fieldsV1": {"f:spec": {"f:path": {}}}},
    ]);
    let words = |object: &Value| match ended(ks(FluxRequest::Reconcile).look(object, at(1))) {
        FollowState::Superseded(words) => words,
        other => panic!("{other:?}"),
    };
    assert!(words(&object).starts_with("suspended meanwhile by flux:"));
    object["spec"]["suspend"] = Value::Null;
    object["metadata"]["annotations"]["reconcile.fluxcd.io/requestedAt"] = "t-2".into();
    object["metadata"]["managedFields"] = json!([
        {"manager": "wheelhouse", "time": "2026-01-01T11:00:00Z",
         "fieldsV1": {"f:metadata": {"f:annotations": {"f:reconcile.fluxcd.io/requestedAt": {}}}}},
    ]);
    assert!(words(&object).starts_with("asked for again by another wheelhouse"));
    object["metadata"]["deletionTimestamp"] = "2026-01-01T11:00:00Z".into();
    assert!(words(&object).contains("being deleted"));
}

#[test]
fn a_force_that_the_controller_does_not_know_is_no_success() {
    let mut object = flux("t-1", json!([ready("True", "UpgradeSucceeded", "upgraded")]));
    let state = ended(ks(FluxRequest::Force).look(&object, at(1)));
    assert!(matches!(state, FollowState::Failed(fault) if fault.why.contains("force")));
    object["status"]["lastHandledForceAt"] = "t-1".into();
    let state = ended(ks(FluxRequest::Force).look(&object, at(1)));
    assert_eq!(state, FollowState::Done("upgraded".into()));
    object["metadata"]["generation"] = 4.into();
    assert!(waits(ks(FluxRequest::Force).look(&object, at(1))).contains("newest spec"));
}

#[test]
fn hostile_words_are_tamed() {
    let mut object = flux("t-1", json!([ready("True", "", "a\u{1b}[2Jb\nc")]));
    let state = ended(ks(FluxRequest::Reconcile).look(&object, at(1)));
    let FollowState::Done(words) = state else { panic!() };
    assert!(!words.contains(['\u{1b}', '\n']), "{words:?}");
    object["status"] = json!([1, 2]);
    object["metadata"] = json!("x");
    assert!(matches!(ks(FluxRequest::Reconcile).look(&object, at(1)), Step::Ended(_)));
    for odd in [json!(null), json!({"operation": 3, "status": {"operationState": []}})] {
        waits(sync("").look(&odd, at(0)));
    }
}
