//! The pages of Applications and ApplicationSets.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use super::testing::{NOW, app, behind, estate, payments, project};
use crate::apps::page::Target;
use crate::apps::{Page, engine};
use crate::model::{AppId, EngineId, Fault, FaultKind, Health, Tone};
use serde_json::{Value, json};

fn page_of(objects: &[Value], project: Value, settings: Value) -> Page {
    let estate = estate(objects);
    let app = app(&estate, objects[0]["metadata"]["name"].as_str().unwrap());
    let argo = engine(EngineId::ArgoCd).unwrap();
    let reads = argo.page_reads(&app, &estate);
    assert_eq!(reads.len(), 3);
    assert!(reads[1].path.ends_with("/namespaces/argocd/appprojects/shop"));
    argo.page(&app, &estate, &[Ok(objects[0].clone()), Ok(project), Ok(settings)], NOW)
}

fn lines(page: &Page) -> Vec<String> {
    page.facts.iter().map(|fact| format!("{}: {}", fact.label, fact.text)).collect()
}

#[test]
fn the_page_tells_where_it_comes_from_and_what_holds_it() {
    let project = project(&json!([{"kind": "allow", "schedule": "0 22 * * *", "duration": "6h",
        "applications": ["*"], "manualSync": true, "description": "nights"}]));
    let settings = json!({"data": {"timeout.reconciliation": "180s"}});
    let page = page_of(&[behind()], project, settings);
    assert_eq!(
        lines(&page),
        [
            "source: https://git.example.com/shop/deploy.git apps/payments @ main 41c77f9",
            "destination: shop on https://kubernetes.default.svc",
            "project: shop",
            "auto-sync: off",
            "suspended by: auto-sync off by wheelhouse",
            "options: CreateNamespace=true, ServerSideApply=true",
            "retry: 5 times",
            "operation: Succeeded to 8d1e0aa by auto-sync",
            ": successfully synced (all tasks run)",
            "window: allow \"nights\" 0 22 * * * for 6h, manual syncs allowed: closed until",
            "compared: 41c77f9",
            "next reconcile: within a minute of",
        ]
    );
    let window = page.facts.iter().find(|fact| fact.label == "window").unwrap();
    assert_eq!((window.tone, window.at), (Tone::Warn, NOW + 10 * 3600));
    let next = page.facts.last().unwrap();
    assert_eq!(next.at, NOW - 90 + 180);
}

#[test]
fn objects_come_in_the_order_in_which_they_are_applied() {
    let mut app = behind();
    app["status"]["resources"][1]["health"] = json!({"status": "Missing"});
    app["status"]["operationState"]["syncResult"]["resources"][0]["status"] = "SyncFailed".into();
    app["status"]["operationState"]["syncResult"]["resources"].as_array_mut().unwrap().push(json!(
        {"group": "batch", "version": "v1", "kind": "Job", "namespace": "shop", "name": "smoke", "hookType": "PostSync", "hookPhase": "Failed", "syncPhase": "PostSync"}));
    let page = page_of(&[app], project(&json!([])), json!({}));
    let told: Vec<(String, Option<i64>, &str, &str, bool)> = page
        .objects
        .iter()
        .map(|one| (one.id.to_string(), one.wave, &*one.sync.word, &*one.hook, one.prune))
        .collect();
    assert_eq!(
        told,
        [
            ("Job/migrate".into(), Some(0), "", "PreSync Succeeded", false),
            ("ConfigMap/payments".into(), Some(0), "Synced", "", false),
            ("Deployment/payments-api".into(), Some(1), "OutOfSync", "", false),
            ("Ingress/payments-old".into(), Some(2), "OutOfSync", "", true),
            ("Job/smoke".into(), Some(0), "", "PostSync Failed", false),
        ]
    );
    let one = |name: &str| page.objects.iter().find(|one| one.id.name == name).unwrap();
    assert_eq!(
        (&*one("payments").result.word, one("payments").result.tone),
        ("SyncFailed", Tone::Bad)
    );
    assert_eq!(one("payments").message, "configmap/payments configured");
    assert_eq!(one("payments-api").health, Some(Health::Degraded));
    assert_eq!(one("smoke").result.tone, Tone::Bad);
}

#[test]
fn the_history_is_newest_first_and_says_what_was_different() {
    let mut app = behind();
    app["status"]["history"][0]["source"]["targetRevision"] = "v1".into();
    let page = page_of(&[app], project(&json!([])), json!({}));
    let told: Vec<(&str, &str, &str, &str)> =
        page.history.iter().map(|one| (&*one.id, &*one.revision, &*one.by, &*one.note)).collect();
    assert_eq!(
        told,
        [
            ("7", "8d1e0aa", "auto-sync", ""),
            ("6", "1111111", "anna", "@ v1 · other targetRevision"),
        ]
    );
    assert_eq!(page.history[0].at, NOW - 3 * 86_400 + 4);
}

