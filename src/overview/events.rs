//! How many events there are, and when they came.

use super::{HOUR, Rows, most};
use crate::model::Cell;
use std::collections::HashMap;

/// Stretches of five minutes that make up an hour.
pub const BUCKETS: usize = 12;

/// Events of the last hour.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Rate {
    /// Objects of kind Event that were seen last within each five minutes, the newest last.
    pub buckets: [usize; BUCKETS],
    /// Of those, warnings.
    pub warnings: [usize; BUCKETS],
    /// Reasons of the warnings, and how many events gave each; most first.
    pub reasons: Vec<(String, usize)>,
}

impl Rate {
    /// All of the hour.
    pub fn total(&self) -> usize {
        self.buckets.iter().sum()
    }

    /// Warnings of the hour.
    pub fn all_warnings(&self) -> usize {
        self.warnings.iter().sum()
    }
}

/// Sorts events by when they were seen last.
pub fn rate(events: Rows<'_>, now: i64) -> Rate {
    let (seen, kind, reason) =
        (events.column("LAST SEEN"), events.column("TYPE"), events.column("REASON"));
    let mut rate = Rate::default();
    let mut reasons: HashMap<String, usize> = HashMap::new();
    let width = HOUR / 12;
    for row in events.iter() {
        let Cell::Since(at) = seen.of(row) else { continue };
        // Clocks of nodes go a little ahead.
        let ago = (now - at).max(0);
        let Some(bucket) = usize::try_from(ago / width).ok().filter(|at| *at < BUCKETS) else {
            continue;
        };
        let bucket = BUCKETS - 1 - bucket;
        rate.buckets[bucket] += 1;
        if !matches!(kind.of(row), Cell::Text(text, _) if text == "Normal") {
            rate.warnings[bucket] += 1;
            if let Cell::Text(text, _) = reason.of(row) {
                *reasons.entry(text.to_string()).or_default() += 1;
            }
        }
    }
    rate.reasons = most(reasons);
    rate
}
