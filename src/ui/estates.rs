//! The apps of each cluster, fed from subscriptions while a pane looks at them.

use super::panes::Pane;
use super::panes::browse::What;
use super::subs::{News, Sub, Subs};
use super::{Effect, Ui};
use crate::apps::places::Keeper;
use crate::apps::{App, Destination, Estate};
use crate::model::{
    Answer, ClusterId, Facet, Fault, Need, Schema, Scope, SubId, Text, Ticket, WatchState,
};
use std::sync::Arc;

/// Questions at a time about where apps deliver to.
const PLACES: usize = 8;

/// One kind that apps are made of.
#[derive(Debug)]
struct Fed {
    sub: SubId,
    /// Revision of the subscription up to which its rows are in.
    seen: u64,
}

/// The apps of one cluster.
#[derive(Debug)]
pub struct AppBook {
    /// The apps.
    pub estate: Estate,
    /// Columns of their table.
    pub schema: Arc<Schema>,
    /// Changes whenever an app does.
    pub revision: u64,
    /// Every list has arrived, or was refused.
    pub complete: bool,
    /// Plurals of kinds that may not be listed.
    pub denied: Vec<Text>,
    kinds: Option<u64>,
    fed: Vec<Fed>,
    /// Contexts as they were when destinations were resolved last.
    contexts: u64,
    /// What is being read that tells where apps deliver to.
    places: Vec<(Ticket, Keeper)>,
    /// Revision up to which changes of the table were taken.
    drained: u64,
}

impl AppBook {
    fn new(cluster: ClusterId) -> Self {
        Self {
            estate: Estate::new(cluster),
            schema: Arc::new(crate::apps::schema()),
            revision: 0,
            complete: false,
            denied: Vec::new(),
            kinds: None,
            fed: Vec::new(),
            contexts: 0,
            places: Vec::new(),
            drained: 0,
        }
    }

    /// What to say on a cluster that nothing delivers to but people: what there is instead. None
    /// where an engine does, and while that is not known.
    pub fn without_engines(&self) -> Option<String> {
        if !self.complete {
            return None;
        }
        let crate::apps::Counts { all, kubectl, unmanaged, .. } = self.estate.counts();
        if kubectl + unmanaged < all {
            return None;
        }
        let parts: Vec<String> = [(kubectl, "applied by kubectl"), (unmanaged, "unmanaged")]
            .iter()
            .filter(|(n, _)| *n > 0)
            .map(|(n, word)| format!("{n} {word}"))
            .collect();
        let rest = if parts.is_empty() { "no workloads".to_owned() } else { parts.join(", ") };
        Some(format!("no Argo CD, Flux or Helm here; {rest}"))
    }

    /// Takes the slots that changed since the last call, with the revisions before and after.
    pub fn drain(&mut self) -> (Vec<u32>, u64, u64) {
        let from = std::mem::replace(&mut self.drained, self.revision);
        (self.estate.table_mut().take_changed(), from, self.revision)
    }
}

impl Ui {
    /// What this session wrote to and is off now, in words for the end of it.
    pub(super) fn still_off(&self) -> Vec<String> {
        let mut lines = Vec::new();
        for (cluster, book) in &self.estates {
            let context = self.clusters.get(cluster).map_or("", |on| on.context.as_str());
            let written = |app: &App| {
                let Some(object) = &app.object else { return false };
                let plans = self.actions.all().iter().map(|action| &action.plan);
                plans.filter(|plan| plan.cluster == *cluster && !plan.dry_run).any(|plan| {
                    plan.requests.iter().any(|request| {
                        let target = &request.target;
                        (&target.gvr.plural, &target.namespace, &target.name)
                            == (&object.gvr.plural, &object.namespace, &object.name)
                    })
                })
            };
            let mut off: Vec<&App> = book.estate.apps().filter(|app| app.is_off()).collect();
            off.retain(|app| written(app));
            off.sort_by_key(|app| app.id.clone());
            lines.extend(off.into_iter().map(|app| {
                let what = app.left_off.as_ref().map_or("paused", |off| off.what.as_str());
                let (name, word) = (&app.id.name, app.id.engine.word());
                format!(
                    "Still off: {} {name} on {context}: {what}; \
                     `wheelhouse resume {word}/{name} -n {}` puts it back",
                    app.id.engine.label(),
                    app.id.namespace
                )
            }));
        }
        lines
    }

