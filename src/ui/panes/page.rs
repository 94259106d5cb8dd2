//! Lines to walk through, for panes that are pages: columns, parts, a filter, and where each leads.
//!
//! A pane makes its lines anew whenever what it tells has changed; the cursor stays on the line it
//! was on. Lines with hidden values are wiped when they go.

use crate::model::{Text, Tone};
use crate::relations::ObjectId;
use crate::text::sanitise;
use crate::text::width::{truncate, width};
use crate::ui::theme::{Scope as Look, Theme};
use crate::ui::{Ui, widgets::frame};
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::{Modifier, Style};
use std::hash::{DefaultHasher, Hash, Hasher};
use zeroize::Zeroize;

/// Widest that a column but the last one gets.
const MAX_COLUMN: usize = 48;

/// One line.
#[derive(Default)]
pub struct Line {
    /// Steps to the right.
    pub depth: usize,
    /// Its columns, each with its tone.
    pub cells: Vec<(String, Tone)>,
    /// Where Enter goes.
    pub to: Option<ObjectId>,
    /// It begins a part of the page.
    pub heading: bool,
    /// It shows a value that must not stay in memory.
    pub hidden: bool,
    /// What the pane knows it by.
    pub id: Text,
}

impl Line {
    /// A heading.
    pub fn heading(words: impl Into<String>) -> Self {
        let mut line = Self::words(0, words, Tone::Plain);
        line.heading = true;
        line
    }

    /// A line of these columns, this far to the right.
    pub fn of<'a>(depth: usize, cells: impl IntoIterator<Item = (&'a str, Tone)>) -> Self {
        let cells = cells.into_iter().map(|(text, tone)| (text.to_owned(), tone)).collect();
        let mut line = Self::default();
        (line.depth, line.cells) = (depth, cells);
        line
    }

    /// A line of one column.
    pub fn words(depth: usize, words: impl Into<String>, tone: Tone) -> Self {
        let mut line = Self::default();
        (line.depth, line.cells) = (depth, vec![(words.into(), tone)]);
        line
    }

    /// It leads there.
    pub fn to(self, to: ObjectId) -> Self {
        self.maybe_to(Some(to))
    }

    /// It leads there, if anywhere.
    pub fn maybe_to(mut self, to: Option<ObjectId>) -> Self {
        self.to = to;
        self
    }

    /// The pane knows it by this.
    pub fn known_as(mut self, id: impl Into<Text>) -> Self {
        self.id = id.into();
        self
    }

    fn place(&self) -> u64 {
        let mut hasher = DefaultHasher::new();
        (self.depth, &self.to, &self.id).hash(&mut hasher);
        if self.id.is_empty() {
            self.cells.first().map(|(text, _)| text).hash(&mut hasher);
        }
        hasher.finish()
    }

    fn matches(&self, words: &[String]) -> bool {
        let text: String = self.cells.iter().map(|(text, _)| text.to_lowercase() + " ").collect();
        words.iter().all(|word| text.contains(word))
    }
}

impl Drop for Line {
    fn drop(&mut self) {
        if self.hidden {
            self.cells.iter_mut().for_each(|(text, _)| text.zeroize());
        }
    }
}

impl std::fmt::Debug for Line {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        if self.hidden {
            return f.write_str(crate::text::mask::MASK);
        }
        f.debug_list().entries(self.cells.iter().map(|(text, _)| text)).finish()
    }
}

/// Lines, which of them are on screen, and the selected one.
#[derive(Debug, Default)]
pub struct Page {
    lines: Vec<Line>,
    /// Places of each line, numbered where two are alike.
    places: Vec<u64>,
    shown: Vec<usize>,
    filter: String,
    cursor: usize,
    selected: Option<u64>,
    /// Somebody has moved the cursor: until then it stays at the top, whatever arrives.
    moved: bool,
    top: usize,
    height: usize,
}

impl Page {
    /// Takes new lines; the cursor stays on the line it was on, where that is still there.
    pub fn set(&mut self, lines: Vec<Line>) {
        let mut seen: std::collections::HashMap<u64, u64> = std::collections::HashMap::new();
        self.places = lines
            .iter()
            .map(|line| {
                let place = line.place();
                let nth = seen.entry(place).or_default();
                *nth += 1;
                place.wrapping_add(*nth - 1)
            })
            .collect();
        self.lines = lines;
        self.choose();
    }

    /// Drops the lines with hidden values; the cursor goes to what stood above them.
    pub fn drop_hidden(&mut self) {
        if self.current().is_some_and(|line| line.hidden)
            && let Some(id) = self.current_id().cloned()
        {
            self.select(&id);
        }
        let mut lines = std::mem::take(&mut self.lines);
        lines.retain(|line| !line.hidden);
        self.set(lines);
    }

    /// The words of its filter.
    pub fn filter(&self) -> &str {
        &self.filter
    }

    /// The filter as a piece of the frame's title; None without one.
    pub fn filter_title(&self, theme: &Theme) -> Option<(String, Style)> {
        (!self.filter.is_empty()).then(|| (format!(" /{}", self.filter), theme.style(Look::Match)))
    }

