//! What the list of apps is made of: [`Facet::App`]. One file per engine reads what its own objects
//! tell about their app; `claims.rs` reads of workloads which app they belong to.
//!
//! Rows have no columns that anybody sees: `apps` on floor 4 reads their cells by the numbers that
//! each file here gives them.
//!
//! [`Facet::App`]: crate::model::Facet::App

pub mod claims;
pub mod flux;

use super::{RowBuilder, Skip};
use crate::model::Schema;

/// Kinds that stand for apps, or tell about them.
#[derive(Debug)]
pub(super) struct AppKind {
    /// API group; empty for core.
    pub group: &'static str,
    /// Plural resource name.
    pub plural: &'static str,
    /// Reads one object: exactly the cells its file numbers. False: it says nothing about any app, and
    /// has no row.
    pub project: Project,
}

/// Reads one object into a row: see [`AppKind::project`].
pub(super) type Project = fn(&[u8], &mut RowBuilder<'_>) -> Result<bool, Skip>;

/// All of them, in the order of the engines.
#[rustfmt::skip] // one line each, so that merges stay simple
static KINDS: &[&AppKind] = &[
    &flux::KUSTOMIZATION,
    &flux::HELM_RELEASE,
    &flux::RESOURCE_SET,
    &flux::FLUX_INSTANCE,
    &flux::GIT_REPOSITORY,
    &flux::OCI_REPOSITORY,
    &flux::HELM_REPOSITORY,
    &flux::HELM_CHART_KIND,
    &flux::BUCKET,
    &flux::EXTERNAL_ARTIFACT,
];

/// How objects of this type tell about their own app; None for workloads and all others, which are
/// asked whom they belong to.
pub(super) fn kind(group: &str, plural: &str) -> Option<&'static AppKind> {
    KINDS.iter().copied().find(|kind| kind.group == group && kind.plural == plural)
}

/// The columns of such rows: none.
pub(super) fn schema(kind: &str, namespaced: bool) -> Schema {
    Schema { kind: kind.into(), namespaced, columns: Vec::new(), default_sort: None }
}
