//! Drifted objects of the apps on screen, counted in the background where their engine does not count
//! them itself. One app at a time, reads only: nobody is asked to try anything. What was counted stays
//! until something of the app changes.

use super::apps_tape::AppsTape;
use super::pace::Pace;
use super::panes::Pane;
use super::panes::browse::What;
use super::{Effect, Ui};
use crate::apps::{self, App, Counted, Destination, Estate};
use crate::drift::{Confidence, Depth, Drift, Job, News, Only, Origin, Own, State};
use crate::model::{AppId, ClusterId, EngineId, FaultKind, Ticket};
use std::collections::HashMap;
use std::sync::Arc;

/// Shortest time between two apps, in milliseconds.
const REST: u64 = 100;
/// Shortest time between two counts of one app whose workloads keep changing, in seconds.
const AGAIN: i64 = 30;

/// What was counted, and what is being counted now.
#[derive(Debug, Default)]
pub(super) struct DriftCounts {
    running: Option<Running>,
    /// Version of the app and time of its last count.
    done: HashMap<(ClusterId, AppId), (u64, i64)>,
    pace: Pace,
    /// Where nothing was to be counted: cluster, lines on screen, and the second of it. They are not
    /// looked through again before one of these changes, or a count ends.
    idle: Option<(ClusterId, Vec<u32>, i64)>,
    /// What has changed from one count to the next.
    pub(super) tape: AppsTape,
}

#[derive(Debug)]
struct Running {
    ticket: Ticket,
    cluster: ClusterId,
    app: AppId,
    /// As it was when this began, and when that was: known once the count has ended.
    as_of: (u64, i64),
    found: Drift,
}

impl DriftCounts {
    /// A timer ran out; false when it was another one.
    pub(super) fn woke(&mut self, ticket: Ticket) -> bool {
        let own = self.pace.woke(ticket);
        if own {
            self.idle = None;
        }
        own
    }
}

/// Engines whose apps tell what was deployed, and whose page is made from its own reads.
fn is_counted(app: &App) -> bool {
    let engine = matches!(
        app.id.engine,
        EngineId::Helm | EngineId::HelmRelease | EngineId::Kustomization | EngineId::Kubectl
    );
    engine && app.drifted.is_none() && app.destination == Destination::Here
}

/// What the objects of an app are compared with, where nothing of it was read yet; None where we know no
/// engine of it.
pub(super) fn origin(app: &App, estate: &Estate, now: i64) -> Option<Origin> {
    let engine = apps::engine(app.id.engine)?;
    let reads = engine.page_reads(app, estate);
    if !reads.is_empty() {
        return Some(Origin::Unread(Box::new(app.clone()), reads));
    }
    // Its workloads tell everything there is.
    let delivered = engine.page(app, estate, &[], now).objects;
    let (app, answers, own) = (app.clone(), Vec::new(), Own::Unasked);
    let ground = crate::drift::Ground { app, answers, delivered, own };
    Some(Origin::App(Box::new(ground)))
}

impl Ui {
    /// Begins to count the next app on screen that was not counted as it is now.
    pub(super) fn count_drift(&mut self, effects: &mut Vec<Effect>) {
        let Some((cluster, lines)) = self.listed_apps() else {
            // Who looks at something else wants nothing counted.
            self.drift_counts.idle = None;
            if let Some(running) = self.drift_counts.running.take() {
                effects.push(Effect::Uncompare(running.ticket));
            }
            return;
        };
        let here = Some((cluster, lines, self.now));
        if self.drift_counts.running.is_some() || self.drift_counts.idle == here {
            return;
        }
        let Some(wanted) = self.uncounted() else {
            let complete = self.estates.get(&cluster).is_some_and(|book| book.complete);
            self.drift_counts.idle = here.filter(|_| complete);
            return;
        };
        let mut pace = std::mem::take(&mut self.drift_counts.pace);
        let may = pace.begin(REST, false, self, effects);
        self.drift_counts.pace = pace;
        if !may {
            return;
        }
        let ticket = self.ticket();
        let now = self.now;
        let Some(book) = self.estates.get_mut(&cluster) else { return };
        let Some(app) = book.estate.app(&wanted).cloned() else { return };
        let version = book.estate.drift_version(&wanted);
        let Some(origin) = origin(&app, &book.estate, now) else { return };
        let before = Some(self.drift_counts.tape.begin(cluster, &wanted));
        let job = Job {
            cluster,
            catalogue: book.estate.catalogue().clone(),
            origin,
            only: Only::All,
            depth: Depth::Reads,
            rules: Arc::clone(&self.config.drift_rules),
            before,
        };
        if app.counted.is_none() {
            book.estate.count(&wanted, Counted::Pending);
        }
        let found = Drift::new(wanted.name.clone(), wanted.engine);
        let as_of = (version, now);
        self.drift_counts.running = Some(Running { ticket, cluster, app: wanted, as_of, found });
        effects.push(Effect::Compare { ticket, job: Box::new(job) });
    }

