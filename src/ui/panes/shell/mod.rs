//! A process in a container, in a pane of its own: every key goes to it but the few of `[shell]`.
//!
//! `terminal` is what it writes to, `tame` makes that harmless, `keys` says what keys send, `paint`
//! draws, `open` is the way here from tables.

mod keys;
mod open;
mod paint;
mod tame;
mod terminal;

use crate::model::{
    ClusterId, Fault, FaultKind, Plan, ShellEvent, ShellSpec, StreamEvent, StreamId, StreamInput,
    StreamSpec, SubId, Text, Tone,
};
use crate::text::sanitise;
use crate::ui::chord::Chord;
use crate::ui::commands::{Command, Context};
use crate::ui::keymap::Resolution;
use crate::ui::panes::view::View;
use crate::ui::theme::Scope;
use crate::ui::usable::Refusal;
use crate::ui::widgets::picture::wrapped;
use crate::ui::{Effect, Ui};
use crossterm::event::KeyEvent;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;
use terminal::Terminal;

/// What leaves a process that has the whole terminal, where no key of `[shell]` does: ctrl-].
const LEAVE: &[u8] = b"\x1d";

/// How far the process is.
#[derive(Debug, PartialEq)]
enum State {
    Opening,
    Running,
    Exited(i32),
    Failed(Fault),
}

/// The pane.
#[derive(Debug)]
pub struct ShellPane {
    spec: ShellSpec,
    plan: Plan,
    context: Text,
    stream: Option<StreamId>,
    state: State,
    terminal: Terminal,
    /// The best shell of the image was asked for: where there is none, a debug container helps.
    any_shell: bool,
    /// It gets the whole terminal as soon as it runs.
    whole: bool,
    /// The process knows the size of this terminal: it may have had another one meanwhile.
    sized: bool,
}

impl ShellPane {
    fn new(spec: ShellSpec, plan: Plan, size: (u16, u16), whole: bool) -> Self {
        Self {
            context: plan.context.clone(),
            any_shell: spec.command.last().is_some_and(|s| s == crate::verbs::shell::ANY_SHELL),
            spec,
            plan,
            stream: None,
            state: State::Opening,
            terminal: Terminal::new(size),
            whole,
            sized: true,
        }
    }

    /// Opens it, or opens it anew.
    fn begin(&mut self, ui: &mut Ui, effects: &mut Vec<Effect>) {
        self.leave(effects);
        let size = self.terminal.size();
        self.terminal = Terminal::new(size);
        self.spec.size = size;
        self.state = State::Opening;
        let plan = Plan { id: ui.plan_id(), ..self.plan.clone() };
        let spec = StreamSpec::Shell(self.spec.clone());
        self.stream = Some(ui.open_stream(spec, Some(plan), effects));
        ui.dirty = true;
    }

    fn lives(&self) -> bool {
        matches!(self.state, State::Opening | State::Running)
    }

    fn send(&self, bytes: Vec<u8>, effects: &mut Vec<Effect>) {
        if let Some(stream) = self.stream
            && !bytes.is_empty()
        {
            effects.push(Effect::Input(stream, StreamInput::Bytes(bytes)));
        }
    }

    /// Hands the whole terminal to the process.
    fn hand_over(&mut self, ui: &Ui, effects: &mut Vec<Effect>) {
        let Some(stream) = self.stream.filter(|_| self.lives()) else { return };
        let key = ui.config.keymap.key_for(&[Context::Shell], Command::Detach);
        let leave = key
            .as_deref()
            .and_then(|key| Chord::parse_sequence(key.trim_matches(['<', '>'])).ok())
            .and_then(|chords| match chords.as_slice() {
                [one] => keys::bytes(one.event(), false),
                _ => None,
            });
        self.sized = false;
        effects.push(Effect::Handover {
            stream,
            screen: self.terminal.drawn(),
            leave: leave.unwrap_or_else(|| LEAVE.to_vec()),
        });
    }

