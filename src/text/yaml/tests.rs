//! Compared with the real kubectl's output of the same objects, recorded in `tests/fixtures/generic`.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use super::{Options, from_json};
use proptest::prelude::*;
use serde_json::{Value, json};

fn fixture(name: &str) -> String {
    let path = format!("{}/tests/fixtures/generic/{name}", env!("CARGO_MANIFEST_DIR"));
    std::fs::read_to_string(&path).expect(&path)
}

fn yaml(value: &Value) -> String {
    from_json(&value.to_string(), Options::VIEW).unwrap()
}

#[test]
fn every_trap_is_quoted_as_kubectl_quotes_it() {
    for name in ["yaml-texts", "yaml-shapes"] {
        let ours = from_json(&fixture(&format!("{name}.json")), Options::KUBECTL).unwrap();
        let theirs = fixture(&format!("{name}.yaml"));
        for (n, (ours, theirs)) in ours.lines().zip(theirs.lines()).enumerate() {
            assert_eq!(ours, theirs, "{name}, line {}", n + 1);
        }
        assert_eq!(ours, theirs, "{name}");
    }
}

#[test]
fn a_long_line_stays_whole_for_looking_at() {
    let long = "word ".repeat(60) + "end";
    assert_eq!(yaml(&json!({"a": long})), format!("a: {long}\n"));
}

/// What is edited is read back with a reader of YAML 1.2, which takes some text for something else.
#[test]
fn what_only_go_yaml_reads_is_quoted_where_we_read_it() {
    for text in ["\u{2028}b", "a\u{2029}", "a\u{2028}b\nc\n", "\u{2028}", "<<", "1e999", "-1e_999"]
    {
        let object = json!({"a": {"b": text, text: "c"}});
        let read: Value = serde_saphyr::from_str(&super::plain(&object)).unwrap();
        assert_eq!(read, object, "{}", super::plain(&object));
    }
}

#[test]
fn text_alone_is_a_document_too() {
    for text in ["\n-", " a\nb", "a\n---\nb\n", "a\n...\n", "a\n# b\n", "\n"] {
        let read: Value = serde_saphyr::from_str(&super::plain(&json!(text))).unwrap();
        assert_eq!(read, text, "{}", super::plain(&json!(text)));
    }
    assert_eq!(super::plain(&json!("a\nb\n")), "|\na\nb\n");
}

#[test]
fn bookkeeping_and_secrets_are_left_out_unless_asked_for() {
    let secret = json!({"apiVersion": "v1", "kind": "SecretList", "items": [
        {"kind": "Secret", "metadata": {"name": "s", "managedFields": [{"manager": "m"}]}, "data": {"k": "aHVudGVy"}}]});
    let text = yaml(&secret);
    assert!(!text.contains("managedFields") && !text.contains("aHVudGVy"), "{text}");
    assert!(text.contains("    k: '********'\n"), "{text}");
    let all = Options { managed_fields: true, secrets: true, fold: false };
    let text = from_json(&secret.to_string(), all).unwrap();
    assert!(text.contains("- manager: m") && text.contains("k: aHVudGVy"), "{text}");
}

#[test]
fn broken_json_is_an_error_and_deep_json_no_overflow() {
    assert!(from_json("{\"a\":", Options::VIEW).is_err());
    let deep = format!("{}{}", "[".repeat(100_000), "]".repeat(100_000));
    assert!(from_json(&deep, Options::VIEW).is_err());
    let deep = format!("{}1{}", "[".repeat(120), "]".repeat(120));
    assert!(from_json(&deep, Options::VIEW).is_ok());
}

fn value() -> impl Strategy<Value = Value> {
    let text = prop_oneof![
        any::<String>(),
        "[ \\n\\t:#'\"a-c0-2.+-]{0,12}",
        "[0-9:.TZ _xob+-]{0,12}",
        "(yes|no|null|~|1e3|0x1f|[a-z ]{90,140})",
    ];
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        (-1e25_f64..1e25).prop_map(Value::from),
        text.clone().prop_map(Value::from),
    ];
    leaf.prop_recursive(4, 48, 5, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..5).prop_map(Value::from),
            prop::collection::vec((text.clone(), inner), 0..5)
                .prop_map(|fields| Value::Object(fields.into_iter().collect())),
        ]
    })
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    /// An independent reader gets back what went in, folded or not.
    #[test]
    fn what_is_written_reads_back(value in value(), fold in any::<bool>()) {
        let text = from_json(&value.to_string(), Options { managed_fields: true, secrets: true, fold }).unwrap();
        let read: Result<Value, _> = serde_saphyr::from_str(&text);
        let read = read.map_err(|e| TestCaseError::fail(format!("{e}\n{text}")))?;
        prop_assert!(same(&read, &value), "{text}\n{read:?}");
    }
}

/// Whole floats are written as integers, so numbers are compared by value.
pub(in crate::text) fn same(a: &Value, b: &Value) -> bool {
    match (a, b) {
        (Value::Number(a), Value::Number(b)) => {
            let (x, y) = (a.as_f64().unwrap(), b.as_f64().unwrap());
            // serde_json reads floats to the last digit but one.
            a == b || (x - y).abs() <= x.abs() * 1e-15
        }
        (Value::Array(a), Value::Array(b)) => {
            a.len() == b.len() && a.iter().zip(b).all(|(a, b)| same(a, b))
        }
        (Value::Object(a), Value::Object(b)) => {
            a.len() == b.len() && a.iter().all(|(k, v)| b.get(k).is_some_and(|w| same(v, w)))
        }
        _ => a == b,
    }
}
