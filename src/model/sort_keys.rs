//! Sorts many rows: what decides is put into a few numbers per row first, so that comparing two rows
//! seldom has to fetch them. The order is exactly the one of [`View::compare`].

use super::{ColumnSource, Row, View};
use crate::model::Cell;
use std::cmp::Ordering;
use std::collections::HashMap;

/// Fewer rows are sorted as they are.
const WORTH_IT: usize = 64;

/// What decides the order of one row, most significant first.
struct Keyed {
    /// Class and value of the cell sorted by.
    cell: (u8, u64),
    /// Equal `cell`s mean equal cells.
    exact: bool,
    /// Rank of the namespace.
    namespace: u32,
    /// Eight bytes of the name behind what all names begin with.
    name: u64,
    slot: u32,
}

/// Sorts slots of existing rows in the view's order.
pub(super) fn sort(view: &View<'_>, slots: &mut Vec<u32>) {
    if slots.len() < WORTH_IT {
        slots.sort_unstable_by(|&a, &b| by(view, a, b, |a, b| view.compare(a, b)));
        return;
    }
    let mut keyed = keys(view, slots);
    let descending = view.sort.is_some_and(|sort| sort.descending);
    keyed.sort_unstable_by(|a, b| {
        let mut cells = a.cell.cmp(&b.cell);
        if descending {
            cells = cells.reverse();
        }
        if cells.is_eq() && !a.exact {
            cells = by(view, a.slot, b.slot, |a, b| view.compare_cells(a, b));
        }
        cells
            .then(a.namespace.cmp(&b.namespace))
            .then(a.name.cmp(&b.name))
            .then_with(|| by(view, a.slot, b.slot, |a, b| a.key.cmp(&b.key)))
    });
    slots.clear();
    slots.extend(keyed.iter().map(|key| key.slot));
}

/// Compares the rows of two slots; slots without a row come last.
pub(super) fn by(
    view: &View<'_>,
    a: u32,
    b: u32,
    order: impl FnOnce(&Row, &Row) -> Ordering,
) -> Ordering {
    match (view.table.row(a), view.table.row(b)) {
        (Some(a), Some(b)) => order(a, b),
        (a, b) => b.is_some().cmp(&a.is_some()),
    }
}

fn keys(view: &View<'_>, slots: &[u32]) -> Vec<Keyed> {
    let rows: Vec<(u32, &Row)> =
        slots.iter().filter_map(|&slot| Some((slot, view.table.row(slot)?))).collect();
    let namespaces = ranks(rows.iter().map(|(_, row)| row.key.namespace.as_str()));
    let common = common_start(rows.iter().map(|(_, row)| row.key.name.as_str()));
    let column = view.sort.and_then(|sort| view.schema.columns.get(sort.column));
    let source = column.map(|column| column.source);
    let texts = match source {
        Some(ColumnSource::Cell(i)) => {
            ranks(rows.iter().filter_map(|(_, row)| match row.cells.get(usize::from(i)) {
                Some(Cell::Text(text, _)) => Some(text.as_str()),
                _ => None,
            }))
        }
        _ => HashMap::new(),
    };
    let rank = |ranks: &HashMap<&str, u32>, text: &str| ranks.get(text).copied().unwrap_or(0);
    rows.iter()
        .map(|&(slot, row)| {
            let namespace = rank(&namespaces, &row.key.namespace);
            let name = start(row.key.name.as_bytes().get(common..).unwrap_or_default());
            let of_cell = |cell: &Cell| match (cell, cell.sort_key()) {
                (Cell::Text(text, _), _) => ((cell.class(), rank(&texts, text).into()), true),
                (_, Some((key, exact))) => ((cell.class(), key), exact),
                (_, None) => ((cell.class(), 0), false),
            };
            let (cell, exact) = match (source, column) {
                (Some(ColumnSource::Namespace), _) => ((0, namespace.into()), true),
                (Some(ColumnSource::Name), _) => ((0, name), false),
                (Some(ColumnSource::Created), _) => of_cell(&Cell::Since(row.created)),
                (Some(ColumnSource::Cell(i)), _) => {
                    of_cell(row.cells.get(usize::from(i)).unwrap_or(&Cell::Empty))
                }
                (Some(ColumnSource::Metric(..)), Some(column)) => {
                    of_cell(&view.schema.cell(column, row, view.metrics))
                }
                _ => ((0, 0), true),
            };
            Keyed { cell, exact, namespace, name, slot }
        })
        .collect()
}

/// Numbers the distinct texts in their order.
fn ranks<'a>(texts: impl Iterator<Item = &'a str>) -> HashMap<&'a str, u32> {
    let mut ranks = HashMap::new();
    let mut last = "";
    let mut any = false;
    for text in texts {
        // Neighbours often share one string: then it need not be hashed.
        if !any || !std::ptr::eq(last, text) {
            ranks.insert(text, 0);
            (last, any) = (text, true);
        }
    }
    let mut distinct: Vec<&str> = ranks.keys().copied().collect();
    distinct.sort_unstable();
    for (rank, text) in (0u32..).zip(distinct) {
        ranks.insert(text, rank);
    }
    ranks
}

/// Length of what all texts begin with, in bytes.
fn common_start<'a>(mut texts: impl Iterator<Item = &'a str>) -> usize {
    let Some(first) = texts.next() else { return 0 };
    texts.fold(first.len(), |common, text| {
        first.bytes().take(common).zip(text.bytes()).take_while(|(a, b)| a == b).count()
    })
}

/// The first eight bytes as a number of the same order; what is missing counts as 0.
fn start(bytes: &[u8]) -> u64 {
    let mut eight = [0; 8];
    let len = bytes.len().min(8);
    eight[..len].copy_from_slice(&bytes[..len]);
    u64::from_be_bytes(eight)
}
