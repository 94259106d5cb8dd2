//! Which rows of a table are shown, in which order: kept up to date change by change.
//!
//! Two lists of slot numbers are held: all rows sorted, and, where there is a filter, the ones of them
//! that pass it. So a keystroke in the filter never sorts, and one changed row among a hundred thousand
//! is moved, not searched for.

use super::{Matcher, Metrics, Query, Row, Schema, Table};
use super::{parallel, sort_keys};
use std::cmp::Ordering;

/// What a table is sorted by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Sort {
    /// Index into the schema's columns.
    pub column: usize,
    /// Greatest first.
    pub descending: bool,
}

/// What is looked at, and how.
#[derive(Clone, Copy, Debug)]
pub struct View<'a> {
    /// The rows.
    pub table: &'a Table,
    /// Their columns.
    pub schema: &'a Schema,
    /// None orders by namespace and name; so does a column that does not exist.
    pub sort: Option<Sort>,
    /// Which rows to show.
    pub query: &'a Query,
    /// Show only rows for which [`Row::is_fault`] holds.
    pub faults_only: bool,
    /// Live usage for metric columns.
    pub metrics: Option<&'a Metrics>,
    /// Unix seconds.
    pub now: i64,
}

impl View<'_> {
    /// Order of two rows: a total one. Equal cells are always ordered upwards by namespace and
    /// name, so that turning the sort round does not shuffle them.
    pub fn compare(&self, a: &Row, b: &Row) -> Ordering {
        self.compare_cells(a, b).then_with(|| a.key.cmp(&b.key))
    }

    pub(super) fn compare_cells(&self, a: &Row, b: &Row) -> Ordering {
        let Some(sort) = self.sort else { return Ordering::Equal };
        let Some(column) = self.schema.columns.get(sort.column) else { return Ordering::Equal };
        let cells = self.schema.order_cells(column, a, b, self.metrics);
        if sort.descending { cells.reverse() } else { cells }
    }

    fn compare_slots(&self, a: u32, b: u32) -> Ordering {
        sort_keys::by(self, a, b, |a, b| self.compare(a, b))
    }

    /// None: every row is shown.
    fn judge(&self) -> Option<Judge<'_>> {
        let empty = self.query.is_empty();
        (!empty || self.faults_only).then(|| Judge {
            table: self.table,
            faults_only: self.faults_only,
            matcher: (!empty).then(|| self.query.matcher(self.schema, self.metrics, self.now)),
        })
    }
}

/// Whether rows are shown; made once per pass.
struct Judge<'a> {
    table: &'a Table,
    faults_only: bool,
    matcher: Option<Matcher<'a>>,
}

impl Judge<'_> {
    fn passes(&mut self, slot: u32) -> bool {
        self.table.row(slot).is_some_and(|row| {
            (!self.faults_only || row.is_fault())
                && self.matcher.as_mut().is_none_or(|matcher| matcher.matches(row))
        })
    }
}

/// Slots in display order, and about where each stands: so one that changes is found without a search, and
/// one that does not move costs next to nothing, however many there are.
#[derive(Debug, Default)]
struct Ordered {
    slots: Vec<u32>,
    held: SlotSet,
    /// By slot: where it stood at some time.
    places: Vec<u32>,
    /// By how much a place may be wrong by now.
    drift: usize,
}

/// Places that may be wrong by more than this are written anew.
const MOST_DRIFT: usize = if cfg!(test) { 5 } else { 64 };

impl Ordered {
    fn of(slots: Vec<u32>) -> Self {
        let mut this = Self { slots, ..Self::default() };
        this.held.add(&this.slots);
        this.write_places();
        this
    }

    fn write_places(&mut self) {
        for at in 0..self.slots.len() {
            self.write_place(self.slots[at], at);
        }
        self.drift = 0;
    }

    fn write_place(&mut self, slot: u32, at: usize) {
        let i = slot as usize;
        if self.places.len() <= i {
            self.places.resize(i + 1, 0);
        }
        self.places[i] = u32::try_from(at).unwrap_or(u32::MAX);
    }

