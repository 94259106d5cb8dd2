//! Tags that were moved: containers run under one name and are not the same.

use super::survey::{Source, Survey};
use super::{Finding, Severity};
use std::collections::{BTreeMap, BTreeSet};

/// Namespace and name of the pods that run each digest.
type Digests<'a> = BTreeMap<&'a str, BTreeSet<(&'a str, &'a str)>>;

pub(super) fn check(survey: &Survey, _now: i64) -> Vec<Finding> {
    if !survey.has(Source::Pods) {
        return Vec::new();
    }
    // By image, then by digest: the pods that run it.
    let mut images: BTreeMap<&str, Digests<'_>> = BTreeMap::new();
    for pod in &survey.pods {
        for container in pod.running().filter(|container| !container.image.contains('@')) {
            if let Some((_, digest)) = container.id.rsplit_once('@') {
                let place = (pod.metadata.namespace.as_str(), pod.metadata.name.as_str());
                let digests = images.entry(&container.image).or_default();
                digests.entry(digest).or_default().insert(place);
            }
        }
    }
    let mut found = Vec::new();
    for (image, digests) in images.iter().filter(|(_, digests)| digests.len() > 1) {
        // The rare one is the odd one.
        let Some((_, odd)) = digests.iter().min_by_key(|(_, pods)| pods.len()) else { continue };
        let Some((namespace, name)) = odd.first() else { continue };
        let shares: Vec<String> = digests
            .iter()
            .map(|(digest, pods)| {
                let short: String = digest.chars().take(19).collect();
                format!(
                    "{short} in {} {}",
                    pods.len(),
                    if pods.len() == 1 { "pod" } else { "pods" }
                )
            })
            .collect();
        let words = format!(
            "{} digests run as {image}: {}; the tag was moved: name the digest, or give each build a tag of its own",
            digests.len(),
            shares.join(", ")
        );
        found.push(Finding::new(
            (Severity::Soon, "mutable tag"),
            ("", "Pod"),
            (namespace, name),
            &words,
        ));
    }
    found
}
