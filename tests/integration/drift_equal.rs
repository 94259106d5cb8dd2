//! What we say of files and of Helm releases is what the server itself says: a server-side apply that is
//! only rehearsed, and what it would make of each object held against what is there. Nothing of our merge
//! is in that: where what we name is changed in the one, the other has to come out.

use super::apps_cli::run;
use super::drift_corpus::{Dice, cases, leaves};
use super::helm::helm;
use crate::support::control_plane::{ControlPlane, Options};
use crate::support::places::{get, meaning, put};
use crate::support::scripted;
use crate::support::trials;
use crate::support::world::World;
use libtest_mimic::Trial;
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

pub fn trials() -> Vec<Trial> {
    let bare = Options::bare;
    vec![
        trials::on_world("drift::files_differ_as_the_server_rehearses_them", bare(), files),
        trials::on_world("drift::releases_differ_as_the_server_rehearses_them", bare(), releases),
    ]
}

const MANAGERS: [&str; 4] = ["kubectl-edit", "k9s", "Mozilla", "operator"];

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}

/// What tells an object from others in a list of kubectl's or in our document.
fn key(object: &Value) -> String {
    let api = text(&object["apiVersion"]);
    let group =
        object["group"].as_str().unwrap_or(api.split_once('/').map_or("", |(group, _)| group));
    let of = |name: &str| object.get(name).unwrap_or(&object["metadata"][name]);
    format!("{}.{group} {}/{}", text(&object["kind"]), text(of("namespace")), text(of("name")))
}

/// Objects that kubectl prints, one or a list of them.
fn listed(said: &str) -> BTreeMap<String, Value> {
    let said: Value = serde_json::from_str(said).unwrap();
    let items = match said["items"].as_array() {
        Some(items) => items.clone(),
        None => vec![said],
    };
    items.into_iter().map(|item| (key(&item), item)).collect()
}

fn file(plane: &ControlPlane, name: &str, objects: &[Value]) -> String {
    let file = plane.dir().join(name);
    let list = json!({ "apiVersion": "v1", "kind": "List", "items": objects });
    fs::write(&file, list.to_string()).unwrap();
    file.display().to_string()
}

/// The objects of a file.
fn documents(path: &str) -> Vec<Value> {
    let read = |text: &str| -> Value { serde_saphyr::from_str(text).unwrap() };
    let text = fs::read_to_string(path).unwrap();
    let all = text.split("\n---\n").map(read).filter(Value::is_object);
    let items = |one: Value| match one["items"].as_array() {
        Some(items) => items.clone(),
        None => vec![one],
    };
    all.flat_map(items).collect()
}

/// Others edit objects of a file, so many times. What the API does not take is not counted. How many kinds.
fn edit(plane: &ControlPlane, namespace: &str, path: &str, times: usize, dice: &mut Dice) -> usize {
    let objects = documents(path);
    let (mut made, mut kinds) = (0, BTreeSet::new());
    for _ in 0..times * 6 {
        let object = &objects[dice.below(objects.len())];
        let mut places = Vec::new();
        leaves(object, &mut Vec::new(), &mut places);
        let (place, value) = &places[dice.below(places.len())];
        let whose = |start: &str| place.starts_with(start);
        let patch = match dice.below(5) {
            0 => json!({ "metadata": { "labels": { "added": "by-others" } } }),
            _ if whose("/metadata/") && !whose("/metadata/labels/") => continue,
            // A port of another number is another port, beside which the server does not take this one.
            _ if object["kind"] == "Service" && whose("/spec/ports/") => continue,
            _ if ["/apiVersion", "/kind", "/status"].iter().any(|start| whose(start)) => continue,
            1 => json!([{ "op": "remove", "path": place }]),
            _ => {
                let changed = match value {
                    Value::String(text) => json!(format!("{text}x")),
                    Value::Bool(truth) => json!(!truth),
                    Value::Number(number) => json!(number.as_i64().unwrap_or_default() + 1),
                    _ => continue,
                };
                json!([{ "op": "test", "path": place, "value": value },
                    { "op": "replace", "path": place, "value": changed }])
            }
        };
        let how = if patch.is_array() { "--type=json" } else { "--type=merge" };
        let one = file(plane, "edited.json", std::slice::from_ref(object));
        let by = format!("--field-manager={}", MANAGERS[dice.below(MANAGERS.len())]);
        let args = ["patch", "-n", namespace, "-f", &one, how, "-p", &patch.to_string(), &by];
        if plane.kubectl(&args).status.success() {
            made += 1;
            kinds.insert(text(&object["kind"]).to_owned());
        }
        if made == times {
            break;
        }
    }
    assert_eq!(made, times);
    kinds.len()
}

