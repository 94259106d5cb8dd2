//! The tape: which fields have changed while the pane is open, and who is named for it. Newest last.

use super::DriftPane;
use super::told;
use crate::drift::{Before, Glimpse, Seen, Sight, Turn, Writer};
use crate::model::{ClusterId, Text, Tone};
use crate::relations::ObjectId;
use crate::text::width::truncate;
use crate::ui::Ui;
use crate::ui::panes::page::clean;
use crate::ui::theme::Scope as Look;
use crate::ui::widgets::columns::cells;
use crate::ui::widgets::frame::{pieces, right};
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;
use std::collections::{BTreeSet, HashMap, VecDeque};
use std::sync::Arc;

/// Lines that are kept.
const KEPT: usize = 1_000;
/// Bytes of all objects that are kept to be held against what they are later.
const BYTES: usize = 16 << 20;
/// Rows that the rest of the pane keeps.
const ROWS: u16 = 8;

/// One line.
#[derive(Debug)]
pub struct Line {
    /// When, Unix seconds: as the writer's time tells, else when it was seen.
    pub at: i64,
    /// Where the object is.
    pub cluster: ClusterId,
    /// The app it is of, where several share the tape.
    pub app: Text,
    /// Which object.
    pub id: ObjectId,
    /// What became of it.
    pub what: What,
}

/// What a line tells.
#[derive(Debug)]
pub enum What {
    /// A field has changed.
    Field(Seen),
    /// So many more fields have changed with it.
    More(usize),
    /// The object went, came, or another one took its place.
    Object(&'static str),
}

/// How much of the pane it takes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Size {
    /// A few lines.
    #[default]
    Few,
    /// Half of it.
    Half,
    /// Nothing.
    Hidden,
}

/// All lines, and what is needed for further ones.
#[derive(Debug)]
pub struct Tape {
    lines: VecDeque<Line>,
    /// Older lines that were dropped.
    lost: usize,
    glimpses: HashMap<(ClusterId, ObjectId), Glimpse>,
    bytes: usize,
    most: usize,
    /// Objects that are too large to be followed, or for which there was no room.
    unfollowed: BTreeSet<(ClusterId, ObjectId)>,
    size: Size,
    /// Where the machine is; known once there is something to tell.
    zone: Option<jiff::tz::TimeZone>,
}

impl Default for Tape {
    fn default() -> Self {
        Self::of_bytes(BYTES)
    }
}

impl Tape {
    /// One that keeps so many bytes of objects to be held against what they are later.
    pub fn of_bytes(most: usize) -> Self {
        Self {
            lines: VecDeque::new(),
            lost: 0,
            glimpses: HashMap::new(),
            bytes: 0,
            most,
            unfollowed: BTreeSet::new(),
            size: Size::default(),
            zone: None,
        }
    }

    /// A look at an object of an app on a cluster; the app is empty where the tape is of one alone.
    pub fn take(&mut self, (cluster, app): (ClusterId, &Text), sight: Sight, now: i64) {
        let Sight { id, glimpse, seen, more } = sight;
        for one in seen {
            // A clock that runs ahead does not put a change into the future.
            let at = one.at.unwrap_or(now).min(now);
            let (app, id) = (app.clone(), id.clone());
            self.put(Line { at, cluster, app, id, what: What::Field(one) });
        }
        if more > 0 {
            let (app, id) = (app.clone(), id.clone());
            self.put(Line { at: now, cluster, app, id, what: What::More(more) });
        }
        self.keep((cluster, id), glimpse);
    }

    fn keep(&mut self, of: (ClusterId, ObjectId), glimpse: Option<Glimpse>) {
        if let Some(held) = self.glimpses.remove(&of) {
            self.bytes -= held.bytes();
        }
        match glimpse.filter(|one| self.bytes + one.bytes() <= self.most) {
            Some(one) => {
                self.bytes += one.bytes();
                self.unfollowed.remove(&of);
                self.glimpses.insert(of, one);
            }
            None => {
                self.unfollowed.insert(of);
            }
        }
    }

