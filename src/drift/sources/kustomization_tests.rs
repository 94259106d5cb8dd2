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

/// What the source of [`ground`] was built to.
fn built(revision: &str) -> Own {
    let text = format!(
        "# {revision}\napiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: app\n  namespace: shop\ndata:\n  a: '9'\n\
         ---\napiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: new\n  namespace: shop\n\
         ---\napiVersion: v1\nkind: Secret\nmetadata:\n  name: sealed\n  namespace: shop\ndata:\n  word: KipTT1BTKio=\n"
    );
    Own::Read(text.into())
}

#[test]
fn what_the_artifact_was_built_to_is_rehearsed_and_what_it_leaves_out_goes() {
    let mut sealed = config("sealed", json!({}), &[FLUX]);
    sealed["kind"] = "Secret".into();
    let mut server = server(vec![
        config("app", json!({}), &[FLUX, EDIT, ROBOT]),
        config("other", json!({}), &[FLUX]),
        sealed,
    ]);
    server.trier = Some(Box::new(|plan| {
        let request = &plan.requests[0];
        assert!(
            request.path.ends_with("app?fieldManager=kustomize-controller&force=true"),
            "{request:?}"
        );
        let sent: Value = serde_json::from_str(&request.body).unwrap();
        let labels = &sent["metadata"]["labels"];
        assert_eq!(labels["kustomize.toolkit.fluxcd.io/name"], "infra");
        let mut would = config("app", json!({}), &[FLUX, EDIT, ROBOT]);
        would["data"]["a"] = "9".into();
        Ok(would)
    }));
    let exact = |spec: Value, pause: bool| {
        let mut ground = ground(spec);
        ground.own = built("main@sha1:1");
        if pause {
            ground.app.auto = Auto::Paused;
        }
        ground
    };
    let all = job(exact(json!({"prune": true}), false), Depth::Rehearsals);
    let (desired, found) = server.compare(all).unwrap();
    assert_eq!(desired.what, "what the next reconcile applies");
    assert_eq!(desired.revision, "main@sha1:1");
    assert_eq!(
        told(&found),
        [
            "ConfigMap/app changed",
            "  data.a \"9\" \"1\" by kustomize-controller: the next reconcile sets it",
            "  data.b - \"2\" by kubectl-edit: the next reconcile takes it away",
            "ConfigMap/new missing (the next reconcile makes it)",
            "Secret/sealed n/a",
            "ConfigMap/other extra (the source has it no more: the next reconcile prunes it)",
            "Secret/gone in sync (it is gone, and the source has it no more)",
        ]
    );
    assert_eq!(found[0].confidence, Confidence::Exact);
    let lines = told(&compare(&server, exact(json!({}), true)));
    assert!(lines[1].contains("it stays until the Kustomization is resumed"), "{lines:?}");
    assert!(lines.iter().any(|line| line.contains("it is not pruned: it stays")), "{lines:?}");
}

#[test]
fn what_was_built_of_another_artifact_or_cannot_be_read_is_not_used() {
    for (own, why) in [
        (built("main@sha1:2"), "another artifact by now"),
        (Own::Read("# main@sha1:1\nkind: [\n".into()), "what was built cannot be read"),
    ] {
        let mut ground = ground(json!({}));
        ground.own = own;
        let mut inquiry = crate::drift::Inquiry::new(job(ground, Depth::Reads));
        let mut told = Vec::new();
        loop {
            while inquiry.work() {}
            let asks = inquiry.asks(10);
            told.extend(inquiry.news());
            if asks.is_empty() {
                break;
            }
            for (id, _) in asks {
                inquiry.answer(id, Err(&Fault::new(FaultKind::NotFound, "read", "gone").code(404)));
            }
        }
        let said = told.iter().find_map(|news| match news {
            crate::drift::News::Shortfall(said) => Some(said.to_string()),
            _ => None,
        });
        assert!(said.as_ref().is_some_and(|said| said.contains(why)), "{said:?}");
    }
}

#[test]
fn what_has_the_labels_and_is_in_no_inventory_is_told() {
    let mut server = server(vec![config("app", json!({}), &[FLUX])]);
    let prefix = "kustomize.toolkit.fluxcd.io";
    let selector = format!("{prefix}/name=infra,{prefix}/namespace=flux-system");
    let selector = crate::text::percent::encode(&selector);
    let path = format!("/api/v1/namespaces/shop/configmaps?labelSelector={selector}&limit=500");
    let orphan = config("orphan", json!({}), &[FLUX]);
    let mut owned = config("owned", json!({}), &[FLUX]);
    owned["metadata"]["ownerReferences"] =
        json!([{"kind": "ConfigMap", "name": "app", "uid": "app"}]);
    server.put(orphan.clone());
    server.answers.insert(path, Ok(json!({"apiVersion": "v1", "items": [orphan, owned]})));
    let lines = told(&compare(&server, ground(json!({}))));
    let line = lines.iter().find(|line| line.starts_with("ConfigMap/orphan"));
    assert_eq!(
        line.map(String::as_str),
        Some(
            "ConfigMap/orphan extra (it has the labels of this Kustomization and is not in its inventory: nothing prunes it)"
        )
    );
    assert!(!lines.iter().any(|line| line.contains("owned")), "{lines:?}");
}
