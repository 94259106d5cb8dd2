//! Fills in one row: everything that comes from the cluster is sanitised and interned here, once.

use super::commons::Commons;
use super::de::{Meta, OwnerReference};
use crate::model::{Cell, Health, Key, Link, Links, Row, Text, Tone};
use crate::text::sanitise;
use rustc_hash::FxHashSet;
use std::any::Any;
use std::borrow::Cow;

/// Longest text kept in a cell, in bytes: rows are for tables, not for reading whole messages.
pub const MAX_CELL_BYTES: usize = 1024;

/// Strings and links shared between the rows of one subscription. They live as long as a row shows them:
/// the pool lets go of what only it still holds.
#[derive(Debug, Default)]
pub struct Pool {
    strings: FxHashSet<Text>,
    sweep_at: usize,
    commons: Commons,
    /// Room in which rows are put together, one after another.
    room: Room,
}

#[derive(Debug, Default)]
struct Room {
    cells: Vec<Cell>,
    /// Links that the row has in common with others.
    common: Vec<Link>,
    links: Vec<Link>,
    /// What a kind keeps from object to object.
    lists: Option<Box<dyn Any + Send + Sync>>,
}

impl Pool {
    /// The shared copy of `s`, sanitised.
    pub fn intern(&mut self, s: &str) -> Text {
        if s.is_empty() {
            return Text::new();
        }
        // Whatever is held is clean, so what is found as it came is.
        if let Some(text) = self.strings.get(s) {
            return text.clone();
        }
        match sanitise::clean(s) {
            Cow::Borrowed(clean) => self.add(clean),
            Cow::Owned(clean) => match self.strings.get(&*clean) {
                Some(text) => text.clone(),
                None => self.add(&clean),
            },
        }
    }

    fn add(&mut self, s: &str) -> Text {
        if self.strings.len() >= self.sweep_at {
            self.strings.retain(|text| Text::strong_count(text).is_none_or(|count| count > 1));
            self.sweep_at = (self.strings.len() * 2).max(1024);
        }
        let text = Text::from(s);
        self.strings.insert(text.clone());
        text
    }
}

/// Builds one row.
#[derive(Debug)]
pub struct RowBuilder<'p> {
    pool: &'p mut Pool,
    row: Row,
    room: Room,
}

impl<'p> RowBuilder<'p> {
    /// An empty row.
    pub fn new(pool: &'p mut Pool) -> Self {
        // It comes back, empty, with the row that is finished.
        let room = std::mem::take(&mut pool.room);
        let row = Row::bare(Key { namespace: Text::new(), name: Text::new() }, Vec::new());
        Self { pool, row, room }
    }

    /// Takes identity, age and owners from the object's metadata.
    pub fn meta(&mut self, meta: &Meta<'_>) {
        self.row.key.namespace = self.shared(&meta.namespace);
        self.row.key.name = self.unique(&meta.name);
        self.row.uid = uid_bits(&meta.uid);
        self.row.version = version(&meta.resource_version);
        self.row.created = timestamp(&meta.creation_timestamp).unwrap_or(0);
        self.row.terminating = !meta.deletion_timestamp.is_empty();
        let controls = |owner: &&OwnerReference<'_>| owner.controller == Some(true);
        let owners = meta.owner_references.iter();
        for owner in owners.clone().filter(controls).chain(owners.filter(|one| !controls(one))) {
            let link = Link::Owner {
                api_version: self.shared(&owner.api_version),
                kind: self.shared(&owner.kind),
                name: self.shared(&owner.name),
            };
            self.common_link(link);
        }
    }

    /// What the last object of this kind left with [`RowBuilder::leave`]; new where that was none.
    pub fn lists<T: Any + Default>(&mut self) -> Box<T> {
        let left = self.room.lists.take().and_then(|left| left.downcast().ok());
        left.unwrap_or_default()
    }

    /// Leaves room for the next object of the kind.
    pub fn leave(&mut self, lists: Box<impl Any + Send + Sync>) {
        self.room.lists = Some(lists);
    }

    /// Sets the name shown instead of the object's (container lists).
    pub fn name(&mut self, name: &str) {
        self.row.key.name = self.unique(name);
    }

    /// Sanitised text that many rows share (node names, images, phases).
    pub fn shared(&mut self, s: &str) -> Text {
        self.pool.intern(clip(s))
    }

    /// Sanitised text that many rows share and that must stay whole, such as labels.
    pub fn shared_long(&mut self, s: &str) -> Text {
        self.pool.intern(s)
    }

    /// Sanitised text that only this row has (names, addresses): not kept in the pool.
    pub fn unique(&mut self, s: &str) -> Text {
        if s.is_empty() { Text::new() } else { Text::from(&*sanitise::clean(clip(s))) }
    }

