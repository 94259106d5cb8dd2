//! All engines on one cluster: every object is of one app, and of the right one.

use super::manifests::{annotated, config, web};
use super::{agree, program};
use crate::get::get;
use crate::helm::{chart, helm};
use crate::oracle::kinds::establish;
use crate::support::api::Api;
use crate::support::control_plane::ControlPlane;
use crate::support::engines::{Argo, Flux};
use crate::support::scripted::crd;
use crate::support::trials;
use libtest_mimic::Trial;
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

pub fn trials() -> Vec<Trial> {
    vec![trials::on_engines("engines::all_at_once_and_every_object_is_of_one_app", all_at_once)]
}

const ARGO: &str = "all-argo";
const FLUX: &str = "all-flux";
const HELM: &str = "all-helm";
const SET: &str = "all-set";
const OTHERS: &str = "all-others";
const NAMESPACES: [&str; 5] = [ARGO, FLUX, HELM, SET, OTHERS];

/// Kinds that something is delivered of here; what only controllers make is not looked at.
const KINDS: &str = "deployments.apps,statefulsets.apps,daemonsets.apps,jobs.batch,cronjobs.batch,pods,\
    services,configmaps,secrets,serviceaccounts,ingresses.networking.k8s.io,widgets.example.com";

/// An object: kind, namespace, name.
type Object = (String, String, String);

fn object(of: &Value) -> Object {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    (text(&of["kind"]), text(&of["metadata"]["namespace"]), text(&of["metadata"]["name"]))
}

/// A manifest with labels of its own.
fn labelled(manifest: &str, labels: &str) -> String {
    manifest.replacen("metadata:\n", &format!("metadata:\n  labels: {{ {labels} }}\n"), 1)
}

fn service(name: &str) -> String {
    format!(
        "apiVersion: v1\nkind: Service\nmetadata:\n  name: {name}\nspec:\n  selector: {{ app: web }}\n  ports: [{{ port: 80 }}]\n"
    )
}

