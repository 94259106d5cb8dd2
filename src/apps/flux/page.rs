//! The page of one app: what its object tells, and what is known around it.

mod history;

use super::around::{self, Origin};
use super::cells::{SourceName, Told};
use super::{duration, inventory, revision};
use crate::apps::page::{Delivered, Fact, Page, Target};
use crate::apps::{App, Axis, Estate};
use crate::kinds::app_facet::flux as at;
use crate::kinds::build::timestamp;
use crate::model::{AppId, EngineId, Fault, Read, Text, Tone};
use crate::relations::ObjectId;
use crate::text::sanitise;
use crate::verbs::get;
use serde_json::Value;

/// The object itself, then what it is made from: see [`around::origins`].
pub(super) fn reads(app: &App, estate: &Estate) -> Vec<Read> {
    let Some(object) = around::object(&app.id, estate) else { return Vec::new() };
    let told = around::told(&app.id, estate);
    let origins = told.map(|told| around::origins(told, estate)).unwrap_or_default();
    std::iter::once(&object).chain(origins.iter().map(|one| &one.object)).map(get).collect()
}

pub(super) fn page(app: &App, estate: &Estate, answers: &[Result<Value, Fault>], now: i64) -> Page {
    let object = match answers.first() {
        Some(Ok(object)) => object,
        Some(Err(fault)) => {
            return Page { objects_unknown: fault.to_string().into(), ..Page::default() };
        }
        None => return Page { objects_unknown: "it is gone".into(), ..Page::default() },
    };
    let told = around::told(&app.id, estate);
    let origins = told.map(|told| around::origins(told, estate)).unwrap_or_default();
    let mut facts = Vec::new();
    for (number, origin) in origins.iter().enumerate() {
        let answer = answers.get(number + 1).and_then(|answer| answer.as_ref().ok());
        source(origin, answer, &mut facts);
    }
    if origins.is_empty()
        && let Some(name) = told.and_then(Told::source)
    {
        let text = format!("{}: its kind is not served here", name.title());
        facts.push(Fact::new("source", text, Tone::Warn));
    }
    off(app, estate, &origins, &mut facts);
    conditions(object, &mut facts);
    next(app, object, now, &mut facts);
    options(app, object, &mut facts);
    others(app, object, estate, &mut facts);
    inputs(object, &mut facts);
    let (objects, objects_unknown) = objects(app, object);
    let history = history::deployed(app, object);
    Page { facts, objects, objects_unknown, history, ..Page::default() }
}

/// One line of what the cluster says.
fn clean(text: &str) -> String {
    sanitise::clean(text.trim().lines().next().unwrap_or("")).into_owned()
}

fn text<'v>(value: &'v Value, path: &[&str]) -> &'v str {
    path.iter().try_fold(value, |at, part| at.get(part)).and_then(Value::as_str).unwrap_or("")
}

fn moment(value: &Value) -> i64 {
    value.as_str().and_then(timestamp).unwrap_or(0)
}

fn object_id(origin: &Origin<'_>) -> ObjectId {
    ObjectId {
        group: origin.object.gvr.group.clone(),
        kind: origin.object.kind.clone(),
        namespace: origin.object.namespace.clone(),
        name: origin.object.name.clone(),
    }
}

