//! Rollbacks by a pin, and the way back.

use super::*;
use crate::apps::{Verb, draft, refusal};
use crate::model::Plan;
use crate::verbs::testing::{body, plan_of};
use crate::verbs::{Draft, Value as Set};

const GOOD: &str = "8d1e0aa1f0e4c1a2b3c4d5e6f708192a3b4c5d6e";

fn drafted(world: &World, verb: Verb, id: &AppId) -> Box<dyn Draft> {
    draft(verb, world.app(id), &world.estate, NOW).unwrap()
}

fn notes(plan: &Plan, warning: bool) -> Vec<&str> {
    let some = plan.notes.iter().filter(|note| note.warning == warning);
    some.map(|note| note.text.as_str()).collect()
}

/// Who set which fields, as the server tells it.
fn set_by(manager: &str, fields: Value) -> Value {
    json!({"metadata": {"managedFields": [{"manager": manager, "operation": "Apply",
        "fieldsType": "FieldsV1", "fieldsV1": fields}]}})
}

#[test]
fn a_kustomization_goes_back_by_its_sources_commit() {
    let mut world = World::new();
    let broken = json!({"status": {"lastAttemptedRevision": NEW,
        "conditions": [condition("Ready", "False", "BuildFailed", "no")]}});
    let source = with(
        git_repository("fleet", NEW),
        json!({"metadata": {"labels": {"kustomize.toolkit.fluxcd.io/name": "root",
            "kustomize.toolkit.fluxcd.io/namespace": "flux-system"}}}),
    );
    world.put(&with(kustomization("infra"), broken.clone())).put(&kustomization("apps"));
    world.put(&source).put(&kustomization("root"));
    let mut draft = drafted(&world, Verb::Rollback, &ks("infra"));
    assert!(plan_of(&*draft).is_err(), "nothing runs before it was read");
    let reads: Vec<String> = draft.reads().into_iter().map(|read| read.what).collect();
    assert_eq!(reads, ["get Kustomization/infra", "get GitRepository/fleet"]);
    draft.learn(0, Ok(&with(kustomization("infra"), broken).to_string()));
    let held = with(
        source.clone(),
        set_by("kustomize-controller", json!({"f:spec": {"f:ref": {"f:branch": {}}}})),
    );
    draft.learn(1, Ok(&held.to_string()));
    let choices = draft.choices();
    let Set::OneOf { of, at: 0 } = &choices[0].value else { panic!("{choices:?}") };
    assert_eq!(of, &["main@8d1e0aa  applied last"], "what the source holds now is no way back");
    let plan = plan_of(&*draft).unwrap();
    assert!(plan.loses);
    let targets: Vec<String> =
        plan.requests.iter().map(|one| format!("{} {}", one.stage, one.target)).collect();
    assert_eq!(targets, ["0 GitRepository/fleet", "1 Kustomization/infra"]);
    let pin = body(&plan, 0);
    assert_eq!(pin["spec"], json!({"ref": {"commit": GOOD}}), "the branch stays");
    assert_eq!(pin["metadata"]["resourceVersion"], "99");
    let annotations = &pin["metadata"]["annotations"];
    assert_eq!(annotations["wheelhouse.dev/pinned-from"], r#"{"branch":"main"}"#);
    assert!(annotations["reconcile.fluxcd.io/requestedAt"].is_string());
    assert!(notes(&plan, true).contains(&"goes back too: ks/apps, ks/root"));
    let stays = "ks/root delivers GitRepository/fleet, but its manifest does not set spec.ref.commit: the pin stays";
    assert!(notes(&plan, false).contains(&stays), "{plan:?}");
    // A parent whose manifest sets the field itself takes the pin back.
    let held = with(
        source,
        set_by("kustomize-controller", json!({"f:spec": {"f:ref": {"f:commit": {}}}})),
    );
    draft.learn(1, Ok(&held.to_string()));
    let plan = plan_of(&*draft).unwrap();
    assert!(notes(&plan, true).iter().any(|note| note.ends_with("suspend ks/root first")));
}

#[test]
fn resuming_puts_back_what_stood_there() {
    let pinned = with(
        git_repository("fleet", OLD),
        json!({"spec": {"ref": {"commit": GOOD, "tag": "odd"}}, "metadata": {"annotations":
            {"wheelhouse.dev/pinned-from": r#"{"branch":"main","tag":"v1"}"#}}}),
    );
    let mut world = World::new();
    world.put(&kustomization("infra")).put(&pinned);
    let mut draft = drafted(&world, Verb::Resume, &ks("infra"));
    assert_eq!(draft.reads().len(), 1);
    assert!(plan_of(&*draft).is_err());
    draft.learn(0, Ok(&pinned.to_string()));
    let plan = plan_of(&*draft).unwrap();
    let back = body(&plan, 0);
    assert_eq!(back["spec"]["ref"], json!({"branch": "main", "tag": "v1", "commit": null}));
    assert_eq!(back["metadata"]["annotations"]["wheelhouse.dev/pinned-from"], Value::Null);
    assert_eq!(back["metadata"]["resourceVersion"], "99");
    assert_eq!(plan.requests[1].target.to_string(), "Kustomization/infra");
    // What cannot be read is not guessed at.
    let odd =
        with(pinned, json!({"metadata": {"annotations": {"wheelhouse.dev/pinned-from": "{"}}}));
    draft.learn(0, Ok(&odd.to_string()));
    assert!(plan_of(&*draft).unwrap_err().hint.contains("by hand"));
}

#[test]
fn a_pin_on_a_pin_keeps_what_stood_there_at_first() {
    let pinned = with(
        git_repository("fleet", OLD),
        json!({"spec": {"ref": {"commit": GOOD}}, "metadata": {"annotations":
            {"wheelhouse.dev/pinned-from": r#"{"branch":"main"}"#}}}),
    );
    let mut world = World::new();
    world.put(&kustomization("infra")).put(&pinned);
    let mut draft = drafted(&world, Verb::Rollback, &ks("infra"));
    draft.learn(0, Ok(&kustomization("infra").to_string()));
    draft.learn(1, Ok(&pinned.to_string()));
    let plan = plan_of(&*draft).unwrap();
    let pin = body(&plan, 0);
    assert_eq!(
        pin["metadata"]["annotations"]["wheelhouse.dev/pinned-from"],
        r#"{"branch":"main"}"#
    );
    assert_eq!(pin["spec"]["ref"]["commit"], "41c77f9a0b1c2d3e4f5061728394a5b6c7d8e9f0");
    draft.set("to", Set::Typed("0000000".into()));
    let fault = plan_of(&*draft).unwrap_err();
    assert!(fault.why.contains("no such revision") && fault.hint.contains("41c77f9"), "{fault}");
    for typed in ["41c77f9", "main@41c77f9", NEW] {
        draft.set("to", Set::Typed(typed.into()));
        assert_eq!(plan_of(&*draft).unwrap().requests.len(), 2, "{typed}");
    }
    // What is typed before anything was read is not lost.
    let mut draft = drafted(&world, Verb::Rollback, &ks("infra"));
    draft.set("to", Set::Typed("0000000".into()));
    draft.learn(0, Ok(&kustomization("infra").to_string()));
    draft.learn(1, Ok(&pinned.to_string()));
    assert!(plan_of(&*draft).is_err(), "rather nothing than another revision");
}

#[test]
fn a_release_goes_back_by_its_charts_version() {
    let mut world = World::new();
    world.put(&helm_release("redis")).put(&helm_chart("20.1.4")).put(&helm_repository());
    world.put(&kustomization("infra"));
    let id = AppId::new(EngineId::HelmRelease, "data", "redis");
    let mut draft = drafted(&world, Verb::Rollback, &id);
    assert_eq!(draft.reads().len(), 1);
    let object = with(
        helm_release("redis"),
        set_by(
            "kustomize-controller",
            json!({"f:spec": {"f:chart": {"f:spec": {"f:version": {}}}}}),
        ),
    );
    draft.learn(0, Ok(&object.to_string()));
    let plan = plan_of(&*draft).unwrap();
    assert_eq!(plan.requests.len(), 1);
    let pin = body(&plan, 0);
    assert_eq!(pin["spec"], json!({"chart": {"spec": {"version": "20.1.3"}}}));
    assert_eq!(pin["metadata"]["annotations"]["wheelhouse.dev/pinned-from"], r#""20.x""#);
    assert!(notes(&plan, true)[0].contains("ks/infra sets spec.chart.spec.version"));
    assert!(notes(&plan, false).iter().any(|note| note.contains("values stay")));
    draft.set("to", Set::Typed("v6".into()));
    assert_eq!(body(&plan_of(&*draft).unwrap(), 0)["spec"], pin["spec"]);
    // And back again.
    let pinned = with(
        helm_release("redis"),
        json!({"metadata": {"annotations":
        {"wheelhouse.dev/pinned-from": r#""20.x""#}},
        "spec": {"chart": {"spec": {"version": "20.1.3"}}}}),
    );
    world.put(&pinned);
    assert_eq!(world.hr("redis").left_off.clone().unwrap().what, "pinned to 20.1.3");
    let mut draft = drafted(&world, Verb::Resume, &id);
    draft.learn(0, Ok(&pinned.to_string()));
    assert_eq!(body(&plan_of(&*draft).unwrap(), 0)["spec"]["chart"]["spec"]["version"], "20.x");
    // Where only the values changed there is nothing to pin.
    let mut same = helm_release("redis");
    same["status"]["history"][1]["chartVersion"] = "20.1.4".into();
    world.put(&same);
    let mut draft = drafted(&world, Verb::Rollback, &id);
    draft.learn(0, Ok(&same.to_string()));
    assert!(plan_of(&*draft).unwrap_err().why.contains("roll back the Helm release"));
}

#[test]
fn what_keeps_no_revisions_says_so() {
    let mut world = World::new();
    world.put(&with(kustomization("infra"), json!({"spec": {"sourceRef": {"kind": "Bucket"}}})));
    let why = refusal(Verb::Rollback, world.ks("infra"), &world.estate).unwrap();
    assert!(why.starts_with("a Bucket has no older revisions"), "{why}");
    world.put(&kustomization("infra"));
    let why = refusal(Verb::Rollback, world.ks("infra"), &world.estate).unwrap();
    assert!(why.contains("may not be read"), "{why}");
}
