//! Deleting an Application from the list of apps, with Argo CD's own controller: with what it delivered,
//! in both ways, and without.

use super::argo::{act, code};
use super::manifests::{config, web};
use crate::support::api::MERGE;
use crate::support::engines::Argo;
use crate::support::engines::argo::applications;
use crate::support::screen::{Screen, Session};
use crate::support::trials;
use crate::support::wait::{until, until_true};
use libtest_mimic::Trial;
use serde_json::{Value, json};

pub fn trials() -> Vec<Trial> {
    vec![trials::on_argo("engines::argo_deletes_an_app_with_its_objects_or_without", delete)]
}

const FINALIZER: &str = "resources-finalizer.argocd.argoproj.io";

/// Delivers an app of this name: a Deployment, of whose pod somebody holds on to the deletion, and a
/// ConfigMap. The path of the pod.
fn deliver(argo: &Argo, name: &str, finalizers: &Value) -> String {
    let repository = argo.repository(name);
    repository.commit(&[("web.yaml", &web(1, "web:1")), ("map.yaml", &config("a", "1"))]);
    argo.create(name, &repository, &json!({}));
    argo.patch(name, &json!({ "metadata": { "finalizers": finalizers } }));
    argo.until_status(name, "OutOfSync", "Missing");
    act(argo, "sync", name, &[]).ended(0);
    argo.until_status(name, "Synced", "Healthy");
    let pods = format!("/api/v1/namespaces/{name}/pods");
    let pod = argo.api.get(&pods)["items"][0]["metadata"]["name"].clone();
    let pod = format!("{pods}/{}", pod.as_str().expect("a pod"));
    hold(argo, &pod, true);
    pod
}

/// Somebody holds on to a pod, or lets it go.
fn hold(argo: &Argo, pod: &str, on: bool) {
    let finalizers = if on { json!(["example.com/held"]) } else { Value::Null };
    let body = json!({ "metadata": { "finalizers": finalizers } });
    let (code, answer) = argo.api.call_as("PATCH", pod, MERGE, Some(&body));
    assert_eq!(code, 200, "{answer}");
}

/// What an app's namespace holds of what was delivered, and what became of it.
fn left(argo: &Argo, name: &str) -> Vec<(String, bool)> {
    let collections = [
        format!("/api/v1/namespaces/{name}/configmaps"),
        format!("/apis/apps/v1/namespaces/{name}/deployments"),
        format!("/apis/apps/v1/namespaces/{name}/replicasets"),
        format!("/api/v1/namespaces/{name}/pods"),
    ];
    let all = collections.iter().map(|path| argo.api.get(path));
    let items = all.flat_map(|list| list["items"].as_array().cloned().unwrap_or_default());
    items
        .filter(|item| item["metadata"]["name"] != "kube-root-ca.crt")
        .map(|item| {
            let going = item["metadata"]["deletionTimestamp"].is_string();
            (item["metadata"]["uid"].as_str().unwrap_or_default().to_owned(), going)
        })
        .collect()
}

/// Whether the list on screen has an app of this name.
fn is_listed(screen: &str, name: &str) -> bool {
    screen.lines().any(|line| line.starts_with('│') && line.contains(&format!("Argo CD {name}")))
}

/// Opens the plan of an app's deletion and chooses what becomes of its objects; what the plan says.
fn plan(screen: &mut Screen, name: &str, choice: &str) -> String {
    screen.select(name);
    screen.press("<ctrl-d>");
    screen.wait_for("> Cancel <");
    // Above something that is lost the plan begins on Cancel, and choices come last.
    screen.press("<up>");
    screen.wait_for("> Delete <");
    screen.press("<up>");
    screen.wait_for("> its objects:");
    for _ in 0..2 {
        if screen.text().contains(choice) {
            break;
        }
        let before = screen.text();
        screen.press("<space>");
        screen.wait_until("another choice", |text| text != before);
    }
    let said = screen.wait_for(choice);
    screen.press("<down>");
    screen.wait_for("> Delete <");
    said
}

fn delete(argo: &Argo) {
    let names = ["argo-delete-all", "argo-delete-later", "argo-delete-app"];
    let [all, later, app] = names;
    // Nothing is to be deleted with the first before somebody says so; the last says the contrary.
    let held = deliver(argo, all, &json!([]));
    let held_later = deliver(argo, later, &json!([FINALIZER]));
    let held_app = deliver(argo, app, &json!([FINALIZER]));
    hold(argo, &held_app, false);
    let kept = left(argo, app);
    assert_eq!(kept.len(), 4, "{kept:?}");
    let scope = names.join(",");
    let mut screen =
        Session::on(&argo.plane.kubeconfig("admin"), &["-n", &scope, "-c", "apps"]).start();

    // Foreground: the app stays until everything is gone, pods too.
    let said = plan(&mut screen, all, "delete them and wait (foreground)");
    assert!(said.contains(&format!("finalizers: {FINALIZER}/foreground")), "{said}");
    assert!(said.contains("its 2 objects are deleted with it"), "{said}");
    screen.press("<enter>");
    until(&format!("the objects of {all} to be going"), || {
        let left = left(argo, all);
        // The Deployment waits for its ReplicaSet, which waits for the pod.
        let waits = left.len() == 3 && left.iter().all(|(_, going)| *going);
        if waits { Ok(()) } else { Err(format!("{left:?}")) }
    });
    let going = argo.get(all);
    assert_eq!(going["metadata"]["finalizers"], json!([format!("{FINALIZER}/foreground")]));
    assert!(going["metadata"]["deletionTimestamp"].is_string(), "{going}");
    let said = screen.text();
    assert!(!said.contains("gone after"), "{said}");
    hold(argo, &held, false);
    screen.wait_for("gone after");
    assert_eq!(code(argo, &applications(all)), 404);
    assert_eq!(left(argo, all), [], "as argocd app delete leaves it");

    // Background: the app goes with what it delivered itself; what that made follows.
    screen.wait_until("one line less", |text| !is_listed(text, all));
    let said = plan(&mut screen, later, "delete them (background)");
    assert!(said.contains(&format!("finalizers: {FINALIZER}/background")), "{said}");
    screen.press("<enter>");
    until_true("the app to be gone", || code(argo, &applications(later)) == 404);
    let left_over = left(argo, later);
    assert!(left_over.len() <= 2, "only what Deployments make is left: {left_over:?}");
    assert_eq!(code(argo, &held_later), 200, "it was not waited for");
    hold(argo, &held_later, false);
    until_true("what was left to be gone", || left(argo, later).is_empty());

    // Orphan: the app goes alone, though it had said otherwise.
    screen.wait_until("one line less", |text| !is_listed(text, later));
    let said = plan(&mut screen, app, "keep them (orphan)");
    assert!(said.contains("finalizers: none"), "{said}");
    assert!(said.contains("its 2 objects stay, and nobody manages them"), "{said}");
    screen.press("<enter>");
    screen.wait_until("the app to be gone", |text| !is_listed(text, app));
    until_true("the app to be gone", || code(argo, &applications(app)) == 404);
    assert_eq!(left(argo, app), kept, "as argocd app delete --cascade=false leaves it");
    screen.leave();
}
