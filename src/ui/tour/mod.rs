//! The tour of the demo: five incidents, told beside the panes, and ticked off as they are found out
//! and put right. What it asks is in `steps.rs`, how it looks in `widgets/tour.rs`.

pub mod steps;

use super::commands::Command;
use super::usable::Refusal;
use super::widgets::frame;
use super::{Effect, Overlay, Ui};
use crate::apps::{App, Auto};
use crate::model::{Gvr, ObjRef, SubId, Text, Tone};
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use steps::{STEPS, Sign};

/// Words that belong together stand on so many lines at most: a field takes two where it is narrow.
const CLOSE: usize = 3;

/// How far somebody has come.
#[derive(Debug)]
pub struct Tour {
    /// It is told at length; else it is one line.
    pub open: bool,
    /// How many signs of each step were met.
    met: [usize; STEPS.len()],
    /// How many hints of each step were asked for; one more than there are for the answer itself.
    hinted: [usize; STEPS.len()],
}

impl Default for Tour {
    fn default() -> Self {
        Self { open: true, met: [0; STEPS.len()], hinted: [0; STEPS.len()] }
    }
}

impl Tour {
    /// Whether a step is done.
    pub fn is_done(&self, step: usize) -> bool {
        self.met[step] >= STEPS[step].signs.len()
    }

    /// How many are done.
    pub fn done(&self) -> usize {
        (0..STEPS.len()).filter(|step| self.is_done(*step)).count()
    }

    /// Whether the answer of a step was asked for before it was found. It can be found all the same, unless
    /// somebody has put right what it is about.
    pub fn is_told(&self, step: usize) -> bool {
        self.hinted[step] > STEPS[step].hints.len() && !self.is_done(step)
    }

    /// The step that is asked: the first that is neither done nor told.
    pub fn current(&self) -> Option<usize> {
        (0..STEPS.len()).find(|step| !self.is_done(*step) && !self.is_told(*step))
    }

    /// The hints of a step that were asked for.
    pub fn hints(&self, step: usize) -> &'static [&'static str] {
        let hints = STEPS[step].hints;
        &hints[..self.hinted[step].min(hints.len())]
    }

    /// Whether there are no more hints of the step that is asked: the next is the answer.
    pub fn is_out_of_hints(&self) -> bool {
        self.current().is_some_and(|step| self.hinted[step] == STEPS[step].hints.len())
    }

    /// The sign that a step waits for.
    fn next(&self, step: usize) -> Option<Sign> {
        STEPS[step].signs.get(self.met[step]).copied()
    }

    fn waits_for(&self, is: impl Fn(Sign) -> bool) -> bool {
        (0..STEPS.len()).filter_map(|step| self.next(step)).any(is)
    }

    /// Whether it has to know the apps.
    pub fn needs_apps(&self) -> bool {
        self.waits_for(|sign| matches!(sign, Sign::On { .. }))
    }
}

/// What is on screen, as far as the tour wants to know.
struct Sight {
    /// The step of the pane on screen.
    pane: String,
    /// Its lines.
    lines: Vec<String>,
}

impl Sight {
    fn has(&self, pane: &str, words: &[&str]) -> bool {
        let close = |lines: &[String]| {
            let passage: Vec<&str> =
                lines.iter().flat_map(|line| line.split_whitespace()).collect();
            let passage = passage.join(" ");
            words.iter().all(|word| passage.contains(word))
        };
        let own = |word: &str| word.trim_end_matches('s') == pane;
        self.pane.split(' ').any(own)
            && (0..self.lines.len())
                .any(|at| close(&self.lines[at..self.lines.len().min(at + CLOSE)]))
    }
}

impl Ui {
    /// Begins the tour of the demo.
    pub(super) fn begin_tour(&mut self) {
        self.tour = Some(Tour::default());
    }

    /// Why a command of the tour has nothing to do.
    pub(crate) fn tour_refusal(&self, command: Command) -> Option<Refusal> {
        let why = match &self.tour {
            None => "no tour is on: `wheelhouse demo --tour` begins one",
            Some(tour) if command == Command::TourHint && tour.current().is_none() => {
                "nothing is asked any more on the tour"
            }
            Some(_) => return None,
        };
        Some(plain(why))
    }

    pub(super) fn tour_command(&mut self, command: Command) {
        if let Some(refusal) = self.tour_refusal(command) {
            return self.say(refusal.tone, refusal.why);
        }
        let Some(tour) = &mut self.tour else { return };
        match command {
            Command::TourToggle => tour.open = !tour.open,
            _ => {
                tour.open = true;
                if let Some(step) = tour.current() {
                    tour.hinted[step] += 1;
                    if tour.is_told(step) {
                        // Where it is narrow, only the next question has a place.
                        self.say(Tone::Plain, STEPS[step].answer);
                    }
                }
            }
        }
        self.dirty = true;
    }

