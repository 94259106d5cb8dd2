//! A kind's own rows with one column more: who manages each object. What an object says itself, or
//! else what owns it; tables do without unless somebody asks, so that they never pay for it.

use super::provenance::{Evidence, Provenance};
use super::{RowBuilder, Skip};
use crate::model::{Cell, Column, ColumnKind, ColumnSource, Link, Resource, Schema, Text, Tone};

/// Title of the column.
const TITLE: &str = "MANAGER";

/// How the column of one kind is filled in.
#[derive(Debug)]
pub(super) struct Manager {
    group: Text,
    kind: Text,
    /// Number of its cell: after those of the kind.
    at: usize,
}

impl Manager {
    /// Of this resource, whose own rows have these columns; and the columns with this one.
    pub(super) fn new(resource: &Resource, own: &Schema) -> (Self, Schema) {
        let cells = own.columns.iter().filter_map(|column| match column.source {
            ColumnSource::Cell(at) => Some(at + 1),
            _ => None,
        });
        let at = cells.max().unwrap_or(0);
        let mut schema = own.clone();
        schema.columns.push(Column {
            title: TITLE.into(),
            kind: ColumnKind::Text,
            source: ColumnSource::Cell(at),
            wide: false,
            drop: 2,
            max_width: 40,
            server: false,
        });
        let manager = Self {
            group: resource.gvr.group.clone(),
            kind: resource.kind.clone(),
            at: usize::from(at),
        };
        (manager, schema)
    }

    /// Adds the cell to the kind's own row of the same object: `argocd/payments`, or the owner, dim,
    /// where there is one, which is to be asked instead.
    pub(super) fn add(&self, json: &[u8], row: &mut RowBuilder<'_>) -> Result<(), Skip> {
        while row.cells() < self.at {
            row.cell(Cell::Empty);
        }
        if let Some(Link::Owner { kind, name, .. }) = row.first_owner() {
            let owner = format!("{kind}/{name}");
            row.text(&owner, Tone::Dim);
            return Ok(());
        }
        let found = Provenance::of_json(json, &self.group, &self.kind)?;
        match found.first().filter(|claim| claim.evidence != Evidence::Nothing) {
            Some(claim) => {
                let doubtful = !found.contradiction().is_empty();
                let tone = if doubtful { Tone::Warn } else { Tone::Plain };
                row.text(&claim.app.to_string(), tone);
            }
            None => row.none(),
        }
        Ok(())
    }
}
