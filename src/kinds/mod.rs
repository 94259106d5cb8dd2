//! Floor 2: what we know of each kind. One file per kind, one line in [`SPECS`], one fixture.
//!
//! Every other kind the server serves goes through `generic.rs`.

pub mod build;
pub mod builtin;
pub mod de;
mod generic;
mod pod;
pub mod printer_columns;
mod projection;
mod spec;
mod user_columns;

pub use build::RowBuilder;
pub use printer_columns::PrinterColumn;
pub use projection::Projection;
pub use spec::{ColumnSpec, KindSpec, Skip};
pub use user_columns::{UserColumn, UserColumnKind};

/// All kinds with a file of their own.
pub static SPECS: &[&KindSpec] = &[&pod::SPEC];

/// The spec of a resource type, whatever its version.
pub fn spec(group: &str, plural: &str) -> Option<&'static KindSpec> {
    SPECS.iter().copied().find(|spec| spec.group == group && spec.plural == plural)
}
