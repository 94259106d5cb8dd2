//! Drift as SARIF 2.1.0, for code scanning: one result per field that drifted, and per object that is
//! missing, extra, recreated or not judged.
//! (`docs.oasis-open.org/sarif/sarif/v2.1.0`)

use super::report::{Report, word};
use crate::drift::path::Path;
use crate::drift::{Drift, Field, ObjectDrift, Side, State};
use serde_json::{Value, json};

/// Where SARIF's form is described.
const SCHEMA: &str = "https://json.schemastore.org/sarif-2.1.0.json";

/// What is told: id, name, in words, how bad.
const RULES: &[(&str, &str, &str, &str)] = &[
    ("WH001", "FieldChanged", "A field is not as it was deployed.", "warning"),
    ("WH002", "ObjectMissing", "An object that was deployed is not there.", "error"),
    ("WH003", "ObjectExtra", "An object is there that is not wanted any more.", "warning"),
    ("WH004", "ObjectRecreated", "An object was or would have to be made anew.", "error"),
    ("WH005", "NotJudged", "An object could not be compared.", "note"),
    ("WH006", "ChangedInFile", "A file has what the cluster does not have yet.", "note"),
    ("WH007", "Conflict", "A field was changed in the file and in the cluster.", "error"),
];

/// All of it.
pub fn printed(report: &Report) -> String {
    let rules: Vec<Value> = RULES
        .iter()
        .map(|(id, name, text, level)| {
            json!({
                "id": id,
                "name": name,
                "shortDescription": {"text": text},
                "defaultConfiguration": {"level": level},
            })
        })
        .collect();
    let mut results = Vec::new();
    for drift in &report.drifts {
        if let Some(fault) = &drift.fault {
            let text = format!("{} cannot be compared: {}", drift.app, fault.why);
            results.push(result(4, text, None, drift.app.as_str()));
        }
        for object in &drift.objects {
            told(&mut results, report, drift, object);
        }
    }
    let driver = json!({
        "name": "wheelhouse",
        "version": env!("CARGO_PKG_VERSION"),
        "semanticVersion": env!("CARGO_PKG_VERSION"),
        "rules": rules,
    });
    let mut run =
        json!({"tool": {"driver": driver}, "columnKind": "unicodeCodePoints", "results": results});
    let short = report.drifts.iter().filter(|drift| !drift.shortfall.is_empty());
    let notices: Vec<Value> = short
        .map(|drift| {
            let text = format!(
                "{} is not compared as exactly as was asked for: {}",
                drift.app, drift.shortfall
            );
            json!({"level": "warning", "message": {"text": text}})
        })
        .collect();
    if !notices.is_empty() {
        run["invocations"] =
            json!([{"executionSuccessful": true, "toolExecutionNotifications": notices}]);
    }
    let document = json!({"$schema": SCHEMA, "version": "2.1.0", "runs": [run]});
    serde_json::to_string_pretty(&document).unwrap_or_default() + "\n"
}

fn told(results: &mut Vec<Value>, report: &Report, drift: &Drift, object: &ObjectDrift) {
    let id = &object.id;
    let app = if drift.app.is_empty() { String::new() } else { format!("{}: ", drift.app) };
    let mut whole = |rule: usize, words: &str| {
        let note = if words.is_empty() { String::new() } else { format!(": {words}") };
        let text = format!("{app}{id} {}{note}", word(object, report.local));
        let location = location(report, object, None);
        results.push(result(rule, text, Some(location), &key(object, "")));
    };
    match &object.state {
        State::Missing => whole(1, &object.note),
        State::Extra => whole(2, &object.note),
        State::Recreated => whole(3, &object.note),
        State::Unknown(fault) => whole(4, &fault.why),
        State::Changed => {
            for field in object.drifted() {
                let rule = match field.side {
                    Some(Side::File) => 5,
                    Some(Side::Both) => 6,
                    _ => 0,
                };
                let path = field.change.path.to_string();
                let text = format!("{app}{id} {path}: {}", words(report, field));
                let location = location(report, object, Some(&field.change.path));
                results.push(result(rule, text, Some(location), &key(object, &path)));
            }
        }
        _ => {}
    }
}

/// What differs, without values that are too long for a line.
fn words(report: &Report, field: &Field) -> String {
    const LONGEST: usize = 200;
    let value = |value: &Option<Value>| match value {
        None => "nothing".to_owned(),
        Some(value) => {
            let text = value.to_string();
            match text.chars().count() > LONGEST {
                true => text.chars().take(LONGEST).chain(['…']).collect(),
                false => text,
            }
        }
    };
    let (wanted, there) = if report.local { ("file", "cluster") } else { ("desired", "live") };
    let (desired, live) = (value(&field.change.desired), value(&field.change.live));
    let mut text = format!("{wanted} {desired}, {there} {live}");
    if let Some(side) = field.side {
        text.push_str(&format!(" ({})", side.words()));
    }
    if let Some(writer) = &field.writer {
        text.push_str(&format!(", by {}", writer.manager));
    }
    text
}

fn result(rule: usize, text: String, location: Option<Value>, key: &str) -> Value {
    let (id, _, _, level) = RULES[rule];
    json!({
        "ruleId": id,
        "ruleIndex": rule,
        "level": level,
        "message": {"text": text},
        "locations": location.into_iter().collect::<Vec<_>>(),
        "partialFingerprints": {"wheelhouse/v1": key},
    })
}

/// The same finding has the same one the next time.
fn key(object: &ObjectDrift, path: &str) -> String {
    let id = &object.id;
    format!("{}/{}/{}/{} {path}", id.group, id.kind, id.namespace, id.name)
}

fn location(report: &Report, object: &ObjectDrift, path: Option<&Path>) -> Value {
    let id = &object.id;
    let name = match id.namespace.as_str() {
        "" => id.to_string(),
        namespace => format!("{namespace}/{id}"),
    };
    let full = path.map_or_else(|| name.clone(), |path| format!("{name}/{path}"));
    let mut location = json!({
        "logicalLocations": [{"name": id.name.as_str(), "fullyQualifiedName": full, "kind": "object"}],
    });
    // Standard input is no file that could be opened.
    if let Some(place) = report.place(id).filter(|place| place.file != "-") {
        let line = path.and_then(|path| report.line(id, path)).unwrap_or(place.line);
        location["physicalLocation"] = json!({
            "artifactLocation": {"uri": uri(&place.file)},
            "region": {"startLine": line},
        });
    }
    location
}

/// A path as a URI reference (RFC 3986), relative where the path is.
fn uri(file: &str) -> String {
    let mut out = String::new();
    if file.starts_with('/') {
        out.push_str("file://");
    }
    for byte in file.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' | b'/' => {
                out.push(char::from(byte));
            }
            byte => out.push_str(&format!("%{byte:02X}")),
        }
    }
    out
}
