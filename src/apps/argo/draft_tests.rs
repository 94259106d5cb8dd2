//! The plans of the verbs: what exactly is sent, and what is said of it.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use super::testing::{behind, definition, draft, payments, project};
use crate::apps::Verb;
use crate::model::{Following, Handshake, Plan};
use crate::verbs::testing::{body, plan_of};
use crate::verbs::{Draft, Value as Chosen};
use serde_json::{Value, json};

fn syncing(app: Value) -> Box<dyn Draft> {
    draft(Verb::Sync, &[app], &[project(&json!([]))])
}

fn told(plan: &Plan, words: &str) -> bool {
    plan.notes.iter().any(|note| note.text.contains(words))
}

#[test]
fn a_sync_takes_the_apps_own_options_and_retry_along() {
    let plan = plan_of(&*syncing(behind())).unwrap();
    assert_eq!(plan.title, "Sync Application/payments");
    assert_eq!(
        plan.requests[0].path,
        "/apis/argoproj.io/v1alpha1/namespaces/argocd/applications/payments"
    );
    assert_eq!(plan.requests[0].content_type, "application/merge-patch+json");
    let token = format!("wheelhouse-{}", crate::verbs::suffix(super::testing::NOW));
    assert_eq!(
        body(&plan, 0),
        json!({
            "metadata": {"resourceVersion": "4711"},
            "operation": {
                "initiatedBy": {"username": "wheelhouse"},
                "info": [{"name": "request", "value": token}],
                "retry": {"limit": 5, "backoff": {"duration": "5s", "factor": 2, "maxDuration": "3m"}},
                "sync": {"syncOptions": ["CreateNamespace=true", "ServerSideApply=true"]},
            },
            "status": {"operationState": null},
        })
    );
    let before = "2026-11-25T12:00:00Z".into();
    let follow = Following::Handshake(Handshake::ArgoOperation { token: token.into(), before });
    assert_eq!(plan.requests[0].follow, follow);
    assert!(told(&plan, "to main, 41c77f9 when it was compared last"), "{:?}", plan.notes);
    assert!(told(&plan, "2 of 4 objects are out of sync"));
    assert!(told(&plan, "1 no longer wanted, and kept without prune"));
    assert!(!plan.loses);
}

#[test]
fn every_choice_of_a_sync_is_in_the_operation() {
    let mut sync = syncing(behind());
    for id in ["prune", "dry-run", "force", "replace", "apply-only", "out-of-sync-only"] {
        sync.set(id, Chosen::Toggle(true));
    }
    sync.set("server-side", Chosen::Toggle(false));
    sync.set("retry", Chosen::Toggle(false));
    sync.set("revision", Chosen::Typed("v1.2".into()));
    sync.set("objects", Chosen::Typed("deployment/payments-*, ConfigMap/payments".into()));
    let plan = plan_of(&*sync).unwrap();
    let operation = body(&plan, 0)["operation"].clone();
    assert!(operation["retry"].is_null());
    assert_eq!(
        operation["sync"],
        json!({
            "revision": "v1.2", "prune": true, "dryRun": true,
            "resources": [
                {"group": "apps", "kind": "Deployment", "namespace": "shop", "name": "payments-api"},
                {"kind": "ConfigMap", "namespace": "shop", "name": "payments"},
            ],
            "syncOptions": ["CreateNamespace=true", "Replace=true", "ApplyOutOfSyncOnly=true"],
            "syncStrategy": {"apply": {"force": true}},
        })
    );
    assert!(!plan.loses, "a dry run loses nothing");
    sync.set("dry-run", Chosen::Toggle(false));
    assert!(plan_of(&*sync).unwrap().loses);
    sync.set("objects", Chosen::Typed("Deployment/nobody".into()));
    assert!(plan_of(&*sync).unwrap_err().why.contains("is none of its objects"));
}

#[test]
fn force_without_apply_only_keeps_the_hooks() {
    let mut sync = syncing(behind());
    sync.set("force", Chosen::Toggle(true));
    let plan = plan_of(&*sync).unwrap();
    assert_eq!(
        body(&plan, 0)["operation"]["sync"]["syncStrategy"],
        json!({"hook": {"force": true}})
    );
    assert!(plan.loses);
}

#[test]
fn an_app_that_syncs_by_itself_is_not_synced_to_something_else() {
    let mut sync = syncing(payments());
    sync.set("revision", Chosen::Typed("v1.2".into()));
    let fault = plan_of(&*sync).unwrap_err();
    assert_eq!(fault.why, "Cannot sync to v1.2: auto-sync currently set to main");
    sync.set("dry-run", Chosen::Toggle(true));
    assert!(plan_of(&*sync).is_ok());
    sync.set("dry-run", Chosen::Toggle(false));
    sync.set("revision", Chosen::Typed("main".into()));
    assert!(plan_of(&*sync).is_ok());
}

