//! Objects that are being edited: what was read, what the person made of it, and where it stands. A
//! text is forgotten when it was accepted by the server or holds nothing of the person's, and never
//! before.

mod flow;
mod state;

use crate::model::{ObjRef, PlanId, Text, Ticket};
use crate::verbs::edit::{How, Mark};

/// Handle of one edit within this session.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct EditId(pub u64);

impl EditId {
    /// Of a text that was given up: it stays in its file.
    pub const NOBODY: Self = Self(0);
}

/// Seconds after a change of the text until it is written to its file.
const KEEP_AFTER: i64 = 3;
/// How often a text is brought onto a newer object without the person saying anything.
const TURNS: u32 = 4;

/// Where an edit stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Stage {
    /// The object is being read.
    Reading(Ticket),
    /// The person's editor has it.
    Outside(Ticket),
    /// A pane has it.
    Inside,
    /// This plan shows it.
    Review(PlanId),
    /// This plan was run.
    Sent(PlanId),
    /// The object is being read once more, because it changed.
    Anew(Ticket),
    /// Nobody has it now; it can be gone on with.
    Kept,
    /// It is over.
    Done,
}

/// One edit.
#[derive(Debug)]
pub struct Edit {
    /// Its handle.
    pub id: EditId,
    /// The object.
    pub object: ObjRef,
    /// Empty for the object itself.
    pub subresource: Text,
    /// As the cluster had it.
    pub base: String,
    /// As the person has it.
    pub text: String,
    /// What is wrong with lines of it.
    pub marks: Vec<Mark>,
    /// One line about how it stands; empty where there is nothing to say.
    pub words: String,
    /// Where it stands.
    pub stage: Stage,
    /// Where its text is kept.
    pub file: Option<String>,
    /// Changes when the text was changed by anybody but its pane.
    pub version: u64,
    how: How,
    notes: Vec<String>,
    /// The file holds the text as it is.
    kept: bool,
    changed_at: i64,
    turns: u32,
    /// It was said that it waits.
    told: bool,
}

impl Edit {
    fn new(id: EditId, object: ObjRef, subresource: &str, ticket: Ticket) -> Self {
        Self {
            id,
            object,
            subresource: subresource.into(),
            base: String::new(),
            text: String::new(),
            marks: Vec::new(),
            words: String::new(),
            stage: Stage::Reading(ticket),
            file: None,
            version: 0,
            how: How::Replace,
            notes: Vec::new(),
            kept: false,
            changed_at: 0,
            turns: 0,
            told: false,
        }
    }

    /// `Deployment/api`, `Deployment/api status`.
    pub fn name(&self) -> String {
        if self.subresource.is_empty() {
            self.object.to_string()
        } else {
            format!("{} {}", self.object, self.subresource)
        }
    }

    /// There is something of the person's in it.
    pub fn is_changed(&self) -> bool {
        self.text != self.base && !self.text.trim().is_empty()
    }

    /// The text is another one now.
    fn take(&mut self, text: String, now: i64) {
        if text != self.text {
            self.text = text;
            self.kept = false;
            self.changed_at = now;
        }
    }

    /// Name of the file that keeps it.
    fn file_name(&self) -> String {
        let object = &self.object;
        let mut name = object.kind.to_string();
        for part in [&object.namespace, &object.name, &self.subresource] {
            if !part.is_empty() {
                name = format!("{name}-{part}");
            }
        }
        format!("{name}.yaml")
    }

    /// Where the person finds the text again.
    fn place(&self) -> String {
        match &self.file {
            Some(file) => format!("kept in {file}, `e` goes on with it"),
            None => "`e` goes on with your text".to_owned(),
        }
    }
}

/// What a pane wants done with its text once it is in its place again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Order {
    /// Show what changed, and send it.
    Review,
    /// Go on in the person's own editor.
    Outside,
    /// Begin anew with the object as it is.
    Anew,
}

/// All edits of this session.
#[derive(Debug, Default)]
pub struct Edits {
    /// What panes want done.
    pub orders: Vec<(EditId, Order)>,
    all: Vec<Edit>,
    given: u64,
}

impl Edits {
    /// The edit with this handle.
    pub fn get(&self, id: EditId) -> Option<&Edit> {
        self.all.iter().find(|edit| edit.id == id)
    }

    fn get_mut(&mut self, id: EditId) -> Option<&mut Edit> {
        self.all.iter_mut().find(|edit| edit.id == id)
    }

    fn at(&self, stage: &Stage) -> Option<EditId> {
        self.all.iter().find(|edit| edit.stage == *stage).map(|edit| edit.id)
    }

    /// Texts that hold something which was not sent.
    pub fn unsent(&self) -> impl Iterator<Item = &Edit> {
        self.all.iter().filter(|edit| edit.stage != Stage::Done && edit.is_changed())
    }
}
