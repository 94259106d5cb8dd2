//! Subscriptions: equal needs share one; those nobody needs linger, so that coming back asks nothing.

use super::Effect;
use crate::model::{Facet, Need, ObjRef, Schema, Scope, SubEvent, SubId, Table, Text, WatchState};
use std::collections::BTreeMap;
use std::sync::Arc;

/// How long a subscription stays after the last pane left it, in seconds.
pub const LINGER_SECONDS: i64 = 60;

/// One subscription and what has come of it.
#[derive(Debug)]
pub struct Sub {
    /// What it is for.
    pub need: Need,
    /// Its rows.
    pub table: Table,
    /// Its columns, once known.
    pub schema: Option<Arc<Schema>>,
    /// State of each part.
    pub states: Vec<WatchState>,
    /// Objects left out so far, and why the newest was.
    pub skipped: (u64, String),
    /// A complete list has arrived at least once, for every part.
    pub complete: bool,
    /// Changes whenever rows, columns or states do.
    pub revision: u64,
    parts_complete: Vec<bool>,
    unwanted_since: Option<i64>,
    drained: u64,
}

impl Sub {
    fn new(need: Need) -> Self {
        let parts = match &need.scope {
            crate::model::Scope::All => 1,
            crate::model::Scope::Namespaces(names) => names.len().max(1),
        };
        Self {
            need,
            table: Table::default(),
            schema: None,
            states: vec![WatchState::Waiting; parts],
            skipped: (0, String::new()),
            complete: false,
            revision: 0,
            parts_complete: vec![false; parts],
            unwanted_since: None,
            drained: 0,
        }
    }

    /// The state to show for all parts together: the one that most needs attention.
    pub fn state(&self) -> &WatchState {
        let rank = |state: &WatchState| match state {
            WatchState::Broken { .. } => 5,
            WatchState::Waiting => 4,
            WatchState::Listing { .. } => 3,
            WatchState::Denied(_) => 2,
            WatchState::NotServed(_) => 1,
            WatchState::Live => 0,
        };
        self.states.iter().max_by_key(|state| rank(state)).unwrap_or(&WatchState::Waiting)
    }

    /// Takes the slots that changed since the last call, with the revisions before and after.
    pub fn drain(&mut self) -> (Vec<u32>, u64, u64) {
        let from = std::mem::replace(&mut self.drained, self.revision);
        (self.table.take_changed(), from, self.revision)
    }

    /// What happened since the revision that was `seen`; [`Sub::UNSEEN`] for somebody who never looked.
    /// It is seen then.
    pub fn news(&mut self, seen: &mut u64) -> News {
        let (changed, from, to) = self.drain();
        match std::mem::replace(seen, to) {
            before if before == to => News::None,
            before if before == from => News::Slots(changed),
            _ => News::All,
        }
    }

    /// No revision is ever this one.
    pub const UNSEEN: u64 = u64::MAX;

    fn apply(&mut self, event: SubEvent) {
        self.revision += 1;
        match event {
            SubEvent::Schema(schema) => self.schema = Some(schema),
            SubEvent::Begin { part } => self.table.begin(part),
            SubEvent::Changes { part, changes } => self.table.apply(part, changes),
            SubEvent::Complete { part } => {
                self.table.complete(part);
                let part = usize::from(part);
                // The reader may split a refused all-namespaces list into more parts than asked for.
                if self.parts_complete.len() <= part {
                    self.parts_complete.resize(part + 1, false);
                }
                self.parts_complete[part] = true;
                self.complete = self.parts_complete.iter().all(|complete| *complete);
            }
            SubEvent::State { part, state } => {
                let part = usize::from(part);
                if self.states.len() <= part {
                    self.states.resize(part + 1, WatchState::Waiting);
                }
                self.states[part] = state;
            }
            SubEvent::Skipped { count, sample } => self.skipped = (count, sample),
        }
    }
}

/// What happened to the rows of a subscription since somebody looked.
#[derive(Debug, PartialEq, Eq)]
pub enum News {
    /// Nothing.
    None,
    /// These slots changed, appeared or vanished; may repeat.
    Slots(Vec<u32>),
    /// Somebody else took changes meanwhile, or nobody looked before: everything is read anew.
    All,
}

/// All subscriptions of the session.
#[derive(Debug, Default)]
pub struct Subs {
    subs: BTreeMap<SubId, Sub>,
    next: u64,
}

impl Subs {
    /// The subscription for `need`: the one there is, or a new one.
    pub fn want(&mut self, need: &Need, effects: &mut Vec<Effect>) -> SubId {
        if let Some((id, sub)) = self.subs.iter_mut().find(|(_, sub)| &sub.need == need) {
            sub.unwanted_since = None;
            return *id;
        }
        self.next += 1;
        let id = SubId(self.next);
        self.subs.insert(id, Sub::new(need.clone()));
        effects.push(Effect::Subscribe { sub: id, need: need.clone() });
        id
    }

