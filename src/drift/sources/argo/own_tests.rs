//! What becomes of a comparison with Argo CD's own at hand.
#![allow(clippy::unwrap_used)]

use super::super::{Expected, Own, Source};
use super::tests::{application, deployment, id, judged, lines, source_with, told};
use crate::apps::Auto;
use crate::drift::found::{Confidence, ObjectDrift, State};
use crate::drift::judge::Live;
use crate::relations::ObjectId;
use serde_json::{Value, json};

/// As the controller keeps an object: what it would be is made of what it is.
fn kept(id: &ObjectId, live: &Value, would: impl FnOnce(&mut Value)) -> Value {
    let mut normalized = live.clone();
    normalized.as_object_mut().unwrap().shift_remove("status");
    let mut predicted = normalized.clone();
    would(&mut predicted);
    json!({
        "group": id.group.as_str(), "kind": id.kind.as_str(),
        "namespace": id.namespace.as_str(), "name": id.name.as_str(),
        "resourceVersion": live["metadata"]["resourceVersion"], "modified": predicted != normalized,
        "targetState": predicted.to_string(), "liveState": live.to_string(),
        "normalizedLiveState": normalized.to_string(), "predictedLiveState": predicted.to_string(),
    })
}

fn look(app: Value, own: &Value, expected: &Expected, live: &Value) -> ObjectDrift {
    let own = Own::Read(own.to_string().into());
    let source = source_with(app, json!({}), Auto::Manual, own);
    assert_eq!(source.desired().what, "what Argo CD compares with");
    judged(&source, expected, Live::There(live))
}

fn back(would: &mut Value) {
    would["spec"]["replicas"] = json!(2);
    would["spec"]["template"]["spec"]["containers"][0]["image"] =
        json!("registry.example.com/web:1");
}

/// An Application that was synced to another revision than it is compared with.
fn moved() -> Value {
    let mut app = application(&json!({}));
    app["status"]["sync"]["revision"] = json!("41c77f90000000000000000000000000000000bb");
    app
}

#[test]
fn its_fields_take_the_place_of_ours_with_who_wrote_them() {
    let web = id("apps", "Deployment", "web");
    let live = deployment();
    let own = json!([kept(&web, &live, |would| {
        back(would);
        // Nothing on the object tells of this one.
        would["spec"]["progressDeadlineSeconds"] = json!(60);
    })]);
    let found = look(application(&json!({})), &own, &told(&web, "OutOfSync"), &live);
    assert_eq!((found.state.clone(), found.confidence), (State::Changed, Confidence::Exact));
    assert_eq!(
        lines(&found),
        [
            "spec.replicas by kubectl",
            "spec.progressDeadlineSeconds",
            "spec.template.spec.containers[name=main].image by kubectl-edit",
        ]
    );
    assert_eq!((&*found.uid, &*found.version), ("u", "9"));
    assert_eq!(found.fields[0].fate.words(), "stays until somebody syncs");
    // It says that nothing differs: then nothing does.
    let own = json!([kept(&web, &live, |_| {})]);
    let found = look(application(&json!({})), &own, &told(&web, "Synced"), &live);
    assert_eq!((found.state, found.fields.len()), (State::Same, 0));
}

#[test]
fn what_is_new_in_git_is_told_from_what_was_changed_here() {
    let web = id("apps", "Deployment", "web");
    let live = deployment();
    let team = |would: &mut Value| would["metadata"]["labels"] = json!({"team": "shop"});
    let own = json!([kept(&web, &live, |would| {
        back(would);
        team(would);
    })]);
    let found = look(moved(), &own, &told(&web, "OutOfSync"), &live);
    assert_eq!(found.state, State::Changed);
    let fates: Vec<_> = found.fields.iter().map(|field| field.fate.words().as_str()).collect();
    let (new, here) = ("new in git: the next sync brings it", "stays until somebody syncs");
    assert_eq!(fates, [new, here, here], "{:?}", lines(&found));
    // Nothing was changed here: that is no drift.
    let mut same = deployment();
    back(&mut same);
    let own = json!([kept(&web, &same, team)]);
    let found = look(moved(), &own, &told(&web, "OutOfSync"), &same);
    assert_eq!((found.state.clone(), found.confidence), (State::Behind, Confidence::Exact));
    assert_eq!(lines(&found), ["metadata.labels"]);
    assert!(found.note.starts_with("content of the new revision"), "{}", found.note);
}

