//! Syncs by Argo CD's own controller.

use super::manifests::{annotated, config, stuck, web};
use super::program::Ran;
use super::{agree, program};
use crate::support::engines::Argo;
use crate::support::trials;
use libtest_mimic::Trial;
use serde_json::{Value, json};

pub fn trials() -> Vec<Trial> {
    vec![
        trials::on_argo("engines::argo_brings_what_a_commit_has", harness),
        trials::on_argo("engines::argo_syncs_with_an_apps_own_options_and_retry", options),
        trials::on_argo("engines::argo_syncs_chosen_objects_only_and_tries_without_doing", chosen),
        trials::on_argo("engines::argo_tries_a_failing_sync_again_and_gives_up", failing),
        trials::on_argo("engines::argo_runs_hooks_and_waves_in_order", waves),
        trials::on_argo("engines::argo_prunes_when_told_to", prune),
    ]
}

/// Has the program do it, and waits for the outcome.
pub fn act(argo: &Argo, verb: &str, name: &str, options: &[&str]) -> Ran {
    program::act(&argo.plane, verb, &format!("argocd/{name}"), options)
}

/// What the program would do.
pub fn plan(argo: &Argo, verb: &str, name: &str, options: &[&str]) -> Ran {
    program::plan(&argo.plane, verb, &format!("argocd/{name}"), options)
}

/// Code of the server's answer for an object.
pub fn code(argo: &Argo, path: &str) -> u16 {
    argo.api.call("GET", path, None).0
}

fn harness(argo: &Argo) {
    let name = "argo-harness";
    let repository = argo.repository(name);
    let first =
        repository.commit(&[("web.yaml", &web(1, "web:1")), ("map.yaml", &config("a", "1"))]);
    argo.create(name, &repository, &json!({}));
    let app = argo.until_status(name, "OutOfSync", "Missing");
    assert_eq!(app["status"]["sync"]["revision"], first);
    agree::argo(&argo.plane, name);
    let asked = json!({ "operation": { "initiatedBy": { "username": "someone" }, "sync": {} } });
    argo.patch(name, &asked);
    let app = argo.until_status(name, "Synced", "Healthy");
    assert_eq!(app["status"]["operationState"]["phase"], "Succeeded");
    assert_eq!(app["status"]["history"].as_array().map(Vec::len), Some(1));
    agree::argo(&argo.plane, name);
    let second = repository.commit(&[("web.yaml", &web(1, "web:2"))]);
    argo.refresh(name);
    let app = argo.until_status(name, "OutOfSync", "Healthy");
    assert_eq!(app["status"]["sync"]["revision"], second);
    let app = agree::argo(&argo.plane, name);
    assert_eq!(app["revision"], format!("{} → {}", &first[..7], &second[..7]));
}

fn options(argo: &Argo) {
    let name = "argo-options";
    let repository = argo.repository(name);
    repository.commit(&[("web.yaml", &web(1, "web:1"))]);
    argo.create(
        name,
        &repository,
        &json!({
            "destination": { "server": "https://kubernetes.default.svc", "namespace": "argo-made" },
            "syncPolicy": {
                "syncOptions": ["CreateNamespace=true", "ServerSideApply=true"],
                "retry": { "limit": 3, "backoff": { "duration": "1s" } },
            },
        }),
    );
    argo.until_status(name, "OutOfSync", "Missing");
    act(argo, "sync", name, &[]).ended(0);
    let app = argo.until_status(name, "Synced", "Healthy");
    let operation = &app["status"]["operationState"]["operation"];
    // The controller takes both from the operation alone.
    assert_eq!(operation["sync"]["syncOptions"], app["spec"]["syncPolicy"]["syncOptions"]);
    assert_eq!(operation["retry"], app["spec"]["syncPolicy"]["retry"]);
    assert!(operation["initiatedBy"]["automated"].is_null(), "{operation}");
    let web = argo.api.get("/apis/apps/v1/namespaces/argo-made/deployments/web");
    let managers = web["metadata"]["managedFields"].as_array().expect("managers");
    assert!(
        managers
            .iter()
            .any(|one| one["manager"] == "argocd-controller" && one["operation"] == "Apply"),
        "applied by the server: {managers:?}"
    );
    agree::argo(&argo.plane, name);
}

fn chosen(argo: &Argo) {
    let name = "argo-chosen";
    let repository = argo.repository(name);
    let files = [("a.yaml", config("a", "1")), ("b.yaml", config("b", "1"))];
    repository.commit(&files.each_ref().map(|(name, text)| (*name, text.as_str())));
    argo.create(name, &repository, &json!({}));
    argo.until_status(name, "OutOfSync", "Healthy");
    let map = |which: &str| format!("/api/v1/namespaces/{name}/configmaps/{which}");

    let ran = act(argo, "sync", name, &["--set", "dry-run=true"]);
    assert!(ran.ended(0).contains("dry run"), "{ran:?}");
    let app = argo.get(name);
    assert_eq!(app["status"]["operationState"]["operation"]["sync"]["dryRun"], true);
    assert_eq!(code(argo, &map("a")), 404, "nothing was applied");
    assert!(app["status"]["history"].is_null());
    agree::argo(&argo.plane, name);

    act(argo, "sync", name, &["--set", "objects=ConfigMap/a"]).ended(0);
    assert_eq!((code(argo, &map("a")), code(argo, &map("b"))), (200, 404));
    let app = argo.get(name);
    assert!(app["status"]["history"].is_null(), "what was not whole is no history");
    argo.until(name, "half synced", |app| {
        let all = app["status"]["resources"].as_array();
        all.is_some_and(|all| all.iter().filter(|one| one["status"] == "Synced").count() == 1)
    });
    assert_eq!(agree::argo(&argo.plane, name)["drifted"], 1);
}

