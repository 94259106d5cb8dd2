//! What has changed of an object between two looks at it, and who is named for it: for the tape of
//! changes.
//!
//! Of each object that is looked at a [`Glimpse`] is kept: the object without its status, values of
//! Secrets only as digests that say nothing after this run of the program. The next look holds the
//! object against it.

use super::compare::{Against, compare};
use super::digest;
use super::found::{Change, Writer};
use super::judge::Bench;
use super::path::Path;
use super::veil::Veil;
use super::writers::Writers;
use crate::model::Text;
use crate::relations::ObjectId;
use crate::text::mask::LAST_APPLIED;
use serde_json::{Map, Value};
use std::collections::HashMap;
use std::fmt;
use std::hash::{BuildHasher, RandomState};
use std::sync::{Arc, LazyLock};

/// Bytes of the largest object of which a glimpse is kept.
const LARGEST: usize = 256 << 10;
/// Changes told of one object at once.
const TOLD: usize = 100;
/// Fields told at once of which only the owner is another one: an apply of everything takes them all.
const OWNED: usize = 5;
/// Characters of a value that are kept for the tape.
const VALUE: usize = 256;

/// An object as it was seen. Its text is nobody's business: see [`fmt::Debug`].
#[derive(Clone, PartialEq, Eq)]
pub struct Glimpse {
    uid: Text,
    version: Text,
    json: Arc<str>,
}

impl Glimpse {
    /// The object's uid.
    pub fn uid(&self) -> &Text {
        &self.uid
    }

    /// Bytes that it takes.
    pub fn bytes(&self) -> usize {
        self.json.len()
    }
}

impl fmt::Debug for Glimpse {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Glimpse").field("version", &self.version).finish_non_exhaustive()
    }
}

/// What the objects of a comparison were when they were seen before.
pub type Before = Arc<HashMap<ObjectId, Glimpse>>;

/// What became of a field.
#[derive(Clone, Debug, PartialEq)]
pub enum Turn {
    /// Its value is another one: what it was, and what it is; None where nothing is. Long ones are cut.
    Value(Option<Value>, Option<Value>),
    /// Its value is as it was, and somebody else is named for it now.
    Owner,
}

/// A change of one field.
#[derive(Clone, Debug, PartialEq)]
pub struct Seen {
    /// Which field.
    pub path: Path,
    /// What became of it. Values of Secrets are masked.
    pub turn: Turn,
    /// Who is named for it since; None where nobody is.
    pub writer: Option<Writer>,
    /// When, Unix seconds, where the writer's time tells it: it has written since the look before.
    pub at: Option<i64>,
}

/// A look at one object.
#[derive(Clone, Debug, PartialEq)]
pub struct Sight {
    /// Which object.
    pub id: ObjectId,
    /// For the next look; None where it is too large to be kept.
    pub glimpse: Option<Glimpse>,
    /// Fields that have changed since the look before, what is noise left out.
    pub seen: Vec<Seen>,
    /// More of them that are not told.
    pub more: usize,
}

impl Sight {
    /// Looks at an object as it is now; `before` is what was kept of it.
    pub(super) fn of(
        id: &ObjectId,
        live: &Value,
        before: Option<&Glimpse>,
        bench: &Bench<'_>,
    ) -> Self {
        let text = |name: &str| live["metadata"][name].as_str().map(Text::from).unwrap_or_default();
        let (uid, version) = (text("uid"), text("resourceVersion"));
        let now = slim(live, id.is_secret());
        let json = now.to_string();
        let small = json.len() <= LARGEST;
        let mut sight = Self { id: id.clone(), glimpse: None, seen: Vec::new(), more: 0 };
        if let Some(before) = before
            && before.uid == uid
            && before.version != version
            && let Ok(was) = serde_json::from_str::<Value>(&before.json)
        {
            sight.compare(&was, &now, bench);
        }
        sight.glimpse = small.then(|| Glimpse { uid, version, json: json.into() });
        sight
    }

    fn compare(&mut self, was: &Value, now: &Value, bench: &Bench<'_>) {
        let (then, writers) = (Writers::of(was), Writers::of(now));
        let mut veil = Veil::new(self.id.is_secret());
        veil.learn(was);
        veil.learn(now);
        let mut found: Vec<Seen> = Vec::new();
        for mut change in compare(Against::Whole(was), now, bench.shape) {
            let writer = writers.of_change(&change);
            if bench.rules.reason(&self.id, &change, writer, now).is_some() {
                continue;
            }
            veil.change(&mut change);
            digest::change(&mut change);
            let Change { path, desired, live } = change;
            let turn = Turn::Value(desired.map(short), live.map(short));
            found.push(seen(path, turn, writer, &then));
        }
        let mut owned = 0;
        for (writer, path) in writers.gained(&then) {
            // Who writes the status, and what was told already, is no news.
            let told = found.iter().any(|one| one.path.is_in(&path) || path.is_in(&one.path));
            let Some(value) = path.get(now).filter(|_| !told) else { continue };
            let change = Change { path, desired: Some(value.clone()), live: Some(value.clone()) };
            if bench.rules.reason(&self.id, &change, Some(writer), now).is_some() {
                continue;
            }
            owned += 1;
            if owned <= OWNED {
                found.push(seen(change.path, Turn::Owner, Some(writer), &then));
            }
        }
        self.more = found.len().saturating_sub(TOLD) + owned.saturating_sub(OWNED);
        found.truncate(TOLD);
        self.seen = found;
    }
}

