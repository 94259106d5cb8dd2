//! How the objects on the page of an app differ from what was deployed: compared behind it once everything
//! of it is there, and again when something changed. Reads only: nobody is asked to try anything.

use super::{AppPane, Whereabouts};
use crate::drift::{Confidence, Depth, Job, News, ObjectDrift, Only, State};
use crate::model::{FaultKind, Ticket, Tone};
use crate::relations::ObjectId;
use crate::ui::{Effect, Ui, drift_counts};
use std::collections::HashMap;
use std::sync::Arc;

/// Shortest time between two comparisons of an app that keeps changing, in seconds.
const AGAIN: i64 = 10;

/// What DRIFT says of the objects of the page.
#[derive(Debug, Default)]
pub(super) struct Marks {
    known: HashMap<ObjectId, (String, Tone)>,
    running: Option<Ticket>,
    /// When the last comparison began, Unix seconds; None before the first.
    began: Option<i64>,
    /// Something changed since.
    stale: bool,
}

impl Marks {
    /// Something of the app or of its objects is not as it was.
    pub fn forget(&mut self) {
        self.stale = true;
    }

    /// What to say of an object.
    pub fn of(&self, id: &ObjectId) -> (String, Tone) {
        let unknown = if self.running.is_some() { "…" } else { "-" };
        self.known.get(id).cloned().unwrap_or_else(|| (unknown.to_owned(), Tone::Dim))
    }

    /// The first comparison is not over.
    pub fn is_pending(&self) -> bool {
        self.running.is_some() && self.known.is_empty()
    }

    /// When the next one may begin, Unix seconds; None where nothing changed.
    pub fn next_due(&self) -> Option<i64> {
        self.began.filter(|_| self.stale && self.running.is_none()).map(|began| began + AGAIN)
    }

    /// Nobody looks at it any more.
    pub fn leave(&mut self, effects: &mut Vec<Effect>) {
        effects.extend(self.running.take().map(Effect::Uncompare));
    }

    /// Takes in what was found; false where this was not asked by it.
    pub fn take(&mut self, ticket: Ticket, news: &mut Vec<News>) -> bool {
        if self.running != Some(ticket) {
            return false;
        }
        for one in news.drain(..) {
            match one {
                News::Object(object) => {
                    let mark = mark(&object);
                    self.known.insert(object.id, mark);
                }
                // What is not among them any more has no mark.
                News::Objects(_, ids) => {
                    let ids: std::collections::HashSet<ObjectId> = ids.into_iter().collect();
                    self.known.retain(|id, _| ids.contains(id));
                }
                News::Fault(_) => self.known.clear(),
                // Neither Argo CD's own comparison nor what changed meanwhile is asked for here.
                News::Shortfall(_) | News::Known(_) | News::Seen(_) => {}
                News::Over => self.running = None,
            }
        }
        true
    }
}

impl AppPane {
    /// Compares when everything of the page is there and something changed.
    pub(super) fn compare_objects(&mut self, ui: &mut Ui, effects: &mut Vec<Effect>) {
        let early = self.marks.next_due().is_some_and(|due| ui.now < due);
        let idle = !self.marks.stale || self.marks.running.is_some();
        // Objects elsewhere are compared by the pane of drift, which asks their cluster first.
        if early || idle || !self.complete || self.gone || self.whereabouts != Whereabouts::Here {
            return;
        }
        let (Some(app), Some(book)) = (&self.app, ui.estates.get(&self.cluster)) else { return };
        let Some(origin) = drift_counts::origin(app, &book.estate, ui.now) else { return };
        let job = Job {
            cluster: self.cluster,
            catalogue: book.estate.catalogue().clone(),
            origin,
            only: Only::All,
            depth: Depth::Reads,
            rules: Arc::clone(&ui.config.drift_rules),
            before: None,
        };
        let ticket = ui.ticket();
        self.marks.running = Some(ticket);
        self.marks.began = Some(ui.now);
        self.marks.stale = false;
        ui.dirty = true;
        effects.push(Effect::Compare { ticket, job: Box::new(job) });
    }
}

/// What one object comes to in its cell: how many of its fields differ, `~` where that is not certain.
fn mark(object: &ObjectDrift) -> (String, Tone) {
    let sign = match object.confidence {
        Confidence::Exact | Confidence::LastApplied => "",
        Confidence::Approximate | Confidence::Ownership => "~",
    };
    let (word, tone) = match &object.state {
        State::Same | State::Behind => (format!("{sign}0"), Tone::Dim),
        State::Changed => (format!("{sign}{}", object.drifted().count()), Tone::Warn),
        State::Missing => ("gone".to_owned(), Tone::Bad),
        State::Extra => ("extra".to_owned(), Tone::Warn),
        State::Recreated => ("new".to_owned(), Tone::Warn),
        State::Pending => ("…".to_owned(), Tone::Dim),
        State::Terminating => ("-".to_owned(), Tone::Dim),
        State::Unknown(fault) if fault.kind == FaultKind::Forbidden => {
            ("deny".to_owned(), Tone::Warn)
        }
        State::Unknown(_) => ("?".to_owned(), Tone::Warn),
        State::Incomparable(_) => ("n/a".to_owned(), Tone::Dim),
    };
    (word, tone)
}
