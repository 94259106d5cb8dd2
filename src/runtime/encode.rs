//! Cells as bytes for the terminal: as few as make what it shows into what is wanted.
//!
//! Every frame begins and ends with the plain pen and with a cursor that may be anywhere, as others write to the
//! terminal in between. Within a frame only what changes of the pen is told, blanks are erased rather than written
//! where that is shorter, and what is right already is jumped over, or written again where that is shorter.

use super::pen::Pen;
use super::scroll::Scroll;
use ratatui::buffer::{Buffer, Cell, CellDiffOption, CellWidth as _};
use ratatui::style::Color;
use std::io::Write as _;
use unicode_width::UnicodeWidthChar as _;

/// Which blanks the terminal may be told to erase.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Erase {
    /// Those with the default background, up to the end of the row: every terminal does that.
    #[default]
    Plain,
    /// All: what is erased gets the pen's background (`bce` in terminfo).
    Any,
}

/// Terminals that erase with the pen's background, by the beginning of the name that they have in terminfo.
const ERASE_ANY: [&str; 20] = [
    "alacritty",
    "contour",
    "foot",
    "ghostty",
    "gnome",
    "iterm",
    "kitty",
    "konsole",
    "linux",
    "mintty",
    "mlterm",
    "ms-terminal",
    "nsterm",
    "putty",
    "rio",
    "rxvt",
    "tmux",
    "vte",
    "wezterm",
    "xterm",
];

impl Erase {
    /// What the environment says. GNU screen does not erase with the pen's background; tmux does, though it may call
    /// itself `screen`, too.
    pub fn detect(variable: &dyn Fn(&str) -> Option<String>) -> Self {
        let set = |name: &str| variable(name).is_some_and(|value| !value.is_empty());
        let term = variable("TERM").unwrap_or_default().to_ascii_lowercase();
        let any = match term.starts_with("screen") {
            true => set("TMUX"),
            false => ERASE_ANY.iter().any(|name| term.starts_with(name)),
        };
        if any && !set("STY") { Self::Any } else { Self::Plain }
    }
}

/// What one column of a row shows.
#[derive(Clone, Copy, Debug)]
struct Spot<'a> {
    symbol: &'a str,
    pen: Pen,
    /// Columns it takes; 0: it is behind a wide one to its left.
    width: u16,
    /// Not ours to write.
    skip: bool,
}

impl Spot<'_> {
    fn is_blank(&self) -> bool {
        self.symbol == " " && self.width == 1 && self.pen.is_plain_on_blanks()
    }

    fn is_blank_on(&self, background: Color) -> bool {
        self.pen.background == background && self.is_blank()
    }

    /// Whether it must be written where `shown` is.
    fn differs(&self, shown: &Self) -> bool {
        if self.width == 0 || self.skip {
            return false;
        }
        let alike = self.width == shown.width
            && self.symbol == shown.symbol
            && (self.pen == shown.pen || self.symbol == " " && self.pen.blanks_alike(&shown.pen));
        !alike
    }

    /// Whether it can be written with that pen as it is.
    fn suits(&self, pen: &Pen) -> bool {
        self.pen == *pen || self.symbol == " " && self.pen.blanks_alike(pen)
    }

    /// How far the cursor goes, in the opinion of a terminal that knows no clusters of characters.
    fn width_by_characters(&self) -> u16 {
        if self.symbol.len() == 1 {
            return 1;
        }
        let width = self.symbol.chars().map(|c| c.width().unwrap_or(1)).sum::<usize>();
        u16::try_from(width).unwrap_or(u16::MAX)
    }
}

/// What a row shows, column by column.
fn spots(row: &[Cell]) -> Vec<Spot<'_>> {
    let mut spots = Vec::with_capacity(row.len());
    while let Some(cell) = row.get(spots.len()) {
        let left = row.len() - spots.len();
        let (symbol, width, skip) = (cell.symbol(), cell.cell_width(), skips(cell));
        let spot = Spot { symbol, pen: Pen::of(cell), width, skip };
        // What has no width would change what is left of it, and what may not fit would go to the next row.
        if width == 0 || usize::from(width.max(spot.width_by_characters())) > left {
            let blank = Spot { symbol: " ", width: 1, ..spot };
            spots.resize(spots.len() + usize::from(width.max(1)).min(left), blank);
        } else {
            spots.push(spot);
            let behind = Spot { symbol: "", width: 0, ..spot };
            spots.resize(spots.len() + usize::from(width) - 1, behind);
        }
    }
    spots
}

