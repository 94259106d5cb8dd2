//! Rules of Flux that keep places of objects from being compared: JSON pointers, and which objects they
//! are for (`fluxcd/pkg/ssa/jsondiff`).

use crate::drift::path::{Path, Step};
use crate::model::selector;
use regex::Regex;
use serde_json::Value;

/// All rules of one app.
#[derive(Clone, Debug, Default)]
pub(super) struct Ignores(Vec<Rule>);

#[derive(Clone, Debug)]
struct Rule {
    /// Paths of tokens; an empty one is the whole object.
    pointers: Vec<Vec<String>>,
    target: Option<Target>,
}

/// Which objects a rule is for.
#[derive(Clone, Debug)]
struct Target {
    /// What group, version, kind, namespace and name have to match as a whole. None where the
    /// controller could not use the rule either.
    names: Option<Vec<(&'static str, Regex)>>,
    labels: String,
    annotations: String,
}

impl Ignores {
    /// Of the list in an app's spec.
    pub fn of(rules: &Value) -> Self {
        let rules = rules.as_array().map(Vec::as_slice).unwrap_or_default();
        Self(rules.iter().map(Rule::of).collect())
    }

    /// The number, from 1, of the rule by which an object is not compared at all.
    pub fn whole(&self, manifest: &Value) -> Option<usize> {
        self.find(manifest, |pointer| pointer.is_empty())
    }

    /// The number, from 1, of the rule by which a place is not compared. `sides` are the object as it is
    /// and as it would be: items of lists are numbered in both.
    pub fn rule(&self, manifest: &Value, path: &Path, sides: &[&Value]) -> Option<usize> {
        self.find(manifest, |pointer| sides.iter().any(|side| covers(pointer, &path.0, Some(side))))
    }

    fn find(&self, manifest: &Value, fits: impl Fn(&[String]) -> bool) -> Option<usize> {
        let found = self.0.iter().position(|rule| {
            rule.pointers.iter().any(|pointer| fits(pointer))
                && rule.target.as_ref().is_none_or(|target| target.fits(manifest))
        });
        found.map(|at| at + 1)
    }
}

impl Rule {
    fn of(rule: &Value) -> Self {
        let paths = rule["paths"].as_array().map(Vec::as_slice).unwrap_or_default();
        let target = rule.get("target").filter(|target| target.is_object());
        Self {
            pointers: paths.iter().filter_map(Value::as_str).map(tokens).collect(),
            target: target.map(Target::of),
        }
    }
}

impl Target {
    fn of(target: &Value) -> Self {
        let text = |key: &str| target[key].as_str().unwrap_or_default().to_owned();
        let names =
            ["group", "version", "kind", "namespace", "name"].into_iter().filter_map(|key| {
                let pattern = target[key].as_str().filter(|text| !text.is_empty())?;
                Some(Regex::new(&format!("^(?:{pattern})$")).map(|regex| (key, regex)))
            });
        Self {
            names: names.collect::<Result<_, _>>().ok(),
            labels: text("labelSelector"),
            annotations: text("annotationSelector"),
        }
    }

