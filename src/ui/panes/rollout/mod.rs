//! `o` on a workload: its rollout, live until done. Sets as bars, pods as cells, what blocks it in one
//! sentence, events and revisions.

mod argo;
mod board;
mod cause;
mod crash;
mod feed;
mod lines;
mod rolling;

pub use board::Board;
pub use lines::tone;
pub use rolling::{Rolling, Told};

use super::feed::denied_title;
use super::page::{Line, Page};
use super::view::View;
use crate::apps::rollouts::can_terminate;
use crate::apps::undo::Undo;
use crate::model::{Answer, ClusterId, Fault, ObjRef, SubId, Text, Ticket, Tone};
use crate::rollout::digests::{self, Split};
use crate::rollout::facts::{Kind, text_of};
use crate::rollout::gathered::kind_of;
use crate::rollout::history::{self, Entry};
use crate::rollout::last_words::LastWords;
use crate::rollout::stale::{self, Stale};
use crate::rollout::{Gathered, Phase, Situation, Story, difference};
use crate::text::sanitise::clean;
use crate::ui::commands::{Command, Context};
use crate::ui::pace::Pace;
use crate::ui::theme::Scope as Look;
use crate::ui::usable::Refusal;
use crate::ui::{Effect, Ui};
use crate::verbs::pause::{Pause, can_pause};
use cause::Cause;
use crash::Crash;
use feed::Feed;
use lines::Sight;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;

/// The pane.
#[derive(Debug)]
pub struct RolloutPane {
    target: ObjRef,
    feed: Feed,
    known: Option<Known>,
    page: Page,
    /// Every change on a line of its own.
    whole: bool,
    /// The revision that is marked, to be compared with another.
    marked: Option<i64>,
    /// The revisions whose difference is told, the second one None for what is asked for now.
    compared: Option<(i64, Option<i64>)>,
    /// The last lines of what crashes.
    crash: Crash,
    /// Which revisions of its app they came with.
    cause: Cause,
    width: u16,
    complete: bool,
    /// Something changed since it was judged.
    stale: bool,
    pace: Pace,
}

/// Between two judgements while one change follows the other, ms: a rollout of 500 pods changes a
/// hundred times a second, and nobody reads that.
const PACE: u64 = 40;

/// What is known, and when it was judged.
#[derive(Debug)]
struct Known {
    situation: Situation,
    story: Story,
    entries: Vec<Entry>,
    /// Images that run under several digests.
    splits: Vec<Split>,
    /// ConfigMaps and Secrets of which pods run an older version.
    stale: Vec<Stale>,
    at: i64,
}

impl RolloutPane {
    /// Of a workload; None for kinds that do not roll out.
    pub fn new(target: ObjRef) -> Option<Self> {
        let gathered = Gathered::of(target.clone())?;
        Some(Self {
            target,
            feed: Feed::new(gathered),
            known: None,
            page: Page::default(),
            whole: false,
            marked: None,
            compared: None,
            crash: Crash::default(),
            cause: Cause::default(),
            width: 80,
            complete: false,
            stale: false,
            pace: Pace::default(),
        })
    }

    fn phase(&self) -> Option<Phase> {
        self.known.as_ref().map(|known| known.story.standing.phase)
    }

    /// The object under the cursor, or the workload.
    fn selected(&self, ui: &Ui) -> ObjRef {
        let line = self.page.current().and_then(|line| line.to.as_ref());
        let found = line.and_then(|id| {
            let cluster = ui.clusters.get(&self.target.cluster)?;
            let resource = cluster.catalogue.by_kind(&id.group, &id.kind)?;
            Some(ObjRef {
                cluster: self.target.cluster,
                gvr: resource.gvr.clone(),
                kind: resource.kind.clone(),
                namespace: id.namespace.clone(),
                name: id.name.clone(),
                uid: Text::new(),
            })
        });
        found.unwrap_or_else(|| self.target.clone())
    }

    /// The revision under the cursor.
    fn pointed_at(&self) -> Option<i64> {
        self.page.current()?.id.strip_prefix(lines::REVISION)?.parse().ok()
    }

    fn is_current(&self, revision: i64) -> bool {
        let entries = self.known.iter().flat_map(|known| &known.entries);
        entries.into_iter().any(|entry| entry.current && entry.revision == revision)
    }

