//! What people type, and which pods they then see.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use super::super::sample::{key, pods, row, text};
use super::super::{Cell, Key, Link, Links, Metrics, Row, Usage};
use super::*;
use proptest::prelude::*;
use std::sync::Arc;

const NOW: i64 = 1_000_000;

fn pod(name: &str, ready: (u32, u32), status: &str, restarts: u32, age: i64) -> Row {
    let mut row = row(
        key("shop", name),
        [
            Cell::Ratio(ready.0, ready.1),
            text(status),
            Cell::CountSince(restarts, NOW - 300),
            text("10.2.0.7"),
            text("n-1"),
        ],
    );
    row.created = NOW - age;
    row
}

fn shop() -> Vec<Row> {
    let mut job = pod("mail-28-x2x9l", (0, 1), "Completed", 0, 86_400);
    job.links = Links::new(
        Arc::new([Link::Owner {
            api_version: "batch/v1".into(),
            kind: "Job".into(),
            name: "mail-28".into(),
        }]),
        Box::default(),
    );
    vec![
        pod("api-0", (1, 1), "Running", 0, 7200),
        pod("api-1", (0, 1), "CrashLoopBackOff", 12, 600),
        pod("proxy-a", (2, 2), "Running", 3, 60),
        job,
    ]
}

fn metrics() -> Metrics {
    let usage = |cpu_millis, memory_bytes| Usage { cpu_millis, memory_bytes };
    Metrics::new([
        (key("shop", "api-0"), usage(250, 2 << 30)),
        (key("shop", "proxy-a"), usage(100, 64 << 20)),
    ])
}

/// Names of the pods that pass.
fn found(filter: &str) -> Vec<String> {
    let (schema, metrics) = (pods(), metrics());
    let query = Query::parse(filter).unwrap_or_else(|e| panic!("{filter}: {e}"));
    query.check(&schema).unwrap_or_else(|e| panic!("{filter}: {e}"));
    let mut matcher = query.matcher(&schema, Some(&metrics), NOW);
    shop().iter().filter(|row| matcher.matches(row)).map(|row| row.key.name.to_string()).collect()
}

fn refused(filter: &str) -> QueryError {
    match Query::parse(filter) {
        Err(error) => error,
        Ok(query) => query.check(&pods()).expect_err(filter),
    }
}

#[test]
fn the_forms_k9s_has_mean_the_same() {
    assert_eq!(found(""), ["api-0", "api-1", "proxy-a", "mail-28-x2x9l"]);
    assert_eq!(found("API"), ["api-0", "api-1"]);
    assert_eq!(found("api-[1-9]|mail"), ["api-1", "mail-28-x2x9l"]);
    assert_eq!(found("!api"), ["proxy-a", "mail-28-x2x9l"]);
    assert_eq!(found("crashloop"), ["api-1"]);
    assert_eq!(found("0/1"), ["api-1", "mail-28-x2x9l"]);
    assert_eq!(found("-f pxa"), ["proxy-a"]);
    assert_eq!(found("-f shop/ap1"), ["api-1"]);
    assert_eq!(found("shop.*running"), ["api-0", "proxy-a"]);
}

#[test]
fn a_space_narrows_instead_of_switching_the_filter_off() {
    assert_eq!(found("api running"), ["api-0"]);
    assert_eq!(found("  running   !proxy "), ["api-0"]);
    assert_eq!(found("\"1/1 running\""), ["api-0"]);
    assert_eq!(found("!\"1/1 Running\" api"), ["api-1"]);
}

#[test]
fn words_are_looked_for_in_the_columns_that_are_shown() {
    assert_eq!(found("10.2.0"), Vec::<String>::new());
    assert_eq!(found("ip:10.2.0").len(), 4);
    let (schema, query) = (pods(), Query::parse("10.2.0").unwrap().with_wide(true));
    assert!(query.matcher(&schema, None, NOW).matches(&shop()[0]));
    assert!(!query.narrows(&Query::parse("10.2").unwrap()));
}

