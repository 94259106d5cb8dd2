//! Keys to commands, commands to changes.

use super::chord::Chord;
use super::commands::{Command, Context};
use super::keymap::Resolution;
use super::object_keys::contexts_of;
use super::panes::Pane;
use super::panes::browse::What;
use super::widgets::{frame, help, picture};
use super::{Effect, History, Overlay, Ui};
use crate::model::Facet;
use crossterm::event::{KeyEvent, KeyModifiers};

impl Ui {
    /// Where keys are looked up now, innermost first.
    pub fn key_contexts(&self) -> Vec<Context> {
        if self.prompt.is_some() {
            return vec![Context::Prompt];
        }
        match &self.overlay {
            Some(Overlay::Plan(_)) => vec![Context::Plan],
            Some(Overlay::Help(_) | Overlay::Full { .. } | Overlay::Themes(_)) => {
                vec![Context::Overlay, Context::Global]
            }
            None => self.contexts_below_overlay(),
        }
    }

    /// Where keys are looked up in the pane itself, innermost first.
    pub fn contexts_below_overlay(&self) -> Vec<Context> {
        let mut contexts = match self.pane() {
            Some(Pane::Browse(browse)) => match &browse.what {
                What::Contexts => vec![Context::Contexts, Context::Table],
                What::Forwards => vec![Context::Forwards, Context::Table],
                What::Apps(_) => vec![Context::Apps, Context::Table],
                What::Objects(objects) => {
                    let own: &[Context] = match objects.facet {
                        Facet::Containers => &[Context::Containers],
                        _ => contexts_of(&objects.resource.gvr.group, &objects.resource.kind),
                    };
                    own.iter().copied().chain([Context::Table]).collect()
                }
                _ => vec![Context::Table],
            },
            Some(Pane::Text(_)) => vec![Context::Text],
            Some(Pane::View(view)) => view.contexts(),
            None => Vec::new(),
        };
        contexts.push(Context::Global);
        contexts
    }

    /// The keys pressed so far of a longer sequence.
    pub fn pending(&self) -> &[Chord] {
        &self.pending
    }

    pub(super) fn key(&mut self, key: KeyEvent, effects: &mut Vec<Effect>) {
        if self.overlay.is_none()
            && self.prompt.is_none()
            && self.with_view(|view, ui| view.raw_key(ui, key, effects)) == Some(true)
        {
            self.pending.clear();
            return;
        }
        let chord = Chord::from(key);
        let free = self.overlay.is_none() && self.prompt.is_none() && self.pending.is_empty();
        if free && let Some(own) = self.user_command_on(chord, true) {
            return self.run_user_command(&own, effects);
        }
        let contexts = self.key_contexts();
        match self.resolve(&contexts, chord) {
            Resolution::Pending => self.pending.push(chord),
            Resolution::Command(command) => {
                self.pending.clear();
                self.command(command, key, effects);
            }
            Resolution::None => {
                if free && let Some(own) = self.user_command_on(chord, false) {
                    return self.run_user_command(&own, effects);
                }
                self.pending.clear();
                // Esc and a key right after it arrive as one press with alt: over a pane, where Esc is
                // what everybody presses, they are taken for the two that they were.
                if self.prompt.is_none()
                    && self.overlay.is_some()
                    && key.modifiers.contains(KeyModifiers::ALT)
                {
                    self.escape(effects);
                    let modifiers = key.modifiers - KeyModifiers::ALT;
                    return self.key(KeyEvent { modifiers, ..key }, effects);
                }
                self.free_key(key, chord, effects);
            }
        }
    }

    /// What a key comes to. In the side pane the keys of side panes are what they are elsewhere.
    fn resolve(&self, contexts: &[Context], chord: Chord) -> Resolution {
        if self.side_has_focus() && self.overlay.is_none() && self.prompt.is_none() {
            let global = self.config.keymap.resolve(&[Context::Global], &self.pending, chord);
            if let Resolution::Command(Command::Side | Command::SideClose | Command::SideKind) =
                global
            {
                return global;
            }
        }
        self.config.keymap.resolve(contexts, &self.pending, chord)
    }

