//! One LIST, then one WATCH, for ever: a state machine that can be drawn, and the loop that feeds
//! it with answers.
//!
//! ```text
//!  List(Any) ──listed──► Watch(rv) ──410──► List(NotOlderThan rv) ──410, or behind for long──► List(Latest)
//!     ▲ cut: again          │ ▲ ended, cut: Watch(last rv seen)            │ listed
//!     └───────────────────  └─┘ ◄───────────────────────────────────────────┘
//! ```
//!
//! A list that does not come as a whole is read page by page ([`pages`]); where listing is forbidden and watching is
//! not, a watch brings what there is ([`initial`]).

mod initial;
mod lists;
mod pages;
mod watches;

use super::errors::{Refusal, Sort};
use super::link::{Link, Up, unix_after};
use super::timing::Timing;
use crate::kinds::Object;
use crate::kinds::proto::Message;
use crate::model::{Fault, FaultKind, Gvr, Text, WatchState};
use crate::text::percent::encode;
pub(crate) use initial::is_told_by_watch;
#[cfg(test)]
pub(crate) use lists::rate;
pub(crate) use lists::{Slice, unreadable};
use std::ops::ControlFlow;
use std::rc::Rc;
use std::time::Duration;

/// After so many failures in a row of one sort that should pass, a fresher start is tried.
const GIVE_UP: u32 = 5;

/// What speaks against lists as a whole: one that broke or was too late, or too large for somebody.
const BROKEN: u32 = 2;
/// A refusal that may have to do with how much was asked for, or with something else.
const REFUSED: u32 = 1;
/// As soon as so much speaks against them, lists are read page by page.
const TOO_MUCH: u32 = 4;

/// What a stream is about.
#[derive(Clone, Debug)]
pub(crate) struct Source {
    /// For people: "pods in shop".
    pub(crate) what: String,
    pub(crate) gvr: Gvr,
    /// None: all namespaces, or a cluster-scoped kind.
    pub(crate) namespace: Option<Text>,
    pub(crate) labels: Text,
    pub(crate) fields: Text,
    /// `Accept` of the list and of the watch.
    pub(crate) accept: (&'static str, &'static str),
    /// What the numbers of its protobuf mean, where `accept` asks for it.
    pub(crate) proto: Option<&'static Message>,
    /// How fresh the first list must be.
    pub(crate) first: Freshness,
    /// At most so many objects are listed, the watch goes on from there; 0 for all.
    pub(crate) limit: u32,
}

/// How fresh a list must be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Freshness {
    /// Whatever the server holds in memory: cheap, fine for the first list.
    Any,
    /// Not older than this: a re-list that went back in time would show what is long gone.
    NotOlderThan(String),
    /// The newest there is.
    Latest,
}

/// Where a stream stands: what it asks next.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Stand {
    /// A complete list; what is shown stays until it is complete.
    List(Freshness),
    /// Changes since this version.
    Watch(String),
}

/// How one request ended.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Outcome {
    /// The list is complete and shows this version.
    Listed(String),
    /// The list is better asked for again: in a form that suits the link.
    Again,
    /// The list broke while it came, or did not come in time: it may be too much to be asked for as a whole.
    Heavy(Refusal),
    /// The consumer wants no more.
    Left,
    /// The watch ended by itself. `good`: it brought us on before, or was merely quiet for long.
    Ended { version: Option<String>, good: bool },
    /// It was refused or broke; a watch may have come some way before.
    Failed { version: Option<String>, good: bool, refusal: Refusal },
}

/// What to do before the next request.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Next {
    pub(crate) wait: Duration,
    /// What to say about it, where there is something to say.
    pub(crate) tell: Option<Tell>,
}

#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Tell {
    Broken(Fault),
    Denied(Fault),
    NotServed(Fault),
}

