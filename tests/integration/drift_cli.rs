//! `wheelhouse drift` in scripts: exit codes, formats, files against a cluster.

use super::apps_cli::run;
use super::canary::ask;
use crate::support::control_plane::wheelhouse;
use crate::support::demo_server::DemoServer;
use crate::support::trials;
use libtest_mimic::Trial;
use serde_json::{Value, json};
use std::path::{Path, PathBuf};
use std::process::Output;
use wheelhouse::demo::{Demo, DemoOptions};

pub fn trials() -> Vec<Trial> {
    vec![
        trials::plain("drift_cli::files_are_compared_without_being_applied", files_on_the_demo),
        trials::plain("drift_cli::apps_objects_and_namespaces_are_compared", subjects_on_the_demo),
        trials::plain("drift_cli::wrong_usage_is_told_before_anything_is_asked", wrong_usage),
        trials::plain("drift_cli::no_value_of_a_secret_is_printed", no_secret),
        trials::plain("drift_cli::endless_jq_is_stopped_named_and_hides_nothing", endless_jq),
        trials::plain("drift_cli::a_kustomization_is_rendered_by_whoever_is_there", kustomizations),
    ]
}

pub(super) fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

pub(super) fn parsed(output: &Output) -> Value {
    serde_json::from_slice(&output.stdout)
        .unwrap_or_else(|error| panic!("{error}: {}{}", text(&output.stdout), text(&output.stderr)))
}

/// Writes a file, and gives its name.
pub(super) fn file(dir: &Path, name: &str, content: &str) -> String {
    let path: PathBuf = dir.join(name);
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    std::fs::write(&path, content).unwrap();
    path.display().to_string()
}

fn config(namespace: &str, data: Value) -> Value {
    json!({"apiVersion": "v1", "kind": "ConfigMap",
        "metadata": {"name": "app", "namespace": namespace}, "data": data})
}

fn demo() -> DemoServer {
    DemoServer::start(Demo::start(DemoOptions { seed: 1, ..DemoOptions::default() }))
}

