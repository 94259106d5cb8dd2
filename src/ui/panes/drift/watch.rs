//! Which of the objects on screen have changed: one watch for each kind and namespace.

use crate::model::{ClusterId, Facet, Need, Scope, SubId, Text, WatchState};
use crate::relations::{ObjectId, Wanted};
use crate::ui::subs::{News, Sub};
use crate::ui::{Effect, Ui};
use std::collections::BTreeMap;

/// One kind that is watched.
#[derive(Debug)]
struct Fed {
    sub: SubId,
    cluster: ClusterId,
    group: Text,
    kind: Text,
    seen: u64,
    /// What is in each slot, to know what has vanished from it.
    slots: BTreeMap<u32, ObjectId>,
}

/// What is watched.
#[derive(Debug, Default)]
pub struct Watch(Vec<Fed>);

/// An object as its row tells: where, which, and its version; None where it is not there.
pub type Seen = (ClusterId, ObjectId, Option<u64>);

impl Watch {
    /// Subscribes to what is wanted and returns what was told anew.
    pub fn take(
        &mut self,
        ui: &mut Ui,
        wanted: Vec<(ClusterId, Wanted)>,
        effects: &mut Vec<Effect>,
    ) -> Vec<Seen> {
        let mut subs = Vec::new();
        for (cluster, one) in wanted {
            let scope = match one.namespace.as_str() {
                "" => Scope::All,
                _ => Scope::Namespaces(vec![one.namespace.clone()]),
            };
            let gvr = one.resource.gvr.clone();
            let (labels, fields, facet) = (Text::new(), one.fields, Facet::Links);
            let need = Need { cluster, gvr, scope, labels, fields, facet };
            let sub = ui.subs.want(&need, effects);
            subs.push(sub);
            if !self.0.iter().any(|fed| fed.sub == sub) {
                self.0.push(Fed {
                    sub,
                    cluster,
                    group: one.resource.gvr.group,
                    kind: one.resource.kind,
                    seen: Sub::UNSEEN,
                    slots: BTreeMap::new(),
                });
            }
        }
        self.0.retain(|fed| subs.contains(&fed.sub));
        let mut seen = Vec::new();
        for fed in &mut self.0 {
            let Some(sub) = ui.subs.get_mut(fed.sub) else { continue };
            let slots: Vec<u32> = match sub.news(&mut fed.seen) {
                News::None => continue,
                News::Slots(slots) => slots,
                News::All => {
                    let held = std::mem::take(&mut fed.slots).into_values();
                    // What is still there comes again below, and with its version.
                    let now = |id: &ObjectId| {
                        sub.table.slot(&crate::model::Key {
                            namespace: id.namespace.clone(),
                            name: id.name.clone(),
                        })
                    };
                    let gone = held.filter(|id| now(id).is_none());
                    seen.extend(gone.map(|id| (fed.cluster, id, None)));
                    sub.table.rows().map(|(slot, _)| slot).collect()
                }
            };
            for slot in slots {
                let told = sub.table.row(slot).map(|row| {
                    let id = ObjectId {
                        group: fed.group.clone(),
                        kind: fed.kind.clone(),
                        namespace: row.key.namespace.clone(),
                        name: row.key.name.clone(),
                    };
                    (id, row.version)
                });
                let held = match &told {
                    Some((id, _)) => fed.slots.insert(slot, id.clone()),
                    None => fed.slots.remove(&slot),
                };
                if let Some(held) = held
                    && told.as_ref().is_none_or(|(id, _)| *id != held)
                {
                    seen.push((fed.cluster, held, None));
                }
                seen.extend(told.map(|(id, version)| (fed.cluster, id, Some(version))));
            }
        }
        seen
    }

    /// The subscriptions.
    pub fn subs(&self) -> Vec<SubId> {
        self.0.iter().map(|fed| fed.sub).collect()
    }

    /// Kinds that could not be watched, for the title.
    pub fn denied(&self, ui: &Ui) -> Vec<String> {
        let refused = |fed: &&Fed| {
            ui.subs.get(fed.sub).is_some_and(|sub| matches!(sub.state(), WatchState::Denied(_)))
        };
        self.0.iter().filter(refused).map(|fed| fed.kind.to_string()).collect()
    }
}
