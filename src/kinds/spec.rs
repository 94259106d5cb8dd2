//! What a kind's file says about it.

use super::proto::Message;
use super::{Object, RowBuilder};
use crate::model::{Column, ColumnKind, ColumnSource, Metric, Schema};

/// Why an object was left out of a table: it is counted and shown, and the stream goes on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Skip(pub String);

impl From<Skip> for String {
    fn from(skip: Skip) -> Self {
        skip.0
    }
}

impl From<serde_json::Error> for Skip {
    fn from(error: serde_json::Error) -> Self {
        Self(error.to_string())
    }
}

/// One kind: plain data and one function.
#[derive(Debug)]
pub struct KindSpec {
    /// API group; empty for core.
    pub group: &'static str,
    /// Plural resource name.
    pub plural: &'static str,
    /// Kind.
    pub kind: &'static str,
    /// Objects live in namespaces.
    pub namespaced: bool,
    /// Columns after NAMESPACE and NAME. The ones that take a cell are numbered in this order, and
    /// `project` pushes exactly one cell for each.
    pub columns: &'static [ColumnSpec],
    /// Title of the column sorted by at first, and whether descending. None: namespace and name.
    pub sort: Option<(&'static str, bool)>,
    /// Reads one object and fills in a row.
    pub project: fn(Object<'_>, &mut RowBuilder<'_>) -> Result<(), Skip>,
    /// The version whose objects can be read as protobuf too, and what their numbers mean. None for
    /// kinds that API servers write as JSON only, and for those whose file needs JSON.
    pub proto: Option<(&'static str, &'static Message)>,
}

/// A column as a kind's file declares it.
#[derive(Clone, Copy, Debug)]
pub struct ColumnSpec {
    title: &'static str,
    kind: ColumnKind,
    source: Source,
    wide: bool,
    drop: u8,
    max_width: u16,
    server: bool,
}

#[derive(Clone, Copy, Debug)]
enum Source {
    Cell,
    Created,
    Name,
    Metric(Metric, u16),
}

impl ColumnSpec {
    const fn new(title: &'static str, kind: ColumnKind, source: Source) -> Self {
        Self { title, kind, source, wide: false, drop: 5, max_width: 60, server: true }
    }

    /// A text column that the API server's Table has too.
    pub const fn text(title: &'static str) -> Self {
        Self::new(title, ColumnKind::Text, Source::Cell)
    }

    /// A right-aligned column that the API server's Table has too.
    pub const fn number(title: &'static str) -> Self {
        Self::new(title, ColumnKind::Number, Source::Cell)
    }

    /// A column of ages that the API server's Table has too.
    pub const fn clock(title: &'static str) -> Self {
        Self::new(title, ColumnKind::Clock, Source::Cell)
    }

    /// AGE, from creationTimestamp; takes no cell.
    pub const fn age() -> Self {
        Self::new("AGE", ColumnKind::Clock, Source::Created).drop(1)
    }

    /// NAME in another place than the first, for kinds whose names say little (events); takes no cell.
    pub const fn name() -> Self {
        Self::new("NAME", ColumnKind::Text, Source::Name).max(80)
    }

    /// A live figure from metrics.k8s.io; takes no cell. `base` is the number of the cell with the
    /// request or limit it is a share of.
    pub const fn metric(title: &'static str, metric: Metric, base: u16) -> Self {
        Self::new(title, ColumnKind::Number, Source::Metric(metric, base)).ours()
    }

    /// Shown in wide mode only (the server's priority > 0).
    #[must_use]
    pub const fn wide(mut self) -> Self {
        self.wide = true;
        self
    }

    /// A column of ours that the API server's Table does not have.
    #[must_use]
    pub const fn ours(mut self) -> Self {
        self.server = false;
        self
    }

    /// When the terminal is narrow, columns with the greatest number leave first; 0 never leaves.
    /// The default is 5.
    #[must_use]
    pub const fn drop(mut self, order: u8) -> Self {
        self.drop = order;
        self
    }

    /// Widest it may become in terminal cells; the default is 60.
    #[must_use]
    pub const fn max(mut self, width: u16) -> Self {
        self.max_width = width;
        self
    }
}

impl KindSpec {
    /// The run-time schema: NAMESPACE (if any), NAME (unless declared), then the declared columns.
    pub fn schema(&self) -> Schema {
        let fixed = |title: &str, source, max_width| Column {
            title: title.into(),
            kind: ColumnKind::Text,
            source,
            wide: false,
            drop: 0,
            max_width,
            server: true,
        };
        let mut columns = Vec::with_capacity(self.columns.len() + 2);
        if self.namespaced {
            columns.push(fixed("NAMESPACE", ColumnSource::Namespace, 40));
        }
        if !self.columns.iter().any(|column| matches!(column.source, Source::Name)) {
            columns.push(fixed("NAME", ColumnSource::Name, 80));
        }
        let mut cell = 0;
        for spec in self.columns {
            let source = match spec.source {
                Source::Created => ColumnSource::Created,
                Source::Name => ColumnSource::Name,
                Source::Metric(metric, base) => ColumnSource::Metric(metric, base),
                Source::Cell => {
                    cell += 1;
                    ColumnSource::Cell(cell - 1)
                }
            };
            columns.push(Column {
                title: spec.title.into(),
                kind: spec.kind,
                source,
                wide: spec.wide,
                drop: spec.drop,
                max_width: spec.max_width,
                server: spec.server,
            });
        }
        let mut schema = Schema {
            kind: self.kind.into(),
            namespaced: self.namespaced,
            columns,
            default_sort: None,
        };
        schema.default_sort = self
            .sort
            .and_then(|(title, descending)| schema.find(title).map(|column| (column, descending)));
        schema
    }

    /// How many cells `project` pushes.
    pub fn cells(&self) -> usize {
        self.columns.iter().filter(|column| matches!(column.source, Source::Cell)).count()
    }
}
