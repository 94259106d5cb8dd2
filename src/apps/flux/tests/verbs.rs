//! Reconcile, suspend, resume and delete: the exact requests, and why not.

use super::*;
use crate::apps::{Verb, draft, refusal};
use crate::model::{FluxRequest, Following, Handshake, Plan};
use crate::verbs::testing::{body, plan_of};
use crate::verbs::{Draft, Value as Set};

fn drafted(world: &World, verb: Verb, id: &AppId) -> Box<dyn Draft> {
    draft(verb, world.app(id), &world.estate, NOW).unwrap()
}

fn hr() -> AppId {
    AppId::new(EngineId::HelmRelease, "data", "redis")
}

fn whole() -> World {
    let mut world = World::new();
    world.put(&kustomization("infra")).put(&kustomization("apps"));
    world.put(&git_repository("fleet", NEW));
    world.put(&helm_release("redis")).put(&helm_chart("20.1.4")).put(&helm_repository());
    world
}

/// Stage, kind and name of each request.
fn order(plan: &Plan) -> Vec<String> {
    let line = |one: &crate::model::PlanRequest| format!("{} {}", one.stage, one.target);
    plan.requests.iter().map(line).collect()
}

fn warnings(plan: &Plan) -> Vec<&str> {
    plan.notes.iter().filter(|note| note.warning).map(|note| note.text.as_str()).collect()
}

fn handshake(request: &crate::model::PlanRequest) -> (String, FluxRequest) {
    let Following::Handshake(Handshake::Flux { token, request }) = &request.follow else {
        panic!("{request:?}")
    };
    (token.to_string(), *request)
}

#[test]
fn a_reconcile_is_one_annotation_with_a_token_of_its_own() {
    let world = whole();
    let mut draft = drafted(&world, Verb::Sync, &ks("infra"));
    assert_eq!(
        (draft.title().as_str(), draft.button().as_str()),
        ("Reconcile Kustomization/infra", "Reconcile")
    );
    let plan = plan_of(&*draft).unwrap();
    assert_eq!(order(&plan), ["0 Kustomization/infra"]);
    let request = &plan.requests[0];
    assert_eq!(
        request.path,
        "/apis/kustomize.toolkit.fluxcd.io/v1/namespaces/flux-system/kustomizations/infra"
    );
    assert_eq!(request.content_type, "application/merge-patch+json");
    let (token, asked) = handshake(request);
    assert_eq!(asked, FluxRequest::Reconcile);
    assert!(token.starts_with("2026-01-01T00:00:00.") && token.ends_with('Z'), "{token}");
    assert_eq!(
        body(&plan, 0),
        json!({"metadata": {"annotations":
        {"reconcile.fluxcd.io/requestedAt": token}}})
    );
    assert!(plan.notes.iter().any(|note| note.text == "applies main@8d1e0aa → main@41c77f9"));
    assert!(!plan.loses);
    let another = draft.plan(crate::model::PlanId(2), &"dev".into()).unwrap();
    assert_ne!(handshake(&another.requests[0]).0, token, "two requests in one second differ");
    // The same with its source first: each waits for the one before.
    draft.set("source", Set::Toggle(true));
    let plan = plan_of(&*draft).unwrap();
    assert_eq!(order(&plan), ["0 GitRepository/fleet", "1 Kustomization/infra"]);
    assert!(plan.notes.iter().any(|note| note.text.contains("reaches ks/apps too")));
    assert_eq!(
        order(&plan_of(&*drafted(&world, Verb::HardRefresh, &ks("infra"))).unwrap()),
        order(&plan)
    );
}

#[test]
fn several_apps_of_one_source_fetch_it_once() {
    let world = whole();
    let drafts = ["infra", "apps"].map(|name| drafted(&world, Verb::HardRefresh, &ks(name)));
    let plan = plan_of(&*crate::apps::many(Verb::HardRefresh, drafts.into())).unwrap();
    let all = ["0 GitRepository/fleet", "1 Kustomization/infra", "1 Kustomization/apps"];
    assert_eq!(order(&plan), all);
}

#[test]
fn a_release_is_fetched_from_repository_over_chart() {
    let mut world = whole();
    let mut draft = drafted(&world, Verb::HardRefresh, &hr());
    let chain = ["0 HelmRepository/bitnami", "1 HelmChart/data-redis", "2 HelmRelease/redis"];
    assert_eq!(order(&plan_of(&*draft).unwrap()), chain);
    draft.set("force", Set::Toggle(true));
    draft.set("reset", Set::Toggle(true));
    let plan = plan_of(&*draft).unwrap();
    let (token, asked) = handshake(&plan.requests[2]);
    assert_eq!(asked, FluxRequest::Force);
    assert_eq!(
        body(&plan, 2)["metadata"]["annotations"],
        json!({
            "reconcile.fluxcd.io/requestedAt": token, "reconcile.fluxcd.io/forceAt": token,
            "reconcile.fluxcd.io/resetAt": token,
        })
    );
    assert_eq!(body(&plan, 1)["metadata"]["annotations"].as_object().unwrap().len(), 1);
    assert!(warnings(&plan)[0].contains("hooks"));
    draft.set("force", Set::Toggle(false));
    draft.set("source", Set::Toggle(false));
    assert_eq!(handshake(&plan_of(&*draft).unwrap().requests[0]).1, FluxRequest::Reset);
    // A repository of type oci is never fetched itself.
    world.put(&with(helm_repository(), json!({"spec": {"type": "oci"}, "status": null})));
    let plan = plan_of(&*drafted(&world, Verb::HardRefresh, &hr())).unwrap();
    assert_eq!(order(&plan), ["0 HelmChart/data-redis", "1 HelmRelease/redis"]);
    assert!(warnings(&plan).is_empty());
}

