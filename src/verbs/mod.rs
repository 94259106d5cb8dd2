//! Floor 3: what a person can do to objects. Each verb is a [`Draft`]: a plan in the making, with what
//! can still be changed about it. Pure: it says what it must read first, and judges what came.

pub mod act;
pub mod batch;
pub mod copy;
pub mod debug;
pub mod delete;
pub mod drain;
pub mod edit;
pub mod evict;
pub mod expand;
pub mod finalizers;
pub mod forward;
pub mod image;
pub mod labels;
pub(crate) mod manager;
pub mod node;
pub mod pause;
pub mod program;
pub mod restart;
pub mod scale;
pub mod shell;

use crate::model::{
    ClusterId, Fault, FaultKind, Following, Handshake, ObjRef, Plan, PlanId, Program, Read,
    RolloutAsk, StreamSpec, Text,
};
use std::fmt;

/// What can be changed about a plan before it runs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Choice {
    /// Its name for [`Draft::set`]; `propagation`, `grace` and `force` have keys of their own.
    pub id: String,
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
    pub fn toggle(id: impl Into<String>, label: impl Into<String>, on: bool) -> Self {
        Self { id: id.into(), label: label.into(), value: Value::Toggle(on), error: String::new() }
    }

    /// One of several.
    pub fn one_of(
        id: impl Into<String>,
        label: impl Into<String>,
        at: usize,
        of: Vec<String>,
    ) -> Self {
        Self {
            id: id.into(),
            label: label.into(),
            value: Value::OneOf { at, of },
            error: String::new(),
        }
    }

    /// Something typed.
    pub fn typed(id: impl Into<String>, label: impl Into<String>, text: impl Into<String>) -> Self {
        let value = Value::Typed(text.into());
        Self { id: id.into(), label: label.into(), value, error: String::new() }
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

/// Local ports, at the local address before them.
pub type LocalPorts = (String, Vec<u16>);

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

    /// Whether the server is asked what it would do before the plan can be run.
    fn rehearsed_first(&self) -> bool {
        false
    }

    /// What is changed, line by line, to look through before it is run.
    fn exhibit(&self) -> &[edit::diff::DiffLine] {
        &[]
    }

    /// What is opened with the plan's requests that reach into a container: a shell, a forward, a
    /// copy. Its other requests are sent first and followed to a good end; those that are for
    /// afterwards are sent when it has ended.
    fn stream(&self) -> Option<StreamSpec> {
        None
    }

    /// Local ports that must be free, and where.
    fn local_ports(&self) -> Option<LocalPorts> {
        None
    }

    /// A program of the person's that is run in place of sending requests.
    fn program(&self) -> Option<Program> {
        None
    }

    /// The id of the choice that has the focus at first: `container`. Empty for the button; None for
    /// the first choice that is typed, if there is one.
    fn begins_on(&self) -> Option<&'static str> {
        None
    }

    /// Much happens at once, although nothing is lost: the focus is on Cancel at first.
    fn begins_on_cancel(&self) -> bool {
        false
    }

    /// Nothing is left to choose, and it can be undone by leaving: it runs without a look at it first
    /// where the context is not protected.
    fn at_once(&self) -> bool {
        false
    }

    /// What is worth remembering once it runs: which history, and the line.
    fn remembers(&self) -> Option<(&'static str, String)> {
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

/// The cluster of all targets.
///
/// # Errors
/// There are none, or they live on different clusters.
pub(crate) fn single(targets: &[ObjRef], what: &str) -> Result<ClusterId, Fault> {
    let Some(first) = targets.first() else {
        return Err(Fault::new(FaultKind::Input, what, "nothing is selected"));
    };
    if targets.iter().any(|target| target.cluster != first.cluster) {
        let why = "the objects live on different clusters";
        return Err(
            Fault::new(FaultKind::Refused, what, why).hint("do it on one cluster at a time")
        );
    }
    Ok(first.cluster)
}

/// `Scale Deployment/api`, `Scale 3 Deployment objects`.
pub(crate) fn titled(verb: &str, targets: &[ObjRef]) -> String {
    match targets {
        [one] => format!("{verb} {one}"),
        many => format!("{verb} {} {} objects", many.len(), many.first().map_or("", |o| &o.kind)),
    }
}

/// Reads a whole object.
pub(crate) fn get(object: &ObjRef) -> Read {
    Read {
        what: format!("get {object}"),
        path: object.gvr.object_path(&object.namespace, &object.name),
    }
}

/// An answer as JSON; null where it is none.
pub(crate) fn parsed(json: &str) -> serde_json::Value {
    serde_json::from_str(json).unwrap_or_default()
}

/// Workloads whose roll-out can be told from their status are followed until it is over.
pub(crate) fn rollout_of(target: &ObjRef) -> Following {
    match (target.gvr.group.as_str(), target.gvr.plural.as_str()) {
        ("apps", "deployments" | "statefulsets" | "daemonsets") => Following::RolledOut,
        // A canary may stand at a pause for days: that is where a change has come to.
        ("argoproj.io", "rollouts") => Following::Handshake(Handshake::ArgoRollout {
            ask: RolloutAsk::Change,
            before: Text::default(),
        }),
        _ => Following::Answer,
    }
}

/// A suffix for names of objects made now: `k3x9a0`, different each second.
pub(crate) fn suffix(now: i64) -> String {
    const DIGITS: &[u8] = b"0123456789abcdefghijklmnopqrstuvwxyz";
    let mut rest = u64::try_from(now).unwrap_or(0);
    let mut text = Vec::new();
    while rest > 0 {
        text.push(char::from(DIGITS[usize::try_from(rest % 36).unwrap_or(0)]));
        rest /= 36;
    }
    text.iter().rev().collect()
}

/// A name with a suffix, as long as names of objects may be whose pods carry it as a label.
pub(crate) fn named(base: &str, suffix: &str) -> String {
    let room = 62usize.saturating_sub(suffix.len());
    let mut end = base.len().min(room);
    while !base.is_char_boundary(end) {
        end -= 1;
    }
    format!("{}-{suffix}", base[..end].trim_end_matches(['-', '.']))
}

#[cfg(test)]
pub(crate) mod testing {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::model::Gvr;

    /// An object in namespace `shop`.
    pub fn object(group: &str, plural: &str, kind: &str, name: &str) -> ObjRef {
        ObjRef {
            cluster: ClusterId(0),
            gvr: Gvr::new(group, "v1", plural),
            kind: kind.into(),
            namespace: "shop".into(),
            name: name.into(),
            uid: "u-1".into(),
        }
    }

    /// The plan of a draft as it stands.
    pub fn plan_of(draft: &dyn Draft) -> Result<Plan, Fault> {
        draft.plan(PlanId(1), &"dev".into())
    }

    /// The body of a request, parsed.
    pub fn body(plan: &Plan, number: usize) -> serde_json::Value {
        serde_json::from_str(&plan.requests[number].body).unwrap()
    }
}
