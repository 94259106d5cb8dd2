//! Pages of crafted objects.
#![allow(clippy::unwrap_used, clippy::panic)]

use super::*;
use crate::model::{Fault, FaultKind};
use proptest::prelude::*;
use serde_json::json;

/// 2026-11-28 00:00:00 UTC.
const NOW: i64 = 1_795_824_000;

fn subject(api: (&str, &str, &str), kind: &str, object: Value) -> Subject {
    Subject { gvr: Gvr::new(api.0, api.1, api.2), kind: kind.into(), object }
}

/// Answers every ask: what is given, and empty lists for the rest.
fn answers(subject: &Subject, given: Vec<(Key, Value)>) -> Answers {
    let mut answers = Answers::default();
    for ask in needs(subject) {
        answers.insert(ask.key, Ok(json!({ "items": [] })));
    }
    for (key, value) in given {
        answers.insert(key, Ok(value));
    }
    answers
}

fn event(kind: &str, name: &str, uid: &str, reason: &str, age: i64) -> Value {
    let at = jiff::Timestamp::from_second(NOW - age).unwrap().to_string();
    json!({
        "type": if reason == "BackOff" { "Warning" } else { "Normal" },
        "reason": reason,
        "message": format!("{reason} of {name}\n"),
        "source": { "component": "kubelet" },
        "firstTimestamp": at, "lastTimestamp": at, "count": 1,
        "involvedObject": { "kind": kind, "name": name, "namespace": "shop", "uid": uid, "apiVersion": "v1" },
    })
}

fn pod() -> Value {
    json!({
        "metadata": {
            "name": "api-7d9c5b6f4-x2x9l", "namespace": "shop", "uid": "u1",
            "labels": { "app": "api", "pod-template-hash": "7d9c5b6f4" },
            "annotations": { "note": "one\ntwo", "kubectl.kubernetes.io/last-applied-configuration": "{}" },
            "ownerReferences": [{ "apiVersion": "apps/v1", "kind": "ReplicaSet", "name": "api-7d9c5b6f4", "uid": "rs", "controller": true }],
        },
        "spec": {
            "nodeName": "node-a", "serviceAccountName": "api", "priority": 0,
            "containers": [{
                "name": "main", "image": "registry.example.com/api:1",
                "ports": [{ "containerPort": 8080, "protocol": "TCP", "name": "http" }],
                "resources": { "limits": { "memory": "128Mi" }, "requests": { "cpu": "50m", "memory": "64Mi" } },
                "livenessProbe": { "httpGet": { "path": "/healthz", "port": "http", "scheme": "HTTP" }, "timeoutSeconds": 1, "periodSeconds": 10, "successThreshold": 1, "failureThreshold": 3 },
                "env": [
                    { "name": "PLAIN", "value": "x" },
                    { "name": "PASSWORD", "valueFrom": { "secretKeyRef": { "name": "db", "key": "password" } } },
                    { "name": "POD", "valueFrom": { "fieldRef": { "apiVersion": "v1", "fieldPath": "metadata.name" } } },
                    { "name": "CPUS", "valueFrom": { "resourceFieldRef": { "resource": "requests.cpu", "divisor": "1m" } } },
                ],
                "envFrom": [{ "configMapRef": { "name": "settings" }, "prefix": "S_" }],
                "volumeMounts": [{ "name": "data", "mountPath": "/data", "readOnly": true, "subPath": "a" }],
            }],
            "volumes": [
                { "name": "data", "persistentVolumeClaim": { "claimName": "api-data" } },
                { "name": "token", "projected": { "sources": [{ "serviceAccountToken": { "expirationSeconds": 3607 } }, { "configMap": { "name": "kube-root-ca.crt" } }] } },
            ],
            "tolerations": [{ "key": "node.kubernetes.io/not-ready", "operator": "Exists", "effect": "NoExecute", "tolerationSeconds": 300 }],
        },
        "status": {
            "phase": "Running", "podIP": "10.1.0.7", "hostIP": "192.168.0.4", "podIPs": [{ "ip": "10.1.0.7" }],
            "startTime": "2026-11-27T22:00:00Z", "qosClass": "Burstable",
            "conditions": [{ "type": "Ready", "status": "False", "lastTransitionTime": "2026-11-27T23:58:00Z", "reason": "ContainersNotReady", "message": "containers with unready status: [main]" }],
            "containerStatuses": [{
                "name": "main", "containerID": "containerd://1", "imageID": "sha256:1", "ready": false, "restartCount": 3,
                "state": { "waiting": { "reason": "CrashLoopBackOff", "message": "back-off 40s" } },
                "lastState": { "terminated": { "reason": "Error", "exitCode": 1, "startedAt": "2026-11-27T23:50:00Z", "finishedAt": "2026-11-27T23:51:00Z" } },
            }],
        },
    })
}

