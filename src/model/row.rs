//! The projection of one object: the few fields that are shown, sorted and joined. Never the whole object.

use super::{Link, Text};
use std::cmp::Ordering;

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
    /// Order of two cells of one column; empty cells come first, text is compared byte by byte.
    pub fn order(&self, other: &Self) -> Ordering {
        match (self, other) {
            (Self::Text(a, _), Self::Text(b, _)) => a.as_str().cmp(b.as_str()),
            // Not-ready first, then by size.
            (Self::Ratio(a, b), Self::Ratio(c, d)) => {
                (u64::from(*a) * u64::from(*d)).cmp(&(u64::from(*c) * u64::from(*b))).then(b.cmp(d))
            }
            (Self::CountSince(a, s), Self::CountSince(b, t)) => a.cmp(b).then(s.cmp(t)),
            // Younger is smaller, as kubectl and k9s sort ages.
            (Self::Since(a), Self::Since(b)) => b.cmp(a),
            _ => self.rank().cmp(&other.rank()),
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
            Self::Since(at) => (now - at).max(0),
            Self::Until(at) => at - now,
        })
    }

    fn rank(&self) -> (u8, i64) {
        match self {
            Self::Empty => (0, 0),
            Self::Int(n) | Self::Seconds(n) | Self::Millis(n) | Self::Bytes(n) | Self::Until(n) => {
                (1, *n)
            }
            Self::Percent(n) | Self::Ratio(n, _) | Self::CountSince(n, _) => (1, i64::from(*n)),
            Self::Since(at) => (1, -at),
            Self::Text(..) => (2, 0),
        }
    }
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
    /// Cells in the order of the kind's own columns.
    pub cells: Box<[Cell]>,
    /// Where one can go from here.
    pub links: Box<[Link]>,
}

impl Row {
    /// Shown by "faults only".
    pub fn is_fault(&self) -> bool {
        self.tone >= Tone::Warn || self.health == Health::Degraded
    }
}
