#![allow(clippy::unwrap_used)]
use super::*;
use crate::drift::found::Field;
use crate::drift::noise::Rules;
use serde_json::json;

fn id(kind: &str) -> ObjectId {
    let group = if kind == "Deployment" { "apps" } else { "" };
    ObjectId { group: group.into(), kind: kind.into(), namespace: "shop".into(), name: "a".into() }
}

fn found(manifest: &Value, live: Live<'_>, tried: Option<Result<&Value, &Fault>>) -> ObjectDrift {
    let id = id(manifest["kind"].as_str().unwrap());
    let shape = Shape::of(&id.group, &id.kind);
    let (rules, source) = (Rules::default(), Local::new("local files".into(), Vec::new()));
    let bench = Bench { rules: &rules, shape: &shape };
    let expected = Expected { id, manifest: Some(Sheet::whole(manifest.clone())), told: None };
    source.judge(&expected, live, tried, &bench)
}

fn told(found: &ObjectDrift) -> Vec<String> {
    let value = |value: &Option<Value>| value.as_ref().map_or("-".into(), Value::to_string);
    let line = |field: &Field| {
        let side = field.side.map_or("?", Side::words);
        let change = &field.change;
        format!("{side}: {} {} {}", change.path, value(&change.desired), value(&change.live))
    };
    found.fields.iter().map(line).collect()
}

fn config(data: Value) -> Value {
    json!({"apiVersion": "v1", "kind": "ConfigMap",
        "metadata": {"name": "a", "namespace": "shop"}, "data": data})
}

/// As client-side apply leaves it, with what others wrote since.
fn live(applied: &Value, data: Value, others: Value) -> Value {
    let mut live = config(data);
    live["metadata"]["uid"] = "u".into();
    live["metadata"]["annotations"] = json!({LAST_APPLIED: applied.to_string()});
    live["metadata"]["managedFields"] = json!([
        {"manager": CLIENT_SIDE, "operation": "Update", "time": "2026-01-01T00:00:00Z",
         "fieldsV1": {"f:data": {"f:same": {}, "f:file": {}, "f:gone": {}}}},
        {"manager": "kubectl-edit", "operation": "Update", "time": "2026-01-02T00:00:00Z",
         "fieldsV1": {"f:data": others}}]);
    live
}

#[test]
fn the_last_apply_tells_which_side_a_difference_comes_from() {
    let applied =
        config(json!({"same": "1", "file": "1", "cluster": "1", "both": "1", "gone": "1"}));
    let file = config(
        json!({"same": "1", "file": "2", "cluster": "1", "both": "2", "new": "1", "taken": "1"}),
    );
    let there = live(
        &applied,
        json!({"same": "1", "file": "1", "cluster": "3", "both": "3", "gone": "1", "taken": "5", "extra": "1"}),
        json!({"f:cluster": {}, "f:both": {}, "f:taken": {}, "f:extra": {}}),
    );
    // What the server makes of it: it keeps what the file does not name.
    let mut would = there.clone();
    for (key, value) in file["data"].as_object().unwrap() {
        would["data"][key] = value.clone();
    }
    let expected = [
        "changed in file: data.file \"2\" \"1\"",
        "changed in cluster: data.cluster \"1\" \"3\"",
        "conflict: data.both \"2\" \"3\"",
        "conflict: data.taken \"1\" \"5\"",
        "changed in file: data.new \"1\" -",
        "changed in file: data.gone - \"1\"",
    ];
    let sorted = |found: &ObjectDrift| {
        let mut lines = told(found);
        lines.sort();
        lines
    };
    let mut wanted = expected.map(str::to_owned).to_vec();
    wanted.sort();
    let exact = found(&file, Live::There(&there), Some(Ok(&would)));
    assert_eq!((exact.state.clone(), exact.confidence), (State::Changed, Confidence::Exact));
    assert_eq!(sorted(&exact), wanted);
    let by_hand = found(&file, Live::There(&there), None);
    assert_eq!(by_hand.confidence, Confidence::Approximate);
    assert_eq!(sorted(&by_hand), wanted);
}

#[test]
fn a_file_without_annotations_takes_away_its_own_only() {
    let mut applied = config(json!({"k": "1"}));
    // As kubectl writes it.
    applied["metadata"]["annotations"] = json!({"old": "1"});
    let mut there = live(&applied, json!({"k": "1"}), json!({}));
    there["metadata"]["annotations"]["old"] = "1".into();
    there["metadata"]["annotations"]["others"] = "1".into();
    let file = config(json!({"k": "1"}));
    for tried in [Some(Ok(&there)), None] {
        let found = found(&file, Live::There(&there), tried);
        assert_eq!(told(&found), ["changed in file: metadata.annotations.old - \"1\""]);
    }
}

