//! Argo CD's own comparison: what it keeps for its web page, object by object. Where it is of the object as
//! it is now, it takes the place of ours.

use super::judge::{add, is_rule, near};
use super::{Argo, strict};
use crate::drift::found::{Change, Confidence, Fate, ObjectDrift, State, Writer};
use crate::drift::judge::{Bench, Sides, seen, tell};
use crate::relations::ObjectId;
use serde::Deserialize;
use serde_json::Value;
use std::collections::HashMap;
use std::sync::{Arc, OnceLock};

/// What it keeps of an app. It is taken apart when the first object is judged: on the thread that compares.
#[derive(Debug)]
pub(super) struct Kept {
    text: Arc<str>,
    items: OnceLock<Option<HashMap<ObjectId, Item>>>,
}

/// One object (`ResourceDiff`). States are JSON in a text; of what is not there `null`.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Item {
    group: String,
    kind: String,
    namespace: String,
    name: String,
    hook: bool,
    resource_version: String,
    modified: bool,
    target_state: String,
    live_state: String,
    normalized_live_state: String,
    predicted_live_state: String,
}

impl Kept {
    pub(super) fn new(text: Arc<str>) -> Self {
        Self { text, items: OnceLock::new() }
    }

    /// What is kept of an object.
    ///
    /// # Errors
    /// Why nothing is.
    fn of(&self, id: &ObjectId) -> Result<&Item, &'static str> {
        let items = self.items.get_or_init(|| read(&self.text)).as_ref();
        let items = items.ok_or("Argo CD's own comparison is of a form that is not known")?;
        items.get(id).ok_or("Argo CD's own comparison does not have it")
    }
}

fn read(text: &str) -> Option<HashMap<ObjectId, Item>> {
    let items: Option<Vec<Item>> = serde_json::from_str(text).ok()?;
    let of = |item: Item| {
        let id = ObjectId {
            group: item.group.as_str().into(),
            kind: item.kind.as_str().into(),
            namespace: item.namespace.as_str().into(),
            name: item.name.as_str().into(),
        };
        (id, item)
    };
    Some(items.unwrap_or_default().into_iter().map(of).collect())
}

impl Item {
    /// Whether it was compared as it is now, as far as that matters: Argo CD does not look again for a
    /// change of the status.
    fn is_of(&self, id: &ObjectId, live: &Value) -> bool {
        let version = live["metadata"]["resourceVersion"].as_str().unwrap_or_default();
        if !version.is_empty() && self.resource_version == version {
            return true;
        }
        // Of a Secret its values are hidden.
        if id.is_secret() {
            return false;
        }
        let bare = |mut object: Value| {
            if let Some(fields) = object.as_object_mut() {
                fields.shift_remove("status");
            }
            if let Some(metadata) = object["metadata"].as_object_mut() {
                for name in ["managedFields", "resourceVersion", "generation"] {
                    metadata.shift_remove(name);
                }
            }
            object
        };
        let compared = serde_json::from_str::<Value>(&self.live_state);
        compared.is_ok_and(|compared| compared.is_object() && bare(compared) == bare(live.clone()))
    }

    /// What it would be, and what it is.
    fn sides(&self) -> Option<(Value, Value)> {
        let read = |text: &str| serde_json::from_str(text).ok().filter(Value::is_object);
        Some((read(&self.predicted_live_state)?, read(&self.normalized_live_state)?))
    }
}

impl Argo {
    /// The same as Argo CD itself sees it, where that can be told; else `ours`, with the reason.
    pub(super) fn by_own(
        &self,
        id: &ObjectId,
        live: &Value,
        mut ours: ObjectDrift,
        bench: &Bench<'_>,
    ) -> ObjectDrift {
        let Some(kept) = &self.own else { return ours };
        let hook = matches!(kept.of(id), Ok(item) if item.hook);
        if hook || matches!(ours.state, State::Terminating | State::Extra) {
            return ours;
        }
        let item = match kept.of(id) {
            Ok(item) if item.is_of(id, live) => Ok(item),
            Ok(_) => Err("it changed since Argo CD compared it: not its own comparison"),
            Err(why) => Err(why),
        };
        let sides = item.and_then(|item| {
            let strange = "Argo CD's own comparison of it cannot be read";
            item.sides().ok_or(strange).map(|sides| (item, sides))
        });
        let (item, (desired, is)) = match sides {
            // Not wanted: there is nothing to compare.
            Ok((item, _)) if matches!(item.target_state.as_str(), "null" | "") => return ours,
            Ok(found) => found,
            Err(why) => {
                add(&mut ours.note, why);
                return ours;
            }
        };
        let changes = match item.modified {
            true => strict::differences(&desired, &is, bench.shape),
            false => Vec::new(),
        };
        // What is as it was applied, and is to change, comes from git.
        let known = ours.confidence == Confidence::LastApplied
            && matches!(ours.state, State::Same | State::Behind | State::Changed);
        let changed = |change: &Change| {
            let seen = ours.fields.iter().any(|field| near(&field.change.path, &change.path));
            seen || !known || !self.app.moved
        };
        let here: Vec<bool> = changes.iter().map(&changed).collect();
        let fate = |change: &Change, _: Option<&Writer>| match changed(change) {
            true => self.fate(),
            false => Fate::UndoneNext("new in git: the next sync brings it".into()),
        };
        let mut found = seen(id, live);
        found.confidence = Confidence::Exact;
        let sides = Sides { desired: &desired, live: &is, base: None, written: live };
        if !changes.is_empty() {
            tell(&mut found, changes, &sides, &fate, bench);
        }
        let mut counted = found.fields.iter().zip(here).filter(|(field, _)| field.noise.is_none());
        found.state = match (counted.clone().next(), counted.any(|(_, here)| here)) {
            (None, _) => State::Same,
            (_, true) => State::Changed,
            (_, false) => {
                found.note = self.moved();
                State::Behind
            }
        };
        // Argo CD takes away what it ignores before it compares.
        let ignored = ours.fields.into_iter().filter(is_rule);
        let fields = &mut found.fields;
        for field in ignored {
            if !fields.iter().any(|one| near(&one.change.path, &field.change.path)) {
                fields.push(field);
            }
        }
        found
    }
}
