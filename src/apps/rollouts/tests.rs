#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
use super::*;
use crate::model::{Fault, Following, Gvr, Handshake, ObjRef, RolloutAsk, stands_at};
use crate::verbs::Draft as _;
use crate::verbs::testing::{body, object, plan_of};
use serde_json::{Value, json};

fn target() -> ObjRef {
    let mut target = object("argoproj.io", "rollouts", "Rollout", "api");
    target.gvr = Gvr::new("argoproj.io", "v1alpha1", "rollouts");
    target
}

fn resources(names: &[&str]) -> Value {
    let names: Vec<Value> = names.iter().map(|name| json!({"name": name})).collect();
    json!({"kind": "APIResourceList", "resources": names})
}

/// The verb on this Rollout, with a status subresource.
fn control(verb: Verb, object: &Value) -> Control {
    let mut draft = Control::new(verb, target(), 1_767_261_600).unwrap();
    assert_eq!(draft.reads()[1].path, "/apis/argoproj.io/v1alpha1");
    draft.learn(0, Ok(&object.to_string()));
    draft.learn(1, Ok(&resources(&["rollouts", "rollouts/status"]).to_string()));
    draft
}

/// Path after the object's own, and body, of every request.
fn sent(draft: &Control) -> Vec<(String, Value)> {
    let plan = plan_of(draft).unwrap();
    let own = target().gvr.object_path("shop", "api");
    let rest = |path: &str| path.strip_prefix(&own).unwrap().to_owned();
    let each = plan.requests.iter().enumerate();
    each.map(|(number, request)| (rest(&request.path), body(&plan, number))).collect()
}

fn refused(draft: &Control) -> Fault {
    plan_of(draft).unwrap_err()
}

fn notes(draft: &Control) -> String {
    let plan = plan_of(draft).unwrap();
    plan.notes.iter().map(|note| format!("{}\n", note.text)).collect()
}

/// A canary that pauses at step 2 of 4.
fn canary() -> Value {
    json!({
        "metadata": {"generation": 2, "resourceVersion": "77"},
        "spec": {"replicas": 4, "strategy": {"canary": {"steps": [
            {"setWeight": 25}, {"pause": {}}, {"analysis": {"templates": []}}, {"setWeight": 50}]}}},
        "status": {"observedGeneration": "2", "phase": "Paused", "currentPodHash": "b",
            "stableRS": "a", "currentStepIndex": 1, "controllerPause": true, "updatedReplicas": 1,
            "pauseConditions": [{"reason": "CanaryPauseStep", "startTime": "2026-01-01T10:00:00Z"}]},
    })
}

/// A canary in its analysis, at step 3 of 4.
fn analysing() -> Value {
    let mut object = canary();
    object["status"]["currentStepIndex"] = json!(2);
    object["status"]["pauseConditions"] = json!(null);
    object["status"]["controllerPause"] = json!(false);
    object["status"]["phase"] = json!("Progressing");
    object
}

fn blue_green() -> Value {
    let mut object = canary();
    object["spec"]["strategy"] =
        json!({"blueGreen": {"activeService": "api", "autoPromotionEnabled": false}});
    object["status"]["currentStepIndex"] = json!(null);
    object["status"]["pauseConditions"] = json!([{"reason": "BlueGreenPause"}]);
    object
}

#[test]
fn a_pause_ends_by_its_conditions_alone() {
    let draft = control(Verb::Promote, &canary());
    let pinned =
        json!({"metadata": {"resourceVersion": "77"}, "status": {"pauseConditions": null}});
    assert_eq!(sent(&draft), [("/status".into(), pinned)]);
    let plan = plan_of(&draft).unwrap();
    let before = stands_at(&canary()["status"]);
    let follow = Handshake::ArgoRollout { ask: RolloutAsk::Promote, before };
    assert_eq!(plan.requests[0].follow, Following::Handshake(follow));
    assert_eq!(plan.requests[0].question().subresource, "status");
    let told = notes(&draft);
    assert!(told.contains("step 2 of 4 (pause until promoted) ends\nnext: analysis"), "{told}");
    assert!(!plan.loses);
}

#[test]
fn a_step_that_runs_is_counted_on_and_one_that_is_inconclusive_loses_its_pause_too() {
    let draft = control(Verb::Promote, &analysing());
    assert_eq!(
        sent(&draft)[0].1["status"],
        json!({"pauseConditions": null, "currentStepIndex": 3})
    );
    assert!(notes(&draft).contains("step 3 of 4 (analysis) has not ended: it is skipped"));
    let mut object = analysing();
    object["status"]["controllerPause"] = json!(true);
    object["status"]["pauseConditions"] = json!([{"reason": "InconclusiveAnalysisRun"}]);
    object["status"]["canary"] = json!({"currentStepAnalysisRunStatus":
        {"name": "api-2", "status": "Inconclusive"}});
    let all = json!({"pauseConditions": null, "controllerPause": false, "currentStepIndex": 3});
    assert_eq!(sent(&control(Verb::Promote, &object))[0].1["status"], all);
    assert_eq!(sent(&control(Verb::Skip, &object))[0].1["status"], all);
}

