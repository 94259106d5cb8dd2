//! Floor 4: the only place that knows a Kubernetes client.
//!
//! Everything runs on one reader thread with a current_thread runtime: connections, decoders and
//! requests together. The rest of the program sends [`Command`]s and receives [`Event`]s, both
//! made of model types.

mod access;
mod artifact;
pub mod auth;
mod batch;
mod bodies;
mod cache;
mod coalesce;
pub mod connect;
pub mod contexts;
mod copy;
mod discovery;
mod errand;
mod errors;
mod exec;
pub mod exec_plugin;
mod expiry;
mod facts;
#[cfg(test)]
mod fake_server;
mod fetch;
mod follow;
mod forward;
#[cfg(test)]
mod fuzz_tests;
mod gate;
mod jq;
pub mod kubeconfig;
mod link;
mod list;
mod listwatch;
mod login;
mod logs;
mod metrics;
mod pace;
mod plugin_policy;
mod proxy;
pub mod reader;
#[cfg(test)]
mod reader_tests;
mod rows;
mod session;
mod shell;
mod split;
mod split_protobuf;
mod streams;
mod subscription;
#[cfg(test)]
mod test_server;
pub mod timing;
pub mod transport;
mod websocket;
mod wire;
mod write;
pub(crate) mod yaml;

pub use auth::Credential;
pub use discovery::DISCOVERY;
pub use facts::{MAX_BYTES as MAX_FACTS, Shelf};
pub use forward::listen::taken as local_port_taken;
pub use gate::GateLayer;
pub use jq::JQ;
pub use list::{Object, Page};
pub use login::Login;
pub use reader::{Handle, Options, Target, start};
pub use streams::Listener;
pub use timing::Timing;
pub use transport::Dial;
pub use write::{FIELD_MANAGER, path_of};

use crate::model::{
    AccessQuestion, Answer, ClusterEvent, ClusterId, ContextInfo, Errand, Fault, FollowState, Need,
    ObjRef, Plan, PlanId, Read, StreamId, StreamInput, StreamSpec, SubEvent, SubId, Ticket,
};

/// What the reader thread can be told to do.
#[derive(Debug)]
pub enum Command {
    /// Connect to a context of the kubeconfig (or to the embedded cluster) under this id.
    Connect {
        /// The id it gets.
        cluster: ClusterId,
        /// Name of the context.
        context: String,
    },
    /// End everything of this cluster but writes that were sent.
    Disconnect(ClusterId),
    /// Start a subscription.
    Subscribe {
        /// Its handle.
        sub: SubId,
        /// What it is for.
        need: Need,
    },
    /// End a subscription.
    Unsubscribe(SubId),
    /// Fetch one whole object.
    Get {
        /// Comes back with the answer.
        ticket: Ticket,
        /// Which.
        object: ObjRef,
    },
    /// Read any path of the API.
    Read {
        /// Comes back with the answer.
        ticket: Ticket,
        /// On which cluster.
        cluster: ClusterId,
        /// What.
        read: Read,
    },
    /// Carry an errand to its end.
    Carry {
        /// Its handle.
        ticket: Ticket,
        /// On which cluster.
        cluster: ClusterId,
        /// What asks.
        errand: Box<dyn Errand>,
    },
    /// Ask nothing more for an errand.
    Drop(Ticket),
    /// Open a stream: logs, a shell, a forward, a copy.
    Open {
        /// Its handle.
        stream: StreamId,
        /// What it is.
        spec: StreamSpec,
        /// The plan that was shown for it, where it reaches into a workload.
        plan: Option<Plan>,
        /// Where it tells; when that is full it waits.
        out: Listener,
    },
    /// Send something into a stream.
    Input(StreamId, StreamInput),
    /// End a stream.
    Close(StreamId),
    /// List whole objects once, page by page; dropping the other end of `out` ends it.
    List {
        /// Which.
        need: Need,
        /// Rows are wanted beside the objects: somebody filters.
        rows: bool,
        /// Where the pages go; when it is full the list waits.
        out: tokio::sync::mpsc::Sender<Page>,
    },
    /// Ask whether something is allowed.
    Ask {
        /// Comes back with the answer.
        ticket: Ticket,
        /// The question.
        question: AccessQuestion,
    },
    /// Run a plan and follow it.
    Run(Plan),
    /// Send nothing more of a plan; what was sent is followed on.
    Cancel(PlanId),
    /// Poll metrics.k8s.io while on: pods (of all namespaces, or those given) or nodes.
    Metrics {
        /// Of which cluster.
        cluster: ClusterId,
        /// Pods are wanted, in these namespaces (empty: all).
        pods: Option<Vec<crate::model::Text>>,
        /// Nodes are wanted.
        nodes: bool,
    },
    /// Try everything that waits for a retry now: a key, a regained focus, a clock that jumped.
    Retry(ClusterId),
    /// What came of a [`Login`].
    Login {
        /// Of which cluster.
        cluster: ClusterId,
        /// The credential, or why there is none.
        outcome: Result<Credential, Fault>,
    },
    /// Whether writes to this cluster are refused. They are from the start, until this says
    /// otherwise; [`Options::readonly`] can not be lifted.
    Readonly(ClusterId, bool),
}

/// What the reader thread tells.
#[derive(Debug)]
pub enum Event {
    /// The contexts of the kubeconfig; again when a file changed.
    Contexts(Vec<ContextInfo>),
    /// About a cluster as a whole.
    Cluster(ClusterId, ClusterEvent),
    /// A credential plugin wants the terminal. Told before the [`ClusterEvent`] that says that the
    /// login failed; whoever has a terminal may go on with it.
    Login(ClusterId, Login),
    /// About a subscription.
    Sub(SubId, SubEvent),
    /// The answer to a question.
    Answer(Ticket, Result<Answer, Fault>),
    /// How request number `usize` of a plan is going.
    Follow(PlanId, usize, FollowState),
    /// Every request of a plan that was sent has been answered, and none is sent any more.
    Answered(PlanId),
}
