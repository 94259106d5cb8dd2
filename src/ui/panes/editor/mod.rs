//! The editor inside the program: the text of an object, with what is wrong beside its lines. What
//! becomes of the text is decided in `ui::edits`; this pane only writes in it.

mod paint;
mod search;

use super::view::View;
use crate::model::{ClusterId, ObjRef, SubId, Tone};
use crate::ui::chord::Chord;
use crate::ui::commands::{Command, Context};
use crate::ui::edits::{Edit, EditId, Order};
use crate::ui::keymap::Resolution;
use crate::ui::theme::Scope;
use crate::ui::usable::Refusal;
use crate::ui::{Effect, Ui};
use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;
use regex::Regex;
use tui_textarea::{CursorMove, DataCursor, TextArea};

/// Changes that can be taken back.
const UNDO: usize = 500;

/// The pane.
#[derive(Debug)]
pub struct EditorPane {
    id: EditId,
    object: ObjRef,
    name: String,
    area: TextArea<'static>,
    /// The text that came from elsewhere last.
    version: u64,
    /// The text was changed here since `Ui` was told.
    changed: bool,
    /// Leaving was asked for once.
    asked: bool,
    top: usize,
    left: usize,
    /// Rows and columns for text.
    room: (usize, usize),
    needle: Option<Regex>,
}

impl EditorPane {
    /// For an edit.
    pub fn new(edit: &Edit) -> Self {
        Self {
            id: edit.id,
            object: edit.object.clone(),
            name: edit.name(),
            area: TextArea::default(),
            version: 0,
            changed: false,
            asked: false,
            top: 0,
            left: 0,
            room: (1, 1),
            needle: None,
        }
    }

    /// The text as it stands.
    fn text(&self) -> String {
        let mut text = self.area.lines().join("\n");
        if !text.ends_with('\n') && !text.is_empty() {
            text.push('\n');
        }
        text
    }

    /// Row and column (in characters) of the cursor.
    fn cursor(&self) -> (usize, usize) {
        let DataCursor(row, column) = self.area.cursor();
        (row, column)
    }

    fn jump(&mut self, row: usize, column: usize) {
        let short = |n: usize| u16::try_from(n).unwrap_or(u16::MAX);
        self.area.move_cursor(CursorMove::Jump(short(row), short(column)));
    }

    /// Takes the text from the edit, where somebody else changed it. The cursor goes to the first line
    /// that is marked, else it stays.
    fn load(&mut self, ui: &Ui) {
        let Some(edit) = ui.edits.get(self.id).filter(|edit| edit.version != self.version) else {
            return;
        };
        let first = self.version == 0;
        self.version = edit.version;
        self.asked = false;
        let (row, column) = self.cursor();
        if self.text() != edit.text || first {
            self.area = TextArea::new(edit.text.lines().map(str::to_owned).collect());
            self.area.set_max_histories(UNDO);
            self.area.set_tab_length(2);
            self.jump(row, column);
        }
        if let Some(mark) = edit.marks.first() {
            self.jump(mark.line, 0);
            self.area.move_cursor(CursorMove::End);
        }
    }

    /// Tells `Ui` what is written here.
    fn tell(&mut self, ui: &mut Ui) {
        if std::mem::take(&mut self.changed) {
            ui.set_edit_text(self.id, self.text());
        }
    }

    /// After a change: lines below it take their marks along.
    fn move_marks(&self, ui: &mut Ui, before: usize, row: usize) {
        let Some(edit) = ui.edits.get(self.id).filter(|edit| !edit.marks.is_empty()) else {
            return;
        };
        let by = self.area.lines().len().cast_signed() - before.cast_signed();
        let from = row.min(self.cursor().0);
        if by == 0 {
            return;
        }
        let mut marks = edit.marks.clone();
        for mark in marks.iter_mut().filter(|mark| mark.line > from) {
            mark.line = mark.line.saturating_add_signed(by).max(from);
        }
        ui.set_edit_marks(self.id, marks);
    }

    /// A change of the text by `change`; false when it changed nothing.
    fn change(&mut self, ui: &mut Ui, change: impl FnOnce(&mut TextArea<'static>) -> bool) -> bool {
        let (lines, row) = (self.area.lines().len(), self.cursor().0);
        let changed = change(&mut self.area);
        if changed {
            self.changed = true;
            self.asked = false;
            self.move_marks(ui, lines, row);
            self.tell(ui);
        }
        ui.dirty = true;
        changed
    }

    /// A new line begins where the one above does.
    fn new_line(&mut self, ui: &mut Ui) {
        let (row, column) = self.cursor();
        let line = self.area.lines().get(row).cloned().unwrap_or_default();
        let indent: String = line.chars().take(column).take_while(|c| *c == ' ').collect();
        self.change(ui, |area| {
            area.insert_newline();
            area.insert_str(indent);
            true
        });
    }

    /// Goes to the next match, or the next marked line.
    fn next(&mut self, ui: &mut Ui, forward: bool) {
        if self.needle.is_some() {
            match self.find(forward, false) {
                Some((at, of)) => ui.say(Tone::Plain, format!("match {at} of {of}")),
                None => ui.say(Tone::Plain, "it is not in here"),
            }
            return;
        }
        let lines: Vec<usize> = ui
            .edits
            .get(self.id)
            .map(|edit| edit.marks.iter().map(|mark| mark.line).collect())
            .unwrap_or_default();
        let row = self.cursor().0;
        let next = if forward {
            lines.iter().find(|line| **line > row).or(lines.first())
        } else {
            lines.iter().rev().find(|line| **line < row).or(lines.last())
        };
        match next {
            Some(line) => self.jump(*line, 0),
            None => ui.say(Tone::Plain, "nothing is searched for, and no line is marked"),
        }
    }

    fn order(&mut self, ui: &mut Ui, order: Order) {
        self.tell(ui);
        ui.edits.orders.push((self.id, order));
    }

    fn leave_text(&mut self, ui: &mut Ui) {
        self.tell(ui);
        let changed = ui.edits.get(self.id).is_some_and(Edit::is_changed);
        if changed && !self.asked {
            self.asked = true;
            let key = ui.key_to(Command::EditorLeave);
            ui.say(
                Tone::Warn,
                format!("it was changed and not sent: {key} again leaves, and the text is kept"),
            );
            return;
        }
        ui.leave_edit(self.id);
    }
}

impl View for EditorPane {
    fn cluster(&self) -> Option<ClusterId> {
        Some(self.object.cluster)
    }

