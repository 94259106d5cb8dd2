//! Everything that can happen.

use super::edits::EditId;
use crate::drift::News;
use crate::model::{
    Answer, ClusterEvent, ClusterId, ContextInfo, Fault, FollowState, ForwardSpec, PlanId,
    StreamEvent, StreamId, SubEvent, SubId, Ticket,
};
use crossterm::event::KeyEvent;

/// How the person's editor ended.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct EditorEnd {
    /// What it left; None where that cannot be read.
    pub text: Option<String>,
    /// Where that is kept; None where there is nothing to keep.
    pub file: Option<String>,
    /// What went wrong.
    pub fault: Option<Fault>,
}

/// Everything that can happen to the [`super::Ui`].
#[derive(Debug)]
pub enum Msg {
    /// A key was pressed.
    Key(KeyEvent),
    /// Text was pasted.
    Paste(String),
    /// The terminal has this size: columns, rows.
    Resize(u16, u16),
    /// The wheel turned: lines, down is positive.
    Wheel(i32),
    /// A mouse button was pressed at column, row.
    Click(u16, u16),
    /// The clock moved on.
    Tick,
    /// The time asked for with [`super::Effect::Wake`] is over.
    Woke(Ticket),
    /// The terminal has the focus again.
    FocusGained,
    /// The contexts of the kubeconfig.
    Contexts(Vec<ContextInfo>),
    /// About a cluster as a whole.
    Cluster(ClusterId, ClusterEvent),
    /// About a subscription.
    Sub(SubId, SubEvent),
    /// The answer to a question.
    Answer(Ticket, Result<Answer, Fault>),
    /// What a comparison has found meanwhile.
    Compared(Ticket, Vec<News>),
    /// About a stream.
    Stream(StreamId, StreamEvent),
    /// How a request of a plan is going.
    Follow(PlanId, usize, FollowState),
    /// The forwards that earlier sessions left of this cluster's context.
    Forwards(ClusterId, Result<Vec<ForwardSpec>, Fault>),
    /// Whether local ports are free.
    Ports {
        /// Where.
        address: String,
        /// Which.
        ports: Vec<u16>,
        /// The first one that is not, and why.
        taken: Option<Fault>,
    },
    /// This process has the whole terminal from now on; None when nobody has it any more.
    HandedOver(Option<StreamId>),
    /// A program of the person's has ended: a line to show, and what it printed.
    Ended(Result<(String, String), Fault>),
    /// The editor has ended.
    Edited(Ticket, EditorEnd),
    /// A text was written to this file, or could not be.
    Kept(EditId, Result<String, Fault>),
    /// The outcome of an effect that leaves the program (copy, save): a line to show.
    Said(Result<String, Fault>),
    /// Configuration was read anew.
    Reloaded(Box<super::settings::Loaded>),
}
