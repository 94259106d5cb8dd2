//! What differs between what was deployed and what is there.

use super::found::Change;
use super::path::{Path, Step};
use super::shape::{List, Shape};
use serde_json::Value;

/// What an object has to be held against.
#[derive(Clone, Copy, Debug)]
pub enum Against<'v> {
    /// A manifest: only what it names counts, and what the apply before it named and it does not.
    Manifest {
        /// What should be there.
        desired: &'v Value,
        /// What was applied before; None where that is not known, or is the manifest itself.
        base: Option<&'v Value>,
    },
    /// The object as the API server would make it (a dry run): everything counts.
    Whole(&'v Value),
}

/// Differences, in the order of the manifest. `metadata` beside labels, annotations and finalizers, and
/// `status`, are the server's and are not looked at.
pub fn compare(against: Against<'_>, live: &Value, shape: &Shape) -> Vec<Change> {
    let mut out = Vec::new();
    let (desired, base, whole) = match against {
        Against::Manifest { desired, base } => (desired, base, false),
        Against::Whole(desired) => (desired, None, true),
    };
    let mut walk = Walk { shape, whole, out: &mut out };
    walk.value(&Path::default(), Some(desired), base, Some(live));
    out
}

struct Walk<'a> {
    shape: &'a Shape,
    whole: bool,
    out: &'a mut Vec<Change>,
}

impl Walk<'_> {
    fn value(
        &mut self,
        path: &Path,
        desired: Option<&Value>,
        base: Option<&Value>,
        live: Option<&Value>,
    ) {
        match (desired, live) {
            (Some(Value::Object(want)), Some(Value::Object(have))) => {
                for (name, value) in want {
                    let below = path.field(name);
                    if !is_servers(&below) {
                        let base = base.and_then(|base| base.get(name));
                        self.value(&below, Some(value), base, have.get(name));
                    }
                }
                let named = base.and_then(Value::as_object);
                for (name, value) in have {
                    let removed = self.whole || named.is_some_and(|base| base.contains_key(name));
                    let below = path.field(name);
                    if removed && !want.contains_key(name) && !is_servers(&below) {
                        self.differ(&below, None, Some(value));
                    }
                }
            }
            (Some(Value::Array(want)), Some(Value::Array(have))) => match self.shape.list(path) {
                List::Map(keys) if keyed(want, &keys) && keyed(have, &keys) => {
                    self.items(path, &keys, want, base, have);
                }
                List::Set => self.members(path, want, base, have),
                _ if want != have => self.differ(path, desired, live),
                _ => {}
            },
            (Some(Value::Null), None) => {}
            (Some(want), Some(have)) if same(want, have) => {}
            (None, None) => {}
            _ => self.differ(path, desired, live),
        }
    }

    fn items(
        &mut self,
        path: &Path,
        keys: &[String],
        want: &[Value],
        base: Option<&Value>,
        have: &[Value],
    ) {
        let step = |item: &Value| {
            let of = |key: &String| (key.as_str().into(), key_of(item, key));
            Step::Item(keys.iter().map(of).collect())
        };
        let find =
            |items: &[Value], wanted: &Step| items.iter().position(|item| step(item) == *wanted);
        let named = base.and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
        for item in want {
            let step = step(item);
            let live = find(have, &step).and_then(|at| have.get(at));
            let base = find(named, &step).and_then(|at| named.get(at));
            self.value(&path.then(step), Some(item), base, live);
        }
        for item in have {
            let step = step(item);
            let removed = self.whole || find(named, &step).is_some();
            if removed && find(want, &step).is_none() {
                self.differ(&path.then(step), None, Some(item));
            }
        }
    }

    fn members(&mut self, path: &Path, want: &[Value], base: Option<&Value>, have: &[Value]) {
        let named = base.and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
        for member in want.iter().filter(|member| !have.contains(member)) {
            self.differ(&path.then(Step::Member(member.clone())), Some(member), None);
        }
        for member in have.iter().filter(|member| !want.contains(member)) {
            if self.whole || named.contains(member) {
                self.differ(&path.then(Step::Member(member.clone())), None, Some(member));
            }
        }
    }

    fn differ(&mut self, path: &Path, desired: Option<&Value>, live: Option<&Value>) {
        self.out.push(Change {
            path: path.clone(),
            desired: desired.cloned(),
            live: live.cloned(),
        });
    }
}

