//! What the source says of objects as Argo CD leaves them.
#![allow(clippy::unwrap_used, clippy::panic)]

use super::super::{Expected, Ground, Own, Source};
use super::Argo;
use crate::apps::page::Delivered;
use crate::apps::{App, Auto, Axis};
use crate::drift::found::{Confidence, ObjectDrift, State};
use crate::drift::judge::{Bench, Live};
use crate::drift::noise::Rules;
use crate::drift::shape::Shape;
use crate::model::{AppId, EngineId, Fault, FaultKind, Tone};
use crate::relations::ObjectId;
use serde_json::{Value, json};

pub(super) fn id(group: &str, kind: &str, name: &str) -> ObjectId {
    ObjectId { group: group.into(), kind: kind.into(), namespace: "shop".into(), name: name.into() }
}

pub(super) fn application(spec: &Value) -> Value {
    let mut app = json!({
        "metadata": {"name": "shop", "namespace": "argocd"},
        "spec": {
            "project": "default",
            "source": {"repoURL": "https://git.example.com/shop", "path": ".", "targetRevision": "main"},
            "destination": {"server": "https://kubernetes.default.svc", "namespace": "shop"},
        },
        "status": {
            "reconciledAt": "2026-11-28T10:00:00Z",
            "sync": {"status": "Synced", "revision": "8d1e0aa0000000000000000000000000000000aa"},
            "history": [{"id": 0, "revision": "8d1e0aa0000000000000000000000000000000aa",
                "deployedAt": "2026-11-28T09:00:00Z",
                "source": {"repoURL": "https://git.example.com/shop", "path": ".", "targetRevision": "main"}}],
        },
    });
    for (key, value) in spec.as_object().unwrap() {
        app["spec"][key] = value.clone();
    }
    app
}

fn source(app: Value, settings: Value, auto: Auto) -> Argo {
    source_with(app, settings, auto, Own::Unasked)
}

pub(super) fn source_with(app: Value, settings: Value, auto: Auto, own: Own) -> Argo {
    let mut of = App::new(AppId::new(EngineId::ArgoCd, "argocd", "shop"));
    of.auto = auto;
    let settings = json!({ "data": settings });
    let answers = vec![Ok(app), Ok(json!({})), Ok(settings)];
    Argo::new(Ground { app: of, answers, delivered: Vec::new(), own })
}

pub(super) fn told(id: &ObjectId, sync: &str) -> Expected {
    let told = Delivered {
        id: id.clone(),
        wave: Some(0),
        sync: Axis::new(sync, Tone::Plain),
        health: None,
        hook: "".into(),
        prune: false,
        message: "".into(),
        result: Axis::new("Synced", Tone::Good),
    };
    Expected { id: id.clone(), manifest: None, told: Some(told) }
}

pub(super) fn judged(source: &Argo, expected: &Expected, live: Live<'_>) -> ObjectDrift {
    let shape = Shape::of(&expected.id.group, &expected.id.kind);
    source.judge(expected, live, None, &Bench { rules: &Rules::default(), shape: &shape })
}

/// What differs, with what hides it.
pub(super) fn lines(found: &ObjectDrift) -> Vec<String> {
    let line = |field: &crate::drift::Field| {
        let noise = field.noise.as_ref().map(|noise| format!(" [{noise}]")).unwrap_or_default();
        let by = field.writer.as_ref().map(|one| format!(" by {}", one.manager));
        format!("{}{}{noise}", field.change.path, by.unwrap_or_default())
    };
    found.fields.iter().map(line).collect()
}

