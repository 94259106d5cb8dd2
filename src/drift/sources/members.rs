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
