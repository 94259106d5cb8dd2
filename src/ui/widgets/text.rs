//! The windowed text: paints only the lines on screen, YAML in colours.

use super::glyphs::Glyphs;
use super::picture::{wrapped, wrapped_to};
use crate::text::width::width;
use crate::ui::Ui;
use crate::ui::panes::text::{Loading, TextPane};
use crate::ui::theme::{Scope, Theme};
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;

/// Draws the pane's text into `area`.
pub fn draw(ui: &Ui, pane: &TextPane, glyphs: &Glyphs, area: Rect, buf: &mut Buffer) {
    let theme = &ui.config.theme;
    match &pane.loading {
        Loading::Pending(_) if pane.is_empty() => {
            let line = format!("{} fetching {} {}", glyphs.connecting, pane.object, glyphs.more);
            buf.set_stringn(
                area.x + 1,
                area.y,
                line,
                usize::from(area.width),
                theme.style(Scope::TextDim),
            );
            return;
        }
        Loading::Failed(fault) => {
            let words = format!("{}\n{}\n{}", fault.what, fault.why, fault.hint);
            let lines = wrapped(&words, usize::from(area.width.saturating_sub(2)));
            for (line, y) in lines.iter().zip(area.y..area.bottom()) {
                let style = theme.style(if y == area.y { Scope::Error } else { Scope::Text });
                buf.set_stringn(area.x + 1, y, line, usize::from(area.width), style);
            }
            return;
        }
        _ => {}
    }
    let mut y = area.y;
    let mut shown = pane.top;
    while y < area.bottom() {
        let Some((line, folded)) = pane.line(shown) else { break };
        let here = shown == pane.cursor;
        let room = usize::from(area.width.saturating_sub(2));
        if pane.wrap && folded == 0 && width(line) > room {
            for (i, part) in wrapped_to(line, room, usize::from(area.height)).iter().enumerate() {
                if y >= area.bottom() {
                    break;
                }
                let styles = if i == 0 {
                    spans(part, theme)
                } else {
                    vec![(part.as_str(), theme.style(Scope::YamlString))]
                };
                paint(buf, area, y, here, &styles, 0, pane, theme, glyphs);
                y += 1;
            }
        } else {
            let mut styles = spans(line, theme);
            let note = format!("  {} {folded} lines", glyphs.more);
            if folded > 0 {
                styles.push((&note, theme.style(Scope::YamlComment)));
            }
            paint(buf, area, y, here, &styles, pane.left, pane, theme, glyphs);
            y += 1;
        }
        shown += 1;
    }
}

fn paint(
    buf: &mut Buffer,
    area: Rect,
    y: u16,
    here: bool,
    styles: &[(&str, Style)],
    left: usize,
    pane: &TextPane,
    theme: &Theme,
    glyphs: &Glyphs,
) {
    if here {
        buf.set_style(Rect { y, height: 1, ..area }, theme.style(Scope::YamlLine));
        buf.set_stringn(area.x, y, glyphs.selected, 1, theme.style(Scope::YamlGutter));
    }
    let mut skip = left;
    let mut x = area.x + 2;
    for (text, style) in styles {
        let mut text = *text;
        while skip > 0 {
            let mut chars = text.chars();
            match chars.next() {
                Some(c) => {
                    skip -= width(c.encode_utf8(&mut [0; 4])).min(skip);
                    text = chars.as_str();
                }
                None => break,
            }
        }
        if x >= area.right() {
            break;
        }
        let style = if here { theme.style(Scope::YamlLine).patch(*style) } else { *style };
        let (next, _) = buf.set_stringn(x, y, text, usize::from(area.right() - x), style);
        x = next;
    }
    if !pane.needle.is_empty() {
        let scope = if here { Scope::MatchCurrent } else { Scope::Match };
        highlight(buf, area, y, &pane.needle, theme.style(scope));
    }
}

/// Marks every occurrence of `needle` (lower case) in a painted line.
pub fn highlight(buf: &mut Buffer, area: Rect, y: u16, needle: &str, style: Style) {
    let mut line = String::new();
    let mut columns = Vec::new();
    for x in area.x..area.right() {
        let symbol = buf[(x, y)].symbol().to_lowercase();
        columns.extend(std::iter::repeat_n(x, symbol.len()));
        line.push_str(&symbol);
    }
    for (at, _) in line.match_indices(needle) {
        for x in &columns[at..at + needle.len()] {
            buf[(*x, y)].set_style(style);
        }
    }
}

/// A line of YAML in pieces with their styles.
pub fn spans<'a>(line: &'a str, theme: &Theme) -> Vec<(&'a str, Style)> {
    let punct = theme.style(Scope::YamlPunct);
    let body = line.trim_start_matches([' ', '-']);
    let indent = &line[..line.len() - body.len()];
    let mut spans = vec![(indent, punct)];
    if body.starts_with('#') {
        spans.push((body, theme.style(Scope::YamlComment)));
        return spans;
    }
    match key_end(body) {
        Some(end) => {
            spans.push((&body[..end], theme.style(Scope::YamlKey)));
            spans.push((":", punct));
            let value = &body[end + 1..];
            spans.push((value, theme.style(value_scope(value.trim()))));
        }
        None => spans.push((body, theme.style(value_scope(body.trim())))),
    }
    spans
}

/// Where the key of a mapping line ends.
fn key_end(body: &str) -> Option<usize> {
    if let Some(quote) = body.chars().next().filter(|c| matches!(c, '"' | '\'')) {
        let close = body[1..].find(quote)? + 1;
        return body[close + 1..].starts_with(':').then_some(close + 1);
    }
    let colon = body.find(": ").or_else(|| body.ends_with(':').then(|| body.len() - 1))?;
    // A sentence with a colon in a block of text is no key.
    (!body[..colon].contains(' ')).then_some(colon)
}

fn value_scope(value: &str) -> Scope {
    match value {
        "" | "|" | "|-" | "|+" | ">" | ">-" | "{}" | "[]" => Scope::YamlPunct,
        "true" | "false" => Scope::YamlBool,
        "null" | "~" => Scope::YamlNull,
        _ if value.starts_with(['&', '*', '!']) => Scope::YamlAnchor,
        _ if value.parse::<f64>().is_ok() => Scope::YamlNumber,
        _ => Scope::YamlString,
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn keys_are_told_from_sentences() {
        assert_eq!(key_end("name: a"), Some(4));
        assert_eq!(key_end("spec:"), Some(4));
        assert_eq!(key_end("\"a b\": c"), Some(5));
        assert_eq!(key_end("this is text: with a colon"), None);
        assert_eq!(key_end("http://x"), None);
    }
}
