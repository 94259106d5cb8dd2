//! Fuzzing on stable Rust: one function per target, fed with what the fixtures hold, with every input that
//! ever failed, and with mutations of both.
//!
//! A target is a test named `fuzz_…` beside the code that it tries. As a test it takes its corpus
//! (`tests/fuzz/corpus/<target>`) and some hundred mutations, always the same. For a long run:
//!
//! ```console
//! $ WHEELHOUSE_FUZZ_SECONDS=600 [WHEELHOUSE_FUZZ_SEED=7] cargo test --lib fuzz_yaml -- --nocapture
//! ```
//!
//! An input that fails is made smaller and written into the corpus; once the fault is mended it stays
//! there. Bounds are on work and sizes, never on the clock: a long run tells its slowest input.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod mutate;
mod protobuf;
mod random;

use mutate::Mutator;
pub(crate) use random::Random;
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::PathBuf;
use std::sync::Once;
use std::time::{Duration, Instant};

/// What the bytes are, beside bytes: how they may be damaged so that it reaches far.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Shape {
    /// Nothing more.
    Bytes,
    /// Lines of words.
    Text,
    /// A JSON document.
    Json,
    /// A protobuf message.
    Protobuf,
}

/// Something that takes bytes from outside.
pub(crate) struct Target {
    name: &'static str,
    shape: Shape,
    words: Vec<Vec<u8>>,
    corpus: Vec<Vec<u8>>,
    longest: usize,
    quick: u64,
}

/// A failed input: where it fails and with which words.
type Failure = (String, String);

thread_local! {
    /// The panic that is being caught, on a thread that fuzzes.
    static CAUGHT: RefCell<Option<Option<Failure>>> = const { RefCell::new(None) };
}

/// How many of the first failures are made smaller and kept.
const MOST_FAILURES: usize = 10;

impl Target {
    pub(crate) fn new(name: &'static str, shape: Shape) -> Self {
        Self { name, shape, words: Vec::new(), corpus: Vec::new(), longest: 4 << 10, quick: 300 }
    }

    /// Words that the input's grammar knows.
    pub(crate) fn words(mut self, words: &[&str]) -> Self {
        self.words.extend(words.iter().map(|word| word.as_bytes().to_vec()));
        self
    }

    /// Inputs to begin with, beside those that are kept.
    pub(crate) fn seeds<S: AsRef<[u8]>>(mut self, seeds: impl IntoIterator<Item = S>) -> Self {
        self.corpus.extend(seeds.into_iter().map(|seed| seed.as_ref().to_vec()));
        self
    }

    /// All files of a folder of fixtures, and of the folders in it, as seeds.
    pub(crate) fn files(mut self, folder: &str) -> Self {
        let before = self.corpus.len();
        walk(&root().join("tests/fixtures").join(folder), &mut self.corpus);
        assert!(self.corpus.len() > before, "no fixtures in {folder}");
        self
    }

    /// Mutated inputs have at most so many bytes.
    pub(crate) fn longest(mut self, bytes: usize) -> Self {
        self.longest = bytes;
        self
    }

    /// So many mutations are tried where nobody asks for a long run.
    pub(crate) fn quick(mut self, inputs: u64) -> Self {
        self.quick = inputs;
        self
    }

    /// Tries the target, which panics where a promise does not hold.
    pub(crate) fn run(mut self, check: impl Fn(&[u8])) {
        quieten();
        let kept = root().join("tests/fuzz/corpus").join(self.name);
        walk(&kept, &mut self.corpus);
        assert!(!self.corpus.is_empty(), "{} has nothing to begin with", self.name);
        let mut tally = Tally { name: self.name, kept, ..Tally::default() };
        for input in &self.corpus {
            tally.try_one(input, &check);
        }
        let seconds = number("WHEELHOUSE_FUZZ_SECONDS");
        let seed = number("WHEELHOUSE_FUZZ_SEED").unwrap_or(1);
        let mut mutator = Mutator::new(Random::new(seed), self.shape, &self.words, self.longest);
        match seconds {
            None => (0..self.quick).for_each(|_| {
                tally.try_one(&mutator.next(&self.corpus), &check);
            }),
            Some(seconds) => {
                tally.last = Some(std::env::temp_dir().join(format!("wheelhouse-{}", self.name)));
                let end = Instant::now() + Duration::from_secs(seconds);
                while Instant::now() < end && tally.failures.len() < MOST_FAILURES {
                    let input = mutator.next(&self.corpus);
                    // What passes is a place to go on from, now and then.
                    if tally.try_one(&input, &check)
                        && mutator.random.one_in(400)
                        && input.len() <= self.longest
                    {
                        match self.corpus.len() {
                            0..4000 => self.corpus.push(input),
                            n => self.corpus[mutator.random.below(n)] = input,
                        }
                    }
                }
                tally.tell(seed, seconds);
            }
        }
        tally.end();
    }
}

