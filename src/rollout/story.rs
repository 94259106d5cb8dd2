//! A rollout as it is told: its state, the one sentence, and what the sentence rests on.

use super::blockers::{self, Blocker, Hold};
use super::ladder::{self, Phase, Standing};
use super::situation::Situation;
use crate::text::sanitise::clean;

/// A rollout at one moment.
#[derive(Clone, Debug, PartialEq)]
pub struct Story {
    /// How it stands; it is stuck where something keeps it that does not pass by itself.
    pub standing: Standing,
    /// What keeps it, the root cause first.
    pub blockers: Vec<Blocker>,
    /// What else is worth knowing.
    pub notes: Vec<String>,
}

impl Story {
    /// The story of a situation at `now` (Unix seconds).
    pub fn of(situation: &Situation, now: i64) -> Self {
        let mut standing = ladder::judge(&situation.workload, now);
        let blockers = blockers::find(situation, &standing, now);
        let broken = blockers.iter().any(|blocker| blocker.hold == Hold::Broken);
        // What is done and on its way out is no end to wait for either.
        if matches!(standing.phase, Phase::Progressing | Phase::Done) && broken {
            standing.phase = Phase::Stuck;
        }
        standing.words = clean(&standing.words).into_owned();
        Self { standing, blockers, notes: notes(situation) }
    }

    /// The sentence: what blocks it, with the root cause; that it is done; or that nothing blocks it.
    pub fn sentence(&self) -> String {
        let words = &self.standing.words;
        match (self.standing.phase, self.blockers.as_slice()) {
            (Phase::Done, []) => words.clone(),
            (_, []) => format!("nothing blocks it: {words}"),
            (_, [first, others @ ..]) => {
                // What failed says so; its words may be the reason themselves.
                let failed = self.standing.phase == Phase::Failed
                    && !first.words.starts_with(words.as_str());
                let ahead = if failed { format!("{words}: ") } else { String::new() };
                let more = match others.len() {
                    0 => String::new(),
                    1 => " (and 1 thing more)".to_owned(),
                    n => format!(" (and {n} things more)"),
                };
                format!("blocked: {ahead}{}{more}", first.words)
            }
        }
    }
}

fn notes(situation: &Situation) -> Vec<String> {
    let mut notes = Vec::new();
    if let [first, others @ ..] = situation.strangers.as_slice() {
        let whose = match first.owner.as_str() {
            "" => "which nobody controls".to_owned(),
            owner => format!("which belongs to {owner}"),
        };
        let more = match others.len() {
            0 => String::new(),
            n => format!(" (and {n} more)"),
        };
        let note = format!("its selector finds pod {}{more}, {whose}", first.pod);
        notes.push(clean(&note).into_owned());
    }
    if situation.workload.kind.has_sets() && !situation.sets.is_empty() {
        let unnumbered =
            situation.sets.iter().filter(|set| super::situation::number(set) == 0).count();
        if unnumbered > 0 {
            notes.push(format!(
                "{unnumbered} of its ReplicaSets carry no revision: they are in no history"
            ));
        }
    }
    notes
}
