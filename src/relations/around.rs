//! What objects use and what leads to them, for apps that nobody declared: a workload's own Services,
//! routes, configuration, claims, account, autoscaler and budget. One watch for each kind and
//! namespace, however many objects there are.

use super::bond::Bond;
use super::delivery::want;
use super::graph::{Edge, Graph, ObjectId};
use super::needs::Wanted;
use super::tree::{is_everywhere, is_shown};
use super::users::words;
use crate::model::{Catalogue, Link, Text};
use std::collections::{BTreeMap, BTreeSet, HashSet};

/// Objects looked at from the workloads downwards at most.
const MOST: usize = 2_000;

/// Kinds that find pods and workloads without being named by them.
const HOLDERS: &[(&str, &str)] = &[
    ("", "Service"),
    ("autoscaling", "HorizontalPodAutoscaler"),
    ("policy", "PodDisruptionBudget"),
    ("networking.k8s.io", "NetworkPolicy"),
    ("networking.k8s.io", "Ingress"),
    ("gateway.networking.k8s.io", "HTTPRoute"),
    ("gateway.networking.k8s.io", "GRPCRoute"),
];

/// Kinds that pods name and that belong to the app that uses them.
const USED: &[(&str, &str)] = &[
    ("", "ConfigMap"),
    ("", "Secret"),
    ("", "PersistentVolumeClaim"),
    ("", "ServiceAccount"),
    ("", "Service"),
];

/// An object beside those that one began with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Neighbour {
    /// Which object.
    pub id: ObjectId,
    /// How the others stand to it: `mounts`, `selected by`.
    pub word: &'static str,
    /// The same field by field: `env TOKEN of api`.
    pub how: Vec<String>,
    /// The one that says so, or that it says it of; one of those begun with where it can be.
    pub of: ObjectId,
}

/// What has to be watched to know what is around these objects, beside the objects themselves and
/// what they own.
pub fn around_needs(catalogue: &Catalogue, graph: &Graph, roots: &[ObjectId]) -> Vec<Wanted> {
    let mut wanted = Vec::new();
    let places: BTreeSet<Text> = roots.iter().map(|id| id.namespace.clone()).collect();
    if places.is_empty() {
        return wanted;
    }
    for kind in HOLDERS {
        want(&mut wanted, catalogue, *kind, &places);
    }
    // Of what is named only kinds that are: a list of Secrets is not read for nothing.
    let mut named: BTreeMap<(&str, &str), BTreeSet<Text>> = BTreeMap::new();
    let routes = around(graph, roots).into_iter().map(|one| one.id);
    for id in inside(graph, roots).into_iter().chain(routes) {
        for link in graph.links_of(&id) {
            if let Link::Ref { group, kind, namespace, .. } = link
                && let Some(used) = USED.iter().find(|used| used.0 == group && used.1 == kind)
            {
                named.entry(*used).or_default().insert(namespace.clone());
            }
        }
    }
    for (kind, places) in &named {
        want(&mut wanted, catalogue, *kind, places);
    }
    wanted
}

/// What these objects and what they own use, what selects, scales or routes to them, the routes that
/// lead to that, and the certificates of those; each object once.
pub fn around(graph: &Graph, roots: &[ObjectId]) -> Vec<Neighbour> {
    let inside = inside(graph, roots);
    let known: HashSet<&ObjectId> = inside.iter().collect();
    let mut found = Found { known, list: Vec::new() };
    for id in &inside {
        for edge in graph.down(id).into_iter().filter(is_use) {
            found.add(edge, id, false);
        }
    }
    // Who finds a workload's pods finds the workload by its template: pods need not be asked.
    for id in roots {
        for edge in graph.up(id) {
            if is_shown(&edge) && is_holder(&edge.to) {
                found.add(edge, id, true);
            }
        }
    }
    // From a Service to its routes, and from those to the certificates that they name.
    let mut at = 0;
    while at < found.list.len() && found.list.len() < MOST {
        let id = found.list[at].id.clone();
        if id.kind == "Service" {
            for edge in graph.up(&id).into_iter().filter(|edge| edge.bond == Bond::Routes) {
                if is_shown(&edge) && is_holder(&edge.to) {
                    found.add(edge, &id, true);
                }
            }
        } else if id.kind == "Ingress" {
            for edge in graph.down(&id).into_iter().filter(|edge| edge.to.is_secret()) {
                found.add(edge, &id, false);
            }
        }
        at += 1;
    }
    found.list
}

struct Found<'f> {
    known: HashSet<&'f ObjectId>,
    list: Vec<Neighbour>,
}

impl Found<'_> {
    fn add(&mut self, edge: Edge, of: &ObjectId, upwards: bool) {
        if self.known.contains(&edge.to) || is_everywhere(&edge.to) {
            return;
        }
        if let Some(before) = self.list.iter_mut().find(|one| one.id == edge.to) {
            // A StatefulSet and its pods say the same of what they have in common.
            if before.of == *of {
                let more = words(&edge);
                before.how.extend(more);
                before.how.sort();
                before.how.dedup();
            }
            return;
        }
        let word = if upwards { edge.bond.up() } else { edge.bond.down() };
        // That a selector selects is no news.
        let how = match edge.bond {
            Bond::Selects | Bond::Scales => Vec::new(),
            _ => words(&edge),
        };
        self.list.push(Neighbour { id: edge.to, word, how, of: of.clone() });
    }
}

/// These objects and what they own, those first.
fn inside(graph: &Graph, roots: &[ObjectId]) -> Vec<ObjectId> {
    let mut inside: Vec<ObjectId> = roots.to_vec();
    let mut known: HashSet<ObjectId> = inside.iter().cloned().collect();
    let mut at = 0;
    while at < inside.len() && inside.len() < MOST {
        for one in super::delivery::owned(graph, &inside[at]) {
            if known.insert(one.clone()) {
                inside.push(one);
            }
        }
        at += 1;
    }
    inside
}

fn is_holder(id: &ObjectId) -> bool {
    HOLDERS.iter().any(|(group, kind)| id.group == *group && id.kind == *kind)
}

/// A reference from a pod or its template to something that belongs to the app.
fn is_use(edge: &Edge) -> bool {
    let used = USED.iter().any(|(group, kind)| edge.to.group == *group && edge.to.kind == *kind);
    used && !matches!(edge.bond, Bond::Owns | Bond::Selects)
}
