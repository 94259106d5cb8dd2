//! As much protobuf as is needed to find and replace fields of recorded objects. It shares nothing with the program's
//! own reader: what that one gets wrong must show.

use std::ops::Range;

/// The number of a field and where its value is; for whole numbers, where their bytes are.
pub fn fields(bytes: &[u8]) -> Vec<(u64, Range<usize>)> {
    let (mut found, mut at) = (Vec::new(), 0);
    while at < bytes.len() {
        let tag = varint_at(bytes, &mut at);
        let length = match tag & 7 {
            0 => {
                let before = at;
                varint_at(bytes, &mut at);
                found.push((tag >> 3, before..at));
                continue;
            }
            1 => 8,
            2 => varint_at(bytes, &mut at) as usize,
            5 => 4,
            other => panic!("wire type {other}"),
        };
        found.push((tag >> 3, at..at + length));
        at += length;
    }
    assert_eq!(at, bytes.len(), "a field ends where its message ends");
    found
}

/// Where the first field of this number is.
pub fn field(bytes: &[u8], number: u64) -> Option<Range<usize>> {
    fields(bytes).into_iter().find(|(found, _)| *found == number).map(|(_, range)| range)
}

/// The value of a field that must be there.
pub fn value(bytes: &[u8], number: u64) -> &[u8] {
    &bytes[field(bytes, number).unwrap_or_else(|| panic!("field {number}"))]
}

fn varint_at(bytes: &[u8], at: &mut usize) -> u64 {
    let (mut number, mut shift) = (0, 0);
    loop {
        let byte = bytes[*at];
        *at += 1;
        number |= u64::from(byte & 0x7f) << shift;
        if byte < 0x80 {
            return number;
        }
        shift += 7;
    }
}

/// Writes a whole number.
pub fn put_varint(mut number: u64, out: &mut Vec<u8>) {
    while number >= 0x80 {
        out.push(number as u8 | 0x80);
        number >>= 7;
    }
    out.push(number as u8);
}

/// Writes tag and length of a field with so many bytes.
pub fn put_head(number: u64, length: usize, out: &mut Vec<u8>) {
    put_varint(number << 3 | 2, out);
    put_varint(length as u64, out);
}

/// Writes a field.
pub fn put(number: u64, bytes: &[u8], out: &mut Vec<u8>) {
    put_head(number, bytes.len(), out);
    out.extend_from_slice(bytes);
}

/// How many bytes tag and length take.
pub fn head_length(number: u64, length: usize) -> usize {
    let mut head = Vec::new();
    put_head(number, length, &mut head);
    head.len()
}

/// The message with another value in its first field of this number.
pub fn replaced(bytes: &[u8], number: u64, with: &[u8]) -> Vec<u8> {
    let old = field(bytes, number).unwrap_or_else(|| panic!("field {number}"));
    let begins = old.start - head_length(number, old.len());
    let mut out = bytes[..begins].to_vec();
    put(number, with, &mut out);
    out.extend_from_slice(&bytes[old.end..]);
    out
}

/// An object in its envelope: `k8s\0` and `runtime.Unknown{typeMeta{apiVersion, kind}, raw, contentEncoding, contentType}`.
pub fn enveloped(api_version: &str, kind: &str, raw: &[u8]) -> Vec<u8> {
    let mut out = envelope_head(api_version, kind, raw.len());
    out.extend_from_slice(raw);
    out.extend_from_slice(ENVELOPE_TAIL);
    out
}

/// What stands before the object itself.
pub fn envelope_head(api_version: &str, kind: &str, length: usize) -> Vec<u8> {
    let mut out = b"k8s\0".to_vec();
    let mut types = Vec::new();
    put(1, api_version.as_bytes(), &mut types);
    put(2, kind.as_bytes(), &mut types);
    put(1, &types, &mut out);
    put_head(2, length, &mut out);
    out
}

/// What stands behind it: two empty texts.
pub const ENVELOPE_TAIL: &[u8] = &[3 << 3 | 2, 0, 4 << 3 | 2, 0];

/// A frame of a watch: its length, and `WatchEvent{type, object{raw}}`.
pub fn frame(kind: &str, object: &[u8]) -> Vec<u8> {
    let mut extension = Vec::with_capacity(object.len() + 8);
    put(1, object, &mut extension);
    let mut event = Vec::with_capacity(extension.len() + 24);
    put(1, kind.as_bytes(), &mut event);
    put(2, &extension, &mut event);
    let mut frame = (event.len() as u32).to_be_bytes().to_vec();
    frame.extend_from_slice(&event);
    frame
}

/// The frames of a recorded watch.
pub fn frames(mut bytes: &[u8]) -> Vec<&[u8]> {
    let mut found = Vec::new();
    while let Some((length, rest)) = bytes.split_first_chunk::<4>() {
        let (frame, rest) = rest.split_at(u32::from_be_bytes(*length) as usize);
        found.push(frame);
        bytes = rest;
    }
    found
}
