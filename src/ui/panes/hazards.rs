//! `:hazards`: what will hurt later and can be seen now. Its lists are read once, when it opens;
//! nothing polls.

use super::view::View;
use crate::hazards::{CONTEXT, Finding, Severity};
use crate::model::{Answer, ClusterId, Fault, Scope, SubId, Ticket, Tone};
use crate::ui::commands::{Command, Context};
use crate::ui::hazard_look::Look;
use crate::ui::theme;
use crate::ui::usable::Refusal;
use crate::ui::{Effect, Ui};
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;

/// The pane.
#[derive(Debug)]
pub struct Hazards {
    cluster: ClusterId,
    look: Look,
    cursor: usize,
    top: usize,
    height: usize,
}

impl Hazards {
    /// For the namespaces of a scope; the first requests are on their way.
    pub fn begin(
        ui: &mut Ui,
        cluster: ClusterId,
        scope: &Scope,
        effects: &mut Vec<Effect>,
    ) -> Self {
        let mut look = Look::begin(ui, cluster, scope, false);
        look.go_on(ui, effects);
        Self { cluster, look, cursor: 0, top: 0, height: 1 }
    }

    fn found(&self) -> &[Finding] {
        self.look.found.as_deref().unwrap_or_default()
    }

    fn lines(&self) -> usize {
        self.found().len() + self.look.faults.len()
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
        let mut parts = vec![(" hazards ".to_owned(), theme.style(theme::Scope::Text))];
        if let Some((serious, soon)) = self.look.counts() {
            let glyphs = ui.glyphs();
            parts.push((format!("{}{serious} ", glyphs.live), theme.tone(Tone::Bad)));
            parts.push((format!("{}{soon} ", glyphs.connecting), theme.tone(Tone::Warn)));
        }
        parts
    }

    fn contexts(&self) -> Vec<Context> {
        vec![Context::Page]
    }

    fn refusal(&self, _ui: &Ui, command: Command) -> Option<Refusal> {
        let why = match command {
            Command::PageOpen => match self.found().get(self.cursor) {
                None => "nothing is selected",
                Some(one) if one.kind == CONTEXT => "a context is no object of the cluster",
                Some(_) => return None,
            },
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
            && let Some(one) = self.found().get(self.cursor)
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
        if !self.look.answer(ui, ticket, answer, effects) {
            return false;
        }
        if let (Some(counts), Some(cluster)) =
            (self.look.counts(), ui.clusters.get_mut(&self.cluster))
        {
            cluster.hazards.counts = Some(counts);
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
        let reading = self.look.found.is_none();
        if reading || self.lines() == 0 {
            let words = if !reading {
                "none found: services, selectors, jobs, certificates, volumes, images and controllers look well"
            } else {
                "reading services, endpoints, workloads, jobs, pods, certificates, leases and volumes"
            };
            buf.set_stringn(area.x + 1, area.y, words, room, dim);
            return None;
        }
        for (at, y) in (self.top..self.lines()).zip(area.y..area.bottom()) {
            if let Some(one) = self.found().get(at) {
                let (mark, tone) = match one.severity {
                    Severity::Serious => (ui.glyphs().live, Tone::Bad),
                    Severity::Soon => (ui.glyphs().connecting, Tone::Warn),
                };
                let place = format!("{}/{} {}  ", one.kind, one.name, one.namespace);
                let mark = format!("{mark} ");
                let (x, _) = buf.set_stringn(area.x + 1, y, mark, room, theme.tone(tone));
                let left = usize::from(area.right().saturating_sub(x + 1));
                let text = theme.style(theme::Scope::Text);
                let (x, _) = buf.set_stringn(x, y, place, left, text);
                let left = usize::from(area.right().saturating_sub(x + 1));
                buf.set_stringn(x, y, &one.words, left, dim);
            } else if let Some(fault) = self.look.faults.get(at - self.found().len()) {
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
        self.look.found.is_some()
    }
}
