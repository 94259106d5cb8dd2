//! What `kubectl describe` tells of an object, live: it is written anew when the object, its events
//! or what else it tells of change, and as ages move on; the cursor stays where it is read.
//!
//! `reading` gets what it is made of and keeps it fresh, `paint` draws.

mod paint;
mod reading;

use crate::describe::{Line, Page, Target};
use crate::model::{Answer, ClusterId, Fault, FaultKind, ObjRef, SubId, Text, Ticket, Tone};
use crate::ui::commands::{Command, Context};
use crate::ui::panes::Pane;
use crate::ui::panes::view::View;
use crate::ui::theme::Scope;
use crate::ui::usable::Refusal;
use crate::ui::{Effect, Overlay, Ui};
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;
use reading::Reading;

/// How long a first page waits for all of its parts, in seconds.
const PATIENCE: i64 = 1;
/// How long a page without seconds in it stands before its ages are counted anew.
const AGES: i64 = 5;
/// Cells that one step sideways scrolls.
const SIDEWAYS: usize = 8;

/// The pane.
#[derive(Debug)]
pub struct DescribePane {
    reading: Reading,
    page: Page,
    /// When the page was made; None before.
    made: Option<i64>,
    /// When its ages change next.
    due: Option<i64>,
    opened: Option<i64>,
    cursor: usize,
    top: usize,
    left: usize,
    /// Which of the links on the cursor's line is chosen.
    link: usize,
    wrap: bool,
    needle: String,
    area: Rect,
}

impl DescribePane {
    /// For an object; nothing is read yet.
    pub fn new(object: ObjRef) -> Self {
        Self {
            reading: Reading::new(object),
            page: Page::default(),
            made: None,
            due: None,
            opened: None,
            cursor: 0,
            top: 0,
            left: 0,
            link: 0,
            wrap: false,
            needle: String::new(),
            area: Rect::ZERO,
        }
    }

    /// The same way of reading as another pane's.
    #[must_use]
    pub fn wrapping(mut self, wrap: bool) -> Self {
        self.wrap = wrap;
        self
    }

    fn object(&self) -> &ObjRef {
        self.reading.object()
    }

    /// Writes the page anew where something of it may have changed.
    fn write(&mut self, ui: &mut Ui) {
        let now = ui.now;
        let opened = *self.opened.get_or_insert(now);
        let fresh = std::mem::take(&mut self.reading.fresh);
        if !self.reading.has_subject() {
            ui.dirty |= fresh;
            return;
        }
        // The first page is shown whole, unless a part of it takes long.
        if self.made.is_none() && !self.reading.is_complete() && now - opened < PATIENCE {
            self.reading.fresh = fresh;
            self.due = Some(opened + PATIENCE);
            return;
        }
        if !fresh && self.due.is_some_and(|due| now < due) {
            return;
        }
        let page = self.reading.page(now);
        let moves = self.reading.page(now + 1) != page;
        self.due = Some(now + if moves { 1 } else { AGES });
        if self.made.is_none() || page != self.page || fresh {
            ui.dirty = true;
        }
        self.made = Some(now);
        let old = std::mem::replace(&mut self.page, page);
        self.stay(&old);
    }

    /// Keeps the cursor on what it is on, though lines came or went above it.
    fn stay(&mut self, old: &Page) {
        let Some(here) = old.lines.get(self.cursor) else { return };
        let found = place_of(here, &self.page, self.cursor);
        let below = self.cursor.saturating_sub(self.top);
        self.cursor = found.min(self.page.lines.len().saturating_sub(1));
        self.top = self.cursor.saturating_sub(below);
    }

    fn go(&mut self, line: usize) {
        self.cursor = line.min(self.page.lines.len().saturating_sub(1));
        self.link = 0;
    }

    /// Rows that a line takes on screen.
    fn rows_of(&self, line: &Line) -> usize {
        if self.wrap { paint::rows(line, self.room()) } else { 1 }
    }

    fn room(&self) -> usize {
        usize::from(self.area.width.saturating_sub(3)).max(1)
    }

