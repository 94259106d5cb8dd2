//! One object beside what was deployed: what all sources do alike.

use super::compare::{Against, compare};
use super::digest;
use super::found::{Change, Confidence, Fate, Field, ObjectDrift, State, Writer};
use super::noise::Rules;
use super::shape::Shape;
use super::veil::Veil;
use super::writers::Writers;
use crate::model::{Fault, Text};
use crate::relations::ObjectId;
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

impl<'v> Live<'v> {
    /// The object, or how it is where it is not there or could not be read.
    pub fn there(self) -> Result<&'v Value, State> {
        match self {
            Self::There(live) => Ok(live),
            Self::Gone => Err(State::Missing),
            Self::Unread(fault) => Err(State::Unknown(fault.clone())),
        }
    }
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
    let changes = compare(against, live, bench.shape);
    if changes.is_empty() {
        return found;
    }
    let (desired, base) = match against {
        Against::Manifest { desired, base } => (desired, base),
        Against::Whole(desired) => (desired, None),
    };
    tell(&mut found, changes, &Sides { desired, live, base, written: live }, fate, bench);
    found
}

/// What changes were found between.
#[derive(Clone, Copy, Debug)]
pub struct Sides<'v> {
    /// What should be there.
    pub desired: &'v Value,
    /// What is there, as it was compared.
    pub live: &'v Value,
    /// What was applied before, where that is known.
    pub base: Option<&'v Value>,
    /// What is there, as the server has it: with who wrote it.
    pub written: &'v Value,
}

/// Tells changes of an object: who wrote, what becomes of it, whether it counts. Everything that is secret
/// is masked.
pub fn tell(
    found: &mut ObjectDrift,
    changes: Vec<Change>,
    sides: &Sides<'_>,
    fate: Fates<'_>,
    bench: &Bench<'_>,
) {
    let Sides { desired, live, base, written } = *sides;
    let id = found.id.clone();
    let writers = Writers::of(written);
    let mut veil = Veil::new(id.is_secret());
    for object in [Some(desired), Some(live), base].into_iter().flatten() {
        veil.learn(object);
    }
    for mut change in changes {
        let writer = writers.of_change(&change).cloned();
        let noise = bench.rules.reason(&id, &change, writer.as_ref(), written);
        let fate = fate(&change, writer.as_ref());
        veil.change(&mut change);
        digest::change(&mut change);
        found.fields.push(Field { change, writer, fate, noise, side: None });
    }
    if found.drifted().next().is_some() {
        found.state = State::Changed;
    }
    found.desired = Some(veiled(desired, &mut veil));
    found.live = Some(veiled(live, &mut veil));
}

/// Says anew whether an object counts as changed, after its source found out that some of its fields do
/// not count.
pub fn settle(found: &mut ObjectDrift) {
    let counts = found.drifted().next().is_some();
    match found.state {
        State::Changed if !counts => found.state = State::Same,
        State::Same if counts => found.state = State::Changed,
        _ => {}
    }
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
    let mut veil = Veil::new(secret);
    veil.learn(object);
    veiled(object, &mut veil)
}

/// The same, hidden alike as in other objects that the veil knows.
fn veiled(object: &Value, veil: &mut Veil) -> Value {
    let mut object = object.clone();
    if let Some(metadata) = object.get_mut("metadata").and_then(Value::as_object_mut) {
        metadata.shift_remove("managedFields");
    }
    veil.object(&mut object);
    object
}
