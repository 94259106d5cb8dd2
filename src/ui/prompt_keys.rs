//! The prompt's keys: typing, completion, history, and what a line does when it is accepted.

use super::commands::Command;
use super::panes::Pane;
use super::prompt::{self, Prompt, Purpose};
use super::{Effect, Ui};
use crate::model::{Facet, Scope, Text};
use crossterm::event::KeyEvent;

/// Lines remembered for a prompt.
const HISTORY: usize = 200;
/// Suggestions offered.
const SUGGESTIONS: usize = 12;

impl Ui {
    pub(super) fn open_command_line(&mut self, effects: &mut Vec<Effect>) {
        self.overlay = None;
        self.hints = false;
        self.prompt = Some(Prompt::new(Purpose::Command, "", self.history.typed.clone()));
        // Their names are offered as arguments; the watch is shared with the namespaces table.
        if let Some(resource) = self.cluster().and_then(|c| c.catalogue.find("namespaces")) {
            let need = crate::model::Need {
                cluster: self.here,
                gvr: resource.gvr.clone(),
                scope: Scope::All,
                labels: Text::new(),
                fields: Text::new(),
                facet: Facet::Row,
            };
            self.subs.want(&need, effects);
        }
    }

    pub(super) fn open_filter(&mut self) {
        self.hints = false;
        let filter = match self.panes.last() {
            Some(Pane::Browse(browse)) => browse.filter.clone(),
            _ => return,
        };
        self.prompt = Some(Prompt::new(Purpose::Filter, &filter, self.history.filters.clone()));
    }

    pub(super) fn prompt_command(
        &mut self,
        command: Command,
        key: KeyEvent,
        effects: &mut Vec<Effect>,
    ) {
        let Some(prompt) = &mut self.prompt else { return };
        match command {
            Command::PromptRun => return self.accept_prompt(effects),
            Command::PromptCancel => return self.cancel_prompt(),
            // Where there is nothing to take the key moves on, as it does in any line.
            Command::PromptAccept if prompt.accept() => {}
            Command::PromptAccept => {
                prompt.input(key);
            }
            Command::PromptPrevious => prompt.recall(true),
            Command::PromptNext => prompt.recall(false),
            Command::PromptClear => prompt.clear(),
            Command::PromptDeleteWord => prompt.delete_word(),
            _ => {}
        }
        self.prompt_changed(effects);
    }

    pub(super) fn prompt_changed(&mut self, _effects: &mut Vec<Effect>) {
        let Some(mut prompt) = self.prompt.take() else { return };
        match prompt.purpose {
            Purpose::Command => {
                prompt.suggestions = self.suggestions(prompt.text());
                prompt.error = None;
            }
            Purpose::Filter => {
                let text = prompt.text().to_owned();
                prompt.error = self.try_filter(&text, false).err();
            }
            Purpose::View => {
                let line = prompt.text().to_owned();
                prompt.error = self.tell_view(&line, false).err();
            }
            Purpose::Search => {
                let needle = prompt.text().to_lowercase();
                if let Some(Pane::Text(text)) = self.pane_mut() {
                    text.needle = needle;
                    let missed = !text.needle.is_empty() && text.find(true, true).is_none();
                    prompt.error = missed.then(|| (0, "not found".to_owned()));
                }
            }
        }
        self.prompt = Some(prompt);
    }

    /// Puts a filter in force. While typing, one that the server would have to judge waits for Enter.
    fn try_filter(&mut self, text: &str, accepted: bool) -> Result<(), (usize, String)> {
        let schema = match self.panes.last() {
            Some(Pane::Browse(browse)) => self.source(browse).map(|source| source.schema.clone()),
            _ => None,
        };
        if let Some(Pane::Browse(browse)) = self.panes.last_mut() {
            if !accepted
                && crate::model::Query::parse(text).is_ok_and(|query| query.labels().is_some())
            {
                return Ok(());
            }
            browse.set_filter(text, schema.as_ref()).map_err(|error| (error.at, error.message))?;
        }
        Ok(())
    }

