//! The page of one app: how it is, what it delivers and what that owns down to pods, then what is known
//! about it, and what was deployed before.
//!
//! Nothing is asked about single objects: the engine's own object is read when its row among the apps
//! changed, and everything below comes from one watch for each kind and namespace.

mod compare;
mod drift;
mod keys;
mod paint;
mod reading;
mod rolls;
mod rows;
mod told;

use super::cursor::Cursor;
use super::drift::Pointed;
use super::feed::Feed;
use super::view::View;
use crate::apps::family::{Kin, kin};
use crate::apps::{self, App, Destination, Page};
use crate::drift::News;
use crate::model::{
    Answer, AppId, Catalogue, ClusterId, Fault, ObjRef, Resource, SubId, Text, Ticket, Tone,
};
use crate::relations::{
    Delivery, Folds, Graph, Neighbour, ObjectId, Wanted, around, around_needs, delivery_needs,
};
use crate::ui::commands::{Command, Context};
use crate::ui::pace::Pace;
use crate::ui::side::Selection;
use crate::ui::theme::Scope as Look;
use crate::ui::usable::Refusal;
use crate::ui::{Effect, Ui};
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;
pub(super) use reading::Answers;
use reading::{Comparison, Reading};
use rows::{Part, Row, What};

/// Shortest time between two reads of an app that keeps changing, in milliseconds.
const AGAIN: u64 = 500;
/// With more rows than this they are not made anew more often than every [`REST`] milliseconds.
const MANY: usize = 1_000;
/// See [`MANY`].
const REST: u64 = 200;

/// Where the objects of an app are looked for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
enum Whereabouts {
    /// On the cluster of the app itself.
    #[default]
    Here,
    /// On another cluster of this session.
    On(ClusterId, Text),
    /// On the cluster of a context that is not connected yet.
    Context(Text),
    /// On a cluster that no context leads to: its server or name.
    Nowhere(Text),
}

/// State of the pane.
#[derive(Debug)]
pub struct AppPane {
    cluster: ClusterId,
    id: AppId,
    /// As it was seen last.
    app: Option<App>,
    /// It was there, and is not any more.
    gone: bool,
    /// What its engine told; None while that is read for the first time.
    page: Option<Page>,
    /// Version of what the page was made from.
    version: Option<u64>,
    reading: Option<Reading>,
    again: Pace,
    /// How its objects differ from what was deployed.
    marks: drift::Marks,
    delivery: Delivery,
    whereabouts: Whereabouts,
    feed: Feed,
    /// How its workloads roll out.
    rolls: rolls::Rolls,
    /// What the objects use and what leads to them, where the page does not tell of it.
    around: Vec<Neighbour>,
    /// What has to be watched for that; None where it has to be thought about again.
    wanted: Option<Vec<Wanted>>,
    kin: Kin,
    /// Revision of the apps that was looked at last.
    apps: Option<u64>,
    rows: Vec<Row>,
    cursor: Cursor,
    folds: Folds,
    filter: String,
    /// The part to begin with, until it is there.
    begins: Option<Part>,
    /// What was deployed before and is marked, to be compared with another.
    marked: Option<Text>,
    comparison: Option<Comparison>,
    stale: bool,
    rest: Pace,
    complete: bool,
    /// When its ages were drawn last.
    drawn: i64,
}

impl AppPane {
    /// Of this app.
    pub fn new(cluster: ClusterId, id: AppId) -> Self {
        Self {
            cluster,
            id,
            app: None,
            gone: false,
            page: None,
            version: None,
            reading: None,
            again: Pace::default(),
            marks: drift::Marks::default(),
            delivery: Delivery::default(),
            whereabouts: Whereabouts::Here,
            feed: Feed::new(cluster),
            rolls: rolls::Rolls::default(),
            around: Vec::new(),
            wanted: None,
            kin: Kin::default(),
            apps: None,
            rows: Vec::new(),
            cursor: Cursor::below(1),
            folds: Folds::default(),
            filter: String::new(),
            begins: None,
            marked: None,
            comparison: None,
            stale: true,
            rest: Pace::default(),
            complete: false,
            drawn: 0,
        }
    }

    /// The same, beginning with what was deployed before.
    #[must_use]
    pub fn at_history(mut self) -> Self {
        self.begins = Some(Part::History);
        self
    }

    /// Takes in what changed among the apps.
    fn look(&mut self, ui: &Ui) {
        let Some(book) = ui.estates.get(&self.cluster) else { return };
        if self.apps == Some(book.revision) {
            return;
        }
        self.apps = Some(book.revision);
        let now = book.estate.app(&self.id).cloned();
        // What was seen last stays to be read.
        self.gone = now.is_none() && book.complete;
        if now.is_some() {
            self.app = now;
        }
        self.kin = kin(&book.estate, &self.id);
        self.stale = true;
    }

