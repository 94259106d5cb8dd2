//! What a person sees who asks a controller for something: the way from the list of apps over the plan
//! to every ending, on a real API server. The test plays the controllers.

use crate::follow_real::{
    APPS, KS, application, asked, git_repository, kustomization, ready, requested, serve_argo,
    serve_flux, state,
};
use crate::support::api::Api;
use crate::support::control_plane::{ControlPlane, Options};
use crate::support::screen::{Screen, Session};
use crate::support::scripted::{Following, Played};
use crate::support::trials;
use libtest_mimic::Trial;
use serde_json::{Value, json};

pub fn trials() -> Vec<Trial> {
    vec![trials::on_own("follow_screen::every_ending_is_on_screen", Options::bare(), endings)]
}

/// Every time limit is so many times shorter, for controllers that never answer.
const SHORTER: (&str, &str) = ("WHEELHOUSE_TIMES_DIVIDED", "6");
/// What is said then.
const DEAD: &str = "not picked up after 5 s: is the controller running in that namespace?";

/// A session on its home page.
fn home(plane: &ControlPlane, env: &[(&str, &str)]) -> Screen {
    let mut session = Session::on(&plane.kubeconfig("admin"), &[]).at_home().size(160, 40);
    for (name, value) in env {
        session = session.env(name, value);
    }
    let mut screen = session.start();
    screen.wait_for("apps(all namespaces)");
    screen
}

/// Selects an app on the home page and sends what `s` plans.
fn send(screen: &mut Screen, name: &str, title: &str, button: &str) {
    screen.select(name);
    screen.press("s");
    let plan = screen.wait_until("the plan", |text| {
        text.contains(title) && text.contains(&format!("> {button} <"))
    });
    assert!(plan.contains("PATCH /apis/"), "the exact request:\n{plan}");
    screen.press("<enter>");
    screen.wait_until("the plan to be sent", |text| !text.contains(&format!("> {button} <")));
}

fn sync(screen: &mut Screen, name: &str) {
    send(screen, name, &format!("Sync Application/{name}"), "Sync");
}

fn reconcile(screen: &mut Screen, name: &str) {
    send(screen, name, &format!("Reconcile Kustomization/{name}"), "Reconcile");
}

/// Waits until the line above the keys tells this about an action.
fn tells(screen: &mut Screen, title: &str, words: &str) {
    screen.wait_until(&format!("{title}: {words}"), |text| {
        text.lines().rev().take(3).any(|line| line.contains(title) && line.contains(words))
    });
}

fn endings(plane: &mut ControlPlane) {
    let api = plane.api();
    serve_argo(&api);
    serve_flux(&api);
    git_repository(&api, "estate");
    for name in ["a-slow", "a-failing", "a-replaced", "a-deleted", "a-outage", "a-dead", "a-nobody"]
    {
        api.create(APPS, &application(name));
    }
    for name in ["k-slow", "k-failing", "k-replaced", "k-deleted", "k-outage", "k-dead", "k-nobody"]
    {
        kustomization(&api, name, "estate");
    }
    // Nobody is there for these; time passes while the others are looked at.
    let dead = nobody(plane, "a-nobody", "k-nobody");
    let mut screen = home(plane, &[]);
    argo(&api, &mut screen);
    flux(&api, &mut screen);
    dead.tell();
    drop(api);
    outage(plane, &mut screen);

    // What was done, how long it took, and how it ended.
    screen.press("<ctrl-t>");
    let done = screen.wait_for("actions[10]");
    for (title, words) in [
        ("Sync Application/a-slow", "successfully synced (all tasks run), 1 synced"),
        ("Sync Application/a-failing", "failed: one or more objects failed to apply"),
        ("Sync Application/a-replaced", "another operation, by jane, took its place"),
        ("Sync Application/a-deleted", "Application/a-deleted was deleted meanwhile"),
        ("Sync Application/a-outage", "successfully synced (no more tasks)"),
        ("Reconcile Kustomization/k-slow", "Applied revision: main@sha1:bbbb"),
        ("Reconcile Kustomization/k-failing", "failed: HealthCheckFailed: timeout waiting for"),
        ("Reconcile Kustomization/k-replaced", "asked for again by scripted-controller"),
        ("Reconcile Kustomization/k-deleted", "Kustomization/k-deleted was deleted meanwhile"),
        ("Reconcile Kustomization/k-outage", "Applied revision: main@sha1:cccc"),
    ] {
        let line = done.lines().find(|line| line.contains(title)).unwrap_or_default();
        assert!(line.contains(words), "{title}: {words}\n{done}");
        let times: Vec<&str> =
            line.trim_matches(['│', '▸', ' ']).split_whitespace().skip(1).take(2).collect();
        let is_time = |cell: &&str| cell.starts_with(|c: char| c.is_ascii_digit());
        assert!(times.len() == 2 && times.iter().all(is_time), "when, and how long: {line}");
    }
    // One of them in full: its request and its outcome.
    screen.select("a-failing");
    screen.press("<enter>");
    let full = screen.wait_for("in full");
    assert!(full.contains("PATCH /apis/argoproj.io/v1alpha1/namespaces/argocd"), "{full}");
    assert!(full.contains("(ConfigMap/a: admission webhook said no)"), "{full}");
    screen.press("<esc>");
    screen.leave();
}