#[test]
fn replace_is_refused_where_the_server_is_set_to() {
    let parameters = json!({"kind": "ConfigMap", "metadata": {"name": "argocd-cmd-params-cm"},
        "data": {"server.sync.replace.allowed": "false"}});
    let mut sync = draft(Verb::Sync, &[behind()], &[project(&json!([])), parameters]);
    assert!(plan_of(&*sync).is_ok());
    sync.set("replace", Chosen::Toggle(true));
    assert!(plan_of(&*sync).unwrap_err().why.starts_with("sync with replace was disabled"));
    assert!(sync.choices().iter().any(|choice| choice.id == "replace" && !choice.error.is_empty()));
}

fn multi() -> Value {
    let mut app = behind();
    app["spec"].as_object_mut().unwrap().remove("source");
    app["spec"]["sources"] = json!([
        {"repoURL": "https://git.example.com/shop/chart.git", "path": "chart", "targetRevision": "main"},
        {"repoURL": "https://git.example.com/shop/values.git", "ref": "values"},
    ]);
    app
}

#[test]
fn each_of_several_sources_has_its_revision() {
    let mut sync = syncing(multi());
    let ids: Vec<String> = sync.choices().iter().map(|choice| choice.id.clone()).collect();
    assert_eq!(ids[..2], ["revision.0", "revision.1"]);
    assert!(body(&plan_of(&*sync).unwrap(), 0)["operation"]["sync"]["revisions"].is_null());
    sync.set("revision.0", Chosen::Typed("v2".into()));
    let sync = body(&plan_of(&*sync).unwrap(), 0)["operation"]["sync"].clone();
    assert_eq!(sync["revisions"], json!(["v2", "HEAD"]));
    assert_eq!(sync["sources"], multi()["spec"]["sources"]);
}

#[test]
fn a_refresh_tells_when_it_was_compared_before() {
    for (verb, value) in [(Verb::Refresh, "normal"), (Verb::HardRefresh, "hard")] {
        let plan = plan_of(&*draft(verb, &[payments()], &[])).unwrap();
        assert_eq!(
            body(&plan, 0),
            json!({"metadata": {"annotations": {"argocd.argoproj.io/refresh": value}}})
        );
        let before = "2026-11-28T11:58:30Z".into();
        assert_eq!(
            plan.requests[0].follow,
            Following::Handshake(Handshake::ArgoRefresh { before })
        );
    }
}

#[test]
fn only_an_operation_that_runs_is_terminated() {
    let mut app = payments();
    app["operation"] = json!({"sync": {}});
    let early = plan_of(&*draft(Verb::Terminate, &[app.clone()], &[])).unwrap_err();
    assert!(early.why.contains("has not started yet"), "an outcome of before is not this one's");
    app["status"]["operationState"]["phase"] = "Running".into();
    app["status"]["operationState"]["message"] = "Sync operation blocked by sync window".into();
    let plan = plan_of(&*draft(Verb::Terminate, &[app.clone()], &[])).unwrap();
    assert_eq!(
        body(&plan, 0),
        json!({"metadata": {"resourceVersion": "4711"},
            "status": {"operationState": {"phase": "Terminating"}}})
    );
    let started = "2026-11-25T12:00:00Z".into();
    let follow = Following::Handshake(Handshake::ArgoTerminate { started });
    assert_eq!(plan.requests[0].follow, follow);
    assert!(plan.notes.iter().any(|note| note.warning && note.text.contains("sync window")));
    app["status"]["operationState"]["phase"] = "Terminating".into();
    let twice = plan_of(&*draft(Verb::Terminate, &[app], &[])).unwrap_err();
    assert!(twice.why.contains("already"));
}

#[test]
fn a_rollback_applies_what_the_history_has() {
    let around = [project(&json!([])), definition(true)];
    let plan = plan_of(&*draft(Verb::Rollback, &[behind()], &around)).unwrap();
    let sent = body(&plan, 0);
    assert_eq!(
        sent["operation"]["sync"],
        json!({
            "revision": "1111111111111111111111111111111111111111",
            "source": {"repoURL": "https://git.example.com/shop/deploy.git", "path": "apps/payments", "targetRevision": "main"},
            "syncOptions": ["CreateNamespace=true", "ServerSideApply=true"],
            "syncStrategy": {"apply": {}},
        })
    );
    assert!(sent["operation"]["retry"].is_null() && sent["spec"].is_null());
    assert!(plan.loses && told(&plan, "8d1e0aa → 1111111, entry 6"), "{:?}", plan.notes);
}