#[test]
fn a_chain_goes_from_its_beginning_and_asks_nobody_twice() {
    let needs = |name: &str, needs: &[&str]| {
        let needs: Vec<Value> = needs.iter().map(|one| json!({"name": one})).collect();
        with(kustomization(name), json!({"spec": {"dependsOn": needs}}))
    };
    let mut world = World::new();
    world.put(&git_repository("fleet", OLD));
    world.put(&needs("top", &["left", "right"])).put(&needs("left", &["base"]));
    world.put(&needs("right", &["base", "gone"])).put(&needs("base", &[]));
    let mut draft = drafted(&world, Verb::Sync, &ks("top"));
    assert!(draft.choices().iter().any(|one| one.label == "what it depends on first (3)"));
    draft.set("dependencies", Set::Toggle(true));
    let apps = [
        "0 Kustomization/base",
        "1 Kustomization/left",
        "1 Kustomization/right",
        "2 Kustomization/top",
    ];
    assert_eq!(order(&plan_of(&*draft).unwrap()), apps);
    draft.set("source", Set::Toggle(true));
    let plan = plan_of(&*draft).unwrap();
    assert_eq!(plan.requests.len(), 5, "the source that all share is fetched once");
    assert_eq!(order(&plan)[..2], ["0 GitRepository/fleet", "1 Kustomization/base"]);
    // One that is suspended is left out, and said to be.
    world.put(&with(needs("left", &["base"]), json!({"spec": {"suspend": true}})));
    let mut draft = drafted(&world, Verb::Sync, &ks("top"));
    draft.set("dependencies", Set::Toggle(true));
    let plan = plan_of(&*draft).unwrap();
    assert_eq!(warnings(&plan), ["Kustomization/left is suspended: it is left out"]);
    assert_eq!(plan.requests.len(), 3);
    // A circle has no beginning.
    world.put(&needs("base", &["top"])).put(&needs("left", &["base"]));
    let mut draft = drafted(&world, Verb::Sync, &ks("top"));
    assert!(plan_of(&*draft).is_ok(), "the app alone can still be asked");
    draft.set("dependencies", Set::Toggle(true));
    let why = plan_of(&*draft).unwrap_err().why;
    assert!(why.contains("ks/top → ks/left → ks/base → ks/top"), "{why}");
}

#[test]
fn what_would_not_move_is_refused_with_what_to_do() {
    let mut world = whole();
    let why = |world: &World, verb, id: &AppId| refusal(verb, world.app(id), &world.estate);
    for verb in [Verb::Sync, Verb::Refresh, Verb::HardRefresh, Verb::Suspend, Verb::Delete] {
        assert_eq!(why(&world, verb, &ks("infra")), None, "{verb:?}");
    }
    assert!(why(&world, Verb::Terminate, &ks("infra")).unwrap().contains("timeout"));
    assert!(why(&world, Verb::Resume, &ks("infra")).unwrap().contains("not suspended"));
    assert!(why(&world, Verb::Restart, &ks("infra")).unwrap().contains("no workload"));
    world.put(&with(git_repository("fleet", OLD), json!({"spec": {"suspend": true}})));
    assert_eq!(why(&world, Verb::Sync, &ks("infra")), None);
    let told = why(&world, Verb::HardRefresh, &ks("infra")).unwrap();
    assert!(told.starts_with("GitRepository/fleet is suspended: resume that first"), "{told}");
    world.put(&with(kustomization("infra"), json!({"spec": {"suspend": true}})));
    for verb in [Verb::Sync, Verb::HardRefresh, Verb::Rollback] {
        assert!(why(&world, verb, &ks("infra")).unwrap().contains("resume it first"), "{verb:?}");
        assert!(draft(verb, world.ks("infra"), &world.estate, NOW).is_err());
    }
    assert!(why(&world, Verb::Suspend, &ks("infra")).unwrap().contains("already"));
    world.put(&with(
        kustomization("infra"),
        json!({"metadata": {"deletionTimestamp": "2026-01-01T00:00:00Z"}}),
    ));
    assert!(why(&world, Verb::Sync, &ks("infra")).unwrap().contains("being deleted"));
}

