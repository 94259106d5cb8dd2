//! Signs on screen, in Unicode and in ASCII.

use crate::model::Tone;
use ratatui::symbols::border::{self, Set};

/// Glyphs that some terminals draw two cells wide have an ASCII form.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Glyphs {
    /// A marked row.
    pub mark: &'static str,
    /// The selected row, so that it shows without colour.
    pub selected: &'static str,
    /// Sorted, smallest first.
    pub ascending: &'static str,
    /// Sorted, greatest first.
    pub descending: &'static str,
    /// Text goes on beyond the edge.
    pub more: &'static str,
    /// Connected.
    pub live: &'static str,
    /// Connecting.
    pub connecting: &'static str,
    /// Not connected.
    pub stale: &'static str,
    /// Under way.
    pub busy: &'static str,
    /// Done well.
    pub good: &'static str,
    /// Failed.
    pub bad: &'static str,
    /// Not as it should be.
    pub differs: &'static str,
    /// Paused, pinned or made manual.
    pub off: &'static str,
    /// Between the steps of the way here.
    pub step: &'static str,
    /// Between facts of one line.
    pub dot: &'static str,
    /// The part of a scroll bar that is on screen.
    pub thumb: &'static str,
    /// Frame of a pane.
    pub border: Set<'static>,
    /// Frame of what lies over a pane.
    pub soft_border: Set<'static>,
}

impl Glyphs {
    /// The sign of a word that says how something is; empty for words that mean nothing.
    pub fn of_tone(&self, tone: Tone) -> &'static str {
        match tone {
            Tone::Dim | Tone::Plain => "",
            Tone::Good => self.good,
            Tone::Busy => self.busy,
            Tone::Warn => self.differs,
            Tone::Bad => self.bad,
        }
    }
}

const ASCII_BORDER: Set<'static> = Set {
    top_left: "+",
    top_right: "+",
    bottom_left: "+",
    bottom_right: "+",
    vertical_left: "|",
    vertical_right: "|",
    horizontal_top: "-",
    horizontal_bottom: "-",
};

/// For terminals that know Unicode.
pub const UNICODE: Glyphs = Glyphs {
    mark: "●",
    selected: "▸",
    ascending: "↑",
    descending: "↓",
    more: "…",
    live: "●",
    connecting: "◐",
    stale: "○",
    busy: "⟳",
    good: "✔",
    bad: "✖",
    differs: "≠",
    off: "⏸",
    step: " › ",
    dot: " · ",
    thumb: "┃",
    border: border::PLAIN,
    soft_border: border::ROUNDED,
};

/// For all others.
pub const ASCII: Glyphs = Glyphs {
    mark: "*",
    selected: ">",
    ascending: "^",
    descending: "v",
    more: "~",
    live: "*",
    connecting: "o",
    stale: "-",
    busy: "~",
    good: "+",
    bad: "x",
    differs: "!",
    off: "||",
    step: " > ",
    dot: " | ",
    thumb: "#",
    border: ASCII_BORDER,
    soft_border: ASCII_BORDER,
};
