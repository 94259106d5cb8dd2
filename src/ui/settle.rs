//! After a batch of messages: brings what is on screen up to date, and finds out whether a frame is due.

use super::access::Permission;
use super::panes::Pane;
use super::panes::browse::{Browse, Rows, Source, What};
use super::session::Cluster;
use super::widgets::{columns, frame};
use super::{Effect, Overlay, Ui, app_groups, forwards, lists};
use crate::apps::Counts;
use crate::model::{
    Answer, ColumnSource, Fault, FaultKind, LinkState, Schema, Scope, SubId, Ticket, WatchState,
};

/// What the last settled state looked like, beyond the rows: a change of it is worth a frame.
#[derive(Debug, Default, PartialEq)]
pub struct Seen {
    sub: Option<SubId>,
    figures: Figures,
    state: Option<WatchState>,
    skipped: u64,
    complete: bool,
    metrics: u64,
    version: u64,
    /// Whether all kinds that the list of apps is made of have told, and how many may not be read.
    apps: Option<(bool, usize)>,
}

/// Counts in titles and in the header. On a busy cluster they change with every batch while no row
/// on screen does: nobody reads them that fast, so that they are worth few frames.
#[derive(Debug, Default, PartialEq)]
struct Figures {
    rows: usize,
    /// Of them in the view.
    shown: usize,
    apps: Option<Counts>,
}

/// Between two frames that only [`Figures`] are worth, ms.
const FIGURES: u64 = 250;

impl Ui {
    /// Brings the pane on screen up to date. Call it after each batch of messages, then draw if
    /// `dirty`.
    pub fn settle(&mut self, now: i64) -> Vec<Effect> {
        self.now = now;
        let mut effects = Vec::new();
        self.close_editors();
        let apps = self.settle_apps(&mut effects);
        self.go_to_found_app();
        let layout = frame::layout_of(self);
        let Some(mut pane) = self.panes.pop() else { return effects };
        if let Some(cluster) = pane.cluster() {
            self.here = cluster;
        }
        let height = layout.rows();
        let mut wanted = apps;
        match &mut pane {
            Pane::Browse(browse) => {
                self.provide(browse, &mut effects);
                wanted.extend(browse.sub);
                self.settle_table(browse, height);
                if self.make_room(browse, layout.inner.width) {
                    self.settle_table(browse, height);
                }
                self.want_metrics(browse, &mut effects);
            }
            Pane::Text(text) => {
                text.settle(layout.text_rows());
                wanted.extend(text.sub);
            }
            Pane::View(view) => {
                wanted.extend(view.settle(self, layout.inner, &mut effects));
            }
        }
        self.panes.push(pane);
        self.settle_edits(&mut effects);
        wanted.extend(self.settle_side(&mut effects));
        self.settle_theme(&mut effects);
        self.look_for_hazards(&mut effects);
        self.count_drift(&mut effects);
        effects.append(&mut self.owed);
        self.notice_changes(&mut effects);
        self.settle_dialog(&mut effects);
        wanted.extend(self.settle_tour(&mut effects));
        self.open_waiting_sequels(&mut effects);
        self.notice_closing(&mut effects);
        self.subs.tend(&wanted, now, &mut effects);
        self.leave_unused_clusters(&mut effects);
        if self.dirty {
            // What was said goes away by itself, and shows what came of an action meanwhile.
            let dues =
                [self.next_clock_tick(), self.messages.next_due(now), self.actions.next_due(now)];
            self.clock_due = dues.into_iter().flatten().min();
        }
        effects
    }

    /// Whether the pane on screen has more to do as soon as nothing else is waiting.
    pub fn has_work(&self) -> bool {
        matches!(self.panes.last(), Some(Pane::View(view)) if view.has_work())
            || self.side_has_work()
    }

    /// When something has to be looked at again though nothing happens, Unix seconds.
    pub fn next_due(&self) -> Option<i64> {
        let view = match self.panes.last() {
            Some(Pane::View(view)) => view.next_due(self),
            _ => None,
        };
        [
            view,
            self.side_due(),
            self.hazards_due(),
            self.clock_due,
            self.messages.next_due(self.now),
            self.actions.next_due(self.now),
            self.subs.next_due(),
            self.edits_due(),
        ]
        .into_iter()
        .flatten()
        .min()
    }

