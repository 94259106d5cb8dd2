//! What differs from what Argo CD applied, beside what Argo CD itself says.

use super::{argo_exact, program};
use crate::support::engines::Argo;
use crate::support::trials;
use libtest_mimic::Trial;
use serde_json::{Value, json};
use std::collections::BTreeMap;

pub fn trials() -> Vec<Trial> {
    vec![trials::on_argo("engines::argo_and_we_agree_on_what_differs", agree)]
}

pub(super) const STRATEGIC: &str = "application/strategic-merge-patch+json";
/// Objects of each kind.
pub(super) const EACH: usize = 14;
/// Who edits.
const MANAGER: &str = "kubectl-edit";

/// A kind: its name in a manifest, the collection in a namespace, the rest of its manifest, and edits
/// that people make, each with whether it touches what the manifest says.
pub(super) struct Kind {
    api: &'static str,
    pub kind: &'static str,
    pub path: &'static str,
    manifest: fn(&str) -> Value,
    pub edits: fn() -> Vec<Value>,
}

pub(super) const KINDS: &[Kind] = &[
    Kind {
        api: "v1",
        kind: "ConfigMap",
        path: "/api/v1/namespaces/{}/configmaps",
        manifest: |_| json!({ "data": { "value": "1", "other": "a\nb\n" } }),
        edits: || {
            vec![
                json!({ "data": { "value": "2" } }),
                json!({ "data": { "added": "2" } }),
                json!({ "data": { "other": null } }),
                json!({ "data": { "value": "1" } }),
            ]
        },
    },
    Kind {
        api: "v1",
        kind: "Secret",
        path: "/api/v1/namespaces/{}/secrets",
        manifest: |_| json!({ "stringData": { "word": "one" }, "data": { "key": "b25l" } }),
        edits: || {
            vec![
                json!({ "data": { "word": "dHdv" } }),
                json!({ "data": { "key": null } }),
                json!({ "data": { "added": "dHdv" } }),
                json!({ "stringData": { "word": "one" } }),
            ]
        },
    },
    Kind {
        api: "v1",
        kind: "Service",
        path: "/api/v1/namespaces/{}/services",
        manifest: |name| {
            json!({ "spec": {
                "selector": { "app": name },
                "ports": [{ "name": "web", "port": 80, "targetPort": 8080 }],
            }})
        },
        edits: || {
            vec![
                json!({ "spec": { "selector": { "app": "other" } } }),
                json!({ "spec": { "selector": { "track": "blue" } } }),
                json!({ "spec": { "ports": [{ "port": 80, "targetPort": 9090 }] } }),
                json!({ "spec": { "ports": [{ "name": "more", "port": 81 }] } }),
                json!({ "spec": { "sessionAffinity": "ClientIP" } }),
            ]
        },
    },
    Kind {
        api: "apps/v1",
        kind: "Deployment",
        path: "/apis/apps/v1/namespaces/{}/deployments",
        manifest: workload,
        edits: of_workload,
    },
    Kind {
        api: "apps/v1",
        kind: "StatefulSet",
        path: "/apis/apps/v1/namespaces/{}/statefulsets",
        manifest: |name| {
            let mut set = workload(name);
            set["spec"]["serviceName"] = json!(name);
            set["spec"]["volumeClaimTemplates"] = json!([{
                "metadata": { "name": "disk" },
                "spec": {
                    "accessModes": ["ReadWriteOnce"],
                    "resources": { "requests": { "storage": "1024Mi" } },
                },
            }]);
            set
        },
        edits: of_workload,
    },
    Kind {
        api: "batch/v1",
        kind: "CronJob",
        path: "/apis/batch/v1/namespaces/{}/cronjobs",
        manifest: |_| {
            json!({ "spec": { "schedule": "0 3 1 1 *", "jobTemplate": { "spec": { "template": { "spec": {
                "restartPolicy": "Never",
                "containers": [{ "name": "main", "image": "registry.example.com/job:1" }],
            }}}}}})
        },
        edits: || {
            let main = |more: Value| {
                json!({ "spec": { "jobTemplate": { "spec": { "template": { "spec": {
                    "containers": [more],
                }}}}}})
            };
            vec![
                json!({ "spec": { "schedule": "0 4 1 1 *" } }),
                json!({ "spec": { "suspend": true } }),
                main(json!({ "name": "main", "image": "registry.example.com/job:2" })),
                main(json!({ "name": "main", "env": [{ "name": "MORE", "value": "1" }] })),
            ]
        },
    },
    Kind {
        api: "networking.k8s.io/v1",
        kind: "NetworkPolicy",
        path: "/apis/networking.k8s.io/v1/namespaces/{}/networkpolicies",
        manifest: |name| {
            json!({ "spec": {
                "podSelector": { "matchLabels": { "app": name } },
                "policyTypes": ["Ingress"],
                "ingress": [{
                    "ports": [{ "port": 80 }],
                    "from": [{ "podSelector": { "matchLabels": { "app": "front" } } }],
                }],
            }})
        },
        edits: || {
            vec![
                json!({ "spec": { "ingress": [{ "ports": [{ "port": 81 }] }] } }),
                json!({ "spec": { "ingress": null } }),
                json!({ "spec": { "policyTypes": ["Ingress", "Egress"] } }),
            ]
        },
    },
    Kind {
        api: "autoscaling/v2",
        kind: "HorizontalPodAutoscaler",
        path: "/apis/autoscaling/v2/namespaces/{}/horizontalpodautoscalers",
        manifest: |name| {
            json!({ "spec": {
                "scaleTargetRef": { "apiVersion": "apps/v1", "kind": "ReplicaSet", "name": name },
                "minReplicas": 1, "maxReplicas": 3,
                "metrics": [{ "type": "Resource", "resource": {
                    "name": "cpu", "target": { "type": "Utilization", "averageUtilization": 70 },
                }}],
            }})
        },
        edits: || {
            vec![
                json!({ "spec": { "maxReplicas": 5 } }),
                json!({ "spec": { "minReplicas": 2 } }),
                json!({ "spec": { "behavior": { "scaleDown": { "stabilizationWindowSeconds": 60 } } } }),
            ]
        },
    },
];

