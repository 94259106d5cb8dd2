//! Who owns which field: server-side apply with its conflicts, and the records that ordinary
//! updates leave in `managedFields`.

use serde_json::{Map, Value, json};

use super::fields::{self, Changes, Set};
use super::kinds::Type;
use super::schema::{ListKind, Place, same_item};
use super::status::Failure;

/// Who writes.
#[derive(Debug, Clone, PartialEq)]
pub struct Writer {
    /// Field manager.
    pub manager: String,
    /// `apiVersion` that it writes in.
    pub api_version: String,
    /// Subresource, or empty.
    pub subresource: String,
    /// Time, as objects write it.
    pub time: String,
}

/// One record of `managedFields`.
struct Record {
    head: Value,
    set: Set,
}

impl Record {
    fn is_of(&self, writer: &Writer, operation: &str) -> bool {
        self.head["manager"] == writer.manager.as_str()
            && self.head["operation"] == operation
            && self.head["apiVersion"] == writer.api_version.as_str()
            && self.head["subresource"].as_str().unwrap_or_default() == writer.subresource
    }

    fn named(&self) -> String {
        let text = |key: &str| self.head[key].as_str().unwrap_or_default();
        let mut name = format!("{:?}", text("manager"));
        if !text("subresource").is_empty() {
            name.push_str(&format!(" with subresource {:?}", text("subresource")));
        }
        if text("operation") == "Update" {
            name.push_str(&format!(" using {}", text("apiVersion")));
        }
        name
    }
}

/// Metadata that nobody owns, because the server sets it or the path says it.
const UNOWNED: &[&str] = &[
    "name",
    "generateName",
    "namespace",
    "creationTimestamp",
    "selfLink",
    "uid",
    "generation",
    "managedFields",
    "resourceVersion",
    "deletionTimestamp",
    "deletionGracePeriodSeconds",
];

/// The object without what nobody owns.
fn ownable(object: &Value) -> Value {
    let mut object = object.clone();
    if let Some(map) = object.as_object_mut() {
        map.shift_remove("apiVersion");
        map.shift_remove("kind");
        if let Some(meta) = map.get_mut("metadata").and_then(Value::as_object_mut) {
            meta.retain(|name, _| !UNOWNED.contains(&name.as_str()));
            if meta.is_empty() {
                map.shift_remove("metadata");
            }
        }
    }
    object
}

fn records(object: &Value) -> Vec<Record> {
    let list =
        object["metadata"]["managedFields"].as_array().map(Vec::as_slice).unwrap_or_default();
    list.iter()
        .map(|entry| {
            let mut head = entry.clone();
            let fields = head["fieldsV1"].take();
            Record { head, set: Set::parse(&fields) }
        })
        .collect()
}

fn store_records(object: &mut Value, mut records: Vec<Record>) {
    records.retain(|record| !record.set.is_empty());
    records.sort_by_key(|record| {
        let text = |key: &str| record.head[key].as_str().unwrap_or_default().to_owned();
        (text("operation"), text("time"), text("manager"), text("apiVersion"), text("subresource"))
    });
    let list: Vec<Value> = records
        .into_iter()
        .map(|record| {
            let mut entry = Map::new();
            for key in ["manager", "operation", "apiVersion", "time"] {
                if !record.head[key].is_null() {
                    entry.insert(key.to_owned(), record.head[key].clone());
                }
            }
            entry.insert("fieldsType".to_owned(), "FieldsV1".into());
            entry.insert("fieldsV1".to_owned(), record.set.to_value());
            if let Some(subresource) = record.head["subresource"].as_str() {
                entry.insert("subresource".to_owned(), subresource.into());
            }
            Value::Object(entry)
        })
        .collect();
    if let Some(meta) = object["metadata"].as_object_mut() {
        if list.is_empty() {
            meta.shift_remove("managedFields");
        } else {
            meta.insert("managedFields".to_owned(), list.into());
        }
    }
}

fn new_record(writer: &Writer, operation: &str, set: Set) -> Record {
    let mut head = json!({
        "manager": writer.manager, "operation": operation, "apiVersion": writer.api_version,
    });
    // The server hands records through the Scale object, which loses their time.
    if writer.subresource != "scale" {
        head["time"] = writer.time.as_str().into();
    }
    if !writer.subresource.is_empty() {
        head["subresource"] = writer.subresource.as_str().into();
    }
    Record { head, set }
}

/// Records an ordinary create or update: `old` is null for a create.
pub fn record_update(ty: &Type, old: &Value, new: &mut Value, writer: &Writer) {
    // An empty list sent by a client means: forget who owns what.
    let reset = new["metadata"]["managedFields"]
        .as_array()
        .is_some_and(|list| list.is_empty() || *list == [json!({})]);
    let mut records = if reset { Vec::new() } else { records(old) };
    let old = if old.is_null() { json!({}) } else { ownable(old) };
    let changes = Changes::between(ty, &old, &ownable(new));
    if !reset {
        for record in &mut records {
            record.set.prune(&changes.gone);
            if !record.is_of(writer, "Update") {
                record.set.subtract(&changes.set);
            }
        }
        if !changes.set.is_empty() {
            match records.iter_mut().find(|record| record.is_of(writer, "Update")) {
                Some(record) => {
                    record.set.unite(&changes.set);
                    record.head = new_record(writer, "Update", Set::default()).head;
                }
                None => records.push(new_record(writer, "Update", changes.set)),
            }
        }
    }
    store_records(new, records);
}

