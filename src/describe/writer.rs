//! Lines of cells, aligned like Go's `text/tabwriter` does it for kubectl (minimal width 0, padding
//! 2): a cell that a tab ends belongs to a column, and a column is as wide as the widest of the
//! cells that follow each other without a gap.

use super::node::Node;
use super::page::{Line, Page, Span, Target};
use super::words;
use crate::model::Tone;
use crate::text::{sanitise, width};
use jiff::tz::TimeZone;

/// Blanks between columns.
const PADDING: usize = 2;
/// What a tab within a text of the cluster is drawn as: it must not begin a column.
const TAB: &str = "    ";

/// What stands in one column of a line: text as it came, cleaned when it is laid out.
#[derive(Clone, Debug, Default)]
pub(super) struct Cell(Vec<Span>);

impl Cell {
    pub(super) fn toned(text: impl Into<String>, tone: Tone) -> Self {
        Self(vec![Span { text: text.into(), tone, ..Span::default() }])
    }

    /// A title or the name of a field.
    pub(super) fn label(text: impl Into<String>) -> Self {
        Self::toned(text, Tone::Dim)
    }

    /// Text that leads to an object, where that has a name.
    pub(super) fn link(text: impl Into<String>, to: Target) -> Self {
        let link = (!to.name.is_empty() && !to.kind.is_empty()).then_some(to);
        Self(vec![Span { text: text.into(), link, ..Span::default() }])
    }

    /// Text that kubectl does not have.
    pub(super) fn own(text: impl Into<String>) -> Self {
        Self(vec![Span { text: text.into(), own: true, ..Span::default() }])
    }

    #[must_use]
    pub(super) fn and(mut self, more: impl Into<Cell>) -> Self {
        self.0.extend(more.into().0);
        self
    }

    /// The same, as something that kubectl does not say.
    #[must_use]
    pub(super) fn ours(mut self) -> Self {
        for span in &mut self.0 {
            span.own = true;
        }
        self
    }
}

impl From<&str> for Cell {
    fn from(text: &str) -> Self {
        Self::toned(text, Tone::Plain)
    }
}

impl From<String> for Cell {
    fn from(text: String) -> Self {
        Self::toned(text, Tone::Plain)
    }
}

impl From<i64> for Cell {
    fn from(number: i64) -> Self {
        number.to_string().into()
    }
}

/// The lines written so far.
#[derive(Debug)]
pub(super) struct Out {
    rows: Vec<Vec<Vec<Span>>>,
    /// Rows before which alignment begins anew.
    breaks: Vec<usize>,
    /// Levels added to every line.
    base: usize,
    /// Where the reader's clock hangs.
    zone: TimeZone,
}

impl Out {
    /// Nothing yet, with moments written as clocks in this zone show them.
    pub(super) fn new(zone: TimeZone) -> Self {
        Self { rows: Vec::new(), breaks: Vec::new(), base: 0, zone }
    }

    /// See [`words::date`].
    pub(super) fn date(&self, moment: Node<'_>) -> String {
        words::date(moment, &self.zone)
    }

    /// See [`words::plain_date`].
    pub(super) fn plain_date(&self, moment: Node<'_>) -> String {
        words::plain_date(moment, &self.zone)
    }

    /// One line: cells with tabs between them, two blanks per level before the first.
    pub(super) fn row(&mut self, level: usize, cells: impl IntoIterator<Item = Cell>) {
        let indent = || Span { text: "  ".repeat(level + self.base), ..Span::default() };
        let mut row: Vec<Vec<Span>> = Vec::new();
        for (at, cell) in cells.into_iter().enumerate() {
            row.push(if at == 0 { vec![indent()] } else { Vec::new() });
            for span in cell.0 {
                for (n, part) in span.text.split('\n').enumerate() {
                    if n > 0 {
                        // What follows a line break stands under what was before it.
                        let mut next = vec![Vec::new(); at + 1];
                        if at == 0 {
                            next[0].push(indent());
                        }
                        self.rows.push(std::mem::replace(&mut row, next));
                    }
                    let text = sanitise::clean(&part.replace('\t', TAB)).into_owned();
                    if let (false, Some(cell)) = (text.is_empty(), row.last_mut()) {
                        cell.push(Span { text, ..span.clone() });
                    }
                }
            }
        }
        self.rows.push(row);
    }

    /// A line of one cell.
    pub(super) fn line(&mut self, level: usize, cell: impl Into<Cell>) {
        self.row(level, [cell.into()]);
    }

    /// `Name:` and what it is.
    pub(super) fn field(&mut self, level: usize, name: &str, value: impl Into<Cell>) {
        self.row(level, [Cell::label(format!("{name}:")), value.into()]);
    }

    /// `Name:` above what follows.
    pub(super) fn head(&mut self, level: usize, name: &str) {
        self.line(level, Cell::label(format!("{name}:")));
    }

    /// Titles of columns.
    pub(super) fn titles(&mut self, level: usize, titles: &[&str]) {
        self.row(level, titles.iter().map(|title| Cell::label(*title)));
    }

    /// Titles of columns with dashes below.
    pub(super) fn table(&mut self, level: usize, titles: &[&str]) {
        self.titles(level, titles);
        self.row(level, titles.iter().map(|title| Cell::label("-".repeat(title.len()))));
    }

    pub(super) fn blank(&mut self) {
        self.rows.push(Vec::new());
    }

    /// Alignment begins anew.
    pub(super) fn flush(&mut self) {
        self.breaks.push(self.rows.len());
    }