fn workload(name: &str) -> Value {
    json!({ "spec": {
        "replicas": 0,
        "selector": { "matchLabels": { "app": name } },
        "template": {
            "metadata": { "labels": { "app": name } },
            "spec": {
                "containers": [{
                    "name": "main",
                    "image": "registry.example.com/web:1",
                    "args": ["--port", "80"],
                    "env": [{ "name": "MODE", "value": "plain" }],
                    "ports": [{ "containerPort": 80 }],
                    "resources": { "requests": { "cpu": "0.1", "memory": "1024Mi" } },
                }],
                "tolerations": [{ "key": "batch", "operator": "Exists" }],
            },
        },
    }})
}

fn of_workload() -> Vec<Value> {
    let pod = |spec: Value| json!({ "spec": { "template": { "spec": spec } } });
    let main = |more: Value| {
        let mut main = json!({ "name": "main" });
        for (key, value) in more.as_object().expect("fields") {
            main[key] = value.clone();
        }
        json!({ "spec": { "template": { "spec": { "containers": [main] } } } })
    };
    vec![
        main(json!({ "image": "registry.example.com/web:2" })),
        main(json!({ "args": ["--port", "81"] })),
        main(json!({ "env": [{ "name": "MODE", "value": "fancy" }] })),
        main(json!({ "env": [{ "name": "MORE", "value": "1" }] })),
        main(json!({ "ports": [{ "containerPort": 81, "protocol": "TCP" }] })),
        main(json!({ "resources": { "requests": { "cpu": "100m" } } })),
        main(json!({ "resources": { "requests": { "cpu": "200m" } } })),
        main(json!({ "resources": { "limits": { "cpu": "1" } } })),
        main(json!({ "imagePullPolicy": "Always" })),
        pod(
            json!({ "containers": [{ "name": "sidecar", "image": "registry.example.com/side:1" }] }),
        ),
        pod(json!({ "tolerations": [{ "key": "other", "operator": "Exists" }] })),
        pod(json!({ "terminationGracePeriodSeconds": 5 })),
        json!({ "spec": { "minReadySeconds": 3 } }),
    ]
}

