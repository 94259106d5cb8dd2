//! What keys do on a text.

use super::commands::Command;
use super::panes::Pane;
use super::prompt::{Prompt, Purpose};
use super::{Effect, Overlay, Ui};
use crate::model::Tone;

impl Ui {
    pub(super) fn text_command(&mut self, command: Command, effects: &mut Vec<Effect>) {
        if let Some(refusal) = self.refusal(command) {
            return self.say(refusal.tone, refusal.why);
        }
        if let Some(lines) = self.motion(command) {
            return self.step(lines);
        }
        if command == Command::TextReload {
            return self.reload_text(effects);
        }
        let mut said = None;
        let Some(Pane::Text(text)) = self.pane_mut() else { return };
        match command {
            Command::MoveLeft => text.left = text.left.saturating_sub(8),
            Command::MoveRight => text.left += 8,
            Command::Fold => text.toggle_fold(),
            Command::FoldAll => text.toggle_all_folds(),
            Command::Wrap => {
                text.wrap = !text.wrap;
                text.left = 0;
            }
            Command::ManagedFields => {
                text.managed_fields = !text.managed_fields;
                return self.reload_text(effects);
            }
            Command::SearchNext | Command::SearchPrevious => {
                said = Some(match text.find(command == Command::SearchNext, false) {
                    Some((at, of)) => format!("match {at} of {of}"),
                    None => format!("{} is not in here", text.needle),
                });
            }
            Command::FullLine => {
                let line = text.line(text.cursor).map(|(line, _)| line.trim().to_owned());
                self.overlay = line.map(Overlay::full);
            }
            Command::TextCopy => effects.push(Effect::Copy(text.raw().to_owned())),
            Command::TextSave => effects.push(Effect::Save {
                name: format!(
                    "{}-{}-{}.yaml",
                    text.object.kind, text.object.namespace, text.object.name
                ),
                content: text.raw().to_owned(),
            }),
            Command::TextSearch => {
                let needle = text.needle.clone();
                self.prompt =
                    Some(Prompt::new(Purpose::Search, &needle, self.history.filters.clone()));
            }
            _ => {}
        }
        if let Some(line) = said {
            self.say(Tone::Plain, line);
        }
    }
}
