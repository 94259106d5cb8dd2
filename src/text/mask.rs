//! Values of Secrets are never shown unless somebody asks: what is hidden, and by what.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;

/// What stands where a secret value would be. Its length tells nothing.
pub const MASK: &str = "********";

/// The annotation in which `kubectl apply`, and whoever does as it does, keeps a copy of the whole object,
/// values included.
pub const LAST_APPLIED: &str = "kubectl.kubernetes.io/last-applied-configuration";

/// Masks, if `object` is a core Secret, its `data` and `stringData` values and the copy of them in
/// its annotations. Keys stay. An object without kind or apiVersion (items of a typed list have
/// none) is masked where it looks like a Secret: `data` and a `type` beside it.
pub fn object(object: &mut Value) {
    if is_secret(object) {
        secret(object);
    }
}

/// Masks what is known to be a core Secret, or a change to one.
pub fn secret(object: &mut Value) {
    let values = values(object);
    for field in FIELDS {
        if let Some(values) = object.get_mut(field) {
            hide(values);
        }
    }
    let annotations = object.pointer_mut("/metadata/annotations").and_then(Value::as_object_mut);
    for (name, annotation) in annotations.into_iter().flatten() {
        let told = match annotation.as_str() {
            _ if name == LAST_APPLIED => Some(last_applied(annotation)),
            // Other tools keep copies under names of their own.
            Some(text) if is_copy(text) => Some(last_applied(annotation)),
            Some(text) if values.iter().any(|value| text.contains(value.as_str())) => {
                Some(MASK.to_owned())
            }
            _ => None,
        };
        if let Some(told) = told {
            *annotation = Value::String(told);
        }
    }
    // managedFields name keys, not values: nothing to hide there.
}

/// Where a Secret has its values.
const FIELDS: [&str; 2] = ["data", "stringData"];
/// Shorter values are found everywhere by chance.
const TELLING: usize = 4;

/// The values of a Secret as they are and as they are written, where they can be told from other text.
fn values(object: &Value) -> Vec<String> {
    let maps = FIELDS.into_iter().filter_map(|field| object.get(field)?.as_object());
    let mut out = Vec::new();
    for text in maps.flat_map(|map| map.values()).filter_map(Value::as_str) {
        let squeezed: String = text.split_ascii_whitespace().collect();
        let plain = STANDARD.decode(&squeezed).ok().and_then(|bytes| String::from_utf8(bytes).ok());
        out.extend(plain);
        out.push(squeezed.trim_end_matches('=').to_owned());
        out.push(text.to_owned());
    }
    out.retain(|value| value.len() >= TELLING);
    out
}

/// Whether a text is a copy of a Secret, or of a part of one.
fn is_copy(text: &str) -> bool {
    let copy = text.trim_start().starts_with('{').then(|| serde_json::from_str::<Value>(text));
    matches!(copy, Some(Ok(copy)) if FIELDS.iter().any(|field| copy.get(field).is_some()))
}

/// The copy with its own values masked, or nothing of it where it cannot be read.
fn last_applied(annotation: &Value) -> String {
    let copy = annotation.as_str().and_then(|text| serde_json::from_str::<Value>(text).ok());
    let Some(mut copy) = copy.filter(Value::is_object) else { return MASK.to_owned() };
    for field in FIELDS {
        if let Some(values) = copy.get_mut(field) {
            hide(values);
        }
    }
    // A copy may hold a copy.
    let inner = copy.pointer_mut("/metadata/annotations").and_then(Value::as_object_mut);
    for (name, text) in inner.into_iter().flatten() {
        if name == LAST_APPLIED || text.as_str().is_some_and(is_copy) {
            *text = Value::String(MASK.to_owned());
        }
    }
    copy.to_string()
}

fn is_secret(object: &Value) -> bool {
    let text = |field: &str| object.get(field).and_then(Value::as_str).unwrap_or_default();
    match (text("apiVersion"), text("kind")) {
        (_, "Secret") => true,
        ("", "") => object.get("type").is_some() && object.get("data").is_some(),
        _ => false,
    }
}

/// Every value of a map; anything else that should have been a map as a whole.
fn hide(values: &mut Value) {
    match values {
        Value::Object(map) => {
            for (_, value) in map.iter_mut() {
                *value = Value::String(MASK.to_owned());
            }
        }
        Value::Null => {}
        other => *other = Value::String(MASK.to_owned()),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use serde_json::json;

    #[test]
    fn copies_that_other_tools_leave_are_masked_too() {
        let copy = json!({"kind": "Secret", "stringData": {"s": "old-hunter"},
            "metadata": {"annotations": {"tool/inner": "{\"data\":{\"k\":\"b2xk\"}}"}}});
        let mut secret = json!({"kind": "Secret", "data": {"k": "aHVudGVyMg==", "short": "eA=="},
            "metadata": {"annotations": {
                "kapp.k14s.io/original": copy.to_string(),
                "note": "the password is hunter2", "coded": "aHVudGVyMg", "fine": "x marks it", "json": "{\"a\":1}"}}});
        object(&mut secret);
        let text = secret.to_string();
        for value in ["hunter", "aHVudGVy", "b2xk"] {
            assert!(!text.contains(value), "{value}: {text}");
        }
        let annotations = &secret["metadata"]["annotations"];
        assert_eq!(
            (&annotations["fine"], &annotations["json"]),
            (&json!("x marks it"), &json!("{\"a\":1}"))
        );
    }

    #[test]
    fn no_value_of_a_secret_is_left_anywhere() {
        let inner = json!({"kind": "Secret", "data": {"k": "aHVudGVy"}, "stringData": {"s": "hunter2"},
            "metadata": {"annotations": {LAST_APPLIED: "{\"data\":{\"k\":\"aHVudGVy\"}}"}}});
        let mut secret = json!({"apiVersion": "v1", "kind": "Secret", "type": "Opaque",
            "metadata": {"name": "db", "annotations": {"note": "kept", LAST_APPLIED: inner.to_string()}},
            "data": {"k": "aHVudGVy", "empty": "", "odd": 5}, "stringData": {"s": "hunter2"}});
        object(&mut secret);
        let text = secret.to_string();
        assert!(!text.contains("aHVudGVy") && !text.contains("hunter2"), "{text}");
        assert_eq!(secret["data"], json!({"k": MASK, "empty": MASK, "odd": MASK}));
        assert_eq!(secret["metadata"]["annotations"]["note"], "kept");
        let copy: Value =
            serde_json::from_str(secret["metadata"]["annotations"][LAST_APPLIED].as_str().unwrap())
                .unwrap();
        assert_eq!(copy["data"]["k"], MASK);
    }

    #[test]
    fn an_unreadable_copy_is_hidden_whole() {
        let mut secret = json!({"kind": "Secret", "metadata": {"annotations": {LAST_APPLIED: "{\"data\": hunter"}}});
        object(&mut secret);
        assert_eq!(secret["metadata"]["annotations"][LAST_APPLIED], MASK);
    }

    #[test]
    fn other_kinds_are_left_alone_and_kindless_secrets_are_not() {
        let mut map = json!({"apiVersion": "v1", "kind": "ConfigMap", "data": {"k": "v"}});
        let before = map.clone();
        object(&mut map);
        assert_eq!(map, before);
        let mut item = json!({"metadata": {"name": "x"}, "type": "Opaque", "data": {"k": "v"}});
        object(&mut item);
        assert_eq!(item["data"]["k"], MASK);
        let mut odd = json!({"kind": "Secret", "data": "hunter2", "stringData": null});
        object(&mut odd);
        assert_eq!(odd["data"], MASK);
    }
}
