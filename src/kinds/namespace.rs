//! Namespace.

use super::de::{Meta, Str, nullable};
use super::health::{Condition, Verdict};
use super::proto::messages;
use super::{ColumnSpec, KindSpec, Object, RowBuilder, Skip, workload};
use crate::model::Link;
use crate::text::Text;
use serde::Deserialize;

pub(super) static SPEC: KindSpec = KindSpec {
    group: "",
    plural: "namespaces",
    kind: "Namespace",
    namespaced: false,
    columns: &[
        ColumnSpec::text("STATUS").drop(0),
        ColumnSpec::age(),
        ColumnSpec::text("REMAINS").ours().drop(2),
    ],
    sort: None,
    project,
    proto: Some(("v1", &messages::NAMESPACE)),
};

#[derive(Default, Deserialize)]
#[serde(default)]
struct Facts<'a> {
    #[serde(borrow, deserialize_with = "nullable")]
    metadata: Meta<'a>,
    #[serde(deserialize_with = "nullable")]
    status: Status<'a>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Status<'a> {
    #[serde(borrow)]
    phase: Str<'a>,
    #[serde(deserialize_with = "nullable")]
    conditions: Vec<Condition<'a>>,
}

fn project(object: Object<'_>, row: &mut RowBuilder<'_>) -> Result<(), Skip> {
    let Facts { metadata, status } = object.read()?;
    row.meta(&metadata);
    // What keeps a namespace from going, by the reasons its own controller gives.
    let remains: Vec<&str> =
        status.conditions.iter().filter(|c| c.is_true()).map(|c| &*c.reason).collect();
    let failing = status.conditions.iter().any(|c| c.is_true() && c.kind.contains("Failure"));
    let verdict = match &*status.phase {
        "Active" => Verdict::healthy(""),
        _ if failing => Verdict::bad(""),
        _ if !remains.is_empty() => Verdict::warn(""),
        _ => Verdict::busy(""),
    };
    row.text(&status.phase, verdict.tone);
    row.text_or_empty(&remains.join(","), verdict.tone);
    let link = Link::Children {
        plural: arcstr::literal!("pods"),
        namespace: row.unique(&metadata.name),
        labels: Text::new(),
        fields: Text::new(),
        owner: Text::new(),
    };
    row.link(link);
    workload::verdict(row, verdict);
    Ok(())
}
