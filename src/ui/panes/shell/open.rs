//! The way from a table into a container.

use super::ShellPane;
use crate::model::{Facet, ObjRef, Plan, ShellSpec, Text};
use crate::ui::commands::Command;
use crate::ui::panes::Pane;
use crate::ui::widgets::frame;
use crate::ui::{Effect, Ui};
use crate::verbs::shell::{Shell, Way};

impl Ui {
    /// The pod and the container that is selected; the container is empty on a table of pods.
    pub(in crate::ui) fn selected_container(&self) -> Option<(ObjRef, Text)> {
        let Some(Pane::Browse(browse)) = self.pane() else { return None };
        let objects = browse.objects()?;
        let gvr = &objects.resource.gvr;
        if !gvr.group.is_empty() || gvr.plural != "pods" {
            return None;
        }
        let row = browse.selected_row(self.source(browse)?)?;
        let mut pod = Self::reference(objects, row);
        if objects.facet != Facet::Containers {
            return Some((pod, Text::new()));
        }
        pod.name = objects.fields.trim_start_matches("metadata.name=").into();
        pod.uid = Text::new();
        Some((pod, row.key.name.clone()))
    }

    /// Plans a shell in the selected container, or to attach to it. False where none is selected.
    pub(in crate::ui) fn plan_shell(&mut self, command: Command) -> bool {
        let Some((pod, container)) = self.selected_container() else { return false };
        let way = if command == Command::Attach { Way::Attach } else { Way::Exec };
        let shells = self.history.shells.iter().map(String::as_str);
        let draft = Shell::new(pod, container, way).remembering(shells);
        let cluster = self.here;
        self.open_plan(cluster, Box::new(draft), None);
        true
    }

    /// Opens the pane of a process, with the plan that was shown for it.
    pub(in crate::ui) fn open_shell(
        &mut self,
        spec: ShellSpec,
        plan: Plan,
        effects: &mut Vec<Effect>,
    ) {
        let inner = frame::layout(self.size, self.header).inner;
        let whole = self.config.settings.shell_whole && spec.tty && spec.stdin;
        let mut pane = ShellPane::new(spec, plan, (inner.width, inner.height), whole);
        pane.begin(self, effects);
        self.push(Pane::View(Box::new(pane)));
        self.dirty = true;
    }
}
