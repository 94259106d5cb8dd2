//! Who wrote which field: `metadata.managedFields` of an object (FieldsV1). Names of programs, not of
//! people.

use super::found::{Change, Writer};
use super::path::{Path, Step};
use crate::kinds::build::timestamp;
use rustc_hash::FxHashMap;
use serde_json::{Map, Value};

/// All writers of an object with what each says that it wrote (FieldsV1).
pub fn entries(live: &Value) -> impl Iterator<Item = (Writer, &Value)> {
    let entries = live.pointer("/metadata/managedFields").and_then(Value::as_array);
    let read = |entry| {
        let entry: &Value = entry;
        let text = |name: &str| entry.get(name).and_then(Value::as_str).unwrap_or_default();
        let writer = Writer {
            manager: text("manager").into(),
            apply: text("operation") == "Apply",
            subresource: text("subresource").into(),
            at: timestamp(text("time")).unwrap_or(0),
        };
        (writer, entry.get("fieldsV1").unwrap_or(&Value::Null))
    };
    entries.into_iter().flatten().map(read)
}

/// How much a field set (FieldsV1) names.
pub fn size(fields: &Value) -> usize {
    fields.as_object().map_or(0, |map| map.values().map(|below| 1 + size(below)).sum())
}

/// All writers of one object.
#[derive(Clone, Debug, Default)]
pub struct Writers(Vec<(Writer, Fields)>);

impl Writers {
    /// As the object tells; none where `managedFields` was cleared, or is not what the API makes it.
    pub fn of(live: &Value) -> Self {
        Self(entries(live).map(|(writer, fields)| (writer, Fields::of(fields))).collect())
    }

    /// Nobody is named.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// All of them.
    pub fn all(&self) -> impl Iterator<Item = &Writer> {
        self.0.iter().map(|(writer, _)| writer)
    }

    /// Everybody who says that they wrote what is at this place or below it, or something that is owned as
    /// a whole and has it inside; those who name it exactly come alone where there are any.
    pub fn owners(&self, path: &Path) -> Vec<&Writer> {
        let claims = || self.0.iter().map(|(writer, fields)| (writer, fields.claim(&path.0)));
        let of = |wanted: Claim| {
            let hit = move |(writer, claim)| (claim == wanted).then_some(writer);
            claims().filter_map(hit).collect::<Vec<_>>()
        };
        let exact = of(Claim::Named);
        if exact.is_empty() { of(Claim::Around) } else { exact }
    }

    /// Who wrote what is at this place, or below it: of several the one that wrote last. Nobody says that
    /// they took a field away: of what is not there any more no writer is known, unless it was a part of
    /// something that is owned as a whole.
    pub fn last(&self, path: &Path) -> Option<&Writer> {
        self.owners(path).into_iter().max_by_key(|writer| writer.at)
    }

    /// Who made a change. Of what is not there any more only those count who own something as a whole that
    /// it was in: a manager may go on naming a field that somebody else took away.
    pub fn of_change(&self, change: &Change) -> Option<&Writer> {
        if change.live.is_some() {
            return self.last(&change.path);
        }
        let around =
            |(_, fields): &&(Writer, Fields)| fields.claim(&change.path.0) == Claim::Around;
        self.0.iter().filter(around).map(|(writer, _)| writer).max_by_key(|writer| writer.at)
    }

    /// Fields that somebody names who did not before (`then`), with who that is; nobody's status. In a
    /// fixed order.
    pub(super) fn gained<'w>(&'w self, then: &Self) -> Vec<(&'w Writer, Path)> {
        let mut out = Vec::new();
        for (writer, fields) in &self.0 {
            let before = then.0.iter().find(|(other, _)| {
                (&other.manager, other.apply, &other.subresource)
                    == (&writer.manager, writer.apply, &writer.subresource)
            });
            let mut paths = Vec::new();
            fields.gained(before.map(|(_, fields)| fields), &mut Path::default(), &mut paths);
            paths.sort_by_cached_key(ToString::to_string);
            out.extend(paths.into_iter().map(|path| (writer, path)));
        }
        out
    }

    /// Whether this manager says that it wrote what is at this place, or below it.
    pub fn is_owned(&self, path: &Path, mut by: impl FnMut(&Writer) -> bool) -> bool {
        self.0.iter().any(|(writer, fields)| by(writer) && fields.claim(&path.0) != Claim::No)
    }
}

/// What a manager says about a place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Claim {
    /// Nothing.
    No,
    /// It owns something as a whole that the place is in.
    Around,
    /// It owns the place, or something below it.
    Named,
}

