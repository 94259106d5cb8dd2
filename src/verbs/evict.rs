//! Evicting pods: deleting them as far as disruption budgets allow.

use super::{Draft, single, titled};
use crate::model::{Fault, Following, Method, ObjRef, Plan, PlanId, PlanRequest, Text};
use serde_json::json;

/// An eviction in the making.
#[derive(Clone, Debug)]
pub struct Evict {
    targets: Vec<ObjRef>,
}

impl Evict {
    /// Evicts pods.
    pub fn new(targets: Vec<ObjRef>) -> Self {
        Self { targets }
    }
}

/// The request that evicts a pod; the uid seen last is its precondition.
pub(super) fn request(pod: &ObjRef, grace: Option<i64>) -> PlanRequest {
    let mut options = json!({});
    if !pod.uid.is_empty() {
        options["preconditions"] = json!({"uid": pod.uid.as_str()});
    }
    if let Some(grace) = grace {
        options["gracePeriodSeconds"] = grace.into();
    }
    let path = format!("{}/eviction", pod.gvr.object_path(&pod.namespace, &pod.name));
    let body = json!({
        "apiVersion": "policy/v1", "kind": "Eviction",
        "metadata": {"name": pod.name.as_str(), "namespace": pod.namespace.as_str()},
        "deleteOptions": options,
    });
    PlanRequest::new(Method::Post, pod.clone(), Some(path))
        .body("application/json", &body)
        .followed(Following::Evicted)
}

impl Draft for Evict {
    fn title(&self) -> String {
        titled("Evict", &self.targets)
    }

    fn button(&self) -> String {
        "Evict".into()
    }

    fn targets(&self) -> &[ObjRef] {
        &self.targets
    }

    fn plan(&self, id: PlanId, context: &Text) -> Result<Plan, Fault> {
        let cluster = single(&self.targets, "evict")?;
        let plan = Plan::empty(id, cluster, context.clone(), self.title());
        let plan = self.targets.iter().fold(plan, |plan, pod| plan.request(request(pod, None)));
        Ok(plan.note("tried again while a disruption budget does not allow it").losing())
    }
}