    /// What the person should know once it has ended.
    fn end(&self, ui: &Ui) -> Option<(Vec<String>, Tone)> {
        let key = |command| ui.key_to(command);
        let again =
            format!("{} runs it again, {} leaves", key(Command::ShellAgain), key(Command::Escape));
        let no_shell = || {
            let debug = ui.config.keymap.chords(Command::Debug).into_iter().next();
            let debug = debug.unwrap_or_else(|| Command::Debug.id().to_owned());
            format!("there is no shell in this image: {debug} on the pod plans a debug container")
        };
        match &self.state {
            State::Opening | State::Running => None,
            State::Exited(126 | 127) if self.any_shell && !self.terminal.written => {
                Some((vec![no_shell(), again], Tone::Bad))
            }
            State::Exited(code) => {
                let tone = if *code == 0 { Tone::Good } else { Tone::Warn };
                Some((vec![format!("ended with exit code {code}"), again], tone))
            }
            State::Failed(fault)
                if self.any_shell && fault.kind == FaultKind::NotFound && fault.code.is_none() =>
            {
                Some((vec![fault.why.clone(), no_shell(), again], Tone::Bad))
            }
            State::Failed(fault) => {
                let mut lines = vec![fault.why.clone()];
                if !fault.hint.is_empty() {
                    lines.push(fault.hint.clone());
                }
                lines.push(again);
                Some((lines, Tone::Bad))
            }
        }
    }
}

impl View for ShellPane {
    fn cluster(&self) -> Option<ClusterId> {
        Some(self.spec.pod.cluster)
    }

    fn step(&self) -> String {
        let verb = if self.spec.command.is_empty() { "attach" } else { "shell" };
        format!("{} {verb}", self.spec.pod)
    }

    fn title(&self, ui: &Ui) -> Vec<(String, Style)> {
        let theme = &ui.config.theme;
        let pod = &self.spec.pod;
        let place =
            format!(" {} {}/{} {} ", self.context, pod.namespace, pod.name, self.spec.container);
        let mut parts = vec![(place, theme.style(Scope::Text))];
        let dim = theme.style(Scope::TextDim);
        let back = self.terminal.screen().scrollback();
        match &self.state {
            State::Opening => parts.push(("opening ".into(), theme.tone(Tone::Busy))),
            State::Running if back > 0 => {
                parts.push((format!("{back} lines back "), theme.tone(Tone::Warn)));
            }
            State::Running => {
                let key = ui.config.keymap.key_for(&[Context::Shell], Command::Detach);
                parts.push((format!("{} leaves ", key.unwrap_or_default()), dim));
            }
            State::Exited(code) => parts.push((format!("exit code {code} "), dim)),
            State::Failed(_) => parts.push(("failed ".into(), theme.tone(Tone::Bad))),
        }
        parts
    }

    fn contexts(&self) -> Vec<Context> {
        vec![Context::Shell]
    }

    fn refusal(&self, _ui: &Ui, command: Command) -> Option<Refusal> {
        let why = match command {
            Command::ShellAgain if self.lives() => "it still runs",
            Command::ShellWhole if !self.lives() => "it has ended",
            Command::Detach
            | Command::ScrollBack
            | Command::ScrollForward
            | Command::ShellWhole
            | Command::ShellAgain => return None,
            // So that the footer offers no key that would be typed into it.
            _ if self.lives() => "every other key goes to the process",
            _ => return None,
        };
        Some(Refusal { why: why.into(), tone: Tone::Plain })
    }

    fn command(&mut self, ui: &mut Ui, command: Command, effects: &mut Vec<Effect>) {
        let page = isize::try_from(self.terminal.size().1).unwrap_or(1) - 1;
        match command {
            Command::ScrollBack => self.terminal.scroll_back(page.max(1)),
            Command::ScrollForward => self.terminal.scroll_back(-page.max(1)),
            Command::ShellAgain => self.begin(ui, effects),
            Command::ShellWhole => self.hand_over(ui, effects),
            command => {
                if let Some(lines) = ui.motion(command) {
                    self.terminal.scroll_back(lines.saturating_neg());
                }
            }
        }
        ui.dirty = true;
    }

