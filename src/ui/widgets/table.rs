//! The windowed table: paints only the rows on screen, straight into the buffer.

use super::columns::{GUTTER, Placed, cells, place};
use crate::model::{Cell, ColumnKind, ColumnSource, Row, Schema, Tone};
use crate::text::width::{truncate, width};
use crate::ui::panes::browse::{Browse, Source};
use crate::ui::theme::{Scope, Theme};
use crate::ui::widgets::glyphs::Glyphs;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;
use std::fmt::Write as _;

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
            if column.kind == ColumnKind::Axis {
                let sign = look.glyphs.of_tone(cell.tone());
                text.push_str(if sign.is_empty() { " " } else { sign });
                text.push(' ');
            }
            cell.write(look.now, &mut text);
            let style = cell_style(&cell, row, base, look);
            let cell = Painted {
                text: &text,
                right: column.kind == ColumnKind::Number,
                keep_end: column.source == ColumnSource::Name,
                style,
            };
            draw_cell(buf, (area.x + at.x, y), at.width, &cell, look.glyphs);
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

/// A cell as it is to be painted.
#[derive(Clone, Copy, Debug)]
pub struct Painted<'a> {
    /// Its text.
    pub text: &'a str,
    /// It stands at the right end of its place.
    pub right: bool,
    /// When it is cut, the end matters as much as the beginning: names made by controllers differ
    /// only there.
    pub keep_end: bool,
    /// Its style.
    pub style: Style,
}

/// Paints a cell into `room` columns from a place on.
pub fn draw_cell(buf: &mut Buffer, at: (u16, u16), room: u16, cell: &Painted<'_>, glyphs: &Glyphs) {
    let (x, y) = at;
    let wide = cells(width(cell.text));
    if wide <= room {
        let x = if cell.right { x + room - wide } else { x };
        buf.set_stringn(x, y, cell.text, usize::from(room), cell.style);
        return;
    }
    let Some(shown) = room.checked_sub(1) else { return };
    let tail = if cell.keep_end && room >= 12 { (shown / 3).min(8) } else { 0 };
    let (head, _) = truncate(cell.text, usize::from(shown - tail));
    let (end, _) = buf.set_stringn(x, y, head, usize::from(shown), cell.style);
    let (end, _) = buf.set_stringn(end, y, glyphs.more, 1, cell.style);
    if tail > 0 {
        let from = ending(cell.text, usize::from(tail));
        buf.set_stringn(end, y, from, usize::from(x + room - end), cell.style);
    }
}

/// The longest end of `text` that fits into `room` cells.
pub fn ending(text: &str, room: usize) -> &str {
    let starts = text.char_indices().rev().take(room + 1).map(|(at, _)| &text[at..]);
    starts.take_while(|end| width(end) <= room).last().unwrap_or("")
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
        let right = column.kind == ColumnKind::Number;
        let cell = Painted { text: &text, right, keep_end: false, style };
        draw_cell(buf, (area.x + at.x, area.y), at.width, &cell, look.glyphs);
    }
}
