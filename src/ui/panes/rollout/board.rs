//! `:rollouts`: every workload that rolls, is stuck or has just finished, one line each, with the same
//! sentence as its own pane. The workloads are one watch per kind; sets, pods and events are watched
//! only of those that are not done, and of no more than some.

use super::RolloutPane;
use super::feed::Feed;
use super::lines::tone;
use crate::model::{
    Cell, ClusterId, Facet, Gvr, Need, ObjRef, Row, Scope, SubId, Text, Tone, WatchState,
};
use crate::relations::ObjectId;
use crate::rollout::facts::{Workload, condition};
use crate::rollout::gathered::kind_of;
use crate::rollout::{Gathered, Phase, Standing, Story, ladder};
use crate::ui::commands::{Command, Context};
use crate::ui::panes::Pane;
use crate::ui::panes::feed::denied_title;
use crate::ui::panes::page::{Line, Page};
use crate::ui::panes::view::View;
use crate::ui::subs::{News, Sub};
use crate::ui::theme::Scope as Look;
use crate::ui::usable::Refusal;
use crate::ui::{Effect, Ui};
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;
use std::collections::{BTreeMap, HashMap};

/// Seconds for which something that has finished is shown.
const RECENT: i64 = 600;
/// Rollouts of which pods and events are watched too.
const CLOSELY: usize = 12;

/// The pane.
#[derive(Debug)]
pub struct Board {
    cluster: ClusterId,
    scope: Scope,
    fed: Vec<Fed>,
    /// Workloads by plural, namespace and name.
    seen: BTreeMap<Name, Seen>,
    /// Those that are looked at closely.
    close: BTreeMap<Name, Feed>,
    page: Page,
    /// Lines by what the page knows them by.
    at: HashMap<Text, ObjRef>,
    judged: i64,
    rolling: usize,
    complete: bool,
}

type Name = (Text, Text, Text);

#[derive(Debug)]
struct Fed {
    gvr: Gvr,
    kind: Text,
    sub: SubId,
    news: u64,
    slots: HashMap<u32, Name>,
}

/// What is known of a workload from itself.
#[derive(Debug)]
struct Seen {
    object: ObjRef,
    standing: Standing,
    /// It was done then, Unix seconds; None while it is not, or when nobody saw it.
    finished: Option<i64>,
}

impl Board {
    /// Of the namespaces of a scope.
    pub fn new(cluster: ClusterId, scope: Scope) -> Self {
        Self {
            cluster,
            scope,
            fed: Vec::new(),
            seen: BTreeMap::new(),
            close: BTreeMap::new(),
            page: Page::default(),
            at: HashMap::new(),
            judged: 0,
            rolling: 0,
            complete: false,
        }
    }

    /// Subscribes to the kinds that roll out and are served, and takes in what changed.
    fn take(&mut self, ui: &mut Ui, effects: &mut Vec<Effect>) -> bool {
        let Some(cluster) = ui.clusters.get(&self.cluster) else { return false };
        let served = cluster.catalogue.all().iter();
        let kinds: Vec<(Gvr, Text)> = served
            .filter(|one| one.preferred && kind_of(&one.gvr).is_some() && one.can("watch"))
            .map(|one| (one.gvr.clone(), one.kind.clone()))
            .collect();
        let mut news = false;
        for (gvr, kind) in kinds {
            let need = Need {
                cluster: self.cluster,
                gvr: gvr.clone(),
                scope: self.scope.clone(),
                labels: Text::new(),
                fields: Text::new(),
                facet: Facet::Rollout,
            };
            let sub = ui.subs.want(&need, effects);
            match self.fed.iter_mut().find(|fed| fed.gvr == gvr) {
                Some(fed) if fed.sub != sub => (fed.sub, fed.news) = (sub, Sub::UNSEEN),
                Some(_) => {}
                None => {
                    self.fed.push(Fed { gvr, kind, sub, news: Sub::UNSEEN, slots: HashMap::new() })
                }
            }
        }
        for at in 0..self.fed.len() {
            let fed = &mut self.fed[at];
            let Some(held) = ui.subs.get_mut(fed.sub) else { continue };
            let slots: Vec<u32> = match held.news(&mut fed.news) {
                News::None => continue,
                News::Slots(changed) => changed,
                News::All => {
                    let known: Vec<u32> = fed.slots.keys().copied().collect();
                    known.into_iter().chain(held.table.rows().map(|(slot, _)| slot)).collect()
                }
            };
            for slot in slots {
                let now = held.table.row(slot).map(|row| (name(&fed.gvr, row), row));
                let before = fed.slots.remove(&slot);
                if let Some(before) =
                    before.filter(|before| now.as_ref().is_none_or(|(now, _)| now != before))
                {
                    self.seen.remove(&before);
                }
                let Some((name, row)) = now else { continue };
                let was = self.seen.get(&name).map(|seen| (seen.standing.phase, seen.finished));
                if let Some(seen) = look(self.cluster, &fed.gvr, &fed.kind, row, was, ui.now) {
                    self.seen.insert(name.clone(), seen);
                }
                fed.slots.insert(slot, name);
            }
            news = true;
        }
        news
    }

