//! Draws the lines on screen, or why there are none.

use super::lay::{FIELD, LEVEL, Tint};
use super::window::{Row, dropped_words};
use super::{LogsPane, State};
use crate::logs::ansi;
use crate::text::width::{scrolled, truncate};
use crate::ui::Ui;
use crate::ui::commands::Command;
use crate::ui::theme::Scope;
use crate::ui::widgets::picture;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::{Color, Modifier, Style};

impl LogsPane {
    pub(super) fn paint(&self, ui: &Ui, area: Rect, buf: &mut Buffer) {
        if self.rows.is_empty() {
            picture::centred(&self.nothing(ui), area, buf);
            return;
        }
        let mut y = area.y;
        if self.header_rows() > 0 && y < area.bottom() {
            let mut line = " ".repeat(2);
            if let Some(style) = &self.style {
                line.push_str(&" ".repeat(if style.label > 0 { style.label + 1 } else { 0 }));
                if style.levels {
                    line.push_str(&format!("{:<LEVEL$} ", "LEVEL"));
                }
            }
            for name in &self.fields {
                let (cut, cells) = truncate(name, FIELD);
                line.push_str(&format!("{}{} ", cut.to_uppercase(), " ".repeat(FIELD - cells)));
            }
            line.push_str("MESSAGE");
            let style = ui.config.theme.style(Scope::TableHeader);
            buf.set_stringn(area.x, y, line, usize::from(area.width), style);
            y += 1;
        }
        for (row, y) in self.rows.iter().zip(y..area.bottom()) {
            self.paint_row(ui, *row, Rect { y, height: 1, ..area }, buf);
        }
    }

    fn paint_row(&self, ui: &Ui, row: Row, area: Rect, buf: &mut Buffer) {
        let (theme, glyphs) = (&ui.config.theme, ui.glyphs());
        let Row::Line(spot) = row else {
            let line = format!("  -- {} --", dropped_words(self.ring.dropped()));
            let style = theme.style(Scope::Warning);
            buf.set_stringn(area.x, area.y, line, usize::from(area.width), style);
            return;
        };
        let Some(laid) = self.laid.get(&spot.line) else { return };
        let here = self.cursor() == Some(spot.line);
        let marked = self.marked.contains(&spot.line);
        if here {
            buf.set_style(area, theme.style(Scope::YamlLine));
        }
        if spot.row == 0 {
            let (sign, scope) = match (marked, here) {
                (true, _) => (glyphs.mark, Scope::RowMarked),
                (false, true) => (glyphs.selected, Scope::YamlGutter),
                (false, false) => (" ", Scope::Text),
            };
            buf.set_stringn(area.x, area.y, sign, 1, theme.style(scope));
        }
        let mut x = area.x + 2;
        let head_end = (x + u16::try_from(laid.head_width).unwrap_or(u16::MAX)).min(area.right());
        for (text, tint) in laid.head.iter().filter(|_| spot.row == 0) {
            if x >= head_end {
                break;
            }
            let style = foreground(ui, *tint, here);
            x = buf.set_stringn(x, area.y, text, usize::from(head_end - x), style).0;
        }
        let x = head_end;
        let room = usize::from(area.right().saturating_sub(x));
        let (from, blank) = if self.wrap {
            (laid.starts.get(spot.row).copied().unwrap_or(0), 0)
        } else {
            scrolled(&laid.text, self.left)
        };
        let window = &laid.text[from..];
        // Cutting first keeps the rest of a huge line out of it.
        let near = (0..=(room * 32).min(window.len()))
            .rev()
            .find(|at| window.is_char_boundary(*at))
            .unwrap_or(0);
        let (shown, _) = truncate(&window[..near], room.saturating_sub(blank));
        let end = match laid.starts.get(spot.row + 1) {
            Some(next) if self.wrap => from + shown.len().min(next - from),
            _ => from + shown.len(),
        };
        let mut x = x + u16::try_from(blank).unwrap_or(0);
        let mut at = from;
        let mut next = laid.tints.partition_point(|(begin, _)| *begin <= from);
        while at < end && x < area.right() {
            let tint = next.checked_sub(1).map(|held| laid.tints[held].1);
            let stop = laid.tints.get(next).map_or(end, |(begin, _)| (*begin).min(end));
            let style = tint.map_or(Style::new(), |tint| foreground(ui, tint, here));
            let room = usize::from(area.right() - x);
            x = buf.set_stringn(x, area.y, &laid.text[at..stop], room, style).0;
            at = stop;
            next += 1;
        }
        if !self.wrap && room > 0 && (end < laid.text.len() || self.is_cut(spot.line, laid.taken)) {
            let style = theme.style(Scope::TextDim);
            buf.set_stringn(area.right().saturating_sub(1), area.y, glyphs.more, 1, style);
        }
        let shown = &laid.text[from..end];
        self.mark_matches(ui, shown, here, Rect { x: head_end, ..area }, blank, buf);
    }

