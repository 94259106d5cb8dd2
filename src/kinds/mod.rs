//! Floor 2: what we know of each kind. One file per kind, one line in [`SPECS`], one fixture.
//!
//! Every other kind the server serves goes through `generic.rs`.

pub mod build;
pub mod builtin;
mod containers;
mod containers_facet;
pub mod de;
mod deployment;
mod generic;
mod health;
mod path_columns;
mod pod;
mod pod_facts;
mod pod_selector;
mod pod_status;
pub mod printer_columns;
mod projection;
mod spec;
#[cfg(test)]
mod tests;
mod user_columns;

pub use build::RowBuilder;
pub use printer_columns::PrinterColumn;
pub use projection::Projection;
pub use spec::{ColumnSpec, KindSpec, Skip};
pub use user_columns::{UserColumn, UserColumnError, UserColumnKind};

/// All kinds with a file of their own, sorted by group and plural.
#[rustfmt::skip] // one line each, so that merges stay simple
pub static SPECS: &[&KindSpec] = &[
    &pod::SPEC,
    &deployment::SPEC,
];

/// The spec of a resource type, whatever its version.
pub fn spec(group: &str, plural: &str) -> Option<&'static KindSpec> {
    SPECS.iter().copied().find(|spec| spec.group == group && spec.plural == plural)
}
