//! What becomes of what people ask of the engines.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::cell::RefCell;

use serde_json::{Value, json};

use crate::demo::estate::tests::World;

const APPS: (&str, &str) = ("argoproj.io", "applications");
const KUSTOMIZATIONS: (&str, &str) = ("kustomize.toolkit.fluxcd.io", "kustomizations");

fn app(world: &World, name: &str) -> Value {
    world.get(APPS.0, APPS.1, &format!("argocd/{name}"))
}

fn ask(world: &mut World, name: &str, edit: impl FnOnce(&mut Value)) {
    world.change(APPS.0, APPS.1, &format!("argocd/{name}"), edit);
}

fn operate(world: &mut World, name: &str, sync: Value, retry: i64) {
    ask(world, name, |app| {
        app["operation"] = json!({"initiatedBy": {"username": "demo"}, "sync": sync, "retry": {"limit": retry,
            "backoff": {"duration": "5s", "factor": 2, "maxDuration": "3m"}}});
        app["status"]["operationState"] = Value::Null;
    });
}

/// Runs an operation to its end. Returns everything that its message was.
fn follow(world: &mut World, name: &str) -> Vec<String> {
    let said: RefCell<Vec<String>> = RefCell::default();
    world.until("the operation ends", |world| {
        let app = app(world, name);
        let message = app["status"]["operationState"]["message"].as_str().unwrap_or_default();
        let mut said = said.borrow_mut();
        if !message.is_empty() && said.last().map(String::as_str) != Some(message) {
            said.push(message.to_owned());
        }
        app["operation"].is_null()
    });
    said.into_inner()
}

fn deployment(world: &World, name: &str) -> Value {
    world.get("apps", "deployments", &format!("shop/{name}"))
}

fn image(world: &World, name: &str) -> String {
    let object = deployment(world, name);
    object["spec"]["template"]["spec"]["containers"][0]["image"].as_str().unwrap().to_owned()
}

#[test]
fn a_sync_undoes_what_somebody_edited_and_brings_what_is_new() {
    let mut world = World::begin();
    assert_eq!(deployment(&world, "payments-api")["spec"]["replicas"], 5);
    operate(&mut world, "payments", json!({}), 0);
    let said = follow(&mut world, "payments");
    assert_eq!(said.last().unwrap(), "successfully synced (all tasks run)");
    let app = app(&world, "payments");
    let state = &app["status"]["operationState"];
    assert_eq!(state["phase"], "Succeeded");
    assert_eq!(state["operation"]["initiatedBy"]["username"], "demo");
    let results: Vec<&str> = state["syncResult"]["resources"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| one["message"].as_str().unwrap())
        .collect();
    assert_eq!(
        results,
        [
            "configmap/payments-api configured",
            "service/payments-api unchanged",
            "deployment.apps/payments-api configured"
        ]
    );
    assert_eq!(app["status"]["sync"]["status"], "Synced");
    let last = app["status"]["history"].as_array().unwrap().last().unwrap().clone();
    assert_eq!((&last["id"], &last["revision"]), (&json!(4), &app["status"]["sync"]["revision"]));
    let live = deployment(&world, "payments-api");
    assert_eq!(live["spec"]["replicas"], 3);
    assert_eq!(image(&world, "payments-api"), "registry.example.com/shop/payments:1.4.1");
    let env = &live["spec"]["template"]["spec"]["containers"][0]["env"][0];
    assert_eq!(env["value"], "info");
    world.until("it has rolled out", |world| {
        let live = deployment(world, "payments-api");
        live["status"]["updatedReplicas"] == 3 && live["status"]["replicas"] == 3
    });
}

#[test]
fn a_release_is_synced_by_itself_with_its_hook_and_its_waves() {
    let mut world = World::begin();
    world.until("a sync of checkout runs", |world| app(world, "checkout")["operation"].is_object());
    let said = follow(&mut world, "checkout");
    for wanted in [
        "waiting for completion of hook batch/Job/checkout-migrate",
        "waiting for healthy state of apps/Deployment/checkout-api",
        "successfully synced (all tasks run)",
    ] {
        assert!(said.iter().any(|one| one == wanted), "{wanted} in {said:?}");
    }
    assert_eq!(image(&world, "checkout-api"), "registry.example.com/shop/checkout:1.8.0");
    let app = app(&world, "checkout");
    let hook = &app["status"]["operationState"]["syncResult"]["resources"][0];
    assert_eq!((&hook["hookType"], &hook["hookPhase"]), (&json!("PreSync"), &json!("Succeeded")));
    assert_eq!(app["status"]["operationState"]["operation"]["initiatedBy"]["automated"], true);
}

