//! A WATCH that first tells what there is (`sendInitialEvents`, a "WatchList"): for people who may watch but not list.
//!
//! Servers have it from 1.27 on, at first only where it was switched on. It ends what there is with a bookmark that says
//! so, and is a watch like others after that. Nobody else is served this way: as JSON it is the slowest way to a first
//! list, and as protobuf no faster than a list.

use super::lists::{is_before, rate};
use super::watches;
use super::{Consumer, Freshness, GIVE_UP, Machine, Outcome, Source, Stand};
use crate::cluster::errors::Sort;
use crate::cluster::link::Link;
use crate::kinds::Object;
use crate::kinds::de::{Pairs, Str, nullable};
use crate::model::{FaultKind, WatchState};
use crate::text::percent::encode;
use std::ops::ControlFlow;
use std::rc::Rc;
use tokio::time::Instant;

/// The annotation of the bookmark that ends what there is.
const END: &str = "k8s.io/initial-events-end";
/// The first minor version that knows it.
const SINCE: u32 = 27;

/// Labels that no object has.
const NOTHING: &str = "wheelhouse,!wheelhouse";

/// Where it was no way, it is tried with every so many forbidden lists, which is every five minutes: a role may come,
/// and a server that has just been started refuses what it will allow.
const SELDOM: u32 = 10;
/// Where it was the way before, so many refusals do not count.
const CHANCES: u8 = 2;

/// When a stream tries it.
#[derive(Debug, Default)]
pub(super) struct Bypass {
    /// Forbidden lists to come before that.
    skip: u32,
    /// How often a person had asked for a retry when that was decided: the next time it is tried at once.
    asked: u64,
    chances: u8,
    /// Attempts in a row that did not come to the end of what there is.
    failures: u32,
}

impl Bypass {
    /// What is to be made of how a list ended: where it is forbidden, a watch is tried.
    pub(super) async fn list(
        &mut self,
        link: &Rc<Link>,
        source: &Source,
        machine: &mut Machine,
        outcome: Outcome,
        consumer: &mut impl Consumer,
    ) -> Outcome {
        let forbidden = |outcome: &Outcome| {
            matches!(outcome, Outcome::Failed { refusal, .. }
                if refusal.sort == Sort::Denied && refusal.fault.kind == FaultKind::Forbidden)
        };
        let Stand::List(freshness) = &machine.stand else { return outcome };
        let asked = *link.kicks().borrow();
        // Who lists one object wants to know where "now" is, not all there is.
        if !forbidden(&outcome) || source.limit != 0 {
            return outcome;
        }
        if self.skip > 0 && self.asked == asked {
            self.skip -= 1;
            return outcome;
        }
        if link.notes.read(|facts| is_before(&facts.version, SINCE)) {
            return outcome;
        }
        let mut initial =
            Initial { consumer, began: Instant::now(), rows: 0, at: At::Head, version: None };
        let watched = watches::watch(link, source, &query(freshness), "", &mut initial).await;
        let Initial { at, version, .. } = initial;
        if at == At::Left {
            return Outcome::Left;
        }
        if let (At::Changes, Some(version)) = (at, version) {
            *self = Self { chances: CHANCES, ..Self::default() };
            machine.advance(Outcome::Listed(version), &link.timing);
            return watched;
        }
        self.failures += 1;
        let no = match &watched {
            // It knows nothing of it, and told us all of a watch from anywhere.
            _ if at == At::Unmarked || self.failures >= GIVE_UP => true,
            Outcome::Failed { refusal, .. } => {
                matches!(refusal.sort, Sort::Denied | Sort::NotServed)
            }
            _ => false,
        };
        if no {
            let skip = if self.chances > 0 { 0 } else { SELDOM - 1 };
            *self = Self { skip, asked, chances: self.chances.saturating_sub(1), failures: 0 };
            return outcome;
        }
        // What came so far is made good by the next attempt.
        match watched {
            Outcome::Failed { refusal, .. } => super::lists::failed(refusal),
            _ => Outcome::Ended { version: None, good: false },
        }
    }
}

/// Whether such a watch of this would be served, for whoever lists are forbidden to: it is asked for with nothing in it.
pub(crate) async fn is_told_by_watch(link: &Rc<Link>, source: &Source) -> bool {
    if link.notes.read(|facts| is_before(&facts.version, SINCE)) {
        return false;
    }
    let labels = if source.labels.is_empty() {
        NOTHING.into()
    } else {
        format!("{},{NOTHING}", source.labels).into()
    };
    let empty = Source { labels, ..source.clone() };
    let mut asker = Asker::default();
    let mut initial = Initial {
        consumer: &mut asker,
        began: Instant::now(),
        rows: 0,
        at: At::Head,
        version: None,
    };
    watches::watch(link, &empty, &query(&Freshness::Any), "", &mut initial).await;
    asker.told_all
}

