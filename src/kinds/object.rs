//! One object's bytes, in either form that API servers write.

use super::Skip;
use super::proto::{self, Message};
use serde::Deserialize;

/// One object's bytes. However they came, [`Object::read`] gives the same facts.
#[derive(Clone, Copy, Debug)]
pub enum Object<'a> {
    /// Its JSON.
    Json(&'a [u8]),
    /// Its protobuf message without the envelope, and what its numbers mean.
    Protobuf(&'static Message, &'a [u8]),
}

impl<'a> Object<'a> {
    /// The facts that `T` declares; everything else is skipped in the bytes.
    ///
    /// # Errors
    /// The bytes are no such object.
    pub fn read<T: Deserialize<'a>>(self) -> Result<T, Skip> {
        match self {
            Self::Json(json) => Ok(serde_json::from_slice(json)?),
            Self::Protobuf(message, bytes) => {
                proto::from_slice(message, bytes).map_err(|error| Skip(error.to_string()))
            }
        }
    }

    /// The same, faster, for kinds of which there are tens of thousands: what is there is filled in, and
    /// may bring room for it.
    ///
    /// # Errors
    /// The bytes are no such object.
    pub fn fill<T: Deserialize<'a> + proto::Places<'a>>(self, facts: &mut T) -> Result<(), Skip> {
        match self {
            Self::Json(_) => *facts = self.read()?,
            Self::Protobuf(message, bytes) => {
                proto::fill(facts, message, bytes).map_err(|error| Skip(error.to_string()))?;
            }
        }
        Ok(())
    }

    /// Its JSON, for those who walk it without facts.
    ///
    /// # Errors
    /// It came as protobuf.
    pub fn json(self) -> Result<&'a [u8], Skip> {
        match self {
            Self::Json(json) => Ok(json),
            Self::Protobuf(message, _) => {
                Err(Skip(format!("{} came as protobuf and JSON is needed", message.name)))
            }
        }
    }

    /// Its bytes, whatever they are.
    pub const fn bytes(self) -> &'a [u8] {
        match self {
            Self::Json(bytes) | Self::Protobuf(_, bytes) => bytes,
        }
    }
}

impl<'a> From<&'a [u8]> for Object<'a> {
    fn from(json: &'a [u8]) -> Self {
        Self::Json(json)
    }
}
