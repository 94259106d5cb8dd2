//! Where a log goes on after its stream was cut: no line lost, none told twice.
//!
//! A server goes back to a whole second only, so it repeats lines, and the lines of a container's
//! two outputs may stand in the log a little out of the order of their stamps. So what was told of
//! the last seconds is remembered line by line, and each line that is repeated is struck off once.

use super::lines::Line;
use rustc_hash::{FxHashMap, FxHasher};
use std::collections::VecDeque;
use std::hash::Hasher as _;

/// Nanoseconds in a second.
const SECOND: i64 = 1_000_000_000;
/// How far behind the newest stamp a line may stand: its writer took the time and then waited.
const BEHIND: i64 = 1;
/// Most lines remembered, for logs whose stamps do not move on.
const MAX_RECENT: usize = 1 << 20;

/// One line that was told.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
struct Told {
    at: i64,
    text: u64,
}

/// How far the log of one container was told.
#[derive(Debug, Default)]
pub(super) struct Cursor {
    /// Lines from `since` on, in the order in which they were told.
    recent: VecDeque<Told>,
    newest: Option<i64>,
    /// Stamp of the line before, for lines that have none.
    last: i64,
    /// The first line ever told is no longer among the recent ones.
    trimmed: bool,
    /// Nothing from before this moment is wanted, Unix nanoseconds.
    from: Option<i64>,
    replay: Option<Replay>,
}

/// A stream that repeats what was told.
#[derive(Debug)]
struct Replay {
    left: FxHashMap<Told, u32>,
    /// No line after this stamp was told.
    until: i64,
    /// What comes before the first line ever told was never wanted.
    before: bool,
    /// Only lines without a stamp so far: the end of one that began before.
    leading: bool,
}

impl Cursor {
    /// One that leaves out what is older than this, Unix nanoseconds.
    pub(super) fn from(at: i64) -> Self {
        Self { from: Some(at), ..Self::default() }
    }

    /// Whether a line was told.
    pub(super) fn began(&self) -> bool {
        !self.recent.is_empty()
    }

    /// From which second on a new stream must repeat; None where no line had a stamp.
    pub(super) fn since(&self) -> Option<i64> {
        self.newest.map(|newest| newest.div_euclid(SECOND) - BEHIND)
    }

    /// A new stream begins, which may repeat what was told.
    pub(super) fn resume(&mut self) {
        if self.recent.is_empty() {
            return;
        }
        let mut left = FxHashMap::default();
        for told in &self.recent {
            *left.entry(*told).or_default() += 1;
        }
        let until = self.newest.unwrap_or(i64::MAX);
        self.last = 0;
        // Where no line has a stamp, nothing tells what came before.
        let before = !self.trimmed && self.newest.is_some();
        self.replay = Some(Replay { left, until, before, leading: true });
    }

    /// Takes a line as it comes: its stamp (0 without), or None where it was told before.
    pub(super) fn admit(&mut self, line: &Line<'_>) -> Option<i64> {
        let mut hasher = FxHasher::default();
        hasher.write(line.text);
        if let Some(at) = line.at {
            self.last = at;
        }
        let told = Told { at: self.last, text: hasher.finish() };
        if let Some(replay) = &mut self.replay {
            if replay.leading && line.at.is_none() && replay.until != i64::MAX {
                return None;
            }
            replay.leading = false;
            if told.at > replay.until {
                self.replay = None;
            } else if let Some(left) = replay.left.get_mut(&told).filter(|left| **left > 0) {
                *left -= 1;
                replay.before = false;
                return None;
            } else if replay.before {
                return None;
            }
        }
        if line.at.is_some_and(|at| self.from.is_some_and(|from| at < from)) {
            return None;
        }
        self.remember(told, line.at.is_some());
        Some(line.at.unwrap_or_default())
    }

