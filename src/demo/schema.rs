//! How lists and maps of an object merge: by which keys, as sets, or as one value.
//!
//! Built-in types are described by field name, after the `patchMergeKey`, `listType` and
//! `mapType` marks of the Kubernetes API types; custom types by their own OpenAPI schema.

use serde_json::Value;

use super::kinds::Type;

/// How a list merges.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ListKind {
    /// As one value.
    Atomic,
    /// As a set of scalars.
    Set,
    /// Item by item, by these keys.
    Keyed(Vec<String>),
}

/// A place in an object of a type.
#[derive(Clone, Copy)]
pub struct Place<'a> {
    ty: &'a Type,
    /// Field names from the root, list steps left out; the last is the place itself.
    path: &'a [&'a str],
}

impl<'a> Place<'a> {
    /// The place at this path.
    pub fn new(ty: &'a Type, path: &'a [&'a str]) -> Self {
        Self { ty, path }
    }

    fn name(&self) -> &str {
        self.path.last().copied().unwrap_or_default()
    }

    fn in_metadata(&self) -> bool {
        self.path.contains(&"metadata") && self.path.len() <= 6
    }

    fn under(&self, name: &str) -> bool {
        self.path.iter().rev().skip(1).any(|step| *step == name)
    }

    /// How the list at this place merges in server-side apply.
    pub fn list(&self) -> ListKind {
        let keyed = |keys: &[&str]| ListKind::Keyed(keys.iter().map(|k| (*k).to_owned()).collect());
        if self.in_metadata() {
            return match self.name() {
                "ownerReferences" => keyed(&["uid"]),
                "finalizers" => ListKind::Set,
                _ => ListKind::Atomic,
            };
        }
        if self.ty.custom {
            return self.schema_list();
        }
        let container = ["containers", "initContainers", "ephemeralContainers"]
            .iter()
            .any(|list| self.under(list));
        match self.name() {
            "conditions" if self.ty.plural != "endpointslices" => keyed(&["type"]),
            "containers"
            | "initContainers"
            | "ephemeralContainers"
            | "volumes"
            | "env"
            | "imagePullSecrets"
            | "schedulingGates"
            | "resourceClaims" => keyed(&["name"]),
            "secrets" if self.ty.plural == "serviceaccounts" => keyed(&["name"]),
            "volumeMounts" if container => keyed(&["mountPath"]),
            "volumeDevices" => keyed(&["devicePath"]),
            "ports" if container => keyed(&["containerPort", "protocol"]),
            "ports" if self.ty.plural == "services" => keyed(&["port", "protocol"]),
            "hostAliases" | "podIPs" | "hostIPs" => keyed(&["ip"]),
            "topologySpreadConstraints" => keyed(&["topologyKey", "whenUnsatisfiable"]),
            "addresses" if self.ty.plural == "nodes" => keyed(&["type"]),
            "webhooks" => keyed(&["name"]),
            "taints" | "tolerations" => ListKind::Atomic,
            "finalizers" | "podCIDRs" | "loadBalancerSourceRanges" if self.path.len() <= 2 => {
                if self.name() == "loadBalancerSourceRanges" {
                    ListKind::Atomic
                } else {
                    ListKind::Set
                }
            }
            _ => ListKind::Atomic,
        }
    }

    /// The merge key of the list in a strategic merge patch, if it merges there.
    pub fn merge_key(&self) -> Option<&'static str> {
        if self.in_metadata() {
            return (self.name() == "ownerReferences").then_some("uid");
        }
        let container = ["containers", "initContainers", "ephemeralContainers"]
            .iter()
            .any(|list| self.under(list));
        match self.name() {
            "conditions" if self.ty.plural != "endpointslices" => Some("type"),
            "addresses" if self.ty.plural == "nodes" => Some("type"),
            "containers"
            | "initContainers"
            | "ephemeralContainers"
            | "volumes"
            | "env"
            | "imagePullSecrets"
            | "schedulingGates"
            | "resourceClaims"
            | "webhooks" => Some("name"),
            "secrets" if self.ty.plural == "serviceaccounts" => Some("name"),
            "volumeMounts" => Some("mountPath"),
            "volumeDevices" => Some("devicePath"),
            "ports" if container => Some("containerPort"),
            "ports" if self.ty.plural == "services" => Some("port"),
            "hostAliases" | "podIPs" | "hostIPs" => Some("ip"),
            "topologySpreadConstraints" => Some("topologyKey"),
            _ => None,
        }
    }

    /// Lists of scalars that a strategic merge patch unites instead of replacing.
    pub fn unites(&self) -> bool {
        self.in_metadata() && self.name() == "finalizers"
    }

    /// Is the map at this place owned as one value?
    pub fn atomic_map(&self) -> bool {
        if self.ty.custom {
            return self.schema().is_some_and(|schema| schema["x-kubernetes-map-type"] == "atomic");
        }
        match self.name() {
            "labelSelector" | "nodeSelector" | "podSelector" | "namespaceSelector" | "fieldRef"
            | "resourceFieldRef" | "secretKeyRef" | "configMapKeyRef" | "roleRef"
            | "objectSelector" | "claimRef" | "involvedObject" | "targetRef" | "nodeAffinity"
            | "ownerReferences" => true,
            "selector" => self.ty.plural != "replicationcontrollers",
            _ => false,
        }
    }

    fn schema(&self) -> Option<&Value> {
        let mut schema = self.ty.schema.as_deref()?;
        for step in self.path {
            while schema["items"].is_object() {
                schema = &schema["items"];
            }
            schema = match schema["properties"].get(*step) {
                Some(next) => next,
                None => schema.get("additionalProperties")?,
            };
        }
        Some(schema)
    }

    fn schema_list(&self) -> ListKind {
        let Some(schema) = self.schema() else { return ListKind::Atomic };
        match schema["x-kubernetes-list-type"].as_str() {
            Some("set") => ListKind::Set,
            Some("map") => ListKind::Keyed(
                schema["x-kubernetes-list-map-keys"]
                    .as_array()
                    .into_iter()
                    .flatten()
                    .filter_map(|key| key.as_str().map(str::to_owned))
                    .collect(),
            ),
            _ => ListKind::Atomic,
        }
    }

    /// Is this a part that every object of a built-in type has, filled or not? Such parts are not
    /// owned themselves, only what is in them.
    pub fn always_there(&self) -> bool {
        match self.path {
            [] | ["metadata"] => true,
            _ if self.ty.custom => false,
            ["spec" | "status"] => true,
            [.., "spec", "containers"] => true,
            ["spec", rest @ ..] => matches!(
                rest,
                ["strategy" | "updateStrategy" | "template" | "jobTemplate"]
                    | ["template", "metadata" | "spec"]
                    | ["jobTemplate", "spec" | "metadata"]
                    | ["jobTemplate", "spec", "template"]
                    | ["jobTemplate", "spec", "template", "spec" | "metadata"]
            ),
            ["status", "loadBalancer"] => true,
            _ => false,
        }
    }
}

/// The value of one key of a keyed list item; `protocol` has a default.
pub fn key_value(item: &Value, key: &str) -> Value {
    match (&item[key], key) {
        (Value::Null, "protocol") => Value::String("TCP".to_owned()),
        (value, _) => value.clone(),
    }
}

/// Are these two items the same one of a keyed list?
pub fn same_item(a: &Value, b: &Value, keys: &[String]) -> bool {
    keys.iter().all(|key| key_value(a, key) == key_value(b, key))
}
