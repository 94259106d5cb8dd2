//! Values of Secrets, hidden so that a change can still be seen: at one key equal values are runs of equal
//! length, different ones of different length. The length says nothing of the value.

use super::found::Change;
use super::path::Step;
use crate::text::mask::{self, MASK};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Map, Value};
use std::collections::HashMap;

/// Length of the first run.
const RUN: usize = 8;
/// Shorter values are found everywhere by chance.
const TELLING: usize = 4;
/// Annotations that are values themselves.
const VALUES: [&str; 2] = ["openshift.io/token-secret.value", "kubectl.kubernetes.io/original"];

/// What was hidden of one object, so that the same is hidden alike everywhere.
#[derive(Debug, Default)]
pub(super) struct Veil {
    secret: bool,
    /// Values by key, in the order in which they were met.
    met: HashMap<String, Vec<Vec<u8>>>,
}

impl Veil {
    /// For an object: only Secrets are hidden.
    pub fn new(secret: bool) -> Self {
        Self { secret, met: HashMap::new() }
    }

    /// Learns the values of an object, before anything of it is shown.
    pub fn learn(&mut self, object: &Value) {
        for (field, encoded) in FIELDS {
            let values = self.secret.then(|| object.get(field)?.as_object()).flatten();
            for (key, value) in values.into_iter().flatten() {
                self.run(key, value, encoded);
            }
        }
    }

    /// Hides the values of a whole object.
    pub fn object(&mut self, object: &mut Value) {
        if !self.secret {
            return mask::object(object);
        }
        self.values(object);
        let annotations = object.pointer_mut("/metadata/annotations");
        if let Some(Value::Object(all)) = annotations {
            for (name, value) in all.iter_mut() {
                self.annotation(name, value);
            }
        }
    }

    /// Hides the values of a change.
    pub fn change(&mut self, change: &mut Change) {
        if !self.secret {
            return;
        }
        let Change { path, desired, live } = change;
        let names: Vec<&str> = path
            .0
            .iter()
            .map(|step| if let Step::Field(name) = step { name.as_str() } else { "" })
            .collect();
        for value in [desired, live].into_iter().flatten() {
            match names.as_slice() {
                [] => self.object(value),
                [field] => {
                    if let Some((_, encoded)) = FIELDS.iter().find(|(name, _)| name == field) {
                        self.map(value, *encoded);
                    } else if *field == "metadata"
                        && let Some(Value::Object(all)) = value.get_mut("annotations")
                    {
                        all.iter_mut().for_each(|(name, value)| self.annotation(name, value));
                    }
                }
                [field, key, ..] if FIELDS.iter().any(|(name, _)| name == field) => {
                    let run = self.run(key, value, *field == "data");
                    *value = Value::String(run);
                }
                ["metadata", "annotations"] => {
                    if let Value::Object(all) = value {
                        all.iter_mut().for_each(|(name, value)| self.annotation(name, value));
                    }
                }
                ["metadata", "annotations", name, ..] => self.annotation(name, value),
                _ => {}
            }
        }
    }

    fn values(&mut self, object: &mut Value) {
        for (field, encoded) in FIELDS {
            if let Some(values) = object.get_mut(field) {
                self.map(values, encoded);
            }
        }
    }

    fn map(&mut self, values: &mut Value, encoded: bool) {
        match values {
            Value::Object(map) => {
                for (key, value) in map.iter_mut() {
                    *value = Value::String(self.run(key, value, encoded));
                }
            }
            Value::Null => {}
            other => *other = Value::String(MASK.to_owned()),
        }
    }

    /// An annotation may hold a copy of the object, or a value.
    fn annotation(&mut self, name: &str, value: &mut Value) {
        let Value::String(text) = value else { return };
        let whole = VALUES.contains(&name) || name.ends_with("last-applied-configuration");
        match serde_json::from_str::<Value>(text) {
            Ok(mut copy @ Value::Object(_))
                if FIELDS.iter().any(|(field, _)| copy.get(field).is_some()) =>
            {
                self.values(&mut copy);
                // A copy may hold a copy.
                if let Some(Value::Object(inner)) = copy.pointer_mut("/metadata/annotations") {
                    self.copies(inner);
                }
                *text = copy.to_string();
            }
            Ok(Value::Object(_)) if !self.tells(text) => {}
            _ if whole || self.tells(text) => *text = MASK.to_owned(),
            _ => {}
        }
    }

    fn copies(&mut self, annotations: &mut Map<String, Value>) {
        for (_, value) in annotations.iter_mut() {
            let Value::String(text) = value else { continue };
            if text.contains("\"data\"") || text.contains("\"stringData\"") || self.tells(text) {
                *text = MASK.to_owned();
            }
        }
    }

