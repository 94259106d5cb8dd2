//! What runs on beside the tables: logs, shells, forwards, copies. Each is opened under a handle,
//! tells through a bounded channel that makes it wait instead of losing anything, and ends when it
//! is closed.

use super::{ClusterId, Fault, ObjRef, Text};
use std::sync::Arc;

/// Handle of one stream; never used again after it ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct StreamId(pub u64);

/// What is opened.
#[derive(Clone, Debug, PartialEq)]
pub enum StreamSpec {
    /// Lines of containers.
    Logs(LogSpec),
    /// A process in a container.
    Shell(ShellSpec),
    /// Local ports that lead into a pod.
    Forward(ForwardSpec),
    /// Files to or from a container.
    Copy(CopySpec),
    /// Values of a cache.
    Cache(CacheSpec),
    /// What the artifact of a source is built to; tells as a cache does, with one value.
    Artifact(ArtifactSpec),
}

impl StreamSpec {
    /// How a stream of this sort tells that it failed.
    pub fn failed(&self, fault: Fault) -> StreamEvent {
        match self {
            Self::Logs(_) => StreamEvent::Logs(LogEvent::End(Some(fault))),
            Self::Shell(_) => StreamEvent::Shell(ShellEvent::Failed(fault)),
            Self::Forward(_) => StreamEvent::Forward(ForwardEvent::End(Some(fault))),
            Self::Copy(_) => StreamEvent::Copy(CopyEvent::Failed(fault)),
            Self::Cache(_) | Self::Artifact(_) => StreamEvent::Cache(CacheEvent::Failed(fault)),
        }
    }

    /// The cluster it reaches into.
    pub fn cluster(&self) -> ClusterId {
        match self {
            Self::Logs(logs) => logs.cluster,
            Self::Shell(shell) => shell.pod.cluster,
            Self::Forward(forward) => forward.target.cluster,
            Self::Copy(copy) => copy.pod.cluster,
            Self::Cache(cache) => cache.pod.cluster,
            Self::Artifact(artifact) => artifact.pod.cluster,
        }
    }
}

/// What a person or the UI sends into a stream.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum StreamInput {
    /// Bytes for its standard input.
    Bytes(Vec<u8>),
    /// Its standard input ends.
    Eof,
    /// The terminal has this size: columns, rows.
    Size(u16, u16),
}

/// What a stream tells.
#[derive(Clone, Debug, PartialEq)]
pub enum StreamEvent {
    /// Of logs.
    Logs(LogEvent),
    /// Of a shell.
    Shell(ShellEvent),
    /// Of a forward.
    Forward(ForwardEvent),
    /// Of a copy.
    Copy(CopyEvent),
    /// Of a cache.
    Cache(CacheEvent),
}

impl StreamEvent {
    /// Nothing more will come of its stream.
    pub fn is_last(&self) -> bool {
        match self {
            Self::Logs(event) => matches!(event, LogEvent::End(_)),
            Self::Shell(event) => {
                matches!(event, ShellEvent::Exited(_) | ShellEvent::Failed(_))
            }
            Self::Forward(event) => matches!(event, ForwardEvent::End(_)),
            Self::Copy(event) => matches!(event, CopyEvent::Done { .. } | CopyEvent::Failed(_)),
            Self::Cache(_) => true,
        }
    }
}

/// Whose lines are wanted.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum LogTarget {
    /// One object: a pod, or anything behind which pods are found through its selector (workloads,
    /// Services, Jobs), including pods that appear later.
    Object(ObjRef),
    /// All pods that a label selector matches, including those that appear later.
    Selector {
        /// In this namespace; empty for all.
        namespace: Text,
        /// As the API takes it.
        labels: Text,
    },
}

/// Which containers of a pod.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub enum LogContainers {
    /// The one that `kubectl.kubernetes.io/default-container` names, else the first.
    #[default]
    Default,
    /// All of them: init, main and ephemeral ones.
    All,
    /// This one.
    Named(Text),
}

/// From where on.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum LogSince {
    /// As far back as the node keeps.
    #[default]
    Beginning,
    /// This many seconds back.
    Seconds(u64),
    /// From this moment on, Unix nanoseconds.
    Time(i64),
    /// The last so many lines of each container.
    Tail(u64),
}

/// Logs to read.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct LogSpec {
    /// On which cluster.
    pub cluster: ClusterId,
    /// Whose.
    pub targets: Vec<LogTarget>,
    /// Which of their containers.
    pub containers: LogContainers,
    /// From where on.
    pub since: LogSince,
    /// Of the instance of each container before the present one.
    pub previous: bool,
    /// Goes on with lines to come, and with pods to come.
    pub follow: bool,
}

/// One container whose lines arrive.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct LogSource {
    /// Namespace of its pod.
    pub namespace: Text,
    /// Name of its pod.
    pub pod: Text,
    /// Uid of its pod: a replacement of the same name is another source.
    pub uid: Text,
    /// Name of the container.
    pub container: Text,
}

/// One line in a batch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LogLine {
    /// Number of its source, in the order in which [`LogEvent::Source`] told them.
    pub source: u32,
    /// When the node took it, Unix nanoseconds; 0 where it did not say.
    pub at: i64,
    /// Where its text ends in [`LogBatch::text`]; it begins where the one before ends.
    pub end: u32,
}

/// Lines, in the order in which they arrived; the lines of one source are in its own order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LogBatch {
    /// All their bytes as the container wrote them, without time stamps and line ends. May be
    /// anything: not sanitised, not even UTF-8.
    pub text: Vec<u8>,
    /// The lines.
    pub lines: Vec<LogLine>,
}

