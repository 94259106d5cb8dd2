//! Lines of logs as no program would write them.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use super::filter::Filter;
use super::structured::{Parts, any_value, level_of, pretty};
use super::{ansi, level};
use crate::fuzz::{Shape, Target, is_safe, text};

const LINES: &[&str] = &[
    "\u{1b}[1;31mERROR\u{1b}[0m something \u{1b}[38;5;196mred\u{1b}[m \u{1b}[48;2;1;2;3mblue",
    "\u{1b}]8;;http://x\u{1b}\\link\u{1b}]8;;\u{7} \u{1b}[2K\r\tprogress 50%\r",
    r#"{"level":"error","msg":"no \"luck\"","ts":"2026-01-01T00:00:00Z","err":{"a":{"b":[1,2]}},"n":1e3}"#,
    r#"time="2026-01-01T00:00:00Z" level=warning msg="a b" key=v x="\"q\"" empty= =odd"#,
    "E0102 15:04:05.000000       1 file.go:12] \"Failed\" err=\"timeout\" pod=\"shop/api-0\"",
    "2026-01-01 12:00:00,123 [main] WARN  com.example.Shop - slow query (took 5 s)",
    "\u{1b}P1$r\u{1b}\\ \u{9b}31m \u{90}x\u{9c} \u{1b}(0lqk\u{1b}(B",
    "日本語 \u{202e}rtl\u{202c} 👩\u{200d}👩 \u{301}\u{301}",
];

#[test]
fn fuzz_ansi() {
    let words = [
        "\u{1b}[",
        "\u{1b}]",
        "\u{1b}P",
        "\u{1b}\\",
        "\u{7}",
        "m",
        ";",
        ":",
        "38;5;",
        "48;2;",
        "38:2::1:2:3m",
        "0m",
        "1",
        "\t",
        "\r",
        "\u{9b}",
        "K",
        "\u{18}",
        "\u{1b}c",
    ];
    let target = Target::new("ansi", Shape::Text).seeds(LINES).words(&words).longest(400);
    target.quick(1500).run(|input| {
        let safe = ansi::safe(input);
        assert!(is_safe(&safe.text, &[]), "{:?}", safe.text);
        assert!(safe.text.len() <= 12 * input.len() + 16, "{} of {}", safe.text.len(), input.len());
        assert!(safe.looks.len() <= input.len());
        assert!(safe.looks.is_sorted_by_key(|(at, _)| *at));
        for (at, _) in &safe.looks {
            assert!(safe.text.is_char_boundary(*at));
        }
        assert_eq!(ansi::plain(input), safe.text);
        // Colours and nothing else; without them it is the text.
        let coloured = ansi::coloured(input);
        assert!(is_safe(&coloured.replace('\u{1b}', ""), &[]));
        let bare = text(&ansi::stripped(coloured.as_bytes())).into_owned();
        assert_eq!(bare, safe.text);
        assert_eq!(ansi::safe(coloured.as_bytes()).text, safe.text);
        let stripped = ansi::stripped(input);
        assert!(stripped.len() <= input.len());
    });
}

#[test]
fn fuzz_log_structure() {
    let words = [
        "level", "msg", "=", "\"", "\\", "{", "}", ":", "error", "E0102 ", "] ", "null", "\\u0000",
        "severity",
    ];
    let target = Target::new("log-structure", Shape::Text).seeds(LINES).words(&words).longest(600);
    target.quick(700).run(|input| {
        let _ = (level_of(input), level::Level::of_text(input));
        if let Some(parts) = Parts::of(input) {
            assert!(parts.fields.len() <= 201, "{}", parts.fields.len());
            let held: usize =
                parts.fields.iter().map(|(name, value)| name.len() + value.len()).sum();
            // Nested names are written out in front of each of their fields.
            assert!(held <= 64 + input.len() * input.len().max(8), "{held} of {}", input.len());
        }
        if let Some(pretty) = pretty(input) {
            assert!(pretty.len() <= 64 + input.len() * (10 + input.len()), "{}", pretty.len());
        }
        let mut seen = 0;
        any_value(input, "msg", &mut |value| {
            seen += value.len();
            false
        });
        assert!(seen <= 8 * input.len() + 64);
    });
}

#[test]
fn fuzz_log_filter() {
    let filters = [
        "error",
        "!healthz level>=warn",
        "/time.*out/ x",
        "status:5 msg:\"a b\"",
        "Case",
        "\"two words\"",
        "level:error,warn",
    ];
    let seeds = filters.iter().zip(LINES).map(|(filter, line)| format!("{filter}\n{line}"));
    let words = [
        "level", ">=", ":", "=", "!", "/", "\"", "(?i)", ".*", "[", "]", "{3}", "\\", "|", "warn",
        "error",
    ];
    let target = Target::new("log-filter", Shape::Text).seeds(seeds).words(&words).longest(500);
    target.quick(500).run(|input| {
        let text = text(input);
        let (filter, line) = text.split_once('\n').unwrap_or((&text, LINES[2]));
        for parsed in [Filter::parse(filter), Filter::needle(filter)] {
            match parsed {
                Err((at, why)) => {
                    assert!(filter.is_char_boundary(at) && !why.is_empty(), "{at} in {filter:?}");
                }
                Ok(parsed) => {
                    let keeps = parsed.keeps(line.as_bytes());
                    assert!(keeps || !parsed.is_empty());
                    let again =
                        Filter::parse(parsed.text()).or_else(|_| Filter::needle(parsed.text()));
                    assert!(again.is_ok());
                    let marks = parsed.marks(line);
                    assert!(marks.is_sorted_by_key(|mark| mark.start), "{marks:?}");
                    for mark in marks {
                        assert!(
                            line.get(mark.clone()).is_some(),
                            "{mark:?} in {line:?} by {filter:?}"
                        );
                    }
                    let _ = parsed.needs_structure();
                }
            }
        }
    });
}