    /// Shows all lines again; false where all were shown.
    pub fn clear_filter(&mut self) -> bool {
        let filtered = !self.filter.is_empty();
        self.set_filter("");
        filtered
    }

    /// Shows only lines with these words, and the headings above them.
    pub fn set_filter(&mut self, words: &str) {
        words.clone_into(&mut self.filter);
        self.choose();
    }

    fn choose(&mut self) {
        let words: Vec<String> = self.filter.split_whitespace().map(str::to_lowercase).collect();
        let lines = &self.lines;
        let depth = |at: usize| if lines[at].heading { 0 } else { lines[at].depth + 1 };
        let matches = |at: usize| words.is_empty() || lines[at].matches(&words);
        self.shown = super::sift::sift(lines.len(), depth, matches);
        let known = self.selected.filter(|_| self.moved).and_then(|place| {
            self.shown.iter().position(|at| self.places.get(*at) == Some(&place))
        });
        self.cursor = known
            .unwrap_or(if self.moved { self.cursor } else { 0 })
            .min(self.shown.len().saturating_sub(1));
        self.selected = self.place();
    }

    fn place(&self) -> Option<u64> {
        self.places.get(*self.shown.get(self.cursor)?).copied()
    }

    /// The selected line.
    pub fn current(&self) -> Option<&Line> {
        self.lines.get(*self.shown.get(self.cursor)?)
    }

    /// The line that stands above the selected one and is known by something, or itself.
    pub fn current_id(&self) -> Option<&Text> {
        let at = *self.shown.get(self.cursor)?;
        let own = self.lines[..=at].iter().rev().find(|line| !line.id.is_empty() || line.heading);
        own.map(|line| &line.id).filter(|id| !id.is_empty())
    }

    /// Puts the cursor on the line that is known by this.
    pub fn select(&mut self, id: &str) {
        if let Some(at) = self.shown.iter().position(|at| self.lines[*at].id == id) {
            self.cursor = at;
            self.selected = self.place();
            self.moved = true;
        }
    }

    /// How many lines are on screen or would be with more room.
    pub fn len(&self) -> usize {
        self.shown.len()
    }

    /// Whether no line is shown.
    pub fn is_empty(&self) -> bool {
        self.shown.is_empty()
    }

    /// Whether the page has more than one part.
    pub fn has_parts(&self) -> bool {
        self.lines.iter().filter(|line| line.heading).count() > 1
    }

    /// Fits into an area.
    pub fn settle(&mut self, area: Rect) {
        self.height = usize::from(area.height).max(1);
        self.top = self.top.min(self.shown.len().saturating_sub(self.height));
        if self.cursor < self.top {
            self.top = self.cursor;
        } else if self.cursor >= self.top + self.height {
            self.top = self.cursor + 1 - self.height;
        }
        // The heading above the first line comes with it.
        if self.cursor == 1 && self.top == 1 {
            self.top = 0;
        }
    }

    /// Moves the cursor.
    pub fn step(&mut self, lines: isize) {
        let last = self.shown.len().saturating_sub(1);
        self.cursor = self.cursor.saturating_add_signed(lines).min(last);
        self.selected = self.place();
        self.moved = true;
    }

    /// Goes to the next heading, or the one before; round at the ends.
    pub fn part(&mut self, forward: bool) {
        let headings: Vec<usize> =
            (0..self.shown.len()).filter(|at| self.lines[self.shown[*at]].heading).collect();
        let next = if forward {
            headings.iter().find(|at| **at > self.cursor).or(headings.first())
        } else {
            headings.iter().rev().find(|at| **at < self.cursor).or(headings.last())
        };
        if let Some(at) = next {
            self.cursor = *at;
            self.selected = self.place();
            self.moved = true;
            // What the part says is worth seeing too.
            self.top = self.cursor.min(self.shown.len().saturating_sub(self.height));
        }
    }

    /// A click on a line of the screen: true where it was the selected one already.
    pub fn click(&mut self, row: u16) -> bool {
        let at = self.top + usize::from(row);
        let again = at == self.cursor;
        if at < self.shown.len() {
            self.cursor = at;
            self.selected = self.place();
            self.moved = true;
        }
        again
    }

    /// First line on screen, and how many there are.
    pub fn scroll(&self) -> (usize, usize) {
        (self.top, self.shown.len())
    }

