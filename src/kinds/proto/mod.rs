//! Objects as API servers write them for programs: protobuf, read through the same facts as JSON.
//!
//! A table ([`messages`]) says which number of a message is which field of the JSON object; a serde
//! deserializer ([`de`]) goes by it, so that a kind's file does not know how its object came.

mod de;
#[cfg(test)]
pub(crate) mod encode;
mod envelope;
mod fill;
#[rustfmt::skip]
pub mod messages;
mod plan;
mod table;
#[cfg(test)]
mod tests;
mod time;
mod wire;

pub use de::{One, from_slice};
pub use envelope::{Envelope, MAGIC};
pub use fill::{Fill, Places, fill, fill_struct};
pub(crate) use fill::{from_message, name_of};
pub use table::{Field, Kind, Message};
pub use wire::{Error, Reader, Value};
