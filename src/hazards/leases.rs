//! Controllers that lead and have stopped: their lease is renewed by nobody.

use super::survey::{Metadata, Survey, null};
use super::{Finding, Severity};
use crate::text::age;
use serde::Deserialize;

/// A lease that was not renewed for so long is no hiccup, in seconds.
const PATIENCE: i64 = 300;
/// After so long, whoever held it was taken away on purpose.
const FORGOTTEN: i64 = 30 * 24 * 3600;
/// Leases of nodes and of API servers are no elections.
const NODES: &str = "kube-node-lease";
const IDENTITY: &str = "apiserver.kubernetes.io/identity";
/// Without these a cluster stands still.
const VITAL: [&str; 3] = ["kube-controller-manager", "kube-scheduler", "cloud-controller-manager"];

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Lease {
    metadata: Metadata,
    #[serde(deserialize_with = "null")]
    spec: Spec,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Spec {
    #[serde(deserialize_with = "null")]
    holder_identity: String,
    #[serde(deserialize_with = "null")]
    lease_duration_seconds: i64,
    #[serde(deserialize_with = "null")]
    renew_time: String,
}

pub(super) fn check(survey: &Survey, now: i64) -> Vec<Finding> {
    let mut found = Vec::new();
    for Lease { metadata, spec } in &survey.leases {
        // A leader that leaves in peace lets go of its lease.
        if metadata.namespace == NODES
            || metadata.labels.contains_key(IDENTITY)
            || spec.holder_identity.is_empty()
        {
            continue;
        }
        let Ok(renewed) = spec.renew_time.parse::<jiff::Timestamp>() else { continue };
        let late = now - renewed.as_second() - spec.lease_duration_seconds;
        if !(PATIENCE..FORGOTTEN).contains(&late) {
            continue;
        }
        let vital = VITAL.contains(&metadata.name.as_str());
        let severity = if vital { Severity::Serious } else { Severity::Soon };
        let words = format!(
            "{} led until {} ago and nobody has since: is the controller running?",
            spec.holder_identity,
            age::human(now - renewed.as_second())
        );
        found.push(Finding::new(
            (severity, "nobody leads"),
            ("coordination.k8s.io", "Lease"),
            (&metadata.namespace, &metadata.name),
            &words,
        ));
    }
    found
}
