//! Cuts a LIST body and a watch stream in protobuf into objects while the bytes arrive, as
//! [`super::split`] does with JSON: under the same limits, and with the same errors.
//!
//! A list is `k8s\0` and a `runtime.Unknown{typeMeta = 1, raw = 2}` whose raw is a list of the kind,
//! `{metadata = 1, items = 2}`. A watch is frames of four bytes of length and a
//! `metav1.WatchEvent{type = 1, object = 2}` whose object is `RawExtension{raw = 1}`.

use super::split::{EventKind, ListMeta, MAX_ITEM, MAX_PASSED, SplitError, kind};
use crate::kinds::proto::{self, Envelope, MAGIC, Reader, Value, messages};

/// Longest metadata of a list, and longest type.
const MAX_META: u64 = 64 << 10;

const TYPE: u64 = 1 << 3 | 2;
const RAW: u64 = 2 << 3 | 2;
const METADATA: u64 = 1 << 3 | 2;
const ITEMS: u64 = 2 << 3 | 2;

/// One field's tag and what follows it, byte by byte: a length, or a number as a whole.
#[derive(Clone, Copy, Debug, Default)]
struct Head {
    tag: Option<u64>,
    number: u64,
    bytes: u32,
}

impl Head {
    /// Takes a byte; the tag and the number behind it when both are complete.
    fn take(&mut self, byte: u8) -> Result<Option<(u64, u64)>, SplitError> {
        if self.bytes == 9 && byte > 1 {
            return Err(SplitError::NotProtobuf("a number of more than 64 bits"));
        }
        self.number |= u64::from(byte & 0x7f) << (7 * self.bytes);
        self.bytes += 1;
        if byte >= 0x80 {
            return Ok(None);
        }
        let number = self.number;
        (self.number, self.bytes) = (0, 0);
        match self.tag.take() {
            Some(tag) => Ok(Some((tag, number))),
            None if number >> 3 == 0 => Err(SplitError::NotProtobuf("a field without number")),
            None => match number & 7 {
                0 | 2 => {
                    self.tag = Some(number);
                    Ok(None)
                }
                // Numbers of fixed length: passed over like a field of so many bytes.
                1 => Ok(Some((number, 8))),
                5 => Ok(Some((number, 4))),
                _ => Err(SplitError::NotProtobuf("a wire type that is not used")),
            },
        }
    }