    /// Gives a table its subscription, or makes its local rows anew.
    fn provide(&mut self, browse: &mut Browse, effects: &mut Vec<Effect>) {
        if let Some(need) = browse.need() {
            let known =
                browse.sub.and_then(|sub| self.subs.get(sub)).is_some_and(|sub| sub.need == need);
            if !known {
                browse.sub = Some(self.subs.want(&need, effects));
            }
            return;
        }
        let here = self.cluster();
        let revision = match browse.what {
            What::Contexts => {
                let connected = u64::try_from(self.clusters.len()).unwrap_or(0);
                (self.contexts_revision * 100 + connected) * 1000 + u64::from(self.here.0)
            }
            What::Kinds => {
                here.map_or(0, |cluster| cluster.revision) * 1000 + u64::from(self.here.0)
            }
            What::Messages => self.messages.revision,
            What::Actions => self.actions.revision,
            What::Forwards => self.forwards.revision,
            What::Plugins => self.config_revision * 1000 + u64::from(self.here.0),
            What::AppGroups(ref apps, _) => {
                self.estates.get(&apps.cluster).map_or(0, |book| book.revision)
            }
            What::Objects(_) | What::Apps(_) => return,
        };
        if browse.local.as_ref().is_some_and(|local| local.revision == revision) {
            return;
        }
        let local = match browse.what {
            What::Contexts => {
                let name = here.map_or("", |cluster| cluster.context.as_str());
                let connected: Vec<_> = self.clusters.values().map(Cluster::as_context).collect();
                lists::contexts(&self.contexts, &connected, name, revision)
            }
            What::Kinds => {
                let own = self.config.settings.aliases.iter().cloned();
                let k9s = self.config.k9s.aliases.iter();
                let k9s = k9s.map(|alias| (alias.name.clone(), alias.line.clone()));
                let aliases: Vec<(String, String)> = own.chain(k9s).collect();
                lists::kinds(
                    here.map_or(&[], |cluster| cluster.catalogue.all()),
                    &aliases,
                    revision,
                )
            }
            What::Messages => lists::messages(&self.messages),
            What::Actions => lists::actions(&self.actions),
            What::Forwards => forwards::table(&self.forwards),
            What::Plugins => lists::plugins(self.user_commands(), &self.config.keymap, revision),
            What::AppGroups(ref apps, by) => {
                let Some(book) = self.estates.get(&apps.cluster) else { return };
                app_groups::table(book, by, revision)
            }
            What::Objects(_) | What::Apps(_) => return,
        };
        browse.local = Some(local);
        browse.forget_built();
        self.dirty = true;
    }

    fn settle_table(&mut self, browse: &mut Browse, height: usize) {
        let now = self.now;
        if let Some(local) = browse.local.take() {
            let source = Source { table: &local.table, schema: &local.schema, metrics: None };
            self.dirty |= browse.settle(source, &local.schema, &[], 0, height, now);
            browse.arriving = false;
            if self.dirty {
                columns::measure(browse, source, height, now);
            }
            browse.local = Some(local);
            return;
        }
        if let What::Apps(apps) = &browse.what {
            let cluster = apps.cluster;
            return self.settle_app_table(cluster, browse, height);
        }
        let Some(id) = browse.sub else { return };
        let Some(sub) = self.subs.get_mut(id) else { return };
        let Some(schema) = sub.schema.clone() else { return };
        let (changed, from, to) = sub.drain();
        if !browse.has_seen(Rows::Sub(id), from) {
            // Others took changes of this table meanwhile.
            browse.forget_built();
        }
        let Some(sub) = self.subs.get(id) else { return };
        let cluster = self.clusters.get(&sub.need.cluster);
        let metrics = cluster.and_then(|cluster| cluster.metrics(&sub.need));
        browse.usage = cluster.is_some_and(|cluster| cluster.has_usage(&sub.need));
        let source = Source { table: &sub.table, schema: &schema, metrics };
        let revision = cluster.map_or(0, |cluster| cluster.metrics_revision);
        let visible = browse.settle(source, &schema, &changed, revision, height, now);
        browse.saw(Rows::Sub(id), to);
        browse.arriving = !sub.complete;
        self.dirty |= visible;
        // Live figures come without any row changing.
        self.dirty |= revision != self.last_seen.metrics && shows_metrics(&schema);
        if self.dirty {
            columns::measure(browse, source, height, now);
        }
        self.check_filter(browse, &schema);
    }