#[test]
fn a_pause_by_hand_ends_with_a_promotion_and_stays_with_a_skip() {
    let mut object = analysing();
    object["spec"]["paused"] = json!(true);
    let promote = control(Verb::Promote, &object);
    let bodies = sent(&promote);
    let pinned = json!({"metadata": {"resourceVersion": "77"}, "spec": {"paused": false}});
    assert_eq!(bodies[0], (String::new(), pinned), "first: else the controller forgets the rest");
    assert_eq!(bodies[1].0, "/status");
    assert!(bodies[1].1["metadata"].is_null(), "the first has made another version");
    let plan = plan_of(&promote).unwrap();
    assert_eq!((plan.requests[0].stage, plan.requests[1].stage), (0, 1));
    assert_eq!(plan.requests[0].follow, Following::Answer, "only the last one tells the outcome");
    assert!(matches!(plan.requests[1].follow, Following::Handshake(_)));
    let skip = control(Verb::Skip, &object);
    assert_eq!(sent(&skip).len(), 1);
    assert_eq!(sent(&skip)[0].1["status"], json!({"currentStepIndex": 3}));
    assert!(notes(&skip).contains("it stays paused by hand"));
}

#[test]
fn without_a_status_subresource_one_patch_carries_both() {
    let mut object = canary();
    object["spec"]["paused"] = json!(true);
    let mut draft = control(Verb::Promote, &object);
    draft.learn(1, Ok(&resources(&["rollouts"]).to_string()));
    let both = json!({"metadata": {"resourceVersion": "77"}, "spec": {"paused": false},
        "status": {"pauseConditions": null}});
    assert_eq!(sent(&draft), [(String::new(), both)]);
    let mut abort = control(Verb::Abort, &canary());
    abort.learn(1, Ok(&resources(&["rollouts"]).to_string()));
    assert_eq!(sent(&abort), [(String::new(), json!({"status": {"abort": true}}))]);
    let mut full = control(Verb::PromoteFull, &blue_green());
    full.learn(1, Ok(&resources(&["rollouts"]).to_string()));
    assert!(refused(&full).why.contains("only canaries"));
    let mut blind = control(Verb::Retry, &canary());
    blind.learn(1, Ok("{}"));
    assert!(plan_of(&blind).is_err(), "it was not aborted, and that is all that is said");
}

#[test]
fn a_full_promotion_says_what_it_skips_and_takes_an_abort_back() {
    let full = control(Verb::PromoteFull, &canary());
    assert_eq!(sent(&full), [("/status".into(), json!({"status": {"promoteFull": true}}))]);
    assert!(notes(&full).contains("3 steps that are left are skipped, and analyses with them"));
    assert!(plan_of(&full).unwrap().loses);
    let mut object = canary();
    object["status"]["abort"] = json!(true);
    object["status"]["message"] = json!("RolloutAborted: metric failed");
    let told = notes(&control(Verb::PromoteFull, &object));
    assert!(told.contains("it was aborted: metric failed"), "{told}");
    let told = notes(&control(Verb::PromoteFull, &blue_green()));
    assert!(told.contains("Service api turns to the new set"), "{told}");
}

#[test]
fn abort_and_retry_are_one_word_of_the_status() {
    let abort = control(Verb::Abort, &canary());
    assert_eq!(sent(&abort), [("/status".into(), json!({"status": {"abort": true}}))]);
    assert!(plan_of(&abort).unwrap().loses);
    let mut object = canary();
    object["status"]["abort"] = json!(true);
    object["status"]["phase"] = json!("Degraded");
    let retry = control(Verb::Retry, &object);
    assert_eq!(sent(&retry), [("/status".into(), json!({"status": {"abort": false}}))]);
    assert!(notes(&retry).contains("it begins again at step 1 of 4"));
    assert!(refused(&control(Verb::Abort, &object)).why.contains("aborted already"));
    assert!(refused(&control(Verb::Promote, &object)).hint.contains("retry it"));
    assert!(refused(&control(Verb::Retry, &canary())).why.contains("was not aborted"));
}