#[test]
fn columns_are_compared_by_what_they_mean() {
    assert_eq!(found("status:crash"), ["api-1"]);
    assert_eq!(found("!status:run"), ["api-1", "mail-28-x2x9l"]);
    assert_eq!(found("restarts>3"), ["api-1"]);
    assert_eq!(found("restarts>=3"), ["api-1", "proxy-a"]);
    assert_eq!(found("restarts==3"), ["proxy-a"]);
    assert_eq!(found("restarts:12"), ["api-1"]);
    assert_eq!(found("age<1h"), ["api-1", "proxy-a"]);
    assert_eq!(found("age>=1h30m status:run"), ["api-0"]);
    assert_eq!(found("ready<1"), ["api-1", "mail-28-x2x9l"]);
    assert_eq!(found("ready==2/2"), ["proxy-a"]);
    assert_eq!(found("node:n-1 name==API-0"), ["api-0"]);
    assert_eq!(found("status!=Running"), ["api-1", "mail-28-x2x9l"]);
    assert_eq!(found("status:'shloopb'"), ["api-1"]);
    // Pods without metrics are neither above nor below.
    assert_eq!(found("cpu>=200m"), ["api-0"]);
    assert_eq!(found("cpu<200m"), ["proxy-a"]);
    assert_eq!(found("mem>1Gi"), ["api-0"]);
    assert_eq!(found("mem<1Gi"), ["proxy-a"]);
}

#[test]
fn owners_are_found_by_kind_and_name() {
    assert_eq!(found("owner:Job/mail-28"), ["mail-28-x2x9l"]);
    assert_eq!(found("owner:job/mail"), Vec::<String>::new());
    assert_eq!(found("owner:mail"), ["mail-28-x2x9l"]);
    assert_eq!(found("!owner:job"), ["api-0", "api-1", "proxy-a"]);
    let query = Query::parse("x2x").unwrap().and_owner("Job/mail-28");
    let schema = pods();
    let mut matcher = query.matcher(&schema, None, NOW);
    assert_eq!(shop().iter().filter(|row| matcher.matches(row)).count(), 1);
}

#[test]
fn labels_are_left_to_the_server() {
    let labels = |filter: &str| Query::parse(filter).unwrap().labels().map(str::to_owned);
    assert_eq!(labels("app=x").as_deref(), Some("app=x"));
    assert_eq!(labels("app=x,env!=y").as_deref(), Some("app=x,env!=y"));
    assert_eq!(labels("-l app").as_deref(), Some("app"));
    assert_eq!(labels("-l env in (a, b),!c status:run").as_deref(), Some("env in (a, b),!c"));
    assert_eq!(labels("-l 'env notin (a,b)'").as_deref(), Some("env notin (a,b)"));
    assert_eq!(
        labels("app.kubernetes.io/name=api crash").as_deref(),
        Some("app.kubernetes.io/name=api")
    );
    assert_eq!(labels("app=x -l tier=y").as_deref(), Some("app=x,tier=y"));
    assert_eq!(labels("status==x"), None);
    assert!(Query::parse("app=x").unwrap().is_empty());
}

#[test]
fn what_cannot_be_meant_is_told_with_its_place() {
    let told = |filter: &str| {
        let error = refused(filter);
        (error.at, error.message)
    };
    let (at, message) = told("api statsu:crash");
    assert_eq!(at, 4);
    assert!(message.contains("did you mean status?"), "{message}");
    let (_, message) = told("nginx:1.25");
    assert!(message.contains("Pod has no column nginx") && message.contains("quotes"), "{message}");
    let (at, message) = told("x api(");
    assert_eq!(at, 2);
    assert!(message.contains("api(") && message.contains("unclosed group"), "{message}");
    for (filter, words) in [
        ("age<1", "AGE is a length of time and `1` is none"),
        ("age:5m", "AGE changes with the clock"),
        ("restarts>many", "`many` is no number"),
        ("status>5m5s", "STATUS is text"),
        ("status:", "compared with nothing"),
        ("status: crash", "compared with nothing"),
        ("!", "! needs a term"),
        ("-f", "-f needs"),
        ("\"abc", "not closed"),
        ("\"\"", "nothing between"),
        ("!app=x", "-l app!=x"),
        ("-l", "no label selector"),
        ("-l app=x,", "no label selector"),
        ("app=(a|b)", "no label selector"),
        ("owner>3", "an owner is written"),
        ("(a{900}){900}", "no regular expression"),
    ] {
        let (_, message) = told(filter);
        assert!(message.contains(words), "{filter}: {message}");
    }
}

