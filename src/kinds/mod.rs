//! Floor 2: what we know of each kind. One file per kind, one line in [`SPECS`], one fixture.
//!
//! Every other kind the server serves goes through `generic.rs`.

mod api_service;
pub mod build;
pub mod builtin;
mod certificate_signing_request;
mod cluster_role;
mod cluster_role_binding;
mod condition;
mod config_map;
mod containers;
mod containers_facet;
mod controller_revision;
mod count;
mod csi_driver;
mod custom_resource_definition;
pub mod de;
mod deployment;
mod endpoint_slice;
mod endpoints;
mod gateway;
mod gateway_class;
mod generic;
mod grpc_route;
mod health;
mod http_route;
mod ingress;
mod ingress_class;
mod mutating_webhook_configuration;
mod network_policy;
mod path_columns;
mod persistent_volume;
mod persistent_volume_claim;
mod pod;
mod pod_facts;
mod pod_selector;
mod pod_status;
pub mod printer_columns;
mod projection;
mod refs;
mod role;
mod role_binding;
mod route;
mod secret;
mod service;
mod service_account;
mod spec;
mod storage_class;
#[cfg(test)]
mod tests;
mod user_columns;
mod validating_admission_policy;
mod validating_admission_policy_binding;
mod validating_webhook_configuration;
mod volume;
mod volume_attachment;
mod webhook;

pub use build::RowBuilder;
pub use printer_columns::PrinterColumn;
pub use projection::Projection;
pub use spec::{ColumnSpec, KindSpec, Skip};
pub use user_columns::{UserColumn, UserColumnError, UserColumnKind};

/// All kinds with a file of their own, sorted by group and plural.
#[rustfmt::skip] // one line each, so that merges stay simple
pub static SPECS: &[&KindSpec] = &[
    &config_map::SPEC,
    &endpoints::SPEC,
    &persistent_volume_claim::SPEC,
    &persistent_volume::SPEC,
    &pod::SPEC,
    &secret::SPEC,
    &service_account::SPEC,
    &service::SPEC,
    &mutating_webhook_configuration::SPEC,
    &validating_admission_policy::SPEC,
    &validating_admission_policy_binding::SPEC,
    &validating_webhook_configuration::SPEC,
    &custom_resource_definition::SPEC,
    &api_service::SPEC,
    &controller_revision::SPEC,
    &deployment::SPEC,
    &certificate_signing_request::SPEC,
    &endpoint_slice::SPEC,
    &gateway_class::SPEC,
    &gateway::SPEC,
    &grpc_route::SPEC,
    &http_route::SPEC,
    &ingress_class::SPEC,
    &ingress::SPEC,
    &network_policy::SPEC,
    &cluster_role_binding::SPEC,
    &cluster_role::SPEC,
    &role_binding::SPEC,
    &role::SPEC,
    &csi_driver::SPEC,
    &storage_class::SPEC,
    &volume_attachment::SPEC,
];

/// The spec of a resource type, whatever its version.
pub fn spec(group: &str, plural: &str) -> Option<&'static KindSpec> {
    SPECS.iter().copied().find(|spec| spec.group == group && spec.plural == plural)
}
