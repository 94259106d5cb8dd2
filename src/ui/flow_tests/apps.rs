//! The list of apps: what is in it, where it leads, what is planned from it.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use super::fixture::{Fixture, custom, plan};
use crate::model::Method;
use crate::ui::{Effect, Msg, Start};
use serde_json::{Value, json};

fn application(name: &str, sync: &str, health: &str) -> Value {
    json!({
        "apiVersion": "argoproj.io/v1alpha1", "kind": "Application",
        "metadata": {"name": name, "namespace": "argocd", "resourceVersion": "7",
            "uid": format!("00000000-0000-0000-0000-0000000000{:02}", name.len())},
        "spec": {"project": "shop",
            "source": {"repoURL": "https://git.example.com/shop", "path": name, "targetRevision": "main"},
            "destination": {"server": "https://kubernetes.default.svc", "namespace": "shop"},
            "syncPolicy": {"syncOptions": ["ServerSideApply=true"]}},
        "status": {"sync": {"status": sync, "revision": "8d1e0aa000000000000000000000000000000000"},
            "health": {"status": health}},
    })
}

/// These applications on a cluster that serves Argo CD's kinds, and the list of those alone.
fn list_of(applications: Vec<Value>) -> Fixture {
    let served = vec![custom("argoproj.io", "applications", "Application")];
    let mut at = Fixture::serving(served, Start::default());
    at.objects.insert(("dev".to_owned(), "applications".to_owned()), applications);
    let project = json!({"metadata": {"name": "shop", "namespace": "argocd"},
        "spec": {"sourceRepos": ["*"], "destinations": [{"server": "*", "namespace": "*"}]}});
    at.objects.insert(("dev".to_owned(), "appprojects".to_owned()), vec![project]);
    at.go("apps '/engine==\"Argo CD\"'");
    at
}

fn home() -> Fixture {
    list_of(vec![
        application("ledger", "Synced", "Healthy"),
        application("payments", "OutOfSync", "Healthy"),
    ])
}

#[test]
fn trouble_comes_first_and_the_header_counts_it() {
    let at = home();
    let lines = at.lines();
    let line = |name: &str| lines.iter().position(|line| line.contains(name)).unwrap();
    assert!(line("payments") < line("ledger"), "{}", at.screen());
    assert!(at.selected().contains("≠ OutOfSync"), "{}", at.screen());
    assert!(lines[0].contains("1 out of sync"), "{}", at.screen());
}

#[test]
fn three_keys_lead_to_a_sync_plan_with_the_apps_own_options() {
    let mut at = home();
    at.reads = true;
    at.sent();
    at.press("s");
    let screen = at.screen();
    assert!(screen.contains("Sync") && screen.contains("payments"), "{screen}");
    at.press("enter");
    let sent = at.sent();
    assert!(sent.iter().any(|effect| matches!(effect, Effect::Run(_))), "{}", at.screen());
    let plan = plan(&sent);
    let request = &plan.requests[0];
    assert_eq!(request.method, Method::Patch);
    assert!(request.path.ends_with("/namespaces/argocd/applications/payments"), "{}", request.path);
    let body: Value = serde_json::from_str(&request.body).unwrap();
    assert_eq!(body["operation"]["sync"]["syncOptions"], json!(["ServerSideApply=true"]));
    assert_eq!(body["metadata"]["resourceVersion"], "7");
}

#[test]
fn what_cannot_be_done_says_why_and_marked_apps_are_one_plan() {
    let mut at = home();
    at.press("t");
    assert!(at.strip().contains("no operation"), "{}", at.strip());
    at.press("space space f");
    let screen = at.screen();
    assert!(screen.contains("Refresh 2 apps"), "{screen}");
}

#[test]
fn a_namespace_shows_the_apps_that_deliver_there() {
    let mut at = home();
    at.go("apps shop '/engine==\"Argo CD\"'");
    assert!(at.screen().contains("payments"), "{}", at.screen());
    at.go("apps data");
    assert!(!at.screen().contains("payments"), "{}", at.screen());
}

