//! Drawing: the head, which never scrolls, the titles of the columns, and the window with rows below
//! them.

use super::DriftPane;
use super::rows::{Row, What};
use super::told::{self, Words};
use crate::model::Tone;
use crate::text::width::width;
use crate::ui::Ui;
use crate::ui::panes::page::clean;
use crate::ui::panes::tree::fold_sign;
use crate::ui::theme::Scope as Look;
use crate::ui::widgets::columns::cells;
use crate::ui::widgets::frame::{pieces, right};
use crate::ui::widgets::table::{Painted, draw_cell, ending};
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::{Modifier, Style};

/// Below this width a field takes two lines.
pub const ROOMY: u16 = 112;
/// Width of the column of ages: `23h59m ago`.
const AGE: u16 = 10;
/// Widest that a column gets while others are cut.
const SHARE: [u16; 5] = [36, 20, 20, 12, 12];

/// Widths of path, desired, live, writer and fate: what they need, as measured over all rows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Widths(pub [u16; 5]);

impl DriftPane {
    /// The part of the pane where rows are.
    pub(super) fn window(&self, ui: &Ui, area: Rect) -> Rect {
        let titles = u16::from(area.width >= ROOMY && self.text.is_none());
        let head = cells(self.head(ui, area.width).len()) + titles;
        let bottom = self.tape_area(area).y;
        let y = area.y.saturating_add(head).min(bottom);
        Rect { y, height: bottom - y, ..area }
    }

    /// The lines of the head, broken between pieces.
    fn head(&self, ui: &Ui, wide: u16) -> Vec<Vec<Words>> {
        let dot = ui.glyphs().dot;
        let mut lines: Vec<Vec<Words>> = vec![Vec::new()];
        let mut taken = 1;
        for (text, tone) in told::of_all(self, ui) {
            let more = width(&text) + if taken > 1 { width(dot) } else { 0 };
            if taken > 1 && taken + more > usize::from(wide) {
                lines.push(Vec::new());
                taken = 1;
            }
            let Some(line) = lines.last_mut() else { continue };
            if taken > 1 {
                line.push((dot.to_owned(), Tone::Dim));
            }
            taken += more;
            line.push((text, tone));
        }
        // What is shown stands at the right end, on a line of its own where there is no room.
        let end: usize = self.choices(ui).iter().map(|(text, _)| width(text)).sum();
        if taken + end + 2 > usize::from(wide) {
            lines.push(Vec::new());
        }
        lines
    }

    /// `[changes] all   noise hidden: 4`
    fn choices(&self, ui: &Ui) -> Vec<(String, Style)> {
        let theme = &ui.config.theme;
        let (on, off) = (theme.style(Look::Title), theme.style(Look::TextDim));
        let pick = |word: &str, chosen: bool| match chosen {
            true => (format!("[{word}]"), on.add_modifier(Modifier::BOLD)),
            false => (format!(" {word} "), off),
        };
        let mut out = vec![pick("changes", !self.shown.all), pick("all", self.shown.all)];
        let noise = told::noise(self);
        if noise > 0 {
            let word = if self.shown.noise { "shown" } else { "hidden" };
            out.push((format!("  noise {word}: {noise}"), off));
        }
        out.push((" ".to_owned(), off));
        out
    }

    pub(super) fn paint(&self, ui: &Ui, area: Rect, buf: &mut Buffer) {
        let theme = &ui.config.theme;
        let window = self.window(ui, area);
        let head = self.head(ui, area.width);
        let last = head.len().saturating_sub(1);
        for ((at, words), y) in head.iter().enumerate().zip(area.y..area.bottom()) {
            let line = Rect { y, height: 1, ..area };
            let base = theme.style(Look::Row);
            let mut parts: Vec<(&str, Style)> = vec![(" ", base)];
            for (i, (text, tone)) in words.iter().enumerate() {
                let style = styled(ui, base, *tone);
                let bold = at == 0 && i == 0;
                parts.push((text, if bold { style.add_modifier(Modifier::BOLD) } else { style }));
            }
            let from = pieces(buf, line, &parts);
            if at == last {
                right(buf, line, from, &self.choices(ui));
            }
        }
        self.parts.tape.paint(ui, None, self.tape_area(area), buf);
        if let Some(text) = &self.text {
            return text.draw(ui, window, buf);
        }
        let columns = self.columns(area.width);
        if let Some(columns) = &columns
            && window.y > area.y
        {
            let line = Rect { y: window.y - 1, height: 1, ..area };
            let style = theme.style(Look::TableHeader);
            buf.set_style(line, style);
            let titles =
                ["OBJECT, FIELD", "DESIRED", "LIVE", "BY (PROGRAM)", "AGE", "WHAT BECOMES OF IT"];
            for (title, (x, room)) in titles.iter().zip(columns.places()) {
                buf.set_stringn(line.x + x, line.y, title, usize::from(room), style);
            }
        }
        let mut y = window.y;
        for (at, row) in self.rows.iter().enumerate().skip(self.scroll.top()) {
            if y >= window.bottom() {
                break;
            }
            let height = cells(row.lines).min(window.bottom() - y);
            let place = Rect { y, height, ..area };
            let selected = at == self.scroll.at();
            let base = theme.style(if selected { Look::RowSelected } else { Look::Row });
            buf.set_style(place, base);
            let marker = if selected { ui.glyphs().selected } else { " " };
            buf.set_stringn(place.x, y, marker, 1, base);
            let line = Rect { x: place.x + 1, width: place.width.saturating_sub(1), ..place };
            self.paint_row(ui, row, columns.as_ref(), line, base, buf);
            y += height;
        }
    }

