//! Drawing: the head, which never scrolls, and the window with rows below it.

use super::AppPane;
use super::rows::{Row, What};
use super::told::{Columns, Told, Words, axis, moment};
use crate::apps::{App, Auto};
use crate::model::Tone;
use crate::text::width::width;
use crate::ui::Ui;
use crate::ui::panes::page::clean;
use crate::ui::panes::tree::fold_sign;
use crate::ui::theme::Scope as Look;
use crate::ui::widgets::columns::cells;
use crate::ui::widgets::frame::{pieces, right};
use crate::ui::widgets::table::{Painted, draw_cell};
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::{Modifier, Style};

/// From this width on messages have a column of their own; below it that of the selected row is the
/// last line.
const ROOMY: u16 = 112;
/// Widths of SYNC, HEALTH and DRIFT.
const FIXED: [u16; 3] = [14, 16, 5];
/// Least width of OBJECT.
const LEAST: u16 = 20;
/// Labels of facts that belong into the head.
const IN_HEAD: &[&str] = &["window", "suspended by"];

/// Where the columns are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Layout {
    wave: u16,
    object: u16,
    fixed: [u16; 3],
    message: u16,
}

impl AppPane {
    /// The part of the pane where rows are.
    pub(super) fn window(&self, ui: &Ui, area: Rect) -> Rect {
        let head = cells(self.head(ui).len()) + 1;
        let below = u16::from(area.width < ROOMY);
        let y = area.y.saturating_add(head).min(area.bottom());
        Rect { y, height: (area.bottom() - y).saturating_sub(below), ..area }
    }

    /// The lines of the head; the pieces of each from the left, and what stands at its right end.
    fn head(&self, ui: &Ui) -> Vec<(Vec<Words>, String)> {
        let glyphs = ui.glyphs();
        let name = (clean(&self.id.name), Tone::Plain);
        let mut first = vec![name];
        let mut add = |text: String, tone: Tone| {
            if !text.is_empty() {
                first.push((glyphs.dot.to_owned(), Tone::Dim));
                first.push((text, tone));
            }
        };
        add(self.id.engine.label().to_owned(), Tone::Plain);
        add(clean(&self.id.namespace), Tone::Plain);
        let Some(app) = &self.app else { return vec![(first, String::new())] };
        add(clean(&app.revision), Tone::Plain);
        let newest = self.page.as_ref().and_then(|page| page.history.first());
        if let Some(one) = newest {
            add(moment(one.at, ui.now), Tone::Dim);
            if !one.note.is_empty() {
                add(format!("\u{201c}{}\u{201d}", one.note), Tone::Dim);
            }
        }
        let auto = match app.auto {
            Auto::None => String::new(),
            auto => format!("auto: {} ", auto.word()),
        };
        let mut lines = vec![(first, auto), (state(app, glyphs, ui.now), String::new())];
        let third = self.warnings(ui);
        if !third.is_empty() {
            lines.push((third, String::new()));
        }
        if let Some(rolls) = self.rolls.line() {
            lines.push((vec![rolls], String::new()));
        }
        lines
    }

    /// Everything that a row says, however narrow the screen is.
    pub(super) fn in_full(&self, ui: &Ui, row: &Row) -> String {
        if row.what != What::App {
            let text = self.text_of(ui, row);
            return text.split_whitespace().collect::<Vec<_>>().join(" ");
        }
        let line = |(words, end): (Vec<Words>, String)| {
            let words: String = words.into_iter().map(|(text, _)| text).collect();
            format!("{words}  {end}").trim().to_owned()
        };
        let lines: Vec<String> = self.head(ui).into_iter().map(line).collect();
        lines.join("\n")
    }

    /// What one should know before anything is done: windows, what suspends it, what was left off.
    fn warnings(&self, ui: &Ui) -> Vec<Words> {
        let mut words: Vec<Words> = Vec::new();
        let off = self.app.as_ref().and_then(|app| app.left_off.as_ref());
        if let Some(off) = off {
            let by = if off.by.is_empty() { String::new() } else { format!(" by {}", off.by) };
            let since = moment(off.since, ui.now);
            let text = format!("{}{by} {since}", off.what);
            words.push((clean(text.trim_end()), Tone::Warn));
        }
        let facts = self.page.iter().flat_map(|page| &page.facts);
        for fact in facts.filter(|fact| IN_HEAD.contains(&fact.label.as_str())) {
            let at =
                if fact.at == 0 { String::new() } else { format!(" {}", moment(fact.at, ui.now)) };
            words.push((format!("{} {}{at}", fact.label, fact.text), fact.tone));
        }
        let mut parts = Vec::new();
        for one in words {
            if !parts.is_empty() {
                parts.push((ui.glyphs().dot.to_owned(), Tone::Dim));
            }
            parts.push(one);
        }
        parts
    }

