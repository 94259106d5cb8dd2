//! Objects of Argo CD's for tests, and an estate made of them in the way that a session makes it.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use crate::apps::{App, Estate, Verb, engine};
use crate::kinds::{Pool, Projection};
use crate::model::{AppId, Catalogue, ClusterId, EngineId, Facet, Fault, FaultKind, Gvr, Resource};
use crate::verbs::Draft;
use serde_json::{Value, json};

/// 2026-11-28T12:00:00Z, a Saturday.
pub const NOW: i64 = 1_795_867_200;

fn resource(plural: &str, kind: &str) -> Resource {
    Resource {
        gvr: Gvr::new("argoproj.io", "v1alpha1", plural),
        kind: kind.into(),
        singular: "".into(),
        short_names: Vec::new(),
        categories: Vec::new(),
        namespaced: true,
        verbs: vec!["list".into(), "watch".into()],
        subresources: Vec::new(),
        preferred: true,
    }
}

/// The apps of a cluster that has these Applications and ApplicationSets.
pub fn estate(objects: &[Value]) -> Estate {
    let catalogue = Catalogue::new(vec![
        resource("applications", "Application"),
        resource("applicationsets", "ApplicationSet"),
    ]);
    let mut estate = Estate::new(ClusterId(0));
    let watches = estate.watches(&catalogue).to_vec();
    for (slot, object) in (0u32..).zip(objects) {
        let at = watches.iter().position(|watch| object["kind"] == watch.resource.kind.as_str());
        let at = at.unwrap();
        let projection = Projection::new(&watches[at].resource, Facet::App, &[], &[]).0;
        let mut rows = Vec::new();
        projection
            .rows(object.to_string().as_bytes(), &mut Pool::default(), &mut rows)
            .unwrap_or_else(|skip| panic!("{skip:?}"));
        estate.feed(u16::try_from(at).unwrap(), slot, rows.first());
    }
    estate.settle(&|_| "".into());
    estate
}

/// The app of an Application in `argocd`.
pub fn app(estate: &Estate, name: &str) -> App {
    estate.app(&AppId::new(EngineId::ArgoCd, "argocd", name)).unwrap().clone()
}

/// The app of the only one of these objects.
pub fn only(object: &Value) -> App {
    let name = object["metadata"]["name"].as_str().unwrap().to_owned();
    app(&estate(std::slice::from_ref(object)), &name)
}

/// An Application as Argo CD 3.5 leaves it after a sync: in sync, healthy, heals itself.
pub fn payments() -> Value {
    json!({
        "apiVersion": "argoproj.io/v1alpha1",
        "kind": "Application",
        "metadata": {
            "name": "payments", "namespace": "argocd", "uid": "5b1c1e0a-4a35-4f6c-9a3e-0b8d7f8f0001",
            "resourceVersion": "4711", "creationTimestamp": "2026-01-10T08:00:00Z",
            "finalizers": ["resources-finalizer.argocd.argoproj.io"],
        },
        "spec": {
            "project": "shop",
            "source": {"repoURL": "https://git.example.com/shop/deploy.git", "path": "apps/payments", "targetRevision": "main"},
            "destination": {"server": "https://kubernetes.default.svc", "namespace": "shop"},
            "syncPolicy": {
                "automated": {"prune": true, "selfHeal": true},
                "syncOptions": ["CreateNamespace=true", "ServerSideApply=true"],
                "retry": {"limit": 5, "backoff": {"duration": "5s", "factor": 2, "maxDuration": "3m"}},
            },
        },
        "status": {
            "controllerNamespace": "argocd",
            "sync": {"status": "Synced", "revision": "8d1e0aa0b1c2d3e4f5a6b7c8d9e0f1a2b3c4d5e6",
                "comparedTo": {"source": {"repoURL": "https://git.example.com/shop/deploy.git", "path": "apps/payments", "targetRevision": "main"},
                    "destination": {"server": "https://kubernetes.default.svc", "namespace": "shop"}}},
            "health": {"status": "Healthy", "lastTransitionTime": "2026-11-25T12:00:05Z"},
            "reconciledAt": "2026-11-28T11:58:30Z",
            "resourceHealthSource": "appTree",
            "sourceType": "Kustomize",
            "history": [
                {"id": 6, "revision": "1111111111111111111111111111111111111111", "deployStartedAt": "2026-11-20T09:00:00Z", "deployedAt": "2026-11-20T09:00:12Z",
                    "source": {"repoURL": "https://git.example.com/shop/deploy.git", "path": "apps/payments", "targetRevision": "main"}, "initiatedBy": {"username": "anna"}},
                {"id": 7, "revision": "8d1e0aa0b1c2d3e4f5a6b7c8d9e0f1a2b3c4d5e6", "deployStartedAt": "2026-11-25T12:00:00Z", "deployedAt": "2026-11-25T12:00:04Z",
                    "source": {"repoURL": "https://git.example.com/shop/deploy.git", "path": "apps/payments", "targetRevision": "main"}, "initiatedBy": {"automated": true}},
            ],
            "resources": [
                {"version": "v1", "kind": "ConfigMap", "namespace": "shop", "name": "payments", "status": "Synced"},
                {"group": "apps", "version": "v1", "kind": "Deployment", "namespace": "shop", "name": "payments-api", "status": "Synced", "syncWave": 1},
                {"group": "batch", "version": "v1", "kind": "Job", "namespace": "shop", "name": "migrate", "hook": true},
            ],
            "operationState": {
                "phase": "Succeeded", "message": "successfully synced (all tasks run)",
                "startedAt": "2026-11-25T12:00:00Z", "finishedAt": "2026-11-25T12:00:04Z",
                "operation": {"initiatedBy": {"automated": true}, "retry": {"limit": 5},
                    "sync": {"revision": "8d1e0aa0b1c2d3e4f5a6b7c8d9e0f1a2b3c4d5e6", "prune": true}},
                "syncResult": {"revision": "8d1e0aa0b1c2d3e4f5a6b7c8d9e0f1a2b3c4d5e6", "resources": [
                    {"group": "", "version": "v1", "kind": "ConfigMap", "namespace": "shop", "name": "payments", "status": "Synced", "message": "configmap/payments configured", "hookPhase": "Running", "syncPhase": "Sync"},
                    {"group": "batch", "version": "v1", "kind": "Job", "namespace": "shop", "name": "migrate", "hookType": "PreSync", "hookPhase": "Succeeded", "syncPhase": "PreSync", "message": "job.batch/migrate created"},
                ]},
            },
            "summary": {"images": ["registry.example.com/shop/payments:1.4.0"]},
        },
    })
}

