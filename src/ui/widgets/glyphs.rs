//! Signs on screen, in Unicode and in ASCII.

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
    /// Between the steps of the way here.
    pub step: &'static str,
    /// Between facts of one line.
    pub dot: &'static str,
}

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
    step: " › ",
    dot: " · ",
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
    step: " > ",
    dot: " | ",
};
