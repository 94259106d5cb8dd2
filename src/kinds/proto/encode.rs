//! Protobuf of JSON objects, by the table: for tests and measurements only.

use super::{Field, Kind, Message};
use base64::Engine as _;
use serde_json::Value;

/// The object as a message; None where it is none that an API server could hold.
pub fn encode(message: &Message, object: &Value) -> Option<Vec<u8>> {
    let mut out = Vec::new();
    for field in message.fields {
        encode_field(field, object, &mut out)?;
    }
    Some(out)
}

fn encode_field(field: &Field, object: &Value, out: &mut Vec<u8>) -> Option<()> {
    if let Kind::Inline(inner) = field.kind {
        delimited(out, field.number, &encode(inner, object)?);
        return Some(());
    }
    let value = match &object[field.name] {
        Value::Null => return Some(()),
        value => value,
    };
    match &field.kind {
        kind if field.many => {
            for element in value.as_array()? {
                encode_value(kind, field.number, element, out)?;
            }
        }
        Kind::Map(kind) => {
            for (key, value) in value.as_object()? {
                let mut entry = Vec::new();
                delimited(&mut entry, 1, key.as_bytes());
                encode_value(kind, 2, value, &mut entry)?;
                delimited(out, field.number, &entry);
            }
        }
        kind => encode_value(kind, field.number, value, out)?,
    }
    Some(())
}

fn encode_value(kind: &Kind, number: u32, value: &Value, out: &mut Vec<u8>) -> Option<()> {
    match kind {
        Kind::Text => delimited(out, number, value.as_str()?.as_bytes()),
        Kind::Bool => whole(out, number, u64::from(value.as_bool()?)),
        Kind::Int => whole(out, number, value.as_i64()?.cast_unsigned()),
        Kind::Double => {
            varint(out, u64::from(number) << 3 | 1);
            out.extend(value.as_f64()?.to_bits().to_le_bytes());
        }
        Kind::Bytes => {
            let bytes = base64::engine::general_purpose::STANDARD.decode(value.as_str()?).ok()?;
            delimited(out, number, &bytes);
        }
        Kind::Time | Kind::MicroTime => {
            let at: jiff::Timestamp = value.as_str()?.parse().ok()?;
            let mut time = Vec::new();
            let nanos = at.as_nanosecond();
            let second = i64::try_from(nanos.div_euclid(1_000_000_000)).ok()?;
            whole(&mut time, 1, second.cast_unsigned());
            whole(&mut time, 2, u64::try_from(nanos.rem_euclid(1_000_000_000)).ok()?);
            delimited(out, number, &time);
        }
        Kind::Quantity => {
            let mut quantity = Vec::new();
            delimited(&mut quantity, 1, value.as_str()?.as_bytes());
            delimited(out, number, &quantity);
        }
        Kind::IntOrString => {
            let mut either = Vec::new();
            let text = value.as_str();
            whole(&mut either, 1, u64::from(text.is_some()));
            whole(&mut either, 2, text.map_or_else(|| value.as_u64(), |_| Some(0))?);
            delimited(&mut either, 3, text.unwrap_or_default().as_bytes());
            delimited(out, number, &either);
        }
        Kind::Message(message) if value.is_object() => {
            delimited(out, number, &encode(message, value)?);
        }
        Kind::Skip => delimited(out, number, value.to_string().as_bytes()),
        Kind::Message(_) | Kind::Map(_) | Kind::Inline(_) => return None,
    }
    Some(())
}

/// A field of bytes.
pub fn delimited(out: &mut Vec<u8>, number: u32, bytes: &[u8]) {
    varint(out, u64::from(number) << 3 | 2);
    varint(out, bytes.len() as u64);
    out.extend_from_slice(bytes);
}

/// A field of a whole number.
pub fn whole(out: &mut Vec<u8>, number: u32, value: u64) {
    varint(out, u64::from(number) << 3);
    varint(out, value);
}

fn varint(out: &mut Vec<u8>, mut value: u64) {
    while value >= 0x80 {
        out.push((value & 0x7f) as u8 | 0x80);
        value >>= 7;
    }
    out.push(value as u8);
}

/// An object or a list in its envelope.
pub fn envelope(api_version: &str, kind: &str, raw: &[u8]) -> Vec<u8> {
    let mut meta = Vec::new();
    delimited(&mut meta, 1, api_version.as_bytes());
    delimited(&mut meta, 2, kind.as_bytes());
    let mut out = super::MAGIC.to_vec();
    delimited(&mut out, 1, &meta);
    delimited(&mut out, 2, raw);
    delimited(&mut out, 3, b"");
    delimited(&mut out, 4, b"");
    out
}

/// One event of a watch, as its stream has it: a length of four bytes, and `metav1.WatchEvent`.
pub fn frame(kind: &str, object: &[u8]) -> Vec<u8> {
    let (mut extension, mut event) = (Vec::new(), Vec::new());
    delimited(&mut extension, 1, object);
    delimited(&mut event, 1, kind.as_bytes());
    delimited(&mut event, 2, &extension);
    let mut framed = u32::try_from(event.len()).unwrap_or(u32::MAX).to_be_bytes().to_vec();
    framed.extend(event);
    framed
}