/// Edits that all kinds take.
pub(super) fn of_all() -> Vec<Value> {
    let meta = |labels: Value| json!({ "metadata": { "labels": labels } });
    vec![
        meta(json!({ "team": "other" })),
        meta(json!({ "team": null })),
        meta(json!({ "added": "1" })),
        json!({ "metadata": { "annotations": { "added": "1" } } }),
    ]
}

/// Numbers that look random, the same each time.
pub(super) struct Dice(pub u64);

impl Dice {
    pub(super) fn throw(&mut self, sides: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 % sides as u64).expect("small")
    }
}

pub(super) fn name_of(kind: &Kind, number: usize) -> String {
    format!("{}-{number}", kind.kind.to_lowercase())
}

pub(super) fn manifests(label: &str) -> Vec<(String, String)> {
    let of = |kind: &Kind, number: usize| {
        let name = name_of(kind, number);
        let mut manifest = (kind.manifest)(&name);
        manifest["apiVersion"] = json!(kind.api);
        manifest["kind"] = json!(kind.kind);
        manifest["metadata"] = json!({ "name": name, "labels": { "team": "shop" } });
        // The last one of each kind is what a later commit changes.
        if number + 1 == EACH {
            manifest["metadata"]["labels"]["team"] = json!(label);
        }
        (format!("{name}.json"), manifest.to_string())
    };
    KINDS.iter().flat_map(|kind| (0..EACH).map(move |number| of(kind, number))).collect()
}

/// What Argo CD says of each object, by kind and name.
fn said(app: &Value) -> BTreeMap<String, String> {
    let all = app["status"]["resources"].as_array().expect("resources").iter();
    let word = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    all.map(|one| (format!("{}/{}", word(&one["kind"]), word(&one["name"])), word(&one["status"])))
        .collect()
}

/// What we say.
fn seen(argo: &Argo, name: &str) -> BTreeMap<String, Value> {
    let target = format!("argocd/{name}");
    let document = program::document(&argo.plane, &["drift", &target]);
    let objects = document["comparisons"][0]["objects"].as_array().cloned().unwrap_or_default();
    let word = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let of = |one: Value| (format!("{}/{}", word(&one["kind"]), word(&one["name"])), one);
    assert!(!objects.is_empty(), "{document:#}");
    objects.into_iter().map(of).collect()
}

