//! From what a person points at to comparisons: what has to be read for that, some of it at a time.

use crate::apps::Destination;
use crate::drift::noise::Rules;
use crate::drift::{Around, Depth, Piece, Subject, Survey};
use crate::model::{Answer, Catalogue, ClusterId, Fault, FaultKind, Read, Ticket};
use crate::ui::{Effect, Ui};
use serde_json::Value;
use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

/// Reads under way at the same time.
const AT_ONCE: usize = 8;

/// All subjects on their way.
#[derive(Debug, Default)]
pub struct Asking {
    surveys: Vec<Survey>,
    waiting: VecDeque<(usize, u32, Read)>,
    asked: BTreeMap<Ticket, (usize, u32)>,
}

/// Runs something that looks at the apps of a cluster and at what is around them. None while they are
/// not known.
fn around<T>(ui: &Ui, cluster: ClusterId, what: impl FnOnce(Around<'_>) -> T) -> Option<T> {
    let estate = &ui.estates.get(&cluster)?.estate;
    let elsewhere = |to: &Destination| elsewhere(ui, cluster, to);
    Some(what(Around { estate, elsewhere: &elsewhere, now: ui.now }))
}

/// The cluster of this session that a destination is, with its kinds.
fn elsewhere(
    ui: &Ui,
    cluster: ClusterId,
    destination: &Destination,
) -> Option<(ClusterId, Catalogue)> {
    let here = ui.clusters.get(&cluster)?;
    if destination.is_at(&here.info.context.server) {
        return Some((cluster, here.catalogue.clone()));
    }
    let context = destination.context("", &ui.contexts);
    if context.is_empty() {
        return None;
    }
    let there = ui.clusters.values().find(|on| on.context == context && on.discovered)?;
    Some((there.id, there.catalogue.clone()))
}

impl Asking {
    /// Begins with these subjects. None while the apps of the cluster are not known.
    pub fn begin(
        ui: &Ui,
        cluster: ClusterId,
        subjects: &[Subject],
        depth: Depth,
        rules: &Arc<Rules>,
    ) -> Option<Self> {
        let surveys = around(ui, cluster, |around| {
            let survey = |subject| Survey::new(subject, depth, Arc::clone(rules), around);
            subjects.iter().map(survey).collect()
        })?;
        let mut asking = Self { surveys, ..Self::default() };
        asking.collect();
        Some(asking)
    }

    fn collect(&mut self) {
        for (at, survey) in self.surveys.iter_mut().enumerate() {
            let reads = survey.reads().into_iter();
            self.waiting.extend(reads.map(|(number, read)| (at, number, read)));
        }
    }

    /// Asks what can be asked now.
    pub fn go_on(&mut self, ui: &mut Ui, cluster: ClusterId, effects: &mut Vec<Effect>) {
        while self.asked.len() < AT_ONCE
            && let Some((at, number, read)) = self.waiting.pop_front()
        {
            let ticket = ui.ticket();
            self.asked.insert(ticket, (at, number));
            effects.push(Effect::Read { ticket, cluster, read });
        }
    }

    /// Takes in an answer; false when it is not its own.
    pub fn answer(
        &mut self,
        ui: &Ui,
        cluster: ClusterId,
        ticket: Ticket,
        answer: &Result<Answer, Fault>,
    ) -> bool {
        let Some((at, number)) = self.asked.remove(&ticket) else { return false };
        let told: Result<Value, Fault> = match answer {
            Ok(Answer::Object(json)) => serde_json::from_str(json).map_err(|why| {
                Fault::new(FaultKind::Invalid, "read what was deployed", why.to_string())
            }),
            Ok(Answer::Access(..)) => {
                Err(Fault::new(FaultKind::Other, "read what was deployed", "no object came"))
            }
            Err(fault) => Err(fault.clone()),
        };
        if let Some(survey) = self.surveys.get_mut(at) {
            around(ui, cluster, |around| survey.answer(number, told, around));
        }
        self.collect();
        true
    }

    /// What was found to compare since this was asked last.
    pub fn pieces(&mut self) -> Vec<Piece> {
        self.surveys.iter_mut().flat_map(Survey::pieces).collect()
    }

    /// Whether nothing more comes.
    pub fn is_over(&self) -> bool {
        self.waiting.is_empty() && self.asked.is_empty()
    }
}