#[test]
fn groups_lead_to_their_apps() {
    let mut at = home();
    at.go("apps by project");
    assert!(at.screen().contains("shop"), "{}", at.screen());
    at.press("j");
    at.go("apps by galaxy");
    assert!(at.strip().contains("galaxy"), "{}", at.screen());
}

#[test]
fn what_is_off_has_a_list_of_its_own() {
    let mut off = application("catalog", "Synced", "Healthy");
    off["spec"]["syncPolicy"]["automated"] = json!({"prune": true, "enabled": false});
    let mut at = list_of(vec![off, application("payments", "OutOfSync", "Healthy")]);
    at.go("off");
    let screen = at.screen();
    assert!(screen.contains("catalog"), "{screen}");
    assert!(!screen.contains("payments"), "{screen}");
}

#[test]
fn the_tree_shows_what_delivers_what_and_plans_from_there() {
    let mut child = application("child", "Synced", "Healthy");
    child["metadata"]["annotations"] = json!({"argocd.argoproj.io/tracking-id":
        "root:argoproj.io/Application:argocd/child"});
    let mut at = list_of(vec![application("root", "Synced", "Healthy"), child]);
    at.go("apps tree");
    at.press("/").type_in("argo").press("enter");
    let lines = at.lines();
    let find = |name: &str| {
        lines
            .iter()
            .find_map(|line| Some(line[..line.find(name)?].chars().count()))
            .unwrap_or_else(|| panic!("{}", lines.join("\n")))
    };
    assert!(find("Argo CD child") > find("Argo CD root"), "{}", at.screen());
    // On a narrow screen the axes stay, the namespace goes.
    assert!(at.screen().contains(" argocd "), "{}", at.screen());
    at.msg(Msg::Resize(80, 24));
    let screen = at.screen();
    let child = screen.lines().find(|line| line.contains("Argo CD child")).unwrap();
    assert!(child.contains("Synced") && child.contains("Healthy"), "{screen}");
    assert!(!child.contains("argocd"), "{screen}");
    at.press("j f");
    assert!(at.screen().contains("Refresh Application/child"), "{}", at.screen());
}

#[test]
fn a_plan_that_is_too_long_for_the_screen_scrolls_and_its_warnings_stay() {
    let mut app = application("payments", "OutOfSync", "Healthy");
    app["metadata"]["annotations"] =
        json!({"argocd.argoproj.io/tracking-id": "root:argoproj.io/Application:argocd/payments"});
    let mut at = list_of(vec![app, application("root", "Synced", "Healthy")]);
    at.reads = true;
    // Manual syncs are allowed outside of the window, which is worth a warning.
    let project = json!({"metadata": {"name": "shop", "namespace": "argocd"},
        "spec": {"sourceRepos": ["*"], "destinations": [{"server": "*", "namespace": "*"}],
            "syncWindows": [{"kind": "allow", "schedule": "0 22 1 1 *", "duration": "1m",
                "applications": ["*"], "manualSync": true}]}});
    at.objects.insert(("dev".to_owned(), "appprojects".to_owned()), vec![project]);
    at.msg(Msg::Resize(80, 24));
    at.press("s v");
    let screen = at.screen();
    assert!(screen.contains("PATCH /apis/"), "{screen}");
    assert!(screen.contains("! a sync window is closed"), "{screen}");
    assert!(screen.contains("<pagedown> goes on") && screen.contains("> Sync <"), "{screen}");
    at.press("pagedown pagedown");
    let screen = at.screen();
    assert!(screen.contains("objects are out of sync") || screen.contains("- options"), "{screen}");
    assert!(screen.contains("! a sync window is closed"), "{screen}");
    at.press("pageup pageup pageup");
    assert!(at.screen().contains("PATCH /apis/"), "{}", at.screen());
    // What has the focus is on screen.
    at.press("up");
    for _ in 0..14 {
        assert!(
            at.screen().lines().any(|line| line.contains("│ > ")
                || line.contains("> Sync <")
                || line.contains("> Cancel <")),
            "{}",
            at.screen()
        );
        at.press("up");
    }
}
