//! Floor 2: what we know of each kind. One file per kind, one line in [`SPECS`], one fixture.
//!
//! Every other kind the server serves goes through `generic.rs`.

mod api_service;
pub mod app_facet;
pub mod behind;
pub mod build;
pub mod builtin;
mod certificate_signing_request;
mod cluster_role;
mod cluster_role_binding;
mod commons;
mod condition;
mod config_map;
mod containers;
mod containers_facet;
mod controller_revision;
mod count;
mod cron_job;
mod csi_driver;
mod custom_resource_definition;
mod daemon_set;
pub mod de;
mod deployment;
mod endpoint_slice;
mod endpoints;
mod event;
mod facet_schema;
#[cfg(test)]
mod fuzz_tests;
mod gateway;
mod gateway_class;
mod generic;
mod grpc_route;
mod health;
mod horizontal_pod_autoscaler;
mod hpa_targets;
mod http_route;
mod ingress;
mod ingress_class;
mod job;
mod lease;
mod limit_range;
mod links_facet;
mod manager_facet;
mod mutating_webhook_configuration;
mod namespace;
mod network_policy;
mod node;
mod object;
mod path_columns;
mod persistent_volume;
mod persistent_volume_claim;
mod pod;
mod pod_disruption_budget;
mod pod_facts;
mod pod_selector;
mod pod_status;
pub mod printer_columns;
mod priority_class;
mod projection;
pub mod proto;
pub mod provenance;
mod refs;
mod replica_set;
mod replication_controller;
mod resource_quota;
mod role;
mod role_binding;
mod rollout_facet;
mod route;
mod rules_facet;
mod secret;
mod service;
mod service_account;
mod spec;
mod stateful_set;
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
mod workload;

pub use build::{Pool, RowBuilder};
pub use object::Object;
pub use pod_selector::selector_of;
pub use printer_columns::PrinterColumn;
pub use projection::Projection;
pub use spec::{ColumnSpec, KindSpec, Skip};
pub use user_columns::{UserColumn, UserColumnError, UserColumnKind};

/// All kinds with a file of their own, sorted by group and plural.
#[rustfmt::skip] // one line each, so that merges stay simple
pub static SPECS: &[&KindSpec] = &[
    &config_map::SPEC,
    &endpoints::SPEC,
    &event::CORE,
    &limit_range::SPEC,
    &namespace::SPEC,
    &node::SPEC,
    &persistent_volume_claim::SPEC,
    &persistent_volume::SPEC,
    &pod::SPEC,
    &replication_controller::SPEC,
    &resource_quota::SPEC,
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
    &daemon_set::SPEC,
    &deployment::SPEC,
    &replica_set::SPEC,
    &stateful_set::SPEC,
    &horizontal_pod_autoscaler::SPEC,
    &cron_job::SPEC,
    &job::SPEC,
    &certificate_signing_request::SPEC,
    &lease::SPEC,
    &endpoint_slice::SPEC,
    &event::SPEC,
    &gateway_class::SPEC,
    &gateway::SPEC,
    &grpc_route::SPEC,
    &http_route::SPEC,
    &ingress_class::SPEC,
    &ingress::SPEC,
    &network_policy::SPEC,
    &pod_disruption_budget::SPEC,
    &cluster_role_binding::SPEC,
    &cluster_role::SPEC,
    &role_binding::SPEC,
    &role::SPEC,
    &priority_class::SPEC,
    &csi_driver::SPEC,
    &storage_class::SPEC,
    &volume_attachment::SPEC,
];

/// The spec of a resource type, whatever its version.
pub fn spec(group: &str, plural: &str) -> Option<&'static KindSpec> {
    SPECS.iter().copied().find(|spec| spec.group == group && spec.plural == plural)
}
