//! The terminal inside the pane: what was written so far as cells, and answers to what a program asks
//! its terminal.

use super::tame::Tame;
use crate::text::contain::contained;
use std::fmt;

/// Lines kept to scroll back to.
const KEPT: usize = 2_000;
/// The smallest screen that the emulation bears.
const SMALLEST: (u16, u16) = (2, 2);

/// The terminal.
pub(super) struct Terminal {
    parser: vt100::Parser<Answers>,
    tame: Tame,
    tamed: Vec<u8>,
    /// Something was written.
    pub(super) written: bool,
}

impl fmt::Debug for Terminal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Terminal").field("size", &self.size()).finish_non_exhaustive()
    }
}

/// What is said back. Only numbers: nothing that was written can come back as if it were typed.
#[derive(Debug, Default)]
struct Answers(Vec<u8>);

impl vt100::Callbacks for Answers {
    fn unhandled_csi(
        &mut self,
        screen: &mut vt100::Screen,
        first: Option<u8>,
        second: Option<u8>,
        parameters: &[&[u16]],
        last: char,
    ) {
        let number = parameters.first().and_then(|all| all.first()).copied().unwrap_or(0);
        let answer = match (first, second, last, number) {
            // Where is the cursor? The shell of busybox asks before each prompt.
            (None, None, 'n', 6) => {
                let (row, column) = screen.cursor_position();
                format!("\x1b[{};{}R", row + 1, column + 1)
            }
            (None, None, 'n', 5) => "\x1b[0n".to_owned(),
            // What are you? A VT100 with colours.
            (None, None, 'c', 0) => "\x1b[?62;22c".to_owned(),
            (Some(b'>'), None, 'c', 0) => "\x1b[>0;10;0c".to_owned(),
            _ => return,
        };
        // A program that asks without end is not answered without end.
        if self.0.len() < 4096 {
            self.0.extend_from_slice(answer.as_bytes());
        }
    }
}

impl Terminal {
    /// An empty one of so many columns and rows.
    pub(super) fn new(size: (u16, u16)) -> Self {
        let (columns, rows) = fit(size);
        let parser = vt100::Parser::new_with_callbacks(rows, columns, KEPT, Answers::default());
        Self { parser, tame: Tame::default(), tamed: Vec::new(), written: false }
    }

    /// Takes in what was written; `raw` output has no terminal that ends its lines.
    pub(super) fn write(&mut self, bytes: &[u8], raw: bool) {
        self.tamed.clear();
        if raw {
            for line in bytes.split_inclusive(|byte| *byte == b'\n') {
                let text = line.strip_suffix(b"\n");
                self.tame.feed(text.unwrap_or(line), &mut self.tamed);
                if text.is_some() {
                    self.tame.feed(b"\r\n", &mut self.tamed);
                }
            }
        } else {
            self.tame.feed(bytes, &mut self.tamed);
        }
        self.written |= !self.tamed.is_empty();
        let (parser, tamed) = (&mut self.parser, &self.tamed);
        if contained(|| parser.process(tamed)).is_none() {
            // The emulation does not bear everything: better an empty screen than none.
            let written = self.written;
            *self = Self { written, ..Self::new(self.size()) };
        }
    }

    /// Everything on screen, as what draws it on another terminal.
    pub(super) fn drawn(&self) -> Vec<u8> {
        contained(|| self.screen().contents_formatted()).unwrap_or_default()
    }

    /// What is to be said back by now.
    pub(super) fn answers(&mut self) -> Vec<u8> {
        std::mem::take(&mut self.parser.callbacks_mut().0)
    }

    /// Columns and rows.
    pub(super) fn size(&self) -> (u16, u16) {
        let (rows, columns) = self.screen().size();
        (columns, rows)
    }

    /// Has so many columns and rows from now on; false when it had.
    pub(super) fn resize(&mut self, size: (u16, u16)) -> bool {
        let size = fit(size);
        if size == self.size() {
            return false;
        }
        self.parser.screen_mut().set_size(size.1, size.0);
        // A wide letter of which only one half is left would be the end of the emulation.
        let last = size.0 - 1;
        for row in 0..size.1 {
            if self.screen().cell(row, last).is_some_and(vt100::Cell::is_wide) {
                // Shifting the row to and fro cuts it off; writing over it would not be borne.
                let erase = format!("\x1b7\x1b[{};1H\x1b[@\x1b[P\x1b8", row + 1);
                self.write(erase.as_bytes(), false);
            }
        }
        true
    }

