#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use super::*;
use serde_json::json;

fn show(cell: &Cell) -> String {
    match cell {
        Cell::Empty => "-".to_owned(),
        Cell::Text(text, _) => text.to_string(),
        Cell::CountSince(n, at) => format!("{n}@{at}"),
        Cell::Since(at) => format!("@{at}"),
        other => format!("{other:?}"),
    }
}

fn table(pod: &serde_json::Value) -> Vec<String> {
    let mut out = Vec::new();
    project(pod.to_string().as_bytes(), &mut Pool::default(), &mut out).unwrap();
    let cells = COLUMNS.len()
        - schema()
            .columns
            .iter()
            .filter(|c| matches!(c.source, crate::model::ColumnSource::Metric(..)))
            .count();
    out.iter()
        .map(|row| {
            assert_eq!(row.cells.len(), cells, "one cell for each column that takes one");
            assert_eq!(&*row.key.namespace, "shop");
            // Quantities have tests of their own.
            let shown = [0, 1, 2, 3, 4, 5, 6, 7, 12, 13].map(|i| show(&row.cells[i]));
            format!("{} {} {:?}", row.key.name, shown.join(" "), row.health)
        })
        .collect()
}

#[test]
fn containers_come_in_the_order_they_start() {
    let pod = json!({
        "metadata": {"name": "web", "namespace": "shop", "creationTimestamp": "2026-01-01T00:00:00Z"},
        "spec": {
            "containers": [
                {"name": "app", "image": "app:1", "livenessProbe": {"httpGet": {}}, "startupProbe": {"exec": {}},
                 "ports": [{"name": "http", "containerPort": 8080}, {"containerPort": 53, "protocol": "UDP"}]},
                {"name": "crash", "image": "crash:1"},
                {"name": "slow", "image": "slow:1", "readinessProbe": {}}
            ],
            "initContainers": [
                {"name": "setup", "image": "setup:1"},
                {"name": "mesh", "image": "mesh:1", "restartPolicy": "Always"}
            ],
            "ephemeralContainers": [{"name": "debug", "image": "busybox"}]
        },
        "status": {
            "initContainerStatuses": [
                {"name": "mesh", "ready": true, "state": {"running": {"startedAt": "1970-01-01T00:00:20Z"}}},
                {"name": "setup", "ready": true, "state": {"terminated": {"reason": "Completed", "exitCode": 0}}}
            ],
            "containerStatuses": [
                {"name": "crash", "ready": false, "restartCount": 7, "state": {"waiting": {"reason": "CrashLoopBackOff"}},
                 "lastState": {"terminated": {"reason": "OOMKilled", "exitCode": 137, "finishedAt": "1970-01-01T00:01:40Z"}}},
                {"name": "app", "ready": true, "restartCount": 0, "state": {"running": {"startedAt": "1970-01-01T00:00:30Z"}}},
                {"name": "slow", "ready": false, "state": {"running": {"startedAt": "1970-01-01T00:00:31Z"}}}
            ]
        }
    });
    assert_eq!(
        table(&pod),
        [
            "setup init setup:1 true Completed 0@0 - - off:off:off - - None",
            "mesh sidecar mesh:1 true Running 0@0 - - off:off:off - @20 Healthy",
            "app main app:1 true Running 0@0 - - on:off:on http:8080,53/UDP @30 Healthy",
            "crash main crash:1 false CrashLoopBackOff 7@100 OOMKilled 137 @100 off:off:off - - Degraded",
            "slow main slow:1 false Running 0@0 - - off:on:off - @31 Progressing",
            "debug ephemeral busybox false Waiting 0@0 - - off:off:off - - Progressing",
        ]
    );
}

#[test]
fn every_container_leads_back_to_its_pod() {
    let pod = json!({"metadata": {"name": "web", "namespace": "shop"}, "spec": {"containers": [{"name": "app"}]}});
    let mut out = Vec::new();
    project(pod.to_string().as_bytes(), &mut Pool::default(), &mut out).unwrap();
    let Some(Link::Ref { kind, namespace, name, .. }) = out[0].links.iter().next() else {
        panic!("{:?}", out[0].links)
    };
    assert_eq!((kind.as_str(), namespace.as_str(), name.as_str()), ("Pod", "shop", "web"));
}

#[test]
fn the_columns_of_requests_are_where_the_metrics_look_for_them() {
    let schema = schema();
    for (metric, cell) in
        [("%CPU/R", "CPU/R"), ("%CPU/L", "CPU/L"), ("%MEM/R", "MEM/R"), ("%MEM/L", "MEM/L")]
    {
        let find = |title: &str| schema.columns.iter().find(|c| c.title == title).unwrap().source;
        let crate::model::ColumnSource::Metric(_, at) = find(metric) else { panic!("{metric}") };
        assert_eq!(crate::model::ColumnSource::Cell(at), find(cell), "{metric}");
    }
}