    fn edit(&self) -> Option<EditId> {
        Some(self.id)
    }

    fn step(&self) -> String {
        format!("{} edit", self.object)
    }

    fn title(&self, ui: &Ui) -> Vec<(String, Style)> {
        let theme = &ui.config.theme;
        let mut title = vec![(format!(" edit {} ", self.name), theme.style(Scope::Title))];
        if ui.edits.get(self.id).is_some_and(Edit::is_changed) {
            title.push(("changed ".into(), theme.style(Scope::Warning)));
        }
        let (row, column) = self.cursor();
        title.push((format!("{}:{} ", row + 1, column + 1), theme.style(Scope::TextDim)));
        title
    }

    fn contexts(&self) -> Vec<Context> {
        vec![Context::Editor]
    }

    fn refusal(&self, _ui: &Ui, command: Command) -> Option<Refusal> {
        let spec = command.spec();
        let writes = spec.context == Context::Global && command != Command::Quit;
        writes.then(|| Refusal { tone: Tone::Plain, why: "keys write here".into() })
    }

    fn command(&mut self, ui: &mut Ui, command: Command, _effects: &mut Vec<Effect>) {
        match command {
            Command::EditorSend => self.order(ui, Order::Review),
            Command::EditorExternal => self.order(ui, Order::Outside),
            Command::EditorLeave if self.needle.take().is_some() => {
                ui.say(Tone::Plain, "the search is ended");
            }
            Command::EditorLeave => self.leave_text(ui),
            Command::EditorSearch => ui.open_view_prompt(""),
            Command::EditorNext => self.next(ui, true),
            Command::EditorPrevious => self.next(ui, false),
            Command::EditorUndo | Command::EditorRedo => {
                let (step, nothing): (fn(&mut TextArea<'static>) -> bool, _) =
                    if command == Command::EditorUndo {
                        (TextArea::undo, "nothing to take back")
                    } else {
                        (TextArea::redo, "nothing was taken back")
                    };
                if !self.change(ui, step) {
                    ui.say(Tone::Plain, nothing);
                }
            }
            Command::EditorAnew => self.order(ui, Order::Anew),
            _ => {}
        }
        ui.dirty = true;
    }

    fn raw_key(&mut self, ui: &mut Ui, key: KeyEvent, _effects: &mut Vec<Effect>) -> bool {
        let chord = Chord::from(key);
        let keymap = &ui.config.keymap;
        if keymap.resolve(&[Context::Editor], &[], chord) != Resolution::None {
            return false;
        }
        // Leaving the program works from everywhere.
        let global = keymap.resolve(&[Context::Global], &[], chord);
        if chord.typed().is_none() && global == Resolution::Command(Command::Quit) {
            return false;
        }
        let page = self.room.0.saturating_sub(1).max(1);
        let (row, column) = self.cursor();
        ui.dirty = true;
        match key.code {
            KeyCode::PageUp => self.jump(row.saturating_sub(page), column),
            KeyCode::PageDown => self.jump(row + page, column),
            KeyCode::Home if key.modifiers.contains(KeyModifiers::CONTROL) => self.jump(0, 0),
            KeyCode::End if key.modifiers.contains(KeyModifiers::CONTROL) => {
                self.area.move_cursor(CursorMove::Bottom);
            }
            KeyCode::Enter => self.new_line(ui),
            _ => {
                self.change(ui, |area| area.input(key));
            }
        }
        true
    }

    fn paste(&mut self, ui: &mut Ui, text: &str, _effects: &mut Vec<Effect>) -> bool {
        let text = text.replace("\r\n", "\n").replace('\r', "\n");
        self.change(ui, |area| area.insert_str(text));
        true
    }

    fn typed(&mut self, _ui: &mut Ui, line: &str, _accepted: bool) -> Result<(), (usize, String)> {
        self.needle = search::needle(line)?;
        if self.needle.is_some() {
            self.find(true, true);
        }
        Ok(())
    }

    fn settle(&mut self, ui: &mut Ui, area: Rect, _effects: &mut Vec<Effect>) -> Vec<SubId> {
        self.load(ui);
        self.tell(ui);
        let before = (self.top, self.left);
        self.fit(ui, area);
        ui.dirty |= before != (self.top, self.left);
        Vec::new()
    }

    fn draw(&self, ui: &Ui, area: Rect, buf: &mut Buffer) -> Option<(u16, u16)> {
        self.paint(ui, area, buf)
    }

    fn scroll(&self) -> Option<(usize, usize)> {
        Some((self.top, self.area.lines().len()))
    }

    fn step_by(&mut self, ui: &mut Ui, lines: isize) {
        let (row, column) = self.cursor();
        self.jump(row.saturating_add_signed(lines), column);
        ui.dirty = true;
    }
}
