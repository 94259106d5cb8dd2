//! ClusterRole. The server has no printer for roles: its Table shows the creation time as it is stored.

use super::de::{Meta, nullable};
use super::pod_selector::Selector;
use super::proto::messages;
use super::{ColumnSpec, KindSpec, Object, RowBuilder, Skip, refs};
use crate::model::Tone;
use serde::de::IgnoredAny;

pub(super) static SPEC: KindSpec = KindSpec {
    group: "rbac.authorization.k8s.io",
    plural: "clusterroles",
    kind: "ClusterRole",
    namespaced: false,
    columns: &[
        ColumnSpec::text("CREATED AT").drop(8),
        ColumnSpec::number("RULES").ours().drop(2),
        ColumnSpec::age().ours(),
        ColumnSpec::text("AGGREGATES").ours().wide(),
    ],
    sort: None,
    project,
    proto: Some(("v1", &messages::CLUSTER_ROLE)),
};

#[derive(Default, serde::Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Facts<'a> {
    #[serde(borrow, deserialize_with = "nullable")]
    metadata: Meta<'a>,
    #[serde(deserialize_with = "nullable")]
    rules: Vec<IgnoredAny>,
    #[serde(deserialize_with = "nullable")]
    aggregation_rule: Aggregation<'a>,
}

#[derive(Default, serde::Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Aggregation<'a> {
    #[serde(borrow, deserialize_with = "nullable")]
    cluster_role_selectors: Vec<Selector<'a>>,
}

fn project(object: Object<'_>, row: &mut RowBuilder<'_>) -> Result<(), Skip> {
    let facts: Facts<'_> = object.read()?;
    row.meta(&facts.metadata);
    row.own_text(&facts.metadata.creation_timestamp, Tone::Dim);
    row.int(i64::try_from(facts.rules.len()).unwrap_or(i64::MAX));
    let queries: Vec<String> =
        facts.aggregation_rule.cluster_role_selectors.iter().filter_map(Selector::format).collect();
    row.text(&queries.join(" or "), Tone::Plain);
    // Several selectors are alternatives, which one list request cannot ask for.
    if let [query] = queries.as_slice() {
        refs::children(row, "clusterroles.rbac.authorization.k8s.io", "", query, "");
    }
    Ok(())
}