#[test]
fn a_rollback_switches_auto_sync_off_in_the_same_write_or_is_refused() {
    let around = [project(&json!([])), definition(true)];
    let mut rollback = draft(Verb::Rollback, &[payments()], &around);
    let fault = plan_of(&*rollback).unwrap_err();
    assert_eq!(fault.why, "rollback cannot be initiated when auto-sync is enabled");
    rollback.set("dry-run", Chosen::Toggle(true));
    assert!(plan_of(&*rollback).is_ok(), "trying it changes nothing");
    rollback.set("dry-run", Chosen::Toggle(false));
    rollback.set("auto-sync-off", Chosen::Toggle(true));
    let plan = plan_of(&*rollback).unwrap();
    assert_eq!(plan.requests.len(), 1);
    let sent = body(&plan, 0);
    assert_eq!(sent["spec"], json!({"syncPolicy": {"automated": {"enabled": false}}}));
    assert!(sent["operation"]["sync"]["revision"].is_string());
    assert!(told(&plan, "switching it on again undoes the rollback"));
    // Before 3.1 the API server would drop `enabled`.
    let around = [project(&json!([])), definition(false)];
    let mut rollback = draft(Verb::Rollback, &[payments()], &around);
    rollback.set("auto-sync-off", Chosen::Toggle(true));
    let sent = body(&plan_of(&*rollback).unwrap(), 0);
    assert_eq!(sent["spec"], json!({"syncPolicy": {"automated": null}}));
    assert_eq!(sent["metadata"]["resourceVersion"], "4711");
    assert_eq!(
        sent["metadata"]["annotations"]["wheelhouse.dev/argocd-automated"],
        r#"{"prune":true,"selfHeal":true}"#
    );
}

#[test]
fn a_rollback_needs_a_history() {
    let around = [project(&json!([]))];
    let mut app = behind();
    app["status"]["history"].as_array_mut().unwrap().remove(0);
    let fault = plan_of(&*draft(Verb::Rollback, &[app], &around)).unwrap_err();
    assert!(fault.why.contains("nothing was deployed before"));
    let mut old = behind();
    old["status"]["history"][0].as_object_mut().unwrap().remove("source");
    let fault = plan_of(&*draft(Verb::Rollback, &[old], &around)).unwrap_err();
    assert!(fault.why.contains("v0.11 or lower"));
    let mut rollback = draft(Verb::Rollback, &[behind()], &around);
    rollback.set("to", Chosen::Typed("7".into()));
    let sent = body(&plan_of(&*rollback).unwrap(), 0);
    assert!(sent["operation"]["sync"]["revision"].as_str().unwrap().starts_with("8d1e0aa"));
    rollback.set("to", Chosen::Typed("99".into()));
    assert!(plan_of(&*rollback).unwrap_err().why.contains("no such entry"));
}

#[test]
fn auto_sync_is_switched_with_its_settings_kept() {
    let off = |enabled| {
        body(&plan_of(&*draft(Verb::Suspend, &[payments()], &[definition(enabled)])).unwrap(), 0)
    };
    assert_eq!(
        off(true),
        json!({"metadata": {"resourceVersion": "4711"},
            "spec": {"syncPolicy": {"automated": {"enabled": false}}}})
    );
    let kept = off(false);
    assert_eq!(kept["spec"]["syncPolicy"]["automated"], Value::Null);

    // What we took away comes back as it was.
    let mut app = payments();
    app["metadata"]["annotations"] = kept["metadata"]["annotations"].clone();
    app["spec"]["syncPolicy"].as_object_mut().unwrap().remove("automated");
    let plan = plan_of(&*draft(Verb::Resume, &[app], &[definition(false)])).unwrap();
    assert_eq!(
        body(&plan, 0),
        json!({
            "metadata": {"resourceVersion": "4711", "annotations": {"wheelhouse.dev/argocd-automated": null}},
            "spec": {"syncPolicy": {"automated": {"prune": true, "selfHeal": true}}},
        })
    );
}

#[test]
fn switching_auto_sync_on_says_what_it_will_do_at_once() {
    let mut app = behind();
    // Rolled back: the newest entry is an old revision again.
    let history = app["status"]["history"].as_array_mut().unwrap();
    let mut again = history[0].clone();
    again["id"] = 8.into();
    history.push(again);
    let mut on = draft(Verb::Resume, &[app], &[definition(true)]);
    let plan = plan_of(&*on).unwrap();
    assert_eq!(body(&plan, 0)["spec"], json!({"syncPolicy": {"automated": {"enabled": true}}}));
    for words in ["syncs at once to 41c77f9", "undoes the rollback to 1111111", "prunes 1 objects"]
    {
        assert!(told(&plan, words), "{words}: {:?}", plan.notes);
    }
    assert!(plan.loses);
    on.set("prune", Chosen::Toggle(false));
    on.set("self-heal", Chosen::Toggle(false));
    let plan = plan_of(&*on).unwrap();
    assert_eq!(
        body(&plan, 0)["spec"]["syncPolicy"]["automated"],
        json!({"prune": false, "selfHeal": false, "enabled": true})
    );
    assert!(!plan.loses);
}

