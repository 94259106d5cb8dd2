#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use crate::apps::App;
use crate::drift::testing::{Server, app, job, told};
use crate::drift::{Confidence, Depth, Ground, Own, State};
use crate::model::{EngineId, Fault, FaultKind, Plan};
use serde_json::{Value, json};

/// Records that real helm programs left.
const RECORDS: &str = include_str!("../../../tests/fixtures/helm/secrets.json");

fn records(release: &str) -> Value {
    let mut list: Value = serde_json::from_str(RECORDS).unwrap();
    let items = list["items"].as_array_mut().unwrap();
    items.retain(|item| item["metadata"]["labels"]["name"] == release);
    list
}

fn newest(list: &Value) -> Value {
    let mut newest = list["items"].as_array().unwrap().last().unwrap().clone();
    newest["kind"] = "Secret".into();
    newest
}

fn ground(release: &str) -> Ground {
    let list = records(release);
    let app = app(EngineId::Helm, "shop", release);
    Ground {
        app,
        answers: vec![Ok(newest(&list)), Ok(list)],
        delivered: Vec::new(),
        own: Own::Unasked,
    }
}

/// An object as the server has it after helm made it.
fn live(manager: &str, mut object: Value) -> Value {
    let metadata = &mut object["metadata"];
    metadata["namespace"] = "shop".into();
    metadata["uid"] = "u".into();
    metadata["resourceVersion"] = "7".into();
    metadata["labels"]["app.kubernetes.io/managed-by"] = "Helm".into();
    metadata["annotations"] = json!({"meta.helm.sh/release-namespace": "shop",
        "meta.helm.sh/release-name": metadata["name"].clone()});
    let fields = match object["kind"].as_str() {
        Some("Deployment") => json!({"f:spec": {"f:replicas": {}}}),
        _ => json!({"f:data": {}}),
    };
    object["metadata"]["managedFields"] = json!([{"manager": manager, "operation": "Update",
        "time": "2026-01-02T03:04:05Z", "fieldsV1": fields}]);
    object
}

fn map(manager: &str, name: &str, greeting: &str) -> Value {
    let labels = json!({"helm.sh/chart": "web-1.0.0"});
    live(
        manager,
        json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name, "labels": labels},
        "data": {"greeting": greeting}}),
    )
}

fn web(manager: &str, name: &str, replicas: u32) -> Value {
    let labels = json!({"helm.sh/chart": "web-1.0.0", "team": "shop", "tier": "front"});
    live(
        manager,
        json!({"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": name, "labels": labels},
        "spec": {"replicas": replicas, "selector": {"matchLabels": {"app": name}},
            "template": {"metadata": {"labels": {"app": name}}, "spec": {"containers": [
                {"name": "web", "image": "example.test/web:2.4", "imagePullPolicy": "IfNotPresent"}]}}}}),
    )
}

#[test]
fn a_manifest_is_held_against_what_is_there_where_nothing_may_be_rehearsed() {
    let mut server = Server::default();
    server.put(map("kubectl-edit", "web", "servus"));
    server.put(web("helm", "web", 1));
    let (desired, found) = server.compare(job(ground("web"), Depth::Reads)).unwrap();
    assert_eq!((&*desired.what, &*desired.revision), ("release v4", "web-1.0.0"));
    assert!(desired.at > 0);
    assert_eq!(
        told(&found),
        [
            "Secret/web missing",
            "ConfigMap/web changed",
            "  data.greeting \"hello\" \"servus\" by kubectl-edit: the next helm upgrade stops at it, a conflict with kubectl-edit, unless --force-conflicts",
            "Deployment/web in sync",
        ]
    );
    assert_eq!(found[2].confidence, Confidence::Approximate);
    let missing = found[0].desired.as_ref().unwrap();
    assert!(!missing.to_string().contains("hunter2"), "{missing}");
}

