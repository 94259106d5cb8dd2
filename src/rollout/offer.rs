//! The way back, where the revision to come is what does not work.

use super::blockers::Hold;
use super::facts::Kind;
use super::history::Entry;
use super::situation::Situation;
use super::story::Story;

/// Rules that blame the revision to come: an earlier one does not have that.
const BLAMED: [&str; 11] = [
    "invalid-image-name",
    "image-pull",
    "config-missing",
    "init-container",
    "cannot-start",
    "out-of-memory",
    "startup-probe",
    "liveness-probe",
    "crash",
    "readiness-probe",
    "cannot-create",
];

/// The revision to go back to, offered as soon as one pod of the revision to come shows that it does
/// not work: from its first crash on. None where something else is in the way, or nothing is kept.
pub fn way_back<'e>(
    situation: &Situation,
    story: &Story,
    entries: &'e [Entry],
) -> Option<&'e Entry> {
    // Argo Rollouts goes back by itself when it is aborted.
    if situation.workload.kind == Kind::Rollout || situation.workload.spec.paused {
        return None;
    }
    let first = story.blockers.first()?;
    if first.hold != Hold::Broken || !BLAMED.contains(&first.rule) {
        return None;
    }
    entries.iter().find(|entry| !entry.current)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::rollout::history;
    use serde_json::{Value, json};

    fn template(image: &str) -> Value {
        json!({"spec": {"containers": [{"name": "api", "image": image}]}})
    }

    /// A Deployment on its way from `api:1` to `api:2`, with one pod of the new set.
    fn offered(status: &Value, paused: bool) -> Option<i64> {
        let mut situation = Situation::default();
        let own = json!({"metadata": {"uid": "d", "generation": 2},
            "spec": {"replicas": 1, "paused": paused, "template": template("api:2")},
            "status": {"observedGeneration": 2, "replicas": 2, "updatedReplicas": 1}});
        situation.add("Deployment", &own).unwrap();
        for number in [1, 2] {
            let set = json!({"metadata": {"name": format!("api-{number}"), "uid": number.to_string(),
                "annotations": {"deployment.kubernetes.io/revision": number.to_string()},
                "ownerReferences": [{"kind": "Deployment", "name": "api", "uid": "d", "controller": true}]},
                "spec": {"replicas": 1, "template": template(&format!("api:{number}"))}});
            situation.add("ReplicaSet", &set).unwrap();
        }
        let pod = json!({"metadata": {"name": "api-2-x", "ownerReferences":
                [{"kind": "ReplicaSet", "name": "api-2", "uid": "2", "controller": true}]},
            "spec": {"nodeName": "n", "containers": [{"name": "api", "image": "api:2"}]},
            "status": status});
        situation.add("Pod", &pod).unwrap();
        situation.settle();
        let entries = history::of(&situation);
        way_back(&situation, &Story::of(&situation, 1_000), &entries).map(|entry| entry.revision)
    }

    #[test]
    fn the_first_crash_of_the_new_revision_offers_the_one_before() {
        // It has ended once, and was not even started again.
        let crashed = json!({"phase": "Running", "containerStatuses": [{"name": "api",
            "restartCount": 0, "state": {"terminated": {"exitCode": 1, "reason": "Error"}}}]});
        assert_eq!(offered(&crashed, false), Some(1));
        assert_eq!(offered(&crashed, true), None, "paused: an undo would be refused");
        let starts = json!({"phase": "Pending", "containerStatuses": [{"name": "api",
            "state": {"waiting": {"reason": "ContainerCreating"}}}]});
        assert_eq!(offered(&starts, false), None);
    }
}
