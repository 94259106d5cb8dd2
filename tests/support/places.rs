//! Places in objects as `wheelhouse drift` writes them, followed by the tests' own means.

use serde_json::{Map, Value};

/// One step of a place.
enum Step {
    /// `.name`.
    Name(String),
    /// `["name"]`: a key of a map, or a member of a set.
    Quoted(String),
    /// `[name=web,port=80]`.
    Keys(Vec<(String, String)>),
    /// `[2]`.
    At(usize),
}

fn steps(place: &str) -> Vec<Step> {
    let mut steps = Vec::new();
    let mut rest = place;
    while !rest.is_empty() {
        if rest.starts_with("[\"") {
            let mut strings = serde_json::Deserializer::from_str(&rest[1..]).into_iter::<String>();
            let text = strings.next().and_then(Result::ok).unwrap_or_else(|| panic!("{place}"));
            let end = 1 + strings.byte_offset();
            steps.push(Step::Quoted(text));
            rest = rest[end..].strip_prefix(']').unwrap_or_else(|| panic!("{place}"));
        } else if let Some(inside) = rest.strip_prefix('[') {
            let (inside, after) = inside.split_once(']').unwrap_or_else(|| panic!("{place}"));
            steps.push(match inside.parse() {
                Ok(at) => Step::At(at),
                Err(_) => Step::Keys(
                    inside
                        .split(',')
                        .map(|one| one.split_once('=').unwrap_or_else(|| panic!("{place}")))
                        .map(|(key, value)| (key.to_owned(), value.to_owned()))
                        .collect(),
                ),
            });
            rest = after;
        } else {
            let name = rest.strip_prefix('.').unwrap_or(rest);
            let end = name.find(['.', '[']).unwrap_or(name.len());
            steps.push(Step::Name(name[..end].to_owned()));
            rest = &name[end..];
        }
    }
    steps
}

/// Where in a list the step leads; None where nothing is there.
fn place_in(items: &[Value], step: &Step) -> Option<usize> {
    let text = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    match step {
        Step::At(at) => (*at < items.len()).then_some(*at),
        Step::Quoted(member) => items.iter().position(|item| item.as_str() == Some(member)),
        Step::Keys(keys) => {
            let all = |item: &Value| {
                keys.iter().all(|(key, value)| item.get(key).is_some_and(|own| text(own) == *value))
            };
            items.iter().position(all)
        }
        Step::Name(_) => None,
    }
}

/// What is at a place; None where nothing is.
pub fn get<'v>(object: &'v Value, place: &str) -> Option<&'v Value> {
    steps(place).iter().try_fold(object, |at, step| match (at, step) {
        (Value::Object(map), Step::Name(name) | Step::Quoted(name)) => map.get(name),
        (Value::Array(items), step) => items.get(place_in(items, step)?),
        _ => None,
    })
}

/// Puts a value there, or takes away what is there.
pub fn put(object: &mut Value, place: &str, value: Option<Value>) {
    follow(object, &steps(place), value);
}

fn follow(at: &mut Value, steps: &[Step], value: Option<Value>) {
    let Some((step, rest)) = steps.split_first() else {
        *at = value.unwrap_or_default();
        return;
    };
    let takes_away = rest.is_empty() && value.is_none();
    match step {
        Step::Quoted(_) if at.is_array() => {}
        Step::Name(name) | Step::Quoted(name) => {
            if at.is_null() {
                *at = Value::Object(Map::new());
            }
            let map = at.as_object_mut().expect("an object on the way");
            if takes_away {
                map.shift_remove(name);
            } else {
                follow(map.entry(name.clone()).or_insert(Value::Null), rest, value);
            }
            return;
        }
        Step::Keys(_) | Step::At(_) => {}
    }
    if at.is_null() {
        *at = Value::Array(Vec::new());
    }
    let items = at.as_array_mut().expect("a list on the way");
    match place_in(items, step) {
        Some(found) if takes_away => drop(items.remove(found)),
        Some(found) => follow(&mut items[found], rest, value),
        None if takes_away => {}
        None => {
            let mut item = Value::Null;
            follow(&mut item, rest, value);
            items.push(item);
        }
    }
}

/// An object without what the server counts, without what is empty, its lists of objects in one order: so that
/// two of them that mean the same are equal.
pub fn meaning(object: &Value) -> Value {
    let mut object = object.clone();
    if let Some(map) = object.as_object_mut() {
        map.remove("status");
    }
    if let Some(metadata) = object["metadata"].as_object_mut() {
        metadata.retain(|name, _| {
            matches!(name.as_str(), "name" | "namespace" | "labels" | "annotations" | "finalizers")
        });
        if let Some(annotations) = metadata.get_mut("annotations").and_then(Value::as_object_mut) {
            annotations.remove("kubectl.kubernetes.io/last-applied-configuration");
        }
    }
    normal(&object)
}

fn normal(value: &Value) -> Value {
    let is_empty = |value: &Value| match value {
        Value::Null => true,
        Value::Object(map) => map.is_empty(),
        Value::Array(items) => items.is_empty(),
        _ => false,
    };
    match value {
        Value::Object(map) => {
            let mut all: Vec<(String, Value)> =
                map.iter().map(|(name, value)| (name.clone(), normal(value))).collect();
            all.retain(|(_, value)| !is_empty(value));
            all.sort_by(|one, other| one.0.cmp(&other.0));
            Value::Object(all.into_iter().collect())
        }
        Value::Array(items) => {
            let mut items: Vec<Value> = items.iter().map(normal).collect();
            if items.iter().all(Value::is_object) {
                items.sort_by_key(Value::to_string);
            }
            Value::Array(items)
        }
        other => other.clone(),
    }
}