    /// Where the objects are, as far as contexts tell.
    fn find_objects(&mut self, ui: &Ui) {
        let Some(app) = &self.app else { return };
        let found = match &app.destination {
            Destination::Here => Whereabouts::Here,
            Destination::Named(name) => Whereabouts::Nowhere(name.clone()),
            Destination::Server(server) => {
                let context = app.destination.context("", &ui.contexts);
                let known = ui.clusters.values().find(|on| on.context == context);
                match known {
                    _ if context.is_empty() => Whereabouts::Nowhere(server.clone()),
                    Some(on) => Whereabouts::On(on.id, context),
                    None => Whereabouts::Context(context),
                }
            }
        };
        if found == self.whereabouts {
            return;
        }
        let cluster = match &found {
            Whereabouts::On(cluster, _) => *cluster,
            _ => self.cluster,
        };
        self.feed = Feed::new(cluster);
        self.rolls.forget();
        self.whereabouts = found;
        self.wanted = None;
        self.stale = true;
    }

    /// Reads the app where what it is made of has changed since its page was made.
    fn read(&mut self, ui: &mut Ui, effects: &mut Vec<Effect>) {
        if self.reading.is_some() || self.gone {
            return;
        }
        let (Some(app), Some(engine)) = (&self.app, apps::engine(self.id.engine)) else { return };
        let Some(book) = ui.estates.get(&self.cluster) else { return };
        let version = book.estate.version(&self.id);
        if self.version == Some(version) {
            return;
        }
        let reads = engine.page_reads(app, &book.estate);
        if !self.again.begin(AGAIN, false, ui, effects) {
            return;
        }
        let answers = Answers::ask(reads, self.cluster, ui, effects);
        self.reading = Some(Reading { version, answers });
        self.finish_reading(ui);
    }

    /// Makes the page once every answer is there.
    fn finish_reading(&mut self, ui: &Ui) {
        let whole = |reading: &mut Reading| reading.answers.is_whole();
        let Some(reading) = self.reading.take_if(whole) else { return };
        self.version = Some(reading.version);
        let (Some(app), Some(engine)) = (&self.app, apps::engine(self.id.engine)) else { return };
        let Some(book) = ui.estates.get(&self.cluster) else { return };
        let page = engine.page(app, &book.estate, &reading.answers.all(), ui.now);
        self.take(page);
    }

    /// Shows what the engine told.
    pub(in crate::ui) fn take(&mut self, page: Page) {
        let page = page.cleaned();
        self.delivery = Delivery::of(page.objects.iter().map(|object| &object.id));
        self.page = Some(page);
        self.rolls.forget();
        self.wanted = None;
        self.marks.forget();
        self.stale = true;
    }

    /// Subscribes to what was delivered and what it owns, and takes in what changed there.
    fn feed(&mut self, ui: &mut Ui, effects: &mut Vec<Effect>) {
        // Before the app is known, nobody knows where its objects are.
        let known = self.app.is_some();
        if !known || !matches!(self.whereabouts, Whereabouts::Here | Whereabouts::On(..)) {
            return;
        }
        if self.take_in(ui, effects) && self.page.as_ref().is_some_and(|page| page.around) {
            // What came names more, which is asked for at once.
            self.take_in(ui, effects);
        }
    }

    fn take_in(&mut self, ui: &mut Ui, effects: &mut Vec<Effect>) -> bool {
        let (delivery, wanted) = (&self.delivery, self.wanted.take());
        let roots = self.roots();
        let mut made = Vec::new();
        let all = |catalogue: &Catalogue, graph: &Graph| {
            // What stands around is looked for anew only when something changed.
            made = wanted.unwrap_or_else(|| around_needs(catalogue, graph, &roots));
            let mut all = delivery_needs(catalogue, delivery);
            all.extend(made.iter().filter(|one| !all.contains(one)).cloned().collect::<Vec<_>>());
            all
        };
        let news = self.feed.take(ui, all, effects);
        if news {
            self.marks.forget();
            self.stale = true;
        }
        self.wanted = (!news).then_some(made);
        news
    }

    /// The objects around which is looked for more; none where the engine tells what belongs to it.
    fn roots(&self) -> Vec<ObjectId> {
        let page = self.page.iter().filter(|page| page.around);
        page.flat_map(|page| &page.objects).map(|object| object.id.clone()).collect()
    }

    /// Makes the rows anew.
    fn grow(&mut self, ui: &mut Ui) {
        self.around = around(&self.feed.graph, &self.roots());
        self.rows = rows::rows(self, ui);
        self.cursor.find(self.rows.iter().map(|row| row.place));
        self.stale = false;
        ui.dirty = true;
        if let Some(part) = self.begins
            && self.page.is_some()
        {
            self.begins = None;
            self.go_to_part(part);
        }
    }