#[test]
fn time_is_asked_for_only_where_it_matters() {
    let clock = |filter: &str| Query::parse(filter).unwrap().depends_on_clock();
    assert!(clock("age<1h"));
    assert!(clock("!age>=2d"));
    assert!(!clock("status:5m"));
    assert!(!clock("cpu>200m"));
    assert!(!clock("restarts>3"));
    let metrics = |filter: &str| Query::parse(filter).unwrap().depends_on_metrics(&pods());
    assert!(metrics("cpu>200m"));
    assert!(!metrics("restarts>3"));
}

#[test]
fn typing_on_narrows() {
    let narrows =
        |new: &str, old: &str| Query::parse(new).unwrap().narrows(&Query::parse(old).unwrap());
    assert!(narrows("a", ""));
    assert!(narrows("api", "ap"));
    assert!(narrows("api status:run", "api"));
    assert!(narrows("!a", "!ab"));
    assert!(narrows("restarts>30", "restarts>3"));
    assert!(narrows("-f apx", "-f ax"));
    assert!(narrows("status:runn", "status:run"));
    assert!(!narrows("ap", "api"));
    assert!(!narrows("!ab", "!a"));
    assert!(!narrows("api|x", "api"), "a pattern may widen");
    assert!(!narrows("api?", "api"));
    assert!(!narrows("restarts>3", "restarts>30"));
    assert!(!narrows("app=x", ""), "other rows come from the server");
}

fn filter() -> impl Strategy<Value = String> {
    let term = prop_oneof![
        "!?[apirxy-]{1,3}",
        "!?(status|name|node):[a-cr-un]{1,3}",
        "!?restarts[<>]=?[0-9]{1,2}",
        "!?age[<>](1|60|2)[smh]",
        "-f [apx]{1,3}",
        "!?cpu[<>][12]00m",
        "!?api[.?|]x",
    ];
    proptest::collection::vec(term, 0..3).prop_map(|terms| terms.join(" "))
}

proptest! {
    #[test]
    fn nothing_typed_can_break_it(filter in "\\PC{0,30}|[-!lf:=<>\"'() a,]{0,12}") {
        if let Err(error) = Query::parse(&filter) {
            prop_assert!(error.at <= filter.len() && filter.is_char_boundary(error.at));
            prop_assert!(!error.message.is_empty());
        }
    }

    /// Plain text takes a shorter way than a pattern: both must find the same rows.
    #[test]
    fn plain_text_finds_what_the_same_pattern_finds(word in "[a-zA-Z0-9/-]{1,4}") {
        let (schema, rows) = (pods(), shop());
        let plain = Query::parse(&format!("\"{word}\"")).unwrap();
        let pattern = Query::parse(&format!("(?:{word})")).unwrap();
        let (mut plain, mut pattern) =
            (plain.matcher(&schema, None, NOW), pattern.matcher(&schema, None, NOW));
        for row in &rows {
            prop_assert_eq!(plain.matches(row), pattern.matches(row), "{}", row.key.name);
        }
    }

    #[test]
    fn a_filter_said_to_narrow_never_lets_new_rows_in(new in filter(), old in filter()) {
        let (new, old) = (Query::parse(&new).unwrap(), Query::parse(&old).unwrap());
        if new.narrows(&old) {
            let (schema, metrics, rows) = (pods(), metrics(), shop());
            let mut before = old.matcher(&schema, Some(&metrics), NOW);
            let mut after = new.matcher(&schema, Some(&metrics), NOW);
            for row in &rows {
                prop_assert!(!after.matches(row) || before.matches(row), "{} {:?}", row.key.name, (&new.text, &old.text));
            }
        }
    }
}

#[test]
fn a_row_of_any_shape_can_be_judged() {
    let bare = row(Key { namespace: "".into(), name: "".into() }, []);
    let schema = pods();
    for filter in ["x", "status:x", "restarts>3", "-f a", "cpu>1", "ready<1"] {
        let query = Query::parse(filter).unwrap();
        assert!(!query.matcher(&schema, None, NOW).matches(&bare), "{filter}");
    }
}