/// What the server alone writes.
fn is_servers(path: &Path) -> bool {
    match path.0.as_slice() {
        [Step::Field(name)] => matches!(name.as_str(), "status" | "apiVersion" | "kind"),
        [Step::Field(first), Step::Field(name)] if first == "metadata" => {
            !matches!(name.as_str(), "labels" | "annotations" | "finalizers")
        }
        [Step::Field(first), Step::Field(second), Step::Field(name)] => {
            first == "metadata"
                && second == "annotations"
                && name == "kubectl.kubernetes.io/last-applied-configuration"
        }
        _ => false,
    }
}

/// A key that an item leaves out has the default that the server gives it.
fn key_of(item: &Value, key: &str) -> Value {
    match (item.get(key), key) {
        (Some(value), _) => value.clone(),
        (None, "protocol") => "TCP".into(),
        (None, _) => Value::Null,
    }
}

/// Every item is an object, and no two have the same keys.
fn keyed(items: &[Value], keys: &[String]) -> bool {
    let of = |item: &Value| keys.iter().map(|key| key_of(item, key)).collect::<Vec<_>>();
    items.iter().all(Value::is_object)
        && items.iter().enumerate().all(|(at, item)| {
            let own = of(item);
            !items[..at].iter().any(|other| of(other) == own)
        })
}

/// Equal to the server, however they are written.
fn same(want: &Value, have: &Value) -> bool {
    want == have
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn told(changes: &[Change]) -> Vec<String> {
        let value = |value: &Option<Value>| value.as_ref().map_or("-".into(), Value::to_string);
        let line =
            |one: &Change| format!("{} {} {}", one.path, value(&one.desired), value(&one.live));
        changes.iter().map(line).collect()
    }

    #[test]
    fn only_what_the_manifest_names_counts_and_what_it_named_before() {
        let shape = Shape::of("apps", "Deployment");
        let desired = json!({"spec": {"replicas": 3, "template": {"spec": {"containers": [
            {"name": "api", "image": "a:1", "ports": [{"containerPort": 80}]}]}}}});
        let live = json!({"metadata": {"resourceVersion": "7"}, "spec": {"replicas": 5, "paused": true,
            "minReadySeconds": 4, "template": {"spec": {"containers": [
            {"name": "api", "image": "a:2", "imagePullPolicy": "Always", "ports": [{"containerPort": 80, "protocol": "TCP"}]},
            {"name": "sidecar", "image": "s"}]}}}, "status": {"replicas": 5}});
        let base = json!({"spec": {"replicas": 3, "paused": true}});
        let found =
            compare(Against::Manifest { desired: &desired, base: Some(&base) }, &live, &shape);
        assert_eq!(
            told(&found),
            [
                "spec.replicas 3 5",
                "spec.template.spec.containers[name=api].image \"a:1\" \"a:2\"",
                "spec.paused - true",
            ]
        );
    }

    #[test]
    fn everything_counts_beside_a_dry_run() {
        let shape = Shape::of("", "ConfigMap");
        let tried = json!({"metadata": {"uid": "a", "labels": {"x": "1"}}, "data": {"a": "1"}});
        let live = json!({"metadata": {"uid": "b", "labels": {"x": "1", "y": "2"}}, "data": {"a": "1", "b": "2"}});
        let found = compare(Against::Whole(&tried), &live, &shape);
        assert_eq!(told(&found), ["metadata.labels.y - \"2\"", "data.b - \"2\""]);
    }
}
