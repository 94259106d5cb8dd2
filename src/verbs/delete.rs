//! Deleting objects, with propagation, grace period and force.

use super::{Choice, Draft, Value};
use crate::model::{Fault, ObjRef, Plan, PlanId, Propagation, Text};

/// Grace periods that one key goes through.
const GRACES: [Option<u32>; 4] = [None, Some(30), Some(1), Some(0)];
const PROPAGATIONS: [Propagation; 3] =
    [Propagation::Background, Propagation::Foreground, Propagation::Orphan];

/// A deletion in the making.
#[derive(Clone, Debug)]
pub struct Delete {
    targets: Vec<ObjRef>,
    propagation: Propagation,
    /// Seconds; None leaves it to the object.
    grace: Option<u32>,
}

impl Delete {
    /// A deletion of `targets`, as kubectl would do it.
    pub fn new(targets: Vec<ObjRef>) -> Self {
        Self { targets, propagation: Propagation::default(), grace: None }
    }

    /// The same with another grace period, in seconds.
    #[must_use]
    pub fn grace(mut self, seconds: u32) -> Self {
        self.grace = Some(seconds);
        self
    }
}

impl Draft for Delete {
    fn title(&self) -> String {
        match self.targets.as_slice() {
            [one] => format!("Delete {one}"),
            many => {
                format!("Delete {} {} objects", many.len(), many.first().map_or("", |o| &o.kind))
            }
        }
    }

    fn button(&self) -> String {
        "Delete".into()
    }

    fn targets(&self) -> &[ObjRef] {
        &self.targets
    }

    fn choices(&self) -> Vec<Choice> {
        let grace = |grace: &Option<u32>| match grace {
            None => "as the object says".to_owned(),
            Some(0) => "none (forced)".to_owned(),
            Some(seconds) => format!("{seconds} s"),
        };
        let at = PROPAGATIONS.iter().position(|p| *p == self.propagation).unwrap_or(0);
        let names = PROPAGATIONS.iter().map(|p| p.as_str().to_owned()).collect();
        let grace_at = GRACES.iter().position(|g| *g == self.grace).unwrap_or(0);
        vec![
            Choice::one_of("propagation", "propagation", at, names),
            Choice::one_of("grace", "grace period", grace_at, GRACES.iter().map(grace).collect()),
            Choice::toggle("force", "force", self.grace == Some(0)),
        ]
    }

    fn set(&mut self, id: &str, value: Value) {
        match (id, value) {
            ("propagation", Value::OneOf { at, .. }) => {
                self.propagation = PROPAGATIONS.get(at).copied().unwrap_or_default();
            }
            ("grace", Value::OneOf { at, .. }) => {
                self.grace = GRACES.get(at).copied().flatten();
            }
            ("force", Value::Toggle(on)) => self.grace = on.then_some(0),
            _ => {}
        }
    }

    fn plan(&self, id: PlanId, context: &Text) -> Result<Plan, Fault> {
        Plan::delete(id, context.clone(), &self.targets, self.propagation, self.grace)
    }
}
