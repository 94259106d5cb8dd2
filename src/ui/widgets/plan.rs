//! Draws a plan before it runs.

use super::frame::pieces;
use super::picture::{overlay, wrapped, wrapped_to};
use crate::text::width::width;
use crate::ui::Ui;
use crate::ui::access::Permission;
use crate::ui::commands::{Command, Context};
use crate::ui::plan_dialog::{Focus, PlanDialog, Rehearsal};
use crate::ui::theme::Scope;
use crate::verbs::Value;
use crate::verbs::edit::diff::Sign;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;
use std::collections::HashMap;

/// Requests shown at most; the rest is counted.
const REQUESTS: usize = 8;

/// Lines of what the draft has to show that are on screen at least.
const EXHIBIT: usize = 4;

/// Columns for text.
fn room(dialog: &PlanDialog, area: Rect) -> usize {
    // A difference is read as it stands in the text: it gets what there is.
    let most = if dialog.draft.exhibit().is_empty() { 96 } else { 132 };
    usize::from(area.width.saturating_sub(8).min(most))
}

/// Everything the dialog says, before it is wrapped.
struct Said {
    lines: Vec<(String, Style)>,
    /// Before which of them the draft shows what it has.
    exhibit: usize,
    /// Line and column of the cursor of what is typed.
    typing: Option<(usize, usize)>,
    /// Lines that choices stand on.
    choices: Vec<(usize, usize)>,
    /// Lines that stay on screen where there are too many: warnings, and what stands in the way.
    pinned: Vec<usize>,
}

/// A line as it is drawn.
struct Shown {
    /// Its place among all of them.
    at: usize,
    text: String,
    style: Style,
    pinned: bool,
}

/// Rows that scroll at least, where there are too many lines.
const SCROLLS: usize = 5;

/// The lines that are drawn in so many rows; where not all of them fit, also how many of those that scroll
/// are on screen, of how many. `top` of them are scrolled off, the one at `focus` never is; `rest` is the
/// line that tells what is not there, its words aside: first and last on screen, of how many.
fn fit(
    mut lines: Vec<Shown>,
    rows: usize,
    (top, focus): (usize, Option<usize>),
    rest: impl Fn(usize, usize, usize) -> Shown,
) -> (Vec<Shown>, Option<(usize, usize)>) {
    while lines.len() > rows && lines.last().is_some_and(|line| line.text.is_empty()) {
        lines.pop();
    }
    if lines.len() <= rows {
        return (lines, None);
    }
    let (mut pinned, mut body): (Vec<Shown>, Vec<Shown>) =
        lines.into_iter().filter(|line| !line.text.is_empty()).partition(|line| line.pinned);
    let all = pinned.len() + body.len();
    if all <= rows || pinned.len() + SCROLLS + 1 > rows {
        body.append(&mut pinned);
        body.sort_by_key(|line| line.at);
    }
    if all <= rows {
        return (body, None);
    }
    let room = rows.saturating_sub(pinned.len() + 1).max(1);
    let all = body.len();
    let mut top = top.min(all.saturating_sub(room));
    if let Some(focus) = focus.and_then(|at| body.iter().position(|line| line.at == at)) {
        top = top.clamp((focus + 1).saturating_sub(room), focus);
    }
    let mut shown: Vec<Shown> = body.into_iter().skip(top).take(room).collect();
    shown.push(rest(top + 1, (top + room).min(all), all));
    shown.append(&mut pinned);
    (shown, Some((room, all)))
}

/// How many lines of what the draft has to show are on screen.
pub fn exhibit_room(ui: &Ui, dialog: &PlanDialog, area: Rect) -> usize {
    let room = room(dialog, area);
    let said = said(ui, dialog);
    let rows: usize = said.lines.iter().map(|(line, _)| wrapped(line, room).len().max(1)).sum();
    let extra = if dialog.must_type.is_some() { 2 } else { 0 };
    usize::from(area.height).saturating_sub(rows + 5 + extra).max(EXHIBIT)
}