fn seen(path: Path, turn: Turn, writer: Option<&Writer>, then: &Writers) -> Seen {
    let at = writer
        .filter(|writer| writer.at != 0 && !then.all().any(|other| other == *writer))
        .map(|writer| writer.at);
    Seen { path, turn, writer: writer.cloned(), at }
}

/// The object without what is the server's, copies of it, and values of Secrets.
fn slim(live: &Value, secret: bool) -> Value {
    let Some(fields) = live.as_object() else { return Value::Null };
    let mut out = Map::new();
    for (name, value) in fields {
        match name.as_str() {
            "status" => {}
            "metadata" => {
                out.insert(name.clone(), slim_metadata(value, secret));
            }
            "data" | "stringData" if secret => {
                out.insert(name.clone(), digests(value));
            }
            _ => {
                out.insert(name.clone(), value.clone());
            }
        }
    }
    Value::Object(out)
}

fn slim_metadata(metadata: &Value, secret: bool) -> Value {
    let mut metadata = metadata.clone();
    if let Some(fields) = metadata.as_object_mut() {
        // Copies in annotations of a Secret have its values.
        if secret {
            fields.shift_remove("annotations");
        } else if let Some(all) = fields.get_mut("annotations").and_then(Value::as_object_mut) {
            all.shift_remove(LAST_APPLIED);
        }
        let entries = fields.get_mut("managedFields").and_then(Value::as_array_mut);
        if let Some(entries) = entries {
            entries.retain(|entry| entry["subresource"] != "status");
        }
    }
    metadata
}

/// Differs in each run of the program.
static KEY: LazyLock<[RandomState; 2]> = LazyLock::new(|| [RandomState::new(), RandomState::new()]);

/// A digest in the place of each value.
fn digests(values: &Value) -> Value {
    let of = |value: &Value| {
        let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        let [a, b] = KEY.each_ref().map(|key| key.hash_one(&text));
        Value::String(format!("{a:016x}{b:016x}"))
    };
    match values {
        Value::Object(map) => map.iter().map(|(name, value)| (name.clone(), of(value))).collect(),
        other => of(other),
    }
}

