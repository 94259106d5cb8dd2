//! Plain manifests, and an image that is built again under the tag it had. Which pods run which of the two?
//! And two apps, written one after the other's example, whose selectors cross.

use super::{ended, folder, run};
use crate::rollout_real::merge;
use crate::support::api::{Api, MERGE};
use crate::support::control_plane::ControlPlane;
use crate::support::trials;
use crate::support::wait::until;
use libtest_mimic::Trial;
use serde_json::{Value, json};

pub fn trials() -> Vec<Trial> {
    vec![trials::on_shared("scenes::one_tag_two_digests_and_selectors_that_cross", same_tag)]
}

const PLACE: &str = "scene-same-tag";
const BEFORE: &str = "sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";
const AFTER: &str = "sha256:bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb";

fn manifest(name: &str, labels: &str, policy: &str) -> String {
    format!(
        "apiVersion: apps/v1
kind: Deployment
metadata:
  name: {name}
spec:
  replicas: 3
  selector:
    matchLabels: {labels}
  template:
    metadata:
      labels: {labels}
    spec:
      containers:
      - name: main
        image: registry.example.com/{name}:live
        imagePullPolicy: {policy}
"
    )
}

/// The pods of the shop that are not on their way out, by name.
fn pods(api: &Api) -> Vec<String> {
    let all = api.get(&format!("/api/v1/namespaces/{PLACE}/pods?labelSelector=app%3Dshop,!of"));
    let pods = all["items"].as_array().unwrap().iter();
    let living = pods.filter(|pod| pod["metadata"]["deletionTimestamp"].is_null());
    living.map(|pod| pod["metadata"]["name"].as_str().unwrap().to_owned()).collect()
}

/// What a kubelet would say that it runs: here nothing is pulled, and so the test says it.
fn runs(api: &Api, pod: &str, digest: &str) {
    let at = format!("/api/v1/namespaces/{PLACE}/pods/{pod}");
    let status = until("it to run", || {
        let status = api.get(&at)["status"].clone();
        if status["phase"] == "Running" { Ok(status) } else { Err(status.to_string()) }
    });
    let mut containers = status["containerStatuses"].clone();
    containers[0]["imageID"] = format!("registry.example.com/shop@{digest}").into();
    let body = json!({"status": {"containerStatuses": containers}});
    let (code, answer) = api.call_as("PATCH", &format!("{at}/status"), MERGE, Some(&body));
    assert_eq!(code, 200, "{answer}");
}

fn status(plane: &ControlPlane) -> Value {
    let output = run(plane, &["rollout", "status", "deploy/shop", "-n", PLACE, "-o", "json"]);
    serde_json::from_slice(&output.stdout).unwrap()
}