/// A Deployment as a client-side sync leaves it, with `kubectl scale` and `kubectl edit` after it.
pub(super) fn deployment() -> Value {
    let manifest = json!({
        "apiVersion": "apps/v1", "kind": "Deployment",
        "metadata": {"annotations": {"argocd.argoproj.io/tracking-id": "shop:apps/Deployment:shop/web"},
            "name": "web", "namespace": "shop"},
        "spec": {"replicas": 2, "selector": {"matchLabels": {"app": "web"}}, "template": {
            "metadata": {"labels": {"app": "web"}},
            "spec": {"containers": [{"image": "registry.example.com/web:1", "name": "main",
                "args": ["--port", "80"]}]}}},
    });
    json!({
        "apiVersion": "apps/v1", "kind": "Deployment",
        "metadata": {
            "name": "web", "namespace": "shop", "uid": "u", "resourceVersion": "9", "generation": 3,
            "annotations": {
                "argocd.argoproj.io/tracking-id": "shop:apps/Deployment:shop/web",
                "deployment.kubernetes.io/revision": "1",
                "kubectl.kubernetes.io/last-applied-configuration": manifest.to_string(),
            },
            "managedFields": [
                {"manager": "argocd-controller", "operation": "Update", "apiVersion": "apps/v1",
                 "time": "2026-11-28T09:00:00Z", "fieldsType": "FieldsV1", "fieldsV1": {
                    "f:metadata": {"f:annotations": {".": {}, "f:argocd.argoproj.io/tracking-id": {},
                        "f:kubectl.kubernetes.io/last-applied-configuration": {}}},
                    "f:spec": {"f:selector": {}, "f:template": {"f:spec": {"f:containers": {
                        "k:{\"name\":\"main\"}": {".": {}, "f:args": {}, "f:name": {}}}}}}}},
                {"manager": "kubectl", "operation": "Update", "subresource": "scale",
                 "time": "2026-11-28T09:30:00Z", "fieldsV1": {"f:spec": {"f:replicas": {}}}},
                {"manager": "kubectl-edit", "operation": "Update",
                 "time": "2026-11-28T09:40:00Z", "fieldsV1": {"f:spec": {"f:template": {"f:spec": {
                    "f:containers": {"k:{\"name\":\"main\"}": {"f:image": {}}}}}}}},
            ],
        },
        "spec": {"replicas": 5, "progressDeadlineSeconds": 600,
            "selector": {"matchLabels": {"app": "web"}},
            "template": {"metadata": {"labels": {"app": "web"}}, "spec": {
                "containers": [{"image": "registry.example.com/web:2", "imagePullPolicy": "Always",
                    "name": "main", "args": ["--port", "80"]}],
                "dnsPolicy": "ClusterFirst", "restartPolicy": "Always"}}},
        "status": {"replicas": 5},
    })
}

#[test]
fn changes_after_the_last_sync_are_told_with_who_made_them_and_what_becomes_of_them() {
    let web = id("apps", "Deployment", "web");
    let source = source(application(&json!({})), json!({}), Auto::Heal);
    let found = judged(&source, &told(&web, "OutOfSync"), Live::There(&deployment()));
    assert_eq!(found.state, State::Changed);
    assert_eq!(found.confidence, Confidence::LastApplied);
    assert_eq!(
        lines(&found),
        [
            "spec.replicas by kubectl",
            "spec.template.spec.containers[name=main].image by kubectl-edit"
        ]
    );
    assert_eq!(found.fields[0].fate.words(), "self-heal undoes it");
    assert_eq!(found.note, "");
    let desired = source.desired();
    assert_eq!(desired.revision, "8d1e0aa");
    assert_eq!(desired.at, 1_795_856_400);
}

#[test]
fn rules_of_the_app_and_of_argocd_cm_hide_fields_and_are_named() {
    let web = id("apps", "Deployment", "web");
    let app = application(&json!({"ignoreDifferences": [
        {"group": "*", "kind": "StatefulSet", "jsonPointers": ["/spec/replicas"]},
        {"group": "ap*", "kind": "Deployment", "name": "web", "jsonPointers": ["/spec/replicas", "/spec/nothing/here"]},
        {"group": "apps", "kind": "Deployment", "namespace": "other",
         "jsonPointers": ["/spec/template/spec/containers/0/image"]},
    ]}));
    let all = source(app.clone(), json!({}), Auto::Manual);
    let found = judged(&all, &told(&web, "OutOfSync"), Live::There(&deployment()));
    assert_eq!(
        lines(&found),
        [
            "spec.replicas by kubectl [ignored by ignoreDifferences 2]",
            "spec.template.spec.containers[name=main].image by kubectl-edit",
        ]
    );
    assert_eq!(found.fields[0].fate.word(), "next");
    assert_eq!(found.fields[1].fate.words(), "stays until somebody syncs");
    let settings = json!({
        "resource.customizations.ignoreDifferences.apps_Deployment":
            "managedFieldsManagers:\n- kubectl-edit\n",
        "resource.customizations.ignoreDifferences.all": "jsonPointers:\n- /spec/replicas\n",
    });
    let both = source(
        application(&json!({"syncPolicy": {"syncOptions": ["RespectIgnoreDifferences=true"]}})),
        settings,
        Auto::Manual,
    );
    let found = judged(&both, &told(&web, "Synced"), Live::There(&deployment()));
    assert_eq!(
        lines(&found),
        [
            "spec.replicas by kubectl [ignored by ignoreDifferences.all of argocd-cm]",
            "spec.template.spec.containers[name=main].image by kubectl-edit [ignored by ignoreDifferences.apps_Deployment of argocd-cm]",
        ]
    );
    assert_eq!(found.state, State::Same);
    assert_eq!(found.fields[0].fate.word(), "never");
    let broken = json!({"resource.customizations": "apps/Deployment:\n  ignoreDifferences: |\n    jsonPointers: 7\n"});
    let found = judged(
        &source(app, broken, Auto::Manual),
        &told(&web, "OutOfSync"),
        Live::There(&deployment()),
    );
    assert!(
        found.note.contains("resource.customizations of argocd-cm cannot be read"),
        "{}",
        found.note
    );
}

