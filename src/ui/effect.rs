//! Everything the UI can ask for: plain data, comparable in tests.

use super::edits::EditId;
use crate::drift::Job;
use crate::logs::Snapshot;
use crate::model::{
    AccessQuestion, ClusterId, ForwardSpec, Need, ObjRef, Plan, PlanId, Program, Read, StreamId,
    StreamInput, StreamSpec, SubId, Text, Ticket,
};
use crate::text::hidden::Hidden;

/// Text that leaves the program.
#[derive(Clone, Debug, PartialEq)]
pub enum Content {
    /// This one.
    Text(String),
    /// Lines, made into text where they are written.
    Lines(Snapshot),
}

impl Content {
    /// Writes it.
    ///
    /// # Errors
    /// What the writer says.
    pub fn write_to(&self, out: &mut dyn std::io::Write) -> std::io::Result<()> {
        match self {
            Self::Text(text) => out.write_all(text.as_bytes()),
            Self::Lines(lines) => lines.write_to(out).map(|_| ()),
        }
    }
}

/// Everything the UI can ask the runtime for.
#[derive(Clone, Debug, PartialEq)]
pub enum Effect {
    /// Connect to a context under this id.
    Connect {
        /// The id it gets.
        cluster: ClusterId,
        /// The context's name.
        context: String,
    },
    /// Leave a cluster.
    Disconnect(ClusterId),
    /// Say so when some time is over. Asked for again with the same ticket, the time begins anew.
    Wake {
        /// Comes back.
        ticket: Ticket,
        /// How long.
        millis: u64,
    },
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
    /// Compare objects with what was deployed; what is found comes as [`super::Msg::Compared`].
    Compare {
        /// Comes back with everything that is found.
        ticket: Ticket,
        /// What is compared.
        job: Box<Job>,
    },
    /// Compare no further.
    Uncompare(Ticket),
    /// Open a stream: logs, a shell, a forward, a copy.
    Open {
        /// Its handle.
        stream: StreamId,
        /// What it is.
        spec: StreamSpec,
        /// The plan that was shown for it, where it reaches into a workload.
        plan: Option<Plan>,
    },
    /// Send something into a stream.
    Input(StreamId, StreamInput),
    /// End a stream.
    Close(StreamId),
    /// Ask whether something is allowed.
    Ask {
        /// Comes back with the answer.
        ticket: Ticket,
        /// The question.
        question: AccessQuestion,
    },
    /// Run a plan and follow it.
    Run(Plan),
    /// Send nothing more of a plan.
    Cancel(PlanId),
    /// Poll metrics.k8s.io from now on (or no longer).
    Metrics {
        /// Of which cluster.
        cluster: ClusterId,
        /// Pods are wanted, in these namespaces (empty: all).
        pods: Option<Vec<Text>>,
        /// Nodes are wanted.
        nodes: bool,
    },
    /// Retry now whatever waits for a retry.
    Retry(ClusterId),
    /// Hand the terminal to this cluster's credential plugin, if one waits for it.
    Login(ClusterId),
    /// Hand the terminal to the person's editor, with this text.
    Edit {
        /// Comes back with the text.
        ticket: Ticket,
        /// Name of the file.
        name: String,
        /// What is in it.
        text: String,
        /// The file that keeps it already.
        file: Option<String>,
    },
    /// Run a program of the person's; the terminal is its until it ends, unless it runs beside us.
    Program(Program),
    /// Write a text that was not sent into a file of its own, or again into this one.
    Keep {
        /// Whose it is.
        edit: EditId,
        /// Name of the file; made safe by the runtime.
        name: String,
        /// The text.
        text: String,
        /// The file that keeps it already.
        file: Option<String>,
    },
    /// A text that was kept is not needed any more.
    Forget(String),
    /// Give a process the whole terminal until it ends or the person leaves it.
    Handover {
        /// Its stream.
        stream: StreamId,
        /// What it has written so far, to begin with.
        screen: Vec<u8>,
        /// What leaves it when it is typed.
        leave: Vec<u8>,
    },
    /// Put text on the clipboard.
    Copy(String),
    /// Put a value on the clipboard that is neither shown nor said.
    CopyHidden {
        /// What it is, for the line that says it is done.
        what: String,
        /// The value.
        value: Hidden,
    },
    /// Write a file into the directory for saved tables; a line says where.
    Save {
        /// File name without directory; made safe by the runtime.
        name: String,
        /// Its content.
        content: String,
    },
    /// Write lines into a file in the directory for saved tables; a line says where.
    SaveLines {
        /// File name without directory; made safe by the runtime.
        name: String,
        /// The lines.
        lines: Snapshot,
    },
    /// Read something in `$PAGER`; the terminal is its until it ends.
    Pager(Content),
    /// Remember this prompt line.
    Remember {
        /// Which history: `command` or `filter`.
        history: &'static str,
        /// The line.
        line: String,
    },
    /// Read the forwards that earlier sessions left of a context.
    LoadForwards {
        /// Comes back with them.
        cluster: ClusterId,
        /// The context's name.
        context: String,
    },
    /// Keep these forwards of a context for later sessions, in place of those kept before.
    KeepForwards {
        /// The context's name.
        context: String,
        /// All of them.
        forwards: Vec<ForwardSpec>,
    },
    /// Look whether local ports are free.
    ProbePorts {
        /// Local address, as it is typed.
        address: String,
        /// The ports.
        ports: Vec<u16>,
    },
    /// Read theme or keymap anew under another name, for this session.
    Restyle {
        /// Name of the theme; None leaves it.
        theme: Option<String>,
        /// Name of the keymap; None leaves it.
        keymap: Option<String>,
    },
    /// Show this theme for a moment, or the one in force again.
    Preview(Option<String>),
    /// The context on screen has this theme of its own, or none.
    ContextTheme(Option<String>),
    /// Stop the process (job control); the terminal is restored first.
    Suspend,
    /// Draw everything anew, whatever the terminal shows now.
    Redraw,
    /// Leave the program.
    Quit,
}
