//! The rollout of an Argo Rollout: its steps, its analyses, and its own keys.

use super::fixture::{Fixture, custom};
use super::rollout::changed;
use crate::model::{Gvr, Resource};
use crate::ui::{Effect, Msg, Start};
use serde_json::{Value, json};
use std::path::Path;

fn argo(plural: &str, kind: &str) -> Resource {
    let mut resource = custom("argoproj.io", plural, kind);
    resource.gvr = Gvr::new("argoproj.io", "v1alpha1", plural);
    resource.verbs = ["get", "list", "watch", "patch"].map(Into::into).into();
    resource.subresources = vec!["status".into()];
    if kind == "Rollout" {
        resource.short_names = vec!["ro".into()];
    }
    resource
}

/// `web` at the second of its steps, with an analysis.
fn web(size: (u16, u16)) -> Fixture {
    let served = vec![
        argo("rollouts", "Rollout"),
        argo("analysisruns", "AnalysisRun"),
        argo("experiments", "Experiment"),
    ];
    let mut f = Fixture::serving(served, Start::default());
    f.msg(Msg::Resize(size.0, size.1));
    f.reads = true;
    f.now = "2026-01-10T10:02:00Z".parse::<jiff::Timestamp>().unwrap().as_second();
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/rollout/bases/argo.yaml");
    let objects: Vec<Value> =
        serde_saphyr::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
    for (kind, plural) in [("Rollout", "rollouts"), ("ReplicaSet", "replicasets"), ("Pod", "pods")]
    {
        let of_kind = objects.iter().filter(|object| object["kind"] == kind).cloned();
        let here = of_kind.map(|mut object| {
            object["metadata"]["namespace"] = json!("shop");
            object
        });
        f.objects.insert(("dev".to_owned(), plural.to_owned()), here.collect());
    }
    let rollout = &mut f.objects.get_mut(&("dev".to_owned(), "rollouts".to_owned())).unwrap()[0];
    rollout["apiVersion"] = json!("argoproj.io/v1alpha1");
    rollout["spec"]["strategy"]["canary"]["steps"][2] = json!({"analysis": {"templates": []}});
    rollout["status"]["phase"] = json!("Paused");
    rollout["status"]["message"] = json!("CanaryPauseStep");
    rollout["status"]["controllerPause"] = json!(true);
    rollout["status"]["currentStepIndex"] = json!(1);
    rollout["status"]["pauseConditions"] =
        json!([{"reason": "CanaryPauseStep", "startTime": "2026-01-10T10:00:00Z"}]);
    let run = json!({"metadata": {"name": "web-bbb-5", "namespace": "shop", "uid": "ar-1",
            "creationTimestamp": "2026-01-10T10:01:00Z",
            "labels": {"rollouts-pod-template-hash": "bbb", "rollout-type": "Background"},
            "ownerReferences": [{"kind": "Rollout", "name": "web", "uid": "a-1", "controller": true}]},
        "spec": {"metrics": [{"name": "errors", "successCondition": "result < 5"}]},
        "status": {"phase": "Running", "metricResults": [{"name": "errors", "phase": "Running",
            "count": 2, "successful": 2, "measurements": [{"phase": "Successful", "value": "3"}]}]}});
    f.objects.insert(("dev".to_owned(), "analysisruns".to_owned()), vec![run]);
    f.objects.insert(("dev".to_owned(), "experiments".to_owned()), Vec::new());
    f
}

fn has(f: &Fixture, words: &str) {
    assert!(f.screen().contains(words), "{words}\n{}", f.screen());
}

fn body(f: &Fixture) -> Value {
    let plan = f.sent.iter().rev().find_map(|effect| match effect {
        Effect::Run(plan) => Some(plan.clone()),
        _ => None,
    });
    let plan = plan.unwrap_or_else(|| panic!("nothing was sent\n{}", f.screen()));
    serde_json::from_str(&plan.requests[0].body).unwrap()
}

#[test]
fn its_steps_weight_pause_sets_and_analyses_are_on_the_pane_and_follow() {
    let mut f = web((120, 40));
    f.go("ro").press("o");
    for part in [
        "Rollout/web · canary · revision 4 → 5  paused",
        "✔ 20%  ▸ pause  ○ analysis  ○ pause 5m  ○ 100%",
        "weight 20% of the pods",
        "pauses by its step, since 10:00:00Z (2m), until somebody promotes it",
        "stable  aaa  revision 4",
        "canary  bbb  revision 5",
        "ANALYSES",
        "web-bbb-5  background  ⟳ Running",
        "errors",
        "2 measured  last 3 (good where result < 5)",
    ] {
        has(&f, part);
    }
    let mut failed = f.objects[&("dev".to_owned(), "analysisruns".to_owned())][0].clone();
    failed["status"]["phase"] = json!("Failed");
    failed["status"]["message"] = json!("Metric \"errors\" assessed Failed");
    changed(&mut f, "analysisruns", &failed);
    has(&f, "✖ Failed");
    has(&f, "Metric \"errors\" assessed Failed");

    let mut small = web((80, 24));
    small.go("ro").press("o");
    has(&small, "✔ 20%  ▸ pause  ○ analysis");
}

#[test]
fn its_keys_plan_the_same_as_on_the_table_and_on_a_run_the_key_ends_the_run() {
    let mut f = web((120, 40));
    f.go("ro").press("o n");
    has(&f, "Promote Rollout/web");
    has(&f, "next: analysis");
    f.press("enter");
    assert_eq!(body(&f)["status"], json!({"pauseConditions": null}));
    f.press("R");
    has(&f, "it was not aborted");
    f.press("esc ctrl-x");
    has(&f, "Abort Rollout/web");
    f.press("esc");
    while !f.screen().contains("▸ web-bbb-5") {
        f.press("j");
    }
    f.press("ctrl-x");
    has(&f, "Terminate AnalysisRun/web-bbb-5");
}