    /// Whether a text has one of the values in it.
    fn tells(&self, text: &str) -> bool {
        self.met.values().flatten().any(|value| {
            let plain = std::str::from_utf8(value).unwrap_or_default();
            value.len() >= TELLING
                && (text.contains(STANDARD.encode(value).trim_end_matches('='))
                    || (!plain.is_empty() && text.contains(plain)))
        })
    }

    fn run(&mut self, key: &str, value: &Value, encoded: bool) -> String {
        let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        let squeezed = || text.split_ascii_whitespace().collect::<String>();
        let bytes = if encoded { STANDARD.decode(squeezed()).ok() } else { None };
        let bytes = bytes.unwrap_or_else(|| text.into_bytes());
        let met = self.met.entry(key.to_owned()).or_default();
        let at = met.iter().position(|known| *known == bytes).unwrap_or_else(|| {
            met.push(bytes);
            met.len() - 1
        });
        "+".repeat(RUN + at)
    }
}

/// Where a Secret has its values, and whether they are in base64.
const FIELDS: [(&str, bool); 2] = [("data", true), ("stringData", false)];

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::drift::path::Path;
    use serde_json::json;

    #[test]
    fn equal_values_are_hidden_alike_and_different_ones_are_not() {
        let copy = json!({"kind": "Secret", "stringData": {"k": "hunter2"},
            "metadata": {"annotations": {"kubectl.kubernetes.io/last-applied-configuration":
                "{\"data\":{\"k\":\"aHVudGVyMg==\"}}"}}});
        let mut live = json!({"kind": "Secret", "data": {"k": "aHVudGVyMw==", "same": "eA==", "odd": 5},
            "metadata": {"annotations": {"kubectl.kubernetes.io/last-applied-configuration": copy.to_string(),
                "kapp.k14s.io/original": "{\"data\":{\"k\":\"aHVudGVyMw==\"}}",
                "note": "the password is hunter3", "fine": "{\"a\":1}", "broken": "{\"data\": aHVudGVyMw"}}});
        let mut desired = json!({"kind": "Secret", "stringData": {"k": "hunter2", "same": "x"}});
        let mut change = Change {
            path: Path::of(&["data", "k"]),
            desired: Some(json!("aHVudGVyMg==")),
            live: Some(json!("aHVudGVyMw==")),
        };
        let mut veil = Veil::new(true);
        veil.learn(&desired);
        veil.learn(&live);
        veil.change(&mut change);
        veil.object(&mut desired);
        veil.object(&mut live);
        for shown in [&desired, &live] {
            let text = shown.to_string();
            assert!(!text.contains("hunter") && !text.contains("aHVudGVy"), "{text}");
        }
        assert_eq!(
            (change.desired.unwrap(), change.live.unwrap()),
            (json!("++++++++"), json!("+++++++++"))
        );
        assert_eq!(desired["stringData"], json!({"k": "++++++++", "same": "++++++++"}));
        assert_eq!(live["data"], json!({"k": "+++++++++", "same": "++++++++", "odd": "++++++++"}));
        let annotations = &live["metadata"]["annotations"];
        assert_eq!(
            (&annotations["note"], &annotations["fine"]),
            (&json!(MASK), &json!("{\"a\":1}"))
        );
        let applied = &annotations["kubectl.kubernetes.io/last-applied-configuration"];
        let applied: Value = serde_json::from_str(applied.as_str().unwrap()).unwrap();
        assert_eq!(applied["stringData"]["k"], "++++++++");
    }

    #[test]
    fn whole_parts_of_a_secret_are_hidden_too() {
        let mut veil = Veil::new(true);
        for (path, value) in [
            (Path::default(), json!({"data": {"k": "aHVudGVy"}})),
            (Path::of(&["data"]), json!({"k": "aHVudGVy"})),
            (Path::of(&["data"]), json!("aHVudGVy")),
            (Path::of(&["stringData", "k"]), json!("hunter")),
            (Path::of(&["data", "k", "deep"]), json!("aHVudGVy")),
            (
                Path::of(&["metadata", "annotations"]),
                json!({"x": "{\"data\":{\"k\":\"aHVudGVy\"}}"}),
            ),
        ] {
            let mut change = Change { path, desired: None, live: Some(value) };
            veil.change(&mut change);
            let text = change.live.unwrap().to_string();
            assert!(!text.contains("hunter") && !text.contains("aHVudGVy"), "{text}");
        }
        let mut map = json!({"kind": "ConfigMap", "data": {"k": "v"}});
        Veil::new(false).object(&mut map);
        assert_eq!(map["data"]["k"], "v");
    }
}
