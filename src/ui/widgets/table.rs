//! The windowed table: paints only the rows on screen, straight into the buffer.

use crate::model::{Cell, ColumnKind, ColumnSource, Row, Schema, Tone};
use crate::text::width::width;
use crate::ui::panes::browse::{Browse, Source};
use crate::ui::theme::{Scope, Theme};
use crate::ui::widgets::glyphs::Glyphs;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;
use std::fmt::Write as _;

/// Cells between two columns.
const GAP: u16 = 2;
/// Cells left of the first column: the mark.
const GUTTER: u16 = 2;

/// A column as it stands on screen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Placed {
    /// Index into the schema's columns.
    pub column: usize,
    /// First terminal cell, relative to the table.
    pub x: u16,
    /// Terminal cells.
    pub width: u16,
}

/// Grows the remembered widths to fit the rows on screen.
pub fn measure(browse: &mut Browse, source: Source<'_>, height: usize, now: i64) {
    let schema = source.schema;
    let mut widths = std::mem::take(&mut browse.widths);
    if widths.len() != schema.columns.len() {
        widths = schema.columns.iter().map(|column| cells(width(&column.title)) + 1).collect();
    }
    let mut text = String::new();
    for &slot in browse.order().iter().skip(browse.top).take(height) {
        let Some(row) = source.table.row(slot) else { continue };
        for (i, column) in schema.columns.iter().enumerate() {
            if widths[i] >= column.max_width {
                continue;
            }
            text.clear();
            let wide = match column.source {
                ColumnSource::Namespace => width(&row.key.namespace),
                ColumnSource::Name => width(&row.key.name),
                _ => {
                    schema.cell(column, row, source.metrics).write(now, &mut text);
                    width(&text)
                }
            };
            widths[i] = widths[i].max(cells(wide).min(column.max_width));
        }
    }
    browse.widths = widths;
}

fn cells(n: usize) -> u16 {
    u16::try_from(n).unwrap_or(u16::MAX)
}

/// Chooses and places the columns: the least important leave first, NAME takes what is left over.
pub fn place(browse: &Browse, schema: &Schema, one_namespace: bool, total: u16) -> Vec<Placed> {
    let room = total.saturating_sub(GUTTER);
    let mut shown: Vec<usize> = (0..schema.columns.len())
        .filter(|i| browse.wide || !schema.columns[*i].wide)
        .filter(|i| !(one_namespace && schema.columns[*i].source == ColumnSource::Namespace))
        .filter(|i| *i < browse.widths.len())
        .collect();
    let need = |shown: &[usize]| -> u32 {
        shown
            .iter()
            .map(|i| u32::from(browse.widths[*i]) + u32::from(GAP))
            .sum::<u32>()
            .saturating_sub(u32::from(GAP))
    };
    if browse.wide {
        // Wide mode scrolls instead of dropping: the identity stays in place.
        let fixed = shown.iter().filter(|i| is_identity(schema, **i)).count();
        let scroll = browse.column_offset.min(shown.len().saturating_sub(fixed + 1));
        shown.drain(fixed..fixed + scroll);
    } else {
        while need(&shown) > u32::from(room) {
            let leaving = shown
                .iter()
                .enumerate()
                .filter(|(_, i)| schema.columns[**i].drop > 0)
                .max_by_key(|(at, i)| (schema.columns[**i].drop, *at))
                .map(|(at, _)| at);
            let Some(at) = leaving else { break };
            shown.remove(at);
        }
    }
    let mut widths: Vec<u16> = shown.iter().map(|i| browse.widths[*i]).collect();
    // Still too wide: the widest shrinks, down to a readable minimum.
    let mut excess = need(&shown).saturating_sub(u32::from(room));
    while excess > 0 && !browse.wide {
        let Some((at, widest)) = widths.iter().copied().enumerate().max_by_key(|(_, w)| *w) else {
            break;
        };
        if widest <= 6 {
            break;
        }
        widths[at] -= 1;
        excess -= 1;
    }
    let mut x = GUTTER;
    let mut placed = Vec::with_capacity(shown.len());
    for (column, width) in shown.into_iter().zip(widths) {
        if x >= total {
            break;
        }
        let width = width.min(total - x);
        placed.push(Placed { column, x, width });
        x = x.saturating_add(width).saturating_add(GAP);
    }
    // The last text column may use the rest of the line.
    if let Some(last) = placed.last_mut()
        && schema.columns[last.column].kind == ColumnKind::Text
    {
        last.width = total.saturating_sub(last.x);
    }
    placed
}

fn is_identity(schema: &Schema, column: usize) -> bool {
    matches!(schema.columns[column].source, ColumnSource::Namespace | ColumnSource::Name)
}

/// Everything the table is drawn with.
#[derive(Clone, Copy, Debug)]
pub struct Look<'a> {
    /// Styles.
    pub theme: &'a Theme,
    /// Glyphs.
    pub glyphs: &'a Glyphs,
    /// The pane has the focus.
    pub focused: bool,
    /// Exactly one namespace is shown: no NAMESPACE column.
    pub one_namespace: bool,
    /// Unix seconds.
    pub now: i64,
}

