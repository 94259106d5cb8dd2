//! The way out of one log stream: lines of all its containers gather in batches. What is not taken
//! holds up those who read, and with them the servers; nothing is dropped.

use super::super::streams::Feed;
use crate::model::{LogBatch, LogEvent, LogLine, StreamEvent};
use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::rc::Rc;
use std::time::Duration;
use tokio::sync::Notify;
use tokio::time::Instant;

/// Bytes of a batch that leaves at once.
const BATCH: usize = 64 << 10;
/// Bytes that wait before readers have to.
const HELD: usize = 4 * BATCH;

/// What waits to be told.
#[derive(Debug)]
pub(super) struct Out {
    queue: RefCell<VecDeque<LogEvent>>,
    held: Cell<usize>,
    filled: Notify,
    room: Notify,
    closed: Cell<bool>,
    gap: Duration,
}

enum Due {
    Now,
    At(Instant),
    Never,
}

impl Out {
    /// Batches leave at least `gap` after each other, unless they are full.
    pub(super) fn new(gap: Duration) -> Rc<Self> {
        Rc::new(Self {
            queue: RefCell::default(),
            held: Cell::new(0),
            filled: Notify::new(),
            room: Notify::new(),
            closed: Cell::new(false),
            gap,
        })
    }

    /// Tells something that is no line, in its place among the lines.
    pub(super) fn tell(&self, event: LogEvent) {
        self.queue.borrow_mut().push_back(event);
        self.filled.notify_one();
    }

    /// Adds a line. False when whoever reads should wait for [`Out::room`].
    pub(super) fn line(&self, source: u32, at: i64, text: &[u8]) -> bool {
        let mut queue = self.queue.borrow_mut();
        let open = matches!(queue.back(), Some(LogEvent::Lines(batch)) if batch.text.len() < BATCH);
        if !open {
            queue.push_back(LogEvent::Lines(LogBatch::default()));
            self.filled.notify_one();
        }
        if let Some(LogEvent::Lines(batch)) = queue.back_mut() {
            batch.text.extend_from_slice(text);
            // A batch ends soon after 64 KiB, and no line is longer than 16 MiB.
            let end = u32::try_from(batch.text.len()).unwrap_or(u32::MAX);
            batch.lines.push(LogLine { source, at, end });
            if batch.text.len() >= BATCH {
                self.filled.notify_one();
            }
        }
        self.held.set(self.held.get() + cost(text.len(), 1));
        self.held.get() < HELD
    }

    /// Until there is room for more lines.
    pub(super) async fn room(&self) {
        while self.held.get() >= HELD {
            self.room.notified().await;
        }
    }

    /// Nothing more will be told; [`Out::pump`] ends when all is.
    pub(super) fn close(&self) {
        self.closed.set(true);
        self.filled.notify_one();
    }

    fn due(&self, sent: Option<Instant>) -> Due {
        let queue = self.queue.borrow();
        match (queue.front(), sent) {
            (None, _) => Due::Never,
            (Some(LogEvent::Lines(batch)), Some(sent))
                if queue.len() == 1 && batch.text.len() < BATCH && !self.closed.get() =>
            {
                Due::At(sent + self.gap)
            }
            _ => Due::Now,
        }
    }

    /// Tells what is due until nobody listens, or all is told.
    pub(super) async fn pump(&self, feed: &Feed) {
        let mut sent = None;
        loop {
            match self.due(sent) {
                Due::Never if self.closed.get() => return,
                Due::Never => self.filled.notified().await,
                Due::At(at) if at > Instant::now() => {
                    tokio::select! {
                        () = tokio::time::sleep_until(at) => {}
                        () = self.filled.notified() => {}
                    }
                }
                Due::Now | Due::At(_) => {
                    let Some(event) = self.queue.borrow_mut().pop_front() else { continue };
                    if let LogEvent::Lines(batch) = &event {
                        let cost = cost(batch.text.len(), batch.lines.len());
                        self.held.set(self.held.get().saturating_sub(cost));
                        sent = Some(Instant::now());
                    }
                    if !feed.tell(StreamEvent::Logs(event)).await {
                        return;
                    }
                    self.room.notify_waiters();
                }
            }
        }
    }
}

/// Bytes held for so much text of so many lines: empty lines are not free.
fn cost(text: usize, lines: usize) -> usize {
    text + lines * size_of::<LogLine>()
}
