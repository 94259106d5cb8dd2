//! Whether a list is asked for compressed, by what the link to the server was seen to carry.
//!
//! Compressing at level 1 costs an API server more than sending to a neighbour: 10,000 pods as protobuf are 53 MB
//! and come in 0.8 s, or 3 MB that take it 1.5 s. A link that carries less than some 200 Mbit/s is the other way round.
//! The server compresses lists alone, and from 128 KiB on (`k8s.io/apiserver`, `responsewriters/writers.go`).

use serde::{Deserialize, Serialize};
use std::time::Duration;

/// Bytes a second from which on a link is fast.
const FAST: u64 = 24_000_000;
/// A list is not judged before so long.
const PATIENCE: Duration = Duration::from_millis(250);
/// Nor by fewer bytes: the first of a connection come slowly everywhere.
const ENOUGH: u64 = 64 << 10;
/// Enough for a list that was faster than that.
const PLENTY: u64 = 1 << 20;
/// What was seen so many seconds ago may have been another network.
const OLD: i64 = 24 * 3600;

/// What a link was seen to carry.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Pace {
    pub(crate) bytes_per_second: u64,
    /// Unix seconds.
    pub(crate) at: i64,
}

/// How a list is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Packing {
    /// As it is.
    Plain,
    /// As it is, unless it comes so slowly that it is better asked for again, compressed.
    Tried,
    /// Compressed. A server that does not care sends it as it is.
    Packed,
}

/// `packs`: compressing may pay at all: not on this machine, and not where the person said no.
pub(crate) fn choose(packs: bool, seen: Option<Pace>, now: i64) -> Packing {
    match seen {
        _ if !packs => Packing::Plain,
        // A clock that was set back makes nothing younger.
        Some(pace) if pace.is_slow() && (0..OLD).contains(&now.saturating_sub(pace.at)) => {
            Packing::Packed
        }
        _ => Packing::Tried,
    }
}

impl Pace {
    /// What so many bytes of a list in so much time tell; None where they tell nothing.
    pub(crate) fn of(bytes: u64, took: Duration, whole: bool, now: i64) -> Option<Self> {
        let enough = (took >= PATIENCE && bytes >= ENOUGH) || (whole && bytes >= PLENTY);
        let micros = u64::try_from(took.as_micros()).ok().filter(|micros| *micros > 0)?;
        let bytes_per_second = bytes.saturating_mul(1_000_000) / micros;
        enough.then_some(Self { bytes_per_second, at: now })
    }

    pub(crate) fn is_slow(self) -> bool {
        self.bytes_per_second < FAST
    }

    /// Whether this is worth writing down beside what was known.
    pub(crate) fn is_news(self, known: Option<Self>) -> bool {
        known.is_none_or(|known| {
            let since = self.at.saturating_sub(known.at);
            known.is_slow() != self.is_slow() || !(0..OLD / 4).contains(&since)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MS: fn(u64) -> Duration = Duration::from_millis;

    fn seen(bytes_per_second: u64, at: i64) -> Option<Pace> {
        Some(Pace { bytes_per_second, at })
    }

    #[test]
    fn only_a_link_that_was_slow_of_late_is_asked_for_compressed_lists_at_once() {
        let now = 1_800_000_000;
        assert_eq!(choose(true, None, now), Packing::Tried);
        assert_eq!(choose(true, seen(FAST, now - 5), now), Packing::Tried);
        assert_eq!(choose(true, seen(FAST - 1, now - 5), now), Packing::Packed);
        assert_eq!(choose(true, seen(1000, now - OLD), now), Packing::Tried, "that was yesterday");
        assert_eq!(choose(true, seen(1000, now + 9), now), Packing::Tried, "that was tomorrow");
        assert_eq!(choose(false, seen(1000, now), now), Packing::Plain);
        assert_eq!(choose(false, None, now), Packing::Plain);
    }

    #[test]
    fn a_link_is_judged_by_enough_bytes_alone() {
        let pace = |bytes, took, whole| Pace::of(bytes, took, whole, 7);
        assert_eq!(pace(ENOUGH - 1, MS(5000), false), None);
        assert_eq!(pace(30 << 20, MS(249), false), None, "it may be over in a moment");
        assert_eq!(pace(ENOUGH, MS(250), true), seen(262_144, 7));
        assert_eq!(pace(PLENTY - 1, MS(10), true), None);
        assert_eq!(pace(PLENTY, MS(0), true), None);
        // 1, 10, 100 Mbit/s, and 1 Gbit/s with a server that is slower than that.
        for (bytes_per_second, slow) in
            [(125_000, true), (1_250_000, true), (12_500_000, true), (70_000_000, false)]
        {
            let half = pace(bytes_per_second / 2, MS(500), false);
            assert_eq!(
                half.or_else(|| pace(bytes_per_second, MS(1000), false)).map(Pace::is_slow),
                Some(slow)
            );
        }
    }

    #[test]
    fn it_is_written_down_when_it_tells_something_else_or_is_long_ago() {
        let pace = |bytes_per_second, at| Pace { bytes_per_second, at };
        assert!(pace(1000, 0).is_news(None));
        assert!(!pace(1000, 9).is_news(seen(2000, 0)));
        assert!(pace(FAST, 9).is_news(seen(2000, 0)));
        assert!(pace(1000, OLD).is_news(seen(2000, 0)));
        assert!(pace(1000, 0).is_news(seen(2000, 9)), "or of a clock that was set back");
    }
}
