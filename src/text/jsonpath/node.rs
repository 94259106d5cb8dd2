//! A small JSON value that borrows its strings from the object's bytes, and how Go prints it.

use serde::de::{Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};
use std::borrow::Cow;
use std::fmt::{self, Write};

/// A JSON value.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum Node<'a> {
    /// `null`.
    #[default]
    Null,
    /// `true`, `false`.
    Bool(bool),
    /// A number written without fraction and exponent that fits.
    Int(i64),
    /// Any other number.
    Float(f64),
    /// A string.
    Str(Cow<'a, str>),
    /// An array.
    List(Vec<Node<'a>>),
    /// An object, in the order of the bytes.
    Map(Vec<(Cow<'a, str>, Node<'a>)>),
}

impl<'a> Node<'a> {
    /// The field of an object; the last one where it is given twice.
    pub fn get(&self, key: &str) -> Option<&Node<'a>> {
        match self {
            Self::Map(fields) => fields.iter().rev().find(|(k, _)| k == key).map(|(_, v)| v),
            _ => None,
        }
    }

    /// The field below fields.
    pub fn at(&self, keys: &[&str]) -> Option<&Node<'a>> {
        keys.iter().try_fold(self, |node, key| node.get(key))
    }

    /// The string, if it is one.
    pub fn as_str(&self) -> Option<&str> {
        match self {
            Self::Str(s) => Some(s),
            _ => None,
        }
    }

    /// The integer, if it is one.
    pub fn as_int(&self) -> Option<i64> {
        match self {
            Self::Int(n) => Some(*n),
            _ => None,
        }
    }

    /// The elements, if it is an array; none otherwise.
    pub fn items(&self) -> &[Node<'a>] {
        match self {
            Self::List(items) => items,
            _ => &[],
        }
    }

    /// The text as Go's `fmt.Fprint` writes a decoded JSON value, arrays and objects as
    /// `encoding/json` writes them: what the API server prints in a column of type `string`.
    /// `null` is `<no value>`.
    pub fn go_text(&self) -> Cow<'_, str> {
        match self {
            Self::Null => Cow::Borrowed("<no value>"),
            Self::Bool(true) => Cow::Borrowed("true"),
            Self::Bool(false) => Cow::Borrowed("false"),
            Self::Int(n) => Cow::Owned(n.to_string()),
            Self::Float(x) => Cow::Owned(go_float(*x)),
            Self::Str(s) => Cow::Borrowed(s),
            Self::List(_) | Self::Map(_) => {
                let mut out = String::new();
                self.go_json(&mut out);
                Cow::Owned(out)
            }
        }
    }

    /// Appends what Go's `encoding/json` writes: keys sorted, `<`, `>` and `&` escaped.
    fn go_json(&self, out: &mut String) {
        match self {
            Self::Null => out.push_str("null"),
            Self::Float(x) => out.push_str(&go_json_float(*x)),
            Self::Str(s) => go_json_string(s, out),
            Self::List(items) => {
                out.push('[');
                for (i, item) in items.iter().enumerate() {
                    if i > 0 {
                        out.push(',');
                    }
                    item.go_json(out);
                }
                out.push(']');
            }
            Self::Map(fields) => {
                let mut sorted: Vec<_> = fields.iter().collect();
                sorted.sort_by(|(a, _), (b, _)| a.cmp(b));
                out.push('{');
                for (i, (key, value)) in sorted.into_iter().enumerate() {
                    if i > 0 {
                        out.push(',');
                    }
                    go_json_string(key, out);
                    out.push(':');
                    value.go_json(out);
                }
                out.push('}');
            }
            Self::Bool(_) | Self::Int(_) => out.push_str(&self.go_text()),
        }
    }
}

/// The shortest digits that read back the same, and the decimal exponent (of the first digit).
fn digits(x: f64) -> (bool, String, i32) {
    let text = format!("{:e}", x.abs());
    let (mantissa, exponent) = text.split_once('e').unwrap_or((&text, "0"));
    (x.is_sign_negative(), mantissa.replace('.', ""), exponent.parse().unwrap_or(0))
}

