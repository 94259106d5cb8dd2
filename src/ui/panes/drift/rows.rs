//! The rows of the pane: which there are, in which order, what is folded, what a filter leaves.

use super::DriftPane;
use super::scroll::Tall;
use super::told;
use crate::drift::{Field, ObjectDrift, State};
use crate::model::Tone;
use crate::relations::place;
use crate::ui::Ui;
use crate::ui::panes::sift::sift;

/// Rows made at most.
const MOST: usize = 20_000;

/// What a row shows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum What {
    /// The beginning of a part, by its number.
    App(usize),
    /// A sentence.
    Words(String, Tone),
    /// An object: part, number in it.
    Object(usize, usize),
    /// What else there is to say about an object.
    Note(usize, usize),
    /// A field: part, object, number in it.
    Field(usize, usize, usize),
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
    /// Lines it takes.
    pub lines: usize,
    /// What it shows.
    pub what: What,
}

impl Tall for Row {
    fn place(&self) -> u64 {
        self.place
    }

    fn height(&self) -> usize {
        self.lines
    }
}

/// Which differences are shown.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Shown {
    /// Objects that are as deployed too.
    pub all: bool,
    /// Fields that are not counted too.
    pub noise: bool,
}

impl Shown {
    /// Whether an object has a row.
    fn object(self, one: &ObjectDrift) -> bool {
        self.all
            || one.state.is_drift()
            || matches!(one.state, State::Unknown(_) | State::Terminating | State::Behind)
            || (self.noise && !one.fields.is_empty())
    }

    /// Whether a field has a row.
    pub fn field(self, field: &Field) -> bool {
        self.noise || field.noise.is_none()
    }
}

/// The worst first.
fn rank(state: &State) -> u8 {
    match state {
        State::Changed | State::Missing | State::Extra | State::Recreated => 0,
        State::Unknown(_) => 1,
        State::Terminating | State::Behind => 2,
        State::Pending => 3,
        State::Same => 4,
        State::Incomparable(_) => 5,
    }
}

/// All rows that are shown. Fields take two lines each where there is little room.
pub fn rows(pane: &DriftPane, ui: &Ui, narrow: bool) -> Vec<Row> {
    let mut rows: Vec<Row> = Vec::new();
    let parts = &pane.parts.all;
    let headings = parts.len() > 1;
    for (number, part) in parts.iter().enumerate() {
        let before = rows.len();
        let here = place(1, (&part.app, &part.drift.app, number));
        let depth = usize::from(headings);
        let mut any = false;
        if headings {
            let open = pane.folds.is_open(here) || !pane.filter.is_empty();
            let what = What::App(number);
            rows.push(Row { place: here, depth: 0, open: Some(open), lines: 1, what });
            if !open {
                continue;
            }
        }
        if let Some(fault) = &part.drift.fault {
            any = true;
            rows.push(sentence(here, depth, told::fault(fault), Tone::Warn));
        }
        let mut objects: Vec<(usize, &ObjectDrift)> =
            part.drift.objects.iter().enumerate().collect();
        objects.retain(|(_, one)| pane.shown.object(one));
        objects.sort_by_key(|(_, one)| rank(&one.state));
        for (at, one) in objects {
            any = true;
            if rows.len() < MOST {
                object(pane, &mut rows, (number, at), one, (here, depth), narrow);
            }
        }
        // Of many only those are told where something is.
        if headings && !any && !pane.shown.all {
            rows.truncate(before);
        }
    }
    let words: Vec<String> = pane.filter.split_whitespace().map(str::to_lowercase).collect();
    if !words.is_empty() && !rows.is_empty() {
        let matches = |at: usize| {
            let text = told::text_of(pane, ui, &rows[at]).to_lowercase();
            words.iter().all(|word| text.contains(word))
        };
        let kept = sift(rows.len(), |at| rows[at].depth, matches);
        let mut all: Vec<Option<Row>> = rows.into_iter().map(Some).collect();
        rows = kept.into_iter().filter_map(|at| all[at].take()).collect();
        if rows.is_empty() {
            rows.push(sentence(0, 0, "no line has these words".to_owned(), Tone::Dim));
        }
        return rows;
    }
    if let Some((words, tone)) = told::state_of_all(pane, ui, rows.is_empty()) {
        rows.push(sentence(1, 0, words, tone));
    }
    rows
}

fn sentence(above: u64, depth: usize, words: String, tone: Tone) -> Row {
    let here = place(above, "words");
    Row { place: here, depth, open: None, lines: 1, what: What::Words(words, tone) }
}

fn object(
    pane: &DriftPane,
    rows: &mut Vec<Row>,
    (part, at): (usize, usize),
    one: &ObjectDrift,
    (above, depth): (u64, usize),
    narrow: bool,
) {
    let here = place(above, &one.id);
    let fields: Vec<(usize, &Field)> =
        one.fields.iter().enumerate().filter(|(_, field)| pane.shown.field(field)).collect();
    let below = !fields.is_empty() || !one.note.is_empty();
    let open = pane.folds.is_open(here) || !pane.filter.is_empty();
    let what = What::Object(part, at);
    rows.push(Row { place: here, depth, open: below.then_some(open), lines: 1, what });
    if !below || !open {
        return;
    }
    let lines = if narrow { 2 } else { 1 };
    for (number, field) in fields {
        let place = place(here, field.change.path.to_string());
        let what = What::Field(part, at, number);
        rows.push(Row { place, depth: depth + 1, open: None, lines, what });
    }
    if !one.note.is_empty() {
        let what = What::Note(part, at);
        rows.push(Row { place: place(here, "note"), depth: depth + 1, open: None, lines: 1, what });
    }
}
