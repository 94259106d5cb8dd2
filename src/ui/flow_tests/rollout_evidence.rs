//! What a rollout's sentence rests on, and what else pods say: logs, the way back, older configuration.

use super::fixture::{Fixture, plan};
use super::rollout::{changed, pod, shop};
use crate::model::{Answer, Facet, Fault, FaultKind, Ticket};
use crate::ui::{Effect, Msg};
use serde_json::{Value, json};

/// Requests for logs since the last look, with their paths.
fn logs(f: &mut Fixture) -> Vec<(Ticket, String)> {
    let logs = f.sent().into_iter().filter_map(|effect| match effect {
        Effect::Read { ticket, read, .. } if read.path.contains("/log?") => {
            Some((ticket, read.path))
        }
        _ => None,
    });
    logs.collect()
}

fn crash(f: &mut Fixture, restarts: i64) {
    let mut bad = pod(f, "checkout-6d9f7c-x2x1q");
    let ended = json!({"terminated": {"exitCode": 1, "reason": "Error"}});
    let (state, last) = match restarts {
        0 => (ended, json!({})),
        _ => (json!({"waiting": {"reason": "CrashLoopBackOff"}}), ended),
    };
    bad["status"] = json!({"phase": "Running", "containerStatuses": [{"name": "api", "ready": false,
        "restartCount": restarts, "state": state, "lastState": last}]});
    changed(f, "pods", &bad);
    f.rest();
}

fn has(f: &Fixture, words: &str) {
    assert!(f.screen().contains(words), "{words}\n{}", f.screen());
}

#[test]
fn the_first_crash_shows_its_last_lines_and_the_way_back() {
    for size in [(80, 24), (200, 50)] {
        let mut f = shop();
        f.msg(Msg::Resize(size.0, size.1));
        f.go("deploy").press("o");
        assert!(!f.screen().contains("goes back"), "{}", f.screen());
        assert!(logs(&mut f).is_empty());
        crash(&mut f, 0);
        has(&f, "goes back to revision 41: registry.example.com/checkout:1.7.0");
        let asked = logs(&mut f);
        assert_eq!(asked.len(), 1, "one request: {asked:?}");
        let (ticket, path) = &asked[0];
        assert!(path.starts_with("/api/v1/namespaces/shop/pods/checkout-6d9f7c-x2x1q/log?container=api&previous=false"), "{path}");
        let log =
            "starting\n\nconnecting to db\nretrying\nFATAL: no such \u{1b}[31mhost\u{1b}[0m db\n";
        f.msg(Msg::Answer(*ticket, Ok(Answer::Object(log.into()))));
        f.rest();
        has(&f, "│ FATAL: no such");
        has(&f, "│ connecting to db");
        assert!(!f.screen().contains("starting\n"), "{}", f.screen());
        // Nothing is asked again until it has crashed again; then it is the instance before.
        f.wait(5);
        assert!(logs(&mut f).is_empty());
        crash(&mut f, 1);
        let asked = logs(&mut f);
        assert!(asked[0].1.contains("previous=true"), "{asked:?}");
        has(&f, "│ FATAL: no such");
        let fault = Fault::new(FaultKind::Forbidden, "read the log", "pods \"x\" is forbidden");
        f.msg(Msg::Answer(asked[0].0, Err(fault)));
        f.rest();
        has(&f, "its log cannot be read: pods \"x\" is forbidden");
    }
}

/// Both sets read `app-config` as their environment, which was changed twenty seconds before.
fn configured() -> Fixture {
    let mut f = shop();
    let env = json!([{"configMapRef": {"name": "app-config"}}, {"secretRef": {"name": "db"}}]);
    for plural in ["deployments", "replicasets"] {
        for object in f.objects.get_mut(&("dev".to_owned(), plural.to_owned())).unwrap() {
            object["spec"]["template"]["spec"]["containers"][0]["envFrom"] = env.clone();
        }
    }
    let config = json!({"metadata": {"name": "app-config", "namespace": "shop", "managedFields": [
        {"manager": "kubectl-edit", "operation": "Update", "time": "2026-01-10T10:00:18Z",
            "fieldsV1": {"f:data": {"f:LEVEL": {}}}}]}, "data": {"LEVEL": "debug"}});
    let secret = json!({"metadata": {"name": "db", "namespace": "shop", "managedFields": []},
        "data": {"password": "aHVudGVyMg=="}});
    f.objects.insert(("dev".to_owned(), "configmaps".to_owned()), vec![config]);
    f.objects.insert(("dev".to_owned(), "secrets".to_owned()), vec![secret]);
    f
}

#[test]
fn pods_with_an_older_config_map_are_counted_and_its_page_restarts_who_reads_it() {
    for size in [(80, 24), (200, 50)] {
        let mut f = configured();
        f.msg(Msg::Resize(size.0, size.1));
        f.go("deploy").press("o");
        let words = f.screen().replace(['│', '┃'], " ");
        let words = words.split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(
            words.contains(
                "still runs the ConfigMap app-config of before its change 20s ago by kubectl-edit"
            ),
            "{}",
            f.screen()
        );
        // Of the Secret nothing but metadata was asked for, and nothing is held.
        let held: Vec<Value> = f
            .ui
            .subs
            .iter()
            .filter(|(_, sub)| sub.need.gvr.plural == "secrets" && sub.need.facet == Facet::Rollout)
            .flat_map(|(_, sub)| sub.table.rows().map(|(_, row)| json!(format!("{row:?}"))))
            .collect();
        assert_eq!(held.len(), 1);
        assert!(!held[0].to_string().contains("aHVud"), "{held:?}");
    }
    let mut f = configured();
    f.reads = true;
    f.go("cm '/app-config'").press("u");
    has(&f, "Deployment/checkout");
    f.press("r");
    has(&f, "Restart Deployment/checkout");
    f.sent();
    f.press("enter");
    let plan = plan(&f.sent());
    assert_eq!(plan.requests.len(), 1);
}
