//! The mouse, where the person wants it to be ours: wheel, rows, column titles.

use super::panes::Pane;
use super::widgets::{columns, frame};
use super::{Effect, Ui};

impl Ui {
    /// The wheel turned by this many notches, down is positive.
    pub(super) fn scroll(&mut self, lines: i32) {
        let lines = isize::try_from(lines).unwrap_or(0) * 3;
        match (&self.overlay, &self.prompt) {
            (None, None) => self.step(lines),
            (Some(_), None) => self.scroll_overlay(lines),
            _ => {}
        }
    }

    /// A click: on a title it sorts, on a row it selects, on the selected row it opens.
    pub(super) fn click(&mut self, column: u16, row: u16, effects: &mut Vec<Effect>) {
        let layout = frame::layout_of(self);
        let inner = layout.inner;
        if self.overlay.is_some() || self.prompt.is_some() || row < inner.y || row >= inner.bottom()
        {
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
}
