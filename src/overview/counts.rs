//! Kinds that are only counted: one object is asked for, and how many remain.

use crate::model::{Gvr, Read};
use serde::Deserialize;
use serde::de::IgnoredAny;

/// What is counted: group, version, plural. Kinds whose objects are watched anyway are not here, nor
/// Secrets, of which even one would be too many to read for a number.
pub const COUNTED: [Counted; 7] = [
    Counted("", "v1", "namespaces"),
    Counted("", "v1", "services"),
    Counted("networking.k8s.io", "v1", "ingresses"),
    Counted("", "v1", "configmaps"),
    Counted("batch", "v1", "cronjobs"),
    Counted("", "v1", "persistentvolumes"),
    Counted("apiextensions.k8s.io", "v1", "customresourcedefinitions"),
];

/// A kind that is counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Counted(pub &'static str, pub &'static str, pub &'static str);

impl Counted {
    /// The resource type.
    pub fn gvr(self) -> Gvr {
        Gvr::new(self.0, self.1, self.2)
    }

    /// The request: in one namespace, or everywhere where that is empty.
    pub fn read(self, namespace: &str) -> Read {
        let Self(group, version, plural) = self;
        let base = if group.is_empty() {
            format!("/api/{version}")
        } else {
            format!("/apis/{group}/{version}")
        };
        let place =
            if namespace.is_empty() { String::new() } else { format!("/namespaces/{namespace}") };
        Read { what: format!("count {plural}"), path: format!("{base}{place}/{plural}?limit=1") }
    }
}

/// How many objects an answer speaks of.
///
/// # Errors
/// It is no list.
pub fn total(json: &str) -> Result<usize, String> {
    #[derive(Deserialize)]
    struct List {
        #[serde(default)]
        metadata: Metadata,
        items: Option<Vec<IgnoredAny>>,
    }
    #[derive(Default, Deserialize)]
    #[serde(default, rename_all = "camelCase")]
    struct Metadata {
        remaining_item_count: Option<usize>,
    }
    let list: List = serde_json::from_str(json).map_err(|error| error.to_string())?;
    Ok(list.items.map_or(0, |items| items.len()) + list.metadata.remaining_item_count.unwrap_or(0))
}
