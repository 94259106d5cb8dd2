//! A LIST as a stream of objects: as a whole, or its first page before the rest, and in the form that suits the link.

use super::{Consumer, Freshness, Outcome, Source};
use crate::cluster::bodies::ListBody;
use crate::cluster::coalesce::Listing;
use crate::cluster::errors::{Refusal, Sort};
use crate::cluster::link::{Link, unix_now};
use crate::cluster::pace::{Pace, Packing};
use crate::cluster::split::{ListMeta, SplitError};
use crate::cluster::wire::{self, Ask, Reply};
use crate::model::{Fault, FaultKind, WatchState};
use crate::text::percent::encode;
use std::pin::pin;
use std::rc::Rc;
use std::time::Duration;
use tokio::time::Instant;

/// Objects of a first page. Tests have few.
pub(super) const PAGE: u32 = if cfg!(test) { 3 } else { 500 };

/// Objects of a page that comes beside the list: a screen of them.
const SCREEN: u32 = if cfg!(test) { 3 } else { 100 };

/// Whether servers of this version build the whole answer before they send its first byte: they encode lists
/// object by object from 1.33 on (`StreamingCollectionEncodingToJSON` and `…ToProtobuf` in
/// `k8s.io/apiserver/pkg/features`). One that is not known is taken for a newer one.
pub(crate) fn encodes_whole(version: &str) -> bool {
    is_before(version, 33)
}

/// Whether this is a version before 1.`minor`. One that is not known is taken for a newer one.
pub(super) fn is_before(version: &str, minor: u32) -> bool {
    let mut numbers = version.trim_start_matches('v').split('.').map(str::parse::<u32>);
    matches!((numbers.next(), numbers.next()), (Some(Ok(1)), Some(Ok(is))) if is < minor)
}

/// Lists what the source is about.
pub(super) async fn list(
    link: &Rc<Link>,
    source: &Source,
    freshness: &Freshness,
    query: &str,
    consumer: &mut impl Consumer,
) -> Outcome {
    // Where the whole comes late, its first page is there at once. Without `resourceVersion` a page is as
    // fresh as can be; with `resourceVersion=0` its limit would be ignored
    // (`k8s.io/apiserver/pkg/storage/cacher/delegator`).
    let first = *freshness == Freshness::Any && source.limit == 0;
    let page_before = first && link.notes.read(|facts| encodes_whole(&facts.version));
    if page_before {
        match pass(link, source, &format!("limit={PAGE}"), consumer).await {
            Ok(meta) if meta.token.as_deref().unwrap_or_default().is_empty() => {
                return complete(source, meta, consumer);
            }
            // The whole list has the last word about these rows, and the watch after it.
            Ok(_) => {}
            // That says nothing about the whole.
            Err(Outcome::Heavy(refusal)) => return failed(refusal),
            Err(outcome) => return outcome,
        }
    }
    let query = match source.limit {
        0 => query.to_owned(),
        n if query.is_empty() => format!("limit={n}"),
        n => format!("{query}&limit={n}"),
    };
    // Of what is chosen there are few.
    let may_be_many = source.labels.is_empty() && source.fields.is_empty();
    let read = async {
        let opened = if first && !page_before && may_be_many {
            open_beside_page(link, source, &query, consumer).await?
        } else {
            Opened::open(link, source, &query).await?
        };
        opened.read(link, source, consumer).await
    };
    match read.await {
        Ok(meta) => complete(source, meta, consumer),
        Err(outcome) => outcome,
    }
}

/// The same as [`Opened::open`]; and where the server is long in gathering what there is, its first page is asked for
/// meanwhile: of 100,000 pods the first byte comes after half a second, and a page at once.
async fn open_beside_page(
    link: &Rc<Link>,
    source: &Source,
    query: &str,
    consumer: &mut impl Consumer,
) -> Result<Opened, Outcome> {
    let mut opening = pin!(Opened::open(link, source, query));
    tokio::select! {
        biased;
        opened = &mut opening => return opened,
        () = is_late(link) => {}
    }
    let page = async {
        let query = format!("limit={SCREEN}");
        let page = Opened::open_with(link, source, &query, Packing::Packed).await?;
        page.read(link, source, consumer).await
    };
    tokio::select! {
        biased;
        opened = &mut opening => return opened,
        // The list has the last word, about these rows as well as about what went wrong.
        page = page => if let Err(Outcome::Left) = page {
            return Err(Outcome::Left);
        },
    }
    opening.await
}

/// Until a list is later than the way to the server explains.
async fn is_late(link: &Link) {
    let asked = Instant::now();
    loop {
        tokio::time::sleep(link.timing.first_page).await;
        let usual = |way: Duration| asked.elapsed() >= link.timing.first_page + 2 * way;
        if link.way().is_some_and(usual) {
            return;
        }
    }
}

