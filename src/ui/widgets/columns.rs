//! Which columns of a table are on screen, where, and how wide: measured from what is seen.
//!
//! Every column has a natural width (what is seen fits) and a least one (still readable). Columns
//! leave only when not even the least widths fit; what is left over goes to those that are cut, and
//! when nothing is cut, wide columns with something to say come in by themselves.

use crate::model::{Cell, Column, ColumnKind, ColumnSource, Schema};
use crate::text::width::width;
use crate::ui::panes::browse::{Browse, Source};

/// Cells left of the first column: the mark.
pub const GUTTER: u16 = 2;
/// Below this width columns stand closer together.
const NARROW: u16 = 100;
/// Least widths of texts that are longer; names keep both their ends.
const LEAST: (u16, u16, u16) = (12, 24, 18);

/// While columns of little importance (this or more) are there, names have up to this much.
const OPTIONAL: u8 = 4;
const NAME_BEFORE_OPTIONAL: u16 = 40;

/// A column as it stands on screen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Placed {
    /// Index into the schema's columns.
    pub column: usize,
    /// First terminal cell, relative to the table.
    pub x: u16,
    /// Terminal cells.
    pub width: u16,
    /// Something of it may be cut off.
    pub cut: bool,
}

/// Width of one column as far as seen.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Seen {
    /// Terminal cells of the widest text and of the title.
    pub width: u16,
    /// A row had something to say in it.
    pub filled: bool,
}

/// Grows the remembered widths to fit the rows on screen.
pub fn measure(browse: &mut Browse, source: Source<'_>, height: usize, now: i64) {
    let schema = source.schema;
    let mut widths = std::mem::take(&mut browse.widths);
    if widths.len() != schema.columns.len() {
        let title = |title: &str| Seen { width: cells(width(title)), filled: false };
        widths = schema.columns.iter().map(|column| title(&column.title)).collect();
    }
    let mut text = String::new();
    for &slot in browse.order().iter().skip(browse.top).take(height) {
        let Some(row) = source.table.row(slot) else { continue };
        for (seen, column) in widths.iter_mut().zip(&schema.columns) {
            if seen.filled && seen.width >= column.max_width {
                continue;
            }
            text.clear();
            let wide = match column.source {
                ColumnSource::Namespace => width(&row.key.namespace),
                ColumnSource::Name => width(&row.key.name),
                _ => {
                    schema.cell(column, row, source.metrics).write(now, &mut text);
                    // With the sign in front of it.
                    let sign = if column.kind == ColumnKind::Axis { 2 } else { 0 };
                    width(&text) + sign
                }
            };
            seen.filled |= wide > 0 && text != "<none>";
            seen.width = seen.width.max(cells(wide).min(column.max_width));
        }
    }
    browse.widths = widths;
}

/// A number of terminal cells, at most as many as a screen can have.
pub fn cells(n: usize) -> u16 {
    u16::try_from(n).unwrap_or(u16::MAX)
}

/// One column while its place is looked for.
#[derive(Clone, Copy)]
struct Candidate {
    column: usize,
    natural: u16,
    least: u16,
    drop: u8,
    filled: bool,
}

