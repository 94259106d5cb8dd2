//! `:pulses`, `:overview`: how the cluster is, in figures, live. It looks at tables that are watched
//! (and shared with whoever shows them) and counts the rest once; nothing polls.
//!
//! `lines` makes figures into lines.

mod lines;

use super::Pane;
use super::browse::{Browse, Objects, What};
use super::view::View;
use crate::model::{
    Answer, ClusterId, Facet, Fault, Need, Resource, Scope, SubId, Text, Ticket, Tone, WatchState,
};
use crate::overview::{COUNTED, Counted, Rows, total};
use crate::ui::commands::{Command, Context};
use crate::ui::theme;
use crate::ui::usable::Refusal;
use crate::ui::{Effect, Ui};
use lines::{Go, Line};
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;
use std::collections::BTreeMap;

/// Kinds that are watched: group and plural.
const WATCHED: [(&str, &str); 12] = [
    ("", "pods"),
    ("", "nodes"),
    ("apps", "deployments"),
    ("apps", "statefulsets"),
    ("apps", "daemonsets"),
    ("batch", "jobs"),
    ("", "persistentvolumeclaims"),
    ("", "events"),
    // What delivers the rest, where it is there.
    ("argoproj.io", "applications"),
    ("kustomize.toolkit.fluxcd.io", "kustomizations"),
    ("helm.toolkit.fluxcd.io", "helmreleases"),
    ("cert-manager.io", "certificates"),
];
/// Rows from which on the figures are made anew less often.
const MANY: usize = 20_000;

/// A kind that is looked at.
#[derive(Debug)]
struct Seen {
    resource: Resource,
    sub: SubId,
}

/// A kind that is counted.
#[derive(Clone, Debug)]
struct Count {
    what: Counted,
    /// In how many namespaces an answer is awaited.
    waiting: usize,
    sum: usize,
    refused: Option<Fault>,
}

/// The pane.
#[derive(Debug)]
pub struct Overview {
    cluster: ClusterId,
    scope: Scope,
    seen: Vec<Seen>,
    catalogue: Option<u64>,
    counts: Vec<Count>,
    asked: BTreeMap<Ticket, usize>,
    counted: bool,
    lines: Vec<Line>,
    /// Revisions of the tables, and the width, for which `lines` was made.
    made_for: (Vec<u64>, usize),
    made_at: i64,
    due: Option<i64>,
    cursor: usize,
    top: usize,
    height: usize,
}

impl Overview {
    /// For the namespaces of a scope.
    pub fn new(cluster: ClusterId, scope: Scope) -> Self {
        Self {
            cluster,
            scope,
            seen: Vec::new(),
            catalogue: None,
            counts: Vec::new(),
            asked: BTreeMap::new(),
            counted: false,
            lines: Vec::new(),
            made_for: (Vec::new(), 0),
            made_at: 0,
            due: None,
            cursor: 0,
            top: 0,
            height: 1,
        }
    }

    /// Looks at every kind that the cluster serves, and asks for the counts once.
    fn subscribe(&mut self, ui: &mut Ui, effects: &mut Vec<Effect>) {
        let Some(cluster) = ui.clusters.get(&self.cluster) else { return };
        if self.catalogue != Some(cluster.revision) {
            self.catalogue = Some(cluster.revision);
            let served = |&(group, plural): &(&str, &str)| {
                let all = cluster.catalogue.all().iter();
                let mut fit = all.filter(|r| r.gvr.group == group && r.gvr.plural == plural);
                let any = fit.clone().next();
                fit.find(|resource| resource.preferred).or(any).cloned()
            };
            let resources: Vec<Resource> = WATCHED.iter().filter_map(served).collect();
            let counted = COUNTED.into_iter().filter(|what| {
                let gvr = what.gvr();
                cluster.catalogue.get(&gvr).is_some_and(|resource| resource.can("list"))
            });
            if !self.counted {
                self.counts =
                    counted.map(|what| Count { what, waiting: 0, sum: 0, refused: None }).collect();
            }
            self.seen.clear();
            for resource in resources {
                let sub = ui.subs.want(&self.need(&resource), effects);
                self.seen.push(Seen { resource, sub });
            }
            self.made_for.0.clear();
        } else {
            // Wanted still.
            let needs: Vec<Need> = self.seen.iter().map(|one| self.need(&one.resource)).collect();
            for (one, need) in self.seen.iter_mut().zip(needs) {
                one.sub = ui.subs.want(&need, effects);
            }
        }
        if ui.clusters.get(&self.cluster).is_some_and(|cluster| cluster.discovered) && !self.counted
        {
            self.count(ui, effects);
        }
    }

