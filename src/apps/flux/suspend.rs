//! Suspend: the controller leaves an app alone until it is resumed.

use super::{around, request};
use crate::apps::{App, Estate};
use crate::kinds::app_facet::flux as at;
use crate::model::{EngineId, Fault, ObjRef, Plan, PlanId, Text};
use crate::verbs::{Choice, Draft, Value};
use serde_json::json;

/// A suspension in the making.
#[derive(Debug)]
pub(super) struct Suspend {
    targets: Vec<ObjRef>,
    engine: EngineId,
    now: i64,
    why: String,
    notes: Vec<String>,
    warnings: Vec<String>,
}

impl Suspend {
    /// Suspends an app at `now` (Unix seconds). None where its object is not known.
    pub(super) fn new(app: &App, estate: &Estate, now: i64) -> Option<Self> {
        let object = around::object(&app.id, estate)?;
        let mut notes = vec![
            match app.id.engine {
                EngineId::HelmRelease => {
                    "no upgrade, no rollback and no correction of drift until resumed"
                }
                _ => "nothing new is applied and no drift corrected until it is resumed",
            }
            .to_owned(),
        ];
        if app.running {
            notes.push("what runs now goes on to its end".into());
        }
        let children = around::children(&app.id, estate);
        if !children.is_empty() {
            let who = around::listed(children.iter().map(|one| &one.id));
            notes.push(format!("what it delivers goes on by itself: {who}"));
        }
        let waiting = around::dependants(&app.id, estate);
        if !waiting.is_empty() {
            let who = around::listed(waiting.iter().map(|one| &one.id));
            notes.push(format!("{who} depend on it, and go on while it is ready"));
        }
        let mut warnings = Vec::new();
        if let Some((parent, false)) = around::ancestors(&app.id, estate).first() {
            let what = match app.id.engine {
                EngineId::ResourceSet => "the annotation",
                _ => "spec.suspend",
            };
            warnings.push(format!(
                "{parent} delivers it, and undoes this where its manifest names {what}"
            ));
        }
        Some(Self {
            targets: vec![object],
            engine: app.id.engine,
            now,
            why: String::new(),
            notes,
            warnings,
        })
    }
}

impl Draft for Suspend {
    fn title(&self) -> String {
        crate::verbs::titled("Suspend", &self.targets)
    }

    fn button(&self) -> String {
        "Suspend".into()
    }

    fn targets(&self) -> &[ObjRef] {
        &self.targets
    }

    fn choices(&self) -> Vec<Choice> {
        vec![Choice::typed("reason", "why (kept in an annotation)", self.why.as_str())]
    }

    fn set(&mut self, id: &str, value: Value) {
        if let ("reason", Value::Typed(text)) = (id, value) {
            self.why = text;
        }
    }

    fn begins_on(&self) -> Option<&'static str> {
        Some("")
    }

    fn plan(&self, id: PlanId, context: &Text) -> Result<Plan, Fault> {
        let cluster = crate::verbs::single(&self.targets, "suspend")?;
        let mut plan = Plan::empty(id, cluster, context.clone(), self.title());
        let why = self.why.trim();
        let why = if why.is_empty() { serde_json::Value::Null } else { why.into() };
        for target in &self.targets {
            let mut body = json!({"metadata": {"annotations": {
                at::SUSPENDED_ANNOTATION: request::moment(self.now),
                at::REASON_ANNOTATION: why,
                // Whoever suspended it before is not who does so now.
                at::OPERATOR_SUSPENDED_BY: null,
            }}});
            match self.engine {
                EngineId::ResourceSet => {
                    body["metadata"]["annotations"][at::OPERATOR_RECONCILE] = "disabled".into();
                }
                _ => body["spec"]["suspend"] = true.into(),
            }
            plan = plan.request(request::patch(target, &body));
        }
        plan = self.notes.iter().fold(plan, |plan, note| plan.note(note.as_str()));
        Ok(self.warnings.iter().fold(plan, |plan, text| plan.warn(text.as_str())))
    }
}