#[test]
fn what_has_nothing_to_promote_says_why() {
    let mut promoted = canary();
    promoted["status"]["stableRS"] = json!("b");
    promoted["status"]["pauseConditions"] = json!(null);
    for verb in [Verb::Promote, Verb::PromoteFull, Verb::Skip, Verb::Abort] {
        let why = refused(&control(verb, &promoted)).why;
        assert!(why.contains("fully promoted"), "{verb:?}: {why}");
    }
    promoted["spec"]["paused"] = json!(true);
    assert!(refused(&control(Verb::Promote, &promoted)).hint.contains("resume it"));

    let mut unseen = canary();
    unseen["metadata"]["generation"] = json!(3);
    assert!(refused(&control(Verb::Promote, &unseen)).why.contains("has not seen"));
    plan_of(&control(Verb::Abort, &unseen)).unwrap();

    let mut last = analysing();
    last["status"]["currentStepIndex"] = json!(4);
    assert!(refused(&control(Verb::Promote, &last)).why.contains("all its steps are done"));
    assert!(refused(&control(Verb::Skip, &last)).why.contains("all its steps are done"));

    let mut blue = blue_green();
    assert_eq!(
        sent(&control(Verb::Promote, &blue))[0].1["status"],
        json!({"pauseConditions": null})
    );
    assert!(refused(&control(Verb::Skip, &blue)).why.contains("blue-green"));
    blue["status"]["pauseConditions"] = json!([]);
    blue["status"]["controllerPause"] = json!(false);
    blue["status"]["phase"] = json!("Progressing");
    let fault = refused(&control(Verb::Promote, &blue));
    assert!(fault.why.contains("goes on by itself") && fault.hint.contains("fully"), "{fault:?}");

    let mut first = canary();
    first["status"]["stableRS"] = json!("");
    assert!(refused(&control(Verb::Abort, &first)).why.contains("nothing was stable"));
    assert!(refused(&control(Verb::PromoteFull, &first)).why.contains("nothing was stable"));
    let mut plain = analysing();
    plain["spec"]["strategy"]["canary"]["steps"] = json!([]);
    assert!(refused(&control(Verb::Skip, &plain)).why.contains("without steps"));
    let deployment = object("apps", "deployments", "Deployment", "api");
    assert!(Control::new(Verb::Promote, deployment, 0).is_none());
}

#[test]
fn what_the_controller_has_overlooked_is_told_again_and_nothing_else_changes() {
    let again = json!({"message": null});
    let mut promoted = canary();
    promoted["status"]["pauseConditions"] = json!(null);
    promoted["status"]["message"] = json!("CanaryPauseStep");
    let mut full = canary();
    full["status"]["promoteFull"] = json!(true);
    full["status"]["message"] = json!("CanaryPauseStep");
    let mut aborted = full.clone();
    aborted["status"]["promoteFull"] = json!(null);
    aborted["status"]["abort"] = json!(true);
    let mut retried = aborted.clone();
    retried["status"]["abort"] = json!(false);
    retried["status"]["phase"] = json!("Degraded");
    retried["status"]["message"] = json!("RolloutAborted: aborted update to revision 2");
    for (verb, object) in [
        (Verb::Promote, &promoted),
        (Verb::Skip, &promoted),
        (Verb::PromoteFull, &full),
        (Verb::Abort, &aborted),
        (Verb::Retry, &retried),
    ] {
        let draft = control(verb, object);
        assert_eq!(sent(&draft)[0].1["status"], again, "{verb:?}");
        assert_eq!(sent(&draft).len(), 1);
        assert!(notes(&draft).contains("no sign of it: it is told again"), "{}", notes(&draft));
    }
    // Its message is gone already: still something must change.
    promoted["status"]["message"] = json!(null);
    let body = &sent(&control(Verb::Promote, &promoted))[0].1["status"];
    assert_eq!(*body, json!({"message": "asked again"}));
}

#[test]
fn an_analysis_is_ended_once() {
    let mut target = object("argoproj.io", "analysisruns", "AnalysisRun", "api-2");
    target.gvr = Gvr::new("argoproj.io", "v1alpha1", "analysisruns");
    let mut draft = Terminate::new(target.clone()).unwrap();
    let mut run = json!({"metadata": {"ownerReferences":
        [{"kind": "Rollout", "name": "api", "controller": true}]}, "status": {"phase": "Running"}});
    draft.learn(0, Ok(&run.to_string()));
    let plan = plan_of(&draft).unwrap();
    assert_eq!(body(&plan, 0), json!({"spec": {"terminate": true}}));
    assert!(plan.notes[1].text.contains("Rollout/api takes the outcome"));
    run["spec"]["terminate"] = json!(true);
    draft.learn(0, Ok(&run.to_string()));
    assert!(plan_of(&draft).unwrap_err().why.contains("being ended already"));
    run["status"]["phase"] = json!("Failed");
    draft.learn(0, Ok(&run.to_string()));
    assert!(plan_of(&draft).unwrap_err().why.contains("ended already: Failed"));
    target.gvr.plural = "analysistemplates".into();
    assert!(Terminate::new(target).is_none());
}