#[test]
fn what_it_has_not_seen_is_compared_without_it() {
    let web = id("apps", "Deployment", "web");
    let live = deployment();
    let fields = [
        "spec.replicas by kubectl",
        "spec.template.spec.containers[name=main].image by kubectl-edit",
    ];
    let usual = |own: Value, live: &Value, why: &str| {
        let found = look(application(&json!({})), &own, &told(&web, "OutOfSync"), live);
        assert_eq!(found.confidence, Confidence::LastApplied);
        assert_eq!(lines(&found), fields);
        assert!(found.note.contains(why), "{}", found.note);
    };
    let mut later = live.clone();
    later["metadata"]["resourceVersion"] = json!("10");
    later["spec"]["progressDeadlineSeconds"] = json!(1);
    let own = json!([kept(&web, &live, back)]);
    usual(own.clone(), &later, "it changed since Argo CD compared it");
    // A change of its status is none.
    let mut later = live.clone();
    later["metadata"]["resourceVersion"] = json!("10");
    later["status"]["replicas"] = json!(4);
    let found = look(application(&json!({})), &own, &told(&web, "OutOfSync"), &later);
    assert_eq!(found.confidence, Confidence::Exact);
    usual(json!([]), &live, "does not have it");
    usual(Value::Null, &live, "does not have it");
    usual(json!({"items": []}), &live, "of a form that is not known");
    usual(json!([5]), &live, "of a form that is not known");
    let mut broken = kept(&web, &live, back);
    broken["predictedLiveState"] = json!("{");
    usual(json!([broken]), &live, "cannot be read");
}

#[test]
fn a_secret_is_compared_by_its_runs_and_stays_hidden() {
    let word = id("", "Secret", "word");
    let live = json!({"apiVersion": "v1", "kind": "Secret", "data": {"a": "c2VjcmV0", "b": "eA=="},
        "metadata": {"name": "word", "namespace": "shop", "uid": "u", "resourceVersion": "4",
            "managedFields": [{"manager": "argocd-controller", "operation": "Apply",
                "time": "2026-11-28T09:00:00Z", "fieldsV1": {"f:data": {"f:a": {}, "f:b": {}}}}]}});
    let mut hidden = live.clone();
    hidden["data"] = json!({"a": "++++++++", "b": "++++++++"});
    let own = json!([kept(&word, &hidden, |would| would["data"]["a"] = json!("+++++++++"))]);
    let found = look(application(&json!({})), &own, &told(&word, "OutOfSync"), &live);
    assert_eq!((found.state.clone(), found.confidence), (State::Changed, Confidence::Exact));
    assert_eq!(lines(&found), ["data.a by argocd-controller"]);
    assert_ne!(found.fields[0].change.desired, found.fields[0].change.live);
    let text = format!("{found:?}");
    assert!(!text.contains("c2VjcmV0") && !text.contains("eA=="), "{text}");
    // Of a later one nothing can be said from its content, which is hidden there.
    let mut later = live.clone();
    later["metadata"]["resourceVersion"] = json!("5");
    let found = look(application(&json!({})), &own, &told(&word, "OutOfSync"), &later);
    assert_ne!(found.confidence, Confidence::Exact);
}

#[test]
fn what_argo_cd_ignores_is_told_beside_its_own_comparison() {
    let web = id("apps", "Deployment", "web");
    let live = deployment();
    let app = application(&json!({"ignoreDifferences": [
        {"group": "apps", "kind": "Deployment", "jsonPointers": ["/spec/replicas"]}]}));
    let own = json!([kept(&web, &live, |would| {
        would["spec"]["template"]["spec"]["containers"][0]["image"] =
            json!("registry.example.com/web:1");
    })]);
    let found = look(app, &own, &told(&web, "OutOfSync"), &live);
    assert_eq!(found.confidence, Confidence::Exact);
    assert_eq!(
        lines(&found),
        [
            "spec.template.spec.containers[name=main].image by kubectl-edit",
            "spec.replicas by kubectl [ignored by ignoreDifferences 1]",
        ]
    );
}

#[test]
fn where_it_could_not_be_read_that_is_told_and_the_usual_comparison_made() {
    let web = id("apps", "Deployment", "web");
    let why = Own::Unread("its Redis refuses the password".into());
    let source = source_with(application(&json!({})), json!({}), Auto::Manual, why);
    assert_eq!(source.shortfall(), "its Redis refuses the password");
    assert_eq!(source.desired().what, "last applied");
    let found = judged(&source, &told(&web, "OutOfSync"), Live::There(&deployment()));
    assert_eq!((found.confidence, found.fields.len()), (Confidence::LastApplied, 2));
}
