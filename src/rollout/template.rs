//! Pod templates compared: what a person wants to know of the step from one revision to the next.

use super::situation::{ARGO_HASH, HASH};
use crate::text::yaml;
use serde_json::{Map, Value};
use std::collections::BTreeMap;

/// One difference of two templates.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// What: `image`, `env LOG_LEVEL`, `limits.cpu`, `config`. With the container's name before it where
    /// there are several.
    pub what: String,
    /// Before; empty where it was not there.
    pub from: String,
    /// After; empty where it is gone.
    pub to: String,
}

impl std::fmt::Display for Change {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { what, from, to } = self;
        match (from.as_str(), to.as_str()) {
            ("", "") => f.write_str(what),
            ("", to) => write!(f, "{what} +{to}"),
            (from, "") => write!(f, "{what} -{from}"),
            (from, to) => match (from.rsplit_once(':'), to.rsplit_once(':')) {
                // Of the same image only the tag is worth saying twice.
                (Some((repository, _)), Some((same, tag)))
                    if repository == same && what.ends_with("image") =>
                {
                    write!(f, "{what} {from} → {tag}")
                }
                _ => write!(f, "{what} {from} → {to}"),
            },
        }
    }
}

/// The template without the label that the controller adds to it, and without what is `null`.
pub fn bare(template: &Value) -> Value {
    let mut template = template.clone();
    strip(&mut template);
    if let Some(labels) = template.pointer_mut("/metadata/labels").and_then(Value::as_object_mut) {
        labels.remove(HASH);
        labels.remove(ARGO_HASH);
    }
    if let Some(object) = template.as_object_mut() {
        // Written into ControllerRevisions: it tells the patch, not the template.
        object.remove("$patch");
        let empty = |value: &Value| value.as_object().is_some_and(Map::is_empty);
        if let Some(metadata) = object.get_mut("metadata").and_then(Value::as_object_mut) {
            metadata.retain(|_, value| !empty(value));
        }
        object.retain(|name, value| name != "metadata" || !empty(value));
    }
    template
}

fn strip(value: &mut Value) {
    match value {
        Value::Object(object) => {
            object.retain(|_, value| !value.is_null());
            object.values_mut().for_each(strip);
        }
        Value::Array(all) => all.iter_mut().for_each(strip),
        _ => {}
    }
}

/// The template as YAML, without what controllers add to it; empty for none.
pub fn text(template: &Value) -> String {
    if template.is_null() { String::new() } else { yaml::plain(&bare(template)) }
}

/// Whether two templates are the same but for what the controller adds (`EqualIgnoreHash`).
pub fn same(one: &Value, other: &Value) -> bool {
    !one.is_null() && bare(one) == bare(other)
}

/// The images of a template, in the order of its containers.
pub fn images(template: &Value) -> Vec<String> {
    let of = |field: &str| template["spec"][field].as_array().cloned().unwrap_or_default();
    let image = |container: &Value| container["image"].as_str().map(str::to_owned);
    of("initContainers").iter().chain(&of("containers")).filter_map(image).collect()
}

