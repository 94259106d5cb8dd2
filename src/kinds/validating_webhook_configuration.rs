//! ValidatingWebhookConfiguration.

use super::proto::messages;
use super::{KindSpec, webhook};

pub(super) static SPEC: KindSpec = KindSpec {
    group: "admissionregistration.k8s.io",
    plural: "validatingwebhookconfigurations",
    kind: "ValidatingWebhookConfiguration",
    namespaced: false,
    columns: webhook::COLUMNS,
    sort: None,
    project: webhook::project,
    proto: Some(("v1", &messages::VALIDATING_WEBHOOK_CONFIGURATION)),
};