#[test]
fn git_that_moved_on_is_told_apart_from_drift_and_from_what_is_missing() {
    let web = id("apps", "Deployment", "web");
    let mut live = deployment();
    live["spec"]["replicas"] = json!(2);
    live["spec"]["template"]["spec"]["containers"][0]["image"] =
        json!("registry.example.com/web:1");
    let mut app = application(&json!({}));
    app["status"]["sync"]["revision"] = json!("41c77f90000000000000000000000000000000aa");
    let moved = source(app, json!({}), Auto::Manual);
    let found = judged(&moved, &told(&web, "OutOfSync"), Live::There(&live));
    assert_eq!(found.state, State::Behind);
    assert!(!found.state.is_drift());
    assert_eq!(
        found.note,
        "content of the new revision is not in the cluster: 8d1e0aa was applied, 41c77f9 is wanted"
    );
    let found = judged(&moved, &told(&web, "Synced"), Live::There(&live));
    assert_eq!((found.state, found.note.as_str()), (State::Same, ""));
    let found = judged(&moved, &told(&web, "OutOfSync"), Live::Gone);
    assert_eq!(found.state, State::Missing);
    assert_eq!(
        found.note,
        "the last sync brought it: it was deleted since; it stays away until somebody syncs"
    );
    let mut extra = told(&web, "OutOfSync");
    extra.told.as_mut().unwrap().prune = true;
    let found = judged(&moved, &extra, Live::There(&live));
    assert_eq!(found.state, State::Extra);
    assert_eq!(found.note, "would be pruned by the next sync that prunes");
    live["metadata"]["annotations"]["argocd.argoproj.io/sync-options"] =
        json!("Validate=false, Prune=false");
    let found = judged(&moved, &extra, Live::There(&live));
    assert_eq!(found.note, "not wanted any more; it stays: Prune=false");
    let unread = Fault::new(FaultKind::Forbidden, "get", "no");
    let found = judged(&moved, &extra, Live::Unread(&unread));
    assert!(matches!(found.state, State::Unknown(_)));
}

#[test]
fn what_argo_says_and_we_do_not_see_is_said_with_its_time() {
    let web = id("apps", "Deployment", "web");
    let mut live = deployment();
    let source = source(application(&json!({})), json!({}), Auto::Auto);
    live["metadata"]["managedFields"][2]["time"] = json!("2026-11-28T10:00:05Z");
    let found = judged(&source, &told(&web, "Synced"), Live::There(&live));
    assert_eq!(found.state, State::Changed);
    assert_eq!(
        found.note,
        "Argo CD said Synced at 2026-11-28 10:00:00 UTC, and has not compared it since"
    );
    let found = judged(&source, &told(&web, "Unknown"), Live::There(&live));
    assert_eq!(found.note, "Argo CD cannot tell");
}

#[test]
fn an_older_copy_is_not_trusted_beside_a_server_side_apply() {
    let web = id("apps", "Deployment", "web");
    let mut live = deployment();
    live["metadata"]["managedFields"][0]["operation"] = json!("Apply");
    let source = source(application(&json!({})), json!({}), Auto::Manual);
    let found = judged(&source, &told(&web, "OutOfSync"), Live::There(&live));
    assert_eq!((&found.state, found.confidence), (&State::Changed, Confidence::Ownership));
    assert_eq!(
        lines(&found),
        [
            "spec.replicas by kubectl",
            "spec.template.spec.containers[name=main].image by kubectl-edit"
        ]
    );
    let found = judged(&source, &told(&web, "Synced"), Live::There(&live));
    assert_eq!(found.state, State::Same);
    assert!(found.note.contains("older manifest"), "{}", found.note);
    live["metadata"]["managedFields"][2]["time"] = json!("2026-11-28T10:00:05Z");
    let found = judged(&source, &told(&web, "Synced"), Live::There(&live));
    let State::Incomparable(why) = &found.state else { panic!("{found:?}") };
    assert!(why.contains("has not compared it since kubectl-edit"), "{why}");
}