    /// Ticks off what was seen or done. Returns the subscriptions that tell of it.
    pub(super) fn settle_tour(&mut self, effects: &mut Vec<Effect>) -> Vec<SubId> {
        let Some(tour) = &self.tour else { return Vec::new() };
        let mut next: Vec<(usize, Sign)> =
            (0..STEPS.len()).filter_map(|step| Some((step, tour.next(step)?))).collect();
        let mut wanted = Vec::new();
        let mut subs = Vec::new();
        for (_, sign) in &next {
            subs.push(self.sub_of(*sign, effects));
            wanted.extend(subs.last().copied().flatten());
        }
        // What is on screen changes with frames only.
        let seen = next.iter().any(|(_, sign)| matches!(sign, Sign::Seen { .. }));
        let sight = (self.dirty && seen && self.overlay.is_none()).then(|| self.sight());
        let met: Vec<bool> = next
            .iter()
            .zip(subs)
            .map(|((_, sign), sub)| self.is_met(*sign, sight.as_ref(), sub))
            .collect();
        let mut met = met.into_iter();
        next.retain(|_| met.next() == Some(true));
        for (step, _) in next {
            let Some(tour) = &mut self.tour else { break };
            tour.met[step] += 1;
            let (is_done, done) = (tour.is_done(step), tour.done());
            self.dirty = true;
            if is_done {
                let line = format!(
                    "{} of {} solved: {} {}",
                    done,
                    STEPS.len(),
                    STEPS[step].question,
                    STEPS[step].answer
                );
                self.say(Tone::Good, line);
            }
        }
        wanted
    }

    fn is_met(&self, sign: Sign, sight: Option<&Sight>, sub: Option<SubId>) -> bool {
        match sign {
            Sign::Seen { pane, words } => sight.is_some_and(|sight| sight.has(pane, words)),
            Sign::Planned { title, says } => {
                let Some(Overlay::Plan(dialog)) = &self.overlay else { return false };
                let plan = &dialog.plan;
                plan.title == title && plan.notes.iter().any(|note| note.text.contains(says))
            }
            Sign::Runs { name, without, .. } => self.runs(sub, name, without).unwrap_or(false),
            Sign::On { app } => self.estates.get(&self.here).is_some_and(|book| {
                // Of an app whose objects come before itself nothing is known yet.
                let syncs = |one: &App| matches!(one.auto, Auto::Auto | Auto::Heal);
                book.estate.apps().any(|one| one.id.name == app && syncs(one) && !one.is_off())
            }),
        }
    }

    /// Whether every replica of a Deployment is of the newest template and ready; None while it is not
    /// known.
    fn runs(&self, sub: Option<SubId>, name: &str, without: &str) -> Option<bool> {
        let sub = self.subs.get(sub?)?;
        let schema = sub.schema.as_ref()?;
        let (_, row) = sub.table.rows().find(|(_, row)| row.key.name == name)?;
        let cell = |title: &str| -> Option<String> {
            let mut text = String::new();
            let column = &schema.columns[schema.find(title)?];
            schema.cell(column, row, None).write(self.now, &mut text);
            Some(text)
        };
        let (ready, updated, images) = (cell("READY")?, cell("UP-TO-DATE")?, cell("IMAGES")?);
        let all = format!("{updated}/{updated}");
        Some(updated != "0" && ready == all && !images.split(',').any(|image| image == without))
    }

    /// The subscription that tells of a sign.
    fn sub_of(&mut self, sign: Sign, effects: &mut Vec<Effect>) -> Option<SubId> {
        let Sign::Runs { namespace, name, .. } = sign else { return None };
        let object = ObjRef {
            cluster: self.cluster()?.id,
            gvr: Gvr::new("apps", "v1", "deployments"),
            kind: "Deployment".into(),
            namespace: namespace.into(),
            name: name.into(),
            uid: Text::new(),
        };
        Some(self.watch_of(&object, effects))
    }

    /// The pane on screen as it will be drawn.
    fn sight(&self) -> Sight {
        let mut buffer = Buffer::empty(Rect::new(0, 0, self.size.0, self.size.1));
        frame::draw(self, &mut buffer);
        let inner = frame::layout_of(self).inner.intersection(buffer.area);
        let line = |y: u16| -> String {
            (inner.x..inner.right()).map(|x| buffer[(x, y)].symbol()).collect()
        };
        Sight {
            pane: self.panes.last().map(frame::step).unwrap_or_default(),
            lines: (inner.y..inner.bottom()).map(line).collect(),
        }
    }

    /// A text of the tour with the keys in force.
    pub(crate) fn with_keys(&self, text: &str) -> String {
        let mut out = String::new();
        for (at, part) in text.split('{').enumerate() {
            let (id, rest) = part.split_once('}').unwrap_or(("", part));
            if at > 0 {
                let command = Command::by_id(id);
                let keys = command.map(|command| self.config.keymap.chords(command));
                out.push_str(keys.iter().flatten().next().map_or(id, String::as_str));
            }
            out.push_str(rest);
        }
        out
    }

    /// Whether the cluster on screen is looked at for the tour's sake.
    pub(super) fn tour_needs_apps(&self) -> bool {
        self.tour.as_ref().is_some_and(Tour::needs_apps) && self.cluster().is_some()
    }
}

fn plain(why: &str) -> Refusal {
    Refusal { why: why.to_owned(), tone: Tone::Plain }
}
