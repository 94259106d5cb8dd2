//! Rows made up for this floor's tests.

use super::{Cell, Column, ColumnKind, ColumnSource, Health, Key, Links, Row, Schema, Text, Tone};

pub(crate) fn key(namespace: &str, name: &str) -> Key {
    Key { namespace: namespace.into(), name: name.into() }
}

pub(crate) fn row<const N: usize>(key: Key, cells: [Cell; N]) -> Row {
    Row {
        key,
        uid: 1,
        version: 1,
        created: 0,
        health: Health::Healthy,
        tone: Tone::Plain,
        terminating: false,
        cells: cells.into(),
        links: Links::default(),
    }
}

pub(crate) fn text(s: &str) -> Cell {
    Cell::Text(Text::from(s), Tone::Plain)
}

pub(crate) fn column(title: &str, kind: ColumnKind, source: ColumnSource) -> Column {
    Column { title: title.into(), kind, source, wide: false, drop: 5, max_width: 60, server: true }
}

/// The columns of a pod, roughly: NAMESPACE, NAME, READY, STATUS, RESTARTS, AGE, CPU, MEM, IP, NODE.
pub(crate) fn pods() -> Schema {
    use ColumnKind as Kind;
    use ColumnSource::Cell;
    let mut columns = vec![
        column("NAMESPACE", Kind::Text, ColumnSource::Namespace),
        column("NAME", Kind::Text, ColumnSource::Name),
        column("READY", Kind::Number, Cell(0)),
        column("STATUS", Kind::Text, Cell(1)),
        column("RESTARTS", Kind::Number, Cell(2)),
        column("AGE", Kind::Clock, ColumnSource::Created),
        column("CPU", Kind::Number, ColumnSource::Metric(super::Metric::Cpu, 0)),
        column("MEM", Kind::Number, ColumnSource::Metric(super::Metric::Memory, 0)),
        column("IP", Kind::Text, Cell(3)),
        column("NODE", Kind::Text, Cell(4)),
    ];
    columns[8].wide = true;
    columns[9].wide = true;
    Schema { kind: "Pod".into(), namespaced: true, columns, default_sort: None }
}