/// What came of the inputs so far.
#[derive(Default)]
struct Tally {
    name: &'static str,
    kept: PathBuf,
    /// The input that is being tried, for a stack that overflows: that cannot be caught.
    last: Option<PathBuf>,
    tried: u64,
    bytes: u64,
    slowest: (Duration, Vec<u8>),
    failures: BTreeMap<String, String>,
}

impl Tally {
    /// Whether it passes.
    fn try_one(&mut self, input: &[u8], check: &impl Fn(&[u8])) -> bool {
        if let Some(last) = &self.last {
            let _ = std::fs::write(last, input);
        }
        let began = Instant::now();
        let failure = attempt(input, check);
        let took = began.elapsed();
        self.tried += 1;
        self.bytes += input.len() as u64;
        if took > self.slowest.0 {
            self.slowest = (took, input.to_vec());
        }
        let Some((place, words)) = failure else { return true };
        if !self.failures.contains_key(&place) {
            let small = smaller(input, &place, check);
            let words = attempt(&small, check).map_or(words, |(_, words)| words);
            let path = self.kept.join(format!("{:016x}", hash(&small)));
            let _ = std::fs::create_dir_all(&self.kept);
            let _ = std::fs::write(&path, &small);
            let shown = String::from_utf8_lossy(&small[..small.len().min(300)]).into_owned();
            let told = format!("{words}\n  at {place}\n  kept as {}: {shown:?}", path.display());
            self.failures.insert(place, told);
        }
        false
    }

    fn tell(&self, seed: u64, seconds: u64) {
        let Self { name, tried, bytes, slowest, failures, .. } = self;
        let slow = root().join("target/fuzz");
        let _ = std::fs::create_dir_all(&slow);
        let slow = slow.join(format!("{name}.slowest"));
        let _ = std::fs::write(&slow, &slowest.1);
        println!(
            "fuzz {name}: {tried} inputs ({} a second, {} bytes each), seed {seed}, {seconds} s; \
             slowest {:.1} ms at {} bytes ({}); {} failed",
            tried / seconds.max(1),
            bytes / (*tried).max(1),
            slowest.0.as_secs_f64() * 1e3,
            slowest.1.len(),
            slow.display(),
            failures.len()
        );
    }

    fn end(self) {
        let told: Vec<String> = self.failures.into_values().collect();
        assert!(told.is_empty(), "{}:\n{}", self.name, told.join("\n"));
    }
}

/// Tries one input; where and how it fails.
fn attempt(input: &[u8], check: &impl Fn(&[u8])) -> Option<Failure> {
    CAUGHT.with_borrow_mut(|caught| *caught = Some(None));
    let done = catch_unwind(AssertUnwindSafe(|| check(input)));
    let caught = CAUGHT.with_borrow_mut(Option::take).flatten();
    done.err().map(|_| caught.unwrap_or_else(|| ("somewhere".into(), "it panics".into())))
}

/// A smaller input that fails at the same place.
fn smaller(input: &[u8], place: &str, check: &impl Fn(&[u8])) -> Vec<u8> {
    let mut best = input.to_vec();
    let mut tries = 3000;
    let mut size = best.len() / 2;
    while size > 0 && tries > 0 {
        let mut at = 0;
        while at < best.len() && tries > 0 {
            tries -= 1;
            let end = (at + size).min(best.len());
            let without: Vec<u8> = best[..at].iter().chain(&best[end..]).copied().collect();
            match attempt(&without, check) {
                Some((same, _)) if same == place => best = without,
                _ => at += size,
            }
        }
        size /= 2;
    }
    best
}

