//! What a row says: columns for objects and apps, pieces of a line for everything else.

use super::AppPane;
use super::rows::{Row, What};
use crate::apps::page::{Delivered, Deployed, Fact};
use crate::apps::{self, App, Axis};
use crate::model::{AppId, Health, Tone};
use crate::relations::{Neighbour, ObjectId};
use crate::text::age;
use crate::ui::Ui;
use crate::ui::panes::page::clean;
use crate::ui::widgets::glyphs::Glyphs;
use std::fmt::Write as _;

/// Words and what they mean.
pub type Words = (String, Tone);

/// What a row says.
#[derive(Debug)]
pub enum Told {
    /// An object or an app.
    Columns(Columns),
    /// A line of pieces.
    Line(Vec<Words>),
}

/// What the columns of a row say.
#[derive(Debug, Default)]
pub struct Columns {
    /// Sync wave.
    pub wave: String,
    /// What stands before the name: how an app stands to this one.
    pub word: &'static str,
    /// `Deployment/web`.
    pub name: String,
    /// Where it is, if elsewhere.
    pub place: String,
    /// Tone of the name.
    pub tone: Tone,
    /// SYNC.
    pub sync: Words,
    /// HEALTH.
    pub health: Words,
    /// DRIFT.
    pub drift: Words,
    /// MESSAGE.
    pub message: Words,
}

/// How an object itself says it is.
#[derive(Debug, Default)]
struct Live {
    status: String,
    tone: Tone,
    /// Its kind is watched, and it is not there.
    missing: bool,
    terminating: bool,
}

/// The word of a health.
fn health_word(health: Health) -> (&'static str, Tone) {
    match health {
        Health::None => ("", Tone::Plain),
        Health::Healthy => ("Healthy", Tone::Good),
        Health::Suspended => ("Suspended", Tone::Dim),
        Health::Progressing => ("Progressing", Tone::Busy),
        Health::Unknown => ("Unknown", Tone::Warn),
        Health::Degraded => ("Degraded", Tone::Bad),
    }
}

/// The sign of a tone and words after it.
fn signed(glyphs: &Glyphs, tone: Tone, words: &str) -> Words {
    match (glyphs.of_tone(tone), words) {
        ("", words) => (words.to_owned(), tone),
        (sign, "") => (sign.to_owned(), tone),
        (sign, words) => (format!("{sign} {words}"), tone),
    }
}

/// An axis as it is shown: sign, word, clock.
pub fn axis(glyphs: &Glyphs, axis: &Axis, now: i64) -> Words {
    let mut words = clean(&axis.word);
    if axis.since != 0 && !words.is_empty() {
        words.push(' ');
        age::write_human(now.saturating_sub(axis.since).max(0), &mut words);
    }
    signed(glyphs, if words.is_empty() { Tone::Plain } else { axis.tone }, &words)
}

/// A moment: `5m ago`, or `in 5m`.
pub fn moment(at: i64, now: i64) -> String {
    match at {
        0 => String::new(),
        at if at > now => format!("in {}", age::human(at - now)),
        at => format!("{} ago", age::human(now - at)),
    }
}

impl AppPane {
    /// What a row says.
    pub(super) fn told(&self, ui: &Ui, row: &Row) -> Told {
        let page = self.page.as_ref();
        match &row.what {
            What::App => Told::Line(Vec::new()),
            What::Heading(_, words) => Told::Line(vec![(words.to_string(), Tone::Plain)]),
            What::Words(words, tone) => Told::Line(vec![(clean(words), *tone)]),
            What::Delivered(at) => match page.and_then(|page| page.objects.get(*at)) {
                Some(object) => Told::Columns(self.delivered(ui, object)),
                None => Told::Line(Vec::new()),
            },
            What::Owned(id) => Told::Columns(self.owned(ui, id)),
            What::Around(at) => match self.around.get(*at) {
                Some(one) => Told::Columns(self.neighbour(ui, one)),
                None => Told::Line(Vec::new()),
            },
            What::Kin(word, id) => Told::Columns(self.kin(ui, word, id)),
            What::Fact(at) => Told::Line(
                page.and_then(|page| page.facts.get(*at))
                    .map(|it| fact(it, ui))
                    .unwrap_or_default(),
            ),
            What::Deployed(at) => Told::Line(
                page.and_then(|page| page.history.get(*at))
                    .map(|it| deployed(it, self.marked.as_ref() == Some(&it.id), ui))
                    .unwrap_or_default(),
            ),
        }
    }

