//! Text from the cluster, made safe to draw: done once, at the model's edge.
//!
//! Whoever may write a pod annotation, an event message or a Git commit can put characters there
//! that a terminal obeys (escape sequences), that reorder what is read (bidi controls) or that hide
//! (zero width). None of them is dropped silently: a reader must see that something was there.
//! Controls become their picture (`␛`), everything else `‹200B›` with the code point.

use std::borrow::Cow;
use std::fmt::Write;
use unicode_width::UnicodeWidthChar;

/// More marks than this over one letter are left out and counted: they would cover other lines.
const MAX_MARKS: usize = 4;
/// More joiners than this in one emoji are shown as what they are.
const MAX_JOINS: usize = 4;

/// Replaces everything a terminal could take for a command, or a reader for something else, by a
/// visible mark. Cleaning twice changes nothing more.
pub fn clean(text: &str) -> Cow<'_, str> {
    // Nearly all text is this; bytes are folded, not short-circuited, so that it vectorises.
    let plain = |chunk: &[u8]| chunk.iter().fold(true, |ok, b| ok & matches!(b, b' '..=b'~'));
    if text.as_bytes().chunks(64).all(plain) {
        return Cow::Borrowed(text);
    }
    let mut out = Writer { text, copied: 0, out: String::new(), marks: 0, joins: 0, last: None };
    let mut chars = text.char_indices().peekable();
    while let Some((at, c)) = chars.next() {
        out.char(at, c, chars.peek().map(|&(_, next)| next));
    }
    out.finish()
}

/// Copies clean stretches whole, and only once something had to be replaced.
struct Writer<'t> {
    text: &'t str,
    copied: usize,
    out: String,
    /// Combining marks since the last letter.
    marks: usize,
    /// Joiners since the last letter that was not joined.
    joins: usize,
    last: Option<char>,
}

impl<'t> Writer<'t> {
    fn char(&mut self, at: usize, c: char, next: Option<char>) {
        let last = self.last.replace(c);
        match c {
            ' '..='~' => (self.marks, self.joins) = (0, 0),
            '\0'..='\u{1f}' => {
                let picture = char::from_u32(0x2400 + u32::from(c)).unwrap_or('\u{fffd}');
                self.replace(at, c, |out| out.push(picture));
            }
            '\u{7f}' => self.replace(at, c, |out| out.push('\u{2421}')),
            '\u{200d}'
                if last.is_some_and(joinable)
                    && next.is_some_and(pictograph)
                    && self.joins < MAX_JOINS =>
            {
                self.joins += 1;
            }
            '\u{fe0f}' if last.is_some_and(pictograph) => {}
            _ if hidden(c) => self.replace(at, c, |out| {
                // A String takes every write.
                let _ = write!(out, "\u{2039}{:04X}\u{203a}", u32::from(c));
            }),
            _ if c.width() == Some(0) => self.mark(at, c, last.is_none(), next),
            _ => {
                self.marks = 0;
                if last != Some('\u{200d}') {
                    self.joins = 0;
                }
            }
        }
    }

    fn mark(&mut self, at: usize, c: char, first: bool, next: Option<char>) {
        self.marks += 1;
        if first {
            // Without a letter of its own it would land on the neighbouring column's.
            self.flush(at);
            self.out.push('\u{25cc}');
        }
        if self.marks <= MAX_MARKS {
            return;
        }
        self.flush(at);
        self.copied = at + c.len_utf8();
        let more = next.is_some_and(|next| next.width() == Some(0) && !hidden(next));
        if !more {
            let _ = write!(self.out, "\u{2039}+{}\u{203a}", self.marks - MAX_MARKS);
            self.marks = 0;
        }
    }

    fn replace(&mut self, at: usize, c: char, with: impl FnOnce(&mut String)) {
        (self.marks, self.joins) = (0, 0);
        self.flush(at);
        with(&mut self.out);
        self.copied = at + c.len_utf8();
        // What follows stands behind the mark now, not behind what was replaced.
        self.last = Some('\u{203a}');
    }

    fn flush(&mut self, at: usize) {
        if self.out.is_empty() {
            self.out.reserve(self.text.len() + 16);
        }
        self.out.push_str(&self.text[self.copied..at]);
        self.copied = at;
    }

    fn finish(mut self) -> Cow<'t, str> {
        if self.copied == 0 && self.out.is_empty() {
            return Cow::Borrowed(self.text);
        }
        self.flush(self.text.len());
        Cow::Owned(self.out)
    }
}

