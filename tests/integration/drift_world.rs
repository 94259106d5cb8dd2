//! What people really deploy does not differ from itself: install manifests and charts of others on a real
//! API server, applied in every way, and what the cluster itself does to them afterwards.

use super::apps_cli::run;
use super::helm::helm;
use crate::support::control_plane::{ControlPlane, Options};
use crate::support::trials;
use crate::support::wait::{until, until_true};
use crate::support::world::World;
use libtest_mimic::Trial;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

pub fn trials() -> Vec<Trial> {
    let whole = Options::whole;
    vec![
        trials::on_world(
            "drift::install_manifests_do_not_differ_from_themselves",
            whole(),
            installs,
        ),
        trials::on_world("drift::charts_do_not_differ_from_themselves", whole(), charts),
        trials::on_own("drift::what_the_cluster_does_is_explained", whole(), explained),
    ]
}

/// What one command tells, with no value left out.
fn drift(kubeconfig: &Path, args: &[&str]) -> Value {
    let args = [&["drift", "-o", "json"], args].concat();
    let output = run(kubeconfig, &args);
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(matches!(output.status.code(), Some(0 | 1)), "{args:?}: {errors}");
    serde_json::from_slice(&output.stdout)
        .unwrap_or_else(|error| panic!("{args:?}: {error}: {errors}"))
}

fn objects(told: &Value) -> impl Iterator<Item = &Value> {
    let comparisons = told["comparisons"].as_array().into_iter().flatten();
    comparisons.flat_map(|one| one["objects"].as_array().into_iter().flatten())
}

/// All objects are as they were deployed, and nothing is told of them; how many there are.
fn nothing_differs(told: &Value, what: &str) -> usize {
    for comparison in told["comparisons"].as_array().unwrap() {
        assert!(comparison["fault"].is_null(), "{what}: {}", comparison["fault"]);
    }
    for object in objects(told) {
        let quiet = object["fields"].as_array().is_some_and(Vec::is_empty);
        assert!(object["state"] == "in-sync" && quiet, "{what}: {object:#}");
    }
    objects(told).count()
}

/// Waits until controllers have seen what was applied: what they write of it is there.
fn settled(plane: &ControlPlane, namespace: &str) {
    until(&format!("the workloads of {namespace} to be seen"), || {
        let args = ["get", "deployments,statefulsets", "-n", namespace, "-o", "json"];
        let all: Value = serde_json::from_str(&plane.kubectl_says(&args)).unwrap();
        let is_seen = |one: &&Value| {
            one["status"]["observedGeneration"] == one["metadata"]["generation"]
                && one["status"]["replicas"] == one["spec"]["replicas"]
        };
        let waiting: Vec<_> =
            all["items"].as_array().unwrap().iter().filter(|one| !is_seen(one)).collect();
        if waiting.is_empty() { Ok(()) } else { Err(format!("{waiting:?}")) }
    });
}

/// Files held against what was applied of them, in every form that the question has; how many objects.
fn forms(plane: &ControlPlane, namespace: &str, file: &str) -> usize {
    let kubeconfig = plane.kubeconfig("admin");
    let count = nothing_differs(&drift(&kubeconfig, &["-f", file, "-n", namespace]), file);
    let by_hand = drift(&kubeconfig, &["-f", file, "-n", namespace, "--no-dry-run"]);
    assert_eq!(nothing_differs(&by_hand, file), count);
    // One by one, as far as there are many of a kind: two of each.
    let (all, mut seen) = (drift(&kubeconfig, &["-f", file, "-n", namespace]), Vec::new());
    for object in objects(&all) {
        let (kind, group) = (object["kind"].as_str().unwrap(), object["group"].as_str().unwrap());
        if seen.iter().filter(|one| **one == (kind, group)).count() < 2 {
            seen.push((kind, group));
            let target = format!("{kind}/{}", object["name"].as_str().unwrap());
            let told = drift(&kubeconfig, &[&target, "-n", namespace]);
            assert_eq!(nothing_differs(&told, &target), 1);
        }
    }
    count
}

