//! Finds resource types by the names people type.

use super::{Gvr, Resource};
use std::sync::Arc;

/// All resource types a server serves.
/// Cheap to clone.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Catalogue {
    resources: Arc<[Resource]>,
}

impl Catalogue {
    /// A catalogue of these types.
    pub fn new(resources: Vec<Resource>) -> Self {
        Self { resources: resources.into() }
    }

    /// All of them.
    pub fn all(&self) -> &[Resource] {
        &self.resources
    }

    /// The type served at exactly this place.
    pub fn get(&self, gvr: &Gvr) -> Option<&Resource> {
        self.resources.iter().find(|resource| &resource.gvr == gvr)
    }

    /// The type of this kind in this group: what an ownerReference or a `*Ref` field names.
    /// An empty `group` with a kind that only another group has finds that one.
    pub fn by_kind(&self, group: &str, kind: &str) -> Option<&Resource> {
        let listable = || self.resources.iter().filter(|r| r.kind == kind && r.can("list"));
        best(listable().filter(|r| r.gvr.group == group)).or_else(|| best(listable()))
    }

    /// Finds a type by plural, singular, short name, kind, `plural.group`, `plural.version.group`
    /// or `group/version/plural`, ignoring case. Ambiguous plain names mean the core group first,
    /// then Kubernetes' own groups, then the alphabetically first, always the preferred version:
    /// what kubectl does.
    pub fn find(&self, name: &str) -> Option<&Resource> {
        let name = name.to_lowercase();
        if name.is_empty() {
            return None;
        }
        if name.contains('/') {
            let mut parts = name.rsplitn(3, '/');
            let plural = parts.next().unwrap_or_default();
            let version = parts.next().unwrap_or_default();
            let group = parts.next().unwrap_or_default();
            return self.resources.iter().find(|r| {
                r.gvr.group == group && r.gvr.version == version && r.gvr.plural == plural
            });
        }
        let plain = |r: &Resource, wanted: &str| {
            r.gvr.plural == wanted
                || r.singular == wanted
                || r.short_names.iter().any(|short| short == wanted)
                || r.kind.to_lowercase() == wanted
        };
        let listable = || self.resources.iter().filter(|r| r.can("list"));
        if let Some(found) = best(listable().filter(|r| plain(r, &name))) {
            return Some(found);
        }
        let (plural, rest) = name.split_once('.')?;
        // plural.group first; then plural.version.group, as kubectl reads it.
        best(listable().filter(|r| plain(r, plural) && r.gvr.group == rest)).or_else(|| {
            let (version, group) = rest.split_once('.').unwrap_or((rest, ""));
            listable()
                .find(|r| plain(r, plural) && r.gvr.version == version && r.gvr.group == group)
        })
    }

    /// Names that are near `name`, best first: for "did you mean".
    pub fn nearest(&self, name: &str) -> Vec<String> {
        let name = name.to_lowercase();
        let mut found: Vec<(usize, String)> = self
            .resources
            .iter()
            .filter(|r| r.can("list"))
            .flat_map(|r| {
                std::iter::once(r.gvr.plural.to_string())
                    .chain(r.short_names.iter().map(ToString::to_string))
            })
            .map(|candidate| (distance(&name, &candidate), candidate))
            .filter(|(d, candidate)| *d <= 2.max(name.len() / 3) || candidate.starts_with(&name))
            .collect();
        found.sort();
        found.dedup();
        found.truncate(4);
        found.into_iter().map(|(_, candidate)| candidate).collect()
    }
}

fn best<'a>(candidates: impl Iterator<Item = &'a Resource>) -> Option<&'a Resource> {
    candidates.min_by_key(|r| {
        let group = &r.gvr.group;
        let rank = if group.is_empty() {
            0
        } else if !group.contains('.') || group.ends_with(".k8s.io") {
            1
        } else {
            2
        };
        (rank, group.clone(), !r.preferred)
    })
}

/// Edit distance (insert, delete, replace), for short names.
pub fn distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, ca) in a.chars().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, cb) in b.iter().enumerate() {
            let replace = diagonal + usize::from(ca != *cb);
            diagonal = row[j + 1];
            row[j + 1] = replace.min(row[j] + 1).min(row[j + 1] + 1);
        }
    }
    row[b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn resource(group: &str, version: &str, plural: &str, kind: &str, short: &[&str]) -> Resource {
        Resource {
            gvr: Gvr::new(group, version, plural),
            kind: kind.into(),
            singular: kind.to_lowercase().into(),
            short_names: short.iter().map(|s| (*s).into()).collect(),
            categories: Vec::new(),
            namespaced: true,
            verbs: vec!["list".into()],
            subresources: Vec::new(),
            preferred: version == "v1",
        }
    }

    fn catalogue() -> Catalogue {
        Catalogue::new(vec![
            resource("", "v1", "events", "Event", &["ev"]),
            resource("events.k8s.io", "v1", "events", "Event", &["ev"]),
            resource("apps", "v1", "deployments", "Deployment", &["deploy"]),
            resource("serving.knative.dev", "v1", "services", "Service", &["ksvc"]),
            resource("", "v1", "services", "Service", &["svc"]),
            resource("argoproj.io", "v1alpha1", "rollouts", "Rollout", &["ro"]),
        ])
    }

    #[test]
    fn every_spelling_finds_the_kind() {
        let catalogue = catalogue();
        for name in [
            "deployments",
            "deployment",
            "deploy",
            "Deployment",
            "deployments.apps",
            "apps/v1/deployments",
            "deploy.v1.apps",
        ] {
            assert_eq!(
                catalogue.find(name).map(|r| r.gvr.to_string()).as_deref(),
                Some("apps/v1/deployments"),
                "{name}"
            );
        }
        assert!(catalogue.find("nonsense").is_none());
        assert!(catalogue.find("").is_none());
    }

    #[test]
    fn ambiguous_names_mean_the_core_group_and_a_group_tells_them_apart() {
        let catalogue = catalogue();
        assert_eq!(catalogue.find("svc").map(|r| r.gvr.group.to_string()).as_deref(), Some(""));
        let knative = catalogue.find("services.serving.knative.dev");
        assert_eq!(knative.map(|r| r.gvr.group.as_str()), Some("serving.knative.dev"));
        assert_eq!(catalogue.find("v1/events").map(|r| r.gvr.group.as_str()), Some(""));
    }

    #[test]
    fn unknown_names_offer_the_nearest() {
        assert_eq!(catalogue().nearest("deploiment"), ["deployments"]);
        assert!(catalogue().nearest("rolout").contains(&"rollouts".to_owned()));
    }
}
