//! Nodes: what they are, and how much of them is asked for.

use super::amount::{Amount, Amounts};
use super::ask::{Ask, Got, Key};
use super::conditions::{self, Column};
use super::demand::{self, Side};
use super::meta::{self, target};
use super::node::Node;
use super::pod::add;
use super::words;
use super::writer::{Cell, Out};
use super::{Context, Subject, events};
use crate::model::{FaultKind, Tone};
use std::collections::{BTreeMap, BTreeSet};

/// Pools of devices beyond this many are counted.
const MAX_POOLS: usize = 10;

pub(super) fn asks(subject: &Subject) -> Vec<Ask> {
    let name = subject.name();
    let lease = ("coordination.k8s.io", "v1", "leases", "Lease");
    let slices = ("resource.k8s.io", "v1", "resourceslices", "ResourceSlice");
    vec![
        Ask::list(Key::Lease, lease, "kube-node-lease").name(name),
        Ask::list(Key::Pods, ("", "v1", "pods", "Pod"), "")
            .fields(format!("spec.nodeName={name},status.phase!=Succeeded,status.phase!=Failed")),
        Ask::list(Key::ResourceSlices, slices, "").fields(format!("spec.nodeName={name}")),
        events::ask_of_kubelet(subject),
    ]
}

pub(super) fn write(context: &Context<'_>, out: &mut Out) {
    let object = context.object;
    let (spec, status) = (object.get("spec"), object.get("status"));
    out.field(0, "Name", object.at("metadata.name").text());
    out.field(0, "Roles", roles(object.at("metadata.labels")));
    meta::labels_and_annotations(out, object);
    out.field(0, "CreationTimestamp", out.date(object.at("metadata.creationTimestamp")));
    taints(out, spec.get("taints"));
    let cordoned = spec.get("unschedulable").yes();
    let tone = if cordoned { Tone::Warn } else { Tone::Plain };
    out.field(0, "Unschedulable", Cell::toned(cordoned.to_string(), tone));
    lease(context, out);
    let columns = [Column::Heartbeat, Column::Transition, Column::Reason, Column::Message];
    conditions::write(out, object, context.now, &columns, true);
    out.head(0, "Addresses");
    for address in status.get("addresses").items() {
        out.field(1, &address.get("type").text(), address.get("address").text());
    }
    for (title, field) in [("Capacity", "capacity"), ("Allocatable", "allocatable")] {
        if !status.get(field).is_empty() {
            out.head(0, title);
            for (name, amount) in status.get(field).entries() {
                out.field(1, name, amount.text());
            }
        }
    }
    devices(context, out);
    out.head(0, "System Info");
    for (title, field) in [
        ("Machine ID", "machineID"),
        ("System UUID", "systemUUID"),
        ("Boot ID", "bootID"),
        ("Kernel Version", "kernelVersion"),
        ("OS Image", "osImage"),
        ("Operating System", "operatingSystem"),
        ("Architecture", "architecture"),
        ("Container Runtime Version", "containerRuntimeVersion"),
        ("Kubelet Version", "kubeletVersion"),
    ] {
        out.field(1, title, status.get("nodeInfo").get(field).text());
    }
    if !spec.get("podCIDR").is_empty() {
        out.field(0, "PodCIDR", spec.get("podCIDR").text());
    }
    if spec.get("podCIDRs").items().len() > 0 {
        out.field(0, "PodCIDRs", spec.get("podCIDRs").texts().join(","));
    }
    if !spec.get("providerID").is_empty() {
        out.field(0, "ProviderID", spec.get("providerID").text());
    }
    match context.answers.got(&Key::Pods) {
        Got::Here(list) => pods(context, out, list),
        Got::Fault(fault) if fault.kind == FaultKind::Forbidden => {
            let own = Cell::own(format!("  ({})", fault.why));
            out.field(0, "Pods", Cell::toned("not authorized", Tone::Warn).and(own));
        }
        Got::Waiting | Got::Fault(_) => {
            let why = context.answers.missing(&Key::Pods).unwrap_or_default();
            out.field(0, "Pods", Cell::toned(why, Tone::Warn));
        }
    }
}

fn roles(labels: Node<'_>) -> String {
    let mut roles = BTreeSet::new();
    for (key, value) in labels.entries() {
        if let Some(role) = key.strip_prefix("node-role.kubernetes.io/") {
            roles.insert(role);
        } else if key == "kubernetes.io/role" {
            roles.insert(value.str());
        }
    }
    roles.remove("");
    words::none_if_empty(roles.into_iter().collect::<Vec<_>>().join(","))
}

fn taints(out: &mut Out, taints: Node<'_>) {
    let mut all: Vec<Node<'_>> = taints.items().collect();
    all.sort_by_key(|one| format!("{},{}", one.get("effect").text(), one.get("key").text()));
    let lines = all.into_iter().map(|one| {
        let text = |field: &str| one.get(field).text();
        let (key, value, effect) = (text("key"), text("value"), text("effect"));
        Cell::from(match (value.is_empty(), effect.is_empty()) {
            (true, true) => key,
            (true, false) => format!("{key}:{effect}"),
            (false, _) => format!("{key}={value}:{effect}"),
        })
    });
    meta::list(out, 0, "Taints", lines.collect());
}

