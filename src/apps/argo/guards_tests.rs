#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use super::*;
use crate::apps::Verb;
use crate::apps::argo::testing::{behind, definition, draft, payments, project};
use crate::verbs::testing::plan_of;
use serde_json::json;

fn edited(edit: impl Fn(&mut Value)) -> Value {
    let mut app = behind();
    edit(&mut app);
    app
}

/// What argocd-server refuses, and in which words.
#[test]
fn a_sync_is_refused_where_argocd_server_refuses_it() {
    let window = |kind: &str, manual: bool| {
        project(&json!([{"kind": kind, "schedule": "0 10 * * *", "duration": "4h",
            "applications": ["*"], "manualSync": manual}]))
    };
    let with = |key: &str, value: Value| {
        let mut project = project(&json!([]));
        project["spec"][key] = value;
        project
    };
    let open = || project(&json!([]));
    let cases = [
        (behind(), open(), ""),
        (
            edited(|app| app["metadata"]["deletionTimestamp"] = "2026-11-28T11:00:00Z".into()),
            open(),
            "application is deleting",
        ),
        (
            edited(|app| app["operation"] = json!({"initiatedBy": {"username": "anna"}})),
            open(),
            "another operation is already in progress (by anna)",
        ),
        (
            edited(|app| app["status"]["operationState"]["phase"] = "Running".into()),
            open(),
            "another operation is already in progress",
        ),
        (
            edited(|app| {
                app["metadata"]["annotations"] =
                    json!({"argocd.argoproj.io/skip-reconcile": "true"});
            }),
            open(),
            "Argo CD is told to skip it",
        ),
        (
            behind(),
            window("deny", false),
            "cannot sync: blocked by sync window deny 0 10 * * * for 4h",
        ),
        (behind(), window("deny", true), ""),
        (behind(), window("allow", false), ""),
        (
            behind(),
            with("sourceRepos", json!(["https://git.example.com/other/*"])),
            "application repo https://git.example.com/shop/deploy.git is not permitted in project 'shop'",
        ),
        (
            behind(),
            with("sourceRepos", json!(["*", "!https://git.example.com/shop/**"])),
            "is not permitted in project 'shop'",
        ),
        (
            behind(),
            with("destinations", json!([{"server": "*", "namespace": "other"}])),
            "application destination server 'https://kubernetes.default.svc' and namespace 'shop' do not match any of the allowed destinations in project 'shop'",
        ),
        (
            edited(|app| app["metadata"]["namespace"] = "team".into()),
            open(),
            "application 'payments' in namespace 'team' is not permitted to use project 'shop'",
        ),
        (
            edited(|app| app["metadata"]["namespace"] = "team".into()),
            with("sourceNamespaces", json!(["te*"])),
            "",
        ),
        (behind(), json!({}), "application references project shop which does not exist"),
    ];
    for (app, project, why) in cases {
        // The row of the list knows of some of these already; here, only the object does.
        let mut row = app.clone();
        row["operation"] = Value::Null;
        row["metadata"]["deletionTimestamp"] = Value::Null;
        let sync = draft(Verb::Sync, std::slice::from_ref(&app), &[project]);
        match (plan_of(&*sync), why) {
            (Ok(plan), "") => assert_eq!(plan.requests.len(), 1),
            (Ok(_), why) => panic!("not refused: {why}"),
            (Err(fault), "") => panic!("{fault}"),
            (Err(fault), why) => assert!(fault.why.contains(why), "{}\n{why}", fault.why),
        }
    }
}

#[test]
fn what_cannot_be_told_is_a_warning() {
    let mut app = behind();
    app["spec"]["destination"] = json!({"name": "prod-us", "namespace": "shop"});
    let mut project = project(&json!([]));
    project["spec"]["destinations"] = json!([{"server": "https://10.0.0.1", "namespace": "shop"}]);
    let plan = plan_of(&*draft(Verb::Sync, &[app], &[project])).unwrap();
    assert!(plan.notes.iter().any(|note| note.warning && note.text.contains("is not known here")));
    let mut app = behind();
    app["status"]["conditions"] = json!([{"type": "ComparisonError", "message": "no such path"}]);
    let plan =
        plan_of(&*draft(Verb::Sync, &[app], &[crate::apps::argo::testing::project(&json!([]))]));
    let notes = plan.unwrap().notes;
    assert!(
        notes.iter().any(|note| note.warning && note.text.ends_with("no such path")),
        "{notes:?}"
    );
}

