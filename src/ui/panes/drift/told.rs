//! What rows and the head say.

use super::DriftPane;
use super::parts::Part;
use super::rows::{Row, What};
use crate::drift::{Confidence, Drift, Fate, Field, ObjectDrift, State, Tally, Writer};
use crate::model::{EngineId, Fault, Tone};
use crate::text::age;
use crate::ui::Ui;
use crate::ui::panes::page::clean;
use serde_json::Value;

/// Words and what they mean.
pub type Words = (String, Tone);

/// Characters of a value that are looked at for a row.
const VALUE: usize = 240;

/// A failure in one line.
pub fn fault(fault: &Fault) -> String {
    match fault.hint.as_str() {
        "" => clean(&fault.why),
        hint => format!("{}: {hint}", clean(&fault.why)),
    }
}

/// `2 fields`, `1 field`.
pub fn counted(n: usize, word: &str) -> String {
    if n == 1 { format!("1 {word}") } else { format!("{n} {word}s") }
}

/// What was deployed at a field, on one line.
pub fn deployed(one: &ObjectDrift, field: &Field) -> String {
    match one.is_desired_known() {
        true => value(field.change.desired.as_ref()),
        false => "?".to_owned(),
    }
}

/// A value on one line; a dash where nothing is.
pub fn value(value: Option<&Value>) -> String {
    let text = match value {
        None => return "-".to_owned(),
        Some(Value::String(text)) if text.is_empty() => return "\"\"".to_owned(),
        Some(Value::String(text)) => match text.char_indices().nth(VALUE) {
            Some((end, _)) => text[..end].to_owned(),
            None => text.clone(),
        },
        Some(other) => beginning(other),
    };
    let one_line = text.replace('\n', "\u{21b5}").replace('\t', " ");
    clean(&one_line)
}

/// The beginning of a value as JSON: a long one is not written to its end for one line.
fn beginning(value: &Value) -> String {
    struct Room(Vec<u8>);
    impl std::io::Write for Room {
        fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
            if self.0.len() > 4 * VALUE {
                return Err(std::io::ErrorKind::StorageFull.into());
            }
            self.0.extend_from_slice(bytes);
            Ok(bytes.len())
        }
        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }
    let mut room = Room(Vec::new());
    // It ends early where it is long.
    let _ = serde_json::to_writer(&mut room, value);
    let text = String::from_utf8_lossy(&room.0);
    match text.char_indices().nth(VALUE) {
        Some((end, _)) => text[..end].to_owned(),
        None => text.into_owned(),
    }
}

/// Programs that people run by hand.
const TOOLS: &[&str] = &["kubectl", "k9s", "helm", "lens", "argocd", "flux", "oc", "wheelhouse"];
/// What libraries call themselves when nobody gives a name: the first word of the user agent.
const AGENTS: &[&str] = &[
    "Mozilla",
    "Go-http-client",
    "OpenAPI-Generator",
    "python-requests",
    "okhttp",
    "curl",
    "node-fetch",
    "axios",
    "unknown",
    "kubernetes-client",
];

/// `by kubectl-scale (tool)`, `by client Mozilla`: managedFields name programs, not people.
pub fn by(writer: Option<&Writer>) -> Words {
    let Some(writer) = writer else { return ("by nobody named".to_owned(), Tone::Dim) };
    let name = clean(&writer.manager);
    let is = |known: &&str| name == **known || name.starts_with(&format!("{known}-"));
    let mut words = if AGENTS.contains(&name.as_str()) {
        format!("by client {name}")
    } else if TOOLS.iter().any(is) {
        format!("by {name} (tool)")
    } else {
        format!("by {name}")
    };
    if !writer.subresource.is_empty() && !name.ends_with(writer.subresource.as_str()) {
        words.push_str(&format!(" via {}", clean(&writer.subresource)));
    }
    (words, Tone::Plain)
}

/// `2h ago`.
pub fn ago(at: i64, now: i64) -> String {
    match at {
        0 => String::new(),
        at => format!("{} ago", age::human(now.saturating_sub(at).max(0))),
    }
}

