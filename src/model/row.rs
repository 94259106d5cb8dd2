//! The projection of one object: the few fields that are shown, sorted and joined. Never the whole object.

use super::{Links, Text};
use std::cmp::Ordering;
use std::sync::Arc;

/// Colour meaning of a cell or row. Ordered: a worse tone is greater.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub enum Tone {
    /// Background information.
    Dim,
    /// Nothing to say.
    #[default]
    Plain,
    /// As it should be.
    Good,
    /// On its way.
    Busy,
    /// Somebody should look soon.
    Warn,
    /// Broken.
    Bad,
}

/// Health of one object. Ordered from best to worst, so that a group's health is the maximum.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub enum Health {
    /// The kind has no health.
    #[default]
    None,
    /// As it should be.
    Healthy,
    /// Deliberately paused.
    Suspended,
    /// On its way.
    Progressing,
    /// Cannot be judged.
    Unknown,
    /// Broken.
    Degraded,
}

/// Identity of a row within its table.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Key {
    /// Empty for cluster-scoped objects.
    pub namespace: Text,
    /// Object name (container name in a container list).
    pub name: Text,
}

/// One typed cell: 16 bytes, drawn and sorted without looking at the object again.
#[derive(Clone, Debug, PartialEq)]
pub enum Cell {
    /// Nothing there; drawn as an empty cell.
    Empty,
    /// Sanitised text and its tone.
    Text(Text, Tone),
    /// A number.
    Int(i64),
    /// `2/3`: how many of how many.
    Ratio(u32, u32),
    /// A moment (Unix seconds), drawn as its age: `5m`.
    Since(i64),
    /// A moment that may lie ahead (Unix seconds), drawn as `5d` or `-2h`.
    Until(i64),
    /// A count and the moment it last changed: `3 (5m ago)`. The moment is absent when 0.
    CountSince(u32, i64),
    /// A length of time in seconds: `12s`.
    Seconds(i64),
    /// CPU in thousandths of a core: `250m`.
    Millis(i64),
    /// Bytes: `128Mi`.
    Bytes(i64),
    /// Per cent.
    Percent(u32),
}

impl Cell {
    /// Order of two cells of one column; empty cells come first, then numbers, then text, which is
    /// compared byte by byte. A total order even where a column mixes sorts of cells.
    pub fn order(&self, other: &Self) -> Ordering {
        match (self, other) {
            (Self::Text(a, _), Self::Text(b, _)) => {
                if Text::ptr_eq(a, b) {
                    Ordering::Equal
                } else {
                    a.as_str().cmp(b.as_str())
                }
            }
            (Self::Ratio(a, b), Self::Ratio(c, d)) => ratio_order((*a, *b), (*c, *d)),
            (Self::CountSince(a, s), Self::CountSince(b, t)) => a.cmp(b).then(s.cmp(t)),
            // Younger is smaller, as kubectl and k9s sort ages.
            (Self::Since(a), Self::Since(b)) => b.cmp(a),
            _ => (self.class(), self.value()).cmp(&(other.class(), other.value())),
        }
    }

    /// The tone this cell asks for.
    pub fn tone(&self) -> Tone {
        match self {
            Self::Text(_, tone) => *tone,
            _ => Tone::Plain,
        }
    }

    /// Number used by comparisons in filters, if the cell has one. Ages count in seconds.
    pub fn number(&self, now: i64) -> Option<i64> {
        Some(match self {
            Self::Empty => return None,
            Self::Text(text, _) => return text.trim_end_matches('%').parse().ok(),
            Self::Int(n) | Self::Seconds(n) | Self::Millis(n) | Self::Bytes(n) => *n,
            Self::Ratio(a, _) | Self::CountSince(a, _) | Self::Percent(a) => i64::from(*a),
            Self::Since(at) => now.saturating_sub(*at).max(0),
            Self::Until(at) => at.saturating_sub(now),
        })
    }

    /// Which sort of cell comes before which; cells of one class are compared by what they hold.
    pub(super) fn class(&self) -> u8 {
        match self {
            Self::Empty => 0,
            Self::Int(_)
            | Self::Seconds(_)
            | Self::Millis(_)
            | Self::Bytes(_)
            | Self::Until(_)
            | Self::Percent(_) => 1,
            Self::Ratio(..) => 2,
            Self::CountSince(..) => 3,
            Self::Since(_) => 4,
            Self::Text(..) => 5,
        }
    }

    fn value(&self) -> i64 {
        match self {
            Self::Int(n) | Self::Seconds(n) | Self::Millis(n) | Self::Bytes(n) | Self::Until(n) => {
                *n
            }
            Self::Percent(n) => i64::from(*n),
            _ => 0,
        }
    }

    /// Numbers that order cells like [`Cell::order`]. Texts have none: all have the same ones.
    pub(super) fn sort_key(&self) -> CellKey {
        // Flips the sign bit: the order of i64 as the order of u64.
        let ordered = |n: i64| n.cast_unsigned() ^ (1 << 63);
        let (value, tie, exact) = match self {
            Self::Since(at) => (!ordered(*at), 0, true),
            Self::CountSince(n, at) => (u64::from(*n), ordered(*at), true),
            Self::Ratio(have, of) => {
                let (a, b) = share((*have, *of));
                let value = (a << 32).checked_div(b).unwrap_or(u64::MAX);
                // Two shares of less than 2^16 that differ do so by more than 2^-32.
                (value, u64::from(*of) << 32 | u64::from(*have), b < 1 << 16)
            }
            _ => (ordered(self.value()), 0, true),
        };
        CellKey { class: self.class(), value, tie, exact }
    }
}