/// The same after a push to its repository, switched to manual.
pub fn behind() -> Value {
    let mut app = payments();
    app["spec"]["syncPolicy"]["automated"]["enabled"] = false.into();
    app["metadata"]["managedFields"] = json!([
        {"manager": "argocd-server", "operation": "Update", "apiVersion": "argoproj.io/v1alpha1", "time": "2026-01-10T08:00:00Z",
            "fieldsType": "FieldsV1", "fieldsV1": {"f:spec": {".": {}, "f:project": {}, "f:syncPolicy": {".": {}, "f:automated": {".": {}, "f:prune": {}}}}}},
        {"manager": "wheelhouse", "operation": "Update", "apiVersion": "argoproj.io/v1alpha1", "time": "2026-11-27T12:00:00Z",
            "fieldsType": "FieldsV1", "fieldsV1": {"f:spec": {"f:syncPolicy": {"f:automated": {"f:enabled": {}}}}}},
    ]);
    app["status"]["sync"]["status"] = "OutOfSync".into();
    app["status"]["sync"]["revision"] = "41c77f9000000000000000000000000000000000".into();
    app["status"]["resources"][1]["status"] = "OutOfSync".into();
    app["status"]["resources"].as_array_mut().unwrap().push(json!(
        {"group": "networking.k8s.io", "version": "v1", "kind": "Ingress", "namespace": "shop", "name": "payments-old", "status": "OutOfSync", "requiresPruning": true, "syncWave": 2}));
    app
}

/// An Application as Argo CD 2.x stores it before anything came of it: no status at all.
pub fn fresh() -> Value {
    json!({
        "apiVersion": "argoproj.io/v1alpha1", "kind": "Application",
        "metadata": {"name": "fresh", "namespace": "argocd", "resourceVersion": "1"},
        "spec": {"source": {"repoURL": "https://charts.example.com", "chart": "redis", "targetRevision": "20.1.4"},
            "destination": {"name": "prod-us", "namespace": "data"}, "project": ""},
    })
}

/// A project that permits everything that [`payments`] does, with these windows.
pub fn project(windows: &Value) -> Value {
    json!({
        "apiVersion": "argoproj.io/v1alpha1", "kind": "AppProject",
        "metadata": {"name": "shop", "namespace": "argocd"},
        "spec": {"sourceRepos": ["https://git.example.com/shop/*"],
            "destinations": [{"server": "https://kubernetes.default.svc", "namespace": "shop"}],
            "syncWindows": windows},
    })
}

/// A definition of Applications that has `automated.enabled`, or has not.
pub fn definition(enabled: bool) -> Value {
    let mut automated = json!({"prune": {"type": "boolean"}, "selfHeal": {"type": "boolean"}});
    if enabled {
        automated["enabled"] = json!({"type": "boolean"});
    }
    json!({"spec": {"versions": [{"name": "v1alpha1", "schema": {"openAPIV3Schema": {"properties":
        {"spec": {"properties": {"syncPolicy": {"properties": {"automated": {"properties": automated}}}}}}}}}]}})
}

/// The draft of a verb on the first of these objects, with every read answered: by the objects, by
/// what is `around` (of whatever kind), else by a 404.
pub fn draft(verb: Verb, objects: &[Value], around: &[Value]) -> Box<dyn Draft> {
    let estate = estate(objects);
    let name = objects[0]["metadata"]["name"].as_str().unwrap();
    let engine_id = match objects[0]["kind"].as_str() {
        Some("ApplicationSet") => EngineId::ApplicationSet,
        _ => EngineId::ArgoCd,
    };
    let namespace = objects[0]["metadata"]["namespace"].as_str().unwrap();
    let app = estate.app(&AppId::new(engine_id, namespace, name)).unwrap().clone();
    let mut draft = engine(engine_id).unwrap().draft(verb, &app, &estate, NOW).unwrap();
    for (number, read) in draft.reads().into_iter().enumerate() {
        let found = objects.iter().chain(around).find(|object| {
            let name = object["metadata"]["name"].as_str().unwrap_or("");
            let plural = match object["kind"].as_str() {
                Some("Application") => "applications",
                Some("ApplicationSet") => "applicationsets",
                Some("AppProject") => "appprojects",
                Some("ConfigMap") => "configmaps",
                _ => "customresourcedefinitions",
            };
            let definition = plural == "customresourcedefinitions";
            read.path.contains(&format!("/{plural}/"))
                && (definition || read.path.ends_with(&format!("/{name}")))
        });
        match found {
            Some(object) => draft.learn(number, Ok(&object.to_string())),
            None => {
                let fault = Fault::new(FaultKind::NotFound, read.what, "not found");
                draft.learn(number, Err(&fault));
            }
        }
    }
    draft
}