    /// The revision under the cursor that one can go back to; 0 for none.
    fn revision(&self) -> i64 {
        self.pointed_at().filter(|revision| !self.is_current(*revision)).unwrap_or(0)
    }

    /// The two that are compared from the cursor, the older first: the marked one with the one under
    /// it; else that one with now; of the present one the step that led to it.
    fn pair(&self) -> Option<(i64, Option<i64>)> {
        let here = self.pointed_at()?;
        if let Some(marked) = self.marked.filter(|marked| *marked != here) {
            return Some((marked.min(here), Some(marked.max(here))));
        }
        if !self.is_current(here) {
            return Some((here, None));
        }
        let mut entries = self.known.iter().flat_map(|known| &known.entries);
        let before = entries.find(|entry| !entry.current)?.revision;
        Some((before, None))
    }

    /// Tells what differs between two revisions, or not any more.
    fn compare(&mut self, ui: &Ui) {
        let pair = self.pair();
        let in_it = |line: &Line| line.id.starts_with(lines::DIFFERENCE);
        if pair.is_none() && self.page.current().is_some_and(in_it) {
            let back = self.compared.take().map(|(from, _)| from).unwrap_or_default();
            self.judge(ui);
            return self.page.select(&format!("{}{back}", lines::REVISION));
        }
        let Some(pair) = pair else { return };
        self.compared = Some(pair);
        self.judge(ui);
        self.page.select(&format!("{}0", lines::DIFFERENCE));
    }

    fn judge(&mut self, ui: &Ui) {
        let Some(situation) = self.feed.gathered.situation() else {
            self.known = None;
            self.page.set(Vec::new());
            return;
        };
        let story = Story::of(&situation, ui.now);
        let entries = history::of(&situation);
        let splits = digests::find(&situation);
        let stale = stale::find(&situation);
        let known = Known { situation, story, entries, splits, stale, at: ui.now };
        // Revisions come and go: one that is no longer kept is no longer compared.
        let difference = self.compared.and_then(|(from, to)| {
            difference::between(&known.situation, &known.entries, Some(from), to).ok()
        });
        let sight = Sight {
            marked: self.marked,
            difference: difference.as_ref(),
            target: &self.target,
            situation: &known.situation,
            story: &known.story,
            entries: &known.entries,
            splits: &known.splits,
            stale: &known.stale,
            log: self.crash.lines(),
            cause: &self.cause,
            undo: ui.key_to(Command::RolloutUndo),
            restart: ui.key_to(Command::RolloutRestart),
            now: ui.now,
            width: usize::from(self.width),
            whole: self.whole,
            glyphs: ui.glyphs(),
            ascii: ui.config.settings.ascii,
        };
        self.page.set(sight.lines());
        self.known = Some(known);
    }

    /// Asks for the last lines of what crashes, and for what its app deployed.
    fn look_around(&mut self, ui: &mut Ui, effects: &mut Vec<Effect>) {
        let wanted =
            self.known.as_ref().and_then(|known| LastWords::of(&known.situation, &known.story));
        if self.crash.look(wanted, &self.target, ui, effects) {
            self.judge(ui);
        }
        let newest = self.known.as_ref().and_then(|known| known.entries.first());
        if let Some(newest) = newest.map(|entry| entry.revision) {
            self.cause.look(newest, &self.target, ui, effects);
        }
    }

    /// `RollingUpdate 25%/25%`, `canary`, `OnDelete`.
    fn strategy(situation: &Situation) -> String {
        let strategy = &situation.workload.spec.strategy;
        let kind = match situation.workload.kind {
            Kind::Rollout if strategy.blue_green.is_some() => "blueGreen",
            Kind::Rollout => "canary",
            _ => strategy.kind.as_str(),
        };
        let numbers = strategy.rolling_update.as_ref();
        let surge = numbers.and_then(|numbers| numbers.max_surge.as_ref());
        let unavailable = numbers.and_then(|numbers| numbers.max_unavailable.as_ref());
        match (surge, unavailable) {
            (Some(surge), Some(unavailable)) => format!("{kind} {surge}/{unavailable}"),
            _ => match numbers.and_then(|numbers| numbers.partition).unwrap_or(0) {
                0 => kind.to_owned(),
                partition => format!("{kind} from {partition}"),
            },
        }
    }
}

impl View for RolloutPane {
    fn cluster(&self) -> Option<ClusterId> {
        Some(self.target.cluster)
    }