/// Panics of threads that fuzz are kept instead of printed.
fn quieten() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let before = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |info| {
            let kept = CAUGHT.with_borrow_mut(|caught| {
                let Some(caught) = caught else { return false };
                let place = info.location().map(ToString::to_string).unwrap_or_default();
                let words = info.payload_as_str().unwrap_or("a panic without words");
                *caught = Some((place, words.chars().take(2000).collect()));
                true
            });
            if !kept {
                before(info);
            }
        }));
    });
}

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// The number in an environment variable.
pub(crate) fn number(variable: &str) -> Option<u64> {
    let text = std::env::var(variable).ok()?;
    Some(text.parse().unwrap_or_else(|_| panic!("{variable}={text} is no number")))
}

/// The files below a folder, in the order of their names.
fn walk(folder: &std::path::Path, out: &mut Vec<Vec<u8>>) {
    let Ok(entries) = std::fs::read_dir(folder) else { return };
    let mut paths: Vec<PathBuf> = entries.map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    for path in paths {
        if path.is_dir() {
            walk(&path, out);
        } else if path.extension().is_none_or(|ending| ending != "md") {
            out.push(std::fs::read(path).unwrap());
        }
    }
}

/// FNV-1a, so that a file's name is the same everywhere.
fn hash(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3)
    })
}

/// The input as text, for targets that take text.
pub(crate) fn text(input: &[u8]) -> std::borrow::Cow<'_, str> {
    String::from_utf8_lossy(input)
}

/// Whether a terminal or a reader could be led astray by this: controls (but for what `allowed`
/// names), bidi and other hidden characters outside of emoji.
pub(crate) fn is_safe(text: &str, allowed: &[char]) -> bool {
    let kept: String = text.chars().filter(|c| !allowed.contains(c)).collect();
    crate::text::sanitise::clean(&kept) == kept
}

/// Cuts the input where `random` says, for what reads streams.
pub(crate) fn pieces<'i>(input: &'i [u8], random: &mut Random) -> Vec<&'i [u8]> {
    let mut rest = input;
    let mut pieces = Vec::new();
    let largest = [1, 3, 17, 200, 5000][random.below(5)];
    while !rest.is_empty() {
        let (piece, more) = rest.split_at((1 + random.below(largest)).min(rest.len()));
        pieces.push(piece);
        rest = more;
    }
    pieces
}

/// A generator that depends on the input alone: where its pieces are cut is part of it.
pub(crate) fn of_input(input: &[u8]) -> Random {
    Random::new(hash(input))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The engine finds what hides behind a word and two more bytes, and makes it small.
    #[test]
    fn a_fault_is_found_and_made_small() {
        quieten();
        let check = |input: &[u8]| {
            let at = memchr::memmem::find(input, b"crash");
            let behind = at.and_then(|at| input.get(at + 5..at + 7));
            assert!(behind.is_none_or(|two| two[0] != b'!' || two[1] < 0x80), "boom");
        };
        let words = [b"crash".to_vec(), b"!".to_vec()];
        let corpus = [b"a long and harmless text that goes on for a while".to_vec()];
        let mut mutator = Mutator::new(Random::new(7), Shape::Text, &words, 200);
        let found = (0..200_000).map(|_| mutator.next(&corpus)).find_map(|input| {
            let (place, words) = attempt(&input, &check)?;
            assert_eq!(words, "boom");
            Some(smaller(&input, &place, &check))
        });
        let found = found.expect("found");
        assert_eq!(found.len(), 8.min(found.len()), "{found:?}");
        assert!(found.starts_with(b"crash!"));
    }

    #[test]
    fn mutations_are_the_same_for_a_seed_and_never_too_long() {
        let corpus = [br#"{"a":[1,{"b":"c"}],"d":null}"#.to_vec(), vec![10, 3, 8, 1, 18, 0]];
        for shape in [Shape::Bytes, Shape::Text, Shape::Json, Shape::Protobuf] {
            let words = [b"word".to_vec()];
            let run = |seed| {
                let mut mutator = Mutator::new(Random::new(seed), shape, &words, 64);
                (0..500).map(|_| mutator.next(&corpus)).collect::<Vec<_>>()
            };
            assert_eq!(run(3), run(3));
            assert_ne!(run(3), run(4));
            assert!(run(5).iter().all(|input| input.len() <= 64));
        }
    }
}
