//! The lines that are held: a ring bounded in bytes, index included. What leaves it is counted, so
//! that nothing goes unsaid.
//!
//! Lines lie in chunks of some 64 KiB, shared with whoever saves them meanwhile. A line is named by
//! its number, counted from the first that ever came; numbers are never used again.

use crate::model::{LogBatch, LogLine};
use std::collections::VecDeque;
use std::sync::Arc;

/// Text of one chunk; a longer line has a chunk of its own.
const CHUNK: usize = 64 * 1024;
/// Lines of one chunk, so that empty lines do not make endless ones.
const CHUNK_LINES: usize = 4096;
/// The source of lines of our own: something began or ended.
pub const NOTE: u32 = u32::MAX;
/// The source of lines of our own that must not be missed.
pub const WARNING: u32 = u32::MAX - 1;

/// A line as it is held.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Line<'r> {
    /// Its number.
    pub number: u64,
    /// Number of its source, or [`NOTE`], or [`WARNING`].
    pub source: u32,
    /// When the node took it, Unix nanoseconds; 0 where it did not say.
    pub at: i64,
    /// Its bytes.
    pub text: &'r [u8],
}

impl Line<'_> {
    /// Whether it is one of our own.
    pub fn is_note(&self) -> bool {
        self.source >= WARNING
    }
}

/// Some lines, one behind the other.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Chunk {
    first: u64,
    text: Vec<u8>,
    lines: Vec<LogLine>,
    notes: u32,
}

impl Chunk {
    /// Number of its first line.
    pub fn first(&self) -> u64 {
        self.first
    }

    /// How many lines it has.
    pub fn len(&self) -> usize {
        self.lines.len()
    }

    /// Whether it has none.
    pub fn is_empty(&self) -> bool {
        self.lines.is_empty()
    }

    /// Bytes of their text.
    pub fn bytes(&self) -> usize {
        self.text.len()
    }

    /// One of its lines, counted from 0.
    pub fn line(&self, at: usize) -> Option<Line<'_>> {
        let line = self.lines.get(at)?;
        let start = at.checked_sub(1).map_or(0, |before| self.lines[before].end);
        let text = self.text.get(start as usize..line.end as usize)?;
        let number = self.first + u64::try_from(at).unwrap_or(0);
        Some(Line { number, source: line.source, at: line.at, text })
    }

    /// All of its lines.
    pub fn lines(&self) -> impl Iterator<Item = Line<'_>> {
        (0..self.len()).filter_map(|at| self.line(at))
    }

    fn cost(&self) -> usize {
        self.text.len() + self.lines.len() * size_of::<LogLine>() + size_of::<Self>()
    }

    fn takes(&self, bytes: usize) -> bool {
        self.lines.len() < CHUNK_LINES
            && (self.lines.is_empty() || self.text.len() + bytes <= CHUNK)
    }
}

/// What left the ring.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Dropped {
    /// Bytes of text.
    pub bytes: u64,
    /// Lines.
    pub lines: u64,
}

/// The ring.
#[derive(Debug)]
pub struct Ring {
    chunks: VecDeque<Arc<Chunk>>,
    /// How many chunks came before the first that is held.
    gone: u64,
    capacity: usize,
    cost: usize,
    next: u64,
    notes: u64,
    bytes: u64,
    dropped: Dropped,
}

impl Ring {
    /// A ring that holds this many bytes, its index included.
    pub fn new(capacity: usize) -> Self {
        Self {
            chunks: VecDeque::new(),
            gone: 0,
            capacity: capacity.max(4 * CHUNK),
            cost: 0,
            next: 0,
            notes: 0,
            bytes: 0,
            dropped: Dropped::default(),
        }
    }

    /// Takes a batch in. A line longer than half the ring is cut, and the rest counted as dropped.
    pub fn push(&mut self, batch: &LogBatch) {
        let mut start = 0;
        for line in &batch.lines {
            let end = (line.end as usize).min(batch.text.len());
            let text = batch.text.get(start..end).unwrap_or_default();
            start = end.max(start);
            // The sources of our own lines are not for others.
            self.append(line.source.min(WARNING - 1), line.at, text);
        }
        self.make_room();
    }

    /// Takes a line in that was in a ring before, one of our own too.
    pub fn put(&mut self, line: &Line<'_>) {
        self.append(line.source, line.at, line.text);
        self.make_room();
    }

