//! Endpoints: the older form of EndpointSlice, still written for every Service with a selector.

use super::de::{Meta, Str, nullable};
use super::proto::messages;
use super::{ColumnSpec, KindSpec, Object, RowBuilder, Skip, refs};
use crate::model::{Cell, Tone};

pub(super) static SPEC: KindSpec = KindSpec {
    group: "",
    plural: "endpoints",
    kind: "Endpoints",
    namespaced: true,
    columns: &[
        ColumnSpec::text("ENDPOINTS").drop(2),
        ColumnSpec::age(),
        ColumnSpec::number("READY").ours().drop(3),
    ],
    sort: None,
    project,
    proto: Some(("v1", &messages::ENDPOINTS)),
};

#[derive(Default, serde::Deserialize)]
#[serde(default)]
struct Facts<'a> {
    #[serde(borrow, deserialize_with = "nullable")]
    metadata: Meta<'a>,
    #[serde(deserialize_with = "nullable")]
    subsets: Vec<Subset<'a>>,
}

#[derive(Default, serde::Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Subset<'a> {
    #[serde(borrow, deserialize_with = "nullable")]
    addresses: Vec<Address<'a>>,
    #[serde(deserialize_with = "nullable")]
    not_ready_addresses: Vec<Address<'a>>,
    #[serde(deserialize_with = "nullable")]
    ports: Vec<Port>,
}

#[derive(Default, serde::Deserialize)]
#[serde(default)]
struct Address<'a> {
    #[serde(borrow)]
    ip: Str<'a>,
}

#[derive(Default, serde::Deserialize)]
#[serde(default)]
struct Port {
    port: Option<i64>,
}

fn project(object: Object<'_>, row: &mut RowBuilder<'_>) -> Result<(), Skip> {
    let facts: Facts<'_> = object.read()?;
    row.meta(&facts.metadata);

    let mut shown: Vec<String> = Vec::new();
    for subset in &facts.subsets {
        let ips = subset.addresses.iter().map(|address| &*address.ip);
        if subset.ports.is_empty() {
            // A headless Service need not have ports.
            shown.extend(ips.map(str::to_owned));
        } else {
            for port in &subset.ports {
                let port = port.port.unwrap_or(0);
                shown.extend(ips.clone().map(|ip| refs::host_port(ip, port)));
            }
        }
    }
    if facts.subsets.is_empty() {
        row.none();
    } else {
        let shown: Vec<&str> = shown.iter().map(String::as_str).collect();
        row.own_text(&refs::first_three(&shown), Tone::Plain);
    }

    let ready: usize = facts.subsets.iter().map(|subset| subset.addresses.len()).sum();
    let waiting: usize = facts.subsets.iter().map(|subset| subset.not_ready_addresses.len()).sum();
    let number = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
    row.cell(Cell::Ratio(number(ready), number(ready + waiting)));
    if ready == 0 && waiting > 0 {
        row.tone(Tone::Warn);
    }
    refs::core(row, "metadata.name", "Service", &facts.metadata.namespace, &facts.metadata.name);
    Ok(())
}
