//! What differs from what was deployed, field by field, live: objects with differences first, with who
//! wrote what is there and what becomes of it.

mod actions;
mod asking;
mod keys;
mod note;
mod own;
mod paint;
mod parts;
mod rows;
mod scroll;
pub(in crate::ui) mod tape;
mod text;
mod told;
mod watch;

use super::view::View;
use crate::drift::{Depth, Field, News, ObjectDrift, Only, Piece, Subject};
use crate::model::{
    Answer, AppId, ClusterId, Fault, FaultKind, ObjRef, Resource, StreamEvent, StreamId,
    StreamSpec, SubId, Text, Ticket,
};
use crate::relations::{Delivery, Folds, ObjectId, delivered_needs};
use crate::text::width::width;
use crate::ui::commands::{Command, Context};
use crate::ui::note::Note;
use crate::ui::pace::Pace;
use crate::ui::side::Selection;
use crate::ui::theme::Scope as Look;
use crate::ui::usable::Refusal;
use crate::ui::widgets::columns::cells;
use crate::ui::{Effect, Ui};
use asking::Asking;
use paint::{ROOMY, Widths};
use parts::Parts;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;
use rows::{Row, Shown, What};
use scroll::Scroll;
use std::collections::{BTreeMap, BTreeSet};
use text::TextView;
use watch::Watch;

/// Shortest time between two looks at objects that keep changing, in milliseconds.
const AGAIN: u64 = 1_000;
/// With more rows than this they are not made anew more often than every [`REST`] milliseconds.
const MANY: usize = 500;
/// See [`MANY`].
const REST: u64 = 200;

/// What somebody points at.
#[derive(Clone, Debug, PartialEq)]
pub struct Pointed {
    /// On this cluster.
    pub cluster: ClusterId,
    /// At this.
    pub about: About,
    /// Of an app only these objects; None for all.
    pub only: Option<BTreeSet<ObjectId>>,
    /// In words: `payments`, `Deployment/api`, `3 objects`.
    pub name: String,
}

impl Pointed {
    /// An app.
    pub fn app(cluster: ClusterId, id: AppId) -> Self {
        let name = super::page::clean(&id.name);
        Self { cluster, about: About::Subjects(vec![Subject::App(id)]), only: None, name }
    }

    /// Objects of one cluster; None where there are none.
    pub fn objects(objects: Vec<ObjRef>) -> Option<Self> {
        let cluster = objects.first()?.cluster;
        let name = match objects.as_slice() {
            [one] => one.to_string(),
            several => format!("{} objects", several.len()),
        };
        let subjects = objects.into_iter().map(Subject::Object).collect();
        Some(Self { cluster, about: About::Subjects(subjects), only: None, name })
    }
}

/// What a pane is about.
#[derive(Clone, Debug, PartialEq)]
pub enum About {
    /// These.
    Subjects(Vec<Subject>),
    /// An app of this name, else the namespace: known when the apps are.
    Word(String),
}

/// The pane.
#[derive(Debug)]
pub struct DriftPane {
    cluster: ClusterId,
    about: About,
    only: Option<BTreeSet<ObjectId>>,
    /// What it is about, for the way here and the head.
    name: String,
    depth: Depth,
    /// None until the apps are known.
    asking: Option<Asking>,
    /// The app as it was when it was asked about, and whether it is being asked about again.
    app: Option<(AppId, Fingerprint)>,
    renewing: bool,
    parts: Parts,
    /// Why there is nothing to ask about.
    fault: Option<Fault>,
    history: Option<actions::Asked>,
    /// What engines themselves know.
    owns: own::Owns,
    /// It is shown as text.
    text: Option<TextView>,
    watch: Watch,
    /// Kinds that are shown, and where.
    delivered: Vec<(ClusterId, Delivery)>,
    rows: Vec<Row>,
    scroll: Scroll,
    folds: Folds,
    filter: String,
    shown: Shown,
    widths: Widths,
    many_namespaces: bool,
    /// Fields take two lines.
    narrow: bool,
    stale: bool,
    rest: Pace,
    again: Pace,
    drawn: i64,
}

