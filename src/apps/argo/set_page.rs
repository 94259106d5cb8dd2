//! The page of an ApplicationSet: what it makes Applications from, and how far its rollout is.

use super::GROUP;
use super::ground::{list, said};
use super::page::moment;
use crate::apps::page::{Delivered, Fact, Target};
use crate::apps::{App, Axis, Estate, Page};
use crate::model::{AppId, EngineId, Fault, Read, Tone};
use crate::relations::ObjectId;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

/// What has to be read: the object itself.
pub(super) fn reads(app: &App) -> Vec<Read> {
    app.object.iter().map(crate::verbs::get).collect()
}

/// The page, from the answer.
pub(super) fn page(app: &App, estate: &Estate, answers: &[Result<Value, Fault>]) -> Page {
    let object = match answers.first() {
        Some(Ok(object)) => object,
        Some(Err(fault)) => {
            return Page { objects_unknown: fault.to_string().into(), ..Page::default() };
        }
        None => return Page::default(),
    };
    let mut facts = Vec::new();
    specified(&mut facts, &object["spec"]);
    for condition in list(&object["status"]["conditions"]) {
        facts.push(condition_fact(condition));
    }
    let objects = applications(app, estate, object);
    for one in &objects {
        let id = AppId::new(EngineId::ArgoCd, one.id.namespace.clone(), one.id.name.clone());
        facts.push(Fact::new("makes", id.to_string(), Tone::Plain).to(Target::App(id)));
    }
    Page { facts, objects, ..Page::default() }
}

fn specified(facts: &mut Vec<Fact>, spec: &Value) {
    let mut plain = |label: &'static str, text: String| {
        if !text.is_empty() {
            facts.push(Fact::new(label, text, Tone::Plain));
        }
    };
    let kinds: Vec<String> = list(&spec["generators"])
        .iter()
        .filter_map(Value::as_object)
        .flat_map(|generator| generator.keys().filter(|key| *key != "selector"))
        .map(|kind| crate::text::sanitise::clean(kind).into_owned())
        .collect();
    plain("generators", kinds.join(", "));
    let template = &spec["template"]["spec"];
    let several = list(&template["sources"]);
    let all = if several.is_empty() { std::slice::from_ref(&template["source"]) } else { several };
    for source in all {
        let place = said(&source["path"]);
        let place = if place.is_empty() { said(&source["chart"]) } else { place };
        let at = said(&source["targetRevision"]);
        let at = if at.is_empty() { "HEAD".to_owned() } else { at };
        let repo = said(&source["repoURL"]);
        if !repo.is_empty() {
            plain("source", format!("{repo} {place} @ {at}").replace("  ", " "));
        }
    }
    plain("project", said(&template["project"]));
    let policy = said(&spec["syncPolicy"]["applicationsSync"]);
    plain("applications", if policy.is_empty() { "sync".into() } else { policy });
    if spec["syncPolicy"]["preserveResourcesOnDeletion"] == true {
        plain("deletion", "what its Applications delivered stays".into());
    }
    if spec["strategy"]["type"] == "RollingSync" {
        for (number, step) in (1..).zip(list(&spec["strategy"]["rollingSync"]["steps"])) {
            let rules: Vec<String> = list(&step["matchExpressions"])
                .iter()
                .map(|rule| {
                    let values: Vec<String> = list(&rule["values"]).iter().map(said).collect();
                    let (key, how) = (said(&rule["key"]), said(&rule["operator"]));
                    format!("{key} {how} ({})", values.join(", "))
                })
                .collect();
            let most = match &step["maxUpdate"] {
                Value::Null => String::new(),
                Value::String(text) => {
                    format!(", {} at a time", crate::text::sanitise::clean(text))
                }
                other => format!(", {other} at a time"),
            };
            plain("step", format!("{number}: {}{most}", rules.join(", ")));
        }
    }
}

/// Which status of a condition is a good one hangs on its type.
fn condition_fact(condition: &Value) -> Fact {
    let (kind, status) = (said(&condition["type"]), said(&condition["status"]));
    let bad = match kind.as_str() {
        "ErrorOccurred" | "InvalidRolloutConfig" => status == "True",
        "RolloutProgressing" => false,
        _ => status == "False",
    };
    let text = format!("{kind} {status}: {}", said(&condition["message"]));
    Fact::new("condition", text, if bad { Tone::Bad } else { Tone::Plain })
        .at(moment(&condition["lastTransitionTime"]))
}

/// Its Applications in the order of its steps: those that say it made them, and those that it says it
/// made.
fn applications(app: &App, estate: &Estate, object: &Value) -> Vec<Delivered> {
    let mut names: BTreeSet<String> =
        list(&object["status"]["resources"]).iter().map(|one| said(&one["name"])).collect();
    let made: BTreeMap<String, &App> = estate
        .apps()
        .filter(|one| one.parent.as_ref() == Some(&app.id))
        .map(|one| (one.id.name.to_string(), one))
        .collect();
    names.extend(made.keys().cloned());
    names.retain(|name| !name.is_empty());
    let steps: BTreeMap<String, &Value> = list(&object["status"]["applicationStatus"])
        .iter()
        .map(|status| (said(&status["application"]), status))
        .collect();
    let mut found: Vec<Delivered> = names
        .into_iter()
        .map(|name| {
            let status = steps.get(&name).copied().unwrap_or(&Value::Null);
            let known = made.get(&name);
            let state = said(&status["status"]);
            let tone = match state.as_str() {
                "Healthy" => Tone::Good,
                "Progressing" | "Pending" => Tone::Busy,
                _ => Tone::Plain,
            };
            Delivered {
                id: ObjectId {
                    group: GROUP.into(),
                    kind: "Application".into(),
                    namespace: app.id.namespace.clone(),
                    name: name.into(),
                },
                wave: status["step"].as_str().and_then(|step| step.parse().ok()),
                sync: known.map(|one| one.sync.clone()).unwrap_or_default(),
                health: known.map(|one| one.condition),
                hook: "".into(),
                prune: false,
                message: said(&status["message"]).lines().next().unwrap_or("").into(),
                result: if state.is_empty() { Axis::default() } else { Axis::new(state, tone) },
            }
        })
        .collect();
    found.sort_by(|a, b| (a.wave.unwrap_or(0), &a.id).cmp(&(b.wave.unwrap_or(0), &b.id)));
    found
}
