//! Pods, and the templates of pods.

use super::amount::{Amount, Amounts};
use super::conditions;
use super::containers::{self, Home};
use super::meta::{self, target};
use super::node::Node;
use super::writer::{Cell, Out};
use super::{Context, volumes};
use crate::model::Tone;

pub(super) fn write(context: &Context<'_>, out: &mut Out) {
    let pod = context.object;
    let (spec, status) = (pod.get("spec"), pod.get("status"));
    meta::name(out, pod);
    if let Some(priority) = spec.get("priority").int() {
        out.field(0, "Priority", priority);
    }
    let class = spec.get("priorityClassName");
    if !class.is_empty() {
        let to = target("scheduling.k8s.io", "PriorityClass", "", class.str());
        out.field(0, "Priority Class Name", Cell::link(class.text(), to));
    }
    let class = spec.get("runtimeClassName");
    if !class.is_empty() {
        let to = target("node.k8s.io", "RuntimeClass", "", class.str());
        out.field(0, "Runtime Class Name", Cell::link(class.text(), to));
    }
    service_account(out, 0, context.namespace, spec);
    let node = spec.get("nodeName");
    if node.is_empty() {
        out.field(0, "Node", "<none>");
    } else {
        let link = Cell::link(node.text(), target("", "Node", "", node.str()));
        out.field(0, "Node", link.and(format!("/{}", status.get("hostIP").text())));
    }
    if status.get("startTime").exists() {
        out.field(0, "Start Time", out.date(status.get("startTime")));
    }
    meta::labels_and_annotations(out, pod);
    status_lines(out, context);
    out.field(0, "IP", status.get("podIP").text());
    if status.get("podIPs").items().len() == 0 {
        out.field(0, "IPs", "<none>");
    } else {
        out.head(0, "IPs");
        for ip in status.get("podIPs").items() {
            out.field(1, "IP", ip.get("ip").text());
        }
    }
    meta::controlled_by(out, pod);
    if !status.get("nominatedNodeName").is_empty() {
        let name = status.get("nominatedNodeName");
        let link = Cell::link(name.text(), target("", "Node", "", name.str()));
        out.field(0, "NominatedNodeName", link);
    }
    if spec.get("resources").exists() {
        out.head(0, "Resources");
        containers::resources(out, 1, spec.get("resources"));
    }
    let home = Home { namespace: context.namespace, pod: Some(pod), space: "" };
    for (title, field, statuses) in [
        ("Init Containers", "initContainers", "initContainerStatuses"),
        ("Containers", "containers", "containerStatuses"),
        ("Ephemeral Containers", "ephemeralContainers", "ephemeralContainerStatuses"),
    ] {
        if field == "containers" || spec.get(field).items().len() > 0 {
            containers::write(out, title, spec.get(field), status.get(statuses), home);
        }
    }
    gates(out, spec, status);
    conditions::write(out, pod, context.now, &[], false);
    volumes::write(out, spec.get("volumes"), home);
    out.field(0, "QoS Class", qos(pod));
    meta::labels(out, 0, "Node-Selectors", spec.get("nodeSelector"));
    containers::tolerations(out, 0, spec.get("tolerations"));
    containers::spread(out, 0, spec.get("topologySpreadConstraints"));
    scheduling_group(out, "", spec);
}

fn status_lines(out: &mut Out, context: &Context<'_>) {
    let pod = context.object;
    let (spec, status) = (pod.get("spec"), pod.get("status"));
    let phase = status.get("phase").text();
    let ended = matches!(phase.as_str(), "Failed" | "Succeeded");
    match meta::terminating(pod, context.now).filter(|_| !ended) {
        Some(words) => {
            out.field(0, "Status", Cell::toned(words, Tone::Busy));
            let grace = pod.at("metadata.deletionGracePeriodSeconds").num();
            out.field(0, "Termination Grace Period", format!("{grace}s"));
        }
        None => {
            let tone = match phase.as_str() {
                "Running" | "Succeeded" => Tone::Good,
                "Pending" => Tone::Busy,
                "Failed" => Tone::Bad,
                _ => Tone::Warn,
            };
            out.field(0, "Status", Cell::toned(phase, tone));
        }
    }
    for (title, field) in [("Reason", "reason"), ("Message", "message")] {
        if !status.get(field).is_empty() {
            out.field(0, title, Cell::toned(status.get(field).text(), Tone::Warn));
        }
    }
    let profile = spec.at("securityContext.seccompProfile");
    if profile.exists() {
        out.field(0, "SeccompProfile", profile.get("type").text());
        if profile.get("type").str() == "Localhost" {
            out.field(0, "LocalhostProfile", profile.get("localhostProfile").text());
        }
    }
}

