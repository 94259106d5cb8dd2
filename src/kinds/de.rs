//! Slim borrowed decoding: a kind's file declares only the fields it shows; everything else is
//! skipped in the bytes. JSON `null` is the same as an absent field, as it is for the API server.

use super::proto::from_message;
use serde::de::{Deserialize, Deserializer, Visitor};
use serde_json::value::RawValue;
use std::borrow::Cow;
use std::fmt;
use std::marker::PhantomData;
use std::ops::Deref;

/// A string borrowed from the object's bytes where it has no escapes. `null` is the empty string.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Str<'a>(pub Cow<'a, str>);

impl Deref for Str<'_> {
    type Target = str;
    fn deref(&self) -> &str {
        &self.0
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for Str<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Strings<'a>(PhantomData<&'a str>);
        impl<'de: 'a, 'a> Visitor<'de> for Strings<'a> {
            type Value = Str<'a>;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a string")
            }
            fn visit_borrowed_str<E>(self, s: &'de str) -> Result<Str<'a>, E> {
                Ok(Str(Cow::Borrowed(s)))
            }
            fn visit_str<E>(self, s: &str) -> Result<Str<'a>, E> {
                Ok(Str(Cow::Owned(s.to_owned())))
            }
            fn visit_string<E>(self, s: String) -> Result<Str<'a>, E> {
                Ok(Str(Cow::Owned(s)))
            }
            fn visit_unit<E>(self) -> Result<Str<'a>, E> {
                Ok(Str::default())
            }
            fn visit_none<E>(self) -> Result<Str<'a>, E> {
                Ok(Str::default())
            }
            fn visit_some<D: Deserializer<'de>>(self, d: D) -> Result<Str<'a>, D::Error> {
                d.deserialize_str(self)
            }
        }
        deserializer.deserialize_any(Strings(PhantomData))
    }
}

/// For `#[serde(deserialize_with = "nullable")]`: `null` is the type's default (an empty list,
/// an empty struct), as absent fields are with `#[serde(default)]`.
pub fn nullable<'de, D: Deserializer<'de>, T: Deserialize<'de> + Default>(
    deserializer: D,
) -> Result<T, D::Error> {
    Option::<T>::deserialize(deserializer).map(Option::unwrap_or_default)
}

/// For `#[serde(deserialize_with = "readable")]`: the elements of a list that can be read. One odd
/// element must not hide all others; `null` and anything that is no list are the empty list.
///
/// # Errors
/// The bytes are no JSON.
pub fn readable<'de: 'a, 'a, D: Deserializer<'de>, T: Deserialize<'a>>(
    deserializer: D,
) -> Result<Vec<T>, D::Error> {
    let whole = <&'a RawValue>::deserialize(deserializer)?;
    let elements: Vec<&'a RawValue> = serde_json::from_str(whole.get()).unwrap_or_default();
    Ok(elements.into_iter().filter_map(|raw| serde_json::from_str(raw.get()).ok()).collect())
}

/// A JSON object as pairs in the order of the bytes: labels, annotations, node selectors.
#[derive(Clone, Debug)]
pub struct Pairs<'a, V>(pub Vec<(Str<'a>, V)>);

impl<V> Default for Pairs<'_, V> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<V> Pairs<'_, V> {
    /// The value of `key`.
    pub fn get(&self, key: &str) -> Option<&V> {
        self.0.iter().find(|(k, _)| &**k == key).map(|(_, v)| v)
    }
}

impl<'de: 'a, 'a, V: Deserialize<'de>> Deserialize<'de> for Pairs<'a, V> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Maps<'a, V>(PhantomData<(&'a str, V)>);
        impl<'de: 'a, 'a, V: Deserialize<'de>> Visitor<'de> for Maps<'a, V> {
            type Value = Pairs<'a, V>;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }
            fn visit_map<A: serde::de::MapAccess<'de>>(
                self,
                mut map: A,
            ) -> Result<Self::Value, A::Error> {
                let mut pairs = Vec::new();
                while let Some(pair) = map.next_entry()? {
                    pairs.push(pair);
                }
                Ok(Pairs(pairs))
            }
            fn visit_unit<E>(self) -> Result<Self::Value, E> {
                Ok(Pairs::default())
            }
        }
        deserializer.deserialize_any(Maps(PhantomData))
    }
}

/// The part of `metadata` that rows are made from. Declare it in a kind's facts as
/// `#[serde(borrow, default, deserialize_with = "nullable")] metadata: Meta<'a>`.
#[derive(Debug, Default, serde::Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Meta<'a> {
    /// Name.
    #[serde(borrow)]
    pub name: Str<'a>,
    /// Namespace; empty when cluster-scoped.
    pub namespace: Str<'a>,
    /// uid.
    pub uid: Str<'a>,
    /// resourceVersion.
    pub resource_version: Str<'a>,
    /// generation.
    pub generation: Option<i64>,
    /// creationTimestamp, RFC 3339.
    pub creation_timestamp: Str<'a>,
    /// deletionTimestamp, RFC 3339; empty when not terminating.
    pub deletion_timestamp: Str<'a>,
    /// deletionGracePeriodSeconds.
    pub deletion_grace_period_seconds: Option<i64>,
    /// ownerReferences.
    #[serde(deserialize_with = "nullable")]
    pub owner_references: Vec<OwnerReference<'a>>,
}

from_message!(Meta<'de> { name, namespace, uid, resource_version, generation, creation_timestamp, deletion_timestamp, deletion_grace_period_seconds, owner_references });

/// One ownerReference.
#[derive(Debug, Default, serde::Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct OwnerReference<'a> {
    /// apiVersion of the owner.
    #[serde(borrow)]
    pub api_version: Str<'a>,
    /// Its kind.
    pub kind: Str<'a>,
    /// Its name.
    pub name: Str<'a>,
    /// It is the managing controller.
    pub controller: Option<bool>,
}

from_message!(OwnerReference<'de> { api_version, kind, name, controller });