/// Has kubectl apply these manifests in a namespace.
fn apply(plane: &ControlPlane, namespace: &str, manifests: &[String], args: &[&str]) {
    let file = plane.dir().join(format!("{namespace}.yaml"));
    std::fs::write(&file, manifests.join("---\n")).expect("a file");
    let output = plane
        .kubectl_command()
        .args(["apply", "-n", namespace, "-f"])
        .arg(&file)
        .args(args)
        .env("KUBECTL_APPLYSET", "true")
        .output()
        .expect("kubectl runs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

fn argo(argo: &Argo) {
    let repository = argo.repository(ARGO);
    let hook = annotated(&config("before", "1"), "argocd.argoproj.io/hook", "PreSync");
    repository.commit(&[
        ("web.yaml", &web(1, "web:1")),
        ("map.yaml", &config("settings", "1")),
        ("service.yaml", &service("web")),
        ("hook.yaml", &hook),
    ]);
    argo.create(ARGO, &repository, &json!({ "syncPolicy": { "automated": {} } }));
}

fn flux(flux: &Flux) {
    flux.plane.namespace(FLUX);
    // The chart's own labels say something else: Flux's say who delivered it.
    let web = labelled(&web(1, "web:1"), "app.kubernetes.io/managed-by: Helm");
    let files = [("web.yaml", web), ("map.yaml", config("settings", "1"))];
    let files = files.each_ref().map(|(name, text)| (*name, text.as_str()));
    flux.set_artifact(FLUX, FLUX, "v1", &files);
    flux.create(FLUX, FLUX, &json!({ "wait": true }));
}

/// Everything that no engine on the cluster delivers.
fn others(plane: &ControlPlane) {
    let api = plane.namespace(OTHERS);
    let named = |name: &str| web(1, "web:1").replacen("name: web", &format!("name: {name}"), 1);
    // kubectl: a group by its labels, whose ConfigMap somebody else changed later.
    let of_shop = |text: &str| labelled(text, "app.kubernetes.io/part-of: shop");
    let group = [of_shop(&named("cart")), of_shop(&named("checkout")), of_shop(&service("cart"))];
    apply(plane, OTHERS, &group, &[]);
    let by = |manager: &str, manifest: &str| {
        let manager = format!("--field-manager={manager}");
        apply(plane, OTHERS, &[manifest.to_owned()], &["--server-side", &manager]);
    };
    by("pulumi-kubernetes-d0c1a2b3", &named("by-pulumi"));
    by("Terraform", &named("by-terraform"));
    let addon = annotated(&named("traefik"), "objectset.rio.cattle.io/owner-name", "traefik");
    let addon = addon.replacen(
        "annotations: { ",
        "annotations: { objectset.rio.cattle.io/owner-namespace: kube-system, objectset.rio.cattle.io/owner-gvk: \"k3s.cattle.io/v1, Kind=Addon\", ",
        1,
    );
    by("deploy@server-0", &addon);
    by(
        "an-operator",
        &labelled(&named("by-operator"), "app.kubernetes.io/managed-by: an-operator"),
    );

    // What a custom resource owns belongs to whoever manages that.
    establish(&api, &crd("example.com", "v1", "widgets", "Widget"));
    let widget = "apiVersion: example.com/v1\nkind: Widget\nmetadata:\n  name: gears\n";
    apply(plane, OTHERS, &[of_shop(widget)], &[]);
    let widgets = format!("/apis/example.com/v1/namespaces/{OTHERS}/widgets/gears");
    let uid = api.get(&widgets)["metadata"]["uid"].clone();
    let owner = json!([{ "apiVersion": "example.com/v1", "kind": "Widget", "name": "gears",
        "uid": uid, "controller": true }]);
    create(
        &api,
        "deployments",
        "apps/v1",
        "gears",
        &json!({ "ownerReferences": owner }),
        workload(),
    );

    // What nobody says anything about, and what it uses.
    let none = json!({});
    create(&api, "configmaps", "v1", "lone-settings", &none, json!({ "data": { "a": "1" } }));
    create(&api, "secrets", "v1", "lone-password", &none, json!({ "stringData": { "a": "1" } }));
    let ports = json!({ "spec": { "selector": { "app": "lone" }, "ports": [{ "port": 80 }] } });
    create(&api, "services", "v1", "lone", &none, ports);
    let mut lone = workload();
    lone["spec"]["template"]["spec"]["containers"][0]["envFrom"] = json!([
        { "configMapRef": { "name": "lone-settings" } }, { "secretRef": { "name": "lone-password" } },
    ]);
    create(&api, "deployments", "apps/v1", "lone", &none, lone);
}

fn workload() -> Value {
    let labels = json!({ "app": "lone" });
    let containers = json!([{ "name": "main", "image": "registry.example.com/lone:1" }]);
    json!({ "spec": {
        "replicas": 1, "selector": { "matchLabels": labels },
        "template": { "metadata": { "labels": labels }, "spec": { "containers": containers } },
    }})
}

fn create(api: &Api, plural: &str, version: &str, name: &str, metadata: &Value, mut body: Value) {
    let root = if version == "v1" { "/api" } else { "/apis" };
    body["metadata"] = metadata.clone();
    body["metadata"]["name"] = json!(name);
    api.create(&format!("{root}/{version}/namespaces/{OTHERS}/{plural}"), &body);
}

/// What the engines themselves, and their own tools, say that they delivered.
fn delivered(argo: &Argo, flux: &Flux, program: &Path) -> BTreeMap<Object, String> {
    let plane = &argo.plane;
    let mut all = BTreeMap::new();
    let mut claim = |object: Object, app: &str| {
        let before = all.insert(object.clone(), app.to_owned());
        assert_eq!(before, None, "{object:?} is {app}'s too");
    };
    for one in argo.get(ARGO)["status"]["resources"].as_array().expect("resources") {
        let text = |field: &str| one[field].as_str().unwrap_or_default().to_owned();
        claim((text("kind"), text("namespace"), text("name")), "argocd/all-argo");
    }
    let inventory = flux.get(FLUX, FLUX)["status"]["inventory"]["entries"].clone();
    for one in inventory.as_array().expect("an inventory") {
        let mut id = one["id"].as_str().expect("an id").split('_').map(str::to_owned);
        let (Some(namespace), Some(name), _, Some(kind)) =
            (id.next(), id.next(), id.next(), id.next())
        else {
            panic!("{one}")
        };
        claim((kind, namespace, name), "ks/all-flux");
    }
    let manifest = plane.dir().join("all-helm-manifest.yaml");
    std::fs::write(&manifest, helm(plane, program, HELM, &["get", "manifest", "web"]))
        .expect("a file");
    let of_helm = ["get", "-n", HELM, "-o", "json", "-f"];
    for one in listed(plane, &[&of_helm[..], &[&manifest.display().to_string()]].concat()) {
        claim(object(&one), "helm/web");
    }
    let parent = plane.kubectl_says(&["get", "secret", "-n", SET, "goods", "-o", "json"]);
    let parent: Value = serde_json::from_str(&parent).expect("JSON");
    let id = parent["metadata"]["labels"]["applyset.kubernetes.io/id"].as_str().expect("an id");
    let label = format!("applyset.kubernetes.io/part-of={id}");
    for one in listed(plane, &["get", KINDS, "-A", "-l", &label, "-o", "json"]) {
        claim(object(&one), &format!("applyset/{id}"));
    }
    let known = [
        ("Deployment", "cart", "kubectl/shop"),
        ("Deployment", "checkout", "kubectl/shop"),
        ("Service", "cart", "kubectl/shop"),
        ("Widget", "gears", "kubectl/shop"),
        ("Deployment", "by-pulumi", "pulumi/by-pulumi"),
        ("Deployment", "by-terraform", "terraform/by-terraform"),
        ("Deployment", "traefik", "k3s/traefik"),
        ("Deployment", "by-operator", "operator/by-operator"),
    ];
    for (kind, name, app) in known {
        claim((kind.into(), OTHERS.into(), name.into()), app);
    }
    all
}

/// The items of a list that kubectl prints.
fn listed(plane: &ControlPlane, args: &[&str]) -> Vec<Value> {
    let list: Value = serde_json::from_str(&plane.kubectl_says(args)).expect("JSON");
    list["items"].as_array().expect("items").clone()
}

/// Top-level objects of the namespaces that somebody put there.
fn objects(plane: &ControlPlane) -> Vec<Value> {
    let made = |one: &Value| {
        let name = one["metadata"]["name"].as_str().unwrap_or_default();
        // In every namespace; and what records an app is no object of one.
        matches!(name, "kube-root-ca.crt" | "default") || name.starts_with("sh.helm.release.")
    };
    let all = listed(plane, &["get", KINDS, "-A", "-o", "json"]).into_iter();
    all.filter(|one| NAMESPACES.contains(&object(one).1.as_str()))
        .filter(|one| one["metadata"]["ownerReferences"].is_null() && !made(one))
        .collect()
}

/// What the program says of each object's manager; empty where nothing does.
fn managers(plane: &ControlPlane) -> BTreeMap<Object, String> {
    let scope = NAMESPACES.join(",");
    let mut all = BTreeMap::new();
    for kind in KINDS.split(',') {
        let rows = get(plane, &[kind, "-n", &scope, "--manager", "-o", "rows"]);
        for row in rows.lines() {
            let row: Value = serde_json::from_str(row).expect("JSON");
            let text = |field: &str| row[field].as_str().unwrap_or_default().to_owned();
            let manager = row["cells"]["MANAGER"].as_str().unwrap_or_default().to_owned();
            all.insert((text("kind"), text("namespace"), text("name")), manager);
        }
    }
    all
}

fn all_at_once(argocd: &Argo, fluxcd: &Flux, program: &Path) {
    let plane = &argocd.plane;
    argo(argocd);
    flux(fluxcd);
    plane.namespace(HELM);
    let chart = chart(plane);
    helm(plane, program, HELM, &["install", "web", chart.to_str().expect("a path")]);
    plane.namespace(SET);
    let set = [web(1, "web:1"), config("settings", "1")];
    apply(plane, SET, &set, &["--prune", "--applyset=goods"]);
    others(plane);
    argocd.until_status(ARGO, "Synced", "Healthy");
    fluxcd.until(FLUX, FLUX, "ready", |one| {
        crate::support::engines::flux::ready(one) == ("True", "ReconciliationSucceeded")
    });

    // What controllers report is what stands in the list.
    let argo_line = agree::argo(plane, ARGO);
    let flux_line = agree::flux(plane, FLUX, FLUX);
    assert_eq!((&argo_line["sync"], &flux_line["sync"]), (&json!("Synced"), &json!("Applied")));

    // One line an app, and nothing beside them.
    let here = |text: &Value| NAMESPACES.iter().any(|ns| text == ns);
    let apps: Vec<Value> = program::apps(plane)
        .into_iter()
        .filter(|app| here(&app["namespace"]) || here(&app["target"]))
        .collect();
    let names: BTreeSet<String> = apps
        .iter()
        .map(|app| {
            ["engine", "name"].map(|field| app[field].as_str().unwrap_or_default()).join("/")
        })
        .collect();
    let wanted = [
        "applyset/goods",
        "argocd/all-argo",
        "helm/web",
        "k3s/traefik",
        "ks/all-flux",
        "kubectl/shop",
        "none/lone",
        "operator/by-operator",
        "pulumi/by-pulumi",
        "terraform/by-terraform",
    ];
    assert_eq!(names, wanted.map(str::to_owned).into());
    assert_eq!(apps.len(), wanted.len());

    // Every workload that stands by itself is of one of them (`program::apps` has looked for seconds).
    let objects = objects(plane);
    let of_apps: BTreeSet<Object> = apps
        .iter()
        .flat_map(|app| app["workloads"].as_array().cloned().unwrap_or_default())
        .map(|one| object(&json!({ "kind": one["kind"], "metadata": one })))
        .collect();
    let workloads = objects.iter().map(object).filter(|(kind, ..)| kind == "Deployment").collect();
    assert_eq!(of_apps, workloads);

    // Every object is of the app that says it delivered it, and of no other.
    let delivered = delivered(argocd, fluxcd, program);
    let managers = managers(plane);
    let mut nobodys = Vec::new();
    for one in objects.iter().map(object) {
        let said = managers.get(&one).unwrap_or_else(|| panic!("{one:?} is not listed"));
        match delivered.get(&one) {
            Some(app) => assert_eq!(said, app, "{one:?}"),
            None => nobodys.push((one.2, said.as_str())),
        }
    }
    for one in delivered.keys() {
        assert!(managers.contains_key(one), "{one:?} is delivered and not there");
    }
    nobodys.sort();
    // The record of an ApplySet, which is kubectl's; what nobody says anything about, with what it uses.
    let none = "<none>";
    let wanted = [
        ("goods", "kubectl/goods"),
        ("lone", none),
        ("lone", none),
        ("lone-password", none),
        ("lone-settings", none),
    ];
    assert_eq!(nobodys, wanted.map(|(name, by)| (name.to_owned(), by)));
    // What is owned leads to its owner, which has an app.
    let gears = ("Deployment".to_owned(), OTHERS.to_owned(), "gears".to_owned());
    assert_eq!(managers[&gears], "Widget/gears");
}
