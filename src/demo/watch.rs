//! Watching: a task per watch that turns the history of a type into frames for one client.

use std::cell::RefCell;
use std::rc::Rc;
use std::time::Duration;

use bytes::Bytes;
use serde_json::json;
use tokio::sync::mpsc;
use tokio::time::Instant;

use super::body::Body;
use super::read::{Rewrite, shown, wanted_version};
use super::request::{Query, Target};
use super::select::Selector;
use super::status::Failure;
use super::store::{Event, Happened, Store};

/// How often a quiet watch gets a bookmark when it wants them.
const BOOKMARKS: Duration = Duration::from_secs(60);
/// How long a watch lives that does not say.
const DEFAULT_LIFE: Duration = Duration::from_secs(30 * 60);

/// A watch that was admitted and waits to be run.
pub struct Watch {
    store: Rc<RefCell<Store>>,
    target: Target,
    selector: Selector,
    rewrite: Option<Rewrite>,
    /// Everything up to this version has been told.
    version: u64,
    /// Objects that have to be told as ADDED first.
    initial: Vec<Body>,
    /// A bookmark that ends the initial events.
    announce_end: bool,
    bookmarks: bool,
    life: Duration,
}

/// Why a watch ended by itself.
enum End {
    ClientGone,
    Expired(Failure),
}

impl Watch {
    /// Checks what is asked and takes the initial state.
    pub fn admit(
        store: &Rc<RefCell<Store>>,
        target: &Target,
        query: &Query,
    ) -> Result<Self, Failure> {
        let state = store.borrow();
        let ty = state.ty(target.id);
        let mut fields = query.get("fieldSelector").to_owned();
        if let Some(name) = &target.name {
            fields = format!("metadata.name={name}");
        }
        let selector = Selector::parse(ty, query.get("labelSelector"), &fields)?;
        let wanted = wanted_version(ty, query)?;
        let current = state.version();
        let send_initial = query.is("sendInitialEvents");
        let given = !query.get("sendInitialEvents").is_empty();
        if given && query.get("resourceVersionMatch") != "NotOlderThan" {
            let problem = "Forbidden: sendInitialEvents requires setting resourceVersionMatch to NotOlderThan";
            return Err(list_options_invalid(
                "resourceVersionMatch",
                "FieldValueForbidden",
                problem,
            ));
        }
        if !given && !query.get("resourceVersionMatch").is_empty() {
            let problem = "Forbidden: resourceVersionMatch is forbidden for watch unless sendInitialEvents is provided";
            return Err(list_options_invalid(
                "resourceVersionMatch",
                "FieldValueForbidden",
                problem,
            ));
        }
        if let Some(wanted) = wanted.filter(|wanted| *wanted > current) {
            return Err(Failure::future_version(wanted, current));
        }
        let from_now = send_initial || (!given && matches!(wanted, None | Some(0)));
        let version = match wanted {
            Some(wanted) if !from_now => wanted,
            _ => current,
        };
        let initial = if from_now {
            state
                .scan(target.id, target.namespace.as_deref(), None)
                .map(|(_, entry)| entry.body.clone())
                .filter(|body| selector.matches(body))
                .collect()
        } else {
            Vec::new()
        };
        let life = query.number("timeoutSeconds").map_or(DEFAULT_LIFE, Duration::from_secs);
        Ok(Self {
            store: store.clone(),
            target: target.clone(),
            selector,
            rewrite: Rewrite::new(ty, &target.version),
            version,
            initial,
            announce_end: send_initial && query.is("allowWatchBookmarks"),
            bookmarks: query.is("allowWatchBookmarks"),
            life,
        })
    }

    /// Sends frames until the client goes, the time is over or the history is lost.
    pub async fn run(mut self, frames: mpsc::Sender<Bytes>) {
        if let Err(End::Expired(failure)) = self.send_all(&frames).await {
            let frame = json!({"type": "ERROR", "object": failure.to_value()});
            // The client may be gone by now; then nobody waits for this.
            let _ = frames.send(Bytes::from(format!("{frame}\n"))).await;
        }
    }

