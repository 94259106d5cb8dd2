//! What a process writes, made harmless before it is drawn: strings that a terminal would keep
//! (titles, clipboards, downloads) are swallowed, and counts are cut to what a screen can hold. All of
//! it may be hostile: a count of 65535 would cost seconds, a title without an end all memory.

/// Longest control sequence that is looked at; a longer one is dropped.
const LONGEST: usize = 64;
/// Largest count that is handed on; more than any screen has lines or columns.
const MOST: u32 = 1000;

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum State {
    #[default]
    Ground,
    Escape,
    /// After `ESC [`.
    Control,
    /// After `ESC ]`, `ESC P`, `ESC X`, `ESC ^`, `ESC _`, until the string ends.
    Text,
    /// In such a string, after an escape: perhaps its end.
    TextEscape,
}

/// Reads output piece by piece; sequences may be cut anywhere.
#[derive(Debug, Default)]
pub(super) struct Tame {
    state: State,
    sequence: Vec<u8>,
}

impl Tame {
    /// Appends what may be drawn of these bytes.
    pub(super) fn feed(&mut self, bytes: &[u8], out: &mut Vec<u8>) {
        for &byte in bytes {
            self.byte(byte, out);
        }
    }

    fn byte(&mut self, byte: u8, out: &mut Vec<u8>) {
        self.state = match (self.state, byte) {
            (State::Text, 0x07 | 0x18 | 0x1a) => State::Ground,
            (State::Text, 0x1b) => State::TextEscape,
            (State::Text, _) => State::Text,
            (State::TextEscape, b'\\') => State::Ground,
            (State::Ground, 0x1b) | (State::Escape | State::Control, 0x1b) => {
                self.sequence.clear();
                State::Escape
            }
            (State::Ground, _) => {
                out.push(byte);
                State::Ground
            }
            (State::Escape | State::Control, 0x18 | 0x1a) => State::Ground,
            (State::Escape | State::TextEscape, b'[') => {
                self.sequence.clear();
                State::Control
            }
            (State::Escape | State::TextEscape, b']' | b'P' | b'X' | b'^' | b'_') => State::Text,
            (State::Escape | State::TextEscape, 0x20..=0x2f) => {
                // Character sets and the like: one more byte follows, and none of it is drawn.
                self.sequence.push(byte);
                State::Escape
            }
            (State::Escape, 0x30..=0x7e) => {
                if self.sequence.is_empty() {
                    out.extend_from_slice(&[0x1b, byte]);
                }
                State::Ground
            }
            (State::Escape | State::TextEscape, _) => State::Ground,
            (State::Control, 0x40..=0x7e) => {
                self.control(byte, out);
                State::Ground
            }
            (State::Control, 0x20..=0x3f) => {
                if self.sequence.len() <= LONGEST {
                    self.sequence.push(byte);
                }
                State::Control
            }
            // Line feeds and the like inside a sequence act at once.
            (State::Control, 0..=0x1f) => {
                out.push(byte);
                State::Control
            }
            (State::Control, _) => State::Ground,
        };
    }

    fn control(&mut self, last: u8, out: &mut Vec<u8>) {
        if self.sequence.len() > LONGEST {
            return;
        }
        out.extend_from_slice(b"\x1b[");
        let private = self.sequence.first().is_some_and(|first| (0x3c..=0x3f).contains(first));
        if private || last == b'm' {
            out.extend_from_slice(&self.sequence);
        } else {
            let mut number: Option<u32> = None;
            for &byte in &self.sequence {
                if byte.is_ascii_digit() {
                    let digit = u32::from(byte - b'0');
                    number = Some(number.unwrap_or(0).saturating_mul(10).saturating_add(digit));
                    continue;
                }
                push_number(number.take(), out);
                out.push(byte);
            }
            push_number(number, out);
        }
        out.push(last);
    }
}

fn push_number(number: Option<u32>, out: &mut Vec<u8>) {
    if let Some(number) = number {
        out.extend_from_slice(number.min(MOST).to_string().as_bytes());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tamed(text: &str) -> String {
        let mut whole = Vec::new();
        Tame::default().feed(text.as_bytes(), &mut whole);
        for size in 1..text.len() {
            let (mut tame, mut out) = (Tame::default(), Vec::new());
            for piece in text.as_bytes().chunks(size) {
                tame.feed(piece, &mut out);
            }
            assert_eq!(out, whole, "in pieces of {size}");
        }
        String::from_utf8_lossy(&whole).into_owned()
    }

    #[test]
    fn ordinary_output_is_handed_on_as_it_is() {
        for text in [
            "plain ü 世界\r\n\tx\u{8}",
            "\x1b[1;31mred\x1b[0m \x1b[38;2;255;100;0mrgb\x1b[m",
            "\x1b[2J\x1b[H\x1b[12;40H\x1b[K\x1b[?1049h\x1b[?2004h\x1b[?25l",
            "\x1b7\x1b8\x1bM\x1b=\x1b>\x1b[6n\x1b[3;10r",
        ] {
            assert_eq!(tamed(text), text);
        }
    }

    #[test]
    fn titles_clipboards_and_other_strings_are_swallowed() {
        assert_eq!(tamed("a\x1b]0;title\x07b"), "ab");
        assert_eq!(tamed("a\x1b]52;c;aGVsbG8=\x1b\\b"), "ab");
        assert_eq!(tamed("a\x1bPq#0~~\x1b\\b\x1b_app\x1b\\c\x1b^pm\x1b\\d"), "abcd");
        assert_eq!(tamed("a\x1b]never ends"), "a");
        assert_eq!(tamed("\x1b(B\x1b)0x"), "x");
    }

    #[test]
    fn counts_are_cut_to_what_a_screen_can_hold() {
        assert_eq!(tamed("\x1b[65535@"), "\x1b[1000@");
        assert_eq!(tamed("\x1b[99999999999;4294967296H"), "\x1b[1000;1000H");
        assert_eq!(tamed("\x1b[;5H"), "\x1b[;5H");
        let long = format!("\x1b[{}mx", "1;".repeat(200));
        assert_eq!(tamed(&long), "x", "nobody means that");
    }
}