    /// Bytes of all objects that are kept.
    pub fn bytes(&self) -> usize {
        self.bytes
    }

    /// The uid of an object when it was seen last.
    pub fn uid(&self, cluster: ClusterId, id: &ObjectId) -> Option<Text> {
        Some(self.glimpses.get(&(cluster, id.clone()))?.uid().clone())
    }

    /// Nobody follows an object any more.
    pub fn forget(&mut self, cluster: ClusterId, id: &ObjectId) {
        let of = (cluster, id.clone());
        self.unfollowed.remove(&of);
        if let Some(held) = self.glimpses.remove(&of) {
            self.bytes -= held.bytes();
        }
    }

    /// An object went, came, or was replaced: its uid before and now, empty where it is not there.
    pub fn replaced(
        &mut self,
        (cluster, app): (ClusterId, &Text),
        id: &ObjectId,
        before: &Text,
        now: &Text,
        at: i64,
    ) {
        let what = match (before.as_str(), now.as_str()) {
            (old, new) if old == new => return,
            (_, "") => "is gone",
            ("", _) => "is there",
            _ => "was replaced by another one of its name",
        };
        let (app, id) = (app.clone(), id.clone());
        self.put(Line { at, cluster, app, id, what: What::Object(what) });
    }

    fn put(&mut self, line: Line) {
        self.zone.get_or_insert_with(jiff::tz::TimeZone::system);
        self.lines.push_back(line);
        if self.lines.len() > KEPT {
            self.lines.pop_front();
            self.lost += 1;
        }
    }

    /// What these objects of a cluster were when they were seen last.
    pub fn before(&self, cluster: ClusterId, of: impl Fn(&ObjectId) -> bool) -> Before {
        let wanted = self.glimpses.iter().filter(|((on, id), _)| *on == cluster && of(id));
        Arc::new(wanted.map(|((_, id), glimpse)| (id.clone(), glimpse.clone())).collect())
    }

    /// Lines about an object, oldest first.
    pub fn of<'t>(
        &'t self,
        cluster: ClusterId,
        id: &'t ObjectId,
    ) -> impl Iterator<Item = &'t Line> + 't {
        self.lines.iter().filter(move |line| line.cluster == cluster && line.id == *id)
    }

    /// All lines, oldest first.
    pub fn lines(&self) -> impl ExactSizeIterator<Item = &Line> {
        self.lines.iter()
    }

    /// Older lines that were dropped.
    pub fn lost(&self) -> usize {
        self.lost
    }

    /// Few lines, half of the pane, none; round and round.
    pub fn turn(&mut self) {
        self.size = match self.size {
            Size::Few => Size::Half,
            Size::Half => Size::Hidden,
            Size::Hidden => Size::Few,
        };
    }

    /// Whether it has anything to tell.
    pub fn is_empty(&self) -> bool {
        self.lines.is_empty()
    }

    /// Lines that it takes of an area of this height for so many changes, its own heading among them.
    pub fn height(&self, area: u16, changes: usize) -> u16 {
        let most = match self.size {
            Size::Hidden => return 0,
            _ if changes == 0 => return 0,
            Size::Few if area >= 30 => area / 4,
            Size::Few => 3,
            Size::Half => area / 2,
        };
        let room = most.min(area.saturating_sub(ROWS));
        // A heading alone tells nothing.
        if room < 2 { 0 } else { room.min(cells(changes).saturating_add(1)) }
    }

    /// What its heading says.
    fn heading(&self, changes: usize) -> String {
        let mut words = told::counted(changes + self.lost, "change");
        if self.lost > 0 {
            words.push_str(&format!(", the oldest {} dropped", self.lost));
        }
        if !self.unfollowed.is_empty() {
            let objects = told::counted(self.unfollowed.len(), "object");
            words.push_str(&format!(", {objects} too large to be followed"));
        }
        words
    }
}

/// `14:03:12`, in the clock of the machine.
fn clock(at: i64, zone: &jiff::tz::TimeZone) -> String {
    jiff::Timestamp::from_second(at).map_or_else(
        |_| at.to_string(),
        |moment| moment.to_zoned(zone.clone()).strftime("%H:%M:%S").to_string(),
    )
}

