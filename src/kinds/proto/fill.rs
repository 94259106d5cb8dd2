//! Fills facts in place, field by field: what serde does for every kind, without its detours, for
//! those kinds of which there are tens of thousands. A struct says so by [`from_message`]; the
//! tests hold both ways against each other.

use super::de::{MAX_DEPTH, OTHER, One};
use super::envelope::text;
use super::plan::Plan;
use super::table::{Kind, Message};
use super::time;
use super::wire::{Error, Reader, Value};
use crate::kinds::de::Str;
use std::borrow::Cow;

/// A value that can be filled from a field.
pub trait Fill<'de>: Default {
    /// Takes over what the field says; lists go on.
    ///
    /// # Errors
    /// The field holds something else.
    fn fill(&mut self, from: One<'de>) -> Result<(), Error>;
}

/// A struct whose fields have places, made by [`from_message`].
pub trait Places<'de>: Default {
    /// The names of its fields, as Rust or JSON write them, in the order of their places.
    const NAMES: &'static [&'static str];

    /// Fills the field at one place.
    ///
    /// # Errors
    /// The field holds something else.
    fn place(&mut self, place: usize, from: One<'de>) -> Result<(), Error>;
}

/// Declares which fields a struct is filled in from: all it has, by their names, or by the name after
/// `=` where JSON says it otherwise.
macro_rules! from_message {
    ($struct:ty { $($field:ident $(= $name:literal)?),* $(,)? }) => {
        impl<'de> $crate::kinds::proto::Places<'de> for $struct {
            const NAMES: &'static [&'static str] =
                &[$($crate::kinds::proto::name_of!($field $($name)?)),*];

            #[inline]
            #[allow(dead_code, non_camel_case_types, unused_variables)]
            fn place(
                &mut self,
                place: usize,
                from: $crate::kinds::proto::One<'de>,
            ) -> Result<(), $crate::kinds::proto::Error> {
                enum Place { $($field),* }
                // No `..`: a field that is not declared does not compile.
                let Self { $($field),* } = self;
                match place {
                    $(at if at == Place::$field as usize => {
                        $crate::kinds::proto::Fill::fill($field, from)
                    })*
                    _ => Ok(()),
                }
            }
        }

        impl<'de> $crate::kinds::proto::Fill<'de> for $struct {
            #[inline]
            fn fill(
                &mut self,
                from: $crate::kinds::proto::One<'de>,
            ) -> Result<(), $crate::kinds::proto::Error> {
                $crate::kinds::proto::fill_struct(self, from)
            }
        }
    };
}

macro_rules! name_of {
    ($field:ident) => {
        stringify!($field)
    };
    ($field:ident $name:literal) => {
        $name
    };
}

pub(crate) use {from_message, name_of};

/// Fills a struct from a whole message.
///
/// # Errors
/// The bytes are no such message.
pub fn fill<'de, T: Places<'de>>(
    facts: &mut T,
    message: &'static Message,
    bytes: &'de [u8],
) -> Result<(), Error> {
    fields(facts, message, bytes, 0)
}

/// Fills a struct from a message, or from one entry of a map by its key.
///
/// # Errors
/// The field holds something else.
#[inline]
pub fn fill_struct<'de, T: Places<'de>>(into: &mut T, from: One<'de>) -> Result<(), Error> {
    match (from.kind, from.value) {
        (Kind::Message(message), Value::Bytes(bytes)) => fields(into, message, bytes, from.depth),
        (Kind::Map(kind), Value::Bytes(entry)) => {
            let (key, value) = map_entry(kind, entry)?;
            match T::NAMES.iter().position(|name| name.as_bytes() == key) {
                Some(place) => into.place(place, One { kind, value, depth: from.depth }),
                None => Ok(()),
            }
        }
        (Kind::Skip, _) => Ok(()),
        _ => Err(OTHER),
    }
}

