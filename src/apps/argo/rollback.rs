//! Go back to what an Application deployed before (`argocd app rollback`): the revision and the source of
//! an entry of its history are applied, without hooks; its spec stays.

use super::auto::{self, Knows};
use super::ground::{About, Ground, is_automated, list, revisions, said};
use super::{guards, operation};
use crate::apps::{App, Estate};
use crate::model::{Fault, FaultKind, ObjRef, Plan, PlanId, Read, Text};
use crate::verbs::{Choice, Draft, Value as Chosen};
use serde_json::{Value, json};

/// A rollback in the making.
#[derive(Clone, Debug)]
pub(super) struct Rollback {
    ground: Ground,
    /// Place in the history, newest first; the newest is what is there now.
    to: usize,
    switch_off: bool,
    prune: bool,
    dry_run: bool,
}

impl Rollback {
    /// Rolls `app` back, to what was there before unless another entry is chosen.
    ///
    /// # Errors
    /// There is no such object.
    pub(super) fn new(app: &App, estate: &Estate, now: i64) -> Result<Self, Fault> {
        let about = [About::Project, About::Definition, About::Set];
        Ok(Self {
            ground: Ground::new(app, estate, &about, now)?,
            to: 1,
            switch_off: false,
            prune: false,
            dry_run: false,
        })
    }

    fn object(&self) -> &Value {
        self.ground.object().unwrap_or(&Value::Null)
    }

    /// Newest first.
    fn history(&self) -> Vec<&Value> {
        list(&self.object()["status"]["history"]).iter().rev().collect()
    }

    /// `6  1111111  8d ago  by anna`
    fn words(&self, entry: &Value) -> String {
        let mut words = format!("{}  {}", id_of(entry), revisions(entry));
        let deployed = entry["deployedAt"].as_str().unwrap_or("");
        if let Ok(at) = deployed.parse::<jiff::Timestamp>() {
            let age = crate::text::age::human(self.ground.now - at.as_second());
            words.push_str(&format!("  {age} ago"));
        }
        let by = who(entry);
        if !by.is_empty() {
            words.push_str(&format!("  by {by}"));
        }
        words
    }

    fn must_switch_off(&self) -> bool {
        is_automated(self.object()) && !self.dry_run
    }

    fn entry(&self) -> Result<&Value, Fault> {
        let history = self.history();
        if history.len() < 2 {
            let why = "nothing was deployed before what is there now";
            return Err(self.ground.refuse(why));
        }
        let entry = history.get(self.to).copied().ok_or_else(|| {
            Fault::new(FaultKind::Input, self.title(), "its history has no such entry")
        })?;
        if entry["source"].is_null() && list(&entry["sources"]).is_empty() {
            let why = "cannot rollback to revision deployed with Argo CD v0.11 or lower. sync to revision instead.";
            return Err(self.ground.refuse(why));
        }
        Ok(entry)
    }

    fn sync(&self, entry: &Value) -> Value {
        let mut sync = json!({});
        for key in ["revision", "revisions", "source", "sources"] {
            let value = &entry[key];
            if !(value.is_null() || value == "" || value.as_array().is_some_and(Vec::is_empty)) {
                sync[key] = value.clone();
            }
        }
        if self.prune {
            sync["prune"] = true.into();
        }
        if self.dry_run {
            sync["dryRun"] = true.into();
        }
        let options = &self.object()["spec"]["syncPolicy"]["syncOptions"];
        if !list(options).is_empty() {
            sync["syncOptions"] = options.clone();
        }
        sync["syncStrategy"] = json!({"apply": {}});
        sync
    }

    fn notes(&self, plan: Plan, object: &Value, entry: &Value) -> Plan {
        let history = self.history();
        let now = history.first().map(|entry| revisions(entry)).unwrap_or_default();
        let mut plan = plan.note(format!("{now} → {}, entry {}", revisions(entry), id_of(entry)));
        let differs: Vec<&str> = differences(&object["spec"]["source"], &entry["source"]);
        if !differs.is_empty() {
            plan = plan.note(format!("its source differed then: {}", differs.join(", ")));
        }
        plan = plan.note("hooks do not run; the spec stays, so that it is out of sync with it");
        if self.prune {
            plan = plan.warn("prune: what that revision does not have is deleted");
        }
        if self.dry_run {
            plan = plan.note("Argo CD only tries it: nothing is applied");
        }
        plan
    }
}