fn said(ui: &Ui, dialog: &PlanDialog) -> Said {
    let theme = &ui.config.theme;
    let text = theme.style(Scope::Overlay);
    // Letters of other styles, on the ground of this one.
    let over = |scope| Style { bg: text.bg, ..theme.style(scope) };
    let dim = over(Scope::TextDim);
    let warn = over(Scope::Warning);
    let mut lines: Vec<(String, Style)> = Vec::new();
    let mut pinned = Vec::new();
    // Line and column of the cursor of what is typed.
    let mut typing = None;
    let cluster = ui.clusters.get(&dialog.plan.cluster);
    let server = cluster.map_or("", |cluster| cluster.info.context.server.as_str());
    lines.push((format!("on {}  {server}", dialog.plan.context), text));
    let targets = dialog.draft.targets();
    for target in targets.iter().take(REQUESTS) {
        let place = if target.namespace.is_empty() {
            String::new()
        } else {
            format!(" in {}", target.namespace)
        };
        lines.push((format!("  {target}{place}"), text));
    }
    if targets.len() > REQUESTS {
        lines.push((format!("  and {} more", targets.len() - REQUESTS), dim));
    }
    let key = |command| ui.config.keymap.key_for(&[Context::Plan], command).unwrap_or_default();
    let tick = |on: bool| if on { "[x]" } else { "[ ]" };
    if dialog.show_request {
        for request in dialog.plan.requests.iter().take(REQUESTS) {
            let dry = dialog.plan.dry_run && request.is_sent_first();
            let dry = if dry { "?dryRun=All" } else { "" };
            let when = if request.afterwards { "at the end: " } else { "" };
            let method = request.method.as_str();
            lines.push((format!("{when}{method} {}{dry}", request.path), text));
            lines.push((request.shown_body(dialog.plan.dry_run).into_owned(), dim));
        }
    } else if let Some(request) = dialog.plan.requests.first() {
        let more = match dialog.plan.requests.len() {
            1 => String::new(),
            n => format!(" and {} more", n - 1),
        };
        let line = format!("{} {}{more}", request.method.as_str(), request.path);
        lines.push((format!("{line} {}", key(Command::PlanRequest)), dim));
    }
    let exhibit = lines.len();
    lines.push((String::new(), text));
    let focused = |at: usize| dialog.focus == Some(Focus::Choice(at));
    let own_key = |id: &str| match id {
        "propagation" => key(Command::PlanPropagation),
        "grace" => key(Command::PlanGrace),
        "force" => key(Command::PlanForce),
        _ => String::new(),
    };
    // Lines that choices stand on.
    let mut choices: Vec<(usize, usize)> = Vec::new();
    for (at, choice) in dialog.choices.iter().enumerate() {
        choices.push((lines.len(), at));
        let sign = if focused(at) { ">" } else { " " };
        let line = match &choice.value {
            Value::Toggle(on) => format!("{sign} {} {}", tick(*on), choice.label),
            Value::OneOf { at, of } => {
                format!("{sign} {}: {}", choice.label, of.get(*at).map_or("", String::as_str))
            }
            Value::Typed(text) => {
                if focused(at) {
                    typing = Some((lines.len(), width(&choice.label) + width(text) + 4));
                }
                format!("{sign} {}: {text}", choice.label)
            }
        };
        let style = if focused(at) { over(Scope::ButtonFocused) } else { text };
        lines.push((format!("{line} {}", own_key(&choice.id)).trim_end().to_owned(), style));
        if !choice.error.is_empty() {
            lines.push((format!("    {}", choice.error), over(Scope::Error)));
        }
    }
    // What is tried anyway needs no key for it.
    if dialog.can_be_rehearsed() && dialog.rehearsal == Rehearsal::Unwanted {
        let line = format!("  {} dry run {}", tick(dialog.plan.dry_run), key(Command::PlanDryRun));
        lines.push((line, text));
    }
    for note in &dialog.plan.notes {
        let (sign, style) = if note.warning { ("! ", warn) } else { ("- ", dim) };
        if note.warning {
            pinned.push(lines.len());
        }
        lines.push((format!("{sign}{}", note.text), style));
    }
    lines.push((String::new(), text));
    let outcome = lines.len();
    if dialog.is_waiting() {
        lines.push(("reading what it depends on".into(), dim));
    } else if let Some(fault) = &dialog.error {
        lines.push((fault.why.clone(), over(Scope::Error)));
    }
    match (&dialog.permission, dialog.refusal()) {
        _ if dialog.is_waiting() || dialog.error.is_some() => {}
        (Permission::Asked, _) => {
            lines.push(("asking the server whether it is allowed".into(), dim))
        }
        (Permission::Denied(_), Some(why)) => lines.push((why, over(Scope::Error))),
        _ => match &dialog.rehearsal {
            Rehearsal::Unwanted => {}
            Rehearsal::Due | Rehearsal::Asked(..) => {
                lines.push(("asking the server what it would do".into(), dim));
            }
            Rehearsal::Passed => lines.push(("dry run: the server would accept it".into(), dim)),
            Rehearsal::Failed(fault) => {
                lines.push((
                    format!("the server would refuse it: {}", fault.why),
                    over(Scope::Error),
                ));
                for cause in &fault.causes {
                    let words = format!("  {}: {}", cause.field, cause.message);
                    lines.push((words, over(Scope::Error)));
                }
            }
        },
    }
    pinned.extend(outcome..lines.len());
    Said { lines, exhibit, typing, choices, pinned }
}

