//! Apps that deliver to another API server, beside namesakes of their objects on this one: what is done
//! with such an app never touches the namesakes.

use super::agree;
use super::manifests::{config, web};
use super::program::Ran;
use crate::apps_cli::run as ran;
use crate::support::api::Api;
use crate::support::control_plane::ControlPlane;
use crate::support::engines::{Argo, Flux};
use crate::support::screen::Session;
use crate::support::trials;
use crate::support::wait::until;
use base64::Engine as _;
use libtest_mimic::Trial;
use serde_json::{Value, json};
use std::path::PathBuf;

pub fn trials() -> Vec<Trial> {
    vec![trials::on_engines_and_shared(
        "engines::an_app_of_another_server_never_touches_namesakes_here",
        namesakes,
    )]
}

const ARGO: &str = "twin-argo";
const FLUX: &str = "twin-flux";
const RESTARTED: &str = "kubectl.kubernetes.io/restartedAt";

fn path(namespace: &str) -> String {
    format!("/apis/apps/v1/namespaces/{namespace}/deployments/web")
}

fn encoded(bytes: impl AsRef<[u8]>) -> String {
    base64::engine::general_purpose::STANDARD.encode(bytes)
}

/// A kubeconfig that reaches these, with the first as its current context.
fn kubeconfig(argo: &Argo, name: &str, planes: &[(&str, &ControlPlane)]) -> PathBuf {
    let named = |part: fn(&ControlPlane) -> Value, key: &str| -> Vec<Value> {
        let all = planes.iter().map(|(name, plane)| json!({ "name": name, key: part(plane) }));
        all.collect()
    };
    let contexts: Vec<Value> = planes
        .iter()
        .map(|(name, _)| json!({ "name": name, "context": { "cluster": name, "user": name } }))
        .collect();
    let whole = json!({
        "apiVersion": "v1", "kind": "Config", "current-context": planes[0].0,
        "clusters": named(cluster, "cluster"),
        "users": named(|_| json!({ "token": "admin-token" }), "user"),
        "contexts": contexts,
    });
    let path = argo.plane.dir().join(format!("{name}.kubeconfig"));
    std::fs::write(&path, whole.to_string()).expect("a kubeconfig");
    path
}

fn cluster(plane: &ControlPlane) -> Value {
    let authority = std::fs::read(plane.authority()).expect("a certificate");
    json!({ "server": plane.url(), "certificate-authority-data": encoded(authority) })
}

/// A workload here that looks just like the one that an app delivers there, marks included: as after a
/// backup was put back on the wrong cluster.
fn namesake(argo: &Argo, namespace: &str, metadata: &Value) -> Value {
    let api = &argo.api;
    let mut body: Value = serde_json::from_str(
        &json!({ "spec": { "replicas": 1, "selector": { "matchLabels": { "app": "web" } },
            "template": { "metadata": { "labels": { "app": "web" } }, "spec": { "containers": [
                { "name": "main", "image": "registry.example.com/web:0" }] } } } })
        .to_string(),
    )
    .expect("JSON");
    body["metadata"] = metadata.clone();
    body["metadata"]["name"] = json!("web");
    api.create(path(namespace).trim_end_matches("/web"), &body);
    until("the namesake to stand still", || {
        let now = api.get(&path(namespace));
        let is_up = now["status"]["availableReplicas"] == 1
            && now["status"]["observedGeneration"] == now["metadata"]["generation"]
            && now["status"]["conditions"].to_string().contains("NewReplicaSetAvailable");
        if is_up { Ok(now) } else { Err(now["status"].to_string()) }
    })
}

fn restarted(api: &Api, namespace: &str) -> Value {
    api.get(&path(namespace))["spec"]["template"]["metadata"]["annotations"][RESTARTED].clone()
}

/// Runs the program with this kubeconfig.
fn run(kubeconfig: &std::path::Path, args: &[&str]) -> Ran {
    Ran::of(&ran(kubeconfig, &[args, &["-o", "json"]].concat()), args)
}

/// The line of an app.
fn line(kubeconfig: &std::path::Path, app: &str) -> Value {
    let listed = run(kubeconfig, &["apps", "-A", app]);
    listed.ended(0);
    listed.lines[0].clone()
}

