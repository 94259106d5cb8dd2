//! A LIST page by page, and beside it the WATCH that goes on from its first page: for servers, and ways to them, that
//! do not bring a list as a whole.
//!
//! All pages show the moment of the first one. What the watch tells is later, so what it has told of an object is the
//! last word about it, whichever page comes after that: a page takes no change back, and brings nothing back that is
//! gone. And because the watch runs meanwhile, the pages may take longer than a server remembers.
//!
//! A server that has forgotten the moment of the first page (etcd does after five minutes) offers to go on in the
//! present one. That is as good here: what happened between the two comes with the watch.

use super::lists::{self, PAGE, failed};
use super::watches;
use super::{Consumer, GIVE_UP, Machine, Outcome, Source, Stand, rest, seed, until_up};
use crate::cluster::errors::{Refusal, Sort};
use crate::cluster::link::Link;
use crate::cluster::split::ListMeta;
use crate::kinds::Object;
use crate::kinds::de::{Str, nullable};
use crate::model::{Key, WatchState};
use crate::text::percent::encode;
use std::cell::RefCell;
use std::collections::HashSet;
use std::ops::ControlFlow;
use std::rc::Rc;
use tokio::time::Instant;

/// A page that does not come is asked for with half as many objects, but not with fewer than this.
const FEWEST: u32 = if cfg!(test) { 1 } else { 25 };

/// Lists what the source is about, page by page.
pub(super) async fn list(
    link: &Rc<Link>,
    source: &Source,
    consumer: &mut impl Consumer,
) -> Outcome {
    let both = RefCell::new(Both {
        consumer,
        began: Instant::now(),
        begun: false,
        // Names are chosen by whoever may create objects, so the hash is one that cannot be guessed.
        told: HashSet::new(),
        version: String::new(),
        rows: 0,
    });
    let mut pages = Pages {
        link,
        source,
        both: &both,
        limit: PAGE,
        token: String::new(),
        patience: Machine::new(super::Freshness::Latest, seed()),
    };
    let first = match pages.next().await {
        Ok(meta) => meta,
        Err(outcome) => return outcome,
    };
    both.borrow_mut().version = match lists::version(source, first) {
        Ok(version) => version,
        Err(fault) => return failed(Refusal::new(Sort::Passing, fault)),
    };
    let all = async {
        while !pages.token.is_empty() {
            pages.next().await?;
        }
        Ok(())
    };
    let done = tokio::select! {
        biased;
        done = all => done,
        outcome = follow(link, source, &both) => Err(outcome),
    };
    match done {
        Ok(()) => {
            let Both { consumer, version, .. } = both.into_inner();
            consumer.complete();
            Outcome::Listed(version)
        }
        Err(outcome) => outcome,
    }
}

/// Watches from the version of the first page on, until that is not possible any more.
async fn follow<C: Consumer>(
    link: &Rc<Link>,
    source: &Source,
    both: &RefCell<Both<'_, C>>,
) -> Outcome {
    let from = both.borrow().version.clone();
    let mut machine =
        Machine { stand: Stand::Watch(from), ..Machine::new(super::Freshness::Latest, seed()) };
    loop {
        // The pages tell that it is away.
        link.until_up().await;
        let Stand::Watch(from) = &machine.stand else { continue };
        let mut tail = Tail(both);
        let outcome = watches::watch(link, source, &machine.query(), from, &mut tail).await;
        let mut why = None;
        if let Outcome::Failed { refusal, .. } = &outcome {
            why = Some(refusal.clone());
            if refusal.sort == Sort::Cut {
                link.suspect();
            }
        }
        let next = machine.advance(outcome, &link.timing);
        if let (Some(why), Stand::List(_)) = (why, &machine.stand) {
            // The changes since the first page cannot be had any more, whatever the reason.
            return failed(Refusal { sort: Sort::Gone, ..why });
        }
        // Who lists tells how it goes.
        link.pause(next.wait).await;
    }
}

/// What the pages and the watch share.
struct Both<'c, C> {
    consumer: &'c mut C,
    began: Instant,
    begun: bool,
    /// Of these the watch has told.
    told: HashSet<Key>,
    /// As far as the watch has come.
    version: String,
    /// Rows of complete pages.
    rows: u64,
}

struct Pages<'a, 'c, C> {
    link: &'a Rc<Link>,
    source: &'a Source,
    both: &'a RefCell<Both<'c, C>>,
    /// Most objects of a page.
    limit: u32,
    /// How to ask for the next page; empty for the first, and after the last.
    token: String,
    patience: Machine,
}