    fn step(&self) -> String {
        format!("{} rollout", self.target)
    }

    fn title(&self, ui: &Ui) -> Vec<(String, Style)> {
        let theme = &ui.config.theme;
        let mut parts = vec![(format!(" {}", self.target), theme.style(Look::Title))];
        if let Some(known) = &self.known {
            let dot = ui.glyphs().dot;
            let mut words = format!("{dot}{}", clean(&Self::strategy(&known.situation)));
            match known.entries.as_slice() {
                [one] => words.push_str(&format!("{dot}revision {}", one.revision)),
                [new, old, ..] if new.current => {
                    let step = if ui.config.settings.ascii { "->" } else { "→" };
                    words.push_str(&format!(
                        "{dot}revision {} {step} {}",
                        old.revision, new.revision
                    ));
                }
                _ => {}
            }
            parts.push((words, theme.style(Look::Text)));
            let standing = &known.story.standing;
            let tone = lines::tone(standing.phase);
            parts.push((format!("  {}", standing.phase.word()), theme.tone(tone)));
            if let Some(deadline) = standing.deadline {
                let passed = deadline.passed(ui.now);
                let tone = if deadline.is_over(ui.now) { Tone::Bad } else { Tone::Dim };
                parts.push((format!(" {passed} s of {} s", deadline.limit), theme.tone(tone)));
            }
        }
        parts.extend(self.page.filter_title(theme));
        parts.extend(denied_title(&self.feed.denied(ui), theme));
        parts.push((" ".to_owned(), theme.style(Look::Title)));
        parts
    }

    fn contexts(&self) -> Vec<Context> {
        match kind_of(&self.target.gvr) {
            Some(Kind::Rollout) => vec![Context::ArgoRollouts, Context::Rollout, Context::Page],
            _ => vec![Context::Rollout, Context::Page],
        }
    }

    fn refusal(&self, ui: &Ui, command: Command) -> Option<Refusal> {
        if command.writes() && ui.readonly() {
            let why = "read-only: nothing is changed or entered in this session".to_owned();
            return Some(Refusal { why, tone: Tone::Warn });
        }
        let why = match command {
            Command::RolloutScale if is_daemon_set(&self.target) => {
                "a DaemonSet has a pod on each node: there is no number of replicas to set"
            }
            Command::RolloutMark if self.pointed_at().is_none() => {
                "this is for the revisions below HISTORY"
            }
            Command::RolloutChanges if self.pointed_at().is_some() && self.pair().is_none() => {
                "only one revision is kept: there is nothing to compare it with"
            }
            Command::RolloutPause if !can_pause(&self.target) => {
                "only Deployments and Argo Rollouts can be paused"
            }
            Command::PageOpen | Command::PageCopy
                if self.page.current().is_none_or(|line| line.to.is_none()) =>
            {
                "this line is about no object"
            }
            Command::PageReveal => "nothing is masked here",
            _ => return None,
        };
        Some(Refusal { why: why.to_owned(), tone: Tone::Plain })
    }

