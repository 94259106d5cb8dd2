//! Whether a workload has rolled out what its spec asks for, for an action that is followed.

use super::facts::{Kind, Workload};
use super::ladder;
use crate::model::Progress;
use serde::Deserialize as _;
use serde_json::Value;

/// Judges an object; `kind` is its kind. Kinds that do not roll out are done once they are accepted.
pub fn judge(kind: &str, object: &Value) -> Progress {
    let Some(kind) = Kind::of(kind) else { return Progress::Done("accepted".into()) };
    match Workload::deserialize(object) {
        // No clock: what is told of pauses that end by themselves is not asked for here.
        Ok(workload) => ladder::progress(&Workload { kind, ..workload }, 0),
        Err(error) => Progress::Waits(format!("its status cannot be read: {error}")),
    }
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
