//! A kind is one file, one line in the registry, one fixture: none of them without the others.

use crate::support::{paths, trials};
use libtest_mimic::Trial;
use serde_json::Value;
use std::collections::BTreeSet;
use wheelhouse::kinds::{KindSpec, SPECS};

pub fn trials() -> Vec<Trial> {
    vec![trials::plain("registry::every_kind_has_its_fixture", every_kind_has_its_fixture)]
}

/// Name of the kind's fixture: its plural, with the group where two groups serve that plural.
pub fn stem(spec: &KindSpec) -> String {
    let twins = SPECS.iter().filter(|other| other.plural == spec.plural).count();
    if twins > 1 && !spec.group.is_empty() {
        format!("{}.{}", spec.plural, spec.group)
    } else {
        spec.plural.to_owned()
    }
}

/// The objects of a kind's fixture.
pub fn objects(spec: &KindSpec) -> Vec<Value> {
    let path = paths::fixture(&format!("kinds/{}.json", stem(spec)));
    let text = std::fs::read_to_string(&path).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
    let value: Value =
        serde_json::from_str(&text).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
    match value {
        Value::Array(items) => items,
        mut list => match list["items"].take() {
            Value::Array(items) => items,
            _ => panic!("{}: neither an array nor a List", path.display()),
        },
    }
}

fn every_kind_has_its_fixture() {
    let mut expected = BTreeSet::new();
    for spec in SPECS {
        assert!(!objects(spec).is_empty(), "{}: no objects", stem(spec));
        expected.insert(format!("{}.json", stem(spec)));
        expected.insert(format!("{}.golden.txt", stem(spec)));
    }
    let there: BTreeSet<String> = std::fs::read_dir(paths::fixture("kinds"))
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    assert_eq!(there, expected, "files in tests/fixtures/kinds against the registry");
}
