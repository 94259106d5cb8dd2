//! Binary data is told by its size and digest: what it is says nothing to anybody.

use super::found::Change;
use super::path::Step;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use ring::digest::{SHA256, digest};
use serde_json::Value;

/// Bytes of a digest that are told: enough to tell two apart.
const TOLD: usize = 6;

/// Puts size and digest in place of binary data of a ConfigMap.
pub(super) fn change(change: &mut Change) {
    let [Step::Field(first), rest @ ..] = change.path.0.as_slice() else { return };
    if first != "binaryData" {
        return;
    }
    for value in [&mut change.desired, &mut change.live].into_iter().flatten() {
        match value {
            Value::Object(map) if rest.is_empty() => {
                map.iter_mut().for_each(|(_, value)| *value = told(value));
            }
            value => *value = told(value),
        }
    }
}

/// `1204 B sha256:9f86d081884c`.
fn told(value: &Value) -> Value {
    let text = value.as_str().unwrap_or_default();
    let squeezed: String = text.split_ascii_whitespace().collect();
    let Ok(bytes) = STANDARD.decode(squeezed) else { return "no base64".into() };
    let sum = digest(&SHA256, &bytes);
    let hex: String = sum.as_ref().iter().take(TOLD).map(|byte| format!("{byte:02x}")).collect();
    format!("{} B sha256:{hex}", bytes.len()).into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::drift::path::Path;
    use serde_json::json;

    #[test]
    fn binary_data_is_told_by_size_and_digest() {
        let mut one = Change {
            path: Path::of(&["binaryData", "logo"]),
            desired: Some(json!("dGVzdA==")),
            live: Some(json!("not base64!")),
        };
        change(&mut one);
        assert_eq!(one.desired, Some(json!("4 B sha256:9f86d081884c")));
        assert_eq!(one.live, Some(json!("no base64")));
        let mut text =
            Change { path: Path::of(&["data", "a"]), desired: None, live: Some(json!("x")) };
        change(&mut text);
        assert_eq!(text.live, Some(json!("x")));
    }
}
