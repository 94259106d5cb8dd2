//! What keys do to the lines.

use super::window::{Place, Row};
use super::{Clock, LogsPane, Seek, Typing};
use crate::logs::{Filter, Sift, Snapshot, ansi, structured};
use crate::model::{LogContainers, LogSince, Tone};
use crate::ui::commands::Command;
use crate::ui::effect::Content;
use crate::ui::{Effect, Overlay, Ui};

/// Cells that one key scrolls sideways.
const SIDEWAYS: usize = 16;

impl LogsPane {
    pub(super) fn carry_out(&mut self, ui: &mut Ui, command: Command, effects: &mut Vec<Effect>) {
        if let Some(lines) = self.motion(ui, command) {
            return self.go(ui, lines);
        }
        let since = match command {
            Command::LogTail => Some(LogSince::Tail(ui.config.settings.logs.tail)),
            Command::LogHead => Some(LogSince::Beginning),
            Command::LogSince1m => Some(LogSince::Seconds(60)),
            Command::LogSince5m => Some(LogSince::Seconds(5 * 60)),
            Command::LogSince15m => Some(LogSince::Seconds(15 * 60)),
            Command::LogSince30m => Some(LogSince::Seconds(30 * 60)),
            Command::LogSince1h => Some(LogSince::Seconds(60 * 60)),
            _ => None,
        };
        if let Some(since) = since {
            self.spec.since = since;
            return self.reopen(ui, effects);
        }
        match command {
            Command::MoveLeft => self.left = self.left.saturating_sub(SIDEWAYS),
            Command::MoveRight if !self.wrap => self.left += SIDEWAYS,
            Command::LogFollow => self.toggle_follow(),
            Command::LogTime => {
                self.clock = match self.clock {
                    Clock::Off => Clock::Local,
                    Clock::Local => Clock::Utc,
                    Clock::Utc => Clock::Off,
                };
                self.laid.clear();
                ui.say(
                    Tone::Plain,
                    match self.clock {
                        Clock::Off => "no time",
                        Clock::Local => "local time",
                        Clock::Utc => "UTC",
                    },
                );
            }
            Command::LogWrap => {
                self.wrap = !self.wrap;
                self.left = 0;
            }
            Command::LogColumns => self.columns = !self.columns,
            Command::LogFilter => self.prompt(ui, Typing::Filter),
            Command::LogSearch => self.prompt(ui, Typing::Search),
            Command::LogFields => self.prompt(ui, Typing::Fields),
            Command::LogNext => self.seek(true),
            Command::LogPrevious => self.seek(false),
            Command::LogContainers => {
                self.spec.containers = if self.spec.containers == LogContainers::All {
                    match &self.chosen {
                        LogContainers::All => LogContainers::Default,
                        one => one.clone(),
                    }
                } else {
                    LogContainers::All
                };
                self.reopen(ui, effects);
            }
            Command::LogInstance => {
                self.spec.previous = !self.spec.previous;
                self.spec.follow = !self.spec.previous;
                self.reopen(ui, effects);
            }
            Command::LogMark => {
                if let Some(number) = self.cursor() {
                    if !self.marked.remove(&number) {
                        self.marked.insert(number);
                    }
                    self.go(ui, 1);
                }
            }
            Command::LogClear => self.forget(),
            Command::LogWhole => self.show_whole(ui),
            Command::LogCopy => self.copy(ui, effects),
            Command::LogSave => {
                let (name, lines) = (self.file_name(ui), self.snapshot(false));
                effects.push(Effect::SaveLines { name, lines });
            }
            Command::LogPager => {
                effects.push(Effect::Pager(Content::Lines(self.snapshot(true))));
            }
            Command::LogFullScreen => {
                self.full = !self.full;
            }
            _ => {}
        }
    }

    /// How many lines a motion moves; a page is one of this pane.
    fn motion(&self, ui: &Ui, command: Command) -> Option<isize> {
        let rows = usize::from(self.area.height).saturating_sub(self.header_rows() + 1).max(1);
        let page = isize::try_from(rows).unwrap_or(1);
        match command {
            Command::PageUp => Some(-page),
            Command::PageDown => Some(page),
            Command::HalfUp => Some(-(page / 2).max(1)),
            Command::HalfDown => Some((page / 2).max(1)),
            _ => ui.motion(command),
        }
    }

