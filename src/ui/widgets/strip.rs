//! The line below the pane: what was said, what runs, the prompt; else the rest of the selected row.

use super::columns::place;
use super::frame::{Layout, pieces, right};
use super::glyphs::Glyphs;
use crate::model::{ColumnKind, ColumnSource, Tone};
use crate::text::width::width;
use crate::ui::Ui;
use crate::ui::commands::Command;
use crate::ui::panes::Pane;
use crate::ui::prompt::{Prompt, Purpose};
use crate::ui::theme::Scope;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;

/// Columns whose text explains a row: when it is cut or not shown, it is worth a line of its own.
const EXPLAINING: [&str; 7] =
    ["MESSAGE", "STATUS", "STATE", "LAST TROUBLE", "REASON", "LAST EXIT", "CONDITIONS"];

/// The newest action or message.
pub fn draw(ui: &Ui, glyphs: &Glyphs, area: Rect, buf: &mut Buffer) {
    let theme = &ui.config.theme;
    if !ui.pending().is_empty() {
        let next = ui.config.keymap.continuations(&ui.key_contexts(), ui.pending());
        let hints: Vec<String> =
            next.iter().map(|(keys, command)| format!("<{keys}> {}", command.spec().doc)).collect();
        let line = format!(" {}", hints.join("  "));
        pieces(buf, area, &[(&line, theme.style(Scope::Info))]);
        return;
    }
    if let Some(message) = ui.messages.current(ui.now) {
        let scope = match message.tone {
            Tone::Bad => Scope::Error,
            Tone::Warn => Scope::Warning,
            _ => Scope::Info,
        };
        let hint =
            if message.hint.is_empty() { String::new() } else { format!(" ({})", message.hint) };
        let line = format!(" {}{hint}", message.text);
        let style = theme.style(scope);
        let end = pieces(buf, area, &[(&line, style)]);
        if width(&line) > usize::from(area.width) {
            let key = ui.config.keymap.chords(Command::Messages);
            let more = format!("{} {} ", glyphs.more, key.first().map_or("", String::as_str));
            let at = area.right().saturating_sub(u16::try_from(width(&more)).unwrap_or(0));
            pieces(buf, Rect { x: at.min(end), ..area }, &[(&more, style)]);
        }
        return;
    }
    let Some(action) = ui.actions.current(ui.now) else {
        return if ui.hints { hints(ui, glyphs, area, buf) } else { detail(ui, glyphs, area, buf) };
    };
    let (_, bad, open) = action.counts();
    let (glyph, tone) = match (bad, open) {
        (0, 0) => (glyphs.good, Tone::Good),
        (0, _) => (glyphs.busy, Tone::Busy),
        _ => (glyphs.bad, Tone::Bad),
    };
    let seconds = action.ended.unwrap_or(ui.now) - action.started;
    let line = format!(
        " {glyph} {}{dot}{}{dot}{}{dot}{seconds} s",
        action.plan.title,
        action.plan.context,
        action.words(),
        dot = glyphs.dot,
    );
    let end = pieces(buf, area, &[(&line, theme.tone(tone))]);
    let running = ui.actions.running();
    if running > 1 {
        let key = ui.config.keymap.chords(Command::Actions);
        let more =
            format!("{} more, {} list ", running - 1, key.first().map_or("", String::as_str));
        right(buf, area, end, &[(more, theme.style(Scope::Info))]);
    }
}

