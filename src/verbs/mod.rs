//! Floor 3: what a person can do to objects. Each verb is a [`Draft`]: a plan in the making, with what
//! can still be changed about it. Pure: it says what it must read first, and judges what came.

pub mod delete;

use crate::model::{Fault, ObjRef, Plan, PlanId, Read, StreamSpec, Text};
use std::fmt;

/// What can be changed about a plan before it runs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Choice {
    /// Its name for [`Draft::set`]; `propagation`, `grace` and `force` have keys of their own.
    pub id: &'static str,
    /// What people read.
    pub label: String,
    /// As it stands.
    pub value: Value,
    /// Why it cannot stay so; empty where it can.
    pub error: String,
}

/// The value of a choice.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Value {
    /// Yes or no.
    Toggle(bool),
    /// One of several.
    OneOf {
        /// Which.
        at: usize,
        /// All of them, as people read them.
        of: Vec<String>,
    },
    /// Something typed: a number, a name, a path.
    Typed(String),
}

impl Choice {
    /// Yes or no.
    pub fn toggle(id: &'static str, label: impl Into<String>, on: bool) -> Self {
        Self { id, label: label.into(), value: Value::Toggle(on), error: String::new() }
    }

    /// One of several.
    pub fn one_of(id: &'static str, label: impl Into<String>, at: usize, of: Vec<String>) -> Self {
        Self { id, label: label.into(), value: Value::OneOf { at, of }, error: String::new() }
    }

    /// Something typed.
    pub fn typed(id: &'static str, label: impl Into<String>, text: impl Into<String>) -> Self {
        let value = Value::Typed(text.into());
        Self { id, label: label.into(), value, error: String::new() }
    }

    /// The same, with why it cannot stay so.
    #[must_use]
    pub fn wrong(mut self, why: impl Into<String>) -> Self {
        self.error = why.into();
        self
    }

    /// The value that comes next when it is changed by one key; the same for typed ones.
    pub fn next(&self) -> Value {
        match &self.value {
            Value::Toggle(on) => Value::Toggle(!on),
            Value::OneOf { at, of } => {
                Value::OneOf { at: (at + 1) % of.len().max(1), of: of.clone() }
            }
            Value::Typed(text) => Value::Typed(text.clone()),
        }
    }
}

/// A plan in the making.
pub trait Draft: fmt::Debug {
    /// Verb and object: "Scale Deployment/api".
    fn title(&self) -> String;

    /// What the button says: "Scale".
    fn button(&self) -> String;

    /// What it is about.
    fn targets(&self) -> &[ObjRef];

    /// What can be changed, in the order of display.
    fn choices(&self) -> Vec<Choice> {
        Vec::new()
    }

    /// Changes a choice. A value that makes no sense is kept, and told by [`Choice::error`].
    fn set(&mut self, _id: &str, _value: Value) {}

    /// What has to be known first, on the cluster of its targets. Nothing runs before every answer
    /// came. Asked once.
    fn reads(&self) -> Vec<Read> {
        Vec::new()
    }

    /// The answer to a read: the JSON that the server sent, or why there is none.
    fn learn(&mut self, _number: usize, _answer: Result<&str, &Fault>) {}

    /// The plan as it stands.
    ///
    /// # Errors
    /// Why it cannot be one: a wrong choice, something that was learnt.
    fn plan(&self, id: PlanId, context: &Text) -> Result<Plan, Fault>;

    /// What is opened with the plan in place of sending its requests one by one: a shell, a forward,
    /// a copy.
    fn stream(&self) -> Option<StreamSpec> {
        None
    }

    /// What must be typed on a protected cluster when something is lost: the one object's name; the
    /// context's name where None.
    fn name_to_type(&self) -> Option<Text> {
        match self.targets() {
            [one] => Some(one.name.clone()),
            _ => None,
        }
    }
}