/// The state machine.
#[derive(Clone, Debug)]
pub(crate) struct Machine {
    pub(crate) stand: Stand,
    /// Failures in a row since something good came.
    failures: u32,
    listed: bool,
    /// The server could not read the version it was asked to go on from, and nothing good came since.
    misread: bool,
    /// What speaks against lists as a whole.
    burden: u32,
    dice: Dice,
}

impl Machine {
    pub(crate) fn new(first: Freshness, seed: u64) -> Self {
        Self {
            stand: Stand::List(first),
            failures: 0,
            listed: false,
            misread: false,
            burden: 0,
            dice: Dice(seed | 1),
        }
    }

    /// Lists are read page by page: as a whole they do not come. That stays so as long as pages do come, for a list
    /// that is asked for in vain costs the server as much as one that comes.
    pub(crate) const fn by_pages(&self) -> bool {
        self.burden >= TOO_MUCH
    }

    /// Query parameters of the next request, beside the selectors.
    pub(crate) fn query(&self) -> String {
        match &self.stand {
            Stand::List(Freshness::Any) => "resourceVersion=0".into(),
            Stand::List(Freshness::NotOlderThan(version)) => {
                format!("resourceVersion={}&resourceVersionMatch=NotOlderThan", encode(version))
            }
            Stand::List(Freshness::Latest) => String::new(),
            Stand::Watch(version) => {
                format!("watch=1&allowWatchBookmarks=true&resourceVersion={}", encode(version))
            }
        }
    }

    /// Takes the outcome of a request: where we stand now, and how long to wait.
    pub(crate) fn advance(&mut self, outcome: Outcome, timing: &Timing) -> Next {
        let now = Next { wait: Duration::ZERO, tell: None };
        match outcome {
            Outcome::Listed(version) => {
                self.failures = 0;
                self.listed = true;
                if !self.by_pages() {
                    self.burden = 0;
                }
                self.stand = Stand::Watch(version);
                now
            }
            Outcome::Again | Outcome::Left => now,
            Outcome::Heavy(refusal) => {
                self.burden += BROKEN;
                self.failed(refusal, timing)
            }
            Outcome::Ended { version, good } => {
                self.seen(version, good);
                // A server that ends every watch at once must not be asked in a tight loop.
                Next { wait: self.backoff(timing), tell: None }
            }
            Outcome::Failed { version, good, refusal } => {
                self.seen(version, good);
                self.weigh(&refusal);
                self.failed(refusal, timing)
            }
        }
    }

    /// Whether the refusal of a list may have to do with its size. Without a server nobody is there to be burdened, so
    /// 503 does not count.
    fn weigh(&mut self, refusal: &Refusal) {
        let passing = matches!(refusal.sort, Sort::Cut | Sort::Passing | Sort::Throttled);
        if !passing || matches!(self.stand, Stand::Watch(_)) {
            return;
        }
        if self.by_pages() {
            // Pages do not come either.
            self.burden = 0;
            return;
        }
        self.burden += match refusal.fault.code {
            Some(408 | 413) => BROKEN,
            Some(429 | 500 | 502 | 504) => REFUSED,
            _ => 0,
        };
    }

    fn seen(&mut self, version: Option<String>, good: bool) {
        if good {
            self.failures = 0;
            self.misread = false;
        }
        if let (Stand::Watch(at), Some(version)) = (&mut self.stand, version) {
            *at = version;
        }
    }

    /// The request that was made names a version.
    fn names_one(&self) -> bool {
        matches!(self.stand, Stand::Watch(_) | Stand::List(Freshness::NotOlderThan(_)))
    }