    /// Pushes a cell.
    pub fn cell(&mut self, cell: Cell) {
        self.room.cells.push(cell);
    }

    /// How many cells were pushed.
    pub fn cells(&self) -> usize {
        self.room.cells.len()
    }

    /// Pushes text that many rows share.
    pub fn text(&mut self, s: &str, tone: Tone) {
        let text = self.shared(s);
        self.cell(Cell::Text(text, tone));
    }

    /// Pushes text that only this row has.
    pub fn own_text(&mut self, s: &str, tone: Tone) {
        let text = self.unique(s);
        self.cell(Cell::Text(text, tone));
    }

    /// Pushes text, or kubectl's dim `<none>` where it is empty.
    pub fn text_or_none(&mut self, s: &str) {
        if s.is_empty() { self.none() } else { self.text(s, Tone::Plain) }
    }

    /// Pushes text, or nothing at all where it is empty.
    pub fn text_or_empty(&mut self, s: &str, tone: Tone) {
        if s.is_empty() { self.cell(Cell::Empty) } else { self.text(s, tone) }
    }

    /// Pushes kubectl's `<none>`.
    pub fn none(&mut self) {
        self.cell(Cell::Text(arcstr::literal!("<none>"), Tone::Dim));
    }

    /// Pushes kubectl's `<unknown>`.
    pub fn unknown(&mut self) {
        self.cell(Cell::Text(arcstr::literal!("<unknown>"), Tone::Dim));
    }

    /// Pushes a number.
    pub fn int(&mut self, n: i64) {
        self.cell(Cell::Int(n));
    }

    /// Pushes the age of an RFC 3339 timestamp, or `<unknown>` where there is none.
    pub fn since(&mut self, timestamp_text: &str) {
        match timestamp(timestamp_text) {
            Some(at) => self.cell(Cell::Since(at)),
            None => self.unknown(),
        }
    }

    /// Sets the row's health.
    pub fn health(&mut self, health: Health) {
        self.row.health = health;
    }

    /// Sets the tone of the whole line.
    pub fn tone(&mut self, tone: Tone) {
        self.row.tone = tone;
    }

    /// Adds a way from here to elsewhere.
    pub fn link(&mut self, link: Link) {
        self.room.links.push(link);
    }

    /// Adds a way that many rows have, with the same others before it: what comes from a template. These come before
    /// all other links.
    pub fn common_link(&mut self, link: Link) {
        self.room.common.push(link);
    }

    /// The owner that controls it, or its first one.
    pub fn first_owner(&self) -> Option<Link> {
        self.room.common.iter().find(|link| matches!(link, Link::Owner { .. })).cloned()
    }

    /// Takes cells and links out again, for facets that make another row of them.
    pub fn take(&mut self) -> (Vec<Cell>, Vec<Link>) {
        let mut links = std::mem::take(&mut self.room.common);
        links.append(&mut self.room.links);
        (std::mem::take(&mut self.room.cells), links)
    }

    /// Keeps only the first links.
    pub fn truncate_links(&mut self, most: usize) {
        self.room.common.truncate(most);
        self.room.links.truncate(most - self.room.common.len());
    }

    /// The finished row.
    pub fn finish(mut self) -> Row {
        self.row.cells = self.room.cells.drain(..).collect();
        let common = self.pool.commons.of(&mut self.room.common);
        self.row.links = Links::new(common, self.room.links.drain(..).collect());
        self.pool.room = self.room;
        self.row
    }
}

/// Unix seconds of an RFC 3339 timestamp.
pub fn timestamp(text: &str) -> Option<i64> {
    if text.is_empty() {
        return None;
    }
    text.parse::<jiff::Timestamp>().ok().map(jiff::Timestamp::as_second)
}

fn clip(s: &str) -> &str {
    if s.len() <= MAX_CELL_BYTES {
        return s;
    }
    let mut end = MAX_CELL_BYTES;
    while !s.is_char_boundary(end) {
        end -= 1;
    }
    &s[..end]
}

fn uid_bits(uid: &str) -> u128 {
    let (mut bits, mut digits) = (0u128, 0);
    for byte in uid.bytes().filter(|byte| *byte != b'-') {
        let Some(digit) = char::from(byte).to_digit(16) else { return u128::from(hash(uid)) };
        bits = bits << 4 | u128::from(digit);
        digits += 1;
    }
    if digits == 32 { bits } else { u128::from(hash(uid)) }
}

/// A resourceVersion as rows keep it: for equality, and as a number where it is one.
pub fn version(text: &str) -> u64 {
    text.parse().unwrap_or_else(|_| hash(text))
}

fn hash(s: &str) -> u64 {
    use std::hash::{Hash, Hasher};
    let mut hasher = rustc_hash::FxHasher::default();
    s.hash(&mut hasher);
    hasher.finish()
}
