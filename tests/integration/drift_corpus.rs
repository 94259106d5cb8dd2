//! The comparison on a real API server: the corpus made anew, the table of built-in kinds beside the
//! server's own description, and edits of others found where they were made.

use crate::support::control_plane::{ControlPlane, Options};
use crate::support::trials;
use crate::support::wait::until_true;
use libtest_mimic::Trial;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;
use std::process::Output;
use wheelhouse::drift::compare::{Against, compare};
use wheelhouse::drift::noise::Rules;
use wheelhouse::drift::shape::Shape;
use wheelhouse::drift::writers::Writers;
use wheelhouse::relations::ObjectId;

pub fn trials() -> Vec<Trial> {
    vec![
        trials::on_own("drift::corpus", Options::whole(), corpus),
        trials::on_own("drift::the_table_of_built_in_kinds_is_the_servers", Options::bare(), table),
        trials::on_own(
            "drift::edits_of_others_are_found_where_they_were_made",
            Options::bare(),
            edits,
        ),
    ]
}

const NAMESPACE: &str = "drift-corpus";
const LAST_APPLIED: &str = "kubectl.kubernetes.io/last-applied-configuration";

fn fixture(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/drift").join(name)
}

/// The cases: what is applied, and what is done to it.
pub(super) fn cases() -> Vec<Value> {
    serde_json::from_str(&fs::read_to_string(fixture("cases.json")).unwrap()).unwrap()
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap()
}

/// Runs kubectl with an object in a file.
fn with(plane: &ControlPlane, object: &Value, args: &[&str]) -> String {
    let file = plane.dir().join("drift-object.json");
    fs::write(&file, object.to_string()).unwrap();
    let mut all = vec!["-n", NAMESPACE];
    all.extend(args);
    let file = file.display().to_string();
    all.extend(["-f", &file]);
    plane.kubectl_says(&all)
}

fn apply(plane: &ControlPlane, object: &Value, how: &str) {
    match how.split_once(' ') {
        None => with(plane, object, &["apply"]),
        Some(("server", manager)) => {
            with(plane, object, &["apply", "--server-side", &format!("--field-manager={manager}")])
        }
        Some((_, manager)) => {
            with(plane, object, &["create", &format!("--field-manager={manager}")])
        }
    };
}

fn read(plane: &ControlPlane, object: &Value) -> Value {
    let said = with(plane, object, &["get", "-o", "json", "--show-managed-fields"]);
    let mut said: Value = serde_json::from_str(&said).unwrap();
    if said["kind"] == "List" { said["items"][0].take() } else { said }
}

/// Does what a case says, and returns what came of it.
fn produce(plane: &ControlPlane, case: &Value) -> Value {
    for object in case["prepare"].as_array().into_iter().flatten() {
        apply(plane, object, "client");
    }
    apply(plane, &case["of"], text(&case["apply"]));
    for step in case["steps"].as_array().unwrap() {
        if let Some(args) = step.as_array() {
            let mut all = vec!["-n", NAMESPACE];
            all.extend(args.iter().map(text));
            plane.kubectl_says(&all);
        } else if let Some(object) = step.get("edit") {
            // kubectl leaves the file to whatever this names.
            let editor = plane.dir().join("editor");
            let script = format!("#!/bin/sh\nsed -i -e '{}' \"$1\"\n", text(&step["sed"]));
            fs::write(&editor, script).unwrap();
            let editor = format!("sh {}", editor.display());
            plane.kubectl_editing(&editor, &["-n", NAMESPACE, "edit", text(object)]);
        } else {
            let manager = format!("--field-manager={}", text(&step["by"]));
            with(plane, &step["apply"], &["apply", "--server-side", "--force-conflicts", &manager]);
        }
    }
    if let Some([object, place, wanted]) = case["wait"].as_array().map(Vec::as_slice) {
        let place = format!("jsonpath={}", text(place));
        until_true("a controller wrote", || {
            plane.kubectl_says(&["-n", NAMESPACE, "get", text(object), "-o", &place])
                == text(wanted)
        });
    }
    read(plane, &case["of"])
}

