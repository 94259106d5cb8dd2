//! The TARGETS of a HorizontalPodAutoscaler, by the rules of the API server's printer.

use super::de::{Str, nullable};
use serde::Deserialize;

/// Metrics shown before `+ n more...`.
const SHOWN: usize = 2;

/// One metric: what is wanted of it in the spec, what it is now in the status.
#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct Metric<'a> {
    #[serde(borrow, rename = "type")]
    kind: Str<'a>,
    external: Option<Source<'a>>,
    pods: Option<Source<'a>>,
    object: Option<Source<'a>>,
    resource: Option<Source<'a>>,
    container_resource: Option<Source<'a>>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Source<'a> {
    /// Name of the resource; other metrics name themselves elsewhere.
    #[serde(borrow)]
    name: Str<'a>,
    #[serde(deserialize_with = "nullable")]
    target: Figure<'a>,
    #[serde(deserialize_with = "nullable")]
    current: Figure<'a>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Figure<'a> {
    #[serde(borrow)]
    value: Option<Str<'a>>,
    average_value: Option<Str<'a>>,
    average_utilization: Option<i64>,
}

/// What Go prints for a quantity that is not there.
const NIL: &str = "<nil>";

impl Figure<'_> {
    fn value(&self) -> &str {
        self.value.as_deref().unwrap_or(NIL)
    }
    fn average(&self) -> &str {
        self.average_value.as_deref().unwrap_or(NIL)
    }
}

/// All metrics in the order of the spec; the status lists them in the same order.
pub(super) fn format(specs: &[Metric<'_>], statuses: &[Metric<'_>]) -> String {
    if specs.is_empty() {
        return "<none>".to_owned();
    }
    let shown: Vec<String> =
        specs.iter().enumerate().take(SHOWN).map(|(i, spec)| one(spec, statuses.get(i))).collect();
    let shown = shown.join(", ");
    match specs.len().saturating_sub(SHOWN) {
        0 => shown,
        more => format!("{shown} + {more} more..."),
    }
}

fn one(spec: &Metric<'_>, status: Option<&Metric<'_>>) -> String {
    match &*spec.kind {
        "External" => free(spec.external.as_ref(), status.and_then(|s| s.external.as_ref())),
        "Object" => free(spec.object.as_ref(), status.and_then(|s| s.object.as_ref())),
        "Pods" => {
            let current = status.and_then(|s| s.pods.as_ref());
            let current = current.map_or("<unknown>", |source| source.current.average());
            let target = spec.pods.as_ref().map_or(NIL, |source| source.target.average());
            format!("{current}/{target}")
        }
        "Resource" => resource(spec.resource.as_ref(), status.and_then(|s| s.resource.as_ref())),
        "ContainerResource" => resource(
            spec.container_resource.as_ref(),
            status.and_then(|s| s.container_resource.as_ref()),
        ),
        _ => "<unknown type>".to_owned(),
    }
}

/// External and object metrics: a value, or an average over the pods.
fn free(spec: Option<&Source<'_>>, status: Option<&Source<'_>>) -> String {
    let Some(spec) = spec else { return format!("<unknown>/{NIL}") };
    if let Some(target) = &spec.target.average_value {
        let current = status.and_then(|source| source.current.average_value.as_deref());
        format!("{}/{} (avg)", current.unwrap_or("<unknown>"), &**target)
    } else {
        let current = status.map_or("<unknown>", |source| source.current.value());
        format!("{current}/{}", spec.target.value())
    }
}

/// CPU and memory: an average, or per cent of the request.
fn resource(spec: Option<&Source<'_>>, status: Option<&Source<'_>>) -> String {
    let Some(spec) = spec else { return format!("<unknown>/{NIL}") };
    let name = &*spec.name;
    if let Some(target) = &spec.target.average_value {
        let current = status.map_or("<unknown>", |source| source.current.average());
        return format!("{name}: {current}/{}", &**target);
    }
    let percent = |n: Option<i64>, none: &str| n.map_or(none.to_owned(), |n| format!("{n}%"));
    let current = status.and_then(|source| source.current.average_utilization);
    let target = spec.target.average_utilization;
    format!("{name}: {}/{}", percent(current, "<unknown>"), percent(target, "<auto>"))
}
