//! One object beside what was deployed: what all sources do alike.

use super::compare::{Against, compare};
use super::found::{Change, Confidence, Fate, Field, ObjectDrift, State, Writer};
use super::noise::Rules;
use super::path::Path;
use super::shape::Shape;
use super::writers::Writers;
use crate::model::{Fault, Text};
use crate::relations::ObjectId;
use crate::text::mask;
use serde_json::Value;

/// What was read of an object.
#[derive(Clone, Copy, Debug)]
pub enum Live<'v> {
    /// It is there.
    There(&'v Value),
    /// It is not.
    Gone,
    /// It could not be read.
    Unread(&'v Fault),
}

/// What a judgement rests on beside the object itself.
#[derive(Debug)]
pub struct Bench<'a> {
    /// What is not counted, and why.
    pub rules: &'a Rules,
    /// How the lists of the object's kind merge.
    pub shape: &'a Shape,
}

/// What becomes of a change, as its source knows.
pub type Fates<'a> = &'a dyn Fn(&Change, Option<&Writer>) -> Fate;

/// Holds a live object against what was deployed. Everything that is secret is masked in what comes
/// back.
pub fn judged(
    id: &ObjectId,
    live: &Value,
    (against, confidence): (Against<'_>, Confidence),
    fate: Fates<'_>,
    bench: &Bench<'_>,
) -> ObjectDrift {
    let mut found = seen(id, live);
    found.confidence = confidence;
    if found.state == State::Terminating {
        return found;
    }
    let writers = Writers::of(live);
    let changes = compare(against, live, bench.shape);
    let secret = id.group.is_empty() && id.kind == "Secret";
    for mut change in changes {
        let writer = writers.last(&change.path).cloned();
        let noise = bench.rules.reason(id, &change, writer.as_ref(), live);
        let fate = fate(&change, writer.as_ref());
        if secret {
            masked(&mut change);
        }
        found.fields.push(Field { change, writer, fate, noise, side: None });
    }
    if found.drifted().next().is_some() {
        found.state = State::Changed;
    }
    if !found.fields.is_empty() {
        let desired = match against {
            Against::Manifest { desired, .. } | Against::Whole(desired) => desired,
        };
        found.desired = Some(shown(desired, secret));
        found.live = Some(shown(live, secret));
    }
    found
}

/// An object that is there, before it is compared: unchanged, or on its way out.
pub fn seen(id: &ObjectId, live: &Value) -> ObjectDrift {
    let text = |name: &str| live["metadata"][name].as_str().map(Text::from).unwrap_or_default();
    let going = live["metadata"]["deletionTimestamp"].is_string();
    let state = if going { State::Terminating } else { State::Same };
    let mut found = ObjectDrift::new(id.clone(), state);
    found.uid = text("uid");
    found.version = text("resourceVersion");
    found
}

/// An object fit to be shown: without `managedFields`, values of Secrets masked.
pub fn shown(object: &Value, secret: bool) -> Value {
    let mut object = object.clone();
    if let Some(metadata) = object.get_mut("metadata").and_then(Value::as_object_mut) {
        metadata.shift_remove("managedFields");
    }
    if secret {
        mask::secret(&mut object);
    }
    mask::object(&mut object);
    object
}

/// Hides the values of a change to a Secret; that they differ stays visible.
fn masked(change: &mut Change) {
    if !change.path.is_in(&Path::of(&["data"])) && !change.path.is_in(&Path::of(&["stringData"])) {
        return;
    }
    let hide = |value: &mut Option<Value>, mark: &str| {
        if let Some(value) = value {
            *value = Value::String(mark.to_owned());
        }
    };
    hide(&mut change.desired, "++++++++");
    hide(&mut change.live, "+++++++++");
}
