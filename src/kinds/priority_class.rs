//! PriorityClass.

use super::de::{Meta, Str, nullable};
use super::proto::messages;
use super::{ColumnSpec, KindSpec, Object, RowBuilder, Skip};
use crate::model::Tone;
use serde::Deserialize;

pub(super) static SPEC: KindSpec = KindSpec {
    group: "scheduling.k8s.io",
    plural: "priorityclasses",
    kind: "PriorityClass",
    namespaced: false,
    columns: &[
        ColumnSpec::number("VALUE").drop(0),
        ColumnSpec::text("GLOBAL-DEFAULT").drop(2),
        ColumnSpec::age(),
        ColumnSpec::text("PREEMPTIONPOLICY").drop(3),
    ],
    sort: None,
    project,
    proto: Some(("v1", &messages::PRIORITY_CLASS)),
};

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Facts<'a> {
    #[serde(borrow, deserialize_with = "nullable")]
    metadata: Meta<'a>,
    #[serde(deserialize_with = "nullable")]
    value: i64,
    #[serde(deserialize_with = "nullable")]
    global_default: bool,
    preemption_policy: Str<'a>,
}

fn project(object: Object<'_>, row: &mut RowBuilder<'_>) -> Result<(), Skip> {
    let facts: Facts<'_> = object.read()?;
    row.meta(&facts.metadata);
    row.int(facts.value);
    if facts.global_default {
        row.text("true", Tone::Plain);
    } else {
        row.text("false", Tone::Dim);
    }
    row.text(&facts.preemption_policy, Tone::Plain);
    Ok(())
}