/// Chooses and places the columns for a table `total` cells wide.
pub fn place(browse: &Browse, schema: &Schema, one_namespace: bool, total: u16) -> Vec<Placed> {
    // Nothing touches the frame.
    let total = total.saturating_sub(1);
    let room = u32::from(total.saturating_sub(GUTTER));
    let gap = if total < NARROW { 1 } else { 2 };
    let sorted = browse.sort_in_force(schema).map(|sort| sort.column);
    let mut wide: Vec<Candidate> = Vec::new();
    let mut shown: Vec<Candidate> = Vec::new();
    for (i, (column, seen)) in schema.columns.iter().zip(&browse.widths).enumerate() {
        if one_namespace && column.source == ColumnSource::Namespace {
            continue;
        }
        if !offers(browse, column) {
            continue;
        }
        let title = cells(width(&column.title)) + u16::from(sorted == Some(i));
        let natural = seen.width.max(title);
        let least = match (column.kind, column.source) {
            (ColumnKind::Text, ColumnSource::Namespace) => natural.min(LEAST.0),
            (ColumnKind::Text, ColumnSource::Name) => natural.min(LEAST.1),
            (ColumnKind::Text, _) => natural.min(LEAST.2.max(title)),
            _ => natural,
        };
        let candidate =
            Candidate { column: i, natural, least, drop: column.drop, filled: seen.filled };
        if column.wide && !browse.wide { &mut wide } else { &mut shown }.push(candidate);
    }
    let sum = |shown: &[Candidate], width: fn(&Candidate) -> u16| -> u32 {
        let widths: u32 = shown.iter().map(|c| u32::from(width(c)) + gap).sum();
        widths.saturating_sub(gap)
    };
    let offered = shown.len();
    if browse.wide {
        scroll(&mut shown, schema, browse.column_offset, total);
    } else {
        let name = |c: &Candidate| schema.columns[c.column].source == ColumnSource::Name;
        let longer: u32 = shown
            .iter()
            .filter(|c| name(c))
            .map(|c| u32::from(c.natural.min(NAME_BEFORE_OPTIONAL).saturating_sub(c.least)))
            .sum();
        while sum(&shown, |c| c.least) + longer > room {
            let least = (0..shown.len()).filter(|at| shown[*at].drop >= OPTIONAL);
            let Some(at) = least.max_by_key(|at| (!shown[*at].filled, shown[*at].drop, *at)) else {
                break;
            };
            shown.remove(at);
        }
        while sum(&shown, |c| c.least) > room {
            // Columns with nothing in them leave first, then the least important.
            let leaving = (0..shown.len())
                .filter(|at| shown[*at].drop > 0)
                .max_by_key(|at| (!shown[*at].filled, shown[*at].drop, *at));
            let Some(at) = leaving else { break };
            shown.remove(at);
        }
        if shown.len() == offered {
            wide.sort_by_key(|c| c.drop);
            for candidate in wide.into_iter().filter(|c| c.filled) {
                let more = u32::from(candidate.natural) + gap;
                if sum(&shown, |c| c.natural) + more <= room {
                    shown.push(candidate);
                }
            }
            shown.sort_by_key(|c| c.column);
        }
    }
    let widths = share_out(&shown, room, gap, browse.wide);
    let mut x = GUTTER;
    let mut placed = Vec::with_capacity(shown.len());
    for (candidate, width) in shown.iter().zip(widths) {
        if x >= total {
            break;
        }
        let width = width.min(total - x);
        let cut = width < candidate.natural;
        placed.push(Placed { column: candidate.column, x, width, cut });
        x = x.saturating_add(width).saturating_add(u16::try_from(gap).unwrap_or(1));
    }
    // The last text column may use the rest of the line.
    if let Some(last) = placed.last_mut()
        && schema.columns[last.column].kind == ColumnKind::Text
    {
        last.width = total.saturating_sub(last.x);
    }
    placed
}

/// Least widths for all, and what is left over for those that are cut: the most important first.
fn share_out(shown: &[Candidate], room: u32, gap: u32, scrolls: bool) -> Vec<u16> {
    if scrolls {
        return shown.iter().map(|c| c.natural).collect();
    }
    let mut widths: Vec<u16> = shown.iter().map(|c| c.least).collect();
    let gaps = gap * u32::try_from(shown.len().saturating_sub(1)).unwrap_or(0);
    let used = |widths: &[u16]| widths.iter().map(|w| u32::from(*w)).sum::<u32>() + gaps;
    // Still too wide: the widest shrinks, down to what one can just read.
    while used(&widths) > room {
        let Some((at, widest)) = widths.iter().copied().enumerate().max_by_key(|(_, w)| *w) else {
            break;
        };
        if widest <= 6 {
            break;
        }
        widths[at] -= 1;
    }
    let mut left = room.saturating_sub(used(&widths));
    let mut order: Vec<usize> = (0..shown.len()).collect();
    order.sort_by_key(|at| (shown[*at].drop, *at));
    for at in order {
        let more = u32::from(shown[at].natural.saturating_sub(widths[at])).min(left);
        widths[at] += u16::try_from(more).unwrap_or(0);
        left -= more;
    }
    widths
}

