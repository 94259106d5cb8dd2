//! Argo CD: desired is what its last sync applied. What it left on the objects is held against what is
//! there, by its own rules of what counts; what it says of each object stands beside.

mod fields;
mod judge;
mod known;
mod own;
#[cfg(test)]
mod own_tests;
mod place;
mod rules;
mod set;
mod strict;
#[cfg(test)]
mod tests;
mod wanted;

use super::{Expected, Ground, Own, Source};
use crate::apps::Auto;
use crate::apps::argo::Compared;
use crate::drift::found::{Desired, ObjectDrift};
use crate::drift::judge::{Bench, Live};
use crate::drift::shape::Shape;
use crate::model::{Fault, FaultKind, Text};
use crate::relations::ObjectId;
use place::Place;
use rules::Rules;
use serde_json::Value;
pub(super) use set::Set;
use std::collections::HashMap;

/// Desired is what was applied last.
#[derive(Debug)]
pub(super) struct Argo {
    /// Which objects, or why that cannot be told.
    objects: Result<Vec<Expected>, Fault>,
    /// What the Application tells of itself.
    app: Compared,
    auto: Auto,
    rules: Rules,
    /// Its own comparison, where it was read.
    own: Option<own::Kept>,
    /// Why it was not, where it was asked for.
    shortfall: Text,
    /// What expressions in jq name, per object and expression.
    jq: HashMap<ObjectId, HashMap<Text, Result<Places, Text>>>,
}

/// What an expression names in the manifest and in what is there.
#[derive(Clone, Debug, Default)]
struct Places {
    wanted: Vec<Place>,
    live: Vec<Place>,
}

impl Argo {
    /// For the objects of an Application.
    pub(super) fn new(ground: Ground) -> Self {
        let answer = |at: usize| ground.answers.get(at).and_then(|one| one.as_ref().ok());
        let nothing = Value::Null;
        let app = answer(0).unwrap_or(&nothing);
        let (told, rules) = (Compared::of(app, answer(1)), Rules::of(app, answer(2)));
        let of = |told: crate::apps::page::Delivered| Expected {
            id: told.id.clone(),
            manifest: None,
            told: Some(told),
        };
        let fault =
            |why: &str| Fault::new(FaultKind::NotFound, format!("compare {}", ground.app.id), why);
        let objects = match ground.answers.first() {
            Some(Err(fault)) => Err(fault.clone()),
            None => Err(fault("its Application was not read")),
            Some(Ok(_)) if ground.delivered.is_empty() && told.at == 0 => {
                Err(fault("Argo CD has not compared it yet"))
            }
            Some(Ok(_)) => Ok(ground.delivered.into_iter().map(of).collect()),
        };
        let (own, shortfall) = match ground.own {
            Own::Unasked => (None, Text::new()),
            Own::Read(text) => (Some(own::Kept::new(text)), Text::new()),
            Own::Unread(why) => (None, why),
        };
        let (auto, jq) = (ground.app.auto, HashMap::new());
        Self { objects, app: told, auto, rules, own, shortfall, jq }
    }
}

impl Source for Argo {
    fn desired(&self) -> Desired {
        let app = &self.app;
        let (what, at, revision) = match self.own {
            Some(_) => ("what Argo CD compares with", app.at, &app.wanted),
            None => ("last applied", app.synced_at, &app.synced),
        };
        Desired { what: what.into(), at, revision: revision.clone() }
    }

    fn shortfall(&self) -> Text {
        self.shortfall.clone()
    }

    fn objects(&self) -> Result<Vec<Expected>, Fault> {
        self.objects.clone()
    }

    fn expressions(
        &self,
        expected: &Expected,
        live: &Value,
        bench: &Bench<'_>,
    ) -> Option<(Vec<Text>, Vec<Value>)> {
        self.expressions(&expected.id, live, bench)
    }

    fn evaluated(&mut self, id: &ObjectId, of: &[Text], answer: Result<Value, Fault>) {
        let read = |told: &Value| match told["fault"].as_str() {
            Some(why) => Err(Text::from(why)),
            None => serde_json::from_value::<(Vec<Place>, Vec<Place>)>(told["paths"].clone())
                .map(|(wanted, live)| Places { wanted, live })
                .map_err(|_| Text::from("jq named no places")),
        };
        let all = of.iter().enumerate().map(|(number, expression)| {
            let places = match &answer {
                Ok(told) => read(&told[number]),
                Err(fault) => Err(Text::from(fault.to_string())),
            };
            (expression.clone(), places)
        });
        let all = all.collect();
        self.jq.insert(id.clone(), all);
    }

    fn judge(
        &self,
        expected: &Expected,
        live: Live<'_>,
        _tried: Option<Result<&Value, &Fault>>,
        bench: &Bench<'_>,
    ) -> ObjectDrift {
        // Custom resources are merged by place there, whatever their definition says of their lists.
        let shape = Shape::of(&expected.id.group, &expected.id.kind);
        self.look(expected, live, &Bench { rules: bench.rules, shape: &shape })
    }
}