/// What of an app tells that something else is deployed now: revision, state of sync, an operation that
/// runs.
type Fingerprint = (Text, Text, bool);

impl DriftPane {
    /// About something on a cluster. `depth` says whether applies may be rehearsed.
    pub fn new(pointed: Pointed, depth: Depth) -> Self {
        let Pointed { cluster, about, only, name } = pointed;
        Self {
            cluster,
            about,
            only,
            name,
            depth,
            asking: None,
            app: None,
            renewing: false,
            parts: Parts::default(),
            fault: None,
            history: None,
            owns: own::Owns::default(),
            text: None,
            watch: Watch::default(),
            delivered: Vec::new(),
            rows: Vec::new(),
            scroll: Scroll::default(),
            folds: Folds::default(),
            filter: String::new(),
            shown: Shown::default(),
            widths: Widths::default(),
            many_namespaces: false,
            narrow: false,
            stale: true,
            rest: Pace::default(),
            again: Pace::default(),
            drawn: 0,
        }
    }

    /// Everything is asked anew.
    fn begin_again(&mut self, effects: &mut Vec<Effect>) {
        self.parts.leave(effects);
        let tape = std::mem::take(&mut self.parts.tape);
        self.parts = Parts::default();
        self.owns.forget_failures();
        self.parts.tape = tape;
        self.asking = None;
        self.fault = None;
        self.renewing = false;
        self.stale = true;
    }

    /// Finds out what to compare, as soon as the apps are known.
    fn ask(&mut self, ui: &mut Ui, effects: &mut Vec<Effect>) {
        if self.asking.is_none() && self.fault.is_none() {
            let Some(book) = ui.estates.get(&self.cluster).filter(|book| book.complete) else {
                return;
            };
            if let About::Word(word) = &self.about {
                match named(&book.estate, ui, self.cluster, word) {
                    Ok(subject) => self.about = About::Subjects(vec![subject]),
                    Err(fault) => {
                        self.fault = Some(fault);
                        self.stale = true;
                        return;
                    }
                }
            }
            let About::Subjects(subjects) = &self.about else { return };
            if let [Subject::App(id)] = subjects.as_slice() {
                self.app = fingerprint(ui, self.cluster, id).map(|print| (id.clone(), print));
            }
            self.asking =
                Asking::begin(ui, self.cluster, subjects, self.depth, &ui.config.drift_rules);
            self.stale = true;
        }
        self.notice_another_revision(ui);
        if let Some(asking) = &mut self.asking {
            asking.go_on(ui, self.cluster, effects);
            for piece in asking.pieces() {
                self.stale = true;
                match piece {
                    Piece::Compare(mut job) => {
                        self.owns.lend(&mut job);
                        if let Some(only) = &self.only {
                            job.only = Only::These(only.clone());
                        }
                        match self.renewing {
                            true => self.parts.renew(*job),
                            false => self.parts.add(Piece::Compare(job)),
                        }
                    }
                    piece => self.parts.add(piece),
                }
            }
        }
        self.parts.go_on(ui, effects);
    }

    /// Where something else was deployed meanwhile, the app is asked about again; what is shown stays
    /// until it is compared.
    fn notice_another_revision(&mut self, ui: &Ui) {
        let Some((id, before)) = &self.app else { return };
        let quiet = self.asking.as_ref().is_some_and(Asking::is_over) && !self.parts.is_busy();
        let now = fingerprint(ui, self.cluster, id);
        if !quiet || now.is_none() || now.as_ref() == Some(before) {
            return;
        }
        let subject = [Subject::App(id.clone())];
        self.app = now.map(|print| (id.clone(), print));
        self.renewing = !self.parts.all.is_empty();
        self.asking = Asking::begin(ui, self.cluster, &subject, self.depth, &ui.config.drift_rules);
    }

