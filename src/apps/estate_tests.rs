#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use super::*;
use crate::kinds::{Pool, Projection};
use crate::model::{Cell, Facet, Gvr, Key};
use proptest::prelude::*;
use serde_json::{Value, json};
use std::collections::BTreeMap;

fn resource(group: &str, plural: &str, kind: &str) -> Resource {
    Resource {
        gvr: Gvr::new(group, "v1", plural),
        kind: kind.into(),
        singular: Text::new(),
        short_names: Vec::new(),
        categories: Vec::new(),
        namespaced: true,
        verbs: vec!["get".into(), "list".into(), "watch".into()],
        subresources: Vec::new(),
        preferred: true,
    }
}

fn catalogue() -> Catalogue {
    Catalogue::new(vec![
        resource("apps", "deployments", "Deployment"),
        resource("argoproj.io", "applications", "Application"),
        resource("kustomize.toolkit.fluxcd.io", "kustomizations", "Kustomization"),
        resource("source.toolkit.fluxcd.io", "gitrepositories", "GitRepository"),
    ])
}

fn deployment(n: usize, marks: &Value) -> Value {
    let mut metadata = json!({"name": format!("web-{n}"), "namespace": "shop", "uid": "u"});
    for (key, value) in marks.as_object().unwrap() {
        metadata[key] = value.clone();
    }
    json!({"metadata": metadata, "spec": {"replicas": 1}, "status": {}})
}

/// What may be in a slot: which kind, and the object.
fn variants() -> Vec<(&'static str, Value)> {
    let tracked = |app: &str| {
        let id = format!("{app}:apps/Deployment:shop/web-0");
        json!({"annotations": {"argocd.argoproj.io/tracking-id": id}})
    };
    let application = |namespace: &str, sync: &str| {
        json!({"metadata": {"name": "web", "namespace": namespace, "uid": "a"},
            "spec": {"destination": {"namespace": "shop"}}, "status": {"sync": {"status": sync}}})
    };
    let git = |revision: &str| {
        json!({"metadata": {"name": "repo", "namespace": "flux-system"},
            "status": {"artifact": {"revision": revision}}})
    };
    let ks = |suspend: bool| {
        json!({"metadata": {"name": "infra", "namespace": "flux-system", "uid": "k", "generation": 1},
            "spec": {"suspend": suspend, "sourceRef": {"kind": "GitRepository", "name": "repo"}},
            "status": {"observedGeneration": 1, "lastAppliedRevision": "main@sha1:aaaaaaaaaaaa",
                "conditions": [{"type": "Ready", "status": "True", "reason": "ReconciliationSucceeded"}]}})
    };
    vec![
        ("deployments", deployment(0, &tracked("web"))),
        ("deployments", deployment(0, &tracked("team_web"))),
        ("deployments", deployment(0, &json!({}))),
        (
            "deployments",
            deployment(
                1,
                &json!({"labels": {"kustomize.toolkit.fluxcd.io/name": "infra",
            "kustomize.toolkit.fluxcd.io/namespace": "flux-system"}}),
            ),
        ),
        (
            "deployments",
            deployment(
                1,
                &json!({"ownerReferences":
            [{"apiVersion": "v1", "kind": "Boss", "name": "b", "controller": true}]}),
            ),
        ),
        ("applications", application("argocd", "Synced")),
        ("applications", application("argocd", "OutOfSync")),
        ("applications", application("team", "Synced")),
        ("gitrepositories", git("main@sha1:aaaaaaaaaaaa")),
        ("gitrepositories", git("main@sha1:bbbbbbbbbbbb")),
        ("kustomizations", ks(false)),
        ("kustomizations", ks(true)),
    ]
}

/// The row of an object, and the watch it comes from.
fn row(estate: &Estate, plural: &str, object: &Value) -> Option<(u16, Row)> {
    let at = estate.watched().iter().position(|w| w.resource.gvr.plural == plural)?;
    let resource = &estate.watched()[at].resource;
    let (projection, _) = Projection::new(resource, Facet::App, &[], &[]);
    let mut rows = Vec::new();
    projection.rows(object.to_string().as_bytes(), &mut Pool::default(), &mut rows).unwrap();
    Some((u16::try_from(at).unwrap(), rows.pop()?))
}

