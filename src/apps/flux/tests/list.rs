//! What the list of apps tells of Flux's.

use super::*;
use crate::apps::{Auto, Destination};
use crate::model::Health;

fn words(app: &App) -> [&str; 4] {
    [&app.sync.word, &app.health.word, &app.operation.word, app.auto.word()]
}

#[test]
fn a_kustomization_that_is_well_is_applied_and_ready() {
    let mut world = World::new();
    world.put(&kustomization("infra")).put(&git_repository("fleet", OLD));
    let app = world.ks("infra");
    assert_eq!(words(app), ["Applied", "Ready", "", "auto"]);
    assert_eq!(app.revision, "main@8d1e0aa");
    assert_eq!(app.source, "github.com/org/fleet ./infra");
    assert_eq!(app.condition, Health::Healthy);
    assert_eq!(app.since, NOW - 300);
    assert_eq!(app.message, "", "what goes well is no news");
    assert_eq!(app.object.as_ref().unwrap().to_string(), "Kustomization/infra");
    assert_eq!((app.left_off.clone(), app.parent.clone(), app.running), (None, None, false));
}

#[test]
fn a_new_commit_makes_everybody_who_uses_it_out_of_sync() {
    let mut world = World::new();
    world.put(&kustomization("infra")).put(&kustomization("apps"));
    world.put(&git_repository("fleet", OLD)).put(&git_repository("fleet", NEW));
    for name in ["infra", "apps"] {
        let app = world.ks(name);
        assert_eq!(app.sync.word, "OutOfSync");
        assert_eq!(app.revision, "main@8d1e0aa → main@41c77f9");
    }
}

#[test]
fn progress_is_told_in_the_controllers_words() {
    let mut world = World::new();
    world.put(&git_repository("fleet", NEW)).put(&with(
        kustomization("infra"),
        json!({"status": {"conditions": [
            condition("Reconciling", "True", "Progressing", "Running health checks for revision x"),
            condition("Ready", "Unknown", "Progressing", "Reconciliation in progress"),
        ]}}),
    ));
    let app = world.ks("infra");
    assert_eq!(words(app), ["OutOfSync", "Progressing", "Reconciling", "auto"]);
    assert_eq!(app.message, "Running health checks for revision x");
    assert!(app.running && app.operation.since == NOW - 300);
}

#[test]
fn what_fails_stays_failed_while_it_is_tried_again() {
    let failing = |reason: &str, message: &str| {
        json!({"metadata": {"generation": 3}, "status": {"observedGeneration": 2,
            "lastAttemptedRevision": NEW, "conditions": [
            condition("Reconciling", "True", "ProgressingWithRetry", message),
            condition("Ready", "False", reason, message),
        ]}})
    };
    let mut world = World::new();
    world.put(&git_repository("fleet", NEW));
    world.put(&with(kustomization("infra"), failing("BuildFailed", "no such path\nmore")));
    let app = world.ks("infra");
    assert_eq!(words(app), ["Failed", "Failed", "Retrying", "auto"]);
    assert_eq!(app.message, "no such path");
    assert_eq!(app.revision, "main@8d1e0aa → main@41c77f9");
    // Everything was applied, but it did not come up: that is health, not sync.
    world.put(&with(kustomization("infra"), failing("HealthCheckFailed", "timeout")));
    let app = world.ks("infra");
    assert_eq!(words(app), ["Applied", "Failed", "Retrying", "auto"]);
    assert_eq!(app.revision, "main@41c77f9");
    // Waiting for others is no failure.
    world.put(&with(
        kustomization("infra"),
        failing("DependencyNotReady", "dependency 'flux-system/base' is not ready"),
    ));
    assert_eq!(words(world.ks("infra")), ["Pending", "Waiting", "Waiting", "auto"]);
    assert!(world.ks("infra").message.contains("flux-system/base"));
}

#[test]
fn suspended_ones_tell_who_and_why() {
    let mut world = World::new();
    world.put(&git_repository("fleet", OLD)).put(&with(
        kustomization("infra"),
        json!({"spec": {"suspend": true}, "metadata": {"annotations": {
            "wheelhouse.dev/suspend-reason": "release freeze",
            "wheelhouse.dev/suspended-at": "2025-12-31T23:00:00Z"}}}),
    ));
    let app = world.ks("infra");
    assert_eq!(words(app), ["Applied", "Suspended", "", "paused"]);
    let off = app.left_off.clone().unwrap();
    assert_eq!(off.what, "suspended: release freeze");
    assert_eq!((off.by.as_str(), off.since), ("wheelhouse", NOW - 3600));
    world.put(&with(
        kustomization("infra"),
        json!({"spec": {"suspend": true}, "metadata": {"annotations": {
            "fluxcd.controlplane.io/suspendedBy": "ada@example.com"}}}),
    ));
    assert_eq!(world.ks("infra").left_off.clone().unwrap().by, "ada@example.com");
    // Somebody else's patch tells nothing, and nothing is made up.
    world.put(&with(kustomization("infra"), json!({"spec": {"suspend": true}})));
    let off = world.ks("infra").left_off.clone().unwrap();
    assert_eq!((off.what.as_str(), off.by.as_str(), off.since), ("suspended", "", 0));
}

