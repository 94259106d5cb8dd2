//! What the terminal shows: two buffers, and one write per frame with only what differs.

use crossterm::terminal::{BeginSynchronizedUpdate, EndSynchronizedUpdate};
use crossterm::{cursor, queue};
use ratatui::backend::{Backend, CrosstermBackend};
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use std::cell::RefCell;
use std::io::{self, Write};
use std::rc::Rc;

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
