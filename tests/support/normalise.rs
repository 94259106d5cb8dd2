//! Takes out of an answer what differs between two servers that behave the same: uids, times,
//! versions, and what a step of the script says is beside the point.
//!
//! Used by the demo's own test and by the one that runs the script against a real API server.

use serde_json::Value;

/// Fields whose value is random or a time.
const VOLATILE: &[&str] = &[
    "uid",
    "resourceVersion",
    "creationTimestamp",
    "deletionTimestamp",
    "time",
    "lastTransitionTime",
    "lastUpdateTime",
    "remainingItemCount",
];

/// Makes an answer comparable. `ignored` are names of fields that do not count here (`*`: all).
pub fn normalise(answer: &Value, ignored: &[String]) -> Value {
    if ignored.iter().any(|field| field == "*") {
        return Value::Null;
    }
    let mut answer = answer.clone();
    clean(&mut answer, ignored);
    answer
}

fn clean(value: &mut Value, ignored: &[String]) {
    match value {
        Value::Object(map) => {
            map.retain(|name, value| !ignored.contains(name) && !value.is_null());
            if let Some(Value::Array(entries)) = map.get_mut("managedFields") {
                forget_seconds(entries);
            }
            for (name, value) in map.iter_mut() {
                if VOLATILE.contains(&name.as_str()) && !value.is_object() {
                    *value = Value::String(format!("<{name}>"));
                } else {
                    clean(value, ignored);
                }
            }
            map.sort_keys();
            // The server collects causes from a map, in any order, and may repeat one.
            if let Some(Value::Array(causes)) = map.get_mut("causes") {
                causes.sort_by_key(Value::to_string);
                causes.dedup();
            }
        }
        Value::Array(items) => items.iter_mut().for_each(|item| clean(item, ignored)),
        Value::String(text) => *text = without_uids_and_times(text),
        _ => {}
    }
}

/// The server sorts managedFields by operation, time (none first), manager, version and subresource
/// (apimachinery, `sortEncodedManagedFields`), so that their order depends on whether a second ended
/// between two requests. What is in that order is put as if none had; another order stays as it is.
fn forget_seconds(entries: &mut [Value]) {
    let text = |entry: &Value, name: &str| entry[name].as_str().unwrap_or_default().to_owned();
    let rest = |entry: &Value| ["manager", "apiVersion", "subresource"].map(|n| text(entry, n));
    if entries.is_sorted_by_key(|e| (text(e, "operation"), text(e, "time"), rest(e))) {
        entries.sort_by_key(|e| (text(e, "operation"), !e["time"].is_null(), rest(e)));
    }
}

/// Uids and times inside of messages.
fn without_uids_and_times(text: &str) -> String {
    let words: Vec<String> = text
        .split(' ')
        .map(|word| {
            let bare = word.trim_matches(|letter: char| !letter.is_ascii_alphanumeric());
            let uid = bare.len() == 36 && bare.bytes().filter(|byte| *byte == b'-').count() == 4;
            let time = bare.len() >= 20 && bare.as_bytes().get(10) == Some(&b'T');
            if uid || time { word.replace(bare, "<>") } else { word.to_owned() }
        })
        .collect();
    words.join(" ")
}
