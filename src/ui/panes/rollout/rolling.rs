//! Several workloads and how their rollouts stand: one watch per kind; sets, pods and events are
//! watched only of those that are not done, and of no more than some.

use super::feed::Feed;
use crate::model::{
    Cell, ClusterId, Facet, Gvr, Need, ObjRef, Row, Scope, SubId, Text, WatchState,
};
use crate::rollout::facts::{Workload, condition};
use crate::rollout::gathered::kind_of;
use crate::rollout::{Gathered, Phase, Standing, Story, ladder};
use crate::text::sanitise::clean;
use crate::ui::subs::{News, Sub};
use crate::ui::{Effect, Ui};
use std::collections::{BTreeMap, BTreeSet, HashMap};

/// Rollouts of which pods and events are watched too.
const CLOSELY: usize = 12;
/// Namespaces that are watched one by one; beyond that all of them are.
const NAMESPACES: usize = 8;

/// Plural, namespace and name of a workload.
pub type Name = (Text, Text, Text);

/// The workloads, and what is known of them.
#[derive(Debug)]
pub struct Rolling {
    cluster: ClusterId,
    scope: Scope,
    /// Only these; None for all of the scope.
    only: Option<BTreeMap<Name, ObjRef>>,
    fed: Vec<Fed>,
    seen: BTreeMap<Name, Seen>,
    /// Those that are looked at closely.
    close: BTreeMap<Name, Feed>,
}

#[derive(Debug)]
struct Fed {
    gvr: Gvr,
    kind: Text,
    sub: SubId,
    news: u64,
    slots: HashMap<u32, Name>,
}

/// What is known of a workload from itself.
#[derive(Debug)]
struct Seen {
    object: ObjRef,
    standing: Standing,
    /// It was done then, Unix seconds; None while it is not, or when nobody saw it.
    finished: Option<i64>,
}

/// A workload as it is told.
#[derive(Clone, Debug)]
pub struct Told {
    /// Which.
    pub object: ObjRef,
    /// How it stands.
    pub standing: Standing,
    /// The sentence of its own pane, where it is looked at closely; else how far it is.
    pub sentence: String,
    /// It was done then, Unix seconds; None while it is not, or when nobody saw it.
    pub finished: Option<i64>,
}

impl Rolling {
    /// All workloads of a scope.
    pub fn all(cluster: ClusterId, scope: Scope) -> Self {
        let (fed, seen, close) = (Vec::new(), BTreeMap::new(), BTreeMap::new());
        Self { cluster, scope, only: None, fed, seen, close }
    }

    /// These workloads of a cluster; of what does not roll out nothing is told.
    pub fn of(cluster: ClusterId, objects: &[ObjRef]) -> Self {
        let mut this = Self::all(cluster, Scope::All);
        this.set(objects);
        this
    }

    /// Other workloads from now on. What is known of those that stay is kept.
    pub fn set(&mut self, objects: &[ObjRef]) {
        let rolls = objects.iter().filter(|one| kind_of(&one.gvr).is_some());
        let only: BTreeMap<Name, ObjRef> = rolls.map(|one| (name_of(one), one.clone())).collect();
        let same = |known: &BTreeMap<Name, ObjRef>| known.keys().eq(only.keys());
        if self.only.as_ref().is_some_and(same) {
            return;
        }
        let namespaces: BTreeSet<Text> =
            only.keys().map(|(_, namespace, _)| namespace.clone()).collect();
        self.scope = match namespaces.len() {
            1..=NAMESPACES => Scope::Namespaces(namespaces.into_iter().collect()),
            _ => Scope::All,
        };
        self.seen.retain(|name, _| only.contains_key(name));
        self.fed.retain(|fed| only.keys().any(|(plural, ..)| *plural == fed.gvr.plural));
        // What was left out before may be wanted now.
        self.fed.iter_mut().for_each(|fed| fed.news = Sub::UNSEEN);
        self.only = Some(only);
    }

    /// On which cluster they are.
    pub fn cluster(&self) -> ClusterId {
        self.cluster
    }

