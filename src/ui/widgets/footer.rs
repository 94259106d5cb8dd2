//! The last line: keys that do something here, from the command table.

use super::frame::pieces;
use crate::text::width::width;
use crate::ui::commands::{Command, Context, TABLE};
use crate::ui::theme::Scope;
use crate::ui::{Overlay, Ui};
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;

/// Shown however narrow it is, at the end.
const LAST: [Command; 3] = [Command::CommandLine, Command::Back, Command::Help];

/// Draws the keys, as many as there is room for.
pub fn draw(ui: &Ui, area: Rect, buf: &mut Buffer) {
    let theme = &ui.config.theme;
    let style = theme.style(Scope::Footer);
    buf.set_style(area, style);
    let contexts = ui.key_contexts();
    let mut room = usize::from(area.width).saturating_sub(1);
    let mut entry = |command: Command| -> Option<(String, &'static str)> {
        let label = command.spec().footer;
        if label.is_empty() || !works(ui, command) {
            return None;
        }
        let key = ui.config.keymap.key_for(&contexts, command)?;
        let more = width(&key) + width(label) + 3;
        room = room.checked_sub(more)?;
        Some((key, label))
    };
    let last: Vec<_> = LAST.into_iter().filter_map(&mut entry).collect();
    let first = contexts.iter().flat_map(|context| {
        TABLE.iter().filter(|spec| spec.context == *context && !LAST.contains(&spec.command))
    });
    let entries: Vec<_> = first.filter_map(|spec| entry(spec.command)).chain(last).collect();
    let mut parts: Vec<(&str, Style)> = vec![(" ", style)];
    for (key, label) in &entries {
        parts.push((key, theme.style(Scope::FooterKey)));
        parts.push((" ", style));
        parts.push((label, style));
        parts.push(("  ", style));
    }
    pieces(buf, area, &parts);
}

fn works(ui: &Ui, command: Command) -> bool {
    match (&ui.overlay, &ui.prompt) {
        (None, None) => ui.works_here(command),
        // Over a pane only what belongs to the overlay is worth a place.
        (Some(Overlay::Help(_) | Overlay::Line(_)), None) => command == Command::CommandLine,
        _ => command.spec().context != Context::Global,
    }
}
