//! What the terminal shows: two buffers, and one write per frame with only what differs.

use crossterm::terminal::{BeginSynchronizedUpdate, EndSynchronizedUpdate};
use crossterm::{cursor, queue};
use ratatui::backend::{Backend, CrosstermBackend};
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use std::cell::RefCell;
use std::io::{self, Write};
use std::rc::Rc;

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

/// What the terminal shows.
#[derive(Debug)]
pub struct Screen {
    shown: Buffer,
    next: Buffer,
    cursor: Option<(u16, u16)>,
    clear: bool,
    bytes: Bytes,
    backend: CrosstermBackend<Bytes>,
}

impl Screen {
    /// An unknown screen of this size: the first frame clears it.
    pub fn new(size: (u16, u16)) -> Self {
        let area = Rect::new(0, 0, size.0, size.1);
        let bytes = Bytes::default();
        Self {
            shown: Buffer::empty(area),
            next: Buffer::empty(area),
            cursor: None,
            clear: true,
            backend: CrosstermBackend::new(bytes.clone()),
            bytes,
        }
    }

    /// The screen's size changed, or something else wrote on it: draw everything anew.
    pub fn reset(&mut self, size: (u16, u16)) {
        *self = Self::new(size);
    }

    /// Draws a frame and writes what differs, in one write; nothing where nothing differs.
    ///
    /// # Errors
    /// The terminal is gone.
    pub fn frame(
        &mut self,
        draw: impl FnOnce(&mut Buffer) -> Option<(u16, u16)>,
    ) -> io::Result<()> {
        self.next.reset();
        let cursor = draw(&mut self.next);
        let updates = self.shown.diff(&self.next);
        if updates.is_empty() && cursor == self.cursor && !self.clear {
            return Ok(());
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
        self.backend.draw(updates.into_iter())?;
        if let Some((x, y)) = cursor {
            queue!(self.bytes, cursor::MoveTo(x, y), cursor::Show)?;
        }
        queue!(self.bytes, EndSynchronizedUpdate)?;
        self.cursor = cursor;
        std::mem::swap(&mut self.shown, &mut self.next);
        let bytes = std::mem::take(&mut *self.bytes.0.borrow_mut());
        let mut out = io::stdout().lock();
        out.write_all(&bytes)?;
        out.flush()
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_terminal_of_any_real_size_is_drawn_whole_and_a_claimed_one_costs_no_memory() {
        for size in [(0, 0), (1, 1), (80, 24), (400, 100), (10_000, 2), (2, 10_000), (0, 65_535)] {
            assert_eq!(fit(size), size);
        }
        assert_eq!(fit((65_535, 65_535)), (65_535, 16));
    }
}
