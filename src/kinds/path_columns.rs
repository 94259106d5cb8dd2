//! Columns whose cells come from JSONPaths: how a value becomes a cell.

use super::build::timestamp;
use super::{PrinterColumn, RowBuilder, UserColumn, UserColumnKind};
use crate::model::{Cell, Column, ColumnKind, ColumnSource, Tone};
use crate::text::jsonpath::{Keys, Node, Path, Picker};
use crate::text::sanitise;

/// What a column's values are turned into.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Shape {
    Integer,
    Number,
    Text,
    Boolean,
    Date,
    /// A number of a user column: a number, or text that is one.
    Figure,
    /// A declared type that the API server does not know either: always empty.
    Nothing,
}

#[derive(Debug)]
struct PathColumn {
    /// None where it could not be read: the cell stays empty.
    path: Option<Path>,
    shape: Shape,
    /// Values are words like `Ready` and `False`, coloured by their meaning.
    verdict: bool,
}

/// Columns that take their cells from paths, in order.
#[derive(Debug, Default)]
pub(super) struct PathColumns {
    columns: Vec<PathColumn>,
}

/// Titles of columns that tell how an object is.
const VERDICTS: &[&str] = &[
    "READY",
    "STATUS",
    "STATE",
    "PHASE",
    "HEALTH",
    "HEALTHY",
    "SYNCED",
    "SYNC STATUS",
    "AVAILABLE",
    "HEALTH STATUS",
    "ACCEPTED",
    "PROGRAMMED",
    "ESTABLISHED",
    "INSTALLED",
    "SUCCEEDED",
];

pub(super) fn is_verdict(title: &str) -> bool {
    VERDICTS.iter().any(|verdict| verdict.eq_ignore_ascii_case(title))
}

/// Longest title of a declared column, in characters: a CRD's author may write anything.
const MAX_TITLE: usize = 60;

/// A column's declared name as its title: upper case, as the server's tables have it, and as safe
/// to draw as any text from a cluster.
fn titled(name: &str) -> String {
    cut(&sanitise::clean(name).to_uppercase(), MAX_TITLE)
}

/// What somebody declared, short enough to be part of a message.
fn quoted(declared: &str) -> String {
    cut(&sanitise::clean(declared), 2 * MAX_TITLE)
}

fn cut(text: &str, most: usize) -> String {
    match text.char_indices().nth(most) {
        Some((at, _)) => format!("{}\u{2026}", &text[..at]),
        None => text.to_owned(),
    }
}

impl PathColumns {
    pub(super) fn is_empty(&self) -> bool {
        self.columns.is_empty()
    }

    /// How many cells it pushes.
    pub(super) fn len(&self) -> usize {
        self.columns.len()
    }

    /// Adds a CRD's columns, whose cells begin at `first`; returns them for the schema.
    pub(super) fn add_printer(
        &mut self,
        declared: &[PrinterColumn],
        first: usize,
        warnings: &mut Vec<String>,
    ) -> Vec<Column> {
        // The API server stops at the first path it cannot read; we show the rest, as ours.
        let mut server = true;
        let mut columns = Vec::with_capacity(declared.len());
        for column in declared {
            let title = titled(&column.name);
            let date = column.value_type == "date";
            let age = date && column.json_path.trim() == ".metadata.creationTimestamp";
            let source = if age {
                ColumnSource::Created
            } else {
                let path = Path::parse(&column.json_path, Keys::Dotted).map_err(|error| {
                    server = false;
                    warnings.push(format!(
                        "column {title}: its JSONPath {} cannot be read {error}",
                        quoted(&column.json_path)
                    ));
                });
                let verdict = is_verdict(&title);
                let shape = match column.value_type.as_str() {
                    "integer" => Shape::Integer,
                    "number" => Shape::Number,
                    "string" => Shape::Text,
                    "boolean" => Shape::Boolean,
                    "date" => Shape::Date,
                    _ => Shape::Nothing,
                };
                self.columns.push(PathColumn { path: path.ok(), shape, verdict });
                cell_source(first + self.columns.len() - 1)
            };
            let kind = match column.value_type.as_str() {
                "integer" | "number" => ColumnKind::Number,
                "date" => ColumnKind::Clock,
                _ => ColumnKind::Text,
            };
            columns.push(Column {
                drop: if age { 1 } else { 5 },
                wide: column.priority > 0,
                max_width: 60,
                title: title.into(),
                kind,
                source,
                server,
            });
        }
        columns
    }

