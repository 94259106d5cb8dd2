//! One LIST, then one WATCH, for ever: a state machine that can be drawn, and the loop that feeds
//! it with answers.
//!
//! ```text
//!  List(Any) ──listed──► Watch(rv) ──410──► List(NotOlderThan rv) ──410, or behind for long──► List(Latest)
//!     ▲ cut: again          │ ▲ ended, cut: Watch(last rv seen)            │ listed
//!     └───────────────────  └─┘ ◄───────────────────────────────────────────┘
//! ```

use super::bodies::{Event, ListBody, WatchBody};
use super::errors::{self, Refusal, Sort};
use super::link::{Link, Up, unix_after};
use super::split::{EventKind, SplitError};
use super::timing::Timing;
use super::wire::{self, Ask};
use crate::kinds::Object;
use crate::kinds::de::{Meta, nullable};
use crate::kinds::proto::Message;
use crate::model::{Fault, FaultKind, Gvr, Text, WatchState};
use crate::text::percent::encode;
use std::ops::ControlFlow;
use std::rc::Rc;
use std::time::Duration;

/// After so many failures in a row of one sort that should pass, a fresher start is tried.
const GIVE_UP: u32 = 5;

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
    dice: Dice,
}

impl Machine {
    pub(crate) fn new(first: Freshness, seed: u64) -> Self {
        Self { stand: Stand::List(first), failures: 0, listed: false, dice: Dice(seed | 1) }
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
                self.stand = Stand::Watch(version);
                now
            }
            Outcome::Ended { version, good } => {
                self.seen(version, good);
                // A server that ends every watch at once must not be asked in a tight loop.
                Next { wait: self.backoff(timing), tell: None }
            }
            Outcome::Failed { version, good, refusal } => {
                self.seen(version, good);
                self.failed(refusal, timing)
            }
        }
    }

    fn seen(&mut self, version: Option<String>, good: bool) {
        if good {
            self.failures = 0;
        }
        if let (Stand::Watch(at), Some(version)) = (&mut self.stand, version) {
            *at = version;
        }
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
    /// The list is complete.
    fn complete(&mut self);
    /// Something could not be read and was left out.
    fn skip(&mut self, why: String);
    /// The decoder leaves others their turn, or waits for more bytes: pass on what is there.
    fn flush(&mut self);
    /// The stream's state changed. `Break` ends the stream.
    fn state(&mut self, state: WatchState) -> ControlFlow<()>;
}

/// Lists and watches until the consumer ends it.
pub(crate) async fn run(link: &Rc<Link>, source: &Source, consumer: &mut impl Consumer) {
    let seed = std::hash::BuildHasher::hash_one(&std::hash::RandomState::new(), 0u8);
    let mut machine = Machine::new(source.first.clone(), seed);
    if consumer.state(WatchState::Waiting).is_break() {
        return;
    }
    loop {
        if let Up::Down { since, retry_at, why } = link.up()
            && consumer.state(WatchState::Broken { since, retry_at, why }).is_break()
        {
            return;
        }
        link.until_up().await;
        let outcome = match &machine.stand {
            Stand::List(_) => {
                link.listing(&source.gvr, list(link, source, &machine.query(), consumer)).await
            }
            Stand::Watch(from) => watch(link, source, &machine.query(), from, consumer).await,
        };
        let cut = matches!(&outcome, Outcome::Failed { refusal, .. } if refusal.sort == Sort::Cut);
        if cut {
            link.suspect();
        }
        let next = machine.advance(outcome, &link.timing);
        if let Some(tell) = next.tell {
            let state = match tell {
                Tell::Broken(why) => WatchState::Broken {
                    since: link.heard_unix(),
                    retry_at: unix_after(next.wait),
                    why,
                },
                Tell::Denied(fault) => WatchState::Denied(fault),
                Tell::NotServed(fault) => WatchState::NotServed(fault),
            };
            if consumer.state(state).is_break() {
                return;
            }
        }
        link.pause(next.wait).await;
    }
}

fn path(source: &Source, query: &str) -> String {
    let mut path = source.gvr.collection_path(source.namespace.as_deref());
    let mut sign = '?';
    for (key, value) in [("labelSelector", &source.labels), ("fieldSelector", &source.fields)] {
        if !value.is_empty() {
            path.push_str(&format!("{sign}{key}={}", encode(value)));
            sign = '&';
        }
    }
    if !query.is_empty() {
        path.push_str(&format!("{sign}{query}"));
    }
    path
}

/// Leaves other tasks their turn every few milliseconds of decoding.
pub(crate) struct Slice {
    began: std::time::Instant,
    limit: Duration,
    /// Work since the clock was read.
    work: usize,
}