    /// All words of a row, for the filter.
    pub(super) fn text_of(&self, ui: &Ui, row: &Row) -> String {
        match self.told(ui, row) {
            Told::Line(pieces) => {
                pieces.iter().map(|(text, _)| text.as_str()).collect::<Vec<_>>().join(" ")
            }
            Told::Columns(columns) => {
                let Columns { word, name, place, sync, health, message, .. } = columns;
                format!("{word} {name} {place} {} {} {}", sync.0, health.0, message.0)
            }
        }
    }

    /// What the bottom line says of the selected row where there is no room for a column.
    pub(super) fn message_of(&self, ui: &Ui, row: &Row) -> Words {
        match self.told(ui, row) {
            Told::Columns(columns) => columns.message,
            Told::Line(_) => (String::new(), Tone::Plain),
        }
    }

    /// ` in NAMESPACE`, where that is not the one that the app delivers to.
    fn place(&self, id: &ObjectId) -> String {
        let usual = self.app.as_ref().map(|app| match app.target.as_str() {
            "" => app.id.namespace.as_str(),
            target => target,
        });
        match id.namespace.as_str() {
            "" => String::new(),
            namespace if Some(namespace) == usual => String::new(),
            namespace => format!(" in {}", clean(namespace)),
        }
    }

    fn delivered(&self, ui: &Ui, object: &Delivered) -> Columns {
        let glyphs = ui.glyphs();
        let sync = match (object.hook.as_str(), object.prune) {
            (_, true) => ("prune".to_owned(), Tone::Warn),
            ("", false) => axis(glyphs, &object.sync, ui.now),
            (hook, false) => (hook.to_owned(), object.result.tone.max(object.sync.tone)),
        };
        let mut message = match (object.message.as_str(), object.prune) {
            ("", true) => ("no longer wanted".to_owned(), Tone::Dim),
            (message, _) => (message.to_owned(), Tone::Plain),
        };
        if object.result.tone >= Tone::Warn {
            let words = format!("{}: {}", object.result.word, message.0);
            message = (words.trim_end_matches(": ").to_owned(), object.result.tone);
        }
        if let Some((words, tone)) = self.rolls.of(&object.id)
            && (message.0.is_empty() || (tone > message.1 && tone == Tone::Bad))
        {
            message = (words.to_owned(), tone);
        }
        let live = self.live(ui, &object.id);
        // Hooks are often deleted when they have run.
        let missing = live.missing && object.hook.is_empty();
        let (words, tone) = match object.health.map(health_word) {
            // The engine judges, the object itself tells the figures.
            Some((word, tone)) if live.status.is_empty() && tone > Tone::Good => {
                (word.to_owned(), tone)
            }
            Some((_, tone)) => (live.status, tone),
            None if missing => ("not there".to_owned(), Tone::Bad),
            None => (live.status, live.tone),
        };
        let mut columns = Columns {
            wave: object.wave.map(|wave| wave.to_string()).unwrap_or_default(),
            name: clean(&object.id.to_string()),
            place: self.place(&object.id),
            tone: if missing { Tone::Bad } else { Tone::Plain },
            sync,
            health: signed(glyphs, tone, &words),
            message,
            drift: self.marks.of(&object.id),
            ..Columns::default()
        };
        let of_app = apps::family::of_object(&object.id);
        if let Some(child) = of_app.and_then(|id| ui.app(self.cluster, &id)) {
            child_axes(&mut columns, child, object.prune, glyphs, ui.now);
        }
        columns
    }

    fn owned(&self, ui: &Ui, id: &ObjectId) -> Columns {
        let live = self.live(ui, id);
        let tone = if live.terminating { Tone::Dim } else { Tone::Plain };
        Columns {
            name: clean(&id.to_string()),
            place: self.place(id),
            health: signed(ui.glyphs(), live.tone, &live.status),
            tone,
            ..Columns::default()
        }
    }

    fn neighbour(&self, ui: &Ui, one: &Neighbour) -> Columns {
        let mut columns = self.owned(ui, &one.id);
        columns.word = one.word;
        columns.message.0 = clean(&one.how.join(", "));
        let several = self.page.as_ref().is_some_and(|page| page.objects.len() > 1);
        if several || one.how.is_empty() || one.of.kind == "Service" || one.of.kind == "Ingress" {
            let gap = if one.how.is_empty() { "" } else { "  " };
            let _ = write!(columns.message.0, "{gap}{}", clean(&one.of.to_string()));
        }
        let optional = !one.how.is_empty() && one.how.iter().all(|how| how.ends_with("(optional)"));
        if self.feed.graph.get(&one.id).is_none() && self.feed.watches(ui, &one.id) {
            (columns.health, columns.tone) = match optional {
                true => (("not there (optional)".to_owned(), Tone::Dim), Tone::Dim),
                false => (("not there".to_owned(), Tone::Bad), Tone::Bad),
            };
        }
        columns
    }