#[expect(deprecated, reason = "what is deprecated is still looked at by ratatui")]
fn skips(cell: &Cell) -> bool {
    cell.diff_option == CellDiffOption::Skip
        || cell.skip && cell.diff_option == CellDiffOption::None
}

/// Where the cursor is.
#[derive(Clone, Copy, Debug, Default)]
enum At {
    /// Anywhere, or about to wrap.
    #[default]
    Unknown,
    /// In this row; terminals disagree on the column.
    Row(u16),
    /// Here. `sure`: no terminal can be of another opinion, as some are of characters that they may draw wide.
    Cell { x: u16, y: u16, sure: bool },
}

/// Makes the bytes of frames.
#[derive(Debug, Default)]
pub struct Encoder {
    erase: Erase,
    bytes: Vec<u8>,
    pen: Pen,
    at: At,
}

/// Where the encoder is, to come back to.
#[derive(Clone, Copy)]
struct Place {
    bytes: usize,
    pen: Pen,
    at: At,
}

/// Something that was written and may be written otherwise.
struct Draft {
    bytes: Vec<u8>,
    pen: Pen,
    at: At,
}

/// Columns that are erased, whatever they show, because most of them are blank.
struct Erasure {
    from: usize,
    to: usize,
    background: Color,
}

impl Erasure {
    fn suits(&self, pen: &Pen) -> bool {
        pen.background == self.background && pen.is_plain_on_blanks()
    }
}

/// So many blanks make it worth to look whether erasing pays.
const WORTH_ERASING: usize = 6;

/// A row to write.
struct Row<'a> {
    y: u16,
    spots: Vec<Spot<'a>>,
    /// What does not show what it should.
    changed: Vec<bool>,
    /// What is best erased before.
    erasure: Option<Erasure>,
}

impl<'a> Row<'a> {
    /// None where it shows what it should.
    fn new((y, shown, wanted): (u16, &'a [Cell], &'a [Cell])) -> Option<Self> {
        if shown == wanted {
            return None;
        }
        let (shown, spots) = (spots(shown), spots(wanted));
        let changed: Vec<bool> = spots.iter().zip(&shown).map(|(a, b)| a.differs(b)).collect();
        let row = Self { y, spots, changed, erasure: None };
        row.changed.contains(&true).then_some(row)
    }

    /// What does not show what it should after that was erased.
    fn after(&self, erasure: &Erasure) -> Vec<bool> {
        let mut changed = self.changed.clone();
        let erased = self.spots.iter().zip(&mut changed).take(erasure.to).skip(erasure.from);
        for (spot, changed) in erased {
            *changed = spot.width > 0 && !spot.is_blank_on(erasure.background);
        }
        changed
    }
}

impl Encoder {
    /// For a terminal that may be told to erase these blanks.
    pub fn new(erase: Erase) -> Self {
        Self { erase, ..Self::default() }
    }

    /// Bytes of the frame so far.
    pub fn len(&self) -> usize {
        self.bytes.len()
    }

    /// Adds a sequence that moves no cursor and changes no pen.
    pub fn add(&mut self, sequence: &[u8]) {
        self.bytes.extend_from_slice(sequence);
    }

    /// Clears the screen, whatever the pen was.
    pub fn clear(&mut self) {
        self.add(b"\x1b[m\x1b[2J");
    }

    /// Puts the cursor there.
    pub fn position(&mut self, x: u16, y: u16) {
        let row = u32::from(y) + 1;
        // Writing to memory does not fail.
        let _ = match (x, y) {
            (0, 0) => write!(self.bytes, "\x1b[H"),
            (0, _) => write!(self.bytes, "\x1b[{row}H"),
            _ => write!(self.bytes, "\x1b[{row};{}H", u32::from(x) + 1),
        };
        self.at = At::Cell { x, y, sure: true };
    }

    /// Makes the pen plain.
    pub fn rest(&mut self) {
        if self.pen != Pen::default() {
            self.add(b"\x1b[m");
            self.pen = Pen::default();
        }
    }

    /// Takes the bytes of the frame.
    pub fn take(&mut self) -> Vec<u8> {
        self.at = At::Unknown;
        std::mem::take(&mut self.bytes)
    }

    /// Lets the terminal move rows that only moved, where that is shorter than to write them again; `shown` is what
    /// it shows then. For the beginning of a frame.
    pub fn scroll(&mut self, shown: &mut Buffer, wanted: &Buffer) -> Option<Scroll> {
        let scroll = Scroll::find(shown, wanted)?;
        let begin = self.place();
        self.rows(rows(shown, wanted));
        let written = self.cut(begin).bytes.len();
        let mut moved = shown.clone();
        scroll.apply(&mut moved);
        self.rows_moved(&scroll);
        let place = self.place();
        self.rows(rows(&moved, wanted));
        let scrolled = self.bytes.len() - begin.bytes;
        let pays = scrolled < written;
        self.cut(if pays { place } else { begin });
        pays.then(|| {
            *shown = moved;
            scroll
        })
    }

