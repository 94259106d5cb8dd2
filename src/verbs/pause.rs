//! Pause and resume of what rolls out: Deployments and Argo Rollouts have `spec.paused`.

use super::{Draft, manager, parsed, single, titled};
use crate::model::{
    Fault, FaultKind, Following, Method, ObjRef, Plan, PlanId, PlanRequest, Read, Text,
};
use crate::verbs::restart::is_rollout;
use serde_json::json;

/// Objects looked at first; beyond that the server alone tells.
const LOOKED_AT: usize = 16;

/// A pause, or its end, in the making.
#[derive(Clone, Debug)]
pub struct Pause {
    targets: Vec<ObjRef>,
    pause: bool,
    warnings: Vec<String>,
    refused: Option<String>,
}

/// Whether objects of this type can be paused.
pub fn can_pause(target: &ObjRef) -> bool {
    (target.gvr.group == "apps" && target.gvr.plural == "deployments") || is_rollout(target)
}

impl Pause {
    /// Holds `targets` where they are.
    pub fn hold(targets: Vec<ObjRef>) -> Self {
        Self { targets, pause: true, warnings: Vec::new(), refused: None }
    }

    /// Lets `targets` go on.
    pub fn resume(targets: Vec<ObjRef>) -> Self {
        Self { pause: false, ..Self::hold(targets) }
    }
}

impl Draft for Pause {
    fn title(&self) -> String {
        titled(&self.button(), &self.targets)
    }

    fn button(&self) -> String {
        if self.pause { "Pause" } else { "Resume" }.into()
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
        // kubectl refuses both (polymorphichelpers/object{pauser,resumer}.go).
        let paused = object["spec"]["paused"] == true;
        let waits =
            object["status"]["pauseConditions"].as_array().is_some_and(|all| !all.is_empty());
        let refused = match (self.pause, paused) {
            (true, true) => Some(format!("{target} is paused already")),
            (false, false) if waits => {
                Some(format!("{target} is not paused by anybody: it waits for its promotion"))
            }
            (false, false) => Some(format!("{target} is not paused")),
            _ => None,
        };
        self.refused = self.refused.take().or(refused);
        if self.targets.len() == 1 {
            self.warnings.extend(manager::warning(&object));
        }
    }

    fn plan(&self, id: PlanId, context: &Text) -> Result<Plan, Fault> {
        let cluster = single(&self.targets, &self.button())?;
        if let Some(other) = self.targets.iter().find(|target| !can_pause(target)) {
            let why = format!("{other} cannot be paused: only Deployments and Argo Rollouts can");
            return Err(Fault::new(FaultKind::Refused, self.title(), why));
        }
        if let Some(why) = &self.refused {
            return Err(Fault::new(FaultKind::Refused, self.title(), why.as_str()));
        }
        let mut plan = Plan::empty(id, cluster, context.clone(), self.title());
        for target in &self.targets {
            // As kubectl: what is not paused does not say so.
            let paused = if self.pause { json!(true) } else { json!(null) };
            let follow = match self.pause {
                true => Following::Answer,
                false => super::rollout_of(target),
            };
            let request = PlanRequest::new(Method::Patch, target.clone(), None)
                .body("application/merge-patch+json", &json!({"spec": {"paused": paused}}));
            plan = plan.request(request.followed(follow));
        }
        plan = plan.note(match self.pause {
            true => "pods that run stay; changes wait until it is resumed",
            false => "what was changed meanwhile rolls out now",
        });
        Ok(self.warnings.iter().fold(plan, |plan, text| plan.warn(text.as_str())))
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::verbs::testing::{body, object, plan_of};

    #[test]
    fn what_is_as_it_should_be_already_is_refused() {
        let api = || vec![object("apps", "deployments", "Deployment", "api")];
        let mut pause = Pause::hold(api());
        assert_eq!(body(&plan_of(&pause).unwrap(), 0), json!({"spec": {"paused": true}}));
        pause.learn(0, Ok(r#"{"spec":{"paused":true}}"#));
        assert!(plan_of(&pause).unwrap_err().why.contains("paused already"));
        let mut resume = Pause::resume(api());
        let plan = plan_of(&resume).unwrap();
        assert_eq!(body(&plan, 0), json!({"spec": {"paused": null}}));
        assert_eq!(plan.requests[0].follow, Following::RolledOut);
        resume.learn(0, Ok(r#"{"spec":{}}"#));
        assert!(plan_of(&resume).unwrap_err().why.contains("is not paused"));
        let db = Pause::hold(vec![object("apps", "statefulsets", "StatefulSet", "db")]);
        assert!(plan_of(&db).unwrap_err().why.contains("only Deployments"));
    }
}
