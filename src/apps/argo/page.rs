//! The page of an Application: what it tells beside the objects that it delivers.

use super::app::{phase_tone, short};
use super::ground::{is_automated, list, revisions, said, wanted};
use super::{GROUP, app as rows, objects, operation, rollback, windows};
use crate::apps::page::{Deployed, Target};
use crate::apps::{App, Axis, Estate, Page, page::Fact};
use crate::kinds::app_facet::argo::condition_tone;
use crate::kinds::build::timestamp;
use crate::model::{AppId, EngineId, Fault, Gvr, Read, Text, Tone};
use crate::relations::ObjectId;
use serde_json::Value;

/// What has to be read: the object itself, its project with the sync windows, and how often its
/// controller compares.
pub(super) fn reads(app: &App, estate: &Estate) -> Vec<Read> {
    let Some(object) = &app.object else { return Vec::new() };
    let row = estate.other("applications", &object.namespace, &object.name);
    let control = row.map_or_else(|| object.namespace.clone(), |one| rows::control(one.row));
    let projects = Gvr::new(GROUP, object.gvr.version.clone(), "appprojects");
    let maps = Gvr::new("", "v1", "configmaps");
    vec![
        crate::verbs::get(object),
        Read {
            what: format!("get AppProject/{}", app.project),
            path: projects.object_path(&control, &app.project),
        },
        Read {
            what: "get the settings of Argo CD".into(),
            path: maps.object_path(&control, "argocd-cm"),
        },
    ]
}

/// The page, from the answers.
pub(super) fn page(app: &App, estate: &Estate, answers: &[Result<Value, Fault>], now: i64) -> Page {
    let object = match answers.first() {
        Some(Ok(object)) => object,
        Some(Err(fault)) => {
            return Page { objects_unknown: fault.to_string().into(), ..Page::default() };
        }
        None => return Page::default(),
    };
    let answer = |at: usize| answers.get(at).and_then(|answer| answer.as_ref().ok());
    let mut facts = Vec::new();
    sources(&mut facts, object);
    placed(&mut facts, app, estate, object);
    automation(&mut facts, app, object);
    last_operation(&mut facts, object);
    conditions(&mut facts, object);
    match answers.get(1) {
        Some(Ok(project)) => opened(&mut facts, project, object, now),
        Some(Err(fault)) => {
            let text = format!("not known: {fault}");
            facts.push(Fact::new("window", text, Tone::Dim));
        }
        None => {}
    }
    compared(&mut facts, object, answer(2));
    let objects = objects::of(object);
    let unknown = if objects.is_empty() && object["status"]["sync"].is_null() {
        "Argo CD has not compared it yet"
    } else {
        ""
    };
    Page {
        facts,
        objects,
        objects_unknown: unknown.into(),
        history: history(object),
        ..Page::default()
    }
}

/// Unix seconds of a field; 0 where there is none.
pub(super) fn moment(value: &Value) -> i64 {
    timestamp(value.as_str().unwrap_or_default()).unwrap_or(0)
}

fn fact(label: &'static str, text: impl Into<Text>) -> Fact {
    Fact::new(label, text, Tone::Plain)
}

/// `https://git.example.com/deploy.git apps/payments @ main`
fn source_words(source: &Value) -> String {
    let mut words = said(&source["repoURL"]);
    for key in ["chart", "path"] {
        let place = said(&source[key]);
        if !place.is_empty() && place != "." {
            words.push_str(&format!(" {place}"));
        }
    }
    words.push_str(&format!(" @ {}", wanted(source)));
    let name = said(&source["ref"]);
    if !name.is_empty() {
        words.push_str(&format!(" as ${name}"));
    }
    words
}