    fn need(&self, resource: &Resource) -> Need {
        Need {
            cluster: self.cluster,
            gvr: resource.gvr.clone(),
            scope: if resource.namespaced { self.scope.clone() } else { Scope::All },
            labels: Text::new(),
            fields: Text::new(),
            facet: Facet::Row,
        }
    }

    fn count(&mut self, ui: &mut Ui, effects: &mut Vec<Effect>) {
        self.counted = true;
        self.asked.clear();
        for at in 0..self.counts.len() {
            let what = self.counts[at].what;
            let namespaced = ui
                .clusters
                .get(&self.cluster)
                .and_then(|cluster| cluster.catalogue.get(&what.gvr()))
                .is_some_and(|resource| resource.namespaced);
            let places = match &self.scope {
                Scope::Namespaces(names) if namespaced => names.clone(),
                _ => vec![Text::new()],
            };
            self.counts[at] = Count { what, waiting: places.len(), sum: 0, refused: None };
            for place in places {
                let ticket = ui.ticket();
                self.asked.insert(ticket, at);
                let read = what.read(&place);
                effects.push(Effect::Read { ticket, cluster: self.cluster, read });
            }
        }
    }

    /// Makes the lines anew where tables changed, but not with every change.
    fn refresh(&mut self, ui: &mut Ui, width: usize) {
        let subs = self.seen.iter().filter_map(|one| ui.subs.get(one.sub));
        let revisions: Vec<u64> = subs.clone().map(|sub| sub.revision).collect();
        let rows: usize = subs.map(|sub| sub.table.len()).sum();
        let now_for = (revisions, width);
        // Ages move on by themselves, too.
        let gap = if rows > MANY { 5 } else { 1 };
        let stale = now_for != self.made_for || ui.now - self.made_at >= 30;
        if !stale {
            self.due = Some(self.made_at + 30);
            return;
        }
        let fresh = self.made_for.1 == width && !self.made_for.0.is_empty();
        if fresh && ui.now - self.made_at < gap && self.complete(ui) {
            self.due = Some(self.made_at + gap);
            return;
        }
        let here = self.lines.get(self.cursor).and_then(|line| line.go.clone());
        self.lines = self.make(ui, width);
        (self.made_for, self.made_at) = (now_for, ui.now);
        self.due = Some(ui.now + 30);
        // What was selected stays selected, wherever it went.
        if let Some(at) = self.lines.iter().position(|line| line.go.is_some() && line.go == here) {
            self.cursor = at;
        }
        self.settle_cursor(true);
        ui.dirty = true;
    }

    /// The cursor stands on lines that lead somewhere.
    fn settle_cursor(&mut self, down: bool) {
        self.cursor = self.cursor.min(self.lines.len().saturating_sub(1));
        let leads = |at: &usize| self.lines.get(*at).is_some_and(|line| line.go.is_some());
        let after = (self.cursor..self.lines.len()).find(leads);
        let before = (0..=self.cursor).rev().find(leads);
        let at = if down { after.or(before) } else { before.or(after) };
        self.cursor = at.unwrap_or(self.cursor);
    }

