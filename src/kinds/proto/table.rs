//! What a message's numbers mean.

use super::wire::Value;

/// One message of the API.
#[derive(Debug)]
pub struct Message {
    /// Its name, for people.
    pub name: &'static str,
    /// Its fields, ascending by number.
    pub fields: &'static [Field],
}

/// One field of a message.
#[derive(Debug)]
pub struct Field {
    /// Its number on the wire.
    pub number: u32,
    /// Its name in JSON; empty for [`Kind::Inline`].
    pub name: &'static str,
    /// What it holds.
    pub kind: Kind,
    /// A list.
    pub many: bool,
    /// JSON has it also when it is empty or zero: a pointer in Go, or without `omitempty`.
    pub zero: bool,
}

/// What a field holds, and so how JSON writes it.
#[derive(Debug)]
pub enum Kind {
    /// UTF-8 text.
    Text,
    /// true or false.
    Bool,
    /// A whole number.
    Int,
    /// A number with a fraction.
    Double,
    /// Bytes: base64 text in JSON.
    Bytes,
    /// `{seconds = 1, nanos = 2}`: RFC 3339 text to the second, in UTC; `null` when empty.
    Time,
    /// The same to the microsecond.
    MicroTime,
    /// `{string = 1}`: text.
    Quantity,
    /// `{type = 1, intVal = 2, strVal = 3}`: a number where the type is zero, else text.
    IntOrString,
    /// Entries `{key = 1, value = 2}`: an object of what is named here.
    Map(&'static Kind),
    /// An object.
    Message(&'static Message),
    /// An object whose fields stand among those of the one around it.
    Inline(&'static Message),
    /// Not read: `null`.
    Skip,
}

impl Field {
    /// JSON leaves it out: zero or empty, and nothing tells that from not being there.
    #[inline]
    pub(super) fn is_absent(&self, value: Value<'_>) -> bool {
        let empty = match value {
            Value::Bytes([]) => {
                matches!(self.kind, Kind::Text | Kind::Bytes | Kind::Time | Kind::MicroTime)
            }
            Value::Varint(0) | Value::Fixed64(0) => true,
            _ => false,
        };
        empty && !self.zero && !self.many
    }
}

impl Message {
    /// The field of this number.
    pub fn field(&self, number: u32) -> Option<&'static Field> {
        // Numbers ascend from one with few gaps: a field stands where its number says, or a little before.
        let most = self.fields.len().min(number as usize);
        for field in self.fields.get(..most)?.iter().rev() {
            if field.number <= number {
                return (field.number == number).then_some(field);
            }
        }
        None
    }
}