fn empty() -> Estate {
    let mut estate = Estate::new(ClusterId(0));
    estate.watches(&catalogue());
    estate
}

fn lines(estate: &Estate) -> BTreeMap<Key, Vec<Cell>> {
    estate.table().rows().map(|(_, row)| (row.key.clone(), row.cells.to_vec())).collect()
}

proptest! {
    /// Whatever came and went before, the table is what its rows make of it.
    #[test]
    fn changes_lead_to_what_a_fresh_look_would_show(
        steps in proptest::collection::vec((0usize..12, any::<bool>(), any::<bool>()), 1..40)
    ) {
        let variants = variants();
        let nowhere = |_: &crate::apps::Destination| Text::new();
        let mut estate = empty();
        // A slot holds one object as long as it exists: by watch and key.
        let mut held: BTreeMap<(u16, Key), (u32, Row)> = BTreeMap::new();
        let mut next = 0;
        for (which, there, settles) in steps {
            let (plural, object) = &variants[which];
            let Some((watch, row)) = row(&estate, plural, object) else { continue };
            let at = (watch, row.key.clone());
            if there {
                let slot = held.get(&at).map_or_else(|| { next += 1; next }, |(slot, _)| *slot);
                estate.feed(watch, slot, Some(&row));
                held.insert(at, (slot, row));
            } else if let Some((slot, _)) = held.remove(&at) {
                estate.feed(watch, slot, None);
            }
            if settles {
                estate.settle(&nowhere);
            }
        }
        estate.settle(&nowhere);
        let mut fresh = empty();
        for ((watch, _), (slot, row)) in &held {
            fresh.feed(*watch, *slot, Some(row));
        }
        fresh.settle(&nowhere);
        prop_assert_eq!(lines(&estate), lines(&fresh));
        prop_assert_eq!(estate.counts(), fresh.counts());
        let shop = Scope::Namespaces(vec!["shop".into()]);
        for all in [&mut estate, &mut fresh] {
            all.look_at(&shop);
            all.settle(&nowhere);
        }
        prop_assert_eq!(estate.counts(), fresh.counts());
        prop_assert_eq!(estate.counts().all, estate.table().len());
    }
}

#[test]
fn a_new_artifact_moves_its_consumers_and_nothing_else_is_read() {
    let nowhere = |_: &crate::apps::Destination| Text::new();
    let variants = variants();
    let mut estate = empty();
    for (slot, at) in [(0, 10), (1, 8), (2, 5)] {
        let (watch, row) = row(&estate, variants[at].0, &variants[at].1).unwrap();
        estate.feed(watch, slot, Some(&row));
    }
    estate.settle(&nowhere);
    estate.table_mut().take_changed();
    let (watch, row) = row(&estate, variants[9].0, &variants[9].1).unwrap();
    estate.feed(watch, 1, Some(&row));
    estate.settle(&nowhere);
    let changed = estate.table_mut().take_changed();
    assert_eq!(changed.len(), 1);
    let row = estate.table().row(changed[0]).unwrap();
    assert_eq!(row.key.name, "ks/infra");
    assert!(format!("{:?}", row.cells).contains("bbbbbbb"), "{row:?}");
}

#[test]
fn what_is_here_is_none_of_an_app_that_delivers_elsewhere() {
    let nowhere = |_: &Destination| Text::new();
    let variants = variants();
    let mut app = variants[5].1.clone();
    app["spec"]["destination"]["server"] = "https://far.example.com".into();
    let mut estate = empty();
    for (slot, (plural, object)) in [&variants[0], &("applications", app)].into_iter().enumerate() {
        let (watch, row) = row(&estate, plural, object).unwrap();
        estate.feed(watch, u32::try_from(slot).unwrap(), Some(&row));
    }
    estate.settle(&nowhere);
    let id = AppId::new(EngineId::ArgoCd, "argocd", "web");
    assert!(estate.app(&id).is_some());
    assert_eq!(estate.workloads(&id), []);
    assert!(estate.members(&id).is_empty());
    // Argo CD may know its own cluster by its address: that is here.
    estate.stands_on("https://FAR.example.com/");
    estate.settle(&nowhere);
    assert_eq!(estate.app(&id).unwrap().destination, Destination::Here);
    assert_eq!(estate.workloads(&id).len(), 1);
}
