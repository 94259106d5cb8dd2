//! The tour of the demo beside the panes: a column where there is room for one, else some lines below
//! them, or one line.

use super::frame::{Layout, border, inside, pieces};
use super::picture::wrapped;
use crate::text::width::{truncate, width};
use crate::ui::Ui;
use crate::ui::commands::Command;
use crate::ui::theme::Scope;
use crate::ui::tour::Tour;
use crate::ui::tour::steps::{END, STEPS, WELCOME};
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;

/// Columns that it takes beside the panes.
const COLUMNS: u16 = 46;
/// Below this many columns the panes keep all of them.
const LEAST_COLUMNS: u16 = 160;
/// Rows that a pane needs for itself.
const LEAST_ROWS: u16 = 8;

/// Columns that are left to the panes.
pub fn columns_left(ui: &Ui) -> u16 {
    let takes = ui.tour.as_ref().is_some_and(|tour| tour.open) && ui.size.0 >= LEAST_COLUMNS;
    if takes { ui.size.0 - COLUMNS } else { ui.size.0 }
}

/// Makes room for it.
pub fn place(ui: &Ui, layout: Layout) -> Layout {
    let Some(tour) = &ui.tour else { return layout };
    let whole = layout.pane;
    let (pane, tour) = if tour.open && whole.width >= LEAST_COLUMNS {
        let left = whole.width - COLUMNS;
        let area = Rect { x: whole.x + left, width: COLUMNS, ..whole };
        (Rect { width: left, ..whole }, area)
    } else {
        let spare = whole.height.saturating_sub(LEAST_ROWS);
        let rows = match tour.open {
            // A title, and what is told now.
            true => short(ui, tour, usize::from(whole.width.saturating_sub(2))).len() + 1,
            false => 1,
        };
        let rows = u16::try_from(rows).unwrap_or(u16::MAX).min(spare);
        let left = whole.height - rows;
        let area = Rect { y: whole.y + left, height: rows, ..whole };
        (Rect { height: left, ..whole }, area)
    };
    Layout { pane, inner: inside(pane), tour, ..layout }
}

/// One line: pieces from left to right.
type Line = Vec<(String, Style)>;

fn words(ui: &Ui, text: &str, look: Scope, room: usize, indent: usize) -> Vec<Line> {
    let style = ui.config.theme.style(look);
    let lines = wrapped(&ui.with_keys(text), room.saturating_sub(indent));
    let blank = " ".repeat(indent);
    lines.iter().map(|line| vec![(format!("{blank}{}", line.trim_start()), style)]).collect()
}

/// A step with its sign: the first line has the sign, the others stand below its text.
fn titled(ui: &Ui, sign: &str, text: &str, look: Scope, room: usize) -> Vec<Line> {
    let mut lines = words(ui, text, look, room, 2);
    if let Some((first, _)) = lines.first_mut().and_then(|line| line.first_mut()) {
        let pad = 2usize.saturating_sub(width(sign));
        first.replace_range(..2, &format!("{sign}{}", " ".repeat(pad)));
    }
    lines
}

/// What is asked now, at length.
fn current(ui: &Ui, tour: &Tour, room: usize, indent: usize) -> Vec<Line> {
    let Some(step) = tour.current() else {
        let begin = if tour.done() == STEPS.len() { "All five." } else { "That was all of it." };
        return words(ui, &format!("{begin} {END}"), Scope::Text, room, 0);
    };
    let mut lines = words(ui, STEPS[step].text, Scope::Text, room, indent);
    for hint in tour.hints(step) {
        lines.extend(words(ui, hint, Scope::Info, room, indent));
    }
    lines
}

/// The whole of it.
fn long(ui: &Ui, tour: &Tour, room: usize) -> Vec<Line> {
    let glyphs = ui.glyphs();
    let mut lines = Vec::new();
    if tour.current().is_some() {
        lines.extend(words(ui, WELCOME, Scope::TextDim, room, 0));
        lines.push(Line::new());
    }
    for (at, step) in STEPS.iter().enumerate() {
        if tour.is_done(at) {
            lines.extend(titled(ui, glyphs.good, step.question, Scope::ToneGood, room));
            lines.extend(words(ui, step.answer, Scope::TextDim, room, 2));
        } else if tour.is_told(at) {
            lines.extend(titled(ui, glyphs.stale, step.question, Scope::TextDim, room));
            lines.extend(words(ui, step.answer, Scope::TextDim, room, 2));
        } else if tour.current() == Some(at) {
            lines.extend(titled(ui, glyphs.selected, step.question, Scope::Title, room));
            lines.extend(current(ui, tour, room, 2));
        } else {
            lines.extend(titled(ui, "", step.question, Scope::Text, room));
        }
        lines.push(Line::new());
    }
    if tour.current().is_none() {
        lines.extend(current(ui, tour, room, 0));
    }
    lines
}

