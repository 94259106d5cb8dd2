//! A rolling restart: the annotation that kubectl writes into the pod template, under our own name,
//! because GitOps engines strip what `kubectl*` wrote and a second rollout would follow.

use super::{Draft, manager, parsed, single};
use crate::model::{
    Fault, FaultKind, Following, Method, ObjRef, Plan, PlanId, PlanRequest, Read, Text,
};
use serde_json::json;

/// A restart in the making.
#[derive(Clone, Debug)]
pub struct Restart {
    targets: Vec<ObjRef>,
    /// Unix seconds.
    now: i64,
    warnings: Vec<String>,
    paused: Vec<String>,
}

/// Argo Rollouts' own kind of workload: its controller restarts pods older than `spec.restartAt`
/// (argo-rollouts `pod_restart.go`).
pub fn is_rollout(target: &ObjRef) -> bool {
    target.gvr.group == "argoproj.io" && target.gvr.plural == "rollouts"
}

/// Whether a rolling restart is something that objects of this type have.
pub fn can_restart(target: &ObjRef) -> bool {
    let apps = ["deployments", "statefulsets", "daemonsets"];
    (target.gvr.group == "apps" && apps.contains(&target.gvr.plural.as_str())) || is_rollout(target)
}

/// Objects looked at before a restart; beyond that the server alone tells.
const LOOKED_AT: usize = 16;

impl Restart {
    /// Restarts `targets` at `now` (Unix seconds).
    pub fn new(targets: Vec<ObjRef>, now: i64) -> Self {
        Self { targets, now, warnings: Vec::new(), paused: Vec::new() }
    }
}

impl Draft for Restart {
    fn title(&self) -> String {
        super::titled("Restart", &self.targets)
    }

    fn button(&self) -> String {
        "Restart".into()
    }

    fn targets(&self) -> &[ObjRef] {
        &self.targets
    }

    fn reads(&self) -> Vec<Read> {
        self.targets.iter().take(LOOKED_AT).map(super::get).collect()
    }

    fn learn(&mut self, number: usize, answer: Result<&str, &Fault>) {
        let (Some(target), Ok(json)) = (self.targets.get(number), answer) else { return };
        let object = parsed(json);
        // kubectl refuses this too (polymorphichelpers/objectrestarter.go).
        if object["spec"]["paused"] == true {
            self.paused.push(target.to_string());
        }
        let strategy = object["spec"]["updateStrategy"]["type"].as_str();
        if strategy == Some("OnDelete") {
            let text = format!("{target} updates OnDelete: its pods stay until they are deleted");
            self.warnings.push(text);
        }
        if self.targets.len() == 1 {
            self.warnings.extend(manager::of_restart(&object));
        }
    }

    fn plan(&self, id: PlanId, context: &Text) -> Result<Plan, Fault> {
        let cluster = single(&self.targets, "restart")?;
        if let [first, ..] = self.paused.as_slice() {
            let why =
                format!("{first} is paused, so a restart would wait for ever: resume it first");
            return Err(Fault::new(FaultKind::Refused, self.title(), why));
        }
        let at = jiff::Timestamp::from_second(self.now).unwrap_or_default().to_string();
        let body = json!({"spec": {"template": {"metadata": {"annotations":
            {"kubectl.kubernetes.io/restartedAt": at}}}}});
        let mut plan = Plan::empty(id, cluster, context.clone(), self.title());
        for target in &self.targets {
            let on_delete = self.warnings.iter().any(|w| w.contains("OnDelete"));
            let follow = if on_delete { Following::Answer } else { super::rollout_of(target) };
            let request = PlanRequest::new(Method::Patch, target.clone(), None);
            let request = if is_rollout(target) {
                request.body("application/merge-patch+json", &json!({"spec": {"restartAt": at}}))
            } else {
                request.body("application/strategic-merge-patch+json", &body)
            };
            plan = plan.request(request.followed(follow));
        }
        plan = plan.note("pods are replaced as the update strategy says");
        Ok(self.warnings.iter().fold(plan, |plan, text| plan.warn(text.as_str())))
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::verbs::testing::{body, object, plan_of};

    #[test]
    fn the_annotation_carries_the_moment_and_a_paused_one_is_refused() {
        let mut restart =
            Restart::new(vec![object("apps", "deployments", "Deployment", "api")], 1_767_225_600);
        let plan = plan_of(&restart).unwrap();
        let annotations = &body(&plan, 0)["spec"]["template"]["metadata"]["annotations"];
        assert_eq!(annotations["kubectl.kubernetes.io/restartedAt"], "2026-01-01T00:00:00Z");
        restart.learn(0, Ok(r#"{"spec":{"paused":true}}"#));
        assert!(plan_of(&restart).unwrap_err().why.contains("resume it first"));
    }
}
