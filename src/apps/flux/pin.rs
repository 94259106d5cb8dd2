//! Rollback: Flux has none, so what an app is made from is pinned to something that was deployed
//! before. What stood there is kept in an annotation, and resuming puts it back.

use super::cells::Told;
use super::{around, request, revision};
use crate::apps::{App, Estate};
use crate::kinds::app_facet::flux as at;
use crate::model::{AppId, EngineId, Fault, FaultKind, ObjRef, Plan, PlanId, Read, Text};
use crate::text::{age, sanitise};
use crate::verbs::{Choice, Draft, Value, get, parsed};
use serde_json::{Value as Json, json};

/// What is pinned.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Pinned {
    /// `spec.ref.commit` of a GitRepository.
    Commit,
    /// `spec.ref.digest` of an OCIRepository.
    Digest,
    /// `spec.chart.spec.version` of a HelmRelease.
    Version,
}

impl Pinned {
    /// The field's path.
    fn path(self) -> &'static [&'static str] {
        match self {
            Self::Commit => &["spec", "ref", "commit"],
            Self::Digest => &["spec", "ref", "digest"],
            Self::Version => &["spec", "chart", "spec", "version"],
        }
    }

    fn field(self) -> String {
        self.path().join(".")
    }

    /// What stands where the pin goes, as the annotation keeps it.
    fn before(self, object: &Json) -> Json {
        match self {
            Self::Version => object["spec"]["chart"]["spec"]["version"].clone(),
            _ => object["spec"]["ref"].clone(),
        }
    }
}

/// Something that was deployed before.
#[derive(Clone, Debug, PartialEq)]
struct Before {
    /// What the field is set to.
    value: String,
    /// As people read it; the first word is the revision.
    label: String,
    /// What history calls it as well: `v6`.
    also: String,
}

/// How an app can be rolled back by a pin.
fn way(app: &App, told: Told<'_>) -> Result<Pinned, String> {
    let Some(source) = told.source() else {
        return Err("it keeps no revisions to go back to: change its inputs".into());
    };
    let by_helm = "suspend it, then roll back the Helm release itself";
    match (app.id.engine, source.kind) {
        (EngineId::Kustomization, "GitRepository") => Ok(Pinned::Commit),
        (EngineId::Kustomization | EngineId::HelmRelease, "OCIRepository") => Ok(Pinned::Digest),
        (EngineId::HelmRelease, "HelmRepository") => Ok(Pinned::Version),
        (EngineId::HelmRelease, "HelmChart") => {
            Err(format!("its chart is {}: set the version there", source.title()))
        }
        (EngineId::HelmRelease, _) => {
            Err(format!("its releases do not tell the revision of {}: {by_helm}", source.title()))
        }
        (_, kind) => Err(format!("a {kind} has no older revisions that could be fetched")),
    }
}

/// Why it cannot be rolled back; None where it can.
pub(super) fn refusal(app: &App, told: Told<'_>, estate: &Estate) -> Option<String> {
    let way = match way(app, told) {
        Ok(way) => way,
        Err(why) => return Some(why),
    };
    let origins = around::origins(told, estate);
    let Some(source) = origins.first() else {
        return Some("its source is of a kind that this cluster does not serve".into());
    };
    if way != Pinned::Version && source.told.is_none() {
        return Some(format!("{} is not there, or may not be read", source.name.title()));
    }
    let idle = origins.iter().find(|one| one.idle().is_some())?;
    Some(format!("{} is suspended: resume that first", idle.name.title()))
}

/// A rollback in the making.
#[derive(Debug)]
pub(super) struct Rollback {
    targets: Vec<ObjRef>,
    /// What gets the pin: the source, or the HelmRelease itself.
    holder: ObjRef,
    version: u64,
    way: Pinned,
    now: i64,
    /// Who else is made from the source.
    others: Vec<AppId>,
    /// Who delivers what is pinned, and whether that is suspended.
    parent: Option<(AppId, bool)>,
    read: Option<Result<Json, Fault>>,
    pinned: Option<Result<Json, Fault>>,
    choices: Vec<Before>,
    chosen: usize,
    /// What was typed in place of choosing one.
    typed: Option<String>,
}

impl Rollback {
    /// A rollback of an app, at `now` (Unix seconds). None where its object is not known.
    ///
    /// # Errors
    /// Why it cannot be.
    pub(super) fn new(app: &App, estate: &Estate, now: i64) -> Option<Result<Self, String>> {
        let told = around::told(&app.id, estate)?;
        let object = around::object(&app.id, estate)?;
        let way = match way(app, told) {
            Ok(way) => way,
            Err(why) => return Some(Err(why)),
        };
        let source = told.source()?;
        let origin = around::origin(source, estate)?;
        let (target, holder) = match way {
            Pinned::Version => (object.clone(), Some(told)),
            _ => (origin.object, origin.told),
        };
        let others = match way {
            Pinned::Version => Vec::new(),
            _ => around::others(source, &app.id, estate),
        };
        let parent = holder.and_then(Told::parent).map(|parent| {
            let told = around::told(&parent, estate);
            (parent, told.is_some_and(|told| told.is(at::SUSPENDED)))
        });
        Some(Ok(Self {
            targets: vec![object],
            holder: target,
            version: told.0.version,
            way,
            now,
            others,
            parent,
            read: None,
            pinned: None,
            choices: Vec::new(),
            chosen: 0,
            typed: None,
        }))
    }

