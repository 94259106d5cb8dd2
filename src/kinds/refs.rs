//! Ways to other objects: short forms for the links that most kinds add.

use super::de::{Pairs, Str, nullable};
use super::{Object, RowBuilder, Skip};
use crate::model::Link;

/// Who is meant by a reference.
#[derive(Clone, Copy, Debug)]
pub(super) struct Target<'t> {
    /// API group; empty for core.
    pub(super) group: &'t str,
    /// Kind.
    pub(super) kind: &'t str,
    /// Namespace; empty when cluster-scoped.
    pub(super) namespace: &'t str,
    /// Name.
    pub(super) name: &'t str,
}

/// Adds a reference held in `field`; one without a name leads nowhere and is left out.
pub(super) fn reference(row: &mut RowBuilder<'_>, field: &str, target: Target<'_>) {
    if target.name.is_empty() {
        return;
    }
    let link = Link::Ref {
        field: row.shared(field),
        group: row.shared(target.group),
        kind: row.shared(target.kind),
        namespace: row.shared(target.namespace),
        name: row.shared(target.name),
    };
    row.link(link);
}

/// A reference to an object of the core group.
pub(super) fn core(row: &mut RowBuilder<'_>, field: &str, kind: &str, namespace: &str, name: &str) {
    reference(row, field, Target { group: "", kind, namespace, name });
}

/// What Enter opens: objects of `plural` in `namespace` (empty: all) that match both selectors.
pub(super) fn children(
    row: &mut RowBuilder<'_>,
    plural: &str,
    namespace: &str,
    labels: &str,
    fields: &str,
) {
    let link = Link::Children {
        plural: row.shared(plural),
        namespace: row.shared(namespace),
        labels: row.shared(labels),
        fields: row.shared(fields),
        owner: row.shared(""),
    };
    row.link(link);
}

/// Labels and annotations, for the few kinds whose rows depend on one of them. Read in a second
/// pass over the bytes, so that all other kinds never pay for them.
#[derive(Debug, Default, serde::Deserialize)]
#[serde(default)]
pub(super) struct Marks<'a> {
    #[serde(borrow)]
    pub(super) labels: Pairs<'a, Str<'a>>,
    pub(super) annotations: Pairs<'a, Str<'a>>,
}

/// The labels and annotations of an object.
pub(super) fn marks(object: Object<'_>) -> Result<Marks<'_>, Skip> {
    #[derive(Default, serde::Deserialize)]
    #[serde(default)]
    struct Outer<'a> {
        #[serde(borrow, deserialize_with = "nullable")]
        metadata: Marks<'a>,
    }
    let outer: Outer<'_> = object.read()?;
    Ok(outer.metadata)
}

/// `host:port`, with brackets around an IPv6 address.
pub(super) fn host_port(host: &str, port: i64) -> String {
    if host.contains(':') { format!("[{host}]:{port}") } else { format!("{host}:{port}") }
}

/// The first three of a list and how many more there are, as kubectl shortens addresses.
pub(super) fn first_three(list: &[&str]) -> String {
    match list.len().checked_sub(3) {
        Some(more @ 1..) => format!("{} + {more} more...", list[..3].join(",")),
        _ => list.join(","),
    }
}
