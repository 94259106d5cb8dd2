//! What happens to edits by themselves: panes that are closed, plans that are left, texts that are
//! written to their files.

use super::{EditId, KEEP_AFTER, Stage};
use crate::model::{Fault, Tone};
use crate::ui::panes::Pane;
use crate::ui::{Effect, Overlay, Ui};

impl Ui {
    /// The edit that a pane shows.
    fn edit_of(pane: &Pane) -> Option<EditId> {
        match pane {
            Pane::View(view) => view.edit(),
            _ => None,
        }
    }

    pub(super) fn has_editor(&self, id: EditId) -> bool {
        self.panes.iter().any(|pane| Self::edit_of(pane) == Some(id))
    }

    /// Panes of edits that are over, or on their way, are left.
    pub(in crate::ui) fn close_editors(&mut self) {
        let edits = &self.edits;
        let open = |id| {
            edits.get(id).is_some_and(|edit| {
                matches!(edit.stage, Stage::Inside | Stage::Review(_) | Stage::Outside(_))
                    || matches!(edit.stage, Stage::Anew(_))
            })
        };
        let before = self.panes.len();
        self.panes.retain(|pane| Self::edit_of(pane).is_none_or(open));
        self.dirty |= self.panes.len() != before;
    }

    /// Brings edits up to date with what is on screen.
    pub(in crate::ui) fn settle_edits(&mut self, effects: &mut Vec<Effect>) {
        if self.edits.all.is_empty() {
            return;
        }
        let shown = match &self.overlay {
            Some(Overlay::Plan(dialog)) => Some(dialog.plan.id),
            _ => None,
        };
        let with_pane: Vec<EditId> = self.panes.iter().filter_map(Self::edit_of).collect();
        let now = self.now;
        let mut said = Vec::new();
        for edit in &mut self.edits.all {
            let pane = with_pane.contains(&edit.id);
            match edit.stage {
                Stage::Review(plan) if shown != Some(plan) => {
                    edit.stage = if pane { Stage::Inside } else { Stage::Kept };
                }
                Stage::Inside if !pane => edit.stage = Stage::Kept,
                _ => {}
            }
            if edit.stage == Stage::Kept && !edit.is_changed() {
                edit.stage = Stage::Done;
            }
            let due = match edit.stage {
                Stage::Kept | Stage::Sent(_) => true,
                Stage::Inside | Stage::Review(_) | Stage::Anew(_) => {
                    now - edit.changed_at >= KEEP_AFTER
                }
                _ => false,
            };
            if due && !edit.kept && edit.is_changed() {
                edit.kept = true;
                effects.push(Effect::Keep {
                    edit: edit.id,
                    name: edit.file_name(),
                    text: edit.text.clone(),
                    file: edit.file.clone(),
                });
            } else if edit.stage == Stage::Done
                && let Some(file) = edit.file.take()
            {
                effects.push(Effect::Forget(file));
            }
            if edit.stage == Stage::Kept
                && edit.file.is_some()
                && !std::mem::replace(&mut edit.told, true)
            {
                said.push(format!("{}: not sent; {}", edit.name(), edit.place()));
            } else if edit.stage != Stage::Kept {
                edit.told = false;
            }
        }
        self.edits.all.retain(|edit| edit.stage != Stage::Done);
        for line in said {
            self.say(Tone::Warn, line);
        }
    }

    /// When a text has to be written to its file, Unix seconds.
    pub(in crate::ui) fn edits_due(&self) -> Option<i64> {
        self.edits
            .all
            .iter()
            .filter(|edit| !edit.kept && edit.is_changed())
            .filter(|edit| matches!(edit.stage, Stage::Inside | Stage::Review(_)))
            .map(|edit| edit.changed_at + KEEP_AFTER)
            .min()
    }

    /// A text was written to its file, or could not be.
    pub(in crate::ui) fn kept(&mut self, id: EditId, outcome: Result<String, Fault>) {
        if id == EditId::NOBODY {
            return match outcome {
                Ok(file) => self.say(Tone::Plain, format!("your text of before is in {file}")),
                Err(fault) => self.fault(&fault),
            };
        }
        let Some(edit) = self.edits.get_mut(id) else {
            // It was accepted meanwhile.
            if let Ok(file) = outcome {
                self.owed.push(Effect::Forget(file));
            }
            return;
        };
        match outcome {
            // It is told with the next settling.
            Ok(file) => edit.file = Some(file),
            Err(fault) => self.fault(&fault),
        }
    }

    /// Writes every text that is not in its file yet, before the program is left.
    pub(in crate::ui) fn keep_all(&mut self, effects: &mut Vec<Effect>) {
        for edit in &mut self.edits.all {
            if !edit.kept && edit.is_changed() {
                edit.kept = true;
                effects.push(Effect::Keep {
                    edit: edit.id,
                    name: edit.file_name(),
                    text: edit.text.clone(),
                    file: edit.file.clone(),
                });
            }
        }
    }

    /// `:edits`: texts that were not sent, in words.
    pub(in crate::ui) fn list_edits(&mut self) {
        let lines: Vec<String> = self
            .edits
            .unsent()
            .map(|edit| {
                let place = if edit.object.namespace.is_empty() {
                    String::new()
                } else {
                    format!(" in {}", edit.object.namespace)
                };
                let file = edit.file.as_deref().unwrap_or("not written to a file yet");
                format!("{}{place}\n  {file}", edit.name())
            })
            .collect();
        if lines.is_empty() {
            return self.say(Tone::Plain, "no text is waiting to be sent");
        }
        let head =
            "Texts that were not sent. `e` on the object, or `:edit KIND/NAME`, goes on with one.";
        self.overlay = Some(Overlay::full(format!("{head}\n\n{}", lines.join("\n"))));
    }
}
