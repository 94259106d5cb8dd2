//! The frame around every pane: header, the way here, the pane's box, strip, footer.

use super::glyphs::Glyphs;
use super::header::{grouped, namespaces};
use super::{footer, header, help, picture, plan, strip, table, text, theme_list, tour};
use crate::model::{Facet, WatchState};
use crate::text::width::width;
use crate::ui::commands::Command;
use crate::ui::panes::Pane;
use crate::ui::panes::browse::{Browse, What};
use crate::ui::theme::Scope;
use crate::ui::{Overlay, Ui};
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;

/// Below this size one line says that the terminal is too small.
const SMALLEST: (u16, u16) = (40, 10);

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
    /// The tape below the list of apps, within the border. Empty where there is none.
    pub tape: Rect,
    /// The pane beside it with its border. Empty where there is none.
    pub side: Rect,
    /// The pane beside it without its border.
    pub side_inner: Rect,
    /// The tour of the demo. Empty where nobody takes it.
    pub tour: Rect,
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

/// Whether a terminal of this size shows only that it is too small.
pub fn is_too_small((columns, rows): (u16, u16)) -> bool {
    columns < SMALLEST.0 || rows < SMALLEST.1
}

/// Where things stand in a terminal of `size` columns and rows.
pub fn layout(size: (u16, u16), header: bool) -> Layout {
    let (columns, rows) = size;
    let top = u16::from(header);
    let line = |y: u16, height: u16| Rect { x: 0, y: y.min(rows), width: columns, height };
    let below = rows.saturating_sub(2);
    let pane = line(top + 1, below.saturating_sub(top + 1));
    Layout {
        header: line(0, top),
        crumbs: line(top, 1),
        pane,
        inner: inside(pane),
        tape: Rect::ZERO,
        side: Rect::ZERO,
        side_inner: Rect::ZERO,
        tour: Rect::ZERO,
        strip: line(below, 1),
        footer: line(below + 1, 1),
    }
}

/// What a border leaves.
pub fn inside(pane: Rect) -> Rect {
    Rect {
        x: pane.x + u16::from(pane.width > 1),
        y: pane.y + u16::from(pane.height > 1),
        width: pane.width.saturating_sub(2),
        height: pane.height.saturating_sub(2),
    }
}

/// Where things stand when a pane has the whole screen: its title, itself, messages and prompt.
pub fn bare(size: (u16, u16)) -> Layout {
    let (columns, rows) = size;
    let line = |y: u16, height: u16| Rect { x: 0, y: y.min(rows), width: columns, height };
    let below = rows.saturating_sub(1);
    Layout {
        header: line(0, 0),
        crumbs: line(0, 0),
        pane: line(0, below),
        inner: line(1, below.saturating_sub(1)),
        tape: Rect::ZERO,
        side: Rect::ZERO,
        side_inner: Rect::ZERO,
        tour: Rect::ZERO,
        strip: line(below, 1),
        footer: line(rows, 0),
    }
}

/// Where things stand now.
pub fn layout_of(ui: &Ui) -> Layout {
    layout_for(ui, ui.size)
}

fn layout_for(ui: &Ui, size: (u16, u16)) -> Layout {
    let mut all = match ui.pane() {
        Some(Pane::View(view)) if view.full_screen() => bare(size),
        _ if ui.side_is_shown() => beside(tour::place(ui, layout(size, ui.header))),
        _ => tour::place(ui, layout(size, ui.header)),
    };
    let height = ui.apps_tape_height(all.inner.height);
    if height > 0 {
        all.inner.height -= height;
        all.tape = Rect { y: all.inner.bottom(), height, ..all.inner };
    }
    all
}

/// Half of the room goes to a pane beside.
fn beside(layout: Layout) -> Layout {
    let width = layout.pane.width / 2;
    let pane = Rect { width: layout.pane.width - width, ..layout.pane };
    let side = Rect { x: pane.right(), width, ..layout.pane };
    Layout { pane, inner: inside(pane), side, side_inner: inside(side), ..layout }
}