/// Draws header and rows of `browse` into `area`.
pub fn draw(browse: &Browse, source: Source<'_>, look: Look<'_>, area: Rect, buf: &mut Buffer) {
    if area.height == 0 || area.width <= GUTTER {
        return;
    }
    let schema = source.schema;
    let placed = place(browse, schema, look.one_namespace, area.width);
    draw_header(browse, schema, &placed, look, area, buf);
    let mut text = String::new();
    let rows = browse.order().iter().enumerate().skip(browse.top);
    for ((line, &slot), y) in rows.zip(area.y + 1..area.bottom()) {
        let Some(row) = source.table.row(slot) else { continue };
        let selected = line == browse.cursor;
        let marked = browse.is_marked(&row.key);
        let base = row_style(row, selected, marked, look);
        let line_area = Rect { y, height: 1, ..area };
        buf.set_style(line_area, base);
        let glyph = if marked {
            look.glyphs.mark
        } else if selected {
            look.glyphs.selected
        } else {
            " "
        };
        buf.set_stringn(area.x, y, glyph, 1, base);
        for at in &placed {
            let column = &schema.columns[at.column];
            let cell = schema.cell(column, row, source.metrics);
            text.clear();
            cell.write(look.now, &mut text);
            let style = cell_style(&cell, row, base, look);
            draw_cell(buf, area.x + at.x, y, at.width, &text, column.kind, style, look);
        }
    }
}

fn row_style(row: &Row, selected: bool, marked: bool, look: Look<'_>) -> Style {
    let tone = if row.terminating { Tone::Dim } else { row.tone };
    let scope = match (selected, marked) {
        (true, true) => Scope::RowMarkedSelected,
        (true, false) if look.focused => Scope::RowSelected,
        (true, false) => Scope::RowUnfocused,
        (false, true) => Scope::RowMarked,
        (false, false) => Scope::Row,
    };
    let style = look.theme.style(scope);
    if tone == Tone::Plain || marked { style } else { style.patch(look.theme.tone(tone)) }
}

fn cell_style(cell: &Cell, row: &Row, base: Style, look: Look<'_>) -> Style {
    match cell.tone() {
        Tone::Plain => base,
        // A broken row stays loud in its dim cells too.
        Tone::Dim if row.tone > Tone::Plain => base,
        tone => base.patch(look.theme.tone(tone)),
    }
}

fn draw_cell(
    buf: &mut Buffer,
    x: u16,
    y: u16,
    room: u16,
    text: &str,
    kind: ColumnKind,
    style: Style,
    look: Look<'_>,
) {
    let wide = cells(width(text));
    if wide > room {
        let (end, _) = buf.set_stringn(x, y, text, usize::from(room.saturating_sub(1)), style);
        buf.set_stringn(end, y, look.glyphs.more, 1, style);
        return;
    }
    let x = if kind == ColumnKind::Number { x + room - wide } else { x };
    buf.set_stringn(x, y, text, usize::from(room), style);
}

fn draw_header(
    browse: &Browse,
    schema: &Schema,
    placed: &[Placed],
    look: Look<'_>,
    area: Rect,
    buf: &mut Buffer,
) {
    let style = look.theme.style(Scope::TableHeader);
    buf.set_style(Rect { height: 1, ..area }, style);
    let sort = browse.sort_in_force(schema);
    let mut text = String::new();
    for at in placed {
        let column = &schema.columns[at.column];
        text.clear();
        let mut style = style;
        let _ = write!(text, "{}", column.title);
        if let Some(sort) = sort.filter(|sort| sort.column == at.column) {
            text.push_str(if sort.descending {
                look.glyphs.descending
            } else {
                look.glyphs.ascending
            });
            style = style.patch(look.theme.style(Scope::TableHeaderSorted));
        }
        if browse.sort_cursor == Some(at.column) {
            style = style.patch(look.theme.style(Scope::TableHeaderSelected));
        }
        draw_cell(buf, area.x + at.x, area.y, at.width, &text, column.kind, style, look);
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
            let age = match source.schema.cell(column, row, source.metrics) {
                Cell::Since(at) => now - at,
                Cell::CountSince(_, at) if at > 0 => now - at,
                Cell::Until(at) => (at - now).abs(),
                _ => continue,
            };
            let age = age.max(0);
            // The text of an age changes with its smallest unit: seconds below ten minutes,
            // minutes below eight hours, hours below eight days, then days.
            let due = match age {
                0..600 => now + 1,
                600..28_800 => now + 60 - age % 60,
                28_800..691_200 => now + 3_600 - age % 3_600,
                _ => now + 86_400 - age % 86_400,
            };
            next = Some(next.map_or(due, |next| next.min(due)));
            if next == Some(now + 1) {
                return next;
            }
        }
    }
    next
}
