//! Brings a manifest into the form of what is live before the two are compared, where a difference
//! between them is none to Argo CD either (`gitops-engine/pkg/diff`, `util/argo/normalizers`).

use super::rules::{Known, Rules};
use crate::apps::argo::nanoseconds;
use crate::relations::ObjectId;
use crate::text::quantity;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Map, Value};

/// The manifest as it would be live.
pub(super) fn prepared(id: &ObjectId, mut desired: Value, live: &Value, rules: &Rules) -> Value {
    if id.is_secret() {
        secret(&mut desired);
    }
    if rules.aggregated_roles
        && id.kind == "ClusterRole"
        && id.group == "rbac.authorization.k8s.io"
        && desired["aggregationRule"].is_object()
        && let Some(role) = desired.as_object_mut()
    {
        role.shift_remove("rules");
    }
    if !is_built_in(&id.group) {
        fill(&mut desired, live);
    }
    for known in rules.known(id) {
        let path: Vec<&str> = known.field.split('.').collect();
        at_field(&mut desired, live, &path, &known);
    }
    desired
}

/// Groups whose kinds the scheme of client-go has; lists of all others are merged by place.
fn is_built_in(group: &str) -> bool {
    // CustomResourceDefinitions and APIServices are served by Kubernetes, but their types are not there.
    let foreign = ["apiextensions.k8s.io", "apiregistration.k8s.io", "gateway.networking.k8s.io"];
    (!group.contains('.') || group.ends_with(".k8s.io"))
        && !foreign.contains(&group)
        && !group.ends_with(".x-k8s.io")
}

/// `stringData` becomes a part of `data`, as the server makes it.
fn secret(secret: &mut Value) {
    let Some(all) = secret.as_object_mut() else { return };
    if let Some(Value::Object(plain)) = all.shift_remove("stringData") {
        let data = all.entry("data").or_insert_with(|| Value::Object(Map::new()));
        if data.is_null() {
            *data = Value::Object(Map::new());
        }
        for (key, value) in plain {
            let value = value.as_str().map_or(value.clone(), |text| STANDARD.encode(text).into());
            data[key] = value;
        }
    }
    if let Some(Value::Object(data)) = all.get_mut("data") {
        data.values_mut().filter(|value| value.is_null()).for_each(|value| *value = "".into());
    }
}

/// Items of lists get the fields that only the live ones have: the server's defaults.
fn fill(desired: &mut Value, live: &Value) {
    match (desired, live) {
        (Value::Object(desired), Value::Object(live)) => {
            for (name, value) in desired {
                if let Some(live) = live.get(name) {
                    fill(value, live);
                }
            }
        }
        (Value::Array(desired), Value::Array(live)) => {
            for (item, live) in desired.iter_mut().zip(live) {
                adopt(item, live);
            }
        }
        _ => {}
    }
}

fn adopt(desired: &mut Value, live: &Value) {
    if let (Value::Object(desired), Value::Object(live)) = (&mut *desired, live) {
        for (name, value) in live {
            desired.entry(name.as_str()).or_insert_with(|| value.clone());
        }
    }
    fill(desired, live);
}

/// Goes to a field, through every item of the lists on the way.
fn at_field(desired: &mut Value, live: &Value, path: &[&str], known: &Known) {
    if let (Value::Array(items), Value::Array(live)) = (&mut *desired, live) {
        for (item, live) in items.iter_mut().zip(live) {
            at_field(item, live, path, known);
        }
        return;
    }
    match path.split_first() {
        None => align(desired, live, &known.r#type, false),
        Some((name, rest)) => {
            if let (Some(desired), Some(live)) = (desired.get_mut(*name), live.get(*name)) {
                at_field(desired, live, rest, known);
            }
        }
    }
}

/// Values that are the same to the type get the live form.
fn align(desired: &mut Value, live: &Value, known: &str, amount: bool) {
    let same = match known {
        "meta/v1/Duration" => {
            let read = |value: &Value| value.as_str().and_then(nanoseconds);
            read(desired).is_some() && read(desired) == read(live)
        }
        _ if amount || known == "core/Quantity" => {
            let read = |value: &Value| match value {
                Value::String(text) => quantity::scaled(text, 9),
                Value::Number(number) => quantity::scaled(&number.to_string(), 9),
                _ => None,
            };
            read(desired).is_some() && read(desired) == read(live)
        }
        _ => false,
    };
    if same {
        *desired = live.clone();
        return;
    }
    match (desired, live) {
        (Value::Object(desired), Value::Object(live)) => {
            // What is empty is left out when it is written again.
            desired.retain(|name, value| live.contains_key(name) || !is_empty(value));
            for (name, value) in desired {
                let Some(live) = live.get(name) else { continue };
                let amounts = matches!(
                    name.as_str(),
                    "limits" | "requests" | "hard" | "capacity" | "sizeLimit" | "divisor"
                );
                let inside = amount || amounts || known == "core/v1/ResourceList";
                align(value, live, known, inside);
            }
        }
        (Value::Array(desired), Value::Array(live)) => {
            for (item, live) in desired.iter_mut().zip(live) {
                align(item, live, known, amount);
            }
        }
        _ => {}
    }
}

fn is_empty(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::Bool(yes) => !yes,
        Value::Number(number) => number.as_f64() == Some(0.0),
        Value::String(text) => text.is_empty(),
        Value::Array(items) => items.is_empty(),
        Value::Object(map) => map.is_empty(),
    }
}