fn files_on_the_demo() {
    let server = DemoServer::with_objects(vec![config("shop", json!({"a": "1", "b": "1"}))]);
    let kubeconfig = server.kubeconfig("demo");
    let dir = tempfile::tempdir().unwrap();
    let same = file(dir.path(), "same/app.json", &config("shop", json!({"a": "1"})).to_string());
    let drift = |args: &[&str]| run(&kubeconfig, &[&["drift"], args].concat());
    let output = drift(&["-f", &same]);
    assert_eq!(output.status.code(), Some(0), "{}{}", text(&output.stdout), text(&output.stderr));
    assert!(text(&output.stdout).contains("0 of 1 object drifted"), "{}", text(&output.stdout));
    let yaml = "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: app\ndata:\n  a: \"2\"\n---\n\
                apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: new\n";
    let other = file(dir.path(), "other/app.yaml", yaml);
    let output = drift(&["-f", &other, "-n", "shop"]);
    assert_eq!(output.status.code(), Some(1), "{}", text(&output.stderr));
    let said = text(&output.stdout);
    for words in
        ["2 of 2 objects drifted", "data.a", "file \"2\", cluster \"1\"", "would be created"]
    {
        assert!(said.contains(words), "{words}: {said}");
    }
    assert!(!said.contains('\u{1b}'), "no colours where there is no terminal: {said}");
    assert!(said.lines().all(|line| line.contains('/') || line.chars().count() <= 80), "{said}");
    // The same in every format.
    let output = drift(&["-f", &other, "-n", "shop", "-o", "json"]);
    assert_eq!(output.status.code(), Some(1));
    let document = parsed(&output);
    assert_eq!(document["version"], 1);
    assert_json(&document);
    assert_eq!(document["summary"]["drifted"], 2);
    let objects = document["comparisons"][0]["objects"].as_array().unwrap();
    assert_eq!(objects[0]["state"], "changed");
    assert_eq!(objects[0]["place"], json!({"file": other, "line": 1}));
    assert_eq!(objects[0]["fields"][0]["path"], "data.a");
    assert_eq!(objects[0]["fields"][0]["line"], 6);
    assert_eq!(objects[0]["fields"][0]["desired"], "2");
    assert_eq!(objects[0]["fields"][0]["live"], "1");
    assert_eq!(objects[1]["state"], "missing");
    let output = drift(&["-f", &other, "-n", "shop", "-o", "diff"]);
    let said = text(&output.stdout);
    assert!(
        said.contains("--- LIVE/v1.ConfigMap.shop.app\n+++ MERGED/v1.ConfigMap.shop.app\n"),
        "{said}"
    );
    assert!(said.contains("\n-  a: \"1\"\n+  a: \"2\"\n   b: \"1\"\n"), "{said}");
    assert!(said.contains("+  name: new\n"), "{said}");
    let sarif = parsed(&drift(&["-f", &other, "-n", "shop", "-o", "sarif"]));
    assert_sarif(&sarif);
    let result = &sarif["runs"][0]["results"][0];
    let place = &result["locations"][0]["physicalLocation"];
    assert_eq!(place["region"]["startLine"], 6);
    assert!(place["artifactLocation"]["uri"].as_str().unwrap().ends_with("other/app.yaml"));
    // A whole directory; and nothing sent at all without dry runs.
    let before = server.writes().len();
    assert!(
        server
            .writes()
            .iter()
            .all(|(method, path)| method == "PATCH" && path.contains("dryRun=All"))
    );
    let output = drift(&["-f", dir.path().to_str().unwrap(), "-n", "shop", "--no-dry-run"]);
    assert_eq!(output.status.code(), Some(1));
    let said = text(&output.stdout);
    assert!(said.contains("approximate"), "{said}");
    let output = drift(&["-f", &same, "--readonly"]);
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
    assert_eq!(server.writes().len(), before);
    // A place that is not to be counted is still told of.
    let output = drift(&["-f", &other, "-n", "shop", "-o", "json", "--ignore", "ConfigMap:data.a"]);
    let document = parsed(&output);
    assert_eq!(document["summary"]["drifted"], 1, "{document}");
    let field = &document["comparisons"][0]["objects"][0]["fields"][0];
    assert_eq!(field["noise"], "ignored by ConfigMap:data.a");
    let output = drift(&["-f", &other, "--ignore", "Service:"]);
    assert_eq!(output.status.code(), Some(2));
    // The namespace of the command line is the files'.
    let output = drift(&["-f", &same, "-n", "else"]);
    assert_eq!(output.status.code(), Some(2));
    assert!(
        text(&output.stderr).contains("is of namespace shop, not else"),
        "{}",
        text(&output.stderr)
    );
}

/// Holds an object to what a schema says of it: nothing but these fields, and the first `needed` of them.
fn only(object: &Value, needed: usize, fields: &[&str]) {
    let map = object.as_object().unwrap_or_else(|| panic!("no object: {object}"));
    for name in map.keys() {
        assert!(fields.contains(&name.as_str()), "{name} is no field of {object}");
    }
    for name in &fields[..needed] {
        assert!(map.contains_key(*name), "{name} is missing in {object}");
    }
}