#[test]
fn a_source_that_is_off_is_told_by_the_apps_made_from_it() {
    let mut world = World::new();
    world.put(&kustomization("infra"));
    world.put(&with(git_repository("fleet", OLD), json!({"spec": {"suspend": true}})));
    let app = world.ks("infra");
    assert_eq!(app.left_off.clone().unwrap().what, "GitRepository/fleet suspended");
    assert_eq!(app.message, "GitRepository/fleet is suspended: nothing new comes");
    assert_eq!(app.auto, Auto::Auto, "the app itself goes on");
    world.put(&with(
        git_repository("fleet", OLD),
        json!({"spec": {"ref": {"commit": "8d1e0aa1f0e4c1a2b3c4d5e6f708192a3b4c5d6e"}},
            "metadata": {"annotations": {"wheelhouse.dev/pinned-from": "{\"branch\":\"main\"}"}}}),
    ));
    let off = world.ks("infra").left_off.clone().unwrap();
    assert_eq!(off.what, "GitRepository/fleet pinned to 8d1e0aa");
    // A commit that Git itself names is nobody's leftover.
    world.put(&with(
        git_repository("fleet", OLD),
        json!({"spec": {"ref": {"commit": "8d1e0aa1f0e4c1a2b3c4d5e6f708192a3b4c5d6e"}}}),
    ));
    assert_eq!(world.ks("infra").left_off, None);
}

#[test]
fn a_parent_that_is_suspended_is_named_and_nobody_is_his_own() {
    let of = |parent: &str| {
        json!({"metadata": {"labels": {"kustomize.toolkit.fluxcd.io/name": parent,
            "kustomize.toolkit.fluxcd.io/namespace": "flux-system"}}})
    };
    let mut world = World::new();
    world.put(&git_repository("fleet", OLD));
    world.put(&with(kustomization("apps"), of("root")));
    world.put(&with(with(kustomization("root"), of("root")), json!({"spec": {"suspend": true}})));
    assert_eq!(world.ks("root").parent, None, "it applies itself");
    let app = world.ks("apps");
    assert_eq!(app.parent, Some(ks("root")));
    assert_eq!(app.message, "ks/root, which delivers it, is suspended");
    assert_eq!(words(app), ["Applied", "Ready", "", "auto"]);
}

#[test]
fn a_helm_release_is_told_by_its_chart() {
    let mut world = World::new();
    world.put(&helm_release("redis")).put(&helm_chart("20.1.4")).put(&helm_repository());
    let app = world.hr("redis");
    assert_eq!(words(app), ["Applied", "Ready", "", "auto"]);
    assert_eq!(app.revision, "20.1.4");
    assert_eq!(app.source, "redis from charts.example.com/bitnami");
    assert_eq!((app.target.as_str(), app.drifted), ("data", None));
    assert_eq!(app.parent, Some(ks("infra")));
    world.put(&helm_chart("20.2.0"));
    assert_eq!(world.hr("redis").sync.word, "OutOfSync");
    assert_eq!(world.hr("redis").revision, "20.1.4 → 20.2.0");
}

#[test]
fn retries_that_are_exhausted_leave_what_was_rolled_back_to() {
    let mut world = World::new();
    world.put(&helm_chart("20.1.4")).put(&helm_repository());
    let failing = |release: &str| {
        json!({"spec": {"suspend": true}, "status": {
        "history": [{"status": release, "chartVersion": "20.1.4", "version": 8}],
        "conditions": [
            condition("Stalled", "True", "RetriesExceeded", "upgrade retries exhausted"),
            condition("Ready", "False", "UpgradeFailed", "Helm upgrade failed: timeout"),
            condition("Drifted", "True", "DriftDetected",
                "drift detected:\nDeployment/data/a changed (0 additions, 1 changes, 0 removals)\nService/data/b removed"),
        ]}})
    };
    world.put(&with(helm_release("redis"), failing("deployed")));
    let app = world.hr("redis");
    assert_eq!(words(app), ["Applied", "Stalled", "Failed", "paused"]);
    assert_eq!(app.message, "upgrade retries exhausted");
    assert_eq!(app.drifted, Some(2));
    world.put(&with(helm_release("redis"), failing("failed")));
    assert_eq!(world.hr("redis").sync.word, "Failed");
}

