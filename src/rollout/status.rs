//! Whether a workload has rolled out what its spec asks for, as `kubectl rollout status` judges it
//! (`k8s.io/kubectl/pkg/polymorphichelpers/rollout_status.go`).

use crate::model::Progress;
use serde_json::Value;

/// Judges a Deployment, StatefulSet or DaemonSet; `kind` is its kind.
pub fn judge(kind: &str, object: &Value) -> Progress {
    let number = |part: &str, field: &str| object[part][field].as_i64().unwrap_or(0);
    let observed = object["status"]["observedGeneration"].as_i64().unwrap_or(0);
    if object["metadata"]["generation"].as_i64().unwrap_or(0) > observed {
        return Progress::Waits("waits for its controller to see the change".into());
    }
    match kind {
        "Deployment" => deployment(object, &number),
        "StatefulSet" => stateful_set(object, &number),
        "DaemonSet" => {
            let (wanted, updated, available) = (
                number("status", "desiredNumberScheduled"),
                number("status", "updatedNumberScheduled"),
                number("status", "numberAvailable"),
            );
            if updated < wanted {
                Progress::Waits(format!("{updated} of {wanted} updated"))
            } else if available < wanted {
                Progress::Waits(format!("{available} of {wanted} updated pods are available"))
            } else {
                Progress::Done(format!("rolled out: {available} available"))
            }
        }
        _ => Progress::Done("accepted".into()),
    }
}

fn deployment(object: &Value, number: &dyn Fn(&str, &str) -> i64) -> Progress {
    let late = object["status"]["conditions"].as_array().is_some_and(|all| {
        all.iter().any(|c| c["type"] == "Progressing" && c["reason"] == "ProgressDeadlineExceeded")
    });
    if late {
        return Progress::Failed("exceeded its progress deadline".into());
    }
    let wanted = object["spec"]["replicas"].as_i64().unwrap_or(1);
    let (replicas, updated, available) = (
        number("status", "replicas"),
        number("status", "updatedReplicas"),
        number("status", "availableReplicas"),
    );
    if updated < wanted {
        Progress::Waits(format!("{updated} of {wanted} new replicas updated"))
    } else if replicas > updated {
        Progress::Waits(format!("{} old replicas are pending termination", replicas - updated))
    } else if available < updated {
        Progress::Waits(format!("{available} of {updated} updated replicas are available"))
    } else {
        Progress::Done(format!("rolled out: {available} available"))
    }
}

fn stateful_set(object: &Value, number: &dyn Fn(&str, &str) -> i64) -> Progress {
    let wanted = object["spec"]["replicas"].as_i64().unwrap_or(1);
    let strategy = &object["spec"]["updateStrategy"];
    let (ready, updated) = (number("status", "readyReplicas"), number("status", "updatedReplicas"));
    if strategy["type"] == "OnDelete" {
        return Progress::Done("accepted: it updates OnDelete, so its pods stay".into());
    }
    if ready < wanted {
        return Progress::Waits(format!("{ready} of {wanted} pods are ready"));
    }
    if let Some(partition) = strategy["rollingUpdate"]["partition"].as_i64()
        && partition > 0
    {
        let due = (wanted - partition).max(0);
        return if updated < due {
            Progress::Waits(format!("{updated} of {due} pods above the partition updated"))
        } else {
            Progress::Done(format!("partitioned roll out complete: {updated} updated"))
        };
    }
    if number("status", "replicas") > wanted {
        let over = number("status", "replicas") - wanted;
        return Progress::Waits(format!("{over} pods are pending termination"));
    }
    if object["status"]["updateRevision"] != object["status"]["currentRevision"] {
        return Progress::Waits(format!("{updated} of {wanted} pods are at the new revision"));
    }
    Progress::Done(format!("rolled out: {ready} ready"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_deployment_is_done_when_nothing_old_is_left() {
        let at = |updated: i64, replicas: i64, available: i64, seen: i64| {
            judge(
                "Deployment",
                &json!({
                    "metadata": {"generation": 2}, "spec": {"replicas": 3},
                    "status": {"observedGeneration": seen, "updatedReplicas": updated,
                        "replicas": replicas, "availableReplicas": available},
                }),
            )
        };
        assert!(matches!(at(3, 3, 3, 1), Progress::Waits(why) if why.contains("controller")));
        assert_eq!(at(1, 4, 3, 2), Progress::Waits("1 of 3 new replicas updated".into()));
        assert_eq!(
            at(3, 4, 3, 2),
            Progress::Waits("1 old replicas are pending termination".into())
        );
        assert!(matches!(at(3, 3, 2, 2), Progress::Waits(_)));
        assert!(matches!(at(3, 3, 3, 2), Progress::Done(_)));
    }

    #[test]
    fn a_missed_deadline_is_a_failure() {
        let object = json!({"status": {"conditions":
            [{"type": "Progressing", "reason": "ProgressDeadlineExceeded"}]}});
        assert!(matches!(judge("Deployment", &object), Progress::Failed(_)));
    }

    #[test]
    fn a_stateful_set_knows_partitions_and_on_delete() {
        let set = |strategy: Value, updated: i64| {
            judge(
                "StatefulSet",
                &json!({"spec": {"replicas": 3, "updateStrategy": strategy},
                "status": {"readyReplicas": 3, "replicas": 3, "updatedReplicas": updated,
                    "updateRevision": "b", "currentRevision": "a"}}),
            )
        };
        assert!(matches!(set(json!({"type": "OnDelete"}), 0), Progress::Done(_)));
        let partition = json!({"rollingUpdate": {"partition": 2}});
        assert!(matches!(set(partition.clone(), 0), Progress::Waits(_)));
        assert!(matches!(set(partition, 1), Progress::Done(_)));
        assert!(matches!(set(json!({}), 2), Progress::Waits(_)));
    }
}
