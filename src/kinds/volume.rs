//! What claims and volumes have in common.

use super::de::Str;
use super::{Skip, refs};

const BETA_CLASS: &str = "volume.beta.kubernetes.io/storage-class";

/// Access modes shortened as kubectl does, in its fixed order; unknown ones are left out.
pub(super) fn access_modes(modes: &[Str<'_>]) -> String {
    const SHORT: [(&str, &str); 4] = [
        ("ReadWriteOnce", "RWO"),
        ("ReadOnlyMany", "ROX"),
        ("ReadWriteMany", "RWX"),
        ("ReadWriteOncePod", "RWOP"),
    ];
    let held: Vec<&str> = SHORT
        .iter()
        .filter(|(long, _)| modes.iter().any(|mode| &**mode == *long))
        .map(|(_, short)| *short)
        .collect();
    held.join(",")
}

/// The storage class: the old beta annotation wins over the field, as it does for the server. Its
/// second pass over the bytes is made only where the annotation can be there.
pub(super) fn storage_class(json: &[u8], field: &str) -> Result<String, Skip> {
    if memchr::memmem::find(json, BETA_CLASS.as_bytes()).is_some()
        && let Some(class) = refs::marks(json)?.annotations.get(BETA_CLASS)
    {
        return Ok(class.to_string());
    }
    Ok(field.to_owned())
}
