//! What is read for the page, and for what changed between two revisions.

use crate::model::{Answer, ClusterId, Fault, FaultKind, Read, Text, Ticket};
use crate::ui::{Effect, Ui};
use crate::verbs::edit::diff::DiffLine;
use serde_json::Value;

/// Answers to questions, in their order.
#[derive(Debug)]
pub struct Answers(Vec<(Ticket, Option<Result<Value, Fault>>)>);

impl Answers {
    /// Asks.
    pub fn ask(
        reads: Vec<Read>,
        cluster: ClusterId,
        ui: &mut Ui,
        effects: &mut Vec<Effect>,
    ) -> Self {
        let ask = |read: Read| {
            let ticket = ui.ticket();
            effects.push(Effect::Read { ticket, cluster, read });
            (ticket, None)
        };
        Self(reads.into_iter().map(ask).collect())
    }

    /// Takes an answer; false when nobody here asked for it.
    pub fn take(&mut self, ticket: Ticket, answer: &Result<Answer, Fault>, what: &str) -> bool {
        let Some((_, place)) = self.0.iter_mut().find(|(own, _)| *own == ticket) else {
            return false;
        };
        *place = Some(match answer {
            Ok(Answer::Object(json)) => serde_json::from_str(json)
                .map_err(|why| Fault::new(FaultKind::Other, what, why.to_string())),
            Ok(Answer::Access(..)) => return false,
            Err(fault) => Err(fault.clone()),
        });
        true
    }

    /// Every answer is there.
    pub fn is_whole(&self) -> bool {
        self.0.iter().all(|(_, answer)| answer.is_some())
    }

    /// The answers.
    pub fn all(self) -> Vec<Result<Value, Fault>> {
        self.0.into_iter().filter_map(|(_, answer)| answer).collect()
    }
}

/// What is being read for the page.
#[derive(Debug)]
pub struct Reading {
    /// Version of the app that it is made from.
    pub version: u64,
    /// What came of it so far.
    pub answers: Answers,
}

/// What changed from one thing that was deployed to a later one.
#[derive(Debug)]
pub struct Comparison {
    /// The names of both in the history.
    pub between: (Text, Text),
    /// What is read for it; None once it is told.
    pub answers: Option<Answers>,
    /// What came of it; None before.
    pub told: Option<Result<Vec<DiffLine>, Fault>>,
}
