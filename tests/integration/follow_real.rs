//! What a controller is asked, followed to each of its endings on a real API server: the test plays the
//! controller. Its times are years ahead of ours, which must not matter.

use crate::oracle::kinds::establish;
use crate::support::api::Api;
use crate::support::control_plane::{ControlPlane, Options};
use crate::support::scripted::{Following, Played, crd, with_status};
use crate::support::trials;
use libtest_mimic::Trial;
use serde_json::{Value, json};

pub fn trials() -> Vec<Trial> {
    vec![
        trials::on_own("follow_real::argo_in_every_ending", Options::bare(), argo),
        trials::on_own("follow_real::flux_in_every_ending", Options::bare(), flux),
    ]
}

pub const APPS: &str = "/apis/argoproj.io/v1alpha1/namespaces/argocd/applications";

/// An Application that was synced once, by a server whose clock is ahead of ours.
pub fn application(name: &str) -> Value {
    json!({
        "apiVersion": "argoproj.io/v1alpha1",
        "kind": "Application",
        "metadata": {"name": name, "namespace": "argocd"},
        "spec": {
            "project": "default",
            "source": {"repoURL": "https://git.example.com/shop", "path": name,
                       "targetRevision": "main"},
            "destination": {"server": "https://kubernetes.default.svc", "namespace": "shop"},
        },
        "status": {
            "sync": {"status": "OutOfSync"},
            "health": {"status": "Healthy"},
            "resources": [
                {"kind": "ConfigMap", "name": "a", "namespace": "shop", "status": "OutOfSync"},
                {"kind": "ConfigMap", "name": "b", "namespace": "shop", "status": "OutOfSync"},
            ],
            "operationState": {
                "phase": "Succeeded", "startedAt": "2041-01-01T10:00:00Z",
                "finishedAt": "2041-01-01T10:00:09Z", "operation": {"sync": {}},
            },
        },
    })
}

/// The application, when the program has asked for a sync of it.
pub fn asked<'a>(api: &'a Api, name: &str) -> (Played<'a>, Value) {
    let app = Played::new(api, format!("{APPS}/{name}"));
    let object = app.wait("the request", |app| app["operation"].is_object());
    let operation = object["operation"].clone();
    (app, operation)
}

/// What the controller writes about an operation.
pub fn state(operation: &Value, phase: &str, message: &str, resources: Value) -> Value {
    json!({"status": {"operationState": {
        "phase": phase, "message": message, "operation": operation,
        "startedAt": "2041-01-01T11:00:00Z", "finishedAt": null, "retryCount": null,
        "syncResult": {"revision": "41c77f9", "resources": resources},
    }}})
}

/// The kinds of Argo CD, its namespace, and a project that allows everything.
pub fn serve_argo(api: &Api) {
    for (plural, kind) in [
        ("applications", "Application"),
        ("appprojects", "AppProject"),
        ("applicationsets", "ApplicationSet"),
    ] {
        establish(api, &crd("argoproj.io", "v1alpha1", plural, kind));
    }
    api.create("/api/v1/namespaces", &json!({"metadata": {"name": "argocd"}}));
    let project = json!({
        "apiVersion": "argoproj.io/v1alpha1", "kind": "AppProject",
        "metadata": {"name": "default", "namespace": "argocd"},
        "spec": {"sourceRepos": ["*"], "destinations": [{"server": "*", "namespace": "*"}]},
    });
    api.create("/apis/argoproj.io/v1alpha1/namespaces/argocd/appprojects", &project);
}

