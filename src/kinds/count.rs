//! Counts the keys of an object and skips its values in the bytes.
//!
//! Values of Secrets (and ConfigMaps, which hold secrets often enough) must never be copied: not into
//! a row, not into an error message. So this does not use serde's own error for a wrong type, which
//! would quote the value.

use serde::de::{Deserialize, Deserializer, Error, IgnoredAny, MapAccess, SeqAccess, Visitor};
use std::fmt;

/// How many keys a JSON object has; `null` has none.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct KeyCount(pub(super) u32);

impl<'de> Deserialize<'de> for KeyCount {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Counter;
        fn wrong<T, E: Error>() -> Result<T, E> {
            Err(E::custom("data is not an object of keys and values"))
        }
        impl<'de> Visitor<'de> for Counter {
            type Value = KeyCount;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }
            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<KeyCount, A::Error> {
                let mut count = 0u32;
                while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {
                    count = count.saturating_add(1);
                }
                Ok(KeyCount(count))
            }
            fn visit_unit<E>(self) -> Result<KeyCount, E> {
                Ok(KeyCount(0))
            }
            fn visit_str<E: Error>(self, _: &str) -> Result<KeyCount, E> {
                wrong()
            }
            fn visit_bool<E: Error>(self, _: bool) -> Result<KeyCount, E> {
                wrong()
            }
            fn visit_i64<E: Error>(self, _: i64) -> Result<KeyCount, E> {
                wrong()
            }
            fn visit_u64<E: Error>(self, _: u64) -> Result<KeyCount, E> {
                wrong()
            }
            fn visit_f64<E: Error>(self, _: f64) -> Result<KeyCount, E> {
                wrong()
            }
            fn visit_seq<A: SeqAccess<'de>>(self, _: A) -> Result<KeyCount, A::Error> {
                wrong()
            }
        }
        deserializer.deserialize_any(Counter)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
    use super::KeyCount;

    #[test]
    fn values_of_any_shape_are_skipped() {
        let count = |json: &str| serde_json::from_str::<KeyCount>(json).map(|count| count.0);
        assert_eq!(count(r#"{"a":"x","b\n":"\u00e9","c":{"d":[1]}}"#).unwrap(), 3);
        assert_eq!(count("{}").unwrap(), 0);
        assert_eq!(count("null").unwrap(), 0);
    }

    #[test]
    fn an_error_never_quotes_a_value() {
        for json in [r#""hunter2""#, r#"["hunter2"]"#, "424242", "-424242", "4242.42", "true"] {
            let error = serde_json::from_str::<KeyCount>(json).unwrap_err().to_string();
            assert!(error.contains("not an object"), "{error}");
            assert!(!error.contains("hunter2") && !error.contains("42"), "{error}");
        }
    }
}
