//! ReplicaSet.

use super::containers::Template;
use super::de::{Meta, Str, nullable};
use super::health::{self, Condition, Counts};
use super::pod_selector::Selector;
use super::proto::messages;
use super::{ColumnSpec, KindSpec, Object, RowBuilder, Skip, workload};
use crate::model::{Cell, Tone};
use serde::Deserialize;

pub(super) static SPEC: KindSpec = KindSpec {
    group: "apps",
    plural: "replicasets",
    kind: "ReplicaSet",
    namespaced: true,
    columns: &[
        ColumnSpec::number("DESIRED").drop(1),
        ColumnSpec::number("CURRENT").drop(2),
        ColumnSpec::number("READY").drop(0),
        ColumnSpec::number("REVISION").ours().drop(3),
        ColumnSpec::age(),
        ColumnSpec::text("CONTAINERS").wide(),
        ColumnSpec::text("IMAGES").wide(),
        ColumnSpec::text("SELECTOR").wide(),
    ],
    sort: None,
    project,
    proto: Some(("v1", &messages::REPLICA_SET)),
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
    replicas: Option<i64>,
    #[serde(borrow)]
    selector: Option<Selector<'a>>,
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

/// The one annotation that matters here, read in a pass of its own: most kinds want none.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Annotated<'a> {
    #[serde(borrow, deserialize_with = "nullable")]
    metadata: Annotations<'a>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Annotations<'a> {
    #[serde(borrow, deserialize_with = "nullable")]
    annotations: Revision<'a>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Revision<'a> {
    #[serde(borrow, rename = "deployment.kubernetes.io/revision")]
    number: Str<'a>,
}

fn project(object: Object<'_>, row: &mut RowBuilder<'_>) -> Result<(), Skip> {
    let Facts { metadata, spec, status } = object.read()?;
    let revision = object.read::<Annotated<'_>>()?.metadata.annotations.number;
    row.meta(&metadata);
    let desired = spec.replicas.unwrap_or(1);
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
    match revision.parse() {
        Ok(number) => row.int(number),
        Err(_) if revision.is_empty() => row.cell(Cell::Empty),
        Err(_) => row.text(&revision, Tone::Plain),
    }
    workload::template(row, &spec.template);
    workload::selector(row, spec.selector.as_ref());
    workload::pods(row, &metadata, &workload::text(spec.selector.as_ref()).unwrap_or_default());
    workload::verdict(row, verdict);
    Ok(())
}
