//! Every kind without a file of its own: columns from its CRD's printer columns, health from its
//! conditions, links from its reference fields.

use super::de::{Meta, nullable};
use super::{RowBuilder, Skip};

#[derive(serde::Deserialize)]
struct Facts<'a> {
    #[serde(borrow, default, deserialize_with = "nullable")]
    metadata: Meta<'a>,
}

/// Reads one object and fills in a row.
pub(super) fn project(json: &[u8], row: &mut RowBuilder<'_>) -> Result<(), Skip> {
    let facts: Facts<'_> = serde_json::from_slice(json)?;
    row.meta(&facts.metadata);
    Ok(())
}
