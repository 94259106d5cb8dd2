//! How much goes through a forward: counted for each byte, told now and then.

use crate::cluster::streams::Feed;
use crate::model::{ForwardEvent, StreamEvent};
use std::cell::Cell;
use std::time::Duration;
use tokio::sync::Notify;

/// Shortest time between two tellings.
const PAUSE: Duration = Duration::from_millis(500);

/// The counters of one forward.
#[derive(Debug, Default)]
pub(super) struct Traffic {
    open: Cell<u32>,
    connections: Cell<u64>,
    sent: Cell<u64>,
    received: Cell<u64>,
    moved: Notify,
}

/// One open connection; it is counted until this is dropped.
#[derive(Debug)]
pub(super) struct Open<'t>(&'t Traffic);

impl Drop for Open<'_> {
    fn drop(&mut self) {
        self.0.open.set(self.0.open.get().saturating_sub(1));
        self.0.moved.notify_one();
    }
}

impl Traffic {
    /// A connection was made.
    pub(super) fn connect(&self) -> Open<'_> {
        self.open.set(self.open.get() + 1);
        self.connections.set(self.connections.get() + 1);
        self.moved.notify_one();
        Open(self)
    }

    /// Bytes went into the cluster.
    pub(super) fn sent(&self, bytes: usize) {
        self.sent.set(self.sent.get() + bytes as u64);
        self.moved.notify_one();
    }

    /// Bytes came out of it.
    pub(super) fn received(&self, bytes: usize) {
        self.received.set(self.received.get() + bytes as u64);
        self.moved.notify_one();
    }

    /// Tells whenever something moved, at most twice a second, until nobody listens.
    pub(super) async fn tell(&self, feed: &Feed) {
        loop {
            self.moved.notified().await;
            let event = ForwardEvent::Traffic {
                open: self.open.get(),
                connections: self.connections.get(),
                sent: self.sent.get(),
                received: self.received.get(),
            };
            if !feed.tell(StreamEvent::Forward(event)).await {
                return;
            }
            tokio::time::sleep(PAUSE).await;
        }
    }
}