/// What becomes of a field; why it is not counted, where it is not.
pub fn fate(field: &Field) -> Words {
    if let Some(reason) = &field.noise {
        return (format!("noise: {}", clean(reason)), Tone::Dim);
    }
    let tone = match field.fate {
        Fate::UndoneSoon(_) => Tone::Busy,
        Fate::UndoneNext(_) => Tone::Plain,
        Fate::Stays(_) => Tone::Warn,
    };
    (clean(field.fate.words()), tone)
}

/// How an object is, beside its name.
pub fn state(one: &ObjectDrift, noise: bool) -> Words {
    let counts = one.fields.iter().filter(|field| field.noise.is_none()).count();
    match &one.state {
        State::Pending => ("…".to_owned(), Tone::Dim),
        State::Same if noise && !one.fields.is_empty() => {
            (format!("in sync, {} of noise", counted(one.fields.len(), "field")), Tone::Dim)
        }
        State::Same => ("in sync".to_owned(), Tone::Good),
        State::Behind => {
            ("behind: git moved on, and that is not in the cluster".to_owned(), Tone::Warn)
        }
        State::Changed => (counted(counts, "field"), Tone::Warn),
        State::Missing => ("missing: it was deployed and is not there".to_owned(), Tone::Bad),
        State::Extra => ("extra: it is not among what is wanted".to_owned(), Tone::Warn),
        State::Terminating => ("terminating: its deletion was asked for".to_owned(), Tone::Busy),
        State::Recreated if counts > 0 => {
            (format!("recreated: {}", counted(counts, "field")), Tone::Warn)
        }
        State::Recreated => ("recreated: another object has its name".to_owned(), Tone::Warn),
        State::Unknown(why) => (format!("unknown: {}", fault(why)), Tone::Warn),
        State::Incomparable(why) => (format!("n/a: {}", clean(why)), Tone::Dim),
    }
}

/// What "desired" is, since when, at which revision: `desired: last applied 3d ago (8d1e0aa)`.
fn desired(drift: &Drift, now: i64) -> Option<String> {
    let desired = drift.desired.as_ref()?;
    let mut words = format!("desired: {}", clean(&desired.what));
    if desired.at != 0 {
        words.push_str(&format!(" {}", ago(desired.at, now)));
    }
    if !desired.revision.is_empty() {
        words.push_str(&format!(" ({})", clean(&desired.revision)));
    }
    Some(words)
}

/// `2 of 14 objects drifted`, and how many could not be told.
fn counts(tally: Tally) -> Vec<Words> {
    let tone = if tally.drifted > 0 { Tone::Warn } else { Tone::Plain };
    let mut out =
        vec![(format!("{} of {} drifted", tally.drifted, counted(tally.objects, "object")), tone)];
    if tally.unknown > 0 {
        out.push((format!("{} unknown", tally.unknown), Tone::Warn));
    }
    if tally.incomparable > 0 {
        out.push((format!("{} with nothing to compare", tally.incomparable), Tone::Dim));
    }
    if tally.pending > 0 {
        out.push((format!("{} to come", tally.pending), Tone::Busy));
    }
    out
}

/// What is worth knowing of a part, in pieces.
pub fn of_part(part: &Part, now: i64) -> Vec<Words> {
    let drift = &part.drift;
    let mut out = Vec::new();
    let name = match (drift.app.as_str(), drift.engine) {
        ("", _) => "objects of no app".to_owned(),
        (name, _) => clean(name),
    };
    out.push((name, Tone::Plain));
    if drift.engine != EngineId::None {
        out.push((drift.engine.label().to_owned(), Tone::Plain));
    }
    out.extend(desired(drift, now).map(|words| (words, Tone::Dim)));
    if drift.fault.is_none() {
        out.extend(counts(drift.tally()));
    }
    out.extend(confidence(drift.confidence()));
    if !drift.shortfall.is_empty() {
        out.push((format!("not exact: {}", clean(&drift.shortfall)), Tone::Warn));
    }
    out
}