    fn go_to_part(&mut self, part: Part) -> bool {
        let heading = |row: &Row| matches!(&row.what, What::Heading(of, _) if *of == part);
        let Some(at) = self.rows.iter().position(heading) else { return false };
        // The first line of it is what one came for; its heading stands above it.
        self.cursor.go(at + 1, self.rows.iter().map(|row| row.place));
        self.cursor.lift(1, self.rows.len());
        true
    }

    fn current(&self) -> Option<&Row> {
        self.rows.get(self.cursor.at())
    }

    /// The object that a row is about.
    fn object_of<'r>(&'r self, row: &'r Row) -> Option<&'r ObjectId> {
        match &row.what {
            What::Delivered(at) => Some(&self.page.as_ref()?.objects.get(*at)?.id),
            What::Owned(id) => Some(id),
            What::Around(at) => Some(&self.around.get(*at)?.id),
            What::Fact(at) => match self.page.as_ref()?.facts.get(*at)?.leads_to.as_ref()? {
                apps::page::Target::Object(id) => Some(id),
                apps::page::Target::App(_) => None,
            },
            _ => None,
        }
    }

    /// The app that a row is about, other than the page's own.
    fn app_of(&self, row: &Row) -> Option<AppId> {
        match &row.what {
            What::Kin(_, id) => Some(id.clone()),
            What::Fact(at) => match self.page.as_ref()?.facts.get(*at)?.leads_to.as_ref()? {
                apps::page::Target::App(id) => Some(id.clone()),
                apps::page::Target::Object(id) => apps::family::of_object(id),
            },
            What::Delivered(_) => apps::family::of_object(self.object_of(row)?),
            _ => None,
        }
    }

    /// The cluster where the object of a row is; None where it cannot be looked at.
    fn cluster_of(&self, row: &Row) -> Option<ClusterId> {
        match (&row.what, &self.whereabouts) {
            // What facts name is beside the app itself: sources, parents.
            (What::Fact(_) | What::App, _) | (_, Whereabouts::Here) => Some(self.cluster),
            (_, Whereabouts::On(cluster, _)) => Some(*cluster),
            _ => None,
        }
    }

    /// The objects that the app delivers on the cluster where they are, as far as that serves them;
    /// None where that is not connected.
    fn delivered_objects(&self, ui: &Ui) -> Option<(ClusterId, Vec<ObjRef>)> {
        let cluster = match &self.whereabouts {
            Whereabouts::Here => &self.cluster,
            Whereabouts::On(cluster, _) => cluster,
            Whereabouts::Context(_) | Whereabouts::Nowhere(_) => return None,
        };
        let catalogue = &ui.clusters.get(cluster)?.catalogue;
        let objects = self.page.iter().flat_map(|page| &page.objects);
        let there = objects.filter(|one| one.hook.is_empty() && !one.prune).filter_map(|one| {
            let ObjectId { group, kind, namespace, name } = one.id.clone();
            let resource = catalogue.by_kind(&group, &kind).filter(|one| one.gvr.group == group)?;
            let (gvr, kind) = (resource.gvr.clone(), resource.kind.clone());
            Some(ObjRef { cluster: *cluster, gvr, kind, namespace, name, uid: Text::new() })
        });
        Some((*cluster, there.collect()))
    }

    /// The same where that is another cluster.
    fn delivered_there(&self, ui: &Ui) -> Option<Vec<ObjRef>> {
        let Whereabouts::On(..) = &self.whereabouts else { return None };
        Some(self.delivered_objects(ui)?.1)
    }