    /// Takes in what was found; false where nothing is counted under this ticket.
    pub(super) fn counted(&mut self, ticket: Ticket, news: &mut Vec<News>) -> bool {
        let Some(mut running) = self.drift_counts.running.take_if(|one| one.ticket == ticket)
        else {
            return false;
        };
        let mut over = false;
        let (now, tape) = (self.now, &mut self.drift_counts.tape);
        let told = tape.changes(running.cluster);
        for one in news.drain(..) {
            match one {
                News::Seen(sight) => tape.seen(*sight, now),
                News::Object(object) => {
                    tape.judged(&object, now);
                    running.found.objects.push(*object);
                }
                News::Fault(fault) => running.found.fault = Some(fault),
                News::Objects(desired, ids) => {
                    tape.objects(&ids);
                    running.found.desired = Some(desired);
                }
                // The next count may find another revision.
                News::Known(_) => {}
                // Nothing more exact was asked for.
                News::Shortfall(_) => {}
                News::Over => over = true,
            }
        }
        self.dirty |= tape.changes(running.cluster) != told;
        if !over {
            self.drift_counts.running = Some(running);
            return true;
        }
        self.drift_counts.idle = None;
        self.drift_counts.done.insert((running.cluster, running.app.clone()), running.as_of);
        if let Some(book) = self.estates.get_mut(&running.cluster) {
            book.estate.count(&running.app, outcome(&running.found));
        }
        true
    }

    /// Something on screen is still being counted, or has to be.
    pub fn is_counting_drift(&self) -> bool {
        self.drift_counts.running.is_some() || self.uncounted().is_some()
    }

    /// The cluster whose apps are listed on screen, and the slots of those lines.
    fn listed_apps(&self) -> Option<(ClusterId, Vec<u32>)> {
        let Some(Pane::Browse(browse)) = self.panes.last() else { return None };
        let What::Apps(list) = &browse.what else { return None };
        let lines = usize::from(self.size.1);
        let slots = browse.order().iter().skip(browse.top).take(lines);
        Some((list.cluster, slots.copied().collect()))
    }

    /// The first app on screen that has to be counted; None while the apps are not known, or none has.
    fn uncounted(&self) -> Option<AppId> {
        let (cluster, slots) = self.listed_apps()?;
        let book = self.estates.get(&cluster).filter(|book| book.complete)?;
        let due = |id: &AppId| match self.drift_counts.done.get(&(cluster, id.clone())) {
            None => true,
            Some((version, at)) => {
                self.now - at >= AGAIN && *version != book.estate.drift_version(id)
            }
        };
        slots
            .into_iter()
            .filter_map(|slot| AppId::of_key(&book.estate.table().row(slot)?.key))
            .filter(|id| book.estate.app(id).is_some_and(is_counted))
            .find(due)
    }
}

/// What a finished comparison comes to in one cell.
fn outcome(found: &Drift) -> Counted {
    let denied = |kind: FaultKind| kind == FaultKind::Forbidden;
    if let Some(fault) = &found.fault {
        return if denied(fault.kind) { Counted::Denied } else { Counted::Nothing };
    }
    let tally = found.tally();
    let refused = |one: &crate::drift::ObjectDrift| matches!(&one.state, State::Unknown(fault) if denied(fault.kind));
    let judged = tally.objects - tally.unknown - tally.incomparable - tally.pending;
    if judged == 0 {
        return match found.objects.iter().any(refused) {
            true => Counted::Denied,
            false => Counted::Nothing,
        };
    }
    let drifted = u32::try_from(tally.drifted).unwrap_or(u32::MAX);
    match found.confidence() {
        Some(Confidence::Exact) if tally.unknown == 0 => Counted::Exactly(drifted),
        _ => Counted::About(drifted),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::drift::ObjectDrift;
    use crate::model::Fault;
    use crate::relations::ObjectId;

    fn drift(states: Vec<State>) -> Drift {
        let id = ObjectId {
            group: "".into(),
            kind: "ConfigMap".into(),
            namespace: "shop".into(),
            name: "settings".into(),
        };
        let object = |state| ObjectDrift {
            confidence: Confidence::LastApplied,
            ..ObjectDrift::new(id.clone(), state)
        };
        let objects = states.into_iter().map(object).collect();
        Drift { objects, ..Drift::new("shop".into(), EngineId::Kubectl) }
    }

    #[test]
    fn a_cell_says_what_is_known_and_how_well() {
        let forbidden = Fault::new(FaultKind::Forbidden, "get", "no");
        let denied = State::Unknown(forbidden.clone());
        let nothing = State::Incomparable("no manifest".into());
        let word = |states| outcome(&drift(states)).word();
        assert_eq!(word(vec![State::Same, State::Changed, State::Missing]), "~2");
        assert_eq!(word(vec![State::Same, nothing.clone()]), "0");
        assert_eq!(word(vec![nothing.clone(), denied.clone()]), "deny");
        assert_eq!(word(vec![nothing]), "n/a");
        assert_eq!(word(Vec::new()), "n/a");
        let unread = Drift { fault: Some(forbidden), ..drift(Vec::new()) };
        assert_eq!(outcome(&unread).word(), "deny");
    }
}
