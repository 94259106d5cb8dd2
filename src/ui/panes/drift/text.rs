//! The same comparison as text: side by side or unified, parts that are alike folded.

use crate::drift::ObjectDrift;
use crate::drift::sides::{Sides, texts};
use crate::model::{ClusterId, Text};
use crate::relations::ObjectId;
use crate::text::sanitise;
use crate::text::width::{scrolled, truncate};
use crate::ui::Ui;
use crate::ui::panes::page::clean;
use crate::ui::theme::Scope as Look;
use crate::ui::widgets::frame::pieces;
use crate::ui::widgets::text::{highlight, spans};
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::{Modifier, Style};
use std::collections::BTreeSet;

/// Lines shown around each change.
const AROUND: usize = 3;
/// Bytes of a line that one cell may take, for cutting lines that nobody scrolls through.
const BYTES: usize = 16;

/// One object in the text.
#[derive(Debug)]
struct Section {
    title: String,
    /// For files.
    name: String,
    sides: Sides,
}

/// What a line of the pane shows: numbers of sections and of lines in them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Line {
    Heading(usize),
    /// Alike on both sides.
    Same(usize, usize, usize),
    /// In each other's place: what was deployed, what is there.
    Pair(usize, Option<usize>, Option<usize>),
    /// Alike and folded away: section, run, how many.
    Fold(usize, usize, usize),
}

/// What the text was made of: object, version, differences, noise.
type Print = Vec<(ClusterId, ObjectId, Text, usize, bool)>;

/// The text.
#[derive(Debug, Default)]
pub struct TextView {
    /// The one object it is about; None for all that differ.
    pub of: Option<(ClusterId, ObjectId)>,
    print: Print,
    sections: Vec<Section>,
    lines: Vec<Line>,
    /// One text with signs in place of two beside each other.
    pub unified: bool,
    /// Nothing is folded.
    pub whole: bool,
    opened: BTreeSet<(usize, usize)>,
    /// The first change is gone to as soon as there is one.
    begins: bool,
    cursor: usize,
    top: usize,
    height: usize,
    left: usize,
    /// What is searched for, in lower case; empty for nothing.
    pub needle: String,
    /// The lines with what was searched for last: a long text is searched through once.
    hits: Option<(String, Vec<usize>)>,
}

impl TextView {
    /// Of one object, or of all that differ.
    pub fn new(of: Option<(ClusterId, ObjectId)>, unified: bool) -> Self {
        // Of one object people want to see all of it.
        let whole = of.is_some();
        Self { of, unified, whole, ..Self::default() }
    }

    /// Brings it up to date with what was found. True when something on screen may have changed.
    pub fn take<'o>(
        &mut self,
        objects: impl Iterator<Item = (ClusterId, &'o ObjectDrift)>,
        noise: bool,
    ) -> bool {
        let own = |cluster: ClusterId, one: &ObjectDrift| {
            self.of.as_ref().is_none_or(|(on, id)| *on == cluster && *id == one.id)
        };
        let objects: Vec<_> = objects
            .filter(|(cluster, one)| own(*cluster, one))
            .filter(|(_, one)| one.live.is_some() || one.desired.is_some())
            .collect();
        let print: Print = objects
            .iter()
            .map(|(on, one)| (*on, one.id.clone(), one.version.clone(), one.fields.len(), noise))
            .collect();
        if print == self.print && !self.sections.is_empty() {
            return false;
        }
        // Folds that were opened belong to other lines now.
        self.opened.clear();
        self.print = print;
        self.sections = objects
            .into_iter()
            .filter_map(|(_, one)| {
                let (was, is) = texts(one, noise)?;
                let title = match one.id.namespace.as_str() {
                    "" => clean(&one.id.to_string()),
                    namespace => format!("{} in {}", clean(&one.id.to_string()), clean(namespace)),
                };
                let name = clean(&one.id.to_string());
                Some(Section { title, name, sides: Sides::of(&was, &is) })
            })
            .collect();
        self.lay();
        if std::mem::take(&mut self.begins) && !self.lines.is_empty() {
            self.change(true);
            // With the lines above it.
            self.top = self.cursor.saturating_sub(AROUND);
        }
        true
    }

    /// The cursor begins on the first change.
    pub fn begins_at_change(&mut self) {
        self.begins = true;
    }

