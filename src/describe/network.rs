//! Services, their endpoints, and ways into the cluster.

use super::ask::{Answers, Ask, Got, Key};
use super::conditions::{self, Column};
use super::meta::{self, target};
use super::node::Node;
use super::words;
use super::writer::{Cell, Out};
use super::{Context, Subject};
use crate::model::Tone;
use std::collections::{BTreeMap, BTreeSet};

const SLICES: (&str, &str, &str, &str) =
    ("discovery.k8s.io", "v1", "endpointslices", "EndpointSlice");
/// More endpoints than this are counted.
const MAX_ENDPOINTS: usize = 3;
/// More pods than this are counted.
const MAX_PODS: usize = 20;

fn slices(namespace: &str, service: &str) -> Ask {
    Ask::list(Key::Slices(service.to_owned()), SLICES, namespace)
        .labels(format!("kubernetes.io/service-name={service}"))
}

pub(super) fn service_asks(subject: &Subject) -> Vec<Ask> {
    vec![slices(subject.namespace(), subject.name())]
}

/// The Services behind an Ingress, and their endpoints.
pub(super) fn ingress_asks(subject: &Subject) -> Vec<Ask> {
    let spec = subject.node().get("spec");
    let mut names = BTreeSet::new();
    names.insert(spec.at("defaultBackend.service.name").str());
    for rule in spec.get("rules").items() {
        for path in rule.at("http.paths").items() {
            names.insert(path.at("backend.service.name").str());
        }
    }
    names.remove("");
    let namespace = subject.namespace();
    names
        .into_iter()
        .flat_map(|name| {
            let service = Ask::list(
                Key::Service(name.to_owned()),
                ("", "v1", "services", "Service"),
                namespace,
            );
            [slices(namespace, name), service.name(name)]
        })
        .collect()
}

/// `10.0.0.1:80,10.0.0.2:80,10.0.0.3:80 + 2 more...`: the ready endpoints of a port.
fn endpoints(slices: &[Node<'_>], port_name: &str) -> String {
    if slices.is_empty() {
        return "<none>".to_owned();
    }
    let (mut list, mut more, mut count) = (Vec::new(), false, 0_usize);
    let mut take = |endpoint: Node<'_>, port: Option<i64>| {
        more |= list.len() == MAX_ENDPOINTS;
        if endpoint.at("conditions.ready").bool() == Some(false) {
            return;
        }
        if !more {
            let address = endpoint.get("addresses").texts().into_iter().next().unwrap_or_default();
            list.push(match port {
                Some(port) if address.contains(':') => format!("[{address}]:{port}"),
                Some(port) => format!("{address}:{port}"),
                None => address,
            });
        }
        count += 1;
    };
    for slice in slices {
        if slice.get("ports").items().len() == 0 {
            slice.get("endpoints").items().for_each(|endpoint| take(endpoint, None));
        }
        for port in slice.get("ports").items().filter(|port| port.get("name").str() == port_name) {
            let number = port.get("port").num();
            slice.get("endpoints").items().for_each(|endpoint| take(endpoint, Some(number)));
        }
    }
    let list = list.join(",");
    if more { format!("{list} + {} more...", count.saturating_sub(MAX_ENDPOINTS)) } else { list }
}