    fn raw_key(&mut self, ui: &mut Ui, key: KeyEvent, effects: &mut Vec<Effect>) -> bool {
        if !self.lives() {
            return false;
        }
        let pending = ui.pending().to_vec();
        match ui.config.keymap.resolve(&[Context::Shell], &pending, Chord::from(key)) {
            // Bound for when it has ended.
            Resolution::Command(Command::ShellAgain) | Resolution::None => {}
            Resolution::Command(_) | Resolution::Pending => return false,
        }
        if let Some(bytes) = keys::bytes(key, self.terminal.screen().application_cursor()) {
            self.terminal.scroll_to_end();
            self.send(bytes, effects);
        }
        true
    }

    fn paste(&mut self, _ui: &mut Ui, text: &str, effects: &mut Vec<Effect>) -> bool {
        if self.lives() {
            let bracketed = self.terminal.screen().bracketed_paste();
            self.send(keys::pasted(text, bracketed), effects);
        }
        true
    }

    fn stream(
        &mut self,
        ui: &mut Ui,
        stream: StreamId,
        event: &mut StreamEvent,
        effects: &mut Vec<Effect>,
    ) -> bool {
        if self.stream != Some(stream) {
            return false;
        }
        let StreamEvent::Shell(event) = event else { return true };
        ui.dirty = true;
        match event {
            ShellEvent::Started => {
                self.state = State::Running;
                if self.whole {
                    self.hand_over(ui, effects);
                }
            }
            ShellEvent::Output(bytes) | ShellEvent::Error(bytes) => {
                self.terminal.write(bytes, !self.spec.tty);
                let answers = self.terminal.answers();
                if self.spec.tty && self.spec.stdin && !ui.handed_over(stream) {
                    self.send(answers, effects);
                }
            }
            ShellEvent::Taken(_) => ui.dirty = false,
            ShellEvent::Exited(code) => self.state = State::Exited(*code),
            ShellEvent::Failed(fault) => self.state = State::Failed(fault.clone()),
        }
        true
    }

    fn settle(&mut self, ui: &mut Ui, area: Rect, effects: &mut Vec<Effect>) -> Vec<SubId> {
        if self.stream.is_some_and(|stream| ui.handed_over(stream)) {
            self.sized = false;
            return Vec::new();
        }
        if self.terminal.resize((area.width, area.height)) || !self.sized {
            self.sized = true;
            let (columns, rows) = self.terminal.size();
            if let Some(stream) = self.stream.filter(|_| self.lives() && self.spec.tty) {
                effects.push(Effect::Input(stream, StreamInput::Size(columns, rows)));
            }
            ui.dirty = true;
        }
        Vec::new()
    }

    fn draw(&self, ui: &Ui, area: Rect, buf: &mut Buffer) -> Option<(u16, u16)> {
        let cursor = paint::screen(ui, self.terminal.screen(), area, buf);
        let Some((lines, tone)) = self.end(ui) else { return cursor };
        let style = ui.config.theme.tone(tone);
        let room = usize::from(area.width.saturating_sub(2));
        let lines: Vec<String> =
            lines.iter().flat_map(|line| wrapped(&sanitise::clean(line), room)).collect();
        let height = u16::try_from(lines.len()).unwrap_or(u16::MAX).min(area.height);
        // Below what it wrote, as far as there is room; else over its last lines.
        let below = self.terminal.screen().cursor_position().0 + 2;
        let top = area.y + below.min(area.height - height);
        for (line, y) in lines.iter().zip(top..area.bottom()) {
            buf.set_stringn(area.x, y, " ".repeat(usize::from(area.width)), room + 2, style);
            buf.set_stringn(area.x + 1, y, line, room, style);
        }
        None
    }

    fn step_by(&mut self, ui: &mut Ui, lines: isize) {
        self.terminal.scroll_back(lines.saturating_neg().saturating_mul(3));
        ui.dirty = true;
    }

    fn leave(&mut self, effects: &mut Vec<Effect>) {
        if let Some(stream) = self.stream.take().filter(|_| self.lives()) {
            effects.push(Effect::Close(stream));
        }
    }

    fn is_complete(&self) -> bool {
        self.state != State::Opening
    }
}