/// How many lines of what scrolls are on screen, of how many; None where everything is on screen.
pub fn window(ui: &Ui, dialog: &PlanDialog, area: Rect) -> Option<(usize, usize)> {
    paint(ui, dialog, area, &mut Buffer::empty(area), &mut Vec::new()).1
}

/// Draws the dialog. Returns where the cursor belongs while a name is typed.
pub fn draw(ui: &Ui, dialog: &PlanDialog, area: Rect, buf: &mut Buffer) -> Option<(u16, u16)> {
    paint(ui, dialog, area, buf, &mut Vec::new()).0
}

/// What of the dialog stands at this place on screen.
pub fn hit(ui: &Ui, dialog: &PlanDialog, area: Rect, column: u16, row: u16) -> Option<Focus> {
    let mut places = Vec::new();
    paint(ui, dialog, area, &mut Buffer::empty(area), &mut places);
    let at = |place: &&(Focus, Rect)| place.1.contains((column, row).into());
    places.iter().find(at).map(|(focus, _)| *focus)
}

/// Where the cursor belongs, and which lines of those that scroll are on screen.
type Painted = (Option<(u16, u16)>, Option<(usize, usize)>);

/// Draws the dialog, and tells where what can be pressed stands; the place of the cursor, and how many of
/// the lines that scroll are on screen, see [`window`].
fn paint(
    ui: &Ui,
    dialog: &PlanDialog,
    area: Rect,
    buf: &mut Buffer,
    places: &mut Vec<(Focus, Rect)>,
) -> Painted {
    let theme = &ui.config.theme;
    let text = theme.style(Scope::Overlay);
    let over = |scope| Style { bg: text.bg, ..theme.style(scope) };
    let warn = over(Scope::Warning);
    let room = room(dialog, area);
    let Said { lines, exhibit, typing, choices, pinned } = said(ui, dialog);
    // How many lines on screen each line takes.
    let before_wrap: Vec<usize> =
        lines.iter().map(|(line, _)| wrapped(line, room).len().max(1)).collect();
    let above: usize = before_wrap[..exhibit].iter().sum();
    let mut lines: Vec<Shown> = lines
        .into_iter()
        .enumerate()
        .flat_map(|(at, (line, style))| {
            let pinned = pinned.contains(&at);
            let parts = if line.is_empty() { vec![line] } else { wrapped(&line, room) };
            parts.into_iter().map(move |text| Shown { at: 0, text, style, pinned })
        })
        .collect();
    let exhibited = exhibited(ui, dialog, area);
    let inserted = exhibited.len();
    let exhibited = exhibited.into_iter().map(|(text, style)| {
        // An empty line of it is one of its lines.
        let text = if text.is_empty() { " ".to_owned() } else { text };
        Shown { at: 0, text, style, pinned: false }
    });
    lines.splice(above..above, exhibited);
    for (at, line) in lines.iter_mut().enumerate() {
        line.at = at;
    }
    // Where a line stands among those that are drawn.
    let at_of = |line: usize| {
        let above: usize = before_wrap[..line].iter().sum();
        above + if line >= exhibit { inserted } else { 0 }
    };
    let extra: u16 = if dialog.must_type.is_some() { 2 } else { 0 };
    let height = u16::try_from(lines.len()).unwrap_or(u16::MAX).saturating_add(4 + extra);
    let size = (u16::try_from(room).unwrap_or(96) + 4, height);
    let inner = overlay(ui, &dialog.plan.title, size, area, buf);
    let context = format!(" {} ", dialog.plan.context);
    let wide = u16::try_from(width(&context)).unwrap_or(0);
    let scope = if dialog.protected { Scope::HeaderProtected } else { Scope::Badge };
    let corner = Rect {
        x: (inner.right().saturating_sub(wide)).max(inner.x),
        y: inner.y.saturating_sub(1),
        width: wide.min(inner.width),
        height: 1,
    };
    pieces(buf, corner, &[(&context, theme.style(scope))]);
    let buttons_y = inner.bottom().saturating_sub(1);
    let text_end = buttons_y.saturating_sub(1 + extra);
    let focused_line = choices.iter().find(|(_, at)| dialog.focus == Some(Focus::Choice(*at)));
    let focused_line = focused_line.map(|(line, _)| at_of(*line));
    let rows = usize::from(text_end.saturating_sub(inner.y));
    let rest = |first, last, all| {
        let key = ui.config.keymap.key_for(&[Context::Plan], Command::PlanScrollDown);
        let key = key.unwrap_or_default();
        let text = format!("lines {first}-{last} of {all}, {key} goes on");
        Shown { at: usize::MAX, text, style: warn, pinned: true }
    };
    let (lines, cut) = fit(lines, rows, (dialog.top, focused_line), rest);
    let mut row_of = HashMap::new();
    for (line, y) in lines.iter().zip(inner.y..text_end) {
        pieces(buf, Rect { y, height: 1, ..inner }, &[(&line.text, line.style)]);
        row_of.insert(line.at, y);
    }
    for (line, at) in choices {
        if let Some(y) = row_of.get(&at_of(line)) {
            places.push((Focus::Choice(at), Rect { y: *y, height: 1, ..inner }));
        }
    }
    let mut cursor =
        typing.filter(|(line, _)| *line < before_wrap.len()).and_then(|(line, column)| {
            let y = *row_of.get(&at_of(line))?;
            let x = inner.x + u16::try_from(column).unwrap_or(0);
            Some((x.min(inner.right().saturating_sub(1)), y))
        });
    if let Some(name) = &dialog.must_type {
        let y = buttons_y.saturating_sub(2);
        let label = format!("type {name} to go on: ");
        let at = Rect { y, height: 1, ..inner };
        places.push((Focus::Name, at));
        let end = pieces(buf, at, &[(&label, warn), (&dialog.typed, theme.style(Scope::Prompt))]);
        if dialog.focus == Some(Focus::Name) {
            cursor = Some((end.min(inner.right().saturating_sub(1)), y));
        }
    }
    let style = |focus: Focus, danger: bool| {
        theme.style(match (dialog.focus == Some(focus), danger) {
            (true, true) => Scope::ButtonDanger,
            (true, false) => Scope::ButtonFocused,
            (false, _) => Scope::Button,
        })
    };
    let button = dialog.draft.button();
    let run =
        if dialog.plan.dry_run { " Ask the server ".to_owned() } else { format!(" {button} ") };
    let focused = |focus: Focus| if dialog.focus == Some(focus) { (">", "<") } else { ("[", "]") };
    let (c, r) = (focused(Focus::Cancel), focused(Focus::Run));
    let cancel = format!("{} Cancel {}", c.0, c.1);
    let run = format!("{}{run}{}", r.0, r.1);
    let wide = |text: &str| u16::try_from(width(text)).unwrap_or(0);
    let total = wide(&cancel) + wide(&run) + 3;
    let x = inner.x + inner.width.saturating_sub(total) / 2;
    let place = |x, width| Rect { x, y: buttons_y, width, height: 1 };
    places.push((Focus::Run, place(x, wide(&run))));
    places.push((Focus::Cancel, place(x + wide(&run) + 3, wide(&cancel))));
    let at = Rect { x, y: buttons_y, width: inner.right().saturating_sub(x), height: 1 };
    pieces(
        buf,
        at,
        &[
            (&run, style(Focus::Run, dialog.plan.loses && !dialog.plan.dry_run)),
            ("   ", text),
            (&cancel, style(Focus::Cancel, false)),
        ],
    );
    (cursor, cut)
}

