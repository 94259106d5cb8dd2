//! What a plan opens once its requests have come to a good end, and what is sent when that has ended:
//! a debug container is attached to when it runs, the pod of a shell on a node is deleted after it.

use super::{Effect, Ui};
use crate::model::{FaultKind, FollowState, Plan, PlanId, StreamEvent, StreamId, StreamSpec, Tone};

/// A plan that was sent, and what comes next.
#[derive(Debug)]
pub(super) struct Sequel {
    /// The plan that is followed first.
    first: PlanId,
    /// What is opened when it has come to a good end.
    spec: StreamSpec,
    /// With these requests.
    opens: Plan,
    /// What is sent when that has ended; without requests where nothing is.
    after: Plan,
}

impl Ui {
    /// Sends a plan's first requests, and opens the rest when they have come to a good end.
    pub(super) fn run_then_open(
        &mut self,
        plan: Plan,
        spec: StreamSpec,
        effects: &mut Vec<Effect>,
    ) {
        let parts = plan.parts();
        let sequel =
            Sequel { first: parts.before.id, spec, opens: parts.opens, after: parts.after };
        if parts.before.requests.is_empty() {
            return self.open_sequel(sequel, effects);
        }
        // A rehearsal opens nothing.
        if !parts.before.dry_run {
            self.sequels.push(sequel);
        }
        self.actions.start(parts.before.clone(), self.now);
        effects.push(Effect::Run(parts.before));
    }

    /// A plan went on: what waits for it may be opened, or is given up.
    pub(super) fn go_on(&mut self, plan: PlanId, effects: &mut Vec<Effect>) {
        let Some(at) = self.sequels.iter().position(|sequel| sequel.first == plan) else { return };
        let Some(action) = self.actions.all().iter().find(|action| action.plan.id == plan) else {
            return;
        };
        if action.ended.is_none() {
            return;
        }
        let good = action.states.iter().all(|state| matches!(state, FollowState::Done(_)));
        let happened = action.states.iter().any(may_have_happened);
        if good {
            // Keys typed into something else must not land in a shell.
            if self.overlay.is_none() && self.prompt.is_none() {
                let sequel = self.sequels.remove(at);
                self.open_sequel(sequel, effects);
            }
            return;
        }
        let sequel = self.sequels.remove(at);
        if happened {
            self.run_after(sequel.after, effects);
        }
    }

    /// What could not be opened while something lay over the pane.
    pub(super) fn open_waiting_sequels(&mut self, effects: &mut Vec<Effect>) {
        if self.overlay.is_some() || self.prompt.is_some() || self.sequels.is_empty() {
            return;
        }
        let plans: Vec<PlanId> = self.sequels.iter().map(|sequel| sequel.first).collect();
        for plan in plans {
            self.go_on(plan, effects);
        }
    }

    /// Nobody waits for it any more: nothing is opened, and what it made is cleared away. False where
    /// nothing waited.
    pub(super) fn give_up(&mut self, plan: PlanId, effects: &mut Vec<Effect>) -> bool {
        let Some(at) = self.sequels.iter().position(|sequel| sequel.first == plan) else {
            return false;
        };
        let sequel = self.sequels.remove(at);
        self.run_after(sequel.after, effects);
        true
    }

    fn open_sequel(&mut self, sequel: Sequel, effects: &mut Vec<Effect>) {
        let Sequel { spec, opens, after, .. } = sequel;
        let before = effects.len();
        self.open_planned(spec, opens, effects);
        let opened = effects[before..].iter().rev().find_map(|effect| match effect {
            Effect::Open { stream, .. } => Some(*stream),
            _ => None,
        });
        match opened {
            Some(stream) if !after.requests.is_empty() => {
                self.endings.insert(stream, after);
            }
            Some(_) => {}
            None => self.run_after(after, effects),
        }
    }

    fn run_after(&mut self, after: Plan, effects: &mut Vec<Effect>) {
        if after.requests.is_empty() {
            return;
        }
        let after = Plan { id: self.plan_id(), ..after };
        self.actions.start(after.clone(), self.now);
        effects.push(Effect::Run(after));
        self.dirty = true;
    }

    /// A stream told something: after its last word comes what was planned for then.
    pub(super) fn notice_end(
        &mut self,
        stream: StreamId,
        event: &StreamEvent,
        effects: &mut Vec<Effect>,
    ) {
        if event.is_last()
            && let Some(after) = self.endings.remove(&stream)
        {
            self.run_after(after, effects);
        }
    }

    /// Streams that are closed by us end without a word.
    pub(super) fn notice_closing(&mut self, effects: &mut Vec<Effect>) {
        if self.endings.is_empty() {
            return;
        }
        let closed: Vec<StreamId> = effects
            .iter()
            .filter_map(|effect| match effect {
                Effect::Close(stream) => Some(*stream),
                _ => None,
            })
            .collect();
        for stream in closed {
            if let Some(after) = self.endings.remove(&stream) {
                self.run_after(after, effects);
            }
        }
    }

    /// Whether leaving the program leaves something behind that is still to be cleared away.
    pub(super) fn leaves_something(&self) -> bool {
        !self.endings.is_empty() || self.sequels.iter().any(|one| !one.after.requests.is_empty())
    }

    /// Clears away what would be left behind. The program ends when that is done.
    pub(super) fn clear_away(&mut self, effects: &mut Vec<Effect>) {
        let first = effects.len();
        for (stream, after) in std::mem::take(&mut self.endings) {
            effects.push(Effect::Close(stream));
            self.run_after(after, effects);
        }
        for sequel in std::mem::take(&mut self.sequels) {
            self.run_after(sequel.after, effects);
        }
        let plans = effects[first..].iter().filter_map(|effect| match effect {
            Effect::Run(plan) => Some(plan.id),
            _ => None,
        });
        self.leaving = plans.collect();
        self.say(
            Tone::Plain,
            "clearing away what was made for a shell; quit again to leave at once",
        );
    }

    /// Leaves once everything is cleared away that was to be.
    pub(super) fn leave_when_clear(&mut self, effects: &mut Vec<Effect>) {
        if self.leaving.is_empty() {
            return;
        }
        let ended = |plan: &PlanId| {
            let mut all = self.actions.all().iter();
            all.all(|action| action.plan.id != *plan || action.ended.is_some())
        };
        if self.leaving.iter().all(ended) {
            self.leaving.clear();
            effects.push(Effect::Quit);
        }
    }

    /// Whether a cluster is still needed for what comes after a plan or a stream.
    pub(super) fn owes(&self, cluster: crate::model::ClusterId) -> bool {
        self.sequels.iter().any(|sequel| sequel.opens.cluster == cluster)
            || self.endings.values().any(|after| after.cluster == cluster)
    }
}

/// Whether a request may have been carried out, so that what it made has to be cleared away: unless
/// the server, or our own gate, said no.
fn may_have_happened(state: &FollowState) -> bool {
    match state {
        FollowState::Failed(fault) => fault.code.is_none() && fault.kind != FaultKind::Refused,
        FollowState::Cancelled(_) => false,
        _ => true,
    }
}
