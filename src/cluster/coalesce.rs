//! Changes that come faster than frames are taken together. Each of them would wake the reader's thread by itself, and
//! at some thousand a second waking takes more than reading. So in a flood the thread sleeps some milliseconds before
//! it waits for more, as network drivers do with interrupts; what comes meanwhile stands in the sockets' buffers, and
//! when all of that is read it leaves as one batch.

use std::cell::Cell;
use std::rc::Rc;
use std::time::{Duration, Instant};
use tokio::sync::Notify;

/// What comes within it is judged together.
const WINDOW: Duration = Duration::from_millis(20);
/// So many pieces of watches in a window are a flood: 500 a second.
const FLOOD: u32 = 10;
/// How long is slept: a frame.
const PAUSE: Duration = Duration::from_millis(16);

thread_local! {
    /// Of the reader's thread: there all streams run.
    static TRAFFIC: Traffic = const { Traffic::new() };
    /// All that had come is read.
    static READ: Rc<Notify> = Rc::new(Notify::new());
}

/// What comes to one thread.
struct Traffic {
    /// Pieces of watches since the window began.
    pieces: Cell<u32>,
    /// Lists that are being read: they shall come as fast as they can.
    lists: Cell<u32>,
    since: Cell<Option<Instant>>,
    flood: Cell<bool>,
    /// Somebody waits until all that had come is read.
    awaited: Cell<bool>,
}

impl Traffic {
    const fn new() -> Self {
        Self {
            pieces: Cell::new(0),
            lists: Cell::new(0),
            since: Cell::new(None),
            flood: Cell::new(false),
            awaited: Cell::new(false),
        }
    }

    /// How long to sleep before the thread waits for more.
    fn pause(&self, now: Instant) -> Option<Duration> {
        let passed = self.since.get().map(|since| now.saturating_duration_since(since));
        if passed.is_none_or(|passed| passed >= WINDOW) {
            // After a long silence a few pieces are no flood.
            let usual = passed.is_some_and(|passed| passed < 2 * WINDOW);
            self.flood.set(usual && self.pieces.get() >= FLOOD);
            self.pieces.set(0);
            self.since.set(Some(now));
        }
        self.holds().then_some(PAUSE)
    }

    /// Whether what comes is taken together.
    const fn holds(&self) -> bool {
        self.flood.get() && self.lists.get() == 0
    }
}

/// A piece of a watch has come.
pub(crate) fn piece() {
    TRAFFIC.with(|traffic| traffic.pieces.set(traffic.pieces.get().saturating_add(1)));
}

/// A list is being read, as long as this lives.
pub(crate) struct Listing(());

impl Listing {
    pub(crate) fn begin() -> Self {
        TRAFFIC.with(|traffic| traffic.lists.set(traffic.lists.get() + 1));
        Self(())
    }
}

impl Drop for Listing {
    fn drop(&mut self) {
        // At the thread's end nobody counts any more.
        let _ = TRAFFIC.try_with(|traffic| traffic.lists.set(traffic.lists.get() - 1));
    }
}

/// In a flood, until all that had come is read, so that it leaves together: a frame at most.
pub(crate) async fn together() {
    if TRAFFIC.with(Traffic::holds) {
        TRAFFIC.with(|traffic| traffic.awaited.set(true));
        let read = READ.with(Rc::clone);
        // Where more comes than can be read, the thread never has nothing to do.
        let _ = tokio::time::timeout(PAUSE, read.notified()).await;
    }
}

/// To be called when the thread has nothing to do, before it waits for more.
pub(super) fn before_waiting() {
    if TRAFFIC.with(|traffic| traffic.awaited.take()) {
        READ.with(|read| read.notify_waiters());
    } else if let Some(pause) = TRAFFIC.with(|traffic| traffic.pause(Instant::now())) {
        std::thread::sleep(pause);
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    /// Sleeps in the time after `start`, when a piece comes every so many microseconds and each wakes the thread that
    /// does not sleep.
    fn sleeps(traffic: &Traffic, start: Instant, gap: u64, pieces: u64) -> usize {
        let (mut slept, mut awake) = (0, start);
        for piece in 1..=pieces {
            let now = start + Duration::from_micros(gap * piece);
            traffic.pieces.set(traffic.pieces.get() + 1);
            if now < awake {
                continue;
            }
            if let Some(pause) = traffic.pause(now) {
                slept += 1;
                awake = now + pause;
            }
        }
        slept
    }

    #[test]
    fn only_floods_make_the_reader_sleep_and_a_list_is_never_held_up() {
        let (traffic, start) = (Traffic::new(), Instant::now());
        assert_eq!(sleeps(&traffic, start, 10_000, 300), 0, "100 a second");
        let later = start + Duration::from_secs(10);
        let flood = sleeps(&traffic, later, 200, 5000);
        assert!((50..65).contains(&flood), "5,000 in a second: {flood}");
        let later = start + Duration::from_secs(20);
        traffic.lists.set(1);
        assert_eq!(sleeps(&traffic, later, 200, 5000), 0);
        traffic.lists.set(0);
        // It ends with the flood.
        let later = start + Duration::from_secs(30);
        assert_eq!(sleeps(&traffic, later, 10_000, 300), 0);
    }
}
