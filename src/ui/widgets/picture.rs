//! What a table shows when it has no rows: loading, empty, filtered out, forbidden and failed are
//! different pictures, each with the next sensible key.

use super::frame::{border, pieces};
use super::glyphs::Glyphs;
use crate::model::{Facet, Fault, LinkState, Text, WatchState};
use crate::text::age;
use crate::text::width::width;
use crate::ui::Ui;
use crate::ui::commands::Command;
use crate::ui::estates::AppBook;
use crate::ui::panes::browse::{Apps, Browse, What};
use crate::ui::theme::Scope;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;

/// Name of what a table shows, in the plural.
pub fn plural(what: &What) -> String {
    match what {
        What::Objects(objects) if objects.facet == Facet::Containers => "containers".into(),
        What::Objects(objects) => objects.resource.gvr.plural.to_string(),
        What::Apps(_) => "apps".into(),
        What::AppGroups(_, by) => format!("apps by {}", by.column()),
        What::Contexts => "contexts".into(),
        What::Kinds => "kinds".into(),
        What::Messages => "messages".into(),
        What::Actions => "actions".into(),
        What::Forwards => "forwards".into(),
        What::Plugins => "plugins".into(),
    }
}

/// Draws what is to be seen before there is any pane: how far the connection is.
pub fn before_the_first(ui: &Ui, glyphs: &Glyphs, area: Rect, buf: &mut Buffer) {
    let theme = &ui.config.theme;
    let text = theme.style(Scope::Text);
    let mut lines: Vec<(String, Style)> = Vec::new();
    match ui.cluster().map(|cluster| &cluster.link) {
        Some(LinkState::Failed(fault)) => cannot_connect(ui, &mut lines, fault),
        Some(LinkState::Broken { since, retry_at, why }) => {
            silent(ui, &mut lines, why, (*since, *retry_at));
        }
        Some(LinkState::Connecting(what)) => {
            lines.push((format!("{} {what} {}", glyphs.connecting, glyphs.more), text));
        }
        Some(LinkState::Live) | None => {
            let words = "asking which kinds the cluster serves";
            lines.push((format!("{} {words} {}", glyphs.connecting, glyphs.more), text));
        }
    }
    centred(&lines, area, buf);
}