    /// The pen is plain, so that rows which come up are empty, whatever the terminal erases with. Lines are deleted and
    /// inserted, which every terminal can; margins would be left behind where the program is killed.
    fn rows_moved(&mut self, scroll: &Scroll) {
        let bottom = scroll.end - scroll.by;
        let (deleted, inserted) =
            if scroll.up { (scroll.top, bottom) } else { (bottom, scroll.top) };
        for (y, command) in [(deleted, 'M'), (inserted, 'L')] {
            self.position(0, y as u16);
            let _ = match scroll.by {
                1 => write!(self.bytes, "\x1b[{command}"),
                rows => write!(self.bytes, "\x1b[{rows}{command}"),
            };
        }
        self.at = At::Unknown;
    }

    /// Writes all that differs.
    pub fn all(&mut self, shown: &Buffer, wanted: &Buffer) {
        self.rows(rows(shown, wanted));
    }

    /// Writes what differs in a row.
    pub fn one(&mut self, y: u16, shown: &Buffer, wanted: &Buffer) {
        self.rows(rows(shown, wanted).skip(usize::from(y)).take(1));
    }

    /// Writes what differs between rows as they are shown and as they are wanted: (y, shown, wanted).
    fn rows<'a>(&mut self, rows: impl Iterator<Item = (u16, &'a [Cell], &'a [Cell])>) {
        let mut rows: Vec<Row<'a>> = rows.filter_map(Row::new).collect();
        let begin = self.place();
        for row in &mut rows {
            self.row(row);
        }
        let by_row = self.cut(begin);
        self.pen_by_pen(&mut rows);
        if self.bytes.len() - begin.bytes >= by_row.bytes.len() {
            self.cut(begin);
            self.paste(by_row);
        }
    }

    fn place(&self) -> Place {
        Place { bytes: self.bytes.len(), pen: self.pen, at: self.at }
    }

    /// Takes out what was written since, as if it had not been.
    fn cut(&mut self, begin: Place) -> Draft {
        let bytes = self.bytes.split_off(begin.bytes);
        let draft = Draft { bytes, pen: self.pen, at: self.at };
        (self.pen, self.at) = (begin.pen, begin.at);
        draft
    }

    /// Puts in what was taken out at this place.
    fn paste(&mut self, draft: Draft) {
        self.bytes.extend_from_slice(&draft.bytes);
        (self.pen, self.at) = (draft.pen, draft.at);
    }

    /// Writes a row from left to right, and notes what was best erased before.
    fn row(&mut self, row: &mut Row<'_>) {
        let begin = self.place();
        self.write(row, row.changed.clone());
        let mut best = self.cut(begin);
        for erasure in self.erasures(row) {
            self.go(row, erasure.from);
            self.pen.change_for_blanks(erasure.background, &mut self.bytes);
            self.erase(row, erasure.from, erasure.to);
            self.write(row, row.after(&erasure));
            let other = self.cut(begin);
            if other.bytes.len() < best.bytes.len() {
                (best, row.erasure) = (other, Some(erasure));
            }
        }
        self.paste(best);
    }

    /// Writes rows, all that is of the same pen at once: where a row has several, that takes motions instead of
    /// colours.
    fn pen_by_pen(&mut self, rows: &mut [Row<'_>]) {
        while let Some(pen) = self.nearest_pen(rows) {
            for row in &mut *rows {
                if let Some(erasure) = row.erasure.take_if(|erasure| erasure.suits(&pen)) {
                    self.go(row, erasure.from);
                    self.pen.change(pen, &mut self.bytes);
                    self.erase(row, erasure.from, erasure.to);
                    row.changed = row.after(&erasure);
                }
                let mut changed = std::mem::take(&mut row.changed);
                let mut x = 0;
                while let Some(next) = following(&changed, x) {
                    let spot = &row.spots[next];
                    x = next + 1;
                    if spot.suits(&pen) {
                        self.go(row, next);
                        self.pen.change(pen, &mut self.bytes);
                        x = match spot.is_blank() {
                            true => self.blanks(row, &changed, next),
                            false => self.symbol(row, &mut changed, next),
                        };
                        changed[next..x].fill(false);
                    }
                }
                row.changed = changed;
            }
        }
    }

    /// The pen that is told in the fewest bytes, of those with which something is to be written.
    fn nearest_pen(&self, rows: &[Row<'_>]) -> Option<Pen> {
        let mut pens: Vec<Pen> = Vec::new();
        let mut blanks: Vec<Pen> = Vec::new();
        for row in rows {
            for (spot, _) in row.spots.iter().zip(&row.changed).filter(|(_, changed)| **changed) {
                let among = if spot.is_blank() { &mut blanks } else { &mut pens };
                if among.last() != Some(&spot.pen) && !among.contains(&spot.pen) {
                    among.push(spot.pen);
                }
            }
        }
        // Blanks are written with whatever suits, if anything does.
        let pens = if pens.is_empty() { blanks } else { pens };
        pens.into_iter().min_by_key(|pen| {
            let mut told = Vec::new();
            let mut from = self.pen;
            from.change(*pen, &mut told);
            told.len()
        })
    }

    /// What of a row may be erased in one go before the rest is written on it.
    fn erasures(&self, row: &Row<'_>) -> Vec<Erasure> {
        let (spots, changed) = (&row.spots, &row.changed);
        let from = changed.iter().position(|changed| *changed).unwrap_or_default();
        let last = changed.iter().rposition(|changed| *changed).unwrap_or_default();
        if spots.iter().any(|spot| spot.skip) {
            return Vec::new();
        }
        // The background of most blanks.
        let mut counts: Vec<(Color, usize)> = Vec::new();
        for (spot, _) in spots.iter().zip(changed).filter(|(spot, c)| **c && spot.is_blank()) {
            let background = spot.pen.background;
            match counts.iter_mut().find(|(color, _)| *color == background) {
                Some((_, count)) => *count += 1,
                None => counts.push((background, 1)),
            }
        }
        let most = counts.into_iter().max_by_key(|(_, count)| *count);
        let Some((background, WORTH_ERASING..)) = most else { return Vec::new() };
        let end = last + usize::from(spots[last].width.max(1));
        let to_end = spots[end..].iter().all(|spot| spot.is_blank_on(background));
        let ends = if to_end { vec![end, spots.len()] } else { vec![end] };
        let ends = ends.into_iter().filter(|to| self.erases(background, *to == spots.len()));
        ends.map(|to| Erasure { from, to, background }).collect()
    }

    fn erases(&self, background: Color, to_end: bool) -> bool {
        self.erase == Erase::Any || to_end && background == Color::Reset
    }

    /// Erases with the pen from where the cursor is, which stays there.
    fn erase(&mut self, row: &Row<'_>, from: usize, to: usize) {
        match to - from {
            _ if to == row.spots.len() => self.add(b"\x1b[K"),
            1 => self.add(b"\x1b[X"),
            columns => {
                let _ = write!(self.bytes, "\x1b[{columns}X");
            }
        }
    }

    /// Writes what is changed of a row.
    fn write(&mut self, row: &Row<'_>, mut changed: Vec<bool>) {
        let mut x = 0;
        while let Some(next) = following(&changed, x) {
            self.go(row, next);
            x = match row.spots[next].is_blank() {
                true => self.blanks(row, &changed, next),
                false => self.symbol(row, &mut changed, next),
            };
        }
    }

    /// Writes a symbol, and tells where it ends.
    fn symbol(&mut self, row: &Row<'_>, changed: &mut [bool], x: usize) -> usize {
        let Some(spot) = row.spots.get(x) else { return x + 1 };
        self.pen.change(spot.pen, &mut self.bytes);
        let end = x + usize::from(spot.width.max(1));
        let by_characters = spot.width_by_characters();
        let ascii = spot.symbol.is_ascii();
        if by_characters < spot.width {
            // Some terminals write less than we think: what is behind it must go.
            self.bytes.resize(self.bytes.len() + usize::from(spot.width), b' ');
            self.at = At::Row(row.y);
            self.column(x);
        }
        self.bytes.extend_from_slice(spot.symbol.as_bytes());
        // Others write more.
        let damaged = (x + usize::from(by_characters)).min(changed.len());
        for (spot, changed) in row.spots.iter().zip(changed).take(damaged).skip(end) {
            *changed = spot.width > 0 && !spot.skip;
        }
        let y = row.y;
        self.at = match self.at {
            _ if end >= row.spots.len() => At::Unknown,
            At::Cell { sure, .. } if spot.width == 1 && by_characters == 1 => {
                At::Cell { x: end as u16, y, sure: sure && ascii }
            }
            _ => At::Row(y),
        };
        end
    }

    /// Writes or erases blanks, and tells where they end.
    fn blanks(&mut self, row: &Row<'_>, changed: &[bool], x: usize) -> usize {
        let background = row.spots[x].pen.background;
        let alike =
            row.spots[x..].iter().take_while(|spot| spot.is_blank_on(background) && !spot.skip);
        let alike = x + alike.count();
        let last = changed[x..alike].iter().rposition(|changed| *changed).unwrap_or_default();
        let end = x + last + 1;
        let next = following(changed, end);
        let to_end = alike == row.spots.len();
        let erased = if to_end { 3 } else { 3 + digits(end - x) };
        let gap = |from: usize| next.map_or(0, |next| jump(next - from));
        self.pen.change_for_blanks(background, &mut self.bytes);
        if self.erases(background, to_end) && erased + gap(x) < (end - x) + gap(end) {
            self.erase(row, x, if to_end { alike } else { end });
            return end;
        }
        self.bytes.resize(self.bytes.len() + end - x, b' ');
        self.moved(row, end);
        end
    }

    /// The cursor has moved to this column by writing what every terminal takes for one column each.
    fn moved(&mut self, row: &Row<'_>, x: usize) {
        self.at = match self.at {
            _ if x >= row.spots.len() => At::Unknown,
            At::Cell { y, sure, .. } => At::Cell { x: x as u16, y, sure },
            at => at,
        };
    }

    /// Moves the cursor to a column of the row, the shortest way.
    fn go(&mut self, row: &Row<'_>, x: usize) {
        match self.at {
            At::Cell { x: at, y, sure } if y == row.y && usize::from(at) <= x => {
                let at = usize::from(at);
                if at == x {
                    return;
                }
                let motion = match sure {
                    true => jump(x - at),
                    false => 3 + digits(x + 1),
                };
                let between = &row.spots[at..x];
                let written: usize = between.iter().map(|spot| spot.symbol.len()).sum();
                let steady = between
                    .iter()
                    .all(|spot| spot.width == 1 && !spot.skip && spot.symbol.is_ascii());
                if steady && written <= motion {
                    let target = &row.spots[x];
                    if !between.iter().all(|spot| spot.suits(&self.pen))
                        && between.iter().all(|spot| spot.suits(&target.pen))
                    {
                        if target.is_blank() {
                            self.pen.change_for_blanks(target.pen.background, &mut self.bytes);
                        } else {
                            self.pen.change(target.pen, &mut self.bytes);
                        }
                    }
                    if between.iter().all(|spot| spot.suits(&self.pen)) {
                        for spot in between {
                            self.bytes.extend_from_slice(spot.symbol.as_bytes());
                        }
                        self.moved(row, x);
                        return;
                    }
                }
                match (sure, x - at) {
                    (false, _) => return self.column(x),
                    (true, 1) => self.add(b"\x1b[C"),
                    (true, n) => {
                        let _ = write!(self.bytes, "\x1b[{n}C");
                    }
                }
                self.moved(row, x);
            }
            At::Row(y) | At::Cell { y, .. } if y == row.y => self.column(x),
            _ => self.position(x as u16, row.y),
        }
    }

    /// Moves the cursor to a column of the row that it is in.
    fn column(&mut self, x: usize) {
        let (At::Row(y) | At::Cell { y, .. }) = self.at else { return };
        if x == 0 {
            self.add(b"\r");
        } else {
            let _ = write!(self.bytes, "\x1b[{}G", x + 1);
        }
        self.at = At::Cell { x: x as u16, y, sure: true };
    }
}

/// The rows of two screens of the same size.
fn rows<'a>(
    shown: &'a Buffer,
    wanted: &'a Buffer,
) -> impl Iterator<Item = (u16, &'a [Cell], &'a [Cell])> {
    let width = usize::from(wanted.area.width).max(1);
    let rows = shown.content.chunks(width).zip(wanted.content.chunks(width));
    (0..).zip(rows).map(|(y, (shown, wanted))| (y, shown, wanted))
}

/// The next changed column from `x` on.
fn following(changed: &[bool], x: usize) -> Option<usize> {
    changed.get(x..)?.iter().position(|changed| *changed).map(|next| x + next)
}

/// Bytes of a motion to the right.
fn jump(columns: usize) -> usize {
    match columns {
        0 => 0,
        1 => 3,
        _ => 3 + digits(columns),
    }
}

fn digits(number: usize) -> usize {
    number.checked_ilog10().map_or(1, |log| log as usize + 1)
}

#[cfg(test)]
#[path = "encode_tests.rs"]
mod tests;