    fn is_cut(&self, number: u64, taken: usize) -> bool {
        self.ring.line(number).is_some_and(|line| taken < line.text.len())
    }

    fn mark_matches(
        &self,
        ui: &Ui,
        shown: &str,
        here: bool,
        area: Rect,
        blank: usize,
        buf: &mut Buffer,
    ) {
        let theme = &ui.config.theme;
        let loud = if here { Scope::MatchCurrent } else { Scope::Match };
        for (filter, scope) in [(self.sift.filter(), Scope::Match), (self.hunt.filter(), loud)] {
            for range in filter.marks(shown) {
                let begin = blank + crate::text::width::width(&shown[..range.start]);
                let cells = crate::text::width::width(&shown[range]);
                let x = area.x.saturating_add(u16::try_from(begin).unwrap_or(u16::MAX));
                let cells = u16::try_from(cells).unwrap_or(u16::MAX);
                for x in x..x.saturating_add(cells).min(area.x + (buf.area.right() - area.x)) {
                    if let Some(cell) = buf.cell_mut((x, area.y)) {
                        cell.set_style(theme.style(scope));
                    }
                }
            }
        }
    }

    /// Why there are no lines, and what to do about it.
    fn nothing(&self, ui: &Ui) -> Vec<(String, Style)> {
        let theme = &ui.config.theme;
        let (text, dim) = (theme.style(Scope::Text), theme.style(Scope::TextDim));
        let glyphs = ui.glyphs();
        let mut lines = Vec::new();
        let held = self.ring.lines();
        if held > 0 && self.sift.is_done() {
            lines.push((format!("none of the {held} lines passes"), text));
            let filter = format!("filter /{}", self.sift.filter().text());
            lines.push((filter, theme.style(Scope::Match)));
            lines.push((format!("{} clears the filter", ui.key_to(Command::Escape)), dim));
            return lines;
        }
        if held > 0 {
            lines.push((format!("{} looking through {held} lines", glyphs.busy), text));
            return lines;
        }
        match (&self.state, &self.trouble) {
            (_, Some(fault)) => {
                lines.push((fault.what.clone(), theme.style(Scope::Warning)));
                lines.push((fault.why.clone(), text));
                lines.push((fault.hint.clone(), dim));
            }
            (State::Reading, None) => {
                lines.push((
                    format!("{} waiting for lines {}", glyphs.connecting, glyphs.more),
                    text,
                ));
            }
            (State::Complete | State::Ended(_), None) => {
                lines.push(("there are no lines here".to_owned(), text));
                let head = ui.key_to(Command::LogHead);
                let previous = ui.key_to(Command::LogInstance);
                let ways =
                    format!("{head} reads from the beginning, {previous} the instance before");
                lines.push((ways, dim));
            }
        }
        for source in &self.sources {
            if let Some(why) = source.ended.as_ref().filter(|why| !why.is_empty()) {
                let line = format!("{} {}: {why}", source.of.pod, source.of.container);
                lines.push((ansi::plain(line.as_bytes()), text));
            }
        }
        lines
    }
}

/// The style of a stretch; on the selected line its background stays.
fn foreground(ui: &Ui, tint: Tint, here: bool) -> Style {
    let theme = &ui.config.theme;
    let style = match tint {
        Tint::Scope(scope) => theme.style(scope),
        Tint::Tone(tone) => theme.tone(tone),
        Tint::Look(look) => return look_style(ui, look),
    };
    if here { Style { bg: None, ..style } } else { style }
}

/// A line's own colours, as far as the terminal has colours at all.
fn look_style(ui: &Ui, look: ansi::Look) -> Style {
    let depth = ui.config.theme.depth();
    let colour = |colour: ansi::Color| match colour {
        ansi::Color::Indexed(index) => depth.nearest(Color::Indexed(index)),
        ansi::Color::Rgb(r, g, b) => depth.nearest(Color::Rgb(r, g, b)),
    };
    let mut style = Style::new();
    if depth != crate::ui::palette::ColorDepth::Mono {
        style.fg = look.fg.map(colour);
        style.bg = look.bg.map(colour);
    }
    for (on, modifier) in [
        (look.bold, Modifier::BOLD),
        (look.dim, Modifier::DIM),
        (look.italic, Modifier::ITALIC),
        (look.underline, Modifier::UNDERLINED),
        (look.reverse, Modifier::REVERSED),
    ] {
        if on {
            style = style.add_modifier(modifier);
        }
    }
    style
}