    pub(super) fn paint(&self, ui: &Ui, area: Rect, buf: &mut Buffer) {
        let theme = &ui.config.theme;
        let window = self.window(ui, area);
        self.paint_head(ui, area, buf);
        let end = (self.cursor.top() + usize::from(window.height)).min(self.rows.len());
        let shown = &self.rows[self.cursor.top().min(end)..end];
        let told: Vec<(&Row, Told)> = shown.iter().map(|row| (row, self.told(ui, row))).collect();
        let layout = self.layout(&told, area.width);
        let title = Rect { y: window.y.saturating_sub(1), height: 1, ..area };
        if title.y > area.y {
            self.paint_titles(ui, layout, title, buf);
        }
        for (((at, (row, told)), y), _) in told
            .iter()
            .enumerate()
            .map(|(at, one)| (self.cursor.top() + at, one))
            .zip(window.y..window.bottom())
            .zip(0..window.height)
        {
            let line = Rect { y, height: 1, ..area };
            let selected = at == self.cursor.at();
            let base = theme.style(if selected { Look::RowSelected } else { Look::Row });
            buf.set_style(line, base);
            let marker = if selected { ui.glyphs().selected } else { " " };
            buf.set_stringn(line.x, y, marker, 1, base);
            match told {
                Told::Columns(columns) => {
                    self.paint_columns(ui, row, columns, layout, line, base, buf);
                }
                Told::Line(words) => paint_line(ui, row, words, line, base, buf),
            }
        }
        if area.width < ROOMY
            && area.height > 2
            && let Some(row) = self.rows.get(self.cursor.at())
        {
            let (words, tone) = self.message_of(ui, row);
            let line = Rect { y: area.bottom() - 1, height: 1, ..area };
            let style =
                if tone == Tone::Plain { theme.style(Look::TextDim) } else { theme.tone(tone) };
            let painted = Painted { text: &words, right: false, keep_end: false, style };
            draw_cell(
                buf,
                (line.x + 1, line.y),
                line.width.saturating_sub(2),
                &painted,
                ui.glyphs(),
            );
        }
    }

    fn paint_head(&self, ui: &Ui, area: Rect, buf: &mut Buffer) {
        let theme = &ui.config.theme;
        let selected = self.cursor.at() == 0;
        for ((at, (words, end)), y) in self.head(ui).iter().enumerate().zip(area.y..area.bottom()) {
            let base = theme.style(if selected { Look::RowSelected } else { Look::Row });
            let line = Rect { y, height: 1, ..area };
            buf.set_style(line, base);
            let marker = if selected && at == 0 { ui.glyphs().selected } else { " " };
            let mut parts: Vec<(&str, Style)> = vec![(marker, base)];
            for (i, (text, tone)) in words.iter().enumerate() {
                let style = styled(ui, base, *tone);
                let bold = at == 0 && i == 0;
                parts.push((text, if bold { style.add_modifier(Modifier::BOLD) } else { style }));
            }
            let from = pieces(buf, line, &parts);
            right(buf, line, from, &[(end.clone(), styled(ui, base, Tone::Dim))]);
        }
    }

    fn layout(&self, told: &[(&Row, Told)], width_of_line: u16) -> Layout {
        let waves = self.page.iter().flat_map(|page| &page.objects).any(|one| one.wave.is_some());
        let wave = if waves { 6 } else { 0 };
        let gaps = 2 * 3;
        let taken = 1 + wave + FIXED.iter().sum::<u16>() + gaps;
        let left = width_of_line.saturating_sub(taken);
        if width_of_line < ROOMY {
            return Layout { wave, object: left.max(LEAST), fixed: FIXED, message: 0 };
        }
        let seen = told.iter().filter_map(|(row, told)| match told {
            Told::Columns(one) => Some(cells(2 * row.depth + 2 + one.width())),
            Told::Line(_) => None,
        });
        let most = left.saturating_sub(24);
        let object = seen.max().unwrap_or(0).max(40).min(most).max(LEAST);
        Layout { wave, object, fixed: FIXED, message: left.saturating_sub(object + 2) }
    }

