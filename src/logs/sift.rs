//! A filter over everything that is held, worked off in slices: what is near the screen first, so
//! that no key waits for a whole ring to be looked at.

use super::filter::Filter;
use super::ring::{Line, NOTE, Ring, WARNING};
use std::collections::VecDeque;

/// What looking at a line costs beside its bytes.
const PER_LINE: usize = 64;
/// How much dearer a line is that has to be taken apart.
const STRUCTURE: usize = 4;

/// Which lines of a ring pass a filter, as far as it is known.
#[derive(Debug)]
pub struct Sift {
    filter: Filter,
    sieves: VecDeque<Sieve>,
    /// Chunk of the first sieve.
    first: u64,
    /// No chunk is waiting.
    done: bool,
}

/// What is known of one chunk.
#[derive(Debug, Default)]
struct Sieve {
    /// One bit for each line looked at.
    bits: Vec<u64>,
    /// Lines looked at.
    seen: usize,
    /// Lines that pass, our own not counted.
    kept: u64,
}

impl Sieve {
    fn has(&self, at: usize) -> bool {
        self.bits.get(at / 64).is_some_and(|word| word >> (at % 64) & 1 == 1)
    }

    fn set(&mut self, at: usize, passes: bool) {
        if at / 64 >= self.bits.len() {
            self.bits.resize(at / 64 + 1, 0);
        }
        self.bits[at / 64] |= u64::from(passes) << (at % 64);
    }
}

/// What lies in a direction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// A line that passes.
    Line(u64),
    /// No more of them.
    End,
    /// It is not known yet.
    Pending,
}

impl Sift {
    /// Nothing is known yet.
    pub fn new(filter: Filter) -> Self {
        Self { filter, sieves: VecDeque::new(), first: 0, done: false }
    }

    /// The filter.
    pub fn filter(&self) -> &Filter {
        &self.filter
    }

    /// Whether a line passes: warnings of our own always do, other notes only without a filter.
    fn passes(filter: &Filter, line: &Line<'_>) -> bool {
        match line.source {
            WARNING => true,
            NOTE => filter.is_empty(),
            _ => filter.keeps(line.text),
        }
    }

    /// Looks at lines worth about `budget` bytes, those near line `focus` first. Whether anything
    /// new is known.
    pub fn advance(&mut self, ring: &Ring, focus: u64, budget: usize) -> bool {
        self.follow(ring);
        if self.filter.is_empty() {
            self.done = true;
            return false;
        }
        let dear = if self.filter.needs_structure() { STRUCTURE } else { 1 };
        let mut left = budget;
        let mut news = false;
        while left > 0 {
            let Some(chunk_number) = self.nearest_waiting(ring, focus) else {
                self.done = true;
                return news;
            };
            let index = usize::try_from(chunk_number - self.first).unwrap_or(0);
            let (Some(chunk), Some(sieve)) = (ring.chunk(chunk_number), self.sieves.get_mut(index))
            else {
                return news;
            };
            while left > 0
                && let Some(line) = chunk.line(sieve.seen)
            {
                let passes = Self::passes(&self.filter, &line);
                sieve.set(sieve.seen, passes);
                sieve.seen += 1;
                sieve.kept += u64::from(passes && !line.is_note());
                left = left.saturating_sub((line.text.len() + PER_LINE) * dear);
                news = true;
            }
        }
        self.done = self.nearest_waiting(ring, focus).is_none();
        news
    }

    /// Forgets what left the ring, and makes place for what came.
    fn follow(&mut self, ring: &Ring) {
        while self.first < ring.chunks_first() {
            self.sieves.pop_front();
            self.first += 1;
            if self.sieves.is_empty() {
                self.first = ring.chunks_first();
            }
        }
        let held = usize::try_from(ring.chunks_end() - self.first).unwrap_or(0);
        self.sieves.resize_with(held, Sieve::default);
    }

    /// The chunk nearest to a line that is not wholly known.
    fn nearest_waiting(&self, ring: &Ring, focus: u64) -> Option<u64> {
        let end = ring.chunks_end();
        let near = ring.chunk_of(focus).unwrap_or(if focus < ring.first() {
            ring.chunks_first()
        } else {
            end.saturating_sub(1)
        });
        let waits = |number: u64| {
            let chunk = ring.chunk(number)?;
            let sieve = self.sieves.get(usize::try_from(number - self.first).ok()?)?;
            (sieve.seen < chunk.len()).then_some(number)
        };
        let up = (ring.chunks_first()..=near).rev().find_map(waits);
        let down = (near..end).find_map(waits);
        match (up, down) {
            (Some(up), Some(down)) => Some(if near - up <= down - near { up } else { down }),
            (up, down) => up.or(down),
        }
    }

