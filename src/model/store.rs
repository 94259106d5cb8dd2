//! The rows of one subscription, and live metrics beside them.

use super::{Cell, Change, Key, Metric, Row};
use hashbrown::HashTable;
use std::collections::HashMap;
use std::hash::{BuildHasher, RandomState};

/// Rows of one subscription. A slot number names a row as long as it exists; the slot of a row that
/// went is given to a later one.
#[derive(Debug, Default)]
pub struct Table {
    slots: Vec<Option<Slot>>,
    free: Vec<u32>,
    /// Slot numbers found by the key of their row: keys are not stored twice.
    by_key: HashTable<u32>,
    /// Names are chosen by whoever may create objects: the hash must not be guessable.
    hasher: RandomState,
    generations: Vec<u32>,
    changed: Vec<u32>,
    faults: usize,
}

#[derive(Debug)]
struct Slot {
    row: Row,
    part: u16,
    /// The list of its part that it was last seen in.
    generation: u32,
}

/// Below this many slots memory is not worth giving back.
const SMALL: usize = 1024;

impl Table {
    /// Number of rows.
    pub fn len(&self) -> usize {
        self.by_key.len()
    }

    /// Whether there are no rows.
    pub fn is_empty(&self) -> bool {
        self.by_key.is_empty()
    }

    /// Number of rows for which [`Row::is_fault`] holds.
    pub fn faults(&self) -> usize {
        self.faults
    }

    /// The row in `slot`, if it still exists.
    pub fn row(&self, slot: u32) -> Option<&Row> {
        self.slots.get(slot as usize)?.as_ref().map(|slot| &slot.row)
    }

    /// The slot of the row with this key.
    pub fn slot(&self, key: &Key) -> Option<u32> {
        let holds = |&slot: &u32| self.row(slot).is_some_and(|row| row.key == *key);
        self.by_key.find(self.hasher.hash_one(key), holds).copied()
    }

    /// All rows with their slots, in no particular order.
    pub fn rows(&self) -> impl Iterator<Item = (u32, &Row)> {
        (0u32..).zip(&self.slots).filter_map(|(i, slot)| slot.as_ref().map(|slot| (i, &slot.row)))
    }

    /// One more than the greatest slot number in use.
    pub fn capacity(&self) -> u32 {
        u32::try_from(self.slots.len()).unwrap_or(u32::MAX)
    }

    /// A new complete list of `part` begins; the rows it had stay until `complete`.
    pub fn begin(&mut self, part: u16) {
        let part = usize::from(part);
        if self.generations.len() <= part {
            self.generations.resize(part + 1, 0);
        }
        self.generations[part] = self.generations[part].wrapping_add(1);
    }

    /// The list of `part` is complete: rows of it that were not seen since `begin` are gone.
    pub fn complete(&mut self, part: u16) {
        let generation = self.generation(part);
        for slot in 0..self.capacity() {
            let stale = self.slots[slot as usize]
                .as_ref()
                .is_some_and(|held| held.part == part && held.generation != generation);
            if stale {
                self.remove(slot);
            }
        }
        self.shrink();
    }

    /// Applies changes of one part. A row belongs to the part that told of it last: another part's
    /// deletion of the same key is old news and does nothing. A row that is as it was is not
    /// reported as changed.
    pub fn apply(&mut self, part: u16, changes: Vec<Change>) {
        let generation = self.generation(part);
        for change in changes {
            match change {
                Change::Upsert(row) => self.upsert(Slot { row, part, generation }),
                Change::Delete(key) => {
                    if let Some(slot) = self.slot(&key)
                        && self.slots[slot as usize].as_ref().is_some_and(|held| held.part == part)
                    {
                        self.remove(slot);
                    }
                }
            }
        }
        self.shrink();
    }

    /// Slots that changed, appeared or vanished since the last call; may repeat.
    pub fn take_changed(&mut self) -> Vec<u32> {
        std::mem::take(&mut self.changed)
    }

    fn generation(&self, part: u16) -> u32 {
        self.generations.get(usize::from(part)).copied().unwrap_or(0)
    }

    fn upsert(&mut self, new: Slot) {
        if let Some(slot) = self.slot(&new.row.key) {
            if let Some(held) = &mut self.slots[slot as usize] {
                (held.part, held.generation) = (new.part, new.generation);
                if held.row != new.row {
                    self.faults -= usize::from(held.row.is_fault());
                    self.faults += usize::from(new.row.is_fault());
                    held.row = new.row;
                    self.changed.push(slot);
                }
            }
            return;
        }
        self.faults += usize::from(new.row.is_fault());
        let hash = self.hasher.hash_one(&new.row.key);
        let slot = if let Some(slot) = self.free.pop() {
            self.slots[slot as usize] = Some(new);
            slot
        } else {
            self.slots.push(Some(new));
            self.capacity() - 1
        };
        let (slots, hasher) = (&self.slots, &self.hasher);
        self.by_key.insert_unique(hash, slot, |&slot| hash_of(slots, hasher, slot));
        self.changed.push(slot);
    }