/// Invisible, reordering or otherwise not what it seems: C1 controls, bidi controls, zero-width
/// and filler characters, variation selectors, tags.
fn hidden(c: char) -> bool {
    matches!(u32::from(c),
        0x80..=0x9f
        | 0xad
        | 0x34f
        | 0x61c
        | 0x115f..=0x1160
        | 0x17b4..=0x17b5
        | 0x180b..=0x180f
        | 0x200b..=0x200f
        | 0x2028..=0x202e
        | 0x2060..=0x206f
        | 0x3164
        | 0xfe00..=0xfe0f
        | 0xfeff
        | 0xffa0
        | 0xfff0..=0xfffb
        | 0x1bca0..=0x1bca3
        | 0x1d173..=0x1d17a
        | 0xe0000..=0xe0fff)
}

/// Roughly the blocks of emoji: what may be joined, and what U+FE0F may follow.
fn pictograph(c: char) -> bool {
    matches!(u32::from(c),
        0xa9 | 0xae | 0x203c | 0x2049 | 0x2122 | 0x2139
        | 0x2194..=0x21aa
        | 0x231a..=0x23ff
        | 0x24c2
        | 0x25aa..=0x25fe
        | 0x2600..=0x27bf
        | 0x2934..=0x2935
        | 0x2b05..=0x2b55
        | 0x3030 | 0x303d | 0x3297 | 0x3299
        | 0x1f000..=0x1faff)
}

fn joinable(c: char) -> bool {
    pictograph(c) || c == '\u{fe0f}'
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn ordinary_text_is_not_copied() {
        for text in [
            "",
            "api-7d9c5b6f4-x2x9l",
            "Zürich, café, naïve",
            "日本語のテキスト",
            "e\u{301}\u{302}\u{303}\u{304}",
            "ship it 🚀",
            "family 👨\u{200d}👩\u{200d}👧\u{200d}👦",
            "❤\u{fe0f}\u{200d}🔥",
            "👍🏽",
            "→ ✓ …",
        ] {
            assert!(matches!(clean(text), Cow::Borrowed(same) if same == text), "{text}");
        }
    }

    #[test]
    fn what_a_terminal_would_obey_is_shown() {
        assert_eq!(clean("a\u{1b}[2Kb"), "a␛[2Kb");
        assert_eq!(clean("line\r\n\tnext\0"), "line␍␊␉next␀");
        assert_eq!(clean("\u{7f}"), "␡");
        assert_eq!(clean("x\u{9b}2J"), "x‹009B›2J");
        assert_eq!(clean("\u{1b}]0;title\u{7}"), "␛]0;title␇");
    }

    #[test]
    fn what_a_reader_would_not_see_is_shown() {
        assert_eq!(clean("user\u{202e}nimda"), "user‹202E›nimda");
        assert_eq!(clean("pay\u{200b}pal"), "pay‹200B›pal");
        assert_eq!(clean("\u{feff}x"), "‹FEFF›x");
        assert_eq!(clean("a\u{2066}b\u{2069}"), "a‹2066›b‹2069›");
        assert_eq!(clean("a\u{e0041}"), "a‹E0041›");
        assert_eq!(clean("a\u{2028}b"), "a‹2028›b");
        // A joiner or an emoji selector where there is no emoji only hides.
        assert_eq!(clean("a\u{200d}b"), "a‹200D›b");
        assert_eq!(clean("🚀\u{200d}b"), "🚀‹200D›b");
        assert_eq!(clean("a\u{fe0f}"), "a‹FE0F›");
    }

    #[test]
    fn piled_up_marks_are_counted_instead_of_drawn() {
        let pile = format!("z{}a", "\u{301}".repeat(40));
        assert_eq!(clean(&pile), format!("z{}‹+36›a", "\u{301}".repeat(4)));
        assert_eq!(clean("\u{301}x"), "◌\u{301}x");
        let chain = "👩\u{200d}".repeat(9) + "👩";
        assert!(clean(&chain).contains("‹200D›"));
    }

    proptest! {
        #[test]
        fn nothing_dangerous_is_left_and_cleaning_again_changes_nothing(
            text in proptest::collection::vec(
                prop_oneof![
                    any::<char>(),
                    proptest::sample::select(vec![
                        '\u{1b}', '\n', '\u{301}', '\u{200d}', '\u{fe0f}', '🚀', 'a', '\u{202e}',
                    ]),
                ],
                0..40,
            )
        ) {
            let text: String = text.into_iter().collect();
            let once = clean(&text).into_owned();
            let again = clean(&once).into_owned();
            prop_assert_eq!(&again, &once);
            prop_assert!(!once.contains(char::is_control));
            let left: Vec<char> = once.chars().filter(|&c| hidden(c)).collect();
            prop_assert!(left.iter().all(|c| matches!(c, '\u{200d}' | '\u{fe0f}')), "{:?}", left);
            let mut run = 0;
            for c in once.chars() {
                run = if c.width() == Some(0) && !hidden(c) { run + 1 } else { 0 };
                prop_assert!(run <= MAX_MARKS, "{:?}", once);
            }
        }
    }
}
