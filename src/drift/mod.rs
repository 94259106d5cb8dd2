//! Floor 5, above apps and as pure as they are: what differs between what was deployed and what is there, field by field, who
//! wrote it, and what becomes of it.
//!
//! A [`Job`] says what is to be compared. An [`Inquiry`] made from it asks for what it needs and judges
//! object by object; whoever carries its questions (the reader thread does) passes on its [`News`].
//! Where "desired" comes from is one file per source in `sources/`.

mod audit;
mod carried;
pub mod compare;
#[cfg(test)]
mod corpus_tests;
mod digest;
mod equal;
pub mod found;
mod inquiry;
mod job;
mod judge;
pub mod manifest;
pub mod noise;
pub mod patch;
pub mod path;
mod rehearsal;
pub mod revert;
pub mod shape;
pub mod sides;
mod sight;
mod sources;
mod subject;
#[cfg(test)]
mod testing;
mod veil;
pub mod writers;

pub use carried::{Carried, Together};
pub use found::{
    Change, Confidence, Desired, Drift, Fate, Field, ObjectDrift, Side, State, Tally, Writer,
};
pub use inquiry::{Inquiry, News};
pub use job::{Depth, Job, Only, Origin};
pub use noise::Rules;
pub use path::{Path, Step};
pub use sight::{Before, Glimpse, Seen, Sight, Turn};
pub use sources::{Ground, Own, Released};
pub use subject::{Around, Elsewhere, Piece, Subject, Survey};
