#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
use super::*;
use crate::model::{ClusterId, Gvr, RolloutAsk, stands_at};
use serde_json::json;

fn follower(ask: RolloutAsk, before: &Value) -> Follower {
    let target = ObjRef {
        cluster: ClusterId(0),
        gvr: Gvr::new("argoproj.io", "v1alpha1", "rollouts"),
        kind: "Rollout".into(),
        namespace: "shop".into(),
        name: "api".into(),
        uid: "u-1".into(),
    };
    let handshake = Handshake::ArgoRollout { ask, before: stands_at(&before["status"]) };
    Follower::new(&target, handshake, Duration::from_secs(30))
}

fn look(follower: &mut Follower, object: &Value) -> Step {
    follower.look(object, Duration::ZERO)
}

fn ended(step: Step) -> FollowState {
    match step {
        Step::Ended(state) => state,
        Step::Waits(words) => panic!("it waits: {words}"),
    }
}

fn waits(step: Step) -> String {
    match step {
        Step::Waits(words) => words,
        Step::Ended(state) => panic!("it has ended: {state:?}"),
    }
}

/// A canary of four steps that pauses at the second.
fn canary() -> Value {
    json!({
        "metadata": {"generation": 2},
        "spec": {"replicas": 4, "strategy": {"canary": {"steps": [
            {"setWeight": 25}, {"pause": {}}, {"setWeight": 50}, {"pause": {"duration": "10m"}}]}}},
        "status": {"observedGeneration": "2", "phase": "Paused", "message": "CanaryPauseStep",
            "currentPodHash": "b", "stableRS": "a", "currentStepIndex": 1, "controllerPause": true,
            "updatedReplicas": 1, "availableReplicas": 4,
            "pauseConditions": [{"reason": "CanaryPauseStep", "startTime": "2026-01-01T10:00:00Z"}]},
    })
}

#[test]
fn what_is_not_picked_up_can_be_asked_again_and_a_template_elsewhere_counts_when_the_revision_does()
{
    let object = canary();
    let mut follow = follower(RolloutAsk::Promote, &object);
    assert_eq!(waits(follow.look(&object, Duration::from_secs(9))), REQUESTED);
    assert_eq!(follow.wakes(), Some(Duration::from_secs(10)));
    let late = waits(follow.look(&object, Duration::from_secs(10)));
    assert!(late.starts_with(UNTAKEN) && late.contains("ask again"), "{late}");
    let mut healthy = canary();
    healthy["status"]["phase"] = json!("Healthy");
    healthy["status"]["stableRS"] = json!("b");
    let mut follow = follower(RolloutAsk::Change, &healthy);
    assert_eq!(waits(look(&mut follow, &healthy)), REQUESTED, "of the revision before");
    healthy["status"]["stableRS"] = json!("c");
    healthy["status"]["currentPodHash"] = json!("c");
    assert!(matches!(ended(look(&mut follow, &healthy)), FollowState::Done(_)));
}

#[test]
fn a_promotion_is_over_at_the_next_pause_and_not_at_the_one_that_it_ended() {
    let mut object = canary();
    let mut follow = follower(RolloutAsk::Promote, &object);
    assert_eq!(waits(look(&mut follow, &object)), REQUESTED, "the same pause is no news");
    object["status"]["pauseConditions"] = json!(null);
    assert_eq!(waits(look(&mut follow, &object)), REQUESTED, "its controller has not seen it");
    object["status"]["controllerPause"] = json!(false);
    object["status"]["currentStepIndex"] = json!(2);
    object["status"]["phase"] = json!("Progressing");
    object["status"]["message"] = json!("more replicas need to be updated");
    assert_eq!(
        waits(look(&mut follow, &object)),
        "step 3 of 4, 1 of 4 updated: more replicas need to be updated"
    );
    object["status"]["currentStepIndex"] = json!(3);
    object["status"]["phase"] = json!("Paused");
    object["status"]["pauseConditions"] =
        json!([{"reason": "CanaryPauseStep", "startTime": "2026-01-01T10:00:09Z"}]);
    let end = ended(look(&mut follow, &object));
    assert_eq!(end, FollowState::Done("pauses at step 4 of 4 for 10m".into()));
}

#[test]
fn a_promotion_of_what_is_replaced_or_called_off_did_not_succeed() {
    let mut object = canary();
    let mut follow = follower(RolloutAsk::Promote, &object);
    object["status"]["abort"] = json!(true);
    object["status"]["message"] = json!("RolloutAborted: metric \"errors\" failed");
    let FollowState::Failed(fault) = ended(look(&mut follow, &object)) else { panic!() };
    assert!(fault.why.contains("metric \"errors\" failed"), "{fault:?}");
    object["status"]["currentPodHash"] = json!("c");
    assert!(matches!(ended(look(&mut follow, &object)), FollowState::Superseded(_)));
}

