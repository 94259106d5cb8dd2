//! What every pane beside tables and YAML is: one file with its state, what keys do to it, and its
//! drawing. `Ui` knows them only through this trait.
//!
//! While one of the methods that take `&mut Ui` runs, the pane is taken out of `ui.panes`; what it
//! pushes there lies on top of it afterwards.

use super::drift::Pointed;
use super::page::Page;
use crate::drift::News;
use crate::model::{
    Answer, ClusterId, Fault, ObjRef, StreamEvent, StreamId, StreamSpec, SubId, Ticket,
};
use crate::ui::commands::{Command, Context};
use crate::ui::edits::EditId;
use crate::ui::note::Note;
use crate::ui::side::Selection;
use crate::ui::usable::Refusal;
use crate::ui::{Effect, Ui};
use crossterm::event::KeyEvent;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;

/// One pane.
pub trait View: std::fmt::Debug {
    /// The cluster it looks at, if it looks at one.
    fn cluster(&self) -> Option<ClusterId>;

    /// The edit whose text it shows, if it is an editor.
    fn edit(&self) -> Option<EditId> {
        None
    }

    /// Its step of the way here: `Pod/api logs`.
    fn step(&self) -> String;

    /// What its frame says: pieces, from left to right.
    fn title(&self, ui: &Ui) -> Vec<(String, Style)>;

    /// Where its keys are looked up, innermost first; `Global` comes by itself.
    fn contexts(&self) -> Vec<Context>;

    /// Why a command has nothing to do here; None where it works.
    fn refusal(&self, _ui: &Ui, _command: Command) -> Option<Refusal> {
        None
    }

    /// Carries out a command of its contexts, or a motion ([`Ui::motion`]).
    fn command(&mut self, ui: &mut Ui, command: Command, effects: &mut Vec<Effect>);

    /// Takes a key before any keymap; false leaves it to the keymap. For terminals and editors.
    fn raw_key(&mut self, _ui: &mut Ui, _key: KeyEvent, _effects: &mut Vec<Effect>) -> bool {
        false
    }

    /// Takes pasted text; false when it has no use for it.
    fn paste(&mut self, _ui: &mut Ui, _text: &str, _effects: &mut Vec<Effect>) -> bool {
        false
    }

    /// The lines it shows, where it is a page: filter, motion, scroll bar and clicks are the page's own
    /// then, and a click on the selected line opens it.
    fn page(&self) -> Option<&Page> {
        None
    }

    /// The same, to change it.
    fn page_mut(&mut self) -> Option<&mut Page> {
        None
    }

    /// Esc: clears a filter, a search or the like; false when there is nothing to clear, and the
    /// pane is left.
    fn escape(&mut self, _ui: &mut Ui) -> bool {
        self.page_mut().is_some_and(Page::clear_filter)
    }

    /// The line typed after `/` ([`Ui::open_view_prompt`]) changed, or is `accepted`.
    ///
    /// # Errors
    /// Where it is wrong (byte offset) and why; the prompt stays open.
    fn typed(&mut self, _ui: &mut Ui, line: &str, _accepted: bool) -> Result<(), (usize, String)> {
        if let Some(page) = self.page_mut() {
            page.set_filter(line);
        }
        Ok(())
    }

    /// An answer came; false when the ticket is not its own.
    fn answer(
        &mut self,
        _ui: &mut Ui,
        _ticket: Ticket,
        _answer: &Result<Answer, Fault>,
        _effects: &mut Vec<Effect>,
    ) -> bool {
        false
    }

    /// A comparison has found something; false when the ticket is not its own. It takes what it wants
    /// out of the news.
    fn compared(
        &mut self,
        _ui: &mut Ui,
        _ticket: Ticket,
        _news: &mut Vec<News>,
        _effects: &mut Vec<Effect>,
    ) -> bool {
        false
    }

    /// A cache or an artifact is being read as it planned; false when the plan was another's.
    fn opened(&mut self, _stream: StreamId, _spec: &StreamSpec) -> bool {
        false
    }

