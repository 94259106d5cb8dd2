//! The filter language.

use super::{Metrics, Row, Schema};

/// Why a filter cannot be used, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct QueryError {
    /// Byte offset in the filter text.
    pub at: usize,
    /// What is wrong and what would be right.
    pub message: String,
}

/// A parsed filter.
#[derive(Clone, Debug, Default)]
pub struct Query {
    text: String,
}

impl Query {
    /// Parses a filter as typed after `/`.
    pub fn parse(text: &str) -> Result<Self, QueryError> {
        Ok(Self { text: text.to_owned() })
    }

    /// Whether every row matches.
    pub fn is_empty(&self) -> bool {
        self.text.is_empty()
    }

    /// The label selector of a `-l` or `key=value` filter: it is asked of the server, not of rows.
    pub fn labels(&self) -> Option<&str> {
        None
    }

    /// Checks the fields it names against a table's columns; an unknown one is an error that names
    /// the nearest, never a silent miss.
    pub fn check(&self, _schema: &Schema) -> Result<(), QueryError> {
        Ok(())
    }

    /// Whether `row` passes. `now` is Unix seconds.
    pub fn matches(
        &self,
        _schema: &Schema,
        row: &Row,
        _metrics: Option<&Metrics>,
        _now: i64,
    ) -> bool {
        row.key.name.contains(&self.text)
    }
}
