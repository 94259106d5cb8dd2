//! Synchronized output (DEC private mode 2026), as terminals know it: what is written between its
//! beginning and its end is shown at once. A frame comes out of a PTY in pieces of 4 KiB.

const BEGIN: &[u8] = b"\x1b[?2026h";
const END: &[u8] = b"\x1b[?2026l";

/// Hands on what a program wrote in pieces that end where a frame does.
#[derive(Default)]
pub struct Synchronized {
    kept: Vec<u8>,
    inside: bool,
}

impl Synchronized {
    /// Takes what was read; `show` hears what is to be shown by now.
    pub fn feed(&mut self, bytes: &[u8], mut show: impl FnMut(&[u8])) {
        self.kept.extend_from_slice(bytes);
        loop {
            let mark = if self.inside { END } else { BEGIN };
            let found = self.kept.windows(mark.len()).position(|window| window == mark);
            let Some(at) = found else { break };
            // Up to the end of a frame, or up to where one begins.
            let upto = if self.inside { at + END.len() } else { at };
            if upto > 0 {
                show(&self.kept[..upto]);
                self.kept.drain(..upto);
            }
            self.inside = !self.inside;
        }
        if !self.inside {
            // What may yet become the beginning of a frame waits for what follows.
            let open = (1..BEGIN.len()).rev().find(|&n| self.kept.ends_with(&BEGIN[..n]));
            let upto = self.kept.len() - open.unwrap_or(0);
            if upto > 0 {
                show(&self.kept[..upto]);
                self.kept.drain(..upto);
            }
        }
    }

    /// Nothing more comes: `show` hears what was kept.
    pub fn end(&mut self, show: impl FnOnce(&[u8])) {
        show(&std::mem::take(&mut self.kept));
        self.inside = false;
    }
}