fn argo(plane: &mut ControlPlane) {
    let api = plane.api();
    serve_argo(&api);
    for name in ["slow", "failing", "replaced", "deleted", "dead", "outage", "fresh"] {
        api.create(APPS, &application(name));
    }

    // Slow, and good in the end.
    let mut follow = Following::start(plane, &["sync", "slow"]);
    let (app, operation) = asked(&api, "slow");
    follow.hears("progressing", "requested: waits for the controller");
    let one = json!({"kind": "ConfigMap", "name": "a", "namespace": "shop", "status": "Synced"});
    app.say(&state(
        &operation,
        "Running",
        "waiting for healthy state of /ConfigMap/b",
        json!([one]),
    ));
    follow.hears("progressing", "waiting for healthy state of /ConfigMap/b · 1 of 2 synced");
    let mut end =
        state(&operation, "Succeeded", "successfully synced (all tasks run)", json!([one]));
    end["operation"] = Value::Null;
    app.say(&end);
    follow.hears("done", "successfully synced (all tasks run), 1 synced");
    assert_eq!(follow.ends(), 0);

    // Tried again, and failed in the end.
    let mut follow = Following::start(plane, &["sync", "failing"]);
    let (app, operation) = asked(&api, "failing");
    let bad = json!({"kind": "ConfigMap", "name": "a", "status": "SyncFailed",
                     "message": "admission webhook said no"});
    let again = "one or more objects failed to apply. Retrying attempt #1 at 11:00AM.";
    let mut retry = state(&operation, "Running", again, json!([bad]));
    retry["status"]["operationState"]["finishedAt"] = "2041-01-01T11:00:05Z".into();
    retry["status"]["operationState"]["retryCount"] = 1.into();
    app.say(&retry);
    follow.hears("progressing", "retrying, attempt 1, at 11:00AM");
    let mut end = state(&operation, "Failed", "one or more objects failed to apply", json!([bad]));
    end["operation"] = Value::Null;
    app.say(&end);
    follow.hears("failed", "(ConfigMap/a: admission webhook said no)");
    assert_eq!(follow.ends(), 1);

    // Somebody else's takes its place.
    let mut follow = Following::start(plane, &["sync", "replaced"]);
    let (app, _) = asked(&api, "replaced");
    follow.hears("progressing", "requested");
    app.say(&json!({"operation": {
        "info": null, "initiatedBy": {"username": "jane"}, "sync": {"revision": "other"},
    }}));
    follow.hears("superseded", "by jane");
    assert_eq!(follow.ends(), 1);

    // Deleted meanwhile.
    let mut follow = Following::start(plane, &["sync", "deleted"]);
    let (app, _) = asked(&api, "deleted");
    follow.hears("progressing", "requested");
    app.delete();
    follow.hears("superseded", "was deleted meanwhile");
    assert_eq!(follow.ends(), 1);

    // Nobody is there.
    let mut follow = Following::start(plane, &["sync", "dead", "--timeout", "2s"]);
    follow.hears("waiting", "requested: waits for the controller");
    assert_eq!(follow.ends(), 3);

    // A refresh, by its annotation.
    let mut follow = Following::start(plane, &["refresh", "fresh", "--hard"]);
    let app = Played::new(&api, format!("{APPS}/fresh"));
    let annotation =
        |app: &Value| app["metadata"]["annotations"]["argocd.argoproj.io/refresh"].clone();
    app.wait("the request", |app| annotation(app) == "hard");
    follow.hears("progressing", "requested");
    app.say(&json!({
        "metadata": {"annotations": {"argocd.argoproj.io/refresh": null}},
        "status": {"reconciledAt": "2041-01-01T12:00:00Z", "sync": {"status": "Synced"}},
    }));
    follow.hears("done", "Synced, Healthy");
    assert_eq!(follow.ends(), 0);

    // The API server goes away while it is followed, and nothing is sent twice.
    let mut follow = Following::start(plane, &["sync", "outage"]);
    let (_, operation) = asked(&api, "outage");
    follow.hears("progressing", "requested");
    drop(api);
    plane.stop_apiserver();
    follow.hears("progressing", "cannot be seen just now");
    plane.start_apiserver();
    let api = plane.api();
    let (app, still) = asked(&api, "outage");
    assert_eq!(still, operation, "the same request");
    let mut end = state(&operation, "Succeeded", "successfully synced (no more tasks)", json!([]));
    end["operation"] = Value::Null;
    app.say(&end);
    follow.hears("done", "no more tasks");
    assert_eq!(follow.ends(), 0);
    assert!(app.get()["operation"].is_null(), "it was not asked for again");
}

pub const KS: &str = "/apis/kustomize.toolkit.fluxcd.io/v1/namespaces/flux-system/kustomizations";
const GIT: &str = "/apis/source.toolkit.fluxcd.io/v1/namespaces/flux-system/gitrepositories";

pub fn ready(status: &str, reason: &str, message: &str) -> Value {
    json!({"type": "Ready", "status": status, "reason": reason, "message": message,
           "lastTransitionTime": "2041-01-01T10:00:00Z"})
}

/// The request, once it is there; the status repeats it when it was worked off.
pub fn requested(object: &Played<'_>) -> String {
    let at = |object: &Value| {
        object["metadata"]["annotations"]["reconcile.fluxcd.io/requestedAt"].clone()
    };
    let object = object.wait("the request", |object| at(object).is_string());
    at(&object).as_str().unwrap().to_owned()
}

/// The kinds of Flux, and its namespace.
pub fn serve_flux(api: &Api) {
    for (group, plural, kind) in [
        ("kustomize.toolkit.fluxcd.io", "kustomizations", "Kustomization"),
        ("source.toolkit.fluxcd.io", "gitrepositories", "GitRepository"),
    ] {
        establish(api, &with_status(crd(group, "v1", plural, kind)));
    }
    api.create("/api/v1/namespaces", &json!({"metadata": {"name": "flux-system"}}));
}

/// A status of something that was reconciled once.
fn reconciled(message: &str) -> Value {
    json!({
        "observedGeneration": 1, "lastHandledReconcileAt": "2040-01-01T00:00:00Z",
        "conditions": [ready("True", "Succeeded", message)],
    })
}

