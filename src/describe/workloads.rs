//! Controllers of pods.

use super::ask::{Ask, Key};
use super::conditions::{self, Column};
use super::meta::{self, target};
use super::node::Node;
use super::words;
use super::writer::{Cell, Out};
use super::{Context, Subject, pod, storage};
use crate::model::Tone;
use crate::text::age;
use serde_json::Value;

const PODS: (&str, &str, &str, &str) = ("", "v1", "pods", "Pod");
const HASH: &str = "pod-template-hash";

/// Pods by the workload's selector.
pub(super) fn pods(subject: &Subject) -> Vec<Ask> {
    let selector = subject.node().at("spec.selector");
    let labels = if subject.is("", "ReplicationController") {
        Some(words::pairs(selector))
    } else {
        words::selector(selector)
    };
    // One that cannot be read selects nothing; an empty one everything, of which it owns a part.
    labels
        .into_iter()
        .map(|labels| Ask::list(Key::Pods, PODS, subject.namespace()).labels(labels))
        .collect()
}

pub(super) fn deployment_asks(subject: &Subject) -> Vec<Ask> {
    let mut asks = pods(subject);
    if let Some(labels) = words::selector(subject.node().at("spec.selector")) {
        let what = ("apps", "v1", "replicasets", "ReplicaSet");
        asks.push(Ask::list(Key::ReplicaSets, what, subject.namespace()).labels(labels));
    }
    asks
}

/// Jobs are found by their owner, and their pods by the label that every such pod has.
pub(super) fn cron_job_asks(subject: &Subject) -> Vec<Ask> {
    let namespace = subject.namespace();
    vec![
        Ask::list(Key::Jobs, ("batch", "v1", "jobs", "Job"), namespace),
        Ask::list(Key::Pods, PODS, namespace).labels("batch.kubernetes.io/job-name"),
    ]
}

fn created(out: &mut Out, object: Node<'_>) {
    out.field(0, "CreationTimestamp", out.date(object.at("metadata.creationTimestamp")));
}

/// `1 Running / 0 Waiting / 0 Succeeded / 0 Failed`, of the pods it controls.
fn pods_status(context: &Context<'_>, out: &mut Out) {
    const TITLE: &str = "Pods Status";
    if words::selector(context.object.at("spec.selector")).is_none() {
        return out.field(
            0,
            TITLE,
            Cell::toned("<not shown: its selector is invalid>", Tone::Warn),
        );
    }
    if let Some(why) = context.answers.missing(&Key::Pods) {
        return out.field(0, TITLE, Cell::toned(why, Tone::Warn));
    }
    let uid = context.object.at("metadata.uid").str();
    let mut counts = [0_usize; 4];
    for pod in context.answers.items(&Key::Pods) {
        if meta::controller(pod).is_none_or(|owner| owner.get("uid").str() != uid) {
            continue;
        }
        let at = match pod.at("status.phase").str() {
            "Running" => 0,
            "Pending" => 1,
            "Succeeded" => 2,
            "Failed" => 3,
            _ => continue,
        };
        counts[at] += 1;
    }
    let part = |n: usize, word: &str, tone: Tone| {
        Cell::toned(format!("{n} {word}"), if n == 0 { Tone::Plain } else { tone })
    };
    let cell = part(counts[0], "Running", Tone::Good)
        .and(" / ")
        .and(part(counts[1], "Waiting", Tone::Busy))
        .and(" / ")
        .and(part(counts[2], "Succeeded", Tone::Plain))
        .and(" / ")
        .and(part(counts[3], "Failed", Tone::Bad));
    out.field(0, TITLE, cell);
}

pub(super) fn replication_controller(context: &Context<'_>, out: &mut Out) {
    let object = context.object;
    meta::name(out, object);
    out.field(0, "Selector", words::labels(object.at("spec.selector")));
    meta::labels_and_annotations(out, object);
    replicas(out, object);
    pods_status(context, out);
    pod::template(out, object.at("spec.template"), context.namespace);
    conditions::write(out, object, context.now, &[Column::Reason], true);
}

