//! Floor 6: one owner of state. `update(&mut Ui, Msg) -> Effects` is the only mutation, drawing
//! only reads. No tokio, no cluster: time is an argument, effects are plain data.

pub mod access;
mod access_keys;
pub mod actions;
pub mod app_groups;
mod app_keys;
mod apps_tape;
pub mod chord;
pub mod commands;
mod copies;
pub mod document;
mod drift_counts;
mod drift_keys;
mod drill;
pub mod edits;
pub mod effect;
pub mod estates;
pub mod export;
#[cfg(test)]
mod flow_tests;
mod forward_keys;
pub mod forwards;
#[cfg(test)]
mod fuzz_tests;
pub mod go;
pub mod goto;
pub mod hazard_look;
pub mod k9s;
pub mod keymap;
pub mod keys;
pub mod lists;
mod managed;
pub mod messages;
mod mouse;
pub mod msg;
pub mod note;
mod object_keys;
pub mod pace;
pub mod palette;
pub mod panes;
pub mod plan_dialog;
mod plan_keys;
pub mod prompt;
mod prompt_keys;
mod remembered;
mod sequels;
pub mod session;
pub mod settings;
mod settings_file;
pub mod settle;
pub mod side;
pub mod subs;
pub mod svg;
mod table_keys;
mod text_keys;
pub mod theme;
pub mod theme_list;
pub mod tour;
pub mod usable;
pub mod user_commands;
mod verb_keys;
mod view_keys;
pub mod widgets;

pub use effect::Effect;
pub use msg::Msg;

use crate::model::{
    Answer, ClusterId, ContextInfo, Fault, Plan, PlanId, Scope, StreamId, Ticket, Tone,
};
use access::Access;
use actions::Actions;
use chord::Chord;
use forwards::Forwards;
use messages::Messages;
use panes::Pane;
use panes::browse::{Source, What};
use plan_dialog::PlanDialog;
use prompt::Prompt;
use session::Cluster;
use settings::Loaded;
use side::Side;
use std::collections::BTreeMap;
use subs::Subs;
use widgets::glyphs::{self, Glyphs};

/// What lies over the pane.
#[derive(Debug)]
pub enum Overlay {
    /// Every key that works here; the first line on screen.
    Help(usize),
    /// A plan before it runs.
    Plan(Box<PlanDialog>),
    /// All themes; the one under the cursor is shown.
    Themes(theme_list::ThemeList),
    /// A text that was cut on screen, in full.
    Full {
        /// The text.
        text: String,
        /// First of its lines on screen.
        top: usize,
        /// The action it tells of: it goes on with that.
        action: Option<PlanId>,
    },
}

impl Overlay {
    /// A text in full, from its beginning.
    pub(crate) fn full(text: String) -> Self {
        Self::Full { text, top: 0, action: None }
    }
}

/// How the session starts.
#[derive(Clone, Debug, Default)]
pub struct Start {
    /// The context to connect to first; empty where there is none.
    pub context: String,
    /// Namespaces to begin with.
    pub scope: Option<Scope>,
    /// The command line to begin with; empty for the default one.
    pub command: String,
    /// Lines remembered from earlier sessions, oldest first: commands, filters.
    pub histories: (Vec<String>, Vec<String>),
    /// The kubeconfig's files, as in `$KUBECONFIG`; empty where there is none.
    pub kubeconfig: String,
    /// Commands for containers remembered from earlier sessions, with their images, oldest first.
    pub shells: Vec<String>,
    /// Nobody has used the program here yet: a few hints are shown, once.
    pub first: bool,
    /// With the tour of the demo.
    pub tour: bool,
}