#[test]
fn a_retry_tells_when() {
    let mut app = payments();
    app["operation"] = json!({"sync": {}});
    app["status"]["operationState"] = json!({"phase": "Running", "message": "boom. Retrying attempt #3",
        "startedAt": "2026-11-28T11:59:00Z", "finishedAt": "2026-11-28T11:59:50Z", "retryCount": 3,
        "operation": {"initiatedBy": {"username": "anna"}, "retry": {"limit": 5, "backoff": {"duration": "5s", "factor": 2, "maxDuration": "3m"}}}});
    let page = page_of(&[app], project(&json!([])), json!({}));
    let retry = page.facts.iter().find(|fact| fact.label == "retrying at").unwrap();
    assert_eq!((&*retry.text, retry.at), ("attempt 3 of 5", NOW - 10 + 20));
    assert!(lines(&page).contains(&"operation: waits for a retry by anna".into()));
}

#[test]
fn apps_of_apps_lead_to_each_other() {
    let mut root = payments();
    root["metadata"]["name"] = "root".into();
    root["status"]["resources"] = json!([{"group": "argoproj.io", "version": "v1alpha1", "kind": "Application", "namespace": "argocd", "name": "payments", "status": "Synced"}]);
    let mut child = payments();
    child["metadata"]["annotations"] =
        json!({"argocd.argoproj.io/tracking-id": "root:argoproj.io/Application:argocd/payments"});
    let leads = |page: &Page, label: &str| {
        page.facts.iter().find(|fact| fact.label == label).and_then(|fact| fact.leads_to.clone())
    };
    let down = page_of(&[root.clone(), child.clone()], project(&json!([])), json!({}));
    let id = |name: &str| Some(Target::App(AppId::new(EngineId::ArgoCd, "argocd", name)));
    assert_eq!(leads(&down, "delivers"), id("payments"));
    let up = page_of(&[child, root], project(&json!([])), json!({}));
    assert_eq!(leads(&up, "part of"), id("root"));
}

#[test]
fn what_may_not_be_read_is_said() {
    let estate = estate(&[payments()]);
    let app = app(&estate, "payments");
    let argo = engine(EngineId::ArgoCd).unwrap();
    let denied = || Err(Fault::new(FaultKind::Forbidden, "get it", "not you"));
    let page = argo.page(&app, &estate, &[denied(), denied(), denied()], NOW);
    assert!(page.objects_unknown.contains("not you"));
    let page = argo.page(&app, &estate, &[Ok(payments()), denied(), denied()], NOW);
    assert!(lines(&page).iter().any(|line| line.starts_with("window: not known")));
    assert_eq!(page.objects.len(), 3);
    let page = argo.page(&app, &estate, &[Ok(json!({})), denied(), denied()], NOW);
    assert_eq!(page.objects_unknown, "Argo CD has not compared it yet");
}

#[test]
fn a_set_shows_its_applications_by_step() {
    let set = json!({
        "apiVersion": "argoproj.io/v1alpha1", "kind": "ApplicationSet",
        "metadata": {"name": "all", "namespace": "argocd"},
        "spec": {"generators": [{"git": {}, "selector": {}}, {"list": {}}],
            "strategy": {"type": "RollingSync", "rollingSync": {"steps": [
                {"matchExpressions": [{"key": "env", "operator": "In", "values": ["dev"]}]},
                {"matchExpressions": [{"key": "env", "operator": "In", "values": ["prod"]}], "maxUpdate": "20%"}]}},
            "template": {"spec": {"project": "shop", "source": {"repoURL": "https://git.example.com/fleet.git", "path": "apps"}}}},
        "status": {"conditions": [{"type": "ErrorOccurred", "status": "True", "message": "no such repository"}],
            "applicationStatus": [
                {"application": "payments", "status": "Progressing", "step": "2", "message": "syncing"},
                {"application": "dev", "status": "Healthy", "step": "1"}],
            "resources": [{"name": "payments"}, {"name": "dev"}]},
    });
    let mut made = payments();
    made["metadata"]["ownerReferences"] = json!([{"apiVersion": "argoproj.io/v1alpha1", "kind": "ApplicationSet", "name": "all", "uid": "u"}]);
    let estate = estate(&[set.clone(), made]);
    let id = AppId::new(EngineId::ApplicationSet, "argocd", "all");
    let app = estate.app(&id).unwrap();
    let page = engine(EngineId::ApplicationSet).unwrap().page(app, &estate, &[Ok(set)], NOW);
    let lines = lines(&page);
    for line in [
        "generators: git, list",
        "source: https://git.example.com/fleet.git apps @ HEAD",
        "step: 2: env In (prod), 20% at a time",
        "condition: ErrorOccurred True: no such repository",
        "makes: argocd/dev",
    ] {
        assert!(lines.contains(&line.to_owned()), "{line}: {lines:?}");
    }
    let told: Vec<(&str, Option<i64>, &str, &str)> = page
        .objects
        .iter()
        .map(|one| (&*one.id.name, one.wave, &*one.sync.word, &*one.result.word))
        .collect();
    assert_eq!(
        told,
        [("dev", Some(1), "", "Healthy"), ("payments", Some(2), "Synced", "Progressing")]
    );
}