impl<C: Consumer> Pages<'_, '_, C> {
    /// The next page, asked for again where that may help.
    async fn next(&mut self) -> Result<ListMeta, Outcome> {
        let Self { link, source, both, .. } = *self;
        loop {
            let mut page = Page { both, rows: 0 };
            if until_up(link, &mut page).await.is_break() {
                return Err(Outcome::Left);
            }
            let mut query = format!("limit={}", self.limit);
            if !self.token.is_empty() {
                query.push_str(&format!("&continue={}", encode(&self.token)));
            }
            let pass = lists::pass(link, source, &query, &mut page);
            // Others have their turn between two pages.
            let refusal = match link.listing(&source.gvr, pass).await {
                Ok(mut meta) => {
                    both.borrow_mut().rows += page.rows;
                    self.token = meta.token.take().unwrap_or_default();
                    self.patience.failures = 0;
                    return Ok(meta);
                }
                Err(Outcome::Again) => continue,
                Err(Outcome::Failed { refusal, .. } | Outcome::Heavy(refusal)) => refusal,
                Err(outcome) => return Err(outcome),
            };
            match (refusal.sort, &refusal.resume) {
                _ if self.patience.failures >= GIVE_UP => return Err(failed(refusal)),
                (Sort::Gone, Some(token)) if !self.token.is_empty() => {
                    self.token.clone_from(token);
                    self.patience.failures += 1;
                    continue;
                }
                (Sort::Cut, _) => link.suspect(),
                (Sort::Passing | Sort::Throttled, _) => {}
                _ => return Err(failed(refusal)),
            }
            if refusal.sort == Sort::Throttled {
                // The machine does not count these, for it waits as long as it is told to.
                self.patience.failures += 1;
            } else {
                self.limit = (self.limit / 2).max(FEWEST);
            }
            let next = self.patience.advance(failed(refusal), &link.timing);
            if rest(link, next, &mut page).await.is_break() {
                return Err(Outcome::Left);
            }
        }
    }
}

/// Takes the objects of one page.
struct Page<'b, 'c, C> {
    both: &'b RefCell<Both<'c, C>>,
    rows: u64,
}

impl<C: Consumer> Consumer for Page<'_, '_, C> {
    fn begin(&mut self) {
        self.both.borrow_mut().begin();
    }

    fn upsert(&mut self, object: Object<'_>) -> Result<Option<u64>, String> {
        let both = &mut *self.both.borrow_mut();
        if !both.told.is_empty() && both.told.contains(&key(object)?) {
            return Ok(None);
        }
        both.consumer.upsert(object)
    }

    fn delete(&mut self, object: Object<'_>) -> Result<Option<u64>, String> {
        self.both.borrow_mut().consumer.delete(object)
    }

    // When all pages are.
    fn complete(&mut self) {}

    fn skip(&mut self, why: String) {
        self.both.borrow_mut().consumer.skip(why);
    }

    fn flush(&mut self) {
        self.both.borrow_mut().consumer.flush();
    }

    fn state(&mut self, state: WatchState) -> ControlFlow<()> {
        let both = &mut *self.both.borrow_mut();
        let state = match state {
            WatchState::Listing { rows, .. } => {
                self.rows = rows;
                let rows = both.rows + rows;
                WatchState::Listing { rows, per_second: lists::rate(rows, both.began.elapsed()) }
            }
            state => state,
        };
        both.consumer.state(state)
    }
}

/// Takes what happens while the pages come.
struct Tail<'b, 'c, C>(&'b RefCell<Both<'c, C>>);

impl<C: Consumer> Consumer for Tail<'_, '_, C> {
    fn begin(&mut self) {}

    fn upsert(&mut self, object: Object<'_>) -> Result<Option<u64>, String> {
        let both = &mut *self.0.borrow_mut();
        let number = both.consumer.upsert(object)?;
        both.told.insert(key(object)?);
        Ok(number)
    }

    fn delete(&mut self, object: Object<'_>) -> Result<Option<u64>, String> {
        let both = &mut *self.0.borrow_mut();
        let number = both.consumer.delete(object)?;
        both.told.insert(key(object)?);
        Ok(number)
    }

    fn complete(&mut self) {}

    fn passed(&mut self, version: &str) {
        version.clone_into(&mut self.0.borrow_mut().version);
    }

    fn skip(&mut self, why: String) {
        self.0.borrow_mut().consumer.skip(why);
    }

    fn flush(&mut self) {
        self.0.borrow_mut().consumer.flush();
    }

    // It is live when the list is complete.
    fn state(&mut self, _state: WatchState) -> ControlFlow<()> {
        ControlFlow::Continue(())
    }
}

impl<C: Consumer> Both<'_, C> {
    fn begin(&mut self) {
        if !std::mem::replace(&mut self.begun, true) {
            self.consumer.begin();
            self.consumer.mixed();
        }
    }
}

/// Which object this is.
fn key(object: Object<'_>) -> Result<Key, String> {
    #[derive(serde::Deserialize)]
    struct Named<'a> {
        #[serde(borrow, default, deserialize_with = "nullable")]
        metadata: Name<'a>,
    }
    #[derive(Default, serde::Deserialize)]
    #[serde(default)]
    struct Name<'a> {
        #[serde(borrow)]
        namespace: Str<'a>,
        name: Str<'a>,
    }
    let Named { metadata } = object.read().map_err(|skip| skip.0)?;
    Ok(Key { namespace: (*metadata.namespace).into(), name: (*metadata.name).into() })
}
