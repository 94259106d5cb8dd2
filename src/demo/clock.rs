//! The server's time: real while the simulation runs by itself, set by hand in tests.

use std::cell::Cell;
use std::time::Instant;

use jiff::Timestamp;

/// Milliseconds since the Unix epoch.
#[derive(Debug)]
pub enum Clock {
    /// Follows the machine.
    Real {
        /// Time at the start.
        base: i64,
        /// The moment of the start.
        started: Instant,
    },
    /// Stands still until told.
    Set(Cell<i64>),
}

impl Clock {
    /// A clock that runs, starting at this time.
    pub fn real(base: i64) -> Self {
        Self::Real { base, started: Instant::now() }
    }

    /// Now, in milliseconds.
    pub fn millis(&self) -> i64 {
        match self {
            Self::Real { base, started } => {
                let elapsed = i64::try_from(started.elapsed().as_millis()).unwrap_or(i64::MAX);
                base.saturating_add(elapsed)
            }
            Self::Set(now) => now.get(),
        }
    }

    /// Moves a set clock forward; a real one needs no help.
    pub fn advance_to(&self, millis: i64) {
        if let Self::Set(now) = self {
            now.set(now.get().max(millis));
        }
    }

    /// Now as objects write it: `2026-11-22T10:00:00Z`.
    pub fn stamp(&self) -> String {
        stamp(self.millis() / 1000)
    }
}

/// Unix seconds as metav1.Time writes them.
pub fn stamp(seconds: i64) -> String {
    Timestamp::from_second(seconds).unwrap_or(Timestamp::UNIX_EPOCH).to_string()
}

/// Unix milliseconds as metav1.MicroTime writes them.
pub fn micro_stamp(millis: i64) -> String {
    stamp_of_micros(millis * 1000)
}

/// Unix microseconds as metav1.MicroTime writes them.
pub fn stamp_of_micros(micros: i64) -> String {
    let seconds = stamp(micros.div_euclid(1_000_000));
    format!("{}.{:06}Z", seconds.trim_end_matches('Z'), micros.rem_euclid(1_000_000))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_written_as_the_api_writes_them() {
        assert_eq!(stamp(1_700_000_000), "2023-11-14T22:13:20Z");
        assert_eq!(micro_stamp(1_700_000_000_042), "2023-11-14T22:13:20.042000Z");
    }
}
