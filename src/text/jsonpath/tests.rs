#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use super::{Keys, Node, Path, Picker};
use proptest::prelude::*;

const POD: &str = r#"{
  "metadata": {"name": "web-0", "labels": {"app.kubernetes.io/name": "web", "a/b": "c", "a": {"b": "nested"}}},
  "spec": {"containers": [
    {"name": "app", "ports": [{"containerPort": 80}, {"containerPort": 443}]},
    {"name": "log", "ports": []},
    {"name": "mesh", "ports": [{"containerPort": 15001}]}
  ]},
  "status": {"conditions": [
    {"type": "Synced", "status": "True"},
    {"type": "Ready", "status": "False", "reason": "Broken)"}
  ], "count": 3, "share": 0.5}
}"#;

fn found(path: &str, keys: Keys) -> Vec<String> {
    let path = Path::parse(path, keys).unwrap();
    let mut picker = Picker::default();
    picker.add(&path);
    let tree = picker.pick(POD.as_bytes()).unwrap();
    path.all(&tree).into_iter().map(|node| node.go_text().into_owned()).collect()
}

#[test]
fn paths_find_what_kubectl_finds() {
    let table: &[(&str, &[&str])] = &[
        (".metadata.name", &["web-0"]),
        ("metadata.name", &["web-0"]),
        ("{.metadata.name}", &["web-0"]),
        ("{ .metadata.name }", &["web-0"]),
        ("$.metadata.name", &["web-0"]),
        (r".metadata.labels.app\.kubernetes\.io/name", &["web"]),
        (r".metadata.labels['app\.kubernetes\.io/name']", &["web"]),
        (".metadata.labels['a/b']", &["c"]),
        (".metadata.labels['a.b']", &["nested"]),
        (".spec.containers[0].name", &["app"]),
        (".spec.containers[-1].name", &["mesh"]),
        (".spec.containers[0:2].name", &["app", "log"]),
        (".spec.containers[::2].name", &["app", "mesh"]),
        // An empty list ends the search, as client-go has it: the third container is not asked.
        (".spec.containers[*].ports[*].containerPort", &["80", "443"]),
        (".spec.containers[*].ports.*.containerPort", &["80", "443", "15001"]),
        (".spec.containers[2,0].name", &["mesh", "app"]),
        (".status['count','share']", &["3", "0.5"]),
        ("..containerPort", &["80", "443", "15001"]),
        (".spec.*[1].name", &["log"]),
        (r#".status.conditions[?(@.type=="Ready")].status"#, &["False"]),
        (r#".status.conditions[?(@.type != "Ready")].type"#, &["Synced"]),
        (r#".status.conditions[?(@.reason=="Broken)")].type"#, &["Ready"]),
        (".status.conditions[?(@.reason)].type", &["Ready"]),
        (".spec.containers[?(@.ports[0].containerPort<100)].name", &[]),
        (".spec.containers[0].ports[?(@.containerPort>=443)].containerPort", &["443"]),
        (".spec.containers[9].name", &[]),
        (".spec.nothing.there", &[]),
        (".status.count[0]", &[]),
    ];
    for (path, expected) in table {
        assert_eq!(found(path, Keys::Dotted), *expected, "{path}");
    }
}

#[test]
fn people_mean_the_whole_quoted_key() {
    let path = ".metadata.labels['app.kubernetes.io/name']";
    assert_eq!(found(path, Keys::Literal), ["web"]);
    assert!(found(path, Keys::Dotted).is_empty(), "the API server reads four fields there");
}

#[test]
fn a_bad_path_says_where_and_what_to_do() {
    let table: &[(&str, usize, &str)] = &[
        ("", 0, "empty"),
        ("{.spec.x", 0, "never closed"),
        (".spec[", 5, "never closed"),
        (".spec[x]", 6, "no index"),
        (".spec[1:2:3:4]", 6, "at most three"),
        (".spec[?(@.x==1)", 15, ")]"),
        (".spec[?(@.x==1", 5, "never closed"),
        (r#".spec[?(@.x=="a" && @.y=="b")]"#, 17, "`&`"),
        (".spec[?(@.x=~1)]", 11, "`=`"),
        (".spec[?(@.x=1)]", 11, "compare"),
        (".spec[?(@.x==y)]", 13, "\"y\""),
        (".a....b", 4, "twice"),
        ("  {.a} {.b}  ", 5, "brace"),
        ("{range .items[*]}{.x}{end}", 16, "brace"),
        (".spec.'x", 7, "x"),
    ];
    for (path, at, words) in table {
        match Path::parse(path, Keys::Literal) {
            // Quotes inside a name are part of the name.
            Ok(_) => assert_eq!(*path, ".spec.'x"),
            Err(error) => {
                let text = error.to_string();
                assert!(
                    text.contains(words) || *words == "brace",
                    "{path}: {text} should tell of {words}"
                );
                assert!(error.at <= path.len(), "{path}: {text}");
                if *words != "brace" && *words != "`=`" {
                    assert_eq!(error.at, *at, "{path}: {text}");
                }
            }
        }
    }
}

#[test]
fn only_wanted_subtrees_are_read() {
    let path = Path::parse(".status.count", Keys::Dotted).unwrap();
    let mut picker = Picker::default();
    picker.add(&path);
    let tree = picker.pick(POD.as_bytes()).unwrap();
    assert_eq!(tree.get("spec"), None);
    assert_eq!(
        tree.get("status"),
        Some(&Node::Map(vec![("count".into(), Node::Int(3))])),
        "siblings are skipped"
    );
}

#[test]
fn searched_fields_keep_their_places() {
    let mut picker = Picker::default();
    picker.search("spec", |name| name.ends_with("Ref"));
    let json =
        br#"{"spec":{"a":{"xRef":{"name":"n"},"b":1},"l":[1,{"yRef":"m"},{"z":{}}]},"xRef":1}"#;
    let tree = picker.pick(json).unwrap();
    assert_eq!(tree.go_text(), r#"{"spec":{"a":{"xRef":{"name":"n"}},"l":[{"yRef":"m"}]}}"#);
}

#[test]
fn numbers_are_written_as_go_writes_them() {
    let table: &[(&str, &str, &str)] = &[
        ("1e21", "1e+21", "1e+21"),
        ("1e20", "1e+20", "100000000000000000000"),
        ("1000000.5", "1.0000005e+06", "1000000.5"),
        ("999999.5", "999999.5", "999999.5"),
        ("0.0001", "0.0001", "0.0001"),
        ("0.00001", "1e-05", "0.00001"),
        ("0.00000012", "1.2e-07", "1.2e-7"),
        ("123456789.125", "1.23456789125e+08", "123456789.125"),
        ("1.0", "1", "1"),
        // Beyond int64 it is a float64 for Go.
        ("18446744073709551615", "1.8446744073709552e+19", "18446744073709552000"),
        ("0.0", "0", "0"),
    ];
    for (json, printed, in_json) in table {
        let node: Node<'_> = serde_json::from_str(json).unwrap();
        let list = Node::List(vec![node.clone()]);
        assert_eq!(list.go_text(), format!("[{in_json}]"), "{json}");
        assert_eq!(node.go_text(), *printed, "{json}");
    }
}

#[test]
fn depth_beyond_reason_is_an_error_where_it_is_wanted_and_skipped_elsewhere() {
    let deep = format!("{}1{}", "[".repeat(100_000), "]".repeat(100_000));
    let json = format!(r#"{{"spec":{deep},"status":{{"ok":1}}}}"#);
    let pick = |path: &str| {
        let path = Path::parse(path, Keys::Dotted).unwrap();
        let mut picker = Picker::default();
        picker.add(&path);
        picker.pick(json.as_bytes()).map(|tree| path.first(&tree).is_some())
    };
    assert!(pick(".status.ok").unwrap());
    assert!(pick(".spec").unwrap_err().to_string().contains("recursion limit"));
}

#[test]
fn a_path_that_finds_too_much_finds_nothing() {
    let many = format!("[{}]", vec!["1"; 300].join(","));
    let json = format!(r#"{{"a":[{}]}}"#, vec![many.as_str(); 300].join(","));
    let tree: Node<'_> = serde_json::from_str(&json).unwrap();
    let path = Path::parse(".a[*][*]", Keys::Dotted).unwrap();
    assert!(path.all(&tree).is_empty());
    assert_eq!(Path::parse(".a[0][*]", Keys::Dotted).unwrap().all(&tree).len(), 300);
}

fn json() -> impl Strategy<Value = String> {
    let leaf = prop_oneof![
        Just("null".to_owned()),
        any::<bool>().prop_map(|b| b.to_string()),
        any::<i64>().prop_map(|n| n.to_string()),
        "[a-z<é]{0,6}".prop_map(|s| format!("{s:?}")),
    ];
    leaf.prop_recursive(5, 64, 5, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..5).prop_map(|v| format!("[{}]", v.join(","))),
            prop::collection::vec(("[abc]", inner), 0..5).prop_map(|v| {
                let fields: Vec<_> = v.iter().map(|(k, v)| format!("{k:?}:{v}")).collect();
                format!("{{{}}}", fields.join(","))
            }),
        ]
    })
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_text_is_read_or_refused(text in ".{0,60}") {
        for keys in [Keys::Dotted, Keys::Literal] {
            if let Err(error) = Path::parse(&text, keys) {
                prop_assert!(error.at <= text.len());
            }
        }
    }

    #[test]
    fn path_like_text_is_read_or_refused(
        parts in prop::collection::vec(
            prop::sample::select(vec![
                ".", "a", "b", "[", "]", "[0]", "[-1]", "[*]", "['a']", "'", "\"", "[?(", ")]",
                "@", "==", "<", "1", "..", ",", ":", "{", "}", "\\", " ", "é", "*", "[a,b]",
            ]),
            0..14,
        ),
        json in json(),
    ) {
        let text = parts.concat();
        let tree: Node<'_> = serde_json::from_str(&json).unwrap();
        for keys in [Keys::Dotted, Keys::Literal] {
            match Path::parse(&text, keys) {
                Ok(path) => { path.all(&tree); }
                Err(error) => prop_assert!(error.at <= text.len(), "{text}: {error}"),
            }
        }
    }

    /// What is picked is enough: the path finds the same there as in the whole object.
    #[test]
    fn picking_loses_nothing(
        steps in prop::collection::vec(
            prop::sample::select(vec![".a", ".b", ".c", "[0]", "[-1]", "[*]", ".*", "['a','b']", "[?(@.a)]", "..a", "[1:]"]),
            1..5,
        ),
        json in json(),
    ) {
        let path = Path::parse(&steps.concat(), Keys::Dotted).unwrap();
        let whole: Node<'_> = serde_json::from_str(&json).unwrap();
        let mut picker = Picker::default();
        picker.search("b", |name| name == "c");
        picker.add(&path);
        let picked = picker.pick(json.as_bytes()).unwrap();
        prop_assert_eq!(path.all(&whole), path.all(&picked));
    }

    #[test]
    fn cut_off_and_random_bytes_are_errors_or_trees(bytes in prop::collection::vec(any::<u8>(), 0..80), cut in 0_usize..400) {
        let path = Path::parse(".status.conditions[0].type", Keys::Dotted).unwrap();
        let mut picker = Picker::default();
        picker.add(&path);
        let _ = picker.pick(&bytes);
        prop_assert!(picker.pick(&POD.as_bytes()[..cut.min(POD.len() - 1)]).is_err());
    }
}