    /// Those that were asked for and are not there; none where all are.
    pub fn missing(&self) -> Vec<&ObjRef> {
        let absent = |(name, _): &(&Name, &ObjRef)| !self.seen.contains_key(*name);
        self.only.iter().flatten().filter(absent).map(|(_, object)| object).collect()
    }

    /// How many workloads are known.
    pub fn count(&self) -> usize {
        self.seen.len()
    }

    /// Takes in what changed. Returns whether anything did.
    pub fn take(&mut self, ui: &mut Ui, effects: &mut Vec<Effect>) -> bool {
        let news = self.take_workloads(ui, effects);
        self.look_closely(ui, effects) | news
    }

    fn is_wanted(&self, gvr: &Gvr) -> bool {
        kind_of(gvr).is_some()
            && self.only.as_ref().is_none_or(|only| {
                only.values().any(|one| one.gvr.group == gvr.group && one.gvr.plural == gvr.plural)
            })
    }

    /// Subscribes to the kinds that roll out and are served, and takes in what changed.
    fn take_workloads(&mut self, ui: &mut Ui, effects: &mut Vec<Effect>) -> bool {
        let Some(cluster) = ui.clusters.get(&self.cluster) else { return false };
        let served = cluster.catalogue.all().iter();
        let kinds: Vec<(Gvr, Text)> = served
            .filter(|one| one.preferred && self.is_wanted(&one.gvr) && one.can("watch"))
            .map(|one| (one.gvr.clone(), one.kind.clone()))
            .collect();
        let mut news = false;
        for (gvr, kind) in kinds {
            let need = Need {
                cluster: self.cluster,
                gvr: gvr.clone(),
                scope: self.scope.clone(),
                labels: Text::new(),
                fields: Text::new(),
                facet: Facet::Rollout,
            };
            let sub = ui.subs.want(&need, effects);
            match self.fed.iter_mut().find(|fed| fed.gvr == gvr) {
                Some(fed) if fed.sub != sub => (fed.sub, fed.news) = (sub, Sub::UNSEEN),
                Some(_) => {}
                None => {
                    self.fed.push(Fed { gvr, kind, sub, news: Sub::UNSEEN, slots: HashMap::new() })
                }
            }
        }
        for fed in &mut self.fed {
            let Some(held) = ui.subs.get_mut(fed.sub) else { continue };
            let slots: Vec<u32> = match held.news(&mut fed.news) {
                News::None => continue,
                News::Slots(changed) => changed,
                News::All => {
                    let known: Vec<u32> = fed.slots.keys().copied().collect();
                    known.into_iter().chain(held.table.rows().map(|(slot, _)| slot)).collect()
                }
            };
            for slot in slots {
                let now = held.table.row(slot).map(|row| (name(&fed.gvr, row), row));
                let before = fed.slots.remove(&slot);
                if let Some(before) =
                    before.filter(|before| now.as_ref().is_none_or(|(now, _)| now != before))
                {
                    self.seen.remove(&before);
                }
                let Some((name, row)) = now else { continue };
                if self.only.as_ref().is_some_and(|only| !only.contains_key(&name)) {
                    continue;
                }
                let was = self.seen.get(&name).map(|seen| (seen.standing.phase, seen.finished));
                if let Some(seen) = look(self.cluster, &fed.gvr, &fed.kind, row, was, ui.now) {
                    self.seen.insert(name.clone(), seen);
                }
                fed.slots.insert(slot, name);
            }
            news = true;
        }
        news
    }

    /// Looks closely at what is not done, as far as that goes.
    fn look_closely(&mut self, ui: &mut Ui, effects: &mut Vec<Effect>) -> bool {
        let goes_on = |seen: &Seen| seen.standing.phase != Phase::Done;
        let wanted: Vec<(Name, ObjRef)> = self
            .seen
            .iter()
            .filter(|(_, seen)| goes_on(seen))
            .take(CLOSELY)
            .map(|(name, seen)| (name.clone(), seen.object.clone()))
            .collect();
        self.close.retain(|name, _| wanted.iter().any(|(one, _)| one == name));
        for (name, object) in wanted {
            if !self.close.contains_key(&name)
                && let Some(gathered) = Gathered::of(object)
            {
                self.close.insert(name, Feed::new(gathered.briefly()));
            }
        }
        let mut news = false;
        for feed in self.close.values_mut() {
            news |= feed.take(ui, effects);
        }
        news
    }