/// All state of the session. The only way to change it is [`Ui::update`] and [`Ui::settle`].
#[derive(Debug)]
pub struct Ui {
    /// Unix seconds.
    pub now: i64,
    /// Columns and rows of the terminal.
    pub size: (u16, u16),
    /// Settings, keymap, theme.
    pub config: Loaded,
    /// Contexts of the kubeconfig.
    pub contexts: Vec<ContextInfo>,
    /// Clusters of this session.
    pub clusters: BTreeMap<ClusterId, Cluster>,
    /// The cluster of the pane on screen.
    pub here: ClusterId,
    /// Subscriptions and their rows.
    pub subs: Subs,
    /// The apps of the clusters where a pane looks at apps.
    pub estates: BTreeMap<ClusterId, estates::AppBook>,
    /// Which app an object belongs to, while that is found out.
    climb: Option<managed::Climb>,
    drift_counts: drift_counts::DriftCounts,
    /// The way here; the last one is on screen.
    pub panes: Vec<Pane>,
    /// What is shown beside it, where something is.
    pub side: Option<Side>,
    /// The open prompt.
    pub prompt: Option<Prompt>,
    /// What lies over the pane.
    pub overlay: Option<Overlay>,
    /// The header is shown.
    pub header: bool,
    /// What was said.
    pub messages: Messages,
    /// What was done.
    pub actions: Actions,
    /// Port-forwards, running and saved.
    pub forwards: Forwards,
    /// What is allowed.
    pub access: Access,
    /// The hints of the very first start are shown.
    pub hints: bool,
    /// The tour of the demo, where somebody takes it.
    pub tour: Option<tour::Tour>,
    /// The kubeconfig's files, as in `$KUBECONFIG`; empty where there is none.
    pub kubeconfig: String,
    /// Something visible changed since the last drawing.
    pub dirty: bool,
    /// What is being edited.
    pub edits: edits::Edits,
    /// Copies that run, and the plans that were shown for them.
    copies: BTreeMap<StreamId, PlanId>,
    /// The process that has the whole terminal.
    handed_over: Option<StreamId>,
    /// The theme of the context on screen, as it was asked for last.
    context_theme: Option<String>,
    /// What waits for plans that were sent.
    sequels: Vec<sequels::Sequel>,
    /// What is sent when these streams have ended.
    endings: BTreeMap<StreamId, Plan>,
    /// The program ends when these plans have.
    leaving: Vec<PlanId>,
    /// Effects of a moment that could not hand them on; the next update or settle does.
    owed: Vec<Effect>,
    pending: Vec<Chord>,
    history: History,
    contexts_revision: u64,
    /// Changes whenever `config` does.
    config_revision: u64,
    numbers: Numbers,
    quit_asked: Option<i64>,
    clock_due: Option<i64>,
    last_seen: settle::Seen,
    /// How often counts alone are worth a frame.
    figures: pace::Pace,
    /// What the side pane shows when it is opened.
    side_kind: side::Kind,
    /// Where the session begins once a context is known.
    startup: Option<Start>,
    /// A table that was opened by what the cluster served last.
    unsure: Option<remembered::Unsure>,
}

/// Numbers given out so far.
#[derive(Debug, Default)]
struct Numbers {
    tickets: u64,
    plans: u64,
    streams: u64,
}

/// Lines typed, and where they led.
#[derive(Debug, Default)]
pub(crate) struct History {
    /// All command lines ever typed, oldest first: for the prompt.
    pub(crate) typed: Vec<String>,
    /// All filters ever typed, oldest first.
    pub(crate) filters: Vec<String>,
    /// Commands for containers with their images, oldest first.
    pub(crate) shells: Vec<String>,
    /// Places visited in this session.
    pub(crate) places: Vec<String>,
    /// Which of the places was gone to last.
    pub(crate) at: usize,
    /// Which one before that.
    pub(crate) before: usize,
}