    /// Makes the lines anew; the cursor stays on the line it was on, where that is still there.
    fn lay(&mut self) {
        let here = self.lines.get(self.cursor).copied();
        let mut lines = Vec::new();
        let headings = self.sections.len() > 1;
        for (at, section) in self.sections.iter().enumerate() {
            if headings {
                lines.push(Line::Heading(at));
            }
            let runs = &section.sides.runs;
            for (number, run) in runs.iter().enumerate() {
                if !run.same {
                    self.lay_change(at, run.desired.clone(), run.live.clone(), &mut lines);
                    continue;
                }
                let n = run.desired.len();
                let before = if number == 0 { 0 } else { AROUND };
                let after = if number + 1 == runs.len() { 0 } else { AROUND };
                let same = |i: usize| Line::Same(at, run.desired.start + i, run.live.start + i);
                let open = self.whole || self.opened.contains(&(at, number));
                if open || n <= before + after + 1 {
                    lines.extend((0..n).map(same));
                    continue;
                }
                lines.extend((0..before).map(same));
                lines.push(Line::Fold(at, number, n - before - after));
                lines.extend((n - after..n).map(same));
            }
        }
        self.lines = lines;
        self.hits = None;
        let found = here.and_then(|line| self.lines.iter().position(|other| *other == line));
        self.go(found.unwrap_or(self.cursor));
    }

    fn lay_change(
        &self,
        at: usize,
        desired: std::ops::Range<usize>,
        live: std::ops::Range<usize>,
        lines: &mut Vec<Line>,
    ) {
        if self.unified {
            lines.extend(desired.map(|was| Line::Pair(at, Some(was), None)));
            lines.extend(live.map(|is| Line::Pair(at, None, Some(is))));
            return;
        }
        for i in 0..desired.len().max(live.len()) {
            let was = (i < desired.len()).then_some(desired.start + i);
            let is = (i < live.len()).then_some(live.start + i);
            lines.push(Line::Pair(at, was, is));
        }
    }

    /// Beside each other or in one.
    pub fn turn(&mut self) {
        self.unified = !self.unified;
        self.lay();
    }

    /// Shows all lines, or folds again what is alike.
    pub fn toggle_all(&mut self) {
        self.whole = !self.whole;
        self.opened.clear();
        self.lay();
    }

    /// What is alike around the cursor is shown, or folded again; false where nothing is.
    pub fn toggle(&mut self) -> bool {
        match self.lines.get(self.cursor) {
            Some(Line::Fold(at, run, _)) => {
                self.opened.insert((*at, *run));
            }
            Some(Line::Same(at, was, _)) => {
                let (at, was) = (*at, *was);
                let runs = &self.sections[at].sides.runs;
                let number = runs.iter().position(|run| run.same && run.desired.contains(&was));
                if !number.is_some_and(|number| self.opened.remove(&(at, number))) {
                    return false;
                }
            }
            _ => return false,
        }
        self.lay();
        true
    }

    /// Moves the cursor.
    pub fn step(&mut self, by: isize) {
        self.go(self.cursor.saturating_add_signed(by));
    }

    fn go(&mut self, at: usize) {
        self.cursor = at.min(self.lines.len().saturating_sub(1));
    }

    /// Scrolls to the side.
    pub fn shift(&mut self, by: isize) {
        self.left = self.left.saturating_add_signed(by);
    }

    /// Goes to the next change, or the one before.
    pub fn change(&mut self, forward: bool) -> bool {
        let is = |at: &usize| {
            let changed = |at: usize| matches!(self.lines.get(at), Some(Line::Pair(..)));
            changed(*at) && !at.checked_sub(1).is_some_and(changed)
        };
        let found = match forward {
            true => (self.cursor + 1..self.lines.len()).find(is),
            false => (0..self.cursor).rev().find(is),
        };
        if let Some(at) = found {
            self.go(at);
        }
        found.is_some()
    }

    /// Goes to the next line with what is searched for, or the one before; round at the ends. Returns
    /// which of how many it is; None where there is none.
    pub fn find(&mut self, forward: bool, from_here: bool) -> Option<(usize, usize)> {
        if self.needle.is_empty() {
            return None;
        }
        if self.hits.as_ref().is_none_or(|(of, _)| *of != self.needle) {
            self.hits = Some((self.needle.clone(), self.lines_with(&self.needle)));
        }
        let (_, hits) = self.hits.as_ref()?;
        let which = match forward {
            true => hits
                .iter()
                .position(|hit| *hit > self.cursor || (from_here && *hit == self.cursor))
                .or((!hits.is_empty()).then_some(0)),
            false => hits.iter().rposition(|hit| *hit < self.cursor).or(hits.len().checked_sub(1)),
        }?;
        let (at, of) = (hits[which], hits.len());
        self.go(at);
        Some((which + 1, of))
    }

