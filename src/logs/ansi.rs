//! Escape sequences in log lines: colours are understood, everything else is dropped, and nothing
//! that a terminal would obey gets through. Positions are cells, so that a line of a megabyte can
//! be looked at piece by piece.

use crate::text::sanitise;
use crate::text::width::width;
use std::borrow::Cow;
use vte::{Params, Parser, Perform};

/// Longest escape sequence that is taken for one; beyond it, its beginning is shown.
const MAX_SEQUENCE: usize = 4096;
/// Tab stops.
const TAB: usize = 8;
const ESC: u8 = 0x1b;

/// A colour that a line asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Color {
    /// One of the terminal's palette.
    Indexed(u8),
    /// Red, green, blue.
    Rgb(u8, u8, u8),
}

/// How a stretch of a line looks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Look {
    /// Colour of the letters; None for the usual one.
    pub fg: Option<Color>,
    /// Colour behind them.
    pub bg: Option<Color>,
    /// Bold.
    pub bold: bool,
    /// Dim.
    pub dim: bool,
    /// Italic.
    pub italic: bool,
    /// Underlined.
    pub underline: bool,
    /// Fore- and background swapped.
    pub reverse: bool,
}

impl Look {
    /// The sequence that makes a terminal write like this from here on.
    fn sgr(&self) -> String {
        let mut out = String::from("\x1b[0");
        let marks = [
            (self.bold, ";1"),
            (self.dim, ";2"),
            (self.italic, ";3"),
            (self.underline, ";4"),
            (self.reverse, ";7"),
        ];
        marks.into_iter().filter(|(is, _)| *is).for_each(|(_, code)| out.push_str(code));
        for (color, code) in [(self.fg, 38), (self.bg, 48)] {
            match color {
                Some(Color::Indexed(n)) => out.push_str(&format!(";{code};5;{n}")),
                Some(Color::Rgb(r, g, b)) => out.push_str(&format!(";{code};2;{r};{g};{b}")),
                None => {}
            }
        }
        out.push('m');
        out
    }
}

/// A line that is safe to draw.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Safe {
    /// Its text, without any control character.
    pub text: String,
    /// From which byte of it on it looks how, in order. Before the first: as usual.
    pub looks: Vec<(usize, Look)>,
}

/// Whether a line holds an escape character.
pub fn has_escapes(line: &[u8]) -> bool {
    memchr::memchr(ESC, line).is_some()
}

/// The line without escape sequences: what filters and parsers look at.
pub fn stripped(line: &[u8]) -> Cow<'_, [u8]> {
    if !has_escapes(line) {
        return Cow::Borrowed(line);
    }
    let mut out = Vec::with_capacity(line.len());
    let mut rest = line;
    while let Some(at) = memchr::memchr(ESC, rest) {
        out.extend_from_slice(&rest[..at]);
        rest = match sequence(&rest[at..], &mut Look::default()) {
            Some(length) => &rest[at + length..],
            None => {
                out.push(ESC);
                &rest[at + 1..]
            }
        };
    }
    out.extend_from_slice(rest);
    Cow::Owned(out)
}

/// The text of a line without colours, safe to print.
pub fn plain(line: &[u8]) -> String {
    safe(line).text
}

/// The text of a line with its colours and nothing else that a terminal obeys; it ends as it began.
pub fn coloured(line: &[u8]) -> String {
    let Safe { text, looks } = safe(line);
    if looks.is_empty() {
        return text;
    }
    let mut out = String::with_capacity(text.len() + looks.len() * 12);
    let mut from = 0;
    for (at, look) in &looks {
        out.push_str(&text[from..*at]);
        out.push_str(&look.sgr());
        from = *at;
    }
    out.push_str(&text[from..]);
    if looks.last().is_some_and(|(_, look)| *look != Look::default()) {
        out.push_str("\x1b[0m");
    }
    out
}

