//! The rollouts of apps, and of several workloads that were marked.

use super::fixture::{Fixture, custom};
use super::rollout::{changed, pod, put_shop};
use crate::model::Facet;
use crate::ui::{Msg, Start};
use serde_json::{Value, json};

fn application(name: &str, server: &str, objects: &[&str]) -> Value {
    let resources: Vec<Value> = objects
        .iter()
        .map(|object| {
            json!({"group": "apps", "version": "v1", "kind": "Deployment", "namespace": "shop",
                "name": object, "status": "Synced", "health": {"status": "Healthy"}})
        })
        .collect();
    json!({"apiVersion": "argoproj.io/v1alpha1", "kind": "Application",
        "metadata": {"name": name, "namespace": "argocd", "resourceVersion": "7"},
        "spec": {"project": "shop", "destination": {"server": server, "namespace": "shop"},
            "source": {"repoURL": "https://git.example.com/shop", "path": name, "targetRevision": "main"}},
        "status": {"resources": resources,
            "sync": {"status": "Synced", "revision": "8d1e0aa000000000000000000000000000000000"},
            "health": {"status": "Healthy"}}})
}

/// Says of a Deployment that an application delivers it.
fn delivered_by(app: &str, deployment: &mut Value) {
    let name = deployment["metadata"]["name"].as_str().unwrap().to_owned();
    deployment["metadata"]["annotations"]["argocd.argoproj.io/tracking-id"] =
        json!(format!("{app}:apps/Deployment:shop/{name}"));
}

/// `checkout` rolls; `cart` and `other` are done. `shop` delivers the first two, `single` the last.
fn estate(size: (u16, u16)) -> Fixture {
    let served = vec![custom("argoproj.io", "applications", "Application")];
    let mut f = put_shop(Fixture::serving(served, Start::default()));
    f.msg(Msg::Resize(size.0, size.1));
    f.reads = true;
    let here = "https://kubernetes.default.svc";
    let apps = vec![
        application("shop", here, &["checkout", "cart"]),
        application("single", here, &["other"]),
        application("config", here, &[]),
        application("far", "https://far.example.com", &["checkout"]),
        application("near", "https://prod-eu.example.com", &["checkout"]),
    ];
    f.objects.insert(("dev".to_owned(), "applications".to_owned()), apps);
    let deployments = f.objects.get_mut(&("dev".to_owned(), "deployments".to_owned())).unwrap();
    delivered_by("shop", &mut deployments[0]);
    for (name, app) in [("cart", "shop"), ("other", "single")] {
        let mut done = deployments[0].clone();
        done["metadata"]["name"] = json!(name);
        done["metadata"]["uid"] = json!(name);
        done["spec"]["selector"] = json!({"matchLabels": {"app": name}});
        done["status"] = json!({"observedGeneration": 42, "replicas": 4, "updatedReplicas": 4,
            "readyReplicas": 4, "availableReplicas": 4});
        delivered_by(app, &mut done);
        deployments.push(done);
    }
    f
}

fn crash(f: &mut Fixture) {
    let mut bad = pod(f, "checkout-6d9f7c-x2x1q");
    bad["status"] = json!({"phase": "Running", "containerStatuses": [{"name": "api", "ready": false,
        "restartCount": 3, "state": {"waiting": {"reason": "CrashLoopBackOff"}},
        "lastState": {"terminated": {"exitCode": 1, "reason": "Error"}}}]});
    changed(f, "pods", &bad);
}

fn has(f: &Fixture, words: &str) {
    assert!(f.screen().contains(words), "{words}\n{}", f.screen());
}

#[test]
fn o_on_an_app_shows_the_rollouts_of_its_workloads_and_leads_into_one() {
    for size in [(80, 24), (200, 50)] {
        let mut f = estate(size);
        f.go("apps '/name==shop'").press("o");
        has(&f, "shop rollouts[1 of 2]");
        has(&f, "Deployment/checkout  shop  progressing  2/4");
        has(&f, "Deployment/cart      shop  done         4/4");
        assert!(!f.screen().contains("Deployment/other"), "{}", f.screen());
        // Trouble comes first, with the sentence of its own pane.
        crash(&mut f);
        let line = f.selected();
        assert!(line.contains("Deployment/checkout") && line.contains("stuck"), "{line}");
        f.press("enter");
        has(&f, "revision 41 → 42  stuck");
        f.press("esc");
        has(&f, "shop rollouts[1 of 2]");
        f.press("esc");
        has(&f, "Argo CD");
    }
}