#[test]
fn what_is_refused_is_tried_again_and_fails_in_the_end() {
    let mut world = World::begin();
    operate(&mut world, "fraud-check", json!({}), 2);
    world.until("it waits to try again", |world| {
        let state = &app(world, "fraud-check")["status"]["operationState"];
        state["phase"] == "Running" && state["finishedAt"].is_string() && state["retryCount"] == 1
    });
    let said = follow(&mut world, "fraud-check");
    assert!(said[0].contains("Retrying attempt #1 at "), "{said:?}");
    assert!(said.last().unwrap().ends_with("(retried 2 times)."), "{said:?}");
    let app = app(&world, "fraud-check");
    assert_eq!(app["status"]["operationState"]["phase"], "Failed");
    let result = &app["status"]["operationState"]["syncResult"]["resources"][0];
    assert_eq!(result["status"], "SyncFailed");
}

#[test]
fn a_sync_that_is_terminated_ends_where_it_is() {
    let mut world = World::begin();
    world.until("the hook runs", |world| {
        let state = &app(world, "checkout")["status"]["operationState"];
        state["message"].as_str().unwrap_or_default().contains("completion of hook")
    });
    ask(&mut world, "checkout", |app| {
        app["status"]["operationState"]["phase"] = "Terminating".into();
    });
    assert_eq!(follow(&mut world, "checkout").last().unwrap(), "Operation terminated");
    assert_eq!(app(&world, "checkout")["status"]["operationState"]["phase"], "Failed");
    assert_eq!(image(&world, "checkout-api"), "registry.example.com/shop/checkout:1.7.0");
}

#[test]
fn a_refresh_is_acknowledged() {
    let mut world = World::begin();
    let before = app(&world, "catalog")["status"]["reconciledAt"].clone();
    ask(&mut world, "catalog", |app| {
        app["metadata"]["annotations"]["argocd.argoproj.io/refresh"] = "normal".into();
    });
    world.until("it is", |world| {
        app(world, "catalog")["metadata"]["annotations"]["argocd.argoproj.io/refresh"].is_null()
    });
    assert_ne!(app(&world, "catalog")["status"]["reconciledAt"], before);
}

#[test]
fn drift_is_undone_where_self_heal_is_on_and_only_told_elsewhere() {
    let mut world = World::begin();
    for name in ["storefront", "catalog"] {
        world.change("apps", "deployments", &format!("shop/{name}"), |object| {
            object["spec"]["replicas"] = 1.into();
        });
    }
    world.until("storefront is healed", |world| {
        deployment(world, "storefront")["spec"]["replicas"] == 4
            && app(world, "storefront")["operation"].is_null()
    });
    let storefront = app(&world, "storefront");
    assert_eq!(storefront["status"]["history"].as_array().unwrap().len(), 4, "it is not recorded");
    assert_eq!(app(&world, "catalog")["status"]["sync"]["status"], "OutOfSync");
    assert_eq!(deployment(&world, "catalog")["spec"]["replicas"], 1);
}

#[test]
fn a_rollback_brings_what_was_and_a_window_that_is_shut_holds_it_up() {
    let mut world = World::begin();
    let entry = app(&world, "payments")["status"]["history"][2].clone();
    let sync = json!({"revision": entry["revision"], "source": entry["source"], "syncStrategy": {"apply": {}}});
    operate(&mut world, "payments", sync, 0);
    follow(&mut world, "payments");
    assert_eq!(image(&world, "payments-api"), "registry.example.com/shop/payments:1.4.0-rc3");
    assert_eq!(app(&world, "payments")["status"]["sync"]["status"], "OutOfSync");
    operate(&mut world, "tariffs", json!({}), 0);
    world.until("it is held up", |world| {
        let state = &app(world, "tariffs")["status"]["operationState"];
        state["message"] == "Sync operation blocked by sync window"
    });
}

