//! The frame around every pane: header, the way here, the pane's box, strip, footer.

use super::glyphs::Glyphs;
use super::{help, picture, plan, table, text};
use crate::model::{Facet, LinkState, Scope as Namespaces, WatchState};
use crate::text::age;
use crate::text::width::width;
use crate::ui::commands::{Command, TABLE};
use crate::ui::panes::Pane;
use crate::ui::panes::browse::{Browse, What};
use crate::ui::prompt::{Prompt, Purpose};
use crate::ui::theme::Scope;
use crate::ui::{Overlay, Ui};
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;

/// Below this size one line says that the terminal is too small.
const SMALLEST: (u16, u16) = (40, 10);
/// Credentials that end sooner than this are shown as a warning, in seconds.
const CREDENTIAL_WARNING: i64 = 600;

/// Where things stand on screen.
#[derive(Clone, Copy, Debug)]
pub struct Layout {
    /// First line: cluster, connection, counts. Empty when hidden.
    pub header: Rect,
    /// Second line: the way here.
    pub crumbs: Rect,
    /// The pane with its border.
    pub pane: Rect,
    /// The pane without its border.
    pub inner: Rect,
    /// Actions, messages, the prompt.
    pub strip: Rect,
    /// Keys.
    pub footer: Rect,
}

impl Layout {
    /// Table rows that fit.
    pub fn rows(&self) -> usize {
        usize::from(self.inner.height.saturating_sub(1))
    }

    /// Text lines that fit.
    pub fn text_rows(&self) -> usize {
        usize::from(self.inner.height)
    }
}

/// Where things stand in a terminal of `size` columns and rows.
pub fn layout(size: (u16, u16), header: bool) -> Layout {
    let (columns, rows) = size;
    let top = u16::from(header);
    let line = |y: u16, height: u16| Rect { x: 0, y: y.min(rows), width: columns, height };
    let below = rows.saturating_sub(2);
    let pane = line(top + 1, below.saturating_sub(top + 1));
    let inner = Rect {
        x: pane.x + u16::from(pane.width > 1),
        y: pane.y + u16::from(pane.height > 1),
        width: pane.width.saturating_sub(2),
        height: pane.height.saturating_sub(2),
    };
    Layout {
        header: line(0, top),
        crumbs: line(top, 1),
        pane,
        inner,
        strip: line(below, 1),
        footer: line(below + 1, 1),
    }
}

/// Draws everything. Returns where the cursor belongs, if it is to be seen.
pub fn draw(ui: &Ui, buf: &mut Buffer) -> Option<(u16, u16)> {
    let area = buf.area;
    let glyphs = ui.glyphs();
    buf.set_style(area, ui.config.theme.style(Scope::Text));
    if area.width < SMALLEST.0 || area.height < SMALLEST.1 {
        let line =
            format!("too small: {}x{} of {}x{}", area.width, area.height, SMALLEST.0, SMALLEST.1);
        buf.set_stringn(0, 0, line, usize::from(area.width), Style::new());
        return None;
    }
    let layout = layout((area.width, area.height), ui.header);
    if layout.header.height > 0 {
        header(ui, glyphs, layout.header, buf);
    }
    crumbs(ui, glyphs, layout.crumbs, buf);
    boxed(ui, glyphs, &layout, buf);
    footer(ui, layout.footer, buf);
    let cursor = match &ui.prompt {
        Some(prompt) => Some(draw_prompt(ui, prompt, &layout, buf)),
        None => {
            strip(ui, glyphs, layout.strip, buf);
            None
        }
    };
    match &ui.overlay {
        Some(Overlay::Help(top)) => help::draw(ui, *top, area, buf),
        Some(Overlay::Plan(dialog)) => return plan::draw(ui, dialog, area, buf),
        Some(Overlay::Line(line)) => picture::whole_line(ui, line, area, buf),
        None => {}
    }
    cursor
}

/// Writes pieces one after another, as far as there is room. Returns the next free column.
pub fn pieces(buf: &mut Buffer, area: Rect, pieces: &[(&str, Style)]) -> u16 {
    let mut x = area.x;
    for (piece, style) in pieces {
        if x >= area.right() {
            break;
        }
        let (next, _) = buf.set_stringn(x, area.y, piece, usize::from(area.right() - x), *style);
        x = next;
    }
    x
}

