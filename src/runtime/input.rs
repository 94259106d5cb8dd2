//! Keys, pastes and resizes, read by a task of their own.
//!
//! The stream is polled only when the terminal has something: polling it with every turn of the
//! loop costs more than the turn itself (its reader thread holds a lock that each poll spins on).

use crossterm::event::{Event, EventStream};
use futures::StreamExt;
use std::io;
use tokio::sync::mpsc;
use tokio::task::JoinHandle;

/// The terminal's input while it is ours.
#[derive(Debug)]
pub struct Inputs {
    reader: JoinHandle<()>,
    events: mpsc::UnboundedReceiver<io::Result<Event>>,
}

impl Inputs {
    /// Starts to read. Call it within a runtime.
    pub fn start() -> Self {
        let (sender, events) = mpsc::unbounded_channel();
        let reader = tokio::spawn(async move {
            let mut stream = EventStream::new();
            while let Some(event) = stream.next().await {
                if sender.send(event).is_err() {
                    return;
                }
            }
        });
        Self { reader, events }
    }

    /// What comes next; None when the terminal is gone.
    pub async fn next(&mut self) -> Option<io::Result<Event>> {
        self.events.recv().await
    }

    /// What is there already.
    pub fn ready(&mut self) -> Option<io::Result<Event>> {
        self.events.try_recv().ok()
    }

    /// Stops reading, so that keys belong to somebody else; returns when that is so.
    pub async fn stop(self) {
        self.reader.abort();
        // Its end is what is waited for; that it was cut off is no news.
        let _ = self.reader.await;
    }
}
