//! What only Argo Rollouts have, as lines of the pane.

use super::lines::Sight;
use crate::model::Tone;
use crate::rollout::walk::{Role, StepState, Told, Walk};
use crate::text::age;
use crate::text::sanitise::clean;
use crate::ui::panes::page::Line;

impl Sight<'_> {
    /// Steps, weight, pauses and sets; none for other kinds.
    pub(super) fn walk(&self) -> Vec<Line> {
        let counts = &self.story.standing.counts;
        let Some(walk) = Walk::of(self.situation, counts, self.now) else { return Vec::new() };
        let mut lines = Vec::new();
        if !walk.steps.is_empty() {
            let each = walk.steps.iter().map(|step| {
                let sign = match step.state {
                    StepState::Done => self.glyphs.good,
                    StepState::Here => self.glyphs.selected,
                    StepState::Left => self.glyphs.stale,
                };
                // Kept together where the line is broken.
                format!("{sign}\u{a0}{}", clean(&step.words).replace(' ', "\u{a0}"))
            });
            let words = each.collect::<Vec<_>>().join("  ");
            let broken = self.wrapped(&words, Tone::Plain, None, "steps");
            lines.extend(broken.into_iter().map(|mut line| {
                for (text, _) in &mut line.cells {
                    *text = text.replace('\u{a0}', " ");
                }
                line
            }));
        }
        if !walk.weight.is_empty() {
            let line = Line::words(0, clean(&walk.weight).into_owned(), Tone::Plain);
            lines.push(line.known_as("weight"));
        }
        for (at, pause) in walk.pauses.iter().enumerate() {
            let words = clean(pause);
            lines.extend(self.wrapped(&words, Tone::Warn, None, &format!("pause:{at}")));
        }
        lines.extend(walk.roles.iter().map(|role| self.role(role)));
        if !walk.trials.is_empty() {
            lines.push(Line::heading("ANALYSES"));
            lines.extend(walk.trials.iter().flat_map(|told| self.trial(told)));
        }
        lines
    }

    fn role(&self, role: &Role) -> Line {
        let (hash, service) = (clean(&role.hash).into_owned(), clean(&role.service).into_owned());
        let revision = match role.revision {
            0 => String::new(),
            n => format!("revision {n}"),
        };
        let service = match service.as_str() {
            "" => String::new(),
            name => format!("service {name}"),
        };
        let kept = match role.until {
            Some(until) if until > self.now => {
                format!("its pods are kept for {} more", age::human(until - self.now))
            }
            Some(_) => "its pods end".to_owned(),
            None => String::new(),
        };
        let cells = [
            (role.name, Tone::Plain),
            (&hash, Tone::Dim),
            (&revision, Tone::Plain),
            (&service, Tone::Plain),
            (&kept, Tone::Dim),
        ];
        let to = (!role.set.is_empty()).then(|| self.id("apps", "ReplicaSet", &role.set));
        Line::of(0, cells).maybe_to(to).known_as(format!("role:{}", role.name))
    }

    fn trial(&self, told: &Told) -> Vec<Line> {
        let since = told.since.map_or_else(String::new, |at| age::human(self.now - at));
        let text = |words: &str| clean(words).into_owned();
        let phase = format!("{} {}", self.glyphs.of_tone(told.tone), text(&told.phase));
        let (name, part, message) = (text(&told.name), text(&told.part), text(&told.message));
        let cells = [
            (name.as_str(), Tone::Plain),
            (&part, Tone::Plain),
            (&phase, told.tone),
            (&since, Tone::Dim),
            (&message, Tone::Plain),
        ];
        let to = self.id("argoproj.io", told.kind, &told.name);
        let mut lines = vec![Line::of(0, cells).to(to.clone()).known_as(format!("trial:{name}"))];
        lines.extend(told.parts.iter().map(|one| {
            let phase = format!("{} {}", self.glyphs.of_tone(one.tone), text(&one.phase));
            let (metric, last) = (text(&one.name), text(&one.last));
            let cells = [
                (metric.as_str(), Tone::Plain),
                (&phase, one.tone),
                (&one.counts, Tone::Plain),
                (&last, Tone::Plain),
            ];
            let id = format!("trial:{name}:{metric}");
            Line::of(1, cells).to(to.clone()).known_as(id)
        }));
        lines
    }
}