    /// The selected object, where the server serves its kind.
    fn selected_object(&self, ui: &Ui) -> Option<(ObjRef, Resource)> {
        let row = self.current()?;
        let cluster = self.cluster_of(row)?;
        let catalogue = &ui.clusters.get(&cluster)?.catalogue;
        let of_app = |id: &AppId| ui.app(self.cluster, id).and_then(|app| app.object.clone());
        let own = match &row.what {
            What::App => self.app.as_ref().and_then(|app| app.object.clone()),
            What::Kin(_, id) => of_app(id),
            _ => None,
        };
        if let Some(object) = own {
            let resource = catalogue.get(&object.gvr)?.clone();
            return Some((object, resource));
        }
        let id = self.object_of(row)?;
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

impl View for AppPane {
    fn cluster(&self) -> Option<ClusterId> {
        Some(self.cluster)
    }

    fn step(&self) -> String {
        super::page::clean(&self.id.name)
    }

    fn title(&self, ui: &Ui) -> Vec<(String, Style)> {
        let theme = &ui.config.theme;
        let engine = self.id.engine.label();
        let mut parts = vec![(
            format!(" {engine} {} ", super::page::clean(&self.id.name)),
            theme.style(Look::Title),
        )];
        if let Some(page) = self.page.as_ref().filter(|page| !page.objects.is_empty()) {
            let count = format!("[{}] ", page.objects.len());
            parts.push((count, theme.style(Look::TitleCount)));
        }
        if !self.filter.is_empty() {
            parts.push((format!("/{} ", self.filter), theme.style(Look::Match)));
        }
        let denied = self.feed.denied(ui);
        if !denied.is_empty() {
            let words = format!("not allowed to read {} ", denied.join(", "));
            parts.push((words, theme.style(Look::Warning)));
        }
        if self.gone {
            parts.push(("gone ".to_owned(), theme.tone(Tone::Bad)));
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
        !std::mem::take(&mut self.filter).is_empty()
    }

    fn typed(&mut self, _ui: &mut Ui, line: &str, _accepted: bool) -> Result<(), (usize, String)> {
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
        let what = format!("read {}", self.id);
        let takes = |answers: &mut Answers| answers.take(ticket, answer, &what);
        if self.reading.as_mut().is_some_and(|reading| takes(&mut reading.answers)) {
            self.finish_reading(ui);
            return true;
        }
        let comparing = self.comparison.as_mut().and_then(|one| one.answers.as_mut());
        if comparing.is_some_and(takes) {
            self.finish_comparing();
            return true;
        }
        false
    }

    fn compared(
        &mut self,
        ui: &mut Ui,
        ticket: Ticket,
        news: &mut Vec<News>,
        _effects: &mut Vec<Effect>,
    ) -> bool {
        let own = self.marks.take(ticket, news);
        ui.dirty |= own;
        own
    }

    fn leave(&mut self, effects: &mut Vec<Effect>) {
        self.marks.leave(effects);
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

    fn points_at(&self, _ui: &Ui) -> Option<Pointed> {
        self.pointed_at()
    }

    fn needs_apps(&self) -> bool {
        true
    }

    fn settle(&mut self, ui: &mut Ui, area: Rect, effects: &mut Vec<Effect>) -> Vec<SubId> {
        self.look(ui);
        self.find_objects(ui);
        self.read(ui, effects);
        self.feed(ui, effects);
        self.look_at_rollouts(ui, effects);
        // A thousand rows made anew for every pod that changes would leave no time for keys.
        let many = self.rows.len() > MANY && self.complete;
        if self.stale && (!many || self.rest.begin(REST, false, ui, effects)) {
            self.grow(ui);
        }
        let known = self.feed.is_complete(ui) && self.rolls.is_complete(ui);
        let complete = self.page.is_some() && known;
        if complete != self.complete {
            self.complete = complete;
            ui.dirty = true;
        }
        self.compare_objects(ui, effects);
        if self.next_due(ui).is_some_and(|due| due <= ui.now) {
            ui.dirty = true;
        }
        if ui.dirty {
            self.drawn = ui.now;
        }
        self.cursor.resize(self.window(ui, area).height);
        self.cursor.show(self.rows.len());
        self.feed.subs().into_iter().chain(self.rolls.subs()).collect()
    }

    fn next_due(&self, _ui: &Ui) -> Option<i64> {
        let running = self.app.as_ref().is_some_and(|app| app.running);
        let ages = self.drawn + if running { 1 } else { 30 };
        let others = [self.marks.next_due(), self.rolls.next_due()];
        Some(others.into_iter().flatten().fold(ages, i64::min))
    }

    fn sub(&self) -> Option<SubId> {
        self.feed.subs().first().copied()
    }

    fn draw(&self, ui: &Ui, area: Rect, buf: &mut Buffer) -> Option<(u16, u16)> {
        self.paint(ui, area, buf);
        None
    }

    fn scroll(&self) -> Option<(usize, usize)> {
        Some((self.cursor.top().saturating_sub(1), self.rows.len().saturating_sub(1)))
    }

    fn step_by(&mut self, ui: &mut Ui, lines: isize) {
        self.cursor.step(lines, self.rows.iter().map(|row| row.place));
        ui.dirty = true;
    }

    fn click(&mut self, ui: &mut Ui, _column: u16, row: u16, effects: &mut Vec<Effect>) {
        let area = crate::ui::widgets::frame::layout_of(ui).inner;
        let window = self.window(ui, area);
        let at = match (area.y + row).checked_sub(window.y) {
            Some(row) if row < window.height => self.cursor.line_at(row),
            // The head is the app itself.
            _ => 0,
        };
        if at == self.cursor.at() && at > 0 {
            return self.carry_out(ui, Command::TreeOpen, effects);
        }
        if at < self.rows.len() {
            self.cursor.go(at, self.rows.iter().map(|row| row.place));
            ui.dirty = true;
        }
    }

    fn is_complete(&self) -> bool {
        !self.stale && (self.complete && !self.marks.is_pending() || self.gone)
    }
}
