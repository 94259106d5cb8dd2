//! Delete an app, with what it delivered or without.

use super::{around, request};
use crate::apps::{App, Estate};
use crate::kinds::app_facet::flux as at;
use crate::model::{ClusterId, EngineId, Fault, Method, ObjRef, Plan, PlanId, PlanRequest, Text};
use crate::verbs::{Choice, Draft, Value};
use serde_json::json;

/// A deletion in the making.
#[derive(Debug)]
pub(super) struct Delete {
    targets: Vec<ObjRef>,
    engine: EngineId,
    /// What it delivered goes with it.
    prunes: bool,
    /// What the object itself says of that.
    says: bool,
    suspended: bool,
    objects: Option<i64>,
    children: String,
    parent: Option<String>,
}

impl Delete {
    /// Deletes an app. None where its object is not known.
    pub(super) fn new(app: &App, estate: &Estate) -> Option<Self> {
        let told = around::told(&app.id, estate)?;
        let suspended = told.is(at::SUSPENDED);
        let says = told.is(at::PRUNES);
        let children = around::children(&app.id, estate);
        Some(Self {
            targets: vec![around::object(&app.id, estate)?],
            engine: app.id.engine,
            prunes: says && !suspended,
            says,
            suspended,
            objects: told.number(at::OBJECTS),
            children: around::listed(children.iter().map(|one| &one.id)),
            parent: app.parent.as_ref().map(ToString::to_string),
        })
    }

    fn cluster(&self) -> Result<ClusterId, Fault> {
        crate::verbs::single(&self.targets, "delete")
    }

    /// Keeping what it delivered takes a suspension first.
    fn suspends_first(&self) -> bool {
        !self.prunes && self.says && !self.suspended
    }

    fn delivered(&self) -> String {
        match (self.objects, self.engine) {
            (_, EngineId::HelmRelease) => "the Helm release".into(),
            (Some(1), _) => "1 object".into(),
            (Some(n), _) => format!("{n} objects"),
            (None, _) => "what it delivered".into(),
        }
    }
}

impl Draft for Delete {
    fn title(&self) -> String {
        crate::verbs::titled("Delete", &self.targets)
    }

    fn button(&self) -> String {
        "Delete".into()
    }

    fn targets(&self) -> &[ObjRef] {
        &self.targets
    }

    fn choices(&self) -> Vec<Choice> {
        if !self.says || self.suspended {
            return Vec::new();
        }
        let label = format!("delete {} too", self.delivered());
        vec![Choice::toggle("prune", label, self.prunes)]
    }

    fn set(&mut self, id: &str, value: Value) {
        if let ("prune", Value::Toggle(on)) = (id, value) {
            self.prunes = on && self.says && !self.suspended;
        }
    }

    fn plan(&self, id: PlanId, context: &Text) -> Result<Plan, Fault> {
        let mut plan = Plan::empty(id, self.cluster()?, context.clone(), self.title()).losing();
        let stage = u8::from(self.suspends_first());
        for target in &self.targets {
            if self.suspends_first() {
                let body = match self.engine {
                    EngineId::ResourceSet => {
                        json!({"metadata": {"annotations": {at::OPERATOR_RECONCILE: "disabled"}}})
                    }
                    _ => json!({"spec": {"suspend": true}}),
                };
                plan = plan.request(request::patch(target, &body));
            }
            let mut body = json!({"kind": "DeleteOptions", "apiVersion": "v1",
                "propagationPolicy": "Background"});
            if !target.uid.is_empty() {
                body["preconditions"] = json!({ "uid": target.uid.as_str() });
            }
            let request = PlanRequest::new(Method::Delete, target.clone(), None)
                .body("application/json", &body);
            plan = plan.request(request.at_stage(stage));
        }
        let delivered = self.delivered();
        plan = match (self.prunes, self.suspended, self.engine) {
            (true, _, EngineId::HelmRelease) => {
                plan.warn("the Helm release is uninstalled, with its hooks, and all its objects go")
            }
            (true, _, _) => {
                let text = format!("{delivered} of its inventory are deleted with it");
                let plan = plan.warn(text);
                plan.note("those marked prune: disabled, or no longer labelled as its own, stay")
            }
            (false, true, _) => plan.note(format!("it is suspended: {delivered} stays, unmanaged")),
            (false, false, _) if self.says => {
                plan.note(format!("it is suspended first, so that {delivered} stays, unmanaged"))
            }
            (false, false, _) => plan.note(format!("prune is off: {delivered} stays, unmanaged")),
        };
        if self.prunes && !self.children.is_empty() {
            plan = plan.warn(format!("apps go with it: {}", self.children));
        }
        if let Some(parent) = &self.parent {
            plan = plan
                .warn(format!("{parent} delivers it, and makes it anew with its next reconcile"));
        }
        Ok(plan)
    }
}