    /// What can be gone back to, newest first, once everything was read.
    fn know(&mut self) {
        let Some(Ok(object)) = &self.read else { return };
        let here = match (&self.pinned, self.way) {
            (Some(Ok(source)), Pinned::Commit | Pinned::Digest) => {
                value_of(self.way, source["status"]["artifact"]["revision"].as_str().unwrap_or(""))
            }
            (_, Pinned::Version) => {
                object["status"]["history"][0]["chartVersion"].as_str().map(str::to_owned)
            }
            _ => return,
        };
        self.choices = before(self.way, object, self.now);
        self.choices.retain(|one| Some(&one.value) != here.as_ref());
        if let Some(typed) = &self.typed {
            let wanted = value_of(self.way, typed).unwrap_or_else(|| typed.clone());
            let meant = |one: &Before| {
                one.value.starts_with(&wanted)
                    || one.value.split(':').nth(1).is_some_and(|hex| hex.starts_with(&wanted))
                    || one.also == *typed
                    || one.label.split("  ").next() == Some(typed)
            };
            self.chosen = self.choices.iter().position(meant).unwrap_or(usize::MAX);
        }
    }

    /// Who takes the pin back, and when.
    fn interference(&self, holder: &Json) -> Option<(bool, String)> {
        let field = self.way.field();
        let owner = owner_of(holder, self.way.path());
        let suspended = matches!(self.parent, Some((_, true)));
        let parent = self.parent.as_ref().map(|(id, _)| id.to_string());
        match (owner, parent) {
            (Some(_), Some(parent)) if suspended => {
                Some((true, format!("{parent} takes it back once it is resumed: it sets {field}")))
            }
            (Some(_), Some(parent)) => {
                let text = format!(
                    "{parent} sets {field}, and takes the pin back with its next reconcile"
                );
                Some((true, format!("{text}: suspend {parent} first")))
            }
            (Some(owner), None) => {
                Some((true, format!("{owner} sets {field}, and may take the pin back")))
            }
            (None, Some(parent)) => Some((
                false,
                format!(
                    "{parent} delivers {}, but its manifest does not set {field}: the pin stays",
                    self.holder
                ),
            )),
            (None, None) => None,
        }
    }
}

/// What the field is set to for a revision.
fn value_of(way: Pinned, revision: &str) -> Option<String> {
    match way {
        Pinned::Commit => revision::commit(revision).map(str::to_owned),
        Pinned::Digest => revision::digest(revision).map(str::to_owned),
        Pinned::Version => (!revision.is_empty()).then(|| revision.to_owned()),
    }
}

/// What was deployed before, newest first, each once.
fn before(way: Pinned, object: &Json, now: i64) -> Vec<Before> {
    let history = object["status"]["history"].as_array();
    let mut found: Vec<Before> = Vec::new();
    let ago = |text: Option<&str>| {
        let at = text.and_then(crate::kinds::build::timestamp);
        at.map_or(String::new(), |at| format!("{} ago", age::human(now - at)))
    };
    let mut add = |value: Option<String>, also: String, words: [&str; 3]| {
        if let Some(value) = value
            && !found.iter().any(|one| one.value == value)
        {
            let words: Vec<&str> = words.into_iter().filter(|word| !word.is_empty()).collect();
            let label = sanitise::clean(&words.join("  ")).into_owned();
            found.push(Before { value, label, also });
        }
    };
    let text = |value: &Json| value.as_str().unwrap_or_default().to_owned();
    // The last that came up stands there even where history does not go back so far.
    let applied = text(&object["status"]["lastAppliedRevision"]);
    if object["kind"] == "Kustomization" {
        let short = revision::short(&applied);
        add(value_of(way, &applied), String::new(), [&short, "applied last", ""]);
    }
    for entry in history.into_iter().flatten() {
        let chart = text(&entry["chartVersion"]);
        if chart.is_empty() {
            let revision = text(&entry["metadata"]["revision"]);
            let outcome = text(&entry["lastReconciledStatus"]);
            let outcome = if outcome == "ReconciliationSucceeded" { "" } else { &outcome };
            let when = ago(entry["lastReconciled"].as_str());
            let short = revision::short(&revision);
            add(value_of(way, &revision), String::new(), [&short, &when, outcome]);
            continue;
        }
        let value = match way {
            Pinned::Digest => Some(text(&entry["ociDigest"])).filter(|digest| !digest.is_empty()),
            _ => Some(chart.clone()),
        };
        let when = ago(entry["lastDeployed"].as_str());
        let release = format!("v{}", entry["version"]);
        let status = format!("{release} {}", text(&entry["status"]));
        add(value, release, [&chart, &status, &when]);
    }
    found
}