#[test]
fn a_dry_run_and_a_choice_of_objects_do_no_more_than_that() {
    let mut world = World::begin();
    operate(&mut world, "payments", json!({"dryRun": true}), 0);
    follow(&mut world, "payments");
    assert_eq!(deployment(&world, "payments-api")["spec"]["replicas"], 5);
    let state = app(&world, "payments")["status"]["operationState"].clone();
    let first = &state["syncResult"]["resources"][0];
    assert_eq!(first["message"], "configmap/payments-api configured (dry run)");
    operate(
        &mut world,
        "payments",
        json!({"resources": [{"kind": "ConfigMap", "name": "payments-api"}]}),
        0,
    );
    follow(&mut world, "payments");
    let settings = world.get("", "configmaps", "shop/payments-api");
    assert_eq!(settings["data"]["POOL_SIZE"], "40");
    assert_eq!(deployment(&world, "payments-api")["spec"]["replicas"], 5);
    assert_eq!(app(&world, "payments")["status"]["history"].as_array().unwrap().len(), 4);
}

#[test]
fn an_application_that_is_deleted_takes_its_objects_along() {
    let mut world = World::begin();
    let id = world.store.find(APPS.0, APPS.1).unwrap();
    crate::demo::delete::quietly(&mut world.store, id, "argocd/catalog");
    world.until("it is gone", |world| world.store.get(id, "argocd/catalog").is_none());
    let deployments = world.store.find("apps", "deployments").unwrap();
    assert!(world.store.get(deployments, "shop/catalog").is_none());
}

fn request(
    world: &mut World,
    (group, plural): (&str, &str),
    key: &str,
    token: &str,
    more: &[&str],
) {
    world.change(group, plural, key, |object| {
        object["metadata"]["annotations"]["reconcile.fluxcd.io/requestedAt"] = token.into();
        for name in more {
            object["metadata"]["annotations"][format!("reconcile.fluxcd.io/{name}")] = token.into();
        }
    });
}

fn handled(world: &mut World, (group, plural): (&str, &str), key: &str, token: &str) -> Value {
    world.until("the request is handled", |world| {
        world.get(group, plural, key)["status"]["lastHandledReconcileAt"] == token
    });
    world.get(group, plural, key)
}

fn ready(object: &Value) -> (String, String) {
    let conditions = object["status"]["conditions"].as_array().unwrap();
    let ready = conditions.iter().find(|one| one["type"] == "Ready").unwrap();
    let text = |field: &str| ready[field].as_str().unwrap().to_owned();
    (text("status"), text("message"))
}

#[test]
fn a_kustomization_applies_again_and_undoes_what_kubectl_did() {
    let mut world = World::begin();
    let id = world.store.find("apps", "deployments").unwrap();
    let old = world.get("apps", "deployments", "monitoring/kube-state-metrics");
    for (manager, replicas, note) in [("kubectl-edit", 3, "by hand"), ("wheelhouse", 3, "kept")] {
        let old = world.get("apps", "deployments", "monitoring/kube-state-metrics");
        let mut new = old.clone();
        new["spec"]["replicas"] = replicas.into();
        new["metadata"]["annotations"][format!("example.com/{manager}")] = note.into();
        crate::demo::estate::controllers::write(&mut world.store, id, &old, new, manager);
    }
    request(&mut world, KUSTOMIZATIONS, "flux-system/infra", "t1", &[]);
    let said: RefCell<Vec<String>> = RefCell::default();
    world.until("it is handled", |world| {
        let infra = world.get(KUSTOMIZATIONS.0, KUSTOMIZATIONS.1, "flux-system/infra");
        let conditions = infra["status"]["conditions"].as_array().unwrap();
        let now = conditions.iter().find(|one| one["type"] == "Reconciling");
        if let Some(now) = now {
            let message = now["message"].as_str().unwrap().to_owned();
            let mut said = said.borrow_mut();
            if said.last() != Some(&message) {
                said.push(message);
            }
        }
        infra["status"]["lastHandledReconcileAt"] == "t1"
    });
    let words: Vec<String> = said
        .into_inner()
        .iter()
        .map(|one| one.split_whitespace().take(2).collect::<Vec<_>>().join(" "))
        .collect();
    assert_eq!(
        words,
        ["Fetching manifests", "Building manifests", "Detecting drift", "Running health"]
    );
    let new = world.get("apps", "deployments", "monitoring/kube-state-metrics");
    assert_eq!(new["spec"]["replicas"], old["spec"]["replicas"]);
    assert!(new["metadata"]["annotations"]["example.com/kubectl-edit"].is_null());
    assert_eq!(new["metadata"]["annotations"]["example.com/wheelhouse"], "kept");
}

