//! Keys as the bytes that a terminal sends for them (xterm's, which every image knows).

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};

/// The bytes of a key; None for keys that have none. `application` is the mode in which arrows are
/// sent otherwise.
pub(super) fn bytes(key: KeyEvent, application: bool) -> Option<Vec<u8>> {
    let has = |modifier| key.modifiers.contains(modifier);
    let (shift, alt, ctrl) =
        (has(KeyModifiers::SHIFT), has(KeyModifiers::ALT), has(KeyModifiers::CONTROL));
    let modified = 1 + u8::from(shift) + 2 * u8::from(alt) + 4 * u8::from(ctrl);
    let letter = |last: char| match modified {
        1 if application => format!("\x1bO{last}"),
        1 => format!("\x1b[{last}"),
        n => format!("\x1b[1;{n}{last}"),
    };
    let number = |code: u8| match modified {
        1 => format!("\x1b[{code}~"),
        n => format!("\x1b[{code};{n}~"),
    };
    let plain = match key.code {
        KeyCode::Char(c) if ctrl => vec![control(c)?],
        KeyCode::Char(c) => c.to_string().into_bytes(),
        KeyCode::Enter => b"\r".to_vec(),
        KeyCode::Tab if shift => return Some(b"\x1b[Z".to_vec()),
        KeyCode::Tab => b"\t".to_vec(),
        KeyCode::BackTab => return Some(b"\x1b[Z".to_vec()),
        KeyCode::Backspace if ctrl => vec![0x08],
        KeyCode::Backspace => vec![0x7f],
        KeyCode::Esc => vec![0x1b],
        KeyCode::Null => vec![0],
        code => {
            let text = match code {
                KeyCode::Up => letter('A'),
                KeyCode::Down => letter('B'),
                KeyCode::Right => letter('C'),
                KeyCode::Left => letter('D'),
                KeyCode::Home => letter('H'),
                KeyCode::End => letter('F'),
                KeyCode::Insert => number(2),
                KeyCode::Delete => number(3),
                KeyCode::PageUp => number(5),
                KeyCode::PageDown => number(6),
                KeyCode::F(n @ 1..=4) => {
                    let last = char::from(b'P' + n - 1);
                    if modified == 1 { format!("\x1bO{last}") } else { letter(last) }
                }
                KeyCode::F(n @ 5..=20) => number(FUNCTION[usize::from(n) - 5]),
                _ => return None,
            };
            return Some(text.into_bytes());
        }
    };
    Some(if alt { [&[0x1b], plain.as_slice()].concat() } else { plain })
}

/// Numbers of F5 to F20.
const FUNCTION: [u8; 16] = [15, 17, 18, 19, 20, 21, 23, 24, 25, 26, 28, 29, 31, 32, 33, 34];

/// What ctrl makes of a character.
fn control(c: char) -> Option<u8> {
    Some(match c.to_ascii_lowercase() {
        c @ 'a'..='z' => c as u8 - b'a' + 1,
        '@' | ' ' | '2' | '`' => 0,
        '[' | '3' => 27,
        '\\' | '4' => 28,
        ']' | '5' => 29,
        '^' | '6' | '~' => 30,
        '_' | '/' | '7' | '-' => 31,
        '?' | '8' => 127,
        _ => return None,
    })
}

/// Pasted text: marked as such where the program asked for it, so that it runs nothing by itself. An
/// end mark inside it would end the paste early.
pub(super) fn pasted(text: &str, bracketed: bool) -> Vec<u8> {
    let lines = text.replace("\r\n", "\r").replace('\n', "\r");
    if !bracketed {
        return lines.into_bytes();
    }
    let inner = lines.replace('\x1b', "");
    format!("\x1b[200~{inner}\x1b[201~").into_bytes()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::ui::chord::Chord;

    fn sent(key: &str, application: bool) -> String {
        let chords = Chord::parse_sequence(key).unwrap();
        let all: Vec<u8> = chords
            .into_iter()
            .flat_map(|chord| bytes(chord.event(), application).unwrap())
            .collect();
        String::from_utf8(all).unwrap()
    }

    #[test]
    fn keys_are_sent_as_xterm_sends_them() {
        for (key, text) in [
            ("a shift-a enter tab backspace esc", "aA\r\t\x7f\x1b"),
            ("ctrl-a ctrl-z ctrl-space", "\x01\x1a\0"),
            ("ctrl-\\ ctrl-]", "\x1c\x1d"),
            ("alt-b alt-enter ctrl-alt-c", "\x1bb\x1b\r\x1b\x03"),
            ("up home delete pageup", "\x1b[A\x1b[H\x1b[3~\x1b[5~"),
            ("ctrl-left shift-up alt-right", "\x1b[1;5D\x1b[1;2A\x1b[1;3C"),
            ("f1 f5 f12 ctrl-f5 shift-f2", "\x1bOP\x1b[15~\x1b[24~\x1b[15;5~\x1b[1;2Q"),
            ("shift-tab", "\x1b[Z"),
        ] {
            assert_eq!(sent(key, false), text, "{key}");
        }
        assert_eq!(sent("up end", true), "\x1bOA\x1bOF");
    }

    #[test]
    fn a_paste_cannot_end_itself() {
        assert_eq!(pasted("a\nb\r\n", false), b"a\rb\r");
        assert_eq!(pasted("x\x1b[201~rm -rf /\n", true), b"\x1b[200~x[201~rm -rf /\r\x1b[201~");
    }
}
