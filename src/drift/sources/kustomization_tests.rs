#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use crate::apps::page::Delivered;
use crate::apps::{Auto, Axis};
use crate::drift::found::ObjectDrift;
use crate::drift::testing::{Server, app, job, told};
use crate::drift::{Confidence, Depth, Ground, Own};
use crate::model::{EngineId, Fault, FaultKind};
use crate::relations::ObjectId;
use serde_json::{Value, json};

fn id(kind: &str, name: &str) -> ObjectId {
    ObjectId { group: "".into(), kind: kind.into(), namespace: "shop".into(), name: name.into() }
}

fn delivered(id: ObjectId) -> Delivered {
    Delivered {
        id,
        wave: None,
        sync: Axis::default(),
        health: None,
        hook: "".into(),
        prune: false,
        message: "".into(),
        result: Axis::default(),
    }
}

fn ground(spec: Value) -> Ground {
    let object = json!({"metadata": {"name": "infra", "namespace": "flux-system"}, "spec": spec,
        "status": {"lastAppliedRevision": "main@sha1:1", "history": [{"lastReconciled": "2026-01-01T00:00:00Z"}]}});
    let source = json!({"status": {"artifact": {"revision": "main@sha1:1"}}});
    let mut app = app(EngineId::Kustomization, "flux-system", "infra");
    app.auto = Auto::Auto;
    let delivered = vec![
        delivered(id("ConfigMap", "app")),
        delivered(id("ConfigMap", "other")),
        delivered(id("Secret", "gone")),
    ];
    Ground { app, answers: vec![Ok(object), Ok(source)], delivered, own: Own::Unasked }
}

fn config(name: &str, annotations: Value, writers: &[(&str, &str, &str)]) -> Value {
    let entries: Vec<Value> = writers
        .iter()
        .map(|(manager, operation, key)| {
            json!({"manager": manager, "operation": operation, "time": "2026-01-01T00:00:00Z",
                "fieldsV1": {"f:data": {format!("f:{key}"): {}}}})
        })
        .collect();
    json!({"apiVersion": "v1", "kind": "ConfigMap", "data": {"a": "1", "b": "2", "c": "3"},
        "metadata": {"name": name, "namespace": "shop", "uid": name, "resourceVersion": "7",
            "annotations": annotations, "managedFields": entries}})
}

const FLUX: (&str, &str, &str) = ("kustomize-controller", "Apply", "a");
const EDIT: (&str, &str, &str) = ("kubectl-edit", "Update", "b");
const ROBOT: (&str, &str, &str) = ("robot", "Update", "c");

fn server(objects: Vec<Value>) -> Server {
    let mut server = Server::default();
    objects.into_iter().for_each(|object| server.put(object));
    server
}

fn compare(server: &Server, ground: Ground) -> Vec<ObjectDrift> {
    server.compare(job(ground, Depth::Rehearsals)).unwrap().1
}

#[test]
fn what_kubectl_wrote_is_undone_what_others_wrote_stays_and_what_is_gone_is_missing() {
    let server = server(vec![
        config("app", json!({}), &[FLUX, EDIT, ROBOT]),
        config("other", json!({}), &[ROBOT]),
    ]);
    let (desired, found) = server.compare(job(ground(json!({})), Depth::Rehearsals)).unwrap();
    assert_eq!(desired.what, "not on the cluster: inventory and writers");
    assert_eq!(desired.at, 1_767_225_600);
    assert!(found.iter().take(1).all(|one| one.confidence == Confidence::Ownership));
    assert_eq!(
        told(&found),
        [
            "ConfigMap/app changed",
            "  data.b - \"2\" by kubectl-edit: the next reconcile undoes it",
            "  data.c - \"3\" by robot: it stays, unless the source has this field",
            "ConfigMap/other n/a",
            "Secret/gone missing",
        ]
    );
}

#[test]
fn objects_may_opt_out_and_rules_of_the_app_hide_fields() {
    let key = "kustomize.toolkit.fluxcd.io";
    for (annotations, note, fate) in [
        (
            json!({format!("{key}/reconcile"): "Disabled"}),
            "reconcile: disabled",
            "the object opted out",
        ),
        (json!({format!("{key}/ssa"): "ignore"}), "ssa: Ignore", "the object opted out"),
        (
            json!({format!("{key}/ssa"): "IfNotPresent"}),
            "ssa: IfNotPresent",
            "the object opted out",
        ),
        (json!({format!("{key}/ssa"): "Merge"}), "ssa: Merge", "it stays, unless"),
    ] {
        let server = server(vec![config("app", annotations, &[FLUX, EDIT])]);
        let lines = told(&compare(&server, ground(json!({}))));
        assert!(lines[0].contains(note) && lines[1].contains(fate), "{lines:?}");
    }
    let server = server(vec![config("app", json!({}), &[FLUX, EDIT])]);
    let rules = json!({"ignore": [{"paths": ["/data/x"]}, {"paths": ["/data/b"]}]});
    let lines = told(&compare(&server, ground(rules)));
    assert_eq!(lines[0], "ConfigMap/app in sync");
    assert!(lines[1].ends_with("[ignored by ignore 2]"), "{lines:?}");
}

#[test]
fn a_paused_app_undoes_nothing_and_a_source_that_moved_on_is_told() {
    let server = server(vec![config("app", json!({}), &[FLUX, EDIT])]);
    let mut paused = ground(json!({}));
    paused.app.auto = Auto::Paused;
    paused.answers[1] = Ok(json!({"status": {"artifact": {"revision": "main@sha1:2"}}}));
    let (desired, found) = server.compare(job(paused, Depth::Reads)).unwrap();
    assert!(desired.what.ends_with("; the source has main@sha1:2 already"), "{desired:?}");
    assert!(told(&found)[1].contains("it stays until the Kustomization is resumed"));
    let mut gone = ground(json!({}));
    gone.answers = vec![Err(Fault::new(FaultKind::NotFound, "read it", "it is gone"))];
    assert_eq!(server.compare(job(gone, Depth::Reads)).unwrap_err().kind, FaultKind::NotFound);
}