fn argo(api: &Api, screen: &mut Screen) {
    // Slow, in the controller's own words, and good in the end.
    sync(screen, "a-slow");
    let title = "Sync Application/a-slow";
    let (app, operation) = asked(api, "a-slow");
    tells(screen, title, "requested: waits for the controller");
    let one = json!({"kind": "ConfigMap", "name": "a", "namespace": "shop", "status": "Synced"});
    let waiting = "waiting for healthy state of /ConfigMap/b";
    app.say(&state(&operation, "Running", waiting, json!([one])));
    tells(screen, title, "waiting for healthy state of /ConfigMap/b · 1 of 2 synced");
    app.say(&ended(&operation, "Succeeded", "successfully synced (all tasks run)", json!([one])));
    tells(screen, title, "successfully synced (all tasks run), 1 synced");

    // Tried again, and failed in the end.
    sync(screen, "a-failing");
    let title = "Sync Application/a-failing";
    let (app, operation) = asked(api, "a-failing");
    let bad = json!({"kind": "ConfigMap", "name": "a", "status": "SyncFailed",
                     "message": "admission webhook said no"});
    let again = "one or more objects failed to apply. Retrying attempt #1 at 11:00AM.";
    let mut retry = state(&operation, "Running", again, json!([bad]));
    retry["status"]["operationState"]["finishedAt"] = "2041-01-01T11:00:05Z".into();
    retry["status"]["operationState"]["retryCount"] = 1.into();
    app.say(&retry);
    tells(screen, title, "retrying, attempt 1, at 11:00AM");
    app.say(&ended(&operation, "Failed", "one or more objects failed to apply", json!([bad])));
    tells(screen, title, "(ConfigMap/a: admission webhook said no)");

    // Somebody else's takes its place.
    sync(screen, "a-replaced");
    let (app, _) = asked(api, "a-replaced");
    tells(screen, "Sync Application/a-replaced", "requested");
    app.say(&json!({"operation": {
        "info": null, "initiatedBy": {"username": "jane"}, "sync": {"revision": "other"},
    }}));
    tells(screen, "Sync Application/a-replaced", "another operation, by jane, took its place");

    // Deleted while it is followed.
    sync(screen, "a-deleted");
    let (app, _) = asked(api, "a-deleted");
    tells(screen, "Sync Application/a-deleted", "requested");
    app.delete();
    tells(screen, "Sync Application/a-deleted", "was deleted meanwhile");
}

/// What the controller writes when an operation has ended.
fn ended(operation: &Value, phase: &str, message: &str, resources: Value) -> Value {
    let mut end = state(operation, phase, message, resources);
    end["operation"] = Value::Null;
    end
}

