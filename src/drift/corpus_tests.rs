//! Pairs of manifests and objects that a real API server made of them, after somebody changed something.
//! `cases.json` says what was done and what should be found; `objects.jsonl` is what came of it
//! (`WHEELHOUSE_BLESS=1 cargo test --test integration -- drift::corpus` makes it anew).
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use super::compare::{Against, compare};
use super::noise::Rules;
use super::shape::Shape;
use super::writers::Writers;
use crate::relations::ObjectId;
use serde_json::{Value, json};
use std::collections::BTreeMap;

const CASES: &str = include_str!("../../tests/fixtures/drift/cases.json");
const OBJECTS: &str = include_str!("../../tests/fixtures/drift/objects.jsonl");
const LAST_APPLIED: &str = "kubectl.kubernetes.io/last-applied-configuration";

fn id(object: &Value) -> ObjectId {
    let api = object["apiVersion"].as_str().unwrap();
    let text = |value: &Value| value.as_str().unwrap_or_default().into();
    ObjectId {
        group: api.split_once('/').map_or("", |(group, _)| group).into(),
        kind: text(&object["kind"]),
        namespace: text(&object["metadata"]["namespace"]),
        name: text(&object["metadata"]["name"]),
    }
}

/// Path, desired, live, writer, reason: as the cases have them.
fn found(desired: &Value, base: Option<&Value>, live: &Value, rules: &Rules) -> Vec<Value> {
    let id = id(desired);
    let shape = Shape::of(&id.group, &id.kind);
    let writers = Writers::of(live);
    let tell = |change: super::Change| {
        let writer = writers.of_change(&change);
        let reason = rules.reason(&id, &change, writer, live);
        json!([
            change.path.to_string(),
            change.desired,
            change.live,
            writer.map(|writer| writer.manager.to_string()),
            reason.map(|reason| reason.to_string())
        ])
    };
    compare(Against::Manifest { desired, base }, live, &shape).into_iter().map(tell).collect()
}

#[test]
fn objects_of_a_real_server_differ_where_somebody_changed_them_and_nowhere_else() {
    let cases: Vec<Value> = serde_json::from_str(CASES).unwrap();
    let read = |line: &str| serde_json::from_str::<Value>(line).unwrap();
    let objects: BTreeMap<String, Value> = OBJECTS
        .lines()
        .map(read)
        .map(|one| (one["name"].as_str().unwrap().to_owned(), one["live"].clone()))
        .collect();
    assert!(cases.len() >= 60 && cases.len() == objects.len());
    let mut wrong = Vec::new();
    for case in &cases {
        let name = case["name"].as_str().unwrap();
        let live = &objects[name];
        let desired = case.get("desired").unwrap_or(&case["of"]);
        let copy = live["metadata"]["annotations"][LAST_APPLIED].as_str();
        let copy = copy.map(|text| serde_json::from_str::<Value>(text).unwrap());
        let mut expected = case["expect"].as_array().unwrap().clone();
        expected.sort_by_key(Value::to_string);
        for (what, base) in [("alone", None), ("with its last apply", copy.as_ref())] {
            if case.get("desired").is_some() && base.is_none() {
                continue;
            }
            let mut got = found(desired, base, live, &Rules::default());
            got.sort_by_key(Value::to_string);
            if got != expected {
                wrong.push(format!(
                    "{name} {what}:\n  found    {}\n  expected {}",
                    json!(got),
                    json!(expected)
                ));
            }
        }
        if case.get("desired").is_none()
            && let Some(copy) = &copy
        {
            let got = found(copy, None, live, &Rules::default());
            if got.len() != expected.len() {
                wrong.push(format!("{name} as applied last: {}", json!(got)));
            }
        }
        // An object is no different from itself, whatever is held against it.
        let shape = Shape::of(&id(live).group, &id(live).kind);
        for against in [Against::Whole(live), Against::Manifest { desired: live, base: Some(live) }]
        {
            let changes = compare(against, live, &shape);
            assert!(changes.is_empty(), "{name} differs from itself: {changes:?}");
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Every value in an object, by the names and numbers on the way.
fn leaves(value: &Value, at: &mut Vec<String>, out: &mut Vec<Vec<String>>) {
    let mut below = |name: String, value: &Value| {
        at.push(name);
        leaves(value, at, out);
        at.pop();
    };
    match value {
        Value::Object(map) => map.iter().for_each(|(name, value)| below(name.clone(), value)),
        Value::Array(items) => {
            items.iter().enumerate().for_each(|(at, value)| below(at.to_string(), value));
        }
        Value::Null => {}
        _ => out.push(at.clone()),
    }
}

fn other(value: &Value) -> Value {
    match value {
        Value::String(text) => json!(format!("{text}x")),
        Value::Bool(truth) => json!(!truth),
        Value::Number(number) => json!(number.as_i64().unwrap() + 1),
        _ => unreachable!(),
    }
}

#[test]
fn a_change_of_any_value_is_found_exactly_there() {
    let mut tried = 0;
    // Of namesakes the last one counts, so that another name for the first one is no difference.
    for line in OBJECTS.lines().filter(|line| !line.contains("deployment-duplicate-env")) {
        let mut object = serde_json::from_str::<Value>(line).unwrap()["live"].take();
        object["metadata"].as_object_mut().unwrap().shift_remove("managedFields");
        let shape = Shape::of(&id(&object).group, &id(&object).kind);
        let mut all = Vec::new();
        leaves(&object, &mut Vec::new(), &mut all);
        for steps in all {
            let steps: Vec<&str> = steps.iter().map(String::as_str).collect();
            if matches!(steps[..], ["status" | "kind" | "apiVersion", ..])
                || (steps[0] == "metadata"
                    && (!matches!(steps[1], "labels" | "annotations") || steps[2] == LAST_APPLIED))
            {
                continue;
            }
            let place: String = steps
                .iter()
                .map(|step| format!("/{}", step.replace('~', "~0").replace('/', "~1")))
                .collect();
            let mut changed = object.clone();
            let leaf = changed.pointer_mut(&place).unwrap();
            *leaf = other(leaf);
            let wanted = leaf.clone();
            for against in [
                Against::Whole(&object),
                Against::Manifest { desired: &object, base: None },
                Against::Manifest { desired: &object, base: Some(&object) },
            ] {
                let changes = compare(against, &changed, &shape);
                let told: Vec<String> = changes.iter().map(|one| one.path.to_string()).collect();
                // The key of an item: that one is gone, and another one may be there.
                let key = steps.len() > 2 && steps[steps.len() - 2].parse::<usize>().is_ok();
                if key && changes.iter().all(|one| one.desired.is_none() || one.live.is_none()) {
                    assert!(!changes.is_empty(), "{place}: {told:?}");
                    continue;
                }
                assert_eq!(changes.len(), 1, "{} {place}: {told:?}", id(&object));
                let change = &changes[0];
                assert_eq!(change.live.as_ref(), Some(&wanted), "{place}: {told:?}");
                assert_eq!(change.path.get(&changed), Some(&wanted), "{place}: {told:?}");
                assert_eq!(change.path.get(&object), change.desired.as_ref(), "{place}: {told:?}");
                tried += 1;
            }
        }
    }
    assert!(tried > 2_500, "{tried}");
}
