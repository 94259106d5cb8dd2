//! Who selects whom by labels, where pod templates stand, and links that no table has a use for.

use super::{Links, Object, labels_of};
use crate::kinds::RowBuilder;
use crate::model::{Link, Text};
use crate::text::jsonpath::Node;

/// The way to the spec of the pods that an object makes, below its own spec; empty for a pod.
/// None where the kind makes none that we know of.
pub(super) fn template(group: &str, kind: &str) -> Option<&'static [&'static str]> {
    Some(match (group, kind) {
        ("", "Pod") => &[],
        ("batch", "CronJob") => &["jobTemplate", "spec", "template", "spec"],
        ("", "ReplicationController") | ("apps" | "batch", _) => &["template", "spec"],
        // Rollouts, CloneSets, Knative Services and their kin: whoever has a pod template has it here.
        (group, _) if group.contains('.') && !group.ends_with(".k8s.io") => &["template", "spec"],
        _ => return None,
    })
}

/// Kinds that something selects by their labels.
pub(super) fn is_selected(group: &str, kind: &str) -> bool {
    matches!((group, kind), ("", "Pod" | "Service") | ("rbac.authorization.k8s.io", "ClusterRole"))
}

/// How a field selects.
#[derive(Clone, Copy)]
enum Form {
    /// A plain map of labels; an empty one selects nothing.
    Map,
    /// A LabelSelector; an empty one selects everything.
    Selector,
    /// The same, where an empty one selects nothing.
    SelectorOrNothing,
}

/// Group, kind, way to the selector below spec, its form, and the group and kind it selects.
type Line =
    (&'static str, &'static str, &'static [&'static str], Form, (&'static str, &'static str));

const POD: (&str, &str) = ("", "Pod");
const SERVICE: (&str, &str) = ("", "Service");

/// Every selector that we know of. Those of workloads are left out: their pods have owners.
#[rustfmt::skip]
const TABLE: &[Line] = &[
    ("", "Service", &["selector"], Form::Map, POD),
    ("networking.k8s.io", "NetworkPolicy", &["podSelector"], Form::Selector, POD),
    ("policy", "PodDisruptionBudget", &["selector"], Form::Selector, POD),
    ("monitoring.coreos.com", "ServiceMonitor", &["selector"], Form::Selector, SERVICE),
    ("monitoring.coreos.com", "PodMonitor", &["selector"], Form::Selector, POD),
    ("cilium.io", "CiliumNetworkPolicy", &["endpointSelector"], Form::Selector, POD),
    ("security.istio.io", "AuthorizationPolicy", &["selector"], Form::Selector, POD),
    ("security.istio.io", "PeerAuthentication", &["selector"], Form::Selector, POD),
    ("security.istio.io", "RequestAuthentication", &["selector"], Form::Selector, POD),
    ("networking.istio.io", "Gateway", &["selector"], Form::Map, POD),
    ("networking.istio.io", "Sidecar", &["workloadSelector", "labels"], Form::Map, POD),
    ("telemetry.istio.io", "Telemetry", &["selector"], Form::SelectorOrNothing, POD),
];

/// Adds what the object selects, and the pods behind an EndpointSlice.
pub(super) fn links(of: &Links, object: &Object<'_>, row: &mut RowBuilder<'_>) {
    let namespace = &*object.metadata.namespace;
    let (group, kind) = (of.group.as_str(), of.kind.as_str());
    if let Some((_, _, path, form, target)) = TABLE.iter().find(|l| (l.0, l.1) == (group, kind))
        && let Some(node) = object.spec.at(path)
        && let Some(labels) = select(node, *form)
    {
        let namespace = namespace_of(&object.spec, namespace);
        let link = Link::Selects {
            field: row.shared(&format!("spec.{}", path.join("."))),
            group: row.shared(target.0),
            kind: row.shared(target.1),
            namespace: row.shared(namespace),
            labels: row.shared_long(&labels),
        };
        row.link(link);
    }
    match kind {
        "ClusterRole" => {
            let selectors = object.aggregation_rule.get("clusterRoleSelectors");
            for selector in selectors.map(Node::items).unwrap_or_default() {
                let Some(labels) = selector_text(selector) else { continue };
                let link = Link::Selects {
                    field: arcstr::literal!("aggregationRule"),
                    group: row.shared(group),
                    kind: row.shared(kind),
                    namespace: Text::new(),
                    labels: row.shared_long(&labels),
                };
                row.link(link);
            }
        }
        "EndpointSlice" => {
            for endpoint in object.endpoints.items() {
                let target = |key: &str| {
                    endpoint.at(&["targetRef", key]).and_then(Node::as_str).unwrap_or_default()
                };
                if target("kind") != "Pod" {
                    continue;
                }
                // The API's rule: an endpoint that does not say is taken as ready.
                let ready = endpoint.at(&["conditions", "ready"]) != Some(&Node::Bool(false));
                let field = if ready { "endpoints" } else { "endpoints (not ready)" };
                crate::kinds::refs::core(row, field, "Pod", namespace, target("name"));
            }
        }
        _ => {}
    }
}

/// The namespace that is selected from: its own, or all where the object says so.
fn namespace_of<'n>(spec: &Node<'_>, own: &'n str) -> &'n str {
    match spec.at(&["namespaceSelector", "any"]) {
        Some(Node::Bool(true)) => "",
        _ => own,
    }
}

fn select(node: &Node<'_>, form: Form) -> Option<String> {
    let text = match form {
        Form::Map => labels_of(node),
        Form::Selector | Form::SelectorOrNothing => selector_text(node)?,
    };
    (!text.is_empty() || matches!(form, Form::Selector)).then_some(text)
}

/// A LabelSelector as the API takes it; None where it is invalid.
fn selector_text(node: &Node<'_>) -> Option<String> {
    let mut parts: Vec<String> = Vec::new();
    if let Some(labels) = node.get("matchLabels").map(labels_of).filter(|text| !text.is_empty()) {
        parts.push(labels);
    }
    for expression in node.get("matchExpressions").map(Node::items).unwrap_or_default() {
        let text = |key: &str| expression.get(key).and_then(Node::as_str).unwrap_or_default();
        let values = expression.get("values").map(Node::items).unwrap_or_default();
        let values: Vec<&str> = values.iter().filter_map(Node::as_str).collect();
        let key = text("key");
        parts.push(match (text("operator"), values.is_empty()) {
            ("In", false) => format!("{key} in ({})", values.join(",")),
            ("NotIn", false) => format!("{key} notin ({})", values.join(",")),
            ("Exists", true) => key.to_owned(),
            ("DoesNotExist", true) => format!("!{key}"),
            _ => return None,
        });
    }
    Some(parts.join(","))
}
