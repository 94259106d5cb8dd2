//! Applications and ApplicationSets of several versions, as rows of the list of apps.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use super::testing::{app, behind, estate, fresh, only, payments};
use crate::apps::{Auto, Destination, Verb, engine};
use crate::kinds::{Pool, Projection};
use crate::model::{AppId, EngineId, Facet, Gvr, Health, Resource, Tone};
use proptest::prelude::*;
use serde_json::json;

#[test]
fn an_application_in_sync_is_told_on_three_axes() {
    let app = only(&payments());
    assert_eq!((&*app.sync.word, app.sync.tone), ("Synced", Tone::Good));
    assert_eq!((&*app.health.word, app.condition), ("Healthy", Health::Healthy));
    assert_eq!((&*app.operation.word, app.running), ("Succeeded", false));
    assert_eq!((&*app.revision, app.drifted, app.auto), ("8d1e0aa", Some(0), Auto::Heal));
    assert_eq!(app.source, "https://git.example.com/shop/deploy.git apps/payments");
    assert_eq!((&*app.project, &*app.target), ("shop", "shop"));
    assert_eq!(app.destination, Destination::Here);
    assert_eq!((&*app.message, app.left_off, app.parent), ("", None, None));
}

#[test]
fn what_is_behind_its_source_shows_both_revisions_and_who_switched_it_off() {
    let app = only(&behind());
    assert_eq!(app.revision, "8d1e0aa → 41c77f9");
    assert_eq!((app.drifted, app.auto), (Some(2), Auto::Manual));
    assert_eq!(app.message, "1 object is no longer wanted");
    let off = app.left_off.unwrap();
    assert_eq!((&*off.what, &*off.by, off.since), ("auto-sync off", "wheelhouse", 1_795_780_800));
}

#[test]
fn an_application_without_status_is_a_row_too() {
    let app = only(&fresh());
    assert_eq!((&*app.sync.word, &*app.health.word, &*app.operation.word), ("", "", ""));
    assert_eq!((&*app.revision, app.drifted, app.auto), ("20.1.4", None, Auto::Manual));
    assert_eq!(app.project, "default");
    assert_eq!(app.destination, Destination::Named("prod-us".into()));
    assert!(app.left_off.is_none(), "nobody ever switched it on");
}

#[test]
fn an_operation_is_told_by_what_was_asked_and_what_came_of_it() {
    let running = json!({"phase": "Running", "message": "waiting for healthy state of apps/Deployment/api", "startedAt": "2026-11-28T11:59:48Z"});
    let retry = json!({"phase": "Running", "message": "one or more objects failed to apply. Retrying attempt #2 at 12:00PM.", "startedAt": "2026-11-28T11:59:00Z", "finishedAt": "2026-11-28T11:59:50Z", "retryCount": 2});
    let ended = payments()["status"]["operationState"].clone();
    let mut rehearsed = ended.clone();
    rehearsed["operation"]["sync"]["dryRun"] = true.into();
    let asked = json!({"initiatedBy": {"username": "anna"}, "sync": {}});
    let none = json!(null);
    let cases = [
        (&asked, &none, "waiting to start", true, Tone::Busy),
        (&asked, &running, "Running", true, Tone::Busy),
        (&asked, &retry, "retry 2", true, Tone::Warn),
        (&none, &ended, "Succeeded", false, Tone::Good),
        (&none, &rehearsed, "Succeeded (dry run)", false, Tone::Good),
        (&asked, &json!({"phase": "Terminating"}), "Terminating", true, Tone::Busy),
        (&none, &json!({"phase": "Failed", "message": "boom"}), "Failed", false, Tone::Bad),
        (&none, &json!({"phase": "Error", "message": "boom"}), "Error", false, Tone::Bad),
        (&none, &none, "", false, Tone::Plain),
    ];
    for (operation, state, word, running, tone) in cases {
        let mut object = payments();
        object["operation"] = operation.clone();
        object["status"]["operationState"] = state.clone();
        let app = only(&object);
        assert_eq!((&*app.operation.word, app.running, app.operation.tone), (word, running, tone));
        if running && state["message"].is_string() {
            assert_eq!(app.message.as_str(), state["message"].as_str().unwrap());
        }
    }
    let mut object = payments();
    object["metadata"]["deletionTimestamp"] = "2026-11-28T11:59:00Z".into();
    assert_eq!(only(&object).operation.word, "Deleting");
}

