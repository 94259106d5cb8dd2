//! Drifted objects in the list of apps, counted while it is looked at.

use super::fixture::{Fixture, custom};
use crate::drift::{Confidence, Depth, Job, News, ObjectDrift, State};
use crate::model::{Change, Facet, SubEvent, Ticket};
use crate::relations::ObjectId;
use crate::ui::{Effect, Msg, Start};
use serde_json::json;
use std::sync::Arc;

/// A list of apps with one that kubectl applied.
fn applied_by_kubectl() -> Fixture {
    let mut deployments = custom("apps", "deployments", "Deployment");
    deployments.gvr.version = "v1".into();
    let mut at = Fixture::serving(vec![deployments], Start::default());
    let object = json!({"apiVersion": "apps/v1", "kind": "Deployment",
        "metadata": {"name": "web", "namespace": "shop", "resourceVersion": "7",
            "uid": "00000000-0000-0000-0000-000000000001",
            "annotations": {"kubectl.kubernetes.io/last-applied-configuration": "{}"}},
        "spec": {"replicas": 5}, "status": {"replicas": 5, "availableReplicas": 5}});
    at.objects.insert(("dev".to_owned(), "deployments".to_owned()), vec![object]);
    at.go("apps '/engine==kubectl'");
    at
}

fn compared(sent: &[Effect]) -> Vec<(Ticket, Job)> {
    let of = |effect: &Effect| match effect {
        Effect::Compare { ticket, job } => Some((*ticket, Job::clone(job))),
        _ => None,
    };
    sent.iter().filter_map(of).collect()
}

fn changed() -> News {
    let id = ObjectId {
        group: "apps".into(),
        kind: "Deployment".into(),
        namespace: "shop".into(),
        name: "web".into(),
    };
    News::Object(Box::new(ObjectDrift {
        confidence: Confidence::LastApplied,
        ..ObjectDrift::new(id, State::Changed)
    }))
}

#[test]
fn apps_on_screen_are_counted_once_with_reads_and_ones_own_rules() {
    let mut at = applied_by_kubectl();
    let asked = compared(&at.sent());
    let [(ticket, job)] = asked.as_slice() else { panic!("{asked:?}") };
    assert_eq!(job.depth, Depth::Reads);
    assert!(Arc::ptr_eq(&job.rules, &at.ui.config.drift_rules));
    assert!(at.selected().contains('…'), "{}", at.screen());
    at.msg(Msg::Compared(*ticket, vec![changed(), News::Over]));
    assert!(at.selected().contains("~1"), "{}", at.screen());
    at.rest();
    at.wait(2);
    assert_eq!(compared(&at.sent()), []);
}

#[test]
fn a_count_that_was_left_is_begun_again() {
    let mut at = applied_by_kubectl();
    let first = compared(&at.sent())[0].0;
    at.press("enter");
    assert!(at.sent().contains(&Effect::Uncompare(first)));
    at.press("esc");
    at.rest();
    let again = compared(&at.sent());
    let [(ticket, _)] = again.as_slice() else { panic!("{again:?} {}", at.screen()) };
    // What the first one still tells is nobody's.
    at.msg(Msg::Compared(first, vec![changed(), News::Over]));
    assert!(at.selected().contains('…'), "{}", at.screen());
    at.msg(Msg::Compared(*ticket, vec![changed(), News::Over]));
    assert!(at.selected().contains("~1"), "{}", at.screen());
}

