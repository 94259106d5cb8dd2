//! What characters are written with, and the shortest sequences that change it.

use ratatui::buffer::Cell;
use ratatui::style::{Color, Modifier};
use std::io::Write as _;

/// What can be seen of a blank besides its background.
pub const SEEN_ON_BLANKS: Modifier = Modifier::REVERSED
    .union(Modifier::UNDERLINED)
    .union(Modifier::SLOW_BLINK)
    .union(Modifier::RAPID_BLINK)
    .union(Modifier::CROSSED_OUT);

/// Attributes with the parameters of SGR that set and unset them. Bold and dim have one that unsets both.
const ATTRIBUTES: [(Modifier, &str, &str); 9] = [
    (Modifier::BOLD, "1", "22"),
    (Modifier::DIM, "2", "22"),
    (Modifier::ITALIC, "3", "23"),
    (Modifier::UNDERLINED, "4", "24"),
    (Modifier::SLOW_BLINK, "5", "25"),
    (Modifier::RAPID_BLINK, "6", "25"),
    (Modifier::REVERSED, "7", "27"),
    (Modifier::HIDDEN, "8", "28"),
    (Modifier::CROSSED_OUT, "9", "29"),
];

/// Some terminals drop what comes after the 16th parameter of a sequence.
const PARAMETERS: usize = 16;

/// What characters are written with.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Pen {
    pub foreground: Color,
    pub background: Color,
    /// Plain where nothing is underlined.
    pub underline: Color,
    pub modifier: Modifier,
}

impl Pen {
    /// The pen for a cell.
    pub fn of(cell: &Cell) -> Self {
        let underlined = cell.modifier.contains(Modifier::UNDERLINED);
        Self {
            foreground: cell.fg,
            background: cell.bg,
            underline: if underlined { cell.underline_color } else { Color::Reset },
            modifier: cell.modifier,
        }
    }

    /// Whether nothing but the background is seen of a blank.
    pub fn is_plain_on_blanks(&self) -> bool {
        !self.modifier.intersects(SEEN_ON_BLANKS)
    }

    /// Whether a blank looks the same with either.
    pub fn blanks_alike(&self, other: &Self) -> bool {
        self == other
            || self.is_plain_on_blanks()
                && other.is_plain_on_blanks()
                && self.background == other.background
    }

    /// This pen, or as much of it as makes plain blanks with that background.
    fn for_blanks(self, background: Color) -> Self {
        let modifier = self.modifier.difference(SEEN_ON_BLANKS);
        Self { background, modifier, underline: Color::Reset, ..self }
    }

    /// Makes `to` of it.
    pub fn change(&mut self, to: Self, out: &mut Vec<u8>) {
        let begin = out.len();
        self.told(to, false, out);
        let plain = out.len() - begin;
        if plain > 3 {
            let second = out.len();
            Self::default().told(to, true, out);
            if out.len() - second < plain {
                out.drain(begin..second);
            } else {
                out.truncate(second);
            }
        }
        *self = to;
    }

    /// Makes a pen of it that makes plain blanks with that background: the shortest way, whatever it is besides.
    pub fn change_for_blanks(&mut self, background: Color, out: &mut Vec<u8>) {
        let to = self.for_blanks(background);
        if *self == to {
            return;
        }
        let begin = out.len();
        self.change(to, out);
        let plain = Self { background, ..Self::default() };
        let second = out.len();
        Self::default().told(plain, true, out);
        if out.len() - second < second - begin {
            out.drain(begin..second);
            *self = plain;
        } else {
            out.truncate(second);
        }
    }

    /// The sequence that makes `to` of this pen. `reset`: of any pen, by way of the plain one, which this is.
    fn told(self, to: Self, reset: bool, out: &mut Vec<u8>) {
        let mut sequence = Sequence { out, parameters: 0 };
        if reset {
            // An empty parameter is a zero.
            sequence.begin(1);
        }
        let off = self.modifier.difference(to.modifier);
        let mut on = to.modifier.difference(self.modifier);
        let mut unset = "";
        for (attribute, _, parameter) in ATTRIBUTES {
            if off.contains(attribute) && parameter != unset {
                sequence.parameter(parameter);
                unset = parameter;
                // What else it unset.
                for (other, _, also) in ATTRIBUTES {
                    if also == parameter {
                        on.insert(to.modifier.intersection(other));
                    }
                }
            }
        }
        for (attribute, parameter, _) in ATTRIBUTES {
            if on.contains(attribute) {
                sequence.parameter(parameter);
            }
        }
        if self.foreground != to.foreground {
            sequence.color(to.foreground, 30, 90);
        }
        if self.background != to.background {
            sequence.color(to.background, 40, 100);
        }
        if self.underline != to.underline {
            sequence.underline(to.underline);
        }
        if sequence.parameters > 0 {
            sequence.out.push(b'm');
        }
    }
}

/// A sequence that changes the pen, in the making.
struct Sequence<'a> {
    out: &'a mut Vec<u8>,
    parameters: usize,
}

impl Sequence<'_> {
    /// Makes room for so many parameters that belong together.
    fn begin(&mut self, parameters: usize) {
        if self.parameters + parameters > PARAMETERS {
            self.out.push(b'm');
            self.parameters = 0;
        }
        self.out.extend_from_slice(if self.parameters == 0 { b"\x1b[" } else { b";" });
        self.parameters += parameters;
    }

    fn parameter(&mut self, parameter: &str) {
        self.begin(1);
        self.out.extend_from_slice(parameter.as_bytes());
    }

    fn number(&mut self, number: u8) {
        // Writing to memory does not fail.
        let _ = write!(self.out, "{number}");
    }

    /// A colour of the text (30, 90) or behind it (40, 100).
    fn color(&mut self, color: Color, normal: u8, bright: u8) {
        match color {
            Color::Rgb(r, g, b) => {
                self.begin(5);
                let _ = write!(self.out, "{};2;{r};{g};{b}", normal + 8);
            }
            Color::Indexed(i) => {
                self.begin(3);
                let _ = write!(self.out, "{};5;{i}", normal + 8);
            }
            color => {
                let number = match named(color) {
                    None => normal + 9,
                    Some(i @ 0..8) => normal + i,
                    Some(i) => bright + i - 8,
                };
                self.begin(1);
                self.number(number);
            }
        }
    }

    /// A colour of the underline. Colons, because terminals without it would take numbers after semicolons for
    /// attributes.
    fn underline(&mut self, color: Color) {
        match color {
            Color::Reset => self.parameter("59"),
            Color::Rgb(r, g, b) => {
                self.begin(6);
                let _ = write!(self.out, "58:2::{r}:{g}:{b}");
            }
            color => {
                let index = match color {
                    Color::Indexed(i) => i,
                    color => named(color).unwrap_or_default(),
                };
                self.begin(3);
                let _ = write!(self.out, "58:5:{index}");
            }
        }
    }
}

/// The number of a named colour, 0 to 15.
fn named(color: Color) -> Option<u8> {
    Some(match color {
        Color::Black => 0,
        Color::Red => 1,
        Color::Green => 2,
        Color::Yellow => 3,
        Color::Blue => 4,
        Color::Magenta => 5,
        Color::Cyan => 6,
        Color::Gray => 7,
        Color::DarkGray => 8,
        Color::LightRed => 9,
        Color::LightGreen => 10,
        Color::LightYellow => 11,
        Color::LightBlue => 12,
        Color::LightMagenta => 13,
        Color::LightCyan => 14,
        Color::White => 15,
        Color::Reset | Color::Rgb(..) | Color::Indexed(_) => return None,
    })
}
