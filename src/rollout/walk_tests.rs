#![allow(clippy::unwrap_used)]
use super::*;
use crate::rollout::ladder;
use serde_json::json;

const NOW: &str = "2026-01-10T10:02:00Z";

fn walk(objects: &[(&str, Value)]) -> Walk {
    let mut situation = Situation::default();
    for (kind, object) in objects {
        situation.add(kind, object).unwrap();
    }
    situation.settle();
    let now = NOW.parse::<jiff::Timestamp>().unwrap().as_second();
    let standing = ladder::judge(&situation.workload, now);
    Walk::of(&situation, &standing.counts, now).unwrap()
}

fn canary() -> Value {
    json!({"metadata": {"name": "web", "uid": "r-1"},
        "spec": {"replicas": 4, "strategy": {"canary": {
            "stableService": "web", "canaryService": "web-canary",
            "steps": [{"setWeight": 25}, {"pause": {"duration": "5m"}}, {"analysis": {}},
                {"setWeight": 50}]}}},
        "status": {"phase": "Paused", "currentPodHash": "bbb", "stableRS": "aaa",
            "currentStepIndex": 1, "controllerPause": true, "replicas": 4, "updatedReplicas": 1,
            "pauseConditions": [{"reason": "CanaryPauseStep", "startTime": "2026-01-10T10:00:00Z"}]}})
}

fn set(hash: &str, revision: &str) -> Value {
    json!({"metadata": {"name": format!("web-{hash}"), "uid": hash,
        "labels": {"rollouts-pod-template-hash": hash},
        "annotations": {"rollout.argoproj.io/revision": revision},
        "ownerReferences": [{"kind": "Rollout", "name": "web", "uid": "r-1", "controller": true}]}})
}

fn signs(walk: &Walk) -> String {
    let sign = |step: &WalkStep| match step.state {
        StepState::Done => format!("+{}", step.words),
        StepState::Here => format!(">{}", step.words),
        StepState::Left => format!("-{}", step.words),
    };
    walk.steps.iter().map(sign).collect::<Vec<_>>().join(" ")
}

#[test]
fn a_canary_is_told_by_its_steps_its_weight_and_the_clock_of_its_pause() {
    let sets = [("ReplicaSet", set("aaa", "4")), ("ReplicaSet", set("bbb", "5"))];
    let told = walk(&[&[("Rollout", canary())], &sets[..]].concat());
    assert_eq!(signs(&told), "+25% >pause 5m -analysis -50% -100%");
    assert_eq!(told.weight, "weight 25% of the pods");
    assert_eq!(
        told.pauses,
        ["pauses by its step, since 10:00:00Z (2m), until 10:05:00Z, for 3m more"]
    );
    let roles: Vec<_> =
        told.roles.iter().map(|one| (one.name, &*one.hash, one.revision, &*one.service)).collect();
    assert_eq!(roles, [("stable", "aaa", 4, "web"), ("canary", "bbb", 5, "web-canary")]);

    let mut routed = canary();
    routed["spec"]["strategy"]["canary"]["trafficRouting"] = json!({"istio": {}});
    routed["status"]["canary"] = json!({"weights": {"canary": {"weight": 10}, "verified": false}});
    let told = walk(&[("Rollout", routed)]);
    assert_eq!(told.weight, "weight 10% of 25% of the traffic, by istio, not verified yet");

    let mut aborted = canary();
    aborted["status"]["abort"] = json!(true);
    assert_eq!(signs(&walk(&[("Rollout", aborted)])), "-25% -pause 5m -analysis -50% -100%");
    let mut whole = canary();
    whole["status"]["stableRS"] = json!("bbb");
    let told = walk(&[("Rollout", whole)]);
    assert_eq!(signs(&told), "+25% +pause 5m +analysis +50% +100%");
    assert_eq!((told.weight.as_str(), told.roles.len()), ("", 1));
}

#[test]
fn a_pause_without_an_end_waits_for_somebody_and_one_by_hand_is_told_beside_it() {
    let mut object = canary();
    object["spec"]["strategy"]["canary"]["steps"][1] = json!({"pause": {}});
    object["spec"]["paused"] = json!(true);
    object["status"]["pauseConditions"][0]["startTime"] = json!("2026-01-09T10:00:00Z");
    let told = walk(&[("Rollout", object)]);
    assert_eq!(
        told.pauses,
        [
            "pauses by its step, since 2026-01-09T10:00:00Z (24h), until somebody promotes it",
            "paused by hand (spec.paused), until somebody resumes it",
        ]
    );
}