/// What logs tell.
#[derive(Clone, Debug, PartialEq)]
pub enum LogEvent {
    /// A container whose lines follow; they are numbered from 0 in the order of these events.
    Source(LogSource),
    /// Lines.
    Lines(LogBatch),
    /// A source has ended, and why where it is worth saying: terminated, pod gone, not started yet.
    SourceEnd {
        /// Its number.
        source: u32,
        /// In words; empty for a plain end.
        why: String,
    },
    /// Something a person should know: a source that cannot be read, lines that may be missing.
    Notice(Fault),
    /// Everything asked for has been read; nothing more will come unless it follows.
    Complete,
    /// It has ended, and why where it failed as a whole.
    End(Option<Fault>),
}

/// A process in a container to talk to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ShellSpec {
    /// The pod.
    pub pod: ObjRef,
    /// The container; empty for the pod's default one.
    pub container: Text,
    /// What to run; empty to attach to what runs already.
    pub command: Vec<String>,
    /// With a terminal.
    pub tty: bool,
    /// With standard input.
    pub stdin: bool,
    /// Columns and rows of the terminal.
    pub size: (u16, u16),
}

/// What a shell tells.
#[derive(Clone, Debug, PartialEq)]
pub enum ShellEvent {
    /// It is connected.
    Started,
    /// From its standard output, or its terminal.
    Output(Vec<u8>),
    /// From its standard error.
    Error(Vec<u8>),
    /// So many bytes of input went on their way since this was told last: whoever sends a lot waits
    /// for it instead of piling it up here.
    Taken(usize),
    /// The process ended with this exit code.
    Exited(i32),
    /// It could not be started, or the connection is gone.
    Failed(Fault),
}

/// One local port that leads to a port of a pod.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct ForwardPort {
    /// The local port; 0 for any free one.
    pub local: u16,
    /// The port of the target, as number or name; of a Service its own port.
    pub remote: Text,
}

/// A forward.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct ForwardSpec {
    /// A pod, or a Service or workload, of whose ready pods one is taken; another one when it is gone.
    pub target: ObjRef,
    /// Name of the pod to begin with, where it is ready; empty for any.
    pub first: Text,
    /// Local address to listen on.
    pub address: Text,
    /// The ports.
    pub ports: Vec<ForwardPort>,
}

/// What a forward tells.
#[derive(Clone, Debug, PartialEq)]
pub enum ForwardEvent {
    /// Listens on these local ports, in the order of its ports.
    Listening(Vec<u16>),
    /// Leads to this pod from now on.
    Pod(Text),
    /// How much went through so far. Told now and then, not for each byte.
    Traffic {
        /// Connections open now.
        open: u32,
        /// Connections so far.
        connections: u64,
        /// Bytes into the cluster.
        sent: u64,
        /// Bytes out of it.
        received: u64,
    },
    /// One connection failed; the forward goes on.
    Trouble(Fault),
    /// It leads nowhere for now, in words: its pod is gone and no other one is ready.
    Waiting(String),
    /// It has ended, and why where it failed.
    End(Option<Fault>),
}

/// Which way a copy goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum CopyWay {
    /// From this machine into the container.
    Up,
    /// From the container to this machine.
    Down,
}

/// Files to copy.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct CopySpec {
    /// The pod.
    pub pod: ObjRef,
    /// The container; empty for the pod's default one.
    pub container: Text,
    /// Which way.
    pub way: CopyWay,
    /// File or directory here.
    pub local: std::path::PathBuf,
    /// File or directory there.
    pub remote: String,
}

/// What a copy tells.
#[derive(Clone, Debug, PartialEq)]
pub enum CopyEvent {
    /// So far.
    Progress {
        /// Bytes of file content that went.
        bytes: u64,
        /// Bytes in all, where known.
        total: Option<u64>,
        /// Files that are complete.
        files: u64,
    },
    /// It is done, and sizes were compared.
    Done {
        /// Bytes of file content.
        bytes: u64,
        /// Files.
        files: u64,
        /// What was left out, each with the reason; the last entry counts those not named.
        skipped: Vec<String>,
    },
    /// It failed; nothing of it is there under the final name unless that is said.
    Failed(Fault),
}

/// Values of a cache in the cluster (Redis) that are read once. The plan's one request leads to its port.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct CacheSpec {
    /// The pod that is entered.
    pub pod: ObjRef,
    /// The Secret that has the password. Where it is not there none is sent.
    pub secret: ObjRef,
    /// The key of the Secret under which it is.
    pub field: Text,
    /// What is read: of each value the names that it may have, tried in this order.
    pub keys: Vec<Vec<Text>>,
}

/// An artifact that a controller of Flux keeps, fetched once and built on this machine. The plan's one request leads to
/// the controller's port.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct ArtifactSpec {
    /// The pod that is entered.
    pub pod: ObjRef,
    /// Its port.
    pub port: Text,
    /// The host that the artifact's address names.
    pub host: Text,
    /// The way to it there.
    pub path: Text,
    /// What its bytes are held against: `sha256:…`.
    pub digest: Text,
    /// What it is called: `main@sha1:…`.
    pub revision: Text,
    /// The Kustomization that says how it is built, as JSON.
    pub kustomization: Arc<str>,
}

/// What came of reading a cache or an artifact; nothing comes after it.
#[derive(Clone, Debug, PartialEq)]
pub enum CacheEvent {
    /// The values in the order of [`CacheSpec::keys`], unpacked: JSON text. Or why one cannot be had.
    /// Of an artifact one: a comment with its revision, and the manifests as YAML.
    Done(Vec<Result<Arc<str>, Fault>>),
    /// It could not be entered or read.
    Failed(Fault),
}
