//! Which of many lines is selected and which are on screen, for panes whose lines are made anew: the
//! cursor stays on the place it was on.

/// The selected line and the window around it.
#[derive(Debug, Default)]
pub struct Cursor {
    at: usize,
    place: Option<u64>,
    top: usize,
    height: usize,
    fixed: usize,
    /// The selected line was made the first one of the window but for so many, and is kept there while
    /// lines come.
    lifted: Option<usize>,
}

impl Cursor {
    /// Over lines of which the first `fixed` ones stand above the window and never scroll.
    pub fn below(fixed: usize) -> Self {
        Self { fixed, height: 1, ..Self::default() }
    }

    /// The selected line.
    pub fn at(&self) -> usize {
        self.at
    }

    /// The first line of the window.
    pub fn top(&self) -> usize {
        self.top + self.fixed
    }

    /// The window has this many lines.
    pub fn resize(&mut self, height: u16) {
        self.height = usize::from(height).max(1);
    }

    /// Lines were made anew: stays on its place, or as near as there are lines.
    pub fn find(&mut self, places: impl ExactSizeIterator<Item = u64> + Clone) {
        let known = self.place.and_then(|place| places.clone().position(|other| other == place));
        self.at = known.unwrap_or(self.at).min(places.len().saturating_sub(1));
        self.place = places.clone().nth(self.at);
    }

    /// Moves by some lines; down is positive.
    pub fn step(&mut self, lines: isize, places: impl ExactSizeIterator<Item = u64> + Clone) {
        self.go(self.at.saturating_add_signed(lines), places);
    }

    /// Goes to a line.
    pub fn go(&mut self, at: usize, mut places: impl ExactSizeIterator<Item = u64> + Clone) {
        self.lifted = None;
        self.at = at.min(places.len().saturating_sub(1));
        self.show(places.len());
        self.place = places.nth(self.at);
    }

    /// The line at a row of the window.
    pub fn line_at(&self, row: u16) -> usize {
        self.top() + usize::from(row)
    }

    /// Moves the window so that the selected one of so many lines is in it.
    pub fn show(&mut self, lines: usize) {
        if let Some(below) = self.lifted {
            return self.lift(below, lines);
        }
        let scrolling = lines.saturating_sub(self.fixed);
        let at = self.at.saturating_sub(self.fixed);
        self.top = self.top.min(scrolling.saturating_sub(self.height));
        if at < self.top {
            self.top = at;
        } else if at >= self.top + self.height {
            self.top = at + 1 - self.height;
        }
    }

    /// Moves the window so that the selected line is its first one but for those `below` which it stands,
    /// as far as there are lines; it stays so until another line is selected, whatever comes above it.
    pub fn lift(&mut self, below: usize, lines: usize) {
        self.lifted = Some(below);
        let scrolling = lines.saturating_sub(self.fixed);
        let at = self.at.saturating_sub(self.fixed);
        self.top = at.saturating_sub(below).min(scrolling.saturating_sub(self.height));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_stays_on_its_place_and_in_the_window() {
        let mut cursor = Cursor::below(1);
        cursor.resize(3);
        let places = [10, 11, 12, 13, 14, 15u64];
        cursor.find(places.iter().copied());
        assert_eq!((cursor.at(), cursor.top()), (0, 1));
        cursor.step(4, places.iter().copied());
        assert_eq!((cursor.at(), cursor.top()), (4, 2));
        // Lines came above it.
        cursor.find([10, 1, 2, 3, 11, 12, 13, 14u64].iter().copied());
        cursor.show(8);
        assert_eq!((cursor.at(), cursor.top()), (7, 5));
        // Its line is gone.
        cursor.find([10, 1u64].iter().copied());
        cursor.show(2);
        assert_eq!((cursor.at(), cursor.top()), (1, 1));
        cursor.step(isize::MIN, [10, 1u64].iter().copied());
        assert_eq!(cursor.at(), 0);
    }

    #[test]
    fn what_was_lifted_stays_on_top_while_lines_come() {
        let mut cursor = Cursor::below(1);
        let places: Vec<u64> = (0..10).collect();
        cursor.find(places.iter().copied());
        cursor.go(4, places.iter().copied());
        cursor.lift(1, 10);
        assert_eq!((cursor.at(), cursor.top()), (4, 3));
        // The window grows, and lines come above.
        cursor.resize(3);
        let places: Vec<u64> = std::iter::once(0).chain(20..30).chain(1..10).collect();
        cursor.find(places.iter().copied());
        cursor.show(places.len());
        assert_eq!((cursor.at(), cursor.top()), (14, 13));
        // Whoever moves, moves as always.
        cursor.step(-2, places.iter().copied());
        assert_eq!((cursor.at(), cursor.top()), (12, 12));
        cursor.step(2, places.iter().copied());
        assert_eq!((cursor.at(), cursor.top()), (14, 12));
    }
}
