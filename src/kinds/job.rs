//! Job.

use super::build::timestamp;
use super::containers::Template;
use super::de::{Meta, Str, nullable};
use super::health::{self, Condition, Verdict, condition};
use super::pod_selector::Selector;
use super::proto::messages;
use super::{ColumnSpec, KindSpec, Object, RowBuilder, Skip, workload};
use crate::model::{Cell, Tone};
use serde::Deserialize;

pub(super) static SPEC: KindSpec = KindSpec {
    group: "batch",
    plural: "jobs",
    kind: "Job",
    namespaced: true,
    columns: &[
        ColumnSpec::text("STATUS").drop(0),
        ColumnSpec::number("COMPLETIONS").drop(1),
        ColumnSpec::clock("DURATION").drop(2),
        ColumnSpec::number("FAILED").ours().drop(4),
        ColumnSpec::age(),
        ColumnSpec::text("CONTAINERS").wide(),
        ColumnSpec::text("IMAGES").wide(),
        ColumnSpec::text("SELECTOR").wide(),
    ],
    sort: None,
    project,
    proto: Some(("v1", &messages::JOB)),
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
    completions: Option<i64>,
    #[serde(deserialize_with = "nullable")]
    parallelism: i64,
    #[serde(borrow)]
    selector: Option<Selector<'a>>,
    #[serde(deserialize_with = "nullable")]
    template: Template<'a>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Status<'a> {
    #[serde(deserialize_with = "nullable")]
    succeeded: i64,
    #[serde(deserialize_with = "nullable")]
    failed: i64,
    #[serde(borrow)]
    start_time: Str<'a>,
    completion_time: Str<'a>,
    #[serde(deserialize_with = "nullable")]
    conditions: Vec<Condition<'a>>,
}

fn project(object: Object<'_>, row: &mut RowBuilder<'_>) -> Result<(), Skip> {
    let Facts { metadata, spec, status } = object.read()?;
    row.meta(&metadata);
    let verdict = judge(&metadata, &status);
    row.text(verdict.word, verdict.tone);
    completions(&spec, &status, row);
    row.cell(match (timestamp(&status.start_time), timestamp(&status.completion_time)) {
        (None, _) => Cell::Empty,
        (Some(start), None) => Cell::Since(start),
        (Some(start), Some(end)) => Cell::Seconds(end.saturating_sub(start)),
    });
    row.int(status.failed);
    workload::template(row, &spec.template);
    workload::selector(row, spec.selector.as_ref());
    workload::pods(row, &metadata, &workload::text(spec.selector.as_ref()).unwrap_or_default());
    workload::verdict(row, verdict);
    Ok(())
}

fn completions(spec: &Spec<'_>, status: &Status<'_>, row: &mut RowBuilder<'_>) {
    match spec.completions {
        // A work queue: it is done when one pod says so, however many are at it.
        None if spec.parallelism > 1 => {
            row.text(&format!("{}/1 of {}", status.succeeded, spec.parallelism), Tone::Plain);
        }
        wanted => row
            .cell(Cell::Ratio(health::count(status.succeeded), health::count(wanted.unwrap_or(1)))),
    }
}

/// The word is the STATUS that the server prints.
fn judge(meta: &Meta<'_>, status: &Status<'_>) -> Verdict {
    let has = |kind| condition(&status.conditions, kind).is_some_and(Condition::is_true);
    if has("Complete") {
        Verdict::idle("Complete")
    } else if has("Failed") {
        Verdict::bad("Failed")
    } else if !meta.deletion_timestamp.is_empty() {
        Verdict::busy("Terminating")
    } else if has("Suspended") {
        Verdict::suspended("Suspended")
    } else if has("FailureTarget") {
        Verdict::bad("FailureTarget")
    } else if has("SuccessCriteriaMet") {
        Verdict::busy("SuccessCriteriaMet")
    } else if status.failed > 0 {
        Verdict::warn("Running")
    } else {
        Verdict::busy("Running")
    }
}
