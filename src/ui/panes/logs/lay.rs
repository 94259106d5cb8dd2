//! One line made ready to draw: what stands before it, its text, and where it looks how.

use crate::logs::ansi::{self, Look};
use crate::logs::ring::{Line, WARNING};
use crate::logs::{Level, Parts};
use crate::model::Tone;
use crate::text::sanitise;
use crate::text::width::{rows, scrolled, truncate, width};
use crate::ui::theme::Scope;

/// No more of a line than this is ever shown; filters and files get all of it.
const MAX_SHOWN: usize = 2 << 20;
/// Longer lines are not taken apart for columns.
const MAX_PARSED: usize = 256 * 1024;
/// Widest column of a chosen field.
pub(super) const FIELD: usize = 16;
/// Cells of the level's column.
pub(super) const LEVEL: usize = 5;

/// How a stretch of text looks.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Tint {
    /// As the line itself asked for.
    Look(Look),
    /// As the theme says.
    Scope(Scope),
    /// As a tone.
    Tone(Tone),
}

/// A line ready to draw.
#[derive(Clone, Debug)]
pub(super) struct Laid {
    /// What stands before it and does not scroll: pod, time, level, chosen fields.
    pub head: Vec<(String, Tint)>,
    /// Cells of `head`.
    pub head_width: usize,
    /// Its text.
    pub text: String,
    /// From which byte on it looks how.
    pub tints: Vec<(usize, Tint)>,
    /// Where its rows begin when it is wrapped; one otherwise.
    pub starts: Vec<usize>,
    /// Bytes of the line that were looked at; more are there when they were not enough.
    pub taken: usize,
}

/// How lines are to be laid out.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Style {
    /// Cells of the whole pane.
    pub width: usize,
    /// Cells scrolled off to the left.
    pub left: usize,
    /// Long lines go on in the next row.
    pub wrap: bool,
    /// Lines made of fields are shown as columns.
    pub columns: bool,
    /// Some line had a level: there is a column for it.
    pub levels: bool,
    /// Fields that are columns.
    pub fields: Vec<String>,
    /// Cells of the sources' names; 0 where there is only one.
    pub label: usize,
}

/// Lays a line out. `label` and `time` are empty where they are not shown.
pub(super) fn lay(line: &Line<'_>, label: (&str, Scope), time: &str, style: &Style) -> Laid {
    let mut head: Vec<(String, Tint)> = Vec::new();
    if line.is_note() {
        let warns = line.source == WARNING;
        let tint = if warns { Tint::Scope(Scope::Warning) } else { Tint::Scope(Scope::TextDim) };
        let text = ansi::plain(line.text);
        return finish(head, text, vec![(0, tint)], line.text.len(), style);
    }
    if style.label > 0 {
        // The end of a pod's name tells it from others.
        let (from, blank) = scrolled(label.0, width(label.0).saturating_sub(style.label));
        let cut = &label.0[from..];
        let gap = " ".repeat(style.label.saturating_sub(blank + width(cut)) + 1);
        head.push((format!("{}{cut}{gap}", " ".repeat(blank)), Tint::Scope(label.1)));
    }
    if !time.is_empty() {
        head.push((format!("{time} "), Tint::Scope(Scope::TextDim)));
    }
    let parts =
        if style.columns && line.text.len() <= MAX_PARSED { Parts::of(line.text) } else { None };
    if style.columns && style.levels {
        let level = match &parts {
            Some(parts) => parts.level,
            None => Level::of_text(&ansi::stripped(&line.text[..line.text.len().min(512)])),
        };
        let tag = level.map_or("", Level::tag);
        head.push((format!("{tag:<LEVEL$} "), Tint::Tone(tone(level))));
    }
    let Some(parts) = parts else {
        let (safe, taken) = cut(line.text, style);
        let tints = safe.looks.into_iter().map(|(at, look)| (at, Tint::Look(look))).collect();
        return finish(head, safe.text, tints, taken, style);
    };
    for name in &style.fields {
        let value = sanitise::clean(parts.field(name).unwrap_or("-")).into_owned();
        let (cut, cells) = truncate(&value, FIELD);
        head.push((format!("{cut}{} ", " ".repeat(FIELD - cells)), Tint::Scope(Scope::Info)));
    }
    let message = ansi::safe(parts.message.as_deref().unwrap_or_default().as_bytes());
    let mut text = message.text;
    let mut tints: Vec<(usize, Tint)> =
        message.looks.into_iter().map(|(at, look)| (at, Tint::Look(look))).collect();
    if tints.first().is_none_or(|(at, _)| *at > 0) {
        tints.insert(0, (0, Tint::Look(Look::default())));
    }
    for (key, value) in parts.fields.iter().filter(|(key, _)| !style.fields.contains(key)) {
        if !text.is_empty() {
            text.push_str("  ");
        }
        tints.push((text.len(), Tint::Scope(Scope::TextDim)));
        text.push_str(&ansi::plain(key.as_bytes()));
        text.push('=');
        text.push_str(&ansi::plain(value.as_bytes()));
    }
    finish(head, text, tints, line.text.len(), style)
}

/// As much of a line as can be seen: the screen is small, and lines may be huge.
fn cut(line: &[u8], style: &Style) -> (ansi::Safe, usize) {
    let all = line.len().min(MAX_SHOWN);
    if style.wrap {
        return (ansi::safe(&line[..all]), all);
    }
    let wanted = style.left + style.width;
    let mut taken = (wanted * 4 + 4096).min(all);
    loop {
        // A character cut in two at the end is out of sight.
        let safe = ansi::safe(&line[..taken]);
        if taken == all || safe.text.len() >= wanted * 4 || width(&safe.text) > wanted {
            return (safe, taken);
        }
        taken = (taken * 2).min(all);
    }
}

fn finish(
    head: Vec<(String, Tint)>,
    text: String,
    tints: Vec<(usize, Tint)>,
    taken: usize,
    style: &Style,
) -> Laid {
    let head_width = head.iter().map(|(text, _)| width(text)).sum::<usize>().min(style.width / 2);
    let room = style.width.saturating_sub(head_width).max(1);
    let starts = if style.wrap { rows(&text, room) } else { vec![0] };
    Laid { head, head_width, text, tints, starts, taken }
}

/// How a level looks.
fn tone(level: Option<Level>) -> Tone {
    match level {
        Some(Level::Error | Level::Fatal) => Tone::Bad,
        Some(Level::Warn) => Tone::Warn,
        Some(Level::Info) => Tone::Good,
        _ => Tone::Dim,
    }
}

/// Whether a line has a level that a column could show.
pub(super) fn has_level(line: &Line<'_>) -> bool {
    !line.is_note()
        && line.text.len() <= MAX_PARSED
        && crate::logs::structured::level_of(&ansi::stripped(line.text)).is_some()
}
