//! Which lines are on screen, and what the title says of the others.

use super::lay::{self, Laid};
use super::{Clock, LogsPane, Seek, State};
use crate::logs::Step;
use crate::model::Tone;
use crate::ui::Ui;
use crate::ui::theme::Scope;
use ratatui::layout::Rect;
use ratatui::style::Style;
use std::rc::Rc;

/// Bytes that one settle looks at: a few milliseconds.
const SLICE: usize = 512 * 1024;
/// Theme colours that tell pods apart; their names stand before the lines too.
const COLOURS: [Scope; 6] = [
    Scope::YamlKey,
    Scope::YamlNumber,
    Scope::YamlString,
    Scope::YamlBool,
    Scope::DiffHunk,
    Scope::YamlAnchor,
];

/// A row of a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Spot {
    pub line: u64,
    pub row: usize,
}

/// Where the screen stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Place {
    /// At the end, wherever that is.
    Tail,
    /// Here.
    At { top: Spot, cursor: u64 },
}

/// A row on screen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Row {
    /// Says what left the ring.
    Dropped,
    /// A line, or a part of one.
    Line(Spot),
}

impl Row {
    pub(super) fn number(&self) -> Option<u64> {
        match self {
            Self::Dropped => None,
            Self::Line(spot) => Some(spot.line),
        }
    }
}

impl LogsPane {
    /// The selected line.
    pub(super) fn cursor(&self) -> Option<u64> {
        match self.place {
            Place::At { cursor, .. } => Some(cursor),
            Place::Tail => self.rows.last().and_then(Row::number),
        }
    }

    /// Brings rows and title up to date.
    pub(super) fn look(&mut self, ui: &mut Ui, area: Rect) {
        self.area = area;
        let focus = match self.place {
            Place::Tail => self.ring.end(),
            Place::At { cursor, .. } => cursor,
        };
        self.sift.advance(&self.ring, focus, SLICE);
        let from = self.seek.map_or(focus, |seek| seek.from);
        self.hunt.advance(&self.ring, from, SLICE);
        self.resolve_seek(ui);
        let style = self.style_for(usize::from(area.width));
        if self.style.as_ref() != Some(&style) {
            self.laid.clear();
            self.style = Some(style);
            ui.dirty = true;
        }
        let mut rows = self.rows_now(usize::from(area.height));
        if self.notice_levels(&rows) {
            self.laid.clear();
            self.style = Some(self.style_for(usize::from(area.width)));
            rows = self.rows_now(usize::from(area.height));
        }
        for number in rows.iter().filter_map(Row::number) {
            self.laid(number);
        }
        self.laid.retain(|number, _| rows.iter().any(|row| row.number() == Some(*number)));
        let first = self.ring.first();
        self.marked = self.marked.split_off(&first);
        if rows != self.rows {
            self.rows = rows;
            ui.dirty = true;
        }
        if !self.motionless() {
            self.since = self.ring.end();
        }
        let title = self.title_now(ui);
        if title != self.title {
            self.title = title;
            ui.dirty = true;
        }
    }

    fn style_for(&self, width: usize) -> lay::Style {
        lay::Style {
            width: width.saturating_sub(2),
            left: self.left,
            wrap: self.wrap,
            columns: self.columns,
            levels: self.levels,
            fields: if self.columns { self.fields.clone() } else { Vec::new() },
            label: self.label_width(width),
        }
    }

    /// A column for levels stands from the first line on that has one.
    fn notice_levels(&mut self, rows: &[Row]) -> bool {
        if self.levels || !self.columns {
            return false;
        }
        let seen = |row: &Row| {
            row.number().and_then(|n| self.ring.line(n)).is_some_and(|line| lay::has_level(&line))
        };
        self.levels = rows.iter().any(seen);
        self.levels
    }