#[test]
fn the_page_of_an_app_says_how_many_fields_of_each_object_differ() {
    let mut at = applied_by_kubectl();
    let manifest = json!({"apiVersion": "apps/v1", "kind": "Deployment",
        "metadata": {"name": "web", "namespace": "shop"},
        "spec": {"replicas": 3, "revisionHistoryLimit": 2}});
    let objects = at.objects.get_mut(&("dev".to_owned(), "deployments".to_owned())).unwrap();
    objects[0]["metadata"]["annotations"]["kubectl.kubernetes.io/last-applied-configuration"] =
        json!(manifest.to_string());
    at.sent();
    at.press("enter");
    let asked = compared(&at.sent());
    let [(ticket, job)] = asked.as_slice() else { panic!("{asked:?}") };
    assert_eq!(job.depth, Depth::Reads);
    let line = |at: &Fixture| {
        let lines = at.lines();
        lines.iter().rfind(|line| line.contains("Deployment/web")).cloned().unwrap_or_default()
    };
    assert!(line(&at).contains('…'), "{}", at.screen());
    let found = at.compare(job);
    at.msg(Msg::Compared(*ticket, found));
    assert!(line(&at).contains(" 2 "), "{}", at.screen());
    // What changes meanwhile is looked at again, but not all the time.
    let mut changed = at.objects[&("dev".to_owned(), "deployments".to_owned())][0].clone();
    changed["metadata"]["resourceVersion"] = json!("8");
    let watch = |sub: &crate::ui::subs::Sub| {
        sub.need.facet == Facet::Links && sub.need.gvr.plural == "deployments"
    };
    let found = at.ui.subs.iter().find(|(_, sub)| watch(sub));
    let (sub, need) = found.map(|(id, sub)| (id, sub.need.clone())).unwrap();
    let changes = at.rows(&need, &changed).into_iter().map(Change::Upsert).collect();
    at.msg(Msg::Sub(sub, SubEvent::Changes { part: 0, changes }));
    assert_eq!(compared(&at.sent()), []);
    at.wait(11);
    let again = compared(&at.sent());
    let [(ticket, _)] = again.as_slice() else { panic!("{again:?}") };
    at.press("esc");
    assert!(at.sent().contains(&Effect::Uncompare(*ticket)), "nobody looks any more");
}

/// The Deployment has changed: in the cluster, and in the rows of the list of apps.
fn change(at: &mut Fixture, edit: impl Fn(&mut serde_json::Value)) {
    let objects = at.objects.get_mut(&("dev".to_owned(), "deployments".to_owned())).unwrap();
    edit(&mut objects[0]);
    let changed = objects[0].clone();
    let watch = |sub: &crate::ui::subs::Sub| {
        sub.need.facet == Facet::App && sub.need.gvr.plural == "deployments"
    };
    let found = at.ui.subs.iter().find(|(_, sub)| watch(sub));
    let (sub, need) = found.map(|(id, sub)| (id, sub.need.clone())).unwrap();
    let changes = at.rows(&need, &changed).into_iter().map(Change::Upsert).collect();
    at.msg(Msg::Sub(sub, SubEvent::Changes { part: 0, changes }));
}

#[test]
fn what_one_count_finds_beside_the_one_before_is_on_the_tape_below_the_list() {
    let mut at = applied_by_kubectl();
    let taped = |at: &Fixture| -> Vec<String> {
        let lines = at.lines();
        let from = lines.iter().position(|line| line.contains("TAPE ")).unwrap_or(lines.len());
        lines[from..].iter().filter(|line| line.contains("web Deployment/web")).cloned().collect()
    };
    let (ticket, job) = compared(&at.sent()).remove(0);
    let found = at.compare(&job);
    at.msg(Msg::Compared(ticket, found));
    at.press("shift-w");
    assert!(at.strip().contains("no field of the apps on screen"), "{}", at.strip());
    assert_eq!(taped(&at), Vec::<String>::new());
    change(&mut at, |object| {
        object["metadata"]["resourceVersion"] = json!("9");
        object["spec"]["replicas"] = json!(7);
        object["metadata"]["managedFields"] = json!([{"manager": "kubectl-scale",
            "operation": "Update", "subresource": "scale", "time": "2025-12-31T23:59:10Z",
            "fieldsV1": {"f:spec": {"f:replicas": {}}}}]);
    });
    at.wait(31);
    at.rest();
    let (ticket, job) = compared(&at.sent()).remove(0);
    assert_eq!(job.depth, Depth::Reads);
    let found = at.compare(&job);
    at.msg(Msg::Compared(ticket, found));
    let lines = taped(&at);
    let [line] = lines.as_slice() else { panic!("{}", at.screen()) };
    assert!(line.contains("web Deployment/web spec.replicas"), "{line}");
    assert!(line.contains("→ 7 by kubectl-scale"), "{line}");
    // The selected app is still to be seen, and a click on the tape selects nothing.
    assert!(at.selected().contains("web"), "{}", at.screen());
    at.press("shift-w shift-w");
    assert_eq!(taped(&at), Vec::<String>::new(), "{}", at.screen());
}