fn id(object: &Value) -> ObjectId {
    let api = text(&object["apiVersion"]);
    ObjectId {
        group: api.split_once('/').map_or("", |(group, _)| group).into(),
        kind: text(&object["kind"]).into(),
        namespace: NAMESPACE.into(),
        name: text(&object["metadata"]["name"]).into(),
    }
}

/// Path, desired, live, writer, reason.
fn found(desired: &Value, base: Option<&Value>, live: &Value) -> Vec<Value> {
    let id = id(desired);
    let (writers, rules) = (Writers::of(live), Rules::default());
    let shape = Shape::of(&id.group, &id.kind);
    let changes = compare(Against::Manifest { desired, base }, live, &shape);
    let mut told: Vec<Value> = changes
        .into_iter()
        .map(|change| {
            let writer = writers.of_change(&change);
            let reason = rules.reason(&id, &change, writer, live);
            json!([
                change.path.to_string(),
                change.desired,
                change.live,
                writer.map(|writer| writer.manager.to_string()),
                reason.map(|reason| reason.to_string())
            ])
        })
        .collect();
    told.sort_by_key(Value::to_string);
    told
}

fn corpus(plane: &mut ControlPlane) {
    plane.namespace(NAMESPACE);
    let mut made = String::new();
    for case in cases() {
        let live = produce(plane, &case);
        let copy = live["metadata"]["annotations"][LAST_APPLIED].as_str();
        let copy = copy.map(|copy| serde_json::from_str::<Value>(copy).unwrap());
        let desired = case.get("desired").unwrap_or(&case["of"]);
        let mut expected = case["expect"].as_array().unwrap().clone();
        expected.sort_by_key(Value::to_string);
        assert_eq!(found(desired, copy.as_ref(), &live), expected, "{}", case["name"]);
        made += &format!("{}\n", json!({"name": case["name"], "live": live}));
    }
    if std::env::var_os("WHEELHOUSE_BLESS").is_some() {
        fs::write(fixture("objects.jsonl"), made).unwrap();
    }
}

/// For every field of every built-in kind, the server's own description says how it merges.
fn table(plane: &mut ControlPlane) {
    let api = plane.api();
    let mut seen = 0;
    let index = api.get("/openapi/v3");
    for (place, _) in index["paths"].as_object().unwrap() {
        let parts: Vec<&str> = place.split('/').collect();
        let (group, version) = match parts[..] {
            ["api", version] => ("", version),
            ["apis", group, version] => (group, version),
            _ => continue,
        };
        let document = api.bytes(&format!("/openapi/v3/{place}"));
        let read: Value = serde_json::from_str(&document).unwrap();
        let schemas = read["components"]["schemas"].as_object().unwrap();
        for gvk in schemas.values().filter_map(|schema| {
            let gvks = schema["x-kubernetes-group-version-kind"].as_array()?;
            gvks.iter().find(|gvk| gvk["group"] == group && gvk["version"] == version)
        }) {
            let kind = text(&gvk["kind"]);
            // Older versions of a kind have other fields than its most stable one.
            if !Shape::is_builtin(group, kind)
                || !matches!(version, "v1" | "v2")
                || (group, version) == ("autoscaling", "v1")
            {
                continue;
            }
            let theirs = Shape::from_openapi(&document, group, version, kind);
            let theirs = theirs.unwrap_or_else(|| panic!("{group}/{version} {kind} is not read"));
            let differs = Shape::of(group, kind).differs(&theirs);
            assert!(differs.is_empty(), "{group} {kind}: {differs:?}");
            seen += 1;
        }
    }
    assert!(seen > 40, "{seen}");
}

/// A small generator of numbers, so that a failure can be played again.
pub(super) struct Dice(pub u64);

impl Dice {
    /// A number below this one.
    pub(super) fn below(&mut self, end: usize) -> usize {
        self.0 =
            self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).unwrap() % end
    }
}

/// Edits that are made.
const EDITS: usize = 50;
const MANAGERS: [&str; 4] = ["kubectl-edit", "k9s", "Mozilla", "operator"];

/// Sends a JSON patch of an object as this manager.
fn patch_as(plane: &ControlPlane, object: &Value, patch: &Value, manager: &str) -> Output {
    let file = plane.dir().join("drift-object.json");
    fs::write(&file, object.to_string()).unwrap();
    plane.kubectl(&[
        "-n",
        NAMESPACE,
        "patch",
        "-f",
        &file.display().to_string(),
        "--type=json",
        "-p",
        &patch.to_string(),
        &format!("--field-manager={manager}"),
    ])
}

