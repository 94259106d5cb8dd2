//! What an app was before.

use super::{clean, moment, text};
use crate::apps::flux::revision;
use crate::apps::page::Deployed;
use crate::apps::{App, Axis};
use crate::model::{EngineId, Text, Tone};
use serde_json::Value;

/// `status.history`, which is newest first as it is.
pub(super) fn deployed(app: &App, object: &Value) -> Vec<Deployed> {
    let entries = object["status"]["history"].as_array().into_iter().flatten();
    match app.id.engine {
        EngineId::HelmRelease => entries.map(release).collect(),
        _ => entries.map(reconciled).collect(),
    }
}

fn release(entry: &Value) -> Deployed {
    let status = text(entry, &["status"]);
    let tone = match status {
        "deployed" => Tone::Good,
        "failed" => Tone::Bad,
        "superseded" | "uninstalled" => Tone::Dim,
        _ => Tone::Busy,
    };
    let mut notes = vec![text(entry, &["action"]).to_owned()];
    let app_version = text(entry, &["appVersion"]);
    if !app_version.is_empty() {
        notes.push(format!("app {app_version}"));
    }
    for (name, hook) in entry["testHooks"].as_object().into_iter().flatten() {
        notes.push(format!("test {name} {}", text(hook, &["phase"])));
    }
    notes.retain(|note| !note.is_empty());
    Deployed {
        id: format!("v{}", entry["version"].as_i64().unwrap_or(0)).into(),
        revision: clean(&format!(
            "{} {}",
            text(entry, &["chartName"]),
            text(entry, &["chartVersion"])
        ))
        .into(),
        at: moment(&entry["lastDeployed"]),
        by: Text::new(),
        outcome: Axis::new(clean(status), tone),
        note: clean(&notes.join(", ")).into(),
    }
}

fn reconciled(entry: &Value) -> Deployed {
    let status = text(entry, &["lastReconciledStatus"]);
    let tone = if status == "ReconciliationSucceeded" { Tone::Good } else { Tone::Bad };
    let times = entry["totalReconciliations"].as_i64().unwrap_or(0);
    let outcome = if times > 1 { format!("{status} ×{times}") } else { status.to_owned() };
    let origin = text(entry, &["metadata", "originRevision"]);
    let note = if origin.is_empty() {
        String::new()
    } else {
        format!("built from {}", revision::short(origin))
    };
    // A ResourceSet has no revision but the digest of what it made.
    let named = text(entry, &["metadata", "revision"]);
    let told = if named.is_empty() { text(entry, &["digest"]) } else { named };
    let short = revision::short(told);
    Deployed {
        id: clean(short.rsplit('@').next().unwrap_or("")).into(),
        revision: clean(&short).into(),
        at: moment(&entry["lastReconciled"]),
        by: Text::new(),
        outcome: Axis::new(clean(&outcome), tone),
        note: clean(&note).into(),
    }
}
