//! What a comparison costs: a Deployment of 12 KB with five managers, a ConfigMap of 1 MB, long lists.
//!
//! `cargo bench --bench drift`. Goals: at most 300 µs for the Deployment with its writers, 30 ms for the
//! ConfigMap; ten thousand items in no more than ten times what a thousand take.

#![allow(clippy::unwrap_used, missing_docs)]

use divan::Bencher;
use serde_json::{Map, Value, json};
use wheelhouse::drift::compare::{Against, compare};
use wheelhouse::drift::shape::Shape;
use wheelhouse::drift::writers::Writers;

fn main() {
    divan::main();
}

/// A pod of three containers, with everything that people write into one.
fn manifest() -> Value {
    let env = |n: usize| json!({"name": format!("SETTING_{n}"), "value": format!("value of setting {n}")});
    let container = |name: &str| {
        json!({"name": name, "image": format!("registry.example.com/{name}:1.4.0"),
            "env": (0..25).map(env).collect::<Vec<_>>(),
            "ports": [{"containerPort": 8080}, {"containerPort": 9090, "name": "metrics"}],
            "resources": {"limits": {"memory": "1Gi"}, "requests": {"cpu": "0.1", "memory": "512Mi"}},
            "livenessProbe": {"httpGet": {"port": 8080, "path": "/healthz"}},
            "volumeMounts": [{"name": "config", "mountPath": "/etc/config"}]})
    };
    json!({"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "api"}, "spec": {
        "replicas": 3, "selector": {"matchLabels": {"app": "api"}},
        "template": {"metadata": {"labels": {"app": "api"}}, "spec": {
            "containers": Value::from_iter(["api", "web", "worker"].map(container)),
            "volumes": [{"name": "config", "configMap": {"name": "api"}}]}}}})
}

/// The manifest as it is on a cluster, with three changes.
fn live(manifest: &Value) -> Value {
    let mut live = manifest.clone();
    live["spec"]["replicas"] = json!(5);
    live["spec"]["strategy"] = json!({"type": "RollingUpdate"});
    let pod = &mut live["spec"]["template"]["spec"];
    pod["restartPolicy"] = json!("Always");
    for container in pod["containers"].as_array_mut().unwrap() {
        container["imagePullPolicy"] = json!("IfNotPresent");
        container["ports"][0]["protocol"] = json!("TCP");
        container["resources"]["requests"]["cpu"] = json!("100m");
    }
    pod["containers"][1]["image"] = json!("registry.example.com/web:1.4.1");
    pod["containers"][2]["env"][3]["value"] = json!("other");
    let fields = owned(&manifest["spec"]);
    let managers =
        ["argocd-controller", "kube-controller-manager", "kubectl", "k9s", "keda-operator"];
    let entry = |manager: &str| {
        json!({"manager": manager, "operation": "Update", "time": "2026-01-01T00:00:00Z",
            "fieldsType": "FieldsV1", "fieldsV1": {"f:spec": fields.clone()}})
    };
    live["metadata"]["managedFields"] = managers.map(entry).into_iter().collect();
    live
}

fn owned(value: &Value) -> Value {
    match value {
        Value::Object(map) => {
            map.iter().map(|(name, value)| (format!("f:{name}"), owned(value))).collect()
        }
        Value::Array(items) if items.iter().all(|item| item.get("name").is_some()) => items
            .iter()
            .map(|item| (format!("k:{}", json!({"name": item["name"]})), owned(item)))
            .collect::<Map<String, Value>>()
            .into(),
        _ => json!({}),
    }
}

#[divan::bench]
fn deployment_of_12_kb_with_five_managers(bencher: Bencher<'_, '_>) {
    let desired = manifest();
    let live = live(&desired);
    let shape = Shape::of("apps", "Deployment");
    bencher.bench(|| {
        let writers = Writers::of(&live);
        let against = Against::Manifest { desired: &desired, base: Some(&desired) };
        let changes = compare(against, &live, &shape);
        assert_eq!(changes.len(), 3);
        changes.iter().filter_map(|change| writers.last(&change.path)).count()
    });
}

#[divan::bench]
fn config_map_of_1_mb(bencher: Bencher<'_, '_>) {
    let data = |n: usize| (format!("file-{n}"), Value::from("x".repeat(100)));
    let data: Map<String, Value> = (0..9_500).map(data).collect();
    let desired = json!({"data": data});
    let mut live = desired.clone();
    live["data"]["file-9000"] = json!("other");
    live["metadata"]["managedFields"] = json!([{"manager": "kubectl", "operation": "Update",
        "fieldsV1": {"f:data": owned(&desired["data"])}}]);
    let shape = Shape::of("", "ConfigMap");
    bencher.bench(|| {
        let writers = Writers::of(&live);
        let against = Against::Manifest { desired: &desired, base: Some(&desired) };
        let changes = compare(against, &live, &shape);
        assert_eq!(changes.len(), 1);
        writers.last(&changes[0].path).is_some()
    });
}

#[divan::bench(args = [1_000, 10_000])]
fn list_of_items_in_another_order(bencher: Bencher<'_, '_>, items: usize) {
    let env = |n: usize| json!({"name": format!("E{n}"), "value": "x"});
    let env: Vec<Value> = (0..items).map(env).collect();
    let of = |env: Vec<Value>| json!({"spec": {"template": {"spec": {"containers": [{"name": "a", "env": env}]}}}});
    let live = of(env.iter().rev().cloned().collect());
    let desired = of(env);
    let shape = Shape::of("apps", "Deployment");
    bencher.bench(|| {
        let against = Against::Manifest { desired: &desired, base: None };
        assert!(compare(against, &live, &shape).is_empty());
    });
}
