//! Editing an object: it is read whole, goes to the person's editor, and comes back as a plan.

use super::{Effect, Ui};
use crate::model::{Answer, Fault, ObjRef, Ticket};
use crate::text::yaml;
use crate::verbs::edit::Edited;

/// What is being edited.
#[derive(Debug)]
pub(crate) struct Edit {
    ticket: Ticket,
    object: ObjRef,
    /// As it was given to the editor; None while it is being read.
    before: Option<String>,
}

impl Ui {
    /// Reads the selected object for the editor.
    pub(super) fn edit(&mut self, object: ObjRef, effects: &mut Vec<Effect>) {
        let ticket = self.ticket();
        effects.push(Effect::Get { ticket, object: object.clone() });
        self.edit = Some(Edit { ticket, object, before: None });
    }

    /// What was read for the editor; false when the ticket is not its own.
    pub(super) fn give_to_editor(
        &mut self,
        ticket: Ticket,
        answer: &Result<Answer, Fault>,
        effects: &mut Vec<Effect>,
    ) -> bool {
        let Some(edit) = self.edit.as_mut().filter(|edit| edit.ticket == ticket) else {
            return false;
        };
        let options = yaml::Options { managed_fields: false, secrets: true, fold: false };
        match answer {
            Ok(Answer::Object(json)) => {
                if let Ok(text) = yaml::from_json(json, options) {
                    let name = format!("{}-{}.yaml", edit.object.kind, edit.object.name);
                    edit.before = Some(text.clone());
                    effects.push(Effect::Edit { ticket, name, text });
                }
            }
            Ok(Answer::Access(..)) => {}
            Err(fault) => {
                self.edit = None;
                self.fault(&fault.clone());
            }
        }
        true
    }

    /// The editor has ended: what came back becomes a plan.
    pub(super) fn edited(&mut self, ticket: Ticket, outcome: Result<String, Fault>) {
        let Some(edit) = self.edit.take_if(|edit| edit.ticket == ticket) else { return };
        let before = edit.before.unwrap_or_default();
        let draft = outcome.and_then(|after| Edited::new(edit.object.clone(), &before, &after));
        match draft {
            Ok(draft) => self.open_plan(edit.object.cluster, Box::new(draft), None),
            Err(fault) => self.fault(&fault),
        }
    }
}
