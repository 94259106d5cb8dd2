//! Lines of containers, live: follow, filter, search, columns.
//!
//! `keys` says what keys do, `window` which lines are on screen, `lay` makes one ready to draw,
//! `paint` draws, `open` is the way here from tables.

mod keys;
mod lay;
mod open;
mod paint;
mod window;

pub use open::has_logs;

use crate::logs::ring::{NOTE, WARNING};
use crate::logs::{Filter, Ring, Sift};
use crate::model::{
    ClusterId, Fault, LogContainers, LogEvent, LogSince, LogSource, LogSpec, StreamEvent, StreamId,
    StreamSpec, SubId, Tone,
};
use crate::text::{sanitise, width::width};
use crate::ui::commands::{Command, Context};
use crate::ui::panes::view::View;
use crate::ui::usable::Refusal;
use crate::ui::{Effect, Ui};
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;
use std::collections::{BTreeSet, HashMap};
use std::rc::Rc;
use window::{Place, Row};

/// Widest name of a source before its lines.
const LABEL: usize = 28;
/// Most lines that are put in the order of their time, which takes some milliseconds.
const MOST_ORDERED: u64 = 20_000;

/// What is typed into the prompt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Typing {
    Filter,
    Search,
    Fields,
}

/// Which time stands before a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Clock {
    Off,
    Local,
    Utc,
}

/// One container whose lines came.
#[derive(Debug)]
struct Source {
    of: LogSource,
    /// Why it ended, once it did.
    ended: Option<String>,
}

/// How far the stream is.
#[derive(Debug, PartialEq)]
enum State {
    Reading,
    Complete,
    Ended(Option<Fault>),
}

/// A match that is looked for.
#[derive(Clone, Copy, Debug)]
struct Seek {
    forward: bool,
    from: u64,
    wrapped: bool,
}

/// The pane.
#[derive(Debug)]
pub struct LogsPane {
    spec: LogSpec,
    /// The containers asked for at first, for the way back from all of them.
    chosen: LogContainers,
    /// What the way here says: `Deployment/api`.
    name: String,
    stream: Option<StreamId>,
    ring: Ring,
    sift: Sift,
    hunt: Sift,
    seek: Option<Seek>,
    sources: Vec<Source>,
    /// What stands before the lines of each source.
    labels: Vec<String>,
    state: State,
    /// The last thing that went wrong.
    trouble: Option<Fault>,
    place: Place,
    /// New lines are followed when the end is on screen.
    follow: bool,
    /// Lines from this one on came since the screen stands still.
    since: u64,
    left: usize,
    wrap: bool,
    columns: bool,
    levels: bool,
    clock: Clock,
    zone: Option<jiff::tz::TimeZone>,
    fields: Vec<String>,
    marked: BTreeSet<u64>,
    typing: Typing,
    full: bool,
    rows: Vec<Row>,
    laid: HashMap<u64, Rc<lay::Laid>>,
    style: Option<lay::Style>,
    title: Vec<(String, Style)>,
    area: Rect,
}

impl LogsPane {
    fn new(spec: LogSpec, name: String, capacity: usize) -> Self {
        Self {
            chosen: spec.containers.clone(),
            follow: true,
            spec,
            name,
            stream: None,
            ring: Ring::new(capacity),
            sift: Sift::new(Filter::default()),
            hunt: Sift::new(Filter::default()),
            seek: None,
            sources: Vec::new(),
            labels: Vec::new(),
            state: State::Reading,
            trouble: None,
            place: Place::Tail,
            since: 0,
            left: 0,
            wrap: false,
            columns: true,
            levels: false,
            clock: Clock::Off,
            zone: None,
            fields: Vec::new(),
            marked: BTreeSet::new(),
            typing: Typing::Filter,
            full: false,
            rows: Vec::new(),
            laid: HashMap::new(),
            style: None,
            title: Vec::new(),
            area: Rect::ZERO,
        }
    }

    /// Opens the stream anew, as `spec` says now; what was held belongs to the old one.
    fn reopen(&mut self, ui: &mut Ui, effects: &mut Vec<Effect>) {
        self.leave(effects);
        self.forget();
        self.sources.clear();
        self.labels.clear();
        self.state = State::Reading;
        self.trouble = None;
        let stream = ui.stream_id();
        self.stream = Some(stream);
        let spec = StreamSpec::Logs(self.spec.clone());
        effects.push(Effect::Open { stream, spec, plan: None });
    }

    /// Forgets the lines held.
    fn forget(&mut self) {
        self.ring.clear();
        self.sift = Sift::new(self.sift.filter().clone());
        self.hunt = Sift::new(self.hunt.filter().clone());
        self.seek = None;
        self.marked.clear();
        self.laid.clear();
        self.place = Place::Tail;
        self.since = self.ring.end();
    }

