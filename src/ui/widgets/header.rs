//! The first line: where we are connected, how well, and what is shown.

use super::frame::{pieces, right};
use super::glyphs::Glyphs;
use super::picture;
use crate::apps::Counts;
use crate::model::{LinkState, Scope as Namespaces, WatchState};
use crate::text::age;
use crate::text::width::{truncate, width};
use crate::ui::Ui;
use crate::ui::forwards::{Forward, State};
use crate::ui::panes::Pane;
use crate::ui::panes::browse::What;
use crate::ui::theme::Scope;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;

/// Credentials that end sooner than this are shown as a warning, in seconds.
const CREDENTIAL_WARNING: i64 = 600;

/// Draws the header: cluster, namespaces, connection, credential, counts.
pub fn draw(ui: &Ui, glyphs: &Glyphs, area: Rect, buf: &mut Buffer) {
    let theme = &ui.config.theme;
    let Some(cluster) = ui.cluster() else { return };
    let protected = ui.config.settings.is_protected(&cluster.context);
    let color = ui.config.settings.color(&cluster.context);
    let base = match color {
        _ if protected => theme.style(Scope::HeaderProtected),
        Some(color) => theme.header_in(color),
        None => theme.style(Scope::Header),
    };
    buf.set_style(area, base);
    let own = color.is_some() || protected;
    let pick = |scope| if own { base } else { theme.style(scope) };
    let dim = pick(Scope::HeaderDim);
    // Each part with how soon it leaves when it is narrow; 0 never does.
    let mut parts: Vec<(String, Style, u8)> = Vec::new();
    let name = if cluster.context.is_empty() { "no context" } else { cluster.context.as_str() };
    parts.push((format!(" {name} "), pick(Scope::HeaderCluster), 0));
    if cluster.info.demo && name != "demo" {
        parts.push((" demo ".into(), theme.style(Scope::Badge), 3));
    }
    if !cluster.info.version.is_empty() {
        parts.push((format!(" {}", cluster.info.version), dim, 4));
    }
    parts.push((format!("{}{}", glyphs.dot, namespaces(&cluster.scope)), dim, 5));
    let (state, scope) = link(ui, &cluster.link, glyphs);
    parts.push((glyphs.dot.to_owned(), dim, 0));
    parts.push((state, if own { base } else { theme.style(scope) }, 0));
    if let Some(ends) = cluster.credential_ends {
        let left = ends - ui.now;
        let soon = left < CREDENTIAL_WARNING;
        let style = if soon { theme.style(Scope::BadgeWarning) } else { dim };
        let words = if left <= 0 { "expired".to_owned() } else { age::human(left) };
        parts.push((format!("{}cred {words}", glyphs.dot), style, if soon { 1 } else { 6 }));
    }
    if !cluster.info.impersonating.is_empty() {
        let who = format!(" as {} ", cluster.info.impersonating);
        parts.push((" ".into(), base, 2));
        parts.push((who, theme.style(Scope::BadgeWarning), 2));
    }
    if cluster.info.insecure {
        parts.push((" ".into(), base, 2));
        parts.push((" TLS not verified ".into(), theme.style(Scope::BadgeWarning), 2));
    }
    if ui.readonly() {
        parts.push((" ".into(), base, 0));
        parts.push((" RO ".into(), theme.style(Scope::Badge), 0));
    }
    while parts.iter().map(|(text, ..)| width(text)).sum::<usize>() > usize::from(area.width) {
        let Some(leaves) = parts.iter().map(|(.., leaves)| *leaves).max().filter(|at| *at > 0)
        else {
            break;
        };
        parts.retain(|(.., at)| *at != leaves);
    }
    // A name that leaves no room for the state of the connection is cut in its middle: contexts differ
    // at their ends (`arn:aws:eks:…:cluster/shop`).
    let others: usize = parts[1..].iter().map(|(text, ..)| width(text)).sum();
    let room = usize::from(area.width).saturating_sub(others + 2);
    if width(name) > room {
        parts[0].0 = format!(" {} ", cut_in_the_middle(name, room, glyphs.more));
    }
    let left: Vec<(&str, Style)> =
        parts.iter().map(|(text, style, _)| (text.as_str(), *style)).collect();
    let end = pieces(buf, area, &left);
    let dim = if own { base } else { theme.style(Scope::HeaderDim) };
    let warn = if own { base } else { theme.style(Scope::BadgeWarning) };
    let mut texts = counts(ui, base, dim, warn);
    let total: usize = texts.iter().map(|(text, _)| width(text)).sum();
    if usize::from(end) + total + 1 > usize::from(area.right())
        && let Some(short) = short_counts(ui, base, warn)
    {
        texts = short;
    }
    right(buf, area, end, &texts);
}

/// What is shown, how many of it, and what is wrong with it.
fn counts(ui: &Ui, base: Style, dim: Style, warn: Style) -> Vec<(String, Style)> {
    let mut counts = Vec::new();
    let connected = ui.clusters.values().filter(|cluster| cluster.link == LinkState::Live).count();
    if connected > 1 {
        counts.push((format!("{connected} clusters  "), dim));
    }
    let forwards = ui.forwards.running().count();
    let shown =
        matches!(ui.panes.last(), Some(Pane::Browse(browse)) if browse.what == What::Forwards);
    if forwards > 0 && !shown {
        let all_well = |forward: &Forward| !matches!(forward.state, State::Waiting(_));
        let style = if ui.forwards.running().all(all_well) { dim } else { warn };
        let word = if forwards == 1 { "forward" } else { "forwards" };
        counts.push((format!("{forwards} {word}"), style));
        counts.push(("  ".into(), base));
    }
    if let Some((serious, soon)) = ui.cluster().and_then(|cluster| cluster.hazards.counts) {
        let glyphs = ui.glyphs();
        if serious > 0 {
            counts.push((format!("{}{serious} ", glyphs.live), warn));
        }
        if soon > 0 {
            counts.push((format!("{}{soon} ", glyphs.connecting), base));
        }
        if serious + soon > 0 {
            counts.push((" ".into(), base));
        }
    }
    counts.extend(apps(ui, base, warn));
    let Some(Pane::Browse(browse)) = ui.panes.last() else { return counts };
    if let What::Apps(_) = browse.what {
        return counts;
    }
    let Some(source) = ui.source(browse) else { return counts };
    let faults = source.table.faults();
    let word = picture::plural(&browse.what);
    counts.push((format!("{word} {}", grouped(source.table.len())), base));
    if faults > 0 {
        counts.push(("  ".into(), base));
        counts.push((format!(" {} with faults ", grouped(faults)), warn));
    }
    counts.push((" ".into(), base));
    counts
}

