//! The house stands on floors: a module imports only from floors below its own, and the lower
//! floors know neither clocks nor I/O. `src/lib.rs` has the map.

use crate::support::{paths, trials};
use libtest_mimic::Trial;
use regex::Regex;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

pub fn trials() -> Vec<Trial> {
    vec![
        trials::plain("floors::imports_go_downwards_only", imports_go_downwards_only),
        trials::plain("floors::lower_floors_are_pure", lower_floors_are_pure),
        trials::plain("floors::a_violation_is_seen", a_violation_is_seen),
    ]
}

const FLOORS: &[(&str, u8)] = &[
    ("text", 0),
    ("model", 1),
    ("kinds", 2),
    ("follow", 3),
    ("rollout", 3),
    ("hazards", 3),
    ("describe", 3),
    ("logs", 3),
    ("verbs", 3),
    ("relations", 3),
    ("rbac", 3),
    ("overview", 3),
    ("secrets", 3),
    ("events", 3),
    ("apps", 4),
    ("drift", 5),
    ("cluster", 4),
    ("demo", 4),
    ("ui", 6),
    ("runtime", 7),
    ("cli", 8),
];

/// What the floors 0-3, and what is pure above them, may not name.
const IMPURE: &[&str] = &[
    "tokio::",
    "kube::",
    "hyper::",
    "crossterm::",
    "ratatui::",
    "std::fs",
    "std::net",
    "std::process",
    "std::env",
    "SystemTime::now",
    "Instant::now",
    "Timestamp::now",
];

/// What the UI may not name.
const NOT_IN_UI: &[&str] = &[
    "tokio::",
    "kube::",
    "hyper::",
    "std::fs",
    "std::net",
    "std::process",
    "SystemTime::now",
    "Instant::now",
    "Timestamp::now",
];

fn floor(module: &str) -> Option<u8> {
    FLOORS.iter().find(|(name, _)| *name == module).map(|(_, floor)| *floor)
}

fn sources() -> Vec<PathBuf> {
    fn walk(dir: &Path, out: &mut Vec<PathBuf>) {
        for entry in std::fs::read_dir(dir).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                walk(&path, out);
            } else if path.extension().is_some_and(|ending| ending == "rs") {
                out.push(path);
            }
        }
    }
    let mut out = Vec::new();
    walk(&paths::root().join("src"), &mut out);
    out.sort();
    assert!(out.len() > 50, "found {} sources only", out.len());
    out
}

/// The module a source belongs to; None for `main.rs` and `lib.rs`, and for what only tests have.
fn module(path: &Path) -> Option<String> {
    let inner = path.strip_prefix(paths::root().join("src")).unwrap();
    let first = inner.components().next().unwrap().as_os_str().to_str().unwrap();
    let first = first.strip_suffix(".rs").unwrap_or(first);
    (!matches!(first, "main" | "lib" | "fuzz")).then(|| first.to_owned())
}

/// The text without comments (strings with `//` in them lose their end, which does no harm here).
fn code(text: &str) -> String {
    text.lines().map(|line| line.split("//").next().unwrap_or(line)).collect::<Vec<_>>().join("\n")
}

/// Every module of the crate that this code names.
fn named(code: &str) -> Vec<String> {
    let one = Regex::new(r"\bcrate::([a-z_0-9]+)").unwrap();
    let group = Regex::new(r"\bcrate::\{([^;]*)\};").unwrap();
    let mut out: Vec<String> = one.captures_iter(code).map(|found| found[1].to_owned()).collect();
    for found in group.captures_iter(code) {
        let mut depth = 0;
        let mut word = String::new();
        for c in found[1].chars().chain([',']) {
            match c {
                '{' => depth += 1,
                '}' => depth -= 1,
                ',' if depth == 0 => {
                    out.push(word.trim().split("::").next().unwrap_or_default().to_owned());
                    word.clear();
                }
                _ if depth == 0 => word.push(c),
                _ => {}
            }
        }
    }
    out.retain(|name| floor(name).is_some());
    out
}

/// What is wrong with a module that names these others.
fn uphill(from: &str, code: &str) -> Vec<String> {
    let own = floor(from).unwrap_or_else(|| panic!("the module {from} has no floor"));
    named(code)
        .into_iter()
        .filter(|to| to != from && floor(to).is_some_and(|floor| floor >= own))
        .collect()
}

fn imports_go_downwards_only() {
    let mut faults = String::new();
    for path in sources() {
        let Some(module) = module(&path) else { continue };
        let text = std::fs::read_to_string(&path).unwrap();
        for to in uphill(&module, &code(&text)) {
            let _ = writeln!(faults, "{}: {module} may not name crate::{to}", path.display());
        }
    }
    assert!(faults.is_empty(), "\n{faults}");
}

fn impurities(code: &str, forbidden: &[&str]) -> Vec<String> {
    let found = |name: &&&str| {
        let pattern = format!(r"\b{}", regex::escape(name));
        Regex::new(&pattern).unwrap().is_match(code)
    };
    forbidden.iter().filter(found).map(|&name| name.to_owned()).collect()
}

fn lower_floors_are_pure() {
    let mut faults = String::new();
    for path in sources() {
        let Some(module) = module(&path) else { continue };
        let forbidden = match floor(&module) {
            Some(0..=3) => IMPURE,
            Some(4 | 5) if matches!(module.as_str(), "apps" | "drift") => IMPURE,
            Some(6) => NOT_IN_UI,
            _ => continue,
        };
        // Tests may read fixtures.
        let inner = path.strip_prefix(paths::root()).unwrap().to_str().unwrap();
        if inner.contains("tests") {
            continue;
        }
        let text = std::fs::read_to_string(&path).unwrap();
        let text = text.split("#[cfg(test)]\nmod tests {").next().unwrap();
        for name in impurities(&code(text), forbidden) {
            let _ = writeln!(faults, "{inner}: {module} may not name {name}");
        }
    }
    assert!(faults.is_empty(), "\n{faults}");
}

/// The tests above would say so.
fn a_violation_is_seen() {
    assert_eq!(uphill("kinds", "use crate::text::age;\nuse crate::ui::Ui;"), ["ui"]);
    assert_eq!(uphill("cluster", "fn f() { crate::demo::Demo::start(); }"), ["demo"]);
    assert_eq!(
        uphill("model", "use crate::{text::{age, width}, kinds::{Skip, SPECS}, model::Row};"),
        ["kinds"]
    );
    assert_eq!(impurities("use tokio::sync::mpsc;", IMPURE), ["tokio::"]);
    assert_eq!(impurities("let now = std::time::Instant::now();", IMPURE), ["Instant::now"]);
    assert!(impurities("let kubectl = my::kube_like();", IMPURE).is_empty());
}