    /// Adds a person's columns, whose cells begin at `first`; returns them for the schema.
    pub(super) fn add_user(
        &mut self,
        declared: &[UserColumn],
        first: usize,
        warnings: &mut Vec<String>,
    ) -> Vec<Column> {
        let mut columns = Vec::with_capacity(declared.len());
        for column in declared {
            let title = titled(&column.title);
            let path = Path::parse(&column.json_path, Keys::Literal).map_err(|error| {
                warnings.push(format!(
                    "column {title}: the JSONPath {} cannot be read {error}",
                    quoted(&column.json_path)
                ));
            });
            let (shape, kind) = match column.kind {
                UserColumnKind::Text => (Shape::Text, ColumnKind::Text),
                UserColumnKind::Number => (Shape::Figure, ColumnKind::Number),
                UserColumnKind::Date => (Shape::Date, ColumnKind::Clock),
            };
            self.columns.push(PathColumn { path: path.ok(), shape, verdict: is_verdict(&title) });
            columns.push(Column {
                source: cell_source(first + self.columns.len() - 1),
                drop: 4,
                wide: column.wide,
                max_width: 60,
                title: title.into(),
                kind,
                server: false,
            });
        }
        columns
    }

    /// Wants what the paths need.
    pub(super) fn want(&self, picker: &mut Picker) {
        for path in self.columns.iter().filter_map(|column| column.path.as_ref()) {
            picker.add(path);
        }
    }

    /// Pushes one cell for each column.
    pub(super) fn push(&self, tree: &Node<'_>, row: &mut RowBuilder<'_>) {
        for column in &self.columns {
            let value = column.path.as_ref().and_then(|path| path.first(tree));
            let cell = value.map_or(Cell::Empty, |value| column.cell(value, row));
            row.cell(cell);
        }
    }
}

fn cell_source(index: usize) -> ColumnSource {
    ColumnSource::Cell(u16::try_from(index).unwrap_or(u16::MAX))
}

impl PathColumn {
    /// The cell of a value, by the rules of the API server's table convertor for custom resources.
    fn cell(&self, value: &Node<'_>, row: &mut RowBuilder<'_>) -> Cell {
        match (self.shape, value) {
            (Shape::Text, value) => {
                let text = value.go_text();
                if text.is_empty() {
                    return Cell::Empty;
                }
                let tone = match value {
                    Node::Null => Tone::Dim,
                    _ if self.verdict => super::generic::word_tone(&text),
                    _ => Tone::Plain,
                };
                Cell::Text(row.shared(&text), tone)
            }
            (Shape::Integer | Shape::Number | Shape::Figure, Node::Int(n)) => Cell::Int(*n),
            // Go cuts the fraction off, and on amd64 makes the smallest number of what is too big.
            #[allow(clippy::cast_possible_truncation, clippy::cast_precision_loss)]
            (Shape::Integer, Node::Float(x)) => {
                Cell::Int(if x.abs() < i64::MAX as f64 { *x as i64 } else { i64::MIN })
            }
            // A whole number arrives as such in the server's JSON.
            #[allow(clippy::cast_possible_truncation, clippy::cast_precision_loss)]
            (Shape::Number | Shape::Figure, Node::Float(x))
                if x.fract() == 0.0 && x.abs() < i64::MAX as f64 =>
            {
                Cell::Int(*x as i64)
            }
            (Shape::Number | Shape::Figure, Node::Float(_)) => {
                Cell::Text(row.shared(&value.go_text()), Tone::Plain)
            }
            (Shape::Figure, Node::Str(text)) => match text.trim().parse() {
                Ok(n) => Cell::Int(n),
                Err(_) => Cell::Text(row.shared(text), Tone::Plain),
            },
            (Shape::Boolean, Node::Bool(_)) => {
                Cell::Text(row.shared(&value.go_text()), Tone::Plain)
            }
            (Shape::Date, Node::Str(text)) => date(text),
            _ => Cell::Empty,
        }
    }
}

/// An RFC 3339 moment as the server reads it: nothing and the year 1 are `<unknown>`.
fn date(text: &str) -> Cell {
    /// 0001-01-01T00:00:00Z, Go's zero time.
    const ZERO: i64 = -62_135_596_800;
    let strict = text.as_bytes().get(10) == Some(&b'T') && !text.contains(['z', 't']);
    match timestamp(text) {
        _ if text.is_empty() || text == "null" => {
            Cell::Text(arcstr::literal!("<unknown>"), Tone::Dim)
        }
        Some(ZERO) => Cell::Text(arcstr::literal!("<unknown>"), Tone::Dim),
        Some(at) if strict => Cell::Since(at),
        _ => Cell::Text(arcstr::literal!("<invalid>"), Tone::Dim),
    }
}
