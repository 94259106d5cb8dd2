//! StatefulSet.

use super::containers::Template;
use super::de::{Meta, Str, nullable};
use super::health::{self, Counts, Verdict};
use super::pod_selector::Selector;
use super::proto::messages;
use super::{ColumnSpec, KindSpec, Object, RowBuilder, Skip, workload};
use crate::model::Cell;
use serde::Deserialize;

pub(super) static SPEC: KindSpec = KindSpec {
    group: "apps",
    plural: "statefulsets",
    kind: "StatefulSet",
    namespaced: true,
    columns: &[
        ColumnSpec::number("READY").drop(0),
        ColumnSpec::text("STATE").ours().drop(1),
        ColumnSpec::number("UP-TO-DATE").ours().drop(3),
        ColumnSpec::age(),
        ColumnSpec::text("CONTAINERS").wide(),
        ColumnSpec::text("IMAGES").wide(),
    ],
    sort: None,
    project,
    proto: Some(("v1", &messages::STATEFUL_SET)),
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
#[serde(rename_all = "camelCase", default)]
struct Spec<'a> {
    replicas: Option<i64>,
    #[serde(borrow)]
    selector: Option<Selector<'a>>,
    #[serde(deserialize_with = "nullable")]
    template: Template<'a>,
    #[serde(deserialize_with = "nullable")]
    update_strategy: Strategy<'a>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Strategy<'a> {
    #[serde(borrow, rename = "type")]
    kind: Str<'a>,
    #[serde(deserialize_with = "nullable")]
    rolling_update: Rolling,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Rolling {
    #[serde(deserialize_with = "nullable")]
    partition: i64,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Status<'a> {
    observed_generation: Option<i64>,
    #[serde(deserialize_with = "nullable")]
    replicas: i64,
    #[serde(deserialize_with = "nullable")]
    updated_replicas: i64,
    #[serde(deserialize_with = "nullable")]
    ready_replicas: i64,
    available_replicas: Option<i64>,
    #[serde(borrow)]
    current_revision: Str<'a>,
    update_revision: Str<'a>,
}

fn project(object: Object<'_>, row: &mut RowBuilder<'_>) -> Result<(), Skip> {
    let Facts { metadata, spec, status } = object.read()?;
    row.meta(&metadata);
    let desired = spec.replicas.unwrap_or(1);
    let verdict = judge(&metadata, &spec, &status, desired);
    row.cell(Cell::Ratio(health::count(status.ready_replicas), health::count(desired)));
    row.text(verdict.word, verdict.tone);
    row.int(status.updated_replicas);
    workload::template(row, &spec.template);
    workload::pods(row, &metadata, &workload::text(spec.selector.as_ref()).unwrap_or_default());
    workload::verdict(row, verdict);
    Ok(())
}

fn judge(meta: &Meta<'_>, spec: &Spec<'_>, status: &Status<'_>, desired: i64) -> Verdict {
    if !meta.deletion_timestamp.is_empty() {
        return Verdict::busy("Terminating");
    }
    if health::lags(meta.generation, status.observed_generation) {
        return Verdict::busy("Unobserved");
    }
    // Pods below the partition stay old on purpose, and with OnDelete all do until somebody acts.
    let on_delete = &*spec.update_strategy.kind == "OnDelete";
    let partition = spec.update_strategy.rolling_update.partition.max(0);
    let due = if on_delete { 0 } else { (desired - partition).max(0) };
    // The controller counts only towards a revision it is rolling out.
    let rolling = status.update_revision != status.current_revision;
    if rolling && status.updated_replicas < due {
        return Verdict::busy("Updating");
    }
    let counts = Counts {
        desired,
        current: status.replicas,
        updated: status.replicas,
        ready: status.ready_replicas,
        available: status.available_replicas.unwrap_or(status.ready_replicas),
    };
    match counts.judge() {
        Verdict { word: "Updating", .. } => Verdict::busy("Scaling up"),
        Verdict { word: "Starting", .. } => Verdict::warn("Not ready"),
        _ if status.replicas > desired => Verdict::busy("Scaling down"),
        _ if rolling && on_delete => Verdict::healthy("Update waits"),
        _ if rolling && partition > 0 => Verdict::healthy("Partitioned"),
        verdict => verdict,
    }
}
