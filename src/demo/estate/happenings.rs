//! What happens by itself to single objects of the estate.

use serde_json::{Value, json};

use super::around::is_missing;
use super::controllers::{self, Types};
use super::scene::NODES;
use crate::demo::clock::{micro_stamp, stamp};
use crate::demo::delete;
use crate::demo::store::{Key, Store, key_of};

/// The cron job of the shop starts a job, unless somebody suspended it.
pub fn start_job(store: &mut Store) {
    let (Some(crons), Some(jobs)) = (store.find("batch", "cronjobs"), store.find("batch", "jobs"))
    else {
        return;
    };
    let Some(old) = store.get(crons, "shop/settle-payments").map(|entry| entry.body.value()) else {
        return;
    };
    if old["spec"]["suspend"] == true {
        return;
    }
    let minutes = store.clock.millis() / 60_000;
    let name = format!("settle-payments-{minutes}");
    let mut template = old["spec"]["jobTemplate"]["spec"]["template"].clone();
    template["metadata"]["labels"]["batch.kubernetes.io/job-name"] = name.as_str().into();
    let now = store.clock.stamp();
    controllers::create(
        store,
        jobs,
        json!({
            "apiVersion": "batch/v1", "kind": "Job",
            "metadata": {"name": name, "namespace": "shop", "ownerReferences": [super::make::owner(&old)], "labels": template["metadata"]["labels"]},
            "spec": {"parallelism": 1, "completions": 1, "backoffLimit": 2, "suspend": false, "template": template,
                "selector": {"matchLabels": {"batch.kubernetes.io/job-name": name}}},
        }),
        "kube-controller-manager",
    );
    let mut cron = old.clone();
    cron["status"]["lastScheduleTime"] = now.into();
    controllers::write(store, crons, &old, cron, "kube-controller-manager");
}

/// A pod is ready from now on, or is no more.
pub fn set_ready(pod: &mut Value, ready: bool, now: &str) {
    let wanted = if ready { "True" } else { "False" };
    for condition in pod["status"]["conditions"].as_array_mut().into_iter().flatten() {
        let about = condition["type"] == "Ready" || condition["type"] == "ContainersReady";
        if about && condition["status"] != wanted {
            condition["status"] = wanted.into();
            condition["lastTransitionTime"] = now.into();
        }
    }
}

/// The kubelets say that they are there.
pub fn renew_leases(store: &mut Store) {
    let Some(id) = store.find("coordination.k8s.io", "leases") else { return };
    for (node, _, _) in NODES {
        let key = key_of(Some("kube-node-lease"), node);
        if let Some(mut lease) = store.get(id, &key).map(|entry| entry.body.value()) {
            lease["spec"]["renewTime"] = micro_stamp(store.clock.millis()).into();
            store.put(id, lease);
        }
    }
}

/// The kubelets try missing images again, in vain, and say so.
pub fn pull_again(store: &mut Store, types: Types) {
    let stuck: Vec<Value> = store
        .scan(types.pods, Some("shop"), None)
        .filter(|(key, _)| {
            ["shop/payments-worker-", "shop/checkout-api-"].iter().any(|own| key.starts_with(own))
        })
        .map(|(_, entry)| entry.body.value())
        .filter(|pod| is_missing(&pod["spec"]["containers"][0]["image"]))
        .collect();
    for pod in stuck {
        let image = pod["spec"]["containers"][0]["image"].as_str().unwrap_or_default();
        let failed = format!(
            "Failed to pull image \"{image}\": rpc error: code = NotFound desc = failed to pull and unpack image: manifest unknown"
        );
        controllers::tell(store, types, &pod, "Warning", "Failed", &failed, "kubelet");
        let waits = format!("Back-off pulling image \"{image}\"");
        controllers::tell(store, types, &pod, "Normal", "BackOff", &waits, "kubelet");
    }
}