#[test]
fn a_pod_is_told_whole() {
    let subject = subject(("", "v1", "pods"), "Pod", pod());
    let events = json!({ "items": [event("Pod", "api-7d9c5b6f4-x2x9l", "u1", "BackOff", 90)] });
    let page = describe(&subject, &answers(&subject, vec![(Key::Events, events)]), NOW);
    insta::assert_snapshot!(page.text());
    let links: Vec<String> = page
        .lines
        .iter()
        .flat_map(|line| &line.spans)
        .filter_map(|span| span.link.as_ref())
        .map(|to| format!("{}/{}/{}", to.kind, to.namespace, to.name))
        .collect();
    assert_eq!(
        links,
        [
            "Namespace//shop",
            "ServiceAccount/shop/api",
            "Node//node-a",
            "ReplicaSet/shop/api-7d9c5b6f4",
            "ConfigMap/shop/settings",
            "Secret/shop/db",
            "PersistentVolumeClaim/shop/api-data",
            "ConfigMap/shop/kube-root-ca.crt",
        ]
    );
}

#[test]
fn reads_are_asked_for_as_kubectl_finds_things() {
    let subject = subject(("", "v1", "pods"), "Pod", pod());
    let paths: Vec<String> = needs(&subject).iter().map(|ask| ask.read().path).collect();
    assert_eq!(
        paths,
        [
            "/api/v1/namespaces/shop/events?fieldSelector=involvedObject.name%3Dapi-7d9c5b6f4-x2x9l%2CinvolvedObject.namespace%3Dshop%2CinvolvedObject.uid%3Du1"
        ]
    );
}

fn deployment() -> Value {
    json!({
        "metadata": { "name": "api", "namespace": "shop", "uid": "d", "creationTimestamp": "2026-11-01T00:00:00Z" },
        "spec": {
            "replicas": 2, "selector": { "matchLabels": { "app": "api" } },
            "strategy": { "type": "RollingUpdate", "rollingUpdate": { "maxUnavailable": "25%", "maxSurge": 1 } },
            "template": { "metadata": { "creationTimestamp": null, "labels": { "app": "api" } }, "spec": { "containers": [{ "name": "main", "image": "api:2" }] } },
        },
        "status": {
            "replicas": 3, "updatedReplicas": 1, "availableReplicas": 2, "unavailableReplicas": 1,
            "conditions": [{ "type": "Progressing", "status": "True", "reason": "ReplicaSetUpdated", "lastTransitionTime": "2026-11-27T23:00:00Z" }],
        },
    })
}

fn replica_set(name: &str, uid: &str, image: &str, created: &str, replicas: i64) -> Value {
    json!({
        "metadata": {
            "name": name, "namespace": "shop", "uid": uid, "creationTimestamp": created,
            "ownerReferences": [{ "apiVersion": "apps/v1", "kind": "Deployment", "name": "api", "uid": "d", "controller": true }],
        },
        "spec": { "replicas": replicas, "template": { "metadata": { "labels": { "app": "api", "pod-template-hash": name } }, "spec": { "containers": [{ "name": "main", "image": image }] } } },
        "status": { "replicas": replicas },
    })
}

#[test]
fn what_a_deployment_owns_is_told_apart_from_itself() {
    let subject = subject(("apps", "v1", "deployments"), "Deployment", deployment());
    let sets = json!({ "items": [
        replica_set("api-2", "rs2", "api:2", "2026-11-27T00:00:00Z", 1),
        replica_set("api-1", "rs1", "api:1", "2026-11-02T00:00:00Z", 2),
        replica_set("api-0", "rs0", "api:0", "2026-11-01T00:00:00Z", 0),
    ] });
    let pod = json!({ "metadata": { "name": "api-2-aaaaa", "uid": "p1", "ownerReferences": [{ "kind": "ReplicaSet", "uid": "rs2", "controller": true }] } });
    let foreign = json!({ "metadata": { "name": "other-bbbbb", "uid": "p9", "ownerReferences": [{ "kind": "ReplicaSet", "uid": "else", "controller": true }] } });
    let answers = answers(
        &subject,
        vec![
            (Key::ReplicaSets, sets),
            (Key::Pods, json!({ "items": [pod, foreign] })),
            (
                Key::Events,
                json!({ "items": [event("Deployment", "api", "d", "ScalingReplicaSet", 300)] }),
            ),
            (
                Key::EventsOf("ReplicaSet"),
                json!({ "items": [event("ReplicaSet", "api-2", "rs2", "SuccessfulCreate", 240), event("ReplicaSet", "x", "x", "No", 1)] }),
            ),
            (
                Key::EventsOf("Pod"),
                json!({ "items": [
                    event("Pod", "api-2-aaaaa", "p1", "BackOff", 60),
                    event("Pod", "api-2-zzzzz", "gone", "Killing", 120),
                    event("Pod", "other-bbbbb", "p9", "No", 1),
                    event("Pod", "api-2-worker-zzzzz", "y", "No", 1),
                ] }),
            ),
        ],
    );
    insta::assert_snapshot!(describe(&subject, &answers, NOW).text());
}

