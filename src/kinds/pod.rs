//! Pod: its columns, and the way from facts to a row.

use super::containers::short_image;
use super::de::Meta;
use super::pod_facts::{Lists, PodFacts, Shares, Used};
use super::pod_status::{Summary, summarise};
use super::proto::messages;
use super::{ColumnSpec, KindSpec, Object, RowBuilder, Skip};
use crate::model::{Cell, Link, Metric, Tone};
use crate::text::Text;

// Cells that metric columns are a share of, numbered as `fill` pushes them.
const CPU_REQUEST: u16 = 8;
const CPU_LIMIT: u16 = 9;
const MEM_REQUEST: u16 = 10;
const MEM_LIMIT: u16 = 11;

pub(super) static SPEC: KindSpec = KindSpec {
    group: "",
    plural: "pods",
    kind: "Pod",
    namespaced: true,
    columns: &[
        ColumnSpec::number("READY").drop(0),
        ColumnSpec::text("STATUS").drop(0),
        ColumnSpec::number("RESTARTS").drop(1),
        ColumnSpec::metric("CPU", Metric::Cpu, CPU_REQUEST).drop(3),
        ColumnSpec::metric("MEM", Metric::Memory, MEM_REQUEST).drop(3),
        ColumnSpec::metric("%CPU/R", Metric::CpuOfRequest, CPU_REQUEST).drop(4),
        ColumnSpec::metric("%CPU/L", Metric::CpuOfLimit, CPU_LIMIT).wide(),
        ColumnSpec::metric("%MEM/R", Metric::MemoryOfRequest, MEM_REQUEST).drop(4),
        ColumnSpec::metric("%MEM/L", Metric::MemoryOfLimit, MEM_LIMIT).wide(),
        ColumnSpec::age(),
        ColumnSpec::text("LAST EXIT").ours().drop(6),
        ColumnSpec::text("IP").wide().drop(3),
        ColumnSpec::text("NODE").wide().drop(2),
        ColumnSpec::text("NOMINATED NODE").wide(),
        ColumnSpec::text("READINESS GATES").wide(),
        ColumnSpec::number("CPU/R").ours().wide(),
        ColumnSpec::number("CPU/L").ours().wide(),
        ColumnSpec::number("MEM/R").ours().wide(),
        ColumnSpec::number("MEM/L").ours().wide(),
        ColumnSpec::text("IMAGE").ours().drop(7).max(40),
        ColumnSpec::text("QOS").ours().wide(),
        ColumnSpec::text("OWNER").ours().wide(),
    ],
    sort: None,
    project,
    proto: Some(("v1", &messages::POD)),
};

/// Most references to other objects kept per pod.
const MAX_REFS: usize = 16;

fn project(object: Object<'_>, row: &mut RowBuilder<'_>) -> Result<(), Skip> {
    let mut lists = row.lists::<Lists>();
    let mut pod = lists.take();
    object.fill(&mut pod)?;
    fill(&pod, row);
    lists.keep(pod);
    row.leave(lists);
    Ok(())
}

/// Turns facts into a row. However the facts were decoded, the row is the same.
pub(super) fn fill(pod: &PodFacts<'_>, row: &mut RowBuilder<'_>) {
    row.meta(&pod.metadata);
    let summary = summarise(pod);
    row.cell(Cell::Ratio(summary.ready, summary.total));
    row.text(&summary.status, summary.tone);
    row.cell(Cell::CountSince(summary.restarts, summary.last_restart));
    last_exit(&summary, row);
    let ip = pod.status.pod_ips.first().map_or("", |ip| &*ip.ip);
    if ip.is_empty() {
        row.none()
    } else {
        row.own_text(ip, Tone::Plain)
    }
    row.text_or_none(&pod.spec.node_name);
    row.text_or_none(&pod.status.nominated_node_name);
    gates(pod, row);
    let Shares { cpu_request, cpu_limit, memory_request, memory_limit } = pod.shares();
    row.cell(cpu_request.map_or(Cell::Empty, Cell::Millis));
    row.cell(cpu_limit.map_or(Cell::Empty, Cell::Millis));
    row.cell(memory_request.map_or(Cell::Empty, Cell::Bytes));
    row.cell(memory_limit.map_or(Cell::Empty, Cell::Bytes));
    image(pod, row);
    row.text(&pod.status.qos_class, Tone::Plain);
    owner(&pod.metadata, row);
    links(pod, row);
    row.health(summary.health);
    row.tone(if summary.tone == Tone::Good { Tone::Plain } else { summary.tone });
}

fn last_exit(summary: &Summary<'_>, row: &mut RowBuilder<'_>) {
    let Some(exit) = summary.last_exit else { return row.cell(Cell::Empty) };
    let tone = match (&*exit.reason, exit.exit_code) {
        ("OOMKilled", _) => Tone::Bad,
        (_, 0) => Tone::Dim,
        _ => Tone::Warn,
    };
    if exit.reason.is_empty() {
        row.text(&exit.name(), tone);
    } else {
        row.text(&format!("{} ({})", &*exit.reason, exit.exit_code), tone);
    }
}

fn gates(pod: &PodFacts<'_>, row: &mut RowBuilder<'_>) {
    if pod.spec.readiness_gates.is_empty() {
        return row.none();
    }
    let open = pod.spec.readiness_gates.iter().filter(|gate| {
        pod.condition(&gate.condition_type).is_some_and(super::health::Condition::is_true)
    });
    let total = pod.spec.readiness_gates.len();
    row.text(&format!("{}/{total}", open.count()), Tone::Plain);
}

fn image(pod: &PodFacts<'_>, row: &mut RowBuilder<'_>) {
    let Some(first) = pod.spec.containers.first() else { return row.cell(Cell::Empty) };
    let short = short_image(&first.image);
    match pod.spec.containers.len() - 1 {
        0 => row.text(&short, Tone::Plain),
        more => row.text(&format!("{short} +{more}"), Tone::Plain),
    }
}

fn owner(meta: &Meta<'_>, row: &mut RowBuilder<'_>) {
    let owners = &meta.owner_references;
    match owners.iter().find(|owner| owner.controller == Some(true)).or_else(|| owners.first()) {
        Some(owner) => row.text(&[&*owner.kind, "/", &*owner.name].concat(), Tone::Plain),
        None => row.cell(Cell::Empty),
    }
}

fn links(pod: &PodFacts<'_>, row: &mut RowBuilder<'_>) {
    if !pod.spec.node_name.is_empty() {
        let name = row.shared(&pod.spec.node_name);
        row.link(Link::Ref {
            field: arcstr::literal!("spec.nodeName"),
            group: Text::new(),
            kind: arcstr::literal!("Node"),
            namespace: Text::new(),
            name,
        });
    }
    let namespace = row.shared(&pod.metadata.namespace);
    let mut seen: Vec<(Used, &str)> = Vec::with_capacity(MAX_REFS);
    for (kind, field, name) in pod.references() {
        if name.is_empty() || seen.len() == MAX_REFS || seen.contains(&(kind, name)) {
            continue;
        }
        seen.push((kind, name));
        let name = row.shared(name);
        row.common_link(Link::Ref {
            field,
            group: Text::new(),
            kind: kind.text(),
            namespace: namespace.clone(),
            name,
        });
    }
}
