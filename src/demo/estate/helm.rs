//! The records that Helm keeps of its releases: secrets of type `helm.sh/release.v1`, whose
//! `release` is base64 of base64 of gzipped JSON.

use std::io::Write;

use flate2::Compression;
use flate2::write::GzEncoder;
use serde_json::json;

use super::make::{DAY, Maker};
use crate::demo::base64;

/// Namespace, release, chart, chart version, app version, workload kind.
type Release = (&'static str, &'static str, &'static str, &'static str, &'static str, &'static str);

const RELEASES: &[Release] = &[
    ("monitoring", "grafana", "grafana", "8.5.1", "12.2.0", "Deployment"),
    ("ingress-nginx", "ingress-nginx", "ingress-nginx", "4.13.3", "1.13.3", "Deployment"),
    ("data", "redis", "redis", "20.1.4", "8.2.1", "StatefulSet"),
    ("data", "minio", "minio", "17.0.21", "2025.9.7", "StatefulSet"),
    ("monitoring", "loki", "loki", "6.42.0", "3.5.5", "StatefulSet"),
    ("cert-manager", "cert-manager", "cert-manager", "v1.19.1", "v1.19.1", "Deployment"),
];

/// Writes the records of all releases.
pub fn build(maker: &mut Maker) {
    for release in RELEASES {
        let last = if release.1 == "grafana" { 7 } else { 4 };
        for version in last - 2..=last {
            record(maker, release, version, last);
        }
    }
}

fn record(maker: &mut Maker, release: &Release, version: i64, last: i64) {
    let (namespace, name, chart, chart_version, app_version, kind) = *release;
    let status = if version == last { "deployed" } else { "superseded" };
    let age = (last - version) * 18 * DAY + 12 * DAY;
    let deployed = maker.ago(age);
    let workload = if name == "ingress-nginx" { "ingress-nginx-controller" } else { name };
    let manifest = format!(
        "---\n# Source: {chart}/templates/service.yaml\napiVersion: v1\nkind: Service\nmetadata:\n  name: {workload}\n  namespace: {namespace}\n  labels:\n    app.kubernetes.io/managed-by: Helm\nspec:\n  selector:\n    app.kubernetes.io/name: {workload}\n---\n# Source: {chart}/templates/workload.yaml\napiVersion: apps/v1\nkind: {kind}\nmetadata:\n  name: {workload}\n  namespace: {namespace}\n  labels:\n    app.kubernetes.io/managed-by: Helm\nspec:\n  replicas: {}\n",
        if version == last { 2 } else { 1 }
    );
    let body = json!({
        "name": name, "namespace": namespace, "version": version, "manifest": manifest,
        "info": {"first_deployed": maker.ago(220 * DAY), "last_deployed": deployed, "deleted": "", "status": status,
            "description": if version == 1 { "Install complete" } else { "Upgrade complete" }},
        "chart": {"metadata": {"name": chart, "version": chart_version, "appVersion": app_version, "apiVersion": "v2"},
            "templates": [], "values": {"replicaCount": 1}, "schema": null, "files": [], "lock": null},
        "config": {"replicaCount": 2}, "hooks": [],
    });
    let Some(packed) = gzip(body.to_string().as_bytes()) else { return };
    let inner = base64::encode(&packed);
    maker.add("helm", age, json!({
        "apiVersion": "v1", "kind": "Secret", "type": "helm.sh/release.v1",
        "metadata": {"name": format!("sh.helm.release.v1.{name}.v{version}"), "namespace": namespace,
            "labels": {"name": name, "owner": "helm", "status": status, "version": version.to_string(),
                "modifiedAt": (maker.now - age).to_string()}},
        "data": {"release": base64::encode(inner.as_bytes())},
    }));
}

fn gzip(bytes: &[u8]) -> Option<Vec<u8>> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(bytes).ok()?;
    encoder.finish().ok()
}