fn failing(argo: &Argo) {
    let name = "argo-failing";
    let repository = argo.repository(name);
    let bad = web(1, "web:1").replace("labels: { app: web }", "labels: { app: other }");
    repository.commit(&[("a.yaml", &config("a", "1")), ("web.yaml", &bad)]);
    let retry = json!({ "limit": 2, "backoff": { "duration": "1s", "factor": 1 } });
    argo.create(name, &repository, &json!({ "syncPolicy": { "retry": retry } }));
    argo.until_status(name, "OutOfSync", "Missing");
    let ran = act(argo, "sync", name, &[]);
    let why = ran.ended(1);
    ran.told("retrying, attempt 1 of 2");
    assert!(why.contains("`selector` does not match") && why.contains("retried 2 times"), "{why}");
    let app = argo.get(name);
    assert_eq!(app["status"]["operationState"]["retryCount"], 2);
    let app = agree::argo(&argo.plane, name);
    assert_eq!(app["operation"], "Failed");
    assert!(app["message"].as_str().is_some_and(|why| why.contains("selector")), "{app}");
}

fn waves(argo: &Argo) {
    let name = "argo-waves";
    let repository = argo.repository(name);
    let wave = |text: &str, wave: &str| annotated(text, "argocd.argoproj.io/sync-wave", wave);
    let hook = annotated(&config("before", "1"), "argocd.argoproj.io/hook", "PreSync");
    let (last, first) = (wave(&config("last", "1"), "5"), wave(&stuck("first"), "-1"));
    repository.commit(&[("hook.yaml", &hook), ("last.yaml", &last), ("first.yaml", &first)]);
    argo.create(name, &repository, &json!({}));
    argo.until_status(name, "OutOfSync", "Missing");
    // Accepted, and not waited for.
    program::run(&argo.plane, &["sync", name]).ended(0);
    // The first wave does not come up: the hook before it has run, the wave after it has not begun.
    let app = argo.until(name, "held up by its first wave", |app| {
        app["status"]["operationState"]["message"].as_str().is_some_and(|m| m.contains("first"))
    });
    let results = app["status"]["operationState"]["syncResult"]["resources"].clone();
    let result = |wanted: &str| -> Value {
        let all = results.as_array().expect("results");
        all.iter().find(|one| one["name"] == wanted).cloned().unwrap_or_default()
    };
    assert_eq!(result("before")["hookPhase"], "Succeeded", "{results}");
    assert_eq!(result("last"), Value::Null, "{results}");
    assert_eq!(agree::argo(&argo.plane, name)["running"], true);

    // A second one is refused while it runs, as argocd-server would.
    plan(argo, "sync", name, &[]).refused("another operation is already in progress");

    act(argo, "terminate", name, &[]).ended(0);
    let app = argo.until(name, "terminated", |app| app["operation"].is_null());
    assert_eq!(app["status"]["operationState"]["phase"], "Failed");
    assert_eq!(code(argo, &format!("/api/v1/namespaces/{name}/configmaps/last")), 404);
    assert_eq!(agree::argo(&argo.plane, name)["operation"], "Failed");
}

fn prune(argo: &Argo) {
    let name = "argo-prune";
    let repository = argo.repository(name);
    let a = config("a", "1");
    repository.commit(&[("a.yaml", &a), ("b.yaml", &config("b", "1"))]);
    argo.create(name, &repository, &json!({}));
    argo.until_status(name, "OutOfSync", "Healthy");
    act(argo, "sync", name, &[]).ended(0);
    argo.until_status(name, "Synced", "Healthy");
    repository.commit(&[("a.yaml", &a)]);
    act(argo, "refresh", name, &[]).ended(0);
    argo.until_status(name, "OutOfSync", "Healthy");
    let b = format!("/api/v1/namespaces/{name}/configmaps/b");

    assert_eq!(plan(argo, "sync", name, &[]).lines[0]["loses"], false);
    act(argo, "sync", name, &[]).ended(0);
    assert_eq!(code(argo, &b), 200, "kept");
    assert_eq!(agree::argo(&argo.plane, name)["sync"], "OutOfSync");

    assert_eq!(plan(argo, "sync", name, &["--prune"]).lines[0]["loses"], true);
    act(argo, "sync", name, &["--prune"]).ended(0);
    argo.until_status(name, "Synced", "Healthy");
    assert_eq!(code(argo, &b), 404, "gone");
    agree::argo(&argo.plane, name);
}