    fn failed(&mut self, refusal: Refusal, timing: &Timing) -> Next {
        let asked = refusal.retry_after.map(|_| refusal.wait(timing, Duration::ZERO));
        let Refusal { sort, fault, .. } = refusal;
        match sort {
            Sort::Gone => {
                let wait = self.backoff(timing).max(asked.unwrap_or_default());
                self.stand =
                    match std::mem::replace(&mut self.stand, Stand::List(Freshness::Latest)) {
                        Stand::Watch(version) => Stand::List(Freshness::NotOlderThan(version)),
                        Stand::List(_) => Stand::List(Freshness::Latest),
                    };
                Next { wait, tell: None }
            }
            Sort::TooLarge => {
                self.failures += 1;
                if self.failures >= GIVE_UP {
                    // The server does not catch up: its past was replaced (a restored backup).
                    self.failures = 0;
                    self.stand = Stand::List(Freshness::Latest);
                }
                Next {
                    wait: asked.unwrap_or(timing.throttled),
                    tell: (self.failures > 1).then_some(Tell::Broken(fault)),
                }
            }
            Sort::Throttled => {
                // Others were told to come back at the same moment.
                let wait = asked.unwrap_or(timing.throttled);
                let wait = wait + self.dice.below(wait / 4);
                Next { wait, tell: Some(Tell::Broken(fault)) }
            }
            Sort::Unauthenticated => {
                Next { wait: timing.unauthenticated, tell: Some(Tell::Broken(fault)) }
            }
            // Another server answers there now, or the version came damaged: only a new list helps, as
            // client-go's reflector makes one. Once: the fault may be with something else.
            Sort::Denied
                if fault.kind == FaultKind::Invalid && !self.misread && self.names_one() =>
            {
                self.misread = true;
                self.stand = Stand::List(Freshness::Latest);
                Next { wait: self.backoff(timing), tell: None }
            }
            Sort::Denied => {
                let early =
                    timing.denied_at_first.get(self.failures as usize).filter(|_| self.listed);
                self.failures += 1;
                let wait = early.copied().unwrap_or(timing.denied);
                Next { wait, tell: Some(Tell::Denied(fault)) }
            }
            Sort::NotServed => {
                let early =
                    timing.denied_at_first.get(self.failures as usize).filter(|_| self.listed);
                self.failures += 1;
                let wait = early.copied().unwrap_or(timing.denied);
                // The kind may come back as another one: its old versions mean nothing then.
                self.stand = Stand::List(Freshness::Any);
                Next { wait, tell: Some(Tell::NotServed(fault)) }
            }
            Sort::Passing | Sort::Cut => {
                let backoff = self.backoff(timing);
                let wait = asked.unwrap_or(backoff);
                if sort == Sort::Passing
                    && self.failures > GIVE_UP
                    && let Stand::Watch(version) = &self.stand
                {
                    // The server answers, but cannot go on from here.
                    self.stand = Stand::List(Freshness::NotOlderThan(version.clone()));
                }
                // The first cut is healed at once, and nobody need know.
                Next { wait, tell: (self.failures > 1).then_some(Tell::Broken(fault)) }
            }
        }
    }

    /// Nothing for the first failure in a row, then doubling with full jitter, up to the cap.
    fn backoff(&mut self, timing: &Timing) -> Duration {
        let failures = self.failures;
        self.failures = self.failures.saturating_add(1);
        if failures == 0 {
            return Duration::ZERO;
        }
        let doubled = timing.backoff_first.saturating_mul(1 << (failures - 1).min(10));
        let cap = doubled.min(timing.backoff_max);
        // Never quite nothing: full jitter may not become a tight loop.
        (timing.backoff_first / 8 + self.dice.below(cap)).min(timing.backoff_max)
    }
}

/// Where the dice of a stream begin.
pub(crate) fn seed() -> u64 {
    #[cfg(test)]
    if let Some(seed) = SEED.get() {
        return seed;
    }
    std::hash::BuildHasher::hash_one(&std::hash::RandomState::new(), 0u8)
}

#[cfg(test)]
thread_local! {
    static SEED: std::cell::Cell<Option<u64>> = const { std::cell::Cell::new(None) };
}

/// All dice that are made on this thread from now on begin here.
#[cfg(test)]
pub(crate) fn seeded(seed: u64) {
    SEED.set(Some(seed));
}

/// Enough randomness to keep many streams from coming back at the same moment.
#[derive(Clone, Debug)]
pub(crate) struct Dice(u64);

