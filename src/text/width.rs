//! Width of text in terminal cells: one function for layout and for drawing. It adds up whole
//! graphemes, as ratatui does when it draws them, so that what was measured is what appears.
//! Characters that East Asian terminals may draw wide or narrow count as narrow.

use unicode_segmentation::UnicodeSegmentation;
use unicode_width::UnicodeWidthStr;

/// Terminal cells that `text` takes.
pub fn width(text: &str) -> usize {
    if plain(text) { text.len() } else { text.graphemes(true).map(grapheme_width).sum() }
}

/// The longest beginning of `text` that fits into `cells`, and its width. Graphemes are never cut:
/// a wide one that does not fit is left out, so the width may be one less than asked for.
pub fn truncate(text: &str, cells: usize) -> (&str, usize) {
    if plain(text) {
        let end = text.len().min(cells);
        return (&text[..end], end);
    }
    let mut taken = 0;
    for (at, grapheme) in text.grapheme_indices(true) {
        let next = taken + grapheme_width(grapheme);
        if next > cells {
            return (&text[..at], taken);
        }
        taken = next;
    }
    (text, taken)
}

/// Where the rows of a text begin when each takes at most `cells`: byte offsets, the first is 0.
pub fn rows(text: &str, cells: usize) -> Vec<usize> {
    let cells = cells.max(1);
    if plain(text) {
        return (0..text.len().max(1)).step_by(cells).collect();
    }
    let mut starts = vec![0];
    let mut taken = 0;
    for (at, grapheme) in text.grapheme_indices(true) {
        let wide = grapheme_width(grapheme);
        if taken + wide > cells && taken > 0 {
            starts.push(at);
            taken = 0;
        }
        taken += wide;
    }
    starts
}

/// Where the part of a text begins that is left when `cells` are scrolled off: its byte offset, and
/// how many cells of a wide grapheme cut in two are to be left blank before it.
pub fn scrolled(text: &str, cells: usize) -> (usize, usize) {
    if plain(text) {
        return (text.len().min(cells), 0);
    }
    let mut taken = 0;
    for (at, grapheme) in text.grapheme_indices(true) {
        if taken >= cells {
            return (at, taken - cells);
        }
        taken += grapheme_width(grapheme);
    }
    (text.len(), taken.saturating_sub(cells))
}

/// Printable ASCII only: one byte, one cell.
fn plain(text: &str) -> bool {
    text.bytes().all(|byte| matches!(byte, b' '..=b'~'))
}

fn grapheme_width(grapheme: &str) -> usize {
    // ratatui leaves these out when it draws.
    if grapheme.contains(char::is_control) {
        return 0;
    }
    // Halfwidth sound marks extend a grapheme, yet terminals give each a cell of its own.
    let sound_marks = grapheme.matches(['\u{ff9e}', '\u{ff9f}']).count();
    grapheme.width() + sound_marks
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use ratatui::buffer::Buffer;
    use ratatui::layout::Rect;
    use ratatui::style::Style;

    fn drawn(text: &str) -> usize {
        let mut buffer = Buffer::empty(Rect::new(0, 0, 2000, 1));
        usize::from(buffer.set_stringn(0, 0, text, 2000, Style::default()).0)
    }

    #[test]
    fn wide_and_narrow_text_is_measured_and_cut_at_graphemes() {
        assert_eq!(width("api-0"), 5);
        assert_eq!(width("日本"), 4);
        assert_eq!(width("e\u{301}"), 1);
        assert_eq!(width("a\u{7}b"), 2);
        assert_eq!(truncate("api-0", 3), ("api", 3));
        assert_eq!(truncate("api-0", 9), ("api-0", 5));
        assert_eq!(truncate("日本", 3), ("日", 2));
        assert_eq!(truncate("日本", 0), ("", 0));
        assert_eq!(truncate("e\u{301}x", 1), ("e\u{301}", 1));
    }

    proptest! {
        #[test]
        fn what_is_measured_is_what_is_drawn(text in "[ -~]{0,9}\\PC{0,20}|.{0,30}") {
            prop_assert_eq!(width(&text), drawn(&text));
        }

        #[test]
        fn rows_fit_and_make_up_the_text(text in "\\PC{0,30}", cells in 2usize..12) {
            let starts = rows(&text, cells);
            let ends = starts.iter().skip(1).copied().chain([text.len()]);
            let parts: Vec<&str> = starts.iter().zip(ends).map(|(a, b)| &text[*a..b]).collect();
            prop_assert_eq!(parts.concat(), text.clone());
            for part in parts {
                prop_assert!(width(part) <= cells || part.graphemes(true).count() == 1);
            }
            let (at, blank) = scrolled(&text, cells);
            prop_assert!(width(&text[..at]) == (cells + blank).min(width(&text)));
        }

        #[test]
        fn a_cut_fits_and_is_a_beginning(text in "\\PC{0,30}", cells in 0usize..40) {
            let (cut, taken) = truncate(&text, cells);
            prop_assert!(text.starts_with(cut));
            prop_assert!(taken <= cells);
            prop_assert_eq!(width(cut), taken);
        }
    }
}