    /// Whether everything that is held has been looked at.
    pub fn is_done(&self) -> bool {
        self.filter.is_empty() || self.done
    }

    /// Bytes looked at, of how many.
    pub fn progress(&self, ring: &Ring) -> (u64, u64) {
        let (mut seen, mut all) = (0, 0);
        for number in ring.chunks_first()..ring.chunks_end() {
            let Some(chunk) = ring.chunk(number) else { continue };
            let bytes = chunk.bytes() as u64;
            all += bytes;
            let sieve = self.sieve(number).map_or(0, |sieve| sieve.seen);
            if self.filter.is_empty() || sieve >= chunk.len() {
                seen += bytes;
            }
        }
        (seen, all)
    }

    fn sieve(&self, chunk: u64) -> Option<&Sieve> {
        self.sieves.get(usize::try_from(chunk.checked_sub(self.first)?).ok()?)
    }

    /// How many lines pass, as far as it is known; our own are not counted.
    pub fn kept(&self, ring: &Ring) -> u64 {
        if self.filter.is_empty() {
            return ring.lines();
        }
        let held = ring.chunks_first()..ring.chunks_end();
        held.filter_map(|number| self.sieve(number)).map(|sieve| sieve.kept).sum()
    }

    /// How many lines pass, from this one on, as far as it is known; our own count here.
    pub fn kept_from(&self, ring: &Ring, number: u64) -> u64 {
        let number = number.max(ring.first());
        if self.filter.is_empty() {
            return ring.end().saturating_sub(number);
        }
        let Some(begin) = ring.chunk_of(number) else { return 0 };
        let mut count = 0;
        for chunk_number in begin..ring.chunks_end() {
            let (Some(chunk), Some(sieve)) = (ring.chunk(chunk_number), self.sieve(chunk_number))
            else {
                continue;
            };
            let skip = usize::try_from(number.saturating_sub(chunk.first())).unwrap_or(0);
            count += if skip == 0 {
                sieve.bits.iter().map(|word| u64::from(word.count_ones())).sum()
            } else {
                (skip..sieve.seen).filter(|at| sieve.has(*at)).count() as u64
            };
        }
        count
    }

    /// The first line that passes, from this one on.
    pub fn at_or_after(&self, ring: &Ring, number: u64) -> Step {
        let number = number.max(ring.first());
        if self.filter.is_empty() {
            return if number < ring.end() { Step::Line(number) } else { Step::End };
        }
        let Some(begin) = ring.chunk_of(number) else { return Step::End };
        for chunk_number in begin..ring.chunks_end() {
            let Some(chunk) = ring.chunk(chunk_number) else { return Step::End };
            let Some(sieve) = self.sieve(chunk_number) else { return Step::Pending };
            let from = usize::try_from(number.saturating_sub(chunk.first())).unwrap_or(0);
            if let Some(at) = (from..sieve.seen).find(|at| sieve.has(*at)) {
                return Step::Line(chunk.first() + at as u64);
            }
            if sieve.seen < chunk.len() {
                return Step::Pending;
            }
        }
        Step::End
    }

