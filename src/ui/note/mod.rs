//! `:note`: what was seen and done, as a Markdown file. It is the first page of an incident review.

pub mod markdown;

use super::actions::{self, Action};
use super::panes::Pane;
use super::panes::browse::What;
use super::{Effect, Ui};
use crate::model::{ClusterId, Fault, FaultKind};
use markdown::{block, code, prose, utc};
use std::fmt::Write as _;

/// What a pane has to say in a note; the rest (where, when, what was done) comes with it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Note {
    /// What it is about, for the name of the file: `payments`.
    pub name: String,
    /// Its heading, as Markdown.
    pub title: String,
    /// Clusters that it is about; none for all of the session.
    pub clusters: Vec<ClusterId>,
    /// What is known of the whole: a word, and Markdown.
    pub facts: Vec<(&'static str, String)>,
    /// Its sections, as Markdown.
    pub body: String,
}

/// Where a note is written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// Name of a context.
    pub context: String,
    /// Its server; empty where not known.
    pub server: String,
    /// What it runs; empty where not known.
    pub version: String,
}

impl Note {
    /// The whole text. `remark` is what the person has to say, `now` Unix seconds.
    pub fn render(&self, remark: &str, places: &[Place], done: &[&Action], now: i64) -> String {
        let mut out = format!("# {}\n\n", self.title);
        if !remark.is_empty() {
            // The person's own words may well be Markdown.
            let _ = writeln!(out, "{}\n", crate::text::sanitise::clean(remark));
        }
        let _ = writeln!(out, "- **time**: {}", utc(now));
        for place in places {
            let _ = write!(out, "- **context**: {}", code(&place.context));
            for more in [&place.server, &place.version] {
                if !more.is_empty() {
                    let _ = write!(out, ", {}", code(more));
                }
            }
            out.push('\n');
        }
        for (word, text) in &self.facts {
            let _ = writeln!(out, "- **{word}**: {text}");
        }
        out.push_str(
            "\nAll times are UTC. Values of Secrets are masked. Who wrote a field is a program \
             (field manager), not a person.\n",
        );
        if !self.body.is_empty() {
            let _ = writeln!(out, "\n{}", self.body.trim_end());
        }
        out.push_str("\n## Done in this session\n\n");
        if done.is_empty() {
            out.push_str("Nothing was changed from here.\n");
        }
        for action in done {
            out.push_str(&told(action));
        }
        out.truncate(out.trim_end().len());
        let _ = writeln!(out, "\n\n---\nwheelhouse {}", env!("CARGO_PKG_VERSION"));
        out
    }
}

/// One action: when, what was sent, how it ended.
fn told(action: &Action) -> String {
    let plan = &action.plan;
    let dry = if plan.dry_run { " (dry run)" } else { "" };
    let mut out = format!("### {}{dry}\n\n", prose(&plan.title));
    let _ = write!(out, "- {} on {}", utc(action.started), code(&plan.context));
    match action.ended {
        Some(at) if at == action.started => out.push_str(": "),
        Some(at) => {
            let _ = write!(out, ", until {}: ", utc(at));
        }
        None => out.push_str(", still under way: "),
    }
    let _ = writeln!(out, "{}", prose(&action.words()));
    for warning in &action.warnings {
        let _ = writeln!(out, "- the server warned: {}", prose(warning));
    }
    for note in plan.notes.iter().filter(|note| note.warning) {
        let _ = writeln!(out, "- known before: {}", prose(&note.text));
    }
    out.push('\n');
    for (request, state) in plan.requests.iter().zip(&action.states) {
        let line = format!("{} {}", request.method.as_str(), request.path);
        let _ = writeln!(out, "{}: {}\n", code(&line), prose(&actions::words(state)));
        if !request.body.is_empty() {
            out.push_str(&block(&request.shown_body(plan.dry_run), "json"));
            out.push('\n');
        }
    }
    out
}

/// The note that a command line asks for, and the remark in it; None where it asks for something else.
pub fn asked(line: &str) -> Option<&str> {
    let words = line.trim().trim_start_matches(':').trim_start();
    let rest = words.strip_prefix("note")?;
    (rest.is_empty() || rest.starts_with(char::is_whitespace)).then(|| rest.trim())
}

impl Ui {
    /// `:note [REMARK]`: writes a note of what is on screen, where saved tables are written.
    pub(super) fn write_note(
        &mut self,
        remark: &str,
        effects: &mut Vec<Effect>,
    ) -> Result<(), Fault> {
        let refused = |why: &str| {
            let hint = "`:note` works where differences are shown (:drift) and in :actions";
            Err(Fault::new(FaultKind::Input, ":note", why).hint(hint))
        };
        let note = match self.with_view(|view, ui| view.note(ui)) {
            Some(note) => note,
            None => match self.pane() {
                Some(Pane::Browse(browse)) if matches!(browse.what, What::Actions) => {
                    if self.actions.all().is_empty() {
                        return refused("nothing to note here: nothing was done in this session");
                    }
                    Some(Note {
                        name: "actions".to_owned(),
                        title: "What was done".to_owned(),
                        ..Note::default()
                    })
                }
                _ => None,
            },
        };
        let Some(note) = note else { return refused("nothing to note here") };
        let about = |id: &ClusterId| note.clusters.is_empty() || note.clusters.contains(id);
        let done: Vec<&Action> =
            self.actions.all().iter().filter(|action| about(&action.plan.cluster)).collect();
        let mut places = Vec::new();
        for on in self.clusters.values() {
            let acted = done.iter().any(|action| action.plan.cluster == on.id);
            if note.clusters.contains(&on.id) || (note.clusters.is_empty() && acted) {
                places.push(Place {
                    context: on.context.to_string(),
                    server: on.info.context.server.to_string(),
                    version: on.info.version.to_string(),
                });
            }
        }
        let content = note.render(remark, &places, &done, self.now);
        let stamp: String = utc(self.now).chars().filter(|c| c.is_ascii_alphanumeric()).collect();
        let name = format!("note-{}-{stamp}.md", note.name.replace('/', "-"));
        effects.push(Effect::Save { name, content });
        Ok(())
    }
}
