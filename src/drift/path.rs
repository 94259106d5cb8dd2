//! Where in an object a field is: names, keys of list items, and members of sets, as the API server
//! merges them.

use crate::model::Text;
use serde_json::{Map, Value};
use std::fmt;

/// One step down.
#[derive(Clone, Debug, PartialEq)]
pub enum Step {
    /// A field of an object, a key of a map.
    Field(Text),
    /// The item of a list whose key fields have these values (`x-kubernetes-list-map-keys`). A list of
    /// small objects is looked through once; keys are in the order of the schema.
    Item(Vec<(Text, Value)>),
    /// The member of a set (`x-kubernetes-list-type: set`).
    Member(Value),
    /// The item at this place of a list whose items have no names, from 0.
    At(usize),
}

/// A place in an object. The empty one is the object itself.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Path(pub Vec<Step>);

impl Path {
    /// This place, one step further down.
    #[must_use]
    pub fn then(&self, step: Step) -> Self {
        let mut steps = self.0.clone();
        steps.push(step);
        Self(steps)
    }

    /// A field of what is here.
    #[must_use]
    pub fn field(&self, name: &str) -> Self {
        self.then(Step::Field(name.into()))
    }

    /// The place of plain field names.
    pub fn of(names: &[&str]) -> Self {
        Self(names.iter().map(|name| Step::Field((*name).into())).collect())
    }

    /// Whether this place is the other one or below it.
    pub fn is_in(&self, other: &Self) -> bool {
        self.0.starts_with(&other.0)
    }

    /// What is there; None where nothing is.
    pub fn get<'v>(&self, object: &'v Value) -> Option<&'v Value> {
        let mut at = object;
        for step in &self.0 {
            at = match step {
                Step::Field(name) => at.as_object()?.get(name.as_str())?,
                Step::Item(keys) => {
                    let items = at.as_array()?;
                    items.get(place(items, keys)?)?
                }
                Step::Member(value) => at.as_array()?.iter().find(|item| *item == value)?,
                Step::At(index) => at.as_array()?.get(*index)?,
            };
        }
        Some(at)
    }

    /// Puts a value there, making what is missing on the way; false where something else is in the way.
    /// None takes it away.
    pub fn put(&self, object: &mut Value, value: Option<Value>) -> bool {
        put(object, &self.0, value)
    }
}

/// Where in a list the item with these keys is. One that leaves out some of them is meant where none has
/// them all: the server fills in `protocol: TCP` and the like.
fn place(items: &[Value], keys: &[(Text, Value)]) -> Option<usize> {
    let all = |item: &Value| keys.iter().all(|(key, value)| item.get(key.as_str()) == Some(value));
    let some = |item: &Value| {
        let given =
            |(key, value): &(Text, Value)| item.get(key.as_str()).is_none_or(|it| it == value);
        let any = keys.iter().any(|(key, _)| item.get(key.as_str()).is_some());
        any && keys.iter().all(given)
    };
    items.iter().position(all).or_else(|| items.iter().position(some))
}

fn put(at: &mut Value, steps: &[Step], value: Option<Value>) -> bool {
    let Some((step, rest)) = steps.split_first() else {
        *at = value.unwrap_or_default();
        return true;
    };
    match step {
        Step::Field(name) => {
            if at.is_null() {
                *at = Value::Object(Map::new());
            }
            let Some(map) = at.as_object_mut() else { return false };
            if rest.is_empty() && value.is_none() {
                map.shift_remove(name.as_str());
                return true;
            }
            put(map.entry(name.as_str()).or_insert(Value::Null), rest, value)
        }
        _ => {
            if at.is_null() {
                *at = Value::Array(Vec::new());
            }
            let Some(items) = at.as_array_mut() else { return false };
            let found = match step {
                Step::Item(keys) => place(items, keys),
                Step::Member(member) => items.iter().position(|item| item == member),
                Step::At(index) => Some(*index).filter(|index| *index < items.len()),
                Step::Field(_) => None,
            };
            if rest.is_empty() && value.is_none() {
                found.map(|at| items.remove(at));
                return true;
            }
            let at = found.unwrap_or_else(|| {
                items.push(match step {
                    Step::Item(keys) => {
                        keys.iter().cloned().map(|(k, v)| (k.to_string(), v)).collect()
                    }
                    Step::Member(member) => member.clone(),
                    _ => Value::Null,
                });
                items.len() - 1
            });
            put(&mut items[at], rest, value)
        }
    }
}

