//! Width of text in terminal cells: one function for layout and for drawing.

use unicode_width::UnicodeWidthStr;

/// Terminal cells that `text` takes.
pub fn width(text: &str) -> usize {
    text.width()
}