fn replicas(out: &mut Out, object: Node<'_>) {
    let (now, wanted) = (object.at("status.replicas").num(), object.at("spec.replicas").num());
    out.field(0, "Replicas", format!("{now} current / {wanted} desired"));
}

pub(super) fn replica_set(context: &Context<'_>, out: &mut Out) {
    let object = context.object;
    meta::name(out, object);
    out.field(0, "Selector", words::selector_or_none(object.at("spec.selector")));
    meta::labels_and_annotations(out, object);
    meta::controlled_by(out, object);
    replicas(out, object);
    pods_status(context, out);
    pod::template(out, object.at("spec.template"), context.namespace);
    conditions::write(out, object, context.now, &[Column::Reason], true);
}

pub(super) fn deployment(context: &Context<'_>, out: &mut Out) {
    let object = context.object;
    let (spec, status) = (object.get("spec"), object.get("status"));
    meta::name(out, object);
    created(out, object);
    meta::labels_and_annotations(out, object);
    out.field(0, "Selector", words::selector(spec.get("selector")).unwrap_or_default());
    let n = |field: &str| status.get(field).num();
    let unavailable = n("unavailableReplicas");
    let tone = if unavailable > 0 { Tone::Warn } else { Tone::Plain };
    let counts = Cell::from(format!(
        "{} desired | {} updated | {} total | {} available | ",
        spec.get("replicas").num(),
        n("updatedReplicas"),
        n("replicas"),
        n("availableReplicas"),
    ));
    let last = Cell::toned(format!("{unavailable} unavailable"), tone);
    out.field(0, "Replicas", counts.and(last));
    out.field(0, "StrategyType", spec.at("strategy.type").text());
    out.field(0, "MinReadySeconds", spec.get("minReadySeconds").num());
    let rolling = spec.at("strategy.rollingUpdate");
    if rolling.exists() {
        let part = |field: &str| rolling.get(field).or("<nil>");
        let words =
            format!("{} max unavailable, {} max surge", part("maxUnavailable"), part("maxSurge"));
        out.field(0, "RollingUpdateStrategy", words);
    }
    pod::template(out, spec.get("template"), context.namespace);
    conditions::write(out, object, context.now, &[Column::Reason], true);
    replica_sets(context, out);
}

fn replica_sets(context: &Context<'_>, out: &mut Out) {
    if let Some(why) = context.answers.missing(&Key::ReplicaSets) {
        return out.own(|out| out.field(0, "ReplicaSets", Cell::toned(why, Tone::Warn)));
    }
    let uid = context.object.at("metadata.uid").str();
    let mut sets = context.answers.items(&Key::ReplicaSets);
    sets.retain(|set| meta::controller(*set).is_some_and(|owner| owner.get("uid").str() == uid));
    if sets.is_empty() {
        return;
    }
    sets.sort_by_key(|set| {
        let created = words::seconds(set.at("metadata.creationTimestamp"));
        (created, set.at("metadata.name").str())
    });
    let wanted = template_of(context.object);
    let new = sets.iter().position(|set| template_of(*set) == wanted).map(|at| sets.remove(at));
    let words = |sets: &[Node<'_>]| {
        let mut cell = Cell::default();
        for (at, set) in sets.iter().enumerate() {
            let name = set.at("metadata.name").str();
            let (made, wanted) = (set.at("status.replicas").num(), set.at("spec.replicas").num());
            let to = target("apps", "ReplicaSet", context.namespace, name);
            cell = cell
                .and(if at == 0 { "" } else { ", " })
                .and(Cell::link(name, to))
                .and(format!(" ({made}/{wanted} replicas created)"));
        }
        if sets.is_empty() { Cell::from("<none>") } else { cell }
    };
    out.field(0, "OldReplicaSets", words(&sets));
    let new: Vec<Node<'_>> = new.into_iter().collect();
    out.field(0, "NewReplicaSet", words(&new));
}

