//! How lists merge: which ones are told by keys, which are sets, and which count as a whole.
//! (`x-kubernetes-list-type`, and the patch merge keys of the built-in types.)

use super::path::{Path, Step};

/// How the API server merges a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum List {
    /// As a whole.
    Atomic,
    /// Members without order.
    Set,
    /// Items told by these fields.
    Map(Vec<String>),
}

/// Lists of the built-in kinds by the name of their field, with the keys of their items.
/// Source: `+listMapKey` and `patchMergeKey` markers of k8s.io/api.
const KEYED: &[(&str, &[&str])] = &[
    ("containers", &["name"]),
    ("initContainers", &["name"]),
    ("ephemeralContainers", &["name"]),
    ("env", &["name"]),
    ("volumes", &["name"]),
    ("volumeMounts", &["mountPath"]),
    ("volumeDevices", &["devicePath"]),
    ("imagePullSecrets", &["name"]),
    ("hostAliases", &["ip"]),
    ("topologySpreadConstraints", &["topologyKey", "whenUnsatisfiable"]),
    ("conditions", &["type"]),
    ("ownerReferences", &["uid"]),
];

/// How the lists of one kind merge.
#[derive(Clone, Debug, Default)]
pub struct Shape {
    /// Of a built-in kind.
    builtin: bool,
    /// It is a Service: its ports have other keys than a container's.
    service: bool,
}

impl Shape {
    /// Of this kind, by the table of built-in ones. Lists of other groups are atomic.
    pub fn of(group: &str, kind: &str) -> Self {
        let builtin = !group.contains('.') || group.ends_with(".k8s.io");
        Self { builtin, service: group.is_empty() && kind == "Service" }
    }

    /// How the list at this place merges.
    pub fn list(&self, path: &Path) -> List {
        let Some(Step::Field(name)) = path.0.last() else { return List::Atomic };
        if name == "finalizers" && path.0.len() == 2 {
            return List::Set;
        }
        if !self.builtin {
            return List::Atomic;
        }
        if name == "ports" {
            let key = if self.service { "port" } else { "containerPort" };
            return List::Map(vec![key.to_owned(), "protocol".to_owned()]);
        }
        let found = KEYED.iter().find(|(list, _)| *list == name.as_str());
        found.map_or(List::Atomic, |(_, keys)| {
            List::Map(keys.iter().map(|key| (*key).to_owned()).collect())
        })
    }
}
