//! What a cluster connection tells the session, and what the session may ask it.

use super::Fault;
use super::{ClusterId, Gvr, Metrics, Resource, Text};
use std::sync::Arc;

/// Handle of one question; its answer carries it back. Answers nobody waits for are dropped.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Ticket(pub u64);

/// One kubeconfig context.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ContextInfo {
    /// Its name.
    pub name: Text,
    /// Name of its cluster entry.
    pub cluster: Text,
    /// Server URL.
    pub server: Text,
    /// Name of its user entry.
    pub user: Text,
    /// Its default namespace; empty when not set.
    pub namespace: Text,
    /// It is the file's current-context.
    pub current: bool,
}

/// Who and what we are connected to; sent when a connection is built.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ClusterInfo {
    /// The context.
    pub context: ContextInfo,
    /// `v1.36.3`; empty until the server said so.
    pub version: Text,
    /// Impersonated user; empty without.
    pub impersonating: Text,
    /// TLS certificates are not verified.
    pub insecure: bool,
    /// It is the embedded demo cluster.
    pub demo: bool,
    /// A credential that ends is renewed without anybody's help: by a plugin, or from a file.
    pub renews: bool,
}

/// State of a cluster connection as a whole.
#[derive(Clone, Debug, PartialEq)]
pub enum LinkState {
    /// On the way; the words say at what ("running the credential plugin aws").
    Connecting(String),
    /// The server answers.
    Live,
    /// The server does not answer; tried again at `retry_at` (Unix seconds).
    Broken {
        /// Unix seconds of the last sign of life.
        since: i64,
        /// Unix seconds of the next attempt.
        retry_at: i64,
        /// Why.
        why: Fault,
    },
    /// It cannot work until the person does something.
    Failed(Fault),
}

/// What a cluster connection tells.
#[derive(Clone, Debug)]
pub enum ClusterEvent {
    /// Who and what we are connected to.
    Info(ClusterInfo),
    /// State of the connection.
    Link(LinkState),
    /// When the credential in use ends (Unix seconds); None when it does not say.
    Credential(Option<i64>),
    /// The resource types it served when it was seen last: [`ClusterEvent::Discovery`] confirms or
    /// replaces them.
    Remembered(Arc<Vec<Resource>>),
    /// The resource types the server serves; again when they change.
    Discovery(Arc<Vec<Resource>>),
    /// Live usage of pods (all that were asked for) or of nodes.
    Metrics {
        /// `v1/pods` or `v1/nodes`.
        gvr: Gvr,
        /// The usages.
        metrics: Arc<Metrics>,
    },
    /// Something a person should know: a credential plugin's words, a kind that is not shown.
    Notice(Fault),
}

/// "May I?": asked of the server, cached.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct AccessQuestion {
    /// On which cluster.
    pub cluster: ClusterId,
    /// `delete`, `patch`, `create`, …
    pub verb: &'static str,
    /// Which resource type.
    pub gvr: Gvr,
    /// Subresource, such as `scale`; empty without.
    pub subresource: Text,
    /// Namespace; empty for cluster-scoped or all namespaces.
    pub namespace: Text,
}

/// A read of any path of the API server, for what no table holds: related lists, events, usage.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Read {
    /// What is being done, for faults: "list events of Pod/a".
    pub what: String,
    /// Path and query.
    pub path: String,
}

/// What was asked for with a ticket.
#[derive(Clone, Debug, PartialEq)]
pub enum Answer {
    /// One whole object, or what else was read, as the server sent it: JSON text.
    Object(Arc<str>),
    /// Whether it is allowed, and the server's reason when not.
    Access(AccessQuestion, bool, String),
}