    /// Watches the kinds that are shown, and compares again what has changed.
    fn look(&mut self, ui: &mut Ui, effects: &mut Vec<Effect>) {
        if self.parts.has_other_objects() {
            let mut clusters: BTreeMap<ClusterId, Vec<&ObjectId>> = BTreeMap::new();
            for (cluster, id) in self.parts.ids() {
                clusters.entry(cluster).or_default().push(id);
            }
            let of = |(cluster, ids): (ClusterId, Vec<&ObjectId>)| (cluster, Delivery::of(ids));
            self.delivered = clusters.into_iter().map(of).collect();
        }
        let mut wanted = Vec::new();
        for (cluster, delivery) in &self.delivered {
            let Some(on) = ui.clusters.get(cluster) else { continue };
            let needs = delivered_needs(&on.catalogue, delivery);
            wanted.extend(needs.into_iter().map(|one| (*cluster, one)));
        }
        for (cluster, id, version) in self.watch.take(ui, wanted, effects) {
            self.parts.saw(cluster, id, version);
        }
        if self.parts.is_behind() && self.again.begin(AGAIN, false, ui, effects) {
            self.parts.catch_up();
            self.parts.go_on(ui, effects);
        }
    }

    /// Makes the rows anew.
    fn grow(&mut self, ui: &mut Ui) {
        self.rows = rows::rows(self, ui, self.narrow);
        self.scroll.find(&self.rows);
        self.measure();
        self.stale = false;
        ui.dirty = true;
    }

    fn measure(&mut self) {
        let mut most = [5u16, 7, 4, 12, 18];
        let mut namespace: Option<&Text> = None;
        let mut many = false;
        for row in &self.rows {
            if let (What::Object(..), Some(one)) = (&row.what, self.object_of(row)) {
                let own = cells(width(&one.id.name) + width(&one.id.kind) + 3 + 2 * row.depth);
                most[0] = most[0].max(own);
                let here = &one.id.namespace;
                many |= namespace.is_some_and(|other| other != here);
                namespace = Some(here);
            }
            let (Some(one), Some(field)) = (self.object_of(row), self.field_of(row)) else {
                continue;
            };
            let indent = 2 * row.depth + 2;
            let texts = [
                width(&field.change.path.to_string()) + indent,
                width(&told::deployed(one, field)),
                width(&told::value(field.change.live.as_ref())),
                width(&told::by(field.writer.as_ref()).0),
                width(&told::fate(field).0),
            ];
            for (held, text) in most.iter_mut().zip(texts) {
                *held = (*held).max(cells(text));
            }
        }
        self.many_namespaces = many;
        self.widths = Widths(most);
    }

    fn current(&self) -> Option<&Row> {
        self.rows.get(self.scroll.at())
    }

    /// The object that a row is about.
    fn object_of(&self, row: &Row) -> Option<&ObjectDrift> {
        match row.what {
            What::Object(part, at) | What::Note(part, at) | What::Field(part, at, _) => {
                self.parts.all.get(part)?.drift.objects.get(at)
            }
            What::App(_) | What::Words(..) => None,
        }
    }

    /// The field that a row is about.
    fn field_of(&self, row: &Row) -> Option<&Field> {
        match row.what {
            What::Field(_, _, number) => self.object_of(row)?.fields.get(number),
            _ => None,
        }
    }

    /// The selected object, where the server serves its kind.
    fn selected_object(&self, ui: &Ui) -> Option<(ObjRef, Resource)> {
        let row = self.current()?;
        let part = match row.what {
            What::Object(part, _) | What::Note(part, _) | What::Field(part, ..) => part,
            What::App(_) | What::Words(..) => return None,
        };
        let cluster = self.parts.all.get(part)?.cluster;
        let id = &self.object_of(row)?.id;
        let catalogue = &ui.clusters.get(&cluster)?.catalogue;
        let resource = catalogue.by_kind(&id.group, &id.kind)?;
        if resource.gvr.group != id.group {
            return None;
        }
        let object = ObjRef {
            cluster,
            gvr: resource.gvr.clone(),
            kind: resource.kind.clone(),
            namespace: if resource.namespaced { id.namespace.clone() } else { Text::new() },
            name: id.name.clone(),
            uid: Text::new(),
        };
        Some((object, resource.clone()))
    }
}

fn fingerprint(ui: &Ui, cluster: ClusterId, id: &AppId) -> Option<Fingerprint> {
    let app = ui.app(cluster, id)?;
    Some((app.revision.clone(), app.sync.word.clone(), app.running))
}

