//! A rollout as the lines of a page.

use super::cause::Cause;
use crate::model::{ObjRef, Text, Tone};
use crate::relations::ObjectId;
use crate::rollout::blockers::Hold;
use crate::rollout::difference::Difference;
use crate::rollout::digests::Split;
use crate::rollout::history::Entry;
use crate::rollout::picture::{self, Bar, PodCell};
use crate::rollout::stale::Stale;
use crate::rollout::{Counts, Phase, Side, Situation, Story, offer};
use crate::text::age;
use crate::text::sanitise::clean;
use crate::ui::panes::page::Line;
use crate::ui::widgets::glyphs::Glyphs;
use crate::ui::widgets::picture::wrapped;
use crate::verbs::edit::diff::{self, Sign};

/// Cells of a bar.
const BAR: i64 = 16;
/// Pods that get a line each.
const PODS: usize = 100;
/// Pods drawn as a glyph each; more are counted.
const GLYPHS: usize = 60;
/// Events shown.
const EVENTS: usize = 8;

/// What the lines are made of.
pub struct Sight<'s> {
    /// The revision that is marked.
    pub marked: Option<i64>,
    /// What differs between two revisions, where somebody asked.
    pub difference: Option<&'s Difference>,
    /// The workload.
    pub target: &'s ObjRef,
    /// What is known.
    pub situation: &'s Situation,
    /// What it comes to.
    pub story: &'s Story,
    /// Its revisions.
    pub entries: &'s [Entry],
    /// Images that run under several digests.
    pub splits: &'s [Split],
    /// ConfigMaps and Secrets of which pods run an older version.
    pub stale: &'s [Stale],
    /// The last lines of the container that crashes, or why they cannot be read.
    pub log: Option<&'s Result<Vec<String>, String>>,
    /// Which revisions of its app they came with.
    pub cause: &'s Cause,
    /// The key that rolls back.
    pub undo: String,
    /// The key that restarts.
    pub restart: String,
    /// Unix seconds.
    pub now: i64,
    /// Cells that a line may have.
    pub width: usize,
    /// Every change on a line of its own.
    pub whole: bool,
    /// For the terminal.
    pub glyphs: &'s Glyphs,
    /// Without more than ASCII.
    pub ascii: bool,
}

/// The tone of a phase.
pub fn tone(phase: Phase) -> Tone {
    match phase {
        Phase::Failed | Phase::Stuck => Tone::Bad,
        Phase::Paused | Phase::Held => Tone::Warn,
        Phase::Unobserved | Phase::Progressing => Tone::Busy,
        Phase::Done => Tone::Good,
    }
}

/// What a line of the history is known by.
pub const REVISION: &str = "revision:";
/// What a line of a difference is known by.
pub const DIFFERENCE: &str = "difference:";
/// Lines of a difference that are shown.
const LINES: usize = 2_000;

