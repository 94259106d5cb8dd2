//! `:rollouts`: every workload that rolls, is stuck or has just finished, one line each, with the same
//! sentence as its own pane; and the workloads of apps, or those that were marked, whether they roll
//! or not.

use super::RolloutPane;
use super::lines::tone;
use super::rolling::{Rolling, Told};
use crate::model::{AppId, ClusterId, ObjRef, Scope, SubId, Text, Tone};
use crate::relations::ObjectId;
use crate::rollout::Phase;
use crate::ui::commands::{Command, Context};
use crate::ui::panes::Pane;
use crate::ui::panes::feed::denied_title;
use crate::ui::panes::page::{Line, Page, clean};
use crate::ui::panes::view::View;
use crate::ui::theme::Scope as Look;
use crate::ui::usable::Refusal;
use crate::ui::{Effect, Ui};
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;
use std::collections::HashMap;

/// Seconds for which something that has finished is shown.
const RECENT: i64 = 600;

/// The pane.
#[derive(Debug)]
pub struct Board {
    cluster: ClusterId,
    whose: Whose,
    rolling: Rolling,
    page: Page,
    /// Lines by what the page knows them by.
    at: HashMap<Text, ObjRef>,
    judged: i64,
    counts: (usize, usize),
    complete: bool,
}

/// Whose workloads are on the board.
#[derive(Debug)]
enum Whose {
    /// Everybody's: what has long been done is left out.
    Everyone,
    /// Those of apps, as the apps say; with the revision of the apps that was looked at last.
    Apps(Vec<AppId>, Option<u64>),
    /// These, and what they are called together.
    These(String),
}

impl Board {
    /// Of the namespaces of a scope.
    pub fn new(cluster: ClusterId, scope: Scope) -> Self {
        Self::with(cluster, Whose::Everyone, Rolling::all(cluster, scope))
    }

    /// Of the workloads of apps that deliver to their own cluster.
    pub fn of_apps(cluster: ClusterId, apps: Vec<AppId>) -> Self {
        Self::with(cluster, Whose::Apps(apps, None), Rolling::of(cluster, &[]))
    }

    /// Of these workloads, called `name` together.
    pub fn of(cluster: ClusterId, name: String, objects: &[ObjRef]) -> Self {
        Self::with(cluster, Whose::These(name), Rolling::of(cluster, objects))
    }

    fn with(cluster: ClusterId, whose: Whose, rolling: Rolling) -> Self {
        Self {
            cluster,
            whose,
            rolling,
            page: Page::default(),
            at: HashMap::new(),
            judged: 0,
            counts: (0, 0),
            complete: false,
        }
    }

    /// The workloads of its apps are those that say so now.
    fn look(&mut self, ui: &Ui) -> bool {
        let Whose::Apps(apps, revision) = &mut self.whose else { return false };
        let Some(book) = ui.estates.get(&self.cluster) else { return false };
        if revision.replace(book.revision) == Some(book.revision) {
            return false;
        }
        let objects: Vec<ObjRef> = apps.iter().flat_map(|app| book.estate.workloads(app)).collect();
        self.rolling.set(&objects);
        true
    }

    fn judge(&mut self, ui: &Ui) {
        let now = ui.now;
        self.at.clear();
        let everyone = matches!(self.whose, Whose::Everyone);
        let recent = |finished: Option<i64>| finished.is_some_and(|at| now - at < RECENT);
        let told = self
            .rolling
            .told(ui, |phase, finished| !everyone || phase != Phase::Done || recent(finished));
        let goes_on = |one: &&Told| one.standing.phase != Phase::Done;
        self.counts = (told.iter().filter(goes_on).count(), self.rolling.count());
        let mut lines: Vec<Line> = told.iter().map(|one| self.line(one, now)).collect();
        if self.complete {
            for object in self.rolling.missing() {
                let cells = [
                    (object.to_string(), Tone::Plain),
                    (object.namespace.to_string(), Tone::Dim),
                    ("gone".to_owned(), Tone::Warn),
                ];
                let cells = cells.iter().map(|(text, tone)| (text.as_str(), *tone));
                lines.push(Line::of(0, cells).known_as(known(object)));
            }
        }
        self.page.set(lines);
        self.judged = now;
    }

