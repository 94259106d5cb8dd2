//! Deployment.

use super::containers::Template;
use super::de::{Meta, nullable};
use super::health::{self, Condition, Counts, Verdict, condition};
use super::pod_selector::Selector;
use super::proto::messages;
use super::{ColumnSpec, KindSpec, Object, RowBuilder, Skip, workload};
use crate::model::{Cell, Tone};
use serde::Deserialize;

pub(super) static SPEC: KindSpec = KindSpec {
    group: "apps",
    plural: "deployments",
    kind: "Deployment",
    namespaced: true,
    columns: &[
        ColumnSpec::number("READY").drop(0),
        ColumnSpec::number("UP-TO-DATE").drop(2),
        ColumnSpec::number("AVAILABLE").drop(2),
        ColumnSpec::text("STATE").ours().drop(1),
        ColumnSpec::age(),
        ColumnSpec::text("CONTAINERS").wide(),
        ColumnSpec::text("IMAGES").wide(),
        ColumnSpec::text("SELECTOR").wide(),
    ],
    sort: None,
    project,
    proto: Some(("v1", &messages::DEPLOYMENT)),
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
    #[serde(deserialize_with = "nullable")]
    paused: bool,
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
    updated_replicas: i64,
    #[serde(deserialize_with = "nullable")]
    ready_replicas: i64,
    #[serde(deserialize_with = "nullable")]
    available_replicas: i64,
    #[serde(borrow, deserialize_with = "nullable")]
    conditions: Vec<Condition<'a>>,
}

fn project(object: Object<'_>, row: &mut RowBuilder<'_>) -> Result<(), Skip> {
    let Facts { metadata, spec, status } = object.read()?;
    row.meta(&metadata);
    let counts = Counts {
        desired: spec.replicas.unwrap_or(1),
        current: status.replicas,
        updated: status.updated_replicas,
        ready: status.ready_replicas,
        available: status.available_replicas,
    };
    let verdict = judge(&metadata, &spec, &status, counts);
    row.cell(Cell::Ratio(health::count(counts.ready), health::count(counts.desired)));
    row.int(counts.updated);
    row.int(counts.available);
    row.text(verdict.word, verdict.tone);
    workload::template(row, &spec.template);
    // The only kind that prints no selector as an empty cell, and an invalid one like this.
    let selector = workload::text(spec.selector.as_ref());
    row.text(selector.as_deref().unwrap_or("<invalid>"), Tone::Plain);
    workload::pods(row, &metadata, &selector.unwrap_or_default());
    workload::verdict(row, verdict);
    Ok(())
}

fn judge(meta: &Meta<'_>, spec: &Spec<'_>, status: &Status<'_>, counts: Counts) -> Verdict {
    if !meta.deletion_timestamp.is_empty() {
        return Verdict::busy("Terminating");
    }
    if health::lags(meta.generation, status.observed_generation) {
        return Verdict::busy("Unobserved");
    }
    let progressing = condition(&status.conditions, "Progressing");
    if progressing.is_some_and(|c| c.is_false() && &*c.reason == "ProgressDeadlineExceeded") {
        return Verdict::bad("Stuck");
    }
    if condition(&status.conditions, "ReplicaFailure").is_some_and(Condition::is_true)
        || progressing.is_some_and(|c| c.is_false())
    {
        return Verdict::bad("Failing");
    }
    if spec.paused {
        return Verdict::suspended("Paused");
    }
    // The last rollout has come to its end: what is missing now went away afterwards.
    let rolled_out = progressing.is_some_and(|c| &*c.reason == "NewReplicaSetAvailable");
    if rolled_out && counts.updated >= counts.desired && counts.available < counts.desired {
        return if counts.available <= 0 {
            Verdict::bad("Unavailable")
        } else {
            Verdict::warn("Degraded")
        };
    }
    counts.judge()
}