/// Draws the picture of a table without rows.
pub fn draw(ui: &Ui, browse: &Browse, glyphs: &Glyphs, area: Rect, buf: &mut Buffer) {
    let theme = &ui.config.theme;
    let (text, dim) = (theme.style(Scope::Text), theme.style(Scope::TextDim));
    let mut lines: Vec<(String, Style)> = Vec::new();
    let name = plural(&browse.what);
    let sub = browse.sub.and_then(|id| ui.subs.get(id));
    let link = ui.cluster().map(|cluster| &cluster.link);
    let rows = ui.source(browse).map_or(0, |source| source.table.len());
    let state = sub.map(|sub| sub.state());
    let apps = match &browse.what {
        What::Apps(apps) => Some((apps, ui.estates.get(&apps.cluster))),
        _ => None,
    };
    match (state, link) {
        _ if rows > 0 => {
            lines.push((format!("none of the {rows} {name} matches"), text));
            let which = match (browse.filter.is_empty(), browse.faults_only) {
                (false, true) => format!("filter /{} and faults only", browse.filter),
                (false, false) => format!("filter /{}", browse.filter),
                (true, _) => "faults only".to_owned(),
            };
            lines.push((which, theme.style(Scope::Match)));
            if let Some(Err(error)) = ui.source(browse).map(|s| browse.query().check(s.schema)) {
                lines.push((error.message, theme.style(Scope::Error)));
            }
            let mut ways = Vec::new();
            if !browse.filter.is_empty() {
                ways.push(format!("{} clears the filter", ui.key_to(Command::Escape)));
            }
            if browse.faults_only {
                ways.push(format!("{} shows rows without faults", ui.key_to(Command::Faults)));
            }
            lines.push((ways.join(", "), dim));
        }
        (_, Some(LinkState::Failed(fault))) => {
            cannot_connect(ui, &mut lines, fault);
        }
        (Some(WatchState::Denied(fault)), _) => {
            failed(&mut lines, fault, "no permission", theme.style(Scope::Warning), text, dim);
            let kinds = ui.key_to(Command::Kinds);
            lines
                .push((format!(":ns NAME looks in one namespace, {kinds} lists other kinds"), dim));
        }
        (Some(WatchState::NotServed(fault)), _) => {
            failed(&mut lines, fault, "not served", theme.style(Scope::Warning), text, dim);
            let (kinds, back) = (ui.key_to(Command::Kinds), ui.key_to(Command::Escape));
            lines.push((format!("{kinds} lists the kinds there are, {back} goes back"), dim));
        }
        (Some(WatchState::Broken { since, retry_at, why }), _)
        | (_, Some(LinkState::Broken { since, retry_at, why })) => {
            silent(ui, &mut lines, why, (*since, *retry_at));
        }
        (_, Some(LinkState::Connecting(what))) => {
            lines.push((format!("{} {what} {}", glyphs.connecting, glyphs.more), text));
        }
        (Some(WatchState::Waiting | WatchState::Listing { .. }), _) => {
            lines.push((format!("{} loading {name} {}", glyphs.connecting, glyphs.more), text));
        }
        (Some(WatchState::Live), _) => {
            let place = browse.objects().map_or(String::new(), |objects| match &objects.scope {
                crate::model::Scope::All => String::new(),
                crate::model::Scope::Namespaces(names) => {
                    let names: Vec<&str> = names.iter().map(|name| name.as_str()).collect();
                    format!(" in {}", names.join(", "))
                }
            });
            let labels = browse.objects().map_or("", |objects| objects.labels.as_str());
            let with = if labels.is_empty() { String::new() } else { format!(" with {labels}") };
            lines.push((format!("there are no {name}{place}{with}"), text));
            lines.extend(
                missing_namespaces(ui, browse).map(|line| (line, theme.style(Scope::Warning))),
            );
            let mut ways = Vec::new();
            if !place.is_empty() {
                ways.push(format!("{} looks in all namespaces", ui.key_to(Command::NamespaceAll)));
            }
            if ui.panes.len() > 1 {
                ways.push(format!("{} goes back", ui.key_to(Command::Escape)));
            }
            if ways.is_empty() {
                ways.push(format!("{} goes to another kind", ui.key_to(Command::CommandLine)));
            }
            lines.push((ways.join(", "), dim));
        }
        (None, _) if let Some((apps, book)) = apps => {
            app_lines(ui, apps, book, glyphs, &mut lines);
        }
        (None, _) => lines.push((format!("no {name} so far"), text)),
    }
    if let Some(sub) = sub.filter(|sub| sub.skipped.0 > 0) {
        let line = format!("{} objects could not be read: {}", sub.skipped.0, sub.skipped.1);
        lines.push((line, theme.style(Scope::Warning)));
    }
    centred(&lines, area, buf);
}

/// A list of apps without any: still loading, or nothing runs here.
fn app_lines(
    ui: &Ui,
    apps: &Apps,
    book: Option<&AppBook>,
    glyphs: &Glyphs,
    lines: &mut Vec<(String, Style)>,
) {
    let theme = &ui.config.theme;
    let (text, dim) = (theme.style(Scope::Text), theme.style(Scope::TextDim));
    let Some(book) = book.filter(|book| book.complete) else {
        let words = format!("{} looking for apps {}", glyphs.connecting, glyphs.more);
        return lines.push((words, text));
    };
    match &apps.scope {
        crate::model::Scope::All => {
            lines.push(("no apps: nothing but the cluster itself runs here".into(), text));
        }
        crate::model::Scope::Namespaces(_) => {
            let place = super::header::namespaces(&apps.scope);
            lines.push((format!("no apps live in {place}, or deliver there"), text));
            let all = ui.key_to(Command::NamespaceAll);
            lines.push((format!("{all} looks in all namespaces"), dim));
        }
    }
    if !book.denied.is_empty() {
        let kinds: Vec<&str> = book.denied.iter().map(|plural| plural.as_str()).collect();
        let words = format!("no permission to list {}", kinds.join(", "));
        lines.push((words, theme.style(Scope::Warning)));
    }
    lines.push((format!("{} goes to any kind: :pods", ui.key_to(Command::CommandLine)), dim));
}

