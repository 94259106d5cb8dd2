//! Draws a plan before it runs.

use super::frame::pieces;
use super::picture::{overlay, wrapped};
use crate::text::width::width;
use crate::ui::Ui;
use crate::ui::access::Permission;
use crate::ui::commands::{Command, Context};
use crate::ui::plan_dialog::{Focus, PlanDialog};
use crate::ui::theme::Scope;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;

/// Requests shown at most; the rest is counted.
const REQUESTS: usize = 8;

/// Draws the dialog. Returns where the cursor belongs while a name is typed.
pub fn draw(ui: &Ui, dialog: &PlanDialog, area: Rect, buf: &mut Buffer) -> Option<(u16, u16)> {
    let theme = &ui.config.theme;
    let text = theme.style(Scope::Overlay);
    // Letters of other styles, on the ground of this one.
    let over = |scope| Style { bg: text.bg, ..theme.style(scope) };
    let dim = over(Scope::TextDim);
    let warn = over(Scope::Warning);
    let room = usize::from(area.width.saturating_sub(8).min(96));
    let mut lines: Vec<(String, Style)> = Vec::new();
    let cluster = ui.clusters.get(&dialog.plan.cluster);
    let server = cluster.map_or("", |cluster| cluster.info.context.server.as_str());
    lines.push((format!("on {}  {server}", dialog.plan.context), text));
    for target in dialog.targets.iter().take(REQUESTS) {
        let place = if target.namespace.is_empty() {
            String::new()
        } else {
            format!(" in {}", target.namespace)
        };
        lines.push((format!("  {target}{place}"), text));
    }
    if dialog.targets.len() > REQUESTS {
        lines.push((format!("  and {} more", dialog.targets.len() - REQUESTS), dim));
    }
    lines.push((String::new(), text));
    let key = |command| ui.config.keymap.key_for(&[Context::Plan], command).unwrap_or_default();
    let tick = |on: bool| if on { "[x]" } else { "[ ]" };
    let grace = match dialog.grace {
        None => "as the object says".to_owned(),
        Some(0) => "none (forced)".to_owned(),
        Some(seconds) => format!("{seconds} s"),
    };
    lines.push((
        format!(
            "{} dry run {}   propagation {} {}",
            tick(dialog.plan.dry_run),
            key(Command::PlanDryRun),
            dialog.propagation.as_str(),
            key(Command::PlanPropagation),
        ),
        text,
    ));
    lines.push((
        format!(
            "{} force {}     grace period {grace} {}",
            tick(dialog.grace == Some(0)),
            key(Command::PlanForce),
            key(Command::PlanGrace),
        ),
        text,
    ));
    for note in &dialog.plan.notes {
        let (sign, style) = if note.warning { ("! ", warn) } else { ("- ", dim) };
        lines.push((format!("{sign}{}", note.text), style));
    }
    lines.push((String::new(), text));
    if dialog.show_request {
        for request in dialog.plan.requests.iter().take(REQUESTS) {
            let dry = if dialog.plan.dry_run { "?dryRun=All" } else { "" };
            lines.push((format!("{} {}{dry}", request.method.as_str(), request.path), text));
            // What cannot be sent is refused, and told, when it is to be sent.
            let body = request.sent_body(dialog.plan.dry_run).unwrap_or_default();
            lines.push((body.into_owned(), dim));
        }
    } else if let Some(request) = dialog.plan.requests.first() {
        let line = format!("{} {}", request.method.as_str(), request.path);
        lines.push((line, dim));
        lines.push((format!("{} shows the whole request", key(Command::PlanRequest)), dim));
    }
    match (&dialog.permission, dialog.refusal()) {
        (Permission::Asked, _) => {
            lines.push(("asking the server whether it is allowed".into(), dim))
        }
        (Permission::Denied(_), Some(why)) => lines.push((why, over(Scope::Error))),
        _ => {}
    }
    let lines: Vec<(String, Style)> = lines
        .into_iter()
        .flat_map(|(line, style)| {
            if line.is_empty() {
                vec![(line, style)]
            } else {
                wrapped(&line, room).into_iter().map(|line| (line, style)).collect()
            }
        })
        .collect();
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
    for ((line, style), y) in lines.iter().zip(inner.y..text_end) {
        pieces(buf, Rect { y, height: 1, ..inner }, &[(line, *style)]);
    }
    let mut cursor = None;
    if let Some(name) = &dialog.must_type {
        let y = buttons_y.saturating_sub(2);
        let label = format!("type {name} to go on: ");
        let at = Rect { y, height: 1, ..inner };
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
    let run = if dialog.plan.dry_run { " Ask the server " } else { " Delete " };
    let focused = |focus: Focus| if dialog.focus == Some(focus) { (">", "<") } else { ("[", "]") };
    let (c, r) = (focused(Focus::Cancel), focused(Focus::Run));
    let cancel = format!("{} Cancel {}", c.0, c.1);
    let run = format!("{}{run}{}", r.0, r.1);
    let total = u16::try_from(cancel.len() + run.len() + 3).unwrap_or(0);
    let x = inner.x + inner.width.saturating_sub(total) / 2;
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
    cursor
}
