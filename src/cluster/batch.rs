//! What waits to be told: batches of at most one frame, merged per object while the receiver is
//! busy. The reader never waits for the UI: an API server cuts off watchers that do not read.

use super::{Event, coalesce};
use crate::model::{Change, Key, SubEvent, SubId, WatchState};
use rustc_hash::FxHashMap;
use std::cell::RefCell;
use std::collections::VecDeque;
use std::rc::Rc;
use std::time::Duration;
use tokio::sync::{Notify, mpsc};
use tokio::time::Instant;

/// Most changes in one batch.
pub const MAX_CHANGES: usize = 512;

/// One thing to tell about a subscription.
#[derive(Debug)]
enum Entry {
    Schema(SubEvent),
    Begin(u16),
    Changes(u16, Vec<Change>),
    Complete(u16),
    State(u16, WatchState),
    Skipped(u64, String),
    /// Was replaced by something newer.
    Void,
}

impl Entry {
    /// Does not wait for the rest of a frame.
    fn is_urgent(&self) -> bool {
        match self {
            Self::Changes(..) | Self::Skipped(..) | Self::Void => false,
            Self::State(_, state) => !matches!(state, WatchState::Listing { .. }),
            Self::Schema(_) | Self::Begin(_) | Self::Complete(_) => true,
        }
    }

    fn event(self) -> Option<SubEvent> {
        Some(match self {
            Self::Schema(event) => event,
            Self::Begin(part) => SubEvent::Begin { part },
            Self::Changes(part, changes) => SubEvent::Changes { part, changes },
            Self::Complete(part) => SubEvent::Complete { part },
            Self::State(part, state) => SubEvent::State { part, state },
            Self::Skipped(count, sample) => SubEvent::Skipped { count, sample },
            Self::Void => return None,
        })
    }
}

/// What waits for one subscription, in order. Entries are numbered without end; `first` is the
/// number of the front one.
#[derive(Debug, Default)]
struct Queue {
    entries: VecDeque<Entry>,
    first: u64,
    /// Where the waiting change of a row is: entry number and place in it.
    index: FxHashMap<(u16, Key), (u64, usize)>,
    /// The entry of each part that takes more changes: nothing that ends a list came after it.
    open: FxHashMap<u16, u64>,
    /// When the last batch left.
    sent_at: Option<Instant>,
    /// Entries below this number are due: they are one batch with what left last.
    released: u64,
    /// Entries that do not wait for a frame.
    urgent: usize,
}

impl Queue {
    fn next_number(&self) -> u64 {
        self.first + self.entries.len() as u64
    }

    fn push(&mut self, entry: Entry) {
        if let Entry::Begin(part) | Entry::Complete(part) = &entry {
            self.open.remove(part);
        }
        self.urgent += usize::from(entry.is_urgent());
        self.entries.push_back(entry);
    }

    /// Takes out whatever `old` says: something newer replaces it.
    fn void(&mut self, old: impl Fn(&Entry) -> bool) {
        for entry in &mut self.entries {
            if old(entry) {
                self.urgent -= usize::from(entry.is_urgent());
                *entry = Entry::Void;
            }
        }
    }

    fn entry(&mut self, number: u64) -> Option<&mut Entry> {
        let place = usize::try_from(number.checked_sub(self.first)?).ok()?;
        self.entries.get_mut(place)
    }

    /// A new list of `part` replaces whatever of that part still waits.
    fn begin(&mut self, part: u16) {
        self.void(|entry| match entry {
            Entry::Begin(p) | Entry::Complete(p) | Entry::Changes(p, _) => *p == part,
            _ => false,
        });
        self.index.retain(|(p, _), _| *p != part);
        self.push(Entry::Begin(part));
    }

    fn change(&mut self, part: u16, change: Change) {
        let key = (part, change.key().clone());
        if let Some(&(number, place)) = self.index.get(&key)
            && let Some(Entry::Changes(_, changes)) = self.entry(number)
            && let Some(old) = changes.get_mut(place)
        {
            *old = change;
            return;
        }
        let open = self.open.get(&part).copied();
        let at = match open.and_then(|number| Some((number, self.entry(number)?))) {
            Some((number, Entry::Changes(_, changes))) if changes.len() < MAX_CHANGES => {
                changes.push(change);
                (number, changes.len() - 1)
            }
            _ => {
                let number = self.next_number();
                self.push(Entry::Changes(part, vec![change]));
                self.open.insert(part, number);
                (number, 0)
            }
        };
        self.index.insert(key, at);
    }