    fn command(&mut self, ui: &mut Ui, command: Command, effects: &mut Vec<Effect>) {
        if let Some(lines) = ui.motion(command) {
            return self.step_by(ui, lines);
        }
        if let Some(refusal) = self.refusal(ui, command) {
            return ui.say(refusal.tone, refusal.why);
        }
        ui.here = self.target.cluster;
        let target = self.target.clone();
        match command {
            Command::RolloutUndo => {
                let selector = self
                    .known
                    .as_ref()
                    .and_then(|known| text_of(&known.situation.workload.spec.selector));
                let selector = selector.unwrap_or_default();
                if let Some(draft) = Undo::new(target.clone(), &selector, ui.now) {
                    ui.open_plan(target.cluster, Box::new(draft.to(self.revision())), None);
                }
            }
            Command::Promote
            | Command::PromoteFull
            | Command::SkipStep
            | Command::Retry
            | Command::Abort => {
                // What a run decides is called off with the run.
                let run = self.selected(ui);
                let (command, about) = match can_terminate(&run) && command == Command::Abort {
                    true => (Command::Terminate, run),
                    false => (command, target),
                };
                ui.plan_verb_on(command, vec![about], 0);
            }
            Command::RolloutRestart => drop(ui.plan_verb_on(Command::Restart, vec![target], 0)),
            Command::RolloutPause => {
                let paused =
                    self.known.as_ref().is_some_and(|known| known.situation.workload.spec.paused);
                let cluster = target.cluster;
                let draft =
                    if paused { Pause::resume(vec![target]) } else { Pause::hold(vec![target]) };
                ui.open_plan(cluster, Box::new(draft), None);
            }
            Command::RolloutScale => drop(ui.plan_verb_on(Command::Scale, vec![target], 0)),
            Command::RolloutMark => {
                let here = self.pointed_at();
                self.marked = if self.marked == here { None } else { here };
                self.judge(ui);
                ui.dirty = true;
            }
            Command::RolloutChanges => {
                let in_history = |line: &Line| {
                    line.id.starts_with(lines::REVISION) || line.id.starts_with(lines::DIFFERENCE)
                };
                if self.page.current().is_some_and(in_history) {
                    self.compare(ui);
                } else {
                    self.whole = !self.whole;
                    self.judge(ui);
                }
                ui.dirty = true;
            }
            Command::PageOpen => {
                let object = self.selected(ui);
                ui.object_command(Command::Open, &object, effects);
            }
            Command::PageCopy => effects.push(Effect::Copy(self.selected(ui).name.to_string())),
            Command::PageFilter => ui.open_view_prompt(self.page.filter()),
            Command::PageNext | Command::PagePrevious => {
                self.page.part(command == Command::PageNext);
                ui.dirty = true;
            }
            _ => {
                let object = self.selected(ui);
                ui.object_command(command, &object, effects);
            }
        }
    }

    fn page(&self) -> Option<&Page> {
        Some(&self.page)
    }

    fn page_mut(&mut self) -> Option<&mut Page> {
        Some(&mut self.page)
    }

    fn about(&self, ui: &Ui) -> Option<ObjRef> {
        Some(self.selected(ui))
    }

    fn settle(&mut self, ui: &mut Ui, area: Rect, effects: &mut Vec<Effect>) -> Vec<SubId> {
        let news = self.feed.take(ui, effects);
        let complete = self.feed.is_complete(ui);
        let ticks = self.known.as_ref().is_some_and(|known| ui.now >= known.at + self.tick());
        let resized = std::mem::replace(&mut self.width, area.width) != area.width;
        self.stale |= news || ticks || resized;
        let arrived = std::mem::replace(&mut self.complete, complete) != complete;
        // A list that is half there would tell of revisions and pods that are missing.
        if arrived || self.stale && complete && self.pace.begin(PACE, false, ui, effects) {
            self.stale = false;
            if complete {
                self.judge(ui);
                self.look_around(ui, effects);
            }
            ui.dirty = true;
        }
        self.page.settle(area);
        self.feed.subs()
    }

    fn answer(
        &mut self,
        ui: &mut Ui,
        ticket: Ticket,
        answer: &Result<Answer, Fault>,
        _effects: &mut Vec<Effect>,
    ) -> bool {
        let cluster = self.target.cluster;
        let own =
            self.crash.answer(ticket, answer) || self.cause.answer(ui, cluster, ticket, answer);
        self.stale |= own;
        ui.dirty |= own;
        own
    }

    fn woke(&mut self, ticket: Ticket) -> bool {
        self.pace.woke(ticket)
    }

    fn next_due(&self, _ui: &Ui) -> Option<i64> {
        self.known.as_ref().map(|known| known.at + self.tick())
    }

    fn sub(&self) -> Option<SubId> {
        self.feed.subs().first().copied()
    }

    fn draw(&self, ui: &Ui, area: Rect, buf: &mut Buffer) -> Option<(u16, u16)> {
        let empty = match (self.complete, &self.known) {
            (true, None) => format!("{} is not there, or may not be read", self.target),
            _ => "reading…".to_owned(),
        };
        self.page.draw(ui, area, buf, &empty);
        None
    }

    fn is_complete(&self) -> bool {
        self.complete && !self.crash.is_pending()
    }
}

fn is_daemon_set(target: &ObjRef) -> bool {
    target.gvr.group == "apps" && target.gvr.plural == "daemonsets"
}

impl RolloutPane {
    /// Seconds after which clocks have moved: what is done only grows older.
    fn tick(&self) -> i64 {
        if self.phase() == Some(Phase::Done) { 60 } else { 1 }
    }
}