    fn accept_prompt(&mut self, effects: &mut Vec<Effect>) {
        let Some(mut prompt) = self.prompt.take() else { return };
        let line = prompt.text().to_owned();
        match prompt.purpose {
            Purpose::Command => {
                if line.trim().is_empty() {
                    return;
                }
                if self.open_line(&line, effects) {
                    remember(&mut self.history.typed, &line, prompt.purpose, effects);
                } else {
                    // What was typed stays, to be mended.
                    let why = self.messages.all().last().map_or(String::new(), |message| {
                        let hint = if message.hint.is_empty() { "" } else { "; " };
                        format!("{}{hint}{}", message.text, message.hint)
                    });
                    prompt.error = Some((0, why));
                    self.prompt = Some(prompt);
                }
            }
            Purpose::Filter => match self.try_filter(&line, true) {
                Ok(()) if line.is_empty() => {}
                Ok(()) => remember(&mut self.history.filters, &line, prompt.purpose, effects),
                Err(error) => {
                    prompt.error = Some(error);
                    self.prompt = Some(prompt);
                }
            },
            Purpose::View => match self.tell_view(&line, true) {
                Ok(()) if line.is_empty() => {}
                Ok(()) => remember(&mut self.history.filters, &line, prompt.purpose, effects),
                Err(error) => {
                    prompt.error = Some(error);
                    self.prompt = Some(prompt);
                }
            },
            Purpose::Search => {
                if !line.is_empty() {
                    remember(&mut self.history.filters, &line, prompt.purpose, effects);
                }
            }
        }
    }

    pub(super) fn cancel_prompt(&mut self) {
        let Some(prompt) = self.prompt.take() else { return };
        match prompt.purpose {
            Purpose::Command => {}
            Purpose::Filter => {
                // It was in force before, so it is right.
                let _ = self.try_filter(&prompt.before, true);
            }
            Purpose::View => {
                // It was in force before, so it is right.
                let _ = self.tell_view(&prompt.before, true);
            }
            Purpose::Search => {
                if let Some(Pane::Text(text)) = self.pane_mut() {
                    text.needle.clear();
                }
            }
        }
    }

    fn suggestions(&self, text: &str) -> Vec<String> {
        if text.is_empty() {
            return Vec::new();
        }
        let (head, last) = text.rsplit_once(' ').map_or(("", text), |(head, last)| (head, last));
        if last.starts_with('@') || (!head.is_empty() && matches!(head, "ctx" | "context")) {
            let names = self.contexts.iter().map(|context| context.name.as_str());
            return prompt::complete_last_word(text, names, SUGGESTIONS);
        }
        match head {
            "" => return self.kind_suggestions(text),
            "plugin" => {
                let names = self.user_commands().filter(|own| self.applies(own));
                let names: Vec<&str> = names.map(|own| own.name.as_str()).collect();
                return prompt::complete_last_word(text, names.into_iter(), SUGGESTIONS);
            }
            "theme" | "skin" | "keymap" => {
                let names =
                    if head == "keymap" { &self.config.keymaps } else { &self.config.themes };
                let names = names.iter().map(String::as_str);
                return prompt::complete_last_word(text, names, SUGGESTIONS);
            }
            _ => {}
        }
        let namespaces = self
            .subs
            .iter()
            .find(|(_, sub)| sub.need.cluster == self.here && sub.need.gvr.plural == "namespaces");
        let mut names: Vec<&str> = namespaces
            .iter()
            .flat_map(|(_, sub)| sub.table.rows())
            .map(|(_, row)| row.key.name.as_str())
            .collect();
        names.sort_unstable();
        prompt::complete_last_word(text, names.into_iter(), SUGGESTIONS)
    }

    fn kind_suggestions(&self, text: &str) -> Vec<String> {
        let text = text.trim_start_matches(':');
        let own = [
            "actions", "contexts", "forwards", "hazards", "help", "keymap", "kinds", "logs",
            "messages", "note", "overview", "plugins", "pulses", "quit", "rollouts", "theme",
            "xray",
        ]
        .into_iter();
        let aliases = self.config.settings.aliases.iter().map(|(name, _)| name.as_str());
        let aliases =
            aliases.chain(self.config.k9s.aliases.iter().map(|alias| alias.name.as_str()));
        let resources = self.cluster().map_or(&[][..], |cluster| cluster.catalogue.all());
        let plurals = resources
            .iter()
            .filter(|r| r.can("list") && r.preferred)
            .map(|r| r.gvr.plural.as_str());
        let mut words: Vec<&str> = own.chain(aliases).chain(plurals).collect();
        // The shortest that fits first: `pod` means pods before poddisruptionbudgets.
        words.sort_by_key(|word| (word.len(), *word));
        words.dedup();
        let mut lines = prompt::complete_last_word(text, words.into_iter(), SUGGESTIONS);
        for r in resources {
            // `plural.group` once a dot is typed.
            let full = format!("{}.{}", r.gvr.plural, r.gvr.group);
            if text.contains('.') && full.starts_with(text) && !lines.contains(&full) {
                lines.push(full);
            }
        }
        lines
    }
}

fn remember(lines: &mut Vec<String>, line: &str, purpose: Purpose, effects: &mut Vec<Effect>) {
    lines.retain(|old| old != line);
    lines.push(line.to_owned());
    if lines.len() > HISTORY {
        lines.remove(0);
    }
    effects.push(Effect::Remember { history: purpose.history(), line: line.to_owned() });
}
