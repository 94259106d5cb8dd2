//! ReplicationController, the ReplicaSet of old.

use super::containers::Template;
use super::de::{Meta, Pairs, Str, nullable};
use super::health::{self, Condition, Counts};
use super::pod_selector::format_labels;
use super::proto::messages;
use super::{ColumnSpec, KindSpec, Object, RowBuilder, Skip, workload};
use serde::Deserialize;

pub(super) static SPEC: KindSpec = KindSpec {
    group: "",
    plural: "replicationcontrollers",
    kind: "ReplicationController",
    namespaced: true,
    columns: &[
        ColumnSpec::number("DESIRED").drop(1),
        ColumnSpec::number("CURRENT").drop(2),
        ColumnSpec::number("READY").drop(0),
        ColumnSpec::age(),
        ColumnSpec::text("CONTAINERS").wide(),
        ColumnSpec::text("IMAGES").wide(),
        ColumnSpec::text("SELECTOR").wide(),
    ],
    sort: None,
    project,
    proto: Some(("v1", &messages::REPLICATION_CONTROLLER)),
};

#[derive(Default, Deserialize)]
#[serde(default)]
struct Facts<'a> {
    #[serde(borrow, deserialize_with = "nullable")]
    metadata: Meta<'a>,
    #[serde(deserialize_with = "nullable")]
    spec: Spec<'a>,
    #[serde(deserialize_with = "nullable")]
    status: Status<'a>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Spec<'a> {
    #[serde(deserialize_with = "nullable")]
    replicas: i64,
    #[serde(borrow, deserialize_with = "nullable")]
    selector: Pairs<'a, Str<'a>>,
    #[serde(deserialize_with = "nullable")]
    template: Template<'a>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Status<'a> {
    observed_generation: Option<i64>,
    #[serde(deserialize_with = "nullable")]
    replicas: i64,
    #[serde(deserialize_with = "nullable")]
    ready_replicas: i64,
    available_replicas: Option<i64>,
    #[serde(borrow, deserialize_with = "nullable")]
    conditions: Vec<Condition<'a>>,
}

fn project(object: Object<'_>, row: &mut RowBuilder<'_>) -> Result<(), Skip> {
    let Facts { metadata, spec, status } = object.read()?;
    row.meta(&metadata);
    let desired = spec.replicas;
    let verdict = health::replicas(
        &metadata,
        status.observed_generation,
        &status.conditions,
        Counts {
            desired,
            current: status.replicas,
            updated: status.replicas,
            ready: status.ready_replicas,
            available: status.available_replicas.unwrap_or(status.ready_replicas),
        },
    );
    row.int(desired);
    row.int(status.replicas);
    row.int(status.ready_replicas);
    workload::template(row, &spec.template);
    workload::labels(row, &spec.selector);
    workload::pods(row, &metadata, &format_labels(&spec.selector));
    workload::verdict(row, verdict);
    Ok(())
}