/// Objects of a file that are in a namespace.
fn namespaced(plane: &ControlPlane, namespace: &str, file: &str) -> usize {
    let told = drift(&plane.kubeconfig("admin"), &["-f", file, "-n", namespace]);
    objects(&told).filter(|object| object["namespace"] == namespace).count()
}

fn installs(plane: &mut ControlPlane, _helm: &Path, world: &World) {
    let kubeconfig = plane.kubeconfig("admin");
    let everything = fs::read_to_string(world.argo_cd()).unwrap();
    let rendered = plane.kubectl_says(&["kustomize", &world.flux().display().to_string()]);
    for (namespace, ways) in [
        ("argocd", ["apply"].as_slice()),
        ("argocd-server", &["apply", "--server-side", "--force-conflicts"]),
    ] {
        plane.namespace(namespace);
        let text = everything.replace("namespace: argocd\n", &format!("namespace: {namespace}\n"));
        let file = plane.dir().join(format!("{namespace}.yaml"));
        fs::write(&file, text).unwrap();
        let file = file.display().to_string();
        plane.kubectl_says(&[ways, &["-n", namespace, "-f", &file]].concat());
        settled(plane, namespace);
        assert!(forms(plane, namespace, &file) > 50);
        let told = drift(&kubeconfig, &["-n", namespace]);
        assert_eq!(nothing_differs(&told, namespace), namespaced(plane, namespace, &file));
    }

    // Flux is first applied by the client, as its documents had it, then by the server.
    let file = plane.dir().join("flux.yaml");
    fs::write(&file, rendered).unwrap();
    let file = file.display().to_string();
    let bin = plane.dir().join("bin");
    fs::create_dir_all(&bin).unwrap();
    write_kubectl(plane, &bin.join("kubectl"));
    for ways in [["apply"].as_slice(), &["apply", "--server-side", "--force-conflicts"]] {
        plane.kubectl_says(&[ways, &["-f", &file]].concat());
        settled(plane, "flux-system");
        assert!(forms(plane, "flux-system", &file) >= 20);
        let told = drift(&kubeconfig, &["-n", "flux-system"]);
        assert_eq!(nothing_differs(&told, "flux-system"), namespaced(plane, "flux-system", &file));
    }
    let output = crate::support::control_plane::wheelhouse(plane.dir())
        .env("PATH", &bin)
        .args(["drift", "-o", "json", "-k", &world.flux().display().to_string()])
        .arg(format!("--kubeconfig={}", kubeconfig.display()))
        .output()
        .unwrap();
    let told: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert!(nothing_differs(&told, "-k") >= 20);

    // All of it at once. The second install of Argo CD took the cluster-wide objects from the first.
    let told = drift(&kubeconfig, &["-A"]);
    assert!(nothing_differs(&told, "-A") > 100, "{}", told["summary"]);
}

/// The real kubectl, where a person has it.
fn write_kubectl(plane: &ControlPlane, to: &Path) {
    let command = plane.kubectl_command();
    let quoted = |text: &std::ffi::OsStr| format!("'{}'", text.to_str().unwrap());
    let words: Vec<String> =
        [command.get_program()].into_iter().chain(command.get_args()).map(quoted).collect();
    fs::write(to, format!("#!/bin/sh\nexec {} \"$@\"\n", words.join(" "))).unwrap();
    fs::set_permissions(to, fs::Permissions::from_mode(0o755)).unwrap();
}

/// A chart, the values that it is installed with, and how many objects it has at least.
struct Installed {
    chart: String,
    set: &'static str,
    objects: usize,
}

