//! Which of many rows is selected and which are on screen, where rows are of different heights and are
//! made anew: the cursor stays on the place it was on.

/// A row as far as scrolling goes.
pub trait Tall {
    /// Its place, which stays when rows are made anew.
    fn place(&self) -> u64;
    /// Lines it takes.
    fn height(&self) -> usize;
}

/// The selected row and the window around it.
#[derive(Debug, Default)]
pub struct Scroll {
    at: usize,
    place: Option<u64>,
    top: usize,
    height: usize,
    /// Somebody has moved it: until then it stays at the top, whatever arrives.
    moved: bool,
}

impl Scroll {
    /// The selected row.
    pub fn at(&self) -> usize {
        self.at
    }

    /// The first row of the window.
    pub fn top(&self) -> usize {
        self.top
    }

    /// The window has this many lines.
    pub fn resize(&mut self, height: u16) {
        self.height = usize::from(height).max(1);
    }

    /// Rows were made anew: stays on its place, or as near as there are rows.
    pub fn find<R: Tall>(&mut self, rows: &[R]) {
        let known = self.place.filter(|_| self.moved);
        let known = known.and_then(|place| rows.iter().position(|row| row.place() == place));
        let near = if self.moved { self.at } else { 0 };
        self.at = known.unwrap_or(near).min(rows.len().saturating_sub(1));
        self.place = rows.get(self.at).map(R::place);
        self.show(rows);
    }

    /// Moves by some rows; down is positive.
    pub fn step<R: Tall>(&mut self, by: isize, rows: &[R]) {
        self.go(self.at.saturating_add_signed(by), rows);
    }

    /// Goes to a row.
    pub fn go<R: Tall>(&mut self, at: usize, rows: &[R]) {
        self.moved = true;
        self.at = at.min(rows.len().saturating_sub(1));
        self.place = rows.get(self.at).map(R::place);
        self.show(rows);
    }

    /// The row at a line of the window.
    pub fn row_at<R: Tall>(&self, line: u16, rows: &[R]) -> Option<usize> {
        let mut left = usize::from(line);
        for (at, row) in rows.iter().enumerate().skip(self.top) {
            if left < row.height() {
                return Some(at);
            }
            left -= row.height();
        }
        None
    }

    /// Moves the window so that the selected row is in it, and no line stays empty while there are rows.
    pub fn show<R: Tall>(&mut self, rows: &[R]) {
        let fits = |from: usize, to: usize| {
            rows[from..to].iter().map(R::height).sum::<usize>() <= self.height
        };
        self.top = self.top.min(rows.len().saturating_sub(1)).min(self.at);
        if rows.is_empty() {
            return;
        }
        // As many rows above the selected one as there is room for, and no more.
        let mut first = self.at;
        while first > self.top && fits(first - 1, self.at + 1) {
            first -= 1;
        }
        self.top = self.top.max(first);
        while self.top > 0 && fits(self.top - 1, rows.len()) {
            self.top -= 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    impl Tall for (u64, usize) {
        fn place(&self) -> u64 {
            self.0
        }
        fn height(&self) -> usize {
            self.1
        }
    }

    #[test]
    fn tall_rows_are_shown_whole_and_the_cursor_stays_on_its_place() {
        let rows = [(1, 1), (2, 2), (3, 2), (4, 1), (5, 2)];
        let mut scroll = Scroll::default();
        scroll.resize(4);
        scroll.find(&rows);
        assert_eq!((scroll.at(), scroll.top()), (0, 0));
        scroll.step(2, &rows);
        assert_eq!((scroll.at(), scroll.top()), (2, 1));
        assert_eq!(scroll.row_at(0, &rows), Some(1));
        assert_eq!(scroll.row_at(1, &rows), Some(1));
        assert_eq!(scroll.row_at(2, &rows), Some(2));
        scroll.step(isize::MAX, &rows);
        assert_eq!((scroll.at(), scroll.top()), (4, 3));
        // Rows came above it, others went.
        let rows = [(9, 1), (1, 1), (5, 2), (4, 1)];
        scroll.find(&rows);
        assert_eq!((scroll.at(), scroll.top()), (2, 1));
        scroll.find::<(u64, usize)>(&[]);
        assert_eq!(scroll.at(), 0);
    }
}
