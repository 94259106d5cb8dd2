//! One key press, normalised: what the terminal reports and what a keymap file says meet here.
//!
//! Terminals report the same key in several ways (shift with an upper-case letter, ctrl-\ as
//! ctrl-4); bindings compare equal only after this module has folded those ways into one.

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use std::fmt;

/// One key press with its modifiers, normalised. Equal presses are equal values.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd)]
pub struct Chord {
    code: KeyCode,
    modifiers: KeyModifiers,
}

/// Names of the keys that are not characters, as keymap files write them.
const NAMED: &[(&str, KeyCode)] = &[
    ("enter", KeyCode::Enter),
    ("esc", KeyCode::Esc),
    ("tab", KeyCode::Tab),
    ("backspace", KeyCode::Backspace),
    ("delete", KeyCode::Delete),
    ("insert", KeyCode::Insert),
    ("up", KeyCode::Up),
    ("down", KeyCode::Down),
    ("left", KeyCode::Left),
    ("right", KeyCode::Right),
    ("home", KeyCode::Home),
    ("end", KeyCode::End),
    ("pageup", KeyCode::PageUp),
    ("pagedown", KeyCode::PageDown),
    ("space", KeyCode::Char(' ')),
];

impl Chord {
    /// A normalised chord from a key code and its modifiers.
    pub fn new(code: KeyCode, modifiers: KeyModifiers) -> Self {
        let known = KeyModifiers::CONTROL | KeyModifiers::ALT | KeyModifiers::SHIFT;
        let mut modifiers = modifiers & known;
        let code = match code {
            KeyCode::BackTab => {
                modifiers |= KeyModifiers::SHIFT;
                KeyCode::Tab
            }
            KeyCode::Char('\t') => KeyCode::Tab,
            KeyCode::Char('\n' | '\r') => KeyCode::Enter,
            KeyCode::Char(c) if modifiers.contains(KeyModifiers::CONTROL) => {
                let (code, ctrl) = control(c);
                if !ctrl {
                    modifiers -= KeyModifiers::CONTROL;
                }
                if !c.is_alphabetic() {
                    modifiers -= KeyModifiers::SHIFT;
                }
                code
            }
            KeyCode::Char(c) => {
                let c = if modifiers.contains(KeyModifiers::SHIFT) { upper(c) } else { c };
                modifiers -= KeyModifiers::SHIFT;
                KeyCode::Char(c)
            }
            other => other,
        };
        Self { code, modifiers }
    }

    /// The character this press would type into a prompt; None for anything else.
    pub fn typed(self) -> Option<char> {
        match self.code {
            KeyCode::Char(c) if self.modifiers.is_empty() => Some(c),
            _ => None,
        }
    }

    /// The press as a terminal reports it.
    pub fn event(self) -> KeyEvent {
        KeyEvent::new(self.code, self.modifiers)
    }

    /// Reads one chord as keymap files write it: `ctrl-d`, `shift-n` or `N`, `alt-left`, `f5`,
    /// `space`, `-`.
    ///
    /// # Errors
    /// In words: which part is not a modifier or key.
    pub fn parse(text: &str) -> Result<Self, String> {
        let mut modifiers = KeyModifiers::NONE;
        let mut rest = text;
        // A lone "-" is a key, so the separator only counts when something follows it.
        while let Some((head, tail)) =
            rest.split_once('-').filter(|(head, tail)| !head.is_empty() && !tail.is_empty())
        {
            modifiers |= match head.to_ascii_lowercase().as_str() {
                "ctrl" | "c" => KeyModifiers::CONTROL,
                "alt" | "a" => KeyModifiers::ALT,
                "shift" | "s" => KeyModifiers::SHIFT,
                _ => {
                    return Err(format!(
                        "{text:?} is no key: {head:?} is no modifier (ctrl, alt, shift)"
                    ));
                }
            };
            rest = tail;
        }
        let mut chars = rest.chars();
        let code = match (chars.next(), chars.next()) {
            (None, _) => return Err("the key is empty".to_owned()),
            (Some(c), None) if c.is_control() => {
                return Err(format!("{text:?} is no key: it is a control character"));
            }
            (Some(c), None) => KeyCode::Char(c),
            _ => named(&rest.to_ascii_lowercase()).ok_or_else(|| {
                format!("{text:?} is no key: {rest:?} is neither one character nor a key's name")
            })?,
        };
        Ok(Self::new(code, modifiers))
    }