    fn fits(&self, manifest: &Value) -> bool {
        let Some(names) = &self.names else { return false };
        let text = |value: &'_ Value| value.as_str().unwrap_or_default().to_owned();
        let api_version = text(&manifest["apiVersion"]);
        let (group, version) = api_version.split_once('/').unwrap_or(("", &api_version));
        let is = |(key, regex): &(&str, Regex)| match *key {
            "group" => regex.is_match(group),
            "version" => regex.is_match(version),
            "kind" => regex.is_match(&text(&manifest["kind"])),
            key => regex.is_match(&text(&manifest["metadata"][key])),
        };
        let met = |selector: &str, map: &str| {
            selector::met(selector, |key| manifest["metadata"][map].get(key)?.as_str())
        };
        names.iter().all(is) && met(&self.labels, "labels") && met(&self.annotations, "annotations")
    }
}

/// The tokens of a JSON pointer (RFC 6901).
fn tokens(pointer: &str) -> Vec<String> {
    let token = |text: &str| text.replace("~1", "/").replace("~0", "~");
    pointer.split('/').skip(1).map(token).collect()
}

/// Whether a pointer leads to a place of an object, or to something that the place is in.
fn covers(pointer: &[String], steps: &[Step], at: Option<&Value>) -> bool {
    let Some((token, rest)) = pointer.split_first() else { return true };
    let Some((step, below)) = steps.split_first() else { return false };
    let items = || at.and_then(Value::as_array);
    let (fits, next) = match step {
        Step::Field(name) => (name == token, at.and_then(|at| at.get(name.as_str()))),
        step => {
            let here = Path(vec![step.clone()]);
            let found = at.and_then(|at| here.get(at));
            let same = |item: &Value| found.is_some_and(|found| std::ptr::eq(found, item));
            let number = items().and_then(|items| items.iter().position(same));
            (number.is_some_and(|number| *token == number.to_string()), found)
        }
    };
    fits && covers(rest, below, next)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn web() -> Value {
        json!({"apiVersion": "apps/v1", "kind": "Deployment",
            "metadata": {"name": "web", "namespace": "shop", "labels": {"tier": "front"}, "annotations": {"a/b": "x,y"}},
            "spec": {"replicas": 2, "template": {"spec": {"containers": [{"name": "proxy"}, {"name": "main", "image": "m:1"}]}}}})
    }

    fn image() -> Path {
        let containers = Path::of(&["spec", "template", "spec", "containers"]);
        containers.then(Step::Item(vec![("name".into(), json!("main"))])).field("image")
    }

    #[test]
    fn a_pointer_covers_its_place_and_what_is_below() {
        let web = web();
        let replicas = Path::of(&["spec", "replicas"]);
        let rules = Ignores::of(&json!([{"paths": ["/spec/replicas"]},
            {"paths": ["/metadata/annotations/a~1b", "/spec/template/spec/containers/1/image"]}]));
        assert_eq!(rules.rule(&web, &replicas, &[&web]), Some(1));
        assert_eq!(rules.rule(&web, &image(), &[&web]), Some(2));
        let annotation = Path::of(&["metadata", "annotations", "a/b"]);
        assert_eq!(rules.rule(&web, &annotation, &[&web]), Some(2));
        assert_eq!(
            rules.rule(&web, &Path::of(&["spec"]), &[&web]),
            None,
            "what is above is compared"
        );
        assert_eq!(rules.whole(&web), None);
        let first = Ignores::of(&json!([{"paths": ["/spec/template/spec/containers/0"]}]));
        assert_eq!(first.rule(&web, &image(), &[&web]), None, "another item");
    }

    #[test]
    fn a_rule_is_for_the_objects_that_its_target_names() {
        let web = web();
        for (target, fits) in [
            (json!({}), true),
            (json!({"kind": "Deployment"}), true),
            (json!({"kind": "Deploy"}), false),
            (json!({"kind": "Deploy.*", "name": "we.|api", "namespace": "shop"}), true),
            (json!({"group": "apps", "version": "v1"}), true),
            (json!({"group": "batch"}), false),
            (json!({"labelSelector": "tier in (front, back)"}), true),
            (json!({"labelSelector": "tier!=front"}), false),
            (json!({"annotationSelector": "a/b"}), true),
            (json!({"annotationSelector": "!a/b"}), false),
            (json!({"kind": "(["}), false),
        ] {
            let rules = Ignores::of(&json!([{"paths": [""], "target": target}]));
            assert_eq!(rules.whole(&web), fits.then_some(1), "{target}");
        }
        for none in [json!(null), json!({}), json!([null, 7, {"paths": null}])] {
            assert_eq!(Ignores::of(&none).whole(&web), None);
        }
    }
}
