//! A rollout from its subscriptions.

use crate::model::{Cell, Need, SubId, Text, WatchState};
use crate::rollout::{Gathered, Source};
use crate::ui::subs::{News, Sub};
use crate::ui::{Effect, Ui};
use std::collections::HashMap;

/// What was gathered, and the subscriptions it comes from.
#[derive(Debug)]
pub struct Feed {
    /// What is known so far.
    pub gathered: Gathered,
    fed: Vec<Fed>,
    /// What `gathered` needs; None after it has learnt something, which may tell what else it needs.
    needs: Option<Vec<(Source, Need)>>,
}

#[derive(Debug)]
struct Fed {
    source: Source,
    need: Need,
    sub: SubId,
    seen: u64,
    /// Who is in which slot.
    slots: HashMap<u32, Text>,
}

impl Feed {
    /// Nothing is known yet.
    pub fn new(gathered: Gathered) -> Self {
        Self { gathered, fed: Vec::new(), needs: None }
    }

    /// Takes in what changed. Returns whether anything did.
    pub fn take(&mut self, ui: &mut Ui, effects: &mut Vec<Effect>) -> bool {
        let mut news = false;
        for _ in 0..3 {
            if !self.take_once(ui, effects) {
                break;
            }
            news = true;
        }
        news
    }

    fn take_once(&mut self, ui: &mut Ui, effects: &mut Vec<Effect>) -> bool {
        let needs = self.needs.take().unwrap_or_else(|| self.gathered.needs());
        for (source, need) in &needs {
            let sub = ui.subs.want(need, effects);
            match self.fed.iter_mut().find(|fed| fed.need == *need) {
                Some(fed) if fed.sub != sub => (fed.sub, fed.seen) = (sub, Sub::UNSEEN),
                Some(_) => {}
                None => {
                    let slots = HashMap::new();
                    let (source, need) = (*source, need.clone());
                    self.fed.push(Fed { source, need, sub, seen: Sub::UNSEEN, slots });
                }
            }
        }
        let wanted = |fed: &Fed| needs.iter().any(|(_, need)| fed.need == *need);
        let mut news = false;
        for fed in self.fed.extract_if(.., |fed| !wanted(fed)) {
            // A selector that changed finds other objects: what the old one found goes.
            for name in fed.slots.values() {
                let _ = self.gathered.set(fed.source, name, None);
            }
            news = true;
        }
        for fed in &mut self.fed {
            let Some(held) = ui.subs.get_mut(fed.sub) else { continue };
            let slots: Vec<u32> = match held.news(&mut fed.seen) {
                News::None => continue,
                News::Slots(changed) => changed,
                News::All => {
                    self.gathered.forget(fed.source);
                    fed.slots.clear();
                    held.table.rows().map(|(slot, _)| slot).collect()
                }
            };
            for slot in slots {
                if let Some(name) = fed.slots.remove(&slot) {
                    let _ = self.gathered.set(fed.source, &name, None);
                }
                let Some(row) = held.table.row(slot) else { continue };
                let Some(Cell::Text(facts, _)) = row.cells.first() else { continue };
                // The reader made this JSON itself; what cannot be read is left out.
                if self.gathered.set(fed.source, &row.key.name, Some(facts)).is_ok() {
                    fed.slots.insert(slot, row.key.name.clone());
                }
            }
            news = true;
        }
        self.needs = (!news).then_some(needs);
        news
    }

    /// The subscriptions.
    pub fn subs(&self) -> Vec<SubId> {
        self.fed.iter().map(|fed| fed.sub).collect()
    }

    /// Whether every list that a first picture waits for has arrived, or was refused.
    pub fn is_complete(&self, ui: &Ui) -> bool {
        !self.fed.is_empty()
            && self.fed.iter().filter(|fed| fed.source.is_waited_for()).all(|fed| {
                ui.subs.get(fed.sub).is_some_and(|sub| {
                    sub.complete
                        || matches!(sub.state(), WatchState::Denied(_) | WatchState::NotServed(_))
                })
            })
    }

    /// What could not be read.
    pub fn denied(&self, ui: &Ui) -> Vec<String> {
        let refused = |fed: &&Fed| ui.subs.is_denied(fed.sub);
        self.fed.iter().filter(refused).map(|fed| fed.need.gvr.plural.to_string()).collect()
    }
}