fn flux(api: &Api, screen: &mut Screen) {
    let played = |name: &str| Played::new(api, format!("{KS}/{name}"));
    reconcile(screen, "k-slow");
    let title = "Reconcile Kustomization/k-slow";
    let ks = played("k-slow");
    let token = requested(&ks);
    tells(screen, title, "requested: waits for the controller");
    ks.status(&json!({"conditions": [
        {"type": "Reconciling", "status": "True", "reason": "Progressing",
         "message": "Running health checks for revision main@sha1:bbbb"},
        ready("Unknown", "Progressing", "Reconciliation in progress"),
    ]}));
    tells(screen, title, "Running health checks for revision main@sha1:bbbb");
    ks.status(&json!({
        "lastHandledReconcileAt": token,
        "conditions": [ready("True", "ReconciliationSucceeded", "Applied revision: main@sha1:bbbb")],
    }));
    tells(screen, title, "Applied revision: main@sha1:bbbb");

    reconcile(screen, "k-failing");
    let ks = played("k-failing");
    let token = requested(&ks);
    ks.status(&json!({
        "lastHandledReconcileAt": token,
        "conditions": [
            ready("False", "HealthCheckFailed", "timeout waiting for: [Deployment/shop/api]"),
        ],
    }));
    tells(
        screen,
        "Reconcile Kustomization/k-failing",
        "failed: HealthCheckFailed: timeout waiting for: [Deployment/shop/api]",
    );

    reconcile(screen, "k-replaced");
    let ks = played("k-replaced");
    requested(&ks);
    tells(screen, "Reconcile Kustomization/k-replaced", "requested");
    let again = json!({"reconcile.fluxcd.io/requestedAt": "2041-01-01T00:00:00Z"});
    ks.say(&json!({"metadata": {"annotations": again}}));
    tells(
        screen,
        "Reconcile Kustomization/k-replaced",
        "asked for again by scripted-controller, before this request was handled",
    );

    reconcile(screen, "k-deleted");
    let ks = played("k-deleted");
    requested(&ks);
    tells(screen, "Reconcile Kustomization/k-deleted", "requested");
    ks.delete();
    tells(screen, "Reconcile Kustomization/k-deleted", "was deleted meanwhile");
}

/// The API server goes away while two are followed: they go on afterwards, and nothing is sent twice.
fn outage(plane: &mut ControlPlane, screen: &mut Screen) {
    let api = plane.api();
    sync(screen, "a-outage");
    reconcile(screen, "k-outage");
    let (_, operation) = asked(&api, "a-outage");
    let token = requested(&Played::new(&api, format!("{KS}/k-outage")));
    tells(screen, "Reconcile Kustomization/k-outage", "requested");
    drop(api);
    plane.stop_apiserver();
    tells(screen, "Reconcile Kustomization/k-outage", "cannot be seen just now");
    plane.start_apiserver();
    let api = plane.api();
    tells(screen, "Reconcile Kustomization/k-outage", "requested");
    let (app, still) = asked(&api, "a-outage");
    assert_eq!(still, operation, "the same request");
    let ks = Played::new(&api, format!("{KS}/k-outage"));
    assert_eq!(requested(&ks), token, "the same request");
    ks.status(&json!({
        "lastHandledReconcileAt": token,
        "conditions": [ready("True", "ReconciliationSucceeded", "Applied revision: main@sha1:cccc")],
    }));
    // With that one over, the strip has room for the other.
    tells(screen, "Sync Application/a-outage", "requested");
    app.say(&ended(&operation, "Succeeded", "successfully synced (no more tasks)", json!([])));
    tells(screen, "Sync Application/a-outage", "successfully synced (no more tasks)");
    assert!(app.get()["operation"].is_null(), "it was not asked for again");
    assert_eq!(requested(&ks), token, "it was not asked for again");
}

/// Requests that nobody answers, on screen and without one.
struct Dead {
    screen: Screen,
    headless: Vec<Following>,
}

fn nobody(plane: &ControlPlane, argo: &str, flux: &str) -> Dead {
    let wait = |name| Following::start_with(plane, &["sync", name, "--timeout", "8s"], &[SHORTER]);
    let headless = vec![wait(argo), wait(flux)];
    let mut screen = home(plane, &[SHORTER]);
    sync(&mut screen, "a-dead");
    reconcile(&mut screen, "k-dead");
    Dead { screen, headless }
}

impl Dead {
    /// What is said of controllers that are not there, and the exit code.
    fn tell(mut self) {
        tells(&mut self.screen, "Reconcile Kustomization/k-dead", DEAD);
        self.screen.press("<ctrl-t>");
        self.screen.wait_until("both", |text| {
            ["Sync Application/a-dead", "Reconcile Kustomization/k-dead"].iter().all(|title| {
                text.lines().any(|line| {
                    line.starts_with('│') && line.contains(title) && line.contains(DEAD)
                })
            })
        });
        self.screen.leave();
        for mut follow in self.headless {
            follow.hears("progressing", DEAD);
            follow.hears("waiting", DEAD);
            assert_eq!(follow.ends(), 3);
        }
    }
}