    /// Looks closely at what is not done, as far as that goes.
    fn look_closely(&mut self, ui: &mut Ui, effects: &mut Vec<Effect>) -> bool {
        let goes_on = |seen: &Seen| seen.standing.phase != Phase::Done;
        let wanted: Vec<(Name, ObjRef)> = self
            .seen
            .iter()
            .filter(|(_, seen)| goes_on(seen))
            .take(CLOSELY)
            .map(|(name, seen)| (name.clone(), seen.object.clone()))
            .collect();
        self.close.retain(|name, _| wanted.iter().any(|(one, _)| one == name));
        for (name, object) in wanted {
            if !self.close.contains_key(&name)
                && let Some(gathered) = Gathered::of(object)
            {
                self.close.insert(name, Feed::new(gathered));
            }
        }
        let mut news = false;
        for feed in self.close.values_mut() {
            news |= feed.take(ui, effects);
        }
        news
    }

    fn judge(&mut self, ui: &Ui) {
        let now = ui.now;
        let mut told: Vec<(Phase, &Name, Line)> = Vec::new();
        self.at.clear();
        self.rolling = 0;
        for (name, seen) in &self.seen {
            let recent = seen.finished.is_some_and(|at| now - at < RECENT);
            if seen.standing.phase == Phase::Done && !recent {
                continue;
            }
            let closely = self.close.get(name).filter(|feed| feed.is_complete(ui));
            let situation = closely.and_then(|feed| feed.gathered.situation());
            let story = situation.map(|situation| Story::of(&situation, now));
            let (standing, sentence) = match &story {
                Some(story) => (&story.standing, story.sentence()),
                None => (
                    &seen.standing,
                    crate::text::sanitise::clean(&seen.standing.words).into_owned(),
                ),
            };
            self.rolling += usize::from(standing.phase != Phase::Done);
            let clock =
                standing.deadline.map(|clock| format!("{}/{} s", clock.passed(now), clock.limit));
            let counts = format!("{}/{}", standing.counts.updated, standing.counts.desired);
            let tone = tone(standing.phase);
            let object = seen.object.to_string();
            let cells = [
                (object.as_str(), Tone::Plain),
                (seen.object.namespace.as_str(), Tone::Dim),
                (standing.phase.word(), tone),
                (&counts, Tone::Plain),
                (clock.as_deref().unwrap_or(""), Tone::Dim),
                (&sentence, if tone == Tone::Good { Tone::Plain } else { tone }),
            ];
            let known = Text::from(format!("{}/{}/{}", name.0, name.1, name.2));
            let to = ObjectId {
                group: seen.object.gvr.group.clone(),
                kind: seen.object.kind.clone(),
                namespace: seen.object.namespace.clone(),
                name: seen.object.name.clone(),
            };
            told.push((standing.phase, name, Line::of(0, cells).to(to).known_as(known.clone())));
            self.at.insert(known, seen.object.clone());
        }
        told.sort_by(|a, b| (a.0, a.1).cmp(&(b.0, b.1)));
        self.page.set(told.into_iter().map(|(_, _, line)| line).collect());
        self.judged = now;
    }

    fn selected(&self) -> Option<ObjRef> {
        self.at.get(&self.page.current()?.id).cloned()
    }

