//! Plans that were run, followed to their outcome.

use crate::model::{FollowState, Plan, PlanId};

/// Seconds that an outcome stays in the strip.
const SHOWN_SECONDS: i64 = 10;

/// One plan that was run.
#[derive(Debug)]
pub struct Action {
    /// What was sent.
    pub plan: Plan,
    /// How each of its requests is going.
    pub states: Vec<FollowState>,
    /// What the server warned about.
    pub warnings: Vec<String>,
    /// Unix seconds when it was started.
    pub started: i64,
    /// Unix seconds when the last request reached its end.
    pub ended: Option<i64>,
    /// Revision of all actions when it changed last: seconds do not tell which ended last.
    changed: u64,
}

impl Action {
    /// How many requests ended well, ended badly, are under way.
    pub fn counts(&self) -> (usize, usize, usize) {
        self.states.iter().fold((0, 0, 0), |(good, bad, open), state| match state {
            FollowState::Done(_) | FollowState::WouldSucceed => (good + 1, bad, open),
            state if state.is_final() => (good, bad + 1, open),
            _ => (good, bad, open + 1),
        })
    }

    /// One line about how it is going: the words of the request that most needs attention.
    pub fn words(&self) -> String {
        let rank = |state: &FollowState| match state {
            FollowState::Failed(_) => 5,
            FollowState::TimedOut(_) => 4,
            FollowState::Superseded(_) | FollowState::Cancelled(_) => 3,
            FollowState::Progressing(_) => 2,
            FollowState::Requested | FollowState::Warned(_) => 1,
            FollowState::Done(_) | FollowState::WouldSucceed => 0,
        };
        let total = self.states.len();
        let (good, _, _) = self.counts();
        let worst = self.states.iter().max_by_key(|state| rank(state));
        let words = words(worst.unwrap_or(&FollowState::Requested));
        if total > 1 { format!("{good} of {total}, {words}") } else { words }
    }
}

/// How one request is going, in words.
pub fn words(state: &FollowState) -> String {
    match state {
        FollowState::Requested => "requested".to_owned(),
        FollowState::Warned(warnings) => format!("the server warns: {}", warnings.join("; ")),
        FollowState::WouldSucceed => "dry run: the server would accept it".to_owned(),
        FollowState::Failed(fault) => format!("failed: {}", fault.why),
        FollowState::TimedOut(words) => format!("not finished in time: {words}"),
        FollowState::Progressing(words)
        | FollowState::Cancelled(words)
        | FollowState::Done(words)
        | FollowState::Superseded(words) => words.clone(),
    }
}

/// All actions of this session, oldest first.
#[derive(Debug, Default)]
pub struct Actions {
    all: Vec<Action>,
    /// Changes whenever one of them does.
    pub revision: u64,
}

impl Actions {
    /// A plan was sent.
    pub fn start(&mut self, plan: Plan, now: i64) {
        let states = vec![FollowState::Requested; plan.requests.len()];
        self.revision += 1;
        let (warnings, ended, changed) = (Vec::new(), None, self.revision);
        self.all.push(Action { plan, states, warnings, started: now, ended, changed });
    }

    /// One of its requests goes on.
    pub fn follow(&mut self, id: PlanId, request: usize, state: FollowState, now: i64) {
        let Some(action) = self.all.iter_mut().find(|action| action.plan.id == id) else { return };
        match (action.states.get_mut(request), state) {
            (Some(_), FollowState::Warned(warnings)) => action.warnings.extend(warnings),
            (Some(held), state) => *held = state,
            (None, _) => {}
        }
        self.revision += 1;
        if action.ended.is_none() {
            action.changed = self.revision;
            action.ended = action.states.iter().all(FollowState::is_final).then_some(now);
        }
    }

    /// All of them.
    pub fn all(&self) -> &[Action] {
        &self.all
    }

    /// The one for the strip: the newest that runs, else the one that ended last, for a while.
    pub fn current(&self, now: i64) -> Option<&Action> {
        let running = self.all.iter().rev().find(|action| action.ended.is_none());
        let just = |action: &&Action| action.ended.is_some_and(|at| now - at < SHOWN_SECONDS);
        running.or_else(|| self.all.iter().filter(just).max_by_key(|action| action.changed))
    }

    /// How many run.
    pub fn running(&self) -> usize {
        self.all.iter().filter(|action| action.ended.is_none()).count()
    }

    /// When the strip changes by itself, Unix seconds.
    pub fn next_due(&self, now: i64) -> Option<i64> {
        let action = self.current(now)?;
        Some(action.ended.map_or(now + 1, |ended| ended + SHOWN_SECONDS))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{ClusterId, Gvr, Method, ObjRef, PlanRequest};

    #[test]
    fn the_strip_tells_what_runs_then_what_ended_last() {
        let target = ObjRef {
            cluster: ClusterId(0),
            gvr: Gvr::new("", "v1", "configmaps"),
            kind: "ConfigMap".into(),
            namespace: "shop".into(),
            name: "web".into(),
            uid: "".into(),
        };
        let mut actions = Actions::default();
        for id in [1, 2] {
            let plan = Plan::empty(PlanId(id), ClusterId(0), "dev".into(), format!("plan {id}"));
            let request = PlanRequest::new(Method::Patch, target.clone(), None);
            actions.start(plan.request(request), 100);
        }
        let title = |actions: &Actions, now| {
            actions.current(now).map(|action| action.plan.title.clone()).unwrap_or_default()
        };
        assert_eq!(title(&actions, 100), "plan 2");
        actions.follow(PlanId(2), 0, FollowState::Done("applied".into()), 101);
        assert_eq!(title(&actions, 101), "plan 1", "it still runs");
        actions.follow(PlanId(1), 0, FollowState::Done("synced".into()), 101);
        assert_eq!(title(&actions, 103), "plan 1", "it ended last, though it began first");
        assert_eq!(title(&actions, 111), "");
    }
}
