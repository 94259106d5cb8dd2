//! Draws a description: labels, tones, links, matches.

use super::DescribePane;
use crate::describe::Line;
use crate::model::Tone;
use crate::text::width::width;
use crate::ui::Ui;
use crate::ui::theme::{Scope, Theme};
use crate::ui::widgets::picture::wrapped;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::{Modifier, Style};

/// Cells of a line.
pub(super) fn width_of(line: &Line) -> usize {
    line.spans.iter().map(|span| width(&span.text)).sum()
}

/// Rows that a line takes where it goes on in the next one.
pub(super) fn rows(line: &Line, room: usize) -> usize {
    width_of(line).div_ceil(room).max(1)
}

impl DescribePane {
    pub(super) fn paint(&self, ui: &Ui, area: Rect, buf: &mut Buffer) {
        let theme = &ui.config.theme;
        if self.made.is_none() {
            return self.paint_nothing(ui, area, buf);
        }
        let room = self.room();
        let mut y = area.y;
        for (at, line) in self.page.lines.iter().enumerate().skip(self.top) {
            if y >= area.bottom() {
                break;
            }
            let here = at == self.cursor;
            let rows = if self.wrap { rows(line, room) } else { 1 };
            let letters = self.letters(line, here, theme);
            for row in 0..rows {
                if y >= area.bottom() {
                    break;
                }
                let from = if self.wrap { row * room } else { self.left };
                let place = Rect { y, height: 1, ..area };
                if here {
                    buf.set_style(place, theme.style(Scope::YamlLine));
                }
                if here && row == 0 {
                    let sign = ui.glyphs().selected;
                    buf.set_stringn(area.x, y, sign, 1, theme.style(Scope::YamlGutter));
                }
                paint_row(&letters, from, if self.wrap { room } else { usize::MAX }, place, buf);
                if !self.wrap
                    && width_of(line) > self.left + usize::from(area.width.saturating_sub(2))
                {
                    let x = area.right().saturating_sub(1);
                    buf.set_stringn(x, y, ui.glyphs().more, 1, theme.style(Scope::TextDim));
                }
                y += 1;
            }
        }
    }

    fn paint_nothing(&self, ui: &Ui, area: Rect, buf: &mut Buffer) {
        let theme = &ui.config.theme;
        let room = usize::from(area.width.saturating_sub(2));
        let Some(fault) = &self.reading.fault else {
            let glyphs = ui.glyphs();
            let line = format!("{} reading {} {}", glyphs.connecting, self.object(), glyphs.more);
            buf.set_stringn(area.x + 1, area.y, line, room, theme.style(Scope::TextDim));
            return;
        };
        let words = format!("{}\n{}\n{}", fault.what, fault.why, fault.hint);
        for (line, y) in wrapped(&words, room).iter().zip(area.y..area.bottom()) {
            let style = theme.style(if y == area.y { Scope::Error } else { Scope::Text });
            buf.set_stringn(area.x + 1, y, line, room, style);
        }
    }

    /// The line letter by letter, each with its width and style.
    fn letters(&self, line: &Line, here: bool, theme: &Theme) -> Vec<(char, usize, Style)> {
        let ground = theme.style(if here { Scope::YamlLine } else { Scope::Text });
        let mut letters = Vec::new();
        let mut links = 0;
        for span in &line.spans {
            let mut style = match span.tone {
                Tone::Dim if span.text.ends_with(':') => theme.style(Scope::YamlKey),
                // What only pads stays as it is.
                Tone::Plain => Style::new(),
                tone => theme.tone(tone),
            };
            if span.link.is_some() {
                let chosen = here && links == self.link;
                links += 1;
                style = style.add_modifier(Modifier::UNDERLINED);
                if chosen {
                    style = style.patch(theme.style(Scope::RowSelected));
                }
            }
            let style = ground.patch(style);
            letters
                .extend(span.text.chars().map(|c| (c, width(c.encode_utf8(&mut [0; 4])), style)));
        }
        self.mark_matches(&mut letters, here, theme);
        letters
    }

    fn mark_matches(&self, letters: &mut [(char, usize, Style)], here: bool, theme: &Theme) {
        if self.needle.is_empty() {
            return;
        }
        // Lower case may be longer: each byte of it knows its letter.
        let (mut lower, mut of) = (String::new(), Vec::new());
        for (at, (c, ..)) in letters.iter().enumerate() {
            let before = lower.len();
            lower.extend(c.to_lowercase());
            of.extend(std::iter::repeat_n(at, lower.len() - before));
        }
        let style = theme.style(if here { Scope::MatchCurrent } else { Scope::Match });
        for (from, found) in lower.match_indices(&self.needle) {
            for at in &of[from..from + found.len()] {
                letters[*at].2 = letters[*at].2.patch(style);
            }
        }
    }
}

/// Draws the cells of a line from `from` on, at most `most` of them.
fn paint_row(
    letters: &[(char, usize, Style)],
    from: usize,
    most: usize,
    area: Rect,
    buf: &mut Buffer,
) {
    let mut at = 0;
    let mut x = area.x + 2;
    let mut bytes = [0; 4];
    for (letter, wide, style) in letters {
        let begin = at;
        at += wide;
        if begin < from {
            continue;
        }
        if at > from.saturating_add(most) || usize::from(x) + wide > usize::from(area.right()) {
            break;
        }
        if *wide == 0 {
            // It belongs to the letter before it.
            if let Some(cell) =
                buf.cell_mut((x.saturating_sub(1), area.y)).filter(|_| x > area.x + 2)
            {
                let symbol = format!("{}{letter}", cell.symbol());
                cell.set_symbol(&symbol);
            }
            continue;
        }
        buf.set_stringn(x, area.y, letter.encode_utf8(&mut bytes), *wide, *style);
        x += u16::try_from(*wide).unwrap_or(1);
    }
}
