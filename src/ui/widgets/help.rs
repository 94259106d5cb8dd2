//! Every key that works here, from the command table.

use super::frame::pieces;
use super::picture::overlay;
use crate::text::width::width;
use crate::ui::commands::TABLE;
use crate::ui::theme::Scope;
use crate::ui::{Overlay, Ui};
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;

enum Line {
    Heading(String),
    Key(String, &'static str),
    Empty,
}

fn content(ui: &Ui) -> Vec<Line> {
    // The contexts below the help itself.
    let contexts = ui.contexts_below_overlay();
    let mut lines = Vec::new();
    for &context in &contexts {
        let mut section = Vec::new();
        for spec in TABLE.iter().filter(|spec| spec.context == context) {
            let keys: Vec<String> = ui
                .config
                .keymap
                .keys_in(context, spec.command)
                .into_iter()
                .map(|key| format!("<{key}>"))
                .collect();
            if !keys.is_empty() {
                section.push(Line::Key(keys.join(" "), spec.doc));
            }
        }
        if !section.is_empty() {
            if !lines.is_empty() {
                lines.push(Line::Empty);
            }
            lines.push(Line::Heading(context.title().to_owned()));
            lines.append(&mut section);
        }
    }
    if let Some(cluster) = ui.cluster().filter(|cluster| !cluster.favourites.is_empty()) {
        lines.push(Line::Empty);
        lines.push(Line::Heading("Namespaces on the digit keys".into()));
        let names = cluster.favourites.iter().enumerate();
        for (i, name) in names {
            lines.push(Line::Heading(format!("  {}  {name}", i + 1)));
        }
    }
    lines
}

/// How many lines the help has.
pub fn lines(ui: &Ui) -> usize {
    content(ui).len()
}

/// Draws the help from line `top` on.
pub fn draw(ui: &Ui, top: usize, area: Rect, buf: &mut Buffer) {
    debug_assert!(matches!(ui.overlay, Some(Overlay::Help(_))));
    let theme = &ui.config.theme;
    let lines = content(ui);
    let keys = lines
        .iter()
        .map(|line| if let Line::Key(keys, _) = line { width(keys) } else { 0 })
        .max()
        .unwrap_or(0)
        .min(usize::from(area.width) / 3);
    let height = u16::try_from(lines.len()).unwrap_or(u16::MAX).saturating_add(2);
    let size = (area.width.min(110), height.min(area.height.saturating_sub(2)));
    let title = "keys that work here: arrows scroll, <esc> closes";
    let inner = overlay(ui, title, size, area, buf);
    let dim = theme.style(Scope::Overlay);
    for (line, y) in lines.iter().skip(top).zip(inner.y..inner.bottom()) {
        let at = Rect { y, height: 1, ..inner };
        match line {
            Line::Empty => {}
            Line::Heading(heading) => {
                pieces(buf, at, &[(heading, theme.style(Scope::HelpHeading))]);
            }
            Line::Key(key, doc) => {
                let room = Rect { width: at.width.min(u16::try_from(keys).unwrap_or(0)), ..at };
                let style: Style = theme.style(Scope::HelpKey);
                pieces(buf, room, &[(key, style)]);
                let x = (at.x + u16::try_from(keys).unwrap_or(0) + 2).min(at.right());
                pieces(buf, Rect { x, width: at.right() - x, ..at }, &[(doc, dim)]);
            }
        }
    }
}
