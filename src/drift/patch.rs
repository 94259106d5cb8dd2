//! What differs as a patch: one that brings what is there back to what was deployed, or one that brings
//! the manifest forward to what is there.

use super::found::{Field, ObjectDrift, State};
use super::path::{Path, Step};
use crate::model::{Fault, FaultKind};
use crate::text::yaml;
use serde_json::{Map, Value, json};

/// Which way a patch goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Toward {
    /// What is there becomes what was deployed.
    Deployed,
    /// The manifest becomes what is there.
    Live,
}

/// How a patch is merged.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Merge {
    /// As the built-in kinds are: items of lists by their keys.
    Strategic,
    /// RFC 7386: lists as a whole.
    Json,
    /// By server-side apply: items of lists by the keys of the kind's schema.
    Apply,
}

/// A patch.
#[derive(Clone, Debug, PartialEq)]
pub struct Patch {
    /// What is merged into the object: with its kind and name.
    pub body: Value,
    /// How.
    pub merge: Merge,
}

/// The patch of some fields of an object; of the whole of it where it is missing.
///
/// # Errors
/// There is nothing to patch, its values are hidden, or it cannot be said as a patch.
pub fn patch(one: &ObjectDrift, fields: &[&Field], toward: Toward) -> Result<Patch, Fault> {
    let refuse = |why: &str| Fault::new(FaultKind::Refused, format!("patch of {}", one.id), why);
    if !one.is_desired_known() {
        return Err(refuse("what was deployed is not known: only who wrote beside the owner is"));
    }
    let known = one.live.as_ref().or(one.desired.as_ref());
    let secret = one.id.is_secret();
    if (secret && fields.is_empty()) || fields.iter().any(|field| one.is_veiled(&field.change.path))
    {
        return Err(refuse(match secret {
            true => "values of Secrets are hidden: they are in no patch",
            false => "binary data is told by its digest: it is in no patch",
        }));
    }
    if fields.is_empty() {
        let whole = match (&one.state, toward) {
            (State::Missing, Toward::Deployed) => one.desired.as_ref(),
            (State::Extra, Toward::Live) => one.live.as_ref(),
            _ => None,
        };
        let body = whole.cloned().ok_or_else(|| refuse("no field of it differs"))?;
        return Ok(Patch { body, merge: Merge::Apply });
    }
    let Some(api) = known.and_then(|object| object["apiVersion"].as_str()) else {
        return Err(refuse("its version of the API is not known"));
    };
    let mut metadata = json!({"name": one.id.name.as_str()});
    if !one.id.namespace.is_empty() {
        metadata["namespace"] = one.id.namespace.as_str().into();
    }
    let mut body = json!({"apiVersion": api, "kind": one.id.kind.as_str(), "metadata": metadata});
    let (mut removes, mut keyed) = (false, false);
    for field in fields {
        let change = &field.change;
        let value = match toward {
            Toward::Deployed => &change.desired,
            Toward::Live => &change.live,
        };
        keyed |= change.path.0.iter().any(|step| !matches!(step, Step::Field(_)));
        match value {
            Some(value) => {
                if !change.path.put(&mut body, Some(value.clone())) {
                    return Err(refuse("two of its differences are within each other"));
                }
            }
            None => {
                removes = true;
                remove(&mut body, &change.path).ok_or_else(|| {
                    refuse(&format!("{} cannot be removed by a patch", change.path))
                })?;
            }
        }
    }
    let builtin = !one.id.group.contains('.') || one.id.group.ends_with(".k8s.io");
    let merge = match (builtin, keyed, removes) {
        (true, ..) => Merge::Strategic,
        (false, false, _) => Merge::Json,
        (false, true, false) => Merge::Apply,
        (false, true, true) => {
            return Err(refuse("items of lists of its kind cannot be removed by a patch"));
        }
    };
    Ok(Patch { body, merge })
}

/// Says in a patch that something is to go: null for a field, a directive for an item of a list.
fn remove(body: &mut Value, path: &Path) -> Option<()> {
    let (last, above) = path.0.split_last()?;
    let above = Path(above.to_vec());
    match last {
        Step::Field(_) => path.put(body, Some(Value::Null)).then_some(()),
        Step::Item(keys) => {
            let mut item: Map<String, Value> =
                keys.iter().map(|(key, value)| (key.to_string(), value.clone())).collect();
            item.insert("$patch".to_owned(), "delete".into());
            path.put(body, Some(Value::Object(item))).then_some(())
        }
        Step::Member(value) => {
            let (Step::Field(name), higher) = above.0.split_last()? else { return None };
            let mut place = Path(higher.to_vec());
            place = place.field(&format!("$deleteFromPrimitiveList/{name}"));
            let mut held = place.get(body).and_then(Value::as_array).cloned().unwrap_or_default();
            held.push(value.clone());
            place.put(body, Some(Value::Array(held))).then_some(())
        }
        Step::At(_) => None,
    }
}

