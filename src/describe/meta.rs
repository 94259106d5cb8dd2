//! What every object has: name, labels, annotations, who controls it.

use super::node::Node;
use super::page::Target;
use super::words;
use super::writer::{Cell, Out};
use crate::kinds::provenance::{Evidence, Provenance};
use crate::model::Tone;
use crate::text::mask::LAST_APPLIED;
use serde_json::Value;

/// Longer annotations stand below their key and are cut.
const MAX_ANNOTATION: usize = 140;

/// `a=b`, one per line, sorted by key.
pub(super) fn labels(out: &mut Out, level: usize, title: &str, map: Node<'_>) {
    let lines: Vec<Cell> = map
        .entries()
        .iter()
        .map(|(key, value)| Cell::from(format!("{key}={}", value.text())))
        .collect();
    list(out, level, title, lines);
}

/// Values one below the other beside their title; `<none>` where there are none.
pub(super) fn list(out: &mut Out, level: usize, title: &str, lines: Vec<Cell>) {
    if lines.is_empty() {
        return out.field(level, title, "<none>");
    }
    for (at, line) in lines.into_iter().enumerate() {
        let title = if at == 0 { Cell::label(format!("{title}:")) } else { Cell::default() };
        out.row(level, [title, line]);
    }
}

/// `key: value`, sorted by key; what is long or has several lines stands below its key, cut.
pub(super) fn annotations(out: &mut Out, level: usize, title: &str, map: Node<'_>) {
    let mut lines: Vec<Cell> = Vec::new();
    for (key, value) in map.entries() {
        if key == LAST_APPLIED {
            continue;
        }
        let value = value.text();
        let value = value.strip_suffix('\n').unwrap_or(&value);
        if value.len() + key.len() + 2 > MAX_ANNOTATION || value.contains('\n') {
            lines.push(format!("{key}:").into());
            let parts = value.split('\n');
            lines.extend(parts.map(|part| format!("  {}", cut(part, MAX_ANNOTATION - 2)).into()));
        } else {
            lines.push(format!("{key}: {value}").into());
        }
    }
    list(out, level, title, lines);
}

/// The first bytes of a text, `...` where some are left out.
pub(super) fn cut(text: &str, bytes: usize) -> String {
    if text.len() <= bytes {
        return text.to_owned();
    }
    let mut end = bytes;
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    format!("{}...", &text[..end])
}

/// Name and namespace.
pub(super) fn name(out: &mut Out, object: Node<'_>) {
    out.field(0, "Name", object.at("metadata.name").text());
    out.field(0, "Namespace", namespace(object.at("metadata.namespace").str()));
}

/// A namespace, as a way to it.
pub(super) fn namespace(name: &str) -> Cell {
    Cell::link(name, target("", "Namespace", "", name))
}

/// Name, namespace, labels and annotations.
pub(super) fn header(out: &mut Out, object: Node<'_>) {
    name(out, object);
    labels_and_annotations(out, object);
}

/// Labels and annotations.
pub(super) fn labels_and_annotations(out: &mut Out, object: Node<'_>) {
    labels(out, 0, "Labels", object.at("metadata.labels"));
    annotations(out, 0, "Annotations", object.at("metadata.annotations"));
}

/// The owner that controls an object.
pub(super) fn controller(object: Node<'_>) -> Option<Node<'_>> {
    object.at("metadata.ownerReferences").items().find(|owner| owner.get("controller").yes())
}

/// `Controlled By:`, where somebody does.
pub(super) fn controlled_by(out: &mut Out, object: Node<'_>) {
    if let Some(owner) = controller(object) {
        let to = referred(owner, object.at("metadata.namespace").str());
        out.field(0, "Controlled By", Cell::link(format!("{}/{}", to.kind, to.name), to));
    }
}

/// `Managed By:`, where the object itself says who does: with what says so, and with what contradicts
/// it. What is owned is managed by whoever manages its owner.
pub(super) fn managed_by(out: &mut Out, object: &Value) {
    let found = Provenance::of_object(object);
    let Some(claim) = found.first().filter(|_| found.owner.is_none()) else { return };
    let contradiction = found.contradiction();
    out.own(|out| {
        if claim.evidence != Evidence::Nothing {
            let text = format!("{} ({})", claim.who(), claim.evidence);
            out.field(0, "Managed By", text);
        }
        if !contradiction.is_empty() {
            out.field(0, "Contradiction", Cell::toned(contradiction, Tone::Warn));
        }
    });
    // The columns of what kubectl says are as wide as without it.
    out.flush();
}

/// Where a reference with apiVersion (or apiGroup), kind and name leads.
pub(super) fn referred(reference: Node<'_>, namespace: &str) -> Target {
    let version = reference.get("apiVersion").str();
    let group = match version.split_once('/') {
        Some((group, _)) => group,
        None if version.is_empty() => {
            let group = reference.get("apiGroup");
            if group.exists() { group.str() } else { reference.get("group").str() }
        }
        None => "",
    };
    let own = reference.get("namespace").str();
    let namespace = if own.is_empty() { namespace } else { own };
    target(group, reference.get("kind").str(), namespace, reference.get("name").str())
}

pub(super) fn target(group: &str, kind: &str, namespace: &str, name: &str) -> Target {
    Target {
        group: group.to_owned(),
        kind: kind.to_owned(),
        namespace: namespace.to_owned(),
        name: name.to_owned(),
    }
}

/// The status of an object that is being deleted.
pub(super) fn terminating(object: Node<'_>, now: i64) -> Option<String> {
    let at = object.at("metadata.deletionTimestamp");
    at.exists().then(|| format!("Terminating (lasts {})", words::since(at, now)))
}
