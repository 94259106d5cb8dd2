//! A graph of relations kept up to date from subscriptions, for panes that show what belongs together.

use crate::model::{Catalogue, ClusterId, Facet, Need, Resource, Scope, SubId, Text, WatchState};
use crate::relations::{Graph, ObjectId, Wanted};
use crate::ui::subs::{News, Sub};
use crate::ui::theme::{Scope as Look, Theme};
use crate::ui::{Effect, Ui};
use ratatui::style::Style;
use std::collections::HashSet;

/// One kind that is watched.
#[derive(Debug)]
struct Fed {
    sub: SubId,
    resource: Resource,
    seen: u64,
}

/// The graph and the subscriptions it is made of.
#[derive(Debug)]
pub struct Feed {
    cluster: ClusterId,
    /// What is known so far.
    pub graph: Graph,
    /// Revision of the kinds the graph was told of.
    kinds: Option<u64>,
    fed: Vec<Fed>,
}

impl Feed {
    /// Of a cluster; nothing is known yet.
    pub fn new(cluster: ClusterId) -> Self {
        Self { cluster, graph: Graph::default(), kinds: None, fed: Vec::new() }
    }

    /// Subscribes to what is wanted, and takes in what changed there. Returns whether anything did.
    pub fn take(
        &mut self,
        ui: &mut Ui,
        wanted: impl FnOnce(&Catalogue, &Graph) -> Vec<Wanted>,
        effects: &mut Vec<Effect>,
    ) -> bool {
        let mut news = false;
        let Some(cluster) = ui.clusters.get(&self.cluster) else { return news };
        if self.kinds != Some(cluster.revision) {
            self.kinds = Some(cluster.revision);
            self.graph = Graph::default();
            self.graph.learn_kinds(&cluster.catalogue);
            self.fed.clear();
            news = true;
        }
        let wanted = wanted(&cluster.catalogue, &self.graph);
        let mut subs = HashSet::new();
        for one in wanted {
            let scope = match one.namespace.as_str() {
                "" => Scope::All,
                _ => Scope::Namespaces(vec![one.namespace.clone()]),
            };
            let need = Need {
                cluster: self.cluster,
                gvr: one.resource.gvr.clone(),
                scope,
                labels: Text::new(),
                fields: one.fields,
                facet: Facet::Links,
            };
            let sub = ui.subs.want(&need, effects);
            if subs.insert(sub) && !self.fed.iter().any(|fed| fed.sub == sub) {
                self.fed.push(Fed { sub, resource: one.resource, seen: Sub::UNSEEN });
            }
        }
        let (kept, left): (Vec<_>, Vec<_>) =
            std::mem::take(&mut self.fed).into_iter().partition(|fed| subs.contains(&fed.sub));
        self.fed = kept;
        for fed in left {
            self.graph.forget(fed.sub);
            news = true;
        }
        for fed in &mut self.fed {
            let Some(sub) = ui.subs.get_mut(fed.sub) else { continue };
            let kind = (&fed.resource.gvr.group, &fed.resource.kind);
            match sub.news(&mut fed.seen) {
                News::None => continue,
                News::Slots(changed) => {
                    for slot in changed {
                        self.graph.feed(fed.sub, slot, kind, sub.table.row(slot));
                    }
                }
                News::All => {
                    self.graph.forget(fed.sub);
                    for (slot, row) in sub.table.rows() {
                        self.graph.feed(fed.sub, slot, kind, Some(row));
                    }
                }
            }
            news = true;
        }
        news
    }

    /// The subscriptions.
    pub fn subs(&self) -> Vec<SubId> {
        self.fed.iter().map(|fed| fed.sub).collect()
    }

    /// Whether all objects of its kind in its namespace are known.
    pub fn watches(&self, ui: &Ui, id: &ObjectId) -> bool {
        self.fed.iter().any(|fed| {
            let here = |scope: &Scope| match scope {
                Scope::All => true,
                Scope::Namespaces(names) => names.contains(&id.namespace),
            };
            fed.resource.kind == id.kind
                && fed.resource.gvr.group == id.group
                && ui.subs.get(fed.sub).is_some_and(|sub| {
                    sub.complete && here(&sub.need.scope) && *sub.state() == WatchState::Live
                })
        })
    }

    /// Whether every list has arrived, or was refused.
    pub fn is_complete(&self, ui: &Ui) -> bool {
        let done = |fed: &Fed| {
            ui.subs.get(fed.sub).is_some_and(|sub| {
                let refused =
                    matches!(sub.state(), WatchState::Denied(_) | WatchState::NotServed(_));
                sub.complete || refused
            })
        };
        self.kinds.is_some() && self.fed.iter().all(done)
    }

    /// Kinds that could not be read, for titles.
    pub fn denied(&self, ui: &Ui) -> Vec<String> {
        let refused = |fed: &&Fed| ui.subs.is_denied(fed.sub);
        self.fed.iter().filter(refused).map(|fed| fed.resource.gvr.plural.to_string()).collect()
    }

    /// Plurals of the kinds that are watched.
    pub fn plurals(&self) -> Vec<&str> {
        self.fed.iter().map(|fed| fed.resource.gvr.plural.as_str()).collect()
    }
}

/// What a title says of kinds that may not be read; None where all may.
pub fn denied_title(denied: &[String], theme: &Theme) -> Option<(String, Style)> {
    let words = || format!(" not allowed to read {}", denied.join(", "));
    (!denied.is_empty()).then(|| (words(), theme.style(Look::Warning)))
}