    fn show_cursor(&mut self) {
        let height = usize::from(self.area.height).max(1);
        let last = self.page.lines.len();
        self.cursor = self.cursor.min(last.saturating_sub(1));
        self.top = self.top.min(self.cursor);
        let mut used: usize = self.page.lines[self.top.min(last)..]
            .iter()
            .take(self.cursor + 1 - self.top.min(self.cursor))
            .map(|line| self.rows_of(line))
            .sum();
        while used > height && self.top < self.cursor {
            used -= self.rows_of(&self.page.lines[self.top]);
            self.top += 1;
        }
        if !self.wrap {
            self.top = self.top.min(last.saturating_sub(height));
        }
    }

    /// Links of a line, in order.
    fn links(line: &Line) -> impl Iterator<Item = &Target> {
        line.spans.iter().filter_map(|span| span.link.as_ref())
    }

    /// The chosen link.
    fn chosen(&self) -> Option<&Target> {
        let line = self.page.lines.get(self.cursor)?;
        Self::links(line).nth(self.link).or_else(|| Self::links(line).next())
    }

    /// Goes to the next or previous link, round the end.
    fn next_link(&mut self, forward: bool) -> bool {
        let all: Vec<(usize, usize)> = self
            .page
            .lines
            .iter()
            .enumerate()
            .flat_map(|(at, line)| Self::links(line).enumerate().map(move |(link, _)| (at, link)))
            .collect();
        let on_link =
            self.page.lines.get(self.cursor).is_some_and(|l| Self::links(l).next().is_some());
        let here = (self.cursor, self.link);
        let next = if forward {
            let after =
                |spot: &&(usize, usize)| if on_link { **spot > here } else { spot.0 > here.0 };
            all.iter().find(after).or(all.first())
        } else {
            all.iter().rfind(|spot| **spot < here).or(all.last())
        };
        let Some(&(line, link)) = next else { return false };
        (self.cursor, self.link) = (line, link);
        true
    }

    /// Goes to the next or previous line with the needle. Which match of how many it is.
    fn find(&mut self, forward: bool, from_here: bool) -> Option<(usize, usize)> {
        if self.needle.is_empty() {
            return None;
        }
        let has = |line: &Line| line.text().to_lowercase().contains(&self.needle);
        let hits: Vec<usize> =
            (0..self.page.lines.len()).filter(|at| has(&self.page.lines[*at])).collect();
        let here = self.cursor;
        let which = if forward {
            let next = |hit: &usize| if from_here { *hit >= here } else { *hit > here };
            hits.iter().position(next).or((!hits.is_empty()).then_some(0))
        } else {
            hits.iter().rposition(|hit| *hit < here).or(hits.len().checked_sub(1))
        }?;
        self.go(hits[which]);
        Some((which + 1, hits.len()))
    }

    /// Opens the description of what is named, on top of this one.
    fn open_link(&self, ui: &mut Ui) {
        let Some(target) = self.chosen().cloned() else { return };
        ui.here = self.object().cluster;
        match object_of(ui, self.object().cluster, &target) {
            Ok(object) => {
                ui.push(Pane::View(Box::new(DescribePane::new(object).wrapping(self.wrap))))
            }
            Err(fault) => ui.fault(&fault),
        }
    }

    fn go_to_link(&self, ui: &mut Ui) {
        let Some(target) = self.chosen().cloned() else { return };
        ui.here = self.object().cluster;
        let (kind, namespace) = (Text::from(target.kind), Text::from(target.namespace));
        let (name, from) = (Text::from(target.name), Text::from(self.object().to_string()));
        ui.go_to_object(&target.group, &kind, &namespace, &name, from);
    }
}

/// Where a line of the old page is in the new one: the one most like it, nearest to where it was.
fn place_of(line: &Line, page: &Page, near: usize) -> usize {
    let (text, label) = (line.text(), label_of(line));
    let distance = |at: usize| at.abs_diff(near);
    let alike = |is: &dyn Fn(&Line) -> bool| {
        (0..page.lines.len()).filter(|at| is(&page.lines[*at])).min_by_key(|at| distance(*at))
    };
    if page.lines.get(near).is_some_and(|line| line.text() == text) {
        return near;
    }
    let same = if text.trim().is_empty() { None } else { alike(&|line| line.text() == text) };
    same.or_else(|| alike(&|line| label_of(line) == label)).unwrap_or(near)
}