/// Draws everything. Returns where the cursor belongs, if it is to be seen.
pub fn draw(ui: &Ui, buf: &mut Buffer) -> Option<(u16, u16)> {
    let area = buf.area;
    let glyphs = ui.glyphs();
    buf.set_style(area, ui.config.theme.style(Scope::Text));
    if area.is_empty() {
        return None;
    }
    if is_too_small((area.width, area.height)) {
        let line =
            format!("too small: {}x{} of {}x{}", area.width, area.height, SMALLEST.0, SMALLEST.1);
        buf.set_stringn(0, 0, line, usize::from(area.width), Style::new());
        return None;
    }
    let layout = layout_for(ui, (area.width, area.height));
    if layout.header.height > 0 {
        header::draw(ui, glyphs, layout.header, buf);
    }
    if layout.crumbs.height > 0 {
        crumbs(ui, glyphs, layout.crumbs, buf);
    }
    let inside = panes(ui, glyphs, &layout, buf);
    ui.draw_apps_tape(layout.tape, buf);
    tour::draw(ui, layout.tour, buf);
    if layout.footer.height > 0 {
        footer::draw(ui, layout.footer, buf);
    }
    let cursor = match &ui.prompt {
        Some(prompt) => Some(strip::prompt(ui, prompt, &layout, buf)),
        None => {
            strip::draw(ui, glyphs, layout.strip, buf);
            inside.filter(|_| ui.overlay.is_none())
        }
    };
    match &ui.overlay {
        Some(Overlay::Help(top)) => help::draw(ui, *top, area, buf),
        Some(Overlay::Plan(dialog)) => return plan::draw(ui, dialog, area, buf),
        Some(Overlay::Themes(list)) => theme_list::draw(ui, list, area, buf),
        Some(Overlay::Full { text, top, .. }) => picture::in_full(ui, text, *top, area, buf),
        None => {}
    }
    cursor
}

/// Writes pieces one after another, as far as there is room. Returns the next free column.
pub fn pieces(buf: &mut Buffer, area: Rect, pieces: &[(&str, Style)]) -> u16 {
    let mut x = area.x;
    // A line of a box for which the terminal has no height.
    if area.y >= buf.area.bottom() {
        return x;
    }
    for (piece, style) in pieces {
        if x >= area.right() {
            break;
        }
        let (next, _) = buf.set_stringn(x, area.y, piece, usize::from(area.right() - x), *style);
        x = next;
    }
    x
}

/// Writes at the right end of a line, unless something that ends at `from` needs the place.
pub fn right(buf: &mut Buffer, area: Rect, from: u16, texts: &[(String, Style)]) {
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

/// One step of the way here.
pub fn step(pane: &Pane) -> String {
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
        Pane::View(view) => view.step(),
    }
}

