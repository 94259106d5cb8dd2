//! An ApplicationSet: its objects are the Applications that it makes.

use super::super::{Expected, Ground, Source};
use crate::drift::found::{Desired, ObjectDrift, State};
use crate::drift::judge::{Bench, Live, seen};
use crate::model::{Fault, Text};
use serde_json::Value;

/// Applications, compared with nothing: what a template gave is kept nowhere.
#[derive(Debug)]
pub(in super::super) struct Set {
    objects: Result<Vec<Expected>, Fault>,
}

impl Set {
    /// For the Applications of an ApplicationSet.
    pub(in super::super) fn new(ground: Ground) -> Self {
        let of = |told: crate::apps::page::Delivered| Expected {
            id: told.id.clone(),
            manifest: None,
            told: Some(told),
        };
        let objects = match ground.answers.first() {
            Some(Err(fault)) => Err(fault.clone()),
            _ => Ok(ground.delivered.into_iter().map(of).collect()),
        };
        Self { objects }
    }
}

impl Source for Set {
    fn desired(&self) -> Desired {
        Desired { what: "its template".into(), at: 0, revision: Text::new() }
    }

    fn objects(&self) -> Result<Vec<Expected>, Fault> {
        self.objects.clone()
    }

    fn judge(
        &self,
        expected: &Expected,
        live: Live<'_>,
        _tried: Option<Result<&Value, &Fault>>,
        _bench: &Bench<'_>,
    ) -> ObjectDrift {
        let id = &expected.id;
        match live {
            Live::Gone => ObjectDrift::new(id.clone(), State::Missing),
            Live::Unread(fault) => ObjectDrift::new(id.clone(), State::Unknown(fault.clone())),
            Live::There(live) => {
                let mut found = seen(id, live);
                if found.state == State::Same {
                    let why = "what the ApplicationSet's template gave is not kept on the cluster";
                    found.state = State::Incomparable(why.into());
                }
                found
            }
        }
    }
}
