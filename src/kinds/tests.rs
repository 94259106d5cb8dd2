//! Every kind against its fixture: what its rows look like, cell by cell.
//!
//! `tests/fixtures/kinds/<plural>.json` holds the objects (a JSON array or a List),
//! `<plural>.golden.txt` the rows expected of them; `<plural>.<group>` where two groups serve the
//! same plural. `UPDATE_GOLDEN=1` writes the golden files anew: then read the difference.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use super::build::Pool;
use super::{KindSpec, Object, RowBuilder, SPECS};
use crate::model::{Cell, Column, ColumnSource, Link, Metrics, Row, Schema, Tone, Usage};
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

/// 2026-01-01T00:00:00Z
const NOW: i64 = 1_767_225_600;

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/kinds")
}

pub(super) fn stem(spec: &KindSpec) -> String {
    let twins = SPECS.iter().filter(|other| other.plural == spec.plural).count();
    if twins > 1 && !spec.group.is_empty() {
        format!("{}.{}", spec.plural, spec.group)
    } else {
        spec.plural.to_owned()
    }
}

pub(super) fn objects(stem: &str) -> Vec<Box<serde_json::value::RawValue>> {
    #[derive(serde::Deserialize)]
    struct List {
        items: Vec<Box<serde_json::value::RawValue>>,
    }
    let path = folder().join(format!("{stem}.json"));
    let text = std::fs::read_to_string(&path)
        .unwrap_or_else(|e| panic!("{}: {e}; every kind in SPECS has a fixture", path.display()));
    if text.trim_start().starts_with('[') {
        serde_json::from_str(&text)
    } else {
        serde_json::from_str::<List>(&text).map(|list| list.items)
    }
    .unwrap_or_else(|e| panic!("{}: {e}", path.display()))
}

/// The cell as tables draw it, and its tone where that is not the usual one.
fn show(cell: &Cell) -> String {
    match cell.tone() {
        Tone::Plain => cell.text(NOW),
        tone => format!("{}  [{tone:?}]", cell.text(NOW)),
    }
}

fn show_link(link: &Link) -> String {
    match link {
        Link::Owner { api_version, kind, name } => format!("owner {api_version} {kind}/{name}"),
        Link::Ref { field, group, kind, namespace, name } => {
            let dot = if group.is_empty() { "" } else { "." };
            let slash = if namespace.is_empty() { "" } else { "/" };
            format!("ref {field}: {kind}{dot}{group} {namespace}{slash}{name}")
        }
        Link::Children { plural, namespace, labels, fields, owner } => format!(
            "children {plural} namespace={namespace} labels={labels} fields={fields} owner={owner}"
        ),
        Link::Labels(labels) => format!("labels {labels}"),
        Link::Makes(labels) => format!("makes pods with {labels}"),
        Link::Selects { field, group, kind, namespace, labels } => {
            let dot = if group.is_empty() { "" } else { "." };
            format!("selects {field}: {kind}{dot}{group} namespace={namespace} labels={labels}")
        }
    }
}

/// `  TITLE=cell`; None for an empty cell, so that golden files stay short.
fn show_column(schema: &Schema, column: &Column, row: &Row, metrics: &Metrics) -> Option<String> {
    let ours = if column.server { "" } else { "*" };
    let wide = if column.wide { "+" } else { "" };
    let cell = schema.cell(column, row, Some(metrics));
    let text = show(&cell);
    (!text.is_empty()).then(|| format!("  {}{wide}{ours}={text}", column.title))
}

fn show_row(schema: &Schema, row: &Row) -> String {
    let usage = Usage { cpu_millis: 100, memory_bytes: 100 << 20 };
    let metrics = Metrics::new([(row.key.clone(), usage)]);
    let mut out = String::new();
    let _ = writeln!(
        out,
        "{}/{} {:?} {:?}{}",
        row.key.namespace,
        row.key.name,
        row.health,
        row.tone,
        if row.terminating { " terminating" } else { "" }
    );
    for column in &schema.columns {
        if matches!(column.source, ColumnSource::Namespace | ColumnSource::Name) {
            continue;
        }
        if let Some(line) = show_column(schema, column, row, &metrics) {
            let _ = writeln!(out, "{line}");
        }
    }
    for link in row.links.iter() {
        let _ = writeln!(out, "  -> {}", show_link(link));
    }
    out
}

fn render(spec: &KindSpec) -> String {
    let schema = spec.schema();
    let mut pool = Pool::default();
    let mut out = String::from(
        "# `+` wide mode only, `*` ours, empty cells left out; now is 2026-01-01T00:00:00Z\n",
    );
    for object in objects(&stem(spec)) {
        let mut row = RowBuilder::new(&mut pool);
        match (spec.project)(Object::Json(object.get().as_bytes()), &mut row) {
            Ok(()) => {
                let row = row.finish();
                assert_eq!(row.cells.len(), spec.cells(), "{}: one cell per column", spec.kind);
                out.push_str(&show_row(&schema, &row));
            }
            Err(skip) => {
                let _ = writeln!(out, "skipped: {}", skip.0);
            }
        }
    }
    out
}

#[test]
fn rows_are_as_reviewed() {
    let mut faults = String::new();
    for spec in SPECS {
        let got = render(spec);
        let path = folder().join(format!("{}.golden.txt", stem(spec)));
        if std::env::var_os("UPDATE_GOLDEN").is_some() {
            std::fs::write(&path, &got).unwrap();
            continue;
        }
        let want = std::fs::read_to_string(&path).unwrap_or_default();
        if got != want {
            let diff = similar::TextDiff::from_lines(&want, &got);
            let _ = writeln!(
                faults,
                "{} differs (UPDATE_GOLDEN=1 writes it anew):\n{}",
                path.display(),
                diff.unified_diff().context_radius(2)
            );
        }
    }
    assert!(faults.is_empty(), "{faults}");
}

/// Nothing that the API could hand us may bring the program down, and what cannot be shown says why.
#[test]
fn odd_objects_never_panic() {
    let odd = [
        "null",
        "[]",
        "\"x\"",
        "{}",
        r#"{"metadata":null,"spec":null,"status":null}"#,
        r#"{"metadata":{"name":"bare"}}"#,
        r#"{"metadata":{"name":"bare","ownerReferences":null},"spec":{},"status":{}}"#,
        r#"{"metadata":{"name":"wrong","namespace":"ns"},"spec":7,"status":"x"}"#,
        r#"{"metadata":{"name":"late","creationTimestamp":"yesterday","resourceVersion":"x"}}"#,
    ];
    for spec in SPECS {
        for json in odd {
            let mut pool = Pool::default();
            let mut row = RowBuilder::new(&mut pool);
            match (spec.project)(Object::Json(json.as_bytes()), &mut row) {
                Ok(()) => assert_eq!(row.finish().cells.len(), spec.cells(), "{}", spec.kind),
                Err(skip) => assert!(!skip.0.is_empty(), "{} {json}", spec.kind),
            }
        }
    }
}

#[test]
fn kinds_are_sorted_and_unique() {
    let names: Vec<_> = SPECS.iter().map(|spec| (spec.group, spec.plural)).collect();
    assert!(names.is_sorted_by(|a, b| a < b), "{names:?}");
}
