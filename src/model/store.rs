//! The rows of one subscription, and live metrics beside them.

use super::{Cell, Change, Key, Metric, Row};
use rustc_hash::FxHashMap;

/// Rows of one subscription. A slot number names a row as long as it exists.
#[derive(Debug, Default)]
pub struct Table {
    slots: Vec<Option<Slot>>,
    free: Vec<u32>,
    by_key: FxHashMap<Key, u32>,
    generations: Vec<u32>,
    changed: Vec<u32>,
}

#[derive(Debug)]
struct Slot {
    row: Row,
    part: u16,
    generation: u32,
}

impl Table {
    /// Number of rows.
    pub fn len(&self) -> usize {
        self.by_key.len()
    }

    /// Whether there are no rows.
    pub fn is_empty(&self) -> bool {
        self.by_key.is_empty()
    }

    /// The row in `slot`, if it still exists.
    pub fn row(&self, slot: u32) -> Option<&Row> {
        self.slots.get(slot as usize)?.as_ref().map(|slot| &slot.row)
    }

    /// The slot of the row with this key.
    pub fn slot(&self, key: &Key) -> Option<u32> {
        self.by_key.get(key).copied()
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
        let generation = self.generations.get(usize::from(part)).copied().unwrap_or(0);
        for slot in 0..self.capacity() {
            let stale = self.slots[slot as usize]
                .as_ref()
                .is_some_and(|held| held.part == part && held.generation != generation);
            if stale {
                self.remove(slot);
            }
        }
    }

    /// Applies changes of one part.
    pub fn apply(&mut self, part: u16, changes: Vec<Change>) {
        let generation = self.generations.get(usize::from(part)).copied().unwrap_or(0);
        for change in changes {
            match change {
                Change::Upsert(row) => {
                    let held = Slot { row, part, generation };
                    if let Some(&slot) = self.by_key.get(&held.row.key) {
                        self.slots[slot as usize] = Some(held);
                        self.changed.push(slot);
                    } else {
                        let key = held.row.key.clone();
                        let slot = if let Some(slot) = self.free.pop() {
                            self.slots[slot as usize] = Some(held);
                            slot
                        } else {
                            self.slots.push(Some(held));
                            self.capacity() - 1
                        };
                        self.by_key.insert(key, slot);
                        self.changed.push(slot);
                    }
                }
                Change::Delete(key) => {
                    if let Some(&slot) = self.by_key.get(&key) {
                        self.remove(slot);
                    }
                }
            }
        }
    }

    /// Slots that changed, appeared or vanished since the last call; may repeat.
    pub fn take_changed(&mut self) -> Vec<u32> {
        std::mem::take(&mut self.changed)
    }

    fn remove(&mut self, slot: u32) {
        if let Some(held) = self.slots[slot as usize].take() {
            self.by_key.remove(&held.row.key);
            self.free.push(slot);
            self.changed.push(slot);
        }
    }
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
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Metrics {
    usage: FxHashMap<Key, Usage>,
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