#[test]
fn a_chart_from_an_oci_repository_is_told_by_its_digest() {
    let digest = |c: &str| format!("sha256:{}", c.repeat(64));
    let repository = |c: &str| {
        json!({"kind": "OCIRepository", "metadata": {"name": "podinfo", "namespace": "data"},
            "spec": {"url": "oci://ghcr.io/org/podinfo", "ref": {"semver": "6.x"}},
            "status": {"artifact": {"revision": format!("6.5.0@{}", digest(c))}}})
    };
    let mut release = helm_release("podinfo");
    release["spec"] = json!({"chartRef": {"kind": "OCIRepository", "name": "podinfo"}});
    release["status"]["helmChart"] = Value::Null;
    release["status"]["history"] = json!([{"chartVersion": "6.5.0+aaaaaaaaaaaa",
        "status": "deployed", "ociDigest": digest("a")}]);
    let mut world = World::new();
    world.put(&release).put(&repository("a"));
    assert_eq!(words(world.hr("podinfo")), ["Applied", "Ready", "", "auto"]);
    assert_eq!(world.hr("podinfo").source, "ghcr.io/org/podinfo");
    world.put(&repository("b"));
    assert_eq!(world.hr("podinfo").sync.word, "OutOfSync", "the same version, built anew");
}

#[test]
fn versions_of_before_and_objects_of_a_moment_ago_are_read_too() {
    let mut world = World::new();
    world.put(&json!({"apiVersion": "kustomize.toolkit.fluxcd.io/v1", "kind": "Kustomization",
        "metadata": {"name": "new", "namespace": "flux-system", "generation": 1},
        "spec": {"sourceRef": {"kind": "GitRepository", "name": "fleet"}, "later": {"x": [1]}},
        "status": {"observedGeneration": -1}}));
    assert_eq!(words(world.ks("new")), ["Pending", "Progressing", "", "auto"]);
    world.put(&json!({"kind": "Kustomization",
        "metadata": {"name": "bare", "namespace": "flux-system", "generation": 1},
        "spec": null, "status": null}));
    assert_eq!(world.ks("bare").sync.word, "Pending");
    // v2beta1: no history, the version that was applied.
    world.put(&json!({"apiVersion": "helm.toolkit.fluxcd.io/v2beta1", "kind": "HelmRelease",
        "metadata": {"name": "old", "namespace": "data", "generation": 2},
        "spec": {"chart": {"spec": {"chart": "redis", "sourceRef":
            {"kind": "HelmRepository", "name": "bitnami"}}}},
        "status": {"observedGeneration": 2, "lastAppliedRevision": "1.2.3",
            "lastReleaseRevision": 4, "helmChart": "data/data-old",
            "conditions": [{"type": "Ready", "status": "True", "reason": "ReconciliationSucceeded"}]}}));
    assert_eq!(words(world.hr("old")), ["Applied", "Ready", "", "auto"]);
    assert_eq!(world.hr("old").revision, "1.2.3");
}

#[test]
fn another_cluster_and_what_comes_first_are_named() {
    let mut world = World::new();
    world.put(&with(
        kustomization("edge"),
        json!({"spec": {"kubeConfig": {"secretRef": {"name": "edge-kubeconfig"}},
            "dependsOn": [{"name": "infra"}, {"name": "crds", "namespace": "base"}]}}),
    ));
    let app = world.ks("edge");
    assert_eq!(app.destination, Destination::Named("flux-system/edge-kubeconfig".into()));
    let other = AppId::new(EngineId::Kustomization, "base", "crds");
    assert_eq!(app.depends_on, [ks("infra"), other]);
}

#[test]
fn a_request_that_nobody_took_up_yet_is_seen() {
    let mut world = World::new();
    world.put(&with(
        kustomization("infra"),
        json!({"metadata": {"annotations": {"reconcile.fluxcd.io/requestedAt": "now"}}}),
    ));
    assert_eq!(words(world.ks("infra")), ["Applied", "Ready", "Requested", "auto"]);
}

#[test]
fn a_resource_set_is_paused_by_its_annotation() {
    let set = json!({"apiVersion": "fluxcd.controlplane.io/v1", "kind": "ResourceSet",
        "metadata": {"name": "tenants", "namespace": "flux-system", "generation": 3,
            "annotations": {"fluxcd.controlplane.io/reconcile": "Disabled"}},
        "spec": {"dependsOn": [{"apiVersion": "apps/v1", "kind": "Deployment", "name": "x"},
            {"apiVersion": "fluxcd.controlplane.io/v1", "kind": "ResourceSet", "name": "base"}]},
        "status": {"lastAppliedRevision": format!("sha256:{}", "ab".repeat(32)),
            "conditions": [condition("Ready", "True", "ReconciliationSucceeded", "done")]}});
    let mut world = World::new();
    world.put(&set);
    let app = world.app(&AppId::new(EngineId::ResourceSet, "flux-system", "tenants"));
    assert_eq!(words(app), ["Applied", "Suspended", "", "paused"]);
    assert_eq!(app.revision, "abababa");
    assert_eq!(app.depends_on, [AppId::new(EngineId::ResourceSet, "flux-system", "base")]);
}