fn same_tag(plane: &ControlPlane) {
    let api = plane.namespace(PLACE);
    let shop = manifest("shop", "{ app: shop }", "IfNotPresent");
    let cart = manifest("cart", "{ app: shop, of: cart }", "IfNotPresent");
    let dir = plane.dir().join(PLACE);
    let dir = folder(&dir, &[("shop.yaml", &shop), ("cart.yaml", &cart)]);
    let apply = ["apply", "-n", PLACE, "-f", &dir.display().to_string()].map(str::to_owned);
    let apply: Vec<&str> = apply.iter().map(String::as_str).collect();
    plane.kubectl_says(&apply);
    let wait = |name: &str| {
        let target = format!("deploy/{name}");
        let args = ["rollout", "status", &target, "-n", PLACE, "--wait", "--timeout", "60s"];
        ended(&run(plane, &args), 0, &["rolled out: 3 available"]);
    };
    wait("shop");
    wait("cart");
    for pod in pods(&api) {
        runs(&api, &pod, BEFORE);
    }
    assert_eq!(status(plane)["movedTags"], json!([]));

    // The image is built again and pushed under its tag. Applying the manifests changes nothing, and a restart
    // would not fetch it: said before it is done.
    let said = plane.kubectl_says(&apply);
    assert!(said.contains("deployment.apps/shop unchanged"), "{said}");
    let plan = ["rollout", "restart", "deploy/shop", "-n", PLACE, "--plan"];
    ended(&run(plane, &plan), 0, &["pulls only what its node has not (IfNotPresent)"]);

    // One pod comes to a node that has no such image yet.
    let gone = pods(&api).remove(0);
    let (code, _) = api.call("DELETE", &format!("/api/v1/namespaces/{PLACE}/pods/{gone}"), None);
    assert_eq!(code, 200);
    wait("shop");
    let new = until("a pod in its place", || {
        let all = pods(&api);
        let old = |pod: &String| {
            let at = format!("/api/v1/namespaces/{PLACE}/pods/{pod}");
            let id = api.get(&at)["status"]["containerStatuses"][0]["imageID"].clone();
            id.as_str().is_some_and(|id| !id.is_empty())
        };
        match all.iter().find(|pod| !old(pod)) {
            Some(pod) if all.len() == 3 => Ok(pod.clone()),
            _ => Err(all.join(" ")),
        }
    });
    runs(&api, &new, AFTER);
    let args = ["rollout", "status", "deploy/shop", "-n", PLACE];
    ended(
        &run(plane, &args),
        0,
        &[
            "registry.example.com/shop:live runs under 2 digests: your push bbbbbbbbbbbb is live on 1 of 3 pods",
        ],
    );
    let told = status(plane);
    let tags = &told["movedTags"][0]["digests"];
    assert_eq!(tags.as_array().map(Vec::len), Some(2), "{told}");
    let newest = tags.as_array().unwrap().iter().find(|one| one["digest"] == AFTER).unwrap();
    assert_eq!(newest["pods"], json!([new]), "{told}");

    // With a policy that fetches it, a restart brings it everywhere.
    let always = manifest("shop", "{ app: shop }", "Always");
    std::fs::write(dir.join("shop.yaml"), always).unwrap();
    plane.kubectl_says(&apply);
    wait("shop");
    let plan = run(plane, &plan);
    let plan = ended(&plan, 0, &["restartedAt"]);
    assert!(!plan.contains("IfNotPresent"), "{plan}");
    let restart = ["rollout", "restart", "deploy/shop", "-n", PLACE, "--wait", "--timeout", "60s"];
    ended(&run(plane, &restart), 0, &["rolled out: 3 available"]);
    for pod in pods(&api) {
        runs(&api, &pod, AFTER);
    }
    assert_eq!(status(plane)["movedTags"], json!([]));

    // The two apps: the wider selector finds the pods of the other.
    let hazards = run(plane, &["hazards", "-n", PLACE]);
    ended(
        &hazards,
        1,
        &["Deployment/shop", "its selector also matches the pods of Deployment/cart"],
    );
    let notes = status(plane)["notes"].to_string();
    assert!(notes.contains("its selector finds pod cart-"), "{notes}");
    assert!(notes.contains("(and 2 more), which belongs to ReplicaSet/cart-"), "{notes}");
    let count = status(plane)["pods"].as_array().map(Vec::len);
    assert_eq!(count, Some(3), "those are none of its own");
    // A Deployment's selector is for good: it has to be made anew, and then nothing crosses.
    plane.kubectl_says(&["-n", PLACE, "delete", "deploy", "shop"]);
    let own = manifest("shop", "{ app: shop, of: shop }", "Always");
    std::fs::write(dir.join("shop.yaml"), own).unwrap();
    plane.kubectl_says(&apply);
    wait("shop");
    let said = super::said(&run(plane, &["hazards", "-n", PLACE]));
    assert!(!said.contains("selector also matches"), "{said}");
    merge(
        &api,
        &format!("/apis/apps/v1/namespaces/{PLACE}/deployments/shop"),
        &json!({"spec": {"replicas": 0}}),
    );
    let args = ["rollout", "status", "deploy/shop", "-n", PLACE, "--wait", "--timeout", "60s"];
    ended(&run(plane, &args), 0, &["rolled out: scaled to 0"]);
}