#[test]
fn objects_that_argo_does_not_compare_are_said_to_be_so() {
    let web = id("apps", "Deployment", "web");
    let source = source(application(&json!({})), json!({}), Auto::Manual);
    let why = |found: ObjectDrift| match found.state {
        State::Incomparable(why) => why.to_string(),
        other => panic!("{other:?}"),
    };
    let mut live = deployment();
    let mut hook = told(&web, "");
    hook.told.as_mut().unwrap().hook = "PreSync Succeeded".into();
    assert!(why(judged(&source, &hook, Live::Gone)).contains("PreSync Succeeded: a hook"));
    live["metadata"]["annotations"]["argocd.argoproj.io/tracking-id"] =
        json!("shop:apps/Deployment:shop/other");
    let words = why(judged(&source, &told(&web, ""), Live::There(&live)));
    assert_eq!(words, "its tracking id names something else: shop:apps/Deployment:shop/other");
    live["metadata"]["annotations"]["argocd.argoproj.io/hook"] = json!("Skip");
    assert_eq!(
        why(judged(&source, &told(&web, ""), Live::There(&live))),
        "its hook annotation says Skip"
    );
    let mut bare = deployment();
    let annotations = bare["metadata"]["annotations"].as_object_mut().unwrap();
    annotations.remove("kubectl.kubernetes.io/last-applied-configuration");
    annotations.insert("argocd.argoproj.io/sync-options".into(), json!("Replace=true"));
    let found = judged(&source, &told(&web, "OutOfSync"), Live::There(&bare));
    assert_eq!(found.note, "Argo CD says OutOfSync");
    assert!(why(found).contains("Replace=true"));
    let mut over = deployment();
    over["metadata"]["managedFields"][0]["manager"] = json!("kubectl-client-side-apply");
    let words = why(judged(&source, &told(&web, "Synced"), Live::There(&over)));
    assert_eq!(words, "kubectl-client-side-apply applied over what Argo CD had applied");
    let mut corrupt = deployment();
    corrupt["metadata"]["annotations"]["kubectl.kubernetes.io/last-applied-configuration"] =
        json!("{\"a\":");
    let found = judged(&source, &told(&web, "Synced"), Live::There(&corrupt));
    let State::Unknown(fault) = &found.state else { panic!("{found:?}") };
    assert!(fault.to_string().contains("cannot be read"), "{fault}");
}

#[test]
fn forms_that_are_the_same_to_argo_are_no_difference() {
    let with = |kind: (&str, &str), manifest: Value, live: Value, settings: Value| {
        let id = id(kind.0, kind.1, "one");
        let mut live = live;
        live["metadata"]["annotations"] = json!({
            "kubectl.kubernetes.io/last-applied-configuration": manifest.to_string()
        });
        let source = source(application(&json!({})), settings, Auto::Manual);
        lines(&judged(&source, &told(&id, "Synced"), Live::There(&live)))
    };
    let none: [&str; 0] = [];
    let found = with(
        ("", "Secret"),
        json!({"stringData": {"a": "x"}, "data": {"b": null}}),
        json!({"data": {"a": "eA==", "b": ""}}),
        json!({}),
    );
    assert_eq!(found, none);
    let pod = |cpu: Value, more: Value| {
        let mut container = json!({"name": "a", "resources": {"limits": {"cpu": cpu}}});
        container.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        json!({"spec": {"template": {"spec": {"containers": [container]}}}})
    };
    let wanted = pod(json!("0.1"), json!({"env": []}));
    let live = pod(json!("100m"), json!({"image": "defaulted"}));
    let found = with(("argoproj.io", "Rollout"), wanted, live, json!({}));
    assert_eq!(found, none);
    let size = |size: &str| json!({"spec": {"size": size}});
    let found = with(("example.com", "Web"), size("0.1"), size("100m"), json!({}));
    assert_eq!(found, ["spec.size"]);
    let known = json!({"resource.customizations.knownTypeFields.example.com_Web":
        "- field: spec.size\n  type: core/Quantity\n"});
    let found = with(("example.com", "Web"), size("0.1"), size("100m"), known);
    assert_eq!(found, none);
    let known = json!({"resource.customizations":
        "example.com/Web:\n  knownTypeFields:\n  - field: spec.every\n    type: meta/v1/Duration\n"});
    let found = with(
        ("example.com", "Web"),
        json!({"spec": {"every": "60s"}}),
        json!({"spec": {"every": "1m0s"}}),
        known,
    );
    assert_eq!(found, none);
    let role = || json!({"aggregationRule": {}, "rules": [{"verbs": ["get"]}]});
    let rbac = ("rbac.authorization.k8s.io", "ClusterRole");
    let live = json!({"aggregationRule": {}, "rules": [{"verbs": ["list"]}]});
    let differ = with(rbac, role(), live.clone(), json!({}));
    assert!(differ.len() == 1 && differ[0].starts_with("rules[0].verbs[0] "), "{differ:?}");
    let options = json!({"resource.compareoptions": "ignoreAggregatedRoles: true\n"});
    assert_eq!(with(rbac, role(), live, options), none);
    let status = |settings| {
        with(
            ("example.com", "Web"),
            json!({"status": {"is": "up"}}),
            json!({"status": {"is": "down"}}),
            settings,
        )
    };
    assert_eq!(status(json!({})), none);
    let options = json!({"resource.compareoptions": "ignoreResourceStatusField: none\n"});
    assert_eq!(status(options), ["status.is"]);
}