    /// A line ready to draw.
    pub(super) fn laid(&mut self, number: u64) -> Option<Rc<Laid>> {
        if let Some(laid) = self.laid.get(&number) {
            return Some(laid.clone());
        }
        let style = self.style.clone()?;
        let time = self.time_of(self.ring.line(number)?.at);
        let line = self.ring.line(number)?;
        let label = self.labels.get(line.source as usize).map_or("", String::as_str);
        let pod = self.sources.get(line.source as usize).map_or("", |source| &*source.of.pod);
        // The same pod has the same colour, in every session.
        let hash = pod.bytes().fold(0u32, |hash, b| hash.wrapping_mul(31).wrapping_add(b.into()));
        let colour = COLOURS[hash as usize % COLOURS.len()];
        let laid = Rc::new(lay::lay(&line, (label, colour), &time, &style));
        self.laid.insert(number, laid.clone());
        Some(laid)
    }

    fn time_of(&mut self, at: i64) -> String {
        if self.clock == Clock::Off {
            return String::new();
        }
        let Ok(moment) = jiff::Timestamp::from_nanosecond(at.into()) else { return String::new() };
        let zone = match self.clock {
            Clock::Utc => jiff::tz::TimeZone::UTC,
            // Read once, when the first local time is shown.
            _ => self.zone.get_or_insert_with(jiff::tz::TimeZone::system).clone(),
        };
        let sign = if self.clock == Clock::Utc { "Z" } else { "" };
        if at == 0 {
            return " ".repeat(23 + sign.len());
        }
        format!("{}{sign}", moment.to_zoned(zone).strftime("%Y-%m-%d %H:%M:%S%.3f"))
    }

    fn height_of(&mut self, number: u64) -> usize {
        self.laid(number).map_or(1, |laid| laid.starts.len())
    }

    /// At most `height` rows that end right before `spot`, or at the end.
    fn rows_above(&mut self, spot: Option<Spot>, height: usize) -> Vec<Row> {
        let mut rows = Vec::new();
        let mut before = self.ring.end();
        if let Some(spot) = spot {
            rows.extend((0..spot.row).rev().map(|row| Row::Line(Spot { row, ..spot })));
            before = spot.line;
        }
        while rows.len() < height {
            match self.sift.before(&self.ring, before) {
                Step::Line(line) => {
                    let all = self.height_of(line);
                    let room = height - rows.len();
                    let from = all.saturating_sub(room);
                    rows.extend((from..all).rev().map(|row| Row::Line(Spot { line, row })));
                    before = line;
                }
                Step::Pending => break,
                Step::End => {
                    if self.ring.dropped().bytes > 0 {
                        rows.push(Row::Dropped);
                    }
                    break;
                }
            }
        }
        rows.truncate(height);
        rows.reverse();
        rows
    }

    /// At most `height` rows from `spot` on, and whether more may follow.
    fn rows_below(&mut self, spot: Spot, height: usize) -> (Vec<Row>, bool) {
        let mut rows = Vec::new();
        let Spot { mut line, mut row } = spot;
        while rows.len() < height {
            match self.sift.at_or_after(&self.ring, line) {
                Step::Line(found) => {
                    if found != line {
                        row = 0;
                    }
                    let all = self.height_of(found);
                    let to = all.min(row + height - rows.len());
                    rows.extend((row..to).map(|row| Row::Line(Spot { line: found, row })));
                    (line, row) = (found + 1, 0);
                }
                Step::Pending => return (rows, true),
                Step::End => return (rows, false),
            }
        }
        (rows, true)
    }

