//! A line being typed at a terminal: echo, corrections, earlier lines.

/// What became of a key.
#[derive(Debug, PartialEq)]
pub enum Typed {
    /// Nothing to do yet.
    More,
    /// A line is complete.
    Line(String),
    /// The line was given up (ctrl-c).
    Given,
    /// The end, on an empty line (ctrl-d).
    End,
    /// Clear the screen and show the line again (ctrl-l).
    Clear,
}

/// The line.
#[derive(Debug, Default)]
pub struct Line {
    text: String,
    escape: Vec<u8>,
    partial: Vec<u8>,
    history: Vec<String>,
    at: usize,
}

impl Line {
    /// What was typed so far.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Takes in one byte; what is echoed goes to `out`.
    pub fn byte(&mut self, byte: u8, out: &mut Vec<u8>) -> Typed {
        if !self.escape.is_empty() {
            self.escape.push(byte);
            // `ESC [ A`, `ESC O A`, `ESC [ 1 ; 5 A`; ESC and another key.
            let introduced = self.escape.len() == 2 && matches!(byte, b'[' | b'O');
            if introduced || (self.escape.len() > 2 && !(0x40..=0x7e).contains(&byte)) {
                return Typed::More;
            }
            self.escape.clear();
            match byte {
                b'A' => self.recall(-1, out),
                b'B' => self.recall(1, out),
                _ => {}
            }
            return Typed::More;
        }
        match byte {
            0x1b => self.escape.push(byte),
            b'\r' | b'\n' => {
                out.extend_from_slice(b"\r\n");
                let line = std::mem::take(&mut self.text);
                if !line.trim().is_empty() && self.history.last() != Some(&line) {
                    self.history.push(line.clone());
                }
                self.at = self.history.len();
                return Typed::Line(line);
            }
            0x03 => {
                out.extend_from_slice(b"^C\r\n");
                self.text.clear();
                self.at = self.history.len();
                return Typed::Given;
            }
            0x04 if self.text.is_empty() => return Typed::End,
            0x0c => return Typed::Clear,
            0x15 => self.replace(String::new(), out),
            0x17 => {
                let kept = self.text.trim_end().rfind(' ').map_or(0, |at| at + 1);
                let kept = self.text[..kept].to_owned();
                self.replace(kept, out);
            }
            0x7f | 0x08 => {
                if self.text.pop().is_some() {
                    out.extend_from_slice(b"\x08 \x08");
                }
            }
            0..=0x1f => {}
            byte => {
                self.partial.push(byte);
                match std::str::from_utf8(&self.partial) {
                    Ok(text) => {
                        out.extend_from_slice(text.as_bytes());
                        self.text.push_str(text);
                        self.partial.clear();
                    }
                    Err(error) if error.error_len().is_some() => self.partial.clear(),
                    Err(_) => {}
                }
            }
        }
        Typed::More
    }

    fn recall(&mut self, steps: isize, out: &mut Vec<u8>) {
        self.at = self.at.saturating_add_signed(steps).min(self.history.len());
        let line = self.history.get(self.at).cloned().unwrap_or_default();
        self.replace(line, out);
    }

    fn replace(&mut self, text: String, out: &mut Vec<u8>) {
        for _ in self.text.chars() {
            out.extend_from_slice(b"\x08 \x08");
        }
        out.extend_from_slice(text.as_bytes());
        self.text = text;
    }
}
