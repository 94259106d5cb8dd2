//! Deployments whose selectors take each other's pods.

use super::survey::{Deployment, Survey, covers};
use super::{Finding, Severity};
use std::collections::BTreeMap;

pub(super) fn check(survey: &Survey, _now: i64) -> Vec<Finding> {
    let mut places: BTreeMap<&str, Vec<&Deployment>> = BTreeMap::new();
    for deployment in &survey.deployments {
        places.entry(&deployment.metadata.namespace).or_default().push(deployment);
    }
    let mut found = Vec::new();
    for (namespace, all) in places {
        for one in &all {
            let selector = &one.spec.selector;
            // Expressions are not judged: better silent than wrong.
            if selector.match_labels.is_empty() || !selector.match_expressions.is_empty() {
                continue;
            }
            let other = all.iter().find(|other| {
                other.metadata.name != one.metadata.name
                    && covers(&selector.match_labels, &other.spec.template.metadata.labels)
            });
            if let Some(other) = other {
                let words = format!(
                    "its selector also matches the pods of Deployment/{}: give each a label of its own",
                    other.metadata.name
                );
                found.push(Finding::new(
                    (Severity::Serious, "selectors that cross"),
                    ("apps", "Deployment"),
                    (namespace, &one.metadata.name),
                    &words,
                ));
            }
        }
    }
    found
}