fn charts(plane: &mut ControlPlane, program: &Path, world: &World) {
    let kubeconfig = plane.kubeconfig("admin");
    let made = plane.dir().join("web").display().to_string();
    plane.namespace("maker");
    helm(plane, program, "maker", &["create", &made]);
    let all = |first: bool| {
        let crds = match first {
            true => "crds.enabled=true,startupapicheck.enabled=false",
            // Definitions belong to one release.
            false => "crds.enabled=false,startupapicheck.enabled=false",
        };
        [
            Installed { chart: world.chart("cert-manager"), set: crds, objects: 35 },
            Installed {
                chart: world.chart("flagger"),
                set: "prometheus.install=true,meshProvider=kubernetes",
                objects: 9,
            },
            Installed {
                chart: made.clone(),
                set: "autoscaling.enabled=true,autoscaling.minReplicas=2,ingress.enabled=true",
                objects: 5,
            },
        ]
    };
    // helm 4 applies on the server, helm 3 merged by itself.
    for (way, how) in [("server", &[][..]), ("client", &["--server-side=false"])] {
        for (number, one) in all(way == "server").iter().enumerate() {
            let release = format!("{way}-{number}");
            plane.namespace(&release);
            let args = ["install", &release, &one.chart, "--set", one.set];
            helm(plane, program, &release, &[&args, how].concat());
            settled(plane, &release);
            let app = format!("helm/{release}/{release}");
            for mode in [&[][..], &["--no-dry-run"]] {
                let told = drift(&kubeconfig, &[&[app.as_str()], mode].concat());
                assert!(nothing_differs(&told, &app) >= one.objects, "{}", told["summary"]);
            }
            let told = drift(&kubeconfig, &["-n", &release]);
            assert!(nothing_differs(&told, &release) > 0, "{}", told["summary"]);
            // What a chart renders, as a file.
            let text = helm(plane, program, &release, &["get", "manifest", &release]);
            let file = plane.dir().join(format!("{release}.yaml"));
            fs::write(&file, text).unwrap();
            let file = file.display().to_string();
            // Some of its objects are for another namespace and say so.
            let told = drift(&plane.kubeconfig_in("admin", &release), &["-f", &file]);
            // Marks of helm are in no chart: they are told, and do not count.
            assert_eq!(told["summary"]["drifted"], 0, "{file}: {told:#}");
            assert_eq!(told["summary"]["unknown"], 0, "{file}: {told:#}");
        }
    }
    // Somebody's certificate manager fills in what no chart has.
    let hooks = "/apis/admissionregistration.k8s.io/v1/validatingwebhookconfigurations";
    let hook =
        format!("{hooks}/server-0-cert-manager-webhook?fieldManager=cert-manager-cainjector");
    let ca = json!([{ "op": "add", "path": "/webhooks/0/clientConfig/caBundle", "value": CA }]);
    let (code, answer) =
        plane.api().call_as("PATCH", &hook, "application/json-patch+json", Some(&ca));
    assert_eq!(code, 200, "{answer}");
    nothing_counts(&drift(&kubeconfig, &["helm/server-0/server-0"]), &[]);
    nothing_differs(&drift(&kubeconfig, &["-A"]), "-A");
}

/// base64 of what begins like a certificate: the server looks at no more.
const CA: &str = "LS0tLS1CRUdJTiBDRVJUSUZJQ0FURS0tLS0tCk1JSUJkekNDQVIyZ0F3SUJBZ0lCQURBS0JnZ3Foa2pPUFFRREFqQWpNU0V3SHdZRFZRUUREQmhyTTNNdGMyVnkKCg==";

/// No object drifted; what differs is explained, by these fields.
fn nothing_counts(told: &Value, explained: &[&str]) {
    let mut found = BTreeSet::new();
    for object in objects(told) {
        assert_eq!(object["state"], "in-sync", "{object:#}");
        for field in object["fields"].as_array().unwrap() {
            assert!(field["noise"].is_string(), "{object:#}");
            found.insert(field["path"].as_str().unwrap().to_owned());
        }
    }
    let explained: BTreeSet<String> = explained.iter().map(|path| (*path).to_owned()).collect();
    assert_eq!(found, explained, "{told:#}");
}

const SCALED: &str = "apiVersion: apps/v1
kind: Deployment
metadata: {name: scaled}
spec:
  replicas: 1
  selector: {matchLabels: {app: scaled}}
  template:
    metadata: {labels: {app: scaled}}
    spec:
      containers:
      - name: main
        image: registry.example.com/main:1
        resources: {requests: {cpu: 100m}}