    /// Subscribes to what apps are made of where a pane looks at apps, and takes in what changed there.
    /// Returns the subscriptions.
    pub(super) fn settle_apps(&mut self, effects: &mut Vec<Effect>) -> Vec<SubId> {
        let mut looked_at: Vec<(ClusterId, Option<Scope>)> = Vec::new();
        let side = self.side.as_ref().and_then(|side| side.pane.as_ref());
        for pane in self.panes.iter().chain(side) {
            let one = match pane {
                Pane::Browse(browse) => match &browse.what {
                    What::Apps(apps) | What::AppGroups(apps, _) => {
                        Some((apps.cluster, Some(apps.scope.clone())))
                    }
                    _ => None,
                },
                Pane::View(view) if view.needs_apps() => view.cluster().map(|id| (id, None)),
                _ => None,
            };
            let Some((cluster, scope)) = one else { continue };
            match looked_at.iter_mut().find(|(id, _)| *id == cluster) {
                // The list that was opened last says which namespaces are looked at.
                Some((_, held)) => *held = scope.or_else(|| held.take()),
                None => looked_at.push((cluster, scope)),
            }
        }
        if let Some(cluster) = self.climb.as_ref().and_then(|climb| climb.looks_at())
            && !looked_at.iter().any(|(id, _)| *id == cluster)
        {
            looked_at.push((cluster, None));
        }
        if self.tour_needs_apps() && !looked_at.iter().any(|(id, _)| *id == self.here) {
            looked_at.push((self.here, None));
        }
        let mut subs = Vec::new();
        for (cluster, scope) in looked_at {
            let mut book = self.estates.remove(&cluster).unwrap_or_else(|| AppBook::new(cluster));
            if let Some(scope) = scope {
                book.estate.look_at(&scope);
            }
            self.feed_apps(cluster, &mut book, effects);
            let shown = self.panes.last().is_some_and(|pane| {
                matches!(pane, Pane::Browse(browse)
                    if matches!(&browse.what, What::Apps(apps) if apps.cluster == cluster))
            });
            if !shown {
                // Nobody looks: what changed need not be remembered slot by slot.
                book.drain();
            }
            subs.extend(book.fed.iter().map(|fed| fed.sub));
            self.estates.insert(cluster, book);
        }
        subs
    }

    fn feed_apps(&mut self, cluster: ClusterId, book: &mut AppBook, effects: &mut Vec<Effect>) {
        let Some(session) = self.clusters.get(&cluster) else { return };
        let ended = |fed: &Fed| self.subs.get(fed.sub).is_none();
        if book.kinds != Some(session.revision) || book.fed.iter().any(ended) {
            if book.kinds.replace(session.revision).is_some() {
                // Connected anew: what was not allowed may be now.
                book.estate.forget_places();
            }
            book.estate.watches(&session.catalogue);
            subscribe(&mut self.subs, cluster, book, effects);
        }
        let here = session.info.context.server.clone();
        book.denied.clear();
        let mut complete = session.discovered;
        for (number, fed) in (0u16..).zip(&mut book.fed) {
            let Some(sub) = self.subs.get_mut(fed.sub) else { continue };
            match sub.state() {
                WatchState::Denied(_) => {
                    book.denied.push(sub.need.gvr.plural.clone());
                }
                WatchState::NotServed(_) => {}
                _ => complete &= sub.complete,
            }
            match sub.news(&mut fed.seen) {
                News::None => {}
                // What is not served any more is gone, whatever was seen last.
                _ if matches!(sub.state(), WatchState::NotServed(_)) => book.estate.forget(number),
                News::Slots(changed) => {
                    for slot in changed {
                        book.estate.feed(number, slot, sub.table.row(slot));
                    }
                }
                News::All => {
                    book.estate.forget(number);
                    for (slot, row) in sub.table.rows() {
                        book.estate.feed(number, slot, Some(row));
                    }
                }
            }
        }
        if book.contexts != self.contexts_revision {
            book.contexts = self.contexts_revision;
            book.estate.outdate_all();
        }
        book.estate.stands_on(&here);
        let contexts = &self.contexts;
        let elsewhere = |destination: &Destination| destination.context(&here, contexts);
        if book.estate.settle(&elsewhere) || book.complete != complete {
            book.complete = complete;
            book.revision += 1;
        }
        while let Some(keeper) = book.estate.ask(PLACES) {
            let (ticket, read) = (self.ticket(), keeper.read());
            effects.push(Effect::Read { ticket, cluster, read });
            book.places.push((ticket, keeper));
        }
    }

    /// Takes in where apps deliver to; false when nobody here asked for that.
    pub(super) fn teach_places(&mut self, ticket: Ticket, answer: &Result<Answer, Fault>) -> bool {
        for book in self.estates.values_mut() {
            let Some(at) = book.places.iter().position(|(own, _)| *own == ticket) else { continue };
            let (_, keeper) = book.places.swap_remove(at);
            let told = match answer {
                Ok(Answer::Object(json)) => keeper.judge(Ok(json)),
                Ok(Answer::Access(..)) => continue,
                Err(fault) => keeper.judge(Err(fault)),
            };
            book.estate.learn(&keeper, told);
            return true;
        }
        false
    }
}

/// Subscribes to every kind that apps are made of. What comes of a new subscription is read from its
/// beginning.
fn subscribe(subs: &mut Subs, cluster: ClusterId, book: &mut AppBook, effects: &mut Vec<Effect>) {
    for (number, watch) in (0u16..).zip(book.estate.watched().to_vec()) {
        let need = Need {
            cluster,
            gvr: watch.resource.gvr,
            scope: Scope::All,
            labels: watch.labels,
            fields: Text::new(),
            facet: Facet::App,
        };
        let fed = Fed { sub: subs.want(&need, effects), seen: Sub::UNSEEN };
        match book.fed.get_mut(usize::from(number)) {
            Some(held) if held.sub == fed.sub => {}
            Some(held) => {
                book.estate.forget(number);
                *held = fed;
            }
            None => book.fed.push(fed),
        }
    }
}