#[test]
fn the_only_workload_of_an_app_is_shown_at_once() {
    let mut f = estate((120, 30));
    f.go("apps '/name==single'").press("o");
    has(&f, "Deployment/other · RollingUpdate");
    f.press("esc");

    // Several apps that are marked: one board.
    f.go("apps '/name:s'").press("space space o");
    has(&f, "2 apps rollouts[1 of 3]");
}

#[test]
fn apps_whose_workloads_are_not_here_say_so() {
    let mut f = estate((120, 30));
    for (app, why) in [
        ("far", "its workloads are on another cluster"),
        ("near", "context prod-eu"),
        ("config", "no workload says that it belongs to config"),
    ] {
        f.go(&format!("apps '/name=={app}'")).press("o");
        assert!(f.strip().contains(why), "{app}: {}", f.strip());
    }
}

#[test]
fn marked_workloads_share_a_board_and_one_that_goes_is_told() {
    let mut f = estate((120, 30));
    f.go("deploy").press("space space o");
    has(&f, "2 marked rollouts[1 of 2]");
    // One watch for each kind, and only in the namespaces where they are.
    let scopes: Vec<String> =
        f.ui.subs
            .iter()
            .filter(|(_, sub)| sub.need.facet == Facet::Rollout && sub.need.labels.is_empty())
            .filter(|(_, sub)| sub.need.fields.is_empty() && sub.need.gvr.group == "apps")
            .map(|(_, sub)| format!("{} {:?}", sub.need.gvr.plural, sub.need.scope))
            .collect();
    assert_eq!(scopes.len(), 1, "{scopes:?}");
    assert!(scopes[0].contains("deployments") && scopes[0].contains("shop"), "{scopes:?}");
    let (sub, _) = f
        .ui
        .subs
        .iter()
        .find(|(_, sub)| sub.need.facet == Facet::Rollout && sub.need.gvr.plural == "deployments")
        .map(|(id, sub)| (id, sub.need.clone()))
        .unwrap();
    let key = crate::model::Key { namespace: "shop".into(), name: "cart".into() };
    let changes = vec![crate::model::Change::Delete(key)];
    f.msg(Msg::Sub(sub, crate::model::SubEvent::Changes { part: 0, changes }));
    has(&f, "Deployment/cart      shop  gone");
}

#[test]
fn the_page_of_an_app_says_what_rolls_now() {
    let mut f = estate((160, 40));
    f.go("apps '/name==shop'").press("enter");
    let line = "rollouts, 1 of 2 not done: Deployment/checkout: nothing blocks it: 2 of 4 new replicas updated";
    has(&f, line);
    crash(&mut f);
    has(&f, "Deployment/checkout: blocked: pod checkout-6d9f7c-x2x1q crashes");
    f.press("o");
    has(&f, "shop rollouts[1 of 2]");
    f.press("esc");
    // On the row of a workload it is the rollout of that one.
    f.press("j j o");
    assert!(f.screen().contains("· RollingUpdate 25%/25%"), "{}", f.screen());
}

#[test]
fn revisions_tell_which_revision_of_their_app_they_came_with() {
    let mut f = estate((200, 50));
    let apps = f.objects.get_mut(&("dev".to_owned(), "applications".to_owned())).unwrap();
    let entry = |id: i64, revision: &str, at: &str| {
        json!({"id": id, "revision": revision, "deployedAt": at,
            "source": {"repoURL": "https://git.example.com/shop", "path": "shop"}})
    };
    apps[0]["status"]["history"] = json!([
        entry(7, "8d1e0aa000000000000000000000000000000000", "2026-01-07T09:00:40Z"),
        entry(8, "41c77f9000000000000000000000000000000000", "2026-01-09T09:00:40Z")
    ]);
    f.go("deploy '/name==checkout'").press("o");
    assert!(!f.screen().contains("with shop"), "the apps are not known: {}", f.screen());
    // Where they are, as after the list of apps, it is told of the revision of that time alone.
    f.go("apps").go("deploy '/name==checkout'").press("o");
    f.rest();
    has(&f, "with shop 8d1e0aa");
    assert!(!f.screen().contains("with shop 41c77f9"), "{}", f.screen());
}