    fn move_by(&mut self, lines: isize) {
        let last = self.lines.len().saturating_sub(1);
        self.cursor = self.cursor.saturating_add_signed(lines).min(last);
        self.settle_cursor(lines > 0);
    }

    /// To the next part, or the one before.
    fn part(&mut self, forward: bool) {
        let heads: Vec<usize> = (0..self.lines.len()).filter(|at| self.lines[*at].head).collect();
        let mine = heads.iter().rposition(|at| *at < self.cursor).unwrap_or(0);
        let next = if forward { mine + 1 } else { mine.saturating_sub(1) };
        if let Some(at) = heads.get(next) {
            self.cursor = *at;
            self.settle_cursor(true);
        }
    }

    fn rows<'u>(&self, ui: &'u Ui, group: &str, plural: &str) -> Option<Rows<'u>> {
        let fits =
            |one: &&Seen| one.resource.gvr.group == group && one.resource.gvr.plural == plural;
        let sub = ui.subs.get(self.seen.iter().find(fits)?.sub)?;
        Some(Rows { schema: sub.schema.as_deref()?, table: &sub.table })
    }

    fn complete(&self, ui: &Ui) -> bool {
        let done = |one: &Seen| {
            ui.subs.get(one.sub).is_some_and(|sub| {
                sub.complete
                    || matches!(sub.state(), WatchState::Denied(_) | WatchState::NotServed(_))
            })
        };
        self.seen.iter().all(done)
    }

    fn go(&self, ui: &mut Ui, go: &Go, effects: &mut Vec<Effect>) {
        ui.here = self.cluster;
        match go {
            Go::Object(group, kind, key) => {
                ui.go_to_object(group, kind, &key.namespace, &key.name, "overview".into());
            }
            Go::Command(line) => {
                ui.open_line(line, effects);
            }
            Go::Table { gvr, faults, fields, namespace } => {
                let Some(cluster) = ui.clusters.get(&self.cluster) else { return };
                let Some(resource) = cluster.catalogue.get(gvr).cloned() else { return };
                let scope = match namespace {
                    Some(name) => Scope::Namespaces(vec![name.clone()]),
                    None if resource.namespaced => self.scope.clone(),
                    None => Scope::All,
                };
                // The way here says which of them.
                let of = match (namespace, fields.split_once('=')) {
                    (_, Some((_, node))) => Text::from(node),
                    (Some(namespace), None) => namespace.clone(),
                    (None, None) if *faults => "unhealthy".into(),
                    (None, None) => "all".into(),
                };
                let mut browse = Browse::new(What::Objects(Box::new(Objects {
                    cluster: self.cluster,
                    resource,
                    scope,
                    labels: Text::new(),
                    fields: fields.clone(),
                    facet: Facet::Row,
                    owner: Text::new(),
                    of,
                })));
                browse.faults_only = *faults;
                ui.push(Pane::Browse(Box::new(browse)));
            }
        }
    }
}

impl View for Overview {
    fn cluster(&self) -> Option<ClusterId> {
        Some(self.cluster)
    }

    fn step(&self) -> String {
        "overview".to_owned()
    }

    fn title(&self, ui: &Ui) -> Vec<(String, Style)> {
        let theme = &ui.config.theme;
        let mut parts = vec![(" overview ".to_owned(), theme.style(theme::Scope::Title))];
        let faults: usize = self
            .seen
            .iter()
            .filter_map(|one| ui.subs.get(one.sub).map(|sub| sub.table.faults()))
            .sum();
        if faults > 0 {
            parts.push((format!("{faults} with faults "), theme.tone(Tone::Bad)));
        }
        parts
    }

    fn contexts(&self) -> Vec<Context> {
        vec![Context::Page]
    }

    fn refusal(&self, _ui: &Ui, command: Command) -> Option<Refusal> {
        let why = match command {
            Command::PageOpen
                if self.lines.get(self.cursor).is_none_or(|line| line.go.is_none()) =>
            {
                "nothing is selected"
            }
            Command::PageFilter | Command::PageReveal | Command::PageCopy => {
                "figures only: <enter> goes to the table behind a line"
            }
            _ => return None,
        };
        Some(Refusal { tone: Tone::Plain, why: why.into() })
    }