impl Ui {
    /// A session that is about to start; the effects get it going.
    pub fn new(config: Loaded, start: Start, size: (u16, u16), now: i64) -> (Self, Vec<Effect>) {
        let mut ui = Self {
            now,
            size,
            config,
            contexts: Vec::new(),
            clusters: BTreeMap::new(),
            here: ClusterId(0),
            subs: Subs::default(),
            estates: BTreeMap::new(),
            climb: None,
            drift_counts: drift_counts::DriftCounts::default(),
            panes: Vec::new(),
            side: None,
            prompt: None,
            overlay: None,
            header: true,
            messages: Messages::default(),
            actions: Actions::default(),
            forwards: Forwards::default(),
            access: Access::default(),
            hints: start.first && !start.tour,
            tour: None,
            kubeconfig: start.kubeconfig.clone(),
            dirty: true,
            copies: BTreeMap::new(),
            handed_over: None,
            context_theme: None,
            sequels: Vec::new(),
            endings: BTreeMap::new(),
            leaving: Vec::new(),
            edits: edits::Edits::default(),
            owed: Vec::new(),
            pending: Vec::new(),
            history: History {
                typed: start.histories.0.clone(),
                filters: start.histories.1.clone(),
                shells: start.shells.clone(),
                ..History::default()
            },
            contexts_revision: 0,
            config_revision: 0,
            numbers: Numbers::default(),
            quit_asked: None,
            clock_due: None,
            last_seen: settle::Seen::default(),
            figures: pace::Pace::default(),
            side_kind: side::Kind::default(),
            startup: None,
            unsure: None,
        };
        let mut effects = Vec::new();
        // The tour says it in its own way: who comes back has still to see them.
        if start.first && !start.tour {
            effects.push(Effect::Remember { history: "hints", line: "shown".to_owned() });
        }
        if start.tour {
            ui.begin_tour();
        }
        ui.tell_config_faults();
        ui.begin(start, &mut effects);
        (ui, effects)
    }

    /// Takes in one thing that happened.
    pub fn update(&mut self, msg: Msg, now: i64) -> Vec<Effect> {
        self.now = now;
        let mut effects = Vec::new();
        match msg {
            Msg::Key(key) => {
                self.dirty = true;
                self.key(key, &mut effects);
            }
            Msg::Paste(text) => self.paste(&text, &mut effects),
            Msg::Resize(columns, rows) => {
                self.size = (columns, rows);
                if !self.side_is_shown() {
                    self.focus_main();
                }
                self.dirty = true;
            }
            Msg::Wheel(lines) => {
                self.dirty = true;
                self.scroll(lines, &mut effects);
            }
            Msg::Click(column, row) => {
                self.dirty = true;
                self.click(column, row, &mut effects);
            }
            Msg::Tick => {
                if self.clock_due.is_some_and(|due| due <= now) {
                    self.dirty = true;
                }
            }
            Msg::Woke(ticket) => {
                if !self.figures.woke(ticket)
                    && !self.side_woke(ticket)
                    && !self.drift_counts.woke(ticket)
                {
                    self.any_view(|view, _| view.woke(ticket));
                }
            }
            Msg::FocusGained => effects.push(Effect::Retry(self.here)),
            Msg::Contexts(contexts) => self.take_contexts(contexts),
            Msg::Cluster(id, event) => {
                // Live usage is only worth a frame where it is shown: `settle` sees to that.
                self.dirty |= !matches!(event, crate::model::ClusterEvent::Metrics { .. });
                let discovered = matches!(event, crate::model::ClusterEvent::Discovery(_));
                if let Some(cluster) = self.clusters.get_mut(&id)
                    && let Some(notice) = cluster.apply(event)
                {
                    self.messages.fault(now, &notice);
                }
                self.retry_waiting_command(&mut effects);
                if discovered {
                    self.make_sure(id);
                }
            }
            Msg::Sub(id, event) => {
                self.subs.apply(id, event);
            }
            Msg::Answer(ticket, answer) => self.answer(ticket, answer, &mut effects),
            Msg::Compared(ticket, mut news) => {
                // What nobody waits for any more comes late, and is nobody's.
                let _ = self.counted(ticket, &mut news)
                    || self.any_view(|view, ui| view.compared(ui, ticket, &mut news, &mut effects));
            }
            Msg::Stream(id, event) => self.take_stream(id, event, &mut effects),
            Msg::Follow(plan, request, state) => {
                self.dirty = true;
                if self.rehearsed(plan, &state, &mut effects) {
                    effects.append(&mut self.owed);
                    return effects;
                }
                self.follow_edit(plan, &state, &mut effects);
                self.actions.follow(plan, request, state, now);
                self.go_on(plan, &mut effects);
                self.leave_when_clear(&mut effects);
                self.retell_action(plan);
            }
            Msg::Forwards(cluster, left) => self.take_forwards(cluster, left),
            Msg::Ports { address, ports, taken } => self.take_ports(&address, &ports, taken),
            Msg::HandedOver(stream) => {
                self.handed_over = stream;
                self.dirty = true;
            }
            Msg::Edited(ticket, outcome) => {
                self.dirty = true;
                self.edited(ticket, outcome, &mut effects);
            }
            Msg::Ended(outcome) => self.program_ended(outcome),
            Msg::Kept(edit, outcome) => self.kept(edit, outcome),
            Msg::Said(Ok(line)) => self.say(Tone::Good, line),
            Msg::Said(Err(fault)) => self.fault(&fault),
            Msg::Reloaded(loaded) => {
                let (old, new) = (&self.config.settings, &loaded.settings);
                let changed = [
                    ("theme", old.theme != new.theme, new.theme.clone()),
                    ("keymap", old.keymap != new.keymap, new.keymap.clone()),
                ];
                let looking = matches!(self.overlay, Some(Overlay::Themes(_)))
                    || self.context_theme.as_ref() == Some(&new.theme);
                self.config = *loaded;
                self.config_revision += 1;
                self.pending.clear();
                let changed = if looking { &[][..] } else { &changed[..] };
                for (what, _, name) in changed.iter().filter(|(_, changed, _)| *changed) {
                    self.say(Tone::Plain, format!("{what} {name}"));
                }
                self.dirty = true;
                self.tell_config_faults();
            }
        }
        effects.append(&mut self.owed);
        self.notice_closing(&mut effects);
        effects
    }

