//! Opening a plan, changing it, running it.

use super::access::Permission;
use super::chord::Chord;
use super::commands::Command;
use super::panes::Pane;
use super::plan_dialog::{Focus, PlanDialog};
use super::{Effect, Overlay, Ui};
use crate::model::{ObjRef, PlanNote, Tone};
use crossterm::event::KeyEvent;

impl Ui {
    pub(super) fn plan_delete(&mut self) {
        let Some(Pane::Browse(browse)) = self.pane() else { return };
        let Some(objects) = browse.objects().cloned() else { return };
        let Some(source) = self.source(browse) else { return };
        let targets: Vec<ObjRef> =
            browse.targets(source).into_iter().map(|row| Self::reference(&objects, row)).collect();
        let (_, hidden) = browse.marked(source);
        if targets.is_empty() {
            return self.say(Tone::Plain, "nothing is selected");
        }
        let Some(cluster) = self.clusters.get(&objects.cluster) else { return };
        let context = cluster.context.clone();
        let protected = self.config.settings.is_protected(&context);
        let id = self.plan_id();
        match PlanDialog::delete(id, context, targets, protected) {
            Ok(mut dialog) => {
                if hidden > 0 {
                    dialog.plan.notes.push(PlanNote {
                        warning: true,
                        text: format!("{hidden} of the marked objects are hidden by the filter"),
                    });
                }
                self.overlay = Some(Overlay::Plan(Box::new(dialog)));
            }
            Err(fault) => self.fault(&fault),
        }
    }

    pub(super) fn plan_command(
        &mut self,
        command: Command,
        key: KeyEvent,
        effects: &mut Vec<Effect>,
    ) {
        let Some(Overlay::Plan(dialog)) = &mut self.overlay else { return };
        // While the name is typed, letters are letters.
        if dialog.focus == Some(Focus::Name)
            && let Some(c) = Chord::from(key).typed()
        {
            dialog.typed.push(c);
            return;
        }
        match command {
            Command::PlanCancel => self.overlay = None,
            Command::PlanNext => dialog.move_focus(true),
            Command::PlanPrevious => dialog.move_focus(false),
            Command::PlanDryRun => dialog.toggle_dry_run(),
            Command::PlanRequest => dialog.show_request = !dialog.show_request,
            Command::PlanPropagation => dialog.cycle_propagation(),
            Command::PlanGrace => dialog.cycle_grace(),
            Command::PlanForce => dialog.toggle_force(),
            Command::PlanConfirm => match dialog.focus {
                None => {}
                Some(Focus::Cancel) => self.overlay = None,
                Some(Focus::Name) => dialog.move_focus(true),
                Some(Focus::Run) => self.run_plan(effects),
            },
            _ => {}
        }
    }

    fn run_plan(&mut self, effects: &mut Vec<Effect>) {
        let Some(Overlay::Plan(dialog)) = &self.overlay else { return };
        if let Some(why) = dialog.refusal() {
            let tone = if matches!(dialog.permission, Permission::Denied(_)) {
                Tone::Bad
            } else {
                Tone::Warn
            };
            return self.say(tone, why);
        }
        let plan = dialog.plan.clone();
        self.overlay = None;
        if let Some(Pane::Browse(browse)) = self.panes.last_mut() {
            browse.clear_marks();
        }
        self.actions.start(plan.clone(), self.now);
        effects.push(Effect::Run(plan));
    }
}