/// What it is made from, what that holds and follows, and what is wrong with it.
fn source(origin: &Origin<'_>, answer: Option<&Value>, facts: &mut Vec<Fact>) {
    let SourceName { kind, .. } = origin.name;
    let label = if kind == "HelmChart" { "chart" } else { "source" };
    let Some(told) = origin.told else {
        let line = format!("{}: not there, or it may not be read", origin.name.title());
        facts.push(Fact::new(label, line, Tone::Warn));
        return;
    };
    let mut line = origin.name.title();
    let holds = revision::short(told.text(at::REVISION));
    let follows = told.text(at::REF);
    for part in [told.text(at::URL), follows] {
        if !part.is_empty() {
            line.push_str(" · ");
            line.push_str(part);
        }
    }
    if !holds.is_empty() {
        line.push_str(" · ");
        line.push_str(&holds);
    }
    let to = Target::Object(object_id(origin));
    let fact = Fact::new(label, line, Tone::Plain).at(told.moment(at::ARTIFACT_AT)).to(to);
    facts.push(fact);
    if let Some(metadata) = answer.and_then(|object| object["status"]["artifact"].get("metadata")) {
        // What an OCI artifact tells of the commit that it was built from.
        for (key, label) in [
            ("org.opencontainers.image.revision", "built from"),
            ("org.opencontainers.image.source", "built from"),
            ("org.opencontainers.image.authors", "author"),
            ("org.opencontainers.image.description", "description"),
        ] {
            if let Some(told) = metadata[key].as_str() {
                facts.push(Fact::new(label, clean(&revision::short(told)), Tone::Plain));
            }
        }
    }
    if told.text(at::READY) == "False" {
        let line = format!("{} fails: {}", origin.name.title(), told.text(at::READY_MESSAGE));
        facts.push(Fact::new(label, line, Tone::Bad).at(told.moment(at::READY_SINCE)));
    }
}

/// Everything that keeps it from moving: itself, its sources, whoever delivers it.
fn off(app: &App, estate: &Estate, origins: &[Origin<'_>], facts: &mut Vec<Fact>) {
    let told = around::told(&app.id, estate);
    let mut line = |what: String, told: Told<'_>, target: Option<Target>| {
        let by = told.text(at::SUSPENDED_BY);
        let why = told.text(at::SUSPENDED_WHY);
        let mut line = what;
        if !by.is_empty() {
            line = format!("{line}, by {by}");
        }
        if !why.is_empty() {
            line = format!("{line}: {why}");
        }
        let fact = Fact::new("suspended", line, Tone::Warn).at(told.moment(at::SUSPENDED_AT));
        facts.push(Fact { leads_to: target, ..fact });
    };
    if let Some(told) = told.filter(|told| told.is(at::SUSPENDED)) {
        line("itself".into(), told, None);
    }
    for origin in origins {
        if let Some(told) = origin.told.filter(|told| told.is(at::SUSPENDED)) {
            line(origin.name.title(), told, Some(Target::Object(object_id(origin))));
        }
    }
    for (parent, suspended) in around::ancestors(&app.id, estate) {
        if let (true, Some(told)) = (suspended, around::told(&parent, estate)) {
            let what = format!("{parent}, which delivers it");
            line(what, told, Some(Target::App(parent)));
        }
    }
    let pin = |what: String, before: &str| {
        let line = format!("{what}; before: {}", clean(before));
        Fact::new("pinned", line, Tone::Warn)
    };
    if let Some(told) = told.filter(|told| !told.text(at::PINNED).is_empty()) {
        facts.push(pin(format!("to {}", told.text(at::WANTED)), told.text(at::PINNED)));
    }
    for origin in origins {
        if let Some(told) = origin.told.filter(|told| !told.text(at::PINNED).is_empty()) {
            let what = format!("{} to {}", origin.name.title(), told.text(at::REF));
            let to = Target::Object(object_id(origin));
            facts.push(pin(what, told.text(at::PINNED)).to(to));
        }
    }
}

/// The conditions, in the order of the object; those that are True only while something is wrong are
/// red then.
fn conditions(object: &Value, facts: &mut Vec<Fact>) {
    for condition in object["status"]["conditions"].as_array().into_iter().flatten() {
        let (kind, status) = (text(condition, &["type"]), text(condition, &["status"]));
        let abnormal = matches!(kind, "Stalled" | "Drifted" | "Reconciling");
        let tone = match (status, abnormal, kind) {
            ("True", true, "Reconciling") | ("Unknown", _, _) => Tone::Busy,
            ("True", true, "Drifted") => Tone::Warn,
            ("True", true, _) | ("False", false, _) => Tone::Bad,
            _ => Tone::Good,
        };
        let line = format!(
            "{kind} {status} {}: {}",
            text(condition, &["reason"]),
            text(condition, &["message"]).trim().lines().next().unwrap_or("")
        );
        let fact = Fact::new("condition", clean(&line), tone);
        facts.push(fact.at(moment(&condition["lastTransitionTime"])));
    }
}