fn confidence(confidence: Option<Confidence>) -> Option<Words> {
    let confidence = confidence?;
    let tone = if confidence == Confidence::Exact { Tone::Good } else { Tone::Dim };
    Some((confidence.word().to_owned(), tone))
}

/// What is worth knowing of all parts together.
pub fn of_all(pane: &DriftPane, ui: &Ui) -> Vec<Words> {
    match pane.parts.all.as_slice() {
        [one] => of_part(one, ui.now),
        parts => {
            let mut all = Tally::default();
            for one in parts {
                let tally = one.drift.tally();
                all.objects += tally.objects;
                all.drifted += tally.drifted;
                all.unknown += tally.unknown;
                all.incomparable += tally.incomparable;
                all.pending += tally.pending;
            }
            let mut out = vec![(pane.name.clone(), Tone::Plain)];
            if !parts.is_empty() {
                let apps = parts.iter().filter(|part| !part.drift.app.is_empty()).count();
                out.push((counted(apps, "app"), Tone::Plain));
                out.extend(counts(all));
                let weakest = parts.iter().filter_map(|part| part.drift.confidence()).max();
                out.extend(confidence(weakest));
            }
            out
        }
    }
}

/// Differences that are hidden because they are not counted.
pub fn noise(pane: &DriftPane) -> usize {
    pane.parts.all.iter().map(|part| part.drift.tally().noise).sum()
}

/// A sentence where no row says enough: what is under way, that nothing differs.
pub fn state_of_all(pane: &DriftPane, ui: &Ui, empty: bool) -> Option<Words> {
    if let Some(fault) = &pane.fault {
        return Some((clean(&fault.to_string()), Tone::Warn));
    }
    let Some(asking) = &pane.asking else {
        return Some(("looking for apps…".to_owned(), Tone::Dim));
    };
    let (mut objects, mut pending, mut incomparable, mut unknown) = (0, 0, 0, 0);
    for part in &pane.parts.all {
        let tally = part.drift.tally();
        objects += tally.objects;
        pending += tally.pending;
        incomparable += tally.incomparable;
        unknown += tally.unknown;
    }
    let busy = !asking.is_over() || pane.parts.is_busy();
    if pending > 0 || (busy && empty) {
        return Some(match objects {
            0 => ("reading what was deployed…".to_owned(), Tone::Dim),
            n => (format!("comparing: {} of {n} objects…", n - pending), Tone::Dim),
        });
    }
    if !empty {
        return None;
    }
    let key = ui.key_to(crate::ui::commands::Command::DriftAll);
    Some(match (objects, objects - incomparable - unknown) {
        (0, _) => ("there is nothing to compare".to_owned(), Tone::Dim),
        (n, 0) => {
            let words = format!(
                "none of {} has anything to be compared with: {key} shows why",
                counted(n, "object")
            );
            (words, Tone::Dim)
        }
        (_, n) => {
            let rest = match incomparable {
                0 => String::new(),
                n => format!("; {n} with nothing to compare: {key} shows why"),
            };
            (format!("no drift: {} as deployed{rest}", counted(n, "object")), Tone::Good)
        }
    })
}

/// All that a row says, for the filter.
pub fn text_of(pane: &DriftPane, ui: &Ui, row: &Row) -> String {
    match &row.what {
        What::Words(words, _) => words.clone(),
        What::App(part) => pane.parts.all.get(*part).map_or_else(String::new, |part| {
            let words: Vec<String> =
                of_part(part, ui.now).into_iter().take(2).map(|(text, _)| text).collect();
            words.join(" ")
        }),
        What::Object(..) | What::Note(..) => pane.object_of(row).map_or_else(String::new, |one| {
            format!("{} {} {} {}", one.id, one.id.namespace, one.state.word(), one.note)
        }),
        What::Field(..) => pane.field_of(row).map_or_else(String::new, |field| {
            let change = &field.change;
            let (desired, live) = (value(change.desired.as_ref()), value(change.live.as_ref()));
            let by = by(field.writer.as_ref()).0;
            format!("{} {desired} {live} {by} {}", change.path, fate(field).0)
        }),
    }
}