pub(super) fn service(context: &Context<'_>, out: &mut Out) {
    let object = context.object;
    let spec = object.get("spec");
    meta::header(out, object);
    out.field(0, "Selector", words::labels(spec.get("selector")));
    out.field(0, "Type", spec.get("type").text());
    if spec.get("ipFamilyPolicy").exists() {
        out.field(0, "IP Family Policy", spec.get("ipFamilyPolicy").text());
    }
    let commas = |field: &str| spec.get(field).texts().join(",");
    out.field(0, "IP Families", words::none_if_empty(commas("ipFamilies")));
    out.field(0, "IP", spec.get("clusterIP").text());
    out.field(0, "IPs", words::none_if_empty(commas("clusterIPs")));
    if spec.get("externalIPs").items().len() > 0 {
        out.field(0, "External IPs", commas("externalIPs"));
    }
    for (title, field) in
        [("Desired LoadBalancer IP", "loadBalancerIP"), ("External Name", "externalName")]
    {
        if !spec.get(field).is_empty() {
            out.field(0, title, spec.get(field).text());
        }
    }
    let balancers: Vec<String> =
        object.at("status.loadBalancer.ingress").items().map(balancer).collect();
    if !balancers.is_empty() {
        out.field(0, "LoadBalancer Ingress", balancers.join(", "));
    }
    ports(context, out, spec);
    out.field(0, "Session Affinity", spec.get("sessionAffinity").text());
    for (title, field) in [
        ("External Traffic Policy", "externalTrafficPolicy"),
        ("Internal Traffic Policy", "internalTrafficPolicy"),
    ] {
        if !spec.get(field).is_empty() {
            out.field(0, title, spec.get(field).text());
        }
    }
    if spec.get("healthCheckNodePort").num() != 0 {
        out.field(0, "HealthCheck NodePort", spec.get("healthCheckNodePort").num());
    }
    if spec.get("loadBalancerSourceRanges").items().len() > 0 {
        out.field(0, "LoadBalancer Source Ranges", commas("loadBalancerSourceRanges"));
    }
    if spec.get("trafficDistribution").exists() {
        out.field(0, "Traffic Distribution", spec.get("trafficDistribution").text());
    }
    conditions::ours(out, object, context.now);
    behind_it(context, out);
}

/// The pods that addresses stand for, as ways to them.
fn behind_it(context: &Context<'_>, out: &mut Out) {
    let key = Key::Slices(context.object.at("metadata.name").str().to_owned());
    let mut pods: BTreeMap<&str, bool> = BTreeMap::new();
    for slice in context.answers.items(&key) {
        for endpoint in slice.get("endpoints").items() {
            let whom = endpoint.get("targetRef");
            if whom.get("kind").str() == "Pod" {
                let ready = endpoint.at("conditions.ready").bool() != Some(false);
                *pods.entry(whom.get("name").str()).or_default() |= ready;
            }
        }
    }
    if pods.is_empty() {
        return;
    }
    let more = pods.len().saturating_sub(MAX_PODS);
    let mut lines: Vec<Cell> = Vec::new();
    for (name, ready) in pods.into_iter().take(MAX_PODS) {
        let link = Cell::link(name, target("", "Pod", context.namespace, name));
        let state = if ready { Cell::default() } else { Cell::toned(" (not ready)", Tone::Warn) };
        lines.push(link.and(state));
    }
    if more > 0 {
        lines.push(format!("and {more} more").into());
    }
    out.own(|out| meta::list(out, 0, "Pods", lines));
}

fn balancer(ingress: Node<'_>) -> String {
    let ip = ingress.get("ip").text();
    if ip.is_empty() {
        return ingress.get("hostname").text();
    }
    let mode = ingress.get("ipMode");
    if mode.exists() { format!("{ip} ({})", mode.text()) } else { ip }
}

fn ports(context: &Context<'_>, out: &mut Out, spec: Node<'_>) {
    let key = Key::Slices(context.object.at("metadata.name").str().to_owned());
    let slices = context.answers.items(&key);
    for port in spec.get("ports").items() {
        let (name, protocol) = (port.get("name").or("<unset>"), port.get("protocol").text());
        let number = format!("{}/{protocol}", port.get("port").num());
        out.row(0, [Cell::label("Port:"), name.clone().into(), number.into()]);
        out.field(0, "TargetPort", format!("{}/{protocol}", port.get("targetPort").or("0")));
        if port.get("appProtocol").exists() {
            out.field(0, "AppProtocol", port.get("appProtocol").text());
        }
        if port.get("nodePort").num() != 0 {
            let number = format!("{}/{protocol}", port.get("nodePort").num());
            out.row(0, [Cell::label("NodePort:"), name.into(), number.into()]);
        }
        let ready = match context.answers.missing(&key) {
            Some(why) => Cell::toned(why, Tone::Warn),
            None => {
                let words = endpoints(&slices, port.get("name").str());
                let tone =
                    if words.is_empty() || words == "<none>" { Tone::Warn } else { Tone::Plain };
                Cell::toned(words, tone)
            }
        };
        out.field(0, "Endpoints", ready);
    }
}

