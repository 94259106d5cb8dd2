//! What stands around each object: four bytes, and `runtime.Unknown` with its type.

use super::wire::{Error, Reader, Value};

/// What every object begins with.
pub const MAGIC: &[u8; 4] = b"k8s\0";

/// An object with its type.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Envelope<'a> {
    /// Its apiVersion.
    pub api_version: &'a str,
    /// Its kind.
    pub kind: &'a str,
    /// The object's own message.
    pub raw: &'a [u8],
}

impl<'a> Envelope<'a> {
    /// Opens it: `runtime.Unknown` is `{typeMeta = 1, raw = 2, contentEncoding = 3, contentType = 4}`.
    ///
    /// # Errors
    /// The bytes are no object in an envelope.
    pub fn open(bytes: &'a [u8]) -> Result<Self, Error> {
        let inner = bytes.strip_prefix(MAGIC).ok_or(Error::Wire("its first bytes are others"))?;
        let mut fields = Reader::new(inner);
        let mut envelope = Self::default();
        while let Some(field) = fields.field()? {
            match field {
                (1, Value::Bytes(kind)) => {
                    (envelope.api_version, envelope.kind) = type_meta(kind)?;
                }
                (2, Value::Bytes(raw)) => envelope.raw = raw,
                (3, Value::Bytes(encoding)) if !encoding.is_empty() => {
                    return Err(Error::Wire("its content is encoded once more"));
                }
                _ => {}
            }
        }
        Ok(envelope)
    }
}

/// `runtime.TypeMeta`, `{apiVersion = 1, kind = 2}`.
pub(super) fn type_meta(bytes: &[u8]) -> Result<(&str, &str), Error> {
    let (mut api_version, mut kind) = ("", "");
    let mut fields = Reader::new(bytes);
    while let Some(field) = fields.field()? {
        match field {
            (1, Value::Bytes(told)) => api_version = text(told)?,
            (2, Value::Bytes(told)) => kind = text(told)?,
            _ => {}
        }
    }
    Ok((api_version, kind))
}

/// Text must be UTF-8.
pub(super) fn text(bytes: &[u8]) -> Result<&str, Error> {
    std::str::from_utf8(bytes).map_err(|_| Error::Wire("text that is not UTF-8"))
}
