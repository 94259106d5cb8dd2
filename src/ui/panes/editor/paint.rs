//! Draws the text with line numbers, and under each marked line what is wrong with it.

use super::EditorPane;
use crate::text::width::width;
use crate::ui::Ui;
use crate::ui::edits::Edit;
use crate::ui::theme::Scope;
use crate::ui::widgets::picture::wrapped;
use crate::ui::widgets::text::spans;
use crate::verbs::edit::Mark;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;

/// Rows that the line about the whole text may take.
const BANNER: usize = 3;

/// As it may be drawn: one character for each, none that a terminal obeys.
fn drawable(line: &str) -> String {
    let harmless = |c: char| match c {
        '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{200e}' | '\u{200f}' => '\u{fffd}',
        '\t' => ' ',
        c if c.is_control() => '\u{fffd}',
        c => c,
    };
    line.chars().map(harmless).collect()
}

/// Columns of the first `count` characters.
fn columns(line: &str, count: usize) -> usize {
    line.chars().take(count).map(|c| width(c.encode_utf8(&mut [0; 4]))).sum()
}

impl EditorPane {
    fn gutter(&self) -> usize {
        self.area.lines().len().to_string().len() + 2
    }

    fn banner(&self, ui: &Ui, room: usize) -> Vec<String> {
        let words = ui.edits.get(self.id).map_or("", |edit| edit.words.as_str());
        if words.is_empty() {
            return Vec::new();
        }
        wrapped(words, room.max(1)).into_iter().take(BANNER).collect()
    }

    fn marks<'u>(&self, ui: &'u Ui, line: usize) -> impl Iterator<Item = &'u Mark> {
        let marks = ui.edits.get(self.id).map_or(&[][..], |edit: &Edit| edit.marks.as_slice());
        // What is said about a line that is gone is said at the end.
        let last = self.area.lines().len().saturating_sub(1);
        marks.iter().filter(move |mark| mark.line.min(last) == line)
    }

    /// The rows that a line takes, with what is said about it.
    fn rows(&self, ui: &Ui, line: usize, room: usize) -> usize {
        1 + self.marks(ui, line).map(|mark| wrapped(&mark.text, room).len()).sum::<usize>()
    }

    /// Keeps the cursor on screen.
    pub(super) fn fit(&mut self, ui: &Ui, area: Rect) {
        let columns_room = usize::from(area.width).saturating_sub(self.gutter() + 1).max(1);
        let banner = self.banner(ui, usize::from(area.width).saturating_sub(2)).len();
        let rows_room = usize::from(area.height).saturating_sub(banner).max(1);
        self.room = (rows_room, columns_room);
        let (row, column) = self.cursor();
        self.top = self.top.min(row);
        let mut rows: usize = (self.top..=row).map(|line| self.rows(ui, line, columns_room)).sum();
        while rows > rows_room && self.top < row {
            rows -= self.rows(ui, self.top, columns_room);
            self.top += 1;
        }
        let line = self.area.lines().get(row).map(|line| drawable(line)).unwrap_or_default();
        let x = columns(&line, column);
        self.left = self.left.min(x);
        if x >= self.left + columns_room {
            self.left = x + 1 - columns_room;
        }
    }

    pub(super) fn paint(&self, ui: &Ui, area: Rect, buf: &mut Buffer) -> Option<(u16, u16)> {
        let theme = &ui.config.theme;
        let mut y = area.y;
        for line in self.banner(ui, usize::from(area.width).saturating_sub(2)) {
            let room = usize::from(area.width.saturating_sub(1));
            buf.set_stringn(area.x + 1, y, line, room, theme.style(Scope::Warning));
            y += 1;
        }
        let gutter = u16::try_from(self.gutter()).unwrap_or(4);
        let left = area.x + gutter;
        let room = self.room.1;
        let (row, column) = self.cursor();
        let mut place = None;
        for at in self.top..self.area.lines().len() {
            if y >= area.bottom() {
                break;
            }
            let number = format!("{:>w$}", at + 1, w = usize::from(gutter) - 2);
            let marked = self.marks(ui, at).next().is_some();
            let scope = if marked { Scope::Error } else { Scope::YamlGutter };
            let sign = if marked { "!" } else { " " };
            buf.set_stringn(area.x, y, sign, 1, theme.style(scope));
            buf.set_stringn(area.x + 1, y, number, usize::from(gutter), theme.style(scope));
            let line = Rect { x: left, y, width: area.right().saturating_sub(left), height: 1 };
            if at == row {
                buf.set_style(line, theme.style(Scope::YamlLine));
            }
            let text = drawable(&self.area.lines()[at]);
            self.line(ui, at, &text, line, buf);
            if at == row {
                let x = columns(&text, column).saturating_sub(self.left);
                let x = left + u16::try_from(x).unwrap_or(0);
                place = Some((x.min(area.right().saturating_sub(1)), y));
            }
            y += 1;
            for words in self.marks(ui, at).flat_map(|mark| wrapped(&mark.text, room)) {
                if y >= area.bottom() {
                    break;
                }
                buf.set_stringn(left, y, words, room, theme.style(Scope::Error));
                y += 1;
            }
        }
        place
    }

    /// One line of the text: in colours, with what is selected and what was found.
    fn line(&self, ui: &Ui, at: usize, text: &str, place: Rect, buf: &mut Buffer) {
        let theme = &ui.config.theme;
        let mut styles: Vec<Style> = Vec::new();
        for (piece, style) in spans(text, theme) {
            styles.extend(piece.chars().map(|_| style));
        }
        let mut over = |from: usize, to: usize, scope: Scope| {
            for style in styles.iter_mut().take(to).skip(from) {
                *style = style.patch(theme.style(scope));
            }
        };
        if let Some(needle) = &self.needle {
            for found in needle.find_iter(text) {
                let count = |at: usize| text[..at].chars().count();
                over(count(found.start()), count(found.end()), Scope::Match);
            }
        }
        if let Some(((r0, c0), (r1, c1))) = self.area.selection_range()
            && (r0..=r1).contains(&at)
        {
            let from = if at == r0 { c0 } else { 0 };
            let to = if at == r1 { c1 } else { usize::MAX };
            over(from, to, Scope::RowSelected);
        }
        let mut x = 0;
        for (c, style) in text.chars().zip(styles) {
            let mut bytes = [0; 4];
            let c = c.encode_utf8(&mut bytes);
            let wide = width(c);
            if x >= self.left {
                let at = place.x + u16::try_from(x - self.left).unwrap_or(u16::MAX - place.x);
                if at.saturating_add(u16::try_from(wide).unwrap_or(1)) > place.right() {
                    break;
                }
                buf.set_stringn(at, place.y, &*c, wide.max(1), style);
            }
            x += wide;
        }
    }
}
