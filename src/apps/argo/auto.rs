//! Switch automated sync of an Application off and on again. Its settings are kept: `enabled` is set
//! where Argo CD knows it (from 3.1 on), else what is taken away is kept in an annotation.

use super::ground::{About, Ground, is_automated, list, revisions, said};
use super::{guards, operation};
use crate::apps::{App, Estate};
use crate::kinds::app_facet::argo::{KEPT_ANNOTATION, SKIP_ANNOTATION};
use crate::model::{Fault, FaultKind, ObjRef, Plan, PlanId, Read, Text};
use crate::verbs::{Choice, Draft, Value as Chosen};
use serde_json::{Value, json};

/// How this Argo CD has automated sync switched off.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Knows {
    /// By `automated.enabled`.
    Enabled,
    /// By having no `automated`: `enabled` would be dropped by the API server, or it is not known
    /// whether it would.
    Absence,
}

impl Knows {
    /// As the definition of Applications says, else what is in the object itself.
    pub(super) fn of(ground: &Ground, object: &Value) -> Self {
        if !object["spec"]["syncPolicy"]["automated"]["enabled"].is_null() {
            return Self::Enabled;
        }
        let Some(Ok(definition)) = ground.answer(About::Definition) else { return Self::Absence };
        let version = ground.target().gvr.version.as_str();
        let served = list(&definition["spec"]["versions"]).iter();
        let known = served.filter(|one| one["name"] == version).any(|one| {
            let spec = &one["schema"]["openAPIV3Schema"]["properties"]["spec"]["properties"];
            let automated = &spec["syncPolicy"]["properties"]["automated"]["properties"];
            automated["enabled"].is_object()
        });
        if known { Self::Enabled } else { Self::Absence }
    }

    /// The field that is written.
    pub(super) fn pointer(self) -> &'static str {
        match self {
            Self::Enabled => "/spec/syncPolicy/automated/enabled",
            Self::Absence => "/spec/syncPolicy/automated",
        }
    }
}

/// The change that switches it off.
pub(super) fn off(object: &Value, knows: Knows) -> Value {
    match knows {
        Knows::Enabled => json!({"spec": {"syncPolicy": {"automated": {"enabled": false}}}}),
        Knows::Absence => {
            let kept = object["spec"]["syncPolicy"]["automated"].to_string();
            let mut annotations = json!({});
            annotations[KEPT_ANNOTATION] = kept.into();
            json!({
                "metadata": {"annotations": annotations},
                "spec": {"syncPolicy": {"automated": null}},
            })
        }
    }
}

/// A change of automated sync in the making.
#[derive(Clone, Debug)]
pub(super) struct AutoSync {
    ground: Ground,
    on: bool,
    /// None: as it is.
    prune: Option<bool>,
    self_heal: Option<bool>,
}

impl AutoSync {
    /// Switches automated sync of `app` on or off.
    ///
    /// # Errors
    /// There is no such object.
    pub(super) fn new(app: &App, estate: &Estate, on: bool, now: i64) -> Result<Self, Fault> {
        let ground = Ground::new(app, estate, &[About::Definition, About::Set], now)?;
        Ok(Self { ground, on, prune: None, self_heal: None })
    }

    fn object(&self) -> &Value {
        self.ground.object().unwrap_or(&Value::Null)
    }

    fn skipped(&self) -> bool {
        self.object()["metadata"]["annotations"][SKIP_ANNOTATION] == "true"
    }

    /// What it was set to: as it stands, or as we kept it.
    fn settings(&self) -> Value {
        let object = self.object();
        let automated = &object["spec"]["syncPolicy"]["automated"];
        if automated.is_object() {
            return automated.clone();
        }
        let kept = object["metadata"]["annotations"][KEPT_ANNOTATION].as_str().unwrap_or("{}");
        let kept: Value = serde_json::from_str(kept).unwrap_or_default();
        if kept.is_object() { kept } else { json!({}) }
    }

    fn wanted(&self, key: &str, chosen: Option<bool>) -> bool {
        chosen.unwrap_or_else(|| self.settings()[key] == true)
    }

    /// What has to be written; None where it is so already.
    fn change(&self, object: &Value) -> Option<Value> {
        let is_on = is_automated(object);
        let knows = Knows::of(&self.ground, object);
        let mut automated = json!({});
        for (key, chosen) in [("prune", self.prune), ("selfHeal", self.self_heal)] {
            if let Some(on) = chosen.filter(|on| (self.settings()[key] == true) != *on) {
                automated[key] = on.into();
            }
        }
        let chosen = automated != json!({});
        let mut change = match (is_on, self.on) {
            (true, false) => off(object, knows),
            (false, true) if object["spec"]["syncPolicy"]["automated"].is_object() => {
                automated["enabled"] = true.into();
                json!({"spec": {"syncPolicy": {"automated": automated}}})
            }
            (false, true) => {
                let mut whole = self.settings();
                if let (Some(whole), Some(chosen)) = (whole.as_object_mut(), automated.as_object())
                {
                    whole.extend(chosen.clone());
                }
                json!({"spec": {"syncPolicy": {"automated": whole}}})
            }
            (true, true) if chosen => json!({"spec": {"syncPolicy": {"automated": automated}}}),
            _ => json!({}),
        };
        let mut annotations = json!({});
        if self.on && !object["metadata"]["annotations"][KEPT_ANNOTATION].is_null() {
            annotations[KEPT_ANNOTATION] = Value::Null;
        }
        if self.on && self.skipped() {
            annotations[SKIP_ANNOTATION] = Value::Null;
        }
        if annotations != json!({}) {
            change["metadata"] = json!({"annotations": annotations});
        }
        (change != json!({})).then_some(change)
    }

