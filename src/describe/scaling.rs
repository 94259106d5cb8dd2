//! Autoscalers, disruption budgets and priorities.

use super::Context;
use super::conditions::{self, Column};
use super::meta;
use super::node::Node;
use super::words;
use super::writer::{Cell, Out};
use crate::model::Tone;

pub(super) fn autoscaler(context: &Context<'_>, out: &mut Out) {
    let object = context.object;
    let (spec, status) = (object.get("spec"), object.get("status"));
    meta::header(out, object);
    out.field(0, "CreationTimestamp", out.date(object.at("metadata.creationTimestamp")));
    let to = meta::referred(spec.get("scaleTargetRef"), context.namespace);
    let kind = to.kind.clone();
    out.field(0, "Reference", Cell::link(format!("{kind}/{}", to.name), to));
    if context.subject.gvr.version == "v1" {
        // The old form knows one metric only.
        if let Some(target) = spec.get("targetCPUUtilizationPercentage").int() {
            out.field(0, "Target CPU utilization", format!("{target}%"));
            let current = status.get("currentCPUUtilizationPercentage").or("<unknown>");
            out.field(0, "Current CPU utilization", format!("{current}%"));
        }
    } else {
        out.field(0, "Metrics", "( current / target )");
        let current: Vec<Node<'_>> = status.get("currentMetrics").items().collect();
        for (at, wanted) in spec.get("metrics").items().enumerate() {
            metric(out, wanted, current.get(at).copied().unwrap_or_default());
        }
    }
    out.field(0, "Min replicas", spec.get("minReplicas").or("<unset>"));
    out.field(0, "Max replicas", spec.get("maxReplicas").num());
    let behavior = spec.get("behavior");
    if behavior.exists() {
        out.head(0, "Behavior");
        direction(out, "Scale Up", behavior.get("scaleUp"));
        direction(out, "Scale Down", behavior.get("scaleDown"));
    }
    let (now, wanted) = (status.get("currentReplicas").num(), status.get("desiredReplicas").num());
    out.field(0, &format!("{kind} pods"), format!("{now} current / {wanted} desired"));
    conditions::write(out, object, context.now, &[Column::Reason, Column::Message], true);
}

/// One metric: what it is, and `current / target`.
fn metric(out: &mut Out, wanted: Node<'_>, current: Node<'_>) {
    const UNKNOWN: &str = "<unknown>";
    let kind = wanted.get("type").text();
    let source_field = match kind.as_str() {
        "External" => "external",
        "Pods" => "pods",
        "Object" => "object",
        "Resource" => "resource",
        "ContainerResource" => "containerResource",
        _ => return out.line(1, format!("<unknown metric type {kind:?}>")),
    };
    let (source, now) = (wanted.get(source_field), current.get(source_field).get("current"));
    let target = source.get("target");
    // Of a metric that is not there nothing is known; of one that lacks the figure Go prints nil.
    let figure = |field: &str| {
        if current.get(source_field).exists() {
            now.get(field).or("<nil>")
        } else {
            UNKNOWN.to_owned()
        }
    };
    let average = target.get("averageValue");
    let name = source.at("metric.name").text();
    let (title, have, want) = match kind.as_str() {
        "External" if average.exists() => {
            let have = now.get("averageValue").or(UNKNOWN);
            (format!("{name:?} (target average value)"), have, average.text())
        }
        "External" => {
            let want = target.get("value").or("<nil>");
            (format!("{name:?} (target value)"), figure("value"), want)
        }
        "Pods" => (format!("{name:?} on pods"), figure("averageValue"), average.or("<nil>")),
        "Object" => {
            let whom = source.get("describedObject");
            let whom = format!("{}/{}", whom.get("kind").text(), whom.get("name").text());
            let (words, field) = if target.get("type").str() == "AverageValue" {
                ("target average value", "averageValue")
            } else {
                ("target value", "value")
            };
            let want = target.get(field).or("<nil>");
            (format!("\"{name}\" on {whom} ({words})"), figure(field), want)
        }
        _ => {
            let mut title = format!("resource {}", source.get("name").text());
            if kind == "ContainerResource" {
                title.push_str(&format!(" of container \"{}\"", source.get("container").text()));
            }
            title.push_str(" on pods");
            if average.exists() {
                (title, figure("averageValue"), average.text())
            } else {
                title.push_str("  (as a percentage of request)");
                let have = match now.get("averageUtilization").int() {
                    Some(n) => format!("{n}% ({})", now.get("averageValue").or("<nil>")),
                    None => UNKNOWN.to_owned(),
                };
                let want = target.get("averageUtilization").int();
                (title, have, want.map_or_else(|| "<auto>".to_owned(), |n| format!("{n}%")))
            }
        }
    };
    let tone = if have == UNKNOWN { Tone::Warn } else { Tone::Plain };
    let value = Cell::toned(have, tone).and(format!(" / {want}"));
    out.row(1, [Cell::label(format!("{title}:")), value]);
}

fn direction(out: &mut Out, title: &str, rules: Node<'_>) {
    if !rules.exists() {
        return;
    }
    out.head(1, title);
    if let Some(seconds) = rules.get("stabilizationWindowSeconds").int() {
        out.line(2, Cell::label("Stabilization Window: ").and(format!("{seconds} seconds")));
    }
    if rules.get("policies").items().len() == 0 {
        return;
    }
    out.line(2, Cell::label("Select Policy: ").and(rules.get("selectPolicy").or("Max")));
    out.head(2, "Policies");
    for policy in rules.get("policies").items() {
        let period = format!("Period: {} seconds", policy.get("periodSeconds").num());
        let cells = [
            format!("- Type: {}", policy.get("type").text()),
            format!("Value: {}", policy.get("value").num()),
            period,
        ];
        out.row(3, cells.map(Cell::from));
    }
}

pub(super) fn disruption_budget(context: &Context<'_>, out: &mut Out) {
    let object = context.object;
    let (spec, status) = (object.get("spec"), object.get("status"));
    meta::name(out, object);
    if spec.get("minAvailable").exists() {
        out.field(0, "Min available", spec.get("minAvailable").text());
    } else if spec.get("maxUnavailable").exists() {
        out.field(0, "Max unavailable", spec.get("maxUnavailable").text());
    }
    let selector = spec.get("selector");
    let words =
        if selector.exists() { words::selector_or_none(selector) } else { "<unset>".to_owned() };
    out.field(0, "Selector", words);
    out.head(0, "Status");
    for (title, field) in [
        ("Allowed disruptions", "disruptionsAllowed"),
        ("Current", "currentHealthy"),
        ("Desired", "desiredHealthy"),
        ("Total", "expectedPods"),
    ] {
        let n = status.get(field).num();
        let none = field == "disruptionsAllowed" && n == 0;
        let tone = if none { Tone::Warn } else { Tone::Plain };
        out.field(2, title, Cell::toned(n.to_string(), tone));
    }
    conditions::ours(out, object, context.now);
}

pub(super) fn priority_class(context: &Context<'_>, out: &mut Out) {
    let object = context.object;
    out.field(0, "Name", object.at("metadata.name").text());
    out.field(0, "Value", object.get("value").num());
    out.field(0, "GlobalDefault", words::truth(object.get("globalDefault")));
    out.field(0, "PreemptionPolicy", object.get("preemptionPolicy").text());
    out.field(0, "Description", object.get("description").text());
    out.field(0, "Annotations", words::labels(object.at("metadata.annotations")));
}
