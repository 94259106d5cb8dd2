//! What rollouts are judged from: of each object the fields that are looked at, and no other. JSON of
//! the API server is read, and so are objects of which only these fields were kept.

mod analysis;
mod pod;
mod workload;

pub use analysis::*;
pub use pod::*;
pub use workload::*;

use crate::kinds::de::{Str, nullable};
use crate::model::selector;
use serde::{Deserialize, Deserializer};
use serde_json::Value;
use std::collections::BTreeMap;

/// `metadata`.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct Meta {
    /// Name.
    #[serde(deserialize_with = "nullable")]
    pub name: String,
    /// Namespace.
    #[serde(deserialize_with = "nullable")]
    pub namespace: String,
    /// uid.
    #[serde(deserialize_with = "nullable")]
    pub uid: String,
    /// generation; 0 where there is none.
    #[serde(deserialize_with = "nullable")]
    pub generation: i64,
    /// Unix seconds.
    #[serde(rename = "creationTimestamp", deserialize_with = "moment")]
    pub created: Option<i64>,
    /// Unix seconds at which it was to be gone.
    #[serde(rename = "deletionTimestamp", deserialize_with = "moment")]
    pub deleted: Option<i64>,
    /// finalizers.
    #[serde(deserialize_with = "nullable")]
    pub finalizers: Vec<String>,
    /// labels.
    #[serde(deserialize_with = "nullable")]
    pub labels: BTreeMap<String, String>,
    /// annotations.
    #[serde(deserialize_with = "nullable")]
    pub annotations: BTreeMap<String, String>,
    /// ownerReferences.
    #[serde(deserialize_with = "nullable")]
    pub owner_references: Vec<Owner>,
    /// managedFields, of kinds where they tell who wrote what is looked at.
    #[serde(rename = "managedFields", deserialize_with = "nullable")]
    pub managed: Vec<Managed>,
}

/// One of `metadata.managedFields`.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(default)]
pub struct Managed {
    /// Who: a tool, not a person.
    #[serde(deserialize_with = "nullable")]
    pub manager: String,
    /// Through which subresource; empty for the object itself.
    #[serde(deserialize_with = "nullable")]
    pub subresource: String,
    /// When it changed what it owns last, Unix seconds.
    #[serde(deserialize_with = "moment")]
    pub time: Option<i64>,
    /// What it owns, as far as that was kept.
    #[serde(rename = "fieldsV1")]
    pub fields: Value,
}

impl Managed {
    /// Whether it owns a field, or something below it: `["f:spec", "f:template"]`.
    pub fn owns(&self, path: &[&str]) -> bool {
        let end = path.iter().try_fold(&self.fields, |at, name| at.get(name));
        self.subresource.is_empty() && end.is_some()
    }

    /// Whether it owns a field as a whole, and not parts of it.
    pub fn owns_whole(&self, field: &str) -> bool {
        let empty = |value: &Value| value.as_object().is_some_and(serde_json::Map::is_empty);
        self.subresource.is_empty() && self.fields.get(field).is_some_and(empty)
    }
}

/// A ConfigMap or Secret: of neither more than its metadata is looked at.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(default)]
pub struct Config {
    /// metadata.
    #[serde(deserialize_with = "nullable")]
    pub metadata: Meta,
}

impl Meta {
    /// The object with this uid is its controller.
    pub fn is_controlled_by(&self, uid: &str) -> bool {
        self.owner_references.iter().any(|owner| owner.controller && owner.uid == uid)
    }

    /// The value of a label; empty without.
    pub fn label(&self, key: &str) -> &str {
        self.labels.get(key).map_or("", String::as_str)
    }

    /// The value of an annotation; empty without.
    pub fn annotation(&self, key: &str) -> &str {
        self.annotations.get(key).map_or("", String::as_str)
    }
}

