//! Events of objects, and events in groups.

use super::fixture::{Fixture, NOW};
use crate::model::{Change, SubEvent};
use crate::ui::Msg;
use serde_json::{Value, json};

fn at(seconds_ago: i64) -> String {
    jiff::Timestamp::from_second(NOW - seconds_ago).unwrap().to_string()
}

fn event(
    name: &str,
    sort: &str,
    reason: &str,
    about: (&str, &str),
    ago: (i64, i64),
    count: i64,
) -> Value {
    let namespace = (about.0 != "Node").then_some("shop");
    json!({"apiVersion": "v1", "kind": "Event", "type": sort, "reason": reason, "count": count,
        "message": format!("{reason} said {name}"), "metadata": {"name": name, "namespace": namespace.unwrap_or("default")},
        "involvedObject": {"kind": about.0, "name": about.1, "namespace": namespace},
        "firstTimestamp": at(ago.0), "lastTimestamp": at(ago.1)})
}

fn shop() -> Fixture {
    let mut f = Fixture::new();
    let mut put = |plural: &str, objects: Vec<Value>| {
        f.objects.insert(("dev".to_owned(), plural.to_owned()), objects);
    };
    let object = |api: &str, kind: &str, name: &str, owner: Option<(&str, &str)>| {
        let owners = owner
            .map(|(kind, name)| json!([{"apiVersion": "apps/v1", "kind": kind, "name": name}]));
        json!({"apiVersion": api, "kind": kind, "spec": {},
            "metadata": {"name": name, "namespace": "shop", "ownerReferences": owners}})
    };
    put("deployments", vec![object("apps/v1", "Deployment", "web", None)]);
    put("replicasets", vec![object("apps/v1", "ReplicaSet", "web-1", Some(("Deployment", "web")))]);
    put(
        "pods",
        vec![
            object("v1", "Pod", "web-1-a", Some(("ReplicaSet", "web-1"))),
            object("v1", "Pod", "stranger", None),
        ],
    );
    put("nodes", vec![json!({"apiVersion": "v1", "kind": "Node", "metadata": {"name": "n1"}})]);
    put(
        "events",
        vec![
            event("e1", "Normal", "ScalingReplicaSet", ("Deployment", "web"), (900, 900), 1),
            event("e2", "Warning", "BackOff", ("Pod", "web-1-a"), (600, 30), 30),
            event("e3", "Warning", "BackOff", ("Pod", "stranger"), (300, 60), 4),
            event("e4", "Normal", "NodeReady", ("Node", "n1"), (50, 50), 1),
        ],
    );
    f
}

#[test]
fn events_of_a_workload_are_those_of_what_it_owns_too() {
    let mut f = shop();
    f.go("deploy shop").press("E");
    let screen = f.screen();
    assert!(screen.contains("events of Deployment/web and 2 it owns[2] newest first"), "{screen}");
    assert!(f.selected().contains("BackOff"), "newest first\n{screen}");
    assert!(screen.contains("x30") && screen.contains("Pod/web-1-a"), "{screen}");
    assert!(screen.contains("ScalingReplicaSet said e1"), "{screen}");
    assert!(!screen.contains("stranger"), "{screen}");
    // A new one arrives, live.
    let new = event("e5", "Normal", "Pulled", ("Pod", "web-1-a"), (1, 1), 1);
    let (sub, need) =
        f.ui.subs
            .iter()
            .find(|(_, sub)| sub.need.gvr.plural == "events")
            .map(|(id, sub)| (id, sub.need.clone()))
            .unwrap();
    let changes = f.rows(&need, &new).into_iter().map(Change::Upsert).collect();
    f.msg(Msg::Sub(sub, SubEvent::Changes { part: 0, changes }));
    assert!(f.screen().contains("Pulled said e5"), "{}", f.screen());
    // Its pod goes: what it went through stays.
    let (pods, _) = f
        .ui
        .subs
        .iter()
        .find(|(_, s)| s.need.gvr.plural == "pods" && s.need.facet == crate::model::Facet::Links)
        .unwrap();
    let key = crate::model::Key { namespace: "shop".into(), name: "web-1-a".into() };
    f.msg(Msg::Sub(pods, SubEvent::Changes { part: 0, changes: vec![Change::Delete(key)] }));
    assert!(f.screen().contains("BackOff said e2"), "{}", f.screen());
    // Nobody has moved the cursor: it is on the newest.
    assert!(f.selected().contains("Pulled"), "{}", f.screen());
    f.press("j");
    assert!(f.selected().contains("BackOff"), "{}", f.screen());
    f.press("enter");
    assert!(f.screen().contains("Deployment/web events pods"), "{}", f.screen());
}

#[test]
fn z_groups_a_table_of_events_by_reason_then_by_object_and_back() {
    let mut f = shop();
    f.go("events shop").press("z");
    let screen = f.screen();
    assert!(screen.contains("events[3] by reason"), "{screen}");
    let line = f.selected();
    for words in ["BackOff", "x34", "3.5/min", "2 x Pod", "30s ago", "since 10m", "BackOff said e2"]
    {
        assert!(line.contains(words), "{words}\n{screen}");
    }
    // Those of the group, singly.
    f.press("enter");
    let screen = f.screen();
    assert!(screen.contains("newest first") && screen.contains("Pod/stranger"), "{screen}");
    assert!(!screen.contains("ScalingReplicaSet"), "{screen}");
    f.press("esc z z");
    let screen = f.screen();
    assert!(screen.contains("by object"), "{screen}");
    assert!(screen.contains("Pod/web-1-a in shop"), "{screen}");
    f.press("tab");
    assert!(f.selected().contains("Pod/stranger in shop"), "{}", f.screen());
    f.press("z");
    assert!(f.screen().contains("newest first"), "{}", f.screen());
    f.press("q");
    assert!(f.screen().contains("events("), "{}", f.screen());
}

#[test]
fn a_node_has_events_wherever_they_are_kept_and_time_goes_on() {
    let mut f = shop();
    f.go("nodes").press("E");
    assert!(f.selected().contains("NodeReady") && f.selected().contains("50s"), "{}", f.screen());
    f.wait(10);
    assert!(f.selected().contains("60s"), "{}", f.screen());
    f.go("cm").press("E");
    assert!(f.screen().contains("none: servers forget events"), "{}", f.screen());
}
