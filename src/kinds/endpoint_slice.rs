//! EndpointSlice: some of the endpoints of one Service.

use super::de::{Meta, Str, nullable};
use super::proto::messages;
use super::{ColumnSpec, KindSpec, Object, RowBuilder, Skip, refs};
use crate::model::{Cell, Tone};

pub(super) static SPEC: KindSpec = KindSpec {
    group: "discovery.k8s.io",
    plural: "endpointslices",
    kind: "EndpointSlice",
    namespaced: true,
    columns: &[
        ColumnSpec::text("ADDRESSTYPE").drop(6),
        ColumnSpec::text("PORTS").drop(5),
        ColumnSpec::text("ENDPOINTS").drop(2),
        ColumnSpec::age(),
        ColumnSpec::number("READY").ours().drop(3),
        ColumnSpec::text("SERVICE").ours().wide(),
    ],
    sort: None,
    project,
    proto: Some(("v1", &messages::ENDPOINT_SLICE)),
};

const SERVICE_LABEL: &str = "kubernetes.io/service-name";

#[derive(Default, serde::Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Facts<'a> {
    #[serde(borrow, deserialize_with = "nullable")]
    metadata: Meta<'a>,
    address_type: Str<'a>,
    #[serde(deserialize_with = "nullable")]
    ports: Vec<Port<'a>>,
    #[serde(deserialize_with = "nullable")]
    endpoints: Vec<Endpoint<'a>>,
}

#[derive(Default, serde::Deserialize)]
#[serde(default)]
struct Port<'a> {
    port: Option<i64>,
    #[serde(borrow)]
    name: Option<Str<'a>>,
}

#[derive(Default, serde::Deserialize)]
#[serde(default)]
struct Endpoint<'a> {
    #[serde(borrow, deserialize_with = "nullable")]
    addresses: Vec<Str<'a>>,
    #[serde(deserialize_with = "nullable")]
    conditions: Conditions,
}

#[derive(Default, serde::Deserialize)]
#[serde(default)]
struct Conditions {
    ready: Option<bool>,
}

fn project(object: Object<'_>, row: &mut RowBuilder<'_>) -> Result<(), Skip> {
    let facts: Facts<'_> = object.read()?;
    row.meta(&facts.metadata);

    row.text(&facts.address_type, Tone::Plain);
    let ports: Vec<String> = facts
        .ports
        .iter()
        .map(|port| match (port.port, &port.name) {
            (Some(number), _) => number.to_string(),
            (None, Some(name)) => name.to_string(),
            (None, None) => "*".to_owned(),
        })
        .collect();
    let ports: Vec<&str> = ports.iter().map(String::as_str).collect();
    unset_if_empty(row, &refs::first_three(&ports));
    let addresses: Vec<&str> =
        facts.endpoints.iter().flat_map(|e| &e.addresses).map(|address| &**address).collect();
    unset_if_empty(row, &refs::first_three(&addresses));

    // The API's rule: an endpoint that does not say is taken as ready.
    let ready = facts.endpoints.iter().filter(|e| e.conditions.ready != Some(false)).count();
    let number = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
    row.cell(Cell::Ratio(number(ready), number(facts.endpoints.len())));
    if ready == 0 && !facts.endpoints.is_empty() {
        row.tone(Tone::Warn);
    }

    let marks = refs::marks(object)?;
    let service = marks.labels.get(SERVICE_LABEL).map_or("", |name| &**name);
    row.text(service, Tone::Plain);
    refs::core(row, SERVICE_LABEL, "Service", &facts.metadata.namespace, service);
    Ok(())
}

fn unset_if_empty(row: &mut RowBuilder<'_>, text: &str) {
    if text.is_empty() {
        row.text("<unset>", Tone::Dim);
    } else {
        row.own_text(text, Tone::Plain);
    }
}