/// Draws the open prompt; its error or its suggestions take the footer. Returns where the cursor is.
pub fn prompt(ui: &Ui, prompt: &Prompt, layout: &Layout, buf: &mut Buffer) -> (u16, u16) {
    let (theme, glyphs) = (&ui.config.theme, ui.glyphs());
    let area = layout.strip;
    let style = theme.style(Scope::Prompt);
    buf.set_style(area, style);
    let sign = prompt.purpose.sign();
    let before: String = prompt.text().chars().take(prompt.cursor()).collect();
    // A line longer than the screen scrolls: its end is where one types.
    let room = usize::from(area.width).saturating_sub(3);
    let mut shown = prompt.text();
    let mut ahead = width(&before);
    while ahead > room {
        let mut rest = shown.chars();
        let Some(first) = rest.next() else { break };
        ahead -= width(first.encode_utf8(&mut [0; 4])).min(ahead);
        shown = rest.as_str();
    }
    pieces(
        buf,
        area,
        &[
            (" ", style),
            (sign, theme.style(Scope::PromptSymbol)),
            (shown, style),
            (prompt.ghost(), theme.style(Scope::Suggestion)),
        ],
    );
    let (line, style) = match &prompt.error {
        Some((at, why)) => {
            let place = if *at > 0 { format!(" at {}: ", at + 1) } else { " ".to_owned() };
            (format!("{place}{why}"), theme.style(Scope::PromptError))
        }
        None if prompt.purpose == Purpose::Command && !prompt.suggestions.is_empty() => {
            (format!(" {}", prompt.suggestions.join("  ")), theme.style(Scope::Suggestion))
        }
        None => (String::new(), Style::new()),
    };
    if !line.is_empty() {
        // A pane that has the whole screen leaves no footer: then it lends its last line.
        let below = match layout.footer.height {
            0 => Rect { y: area.y.saturating_sub(1), ..area },
            _ => layout.footer,
        };
        blank(buf, below, style);
        let used = pieces(buf, below, &[(&line, style)]);
        if width(&line) > usize::from(below.width) {
            let at = Rect { x: used.saturating_sub(1), width: 1, ..below };
            pieces(buf, at, &[(glyphs.more, style)]);
        }
    }
    let x = area.x + 1 + u16::try_from(width(sign) + ahead).unwrap_or(u16::MAX);
    (x.min(area.right().saturating_sub(1)), area.y)
}

fn blank(buf: &mut Buffer, area: Rect, style: Style) {
    for x in area.x..area.right() {
        buf[(x, area.y)].reset();
    }
    buf.set_style(area, style);
}

/// What somebody needs to know who sees the program for the first time.
fn hints(ui: &Ui, glyphs: &Glyphs, area: Rect, buf: &mut Buffer) {
    let theme = &ui.config.theme;
    let (key, text) = (theme.style(Scope::FooterKey), theme.style(Scope::Info));
    let says = [
        (Command::CommandLine, "goes to any kind, namespace or context"),
        (Command::Filter, "filters as you type"),
        (Command::Help, "shows every key"),
    ];
    let mut x = area.x + 1;
    for (at, (command, what)) in says.into_iter().enumerate() {
        let sep = if at > 0 { glyphs.dot } else { "" };
        let chord = ui.key_to(command);
        let more = width(sep) + width(&chord) + width(what) + 1;
        if usize::from(x) + more > usize::from(area.right()) {
            return;
        }
        let line = Rect { x, width: area.right() - x, ..area };
        x = pieces(buf, line, &[(sep, text), (&chord, key), (" ", text), (what, text)]);
    }
}

/// What of the selected row is cut off or has no room: its message first, else its whole name.
fn detail(ui: &Ui, glyphs: &Glyphs, area: Rect, buf: &mut Buffer) {
    let Some(Pane::Browse(browse)) = ui.panes.last() else { return };
    let Some(source) = ui.source(browse) else { return };
    let Some(row) = browse.selected_row(source) else { return };
    let inner = super::frame::layout_of(ui).inner;
    let schema = source.schema;
    let placed = place(browse, schema, Ui::one_namespace(browse), inner.width);
    let mut text = String::new();
    // Whether the text of a column is on screen as a whole.
    let mut hidden = |i: usize| -> Option<String> {
        text.clear();
        schema.cell(&schema.columns[i], row, source.metrics).write(ui.now, &mut text);
        let fits = placed.iter().any(|at| at.column == i && width(&text) <= usize::from(at.width));
        (!fits && !text.is_empty() && text != "<none>").then(|| text.clone())
    };
    let columns = || 0..schema.columns.len();
    let explaining = columns()
        .filter(|i| schema.columns[*i].kind == ColumnKind::Text)
        .filter(|i| EXPLAINING.contains(&schema.columns[*i].title.as_str()))
        .find_map(|i| Some((i, hidden(i)?)));
    let found = explaining.or_else(|| {
        let name =
            placed.iter().find(|at| schema.columns[at.column].source == ColumnSource::Name)?;
        Some((name.column, hidden(name.column)?))
    });
    let Some((column, text)) = found else { return };
    let theme = &ui.config.theme;
    let label = format!(" {} ", schema.columns[column].title);
    let style = theme.tone(row.tone.max(Tone::Plain));
    let end = pieces(buf, area, &[(&label, theme.style(Scope::TextDim)), (&text, style)]);
    if width(&label) + width(&text) > usize::from(area.width) {
        let at = Rect { x: end.saturating_sub(1), width: 1, ..area };
        pieces(buf, at, &[(glyphs.more, style)]);
    }
}