impl Patch {
    /// As YAML to be pasted, beginning with what it is and how it is used.
    pub fn text(&self, one: &ObjectDrift, toward: Toward) -> String {
        let id = &one.id;
        let what = match toward {
            Toward::Deployed => format!("brings {id} back to what was deployed"),
            Toward::Live => {
                format!("brings the manifest of {id} forward to what is on the cluster")
            }
        };
        let namespace = match id.namespace.as_str() {
            "" => String::new(),
            namespace => format!(" -n {namespace}"),
        };
        let kind = match id.group.as_str() {
            "" => id.kind.to_lowercase(),
            group => format!("{}.{group}", id.kind.to_lowercase()),
        };
        let patch = |sort: &str| {
            format!("kubectl patch {kind} {}{namespace} --type {sort} --patch-file FILE", id.name)
        };
        let how = match (toward, self.merge) {
            (Toward::Live, Merge::Strategic | Merge::Json) => {
                "merge it into the manifest, or name it under `patches:` of a kustomization"
                    .to_owned()
            }
            (Toward::Live, Merge::Apply) => "put it into the manifest".to_owned(),
            (Toward::Deployed, Merge::Strategic) => patch("strategic"),
            (Toward::Deployed, Merge::Json) => patch("merge"),
            (Toward::Deployed, Merge::Apply) => {
                "kubectl apply --server-side --force-conflicts -f FILE".to_owned()
            }
        };
        format!("# {what}\n# {how}\n{}", yaml::plain(&self.body))
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::drift::{Change, Fate};
    use crate::relations::ObjectId;

    fn field(path: Path, desired: Option<Value>, live: Option<Value>) -> Field {
        let change = Change { path, desired, live };
        Field { change, writer: None, fate: Fate::Stays("stays".into()), noise: None, side: None }
    }

    fn deployment() -> ObjectDrift {
        let id = ObjectId {
            group: "apps".into(),
            kind: "Deployment".into(),
            namespace: "shop".into(),
            name: "api".into(),
        };
        let mut one = ObjectDrift::new(id, State::Changed);
        one.live = Some(json!({"apiVersion": "apps/v1", "kind": "Deployment"}));
        let container = Path::of(&["spec", "containers"]);
        let api = container.then(Step::Item(vec![("name".into(), json!("api"))]));
        let proxy = container.then(Step::Item(vec![("name".into(), json!("proxy"))]));
        one.fields = vec![
            field(Path::of(&["spec", "replicas"]), Some(json!(3)), Some(json!(5))),
            field(api.field("image"), Some(json!("a:1")), Some(json!("a:2"))),
            field(proxy, None, Some(json!({"name": "proxy", "image": "p"}))),
            field(
                Path::of(&["metadata", "finalizers"]).then(Step::Member(json!("f"))),
                None,
                Some(json!("f")),
            ),
        ];
        one
    }

    #[test]
    fn a_patch_goes_both_ways() {
        let one = deployment();
        let fields: Vec<&Field> = one.fields.iter().collect();
        let back = patch(&one, &fields, Toward::Deployed).unwrap();
        assert_eq!(back.merge, Merge::Strategic);
        assert_eq!(
            back.body,
            json!({"apiVersion": "apps/v1", "kind": "Deployment",
                "metadata": {"name": "api", "namespace": "shop", "$deleteFromPrimitiveList/finalizers": ["f"]},
                "spec": {"replicas": 3, "containers": [{"name": "api", "image": "a:1"},
                    {"name": "proxy", "$patch": "delete"}]}})
        );
        let text = back.text(&one, Toward::Deployed);
        assert!(
            text.contains("kubectl patch deployment.apps api -n shop --type strategic"),
            "{text}"
        );
        let on = patch(&one, &fields, Toward::Live).unwrap();
        assert_eq!(on.body["spec"]["replicas"], 5);
        assert_eq!(on.body["spec"]["containers"][1], json!({"name": "proxy", "image": "p"}));
    }

    #[test]
    fn values_of_secrets_are_in_no_patch() {
        let mut one = deployment();
        one.id.group = "".into();
        one.id.kind = "Secret".into();
        one.fields = vec![field(Path::of(&["data", "p"]), Some(json!("++")), Some(json!("+++")))];
        let fields: Vec<&Field> = one.fields.iter().collect();
        assert!(patch(&one, &fields, Toward::Deployed).unwrap_err().why.contains("hidden"));
    }

    #[test]
    fn lists_of_other_kinds_are_applied_by_their_schema() {
        let mut one = deployment();
        one.id.group = "example.com".into();
        let fields: Vec<&Field> = one.fields.iter().take(2).collect();
        assert_eq!(patch(&one, &fields, Toward::Deployed).unwrap().merge, Merge::Apply);
        assert_eq!(patch(&one, &fields[..1], Toward::Deployed).unwrap().merge, Merge::Json);
        let fields: Vec<&Field> = one.fields.iter().collect();
        assert!(patch(&one, &fields, Toward::Deployed).is_err());
    }
}
