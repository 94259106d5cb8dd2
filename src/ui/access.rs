//! What the server lets us do, as far as it has told: asked once, remembered.

use super::Effect;
use crate::model::{AccessQuestion, Answer, Ticket};
use std::collections::HashMap;

/// What is known about a permission.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Permission {
    /// The answer is on its way.
    Asked,
    /// Yes.
    Granted,
    /// No; the server's reason, if it gave one.
    Denied(String),
}

/// One line that says what is not allowed: `no permission: delete pods in shop: REASON`.
pub fn refusal(question: &AccessQuestion, reason: &str) -> String {
    let place = if question.namespace.is_empty() {
        String::new()
    } else {
        format!(" in {}", question.namespace)
    };
    let colon = if reason.is_empty() { "" } else { ": " };
    let slash = if question.subresource.is_empty() { "" } else { "/" };
    format!(
        "no permission: {} {}{slash}{}{place}{colon}{reason}",
        question.verb, question.gvr.plural, question.subresource
    )
}

/// Answers so far.
#[derive(Debug, Default)]
pub struct Access {
    known: HashMap<AccessQuestion, Permission>,
    tickets: HashMap<Ticket, AccessQuestion>,
}

impl Access {
    /// What is known about `question`; asks when it is new.
    pub fn ask(
        &mut self,
        question: &AccessQuestion,
        ticket: impl FnOnce() -> Ticket,
        effects: &mut Vec<Effect>,
    ) -> Permission {
        if let Some(known) = self.known.get(question) {
            return known.clone();
        }
        let ticket = ticket();
        self.known.insert(question.clone(), Permission::Asked);
        self.tickets.insert(ticket, question.clone());
        effects.push(Effect::Ask { ticket, question: question.clone() });
        Permission::Asked
    }

    /// What is known about `question`, without asking.
    pub fn known(&self, question: &AccessQuestion) -> Option<&Permission> {
        self.known.get(question)
    }

    /// Takes in an answer; false when the ticket is not one of ours.
    pub fn answer(&mut self, ticket: Ticket, answer: Option<&Answer>) -> bool {
        let Some(question) = self.tickets.remove(&ticket) else { return false };
        match answer {
            Some(Answer::Access(_, true, _)) => {
                self.known.insert(question, Permission::Granted);
            }
            Some(Answer::Access(_, false, reason)) => {
                self.known.insert(question, Permission::Denied(reason.clone()));
            }
            // The review itself failed: the request will tell, so nothing is refused beforehand.
            _ => {
                self.known.insert(question, Permission::Granted);
            }
        }
        true
    }
}