    async fn send_all(&mut self, frames: &mpsc::Sender<Bytes>) -> Result<(), End> {
        let ends = Instant::now() + self.life;
        for body in std::mem::take(&mut self.initial) {
            self.send(frames, "ADDED", &body).await?;
        }
        if self.announce_end {
            self.bookmark(frames, true).await?;
        }
        let mut next_bookmark = Instant::now() + BOOKMARKS;
        let notify = self.store.borrow().notify(self.target.id);
        loop {
            if let Some(events) = self.next_events()? {
                for (kind, body) in events {
                    self.send(frames, kind, &body).await?;
                }
                continue;
            }
            if !self.store.borrow().is_served(self.target.id) {
                return Ok(());
            }
            let wake = next_bookmark.min(ends);
            tokio::select! {
                () = notify.notified() => {}
                () = frames.closed() => return Err(End::ClientGone),
                () = tokio::time::sleep_until(wake) => {
                    if Instant::now() >= ends {
                        return Ok(());
                    }
                    next_bookmark = Instant::now() + BOOKMARKS;
                    if self.bookmarks {
                        self.version = self.store.borrow().version();
                        self.bookmark(frames, false).await?;
                    }
                }
            }
        }
    }

    /// The next events that this watch has to tell; none when it is up to date.
    fn next_events(&mut self) -> Result<Option<Vec<(&'static str, Body)>>, End> {
        let store = self.store.borrow();
        if !store.remembers(self.target.id, self.version) {
            let failure = Failure::too_old(self.version, store.version());
            return Err(End::Expired(failure));
        }
        let mut told = Vec::new();
        let mut last = None;
        // A bounded piece at a time, so that a slow client holds little.
        for event in store.events_after(self.target.id, self.version).take(256) {
            last = Some(event.version);
            told.extend(self.view(event));
        }
        drop(store);
        Ok(last.map(|version| {
            self.version = version;
            told
        }))
    }

    /// How an event looks through the namespace and selector of this watch: an object that stops
    /// matching is deleted for it, one that begins to match is new.
    fn view(&self, event: &Event) -> Option<(&'static str, Body)> {
        if let Some(namespace) = &self.target.namespace {
            let inside = event.key.strip_prefix(namespace.as_str())?;
            inside.strip_prefix('/')?;
        }
        let was = event.before.as_ref().is_some_and(|(_, body)| self.selector.matches(body));
        let is = event.happened != Happened::Deleted && self.selector.matches(&event.body);
        match (was, is) {
            (false, true) => Some(("ADDED", event.body.clone())),
            (true, true) => Some(("MODIFIED", event.body.clone())),
            (true, false) if event.happened == Happened::Deleted => {
                Some(("DELETED", event.body.clone()))
            }
            (true, false) => {
                // The client gets the state it knew, at the version of the change.
                let mut last = event.before.as_ref()?.1.value();
                last["metadata"]["resourceVersion"] = event.version.to_string().into();
                Some(("DELETED", Body::of(&last)))
            }
            (false, false) => None,
        }
    }

    async fn send(&self, frames: &mpsc::Sender<Bytes>, kind: &str, body: &Body) -> Result<(), End> {
        let object = shown(body, self.rewrite.as_ref());
        let mut frame = Vec::with_capacity(object.len() + 40);
        frame.extend_from_slice(b"{\"type\":\"");
        frame.extend_from_slice(kind.as_bytes());
        frame.extend_from_slice(b"\",\"object\":");
        frame.extend_from_slice(&object);
        frame.extend_from_slice(b"}\n");
        frames.send(frame.into()).await.map_err(|_| End::ClientGone)
    }

    async fn bookmark(&self, frames: &mpsc::Sender<Bytes>, ends_initial: bool) -> Result<(), End> {
        let frame = {
            let store = self.store.borrow();
            let ty = store.ty(self.target.id);
            let mut meta = json!({"resourceVersion": self.version.to_string()});
            if ends_initial {
                meta["annotations"] = json!({"k8s.io/initial-events-end": "true"});
            }
            json!({"type": "BOOKMARK", "object": {
                "kind": ty.kind,
                "apiVersion": ty.api_version(&self.target.version),
                "metadata": meta,
            }})
        };
        frames.send(Bytes::from(format!("{frame}\n"))).await.map_err(|_| End::ClientGone)
    }
}

fn list_options_invalid(field: &str, reason: &'static str, problem: &str) -> Failure {
    let mut failure = Failure::unprocessable(format!(
        "ListOptions.meta.k8s.io \"\" is invalid: {field}: {problem}"
    ));
    failure.details = json!({
        "group": "meta.k8s.io",
        "kind": "ListOptions",
        "causes": [{"reason": reason, "message": problem, "field": field}],
    });
    failure
}
