//! Names of things on the API server: clusters, resource types, objects.

use super::Text;
use std::fmt;

/// One kubeconfig context and its live connection, within this session.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ClusterId(pub u32);

/// group/version/plural: all that a request path needs. The core group is the empty string.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Gvr {
    /// API group; empty for the core group.
    pub group: Text,
    /// API version, such as `v1`.
    pub version: Text,
    /// Plural resource name, such as `pods`.
    pub plural: Text,
}

impl Gvr {
    /// Names a resource type.
    pub fn new(group: impl Into<Text>, version: impl Into<Text>, plural: impl Into<Text>) -> Self {
        Self { group: group.into(), version: version.into(), plural: plural.into() }
    }

    /// `apps/v1`, or `v1` for the core group: the value of `apiVersion` in its objects.
    pub fn api_version(&self) -> String {
        if self.group.is_empty() {
            self.version.to_string()
        } else {
            format!("{}/{}", self.group, self.version)
        }
    }

    /// Path of the collection, in one namespace or (None) in all of them / cluster-scoped.
    pub fn collection_path(&self, namespace: Option<&str>) -> String {
        let mut path = if self.group.is_empty() {
            format!("/api/{}", self.version)
        } else {
            format!("/apis/{}/{}", self.group, self.version)
        };
        if let Some(namespace) = namespace {
            path.push_str("/namespaces/");
            push_segment(&mut path, namespace);
        }
        path.push('/');
        path.push_str(&self.plural);
        path
    }

    /// Path of one object. An empty namespace means cluster-scoped.
    pub fn object_path(&self, namespace: &str, name: &str) -> String {
        let mut path = self.collection_path((!namespace.is_empty()).then_some(namespace));
        path.push('/');
        push_segment(&mut path, name);
        path
    }
}

impl fmt::Display for Gvr {
    /// `apps/v1/deployments`, `v1/pods`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.api_version(), self.plural)
    }
}

/// Appends a path segment percent-encoded: names come from the cluster and may hold anything.
fn push_segment(path: &mut String, segment: &str) {
    for byte in segment.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' | b':' => {
                path.push(char::from(byte));
            }
            _ => path.push_str(&format!("%{byte:02X}")),
        }
    }
}

/// One resource type as discovery tells it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Resource {
    /// Where it is served.
    pub gvr: Gvr,
    /// Kind of its objects, such as `Pod`.
    pub kind: Text,
    /// Singular name; may be empty.
    pub singular: Text,
    /// Short names, such as `po`.
    pub short_names: Vec<Text>,
    /// Categories, such as `all`.
    pub categories: Vec<Text>,
    /// Objects live in namespaces.
    pub namespaced: bool,
    /// Verbs the server serves: `list`, `watch`, `delete`, …
    pub verbs: Vec<Text>,
    /// Subresources served beside it: `scale`, `status`, …
    pub subresources: Vec<Text>,
    /// This version is the group's preferred one for this plural.
    pub preferred: bool,
}

impl Resource {
    /// Whether the server serves this verb for it.
    pub fn can(&self, verb: &str) -> bool {
        self.verbs.iter().any(|v| v == verb)
    }
}

/// One object on one cluster. An empty namespace means cluster-scoped.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct ObjRef {
    /// The cluster it lives in.
    pub cluster: ClusterId,
    /// Its resource type.
    pub gvr: Gvr,
    /// Its kind, for people.
    pub kind: Text,
    /// Its namespace; empty when cluster-scoped.
    pub namespace: Text,
    /// Its name.
    pub name: Text,
    /// Its uid as last seen; empty when unknown. Tells a replacement from the original.
    pub uid: Text,
}

impl fmt::Display for ObjRef {
    /// `Deployment/api`, as kubectl and our screens write it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.kind, self.name)
    }
}
