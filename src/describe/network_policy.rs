//! Network policies, in kubectl's sentences.

use super::Context;
use super::meta;
use super::node::Node;
use super::words;
use super::writer::{Cell, Out};

pub(super) fn write(context: &Context<'_>, out: &mut Out) {
    let object = context.object;
    let spec = object.get("spec");
    meta::name(out, object);
    out.field(0, "Created on", out.plain_date(object.at("metadata.creationTimestamp")));
    meta::labels_and_annotations(out, object);
    out.head(0, "Spec");
    let selector = spec.get("podSelector");
    let all = selector.get("matchLabels").is_empty() && selector.get("matchExpressions").is_empty();
    let whom = if all {
        "<none> (Allowing the specific traffic to all pods in this namespace)".to_owned()
    } else {
        words::selector_or_none(selector)
    };
    out.line(1, Cell::label("PodSelector: ").and(whom));
    let types = spec.get("policyTypes").texts();
    for (kind, direction, rules, side, peers, from, place) in [
        ("Ingress", "ingress", "ingress", "From", "from", "source", "ingress"),
        ("Egress", "egress", "egress", "To", "to", "destination", "egress"),
    ] {
        if !types.iter().any(|one| one == kind) {
            out.line(1, format!("Not affecting {direction} traffic"));
            continue;
        }
        out.line(1, Cell::label(format!("Allowing {direction} traffic:")));
        let rules = spec.get(rules);
        let count = rules.items().len();
        if count == 0 {
            out.line(2, format!("<none> (Selected pods are isolated for {place} connectivity)"));
        }
        for (at, rule) in rules.items().enumerate() {
            ports(out, rule.get("ports"));
            if rule.get(peers).items().len() == 0 {
                out.line(2, format!("{side}: <any> (traffic not restricted by {from})"));
            }
            for peer in rule.get(peers).items() {
                out.line(2, Cell::label(format!("{side}:")));
                self::peer(out, peer);
            }
            if at + 1 < count {
                out.line(2, Cell::label("----------"));
            }
        }
    }
    let types = words::none_if_empty(types.join(", "));
    out.line(1, Cell::label("Policy Types: ").and(types));
}

fn ports(out: &mut Out, ports: Node<'_>) {
    if ports.items().len() == 0 {
        return out.line(2, "To Port: <any> (traffic allowed to all ports)");
    }
    for port in ports.items() {
        let protocol = port.get("protocol").or("TCP");
        let number = port.get("port").or("<nil>");
        match port.get("endPort").int() {
            None => out.line(2, format!("To Port: {number}/{protocol}")),
            Some(end) => out.line(2, format!("To Port Range: {number}-{end}/{protocol}")),
        }
    }
}

fn peer(out: &mut Out, peer: Node<'_>) {
    let (namespaces, pods) = (peer.get("namespaceSelector"), peer.get("podSelector"));
    let block = peer.get("ipBlock");
    for (title, selector) in [("NamespaceSelector", namespaces), ("PodSelector", pods)] {
        if selector.exists() {
            let words = words::selector_or_none(selector);
            out.line(3, Cell::label(format!("{title}: ")).and(words));
        }
    }
    if !namespaces.exists() && !pods.exists() && block.exists() {
        out.line(3, Cell::label("IPBlock:"));
        out.line(4, Cell::label("CIDR: ").and(block.get("cidr").text()));
        out.line(4, Cell::label("Except: ").and(block.get("except").texts().join(", ")));
    }
}