#[test]
fn a_suspended_kustomization_only_says_that_it_saw_the_request() {
    let mut world = World::begin();
    request(&mut world, KUSTOMIZATIONS, "flux-system/data", "t1", &[]);
    let data = handled(&mut world, KUSTOMIZATIONS, "flux-system/data", "t1");
    let behind = data["status"]["lastAppliedRevision"].clone();
    world.change(KUSTOMIZATIONS.0, KUSTOMIZATIONS.1, "flux-system/data", |object| {
        object["spec"].as_object_mut().unwrap().shift_remove("suspend");
    });
    world.until("it caught up", |world| {
        let data = world.get(KUSTOMIZATIONS.0, KUSTOMIZATIONS.1, "flux-system/data");
        data["status"]["lastAppliedRevision"] != behind && ready(&data).0 == "True"
    });
}

#[test]
fn what_does_not_build_or_does_not_get_well_is_told() {
    let mut world = World::begin();
    request(&mut world, KUSTOMIZATIONS, "flux-system/observability", "t1", &[]);
    let broken = handled(&mut world, KUSTOMIZATIONS, "flux-system/observability", "t1");
    assert!(ready(&broken).1.starts_with("kustomize build failed"), "{:?}", ready(&broken));
    request(&mut world, KUSTOMIZATIONS, "flux-system/dashboards", "t1", &[]);
    let waits = handled(&mut world, KUSTOMIZATIONS, "flux-system/dashboards", "t1");
    assert_eq!(ready(&waits).1, "dependency 'flux-system/observability' is not ready");
}

#[test]
fn a_release_that_ran_out_of_retries_is_upgraded_when_it_is_reset() {
    const RELEASES: (&str, &str) = ("helm.toolkit.fluxcd.io", "helmreleases");
    let mut world = World::begin();
    request(&mut world, RELEASES, "data/redis", "t1", &[]);
    let stalled = handled(&mut world, RELEASES, "data/redis", "t1");
    assert_eq!(ready(&stalled).0, "False", "a plain request does not help");
    request(&mut world, RELEASES, "data/redis", "t2", &["resetAt"]);
    let redis = handled(&mut world, RELEASES, "data/redis", "t2");
    assert_eq!(redis["status"]["lastHandledResetAt"], "t2");
    assert_eq!(
        ready(&redis).1,
        "Helm upgrade succeeded for release data/redis.v6 with chart redis@22.0.7"
    );
    let record = world.get("", "secrets", "data/sh.helm.release.v1.redis.v6");
    assert_eq!(record["metadata"]["labels"]["status"], "deployed");
    let before = world.get("", "secrets", "data/sh.helm.release.v1.redis.v4");
    assert_eq!(before["metadata"]["labels"]["status"], "superseded");
    let body = crate::demo::estate::helm::release_of(&record).unwrap();
    assert_eq!((&body["version"], &body["info"]["status"]), (&json!(6), &json!("deployed")));
}

#[test]
fn a_push_is_fetched_and_applied() {
    let mut world = World::begin();
    world.until("kube-state-metrics is the new one", |world| {
        let object = world.get("apps", "deployments", "monitoring/kube-state-metrics");
        let image = &object["spec"]["template"]["spec"]["containers"][0]["image"];
        image.as_str().unwrap().ends_with(":v2.17.1")
    });
    world.until("infra is ready with it", |world| {
        let infra = world.get(KUSTOMIZATIONS.0, KUSTOMIZATIONS.1, "flux-system/infra");
        let source =
            world.get("source.toolkit.fluxcd.io", "gitrepositories", "flux-system/flux-system");
        ready(&infra).0 == "True"
            && infra["status"]["lastAppliedRevision"] == source["status"]["artifact"]["revision"]
    });
}