    /// How an object itself says it is.
    fn live(&self, ui: &Ui, id: &ObjectId) -> Live {
        let Some(thing) = self.feed.graph.get(id) else {
            return Live { missing: self.feed.watches(ui, id), ..Live::default() };
        };
        let (word, tone) = health_word(thing.health);
        let tone = if thing.terminating { Tone::Dim } else { tone.max(thing.tone) };
        let status = match (thing.status.as_str(), thing.terminating) {
            (status, true) if !status.contains("Terminating") => {
                format!("{status} Terminating").trim_start().to_owned()
            }
            ("", false) if tone > Tone::Good => word.to_owned(),
            (status, _) => status.to_owned(),
        };
        Live { status, tone, missing: false, terminating: thing.terminating }
    }

    fn kin(&self, ui: &Ui, word: &'static str, id: &AppId) -> Columns {
        let glyphs = ui.glyphs();
        let mut columns = Columns {
            word,
            name: format!("{} {}", id.engine.label(), clean(&id.name)),
            place: match &self.app {
                Some(app) if app.id.namespace == id.namespace => String::new(),
                _ => format!(" in {}", clean(&id.namespace)),
            },
            ..Columns::default()
        };
        match ui.app(self.cluster, id) {
            Some(app) => {
                columns.sync = axis(glyphs, &app.sync, ui.now);
                columns.health = axis(glyphs, &app.health, ui.now);
                columns.message = said(app, glyphs, ui.now);
            }
            None => columns.health = ("not there".to_owned(), Tone::Bad),
        }
        columns
    }
}

/// The axes of an app that is an object of this one stand where its own would.
fn child_axes(columns: &mut Columns, child: &App, prune: bool, glyphs: &Glyphs, now: i64) {
    columns.health = axis(glyphs, &child.health, now);
    if columns.message.0.is_empty() {
        columns.message = said(child, glyphs, now);
    }
    if prune {
        return;
    }
    let own = std::mem::replace(&mut columns.sync, axis(glyphs, &child.sync, now));
    if own.1 >= Tone::Warn {
        let words = format!("itself {}; {}", own.0, columns.message.0);
        columns.message = (words.trim_end_matches("; ").to_owned(), own.1);
    }
}

/// What an app says: its operation while that runs or went wrong, and its message.
fn said(app: &App, glyphs: &Glyphs, now: i64) -> Words {
    let message = clean(app.message.lines().next().unwrap_or(""));
    let tone = app.trouble().min(Tone::Warn).max(Tone::Plain);
    if app.operation.tone > Tone::Good {
        let (operation, tone) = axis(glyphs, &app.operation, now);
        return (format!("{operation}  {message}").trim_end().to_owned(), tone);
    }
    (message, tone)
}

fn fact(fact: &Fact, ui: &Ui) -> Vec<Words> {
    let mut pieces =
        vec![(format!("{:<16} ", fact.label), Tone::Dim), (fact.text.to_string(), fact.tone)];
    if fact.at != 0 {
        let gap = if fact.text.is_empty() { "" } else { "  " };
        pieces.push((format!("{gap}{}", moment(fact.at, ui.now)), Tone::Dim));
    }
    if fact.leads_to.is_some() {
        pieces.push((ui.glyphs().step.trim_end().to_owned(), Tone::Dim));
    }
    pieces
}

fn deployed(one: &Deployed, marked: bool, ui: &Ui) -> Vec<Words> {
    let glyphs = ui.glyphs();
    let sign = if marked { glyphs.mark } else { "" };
    let mut pieces = vec![
        (format!("{:<6} ", format!("{}{sign}", one.id)), Tone::Plain),
        (format!("{:<20} ", one.revision), Tone::Plain),
        (format!("{:<10} ", moment(one.at, ui.now)), Tone::Dim),
    ];
    let mut rest = String::new();
    if !one.outcome.word.is_empty() {
        let (words, tone) = axis(glyphs, &one.outcome, ui.now);
        pieces.push((format!("{words:<14} "), tone));
    }
    if !one.by.is_empty() {
        let _ = write!(rest, "by {}  ", one.by);
    }
    rest.push_str(&one.note);
    pieces.push((rest.trim_end().to_owned(), Tone::Plain));
    pieces
}
