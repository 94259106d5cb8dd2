//! The rows of the page: which stand below which, what is folded, what a filter leaves. What they say
//! is made only for those on screen, in `told.rs`.

use super::reading::Comparison;
use super::{AppPane, Whereabouts};
use crate::apps;
use crate::apps::page::Target;
use crate::model::{AppId, Text, Tone};
use crate::relations::{ObjectId, owned, place};
use crate::ui::Ui;
use crate::ui::panes::sift::sift;
use crate::verbs::edit::diff::Sign;
use std::collections::BTreeSet;

/// Rows made at most.
const MOST: usize = 20_000;
/// Owners between a delivered object and a row at most.
const DEEPEST: usize = 8;

/// A part of the page with a heading.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Part {
    /// What its objects use, and what leads to them.
    Around,
    /// Apps that it delivers and that its objects do not tell of.
    Apps,
    /// What is known about it.
    Facts,
    /// What was deployed before.
    History,
    /// What changed between two things that were deployed.
    Changes,
    /// Something to read about it, by its number.
    Text(usize),
}

/// What a row shows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum What {
    /// The app itself: the head of the page.
    App,
    /// The beginning of a part.
    Heading(Part, Text),
    /// A sentence.
    Words(String, Tone),
    /// An object that the app delivers, by its number.
    Delivered(usize),
    /// What such an object owns.
    Owned(ObjectId),
    /// What such an object uses, or what leads to it, by its number.
    Around(usize),
    /// An app next to this one, and how it stands to it.
    Kin(&'static str, AppId),
    /// A fact, by its number.
    Fact(usize),
    /// Something that was deployed before, by its number.
    Deployed(usize),
}

/// One row.
#[derive(Clone, Debug)]
pub struct Row {
    /// Its place, which stays when rows are made anew.
    pub place: u64,
    /// Steps to the right.
    pub depth: usize,
    /// Something stands below it; None for a leaf, else whether that is shown.
    pub open: Option<bool>,
    /// What it shows.
    pub what: What,
}

impl Row {
    fn new(place: u64, what: What) -> Self {
        Self { place, depth: 0, open: None, what }
    }
}

/// All rows that are shown; the first one is the app itself.
pub fn rows(pane: &AppPane, ui: &Ui) -> Vec<Row> {
    let mut rows = vec![Row::new(0, What::App)];
    objects(pane, &mut rows);
    around(pane, &mut rows);
    kin(pane, &mut rows);
    facts(pane, &mut rows);
    history(pane, &mut rows);
    changes(pane, &mut rows);
    texts(pane, &mut rows);
    let words: Vec<String> = pane.filter.split_whitespace().map(str::to_lowercase).collect();
    if words.is_empty() {
        return rows;
    }
    let depth = |at: usize| match rows[at].what {
        What::App | What::Heading(..) => 0,
        _ => rows[at].depth + 1,
    };
    let matches = |at: usize| match rows[at].what {
        What::App => true,
        What::Heading(..) => false,
        _ => {
            let text = pane.text_of(ui, &rows[at]).to_lowercase();
            words.iter().all(|word| text.contains(word))
        }
    };
    let kept = sift(rows.len(), depth, matches);
    if kept.len() == 1 {
        rows.truncate(1);
        let none = "no line has these words".to_owned();
        rows.push(Row::new(1, What::Words(none, Tone::Dim)));
        return rows;
    }
    let mut rows: Vec<Option<Row>> = rows.into_iter().map(Some).collect();
    kept.into_iter().filter_map(|at| rows[at].take()).collect()
}

