//! `x` on a Secret or a ConfigMap: its keys, and each value on request.
//!
//! No value is kept: one is fetched anew when somebody asks for it, shown until it is hidden or the
//! page is left or covered, and wiped. The clipboard gets it without it being drawn.

use super::page::{Line, Page};
use super::view::View;
use crate::model::{
    Answer, ClusterId, Facet, Fault, FaultKind, Need, ObjRef, Scope, SubId, Text, Ticket, Tone,
};
use crate::secrets::certificate::{Certificate, Validity};
use crate::secrets::{self, Contents, Entry, Shown, Sort};
use crate::text::mask::MASK;
use crate::text::width;
use crate::ui::commands::{Command, Context};
use crate::ui::theme::Scope as Look;
use crate::ui::usable::Refusal;
use crate::ui::{Effect, Ui};
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;
use std::collections::BTreeMap;

/// What a fetched object is for.
#[derive(Clone, Debug, PartialEq)]
enum For {
    Contents,
    Reveal(String),
    Copy(String),
}

/// The pane.
#[derive(Debug)]
pub struct SecretPane {
    object: ObjRef,
    contents: Option<Contents>,
    fault: Option<Fault>,
    waiting: BTreeMap<Ticket, For>,
    shown: BTreeMap<String, Shown>,
    page: Page,
    /// Of the lines of values.
    width: usize,
    /// Day of the lines: what is left of certificates changes with it.
    day: i64,
    stale: bool,
    watch: Option<(SubId, u64)>,
}

impl SecretPane {
    /// Of a Secret or ConfigMap; asks for it.
    pub fn open(ui: &mut Ui, object: ObjRef, effects: &mut Vec<Effect>) -> Self {
        let mut pane = Self {
            object,
            contents: None,
            fault: None,
            waiting: BTreeMap::new(),
            shown: BTreeMap::new(),
            page: Page::default(),
            width: 80,
            day: 0,
            stale: true,
            watch: None,
        };
        pane.fetch(ui, For::Contents, effects);
        pane
    }

    fn fetch(&mut self, ui: &mut Ui, purpose: For, effects: &mut Vec<Effect>) {
        if self.waiting.values().any(|known| *known == purpose) {
            return;
        }
        let ticket = ui.ticket();
        self.waiting.insert(ticket, purpose);
        effects.push(Effect::Get { ticket, object: self.object.clone() });
    }

    /// Values of ConfigMaps are no secret; they are shown on request all the same, as they are long.
    fn is_secret(&self) -> bool {
        self.object.kind == "Secret"
    }

    fn entry(&self, key: &str) -> Option<&Entry> {
        self.contents.as_ref()?.entries.iter().find(|entry| entry.key == key)
    }

    /// The key that the selected line belongs to.
    fn current(&self) -> Option<&Entry> {
        self.entry(self.page.current_id()?)
    }

    fn hide_all(&mut self) {
        self.stale |= !self.shown.is_empty();
        self.shown.clear();
        self.waiting.retain(|_, purpose| !matches!(purpose, For::Reveal(_)));
        // The lines with values go at once, not with the next frame.
        self.page.drop_hidden();
    }

    fn lines(&self, now: i64) -> Vec<Line> {
        let mut lines = Vec::new();
        let Some(contents) = &self.contents else { return lines };
        for entry in &contents.entries {
            let shown = self.shown.get(&entry.key);
            let (size, sort) = (size(entry.size), entry.sort.words());
            let value = match (shown, entry.sort) {
                (_, Sort::Empty | Sort::Unreadable) => "",
                (Some(_), _) => "shown",
                (None, _) if self.is_secret() => MASK,
                (None, _) => "",
            };
            let sort_tone = if entry.sort == Sort::Unreadable { Tone::Warn } else { Tone::Plain };
            let key = entry.key.as_str();
            lines.push(
                Line::of(
                    0,
                    [
                        (key, Tone::Plain),
                        (&size, Tone::Dim),
                        (&sort, sort_tone),
                        (value, Tone::Dim),
                    ],
                )
                .known_as(key),
            );
            for note in &entry.notes {
                let tone = if note.wrong { Tone::Bad } else { Tone::Dim };
                lines.push(Line::words(1, note.words.clone(), tone));
            }
            for (at, certificate) in entry.certificates.iter().enumerate() {
                certificate_lines(at + 1, certificate, now, &mut lines);
            }
            for line in shown.iter().flat_map(|shown| &shown.lines) {
                let text = line.reveal();
                let starts = width::rows(text, self.width);
                let ends = starts.iter().skip(1).copied().chain([text.len()]);
                for (start, end) in starts.iter().zip(ends) {
                    let mut line = Line::words(1, &text[*start..end], Tone::Plain);
                    line.hidden = true;
                    lines.push(line);
                }
            }
            if let Some(rest) = shown.map(|shown| &shown.rest).filter(|rest| !rest.is_empty()) {
                lines.push(Line::words(1, rest.clone(), Tone::Dim));
            }
        }
        lines
    }

