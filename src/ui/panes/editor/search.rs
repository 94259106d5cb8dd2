//! Searching in the text: a regular expression, without regard to case where it has no capitals.

use super::EditorPane;
use regex::{Regex, RegexBuilder};

/// What a line typed after the search key looks for; None where it is empty.
///
/// # Errors
/// It is no regular expression.
pub(super) fn needle(line: &str) -> Result<Option<Regex>, (usize, String)> {
    if line.is_empty() {
        return Ok(None);
    }
    let any_case = !line.chars().any(char::is_uppercase);
    RegexBuilder::new(line).case_insensitive(any_case).build().map(Some).map_err(|error| {
        let error = error.to_string();
        let why = error.lines().last().unwrap_or_default();
        (0, why.trim_start_matches("error: ").to_owned())
    })
}

impl EditorPane {
    /// Goes to the next match, round and round; `here` lets the one under the cursor count. Which one
    /// it is, and of how many.
    pub(super) fn find(&mut self, forward: bool, here: bool) -> Option<(usize, usize)> {
        let needle = self.needle.as_ref()?;
        let mut all: Vec<(usize, usize)> = Vec::new();
        for (row, line) in self.area.lines().iter().enumerate() {
            let column = |at: usize| line[..at].chars().count();
            all.extend(needle.find_iter(line).map(|found| (row, column(found.start()))));
        }
        let at = self.cursor();
        let next = if forward {
            all.iter().position(|place| if here { *place >= at } else { *place > at }).or(Some(0))
        } else {
            all.iter().rposition(|place| *place < at).or(all.len().checked_sub(1))
        }?;
        let (row, column) = *all.get(next)?;
        self.jump(row, column);
        Some((next + 1, all.len()))
    }
}