    /// Reads a sequence of chords separated by spaces: `g g`.
    ///
    /// # Errors
    /// In words: which chord cannot be read, or that there is none.
    pub fn parse_sequence(text: &str) -> Result<Vec<Self>, String> {
        let chords = text.split_whitespace().map(Self::parse).collect::<Result<Vec<_>, _>>()?;
        if chords.is_empty() {
            return Err("the key is empty; the space bar is written \"space\"".to_owned());
        }
        Ok(chords)
    }

    /// Prints a sequence so that [`Chord::parse_sequence`] reads it back.
    pub fn print_sequence(chords: &[Self]) -> String {
        chords.iter().map(ToString::to_string).collect::<Vec<_>>().join(" ")
    }
}

/// What ctrl with this character really is, and whether ctrl still has to be named.
///
/// Terminals send one byte for ctrl with a character: ctrl-i is Tab, ctrl-m is Enter, ctrl-[ is
/// Esc, and the bytes 0x1c-0x1f reach us as ctrl-4 to ctrl-7.
fn control(c: char) -> (KeyCode, bool) {
    match lower(c) {
        'i' => (KeyCode::Tab, false),
        'm' => (KeyCode::Enter, false),
        '[' | '3' => (KeyCode::Esc, false),
        '4' => (KeyCode::Char('\\'), true),
        '5' => (KeyCode::Char(']'), true),
        '6' => (KeyCode::Char('^'), true),
        '7' | '/' => (KeyCode::Char('_'), true),
        '2' | '@' => (KeyCode::Char(' '), true),
        c => (KeyCode::Char(c), true),
    }
}

fn named(name: &str) -> Option<KeyCode> {
    if let Some((_, code)) = NAMED.iter().find(|(known, _)| *known == name) {
        return Some(*code);
    }
    match name {
        "return" => return Some(KeyCode::Enter),
        "escape" => return Some(KeyCode::Esc),
        "del" => return Some(KeyCode::Delete),
        "pgup" => return Some(KeyCode::PageUp),
        "pgdn" | "pgdown" => return Some(KeyCode::PageDown),
        "backtab" => return Some(KeyCode::BackTab),
        _ => {}
    }
    let number: u8 = name.strip_prefix('f')?.parse().ok()?;
    (1..=24).contains(&number).then_some(KeyCode::F(number))
}

/// Upper case where that is one character ('ß' stays as it is).
fn upper(c: char) -> char {
    let mut upper = c.to_uppercase();
    match (upper.next(), upper.next()) {
        (Some(one), None) => one,
        _ => c,
    }
}

fn lower(c: char) -> char {
    let mut lower = c.to_lowercase();
    match (lower.next(), lower.next()) {
        (Some(one), None) => one,
        _ => c,
    }
}

impl From<KeyEvent> for Chord {
    fn from(event: KeyEvent) -> Self {
        Self::new(event.code, event.modifiers)
    }
}