    fn settle_app_table(
        &mut self,
        cluster: crate::model::ClusterId,
        browse: &mut Browse,
        height: usize,
    ) {
        let now = self.now;
        let Some(book) = self.estates.get_mut(&cluster) else { return };
        let (changed, from, to) = book.drain();
        if !browse.has_seen(Rows::Apps(cluster), from) {
            browse.forget_built();
        }
        let schema = std::sync::Arc::clone(&book.schema);
        let source = Source { table: book.estate.table(), schema: &schema, metrics: None };
        let visible = browse.settle(source, &schema, &changed, 0, height, now);
        browse.saw(Rows::Apps(cluster), to);
        self.dirty |= visible;
        browse.arriving = !book.complete;
        if self.dirty {
            columns::measure(browse, source, height, now);
        }
        self.check_filter(browse, &schema);
    }

    /// Whether there is room for wide columns, judged anew; true when that changed.
    fn make_room(&self, browse: &mut Browse, width: u16) -> bool {
        let Some(source) = self.source(browse) else { return false };
        let placed = columns::place(browse, source.schema, Self::one_namespace(browse), width);
        let roomy = placed.iter().any(|at| source.schema.columns[at.column].wide) && !browse.wide;
        std::mem::replace(&mut browse.roomy, roomy) != roomy
    }

    /// A filter that came with a command line meets its columns only now.
    fn check_filter(&mut self, browse: &mut Browse, schema: &Schema) {
        if !browse.unchecked {
            return;
        }
        browse.unchecked = false;
        if let Err(error) = browse.query().check(schema) {
            self.fault(&Fault::new(
                FaultKind::Input,
                format!("filter /{}", browse.filter),
                error.message,
            ));
        }
    }

    fn want_metrics(&mut self, browse: &Browse, effects: &mut Vec<Effect>) {
        let sub = browse.sub.and_then(|id| self.subs.get(id));
        let shown =
            sub.and_then(|sub| Some((&sub.need.gvr, sub.schema.as_deref()?, &sub.need.scope)));
        if let Some(cluster) = self.clusters.get_mut(&self.here) {
            cluster.want_metrics(shown, effects);
        }
    }

    /// Counts and states in titles change without any row on screen changing.
    fn notice_changes(&mut self, effects: &mut Vec<Effect>) {
        let id = match self.panes.last() {
            Some(Pane::Browse(browse)) => browse.sub,
            Some(Pane::Text(text)) => text.sub,
            Some(Pane::View(view)) => view.sub(),
            None => None,
        };
        let mut seen = Seen { sub: id, ..Seen::default() };
        if let Some(Pane::Browse(browse)) = self.panes.last() {
            seen.figures.shown = browse.in_view();
        }
        if let Some(book) = self.estates.get(&self.here) {
            seen.apps = Some((book.complete, book.denied.len()));
            seen.figures.apps = Some(book.estate.counts());
        }
        if let Some(sub) = id.and_then(|id| self.subs.get(id)) {
            seen.figures.rows = sub.table.len();
            seen.state = Some(sub.state().clone());
            seen.skipped = sub.skipped.0;
            seen.complete = sub.complete;
            if sub.schema.as_ref().is_some_and(|schema| shows_metrics(schema)) {
                seen.metrics = self.cluster().map_or(0, |cluster| cluster.metrics_revision);
            }
            if let Some(Pane::Text(text)) = self.panes.last() {
                seen.version = super::drill::version_of(sub, &text.object);
                // The rows behind a text are not on screen.
                seen.figures.rows = 0;
            }
        }
        let figures = std::mem::take(&mut seen.figures);
        let drawn = std::mem::take(&mut self.last_seen.figures);
        self.dirty |= seen != self.last_seen;
        self.dirty |= figures != drawn && self.renew_figures(effects);
        seen.figures = if self.dirty { figures } else { drawn };
        self.last_seen = seen;
    }

    /// Whether counts are worth a frame now; else they are looked at again when they are.
    fn renew_figures(&mut self, effects: &mut Vec<Effect>) -> bool {
        let mut pace = std::mem::take(&mut self.figures);
        let now = pace.begin(FIGURES, false, self, effects);
        self.figures = pace;
        now
    }

    /// The theme of the context on screen, where it has one of its own.
    fn settle_theme(&mut self, effects: &mut Vec<Effect>) {
        let Some(context) = self.cluster().map(|cluster| cluster.context.clone()) else { return };
        let settings = &self.config.settings;
        let own = settings.context(&context).and_then(|own| own.theme.clone());
        let skin = || {
            let skin = self.config.k9s.skin_in(&context).filter(|_| settings.k9s.skins)?;
            let name = format!("{}{skin}", super::k9s::skin::PREFIX);
            self.config.themes.contains(&name).then_some(name)
        };
        let wanted = own.or_else(skin);
        if wanted != self.context_theme {
            self.context_theme.clone_from(&wanted);
            effects.push(Effect::ContextTheme(wanted));
        }
    }