impl Sight<'_> {
    /// All lines.
    pub fn lines(&self) -> Vec<Line> {
        let mut lines = self.head();
        lines.extend(self.walk());
        lines.extend(self.pods());
        lines.extend(self.events());
        lines.extend(self.history());
        lines.extend(self.difference());
        lines
    }

    pub(super) fn id(&self, group: &str, kind: &str, name: &str) -> ObjectId {
        ObjectId {
            group: group.into(),
            kind: kind.into(),
            namespace: self.target.namespace.clone(),
            name: name.into(),
        }
    }

    pub(super) fn wrapped(
        &self,
        words: &str,
        tone: Tone,
        to: Option<&ObjectId>,
        known: &str,
    ) -> Vec<Line> {
        let room = self.width.saturating_sub(4).max(20);
        let line = |(at, words): (usize, String)| {
            Line::words(0, words.trim_end().to_owned(), tone)
                .maybe_to(to.cloned())
                .known_as(format!("{known}:{at}"))
        };
        wrapped(words, room).into_iter().enumerate().map(line).collect()
    }

    fn head(&self) -> Vec<Line> {
        let standing = &self.story.standing;
        let mut lines = Vec::new();
        let current = self.entries.iter().find(|entry| entry.current);
        let changes: Vec<String> = current
            .iter()
            .flat_map(|entry| &entry.changes)
            .map(|change| clean(&change.to_string()).into_owned())
            .collect();
        match (changes.len(), self.whole) {
            (0, _) => {}
            (_, true) => lines.extend(changes.iter().flat_map(|change| {
                self.wrapped(&format!("changes {change}"), Tone::Plain, None, "change")
            })),
            (1, false) => lines.push(
                Line::words(0, format!("changes {}", changes[0]), Tone::Plain).known_as("change:0"),
            ),
            (n, false) => {
                let words = format!("changes {}, and {} more", changes[0], n - 1);
                lines.push(Line::words(0, words, Tone::Plain).known_as("change:0"));
            }
        }
        lines.extend(picture::bars(self.situation).iter().map(|bar| self.bar(bar)));
        lines.push(Line::words(0, counts(&standing.counts), Tone::Dim).known_as("counts"));
        let first = self.story.blockers.first();
        let to = first.map(|blocker| self.about(blocker.about.0, &blocker.about.1));
        let sentence_tone = match first.map(|blocker| blocker.hold) {
            Some(Hold::Broken) => Tone::Bad,
            Some(Hold::Waits) => Tone::Warn,
            None => tone(standing.phase),
        };
        lines.extend(self.wrapped(&self.story.sentence(), sentence_tone, to.as_ref(), "sentence"));
        lines.extend(self.log(to.as_ref()));
        lines.extend(self.way_back());
        for (at, blocker) in self.story.blockers.iter().enumerate().skip(1) {
            let to = self.about(blocker.about.0, &blocker.about.1);
            let words = format!("besides: {}", blocker.words);
            lines.extend(self.wrapped(&words, Tone::Warn, Some(&to), &format!("besides:{at}")));
        }
        for note in &self.story.notes {
            lines.extend(self.wrapped(&format!("note: {note}"), Tone::Warn, None, "note"));
        }
        for (at, split) in self.splits.iter().enumerate() {
            let words = clean(&split.words(self.now)).into_owned();
            lines.extend(self.wrapped(&words, Tone::Warn, None, &format!("image:{at}")));
        }
        for stale in self.stale {
            let kind = stale.holder.as_str();
            let words = format!("{}: {} restarts them", stale.words(self.now), self.restart);
            let words = match stale.of {
                1 => words.replacen(" restarts them", " restarts it", 1),
                _ => words,
            };
            let to = self.id("", kind, &stale.name);
            let known = format!("stale:{kind}/{}", stale.name);
            lines.extend(self.wrapped(&clean(&words), Tone::Warn, Some(&to), &known));
        }
        lines
    }

    /// What the container said last that crashes.
    fn log(&self, to: Option<&ObjectId>) -> Vec<Line> {
        let (told, tone) = match self.log {
            None => return Vec::new(),
            Some(Ok(lines)) if lines.is_empty() => (vec!["its log is empty".to_owned()], Tone::Dim),
            Some(Ok(lines)) => (lines.clone(), Tone::Plain),
            Some(Err(why)) => (vec![format!("its log cannot be read: {why}")], Tone::Dim),
        };
        let sign = if self.ascii { "|" } else { "│" };
        let line = |(at, words): (usize, String)| {
            Line::words(1, format!("{sign} {words}"), tone)
                .maybe_to(to.cloned())
                .known_as(format!("log:{at}"))
        };
        told.into_iter().enumerate().map(line).collect()
    }

    /// The way back, with its key.
    fn way_back(&self) -> Vec<Line> {
        let Some(back) = offer::way_back(self.situation, self.story, self.entries) else {
            return Vec::new();
        };
        let images = clean(&back.images.join(", ")).into_owned();
        let words = format!("{} goes back to revision {}: {images}", self.undo, back.revision);
        self.wrapped(&words, Tone::Plain, None, "way-back")
    }

    fn about(&self, kind: &str, name: &str) -> ObjectId {
        let group = match kind {
            "Pod" | "PersistentVolumeClaim" | "Node" => "",
            "PodDisruptionBudget" => "policy",
            "Rollout" | "AnalysisRun" | "Experiment" => "argoproj.io",
            _ => "apps",
        };
        let id = self.id(group, kind, name);
        if kind == "Node" { ObjectId { namespace: Text::new(), ..id } } else { id }
    }

    fn bar(&self, bar: &Bar) -> Line {
        let side = if bar.side == Side::New { "new" } else { "old" };
        let name = match bar.revision {
            0 => side.to_owned(),
            n => format!("{side} {n}"),
        };
        let desired = self.story.standing.counts.desired.max(bar.wanted).max(1);
        let (full, empty) = if self.ascii { ("#", "-") } else { ("█", "░") };
        let filled = (bar.available.clamp(0, desired) * BAR + desired - 1) / desired;
        let filled = usize::try_from(filled.min(BAR)).unwrap_or(0);
        let drawn = format!("{}{}", full.repeat(filled), empty.repeat(16 - filled));
        let tone = match bar.side {
            Side::New if bar.available >= bar.wanted => Tone::Good,
            Side::New => Tone::Busy,
            Side::Old => Tone::Dim,
        };
        let (hash, pods) = (clean(&bar.hash).into_owned(), format!("{}/{}", bar.pods, bar.wanted));
        let rest = format!("ready {}  available {}", bar.ready, bar.available);
        let cells = [
            (name.as_str(), Tone::Plain),
            (&hash, Tone::Dim),
            (&drawn, tone),
            (&pods, Tone::Plain),
            (&rest, Tone::Plain),
        ];
        Line::of(0, cells).known_as(format!("set:{hash}"))
    }

    fn pods(&self) -> Vec<Line> {
        let cells = picture::pods(self.situation);
        if cells.is_empty() {
            return Vec::new();
        }
        let mut lines = vec![Line::heading("PODS")];
        for side in [Side::New, Side::Old] {
            let of: Vec<&PodCell> = cells.iter().filter(|pod| pod.side == side).collect();
            if of.is_empty() {
                continue;
            }
            let glyphs: String =
                of.iter().take(GLYPHS).map(|pod| format!("{} ", self.glyph(pod))).collect();
            let more = match of.len().saturating_sub(GLYPHS) {
                0 => String::new(),
                n => format!("and {n} more"),
            };
            let side = if side == Side::New { "new" } else { "old" };
            let words = format!("{side} {glyphs}{more}");
            lines.push(
                Line::words(0, words.trim_end(), Tone::Plain).known_as(format!("pods:{side}")),
            );
        }
        let trouble = |pod: &&PodCell| (pod.side, std::cmp::Reverse(pod.tone));
        let mut sorted: Vec<&PodCell> = cells.iter().collect();
        sorted.sort_by_key(trouble);
        for pod in sorted.iter().take(PODS) {
            let side = if pod.side == Side::New { "new" } else { "old" };
            let since = pod.since.map_or_else(String::new, |at| age::human(self.now - at));
            let word = format!("{} {}", self.glyph(pod), clean(&pod.word));
            let restarts = match pod.restarts {
                0 => String::new(),
                1 => "1 restart".to_owned(),
                n => format!("{n} restarts"),
            };
            let (name, node) = (clean(&pod.name).into_owned(), clean(&pod.node).into_owned());
            let mut cells = vec![
                (side, Tone::Dim),
                (&name, Tone::Plain),
                (&word, pod.tone),
                (&since, Tone::Dim),
                (&restarts, Tone::Warn),
            ];
            let (digest, tone) = self.digest(&pod.name);
            if !self.splits.is_empty() {
                cells.push((&digest, tone));
            }
            cells.push((&node, Tone::Dim));
            lines.push(
                Line::of(1, cells)
                    .to(self.id("", "Pod", &pod.name))
                    .known_as(format!("pod:{name}")),
            );
        }
        if sorted.len() > PODS {
            lines.push(Line::words(1, format!("and {} more", sorted.len() - PODS), Tone::Dim));
        }
        lines
    }

    /// Which digest of a tag that was moved a pod runs: the newest is good.
    fn digest(&self, pod: &str) -> (String, Tone) {
        let of_split = |split: &Split| {
            let at = split.parts.iter().position(|part| part.pods.iter().any(|one| one == pod))?;
            Some((clean(&split.parts[at].short()).into_owned(), at == 0))
        };
        let found: Vec<(String, bool)> = self.splits.iter().filter_map(of_split).collect();
        let tone = if found.iter().all(|(_, newest)| *newest) { Tone::Good } else { Tone::Warn };
        let digests: Vec<String> = found.into_iter().map(|(digest, _)| digest).collect();
        (digests.join(" "), tone)
    }

    fn glyph(&self, pod: &PodCell) -> &'static str {
        match pod.tone {
            Tone::Good => self.glyphs.live,
            Tone::Bad => self.glyphs.bad,
            Tone::Dim => self.glyphs.stale,
            _ => self.glyphs.connecting,
        }
    }

    fn events(&self) -> Vec<Line> {
        if self.situation.events.is_empty() {
            return Vec::new();
        }
        let mut lines = vec![Line::heading("EVENTS")];
        for event in self.situation.events.iter().take(EVENTS) {
            let about = &event.involved_object;
            let since = match event.last() {
                0 => String::new(),
                at => age::human(self.now - at),
            };
            let tone = if event.kind == "Warning" { Tone::Warn } else { Tone::Plain };
            let what = clean(&format!("{}/{}", about.kind, about.name)).into_owned();
            let message = clean(&event.message).into_owned();
            let reason = clean(&event.reason).into_owned();
            let cells = [
                (since.as_str(), Tone::Dim),
                (&reason, tone),
                (&what, Tone::Dim),
                (&message, Tone::Plain),
            ];
            lines.push(Line::of(0, cells).to(self.about(&about.kind, &about.name)));
        }
        lines
    }

    fn history(&self) -> Vec<Line> {
        if self.entries.is_empty() {
            return Vec::new();
        }
        let holder = if self.situation.workload.kind.has_sets() {
            "ReplicaSet"
        } else {
            "ControllerRevision"
        };
        let mut lines = vec![Line::heading("HISTORY")];
        for entry in self.entries {
            let mut number = if entry.current {
                format!("{} now", entry.revision)
            } else {
                entry.revision.to_string()
            };
            if self.marked == Some(entry.revision) {
                number.push_str(self.glyphs.mark);
            }
            let since = entry.created.map_or_else(String::new, |at| age::human(self.now - at));
            let images = clean(&entry.images.join(", ")).into_owned();
            let by = if entry.by.is_empty() { String::new() } else { format!("by {}", entry.by) };
            let with = self.cause.of(entry.created);
            let with = with.map_or_else(String::new, |app| format!("with {app}"));
            let told = [entry.cause.as_str(), &entry.chart, &by, &with];
            let told = told.into_iter().filter(|text| !text.is_empty()).collect::<Vec<_>>();
            let cause = clean(&told.join("  ")).into_owned();
            let changes: Vec<String> = entry.changes.iter().map(ToString::to_string).collect();
            let changes = clean(&changes.join("; ")).into_owned();
            let tone = if entry.current { Tone::Good } else { Tone::Plain };
            let cells = [
                (number.as_str(), tone),
                (&since, Tone::Dim),
                (&images, Tone::Plain),
                (&cause, Tone::Plain),
                (&changes, Tone::Dim),
            ];
            let line = Line::of(0, cells).to(self.id("apps", holder, &entry.name));
            lines.push(line.known_as(format!("{REVISION}{}", entry.revision)));
        }
        lines
    }
}