pub(super) fn endpoints_page(context: &Context<'_>, out: &mut Out) {
    let object = context.object;
    meta::header(out, object);
    out.head(0, "Subsets");
    for subset in object.get("subsets").items() {
        for (title, field) in
            [("Addresses", "addresses"), ("NotReadyAddresses", "notReadyAddresses")]
        {
            let all: Vec<String> =
                subset.get(field).items().map(|one| one.get("ip").text()).collect();
            out.field(1, title, words::none_if_empty(all.join(",")));
        }
        if subset.get("ports").items().len() > 0 {
            out.head(1, "Ports");
            out.table(2, &["Name", "Port", "Protocol"]);
            for port in subset.get("ports").items() {
                let name = port.get("name").or("<unset>");
                let number = port.get("port").num();
                out.row(2, [name.into(), number.into(), port.get("protocol").text().into()]);
            }
        }
        out.blank();
    }
}

pub(super) fn endpoint_slice(context: &Context<'_>, out: &mut Out) {
    let object = context.object;
    meta::header(out, object);
    out.field(0, "AddressType", object.get("addressType").text());
    if object.get("ports").items().len() == 0 {
        out.line(0, Cell::label("Ports: ").and("<unset>"));
    } else {
        out.head(0, "Ports");
        out.table(1, &["Name", "Port", "Protocol"]);
        for port in object.get("ports").items() {
            let cell = |field: &str| Cell::from(port.get(field).or("<unset>"));
            out.row(1, [cell("name"), cell("port"), port.get("protocol").text().into()]);
        }
    }
    if object.get("endpoints").items().len() == 0 {
        return out.line(0, Cell::label("Endpoints: ").and("<none>"));
    }
    out.head(0, "Endpoints");
    for endpoint in object.get("endpoints").items() {
        let addresses = endpoint.get("addresses").texts().join(", ");
        out.field(1, "- Addresses", words::none_if_empty(addresses));
        out.head(2, "Conditions");
        let ready = endpoint.at("conditions.ready");
        let tone = if ready.bool() == Some(false) { Tone::Warn } else { Tone::Plain };
        out.field(3, "Ready", Cell::toned(ready.or("<unset>"), tone));
        let or_unset = |field: &str| {
            let node = endpoint.get(field);
            if node.exists() { node.text() } else { "<unset>".to_owned() }
        };
        out.field(2, "Hostname", or_unset("hostname"));
        let whom = endpoint.get("targetRef");
        if whom.exists() {
            let to = meta::referred(whom, context.namespace);
            out.field(2, "TargetRef", Cell::link(format!("{}/{}", to.kind, to.name), to));
        }
        let node = endpoint.get("nodeName");
        let to = target("", "Node", "", node.str());
        out.field(2, "NodeName", Cell::link(or_unset("nodeName"), to));
        out.field(2, "Zone", or_unset("zone"));
    }
}

pub(super) fn ingress(context: &Context<'_>, out: &mut Out) {
    let object = context.object;
    let spec = object.get("spec");
    out.field(0, "Name", object.at("metadata.name").text());
    meta::labels(out, 0, "Labels", object.at("metadata.labels"));
    out.field(0, "Namespace", meta::namespace(context.namespace));
    let addresses: BTreeSet<String> = object
        .at("status.loadBalancer.ingress")
        .items()
        .map(|one| {
            if one.get("ip").is_empty() { one.get("hostname") } else { one.get("ip") }.text()
        })
        .filter(|address| !address.is_empty())
        .collect();
    let addresses: Vec<String> = addresses.into_iter().collect();
    out.field(0, "Address", addresses.join(","));
    let class = spec.get("ingressClassName");
    let to = target("networking.k8s.io", "IngressClass", "", class.str());
    let class = if class.exists() { class.text() } else { "<none>".to_owned() };
    out.field(0, "Ingress Class", Cell::link(class, to));
    let default = || match spec.get("defaultBackend") {
        at if at.exists() => backend(at, context),
        _ => Cell::from("<default>"),
    };
    out.field(0, "Default backend", default());
    if spec.get("tls").items().len() > 0 {
        out.head(0, "TLS");
        for tls in spec.get("tls").items() {
            let (hosts, secret) = (tls.get("hosts").texts().join(","), tls.get("secretName"));
            if secret.is_empty() {
                out.line(1, format!("SNI routes {hosts}"));
            } else {
                let to = target("", "Secret", context.namespace, secret.str());
                out.line(1, Cell::link(secret.text(), to).and(format!(" terminates {hosts}")));
            }
        }
    }
    out.head(0, "Rules");
    out.table(1, &["Host", "Path", "Backends"]);
    let mut none = true;
    for rule in spec.get("rules").items().filter(|rule| rule.get("http").exists()) {
        none = false;
        out.row(1, [rule.get("host").or("*").into(), Cell::default()]);
        for path in rule.at("http.paths").items() {
            let to = backend(path.get("backend"), context);
            out.row(2, [Cell::default(), path.get("path").text().into(), to]);
        }
    }
    if none {
        out.row(1, ["*".into(), "*".into(), default()]);
    }
    meta::annotations(out, 0, "Annotations", object.at("metadata.annotations"));
}

