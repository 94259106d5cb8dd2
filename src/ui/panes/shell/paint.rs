//! Draws the terminal's cells.

use crate::text::sanitise;
use crate::ui::Ui;
use crate::ui::palette::ColorDepth;
use crate::ui::theme::Scope;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::{Color, Modifier, Style};

/// Draws what is on the terminal's screen. Returns where the cursor belongs, if it is to be seen.
pub(super) fn screen(
    ui: &Ui,
    screen: &vt100::Screen,
    area: Rect,
    buf: &mut Buffer,
) -> Option<(u16, u16)> {
    let plain = ui.config.theme.style(Scope::Text);
    let depth = ui.config.theme.depth();
    let (rows, columns) = screen.size();
    for row in 0..rows.min(area.height) {
        let mut column = 0;
        while column < columns.min(area.width) {
            let Some(cell) = screen.cell(row, column) else { break };
            let (x, y) = (area.x + column, area.y + row);
            let style = style(cell, plain, depth);
            let room = usize::from(area.right() - x);
            let contents = cell.contents();
            match contents.as_bytes() {
                [] => drop(buf[(x, y)].set_char(' ').set_style(style)),
                [byte @ b' '..=b'~'] => {
                    buf[(x, y)].set_char(char::from(*byte)).set_style(style);
                }
                _ if sanitise::clean(contents) != contents => {
                    buf[(x, y)].set_char('\u{fffd}').set_style(style);
                }
                _ => drop(buf.set_stringn(x, y, contents, room, style)),
            }
            column += if cell.is_wide() { 2 } else { 1 };
        }
    }
    let (row, column) = screen.cursor_position();
    let seen = !screen.hide_cursor() && screen.scrollback() == 0;
    // Behind the last column it waits for the next letter to begin a new line.
    let column = column.min(area.width.saturating_sub(1));
    (seen && row < area.height).then_some((area.x + column, area.y + row))
}

fn style(cell: &vt100::Cell, plain: Style, depth: ColorDepth) -> Style {
    let color = |color: vt100::Color, otherwise: Option<Color>| match color {
        vt100::Color::Default => otherwise,
        _ if depth == ColorDepth::Mono => otherwise,
        vt100::Color::Idx(index) => Some(depth.nearest(Color::Indexed(index))),
        vt100::Color::Rgb(r, g, b) => Some(depth.nearest(Color::Rgb(r, g, b))),
    };
    let mut style = Style {
        fg: color(cell.fgcolor(), plain.fg),
        bg: color(cell.bgcolor(), plain.bg),
        ..Style::default()
    };
    for (on, modifier) in [
        (cell.bold(), Modifier::BOLD),
        (cell.dim(), Modifier::DIM),
        (cell.italic(), Modifier::ITALIC),
        (cell.underline(), Modifier::UNDERLINED),
        (cell.inverse(), Modifier::REVERSED),
    ] {
        if on {
            style = style.add_modifier(modifier);
        }
    }
    style
}
