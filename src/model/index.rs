//! Which rows of a table are shown, in which order: kept up to date change by change.
//!
//! Two lists of slot numbers are held: all rows sorted, and, where there is a filter, the ones of them
//! that pass it. So a keystroke in the filter never sorts, and one changed row among a hundred thousand
//! is moved, not searched for.

use super::sort_keys;
use super::{Matcher, Metrics, Query, Row, Schema, Table};
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

/// Slots in display order.
#[derive(Debug, Default)]
struct Ordered {
    slots: Vec<u32>,
    held: SlotSet,
}

impl Ordered {
    fn of(slots: Vec<u32>) -> Self {
        let mut held = SlotSet::default();
        held.add(&slots);
        Self { slots, held }
    }

    /// Takes the marked slots out, but for those that are still in order where they are, and tells which
    /// these are: between the one kept before them and the next one that is not marked.
    fn stay(&mut self, view: &View<'_>, marked: &SlotSet, changed: &[u32]) -> SlotSet {
        let mut stayed = SlotSet::default();
        if !changed.iter().any(|&slot| self.held.has(slot)) {
            return stayed;
        }
        let list = &mut self.slots;
        let (mut kept, mut next) = (0_usize, 0);
        for at in 0..list.len() {
            let slot = list[at];
            if marked.has(slot) {
                // Only ever forwards: where all are marked, this is still one pass.
                next = next.max(at + 1);
                while list.get(next).is_some_and(|&slot| marked.has(slot)) {
                    next += 1;
                }
                let before = kept.checked_sub(1).map(|last| list[last]);
                let in_order = view.table.row(slot).is_some()
                    && before.is_none_or(|before| view.compare_slots(before, slot).is_lt())
                    && list.get(next).is_none_or(|&next| view.compare_slots(slot, next).is_lt());
                if !in_order {
                    self.held.remove(slot);
                    continue;
                }
                stayed.insert(slot);
            }
            list[kept] = slot;
            kept += 1;
        }
        list.truncate(kept);
        stayed
    }

    /// Takes out the marked ones that `stays` does not keep.
    fn forget(&mut self, marked: &SlotSet, changed: &[u32], stays: impl Fn(u32) -> bool) {
        if changed.iter().any(|&slot| self.held.has(slot)) {
            self.slots.retain(|&slot| !marked.has(slot) || stays(slot));
            changed.iter().filter(|&&slot| !stays(slot)).for_each(|&slot| self.held.remove(slot));
        }
    }

    /// Puts `fresh` ones, which it does not hold, where they belong.
    fn insert(&mut self, view: &View<'_>, mut fresh: Vec<u32>) {
        sort_keys::sort(view, &mut fresh);
        merge(view, &mut self.slots, &fresh);
        self.held.add(&fresh);
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

    /// Where `slot` is shown. Looks at line `hint` first, then around it.
    pub fn position_of(&self, slot: u32, hint: usize) -> Option<usize> {
        if !self.shows(slot) {
            return None;
        }
        let order = self.order();
        let (before, after) = order.split_at(hint.min(order.len()));
        let near = before.len().min(64);
        let back = |part: &[u32]| part.iter().rposition(|&other| other == slot);
        let (far, close) = before.split_at(before.len() - near);
        (after.first() == Some(&slot))
            .then_some(before.len())
            .or_else(|| back(close).map(|at| far.len() + at))
            .or_else(|| after.iter().position(|&other| other == slot).map(|at| before.len() + at))
            .or_else(|| back(far))
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
        self.some = view.judge().map(|mut judge| {
            let among = if narrows { self.order() } else { &self.all.slots };
            Ordered::of(among.iter().copied().filter(|&slot| judge.passes(slot)).collect())
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
            some.forget(&marked, changed, |slot| stayed.has(slot) && passes.has(slot));
            let moved = passing.into_iter().filter(|&slot| !some.held.has(slot)).collect();
            some.insert(view, moved);
        }
        fresh.retain(|&slot| !stayed.has(slot));
        self.all.insert(view, fresh);
    }
}

/// Puts sorted `fresh` slots into sorted `list`: each is searched for, and every slot behind it moves
/// once.
fn merge(view: &View<'_>, list: &mut Vec<u32>, fresh: &[u32]) {
    let Some(&first) = fresh.first() else { return };
    if list.last().is_none_or(|&last| view.compare_slots(last, first).is_lt()) {
        list.extend_from_slice(fresh);
        return;
    }
    let mut end = list.len();
    list.resize(end + fresh.len(), 0);
    for (i, &slot) in fresh.iter().enumerate().rev() {
        let at = list[..end].partition_point(|&other| view.compare_slots(other, slot).is_lt());
        list.copy_within(at..end, at + i + 1);
        list[at + i] = slot;
        end = at;
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