/// Why there is nothing to look at, or not where one would look.
fn sentence(pane: &AppPane) -> Option<(String, Tone)> {
    let engine = pane.id.engine;
    let Some(app) = &pane.app else {
        return Some(match (pane.gone, apps::engine(engine)) {
            (_, None) => (format!("nothing is known about apps of {}", engine.label()), Tone::Warn),
            (true, _) => ("there is no such app (any more)".to_owned(), Tone::Warn),
            _ => ("reading…".to_owned(), Tone::Dim),
        });
    };
    let Some(page) = &pane.page else {
        return Some(match apps::engine(engine) {
            Some(_) => ("reading…".to_owned(), Tone::Dim),
            None => (format!("apps of {} have no page", engine.label()), Tone::Warn),
        });
    };
    if !page.objects_unknown.is_empty() {
        return Some((page.objects_unknown.to_string(), Tone::Warn));
    }
    let into = if app.target.is_empty() { String::new() } else { format!(" in {}", app.target) };
    match &pane.whereabouts {
        Whereabouts::Here => {}
        Whereabouts::On(_, context) => {
            return Some((format!("objects live on context {context}{into}"), Tone::Plain));
        }
        Whereabouts::Context(context) => {
            let words = format!("objects live on context {context}{into}: Enter connects to it");
            return Some((words, Tone::Warn));
        }
        Whereabouts::Nowhere(name) => {
            let words = format!("objects live on {name}{into}: {}", app.no_context());
            return Some((words, Tone::Warn));
        }
    }
    let empty = page.objects.is_empty() && pane.kin.delivers.is_empty();
    empty.then(|| ("it delivers no objects".to_owned(), Tone::Dim))
}

fn objects(pane: &AppPane, rows: &mut Vec<Row>) {
    if let Some((words, tone)) = sentence(pane) {
        rows.push(Row::new(place(1, "where"), What::Words(words, tone)));
    }
    let Some(page) = &pane.page else { return };
    let looked_at = matches!(pane.whereabouts, Whereabouts::Here | Whereabouts::On(..));
    let delivered: BTreeSet<&ObjectId> = page.objects.iter().map(|one| &one.id).collect();
    let mut walk = Walk { pane, delivered: &delivered, rows };
    for (at, object) in page.objects.iter().enumerate() {
        let here = place(2, (&object.id, &object.hook));
        walk.add(Row::new(here, What::Delivered(at)), &object.id, looked_at);
    }
}

struct Walk<'w> {
    pane: &'w AppPane,
    delivered: &'w BTreeSet<&'w ObjectId>,
    rows: &'w mut Vec<Row>,
}

impl Walk<'_> {
    fn add(&mut self, mut row: Row, id: &ObjectId, looked_at: bool) {
        if self.rows.len() >= MOST {
            return;
        }
        // What is delivered has a row of its own, whoever owns it.
        let mut below = if looked_at && row.depth < DEEPEST {
            owned(&self.pane.feed.graph, id)
        } else {
            Vec::new()
        };
        below.retain(|one| !self.delivered.contains(one) && one != id);
        let open = self.pane.folds.is_open(row.place) || !self.pane.filter.is_empty();
        row.open = (!below.is_empty()).then_some(open);
        let (above, depth) = (row.place, row.depth + 1);
        self.rows.push(row);
        if !open {
            return;
        }
        for one in below {
            let mut row = Row::new(place(above, &one), What::Owned(one.clone()));
            row.depth = depth;
            self.add(row, &one, true);
        }
    }
}

fn heading(part: Part, words: impl Into<Text>) -> Row {
    Row::new(place(3, part), What::Heading(part, words.into()))
}

/// What its objects use, and what leads to them.
fn around(pane: &AppPane, rows: &mut Vec<Row>) {
    if pane.around.is_empty() {
        return;
    }
    let count = pane.around.len();
    rows.push(heading(Part::Around, format!("uses, and is reached by ({count})")));
    let left = MOST.saturating_sub(rows.len());
    for (at, one) in pane.around.iter().enumerate().take(left) {
        rows.push(Row::new(place(10, &one.id), What::Around(at)));
    }
}

/// Apps it delivers that are not among its objects.
fn kin(pane: &AppPane, rows: &mut Vec<Row>) {
    let told: BTreeSet<AppId> = pane
        .page
        .iter()
        .flat_map(|page| &page.objects)
        .filter_map(|object| apps::family::of_object(&object.id))
        .collect();
    let rest: Vec<&AppId> = pane.kin.delivers.iter().filter(|id| !told.contains(*id)).collect();
    if rest.is_empty() {
        return;
    }
    rows.push(heading(Part::Apps, format!("apps it delivers ({})", rest.len())));
    for id in rest.into_iter().take(MOST.saturating_sub(rows.len())) {
        rows.push(Row::new(place(4, id), What::Kin("", id.clone())));
    }
}

