//! LimitRange: the server has no columns of its own for it.

use super::de::{Meta, Str, nullable};
use super::proto::messages;
use super::{ColumnSpec, KindSpec, Object, RowBuilder, Skip};
use crate::model::Tone;
use serde::Deserialize;

pub(super) static SPEC: KindSpec = KindSpec {
    group: "",
    plural: "limitranges",
    kind: "LimitRange",
    namespaced: true,
    columns: &[
        ColumnSpec::text("CREATED AT").drop(4),
        ColumnSpec::text("LIMITS").ours().drop(2),
        ColumnSpec::age().ours(),
    ],
    sort: None,
    project,
    proto: Some(("v1", &messages::LIMIT_RANGE)),
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
#[serde(default)]
struct Spec<'a> {
    #[serde(borrow, deserialize_with = "nullable")]
    limits: Vec<Limit<'a>>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Limit<'a> {
    #[serde(borrow, rename = "type")]
    kind: Str<'a>,
}

fn project(object: Object<'_>, row: &mut RowBuilder<'_>) -> Result<(), Skip> {
    let Facts { metadata, spec } = object.read()?;
    row.meta(&metadata);
    row.own_text(&metadata.creation_timestamp, Tone::Plain);
    let kinds: Vec<&str> = spec.limits.iter().map(|limit| &*limit.kind).collect();
    row.text(&kinds.join(","), Tone::Plain);
    Ok(())
}
