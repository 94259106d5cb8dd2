//! The one-line prompt: command, filter, search. Completion as you type, history, errors in place.

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use tui_textarea::{CursorMove, TextArea};

/// What the line is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// `:` go somewhere, or run one of the program's commands.
    Command,
    /// `/` filter the table, live.
    Filter,
    /// `/` search in a text.
    Search,
    /// `/` whatever the pane on screen makes of it.
    View,
}

impl Purpose {
    /// What stands before the line.
    pub fn sign(self) -> &'static str {
        match self {
            Self::Command => ":",
            Self::Filter | Self::Search | Self::View => "/",
        }
    }

    /// Name of its history.
    pub fn history(self) -> &'static str {
        match self {
            Self::Command => "command",
            Self::Filter | Self::Search | Self::View => "filter",
        }
    }
}

/// State of the prompt while it is open.
#[derive(Debug)]
pub struct Prompt {
    /// What the line is for.
    pub purpose: Purpose,
    /// Why the line as it stands cannot be used: where (byte offset) and what.
    pub error: Option<(usize, String)>,
    /// What the line could become: whole lines, best first. The first is shown behind the cursor.
    pub suggestions: Vec<String>,
    /// The text before the prompt opened, restored by Esc.
    pub before: String,
    area: TextArea<'static>,
    history: Vec<String>,
    recalled: Option<usize>,
    typed: String,
}

impl Prompt {
    /// Opens with `text`; `history` is oldest first.
    pub fn new(purpose: Purpose, text: &str, history: Vec<String>) -> Self {
        let mut prompt = Self {
            purpose,
            error: None,
            suggestions: Vec::new(),
            before: text.to_owned(),
            area: TextArea::default(),
            history,
            recalled: None,
            typed: String::new(),
        };
        prompt.set(text);
        prompt
    }

    /// The line.
    pub fn text(&self) -> &str {
        self.area.lines().first().map_or("", String::as_str)
    }

    /// Characters before the cursor.
    pub fn cursor(&self) -> usize {
        self.area.cursor().1
    }

    /// What Tab would add.
    pub fn ghost(&self) -> &str {
        let at_end = self.cursor() == self.text().chars().count();
        self.suggestions
            .first()
            .filter(|_| at_end)
            .and_then(|line| line.strip_prefix(self.text()))
            .unwrap_or("")
    }

    /// Replaces the line.
    pub fn set(&mut self, text: &str) {
        // One line only, whatever was pasted.
        let line: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
        self.area = TextArea::new(vec![line]);
        self.area.move_cursor(CursorMove::End);
    }

    /// Inserts pasted text at the cursor.
    pub fn paste(&mut self, text: &str) {
        let line: String =
            text.trim_end().chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
        self.area.insert_str(line);
    }

    /// Takes a key that is no command of the prompt. Whether the text may have changed.
    pub fn input(&mut self, key: KeyEvent) -> bool {
        // One line only: the text area would start a second one.
        let newline = key.code == KeyCode::Enter
            || (key.modifiers.contains(KeyModifiers::CONTROL)
                && matches!(key.code, KeyCode::Char('m' | 'j')));
        if newline {
            return false;
        }
        self.recalled = None;
        self.area.input(key)
    }

    /// Whether rubbing out has nothing left to rub out: it closes the prompt, as in vim and k9s.
    pub fn closes_on(&self, key: KeyEvent) -> bool {
        key.code == KeyCode::Backspace && self.text().is_empty()
    }

    /// Clears the line.
    pub fn clear(&mut self) {
        self.set("");
    }

    /// Deletes the word before the cursor.
    pub fn delete_word(&mut self) {
        self.area.delete_word();
    }

    /// Takes the suggestion; false where there is none to take.
    pub fn accept(&mut self) -> bool {
        if self.ghost().is_empty() {
            return false;
        }
        self.complete();
        true
    }

    fn complete(&mut self) {
        if let Some(line) = self.suggestions.first().cloned() {
            self.set(&line);
        }
    }

    /// Recalls an older (or newer) line; past the newest, what was typed comes back.
    pub fn recall(&mut self, older: bool) {
        let at = match (self.recalled, older) {
            (None, true) => {
                self.typed = self.text().to_owned();
                self.history.len().checked_sub(1)
            }
            (None, false) => return,
            (Some(0), true) => Some(0),
            (Some(at), true) => Some(at - 1),
            (Some(at), false) => (at + 1 < self.history.len()).then_some(at + 1),
        };
        self.recalled = at;
        let line = at.and_then(|at| self.history.get(at)).unwrap_or(&self.typed).clone();
        self.set(&line);
    }
}

/// Whole lines that `text` could become: its last word completed from `words`, in their order.
pub fn complete_last_word<'a>(
    text: &str,
    words: impl Iterator<Item = &'a str>,
    most: usize,
) -> Vec<String> {
    let start = text.rfind([' ', ',', '@']).map_or(0, |at| at + 1);
    let (head, last) = text.split_at(start);
    words
        .filter(|word| word.len() > last.len() && word.starts_with(last))
        .take(most)
        .map(|word| format!("{head}{word}"))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn press(prompt: &mut Prompt, code: KeyCode) {
        prompt.input(KeyEvent::new(code, KeyModifiers::NONE));
    }

    #[test]
    fn typing_and_completing_a_command() {
        let mut prompt = Prompt::new(Purpose::Command, "", Vec::new());
        for c in "dep".chars() {
            press(&mut prompt, KeyCode::Char(c));
        }
        prompt.suggestions = complete_last_word("dep", ["deployments"].into_iter(), 5);
        assert_eq!(prompt.ghost(), "loyments");
        assert!(prompt.accept());
        assert_eq!(prompt.text(), "deployments");
        assert!(!prompt.accept(), "there is nothing more to take");
    }

    #[test]
    fn history_comes_back_newest_first_and_what_was_typed_is_not_lost() {
        let mut prompt = Prompt::new(Purpose::Filter, "", vec!["old".into(), "new".into()]);
        press(&mut prompt, KeyCode::Char('x'));
        prompt.recall(true);
        assert_eq!(prompt.text(), "new");
        prompt.recall(true);
        prompt.recall(true);
        assert_eq!(prompt.text(), "old");
        prompt.recall(false);
        prompt.recall(false);
        assert_eq!(prompt.text(), "x");
    }

    #[test]
    fn a_pasted_newline_never_runs_a_command() {
        let mut prompt = Prompt::new(Purpose::Command, "", Vec::new());
        prompt.paste("pods\nq\n");
        assert_eq!(prompt.text(), "pods q");
    }

    #[test]
    fn the_last_word_is_completed_after_commas_and_at_signs() {
        let namespaces = || ["shop", "shared"].into_iter();
        assert_eq!(
            complete_last_word("pods da,sh", namespaces(), 9),
            ["pods da,shop", "pods da,shared"]
        );
        assert_eq!(complete_last_word("pods @pr", ["prod"].into_iter(), 9), ["pods @prod"]);
    }
}
