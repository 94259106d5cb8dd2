//! Columns of rows that no table shows: the program alone reads them.

use crate::model::{Column, ColumnKind, ColumnSource, Resource, Schema};

/// One column.
pub(super) fn column(title: &str, source: ColumnSource) -> Column {
    Column {
        title: title.into(),
        kind: ColumnKind::Text,
        source,
        wide: false,
        drop: 0,
        max_width: 80,
        server: false,
    }
}

/// Namespace, name, and one cell under this title.
pub(super) fn one_cell(resource: &Resource, title: &str) -> Schema {
    Schema {
        kind: resource.kind.clone(),
        namespaced: resource.namespaced,
        columns: vec![
            column("NAMESPACE", ColumnSource::Namespace),
            column("NAME", ColumnSource::Name),
            column(title, ColumnSource::Cell(0)),
        ],
        default_sort: None,
    }
}
