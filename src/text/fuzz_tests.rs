//! Text from outside, damaged: sanitising, widths, YAML, JSONPath, quantities and lengths of time.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use super::jsonpath::{Keys, Node, Path, Picker};
use super::width::{rows, scrolled, truncate, width};
use super::yaml::tests::same;
use super::{age, quantity, sanitise, yaml};
use crate::fuzz::{Shape, Target, of_input, text};
use serde_json::Value;
use unicode_segmentation::UnicodeSegmentation as _;

#[test]
fn fuzz_sanitise() {
    let seeds = [
        "api-7d9c5b6f4-x2x9l",
        "a\u{1b}[2Kb\u{7}",
        "user\u{202e}nimda\u{200b}",
        "family 👨\u{200d}👩\u{200d}👧\u{200d}👦 ❤\u{fe0f}\u{200d}🔥 👍🏽 🇩🇪",
        "z\u{301}\u{301}\u{301}\u{301}\u{301}a é 日本語 ﷽ ㄱㅏ क्षि",
        "a\tb\r\nc\u{85}\u{2028}\u{feff}\u{e0041}\u{fffe}",
    ];
    Target::new("sanitise", Shape::Text).seeds(seeds).quick(2000).longest(300).run(|input| {
        let text = text(input);
        let clean = sanitise::clean(&text);
        assert_eq!(sanitise::clean(&clean), clean, "cleaning again changes something");
        assert!(!clean.contains(char::is_control), "a control is left in {clean:?}");
        let bidi = |c| matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{200e}' | '\u{200f}' | '\u{61c}');
        assert!(!clean.contains(bidi), "what reorders is left in {clean:?}");
        assert!(clean.len() <= 8 * text.len() + 16, "{} of {}", clean.len(), text.len());
        layout(&clean, 1 + input.len() % 13);
        layout(&text, input.len() % 7);
    });
}

/// What measures and what cuts agree.
fn layout(text: &str, cells: usize) {
    let whole = width(text);
    let (head, wide) = truncate(text, cells);
    assert!(text.starts_with(head) && wide <= cells && width(head) == wide, "{text:?}");
    assert!(wide + 1 >= cells.min(whole) || head.len() < text.len(), "{text:?}");
    let starts = rows(text, cells);
    assert!(starts.first() == Some(&0) && starts.is_sorted());
    let ends = starts.iter().skip(1).copied().chain([text.len()]);
    for (from, to) in starts.iter().copied().zip(ends) {
        let row = &text[from..to];
        // One grapheme that is wider than all there is stands alone.
        let alone = row.graphemes(true).filter(|one| width(one) > 0).count() == 1;
        assert!(width(row) <= cells.max(1) || alone, "{text:?} in {cells}: {from}..{to}");
    }
    let (from, blank) = scrolled(text, cells);
    // A grapheme may have any number of cells: marks of Indic scripts take one each.
    assert!(text.is_char_boundary(from) && blank < whole.max(1), "{text:?}");
    assert_eq!(width(&text[from..]) + blank + cells.min(whole), whole, "{text:?} by {cells}");
}

#[test]
fn fuzz_yaml() {
    let target = Target::new("yaml", Shape::Json).files("generic").files("kinds").longest(2000);
    let words = [
        "yes",
        "No",
        "0o17",
        "0b1",
        "1_000",
        "1:30",
        "2001-01-01",
        ".inf",
        "<<",
        "? ",
        "- ",
        "%YAML",
        "--- ",
        "...",
        "|-",
        ">+",
        "!!binary",
        "&a",
        "*a",
        " #",
        ": ",
        "metadata",
        "managedFields",
        "kind",
        "Secret",
        "SecretList",
        "items",
        "data",
        "stringData",
    ];
    target.words(&words).quick(500).run(|input| {
        let json = text(input);
        let Ok(value) = serde_json::from_str::<Value>(&json) else {
            for options in [yaml::Options::VIEW, yaml::Options::KUBECTL] {
                assert!(yaml::from_json(&json, options).is_err());
                assert!(yaml::json(&json, options).is_err());
            }
            return;
        };
        for fold in [false, true] {
            // As kubectl writes these, only go-yaml reads them.
            let text = value.to_string();
            if fold
                && (text.contains(['\u{2028}', '\u{2029}'])
                    || text.contains("<<")
                    || text.contains("99"))
            {
                continue;
            }
            let all = yaml::Options { managed_fields: true, secrets: true, fold };
            let written = yaml::from_json(&json, all).unwrap();
            assert!(written.ends_with('\n'));
            // Indentation may be two for each level on each line.
            let depth = deepest(&value);
            assert!(written.len() <= 64 + json.len() * (8 + 2 * depth), "{}", written.len());
            match serde_saphyr::from_str::<Value>(&written) {
                Ok(read) => assert!(same(&read, &value), "{value}\n{written:?}\n{read}"),
                // The reader has limits of its own.
                Err(error) => assert!(depth > 60 || is_limit(&error), "{error}\n{written}"),
            }
        }
        let view = yaml::from_json(&json, yaml::Options::VIEW).unwrap();
        if value["kind"] == "Secret" && value["data"].is_object() {
            for secret in value["data"].as_object().unwrap().values() {
                let Some(secret) = secret.as_str().filter(|s| s.len() > 12 && !s.contains('*'))
                else {
                    continue;
                };
                let elsewhere = value.to_string().matches(secret).count() > 1;
                assert!(elsewhere || !view.contains(secret), "{secret} is shown\n{view}");
            }
        }
        let printed =
            yaml::json(&json, yaml::Options { secrets: true, managed_fields: true, fold: false });
        let again: Value = serde_json::from_str(&printed.unwrap()).unwrap();
        assert!(same(&again, &value));
    });
}