/// One of `metadata.ownerReferences`.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(default)]
pub struct Owner {
    /// Kind of the owner.
    #[serde(deserialize_with = "nullable")]
    pub kind: String,
    /// Its name.
    #[serde(deserialize_with = "nullable")]
    pub name: String,
    /// Its uid.
    #[serde(deserialize_with = "nullable")]
    pub uid: String,
    /// It is the one that manages it.
    #[serde(deserialize_with = "nullable")]
    pub controller: bool,
}

/// A condition.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct Condition {
    /// Its type.
    #[serde(rename = "type", deserialize_with = "nullable")]
    pub kind: String,
    /// `True`, `False`, `Unknown`.
    #[serde(deserialize_with = "nullable")]
    pub status: String,
    /// One word.
    #[serde(deserialize_with = "nullable")]
    pub reason: String,
    /// A sentence.
    #[serde(deserialize_with = "nullable")]
    pub message: String,
    /// Unix seconds at which the status changed.
    #[serde(rename = "lastTransitionTime", deserialize_with = "moment")]
    pub since: Option<i64>,
    /// Unix seconds at which it was written.
    #[serde(rename = "lastUpdateTime", deserialize_with = "moment")]
    pub updated: Option<i64>,
}

/// The condition of this type.
pub fn condition<'c>(conditions: &'c [Condition], kind: &str) -> Option<&'c Condition> {
    conditions.iter().find(|condition| condition.kind == kind)
}

/// A ReplicaSet.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(default)]
pub struct Set {
    /// metadata.
    #[serde(deserialize_with = "nullable")]
    pub metadata: Meta,
    /// spec.
    #[serde(deserialize_with = "nullable")]
    pub spec: SetSpec,
    /// status.
    #[serde(deserialize_with = "nullable")]
    pub status: Status,
}

/// `spec` of a ReplicaSet.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(default)]
pub struct SetSpec {
    /// Replicas asked for.
    #[serde(deserialize_with = "nullable")]
    pub replicas: i64,
    /// The pod template, as in the API.
    pub template: Value,
}

/// A ControllerRevision.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(default)]
pub struct Revision {
    /// metadata.
    #[serde(deserialize_with = "nullable")]
    pub metadata: Meta,
    /// Its number.
    #[serde(deserialize_with = "nullable")]
    pub revision: i64,
    /// A strategic merge patch with the pod template.
    pub data: Value,
}

/// An event, of either group.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct Event {
    /// `Normal`, `Warning`.
    #[serde(rename = "type", deserialize_with = "nullable")]
    pub kind: String,
    /// One word.
    #[serde(deserialize_with = "nullable")]
    pub reason: String,
    /// A sentence.
    #[serde(alias = "note", deserialize_with = "nullable")]
    pub message: String,
    /// What it is about.
    #[serde(alias = "regarding", deserialize_with = "nullable")]
    pub involved_object: Involved,
    /// How often; 0 for once.
    #[serde(alias = "deprecatedCount", deserialize_with = "nullable")]
    pub count: i64,
    #[serde(alias = "deprecatedLastTimestamp", deserialize_with = "moment")]
    last_timestamp: Option<i64>,
    #[serde(deserialize_with = "moment")]
    event_time: Option<i64>,
    #[serde(deserialize_with = "nullable")]
    series: Series,
}

impl Event {
    /// When it was seen last, Unix seconds; 0 when unknown.
    pub fn last(&self) -> i64 {
        self.series.last.or(self.last_timestamp).or(self.event_time).unwrap_or(0)
    }
}

#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(default)]
struct Series {
    #[serde(rename = "lastObservedTime", deserialize_with = "moment")]
    last: Option<i64>,
}

/// What an event is about.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct Involved {
    /// Kind.
    #[serde(deserialize_with = "nullable")]
    pub kind: String,
    /// Name.
    #[serde(deserialize_with = "nullable")]
    pub name: String,
    /// uid.
    #[serde(deserialize_with = "nullable")]
    pub uid: String,
    /// Which part of it: `spec.containers{api}`.
    #[serde(deserialize_with = "nullable")]
    pub field_path: String,
}