#[test]
fn what_an_application_set_made_is_changed_only_where_that_stays() {
    let mut app = payments();
    app["metadata"]["ownerReferences"] = json!([{"apiVersion": "argoproj.io/v1alpha1", "kind": "ApplicationSet", "name": "all", "uid": "u"}]);
    let set = |spec: Value| {
        json!({"apiVersion": "argoproj.io/v1alpha1", "kind": "ApplicationSet",
            "metadata": {"name": "all", "namespace": "argocd"}, "spec": spec})
    };
    let enabled = definition(true);
    for (spec, stays) in [
        (json!({}), false),
        (json!({"syncPolicy": {"applicationsSync": "sync"}}), false),
        (json!({"syncPolicy": {"applicationsSync": "create-update"}}), false),
        (json!({"syncPolicy": {"applicationsSync": "create-only"}}), true),
        (json!({"syncPolicy": {"applicationsSync": "create-delete"}}), true),
        (json!({"ignoreApplicationDifferences": [{"jsonPointers": ["/spec/syncPolicy"]}]}), true),
        (json!({"ignoreApplicationDifferences": [{"jsonPointers": ["/spec/source"]}]}), false),
        (
            json!({"ignoreApplicationDifferences": [{"jqPathExpressions": [".spec.syncPolicy.automated"]}]}),
            true,
        ),
        (
            json!({"ignoreApplicationDifferences": [{"name": "other", "jsonPointers": ["/spec/syncPolicy"]}]}),
            false,
        ),
    ] {
        let around = [set(spec.clone()), enabled.clone()];
        let plan = plan_of(&*draft(Verb::Suspend, &[app.clone()], &around));
        assert_eq!(plan.is_ok(), stays, "{spec}");
        if let Err(fault) = plan {
            assert_eq!(fault.why, "ApplicationSet/all made it, and writes its spec back");
        }
    }
}

#[test]
fn a_parent_that_heals_is_warned_about_unless_it_never_wrote_the_field() {
    let mut root = payments();
    root["metadata"]["name"] = "root".into();
    let mut child = payments();
    child["metadata"]["annotations"] =
        json!({"argocd.argoproj.io/tracking-id": "root:argoproj.io/Application:argocd/payments"});
    let warned = |child: &Value, root: &Value, enabled: bool| -> Option<String> {
        let objects = [child.clone(), root.clone()];
        let plan = plan_of(&*draft(Verb::Suspend, &objects, &[definition(enabled)])).unwrap();
        plan.notes.into_iter().find(|note| note.warning).map(|note| note.text)
    };
    let heals = "argocd/root manages this Application with self-heal and";
    assert_eq!(warned(&child, &root, true).unwrap(), format!("{heals} may undo this"));
    let applied = json!({"spec": {"syncPolicy": {"automated": {"prune": true}}}}).to_string();
    child["metadata"]["annotations"]["kubectl.kubernetes.io/last-applied-configuration"] =
        applied.into();
    assert_eq!(warned(&child, &root, true), None, "enabled is nobody's field");
    assert_eq!(warned(&child, &root, false).unwrap(), format!("{heals} undoes this"));
    root["spec"]["syncPolicy"] = json!({});
    let later = "argocd/root manages this Application: its next sync undoes this";
    assert_eq!(warned(&child, &root, false).unwrap(), later);
}

#[test]
fn repositories_are_compared_as_argo_cd_compares_them() {
    for (a, b) in [
        ("https://Git.example.com/Shop/deploy.git", "https://git.example.com/shop/deploy"),
        ("git@git.example.com:shop/deploy.git", "ssh://git@git.example.com/shop/deploy"),
    ] {
        assert_eq!(normal(a), normal(b));
    }
}