    /// A line of our own.
    pub fn note(&mut self, source: u32, at: i64, text: &str) {
        self.append(source.max(WARNING), at, text.as_bytes());
        self.make_room();
    }

    fn append(&mut self, source: u32, at: i64, text: &[u8]) {
        let longest = self.capacity / 2;
        let (text, cut) = text.split_at(text.len().min(longest));
        self.dropped.bytes += cut.len() as u64;
        if !self.chunks.back().is_some_and(|last| last.takes(text.len())) {
            if let Some(last) = self.chunks.back_mut() {
                // Nothing is added to it any more: what it reserved goes back.
                let last = Arc::make_mut(last);
                last.text.shrink_to_fit();
                last.lines.shrink_to_fit();
            }
            let chunk = Chunk { first: self.next, ..Chunk::default() };
            self.cost += chunk.cost();
            self.chunks.push_back(Arc::new(chunk));
        }
        let Some(last) = self.chunks.back_mut() else { return };
        let chunk = Arc::make_mut(last);
        let before = chunk.cost();
        chunk.text.extend_from_slice(text);
        let end = u32::try_from(chunk.text.len()).unwrap_or(u32::MAX);
        chunk.lines.push(LogLine { source, at, end });
        self.cost += chunk.cost() - before;
        self.next += 1;
        if source >= WARNING {
            chunk.notes += 1;
            self.notes += 1;
        } else {
            self.bytes += text.len() as u64;
        }
    }

    fn make_room(&mut self) {
        while self.cost > self.capacity && self.chunks.len() > 1 {
            let Some(chunk) = self.chunks.pop_front() else { return };
            self.gone += 1;
            self.cost -= chunk.cost();
            for line in chunk.lines() {
                if !line.is_note() {
                    self.dropped.lines += 1;
                    self.dropped.bytes += line.text.len() as u64;
                    self.bytes -= line.text.len() as u64;
                }
            }
            self.notes -= u64::from(chunk.notes);
        }
    }

    /// Forgets everything that is held; what is said to be dropped begins anew.
    pub fn clear(&mut self) {
        let gone = self.chunks_end();
        let next = self.next;
        *self = Self { gone, next, ..Self::new(self.capacity) };
    }

    /// Number of the oldest line that is held.
    pub fn first(&self) -> u64 {
        self.chunks.front().map_or(self.next, |chunk| chunk.first)
    }

    /// One past the number of the newest line.
    pub fn end(&self) -> u64 {
        self.next
    }

    /// How many lines are held, our own not counted.
    pub fn lines(&self) -> u64 {
        self.next - self.first() - self.notes
    }

    /// Bytes of text that are held, our own not counted.
    pub fn bytes(&self) -> u64 {
        self.bytes
    }

    /// Whether nothing is held.
    pub fn is_empty(&self) -> bool {
        self.next == self.first()
    }

    /// What left it so far.
    pub fn dropped(&self) -> Dropped {
        self.dropped
    }

    /// Everything it takes up, its index included.
    pub fn cost(&self) -> usize {
        self.cost
    }

    /// A line by its number.
    pub fn line(&self, number: u64) -> Option<Line<'_>> {
        let chunk = self.chunk(self.chunk_of(number)?)?;
        chunk.line(usize::try_from(number - chunk.first).ok()?)
    }

    /// The chunks that are held: from this number on.
    pub fn chunks_first(&self) -> u64 {
        self.gone
    }

    /// One past the last of them.
    pub fn chunks_end(&self) -> u64 {
        self.gone + self.chunks.len() as u64
    }

    /// A chunk by its number; numbers are never used again.
    pub fn chunk(&self, number: u64) -> Option<&Arc<Chunk>> {
        self.chunks.get(usize::try_from(number.checked_sub(self.gone)?).ok()?)
    }

    /// The chunk that holds a line.
    pub fn chunk_of(&self, number: u64) -> Option<u64> {
        if number < self.first() || number >= self.next {
            return None;
        }
        let after = self.chunks.partition_point(|chunk| chunk.first <= number);
        Some(self.gone + after.checked_sub(1)? as u64)
    }

    /// All chunks as they are now, shared: for whoever writes them somewhere.
    pub fn share(&self) -> Vec<Arc<Chunk>> {
        self.chunks.iter().cloned().collect()
    }
}

