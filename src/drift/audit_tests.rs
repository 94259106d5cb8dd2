#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use super::*;
use crate::drift::found::Fate;
use crate::drift::noise::Rules;
use crate::drift::shape::Shape;
use crate::drift::testing::told;
use serde_json::json;

fn entry(manager: &str, operation: &str, subresource: &str, fields: Value) -> Value {
    json!({"manager": manager, "operation": operation, "subresource": subresource, "apiVersion": "v1",
        "time": "2026-01-01T00:00:00Z", "fieldsType": "FieldsV1", "fieldsV1": fields})
}

fn id(group: &str, kind: &str) -> ObjectId {
    ObjectId {
        group: group.into(),
        kind: kind.into(),
        namespace: "shop".into(),
        name: "api".into(),
    }
}

fn audit(id: &ObjectId, live: &Value) -> Option<ObjectDrift> {
    let (rules, shape) = (Rules::none(), Shape::of(&id.group, &id.kind));
    let bench = Bench { rules: &rules, shape: &shape };
    let owner = |writer: &Writer| writer.apply && writer.manager == "flux";
    audited(id, live, &owner, &|_, _| Fate::Stays("it stays".into()), &bench)
}

fn deployment(managed: Value) -> Value {
    json!({"apiVersion": "apps/v1", "kind": "Deployment",
        "metadata": {"name": "api", "uid": "u", "resourceVersion": "7", "managedFields": managed,
            "labels": {"mine": "1", "team": "a"}, "annotations": {"note": "x"}},
        "spec": {"replicas": 5, "paused": false, "template": {"spec": {"containers": [
            {"name": "api", "image": "api:1"}, {"name": "side", "image": "side:1", "tty": true}]}}},
        "status": {"replicas": 5}})
}

#[test]
fn what_others_wrote_is_told_and_what_the_owner_names_too_is_not() {
    let owned = json!({"f:metadata": {"f:labels": {"f:mine": {}}}, "f:spec": {"f:paused": {}, "f:template": {"f:spec":
        {"f:containers": {"k:{\"name\":\"api\"}": {".": {}, "f:name": {}, "f:image": {}}}}}}});
    let by_hand = json!({"f:metadata": {"f:labels": {"f:team": {}}}, "f:spec": {"f:replicas": {}, "f:paused": {},
        "f:template": {"f:spec": {"f:containers": {
            "k:{\"name\":\"side\"}": {".": {}, "f:name": {}, "f:image": {}, "f:tty": {}}}}}}});
    let live = deployment(json!([
        entry("flux", "Apply", "", owned),
        entry("kubectl-edit", "Update", "", by_hand),
        entry("kcm", "Update", "status", json!({"f:status": {"f:replicas": {}}})),
        entry("marker", "Update", "", json!({"f:metadata": {"f:annotations": {"f:note": {}}}})),
        entry(
            "kube-controller-manager",
            "Update",
            "",
            json!({"f:spec": {"f:gone": {}, "f:paused": {}}})
        ),
    ]));
    let found = audit(&id("apps", "Deployment"), &live).unwrap();
    assert_eq!(found.confidence, Confidence::Ownership);
    let mut lines = told(std::slice::from_ref(&found));
    lines[1..].sort();
    assert_eq!(
        lines,
        [
            "Deployment/api changed",
            "  metadata.annotations.note - \"x\" by marker: it stays [programs mark objects that are not theirs like this]",
            "  metadata.labels.team - \"a\" by kubectl-edit: it stays",
            "  spec.replicas - 5 by kubectl-edit: it stays",
            // An item that was added is told as a whole.
            "  spec.template.spec.containers[name=side] - {\"name\":\"side\",\"image\":\"side:1\",\"tty\":true} by kubectl-edit: it stays",
        ]
    );
    assert!(found.live.unwrap()["metadata"].get("managedFields").is_none());
}

#[test]
fn who_wrote_nothing_is_not_known_to_apply_it_and_what_goes_is_not_compared() {
    let by_hand = entry("kubectl-edit", "Update", "", json!({"f:spec": {"f:replicas": {}}}));
    assert_eq!(audit(&id("apps", "Deployment"), &deployment(json!([by_hand]))), None);
    // Updates under the owner's name are none of its applies.
    let update = entry("flux", "Update", "", json!({"f:spec": {"f:replicas": {}}}));
    assert_eq!(audit(&id("apps", "Deployment"), &deployment(json!([update]))), None);
    assert_eq!(audit(&id("apps", "Deployment"), &deployment(json!("garbage"))), None);
    let apply = entry("flux", "Apply", "", json!({"f:spec": {"f:paused": {}}}));
    let mut live = deployment(json!([apply, by_hand]));
    let changed = audit(&id("apps", "Deployment"), &live).unwrap();
    assert_eq!((changed.state, changed.fields.len()), (State::Changed, 1));
    live["metadata"]["deletionTimestamp"] = "2026-01-01T00:00:00Z".into();
    let going = audit(&id("apps", "Deployment"), &live).unwrap();
    assert_eq!((going.state, going.fields.len()), (State::Terminating, 0));
}

#[test]
fn what_only_the_cluster_wrote_is_no_drift_and_secrets_stay_hidden() {
    let apply = entry("flux", "Apply", "", json!({"f:type": {}}));
    let live = json!({"apiVersion": "v1", "kind": "Secret", "type": "Opaque",
        "metadata": {"name": "api", "managedFields": [
            apply.clone(), entry("kube-controller-manager", "Update", "", json!({"f:data": {"f:k": {}}}))]},
        "data": {"k": "aHVudGVyMg=="}});
    let found = audit(&id("", "Secret"), &live).unwrap();
    assert_eq!(found.state, State::Same);
    assert_eq!(found.fields[0].noise.as_deref(), Some("the cluster itself writes it"));
    let mut edited = live;
    edited["metadata"]["managedFields"][1]["manager"] = "kubectl-edit".into();
    let found = audit(&id("", "Secret"), &edited).unwrap();
    assert_eq!(
        told(std::slice::from_ref(&found))[1],
        "  data.k - \"++++++++\" by kubectl-edit: it stays"
    );
    assert!(!format!("{found:?}").contains("aHVudGVy"), "{found:?}");
}