    fn taken(
        &mut self,
        ui: &mut Ui,
        purpose: For,
        json: &str,
        effects: &mut Vec<Effect>,
    ) -> Result<(), String> {
        match purpose {
            For::Contents => {
                let contents = secrets::contents(json)?;
                if self.contents.as_ref().is_some_and(|old| old.version != contents.version) {
                    // What is shown is not what is there any more.
                    self.shown.clear();
                }
                self.contents = Some(contents);
                self.fault = None;
            }
            For::Reveal(key) => {
                self.shown.insert(key.clone(), secrets::show(json, &key)?);
            }
            For::Copy(key) => {
                let (value, encoded) = secrets::copy(json, &key)?;
                let what = if encoded {
                    format!("{key} of {}, as base64", self.object)
                } else {
                    format!("{key} of {}", self.object)
                };
                effects.push(Effect::CopyHidden { what, value });
                ui.dirty = true;
            }
        }
        Ok(())
    }

    /// Sees that the object has changed, and fetches it anew.
    fn follow(&mut self, ui: &mut Ui, effects: &mut Vec<Effect>) -> Option<SubId> {
        let namespaces = vec![self.object.namespace.clone()];
        let need = Need {
            cluster: self.object.cluster,
            gvr: self.object.gvr.clone(),
            scope: Scope::Namespaces(namespaces),
            labels: Text::new(),
            fields: format!("metadata.name={}", self.object.name).into(),
            facet: Facet::Row,
        };
        let id = ui.subs.want(&need, effects);
        let sub = ui.subs.get(id)?;
        let version = crate::ui::drill::version_of(sub, &self.object);
        let gone = version == 0 && sub.complete;
        let known = self.contents.as_ref().map(|contents| contents.version);
        if let Some((seen, last)) = self.watch
            && seen == id
            && last != version
            && known != Some(version)
        {
            if gone {
                self.hide_all();
                let what = format!("show {}", self.object);
                self.fault = Some(Fault::new(FaultKind::NotFound, what, "it has been deleted"));
                ui.dirty = true;
            } else {
                self.fetch(ui, For::Contents, effects);
            }
        }
        self.watch = Some((id, version));
        Some(id)
    }
}

fn certificate_lines(at: usize, one: &Certificate, now: i64, lines: &mut Vec<Line>) {
    let authority = if one.authority { ", may sign others" } else { "" };
    let issuer = if one.is_self_signed() {
        "signed by itself".to_owned()
    } else {
        format!("issuer {}", one.issuer)
    };
    let (valid, how) = one.validity(now);
    let tone = match how {
        Validity::Good => Tone::Good,
        Validity::Soon => Tone::Warn,
        Validity::Ended | Validity::NotYet => Tone::Bad,
    };
    lines.push(Line::words(1, format!("{at}. {}", one.subject), Tone::Plain));
    lines.push(Line::words(2, valid, tone));
    if !one.names.is_empty() {
        lines.push(Line::words(2, format!("for {}", one.names.join(", ")), Tone::Plain));
    }
    lines.push(Line::words(2, issuer, Tone::Dim));
    lines.push(Line::words(2, format!("key {}{authority}", one.key), Tone::Dim));
    lines.push(Line::words(2, format!("serial {}", one.serial), Tone::Dim));
}

/// `12 B`, `1.7 KiB`.
fn size(bytes: usize) -> String {
    if bytes < 1024 {
        return format!("{bytes} B");
    }
    // Tenths, rounded: no value is as large as a MiB.
    let tenths = (bytes * 10 + 512) / 1024;
    format!("{}.{} KiB", tenths / 10, tenths % 10)
}

impl View for SecretPane {
    fn cluster(&self) -> Option<ClusterId> {
        Some(self.object.cluster)
    }

    fn step(&self) -> String {
        format!("{} keys", self.object)
    }

    fn title(&self, ui: &Ui) -> Vec<(String, Style)> {
        let theme = &ui.config.theme;
        let place = format!(" {} in {}", self.object, self.object.namespace);
        let mut parts = vec![(place, theme.style(Look::Title))];
        if let Some(contents) = &self.contents {
            let count = format!("[{}]", contents.entries.len());
            parts.push((count, theme.style(Look::TitleCount)));
            if !contents.kind.is_empty() {
                parts.push((format!(" {}", contents.kind), theme.style(Look::Title)));
            }
            if contents.immutable {
                parts.push((" immutable".to_owned(), theme.style(Look::Title)));
            }
        }
        if !self.shown.is_empty() && self.is_secret() {
            let words = format!(" {} shown", self.shown.len());
            parts.push((words, theme.style(Look::Warning)));
        }
        parts.extend(self.page.filter_title(theme));
        parts.push((" ".to_owned(), theme.style(Look::Title)));
        parts
    }

