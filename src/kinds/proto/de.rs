//! A serde deserializer over the bytes of a message, by the table of its fields: what it delivers is
//! what JSON would say of the same object.
//!
//! A list is delivered while its elements follow each other, as the API's marshaller writes them; one
//! that goes on later is a duplicate field. Text is borrowed.

use super::envelope::text;
use super::fill::map_entry;
use super::table::{Field, Kind, Message};
use super::time;
use super::wire::{Error, Reader, Value};
use base64::Engine as _;
use serde::de::value::BorrowedStrDeserializer;
use serde::de::{DeserializeSeed, Deserializer, IntoDeserializer, MapAccess, SeqAccess, Visitor};
use serde::forward_to_deserialize_any;

/// Messages within messages that are followed; the API's own go some fifteen deep.
pub(super) const MAX_DEPTH: u8 = 64;
/// Inline messages within each other; the API's own are one within another at most.
const MAX_INLINE: usize = 2;

pub(super) const OTHER: Error = Error::Wire("a field of another type than expected");

/// Reads one message.
///
/// # Errors
/// The bytes are no such message, or `T` cannot be made of it.
pub fn from_slice<'de, T: serde::Deserialize<'de>>(
    message: &'static Message,
    bytes: &'de [u8],
) -> Result<T, Error> {
    T::deserialize(Whole(Fields::new(message, bytes, 0)?))
}

/// The object as a whole.
struct Whole<'de>(Fields<'de>);

impl<'de> Deserializer<'de> for Whole<'de> {
    type Error = Error;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        visitor.visit_map(self.0)
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        visitor.visit_some(self)
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf unit
        unit_struct newtype_struct seq tuple tuple_struct map struct enum identifier ignored_any
    }
}

/// The fields of a message with those of its inline ones.
struct Fields<'de> {
    message: &'static Message,
    reader: Reader<'de>,
    /// What goes on when the inline message ends.
    around: [Option<(&'static Message, Reader<'de>)>; MAX_INLINE],
    depth: u8,
    /// The field whose name was told last.
    at: Option<(&'static Field, Value<'de>)>,
}

impl<'de> Fields<'de> {
    fn new(message: &'static Message, bytes: &'de [u8], depth: u8) -> Result<Self, Error> {
        if depth == MAX_DEPTH {
            return Err(Error::Wire("it is nested too deep"));
        }
        let reader = Reader::new(bytes);
        Ok(Self { message, reader, around: [None; MAX_INLINE], depth: depth + 1, at: None })
    }

    fn enter(&mut self, inner: &'static Message, bytes: &'de [u8]) -> Result<(), Error> {
        let free = self.around.iter_mut().find(|place| place.is_none());
        let place = free.ok_or(Error::Wire("it is nested too deep"))?;
        *place = Some((self.message, self.reader));
        (self.message, self.reader) = (inner, Reader::new(bytes));
        Ok(())
    }

    /// Goes on behind an inline message; false where there was none.
    fn leave(&mut self) -> bool {
        let Some(around) = self.around.iter_mut().rev().find_map(Option::take) else {
            return false;
        };
        (self.message, self.reader) = around;
        true
    }
}

impl<'de> MapAccess<'de> for Fields<'de> {
    type Error = Error;

    #[inline]
    fn next_key_seed<K: DeserializeSeed<'de>>(
        &mut self,
        seed: K,
    ) -> Result<Option<K::Value>, Error> {
        loop {
            let Some((number, value)) = self.reader.field()? else {
                if self.leave() {
                    continue;
                }
                return Ok(None);
            };
            let Some(field) = self.message.field(number) else { continue };
            match (&field.kind, value) {
                (Kind::Skip, _) => continue,
                (Kind::Inline(inner), Value::Bytes(bytes)) => {
                    self.enter(inner, bytes)?;
                    continue;
                }
                _ if field.is_absent(value) => continue,
                _ => {}
            }
            self.at = Some((field, value));
            return seed.deserialize(BorrowedStrDeserializer::new(field.name)).map(Some);
        }
    }

    #[inline]
    fn next_value_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<S::Value, Error> {
        let (field, value) = self.at.take().ok_or(Error::Wire("a value without its field"))?;
        let depth = self.depth;
        if field.many || matches!(field.kind, Kind::Map(_)) {
            return seed.deserialize(Run {
                reader: &mut self.reader,
                field,
                first: Some(value),
                packed: Reader::new(&[]),
                entry: None,
                depth,
            });
        }
        seed.deserialize(One { kind: &field.kind, value, depth })
    }
}