/// The template without the label that tells ReplicaSets apart: a ReplicaSet with the same one is
/// the new one.
fn template_of(object: Node<'_>) -> Value {
    fn without_nulls(value: &Value) -> Value {
        match value {
            Value::Object(map) => map
                .iter()
                .filter(|(_, value)| !value.is_null())
                .map(|(key, value)| (key.clone(), without_nulls(value)))
                .collect(),
            Value::Array(items) => items.iter().map(without_nulls).collect(),
            other => other.clone(),
        }
    }
    let template = object.at("spec.template").value();
    let mut template = template.map(without_nulls).unwrap_or_default();
    if let Some(labels) = template.pointer_mut("/metadata/labels").and_then(Value::as_object_mut) {
        labels.remove(HASH);
    }
    template
}

pub(super) fn stateful_set(context: &Context<'_>, out: &mut Out) {
    let object = context.object;
    let (spec, status) = (object.get("spec"), object.get("status"));
    meta::name(out, object);
    created(out, object);
    out.field(0, "Selector", words::selector(spec.get("selector")).unwrap_or_default());
    meta::labels_and_annotations(out, object);
    let (wanted, total) = (spec.get("replicas").num(), status.get("replicas").num());
    out.field(0, "Replicas", format!("{wanted} desired | {total} total"));
    out.field(0, "Update Strategy", spec.at("updateStrategy.type").text());
    let rolling = spec.at("updateStrategy.rollingUpdate");
    if let Some(partition) = rolling.get("partition").int() {
        out.field(1, "Partition", partition);
        if rolling.get("maxUnavailable").exists() {
            out.field(1, "MaxUnavailable", rolling.get("maxUnavailable").text());
        }
    }
    pods_status(context, out);
    pod::template(out, spec.get("template"), context.namespace);
    storage::claim_templates(out, spec.get("volumeClaimTemplates"));
    conditions::ours(out, object, context.now);
}

pub(super) fn daemon_set(context: &Context<'_>, out: &mut Out) {
    let object = context.object;
    let (spec, status) = (object.get("spec"), object.get("status"));
    meta::name(out, object);
    out.field(0, "Selector", words::selector(spec.get("selector")).unwrap_or_default());
    out.field(0, "Node-Selector", words::labels(spec.at("template.spec.nodeSelector")));
    meta::labels_and_annotations(out, object);
    for (title, field) in [
        ("Desired Number of Nodes Scheduled", "desiredNumberScheduled"),
        ("Current Number of Nodes Scheduled", "currentNumberScheduled"),
        ("Number of Nodes Scheduled with Up-to-date Pods", "updatedNumberScheduled"),
        ("Number of Nodes Scheduled with Available Pods", "numberAvailable"),
        ("Number of Nodes Misscheduled", "numberMisscheduled"),
    ] {
        // No columns here: they would push all values aside.
        let number = status.get(field).num().to_string();
        out.line(0, Cell::label(format!("{title}: ")).and(number));
    }
    pods_status(context, out);
    pod::template(out, spec.get("template"), context.namespace);
    conditions::ours(out, object, context.now);
}