/// How the apps of the cluster on screen are; None where no apps are known.
fn app_counts(ui: &Ui) -> Option<Counts> {
    let counts = ui.estates.get(&ui.here)?.estate.counts();
    (counts.all > 0).then_some(counts)
}

/// How many apps there are, and what of them needs a look.
fn apps(ui: &Ui, base: Style, warn: Style) -> Vec<(String, Style)> {
    let Some(counts) = app_counts(ui) else { return Vec::new() };
    let glyphs = ui.glyphs();
    let mut out = vec![(format!("Apps {}  ", grouped(counts.all)), base)];
    let parts = [
        (counts.out_of_sync, "out of sync", warn),
        (counts.degraded, "degraded", warn),
        (counts.running, "syncing", base),
    ];
    for (n, word, style) in parts.into_iter().filter(|(n, ..)| *n > 0) {
        out.push((format!(" {} {word} ", grouped(n)), style));
        out.push((" ".into(), base));
    }
    if counts.left_off > 0 {
        out.push((format!("{} {} left off ", glyphs.off, grouped(counts.left_off)), warn));
        out.push((" ".into(), base));
    }
    out
}

/// How the apps are, in signs: where words have no room. None where no apps are known.
fn short_counts(ui: &Ui, base: Style, warn: Style) -> Option<Vec<(String, Style)>> {
    let counts = app_counts(ui)?;
    let glyphs = ui.glyphs();
    let mut out = vec![(format!("{} apps", grouped(counts.all)), base)];
    let parts = [
        (counts.out_of_sync, glyphs.differs, warn),
        (counts.degraded, glyphs.bad, warn),
        (counts.running, glyphs.busy, base),
        (counts.left_off, glyphs.off, warn),
    ];
    for (n, sign, style) in parts.into_iter().filter(|(n, ..)| *n > 0) {
        out.push((" ".into(), base));
        out.push((format!("{sign}{n}"), style));
    }
    out.push((" ".into(), base));
    Some(out)
}

/// A name without its middle, in at most `room` cells.
fn cut_in_the_middle(name: &str, room: usize, more: &str) -> String {
    let kept = room.saturating_sub(width(more));
    let (start, taken) = truncate(name, kept / 2);
    let mut end = String::new();
    let mut used = taken;
    for c in name[start.len()..].chars().rev() {
        let wide = width(c.encode_utf8(&mut [0; 4]));
        if used + wide > kept {
            break;
        }
        used += wide;
        end.insert(0, c);
    }
    format!("{start}{more}{end}")
}

/// `12,345`.
pub fn grouped(n: usize) -> String {
    let digits = n.to_string();
    let mut out = String::new();
    for (i, digit) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

/// Namespaces in one word: `all namespaces`, `a,b`.
pub fn namespaces(scope: &Namespaces) -> String {
    match scope {
        Namespaces::All => "all namespaces".into(),
        Namespaces::Namespaces(names) => {
            let names: Vec<&str> = names.iter().map(|name| name.as_str()).collect();
            names.join(",")
        }
    }
}

fn link(ui: &Ui, link: &LinkState, glyphs: &Glyphs) -> (String, Scope) {
    // The stream on screen knows better than the connection as a whole.
    let shown = match ui.panes.last() {
        Some(Pane::Browse(browse)) => browse.sub,
        Some(Pane::Text(text)) => text.sub,
        Some(Pane::View(view)) => view.sub(),
        None => None,
    };
    let state = shown.and_then(|id| ui.subs.get(id)).map(|sub| sub.state());
    match (state, link) {
        (Some(WatchState::Broken { since, retry_at, .. }), _)
        | (_, LinkState::Broken { since, retry_at, .. }) => {
            let stale = age::human((ui.now - since).max(0));
            let retry = (retry_at - ui.now).max(0);
            (format!("{} stale {stale}, retry in {retry}s", glyphs.stale), Scope::Stale)
        }
        (_, LinkState::Failed(_)) => (format!("{} failed", glyphs.bad), Scope::Broken),
        (_, LinkState::Connecting(what)) => (format!("{} {what}", glyphs.connecting), Scope::Stale),
        (Some(WatchState::Waiting | WatchState::Listing { .. }), _) => {
            (format!("{} loading", glyphs.connecting), Scope::Stale)
        }
        _ => (format!("{} live", glyphs.live), Scope::Live),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_name_keeps_both_of_its_ends() {
        let arn = "arn:aws:eks:eu-west-1:123456789012:cluster/shop";
        assert_eq!(cut_in_the_middle(arn, 21, "…"), "arn:aws:ek…uster/shop");
        assert_eq!(cut_in_the_middle("日本語日本語", 7, "…"), "日…本語");
        assert_eq!(width(&cut_in_the_middle(arn, 1, "…")), 1);
    }
}
