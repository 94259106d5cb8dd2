//! Going back, leaving alone and deleting with Argo CD's own controller.

use super::agree;
use super::argo::{act, plan};
use super::manifests::{config, web};
use crate::support::api::MERGE;
use crate::support::engines::Argo;
use crate::support::trials;
use crate::support::wait::until_true;
use libtest_mimic::Trial;
use serde_json::json;

pub fn trials() -> Vec<Trial> {
    vec![
        trials::on_argo("engines::argo_goes_back_with_auto_sync_off_and_on_again", rollback),
        trials::on_argo("engines::argo_heals_a_change_but_leaves_a_restart", restart),
        trials::on_argo("engines::argo_guards_are_argocd_servers", guards),
    ]
}

const AUTO: &str = r#"{ "automated": { "prune": true, "selfHeal": true } }"#;

fn auto() -> serde_json::Value {
    serde_json::from_str(AUTO).expect("JSON")
}

fn image(argo: &Argo, namespace: &str) -> String {
    let web = argo.api.get(&format!("/apis/apps/v1/namespaces/{namespace}/deployments/web"));
    web["spec"]["template"]["spec"]["containers"][0]["image"].as_str().unwrap_or("").to_owned()
}

fn rollback(argo: &Argo) {
    let name = "argo-rollback";
    let repository = argo.repository(name);
    let first = repository.commit(&[("web.yaml", &web(1, "web:1"))]);
    argo.create(name, &repository, &json!({ "syncPolicy": auto() }));
    argo.until_status(name, "Synced", "Healthy");
    let second = repository.commit(&[("web.yaml", &web(1, "web:2"))]);
    act(argo, "refresh", name, &[]).ended(0);
    argo.until(name, "at its second revision", |app| {
        app["status"]["sync"]["status"] == "Synced"
            && app["status"]["sync"]["revision"] == second
            && app["status"]["health"]["status"] == "Healthy"
            && app["operation"].is_null()
    });
    until_true("the second image", || image(argo, name).ends_with("web:2"));

    // As argocd-server: not while auto-sync is on. Ours offers to switch it off in the same request.
    let refused = plan(argo, "rollback", name, &[]);
    refused.refused("auto-sync");
    act(argo, "rollback", name, &["--set", "auto-sync-off=true"]).ended(0);
    let app = argo.get(name);
    let operation = &app["status"]["operationState"]["operation"]["sync"];
    assert_eq!(operation["revision"], first);
    assert_eq!(operation["source"]["repoURL"], repository.url());
    assert_eq!(app["spec"]["syncPolicy"]["automated"]["enabled"], false);
    assert_eq!(app["spec"]["syncPolicy"]["automated"]["prune"], true, "kept");
    assert_eq!(app["spec"]["syncPolicy"]["automated"]["selfHeal"], true, "kept");
    assert!(image(argo, name).ends_with("web:1"));
    argo.until_status(name, "OutOfSync", "Healthy");
    let line = agree::argo(&argo.plane, name);
    assert!(line["leftOff"].is_object(), "{line}");

    let again = plan(argo, "resume", name, &[]);
    again.ended(0);
    assert!(again.lines[0]["notes"].to_string().contains("undo"), "{again:?}");
    act(argo, "resume", name, &[]).ended(0);
    argo.until_status(name, "Synced", "Healthy");
    until_true("the second image again", || image(argo, name).ends_with("web:2"));
    let line = agree::argo(&argo.plane, name);
    assert!(line["leftOff"].is_null(), "{line}");
}

fn restart(argo: &Argo) {
    let name = "argo-heal";
    let repository = argo.repository(name);
    repository.commit(&[("web.yaml", &web(1, "web:1"))]);
    argo.create(name, &repository, &json!({ "syncPolicy": auto() }));
    argo.until_status(name, "Synced", "Healthy");
    let path = format!("/apis/apps/v1/namespaces/{name}/deployments/web");
    let annotation = |web: &serde_json::Value| {
        web["spec"]["template"]["metadata"]["annotations"]["kubectl.kubernetes.io/restartedAt"]
            .clone()
    };
    act(argo, "restart", name, &[]).ended(0);
    let restarted = annotation(&argo.api.get(&path));
    assert!(restarted.is_string());
    // A change of what Git holds is undone. The restart, written before it, has outlived that.
    let body = json!({ "spec": { "replicas": 2 } });
    let edited = format!("{path}?fieldManager=kubectl-edit");
    argo.api.call_as("PATCH", &edited, MERGE, Some(&body));
    until_true("the change to be undone", || argo.api.get(&path)["spec"]["replicas"] == 1);
    assert_eq!(annotation(&argo.api.get(&path)), restarted);
    argo.until_status(name, "Synced", "Healthy");
    agree::argo(&argo.plane, name);
}

fn guards(argo: &Argo) {
    let name = "argo-guards";
    let repository = argo.repository(name);
    repository.commit(&[("a.yaml", &config("a", "1"))]);
    let projects = "/apis/argoproj.io/v1alpha1/namespaces/argocd/appprojects";
    let project = |windows: serde_json::Value, repos: &str| {
        json!({
            "apiVersion": "argoproj.io/v1alpha1", "kind": "AppProject",
            "metadata": { "name": "strict" },
            "spec": {
                "sourceRepos": [repos], "destinations": [{ "server": "*", "namespace": "*" }],
                "syncWindows": windows,
            },
        })
    };
    let closed = json!([{
        "kind": "deny", "schedule": "* * * * *", "duration": "1h", "applications": ["*"],
    }]);
    argo.api.create(projects, &project(closed, "*"));
    argo.create(name, &repository, &json!({ "project": "strict" }));
    argo.until_status(name, "OutOfSync", "Healthy");
    act(argo, "sync", name, &[]).refused("blocked by sync window");

    let path = format!("{projects}/strict");
    let body = json!({ "spec": { "syncWindows": null, "sourceRepos": ["https://example.com/*"] } });
    argo.api.call_as("PATCH", &path, MERGE, Some(&body));
    act(argo, "sync", name, &[]).refused("not permitted in project");

    let body = json!({ "spec": { "sourceRepos": ["*"] } });
    argo.api.call_as("PATCH", &path, MERGE, Some(&body));
    argo.until(name, "permitted", |app| {
        app["status"]["conditions"].as_array().is_none_or(Vec::is_empty)
    });
    act(argo, "sync", name, &[]).ended(0);
    argo.until_status(name, "Synced", "Healthy");
}
