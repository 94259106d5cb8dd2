//! Node.

use super::containers::Amounts;
use super::de::{Meta, Pairs, Str, nullable};
use super::health::{Condition, condition};
use super::proto::messages;
use super::{ColumnSpec, KindSpec, Object, RowBuilder, Skip};
use crate::model::{Cell, Health, Link, Metric, Tone};
use crate::text::Text;
use serde::Deserialize;
use serde::de::IgnoredAny;

// Cells that metric columns are a share of, numbered as `project` pushes them.
const CPU_ALLOCATABLE: u16 = 11;
const MEM_ALLOCATABLE: u16 = 12;

pub(super) static SPEC: KindSpec = KindSpec {
    group: "",
    plural: "nodes",
    kind: "Node",
    namespaced: false,
    columns: &[
        ColumnSpec::text("STATUS").drop(0),
        ColumnSpec::text("ROLES").drop(3),
        ColumnSpec::metric("CPU", Metric::Cpu, CPU_ALLOCATABLE).drop(3),
        ColumnSpec::metric("MEM", Metric::Memory, MEM_ALLOCATABLE).drop(3),
        ColumnSpec::metric("%CPU", Metric::CpuOfRequest, CPU_ALLOCATABLE).drop(2),
        ColumnSpec::metric("%MEM", Metric::MemoryOfRequest, MEM_ALLOCATABLE).drop(2),
        ColumnSpec::age(),
        ColumnSpec::text("VERSION").drop(4),
        ColumnSpec::text("PRESSURE").ours().drop(2),
        ColumnSpec::number("TAINTS").ours().drop(5),
        ColumnSpec::text("INTERNAL-IP").wide(),
        ColumnSpec::text("EXTERNAL-IP").wide(),
        ColumnSpec::text("OS-IMAGE").wide(),
        ColumnSpec::text("KERNEL-VERSION").wide(),
        ColumnSpec::text("CONTAINER-RUNTIME").wide(),
        ColumnSpec::number("PODS").ours().drop(6),
        ColumnSpec::number("CPU/A").ours().wide(),
        ColumnSpec::number("MEM/A").ours().wide(),
    ],
    sort: None,
    project,
    proto: Some(("v1", &messages::NODE)),
};

