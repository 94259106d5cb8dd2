//! How apps stand to each other: what delivers what (app-of-apps, ApplicationSets, parent
//! Kustomizations), and what has to be ready before what (`dependsOn`).

use super::Estate;
use crate::model::{AppId, EngineId};
use crate::relations::ObjectId;
use std::collections::{BTreeMap, BTreeSet};

/// Kinds whose objects stand for apps.
const KINDS: &[(&str, &str, EngineId)] = &[
    ("argoproj.io", "Application", EngineId::ArgoCd),
    ("argoproj.io", "ApplicationSet", EngineId::ApplicationSet),
    ("kustomize.toolkit.fluxcd.io", "Kustomization", EngineId::Kustomization),
    ("helm.toolkit.fluxcd.io", "HelmRelease", EngineId::HelmRelease),
    ("fluxcd.controlplane.io", "ResourceSet", EngineId::ResourceSet),
];

/// The app that an object stands for, where it is of such a kind.
pub fn of_object(id: &ObjectId) -> Option<AppId> {
    let (.., engine) =
        KINDS.iter().find(|(group, kind, _)| id.group == *group && id.kind == *kind)?;
    Some(AppId::new(*engine, id.namespace.clone(), id.name.clone()))
}

/// What holds a line to the one above.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tie {
    /// It stands at the top.
    Root,
    /// The app above delivers it.
    Delivered,
    /// The app above has to be ready first.
    After,
}

/// One line of the tree of apps.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Member {
    /// Which app.
    pub id: AppId,
    /// Steps from the top.
    pub depth: usize,
    /// What holds it to the line above.
    pub tie: Tie,
}

/// All apps of a cluster as a tree, each once: below what delivers it, and among those below what has to
/// be ready first. An app that waits for several stands below the first of them by name. What leads
/// round in a circle stands at the top.
pub fn family(estate: &Estate) -> Vec<Member> {
    let mut parents: BTreeMap<&AppId, (&AppId, Tie)> = BTreeMap::new();
    let shown = |id: &AppId| estate.app(id).is_some_and(|app| app.folded_into.is_none());
    let mut all: Vec<&AppId> = Vec::new();
    for app in estate.apps().filter(|app| app.folded_into.is_none()) {
        all.push(&app.id);
        let parent = app.parent.as_ref().filter(|id| shown(id) && **id != app.id);
        // Only among those that the same app delivers: elsewhere the tree would be torn apart.
        let beside = |id: &&AppId| {
            **id != app.id
                && shown(id)
                && estate
                    .app(id)
                    .is_some_and(|other| other.parent.as_ref().filter(|id| shown(id)) == parent)
        };
        let first = app.depends_on.iter().filter(beside).min();
        match (first, parent) {
            (Some(first), _) => parents.insert(&app.id, (first, Tie::After)),
            (None, Some(parent)) => parents.insert(&app.id, (parent, Tie::Delivered)),
            (None, None) => None,
        };
    }
    all.sort();
    let mut below: BTreeMap<&AppId, Vec<&AppId>> = BTreeMap::new();
    for id in &all {
        if let Some((parent, _)) = parents.get(id) {
            below.entry(parent).or_default().push(id);
        }
    }
    let mut members = Vec::with_capacity(all.len());
    let mut placed: BTreeSet<&AppId> = BTreeSet::new();
    let roots = all.iter().filter(|id| !parents.contains_key(**id));
    // What is left after the roots leads round in a circle.
    for root in roots.chain(&all) {
        let mut stack: Vec<(&AppId, usize, Tie)> = vec![(root, 0, Tie::Root)];
        while let Some((id, depth, tie)) = stack.pop() {
            if !placed.insert(id) {
                continue;
            }
            members.push(Member { id: id.clone(), depth, tie });
            for child in below.get(id).into_iter().flatten().rev() {
                let tie = parents.get(child).map_or(Tie::Root, |(_, tie)| *tie);
                stack.push((child, depth + 1, tie));
            }
        }
    }
    members
}

/// The apps next to one.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Kin {
    /// Those that it delivers, sorted.
    pub delivers: Vec<AppId>,
    /// Those that have to be ready before it, as it names them.
    pub needs: Vec<AppId>,
    /// Those that wait for it, sorted.
    pub needed_by: Vec<AppId>,
    /// What is delivered as a part of it by another engine, sorted.
    pub parts: Vec<AppId>,
}

/// The apps next to this one.
pub fn kin(estate: &Estate, id: &AppId) -> Kin {
    let mut kin = Kin::default();
    if let Some(app) = estate.app(id) {
        kin.needs.clone_from(&app.depends_on);
    }
    for app in estate.apps() {
        if app.parent.as_ref() == Some(id) {
            kin.delivers.push(app.id.clone());
        }
        if app.depends_on.contains(id) {
            kin.needed_by.push(app.id.clone());
        }
        if app.folded_into.as_ref() == Some(id) {
            kin.parts.push(app.id.clone());
        }
    }
    kin.delivers.sort();
    kin.needed_by.sort();
    kin.parts.sort();
    kin
}