/// What stands under one number again and again: the elements of a list, or the entries of a map.
struct Run<'a, 'de> {
    reader: &'a mut Reader<'de>,
    field: &'static Field,
    first: Option<Value<'de>>,
    /// Numbers that share one field.
    packed: Reader<'de>,
    /// The value of the entry whose key was told last.
    entry: Option<Value<'de>>,
    depth: u8,
}

impl<'de> Run<'_, 'de> {
    #[inline]
    fn next(&mut self) -> Result<Option<Value<'de>>, Error> {
        match self.first.take() {
            Some(first) => Ok(Some(first)),
            None => self.reader.next_if(self.field.number),
        }
    }

    /// Passes over the rest.
    fn pass(&mut self) -> Result<(), Error> {
        while self.next()?.is_some() {}
        Ok(())
    }
}

impl<'de> Deserializer<'de> for Run<'_, 'de> {
    type Error = Error;

    fn deserialize_any<V: Visitor<'de>>(mut self, visitor: V) -> Result<V::Value, Error> {
        let seen = if self.field.many {
            visitor.visit_seq(&mut self)?
        } else {
            visitor.visit_map(&mut self)?
        };
        self.pass()?;
        Ok(seen)
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        visitor.visit_some(self)
    }

    #[inline]
    fn deserialize_ignored_any<V: Visitor<'de>>(mut self, visitor: V) -> Result<V::Value, Error> {
        self.pass()?;
        visitor.visit_unit()
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        visitor: V,
    ) -> Result<V::Value, Error> {
        visitor.visit_newtype_struct(self)
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf unit
        unit_struct seq tuple tuple_struct map struct enum identifier
    }
}

impl<'de> SeqAccess<'de> for &mut Run<'_, 'de> {
    type Error = Error;

    #[inline]
    fn next_element_seed<S: DeserializeSeed<'de>>(
        &mut self,
        seed: S,
    ) -> Result<Option<S::Value>, Error> {
        let kind = &self.field.kind;
        loop {
            let value = if !self.packed.is_empty() {
                match kind {
                    Kind::Double => Value::Fixed64(u64::from_le_bytes(self.packed.fixed()?)),
                    _ => Value::Varint(self.packed.varint()?),
                }
            } else {
                match (self.next()?, kind) {
                    (None, _) => return Ok(None),
                    (Some(Value::Bytes(numbers)), Kind::Int | Kind::Bool | Kind::Double) => {
                        self.packed = Reader::new(numbers);
                        continue;
                    }
                    (Some(value), _) => value,
                }
            };
            return seed.deserialize(One { kind, value, depth: self.depth }).map(Some);
        }
    }
}

impl<'de> MapAccess<'de> for &mut Run<'_, 'de> {
    type Error = Error;

    #[inline]
    fn next_key_seed<K: DeserializeSeed<'de>>(
        &mut self,
        seed: K,
    ) -> Result<Option<K::Value>, Error> {
        let entry = match self.next()? {
            None => return Ok(None),
            Some(Value::Bytes(entry)) => entry,
            Some(_) => return Err(OTHER),
        };
        let Kind::Map(kind) = &self.field.kind else { return Err(OTHER) };
        let (key, value) = map_entry(kind, entry)?;
        self.entry = Some(value);
        seed.deserialize(BorrowedStrDeserializer::new(text(key)?)).map(Some)
    }

    #[inline]
    fn next_value_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<S::Value, Error> {
        let value = self.entry.take().ok_or(Error::Wire("a value without its key"))?;
        let Kind::Map(kind) = &self.field.kind else { return Err(OTHER) };
        seed.deserialize(One { kind, value, depth: self.depth })
    }
}