    const fn is_empty(&self) -> bool {
        self.tag.is_none() && self.bytes == 0
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum At {
    /// So many of the first four bytes have come.
    Magic(usize),
    /// Between fields, of the envelope or of the list.
    Fields,
    Type(u64),
    Meta(u64),
    Item(u64),
    /// In what is not kept: an unknown field, or an item that is too large.
    Passing(u64),
}

/// Cuts one LIST body into its items' messages.
#[derive(Debug)]
pub(crate) struct ListSplitter {
    at: At,
    head: Head,
    /// Bytes of the list that are still to come; None outside of it.
    left: Option<u64>,
    partial: Vec<u8>,
    spent: bool,
    kind: Vec<u8>,
    meta: Vec<u8>,
    /// The list has come as a whole.
    done: bool,
}

impl Default for ListSplitter {
    fn default() -> Self {
        Self {
            at: At::Magic(0),
            head: Head::default(),
            left: None,
            partial: Vec::new(),
            spent: false,
            kind: Vec::new(),
            meta: Vec::new(),
            done: false,
        }
    }
}

impl ListSplitter {
    /// The next item, or None when `input` is used up. `input` shrinks as it is read.
    pub(crate) fn next<'s, 'i: 's>(
        &'s mut self,
        input: &mut &'i [u8],
    ) -> Result<Option<&'s [u8]>, SplitError> {
        if std::mem::take(&mut self.spent) {
            self.partial.clear();
        }
        loop {
            match self.at {
                At::Magic(4) => self.at = At::Fields,
                At::Magic(seen) => {
                    let Some((&byte, rest)) = input.split_first() else { return Ok(None) };
                    if byte != MAGIC[seen] {
                        return Err(SplitError::NotProtobuf("its first bytes are others"));
                    }
                    *input = rest;
                    self.at = At::Magic(seen + 1);
                }
                At::Fields => {
                    if self.left == Some(0) {
                        if !self.head.is_empty() {
                            return Err(SplitError::NotProtobuf("a field is longer than its list"));
                        }
                        self.left = None;
                        self.done = true;
                    }
                    let Some((&byte, rest)) = input.split_first() else { return Ok(None) };
                    *input = rest;
                    self.count(1);
                    if let Some((tag, number)) = self.head.take(byte)? {
                        self.field(tag, number)?;
                    }
                }
                At::Type(left) => {
                    let Some(piece) = self.piece(input, left) else { return Ok(None) };
                    self.kind.extend_from_slice(piece);
                    self.at = At::Type(left - piece.len() as u64);
                    if self.at == At::Type(0) {
                        self.at = At::Fields;
                        self.of_a_list()?;
                    }
                }
                At::Meta(left) => {
                    let Some(piece) = self.piece(input, left) else { return Ok(None) };
                    self.meta.extend_from_slice(piece);
                    let left = left - piece.len() as u64;
                    self.at = if left == 0 { At::Fields } else { At::Meta(left) };
                }
                At::Passing(left) => {
                    let Some(piece) = self.piece(input, left) else { return Ok(None) };
                    let left = left - piece.len() as u64;
                    self.at = if left == 0 { At::Fields } else { At::Passing(left) };
                }
                At::Item(left) => {
                    let Some(piece) = self.piece(input, left) else { return Ok(None) };
                    let left = left - piece.len() as u64;
                    if left > 0 {
                        self.partial.extend_from_slice(piece);
                        self.at = At::Item(left);
                        continue;
                    }
                    self.at = At::Fields;
                    if self.partial.is_empty() {
                        return Ok(Some(piece));
                    }
                    self.partial.extend_from_slice(piece);
                    self.spent = true;
                    return Ok(Some(&self.partial));
                }
            }
        }
    }

    fn count(&mut self, bytes: usize) {
        self.left = self.left.map(|left| left.saturating_sub(bytes as u64));
    }

    /// What there is of the `left` bytes of a field; None when there is nothing and something is missing.
    fn piece<'i>(&mut self, input: &mut &'i [u8], left: u64) -> Option<&'i [u8]> {
        if input.is_empty() && left > 0 {
            return None;
        }
        let length = usize::try_from(left).unwrap_or(usize::MAX).min(input.len());
        let (piece, rest) = input.split_at(length);
        *input = rest;
        self.count(length);
        Some(piece)
    }

    /// A field begins: `number` is its length, or itself for a whole number.
    fn field(&mut self, tag: u64, number: u64) -> Result<(), SplitError> {
        let length = if tag & 7 == 0 { 0 } else { number };
        if self.left.is_some_and(|left| length > left) {
            return Err(SplitError::NotProtobuf("a field is longer than its list"));
        }
        match (self.left, tag) {
            (None, TYPE) | (Some(_), METADATA) if length > MAX_META => {
                return Err(SplitError::NotProtobuf("its metadata is larger than 64 KiB"));
            }
            (None, TYPE) => {
                self.kind.clear();
                self.at = At::Type(length);
            }
            (None, RAW) if self.done => {
                return Err(SplitError::NotProtobuf("something follows its end"));
            }
            (None, RAW) => self.left = Some(length),
            (Some(_), METADATA) => {
                self.meta.clear();
                self.at = At::Meta(length);
            }
            (Some(_), ITEMS) if length > MAX_PASSED as u64 => return Err(SplitError::Endless),
            (Some(_), ITEMS) if length > MAX_ITEM as u64 => {
                self.at = At::Passing(length);
                return Err(SplitError::TooLarge);
            }
            (Some(_), ITEMS) => self.at = At::Item(length),
            _ if length > MAX_PASSED as u64 => return Err(SplitError::Endless),
            _ if length > 0 => self.at = At::Passing(length),
            _ => {}
        }
        Ok(())
    }

    fn of_a_list(&self) -> Result<(), SplitError> {
        let mut fields = Reader::new(&self.kind);
        while let Ok(Some((number, value))) = fields.field() {
            if let (2, Value::Bytes(kind)) = (number, value)
                && kind.ends_with(b"List")
            {
                return Ok(());
            }
        }
        Err(SplitError::NotProtobuf("its kind is no list"))
    }

    /// To be called when the body ended: what the list says about itself.
    pub(crate) fn finish(mut self) -> Result<ListMeta, SplitError> {
        // A list that is empty ends with its own length.
        if self.next(&mut &[][..])?.is_some()
            || self.at != At::Fields
            || !self.head.is_empty()
            || !self.done
        {
            return Err(SplitError::Truncated);
        }
        self.of_a_list()?;
        proto::from_slice(&messages::LIST_META, &self.meta)
            .map_err(|_| SplitError::NotProtobuf("its metadata cannot be read"))
    }
}

