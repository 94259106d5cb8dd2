//! Objects as YAML, laid out as `kubectl get -o yaml` does it: the same order of keys, the same
//! quotes, the same line breaks.
//!
//! No crate's emitter is used: they all quote by YAML 1.2 or by rules of their own, and what people
//! paste into Git would differ from what kubectl gave them. Only JSON's types need writing, so the
//! emitter is small; it follows go-yaml 2, which kubectl prints with, and is compared with it.

mod emit;
mod scalar;
#[cfg(test)]
pub(super) mod tests;

use super::mask;
use serde_json::Value;

/// What is shown of an object.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Options {
    /// Show `metadata.managedFields`, as kubectl does with `--show-managed-fields`.
    pub managed_fields: bool,
    /// Show the values of Secrets instead of [`mask::MASK`].
    pub secrets: bool,
    /// Break long lines at 80 columns as kubectl does; off, a value stays on one line, which is
    /// better for searching and copying.
    pub fold: bool,
}

impl Options {
    /// For looking at: nothing secret, no bookkeeping, no folded lines.
    pub const VIEW: Self = Self { managed_fields: false, secrets: false, fold: false };

    /// Byte for byte what kubectl prints, but with the values of Secrets masked.
    pub const KUBECTL: Self = Self { managed_fields: false, secrets: false, fold: true };
}

/// The YAML of one object (or of a List of them), ending in a line break. It holds what the
/// cluster holds: text that is drawn must be sanitised line by line.
///
/// # Errors
/// JSON that is malformed, cut off or nested more than 128 levels deep.
pub fn from_json(json: &str, options: Options) -> Result<String, serde_json::Error> {
    let mut value: Value = serde_json::from_str(json)?;
    prepare(&mut value, options);
    Ok(emit::document(&value, options.fold))
}

/// The YAML of any value as it stands: nothing is left out, nothing masked.
pub fn plain(value: &Value) -> String {
    emit::document(value, false)
}

fn prepare(object: &mut Value, options: Options) {
    if !options.managed_fields
        && let Some(metadata) = object.get_mut("metadata").and_then(Value::as_object_mut)
    {
        metadata.shift_remove("managedFields");
    }
    if !options.secrets {
        mask::object(object);
    }
    let is_list = object.get("kind").and_then(Value::as_str).is_some_and(|k| k.ends_with("List"));
    if is_list && let Some(items) = object.get_mut("items").and_then(Value::as_array_mut) {
        for item in items {
            prepare(item, options);
        }
    }
}

/// The JSON of one object (or of a List of them) as `kubectl get -o json` prints it: keys sorted,
/// four spaces a level, Go's escapes, ending in a line break. `options.fold` means nothing here.
///
/// # Errors
/// JSON that is malformed, cut off or nested more than 128 levels deep.
pub fn json(json: &str, options: Options) -> Result<String, serde_json::Error> {
    use serde::Serialize;
    let mut value: Value = serde_json::from_str(json)?;
    prepare(&mut value, options);
    value.sort_all_objects();
    let mut out = Vec::new();
    let indent = serde_json::ser::PrettyFormatter::with_indent(b"    ");
    value.serialize(&mut serde_json::Serializer::with_formatter(&mut out, indent))?;
    // These stand nowhere but in strings; Go escapes them for the sake of browsers.
    let text = String::from_utf8_lossy(&out)
        .replace('<', "\\u003c")
        .replace('>', "\\u003e")
        .replace('&', "\\u0026")
        .replace('\u{2028}', "\\u2028")
        .replace('\u{2029}', "\\u2029");
    Ok(text + "\n")
}
