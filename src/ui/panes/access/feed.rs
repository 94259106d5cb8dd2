//! Roles and bindings from their subscriptions.

use crate::model::{Cell, ClusterId, Facet, Need, Scope, SubId, Text, WatchState};
use crate::rbac::{Policy, SOURCES, Source};
use crate::ui::subs::{News, Sub};
use crate::ui::{Effect, Ui};
use std::collections::HashMap;

/// The policy and the four subscriptions it is made of.
#[derive(Debug)]
pub struct Feed {
    cluster: ClusterId,
    /// What is known so far.
    pub policy: Policy,
    fed: Vec<Fed>,
}

#[derive(Debug)]
struct Fed {
    source: Source,
    sub: SubId,
    seen: u64,
    /// Who is in which slot.
    slots: HashMap<u32, (Text, Text)>,
}

impl Feed {
    /// Of a cluster; nothing is known yet.
    pub fn new(cluster: ClusterId) -> Self {
        Self { cluster, policy: Policy::default(), fed: Vec::new() }
    }

    /// Takes in what changed. Returns whether anything did.
    pub fn take(&mut self, ui: &mut Ui, effects: &mut Vec<Effect>) -> bool {
        let mut news = false;
        for source in SOURCES {
            let need = Need {
                cluster: self.cluster,
                gvr: source.gvr(),
                scope: Scope::All,
                labels: Text::new(),
                fields: Text::new(),
                facet: Facet::Rules,
            };
            let sub = ui.subs.want(&need, effects);
            let at = self.fed.iter().position(|fed| fed.source == source);
            let at = at.unwrap_or_else(|| {
                self.fed.push(Fed { source, sub, seen: Sub::UNSEEN, slots: HashMap::new() });
                self.fed.len() - 1
            });
            let fed = &mut self.fed[at];
            if fed.sub != sub {
                (fed.sub, fed.seen) = (sub, Sub::UNSEEN);
            }
            let Some(held) = ui.subs.get_mut(sub) else { continue };
            let slots: Vec<u32> = match held.news(&mut fed.seen) {
                News::None => continue,
                News::Slots(changed) => changed,
                News::All => {
                    for (namespace, name) in std::mem::take(&mut fed.slots).into_values() {
                        // What goes needs no reading.
                        let _ = self.policy.set(source, &namespace, &name, None);
                    }
                    held.table.rows().map(|(slot, _)| slot).collect()
                }
            };
            for slot in slots {
                if let Some((namespace, name)) = fed.slots.remove(&slot) {
                    let _ = self.policy.set(source, &namespace, &name, None);
                }
                let Some(row) = held.table.row(slot) else { continue };
                let Some(Cell::Text(said, _)) = row.cells.first() else { continue };
                let (namespace, name) = (&row.key.namespace, &row.key.name);
                // The reader made this JSON itself.
                if self.policy.set(source, namespace, name, Some(said)).is_ok() {
                    fed.slots.insert(slot, (namespace.clone(), name.clone()));
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

    /// Whether every list has arrived, or was refused.
    pub fn is_complete(&self, ui: &Ui) -> bool {
        self.fed.len() == SOURCES.len()
            && self.fed.iter().all(|fed| {
                ui.subs.get(fed.sub).is_some_and(|sub| {
                    sub.complete
                        || matches!(sub.state(), WatchState::Denied(_) | WatchState::NotServed(_))
                })
            })
    }

    /// Lists that could not be read, or not in every namespace.
    pub fn denied(&self, ui: &Ui) -> Vec<String> {
        let refused = |fed: &&Fed| {
            ui.subs.get(fed.sub).is_some_and(|sub| {
                let no = |state: &WatchState| {
                    matches!(state, WatchState::Denied(_) | WatchState::NotServed(_))
                };
                sub.states.iter().any(no)
            })
        };
        self.fed.iter().filter(refused).map(|fed| fed.source.gvr().plural.to_string()).collect()
    }
}
