//! `wheelhouse drift --exact` of a Kustomization: what the next reconcile changes, built from the artifact of its source; and what
//! the real kustomize-controller then does.

use crate::support::api::MERGE;
use crate::support::control_plane::wheelhouse;
use crate::support::engines::Flux;
use crate::support::engines::flux::kustomizations;
use crate::support::places::{get, meaning, put};
use crate::support::trials;
use libtest_mimic::Trial;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::fs::Permissions;
use std::os::unix::fs::PermissionsExt as _;
use std::path::PathBuf;

pub fn trials() -> Vec<Trial> {
    vec![trials::on_flux("engines::flux_changes_what_we_say_it_changes_next", stories)]
}

const NS: &str = "flux-exact";

fn map(name: &str, data: &Value) -> String {
    json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name}, "data": data})
        .to_string()
}

fn deployment(image: &str) -> String {
    json!({"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "web", "labels": {"team": "shop"}},
        "spec": {"replicas": 0, "selector": {"matchLabels": {"app": "web"}},
            "template": {"metadata": {"labels": {"app": "web"}}, "spec": {"containers": [
                {"name": "main", "image": image, "env": [{"name": "A", "value": "1"}]}]}}}})
    .to_string()
}

/// A PATH with nothing but the real kubectl.
fn tools(flux: &Flux) -> PathBuf {
    let dir = flux.plane.dir().join("tools-of-flux-exact");
    std::fs::create_dir_all(&dir).expect("a directory");
    let kubectl = flux.plane.kubectl_command();
    let words = std::iter::once(kubectl.get_program()).chain(kubectl.get_args());
    let words: Vec<String> = words.map(|word| format!("'{}'", word.to_string_lossy())).collect();
    let script = dir.join("kubectl");
    std::fs::write(&script, format!("#!/bin/sh\nexec {} \"$@\"\n", words.join(" ")))
        .and_then(|()| std::fs::set_permissions(&script, Permissions::from_mode(0o755)))
        .expect("a script");
    dir
}

/// Runs it, with a directory of its own for what is temporary, of which nothing must be left.
fn drift(flux: &Flux, more: &[&str]) -> Value {
    let scratch = tempfile::tempdir().expect("a directory");
    let output = wheelhouse(flux.plane.dir())
        .env("KUBECONFIG", flux.plane.kubeconfig("admin"))
        .env("PATH", tools(flux))
        .env("TMPDIR", scratch.path())
        .args(["drift", &format!("ks/{NS}/shop"), "--exact", "-o", "json"])
        .args(more)
        .output()
        .expect("the program runs");
    let err = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(matches!(output.status.code(), Some(0..=2)), "{err}");
    assert_eq!(std::fs::read_dir(scratch.path()).expect("a directory").count(), 0, "{err}");
    serde_json::from_slice(&output.stdout).unwrap_or_else(|error| panic!("{error}: {err}"))
}

/// What we say of each object, by kind and name; with why it is not exact, where it is not.
fn exact(flux: &Flux, more: &[&str]) -> (BTreeMap<String, Value>, Value, Value) {
    let document = drift(flux, more);
    let one = &document["comparisons"][0];
    let word = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let of = |one: &Value| (format!("{}/{}", word(&one["kind"]), word(&one["name"])), one.clone());
    let objects = one["objects"].as_array().expect("objects").iter().map(of).collect();
    (objects, one["shortfall"].clone(), one["desired"].clone())
}

/// Its objects as they are; None where one is not there.
fn objects(flux: &Flux) -> BTreeMap<String, Option<Value>> {
    let paths = [
        ("Deployment/web", format!("/apis/apps/v1/namespaces/{NS}/deployments/web")),
        ("ConfigMap/web", format!("/api/v1/namespaces/{NS}/configmaps/web")),
        ("ConfigMap/old", format!("/api/v1/namespaces/{NS}/configmaps/old")),
        ("ConfigMap/new", format!("/api/v1/namespaces/{NS}/configmaps/new")),
        ("Secret/word", format!("/api/v1/namespaces/{NS}/secrets/word")),
    ];
    let of = |(name, path): (&str, String)| {
        let (code, object) = flux.api.call("GET", &path, None);
        (name.to_owned(), (code == 200).then_some(object))
    };
    paths.into_iter().map(of).collect()
}