    fn rows_now(&mut self, height: usize) -> Vec<Row> {
        let height = height.saturating_sub(self.header_rows());
        let Place::At { top, cursor } = self.place else { return self.rows_above(None, height) };
        let cursor = match self.sift.at_or_after(&self.ring, cursor) {
            Step::Line(line) => line,
            Step::Pending => return Vec::new(),
            Step::End => match self.sift.before(&self.ring, cursor) {
                Step::Line(line) => line,
                _ => return self.rows_above(None, height),
            },
        };
        let mut top = if top.line > cursor { Spot { line: cursor, row: 0 } } else { top };
        // Another width has other rows.
        top.row = top.row.min(self.height_of(top.line).saturating_sub(1));
        let (mut rows, mut more) = self.rows_below(top, height);
        if !rows.iter().any(|row| row.number() == Some(cursor)) {
            let after = Spot { line: cursor, row: 1 };
            rows = self.rows_above(Some(after), height);
            more = true;
        }
        if rows.len() < height && !more {
            // The end came up: the screen is filled from above.
            rows = self.rows_above(None, height);
        } else if let Some(Row::Line(first)) = rows.first().copied()
            && first.row == 0
            && self.ring.dropped().bytes > 0
            && self.sift.before(&self.ring, first.line) == Step::End
            && rows.last().and_then(Row::number) != Some(cursor)
        {
            rows.insert(0, Row::Dropped);
            rows.truncate(height);
        }
        if let Some(Row::Line(first)) = rows.iter().find(|row| **row != Row::Dropped).copied() {
            self.place = Place::At { top: first, cursor };
        }
        rows
    }

    /// The screen stands still, with this line selected.
    pub(super) fn stand(&mut self, cursor: u64) {
        let top = self.rows.iter().find_map(|row| match row {
            Row::Line(spot) => Some(*spot),
            Row::Dropped => None,
        });
        if self.place == Place::Tail {
            self.since = self.ring.end();
        }
        let top = top.unwrap_or(Spot { line: cursor, row: 0 });
        self.place = Place::At { top, cursor };
    }

    /// Moves by lines; the ends are `isize::MIN` and `isize::MAX`.
    pub(super) fn go(&mut self, ui: &mut Ui, lines: isize) {
        match lines {
            isize::MIN => {
                self.stand(self.ring.first());
                return;
            }
            isize::MAX => {
                self.place = Place::Tail;
                self.follow = true;
                return;
            }
            _ => {}
        }
        let Some(mut cursor) = self.cursor() else { return };
        let height = usize::from(self.area.height).saturating_sub(self.header_rows()).max(1);
        for _ in 0..lines.unsigned_abs() {
            // A line higher than the screen is scrolled through before it is left.
            if self.height_of(cursor) > height && self.scroll_within(cursor, lines > 0, height) {
                continue;
            }
            let next = if lines > 0 {
                self.sift.at_or_after(&self.ring, cursor + 1)
            } else {
                self.sift.before(&self.ring, cursor)
            };
            match next {
                Step::Line(line) => cursor = line,
                Step::End if lines > 0 && self.follow => {
                    // The end came on screen: what comes is followed again.
                    self.place = Place::Tail;
                    return;
                }
                Step::End | Step::Pending => break,
            }
        }
        self.stand(cursor);
        ui.dirty = true;
    }

    /// Scrolls by a row inside a line that is higher than the screen; false at its end.
    fn scroll_within(&mut self, line: u64, down: bool, height: usize) -> bool {
        let last = self.height_of(line).saturating_sub(height);
        let row = match self.place {
            Place::At { top, .. } if top.line == line => top.row,
            Place::At { .. } => return false,
            Place::Tail => last,
        };
        let row = match down {
            true if row < last => row + 1,
            false if row > 0 => row - 1,
            _ => return false,
        };
        if self.place == Place::Tail {
            self.since = self.ring.end();
        }
        self.place = Place::At { top: Spot { line, row }, cursor: line };
        self.rows = vec![Row::Line(Spot { line, row })];
        true
    }