/// What decides the order of one cell, most significant first.
#[derive(Clone, Copy, Debug)]
pub(super) struct CellKey {
    class: u8,
    value: u64,
    /// Decides between equal values where both are exact.
    tie: u64,
    /// All of the cell is in these numbers.
    pub(super) exact: bool,
}

impl CellKey {
    /// Of what is a number.
    pub(super) fn of(value: u64) -> Self {
        Self { class: 0, value, tie: 0, exact: true }
    }

    /// The same with another value: texts are numbered by whoever knows all of them.
    pub(super) fn with_value(self, value: u64) -> Self {
        Self { value, ..self }
    }

    /// Order of two cells, unless these are equal and not both exact.
    pub(super) fn order(&self, other: &Self) -> Ordering {
        let tie = || {
            if self.exact && other.exact { self.tie.cmp(&other.tie) } else { Ordering::Equal }
        };
        self.class.cmp(&other.class).then(self.value.cmp(&other.value)).then_with(tie)
    }
}

/// Not-ready first, then by size. Nothing of nothing is complete.
fn ratio_order(a: (u32, u32), b: (u32, u32)) -> Ordering {
    let ((x, y), (z, w)) = (share(a), share(b));
    (x * w).cmp(&(z * y)).then(a.1.cmp(&b.1)).then(a.0.cmp(&b.0))
}

fn share((have, of): (u32, u32)) -> (u64, u64) {
    if of == 0 { (1, 1) } else { (have.into(), of.into()) }
}

/// The projection of one object.
#[derive(Clone, Debug, PartialEq)]
pub struct Row {
    /// Namespace and name.
    pub key: Key,
    /// uid as the 128 bits it usually is (a hash of it where it is not a UUID): tells a replacement.
    pub uid: u128,
    /// resourceVersion, for equality only.
    pub version: u64,
    /// Creation, Unix seconds; 0 when absent.
    pub created: i64,
    /// Health, for drill-downs and counts.
    pub health: Health,
    /// Tone of the whole line.
    pub tone: Tone,
    /// Deletion was requested.
    pub terminating: bool,
    /// Cells in the order of the kind's own columns. Shared: the list of apps keeps rows of its own
    /// beside those of the subscriptions, and is as large without.
    pub cells: Arc<[Cell]>,
    /// Where one can go from here.
    pub links: Links,
}

impl Row {
    /// A row of these cells, of which nothing else is known.
    pub fn bare(key: Key, cells: Vec<Cell>) -> Self {
        Self {
            key,
            uid: 0,
            version: 0,
            created: 0,
            health: Health::None,
            tone: Tone::Plain,
            terminating: false,
            // An empty Vec would be given an allocation of its own.
            cells: if cells.is_empty() { Arc::default() } else { cells.into() },
            links: Links::default(),
        }
    }

    /// The uid as text; empty where it was no UUID, and only its hash was kept.
    pub fn uid_text(&self) -> Text {
        let bits = self.uid;
        if bits >> 64 == 0 {
            return Text::new();
        }
        let part = |shift: u32, digits: u32| (bits >> shift) & ((1 << (4 * digits)) - 1);
        Text::from(format!(
            "{:08x}-{:04x}-{:04x}-{:04x}-{:012x}",
            part(96, 8),
            part(80, 4),
            part(64, 4),
            part(48, 4),
            part(0, 12)
        ))
    }

    /// Shown by "faults only".
    pub fn is_fault(&self) -> bool {
        self.tone >= Tone::Warn || self.health == Health::Degraded
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn count() -> impl Strategy<Value = u32> {
        prop_oneof![6 => 0u32..4, 1 => 65_534u32..65_538, 1 => u32::MAX - 2..=u32::MAX]
    }

    fn cell() -> impl Strategy<Value = Cell> {
        let n = prop_oneof![-3i64..4, Just(i64::MIN), Just(i64::MAX)];
        prop_oneof![
            Just(Cell::Empty),
            "[ab]{0,2}".prop_map(|s| Cell::Text(s.into(), Tone::Plain)),
            n.clone().prop_map(Cell::Int),
            (count(), count()).prop_map(|(a, b)| Cell::Ratio(a, b)),
            n.clone().prop_map(Cell::Since),
            n.clone().prop_map(Cell::Until),
            (0u32..3, 0i64..3).prop_map(|(a, b)| Cell::CountSince(a, b)),
            (0u32..3).prop_map(Cell::Percent),
        ]
    }

    proptest! {
        /// A sort with an order that is not total may panic, or leave rows jumping about.
        #[test]
        fn cells_are_totally_ordered_however_mixed(a in cell(), b in cell(), c in cell()) {
            prop_assert_eq!(a.order(&b), b.order(&a).reverse());
            if a.order(&b) != Ordering::Greater && b.order(&c) != Ordering::Greater {
                prop_assert_ne!(a.order(&c), Ordering::Greater);
            }
            if !matches!((&a, &b), (Cell::Text(..), Cell::Text(..))) {
                let (x, y) = (a.sort_key(), b.sort_key());
                let told = x.order(&y);
                let real = a.order(&b);
                prop_assert!(told == real || (told.is_eq() && !(x.exact && y.exact)), "{:?} {:?}", x, y);
            }
        }
    }

    #[test]
    fn unready_comes_before_ready_and_young_before_old() {
        let mut cells =
            [Cell::Ratio(3, 3), Cell::Ratio(1, 2), Cell::Ratio(0, 0), Cell::Ratio(0, 5)];
        cells.sort_by(Cell::order);
        assert_eq!(
            cells,
            [Cell::Ratio(0, 5), Cell::Ratio(1, 2), Cell::Ratio(0, 0), Cell::Ratio(3, 3)]
        );
        assert_eq!(Cell::Since(100).order(&Cell::Since(50)), Ordering::Less);
    }
}
