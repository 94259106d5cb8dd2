//! The records that Helm keeps of its releases: secrets of type `helm.sh/release.v1`, whose
//! `release` is base64 of base64 of gzipped JSON.

use std::io::{Read, Write};

use flate2::Compression;
use flate2::read::GzDecoder;
use flate2::write::GzEncoder;
use serde_json::{Value, json};

use super::make::{DAY, HOUR, Maker};
use crate::demo::base64;

struct Release {
    namespace: &'static str,
    name: &'static str,
    chart: &'static str,
    version: &'static str,
    app: &'static str,
    /// Kind of its workload.
    kind: &'static str,
    /// Status of its revisions, the newest last, which has number `last`.
    history: &'static [&'static str],
    last: i64,
}

const fn release(
    namespace: &'static str,
    name: &'static str,
    (chart, version, app): (&'static str, &'static str, &'static str),
    kind: &'static str,
    last: i64,
    history: &'static [&'static str],
) -> Release {
    Release { namespace, name, chart, version, app, kind, history, last }
}

const WELL: &[&str] = &["superseded", "superseded", "deployed"];

const RELEASES: &[Release] = &[
    release("monitoring", "grafana", ("grafana", "8.5.1", "12.2.0"), "Deployment", 7, WELL),
    release(
        "ingress-nginx",
        "ingress-nginx",
        ("ingress-nginx", "4.13.3", "1.13.3"),
        "Deployment",
        4,
        WELL,
    ),
    release(
        "data",
        "redis",
        ("redis", "20.1.4", "8.2.1"),
        "StatefulSet",
        5,
        &["superseded", "deployed", "failed"],
    ),
    release("data", "minio", ("minio", "17.0.21", "2025.9.7"), "StatefulSet", 4, WELL),
    release("monitoring", "loki", ("loki", "6.42.0", "3.5.5"), "StatefulSet", 4, WELL),
    release(
        "cert-manager",
        "cert-manager",
        ("cert-manager", "v1.19.1", "v1.19.1"),
        "Deployment",
        4,
        WELL,
    ),
    // Somebody's terminal was closed in the middle of the upgrade.
    release(
        "platform",
        "vault",
        ("vault", "0.31.0", "1.20.4"),
        "StatefulSet",
        3,
        &["superseded", "deployed", "pending-upgrade"],
    ),
    release(
        "monitoring",
        "kubecost",
        ("cost-analyzer", "2.8.4", "2.8.4"),
        "Deployment",
        1,
        &["failed"],
    ),
];

/// Writes the records of all releases.
pub fn build(maker: &mut Maker) {
    for release in RELEASES {
        let first = release.last - release.history.len() as i64 + 1;
        for (version, status) in (first..).zip(release.history) {
            record(maker, release, version, status);
        }
    }
}

fn record(maker: &mut Maker, release: &Release, version: i64, status: &str) {
    let Release { namespace, name, chart, version: chart_version, app, kind, last, .. } = *release;
    let age = if status == "deployed" || status == "superseded" {
        (last - version) * 18 * DAY + 12 * DAY
    } else {
        HOUR
    };
    let deployed = maker.ago(age);
    let workload = if name == "ingress-nginx" { "ingress-nginx-controller" } else { name };
    let manifest = format!(
        "---\n# Source: {chart}/templates/service.yaml\napiVersion: v1\nkind: Service\nmetadata:\n  name: {workload}\n  namespace: {namespace}\n  labels:\n    app.kubernetes.io/managed-by: Helm\nspec:\n  selector:\n    app.kubernetes.io/name: {workload}\n---\n# Source: {chart}/templates/workload.yaml\napiVersion: apps/v1\nkind: {kind}\nmetadata:\n  name: {workload}\n  namespace: {namespace}\n  labels:\n    app.kubernetes.io/managed-by: Helm\nspec:\n  replicas: {}\n",
        if version == last { 2 } else { 1 }
    );
    let body = json!({
        "name": name, "namespace": namespace, "version": version, "manifest": manifest,
        "info": {"first_deployed": maker.ago(220 * DAY), "last_deployed": deployed, "deleted": "", "status": status,
            "description": description(version, status)},
        "chart": {"metadata": {"name": chart, "version": chart_version, "appVersion": app, "apiVersion": "v2"},
            "templates": [], "values": {"replicaCount": 1}, "schema": null, "files": [], "lock": null},
        "config": {"replicaCount": 2}, "hooks": [],
    });
    let labels = json!({"name": name, "owner": "helm", "status": status, "version": version.to_string(),
        "modifiedAt": (maker.now - age).to_string()});
    if let Some(secret) = secret(&body, labels) {
        maker.add("helm", age, secret);
    }
}

/// The Secret that keeps a release.
pub fn secret(release: &Value, labels: Value) -> Option<Value> {
    let inner = base64::encode(&gzip(release.to_string().as_bytes())?);
    let (name, version) = (release["name"].as_str()?, &release["version"]);
    Some(json!({
        "apiVersion": "v1", "kind": "Secret", "type": "helm.sh/release.v1",
        "metadata": {"name": format!("sh.helm.release.v1.{name}.v{version}"), "namespace": release["namespace"], "labels": labels},
        "data": {"release": base64::encode(inner.as_bytes())},
    }))
}

/// The release that a Secret keeps.
pub fn release_of(secret: &Value) -> Option<Value> {
    let inner = base64::decode(secret["data"]["release"].as_str()?)?;
    let packed = base64::decode(std::str::from_utf8(&inner).ok()?)?;
    let mut text = Vec::new();
    GzDecoder::new(&*packed).read_to_end(&mut text).ok()?;
    serde_json::from_slice(&text).ok()
}

fn description(version: i64, status: &str) -> &'static str {
    match status {
        "failed" if version == 1 => {
            "Release \"kubecost\" failed: timed out waiting for the condition"
        }
        "failed" => "Upgrade \"redis\" failed: context deadline exceeded",
        "pending-upgrade" => "Preparing upgrade",
        _ if version == 1 => "Install complete",
        _ => "Upgrade complete",
    }
}

fn gzip(bytes: &[u8]) -> Option<Vec<u8>> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(bytes).ok()?;
    encoder.finish().ok()
}
