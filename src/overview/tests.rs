#![allow(clippy::unwrap_used)]
use super::*;
use crate::kinds::{self, Pool, Projection};
use crate::model::{Change, Facet};
use serde_json::{Value, json};
use std::sync::Arc;

/// 2026-01-01T00:00:00Z
const NOW: i64 = 1_767_225_600;

/// A table of objects of a kind.
fn table(plural: &str, objects: &[Value]) -> (Arc<Schema>, Table) {
    let resources = kinds::builtin::resources();
    let resource = resources.iter().find(|r| r.gvr.plural == plural).unwrap();
    let projection = Projection::new(resource, Facet::Row, &[], &[]).0;
    let (mut pool, mut rows) = (Pool::default(), Vec::new());
    for object in objects {
        projection.rows(object.to_string().as_bytes(), &mut pool, &mut rows).unwrap();
    }
    let mut table = Table::default();
    table.begin(0);
    table.apply(0, rows.into_iter().map(Change::Upsert).collect());
    table.complete(0);
    (projection.schema(), table)
}

fn pod(name: &str, namespace: &str, node: &str, phase: &str, more: &Value) -> Value {
    let state = match phase {
        "Succeeded" => json!({ "terminated": { "exitCode": 0, "reason": "Completed" } }),
        "Pending" => json!({ "waiting": { "reason": "ImagePullBackOff" } }),
        _ => json!({ "running": {} }),
    };
    let mut status = json!({
        "name": "app",
        "ready": phase == "Running",
        "state": state,
        "restartCount": 0,
    });
    status.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    json!({
        "metadata": { "name": name, "namespace": namespace, "uid": name },
        "spec": {
            "nodeName": node,
            "containers": [{
                "name": "app",
                "image": "app:1",
                "resources": { "requests": { "cpu": "500m", "memory": "1Gi" } },
            }],
        },
        "status": {
            "phase": phase,
            "conditions": [{ "type": "Ready", "status": if phase == "Running" { "True" } else { "False" } }],
            "containerStatuses": [status],
        },
    })
}

fn node(name: &str, ready: &str) -> Value {
    json!({
        "metadata": { "name": name, "uid": name },
        "status": {
            "allocatable": { "cpu": "2", "memory": "4Gi", "pods": "110" },
            "conditions": [{ "type": "Ready", "status": ready }],
        },
    })
}

fn pods() -> (Arc<Schema>, Table) {
    let recent = json!({
        "restartCount": 3,
        "lastState": { "terminated": { "exitCode": 1, "finishedAt": "2025-12-31T23:50:00Z" } },
    });
    let old = json!({
        "restartCount": 9,
        "lastState": { "terminated": { "exitCode": 1, "finishedAt": "2025-12-31T20:00:00Z" } },
    });
    table(
        "pods",
        &[
            pod("a", "shop", "n1", "Running", &recent),
            pod("b", "shop", "n1", "Running", &old),
            pod("c", "data", "n2", "Running", &json!({})),
            pod("d", "data", "n2", "Succeeded", &json!({})),
            pod("e", "data", "", "Pending", &json!({})),
        ],
    )
}

#[test]
fn what_pods_ask_for_is_added_up_by_node_and_namespace_and_finished_ones_hold_nothing() {
    let ((pods, pod_rows), (nodes, node_rows)) =
        (pods(), table("nodes", &[node("n1", "True"), node("n2", "False")]));
    let pods = Rows { schema: &pods, table: &pod_rows };
    let nodes = Rows { schema: &nodes, table: &node_rows };
    let all = Capacity::of(pods, Some(nodes), NOW);
    let gib = 1 << 30;
    assert_eq!(all.has, Asked { pods: 220, cpu: 4000, memory: 8 * gib });
    assert_eq!(all.asked, Asked { pods: 3, cpu: 1500, memory: 3 * gib });
    assert_eq!(all.waiting, Asked { pods: 1, cpu: 500, memory: gib });
    let names: Vec<&str> = all.nodes.iter().map(|node| node.name.as_str()).collect();
    assert_eq!(names, ["n1", "n2"], "the fullest first");
    let [n1, n2] = all.nodes.as_slice() else { unreachable!() };
    assert_eq!((n1.asked.cpu, n1.restarted, n1.fullness()), (1000, 1, 500));
    assert_eq!((n2.asked.pods, n2.state.as_str(), n2.tone), (1, "NotReady", Tone::Bad));
    let spaces: Vec<_> = all
        .namespaces
        .iter()
        .map(|p| (p.name.as_str(), p.asked.pods, p.faults, p.restarted))
        .collect();
    assert_eq!(spaces, [("data", 2, 1, 0), ("shop", 2, 0, 1)]);
    // Who may not list nodes still sees namespaces.
    let blind = Capacity::of(pods, None, NOW);
    assert_eq!((blind.nodes.len(), blind.namespaces.len()), (0, 2));
}

#[test]
fn restarts_count_within_the_hour_and_faults_by_their_state() {
    let (schema, rows) = pods();
    let rows = Rows { schema: &schema, table: &rows };
    let found = restarted(rows, NOW);
    assert_eq!(found.len(), 1);
    assert_eq!((found[0].pod.name.as_str(), found[0].restarts), ("a", 3));
    assert_eq!(restarted(rows, NOW + HOUR), []);
    let health = health(rows);
    assert_eq!((health.total, health.faults, health.worst), (5, 1, Tone::Bad));
    assert_eq!(health.words, [("e ImagePullBackOff".to_owned(), 1)]);
}

#[test]
fn events_are_sorted_by_when_they_were_seen_last() {
    let event = |name: &str, kind: &str, at: &str| {
        json!({
            "metadata": { "name": name, "namespace": "shop", "uid": name },
            "type": kind,
            "reason": "BackOff",
            "lastTimestamp": at,
            "involvedObject": { "kind": "Pod", "name": "a" },
        })
    };
    let resources = kinds::builtin::resources();
    assert!(resources.iter().any(|r| r.gvr.plural == "events"));
    let (schema, rows) = table(
        "events",
        &[
            event("now", "Warning", "2025-12-31T23:59:59Z"),
            event("ahead", "Normal", "2026-01-01T00:00:05Z"),
            event("early", "Warning", "2025-12-31T23:01:00Z"),
            event("old", "Warning", "2025-12-31T22:59:00Z"),
        ],
    );
    let rate = rate(Rows { schema: &schema, table: &rows }, NOW);
    assert_eq!((rate.total(), rate.all_warnings()), (3, 2));
    assert_eq!((rate.buckets[BUCKETS - 1], rate.buckets[0]), (2, 1));
    assert_eq!(rate.reasons, [("BackOff".to_owned(), 2)]);
}

#[test]
fn a_list_of_one_tells_how_many_there_are() {
    assert_eq!(
        total(r#"{"metadata":{"remainingItemCount":41},"items":[{"metadata":{}}]}"#),
        Ok(42)
    );
    assert_eq!(total(r#"{"metadata":{},"items":null}"#), Ok(0));
    assert!(total("nonsense").is_err());
    let paths: Vec<String> = COUNTED.iter().map(|what| what.read("shop").path).collect();
    assert_eq!(paths[1], "/api/v1/namespaces/shop/services?limit=1");
    assert!(paths[2].starts_with("/apis/networking.k8s.io/v1/"));
}
