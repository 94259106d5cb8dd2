//! What the pane shows, for a note: each object that differs with its fields, and what could not be told.

use super::DriftPane;
use super::parts::Part;
use super::{tape, told};
use crate::drift::{Field, ObjectDrift, State, Turn, Writer};
use crate::model::{ClusterId, EngineId};
use crate::ui::note::Note;
use crate::ui::note::markdown::{code, header, prose, row, utc};
use serde_json::Value;
use std::fmt::Write as _;

impl DriftPane {
    /// All that is known here, whatever is folded or filtered on screen.
    pub(super) fn noted(&self) -> Note {
        let mut clusters: Vec<ClusterId> = self.parts.all.iter().map(|part| part.cluster).collect();
        clusters.push(self.cluster);
        clusters.sort_unstable();
        clusters.dedup();
        let mut body = String::new();
        let many = self.parts.all.len() > 1;
        for part in &self.parts.all {
            self.write_part(part, many, &mut body);
        }
        self.write_tape(&mut body);
        Note {
            name: self.name.clone(),
            title: format!("Drift of {}", prose(&self.name)),
            clusters,
            facts: self.facts(),
            body,
        }
    }

    fn facts(&self) -> Vec<(&'static str, String)> {
        let mut facts = Vec::new();
        if let Some(fault) = &self.fault {
            facts.push(("not compared", prose(&fault.to_string())));
        }
        for part in &self.parts.all {
            facts.push(("compared", compared(part)));
        }
        let under_way = self.asking.is_none() || self.parts.is_busy();
        if under_way && self.fault.is_none() {
            facts.push(("incomplete", "not everything was compared when this was written".into()));
        }
        facts
    }

    fn write_part(&self, part: &Part, many: bool, out: &mut String) {
        let drift = &part.drift;
        if many {
            let name = if drift.app.is_empty() { "objects of no app" } else { &drift.app };
            let _ = writeln!(out, "## {}\n", prose(name));
        }
        let level = if many { "###" } else { "##" };
        for one in drift.objects.iter().filter(|one| is_told(one, self.shown.noise)) {
            let state = told::state(one, self.shown.noise).0;
            let _ = writeln!(out, "{level} {}: {}\n", object(one), prose(&state));
            write_fields(one, self.shown.noise, out);
            if !one.note.is_empty() {
                let _ = writeln!(out, "{}\n", prose(&one.note));
            }
        }
        let judged =
            |one: &&ObjectDrift| matches!(one.state, State::Unknown(_) | State::Incomparable(_));
        let mut unjudged = drift.objects.iter().filter(judged).peekable();
        if unjudged.peek().is_some() || drift.fault.is_some() {
            let _ = writeln!(out, "{level} Could not be judged\n");
            if let Some(fault) = &drift.fault {
                let _ = writeln!(out, "- all of it: {}", prose(&told::fault(fault)));
            }
            for one in unjudged {
                let state = told::state(one, false).0;
                let _ = writeln!(out, "- {}: {}", object(one), prose(&state));
            }
            out.push('\n');
        }
    }

    /// What has changed since the pane is open, oldest first.
    fn write_tape(&self, out: &mut String) {
        if self.parts.tape.is_empty() {
            return;
        }
        out.push_str("## Seen while it was looked at\n\n");
        let lost = self.parts.tape.lost();
        if lost > 0 {
            let _ = writeln!(out, "- {lost} older changes were not kept");
        }
        for line in self.parts.tape.lines() {
            let what = match &line.what {
                tape::What::Field(seen) => {
                    let path = code(&seen.path.to_string());
                    let by = seen.writer.as_ref().map(|writer| code(&writer.manager));
                    let by = by.unwrap_or_else(|| "nobody named".to_owned());
                    match &seen.turn {
                        Turn::Value(from, to) => {
                            let (from, to) = (value(from.as_ref()), value(to.as_ref()));
                            format!("{path}: {from} → {to} by {by}")
                        }
                        Turn::Owner => format!("{path}: same value, now by {by}"),
                    }
                }
                other => tape::place(other),
            };
            let _ = writeln!(out, "- {} {} {what}", utc(line.at), code(&line.id.to_string()));
        }
        out.push('\n');
    }
}

/// What an app was compared with, and what was found.
fn compared(part: &Part) -> String {
    let drift = &part.drift;
    let mut words = match (drift.app.as_str(), drift.engine) {
        ("", _) => "objects of no app".to_owned(),
        (name, EngineId::None) => code(name),
        (name, engine) => format!("{} {}", engine.label(), code(name)),
    };
    if let Some(desired) = &drift.desired {
        let _ = write!(words, ", desired: {}", prose(&desired.what));
        if desired.at != 0 {
            let _ = write!(words, " at {}", utc(desired.at));
        }
        if !desired.revision.is_empty() {
            let _ = write!(words, " ({})", code(&desired.revision));
        }
    }
    if let Some(confidence) = drift.confidence() {
        let _ = write!(words, ", {}", confidence.word());
    }
    let tally = drift.tally();
    let _ =
        write!(words, "; {} of {} drifted", tally.drifted, told::counted(tally.objects, "object"));
    for (n, what) in [
        (tally.unknown, "could not be judged"),
        (tally.incomparable, "have nothing to be compared with"),
        (tally.pending, "not compared yet"),
    ] {
        if n > 0 {
            let _ = write!(words, ", {n} {what}");
        }
    }
    if tally.noise > 0 {
        let _ = write!(words, "; {} not counted", told::counted(tally.noise, "difference"));
    }
    words
}

/// Objects that get a section of their own.
fn is_told(one: &ObjectDrift, noise: bool) -> bool {
    match one.state {
        State::Changed
        | State::Missing
        | State::Extra
        | State::Terminating
        | State::Recreated
        | State::Behind => true,
        State::Same => noise && !one.fields.is_empty(),
        State::Pending | State::Unknown(_) | State::Incomparable(_) => false,
    }
}

fn object(one: &ObjectDrift) -> String {
    match one.id.namespace.as_str() {
        "" => code(&one.id.to_string()),
        namespace => format!("{} in {}", code(&one.id.to_string()), code(namespace)),
    }
}

fn write_fields(one: &ObjectDrift, noise: bool, out: &mut String) {
    let mut fields = one.fields.iter().filter(|field| noise || field.noise.is_none()).peekable();
    if fields.peek().is_none() {
        return;
    }
    out.push_str(&header(&[
        "field",
        "deployed",
        "live",
        "written by",
        "operation",
        "its last write",
        "what becomes of it",
    ]));
    for field in fields {
        out.push_str(&row(&cells(one, field)));
    }
    out.push('\n');
}

fn cells(one: &ObjectDrift, field: &Field) -> [String; 7] {
    let desired = match one.is_desired_known() {
        true => value(field.change.desired.as_ref()),
        false => "not known".to_owned(),
    };
    let (manager, operation, at) = match &field.writer {
        None => ("nobody named".to_owned(), String::new(), String::new()),
        Some(writer) => (code(&writer.manager), operation(writer), utc(writer.at)),
    };
    let path = code(&field.change.path.to_string());
    let live = value(field.change.live.as_ref());
    [path, desired, live, manager, operation, at, prose(&told::fate(field).0)]
}

fn operation(writer: &Writer) -> String {
    let how = if writer.apply { "Apply" } else { "Update" };
    match writer.subresource.as_str() {
        "" => how.to_owned(),
        sub => format!("{how} of {}", prose(sub)),
    }
}

/// A value on one line; words where nothing is.
fn value(value: Option<&Value>) -> String {
    match value {
        None => "nothing".to_owned(),
        some => code(&told::value(some)),
    }
}