    fn toggle_follow(&mut self) {
        self.follow = !self.follow || self.place != Place::Tail;
        if self.follow {
            self.place = Place::Tail;
        } else if let Some(cursor) = self.cursor() {
            self.stand(cursor);
        }
    }

    fn prompt(&mut self, ui: &mut Ui, typing: Typing) {
        self.typing = typing;
        let text = match typing {
            Typing::Filter => self.sift.filter().text().to_owned(),
            Typing::Search => self.hunt.filter().text().to_owned(),
            Typing::Fields => self.fields.join(","),
        };
        ui.open_view_prompt(&text);
    }

    pub(super) fn typed_line(
        &mut self,
        ui: &mut Ui,
        line: &str,
        accepted: bool,
    ) -> Result<(), (usize, String)> {
        match self.typing {
            Typing::Filter => {
                let filter = Filter::parse(line)?;
                if filter != *self.sift.filter() {
                    self.sift = Sift::new(filter);
                }
            }
            Typing::Search => {
                let filter = Filter::needle(line)?;
                if filter != *self.hunt.filter() {
                    self.hunt = Sift::new(filter);
                    // From the selected line on, itself included.
                    self.seek = None;
                    if !self.hunt.filter().is_empty()
                        && let Some(from) = self.cursor()
                    {
                        self.seek = Some(Seek { forward: true, from, wrapped: false });
                    }
                }
            }
            Typing::Fields if accepted => self.choose_fields(line),
            Typing::Fields => {}
        }
        ui.dirty = true;
        Ok(())
    }

    /// Fields that are columns, by name.
    pub(super) fn choose_fields(&mut self, line: &str) {
        self.fields = line
            .split([',', ' '])
            .filter(|name| !name.is_empty())
            .map(|name| crate::text::sanitise::clean(name).into_owned())
            .collect();
        self.columns = true;
    }

    fn seek(&mut self, forward: bool) {
        let from = match (self.cursor(), forward) {
            (Some(cursor), true) => cursor + 1,
            (Some(cursor), false) => cursor,
            (None, _) => self.ring.first(),
        };
        self.seek = Some(Seek { forward, from, wrapped: false });
    }

    fn show_whole(&self, ui: &mut Ui) {
        let Some(line) = self.cursor().and_then(|number| self.ring.line(number)) else { return };
        let text = match structured::pretty(line.text) {
            Some(text) => {
                text.lines().map(|line| ansi::plain(line.as_bytes())).collect::<Vec<_>>().join("\n")
            }
            None => ansi::plain(line.text),
        };
        let mut head = String::new();
        if let Some(source) = self.sources.get(line.source as usize) {
            head = format!("{}/{} {}", source.of.namespace, source.of.pod, source.of.container);
        }
        if line.at != 0
            && let Ok(at) = jiff::Timestamp::from_nanosecond(line.at.into())
        {
            head = format!("{head} {at}");
        }
        let head = ansi::plain(head.as_bytes());
        ui.overlay = Some(Overlay::full(format!("{head}\n\n{text}")));
    }

    /// The lines that leave the program: all that pass the filter.
    fn snapshot(&self, plain: bool) -> Snapshot {
        Snapshot {
            chunks: self.ring.share(),
            filter: self.sift.filter().clone(),
            only: None,
            labels: self
                .sources
                .iter()
                .filter(|_| self.sources.len() > 1)
                .map(|source| format!("[{}/{}]", source.of.pod, source.of.container))
                .collect(),
            times: self.clock != Clock::Off,
            plain,
        }
    }

    fn copy(&self, ui: &mut Ui, effects: &mut Vec<Effect>) {
        let chosen = if self.marked.is_empty() {
            self.rows.iter().filter_map(Row::number).collect()
        } else {
            self.marked.clone()
        };
        let lines: Vec<String> = chosen
            .iter()
            .filter_map(|number| self.ring.line(*number))
            .filter(|line| !line.is_note())
            .map(|line| ansi::plain(line.text))
            .collect();
        if lines.is_empty() {
            return ui.say(Tone::Plain, "nothing to copy");
        }
        effects.push(Effect::Copy(lines.join("\n")));
    }
}