#[test]
fn blue_green_has_an_active_and_a_preview_set_with_their_services() {
    let mut object = canary();
    object["spec"]["strategy"] = json!({"blueGreen": {"activeService": "web",
        "previewService": "web-preview", "autoPromotionSeconds": 600}});
    object["status"]["blueGreen"] = json!({"activeSelector": "aaa", "previewSelector": "bbb"});
    object["status"]["pauseConditions"][0]["reason"] = json!("BlueGreenPause");
    let mut old = set("aaa", "4");
    old["metadata"]["annotations"]["scale-down-deadline"] = json!("2026-01-10T10:02:30Z");
    let told = walk(&[("Rollout", object), ("ReplicaSet", old), ("ReplicaSet", set("bbb", "5"))]);
    assert!(told.steps.is_empty());
    assert_eq!(
        told.pauses,
        ["pauses before the promotion, since 10:00:00Z (2m), until 10:10:00Z, for 8m more"]
    );
    let [active, preview] = told.roles.as_slice() else { unreachable!("{:?}", told.roles) };
    assert_eq!((active.name, active.service.as_str(), preview.name), ("active", "web", "preview"));
    assert_eq!((preview.set.as_str(), preview.revision), ("web-bbb", 5));
    assert!(active.until.is_some() && preview.until.is_none());
}

#[test]
fn runs_tell_their_metrics_with_the_last_value_and_those_of_others_are_left_out() {
    let run = |name: &str, owner: &str, hash: &str| {
        json!({"metadata": {"name": name, "uid": name, "creationTimestamp": "2026-01-10T10:01:00Z",
                "labels": {"rollouts-pod-template-hash": hash, "rollout-type": "Step", "step-index": "2"},
                "ownerReferences": [{"kind": "Rollout", "uid": owner, "controller": true}]},
            "spec": {"metrics": [{"name": "errors", "count": 10, "successCondition": "result < 5"}]},
            "status": {"phase": "Failed", "message": "Metric \"errors\" assessed Failed",
                "metricResults": [{"name": "errors", "phase": "Failed", "count": 3, "successful": 2,
                    "failed": 1, "error": 1, "measurements": [{"phase": "Successful", "value": "1"},
                        {"phase": "Failed", "value": "9"}]}]}})
    };
    let experiment = json!({"metadata": {"name": "compare", "uid": "e-1",
            "creationTimestamp": "2026-01-10T10:00:30Z",
            "ownerReferences": [{"kind": "Rollout", "uid": "r-1", "controller": true}]},
        "status": {"phase": "Running", "templateStatuses":
            [{"name": "baseline", "status": "Running", "replicas": 1, "availableReplicas": 1}]}});
    let told = walk(&[
        ("Rollout", canary()),
        ("AnalysisRun", run("web-bbb-5-2", "r-1", "bbb")),
        ("AnalysisRun", run("compare-errors", "e-1", "")),
        ("AnalysisRun", run("old", "r-1", "aaa")),
        ("AnalysisRun", run("other", "r-9", "bbb")),
        ("Experiment", experiment),
    ]);
    let names: Vec<&str> = told.trials.iter().map(|one| one.name.as_str()).collect();
    assert_eq!(names, ["compare-errors", "web-bbb-5-2", "compare"]);
    let one = &told.trials[1];
    assert_eq!((one.part.as_str(), one.phase.as_str(), one.tone), ("step 3", "Failed", Tone::Bad));
    let part = &one.parts[0];
    assert_eq!(part.counts, "3 of 10 measured, 1 failed, 1 not to be had");
    assert_eq!(part.last, "last 9 (good where result < 5)");
    assert_eq!(told.trials[2].parts[0].counts, "1 of 1 available");

    // What may not be read is told as far as the Rollout knows it.
    let mut object = canary();
    object["status"]["canary"] = json!({"currentStepAnalysisRunStatus":
        {"name": "web-bbb-5-2", "status": "Running", "message": ""}});
    let told = walk(&[("Rollout", object)]);
    assert_eq!(
        (told.trials[0].name.as_str(), told.trials[0].part.as_str()),
        ("web-bbb-5-2", "step")
    );
}