/// What of an object is anybody's to write but its own controller's.
fn written(object: &Value) -> Value {
    let mut object = object.clone();
    if let Some(all) = object["metadata"]["annotations"].as_object_mut() {
        all.remove("deployment.kubernetes.io/revision");
    }
    meaning(&object)
}

fn stories(flux: &Flux) {
    flux.plane.namespace(NS);
    flux.serve_artifacts();
    let secret = |word: &str| {
        json!({"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "word"}, "stringData": {"word": word}})
            .to_string()
    };
    let (first, old) = (deployment("registry.example.com/web:1"), map("old", &json!({"a": "1"})));
    let revision = flux.set_artifact(
        NS,
        "shop",
        "v1",
        &[
            ("deploy/web.yaml", &first),
            ("deploy/map.yaml", &map("web", &json!({"a": "1", "b": "2"}))),
            ("deploy/old.yaml", &old),
            ("deploy/secret.yaml", &secret("canary-one")),
            ("other/not-built.yaml", &map("other", &json!({}))),
        ],
    );
    flux.create(NS, "shop", &json!({ "path": "./deploy" }));
    flux.until_applied(NS, "shop", &revision);

    // As it was applied: nothing differs, and that is certain.
    let (told, shortfall, desired) = exact(flux, &[]);
    assert_eq!(shortfall, Value::Null, "{told:#?}");
    assert_eq!(desired["what"], "what the next reconcile applies");
    assert_eq!(desired["revision"], revision.as_str());
    assert_eq!(told.len(), 4);
    for (name, one) in &told {
        let quiet = one["fields"].as_array().is_some_and(Vec::is_empty);
        assert!(
            one["state"] == "in-sync" && one["confidence"] == "exact" && quiet,
            "{name}: {one:#}"
        );
    }

    // It is suspended, edited by hand and by a program, and the source moves on.
    let kustomization = kustomizations(NS, "shop");
    let patch = |path: &str, body: &Value| {
        let (code, answer) = flux.api.call_as("PATCH", path, MERGE, Some(body));
        assert_eq!(code, 200, "{answer}");
    };
    patch(&kustomization, &json!({"spec": {"suspend": true}}));
    let deployments = format!("/apis/apps/v1/namespaces/{NS}/deployments/web");
    patch(
        &format!("{deployments}?fieldManager=kubectl-edit"),
        &json!({"spec": {"replicas": 0, "minReadySeconds": 5}, "metadata": {"labels": {"team": "other"}}}),
    );
    patch(
        &format!("{deployments}?fieldManager=operator"),
        &json!({"spec": {"revisionHistoryLimit": 3}, "metadata": {"labels": {"by-operator": "x"}}}),
    );
    let maps = format!("/api/v1/namespaces/{NS}/configmaps/web");
    patch(&format!("{maps}?fieldManager=kubectl-edit"), &json!({"data": {"a": "9", "added": "x"}}));
    let secrets = format!("/api/v1/namespaces/{NS}/secrets/word");
    patch(
        &format!("{secrets}?fieldManager=kubectl-edit"),
        &json!({"stringData": {"word": "canary-two"}}),
    );
    let second = deployment("registry.example.com/web:2");
    let files = [
        ("deploy/web.yaml", second.as_str()),
        ("deploy/map.yaml", &map("web", &json!({"a": "1", "c": "3"}))),
        ("deploy/new.yaml", &map("new", &json!({"n": "1"}))),
        ("deploy/secret.yaml", &secret("canary-three")),
    ];
    let revision = flux.set_artifact(NS, "shop", "v2", &files);
    let (told, shortfall, desired) = exact(flux, &[]);
    assert_eq!((&shortfall, &desired["revision"]), (&Value::Null, &json!(revision)), "{told:#?}");
    let states: Vec<String> = told
        .iter()
        .map(|(name, one)| format!("{name} {}", one["state"].as_str().unwrap_or("")))
        .collect();
    let want = [
        "ConfigMap/new missing",
        "ConfigMap/old extra",
        "ConfigMap/web changed",
        "Deployment/web changed",
        "Secret/word changed",
    ];
    assert_eq!(states, want, "{told:#?}");
    let text = serde_json::to_string(&told).expect("JSON");
    assert!(!text.contains("canary") && !text.contains("Y2FuYXJ5"), "{text}");
    let places = |name: &str| -> Vec<&str> {
        let fields = told[name]["fields"].as_array().expect("fields").iter();
        let mut all: Vec<&str> = fields
            .filter(|field| field["noise"].is_null())
            .filter_map(|field| field["path"].as_str())
            .collect();
        all.sort_unstable();
        all
    };
    assert_eq!(places("ConfigMap/web"), ["data.a", "data.added", "data.b", "data.c"]);
    assert_eq!(
        places("Deployment/web"),
        [
            "metadata.labels.team",
            "spec.minReadySeconds",
            "spec.template.spec.containers[name=main].image"
        ]
    );

    // What goes wrong falls back to what is known without, and says why.
    let without = |why: &str, more: &[&str]| {
        let (told, shortfall, _) = exact(flux, more);
        let shortfall = shortfall.as_str().unwrap_or_default().to_owned();
        assert!(shortfall.contains(why), "{why}: {shortfall} {told:#?}");
        assert!(told["ConfigMap/web"]["confidence"] != "exact", "{told:#?}");
    };
    without("runs read-only, and enters no pod", &["--readonly"]);
    let artifacts =
        format!("/apis/source.toolkit.fluxcd.io/v1/namespaces/{NS}/externalartifacts/shop/status");
    let artifact =
        flux.api.get(artifacts.trim_end_matches("/status"))["status"]["artifact"].clone();
    let wrong = |change: &dyn Fn(&mut Value)| {
        let mut other = artifact.clone();
        change(&mut other);
        patch(&artifacts, &json!({"status": {"artifact": other}}));
    };
    wrong(&|one| one["digest"] = format!("sha256:{}", "0".repeat(64)).into());
    without("what came is not what the source tells of", &[]);
    wrong(&|one| one["url"] = "http://127.0.0.1:1/gone.tar.gz".into());
    without("is not kept there any more", &[]);
    wrong(&|_| {});
    let from = json!([{"kind": "ConfigMap", "name": "vars"}]);
    patch(&kustomization, &json!({"spec": {"postBuild": {"substituteFrom": from}}}));
    without("its postBuild takes values from ConfigMap/vars", &[]);
    patch(&kustomization, &json!({"spec": {"postBuild": null, "path": "./nowhere"}}));
    without("has no directory ./nowhere", &[]);
    patch(&kustomization, &json!({"spec": {"path": "./deploy"}}));

    // And then the controller does exactly that.
    let before = objects(flux);
    patch(&kustomization, &json!({"spec": {"suspend": false}}));
    flux.until_applied(NS, "shop", &revision);
    let after = objects(flux);
    for (name, was) in &before {
        let one = &told[name];
        match (was, &after[name]) {
            (Some(was), Some(is)) => {
                let mut made = was.clone();
                for place in places(name) {
                    assert_ne!(get(was, place), get(is, place), "{name} {place} stayed: {one:#}");
                    put(&mut made, place, get(is, place).cloned());
                }
                assert_eq!(
                    written(&made),
                    written(is),
                    "{name} was changed where nothing is told: {one:#}"
                );
            }
            (None, Some(_)) => assert_eq!(one["state"], "missing"),
            (Some(_), None) => assert_eq!(one["state"], "extra"),
            (None, None) => panic!("{name} was never there"),
        }
    }
    let (told, _, _) = exact(flux, &[]);
    for (name, one) in &told {
        assert_eq!(one["drifted"], false, "{name}: {one:#}");
    }
}
