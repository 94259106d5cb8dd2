//! The corpus: situations in `tests/fixtures/rollout`, each with the state, the rules and the sentence
//! that are expected. A situation is a base with some objects changed (merge patches by kind and name).

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use super::{Situation, Story};
use serde::Deserialize;
use serde_json::Value;
use std::path::PathBuf;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Case {
    /// Name of the base.
    from: String,
    /// When it is looked at; 38 seconds after the change where absent.
    at: Option<String>,
    /// Objects changed, added, or taken away (`gone: true`).
    #[serde(default)]
    change: Vec<Value>,
    phase: String,
    rules: Vec<String>,
    says: String,
    #[serde(default)]
    notes: Vec<String>,
}

fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/rollout")
}

fn yaml<T: serde::de::DeserializeOwned>(path: &std::path::Path) -> T {
    let text = std::fs::read_to_string(path).unwrap();
    serde_saphyr::from_str(&text).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

fn merge(into: &mut Value, patch: &Value) {
    match (into, patch) {
        (Value::Object(into), Value::Object(patch)) => {
            for (key, value) in patch {
                match into.get_mut(key) {
                    Some(old) if value.is_object() => merge(old, value),
                    _ => {
                        into.insert(key.clone(), value.clone());
                    }
                }
            }
        }
        (into, patch) => *into = patch.clone(),
    }
}

fn situation(case: &Case) -> Situation {
    let mut objects: Vec<Value> = yaml(&folder().join("bases").join(format!("{}.yaml", case.from)));
    for patch in &case.change {
        let is_it = |one: &Value| {
            one["kind"] == patch["kind"] && one["metadata"]["name"] == patch["metadata"]["name"]
        };
        match objects.iter().position(is_it).filter(|_| patch["kind"] != "Event") {
            Some(at) if patch["gone"] == true => drop(objects.remove(at)),
            Some(at) => merge(&mut objects[at], patch),
            None => objects.push(patch.clone()),
        }
    }
    let mut situation = Situation::default();
    for object in &objects {
        situation.add(object["kind"].as_str().unwrap(), object).unwrap();
    }
    situation.settle();
    situation
}

fn moment(text: &str) -> i64 {
    text.parse::<jiff::Timestamp>().unwrap().as_second()
}

fn cases() -> Vec<(String, Case)> {
    let mut paths: Vec<PathBuf> =
        std::fs::read_dir(folder()).unwrap().map(|one| one.unwrap().path()).collect();
    paths.retain(|path| path.is_file());
    paths.sort();
    paths
        .iter()
        .map(|path| (path.file_stem().unwrap().to_string_lossy().into_owned(), yaml(path)))
        .collect()
}

#[test]
fn every_situation_is_told_in_its_sentence() {
    let mut wrong = Vec::new();
    for (name, case) in cases() {
        let situation = situation(&case);
        let now = moment(case.at.as_deref().unwrap_or("2026-01-10T10:00:38Z"));
        let story = Story::of(&situation, now);
        let rules: Vec<&str> = story.blockers.iter().map(|blocker| blocker.rule).collect();
        let told = (story.standing.phase.word(), rules, story.sentence(), story.notes.clone());
        let wanted = (
            case.phase.as_str(),
            case.rules.iter().map(String::as_str).collect::<Vec<_>>(),
            case.says.clone(),
            case.notes.clone(),
        );
        if told != wanted {
            wrong.push(format!("{name}:\n  told   {told:?}\n  wanted {wanted:?}\n"));
        }
    }
    assert!(wrong.is_empty(), "{} wrong:\n{}", wrong.len(), wrong.join("\n"));
}

#[test]
fn the_corpus_is_as_large_as_it_is_said_to_be() {
    let cases = cases();
    let mixed = cases.iter().filter(|(_, case)| case.rules.len() > 1).count();
    assert!(cases.len() >= 40 && mixed >= 10, "{} situations, {mixed} mixed", cases.len());
    let told: Vec<&str> =
        cases.iter().flat_map(|(_, case)| case.rules.iter().map(String::as_str)).collect();
    for rule in super::blockers::names() {
        assert!(told.contains(&rule), "no situation for the rule {rule}");
    }
}
