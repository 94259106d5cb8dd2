//! What the terminal shows: two buffers, and one write per frame with only what differs. A terminal that is slow gets a
//! frame in pieces, row by row, and what the last key changed comes first.

use super::pace::Pace;
use crossterm::terminal::{BeginSynchronizedUpdate, EndSynchronizedUpdate};
use crossterm::{cursor, queue};
use ratatui::backend::{Backend, CrosstermBackend};
use ratatui::buffer::{Buffer, Cell};
use ratatui::layout::Rect;
use std::cell::RefCell;
use std::fs::File;
use std::io::{self, IsTerminal as _, Write};
use std::os::unix::fs::OpenOptionsExt as _;
use std::rc::Rc;
use std::time::Instant;

/// Most cells that are drawn; beyond it nobody reads, and memory would end before the screen.
const MAX_CELLS: u32 = 1 << 20;

/// The part of a terminal of this size that is drawn: all of it, but for sizes no terminal has.
pub fn fit((columns, rows): (u16, u16)) -> (u16, u16) {
    let most = MAX_CELLS / u32::from(columns).max(1);
    (columns, rows.min(u16::try_from(most).unwrap_or(u16::MAX)))
}

/// The bytes of the frame being made.
#[derive(Clone, Debug, Default)]
struct Bytes(Rc<RefCell<Vec<u8>>>);

impl Write for Bytes {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.borrow_mut().extend_from_slice(bytes);
        Ok(bytes.len())
    }
    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

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
    /// The part that is missing answers a key.
    asked: bool,
    pace: Pace,
    /// The terminal opened once more, so that a write that would have to wait says so: what others have opened must
    /// not be changed. None where the system has no way to it.
    terminal: Option<File>,
    bytes: Bytes,
    backend: CrosstermBackend<Bytes>,
}

impl Screen {
    /// The terminal of this process, of this size.
    pub fn of_process(size: (u16, u16)) -> Self {
        let terminal = io::stdout().is_terminal().then(|| {
            let flags = libc::O_NONBLOCK | libc::O_NOCTTY;
            File::options().write(true).custom_flags(flags).open("/proc/self/fd/1").ok()
        });
        Self { terminal: terminal.flatten(), ..Self::new(size) }
    }

    /// An unknown screen of this size: the first frame clears it.
    pub fn new(size: (u16, u16)) -> Self {
        let area = Rect::new(0, 0, size.0, size.1);
        let bytes = Bytes::default();
        Self {
            shown: Buffer::empty(area),
            next: Buffer::empty(area),
            wanted: None,
            cursor: None,
            clear: true,
            asked: false,
            pace: Pace::default(),
            terminal: None,
            backend: CrosstermBackend::new(bytes.clone()),
            bytes,
        }
    }

    /// The screen's size changed, or something else wrote on it: draw everything anew.
    pub fn reset(&mut self, size: (u16, u16)) {
        let (pace, terminal) = (std::mem::take(&mut self.pace), self.terminal.take());
        *self = Self { pace, terminal, ..Self::new(size) };
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
        self.pace.due(now, typed || self.asked)
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
        let piece = self.pace.piece(Instant::now());
        let Some(bytes) = self.compose(typed, cursor, piece)? else { return Ok(()) };
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
    ) -> io::Result<Option<Vec<u8>>> {
        let updates = self.shown.diff(&self.next);
        if updates.is_empty() && cursor == self.cursor && !self.clear {
            (self.wanted, self.asked) = (None, false);
            return Ok(None);
        }
        queue!(self.bytes, BeginSynchronizedUpdate)?;
        if self.clear {
            let all = crossterm::terminal::ClearType::All;
            queue!(self.bytes, crossterm::terminal::Clear(all))?;
            self.clear = false;
        }
        if self.cursor.is_some() {
            queue!(self.bytes, cursor::Hide)?;
        }
        let before = self.wanted.take();
        match piece {
            None => {
                self.backend.draw(updates.into_iter())?;
                std::mem::swap(&mut self.shown, &mut self.next);
            }
            Some(piece) => {
                let mut rows: Vec<&[(u16, u16, &Cell)]> =
                    updates.chunk_by(|a, b| a.1 == b.1).collect();
                let before = before.as_ref().unwrap_or(&self.shown);
                // What has just changed first; in a table that is where the cursor was and where it is.
                rows.sort_by_key(|row| {
                    row.first().is_some_and(|cell| same_row(before, &self.next, cell.1))
                });
                let mut written = Vec::new();
                let mut left = false;
                for row in rows {
                    let Some(&(_, y, _)) = row.first() else { continue };
                    left = !written.is_empty() && self.bytes.0.borrow().len() >= piece;
                    if left {
                        break;
                    }
                    self.backend.draw(row.iter().copied())?;
                    written.push(y);
                }
                for y in written {
                    let (from, to) = (row_of(&self.next, y), row_of_mut(&mut self.shown, y));
                    to.clone_from_slice(from);
                }
                if left {
                    self.wanted = Some(self.next.clone());
                }
            }
        }
        self.asked = self.wanted.is_some() && (typed || self.asked);
        if let Some((x, y)) = cursor {
            queue!(self.bytes, cursor::MoveTo(x, y), cursor::Show)?;
        }
        queue!(self.bytes, EndSynchronizedUpdate)?;
        self.cursor = cursor;
        Ok(Some(std::mem::take(&mut *self.bytes.0.borrow_mut())))
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
        while let Some(bytes) = screen.compose(false, None, Some(1)).unwrap() {
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
        terminal.process(&screen.compose(false, None, Some(1)).unwrap().unwrap());
        fill(&mut screen, &["1", "2", "3", "> 4"]);
        terminal.process(&screen.compose(true, None, Some(1)).unwrap().unwrap());
        assert_eq!(seen(&terminal), ["1", "two", "three 日本", "> 4"]);
        assert!(screen.unfinished() && screen.asked);
        // A terminal that is found to be fast gets the rest at once.
        fill(&mut screen, &["1", "2", "3", "> 4"]);
        terminal.process(&screen.compose(false, None, None).unwrap().unwrap());
        assert_eq!(seen(&terminal), ["1", "2", "3", "> 4"]);
        assert!(!screen.unfinished() && !screen.asked);
    }

    #[test]
    fn a_terminal_of_any_real_size_is_drawn_whole_and_a_claimed_one_costs_no_memory() {
        for size in [(0, 0), (1, 1), (80, 24), (400, 100), (10_000, 2), (2, 10_000), (0, 65_535)] {
            assert_eq!(fit(size), size);
        }
        assert_eq!(fit((65_535, 65_535)), (65_535, 16));
    }
}