    /// Tells a state once: one that still waits is replaced, at the end of the queue.
    fn state(&mut self, part: u16, state: WatchState) {
        self.void(|entry| matches!(entry, Entry::State(p, _) if *p == part));
        self.push(Entry::State(part, state));
    }

    fn skipped(&mut self, count: u64, sample: String) {
        self.void(|entry| matches!(entry, Entry::Skipped(..)));
        self.push(Entry::Skipped(count, sample));
    }

    /// Forgets replaced entries at the front.
    fn trim(&mut self) {
        while matches!(self.entries.front(), Some(Entry::Void)) {
            self.entries.pop_front();
            self.first += 1;
        }
    }

    fn pop(&mut self, now: Instant) -> Option<SubEvent> {
        if self.first >= self.released {
            self.released = self.next_number();
            self.sent_at = Some(now);
        }
        self.trim();
        let entry = self.entries.pop_front()?;
        self.first += 1;
        self.urgent -= usize::from(entry.is_urgent());
        if let Entry::Changes(part, changes) = &entry {
            if self.entries.is_empty() {
                self.index.clear();
                // A list that came faster than it was taken left it large.
                self.index.shrink_to(MAX_CHANGES);
            } else {
                for change in changes {
                    self.index.remove(&(*part, change.key().clone()));
                }
            }
        }
        self.trim();
        entry.event()
    }

    /// When the front entry may leave: changes wait for the rest of their frame, unless they fill
    /// a batch or something urgent waits behind them.
    fn due(&self, gap: Duration) -> Option<Due> {
        self.entries.iter().find(|entry| !matches!(entry, Entry::Void))?;
        match self.sent_at {
            Some(sent) if self.urgent == 0 && self.first >= self.released && !self.full() => {
                Some(Due::At(sent + gap))
            }
            _ => Some(Due::Now),
        }
    }