/// Cuts a watch stream into its frames.
#[derive(Debug, Default)]
pub(crate) struct FrameSplitter {
    /// The length, as far as it has come.
    head: Vec<u8>,
    /// What is missing of the frame; None between frames.
    left: Option<usize>,
    partial: Vec<u8>,
    spent: bool,
    passing: bool,
}

impl FrameSplitter {
    /// The next frame, or None when `input` is used up. Empty frames are left out.
    pub(crate) fn next<'s, 'i: 's>(
        &'s mut self,
        input: &mut &'i [u8],
    ) -> Result<Option<&'s [u8]>, SplitError> {
        if std::mem::take(&mut self.spent) {
            self.partial.clear();
        }
        while !input.is_empty() {
            let whole: &'i [u8] = input;
            let Some(left) = self.left else {
                let (piece, rest) = whole.split_at(whole.len().min(4 - self.head.len()));
                *input = rest;
                self.head.extend_from_slice(piece);
                if let Ok(length) = <[u8; 4]>::try_from(self.head.as_slice()) {
                    self.head.clear();
                    let length = u32::from_be_bytes(length) as usize;
                    if length > MAX_PASSED {
                        return Err(SplitError::Endless);
                    }
                    self.passing = length > MAX_ITEM;
                    self.left = (length > 0).then_some(length);
                    if self.passing {
                        return Err(SplitError::TooLarge);
                    }
                }
                continue;
            };
            let (piece, rest) = whole.split_at(whole.len().min(left));
            *input = rest;
            let left = left - piece.len();
            self.left = (left > 0).then_some(left);
            if self.passing {
                continue;
            }
            if left == 0 && self.partial.is_empty() {
                return Ok(Some(piece));
            }
            self.partial.extend_from_slice(piece);
            if left == 0 {
                self.spent = true;
                return Ok(Some(&self.partial));
            }
        }
        Ok(None)
    }
}

/// One frame of a watch: what it tells, and the object's own message, or the Status in its envelope for an
/// error. None where it cannot be read.
pub(crate) fn watch_event(frame: &[u8]) -> Option<(EventKind, &[u8])> {
    let mut fields = Reader::new(frame);
    let (mut told, mut object) = (None, None);
    while let Some(field) = fields.field().ok()? {
        match field {
            (1, Value::Bytes(name)) => told = kind(name),
            (2, Value::Bytes(extension)) => object = Some(extension),
            _ => {}
        }
    }
    let mut fields = Reader::new(object?);
    let mut raw = None;
    while let Some(field) = fields.field().ok()? {
        if let (1, Value::Bytes(bytes)) = field {
            raw = Some(bytes);
        }
    }
    match (told?, raw?) {
        (EventKind::Error, status) => Some((EventKind::Error, status)),
        (kind, object) => Some((kind, Envelope::open(object).ok()?.raw)),
    }
}

#[cfg(test)]
#[path = "split_protobuf_tests.rs"]
mod tests;