fn cannot_connect(ui: &Ui, lines: &mut Vec<(String, Style)>, fault: &Fault) {
    let theme = &ui.config.theme;
    let (text, dim) = (theme.style(Scope::Text), theme.style(Scope::TextDim));
    failed(lines, fault, "cannot connect", theme.style(Scope::Error), text, dim);
    let again = ui.key_to(Command::Refresh);
    lines.push((format!(":ctx shows other contexts, {again} tries again, :q leaves"), dim));
}

/// No answer since the first of the two moments; the next attempt is at the second.
fn silent(ui: &Ui, lines: &mut Vec<(String, Style)>, why: &Fault, (since, retry_at): (i64, i64)) {
    let theme = &ui.config.theme;
    let (text, dim) = (theme.style(Scope::Text), theme.style(Scope::TextDim));
    failed(lines, why, "no connection", theme.style(Scope::Broken), text, dim);
    let words = format!(
        "silent for {}, next attempt in {} s; {} tries now",
        age::human((ui.now - since).max(0)),
        (retry_at - ui.now).max(0),
        ui.key_to(Command::Refresh)
    );
    lines.push((words, dim));
}

/// Namespaces looked in that do not exist, where that is known, with the nearest that does.
fn missing_namespaces(ui: &Ui, browse: &Browse) -> Option<String> {
    let crate::model::Scope::Namespaces(names) = &browse.objects()?.scope else { return None };
    let held = ui.subs.iter().find(|(_, sub)| {
        sub.need.cluster == ui.here && sub.need.gvr.plural == "namespaces" && sub.complete
    });
    let table = &held?.1.table;
    let exists = |name: &Text| table.rows().any(|(_, row)| row.key.name == *name);
    let missing = names.iter().find(|name| !exists(name))?;
    let near = table
        .rows()
        .map(|(_, row)| (crate::model::distance(missing, &row.key.name), &row.key.name))
        .min();
    let hint = match near {
        Some((far, near)) if far <= 3 => format!(": did you mean {near}?"),
        _ => String::new(),
    };
    Some(format!("there is no namespace {missing}{hint}"))
}

fn failed(
    lines: &mut Vec<(String, Style)>,
    fault: &Fault,
    head: &str,
    loud: Style,
    text: Style,
    dim: Style,
) {
    lines.push((format!("{head}: {}", fault.what), loud));
    lines.push((fault.why.clone(), text));
    if !fault.hint.is_empty() {
        lines.push((fault.hint.clone(), dim));
    }
}

/// Breaks a text into lines of at most `room` cells: behind spaces, commas and slashes where there
/// are some.
pub fn wrapped(text: &str, room: usize) -> Vec<String> {
    wrapped_to(text, room, usize::MAX)
}

/// The same, but no more than `most` lines of it: texts may be huge, and screens are not.
pub fn wrapped_to(text: &str, room: usize, most: usize) -> Vec<String> {
    let room = room.max(1);
    let mut lines = Vec::new();
    for paragraph in text.lines() {
        let (mut line, mut used) = (String::new(), 0);
        for word in paragraph.split_inclusive([' ', ',', '/']) {
            if lines.len() >= most {
                return lines;
            }
            if used > 0 && (word.len() > room || used + width(word.trim_end()) > room) {
                lines.push(std::mem::take(&mut line));
                used = 0;
            }
            for c in word.chars() {
                let wide = width(c.encode_utf8(&mut [0; 4]));
                if used + wide > room {
                    if lines.len() >= most {
                        return lines;
                    }
                    lines.push(std::mem::take(&mut line));
                    used = 0;
                }
                line.push(c);
                used += wide;
            }
        }
        if lines.len() >= most {
            return lines;
        }
        lines.push(line);
    }
    lines
}

