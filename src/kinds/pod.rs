//! Pod.

use super::de::{Meta, nullable};
use super::{ColumnSpec, KindSpec, RowBuilder, Skip};
use crate::model::Tone;

pub(super) static SPEC: KindSpec = KindSpec {
    group: "",
    plural: "pods",
    kind: "Pod",
    namespaced: true,
    columns: &[ColumnSpec::text("STATUS").drop(0), ColumnSpec::age()],
    sort: None,
    project,
};

#[derive(serde::Deserialize)]
struct Facts<'a> {
    #[serde(borrow, default, deserialize_with = "nullable")]
    metadata: Meta<'a>,
}

fn project(json: &[u8], row: &mut RowBuilder<'_>) -> Result<(), Skip> {
    let facts: Facts<'_> = serde_json::from_slice(json)?;
    row.meta(&facts.metadata);
    row.text("?", Tone::Dim);
    Ok(())
}