impl Sight<'_> {
    /// What differs between two revisions, line by line.
    fn difference(&self) -> Vec<Line> {
        let Some(found) = self.difference else { return Vec::new() };
        let step = if self.ascii { "->" } else { "→" };
        let words = format!("DIFFERENCE {} {step} {}", found.from.name(), found.to.name());
        let mut told = vec![Line::heading(words)];
        let known = |at: usize| format!("{DIFFERENCE}{at}");
        let all = diff::lines(&found.before, &found.after);
        if all.is_empty() {
            let words = "both have the same template";
            told.push(Line::words(0, words, Tone::Dim).known_as(known(0)));
        }
        let more = all.len().saturating_sub(LINES);
        told.extend(all.into_iter().take(LINES).enumerate().map(|(at, line)| {
            let tone = match line.sign {
                Sign::Hunk => Tone::Dim,
                Sign::Same => Tone::Plain,
                Sign::Added => Tone::Good,
                Sign::Removed => Tone::Bad,
            };
            Line::words(0, line.text, tone).known_as(known(at))
        }));
        if more > 0 {
            told.push(Line::words(0, format!("and {more} lines more"), Tone::Dim));
        }
        told
    }
}

fn counts(counts: &Counts) -> String {
    let Counts { desired, updated, ready, available, surge, unavailable, .. } = *counts;
    format!(
        "{updated} of {desired} updated · ready {ready} · available {available} of min {} · surge {surge} · unavailable {unavailable}",
        counts.least()
    )
}
