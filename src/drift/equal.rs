//! Whether two values are the same to the server, however they are written.

use super::shape::{Place, What};
use crate::text::quantity;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Number, Value};

/// Equal at this place. Lists and maps only where they are written alike.
pub(super) fn same(place: Place<'_>, one: &Value, other: &Value) -> bool {
    if one == other {
        return true;
    }
    match (&place.node.what, one, other) {
        (_, Value::Number(one), Value::Number(other)) => numbers(one, other),
        (What::Quantity, _, _) => quantity_of(one).is_some_and(|n| quantity_of(other) == Some(n)),
        (What::IntOrString, Value::Number(number), Value::String(text))
        | (What::IntOrString, Value::String(text), Value::Number(number)) => {
            number.as_i64().is_some_and(|number| text.parse() == Ok(number))
        }
        (What::Duration | What::Any, Value::String(one), Value::String(other)) => {
            nanoseconds(one).is_some_and(|n| nanoseconds(other) == Some(n))
        }
        (What::Bytes, Value::String(one), Value::String(other)) => {
            bytes(one).is_some_and(|read| bytes(other) == Some(read))
        }
        _ => false,
    }
}

/// `3` and `3.0`.
fn numbers(one: &Number, other: &Number) -> bool {
    (one.is_f64() || other.is_f64()) && one.as_f64() == other.as_f64()
}

/// In billionths: finer ones are rounded by the server too.
fn quantity_of(value: &Value) -> Option<i128> {
    match value {
        Value::String(text) => quantity::scaled(text, 9),
        Value::Number(number) => quantity::scaled(&number.to_string(), 9),
        _ => None,
    }
}

/// Base64 as manifests have it: broken into lines as well.
fn bytes(text: &str) -> Option<Vec<u8>> {
    let text: String = text.split_ascii_whitespace().collect();
    STANDARD.decode(text).ok()
}

/// A duration as Go reads it: `1h30m`, `1.5s`, `250ms`. A bare number has no unit and is none.
fn nanoseconds(text: &str) -> Option<i128> {
    const UNITS: [(&str, i128); 8] = [
        ("ns", 1),
        ("us", 1_000),
        ("µs", 1_000),
        ("μs", 1_000),
        ("ms", 1_000_000),
        ("s", 1_000_000_000),
        ("m", 60_000_000_000),
        ("h", 3_600_000_000_000),
    ];
    let (negative, mut rest) = match text.as_bytes().first()? {
        b'-' => (true, &text[1..]),
        b'+' => (false, &text[1..]),
        _ => (false, text),
    };
    if rest.is_empty() {
        return None;
    }
    let mut sum = 0i128;
    while !rest.is_empty() {
        let figures = rest.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(rest.len());
        let (number, after) = rest.split_at(figures);
        let end = after.find(|c: char| c.is_ascii_digit() || c == '.').unwrap_or(after.len());
        let (unit, next) = after.split_at(end);
        let (_, factor) = UNITS.iter().find(|(name, _)| *name == unit)?;
        let (whole, part) = number.split_once('.').unwrap_or((number, ""));
        if (whole.is_empty() && part.is_empty()) || part.contains('.') || number.len() > 18 {
            return None;
        }
        let figure = |text: &str| if text.is_empty() { Some(0) } else { text.parse::<i128>().ok() };
        let scale = 10i128.pow(u32::try_from(part.len()).ok()?);
        sum += figure(whole)? * factor + figure(part)? * factor / scale;
        rest = next;
    }
    Some(if negative { -sum } else { sum })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_read_as_go_reads_them() {
        for (text, want) in [
            ("60s", Some(60_000_000_000)),
            ("1m0s", Some(60_000_000_000)),
            ("1.5h", Some(5_400_000_000_000)),
            ("250ms", Some(250_000_000)),
            ("-1us", Some(-1_000)),
            ("", None),
            ("60", None),
            ("s", None),
            ("1x", None),
            ("1.2.3s", None),
            ("99999999999999999999s", None),
        ] {
            assert_eq!(nanoseconds(text), want, "{text}");
        }
    }
}