    /// A key that is no command: text, where text is wanted.
    fn free_key(&mut self, key: KeyEvent, chord: Chord, effects: &mut Vec<Effect>) {
        let everywhere = self.config.keymap.resolve(&[Context::Global], &[], chord);
        if chord.typed().is_none() && everywhere == Resolution::Command(Command::Quit) {
            return self.quit(effects);
        }
        if let Some(prompt) = &mut self.prompt {
            if prompt.closes_on(key) {
                self.cancel_prompt();
            } else if prompt.input(key) {
                self.prompt_changed(effects);
            }
            return;
        }
        if let Some(Overlay::Plan(dialog)) = &mut self.overlay
            && dialog.is_typing()
        {
            if key.code == crossterm::event::KeyCode::Backspace {
                dialog.rub_out();
            } else if let Some(c) = chord.typed() {
                dialog.type_in(c.encode_utf8(&mut [0; 4]));
            }
        }
    }

    pub(super) fn paste(&mut self, text: &str, effects: &mut Vec<Effect>) {
        self.dirty = true;
        if let Some(prompt) = &mut self.prompt {
            prompt.paste(text);
            self.prompt_changed(effects);
        } else if let Some(Overlay::Plan(dialog)) = &mut self.overlay {
            if dialog.is_typing() {
                dialog.type_in(text.trim());
            }
        } else if self.overlay.is_none() {
            self.with_view(|view, ui| view.paste(ui, text, effects));
        }
    }

    pub(super) fn command(&mut self, command: Command, key: KeyEvent, effects: &mut Vec<Effect>) {
        if command == Command::Quit {
            return self.quit(effects);
        }
        if self.prompt.is_some() {
            return self.prompt_command(command, key, effects);
        }
        if matches!(command, Command::TourToggle | Command::TourHint) {
            return self.tour_command(command);
        }
        if let Some(Overlay::Plan(_)) = self.overlay {
            return self.plan_command(command, key, effects);
        }
        if let Some(Overlay::Themes(_)) = self.overlay {
            return self.theme_command(command, effects);
        }
        match command {
            Command::CommandLine => self.open_command_line(effects),
            Command::Help => {
                self.hints = false;
                self.toggle_help();
            }
            Command::Escape => self.escape(effects),
            Command::Back if self.overlay.is_some() => self.overlay = None,
            Command::Back => match self.refusal(command) {
                Some(refusal) => self.say(refusal.tone, refusal.why),
                None => self.back(effects),
            },
            Command::HistoryBack => self.go_history(-1, effects),
            Command::HistoryForward => self.go_history(1, effects),
            Command::LastCommand => self.last_command(effects),
            Command::Refresh => {
                effects.push(Effect::Retry(self.here));
                effects.push(Effect::Login(self.here));
                effects.push(Effect::Redraw);
            }
            Command::ToggleHeader => self.header = !self.header,
            Command::Kinds => self.open_own_page("kinds", effects),
            Command::Messages => self.open_own_page("messages", effects),
            Command::Actions => self.open_own_page("actions", effects),
            Command::Side | Command::SideClose | Command::SideKind if self.overlay.is_none() => {
                self.side_command(command, effects);
            }
            Command::Suspend => effects.push(Effect::Suspend),
            Command::Drift if self.overlay.is_none() => self.open_drift(),
            Command::ManagedBy if self.overlay.is_none() => self.ask_who_manages(effects),
            Command::Choose => self.overlay = None,
            _ if self.overlay.is_some() => self.overlay_motion(command),
            _ => self.pane_command(command, effects),
        }
    }

    fn pane_command(&mut self, command: Command, effects: &mut Vec<Effect>) {
        match self.pane() {
            Some(Pane::Text(_)) => self.text_command(command, effects),
            Some(Pane::Browse(_)) => self.table_command(command, effects),
            Some(Pane::View(_)) => self.view_command(command, effects),
            None => {}
        }
    }