    fn contexts(&self) -> Vec<Context> {
        vec![Context::Page]
    }

    fn refusal(&self, _ui: &Ui, command: Command) -> Option<Refusal> {
        let why = match (command, self.current()) {
            (Command::PageOpen, _) => "a key leads nowhere".to_owned(),
            (Command::PageNext | Command::PagePrevious, _) => {
                "the page has only one part".to_owned()
            }
            (Command::PageReveal | Command::PageCopy, None) => "no key is selected".to_owned(),
            (Command::PageReveal | Command::PageCopy, Some(entry)) => match entry.sort {
                Sort::Empty => format!("the value of {} is empty", entry.key),
                Sort::Unreadable => format!("the value of {} is not base64", entry.key),
                _ => return None,
            },
            _ => return None,
        };
        Some(Refusal { why, tone: Tone::Plain })
    }

    fn command(&mut self, ui: &mut Ui, command: Command, effects: &mut Vec<Effect>) {
        if let Some(lines) = ui.motion(command) {
            return self.step_by(ui, lines);
        }
        let key = self.current().map(|entry| entry.key.clone());
        match (command, key) {
            (Command::PageReveal, Some(key)) => {
                if self.shown.remove(&key).is_some() {
                    self.page.select(&key);
                    self.stale = true;
                } else {
                    self.fetch(ui, For::Reveal(key), effects);
                }
            }
            (Command::PageCopy, Some(key)) => self.fetch(ui, For::Copy(key), effects),
            (Command::PageFilter, _) => ui.open_view_prompt(self.page.filter()),
            _ => {}
        }
    }

    fn escape(&mut self, _ui: &mut Ui) -> bool {
        if !self.shown.is_empty() {
            self.hide_all();
            return true;
        }
        self.page.clear_filter()
    }

    fn page(&self) -> Option<&Page> {
        Some(&self.page)
    }

    fn page_mut(&mut self) -> Option<&mut Page> {
        Some(&mut self.page)
    }

    fn answer(
        &mut self,
        ui: &mut Ui,
        ticket: Ticket,
        answer: &Result<Answer, Fault>,
        effects: &mut Vec<Effect>,
    ) -> bool {
        let Some(purpose) = self.waiting.remove(&ticket) else { return false };
        let first = purpose == For::Contents;
        let what = format!("read {}", self.object);
        let fault = match answer {
            Ok(Answer::Object(json)) => self
                .taken(ui, purpose, json, effects)
                .err()
                .map(|why| Fault::new(FaultKind::Other, what, why)),
            Ok(Answer::Access(..)) => None,
            Err(fault) => Some(fault.clone()),
        };
        match fault {
            Some(fault) if first && self.contents.is_none() => self.fault = Some(fault),
            Some(fault) => ui.fault(&fault),
            None => {}
        }
        self.stale = true;
        ui.dirty = true;
        true
    }

    fn settle(&mut self, ui: &mut Ui, area: Rect, effects: &mut Vec<Effect>) -> Vec<SubId> {
        let sub = self.follow(ui, effects);
        let width = usize::from(area.width).saturating_sub(6).max(8);
        let day = ui.now / (24 * 3600);
        if self.stale || width != self.width || day != self.day {
            (self.width, self.day, self.stale) = (width, day, false);
            let lines = self.lines(ui.now);
            self.page.set(lines);
            ui.dirty = true;
        }
        self.page.settle(area);
        sub.into_iter().collect()
    }

    fn draw(&self, ui: &Ui, area: Rect, buf: &mut Buffer) -> Option<(u16, u16)> {
        if let Some(fault) = &self.fault {
            let bad = ui.config.theme.style(Look::Error);
            let room = usize::from(area.width.saturating_sub(2));
            buf.set_stringn(area.x + 1, area.y, fault.to_string(), room, bad);
            return None;
        }
        let empty = if self.contents.is_none() { "reading…" } else { "it has no keys" };
        self.page.draw(ui, area, buf, empty);
        None
    }

    fn click(&mut self, ui: &mut Ui, _column: u16, row: u16, _effects: &mut Vec<Effect>) {
        self.page.click(row);
        ui.dirty = true;
    }

    fn covered(&mut self) {
        self.hide_all();
    }

    fn leave(&mut self, _effects: &mut Vec<Effect>) {
        self.hide_all();
    }

    fn is_complete(&self) -> bool {
        self.contents.is_some() || self.fault.is_some()
    }
}