#[test]
fn a_rehearsal_makes_it_exact() {
    let mut server = Server::default();
    server.put(web("kubectl-scale", "web", 5));
    let trier = |plan: &Plan| {
        let request = &plan.requests[0];
        let path = request.path.as_str();
        assert_eq!(
            path,
            "/apis/apps/v1/namespaces/shop/deployments/web?fieldManager=helm&force=true"
        );
        assert!(plan.dry_run);
        let mut would = web("helm", "web", 1);
        would["spec"]["minReadySeconds"] = 3.into();
        Ok(would)
    };
    server.trier = Some(Box::new(trier));
    let mut all = job(ground("web"), Depth::Rehearsals);
    let id = crate::relations::ObjectId {
        group: "apps".into(),
        kind: "Deployment".into(),
        namespace: "shop".into(),
        name: "web".into(),
    };
    all.only = crate::drift::Only::These([id].into());
    let (_, found) = server.compare(all.clone()).unwrap();
    assert_eq!(found.len(), 1);
    assert_eq!(found[0].confidence, Confidence::Exact);
    let lines = told(&found);
    assert!(
        lines[1].starts_with("  spec.replicas 1 5 by kubectl-scale: the next helm upgrade stops")
    );
    assert!(lines[2].starts_with("  spec.minReadySeconds 3 - by"), "{lines:#?}");

    // What speaks against a rehearsal does not keep it from being compared.
    for (kind, code, why, word, note) in [
        (
            FaultKind::Forbidden,
            403,
            "cannot patch",
            "changed",
            "not rehearsed: not allowed: cannot patch",
        ),
        (
            FaultKind::Invalid,
            400,
            "admission webhook \"x\" does not support dry run",
            "changed",
            "not rehearsed: admission webhook \"x\" does not support dry run",
        ),
        (
            FaultKind::Invalid,
            422,
            "spec.selector: Invalid value: field is immutable",
            "recreated",
            "would have to be made anew: spec.selector: Invalid value: field is immutable",
        ),
    ] {
        let trier = move |_: &Plan| Err(Fault::new(kind, "rehearse", why).code(code));
        server.trier = Some(Box::new(trier));
        let (_, found) = server.compare(all.clone()).unwrap();
        assert_eq!((found[0].state.word(), &*found[0].note), (word, note));
        assert_eq!(found[0].confidence, Confidence::Approximate);
        assert_eq!(found[0].fields.len(), 1);
    }
}

#[test]
fn what_changes_meanwhile_is_looked_at_again() {
    let mut server = Server::default();
    server.put(map("helm", "web", "hello"));
    let trier = |_: &Plan| {
        let mut would = map("helm", "web", "hello");
        would["metadata"]["resourceVersion"] = "8".into();
        would["data"]["other"] = "written in between".into();
        Ok(would)
    };
    server.trier = Some(Box::new(trier));
    let (_, found) = server.compare(job(ground("web"), Depth::Rehearsals)).unwrap();
    // It changes as often as one looks: what is known is told.
    assert_eq!(found[1].fields.len(), 1);
    let anew = |_: &Plan| {
        let mut would = map("helm", "web", "hello");
        would["metadata"]["uid"] = "another".into();
        Ok(would)
    };
    server.trier = Some(Box::new(anew));
    let (_, found) = server.compare(job(ground("web"), Depth::Rehearsals)).unwrap();
    assert!(matches!(&found[1].state, State::Unknown(fault) if fault.kind == FaultKind::Conflict));
}

#[test]
fn the_revision_that_was_deployed_counts_not_the_one_that_failed() {
    let server = Server::default();
    let (desired, found) = server.compare(job(ground("bad"), Depth::Reads)).unwrap();
    assert_eq!(desired.what, "release v1, the last that was deployed (v2: failed)");
    assert_eq!(found.len(), 3, "what only v2 has is not wanted");
    let (desired, _) = server.compare(job(ground("stuck"), Depth::Reads)).unwrap();
    assert_eq!(desired.what, "release v1, the last that was deployed (v2: pending-upgrade)");
    let fault = server.compare(job(ground("gone"), Depth::Reads)).unwrap_err();
    assert_eq!(fault.why, "v1 says uninstalled: nothing of it is wanted");
    let unread = Ground { answers: Vec::new(), ..ground("web") };
    let fault = server.compare(job(unread, Depth::Reads)).unwrap_err();
    assert!(fault.why.starts_with("its records cannot be read"), "{fault}");
}

#[test]
fn helm_3_merges_and_does_not_see_custom_resources() {
    let mut server = Server::default();
    server.put(map("kubectl-edit", "old", "servus"));
    let (_, found) = server.compare(job(ground("old"), Depth::Reads)).unwrap();
    let fields = &found[1].fields;
    assert!(
        fields.iter().any(|field| field.fate.words() == "the next helm upgrade undoes it"),
        "{fields:?}"
    );
}