    fn remove(&mut self, slot: u32) {
        let Some(held) = self.slots[slot as usize].take() else { return };
        self.faults -= usize::from(held.row.is_fault());
        let hash = self.hasher.hash_one(&held.row.key);
        if let Ok(entry) = self.by_key.find_entry(hash, |&other| other == slot) {
            entry.remove();
        }
        self.free.push(slot);
        self.changed.push(slot);
    }

    /// Gives memory back after most rows went. Slots never move, so only the free ones at the end
    /// can go; what the rows themselves held is free already.
    fn shrink(&mut self) {
        if self.slots.len() <= SMALL || self.by_key.len() > self.slots.len() / 4 {
            return;
        }
        let used = self.slots.iter().rposition(Option::is_some).map_or(0, |last| last + 1);
        if used > self.slots.len() / 2 {
            return;
        }
        self.slots.truncate(used);
        self.slots.shrink_to_fit();
        self.free.retain(|&slot| (slot as usize) < used);
        self.free.shrink_to_fit();
        let (slots, hasher) = (&self.slots, &self.hasher);
        self.by_key.shrink_to_fit(|&slot| hash_of(slots, hasher, slot));
    }
}

fn hash_of(slots: &[Option<Slot>], hasher: &RandomState, slot: u32) -> u64 {
    slots
        .get(slot as usize)
        .and_then(Option::as_ref)
        .map_or(0, |held| hasher.hash_one(&held.row.key))
}

/// Live usage of one pod, container or node.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Usage {
    /// Thousandths of a core.
    pub cpu_millis: i64,
    /// Bytes.
    pub memory_bytes: i64,
}

/// Live usage by key, from metrics.k8s.io.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Metrics {
    usage: HashMap<Key, Usage>,
}

impl Metrics {
    /// Collects usages.
    pub fn new(usage: impl IntoIterator<Item = (Key, Usage)>) -> Self {
        Self { usage: usage.into_iter().collect() }
    }

    /// Usage of one row.
    pub fn get(&self, key: &Key) -> Option<Usage> {
        self.usage.get(key).copied()
    }

