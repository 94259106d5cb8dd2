//! What belongs to an app that nothing but marks on its objects tells of: besides its workloads, what
//! carries the marks that they carry.

use crate::kinds::provenance::Provenance;
use crate::model::{AppId, Catalogue, Fault, Read, Resource};
use crate::relations::ObjectId;
use crate::text::percent;
use serde_json::Value;

/// Kinds that people deliver beside workloads.
const BESIDE: &[(&str, &str)] = &[
    ("", "Service"),
    ("", "ConfigMap"),
    ("", "Secret"),
    ("", "ServiceAccount"),
    ("", "PersistentVolumeClaim"),
    ("networking.k8s.io", "Ingress"),
    ("networking.k8s.io", "NetworkPolicy"),
    ("autoscaling", "HorizontalPodAutoscaler"),
    ("policy", "PodDisruptionBudget"),
    ("rbac.authorization.k8s.io", "Role"),
    ("rbac.authorization.k8s.io", "RoleBinding"),
    ("gateway.networking.k8s.io", "HTTPRoute"),
    ("monitoring.coreos.com", "ServiceMonitor"),
];

/// Labels that name a delivery, the one that counts first before the others.
const LABELS: &[&str] =
    &["objectset.rio.cattle.io/hash", "app.kubernetes.io/part-of", "app.kubernetes.io/instance"];

/// Looks for them: first at a workload, which tells the mark, then at all kinds by that mark.
#[derive(Debug, Default)]
pub(super) enum Members {
    /// Nothing was asked yet.
    #[default]
    Unasked,
    /// A workload was asked for.
    Workload,
    /// How what belongs to the app is picked from a list.
    Marked(String),
    /// Lists were asked for, of these kinds.
    Listed(Vec<Resource>),
    /// All that can be found was.
    Found,
}

impl Members {
    /// What to read next.
    pub fn reads(&mut self, app: &AppId, known: &[ObjectId], catalogue: &Catalogue) -> Vec<Read> {
        match std::mem::take(self) {
            Self::Unasked => {
                let first = known.first().and_then(|id| {
                    let resource = served(catalogue, &id.group, &id.kind)?;
                    let namespace = if resource.namespaced { id.namespace.as_str() } else { "" };
                    Some(Read {
                        what: format!("get {id}"),
                        path: resource.gvr.object_path(namespace, &id.name),
                    })
                });
                *self = if first.is_some() { Self::Workload } else { Self::Found };
                first.into_iter().collect()
            }
            Self::Marked(selector) => {
                let kinds: Vec<Resource> = BESIDE
                    .iter()
                    .filter_map(|(group, kind)| served(catalogue, group, kind).cloned())
                    .collect();
                let read = |one: &Resource| Read {
                    what: format!("list {} of {}", one.gvr.plural, app.name),
                    path: format!(
                        "{}?{selector}&limit=200",
                        one.gvr.collection_path(Some(&app.namespace))
                    ),
                };
                let reads = kinds.iter().map(read).collect();
                *self = Self::Listed(kinds);
                reads
            }
            _ => {
                *self = Self::Found;
                Vec::new()
            }
        }
    }

    /// Takes in the answers; what was found.
    pub fn take(&mut self, app: &AppId, answers: Vec<Result<Value, Fault>>) -> Vec<ObjectId> {
        match std::mem::take(self) {
            Self::Workload => {
                *self = match answers.into_iter().next() {
                    Some(Ok(workload)) => Self::Marked(selector(&workload)),
                    _ => Self::Found,
                };
                Vec::new()
            }
            Self::Listed(kinds) => {
                *self = Self::Found;
                let lists = kinds.iter().zip(answers);
                lists
                    .filter_map(|(kind, answer)| Some((kind, answer.ok()?)))
                    .flat_map(|(kind, list)| picked(app, kind, list))
                    .collect()
            }
            _ => Vec::new(),
        }
    }
}

fn served<'c>(catalogue: &'c Catalogue, group: &str, kind: &str) -> Option<&'c Resource> {
    catalogue.by_kind(group, kind).filter(|one| one.gvr.group == group)
}

/// What picks objects with the mark of this one: a label, or the name where it has none of those.
fn selector(workload: &Value) -> String {
    let labels = LABELS.iter().copied().find_map(|key| {
        let value = workload["metadata"]["labels"].get(key)?.as_str()?;
        Some((key, value)).filter(|(_, value)| !value.is_empty())
    });
    match labels {
        Some((key, value)) => {
            format!("labelSelector={}", percent::encode(&format!("{key}={value}")))
        }
        None => {
            let name = workload["metadata"]["name"].as_str().unwrap_or_default();
            format!("fieldSelector={}", percent::encode(&format!("metadata.name={name}")))
        }
    }
}