    fn paint_titles(&self, ui: &Ui, layout: Layout, line: Rect, buf: &mut Buffer) {
        let style = ui.config.theme.style(Look::TableHeader);
        buf.set_style(line, style);
        let [sync, health, drift] = layout.fixed;
        let titles = [
            ("wave", layout.wave),
            ("OBJECT", layout.object + 2),
            ("SYNC", sync + 2),
            ("HEALTH", health + 2),
            ("DRIFT", drift + 2),
            ("MESSAGE", layout.message),
        ];
        let mut x = line.x + 1;
        for (title, room) in titles {
            let left = room.min(line.right().saturating_sub(x));
            buf.set_stringn(x, line.y, title, usize::from(left), style);
            x += left;
        }
    }

    #[allow(clippy::too_many_arguments)] // one line of a table: what, where and how
    fn paint_columns(
        &self,
        ui: &Ui,
        row: &Row,
        told: &Columns,
        layout: Layout,
        line: Rect,
        base: Style,
        buf: &mut Buffer,
    ) {
        let glyphs = ui.glyphs();
        let mut x = line.x + 1;
        let mut cell = |x: u16, room: u16, text: &str, tone: Tone, keep_end: bool| {
            let room = room.min(line.right().saturating_sub(x));
            let style = styled(ui, base, tone);
            let painted = Painted { text, right: false, keep_end, style };
            draw_cell(buf, (x, line.y), room, &painted, glyphs);
        };
        if layout.wave > 0 {
            cell(x, layout.wave, &format!("{:>3}", told.wave), Tone::Dim, false);
            x += layout.wave;
        }
        let indent = format!("{}{}", "  ".repeat(row.depth), fold_sign(row.open, ui));
        let end = x + layout.object;
        cell(x, layout.object, &indent, Tone::Plain, false);
        let mut at = x + cells(width(&indent));
        if !told.word.is_empty() {
            cell(at, end.saturating_sub(at), told.word, Tone::Dim, false);
            at += cells(width(told.word)) + 1;
        }
        cell(at, end.saturating_sub(at), &told.name, told.tone, true);
        at += cells(width(&told.name));
        cell(at, end.saturating_sub(at), &told.place, Tone::Dim, false);
        x = end + 2;
        for (room, (text, tone)) in
            layout.fixed.into_iter().zip([&told.sync, &told.health, &told.drift])
        {
            cell(x, room, text, *tone, false);
            x += room + 2;
        }
        if layout.message > 0 {
            cell(x, layout.message, &told.message.0, told.message.1, false);
        }
    }
}

impl Columns {
    /// Columns that the first column takes, without indent.
    fn width(&self) -> usize {
        let word = if self.word.is_empty() { 0 } else { width(self.word) + 1 };
        word + width(&self.name) + width(&self.place)
    }
}

/// The axes of an app in one line, and what it says.
fn state(app: &App, glyphs: &crate::ui::widgets::glyphs::Glyphs, now: i64) -> Vec<Words> {
    let mut words: Vec<Words> = Vec::new();
    for one in [&app.sync, &app.health, &app.operation] {
        let (text, tone) = axis(glyphs, one, now);
        if !text.is_empty() {
            words.push((format!("{text}   "), tone));
        }
    }
    let message = clean(app.message.lines().next().unwrap_or(""));
    words.push((message, app.trouble().min(Tone::Warn).max(Tone::Plain)));
    words
}

fn paint_line(ui: &Ui, row: &Row, words: &[Words], line: Rect, base: Style, buf: &mut Buffer) {
    let heading = matches!(row.what, What::Heading(..));
    let base = match heading {
        true => base.patch(ui.config.theme.style(Look::HelpHeading)).add_modifier(Modifier::BOLD),
        false => base,
    };
    let rest = Rect { x: line.x + 1, width: line.width.saturating_sub(1), ..line };
    let indent = match (heading, row.open) {
        (true, None) => "",
        (true, open) => fold_sign(open, ui),
        (false, _) => "  ",
    };
    let mut parts: Vec<(&str, Style)> = vec![(indent, base)];
    parts.extend(words.iter().map(|(text, tone)| (text.as_str(), styled(ui, base, *tone))));
    pieces(buf, rest, &parts);
}

fn styled(ui: &Ui, base: Style, tone: Tone) -> Style {
    match tone {
        Tone::Plain => base,
        tone => base.patch(ui.config.theme.tone(tone)),
    }
}