/// What stays of a line while its values change: indentation and first word.
fn label_of(line: &Line) -> String {
    let text = line.text();
    let words = text.trim_start();
    let end = words.find("  ").or_else(|| words.find(": ")).unwrap_or(words.len());
    text[..text.len() - words.len() + end].to_owned()
}

/// The object that a link leads to.
fn object_of(ui: &Ui, cluster: ClusterId, target: &Target) -> Result<ObjRef, Fault> {
    let catalogue = ui.clusters.get(&cluster).map(|cluster| &cluster.catalogue);
    let resource = catalogue.and_then(|all| all.by_kind(&target.group, &target.kind));
    let Some(resource) = resource else {
        return Err(Fault::new(
            FaultKind::NotFound,
            format!("describe {}/{}", target.kind, target.name),
            format!("the cluster serves no kind {} in group {:?}", target.kind, target.group),
        ));
    };
    Ok(ObjRef {
        cluster,
        gvr: resource.gvr.clone(),
        kind: resource.kind.clone(),
        namespace: if resource.namespaced { target.namespace.as_str().into() } else { Text::new() },
        name: target.name.as_str().into(),
        uid: Text::new(),
    })
}

impl View for DescribePane {
    fn cluster(&self) -> Option<ClusterId> {
        Some(self.object().cluster)
    }

    fn step(&self) -> String {
        format!("{} describe", self.object())
    }

    fn title(&self, ui: &Ui) -> Vec<(String, Style)> {
        let theme = &ui.config.theme;
        let mut parts = vec![(format!(" {}", self.object()), theme.style(Scope::Title))];
        if !self.object().namespace.is_empty() {
            parts
                .push((format!(" in {}", self.object().namespace), theme.style(Scope::TitleCount)));
        }
        if !self.needle.is_empty() {
            parts.push((format!(" /{}", self.needle), theme.style(Scope::Match)));
        }
        if self.reading.is_gone() {
            let words = " gone: this is how it was last".to_owned();
            parts.push((words, theme.style(Scope::Warning)));
        } else if let Some(fault) =
            self.reading.fault.as_ref().filter(|_| self.reading.has_subject())
        {
            parts.push((format!(" not read anew: {}", fault.why), theme.style(Scope::Warning)));
        }
        parts.push((" ".to_owned(), theme.style(Scope::Title)));
        parts
    }

    fn contexts(&self) -> Vec<Context> {
        vec![Context::Describe, Context::Text]
    }

    fn refusal(&self, ui: &Ui, command: Command) -> Option<Refusal> {
        let why = match command {
            Command::LinkOpen | Command::LinkGoTo if self.chosen().is_none() => format!(
                "no object is named on this line: {} goes to the next one",
                ui.key_to(Command::LinkNext)
            ),
            Command::SearchNext | Command::SearchPrevious if self.needle.is_empty() => {
                format!("nothing to search for: {} first", ui.key_to(Command::TextSearch))
            }
            Command::TextCopy | Command::TextSave | Command::FullLine if self.made.is_none() => {
                "there is nothing here yet".to_owned()
            }
            Command::Fold | Command::FoldAll => "a description has nothing to fold".to_owned(),
            Command::ManagedFields => "managedFields are in the YAML".to_owned(),
            _ => return None,
        };
        Some(Refusal { why, tone: Tone::Plain })
    }

    fn about(&self, _ui: &Ui) -> Option<ObjRef> {
        Some(self.object().clone())
    }