/// The number of an entry.
pub(super) fn id_of(entry: &Value) -> String {
    entry["id"].as_i64().unwrap_or(0).to_string()
}

/// Who asked for what an entry deployed; empty where it does not tell.
pub(super) fn who(entry: &Value) -> String {
    if entry["initiatedBy"]["automated"] == true {
        return "auto-sync".to_owned();
    }
    said(&entry["initiatedBy"]["username"])
}

/// Keys that two sources do not have in common, or have different values for.
pub(super) fn differences<'v>(now: &'v Value, then: &'v Value) -> Vec<&'v str> {
    let (Some(a), Some(b)) = (now.as_object(), then.as_object()) else { return Vec::new() };
    let mut keys: Vec<&str> = a
        .keys()
        .chain(b.keys())
        .map(String::as_str)
        .filter(|key| now[*key] != then[*key])
        .collect();
    keys.sort_unstable();
    keys.dedup();
    keys
}

impl Draft for Rollback {
    fn title(&self) -> String {
        format!("Roll back {}", self.ground.target())
    }

    fn button(&self) -> String {
        "Roll back".into()
    }

    fn targets(&self) -> &[ObjRef] {
        &self.ground.targets
    }

    fn choices(&self) -> Vec<Choice> {
        let history: Vec<String> = self.history().iter().map(|entry| self.words(entry)).collect();
        let mut choices = Vec::new();
        let somewhere = history.len() > 1;
        if somewhere {
            choices.push(Choice::one_of("to", "to", self.to, history));
        }
        if somewhere && (self.must_switch_off() || self.switch_off) {
            let toggle = Choice::toggle("auto-sync-off", "switch auto-sync off", self.switch_off);
            choices.push(if self.switch_off {
                toggle
            } else {
                toggle.wrong("rollback cannot be initiated when auto-sync is enabled")
            });
        }
        choices.push(Choice::toggle("prune", "prune", self.prune));
        choices.push(Choice::toggle("dry-run", "dry run by the controller", self.dry_run));
        choices
    }

    fn set(&mut self, id: &str, value: Chosen) {
        match (id, value) {
            ("to", Chosen::OneOf { at, .. }) => self.to = at,
            // As it is typed: the number of the entry.
            ("to", Chosen::Typed(id)) => {
                let at = self.history().iter().position(|entry| id_of(entry) == id.trim());
                self.to = at.unwrap_or(usize::MAX);
            }
            ("auto-sync-off", Chosen::Toggle(on)) => self.switch_off = on,
            ("prune", Chosen::Toggle(on)) => self.prune = on,
            ("dry-run", Chosen::Toggle(on)) => self.dry_run = on,
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
        guards::is_reconciled(&self.ground, object)?;
        guards::is_idle(&self.ground, object)?;
        let entry = self.entry()?;
        let mut warnings = guards::project_permits(&self.ground, object)?;
        let window = guards::window_is_open(&self.ground, object)?;
        let mut and = json!({});
        if self.must_switch_off() {
            if !self.switch_off {
                let why = "rollback cannot be initiated when auto-sync is enabled";
                return Err(self.ground.refuse(why).hint("switch it off with it"));
            }
            let knows = Knows::of(&self.ground, object);
            warnings.extend(guards::spec_stays(&self.ground, object, knows.pointer())?);
            and = auto::off(object, knows);
        }
        let sync = self.sync(entry);
        let request = operation::request(&self.ground, object, sync, &Value::Null, and);
        let cluster = self.ground.target().cluster;
        let plan = Plan::empty(id, cluster, context.clone(), self.title()).request(request);
        let mut plan = self.notes(plan, object, entry);
        if self.must_switch_off() {
            plan =
                plan.warn("auto-sync is switched off; switching it on again undoes the rollback");
        }
        if let Some(window) = window {
            plan = plan.warn(window);
        }
        for warning in warnings {
            plan = plan.warn(warning);
        }
        Ok(if self.dry_run { plan } else { plan.losing() })
    }

    fn begins_on(&self) -> Option<&'static str> {
        // What stands in the way comes first.
        let in_the_way = self.must_switch_off() && !self.switch_off && self.history().len() > 1;
        Some(if in_the_way { "auto-sync-off" } else { "" })
    }
}
