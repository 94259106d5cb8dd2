//! The page of an app.

use super::*;
use crate::apps::page::{Fact, Target};
use crate::apps::{Page, engine};

fn page(world: &World, id: &AppId, answers: &[Value]) -> Page {
    let answers: Vec<_> = answers.iter().cloned().map(Ok).collect();
    engine(id.engine).unwrap().page(world.app(id), &world.estate, &answers, NOW)
}

fn lines<'p>(page: &'p Page, label: &str) -> Vec<&'p str> {
    let some = page.facts.iter().filter(|fact| fact.label == label);
    some.map(|fact| fact.text.as_str()).collect()
}

fn fact<'p>(page: &'p Page, label: &str) -> &'p Fact {
    page.facts.iter().find(|fact| fact.label == label).unwrap()
}

#[test]
fn a_page_tells_source_objects_and_history() {
    let mut world = World::new();
    let infra = with(kustomization("infra"), json!({"spec": {"dependsOn": [{"name": "base"}]}}));
    let apps = with(kustomization("apps"), json!({"spec": {"dependsOn": [{"name": "infra"}]}}));
    world.put(&infra).put(&apps).put(&git_repository("fleet", NEW));
    let reads =
        engine(EngineId::Kustomization).unwrap().page_reads(world.ks("infra"), &world.estate);
    assert_eq!(reads.len(), 2);
    let page = page(&world, &ks("infra"), &[infra, git_repository("fleet", NEW)]);
    assert_eq!(
        lines(&page, "source"),
        ["GitRepository/fleet · https://github.com/org/fleet.git · branch main · main@41c77f9"]
    );
    assert!(matches!(fact(&page, "source").leads_to, Some(Target::Object(_))));
    let next = fact(&page, "next reconcile");
    assert_eq!((next.text.as_str(), next.at), ("every 10m0s", NOW - 300 + 600));
    assert_eq!(lines(&page, "depends on"), ["ks/base · not there"]);
    assert_eq!(lines(&page, "needed by"), ["ks/apps · OutOfSync · Ready"]);
    assert_eq!(lines(&page, "options"), ["prune · wait"]);
    let objects: Vec<String> = page.objects.iter().map(|one| one.id.to_string()).collect();
    let inventory =
        ["Namespace/infra", "Service/web", "Deployment/web", "ClusterRole/infra:reader"];
    assert_eq!(objects[..3], inventory[..3]);
    assert_eq!(page.history.len(), 2);
    let last = &page.history[0];
    assert_eq!((last.revision.as_str(), last.at), ("main@8d1e0aa", NOW - 300));
    assert_eq!((last.id.as_str(), last.note.as_str()), ("8d1e0aa", ""));
    assert_eq!(last.outcome.word, "ReconciliationSucceeded ×3");
}

#[test]
fn whoever_suspends_it_is_named_at_each_level() {
    let of = |parent: &str| {
        json!({"metadata": {"labels": {"kustomize.toolkit.fluxcd.io/name": parent,
            "kustomize.toolkit.fluxcd.io/namespace": "flux-system"}}})
    };
    let off = |by: &str| {
        json!({"spec": {"suspend": true},
            "metadata": {"annotations": {"fluxcd.controlplane.io/suspendedBy": by}}})
    };
    let mut world = World::new();
    let apps = with(with(kustomization("apps"), of("middle")), off("ada"));
    world.put(&apps).put(&with(kustomization("middle"), of("root")));
    world.put(&with(with(kustomization("root"), of("root")), off("bob")));
    world.put(&with(git_repository("fleet", OLD), json!({"spec": {"suspend": true}})));
    let page = page(&world, &ks("apps"), &[apps]);
    assert_eq!(
        lines(&page, "suspended"),
        ["itself, by ada", "GitRepository/fleet", "ks/root, which delivers it, by bob"]
    );
    assert_eq!(lines(&page, "next reconcile"), ["none while it is suspended"]);
    assert_eq!(lines(&page, "delivered by").len(), 2);
}

#[test]
fn releases_tell_their_outcome_and_an_old_controller_that_it_has_no_inventory() {
    let mut world = World::new();
    let mut release = with(
        helm_release("redis"),
        json!({"spec": {"upgrade": {"remediation": {"retries": 3}}}, "status": {
            "upgradeFailures": 4, "failures": 0,
            "conditions": [condition("Drifted", "True", "DriftDetected", "drift\u{1b}[31m"),]}}),
    );
    world.put(&release).put(&helm_chart("20.1.4")).put(&helm_repository());
    let id = AppId::new(EngineId::HelmRelease, "data", "redis");
    let told = page(&world, &id, std::slice::from_ref(&release));
    assert_eq!(
        lines(&told, "options"),
        ["drift detection warn · upgrade: 3 retries, then rollback"]
    );
    assert_eq!(lines(&told, "failures"), ["upgradeFailures 4"]);
    assert_eq!(lines(&told, "condition"), ["Drifted True DriftDetected: drift␛[31m"]);
    let labels: Vec<&str> = told.history.iter().map(|one| one.id.as_str()).collect();
    assert_eq!(labels, ["v7", "v6"]);
    assert_eq!(told.history[0].note, "upgrade, app 7.4");
    assert_eq!(told.history[0].revision, "redis 20.1.4");
    assert_eq!((told.objects.len(), told.objects_unknown.as_str()), (1, ""));
    release["status"]["inventory"] = Value::Null;
    let told = page(&world, &id, &[release]);
    assert!(told.objects_unknown.contains("keeps no inventory"));
}

#[test]
fn what_may_not_be_read_says_so_in_place_of_objects() {
    let mut world = World::new();
    world.put(&kustomization("infra"));
    let fault =
        crate::model::Fault::new(crate::model::FaultKind::Forbidden, "get", "no permission");
    let told = engine(EngineId::Kustomization).unwrap();
    let page = told.page(world.ks("infra"), &world.estate, &[Err(fault)], NOW);
    assert!(page.objects_unknown.contains("no permission"));
    assert!(told.page(world.ks("infra"), &world.estate, &[], NOW).objects.is_empty());
}

#[test]
fn a_resource_set_tells_its_inputs_and_steps() {
    let set = json!({"apiVersion": "fluxcd.controlplane.io/v1", "kind": "ResourceSet",
        "metadata": {"name": "tenants", "namespace": "flux-system", "labels": {
            "fluxcd.controlplane.io/name": "flux",
            "fluxcd.controlplane.io/namespace": "flux-system"}},
        "spec": {"inputs": [{"a": 1}, {"a": 2}], "inputsFrom": [{}],
            "steps": [{"name": "base"}, {"name": "apps"}],
            "dependsOn": [{"apiVersion": "apps/v1", "kind": "Deployment", "name": "x"}]},
        "status": {"inventory": {"entries": [{"id": "_a__Namespace"}, {"id": "odd"}]},
            "history": [{"digest": format!("sha256:{}", "ab".repeat(32)),
                "lastReconciledStatus": "ReconciliationFailed"}]}});
    let id = AppId::new(EngineId::ResourceSet, "flux-system", "tenants");
    let mut world = World::new();
    world.put(&set);
    let page = page(&world, &id, &[set]);
    assert_eq!(lines(&page, "inputs"), ["2 inputs · 1 input providers"]);
    assert_eq!(lines(&page, "steps"), ["base → apps"]);
    assert_eq!(lines(&page, "depends on"), ["Deployment/x"]);
    assert_eq!(lines(&page, "delivered by"), ["FluxInstance/flux"]);
    assert_eq!(page.objects.len(), 1, "what is no object is left out");
    assert_eq!(page.history[0].revision, "abababa");
}