fn right(buf: &mut Buffer, area: Rect, from: u16, texts: &[(String, Style)]) {
    let total: usize = texts.iter().map(|(text, _)| width(text)).sum();
    let total = u16::try_from(total).unwrap_or(u16::MAX);
    // It gives way to what stands on the left.
    if total == 0 || from.saturating_add(total) + 1 > area.right() {
        return;
    }
    let rest = Rect { x: area.right() - total, width: total, ..area };
    let texts: Vec<(&str, Style)> =
        texts.iter().map(|(text, style)| (text.as_str(), *style)).collect();
    pieces(buf, rest, &texts);
}

fn header(ui: &Ui, glyphs: &Glyphs, area: Rect, buf: &mut Buffer) {
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
    let mut parts: Vec<(String, Style)> = Vec::new();
    let name = if cluster.context.is_empty() { "no context" } else { cluster.context.as_str() };
    parts.push((format!(" {name} "), pick(Scope::HeaderCluster)));
    if cluster.info.demo {
        parts.push((" demo ".into(), theme.style(Scope::Badge)));
    }
    if !cluster.info.version.is_empty() {
        parts.push((format!(" {}", cluster.info.version), dim));
    }
    parts.push((format!("{}{}", glyphs.dot, namespaces(&cluster.scope)), dim));
    let (state, scope) = link(ui, &cluster.link, glyphs);
    parts.push((glyphs.dot.to_owned(), dim));
    parts.push((state, if own { base } else { theme.style(scope) }));
    if let Some(ends) = cluster.credential_ends {
        let left = ends - ui.now;
        let style = if left < CREDENTIAL_WARNING { theme.style(Scope::BadgeWarning) } else { dim };
        let words = if left <= 0 { "expired".to_owned() } else { age::human(left) };
        parts.push((format!("{}cred {words}", glyphs.dot), style));
    }
    if !cluster.info.impersonating.is_empty() {
        let who = format!(" as {} ", cluster.info.impersonating);
        parts.push((who, theme.style(Scope::BadgeWarning)));
    }
    if cluster.info.insecure {
        parts.push((" TLS not verified ".into(), theme.style(Scope::BadgeWarning)));
    }
    if ui.readonly() {
        parts.push((" RO ".into(), theme.style(Scope::Badge)));
    }
    let left: Vec<(&str, Style)> =
        parts.iter().map(|(text, style)| (text.as_str(), *style)).collect();
    let end = pieces(buf, area, &left);
    right(buf, area, end, &counts(ui, base));
}

fn counts(ui: &Ui, base: Style) -> Vec<(String, Style)> {
    let mut counts = Vec::new();
    let Some(Pane::Browse(browse)) = ui.pane() else { return counts };
    let Some(source) = ui.source(browse) else { return counts };
    let faults = source.table.faults();
    let word = super::picture::plural(&browse.what);
    counts.push((format!("{word} {}", grouped(source.table.len())), base));
    if faults > 0 {
        counts.push((format!("  {} with faults", grouped(faults)), base));
    }
    counts.push((" ".into(), base));
    counts
}

