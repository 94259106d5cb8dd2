//! Roles and bindings with what they say, for who may do what: one cell with compact JSON, which the
//! floor above reads. Tables only count rules.

use super::de::{Meta, Pairs, Str, nullable};
use super::pod_selector::{Selector, format_labels};
use super::{RowBuilder, Skip, facet_schema};
use crate::model::{Cell, Resource, Schema, Tone};
use crate::text::Text;
use serde_json::value::RawValue;

/// Whether the kind is one of the four.
pub(super) fn serves(resource: &Resource) -> bool {
    resource.gvr.group == "rbac.authorization.k8s.io"
}

/// The columns of its rows. They are read by the program only.
pub(super) fn schema(resource: &Resource) -> Schema {
    facet_schema::one_cell(resource, "RULES")
}

#[derive(Default, serde::Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Facts<'a> {
    #[serde(borrow, deserialize_with = "nullable")]
    metadata: Meta<'a>,
    #[serde(borrow)]
    rules: Option<&'a RawValue>,
    role_ref: Option<&'a RawValue>,
    subjects: Option<&'a RawValue>,
    #[serde(deserialize_with = "nullable")]
    aggregation_rule: Aggregation<'a>,
}

#[derive(Default, serde::Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Aggregation<'a> {
    #[serde(borrow, deserialize_with = "nullable")]
    cluster_role_selectors: Vec<Selector<'a>>,
}

#[derive(Default, serde::Deserialize)]
#[serde(default)]
struct Labelled<'a> {
    #[serde(borrow, deserialize_with = "nullable")]
    metadata: Labels<'a>,
}

#[derive(Default, serde::Deserialize)]
#[serde(default)]
struct Labels<'a> {
    #[serde(borrow)]
    labels: Pairs<'a, Str<'a>>,
}

/// What the cell holds.
#[derive(serde::Serialize)]
#[serde(rename_all = "camelCase")]
struct Said<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    rules: Option<&'a RawValue>,
    #[serde(skip_serializing_if = "Option::is_none")]
    role_ref: Option<&'a RawValue>,
    #[serde(skip_serializing_if = "Option::is_none")]
    subjects: Option<&'a RawValue>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    aggregates: Vec<String>,
    #[serde(skip_serializing_if = "String::is_empty")]
    labels: String,
}

/// Reads a role or a binding of either scope.
pub(super) fn project(json: &[u8], row: &mut RowBuilder<'_>) -> Result<(), Skip> {
    let facts: Facts<'_> = serde_json::from_slice(json)?;
    let labelled: Labelled<'_> = serde_json::from_slice(json)?;
    row.meta(&facts.metadata);
    let said = Said {
        rules: facts.rules,
        role_ref: facts.role_ref,
        subjects: facts.subjects,
        aggregates: facts
            .aggregation_rule
            .cluster_role_selectors
            .iter()
            .filter_map(Selector::format)
            .collect(),
        labels: format_labels(&labelled.metadata.labels),
    };
    // Whoever reads the JSON cleans its strings: cleaning the text would break its quotes.
    row.cell(Cell::Text(Text::from(serde_json::to_string(&said)?), Tone::Plain));
    Ok(())
}
