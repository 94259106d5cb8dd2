//! Lease.

use super::build::timestamp;
use super::de::{Meta, Str, nullable};
use super::proto::messages;
use super::{ColumnSpec, KindSpec, Object, RowBuilder, Skip};
use crate::model::{Cell, Tone};
use serde::Deserialize;

pub(super) static SPEC: KindSpec = KindSpec {
    group: "coordination.k8s.io",
    plural: "leases",
    kind: "Lease",
    namespaced: true,
    columns: &[
        ColumnSpec::text("HOLDER").drop(0),
        ColumnSpec::clock("RENEWED").ours().drop(2),
        ColumnSpec::clock("DURATION").ours().drop(4),
        ColumnSpec::age(),
    ],
    sort: None,
    project,
    proto: Some(("v1", &messages::LEASE)),
};

#[derive(Default, Deserialize)]
#[serde(default)]
struct Facts<'a> {
    #[serde(borrow, deserialize_with = "nullable")]
    metadata: Meta<'a>,
    #[serde(deserialize_with = "nullable")]
    spec: Spec<'a>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Spec<'a> {
    #[serde(borrow)]
    holder_identity: Str<'a>,
    renew_time: Str<'a>,
    lease_duration_seconds: Option<i64>,
}

fn project(object: Object<'_>, row: &mut RowBuilder<'_>) -> Result<(), Skip> {
    let Facts { metadata, spec } = object.read()?;
    row.meta(&metadata);
    row.text(&spec.holder_identity, Tone::Plain);
    row.cell(timestamp(&spec.renew_time).map_or(Cell::Empty, Cell::Since));
    row.cell(spec.lease_duration_seconds.map_or(Cell::Empty, Cell::Seconds));
    Ok(())
}