/// One value.
#[derive(Clone, Copy, Debug)]
pub struct One<'de> {
    pub(super) kind: &'static Kind,
    pub(super) value: Value<'de>,
    pub(super) depth: u8,
}

impl<'de> Deserializer<'de> for One<'de> {
    type Error = Error;

    #[inline]
    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        match (self.kind, self.value) {
            (Kind::Text, Value::Bytes(bytes)) => visitor.visit_borrowed_str(text(bytes)?),
            (Kind::Bool, Value::Varint(number)) => visitor.visit_bool(number != 0),
            (Kind::Int, Value::Varint(number)) => int(number, visitor),
            (Kind::Message(message), Value::Bytes(bytes)) => {
                visitor.visit_map(Fields::new(message, bytes, self.depth)?)
            }
            (Kind::Time | Kind::MicroTime, Value::Bytes([])) | (Kind::Skip, _) => {
                visitor.visit_unit()
            }
            (Kind::Time, Value::Bytes(bytes)) => {
                visitor.visit_str(time::Text::seconds(bytes)?.as_str())
            }
            (Kind::MicroTime, Value::Bytes(bytes)) => {
                visitor.visit_str(time::Text::micros(bytes)?.as_str())
            }
            (Kind::Quantity, Value::Bytes(bytes)) => visitor.visit_borrowed_str(quantity(bytes)?),
            (Kind::IntOrString, Value::Bytes(bytes)) => int_or_string(bytes, visitor),
            (Kind::Double, Value::Fixed64(bits)) => visitor.visit_f64(f64::from_bits(bits)),
            (Kind::Bytes, Value::Bytes(bytes)) => {
                visitor.visit_string(base64::engine::general_purpose::STANDARD.encode(bytes))
            }
            _ => Err(OTHER),
        }
    }

    #[inline]
    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        match (self.kind, self.value) {
            (Kind::Time | Kind::MicroTime, Value::Bytes([])) | (Kind::Skip, _) => {
                visitor.visit_none()
            }
            _ => visitor.visit_some(self),
        }
    }

    #[inline]
    fn deserialize_ignored_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        visitor.visit_unit()
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        visitor: V,
    ) -> Result<V::Value, Error> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _name: &'static str,
        _variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Error> {
        match (self.kind, self.value) {
            (Kind::Text, Value::Bytes(bytes)) => {
                visitor.visit_enum(text(bytes)?.into_deserializer())
            }
            _ => Err(OTHER),
        }
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf unit
        unit_struct seq tuple tuple_struct map struct identifier
    }
}

/// Negative numbers are written as 64 bits in two's complement.
#[inline]
fn int<'de, V: Visitor<'de>>(number: u64, visitor: V) -> Result<V::Value, Error> {
    match number.cast_signed() {
        negative @ ..0 => visitor.visit_i64(negative),
        _ => visitor.visit_u64(number),
    }
}

/// `{string = 1}`; without it, JSON says `0`.
pub(super) fn quantity(bytes: &[u8]) -> Result<&str, Error> {
    let mut fields = Reader::new(bytes);
    while let Some(field) = fields.field()? {
        if let (1, Value::Bytes(told)) = field {
            return text(told);
        }
    }
    Ok("0")
}

fn int_or_string<'de, V: Visitor<'de>>(bytes: &'de [u8], visitor: V) -> Result<V::Value, Error> {
    let mut fields = Reader::new(bytes);
    let (mut is_text, mut number, mut told): (bool, u64, &[u8]) = (false, 0, &[]);
    while let Some(field) = fields.field()? {
        match field {
            (1, Value::Varint(kind)) => is_text = kind != 0,
            (2, Value::Varint(value)) => number = value,
            (3, Value::Bytes(value)) => told = value,
            _ => {}
        }
    }
    if is_text { visitor.visit_borrowed_str(text(told)?) } else { int(number, visitor) }
}
