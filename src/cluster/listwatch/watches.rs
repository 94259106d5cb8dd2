//! A WATCH as a stream of changes.

use super::lists::{Slice, path, unreadable};
use super::{Consumer, Outcome, Source};
use crate::cluster::bodies::{Event, WatchBody};
use crate::cluster::coalesce;
use crate::cluster::errors::{self, Refusal, Sort};
use crate::cluster::link::Link;
use crate::cluster::split::{EventKind, SplitError};
use crate::cluster::wire::{self, Ask};
use crate::kinds::Object;
use crate::kinds::de::{Meta, nullable};
use crate::model::{Fault, FaultKind, WatchState};
use std::rc::Rc;

/// Watches from where a list, or an earlier watch, has ended.
pub(super) async fn watch(
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
        coalesce::piece();
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
                    if let Some(seen) = &seen {
                        consumer.passed(seen);
                    }
                    version = seen.or(version);
                }
                Taken::Nothing => {}
                Taken::Left => return Outcome::Left,
                Taken::Lost(why) => {
                    consumer.skip(why.clone());
                    consumer.flush();
                    // As if the past were gone: only a new list tells what is still there.
                    let refusal = Refusal {
                        sort: Sort::Gone,
                        fault: Fault::new(FaultKind::Other, what, why),
                        retry_after: Some(link.timing.backoff_max),
                        resume: None,
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
    /// The consumer wants no more.
    Left,
    /// Something is gone, but it cannot be read what.
    Lost(String),
    Error(Refusal),
}

fn take(event: Event<'_>, what: &str, consumer: &mut impl Consumer) -> Taken {
    let Some((kind, object)) = event.read() else {
        consumer.skip("a watch event that cannot be read".into());
        return Taken::Nothing;
    };
    if kind == EventKind::Bookmark && consumer.bookmark(object).is_break() {
        return Taken::Left;
    }
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
fn version_of(object: Object<'_>) -> Option<String> {
    #[derive(serde::Deserialize)]
    struct Versioned<'a> {
        #[serde(borrow, default, deserialize_with = "nullable")]
        metadata: Meta<'a>,
    }
    let versioned: Versioned<'_> = object.read().ok()?;
    let version = versioned.metadata.resource_version;
    (!version.is_empty()).then(|| version.to_string())
}