/// What the schema of SARIF 2.1.0 demands of the parts that we write (it allows no other fields).
fn assert_sarif(document: &Value) {
    only(document, 2, &["version", "runs", "$schema"]);
    assert_eq!(document["version"], "2.1.0");
    assert!(document["$schema"].as_str().unwrap().ends_with("/sarif-2.1.0.json"));
    let [run] = document["runs"].as_array().unwrap().as_slice() else { panic!("one run") };
    only(run, 1, &["tool", "results", "columnKind", "invocations"]);
    for one in run["invocations"].as_array().into_iter().flatten() {
        only(one, 1, &["executionSuccessful", "toolExecutionNotifications"]);
        for notice in one["toolExecutionNotifications"].as_array().unwrap() {
            only(notice, 1, &["message", "level"]);
            assert_eq!(notice["level"], "warning");
        }
    }
    assert_eq!(run["columnKind"], "unicodeCodePoints");
    only(&run["tool"], 1, &["driver"]);
    let driver = &run["tool"]["driver"];
    only(driver, 1, &["name", "version", "semanticVersion", "informationUri", "rules"]);
    let level =
        |value: &Value| ["none", "note", "warning", "error"].contains(&value.as_str().unwrap());
    let rules = driver["rules"].as_array().unwrap();
    let mut ids: Vec<&str> = Vec::new();
    for rule in rules {
        only(rule, 1, &["id", "name", "shortDescription", "defaultConfiguration"]);
        only(&rule["shortDescription"], 1, &["text"]);
        only(&rule["defaultConfiguration"], 1, &["level"]);
        assert!(level(&rule["defaultConfiguration"]["level"]));
        ids.push(rule["id"].as_str().unwrap());
    }
    assert_eq!(ids, ["WH001", "WH002", "WH003", "WH004", "WH005", "WH006", "WH007"]);
    let results = run["results"].as_array().unwrap();
    assert!(!results.is_empty());
    for result in results {
        only(
            result,
            1,
            &["message", "ruleId", "ruleIndex", "level", "locations", "partialFingerprints"],
        );
        let at = usize::try_from(result["ruleIndex"].as_u64().unwrap()).unwrap();
        assert_eq!(rules[at]["id"], result["ruleId"]);
        assert!(level(&result["level"]));
        only(&result["message"], 1, &["text"]);
        assert!(result["message"]["text"].as_str().is_some_and(|text| !text.is_empty()));
        let prints = result["partialFingerprints"].as_object().unwrap();
        assert!(prints.values().all(Value::is_string), "{result}");
        for location in result["locations"].as_array().unwrap() {
            only(location, 0, &["logicalLocations", "physicalLocation"]);
            for logical in location["logicalLocations"].as_array().unwrap() {
                only(logical, 0, &["name", "fullyQualifiedName", "kind"]);
                assert!(logical.as_object().unwrap().values().all(Value::is_string));
            }
            if let Some(physical) = location.get("physicalLocation") {
                // One of the two it must have.
                only(physical, 1, &["artifactLocation", "region"]);
                only(&physical["artifactLocation"], 1, &["uri"]);
                let uri = physical["artifactLocation"]["uri"].as_str().unwrap();
                assert!(!uri.is_empty() && uri.bytes().all(|c| c.is_ascii_graphic()), "{uri}");
                only(&physical["region"], 1, &["startLine"]);
                assert!(physical["region"]["startLine"].as_u64().unwrap() > 0);
            }
        }
    }
}

/// The document as docs/drift.md tells it: these fields, and nothing else.
pub(super) fn assert_json(document: &Value) {
    let text = |value: &Value| assert!(value.is_string(), "{value}");
    let or_null = |value: &Value| assert!(value.is_null() || value.is_string(), "{value}");
    let word = |value: &Value, words: &[&str]| {
        assert!(value.as_str().is_some_and(|word| words.contains(&word)), "{value} of {words:?}");
    };
    let fault = |value: &Value| {
        if !value.is_null() {
            only(value, 2, &["kind", "why", "hint", "code"]);
            text(&value["kind"]);
            text(&value["why"]);
        }
    };
    let sure = ["exact", "last-applied", "approximate", "ownership"];
    only(document, 5, &["version", "context", "time", "summary", "comparisons"]);
    assert_eq!(document["version"], 1);
    text(&document["context"]);
    document["time"].as_str().unwrap().parse::<jiff::Timestamp>().unwrap();
    only(&document["summary"], 5, &["objects", "drifted", "unknown", "incomparable", "noise"]);
    assert!(document["summary"].as_object().unwrap().values().all(Value::is_u64));
    for one in document["comparisons"].as_array().unwrap() {
        only(one, 3, &["app", "engine", "objects", "desired", "confidence", "shortfall", "fault"]);
        or_null(&one["app"]);
        or_null(&one["engine"]);
        or_null(&one["shortfall"]);
        fault(&one["fault"]);
        if !one["confidence"].is_null() {
            word(&one["confidence"], &sure);
        }
        if !one["desired"].is_null() {
            only(&one["desired"], 1, &["what", "time", "revision"]);
        }
        for object in one["objects"].as_array().unwrap() {
            only(
                object,
                7,
                &[
                    "group",
                    "kind",
                    "namespace",
                    "name",
                    "state",
                    "drifted",
                    "fields",
                    "uid",
                    "resourceVersion",
                    "confidence",
                    "note",
                    "why",
                    "fault",
                    "place",
                ],
            );
            word(
                &object["state"],
                &[
                    "in-sync",
                    "behind",
                    "changed",
                    "missing",
                    "extra",
                    "recreated",
                    "terminating",
                    "unknown",
                    "incomparable",
                ],
            );
            assert!(object["drifted"].is_boolean());
            fault(&object["fault"]);
            assert_eq!(object["fault"].is_null(), object["state"] != "unknown", "{object}");
            if !object["place"].is_null() {
                only(&object["place"], 2, &["file", "line"]);
            }
            for field in object["fields"].as_array().unwrap() {
                only(
                    field,
                    3,
                    &[
                        "path",
                        "fate",
                        "fateWords",
                        "noise",
                        "desired",
                        "live",
                        "writer",
                        "side",
                        "line",
                    ],
                );
                text(&field["path"]);
                word(&field["fate"], &["soon", "next", "never"]);
                or_null(&field["noise"]);
                if !field["side"].is_null() {
                    word(&field["side"], &["cluster", "file", "both", "unknown"]);
                }
                if !field["writer"].is_null() {
                    only(&field["writer"], 2, &["manager", "operation", "subresource", "time"]);
                    word(&field["writer"]["operation"], &["Apply", "Update"]);
                }
            }
        }
    }
}

