//! MutatingWebhookConfiguration.

use super::proto::messages;
use super::{KindSpec, webhook};

pub(super) static SPEC: KindSpec = KindSpec {
    group: "admissionregistration.k8s.io",
    plural: "mutatingwebhookconfigurations",
    kind: "MutatingWebhookConfiguration",
    namespaced: false,
    columns: webhook::COLUMNS,
    sort: None,
    project: webhook::project,
    proto: Some(("v1", &messages::MUTATING_WEBHOOK_CONFIGURATION)),
};
