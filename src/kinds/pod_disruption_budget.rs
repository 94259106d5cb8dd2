//! PodDisruptionBudget.

use super::de::{Meta, Str, nullable};
use super::health::{self, Condition, Verdict, condition};
use super::pod_selector::Selector;
use super::proto::messages;
use super::{ColumnSpec, KindSpec, Object, RowBuilder, Skip, workload};
use crate::model::{Cell, Link, Tone};
use crate::text::Text;
use serde::Deserialize;

pub(super) static SPEC: KindSpec = KindSpec {
    group: "policy",
    plural: "poddisruptionbudgets",
    kind: "PodDisruptionBudget",
    namespaced: true,
    columns: &[
        ColumnSpec::number("MIN AVAILABLE").drop(2),
        ColumnSpec::number("MAX UNAVAILABLE").drop(2),
        ColumnSpec::number("ALLOWED DISRUPTIONS").drop(1),
        ColumnSpec::number("HEALTHY").ours().drop(1),
        ColumnSpec::age(),
    ],
    sort: None,
    project,
    proto: Some(("v1", &messages::POD_DISRUPTION_BUDGET)),
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
    #[serde(borrow)]
    min_available: Option<NumberOrText<'a>>,
    max_unavailable: Option<NumberOrText<'a>>,
    selector: Option<Selector<'a>>,
}

/// `2` or `50%`.
#[derive(Deserialize)]
#[serde(untagged)]
enum NumberOrText<'a> {
    Number(i64),
    #[serde(borrow)]
    Text(Str<'a>),
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Status<'a> {
    observed_generation: Option<i64>,
    #[serde(deserialize_with = "nullable")]
    disruptions_allowed: i64,
    #[serde(deserialize_with = "nullable")]
    current_healthy: i64,
    #[serde(deserialize_with = "nullable")]
    desired_healthy: i64,
    #[serde(deserialize_with = "nullable")]
    expected_pods: i64,
    #[serde(borrow, deserialize_with = "nullable")]
    conditions: Vec<Condition<'a>>,
}

fn project(object: Object<'_>, row: &mut RowBuilder<'_>) -> Result<(), Skip> {
    let Facts { metadata, spec, status } = object.read()?;
    row.meta(&metadata);
    let verdict = judge(&metadata, &status);
    bound(spec.min_available.as_ref(), row);
    bound(spec.max_unavailable.as_ref(), row);
    row.int(status.disruptions_allowed);
    row.cell(Cell::Ratio(
        health::count(status.current_healthy),
        health::count(status.desired_healthy),
    ));
    // An empty selector means every pod of the namespace here, an absent one none.
    if let Some(labels) = spec.selector.as_ref().and_then(Selector::format) {
        let link = Link::Children {
            plural: arcstr::literal!("pods"),
            namespace: row.shared(&metadata.namespace),
            labels: row.shared(&labels),
            fields: Text::new(),
            owner: Text::new(),
        };
        row.link(link);
    }
    workload::verdict(row, verdict);
    Ok(())
}

fn bound(bound: Option<&NumberOrText<'_>>, row: &mut RowBuilder<'_>) {
    match bound {
        Some(NumberOrText::Number(n)) => row.int(*n),
        Some(NumberOrText::Text(text)) => row.text(text, Tone::Plain),
        None => row.text("N/A", Tone::Dim),
    }
}

fn judge(meta: &Meta<'_>, status: &Status<'_>) -> Verdict {
    let failed = condition(&status.conditions, "DisruptionAllowed")
        .is_some_and(|c| c.is_false() && &*c.reason == "SyncFailed");
    if health::lags(meta.generation, status.observed_generation) {
        Verdict::busy("")
    } else if failed || status.current_healthy < status.desired_healthy {
        Verdict::bad("")
    } else if status.expected_pods > 0 && status.disruptions_allowed <= 0 {
        // Healthy, but nobody can drain a node here.
        Verdict { tone: Tone::Warn, ..Verdict::healthy("") }
    } else {
        Verdict::healthy("")
    }
}