fn subjects_on_the_demo() {
    let server = demo();
    let kubeconfig = server.kubeconfig("demo");
    let drift = |args: &[&str]| run(&kubeconfig, &[&["drift"], args].concat());
    let all = drift(&["-A", "-o", "json"]);
    let document = parsed(&all);
    assert_json(&document);
    let comparisons = document["comparisons"].as_array().unwrap();
    assert!(comparisons.len() > 5, "{document}");
    let drifted = document["summary"]["drifted"].as_u64().unwrap();
    assert_eq!(all.status.code(), Some(if drifted > 0 { 1 } else { 0 }));
    // Each app by itself says what it says among all.
    let one = comparisons
        .iter()
        .find(|one| one["engine"] == "argocd" && !one["objects"].as_array().unwrap().is_empty())
        .unwrap();
    let name = format!("argocd/{}", one["app"].as_str().unwrap());
    let alone = parsed(&drift(&[&name, "-o", "json"]));
    assert_eq!(alone["comparisons"][0]["app"], one["app"], "{name}");
    assert_eq!(
        alone["comparisons"][0]["objects"].as_array().unwrap().len(),
        one["objects"].as_array().unwrap().len()
    );
    assert_sarif_or_empty(&parsed(&drift(&["-A", "-o", "sarif"])));
    assert!(text(&drift(&["-A"]).stdout).contains("in all drifted"));
    // An object by its name.
    let object = one["objects"].as_array().unwrap().iter().find(|one| one["kind"] == "Deployment");
    if let Some(object) = object {
        let (namespace, name) = (&object["namespace"], &object["name"]);
        let word = format!("deploy/{}", name.as_str().unwrap());
        let output = drift(&[&word, "-n", namespace.as_str().unwrap(), "-o", "json"]);
        assert_eq!(parsed(&output)["comparisons"][0]["objects"][0]["name"], *name);
    }
    for wrong in ["nosuchapp", "deploy/nosuch"] {
        let output = drift(&[wrong]);
        assert!(matches!(output.status.code(), Some(1 | 2)), "{wrong}");
        assert!(output.stdout.is_empty(), "{}", text(&output.stdout));
        assert!(text(&output.stderr).contains("wheelhouse: "), "{}", text(&output.stderr));
    }
    assert!(server.writes().iter().all(|(_, path)| path.contains("dryRun=All")));
}

fn assert_sarif_or_empty(document: &Value) {
    if document["runs"][0]["results"].as_array().is_some_and(|results| !results.is_empty()) {
        assert_sarif(document);
    }
}

fn wrong_usage() {
    let server = DemoServer::with_objects(Vec::new());
    let kubeconfig = server.kubeconfig("demo");
    let dir = tempfile::tempdir().unwrap();
    let good = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\n";
    let bad = file(dir.path(), "bad.yaml", &format!("{good}---\nkind: [\n---\nreplicas: 3\n"));
    let empty = file(dir.path(), "empty/readme.txt", "nothing");
    let empty = Path::new(&empty).parent().unwrap().display().to_string();
    for (args, words) in [
        (vec!["-f", bad.as_str()], "bad.yaml:"),
        (vec!["-f", bad.as_str()], "it does not say its kind"),
        (vec!["-f", "/nonexistent.yaml"], "No such file"),
        (vec!["-f", empty.as_str()], "holds a manifest"),
        (vec!["-f", "https://example.com/a.yaml"], "curl"),
        (vec!["-f", bad.as_str(), "-k", "."], "cannot be used with"),
        (vec!["payments", "-f", bad.as_str()], "cannot be used with"),
        (vec!["-o", "yaml"], "invalid value"),
    ] {
        let output = run(&kubeconfig, &[&["drift"], args.as_slice()].concat());
        assert_eq!(output.status.code(), Some(2), "{args:?}: {}", text(&output.stderr));
        assert!(text(&output.stderr).contains(words), "{args:?}: {}", text(&output.stderr));
        assert!(output.stdout.is_empty());
    }
    assert_eq!(server.requests(), 0, "no cluster is asked about files that cannot be read");
}

