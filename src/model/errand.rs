//! Work that asks the API server step by step: what it asks next depends on what came. It is carried by
//! the reader thread, so that whoever wants it never waits for an answer, nor for its reading.

use super::{Fault, Plan, Read, Text};
use serde_json::Value;
use std::fmt;

/// What an errand asks.
#[derive(Clone, Debug, PartialEq)]
pub enum ErrandAsk {
    /// A path of the API.
    Read(Read),
    /// A rehearsal of the one request of a plan ([`Plan::dry_run`] is set): the answer is the object as
    /// it would be. It goes through the gate as everything that is not a read does.
    Try(Box<Plan>),
    /// Which places these jq expressions name in these values. Nothing is asked of the server. The
    /// answer has an element per expression: `{"paths": [[place, …], …]}` with a list per value, or
    /// `{"fault": "why"}`.
    Jq {
        /// The expressions.
        expressions: Vec<Text>,
        /// The values.
        inputs: Vec<Value>,
    },
}

/// Names a question within its errand.
pub type AskId = u32;

/// Requests of one errand that are under way at the same time, at most.
pub const ERRAND_IN_FLIGHT: usize = 10;

/// Work that asks. It tells what it finds in its own way; it is over when nothing is under way and it
/// asks nothing more.
pub trait Errand: Send + fmt::Debug {
    /// What to ask next, at most `free` questions.
    fn asks(&mut self, free: usize) -> Vec<(AskId, ErrandAsk)>;

    /// The answer to a question: what the server sent, as JSON text.
    fn answer(&mut self, id: AskId, answer: Result<&str, &Fault>);

    /// Does a piece of what is left to do without asking, one of some milliseconds: others have their turn
    /// between two. False where nothing was left to do; a piece may leave something to ask.
    fn work(&mut self) -> bool {
        false
    }

    /// Called once when nothing more is asked.
    fn over(&mut self);
}