/// Memory gets short on a node, or is enough again.
pub fn flip_pressure(store: &mut Store, types: Types) {
    let Some(id) = store.find("", "nodes") else { return };
    let Some(old) = store.get(id, "node-c2").map(|entry| entry.body.value()) else { return };
    let mut node = old.clone();
    let now = stamp(store.clock.millis() / 1000);
    let mut on = false;
    for condition in node["status"]["conditions"].as_array_mut().into_iter().flatten() {
        condition["lastHeartbeatTime"] = now.as_str().into();
        if condition["type"] == "MemoryPressure" {
            on = condition["status"] != "True";
            condition["status"] = if on { "True" } else { "False" }.into();
            condition["reason"] =
                if on { "KubeletHasInsufficientMemory" } else { "KubeletHasSufficientMemory" }
                    .into();
            condition["message"] = if on {
                "kubelet has insufficient memory available"
            } else {
                "kubelet has sufficient memory available"
            }
            .into();
            condition["lastTransitionTime"] = now.as_str().into();
        }
    }
    controllers::write(store, id, &old, node.clone(), "kubelet");
    let reason = if on { "NodeHasInsufficientMemory" } else { "NodeHasSufficientMemory" };
    controllers::tell(
        store,
        types,
        &node,
        "Normal",
        reason,
        &format!("Node node-c2 status is now: {reason}"),
        "kubelet",
    );
}

/// A job has done its work; so has its pod.
pub fn finish_job(store: &mut Store, types: Types, key: &Key) {
    let Some(jobs) = store.find("batch", "jobs") else { return };
    let Some(entry) = store.get(jobs, key) else { return };
    let (uid, old) = (entry.uid.clone(), entry.body.value());
    let now = store.clock.stamp();
    for (id, pod_key) in store.dependents(&uid) {
        let Some(before) = store.get(id, &pod_key).map(|entry| entry.body.value()) else {
            continue;
        };
        let mut pod = before.clone();
        pod["status"]["phase"] = "Succeeded".into();
        set_ready(&mut pod, false, &now);
        if !pod["status"]["containerStatuses"][0].is_null() {
            pod["status"]["containerStatuses"][0]["ready"] = false.into();
            pod["status"]["containerStatuses"][0]["state"] = json!({"terminated": {"exitCode": 0, "reason": "Completed", "startedAt": old["status"]["startTime"], "finishedAt": now}});
        }
        controllers::write(store, id, &before, pod, "kubelet");
    }
    let mut job = old.clone();
    job["status"] = json!({"succeeded": 1, "startTime": old["status"]["startTime"], "completionTime": now, "ready": 0, "uncountedTerminatedPods": {},
        "conditions": [{"type": "Complete", "status": "True", "reason": "CompletionsReached", "message": "Reached expected number of succeeded pods",
            "lastProbeTime": now, "lastTransitionTime": now}]});
    controllers::write(store, jobs, &old, job.clone(), "kube-controller-manager");
    controllers::tell(store, types, &job, "Normal", "Completed", "Job completed", "job-controller");
    for owner in job["metadata"]["ownerReferences"].as_array().into_iter().flatten() {
        let Some(crons) = store.find("batch", "cronjobs") else { continue };
        let namespace = job["metadata"]["namespace"].as_str();
        let cron = key_of(namespace, owner["name"].as_str().unwrap_or_default());
        if owner["kind"] == "CronJob"
            && let Some(old) = store.get(crons, &cron).map(|entry| entry.body.value())
        {
            let mut new = old.clone();
            new["status"]["lastSuccessfulTime"] = store.clock.stamp().into();
            controllers::write(store, crons, &old, new, "kube-controller-manager");
        }
    }
    // Three finished jobs are kept.
    let mut done: Vec<Key> = store
        .scan(jobs, Some("shop"), None)
        .map(|(key, _)| key.clone())
        .filter(|key| key.starts_with("shop/settle-payments-"))
        .collect();
    done.sort();
    for key in done.iter().rev().skip(3) {
        delete::quietly(store, jobs, key);
    }
}
