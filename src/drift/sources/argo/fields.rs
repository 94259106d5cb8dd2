//! What others wrote on an object that the server applied for Argo CD.

use super::wanted::CONTROLLER;
use crate::drift::found::{Change, Writer};
use crate::drift::path::{Path, Step};
use crate::drift::writers::Writers;
use crate::text::mask::LAST_APPLIED;
use serde_json::Value;

/// Fields that were written by an update of somebody else at or after a moment, and that Argo CD does
/// not own (any more). What stood there before is not on the cluster.
pub(super) fn taken(live: &Value, writers: &Writers, since: i64) -> Vec<(Change, Writer)> {
    let entries = live.pointer("/metadata/managedFields").and_then(Value::as_array);
    let mut found: Vec<(Change, Writer)> = Vec::new();
    for (entry, writer) in entries.into_iter().flatten().zip(writers.all()) {
        let own = writer.manager == CONTROLLER;
        if own || writer.apply || writer.subresource == "status" || writer.at < since {
            continue;
        }
        let mut places = Vec::new();
        leaves(&entry["fieldsV1"], &Path::default(), &mut places);
        for path in places {
            let argo = |one: &Writer| one.manager == CONTROLLER && one.apply;
            if is_servers(&path) || writers.is_owned(&path, argo) {
                continue;
            }
            let live = path.get(live).cloned();
            if live.is_some() && !found.iter().any(|(change, _)| change.path == path) {
                found.push((Change { path, desired: None, live }, writer.clone()));
            }
        }
    }
    found
}

fn is_servers(path: &Path) -> bool {
    let status = Path::of(&["status"]);
    let copy = Path::of(&["metadata", "annotations"]).field(LAST_APPLIED);
    let annotations = Path::of(&["metadata", "annotations"]);
    path.is_in(&status) || path.is_in(&copy) || *path == annotations
}

/// The places at the ends of a field set.
fn leaves(fields: &Value, at: &Path, found: &mut Vec<Path>) {
    let Some(map) = fields.as_object() else { return };
    let below = map.iter().filter(|(key, _)| *key != ".");
    let mut any = false;
    for (key, value) in below {
        let Some(step) = step(key) else { continue };
        any = true;
        leaves(value, &at.then(step), found);
    }
    if !any && !at.0.is_empty() {
        found.push(at.clone());
    }
}

fn step(key: &str) -> Option<Step> {
    let (kind, rest) = key.split_once(':')?;
    match kind {
        "f" => Some(Step::Field(rest.into())),
        "k" => {
            let keys: serde_json::Map<String, Value> = serde_json::from_str(rest).ok()?;
            Some(Step::Item(keys.into_iter().map(|(key, value)| (key.into(), value)).collect()))
        }
        "v" => serde_json::from_str(rest).ok().map(Step::Member),
        "i" => rest.parse().ok().map(Step::At),
        _ => None,
    }
}
