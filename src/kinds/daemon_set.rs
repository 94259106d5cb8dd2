//! DaemonSet.

use super::containers::Template;
use super::de::{Meta, Str, nullable};
use super::health::{self, Verdict};
use super::pod_selector::Selector;
use super::proto::messages;
use super::{ColumnSpec, KindSpec, Object, RowBuilder, Skip, workload};
use serde::Deserialize;

pub(super) static SPEC: KindSpec = KindSpec {
    group: "apps",
    plural: "daemonsets",
    kind: "DaemonSet",
    namespaced: true,
    columns: &[
        ColumnSpec::number("DESIRED").drop(1),
        ColumnSpec::number("CURRENT").drop(3),
        ColumnSpec::number("READY").drop(0),
        ColumnSpec::number("UP-TO-DATE").drop(2),
        ColumnSpec::number("AVAILABLE").drop(2),
        ColumnSpec::text("STATE").ours().drop(1),
        ColumnSpec::text("NODE SELECTOR").drop(6),
        ColumnSpec::age(),
        ColumnSpec::text("CONTAINERS").wide(),
        ColumnSpec::text("IMAGES").wide(),
        ColumnSpec::text("SELECTOR").wide(),
    ],
    sort: None,
    project,
    proto: Some(("v1", &messages::DAEMON_SET)),
};

#[derive(Default, Deserialize)]
#[serde(default)]
struct Facts<'a> {
    #[serde(borrow, deserialize_with = "nullable")]
    metadata: Meta<'a>,
    #[serde(deserialize_with = "nullable")]
    spec: Spec<'a>,
    #[serde(deserialize_with = "nullable")]
    status: Status,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Spec<'a> {
    #[serde(borrow)]
    selector: Option<Selector<'a>>,
    #[serde(deserialize_with = "nullable")]
    template: Template<'a>,
    #[serde(deserialize_with = "nullable")]
    update_strategy: Strategy<'a>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Strategy<'a> {
    #[serde(borrow, rename = "type")]
    kind: Str<'a>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Status {
    observed_generation: Option<i64>,
    #[serde(deserialize_with = "nullable")]
    desired_number_scheduled: i64,
    #[serde(deserialize_with = "nullable")]
    current_number_scheduled: i64,
    #[serde(deserialize_with = "nullable")]
    number_ready: i64,
    #[serde(deserialize_with = "nullable")]
    updated_number_scheduled: i64,
    #[serde(deserialize_with = "nullable")]
    number_available: i64,
}

fn project(object: Object<'_>, row: &mut RowBuilder<'_>) -> Result<(), Skip> {
    let Facts { metadata, spec, status } = object.read()?;
    row.meta(&metadata);
    let verdict = judge(&metadata, &spec, &status);
    row.int(status.desired_number_scheduled);
    row.int(status.current_number_scheduled);
    row.int(status.number_ready);
    row.int(status.updated_number_scheduled);
    row.int(status.number_available);
    row.text(verdict.word, verdict.tone);
    workload::labels(row, &spec.template.spec.node_selector);
    workload::template(row, &spec.template);
    workload::selector(row, spec.selector.as_ref());
    workload::pods(row, &metadata, &workload::text(spec.selector.as_ref()).unwrap_or_default());
    workload::verdict(row, verdict);
    Ok(())
}

fn judge(meta: &Meta<'_>, spec: &Spec<'_>, status: &Status) -> Verdict {
    let desired = status.desired_number_scheduled;
    if !meta.deletion_timestamp.is_empty() {
        Verdict::busy("Terminating")
    } else if health::lags(meta.generation, status.observed_generation) {
        Verdict::busy("Unobserved")
    } else if desired == 0 {
        Verdict::idle("No nodes")
    } else if status.updated_number_scheduled < desired && &*spec.update_strategy.kind != "OnDelete"
    {
        Verdict::busy("Updating")
    } else if status.number_available < desired {
        Verdict::warn("Not ready")
    } else if status.updated_number_scheduled < desired {
        Verdict::healthy("Update waits")
    } else {
        Verdict::healthy("Available")
    }
}
