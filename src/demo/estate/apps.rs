//! Builds the workloads: each with its revisions, pods and claims.

use serde_json::{Map, Value, json};

use super::around;
use super::by::By;
use super::controllers;
use super::delivery::git::older;
use super::make::{DAY, HOUR, Maker, condition};
use super::pods::{self, Stage};
use super::scene::NODES;
use super::workloads::{DEPLOYMENT, STATEFUL_SET, WORKLOADS, Workload, labels, selector};

/// Builds all workloads.
pub fn build(maker: &mut Maker) {
    for workload in WORKLOADS {
        one(maker, workload);
    }
    around::extras(maker);
}

fn template(workload: &Workload) -> Value {
    let probe = |path: &str, period: i64| {
        json!({"httpGet": {"path": path, "port": "http", "scheme": "HTTP"}, "initialDelaySeconds": 5,
            "timeoutSeconds": 1, "periodSeconds": period, "successThreshold": 1, "failureThreshold": 3})
    };
    let mut container = json!({
        "name": workload.name.rsplit('-').next().unwrap_or(workload.name),
        "image": workload.image,
        "imagePullPolicy": "IfNotPresent",
        "ports": [{"name": "http", "containerPort": workload.port, "protocol": "TCP"}],
        "env": [
            {"name": "LOG_LEVEL", "value": "info"},
            {"name": "POD_NAME", "valueFrom": {"fieldRef": {"apiVersion": "v1", "fieldPath": "metadata.name"}}},
        ],
        "resources": {"requests": {"cpu": "100m", "memory": "192Mi"}, "limits": {"memory": "512Mi"}},
        "terminationMessagePath": "/dev/termination-log",
        "terminationMessagePolicy": "File",
        "securityContext": {"allowPrivilegeEscalation": false, "readOnlyRootFilesystem": true},
    });
    let mut spec = json!({
        "restartPolicy": "Always", "terminationGracePeriodSeconds": 30, "dnsPolicy": "ClusterFirst",
        "securityContext": {}, "schedulerName": "default-scheduler", "serviceAccountName": "default",
    });
    if workload.namespace == "shop" {
        container["readinessProbe"] = probe("/ready", 5);
        container["livenessProbe"] = probe("/healthz", 10);
        container["envFrom"] = json!([{"configMapRef": {"name": workload.name}}]);
        container["volumeMounts"] = json!([{"name": "tmp", "mountPath": "/tmp"}]);
        spec["volumes"] = json!([{"name": "tmp", "emptyDir": {}}]);
    }
    if matches!(workload.by, By::Nobody) {
        container["envFrom"] = json!([
            {"configMapRef": {"name": workload.name}}, {"secretRef": {"name": workload.name}}]);
    }
    spec["containers"] = json!([container]);
    json!({"metadata": {"labels": labels(workload)}, "spec": spec})
}

fn one(maker: &mut Maker, workload: &Workload) {
    let age = workload.days * DAY;
    let selector = json!({"matchLabels": selector(workload)});
    let mut object = json!({
        "apiVersion": "apps/v1", "kind": workload.kind,
        "metadata": {"name": workload.name, "namespace": workload.namespace, "labels": labels(workload)},
        "spec": {"selector": selector, "template": template(workload), "revisionHistoryLimit": 10},
    });
    workload.by.mark(&mut object);
    let n = workload.replicas;
    match workload.kind {
        DEPLOYMENT => {
            object["spec"]["replicas"] = n.into();
            object["spec"]["progressDeadlineSeconds"] = 600.into();
            object["spec"]["strategy"] = json!({"type": "RollingUpdate",
                "rollingUpdate": {"maxSurge": "25%", "maxUnavailable": "25%"}});
            object["metadata"]["annotations"]["deployment.kubernetes.io/revision"] = "3".into();
            deployment(maker, workload, object, age);
        }
        STATEFUL_SET => {
            object["spec"]["replicas"] = n.into();
            object["spec"]["serviceName"] = workload.name.into();
            object["spec"]["podManagementPolicy"] = "OrderedReady".into();
            object["spec"]["updateStrategy"] =
                json!({"type": "RollingUpdate", "rollingUpdate": {"partition": 0}});
            let revision = format!("{}-{}", workload.name, maker.random.suffix(9));
            object["status"] = json!({"observedGeneration": 1, "replicas": n, "readyReplicas": n, "availableReplicas": n,
                "currentReplicas": n, "updatedReplicas": n, "currentRevision": revision, "updateRevision": revision, "collisionCount": 0});
            let kept = maker.add(workload.by.manager(), age, object);
            for ordinal in 0..n {
                let name = format!("{}-{ordinal}", workload.name);
                claim(maker, workload, &name, age);
                pod(
                    maker,
                    &kept,
                    &name,
                    json!({"controller-revision-hash": revision, "statefulset.kubernetes.io/pod-name": name,
                    "apps.kubernetes.io/pod-index": ordinal.to_string()}),
                    None,
                );
            }
        }
        _ => {
            object["spec"]["updateStrategy"] = json!({"type": "RollingUpdate", "rollingUpdate": {"maxUnavailable": 1, "maxSurge": 0}});
            object["status"] = json!({"observedGeneration": 1, "currentNumberScheduled": n, "desiredNumberScheduled": n,
                "numberReady": n, "numberAvailable": n, "updatedNumberScheduled": n, "numberMisscheduled": 0});
            let hash = maker.random.suffix(9);
            let kept = maker.add(workload.by.manager(), age, object);
            for (node, _, _) in NODES {
                let name = format!("{}-{}", workload.name, maker.random.suffix(5));
                pod(
                    maker,
                    &kept,
                    &name,
                    json!({"controller-revision-hash": hash, "pod-template-generation": "1"}),
                    Some(node),
                );
            }
        }
    }
    around::around(maker, workload);
}