/// The lines on screen of what the draft has to show, and where they stand among all.
fn exhibited(ui: &Ui, dialog: &PlanDialog, area: Rect) -> Vec<(String, Style)> {
    let all = dialog.draft.exhibit();
    if all.is_empty() {
        return Vec::new();
    }
    let theme = &ui.config.theme;
    let ground = theme.style(Scope::Overlay);
    let over = |scope| Style { bg: ground.bg, ..theme.style(scope) };
    let room = exhibit_room(ui, dialog, area);
    let cut = all.len() > room;
    // The line that says where they stand needs a place too.
    let rows = if cut { room - 1 } else { room };
    let top = dialog.scroll.min(all.len().saturating_sub(rows));
    let columns = self::room(dialog, area);
    let mut lines: Vec<(String, Style)> = all
        .iter()
        .skip(top)
        .take(rows)
        .map(|line| {
            let style = match line.sign {
                Sign::Hunk => over(Scope::DiffHunk),
                Sign::Same => over(Scope::TextDim),
                Sign::Added => over(Scope::DiffAdded),
                Sign::Removed => over(Scope::DiffRemoved),
            };
            (wrapped_to(&line.text, columns, 1).pop().unwrap_or_default(), style)
        })
        .collect();
    if cut {
        let key =
            ui.config.keymap.key_for(&[Context::Plan], Command::PlanScrollDown).unwrap_or_default();
        let last = (top + rows).min(all.len());
        let words = format!("lines {}-{last} of {}, {key} goes on", top + 1, all.len());
        lines.push((words, over(Scope::Warning)));
    }
    lines
}
