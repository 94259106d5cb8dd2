//! One rule of a role, and whether it allows something.

use serde::{Deserialize, Serialize};

/// A PolicyRule.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Deserialize, Serialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Rule {
    /// `get`, `*`, …
    #[serde(deserialize_with = "list")]
    pub verbs: Vec<String>,
    /// API groups; empty text for core.
    #[serde(deserialize_with = "list", skip_serializing_if = "Vec::is_empty")]
    pub api_groups: Vec<String>,
    /// `pods`, `pods/log`, `*/scale`, `*`.
    #[serde(deserialize_with = "list", skip_serializing_if = "Vec::is_empty")]
    pub resources: Vec<String>,
    /// Only objects of these names; empty for all.
    #[serde(deserialize_with = "list", skip_serializing_if = "Vec::is_empty")]
    pub resource_names: Vec<String>,
    /// `/healthz`, `/metrics/*`.
    #[serde(
        rename = "nonResourceURLs",
        deserialize_with = "list",
        skip_serializing_if = "Vec::is_empty"
    )]
    pub non_resource_urls: Vec<String>,
}

fn list<'de, D: serde::Deserializer<'de>>(de: D) -> Result<Vec<String>, D::Error> {
    Ok(Option::<Vec<String>>::deserialize(de)?.unwrap_or_default())
}

/// What somebody wants to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Question {
    /// Something with objects.
    Objects {
        /// `get`, `delete`, …
        verb: String,
        /// API group; empty for core.
        group: String,
        /// Plural, such as `pods`.
        resource: String,
        /// `log`, `exec`, …; empty without.
        subresource: String,
        /// Namespace; empty for cluster-scoped objects, and for all namespaces at once.
        namespace: String,
        /// Name of the object; empty for any, as in lists.
        name: String,
    },
    /// Something with a path that is no object.
    Path {
        /// `get`, `post`, …
        verb: String,
        /// `/metrics`.
        path: String,
    },
}

impl Question {
    /// The namespace it is asked in; empty for none.
    pub fn namespace(&self) -> &str {
        match self {
            Self::Objects { namespace, .. } => namespace,
            Self::Path { .. } => "",
        }
    }
}

fn has(list: &[String], wanted: &str) -> bool {
    list.iter().any(|one| one == "*" || one == wanted)
}

impl Rule {
    /// Whether it allows this, wherever it is granted.
    pub fn allows(&self, question: &Question) -> bool {
        match question {
            Question::Objects { verb, group, resource, subresource, name, .. } => {
                has(&self.verbs, verb)
                    && has(&self.api_groups, group)
                    && self.covers(resource, subresource)
                    && (self.resource_names.is_empty()
                        || self.resource_names.iter().any(|one| one == name))
            }
            Question::Path { verb, path } => {
                has(&self.verbs, verb) && self.non_resource_urls.iter().any(|url| fits(url, path))
            }
        }
    }

    /// The same, where the names of objects are left aside: some of them may be allowed.
    pub fn allows_some(&self, question: &Question) -> bool {
        match question {
            Question::Objects { verb, group, resource, subresource, name, .. }
                if name.is_empty() =>
            {
                has(&self.verbs, verb)
                    && has(&self.api_groups, group)
                    && self.covers(resource, subresource)
            }
            question => self.allows(question),
        }
    }

    fn covers(&self, resource: &str, subresource: &str) -> bool {
        self.resources.iter().any(|one| match (one.as_str(), subresource) {
            // `*` is every resource and every subresource.
            ("*", _) => true,
            (one, "") => one == resource,
            (one, sub) => one
                .split_once('/')
                .is_some_and(|(left, right)| right == sub && (left == resource || left == "*")),
        })
    }
}

/// A path fits a URL of a rule when it is the same, or begins with what stands before its `*`.
fn fits(url: &str, path: &str) -> bool {
    url == "*" || url == path || (url.ends_with('*') && path.starts_with(url.trim_end_matches('*')))
}
