//! Which kinds have to be watched for a tree: a pure answer, from what kinds may belong together and
//! from what the objects seen so far name.

use super::graph::{Graph, ObjectId};
use crate::model::{Catalogue, Link, Resource, Text};
use std::collections::BTreeSet;

/// Kinds to be watched at most for one tree.
const MOST: usize = 40;

/// A kind to be watched in one namespace; empty for all, and for kinds that have none.
#[derive(Clone, Debug, PartialEq)]
pub struct Wanted {
    /// Which kind.
    pub resource: Resource,
    /// Where.
    pub namespace: Text,
    /// Only those that a field selector finds; empty for all.
    pub fields: Text,
}

/// Kinds that may hold others of the same tree, and are small enough to be watched whole.
const AROUND: &[(&str, &str)] = &[
    ("", "Pod"),
    ("", "Service"),
    ("apps", "Deployment"),
    ("apps", "ReplicaSet"),
    ("apps", "StatefulSet"),
    ("apps", "DaemonSet"),
    ("batch", "Job"),
    ("batch", "CronJob"),
    ("autoscaling", "HorizontalPodAutoscaler"),
    ("discovery.k8s.io", "EndpointSlice"),
    ("networking.k8s.io", "Ingress"),
    ("networking.k8s.io", "NetworkPolicy"),
    ("policy", "PodDisruptionBudget"),
    ("gateway.networking.k8s.io", "HTTPRoute"),
    ("gateway.networking.k8s.io", "GRPCRoute"),
    ("", "PersistentVolumeClaim"),
];

/// Bindings are of interest only to what they bind.
const BINDINGS: &[(&str, &str)] = &[
    ("rbac.authorization.k8s.io", "RoleBinding"),
    ("rbac.authorization.k8s.io", "ClusterRoleBinding"),
];

/// What has to be watched for the tree of objects of this kind in `namespace` (empty for all), with
/// `shown` the objects in it so far.
pub fn needs(
    catalogue: &Catalogue,
    kind: (&str, &str),
    namespace: &Text,
    graph: &Graph,
    shown: &[ObjectId],
) -> Vec<Wanted> {
    let mut wanted: Vec<Wanted> = Vec::new();
    let mut want = |group: &str, kind: &str, namespace: &Text| {
        // A guess that only resembles a kind is no kind.
        let found = catalogue.by_kind(group, kind).filter(|found| found.gvr.group == group);
        let Some(resource) = found.filter(|found| found.can("watch")) else { return };
        let namespace = if resource.namespaced { namespace.clone() } else { Text::new() };
        let known = wanted.iter().any(|one: &Wanted| {
            one.resource.gvr == resource.gvr
                && (one.namespace == namespace || one.namespace.is_empty())
        });
        if !known && wanted.len() < MOST {
            wanted.push(Wanted { resource: resource.clone(), namespace, fields: Text::new() });
        }
    };
    want(kind.0, kind.1, namespace);
    for (group, kind) in AROUND {
        want(group, kind, namespace);
    }
    if kind.0 == "rbac.authorization.k8s.io" || kind.1 == "ServiceAccount" {
        for (group, kind) in BINDINGS {
            want(group, kind, namespace);
        }
    }
    // What a custom resource owns is mostly of its own project.
    if kind.0.contains('.') && !kind.0.ends_with(".k8s.io") {
        let project = project(kind.0);
        for resource in catalogue.all().iter().filter(|r| r.preferred && r.can("list")) {
            if self::project(&resource.gvr.group) == project {
                want(&resource.gvr.group, &resource.kind, namespace);
            }
        }
    }
    // What they name: of any kind and in any namespace.
    let mut named: BTreeSet<(Text, Text, Text)> = BTreeSet::new();
    for id in shown {
        for link in graph.links_of(id) {
            match link {
                Link::Ref { group, kind, namespace, .. } => {
                    named.insert((group.clone(), kind.clone(), namespace.clone()));
                }
                Link::Owner { api_version, kind, .. } => {
                    let group = api_version.split_once('/').map_or("", |(group, _)| group);
                    named.insert((group.into(), kind.clone(), id.namespace.clone()));
                }
                _ => {}
            }
        }
    }
    for (group, kind, namespace) in named {
        want(&group, &kind, &namespace);
    }
    wanted
}

/// The last two parts of a group: `knative.dev` of `serving.knative.dev`.
pub(super) fn project(group: &str) -> &str {
    let mut dots = group.rmatch_indices('.').map(|(at, _)| at);
    dots.nth(1).map_or(group, |at| &group[at + 1..])
}
