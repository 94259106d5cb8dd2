//! Reconcile: the controller is asked to do now what it does every interval.

use super::chain::{Chain, Step};
use super::{around, request, revision};
use crate::apps::{App, Estate};
use crate::kinds::app_facet::flux as at;
use crate::model::{AppId, EngineId, Fault, FaultKind, ObjRef, Plan, PlanId, Text};
use crate::verbs::{Choice, Draft, Value};
use serde_json::json;

/// A reconcile in the making.
#[derive(Debug)]
pub(super) struct Reconcile {
    targets: Vec<ObjRef>,
    now: i64,
    engine: EngineId,
    /// The app with its sources.
    alone: Chain,
    /// The same with everything that it depends on.
    whole: Chain,
    sources: bool,
    dependencies: bool,
    force: bool,
    reset: bool,
    notes: Vec<String>,
    warnings: Vec<String>,
    /// Who else gets what its sources fetch.
    shared: Vec<AppId>,
}

impl Reconcile {
    /// A reconcile of an app, at `now` (Unix seconds). None where its object is not known.
    pub(super) fn new(app: &App, estate: &Estate, now: i64) -> Option<Self> {
        let told = around::told(&app.id, estate)?;
        let mut notes = Vec::new();
        let mut warnings = Vec::new();
        if app.revision.contains('→') {
            notes.push(format!("applies {}", app.revision));
        } else if app.id.engine == EngineId::HelmRelease {
            notes.push("upgrades only where chart, values or the release itself changed".into());
        } else {
            let what = revision::or_source(told.text(at::REVISION));
            notes.push(format!("applies {what} once more: what drifted is put back"));
        }
        if told.is(at::PRUNES) && app.id.engine != EngineId::HelmRelease {
            notes.push("deletes what its source has no more (prune)".into());
        }
        if told.is_asked() {
            warnings.push("an earlier request has not been taken up yet".into());
        }
        let shared = around::origins(told, estate)
            .into_iter()
            .filter(|origin| origin.idle().is_none() && !origin.has_no_artifact())
            .flat_map(|origin| around::others(origin.name, &app.id, estate));
        let mut shared: Vec<AppId> = shared.collect();
        shared.sort();
        shared.dedup();
        Some(Self {
            targets: vec![around::object(&app.id, estate)?],
            now,
            engine: app.id.engine,
            alone: Chain::of_app(&app.id, estate),
            whole: Chain::with_dependencies(&app.id, estate),
            sources: false,
            dependencies: false,
            force: false,
            reset: false,
            notes,
            warnings,
            shared,
        })
    }

    /// The same with its sources first.
    pub(super) fn with_sources(mut self) -> Self {
        self.sources = true;
        self
    }

    fn has_sources(&self) -> bool {
        self.alone.steps.iter().any(|step| step.source)
    }

    /// How many apps come before it.
    fn dependencies(&self) -> usize {
        self.whole.steps.iter().filter(|step| !step.source).count().saturating_sub(1)
    }

    fn chain(&self) -> &Chain {
        if self.dependencies { &self.whole } else { &self.alone }
    }

    fn asks(&self, step: &Step) -> bool {
        step.left_out.is_none() && (self.sources || !step.source)
    }
}

impl Draft for Reconcile {
    fn title(&self) -> String {
        let title = crate::verbs::titled("Reconcile", &self.targets);
        match (self.dependencies, self.sources) {
            (false, false) => title,
            (false, true) => format!("{title} with its source"),
            (true, false) => format!("{title} after what it depends on"),
            (true, true) => format!("{title} with sources, after what it depends on"),
        }
    }

    fn button(&self) -> String {
        "Reconcile".into()
    }

    fn targets(&self) -> &[ObjRef] {
        &self.targets
    }

    fn choices(&self) -> Vec<Choice> {
        let mut choices = Vec::new();
        if self.has_sources() {
            choices.push(Choice::toggle("source", "fetch its source first", self.sources));
        }
        if self.dependencies() > 0 || self.whole.broken.is_some() {
            let label = format!("what it depends on first ({})", self.dependencies());
            let choice = Choice::toggle("dependencies", label, self.dependencies);
            choices.push(match &self.whole.broken {
                Some(why) if self.dependencies => choice.wrong(why.as_str()),
                _ => choice,
            });
        }
        if self.engine == EngineId::HelmRelease {
            choices.push(Choice::toggle("force", "upgrade even if nothing changed", self.force));
            choices.push(Choice::toggle("reset", "count failures anew", self.reset));
        }
        choices
    }

    fn set(&mut self, id: &str, value: Value) {
        let Value::Toggle(on) = value else { return };
        match id {
            "source" => self.sources = on && self.has_sources(),
            "dependencies" => self.dependencies = on,
            "force" => self.force = on,
            "reset" => self.reset = on,
            _ => {}
        }
    }

    fn plan(&self, id: PlanId, context: &Text) -> Result<Plan, Fault> {
        let cluster = crate::verbs::single(&self.targets, "reconcile")?;
        let chain = self.chain();
        if let Some(why) = &chain.broken {
            return Err(Fault::new(FaultKind::Refused, self.title(), why.as_str()));
        }
        let mut plan = Plan::empty(id, cluster, context.clone(), self.title());
        let stages = chain.stages(&|step| self.asks(step));
        let last = chain.steps.len().saturating_sub(1);
        let mut left_out = Vec::new();
        for (number, (step, stage)) in chain.steps.iter().zip(stages).enumerate() {
            if let Some(why) = &step.left_out
                && (self.sources || !step.source)
            {
                left_out.push(format!("{} {why}: it is left out", step.object));
            }
            if !self.asks(step) {
                continue;
            }
            let token = request::token(self.now, id, &step.object, step.version);
            let asked = if step.release && number == last {
                request::ask_release(&step.object, &token, self.force, self.reset)
            } else {
                request::ask(&step.object, &token, json!({}))
            };
            plan = plan.request(asked.at_stage(stage));
        }
        plan = self.notes.iter().fold(plan, |plan, note| plan.note(note.as_str()));
        if self.sources && !self.shared.is_empty() {
            let who = around::listed(&self.shared);
            plan = plan.note(format!("what is fetched reaches {who} too"));
        }
        plan = left_out.into_iter().chain(self.warnings.iter().cloned()).fold(plan, Plan::warn);
        if self.force {
            plan = plan.warn("the upgrade runs even where nothing changed: its hooks run as well");
        }
        Ok(plan)
    }
}
