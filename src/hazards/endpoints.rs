//! Services that select pods and have no ready endpoint.

use super::survey::{Source, Survey, covers};
use super::{Finding, Severity};

const NAME: &str = "service without endpoints";

pub(super) fn check(survey: &Survey, _now: i64) -> Vec<Finding> {
    if !survey.has(Source::Services) || !survey.has(Source::EndpointSlices) {
        return Vec::new();
    }
    let mut found = Vec::new();
    for service in &survey.services {
        let at = (service.metadata.namespace.clone(), service.metadata.name.clone());
        if service.spec.selector.is_empty()
            || service.spec.kind == "ExternalName"
            || survey.ready.get(&at).is_some_and(|ready| *ready > 0)
        {
            continue;
        }
        let idle = survey.deployments.iter().any(|deployment| {
            deployment.metadata.namespace == at.0
                && deployment.spec.replicas == Some(0)
                && covers(&service.spec.selector, &deployment.spec.template.metadata.labels)
        });
        let (severity, words) = if idle {
            (Severity::Soon, "nobody answers: the deployment behind it is scaled to 0")
        } else {
            (
                Severity::Serious,
                "no ready endpoint: compare its selector with the labels of the pods, and see whether they are ready",
            )
        };
        found.push(Finding::new((severity, NAME), ("", "Service"), (&at.0, &at.1), words));
    }
    found
}