/// When the controller comes by itself: one interval after it came last, as far as the object tells
/// when that was. (Controllers add a jitter of some per cent where they are told to.)
fn next(app: &App, object: &Value, now: i64, facts: &mut Vec<Fact>) {
    let spec = &object["spec"];
    let annotation = &object["metadata"]["annotations"]["fluxcd.controlplane.io/reconcileEvery"];
    let every = match (app.id.engine, spec["interval"].as_str()) {
        (_, Some(interval)) => interval,
        (EngineId::ResourceSet, None) => annotation.as_str().unwrap_or("60m"),
        (_, None) => return,
    };
    if app.auto == crate::apps::Auto::Paused {
        facts.push(Fact::new("next reconcile", "none while it is suspended", Tone::Warn));
        return;
    }
    let (label, every) = match spec["retryInterval"].as_str() {
        Some(retry) if app.health.tone == Tone::Bad => ("next attempt", retry),
        _ => ("next reconcile", every),
    };
    let last = moment(&object["status"]["history"][0]["lastReconciled"]);
    let line = format!("every {}", clean(every));
    let fact = Fact::new(label, line, Tone::Plain);
    facts.push(match duration::seconds(every) {
        // A moment that is over tells nothing: it is late, or nothing was written because nothing changed.
        Some(seconds) if last > 0 && last + seconds >= now => fact.at(last + seconds),
        _ => fact,
    });
    let asked = text(object, &["metadata", "annotations", super::request::REQUESTED]);
    if !asked.is_empty() && asked != text(object, &["status", "lastHandledReconcileAt"]) {
        let line = "asked for, and not taken up yet";
        facts.push(Fact::new("reconcile", line, Tone::Busy).at(timestamp(asked).unwrap_or(0)));
    }
}

/// How it applies.
fn options(app: &App, object: &Value, facts: &mut Vec<Fact>) {
    let spec = &object["spec"];
    let mut words: Vec<String> = Vec::new();
    for key in ["prune", "wait", "force"] {
        if spec[key] == true {
            words.push(key.into());
        }
    }
    for key in ["deletionPolicy", "serviceAccountName", "timeout"] {
        if let Some(value) = spec[key].as_str() {
            words.push(format!("{key} {value}"));
        }
    }
    if let Some(mode) = spec["driftDetection"]["mode"].as_str() {
        words.push(format!("drift detection {mode}"));
    }
    for action in ["install", "upgrade"] {
        let remediation = &spec[action]["remediation"];
        if let Some(retries) = remediation["retries"].as_i64() {
            let strategy = remediation["strategy"].as_str().unwrap_or(match action {
                "install" => "uninstall",
                _ => "rollback",
            });
            words.push(format!("{action}: {retries} retries, then {strategy}"));
        }
    }
    if !words.is_empty() {
        facts.push(Fact::new("options", clean(&words.join(" · ")), Tone::Plain));
    }
    let status = &object["status"];
    let failures: Vec<String> = ["failures", "installFailures", "upgradeFailures"]
        .iter()
        .filter_map(|key| Some((key, status[*key].as_i64().filter(|count| *count > 0)?)))
        .map(|(key, count)| format!("{key} {count}"))
        .collect();
    if !failures.is_empty() {
        facts.push(Fact::new("failures", failures.join(" · "), Tone::Bad));
    }
    let path = spec["path"].as_str().unwrap_or("");
    if !path.is_empty() {
        facts.push(Fact::new("path", clean(path), Tone::Plain));
    }
    if let crate::apps::Destination::Named(name) = &app.destination {
        let line = match app.unplaced.as_str() {
            "" => format!("the cluster of {name}"),
            why => format!("the cluster of {name}: {why}"),
        };
        facts.push(Fact::new("destination", line, Tone::Plain));
    }
}

