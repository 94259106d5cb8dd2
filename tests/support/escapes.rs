//! What may reach a terminal: printable text, and the few sequences the program itself needs.

/// Private modes the program sets and resets.
const MODES: &[&str] =
    &["25", "1000", "1002", "1003", "1004", "1006", "1015", "1049", "2004", "2026"];

/// Everything in `bytes` that a terminal should not have been sent, described.
pub fn forbidden(bytes: &[u8]) -> Vec<String> {
    let mut faults = Vec::new();
    let text = match std::str::from_utf8(bytes) {
        Ok(text) => text,
        Err(error) => {
            let at = error.valid_up_to();
            faults.push(format!(
                "no UTF-8 at byte {at}: {:x?}",
                &bytes[at..(at + 8).min(bytes.len())]
            ));
            return faults;
        }
    };
    let mut rest = text.char_indices().peekable();
    while let Some((at, c)) = rest.next() {
        match c {
            '\x1b' => {
                let tail = &text[at..];
                match sequence(tail) {
                    Ok(length) => {
                        while rest.peek().is_some_and(|(next, _)| *next < at + length) {
                            rest.next();
                        }
                    }
                    Err(why) => {
                        let shown: String = tail.chars().take(24).collect();
                        faults.push(format!("{why} at byte {at}: {shown:?}"));
                    }
                }
            }
            '\r' | '\n' => {}
            c if c.is_control() => faults.push(format!("control character {c:?} at byte {at}")),
            // Marks that reorder text, and marks that cannot be seen.
            '\u{061c}'
            | '\u{200b}'..='\u{200f}'
            | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}'
            | '\u{feff}'
            | '\u{fff9}'..='\u{fffb}'
            | '\u{e0000}'..='\u{e007f}' => {
                faults.push(format!("invisible or reordering mark {c:?} at byte {at}"));
            }
            _ => {}
        }
    }
    faults
}

/// Length of the allowed sequence that `text` begins with.
fn sequence(text: &str) -> Result<usize, &'static str> {
    let Some(body) = text.strip_prefix("\x1b[") else {
        return Err("an escape sequence other than CSI");
    };
    let Some(end) = body.find(|c: char| ('\x40'..='\x7e').contains(&c)) else {
        return Err("an unfinished sequence");
    };
    let (parameters, last) = (&body[..end], &body[end..=end]);
    let numbers = |text: &str| text.bytes().all(|b| b.is_ascii_digit() || matches!(b, b';' | b':'));
    let allowed = match (parameters.strip_prefix('?'), last) {
        (Some(modes), "h" | "l") => modes.split(';').all(|mode| MODES.contains(&mode)),
        (None, "m" | "C" | "G" | "H" | "J" | "K" | "L" | "M" | "X") => numbers(parameters),
        _ => false,
    };
    if allowed { Ok(2 + end + 1) } else { Err("a sequence that is not ours") }
}

/// The scanner itself is tested: it would see.
pub fn scanner_sees() {
    let ours = "\x1b[?1049h\x1b[?25l\x1b[2J\x1b[3;4H\x1b[38;5;1;1mtext – ü 日本\x1b[0m\r\n\x1b[7X\x1b[C\x1b[9G\x1b[?2026l";
    assert_eq!(forbidden(ours.as_bytes()), Vec::<String>::new());
    for bad in [
        "\x1b]0;title\x07",
        "\x1bc",
        "\x1b[5n",
        "\x1b[?1047h",
        "\x1b[>c",
        "\x07",
        "\x08",
        "\u{9b}31m",
        "\u{202e}",
        "\u{200b}",
        "\x1bP+q\x1b\\",
        "\x1b_x\x1b\\",
        "\t",
        "\x1b[6",
        "\x7f",
    ] {
        assert!(!forbidden(bad.as_bytes()).is_empty(), "{bad:?}");
    }
    assert!(!forbidden(b"\xff").is_empty());
}