impl fmt::Display for Path {
    /// `spec.template.spec.containers[name=api].image`, `data["a.b"]`; `.` is the object itself.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0.is_empty() {
            return f.write_str(".");
        }
        for (number, step) in self.0.iter().enumerate() {
            match step {
                Step::Field(name) if is_plain(name) => {
                    if number > 0 {
                        f.write_str(".")?;
                    }
                    f.write_str(name)?;
                }
                Step::Field(name) => write!(f, "[{}]", Value::String(name.to_string()))?,
                Step::Item(keys) => {
                    f.write_str("[")?;
                    for (number, (key, value)) in keys.iter().enumerate() {
                        let comma = if number > 0 { "," } else { "" };
                        write!(f, "{comma}{key}={}", plain(value))?;
                    }
                    f.write_str("]")?;
                }
                Step::Member(value) => write!(f, "[{value}]")?,
                Step::At(index) => write!(f, "[{index}]")?,
            }
        }
        Ok(())
    }
}

/// A name that needs no quotes in a path.
fn is_plain(name: &str) -> bool {
    let fits = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '$');
    !name.is_empty() && name.chars().all(fits)
}

/// A key's value as people write it.
fn plain(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use serde_json::json;

    fn image() -> Path {
        let containers = Path::of(&["spec", "containers"]);
        containers.then(Step::Item(vec![("name".into(), json!("api"))])).field("image")
    }

    #[test]
    fn places_are_written_as_people_say_them() {
        assert_eq!(image().to_string(), "spec.containers[name=api].image");
        assert_eq!(Path::of(&["data"]).field("a.b").to_string(), "data[\"a.b\"]");
        let port = Step::Item(vec![
            ("containerPort".into(), json!(80)),
            ("protocol".into(), json!("TCP")),
        ]);
        let ports = Path::of(&["ports"]).then(port);
        assert_eq!(ports.to_string(), "ports[containerPort=80,protocol=TCP]");
        assert_eq!(Path::default().to_string(), ".");
    }

    #[test]
    fn items_that_leave_out_a_default_are_found() {
        let service =
            json!({"ports": [{"port": 53, "protocol": "UDP"}, {"port": 53, "name": "tcp"}]});
        let port = |protocol: &str| {
            let keys = vec![("port".into(), json!(53)), ("protocol".into(), json!(protocol))];
            Path::of(&["ports"]).then(Step::Item(keys))
        };
        assert_eq!(port("TCP").get(&service).unwrap()["name"], "tcp");
        assert_eq!(port("UDP").get(&service).unwrap()["protocol"], "UDP");
    }

    #[test]
    fn a_place_is_found_filled_and_emptied() {
        let mut pod =
            json!({"spec": {"containers": [{"name": "web"}, {"name": "api", "image": "a:1"}]}});
        assert_eq!(image().get(&pod).unwrap(), "a:1");
        assert!(image().put(&mut pod, Some(json!("a:2"))));
        assert_eq!(pod["spec"]["containers"][1]["image"], "a:2");
        assert!(image().put(&mut pod, None));
        assert_eq!(pod["spec"]["containers"][1], json!({"name": "api"}));
        let mut nothing = json!({});
        assert!(image().put(&mut nothing, Some(json!("a:3"))));
        assert_eq!(nothing, json!({"spec": {"containers": [{"name": "api", "image": "a:3"}]}}));
        assert!(image().is_in(&Path::of(&["spec"])) && !Path::of(&["spec"]).is_in(&image()));
    }
}
