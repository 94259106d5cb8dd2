//! The page of one app: what its engine tells of it beside the objects themselves, as plain data.

use super::Axis;
use crate::model::{AppId, Health, Text, Tone};
use crate::relations::ObjectId;
use crate::text::sanitise;
use std::borrow::Cow;

/// One object that an app delivers.
#[derive(Clone, Debug, PartialEq)]
pub struct Delivered {
    /// Which object.
    pub id: ObjectId,
    /// Sync wave; None where the engine has no such order.
    pub wave: Option<i64>,
    /// Whether it is as it was deployed, in the engine's word; empty where nothing was compared.
    pub sync: Axis,
    /// The engine's judgement of its health, where it tells one; the object's own is shown otherwise.
    pub health: Option<Health>,
    /// The hook that it is (`PreSync`), with its phase where it ran: `PreSync Succeeded`.
    pub hook: Text,
    /// It is no longer wanted, and goes with the next sync that prunes.
    pub prune: bool,
    /// What the last operation said of it, one line.
    pub message: Text,
    /// What the last operation did with it: `Synced`, `SyncFailed`, `Pruned`; empty where nothing.
    pub result: Axis,
}

/// One thing that was deployed before, newest first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Deployed {
    /// What the engine calls it: `7`, `v3`; the argument of a rollback.
    pub id: Text,
    /// What was deployed.
    pub revision: Text,
    /// When, Unix seconds; 0 where not known.
    pub at: i64,
    /// Who asked for it: `admin`, `automated`; empty where not known.
    pub by: Text,
    /// How it went: `deployed`, `superseded`, `failed`; empty where the engine keeps only what went
    /// well.
    pub outcome: Axis,
    /// What else it tells: author and message of the commit, the release's description.
    pub note: Text,
}

/// A line of facts: what it is about, and what is so.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fact {
    /// `source`, `condition`, `window`, `suspended by`, `next reconcile`.
    pub label: Text,
    /// One line.
    pub text: Text,
    /// What it means.
    pub tone: Tone,
    /// A moment that belongs to it (Unix seconds), drawn as an age, or as the time until then; 0 where
    /// none does.
    pub at: i64,
    /// The app or object that one goes to from here.
    pub leads_to: Option<Target>,
}

/// Where a line leads.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Target {
    /// Another app.
    App(AppId),
    /// An object.
    Object(ObjectId),
}

impl Fact {
    /// A fact that leads nowhere.
    pub fn new(label: impl Into<Text>, text: impl Into<Text>, tone: Tone) -> Self {
        Self { label: label.into(), text: text.into(), tone, at: 0, leads_to: None }
    }

    /// The same with a moment.
    #[must_use]
    pub fn at(mut self, at: i64) -> Self {
        self.at = at;
        self
    }

    /// The same, leading somewhere.
    #[must_use]
    pub fn to(mut self, target: Target) -> Self {
        self.leads_to = Some(target);
        self
    }
}

/// Something to read about an app: values, a manifest, notes. What is secret in it is masked; it holds
/// what the cluster holds otherwise, and is sanitised line by line where it is drawn.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PageText {
    /// What it is: `values`, `manifest`, `notes`.
    pub title: Text,
    /// The text; empty where there is none.
    pub text: String,
}

/// The page of one app.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Page {
    /// Sources, conditions, windows, what suspends it, dependencies: in the order of display.
    pub facts: Vec<Fact>,
    /// What it delivers, in the order in which it is applied.
    pub objects: Vec<Delivered>,
    /// Why the objects cannot be told; empty where they can.
    pub objects_unknown: Text,
    /// Nobody declared what belongs together: what the objects use, and what leads to them, is looked
    /// for on the cluster.
    pub around: bool,
    /// What was deployed before, newest first.
    pub history: Vec<Deployed>,
    /// What there is to read about it.
    pub texts: Vec<PageText>,
}

impl Page {
    /// The same with every text on one line and safe to draw: engines take them as the server sent
    /// them. Names that lead somewhere stay as they are.
    #[must_use]
    pub fn cleaned(mut self) -> Self {
        let axis = |axis: &mut Axis| line(&mut axis.word);
        line(&mut self.objects_unknown);
        for fact in &mut self.facts {
            line(&mut fact.label);
            line(&mut fact.text);
        }
        for object in &mut self.objects {
            axis(&mut object.sync);
            axis(&mut object.result);
            line(&mut object.hook);
            line(&mut object.message);
        }
        for one in &mut self.history {
            let texts = [&mut one.id, &mut one.revision, &mut one.by, &mut one.note];
            texts.into_iter().for_each(line);
            axis(&mut one.outcome);
        }
        self
    }
}

/// One line, cleaned.
fn line(text: &mut Text) {
    let white = |c: char| c.is_whitespace() && c != ' ';
    let one = match text.contains(white) {
        true => Cow::Owned(text.split_whitespace().collect::<Vec<_>>().join(" ")),
        false => Cow::Borrowed(text.as_str()),
    };
    let clean = sanitise::clean(&one);
    if *clean != **text {
        *text = Text::from(&*clean);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hostile_texts_are_one_line_and_safe_to_draw() {
        let mut page = Page::default();
        page.facts.push(Fact::new("condition", "a\n  b\u{1b}[31m", Tone::Bad));
        page.objects_unknown = "x\ty".into();
        let page = page.cleaned();
        assert_eq!(page.facts[0].text, "a b\u{241b}[31m");
        assert_eq!(page.objects_unknown, "x y");
    }
}
