//! The copy of the manifest that client-side apply leaves on an object.

use super::{Expected, Ground, Source};
use crate::drift::compare::Against;
use crate::drift::found::{Change, Confidence, Desired, Fate, ObjectDrift, State, Writer};
use crate::drift::judge::{Bench, Live, judged, seen};
use crate::model::{Fault, FaultKind, Text};
use crate::relations::ObjectId;
use serde_json::Value;

/// `kubectl apply`, and whoever does as it does.
pub(super) const LAST_APPLIED: &str = "kubectl.kubernetes.io/last-applied-configuration";

/// Desired is what was applied last.
#[derive(Debug)]
pub(super) struct LastApplied {
    objects: Vec<Expected>,
    revision: Text,
}

impl LastApplied {
    /// For the objects of an app.
    pub fn of_app(ground: Ground) -> Self {
        let of = |told: crate::apps::page::Delivered| Expected {
            id: told.id.clone(),
            manifest: None,
            told: Some(told),
        };
        Self {
            objects: ground.delivered.into_iter().map(of).collect(),
            revision: ground.app.revision,
        }
    }

    /// For objects without an app.
    pub fn of_objects(objects: Vec<ObjectId>) -> Self {
        let of = |id| Expected { id, manifest: None, told: None };
        Self { objects: objects.into_iter().map(of).collect(), revision: Text::new() }
    }
}

impl Source for LastApplied {
    fn desired(&self) -> Desired {
        Desired { what: "last applied".into(), at: 0, revision: self.revision.clone() }
    }

    fn objects(&self) -> Result<Vec<Expected>, Fault> {
        Ok(self.objects.clone())
    }

    fn judge(
        &self,
        expected: &Expected,
        live: Live<'_>,
        _tried: Option<Result<&Value, &Fault>>,
        bench: &Bench<'_>,
    ) -> ObjectDrift {
        let id = &expected.id;
        let live = match live {
            Live::There(live) => live,
            Live::Gone => return ObjectDrift::new(id.clone(), State::Missing),
            Live::Unread(fault) => {
                return ObjectDrift::new(id.clone(), State::Unknown(fault.clone()));
            }
        };
        let copy = live.pointer("/metadata/annotations").and_then(|all| all.get(LAST_APPLIED));
        let Some(copy) = copy.and_then(Value::as_str) else {
            let mut found = seen(id, live);
            found.state = State::Incomparable("nothing on it tells what was applied".into());
            return found;
        };
        let desired: Value = match serde_json::from_str(copy) {
            Ok(desired) => desired,
            Err(error) => {
                let why = format!("its copy of what was applied cannot be read: {error}");
                let fault = Fault::new(FaultKind::Invalid, format!("compare {id}"), why);
                let mut found = seen(id, live);
                found.state = State::Unknown(fault);
                return found;
            }
        };
        let against = Against::Manifest { desired: &desired, base: None };
        let fate =
            |_: &Change, _: Option<&Writer>| Fate::UndoneNext("the next apply undoes it".into());
        judged(id, live, (against, Confidence::LastApplied), &fate, bench)
    }
}