    fn settle_dialog(&mut self, effects: &mut Vec<Effect>) {
        let Some(Overlay::Plan(dialog)) = &mut self.overlay else { return };
        let numbers = &mut self.numbers.tickets;
        let asked = dialog.ask(|| {
            *numbers += 1;
            crate::model::Ticket(*numbers)
        });
        let cluster = dialog.cluster();
        effects.extend(asked.into_iter().map(|(ticket, read)| Effect::Read {
            ticket,
            cluster,
            read,
        }));
        if let Some((address, ports)) = dialog.probe() {
            effects.push(Effect::ProbePorts { address, ports });
        }
        if dialog.is_waiting() {
            return;
        }
        let mut worst = Permission::Granted;
        let mut denied = None;
        for question in &dialog.questions {
            let tickets = &mut self.numbers.tickets;
            let permission = self.access.ask(
                question,
                || {
                    *tickets += 1;
                    crate::model::Ticket(*tickets)
                },
                effects,
            );
            match permission {
                Permission::Denied(_) => {
                    worst = permission;
                    denied = Some(question.clone());
                    break;
                }
                Permission::Asked => worst = Permission::Asked,
                Permission::Granted => {}
            }
        }
        let undecided = dialog.focus.is_none();
        dialog.permit(worst, denied);
        let plans = &mut self.numbers.plans;
        let rehearsal = dialog.rehearse(|| {
            *plans += 1;
            crate::model::PlanId(*plans)
        });
        effects.extend(rehearsal.map(Effect::Run));
        if undecided && dialog.focus.is_some() && dialog.runs_at_once() {
            self.run_plan(effects);
        }
    }

    /// What a plan in the making wanted to know.
    pub(super) fn teach_dialog(&mut self, ticket: Ticket, answer: &Result<Answer, Fault>) -> bool {
        let Some(Overlay::Plan(dialog)) = &mut self.overlay else { return false };
        let answer = match answer {
            Ok(Answer::Object(json)) => Ok(&**json),
            Ok(Answer::Access(..)) => return false,
            Err(fault) => Err(fault),
        };
        dialog.learn(ticket, answer)
    }

    /// Clusters that no pane, subscription or action needs any more are left.
    fn leave_unused_clusters(&mut self, effects: &mut Vec<Effect>) {
        let used = |id| {
            id == self.here
                || self.panes.iter().any(|pane| pane.cluster() == Some(id))
                || self.subs.iter().any(|(_, sub)| sub.need.cluster == id)
                || self.actions.all().iter().any(|a| a.ended.is_none() && a.plan.cluster == id)
                || self.forwards.running().any(|forward| forward.cluster() == id)
                || self.owes(id)
        };
        let unused: Vec<_> = self.clusters.keys().copied().filter(|id| !used(*id)).collect();
        for id in unused {
            self.clusters.remove(&id);
            self.forwards.leave(id);
            effects.push(Effect::Disconnect(id));
        }
    }

    /// Whether a table of these namespaces shows only one, so that its column says nothing.
    pub fn one_namespace(browse: &Browse) -> bool {
        browse.objects().is_some_and(
            |objects| matches!(&objects.scope, Scope::Namespaces(names) if names.len() == 1),
        )
    }

    fn next_clock_tick(&self) -> Option<i64> {
        let now = self.now;
        let cluster = self.cluster()?;
        let broken = |state: &WatchState| matches!(state, WatchState::Broken { .. });
        if self.last_seen.state.as_ref().is_some_and(broken)
            || matches!(cluster.link, LinkState::Broken { .. })
        {
            // "stale 12 s, retry in 3 s" counts.
            return Some(now + 1);
        }
        let credential = cluster
            .credential_ends
            .filter(|ends| *ends > now && self.header)
            .map(|ends| now + columns::until(ends - now));
        [credential, self.next_row_tick()].into_iter().flatten().min()
    }

    fn next_row_tick(&self) -> Option<i64> {
        let Some(Pane::Browse(browse)) = self.panes.last() else { return None };
        let source = self.source(browse)?;
        let layout = frame::layout_of(self);
        columns::next_tick(
            browse,
            source,
            Self::one_namespace(browse),
            layout.inner.width,
            layout.rows(),
            self.now,
        )
    }
}

fn shows_metrics(schema: &Schema) -> bool {
    schema.columns.iter().any(|column| matches!(column.source, ColumnSource::Metric(..)))
}
