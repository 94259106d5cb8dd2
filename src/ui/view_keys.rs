//! What reaches panes that are [`View`]s: keys, answers, streams, the prompt.

use super::commands::Command;
use super::panes::Pane;
use super::panes::view::View;
use super::prompt::{Prompt, Purpose};
use super::{Effect, Ui};
use crate::model::{StreamEvent, StreamId};

impl Ui {
    /// Runs `what` on the view on screen, taken out of the way here meanwhile; None when another
    /// sort of pane is on screen.
    pub(super) fn with_view<T>(
        &mut self,
        what: impl FnOnce(&mut dyn View, &mut Self) -> T,
    ) -> Option<T> {
        if self.side_has_focus() {
            return self.with_side_view(false, what);
        }
        let at = self.panes.len().checked_sub(1)?;
        self.with_view_at(at, what)
    }

    fn with_view_at<T>(
        &mut self,
        at: usize,
        what: impl FnOnce(&mut dyn View, &mut Self) -> T,
    ) -> Option<T> {
        if !matches!(self.panes.get(at), Some(Pane::View(_))) {
            return None;
        }
        let Pane::View(mut view) = self.panes.remove(at) else { return None };
        let done = what(view.as_mut(), self);
        // What it opened lies on top of it.
        self.panes.insert(at.min(self.panes.len()), Pane::View(view));
        Some(done)
    }

    /// Offers something to every view, the one on screen first, until one takes it.
    pub(super) fn any_view(
        &mut self,
        mut take: impl FnMut(&mut dyn View, &mut Self) -> bool,
    ) -> bool {
        (0..self.panes.len())
            .rev()
            .any(|at| self.with_view_at(at, |view, ui| take(view, ui)) == Some(true))
            || [false, true]
                .into_iter()
                .any(|coming| self.with_side_view(coming, |view, ui| take(view, ui)) == Some(true))
    }

    pub(super) fn view_command(&mut self, command: Command, effects: &mut Vec<Effect>) {
        if let Some(refusal) = self.refusal(command) {
            return self.say(refusal.tone, refusal.why);
        }
        if command == Command::Detach {
            return self.back(effects);
        }
        self.with_view(|view, ui| view.command(ui, command, effects));
        self.carry_out_edit_orders(effects);
    }

    pub(super) fn take_stream(
        &mut self,
        id: StreamId,
        mut event: StreamEvent,
        effects: &mut Vec<Effect>,
    ) {
        self.notice_end(id, &event, effects);
        // Forwards are the session's own, not a pane's.
        if let StreamEvent::Forward(told) = event {
            self.forward_told(id, told, effects);
            return;
        }
        if let StreamEvent::Copy(event) = &event
            && self.take_copy(id, event)
        {
            return;
        }
        self.any_view(|view, ui| view.stream(ui, id, &mut event, effects));
    }

    /// Opens the prompt for the view on screen: what is typed goes to [`View::typed`].
    pub fn open_view_prompt(&mut self, text: &str) {
        self.hints = false;
        self.prompt = Some(Prompt::new(Purpose::View, text, self.history.filters.clone()));
    }

    pub(super) fn tell_view(&mut self, line: &str, accepted: bool) -> Result<(), (usize, String)> {
        self.with_view(|view, ui| view.typed(ui, line, accepted)).unwrap_or(Ok(()))
    }
}
