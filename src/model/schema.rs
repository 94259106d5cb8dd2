//! Columns as run-time data: a kind's own, a CRD's printer columns, a user's JSONPath columns.

use super::{Cell, Metrics, Row, Text, Tone};
use std::cmp::Ordering;

/// How a column is aligned and what its numbers mean.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ColumnKind {
    /// Left-aligned text.
    Text,
    /// Right-aligned number, quantity or ratio.
    Number,
    /// Age or time left: changes with the clock only.
    Clock,
    /// Left-aligned word that says how something is; drawn with a sign of its tone.
    Axis,
}

/// A live figure from metrics.k8s.io, joined to the row by key when drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Metric {
    /// CPU in use.
    Cpu,
    /// Memory in use.
    Memory,
    /// CPU in per cent of what was requested (nodes: of what is allocatable).
    CpuOfRequest,
    /// CPU in per cent of the limit.
    CpuOfLimit,
    /// Memory in per cent of what was requested (nodes: of what is allocatable).
    MemoryOfRequest,
    /// Memory in per cent of the limit.
    MemoryOfLimit,
}

/// Where a column's cells come from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ColumnSource {
    /// The row's namespace.
    Namespace,
    /// The row's name.
    Name,
    /// The row's creation time.
    Created,
    /// `row.cells[i]`.
    Cell(u16),
    /// `row.cells[base]` joined with live metrics; `base` is the cell with the request or limit
    /// (unused for plain figures).
    Metric(Metric, u16),
}

/// One column of a table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Column {
    /// Upper-case title as kubectl writes it.
    pub title: Text,
    /// Alignment and meaning.
    pub kind: ColumnKind,
    /// Where its cells come from.
    pub source: ColumnSource,
    /// Shown only in wide mode.
    pub wide: bool,
    /// Which columns leave first when the terminal is narrow: the greatest; 0 never leaves.
    pub drop: u8,
    /// Widest it may become, in terminal cells.
    pub max_width: u16,
    /// The API server's own Table has this column (as opposed to ours); the oracle tests compare these.
    pub server: bool,
}

/// The columns of one table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Schema {
    /// Kind of the objects, such as `Pod`.
    pub kind: Text,
    /// Objects have namespaces.
    pub namespaced: bool,
    /// All columns, in display order.
    pub columns: Vec<Column>,
    /// Column sorted by at first (index into `columns`) and whether descending.
    pub default_sort: Option<(usize, bool)>,
}

impl Schema {
    /// Index of the column with this title, ignoring case and the characters ` -_/()`
    /// (so that `last-seen`, `LAST SEEN` and `lastseen` are one name, and `ports` is `PORT(S)`).
    pub fn find(&self, title: &str) -> Option<usize> {
        let fold = |s: &str| -> String {
            s.chars()
                .filter(|c| !matches!(c, ' ' | '-' | '_' | '/' | '(' | ')'))
                .flat_map(char::to_lowercase)
                .collect()
        };
        let wanted = fold(title);
        self.columns.iter().position(|column| fold(&column.title) == wanted)
    }

    /// The cell of `row` in `column`, joined with live metrics where the column asks for them.
    pub fn cell(&self, column: &Column, row: &Row, metrics: Option<&Metrics>) -> Cell {
        match column.source {
            ColumnSource::Namespace => Cell::Text(row.key.namespace.clone(), Tone::Dim),
            ColumnSource::Name => Cell::Text(row.key.name.clone(), Tone::Plain),
            ColumnSource::Created if row.created == 0 => {
                Cell::Text(arcstr::literal!("<unknown>"), Tone::Dim)
            }
            ColumnSource::Created => Cell::Since(row.created),
            ColumnSource::Cell(i) => row.cells.get(usize::from(i)).cloned().unwrap_or(Cell::Empty),
            ColumnSource::Metric(metric, base) => {
                metrics.and_then(|metrics| metrics.cell(metric, row, base)).unwrap_or(Cell::Empty)
            }
        }
    }

    /// Order of two rows in `column`, then by namespace and name: a total order, so that equal
    /// cells never jump.
    pub fn order(&self, column: &Column, a: &Row, b: &Row, metrics: Option<&Metrics>) -> Ordering {
        self.order_cells(column, a, b, metrics).then_with(|| a.key.cmp(&b.key))
    }

    /// Order of two rows' cells in `column` alone.
    pub fn order_cells(
        &self,
        column: &Column,
        a: &Row,
        b: &Row,
        metrics: Option<&Metrics>,
    ) -> Ordering {
        match column.source {
            ColumnSource::Namespace => a.key.namespace.as_str().cmp(b.key.namespace.as_str()),
            ColumnSource::Name => a.key.name.as_str().cmp(b.key.name.as_str()),
            // Younger is smaller.
            ColumnSource::Created => b.created.cmp(&a.created),
            ColumnSource::Cell(i) => {
                let i = usize::from(i);
                a.cells.get(i).unwrap_or(&Cell::Empty).order(b.cells.get(i).unwrap_or(&Cell::Empty))
            }
            ColumnSource::Metric(..) => {
                self.cell(column, a, metrics).order(&self.cell(column, b, metrics))
            }
        }
    }
}