    /// The cells.
    pub(super) fn screen(&self) -> &vt100::Screen {
        self.parser.screen()
    }

    /// Looks so many lines further back.
    pub(super) fn scroll_back(&mut self, lines: isize) {
        let to = self.screen().scrollback().saturating_add_signed(lines);
        self.parser.screen_mut().set_scrollback(to);
    }

    /// Looks at what is written now.
    pub(super) fn scroll_to_end(&mut self) {
        self.parser.screen_mut().set_scrollback(0);
    }
}

fn fit((columns, rows): (u16, u16)) -> (u16, u16) {
    (columns.max(SMALLEST.0), rows.max(SMALLEST.1))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn text(terminal: &Terminal) -> String {
        terminal.screen().contents()
    }

    #[test]
    fn questions_are_answered_with_numbers_only() {
        let mut terminal = Terminal::new((20, 5));
        terminal.write(b"ab\r\nc\x1b[6n\x1b[5n\x1b[c\x1b[21t\x1b]0;evil\x07", false);
        assert_eq!(terminal.answers(), b"\x1b[2;2R\x1b[0n\x1b[?62;22c");
        assert_eq!(terminal.answers(), b"");
    }

    #[test]
    fn lines_without_a_terminal_begin_at_the_left() {
        let mut terminal = Terminal::new((20, 5));
        terminal.write(b"one\ntwo", true);
        assert_eq!(text(&terminal), "one\ntwo");
    }

    #[test]
    fn a_narrower_screen_cuts_wide_letters_in_half_and_goes_on() {
        let mut terminal = Terminal::new((10, 3));
        terminal.write("abcd世x".as_bytes(), false);
        terminal.resize((5, 3));
        assert_eq!(text(&terminal), "abcd");
        terminal.write(b"\x1b[1;5Hz\x1b[2;1Hok", false);
        assert_eq!(text(&terminal), "abcdz\nok", "nothing of it was lost");
    }

    #[test]
    fn what_scrolled_away_is_kept_and_found() {
        let mut terminal = Terminal::new((20, 3));
        for n in 0..10 {
            terminal.write(format!("line {n}\r\n").as_bytes(), false);
        }
        assert!(!text(&terminal).contains("line 3"));
        terminal.scroll_back(5);
        assert!(text(&terminal).contains("line 3"), "{}", text(&terminal));
        terminal.scroll_back(1000);
        assert!(text(&terminal).starts_with("line 0"));
        terminal.scroll_to_end();
        assert!(text(&terminal).contains("line 9"));
    }

    /// Pieces of what programs send, and of what only attackers do.
    fn piece() -> impl Strategy<Value = Vec<u8>> {
        prop_oneof![
            proptest::collection::vec(any::<u8>(), 0..40),
            "[a-z 世é\u{301}\u{200d}🙂\r\n\t\u{8}]{0,30}".prop_map(String::into_bytes),
            ("[?>]?", 0..70_000_u32, 0..70_000_u32, "[@A-Za-z]")
                .prop_map(|(sign, a, b, last)| format!("\x1b[{sign}{a};{b}{last}").into_bytes()),
            ("[0-9]{0,3}", "[@A-Za-z]")
                .prop_map(|(a, last)| format!("\x1b[{a}{last}").into_bytes()),
            "\x1b[7-9=>MDEHc]".prop_map(String::into_bytes),
            Just(b"\x1b[?1049h".to_vec()),
            Just(b"\x1b[?1049l".to_vec()),
            Just(b"\x1b[?6h\x1b[2;3r".to_vec()),
        ]
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(2_000))]
        #[test]
        fn nothing_that_is_written_breaks_the_terminal(
            pieces in proptest::collection::vec(piece(), 0..30),
            size in (0..30_u16, 0..12_u16),
            sizes in proptest::collection::vec((0..30_u16, 0..12_u16), 0..4),
            back in -20..20_isize,
        ) {
            let mut terminal = Terminal::new(size);
            let mut sizes = sizes.into_iter();
            for (at, piece) in pieces.iter().enumerate() {
                terminal.write(piece, at % 5 == 4);
                if at % 7 == 6 && let Some(size) = sizes.next() {
                    terminal.resize(size);
                }
                terminal.scroll_back(back);
                text(&terminal);
                let _ = terminal.screen().cursor_position();
                terminal.answers();
                if at % 3 == 0 {
                    terminal.scroll_to_end();
                }
            }
        }
    }
}
