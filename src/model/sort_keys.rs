//! Sorts many rows: what decides is put into a few numbers per row first, so that comparing two rows
//! seldom has to fetch them. The order is exactly the one of [`View::compare`].

use super::{Cell, Column, ColumnSource, Row, View, parallel};
use rustc_hash::FxHashMap;
use std::cmp::Ordering;

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
    let descending = view.sort.is_some_and(|sort| sort.descending);
    let order = |a: &Keyed, b: &Keyed| {
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
    };
    let keys = Keys::of(view, slots);
    let mut sorted = parallel::pieces(slots, |piece| {
        let mut keyed = keys.write(view, piece);
        keyed.sort_unstable_by(order);
        keyed
    });
    let mut keyed = sorted.swap_remove(0);
    if !sorted.is_empty() {
        keyed.extend(sorted.into_iter().flatten());
        // A stable sort finds what is in order already, and only merges it.
        keyed.sort_by(order);
    }
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

/// What the numbers of all rows are made from.
struct Keys {
    namespaces: Ranks,
    /// Of the column sorted by.
    texts: Ranks,
    /// Length of what all names begin with, in bytes.
    common: usize,
}

impl Keys {
    fn of(view: &View<'_>, slots: &[u32]) -> Self {
        let rows = || slots.iter().filter_map(|&slot| view.table.row(slot));
        let texts = match column(view).map(|column| column.source) {
            Some(ColumnSource::Cell(i)) => {
                Ranks::of(rows().filter_map(|row| match row.cells.get(usize::from(i)) {
                    Some(Cell::Text(text, _)) => Some(text.as_str()),
                    _ => None,
                }))
            }
            _ => Ranks::default(),
        };
        let first = rows().next().map_or("", |row| row.key.name.as_str());
        let common = parallel::pieces(slots, |piece| {
            let names = piece.iter().filter_map(|&slot| view.table.row(slot));
            common_start(first, names.map(|row| row.key.name.as_str()))
        });
        Self {
            namespaces: Ranks::of(rows().map(|row| row.key.namespace.as_str())),
            texts,
            common: common.into_iter().min().unwrap_or(0),
        }
    }

    fn write(&self, view: &View<'_>, slots: &[u32]) -> Vec<Keyed> {
        let column = column(view);
        let source = column.map(|column| column.source);
        let of_cell = |cell: &Cell| match (cell, cell.sort_key()) {
            (Cell::Text(text, _), _) => ((cell.class(), self.texts.of_text(text).into()), true),
            (_, Some((key, exact))) => ((cell.class(), key), exact),
            (_, None) => ((cell.class(), 0), false),
        };
        let keyed = |slot: u32| {
            let row = view.table.row(slot)?;
            let namespace = self.namespaces.of_text(&row.key.namespace);
            let name = start(row.key.name.as_bytes().get(self.common..).unwrap_or_default());
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
            Some(Keyed { cell, exact, namespace, name, slot })
        };
        slots.iter().filter_map(|&slot| keyed(slot)).collect()
    }
}

fn column<'a>(view: &View<'a>) -> Option<&'a Column> {
    view.sort.and_then(|sort| view.schema.columns.get(sort.column))
}

/// Texts numbered in their order. They are known by where they stand: rows share what they have in common, and an
/// address is sooner looked up than a text.
#[derive(Default)]
struct Ranks(FxHashMap<(usize, usize), u32>);

impl Ranks {
    fn of<'a>(texts: impl Iterator<Item = &'a str>) -> Self {
        let mut places: FxHashMap<(usize, usize), &str> = FxHashMap::default();
        let mut last = None;
        for text in texts {
            // Neighbours often share one.
            if last.replace(place(text)) != Some(place(text)) {
                places.insert(place(text), text);
            }
        }
        let mut texts: Vec<_> = places.into_iter().collect();
        texts.sort_unstable_by_key(|&(_, text)| text);
        let same = texts.chunk_by(|(_, a), (_, b)| a == b);
        let ranked = (0..).zip(same);
        Self(ranked.flat_map(|(rank, same)| same.iter().map(move |&(at, _)| (at, rank))).collect())
    }

    fn of_text(&self, text: &str) -> u32 {
        self.0.get(&place(text)).copied().unwrap_or(0)
    }
}

fn place(text: &str) -> (usize, usize) {
    (text.as_ptr().addr(), text.len())
}

/// Length of what all texts begin with as `first` does, in bytes.
fn common_start<'a>(first: &str, mut texts: impl Iterator<Item = &'a str>) -> usize {
    let begin = texts.try_fold(first.len(), |common, text| {
        let same = first.bytes().take(common).zip(text.bytes()).take_while(|(a, b)| a == b);
        Some(same.count()).filter(|&same| same > 0)
    });
    begin.unwrap_or(0)
}

/// The first eight bytes as a number of the same order; what is missing counts as 0.
fn start(bytes: &[u8]) -> u64 {
    let mut eight = [0; 8];
    let len = bytes.len().min(8);
    eight[..len].copy_from_slice(&bytes[..len]);
    u64::from_be_bytes(eight)
}