/// Objects of a list that say that they belong to the app, and that nobody owns.
fn picked(app: &AppId, kind: &Resource, mut list: Value) -> Vec<ObjectId> {
    let Some(Value::Array(items)) = list.get_mut("items").map(Value::take) else {
        return Vec::new();
    };
    let of = |mut item: Value| {
        item["apiVersion"] = kind.gvr.api_version().into();
        item["kind"] = kind.kind.as_str().into();
        let found = Provenance::of_object(&item);
        let mine = found.owner.is_none()
            && !found.hook
            && found.first().is_some_and(|claim| claim.app == *app);
        mine.then(|| ObjectId {
            group: kind.gvr.group.clone(),
            kind: kind.kind.clone(),
            namespace: item["metadata"]["namespace"].as_str().unwrap_or_default().into(),
            name: item["metadata"]["name"].as_str().unwrap_or_default().into(),
        })
    };
    items.into_iter().filter_map(of).collect()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::panic)]
    use super::*;
    use crate::drift::testing::catalogue;
    use crate::model::{EngineId, FaultKind};
    use crate::text::mask::LAST_APPLIED;
    use serde_json::json;

    fn app() -> AppId {
        AppId::new(EngineId::Kubectl, "shop", "store")
    }

    fn id(group: &str, kind: &str, name: &str) -> ObjectId {
        ObjectId {
            group: group.into(),
            kind: kind.into(),
            namespace: "shop".into(),
            name: name.into(),
        }
    }

    fn fault() -> Fault {
        Fault::new(FaultKind::Forbidden, "read", "no")
    }

    #[test]
    fn a_workload_tells_the_mark_and_lists_what_carries_it() {
        let mut members = Members::default();
        let known = [id("apps", "Deployment", "api"), id("apps", "Deployment", "web")];
        let reads = members.reads(&app(), &known, &catalogue());
        let [first] = reads.as_slice() else { panic!("{reads:?}") };
        assert_eq!(first.path, "/apis/apps/v1/namespaces/shop/deployments/api");
        let labels =
            json!({"app.kubernetes.io/part-of": "store", "app.kubernetes.io/instance": "other"});
        let workload = json!({"metadata": {"name": "api", "labels": labels}});
        assert_eq!(members.take(&app(), vec![Ok(workload)]), []);
        let reads = members.reads(&app(), &known, &catalogue());
        let paths: Vec<&str> = reads.iter().map(|read| read.path.as_str()).collect();
        let selector = "?labelSelector=app.kubernetes.io%2Fpart-of%3Dstore&limit=200";
        // Of the kinds that people deliver those that are served.
        let path = |plural: &str| format!("/api/v1/namespaces/shop/{plural}{selector}");
        assert_eq!(paths, [path("services"), path("configmaps"), path("secrets")]);
        let of = |name: &str, more: Value| {
            let mut metadata = json!({"name": name, "namespace": "shop", "annotations": {LAST_APPLIED: "{}"},
                "labels": {"app.kubernetes.io/part-of": "store"}});
            metadata.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
            json!({"metadata": metadata})
        };
        let owner = json!([{"apiVersion": "apps/v1", "kind": "Deployment", "name": "api", "uid": "u", "controller": true}]);
        let services = json!({"items": [
            of("mine", json!({})),
            of("owned", json!({"ownerReferences": owner})),
            of("argos", json!({"annotations": {"argocd.argoproj.io/tracking-id": "x:/Service:shop/argos"}})),
            of("of-another", json!({"labels": {"app.kubernetes.io/part-of": "another"}})),
        ]});
        // One that may not be listed has nothing, and garbage neither.
        let found = members.take(&app(), vec![Ok(services), Err(fault()), Ok(json!({"items": 5}))]);
        assert_eq!(found, [id("", "Service", "mine")]);
        assert_eq!(members.reads(&app(), &known, &catalogue()), []);
    }

    #[test]
    fn without_a_label_the_name_is_the_mark_and_without_a_workload_there_is_none() {
        assert_eq!(
            selector(
                &json!({"metadata": {"name": "a b", "labels": {"app.kubernetes.io/part-of": ""}}})
            ),
            "fieldSelector=metadata.name%3Da%20b"
        );
        let hash = json!({"metadata": {"name": "a", "labels": {"objectset.rio.cattle.io/hash": "h",
            "app.kubernetes.io/part-of": "store"}}});
        assert_eq!(selector(&hash), "labelSelector=objectset.rio.cattle.io%2Fhash%3Dh");
        let known = [id("apps", "Deployment", "api")];
        for (known, answer) in [(&known[..], Err(fault())), (&[], Ok(json!({})))] {
            let mut members = Members::default();
            let asked = members.reads(&app(), known, &catalogue()).len();
            assert_eq!(asked, known.len());
            assert_eq!(members.take(&app(), vec![answer]), []);
            assert_eq!(members.reads(&app(), known, &catalogue()), []);
        }
        // A kind that nobody serves is not asked for.
        let odd = [id("example.com", "Thing", "x")];
        assert_eq!(Members::default().reads(&app(), &odd, &catalogue()), []);
    }
}
