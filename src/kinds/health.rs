//! Judging workloads: conditions, counts and generations to one health, tone and word. The rules are
//! those of kstatus and Argo CD where these agree, with our words.

use super::de::{Meta, Str};
use super::proto::from_message;
use crate::model::{Health, Tone};
use serde::Deserialize;

/// One entry of `status.conditions`.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct Condition<'a> {
    #[serde(borrow, rename = "type")]
    pub kind: Str<'a>,
    pub status: Str<'a>,
    pub reason: Str<'a>,
}

from_message!(Condition<'de> { kind = "type", status, reason });

impl Condition<'_> {
    /// The condition holds.
    pub(super) fn is_true(&self) -> bool {
        &*self.status == "True"
    }

    /// The condition is known not to hold.
    pub(super) fn is_false(&self) -> bool {
        &*self.status == "False"
    }
}

/// The condition of this type.
pub(super) fn condition<'c, 'a>(
    conditions: &'c [Condition<'a>],
    kind: &str,
) -> Option<&'c Condition<'a>> {
    conditions.iter().find(|condition| &*condition.kind == kind)
}

/// What we think of an object.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Verdict {
    pub health: Health,
    /// Tone of the word.
    pub tone: Tone,
    /// One word for the STATE column.
    pub word: &'static str,
}

impl Verdict {
    pub(super) const fn healthy(word: &'static str) -> Self {
        Self { health: Health::Healthy, tone: Tone::Good, word }
    }
    pub(super) const fn idle(word: &'static str) -> Self {
        Self { health: Health::Healthy, tone: Tone::Dim, word }
    }
    pub(super) const fn suspended(word: &'static str) -> Self {
        Self { health: Health::Suspended, tone: Tone::Dim, word }
    }
    pub(super) const fn busy(word: &'static str) -> Self {
        Self { health: Health::Progressing, tone: Tone::Busy, word }
    }
    pub(super) const fn warn(word: &'static str) -> Self {
        Self { health: Health::Progressing, tone: Tone::Warn, word }
    }
    pub(super) const fn bad(word: &'static str) -> Self {
        Self { health: Health::Degraded, tone: Tone::Bad, word }
    }

    /// Tone of the whole line: what is as it should be is not coloured.
    pub(super) fn line(self) -> Tone {
        if self.tone == Tone::Good { Tone::Plain } else { self.tone }
    }
}

/// The counts every replicated workload reports.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Counts {
    /// Asked for.
    pub desired: i64,
    /// There, of whatever revision.
    pub current: i64,
    /// Of the newest revision.
    pub updated: i64,
    /// Ready.
    pub ready: i64,
    /// Ready for long enough.
    pub available: i64,
}

impl Counts {
    /// Judges the counts alone.
    pub(super) fn judge(self) -> Verdict {
        if self.updated < self.desired {
            Verdict::busy("Updating")
        } else if self.current > self.updated {
            Verdict::busy("Retiring")
        } else if self.desired == 0 {
            Verdict::idle("Scaled to 0")
        } else if self.available < self.desired {
            Verdict::busy("Starting")
        } else {
            Verdict::healthy("Available")
        }
    }
}

/// Judges a ReplicaSet or ReplicationController: they know no revisions, only numbers.
pub(super) fn replicas(
    meta: &Meta<'_>,
    observed: Option<i64>,
    conditions: &[Condition<'_>],
    counts: Counts,
) -> Verdict {
    if !meta.deletion_timestamp.is_empty() {
        Verdict::busy("Terminating")
    } else if lags(meta.generation, observed) {
        Verdict::busy("Unobserved")
    } else if condition(conditions, "ReplicaFailure").is_some_and(Condition::is_true) {
        Verdict::bad("Failing")
    } else if counts.current > counts.desired {
        Verdict::busy("Scaling down")
    } else {
        counts.judge()
    }
}

/// Whether the controller has not yet seen the newest spec.
pub(super) fn lags(generation: Option<i64>, observed: Option<i64>) -> bool {
    match (generation, observed) {
        (Some(generation), Some(observed)) => observed < generation,
        // Never observed at all: a controller that reports generations has not come by yet.
        (Some(generation), None) => generation > 0,
        _ => false,
    }
}

/// A count as a table cell holds it: never negative.
pub(super) fn count(n: i64) -> u32 {
    u32::try_from(n.max(0)).unwrap_or(u32::MAX)
}