    fn escape(&mut self, effects: &mut Vec<Effect>) {
        if let Some(Overlay::Themes(_)) = self.overlay {
            return self.theme_command(Command::Escape, effects);
        }
        if self.overlay.take().is_some() || self.with_view(|view, ui| view.escape(ui)) == Some(true)
        {
            return;
        }
        match self.pane_mut() {
            Some(Pane::Browse(browse)) if !browse.filter.is_empty() => {
                // The empty filter is always right.
                let _ = browse.set_filter("", None);
            }
            Some(Pane::Text(text)) if !text.needle.is_empty() => text.needle.clear(),
            _ => match self.refusal(Command::Back) {
                Some(refusal) => self.say(refusal.tone, refusal.why),
                None => self.back(effects),
            },
        }
    }

    fn toggle_help(&mut self) {
        self.overlay = match self.overlay {
            Some(Overlay::Help(_)) => None,
            _ => Some(Overlay::Help(0)),
        };
    }

    fn open_own_page(&mut self, word: &str, effects: &mut Vec<Effect>) {
        self.overlay = None;
        self.open_line(word, effects);
    }

    fn last_command(&mut self, effects: &mut Vec<Effect>) {
        let History { before, at, .. } = self.history;
        self.go_history(before.cast_signed() - at.cast_signed(), effects);
    }

    /// Scrolls what lies over the pane.
    pub(super) fn scroll_overlay(&mut self, lines: isize) {
        let last = match &self.overlay {
            Some(Overlay::Help(_)) => help::lines(self).saturating_sub(help::room(self.size)),
            Some(Overlay::Full { text, .. }) => picture::full_extent(text, self.size).0,
            _ => return,
        };
        if let Some(Overlay::Help(top) | Overlay::Full { top, .. }) = &mut self.overlay {
            *top = top.saturating_add_signed(lines).min(last);
        }
    }

    fn overlay_motion(&mut self, command: Command) {
        let page = match &self.overlay {
            Some(Overlay::Full { text, .. }) => picture::full_extent(text, self.size).1,
            _ => help::room(self.size),
        };
        let page = isize::try_from(page).unwrap_or(1).max(1);
        let lines = match command {
            Command::PageUp | Command::HalfUp => -page,
            Command::PageDown | Command::HalfDown => page,
            command => self.motion(command).unwrap_or(0),
        };
        self.scroll_overlay(lines);
    }

    /// The key that runs a command from the pane on screen, for sentences: `<ctrl-r>`; its name
    /// for the command line where no key runs it.
    pub fn key_to(&self, command: Command) -> String {
        self.config
            .keymap
            .key_for(&self.contexts_below_overlay(), command)
            .or_else(|| self.config.keymap.chords(command).into_iter().next())
            .unwrap_or_else(|| command.id().to_owned())
    }

    /// How many lines a motion moves on the pane on screen; None for other commands.
    pub fn motion(&self, command: Command) -> Option<isize> {
        let layout = frame::layout_of(self);
        let rows = match self.pane() {
            Some(Pane::Text(_) | Pane::View(_)) => layout.text_rows(),
            _ => layout.rows(),
        };
        let page = isize::try_from(rows.saturating_sub(1).max(1)).unwrap_or(1);
        Some(match command {
            Command::MoveUp => -1,
            Command::MoveDown => 1,
            Command::PageUp => -page,
            Command::PageDown => page,
            Command::HalfUp => -(page / 2).max(1),
            Command::HalfDown => (page / 2).max(1),
            Command::Top => isize::MIN,
            Command::Bottom => isize::MAX,
            _ => return None,
        })
    }

    /// Moves the selection of the pane on screen.
    pub(super) fn step(&mut self, lines: isize) {
        if self.with_view(|view, ui| view.step_by(ui, lines)).is_some() {
            return;
        }
        let moved = match self.pane() {
            Some(Pane::Browse(browse)) => self.source(browse).map(|source| {
                let to = browse.cursor.saturating_add_signed(lines);
                (to, browse.key_at(to, source))
            }),
            _ => None,
        };
        match (self.pane_mut(), moved) {
            (Some(Pane::Browse(browse)), Some((to, key))) => browse.move_to(to, key),
            (Some(Pane::Text(text)), _) => text.step(lines),
            _ => {}
        }
    }
}
