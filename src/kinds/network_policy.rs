//! NetworkPolicy.

use super::de::{Meta, Str, nullable};
use super::pod_selector::Selector;
use super::proto::messages;
use super::{ColumnSpec, KindSpec, Object, RowBuilder, Skip, refs};
use crate::model::Tone;

pub(super) static SPEC: KindSpec = KindSpec {
    group: "networking.k8s.io",
    plural: "networkpolicies",
    kind: "NetworkPolicy",
    namespaced: true,
    columns: &[
        ColumnSpec::text("POD-SELECTOR").drop(2),
        ColumnSpec::age(),
        ColumnSpec::text("TYPES").ours().drop(3),
    ],
    sort: None,
    project,
    proto: Some(("v1", &messages::NETWORK_POLICY)),
};

#[derive(Default, serde::Deserialize)]
#[serde(default)]
struct Facts<'a> {
    #[serde(borrow, deserialize_with = "nullable")]
    metadata: Meta<'a>,
    #[serde(deserialize_with = "nullable")]
    spec: Spec<'a>,
}

#[derive(Default, serde::Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Spec<'a> {
    #[serde(borrow, deserialize_with = "nullable")]
    pod_selector: Selector<'a>,
    #[serde(deserialize_with = "nullable")]
    policy_types: Vec<Str<'a>>,
}

fn project(object: Object<'_>, row: &mut RowBuilder<'_>) -> Result<(), Skip> {
    let facts: Facts<'_> = object.read()?;
    row.meta(&facts.metadata);
    let query = facts.spec.pod_selector.format();
    match &query {
        Some(query) => row.text_or_none(query),
        None => row.text("<error>", Tone::Warn),
    }
    let types: Vec<&str> = facts.spec.policy_types.iter().map(|t| &**t).collect();
    row.text(&types.join(","), Tone::Plain);
    if let Some(query) = query {
        refs::children(row, "pods", &facts.metadata.namespace, &query, "");
    }
    Ok(())
}