    /// Looks for the match that was asked for, as far as it is known.
    fn resolve_seek(&mut self, ui: &mut Ui) {
        while let Some(Seek { forward, from, wrapped }) = self.seek {
            let step = |sift: &crate::logs::Sift, from| {
                if forward {
                    sift.at_or_after(&self.ring, from)
                } else {
                    sift.before(&self.ring, from)
                }
            };
            let next = match step(&self.hunt, from) {
                Step::Pending => return,
                Step::Line(found) => {
                    let same = if forward { found } else { found + 1 };
                    match step(&self.sift, same) {
                        Step::Pending => return,
                        Step::Line(shown) if shown == found => {
                            self.seek = None;
                            self.stand(found);
                            self.say_match(ui, found, wrapped);
                            return;
                        }
                        Step::Line(shown) => Some(if forward { shown } else { shown + 1 }),
                        Step::End => None,
                    }
                }
                Step::End => None,
            };
            self.seek = match next {
                Some(from) => Some(Seek { forward, from, wrapped }),
                None if !wrapped => {
                    let from = if forward { self.ring.first() } else { self.ring.end() };
                    Some(Seek { forward, from, wrapped: true })
                }
                None => {
                    let line = format!("{} is in none of the lines", self.hunt.filter().text());
                    ui.say(Tone::Plain, line);
                    None
                }
            };
        }
    }

    fn say_match(&self, ui: &mut Ui, found: u64, wrapped: bool) {
        let round = if wrapped { ", round the end" } else { "" };
        if self.hunt.is_done() {
            let all = self.hunt.kept(&self.ring);
            let at = all.saturating_sub(self.hunt.kept_from(&self.ring, found + 1));
            ui.say(Tone::Plain, format!("match {at} of {all}{round}"));
        } else {
            ui.say(Tone::Plain, format!("match{round}; still counting"));
        }
    }

    fn title_now(&self, ui: &Ui) -> Vec<(String, Style)> {
        let theme = &ui.config.theme;
        let count = theme.style(Scope::TitleCount);
        let warning = theme.style(Scope::Warning);
        let previous = if self.spec.previous { " previous" } else { "" };
        let mut parts = vec![(
            format!(" {}{previous} logs ({})", self.name, self.range()),
            theme.style(Scope::Title),
        )];
        let (kept, all) = (self.sift.kept(&self.ring), self.ring.lines());
        let numbers = if self.sift.filter().is_empty() {
            format!("[{all}]")
        } else {
            format!("[{kept} of {all}]")
        };
        parts.push((numbers, count));
        if !self.sift.filter().is_empty() {
            parts.push((format!(" /{}", self.sift.filter().text()), theme.style(Scope::Match)));
        }
        if !self.sift.is_done() {
            let (seen, all) = self.sift.progress(&self.ring);
            parts.push((format!(" looking: {} of {}", bytes(seen), bytes(all)), count));
        } else if self.seek.is_some() {
            let (seen, all) = self.hunt.progress(&self.ring);
            parts.push((format!(" searching: {} of {}", bytes(seen), bytes(all)), count));
        }
        if !self.marked.is_empty() {
            parts.push((format!(" {} {} marked", ui.glyphs().mark, self.marked.len()), count));
        }
        match &self.state {
            State::Ended(None) => parts.push((" ended".to_owned(), warning)),
            State::Ended(Some(_)) => parts.push((" broken off".to_owned(), warning)),
            _ if self.motionless() => {
                let waiting = self.sift.kept_from(&self.ring, self.since);
                let words = match waiting {
                    1 => "1 line waits".to_owned(),
                    _ => format!("{waiting} lines wait"),
                };
                parts.push((format!(" paused, {words}"), warning));
            }
            State::Complete if !self.spec.follow => parts.push((" all read".to_owned(), count)),
            _ => parts.push((" following".to_owned(), count)),
        }
        let dropped = self.ring.dropped();
        if dropped.bytes > 0 {
            parts.push((format!(" {}", dropped_words(dropped)), warning));
        }
        parts.push((" ".to_owned(), count));
        parts
    }
}

/// What left the ring, in words.
pub(super) fn dropped_words(dropped: crate::logs::ring::Dropped) -> String {
    format!("dropped {} ({} lines)", bytes(dropped.bytes), dropped.lines)
}

fn bytes(bytes: u64) -> String {
    match bytes {
        0..=999 => format!("{bytes} B"),
        1_000..=999_999 => format!("{:.1} kB", bytes as f64 / 1e3),
        _ => format!("{:.1} MB", bytes as f64 / 1e6),
    }
}