impl fmt::Display for Chord {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.modifiers.contains(KeyModifiers::CONTROL) {
            f.write_str("ctrl-")?;
        }
        if self.modifiers.contains(KeyModifiers::ALT) {
            f.write_str("alt-")?;
        }
        if self.modifiers.contains(KeyModifiers::SHIFT) {
            f.write_str("shift-")?;
        }
        if let Some((name, _)) = NAMED.iter().find(|(_, code)| *code == self.code) {
            return f.write_str(name);
        }
        match self.code {
            // Upper-case letters are hard to tell apart in some fonts; k9s users read shift-n.
            KeyCode::Char(c) if c.is_ascii_uppercase() => {
                write!(f, "shift-{}", c.to_ascii_lowercase())
            }
            KeyCode::Char(c) => write!(f, "{c}"),
            KeyCode::F(n) => write!(f, "f{n}"),
            other => write!(f, "{}", other.to_string().to_ascii_lowercase().replace(' ', "")),
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
    use super::*;
    use proptest::prelude::*;

    fn press(code: KeyCode, modifiers: KeyModifiers) -> String {
        Chord::from(KeyEvent::new(code, modifiers)).to_string()
    }

    #[test]
    fn terminals_report_one_key_in_several_ways_and_all_become_one() {
        let shift = KeyModifiers::SHIFT;
        let ctrl = KeyModifiers::CONTROL;
        assert_eq!(press(KeyCode::Char('N'), shift), "shift-n");
        assert_eq!(press(KeyCode::Char('N'), KeyModifiers::NONE), "shift-n");
        assert_eq!(press(KeyCode::Char('n'), shift), "shift-n");
        assert_eq!(press(KeyCode::Char('?'), shift), "?");
        assert_eq!(press(KeyCode::Char('D'), ctrl), "ctrl-d");
        assert_eq!(press(KeyCode::BackTab, shift), "shift-tab");
        assert_eq!(press(KeyCode::BackTab, KeyModifiers::NONE), "shift-tab");
        // crossterm reports the byte 0x1c, which ctrl-\ sends, as ctrl-4
        assert_eq!(press(KeyCode::Char('4'), ctrl), "ctrl-\\");
        assert_eq!(press(KeyCode::Char(' '), ctrl), "ctrl-space");
        assert_eq!(press(KeyCode::Left, shift), "shift-left");
    }

    #[test]
    fn spellings_that_mean_one_key_are_equal() {
        for (a, b) in [
            ("N", "shift-n"),
            ("shift-N", "shift-n"),
            ("backtab", "shift-tab"),
            ("CTRL-D", "ctrl-d"),
            ("pgdn", "pagedown"),
            ("ctrl-i", "tab"),
            ("ctrl-[", "esc"),
            ("C-x", "ctrl-x"),
        ] {
            assert_eq!(Chord::parse(a).unwrap(), Chord::parse(b).unwrap(), "{a} and {b}");
        }
        assert_eq!(Chord::parse("-").unwrap().typed(), Some('-'));
        assert_eq!(Chord::parse("ctrl--").unwrap().to_string(), "ctrl--");
        assert_eq!(Chord::print_sequence(&Chord::parse_sequence(" g  g ").unwrap()), "g g");
    }

    #[test]
    fn what_is_no_key_is_said_in_words() {
        for (text, part) in
            [("hyper-x", "hyper"), ("ctrl-delte", "delte"), ("f99", "f99"), ("", "empty")]
        {
            let why = Chord::parse(text).unwrap_err();
            assert!(why.contains(part), "{text}: {why}");
        }
        assert!(Chord::parse_sequence("  ").unwrap_err().contains("space"));
    }

    fn any_code() -> impl Strategy<Value = KeyCode> {
        prop_oneof![
            any::<char>()
                .prop_filter("typed", |c| !c.is_control() && !c.is_whitespace())
                .prop_map(KeyCode::Char),
            Just(KeyCode::BackTab),
            (0..NAMED.len()).prop_map(|i| NAMED[i].1),
            (1u8..=24).prop_map(KeyCode::F),
        ]
    }

    proptest! {
        #[test]
        fn what_is_printed_reads_back_as_the_same_chord(
            presses in proptest::collection::vec((any_code(), 0u8..8), 1..4)
        ) {
            let chords: Vec<Chord> = presses
                .into_iter()
                .map(|(code, bits)| Chord::new(code, KeyModifiers::from_bits_truncate(bits)))
                .collect();
            let printed = Chord::print_sequence(&chords);
            prop_assert_eq!(Chord::parse_sequence(&printed), Ok(chords), "{}", printed);
        }
    }
}