#[test]
fn a_custom_resource_tells_conditions_references_and_status_first() {
    let subject = subject(
        ("example.com", "v1", "widgets"),
        "Widget",
        json!({
            "apiVersion": "example.com/v1", "kind": "Widget",
            "metadata": { "name": "w", "namespace": "shop", "generation": 4, "managedFields": [{ "manager": "x" }] },
            "spec": { "size": 3, "secretName": "w-tls", "sourceRef": { "kind": "GitRepository", "apiVersion": "source.example.com/v1", "name": "repo", "namespace": "flux" }, "matrix": [[1, 2], "x", { "a": null }] },
            "status": { "conditions": [{ "type": "Ready", "status": "False", "reason": "Failed", "message": "no such chart", "lastTransitionTime": "2026-11-25T00:00:00Z" }] },
            "extra": 1.5,
        }),
    );
    insta::assert_snapshot!(describe(&subject, &answers(&subject, vec![]), NOW).text());
}

#[test]
fn a_part_that_may_not_be_read_says_so_and_the_rest_stands() {
    let subject = subject(("apps", "v1", "deployments"), "Deployment", deployment());
    let before = describe(&subject, &Answers::default(), NOW).text();
    let words: Vec<String> = before.lines().map(squeezed).collect();
    assert!(words.contains(&"Events: <not read yet>".to_owned()), "{before}");
    let mut answers = Answers::default();
    for ask in needs(&subject) {
        let read = ask.read();
        let fault = Fault::new(FaultKind::Forbidden, read.what, "you may not");
        answers.insert(ask.key, Err(fault));
    }
    let text = describe(&subject, &answers, NOW).text();
    let words: Vec<String> = text.lines().map(squeezed).collect();
    for wanted in [
        "Events: <not shown: list events in shop: you may not>",
        "ReplicaSets: <not shown: list replicasets in shop: you may not>",
        "Replicas: 2 desired | 1 updated | 3 total | 2 available | 1 unavailable",
    ] {
        assert!(words.contains(&wanted.to_owned()), "{text}");
    }
}