/// Objects of many kinds are applied: nothing differs. Then others change fields, and exactly those are
/// found, with who changed them.
fn edits(plane: &mut ControlPlane) {
    plane.namespace(NAMESPACE);
    let mut objects: BTreeMap<String, Value> = BTreeMap::new();
    for case in cases() {
        let name = text(&case["name"]);
        if !name.ends_with("-plain") && !name.starts_with("deployment-")
            || name.contains("duplicate")
        {
            continue;
        }
        apply(
            plane,
            &case["of"],
            if objects.len().is_multiple_of(2) { "client" } else { "server flux" },
        );
        let live = read(plane, &case["of"]);
        assert_eq!(found(&case["of"], None, &live), Vec::<Value>::new(), "{name}");
        objects.insert(name.to_owned(), case["of"].clone());
    }
    let kinds: std::collections::BTreeSet<&str> =
        objects.values().map(|object| text(&object["kind"])).collect();
    assert!(kinds.len() >= 12, "{kinds:?}");
    let mut dice = Dice(20_261_128);
    let (names, mut made): (Vec<_>, _) = (objects.keys().cloned().collect(), 0);
    for round in 0..400 {
        if made == EDITS {
            break;
        }
        let Some(object) = objects.get(&names[dice.below(names.len())]).cloned() else { continue };
        let object = &object;
        let mut places = Vec::new();
        leaves(object, &mut Vec::new(), &mut places);
        let (place, value) = &places[dice.below(places.len())];
        if ["/apiVersion", "/kind", "/metadata/name", "/status"]
            .iter()
            .any(|own| place.starts_with(own))
        {
            continue;
        }
        let manager = MANAGERS[dice.below(MANAGERS.len())];
        let changed = match value {
            Value::String(text) => json!(format!("{text}x")),
            Value::Bool(truth) => json!(!truth),
            Value::Number(number) => json!(number.as_i64().unwrap_or_default() + 1),
            _ => continue,
        };
        // Items are where the manifest has them only as long as nobody sorts them: the pointer is tested.
        let patch = json!([{"op": "test", "path": place, "value": value},
            {"op": "replace", "path": place, "value": changed}]);
        let output = patch_as(plane, object, &patch, manager);
        // What the API does not allow to change is not changed.
        if !output.status.success() {
            continue;
        }
        let live = read(plane, object);
        let got = found(object, None, &live);
        // Who renames an item takes it away and brings another one.
        let renamed = got.len() == 1 && got[0][2].is_null();
        if live.pointer(place) == Some(value) {
            assert!(got.is_empty(), "{round} {place} {manager}: {got:?}");
        } else if !renamed {
            assert_eq!(got.len(), 1, "{round} {} {place}: {got:?}", id(object));
            assert_eq!(got[0][2], changed, "{round} {place}: {got:?}");
            assert_eq!(got[0][3], *manager, "{round} {place}: {got:?}");
        }
        made += 1;
        // Back to what it was: by force, so that the next change is alone.
        let undo = json!([{"op": "replace", "path": place, "value": value}]);
        let undone = patch_as(plane, object, &undo, "undo");
        // What cannot be taken back would be found with every later change.
        if !undone.status.success() {
            let name = object["metadata"]["name"].clone();
            let kind = object["kind"].clone();
            objects.retain(|_, one| (&one["metadata"]["name"], &one["kind"]) != (&name, &kind));
        }
    }
    assert_eq!(made, EDITS);
}

/// Every value of an object, with its JSON pointer.
pub(super) fn leaves(value: &Value, at: &mut Vec<String>, out: &mut Vec<(String, Value)>) {
    match value {
        Value::Object(map) => {
            for (name, value) in map {
                at.push(name.replace('~', "~0").replace('/', "~1"));
                leaves(value, at, out);
                at.pop();
            }
        }
        Value::Array(items) => {
            for (number, value) in items.iter().enumerate() {
                at.push(number.to_string());
                leaves(value, at, out);
                at.pop();
            }
        }
        other => out.push((format!("/{}", at.join("/")), other.clone())),
    }
}