    /// Where a slot stands.
    fn place(&self, slot: u32) -> Option<usize> {
        if !self.held.has(slot) {
            return None;
        }
        let about = *self.places.get(slot as usize)? as usize;
        let start = about.saturating_sub(self.drift);
        let end = about.saturating_add(self.drift + 1).min(self.slots.len());
        let near = self.slots.get(start..end)?;
        near.iter().position(|&other| other == slot).map(|at| start + at)
    }

    /// Where those of `changed` stand that are held, in order.
    fn places(&self, changed: &[u32]) -> Vec<usize> {
        let mut places: Vec<_> = changed.iter().filter_map(|&slot| self.place(slot)).collect();
        places.sort_unstable();
        places.dedup();
        places
    }

    /// Takes the marked slots out, but for those that are still in order where they are, and tells which
    /// these are: between the one kept before them and the next one that is not marked.
    fn stay(&mut self, view: &View<'_>, marked: &SlotSet, changed: &[u32]) -> SlotSet {
        let mut stayed = SlotSet::default();
        let (mut gone, mut next) = (Vec::new(), 0);
        for at in self.places(changed) {
            let slot = self.slots[at];
            // Only ever forwards: where all are marked, this is still one pass.
            next = next.max(at + 1);
            while self.slots.get(next).is_some_and(|&slot| marked.has(slot)) {
                next += 1;
            }
            let mut first = at;
            for &gone in gone.iter().rev() {
                if gone + 1 != first {
                    break;
                }
                first = gone;
            }
            let before = first.checked_sub(1).map(|before| self.slots[before]);
            let in_order = view.table.row(slot).is_some()
                && before.is_none_or(|before| view.compare_slots(before, slot).is_lt())
                && self.slots.get(next).is_none_or(|&next| view.compare_slots(slot, next).is_lt());
            if in_order {
                stayed.insert(slot);
            } else {
                gone.push(at);
            }
        }
        self.take_out(&gone);
        stayed
    }

    /// Takes out those of `changed` that `stays` does not keep.
    fn forget(&mut self, changed: &[u32], stays: impl Fn(u32) -> bool) {
        let mut gone = self.places(changed);
        gone.retain(|&at| !stays(self.slots[at]));
        self.take_out(&gone);
    }

    /// Takes out what stands at these places, which are in order: every slot behind moves once.
    fn take_out(&mut self, gone: &[usize]) {
        let Some(&(mut to)) = gone.first() else { return };
        for (i, &at) in gone.iter().enumerate() {
            self.held.remove(self.slots[at]);
            let end = gone.get(i + 1).copied().unwrap_or(self.slots.len());
            self.slots.copy_within(at + 1..end, to);
            to += end - at - 1;
        }
        self.slots.truncate(to);
        self.moved(gone.len());
    }

    /// So many came or went, so that others may have moved by as much.
    fn moved(&mut self, by: usize) {
        self.drift += by;
        if self.drift > MOST_DRIFT {
            self.write_places();
        }
    }

    /// Puts `fresh` ones, which it does not hold, where they belong: each is searched for, and every slot
    /// behind it moves once.
    fn insert(&mut self, view: &View<'_>, mut fresh: Vec<u32>) {
        sort_keys::sort(view, &mut fresh);
        let Some(&first) = fresh.first() else { return };
        self.held.add(&fresh);
        let mut end = self.slots.len();
        if self.slots.last().is_none_or(|&last| view.compare_slots(last, first).is_lt()) {
            self.slots.extend_from_slice(&fresh);
            for (at, &slot) in (end..).zip(&fresh) {
                self.write_place(slot, at);
            }
            return;
        }
        self.slots.resize(end + fresh.len(), 0);
        for (i, &slot) in fresh.iter().enumerate().rev() {
            let before = |&other: &u32| view.compare_slots(other, slot).is_lt();
            let at = self.slots[..end].partition_point(before);
            self.slots.copy_within(at..end, at + i + 1);
            self.slots[at + i] = slot;
            self.write_place(slot, at + i);
            end = at;
        }
        self.moved(fresh.len());
    }
}