    /// A stream told something; false when the stream is not its own. Panes below the one on screen
    /// are told too: what they collect goes on.
    fn stream(
        &mut self,
        _ui: &mut Ui,
        _stream: StreamId,
        _event: &mut StreamEvent,
        _effects: &mut Vec<Effect>,
    ) -> bool {
        false
    }

    /// The time it asked for with [`Effect::Wake`] is over; false when the ticket is not its own.
    fn woke(&mut self, _ticket: Ticket) -> bool {
        false
    }

    /// Whether it is a list of objects, so that something can be shown beside it.
    fn is_list(&self) -> bool {
        false
    }

    /// The object that is selected, for what is shown beside it.
    fn selection(&self, _ui: &Ui) -> Selection {
        Selection::NoList
    }

    /// The object that it is about, or that is selected in it.
    fn about(&self, ui: &Ui) -> Option<ObjRef> {
        match self.selection(ui) {
            Selection::Object(object, _) => Some(object),
            _ => None,
        }
    }

    /// What a look at differences from here is about, where that is something else than
    /// [`View::about`].
    fn points_at(&self, _ui: &Ui) -> Option<Pointed> {
        None
    }

    /// Whether it reads a stream now: one that is no longer looked at is better left.
    fn streams(&self) -> bool {
        false
    }

    /// Whether it looks at the apps of its cluster: they are kept up to date while it is there.
    fn needs_apps(&self) -> bool {
        false
    }

    /// Before each frame: brings it up to date with subscriptions and clock, for an inner area of
    /// this size. Sets `ui.dirty` when something on screen changed. Returns the subscriptions it
    /// needs; the rest is ended after a while.
    fn settle(&mut self, ui: &mut Ui, area: Rect, effects: &mut Vec<Effect>) -> Vec<SubId>;

    /// Whether it has more to do than one [`View::settle`] did: it is settled again as soon as no
    /// key waits.
    fn has_work(&self) -> bool {
        false
    }

    /// A command line typed while it is on screen (its first word, and the rest), before it is
    /// taken for a place to go to; false when it has no use for it.
    fn order(&mut self, _ui: &mut Ui, _word: &str, _rest: &str) -> bool {
        false
    }

    /// What it has to say in a note (`:note`); None where there is nothing to note.
    fn note(&self, _ui: &Ui) -> Option<Note> {
        None
    }

    /// When it changes by itself, Unix seconds.
    fn next_due(&self, _ui: &Ui) -> Option<i64> {
        None
    }

    /// The subscription whose state the header tells.
    fn sub(&self) -> Option<SubId> {
        None
    }

    /// Draws it into the frame. Returns where the cursor belongs, if it is to be seen.
    fn draw(&self, ui: &Ui, area: Rect, buf: &mut Buffer) -> Option<(u16, u16)>;

    /// Wants the whole screen: its title and itself, without header, frame and keys.
    fn full_screen(&self) -> bool {
        false
    }

    /// Long lines go on in the next one: a pane that takes its place does the same.
    fn wraps(&self) -> bool {
        false
    }

    /// Which lines are on screen, for the scroll bar: the first one, and how many there are.
    fn scroll(&self) -> Option<(usize, usize)> {
        self.page().map(Page::scroll)
    }

    /// The wheel turned, or a motion key was pressed on its behalf: lines, down is positive.
    fn step_by(&mut self, ui: &mut Ui, lines: isize) {
        if let Some(page) = self.page_mut() {
            page.step(lines);
            ui.dirty = true;
        }
    }

    /// A click inside its frame, relative to it.
    fn click(&mut self, ui: &mut Ui, _column: u16, row: u16, effects: &mut Vec<Effect>) {
        let Some(page) = self.page_mut() else { return };
        let again = page.click(row);
        ui.dirty = true;
        if again {
            self.command(ui, Command::PageOpen, effects);
        }
    }

    /// Another pane is about to lie on top of it: what must not stay in memory goes.
    fn covered(&mut self) {}

    /// It leaves the way here for good: streams are closed.
    fn leave(&mut self, _effects: &mut Vec<Effect>) {}

    /// All of its text is there: for `--once` and screenshots.
    fn is_complete(&self) -> bool {
        true
    }
}