    fn full(&self) -> bool {
        let full = |entry: &Entry| matches!(entry, Entry::Changes(_, c) if c.len() >= MAX_CHANGES);
        self.entries.front().is_some_and(full)
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Due {
    Now,
    At(Instant),
}

#[derive(Debug, Default)]
struct Waiting {
    others: VecDeque<Event>,
    subs: VecDeque<(SubId, Queue)>,
}

/// The way out of the reader thread.
#[derive(Debug)]
pub(crate) struct Outbox {
    waiting: RefCell<Waiting>,
    filled: Notify,
    gap: Duration,
}

impl Outbox {
    /// An empty one; batches of one subscription leave at least `gap` after each other.
    pub(crate) fn new(gap: Duration) -> Rc<Self> {
        Rc::new(Self { waiting: RefCell::default(), filled: Notify::new(), gap })
    }

    /// Tells something that is no batch, in order, never merged.
    pub(crate) fn tell(&self, event: Event) {
        self.waiting.borrow_mut().others.push_back(event);
        self.filled.notify_one();
    }

    fn queue(&self, sub: SubId, add: impl FnOnce(&mut Queue)) {
        let mut waiting = self.waiting.borrow_mut();
        let place = waiting.subs.iter().position(|(id, _)| *id == sub);
        let place = place.unwrap_or_else(|| {
            waiting.subs.push_back((sub, Queue::default()));
            waiting.subs.len() - 1
        });
        let Some((_, queue)) = waiting.subs.get_mut(place) else { return };
        let before = queue.due(self.gap);
        add(queue);
        // One more change of a batch that waits for its time anyway needs nobody to look.
        if queue.due(self.gap) != before {
            self.filled.notify_one();
        }
    }

    /// The columns changed.
    pub(crate) fn schema(&self, sub: SubId, schema: std::sync::Arc<crate::model::Schema>) {
        self.queue(sub, |queue| queue.push(Entry::Schema(SubEvent::Schema(schema))));
    }

    /// A new list of `part` begins.
    pub(crate) fn begin(&self, sub: SubId, part: u16) {
        self.queue(sub, |queue| queue.begin(part));
    }

    /// Rows of `part` changed.
    pub(crate) fn changes(&self, sub: SubId, part: u16, changes: impl Iterator<Item = Change>) {
        self.queue(sub, |queue| changes.for_each(|change| queue.change(part, change)));
    }

    /// The list of `part` is complete.
    pub(crate) fn complete(&self, sub: SubId, part: u16) {
        self.queue(sub, |queue| queue.push(Entry::Complete(part)));
    }

    /// The stream of `part` changed its state.
    pub(crate) fn state(&self, sub: SubId, part: u16, state: WatchState) {
        self.queue(sub, |queue| queue.state(part, state));
    }

    /// Objects were left out.
    pub(crate) fn skipped(&self, sub: SubId, count: u64, sample: String) {
        self.queue(sub, |queue| queue.skipped(count, sample));
    }

    /// Nobody waits for this subscription any more.
    pub(crate) fn forget(&self, sub: SubId) {
        self.waiting.borrow_mut().subs.retain(|(id, _)| *id != sub);
    }

    fn due(&self) -> Option<Due> {
        let waiting = self.waiting.borrow();
        if !waiting.others.is_empty() {
            return Some(Due::Now);
        }
        waiting.subs.iter().filter_map(|(_, queue)| queue.due(self.gap)).min()
    }

    /// The next thing that is due; subscriptions take turns.
    fn take(&self, now: Instant) -> Option<Event> {
        let mut waiting = self.waiting.borrow_mut();
        if let Some(event) = waiting.others.pop_front() {
            return Some(event);
        }
        for _ in 0..waiting.subs.len() {
            let (id, mut queue) = waiting.subs.pop_front()?;
            let ready = match queue.due(self.gap) {
                Some(Due::Now) => true,
                Some(Due::At(at)) => at <= now,
                None => false,
            };
            let event = if ready { queue.pop(now) } else { None };
            waiting.subs.push_back((id, queue));
            if let Some(event) = event {
                return Some(Event::Sub(id, event));
            }
        }
        None
    }

    /// Sends what is due until the receiver is gone.
    pub(crate) async fn pump(self: Rc<Self>, events: mpsc::Sender<Event>) {
        loop {
            let filled = self.filled.notified();
            match self.due() {
                None => filled.await,
                Some(Due::At(at)) if at > Instant::now() => {
                    tokio::select! {
                        () = tokio::time::sleep_until(at) => {}
                        () = filled => {}
                    }
                }
                // What arrives while we wait for room is merged into what waits.
                Some(_) => {
                    coalesce::together().await;
                    let Ok(room) = events.reserve().await else { return };
                    if let Some(event) = self.take(Instant::now()) {
                        room.send(event);
                    }
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
    use super::*;
    use crate::kinds::RowBuilder;
    use crate::kinds::build::Pool;
    use crate::kinds::de::{Meta, Str};
    use crate::model::{Row, Table};

    fn row(name: &str, version: u64) -> Row {
        let mut pool = Pool::default();
        let mut row = RowBuilder::new(&mut pool);
        let meta = Meta {
            name: Str(name.into()),
            resource_version: Str(version.to_string().into()),
            ..Meta::default()
        };
        row.meta(&meta);
        row.finish()
    }

    fn apply(table: &mut Table, event: Event) {
        match event {
            Event::Sub(_, SubEvent::Begin { part }) => table.begin(part),
            Event::Sub(_, SubEvent::Complete { part }) => table.complete(part),
            Event::Sub(_, SubEvent::Changes { part, changes }) => {
                let mut keys: Vec<_> = changes.iter().map(|c| c.key().clone()).collect();
                keys.sort();
                keys.dedup();
                assert_eq!(keys.len(), changes.len(), "at most one change per key");
                table.apply(part, changes);
            }
            _ => {}
        }
    }

    fn shown(table: &Table) -> Vec<(String, u64)> {
        let mut rows: Vec<_> =
            table.rows().map(|(_, row)| (row.key.name.to_string(), row.version)).collect();
        rows.sort();
        rows
    }

    #[tokio::test(start_paused = true)]
    async fn while_nobody_reads_the_last_change_of_each_row_wins() {
        let outbox = Outbox::new(Duration::from_millis(16));
        let (tx, mut rx) = mpsc::channel(1);
        let sub = SubId(1);
        let local = tokio::task::LocalSet::new();
        local.spawn_local(Rc::clone(&outbox).pump(tx));
        local
            .run_until(async {
                outbox.begin(sub, 0);
                for round in 0..1000u64 {
                    for name in ["a", "b", "c"] {
                        let change = Change::Upsert(row(name, round));
                        outbox.changes(sub, 0, std::iter::once(change));
                    }
                    tokio::task::yield_now().await;
                }
                outbox.complete(sub, 0);
                outbox.changes(sub, 0, std::iter::once(Change::Delete(row("b", 0).key)));
                outbox.state(sub, 0, WatchState::Waiting);
                outbox.state(sub, 0, WatchState::Live);
                let mut table = Table::default();
                let (mut events, mut states) = (0, 0);
                while let Ok(Some(event)) =
                    tokio::time::timeout(Duration::from_secs(1), rx.recv()).await
                {
                    events += 1;
                    states += u32::from(matches!(event, Event::Sub(_, SubEvent::State { .. })));
                    apply(&mut table, event);
                }
                assert_eq!(shown(&table), [("a".to_owned(), 999), ("c".to_owned(), 999)]);
                assert_eq!(states, 1);
                assert!(events < 12, "{events} events for 3000 changes");
            })
            .await;
    }

    #[tokio::test(start_paused = true)]
    async fn a_new_list_replaces_what_waits_of_the_old_one() {
        let outbox = Outbox::new(Duration::from_millis(16));
        let sub = SubId(1);
        outbox.begin(sub, 0);
        outbox.changes(sub, 0, [Change::Upsert(row("ghost", 1))].into_iter());
        outbox.changes(sub, 1, [Change::Upsert(row("other", 1))].into_iter());
        outbox.complete(sub, 0);
        outbox.begin(sub, 0);
        outbox.changes(sub, 0, [Change::Upsert(row("a", 2))].into_iter());
        outbox.complete(sub, 0);
        let mut table = Table::default();
        while let Some(event) = outbox.take(Instant::now() + Duration::from_secs(1)) {
            apply(&mut table, event);
            tokio::time::advance(Duration::from_secs(1)).await;
        }
        assert_eq!(shown(&table), [("a".to_owned(), 2), ("other".to_owned(), 1)]);
    }

    #[tokio::test(start_paused = true)]
    async fn a_list_that_comes_row_by_row_leaves_as_few_batches() {
        let outbox = Outbox::new(Duration::from_millis(16));
        let sub = SubId(1);
        outbox.begin(sub, 0);
        let mut events = Vec::new();
        for i in 0..1000u64 {
            outbox.changes(sub, 0, [Change::Upsert(row(&i.to_string(), 1))].into_iter());
            outbox.state(sub, 0, WatchState::Listing { rows: i, per_second: 0 });
            // The pump would run now, as between any two pieces of the body.
            while let Some(event) = outbox.take(Instant::now()) {
                events.push(event);
            }
            tokio::time::advance(Duration::from_micros(100)).await;
        }
        outbox.complete(sub, 0);
        while let Some(event) = outbox.take(Instant::now()) {
            events.push(event);
        }
        assert!(events.len() < 24, "{} events for 100 ms", events.len());
        let mut table = Table::default();
        events.into_iter().for_each(|event| apply(&mut table, event));
        assert_eq!(table.len(), 1000);
    }

    #[tokio::test(start_paused = true)]
    async fn the_first_change_leaves_at_once_and_a_burst_waits_for_its_frame() {
        let outbox = Outbox::new(Duration::from_millis(16));
        let sub = SubId(1);
        let now = Instant::now();
        outbox.changes(sub, 0, [Change::Upsert(row("a", 1))].into_iter());
        assert!(outbox.take(now).is_some());
        outbox.changes(sub, 0, [Change::Upsert(row("a", 2))].into_iter());
        assert!(outbox.take(now).is_none());
        assert_eq!(outbox.due(), Some(Due::At(now + Duration::from_millis(16))));
        assert!(outbox.take(now + Duration::from_millis(16)).is_some());
        let many = (0..MAX_CHANGES).map(|i| Change::Upsert(row(&i.to_string(), 1)));
        outbox.changes(sub, 0, many);
        assert!(outbox.take(now + Duration::from_millis(17)).is_some(), "a full batch is due");
    }
}
