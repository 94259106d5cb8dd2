//! What we do to a Helm release is what helm itself would have done.

use crate::apps_cli::says;
use crate::support::api::Api;
use crate::support::control_plane::ControlPlane;
use crate::support::trials;
use libtest_mimic::Trial;
use serde_json::Value;
use std::path::{Path, PathBuf};
use std::process::Command;

pub fn trials() -> Vec<Trial> {
    vec![trials::on_helm(
        "helm::a_native_rollback_leaves_what_helm_rollback_leaves",
        a_native_rollback_leaves_what_helm_rollback_leaves,
    )]
}

const VALUES: &str = "replicas: 1\nextra: false\n";

const TEMPLATE: &str = r#"apiVersion: v1
kind: ConfigMap
metadata:
  name: web
data:
  replicas: {{ .Values.replicas | quote }}
---
apiVersion: apps/v1
kind: Deployment
metadata:
  name: web
spec:
  replicas: {{ .Values.replicas }}
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec:
      containers: [{name: main, image: "registry.example.com/main:1"}]
{{- if .Values.extra }}
---
apiVersion: v1
kind: Service
metadata:
  name: extra
spec:
  selector: {app: web}
  ports: [{port: 80}]
---
apiVersion: v1
kind: ConfigMap
metadata:
  name: kept
  annotations: {helm.sh/resource-policy: keep}
{{- end }}
"#;

/// A chart in a folder of its own.
pub fn chart(plane: &ControlPlane) -> PathBuf {
    let chart = plane.dir().join("web");
    std::fs::create_dir_all(chart.join("templates")).unwrap();
    let about = "apiVersion: v2\nname: web\nversion: 1.2.3\nappVersion: \"4.5\"\n";
    std::fs::write(chart.join("Chart.yaml"), about).unwrap();
    std::fs::write(chart.join("values.yaml"), VALUES).unwrap();
    std::fs::write(chart.join("templates/all.yaml"), TEMPLATE).unwrap();
    chart
}

/// Runs helm in a namespace; what it prints.
pub fn helm(plane: &ControlPlane, program: &Path, namespace: &str, args: &[&str]) -> String {
    let output = Command::new(program)
        .args(args)
        .args(["--namespace", namespace])
        .env_clear()
        .env("HOME", plane.dir())
        .env("KUBECONFIG", plane.kubeconfig("admin"))
        .output()
        .unwrap();
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "helm {args:?}: {errors}");
    String::from_utf8(output.stdout).unwrap()
}

/// What is left of an object when what differs from one namespace and one second to the next is gone.
fn essence(api: &Api, namespace: &str, collection: &str) -> Vec<Value> {
    let (group, plural) = collection.rsplit_once('/').unwrap();
    let list = api.get(&format!("{group}/namespaces/{namespace}/{plural}"));
    let items = list["items"].as_array().unwrap().iter();
    let of_helm = items.filter(|item| {
        item["metadata"]["labels"]["app.kubernetes.io/managed-by"] == "Helm"
            || item["metadata"]["labels"]["owner"] == "helm"
    });
    let essence = of_helm.map(|item| {
        let metadata = &item["metadata"];
        let managers = metadata["managedFields"].as_array().unwrap().iter();
        let managers: Vec<Value> = managers
            .filter(|entry| entry["manager"] == "helm" || entry["manager"] == "Helm")
            .map(|entry| serde_json::json!([entry["manager"], entry["operation"], entry["fieldsV1"]]))
            .collect();
        let mut labels = metadata["labels"].clone();
        if let Some(labels) = labels.as_object_mut() {
            labels.remove("modifiedAt");
            labels.remove("createdAt");
        }
        let whole = serde_json::json!({
            "name": metadata["name"], "labels": labels, "annotations": metadata["annotations"],
            "type": item["type"], "spec": item["spec"], "managers": managers,
            // What is in a record is compared by what helm reads in it.
            "data": if item["kind"] == "Secret" || labels["owner"] == "helm" { Value::Null } else { item["data"].clone() },
        });
        let mut whole: Value =
            serde_json::from_str(&whole.to_string().replace(namespace, "NAMESPACE")).unwrap();
        // Given by the server.
        for field in ["clusterIP", "clusterIPs"] {
            if let Some(spec) = whole["spec"].as_object_mut() {
                spec.remove(field);
            }
        }
        // How often its controller wrote it, and what it wrote, differs.
        if let Some(annotations) = whole["annotations"].as_object_mut() {
            annotations.remove("deployment.kubernetes.io/revision");
        }
        whole
    });
    essence.collect()
}

fn a_native_rollback_leaves_what_helm_rollback_leaves(plane: &ControlPlane, program: &Path) {
    let chart = chart(plane);
    let chart = chart.to_str().unwrap();
    let (ours, theirs) = ("helm-ours", "helm-theirs");
    for namespace in [ours, theirs] {
        plane.namespace(namespace);
        let helm = |args: &[&str]| helm(plane, program, namespace, args);
        helm(&["install", "web", chart, "--labels", "team=shop"]);
        helm(&["upgrade", "web", chart, "--set", "replicas=2,extra=true", "--labels", "stage=2"]);
        helm(&["upgrade", "web", chart, "--set", "replicas=3"]);
    }
    let api = plane.api();
    let config = plane.kubeconfig("admin");
    let same = |story: &str| {
        for what in ["history", "values", "manifest", "notes"] {
            let read = |namespace: &str| {
                let args: &[&str] = match what {
                    "history" => &["history", "web", "-o", "json"],
                    other => &["get", other, "web"],
                };
                let text = helm(plane, program, namespace, args);
                let moments = |word: &str| word.contains("20") && word.contains(':');
                let words = text.split_inclusive([' ', '\n', '"']);
                let text: String = words.filter(|word| !moments(word)).collect();
                text.replace(namespace, "NAMESPACE")
            };
            assert_eq!(read(ours), read(theirs), "{story}: {what}");
        }
        for collection in [
            "/api/v1/secrets",
            "/api/v1/configmaps",
            "/api/v1/services",
            "/apis/apps/v1/deployments",
        ] {
            let left = essence(&api, ours, collection);
            assert_eq!(left, essence(&api, theirs, collection), "{story}: {collection}");
            assert!(!left.is_empty() || collection.ends_with("services"), "{collection}");
        }
    };
    same("before");
    let release = format!("helm/{ours}/web");

    // Back to one that had more.
    says(&config, &["rollback", &release, "--to", "2", "--wait"]);
    helm(plane, program, theirs, &["rollback", "web", "2"]);
    same("to what had more");

    // And to one that had less: what it had not goes, but for what is to be kept.
    says(&config, &["rollback", &release, "--to", "1", "--wait"]);
    helm(plane, program, theirs, &["rollback", "web", "1"]);
    same("to what had less");
    assert_eq!(
        api.get(&format!("/api/v1/namespaces/{ours}/configmaps/kept"))["metadata"]["name"],
        "kept"
    );

    // Helm goes on from there as if it had done it itself.
    for namespace in [ours, theirs] {
        helm(plane, program, namespace, &["upgrade", "web", chart, "--set", "replicas=4"]);
    }
    same("after the next upgrade");
}