/// Server-side apply: `live` is null when the object does not exist yet.
pub fn apply(
    ty: &Type,
    live: &Value,
    applied: &Value,
    writer: &Writer,
    force: bool,
) -> Result<Value, Failure> {
    let config = ownable(applied);
    let wanted = Set::of(ty, &config);
    let mut records = records(live);
    let mut merged = if live.is_null() { json!({}) } else { live.clone() };
    merge(ty, &mut merged, applied, &mut Vec::new());

    let changed = Changes::between(ty, &ownable(live), &ownable(&merged)).set;
    let touched = wanted.intersect(&changed);
    let mut conflicts = Vec::new();
    for record in records.iter().filter(|record| !record.is_of(writer, "Apply")) {
        for path in record.set.intersect(&touched).paths() {
            conflicts.push((record.named(), path));
        }
    }
    if !conflicts.is_empty() && !force {
        conflicts.sort();
        return Err(Failure::apply_conflict(&conflicts));
    }
    for record in records.iter_mut().filter(|record| !record.is_of(writer, "Apply")) {
        record.set.subtract(&touched);
    }

    let before = records.iter().position(|record| record.is_of(writer, "Apply"));
    if let Some(at) = before {
        // Fields given up by their only owner go away.
        let mut lost = records[at].set.clone();
        lost.subtract(&wanted);
        for (_, other) in records.iter().enumerate().filter(|(other, _)| *other != at) {
            lost.subtract(&other.set);
        }
        fields::remove(ty, &mut merged, &lost);
    }
    let same_set = before.is_some_and(|at| records[at].set == wanted);
    match before {
        Some(at) => {
            records[at].set = wanted;
            let same_object = ownable(live) == ownable(&merged);
            if !(same_set && same_object) {
                records[at].head["time"] = writer.time.as_str().into();
            }
        }
        None => records.push(new_record(writer, "Apply", wanted)),
    }
    store_records(&mut merged, records);
    Ok(merged)
}

/// Makes what other tools of a name's beginning wrote by ordinary updates a part of what this writer
/// applied: its next apply takes away what it does not have.
pub fn take_over(live: &Value, names: &str, writer: &Writer) -> Value {
    let mut object = live.clone();
    let (taken, mut kept): (Vec<Record>, Vec<Record>) =
        records(live).into_iter().partition(|record| {
            let manager = record.head["manager"].as_str().unwrap_or_default();
            manager.starts_with(names)
                && record.head["operation"] == "Update"
                && record.head["subresource"].is_null()
        });
    if taken.is_empty() {
        return object;
    }
    let mut set = Set::default();
    taken.iter().for_each(|record| set.unite(&record.set));
    match kept.iter_mut().find(|record| record.is_of(writer, "Apply")) {
        Some(record) => record.set.unite(&set),
        None => kept.push(new_record(writer, "Apply", set)),
    }
    store_records(&mut object, kept);
    object
}

/// What a client-side apply makes of an object: fields of the last applied configuration that the new
/// one leaves out go, those that it has come or change, all others stay.
pub fn lay_over(ty: &Type, live: &Value, last: &Value, applied: &Value) -> Value {
    let mut new = live.clone();
    if last.is_object() {
        let mut gone = Set::of(ty, &ownable(last));
        gone.subtract(&Set::of(ty, &ownable(applied)));
        fields::remove(ty, &mut new, &gone);
    }
    merge(ty, &mut new, applied, &mut Vec::new());
    new
}

/// Puts an applied configuration over an object.
fn merge<'a>(ty: &Type, live: &mut Value, applied: &'a Value, path: &mut Vec<&'a str>) {
    let place = Place::new(ty, path);
    match (live, applied) {
        (Value::Object(live), Value::Object(applied)) if !place.atomic_map() => {
            for (name, value) in applied {
                path.push(name);
                match live.get_mut(name) {
                    Some(below) => merge(ty, below, value, path),
                    None => {
                        live.insert(name.clone(), value.clone());
                    }
                }
                path.pop();
            }
        }
        (Value::Array(live), Value::Array(applied)) => match place.list() {
            ListKind::Atomic => *live = applied.clone(),
            ListKind::Set => {
                let fresh: Vec<Value> =
                    applied.iter().filter(|item| !live.contains(item)).cloned().collect();
                live.extend(fresh);
            }
            ListKind::Keyed(keys) => {
                for item in applied {
                    match live.iter_mut().find(|known| same_item(known, item, &keys)) {
                        Some(known) => merge(ty, known, item, path),
                        None => live.push(item.clone()),
                    }
                }
            }
        },
        (live, applied) => *live = applied.clone(),
    }
}