    fn line(&mut self, told: &Told, now: i64) -> Line {
        let Told { object, standing, sentence, .. } = told;
        let clock =
            standing.deadline.map(|clock| format!("{}/{} s", clock.passed(now), clock.limit));
        let counts = format!("{}/{}", standing.counts.updated, standing.counts.desired);
        let tone = tone(standing.phase);
        let name = object.to_string();
        let cells = [
            (name.as_str(), Tone::Plain),
            (object.namespace.as_str(), Tone::Dim),
            (standing.phase.word(), tone),
            (&counts, Tone::Plain),
            (clock.as_deref().unwrap_or(""), Tone::Dim),
            (sentence, if tone == Tone::Good { Tone::Plain } else { tone }),
        ];
        let to = ObjectId {
            group: object.gvr.group.clone(),
            kind: object.kind.clone(),
            namespace: object.namespace.clone(),
            name: object.name.clone(),
        };
        self.at.insert(known(object), object.clone());
        Line::of(0, cells).to(to).known_as(known(object))
    }

    fn selected(&self) -> Option<ObjRef> {
        self.at.get(&self.page.current()?.id).cloned()
    }

    /// What its workloads are called together; empty for everybody's.
    fn name(&self) -> String {
        match &self.whose {
            Whose::Everyone => String::new(),
            Whose::Apps(apps, _) => match apps.as_slice() {
                [one] => clean(&one.name),
                many => format!("{} apps", many.len()),
            },
            Whose::These(name) => clean(name),
        }
    }
}

fn known(object: &ObjRef) -> Text {
    Text::from(format!("{}/{}/{}", object.gvr.plural, object.namespace, object.name))
}

impl View for Board {
    fn cluster(&self) -> Option<ClusterId> {
        Some(self.cluster)
    }

    fn step(&self) -> String {
        format!("{} rollouts", self.name()).trim_start().to_owned()
    }

    fn title(&self, ui: &Ui) -> Vec<(String, Style)> {
        let theme = &ui.config.theme;
        let count = match (&self.whose, self.counts) {
            (Whose::Everyone, (rolling, _)) => format!("[{rolling}]"),
            (_, (rolling, all)) => format!("[{rolling} of {all}]"),
        };
        let mut parts = vec![
            (format!(" {}", self.step()), theme.style(Look::Title)),
            (count, theme.style(Look::TitleCount)),
        ];
        parts.extend(self.page.filter_title(theme));
        parts.extend(denied_title(&self.rolling.denied(ui), theme));
        parts.push((" ".to_owned(), theme.style(Look::Title)));
        parts
    }

    fn contexts(&self) -> Vec<Context> {
        vec![Context::Page]
    }

    fn refusal(&self, _ui: &Ui, command: Command) -> Option<Refusal> {
        let why = match command {
            Command::PageOpen | Command::PageCopy if self.selected().is_none() => {
                match self.page.current() {
                    Some(_) => "it is not there any more",
                    None => "nothing is selected",
                }
            }
            Command::PageNext | Command::PagePrevious => "the page has only one part",
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
        match (command, self.selected()) {
            (Command::PageOpen, Some(object)) => {
                if let Some(pane) = RolloutPane::new(object) {
                    ui.push(Pane::View(Box::new(pane)));
                }
            }
            (Command::PageCopy, Some(object)) => {
                effects.push(Effect::Copy(object.name.to_string()))
            }
            (Command::PageFilter, _) => ui.open_view_prompt(self.page.filter()),
            _ => {}
        }
    }

    fn page(&self) -> Option<&Page> {
        Some(&self.page)
    }

    fn page_mut(&mut self) -> Option<&mut Page> {
        Some(&mut self.page)
    }

    fn about(&self, _ui: &Ui) -> Option<ObjRef> {
        self.selected()
    }

    fn needs_apps(&self) -> bool {
        matches!(self.whose, Whose::Apps(..))
    }

    fn settle(&mut self, ui: &mut Ui, area: Rect, effects: &mut Vec<Effect>) -> Vec<SubId> {
        let mut news = self.look(ui);
        news |= self.rolling.take(ui, effects);
        let complete = self.rolling.is_complete(ui);
        let ticks = !self.page.is_empty() && ui.now > self.judged;
        if news || ticks || complete != self.complete {
            self.complete = complete;
            self.judge(ui);
            ui.dirty = true;
        }
        self.page.settle(area);
        self.rolling.subs()
    }

    fn next_due(&self, _ui: &Ui) -> Option<i64> {
        (!self.page.is_empty()).then_some(self.judged + 1)
    }

    fn sub(&self) -> Option<SubId> {
        self.rolling.subs().first().copied()
    }

    fn draw(&self, ui: &Ui, area: Rect, buf: &mut Buffer) -> Option<(u16, u16)> {
        let empty = match (self.complete, &self.whose) {
            (true, Whose::Everyone) => "nothing rolls out here, and nothing has just finished",
            (true, _) => "nothing of it rolls out from one revision to the next",
            (false, _) => "reading…",
        };
        self.page.draw(ui, area, buf, empty);
        None
    }

    fn is_complete(&self) -> bool {
        self.complete
    }
}
