//! Sorts many rows: what decides is put into a few numbers per row first, so that comparing two rows
//! seldom has to fetch them. The order is exactly the one of [`View::compare`].

use super::row::CellKey;
use super::{Cell, Column, ColumnSource, Row, View, parallel};
use rustc_hash::FxHashMap;
use std::cmp::Ordering;

/// Fewer rows are sorted as they are.
const WORTH_IT: usize = 64;

/// What decides the order of one row, most significant first.
struct Keyed {
    /// Of the cell sorted by.
    cell: CellKey,
    /// Rank of the namespace.
    namespace: u32,
    /// Eight bytes of the name behind what all names begin with.
    name: u64,
    /// Where more of the name stands: seldom needed, and a sort moves the rest about.
    more: u32,
    slot: u32,
}

/// More of a name, as numbers of the same order.
type More = [u64; 4];

/// Sorts slots of existing rows in the view's order.
pub(super) fn sort(view: &View<'_>, slots: &mut Vec<u32>) {
    if slots.len() < WORTH_IT {
        slots.sort_unstable_by(|&a, &b| by(view, a, b, |a, b| view.compare(a, b)));
        return;
    }
    let keys = Keys::of(view, slots);
    let mut sorted = parallel::pieces(slots, |piece| {
        let (mut keyed, names) = keys.write(view, piece);
        keyed.sort_unstable_by(|a, b| keys.order(view, &names, a, b));
        (keyed, names)
    });
    let (mut keyed, mut names) = sorted.swap_remove(0);
    if !sorted.is_empty() {
        for (piece, more) in sorted {
            let behind = place_of(names.len());
            keyed.extend(
                piece.into_iter().map(|key| Keyed { more: key.more.saturating_add(behind), ..key }),
            );
            names.extend(more);
        }
        // A stable sort finds what is in order already, and only merges it.
        keyed.sort_by(|a, b| keys.order(view, &names, a, b));
    }
    slots.clear();
    slots.extend(keyed.iter().map(|key| key.slot));
}

/// Of what stands behind all of them nothing is known, and the rows decide.
fn place_of(at: usize) -> u32 {
    u32::try_from(at).unwrap_or(u32::MAX)
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
    descending: bool,
    /// Rows are sorted by their names.
    by_name: bool,
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
            descending: view.sort.is_some_and(|sort| sort.descending),
            by_name: column(view).is_some_and(|column| column.source == ColumnSource::Name),
        }
    }

    fn order(&self, view: &View<'_>, names: &[More], a: &Keyed, b: &Keyed) -> Ordering {
        let more = |key: &Keyed| names.get(key.more as usize);
        let by_name = || a.name.cmp(&b.name).then_with(|| more(a).cmp(&more(b)));
        let turned = |cells: Ordering| if self.descending { cells.reverse() } else { cells };
        let cells = if self.by_name { turned(by_name()) } else { turned(a.cell.order(&b.cell)) };
        let decided = cells.is_ne() || (!self.by_name && a.cell.exact && b.cell.exact);
        let cells =
            if decided { cells } else { by(view, a.slot, b.slot, |a, b| view.compare_cells(a, b)) };
        cells
            .then(a.namespace.cmp(&b.namespace))
            .then_with(by_name)
            .then_with(|| by(view, a.slot, b.slot, |a, b| a.key.cmp(&b.key)))
    }

    fn write(&self, view: &View<'_>, slots: &[u32]) -> (Vec<Keyed>, Vec<More>) {
        let column = column(view);
        let source = column.map(|column| column.source);
        let of_cell = |cell: &Cell| match cell {
            Cell::Text(text, _) => cell.sort_key().with_value(self.texts.of_text(text).into()),
            _ => cell.sort_key(),
        };
        let (mut keyed, mut names) =
            (Vec::with_capacity(slots.len()), Vec::with_capacity(slots.len()));
        for &slot in slots {
            let Some(row) = view.table.row(slot) else { continue };
            let namespace = self.namespaces.of_text(&row.key.namespace);
            let cell = match (source, column) {
                (Some(ColumnSource::Namespace), _) => CellKey::of(namespace.into()),
                (Some(ColumnSource::Created), _) => of_cell(&Cell::Since(row.created)),
                (Some(ColumnSource::Cell(i)), _) => {
                    of_cell(row.cells.get(usize::from(i)).unwrap_or(&Cell::Empty))
                }
                (Some(ColumnSource::Metric(..)), Some(column)) => {
                    of_cell(&view.schema.cell(column, row, view.metrics))
                }
                _ => CellKey::of(0),
            };
            let name = row.key.name.as_bytes().get(self.common..).unwrap_or_default();
            let (name, behind) = name.split_at(name.len().min(8));
            keyed.push(Keyed {
                cell,
                namespace,
                name: number(name),
                more: place_of(names.len()),
                slot,
            });
            let part = |i: usize| number(behind.get(8 * i..).unwrap_or_default());
            names.push(std::array::from_fn(part));
        }
        (keyed, names)
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
fn number(bytes: &[u8]) -> u64 {
    let mut eight = [0; 8];
    let len = bytes.len().min(8);
    eight[..len].copy_from_slice(&bytes[..len]);
    u64::from_be_bytes(eight)
}
