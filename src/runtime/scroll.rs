//! Rows that only moved up or down are moved by the terminal, rather than written again: a table whose cursor leaves
//! the screen, lines that come at the end of a log.

use ratatui::buffer::{Buffer, Cell};

/// Fewer changed rows are written sooner than it is found out.
const WORTH_IT: usize = 4;
/// So many of the changed rows are looked for elsewhere.
const PROBES: usize = 8;
/// Between rows that moved there may be so many that changed besides, such as the one with the cursor.
const GAP: usize = 3;

/// Rows that move by some.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Scroll {
    /// The first row that is moved or moved over, and the one after the last.
    pub top: usize,
    pub end: usize,
    /// How many rows they move, and whether up.
    pub by: usize,
    pub up: bool,
}

impl Scroll {
    /// What most rows that differ moved by.
    pub fn find(shown: &Buffer, wanted: &Buffer) -> Option<Self> {
        let (shown, wanted) = (rows(shown), rows(wanted));
        let changed: Vec<usize> =
            (0..wanted.len()).filter(|y| shown.get(*y) != wanted.get(*y)).collect();
        if changed.len() < WORTH_IT {
            return None;
        }
        let mut votes: Vec<(isize, usize)> = Vec::new();
        for y in changed.iter().step_by(changed.len().div_ceil(PROBES)) {
            let same = (0..shown.len()).filter(|from| shown[*from] == wanted[*y]);
            let by: Vec<isize> = same.map(|from| from as isize - *y as isize).collect();
            // A row that stands there more than once says little.
            for by in by.iter().filter(|_| by.len() <= 2) {
                match votes.iter_mut().find(|(other, _)| other == by) {
                    Some((_, count)) => *count += 1,
                    None => votes.push((*by, 1)),
                }
            }
        }
        let (by, _) = votes.into_iter().max_by_key(|(_, count)| *count)?;
        let moved = changed.into_iter().filter(|y| {
            let from = y.checked_add_signed(by).and_then(|from| shown.get(from));
            from == wanted.get(*y)
        });
        let moved: Vec<usize> = moved.collect();
        let longest = moved.chunk_by(|a, b| b - a <= GAP).max_by_key(|rows| rows.len())?;
        let (first, last) = (*longest.first()?, *longest.last()?);
        let rows = by.unsigned_abs();
        let (top, end) = if by > 0 { (first, last + 1 + rows) } else { (first - rows, last + 1) };
        (longest.len() >= WORTH_IT / 2).then_some(Self { top, end, by: rows, up: by > 0 })
    }

    /// Moves them.
    pub fn apply(self, buffer: &mut Buffer) {
        let width = usize::from(buffer.area.width);
        let Some(cells) = buffer.content.get_mut(self.top * width..self.end * width) else {
            return;
        };
        let moved = self.by * width;
        let fresh = if self.up {
            cells.rotate_left(moved);
            let kept = cells.len() - moved;
            &mut cells[kept..]
        } else {
            cells.rotate_right(moved);
            &mut cells[..moved]
        };
        fresh.fill(Cell::EMPTY);
    }
}

fn rows(buffer: &Buffer) -> Vec<&[Cell]> {
    buffer.content.chunks(usize::from(buffer.area.width).max(1)).collect()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
    use super::*;

    fn screen(rows: &[&str]) -> Buffer {
        Buffer::with_lines(rows.iter().map(|row| format!("{row:6}")))
    }

    #[test]
    fn rows_that_moved_are_found_though_the_cursor_moved_with_them() {
        let shown = screen(&["head", "  a", "  b", "  c", "  d", "> e", "foot"]);
        let down = screen(&["head", "  b", "  c", "  d", "  e", "> f", "foot"]);
        let scroll = Scroll::find(&shown, &down).unwrap();
        assert_eq!(scroll, Scroll { top: 1, end: 5, by: 1, up: true });
        let mut moved = shown.clone();
        scroll.apply(&mut moved);
        assert_eq!(moved, screen(&["head", "  b", "  c", "  d", "", "> e", "foot"]));

        let scroll = Scroll::find(&down, &shown).unwrap();
        assert_eq!(scroll, Scroll { top: 1, end: 5, by: 1, up: false });
        let mut moved = down.clone();
        scroll.apply(&mut moved);
        assert_eq!(moved, screen(&["head", "", "  b", "  c", "  d", "> f", "foot"]));
    }

    #[test]
    fn what_did_not_move_is_not_scrolled() {
        let shown = screen(&["a", "b", "c", "d", "e", "f"]);
        assert_eq!(Scroll::find(&shown, &shown), None);
        assert_eq!(Scroll::find(&shown, &screen(&["a", "c", "d", "d", "e", "f"])), None);
        assert_eq!(Scroll::find(&shown, &screen(&["1", "2", "3", "4", "5", "6"])), None);
        // Empty rows are like each other and say nothing.
        assert_eq!(Scroll::find(&shown, &screen(&["", "", "", "", "", ""])), None);
    }
}