fn complete(source: &Source, meta: ListMeta, consumer: &mut impl Consumer) -> Outcome {
    match version(source, meta) {
        Ok(version) => {
            consumer.complete();
            Outcome::Listed(version)
        }
        Err(fault) => failed(Refusal::new(Sort::Passing, fault)),
    }
}

/// The version that a list shows.
pub(super) fn version(source: &Source, meta: ListMeta) -> Result<String, Fault> {
    meta.resource_version.filter(|version| !version.is_empty()).ok_or_else(|| {
        let what = format!("list {}", source.what);
        Fault::new(FaultKind::Other, what, "the list does not say its resourceVersion")
    })
}

pub(super) fn failed(refusal: Refusal) -> Outcome {
    Outcome::Failed { version: None, good: false, refusal }
}

/// An answer that had begun, or was waited for, did not come to its end.
fn broke(refusal: Refusal) -> Outcome {
    if refusal.sort == Sort::Cut { Outcome::Heavy(refusal) } else { failed(refusal) }
}

/// Reads one answer to its end.
pub(super) async fn pass(
    link: &Rc<Link>,
    source: &Source,
    query: &str,
    consumer: &mut impl Consumer,
) -> Result<ListMeta, Outcome> {
    Opened::open(link, source, query).await?.read(link, source, consumer).await
}

/// The head of an answer.
struct Opened {
    what: String,
    packing: Packing,
    reply: Reply,
}

impl Opened {
    async fn open(link: &Rc<Link>, source: &Source, query: &str) -> Result<Self, Outcome> {
        Self::open_with(link, source, query, link.packing()).await
    }

    async fn open_with(
        link: &Rc<Link>,
        source: &Source,
        query: &str,
        packing: Packing,
    ) -> Result<Self, Outcome> {
        let what = format!("list {}", source.what);
        let mut ask = Ask::get(&what, path(source, query), link.timing.list_answer);
        ask.accept = source.accept.0;
        ask.gzip = packing == Packing::Packed;
        let asked = Instant::now();
        let reply = wire::send(link, &ask).await.map_err(|refusal| {
            // Whom nobody answers in time may have asked for too much; whom nobody lets in has not.
            let late = asked.elapsed() >= link.timing.list_answer;
            if late { broke(refusal) } else { failed(refusal) }
        })?;
        Ok(Self { what, packing, reply })
    }

    async fn read(
        self,
        link: &Rc<Link>,
        source: &Source,
        consumer: &mut impl Consumer,
    ) -> Result<ListMeta, Outcome> {
        let Self { what, packing, mut reply } = self;
        // A connection may die alone, while the server answers on others: nobody else would notice.
        reply.body = reply.body.stale_after(link.timing.list_answer);
        let _listing = Listing::begin();
        let mut splitter = ListBody::of(&reply, source.proto);
        let (mut rows, mut read) = (0u64, 0u64);
        let began = Instant::now();
        let mut judged = packing != Packing::Tried || reply.body.is_packed();
        let mut begun = false;
        while let Some(chunk) = reply.body.next().await {
            let chunk = chunk.map_err(|fault| broke(Refusal::cut(fault)))?;
            // Not before there is something: a first page may be on its way to the screen.
            if !std::mem::replace(&mut begun, true) {
                consumer.begin();
            }
            read += chunk.len() as u64;
            if !judged && let Some(pace) = Pace::of(read, began.elapsed(), false, unix_now()) {
                judged = true;
                link.note_pace(pace);
                if pace.is_slow() {
                    consumer.flush();
                    return Err(Outcome::Again);
                }
            }
            let mut input: &[u8] = &chunk;
            let mut slice = Slice::new(link.timing.slice);
            loop {
                let bytes = match splitter.next(&mut input) {
                    Err(error @ SplitError::TooLarge) => {
                        consumer.skip(error.to_string());
                        0
                    }
                    Err(error) => return Err(broke(unreadable(&what, &error))),
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
                return Err(Outcome::Left);
            }
        }
        let meta = splitter.finish().map_err(|error| broke(unreadable(&what, &error)))?;
        if !judged && let Some(pace) = Pace::of(read, began.elapsed(), true, unix_now()) {
            link.note_pace(pace);
        }
        Ok(meta)
    }
}

pub(super) fn path(source: &Source, query: &str) -> String {
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
    let (sort, kind) = match error {
        SplitError::Truncated => (Sort::Cut, FaultKind::Network),
        _ => (Sort::Passing, FaultKind::Other),
    };
    Refusal::new(sort, Fault::new(kind, what, error.to_string()))
}

#[cfg(test)]
mod tests {
    use super::encodes_whole;

    #[test]
    fn servers_before_1_33_encode_lists_as_a_whole() {
        for old in ["v1.32.9", "v1.30.0-gke.1", "1.9.0", "v1.32.0+k3s1"] {
            assert!(encodes_whole(old), "{old}");
        }
        for new in ["v1.33.0", "v1.36.3", "v2.1.0", "", "v0.0.0-master+$Format", "v1", "vx.y"] {
            assert!(!encodes_whole(new), "{new}");
        }
    }
}
