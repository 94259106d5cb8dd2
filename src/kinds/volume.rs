//! What claims and volumes have in common.

use super::de::Str;
use super::{Object, RowBuilder, Skip, refs};
use crate::model::{Cell, Tone};
use crate::text::quantity;

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

/// Pushes a size. Where our way of writing bytes gives the very text of the server, the cell is a
/// number, so that 10Gi sorts after 9Gi; any other notation stays as it is.
pub(super) fn size(row: &mut RowBuilder<'_>, text: &str) {
    if text.is_empty() {
        return row.cell(Cell::Empty);
    }
    if let Some(bytes) = quantity::units(text) {
        let mut written = String::new();
        quantity::write_bytes(bytes, &mut written);
        if written == text {
            return row.cell(Cell::Bytes(bytes));
        }
    }
    row.text(text, Tone::Plain);
}

/// The storage class: the old beta annotation wins over the field, as it does for the server. Its
/// second pass over the bytes is made only where the annotation can be there.
pub(super) fn storage_class(object: Object<'_>, field: &str) -> Result<String, Skip> {
    if memchr::memmem::find(object.bytes(), BETA_CLASS.as_bytes()).is_some()
        && let Some(class) = refs::marks(object)?.annotations.get(BETA_CLASS)
    {
        return Ok(class.to_string());
    }
    Ok(field.to_owned())
}
