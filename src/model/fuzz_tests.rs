//! Filters as nobody would type them.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use super::sample::{key, pods, row, text as cell};
use super::{Cell, Link, Links, Metrics, Query, Row, Usage};
use crate::fuzz::{Shape, Target, text};
use std::sync::Arc;

fn rows() -> Vec<Row> {
    let mut rows = vec![
        row(
            key("shop", "api-0"),
            [Cell::Ratio(1, 1), cell("Running"), Cell::CountSince(0, 0), cell(""), cell("n-1")],
        ),
        row(key("", "ΣΑΣ İ ß"), [Cell::Empty, Cell::Empty, Cell::Empty, Cell::Empty, Cell::Empty]),
        row(
            key("kube-system", "coredns-x"),
            [
                Cell::Ratio(0, 3),
                cell("CrashLoopBackOff"),
                Cell::CountSince(u32::MAX, 5),
                cell("::1"),
                cell("n-2"),
            ],
        ),
    ];
    rows[0].links = Links::new(
        Arc::new([Link::Owner {
            api_version: "batch/v1".into(),
            kind: "Job".into(),
            name: "mail".into(),
        }]),
        Box::default(),
    );
    rows[2].created = -1;
    rows
}

#[test]
fn fuzz_filter() {
    let seeds = [
        "api",
        "^web-[0-9]",
        "\"a b:c\"",
        "status:crash",
        "node==n-1 !node!=n-2",
        "off!=\"\"",
        "restarts>3",
        "cpu>=200m age<1h",
        "owner:Job/x owner:x",
        "-f apx",
        "app=x,tier!=y",
        "-l 'app in (x,y)'",
        "!ready==1/1 mem>1Gi",
        "(a|b)*c{2,3}",
        "i̇ ΣΑΣ ß",
    ];
    let words = [
        "status",
        "restarts",
        "age",
        "cpu",
        "mem",
        "ready",
        "ip",
        "node",
        "name",
        "namespace",
        "owner:",
        "==",
        "!=",
        "<=",
        ">=",
        "<",
        ">",
        ":",
        "!",
        "-f ",
        "-l ",
        "'",
        "\"",
        "\\",
        " in ",
        " notin ",
        "(",
        ")",
        ",",
        "[[:alpha:]]",
        "\\pL",
        "(?i)",
        "{1000}",
        "*",
        "+?",
        "^",
        "$",
        "|",
        "1Gi",
        "5m",
        "1e400",
    ];
    let (schema, rows) = (pods(), rows());
    let usage = Usage { cpu_millis: 250, memory_bytes: 1 << 30 };
    let metrics = Metrics::new([(key("shop", "api-0"), usage)]);
    let target = Target::new("filter", Shape::Text).seeds(seeds).words(&words).longest(200);
    target.quick(700).run(|input| {
        let text = text(input);
        let query = match Query::parse(&text) {
            Ok(query) => query,
            Err(error) => {
                assert!(text.is_char_boundary(error.at), "{} in {text:?}", error.at);
                assert!(!error.message.is_empty());
                return;
            }
        };
        // What is shown of it is what was typed, and means the same again.
        let again = Query::parse(query.text()).unwrap();
        assert_eq!(format!("{query:?}"), format!("{again:?}"));
        if let Err(error) = query.check(&schema) {
            assert!(text.is_char_boundary(error.at) && !error.message.is_empty());
        }
        let _ = (query.depends_on_clock(), query.depends_on_metrics(&schema), query.labels());
        assert!(query.narrows(&query), "{text:?} does not narrow itself");
        let judged = |query: &Query| -> Vec<bool> {
            let mut matcher = query.matcher(&schema, Some(&metrics), 1_000_000);
            rows.iter().map(|row| matcher.matches(row)).collect()
        };
        let passes = judged(&query);
        assert_eq!(passes, judged(&again));
        if query.is_empty() {
            assert!(passes.iter().all(|passes| *passes));
        }
        // While somebody types: whoever claims to narrow must.
        let mut end = text.len();
        for _ in 0..6 {
            end = text.floor_char_boundary(end.saturating_sub(1));
            let Ok(before) = Query::parse(&text[..end]) else { continue };
            let wider = judged(&before);
            if query.narrows(&before) {
                let lost = passes.iter().zip(&wider).any(|(now, before)| *now && !*before);
                assert!(!lost, "{text:?} claims to narrow {:?}", &text[..end]);
            }
        }
        assert_eq!(judged(&query.with_wide(true)).len(), rows.len());
    });
}