    fn is_read(&self, ui: &Ui) -> bool {
        !self.fed.is_empty()
            && self.fed.iter().all(|fed| {
                ui.subs.get(fed.sub).is_some_and(|sub| {
                    sub.complete
                        || matches!(sub.state(), WatchState::Denied(_) | WatchState::NotServed(_))
                })
            })
    }
}

fn name(gvr: &Gvr, row: &Row) -> Name {
    (gvr.plural.clone(), row.key.namespace.clone(), row.key.name.clone())
}

/// A workload from its row; `was` is what was known of it before.
fn look(
    cluster: ClusterId,
    gvr: &Gvr,
    kind: &Text,
    row: &Row,
    was: Option<(Phase, Option<i64>)>,
    now: i64,
) -> Option<Seen> {
    let Some(Cell::Text(facts, _)) = row.cells.first() else { return None };
    let workload: Workload = serde_json::from_str(facts).ok()?;
    let workload = Workload { kind: kind_of(gvr)?, ..workload };
    let standing = ladder::judge(&workload, now);
    let finished = match (standing.phase, was) {
        (Phase::Done, Some((Phase::Done, finished))) => finished,
        (Phase::Done, Some(_)) => Some(now),
        // A Deployment says when it had its last progress.
        (Phase::Done, None) => condition(&workload.status.conditions, "Progressing")
            .filter(|one| one.reason == "NewReplicaSetAvailable")
            .and_then(|one| one.updated),
        _ => None,
    };
    let object = ObjRef {
        cluster,
        gvr: gvr.clone(),
        kind: kind.clone(),
        namespace: row.key.namespace.clone(),
        name: row.key.name.clone(),
        uid: Text::new(),
    };
    Some(Seen { object, standing, finished })
}

impl View for Board {
    fn cluster(&self) -> Option<ClusterId> {
        Some(self.cluster)
    }

    fn step(&self) -> String {
        "rollouts".to_owned()
    }

    fn title(&self, ui: &Ui) -> Vec<(String, Style)> {
        let theme = &ui.config.theme;
        let mut parts = vec![
            (" rollouts".to_owned(), theme.style(Look::Title)),
            (format!("[{}]", self.rolling), theme.style(Look::TitleCount)),
        ];
        parts.extend(self.page.filter_title(theme));
        let refused = |fed: &&Fed| ui.subs.is_denied(fed.sub);
        let denied: Vec<String> =
            self.fed.iter().filter(refused).map(|fed| fed.gvr.plural.to_string()).collect();
        parts.extend(denied_title(&denied, theme));
        parts.push((" ".to_owned(), theme.style(Look::Title)));
        parts
    }

    fn contexts(&self) -> Vec<Context> {
        vec![Context::Page]
    }

    fn refusal(&self, _ui: &Ui, command: Command) -> Option<Refusal> {
        let why = match command {
            Command::PageOpen | Command::PageCopy if self.selected().is_none() => {
                "nothing is selected"
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

    fn settle(&mut self, ui: &mut Ui, area: Rect, effects: &mut Vec<Effect>) -> Vec<SubId> {
        let mut news = self.take(ui, effects);
        news |= self.look_closely(ui, effects);
        let complete = self.is_read(ui);
        let ticks = !self.page.is_empty() && ui.now > self.judged;
        if news || ticks || complete != self.complete {
            self.complete = complete;
            self.judge(ui);
            ui.dirty = true;
        }
        self.page.settle(area);
        let own = self.fed.iter().map(|fed| fed.sub);
        own.chain(self.close.values().flat_map(Feed::subs)).collect()
    }

    fn next_due(&self, _ui: &Ui) -> Option<i64> {
        (!self.page.is_empty()).then_some(self.judged + 1)
    }

    fn sub(&self) -> Option<SubId> {
        self.fed.first().map(|fed| fed.sub)
    }

    fn draw(&self, ui: &Ui, area: Rect, buf: &mut Buffer) -> Option<(u16, u16)> {
        let empty = match self.complete {
            true => "nothing rolls out here, and nothing has just finished",
            false => "reading…",
        };
        self.page.draw(ui, area, buf, empty);
        None
    }

    fn is_complete(&self) -> bool {
        self.complete
    }
}