/// `%e` of Go, with at least two digits of exponent.
fn go_exponential(x: f64) -> String {
    let (negative, digits, exponent) = digits(x);
    let mut out = String::new();
    if negative {
        out.push('-');
    }
    let (first, rest) = digits.split_at(1);
    out.push_str(first);
    if !rest.is_empty() {
        out.push('.');
        out.push_str(rest);
    }
    let sign = if exponent < 0 { '-' } else { '+' };
    let _ = write!(out, "e{sign}{:02}", exponent.abs());
    out
}

/// `%v` of a float64: exponential below 1e-4 and from 1e6 on.
pub(crate) fn go_float(x: f64) -> String {
    let (_, _, exponent) = digits(x);
    if x != 0.0 && !(-4..6).contains(&exponent) { go_exponential(x) } else { format!("{x}") }
}

/// A float64 as `encoding/json` writes it: exponential below 1e-6 and from 1e21 on, with one
/// digit of negative exponent where one is enough.
fn go_json_float(x: f64) -> String {
    let (_, _, exponent) = digits(x);
    if x != 0.0 && !(-6..21).contains(&exponent) {
        go_exponential(x).replace("e-0", "e-")
    } else {
        format!("{x}")
    }
}

fn go_json_string(s: &str, out: &mut String) {
    out.push('"');
    for c in s.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            '\u{8}' => out.push_str("\\b"),
            '\u{c}' => out.push_str("\\f"),
            '\0'..='\u{1f}' | '<' | '>' | '&' | '\u{2028}' | '\u{2029}' => {
                let _ = write!(out, "\\u{:04x}", u32::from(c));
            }
            _ => out.push(c),
        }
    }
    out.push('"');
}

/// Builds scalars for every visitor of this module tree.
macro_rules! visit_scalars {
    ($de:lifetime) => {
        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("a JSON value")
        }
        fn visit_bool<E>(self, b: bool) -> Result<Self::Value, E> {
            Ok(Node::Bool(b))
        }
        fn visit_i64<E>(self, n: i64) -> Result<Self::Value, E> {
            Ok(Node::Int(n))
        }
        fn visit_u64<E>(self, n: u64) -> Result<Self::Value, E> {
            // Go reads what does not fit an int64 as a float64.
            #[allow(clippy::cast_precision_loss)]
            Ok(i64::try_from(n).map_or(Node::Float(n as f64), Node::Int))
        }
        fn visit_f64<E>(self, x: f64) -> Result<Self::Value, E> {
            Ok(Node::Float(x))
        }
        fn visit_borrowed_str<E>(self, s: &$de str) -> Result<Self::Value, E> {
            Ok(Node::Str(Cow::Borrowed(s)))
        }
        fn visit_str<E>(self, s: &str) -> Result<Self::Value, E> {
            Ok(Node::Str(Cow::Owned(s.to_owned())))
        }
        fn visit_unit<E>(self) -> Result<Self::Value, E> {
            Ok(Node::Null)
        }
    };
}
pub(super) use visit_scalars;

/// An object's key, borrowed where it has no escapes.
pub(super) struct Name<'a>(pub Cow<'a, str>);

impl<'de> Deserialize<'de> for Name<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Names;
        impl<'de> Visitor<'de> for Names {
            type Value = Name<'de>;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a field name")
            }
            fn visit_borrowed_str<E>(self, s: &'de str) -> Result<Name<'de>, E> {
                Ok(Name(Cow::Borrowed(s)))
            }
            fn visit_str<E>(self, s: &str) -> Result<Name<'de>, E> {
                Ok(Name(Cow::Owned(s.to_owned())))
            }
        }
        deserializer.deserialize_str(Names)
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for Node<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Nodes;
        impl<'de> Visitor<'de> for Nodes {
            type Value = Node<'de>;
            visit_scalars!('de);
            fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Node<'de>, A::Error> {
                let mut items = Vec::new();
                while let Some(item) = seq.next_element()? {
                    items.push(item);
                }
                Ok(Node::List(items))
            }
            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Node<'de>, A::Error> {
                let mut fields = Vec::new();
                while let Some(Name(key)) = map.next_key()? {
                    fields.push((key, map.next_value()?));
                }
                Ok(Node::Map(fields))
            }
        }
        deserializer.deserialize_any(Nodes)
    }
}