/// What is asked now and nothing else.
fn short(ui: &Ui, tour: &Tour, room: usize) -> Vec<Line> {
    current(ui, tour, room, 0)
}

/// ` tour 2 of 5 `
fn count(tour: &Tour) -> String {
    match tour.done() {
        done if done < STEPS.len() => format!(" tour {done} of {} ", STEPS.len()),
        _ => " tour done ".to_owned(),
    }
}

/// ` <alt-h> hint  <alt-t> fold `
fn keys(ui: &Ui, tour: &Tour) -> Line {
    let theme = &ui.config.theme;
    let mut parts = Vec::new();
    let fold = if tour.open { "fold" } else { "unfold" };
    let hint = if tour.is_out_of_hints() { "answer" } else { "hint" };
    for (command, label) in [(Command::TourHint, hint), (Command::TourToggle, fold)] {
        if ui.tour_refusal(command).is_some() {
            continue;
        }
        let Some(key) = ui.config.keymap.chords(command).into_iter().next() else { continue };
        parts.push((format!(" {key}"), theme.style(Scope::FooterKey)));
        parts.push((format!(" {label} "), theme.style(Scope::TextDim)));
    }
    parts
}

fn write(buf: &mut Buffer, area: Rect, line: &Line) -> u16 {
    let parts: Vec<(&str, Style)> =
        line.iter().map(|(text, style)| (text.as_str(), *style)).collect();
    pieces(buf, area, &parts)
}

fn write_right(buf: &mut Buffer, area: Rect, line: &Line) {
    let total: usize = line.iter().map(|(text, _)| width(text)).sum();
    let total = u16::try_from(total).unwrap_or(u16::MAX).min(area.width);
    write(buf, Rect { x: area.right() - total, width: total, ..area }, line);
}

/// Draws it where [`place`] made room.
pub fn draw(ui: &Ui, area: Rect, buf: &mut Buffer) {
    let Some(tour) = ui.tour.as_ref().filter(|_| !area.is_empty()) else { return };
    let theme = &ui.config.theme;
    let title = theme.style(Scope::Title);
    let beside = area.width < ui.size.0;
    if beside {
        border(buf, area, theme.style(Scope::Border), ui.glyphs(), false);
        let top = Rect { x: area.x + 2, width: area.width.saturating_sub(4), height: 1, ..area };
        write(buf, top, &vec![(count(tour), title)]);
        let foot = Rect { y: area.bottom() - 1, ..top };
        write(buf, foot, &keys(ui, tour));
        let inner = inside(area);
        let inner = Rect { x: inner.x + 1, width: inner.width.saturating_sub(2), ..inner };
        let room = usize::from(inner.width);
        let mut lines = long(ui, tour, room);
        if lines.len() > usize::from(inner.height) {
            lines = current(ui, tour, room, 0);
        }
        for (y, line) in (inner.y..inner.bottom()).zip(&lines) {
            write(buf, Rect { y, height: 1, ..inner }, line);
        }
        return;
    }
    let style = theme.style(Scope::Crumbs);
    let top = Rect { height: 1, ..area };
    buf.set_style(top, style);
    let question = tour.current().map_or("", |step| STEPS[step].question);
    let (count, keys) = (count(tour), keys(ui, tour));
    let taken = width(&count) + keys.iter().map(|(text, _)| width(text)).sum::<usize>();
    let room = usize::from(area.width).saturating_sub(taken);
    let question = truncate(question, room).0.to_owned();
    write(buf, top, &vec![(count, title), (question, theme.style(Scope::Text))]);
    write_right(buf, top, &keys);
    let lines = short(ui, tour, usize::from(area.width.saturating_sub(2)));
    for (y, line) in (area.y + 1..area.bottom()).zip(&lines) {
        write(buf, Rect { x: area.x + 1, y, width: area.width - 2, height: 1 }, line);
    }
}
