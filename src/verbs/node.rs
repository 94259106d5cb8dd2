//! Cordon and uncordon: whether new pods may come to a node.

use super::{Draft, single, titled};
use crate::model::{Fault, Method, ObjRef, Plan, PlanId, PlanRequest, Text};
use serde_json::json;

/// Keeps new pods off nodes, or lets them come again.
#[derive(Clone, Debug)]
pub struct Cordon {
    targets: Vec<ObjRef>,
    off: bool,
}

impl Cordon {
    /// Keeps new pods off `targets`.
    pub fn off(targets: Vec<ObjRef>) -> Self {
        Self { targets, off: true }
    }

    /// Lets new pods come to `targets`.
    pub fn on(targets: Vec<ObjRef>) -> Self {
        Self { targets, off: false }
    }
}

/// The request that cordons a node, or uncordons it.
pub(super) fn request(node: &ObjRef, off: bool) -> PlanRequest {
    PlanRequest::new(Method::Patch, node.clone(), None)
        .body("application/merge-patch+json", &json!({"spec": {"unschedulable": off}}))
}

impl Draft for Cordon {
    fn title(&self) -> String {
        titled(&self.button(), &self.targets)
    }

    fn button(&self) -> String {
        if self.off { "Cordon" } else { "Uncordon" }.into()
    }

    fn targets(&self) -> &[ObjRef] {
        &self.targets
    }

    fn plan(&self, id: PlanId, context: &Text) -> Result<Plan, Fault> {
        let cluster = single(&self.targets, &self.button())?;
        let plan = Plan::empty(id, cluster, context.clone(), self.title());
        let plan =
            self.targets.iter().fold(plan, |plan, node| plan.request(request(node, self.off)));
        Ok(if self.off { plan.note("pods that run there stay") } else { plan })
    }
}
