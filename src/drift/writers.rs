//! Who wrote which field: `metadata.managedFields` of an object (FieldsV1). Names of programs, not of
//! people.

use super::found::Writer;
use super::path::{Path, Step};
use crate::kinds::build::timestamp;
use serde_json::Value;

/// All writers of one object.
#[derive(Clone, Debug, Default)]
pub struct Writers(Vec<(Writer, Value)>);

impl Writers {
    /// As the object tells; none where `managedFields` was cleared, or is not what the API makes it.
    pub fn of(live: &Value) -> Self {
        let entries = live.pointer("/metadata/managedFields").and_then(Value::as_array);
        let read = |entry: &Value| {
            let text = |name: &str| entry.get(name).and_then(Value::as_str).unwrap_or_default();
            let writer = Writer {
                manager: text("manager").into(),
                apply: text("operation") == "Apply",
                subresource: text("subresource").into(),
                at: timestamp(text("time")).unwrap_or(0),
            };
            (writer, entry.get("fieldsV1").cloned().unwrap_or_default())
        };
        Self(entries.into_iter().flatten().map(read).collect())
    }

    /// Nobody is named.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// All of them.
    pub fn all(&self) -> impl Iterator<Item = &Writer> {
        self.0.iter().map(|(writer, _)| writer)
    }

    /// Who wrote what is at this place, or below it: of several the one that wrote last.
    pub fn last(&self, path: &Path) -> Option<&Writer> {
        let owners = self.0.iter().filter(|(_, fields)| owns(fields, &path.0));
        owners.map(|(writer, _)| writer).max_by_key(|writer| writer.at)
    }

    /// Whether this manager says that it wrote what is at this place, or below it.
    pub fn is_owned(&self, path: &Path, mut by: impl FnMut(&Writer) -> bool) -> bool {
        self.0.iter().any(|(writer, fields)| by(writer) && owns(fields, &path.0))
    }
}

/// Whether a field set names a place, or something below it; a place inside something atomic is named
/// with what it is in.
fn owns(fields: &Value, steps: &[Step]) -> bool {
    let Some(map) = fields.as_object() else { return false };
    let Some((step, rest)) = steps.split_first() else { return true };
    // Nothing below is named: it is owned as a whole.
    if map.is_empty() {
        return true;
    }
    let found = map.iter().find(|(key, _)| match step {
        Step::Field(name) => key.strip_prefix("f:") == Some(name.as_str()),
        Step::Item(keys) => key.strip_prefix("k:").is_some_and(|text| {
            let told: Value = serde_json::from_str(text).unwrap_or_default();
            keys.iter().all(|(name, value)| told.get(name.as_str()) == Some(value))
        }),
        Step::Member(value) => key.strip_prefix("v:").is_some_and(|text| {
            serde_json::from_str::<Value>(text).is_ok_and(|told| told == *value)
        }),
        Step::At(index) => key.strip_prefix("i:") == Some(index.to_string().as_str()),
    });
    found.is_some_and(|(_, below)| owns(below, rest))
}