#[test]
fn server_side_apply_tells_by_its_own_fields() {
    let mut there = config(json!({"mine": "1", "taken": "3"}));
    there["metadata"]["uid"] = "u".into();
    there["metadata"]["managedFields"] = json!([
        {"manager": "deployer", "operation": "Apply", "time": "2026-01-01T00:00:00Z",
         "fieldsV1": {"f:data": {"f:mine": {}}}},
        {"manager": "edit", "operation": "Update", "time": "2026-01-02T00:00:00Z",
         "fieldsV1": {"f:data": {"f:taken": {}}}}]);
    let file = config(json!({"mine": "2", "taken": "1"}));
    let source = Local::new("local files".into(), Vec::new());
    let expected =
        Expected { id: id("ConfigMap"), manifest: Some(Sheet::whole(file.clone())), told: None };
    let attempt = source.attempt(&expected, Live::There(&there)).unwrap();
    assert_eq!((attempt.manager.as_str(), &attempt.manifest), ("deployer", &file));
    let mut would = there.clone();
    would["data"] = json!({"mine": "2", "taken": "1"});
    assert_eq!(
        told(&found(&file, Live::There(&there), Some(Ok(&would)))),
        ["changed in file: data.mine \"2\" \"1\"", "changed in cluster: data.taken \"1\" \"3\""]
    );
}

#[test]
fn what_the_server_refuses_is_told_in_its_own_words() {
    let file = config(json!({"k": "2"}));
    let there = live(&config(json!({"k": "1"})), json!({"k": "1"}), json!({}));
    let tried = |kind, why: &str| {
        let fault = Fault::new(kind, "try", why);
        found(&file, Live::There(&there), Some(Err(&fault)))
    };
    let forbidden = tried(FaultKind::Forbidden, "cannot patch resource");
    assert_eq!((forbidden.state.clone(), forbidden.fields.len()), (State::Changed, 1));
    assert!(forbidden.note.contains("needs the right to patch"), "{}", forbidden.note);
    assert_eq!(forbidden.confidence, Confidence::Approximate);
    let webhook = tried(FaultKind::Invalid, "admission webhook \"x\" does not support dry run");
    assert_eq!(webhook.state, State::Changed);
    assert!(webhook.note.contains("does not support dry run"));
    let immutable =
        tried(FaultKind::Invalid, "data: Forbidden: field is immutable when `immutable` is set");
    assert_eq!(immutable.state, State::Recreated);
    assert!(immutable.note.starts_with("would be recreated"), "{}", immutable.note);
    let invalid = tried(FaultKind::Invalid, "data: must be a map");
    assert!(matches!(invalid.state, State::Unknown(_)));
    let denied = tried(FaultKind::Forbidden, "admission webhook \"p\" denied the request: no");
    assert!(matches!(denied.state, State::Unknown(_)));
}

#[test]
fn what_is_not_there_would_be_created() {
    let file = config(json!({"k": "2"}));
    let made = found(&file, Live::Gone, Some(Ok(&file)));
    assert_eq!((made.state, made.confidence), (State::Missing, Confidence::Exact));
    let fault = Fault::new(FaultKind::NotFound, "try", "namespaces \"shop\" not found");
    let nowhere = found(&file, Live::Gone, Some(Err(&fault)));
    assert_eq!(nowhere.state, State::Missing);
    assert!(nowhere.note.contains("namespace shop is not there"), "{}", nowhere.note);
}

#[test]
fn no_value_of_a_secret_comes_out() {
    let secret = |data: Value, texts: Value| {
        json!({"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "a", "namespace": "shop"},
            "type": "Opaque", "data": data, "stringData": texts})
    };
    let coded = STANDARD.encode("hunter2");
    let file = secret(json!({"a": coded}), json!({"b": "hunter2", "c": "same"}));
    let mut there =
        secret(json!({"a": "b2xk", "b": "b2xk", "c": STANDARD.encode("same")}), json!({}));
    there.as_object_mut().unwrap().remove("stringData");
    there["metadata"]["annotations"] = json!({LAST_APPLIED: file.to_string()});
    let mut would = there.clone();
    would["data"] = json!({"a": coded, "b": coded, "c": STANDARD.encode("same")});
    let check = |found: &ObjectDrift| {
        let text = format!("{found:?}");
        assert!(!text.contains("hunter2") && !text.contains(&coded), "{text}");
    };
    let exact = found(&file, Live::There(&there), Some(Ok(&would)));
    assert_eq!(exact.fields.len(), 2, "{exact:?}");
    assert!(exact.fields.iter().all(|field| field.side == Some(Side::Cluster)), "{exact:?}");
    check(&exact);
    let by_hand = found(&file, Live::There(&there), None);
    assert_eq!(by_hand.fields.len(), 2, "{by_hand:?}");
    check(&by_hand);
    for kind in [FaultKind::Invalid, FaultKind::Forbidden, FaultKind::Other, FaultKind::Busy] {
        let fault = Fault::new(
            kind,
            "try",
            format!("admission webhook denied the request: hunter2 {coded}"),
        );
        check(&found(&file, Live::There(&there), Some(Err(&fault))));
        check(&found(&file, Live::Gone, Some(Err(&fault))));
    }
    check(&found(&file, Live::Gone, Some(Ok(&would))));
}
