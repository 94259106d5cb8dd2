//! Printing without a terminal UI: aligned tables, one line each, and a closed pipe is no error.

use crate::model::{Fault, FaultKind};
use crate::text::sanitise;
use crate::text::width::width;
use std::borrow::Cow;
use std::io::{self, IsTerminal, Write};

/// Writes to standard output. A reader that has seen enough (`| head`) ends the program quietly.
///
/// # Errors
/// Standard output cannot be written for another reason (a full disk).
pub fn print(text: &str) -> Result<(), Fault> {
    let mut out = io::stdout().lock();
    // Whole objects are printed as they are, except to a terminal, which would obey them.
    let text = if out.is_terminal() { clean_lines(text) } else { Cow::Borrowed(text) };
    match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        Ok(()) => Ok(()),
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => std::process::exit(0),
        Err(error) => Err(Fault::new(FaultKind::Other, "write the output", error.to_string())),
    }
}

/// Writes bytes to standard output as they are; for the rest as [`print`].
///
/// # Errors
/// As for [`print`].
pub fn print_bytes(bytes: &[u8]) -> Result<(), Fault> {
    let mut out = io::stdout().lock();
    match out.write_all(bytes).and_then(|()| out.flush()) {
        Ok(()) => Ok(()),
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => std::process::exit(0),
        Err(error) => Err(Fault::new(FaultKind::Other, "write the output", error.to_string())),
    }
}

/// Text of several lines that a terminal may show: nothing in it is a command.
pub fn clean_lines(text: &str) -> Cow<'_, str> {
    if text.bytes().all(|b| matches!(b, b' '..=b'~' | b'\n')) {
        return Cow::Borrowed(text);
    }
    Cow::Owned(text.split('\n').map(sanitise::clean).collect::<Vec<_>>().join("\n"))
}

/// Lines with their columns aligned, three spaces between them, as kubectl prints tables.
pub fn aligned(rows: &[Vec<String>]) -> String {
    let columns = rows.iter().map(Vec::len).max().unwrap_or(0);
    let widths: Vec<usize> = (0..columns)
        .map(|i| {
            rows.iter().filter_map(|row| row.get(i)).map(|cell| width(cell)).max().unwrap_or(0)
        })
        .collect();
    let mut out = String::new();
    for row in rows {
        let mut line = String::new();
        for (i, cell) in row.iter().enumerate() {
            line.push_str(cell);
            if i + 1 < row.len() {
                line.extend(std::iter::repeat_n(' ', widths[i] - width(cell) + 3));
            }
        }
        out.push_str(line.trim_end());
        out.push('\n');
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_terminal_gets_lines_and_no_commands() {
        assert_eq!(clean_lines("a\nb\n"), "a\nb\n");
        assert_eq!(clean_lines("k: \u{1b}[2J\n\u{9b}m\r\n"), "k: ␛[2J\n‹009B›m␍\n");
    }

    #[test]
    fn columns_line_up_by_what_the_terminal_shows() {
        let rows = [vec!["NAME".into(), "AGE".into()], vec!["日本".into(), "5m".into()]];
        assert_eq!(aligned(&rows), "NAME   AGE\n日本   5m\n");
    }
}