fn deployment(maker: &mut Maker, workload: &Workload, mut object: Value, age: i64) {
    // Scaled and edited by hand (see `drifted`), and settled since.
    let by_hand = workload.name == "payments-api";
    let n = if by_hand { 5 } else { workload.replicas };
    let rolled = maker.random.between(2, 20) * DAY;
    let (since, updated) = (maker.ago(age), maker.ago(rolled));
    let mut conditions = vec![
        condition(
            "Available",
            "True",
            "MinimumReplicasAvailable",
            "Deployment has minimum availability.",
            &since,
        ),
        condition(
            "Progressing",
            "True",
            "NewReplicaSetAvailable",
            "ReplicaSet has successfully progressed.",
            &since,
        ),
    ];
    for condition in &mut conditions {
        condition["lastUpdateTime"] = updated.as_str().into();
    }
    object["status"] = json!({"observedGeneration": 1, "replicas": n, "updatedReplicas": n, "readyReplicas": n,
        "availableReplicas": n, "conditions": conditions});
    let kept = maker.add(workload.by.manager(), age, object);
    for revision in 1..=3 {
        let current = revision == 3;
        let mut template = kept["spec"]["template"].clone();
        if current && by_hand {
            template["spec"]["containers"][0]["env"][0]["value"] = "debug".into();
        }
        if !current {
            let image = template["spec"]["containers"][0]["image"].as_str().unwrap_or_default();
            let (name, tag) = image.rsplit_once(':').unwrap_or((image, ""));
            template["spec"]["containers"][0]["image"] =
                format!("{name}:{}", older(tag, 3 - revision)).into();
        }
        let hash = controllers::template_hash(&template);
        let count = if current { n } else { 0 };
        let born = if current { rolled } else { rolled + (3 - revision) * 9 * DAY };
        let mut set = controllers::replica_set(&kept, &template, &hash, count, revision);
        set["status"] = json!({"replicas": count, "fullyLabeledReplicas": count, "readyReplicas": count,
            "availableReplicas": count, "observedGeneration": 1});
        let set = maker.add("kube-controller-manager", born, set);
        for _ in 0..count {
            let name = format!("{}-{hash}-{}", workload.name, maker.random.suffix(5));
            pod(maker, &set, &name, json!({}), None);
        }
    }
}

fn pod(maker: &mut Maker, set: &Value, name: &str, extra: Value, node: Option<&str>) {
    placed(maker, set, name, extra, node, Stage::Ready);
}

/// A pod of the start, in a stage that it has been in for a while.
pub fn placed(
    maker: &mut Maker,
    set: &Value,
    name: &str,
    extra: Value,
    node: Option<&str>,
    stage: Stage,
) {
    let age = if stage == Stage::Ready { maker.random.between(3 * HOUR, 2 * DAY) } else { 25 * 60 };
    let mut pod = pods::from_template(&set["spec"]["template"], set, name, &mut maker.random);
    for (label, value) in extra.as_object().unwrap_or(&Map::new()) {
        pod["metadata"]["labels"][label.as_str()] = value.clone();
    }
    let node = node.unwrap_or_else(|| NODES[maker.random.below(NODES.len())].0);
    pod["spec"]["nodeName"] = node.into();
    pod["status"] = pods::status(&pod, stage, maker.now - age + 8, &mut maker.random);
    maker.add("kube-controller-manager", age, pod);
}

fn claim(maker: &mut Maker, workload: &Workload, pod: &str, age: i64) {
    if workload.namespace == "argocd" {
        return;
    }
    let volume = format!("pvc-{}", maker.random.uid());
    let name = format!("data-{pod}");
    maker.add("kube-controller-manager", age, json!({
        "apiVersion": "v1", "kind": "PersistentVolumeClaim",
        "metadata": {"name": name, "namespace": workload.namespace, "labels": {"app.kubernetes.io/name": workload.name},
            "finalizers": ["kubernetes.io/pvc-protection"]},
        "spec": {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "20Gi"}}, "storageClassName": "gp3",
            "volumeMode": "Filesystem", "volumeName": volume},
        "status": {"phase": "Bound", "accessModes": ["ReadWriteOnce"], "capacity": {"storage": "20Gi"}},
    }));
    maker.add("csi-provisioner", age, json!({
        "apiVersion": "v1", "kind": "PersistentVolume",
        "metadata": {"name": volume, "finalizers": ["kubernetes.io/pv-protection"]},
        "spec": {"accessModes": ["ReadWriteOnce"], "capacity": {"storage": "20Gi"}, "storageClassName": "gp3", "volumeMode": "Filesystem",
            "persistentVolumeReclaimPolicy": "Delete", "csi": {"driver": "ebs.csi.aws.com", "volumeHandle": format!("vol-{}", &volume[4..12])},
            "claimRef": {"apiVersion": "v1", "kind": "PersistentVolumeClaim", "namespace": workload.namespace, "name": name}},
        "status": {"phase": "Bound"},
    }));
}