/// Holds what we told against a rehearsal of the file by this manager; how many fields there are.
fn same_as_rehearsed(
    plane: &ControlPlane,
    namespace: &str,
    told: &Value,
    path: &str,
    manager: &str,
) -> usize {
    let lives = listed(&plane.kubectl_says(&["get", "-n", namespace, "-f", path, "-o", "json"]));
    let manager = format!("--field-manager={manager}");
    let apply = ["apply", "--server-side", "--force-conflicts", "--dry-run=server", &manager];
    let more = ["-n", namespace, "-f", path, "-o", "json"];
    let rehearsed = listed(&plane.kubectl_says(&[&apply[..], &more].concat()));
    let comparisons = told["comparisons"].as_array().into_iter().flatten();
    let objects = comparisons.flat_map(|one| one["objects"].as_array().into_iter().flatten());
    let ours: BTreeMap<String, &Value> = objects.map(|object| (key(object), object)).collect();
    assert_eq!(ours.keys().collect::<Vec<_>>(), rehearsed.keys().collect::<Vec<_>>());
    let mut fields = 0;
    for (key, object) in ours {
        let (live, would) = (&lives[&key], &rehearsed[&key]);
        let mut made = live.clone();
        let secret = object["kind"] == "Secret";
        for field in object["fields"].as_array().unwrap() {
            let place = text(&field["path"]);
            let wanted = get(would, place);
            assert_ne!(wanted, get(live, place), "{key}: {field:#}");
            // Values of Secrets are never told.
            if !secret {
                assert_eq!(field.get("live"), get(live, place), "{key}: {field:#}");
                assert_eq!(field.get("desired"), wanted, "{key}: {field:#}");
            }
            put(&mut made, place, wanted.cloned());
            fields += 1;
        }
        let (made, would) = (meaning(&made), meaning(would));
        assert_eq!(made, would, "{key}: {object:#}\n{made}\n{would}");
        let counts =
            object["fields"].as_array().unwrap().iter().any(|field| field["noise"].is_null());
        assert_eq!(
            object["state"],
            if counts { "changed" } else { "in-sync" },
            "{key}: {object:#}"
        );
    }
    fields
}

fn told(plane: &ControlPlane, args: &[&str]) -> Value {
    let output = run(&plane.kubeconfig("admin"), &[&["drift", "-o", "json"], args].concat());
    let errors = String::from_utf8_lossy(&output.stderr);
    serde_json::from_slice(&output.stdout)
        .unwrap_or_else(|error| panic!("{args:?}: {error}: {errors}"))
}

fn files(plane: &mut ControlPlane, _helm: &Path, world: &World) {
    let mut dice = Dice(20_260_719);
    // Manifests of every kind, made up.
    plane.namespace("made-up");
    let mut objects: Vec<Value> = Vec::new();
    for case in cases() {
        if text(&case["name"]).ends_with("-plain") {
            objects.push(case["of"].clone());
        }
    }
    let path = file(plane, "made-up.json", &objects);
    // Argo CD's own.
    plane.namespace("argocd");
    let argo = world.argo_cd().display().to_string();
    for (namespace, path, edits, least) in [("made-up", &path, 60, 12), ("argocd", &argo, 40, 6)] {
        plane.kubectl_says(&["apply", "--server-side", "-n", namespace, "-f", path]);
        let args = ["-f", path, "-n", namespace];
        let before = same_as_rehearsed(plane, namespace, &told(plane, &args), path, "kubectl");
        assert_eq!(before, 0);
        let kinds = edit(plane, namespace, path, edits, &mut dice);
        assert!(kinds >= least, "{namespace}: {kinds} kinds");
        let fields = same_as_rehearsed(plane, namespace, &told(plane, &args), path, "kubectl");
        // Labels that others add, and fields that no manifest names, are theirs.
        assert!(fields * 4 > edits, "{namespace}: {fields} fields of {edits} edits");
    }
}