    fn paint_row(
        &self,
        ui: &Ui,
        row: &Row,
        columns: Option<&Columns>,
        line: Rect,
        base: Style,
        buf: &mut Buffer,
    ) {
        let indent = "  ".repeat(row.depth);
        let fold = fold_sign(row.open, ui);
        let tone = |tone: Tone| styled(ui, base, tone);
        match &row.what {
            What::Words(words, tone_of) => {
                pieces(buf, line, &[(&indent, base), (fold, base), (words, tone(*tone_of))]);
            }
            What::App(part) => {
                let Some(part) = self.parts.all.get(*part) else { return };
                let mut parts = vec![(indent, base), (fold.to_owned(), base)];
                for (i, (text, tone_of)) in told::of_part(part, ui.now).into_iter().enumerate() {
                    if i > 0 {
                        parts.push((ui.glyphs().dot.to_owned(), tone(Tone::Dim)));
                    }
                    let style = match i {
                        0 => base.patch(ui.config.theme.style(Look::HelpHeading)),
                        _ => tone(tone_of),
                    };
                    parts.push((
                        text,
                        style.add_modifier(if i == 0 { Modifier::BOLD } else { Modifier::empty() }),
                    ));
                }
                let parts: Vec<(&str, Style)> =
                    parts.iter().map(|(text, style)| (text.as_str(), *style)).collect();
                pieces(buf, line, &parts);
            }
            What::Object(..) => {
                let Some(one) = self.object_of(row) else { return };
                let name = clean(&one.id.to_string());
                let place = match (self.many_namespaces, one.id.namespace.as_str()) {
                    (false, _) | (_, "") => String::new(),
                    (true, namespace) => format!(" in {}", clean(namespace)),
                };
                let from = pieces(
                    buf,
                    line,
                    &[(&indent, base), (fold, base), (&name, base), (&place, tone(Tone::Dim))],
                );
                let (words, tone_of) = told::state(one, self.shown.noise);
                // In line with the column of what is desired, where there is one.
                let column = columns.map_or(0, |columns| line.x + columns.at[1] - 1);
                let x = (from + 2).max(column);
                let room = line.right().saturating_sub(x);
                let words =
                    Painted { text: &words, right: false, keep_end: false, style: tone(tone_of) };
                draw_cell(buf, (x, line.y), room, &words, ui.glyphs());
            }
            What::Note(..) => {
                let Some(one) = self.object_of(row) else { return };
                let note = clean(&one.note);
                pieces(buf, line, &[(&indent, base), ("  ", base), (&note, tone(Tone::Dim))]);
            }
            What::Field(..) => self.paint_field(ui, row, columns, line, base, buf),
        }
    }