/// A sorted, filtered view of one table: slot numbers in display order.
#[derive(Debug, Default)]
pub struct Index {
    /// Every row.
    all: Ordered,
    /// The rows that are shown, where these are not all.
    some: Option<Ordered>,
}

impl Index {
    fn shown(&self) -> &Ordered {
        self.some.as_ref().unwrap_or(&self.all)
    }

    /// Slots in display order.
    pub fn order(&self) -> &[u32] {
        &self.shown().slots
    }

    /// Whether the filter lets `slot` through.
    pub fn shows(&self, slot: u32) -> bool {
        self.shown().held.has(slot)
    }

    /// Where `slot` is shown.
    pub fn position_of(&self, slot: u32) -> Option<usize> {
        self.shown().place(slot)
    }

    /// Builds the view anew: after the sort or the columns changed, and when new metrics came while
    /// sorted by one of them. Changes of the table up to now are in it.
    pub fn rebuild(&mut self, view: &View<'_>) {
        let mut slots: Vec<u32> = view.table.rows().map(|(slot, _)| slot).collect();
        sort_keys::sort(view, &mut slots);
        self.all = Ordered::of(slots);
        self.refilter(view, false);
    }

    /// Chooses anew which rows are shown, in the order there is: after the filter or "faults only"
    /// changed, and on a tick or new metrics where the filter depends on them. With `narrows` (see
    /// [`Query::narrows`]) only rows shown now are looked at.
    pub fn refilter(&mut self, view: &View<'_>, narrows: bool) {
        self.some = view.judge().is_some().then(|| {
            let among = if narrows { self.order() } else { &self.all.slots };
            let passing = parallel::pieces(among, |piece| {
                let mut judge = view.judge();
                let passes = |slot: &u32| judge.as_mut().is_none_or(|judge| judge.passes(*slot));
                piece.iter().copied().filter(passes).collect::<Vec<_>>()
            });
            Ordered::of(passing.concat())
        });
    }

    /// Takes over what [`Table::take_changed`] told, for the same sort and filter as last time. Rows
    /// that come in order behind all others, as a first list does, are only appended, and rows that
    /// changed but not so that they would move stay where they are.
    pub fn update(&mut self, view: &View<'_>, changed: &[u32]) {
        let mut marked = SlotSet::default();
        let mut fresh = Vec::with_capacity(changed.len());
        for &slot in changed {
            if marked.insert(slot) && view.table.row(slot).is_some() {
                fresh.push(slot);
            }
        }
        let stayed = self.all.stay(view, &marked, changed);
        if let (Some(some), Some(mut judge)) = (&mut self.some, view.judge()) {
            let passing: Vec<u32> =
                fresh.iter().copied().filter(|&slot| judge.passes(slot)).collect();
            let mut passes = SlotSet::default();
            passes.add(&passing);
            // What keeps its place among all keeps it among some of them.
            some.forget(changed, |slot| stayed.has(slot) && passes.has(slot));
            let moved = passing.into_iter().filter(|&slot| !some.held.has(slot)).collect();
            some.insert(view, moved);
        }
        fresh.retain(|&slot| !stayed.has(slot));
        self.all.insert(view, fresh);
    }
}

/// A set of slot numbers: one bit each.
#[derive(Debug, Default)]
struct SlotSet {
    words: Vec<u64>,
}

impl SlotSet {
    fn has(&self, slot: u32) -> bool {
        self.words.get(slot as usize / 64).is_some_and(|word| word & (1 << (slot % 64)) != 0)
    }

    /// Whether it was not there before.
    fn insert(&mut self, slot: u32) -> bool {
        let word = slot as usize / 64;
        if self.words.len() <= word {
            self.words.resize(word + 1, 0);
        }
        let bit = 1 << (slot % 64);
        let new = self.words[word] & bit == 0;
        self.words[word] |= bit;
        new
    }

    fn remove(&mut self, slot: u32) {
        if let Some(word) = self.words.get_mut(slot as usize / 64) {
            *word &= !(1 << (slot % 64));
        }
    }

    fn add(&mut self, slots: &[u32]) {
        for &slot in slots {
            self.insert(slot);
        }
    }
}

#[cfg(test)]
#[path = "index_tests.rs"]
mod tests;
