//! Floor 3: how a cluster is, in figures: what is unhealthy, what was asked for of what there is, what
//! was restarted, what events tell. Made from tables that are watched anyway; nothing here asks a
//! server.

mod capacity;
mod counts;
mod events;

pub use capacity::{Asked, Capacity, Place};
pub use counts::{COUNTED, Counted, total};
pub use events::{BUCKETS, Rate, rate};

use crate::model::{Cell, Key, Row, Schema, Table, Tone};
use std::collections::HashMap;

/// How long ago something still counts as recent, in seconds.
pub const HOUR: i64 = 3600;

/// A table and its columns.
#[derive(Clone, Copy, Debug)]
pub struct Rows<'t> {
    /// The columns.
    pub schema: &'t Schema,
    /// The rows.
    pub table: &'t Table,
}

impl<'t> Rows<'t> {
    /// All rows, in no particular order.
    pub fn iter(self) -> impl Iterator<Item = &'t Row> {
        self.table.rows().map(|(_, row)| row)
    }

    /// The column with this title.
    pub(crate) fn column(self, title: &str) -> Column<'t> {
        let at = self.schema.find(title);
        Column { schema: self.schema, at }
    }
}

/// One column of a table, if it has it.
#[derive(Clone, Copy)]
pub(crate) struct Column<'t> {
    schema: &'t Schema,
    at: Option<usize>,
}

impl Column<'_> {
    pub(crate) fn of(self, row: &Row) -> Cell {
        match self.at.and_then(|at| self.schema.columns.get(at)) {
            Some(column) => self.schema.cell(column, row, None),
            None => Cell::Empty,
        }
    }

    pub(crate) fn number(self, row: &Row) -> i64 {
        match self.of(row) {
            Cell::Int(n) | Cell::Millis(n) | Cell::Bytes(n) => n,
            _ => 0,
        }
    }
}

/// What is wrong among the objects of one kind.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Health {
    /// Objects in all.
    pub total: usize,
    /// Those with faults.
    pub faults: usize,
    /// The worst tone among them.
    pub worst: Tone,
    /// What is wrong, and with how many: the states they are in, most first, at most
    /// [`MOST_WORDS`]; of a few objects also their names.
    pub words: Vec<(String, usize)>,
}

/// States or names that are told of one kind.
pub const MOST_WORDS: usize = 6;

/// Up to so many objects are told by name.
const FEW: usize = 3;
/// Longer texts say too much for one word.
const LONGEST_WORD: usize = 32;

/// Judges the objects of one kind.
pub fn health(rows: Rows<'_>) -> Health {
    let mut health = Health { total: rows.table.len(), ..Health::default() };
    let mut few = Vec::new();
    let mut words: HashMap<String, usize> = HashMap::new();
    for row in rows.iter().filter(|row| row.is_fault()) {
        health.faults += 1;
        health.worst = health.worst.max(row.tone).max(Tone::Warn);
        if row.health == crate::model::Health::Degraded {
            health.worst = Tone::Bad;
        }
        let word = wrong(rows.schema, row);
        if few.len() <= FEW {
            few.push((format!("{} {}", row.key.name, word.as_deref().unwrap_or_default()), 1));
        }
        *words.entry(word.unwrap_or_else(|| row.key.name.to_string())).or_default() += 1;
    }
    few.iter_mut().for_each(|(word, _)| word.truncate(word.trim_end().len()));
    few.sort();
    health.words = if few.len() > FEW { most(words) } else { few };
    health
}

/// What a row says is wrong, in a word: the first of its texts that is marked.
fn wrong(schema: &Schema, row: &Row) -> Option<String> {
    let mut calm = None;
    for column in &schema.columns {
        let Cell::Text(text, tone) = schema.cell(column, row, None) else { continue };
        if tone < Tone::Warn || text.is_empty() || text.len() > LONGEST_WORD {
            continue;
        }
        // A state that sounds well, with a reason in another column.
        match text.as_str() {
            "Running" => calm = Some("not ready".to_owned()),
            "Ready" => calm = Some(text.to_string()),
            _ => return Some(text.to_string()),
        }
    }
    calm
}

/// The entries with the greatest numbers, in a stable order.
fn most(words: HashMap<String, usize>) -> Vec<(String, usize)> {
    let mut words: Vec<(String, usize)> = words.into_iter().collect();
    words.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
    words.truncate(MOST_WORDS);
    words
}

/// A pod with containers that were restarted lately.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Restarted {
    /// The pod.
    pub pod: Key,
    /// Restarts of its containers so far.
    pub restarts: u32,
    /// When the last one was, Unix seconds.
    pub at: i64,
}

/// Pods of which a container was restarted within the last hour, the newest first.
pub fn restarted(pods: Rows<'_>, now: i64) -> Vec<Restarted> {
    let column = pods.column("RESTARTS");
    let mut found: Vec<Restarted> = pods
        .iter()
        .filter_map(|row| match column.of(row) {
            Cell::CountSince(restarts, at) if restarts > 0 && at > now - HOUR => {
                Some(Restarted { pod: row.key.clone(), restarts, at })
            }
            _ => None,
        })
        .collect();
    found.sort_by(|a, b| b.at.cmp(&a.at).then_with(|| a.pod.cmp(&b.pod)));
    found
}

#[cfg(test)]
mod tests;