/// Bytes decoded between two looks at the clock: some 100 µs.
const WORK: usize = 64 << 10;
/// What one object costs beside its bytes.
const OBJECT: usize = 4 << 10;

impl Slice {
    pub(crate) fn new(limit: Duration) -> Self {
        Self { began: std::time::Instant::now(), limit, work: 0 }
    }

    /// Whether it is the others' turn after an object of so many bytes.
    pub(crate) fn over(&mut self, bytes: usize) -> bool {
        self.work += bytes + OBJECT;
        if self.work < WORK {
            return false;
        }
        self.work = 0;
        self.began.elapsed() >= self.limit
    }
}

/// Rows per second; nothing in the first moments, when it would only flicker.
pub(crate) fn rate(rows: u64, since: Duration) -> u64 {
    let ms = u64::try_from(since.as_millis()).unwrap_or(u64::MAX);
    if ms < 200 { 0 } else { rows.saturating_mul(1000) / ms }
}

/// A body that cannot be read any further.
pub(crate) fn unreadable(what: &str, error: &SplitError) -> Refusal {
    let cut = *error == SplitError::Truncated;
    Refusal {
        sort: if cut { Sort::Cut } else { Sort::Passing },
        fault: Fault::new(
            if cut { FaultKind::Network } else { FaultKind::Other },
            what,
            error.to_string(),
        ),
        retry_after: None,
    }
}

async fn list(
    link: &Rc<Link>,
    source: &Source,
    query: &str,
    consumer: &mut impl Consumer,
) -> Outcome {
    let failed = |refusal| Outcome::Failed { version: None, good: false, refusal };
    let what = format!("list {}", source.what);
    let query = match source.limit {
        0 => query.to_owned(),
        n if query.is_empty() => format!("limit={n}"),
        n => format!("{query}&limit={n}"),
    };
    let mut ask = Ask::get(&what, path(source, &query), link.timing.list_answer);
    ask.accept = source.accept.0;
    let mut reply = match wire::send(link, &ask).await {
        Ok(reply) => reply,
        Err(refusal) => return failed(refusal),
    };
    let mut splitter = ListBody::of(&reply, source.proto);
    let mut rows = 0u64;
    let began = tokio::time::Instant::now();
    consumer.begin();
    while let Some(chunk) = reply.body.next().await {
        let chunk = match chunk {
            Ok(chunk) => chunk,
            Err(fault) => return failed(Refusal::cut(fault)),
        };
        let mut input: &[u8] = &chunk;
        let mut slice = Slice::new(link.timing.slice);
        loop {
            let bytes = match splitter.next(&mut input) {
                Err(error @ SplitError::TooLarge) => {
                    consumer.skip(error.to_string());
                    0
                }
                Err(error) => return failed(unreadable(&what, &error)),
                Ok(None) => break,
                Ok(Some(item)) => {
                    match consumer.upsert(item) {
                        Ok(_) => rows += 1,
                        Err(why) => consumer.skip(why),
                    }
                    item.bytes().len()
                }
            };
            if slice.over(bytes) {
                consumer.flush();
                tokio::task::yield_now().await;
                slice = Slice::new(link.timing.slice);
            }
        }
        consumer.flush();
        if consumer
            .state(WatchState::Listing { rows, per_second: rate(rows, began.elapsed()) })
            .is_break()
        {
            return failed(Refusal::cut(Fault::new(
                FaultKind::Other,
                &what,
                "not wanted any more",
            )));
        }
    }
    let meta = match splitter.finish() {
        Ok(meta) => meta,
        Err(error) => return failed(unreadable(&what, &error)),
    };
    let Some(version) = meta.resource_version.filter(|version| !version.is_empty()) else {
        let fault =
            Fault::new(FaultKind::Other, &what, "the list does not say its resourceVersion");
        return failed(Refusal { sort: Sort::Passing, fault, retry_after: None });
    };
    consumer.complete();
    Outcome::Listed(version)
}