    /// How each stands now that passes: what is in trouble first.
    pub fn told(&self, ui: &Ui, passes: impl Fn(Phase, Option<i64>) -> bool) -> Vec<Told> {
        let mut told: Vec<(Phase, &Name, Told)> = Vec::new();
        for (name, seen) in &self.seen {
            if !passes(seen.standing.phase, seen.finished) {
                continue;
            }
            let closely = self.close.get(name).filter(|feed| feed.is_complete(ui));
            let situation = closely.and_then(|feed| feed.gathered.situation());
            let (standing, sentence) = match situation.map(|one| Story::of(&one, ui.now)) {
                Some(story) => {
                    let sentence = story.sentence();
                    (story.standing, sentence)
                }
                None => (seen.standing.clone(), clean(&seen.standing.words).into_owned()),
            };
            let (object, finished) = (seen.object.clone(), seen.finished);
            told.push((standing.phase, name, Told { object, standing, sentence, finished }));
        }
        told.sort_by(|a, b| (a.0, a.1).cmp(&(b.0, b.1)));
        told.into_iter().map(|(_, _, told)| told).collect()
    }

    /// Whether every list of workloads has arrived, or was refused.
    pub fn is_complete(&self, ui: &Ui) -> bool {
        let nothing = self.only.as_ref().is_some_and(BTreeMap::is_empty);
        (nothing || !self.fed.is_empty())
            && self.fed.iter().all(|fed| {
                ui.subs.get(fed.sub).is_some_and(|sub| {
                    sub.complete
                        || matches!(sub.state(), WatchState::Denied(_) | WatchState::NotServed(_))
                })
            })
    }

    /// Kinds that may not be read.
    pub fn denied(&self, ui: &Ui) -> Vec<String> {
        let refused = |fed: &&Fed| ui.subs.is_denied(fed.sub);
        self.fed.iter().filter(refused).map(|fed| fed.gvr.plural.to_string()).collect()
    }

    /// The subscriptions, those of the workloads themselves first.
    pub fn subs(&self) -> Vec<SubId> {
        let own = self.fed.iter().map(|fed| fed.sub);
        own.chain(self.close.values().flat_map(Feed::subs)).collect()
    }
}

fn name(gvr: &Gvr, row: &Row) -> Name {
    (gvr.plural.clone(), row.key.namespace.clone(), row.key.name.clone())
}

fn name_of(object: &ObjRef) -> Name {
    (object.gvr.plural.clone(), object.namespace.clone(), object.name.clone())
}

/// A workload from its row; `was` is what was known of it before.
fn look(
    cluster: ClusterId,
    gvr: &Gvr,
    kind: &Text,
    row: &Row,
    was: Option<(Phase, Option<i64>)>,
    now: i64,
) -> Option<Seen> {
    let Some(Cell::Text(facts, _)) = row.cells.first() else { return None };
    let workload: Workload = serde_json::from_str(facts).ok()?;
    let workload = Workload { kind: kind_of(gvr)?, ..workload };
    let standing = ladder::judge(&workload, now);
    let finished = match (standing.phase, was) {
        (Phase::Done, Some((Phase::Done, finished))) => finished,
        (Phase::Done, Some(_)) => Some(now),
        // A Deployment says when it had its last progress.
        (Phase::Done, None) => condition(&workload.status.conditions, "Progressing")
            .filter(|one| one.reason == "NewReplicaSetAvailable")
            .and_then(|one| one.updated),
        _ => None,
    };
    let object = ObjRef {
        cluster,
        gvr: gvr.clone(),
        kind: kind.clone(),
        namespace: row.key.namespace.clone(),
        name: row.key.name.clone(),
        uid: Text::new(),
    };
    Some(Seen { object, standing, finished })
}
