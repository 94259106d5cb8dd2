//! The wire format: numbers, lengths, and nothing that needs a table.
//!
//! <https://protobuf.dev/programming-guides/encoding/>. Every step takes at least a byte or fails,
//! and no length is believed beyond the bytes that are there.

use std::fmt;

/// Why bytes cannot be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Error {
    /// They are no protobuf message of the kind expected.
    Wire(&'static str),
    /// They are, but what they say is not what was asked for.
    Value(String),
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Wire(why) => write!(f, "no protobuf object: {why}"),
            Self::Value(why) => f.write_str(why),
        }
    }
}

impl std::error::Error for Error {}

impl serde::de::Error for Error {
    fn custom<T: fmt::Display>(said: T) -> Self {
        Self::Value(said.to_string())
    }
}

/// What stands behind a tag.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Value<'de> {
    /// Wire type 0.
    Varint(u64),
    /// Wire type 1.
    Fixed64(u64),
    /// Wire type 2: text, bytes, a message, or packed numbers.
    Bytes(&'de [u8]),
    /// Wire type 5.
    Fixed32(u32),
}

const VARINT: u64 = 0;
const FIXED64: u64 = 1;
const BYTES: u64 = 2;
const FIXED32: u64 = 5;

/// Goes through the fields of one message.
#[derive(Clone, Copy, Debug)]
pub struct Reader<'de> {
    bytes: &'de [u8],
}

impl<'de> Reader<'de> {
    /// Starts at the first field.
    pub const fn new(bytes: &'de [u8]) -> Self {
        Self { bytes }
    }

    /// All fields were read.
    pub const fn is_empty(&self) -> bool {
        self.bytes.is_empty()
    }

    /// The next field's number and value; None at the end.
    ///
    /// # Errors
    /// The bytes end within it, or are none.
    #[inline(always)]
    pub fn field(&mut self) -> Result<Option<(u32, Value<'de>)>, Error> {
        if self.bytes.is_empty() {
            return Ok(None);
        }
        let tag = self.varint()?;
        let number = match u32::try_from(tag) {
            Ok(tag @ 8..) => tag >> 3,
            _ => return Err(Error::Wire("a field number that cannot be")),
        };
        let value = match tag & 7 {
            VARINT => Value::Varint(self.varint()?),
            BYTES => Value::Bytes(self.delimited()?),
            FIXED64 => Value::Fixed64(u64::from_le_bytes(self.fixed()?)),
            FIXED32 => Value::Fixed32(u32::from_le_bytes(self.fixed()?)),
            _ => return Err(Error::Wire("a wire type that is not used")),
        };
        Ok(Some((number, value)))
    }

    /// The next field where it has this number: lists stand together.
    ///
    /// # Errors
    /// As of [`Reader::next`].
    #[inline]
    pub fn next_if(&mut self, number: u32) -> Result<Option<Value<'de>>, Error> {
        let mut ahead = *self;
        // Most often the next field is another one, which its first byte tells.
        match self.bytes.first() {
            None => return Ok(None),
            Some(&byte) if byte < 0x80 && u32::from(byte >> 3) != number => return Ok(None),
            Some(_) => {}
        }
        match ahead.field()? {
            Some((same, value)) if same == number => {
                *self = ahead;
                Ok(Some(value))
            }
            _ => Ok(None),
        }
    }

    /// A number in base 128, at most ten bytes long.
    ///
    /// # Errors
    /// It does not end, or is greater than 64 bits.
    #[inline(always)]
    pub fn varint(&mut self) -> Result<u64, Error> {
        // Nearly all tags and lengths have one byte, most others two.
        match self.bytes {
            [byte @ ..0x80, rest @ ..] => {
                self.bytes = rest;
                Ok(u64::from(*byte))
            }
            [low, high @ ..0x80, rest @ ..] => {
                self.bytes = rest;
                Ok(u64::from(low & 0x7f) | u64::from(*high) << 7)
            }
            _ => self.long_varint(),
        }
    }

    #[cold]
    #[inline(never)]
    fn long_varint(&mut self) -> Result<u64, Error> {
        let mut number = 0u64;
        for (i, byte) in self.bytes.iter().enumerate().take(10) {
            if i == 9 && *byte > 1 {
                break;
            }
            number |= u64::from(byte & 0x7f) << (7 * i);
            if *byte < 0x80 {
                self.bytes = &self.bytes[i + 1..];
                return Ok(number);
            }
        }
        Err(if self.bytes.len() < 10 {
            Error::Wire("it ends within a number")
        } else {
            Error::Wire("a number of more than 64 bits")
        })
    }

    #[inline(always)]
    fn delimited(&mut self) -> Result<&'de [u8], Error> {
        let length = usize::try_from(self.varint()?).unwrap_or(usize::MAX);
        let (value, rest) =
            self.bytes.split_at_checked(length).ok_or(Error::Wire("it ends within a field"))?;
        self.bytes = rest;
        Ok(value)
    }

    /// So many bytes of a number.
    pub(super) fn fixed<const N: usize>(&mut self) -> Result<[u8; N], Error> {
        let (value, rest) =
            self.bytes.split_first_chunk().ok_or(Error::Wire("it ends within a number"))?;
        self.bytes = rest;
        Ok(*value)
    }
}