    /// The subscription whose rows tell of changes of one object: one that holds it anyway, or one
    /// for it alone.
    pub fn want_object(&mut self, object: &ObjRef, effects: &mut Vec<Effect>) -> SubId {
        let here = |scope: &Scope| match scope {
            Scope::All => true,
            Scope::Namespaces(names) => names.contains(&object.namespace),
        };
        let alone = Text::from(format!("metadata.name={}", object.name));
        let holds = |sub: &Sub| {
            let need = &sub.need;
            (need.cluster, &need.gvr, need.facet) == (object.cluster, &object.gvr, Facet::Row)
                && here(&need.scope)
                && need.labels.is_empty()
                && (need.fields.is_empty() || need.fields == alone)
        };
        if let Some((id, sub)) = self.subs.iter_mut().find(|(_, sub)| holds(sub)) {
            sub.unwanted_since = None;
            return *id;
        }
        let need = Need {
            cluster: object.cluster,
            gvr: object.gvr.clone(),
            scope: match object.namespace.as_str() {
                "" => Scope::All,
                _ => Scope::Namespaces(vec![object.namespace.clone()]),
            },
            labels: Text::new(),
            fields: alone,
            facet: Facet::Row,
        };
        self.want(&need, effects)
    }

    /// A subscription to a single object, or what belongs to one, ends with the next look at it,
    /// unless somebody wants it.
    pub fn let_go(&mut self, id: SubId) {
        if let Some(sub) = self.subs.get_mut(&id).filter(|sub| !sub.need.fields.is_empty()) {
            sub.unwanted_since = Some(i64::MIN / 2);
        }
    }

    /// One subscription.
    pub fn get(&self, id: SubId) -> Option<&Sub> {
        self.subs.get(&id)
    }

    /// Whether the server refuses to list or watch what a subscription is for.
    pub fn is_denied(&self, id: SubId) -> bool {
        self.get(id).is_some_and(|sub| matches!(sub.state(), WatchState::Denied(_)))
    }

    /// One subscription, to take its changes.
    pub fn get_mut(&mut self, id: SubId) -> Option<&mut Sub> {
        self.subs.get_mut(&id)
    }

    /// All of them.
    pub fn iter(&self) -> impl Iterator<Item = (SubId, &Sub)> {
        self.subs.iter().map(|(id, sub)| (*id, sub))
    }

    /// Takes in what happened. Events of subscriptions that ended are dropped.
    pub fn apply(&mut self, id: SubId, event: SubEvent) -> bool {
        match self.subs.get_mut(&id) {
            Some(sub) => {
                sub.apply(event);
                true
            }
            None => false,
        }
    }

    /// Ends what nobody has wanted for a while. `wanted` are the subscriptions of the panes on screen.
    pub fn tend(&mut self, wanted: &[SubId], now: i64, effects: &mut Vec<Effect>) {
        self.subs.retain(|id, sub| {
            if wanted.contains(id) {
                sub.unwanted_since = None;
                return true;
            }
            // Nobody looks: what changed need not be remembered slot by slot.
            sub.drain();
            let since = *sub.unwanted_since.get_or_insert(now);
            if now - since < LINGER_SECONDS {
                return true;
            }
            effects.push(Effect::Unsubscribe(*id));
            false
        });
    }

    /// When `tend` has something to do next, Unix seconds.
    pub fn next_due(&self) -> Option<i64> {
        self.subs.values().filter_map(|sub| sub.unwanted_since).min().map(|at| at + LINGER_SECONDS)
    }

    /// Forgets everything of a cluster that was left.
    pub fn forget(&mut self, cluster: crate::model::ClusterId, effects: &mut Vec<Effect>) {
        self.subs.retain(|id, sub| {
            let gone = sub.need.cluster == cluster;
            if gone {
                effects.push(Effect::Unsubscribe(*id));
            }
            !gone
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{ClusterId, Gvr};

    fn need(plural: &str) -> Need {
        Need {
            cluster: ClusterId(0),
            gvr: Gvr::new("", "v1", plural),
            scope: Scope::All,
            labels: Text::new(),
            fields: Text::new(),
            facet: Facet::Row,
        }
    }

    #[test]
    fn coming_back_within_a_minute_asks_nothing() {
        let (mut subs, mut effects) = (Subs::default(), Vec::new());
        let pods = subs.want(&need("pods"), &mut effects);
        let nodes = subs.want(&need("nodes"), &mut effects);
        assert_eq!(effects.len(), 2);
        effects.clear();
        subs.tend(&[nodes], 100, &mut effects);
        subs.tend(&[nodes], 159, &mut effects);
        assert_eq!(subs.want(&need("pods"), &mut effects), pods);
        assert_eq!(effects, []);
        subs.tend(&[nodes], 160, &mut effects);
        subs.tend(&[nodes], 220, &mut effects);
        assert_eq!(effects, [Effect::Unsubscribe(pods)]);
        assert!(!subs.apply(pods, SubEvent::Begin { part: 0 }), "its late events are dropped");
    }
}