/// Makes a line safe to draw: SGR sequences become looks, all others go, controls and hidden
/// characters become visible marks, bytes that are no UTF-8 become U+FFFD, tabs become spaces.
pub fn safe(line: &[u8]) -> Safe {
    let line = line.strip_suffix(b"\r").unwrap_or(line);
    if line.iter().fold(true, |ok, b| ok & matches!(b, b' '..=b'~')) {
        // Printable ASCII is UTF-8.
        let text = String::from_utf8_lossy(line).into_owned();
        return Safe { text, looks: Vec::new() };
    }
    let mut out = Writer::default();
    let mut look = Look::default();
    let mut rest = line;
    while let Some(at) = memchr::memchr(ESC, rest) {
        out.push(&rest[..at]);
        let before = look;
        match sequence(&rest[at..], &mut look) {
            Some(length) => {
                rest = &rest[at + length..];
                if look != before {
                    out.flush();
                    out.safe.looks.push((out.safe.text.len(), look));
                }
            }
            None => {
                // It never ends: shown, so that it hides nothing.
                out.push(&[ESC]);
                rest = &rest[at + 1..];
            }
        }
    }
    out.push(rest);
    out.flush();
    out.safe
}

#[derive(Default)]
struct Writer {
    safe: Safe,
    /// Bytes since the last flush, not yet looked at.
    run: Vec<u8>,
    /// Cells in `safe.text`.
    cells: usize,
}

impl Writer {
    fn push(&mut self, bytes: &[u8]) {
        self.run.extend_from_slice(bytes);
    }

    fn flush(&mut self) {
        let run = std::mem::take(&mut self.run);
        for (i, part) in run.split(|b| *b == b'\t').enumerate() {
            if i > 0 {
                let gap = TAB - self.cells % TAB;
                self.safe.text.extend(std::iter::repeat_n(' ', gap));
                self.cells += gap;
            }
            if part.is_empty() {
                continue;
            }
            let text = String::from_utf8_lossy(part);
            let text = sanitise::clean(&text);
            self.cells += width(&text);
            self.safe.text.push_str(&text);
        }
    }
}

/// Takes the escape sequence at the beginning of `bytes`; its length, None where it does not end.
/// What it says about colours goes into `look`.
fn sequence(bytes: &[u8], look: &mut Look) -> Option<usize> {
    let mut parser = Parser::new();
    let mut taken = Taken { look, done: false };
    let end = bytes.len().min(MAX_SEQUENCE);
    let mut string = false;
    for (i, byte) in bytes[..end].iter().enumerate() {
        // A sequence within a sequence ends the first. A string may hide text: it must end as
        // strings do, with `ESC \` or a bell.
        if i > 0 && *byte == ESC {
            let ends = bytes.get(i + 1) == Some(&b'\\');
            return if string { ends.then_some(i + 2) } else { Some(i) };
        }
        if i == 1 {
            string = matches!(byte, b']' | b'P' | b'X' | b'^' | b'_');
        }
        parser.advance(&mut taken, std::slice::from_ref(byte));
        if taken.done {
            return Some(i + 1);
        }
    }
    None
}

struct Taken<'l> {
    look: &'l mut Look,
    done: bool,
}

impl Perform for Taken<'_> {
    fn csi_dispatch(&mut self, params: &Params, marks: &[u8], ignored: bool, action: char) {
        self.done = true;
        if action == 'm' && marks.is_empty() && !ignored {
            apply(params, self.look);
        }
    }

    fn esc_dispatch(&mut self, _marks: &[u8], _ignored: bool, _byte: u8) {
        self.done = true;
    }

    fn osc_dispatch(&mut self, _params: &[&[u8]], _bell: bool) {
        self.done = true;
    }

    fn unhook(&mut self) {
        self.done = true;
    }

    fn print(&mut self, _c: char) {
        // The parser gave up on the sequence.
        self.done = true;
    }
}

/// What `CSI … m` says.
fn apply(params: &Params, look: &mut Look) {
    let mut params = params.iter();
    let mut any = false;
    while let Some(param) = params.next() {
        any = true;
        let code = param.first().copied().unwrap_or(0);
        match code {
            0 => *look = Look::default(),
            1 => look.bold = true,
            2 => look.dim = true,
            3 => look.italic = true,
            4 => look.underline = param.get(1) != Some(&0),
            7 => look.reverse = true,
            22 => (look.bold, look.dim) = (false, false),
            23 => look.italic = false,
            24 => look.underline = false,
            27 => look.reverse = false,
            30..=37 => look.fg = indexed(code - 30),
            39 => look.fg = None,
            40..=47 => look.bg = indexed(code - 40),
            49 => look.bg = None,
            90..=97 => look.fg = indexed(code - 90 + 8),
            100..=107 => look.bg = indexed(code - 100 + 8),
            38 | 48 => {
                let color = if param.len() > 1 {
                    extended(&mut param[1..].iter().copied(), param.len() > 5)
                } else {
                    extended(&mut params.by_ref().map(|p| p.first().copied().unwrap_or(0)), false)
                };
                if color.is_some() && code == 38 {
                    look.fg = color;
                } else if color.is_some() {
                    look.bg = color;
                }
            }
            // Blinking and concealed text would be a nuisance and a lie.
            _ => {}
        }
    }
    if !any {
        *look = Look::default();
    }
}