/// What a word of the command line names: an app, else a namespace.
fn named(
    estate: &crate::apps::Estate,
    ui: &Ui,
    cluster: ClusterId,
    word: &str,
) -> Result<Subject, Fault> {
    let input = |why: String| Fault::new(FaultKind::Input, format!(":drift {word}"), why);
    let apps: Vec<&AppId> = estate
        .apps()
        .filter(|app| app.folded_into.is_none())
        .map(|app| &app.id)
        .filter(|id| id.name == word || format!("{id}") == word)
        .collect();
    match apps.as_slice() {
        [one] => return Ok(Subject::App((*one).clone())),
        [] => {}
        several => {
            let names: Vec<String> = several.iter().map(ToString::to_string).collect();
            let why = format!("several apps have this name: {}", names.join(", "));
            return Err(input(why).hint("say it with its engine"));
        }
    }
    let namespace = estate.apps().any(|app| app.target == word || app.id.namespace == word)
        || ui
            .clusters
            .get(&cluster)
            .is_some_and(|on| on.favourites.iter().any(|name| name == word));
    if namespace || crate::ui::goto::scope(word).is_ok() {
        return Ok(Subject::Namespace(word.into()));
    }
    Err(input("no app and no namespace has this name".to_owned()))
}

impl View for DriftPane {
    fn cluster(&self) -> Option<ClusterId> {
        Some(self.cluster)
    }

    fn step(&self) -> String {
        match &self.text {
            Some(TextView { of: Some((_, id)), .. }) => {
                format!("{} drift › {}", self.name, super::page::clean(&id.to_string()))
            }
            Some(_) => format!("{} drift as text", self.name),
            None => format!("{} drift", self.name),
        }
    }

    fn title(&self, ui: &Ui) -> Vec<(String, Style)> {
        let theme = &ui.config.theme;
        let mut parts = vec![(format!(" drift of {} ", self.name), theme.style(Look::Title))];
        let drifted: usize = self.parts.all.iter().map(|part| part.drift.tally().drifted).sum();
        parts.push((format!("[{drifted}] "), theme.style(Look::TitleCount)));
        if !self.filter.is_empty() {
            parts.push((format!("/{} ", self.filter), theme.style(Look::Match)));
        }
        let denied = self.watch.denied(ui);
        if !denied.is_empty() {
            let words = format!("not live: may not watch {} ", denied.join(", "));
            parts.push((words, theme.style(Look::Warning)));
        }
        parts
    }

    fn contexts(&self) -> Vec<Context> {
        self.key_contexts()
    }

    fn refusal(&self, ui: &Ui, command: Command) -> Option<Refusal> {
        self.refused(ui, command)
    }

    fn command(&mut self, ui: &mut Ui, command: Command, effects: &mut Vec<Effect>) {
        self.carry_out(ui, command, effects);
    }

    fn escape(&mut self, _ui: &mut Ui) -> bool {
        self.stale = true;
        if let Some(text) = &mut self.text {
            if std::mem::take(&mut text.needle).is_empty() {
                self.text = None;
            }
            return true;
        }
        !std::mem::take(&mut self.filter).is_empty()
    }

    fn typed(&mut self, _ui: &mut Ui, line: &str, _accepted: bool) -> Result<(), (usize, String)> {
        if let Some(text) = &mut self.text {
            text.needle = line.to_lowercase();
            text.find(true, true);
            return Ok(());
        }
        line.clone_into(&mut self.filter);
        self.stale = true;
        Ok(())
    }

    fn answer(
        &mut self,
        ui: &mut Ui,
        ticket: Ticket,
        answer: &Result<Answer, Fault>,
        _effects: &mut Vec<Effect>,
    ) -> bool {
        if self.tell_history(ui, ticket, answer) {
            return true;
        }
        let Some(asking) = &mut self.asking else { return false };
        asking.answer(ui, self.cluster, ticket, answer)
    }

    fn compared(
        &mut self,
        ui: &mut Ui,
        ticket: Ticket,
        news: &mut Vec<News>,
        _effects: &mut Vec<Effect>,
    ) -> bool {
        let own = self.parts.take(ticket, news, ui.now);
        self.stale |= own;
        own
    }

