//! What was delivered together, and what it owns: which kinds have to be watched for that, and what
//! stands below one object. One watch for each kind and namespace, however many objects there are.

use super::graph::{Graph, ObjectId};
use super::needs::{Wanted, project};
use crate::model::{Catalogue, Text};
use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

/// Watches at most; what is beyond is told by its name alone.
const MOST: usize = 80;
/// A kind delivered to more namespaces than this is watched in all of them at once.
const MOST_NAMESPACES: usize = 4;

/// Kinds as (group, kind).
type Kinds = &'static [(&'static str, &'static str)];

/// Kinds that pods come from, each with what stands between it and them.
const MAKERS: &[(&str, &str, Kinds)] = &[
    ("", "ReplicationController", &[("", "Pod")]),
    ("apps", "Deployment", &[("apps", "ReplicaSet"), ("", "Pod")]),
    ("apps", "ReplicaSet", &[("", "Pod")]),
    ("apps", "StatefulSet", &[("", "Pod")]),
    ("apps", "DaemonSet", &[("", "Pod")]),
    ("batch", "Job", &[("", "Pod")]),
    ("batch", "CronJob", &[("batch", "Job"), ("", "Pod")]),
];

/// What the objects of a custom resource may be.
const OF_CUSTOM: Kinds = &[
    ("", "Pod"),
    ("", "Service"),
    ("apps", "Deployment"),
    ("apps", "ReplicaSet"),
    ("apps", "StatefulSet"),
    ("batch", "Job"),
];

/// Custom resources that own nothing one would look for here: what they deliver has a page of its own.
const OWN_PAGE: Kinds = &[
    ("argoproj.io", "Application"),
    ("argoproj.io", "ApplicationSet"),
    ("argoproj.io", "AppProject"),
    ("kustomize.toolkit.fluxcd.io", "Kustomization"),
    ("helm.toolkit.fluxcd.io", "HelmRelease"),
    ("fluxcd.controlplane.io", "ResourceSet"),
];

/// Which kinds were delivered, and where: what [`delivery_needs`] asks about.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Delivery(BTreeMap<(Text, Text), BTreeSet<Text>>);

impl Delivery {
    /// Of these objects.
    pub fn of<'a>(objects: impl IntoIterator<Item = &'a ObjectId>) -> Self {
        let mut kinds: BTreeMap<(Text, Text), BTreeSet<Text>> = BTreeMap::new();
        for id in objects {
            let places = kinds.entry((id.group.clone(), id.kind.clone())).or_default();
            places.insert(id.namespace.clone());
        }
        Self(kinds)
    }
}

/// What has to be watched to know how delivered objects are, and nothing of what they own.
pub fn delivered_needs(catalogue: &Catalogue, delivery: &Delivery) -> Vec<Wanted> {
    let mut wanted: Vec<Wanted> = Vec::new();
    for ((group, kind), places) in &delivery.0 {
        want(&mut wanted, catalogue, (group, kind), places);
    }
    wanted
}

/// What has to be watched to know how delivered objects are, and what they own down to pods.
pub fn delivery_needs(catalogue: &Catalogue, delivery: &Delivery) -> Vec<Wanted> {
    let mut wanted = delivered_needs(catalogue, delivery);
    for ((group, kind), places) in &delivery.0 {
        let known = MAKERS.iter().find(|maker| (maker.0, maker.1) == (group, kind));
        let custom = group.contains('.') && !group.ends_with(".k8s.io");
        let below = match known {
            Some((.., below)) => *below,
            None if custom && !OWN_PAGE.contains(&(group.as_str(), kind.as_str())) => OF_CUSTOM,
            None => &[],
        };
        for kind in below {
            want(&mut wanted, catalogue, *kind, places);
        }
    }
    // What a custom resource owns is often of its own project; last, so that the rest has its place.
    for ((group, kind), places) in &delivery.0 {
        let custom = group.contains('.') && !group.ends_with(".k8s.io");
        if !custom || OWN_PAGE.contains(&(group.as_str(), kind.as_str())) {
            continue;
        }
        let own = |other: &str| project(other) == project(group);
        for resource in catalogue.all().iter().filter(|one| one.preferred && own(&one.gvr.group)) {
            if !OWN_PAGE.contains(&(resource.gvr.group.as_str(), resource.kind.as_str())) {
                want(&mut wanted, catalogue, (&resource.gvr.group, &resource.kind), places);
            }
        }
    }
    wanted
}

pub(super) fn want(
    wanted: &mut Vec<Wanted>,
    catalogue: &Catalogue,
    (group, kind): (&str, &str),
    places: &BTreeSet<Text>,
) {
    // A guess that only resembles a kind is no kind.
    let found = catalogue.by_kind(group, kind).filter(|found| found.gvr.group == group);
    let Some(resource) = found.filter(|found| found.can("watch")) else { return };
    let everywhere =
        !resource.namespaced || places.len() > MOST_NAMESPACES || places.iter().any(Text::is_empty);
    let places: Vec<Text> =
        if everywhere { vec![Text::new()] } else { places.iter().cloned().collect() };
    for namespace in places {
        let known = wanted.iter().any(|one| {
            one.resource.gvr == resource.gvr
                && (one.namespace == namespace || one.namespace.is_empty())
        });
        if !known && wanted.len() < MOST {
            let fields = Text::new();
            wanted.push(Wanted { resource: resource.clone(), namespace, fields });
        }
    }
}

/// What an object owns, by kind and name. Of the ReplicaSets of one owner the newest stands first, and
/// older ones only while they have pods: the rest is history.
pub fn owned(graph: &Graph, id: &ObjectId) -> Vec<ObjectId> {
    let mut found = graph.owned(id);
    if found.iter().any(|one| one.kind == "ReplicaSet") {
        let created = |id: &ObjectId| graph.get(id).map_or(0, |thing| thing.created);
        let sets = || found.iter().filter(|one| one.kind == "ReplicaSet");
        let newest = sets().max_by_key(|one| (created(one), Reverse((*one).clone()))).cloned();
        found.retain(|one| {
            one.kind != "ReplicaSet" || newest.as_ref() == Some(one) || !graph.owned(one).is_empty()
        });
        found.sort_by_key(|one| (one.kind.clone(), Reverse(created(one)), one.clone()));
    }
    found
}