fn indexed(code: u16) -> Option<Color> {
    u8::try_from(code).ok().map(Color::Indexed)
}

/// `5;n` or `2;r;g;b`; with colons a colour space may stand before the red.
fn extended(params: &mut dyn Iterator<Item = u16>, space: bool) -> Option<Color> {
    let byte = |params: &mut dyn Iterator<Item = u16>| u8::try_from(params.next()?).ok();
    match params.next()? {
        5 => byte(params).map(Color::Indexed),
        2 => {
            if space {
                params.next();
            }
            Some(Color::Rgb(byte(params)?, byte(params)?, byte(params)?))
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn text(line: &str) -> String {
        safe(line.as_bytes()).text
    }

    #[test]
    fn colours_are_kept_and_other_sequences_go() {
        let line = safe(b"\x1b[1;31mERROR\x1b[0m \x1b[38;5;208mhot\x1b[m x");
        assert_eq!(line.text, "ERROR hot x");
        assert_eq!(line.looks.len(), 4);
        assert_eq!(line.looks[0].0, 0);
        assert!(line.looks[0].1.bold);
        assert_eq!(line.looks[0].1.fg, Some(Color::Indexed(1)));
        assert_eq!(line.looks[2], (6, Look { fg: Some(Color::Indexed(208)), ..Look::default() }));
        assert_eq!(line.looks[3], (9, Look::default()));
        let rgb = Some(Color::Rgb(1, 2, 3));
        assert_eq!(safe(b"\x1b[38;2;1;2;3mx").looks[0].1.fg, rgb);
        assert_eq!(safe(b"\x1b[48:2::1:2:3mx").looks[0].1.bg, rgb);
        for (line, clean) in [
            ("a\u{1b}[2Jb", "ab"),
            ("a\u{1b}]0;title\u{7}b", "ab"),
            ("a\u{1b}]8;;http://x\u{1b}\\link\u{1b}]8;;\u{1b}\\b", "alinkb"),
            ("a\u{1b}Pq#0\u{1b}\\b", "ab"),
            ("a\u{1b}(Bb", "ab"),
            ("a\u{1b}[?1049hb", "ab"),
            ("a\u{1b}cb", "ab"),
            ("\u{1b}[3\u{1b}[31mx", "x"),
        ] {
            assert_eq!(text(line), clean, "{line:?}");
            assert_eq!(stripped(line.as_bytes()).as_ref(), clean.as_bytes(), "{line:?}");
        }
    }

    #[test]
    fn what_never_ends_hides_nothing() {
        assert_eq!(text("a\u{1b}]0;rest of the line"), "a␛]0;rest of the line");
        assert_eq!(text("a\u{1b}"), "a␛");
        assert_eq!(text("a\u{1b}[31"), "a␛[31");
        let long = format!("\u{1b}]{}\u{7}b", "x".repeat(MAX_SEQUENCE));
        assert!(text(&long).ends_with("x␇b"));
    }

    #[test]
    fn controls_tabs_and_broken_bytes() {
        assert_eq!(text("a\tb\t\tc"), "a       b               c");
        assert_eq!(text("日\tx"), "日      x");
        assert_eq!(text("50%\r100%\r"), "50%␍100%");
        assert_eq!(safe(b"\xff\xfe\x00a").text, "\u{fffd}\u{fffd}␀a");
        assert_eq!(safe(b"\x9b2J").text, "\u{fffd}2J");
        assert_eq!(text("a\u{202e}b"), "a‹202E›b");
    }

    proptest! {
        #[test]
        fn nothing_a_terminal_obeys_is_left(
            line in proptest::collection::vec(
                prop_oneof![
                    any::<u8>(),
                    proptest::sample::select(b"\x1b[]P;m\\\x07\x9b0123".to_vec()),
                ],
                0..80,
            )
        ) {
            let line = safe(&line);
            prop_assert!(!line.text.contains(char::is_control), "{:?}", line.text);
            for (at, _) in &line.looks {
                prop_assert!(line.text.is_char_boundary(*at));
            }
        }
    }
}