#[test]
fn health_is_said_in_argo_cds_word_and_counted_as_ours() {
    for (word, health) in [
        ("Healthy", Health::Healthy),
        ("Progressing", Health::Progressing),
        ("Suspended", Health::Suspended),
        ("Degraded", Health::Degraded),
        ("Missing", Health::Degraded),
        ("Unknown", Health::Unknown),
    ] {
        let mut object = payments();
        object["status"]["health"] =
            json!({"status": word, "message": "Caused by apps/Deployment:shop/api"});
        let app = only(&object);
        assert_eq!((app.health.word.as_str(), app.condition), (word, health));
        assert_eq!(app.message.is_empty(), word == "Healthy");
    }
}

#[test]
fn several_sources_charts_and_a_hydrator_are_all_told() {
    let mut many = payments();
    many["spec"].as_object_mut().unwrap().remove("source");
    many["spec"]["sources"] = json!([
        {"repoURL": "https://charts.example.com", "chart": "redis", "targetRevision": "20.1.4"},
        {"repoURL": "https://git.example.com/values.git", "path": ".", "targetRevision": "main", "ref": "values"},
    ]);
    let sync = &mut many["status"]["sync"];
    sync.as_object_mut().unwrap().remove("revision");
    sync["status"] = "OutOfSync".into();
    sync["revisions"] = json!(["20.1.4", "41c77f9000000000000000000000000000000000"]);
    many["status"]["history"][1].as_object_mut().unwrap().remove("revision");
    many["status"]["history"][1]["revisions"] =
        json!(["20.1.3", "8d1e0aa0b1c2d3e4f5a6b7c8d9e0f1a2b3c4d5e6"]);
    let app = only(&many);
    assert_eq!(app.revision, "20.1.3,8d1e0aa → 20.1.4,41c77f9");
    assert_eq!(app.source, "https://charts.example.com redis + https://git.example.com/values.git");

    let mut hydrated = payments();
    hydrated["spec"].as_object_mut().unwrap().remove("source");
    hydrated["spec"]["sourceHydrator"] = json!({
        "drySource": {"repoURL": "https://git.example.com/dry.git", "path": "apps/payments", "targetRevision": "HEAD"},
        "syncSource": {"targetBranch": "env/prod", "path": "payments"}});
    hydrated["status"]["sourceHydrator"] =
        json!({"currentOperation": {"phase": "Failed", "message": "cannot push"}});
    let app = only(&hydrated);
    assert_eq!(app.source, "https://git.example.com/dry.git apps/payments");
    assert_eq!(app.message, "hydrator: Failed cannot push");
}

#[test]
fn auto_sync_and_what_is_left_off() {
    let cases = [
        (json!({"automated": {}}), Auto::Auto, false),
        (json!({"automated": {"selfHeal": true}}), Auto::Heal, false),
        (json!({"automated": {"selfHeal": true, "enabled": true}}), Auto::Heal, false),
        (json!({"automated": {"selfHeal": true, "enabled": false}}), Auto::Manual, true),
        (json!({}), Auto::Manual, false),
        (json!(null), Auto::Manual, false),
    ];
    for (policy, auto, off) in cases {
        let mut object = payments();
        object["spec"]["syncPolicy"] = policy;
        let app = only(&object);
        assert_eq!((app.auto, app.left_off.is_some()), (auto, off), "{object}");
    }
    let mut skipped = payments();
    skipped["metadata"]["annotations"] = json!({"argocd.argoproj.io/skip-reconcile": "true"});
    let app = only(&skipped);
    assert_eq!((app.auto, &*app.left_off.unwrap().what), (Auto::Paused, "reconciling skipped"));
    let mut kept = payments();
    kept["spec"]["syncPolicy"].as_object_mut().unwrap().remove("automated");
    kept["metadata"]["annotations"] =
        json!({"wheelhouse.dev/argocd-automated": "{\"prune\":true}"});
    assert_eq!(only(&kept).left_off.unwrap().what, "auto-sync off");
}

