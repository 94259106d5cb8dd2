//! HorizontalPodAutoscaler, of both versions that are served.

use super::de::{Meta, Str, nullable};
use super::health::{Condition, Verdict, condition};
use super::hpa_targets::{Metric, format};
use super::proto::messages;
use super::{ColumnSpec, KindSpec, Object, RowBuilder, Skip, workload};
use crate::model::{Link, Tone};
use serde::Deserialize;

pub(super) static SPEC: KindSpec = KindSpec {
    group: "autoscaling",
    plural: "horizontalpodautoscalers",
    kind: "HorizontalPodAutoscaler",
    namespaced: true,
    columns: &[
        ColumnSpec::text("REFERENCE").drop(2),
        ColumnSpec::text("TARGETS").drop(0),
        ColumnSpec::number("MINPODS").drop(3),
        ColumnSpec::number("MAXPODS").drop(1),
        ColumnSpec::number("REPLICAS").drop(0),
        ColumnSpec::text("STATE").ours().drop(1),
        ColumnSpec::age(),
    ],
    sort: None,
    project,
    proto: Some(("v2", &messages::HORIZONTAL_POD_AUTOSCALER)),
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
    #[serde(borrow, deserialize_with = "nullable")]
    scale_target_ref: Target<'a>,
    min_replicas: Option<i64>,
    #[serde(deserialize_with = "nullable")]
    max_replicas: i64,
    #[serde(deserialize_with = "nullable")]
    metrics: Vec<Metric<'a>>,
    /// v1 only.
    #[serde(rename = "targetCPUUtilizationPercentage")]
    target_cpu: Option<i64>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Target<'a> {
    #[serde(borrow)]
    api_version: Str<'a>,
    kind: Str<'a>,
    name: Str<'a>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Status<'a> {
    #[serde(deserialize_with = "nullable")]
    current_replicas: i64,
    #[serde(deserialize_with = "nullable")]
    desired_replicas: i64,
    #[serde(borrow, deserialize_with = "nullable")]
    current_metrics: Vec<Metric<'a>>,
    #[serde(deserialize_with = "nullable")]
    conditions: Vec<Condition<'a>>,
    /// v1 only.
    #[serde(rename = "currentCPUUtilizationPercentage")]
    current_cpu: Option<i64>,
}

fn project(object: Object<'_>, row: &mut RowBuilder<'_>) -> Result<(), Skip> {
    let Facts { metadata, spec, status } = object.read()?;
    row.meta(&metadata);
    let target = &spec.scale_target_ref;
    let verdict = judge(&metadata, &status);
    row.text(&format!("{}/{}", &*target.kind, &*target.name), Tone::Plain);
    let known = condition(&status.conditions, "ScalingActive").is_none_or(Condition::is_true);
    let tone = if known { Tone::Plain } else { Tone::Warn };
    row.text(&targets(&spec, &status), tone);
    match spec.min_replicas {
        Some(n) => row.int(n),
        None => row.text("<unset>", Tone::Dim),
    }
    row.int(spec.max_replicas);
    row.int(status.current_replicas);
    row.text(verdict.word, verdict.tone);
    if !target.name.is_empty() {
        let group = target.api_version.split_once('/').map_or("", |(group, _)| group);
        let link = Link::Ref {
            field: arcstr::literal!("spec.scaleTargetRef"),
            group: row.shared(group),
            kind: row.shared(&target.kind),
            namespace: row.shared(&metadata.namespace),
            name: row.shared(&target.name),
        };
        row.link(link);
    }
    workload::verdict(row, verdict);
    Ok(())
}

fn targets(spec: &Spec<'_>, status: &Status<'_>) -> String {
    match spec.target_cpu {
        Some(target) if spec.metrics.is_empty() => match status.current_cpu {
            Some(current) => format!("cpu: {current}%/{target}%"),
            None => format!("cpu: <unknown>/{target}%"),
        },
        _ => format(&spec.metrics, &status.current_metrics),
    }
}

fn judge(meta: &Meta<'_>, status: &Status<'_>) -> Verdict {
    let get = |kind| condition(&status.conditions, kind);
    if !meta.deletion_timestamp.is_empty() {
        Verdict::busy("Terminating")
    } else if get("AbleToScale").is_some_and(Condition::is_false) {
        Verdict::bad("Unable")
    } else if let Some(active) = get("ScalingActive").filter(|c| c.is_false()) {
        if &*active.reason == "ScalingDisabled" {
            // The target is scaled to zero by hand.
            Verdict::suspended("Disabled")
        } else {
            Verdict::bad("No metrics")
        }
    } else if status.desired_replicas != status.current_replicas {
        Verdict::busy("Scaling")
    } else {
        match get("ScalingLimited").filter(|c| c.is_true()) {
            // More would be wanted than is allowed.
            Some(limited) if &*limited.reason == "TooManyReplicas" => {
                Verdict { tone: Tone::Warn, ..Verdict::healthy("At maximum") }
            }
            Some(limited) if &*limited.reason == "TooFewReplicas" => Verdict::healthy("At minimum"),
            _ => Verdict::healthy("Active"),
        }
    }
}