/// Who set a field, besides us; None where nobody did.
fn owner_of(object: &Json, path: &[&str]) -> Option<String> {
    let entries = object["metadata"]["managedFields"].as_array()?;
    let owner = entries.iter().find(|entry| {
        entry["manager"] != "wheelhouse"
            && path
                .iter()
                .try_fold(&entry["fieldsV1"], |at, part| at.get(format!("f:{part}")))
                .is_some()
    })?;
    Some(sanitise::clean(owner["manager"].as_str()?).into_owned())
}

impl Draft for Rollback {
    fn title(&self) -> String {
        crate::verbs::titled("Roll back", &self.targets)
    }

    fn button(&self) -> String {
        "Roll back".into()
    }

    fn targets(&self) -> &[ObjRef] {
        &self.targets
    }

    fn choices(&self) -> Vec<Choice> {
        if self.choices.is_empty() {
            return Vec::new();
        }
        let of = self.choices.iter().map(|one| one.label.clone()).collect();
        vec![Choice::one_of("to", "to", self.chosen, of)]
    }

    fn set(&mut self, id: &str, value: Value) {
        match (id, value) {
            ("to", Value::OneOf { at, .. }) => (self.chosen, self.typed) = (at, None),
            // As history shows it: known only once everything was read.
            ("to", Value::Typed(text)) if !text.trim().is_empty() => {
                self.typed = Some(text.trim().to_owned());
                self.know();
            }
            _ => {}
        }
    }

    fn reads(&self) -> Vec<Read> {
        let own = self.targets.first().map(get);
        let holder = (self.way != Pinned::Version).then(|| get(&self.holder));
        own.into_iter().chain(holder).collect()
    }

    fn learn(&mut self, number: usize, answer: Result<&str, &Fault>) {
        let answer = answer.map(parsed).map_err(Clone::clone);
        if number == 0 {
            self.read = Some(answer.clone());
        }
        if number == 1 || self.way == Pinned::Version {
            self.pinned = Some(answer);
        }
        self.know();
    }

    fn plan(&self, id: PlanId, context: &Text) -> Result<Plan, Fault> {
        let cluster = crate::verbs::single(&self.targets, "roll back")?;
        let (Some(object), Some(holder)) = (&self.read, &self.pinned) else {
            return Err(Fault::new(FaultKind::Other, self.title(), "it has not been read yet"));
        };
        object.as_ref().map_err(Clone::clone)?;
        let holder = holder.as_ref().map_err(Clone::clone)?;
        if self.choices.is_empty() {
            let why = match self.way {
                Pinned::Version => {
                    "its history has no other chart version: suspend it, then roll back the Helm release"
                }
                _ => "its history has nothing else to go back to",
            };
            return Err(Fault::new(FaultKind::Refused, self.title(), why));
        }
        let Some(to) = self.choices.get(self.chosen) else {
            let why = "its history has no such revision";
            let all: Vec<&str> = self.choices.iter().map(|one| one.label.as_str()).collect();
            return Err(Fault::new(FaultKind::Input, self.title(), why)
                .hint(format!("there are {}", all.join("; "))));
        };
        let target = &self.holder;
        let was = &holder["metadata"]["annotations"][at::PINNED_ANNOTATION];
        // A pin on top of a pin keeps what stood there at first.
        let before = match was.as_str() {
            Some(before) => before.to_owned(),
            None => self.way.before(holder).to_string(),
        };
        let mut body = json!({"metadata": {
            "resourceVersion": holder["metadata"]["resourceVersion"],
            "annotations": {at::PINNED_ANNOTATION: before},
        }});
        match self.way {
            Pinned::Commit => body["spec"]["ref"]["commit"] = to.value.as_str().into(),
            Pinned::Digest => body["spec"]["ref"]["digest"] = to.value.as_str().into(),
            Pinned::Version => body["spec"]["chart"]["spec"]["version"] = to.value.as_str().into(),
        }
        let token = request::token(self.now, id, target, self.version);
        let mut plan = Plan::empty(id, cluster, context.clone(), self.title())
            .losing()
            .request(request::ask(target, &token, body));
        if self.way != Pinned::Version {
            for app in &self.targets {
                let token = request::token(self.now, id, app, self.version);
                plan = plan.request(request::ask(app, &token, json!({})).at_stage(1));
            }
        } else {
            plan = plan.note("the values stay as they are now: only the chart goes back");
        }
        plan = plan.note(format!("pins {} of {target} to {}", self.way.field(), to.value));
        if !self.others.is_empty() {
            plan = plan.warn(format!("goes back too: {}", around::listed(&self.others)));
        }
        plan = match self.interference(holder) {
            Some((true, text)) => plan.warn(text),
            Some((false, text)) => plan.note(text),
            None => plan,
        };
        Ok(plan.warn("nothing newer is applied until it is resumed, which takes the pin away"))
    }
}