/// What differs, the most telling first: images, configuration, environment, resources, and then in one
/// word each what else.
pub fn changes(from: &Value, to: &Value) -> Vec<Change> {
    let (from, to) = (bare(from), bare(to));
    let mut told = Vec::new();
    let (before, after) = (containers(&from), containers(&to));
    let several = before.len().max(after.len()) > 1;
    let names: Vec<&String> =
        before.keys().chain(after.keys().filter(|name| !before.contains_key(*name))).collect();
    let (mut images, mut env, mut resources, mut rest) = (vec![], vec![], vec![], vec![]);
    for name in names {
        let prefix = if several { format!("{name} ") } else { String::new() };
        match (before.get(name), after.get(name)) {
            (Some(old), Some(new)) => {
                let both = |field: &str| (old.get(field), new.get(field));
                if let (old, new) = both("image")
                    && old != new
                {
                    images.push(change(format!("{prefix}image"), old, new));
                }
                env.extend(listed(both("env"), "name", &format!("{prefix}env "), environment));
                if both("envFrom").0 != both("envFrom").1 {
                    env.push(change(
                        format!("{prefix}env from"),
                        both("envFrom").0,
                        both("envFrom").1,
                    ));
                }
                resources.extend(amounts(&prefix, both("resources")));
                let known = ["name", "image", "env", "envFrom", "resources"];
                rest.extend(others(old, new, &known).map(|field| word(format!("{prefix}{field}"))));
            }
            (None, Some(new)) => {
                images.push(change(format!("container {name}"), None, new.get("image")))
            }
            (Some(old), None) => {
                images.push(change(format!("container {name}"), old.get("image"), None))
            }
            (None, None) => {}
        }
    }
    told.extend(images);
    let empty = Value::Null;
    let spec = |template: &Value| template.get("spec").cloned().unwrap_or(empty.clone());
    let (old, new) = (spec(&from), spec(&to));
    told.extend(listed((old.get("volumes"), new.get("volumes")), "name", "volume ", volume));
    told.extend(env);
    told.extend(resources);
    told.extend(rest);
    if let (Some(old), Some(new)) = (old.as_object(), new.as_object()) {
        let known = ["containers", "initContainers", "volumes"];
        told.extend(
            others(old, new, &known)
                .map(|field| change(field.to_owned(), old.get(field), new.get(field))),
        );
    }
    for part in ["annotations", "labels"] {
        let of =
            |template: &Value| template["metadata"][part].as_object().cloned().unwrap_or_default();
        let (old, new) = (of(&from), of(&to));
        told.extend(others(&old, &new, &[]).map(|key| {
            // A restart is no change of anything else, and is called by its name.
            let restarted = key.ends_with("/restartedAt");
            let what = if restarted {
                "restarted".to_owned()
            } else {
                format!("{} {key}", part.trim_end_matches('s'))
            };
            match restarted {
                true => change(what, None, new.get(key)),
                false => change(what, old.get(key), new.get(key)),
            }
        }));
    }
    told
}

fn containers(template: &Value) -> BTreeMap<String, Map<String, Value>> {
    let of = |field: &str| template["spec"][field].as_array().cloned().unwrap_or_default();
    let all = of("initContainers").into_iter().chain(of("containers"));
    all.filter_map(|container| {
        let Value::Object(container) = container else { return None };
        Some((container.get("name")?.as_str()?.to_owned(), container))
    })
    .collect()
}

/// Fields that differ, by name, but for those that are `known`.
fn others<'v>(
    old: &'v Map<String, Value>,
    new: &'v Map<String, Value>,
    known: &'v [&str],
) -> impl Iterator<Item = &'v str> {
    let added = new.keys().filter(|name| !old.contains_key(*name));
    old.keys()
        .chain(added)
        .map(String::as_str)
        .filter(move |name| !known.contains(name) && old.get(*name) != new.get(*name))
}

/// Lists of things with names, one difference each.
fn listed(
    (old, new): (Option<&Value>, Option<&Value>),
    key: &str,
    prefix: &str,
    shown: fn(&Value) -> String,
) -> Vec<Change> {
    let by_name = |list: Option<&Value>| -> Vec<(String, Value)> {
        let all = list.and_then(Value::as_array).into_iter().flatten();
        all.filter_map(|one| Some((one[key].as_str()?.to_owned(), one.clone()))).collect()
    };
    let (old, new) = (by_name(old), by_name(new));
    let find = |list: &[(String, Value)], name: &str| {
        list.iter().find(|(one, _)| one == name).map(|(_, value)| value.clone())
    };
    let added = new.iter().filter(|(name, _)| find(&old, name).is_none());
    let mut told = Vec::new();
    for (name, _) in old.iter().chain(added) {
        let (before, after) = (find(&old, name), find(&new, name));
        if before != after {
            let text = |value: Option<Value>| value.as_ref().map_or_else(String::new, shown);
            told.push(Change {
                what: format!("{prefix}{name}"),
                from: text(before),
                to: text(after),
            });
        }
    }
    told
}

/// `value`, or where it comes from. Nothing of a Secret stands in a template but its name.
fn environment(variable: &Value) -> String {
    if let Some(value) = variable.get("value") {
        return brief(value);
    }
    let from = &variable["valueFrom"];
    for (field, kind) in [("secretKeyRef", "Secret"), ("configMapKeyRef", "ConfigMap")] {
        if let (Some(name), Some(key)) = (from[field]["name"].as_str(), from[field]["key"].as_str())
        {
            return format!("{kind} {name}[{key}]");
        }
    }
    match from {
        Value::Null => "\"\"".into(),
        from => brief(from),
    }
}