    fn remember(&mut self, told: Told, stamped: bool) {
        if stamped && self.newest.is_none_or(|newest| newest < told.at) {
            self.newest = Some(told.at);
        }
        self.recent.push_back(told);
        let since = self.since().map_or(i64::MIN, |since| since.saturating_mul(SECOND));
        while self.recent.front().is_some_and(|told| told.at < since)
            || self.recent.len() > MAX_RECENT
        {
            self.recent.pop_front();
            self.trimmed = true;
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
    use super::super::lines::Cutter;
    use super::*;
    use proptest::prelude::*;

    /// A log as a node keeps it.
    #[derive(Clone, Debug)]
    struct Log(Vec<(i64, String)>);

    impl Log {
        /// What the server sends from this second on.
        fn from(&self, since: Option<i64>) -> Vec<u8> {
            let since = since.map_or(i64::MIN, |since| since * SECOND);
            let mut out = Vec::new();
            for (at, text) in self.0.iter().filter(|(at, _)| *at >= since) {
                let time = jiff::Timestamp::from_nanosecond(i128::from(*at)).unwrap();
                out.extend(format!("{time:.9} {text}\n").into_bytes());
            }
            out
        }

        fn tail(&self, lines: usize) -> Self {
            Self(self.0[self.0.len().saturating_sub(lines)..].to_vec())
        }
    }

    /// Reads `bytes` and tells what is new.
    fn read(cursor: &mut Cursor, mut bytes: &[u8], told: &mut Vec<(i64, String)>) {
        cursor.resume();
        let mut cutter = Cutter::default();
        while let Some(line) = cutter.next(&mut bytes) {
            if let Some(at) = cursor.admit(&line) {
                told.push((at, String::from_utf8(line.text.to_vec()).unwrap()));
            }
        }
    }

    fn log(lines: &[(i64, &str)]) -> Log {
        Log(lines.iter().map(|(at, text)| (*at, (*text).to_owned())).collect())
    }

    #[test]
    fn a_stream_cut_at_any_byte_goes_on_without_loss_or_repetition() {
        // Several lines at one stamp, equal ones among them, and two that overtook each other.
        let log = log(&[
            (SECOND, "a"),
            (SECOND, "a"),
            (SECOND, "b"),
            (SECOND + 7, "tick"),
            (2 * SECOND + 9, "stderr"),
            (2 * SECOND + 5, "stdout"),
            (2 * SECOND + 9, "stderr"),
            (9 * SECOND, "long after"),
            (9 * SECOND + 1, ""),
            (9 * SECOND + 1, ""),
        ]);
        let whole = log.from(None);
        for first in 0..=whole.len() {
            for second in [0, 1, 40, 100, 200] {
                let (mut cursor, mut told) = (Cursor::default(), Vec::new());
                read(&mut cursor, &whole[..first], &mut told);
                let again = log.from(cursor.since());
                read(&mut cursor, &again[..second.min(again.len())], &mut told);
                let again = log.from(cursor.since());
                read(&mut cursor, &again, &mut told);
                assert_eq!(told, log.0, "cut after {first} and {second} bytes");
            }
        }
    }

    #[test]
    fn what_came_before_the_first_line_asked_for_is_not_told_after_a_cut() {
        let log = log(&[
            (SECOND, "one"),
            (SECOND + 1, "two"),
            (SECOND + 2, "three"),
            (SECOND + 3, "four"),
        ]);
        let tail = log.tail(2);
        let bytes = tail.from(None);
        for cut in 0..bytes.len() {
            let (mut cursor, mut told) = (Cursor::default(), Vec::new());
            read(&mut cursor, &bytes[..cut], &mut told);
            let again = if cursor.began() { log.from(cursor.since()) } else { bytes.clone() };
            read(&mut cursor, &again, &mut told);
            assert_eq!(told, tail.0, "cut after {cut} bytes");
        }
        let (mut cursor, mut told) = (Cursor::from(SECOND + 2), Vec::new());
        read(&mut cursor, &log.from(Some(1)), &mut told);
        assert_eq!(told, tail.0);
    }

    #[test]
    fn a_log_that_was_rotated_meanwhile_goes_on() {
        let whole = log(&[(SECOND, "a"), (SECOND + 1, "b"), (SECOND + 2, "c"), (SECOND + 3, "d")]);
        for gone in 0..=3 {
            let (mut cursor, mut told) = (Cursor::default(), Vec::new());
            read(
                &mut cursor,
                &log(&[(SECOND, "a"), (SECOND + 1, "b"), (SECOND + 2, "c")]).from(None),
                &mut told,
            );
            let rotated = Log(whole.0[gone..].to_vec());
            let again = rotated.from(cursor.since());
            read(&mut cursor, &again, &mut told);
            assert_eq!(told, whole.0, "the first {gone} lines were moved aside");
        }
    }

    #[test]
    fn the_end_of_a_line_that_began_before_is_not_told_again() {
        let (mut cursor, mut told) = (Cursor::default(), Vec::new());
        read(&mut cursor, &log(&[(5 * SECOND, "a")]).from(None), &mut told);
        let mut again = b"of a line in pieces\n".to_vec();
        again.extend(log(&[(5 * SECOND, "a"), (6 * SECOND, "b")]).from(None));
        read(&mut cursor, &again, &mut told);
        assert_eq!(told, [(5 * SECOND, "a".to_owned()), (6 * SECOND, "b".to_owned())]);
    }

    #[test]
    fn memory_is_of_the_last_seconds_only() {
        let mut cursor = Cursor::default();
        for i in 0..100_000 {
            cursor.admit(&Line { at: Some(i * 1_000_000), text: b"x" });
        }
        assert!(cursor.recent.len() <= 2_001, "{}", cursor.recent.len());
    }

    proptest! {
        #[test]
        fn any_log_cut_anywhere_is_told_once(
            steps in proptest::collection::vec((0i64..800_000_000, 0i64..900_000_000, 0u8..3), 1..40),
            cuts in proptest::collection::vec(0usize..2000, 0..6),
        ) {
            // Time goes on; a line may stand a little behind, and many are equal.
            let mut now = 3 * SECOND;
            let lines = steps.into_iter().map(|(step, behind, text)| {
                now += if step < 200_000_000 { 0 } else { step };
                (if text == 0 { now - behind } else { now }, format!("line {text}"))
            });
            let log = Log(lines.collect());
            let (mut cursor, mut told) = (Cursor::default(), Vec::new());
            for cut in cuts {
                let bytes = log.from(cursor.since());
                read(&mut cursor, &bytes[..cut.min(bytes.len())], &mut told);
            }
            let bytes = log.from(cursor.since());
            read(&mut cursor, &bytes, &mut told);
            prop_assert_eq!(told, log.0);
        }
    }
}