/// What a release's objects are marked with.
fn marked(plane: &ControlPlane, release: &str, manifest: &str) -> Vec<Value> {
    let file = plane.dir().join("manifest.yaml");
    fs::write(&file, manifest).unwrap();
    let mut objects = documents(&file.display().to_string());
    for object in &mut objects {
        let kind = text(&object["kind"]);
        if !kind.starts_with("Cluster") && !kind.ends_with("WebhookConfiguration") {
            let namespace = &mut object["metadata"]["namespace"];
            if namespace.is_null() {
                *namespace = json!(release);
            }
        }
        let metadata = &mut object["metadata"];
        metadata["labels"]["app.kubernetes.io/managed-by"] = json!("Helm");
        metadata["annotations"]["meta.helm.sh/release-name"] = json!(release);
        metadata["annotations"]["meta.helm.sh/release-namespace"] = json!(release);
    }
    objects
}

fn releases(plane: &mut ControlPlane, program: &Path, world: &World) {
    let mut dice = Dice(20_261_128);
    let api = plane.api();
    let crd = scripted::crd("helm.toolkit.fluxcd.io", "v2", "helmreleases", "HelmRelease");
    let crds = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions";
    api.create(crds, &crd);
    let made = plane.dir().join("web").display().to_string();
    plane.namespace("maker");
    helm(plane, program, "maker", &["create", &made]);
    let charts = [
        (world.chart("cert-manager"), "crds.enabled=false,startupapicheck.enabled=false", 7),
        (made, "autoscaling.enabled=true,ingress.enabled=true", 4),
    ];
    let mut kinds = 0;
    for (number, (chart, set, least)) in charts.iter().enumerate() {
        let release = &format!("release-{number}");
        plane.namespace(release);
        helm(plane, program, release, &["install", release, chart, "--set", set]);
        let manifest = helm(plane, program, release, &["get", "manifest", release]);
        let path = &file(plane, &format!("{release}.json"), &marked(plane, release, &manifest));
        let app = format!("helm/{release}/{release}");
        assert_eq!(same_as_rehearsed(plane, "", &told(plane, &[&app]), path, "helm"), 0);
        kinds += edit(plane, "", path, 40, &mut dice);
        let fields = same_as_rehearsed(plane, "", &told(plane, &[&app]), path, "helm");
        assert!(fields > 10, "{fields}");
        assert!(kinds >= *least, "{kinds}");

        // The same as Flux would have it, whose controller applies in its own name.
        let apply =
            ["apply", "--server-side", "--force-conflicts", "--field-manager=helm-controller"];
        plane.kubectl_says(&[&apply[..], &["-f", path]].concat());
        let history = json!([{ "name": release, "namespace": release, "version": 1, "status": "deployed",
            "chartName": "chart", "chartVersion": "1.0.0" }]);
        let ready = json!([{ "type": "Ready", "status": "True", "reason": "InstallSucceeded",
            "message": "", "lastTransitionTime": "2026-11-28T10:00:00Z" }]);
        let object = json!({
            "apiVersion": "helm.toolkit.fluxcd.io/v2", "kind": "HelmRelease",
            "metadata": { "name": release, "namespace": release },
            "spec": { "interval": "1h", "releaseName": release,
                "chartRef": { "kind": "OCIRepository", "name": "chart" } },
            "status": { "history": history, "storageNamespace": release, "conditions": ready },
        });
        api.create(
            &format!("/apis/helm.toolkit.fluxcd.io/v2/namespaces/{release}/helmreleases"),
            &object,
        );
        let app = format!("hr/{release}/{release}");
        let as_controller =
            || same_as_rehearsed(plane, "", &told(plane, &[&app]), path, "helm-controller");
        assert_eq!(as_controller(), 0);
        edit(plane, "", path, 20, &mut dice);
        assert!(as_controller() > 4);
    }
    assert!(kinds >= 12, "{kinds}");
}
