//! A larger volume for a PersistentVolumeClaim.

use super::{Choice, Draft, Value, parsed, single, titled};
use crate::model::{Fault, FaultKind, Method, ObjRef, Plan, PlanId, PlanRequest, Read, Text};
use crate::text::quantity;
use serde_json::{Value as Json, json};

/// A larger size in the making.
#[derive(Clone, Debug)]
pub struct Expand {
    targets: Vec<ObjRef>,
    typed: String,
    claim: Option<Result<Json, Fault>>,
}

impl Expand {
    /// Expands one claim.
    pub fn new(target: ObjRef) -> Self {
        Self { targets: vec![target], typed: String::new(), claim: None }
    }

    fn now(&self) -> Option<&str> {
        self.claim.as_ref()?.as_ref().ok()?["spec"]["resources"]["requests"]["storage"].as_str()
    }

    fn wrong(&self) -> Option<String> {
        let Some(new) = quantity::millis(self.typed.trim()) else {
            return Some("a size such as 20Gi".into());
        };
        let old = self.now().and_then(quantity::millis)?;
        (new <= old).then(|| {
            format!("must be more than {}: volumes never shrink", self.now().unwrap_or(""))
        })
    }
}

impl Draft for Expand {
    fn title(&self) -> String {
        titled("Expand", &self.targets)
    }

    fn button(&self) -> String {
        "Expand".into()
    }

    fn targets(&self) -> &[ObjRef] {
        &self.targets
    }

    fn choices(&self) -> Vec<Choice> {
        let label = format!("size (now {})", self.now().unwrap_or("unknown"));
        let choice = Choice::typed("size", label, self.typed.as_str());
        vec![match self.wrong() {
            Some(why) if Some(self.typed.as_str()) != self.now() => choice.wrong(why),
            _ => choice,
        }]
    }

    fn set(&mut self, _id: &str, value: Value) {
        if let Value::Typed(text) = value {
            self.typed = text;
        }
    }

    fn reads(&self) -> Vec<Read> {
        self.targets.iter().map(super::get).collect()
    }

    fn learn(&mut self, _number: usize, answer: Result<&str, &Fault>) {
        self.claim = Some(answer.map(parsed).map_err(Clone::clone));
        self.typed = self.now().unwrap_or("").to_owned();
    }

    fn plan(&self, id: PlanId, context: &Text) -> Result<Plan, Fault> {
        let cluster = single(&self.targets, "expand")?;
        if let Some(Err(fault)) = &self.claim {
            return Err(fault.clone());
        }
        if let Some(why) = self.wrong() {
            return Err(Fault::new(FaultKind::Input, self.title(), why));
        }
        let body = json!({"spec": {"resources": {"requests": {"storage": self.typed.trim()}}}});
        let plan = Plan::empty(id, cluster, context.clone(), self.title());
        let plan = self.targets.iter().fold(plan, |plan, claim| {
            plan.request(
                PlanRequest::new(Method::Patch, claim.clone(), None)
                    .body("application/merge-patch+json", &body),
            )
        });
        Ok(plan
            .note(format!("{} → {}", self.now().unwrap_or("?"), self.typed.trim()))
            .warn("a volume cannot be made smaller again"))
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::verbs::testing::{body, object, plan_of};

    #[test]
    fn volumes_only_grow() {
        let mut draft =
            Expand::new(object("", "persistentvolumeclaims", "PersistentVolumeClaim", "data"));
        draft.learn(0, Ok(r#"{"spec":{"resources":{"requests":{"storage":"10Gi"}}}}"#));
        for size in ["10Gi", "9Gi", "", "big"] {
            draft.set("size", Value::Typed(size.into()));
            assert!(plan_of(&draft).is_err(), "{size}");
        }
        draft.set("size", Value::Typed("20Gi".into()));
        let plan = plan_of(&draft).unwrap();
        assert_eq!(body(&plan, 0)["spec"]["resources"]["requests"]["storage"], "20Gi");
    }
}