fn agree(argo: &Argo) {
    let name = "argo-drift";
    let repository = argo.repository(name);
    let commit = |label: &str| {
        let files = manifests(label);
        let files: Vec<_> = files.iter().map(|(a, b)| (a.as_str(), b.as_str())).collect();
        repository.commit(&files)
    };
    commit("shop");
    argo.create(
        name,
        &repository,
        &json!({ "ignoreDifferences": [
            { "group": "apps", "kind": "*", "jsonPointers": ["/spec/template/spec/tolerations"] },
            { "group": "apps", "kind": "Deployment",
              "jqPathExpressions": [".spec.template.spec.containers[].env[] | select(.name == \"MODE\")"] },
            { "group": "autoscaling", "kind": "HorizontalPodAutoscaler", "managedFieldsManagers": ["scaler"] },
        ]}),
    );
    argo.until_status(name, "OutOfSync", "Missing");
    program::act(&argo.plane, "sync", &format!("argocd/{name}"), &[]).ended(0);
    let app = argo.until(name, "synced", |app| app["status"]["sync"]["status"] == "Synced");
    assert_eq!(said(&app).len(), KINDS.len() * EACH);

    // Nothing was edited: no object differs.
    let before = seen(argo, name);
    for (object, one) in &before {
        assert_eq!(one["state"], "in-sync", "{object}: {one:#}");
    }

    let mut dice = Dice(0x5eed_2026);
    let mut edits: BTreeMap<String, Value> = BTreeMap::new();
    for kind in KINDS {
        let choices = [(kind.edits)(), of_all()].concat();
        // One is deleted, and the last one is left alone.
        for number in 0..EACH - 1 {
            let object = name_of(kind, number);
            let path = format!("{}/{object}", kind.path.replace("{}", name));
            let key = format!("{}/{object}", kind.kind);
            if number == 0 {
                argo.api.call("DELETE", &path, None);
                edits.insert(key, json!("deleted"));
                continue;
            }
            let edit = &choices[dice.throw(choices.len())];
            let manager = if dice.throw(4) == 0 { "scaler" } else { MANAGER };
            let path = format!("{path}?fieldManager={manager}");
            let (code, answer) = argo.api.call_as("PATCH", &path, STRATEGIC, Some(edit));
            assert_eq!(code, 200, "{key} {edit}: {answer}");
            edits.insert(key, edit.clone());
        }
    }
    assert!(edits.len() >= 100, "{}", edits.len());

    argo.refresh(name);
    argo.refresh(name);
    let theirs = said(&argo.get(name));
    let ours = seen(argo, name);
    let (mut abstained, mut wrong) = (Vec::new(), Vec::new());
    for (object, says) in &theirs {
        let one = &ours[object];
        let same = match (one["state"].as_str(), says.as_str()) {
            (Some("changed" | "missing"), "OutOfSync") | (Some("in-sync"), "Synced") => true,
            (Some("incomparable" | "unknown" | "behind"), _) => {
                abstained.push(object);
                true
            }
            _ => false,
        };
        if !same {
            wrong.push(format!(
                "{object}: Argo CD says {says}, edit {:?}: {one:#}",
                edits.get(object)
            ));
        }
        for field in one["fields"].as_array().into_iter().flatten() {
            let manager = field["writer"]["manager"].as_str().unwrap_or_default();
            assert!(matches!(manager, "" | "scaler" | MANAGER), "{object}: {field}");
        }
    }
    assert!(wrong.is_empty(), "{} of {}:\n{}", wrong.len(), theirs.len(), wrong.join("\n"));
    assert!(abstained.len() * 10 <= theirs.len(), "{abstained:?}");
    let off = theirs.values().filter(|says| *says == "OutOfSync").count();
    assert!(off > 30 && off < theirs.len() - 30, "both are there: {off} of {}", theirs.len());
    let compared = argo_exact::is_its_own(argo, name);
    assert!(compared >= 100, "{compared} were compared");

    // Git moves on: that is told apart from what was edited.
    commit("another");
    argo.refresh(name);
    let kind = &KINDS[0];
    let last = format!("{}/{}", kind.kind, name_of(kind, EACH - 1));
    let app = argo.until(name, "compared with the new commit", |app| {
        said(app).get(&last).is_some_and(|says| says == "OutOfSync")
    });
    let ours = seen(argo, name);
    for kind in KINDS {
        let one = &ours[&format!("{}/{}", kind.kind, name_of(kind, EACH - 1))];
        assert_eq!(one["state"], "behind", "{one:#}");
        let note = one["note"].as_str().unwrap_or_default();
        assert!(note.contains("content of the new revision is not in the cluster"), "{one:#}");
    }
    drop(app);
    // That is in its own comparison, and no drift either.
    argo_exact::is_its_own(argo, name);
    let target = format!("argocd/{name}");
    let exact = program::document(&argo.plane, &["drift", &target, "--exact"]);
    let all = exact["comparisons"][0]["objects"].as_array().expect("objects");
    let moved = all.iter().filter(|one| one["state"] == "behind");
    for one in moved.clone() {
        assert_eq!(one["fields"][0]["path"], "metadata.labels.team", "{one:#}");
        assert_eq!(one["fields"][0]["fateWords"], "new in git: the next sync brings it");
    }
    assert_eq!(moved.count(), KINDS.len());
}
