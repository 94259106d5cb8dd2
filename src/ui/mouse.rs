//! The mouse, where the person wants it to be ours: wheel, rows, column titles.

use super::commands::Command;
use super::panes::Pane;
use super::plan_dialog::Focus;
use super::widgets::{columns, footer, frame, plan, theme_list};
use super::{Effect, Overlay, Ui};
use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use ratatui::layout::Rect;

impl Ui {
    /// The wheel turned by this many notches, down is positive.
    pub(super) fn scroll(&mut self, lines: i32, effects: &mut Vec<Effect>) {
        let notches = isize::try_from(lines).unwrap_or(0);
        let lines = notches * 3;
        match (&self.overlay, &self.prompt) {
            (None, None) => self.step(lines),
            (Some(Overlay::Themes(_)), None) => self.theme_step(notches, effects),
            (Some(_), None) => self.scroll_overlay(lines),
            _ => {}
        }
    }

    /// A click: on a title it sorts, on a row it selects, on the selected row it opens.
    pub(super) fn click(&mut self, column: u16, row: u16, effects: &mut Vec<Effect>) {
        // Where only a line says that the terminal is too small, there is nothing to click on.
        if frame::is_too_small(self.size) {
            return;
        }
        if self.prompt.is_none() && self.overlay.is_some() {
            return self.click_overlay(column, row, effects);
        }
        let layout = frame::layout_of(self);
        let inner = layout.inner;
        if self.prompt.is_none() && layout.footer.height > 0 && row == layout.footer.y {
            if let Some(command) = footer::hit(self, layout.footer, column) {
                self.press_command(command, effects);
            }
            return;
        }
        if self.overlay.is_some() || self.prompt.is_some() || row < inner.y || row >= inner.bottom()
        {
            return;
        }
        if layout.tour.contains((column, row).into()) {
            return;
        }
        if !layout.side.is_empty() {
            if column >= layout.side.x {
                return self.click_side(layout.side_inner, column, row, effects);
            }
            self.focus_main();
        }
        let (x, y) = (column.saturating_sub(inner.x), row - inner.y);
        if self.with_view(|view, ui| view.click(ui, x, y, effects)).is_some() {
            return;
        }
        let browse = match self.pane_mut() {
            Some(Pane::Browse(browse)) => browse,
            Some(Pane::Text(text)) => return text.go(text.top + usize::from(row - inner.y)),
            Some(Pane::View(_)) | None => return,
        };
        if row == inner.y {
            let Some(Pane::Browse(browse)) = self.panes.last() else { return };
            let Some(source) = self.source(browse) else { return };
            let placed =
                columns::place(browse, source.schema, Self::one_namespace(browse), inner.width);
            let x = column.saturating_sub(inner.x);
            let hit =
                placed.iter().find(|at| (at.x..at.x + at.width).contains(&x)).map(|at| at.column);
            let sort = browse.sort_in_force(source.schema);
            if let (Some(column), Some(Pane::Browse(browse))) = (hit, self.panes.last_mut()) {
                browse.sort_by(column, sort);
            }
            return;
        }
        let line = browse.top + usize::from(row - inner.y - 1);
        if line >= browse.order().len() {
            return;
        }
        if line == browse.cursor {
            return self.open_row(effects);
        }
        let by = isize::try_from(line).unwrap_or(0) - isize::try_from(browse.cursor).unwrap_or(0);
        self.step(by);
    }

    /// A click while something lies over the pane.
    fn click_overlay(&mut self, column: u16, row: u16, effects: &mut Vec<Effect>) {
        let area = Rect::new(0, 0, self.size.0, self.size.1);
        if let Some(Overlay::Themes(list)) = &self.overlay {
            match theme_list::hit(list, area, column, row) {
                Some(at) if at == list.at => self.keep_theme(effects),
                Some(at) => {
                    let by =
                        isize::try_from(at).unwrap_or(0) - isize::try_from(list.at).unwrap_or(0);
                    self.theme_step(by, effects);
                }
                None => {}
            }
            return;
        }
        let Some(Overlay::Plan(dialog)) = &self.overlay else {
            // There is nothing in it to press: the click takes it away.
            self.overlay = None;
            return;
        };
        let Some(hit) = plan::hit(self, dialog, area, column, row) else { return };
        let Some(Overlay::Plan(dialog)) = &mut self.overlay else { return };
        if dialog.focus.is_none() {
            // While facts are missing nothing can be pressed.
            return;
        }
        dialog.focus = Some(hit);
        match hit {
            Focus::Run | Focus::Cancel => self.press_command(Command::PlanConfirm, effects),
            Focus::Choice(_) => dialog.change_focused(),
            Focus::Name => {}
        }
    }

    /// Runs a command as if its key had been pressed.
    fn press_command(&mut self, command: Command, effects: &mut Vec<Effect>) {
        let key = KeyEvent::new(KeyCode::Null, KeyModifiers::NONE);
        self.command(command, key, effects);
    }
}