fn is_limit(error: &serde_saphyr::Error) -> bool {
    let said = error.to_string();
    said.contains("budget") || said.contains("limit") || said.contains("recursion")
}

fn deepest(value: &Value) -> usize {
    1 + match value {
        Value::Array(list) => list.iter().map(deepest).max().unwrap_or(0),
        Value::Object(map) => map.values().map(deepest).max().unwrap_or(0),
        _ => 0,
    }
}

const PATHS: &[&str] = &[
    ".status.conditions[?(@.type==\"Ready\")].status\n",
    ".spec.containers[*].image\n",
    "{.metadata.annotations['a\\.b/c']}\n",
    "..name\n",
    ".spec.containers[-1:].ports[0,1]['name','containerPort']\n",
    ".a[?(@.b>1)].c[1:4:2]\n",
];

#[test]
fn fuzz_jsonpath() {
    let pod = r#"{"metadata":{"name":"a","annotations":{"a.b/c":"x"}},"spec":{"containers":[{"name":"c","image":"i:1","ports":[{"name":"p","containerPort":80}]},{"name":"d","image":"j"}]},"status":{"conditions":[{"type":"Ready","status":"True"}]},"a":[{"b":2,"c":[1,2,3,4.5,null,true]}]}"#;
    let words = [
        "..",
        "[*]",
        "[0]",
        "[-1]",
        "[::2]",
        "[?(",
        ")]",
        "@",
        "==",
        "!=",
        "<=",
        "@.a",
        "['",
        "']",
        "\\.",
        "{",
        "}",
        "\"Ready\"",
        "range",
        "$",
        ".*",
        "[a,b]",
        "[1:3]",
        "99999999999999999999",
    ];
    let seeds = PATHS.iter().map(|path| format!("{path}{pod}"));
    Target::new("jsonpath", Shape::Text).seeds(seeds).words(&words).quick(1500).run(|input| {
        let text = text(input);
        let (path, json) = text.split_once('\n').unwrap_or((&text, pod));
        for keys in [Keys::Dotted, Keys::Literal] {
            let parsed = match Path::parse(path, keys) {
                Ok(parsed) => parsed,
                Err(error) => {
                    assert!(error.at <= path.len() && !error.message.is_empty(), "{error}");
                    continue;
                }
            };
            let mut picker = Picker::default();
            picker.add(&parsed);
            let picked = picker.pick(json.as_bytes());
            // Duplicate keys and depth may be met in one and skipped in the other.
            let Ok(whole) = serde_json::from_str::<Node<'_>>(json) else { continue };
            let found = parsed.all(&whole);
            assert_eq!(parsed.first(&whole), found.first().copied());
            for node in &found {
                assert!(node.go_text().len() <= 8 * json.len() + 64);
            }
            if let (Ok(picked), Ok(plain)) = (&picked, serde_json::from_str::<Value>(json))
                && !has_duplicates(json, &plain)
            {
                assert_eq!(parsed.all(picked), found, "{path}");
            }
        }
    });
}

/// The document names a field twice: which one counts is nobody's promise.
fn has_duplicates(json: &str, plain: &Value) -> bool {
    let colons = |text: &str| text.matches("\":").count();
    colons(json) != colons(&plain.to_string())
}

#[test]
fn fuzz_quantity_and_age() {
    let seeds = [
        "250m",
        "1.5Gi",
        "-1n",
        "1e3",
        "15E-4",
        "8Ei",
        "1E",
        "5.",
        ".5",
        "0.0001",
        "+2",
        "12345678901234567890",
        "90s",
        "1h30m",
        "2d",
        "1y2w3d",
        "99999999999999999s",
        "0s",
        "",
    ];
    let words = [
        "Ki", "Mi", "Gi", "Ti", "Pi", "Ei", "e", "E", "n", "u", "m", "k", "s", "h", "d", "w", "y",
        ".",
    ];
    let target = Target::new("quantity", Shape::Text).seeds(seeds).words(&words).longest(80);
    target.quick(4000).run(|input| {
        let text = text(input);
        let (millis, units) = (quantity::millis(&text), quantity::units(&text));
        assert_eq!(millis.is_some(), units.is_some());
        if let (Some(millis), Some(units)) = (millis, units) {
            // Both round away from zero, and stop at the ends.
            let expected = i128::from(millis).unsigned_abs().div_ceil(1000);
            let ends = millis == i64::MAX || millis == i64::MIN;
            assert!(
                ends || i128::from(units).unsigned_abs() == expected,
                "{text}: {millis} {units}"
            );
            let mut written = String::new();
            quantity::write_millis(millis, &mut written);
            if !ends {
                assert_eq!(quantity::millis(&written), Some(millis), "{text} as {written}");
            }
            let mut bytes = String::new();
            quantity::write_bytes(units, &mut bytes);
            assert!(bytes.len() <= 8, "{bytes}");
        }
        if let Some(seconds) = age::parse(&text) {
            let human = age::human(seconds);
            assert!(seconds >= 0 && human.len() <= 20, "{human}");
            // What is written is read, and tells no more than there is.
            let read = age::parse(&human).unwrap_or_else(|| panic!("{human} is no length"));
            assert!(
                read <= seconds && seconds - read <= seconds / 4 + 366 * 86_400,
                "{text}: {human}"
            );
        }
        let mut random = of_input(input);
        let any = random.next().cast_signed() >> random.below(63);
        let (mut written, mut bytes) = (String::new(), String::new());
        quantity::write_millis(any, &mut written);
        quantity::write_bytes(any, &mut bytes);
        let human = age::human(any);
        assert!(written.len() <= 21 && bytes.len() <= 8 && human.len() <= 20, "{any}");
    });
}
