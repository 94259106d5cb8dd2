//! One row for each container of a pod: init containers, sidecars, containers, ephemeral ones, in
//! the order in which they start.

use super::build::{Pool, timestamp};
use super::containers::{Resources, Terminated, Waiting};
use super::de::{Meta, Str, nullable};
use super::{ColumnSpec, KindSpec, Object, RowBuilder, Skip};
use crate::model::{Cell, Health, Link, Metric, Row, Schema, Tone};
use serde::Deserialize;
use serde::de::IgnoredAny;

/// Columns after NAME; cells are numbered in the order of the ones that take a cell.
static COLUMNS: &[ColumnSpec] = &[
    ColumnSpec::text("TYPE").ours().drop(4),          // 0
    ColumnSpec::text("IMAGE").ours().drop(6).max(80), // 1
    ColumnSpec::text("READY").ours().drop(0),         // 2
    ColumnSpec::text("STATE").ours().drop(0),         // 3
    ColumnSpec::number("RESTARTS").ours().drop(2),    // 4
    ColumnSpec::text("LAST EXIT").ours().drop(3),     // 5
    ColumnSpec::clock("EXITED").ours().drop(7),       // 6
    ColumnSpec::text("PROBES(L:R:S)").ours().drop(8), // 7
    ColumnSpec::metric("CPU", Metric::Cpu, CPU_REQUEST).drop(4),
    ColumnSpec::number("CPU/R").ours().drop(9).wide(), // 8
    ColumnSpec::number("CPU/L").ours().drop(9).wide(), // 9
    ColumnSpec::metric("%CPU/R", Metric::CpuOfRequest, CPU_REQUEST).drop(7),
    ColumnSpec::metric("%CPU/L", Metric::CpuOfLimit, CPU_LIMIT).drop(7),
    ColumnSpec::metric("MEM", Metric::Memory, MEMORY_REQUEST).drop(4),
    ColumnSpec::number("MEM/R").ours().drop(9).wide(), // 10
    ColumnSpec::number("MEM/L").ours().drop(9).wide(), // 11
    ColumnSpec::metric("%MEM/R", Metric::MemoryOfRequest, MEMORY_REQUEST).drop(7),
    ColumnSpec::metric("%MEM/L", Metric::MemoryOfLimit, MEMORY_LIMIT).drop(7),
    ColumnSpec::text("PORTS").ours().drop(8), // 12
    ColumnSpec::clock("AGE").ours().drop(1),  // 13
];

const CPU_REQUEST: u16 = 8;
const CPU_LIMIT: u16 = 9;
const MEMORY_REQUEST: u16 = 10;
const MEMORY_LIMIT: u16 = 11;

