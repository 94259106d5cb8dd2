//! ConfigMap. Its values are counted, never read.

use super::count::KeyCount;
use super::de::{Meta, nullable};
use super::proto::messages;
use super::{ColumnSpec, KindSpec, Object, RowBuilder, Skip};
use crate::model::Tone;

pub(super) static SPEC: KindSpec = KindSpec {
    group: "",
    plural: "configmaps",
    kind: "ConfigMap",
    namespaced: true,
    columns: &[
        ColumnSpec::number("DATA").drop(2),
        ColumnSpec::age(),
        ColumnSpec::text("IMMUTABLE").ours().wide(),
    ],
    sort: None,
    project,
    proto: Some(("v1", &messages::CONFIG_MAP)),
};

#[derive(Default, serde::Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Facts<'a> {
    #[serde(borrow, deserialize_with = "nullable")]
    metadata: Meta<'a>,
    data: KeyCount,
    binary_data: KeyCount,
    immutable: Option<bool>,
}

fn project(object: Object<'_>, row: &mut RowBuilder<'_>) -> Result<(), Skip> {
    let facts: Facts<'_> = object.read()?;
    row.meta(&facts.metadata);
    row.int(i64::from(facts.data.0) + i64::from(facts.binary_data.0));
    row.text(if facts.immutable == Some(true) { "true" } else { "" }, Tone::Plain);
    Ok(())
}