    fn opened(&mut self, stream: StreamId, spec: &StreamSpec) -> bool {
        self.own_opened(stream, spec)
    }

    fn stream(
        &mut self,
        ui: &mut Ui,
        stream: StreamId,
        event: &mut StreamEvent,
        effects: &mut Vec<Effect>,
    ) -> bool {
        match event {
            StreamEvent::Cache(event) => self.own_came(ui, stream, event, effects),
            _ => false,
        }
    }

    fn woke(&mut self, ticket: Ticket) -> bool {
        self.again.woke(ticket) || self.rest.woke(ticket)
    }

    fn is_list(&self) -> bool {
        true
    }

    fn selection(&self, ui: &Ui) -> Selection {
        self.selected_object(ui)
            .map_or(Selection::Nothing, |(object, _)| Selection::Object(object, None))
    }

    fn needs_apps(&self) -> bool {
        true
    }

    fn note(&self, _ui: &Ui) -> Option<Note> {
        Some(self.noted())
    }

    fn settle(&mut self, ui: &mut Ui, area: Rect, effects: &mut Vec<Effect>) -> Vec<SubId> {
        self.ask(ui, effects);
        self.look(ui, effects);
        let narrow = area.width < ROOMY;
        if narrow != self.narrow {
            self.narrow = narrow;
            self.stale = true;
        }
        let many = self.rows.len() > MANY && self.parts.is_busy();
        if self.stale && (!many || self.rest.begin(REST, false, ui, effects)) {
            self.grow(ui);
        }
        if self.next_due(ui).is_some_and(|due| due <= ui.now) {
            ui.dirty = true;
        }
        if ui.dirty {
            self.drawn = ui.now;
        }
        let window = self.window(ui, area);
        self.scroll.resize(window.height);
        self.scroll.show(&self.rows);
        if let Some(text) = &mut self.text {
            let noise = self.shown.noise;
            let parts = &self.parts.all;
            let differing = parts.iter().flat_map(|part| {
                let objects = part.drift.objects.iter();
                objects.map(|one| (part.cluster, one))
            });
            ui.dirty |= text.take(differing, noise);
            text.settle(window.height);
        }
        self.watch.subs()
    }

    fn next_due(&self, _ui: &Ui) -> Option<i64> {
        Some(self.drawn + 30)
    }

    fn sub(&self) -> Option<SubId> {
        self.watch.subs().first().copied()
    }

    fn draw(&self, ui: &Ui, area: Rect, buf: &mut Buffer) -> Option<(u16, u16)> {
        self.paint(ui, area, buf);
        None
    }

    fn scroll(&self) -> Option<(usize, usize)> {
        Some(match &self.text {
            Some(text) => text.scroll(),
            None => (self.scroll.top(), self.rows.len()),
        })
    }

    fn step_by(&mut self, ui: &mut Ui, lines: isize) {
        match &mut self.text {
            Some(text) => text.step(lines),
            None => self.scroll.step(lines, &self.rows),
        }
        ui.dirty = true;
    }

    fn click(&mut self, ui: &mut Ui, _column: u16, row: u16, effects: &mut Vec<Effect>) {
        let area = crate::ui::widgets::frame::layout_of(ui).inner;
        let window = self.window(ui, area);
        let line = (area.y + row).checked_sub(window.y);
        if let Some(text) = &mut self.text {
            text.click(usize::from(line.unwrap_or(0)));
            ui.dirty = true;
            return;
        }
        let Some(at) = line.and_then(|line| self.scroll.row_at(line, &self.rows)) else { return };
        if at == self.scroll.at() {
            return self.carry_out(ui, Command::DriftFold, effects);
        }
        self.scroll.go(at, &self.rows);
        ui.dirty = true;
    }

    fn leave(&mut self, effects: &mut Vec<Effect>) {
        self.owns.leave(effects);
        self.parts.leave(effects);
    }

    fn is_complete(&self) -> bool {
        let asked = self.asking.as_ref().is_some_and(Asking::is_over);
        self.fault.is_some() || (asked && !self.parts.is_busy() && !self.stale)
    }
}