/// A set of fields. Keys are as in FieldsV1 (`f:spec`, `k:{"name":"a"}`, `v:1`, `i:0`), the JSON in them
/// written in one way.
#[derive(Clone, Debug, Default)]
struct Fields(FxHashMap<Box<str>, Fields>);

impl Fields {
    fn of(told: &Value) -> Self {
        let Some(map) = told.as_object() else { return Self::default() };
        let below = map.iter().map(|(key, value)| (canonical(key), Self::of(value)));
        Self(below.collect())
    }

    /// Leaves that are not in the other set.
    fn gained(&self, before: Option<&Self>, at: &mut Path, out: &mut Vec<Path>) {
        for (key, below) in &self.0 {
            let Some(step) = step(key) else { continue };
            let was = before.and_then(|fields| fields.0.get(key));
            at.0.push(step);
            if !below.0.keys().all(|key| &**key == ".") {
                below.gained(was, at, out);
            } else if was.is_none() {
                out.push(at.clone());
            }
            at.0.pop();
        }
    }

    fn claim(&self, steps: &[Step]) -> Claim {
        let Some((step, rest)) = steps.split_first() else { return Claim::Named };
        let key = match step {
            Step::Field(name) => format!("f:{name}"),
            Step::Item(keys) => {
                let map = keys.iter().map(|(key, value)| (key.to_string(), value.clone()));
                format!("k:{}", sorted(&map.collect()))
            }
            Step::Member(value) => format!("v:{value}"),
            Step::At(index) => format!("i:{index}"),
        };
        match self.0.get(&*key) {
            Some(below) => match below.claim(rest) {
                // Nothing below is named: it is owned as a whole.
                Claim::No if below.0.is_empty() => Claim::Around,
                claim => claim,
            },
            None => Claim::No,
        }
    }
}

/// A step of a field set (FieldsV1, `structured-merge-diff/fieldpath`); None for the mark of the place
/// itself, and for what is no key.
pub(super) fn step(key: &str) -> Option<Step> {
    let (kind, rest) = key.split_once(':')?;
    match kind {
        "f" => Some(Step::Field(rest.into())),
        "k" => {
            let keys: Map<String, Value> = serde_json::from_str(rest).ok()?;
            Some(Step::Item(keys.into_iter().map(|(key, value)| (key.into(), value)).collect()))
        }
        "v" => Some(Step::Member(serde_json::from_str(rest).ok()?)),
        "i" => Some(Step::At(rest.parse().ok()?)),
        _ => None,
    }
}

fn canonical(key: &str) -> Box<str> {
    // Most are written in that way already: one key, nothing to decide.
    if !key.contains([',', '\\', ' ', '\t', '\n']) {
        return key.into();
    }
    let read = |text: &str| serde_json::from_str::<Value>(text).ok();
    let written = match key.as_bytes() {
        [b'k', b':', ..] => match read(&key[2..]) {
            Some(Value::Object(keys)) => Some(format!("k:{}", sorted(&keys))),
            _ => None,
        },
        [b'v', b':', ..] => read(&key[2..]).map(|value| format!("v:{value}")),
        _ => None,
    };
    written.map_or_else(|| key.into(), String::into_boxed_str)
}