/// Wide mode scrolls instead of dropping: the identity stays in place, and never takes more than
/// about half of the line.
fn scroll(shown: &mut Vec<Candidate>, schema: &Schema, offset: usize, total: u16) {
    for candidate in shown.iter_mut().filter(|c| is_identity(schema, c.column)) {
        candidate.natural = candidate.natural.min((total / 3).max(8));
    }
    let (mut identity, mut rest): (Vec<Candidate>, Vec<Candidate>) =
        shown.iter().partition(|c| is_identity(schema, c.column));
    let last = rest.len().saturating_sub(1);
    rest.drain(..offset.min(last));
    identity.append(&mut rest);
    *shown = identity;
}

/// How far wide mode can scroll.
pub fn scroll_end(browse: &Browse, schema: &Schema) -> usize {
    let scrolls = |i: &usize| !is_identity(schema, *i) && offers(browse, &schema.columns[*i]);
    (0..schema.columns.len()).filter(scrolls).count().saturating_sub(1)
}

/// Whether a column has anything to show here.
fn offers(browse: &Browse, column: &Column) -> bool {
    browse.usage || !matches!(column.source, ColumnSource::Metric(..))
}

fn is_identity(schema: &Schema, column: usize) -> bool {
    matches!(schema.columns[column].source, ColumnSource::Namespace | ColumnSource::Name)
}

/// When the text of a length of time that is `age` seconds long now changes next (Unix seconds): with
/// its smallest unit, as [`crate::text::age::human`] writes it.
pub fn next_change(age: i64, now: i64) -> i64 {
    match age.max(0) {
        0..600 => now + 1,
        age @ 600..28_800 => now + 60 - age % 60,
        age @ 28_800..691_200 => now + 3_600 - age % 3_600,
        age => now + 86_400 - age % 86_400,
    }
}

/// When what is on screen changes next because of the clock alone, in Unix seconds.
pub fn next_tick(
    browse: &Browse,
    source: Source<'_>,
    one_namespace: bool,
    width: u16,
    height: usize,
    now: i64,
) -> Option<i64> {
    let placed = place(browse, source.schema, one_namespace, width);
    let mut next: Option<i64> = None;
    for &slot in browse.order().iter().skip(browse.top).take(height) {
        let Some(row) = source.table.row(slot) else { continue };
        for at in &placed {
            let column = &source.schema.columns[at.column];
            let due = match source.schema.cell(column, row, source.metrics) {
                Cell::Since(at) => next_change(now.saturating_sub(at), now),
                Cell::CountSince(_, at) if at > 0 => next_change(now.saturating_sub(at), now),
                // What is left falls: any second may be the one that changes it when it is short.
                Cell::Until(at) if at > now => now + until(at - now),
                Cell::Until(at) => next_change(now.saturating_sub(at), now),
                _ => continue,
            };
            next = Some(next.map_or(due, |next| next.min(due)));
            if next == Some(now + 1) {
                return next;
            }
        }
    }
    next
}

/// Seconds until the text of a length of time that falls changes.
pub fn until(left: i64) -> i64 {
    match left {
        i64::MIN..=600 => 1,
        601..=28_800 => left % 60 + 1,
        28_801..=691_200 => left % 3_600 + 1,
        _ => left % 86_400 + 1,
    }
}
