//! End the operation of an Application that runs (`argocd app terminate-op`).

use super::ground::{Ground, said};
use super::operation;
use crate::apps::{App, Estate};
use crate::model::{Fault, Following, Handshake, ObjRef, Plan, PlanId, Read, Text};
use crate::verbs::Draft;
use serde_json::json;

/// A termination in the making.
#[derive(Clone, Debug)]
pub(super) struct Terminate {
    ground: Ground,
}

impl Terminate {
    /// Ends the operation of `app`.
    ///
    /// # Errors
    /// There is no such object.
    pub(super) fn new(app: &App, estate: &Estate, now: i64) -> Result<Self, Fault> {
        Ok(Self { ground: Ground::new(app, estate, &[], now)? })
    }
}

impl Draft for Terminate {
    fn title(&self) -> String {
        format!("Terminate the operation of {}", self.ground.target())
    }

    fn button(&self) -> String {
        "Terminate".into()
    }

    fn targets(&self) -> &[ObjRef] {
        &self.ground.targets
    }

    fn reads(&self) -> Vec<Read> {
        self.ground.reads()
    }

    fn learn(&mut self, number: usize, answer: Result<&str, &Fault>) {
        self.ground.learn(number, answer);
    }

    fn plan(&self, id: PlanId, context: &Text) -> Result<Plan, Fault> {
        let object = self.ground.object()?;
        let state = &object["status"]["operationState"];
        let refuse = |why: &str| self.ground.refuse(why);
        if object["operation"].is_null() {
            let why = "Unable to terminate operation. No operation is in progress";
            return Err(refuse(why));
        }
        match state["phase"].as_str() {
            Some("Running") => {}
            Some("Terminating") => return Err(refuse("it is being terminated already")),
            _ => {
                let why = "its operation has not started yet, so that there is nothing to end";
                return Err(refuse(why).hint("try again in a moment"));
            }
        }
        let started: Text = said(&state["startedAt"]).into();
        let change = json!({"status": {"operationState": {"phase": "Terminating"}}});
        let request = operation::patch(&self.ground, object, change)
            .followed(Following::Handshake(Handshake::ArgoTerminate { started }));
        let cluster = self.ground.target().cluster;
        let by = said(&state["operation"]["initiatedBy"]["username"]);
        let mut plan = Plan::empty(id, cluster, context.clone(), self.title()).request(request);
        if !by.is_empty() {
            plan = plan.note(format!("asked for by {by}"));
        } else if state["operation"]["initiatedBy"]["automated"] == true {
            plan = plan.note("started by auto-sync, which may start it again");
        }
        let message = said(&state["message"]);
        if message.contains("sync window") {
            plan = plan.warn("a sync window holds it: Argo CD may end it only when that opens");
        }
        if !message.is_empty() {
            plan = plan.note(message);
        }
        Ok(plan.note("what was applied stays applied"))
    }
}
