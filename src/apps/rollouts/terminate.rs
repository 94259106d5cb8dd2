//! Ends an AnalysisRun or Experiment before its time (`kubectl argo rollouts terminate`).

use crate::model::{
    Fault, FaultKind, Following, Handshake, Method, ObjRef, Plan, PlanId, PlanRequest, Read,
    RolloutAsk, Text,
};
use crate::text::sanitise;
use crate::verbs::Draft;
use serde_json::{Value, json};

/// A termination in the making.
#[derive(Clone, Debug)]
pub struct Terminate {
    targets: [ObjRef; 1],
    object: Value,
    refused: Option<Fault>,
}

/// Whether objects of this type can be ended so.
pub fn can_terminate(target: &ObjRef) -> bool {
    target.gvr.group == "argoproj.io"
        && matches!(target.gvr.plural.as_str(), "analysisruns" | "experiments")
}

impl Terminate {
    /// Ends `target`; None for other kinds.
    pub fn new(target: ObjRef) -> Option<Self> {
        can_terminate(&target).then(|| Self {
            targets: [target],
            object: Value::Null,
            refused: None,
        })
    }
}

impl Draft for Terminate {
    fn title(&self) -> String {
        format!("Terminate {}", self.targets[0])
    }

    fn button(&self) -> String {
        "Terminate".into()
    }

    fn targets(&self) -> &[ObjRef] {
        &self.targets
    }

    fn reads(&self) -> Vec<Read> {
        let target = &self.targets[0];
        let path = target.gvr.object_path(&target.namespace, &target.name);
        vec![Read { what: format!("get {target}"), path }]
    }

    fn learn(&mut self, _number: usize, answer: Result<&str, &Fault>) {
        match answer {
            Ok(json) => self.object = serde_json::from_str(json).unwrap_or_default(),
            Err(fault) => self.refused = Some(fault.clone()),
        }
    }

    fn plan(&self, id: PlanId, context: &Text) -> Result<Plan, Fault> {
        if let Some(fault) = &self.refused {
            return Err(fault.clone());
        }
        let target = &self.targets[0];
        let refuse = |why: String| Fault::new(FaultKind::Refused, self.title(), why);
        let status = &self.object["status"];
        match status["phase"].as_str() {
            Some(phase @ ("Successful" | "Failed" | "Error" | "Inconclusive")) => {
                return Err(refuse(format!("it has ended already: {phase}")));
            }
            _ if self.object["spec"]["terminate"] == true => {
                return Err(refuse("it is being ended already".into()));
            }
            _ => {}
        }
        let handshake =
            Handshake::ArgoRollout { ask: RolloutAsk::Terminate, before: Text::default() };
        let request = PlanRequest::new(Method::Patch, target.clone(), None)
            .body("application/merge-patch+json", &json!({"spec": {"terminate": true}}))
            .followed(Following::Handshake(handshake));
        let mut plan = Plan::empty(id, target.cluster, context.clone(), self.title())
            .request(request)
            .losing()
            .note("what it has measured so far decides how it ends");
        let owners = self.object["metadata"]["ownerReferences"].as_array();
        let owner = owners.into_iter().flatten().find(|owner| owner["controller"] == true);
        if let Some(owner) = owner {
            let text = |field: &str| owner[field].as_str().unwrap_or_default();
            let words = format!("{}/{} takes the outcome and goes on", text("kind"), text("name"));
            plan = plan.note(sanitise::clean(&words));
        }
        Ok(plan)
    }
}