    /// Draws the lines; `empty` where there are none.
    pub fn draw(&self, ui: &Ui, area: Rect, buf: &mut Buffer, empty: &str) {
        let (theme, glyphs) = (&ui.config.theme, ui.glyphs());
        if self.shown.is_empty() {
            let words = if self.filter.is_empty() { empty } else { "no line has these words" };
            let dim = theme.style(Look::TextDim);
            buf.set_stringn(area.x + 1, area.y, words, usize::from(area.width), dim);
            return;
        }
        let from = self.top.min(self.shown.len());
        let to = (from + usize::from(area.height)).min(self.shown.len());
        let widths = self.widths(from, to);
        for ((at, widths), y) in (from..to).zip(widths).zip(area.y..) {
            let line = &self.lines[self.shown[at]];
            let selected = at == self.cursor;
            let base = theme.style(if selected { Look::RowSelected } else { Look::Row });
            let place = Rect { y, height: 1, ..area };
            buf.set_style(place, base);
            let base = if line.heading {
                base.patch(theme.style(Look::HelpHeading)).add_modifier(Modifier::BOLD)
            } else {
                base
            };
            let marker = if selected { glyphs.selected } else { " " };
            let indent = " ".repeat(if line.heading { 0 } else { 1 + 2 * line.depth });
            let mut parts: Vec<(String, Style)> = vec![(marker.to_owned(), base), (indent, base)];
            for (i, (text, tone)) in line.cells.iter().enumerate() {
                let style = match tone {
                    Tone::Plain => base,
                    tone => base.patch(theme.tone(*tone)),
                };
                let last = i + 1 == line.cells.len();
                let room = if last { usize::MAX } else { widths.get(i).copied().unwrap_or(0) };
                let (cut, taken) = truncate(text, room);
                parts.push((cut.to_owned(), style));
                if !last {
                    parts.push((" ".repeat(room - taken + 2), base));
                }
            }
            let pieces: Vec<(&str, Style)> =
                parts.iter().map(|(text, style)| (text.as_str(), *style)).collect();
            frame::pieces(buf, place, &pieces);
            if line.hidden {
                parts.iter_mut().for_each(|(text, _)| text.zeroize());
            }
        }
    }

    /// Widths of the columns of each line on screen: lines of one depth between two headings share
    /// theirs.
    fn widths(&self, from: usize, to: usize) -> Vec<Vec<usize>> {
        let mut all: Vec<Vec<usize>> = vec![Vec::new(); to - from];
        let mut groups: Vec<(usize, Vec<usize>)> = Vec::new();
        let mut finish = |groups: &mut Vec<(usize, Vec<usize>)>, end: usize, begin: usize| {
            for at in begin..end {
                let line = &self.lines[self.shown[at]];
                if let Some((_, widths)) = groups.iter().find(|(depth, _)| *depth == line.depth) {
                    all[at - from].clone_from(widths);
                }
            }
            groups.clear();
        };
        let mut begin = from;
        for at in from..to {
            let line = &self.lines[self.shown[at]];
            if line.heading {
                finish(&mut groups, at, begin);
                begin = at;
                continue;
            }
            let place = groups.iter().position(|(depth, _)| *depth == line.depth);
            let place = place.unwrap_or_else(|| {
                groups.push((line.depth, Vec::new()));
                groups.len() - 1
            });
            let widths = &mut groups[place].1;
            let columns = line.cells.len().saturating_sub(1);
            for (i, (text, _)) in line.cells.iter().take(columns).enumerate() {
                let wide = width(text).min(MAX_COLUMN);
                match widths.get_mut(i) {
                    Some(known) => *known = (*known).max(wide),
                    None => widths.push(wide),
                }
            }
        }
        finish(&mut groups, to, begin);
        all
    }
}

/// Text from the cluster that was not sanitised on its way.
pub fn clean(text: &str) -> String {
    sanitise::clean(text).into_owned()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn page() -> Page {
        let mut page = Page::default();
        page.set(vec![
            Line::heading("fruit"),
            Line::words(0, "apple", Tone::Plain),
            Line::words(1, "red", Tone::Plain),
            Line::words(0, "pear", Tone::Plain),
            Line::heading("stones"),
            Line::words(0, "slate", Tone::Plain),
        ]);
        page
    }

    fn shown(page: &Page) -> Vec<&str> {
        page.shown.iter().map(|at| page.lines[*at].cells[0].0.as_str()).collect()
    }

    #[test]
    fn a_filter_keeps_what_stands_above_and_below() {
        let mut page = page();
        page.set_filter("red");
        assert_eq!(shown(&page), ["fruit", "apple", "red"]);
        page.set_filter("apple");
        assert_eq!(shown(&page), ["fruit", "apple", "red"]);
        page.set_filter("SLATE");
        assert_eq!(shown(&page), ["stones", "slate"]);
        page.set_filter("");
        assert_eq!(page.len(), 6);
    }

    #[test]
    fn the_cursor_stays_on_its_line_and_parts_go_round() {
        let mut page = page();
        page.step(3);
        page.set(vec![
            Line::heading("fruit"),
            Line::words(0, "banana", Tone::Plain),
            Line::words(0, "cherry", Tone::Plain),
            Line::words(0, "date", Tone::Plain),
            Line::words(0, "pear", Tone::Plain),
        ]);
        assert_eq!(page.current().unwrap().cells[0].0, "pear");
        let mut page = self::page();
        page.part(true);
        assert_eq!(page.current().unwrap().cells[0].0, "stones");
        page.part(true);
        assert_eq!(page.current().unwrap().cells[0].0, "fruit");
        page.part(false);
        assert_eq!(page.current().unwrap().cells[0].0, "stones");
    }

    #[test]
    fn a_hidden_line_is_not_in_any_debug_print() {
        let mut line = Line::words(0, "hunter2", Tone::Plain);
        line.hidden = true;
        assert!(!format!("{line:?}").contains("hunter2"));
    }
}
