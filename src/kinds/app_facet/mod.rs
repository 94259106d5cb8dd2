//! What the list of apps is made of: [`Facet::App`]. One file per engine reads what its own objects
//! tell about their app; `claims.rs` reads of workloads which app they belong to.
//!
//! Rows have no columns that anybody sees: `apps` on floor 4 reads their cells by the numbers that
//! each file here gives them.
//!
//! [`Facet::App`]: crate::model::Facet::App

pub mod apply_set;
pub mod argo;
pub mod argo_set;
pub mod claims;
pub mod flux;
pub mod helm;

use super::{RowBuilder, Skip};
use crate::model::{Cell, Row, Schema, Text};

/// Kinds that stand for apps, or tell about them.
#[derive(Debug)]
pub(super) struct AppKind {
    /// API group; empty for core.
    pub group: &'static str,
    /// Plural resource name.
    pub plural: &'static str,
    /// Reads one object: exactly the cells its file numbers. False: it says nothing about any app, and
    /// has no row, and nothing was put into it.
    pub project: Project,
}

/// Reads one object into a row: see [`AppKind::project`].
pub(super) type Project = fn(&[u8], &mut RowBuilder<'_>) -> Result<bool, Skip>;

/// All of them, in the order of the engines.
#[rustfmt::skip] // one line each, so that merges stay simple
static KINDS: &[&AppKind] = &[
    &argo::KIND,
    &argo_set::KIND,
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
    &helm::SECRETS,
    &helm::CONFIG_MAPS,
    &apply_set::SECRETS,
    &apply_set::CONFIG_MAPS,
];

/// How objects of this type tell about their own app: the first that has something to say does. None
/// for workloads and all others, which are asked whom they belong to.
pub(super) fn kinds(group: &str, plural: &str) -> Vec<&'static AppKind> {
    let of_type = |kind: &&AppKind| kind.group == group && kind.plural == plural;
    KINDS.iter().copied().filter(of_type).collect()
}

/// The columns of such rows: none.
pub(super) fn schema(kind: &str, namespaced: bool) -> Schema {
    Schema { kind: kind.into(), namespaced, columns: Vec::new(), default_sort: None }
}

/// The cells of a row, read by number. What is not there is empty or 0.
#[derive(Clone, Copy, Debug)]
pub struct Cells<'a>(&'a [Cell]);

impl<'a> Cells<'a> {
    /// Those of this row.
    pub fn of(row: &'a Row) -> Self {
        Self(&row.cells)
    }

    /// A text, to keep.
    pub fn text(self, at: usize) -> Text {
        match self.0.get(at) {
            Some(Cell::Text(text, _)) => text.clone(),
            _ => Text::new(),
        }
    }

    /// A text, to look at.
    pub fn word(self, at: usize) -> &'a str {
        match self.0.get(at) {
            Some(Cell::Text(text, _)) => text,
            _ => "",
        }
    }

    /// A number; None where the cell is empty.
    pub fn number(self, at: usize) -> Option<i64> {
        match self.0.get(at) {
            Some(Cell::Int(n)) => Some(*n),
            _ => None,
        }
    }

    /// There is something in it.
    pub fn has(self, at: usize) -> bool {
        self.0.get(at).is_some_and(|cell| *cell != Cell::Empty)
    }

    /// A count; None where the cell is empty.
    pub fn count(self, at: usize) -> Option<u32> {
        self.number(at).map(|n| u32::try_from(n.max(0)).unwrap_or(u32::MAX))
    }

    /// A moment, Unix seconds; 0 where the cell is empty.
    pub fn moment(self, at: usize) -> i64 {
        match self.0.get(at) {
            Some(Cell::Since(at)) => *at,
            _ => 0,
        }
    }

    /// What a cell means.
    pub fn tone(self, at: usize) -> crate::model::Tone {
        self.0.get(at).map(Cell::tone).unwrap_or_default()
    }
}