    fn paint_field(
        &self,
        ui: &Ui,
        row: &Row,
        columns: Option<&Columns>,
        line: Rect,
        base: Style,
        buf: &mut Buffer,
    ) {
        let (Some(one), Some(field)) = (self.object_of(row), self.field_of(row)) else { return };
        let faint = field.noise.is_some();
        let tone = |tone: Tone| styled(ui, base, if faint { Tone::Dim } else { tone });
        let change = &field.change;
        let path = clean(&change.path.to_string());
        let desired = told::deployed(one, field);
        let live = told::value(change.live.as_ref());
        let (by, by_tone) = told::by(field.writer.as_ref());
        let age = told::ago(field.writer.as_ref().map_or(0, |writer| writer.at), ui.now);
        let (fate, fate_tone) = told::fate(field);
        let indent = cells(2 * row.depth + 2);
        let start = (line.x + indent, line.y);
        let cut = |text: &str, room: u16| shortened(text, room, ui.glyphs().more);
        let Some(columns) = columns else {
            let room = line.width.saturating_sub(indent);
            buf.set_stringn(
                start.0,
                start.1,
                cut(&path, room),
                usize::from(room),
                tone(Tone::Plain),
            );
            if line.height < 2 {
                return;
            }
            let below =
                Rect { x: start.0 + 2, y: line.y + 1, width: room.saturating_sub(2), height: 1 };
            // The values give way to who wrote and what becomes of it.
            let rest = width(&by) + width(&age) + width(&fate) + 6;
            let whole = usize::from(below.width);
            let room = whole.saturating_sub(rest + 3).max(whole * 9 / 20);
            let (wide, narrow) = (width(&desired), width(&live));
            let half = (room / 2).max(room.saturating_sub(narrow)).min(wide);
            let half_cells = cells(half);
            let left = cells(room.saturating_sub(half).min(narrow));
            let desired = fitted(&desired, half_cells, ui.glyphs().more);
            let live = fitted(&live, left, ui.glyphs().more);
            let arrow = if ui.config.settings.ascii { " -> " } else { " → " };
            let parts: [(&str, Style); 9] = [
                (&desired, tone(Tone::Dim)),
                (arrow, tone(Tone::Dim)),
                (&live, tone(Tone::Warn)),
                ("  ", base),
                (&by, tone(by_tone)),
                (" ", base),
                (&age, tone(Tone::Dim)),
                ("  ", base),
                (&fate, tone(fate_tone)),
            ];
            pieces(buf, below, &parts);
            return;
        };
        let room = (columns.at[0] + columns.wide[0]).saturating_sub(1 + indent);
        buf.set_stringn(start.0, start.1, cut(&path, room), usize::from(room), tone(Tone::Plain));
        let texts = [
            (&desired, Tone::Dim),
            (&live, Tone::Warn),
            (&by, by_tone),
            (&age, Tone::Dim),
            (&fate, fate_tone),
        ];
        for ((text, tone_of), (x, room)) in texts.into_iter().zip(columns.places().skip(1)) {
            let cell = Painted { text, right: false, keep_end: false, style: tone(tone_of) };
            draw_cell(buf, (line.x + x - 1, line.y), room, &cell, ui.glyphs());
        }
    }

    /// Where the columns are; None where a field takes two lines.
    fn columns(&self, wide: u16) -> Option<Columns> {
        (wide >= ROOMY).then(|| Columns::of(self.widths, wide))
    }
}

/// Where the columns are, relative to the pane.
#[derive(Clone, Copy, Debug)]
struct Columns {
    at: [u16; 6],
    wide: [u16; 6],
}

impl Columns {
    /// Of these widths; where not all fit, the widest give way.
    fn of(needed: Widths, wide: u16) -> Self {
        // The gutter, a gap after each, a column of ages.
        let room = wide.saturating_sub(1 + 2 * 5 + AGE);
        let mut got = [0u16; 5];
        let mut left = room;
        // Nobody gets less than a share, nor more than is needed.
        for (at, share) in SHARE.iter().enumerate() {
            let least = u16::try_from(u32::from(room) * u32::from(*share) / 100).unwrap_or(room);
            got[at] = needed.0[at].min(least);
            left -= got[at].min(left);
        }
        for at in [4, 3, 0, 1, 2] {
            let more = (needed.0[at] - got[at]).min(left);
            got[at] += more;
            left -= more;
        }
        let wide = [got[0], got[1], got[2], got[3], AGE, got[4] + left];
        let mut at = [1u16; 6];
        for i in 1..6 {
            at[i] = at[i - 1] + wide[i - 1] + 2;
        }
        Self { at, wide }
    }

    fn places(&self) -> impl Iterator<Item = (u16, u16)> {
        self.at.into_iter().zip(self.wide)
    }
}

/// A text shortened from the left: of a path the end tells most.
fn shortened(text: &str, room: u16, more: &str) -> String {
    if width(text) <= usize::from(room) {
        return text.to_owned();
    }
    format!("{more}{}", ending(text, usize::from(room.saturating_sub(1))))
}

/// A text shortened in its middle, or from the right where there is little room.
fn fitted(text: &str, room: u16, more: &str) -> String {
    if width(text) <= usize::from(room) {
        return text.to_owned();
    }
    // Of two images the end tells more than the beginning.
    let room = usize::from(room.saturating_sub(1));
    let tail = if room >= 12 { room / 2 } else { 0 };
    let (head, _) = crate::text::width::truncate(text, room - tail);
    let tail = if tail > 0 { ending(text, tail) } else { "" };
    format!("{head}{more}{tail}")
}

fn styled(ui: &Ui, base: Style, tone: Tone) -> Style {
    match tone {
        Tone::Plain => base,
        tone => base.patch(ui.config.theme.tone(tone)),
    }
}