---
apiVersion: autoscaling/v2
kind: HorizontalPodAutoscaler
metadata: {name: scaled}
spec:
  minReplicas: 3
  maxReplicas: 5
  scaleTargetRef: {apiVersion: apps/v1, kind: Deployment, name: scaled}
  metrics:
  - type: Resource
    resource: {name: cpu, target: {type: Utilization, averageUtilization: 80}}
---
apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingWebhookConfiguration
metadata: {name: NAME}
webhooks:
- name: hook.example.com
  admissionReviewVersions: [v1]
  sideEffects: None
  failurePolicy: Ignore
  rules: [{apiGroups: [example.com], apiVersions: [v1], operations: [CREATE], resources: [things]}]
  clientConfig:
    caBundle: Cg==
    service: {name: hook, namespace: NAME}
";

/// The real autoscaler, a sidecar and a CA: all of it is there and none of it is drift.
fn explained(plane: &mut ControlPlane) {
    let kubeconfig = plane.kubeconfig("admin");
    let api = plane.api();
    for (namespace, ways) in
        [("of-client", ["apply"].as_slice()), ("of-server", &["apply", "--server-side"])]
    {
        plane.namespace(namespace);
        let file: PathBuf = plane.dir().join(format!("{namespace}.yaml"));
        fs::write(&file, SCALED.replace("NAME", namespace)).unwrap();
        let file = file.display().to_string();
        plane.kubectl_says(&[ways, &["-n", namespace, "-f", &file]].concat());
        let scaled = format!("/apis/apps/v1/namespaces/{namespace}/deployments/scaled");
        // Without metrics the autoscaler still keeps to its least.
        until_true("the autoscaler to scale", || api.get(&scaled)["spec"]["replicas"] == 3);
        let sidecar = json!({ "spec": { "template": {
            "metadata": { "annotations": { "sidecar.istio.io/status": "{}" } },
            "spec": { "containers": [{ "name": "istio-proxy", "image": "istio/proxyv2:1.29" }] },
        }}});
        let strategic = "application/strategic-merge-patch+json";
        let path = format!("{scaled}?fieldManager=istio-sidecar-injector");
        assert_eq!(api.call_as("PATCH", &path, strategic, Some(&sidecar)).0, 200);
        let hook = format!(
            "/apis/admissionregistration.k8s.io/v1/validatingwebhookconfigurations/{namespace}?fieldManager=cainjector"
        );
        let ca =
            json!([{ "op": "replace", "path": "/webhooks/0/clientConfig/caBundle", "value": CA }]);
        assert_eq!(api.call_as("PATCH", &hook, "application/json-patch+json", Some(&ca)).0, 200);

        let bundle = "webhooks[name=hook.example.com].clientConfig.caBundle";
        for mode in [&[][..], &["--no-dry-run"]] {
            let told = drift(&kubeconfig, &[&["-f", &file, "-n", namespace], mode].concat());
            nothing_counts(&told, &["spec.replicas", bundle]);
        }
        let of_client = namespace == "of-client";
        // Where what was applied is not known, whatever others wrote is told, and why it does not count.
        let of_deployment = match of_client {
            true => &["spec.replicas"][..],
            false => &[
                "spec.replicas",
                "spec.template.metadata.annotations[\"sidecar.istio.io/status\"]",
                "spec.template.spec.containers[name=istio-proxy]",
            ],
        };
        nothing_counts(&drift(&kubeconfig, &["deploy/scaled", "-n", namespace]), of_deployment);
        nothing_counts(&drift(&kubeconfig, &["-n", namespace]), of_deployment);
        let hook = format!("validatingwebhookconfiguration/{namespace}");
        nothing_counts(&drift(&kubeconfig, &[&hook]), &[bundle]);
        // And what somebody does beside it counts.
        let path = format!("{scaled}?fieldManager=kubectl-edit");
        let image = json!({ "spec": { "template": { "spec": { "containers": [
            { "name": "main", "image": "registry.example.com/main:2" }] } } } });
        assert_eq!(api.call_as("PATCH", &path, strategic, Some(&image)).0, 200);
        let told = drift(&kubeconfig, &["-f", &file, "-n", namespace]);
        assert_eq!(told["summary"]["drifted"], 1, "{told:#}");
    }
}