impl Dice {
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed | 1)
    }

    /// From zero up to `cap`.
    pub(crate) fn below(&mut self, cap: Duration) -> Duration {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        cap.mul_f64((self.0 >> 11) as f64 / (1u64 << 53) as f64)
    }
}

/// What a stream feeds. Nothing in here may wait.
pub(crate) trait Consumer {
    /// A complete list begins: what is not in it is gone.
    fn begin(&mut self);
    /// An object is there, like this. An error leaves it out and goes on. The number is its
    /// resourceVersion where the consumer has read it anyway and it is a number.
    fn upsert(&mut self, object: Object<'_>) -> Result<Option<u64>, String>;
    /// An object is gone; its last state.
    fn delete(&mut self, object: Object<'_>) -> Result<Option<u64>, String>;
    /// From here on changes come between the objects of the list.
    fn mixed(&mut self) {}
    /// The list is complete.
    fn complete(&mut self);
    /// A watch has come to this version.
    fn passed(&mut self, _version: &str) {}
    /// A watch says with this object that nothing else happened until its version. `Break` ends the watch.
    fn bookmark(&mut self, _object: Object<'_>) -> ControlFlow<()> {
        ControlFlow::Continue(())
    }
    /// Something could not be read and was left out.
    fn skip(&mut self, why: String);
    /// The decoder leaves others their turn, or waits for more bytes: pass on what is there.
    fn flush(&mut self);
    /// The stream's state changed. `Break` ends the stream.
    fn state(&mut self, state: WatchState) -> ControlFlow<()>;
}

/// Until requests may be sent; tells that none may.
async fn until_up(link: &Link, consumer: &mut impl Consumer) -> ControlFlow<()> {
    if let Up::Down { since, retry_at, why } = link.up() {
        consumer.state(WatchState::Broken { since, retry_at, why })?;
    }
    link.until_up().await;
    ControlFlow::Continue(())
}

/// Tells what there is to tell, and waits.
async fn rest(link: &Link, next: Next, consumer: &mut impl Consumer) -> ControlFlow<()> {
    if let Some(tell) = next.tell {
        consumer.state(match tell {
            Tell::Broken(why) => WatchState::Broken {
                since: link.heard_unix(),
                retry_at: unix_after(next.wait),
                why,
            },
            Tell::Denied(fault) => WatchState::Denied(fault),
            Tell::NotServed(fault) => WatchState::NotServed(fault),
        })?;
    }
    link.pause(next.wait).await;
    ControlFlow::Continue(())
}

/// Lists and watches until the consumer ends it.
pub(crate) async fn run(link: &Rc<Link>, source: &Source, consumer: &mut impl Consumer) {
    let mut machine = Machine::new(source.first.clone(), seed());
    let mut bypass = initial::Bypass::default();
    if consumer.state(WatchState::Waiting).is_break() {
        return;
    }
    loop {
        if until_up(link, consumer).await.is_break() {
            return;
        }
        let outcome = match &machine.stand {
            // One that is limited is small enough.
            Stand::List(_) if machine.by_pages() && source.limit == 0 => {
                pages::list(link, source, consumer).await
            }
            Stand::List(freshness) => {
                let query = machine.query();
                let list = lists::list(link, source, freshness, &query, consumer);
                link.listing(&source.gvr, list).await
            }
            Stand::Watch(from) => {
                watches::watch(link, source, &machine.query(), from, consumer).await
            }
        };
        let outcome = bypass.list(link, source, &mut machine, outcome, consumer).await;
        match &outcome {
            Outcome::Left => return,
            Outcome::Failed { refusal, .. } | Outcome::Heavy(refusal)
                if refusal.sort == Sort::Cut =>
            {
                link.suspect();
            }
            _ => {}
        }
        let next = machine.advance(outcome, &link.timing);
        if rest(link, next, consumer).await.is_break() {
            return;
        }
    }
}
