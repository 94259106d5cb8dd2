//! Everything that has no page of its own, custom resources first of all: conditions, references
//! and status on top, then the spec, then the rest, titled as kubectl titles fields.

use super::ask::{Ask, Key};
use super::conditions::{self, Column};
use super::meta::{self, target};
use super::node::Node;
use super::page::Target;
use super::words;
use super::writer::{Cell, Out};
use super::{Context, Subject};
use serde_json::Value;

/// Fields that are written elsewhere on the page.
const SKIPPED: [&str; 5] = [
    ".metadata.managedFields",
    ".metadata.name",
    ".metadata.namespace",
    ".metadata.labels",
    ".metadata.annotations",
];

/// Deeper is not looked for references.
const MAX_DEPTH: usize = 12;
/// More references than this are counted.
const MAX_REFERENCES: usize = 40;
/// Deeper structures are written as one value.
const MAX_LEVEL: usize = 40;

/// The selector of a resource that makes pods of a template, as a Deployment does (a Rollout, a
/// CloneSet, …).
fn workload(subject: &Subject) -> Option<String> {
    let spec = subject.node().get("spec");
    let makes = spec.at("template.spec.containers").exists() || spec.get("workloadRef").exists();
    if !makes || subject.namespace().is_empty() {
        return None;
    }
    words::selector(spec.get("selector")).filter(|selector| !selector.is_empty())
}

/// Pods of a workload, and the ReplicaSets that may stand between.
pub(super) fn asks(subject: &Subject) -> Vec<Ask> {
    let Some(labels) = workload(subject) else { return Vec::new() };
    let list = |key, what| Ask::list(key, what, subject.namespace()).labels(labels.clone());
    vec![
        list(Key::ReplicaSets, ("apps", "v1", "replicasets", "ReplicaSet")),
        list(Key::Pods, ("", "v1", "pods", "Pod")),
    ]
}

pub(super) fn owns(subject: &Subject) -> &'static [&'static str] {
    if workload(subject).is_some() { &["ReplicaSet", "Pod"] } else { &[] }
}

pub(super) fn write(context: &Context<'_>, out: &mut Out) {
    let object = context.object;
    out.field(0, "Name", object.at("metadata.name").text());
    out.field(0, "Namespace", meta::namespace(object.at("metadata.namespace").str()));
    meta::labels_and_annotations(out, object);
    out.own(|out| {
        let columns = [Column::Reason, Column::Message];
        conditions::write(out, object, context.now, &columns, true);
        references(context, out);
    });
    let mut fields = object.entries();
    let order = |field: &str| match field {
        "status" => 0,
        "spec" => 1,
        _ => 2,
    };
    fields.sort_by_key(|(field, _)| order(field));
    for (field, value) in fields {
        content(out, 0, field, value, "");
    }
}

/// One field and what is below it.
fn content(out: &mut Out, level: usize, field: &str, value: Node<'_>, path: &str) {
    let path = format!("{path}.{field}");
    if SKIPPED.contains(&path.as_str()) {
        return;
    }
    let title = words::smart_label(field);
    match value.value() {
        Some(Value::Object(_)) if level < MAX_LEVEL => {
            out.head(level, &title);
            map(out, level + 1, value, &path);
        }
        Some(Value::Array(items)) if level < MAX_LEVEL => {
            out.head(level, &title);
            for item in items {
                match item {
                    Value::Object(_) => map(out, level + 1, Node::from(item), &path),
                    other => out.line(level + 1, words::go_value(other)),
                }
            }
        }
        Some(other) => out.field(level, &title, words::go_value(other)),
        None => out.field(level, &title, "<nil>"),
    }
}

fn map(out: &mut Out, level: usize, map: Node<'_>, path: &str) {
    for (field, value) in map.entries() {
        content(out, level, field, value, path);
    }
}

fn references(context: &Context<'_>, out: &mut Out) {
    let mut found: Vec<(String, Target)> = Vec::new();
    for owner in context.object.at("metadata.ownerReferences").items() {
        found.push(("owner".to_owned(), meta::referred(owner, context.namespace)));
    }
    for field in ["spec", "status"] {
        collect(context.subject, context.object.get(field), field, 0, &mut found);
    }
    let mut seen = std::collections::HashSet::new();
    found.retain(|(path, to)| seen.insert((path.clone(), to.clone())));
    if found.is_empty() {
        return;
    }
    out.head(0, "References");
    let more = found.len().saturating_sub(MAX_REFERENCES);
    for (path, to) in found.into_iter().take(MAX_REFERENCES) {
        let name = if to.namespace.is_empty() || to.namespace == context.namespace {
            format!("{}/{}", to.kind, to.name)
        } else {
            format!("{}/{}/{}", to.kind, to.namespace, to.name)
        };
        out.row(1, [Cell::label(format!("{path}:")), Cell::link(name, to)]);
    }
    if more > 0 {
        out.line(1, format!("and {more} more"));
    }
}

/// References as custom resources hold them: a map with a kind and a name, or a field that is named
/// after what it names (`secretName`, `configMapRef`, `serviceAccountName`).
fn collect(
    subject: &Subject,
    node: Node<'_>,
    path: &str,
    depth: usize,
    found: &mut Vec<(String, Target)>,
) {
    if depth > MAX_DEPTH || found.len() > 10 * MAX_REFERENCES {
        return;
    }
    let namespace = subject.namespace();
    let kind = node.get("kind").str();
    let name = node.get("name").str();
    if !kind.is_empty() && !name.is_empty() && kind.starts_with(char::is_uppercase) {
        found.push((path.to_owned(), meta::referred(node, namespace)));
    }
    for (field, value) in node.entries() {
        let path = format!("{path}.{field}");
        if let Some(kind) = named(field) {
            let own = value.get("namespace").str();
            let namespace = if own.is_empty() { namespace } else { own };
            let name = if value.value().is_some_and(Value::is_object) {
                value.get("name").str()
            } else {
                value.str()
            };
            if !name.is_empty() && !value.get("kind").exists() {
                found.push((path.clone(), target("", kind, namespace, name)));
                continue;
            }
        }
        match value.value() {
            Some(Value::Object(_)) => collect(subject, value, &path, depth + 1, found),
            Some(Value::Array(_)) => {
                for (at, item) in value.items().enumerate() {
                    collect(subject, item, &format!("{path}[{at}]"), depth + 1, found);
                }
            }
            _ => {}
        }
    }
}

/// The kind of core objects that a field of this name holds the name of.
fn named(field: &str) -> Option<&'static str> {
    Some(match field {
        "secretName" | "secretRef" | "secretKeyRef" => "Secret",
        "configMapName" | "configMapRef" | "configMapKeyRef" => "ConfigMap",
        "serviceAccountName" | "serviceAccountRef" => "ServiceAccount",
        "serviceName" => "Service",
        "claimName" => "PersistentVolumeClaim",
        _ => return None,
    })
}