/// What a ResourceSet is filled with, its steps, and objects that it waits for.
fn inputs(object: &Value, facts: &mut Vec<Fact>) {
    if object["kind"] != "ResourceSet" {
        return;
    }
    let spec = &object["spec"];
    let count = |key: &str| spec[key].as_array().map_or(0, Vec::len);
    let mut words = Vec::new();
    for (key, what) in [("inputs", "inputs"), ("inputsFrom", "input providers")] {
        if count(key) > 0 {
            words.push(format!("{} {what}", count(key)));
        }
    }
    if let Some(strategy) = spec["inputStrategy"]["name"].as_str() {
        words.push(strategy.to_owned());
    }
    if !words.is_empty() {
        facts.push(Fact::new("inputs", clean(&words.join(" · ")), Tone::Plain));
    }
    let steps: Vec<&str> =
        spec["steps"].as_array().into_iter().flatten().map(|step| text(step, &["name"])).collect();
    if !steps.is_empty() {
        facts.push(Fact::new("steps", clean(&steps.join(" → ")), Tone::Plain));
    }
    for one in spec["dependsOn"].as_array().into_iter().flatten() {
        // Those of its own kind are apps, and told as such.
        if text(one, &["kind"]) != "ResourceSet" {
            let line = format!("{}/{}", text(one, &["kind"]), text(one, &["name"]));
            facts.push(Fact::new("depends on", clean(&line), Tone::Plain));
        }
    }
}

fn app_line(label: &str, id: &AppId, estate: &Estate) -> Fact {
    let (line, tone) = match estate.app(id) {
        Some(app) => (format!("{id} · {} · {}", app.sync.word, app.health.word), app.trouble()),
        None => (format!("{id} · not there"), Tone::Bad),
    };
    // What goes well is not worth a colour here.
    let tone = if tone <= Tone::Good { Tone::Plain } else { tone };
    Fact::new(label, line, tone).to(Target::App(id.clone()))
}

/// Who delivers it, what it waits for, who waits for it.
fn others(app: &App, object: &Value, estate: &Estate, facts: &mut Vec<Fact>) {
    // The operator's own installation of Flux is no app, but the page of its object is worth a way.
    let labels = &object["metadata"]["labels"];
    let instance = |key: &str| clean(labels[key].as_str().unwrap_or(""));
    let name = instance("fluxcd.controlplane.io/name");
    if !name.is_empty() {
        let id = ObjectId {
            group: super::OPERATOR.into(),
            kind: "FluxInstance".into(),
            namespace: instance("fluxcd.controlplane.io/namespace").into(),
            name: name.as_str().into(),
        };
        let off = estate
            .other("fluxinstances", &id.namespace, &id.name)
            .is_some_and(|member| Told(member.row).is(at::SUSPENDED));
        let (line, tone) = match off {
            true => (format!("{id} · suspended"), Tone::Warn),
            false => (id.to_string(), Tone::Plain),
        };
        facts.push(Fact::new("delivered by", line, tone).to(Target::Object(id)));
    }
    for (parent, _) in around::ancestors(&app.id, estate) {
        facts.push(app_line("delivered by", &parent, estate));
    }
    for id in &app.depends_on {
        facts.push(app_line("depends on", id, estate));
    }
    for one in around::dependants(&app.id, estate) {
        facts.push(app_line("needed by", &one.id, estate));
    }
}

/// What it delivers, in the order of its inventory.
fn objects(app: &App, object: &Value) -> (Vec<Delivered>, Text) {
    let Some(entries) = object["status"]["inventory"]["entries"].as_array() else {
        let nothing = object["status"]["history"][0].is_null();
        let why = match app.id.engine {
            EngineId::HelmRelease if nothing => "no release was made yet",
            EngineId::HelmRelease => {
                "this helm-controller keeps no inventory (it does from 1.5 on): the release itself has it"
            }
            _ => "nothing was applied yet",
        };
        return (Vec::new(), why.into());
    };
    let delivered = entries.iter().filter_map(|entry| entry["id"].as_str()).filter_map(|id| {
        Some(Delivered {
            id: inventory::object(id)?,
            wave: None,
            sync: Axis::default(),
            health: None,
            hook: Text::new(),
            prune: false,
            message: Text::new(),
            result: Axis::default(),
        })
    });
    (delivered.collect(), Text::new())
}