async fn watch(
    link: &Rc<Link>,
    source: &Source,
    query: &str,
    from: &str,
    consumer: &mut impl Consumer,
) -> Outcome {
    let what = format!("watch {}", source.what);
    let mut ask = Ask::get(&what, path(source, query), link.timing.list_answer);
    // Newer servers would compress each event by itself.
    ask.gzip = false;
    ask.accept = source.accept.1;
    let reply = match wire::send(link, &ask).await {
        Ok(reply) => reply,
        Err(refusal) => return Outcome::Failed { version: None, good: false, refusal },
    };
    let mut events = WatchBody::of(&reply, source.proto);
    let mut body = reply.body.stale_after(link.timing.stale_watch);
    let mut version = None;
    let mut good = false;
    if consumer.state(WatchState::Live).is_break() {
        return Outcome::Ended { version, good };
    }
    let opened = tokio::time::Instant::now();
    while let Some(chunk) = body.next().await {
        let chunk = match chunk {
            Ok(chunk) => chunk,
            Err(fault) => {
                return Outcome::Failed { version, good, refusal: Refusal::cut(fault) };
            }
        };
        let mut input: &[u8] = &chunk;
        let mut slice = Slice::new(link.timing.slice);
        loop {
            let event = match events.next(&mut input) {
                Err(error @ SplitError::TooLarge) => {
                    consumer.skip(error.to_string());
                    continue;
                }
                Err(error) => {
                    let refusal = unreadable(&what, &error);
                    return Outcome::Failed { version, good, refusal };
                }
                Ok(None) => break,
                Ok(Some(event)) => event,
            };
            match take(event, &what, consumer) {
                Taken::Version(seen) => {
                    // A server that says the same again and again brings us nowhere.
                    good |= seen.as_deref().is_some_and(|seen| seen != from);
                    version = seen.or(version);
                }
                Taken::Nothing => {}
                Taken::Lost(why) => {
                    consumer.skip(why.clone());
                    consumer.flush();
                    // As if the past were gone: only a new list tells what is still there.
                    let refusal = Refusal {
                        sort: Sort::Gone,
                        fault: Fault::new(FaultKind::Other, what, why),
                        retry_after: Some(link.timing.backoff_max),
                    };
                    return Outcome::Failed { version, good, refusal };
                }
                Taken::Error(refusal) => {
                    consumer.flush();
                    return Outcome::Failed { version, good, refusal };
                }
            }
            if slice.over(event.len()) {
                consumer.flush();
                tokio::task::yield_now().await;
                slice = Slice::new(link.timing.slice);
            }
        }
        consumer.flush();
    }
    // A quiet watch that lasted is as good as one that told something.
    good |= opened.elapsed() > link.timing.backoff_max;
    Outcome::Ended { version, good }
}

enum Taken {
    /// A good event, and the version it brings us to where it could be read.
    Version(Option<String>),
    Nothing,
    /// Something is gone, but it cannot be read what.
    Lost(String),
    Error(Refusal),
}

fn take(event: Event<'_>, what: &str, consumer: &mut impl Consumer) -> Taken {
    let Some((kind, object)) = event.read() else {
        consumer.skip("a watch event that cannot be read".into());
        return Taken::Nothing;
    };
    let mut feed = |object: Object<'_>| match kind {
        EventKind::Upsert => consumer.upsert(object),
        EventKind::Deleted => consumer.delete(object),
        EventKind::Bookmark | EventKind::Error => Ok(None),
    };
    if kind == EventKind::Error {
        return Taken::Error(errors::watch_error(what, object.bytes()));
    }
    let why = match feed(object) {
        Ok(number) => return Taken::Version(known_version(object, number)),
        Err(why) => why,
    };
    if let Some(other) = event.again()
        && other.bytes().len() != object.bytes().len()
        && feed(other).is_ok()
    {
        return Taken::Version(version_of(other));
    }
    if kind == EventKind::Deleted {
        return Taken::Lost(why);
    }
    consumer.skip(why);
    // What we cannot read we need not see again, where at least its version can be read.
    version_of(object).map_or(Taken::Nothing, |version| Taken::Version(Some(version)))
}

/// The version of an object that somebody has read as `number` already: that text must stand in the
/// object, or the number is not what the server wrote. Saves a second look at most objects.
fn known_version(object: Object<'_>, number: Option<u64>) -> Option<String> {
    let Some(number) = number else { return version_of(object) };
    let number = number.to_string();
    let text = match object {
        Object::Json(_) => format!("\"resourceVersion\":\"{number}\""),
        // The field of metadata with its length, at most twenty digits.
        Object::Protobuf(..) => format!("\x32{}{number}", char::from(number.len() as u8)),
    };
    let stands = memchr::memmem::find(object.bytes(), text.as_bytes()).is_some();
    if stands { Some(number) } else { version_of(object) }
}

/// `metadata.resourceVersion` of an object.
pub(crate) fn version_of(object: Object<'_>) -> Option<String> {
    #[derive(serde::Deserialize)]
    struct Versioned<'a> {
        #[serde(borrow, default, deserialize_with = "nullable")]
        metadata: Meta<'a>,
    }
    let versioned: Versioned<'_> = object.read().ok()?;
    let version = versioned.metadata.resource_version;
    (!version.is_empty()).then(|| version.to_string())
}