/// A source that was fetched once.
pub fn git_repository(api: &Api, name: &str) {
    let source = json!({
        "apiVersion": "source.toolkit.fluxcd.io/v1", "kind": "GitRepository",
        "metadata": {"name": name, "namespace": "flux-system"},
        "spec": {"url": "https://git.example.com/infra", "interval": "1m"},
    });
    api.create(GIT, &source);
    Played::new(api, format!("{GIT}/{name}"))
        .status(&reconciled("stored artifact for revision 'main@sha1:aaaa'"));
}

/// A Kustomization that was applied once.
pub fn kustomization(api: &Api, name: &str, source: &str) {
    let ks = json!({
        "apiVersion": "kustomize.toolkit.fluxcd.io/v1", "kind": "Kustomization",
        "metadata": {"name": name, "namespace": "flux-system"},
        "spec": {"path": "./", "interval": "10m", "prune": true,
                 "sourceRef": {"kind": "GitRepository", "name": source}},
    });
    api.create(KS, &ks);
    Played::new(api, format!("{KS}/{name}"))
        .status(&reconciled("Applied revision: main@sha1:aaaa"));
}

fn flux(plane: &mut ControlPlane) {
    let api = plane.api();
    serve_flux(&api);
    for name in ["good", "broken"] {
        git_repository(&api, name);
    }
    for (name, source) in [
        ("infra", "good"),
        ("stuck", "broken"),
        ("unhealthy", "good"),
        ("paused", "good"),
        ("again", "good"),
    ] {
        kustomization(&api, name, source);
    }

    // Its source first: only when that is there, the Kustomization is asked.
    let mut follow = Following::start(plane, &["sync", "infra", "--with-source"]);
    let (source, ks) =
        (Played::new(&api, format!("{GIT}/good")), Played::new(&api, format!("{KS}/infra")));
    let token = requested(&source);
    follow.hears("progressing", "requested");
    assert!(ks.get()["metadata"]["annotations"].is_null(), "not before the source is there");
    source.status(&json!({"lastHandledReconcileAt": token}));
    follow.hears("done", "stored artifact");
    let token = requested(&ks);
    ks.status(&json!({"conditions": [
        {"type": "Reconciling", "status": "True", "reason": "Progressing",
         "message": "Running health checks for revision main@sha1:bbbb"},
        ready("Unknown", "Progressing", "Reconciliation in progress"),
    ]}));
    follow.hears("progressing", "Running health checks for revision main@sha1:bbbb");
    ks.status(&json!({
        "lastHandledReconcileAt": token,
        "conditions": [ready("True", "ReconciliationSucceeded", "Applied revision: main@sha1:bbbb")],
    }));
    follow.hears("done", "Applied revision: main@sha1:bbbb");
    assert_eq!(follow.ends(), 0);

    // A source that cannot be fetched: the rest is not sent, and says why.
    let mut follow = Following::start(plane, &["sync", "stuck", "--with-source"]);
    let (source, ks) =
        (Played::new(&api, format!("{GIT}/broken")), Played::new(&api, format!("{KS}/stuck")));
    let token = requested(&source);
    source.status(&json!({
        "lastHandledReconcileAt": token,
        "conditions": [ready("False", "GitOperationFailed", "authentication required")],
    }));
    follow.hears("failed", "GitOperationFailed: authentication required");
    follow.hears("failed", "not sent, because");
    assert_eq!(follow.ends(), 1);
    assert!(ks.get()["metadata"]["annotations"].is_null());

    // Applied, but not healthy in time.
    let mut follow = Following::start(plane, &["sync", "unhealthy"]);
    let ks = Played::new(&api, format!("{KS}/unhealthy"));
    let token = requested(&ks);
    ks.status(&json!({
        "lastHandledReconcileAt": token,
        "conditions": [
            {"type": "Reconciling", "status": "True", "reason": "ProgressingWithRetry"},
            ready("False", "HealthCheckFailed", "timeout waiting for: [Deployment/shop/api]"),
        ],
    }));
    follow.hears("failed", "HealthCheckFailed: timeout waiting for");
    assert_eq!(follow.ends(), 1);

    // Suspended by somebody, and asked for again by somebody.
    let mut follow = Following::start(plane, &["sync", "paused"]);
    let ks = Played::new(&api, format!("{KS}/paused"));
    requested(&ks);
    follow.hears("progressing", "requested");
    ks.say(&json!({"spec": {"suspend": true}}));
    follow.hears("superseded", "suspended meanwhile by scripted-controller");
    assert_eq!(follow.ends(), 1);
    let mut follow = Following::start(plane, &["sync", "again"]);
    let ks = Played::new(&api, format!("{KS}/again"));
    requested(&ks);
    follow.hears("progressing", "requested");
    let again = json!({"reconcile.fluxcd.io/requestedAt": "2041-01-01T00:00:00Z"});
    ks.say(&json!({"metadata": {"annotations": again}}));
    follow.hears("superseded", "asked for again by scripted-controller");
    assert_eq!(follow.ends(), 1);
}
