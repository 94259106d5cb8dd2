//! How the workloads of the app roll out, on the same ladder as their own panes.

use super::{AppPane, Whereabouts};
use crate::model::{ObjRef, SubId, Tone};
use crate::relations::ObjectId;
use crate::rollout::Phase;
use crate::rollout::gathered::kind_of;
use crate::ui::panes::rollout::{Rolling, tone};
use crate::ui::{Effect, Ui};

/// Workloads that the line in the head tells of.
const TOLD: usize = 2;

/// The workloads that the app delivers and that roll out, and how they stand.
#[derive(Debug, Default)]
pub struct Rolls {
    /// Which they are.
    pub objects: Vec<ObjRef>,
    /// None until that is known.
    rolling: Option<Rolling>,
    /// Has to be thought about again.
    stale: bool,
    /// Revision of the kinds that are served, as it was looked at last.
    kinds: Option<u64>,
    /// Those that are not done: what is in trouble first.
    told: Vec<(ObjectId, Phase, String)>,
    judged: i64,
}

impl Rolls {
    /// Which they are has to be thought about again.
    pub fn forget(&mut self) {
        self.stale = true;
    }

    /// The sentence of a workload that is not done.
    pub fn of(&self, id: &ObjectId) -> Option<(&str, Tone)> {
        let (_, phase, words) = self.told.iter().find(|(one, ..)| one == id)?;
        Some((words, tone(*phase)))
    }

    /// What rolls now, in one line; None where nothing does.
    pub fn line(&self) -> Option<(String, Tone)> {
        let (_, worst, _) = self.told.first()?;
        let each: Vec<String> =
            self.told.iter().take(TOLD).map(|(id, _, words)| format!("{id}: {words}")).collect();
        let more = match self.told.len().saturating_sub(TOLD) {
            0 => String::new(),
            n => format!("; and {n} more"),
        };
        let all = self.objects.len();
        let words = match (self.told.len(), all) {
            (_, 1) => format!("rollout: {}", each.join("")),
            (n, _) => format!("rollouts, {n} of {all} not done: {}{more}", each.join("; ")),
        };
        Some((words, tone(*worst)))
    }

    /// The subscriptions.
    pub fn subs(&self) -> Vec<SubId> {
        self.rolling.as_ref().map_or_else(Vec::new, Rolling::subs)
    }

    /// Whether all that is told is known.
    pub fn is_complete(&self, ui: &Ui) -> bool {
        self.rolling.as_ref().is_none_or(|rolling| rolling.is_complete(ui))
    }

    /// Sentences tell how long something has waited: they change by themselves.
    pub fn next_due(&self) -> Option<i64> {
        (!self.told.is_empty()).then_some(self.judged + 1)
    }
}

impl AppPane {
    /// Brings what is told of rollouts up to date.
    pub(super) fn look_at_rollouts(&mut self, ui: &mut Ui, effects: &mut Vec<Effect>) {
        if self.page.is_none() {
            return;
        }
        let mut news = false;
        let there = match self.whereabouts {
            Whereabouts::On(cluster, _) => cluster,
            _ => self.cluster,
        };
        let kinds = ui.clusters.get(&there).map(|on| on.revision);
        let served = std::mem::replace(&mut self.rolls.kinds, kinds) != kinds;
        if std::mem::take(&mut self.rolls.stale) || served {
            let found = self.delivered_objects(ui).map(|(cluster, objects)| {
                let rolls = objects.into_iter().filter(|one| kind_of(&one.gvr).is_some());
                (cluster, rolls.collect::<Vec<ObjRef>>())
            });
            self.rolls.objects = found.iter().flat_map(|(_, all)| all).cloned().collect();
            self.rolls.rolling = match (self.rolls.rolling.take(), found) {
                (_, None) => None,
                (_, Some((_, objects))) if objects.is_empty() => None,
                (Some(mut known), Some((cluster, objects))) if known.cluster() == cluster => {
                    known.set(&objects);
                    Some(known)
                }
                (_, Some((cluster, objects))) => Some(Rolling::of(cluster, &objects)),
            };
            news = true;
        }
        if let Some(rolling) = &mut self.rolls.rolling {
            news |= rolling.take(ui, effects);
        }
        let ticks = self.rolls.next_due().is_some_and(|due| due <= ui.now);
        if !news && !ticks {
            return;
        }
        self.rolls.judged = ui.now;
        let told = self
            .rolls
            .rolling
            .iter()
            .flat_map(|rolling| rolling.told(ui, |phase, _| phase != Phase::Done));
        let told: Vec<(ObjectId, Phase, String)> = told
            .map(|one| {
                let id = ObjectId {
                    group: one.object.gvr.group,
                    kind: one.object.kind,
                    namespace: one.object.namespace,
                    name: one.object.name,
                };
                (id, one.standing.phase, one.sentence)
            })
            // Judged closely it may be done by now.
            .filter(|(_, phase, _)| *phase != Phase::Done)
            .collect();
        if told != self.rolls.told {
            self.rolls.told = told;
            self.stale = true;
            ui.dirty = true;
        }
    }
}