#[derive(Default, Deserialize)]
#[serde(default)]
struct Facts<'a> {
    #[serde(borrow, deserialize_with = "nullable")]
    metadata: Meta<'a>,
    #[serde(deserialize_with = "nullable")]
    spec: Spec,
    #[serde(deserialize_with = "nullable")]
    status: Status<'a>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Spec {
    #[serde(deserialize_with = "nullable")]
    unschedulable: bool,
    #[serde(deserialize_with = "nullable")]
    taints: Vec<IgnoredAny>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Status<'a> {
    #[serde(borrow, deserialize_with = "nullable")]
    conditions: Vec<Condition<'a>>,
    #[serde(deserialize_with = "nullable")]
    addresses: Vec<Address<'a>>,
    #[serde(deserialize_with = "nullable")]
    allocatable: Amounts<'a>,
    #[serde(deserialize_with = "nullable")]
    node_info: NodeInfo<'a>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Address<'a> {
    #[serde(borrow, rename = "type")]
    kind: Str<'a>,
    address: Str<'a>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct NodeInfo<'a> {
    #[serde(borrow)]
    kubelet_version: Str<'a>,
    os_image: Str<'a>,
    kernel_version: Str<'a>,
    container_runtime_version: Str<'a>,
    architecture: Str<'a>,
}

/// The labels, read in a pass of their own: no other kind here wants them.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Labelled<'a> {
    #[serde(borrow, deserialize_with = "nullable")]
    metadata: Labels<'a>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Labels<'a> {
    #[serde(borrow, deserialize_with = "nullable")]
    labels: Pairs<'a, Str<'a>>,
}

fn project(object: Object<'_>, row: &mut RowBuilder<'_>) -> Result<(), Skip> {
    let Facts { metadata, spec, status } = object.read()?;
    let labels = object.read::<Labelled<'_>>()?.metadata.labels;
    row.meta(&metadata);

    let pressure = pressure(&status.conditions);
    let (word, health, mut tone) = match ready(&status.conditions) {
        None => ("Unknown", Health::Unknown, Tone::Bad),
        Some(false) => ("NotReady", Health::Degraded, Tone::Bad),
        Some(true) if !pressure.is_empty() => ("Ready", Health::Degraded, Tone::Warn),
        Some(true) => ("Ready", Health::Healthy, Tone::Good),
    };
    let health = if spec.unschedulable && health == Health::Healthy {
        tone = Tone::Warn;
        Health::Suspended
    } else {
        health
    };
    let cordoned = if spec.unschedulable { ",SchedulingDisabled" } else { "" };
    row.text(&format!("{word}{cordoned}"), tone);
    row.text_or_none(&roles(&labels));
    let info = &status.node_info;
    row.text(&info.kubelet_version, Tone::Plain);
    row.text_or_empty(&pressure, Tone::Warn);
    row.cell(Cell::Int(i64::try_from(spec.taints.len()).unwrap_or(i64::MAX)));

    for kind in ["InternalIP", "ExternalIP"] {
        match status.addresses.iter().find(|address| &*address.kind == kind) {
            Some(address) => row.own_text(&address.address, Tone::Plain),
            None => row.none(),
        }
    }
    text_or_unknown(row, &info.os_image);
    let kernel = if info.kernel_version.is_empty() { "<unknown>" } else { &*info.kernel_version };
    if info.architecture.is_empty() {
        row.text(kernel, Tone::Plain);
    } else {
        row.text(&format!("{kernel} ({})", &*info.architecture), Tone::Plain);
    }
    text_or_unknown(row, &info.container_runtime_version);
    row.cell(status.allocatable.pod_count().map_or(Cell::Empty, Cell::Int));
    row.cell(status.allocatable.cpu_millis().map_or(Cell::Empty, Cell::Millis));
    row.cell(status.allocatable.memory_bytes().map_or(Cell::Empty, Cell::Bytes));

    let link = Link::Children {
        plural: arcstr::literal!("pods"),
        namespace: Text::new(),
        labels: Text::new(),
        fields: row.unique(&format!("spec.nodeName={}", &*metadata.name)),
        owner: Text::new(),
    };
    row.link(link);
    row.health(health);
    row.tone(if tone == Tone::Good { Tone::Plain } else { tone });
    Ok(())
}

fn ready(conditions: &[Condition<'_>]) -> Option<bool> {
    // The server lets a later condition of the same type win.
    conditions.iter().rev().find(|c| &*c.kind == "Ready").map(Condition::is_true)
}

/// What the node is short of: `Disk,Memory`.
fn pressure(conditions: &[Condition<'_>]) -> String {
    let mut short: Vec<&str> = [
        ("Disk", "DiskPressure"),
        ("Memory", "MemoryPressure"),
        ("Network", "NetworkUnavailable"),
        ("PID", "PIDPressure"),
    ]
    .into_iter()
    .filter(|(_, kind)| condition(conditions, kind).is_some_and(Condition::is_true))
    .map(|(word, _)| word)
    .collect();
    short.sort_unstable();
    short.join(",")
}

/// `node-role.kubernetes.io/<role>` and `kubernetes.io/role=<role>`, sorted.
fn roles(labels: &Pairs<'_, Str<'_>>) -> String {
    let mut roles: Vec<&str> = labels
        .0
        .iter()
        .filter_map(|(key, value)| match key.strip_prefix("node-role.kubernetes.io/") {
            Some(role) => Some(role),
            None => (&**key == "kubernetes.io/role").then_some(&**value),
        })
        .filter(|role| !role.is_empty())
        .collect();
    roles.sort_unstable();
    roles.dedup();
    roles.join(",")
}

fn text_or_unknown(row: &mut RowBuilder<'_>, text: &str) {
    if text.is_empty() { row.unknown() } else { row.text(text, Tone::Plain) }
}