    fn command(&mut self, ui: &mut Ui, command: Command, effects: &mut Vec<Effect>) {
        ui.dirty = true;
        if let Some(lines) = ui.motion(command) {
            return self.step_by(ui, lines);
        }
        match command {
            Command::LinkNext | Command::LinkPrevious => {
                let found = self.next_link(command == Command::LinkNext);
                if !found {
                    ui.say(Tone::Plain, "no other object is named here");
                }
            }
            Command::LinkOpen => self.open_link(ui),
            Command::LinkGoTo => self.go_to_link(ui),
            Command::MoveLeft => self.left = self.left.saturating_sub(SIDEWAYS),
            Command::MoveRight if !self.wrap => {
                let widest = self.page.lines.iter().map(paint::width_of).max().unwrap_or(0);
                self.left = (self.left + SIDEWAYS).min(widest.saturating_sub(SIDEWAYS));
            }
            Command::Wrap => {
                self.wrap = !self.wrap;
                self.left = 0;
            }
            Command::SearchNext | Command::SearchPrevious => {
                let line = match self.find(command == Command::SearchNext, false) {
                    Some((at, of)) => format!("match {at} of {of}"),
                    None => format!("{} is not in here", self.needle),
                };
                ui.say(Tone::Plain, line);
            }
            Command::TextSearch => ui.open_view_prompt(&self.needle),
            Command::FullLine => {
                let line =
                    self.page.lines.get(self.cursor).map(|line| line.text().trim().to_owned());
                ui.overlay = line.map(Overlay::full);
            }
            Command::TextCopy => effects.push(Effect::Copy(self.page.text())),
            Command::TextSave => {
                let object = self.object();
                let name = format!("{}-{}-{}.txt", object.kind, object.namespace, object.name);
                effects.push(Effect::Save { name, content: self.page.text() });
            }
            Command::TextReload => self.reading.reload(),
            _ => {}
        }
    }

    fn escape(&mut self, ui: &mut Ui) -> bool {
        ui.dirty = true;
        !std::mem::take(&mut self.needle).is_empty()
    }

    fn typed(&mut self, ui: &mut Ui, line: &str, _accepted: bool) -> Result<(), (usize, String)> {
        ui.dirty = true;
        self.needle = line.to_lowercase();
        if !self.needle.is_empty() && self.find(true, true).is_none() {
            return Err((0, "not found".to_owned()));
        }
        Ok(())
    }

    fn answer(
        &mut self,
        ui: &mut Ui,
        ticket: Ticket,
        answer: &Result<Answer, Fault>,
        _effects: &mut Vec<Effect>,
    ) -> bool {
        let own = self.reading.answer(ticket, answer);
        ui.dirty |= own;
        own
    }

    fn woke(&mut self, ticket: Ticket) -> bool {
        self.reading.woke(ticket)
    }

    fn settle(&mut self, ui: &mut Ui, area: Rect, effects: &mut Vec<Effect>) -> Vec<SubId> {
        self.area = area;
        self.reading.keep_up(ui, effects);
        self.write(ui);
        self.show_cursor();
        self.reading.subs()
    }

    fn next_due(&self, _ui: &Ui) -> Option<i64> {
        self.due
    }

    fn sub(&self) -> Option<SubId> {
        self.reading.sub()
    }

    fn draw(&self, ui: &Ui, area: Rect, buf: &mut Buffer) -> Option<(u16, u16)> {
        self.paint(ui, area, buf);
        None
    }

    fn scroll(&self) -> Option<(usize, usize)> {
        Some((self.top, self.page.lines.len()))
    }

    fn step_by(&mut self, ui: &mut Ui, lines: isize) {
        self.go(self.cursor.saturating_add_signed(lines));
        self.show_cursor();
        ui.dirty = true;
    }

    fn click(&mut self, ui: &mut Ui, _column: u16, row: u16, _effects: &mut Vec<Effect>) {
        let mut rows = usize::from(row);
        let mut at = self.top;
        while let Some(line) = self.page.lines.get(at) {
            let here = self.rows_of(line);
            if rows < here {
                break;
            }
            rows -= here;
            at += 1;
        }
        if at == self.cursor && self.chosen().is_some() {
            return self.open_link(ui);
        }
        self.go(at);
        ui.dirty = true;
    }

    fn wraps(&self) -> bool {
        self.wrap
    }

    fn is_complete(&self) -> bool {
        self.made.is_some() && self.reading.is_complete()
            || (self.reading.is_complete() && !self.reading.has_subject())
    }
}