fn sorted(keys: &Map<String, Value>) -> String {
    let mut keys: Vec<_> = keys.iter().collect();
    keys.sort_by_key(|(key, _)| *key);
    let keys: Map<String, Value> =
        keys.into_iter().map(|(key, value)| (key.clone(), value.clone())).collect();
    Value::Object(keys).to_string()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use serde_json::json;

    fn object(entries: Value) -> Writers {
        Writers::of(&json!({"metadata": {"managedFields": entries}}))
    }

    fn entry(manager: &str, operation: &str, time: &str, fields: Value) -> Value {
        json!({"manager": manager, "operation": operation, "time": time, "fieldsType": "FieldsV1",
            "apiVersion": "v1", "fieldsV1": fields})
    }

    fn item(keys: &[(&str, Value)]) -> Step {
        Step::Item(keys.iter().map(|(key, value)| ((*key).into(), value.clone())).collect())
    }

    #[test]
    fn every_form_of_a_field_set_is_read() {
        let writers = object(json!([
            entry(
                "helm",
                "Apply",
                "2026-01-01T00:00:00Z",
                json!({
                "f:metadata": {"f:finalizers": {".": {}, "v:\"a/b\"": {}}, "f:labels": {"f:app": {}}},
                "f:spec": {"f:ports": {
                    "k:{\"port\":80,\"protocol\":\"TCP\"}": {".": {}, "f:port": {}, "f:targetPort": {}}},
                    "f:selector": {}, "f:list": {"i:1": {}}}})
            ),
            entry(
                "kubectl-edit",
                "Update",
                "2026-01-02T00:00:00Z",
                json!({"f:spec": {"f:ports": {"k:{\"port\":80,\"protocol\":\"TCP\"}": {"f:nodePort": {}}}}})
            ),
        ]));
        let who = |path: &Path| writers.last(path).map(|writer| writer.manager.to_string());
        let helm = Some("helm".to_owned());
        let ports = Path::of(&["spec", "ports"]);
        // Keys come in the order of the schema, in whatever order FieldsV1 has them.
        let port = ports.then(item(&[("protocol", json!("TCP")), ("port", json!(80))]));
        assert_eq!(who(&port.field("targetPort")), helm);
        assert_eq!(who(&port.field("nodePort")).unwrap(), "kubectl-edit");
        assert_eq!(who(&port).unwrap(), "kubectl-edit");
        assert_eq!(
            who(&ports.then(item(&[("port", json!(81)), ("protocol", json!("TCP"))]))),
            None
        );
        let finalizers = Path::of(&["metadata", "finalizers"]);
        assert_eq!(who(&finalizers.then(Step::Member(json!("a/b")))), helm);
        assert_eq!(who(&finalizers.then(Step::Member(json!("c")))), None);
        assert_eq!(who(&Path::of(&["spec", "list"]).then(Step::At(1))), helm);
        // A part of what is owned as a whole.
        assert_eq!(who(&Path::of(&["spec", "selector", "app"])), helm);
        // Taken away: nobody says so.
        assert_eq!(who(&Path::of(&["metadata", "labels", "gone"])), None);
        assert!(
            writers.last(&port).is_some_and(|writer| writer.at == 1_767_312_000 && !writer.apply)
        );
        assert!(writers.is_owned(&port.field("port"), |writer| writer.apply));
        assert!(!writers.is_owned(&port.field("port"), |writer| !writer.apply));
    }

    #[test]
    fn nobody_is_said_to_have_taken_a_field_away_but_owners_of_the_whole() {
        let writers = object(json!([entry(
            "flux",
            "Apply",
            "2026-01-01T00:00:00Z",
            json!({"f:spec": {
            "f:env": {"k:{\"name\":\"E\"}": {".": {}, "f:name": {}}}, "f:selector": {}}})
        )]));
        let change = |path: Path, live: Option<Value>| Change { path, desired: None, live };
        let env = Path::of(&["spec", "env"]).then(item(&[("name", json!("E"))]));
        assert!(writers.of_change(&change(env.clone(), Some(json!({})))).is_some());
        assert!(writers.of_change(&change(env, None)).is_none());
        assert!(writers.of_change(&change(Path::of(&["spec", "selector", "app"]), None)).is_some());
    }

    #[test]
    fn of_several_the_last_one_counts_and_who_names_it_before_who_has_it_inside() {
        let writers = object(json!([
            entry("late", "Update", "2026-03-01T00:00:00Z", json!({"f:spec": {"f:strategy": {}}})),
            entry(
                "a",
                "Apply",
                "2026-01-01T00:00:00Z",
                json!({"f:spec": {"f:strategy": {"f:type": {}}}})
            ),
            entry(
                "b",
                "Update",
                "2026-02-01T00:00:00Z",
                json!({"f:spec": {"f:strategy": {"f:type": {}}}})
            ),
            json!({"manager": "kube-controller-manager", "operation": "Update", "subresource": "scale",
                "fieldsV1": {"f:spec": {"f:replicas": {}}}}),
        ]));
        let kind = Path::of(&["spec", "strategy", "type"]);
        assert_eq!(writers.last(&kind).unwrap().manager, "b");
        assert_eq!(writers.owners(&kind).len(), 2);
        let scaled = writers.last(&Path::of(&["spec", "replicas"])).unwrap();
        assert_eq!((&*scaled.subresource, scaled.at), ("scale", 0));
    }

    #[test]
    fn what_is_no_field_set_names_nobody() {
        for garbage in [
            json!(null),
            json!("x"),
            json!([1, {"fieldsV1": [1]}, {"manager": 5, "time": "x"}]),
            json!([{"fieldsV1": {"k:{": {"f:": 5}, "v:": {}, "": {"é": {}}, "f:spec": "x"}}]),
        ] {
            let writers = object(garbage.clone());
            let path = Path::of(&["metadata", "name"]);
            assert!(writers.last(&path.then(item(&[]))).is_none(), "{garbage}");
        }
        let mut deep = json!({});
        let mut path = Path::default();
        for _ in 0..100 {
            deep = json!({"f:x": deep});
            path = path.field("x");
        }
        let writers = object(json!([entry("m", "Update", "", deep)]));
        assert_eq!(writers.last(&path).unwrap().manager, "m");
    }
}
