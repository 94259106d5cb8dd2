//! What helm-controller does with the records of a release: it upgrades, and it takes away.

use serde_json::{Value, json};

use crate::demo::delete;
use crate::demo::estate::controllers::{create, write};
use crate::demo::estate::helm::{release_of, secret};
use crate::demo::store::{Key, Store, TypeId, key_of};

/// Field manager of what is released.
const MANAGER: &str = "helm-controller";

/// The records of a release, oldest first.
fn records(store: &Store, namespace: &str, name: &str) -> Vec<(TypeId, Key, Value)> {
    let Some(id) = store.find("", "secrets") else { return Vec::new() };
    let mut found: Vec<(TypeId, Key, Value)> = store
        .scan(id, Some(namespace), None)
        .map(|(key, entry)| (id, key.clone(), entry.body.value()))
        .filter(|(_, _, one)| {
            one["type"] == "helm.sh/release.v1" && one["metadata"]["labels"]["name"] == name
        })
        .collect();
    found.sort_by_key(|(_, _, one)| number(one));
    found
}

fn number(record: &Value) -> i64 {
    let text = record["metadata"]["labels"]["version"].as_str();
    text.and_then(|text| text.parse().ok()).unwrap_or(0)
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

/// Upgrades a release to the chart that it wants: one record more, the deployed one superseded, and
/// its status told. Returns what the controller says of it.
pub fn upgrade(store: &mut Store, release: &mut Value) -> String {
    let (namespace, name) =
        (text(&release["metadata"]["namespace"]), text(&release["metadata"]["name"]));
    let chart = text(&release["spec"]["chart"]["spec"]["chart"]);
    let version = text(&release["spec"]["chart"]["spec"]["version"]);
    let now = store.clock.stamp();
    let seconds = (store.clock.millis() / 1000).to_string();
    let records = records(store, &namespace, &name);
    let next = records.last().map_or(1, |(_, _, last)| number(last) + 1);
    for (id, _, old) in
        records.iter().filter(|one| one.2["metadata"]["labels"]["status"] == "deployed")
    {
        let Some(mut body) = release_of(old) else { continue };
        body["info"]["status"] = "superseded".into();
        let mut labels = old["metadata"]["labels"].clone();
        labels["status"] = "superseded".into();
        labels["modifiedAt"] = seconds.as_str().into();
        let Some(packed) = secret(&body, labels) else { continue };
        let mut new = old.clone();
        new["data"] = packed["data"].clone();
        new["metadata"]["labels"] = packed["metadata"]["labels"].clone();
        write(store, *id, old, new, MANAGER);
    }
    let body = records.last().and_then(|(id, _, last)| Some((*id, release_of(last)?)));
    if let Some((id, mut body)) = body {
        body["version"] = next.into();
        body["chart"]["metadata"]["version"] = version.as_str().into();
        body["info"]["status"] = "deployed".into();
        body["info"]["description"] = "Upgrade complete".into();
        body["info"]["last_deployed"] = now.as_str().into();
        let labels = json!({"name": name, "owner": "helm", "status": "deployed", "version": next.to_string(), "modifiedAt": seconds});
        if let Some(secret) = secret(&body, labels) {
            create(store, id, secret, MANAGER);
        }
    }
    mark(store, &namespace, &name, &format!("{chart}-{version}"));
    let mut history = release["status"]["history"].as_array().cloned().unwrap_or_default();
    let mut newest = history.first().cloned().unwrap_or_default();
    for old in history.iter_mut().filter(|old| old["status"] == "deployed") {
        old["status"] = "superseded".into();
    }
    for (field, value) in [
        ("chartVersion", version.as_str()),
        ("status", "deployed"),
        ("lastDeployed", now.as_str()),
        ("action", "upgrade"),
    ] {
        newest[field] = value.into();
    }
    newest["version"] = next.into();
    history.insert(0, newest);
    history.truncate(5);
    let status = &mut release["status"];
    status["history"] = history.into();
    status["lastAttemptedRevision"] = version.as_str().into();
    status["lastAttemptedReleaseAction"] = "upgrade".into();
    if let Some(map) = status.as_object_mut() {
        for count in ["failures", "installFailures", "upgradeFailures"] {
            map.shift_remove(count);
        }
    }
    format!(
        "Helm upgrade succeeded for release {namespace}/{name}.v{next} with chart {chart}@{version}"
    )
}

/// Writes the chart into the labels of what the release consists of.
fn mark(store: &mut Store, namespace: &str, name: &str, chart: &str) {
    for plural in ["deployments", "statefulsets"] {
        let Some(id) = store.find("apps", plural) else { continue };
        let key = key_of(Some(namespace), name);
        if let Some(old) = store.get(id, &key).map(|entry| entry.body.value()) {
            let mut new = old.clone();
            new["metadata"]["labels"]["helm.sh/chart"] = chart.into();
            write(store, id, &old, new, MANAGER);
        }
    }
}

/// Takes away a release: what it consists of, and its records.
pub fn uninstall(store: &mut Store, release: &Value) {
    let (namespace, name) =
        (text(&release["metadata"]["namespace"]), text(&release["metadata"]["name"]));
    for (group, plural) in [
        ("apps", "deployments"),
        ("apps", "statefulsets"),
        ("apps", "daemonsets"),
        ("", "services"),
    ] {
        let Some(id) = store.find(group, plural) else { continue };
        let of_it = |object: &Value| {
            object["metadata"]["annotations"]["meta.helm.sh/release-name"] == name.as_str()
        };
        let keys: Vec<Key> = store
            .scan(id, Some(&namespace), None)
            .filter(|(_, entry)| of_it(&entry.body.value()))
            .map(|(key, _)| key.clone())
            .collect();
        keys.iter().for_each(|key| delete::quietly(store, id, key));
    }
    for (id, key, _) in records(store, &namespace, &name) {
        delete::quietly(store, id, &key);
    }
}
