//! Differences between two objects that somebody else has brought into one form already: whatever is not
//! the same differs. How lists merge only gives names to places.

use crate::drift::found::Change;
use crate::drift::path::{Path, Step};
use crate::drift::shape::{List, Shape};
use serde_json::{Map, Value};

/// All of them, in the order of what is desired.
pub(super) fn differences(desired: &Value, live: &Value, shape: &Shape) -> Vec<Change> {
    let mut walk = Walk { shape, out: Vec::new() };
    walk.value(&Path::default(), desired, live);
    walk.out
}

struct Walk<'s> {
    shape: &'s Shape,
    out: Vec<Change>,
}

impl Walk<'_> {
    fn value(&mut self, at: &Path, desired: &Value, live: &Value) {
        if desired == live {
            return;
        }
        match (desired, live) {
            (Value::Object(want), Value::Object(have)) => self.fields(at, want, have),
            (Value::Array(want), Value::Array(have)) => self.list(at, want, have),
            _ => self.differ(at.clone(), Some(desired), Some(live)),
        }
    }

    fn differ(&mut self, path: Path, desired: Option<&Value>, live: Option<&Value>) {
        self.out.push(Change { path, desired: desired.cloned(), live: live.cloned() });
    }

    fn fields(&mut self, at: &Path, want: &Map<String, Value>, have: &Map<String, Value>) {
        for (name, value) in want {
            match have.get(name) {
                Some(live) => self.value(&at.field(name), value, live),
                None => self.differ(at.field(name), Some(value), None),
            }
        }
        for (name, value) in have.iter().filter(|(name, _)| !want.contains_key(*name)) {
            self.differ(at.field(name), None, Some(value));
        }
    }

    fn list(&mut self, at: &Path, want: &[Value], have: &[Value]) {
        let steps: fn(&List, &Value) -> Option<Step> = |list, item| match list {
            List::Map(keys) => {
                let key = |key: &String| Some((key.as_str().into(), item.get(key)?.clone()));
                keys.iter().map(key).collect::<Option<_>>().map(Step::Item)
            }
            List::Set => {
                (!item.is_object() && !item.is_array()).then(|| Step::Member(item.clone()))
            }
            List::Atomic => None,
        };
        let list = self.shape.list(at);
        let named = |items: &[Value]| -> Option<Vec<Step>> {
            let all: Vec<Step> =
                items.iter().map(|item| steps(&list, item)).collect::<Option<_>>()?;
            let once = (0..all.len()).all(|at| !all[..at].contains(&all[at]));
            once.then_some(all)
        };
        match (named(want), named(have)) {
            (Some(wanted), Some(held)) if in_order(&wanted, &held) => {
                for (step, value) in wanted.iter().zip(want) {
                    let live = held.iter().position(|one| one == step).and_then(|at| have.get(at));
                    match live {
                        Some(live) => self.value(&at.then(step.clone()), value, live),
                        None => self.differ(at.then(step.clone()), Some(value), None),
                    }
                }
                for (step, value) in held.iter().zip(have) {
                    if !wanted.contains(step) {
                        self.differ(at.then(step.clone()), None, Some(value));
                    }
                }
            }
            _ => self.places(at, want, have),
        }
    }

    /// A list whose items have no names. Where few of them differ they are told one by one.
    fn places(&mut self, at: &Path, want: &[Value], have: &[Value]) {
        let whole = || (Value::Array(want.to_vec()), Value::Array(have.to_vec()));
        let differing = want.iter().zip(have).filter(|(want, have)| want != have).count();
        if want.len() != have.len() || differing > (want.len() / 2).max(1) {
            let (want, have) = whole();
            return self.differ(at.clone(), Some(&want), Some(&have));
        }
        for (number, (want, have)) in want.iter().zip(have).enumerate() {
            self.value(&at.then(Step::At(number)), want, have);
        }
    }
}

/// Whether what both have comes in the same order.
fn in_order(one: &[Step], other: &[Step]) -> bool {
    let shared = |all: &[Step], of: &[Step]| -> Vec<Step> {
        all.iter().filter(|step| of.contains(step)).cloned().collect()
    };
    shared(one, other) == shared(other, one)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn told(kind: (&str, &str), desired: &Value, live: &Value) -> Vec<String> {
        let value = |value: Option<Value>| value.map_or("-".to_owned(), |value| value.to_string());
        differences(desired, live, &Shape::of(kind.0, kind.1))
            .into_iter()
            .map(|one| format!("{} {} {}", one.path, value(one.desired), value(one.live)))
            .collect()
    }

    #[test]
    fn everything_that_is_not_the_same_differs_and_has_a_name() {
        let pod = |containers: Value| json!({"spec": {"containers": containers}});
        let web =
            json!({"name": "web", "image": "a:1", "resources": {"requests": {"cpu": "100m"}}});
        let api = json!({"name": "api", "image": "b:1"});
        let mut other = web.clone();
        other["image"] = json!("a:2");
        other["resources"]["requests"]["cpu"] = json!("0.1");
        other["tty"] = Value::Null;
        let told = |want: Value, have: Value| told(("", "Pod"), &pod(want), &pod(have));
        assert_eq!(
            told(json!([web]), json!([other])),
            [
                "spec.containers[name=web].image \"a:1\" \"a:2\"",
                "spec.containers[name=web].resources.requests.cpu \"100m\" \"0.1\"",
                "spec.containers[name=web].tty - null",
            ]
        );
        assert_eq!(
            told(json!([web]), json!([api, web])),
            [format!("spec.containers[name=api] - {api}")]
        );
        assert_eq!(
            told(json!([web, api]), json!([web])),
            [format!("spec.containers[name=api] {api} -")]
        );
        // Another order is a difference, and so are items that cannot be told apart.
        assert_eq!(
            told(json!([web, api]), json!([api, web])),
            [format!("spec.containers [{web},{api}] [{api},{web}]")]
        );
        assert_eq!(told(json!([api, api]), json!([api])).len(), 1);
        assert_eq!(told(json!([web]), json!([web])), [""; 0]);
    }

    #[test]
    fn items_without_names_are_told_by_their_place_where_few_differ() {
        let args = |args: Value| json!({"args": args});
        let told = |want: Value, have: Value| told(("x.io", "Thing"), &args(want), &args(have));
        assert_eq!(told(json!(["a", "b", "c"]), json!(["a", "x", "c"])), ["args[1] \"b\" \"x\""]);
        assert_eq!(
            told(json!(["a", "b"]), json!(["x", "y"])),
            ["args [\"a\",\"b\"] [\"x\",\"y\"]"]
        );
        assert_eq!(told(json!([]), json!(["a"])), ["args [] [\"a\"]"]);
        assert_eq!(told(json!([{"a": 1}]), json!([{"a": 2}])), ["args[0].a 1 2"]);
    }
}