    /// The last line that passes, before this one.
    pub fn before(&self, ring: &Ring, number: u64) -> Step {
        let number = number.min(ring.end());
        if number <= ring.first() {
            return Step::End;
        }
        if self.filter.is_empty() {
            return Step::Line(number - 1);
        }
        let Some(begin) = ring.chunk_of(number - 1) else { return Step::End };
        for chunk_number in (ring.chunks_first()..=begin).rev() {
            let Some(chunk) = ring.chunk(chunk_number) else { return Step::End };
            let Some(sieve) = self.sieve(chunk_number) else { return Step::Pending };
            let to = usize::try_from(number - chunk.first()).unwrap_or(usize::MAX).min(chunk.len());
            // What is not known lies behind what is: nothing may be skipped.
            if sieve.seen < to {
                return Step::Pending;
            }
            if let Some(at) = (0..to).rev().find(|at| sieve.has(*at)) {
                return Step::Line(chunk.first() + at as u64);
            }
        }
        Step::End
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::super::ring::tests::batch;
    use super::*;
    use proptest::prelude::*;

    fn filter(text: &str) -> Filter {
        Filter::parse(text).unwrap()
    }

    /// All lines that pass, walked downwards.
    fn walked(sift: &Sift, ring: &Ring) -> Vec<u64> {
        let mut lines = Vec::new();
        let mut at = 0;
        while let Step::Line(number) = sift.at_or_after(ring, at) {
            lines.push(number);
            at = number + 1;
        }
        lines
    }

    /// The same, upwards.
    fn walked_up(sift: &Sift, ring: &Ring) -> Vec<u64> {
        let mut lines = Vec::new();
        let mut at = u64::MAX;
        while let Step::Line(number) = sift.before(ring, at) {
            lines.insert(0, number);
            at = number;
        }
        lines
    }

    #[test]
    fn the_newest_lines_are_known_first() {
        let mut ring = Ring::new(8 << 20);
        for i in 0..20_000 {
            ring.push(&batch(&[format!("line {i} {}", "x".repeat(90)).as_bytes()]));
        }
        let mut sift = Sift::new(filter("line"));
        assert_eq!(sift.before(&ring, u64::MAX), Step::Pending);
        sift.advance(&ring, ring.end(), 256 * 1024);
        assert_eq!(sift.before(&ring, u64::MAX), Step::Line(19_999));
        assert_eq!(sift.at_or_after(&ring, 0), Step::Pending);
        assert!(!sift.is_done());
        let (seen, all) = sift.progress(&ring);
        assert!(seen > 0 && seen < all);
        let mut slices = 0;
        while !sift.is_done() {
            sift.advance(&ring, ring.end(), 256 * 1024);
            slices += 1;
            assert!(slices < 1000);
        }
        assert_eq!(sift.kept(&ring), 20_000);
        assert_eq!(sift.kept_from(&ring, 19_990), 10);
        assert_eq!(sift.progress(&ring).0, all);
    }

    #[test]
    fn warnings_pass_every_filter_and_notes_none() {
        let mut ring = Ring::new(1 << 20);
        ring.note(NOTE, 0, "pod a started");
        ring.note(WARNING, 0, "lines may be missing");
        ring.push(&batch(&[b"a"]));
        let mut sift = Sift::new(filter("zzz"));
        sift.advance(&ring, 0, 1 << 20);
        assert_eq!(walked(&sift, &ring), [1]);
        assert_eq!(sift.kept(&ring), 0);
        let all = Sift::new(Filter::default());
        assert_eq!(walked(&all, &ring), [0, 1, 2]);
        assert_eq!(all.kept(&ring), 1);
    }

    proptest! {
        #[test]
        fn arriving_lines_in_slices_come_out_as_from_scratch(
            words in proptest::collection::vec((0usize..4, 0usize..9000), 1..300),
            budget in 1usize..200_000,
            every in 1usize..9,
            focus in 0u64..300,
        ) {
            let names = ["alpha", "beta", "level=error", "{\"level\":\"warn\"}"];
            let mut ring = Ring::new(256 * 1024);
            let mut sifts = ["alpha|beta", "!beta", "level>=warn"].map(|f| Sift::new(filter(f)));
            for (i, (word, padding)) in words.iter().enumerate() {
                let line = format!("{}{}", names[*word], " ".repeat(*padding));
                ring.push(&batch(&[line.as_bytes()]));
                if i % every == 0 {
                    for sift in &mut sifts {
                        sift.advance(&ring, focus, budget);
                    }
                }
            }
            for sift in &mut sifts {
                loop {
                    sift.advance(&ring, focus, budget);
                    if sift.is_done() {
                        break;
                    }
                }
                let expected: Vec<u64> = (ring.first()..ring.end())
                    .filter(|number| sift.filter().keeps(ring.line(*number).unwrap().text))
                    .collect();
                prop_assert_eq!(&walked(sift, &ring), &expected);
                prop_assert_eq!(&walked_up(sift, &ring), &expected);
                prop_assert_eq!(sift.kept(&ring), expected.len() as u64);
                let from = focus.max(ring.first());
                let after = expected.iter().filter(|number| **number >= from).count() as u64;
                prop_assert_eq!(sift.kept_from(&ring, focus), after);
            }
        }
    }
}