fn kustomizations() {
    use std::os::unix::fs::PermissionsExt as _;
    let server = DemoServer::with_objects(vec![config("shop", json!({"a": "1"}))]);
    let kubeconfig = server.kubeconfig("demo");
    let dir = tempfile::tempdir().unwrap();
    let programs = dir.path().join("programs");
    let with = |name: &str, script: &str| {
        std::fs::remove_dir_all(&programs).ok();
        std::fs::create_dir_all(&programs).unwrap();
        if !name.is_empty() {
            let path = file(&programs, name, &format!("#!/bin/sh\n{script}\n"));
            std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755)).unwrap();
        }
        let output = wheelhouse(kubeconfig.parent().unwrap())
            .args(["drift", "-k", "overlays/prod", "-n", "shop"])
            .arg(format!("--kubeconfig={}", kubeconfig.display()))
            .env("PATH", &programs)
            .output()
            .unwrap();
        (output.status.code(), text(&output.stdout), text(&output.stderr))
    };
    let (code, _, errors) = with("", "");
    assert_eq!(code, Some(2));
    assert!(errors.contains("neither kustomize nor kubectl is in PATH"), "{errors}");
    let rendered = config("shop", json!({"a": "2"}));
    for (program, args) in
        [("kustomize", "build overlays/prod"), ("kubectl", "kustomize overlays/prod")]
    {
        let script = format!("[ \"$*\" = '{args}' ] && echo '{rendered}'");
        let (code, said, errors) = with(program, &script);
        assert_eq!(code, Some(1), "{said}{errors}");
        assert!(said.contains("data.a") && said.contains(&format!("{program} {args}")), "{said}");
    }
    let (code, _, errors) = with("kustomize", "echo 'no such base' >&2; exit 3");
    assert_eq!(code, Some(2));
    assert!(
        errors.contains("kustomize: no such base") && errors.contains("exit code 3"),
        "{errors}"
    );
    let (code, _, errors) = with("kustomize", "echo 'kind: ['");
    assert_eq!(code, Some(2));
    assert!(errors.contains("what was rendered:"), "{errors}");
}

fn endless_jq() {
    let manifest = json!({"apiVersion": "apps/v1", "kind": "Deployment",
        "metadata": {"name": "endless-api", "namespace": "shop", "annotations":
            {"argocd.argoproj.io/tracking-id": "endless:apps/Deployment:shop/endless-api"}},
        "spec": {"replicas": 3, "template": {"spec": {"containers": [{"name": "api", "image": "api:1"}]}}}});
    let mut live = manifest.clone();
    live["metadata"]["annotations"]["kubectl.kubernetes.io/last-applied-configuration"] =
        manifest.to_string().into();
    live["spec"]["replicas"] = 5.into();
    let app = json!({"apiVersion": "argoproj.io/v1alpha1", "kind": "Application",
        "metadata": {"name": "endless", "namespace": "argocd"},
        "spec": {"project": "default",
            "destination": {"server": "https://kubernetes.default.svc", "namespace": "shop"},
            "source": {"repoURL": "https://git.example.com/shop", "path": ".", "targetRevision": "main"},
            "ignoreDifferences": [{"group": "apps", "kind": "Deployment",
                "jqPathExpressions": [".spec.replicas | until(false; .)"]}]},
        "status": {"sync": {"status": "OutOfSync", "revision": "8d1e0aa"}, "health": {"status": "Healthy"},
            "resources": [{"group": "apps", "version": "v1", "kind": "Deployment", "namespace": "shop",
                "name": "endless-api", "status": "OutOfSync"}]}});
    let server = demo();
    let kubeconfig = server.kubeconfig("demo");
    let put =
        |path: &str, object: &Value| ask(&kubeconfig, "POST", path, "application/json", object);
    put("/apis/apps/v1/namespaces/shop/deployments?fieldManager=argocd-controller", &live);
    put("/apis/argoproj.io/v1alpha1/namespaces/argocd/applications", &app);
    let output = run(&kubeconfig, &["drift", "argocd/endless", "-o", "json"]);
    let said = text(&output.stdout);
    assert_eq!(output.status.code(), Some(1), "{} {said}{}", output.status, text(&output.stderr));
    let stopped = "took longer than 1 s, and was stopped";
    assert!(said.contains(stopped), "{said}{}", text(&output.stderr));
    let document = parsed(&output);
    assert_json(&document);
    let field = &document["comparisons"][0]["objects"][0]["fields"][0];
    assert_eq!((&field["path"], &field["noise"]), (&json!("spec.replicas"), &Value::Null));
}

