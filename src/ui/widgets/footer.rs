//! The last line: keys that do something here, from the command table.

use super::frame::pieces;
use crate::text::width::width;
use crate::ui::commands::{Command, Context, TABLE};
use crate::ui::theme::Scope;
use crate::ui::{Overlay, Ui};
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;

/// Shown at the end.
const LAST: [Command; 3] = [Command::CommandLine, Command::Back, Command::Help];
/// When it is narrow these get their place first.
const FIRST: [Command; 15] = [
    Command::Help,
    Command::CommandLine,
    Command::DriftOpen,
    Command::DriftText,
    Command::DriftSync,
    Command::DriftAll,
    Command::Open,
    Command::Filter,
    Command::AppSync,
    Command::AppRollback,
    Command::AppRefresh,
    Command::TextSearch,
    Command::Yaml,
    Command::Delete,
    Command::Back,
];

/// The keys there is room for, in the order of display.
fn entries(ui: &Ui, width_of_line: u16) -> Vec<(Command, String)> {
    let contexts = ui.key_contexts();
    let offered = || {
        let all = contexts.iter().flat_map(|context| {
            TABLE.iter().filter(|spec| spec.context == *context).map(|spec| spec.command)
        });
        all.filter(|command| !command.spec().footer.is_empty() && works(ui, *command))
    };
    let mut keys: Vec<(Command, String)> = offered()
        .filter_map(|command| Some((command, ui.config.keymap.key_for(&contexts, command)?)))
        .collect();
    // The most important ones take their places first; then all stand in the table's order.
    let rank = |command: Command| FIRST.iter().position(|first| *first == command);
    keys.sort_by_key(|(command, _)| rank(*command).unwrap_or(FIRST.len()));
    let mut room = usize::from(width_of_line).saturating_sub(1);
    keys.retain(|(command, key)| {
        let more = width(key) + width(command.spec().footer) + 3;
        let fits = more <= room + 2;
        room = room.saturating_sub(if fits { more } else { 0 });
        fits
    });
    let order = |command: Command| {
        let last = LAST.iter().position(|last| *last == command).map_or(0, |at| at + 1);
        (last, contexts.iter().position(|context| *context == command.spec().context), command)
    };
    keys.sort_by_key(|(command, _)| order(*command));
    keys
}

/// The command whose key stands at this column.
pub fn hit(ui: &Ui, area: Rect, column: u16) -> Option<Command> {
    let mut x = usize::from(area.x) + 1;
    for (command, key) in entries(ui, area.width) {
        let wide = width(&key) + 1 + width(command.spec().footer);
        if (x..x + wide).contains(&usize::from(column)) {
            return Some(command);
        }
        x += wide + 2;
    }
    None
}

/// Draws the keys, as many as there is room for.
pub fn draw(ui: &Ui, area: Rect, buf: &mut Buffer) {
    let theme = &ui.config.theme;
    let style = theme.style(Scope::Footer);
    buf.set_style(area, style);
    let keys = entries(ui, area.width);
    let mut parts: Vec<(&str, Style)> = vec![(" ", style)];
    for (command, key) in &keys {
        parts.push((key, theme.style(Scope::FooterKey)));
        parts.push((" ", style));
        parts.push((command.spec().footer, style));
        parts.push(("  ", style));
    }
    pieces(buf, area, &parts);
}

fn works(ui: &Ui, command: Command) -> bool {
    match (&ui.overlay, &ui.prompt) {
        (None, None) => ui.works_here(command),
        (Some(Overlay::Plan(dialog)), None) => {
            let has = |id: &str| dialog.choices.iter().any(|choice| choice.id == id);
            match command {
                Command::PlanDryRun => dialog.can_be_rehearsed(),
                Command::PlanRequest => !dialog.plan.requests.is_empty(),
                Command::PlanChange => !dialog.choices.is_empty(),
                Command::PlanPropagation => has("propagation"),
                Command::PlanGrace => has("grace"),
                Command::PlanForce => has("force"),
                _ => command.spec().context != Context::Global,
            }
        }
        // Over a pane only what belongs to the overlay is worth a place.
        (Some(Overlay::Help(_) | Overlay::Full { .. }), None) => command == Command::CommandLine,
        _ => command.spec().context != Context::Global,
    }
}