    fn command(&mut self, ui: &mut Ui, command: Command, effects: &mut Vec<Effect>) {
        if let Some(lines) = ui.motion(command) {
            self.move_by(lines);
        } else {
            match command {
                Command::PageNext => self.part(true),
                Command::PagePrevious => self.part(false),
                Command::PageOpen => {
                    if let Some(go) = self.lines.get(self.cursor).and_then(|line| line.go.clone()) {
                        self.go(ui, &go, effects);
                    }
                }
                _ => {}
            }
        }
        ui.dirty = true;
    }

    fn answer(
        &mut self,
        ui: &mut Ui,
        ticket: Ticket,
        answer: &Result<Answer, Fault>,
        _effects: &mut Vec<Effect>,
    ) -> bool {
        let Some(at) = self.asked.remove(&ticket) else { return false };
        let count = &mut self.counts[at];
        count.waiting = count.waiting.saturating_sub(1);
        let counted = match answer {
            Ok(Answer::Object(json)) => total(json)
                .map_err(|why| Fault::new(crate::model::FaultKind::Other, "count objects", why)),
            Ok(Answer::Access(..)) => Ok(0),
            Err(fault) => Err(fault.clone()),
        };
        match counted {
            Ok(more) => count.sum += more,
            Err(fault) => count.refused = Some(fault),
        }
        self.made_for.0.clear();
        ui.dirty = true;
        true
    }

    fn settle(&mut self, ui: &mut Ui, area: Rect, effects: &mut Vec<Effect>) -> Vec<SubId> {
        self.subscribe(ui, effects);
        self.refresh(ui, usize::from(area.width));
        self.height = usize::from(area.height).max(1);
        // The title of the part comes along.
        let first = match self.cursor.checked_sub(1) {
            Some(above) if self.lines.get(above).is_some_and(|line| line.head) => above,
            _ => self.cursor,
        };
        self.top = self.top.min(first).max((self.cursor + 1).saturating_sub(self.height));
        self.seen.iter().map(|one| one.sub).collect()
    }

    fn next_due(&self, _ui: &Ui) -> Option<i64> {
        self.due
    }

    fn sub(&self) -> Option<SubId> {
        self.seen.first().map(|one| one.sub)
    }

    fn draw(&self, ui: &Ui, area: Rect, buf: &mut Buffer) -> Option<(u16, u16)> {
        let rows = self.lines.iter().enumerate().skip(self.top).zip(area.y..area.bottom());
        for ((at, line), y) in rows {
            let row = Rect { y, height: 1, ..area };
            let here = at == self.cursor && line.go.is_some();
            if here {
                buf.set_style(row, ui.config.theme.style(theme::Scope::RowSelected));
                buf.set_stringn(area.x, y, ui.glyphs().selected, 1, Style::new());
            }
            let mut x = area.x + 1;
            for (text, scope) in &line.spans {
                let room = usize::from(area.right().saturating_sub(x));
                let mut style = ui.config.theme.style(*scope);
                if here {
                    style.bg = None;
                }
                x = buf.set_stringn(x, y, text, room, style).0;
            }
        }
        None
    }

    fn scroll(&self) -> Option<(usize, usize)> {
        Some((self.top, self.lines.len()))
    }

    fn step_by(&mut self, ui: &mut Ui, lines: isize) {
        self.move_by(lines);
        ui.dirty = true;
    }

    fn click(&mut self, ui: &mut Ui, _column: u16, row: u16, _effects: &mut Vec<Effect>) {
        self.cursor = self.top + usize::from(row);
        self.settle_cursor(true);
        ui.dirty = true;
    }

    fn is_complete(&self) -> bool {
        self.counted && self.asked.is_empty() && !self.lines.is_empty()
    }
}
