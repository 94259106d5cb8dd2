//! Drift as lines for people, 80 columns wide where values allow it.

use super::report::{Report, word};
use crate::drift::{Drift, Field, ObjectDrift, State};
use crate::model::EngineId;
use crate::text::age;
use crate::text::sanitise::clean;
use crate::text::width::{truncate, width};
use crate::verbs::edit::diff;
use serde_json::Value;

/// Columns of a terminal that nobody made larger.
const COLUMNS: usize = 80;
/// Columns of a value.
const VALUE: usize = 60;

/// How lines are made to stand out; not at all where nobody would see it.
#[derive(Clone, Copy)]
pub struct Paint(pub bool);

impl Paint {
    fn with(self, code: &str, text: &str) -> String {
        if self.0 { format!("\u{1b}[{code}m{text}\u{1b}[0m") } else { text.to_owned() }
    }

    /// A title.
    pub fn bold(self, text: &str) -> String {
        self.with("1", text)
    }

    /// Less important.
    pub fn dim(self, text: &str) -> String {
        self.with("2", text)
    }

    /// What is there and should not be, and what went wrong.
    pub fn red(self, text: &str) -> String {
        self.with("31", text)
    }

    /// What should be there.
    pub fn green(self, text: &str) -> String {
        self.with("32", text)
    }

    /// What a difference is.
    pub fn yellow(self, text: &str) -> String {
        self.with("33", text)
    }
}

/// All of it.
pub fn printed(report: &Report, paint: Paint) -> String {
    let mut out = String::new();
    for drift in &report.drifts {
        if !out.is_empty() {
            out.push('\n');
        }
        one(&mut out, report, drift, paint);
    }
    if report.drifts.len() > 1 {
        let tally = report.tally();
        let line = format!("{} of {} in all drifted", tally.drifted, objects(tally.objects));
        out.push_str(&format!("\n{}\n", paint.bold(&line)));
    }
    out
}

fn objects(count: usize) -> String {
    if count == 1 { "1 object".to_owned() } else { format!("{count} objects") }
}

fn one(out: &mut String, report: &Report, drift: &Drift, paint: Paint) {
    let mut head: Vec<String> = Vec::new();
    if !drift.app.is_empty() {
        head.push(clean(&drift.app).into_owned());
    }
    if drift.engine != EngineId::None {
        head.push(drift.engine.label().to_owned());
    }
    if let Some(desired) = &drift.desired {
        let mut words = format!("desired: {}", clean(&desired.what));
        if desired.at != 0 {
            words.push_str(&format!(" {} ago", age::human(report.now - desired.at)));
        }
        if !desired.revision.is_empty() {
            words.push_str(&format!(" ({})", clean(&desired.revision)));
        }
        head.push(words);
    }
    if let Some(sure) = drift.confidence() {
        head.push(sure.word().to_owned());
    }
    let head = if head.is_empty() { "objects".to_owned() } else { head.join(" · ") };
    out.push_str(&format!("{}\n", paint.bold(&head)));
    if let Some(fault) = &drift.fault {
        let words = format!("  cannot be told: {}", clean(&fault.why));
        out.push_str(&format!("{}\n", paint.red(&words)));
        return;
    }
    if !drift.shortfall.is_empty() {
        let words = format!("  not exact: {}", clean(&drift.shortfall));
        out.push_str(&format!("{}\n", paint.yellow(&words)));
    }
    let tally = drift.tally();
    let mut words = format!("{} of {} drifted", tally.drifted, objects(tally.objects));
    let also = [
        (tally.unknown, "not judged"),
        (tally.incomparable, "with nothing to compare"),
        (tally.noise, "differences not counted"),
    ];
    for (count, what) in also.into_iter().filter(|(count, _)| *count > 0) {
        words.push_str(&format!(", {count} {what}"));
    }
    out.push_str(&format!("{words}\n"));
    let spaces = |one: &&ObjectDrift| one.state.is_drift();
    for object in drift.objects.iter().filter(spaces) {
        drifted(out, report, object, paint);
    }
    for object in &drift.objects {
        unjudged(out, report, object, paint);
    }
}

/// `Deployment/web in shop`, with the file where there is one.
fn name(report: &Report, object: &ObjectDrift) -> String {
    let id = &object.id;
    let mut text = clean(&id.to_string()).into_owned();
    if !id.namespace.is_empty() {
        text.push_str(&format!(" in {}", clean(&id.namespace)));
    }
    if let Some(place) = report.place(id) {
        match place.file.as_str() {
            "-" => text.push_str(&format!(" (standard input, line {})", place.line)),
            file => text.push_str(&format!(" ({}:{})", clean(file), place.line)),
        }
    }
    text
}

fn drifted(out: &mut String, report: &Report, object: &ObjectDrift, paint: Paint) {
    let word = match &object.state {
        State::Changed => match object.drifted().count() {
            1 => "1 field".to_owned(),
            many => format!("{many} fields"),
        },
        _ => word(object, report.local).to_owned(),
    };
    let title = name(report, object);
    out.push_str(&format!("\n{}  {}\n", paint.bold(&title), paint.yellow(&word)));
    if !object.note.is_empty() {
        wrapped(out, "  ", &clean(&object.note), |line| paint.dim(line));
    }
    for field in object.drifted() {
        one_field(out, report, object, field, paint);
    }
}