#[cfg(test)]
pub(crate) mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use proptest::prelude::*;

    /// A batch of these lines, all of source 0.
    pub(crate) fn batch(lines: &[&[u8]]) -> LogBatch {
        let mut batch = LogBatch::default();
        for line in lines {
            batch.text.extend_from_slice(line);
            let end = u32::try_from(batch.text.len()).unwrap();
            batch.lines.push(LogLine { source: 0, at: 0, end });
        }
        batch
    }

    #[test]
    fn what_leaves_is_counted_and_numbers_stay() {
        let mut ring = Ring::new(4 * CHUNK);
        for i in 0..40_000 {
            ring.push(&batch(&[format!("line {i:06} {}", "x".repeat(20)).as_bytes()]));
        }
        let (dropped, first) = (ring.dropped(), ring.first());
        assert!(first > 0);
        assert_eq!(dropped.lines, first);
        assert_eq!(dropped.lines + ring.lines(), 40_000);
        assert_eq!(dropped.bytes + ring.bytes(), 40_000 * 32);
        assert_eq!(ring.line(first).unwrap().text[..11], *format!("line {first:06}").as_bytes());
        assert!(ring.line(first - 1).is_none() && ring.line(40_000).is_none());
        assert!(ring.cost() <= 4 * CHUNK);
    }

    #[test]
    fn empty_lines_and_huge_ones_stay_within_the_ring() {
        let mut ring = Ring::new(1 << 20);
        for _ in 0..200_000 {
            ring.push(&batch(&[b""]));
        }
        assert!(ring.cost() <= 1 << 20 && ring.dropped().lines > 0);
        assert_eq!(ring.dropped().lines + ring.lines(), 200_000);
        ring.clear();
        assert!(ring.is_empty() && ring.dropped() == Dropped::default());
        ring.push(&batch(&[&vec![b'x'; 3 << 20]]));
        assert_eq!(ring.lines(), 1);
        assert_eq!(ring.bytes(), 1 << 19);
        assert_eq!(ring.dropped().bytes, (3 << 20) - (1 << 19));
        assert_eq!(ring.end(), 200_001);
    }

    #[test]
    fn our_own_lines_are_not_counted_and_nobody_else_makes_them() {
        let mut ring = Ring::new(1 << 20);
        ring.note(WARNING, 0, "something is missing");
        let mut hostile = batch(&[b"x"]);
        hostile.lines[0].source = NOTE;
        ring.push(&hostile);
        assert_eq!(ring.lines(), 1);
        assert!(ring.line(0).unwrap().is_note() && !ring.line(1).unwrap().is_note());
    }

    #[test]
    fn a_batch_that_lies_about_its_ends_does_no_harm() {
        let mut ring = Ring::new(1 << 20);
        let line = |end| LogLine { source: 0, at: 0, end };
        ring.push(&LogBatch { text: b"abc".to_vec(), lines: vec![line(2), line(1), line(9)] });
        let texts: Vec<&[u8]> = (0..3).map(|n| ring.line(n).unwrap().text).collect();
        assert_eq!(texts, [&b"ab"[..], b"", b"c"]);
    }

    #[test]
    fn what_was_shared_stays_as_it_was() {
        let mut ring = Ring::new(1 << 20);
        ring.push(&batch(&[b"one"]));
        let shared = ring.share();
        ring.push(&batch(&[b"two"]));
        assert_eq!(shared[0].len(), 1);
        assert_eq!(ring.line(1).unwrap().text, b"two");
    }

    proptest! {
        #[test]
        fn the_newest_lines_are_held_as_they_came(
            sizes in proptest::collection::vec(0usize..90_000, 1..40)
        ) {
            let mut ring = Ring::new(4 * CHUNK);
            let lines: Vec<Vec<u8>> = sizes
                .iter()
                .zip(b'a'..)
                .map(|(size, c)| vec![c; *size])
                .collect();
            for pair in lines.chunks(2) {
                let pair: Vec<&[u8]> = pair.iter().map(Vec::as_slice).collect();
                ring.push(&batch(&pair));
                prop_assert!(ring.cost() <= 4 * CHUNK);
            }
            prop_assert_eq!(ring.end(), lines.len() as u64);
            for number in ring.first()..ring.end() {
                let line = ring.line(number).unwrap();
                prop_assert_eq!(line.number, number);
                prop_assert_eq!(line.text, &lines[usize::try_from(number).unwrap()][..]);
            }
            let all: u64 = sizes.iter().map(|size| *size as u64).sum();
            prop_assert_eq!(ring.bytes() + ring.dropped().bytes, all);
        }
    }
}
