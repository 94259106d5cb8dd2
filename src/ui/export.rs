//! A table as a file: what is shown, in its order, all of it.

use super::panes::browse::{Browse, Source};
use crate::model::{Metrics, Row, Schema};

fn rows<'a>(browse: &'a Browse, source: Source<'a>) -> impl Iterator<Item = &'a Row> {
    browse.order().iter().filter_map(move |slot| source.table.row(*slot))
}

/// Comma-separated values (RFC 4180) with the texts on screen; wide columns where they are shown.
pub fn csv(browse: &Browse, source: Source<'_>, now: i64) -> String {
    let columns: Vec<_> =
        source.schema.columns.iter().filter(|column| browse.wide || !column.wide).collect();
    let mut out = String::new();
    let titles: Vec<String> = columns.iter().map(|column| csv_field(&column.title)).collect();
    out.push_str(&titles.join(","));
    out.push('\n');
    let mut text = String::new();
    for row in rows(browse, source) {
        for (i, column) in columns.iter().enumerate() {
            if i > 0 {
                out.push(',');
            }
            text.clear();
            source.schema.cell(column, row, source.metrics).write(now, &mut text);
            out.push_str(&csv_field(&text));
        }
        out.push('\n');
    }
    out
}

/// One field of a CSV line.
pub fn csv_field(field: &str) -> String {
    // A leading sign would make a spreadsheet take the text of a cluster for a formula.
    let risky = field.starts_with(['=', '+', '-', '@']) && field.len() > 1;
    if risky || field.contains([',', '"', '\n', '\r']) {
        let guard = if risky { "'" } else { "" };
        format!("\"{guard}{}\"", field.replace('"', "\"\""))
    } else {
        field.to_owned()
    }
}

/// One JSON object per line, with typed cells of all columns: the same as `get -o rows`.
pub fn json_lines(browse: &Browse, source: Source<'_>) -> String {
    let mut out = String::new();
    for row in rows(browse, source) {
        out.push_str(&row_json(source.schema, row, source.metrics).to_string());
        out.push('\n');
    }
    out
}

/// One row with typed cells, identity first.
pub fn row_json(schema: &Schema, row: &Row, metrics: Option<&Metrics>) -> serde_json::Value {
    let mut object = serde_json::Map::new();
    object.insert("kind".into(), schema.kind.as_str().into());
    object.insert("namespace".into(), row.key.namespace.as_str().into());
    object.insert("name".into(), row.key.name.as_str().into());
    object.insert("uid".into(), row.uid_text().as_str().into());
    object.insert("resourceVersion".into(), row.version.to_string().into());
    let mut cells = serde_json::Map::new();
    for column in &schema.columns {
        use crate::model::ColumnSource::{Name, Namespace};
        if matches!(column.source, Namespace | Name) {
            continue;
        }
        cells.insert(column.title.to_string(), schema.cell(column, row, metrics).json());
    }
    object.insert("cells".into(), cells.into());
    object.into()
}
