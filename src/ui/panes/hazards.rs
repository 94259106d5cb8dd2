//! `:hazards`: what will hurt later and can be seen now. Its lists are read once, when it opens;
//! nothing polls.

use super::view::View;
use crate::hazards::{self, Finding, Severity, Source, Survey};
use crate::model::{Answer, ClusterId, Fault, Scope, SubId, Text, Ticket, Tone};
use crate::ui::commands::{Command, Context};
use crate::ui::theme;
use crate::ui::usable::Refusal;
use crate::ui::{Effect, Ui};
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;
use std::collections::BTreeMap;

/// The pane.
#[derive(Debug)]
pub struct Hazards {
    cluster: ClusterId,
    namespaces: Vec<Text>,
    survey: Survey,
    /// Lists on their way, and in which namespace.
    asked: BTreeMap<Ticket, (Source, Text)>,
    /// Lists that could not be read.
    faults: Vec<Fault>,
    found: Vec<Finding>,
    cursor: usize,
    top: usize,
    height: usize,
}

impl Hazards {
    /// For the namespaces of a scope.
    pub fn new(cluster: ClusterId, scope: &Scope) -> Self {
        Self {
            cluster,
            namespaces: match scope {
                Scope::All => vec![Text::new()],
                Scope::Namespaces(names) => names.clone(),
            },
            survey: Survey::default(),
            asked: BTreeMap::new(),
            faults: Vec::new(),
            found: Vec::new(),
            cursor: 0,
            top: 0,
            height: 1,
        }
    }

    /// Asks for the first page of everything.
    pub fn begin(&mut self, ui: &mut Ui, effects: &mut Vec<Effect>) {
        for source in Source::ALL {
            for namespace in self.namespaces.clone() {
                self.ask(ui, source, namespace, "", effects);
            }
        }
    }

    fn ask(
        &mut self,
        ui: &mut Ui,
        source: Source,
        namespace: Text,
        token: &str,
        effects: &mut Vec<Effect>,
    ) {
        let ticket = ui.ticket();
        let read = source.read(&namespace, token);
        self.asked.insert(ticket, (source, namespace));
        effects.push(Effect::Read { ticket, cluster: self.cluster, read });
    }

    fn lines(&self) -> usize {
        self.found.len() + self.faults.len()
    }

    fn count(&self, severity: Severity) -> usize {
        self.found.iter().filter(|one| one.severity == severity).count()
    }

    fn move_by(&mut self, lines: isize) {
        let last = self.lines().saturating_sub(1);
        self.cursor = self.cursor.saturating_add_signed(lines).min(last);
    }
}

impl View for Hazards {
    fn cluster(&self) -> Option<ClusterId> {
        Some(self.cluster)
    }

    fn step(&self) -> String {
        "hazards".to_owned()
    }

    fn title(&self, ui: &Ui) -> Vec<(String, Style)> {
        let theme = &ui.config.theme;
        let (serious, soon) = (self.count(Severity::Serious), self.count(Severity::Soon));
        let mut parts = vec![(" hazards ".to_owned(), theme.style(theme::Scope::Text))];
        if self.asked.is_empty() {
            parts.push((format!("●{serious} "), theme.tone(Tone::Bad)));
            parts.push((format!("◐{soon} "), theme.tone(Tone::Warn)));
        }
        parts
    }

    fn contexts(&self) -> Vec<Context> {
        vec![Context::Page]
    }

    fn refusal(&self, _ui: &Ui, command: Command) -> Option<Refusal> {
        let why = match command {
            Command::PageOpen if self.found.get(self.cursor).is_none() => "nothing is selected",
            Command::PageFilter
            | Command::PageNext
            | Command::PagePrevious
            | Command::PageReveal
            | Command::PageCopy => "hazards are one list without parts: <enter> goes to the object",
            _ => return None,
        };
        Some(Refusal { tone: Tone::Plain, why: why.into() })
    }