/// A PersistentVolumeClaim.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(default)]
pub struct Claim {
    /// metadata.
    #[serde(deserialize_with = "nullable")]
    pub metadata: Meta,
    /// spec.
    #[serde(deserialize_with = "nullable")]
    pub spec: ClaimSpec,
    /// status.
    #[serde(deserialize_with = "nullable")]
    pub status: PodStatus,
}

/// `spec` of a claim.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct ClaimSpec {
    /// The class; None for the default one.
    pub storage_class_name: Option<String>,
    /// The volume it is bound to.
    #[serde(deserialize_with = "nullable")]
    pub volume_name: String,
    /// How it may be mounted.
    #[serde(deserialize_with = "nullable")]
    pub access_modes: Vec<String>,
}

/// A PodDisruptionBudget.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(default)]
pub struct Budget {
    /// metadata.
    #[serde(deserialize_with = "nullable")]
    pub metadata: Meta,
    /// spec.
    #[serde(deserialize_with = "nullable")]
    pub spec: BudgetSpec,
    /// status.
    #[serde(deserialize_with = "nullable")]
    pub status: BudgetStatus,
}

/// `spec` of a budget.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(default)]
pub struct BudgetSpec {
    /// Its pods.
    pub selector: Value,
}

/// `status` of a budget.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct BudgetStatus {
    /// Pods that may be evicted now.
    #[serde(deserialize_with = "nullable")]
    pub disruptions_allowed: i64,
    /// Pods that are healthy.
    #[serde(deserialize_with = "nullable")]
    pub current_healthy: i64,
    /// Pods that must be.
    #[serde(deserialize_with = "nullable")]
    pub desired_healthy: i64,
}

/// A node.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(default)]
pub struct Node {
    /// metadata.
    #[serde(deserialize_with = "nullable")]
    pub metadata: Meta,
    /// spec.
    #[serde(deserialize_with = "nullable")]
    pub spec: NodeSpec,
    /// status.
    #[serde(deserialize_with = "nullable")]
    pub status: PodStatus,
}

/// `spec` of a node.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(default)]
pub struct NodeSpec {
    /// It is cordoned.
    #[serde(deserialize_with = "nullable")]
    pub unschedulable: bool,
}

impl Node {
    /// The condition Ready where it is not true.
    pub fn not_ready(&self) -> Option<&Condition> {
        condition(&self.status.conditions, "Ready").filter(|ready| ready.status != "True")
    }
}

/// Whether a label selector as in the API (`matchLabels`, `matchExpressions`) finds these labels. An
/// absent one finds nothing.
pub fn selects(selector: &Value, labels: &BTreeMap<String, String>) -> bool {
    text_of(selector)
        .is_some_and(|text| selector::met(&text, |key| labels.get(key).map(String::as_str)))
}

/// A label selector as it is written in a query; None where it is absent or cannot be read.
pub fn text_of(selector: &Value) -> Option<String> {
    let mut parts = Vec::new();
    for (key, value) in
        selector.as_object()?.get("matchLabels").and_then(Value::as_object).into_iter().flatten()
    {
        parts.push(format!("{key}={}", value.as_str()?));
    }
    for one in selector["matchExpressions"].as_array().into_iter().flatten() {
        let key = one["key"].as_str()?;
        let values: Vec<&str> =
            one["values"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
        let values = values.join(",");
        parts.push(match one["operator"].as_str()? {
            "In" => format!("{key} in ({values})"),
            "NotIn" => format!("{key} notin ({values})"),
            "Exists" => key.to_owned(),
            "DoesNotExist" => format!("!{key}"),
            _ => return None,
        });
    }
    Some(parts.join(","))
}

fn moment<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<i64>, D::Error> {
    let text = Str::deserialize(deserializer)?;
    Ok(text.parse::<jiff::Timestamp>().ok().map(jiff::Timestamp::as_second))
}

/// A number, which may be written as text.
fn number<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<i64>, D::Error> {
    let value = Value::deserialize(deserializer)?;
    Ok(value.as_i64().or_else(|| value.as_str()?.parse().ok()))
}
