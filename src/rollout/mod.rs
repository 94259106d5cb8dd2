//! Floor 3: how far a workload has come from one revision to the next, and what keeps it there.
//!
//! What is read goes into a [`Situation`]; a [`Story`] is what it comes to at a moment: the state on the
//! ladder of its kind ([`ladder`]), what keeps it ([`blockers`]), and the sentence. [`history`] tells the
//! revisions, [`template`] what differs between two.

pub mod argo;
pub mod blockers;
pub mod difference;
pub mod digests;
pub mod facts;
pub mod gathered;
pub mod history;
pub mod ladder;
pub mod last_words;
pub mod offer;
pub mod picture;
pub mod situation;
pub mod stale;
pub mod status;
mod story;
pub mod template;
pub mod walk;

#[cfg(test)]
mod corpus_tests;

pub use gathered::{Gathered, Source};
pub use ladder::{Counts, Deadline, Phase, Standing};
pub use situation::{Side, Situation};
pub use story::Story;
