//! One frame as plain text: for pipes, scripts and machines without a terminal.

use super::{now, wrap};
use crate::cluster::{self, Command};
use crate::model::{Fault, FaultKind, LinkState, WatchState};
use crate::ui::panes::Pane;
use crate::ui::panes::browse::What;
use crate::ui::settings::Loaded;
use crate::ui::widgets::frame;
use crate::ui::{Effect, Start, Ui};
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use std::time::Duration;
use tokio::sync::mpsc;
use tokio::time::{Instant, timeout_at};

/// Events that may wait.
const QUEUE: usize = 64;

/// Loads the first page completely and returns it as lines. The second value is whether it could be
/// loaded.
///
/// # Errors
/// The system gives no thread.
pub fn run(
    options: cluster::Options,
    start: Start,
    config: Loaded,
    size: (u16, u16),
    limit: Duration,
) -> Result<(Vec<String>, bool), Fault> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|error| Fault::new(FaultKind::Other, "draw one frame", error.to_string()))?;
    runtime.block_on(async {
        let (ui, loaded) = load(options, start, config, size, limit).await?;
        Ok((lines(&ui, size), loaded))
    })
}

/// The UI with its first page loaded, and whether it could be.
///
/// # Errors
/// The system gives no thread.
pub async fn load(
    options: cluster::Options,
    start: Start,
    config: Loaded,
    size: (u16, u16),
    limit: Duration,
) -> Result<(Ui, bool), Fault> {
    let (sender, mut events) = mpsc::channel(QUEUE);
    let handle = cluster::start(options, sender)?;
    let (mut ui, effects) = Ui::new(config, start, size, now());
    let deadline = Instant::now() + limit;
    let mut effects = effects;
    loop {
        effects.append(&mut ui.settle(now()));
        for effect in effects.drain(..) {
            match effect {
                Effect::Connect { cluster, context } => {
                    handle.send(Command::Connect { cluster, context });
                }
                Effect::Subscribe { sub, need } => handle.send(Command::Subscribe { sub, need }),
                Effect::Unsubscribe(sub) => handle.send(Command::Unsubscribe(sub)),
                // Nobody types here, so nothing else is ever asked for.
                _ => {}
            }
        }
        if let Some(good) = settled(&ui) {
            return Ok((ui, good));
        }
        match timeout_at(deadline, events.recv()).await {
            Ok(Some(event)) => {
                if let Some(msg) = wrap(event) {
                    effects.append(&mut ui.update(msg, now()));
                }
            }
            Ok(None) | Err(_) => return Ok((ui, false)),
        }
    }
}

/// Whether the first page is as complete as it will be, and whether that is good.
fn settled(ui: &Ui) -> Option<bool> {
    let cluster = ui.cluster()?;
    if matches!(cluster.link, LinkState::Failed(_)) {
        return Some(false);
    }
    let Some(Pane::Browse(browse)) = ui.pane() else { return None };
    if let What::Apps(apps) = &browse.what {
        let book = ui.estates.get(&apps.cluster)?;
        return (book.complete && cluster.discovered).then_some(true);
    }
    let Some(id) = browse.sub else { return browse.local.as_ref().map(|_| true) };
    let sub = ui.subs.get(id)?;
    match sub.state() {
        WatchState::Denied(_) | WatchState::NotServed(_) => Some(false),
        // A kind that only discovery knows: the page that stands in for it is not the answer.
        WatchState::Live => (sub.complete && cluster.discovered).then_some(true),
        _ => None,
    }
}

/// The screen as lines of plain text.
pub fn lines(ui: &Ui, size: (u16, u16)) -> Vec<String> {
    let mut buffer = Buffer::empty(Rect::new(0, 0, size.0, size.1));
    frame::draw(ui, &mut buffer);
    (0..size.1)
        .map(|y| {
            let mut line = String::new();
            let mut x = 0;
            while x < size.0 {
                let symbol = buffer[(x, y)].symbol();
                line.push_str(symbol);
                x += u16::try_from(crate::text::width::width(symbol)).unwrap_or(1).max(1);
            }
            line.truncate(line.trim_end().len());
            line
        })
        .collect()
}
