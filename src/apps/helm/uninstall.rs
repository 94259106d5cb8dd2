//! Taking a release away with its objects and its records (`helm uninstall`). Sent by ourselves where
//! nothing is run at that, else left to the person's `helm`.

use super::native::{self, Ground};
use super::page::{self, Kept};
use super::release::Release;
use super::rollback::program;
use super::{command, is_pending};
use crate::apps::App;
use crate::model::{
    Fault, FaultKind, Method, ObjRef, Plan, PlanId, PlanRequest, Program, Read, Text,
};
use crate::text::sanitise::clean;
use crate::verbs::{Choice, Draft, Value};

/// A deletion in the making.
#[derive(Debug)]
pub(super) struct Uninstall {
    app: App,
    ground: Ground,
    targets: Vec<ObjRef>,
    now: i64,
    /// All records, newest first; None before they came.
    kept: Option<Result<Vec<Kept>, Fault>>,
    by_helm: bool,
    /// Why only Helm can do it; empty where we can.
    hindrance: String,
    requests: Vec<PlanRequest>,
    /// Objects that stay, as their resource policy says.
    stay: usize,
}

impl Uninstall {
    pub fn new(app: &App, record: ObjRef, ground: Ground, now: i64) -> Self {
        Self {
            app: app.clone(),
            ground,
            targets: vec![record],
            now,
            kept: None,
            by_helm: false,
            hindrance: String::new(),
            requests: Vec::new(),
            stay: 0,
        }
    }

    fn is_by_helm(&self) -> bool {
        self.by_helm || !self.hindrance.is_empty()
    }

    /// `Run` of Helm's `pkg/action/uninstall.go`. What a release is made of does not matter for that,
    /// nor how it was applied.
    fn make(&mut self) {
        let Some(Ok(kept)) = &self.kept else { return };
        let Some(Kept { labels, release: Ok(newest), .. }) = kept.first() else { return };
        let hooks = newest.hooks();
        let ours = |hook: &&super::release::Hook<'_>| {
            hook.events.iter().any(|event| matches!(*event, "pre-delete" | "post-delete"))
        };
        if let Some(hook) = hooks.iter().find(ours) {
            let what = format!("{} {}", clean(hook.kind), clean(hook.name));
            self.hindrance = format!("it runs {what} when it is deleted, which only helm does");
            return;
        }
        match self.native(kept, newest, labels) {
            Ok((requests, stay)) => (self.requests, self.stay) = (requests, stay),
            Err(why) => self.hindrance = clean(&why).into_owned(),
        }
    }

    fn native(
        &self,
        kept: &[Kept],
        newest: &Release,
        labels: &serde_json::Map<String, serde_json::Value>,
    ) -> Result<(Vec<PlanRequest>, usize), String> {
        let mut objects = self.ground.objects(newest)?;
        let all = objects.len();
        objects.retain(|(_, item)| !item.is_kept());
        let stay = all - objects.len();
        let mut requests = Vec::new();
        if newest.status() != "uninstalled" {
            let labels = native::with(native::own_labels(labels), "modifiedAt", self.now);
            let leaving = newest.clone().leaving(self.now);
            let keep = self.ground.keep(Method::Put, &leaving, labels);
            requests.push(keep.map_err(|fault| fault.why)?);
        } else {
            // Its objects are gone already: what has their names now is something else.
            objects.clear();
        }
        // What was applied last goes first.
        let mut deletions: Vec<PlanRequest> =
            objects.into_iter().rev().map(|(target, _)| native::delete(target)).collect();
        let stage = native::in_order(&mut deletions, 1);
        requests.extend(deletions);
        for record in kept {
            requests.push(self.ground.forget(newest.name(), record.revision).at_stage(stage));
        }
        Ok((requests, stay))
    }

    fn command(&self) -> Vec<String> {
        command(&self.ground.record, &["uninstall", &self.app.id.name], &self.app.id.namespace)
    }
}

impl Draft for Uninstall {
    fn title(&self) -> String {
        format!("Uninstall release {}", self.app.id.name)
    }

    fn button(&self) -> String {
        "Uninstall".into()
    }

    fn targets(&self) -> &[ObjRef] {
        &self.targets
    }

    fn choices(&self) -> Vec<Choice> {
        if self.requests.is_empty() {
            return Vec::new();
        }
        vec![Choice::toggle("helm", "by my own helm", self.by_helm)]
    }

    fn set(&mut self, id: &str, value: Value) {
        if let ("helm", Value::Toggle(on)) = (id, value) {
            self.by_helm = on;
        }
    }

    fn reads(&self) -> Vec<Read> {
        self.targets.iter().map(|object| page::history(object, &self.app)).collect()
    }

    fn learn(&mut self, _number: usize, answer: Result<&str, &Fault>) {
        self.kept = Some(page::learned(answer));
        self.make();
    }

    fn plan(&self, id: PlanId, context: &Text) -> Result<Plan, Fault> {
        let cluster = self.ground.record.cluster;
        let mut plan = Plan::empty(id, cluster, context.clone(), self.title()).losing();
        let kept = match &self.kept {
            None => return Ok(plan),
            Some(Err(fault)) => return Err(fault.clone()),
            Some(Ok(kept)) => kept,
        };
        let newest = match kept.first().map(|kept| &kept.release) {
            None => {
                return Err(Fault::new(FaultKind::NotFound, self.title(), "its records are gone"));
            }
            Some(Err(fault)) => return Err(fault.clone()),
            Some(Ok(newest)) => newest,
        };
        if is_pending(newest.status()) {
            plan = plan.warn(format!("it says {}: helm may be at it somewhere", newest.status()));
        }
        if self.is_by_helm() {
            plan = plan.note(format!("runs: {}", shell_words::join(self.command())));
            if !self.hindrance.is_empty() {
                plan = plan.note(format!("by your own helm: {}", self.hindrance));
            }
            return Ok(plan.warn(super::NO_HELM));
        }
        let objects = self.requests.len().saturating_sub(kept.len() + 1);
        plan = plan.warn(format!(
            "{objects} objects are deleted, and all {} records: it cannot be rolled back",
            kept.len()
        ));
        if self.stay > 0 {
            let stay = format!("{} objects stay, as their resource policy says", self.stay);
            plan = plan.note(stay);
        }
        plan.requests = self.requests.clone();
        Ok(plan)
    }

    fn program(&self) -> Option<Program> {
        self.is_by_helm().then(|| program(&self.command()))
    }

    fn name_to_type(&self) -> Option<Text> {
        Some(self.app.id.name.clone())
    }
}