    /// What the normal screen gets after the end: what was done and how it came out.
    pub fn farewell(&self) -> Vec<String> {
        let actions = self.actions.all().iter().map(|action| {
            format!("{} on {}: {}", action.plan.title, action.plan.context, action.words())
        });
        let forwards = self.forwards.running().map(|forward| {
            let (target, context) = (&forward.spec.target, &forward.context);
            format!("Forward to {target} on {context}: ended with the program")
        });
        let unsent = self.edits.unsent().filter_map(|edit| {
            Some(format!("{}: not sent; the text is in {}", edit.name(), edit.file.as_ref()?))
        });
        let off = self.still_off();
        actions.chain(forwards).chain(unsent).chain(off).collect()
    }

    /// Whether nothing may be written on the cluster of the pane on screen.
    pub fn readonly(&self) -> bool {
        let context = self.cluster().map_or("", |cluster| cluster.context.as_str());
        self.config.settings.readonly_in(context)
    }

    /// Whether this process has the whole terminal, and answers what is asked of a terminal.
    pub(crate) fn handed_over(&self, stream: StreamId) -> bool {
        self.handed_over == Some(stream)
    }

    /// The signs to draw with.
    pub fn glyphs(&self) -> &'static Glyphs {
        if self.config.settings.ascii { &glyphs::ASCII } else { &glyphs::UNICODE }
    }

    /// The pane that the keys go to.
    pub fn pane(&self) -> Option<&Pane> {
        match &self.side {
            Some(Side { focused: true, pane: Some(pane), .. }) => Some(pane),
            _ => self.panes.last(),
        }
    }

    /// The pane that the keys go to.
    pub(crate) fn pane_mut(&mut self) -> Option<&mut Pane> {
        match &mut self.side {
            Some(Side { focused: true, pane: Some(pane), .. }) => Some(pane),
            _ => self.panes.last_mut(),
        }
    }

    /// The cluster of the pane on screen.
    pub fn cluster(&self) -> Option<&Cluster> {
        self.clusters.get(&self.here)
    }

    /// Rows and columns of a table pane, once there are columns.
    pub fn source<'a>(&'a self, browse: &'a panes::browse::Browse) -> Option<Source<'a>> {
        if let Some(local) = &browse.local {
            return Some(Source { table: &local.table, schema: &local.schema, metrics: None });
        }
        if let What::Apps(apps) = &browse.what {
            let book = self.estates.get(&apps.cluster)?;
            return Some(Source {
                table: book.estate.table(),
                schema: &book.schema,
                metrics: None,
            });
        }
        let sub = self.subs.get(browse.sub?)?;
        let metrics =
            self.clusters.get(&sub.need.cluster).and_then(|cluster| cluster.metrics(&sub.need));
        Some(Source { table: &sub.table, schema: sub.schema.as_ref()?, metrics })
    }

    /// Says something for some seconds.
    pub fn say(&mut self, tone: Tone, text: impl Into<String>) {
        self.dirty = true;
        self.messages.say(self.now, tone, text);
    }

    /// Tells of a failure for some seconds.
    pub fn fault(&mut self, fault: &Fault) {
        self.dirty = true;
        self.messages.fault(self.now, fault);
    }

    fn tell_config_faults(&mut self) {
        for fault in self.config.faults.clone() {
            self.fault(&fault);
        }
        for warning in self.config.warnings.clone() {
            self.say(Tone::Warn, warning.to_string());
        }
    }

    fn take_contexts(&mut self, contexts: Vec<ContextInfo>) {
        let current = |contexts: &[ContextInfo]| {
            contexts.iter().find(|context| context.current).map(|context| context.name.clone())
        };
        let (old, new) = (current(&self.contexts), current(&contexts));
        if !self.contexts.is_empty() && old != new {
            let new = new.unwrap_or_default();
            self.say(
                Tone::Warn,
                format!(
                    "the kubeconfig's current context is now {new}; this session stays where it is"
                ),
            );
        }
        self.contexts = contexts;
        self.contexts_revision += 1;
        self.dirty = true;
    }

    fn answer(
        &mut self,
        ticket: Ticket,
        mut answer: Result<Answer, Fault>,
        effects: &mut Vec<Effect>,
    ) {
        self.dirty = true;
        if self.access.answer(ticket, answer.as_ref().ok())
            || self.teach_dialog(ticket, &answer)
            || self.read_for_edit(ticket, &answer, effects)
            || self.teach_hazards(ticket, &answer, effects)
        {
            return;
        }
        if self.climb_on(ticket, &answer, effects) || self.teach_places(ticket, &answer) {
            if let Ok(Answer::Object(json)) = &mut answer {
                // It may have been a Secret.
                crate::text::hidden::wipe(json);
            }
            return;
        }
        if self.any_view(|view, ui| view.answer(ui, ticket, &answer, effects)) {
            if let Ok(Answer::Object(json)) = &mut answer {
                // It may have been a Secret.
                crate::text::hidden::wipe(json);
            }
            return;
        }
        self.fill_text(ticket, answer);
    }

    /// A handle for the next question.
    pub fn ticket(&mut self) -> Ticket {
        self.numbers.tickets += 1;
        Ticket(self.numbers.tickets)
    }

    /// A handle for the next stream.
    pub fn stream_id(&mut self) -> StreamId {
        self.numbers.streams += 1;
        StreamId(self.numbers.streams)
    }

    /// A handle for the next plan.
    pub fn plan_id(&mut self) -> PlanId {
        self.numbers.plans += 1;
        PlanId(self.numbers.plans)
    }
}