    fn take(&mut self, now: i64, event: &mut LogEvent) {
        let at = now.saturating_mul(1_000_000_000);
        match event {
            LogEvent::Source(source) => {
                let of = source.clone();
                // Those that were there from the beginning are no news.
                if self.state != State::Reading {
                    let line = format!("-- pod {} container {} --", of.pod, of.container);
                    self.ring.note(NOTE, at, &line);
                }
                self.sources.push(Source { of, ended: None });
                self.labels = labels(&self.sources);
                // Names before lines are shortened by what all have in common.
                self.laid.clear();
            }
            LogEvent::Lines(batch) => self.ring.push(&std::mem::take(batch)),
            LogEvent::SourceEnd { source, why } => {
                let why = std::mem::take(why);
                let Some(held) = self.sources.get_mut(*source as usize) else { return };
                let line = match (why.is_empty(), self.spec.follow) {
                    (true, false) => None,
                    (true, true) => Some("ended".to_owned()),
                    (false, _) => Some(format!("ended: {why}")),
                };
                if let Some(line) = line {
                    let of = &held.of;
                    let line = format!("-- pod {} container {} {line} --", of.pod, of.container);
                    self.ring.note(NOTE, at, &line);
                }
                held.ended = Some(why);
            }
            LogEvent::Notice(fault) => {
                self.ring.note(WARNING, at, &format!("-- {fault} --"));
                self.trouble = Some(fault.clone());
            }
            LogEvent::Complete => {
                self.state = State::Complete;
                self.put_in_order();
            }
            LogEvent::End(fault) => {
                if let Some(fault) = fault {
                    self.ring.note(WARNING, at, &format!("-- {fault} --"));
                    self.trouble = Some(fault.clone());
                }
                self.state = State::Ended(fault.clone());
                self.stream = None;
            }
        }
    }

    /// What there was at the beginning came container by container: from now on it stands in the
    /// order of its time. What is too much, or is looked at already, stays as it is.
    fn put_in_order(&mut self) {
        let untouched = self.place == Place::Tail && self.marked.is_empty() && self.seek.is_none();
        let dropped = self.ring.dropped().lines > 0;
        if self.sources.len() < 2 || !untouched || dropped || self.ring.lines() > MOST_ORDERED {
            return;
        }
        let chunks = self.ring.share();
        let mut last = vec![0; self.sources.len()];
        let mut lines: Vec<(i64, crate::logs::ring::Line<'_>)> = chunks
            .iter()
            .flat_map(|chunk| chunk.lines())
            .map(|line| {
                // A line without a time goes with the one before it.
                let time = match (line.at, last.get_mut(line.source as usize)) {
                    (0, Some(last)) => *last,
                    (at, Some(last)) => {
                        *last = at.max(*last);
                        *last
                    }
                    (at, None) => at,
                };
                (time, line)
            })
            .collect();
        lines.sort_by_key(|(time, _)| *time);
        self.ring.clear();
        for (_, line) in lines {
            self.ring.put(&line);
        }
        self.sift = Sift::new(self.sift.filter().clone());
        self.hunt = Sift::new(self.hunt.filter().clone());
        self.laid.clear();
        self.since = self.ring.end();
    }

    /// A file name for what is saved.
    fn file_name(&self, ui: &Ui) -> String {
        let context = ui.cluster().map_or("", |cluster| cluster.context.as_str());
        format!("{context}-{}-{}.log", self.name, ui.now)
    }

    fn motionless(&self) -> bool {
        !matches!(self.place, Place::Tail) || !self.follow
    }
}

/// What stands before the lines of each source: as much of namespace, pod and container as tells
/// them apart. Empty where there is only one.
fn labels(sources: &[Source]) -> Vec<String> {
    if sources.len() < 2 {
        return Vec::new();
    }
    let pods: BTreeSet<&str> = sources.iter().map(|source| &*source.of.pod).collect();
    let places: BTreeSet<_> = sources.iter().map(|s| (&s.of.namespace, &s.of.pod)).collect();
    let all: BTreeSet<_> =
        sources.iter().map(|s| (&s.of.namespace, &s.of.pod, &s.of.container)).collect();
    // Names of pods seldom repeat themselves in other namespaces.
    let spread = places.len() > pods.len();
    let shared = if pods.len() > 1 { shared_beginning(&pods) } else { 0 };
    let name = |source: &Source| {
        let LogSource { namespace, pod, container, .. } = &source.of;
        let place = if spread { format!("{namespace}/{pod}") } else { pod[shared..].to_owned() };
        let name = match (places.len() > 1, all.len() > places.len()) {
            (true, true) => format!("{place}/{container}"),
            (true, false) => place,
            (false, _) => container.to_string(),
        };
        sanitise::clean(&name).into_owned()
    };
    sources.iter().map(name).collect()
}

/// How many bytes all of these names begin with, up to a dash.
fn shared_beginning(names: &BTreeSet<&str>) -> usize {
    let (Some(first), Some(last)) = (names.first(), names.last()) else { return 0 };
    // In order, what the first and the last share all share.
    let same = first.bytes().zip(last.bytes()).take_while(|(a, b)| a == b).count();
    first.get(..same).and_then(|same| same.rfind('-')).map_or(0, |dash| dash + 1)
}

impl View for LogsPane {
    fn cluster(&self) -> Option<ClusterId> {
        Some(self.spec.cluster)
    }

