//! Opening a plan, changing it, running it.

use super::access::Permission;
use super::chord::Chord;
use super::commands::Command;
use super::panes::Pane;
use super::plan_dialog::{Focus, PlanDialog, Rehearsal};
use super::{Effect, Overlay, Ui};
use crate::model::{
    ClusterId, FollowState, Plan, PlanId, Program, StreamId, StreamSpec, Text, Tone,
};
use crate::verbs::Draft;
use crossterm::event::KeyEvent;

impl Ui {
    /// Shows a plan in the making on its cluster, with cautions of the pane it comes from.
    pub fn open_plan(
        &mut self,
        cluster: ClusterId,
        draft: Box<dyn Draft>,
        cautions: Option<String>,
    ) {
        let Some(on) = self.clusters.get(&cluster) else { return };
        let context = on.context.clone();
        let protected = self.config.settings.is_protected(&context);
        let id = self.plan_id();
        let dialog = PlanDialog::new(id, cluster, context, draft, protected);
        let dialog = cautions.into_iter().fold(dialog, PlanDialog::caution);
        self.overlay = Some(Overlay::Plan(Box::new(dialog)));
        self.dirty = true;
    }

    /// The plan on screen goes back to this, see [`PlanDialog::aim`].
    pub fn aim_plan(&mut self, at: [Text; 2]) {
        if let Some(Overlay::Plan(dialog)) = &mut self.overlay {
            dialog.aim(at);
        }
    }

    pub(super) fn plan_command(
        &mut self,
        command: Command,
        key: KeyEvent,
        effects: &mut Vec<Effect>,
    ) {
        let Some(Overlay::Plan(dialog)) = &mut self.overlay else { return };
        // While something is typed, letters are letters.
        if dialog.is_typing()
            && let Some(c) = Chord::from(key).typed()
        {
            return dialog.type_in(c.encode_utf8(&mut [0; 4]));
        }
        match command {
            Command::PlanCancel => self.overlay = None,
            Command::PlanScrollUp => self.scroll_plan(-1),
            Command::PlanScrollDown => self.scroll_plan(1),
            Command::PlanNext => dialog.move_focus(true),
            Command::PlanPrevious => dialog.move_focus(false),
            Command::PlanUp => dialog.move_line(false),
            Command::PlanDown => dialog.move_line(true),
            Command::PlanChange => dialog.change_focused(),
            Command::PlanDryRun if dialog.toggle_dry_run() => {}
            Command::PlanDryRun => {
                self.say(Tone::Plain, "this cannot be rehearsed: it is done or not");
            }
            Command::PlanRequest => dialog.show_request = !dialog.show_request,
            Command::PlanPropagation => drop(dialog.change("propagation")),
            Command::PlanGrace => drop(dialog.change("grace")),
            Command::PlanForce => drop(dialog.change("force")),
            Command::PlanConfirm => match dialog.focus {
                None => {}
                Some(Focus::Cancel) => self.overlay = None,
                Some(Focus::Name | Focus::Choice(_)) => dialog.move_focus(true),
                Some(Focus::Run) => self.run_plan(effects),
            },
            _ => {}
        }
    }

    /// Scrolls what the draft has to show, by pages.
    fn scroll_plan(&mut self, pages: isize) {
        let area = ratatui::layout::Rect::new(0, 0, self.size.0, self.size.1);
        let Some(Overlay::Plan(dialog)) = &self.overlay else { return };
        let room = super::widgets::plan::exhibit_room(self, dialog, area);
        let window = super::widgets::plan::window(self, dialog, area);
        let Some(Overlay::Plan(dialog)) = &mut self.overlay else { return };
        let by = |room: usize| pages * room.saturating_sub(2).max(1).cast_signed();
        let last = (dialog.draft.exhibit().len() + 1).saturating_sub(room);
        let scroll = dialog.scroll.saturating_add_signed(by(room)).min(last);
        // What the draft has to show goes first on the way down, the dialog on the way back.
        let Some((room, all)) = window.filter(|_| scroll == dialog.scroll || pages < 0) else {
            dialog.scroll = scroll;
            return;
        };
        if pages < 0 && dialog.top == 0 {
            dialog.scroll = scroll;
            return;
        }
        let last = all.saturating_sub(room);
        dialog.top = dialog.top.min(last).saturating_add_signed(by(room)).min(last);
    }

    /// How the rehearsal of the plan on screen goes; false when it is not one.
    pub(super) fn rehearsed(
        &mut self,
        of: PlanId,
        state: &FollowState,
        effects: &mut Vec<Effect>,
    ) -> bool {
        let Some(Overlay::Plan(dialog)) = &mut self.overlay else { return false };
        if !dialog.rehearsed(of, state) {
            return false;
        }
        let plan = dialog.id();
        if let Rehearsal::Failed(fault) = dialog.rehearsal.clone() {
            self.rehearsal_failed(plan, &fault, effects);
        }
        true
    }

    pub(super) fn run_plan(&mut self, effects: &mut Vec<Effect>) {
        let Some(Overlay::Plan(dialog)) = &self.overlay else { return };
        if let Some(why) = dialog.refusal() {
            let tone = if matches!(dialog.permission, Permission::Denied(_)) {
                Tone::Bad
            } else {
                Tone::Warn
            };
            return self.say(tone, why);
        }
        let (plan, stream) = (dialog.plan.clone(), dialog.draft.stream());
        let program = dialog.draft.program();
        let remembers = dialog.draft.remembers();
        self.overlay = None;
        if let Some(Pane::Browse(browse)) = self.panes.last_mut() {
            browse.clear_marks();
        }
        if let Some((history, line)) = remembers {
            self.history.shells.push(line.clone());
            effects.push(Effect::Remember { history, line });
        }
        if let Some(program) = program {
            // Whoever made it may not know the context, which decides what it may do.
            let context = plan.context.clone();
            effects.push(Effect::Program(Program { context, ..program }));
            return;
        }
        match stream {
            Some(spec) => self.run_then_open(plan, spec, effects),
            None => {
                self.review_sent(plan.id);
                self.actions.start(plan.clone(), self.now);
                effects.push(Effect::Run(plan));
            }
        }
    }

    /// Opens what a plan leads to, in its place.
    pub(super) fn open_planned(&mut self, spec: StreamSpec, plan: Plan, effects: &mut Vec<Effect>) {
        match spec {
            StreamSpec::Forward(spec) => self.start_forward(spec, plan, effects),
            StreamSpec::Copy(spec) => self.start_copy(spec, plan, effects),
            StreamSpec::Shell(spec) => self.open_shell(spec, plan, effects),
            spec @ (StreamSpec::Cache(_) | StreamSpec::Artifact(_)) => {
                let stream = self.open_stream(spec.clone(), Some(plan), effects);
                self.any_view(|view, _| view.opened(stream, &spec));
            }
            spec @ StreamSpec::Logs(_) => {
                self.open_stream(spec, Some(plan), effects);
            }
        }
    }

    /// Opens a stream with the plan that was shown for it.
    pub fn open_stream(
        &mut self,
        spec: StreamSpec,
        plan: Option<Plan>,
        effects: &mut Vec<Effect>,
    ) -> StreamId {
        let stream = self.stream_id();
        effects.push(Effect::Open { stream, spec, plan });
        stream
    }
}
