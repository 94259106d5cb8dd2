//! Lines on their way out of the program: the chunks as they were, shared, and what of them is
//! wanted. The work is done where they are written.

use super::ansi;
use super::filter::Filter;
use super::ring::{Chunk, Line};
use std::collections::BTreeSet;
use std::io::{self, Write};
use std::sync::Arc;

/// Lines to be written somewhere.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Snapshot {
    /// Where they are held.
    pub chunks: Vec<Arc<Chunk>>,
    /// Those that pass.
    pub filter: Filter,
    /// Only these, where some were chosen.
    pub only: Option<BTreeSet<u64>>,
    /// What stands before the lines of each source; empty where there is only one.
    pub labels: Vec<String>,
    /// With time stamps.
    pub times: bool,
    /// Made safe to print: no escape sequences, no controls. Otherwise as the container wrote them.
    pub plain: bool,
}

impl Snapshot {
    /// Whether a line is wanted. Our own lines are not: they are no part of any log.
    fn wants(&self, line: &Line<'_>) -> bool {
        !line.is_note()
            && match &self.only {
                Some(only) => only.contains(&line.number),
                None => self.filter.keeps(line.text),
            }
    }

    /// Writes the lines; how many there were.
    ///
    /// # Errors
    /// What the writer says.
    pub fn write_to(&self, out: &mut dyn Write) -> io::Result<u64> {
        let mut count = 0;
        for line in self.chunks.iter().flat_map(|chunk| chunk.lines()) {
            if !self.wants(&line) {
                continue;
            }
            count += 1;
            if let Some(label) = self.labels.get(line.source as usize) {
                write!(out, "{label} ")?;
            }
            if self.times
                && line.at != 0
                && let Ok(at) = jiff::Timestamp::from_nanosecond(line.at.into())
            {
                write!(out, "{at} ")?;
            }
            if self.plain {
                out.write_all(ansi::plain(line.text).as_bytes())?;
            } else {
                out.write_all(line.text)?;
            }
            out.write_all(b"\n")?;
        }
        Ok(count)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::super::ring::tests::batch;
    use super::super::ring::{NOTE, Ring};
    use super::*;

    fn ring() -> Ring {
        let mut ring = Ring::new(1 << 20);
        ring.note(NOTE, 0, "pod a started");
        let mut lines = batch(&[b"\x1b[31mone\x1b[0m", b"two\xff", b"three"]);
        lines.lines[1].at = 1_767_225_600_000_000_000;
        ring.push(&lines);
        ring
    }

    fn written(snapshot: &Snapshot) -> Vec<u8> {
        let mut out = Vec::new();
        snapshot.write_to(&mut out).unwrap();
        out
    }

    #[test]
    fn files_get_what_the_container_wrote_and_pagers_what_is_safe() {
        let raw = Snapshot { chunks: ring().share(), ..Snapshot::default() };
        assert_eq!(written(&raw), b"\x1b[31mone\x1b[0m\ntwo\xff\nthree\n");
        let safe = Snapshot { plain: true, ..raw };
        assert_eq!(written(&safe), "one\ntwo\u{fffd}\nthree\n".as_bytes());
    }

    #[test]
    fn only_what_passes_or_was_chosen_with_names_and_times() {
        let filter = Filter::parse("!one").unwrap();
        let some = Snapshot { chunks: ring().share(), filter, plain: true, ..Snapshot::default() };
        assert_eq!(written(&some), "two\u{fffd}\nthree\n".as_bytes());
        let chosen = Snapshot {
            only: Some(BTreeSet::from([1, 2])),
            labels: vec!["api/app".into()],
            times: true,
            ..some
        };
        let text = String::from_utf8(written(&chosen)).unwrap();
        assert_eq!(text, "api/app one\napi/app 2026-01-01T00:00:00Z two\u{fffd}\n");
    }
}