#[derive(Deserialize)]
struct Pod<'a> {
    #[serde(borrow, default, deserialize_with = "nullable")]
    metadata: Meta<'a>,
    #[serde(default, deserialize_with = "nullable")]
    spec: Spec<'a>,
    #[serde(default, deserialize_with = "nullable")]
    status: Status<'a>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Spec<'a> {
    #[serde(borrow, deserialize_with = "nullable")]
    init_containers: Vec<Container<'a>>,
    #[serde(deserialize_with = "nullable")]
    containers: Vec<Container<'a>>,
    #[serde(deserialize_with = "nullable")]
    ephemeral_containers: Vec<Container<'a>>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Container<'a> {
    #[serde(borrow)]
    name: Str<'a>,
    image: Str<'a>,
    restart_policy: Str<'a>,
    #[serde(deserialize_with = "nullable")]
    resources: Resources<'a>,
    #[serde(deserialize_with = "nullable")]
    ports: Vec<Port<'a>>,
    liveness_probe: Option<IgnoredAny>,
    readiness_probe: Option<IgnoredAny>,
    startup_probe: Option<IgnoredAny>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Port<'a> {
    #[serde(borrow)]
    name: Str<'a>,
    #[serde(deserialize_with = "nullable")]
    container_port: i64,
    protocol: Str<'a>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Status<'a> {
    #[serde(borrow, deserialize_with = "nullable")]
    init_container_statuses: Vec<Report<'a>>,
    #[serde(deserialize_with = "nullable")]
    container_statuses: Vec<Report<'a>>,
    #[serde(deserialize_with = "nullable")]
    ephemeral_container_statuses: Vec<Report<'a>>,
}

/// What the kubelet reports of one container.
#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Report<'a> {
    #[serde(borrow)]
    name: Str<'a>,
    #[serde(deserialize_with = "nullable")]
    ready: bool,
    #[serde(deserialize_with = "nullable")]
    restart_count: u32,
    #[serde(deserialize_with = "nullable")]
    state: State<'a>,
    #[serde(deserialize_with = "nullable")]
    last_state: State<'a>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct State<'a> {
    #[serde(borrow)]
    waiting: Option<Waiting<'a>>,
    running: Option<Running<'a>>,
    terminated: Option<Terminated<'a>>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Running<'a> {
    #[serde(borrow)]
    started_at: Str<'a>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Role {
    Init,
    Sidecar,
    Main,
    Ephemeral,
}

impl Role {
    fn word(self) -> &'static str {
        match self {
            Self::Init => "init",
            Self::Sidecar => "sidecar",
            Self::Main => "main",
            Self::Ephemeral => "ephemeral",
        }
    }
}

/// The columns of a container list. None of them is the API server's: it has no such table.
pub(super) fn schema() -> Schema {
    fn unused(_: Object<'_>, _: &mut RowBuilder<'_>) -> Result<(), Skip> {
        Err(Skip("containers are listed by their pod".to_owned()))
    }
    let spec = KindSpec {
        group: "",
        plural: "containers",
        kind: "Container",
        namespaced: true,
        columns: COLUMNS,
        sort: None,
        project: unused,
        proto: None,
    };
    let mut schema = spec.schema();
    // All containers share their pod's namespace.
    schema.columns.retain(|column| column.title != "NAMESPACE");
    schema
}

/// Appends one row for each container of one pod. A row's key is the pod's namespace and the
/// container's name; uid, version and owner are the pod's.
pub(super) fn project(json: &[u8], pool: &mut Pool, out: &mut Vec<Row>) -> Result<(), Skip> {
    let pod: Pod<'_> = serde_json::from_slice(json)?;
    if pod.metadata.name.is_empty() {
        return Err(Skip("it has no metadata.name".to_owned()));
    }
    let sidecar = |container: &&Container<'_>| &*container.restart_policy == "Always";
    let (status, spec) = (&pod.status, &pod.spec);
    let init = &status.init_container_statuses;
    let rows = (spec.init_containers.iter())
        .map(|c| (if sidecar(&c) { Role::Sidecar } else { Role::Init }, c, init))
        .chain(spec.containers.iter().map(|c| (Role::Main, c, &status.container_statuses)))
        .chain(
            (spec.ephemeral_containers.iter())
                .map(|c| (Role::Ephemeral, c, &status.ephemeral_container_statuses)),
        );
    for (role, container, reports) in rows {
        let report = reports.iter().find(|report| *report.name == *container.name);
        out.push(row(&pod.metadata, role, container, report, pool));
    }
    Ok(())
}

fn row(
    pod: &Meta<'_>,
    role: Role,
    container: &Container<'_>,
    report: Option<&Report<'_>>,
    pool: &mut Pool,
) -> Row {
    let mut row = RowBuilder::new(pool);
    row.meta(pod);
    row.name(&container.name);
    let (namespace, name) = (row.shared(&pod.namespace), row.shared(&pod.name));
    row.link(Link::Ref {
        field: arcstr::literal!("pod"),
        group: crate::model::Text::new(),
        kind: arcstr::literal!("Pod"),
        namespace,
        name,
    });

    row.text(role.word(), Tone::Dim);
    row.text(&container.image, Tone::Plain);
    let (state, health) = state(role, report);
    ready(&mut row, role, report);
    let tone = tone(health);
    row.text(&state, tone);
    let exit = report.and_then(|report| report.last_state.terminated.as_ref());
    let restarts = report.map_or(0, |report| report.restart_count);
    let exited = exit.and_then(Terminated::finished);
    row.cell(Cell::CountSince(restarts, exited.filter(|_| restarts > 0).unwrap_or(0)));
    match exit {
        Some(exit) => {
            let tone = if exit.exit_code == 0 { Tone::Plain } else { Tone::Warn };
            row.text(&exit_text(exit), tone);
        }
        None => row.cell(Cell::Empty),
    }
    row.cell(exited.map_or(Cell::Empty, Cell::Since));
    let on = |probe: &Option<IgnoredAny>| if probe.is_some() { "on" } else { "off" };
    row.text(
        &format!(
            "{}:{}:{}",
            on(&container.liveness_probe),
            on(&container.readiness_probe),
            on(&container.startup_probe)
        ),
        Tone::Plain,
    );
    let resources = &container.resources;
    let millis = |n: Option<i64>| n.map_or(Cell::Empty, Cell::Millis);
    let bytes = |n: Option<i64>| n.map_or(Cell::Empty, Cell::Bytes);
    row.cell(millis(resources.requests.cpu_millis()));
    row.cell(millis(resources.limits.cpu_millis()));
    row.cell(bytes(resources.requests.memory_bytes()));
    row.cell(bytes(resources.limits.memory_bytes()));
    match ports(&container.ports) {
        ports if ports.is_empty() => row.cell(Cell::Empty),
        ports => row.text(&ports, Tone::Plain),
    }
    let started = report
        .and_then(|report| report.state.running.as_ref())
        .and_then(|running| timestamp(&running.started_at));
    row.cell(started.map_or(Cell::Empty, Cell::Since));

    row.health(health);
    row.tone(match tone {
        Tone::Good => Tone::Plain,
        tone => tone,
    });
    row.finish()
}

fn tone(health: Health) -> Tone {
    match health {
        Health::None => Tone::Dim,
        Health::Healthy | Health::Suspended => Tone::Good,
        Health::Progressing => Tone::Busy,
        Health::Unknown => Tone::Warn,
        Health::Degraded => Tone::Bad,
    }
}

/// The word for what a container is doing, and whether that is well.
fn state(role: Role, report: Option<&Report<'_>>) -> (String, Health) {
    let Some(report) = report else { return ("Waiting".to_owned(), Health::Progressing) };
    let state = &report.state;
    if let Some(terminated) = &state.terminated {
        let well = terminated.exit_code == 0 && terminated.signal == 0;
        let health = match role {
            // An init or debug container that ended well has done its work.
            _ if well => Health::None,
            _ => Health::Degraded,
        };
        return (terminated.name().into_owned(), health);
    }
    if state.running.is_some() {
        let serving = report.ready || matches!(role, Role::Init | Role::Ephemeral);
        let health = if serving { Health::Healthy } else { Health::Progressing };
        return ("Running".to_owned(), health);
    }
    match &state.waiting {
        Some(waiting) if !waiting.reason.is_empty() => {
            let reason = waiting.reason.to_string();
            let starting = matches!(&*reason, "ContainerCreating" | "PodInitializing");
            let health = if starting { Health::Progressing } else { Health::Degraded };
            (reason, health)
        }
        _ => ("Waiting".to_owned(), Health::Progressing),
    }
}

fn ready(row: &mut RowBuilder<'_>, role: Role, report: Option<&Report<'_>>) {
    let ready = report.is_some_and(|report| report.ready);
    let ended = report.is_some_and(|report| report.state.terminated.is_some());
    let tone = match role {
        _ if ready => Tone::Good,
        Role::Ephemeral => Tone::Dim,
        _ if ended => Tone::Dim,
        _ => Tone::Warn,
    };
    row.text(if ready { "true" } else { "false" }, tone);
}

/// `Error 1`, `OOMKilled 137`, `Completed 0`.
fn exit_text(exit: &Terminated<'_>) -> String {
    if exit.reason.is_empty() {
        exit.name().into_owned()
    } else {
        format!("{} {}", &*exit.reason, exit.exit_code)
    }
}

/// `http:8080,53/UDP`: names where given, protocols other than TCP.
fn ports(ports: &[Port<'_>]) -> String {
    let mut out = String::new();
    for port in ports {
        if !out.is_empty() {
            out.push(',');
        }
        if !port.name.is_empty() {
            out.push_str(&port.name);
            out.push(':');
        }
        out.push_str(&port.container_port.to_string());
        if !matches!(&*port.protocol, "" | "TCP") {
            out.push('/');
            out.push_str(&port.protocol);
        }
    }
    out
}

#[cfg(test)]
mod tests;
