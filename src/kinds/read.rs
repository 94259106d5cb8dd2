//! The first step of every projection: bytes to facts, with an error that says which object it was.

use super::de::{Meta, nullable};
use super::{RowBuilder, Skip};
use serde::Deserialize;

/// Reads the facts a kind declares from one object's JSON.
///
/// # Errors
/// Where the object does not have the shape the API promises, the reason names the object if at
/// least its metadata can be read.
pub(super) fn facts<'a, T: Deserialize<'a>>(json: &'a [u8]) -> Result<T, Skip> {
    serde_json::from_slice(json).map_err(|error| named(json, &error))
}

/// Takes identity, age and owners over into the row.
///
/// # Errors
/// An object without a name cannot be told from others.
pub(super) fn identity(meta: &Meta<'_>, row: &mut RowBuilder<'_>) -> Result<(), Skip> {
    if meta.name.is_empty() {
        return Err(Skip("an object without metadata.name".to_owned()));
    }
    row.meta(meta);
    Ok(())
}

#[derive(Deserialize)]
struct OnlyMeta<'a> {
    #[serde(borrow, default, deserialize_with = "nullable")]
    metadata: Meta<'a>,
}

#[cold]
fn named(json: &[u8], error: &serde_json::Error) -> Skip {
    match serde_json::from_slice::<OnlyMeta<'_>>(json) {
        Ok(OnlyMeta { metadata }) if !metadata.name.is_empty() => {
            let slash = if metadata.namespace.is_empty() { "" } else { "/" };
            Skip(format!("{}{slash}{}: {error}", &*metadata.namespace, &*metadata.name))
        }
        _ => Skip(error.to_string()),
    }
}