#[test]
fn a_child_names_its_parent_if_that_is_one() {
    let mut root = payments();
    root["metadata"]["name"] = "root".into();
    let child = |name: &str, annotation: &str| {
        let mut child = payments();
        child["metadata"]["name"] = name.into();
        child["metadata"]["annotations"] = json!({"argocd.argoproj.io/tracking-id": annotation});
        child
    };
    let mut labelled = payments();
    labelled["metadata"]["name"] = "labelled".into();
    labelled["metadata"]["labels"] = json!({"app.kubernetes.io/instance": "root"});
    let mut helm = labelled.clone();
    helm["metadata"]["name"] = "helm".into();
    helm["metadata"]["labels"] = json!({"app.kubernetes.io/instance": "a-release-of-helm"});
    let mut made = payments();
    made["metadata"]["name"] = "made".into();
    made["metadata"]["ownerReferences"] = json!([{"apiVersion": "argoproj.io/v1alpha1", "kind": "ApplicationSet", "name": "all", "uid": "u", "controller": true}]);
    let estate = estate(&[
        root,
        child("child", "root:argoproj.io/Application:argocd/child"),
        child("copied", "root:argoproj.io/Application:argocd/another"),
        labelled,
        helm,
        made,
    ]);
    let root = AppId::new(EngineId::ArgoCd, "argocd", "root");
    assert_eq!(app(&estate, "child").parent, Some(root.clone()));
    assert_eq!(app(&estate, "copied").parent, None, "the id was copied from another object");
    assert_eq!(app(&estate, "labelled").parent, Some(root));
    assert_eq!(app(&estate, "helm").parent, None, "no such Application");
    let set = AppId::new(EngineId::ApplicationSet, "argocd", "all");
    assert_eq!(app(&estate, "made").parent, Some(set));
}

#[test]
fn a_set_tells_of_its_rollout_and_its_errors() {
    let mut set = json!({
        "apiVersion": "argoproj.io/v1alpha1", "kind": "ApplicationSet",
        "metadata": {"name": "all", "namespace": "argocd", "creationTimestamp": "2026-01-10T08:00:00Z"},
        "spec": {"generators": [{"list": {}}],
            "strategy": {"type": "RollingSync", "rollingSync": {"steps": [{}, {}, {}]}},
            "template": {"spec": {"project": "shop", "source": {"repoURL": "https://git.example.com/fleet.git"}}}},
        "status": {
            "conditions": [{"type": "ErrorOccurred", "status": "False", "message": "fine", "lastTransitionTime": "2026-11-25T12:00:00Z"},
                {"type": "ResourcesUpToDate", "status": "True", "lastTransitionTime": "2026-11-26T12:00:00Z"}],
            "applicationStatus": [
                {"application": "a", "status": "Healthy", "step": "1"},
                {"application": "b", "status": "Progressing", "step": "2"},
                {"application": "c", "status": "Waiting", "step": "3"}],
            "resources": [{}, {}, {}], "resourcesCount": 3,
        },
    });
    let id = AppId::new(EngineId::ApplicationSet, "argocd", "all");
    let read =
        |set: &serde_json::Value| estate(std::slice::from_ref(set)).app(&id).unwrap().clone();
    let app = read(&set);
    assert_eq!((&*app.sync.word, &*app.health.word), ("UpToDate", "Healthy"));
    assert_eq!((&*app.operation.word, app.running), ("step 2 of 3", true));
    assert_eq!((&*app.revision, &*app.message), ("3 apps", "1 progressing, 1 waiting, 1 healthy"));
    set["status"]["conditions"][0] =
        json!({"type": "ErrorOccurred", "status": "True", "message": "no such repository"});
    let app = read(&set);
    assert_eq!((app.condition, &*app.message), (Health::Degraded, "no such repository"));
    set["status"] = json!(null);
    let app = read(&set);
    assert_eq!((&*app.sync.word, app.condition, app.running), ("", Health::None, false));
}

