//! Pods: their spec from a template, and the states they go through.

use serde_json::{Value, json};

use crate::demo::clock::stamp;
use crate::demo::prng::Prng;

/// Where a pod is on its way.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Stage {
    /// On no node yet.
    Pending,
    /// On a node, image and volumes on their way.
    Creating,
    /// Runs, not ready.
    Starting,
    /// Runs and is ready.
    Ready,
    /// Its image cannot be pulled.
    BadImage,
}

/// The status of a pod in this stage. `since` are Unix seconds.
pub fn status(pod: &Value, stage: Stage, since: i64, random: &mut Prng) -> Value {
    let at = stamp(since);
    let containers = pod["spec"]["containers"].as_array().map(Vec::as_slice).unwrap_or_default();
    let condition = |kind: &str, yes: bool, reason: &str| {
        let mut condition = json!({"type": kind, "status": if yes { "True" } else { "False" },
            "lastProbeTime": null, "lastTransitionTime": at});
        if !reason.is_empty() {
            condition["reason"] = reason.into();
            condition["message"] = message(reason, containers).into();
        }
        condition
    };
    if stage == Stage::Pending {
        return json!({"phase": "Pending", "qosClass": "Burstable",
            "conditions": [condition("PodScheduled", false, "SchedulingGated")]});
    }
    let ready = stage == Stage::Ready;
    let why = if ready { "" } else { "ContainersNotReady" };
    let running = stage == Stage::Ready || stage == Stage::Starting;
    let statuses: Vec<Value> = containers
        .iter()
        .map(|container| {
            let image = container["image"].as_str().unwrap_or_default();
            let state = match stage {
                Stage::Creating | Stage::Pending => json!({"waiting": {"reason": "ContainerCreating"}}),
                Stage::BadImage => json!({"waiting": {"reason": "ImagePullBackOff",
                    "message": format!("Back-off pulling image \"{image}\": ErrImagePull: rpc error: code = NotFound desc = failed to pull and unpack image \"{image}\": manifest unknown")}}),
                Stage::Starting | Stage::Ready => json!({"running": {"startedAt": at}}),
            };
            let mut status = json!({
                "name": container["name"], "image": image, "ready": ready, "started": running,
                "restartCount": 0, "state": state, "lastState": {}, "imageID": "",
            });
            if running {
                // One image, one digest. (The draws stay: other names hang on what follows them.)
                let _ = (random.next(), random.next());
                let digest = image.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
                    (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
                });
                let id = format!("{image}@sha256:{digest:016x}{:016x}", digest.rotate_left(29));
                status["imageID"] = id.into();
                status["containerID"] = format!("containerd://{:016x}{:016x}", random.next(), random.next()).into();
            }
            status
        })
        .collect();
    let mut status = json!({
        "phase": if running { "Running" } else { "Pending" },
        "qosClass": "Burstable",
        "startTime": at,
        "conditions": [
            condition("PodReadyToStartContainers", running, ""),
            condition("Initialized", true, ""),
            condition("Ready", ready, why),
            condition("ContainersReady", ready, why),
            condition("PodScheduled", true, ""),
        ],
        "containerStatuses": statuses,
        "hostIP": "10.0.1.20", "hostIPs": [{"ip": "10.0.1.20"}],
    });
    if running {
        let ip = pod["status"]["podIP"].as_str().map_or_else(
            || format!("10.244.{}.{}", random.below(6), 2 + random.below(250)),
            str::to_owned,
        );
        status["podIP"] = ip.as_str().into();
        status["podIPs"] = json!([{"ip": ip}]);
    }
    status
}

fn message(reason: &str, containers: &[Value]) -> String {
    let names: Vec<&str> = containers.iter().filter_map(|c| c["name"].as_str()).collect();
    match reason {
        "ContainersNotReady" => format!("containers with unready status: [{}]", names.join(" ")),
        _ => "waiting for a node".to_owned(),
    }
}

/// A new pod of a template, owned by a controller, not yet placed.
pub fn from_template(template: &Value, owner: &Value, name: &str, random: &mut Prng) -> Value {
    let mut pod = json!({
        "apiVersion": "v1", "kind": "Pod",
        "metadata": template["metadata"].clone(), "spec": template["spec"].clone(),
    });
    let meta = &mut pod["metadata"];
    if !meta.is_object() {
        *meta = json!({});
    }
    meta["name"] = name.into();
    meta["namespace"] = owner["metadata"]["namespace"].clone();
    if let Some((prefix, _)) = name.rsplit_once('-') {
        meta["generateName"] = format!("{prefix}-").into();
    }
    meta["ownerReferences"] = json!([super::make::owner(owner)]);
    let token = format!("kube-api-access-{}", random.suffix(5));
    let projected = json!({"name": token, "projected": {"defaultMode": 420, "sources": [
        {"serviceAccountToken": {"expirationSeconds": 3607, "path": "token"}},
        {"configMap": {"name": "kube-root-ca.crt", "items": [{"key": "ca.crt", "path": "ca.crt"}]}},
        {"downwardAPI": {"items": [{"path": "namespace", "fieldRef": {"apiVersion": "v1", "fieldPath": "metadata.namespace"}}]}},
    ]}});
    let spec = &mut pod["spec"];
    let mut volumes = spec["volumes"].as_array().cloned().unwrap_or_default();
    volumes.push(projected);
    spec["volumes"] = volumes.into();
    for container in spec["containers"].as_array_mut().into_iter().flatten() {
        let mut mounts = container["volumeMounts"].as_array().cloned().unwrap_or_default();
        mounts.push(json!({"name": token, "readOnly": true, "mountPath": "/var/run/secrets/kubernetes.io/serviceaccount"}));
        container["volumeMounts"] = mounts.into();
    }
    spec["serviceAccount"] = spec["serviceAccountName"].clone();
    spec["enableServiceLinks"] = true.into();
    spec["preemptionPolicy"] = "PreemptLowerPriority".into();
    spec["priority"] = 0.into();
    spec["tolerations"] = json!([
        {"key": "node.kubernetes.io/not-ready", "operator": "Exists", "effect": "NoExecute", "tolerationSeconds": 300},
        {"key": "node.kubernetes.io/unreachable", "operator": "Exists", "effect": "NoExecute", "tolerationSeconds": 300},
    ]);
    pod
}