/// Where traffic goes: `api:80 (10.0.0.1:8080)`.
fn backend(backend: Node<'_>, context: &Context<'_>) -> Cell {
    let (service, resource) = (backend.get("service"), backend.get("resource"));
    if service.exists() {
        let (name, port) = (service.get("name"), service.get("port"));
        let number = port.get("number").num();
        let shown = if number == 0 { port.get("name").text() } else { number.to_string() };
        let to = target("", "Service", context.namespace, name.str());
        let text = format!("{}:{shown}", name.text());
        return Cell::link(text, to).and(behind(context.answers, service));
    }
    if resource.exists() {
        let group = resource.get("apiGroup");
        let group = if group.exists() { group.text() } else { "<none>".to_owned() };
        let (kind, name) = (resource.get("kind").text(), resource.get("name"));
        let to = meta::referred(resource, context.namespace);
        return Cell::from(format!("APIGroup: {group}, Kind: {kind}, Name: "))
            .and(Cell::link(name.text(), to));
    }
    Cell::default()
}

/// The endpoints behind a backend, or why there are none.
fn behind(answers: &Answers, backend: Node<'_>) -> Cell {
    let name = backend.get("name").str().to_owned();
    let (number, port_name) = (backend.at("port.number").num(), backend.at("port.name").str());
    let slices = Key::Slices(name.clone());
    let service = match (answers.got(&slices), answers.got(&Key::Service(name))) {
        (Got::Fault(fault), _) | (_, Got::Fault(fault)) => {
            return Cell::toned(format!(" (<error: {}>)", fault.why), Tone::Bad);
        }
        (Got::Waiting, _) | (_, Got::Waiting) => return Cell::from(" (<not read yet>)"),
        (_, Got::Here(service)) => service,
    };
    let mut name = "";
    for port in service.at("spec.ports").items() {
        let found = (number != 0 && port.get("port").num() == number)
            || (!port_name.is_empty() && port.get("name").str() == port_name);
        if found {
            name = port.get("name").str();
        }
    }
    Cell::from(format!(" ({})", endpoints(&answers.items(&slices), name)))
}

pub(super) fn ingress_class(context: &Context<'_>, out: &mut Out) {
    let object = context.object;
    out.field(0, "Name", object.at("metadata.name").text());
    meta::labels_and_annotations(out, object);
    out.field(0, "Controller", object.at("spec.controller").text());
    let parameters = object.at("spec.parameters");
    if parameters.exists() {
        out.head(0, "Parameters");
        if parameters.get("apiGroup").exists() {
            out.field(1, "APIGroup", parameters.get("apiGroup").text());
        }
        out.field(1, "Kind", parameters.get("kind").text());
        let to = meta::referred(parameters, "");
        out.field(1, "Name", Cell::link(parameters.get("name").text(), to));
    }
}

pub(super) fn service_cidr(context: &Context<'_>, out: &mut Out) {
    let object = context.object;
    out.field(0, "Name", object.at("metadata.name").text());
    meta::labels_and_annotations(out, object);
    out.field(0, "CIDRs", object.at("spec.cidrs").texts().join(", "));
    if object.at("status.conditions").items().len() > 0 {
        out.head(0, "Status");
        let columns = [Column::Transition, Column::Reason, Column::Message];
        conditions::write(out, object, context.now, &columns, true);
    }
}

pub(super) fn ip_address(context: &Context<'_>, out: &mut Out) {
    let object = context.object;
    out.field(0, "Name", object.at("metadata.name").text());
    meta::labels_and_annotations(out, object);
    let parent = object.at("spec.parentRef");
    if parent.exists() {
        out.head(0, "Parent Reference");
        for (title, field) in [
            ("Group", "group"),
            ("Resource", "resource"),
            ("Namespace", "namespace"),
            ("Name", "name"),
        ] {
            out.field(1, title, parent.get(field).text());
        }
    }
}
