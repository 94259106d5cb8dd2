//! The table of apps: its columns, and an app as a row of it.

use super::{App, Auto, Destination};
use crate::kinds::build::MAX_CELL_BYTES;
use crate::model::{Cell, Column, ColumnKind, ColumnSource, Row, Schema, Text, Tone};

/// Title, whether numbers or clocks, whether wide, when it leaves a narrow screen (0: never).
const COLUMNS: &[(&str, ColumnKind, bool, u8, u16)] = &[
    ("ENGINE", ColumnKind::Text, false, 3, 12),
    ("NAME", ColumnKind::Text, false, 0, 60),
    ("NAMESPACE", ColumnKind::Text, false, 4, 30),
    ("SYNC", ColumnKind::Axis, false, 0, 20),
    ("HEALTH", ColumnKind::Axis, false, 0, 20),
    ("OPERATION", ColumnKind::Axis, false, 0, 24),
    ("DRIFT", ColumnKind::Number, false, 0, 6),
    ("REVISION", ColumnKind::Text, false, 6, 30),
    ("AUTO", ColumnKind::Text, false, 5, 8),
    ("SINCE", ColumnKind::Clock, false, 7, 8),
    ("CLUSTER", ColumnKind::Text, false, 8, 30),
    ("MESSAGE", ColumnKind::Text, false, 9, 200),
    ("PROJECT", ColumnKind::Text, true, 10, 30),
    ("SOURCE", ColumnKind::Text, true, 11, 80),
    ("TARGET", ColumnKind::Text, true, 10, 30),
    ("PARENT", ColumnKind::Text, true, 10, 40),
    ("OFF", ColumnKind::Text, true, 10, 40),
    ("TROUBLE", ColumnKind::Text, true, 12, 8),
];

/// The columns of the table of apps, trouble first.
pub fn schema() -> Schema {
    let columns: Vec<Column> = (0u16..)
        .zip(COLUMNS)
        .map(|(at, (title, kind, wide, drop, max_width))| Column {
            title: (*title).into(),
            kind: *kind,
            source: ColumnSource::Cell(at),
            wide: *wide,
            drop: *drop,
            max_width: *max_width,
            server: false,
        })
        .collect();
    let mut schema = Schema { kind: "App".into(), namespaced: true, columns, default_sort: None };
    schema.default_sort = schema.find("TROUBLE").map(|column| (column, true));
    schema
}

fn text(text: &Text, tone: Tone) -> Cell {
    if text.is_empty() { Cell::Empty } else { Cell::Text(text.clone(), tone) }
}

fn or_dash(word: &Text, tone: Tone) -> Cell {
    if word.is_empty() { Cell::Text("-".into(), Tone::Dim) } else { Cell::Text(word.clone(), tone) }
}

/// One line of at most [`MAX_CELL_BYTES`]: engines quote whole manifests in their messages.
fn line(text: &Text) -> Text {
    let first = text.lines().next().unwrap_or("");
    if first.len() == text.len() && text.len() <= MAX_CELL_BYTES {
        return text.clone();
    }
    let mut end = first.len().min(MAX_CELL_BYTES);
    while !first.is_char_boundary(end) {
        end -= 1;
    }
    first[..end].into()
}

/// How soon somebody should look, in words whose order is that of the trouble: the list begins with
/// the last of them.
fn rank(trouble: Tone) -> Cell {
    match trouble {
        Tone::Bad => Cell::Text(arcstr::literal!("wrong"), trouble),
        Tone::Warn => Cell::Text(arcstr::literal!("look"), trouble),
        Tone::Busy => Cell::Text(arcstr::literal!("busy"), trouble),
        Tone::Good => Cell::Text(arcstr::literal!("-"), Tone::Dim),
        _ => Cell::Empty,
    }
}

/// The row of an app. `cluster` is the context that its objects are on, where that is another one.
pub(super) fn row(app: &App, cluster: &Text) -> Row {
    let trouble = app.trouble();
    let since = |at: i64| if at == 0 { Cell::Empty } else { Cell::Since(at) };
    let elsewhere = match &app.destination {
        Destination::Here => Cell::Empty,
        _ if !cluster.is_empty() => Cell::Text(cluster.clone(), Tone::Plain),
        Destination::Server(name) | Destination::Named(name) => Cell::Text(name.clone(), Tone::Dim),
    };
    let drift = match (app.drifted, &app.destination) {
        (_, Destination::Server(_) | Destination::Named(_)) if cluster.is_empty() => {
            Cell::Text("n/a".into(), Tone::Dim)
        }
        (Some(n), _) => Cell::Int(n.into()),
        (None, _) => match app.counted {
            Some(counted) => {
                let some = counted.number().is_some_and(|n| n > 0);
                let tone = if some { Tone::Warn } else { Tone::Dim };
                Cell::Text(counted.word().into(), tone)
            }
            None => Cell::Text("-".into(), Tone::Dim),
        },
    };
    let off = app.left_off.as_ref().map_or(Cell::Empty, |off| {
        let by = if off.by.is_empty() { String::new() } else { format!(" by {}", off.by) };
        Cell::Text(format!("{}{by}", off.what).into(), Tone::Warn)
    });
    let auto_tone = match app.auto {
        Auto::Paused => Tone::Warn,
        Auto::None => Tone::Dim,
        _ => Tone::Plain,
    };
    let cells = vec![
        Cell::Text(app.id.engine.label().into(), Tone::Plain),
        Cell::Text(app.id.name.clone(), Tone::Plain),
        text(&app.id.namespace, Tone::Dim),
        or_dash(&app.sync.word, app.sync.tone),
        or_dash(&app.health.word, app.health.tone),
        or_dash(&app.operation.word, app.operation.tone),
        drift,
        or_dash(&app.revision, Tone::Plain),
        Cell::Text(app.auto.word().into(), auto_tone),
        since(if app.running && app.operation.since > 0 { app.operation.since } else { app.since }),
        elsewhere,
        text(&line(&app.message), trouble.min(Tone::Warn).max(Tone::Plain)),
        text(&app.project, Tone::Plain),
        text(&app.source, Tone::Plain),
        text(&app.target, Tone::Plain),
        match &app.parent {
            Some(parent) => Cell::Text(parent.to_string().into(), Tone::Plain),
            None => Cell::Empty,
        },
        off,
        rank(trouble),
    ];
    Row {
        created: app.since,
        health: app.condition,
        tone: if trouble > Tone::Good { trouble } else { Tone::Plain },
        ..Row::bare(app.id.key(), cells)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::cmp::Ordering;

    #[test]
    fn words_of_trouble_stand_in_its_order() {
        let tones = [Tone::Plain, Tone::Good, Tone::Busy, Tone::Warn, Tone::Bad];
        for pair in tones.windows(2) {
            assert!(pair[0] < pair[1], "{pair:?}");
            assert_eq!(rank(pair[0]).order(&rank(pair[1])), Ordering::Less, "{pair:?}");
        }
    }
}