fn lease(context: &Context<'_>, out: &mut Out) {
    let spec = match context.answers.got(&Key::Lease) {
        Got::Here(lease) => lease.get("spec"),
        Got::Fault(fault) => {
            let words = format!("Failed to get lease: {}", fault.why);
            return out.field(0, "Lease", Cell::toned(words, Tone::Warn));
        }
        Got::Waiting => {
            let why = context.answers.missing(&Key::Lease).unwrap_or_default();
            return out.own(|out| out.field(0, "Lease", why));
        }
    };
    out.head(0, "Lease");
    let holder = spec.get("holderIdentity");
    out.field(1, "HolderIdentity", if holder.exists() { holder.text() } else { unset() });
    for (title, field) in [("AcquireTime", "acquireTime"), ("RenewTime", "renewTime")] {
        let at = spec.get(field);
        out.field(1, title, if at.exists() { out.date(at) } else { unset() });
    }
}

fn unset() -> String {
    "<unset>".to_owned()
}

/// Devices that are offered on this node alone, by driver and pool.
fn devices(context: &Context<'_>, out: &mut Out) {
    if let Got::Fault(fault) = context.answers.got(&Key::ResourceSlices) {
        // A server without them.
        if fault.kind != FaultKind::NotFound {
            let why = context.answers.missing(&Key::ResourceSlices).unwrap_or_default();
            out.own(|out| out.field(0, "Node-Local ResourceSlices", Cell::toned(why, Tone::Warn)));
        }
        return;
    }
    let mut pools: BTreeMap<String, (String, String, i64, usize)> = BTreeMap::new();
    for slice in context.answers.items(&Key::ResourceSlices) {
        let spec = slice.get("spec");
        let (driver, pool) = (spec.get("driver").text(), spec.at("pool.name").text());
        let entry = pools.entry(format!("{driver}/{pool}")).or_insert_with(|| (driver, pool, 0, 0));
        entry.2 += 1;
        entry.3 += spec.get("devices").items().len();
    }
    if pools.is_empty() {
        return;
    }
    out.head(0, "Node-Local ResourceSlices");
    out.table(1, &["Driver", "Pool", "Slices", "Devices"]);
    let more = pools.len().saturating_sub(MAX_POOLS);
    for (driver, pool, slices, devices) in pools.into_values().take(MAX_POOLS) {
        let devices = Cell::from(devices.to_string());
        out.row(1, [driver.into(), pool.into(), slices.into(), devices]);
    }
    if more > 0 {
        out.line(1, format!("...and {more} more pools"));
    }
}

fn pods(context: &Context<'_>, out: &mut Out, list: Node<'_>) {
    let status = context.object.get("status");
    let allocatable = if status.get("allocatable").is_empty() { "capacity" } else { "allocatable" };
    let whole = demand::amounts(status.get(allocatable));
    let count = list.get("items").items().len();
    out.field(0, "Non-terminated Pods", format!("({count} in total)"));
    const TITLES: [&str; 8] = [
        "Namespace",
        "Name",
        "",
        "CPU Requests",
        "CPU Limits",
        "Memory Requests",
        "Memory Limits",
        "Age",
    ];
    out.table(1, &TITLES);
    let (mut requests, mut limits) = (Amounts::new(), Amounts::new());
    for pod in list.get("items").items() {
        let namespace = pod.at("metadata.namespace").str();
        let name = pod.at("metadata.name").str();
        let to = target("", "Pod", namespace, name);
        let mut row = vec![Cell::from(namespace), Cell::link(name, to), Cell::default()];
        let own = [Side::Requests, Side::Limits].map(|side| demand::of_pod(pod, side, true));
        for resource in ["cpu", "memory"] {
            row.extend(own.iter().map(|amounts| Cell::from(part(amounts, &whole, resource))));
        }
        row.push(words::since(pod.at("metadata.creationTimestamp"), context.now).into());
        out.row(1, row);
        add(&mut requests, &demand::of_pod(pod, Side::Requests, false));
        add(&mut limits, &demand::of_pod(pod, Side::Limits, false));
    }
    out.head(0, "Allocated resources");
    out.line(1, Cell::label("(Total limits may be over 100 percent, i.e., overcommitted.)"));
    out.table(1, &["Resource", "Requests", "Limits"]);
    let mut names = vec!["cpu", "memory", "ephemeral-storage"];
    let pages = |name: &str| name.starts_with("hugepages-");
    names.extend(whole.keys().map(String::as_str).filter(|name| pages(name)));
    let known =
        |name: &str| matches!(name, "cpu" | "memory" | "ephemeral-storage" | "pods") || pages(name);
    for name in names {
        let cells = [&requests, &limits].map(|amounts| Cell::from(part(amounts, &whole, name)));
        let [requests, limits] = cells;
        out.row(1, [name.into(), requests, limits]);
    }
    for name in whole.keys().filter(|name| !known(name)) {
        let text = |amounts: &Amounts| amounts.get(name).copied().unwrap_or_default().to_string();
        out.row(1, [name.as_str().into(), text(&requests).into(), text(&limits).into()]);
    }
}

/// `250m (12%)`: an amount, and how much of the node that is.
fn part(amounts: &Amounts, whole: &Amounts, resource: &str) -> String {
    let get = |amounts: &Amounts| -> Amount { amounts.get(resource).copied().unwrap_or_default() };
    let amount = get(amounts);
    format!("{amount} ({}%)", amount.percent(get(whole), resource == "cpu"))
}
