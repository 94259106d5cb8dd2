//! `wheelhouse get` on a real API server, held to the server's own lists and to kubectl.

use crate::oracle::load;
use crate::registry;
use crate::support::api::{Api, Write};
use crate::support::control_plane::{ControlPlane, Options, wheelhouse};
use crate::support::trials;
use libtest_mimic::Trial;
use serde_json::{Value, json};
use wheelhouse::kinds::spec;
use wheelhouse::model::Gvr;

pub fn trials() -> Vec<Trial> {
    vec![
        trials::on_own(
            "get::rows_are_the_servers_list",
            Options::bare(),
            rows_are_the_servers_list,
        ),
        trials::on_own(
            "get::whole_objects_print_as_kubectl_prints_them",
            Options::bare(),
            whole_objects,
        ),
    ]
}

/// What `wheelhouse get …` prints.
pub fn get(plane: &ControlPlane, args: &[&str]) -> String {
    let output = wheelhouse(plane.dir())
        .arg("get")
        .args(args)
        .arg(format!("--kubeconfig={}", plane.kubeconfig("admin").display()))
        .output()
        .unwrap();
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "get {args:?}: {errors}");
    String::from_utf8(output.stdout).unwrap()
}

/// Identity of every object of a list the server sends.
pub fn identities(list: &Value) -> Vec<[String; 4]> {
    let mut all: Vec<[String; 4]> = list["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|item| {
            ["namespace", "name", "uid", "resourceVersion"]
                .map(|field| item["metadata"][field].as_str().unwrap_or_default().to_owned())
        })
        .collect();
    all.sort();
    all
}

/// The same of rows in JSON.
pub fn row_identities<'a>(rows: impl IntoIterator<Item = &'a Value>) -> Vec<[String; 4]> {
    let mut all: Vec<[String; 4]> = rows
        .into_iter()
        .map(|row| {
            ["namespace", "name", "uid", "resourceVersion"]
                .map(|field| row[field].as_str().unwrap_or_default().to_owned())
        })
        .collect();
    all.sort();
    all
}

/// Many small pods that nothing runs.
pub fn fill(api: &Api, namespaces: &[&str], each: usize) {
    for namespace in namespaces {
        api.create("/api/v1/namespaces", &json!({ "metadata": { "name": namespace } }));
    }
    api.all(namespaces.iter().flat_map(|namespace| {
        (0..each).map(move |i| {
            let pod = json!({
                "metadata": { "name": format!("pod-{i:04}"), "labels": { "app": format!("app-{}", i % 7) } },
                "spec": { "containers": [{ "name": "main", "image": format!("registry.example.com/app:{}", i % 5) }] },
            });
            Write::create(format!("/api/v1/namespaces/{namespace}/pods"), pod)
        })
    }));
}

fn rows_are_the_servers_list(plane: &mut ControlPlane) {
    let api = plane.api();
    // More than one page of a list.
    fill(&api, &["one", "two", "three"], 400);
    let rows: Vec<Value> = get(plane, &["pods", "-A", "-o", "rows"])
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    let list = api.get("/api/v1/pods");
    assert_eq!(rows.len(), 1200);
    assert_eq!(row_identities(&rows), identities(&list));
    let order = |rows: &[Value]| -> Vec<String> {
        rows.iter().map(|row| format!("{}/{}", row["namespace"], row["name"])).collect()
    };
    assert!(order(&rows).is_sorted(), "namespace and name");

    // Selectors are the server's, namespaces too, and what is asked by name is found or told.
    let rows = get(plane, &["pods", "-n", "two", "-l", "app=app-3", "-o", "name"]);
    assert_eq!(
        rows,
        plane.kubectl_says(&["get", "pods", "-n", "two", "-l", "app=app-3", "-o", "name"])
    );
    let output = wheelhouse(plane.dir())
        .args(["get", "pods", "pod-0001", "nobody", "-n", "one", "-o", "name"])
        .arg(format!("--kubeconfig={}", plane.kubeconfig("admin").display()))
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert_eq!(String::from_utf8_lossy(&output.stdout), "pod/pod-0001\n");
    assert!(String::from_utf8_lossy(&output.stderr).contains("nobody"));
}

fn whole_objects(plane: &mut ControlPlane) {
    let api = plane.api();
    for (group, version, plural) in [
        ("", "v1", "pods"),
        ("", "v1", "configmaps"),
        ("", "v1", "services"),
        ("apps", "v1", "deployments"),
        ("rbac.authorization.k8s.io", "v1", "roles"),
    ] {
        let known = spec(group, plural).unwrap();
        let gvr = Gvr::new(group, version, plural);
        let status = matches!(plural, "pods" | "services" | "deployments");
        load::load(&api, &gvr, known.kind, true, status, &registry::objects(known));
        let name = if group.is_empty() { plural.to_owned() } else { format!("{plural}.{group}") };
        for format in ["name", "json", "yaml"] {
            let args = [name.as_str(), "-A", "-o", format];
            let ours = get(plane, &args);
            let theirs = plane.kubectl_says(&[&["get"], &args[..]].concat());
            assert_same(&format!("get {args:?}"), &ours, &theirs);
        }
        let one = api.get(&gvr.collection_path(None))["items"][0]["metadata"].clone();
        let (namespace, object) =
            (one["namespace"].as_str().unwrap(), one["name"].as_str().unwrap());
        for format in ["json", "yaml"] {
            let args = [name.as_str(), object, "-n", namespace, "-o", format];
            let ours = get(plane, &args);
            let theirs = plane.kubectl_says(&[&["get"], &args[..]].concat());
            assert_same(&format!("get {args:?}"), &ours, &theirs);
        }
    }
}

fn assert_same(what: &str, ours: &str, theirs: &str) {
    if ours != theirs {
        let diff = similar::TextDiff::from_lines(theirs, ours);
        let diff = diff.unified_diff().context_radius(2).to_string();
        let shown: String = diff.chars().take(3000).collect();
        panic!("{what}: kubectl's (-) and ours (+) differ\n{shown}");
    }
}