    fn step(&self) -> String {
        let previous = if self.spec.previous { " previous" } else { "" };
        format!("{}{previous} logs", self.name)
    }

    fn title(&self, _ui: &Ui) -> Vec<(String, Style)> {
        self.title.clone()
    }

    fn contexts(&self) -> Vec<Context> {
        vec![Context::Logs]
    }

    fn refusal(&self, ui: &Ui, command: Command) -> Option<Refusal> {
        let plain = |why: String| Some(Refusal { why, tone: Tone::Plain });
        match command {
            Command::LogNext | Command::LogPrevious if self.hunt.filter().is_empty() => {
                plain(format!("nothing to search for: {} first", ui.key_to(Command::LogSearch)))
            }
            Command::LogWhole
            | Command::LogMark
            | Command::LogCopy
            | Command::LogSave
            | Command::LogPager
                if self.ring.is_empty() =>
            {
                plain("there are no lines yet".to_owned())
            }
            _ => None,
        }
    }

    fn command(&mut self, ui: &mut Ui, command: Command, effects: &mut Vec<Effect>) {
        self.carry_out(ui, command, effects);
    }

    fn escape(&mut self, _ui: &mut Ui) -> bool {
        if !self.hunt.filter().is_empty() {
            self.hunt = Sift::new(Filter::default());
            self.seek = None;
        } else if !self.sift.filter().is_empty() {
            self.sift = Sift::new(Filter::default());
        } else if !self.marked.is_empty() {
            self.marked.clear();
        } else {
            return false;
        }
        self.laid.clear();
        true
    }

    fn typed(&mut self, ui: &mut Ui, line: &str, accepted: bool) -> Result<(), (usize, String)> {
        self.typed_line(ui, line, accepted)
    }

    fn stream(
        &mut self,
        ui: &mut Ui,
        stream: StreamId,
        event: &mut StreamEvent,
        _effects: &mut Vec<Effect>,
    ) -> bool {
        if self.stream != Some(stream) {
            return false;
        }
        if let StreamEvent::Logs(event) = event {
            self.take(ui.now, event);
        }
        true
    }

    fn settle(&mut self, ui: &mut Ui, area: Rect, _effects: &mut Vec<Effect>) -> Vec<SubId> {
        self.look(ui, area);
        Vec::new()
    }

    fn has_work(&self) -> bool {
        !self.sift.is_done() || (!self.hunt.filter().is_empty() && !self.hunt.is_done())
    }

    fn order(&mut self, _ui: &mut Ui, word: &str, rest: &str) -> bool {
        if word == "fields" {
            self.choose_fields(rest);
        }
        word == "fields"
    }

    fn draw(&self, ui: &Ui, area: Rect, buf: &mut Buffer) -> Option<(u16, u16)> {
        self.paint(ui, area, buf);
        None
    }

    fn full_screen(&self) -> bool {
        self.full
    }

    fn scroll(&self) -> Option<(usize, usize)> {
        let all = self.sift.kept_from(&self.ring, 0);
        let top = self.rows.iter().find_map(Row::number)?;
        let from = all - self.sift.kept_from(&self.ring, top).min(all);
        Some((usize::try_from(from).ok()?, usize::try_from(all).ok()?))
    }

    fn step_by(&mut self, ui: &mut Ui, lines: isize) {
        self.go(ui, lines);
    }

    fn click(&mut self, _ui: &mut Ui, _column: u16, row: u16, _effects: &mut Vec<Effect>) {
        let at = usize::from(row).saturating_sub(self.header_rows());
        if let Some(number) = self.rows.get(at).and_then(Row::number) {
            self.stand(number);
        }
    }

    fn leave(&mut self, effects: &mut Vec<Effect>) {
        effects.extend(self.stream.take().map(Effect::Close));
    }

    fn streams(&self) -> bool {
        self.stream.is_some()
    }

    fn is_complete(&self) -> bool {
        !self.ring.is_empty() || self.state != State::Reading
    }
}

impl LogsPane {
    /// Rows above the lines: titles of chosen fields.
    fn header_rows(&self) -> usize {
        usize::from(self.columns && !self.fields.is_empty())
    }

    /// Cells of the names before the lines, in a pane so wide.
    fn label_width(&self, pane: usize) -> usize {
        let longest = self.labels.iter().map(|label| width(label)).max().unwrap_or(0);
        longest.min(LABEL).min(pane / 4)
    }

    /// From where on, in words.
    fn range(&self) -> String {
        match self.spec.since {
            LogSince::Beginning => "all".to_owned(),
            LogSince::Seconds(seconds) => format!(
                "last {}",
                crate::text::age::human(i64::try_from(seconds).unwrap_or(i64::MAX),)
            ),
            LogSince::Time(_) => "since then".to_owned(),
            LogSince::Tail(lines) => format!("last {lines}"),
        }
    }
}