fn service_account(out: &mut Out, level: usize, namespace: &str, spec: Node<'_>) {
    let account = spec.get("serviceAccountName");
    if !account.is_empty() {
        let to = target("", "ServiceAccount", namespace, account.str());
        out.field(level, "Service Account", Cell::link(account.text(), to));
    }
}

fn gates(out: &mut Out, spec: Node<'_>, status: Node<'_>) {
    if spec.get("readinessGates").items().len() == 0 {
        return;
    }
    out.head(0, "Readiness Gates");
    out.titles(1, &["Type", "Status"]);
    for gate in spec.get("readinessGates").items() {
        let kind = gate.get("conditionType").text();
        let condition =
            status.get("conditions").items().find(|condition| condition.get("type").text() == kind);
        let status = condition.map_or("<none>".to_owned(), |found| found.get("status").text());
        out.row(1, [kind.into(), status.into()]);
    }
}

fn scheduling_group(out: &mut Out, space: &str, spec: Node<'_>) {
    if spec.get("schedulingGroup").exists() {
        out.line(0, Cell::label(format!("{space}SchedulingGroup:")));
        out.field(1, "PodGroupName", spec.at("schedulingGroup.podGroupName").text());
    }
}

/// The template of a workload's pods.
pub(super) fn template(out: &mut Out, template: Node<'_>, namespace: &str) {
    out.head(0, "Pod Template");
    if !template.exists() {
        return out.line(1, "<unset>");
    }
    let (meta, spec) = (template.get("metadata"), template.get("spec"));
    meta::labels(out, 1, "Labels", meta.get("labels"));
    if !meta.get("annotations").is_empty() {
        meta::annotations(out, 1, "Annotations", meta.get("annotations"));
    }
    service_account(out, 1, namespace, spec);
    let home = Home { namespace, pod: None, space: "  " };
    if spec.get("initContainers").items().len() > 0 {
        let none = Node::default();
        containers::write(out, "Init Containers", spec.get("initContainers"), none, home);
    }
    containers::write(out, "Containers", spec.get("containers"), Node::default(), home);
    volumes::write(out, spec.get("volumes"), home);
    containers::spread(out, 1, spec.get("topologySpreadConstraints"));
    let class = spec.get("priorityClassName");
    if !class.is_empty() {
        let to = target("scheduling.k8s.io", "PriorityClass", "", class.str());
        out.field(1, "Priority Class Name", Cell::link(class.text(), to));
    }
    meta::labels(out, 1, "Node-Selectors", spec.get("nodeSelector"));
    containers::tolerations(out, 1, spec.get("tolerations"));
    scheduling_group(out, "  ", spec);
}

/// The class the server says, or what it would say (`qos.ComputePodQOS`).
fn qos(pod: Node<'_>) -> String {
    let said = pod.at("status.qosClass");
    if !said.is_empty() {
        return said.text();
    }
    let spec = pod.get("spec");
    let mut all: Vec<Node<'_>> = Vec::new();
    if spec.get("resources").exists() {
        all.push(spec.get("resources"));
    } else {
        for field in ["containers", "initContainers"] {
            all.extend(spec.get(field).items().map(|container| container.get("resources")));
        }
    }
    let positive = |list: Node<'_>| -> Amounts {
        let known =
            list.entries().into_iter().filter(|(name, _)| matches!(*name, "cpu" | "memory"));
        known
            .filter_map(|(name, amount)| Some((name.to_owned(), Amount::parse(&amount.text())?)))
            .filter(|(_, amount)| amount.is_positive())
            .collect()
    };
    let (mut requests, mut limits, mut guaranteed) = (Amounts::new(), Amounts::new(), true);
    for resources in all {
        let own = positive(resources.get("limits"));
        guaranteed &= own.len() == 2;
        add(&mut limits, &own);
        add(&mut requests, &positive(resources.get("requests")));
    }
    if requests.is_empty() && limits.is_empty() {
        return "BestEffort".to_owned();
    }
    guaranteed &= requests.len() == limits.len()
        && requests
            .iter()
            .all(|(name, amount)| limits.get(name).is_some_and(|limit| limit.equals(*amount)));
    if guaranteed { "Guaranteed" } else { "Burstable" }.to_owned()
}

pub(super) fn add(to: &mut Amounts, more: &Amounts) {
    for (name, amount) in more {
        let sum = to.entry(name.clone()).or_default();
        *sum = sum.plus(*amount);
    }
}