pub(super) fn job(context: &Context<'_>, out: &mut Out) {
    let object = context.object;
    let (spec, status) = (object.get("spec"), object.get("status"));
    meta::name(out, object);
    selector(out, spec.get("selector"), "");
    meta::labels_and_annotations(out, object);
    meta::controlled_by(out, object);
    let number = |out: &mut Out, title: &str, field: &str, unset: bool, unit: &str| {
        let n = spec.get(field).int();
        match n {
            Some(n) => out.field(0, title, format!("{n}{unit}")),
            None if unset => out.field(0, title, "<unset>"),
            None => {}
        }
    };
    number(out, "Parallelism", "parallelism", false, "");
    number(out, "Completions", "completions", true, "");
    let mode = spec.get("completionMode");
    if mode.exists() {
        out.field(0, "Completion Mode", mode.text());
    }
    if spec.get("suspend").exists() {
        out.field(0, "Suspend", spec.get("suspend").text());
    }
    number(out, "Backoff Limit", "backoffLimit", false, "");
    number(out, "TTL Seconds After Finished", "ttlSecondsAfterFinished", false, "");
    let (start, end) = (status.get("startTime"), status.get("completionTime"));
    for (title, at) in [("Start Time", start), ("Completed At", end)] {
        if at.exists() {
            out.field(0, title, out.date(at));
        }
    }
    if let (Some(start), Some(end)) = (words::seconds(start), words::seconds(end)) {
        out.field(0, "Duration", age::human(end.saturating_sub(start)));
    }
    number(out, "Active Deadline Seconds", "activeDeadlineSeconds", false, "s");
    let n = |field: &str| status.get(field).num();
    let ready = status.get("ready").int().map(|n| format!(" ({n} Ready)")).unwrap_or_default();
    let tone = if n("failed") > 0 { Tone::Warn } else { Tone::Plain };
    let counts =
        Cell::from(format!("{} Active{ready} / {} Succeeded / ", n("active"), n("succeeded")))
            .and(Cell::toned(format!("{} Failed", n("failed")), tone));
    out.field(0, "Pods Statuses", counts);
    if mode.str() == "Indexed" {
        out.field(0, "Completed Indexes", indexes(&status.get("completedIndexes").text()));
    }
    pod::template(out, spec.get("template"), context.namespace);
    conditions::ours(out, object, context.now);
}

fn selector(out: &mut Out, selector: Node<'_>, unset: &str) {
    let words = match words::selector(selector) {
        _ if !selector.exists() => unset.to_owned(),
        Some(words) => words,
        None => "Failed to get selector: it is invalid".to_owned(),
    };
    out.field(0, "Selector", words);
}

/// About fifty bytes of a list, cut at a comma.
fn indexes(list: &str) -> String {
    const ABOUT: usize = 50;
    if list.is_empty() {
        return "<none>".to_owned();
    }
    let comma = list.bytes().enumerate().skip(ABOUT).find(|(_, byte)| *byte == b',');
    match comma {
        Some((at, _)) => format!("{}...", &list[..=at]),
        None => list.to_owned(),
    }
}

pub(super) fn cron_job(context: &Context<'_>, out: &mut Out) {
    let object = context.object;
    let (spec, status) = (object.get("spec"), object.get("status"));
    meta::header(out, object);
    out.field(0, "Schedule", spec.get("schedule").text());
    out.field(0, "Concurrency Policy", spec.get("concurrencyPolicy").text());
    out.field(0, "Suspend", words::titled_truth(spec.get("suspend")));
    out.field(0, "Time Zone", spec.get("timeZone").or("<unset>"));
    for (title, field, unit) in [
        ("Successful Job History Limit", "successfulJobsHistoryLimit", ""),
        ("Failed Job History Limit", "failedJobsHistoryLimit", ""),
        ("Starting Deadline Seconds", "startingDeadlineSeconds", "s"),
    ] {
        let number = spec.get(field).int().map(|n| format!("{n}{unit}"));
        out.field(0, title, number.unwrap_or_else(|| "<unset>".to_owned()));
    }
    let job = spec.at("jobTemplate.spec");
    selector(out, job.get("selector"), "<unset>");
    for (title, field) in [("Parallelism", "parallelism"), ("Completions", "completions")] {
        let number = job.get(field).int().map(|n| n.to_string());
        out.field(0, title, number.unwrap_or_else(|| "<unset>".to_owned()));
    }
    if let Some(n) = job.get("activeDeadlineSeconds").int() {
        out.field(0, "Active Deadline Seconds", format!("{n}s"));
    }
    pod::template(out, job.get("template"), context.namespace);
    let last = status.get("lastScheduleTime");
    let words = if last.exists() { out.date(last) } else { "<unset>".to_owned() };
    out.field(0, "Last Schedule Time", words);
    let mut active = Cell::default();
    for (at, job) in status.get("active").items().enumerate() {
        let name = job.get("name");
        let to = target("batch", "Job", context.namespace, name.str());
        active = active.and(if at == 0 { "" } else { ", " }).and(Cell::link(name.text(), to));
    }
    let none = status.get("active").items().len() == 0;
    out.field(0, "Active Jobs", if none { Cell::from("<none>") } else { active });
}