    /// The lines with this in them, which is in lower case.
    fn lines_with(&self, needle: &str) -> Vec<usize> {
        let has = |line: &Line| {
            let sides = |at: usize| &self.sections[at].sides;
            let with = |text: &String| text.to_lowercase().contains(needle);
            match *line {
                Line::Heading(at) => with(&self.sections[at].title),
                Line::Same(at, was, _) => with(&sides(at).desired[was]),
                Line::Pair(at, was, is) => {
                    was.is_some_and(|was| with(&sides(at).desired[was]))
                        || is.is_some_and(|is| with(&sides(at).live[is]))
                }
                Line::Fold(..) => false,
            }
        };
        (0..self.lines.len()).filter(|at| has(&self.lines[*at])).collect()
    }

    /// As a unified difference, for pasting.
    pub fn unified_text(&self) -> String {
        self.sections.iter().map(|one| one.sides.unified(&one.name, AROUND)).collect()
    }

    /// Fits into a window.
    pub fn settle(&mut self, height: u16) {
        self.height = usize::from(height).max(1);
        self.top = self.top.min(self.lines.len().saturating_sub(self.height));
        if self.cursor < self.top {
            self.top = self.cursor;
        } else if self.cursor >= self.top + self.height {
            self.top = self.cursor + 1 - self.height;
        }
    }

    /// First line on screen, and how many there are.
    pub fn scroll(&self) -> (usize, usize) {
        (self.top, self.lines.len())
    }

    /// Puts the cursor on a line of the window.
    pub fn click(&mut self, row: usize) {
        if self.top + row < self.lines.len() {
            self.go(self.top + row);
        }
    }

    /// Draws the window.
    pub fn draw(&self, ui: &Ui, area: Rect, buf: &mut Buffer) {
        let theme = &ui.config.theme;
        if self.lines.is_empty() {
            let words = match &self.of {
                Some(_) => "nothing of it differs",
                None => "nothing differs",
            };
            let dim = theme.style(Look::TextDim);
            buf.set_stringn(area.x + 1, area.y, words, usize::from(area.width), dim);
            return;
        }
        let window = self.lines.iter().enumerate().skip(self.top);
        for ((at, line), y) in window.zip(area.y..area.bottom()) {
            let place = Rect { y, height: 1, ..area };
            let here = at == self.cursor;
            if here {
                buf.set_style(place, theme.style(Look::YamlLine));
                let style = theme.style(Look::YamlGutter);
                buf.set_stringn(place.x, y, ui.glyphs().selected, 1, style);
            }
            let inner = Rect { x: place.x + 1, width: place.width.saturating_sub(1), ..place };
            self.draw_line(ui, *line, inner, here, buf);
            if !self.needle.is_empty() {
                let look = if here { Look::MatchCurrent } else { Look::Match };
                highlight(buf, place, y, &self.needle, theme.style(look));
            }
        }
    }