fn facts(pane: &AppPane, rows: &mut Vec<Row>) {
    let facts = pane.page.as_ref().map(|page| page.facts.as_slice()).unwrap_or_default();
    let named: BTreeSet<&AppId> = facts
        .iter()
        .filter_map(|fact| match &fact.leads_to {
            Some(Target::App(id)) => Some(id),
            _ => None,
        })
        .collect();
    let sorts = [
        ("needs", &pane.kin.needs),
        ("needed by", &pane.kin.needed_by),
        ("part of it", &pane.kin.parts),
    ];
    let mut kin: Vec<(&'static str, &AppId)> = Vec::new();
    for (word, ids) in sorts {
        kin.extend(ids.iter().filter(|id| !named.contains(id)).map(|id| (word, id)));
    }
    let folded = pane.app.as_ref().and_then(|app| app.folded_into.as_ref());
    kin.extend(folded.filter(|id| !named.contains(id)).map(|id| ("part of", id)));
    let parent = pane.app.as_ref().and_then(|app| app.parent.as_ref());
    kin.extend(parent.filter(|id| !named.contains(id)).map(|id| ("delivered by", id)));
    if facts.is_empty() && kin.is_empty() {
        return;
    }
    rows.push(heading(Part::Facts, "about it"));
    for (at, fact) in facts.iter().enumerate() {
        rows.push(Row::new(place(5, (&fact.label, at)), What::Fact(at)));
    }
    for (word, id) in kin {
        rows.push(Row::new(place(6, (word, id)), What::Kin(word, id.clone())));
    }
}

fn history(pane: &AppPane, rows: &mut Vec<Row>) {
    let Some(page) = pane.page.as_ref().filter(|page| !page.history.is_empty()) else { return };
    rows.push(heading(Part::History, "deployed before"));
    for (at, one) in page.history.iter().enumerate() {
        rows.push(Row::new(place(7, (&one.id, at)), What::Deployed(at)));
    }
}

/// What changed between two things that were deployed, once somebody asked.
fn changes(pane: &AppPane, rows: &mut Vec<Row>) {
    let Some(Comparison { between: (from, to), told, .. }) = &pane.comparison else { return };
    let lines: Vec<(String, Tone)> = match told {
        None => vec![("reading…".to_owned(), Tone::Dim)],
        Some(Err(fault)) => vec![(fault.to_string(), Tone::Bad)],
        Some(Ok(lines)) if lines.is_empty() => vec![("nothing changed".to_owned(), Tone::Dim)],
        Some(Ok(lines)) => {
            let tone = |sign: Sign| match sign {
                Sign::Hunk => Tone::Dim,
                Sign::Same => Tone::Plain,
                Sign::Added => Tone::Good,
                Sign::Removed => Tone::Bad,
            };
            lines.iter().map(|line| (line.text.clone(), tone(line.sign))).collect()
        }
    };
    rows.push(heading(Part::Changes, format!("what changed from {from} to {to}")));
    let numbered = lines.into_iter().enumerate().take(MOST.saturating_sub(rows.len()));
    rows.extend(numbered.map(|(number, (line, tone))| {
        Row::new(place(9, (from, to, number)), What::Words(line, tone))
    }));
}

/// What there is to read, folded until somebody opens it.
fn texts(pane: &AppPane, rows: &mut Vec<Row>) {
    let texts = pane.page.as_ref().map(|page| page.texts.as_slice()).unwrap_or_default();
    for (at, text) in texts.iter().enumerate().filter(|(_, text)| !text.text.is_empty()) {
        let count = text.text.lines().count();
        let lines = if count == 1 { "line" } else { "lines" };
        let mut row = heading(Part::Text(at), format!("{} ({count} {lines})", text.title));
        // Places that were folded are remembered; these begin so.
        let open = !pane.folds.is_open(row.place) || !pane.filter.is_empty();
        row.open = Some(open);
        rows.push(row);
        if open {
            let lines = text.text.lines().enumerate();
            rows.extend(lines.take(MOST.saturating_sub(rows.len())).map(|(number, line)| {
                let words = What::Words(line.replace('\t', "    "), Tone::Plain);
                Row::new(place(8, (at, number)), words)
            }));
        }
    }
}