fn sources(facts: &mut Vec<Fact>, object: &Value) {
    let spec = &object["spec"];
    let sync = &object["status"]["sync"];
    if spec["sourceHydrator"].is_object() {
        let hydrator = &spec["sourceHydrator"];
        facts.push(fact("dry source", source_words(&hydrator["drySource"])));
        let target = said(&hydrator["syncSource"]["targetBranch"]);
        let path = said(&hydrator["syncSource"]["path"]);
        let at = revisions(sync);
        facts.push(fact("source", format!("{path} @ {target} {at}").trim().to_owned()));
        let current = &object["status"]["sourceHydrator"]["currentOperation"];
        if let Some(phase) = current["phase"].as_str() {
            let tone = if phase == "Failed" { Tone::Bad } else { Tone::Plain };
            let text = format!("{} {}", said(&current["phase"]), said(&current["message"]));
            let at = moment(&current["finishedAt"]).max(moment(&current["startedAt"]));
            facts.push(Fact::new("hydrator", text.trim().to_owned(), tone).at(at));
        }
        return;
    }
    let several = list(&spec["sources"]);
    let all = if several.is_empty() { std::slice::from_ref(&spec["source"]) } else { several };
    let compared = list(&sync["revisions"]);
    for (at, source) in all.iter().enumerate() {
        let revision = compared.get(at).unwrap_or(&sync["revision"]);
        let revision = said(revision);
        let mut text = source_words(source);
        let known = several.is_empty() || !compared.is_empty();
        if known && !revision.is_empty() && revision != wanted(source) {
            text.push_str(&format!(" {}", short(&revision)));
        }
        facts.push(fact("source", text));
    }
}

fn placed(facts: &mut Vec<Fact>, app: &App, estate: &Estate, object: &Value) {
    let destination = &object["spec"]["destination"];
    let name = said(&destination["name"]);
    let place = if name.is_empty() { said(&destination["server"]) } else { name };
    let namespace = said(&destination["namespace"]);
    let words = if namespace.is_empty() { place } else { format!("{namespace} on {place}") };
    facts.push(fact("destination", words));
    let object_ref = app.object.as_ref();
    let row = object_ref.and_then(|own| estate.other("applications", &own.namespace, &own.name));
    let control = row.map(|one| rows::control(one.row)).unwrap_or_default();
    let project = ObjectId {
        group: GROUP.into(),
        kind: "AppProject".into(),
        namespace: control,
        name: app.project.clone(),
    };
    facts.push(fact("project", app.project.clone()).to(Target::Object(project)));
    if let Some(parent) = &app.parent {
        let label = if parent.engine == EngineId::ApplicationSet { "made by" } else { "part of" };
        facts.push(fact(label, parent.to_string()).to(Target::App(parent.clone())));
    }
    for child in list(&object["status"]["resources"]) {
        if child["kind"] == "Application" && child["group"] == GROUP {
            let id = AppId::new(EngineId::ArgoCd, said(&child["namespace"]), said(&child["name"]));
            facts.push(fact("delivers", id.to_string()).to(Target::App(id)));
        }
    }
    for url in list(&object["status"]["summary"]["externalURLs"]) {
        facts.push(fact("url", said(url)));
    }
}

fn automation(facts: &mut Vec<Fact>, app: &App, object: &Value) {
    let policy = &object["spec"]["syncPolicy"];
    let on = |key: &str| policy["automated"][key] == true;
    let text = if is_automated(object) {
        let prune = if on("prune") { "prune" } else { "no prune" };
        let heal = if on("selfHeal") { "self heal" } else { "no self heal" };
        format!("on, {prune}, {heal}")
    } else {
        "off".to_owned()
    };
    facts.push(fact("auto-sync", text));
    if let Some(off) = &app.left_off {
        let by = if off.by.is_empty() { String::new() } else { format!(" by {}", off.by) };
        let text = format!("{}{by}", off.what);
        facts.push(Fact::new("suspended by", text, Tone::Warn).at(off.since));
    }
    let options: Vec<String> = list(&policy["syncOptions"]).iter().map(said).collect();
    if !options.is_empty() {
        facts.push(fact("options", options.join(", ")));
    }
    if let Some(limit) = policy["retry"]["limit"].as_i64() {
        let text = if limit < 0 { "without end".to_owned() } else { format!("{limit} times") };
        facts.push(fact("retry", text));
    }
}