/// `ConfigMap checkout-7f2a`, `claim data`, or the kind of volume.
fn volume(volume: &Value) -> String {
    let named = |kind: &str, field: &str, key: &str| {
        volume[field][key].as_str().map(|name| format!("{kind} {name}"))
    };
    named("ConfigMap", "configMap", "name")
        .or_else(|| named("Secret", "secret", "secretName"))
        .or_else(|| named("claim", "persistentVolumeClaim", "claimName"))
        .unwrap_or_else(|| {
            let kind = volume.as_object().and_then(|one| one.keys().find(|key| *key != "name"));
            kind.cloned().unwrap_or_default()
        })
}

fn amounts(prefix: &str, (old, new): (Option<&Value>, Option<&Value>)) -> Vec<Change> {
    let mut told = Vec::new();
    let nothing = Map::new();
    for part in ["requests", "limits"] {
        let of = |value: Option<&Value>| value.and_then(|one| one[part].as_object().cloned());
        let (old, new) = (of(old).unwrap_or(nothing.clone()), of(new).unwrap_or(nothing.clone()));
        told.extend(
            others(&old, &new, &[])
                .map(|name| change(format!("{prefix}{part}.{name}"), old.get(name), new.get(name))),
        );
    }
    told
}

fn word(what: String) -> Change {
    Change { what, from: String::new(), to: String::new() }
}

fn change(what: String, from: Option<&Value>, to: Option<&Value>) -> Change {
    let text = |value: Option<&Value>| value.map_or_else(String::new, brief);
    Change { what, from: text(from), to: text(to) }
}

/// A value on one line, cut where it is long.
fn brief(value: &Value) -> String {
    const MOST: usize = 80;
    let text = match value {
        Value::String(text) if text.is_empty() => "\"\"".to_owned(),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    };
    match text.char_indices().nth(MOST) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn told(from: &Value, to: &Value) -> Vec<String> {
        changes(from, to).iter().map(ToString::to_string).collect()
    }

    #[test]
    fn what_changed_is_told_in_a_few_words_the_image_first() {
        let from = json!({"metadata": {"labels": {"pod-template-hash": "1"}}, "spec": {"containers": [{"name": "api",
            "image": "checkout:1.7.0", "env": [{"name": "LOG", "value": "info"},
                {"name": "URL", "valueFrom": {"secretKeyRef": {"name": "db", "key": "url"}}}],
            "resources": {"limits": {"cpu": "1"}}}],
            "volumes": [{"name": "config", "configMap": {"name": "checkout-1"}}]}});
        let to = json!({"metadata": {"labels": {"pod-template-hash": "2"}, "creationTimestamp": null,
            "annotations": {"kubectl.kubernetes.io/restartedAt": "2026-01-01T00:00:00Z"}},
            "spec": {"containers": [{"name": "api", "image": "checkout:1.8.0", "args": ["-v"],
                "env": [{"name": "LOG", "value": "debug"}],
                "resources": {"limits": {"cpu": "1", "memory": "1Gi"}}}],
            "volumes": [{"name": "config", "configMap": {"name": "checkout-2"}}],
            "serviceAccountName": "checkout"}});
        assert_eq!(
            told(&from, &to),
            [
                "image checkout:1.7.0 → 1.8.0",
                "volume config ConfigMap checkout-1 → ConfigMap checkout-2",
                "env LOG info → debug",
                "env URL -Secret db[url]",
                "limits.memory +1Gi",
                "args",
                "serviceAccountName +checkout",
                "restarted +2026-01-01T00:00:00Z",
            ]
        );
    }

    #[test]
    fn the_label_of_the_controller_makes_no_difference() {
        let one =
            json!({"metadata": {"labels": {"app": "x", "pod-template-hash": "1"}}, "spec": {}});
        let other =
            json!({"metadata": {"creationTimestamp": null, "labels": {"app": "x"}}, "spec": {}});
        assert!(same(&one, &other));
        assert_eq!(told(&one, &other), Vec::<String>::new());
        assert!(!same(&one, &json!({"metadata": {"labels": {"app": "y"}}, "spec": {}})));
        assert!(!same(&Value::Null, &Value::Null), "what is not known is like nothing");
    }
}