fn squeezed(line: &str) -> String {
    line.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[test]
fn a_secret_keeps_its_values() {
    for (kind, key) in [("Opaque", "password"), ("kubernetes.io/service-account-token", "token")] {
        let object = json!({
            "metadata": { "name": "db", "namespace": "shop", "annotations": { "kubectl.kubernetes.io/last-applied-configuration": "{\"data\":{\"p\":\"aHVudGVyMg==\"}}" } },
            "type": kind, "data": { key: "aHVudGVyMg==", "empty": "", "odd": 5 },
        });
        let subject = subject(("", "v1", "secrets"), "Secret", object);
        let text = describe(&subject, &answers(&subject, vec![]), NOW).text();
        assert!(text.contains("7 bytes") && text.contains("0 bytes"), "{text}");
        assert!(!text.contains("hunter2") && !text.contains("aHVudGVy"), "{text}");
    }
}

/// The objects that the real kubectl describes in the integration tests.
fn crafted() -> Vec<Value> {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/describe/objects.json");
    serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap()
}

fn is(object: &Value, kind: &str, name: &str) -> bool {
    object["kind"] == kind && object["metadata"]["name"] == name
}

/// A crafted object with the answers that its fellows make.
fn page_of(gvr: (&str, &str, &str), kind: &str, name: &str) -> Page {
    let all = crafted();
    let object = all.iter().find(|one| is(one, kind, name)).unwrap().clone();
    let subject = subject(gvr, kind, object);
    let mut answers = Answers::default();
    for ask in needs(&subject) {
        let of_kind = all.iter().filter(|one| one["kind"] == ask.kind);
        let answer = match &ask.key {
            Key::Service(name) | Key::Slices(name) if ask.name.is_empty() => {
                let label = |one: &&Value| {
                    one["metadata"]["labels"]["kubernetes.io/service-name"] == name.as_str()
                };
                json!({ "items": of_kind.filter(label).collect::<Vec<_>>() })
            }
            Key::Pods if kind == "Node" => {
                let here = |one: &&Value| one["spec"]["nodeName"] == name;
                json!({ "items": of_kind.filter(here).collect::<Vec<_>>() })
            }
            Key::Pods | Key::ResourceSlices | Key::Quotas | Key::LimitRanges => {
                json!({ "items": of_kind.collect::<Vec<_>>() })
            }
            _ if !ask.name.is_empty() => {
                match all.iter().find(|one| is(one, ask.kind, &ask.name)) {
                    Some(one) => one.clone(),
                    None => {
                        let fault = Fault::new(FaultKind::NotFound, ask.read().what, "not found");
                        answers.insert(ask.key, Err(fault));
                        continue;
                    }
                }
            }
            _ => json!({ "items": [] }),
        };
        answers.insert(ask.key, Ok(answer));
    }
    describe(&subject, &answers, NOW)
}

#[test]
fn a_node_tells_what_its_pods_ask_for() {
    insta::assert_snapshot!(page_of(("", "v1", "nodes"), "Node", "describe-node").text());
}

#[test]
fn services_and_ingresses_tell_their_endpoints() {
    let service = page_of(("", "v1", "services"), "Service", "web");
    let networking = ("networking.k8s.io", "v1", "ingresses");
    let ingress = page_of(networking, "Ingress", "front");
    insta::assert_snapshot!(format!("{}\n{}", service.text(), ingress.text()));
}

#[test]
fn an_autoscaler_tells_every_sort_of_metric() {
    let gvr = ("autoscaling", "v2", "horizontalpodautoscalers");
    insta::assert_snapshot!(page_of(gvr, "HorizontalPodAutoscaler", "web").text());
}

#[test]
fn a_claim_tells_who_uses_it() {
    let gvr = ("", "v1", "persistentvolumeclaims");
    insta::assert_snapshot!(page_of(gvr, "PersistentVolumeClaim", "data").text());
}

/// Every kind there is a page for, and one there is none for.
fn kinds() -> Vec<(&'static str, &'static str)> {
    let mut kinds: Vec<_> = DESCRIBERS.iter().map(|one| (one.group, one.kind)).collect();
    kinds.push(("example.com", "Widget"));
    kinds
}

/// Any JSON, with the names that pages look for.
fn anything() -> impl Strategy<Value = Value> {
    const FIELDS: [&str; 40] = [
        "metadata",
        "spec",
        "status",
        "name",
        "namespace",
        "labels",
        "annotations",
        "conditions",
        "containers",
        "initContainers",
        "containerStatuses",
        "state",
        "terminated",
        "type",
        "volumes",
        "template",
        "selector",
        "matchLabels",
        "matchExpressions",
        "values",
        "ports",
        "subsets",
        "endpoints",
        "addresses",
        "rules",
        "http",
        "paths",
        "backend",
        "service",
        "metrics",
        "resource",
        "target",
        "limits",
        "hard",
        "data",
        "ownerReferences",
        "items",
        "env",
        "valueFrom",
        "tolerations",
    ];
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        "\\PC{0,6}|.{0,6}|\u{1b}\\[2K|2026-11-27T22:00:00Z|100m|\n".prop_map(Value::from),
    ];
    leaf.prop_recursive(6, 60, 6, |inner| {
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..5).prop_map(Value::from),
            proptest::collection::vec((proptest::sample::select(&FIELDS[..]), inner), 0..7)
                .prop_map(|pairs| pairs.into_iter().map(|(k, v)| (k.to_owned(), v)).collect()),
        ]
    })
}

proptest! {
    #[test]
    fn no_object_is_too_odd(object in anything(), answer in anything()) {
        for (group, kind) in kinds() {
            let subject = subject((group, "v1", "things"), kind, object.clone());
            let mut answers = Answers::default();
            for ask in needs(&subject) {
                prop_assert!(ask.read().path.starts_with('/'));
                answers.insert(ask.key, Ok(answer.clone()));
            }
            let text = describe(&subject, &answers, NOW).text();
            prop_assert!(!text.replace('\n', "").contains(char::is_control), "{kind}: {text:?}");
        }
    }
}

#[test]
fn who_manages_an_object_is_told_and_is_ours() {
    let object = json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"namespace": "shop",
        "name": "settings", "labels": {"kustomize.toolkit.fluxcd.io/name": "infra"},
        "annotations": {"argocd.argoproj.io/tracking-id": "pay:/ConfigMap:shop/other"}}});
    let subject = subject(("", "v1", "configmaps"), "ConfigMap", object);
    let page = describe(&subject, &answers(&subject, vec![]), NOW);
    let lines: Vec<String> = page.lines.iter().map(Line::text).collect();
    assert!(lines[0].starts_with("Managed By:"), "{lines:?}");
    assert!(lines[0].contains("Flux Kustomization infra (label kustomize.toolkit"), "{lines:?}");
    assert!(lines[1].contains("so it was copied"), "{lines:?}");
    assert_eq!(page.lines[0].kubectl_text().trim(), "");
}