/// A HelmRelease whose newest release is the last record of `web`.
fn release(spec: Value) -> Ground {
    let object = json!({"apiVersion": "helm.toolkit.fluxcd.io/v2", "kind": "HelmRelease",
        "metadata": {"name": "web", "namespace": "apps"}, "spec": spec,
        "status": {"storageNamespace": "shop", "history": [
            {"name": "web", "namespace": "shop", "version": 4, "status": "deployed"}],
        "conditions": [{"type": "Drifted", "status": "True", "message":
            "Cluster state of release shop/web.v4 has drifted from the desired state:\nConfigMap/shop/web changed (0 additions, 1 changes, 0 removals)"}]}});
    let app = app(EngineId::HelmRelease, "apps", "web");
    Ground { app, answers: vec![Ok(object)], delivered: Vec::new(), own: Own::Unasked }
}

fn flux() -> Server {
    let mut server = Server::default();
    let record = newest(&records("web"));
    server
        .answers
        .insert("/api/v1/namespaces/shop/secrets/sh.helm.release.v1.web.v4".into(), Ok(record));
    server.put(map("kubectl-edit", "web", "servus"));
    server.put(web("kubectl-scale", "web", 5));
    server
}

#[test]
fn a_helm_release_is_compared_as_its_controller_does_even_when_that_is_off() {
    let server = flux();
    let (desired, found) = server.compare(job(release(json!({})), Depth::Reads)).unwrap();
    assert_eq!(desired.what, "release v4");
    assert_eq!(
        told(&found),
        [
            "Secret/web missing",
            "ConfigMap/web changed (helm-controller says: changed (0 additions, 1 changes, 0 removals))",
            "  data.greeting \"hello\" \"servus\" by kubectl-edit: the next upgrade undoes it",
            "Deployment/web changed",
            "  spec.replicas 1 5 by kubectl-scale: the next upgrade undoes it",
        ]
    );
    let rules = json!({"driftDetection": {"mode": "enabled", "ignore": [
        {"paths": [""], "target": {"kind": "Secret"}},
        {"paths": ["/spec/replicas"], "target": {"kind": "Deployment"}}]}});
    let (_, found) = server.compare(job(release(rules), Depth::Reads)).unwrap();
    let lines = told(&found);
    assert_eq!(lines[0], "Secret/web n/a");
    assert_eq!(
        lines[2],
        "  data.greeting \"hello\" \"servus\" by kubectl-edit: helm-controller undoes it"
    );
    assert_eq!(lines[3], "Deployment/web in sync");
    assert!(lines[4].ends_with("[ignored by driftDetection.ignore 2]"), "{lines:#?}");
}

#[test]
fn what_others_add_to_labels_and_what_is_excluded_does_not_count() {
    let mut server = flux();
    let mut excluded = map("kubectl-edit", "web", "servus");
    excluded["metadata"]["annotations"]["helm.toolkit.fluxcd.io/driftDetection"] =
        "disabled".into();
    server.put(excluded);
    let mut labelled = web("helm-controller", "web", 1);
    labelled["metadata"]["labels"]["extra"] = "1".into();
    server.put(labelled);
    let trier = |plan: &Plan| {
        assert!(plan.requests[0].path.contains("fieldManager=helm-controller"));
        assert_eq!(plan.requests[0].target.kind, "Deployment", "what is excluded is not rehearsed");
        Ok(web("helm-controller", "web", 1))
    };
    server.trier = Some(Box::new(trier));
    let (_, found) = server.compare(job(release(json!({})), Depth::Rehearsals)).unwrap();
    assert_eq!(found[1].state.word(), "n/a");
    assert_eq!(found[2].state, State::Same);
    assert!(found[2].fields[0].noise.is_some());
}

#[test]
fn a_release_that_rests_brings_nothing_back_and_one_that_was_never_made_is_told() {
    let server = flux();
    let mut ground = release(json!({"suspend": true, "driftDetection": {"mode": "enabled"}}));
    ground.app = App { auto: crate::apps::Auto::Paused, ..ground.app };
    let (_, found) = server.compare(job(ground, Depth::Reads)).unwrap();
    assert_eq!(found[1].fields[0].fate.words(), "it stays until the HelmRelease is resumed");
    let mut new = release(json!({}));
    new.answers = vec![Ok(json!({"metadata": {"name": "web"}}))];
    assert_eq!(server.compare(job(new, Depth::Reads)).unwrap_err().why, "no release was made yet");
}
