//! One row per object with every way to other objects, for trees and for "used by": owners, selectors,
//! references with the exact field they stand in. Beside them one cell: how the object is.
//!
//! The kind's own file is asked first; what tables have no use for (labels, every volume and
//! variable of a pod template) is read in a second pass, so that tables never pay for it.

mod pod_spec;
mod selectors;
pub(super) mod status;
#[cfg(test)]
mod tests;

use super::de::{Pairs, Str, nullable};
use super::facet_schema::column;
use super::pod_selector::format_labels;
use super::{RowBuilder, Skip};
use crate::model::{Cell, ColumnSource, Link, Resource, Schema};
use crate::text::jsonpath::Node;

/// Most links kept of one object: what a pod with hundreds of variables says in more is repetition.
const MAX_LINKS: usize = 256;

/// How the objects of one kind are turned into rows of links.
#[derive(Debug)]
pub(super) struct Links {
    group: String,
    kind: String,
    /// The cells of the kind's own row that tell how an object is.
    status: Vec<u16>,
}

/// What the second pass reads.
#[derive(Default, serde::Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Object<'a> {
    #[serde(borrow, deserialize_with = "nullable")]
    metadata: Metadata<'a>,
    #[serde(borrow)]
    spec: Node<'a>,
    /// Of EndpointSlices.
    #[serde(borrow)]
    endpoints: Node<'a>,
    /// Of ClusterRoles.
    #[serde(borrow)]
    aggregation_rule: Node<'a>,
}

#[derive(Default, serde::Deserialize)]
#[serde(default)]
struct Metadata<'a> {
    #[serde(borrow)]
    name: Str<'a>,
    namespace: Str<'a>,
    labels: Pairs<'a, Str<'a>>,
}

impl Links {
    /// Of this resource, whose own rows have these columns; and the columns of the rows of links.
    pub(super) fn new(resource: &Resource, own: &Schema) -> (Self, Schema) {
        let mut columns = vec![column("NAME", ColumnSource::Name)];
        if resource.namespaced {
            columns.insert(0, column("NAMESPACE", ColumnSource::Namespace));
        }
        columns.push(column("STATUS", ColumnSource::Cell(0)));
        let schema = Schema {
            kind: own.kind.clone(),
            namespaced: resource.namespaced,
            columns,
            default_sort: None,
        };
        let links = Self {
            group: resource.gvr.group.to_string(),
            kind: resource.kind.to_string(),
            status: status::cells(&resource.kind, own),
        };
        (links, schema)
    }

    /// Makes a row of links from the kind's own row of the same object.
    pub(super) fn turn(&self, json: &[u8], row: &mut RowBuilder<'_>) -> Result<(), Skip> {
        let (cells, own) = row.take();
        let (text, tone) = status::text(&self.status, &cells);
        let text = row.shared(&text);
        row.cell(if text.is_empty() { Cell::Empty } else { Cell::Text(text, tone) });

        let object: Object<'_> = serde_json::from_slice(json)?;
        let namespace = &*object.metadata.namespace;
        let place = selectors::template(&self.group, &self.kind);
        let pods = place.and_then(|place| object.spec.at(place));
        for link in own {
            match link {
                Link::Owner { .. } => row.link(link),
                // The second pass tells more exactly where these stand.
                Link::Ref { .. } if pods.is_some() && self.kind == "Pod" => {}
                Link::Ref { .. } => row.link(link),
                _ => {}
            }
        }
        if selectors::is_selected(&self.group, &self.kind) {
            let labels = row.shared_long(&format_labels(&object.metadata.labels));
            row.link(Link::Labels(labels));
        }
        if let Some(place) = place
            && let Some(pods) = pods
        {
            self.template(&object, place, pods, row);
        }
        selectors::links(self, &object, row);
        if self.kind == "StatefulSet" && self.group == "apps" {
            let service = object.spec.get("serviceName").and_then(Node::as_str).unwrap_or("");
            super::refs::core(row, "spec.serviceName", "Service", namespace, service);
        }
        row.truncate_links(MAX_LINKS);
        Ok(())
    }

    /// What the pods of a template use. `place` is the way to the pod's spec below the object's.
    fn template(
        &self,
        object: &Object<'_>,
        place: &[&str],
        pods: &Node<'_>,
        row: &mut RowBuilder<'_>,
    ) {
        let mut path = String::from("spec.");
        for part in place {
            path.push_str(part);
            path.push('.');
        }
        if let Some((_, above)) = place.split_last() {
            let labels = object
                .spec
                .at(above)
                .and_then(|template| Some(labels_of(template.at(&["metadata", "labels"])?)));
            let labels = row.shared_long(&labels.unwrap_or_default());
            row.link(Link::Makes(labels));
        }
        let (namespace, name) = (&*object.metadata.namespace, &*object.metadata.name);
        pod_spec::references(pods, &mut |used| {
            // Only a pod has claims of its own name.
            let own = used.of_pod.then(|| format!("{name}-{}", used.name));
            if used.of_pod && self.kind != "Pod" {
                return;
            }
            let link = Link::Ref {
                field: row.shared(&format!("{path}{}", used.field)),
                group: row.shared(used.group),
                kind: row.shared(used.kind),
                namespace: row.shared(if used.namespaced { namespace } else { "" }),
                name: row.shared(own.as_deref().unwrap_or(used.name)),
            };
            row.link(link);
        });
    }
}

/// `a=b,c=d`, sorted by key, of a map of labels.
fn labels_of(map: &Node<'_>) -> String {
    let Node::Map(pairs) = map else { return String::new() };
    let mut parts: Vec<(&str, &str)> =
        pairs.iter().map(|(key, value)| (&**key, value.as_str().unwrap_or_default())).collect();
    parts.sort_unstable();
    parts.iter().map(|(key, value)| format!("{key}={value}")).collect::<Vec<_>>().join(",")
}
