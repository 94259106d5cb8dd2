//! Compare an Application with its source again; have an ApplicationSet make its Applications again.

use crate::model::{
    Fault, Following, Handshake, Method, ObjRef, Plan, PlanId, PlanRequest, Read, Text,
};
use crate::verbs::Draft;
use serde_json::{Value, json};

/// What is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum How {
    /// Compare with the newest revision.
    Normal,
    /// And render it anew, whatever is cached.
    Hard,
    /// An ApplicationSet: generate now.
    Set,
}

/// A refresh in the making. It carries no resource version: whatever the object is by then, comparing it
/// is what was asked for, and a second request for it changes nothing.
#[derive(Clone, Debug)]
pub(super) struct Refresh {
    targets: Vec<ObjRef>,
    how: How,
    reconciled: Option<Result<Text, Fault>>,
}

impl Refresh {
    /// Refreshes an object.
    pub(super) fn new(target: ObjRef, how: How) -> Self {
        Self { targets: vec![target], how, reconciled: None }
    }
}

impl Draft for Refresh {
    fn title(&self) -> String {
        let verb = if self.how == How::Hard { "Hard refresh" } else { "Refresh" };
        crate::verbs::titled(verb, &self.targets)
    }

    fn button(&self) -> String {
        "Refresh".into()
    }

    fn targets(&self) -> &[ObjRef] {
        &self.targets
    }

    fn reads(&self) -> Vec<Read> {
        self.targets.iter().map(crate::verbs::get).collect()
    }

    fn learn(&mut self, _number: usize, answer: Result<&str, &Fault>) {
        self.reconciled = Some(answer.map_err(Clone::clone).map(|json| {
            let object = crate::verbs::parsed(json);
            super::ground::said(&object["status"]["reconciledAt"]).into()
        }));
    }

    fn plan(&self, id: PlanId, context: &Text) -> Result<Plan, Fault> {
        let cluster = crate::verbs::single(&self.targets, "refresh")?;
        let before = match &self.reconciled {
            Some(Ok(before)) => before.clone(),
            Some(Err(fault)) => return Err(fault.clone()),
            None => Text::new(),
        };
        let (annotation, value, handshake) = match self.how {
            How::Normal => {
                ("argocd.argoproj.io/refresh", "normal", Handshake::ArgoRefresh { before })
            }
            How::Hard => ("argocd.argoproj.io/refresh", "hard", Handshake::ArgoRefresh { before }),
            How::Set => {
                ("argocd.argoproj.io/application-set-refresh", "true", Handshake::ArgoSetRefresh)
            }
        };
        let mut annotations = json!({});
        annotations[annotation] = Value::from(value);
        let body = json!({"metadata": {"annotations": annotations}});
        let mut plan = Plan::empty(id, cluster, context.clone(), self.title());
        for target in &self.targets {
            let request = PlanRequest::new(Method::Patch, target.clone(), None)
                .body("application/merge-patch+json", &body)
                .followed(Following::Handshake(handshake.clone()));
            plan = plan.request(request);
        }
        Ok(match self.how {
            How::Hard => plan.note("renders its manifests anew, whatever is cached"),
            How::Normal | How::Set => plan,
        })
    }
}