/// Connects Argo CD and Flux with the other cluster, and has each deliver an app there.
fn deliver(argo: &Argo, flux: &Flux, there: &ControlPlane) {
    let (api, other) = (&argo.api, there.api());
    let access = json!({ "bearerToken": "admin-token", "tlsClientConfig": { "insecure": true } });
    let secret = json!({
        "metadata": { "name": "there", "labels": { "argocd.argoproj.io/secret-type": "cluster" } },
        "stringData": { "name": "there", "server": there.url(), "config": access.to_string() },
    });
    api.create("/api/v1/namespaces/argocd/secrets", &secret);
    let repository = argo.repository(ARGO);
    repository.commit(&[("web.yaml", &web(1, "web:1"))]);
    there.namespace(ARGO);
    let destination = json!({ "server": there.url(), "namespace": ARGO });
    argo.create(ARGO, &repository, &json!({ "destination": destination }));

    flux.plane.namespace(FLUX);
    there.namespace(FLUX);
    let whole = kubeconfig(argo, "for-flux", &[("there", there)]);
    let whole = std::fs::read_to_string(whole).expect("a kubeconfig");
    let secret = json!({ "metadata": { "name": "there" }, "stringData": { "value": whole } });
    api.create(&format!("/api/v1/namespaces/{FLUX}/secrets"), &secret);
    let files = [("web.yaml", web(1, "web:1")), ("map.yaml", config("a", "1"))];
    let files = files.each_ref().map(|(name, text)| (*name, text.as_str()));
    let revision = flux.set_artifact(FLUX, FLUX, "v1", &files);
    let to = json!({ "secretRef": { "name": "there" } });
    flux.create(FLUX, FLUX, &json!({ "wait": true, "kubeConfig": to }));
    flux.until_applied(FLUX, FLUX, &revision);
    assert_eq!(other.call("GET", &path(FLUX), None).0, 200, "delivered there");
}

fn namesakes(argo: &Argo, flux: &Flux, there: &ControlPlane) {
    let here = &argo.plane;
    let other = there.api();
    deliver(argo, flux, there);
    let tracking = format!("{ARGO}:apps/Deployment:{ARGO}/web");
    let marks = json!({ "annotations": { "argocd.argoproj.io/tracking-id": tracking } });
    let of_argo = namesake(argo, ARGO, &marks);
    let marks = json!({ "labels": {
        "kustomize.toolkit.fluxcd.io/name": FLUX, "kustomize.toolkit.fluxcd.io/namespace": FLUX,
    }});
    let of_flux = namesake(argo, FLUX, &marks);
    let untouched = |story: &str| {
        assert_eq!(argo.api.get(&path(ARGO)), of_argo, "{story}");
        assert_eq!(argo.api.get(&path(FLUX)), of_flux, "{story}");
    };
    let alone = kubeconfig(argo, "alone", &[("here", here)]);
    let both = kubeconfig(argo, "both", &[("here", here), ("there", there)]);
    let (argo_app, flux_app) = (format!("argocd/{ARGO}"), format!("ks/{FLUX}"));

    // Where it is: by the context that leads there, else by its address.
    let app = line(&both, &argo_app);
    let address = there.url();
    assert_eq!(app["destination"], json!({ "server": address, "context": "there" }), "{app}");
    assert_eq!(app["workloads"], json!([]), "namesakes are none of its workloads");
    assert_eq!(line(&alone, &argo_app)["destination"]["context"], Value::Null);
    let app = line(&both, &flux_app);
    assert_eq!(app["workloads"], json!([]));
    // Its kubeconfig tells where it delivers.
    assert_eq!(app["destination"], json!({ "server": address, "context": "there" }), "{app}");

    // A sync is asked of Argo CD here, and happens there.
    run(&both, &["sync", &argo_app, "--wait", "--timeout", "60s"]).ended(0);
    argo.until_status(ARGO, "Synced", "Healthy");
    agree::argo(here, ARGO);
    assert_eq!(other.call("GET", &path(ARGO), None).0, 200, "delivered there");
    run(&both, &["sync", &flux_app, "--wait", "--timeout", "60s"]).ended(0);
    agree::flux(here, FLUX, FLUX);
    untouched("after syncs");

    // Its objects are not here, whatever is called so.
    for kubeconfig in [&alone, &both] {
        run(kubeconfig, &["restart", &argo_app, "--wait"]).refused("another cluster");
        run(kubeconfig, &["restart", &flux_app, "--wait"]).refused("another cluster");
    }
    untouched("after restarts");

    let mut screen = Session::on(&alone, &["-n", ARGO, "-c", "apps"]).size(160, 40).start();
    screen.select(ARGO);
    let text = screen.text();
    assert!(text.contains(&address) && text.contains("n/a"), "{text}");
    screen.press("<enter>");
    screen.wait_for(&format!("objects live on {address}"));
    screen.step_to("Deployment/web");
    screen.press("r");
    screen.wait_for("no context leads there");
    screen.leave();
    untouched("without a context");

    // With a context its objects are those over there, and so is what is done with them.
    let mut screen = Session::on(&both, &["-n", ARGO, "-c", "apps"]).size(160, 40).start();
    screen.select(ARGO);
    assert!(screen.text().contains(" there "), "{}", screen.text());
    screen.press("<enter>");
    screen.wait_for("objects live on context there");
    screen.step_to("objects live on");
    screen.press("<enter>");
    screen.wait_for("ReplicaSet/web-");
    screen.step_to("Deployment/web");
    screen.press("r");
    let plan = screen.wait_for("> Restart <");
    assert!(plan.contains("on there") && plan.contains(&address), "{plan}");
    screen.press("<enter>");
    screen.wait_for("rolled out");
    screen.leave();
    assert!(restarted(&other, ARGO).is_string());
    assert!(restarted(&other, FLUX).is_null());
    untouched("after a restart over there");
}