fn query(freshness: &Freshness) -> String {
    let version = match freshness {
        Freshness::Any => "resourceVersion=0&".into(),
        Freshness::NotOlderThan(version) => format!("resourceVersion={}&", encode(version)),
        Freshness::Latest => String::new(),
    };
    format!(
        "watch=1&allowWatchBookmarks=true&{version}resourceVersionMatch=NotOlderThan&sendInitialEvents=true"
    )
}

/// How far such a watch has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum At {
    /// Nothing has come.
    Head,
    /// What there is comes.
    Objects,
    /// A bookmark has come that ends nothing.
    Unmarked,
    /// What there is has come, and changes follow.
    Changes,
    /// Nobody wants to know.
    Left,
}

struct Initial<'c, C> {
    consumer: &'c mut C,
    began: Instant,
    rows: u64,
    at: At,
    /// Of the end of what there is.
    version: Option<String>,
}

impl<C: Consumer> Consumer for Initial<'_, C> {
    fn begin(&mut self) {
        if self.at == At::Head {
            self.at = At::Objects;
            self.consumer.begin();
            self.consumer.mixed();
        }
    }

    fn upsert(&mut self, object: Object<'_>) -> Result<Option<u64>, String> {
        self.begin();
        let number = self.consumer.upsert(object)?;
        self.rows += 1;
        Ok(number)
    }

    fn delete(&mut self, object: Object<'_>) -> Result<Option<u64>, String> {
        self.begin();
        self.consumer.delete(object)
    }

    fn complete(&mut self) {}

    fn passed(&mut self, version: &str) {
        if self.at == At::Changes && self.version.is_none() {
            self.version = Some(version.to_owned());
        }
    }

    fn bookmark(&mut self, object: Object<'_>) -> ControlFlow<()> {
        match self.at {
            At::Changes => return ControlFlow::Continue(()),
            At::Left => return ControlFlow::Break(()),
            _ if !ends(object) => {
                self.at = At::Unmarked;
                return ControlFlow::Break(());
            }
            _ => {}
        }
        self.begin();
        self.consumer.complete();
        self.at = At::Changes;
        self.state(WatchState::Live)
    }

    fn skip(&mut self, why: String) {
        self.consumer.skip(why);
    }

    fn flush(&mut self) {
        self.consumer.flush();
        if self.at == At::Objects {
            // Who wants no more is left at the next bookmark: there is one where all of it is told.
            let _ = self.state(WatchState::Live);
        }
    }

    fn state(&mut self, state: WatchState) -> ControlFlow<()> {
        let state = match self.at {
            At::Changes => state,
            _ => WatchState::Listing {
                rows: self.rows,
                per_second: rate(self.rows, self.began.elapsed()),
            },
        };
        let flow = self.consumer.state(state);
        if flow.is_break() {
            self.at = At::Left;
        }
        flow
    }
}

/// Wants to know no more than whether what there is comes to its end.
#[derive(Default)]
struct Asker {
    told_all: bool,
}

impl Consumer for Asker {
    fn begin(&mut self) {}

    fn upsert(&mut self, _: Object<'_>) -> Result<Option<u64>, String> {
        Ok(None)
    }

    fn delete(&mut self, _: Object<'_>) -> Result<Option<u64>, String> {
        Ok(None)
    }

    fn complete(&mut self) {
        self.told_all = true;
    }

    fn skip(&mut self, _: String) {}

    fn flush(&mut self) {}

    fn state(&mut self, _: WatchState) -> ControlFlow<()> {
        if self.told_all { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    }
}

/// Whether a bookmark ends what there is.
fn ends(object: Object<'_>) -> bool {
    #[derive(serde::Deserialize)]
    struct Marked<'a> {
        #[serde(borrow, default, deserialize_with = "nullable")]
        metadata: Marks<'a>,
    }
    #[derive(Default, serde::Deserialize)]
    #[serde(default)]
    struct Marks<'a> {
        #[serde(borrow, deserialize_with = "nullable")]
        annotations: Pairs<'a, Str<'a>>,
    }
    let read: Result<Marked<'_>, _> = object.read();
    read.is_ok_and(|marked| {
        marked.metadata.annotations.get(END).is_some_and(|value| &**value == "true")
    })
}