fn no_secret() {
    const CANARY: &str = "canary-0b5e7f";
    // base64 of it.
    const CODED: &str = "Y2FuYXJ5LTBiNWU3Zg==";
    let secret = |data: Value, applied: &str| {
        json!({"apiVersion": "v1", "kind": "Secret", "type": "Opaque", "data": data,
            "metadata": {"name": "db", "namespace": "shop", "annotations":
                {"kubectl.kubernetes.io/last-applied-configuration": applied}}})
    };
    let applied = json!({"apiVersion": "v1", "kind": "Secret", "type": "Opaque",
        "metadata": {"name": "db", "namespace": "shop"}, "data": {"k": CODED, "gone": CODED}});
    let live = secret(json!({"k": "b2xk", "gone": CODED, "same": CODED}), &applied.to_string());
    let server = DemoServer::with_objects(vec![live]);
    let kubeconfig = server.kubeconfig("demo");
    let dir = tempfile::tempdir().unwrap();
    let head = "apiVersion: v1\nkind: Secret\nmetadata:\n  name: db\n  namespace: shop\n";
    let good = file(
        dir.path(),
        "good.yaml",
        &format!("{head}stringData:\n  k: {CANARY}\n  new: {CANARY}\n"),
    );
    let new = file(dir.path(), "new.yaml", &good_new(head, CANARY));
    let mut files = vec![good, new];
    for (number, tail) in [
        "  k: {C\n",
        "  k: *C\n",
        "  k: !!int C\n",
        "  k: \"C\n",
        "  C\n  k: v\n",
        "  k: C: C\n",
        "  - C\n  k: C\n",
        "  k: [C}\n",
        "  k:\n    C: {}\n",
    ]
    .iter()
    .enumerate()
    {
        let text = format!("{head}stringData:\n{}", tail.replace('C', CANARY));
        files.push(file(dir.path(), &format!("bad{number}.yaml"), &text));
    }
    let log = dir.path().join("log").display().to_string();
    let check = |args: &[&str]| {
        let output = run(&kubeconfig, args);
        for told in [text(&output.stdout), text(&output.stderr)] {
            assert!(!told.contains(CANARY) && !told.contains(CODED), "{args:?}: {told}");
        }
        output
    };
    for format in ["text", "diff", "json", "sarif"] {
        for file in &files {
            for mode in [&[][..], &["--no-dry-run"][..]] {
                let mut args = vec!["drift", "-f", file.as_str(), "-o", format, "--log-file", &log];
                args.extend(mode);
                check(&args);
            }
        }
        let output = check(&["drift", "secret/db", "-n", "shop", "-o", format]);
        assert_eq!(output.status.code(), Some(1), "{}", text(&output.stderr));
        check(&["drift", "-n", "shop", "-o", format]);
    }
    // It differs, and that is told.
    let output = check(&["drift", "-f", &files[0], "-o", "diff"]);
    assert_eq!(output.status.code(), Some(1), "{}", text(&output.stderr));
    let said = text(&output.stdout);
    assert!(said.contains("-  k: ") && said.contains("+  k: "), "{said}");
    let log = std::fs::read_to_string(dir.path().join("log")).unwrap_or_default();
    assert!(!log.contains(CANARY) && !log.contains(CODED));
}

fn good_new(head: &str, canary: &str) -> String {
    format!("{}stringData:\n  k: {canary}\n", head.replace("name: db", "name: fresh"))
}
