//! Prompt lines of earlier sessions, kept on disk: one file per prompt, newest line last.
//!
//! Saving is a convenience: a read-only home or a full disk costs one message, never the session.

use super::beside;
use crate::model::{Fault, FaultKind};
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

/// What is remembered, by the names [`crate::ui::Effect::Remember`] uses: the lines of the prompts,
/// that the hints of the first start were shown, and which commands were run in which images.
pub const PROMPTS: [&str; 4] = ["command", "filter", "hints", "shells"];

/// Lines kept per prompt.
pub const LINES: usize = 200;

/// Longer lines are not remembered; nobody types them.
const MAX_LINE: usize = 4096;

/// Remembered prompt lines.
#[derive(Debug)]
pub struct History {
    dir: Option<PathBuf>,
    lines: [Vec<String>; PROMPTS.len()],
    told: bool,
}

impl History {
    /// Reads what earlier sessions left; a file that cannot be read counts as empty.
    pub fn open(dir: Option<PathBuf>) -> Self {
        let lines = PROMPTS.map(|prompt| dir.as_ref().map_or(Vec::new(), |dir| read(dir, prompt)));
        Self { dir, lines, told: false }
    }

    /// Lines of a prompt, newest last.
    pub fn lines(&self, prompt: &str) -> &[String] {
        PROMPTS.iter().position(|known| *known == prompt).map_or(&[], |at| &self.lines[at])
    }

    /// Remembers a line and saves. A fault comes back at most once per session: the first time that
    /// saving fails.
    pub fn remember(&mut self, prompt: &str, line: &str) -> Option<Fault> {
        let at = PROMPTS.iter().position(|known| *known == prompt)?;
        let line = line.trim();
        if line.is_empty() || line.len() > MAX_LINE || line.contains(char::is_control) {
            return None;
        }
        push(&mut self.lines[at], line);
        let dir = self.dir.as_ref()?;
        // Another session may have saved meanwhile: its lines stay.
        let mut lines = read(dir, prompt);
        push(&mut lines, line);
        match save(dir, prompt, &lines) {
            Ok(()) => None,
            Err(_) if self.told => None,
            Err(error) => {
                self.told = true;
                let what = format!("save prompt history in {}", dir.display());
                Some(
                    Fault::new(FaultKind::Other, what, error.to_string())
                        .hint("it is kept until you leave"),
                )
            }
        }
    }
}

/// Puts a line last, once.
fn push(lines: &mut Vec<String>, line: &str) {
    lines.retain(|known| known != line);
    lines.push(line.to_owned());
    let excess = lines.len().saturating_sub(LINES);
    lines.drain(..excess);
}

fn path(dir: &Path, prompt: &str) -> PathBuf {
    dir.join(format!("{prompt}-history"))
}

fn read(dir: &Path, prompt: &str) -> Vec<String> {
    let path = path(dir, prompt);
    let limit = (LINES * MAX_LINE) as u64;
    if !fs::metadata(&path).is_ok_and(|meta| meta.is_file() && meta.len() <= limit) {
        return Vec::new();
    }
    let bytes = fs::read(&path).unwrap_or_default();
    let mut lines = Vec::new();
    for line in String::from_utf8_lossy(&bytes).lines() {
        if !line.is_empty() && line.len() <= MAX_LINE && !line.contains(char::is_control) {
            push(&mut lines, line);
        }
    }
    lines
}

/// Replaces what was saved.
fn save(dir: &Path, prompt: &str, lines: &[String]) -> io::Result<()> {
    let part = dir.join(format!(".{prompt}-history.{}", std::process::id()));
    let mut text = lines.join("\n");
    text.push('\n');
    beside::replace(&path(dir, prompt), &part, text.as_bytes())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
    use super::*;
    use std::os::unix::fs::PermissionsExt;

    #[test]
    fn the_next_session_knows_the_lines_of_this_one_and_nobody_else_does() {
        let home = tempfile::tempdir().unwrap();
        let dir = home.path().join("state/wheelhouse");
        let mut first = History::open(Some(dir.clone()));
        assert_eq!(first.remember("command", "pods -A"), None);
        assert_eq!(first.remember("command", "nodes"), None);
        assert_eq!(first.remember("command", "  pods -A "), None);
        assert_eq!(first.remember("filter", "web"), None);
        let second = History::open(Some(dir.clone()));
        assert_eq!(second.lines("command"), ["nodes", "pods -A"]);
        assert_eq!(second.lines("filter"), ["web"]);
        let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!(mode(&dir), 0o700);
        assert_eq!(mode(&dir.join("command-history")), 0o600);
        assert_eq!(fs::read_dir(&dir).unwrap().count(), 2);
    }

    #[test]
    fn two_sessions_at_once_keep_each_others_lines() {
        let dir = tempfile::tempdir().unwrap();
        let mut one = History::open(Some(dir.path().into()));
        let mut two = History::open(Some(dir.path().into()));
        one.remember("command", "a");
        two.remember("command", "b");
        one.remember("command", "c");
        assert_eq!(History::open(Some(dir.path().into())).lines("command"), ["a", "b", "c"]);
        assert_eq!(one.lines("command"), ["a", "c"]);
    }

    #[test]
    fn two_hundred_lines_are_kept_and_odd_ones_are_not() {
        let dir = tempfile::tempdir().unwrap();
        let mut history = History::open(Some(dir.path().into()));
        for i in 0..=LINES {
            history.remember("filter", &format!("line {i}"));
        }
        history.remember("filter", "two\nlines");
        history.remember("filter", "  ");
        history.remember("filter", &"x".repeat(MAX_LINE + 1));
        history.remember("nonsense", "x");
        let lines = History::open(Some(dir.path().into()));
        let lines = lines.lines("filter");
        assert_eq!((lines.len(), lines[0].as_str()), (LINES, "line 1"));
        assert_eq!(lines.last().unwrap(), &format!("line {LINES}"));
    }

    #[test]
    fn a_place_that_cannot_be_written_is_told_once_and_the_lines_stay_in_memory() {
        let dir = tempfile::tempdir().unwrap();
        // A file where the directory should be fails for root too, unlike a mode.
        let blocked = dir.path().join("blocked");
        fs::write(&blocked, "").unwrap();
        let mut history = History::open(Some(blocked.clone()));
        let fault = history.remember("command", "pods").unwrap();
        assert!(fault.what.contains("blocked"), "{fault}");
        assert_eq!(history.remember("command", "nodes"), None);
        assert_eq!(history.lines("command"), ["pods", "nodes"]);
        assert_eq!(History::open(None).remember("command", "pods"), None);
    }
}
