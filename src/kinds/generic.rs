//! Every kind without a file of its own: columns from its CRD's printer columns, health from its
//! conditions, links from its reference fields. One walk over the bytes finds all three.

mod health;
mod refs;
#[cfg(test)]
mod tests;

pub(super) use health::word_tone;

use super::de::{Meta, OwnerReference, Str};
use super::path_columns::{PathColumns, is_verdict};
use super::{PrinterColumn, RowBuilder, Skip, UserColumn};
use crate::model::{Cell, Column, ColumnKind, ColumnSource, Resource, Schema, Tone};
use crate::text::jsonpath::{Node, Picker};
use std::borrow::Cow;

/// How the objects of one kind without a file become rows.
#[derive(Debug)]
pub(super) struct Generic {
    picker: Picker,
    printer: PathColumns,
    /// A cell of ours tells how the object is, because no printer column does.
    status: bool,
    user: PathColumns,
    group: String,
}

impl Generic {
    pub(super) fn new(
        resource: &Resource,
        declared: &[PrinterColumn],
        user: &[UserColumn],
        warnings: &mut Vec<String>,
    ) -> (Self, Schema) {
        let column = |title: &str, kind, source, drop, max_width, server| Column {
            title: title.into(),
            kind,
            source,
            wide: false,
            drop,
            max_width,
            server,
        };
        let mut columns = Vec::new();
        if resource.namespaced {
            let source = ColumnSource::Namespace;
            columns.push(column("NAMESPACE", ColumnKind::Text, source, 0, 40, true));
        }
        columns.push(column("NAME", ColumnKind::Text, ColumnSource::Name, 0, 80, true));

        let mut printer = PathColumns::default();
        columns.extend(printer.add_printer(declared, 0, warnings));
        let status = !declared.iter().any(tells_status);
        if status {
            let cell = u16::try_from(printer.len()).unwrap_or(u16::MAX);
            columns.push(column(
                "STATUS",
                ColumnKind::Text,
                ColumnSource::Cell(cell),
                0,
                60,
                false,
            ));
        }
        if !columns.iter().any(|column| column.source == ColumnSource::Created) {
            // The server adds it only where the CRD declares no columns at all.
            let age = ColumnSource::Created;
            columns.push(column("AGE", ColumnKind::Clock, age, 1, 60, declared.is_empty()));
        }
        let mut own = PathColumns::default();
        columns.extend(own.add_user(user, printer.len() + usize::from(status), warnings));

        let mut picker = Picker::default();
        picker.search("spec", refs::is_ref);
        for fields in FACTS {
            picker.add_fields(fields);
        }
        printer.want(&mut picker);
        own.want(&mut picker);
        let schema = Schema {
            kind: resource.kind.clone(),
            namespaced: resource.namespaced,
            columns,
            default_sort: None,
        };
        let group = resource.gvr.group.to_string();
        (Self { picker, printer, status, user: own, group }, schema)
    }

    pub(super) fn project(&self, json: &[u8], row: &mut RowBuilder<'_>) -> Result<(), Skip> {
        let tree = self.picker.pick(json)?;
        let meta = meta(&tree);
        row.meta(&meta);
        self.printer.push(&tree, row);
        let judged = health::judge(&tree);
        if self.status {
            let cell = match judged.text() {
                text if text.is_empty() => Cell::Empty,
                text => Cell::Text(row.shared(&text), judged.tone()),
            };
            row.cell(cell);
        }
        self.user.push(&tree, row);
        row.health(judged.health);
        row.tone(judged.row_tone());
        refs::links(&tree, &self.group, &meta.namespace, row);
        Ok(())
    }
}

/// What is read of every object, whatever its columns.
const FACTS: &[&[&str]] = &[
    &["metadata", "name"],
    &["metadata", "namespace"],
    &["metadata", "uid"],
    &["metadata", "resourceVersion"],
    &["metadata", "generation"],
    &["metadata", "creationTimestamp"],
    &["metadata", "deletionTimestamp"],
    &["metadata", "ownerReferences"],
    &["spec", "suspend"],
    &["spec", "paused"],
    &["status", "conditions"],
    &["status", "observedGeneration"],
    &["status", "health"],
    &["status", "phase"],
    &["status", "state"],
];

fn tells_status(column: &PrinterColumn) -> bool {
    column.priority == 0
        && (is_verdict(&column.name)
            || [".status.conditions", ".status.phase", ".status.state", ".status.health"]
                .iter()
                .any(|path| column.json_path.starts_with(path)))
}

fn text<'t>(node: Option<&'t Node<'_>>) -> Str<'t> {
    Str(Cow::Borrowed(node.and_then(Node::as_str).unwrap_or_default()))
}

fn meta<'t>(tree: &'t Node<'_>) -> Meta<'t> {
    let metadata = tree.get("metadata");
    let field = |name: &str| metadata.and_then(|metadata| metadata.get(name));
    let owners = field("ownerReferences").map(Node::items).unwrap_or_default();
    Meta {
        name: text(field("name")),
        namespace: text(field("namespace")),
        uid: text(field("uid")),
        resource_version: text(field("resourceVersion")),
        generation: field("generation").and_then(Node::as_int),
        creation_timestamp: text(field("creationTimestamp")),
        deletion_timestamp: text(field("deletionTimestamp")),
        deletion_grace_period_seconds: None,
        owner_references: owners
            .iter()
            .map(|owner| OwnerReference {
                api_version: text(owner.get("apiVersion")),
                kind: text(owner.get("kind")),
                name: text(owner.get("name")),
                controller: match owner.get("controller") {
                    Some(Node::Bool(b)) => Some(*b),
                    _ => None,
                },
            })
            .collect(),
    }
}

impl health::Judged {
    fn row_tone(&self) -> Tone {
        match self.tone() {
            Tone::Good => Tone::Plain,
            tone => tone,
        }
    }
}
