//! What the terminal shows: two buffers, and one write per frame with only what differs. A terminal that is slow gets a
//! frame in pieces, row by row, and what the last key changed comes first.

use super::encode::{Encoder, Erase};
use super::pace::Pace;
use ratatui::buffer::{Buffer, Cell};
use ratatui::layout::Rect;
use std::fs::File;
use std::io::{self, IsTerminal as _, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::time::Instant;

/// Most cells that are drawn; beyond it nobody reads, and memory would end before the screen.
const MAX_CELLS: u32 = 1 << 20;

/// The part of a terminal of this size that is drawn: all of it, but for sizes no terminal has.
pub fn fit((columns, rows): (u16, u16)) -> (u16, u16) {
    let most = MAX_CELLS / u32::from(columns).max(1);
    (columns, rows.min(u16::try_from(most).unwrap_or(u16::MAX)))
}

/// Terminals that know it show a frame when it is whole.
const BEGIN: &[u8] = b"\x1b[?2026h";
const END: &[u8] = b"\x1b[?2026l";
const HIDE_CURSOR: &[u8] = b"\x1b[?25l";
const SHOW_CURSOR: &[u8] = b"\x1b[?25h";

/// How long to wait before a terminal that takes nothing is tried again.
const FULL: std::time::Duration = std::time::Duration::from_millis(2);

/// What the terminal shows.
#[derive(Debug)]
pub struct Screen {
    shown: Buffer,
    next: Buffer,
    /// What would be shown if the terminal were faster, where it shows only a part of it.
    wanted: Option<Buffer>,
    cursor: Option<(u16, u16)>,
    clear: bool,
    /// Rows that answer a key and are still to be written.
    answers: Vec<u16>,
    pace: Pace,
    /// The terminal opened once more, so that a write that would have to wait says so: what others have opened must
    /// not be changed. None where the system has no way to it.
    terminal: Option<File>,
    encoder: Encoder,
}

impl Screen {
    /// The terminal of this process, of this size.
    pub fn of_process(size: (u16, u16)) -> Self {
        let terminal = io::stdout().is_terminal().then(|| {
            let flags = libc::O_NONBLOCK | libc::O_NOCTTY;
            File::options().write(true).custom_flags(flags).open("/proc/self/fd/1").ok()
        });
        let encoder = Encoder::new(Erase::detect(&|name| std::env::var(name).ok()));
        Self { terminal: terminal.flatten(), encoder, ..Self::new(size) }
    }

    /// An unknown screen of this size: the first frame clears it.
    pub fn new(size: (u16, u16)) -> Self {
        let area = Rect::new(0, 0, size.0, size.1);
        Self {
            shown: Buffer::empty(area),
            next: Buffer::empty(area),
            wanted: None,
            cursor: None,
            clear: true,
            answers: Vec::new(),
            pace: Pace::default(),
            terminal: None,
            encoder: Encoder::default(),
        }
    }

    /// The screen's size changed, or something else wrote on it: draw everything anew.
    pub fn reset(&mut self, size: (u16, u16)) {
        let (pace, terminal) = (std::mem::take(&mut self.pace), self.terminal.take());
        let encoder = std::mem::take(&mut self.encoder);
        *self = Self { pace, terminal, encoder, ..Self::new(size) };
    }

    /// The program was stopped: what was reckoned of the terminal's speed means nothing any more.
    pub fn was_stopped(&mut self) {
        self.pace = Pace::default();
    }

    /// Whether a part of the last frame is still to be written, because the terminal is slow.
    pub fn unfinished(&self) -> bool {
        self.wanted.is_some()
    }

    /// Whether the terminal is slow, as far as is known.
    pub fn is_slow(&self) -> bool {
        self.pace.is_slow()
    }

    /// Notes what would be shown if no key came: what the key changes is then written before what changed by itself in
    /// the same moment.
    pub fn before_key(&mut self, draw: impl FnOnce(&mut Buffer) -> Option<(u16, u16)>) {
        self.next.reset();
        draw(&mut self.next);
        self.wanted = Some(self.next.clone());
    }

    /// When the next frame, or the next part of this one, may be written. `typed`: it answers a key.
    pub fn due(&self, now: Instant, typed: bool) -> Instant {
        self.pace.due(now, typed || !self.answers.is_empty())
    }

    /// Draws a frame and writes what differs, in one write; nothing where nothing differs. Where the terminal is slow
    /// only a part of it is written: see [`Screen::unfinished`]. `typed`: it answers a key.
    ///
    /// # Errors
    /// The terminal is gone.
    pub fn frame(
        &mut self,
        typed: bool,
        draw: impl FnOnce(&mut Buffer) -> Option<(u16, u16)>,
    ) -> io::Result<()> {
        self.next.reset();
        let cursor = draw(&mut self.next);
        self.show(typed, cursor)
    }

    fn show(&mut self, typed: bool, cursor: Option<(u16, u16)>) -> io::Result<()> {
        let now = Instant::now();
        if typed {
            self.pace.answers(now);
        }
        let piece = self.pace.piece(now);
        let Some(bytes) = self.compose(typed, cursor, piece) else { return Ok(()) };
        let began = Instant::now();
        let waited = self.put(&bytes)?;
        self.pace.wrote(bytes.len(), waited, began, Instant::now());
        Ok(())
    }

    /// Writes all of it, and tells whether that had to wait for the terminal.
    fn put(&mut self, bytes: &[u8]) -> io::Result<bool> {
        let Some(terminal) = &mut self.terminal else {
            let mut out = io::stdout().lock();
            out.write_all(bytes)?;
            return out.flush().map(|()| false);
        };
        let (mut rest, mut waited) = (bytes, false);
        while !rest.is_empty() {
            match terminal.write(rest) {
                Ok(written) => rest = rest.get(written..).unwrap_or_default(),
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                    waited = true;
                    std::thread::sleep(FULL);
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        Ok(waited)
    }

    /// The bytes that make `next` of what is shown, or the first rows of them: as many as fill a piece.
    fn compose(
        &mut self,
        typed: bool,
        cursor: Option<(u16, u16)>,
        piece: Option<usize>,
    ) -> Option<Vec<u8>> {
        let clear = std::mem::take(&mut self.clear);
        self.encoder.add(BEGIN);
        if clear {
            self.encoder.clear();
        }
        if self.cursor.is_some() {
            self.encoder.add(HIDE_CURSOR);
        }
        let empty = self.encoder.len();
        let mut before = self.wanted.take();
        let scroll = self.encoder.scroll(&mut self.shown, &self.next);
        if let (Some(scroll), Some(before)) = (scroll, &mut before) {
            scroll.apply(before);
        }
        match piece {
            None => {
                self.answers.clear();
                self.encoder.all(&self.shown, &self.next);
                std::mem::swap(&mut self.shown, &mut self.next);
            }
            Some(piece) => self.draw_piece(before.as_ref(), typed, piece),
        }
        self.encoder.rest();
        let changed = self.encoder.len() > empty || clear || cursor != self.cursor;
        if let Some((x, y)) = cursor {
            self.encoder.position(x, y);
            self.encoder.add(SHOW_CURSOR);
        }
        self.encoder.add(END);
        self.cursor = cursor;
        let bytes = self.encoder.take();
        changed.then_some(bytes)
    }

    /// Draws rows until the frame has so many bytes: what answers keys first, then what is different from `before`.
    fn draw_piece(&mut self, before: Option<&Buffer>, typed: bool, piece: usize) {
        let empty = self.encoder.len();
        let rows = 0..self.next.area.height;
        let mut rows: Vec<u16> = rows.filter(|y| !same_row(&self.shown, &self.next, *y)).collect();
        // In a table that is where the cursor was and where it is.
        let is_new = |y: u16| before.is_none_or(|before| !same_row(before, &self.next, y));
        if typed {
            self.answers.extend(rows.iter().filter(|&&y| is_new(y)));
        }
        self.answers.retain(|y| rows.contains(y));
        rows.sort_by_key(|y| (!self.answers.contains(y), !is_new(*y)));
        for y in rows {
            if self.encoder.len() > empty && self.encoder.len() >= piece {
                self.wanted = Some(self.next.clone());
                break;
            }
            self.encoder.one(y, &self.shown, &self.next);
            self.answers.retain(|answer| *answer != y);
            let (from, to) = (row_of(&self.next, y), row_of_mut(&mut self.shown, y));
            to.clone_from_slice(from);
        }
    }

    /// Puts text on the clipboard of the terminal (OSC 52; works over ssh where it is allowed).
    ///
    /// # Errors
    /// The terminal is gone.
    pub fn copy(&mut self, text: &str) -> io::Result<()> {
        let copy = crossterm::clipboard::CopyToClipboard::to_clipboard_from(text);
        crossterm::execute!(io::stdout(), copy)
    }
}

fn row_of(buffer: &Buffer, y: u16) -> &[Cell] {
    let width = usize::from(buffer.area.width);
    let begin = width * usize::from(y);
    buffer.content.get(begin..begin + width).unwrap_or_default()
}

fn row_of_mut(buffer: &mut Buffer, y: u16) -> &mut [Cell] {
    let width = usize::from(buffer.area.width);
    let begin = width * usize::from(y);
    buffer.content.get_mut(begin..begin + width).unwrap_or_default()
}

fn same_row(a: &Buffer, b: &Buffer, y: u16) -> bool {
    row_of(a, y) == row_of(b, y)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
    use super::*;
    use ratatui::style::Style;

    fn fill(screen: &mut Screen, rows: &[&str]) {
        screen.next.reset();
        for (y, row) in (0..).zip(rows) {
            screen.next.set_string(0, y, row, Style::new());
        }
    }

    fn seen(terminal: &vt100::Parser) -> Vec<String> {
        terminal.screen().rows(0, 20).map(|row| row.trim_end().to_owned()).collect()
    }

    #[test]
    fn a_frame_in_pieces_is_the_frame_in_the_end_and_what_changed_last_comes_first() {
        let mut screen = Screen::new((20, 4));
        let mut terminal = vt100::Parser::new(4, 20, 0);
        fill(&mut screen, &["one", "two", "three 日本", "four"]);
        let mut pieces = 0;
        while let Some(bytes) = screen.compose(false, None, Some(1)) {
            terminal.process(&bytes);
            pieces += 1;
            assert_eq!(screen.unfinished(), pieces < 4);
            // As the loop does: it draws the whole frame again for each piece.
            fill(&mut screen, &["one", "two", "three 日本", "four"]);
        }
        assert_eq!(pieces, 4);
        assert_eq!(seen(&terminal), ["one", "two", "three 日本", "four"]);

        // Everything changes by itself, and then a key moves the cursor of a table.
        fill(&mut screen, &["1", "2", "3", "4"]);
        terminal.process(&screen.compose(false, None, Some(1)).unwrap());
        fill(&mut screen, &["1", "2", "3", "> 4"]);
        terminal.process(&screen.compose(true, None, Some(1)).unwrap());
        assert_eq!(seen(&terminal), ["1", "two", "three 日本", "> 4"]);
        assert!(screen.unfinished() && screen.answers.is_empty(), "nobody asked for the rest");
        // A terminal that is found to be fast gets the rest at once.
        fill(&mut screen, &["1", "2", "3", "> 4"]);
        terminal.process(&screen.compose(false, None, None).unwrap());
        assert_eq!(seen(&terminal), ["1", "2", "3", "> 4"]);
        assert!(!screen.unfinished());
    }

    #[test]
    fn what_answers_a_key_is_written_before_what_changes_meanwhile() {
        let mut screen = Screen::new((20, 4));
        let mut terminal = vt100::Parser::new(4, 20, 0);
        let mut piece = |screen: &mut Screen, typed, rows: &[&str]| {
            fill(screen, rows);
            let bytes = screen.compose(typed, None, Some(1)).unwrap_or_default();
            terminal.process(&bytes);
            seen(&terminal)
        };
        for _ in 0..4 {
            piece(&mut screen, false, &["a", "b", "> c", "d"]);
        }
        fill(&mut screen, &["A", "b", "> c", "d"]);
        screen.wanted = Some(screen.next.clone());
        // The cursor moves, which is two rows; one is written, and another row changes by itself.
        assert_eq!(piece(&mut screen, true, &["A", "b", "c", "> d"]), ["a", "b", "c", "d"]);
        assert_eq!(screen.answers, [3]);
        assert_eq!(piece(&mut screen, false, &["A", "B", "c", "> d"]), ["a", "b", "c", "> d"]);
        assert!(screen.answers.is_empty() && screen.unfinished());
        assert_eq!(piece(&mut screen, false, &["A", "B", "c", "> d"]), ["A", "b", "c", "> d"]);
        assert_eq!(piece(&mut screen, false, &["A", "B", "c", "> d"]), ["A", "B", "c", "> d"]);
        assert!(!screen.unfinished());
    }

    #[test]
    fn a_terminal_of_any_real_size_is_drawn_whole_and_a_claimed_one_costs_no_memory() {
        for size in [(0, 0), (1, 1), (80, 24), (400, 100), (10_000, 2), (2, 10_000), (0, 65_535)] {
            assert_eq!(fit(size), size);
        }
        assert_eq!(fit((65_535, 65_535)), (65_535, 16));
    }
}