#[test]
fn a_verb_that_cannot_be_used_says_why() {
    let mut busy = payments();
    busy["operation"] = json!({"sync": {}});
    let mut deleted = payments();
    deleted["metadata"]["deletionTimestamp"] = "2026-11-28T11:59:00Z".into();
    let mut skipped = payments();
    skipped["metadata"]["annotations"] = json!({"argocd.argoproj.io/skip-reconcile": "true"});
    let argo = engine(EngineId::ArgoCd).unwrap();
    let cases = [
        (payments(), Verb::Sync, None),
        (payments(), Verb::Resume, Some("auto-sync is on already")),
        (payments(), Verb::Suspend, None),
        (payments(), Verb::Terminate, Some("no operation is in progress")),
        (behind(), Verb::Resume, None),
        (behind(), Verb::Suspend, Some("auto-sync is not on")),
        (busy.clone(), Verb::Sync, Some("another operation is already in progress")),
        (busy, Verb::Terminate, None),
        (deleted.clone(), Verb::Sync, Some("it is being deleted")),
        (deleted, Verb::Delete, Some("it is being deleted already")),
        (skipped.clone(), Verb::Refresh, Some("skipped by Argo CD")),
        (skipped, Verb::Resume, None),
    ];
    for (object, verb, why) in cases {
        let estate = estate(std::slice::from_ref(&object));
        let app = app(&estate, object["metadata"]["name"].as_str().unwrap());
        let said = argo.refusal(verb, &app, &estate);
        match why {
            None => assert_eq!(said, None, "{verb:?}"),
            Some(why) => assert!(said.as_ref().unwrap().contains(why), "{verb:?}: {said:?}"),
        }
    }
}

fn projection() -> Projection {
    let resource = Resource {
        gvr: Gvr::new("argoproj.io", "v1alpha1", "applications"),
        kind: "Application".into(),
        singular: "".into(),
        short_names: Vec::new(),
        categories: Vec::new(),
        namespaced: true,
        verbs: Vec::new(),
        subresources: Vec::new(),
        preferred: true,
    };
    Projection::new(&resource, Facet::App, &[], &[]).0
}

#[test]
fn a_status_of_megabytes_is_counted_and_not_kept() {
    let mut object = payments();
    let one = json!({"group": "apps", "version": "v1", "kind": "Deployment", "namespace": "shop", "name": "n".repeat(200), "status": "OutOfSync"});
    object["status"]["resources"] = vec![one; 12_000].into();
    let json = object.to_string();
    assert!(json.len() > 3_000_000);
    let mut rows = Vec::new();
    projection().rows(json.as_bytes(), &mut Pool::default(), &mut rows).unwrap();
    assert_eq!(only(&object).drifted, Some(12_000));
    let bytes: usize = rows[0].cells.iter().map(|cell| cell.text(0).len()).sum();
    assert!(bytes < 1_000, "{bytes}");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn cut_and_odd_json_is_skipped_and_never_panics(cut in 0usize..4_000, byte in any::<u8>()) {
        let whole = behind().to_string();
        let mut json = whole.into_bytes();
        let at = cut % json.len();
        json[at] = byte;
        let _ = projection().rows(json.as_slice(), &mut Pool::default(), &mut Vec::new());
        json.truncate(at);
        prop_assert!(projection().rows(json.as_slice(), &mut Pool::default(), &mut Vec::new()).is_err());
    }
}