/// Writes lines into the middle of `area`, broken where they are too long.
pub fn centred(lines: &[(String, Style)], area: Rect, buf: &mut Buffer) {
    let room = usize::from(area.width.saturating_sub(4));
    let lines: Vec<(String, Style)> = lines
        .iter()
        .flat_map(|(line, style)| wrapped(line, room).into_iter().map(|line| (line, *style)))
        .collect();
    let height = u16::try_from(lines.len()).unwrap_or(u16::MAX);
    let top = area.y + area.height.saturating_sub(height) / 2;
    for ((line, style), y) in lines.iter().zip(top..area.bottom()) {
        let wide = u16::try_from(width(line)).unwrap_or(u16::MAX);
        let x = area.x + area.width.saturating_sub(wide) / 2;
        let line_area = Rect { x, y, width: area.right().saturating_sub(x), height: 1 };
        pieces(buf, line_area, &[(line, *style)]);
    }
}

/// A box in the middle of `area`, cleared, with a title; returns its inside.
pub fn overlay(ui: &Ui, title: &str, size: (u16, u16), area: Rect, buf: &mut Buffer) -> Rect {
    let theme = &ui.config.theme;
    let width = size.0.min(area.width);
    let height = size.1.min(area.height);
    let frame = Rect {
        x: area.x + (area.width - width) / 2,
        y: area.y + (area.height - height) / 2,
        width,
        height,
    };
    for y in frame.y..frame.bottom() {
        for x in frame.x..frame.right() {
            buf[(x, y)].reset();
        }
    }
    buf.set_style(frame, theme.style(Scope::Overlay));
    border(buf, frame, theme.style(Scope::OverlayBorder), ui.glyphs(), true);
    let head = Rect { x: frame.x + 2, width: frame.width.saturating_sub(4), height: 1, ..frame };
    let ground = theme.style(Scope::Overlay).bg;
    pieces(
        buf,
        head,
        &[(&format!(" {title} "), Style { bg: ground, ..theme.style(Scope::Title) })],
    );
    Rect {
        x: frame.x + 2,
        y: frame.y + 1,
        width: frame.width.saturating_sub(4),
        height: frame.height.saturating_sub(2),
    }
}

/// Cells of the box that shows a text in full.
fn full_width(width: u16) -> u16 {
    width.saturating_sub(10).clamp(20, 120)
}

/// How far a text shown in full can be scrolled, and a page of it.
pub fn full_extent(text: &str, size: (u16, u16)) -> (usize, usize) {
    let page = usize::from(size.1.saturating_sub(2)).max(1);
    let lines = wrapped(text, usize::from(full_width(size.0))).len();
    (lines.saturating_sub(page), page)
}

/// A text in full, from line `top` on.
pub fn in_full(ui: &Ui, text: &str, top: usize, area: Rect, buf: &mut Buffer) {
    let room = full_width(area.width);
    let last = top.saturating_add(usize::from(area.height));
    let lines = wrapped_to(text, usize::from(room), last);
    let height = u16::try_from(lines.len()).unwrap_or(u16::MAX).saturating_add(2);
    let inner = overlay(ui, "in full", (room + 4, height), area, buf);
    for (line, y) in lines.iter().skip(top).zip(inner.y..inner.bottom()) {
        let style = ui.config.theme.style(Scope::Overlay);
        pieces(buf, Rect { y, height: 1, ..inner }, &[(line, style)]);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_break_where_people_break_them_and_never_grow_too_wide() {
        assert_eq!(wrapped("one two three", 8), ["one two ", "three"]);
        assert_eq!(wrapped("a,b/c", 2), ["a,", "b/", "c"]);
        assert_eq!(wrapped("abcdef", 4), ["abcd", "ef"]);
        assert_eq!(wrapped("日本語", 3), ["日", "本", "語"]);
        assert_eq!(wrapped("a\n\nb", 9), ["a", "", "b"]);
        assert_eq!(wrapped_to(&"x".repeat(2_000_000), 10, 3).len(), 3);
    }
}