    /// Everything that `write` writes stands deeper.
    pub(super) fn nested(&mut self, levels: usize, write: impl FnOnce(&mut Self)) {
        self.base += levels;
        write(self);
        self.base -= levels;
    }

    /// Everything that `write` writes is what kubectl does not say.
    pub(super) fn own(&mut self, write: impl FnOnce(&mut Self)) {
        let from = self.rows.len();
        write(self);
        for span in self.rows.iter_mut().skip(from).flatten().flatten() {
            span.own = true;
        }
    }

    /// Lays the lines out.
    pub(super) fn page(self) -> Page {
        let Self { rows, breaks, .. } = self;
        let mut lines: Vec<Line> = Vec::with_capacity(rows.len());
        let mut from = 0;
        for to in breaks.into_iter().chain([rows.len()]) {
            if from < to {
                align(&rows[from..to], &mut Vec::new(), &mut lines);
                from = to;
            }
        }
        Page { lines }
    }
}

fn cells_wide(cell: &[Span]) -> usize {
    cell.iter().map(|span| width::width(&span.text)).sum()
}

/// tabwriter's `format`: the widths of the columns to the left are known; finds the blocks of the
/// next one, and in each those to its right.
fn align(rows: &[Vec<Vec<Span>>], widths: &mut Vec<usize>, lines: &mut Vec<Line>) {
    let column = widths.len();
    let within = |row: &Vec<Vec<Span>>| column + 1 < row.len();
    let (mut done, mut at) = (0, 0);
    while at < rows.len() {
        if !within(&rows[at]) {
            at += 1;
            continue;
        }
        lines.extend(rows[done..at].iter().map(|row| spread(row, widths)));
        let block = at + rows[at..].iter().take_while(|row| within(row)).count();
        let wide = rows[at..block].iter().map(|row| cells_wide(&row[column]) + PADDING).max();
        widths.push(wide.unwrap_or(0));
        align(&rows[at..block], widths, lines);
        widths.pop();
        (done, at) = (block, block);
    }
    lines.extend(rows[done..].iter().map(|row| spread(row, widths)));
}

/// One line with every cell as wide as its column.
fn spread(row: &[Vec<Span>], widths: &[usize]) -> Line {
    let mut spans: Vec<Span> = Vec::new();
    for (at, cell) in row.iter().enumerate() {
        spans.extend(cell.iter().filter(|span| !span.text.is_empty()).cloned());
        if let (true, Some(&wide)) = (at + 1 < row.len(), widths.get(at)) {
            let text = " ".repeat(wide.saturating_sub(cells_wide(cell)));
            spans.push(Span { text, ..Span::default() });
        }
    }
    while let Some(last) = spans.last_mut() {
        last.text.truncate(last.text.trim_end().len());
        if !last.text.is_empty() {
            break;
        }
        spans.pop();
    }
    Line { spans }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The same lines through Go's tabwriter.Init(out, 0, 8, 2, ' ', 0) look like this.
    #[test]
    fn columns_are_as_wide_as_neighbours_need() {
        let mut out = Out::new(TimeZone::UTC);
        out.field(0, "Name", "a");
        out.field(0, "Service Account", "b");
        out.head(0, "Containers");
        out.field(1, "Id", "x");
        out.row(1, ["long name:".into(), "y".into(), "z".into()]);
        out.row(1, ["l:".into(), "wider".into(), "zz".into()]);
        out.field(1, "Last", "w");
        let want = "Name:             a\n\
                    Service Account:  b\n\
                    Containers:\n\
                    \x20 Id:         x\n\
                    \x20 long name:  y      z\n\
                    \x20 l:          wider  zz\n\
                    \x20 Last:       w\n";
        assert_eq!(out.page().text(), want);
    }

    #[test]
    fn alignment_begins_anew_where_it_is_asked_to() {
        let mut out = Out::new(TimeZone::UTC);
        out.field(0, "A", "1");
        out.flush();
        out.field(0, "Longer", "2");
        assert_eq!(out.page().text(), "A:  1\nLonger:  2\n");
    }

    #[test]
    fn line_breaks_of_the_cluster_stay_in_their_column() {
        let mut out = Out::new(TimeZone::UTC);
        out.field(1, "Message", "one\ntwo\tx\n\u{1b}[2K");
        out.field(1, "M", "three");
        let want = "  Message:  one\n            two    x\n            ␛[2K\n  M:        three\n";
        assert_eq!(out.page().text(), want);
    }

    #[test]
    fn wide_letters_and_blank_ends_are_seen() {
        let mut out = Out::new(TimeZone::UTC);
        out.row(0, ["日本".into(), "x".into(), "".into()]);
        out.row(0, ["a".into(), "y".into(), "z  ".into()]);
        assert_eq!(out.page().text(), "日本  x\na     y  z\n");
    }

    #[test]
    fn what_is_ours_can_be_told_apart() {
        let mut out = Out::new(TimeZone::UTC);
        out.row(0, ["Ready".into(), Cell::own("3d"), "True".into()]);
        out.own(|out| out.field(0, "Held", "3d"));
        let page = out.page();
        assert_eq!(page.text(), "Ready  3d  True\nHeld:  3d\n");
        let left: Vec<String> = page.lines.iter().map(Line::kubectl_text).collect();
        assert_eq!(left[0].split_whitespace().collect::<Vec<_>>(), ["Ready", "True"]);
        assert_eq!(left[1].trim(), "");
    }
}
