//! GatewayClass of the Gateway API. Its columns are those of the published CRD.

use super::condition::{self, Condition};
use super::de::{Meta, Str, nullable};
use super::refs::Target;
use super::{ColumnSpec, KindSpec, Object, RowBuilder, Skip, gateway, refs};
use crate::model::Tone;

pub(super) static SPEC: KindSpec = KindSpec {
    group: gateway::GROUP,
    plural: "gatewayclasses",
    kind: "GatewayClass",
    namespaced: false,
    columns: &[
        ColumnSpec::text("CONTROLLER").drop(3),
        ColumnSpec::text("ACCEPTED").drop(0),
        ColumnSpec::age(),
        ColumnSpec::text("DESCRIPTION").wide(),
        ColumnSpec::text("STATE").ours().drop(2),
    ],
    sort: None,
    project,
    proto: None,
};

#[derive(Default, serde::Deserialize)]
#[serde(default)]
struct Facts<'a> {
    #[serde(borrow, deserialize_with = "nullable")]
    metadata: Meta<'a>,
    #[serde(deserialize_with = "nullable")]
    spec: Spec<'a>,
    #[serde(deserialize_with = "nullable")]
    status: Status<'a>,
}

#[derive(Default, serde::Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Spec<'a> {
    #[serde(borrow)]
    controller_name: Str<'a>,
    description: Str<'a>,
    #[serde(deserialize_with = "nullable")]
    parameters_ref: Parameters<'a>,
}

#[derive(Default, serde::Deserialize)]
#[serde(default)]
struct Parameters<'a> {
    #[serde(borrow)]
    group: Str<'a>,
    kind: Str<'a>,
    namespace: Str<'a>,
    name: Str<'a>,
}

#[derive(Default, serde::Deserialize)]
#[serde(default)]
struct Status<'a> {
    #[serde(borrow, deserialize_with = "nullable")]
    conditions: Vec<Condition<'a>>,
}

fn project(object: Object<'_>, row: &mut RowBuilder<'_>) -> Result<(), Skip> {
    let facts: Facts<'_> = object.read()?;
    let conditions = &facts.status.conditions;
    row.meta(&facts.metadata);
    row.text(&facts.spec.controller_name, Tone::Plain);
    let accepted = condition::find(conditions, "Accepted");
    let generation = facts.metadata.generation;
    let state = gateway::judge(conditions, &["Accepted", "SupportedVersion"], generation);
    gateway::status_cell(row, accepted, &state);
    row.own_text(&facts.spec.description, Tone::Plain);
    state.write(row);
    let parameters = &facts.spec.parameters_ref;
    let target = Target {
        group: &parameters.group,
        kind: &parameters.kind,
        namespace: &parameters.namespace,
        name: &parameters.name,
    };
    refs::reference(row, "spec.parametersRef", target);
    Ok(())
}