fn fields<'de, T: Places<'de>>(
    into: &mut T,
    message: &'static Message,
    bytes: &'de [u8],
    depth: u8,
) -> Result<(), Error> {
    if depth == MAX_DEPTH {
        return Err(Error::Wire("it is nested too deep"));
    }
    let plan = Plan::of(message, T::NAMES);
    let mut reader = Reader::new(bytes);
    while let Some((number, value)) = reader.field()? {
        let Some((field, place)) = plan.field(number) else { continue };
        match (&field.kind, value) {
            (Kind::Skip, _) => {}
            (Kind::Inline(inner), Value::Bytes(bytes)) => fields(into, inner, bytes, depth + 1)?,
            _ if field.is_absent(value) => {}
            (kind, _) => into.place(place, One { kind, value, depth: depth + 1 })?,
        }
    }
    Ok(())
}

/// Key and value of a map's entry, `{key = 1, value = 2}`; what is not there is empty.
pub(super) fn map_entry<'de>(
    kind: &Kind,
    entry: &'de [u8],
) -> Result<(&'de [u8], Value<'de>), Error> {
    let mut fields = Reader::new(entry);
    let (mut key, mut held): (&[u8], _) = (&[], None);
    while let Some(field) = fields.field()? {
        match field {
            (1, Value::Bytes(told)) => key = told,
            (2, told) => held = Some(told),
            _ => {}
        }
    }
    let empty = match kind {
        Kind::Int | Kind::Bool => Value::Varint(0),
        _ => Value::Bytes(&[]),
    };
    Ok((key, held.unwrap_or(empty)))
}

impl<'de> Fill<'de> for Str<'de> {
    #[inline]
    fn fill(&mut self, from: One<'de>) -> Result<(), Error> {
        self.0 = match (from.kind, from.value) {
            (Kind::Text, Value::Bytes(bytes)) => Cow::Borrowed(text(bytes)?),
            (Kind::Quantity, Value::Bytes(bytes)) => Cow::Borrowed(super::de::quantity(bytes)?),
            (Kind::Time | Kind::MicroTime, Value::Bytes([])) | (Kind::Skip, _) => return Ok(()),
            (Kind::Time, Value::Bytes(bytes)) => {
                Cow::Owned(time::Text::seconds(bytes)?.as_str().to_owned())
            }
            (Kind::MicroTime, Value::Bytes(bytes)) => {
                Cow::Owned(time::Text::micros(bytes)?.as_str().to_owned())
            }
            _ => return Err(OTHER),
        };
        Ok(())
    }
}

impl<'de> Fill<'de> for bool {
    #[inline]
    fn fill(&mut self, from: One<'de>) -> Result<(), Error> {
        let (Kind::Bool, Value::Varint(number)) = (from.kind, from.value) else {
            return Err(OTHER);
        };
        *self = number != 0;
        Ok(())
    }
}

impl<'de> Fill<'de> for i64 {
    #[inline]
    fn fill(&mut self, from: One<'de>) -> Result<(), Error> {
        let (Kind::Int, Value::Varint(number)) = (from.kind, from.value) else { return Err(OTHER) };
        *self = number.cast_signed();
        Ok(())
    }
}

impl<'de, T: Fill<'de>> Fill<'de> for Option<T> {
    #[inline]
    fn fill(&mut self, from: One<'de>) -> Result<(), Error> {
        match (from.kind, from.value) {
            (Kind::Time | Kind::MicroTime, Value::Bytes([])) | (Kind::Skip, _) => Ok(()),
            _ => self.get_or_insert_default().fill(from),
        }
    }
}

impl<'de, T: Fill<'de>> Fill<'de> for Vec<T> {
    #[inline]
    fn fill(&mut self, from: One<'de>) -> Result<(), Error> {
        let mut push = |from| {
            self.push(T::default());
            match self.last_mut() {
                Some(last) => last.fill(from),
                None => Ok(()),
            }
        };
        match (from.kind, from.value) {
            (Kind::Int | Kind::Bool, Value::Bytes(numbers)) => {
                let mut packed = Reader::new(numbers);
                while !packed.is_empty() {
                    push(One { value: Value::Varint(packed.varint()?), ..from })?;
                }
                Ok(())
            }
            _ => push(from),
        }
    }
}