#[test]
fn a_full_promotion_ends_with_the_new_revision_as_the_stable_one() {
    let mut object = canary();
    let mut follow = follower(RolloutAsk::PromoteFull, &object);
    object["status"]["abort"] = json!(true);
    object["status"]["promoteFull"] = json!(true);
    object["status"]["phase"] = json!("Degraded");
    assert_eq!(waits(look(&mut follow, &object)), REQUESTED);
    object["status"]["abort"] = json!(false);
    object["status"]["phase"] = json!("Progressing");
    object["status"]["pauseConditions"] = json!([]);
    object["status"]["controllerPause"] = json!(false);
    waits(look(&mut follow, &object));
    object["status"]["stableRS"] = json!("b");
    object["status"]["phase"] = json!("Healthy");
    assert!(matches!(ended(look(&mut follow, &object)), FollowState::Done(words)
        if words.contains("4 available")));
}

#[test]
fn an_abort_is_over_when_the_stable_revision_serves_alone() {
    let mut object = canary();
    let mut follow = follower(RolloutAsk::Abort, &object);
    object["status"]["abort"] = json!(true);
    assert_eq!(waits(look(&mut follow, &object)), REQUESTED);
    object["status"]["phase"] = json!("Degraded");
    object["status"]["availableReplicas"] = json!(3);
    assert!(waits(look(&mut follow, &object)).contains("3 of 4 available"));
    object["status"]["updatedReplicas"] = json!(0);
    object["status"]["availableReplicas"] = json!(4);
    assert!(matches!(ended(look(&mut follow, &object)), FollowState::Done(_)));
    object["status"]["abort"] = json!(false);
    assert!(matches!(ended(look(&mut follow, &object)), FollowState::Superseded(_)));
}

#[test]
fn a_retry_begins_when_the_controller_forgets_the_abort() {
    let mut object = canary();
    object["status"]["pauseConditions"] = json!(null);
    object["status"]["controllerPause"] = json!(false);
    object["status"]["currentStepIndex"] = json!(0);
    object["status"]["phase"] = json!("Degraded");
    object["status"]["message"] = json!("RolloutAborted: Rollout aborted update to revision 2");
    let mut follow = follower(RolloutAsk::Retry, &object);
    assert_eq!(waits(look(&mut follow, &object)), REQUESTED);
    object["status"]["phase"] = json!("Progressing");
    waits(look(&mut follow, &object));
    let end = ended(look(&mut follow, &canary()));
    assert_eq!(end, FollowState::Done("pauses at step 2 of 4 until somebody promotes it".into()));
}

#[test]
fn a_change_counts_from_the_generation_that_the_controller_saw() {
    let mut object = canary();
    let mut before = canary();
    before["status"]["currentPodHash"] = json!("a");
    let mut follow = follower(RolloutAsk::Change, &before);
    object["metadata"]["generation"] = json!(3);
    object["status"]["phase"] = json!("Healthy");
    object["status"]["stableRS"] = json!("b");
    assert_eq!(waits(look(&mut follow, &object)), REQUESTED);
    object["status"]["observedGeneration"] = json!("3");
    object["status"]["pauseConditions"] = json!([]);
    object["status"]["controllerPause"] = json!(false);
    assert!(matches!(ended(look(&mut follow, &object)), FollowState::Done(_)));
}

#[test]
fn a_restart_and_an_analysis_that_was_ended_are_told_by_their_own_fields() {
    let mut object = canary();
    object["spec"]["restartAt"] = json!("2026-01-01T11:00:00Z");
    let mut follow = follower(RolloutAsk::Restart, &object);
    assert!(waits(look(&mut follow, &object)).starts_with("replaces pods"));
    object["status"]["restartedAt"] = json!("2026-01-01T11:00:00Z");
    assert!(matches!(ended(look(&mut follow, &object)), FollowState::Done(_)));
    let mut run = json!({"spec": {"terminate": true}, "status": {"phase": "Running"}});
    let mut follow = follower(RolloutAsk::Terminate, &run);
    waits(look(&mut follow, &run));
    run["status"] = json!({"phase": "Successful", "message": "Run Terminated"});
    let end = ended(look(&mut follow, &run));
    assert_eq!(end, FollowState::Done("ended: Successful: Run Terminated".into()));
}