    fn consequences(&self, mut plan: Plan, object: &Value) -> Plan {
        if self.skipped() && self.on {
            plan = plan.note("Argo CD reconciles it again (annotation skip-reconcile removed)");
        }
        if !self.on {
            let settings = self.settings();
            let on = |key: &str| if settings[key] == true { "on" } else { "off" };
            return plan.note(format!(
                "its settings are kept: prune {}, self heal {}",
                on("prune"),
                on("selfHeal")
            ));
        }
        let resources = list(&object["status"]["resources"]);
        let off = resources.iter().filter(|object| object["status"] == "OutOfSync").count();
        let pruned = resources.iter().filter(|object| object["requiresPruning"] == true).count();
        if off > 0 || object["status"]["sync"]["status"] == "OutOfSync" {
            let to = revisions(&object["status"]["sync"]);
            plan = plan.warn(format!("syncs at once to {to}: {off} objects are out of sync"));
        }
        let history = list(&object["status"]["history"]);
        let last = history.last().map(revisions).unwrap_or_default();
        let went_back = history.split_last().is_some_and(|(last, before)| {
            before.iter().any(|entry| revisions(entry) == revisions(last))
        });
        let newest = revisions(&object["status"]["sync"]);
        if went_back && last != newest {
            plan = plan.warn(format!("undoes the rollback to {last}"));
        }
        if self.wanted("prune", self.prune) && pruned > 0 {
            plan = plan.warn(format!("prunes {pruned} objects that are no longer wanted")).losing();
        }
        if self.wanted("selfHeal", self.self_heal) {
            plan = plan.note("self heal: changes made to the cluster are undone");
        }
        plan
    }
}

impl Draft for AutoSync {
    fn title(&self) -> String {
        let verb = if self.on { "Switch auto-sync on" } else { "Switch auto-sync off" };
        format!("{verb}: {}", self.ground.target())
    }

    fn button(&self) -> String {
        if self.on { "Switch on".into() } else { "Switch off".into() }
    }

    fn targets(&self) -> &[ObjRef] {
        &self.ground.targets
    }

    fn choices(&self) -> Vec<Choice> {
        let mut choices = vec![Choice::toggle("auto-sync", "auto-sync", self.on)];
        if self.on {
            let prune = self.wanted("prune", self.prune);
            let heal = self.wanted("selfHeal", self.self_heal);
            choices.push(Choice::toggle("prune", "prune", prune));
            choices.push(Choice::toggle("self-heal", "self heal", heal));
        }
        choices
    }

    fn set(&mut self, id: &str, value: Chosen) {
        match (id, value) {
            ("auto-sync", Chosen::Toggle(on)) => self.on = on,
            ("prune", Chosen::Toggle(on)) => self.prune = Some(on),
            ("self-heal", Chosen::Toggle(on)) => self.self_heal = Some(on),
            _ => {}
        }
    }

    fn reads(&self) -> Vec<Read> {
        self.ground.reads()
    }

    fn learn(&mut self, number: usize, answer: Result<&str, &Fault>) {
        self.ground.learn(number, answer);
    }

    fn plan(&self, id: PlanId, context: &Text) -> Result<Plan, Fault> {
        let object = self.ground.object()?;
        guards::is_there(&self.ground, object)?;
        let Some(change) = self.change(object) else {
            let state = if self.on { "on" } else { "off" };
            let why = format!("auto-sync is {state} already, and so set");
            return Err(Fault::new(FaultKind::Refused, self.title(), why));
        };
        let pointer = Knows::of(&self.ground, object).pointer();
        let warnings = if change["spec"].is_null() {
            Vec::new()
        } else {
            guards::spec_stays(&self.ground, object, pointer)?
        };
        let request = operation::patch(&self.ground, object, change);
        let cluster = self.ground.target().cluster;
        let plan = Plan::empty(id, cluster, context.clone(), self.title()).request(request);
        let mut plan = self.consequences(plan, object);
        for warning in warnings {
            plan = plan.warn(warning);
        }
        let running = said(&object["status"]["operationState"]["phase"]) == "Running";
        if !self.on && running {
            plan = plan.note("the operation that runs goes on");
        }
        Ok(plan)
    }
}