fn one_field(out: &mut String, report: &Report, object: &ObjectDrift, field: &Field, paint: Paint) {
    let path = field.change.path.to_string();
    let path = clean(&path);
    match field.side {
        Some(side) => {
            let side = paint.yellow(side.words());
            out.push_str(&format!("  {}  {side}\n", paint.bold(&path)));
        }
        None => out.push_str(&format!("  {}\n", paint.bold(&path))),
    }
    let (wanted, there) = if report.local { ("file", "cluster") } else { ("desired", "live") };
    let (desired, live) = (&field.change.desired, &field.change.live);
    if let (Some(Value::String(desired)), Some(Value::String(live))) = (desired, live)
        && (desired.contains('\n') || live.contains('\n'))
    {
        out.push_str(&format!("    - {wanted}\n    + {there}\n"));
        for line in diff::lines(desired, live) {
            let text = format!("    {}", line.text);
            let text = match line.sign {
                diff::Sign::Added => paint.red(&text),
                diff::Sign::Removed => paint.green(&text),
                diff::Sign::Hunk => paint.dim(&text),
                diff::Sign::Same => text,
            };
            out.push_str(&format!("{}\n", text.trim_end()));
        }
    } else {
        let desired = match object.is_desired_known() {
            true => value(desired.as_ref()),
            false => "not known".to_owned(),
        };
        let live = value(live.as_ref());
        let plain = width(wanted) + width(&desired) + width(there) + width(&live) + 4;
        let (desired, live) = (paint.green(&desired), paint.red(&live));
        if plain + 4 <= COLUMNS {
            out.push_str(&format!("    {wanted} {desired}, {there} {live}\n"));
        } else {
            let room = wanted.len().max(there.len());
            out.push_str(&format!("    {wanted:room$} {desired}\n    {there:room$} {live}\n"));
        }
    }
    let mut words = String::new();
    if let Some(writer) = &field.writer {
        words.push_str(&format!("by {}", clean(&writer.manager)));
        if !writer.subresource.is_empty() {
            words.push_str(&format!(" ({})", clean(&writer.subresource)));
        }
        if writer.at != 0 {
            words.push_str(&format!(" {} ago", age::human(report.now - writer.at)));
        }
    }
    // Of files it is the same for all: that is what the word beside the path says.
    if field.side.is_none() {
        let fate = clean(field.fate.words());
        if !words.is_empty() && !fate.is_empty() {
            words.push_str("; ");
        }
        words.push_str(&fate);
    }
    if !words.is_empty() {
        wrapped(out, "    ", &words, |line| paint.dim(line));
    }
}

/// What could not be judged, or only in part, by name.
fn unjudged(out: &mut String, report: &Report, object: &ObjectDrift, paint: Paint) {
    let (word, why) = match &object.state {
        State::Unknown(fault) => {
            let mut why = fault.why.clone();
            if !fault.hint.is_empty() {
                why.push_str(&format!(" ({})", fault.hint));
            }
            ("not judged", why)
        }
        State::Incomparable(why) => ("nothing to compare", why.to_string()),
        State::Terminating => ("terminating", "its deletion was asked for".to_owned()),
        _ if object.state.is_drift() || object.note.is_empty() => return,
        state => (state.word(), object.note.to_string()),
    };
    out.push_str(&format!("\n{}  {}\n", name(report, object), paint.yellow(word)));
    wrapped(out, "  ", &clean(&why), |line| paint.dim(line));
}

/// A value on one line; what is longer than a line is cut, and says how long it is.
fn value(value: Option<&Value>) -> String {
    let Some(value) = value else { return "nothing".to_owned() };
    let text = match value {
        // Quotes where it could be taken for something else: a number, nothing, two words.
        Value::String(text)
            if !text.is_empty()
                && !text.contains(|c: char| c.is_whitespace() || c == ',')
                && text != "nothing"
                && serde_json::from_str::<Value>(text).is_err() =>
        {
            clean(text).into_owned()
        }
        value => clean(&value.to_string()).into_owned(),
    };
    if width(&text) <= VALUE {
        return text;
    }
    let bytes = text.len();
    format!("{}… ({bytes} bytes)", truncate(&text, VALUE - 16).0)
}

/// Words, broken where the terminal ends.
fn wrapped(out: &mut String, indent: &str, words: &str, paint: impl Fn(&str) -> String) {
    let mut line = String::new();
    for word in words.split_whitespace() {
        if !line.is_empty() && indent.len() + width(&line) + 1 + width(word) > COLUMNS {
            out.push_str(&format!("{indent}{}\n", paint(&line)));
            line.clear();
        }
        if !line.is_empty() {
            line.push(' ');
        }
        line.push_str(word);
    }
    if !line.is_empty() {
        out.push_str(&format!("{indent}{}\n", paint(&line)));
    }
}
