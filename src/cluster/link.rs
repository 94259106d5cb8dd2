//! One cluster's connection as its streams see it: the client, whether the server answers, and the
//! signals "it is gone" and "try again now".

use super::Event;
use super::batch::Outbox;
use super::facts::Notes;
use super::pace::{self, Pace, Packing};
use super::timing::Timing;
use super::transport::Heard;
use crate::model::{ClusterEvent, ClusterId, Fault, FaultKind, Gvr};
use kube::Client;
use rustc_hash::FxHashMap;
use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};
use tokio::sync::{Notify, Semaphore, watch};
use tokio::time::Instant;

/// Lists of one cluster that run at the same time: the server counts each as several seats.
const LISTS: usize = 4;

/// Whether the server answers.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Up {
    /// No client yet.
    Connecting,
    /// Requests may be sent.
    Yes,
    /// The server does not answer.
    Down {
        /// Unix seconds of the last sign of life.
        since: i64,
        /// Unix seconds of the next attempt.
        retry_at: i64,
        /// Why.
        why: Fault,
    },
}

/// One cluster's connection, shared by all its streams and requests.
#[derive(Debug)]
pub(crate) struct Link {
    pub(crate) cluster: ClusterId,
    pub(crate) timing: Timing,
    pub(crate) outbox: Rc<Outbox>,
    /// What is known of the cluster from session to session.
    pub(crate) notes: Notes,
    client: RefCell<Option<ClientBox>>,
    up: watch::Sender<Up>,
    kicks: watch::Sender<u64>,
    suspicion: Notify,
    heard: Cell<Instant>,
    heard_unix: Cell<i64>,
    /// The shortest time an answer took.
    way: Cell<Option<Duration>>,
    /// Connections that brought answers.
    connections: RefCell<Vec<Heard>>,
    /// Compressing may pay: not on loopback, not in memory.
    gzip: Cell<bool>,
    lists: RefCell<FxHashMap<Gvr, Rc<Semaphore>>>,
    all_lists: Semaphore,
}

/// `Client` has no `Debug`.
struct ClientBox(Client);

impl std::fmt::Debug for ClientBox {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Client")
    }
}

/// Unix seconds now.
pub(crate) fn unix_now() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_secs()).unwrap_or(i64::MAX)
}

/// Unix seconds when `wait` is over.
pub(crate) fn unix_after(wait: Duration) -> i64 {
    unix_now().saturating_add(i64::try_from(wait.as_millis().div_ceil(1000)).unwrap_or(i64::MAX))
}

impl Link {
    pub(crate) fn new(cluster: ClusterId, timing: Timing, outbox: Rc<Outbox>) -> Rc<Self> {
        Rc::new(Self {
            cluster,
            timing,
            outbox,
            notes: Notes::default(),
            client: RefCell::new(None),
            up: watch::Sender::new(Up::Connecting),
            kicks: watch::Sender::new(0),
            suspicion: Notify::new(),
            heard: Cell::new(Instant::now()),
            heard_unix: Cell::new(unix_now()),
            way: Cell::new(None),
            connections: RefCell::default(),
            gzip: Cell::new(false),
            lists: RefCell::default(),
            all_lists: Semaphore::new(LISTS),
        })
    }

    /// Tells something about the cluster as a whole.
    pub(crate) fn tell(&self, event: ClusterEvent) {
        self.outbox.tell(Event::Cluster(self.cluster, event));
    }

    /// Requests go through this client from now on.
    pub(crate) fn set_client(&self, client: Client, gzip: bool) {
        *self.client.borrow_mut() = Some(ClientBox(client));
        self.gzip.set(gzip);
    }

    pub(crate) fn client(&self) -> Result<Client, Fault> {
        self.client.borrow().as_ref().map(|client| client.0.clone()).ok_or_else(|| {
            Fault::new(FaultKind::Network, "send a request", "there is no connection yet")
        })
    }

    pub(crate) fn gzip(&self) -> bool {
        self.gzip.get()
    }

