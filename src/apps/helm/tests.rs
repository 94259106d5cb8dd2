#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use super::*;
use crate::kinds::{Pool, Projection};
use crate::model::{Catalogue, ClusterId, Facet, Gvr, Resource};
use serde_json::json;

fn resource(group: &str, version: &str, plural: &str, kind: &str) -> Resource {
    Resource {
        gvr: Gvr::new(group, version, plural),
        kind: kind.into(),
        singular: Text::new(),
        short_names: Vec::new(),
        categories: Vec::new(),
        namespaced: true,
        verbs: vec!["list".into(), "watch".into()],
        subresources: Vec::new(),
        preferred: true,
    }
}

/// The apps of a cluster that serves Secrets only, with these objects.
fn estate(records: &[Value]) -> Estate {
    let secrets = resource("", "v1", "secrets", "Secret");
    let mut estate = Estate::new(ClusterId(0));
    let watches = estate.watches(&Catalogue::new(vec![secrets.clone()])).to_vec();
    let watch = watches.iter().position(|watch| watch.labels == "owner=helm").unwrap();
    let (projection, _) = Projection::new(&secrets, Facet::App, &[], &[]);
    let mut pool = Pool::default();
    for (slot, record) in records.iter().enumerate() {
        let mut rows = Vec::new();
        projection.rows(record.to_string().as_bytes(), &mut pool, &mut rows).unwrap();
        estate.feed(u16::try_from(watch).unwrap(), u32::try_from(slot).unwrap(), rows.first());
    }
    estate.settle(&|_| Text::new());
    estate
}

fn record(release: &str, revision: u32, status: &str) -> Value {
    json!({"metadata": {"name": format!("sh.helm.release.v1.{release}.v{revision}"), "namespace": "shop",
        "creationTimestamp": "2026-01-01T00:00:00Z",
        "labels": {"owner": "helm", "name": release, "version": revision.to_string(), "status": status,
            "modifiedAt": (1_700_000_000 + revision).to_string()}}})
}

fn one(records: &[Value]) -> App {
    let estate = estate(records);
    let apps: Vec<&App> = estate.apps().collect();
    assert_eq!(apps.len(), 1, "{apps:?}");
    apps[0].clone()
}

#[test]
fn the_newest_record_of_a_release_tells_how_it_is() {
    // v10 comes before v9 in the order of names.
    let app = one(&[
        record("web", 10, "deployed"),
        record("web", 9, "superseded"),
        record("web", 8, "superseded"),
    ]);
    assert_eq!(app.id, AppId::new(EngineId::Helm, "shop", "web"));
    assert_eq!(app.object.unwrap().name, "sh.helm.release.v1.web.v10");
    assert_eq!((app.sync.word.as_str(), app.sync.tone), ("v10 deployed", Tone::Good));
    assert_eq!((app.since, app.running), (1_700_000_010, false));
    assert_eq!(app.message, "");
}

#[test]
fn what_went_wrong_is_said_and_what_stands_beside_it() {
    let failed = one(&[record("web", 1, "deployed"), record("web", 2, "failed")]);
    assert_eq!((failed.sync.word.as_str(), failed.sync.tone), ("v2 failed", Tone::Bad));
    assert_eq!(failed.message, "v1 is the last that was deployed");
    let first = one(&[record("web", 1, "failed")]);
    assert_eq!(first.message, "nothing was ever deployed");
    let pending = one(&[record("web", 1, "deployed"), record("web", 2, "pending-upgrade")]);
    assert!(pending.running);
    assert_eq!(pending.operation.word, "pending-upgrade");
    assert_eq!(pending.operation.since, 1_700_000_002);
    let two = one(&[record("web", 1, "deployed"), record("web", 2, "deployed")]);
    assert_eq!(two.sync.tone, Tone::Warn);
    assert!(two.message.contains("v1 says deployed too"), "{}", two.message);
    let kept = one(&[record("web", 1, "uninstalled")]);
    assert_eq!((kept.sync.word.as_str(), kept.sync.tone), ("v1 uninstalled", Tone::Dim));
}

#[test]
fn a_release_is_there_as_long_as_one_of_its_records_is() {
    let records = [record("web", 1, "superseded"), record("web", 2, "deployed")];
    let mut estate = estate(&records);
    let id = AppId::new(EngineId::Helm, "shop", "web");
    let watch = 0;
    estate.feed(watch, 1, None);
    estate.settle(&|_| Text::new());
    let app = estate.app(&id).unwrap();
    assert!(app.message.contains("the one after it is lost"), "{}", app.message);
    estate.feed(watch, 0, None);
    estate.settle(&|_| Text::new());
    assert!(estate.app(&id).is_none());
}