/// A value, cut where it is long.
fn short(value: Value) -> Value {
    let cut = |text: &str| {
        let (end, _) = text.char_indices().nth(VALUE)?;
        Some(Value::String(format!("{}…", &text[..end])))
    };
    let long = match &value {
        Value::String(text) => cut(text),
        Value::Array(_) | Value::Object(_) => cut(&value.to_string()),
        _ => None,
    };
    long.unwrap_or(value)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::panic)]
    use super::*;
    use crate::drift::noise::Rules;
    use crate::drift::shape::Shape;
    use serde_json::json;

    fn entry(manager: &str, at: &str, fields: Value) -> Value {
        json!({"manager": manager, "operation": "Update", "apiVersion": "v1", "time": at,
            "fieldsType": "FieldsV1", "fieldsV1": fields})
    }

    fn id(group: &str, kind: &str) -> ObjectId {
        ObjectId {
            group: group.into(),
            kind: kind.into(),
            namespace: "shop".into(),
            name: "api".into(),
        }
    }

    fn look(id: &ObjectId, was: &Value, now: &Value) -> Sight {
        let (rules, shape) = (Rules::default(), Shape::of(&id.group, &id.kind));
        let bench = Bench { rules: &rules, shape: &shape };
        let first = Sight::of(id, was, None, &bench);
        assert_eq!((first.seen.len(), first.more), (0, 0));
        Sight::of(id, now, first.glimpse.as_ref(), &bench)
    }

    fn deployment(version: &str, replicas: u64, image: &str, managed: Value) -> Value {
        json!({"apiVersion": "apps/v1", "kind": "Deployment",
            "metadata": {"name": "api", "namespace": "shop", "uid": "u", "resourceVersion": version,
                "generation": version, "managedFields": managed},
            "spec": {"replicas": replicas, "template": {"spec": {"containers": [{"name": "api", "image": image}]}}},
            "status": {"replicas": version}})
    }

    #[test]
    fn a_scale_is_told_with_its_writer_and_time_and_the_status_is_not() {
        let spec = json!({"f:spec": {"f:replicas": {}, "f:template": {"f:spec": {"f:containers":
            {"k:{\"name\":\"api\"}": {"f:image": {}}}}}}});
        let status = json!({"manager": "kcm", "operation": "Update", "subresource": "status",
            "time": "2026-01-01T00:00:09Z", "fieldsV1": {"f:status": {"f:replicas": {}}}});
        let was = deployment(
            "1",
            3,
            "api:1",
            json!([entry("kubectl", "2026-01-01T00:00:00Z", spec.clone())]),
        );
        let scaled =
            entry("kubectl-scale", "2026-01-01T00:00:07Z", json!({"f:spec": {"f:replicas": {}}}));
        let apply = entry("kubectl", "2026-01-01T00:00:00Z", spec);
        let now = deployment("2", 5, "api:1", json!([apply, scaled, status]));
        let sight = look(&id("apps", "Deployment"), &was, &now);
        let [one] = sight.seen.as_slice() else { panic!("{sight:?}") };
        assert_eq!(one.path.to_string(), "spec.replicas");
        assert_eq!(one.turn, Turn::Value(Some(json!(3)), Some(json!(5))));
        assert_eq!(one.writer.as_ref().unwrap().manager, "kubectl-scale");
        assert_eq!(one.at, Some(1_767_225_607));
        // Only the status has changed.
        let mut later = now.clone();
        later["metadata"]["resourceVersion"] = "3".into();
        later["status"]["replicas"] = 5.into();
        assert_eq!(look(&id("apps", "Deployment"), &now, &later).seen, []);
    }

    #[test]
    fn another_owner_of_the_same_value_is_told_once() {
        let fields = json!({"f:spec": {"f:replicas": {}}});
        let was = deployment("1", 3, "a", json!([entry("helm", "", fields.clone())]));
        let both = json!([entry("helm", "", fields.clone()), entry("flux", "", fields)]);
        let now = deployment("2", 3, "a", both);
        let sight = look(&id("apps", "Deployment"), &was, &now);
        let [one] = sight.seen.as_slice() else { panic!("{sight:?}") };
        assert_eq!((one.path.to_string().as_str(), &one.turn), ("spec.replicas", &Turn::Owner));
        assert_eq!((one.writer.as_ref().unwrap().manager.as_str(), one.at), ("flux", None));
    }

    #[test]
    fn of_a_secret_only_that_it_changed_is_known_and_kept() {
        let secret = |version: &str, value: &str, note: &str| {
            json!({"apiVersion": "v1", "kind": "Secret",
                "metadata": {"name": "api", "uid": "u", "resourceVersion": version, "annotations": {"note": note}},
                "data": {"password": value, "same": "c2FtZQ=="}})
        };
        let (was, now) = (secret("1", "aHVudGVyMg==", "hunter2"), secret("2", "aHVudGVyMw==", "x"));
        let sight = look(&id("", "Secret"), &was, &now);
        let [one] = sight.seen.as_slice() else { panic!("{sight:?}") };
        assert_eq!(one.path.to_string(), "data.password");
        assert_eq!(one.turn, Turn::Value(Some(json!("++++++++")), Some(json!("+++++++++"))));
        let kept = sight.glimpse.unwrap();
        for word in ["aHVudGVy", "hunter", "c2FtZQ"] {
            assert!(!kept.json.contains(word), "{}", kept.json);
        }
        assert!(!format!("{kept:?}").contains("data"), "{kept:?}");
    }

    #[test]
    fn what_is_large_is_cut_or_not_kept_and_a_replacement_is_no_change() {
        let map = |version: &str, uid: &str, value: String| {
            json!({"apiVersion": "v1", "kind": "ConfigMap",
                "metadata": {"name": "api", "uid": uid, "resourceVersion": version}, "data": {"a": value}})
        };
        let id = id("", "ConfigMap");
        let long = look(&id, &map("1", "u", "x".repeat(1000)), &map("2", "u", "y".repeat(1000)));
        let [Seen { turn: Turn::Value(_, Some(Value::String(to))), .. }] = long.seen.as_slice()
        else {
            panic!("{long:?}")
        };
        assert!(to.ends_with('…') && to.chars().count() == VALUE + 1, "{to}");
        let replaced = look(&id, &map("1", "u", "a".into()), &map("2", "v", "b".into()));
        assert_eq!(replaced.seen, []);
        let large = look(&id, &map("1", "u", "a".into()), &map("2", "u", "b".repeat(LARGEST)));
        assert!(large.glimpse.is_none() && large.seen.len() == 1);
        // A thousand keys at once.
        let many = |version: &str, value: u64| {
            let data: Map<String, Value> =
                (0..1000).map(|n| (n.to_string(), format!("{value}").into())).collect();
            json!({"metadata": {"name": "api", "uid": "u", "resourceVersion": version}, "data": data})
        };
        let sight = look(&id, &many("1", 1), &many("2", 2));
        assert_eq!((sight.seen.len(), sight.more), (TOLD, 900));
    }
}
