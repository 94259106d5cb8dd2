//! Every key that works here, from the command table: in as many columns as there is room for.

use super::frame::pieces;
use super::picture::{overlay, wrapped};
use crate::text::sanitise::clean;
use crate::text::width::width;
use crate::ui::Ui;
use crate::ui::commands::{Context, TABLE};
use crate::ui::keymap::Resolution;
use crate::ui::theme::Scope;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

/// Cells that one column of help takes at least: keys and what they do.
const COLUMN: u16 = 58;

enum Line {
    Heading(&'static str),
    Key(String, String),
    Empty,
}

fn content(ui: &Ui) -> Vec<Line> {
    // The contexts below the help itself, then what can be opened from here.
    let here = ui.contexts_below_overlay();
    let mut lines = Vec::new();
    for &context in here.iter().chain(&[Context::Prompt, Context::Plan]) {
        let opened = !here.contains(&context);
        let contexts = if opened { std::slice::from_ref(&context) } else { here.as_slice() };
        let mut section = Vec::new();
        for spec in TABLE.iter().filter(|spec| spec.context == context) {
            let keys = ui.config.keymap.keys_for(contexts, spec.command);
            if keys.is_empty() || (!opened && !ui.works_here(spec.command)) {
                continue;
            }
            let mut doc = spec.doc.trim_end_matches('.').to_owned();
            if let Some(name) = favourite(ui, spec.command) {
                doc = format!("Show namespace {name}");
            }
            section.push(Line::Key(keys.join(" "), doc));
        }
        if !section.is_empty() {
            if !lines.is_empty() {
                lines.push(Line::Empty);
            }
            lines.push(Line::Heading(context.title()));
            lines.append(&mut section);
        }
        if context == Context::Global {
            own_commands(ui, &mut lines);
        }
    }
    lines
}

/// Hotkeys and plugins of the person's that have something to do here.
fn own_commands(ui: &Ui, lines: &mut Vec<Line>) {
    let here = ui.contexts_below_overlay();
    let keymap = &ui.config.keymap;
    let own = ui.user_commands().filter(|own| ui.applies(own));
    let mut section: Vec<Line> = own
        .filter_map(|own| {
            let key = own.key?;
            let taken = keymap.resolve(&here, &[], key) != Resolution::None && !own.overrides;
            let keys = if taken { format!(":plugin {}", own.name) } else { format!("<{key}>") };
            let doc = if own.doc.is_empty() { &own.name } else { &own.doc };
            Some(Line::Key(clean(&keys).into_owned(), clean(doc).into_owned()))
        })
        .collect();
    if !section.is_empty() {
        lines.extend([Line::Empty, Line::Heading("Hotkeys and plugins")]);
        lines.append(&mut section);
    }
}

/// The namespace on a digit key.
fn favourite(ui: &Ui, command: crate::ui::commands::Command) -> Option<String> {
    let at = usize::from(command.namespace_digit()?.checked_sub(1)?);
    ui.cluster()?.favourites.get(at).map(ToString::to_string)
}

/// As many columns as it takes to show everything at once, if there is room for them.
fn columns(lines: usize, size: (u16, u16)) -> u16 {
    let most = (size.0.saturating_sub(4) / COLUMN).max(1);
    (1..most).find(|n| lines.div_ceil(usize::from(*n)) <= room(size)).unwrap_or(most)
}

/// The help as it stands on a screen.
struct Page {
    lines: Vec<Line>,
    columns: u16,
    /// Cells of a column, and of the keys in it.
    column: u16,
    keys: u16,
}

impl Page {
    fn of(ui: &Ui, size: (u16, u16)) -> Self {
        let content = content(ui);
        let columns = columns(content.len(), size);
        let column = if columns == 1 { 96 } else { (size.0.saturating_sub(4) / columns).min(90) };
        let room = column.saturating_sub(2).min(size.0.saturating_sub(4));
        // Keys stand in a column of their own, as wide as they need, but not wider than a third.
        let keys =
            content.iter().map(|line| if let Line::Key(keys, _) = line { width(keys) } else { 0 });
        let keys = u16::try_from(keys.max().unwrap_or(0)).unwrap_or(0).min(room / 3);
        let doc_room = usize::from(room.saturating_sub(keys + 2));
        let mut lines = Vec::new();
        for line in content {
            let Line::Key(chords, doc) = line else {
                lines.push(line);
                continue;
            };
            let mut chords = Some(chords);
            for part in wrapped(&doc, doc_room) {
                lines.push(Line::Key(chords.take().unwrap_or_default(), part));
            }
        }
        Self { lines, columns, column, keys }
    }

    fn per_column(&self) -> usize {
        self.lines.len().div_ceil(usize::from(self.columns)).max(1)
    }
}

/// How many lines the help has on this screen.
pub fn lines(ui: &Ui) -> usize {
    Page::of(ui, ui.size).per_column()
}

/// How many of them fit on a screen of this size.
pub fn room(size: (u16, u16)) -> usize {
    usize::from(size.1.saturating_sub(4))
}

/// Draws the help from line `top` on.
pub fn draw(ui: &Ui, top: usize, area: Rect, buf: &mut Buffer) {
    let theme = &ui.config.theme;
    let page = Page::of(ui, (area.width, area.height));
    let per_column = page.per_column();
    let height = u16::try_from(per_column).unwrap_or(u16::MAX).saturating_add(2);
    let wide = (page.columns * page.column + 4).min(area.width);
    let size = (wide, height.min(area.height.saturating_sub(2)));
    let scrolls = if usize::from(size.1) < per_column + 2 { ", arrows scroll" } else { "" };
    let closes = ui.config.keymap.chords(crate::ui::commands::Command::Escape);
    let closes = closes.first().map_or("", String::as_str);
    let title = format!("keys that work here: {closes} closes{scrolls}");
    let inner = overlay(ui, &title, size, area, buf);
    let (plain, key) = (theme.style(Scope::Overlay), theme.style(Scope::HelpKey));
    for (at, part) in page.lines.chunks(per_column).enumerate() {
        let x = inner.x + u16::try_from(at).unwrap_or(0) * page.column;
        let room = page.column.saturating_sub(2).min(inner.width);
        for (line, y) in part.iter().skip(top).zip(inner.y..inner.bottom()) {
            let line_area =
                Rect { x, y, width: room.min(inner.right().saturating_sub(x)), height: 1 };
            match line {
                Line::Empty => {}
                Line::Heading(heading) => {
                    pieces(buf, line_area, &[(heading, theme.style(Scope::HelpHeading))]);
                }
                Line::Key(chords, doc) => {
                    let own = Rect { width: page.keys.min(line_area.width), ..line_area };
                    pieces(buf, own, &[(chords, key)]);
                    let x = (line_area.x + page.keys + 2).min(line_area.right());
                    let rest = Rect { x, width: line_area.right() - x, ..line_area };
                    pieces(buf, rest, &[(doc, plain)]);
                }
            }
        }
    }
}