    /// The cell of a metric column for `row`; `base` is the cell that holds the request or limit.
    pub fn cell(&self, metric: Metric, row: &Row, base: u16) -> Option<Cell> {
        let usage = self.get(&row.key)?;
        let whole = || match row.cells.get(usize::from(base)) {
            Some(Cell::Millis(n) | Cell::Bytes(n)) if *n > 0 => Some(*n),
            _ => None,
        };
        let percent = |part: i64| {
            let whole = whole()?;
            Some(Cell::Percent(u32::try_from(part.saturating_mul(100) / whole).unwrap_or(u32::MAX)))
        };
        match metric {
            Metric::Cpu => Some(Cell::Millis(usage.cpu_millis)),
            Metric::Memory => Some(Cell::Bytes(usage.memory_bytes)),
            Metric::CpuOfRequest | Metric::CpuOfLimit => percent(usage.cpu_millis),
            Metric::MemoryOfRequest | Metric::MemoryOfLimit => percent(usage.memory_bytes),
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::super::sample;
    use super::*;
    use proptest::prelude::*;
    use std::collections::BTreeMap;

    fn key(n: u8) -> Key {
        sample::key("shop", &format!("pod-{n}"))
    }

    fn row(n: u8, version: u64) -> Row {
        let mut row = sample::row(key(n), []);
        row.version = version;
        if version.is_multiple_of(3) {
            row.health = super::super::Health::Degraded;
        }
        row
    }

    #[test]
    fn a_new_list_leaves_no_ghosts_and_blanks_nothing_meanwhile() {
        let mut table = Table::default();
        table.begin(0);
        table.apply(0, vec![Change::Upsert(row(1, 1)), Change::Upsert(row(2, 3))]);
        table.complete(0);
        assert_eq!((table.len(), table.faults()), (2, 1));
        table.begin(0);
        table.apply(0, vec![Change::Upsert(row(1, 1))]);
        assert_eq!(table.len(), 2, "old rows stay until the new list is complete");
        table.complete(0);
        assert_eq!((table.len(), table.faults()), (1, 0));
        assert!(table.slot(&key(2)).is_none());
    }

    #[test]
    fn a_row_seen_again_unchanged_causes_no_work() {
        let mut table = Table::default();
        table.apply(0, vec![Change::Upsert(row(1, 1))]);
        assert_eq!(table.take_changed().len(), 1);
        table.apply(0, vec![Change::Upsert(row(1, 1))]);
        assert!(table.take_changed().is_empty());
        table.apply(0, vec![Change::Upsert(row(1, 2))]);
        assert_eq!(table.take_changed().len(), 1);
    }

    #[test]
    fn only_the_part_that_told_of_a_row_last_takes_it_away() {
        let mut table = Table::default();
        table.apply(0, vec![Change::Upsert(row(1, 1))]);
        table.apply(1, vec![Change::Upsert(row(1, 1))]);
        table.apply(0, vec![Change::Delete(key(1))]);
        assert_eq!(table.len(), 1);
        table.begin(0);
        table.complete(0);
        assert_eq!(table.len(), 1);
        table.apply(1, vec![Change::Delete(key(1))]);
        assert!(table.is_empty());
    }

    #[test]
    fn a_table_that_was_large_gives_its_memory_back() {
        let mut table = Table::default();
        let key = |n: u32| sample::key("shop", &format!("pod-{n}"));
        let rows = (0..5000).map(|n| Change::Upsert(sample::row(key(n), []))).collect();
        table.apply(0, rows);
        table.apply(0, (10..5000).map(|n| Change::Delete(key(n))).collect());
        assert_eq!(table.len(), 10);
        assert_eq!(table.capacity(), 10);
        assert!((0..10).all(|n| table.slot(&key(n)).is_some()));
        table.apply(0, (10..20).map(|n| Change::Upsert(sample::row(key(n), []))).collect());
        assert!((0..20).all(|n| table.slot(&key(n)).is_some()));
        assert_eq!(table.rows().count(), 20);
    }

    #[derive(Clone, Debug)]
    enum Op {
        Upsert(u16, u8, u64),
        Delete(u16, u8),
        Begin(u16),
        Complete(u16),
    }

    fn op() -> impl Strategy<Value = Op> {
        prop_oneof![
            5 => (0u16..3, 0u8..12, 0u64..5).prop_map(|(part, n, v)| Op::Upsert(part, n, v)),
            2 => (0u16..3, 0u8..12).prop_map(|(part, n)| Op::Delete(part, n)),
            1 => (0u16..3).prop_map(Op::Begin),
            1 => (0u16..3).prop_map(Op::Complete),
        ]
    }

    proptest! {
        /// The table against the plainest description of what it promises.
        #[test]
        fn no_ghosts_and_no_lost_rows(ops in proptest::collection::vec(op(), 0..80)) {
            let mut table = Table::default();
            // Key -> (row, part, seen since its part's last begin).
            let mut truth: BTreeMap<Key, (Row, u16, bool)> = BTreeMap::new();
            for op in ops {
                let before: BTreeMap<u32, Row> =
                    table.rows().map(|(slot, row)| (slot, row.clone())).collect();
                match op {
                    Op::Upsert(part, n, version) => {
                        table.apply(part, vec![Change::Upsert(row(n, version))]);
                        truth.insert(key(n), (row(n, version), part, true));
                    }
                    Op::Delete(part, n) => {
                        table.apply(part, vec![Change::Delete(key(n))]);
                        if truth.get(&key(n)).is_some_and(|held| held.1 == part) {
                            truth.remove(&key(n));
                        }
                    }
                    Op::Begin(part) => {
                        table.begin(part);
                        truth.values_mut().filter(|held| held.1 == part).for_each(|held| held.2 = false);
                    }
                    Op::Complete(part) => {
                        table.complete(part);
                        truth.retain(|_, held| held.1 != part || held.2);
                    }
                }
                prop_assert_eq!(table.len(), truth.len());
                prop_assert_eq!(table.rows().count(), truth.len());
                prop_assert_eq!(table.faults(), truth.values().filter(|held| held.0.is_fault()).count());
                for (key, (row, ..)) in &truth {
                    let slot = table.slot(key).unwrap();
                    prop_assert_eq!(table.row(slot), Some(row));
                }
                let changed = table.take_changed();
                for slot in 0..table.capacity().max(12) {
                    if table.row(slot) != before.get(&slot) {
                        prop_assert!(changed.contains(&slot), "slot {} changed unsaid", slot);
                    }
                }
            }
        }
    }
}