/// `3 → 5`, `same value`; empty where an object is told of.
pub fn turn(what: &What, arrow: &str) -> String {
    match what {
        What::Field(Seen { turn: Turn::Value(from, to), .. }) => {
            format!("{}{arrow}{}", told::value(from.as_ref()), told::value(to.as_ref()))
        }
        What::Field(Seen { turn: Turn::Owner, .. }) => "same value".to_owned(),
        What::More(_) | What::Object(_) => String::new(),
    }
}

/// `by kubectl-scale`, `now by flux`; empty where nobody is named.
pub fn by(what: &What) -> String {
    let name = |writer: &Writer| clean(&writer.manager);
    match what {
        What::Field(Seen { turn: Turn::Owner, writer: Some(writer), .. }) => {
            format!("now by {}", name(writer))
        }
        What::Field(Seen { writer: Some(writer), .. }) => format!("by {}", name(writer)),
        _ => String::new(),
    }
}

/// The place that a line is about, in words.
pub fn place(what: &What) -> String {
    match what {
        What::Field(seen) => clean(&seen.path.to_string()),
        What::More(n) => format!("{} more", told::counted(*n, "field")),
        What::Object(words) => (*words).to_owned(),
    }
}

impl Tape {
    /// Draws it: of one cluster, or of all.
    pub fn paint(&self, ui: &Ui, of: Option<ClusterId>, area: Rect, buf: &mut Buffer) {
        if area.height == 0 {
            return;
        }
        let theme = &ui.config.theme;
        let (base, dim) = (theme.style(Look::Row), theme.style(Look::TextDim));
        let tone = |tone: Tone| base.patch(theme.tone(tone));
        let arrow = if ui.config.settings.ascii { " -> " } else { " → " };
        let heading = Rect { height: 1, ..area };
        let lines = || self.lines.iter().filter(|line| of.is_none_or(|on| on == line.cluster));
        let all = lines().count();
        buf.set_style(heading, theme.style(Look::TableHeader));
        let style = theme.style(Look::TableHeader);
        let from = pieces(buf, heading, &[(" TAPE ", style), (&self.heading(all), style)]);
        right(buf, heading, from, &[("as managedFields tell ".to_owned(), dim)]);
        let zone = self.zone.clone().unwrap_or(jiff::tz::TimeZone::UTC);
        let skip = all.saturating_sub(usize::from(area.height) - 1);
        for (line, y) in lines().skip(skip).zip(heading.bottom()..area.bottom()) {
            let rect = Rect { y, height: 1, ..area };
            buf.set_style(rect, base);
            let (place, turn, by) = (place(&line.what), turn(&line.what, arrow), by(&line.what));
            let name = clean(&line.id.to_string());
            let app = match line.app.as_str() {
                "" => String::new(),
                app => format!("{} ", clean(app)),
            };
            // Values give way to who wrote them.
            let taken = [app.as_str(), &name, &place, &by].map(crate::text::width::width);
            let left = usize::from(area.width).saturating_sub(taken.iter().sum::<usize>() + 14);
            let (short, _) = truncate(&turn, left);
            let cut = if short.len() < turn.len() { ui.glyphs().more } else { "" };
            let parts: [(&str, Style); 12] = [
                (" ", base),
                (&clock(line.at, &zone), dim),
                (" ", base),
                (&app, dim),
                (&name, base),
                (" ", base),
                (&place, base),
                (" ", base),
                (short, tone(Tone::Warn)),
                (cut, dim),
                (if turn.is_empty() { "" } else { " " }, base),
                (&by, tone(Tone::Busy)),
            ];
            pieces(buf, rect, &parts);
        }
    }
}

impl DriftPane {
    /// The part of the pane where the tape is; empty where it is not shown.
    pub(super) fn tape_area(&self, area: Rect) -> Rect {
        let tape = &self.parts.tape;
        let height = tape.height(area.height, tape.lines().len());
        Rect { y: area.bottom() - height, height, ..area }
    }
}