    fn command(&mut self, ui: &mut Ui, command: Command, _effects: &mut Vec<Effect>) {
        if let Some(lines) = ui.motion(command) {
            self.move_by(lines);
            ui.dirty = true;
        } else if command == Command::PageOpen
            && let Some(one) = self.found.get(self.cursor)
        {
            ui.here = self.cluster;
            let (namespace, name) = (one.namespace.as_str().into(), one.name.as_str().into());
            ui.go_to_object(one.group, one.kind, &namespace, &name, "hazards".into());
        }
    }

    fn answer(
        &mut self,
        ui: &mut Ui,
        ticket: Ticket,
        answer: &Result<Answer, Fault>,
        effects: &mut Vec<Effect>,
    ) -> bool {
        let Some((source, namespace)) = self.asked.remove(&ticket) else { return false };
        let taken = match answer {
            Ok(Answer::Object(json)) => self
                .survey
                .take(source, json)
                .map_err(|why| Fault::new(crate::model::FaultKind::Other, "read a list", why)),
            Ok(Answer::Access(..)) => Ok(String::new()),
            Err(fault) => Err(fault.clone()),
        };
        match taken {
            Ok(token) if token.is_empty() => {}
            Ok(token) => self.ask(ui, source, namespace, &token, effects),
            Err(fault) => {
                self.survey.lose(source);
                self.faults.push(fault);
            }
        }
        if self.asked.is_empty() {
            self.found = hazards::judge(&self.survey, ui.now);
        }
        ui.dirty = true;
        true
    }

    fn settle(&mut self, _ui: &mut Ui, area: Rect, _effects: &mut Vec<Effect>) -> Vec<SubId> {
        self.height = usize::from(area.height).max(1);
        self.top = self.top.min(self.cursor).max((self.cursor + 1).saturating_sub(self.height));
        Vec::new()
    }

    fn draw(&self, ui: &Ui, area: Rect, buf: &mut Buffer) -> Option<(u16, u16)> {
        let theme = &ui.config.theme;
        let dim = theme.style(theme::Scope::TextDim);
        let room = usize::from(area.width.saturating_sub(2));
        if !self.asked.is_empty() || self.lines() == 0 {
            let words = if self.asked.is_empty() {
                "none found: services, selectors, jobs and certificates look well"
            } else {
                "reading services, endpoints, deployments, jobs and certificates"
            };
            buf.set_stringn(area.x + 1, area.y, words, room, dim);
            return None;
        }
        for (at, y) in (self.top..self.lines()).zip(area.y..area.bottom()) {
            if let Some(one) = self.found.get(at) {
                let (mark, tone) = match one.severity {
                    Severity::Serious => ("● ", Tone::Bad),
                    Severity::Soon => ("◐ ", Tone::Warn),
                };
                let place = format!("{}/{} {}  ", one.kind, one.name, one.namespace);
                let (x, _) = buf.set_stringn(area.x + 1, y, mark, room, theme.tone(tone));
                let left = usize::from(area.right().saturating_sub(x + 1));
                let text = theme.style(theme::Scope::Text);
                let (x, _) = buf.set_stringn(x, y, place, left, text);
                let left = usize::from(area.right().saturating_sub(x + 1));
                buf.set_stringn(x, y, &one.words, left, dim);
            } else if let Some(fault) = self.faults.get(at - self.found.len()) {
                let words = format!("? not judged: {fault}");
                buf.set_stringn(area.x + 1, y, words, room, theme.tone(Tone::Warn));
            }
            if at == self.cursor {
                let line = Rect { y, height: 1, ..area };
                buf.set_style(line, theme.style(theme::Scope::RowSelected));
            }
        }
        None
    }

    fn scroll(&self) -> Option<(usize, usize)> {
        Some((self.top, self.lines()))
    }

    fn step_by(&mut self, ui: &mut Ui, lines: isize) {
        self.move_by(lines);
        ui.dirty = true;
    }

    fn click(&mut self, ui: &mut Ui, _column: u16, row: u16, effects: &mut Vec<Effect>) {
        let at = self.top + usize::from(row);
        if at == self.cursor {
            self.command(ui, Command::PageOpen, effects);
        } else if at < self.lines() {
            self.cursor = at;
            ui.dirty = true;
        }
    }

    fn is_complete(&self) -> bool {
        self.asked.is_empty()
    }
}
