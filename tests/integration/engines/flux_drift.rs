//! What we say becomes of edits beside Flux, and what its own kustomize-controller then does.

use super::argo_drift::{Dice, EACH, KINDS, STRATEGIC, manifests, name_of, of_all};
use super::program;
use crate::support::engines::Flux;
use crate::support::places::{get, meaning, put};
use crate::support::trials;
use libtest_mimic::Trial;
use serde_json::{Value, json};
use std::collections::BTreeMap;

pub fn trials() -> Vec<Trial> {
    vec![trials::on_flux("engines::flux_undoes_what_we_say_it_undoes", undone)]
}

/// Who edits: people's tools, and programs.
const MANAGERS: [&str; 4] = ["kubectl-edit", "kubectl-patch", "k9s", "operator"];

/// Whether all that is in the one is in the other. Items of lists are looked for, whichever their order.
fn is_within(part: &Value, whole: &Value) -> bool {
    match (part, whole) {
        (Value::Object(part), Value::Object(whole)) => {
            let is =
                |(name, value)| whole.get::<String>(name).is_some_and(|own| is_within(value, own));
            part.iter().all(is)
        }
        (Value::Array(part), Value::Array(whole)) if part.iter().all(Value::is_object) => {
            part.iter().all(|item| whole.iter().any(|own| is_within(item, own)))
        }
        (part, whole) => part == whole,
    }
}

/// What of an object is anybody's to write but its own controller's.
fn written(object: &Value) -> Value {
    let mut object = object.clone();
    if let Some(all) = object["metadata"]["annotations"].as_object_mut() {
        all.remove("deployment.kubernetes.io/revision");
    }
    meaning(&object)
}

fn path(namespace: &str, kind: usize, number: usize) -> String {
    let kind = &KINDS[kind];
    format!("{}/{}", kind.path.replace("{}", namespace), name_of(kind, number))
}

/// All objects as they are.
fn objects(flux: &Flux, namespace: &str) -> BTreeMap<String, Value> {
    let mut all = BTreeMap::new();
    for (at, kind) in KINDS.iter().enumerate() {
        for number in 0..EACH {
            let key = format!("{}/{}", kind.kind, name_of(kind, number));
            all.insert(key, flux.api.get(&path(namespace, at, number)));
        }
    }
    all
}

/// What we say of each.
fn told(flux: &Flux, namespace: &str) -> BTreeMap<String, Value> {
    let document = program::document(&flux.plane, &["drift", &format!("ks/{namespace}/shop")]);
    let all = document["comparisons"][0]["objects"].as_array().cloned().unwrap_or_default();
    let word = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let of = |one: Value| (format!("{}/{}", word(&one["kind"]), word(&one["name"])), one);
    all.into_iter().map(of).collect()
}

fn undone(flux: &Flux) {
    let ns = "flux-drift";
    flux.plane.namespace(ns);
    let files = manifests("shop");
    let sources: BTreeMap<String, Value> = files
        .iter()
        .map(|(_, text)| serde_json::from_str::<Value>(text).expect("JSON"))
        .map(|object| {
            let word = |value: &Value| value.as_str().unwrap_or_default().to_owned();
            (format!("{}/{}", word(&object["kind"]), word(&object["metadata"]["name"])), object)
        })
        .collect();
    let names: Vec<String> = files.iter().map(|(name, _)| name.replace(".json", ".yaml")).collect();
    let files: Vec<(&str, &str)> =
        names.iter().zip(&files).map(|(name, (_, text))| (name.as_str(), text.as_str())).collect();
    let revision = flux.set_artifact(ns, "shop", "v1", &files);
    flux.create(ns, "shop", &json!({}));
    flux.until_applied(ns, "shop", &revision);

    // Nothing was edited: no object differs.
    let before = told(flux, ns);
    assert_eq!(before.len(), KINDS.len() * EACH);
    for (object, one) in &before {
        let quiet = one["fields"].as_array().is_some_and(Vec::is_empty);
        assert!(one["state"] == "in-sync" && quiet, "{object}: {one:#}");
    }

    let mut dice = Dice(0x0f1c_2026);
    let (mut edits, mut made) = (BTreeMap::new(), 0);
    for (at, kind) in KINDS.iter().enumerate() {
        let choices = [(kind.edits)(), of_all()].concat();
        for number in 1..EACH {
            let edit = &choices[dice.throw(choices.len())];
            let manager = MANAGERS[dice.throw(MANAGERS.len())];
            let path = format!("{}?fieldManager={manager}", path(ns, at, number));
            let (code, answer) = flux.api.call_as("PATCH", &path, STRATEGIC, Some(edit));
            assert_eq!(code, 200, "{path} {edit}: {answer}");
            edits.insert(
                format!("{}/{}", kind.kind, name_of(kind, number)),
                format!("{manager} {edit}"),
            );
            made += 1;
        }
    }
    assert!(made >= 100, "{made}");
    let (edited, said) = (objects(flux, ns), told(flux, ns));
    program::act(&flux.plane, "sync", &format!("ks/{ns}/shop"), &[]).ended(0);
    let after = objects(flux, ns);

    let (mut wrong, mut soon, mut stays) = (Vec::new(), 0, 0);
    for (object, one) in &said {
        let (was, is, source) = (&edited[object], &after[object], &sources[object]);
        let mut places = Vec::new();
        for field in one["fields"].as_array().into_iter().flatten() {
            let place = field["path"].as_str().unwrap_or_default();
            let stayed = get(was, place) == get(is, place);
            let in_source = get(source, place).is_some()
                || (object.starts_with("Secret/") && place.starts_with("data."));
            match field["fate"].as_str() {
                Some("soon" | "next") if stayed => wrong.push(format!("{object} {place} stayed")),
                Some("never") if !stayed && !in_source => {
                    wrong.push(format!("{object} {place} went"))
                }
                Some("never") => stays += 1,
                _ => soon += 1,
            }
            places.push(place);
        }
        // What the reconcile changed had been told, unless it was taken away: nobody is named for that.
        let mut made = was.clone();
        for place in &places {
            put(&mut made, place, get(is, place).cloned());
        }
        if !is_within(&written(&made), &written(is)) {
            wrong.push(format!("{object} was changed where nothing is told: {one:#}\n{was}\n{is}"));
        }
        if let Some(last) = wrong.last_mut().filter(|last| last.starts_with(object.as_str())) {
            last.push_str(&format!(" (edit: {:?})", edits.get(object)));
        }
    }
    assert!(wrong.is_empty(), "{}:\n{}", wrong.len(), wrong.join("\n"));
    assert!(soon >= 15 && stays >= 15, "both are there: {soon}, {stays}");
    // What is left is what we said stays.
    for (object, one) in told(flux, ns) {
        for field in one["fields"].as_array().into_iter().flatten() {
            let before = said[&object]["fields"].as_array().into_iter().flatten();
            let same =
                before.clone().any(|one| one["path"] == field["path"] && one["fate"] == "never");
            assert!(same, "{object}: {field:#}");
        }
    }
}
