//! How Argo CD judges the objects it delivers, after `gitops-engine/pkg/health`.

use serde_json::Value;

/// Best first, as Argo CD orders them.
const ORDER: &[&str] = &["Healthy", "Suspended", "Progressing", "Missing", "Degraded", "Unknown"];

/// The worse of two states.
pub fn worse(one: &'static str, other: &'static str) -> &'static str {
    let rank = |state: &str| ORDER.iter().position(|known| *known == state).unwrap_or(ORDER.len());
    if rank(other) > rank(one) { other } else { one }
}

/// The health of a live object; None for kinds that have none.
pub fn of(object: &Value) -> Option<&'static str> {
    if !object["metadata"]["deletionTimestamp"].is_null() {
        return Some("Progressing");
    }
    let kind = object["kind"].as_str().unwrap_or_default();
    match kind {
        "Deployment" => Some(deployment(object)),
        "StatefulSet" => Some(stateful_set(object)),
        "DaemonSet" => Some(daemon_set(object)),
        "Rollout" => Some(match object["status"]["phase"].as_str() {
            Some("Healthy") => "Healthy",
            Some("Paused") => "Suspended",
            Some("Degraded") => "Degraded",
            _ => "Progressing",
        }),
        "Job" => Some(job(object)),
        "Ingress" => {
            let addresses = object["status"]["loadBalancer"]["ingress"].as_array();
            Some(if addresses.is_some_and(|list| !list.is_empty()) {
                "Healthy"
            } else {
                "Progressing"
            })
        }
        "Service" | "HorizontalPodAutoscaler" => Some("Healthy"),
        _ => None,
    }
}

fn int(value: &Value) -> i64 {
    value.as_i64().unwrap_or(0)
}

fn condition<'a>(object: &'a Value, kind: &str) -> &'a Value {
    let list = object["status"]["conditions"].as_array();
    list.into_iter().flatten().find(|one| one["type"] == kind).unwrap_or(&Value::Null)
}

fn observed(object: &Value) -> bool {
    int(&object["metadata"]["generation"]) <= int(&object["status"]["observedGeneration"])
}

fn deployment(object: &Value) -> &'static str {
    let (spec, status) = (&object["spec"], &object["status"]);
    if spec["paused"] == true {
        return "Suspended";
    }
    if !observed(object) {
        return "Progressing";
    }
    if condition(object, "Progressing")["reason"] == "ProgressDeadlineExceeded" {
        return "Degraded";
    }
    let updated = int(&status["updatedReplicas"]);
    let rolls = updated < int(&spec["replicas"])
        || int(&status["replicas"]) > updated
        || int(&status["availableReplicas"]) < updated;
    if rolls { "Progressing" } else { "Healthy" }
}

fn stateful_set(object: &Value) -> &'static str {
    let (spec, status) = (&object["spec"], &object["status"]);
    let rolls = !observed(object)
        || int(&status["readyReplicas"]) < int(&spec["replicas"])
        || int(&status["updatedReplicas"]) < int(&spec["replicas"]);
    if rolls { "Progressing" } else { "Healthy" }
}

fn daemon_set(object: &Value) -> &'static str {
    let status = &object["status"];
    let wanted = int(&status["desiredNumberScheduled"]);
    let rolls = !observed(object)
        || int(&status["updatedNumberScheduled"]) < wanted
        || int(&status["numberAvailable"]) < wanted;
    if rolls { "Progressing" } else { "Healthy" }
}

fn job(object: &Value) -> &'static str {
    if condition(object, "Failed")["status"] == "True" {
        "Degraded"
    } else if condition(object, "Complete")["status"] == "True" {
        "Healthy"
    } else if object["spec"]["suspend"] == true {
        "Suspended"
    } else {
        "Progressing"
    }
}