#[test]
fn resuming_what_argo_cd_was_told_to_skip_takes_the_annotation_away() {
    let mut app = payments();
    app["metadata"]["annotations"] = json!({"argocd.argoproj.io/skip-reconcile": "true"});
    let plan = plan_of(&*draft(Verb::Resume, &[app], &[definition(true)])).unwrap();
    assert_eq!(
        body(&plan, 0),
        json!({"metadata": {"resourceVersion": "4711",
            "annotations": {"argocd.argoproj.io/skip-reconcile": null}}})
    );
}

#[test]
fn a_deletion_sets_the_finalizer_that_it_needs_first() {
    let delete = |app: Value, word: &str| {
        let mut draft = draft(Verb::Delete, &[app], &[]);
        draft.set("cascade", Chosen::Typed(word.into()));
        plan_of(&*draft).unwrap()
    };
    let as_it_is = delete(payments(), "foreground");
    assert_eq!(as_it_is.requests.len(), 1, "the older name does the same");
    let sent = body(&as_it_is, 0);
    assert_eq!(sent["preconditions"]["resourceVersion"], "4711");
    assert!(as_it_is.loses && told(&as_it_is, "its 2 objects are deleted with it"));

    let mut app = payments();
    app["metadata"]["finalizers"] = json!([
        "post-delete-finalizer.argocd.argoproj.io",
        "resources-finalizer.argocd.argoproj.io",
        "post-delete-finalizer.argocd.argoproj.io/cleanup",
    ]);
    let background = delete(app.clone(), "background");
    assert_eq!(
        body(&background, 0),
        json!({"metadata": {"resourceVersion": "4711", "finalizers": [
            "post-delete-finalizer.argocd.argoproj.io",
            "post-delete-finalizer.argocd.argoproj.io/cleanup",
            "resources-finalizer.argocd.argoproj.io/background",
        ]}})
    );
    let stages: Vec<u8> = background.requests.iter().map(|request| request.stage).collect();
    assert_eq!(stages, [0, 1]);
    assert!(body(&background, 1)["preconditions"]["resourceVersion"].is_null());
    let orphan = delete(app, "orphan");
    assert_eq!(
        body(&orphan, 0)["metadata"]["finalizers"],
        json!([
            "post-delete-finalizer.argocd.argoproj.io",
            "post-delete-finalizer.argocd.argoproj.io/cleanup",
        ])
    );
    assert!(told(&orphan, "stay, and nobody manages them"));
}

#[test]
fn a_set_is_refreshed_and_deleted() {
    let set = json!({"apiVersion": "argoproj.io/v1alpha1", "kind": "ApplicationSet",
        "metadata": {"name": "all", "namespace": "argocd", "uid": "5b1c1e0a-4a35-4f6c-9a3e-0b8d7f8f0002"},
        "spec": {}, "status": {"resources": [{}, {}]}});
    let plan = plan_of(&*draft(Verb::Refresh, std::slice::from_ref(&set), &[])).unwrap();
    assert_eq!(
        body(&plan, 0),
        json!({"metadata": {"annotations": {"argocd.argoproj.io/application-set-refresh": "true"}}})
    );
    assert_eq!(plan.requests[0].follow, Following::Handshake(Handshake::ArgoSetRefresh));
    let mut delete = draft(Verb::Delete, &[set], &[]);
    assert_eq!(body(&plan_of(&*delete).unwrap(), 0)["propagationPolicy"], "Background");
    delete.set("cascade", Chosen::Typed("orphan".into()));
    let plan = plan_of(&*delete).unwrap();
    assert_eq!(body(&plan, 0)["propagationPolicy"], "Orphan");
    assert!(plan.loses && told(&plan, "2 apps stay"));
}

#[test]
fn an_object_that_was_replaced_is_not_touched() {
    let app = payments();
    let mut draft = draft(Verb::Sync, std::slice::from_ref(&app), &[project(&json!([]))]);
    let mut other = app;
    other["metadata"]["uid"] = "99999999-4a35-4f6c-9a3e-0b8d7f8f0001".into();
    draft.learn(0, Ok(&other.to_string()));
    assert!(plan_of(&*draft).unwrap_err().why.contains("another Application has this name now"));
}
