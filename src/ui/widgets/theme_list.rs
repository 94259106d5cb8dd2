//! Draws the list of themes, at the right, so that what they change can be seen beside it.

use super::frame::pieces;
use super::picture::overlay;
use crate::text::width::width;
use crate::ui::Ui;
use crate::ui::commands::Command;
use crate::ui::theme::Scope;
use crate::ui::theme_list::ThemeList;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;

/// Cells between the list and the right border of the screen.
const MARGIN: u16 = 2;

/// The part of the screen that the list lies in.
fn place(list: &ThemeList, area: Rect) -> Rect {
    let longest = list.names.iter().map(|name| width(name)).max().unwrap_or(0);
    let wide = u16::try_from(longest).unwrap_or(u16::MAX).saturating_add(12).clamp(34, 60);
    let wide = wide.min(area.width.saturating_sub(2 * MARGIN));
    let x = area.right().saturating_sub(wide + MARGIN);
    Rect { x, width: wide, ..area }
}

/// The names inside their frame, and the first of them on screen.
fn inside(list: &ThemeList, area: Rect) -> (Rect, usize) {
    let place = place(list, area);
    let names = u16::try_from(list.names.len()).unwrap_or(u16::MAX);
    let height = names.saturating_add(3).min(area.height.saturating_sub(2));
    let y = place.y + (place.height - height) / 2;
    // The frame, and the line that says what the keys do.
    let inner = Rect {
        x: place.x + 2,
        y: y + 1,
        width: place.width.saturating_sub(4),
        height: height.saturating_sub(3),
    };
    (inner, list.top(usize::from(inner.height)))
}

/// Which of the names stands at this place on screen.
pub fn hit(list: &ThemeList, area: Rect, column: u16, row: u16) -> Option<usize> {
    let (inner, top) = inside(list, area);
    let inside =
        (inner.x..inner.right()).contains(&column) && (inner.y..inner.bottom()).contains(&row);
    let at = top + usize::from(row.saturating_sub(inner.y));
    (inside && at < list.names.len()).then_some(at)
}

/// Draws the list.
pub fn draw(ui: &Ui, list: &ThemeList, area: Rect, buf: &mut Buffer) {
    let theme = &ui.config.theme;
    let place = place(list, area);
    let (inner, top) = inside(list, area);
    let height = inner.height + 3;
    overlay(ui, "themes", (place.width, height), place, buf);
    let text = theme.style(Scope::Overlay);
    let over = |scope| Style { bg: text.bg, ..theme.style(scope) };
    let glyphs = ui.glyphs();
    for ((at, name), y) in list.names.iter().enumerate().skip(top).zip(inner.y..inner.bottom()) {
        let here = at == list.at;
        let sign = if here { glyphs.selected } else { " " };
        let style = if here { theme.style(Scope::ButtonFocused) } else { text };
        let line = Rect { y, height: 1, ..inner };
        if here {
            buf.set_style(line, style);
        }
        let end = pieces(buf, line, &[(sign, style), (" ", style), (name, style)]);
        if *name == list.before {
            let rest = Rect { x: end, width: inner.right().saturating_sub(end), ..line };
            let style = if here { style } else { over(Scope::TextDim) };
            pieces(buf, rest, &[("  in force", style)]);
        }
    }
    let key = |command| ui.config.keymap.key_for(&ui.key_contexts(), command).unwrap_or_default();
    let (keep, back) = (key(Command::Choose), key(Command::Escape));
    let dim = over(Scope::TextDim);
    let line = Rect { y: inner.bottom(), height: 1, ..inner };
    pieces(
        buf,
        line,
        &[
            (&keep, over(Scope::HelpKey)),
            (" keep  ", dim),
            (&back, over(Scope::HelpKey)),
            (" put back", dim),
        ],
    );
}