    fn draw_line(&self, ui: &Ui, line: Line, area: Rect, here: bool, buf: &mut Buffer) {
        let theme = &ui.config.theme;
        match line {
            Line::Heading(at) => {
                let style = theme.style(Look::DiffHunk).add_modifier(Modifier::BOLD);
                pieces(buf, area, &[(&self.sections[at].title, style)]);
            }
            Line::Fold(_, _, n) => {
                let words = format!("  {} {n} lines are alike", ui.glyphs().more);
                pieces(buf, area, &[(&words, theme.style(Look::YamlComment))]);
            }
            Line::Same(at, was, is) => {
                let sides = &self.sections[at].sides;
                let (left, right) = halves(area);
                let styled = |text: &str| -> Vec<(String, Style)> {
                    let parts = spans(text, theme).into_iter();
                    parts.map(|(text, style)| (text.to_owned(), style)).collect()
                };
                let draw = |text: &str, area: Rect, buf: &mut Buffer| {
                    let text = self.cut(text, area.width);
                    self.draw_text("  ", Style::new(), &styled(&text), area, here, ui, buf);
                };
                if self.unified {
                    draw(&sides.live[is], area, buf);
                } else {
                    draw(&sides.desired[was], left, buf);
                    draw(&sides.live[is], right, buf);
                    divide(ui, left, buf);
                }
            }
            Line::Pair(at, was, is) => {
                let sides = &self.sections[at].sides;
                let was = was.map(|was| self.cut(&sides.desired[was], area.width));
                let is = is.map(|is| self.cut(&sides.live[is], area.width));
                let (removed, added) =
                    (theme.style(Look::DiffRemoved), theme.style(Look::DiffAdded));
                let changed = theme.style(Look::DiffChanged);
                // The part of a line that differs, where the other one is beside it.
                let (head, tail) = match (&was, &is) {
                    (Some(was), Some(is)) => common(was, is),
                    _ => (0, 0),
                };
                let parts = |text: &str, style: Style| -> Vec<(String, Style)> {
                    let end = text.len() - tail;
                    if head == 0 && tail == 0 {
                        return vec![(text.to_owned(), style)];
                    }
                    vec![
                        (text[..head].to_owned(), style),
                        (text[head..end].to_owned(), style.patch(changed)),
                        (text[end..].to_owned(), style),
                    ]
                };
                let (left, right) = if self.unified { (area, area) } else { halves(area) };
                if let Some(was) = &was {
                    self.draw_text("- ", removed, &parts(was, removed), left, here, ui, buf);
                }
                if let Some(is) = &is {
                    self.draw_text("+ ", added, &parts(is, added), right, here, ui, buf);
                }
                if !self.unified {
                    divide(ui, left, buf);
                }
            }
        }
    }

    /// What of a line can be on screen, fit to be drawn.
    fn cut(&self, text: &str, wide: u16) -> String {
        let mut end = text.len().min(BYTES * (self.left + usize::from(wide) + 1));
        while !text.is_char_boundary(end) {
            end -= 1;
        }
        sanitise::clean(&text[..end].replace('\t', "    ")).into_owned()
    }

    fn draw_text(
        &self,
        sign: &str,
        sign_style: Style,
        parts: &[(String, Style)],
        area: Rect,
        here: bool,
        ui: &Ui,
        buf: &mut Buffer,
    ) {
        let line = ui.config.theme.style(Look::YamlLine);
        let on = |style: Style| if here { line.patch(style) } else { style };
        let (mut x, _) =
            buf.set_stringn(area.x, area.y, sign, usize::from(area.width), on(sign_style));
        let mut skip = self.left;
        for (text, style) in parts {
            if x >= area.right() {
                break;
            }
            let wide = crate::text::width::width(text);
            if wide <= skip {
                skip -= wide;
                continue;
            }
            let (from, blank) = scrolled(text, skip);
            skip = 0;
            x += u16::try_from(blank).unwrap_or(0);
            let room = usize::from(area.right().saturating_sub(x));
            let (shown, _) = truncate(&text[from..], room);
            (x, _) = buf.set_stringn(x, area.y, shown, room, on(*style));
        }
    }
}

/// The left and the right half of a line, with a place for the divider between them.
fn halves(area: Rect) -> (Rect, Rect) {
    let left = area.width.saturating_sub(3) / 2;
    let from = area.x + left + 3;
    (
        Rect { width: left, ..area },
        Rect { x: from, width: area.right().saturating_sub(from), ..area },
    )
}

fn divide(ui: &Ui, left: Rect, buf: &mut Buffer) {
    let sign = if ui.config.settings.ascii { "|" } else { "│" };
    let style = ui.config.theme.style(Look::Border);
    buf.set_stringn(left.right() + 1, left.y, sign, 1, style);
}

/// Bytes at the beginning and at the end that two lines share.
fn common(a: &str, b: &str) -> (usize, usize) {
    let head: usize =
        a.chars().zip(b.chars()).take_while(|(a, b)| a == b).map(|(a, _)| a.len_utf8()).sum();
    let (rest_a, rest_b) = (&a[head..], &b[head..]);
    let ends = rest_a.chars().rev().zip(rest_b.chars().rev());
    let tail = ends.take_while(|(a, b)| a == b).map(|(a, _)| a.len_utf8()).sum();
    (head, tail)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_two_lines_share_is_found_from_both_ends() {
        assert_eq!(common("  image: a:1.4", "  image: a:1.5"), (13, 0));
        assert_eq!(common("replicas: 3 x", "replicas: 55 x"), (10, 2));
        assert_eq!(common("ä1", "ä1"), (3, 0));
        assert_eq!(common("", "x"), (0, 0));
    }
}