fn crumbs(ui: &Ui, glyphs: &Glyphs, area: Rect, buf: &mut Buffer) {
    let theme = &ui.config.theme;
    let style = theme.style(Scope::Crumbs);
    buf.set_style(area, style);
    // Each command line begins a new way; going back beyond it is possible all the same.
    let begins = |pane: &Pane| matches!(pane, Pane::Browse(browse) if browse.begins);
    let start = ui.panes.iter().rposition(begins).unwrap_or(0);
    let steps: Vec<String> = ui.panes[start..].iter().map(step).collect();
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

/// The panes in their frames. Returns where the cursor belongs, if there is one.
fn panes(ui: &Ui, glyphs: &Glyphs, layout: &Layout, buf: &mut Buffer) -> Option<(u16, u16)> {
    let side = ui.side.as_ref().filter(|_| !layout.side.is_empty());
    let Some(side) = side else {
        return boxed(ui, ui.pane(), true, (layout.pane, layout.inner), glyphs, buf);
    };
    let focused = ui.side_has_focus();
    let areas = (layout.pane, layout.inner);
    let main = boxed(ui, ui.panes.last(), !focused, areas, glyphs, buf);
    let areas = (layout.side, layout.side_inner);
    let beside = match &side.pane {
        Some(pane) => boxed(ui, Some(pane), focused, areas, glyphs, buf),
        None => {
            border(buf, layout.side, ui.config.theme.style(Scope::Border), glyphs, false);
            let style = ui.config.theme.style(Scope::TextDim);
            let room = usize::from(layout.side_inner.width.saturating_sub(2));
            let lines = picture::wrapped(&side.why, room);
            let lines: Vec<_> = lines.into_iter().map(|line| (line, style)).collect();
            picture::centred(&lines, layout.side_inner, buf);
            None
        }
    };
    if focused { beside } else { main }
}

/// A pane in its frame. Returns where its cursor belongs, if it has one.
fn boxed(
    ui: &Ui,
    pane: Option<&Pane>,
    focused: bool,
    (outer, inner): (Rect, Rect),
    glyphs: &Glyphs,
    buf: &mut Buffer,
) -> Option<(u16, u16)> {
    let theme = &ui.config.theme;
    let framed = inner.x > outer.x;
    if framed {
        let color = ui.cluster().and_then(|cluster| ui.config.settings.color(&cluster.context));
        let style = match color {
            Some(color) if focused => theme.border_in(color),
            _ => theme.style(if focused { Scope::BorderFocused } else { Scope::Border }),
        };
        border(buf, outer, style, glyphs, false);
    }
    let title_area =
        Rect { x: outer.x + 2, width: outer.width.saturating_sub(4), height: 1, ..outer };
    match pane {
        Some(Pane::Browse(browse)) => {
            table_title(ui, browse, glyphs, title_area, buf);
            match ui.source(browse) {
                Some(source) if !browse.order().is_empty() => {
                    let look = table::Look {
                        theme,
                        glyphs,
                        focused,
                        one_namespace: Ui::one_namespace(browse),
                        now: ui.now,
                    };
                    table::draw(browse, source, look, inner, buf);
                    let look = (glyphs.thumb, theme.style(Scope::Scrollbar));
                    scrollbar(buf, (outer, inner), look, browse.top, browse.order().len());
                }
                _ => picture::draw(ui, browse, glyphs, inner, buf),
            }
        }
        Some(Pane::Text(pane)) => {
            let mut parts: Vec<(String, Style)> =
                vec![(format!(" {} ", pane.object), theme.style(Scope::Title))];
            if ui.text_is_outdated(pane) {
                let words = format!(" changed since: {} reloads ", ui.key_to(Command::TextReload));
                parts.push((words, theme.style(Scope::Warning)));
            }
            let parts: Vec<(&str, Style)> =
                parts.iter().map(|(text, style)| (text.as_str(), *style)).collect();
            pieces(buf, title_area, &parts);
            text::draw(ui, pane, glyphs, inner, buf);
            let look = (glyphs.thumb, theme.style(Scope::Scrollbar));
            scrollbar(buf, (outer, inner), look, pane.top, pane.len());
        }
        Some(Pane::View(view)) => {
            let title = view.title(ui);
            let parts: Vec<(&str, Style)> =
                title.iter().map(|(text, style)| (text.as_str(), *style)).collect();
            pieces(buf, title_area, &parts);
            if let Some((top, all)) = view.scroll().filter(|_| framed) {
                let look = (glyphs.thumb, theme.style(Scope::Scrollbar));
                scrollbar(buf, (outer, inner), look, top, all);
            }
            return view.draw(ui, inner, buf);
        }
        None => picture::before_the_first(ui, glyphs, inner, buf),
    }
    None
}

/// A frame of lines around `area`; `soft` ones lie over others.
pub fn border(buf: &mut Buffer, area: Rect, style: Style, glyphs: &Glyphs, soft: bool) {
    use ratatui::widgets::{Block, Widget};
    let set = if soft { glyphs.soft_border } else { glyphs.border };
    Block::bordered().border_set(set).border_style(style).render(area, buf);
}

/// Shows on the right border which part of `all` lines is on screen, where not all of them are.
fn scrollbar(
    buf: &mut Buffer,
    (outer, inner): (Rect, Rect),
    look: (&str, Style),
    top: usize,
    all: usize,
) {
    let height = usize::from(inner.height);
    let rows = usize::from(inner.height.saturating_sub(1)).max(1);
    if all <= rows || height < 2 {
        return;
    }
    let size = (height * rows / all).clamp(1, height);
    let at = (height - size) * top.min(all - rows) / (all - rows);
    let x = outer.right().saturating_sub(1);
    for y in (inner.y..inner.bottom()).skip(at).take(size) {
        buf.set_stringn(x, y, look.0, 1, look.1);
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
    if let What::Apps(apps) | What::AppGroups(apps, _) = &browse.what {
        parts.push((format!("({})", namespaces(&apps.scope)), title));
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
            WatchState::Listing { rows, per_second } if !sub.complete => {
                let rate = match per_second {
                    0 => String::new(),
                    _ => format!(", {per_second}/s"),
                };
                parts.push((format!(" {} {rows} rows{rate}", glyphs.busy), count));
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
    if let What::Apps(apps) = &browse.what
        && let Some(book) = ui.estates.get(&apps.cluster)
    {
        if !book.complete {
            parts.push((format!(" {} loading", glyphs.busy), count));
        }
        if let Some(words) = book.without_engines() {
            parts.push((format!(" {words}"), count));
        }
        if !book.denied.is_empty() {
            let kinds: Vec<&str> = book.denied.iter().map(|plural| plural.as_str()).collect();
            parts.push((format!(" may not list {}", kinds.join(", ")), warning));
        }
    }
    parts.push((" ".into(), title));
    let parts: Vec<(&str, Style)> =
        parts.iter().map(|(text, style)| (text.as_str(), *style)).collect();
    pieces(buf, area, &parts);
}