fn last_operation(facts: &mut Vec<Fact>, object: &Value) {
    let (asked, state) = (&object["operation"], &object["status"]["operationState"]);
    let by = |operation: &Value| {
        let by = rollback::who(operation);
        if by.is_empty() { String::new() } else { format!(" by {by}") }
    };
    if !asked.is_null() && state.is_null() {
        let text = format!("waiting to start, asked for{}", by(asked));
        facts.push(Fact::new("operation", text, Tone::Busy));
        return;
    }
    let Some(phase) = state["phase"].as_str() else { return };
    let (started, finished) = (moment(&state["startedAt"]), moment(&state["finishedAt"]));
    let dry = if state["operation"]["sync"]["dryRun"] == true { " (dry run)" } else { "" };
    let revision = revisions(&state["syncResult"]);
    let to = if revision.is_empty() { String::new() } else { format!(" to {revision}") };
    let waits = phase == "Running" && finished != 0;
    let word = if waits { "waits for a retry".to_owned() } else { said(&state["phase"]) };
    let text = format!("{word}{dry}{to}{}", by(&state["operation"]));
    let tone = if waits { Tone::Warn } else { phase_tone(phase) };
    facts.push(Fact::new("operation", text, tone).at(if finished == 0 {
        started
    } else {
        finished
    }));
    let message = said(&state["message"]);
    if !message.is_empty() {
        facts.push(Fact::new("", message, tone));
    }
    if waits && let Some(at) = operation::retries_at(state) {
        let count = state["retryCount"].as_i64().unwrap_or(1);
        let text = match state["operation"]["retry"]["limit"].as_i64() {
            Some(limit) if limit > 0 => format!("attempt {count} of {limit}"),
            _ => format!("attempt {count}"),
        };
        facts.push(Fact::new("retrying at", text, Tone::Busy).at(at));
    }
}

fn conditions(facts: &mut Vec<Fact>, object: &Value) {
    let health = &object["status"]["health"];
    let message = said(&health["message"]);
    if !message.is_empty() {
        let (_, tone) = rows::health(health["status"].as_str().unwrap_or(""));
        let at = moment(&health["lastTransitionTime"]);
        facts.push(Fact::new("health", message, tone).at(at));
    }
    for condition in list(&object["status"]["conditions"]) {
        let kind = said(&condition["type"]);
        let text = format!("{kind}: {}", said(&condition["message"]));
        let at = moment(&condition["lastTransitionTime"]);
        facts.push(Fact::new("condition", text, condition_tone(&kind)).at(at));
    }
}

/// Windows of its project that are about it: open or closed, and when that changes.
fn opened(facts: &mut Vec<Fact>, project: &Value, object: &Value, now: i64) {
    for window in windows::of(project, object) {
        let fact = match window.when(now) {
            Err(why) => Fact::new("window", why, Tone::Bad),
            Ok(when) => {
                let state = match (when.open, when.changes) {
                    (true, 0) => "open",
                    (true, _) => "open until",
                    (false, 0) => "closed for good",
                    (false, _) => "closed until",
                };
                let stops = when.open != window.allows();
                let tone = if stops { Tone::Warn } else { Tone::Plain };
                Fact::new("window", format!("{}: {state}", window.words()), tone).at(when.changes)
            }
        };
        facts.push(fact);
    }
}

/// When it was compared last, and when it will be where the settings say how often
/// (`timeout.reconciliation` of `argocd-cm`; a jitter of up to a minute comes on top).
fn compared(facts: &mut Vec<Fact>, object: &Value, settings: Option<&Value>) {
    let at = moment(&object["status"]["reconciledAt"]);
    if at == 0 {
        return;
    }
    facts.push(fact("compared", revisions(&object["status"]["sync"])).at(at));
    let told = settings.map(|settings| said(&settings["data"]["timeout.reconciliation"]));
    let every = told.and_then(|told| windows::duration(&told).ok()).map(|every| every.as_secs());
    match every {
        Some(0) => facts.push(fact("next reconcile", "only when asked, or told by a webhook")),
        Some(every) => facts.push(fact("next reconcile", "within a minute of").at(at + every)),
        None => {}
    }
}

fn history(object: &Value) -> Vec<Deployed> {
    let spec = &object["spec"]["source"];
    list(&object["status"]["history"])
        .iter()
        .rev()
        .map(|entry| {
            let source = &entry["source"];
            let differs = rollback::differences(spec, source);
            let mut note = Vec::new();
            if source["targetRevision"] != spec["targetRevision"] && source.is_object() {
                note.push(format!("@ {}", wanted(source)));
            }
            if !differs.is_empty() {
                note.push(format!("other {}", differs.join(", ")));
            }
            Deployed {
                id: rollback::id_of(entry).into(),
                revision: revisions(entry).into(),
                at: moment(&entry["deployedAt"]),
                by: rollback::who(entry).into(),
                outcome: Axis::default(),
                note: note.join(" · ").into(),
            }
        })
        .collect()
}