    /// How the next list is asked for.
    pub(crate) fn packing(&self) -> Packing {
        pace::choose(self.gzip(), self.notes.read(|facts| facts.pace), unix_now())
    }

    /// A list has told how fast the link is.
    pub(crate) fn note_pace(&self, pace: Pace) {
        self.notes.note(|facts| {
            let news = pace.is_news(facts.pace);
            if news {
                facts.pace = Some(pace);
            }
            news
        });
    }

    /// Bytes came from the server.
    pub(crate) fn hear(&self) {
        self.heard.set(Instant::now());
        self.heard_unix.set(unix_now());
    }

    /// An answer took so long to begin.
    pub(crate) fn answered_in(&self, took: Duration) {
        self.way.set(Some(self.way.get().map_or(took, |way| way.min(took))));
    }

    /// How long the way to the server and back takes at most; None before anything was answered.
    pub(crate) fn way(&self) -> Option<Duration> {
        self.way.get()
    }

    /// When bytes came last from the server, on any connection.
    pub(crate) fn heard(&self) -> Instant {
        self.heard.get()
    }

    /// Unix seconds of the last sign of life.
    pub(crate) fn heard_unix(&self) -> i64 {
        self.heard_unix.get()
    }

    /// An answer comes over this connection.
    pub(crate) fn answered_over(&self, connection: &Heard) {
        let mut connections = self.connections.borrow_mut();
        connections.retain(|known| !known.is_over());
        connections.push(connection.clone());
    }

    /// When bytes came last over a connection that had brought an answer, though they may be too few to say anything:
    /// the server lives, but it or the way to it is slow.
    pub(crate) fn trickled(&self) -> Option<Instant> {
        self.connections.borrow().iter().filter_map(Heard::last).max()
    }

    /// Something went wrong or is too quiet: look whether the server still lives.
    pub(crate) fn suspect(&self) {
        self.suspicion.notify_one();
    }

    /// Until somebody suspects.
    pub(crate) async fn suspected(&self) {
        self.suspicion.notified().await;
    }

    /// Announces whether the server answers.
    pub(crate) fn set_up(&self, up: Up) {
        self.up.send_replace(up);
    }

    pub(crate) fn up(&self) -> Up {
        self.up.borrow().clone()
    }

    /// Until requests may be sent.
    pub(crate) async fn until_up(&self) {
        // The sender is in `self`: the channel cannot be closed.
        let _ = self.up.subscribe().wait_for(|up| *up == Up::Yes).await;
    }

    /// Until the server is found not to answer; returns why.
    pub(crate) async fn until_down(&self) -> Fault {
        let mut up = self.up.subscribe();
        let found = up.wait_for(|up| !matches!(up, Up::Yes)).await;
        match found.as_deref() {
            Ok(Up::Down { why, .. }) => why.clone(),
            _ => Fault::new(FaultKind::Network, "read", "the connection was given up"),
        }
    }

    /// Whoever waits for a retry retries now.
    pub(crate) fn kick(&self) {
        self.kicks.send_modify(|n| *n = n.wrapping_add(1));
    }

    /// A mark to wait from: kicks that come after this call are not missed.
    pub(crate) fn kicks(&self) -> watch::Receiver<u64> {
        self.kicks.subscribe()
    }

    /// Waits, but not past a kick.
    pub(crate) async fn pause(&self, wait: Duration) {
        if wait.is_zero() {
            return;
        }
        let mut kicks = self.kicks();
        tokio::select! {
            () = tokio::time::sleep(wait) => {}
            _ = kicks.changed() => {}
        }
    }

    /// Runs `work` when it is its turn to list: one list per kind at a time, few per cluster.
    pub(crate) async fn listing<T>(&self, gvr: &Gvr, work: impl Future<Output = T>) -> T {
        let own = Rc::clone(
            self.lists
                .borrow_mut()
                .entry(gvr.clone())
                .or_insert_with(|| Rc::new(Semaphore::new(1))),
        );
        // The semaphores are never closed, so both permits are always given.
        let _own = own.acquire().await;
        let _all = self.all_lists.acquire().await;
        work.await
    }
}
