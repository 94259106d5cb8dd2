//! Role. The server has no printer for roles: its Table shows the creation time as it is stored.

use super::de::{Meta, nullable};
use super::proto::messages;
use super::{ColumnSpec, KindSpec, Object, RowBuilder, Skip};
use crate::model::Tone;
use serde::de::IgnoredAny;

pub(super) static SPEC: KindSpec = KindSpec {
    group: "rbac.authorization.k8s.io",
    plural: "roles",
    kind: "Role",
    namespaced: true,
    columns: &[
        ColumnSpec::text("CREATED AT").drop(8),
        ColumnSpec::number("RULES").ours().drop(2),
        ColumnSpec::age().ours(),
    ],
    sort: None,
    project,
    proto: Some(("v1", &messages::ROLE)),
};

#[derive(Default, serde::Deserialize)]
#[serde(default)]
struct Facts<'a> {
    #[serde(borrow, deserialize_with = "nullable")]
    metadata: Meta<'a>,
    #[serde(deserialize_with = "nullable")]
    rules: Vec<IgnoredAny>,
}

fn project(object: Object<'_>, row: &mut RowBuilder<'_>) -> Result<(), Skip> {
    let facts: Facts<'_> = object.read()?;
    row.meta(&facts.metadata);
    row.own_text(&facts.metadata.creation_timestamp, Tone::Dim);
    row.int(i64::try_from(facts.rules.len()).unwrap_or(i64::MAX));
    Ok(())
}