#[test]
fn a_suspension_keeps_why_and_when_and_resuming_takes_both_away() {
    let mut world = whole();
    let mut draft = drafted(&world, Verb::Suspend, &hr());
    draft.set("reason", Set::Typed(" release freeze ".into()));
    let plan = plan_of(&*draft).unwrap();
    assert_eq!(
        body(&plan, 0),
        json!({"spec": {"suspend": true}, "metadata": {"annotations": {
            "wheelhouse.dev/suspend-reason": "release freeze",
            "wheelhouse.dev/suspended-at": "2026-01-01T00:00:00Z",
            "fluxcd.controlplane.io/suspendedBy": null,
        }}})
    );
    assert_eq!(plan.requests[0].follow, Following::Answer);
    assert_eq!(
        warnings(&plan),
        ["ks/infra delivers it, and undoes this where its manifest names spec.suspend"]
    );

    world.put(&with(helm_release("redis"), json!({"spec": {"suspend": true}})));
    let plan = plan_of(&*drafted(&world, Verb::Resume, &hr())).unwrap();
    let (token, _) = handshake(&plan.requests[0]);
    assert_eq!(
        body(&plan, 0),
        json!({"spec": {"suspend": null}, "metadata": {"annotations": {
            "wheelhouse.dev/suspend-reason": null,
            "wheelhouse.dev/suspended-at": null,
            "fluxcd.controlplane.io/suspendedBy": null,
            "reconcile.fluxcd.io/requestedAt": token,
        }}})
    );
    // A source that is off is put on first.
    world.put(&with(git_repository("fleet", NEW), json!({"spec": {"suspend": true}})));
    let plan = plan_of(&*drafted(&world, Verb::Resume, &ks("apps"))).unwrap();
    assert_eq!(order(&plan), ["0 GitRepository/fleet", "1 Kustomization/apps"]);
    assert_eq!(warnings(&plan), ["GitRepository/fleet goes on for ks/infra too"]);
}

#[test]
fn the_operators_kinds_are_suspended_by_their_annotation() {
    let set = json!({"apiVersion": "fluxcd.controlplane.io/v1", "kind": "ResourceSet",
        "metadata": {"name": "tenants", "namespace": "flux-system", "uid": "u"}, "spec": {}});
    let id = AppId::new(EngineId::ResourceSet, "flux-system", "tenants");
    let mut world = World::new();
    world.put(&set);
    let plan = plan_of(&*drafted(&world, Verb::Suspend, &id)).unwrap();
    assert_eq!(
        body(&plan, 0)["metadata"]["annotations"]["fluxcd.controlplane.io/reconcile"],
        "disabled"
    );
    assert!(body(&plan, 0)["spec"].is_null());
    world.put(&with(
        set,
        json!({"metadata": {"annotations":
        {"fluxcd.controlplane.io/reconcile": "disabled"}}}),
    ));
    let plan = plan_of(&*drafted(&world, Verb::Resume, &id)).unwrap();
    assert_eq!(
        body(&plan, 0)["metadata"]["annotations"]["fluxcd.controlplane.io/reconcile"],
        "enabled"
    );
    assert!(refusal(Verb::HardRefresh, world.app(&id), &world.estate).is_some());
}

#[test]
fn a_deletion_says_what_goes_and_can_leave_it() {
    let mut world = whole();
    let mut draft = drafted(&world, Verb::Delete, &ks("infra"));
    let plan = plan_of(&*draft).unwrap();
    assert!(plan.loses);
    assert_eq!(order(&plan), ["0 Kustomization/infra"]);
    assert_eq!(body(&plan, 0)["preconditions"]["uid"], "7b8f5d64-5717-4562-b3fc-2c963f66afa6");
    assert_eq!(plan.requests[0].follow, Following::Gone);
    let said = warnings(&plan);
    assert_eq!(said[0], "4 objects of its inventory are deleted with it");
    assert_eq!(said[1], "apps go with it: hr/redis");
    draft.set("prune", Set::Toggle(false));
    let plan = plan_of(&*draft).unwrap();
    assert_eq!(order(&plan), ["0 Kustomization/infra", "1 Kustomization/infra"]);
    assert_eq!(body(&plan, 0), json!({"spec": {"suspend": true}}));
    assert!(warnings(&plan).is_empty());
    // One that is suspended deletes nothing, and there is nothing to choose.
    world.put(&with(kustomization("infra"), json!({"spec": {"suspend": true}})));
    let draft = drafted(&world, Verb::Delete, &ks("infra"));
    assert!(draft.choices().is_empty());
    assert_eq!(plan_of(&*draft).unwrap().requests.len(), 1);
    let plan = plan_of(&*drafted(&world, Verb::Delete, &hr())).unwrap();
    assert!(warnings(&plan)[0].contains("uninstalled"));
    assert!(warnings(&plan)[1].starts_with("ks/infra delivers it"));
}