/// `12,345`.
pub fn grouped(n: usize) -> String {
    let digits = n.to_string();
    let mut out = String::new();
    for (i, digit) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i) % 3 == 0 {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

fn namespaces(scope: &Namespaces) -> String {
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
    let shown = match ui.pane() {
        Some(Pane::Browse(browse)) => browse.sub,
        Some(Pane::Text(text)) => text.sub,
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

/// One step of the way here.
fn step(pane: &Pane) -> String {
    match pane {
        Pane::Browse(browse) => match browse.objects() {
            Some(objects) if objects.facet == Facet::Containers => {
                format!("{} containers", objects.of)
            }
            Some(objects) if !objects.of.is_empty() => {
                format!("{} {}", objects.of, objects.resource.gvr.plural)
            }
            _ => picture::plural(&browse.what),
        },
        Pane::Text(text) => format!("{} yaml", text.object),
    }
}

fn crumbs(ui: &Ui, glyphs: &Glyphs, area: Rect, buf: &mut Buffer) {
    let theme = &ui.config.theme;
    let style = theme.style(Scope::Crumbs);
    buf.set_style(area, style);
    let steps: Vec<String> = ui.panes.iter().map(step).collect();
    // The nearest steps matter most: the oldest leave first.
    let mut from = 0;
    let length = |steps: &[String]| -> usize {
        steps.iter().map(|step| width(step) + width(glyphs.step)).sum()
    };
    while from + 1 < steps.len() && length(&steps[from..]) > usize::from(area.width) {
        from += 1;
    }
    let mut parts: Vec<(&str, Style)> = vec![(" ", style)];
    if from > 0 {
        parts.push((glyphs.more, style));
        parts.push((glyphs.step, style));
    }
    for (i, step) in steps.iter().enumerate().skip(from) {
        let last = i + 1 == steps.len();
        let scope = if last { Scope::CrumbsCurrent } else { Scope::Crumbs };
        parts.push((step, theme.style(scope)));
        if !last {
            parts.push((glyphs.step, style));
        }
    }
    pieces(buf, area, &parts);
}

fn boxed(ui: &Ui, glyphs: &Glyphs, layout: &Layout, buf: &mut Buffer) {
    let theme = &ui.config.theme;
    border(buf, layout.pane, theme.style(Scope::BorderFocused), glyphs);
    let title_area = Rect {
        x: layout.pane.x + 2,
        width: layout.pane.width.saturating_sub(4),
        height: 1,
        ..layout.pane
    };
    match ui.pane() {
        Some(Pane::Browse(browse)) => {
            table_title(ui, browse, glyphs, title_area, buf);
            match ui.source(browse) {
                Some(source) if !browse.order().is_empty() => {
                    let look = table::Look {
                        theme,
                        glyphs,
                        focused: true,
                        one_namespace: Ui::one_namespace(browse),
                        now: ui.now,
                    };
                    table::draw(browse, source, look, layout.inner, buf);
                }
                _ => picture::draw(ui, browse, glyphs, layout.inner, buf),
            }
        }
        Some(Pane::Text(pane)) => {
            let mut parts: Vec<(String, Style)> =
                vec![(format!(" {} ", pane.object), theme.style(Scope::Title))];
            if ui.text_is_outdated(pane) {
                let key = ui.config.keymap.chords(Command::TextReload);
                let key = key.first().map_or("", String::as_str);
                parts
                    .push((format!(" changed since: {key} reloads "), theme.style(Scope::Warning)));
            }
            let parts: Vec<(&str, Style)> =
                parts.iter().map(|(text, style)| (text.as_str(), *style)).collect();
            pieces(buf, title_area, &parts);
            text::draw(ui, pane, glyphs, layout.inner, buf);
        }
        None => {}
    }
}

/// A frame of lines around `area`.
pub fn border(buf: &mut Buffer, area: Rect, style: Style, glyphs: &Glyphs) {
    use ratatui::widgets::{Block, BorderType, Widget};
    if glyphs.live.is_ascii() {
        let set = ratatui::symbols::border::Set {
            top_left: "+",
            top_right: "+",
            bottom_left: "+",
            bottom_right: "+",
            vertical_left: "|",
            vertical_right: "|",
            horizontal_top: "-",
            horizontal_bottom: "-",
        };
        Block::bordered().border_set(set).border_style(style).render(area, buf);
    } else {
        Block::bordered().border_type(BorderType::Plain).border_style(style).render(area, buf);
    }
}

fn table_title(ui: &Ui, browse: &Browse, glyphs: &Glyphs, area: Rect, buf: &mut Buffer) {
    let theme = &ui.config.theme;
    let title = theme.style(Scope::Title);
    let count = theme.style(Scope::TitleCount);
    let warning = theme.style(Scope::Warning);
    let mut parts: Vec<(String, Style)> =
        vec![(format!(" {}", picture::plural(&browse.what)), title)];
    if let Some(objects) = browse.objects() {
        if objects.resource.namespaced {
            parts.push((format!("({})", namespaces(&objects.scope)), title));
        }
        if !objects.labels.is_empty() {
            parts.push((format!(" {}", objects.labels), count));
        }
    }
    let shown = browse.order().len();
    if let Some(source) = ui.source(browse) {
        let all = source.table.len();
        let numbers = if shown == all {
            grouped(all)
        } else {
            format!("{} of {}", grouped(shown), grouped(all))
        };
        parts.push((format!("[{numbers}]"), count));
        let (marked, hidden) = browse.marked(source);
        if marked > 0 {
            let hidden = if hidden > 0 { format!(", {hidden} hidden") } else { String::new() };
            parts.push((format!(" {} {marked} marked{hidden}", glyphs.mark), count));
        }
    }
    if !browse.filter.is_empty() {
        parts.push((format!(" /{}", browse.filter), theme.style(Scope::Match)));
    }
    if browse.faults_only {
        parts.push((" faults only".into(), warning));
    }
    if let Some(sub) = browse.sub.and_then(|id| ui.subs.get(id)) {
        match sub.state() {
            WatchState::Listing { rows, remaining, .. } if !sub.complete => {
                let of = remaining.map_or(String::new(), |more| format!(", {more} to come"));
                parts.push((format!(" {} {rows} rows{of}", glyphs.busy), count));
            }
            WatchState::Denied(fault) if shown > 0 => {
                parts.push((format!(" not all shown: {}", fault.why), warning));
            }
            _ => {}
        }
        if sub.skipped.0 > 0 {
            parts.push((format!(" {} unreadable left out", sub.skipped.0), warning));
        }
    }
    parts.push((" ".into(), title));
    let parts: Vec<(&str, Style)> =
        parts.iter().map(|(text, style)| (text.as_str(), *style)).collect();
    pieces(buf, area, &parts);
}

/// The newest action or message.
fn strip(ui: &Ui, glyphs: &Glyphs, area: Rect, buf: &mut Buffer) {
    let theme = &ui.config.theme;
    if !ui.pending().is_empty() {
        let next = ui.config.keymap.continuations(&ui.key_contexts(), ui.pending());
        let hints: Vec<String> =
            next.iter().map(|(keys, command)| format!("<{keys}> {}", command.spec().doc)).collect();
        let line = format!(" {}", hints.join("  "));
        pieces(buf, area, &[(&line, theme.style(Scope::Info))]);
        return;
    }
    if let Some(message) = ui.messages.current(ui.now) {
        let scope = match message.tone {
            crate::model::Tone::Bad => Scope::Error,
            crate::model::Tone::Warn => Scope::Warning,
            _ => Scope::Info,
        };
        let hint =
            if message.hint.is_empty() { String::new() } else { format!(" ({})", message.hint) };
        let line = format!(" {}{hint}", message.text);
        let style = theme.style(scope);
        let end = pieces(buf, area, &[(&line, style)]);
        if width(&line) > usize::from(area.width) {
            let key = ui.config.keymap.chords(Command::Messages);
            let more = format!("{} {} ", glyphs.more, key.first().map_or("", String::as_str));
            let at = area.right().saturating_sub(u16::try_from(width(&more)).unwrap_or(0));
            pieces(buf, Rect { x: at.min(end), ..area }, &[(&more, style)]);
        }
        return;
    }
    let Some(action) = ui.actions.current(ui.now) else { return };
    let (_, bad, open) = action.counts();
    let (glyph, tone) = match (bad, open) {
        (0, 0) => (glyphs.good, crate::model::Tone::Good),
        (0, _) => (glyphs.busy, crate::model::Tone::Busy),
        _ => (glyphs.bad, crate::model::Tone::Bad),
    };
    let seconds = action.ended.unwrap_or(ui.now) - action.started;
    let line = format!(
        " {glyph} {}{dot}{}{dot}{}{dot}{seconds} s",
        action.plan.title,
        action.plan.context,
        action.words(),
        dot = glyphs.dot,
    );
    let end = pieces(buf, area, &[(&line, theme.tone(tone))]);
    let running = ui.actions.running();
    if running > 1 {
        let key = ui.config.keymap.chords(Command::Actions);
        let more =
            format!("{} more, {} list ", running - 1, key.first().map_or("", String::as_str));
        right(buf, area, end, &[(more, theme.style(Scope::Info))]);
    }
}

fn draw_prompt(ui: &Ui, prompt: &Prompt, layout: &Layout, buf: &mut Buffer) -> (u16, u16) {
    let theme = &ui.config.theme;
    let area = layout.strip;
    let style = theme.style(Scope::Prompt);
    buf.set_style(area, style);
    let sign = prompt.purpose.sign();
    let before: String = prompt.text().chars().take(prompt.cursor()).collect();
    // A line longer than the screen scrolls: its end is where one types.
    let room = usize::from(area.width).saturating_sub(3);
    let mut shown = prompt.text();
    let mut ahead = width(&before);
    while ahead > room {
        let mut rest = shown.chars();
        let Some(first) = rest.next() else { break };
        ahead -= width(first.encode_utf8(&mut [0; 4])).min(ahead);
        shown = rest.as_str();
    }
    let end = pieces(
        buf,
        area,
        &[
            (" ", style),
            (sign, theme.style(Scope::PromptSymbol)),
            (shown, style),
            (prompt.ghost(), theme.style(Scope::Suggestion)),
        ],
    );
    let footer = layout.footer;
    match &prompt.error {
        Some((at, why)) => {
            let style = theme.style(Scope::PromptError);
            buf.set_style(footer, style);
            let place = if *at > 0 { format!(" at {}: ", at + 1) } else { " ".to_owned() };
            let line = format!("{place}{why}");
            if usize::from(end) + width(&line) + 2 < usize::from(area.width) {
                let rest = Rect { x: end + 2, width: area.right() - end - 2, ..area };
                pieces(buf, rest, &[(&line, style)]);
            }
            buf.set_stringn(
                footer.x,
                footer.y,
                " ".repeat(usize::from(footer.width)),
                usize::from(footer.width),
                style,
            );
            pieces(buf, footer, &[(&line, style)]);
        }
        None if prompt.purpose == Purpose::Command && !prompt.suggestions.is_empty() => {
            let line = format!(" {}", prompt.suggestions.join("  "));
            let style = theme.style(Scope::Suggestion);
            buf.set_stringn(
                footer.x,
                footer.y,
                " ".repeat(usize::from(footer.width)),
                usize::from(footer.width),
                style,
            );
            pieces(buf, footer, &[(&line, style)]);
        }
        None => {}
    }
    let x = area.x + 1 + u16::try_from(width(sign) + ahead).unwrap_or(u16::MAX);
    (x.min(area.right().saturating_sub(1)), area.y)
}

/// Keys that do something here, from the command table.
fn footer(ui: &Ui, area: Rect, buf: &mut Buffer) {
    let theme = &ui.config.theme;
    let style = theme.style(Scope::Footer);
    buf.set_style(area, style);
    let contexts = ui.key_contexts();
    let mut parts: Vec<(String, Style)> = Vec::new();
    let mut used = 0;
    let help = ui.config.keymap.key_for(&contexts, Command::Help).map(|key| (key, "all keys"));
    let reserve = help.as_ref().map_or(0, |(key, label)| key.len() + label.len() + 3);
    for &context in &contexts {
        for spec in TABLE.iter().filter(|spec| spec.context == context && !spec.footer.is_empty()) {
            if spec.command == Command::Help || !works_here(ui, spec.command) {
                continue;
            }
            let Some(key) = ui.config.keymap.key_for(&contexts, spec.command) else { continue };
            let room = key.len() + spec.footer.len() + 3;
            if used + room + reserve > usize::from(area.width) {
                continue;
            }
            used += room;
            parts.push((format!(" {key}"), theme.style(Scope::FooterKey)));
            parts.push((format!(" {} ", spec.footer), style));
        }
    }
    if let Some((key, label)) = help {
        parts.push((format!(" {key}"), theme.style(Scope::FooterKey)));
        parts.push((format!(" {label}"), style));
    }
    let parts: Vec<(&str, Style)> =
        parts.iter().map(|(text, style)| (text.as_str(), *style)).collect();
    pieces(buf, area, &parts);
}

/// Whether a command has something to do on the pane on screen.
pub fn works_here(ui: &Ui, command: Command) -> bool {
    let objects = match ui.pane() {
        Some(Pane::Browse(browse)) => match &browse.what {
            What::Objects(objects) => Some(objects),
            _ => None,
        },
        _ => None,
    };
    match command {
        Command::Delete => {
            !ui.readonly()
                && objects.is_some_and(|objects| {
                    objects.facet == Facet::Row && objects.resource.can("delete")
                })
        }
        Command::Yaml | Command::Owner | Command::Faults => objects.is_some(),
        Command::Warp | Command::CopyNamespace => {
            objects.is_some_and(|objects| objects.resource.namespaced)
        }
        Command::Back => ui.panes.len() > 1,
        _ => true,
    }
}
