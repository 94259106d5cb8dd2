//! `wheelhouse debug` on a real API server: what it makes of pods and nodes is what kubectl makes of
//! them, it is followed until it runs, attached to, and cleared away.

use crate::support::api::{Api, MERGE};
use crate::support::control_plane::{ControlPlane, LogFile, wheelhouse};
use crate::support::screen::Session;
use crate::support::trials;
use crate::support::wait::{until, until_true};
use libtest_mimic::Trial;
use serde_json::{Value, json};
use std::process::{Child, Output, Stdio};

const PROFILES: [&str; 5] = ["general", "baseline", "restricted", "netadmin", "sysadmin"];

pub fn trials() -> Vec<Trial> {
    vec![
        trials::on_shared("debug::containers_are_those_that_kubectl_makes", in_pods),
        trials::on_shared("debug::pods_on_nodes_are_those_that_kubectl_makes", on_nodes),
        trials::on_shared("debug::a_container_is_attached_to_when_it_runs", attached),
        trials::on_shared("debug::the_pod_of_a_node_shell_goes_with_its_shell", node_shell),
        trials::on_shared("debug::what_cannot_start_says_why", refusals),
    ]
}

/// A namespace with a pod that runs.
fn pod(plane: &ControlPlane, namespace: &str, name: &str) -> Api {
    let api = plane.namespace(namespace);
    another(&api, namespace, name);
    api
}

fn another(api: &Api, namespace: &str, name: &str) {
    api.create(
        &format!("/api/v1/namespaces/{namespace}/pods"),
        &json!({
            "metadata": { "name": name },
            "spec": { "containers": [{ "name": "main", "image": "registry.example.com/main:1" }] },
        }),
    );
    let path = format!("/api/v1/namespaces/{namespace}/pods/{name}");
    until_true("the pod to run", || api.get(&path)["status"]["phase"] == "Running");
}

fn start(plane: &ControlPlane, namespace: &str, args: &[&str]) -> Child {
    wheelhouse(plane.dir())
        .args(["debug", "-n", namespace])
        .arg(format!("--kubeconfig={}", plane.kubeconfig("admin").display()))
        .args(args)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap()
}

fn ended(child: Child) -> (Option<i32>, String) {
    let Output { status, stdout, stderr } = child.wait_with_output().unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8_lossy(&bytes).into_owned();
    (status.code(), format!("{}{}", text(stdout), text(stderr)))
}

/// Plays the node, which starts no debug containers by itself here: the newest one is in this state.
fn becomes(api: &Api, namespace: &str, pod: &str, containers: usize, state: &Value) {
    let path = format!("/api/v1/namespaces/{namespace}/pods/{pod}");
    let all = until("the debug container", || {
        let pod = api.get(&path);
        let all = pod["spec"]["ephemeralContainers"].as_array().cloned().unwrap_or_default();
        if all.len() == containers { Ok(all) } else { Err(pod["spec"].to_string()) }
    });
    let statuses: Vec<Value> = all
        .iter()
        .map(|one| {
            json!({ "name": one["name"], "image": one["image"], "imageID": "", "ready": false,
                "restartCount": 0, "state": state })
        })
        .collect();
    let body = json!({ "status": { "ephemeralContainerStatuses": statuses } });
    let (code, answer) = api.call_as("PATCH", &format!("{path}/status"), MERGE, Some(&body));
    assert_eq!(code, 200, "{answer}");
}

fn running() -> Value {
    json!({ "running": { "startedAt": "2026-01-01T00:00:00Z" } })
}

fn in_pods(plane: &ControlPlane) {
    let namespace = "debug-pods";
    let api = pod(plane, namespace, "ours");
    another(&api, namespace, "theirs");
    for (at, profile) in PROFILES.into_iter().enumerate() {
        let (name, profile) = (format!("with-{profile}"), format!("--profile={profile}"));
        let args = ["-c", &name, "--image=busybox:1", "--target=main", &profile];
        let command = ["--", "sleep", "1 2"];
        let child = start(plane, namespace, &[&["ours", "--detach"], &args[..], &command].concat());
        becomes(&api, namespace, "ours", at + 1, &running());
        let (code, said) = ended(child);
        assert!(code == Some(0) && said.contains(&format!("container {name} runs")), "{said}");
        let kubectl = ["debug", "theirs", "-n", namespace];
        plane.kubectl_says(&[&kubectl, &args[..], &command].concat());
    }
    let object = |pod: &str| api.get(&format!("/api/v1/namespaces/{namespace}/pods/{pod}"));
    let (ours, theirs) = (object("ours"), object("theirs"));
    let list = |pod: &Value| pod["spec"]["ephemeralContainers"].clone();
    assert_eq!(list(&ours).as_array().unwrap().len(), PROFILES.len());
    assert_eq!(list(&ours), list(&theirs));
    // Under our own name.
    let managers = ours["metadata"]["managedFields"].to_string();
    assert!(managers.contains("\"wheelhouse\"") && !managers.contains("kubectl"), "{managers}");
}

fn on_nodes(plane: &ControlPlane) {
    let namespace = "debug-nodes";
    let api = plane.namespace(namespace);
    let nodes = api.get("/api/v1/nodes");
    let node = nodes["items"][0]["metadata"]["name"].as_str().unwrap().to_owned();
    let target = format!("node/{node}");
    let pods = format!("/api/v1/namespaces/{namespace}/pods");
    let made_by = |manager: &str| {
        let all = api.get(&pods);
        let found = all["items"]
            .as_array()
            .unwrap()
            .iter()
            .find(|pod| pod["metadata"]["labels"]["app.kubernetes.io/managed-by"] == manager);
        found.cloned().unwrap_or_default()
    };
    let spec = |mut pod: Value| {
        // Each pod has a token of its own name.
        let spec = &mut pod["spec"];
        spec["volumes"].as_array_mut().unwrap().retain(|one| !one["projected"].is_object());
        for container in spec["containers"].as_array_mut().unwrap() {
            let mounts = container["volumeMounts"].as_array_mut().unwrap();
            mounts.retain(|mount| mount["mountPath"] == "/host");
        }
        spec.take()
    };
    for profile in PROFILES {
        let profile = format!("--profile={profile}");
        let args = [target.as_str(), "--image=busybox:1", &profile];
        let (code, said) = ended(start(plane, namespace, &[&args[..], &["--detach"]].concat()));
        assert!(code == Some(0) && said.contains("container debugger runs"), "{said}");
        plane.kubectl_says(&[&["debug", "-n", namespace], &args[..]].concat());
        let (ours, theirs) = (made_by("wheelhouse"), made_by("kubectl-debug"));
        let name = ours["metadata"]["name"].as_str().unwrap_or_default();
        assert!(name.starts_with(&format!("node-debugger-{node}-")), "{name}");
        assert_eq!(spec(ours), spec(theirs), "{profile}");
        plane.kubectl_says(&["delete", "pods", "-n", namespace, "--all", "--now"]);
        until_true("both pods to go", || api.get(&pods)["items"].as_array().unwrap().is_empty());
    }
}

fn attached(plane: &ControlPlane) {
    let namespace = "debug-attach";
    let api = pod(plane, namespace, "api");
    let output = LogFile::at(plane.dir().join("debug-attach.log"));
    plane.set_attach(namespace, "api", &output);
    let mut screen =
        Session::on(&plane.kubeconfig("admin"), &["-n", namespace, "-c", "pods"]).start();
    screen.wait_until("the pod", |text| text.contains("api") && text.contains("Running"));
    screen.press("<alt-d>");
    screen.wait_for("> image: busybox");
    screen.wait_for("/pods/api/ephemeralcontainers");
    screen.press("<enter>");
    screen.wait_for("> command");
    screen.press("<enter>");
    screen.wait_for("> Start and attach <");
    screen.press("<enter>");
    let pull = json!({ "waiting": { "reason": "ErrImagePull", "message": "no such image" } });
    becomes(&api, namespace, "api", 1, &pull);
    screen.wait_for("ErrImagePull: no such image");
    becomes(&api, namespace, "api", 1, &running());
    screen.wait_for("Pod/api attach");
    until("what the process says", || {
        output.say(["hello from the debugger"]);
        let text = screen.text();
        if text.contains("hello from the debugger") { Ok(()) } else { Err(text) }
    });
    screen.press("<ctrl-]>");
    screen.wait_gone("hello from the debugger");
    screen.leave();
}

fn node_shell(plane: &ControlPlane) {
    let namespace = "debug-shell";
    let api = plane.namespace(namespace);
    let pods = format!("/api/v1/namespaces/{namespace}/pods");
    let there = || !api.get(&pods)["items"].as_array().unwrap().is_empty();
    let mut screen =
        Session::on(&plane.kubeconfig("admin"), &["-n", namespace, "-c", "nodes"]).start();
    screen.wait_for("nodes[");
    screen.wait_until("a node", |text| text.lines().any(|line| line.contains(" Ready ")));
    screen.press("s");
    screen.wait_for("Shell on Node/");
    screen.wait_for("the pod is deleted when its shell ends or is left");
    screen.wait_for("> image: busybox");
    for field in ["> command", "> namespace", "> Start and attach <"] {
        screen.press("<tab>");
        screen.wait_for(field);
    }
    screen.press("<enter>");
    screen.wait_for(" attach");
    screen.wait_for("leaves");
    until_true("the pod to be there", there);
    screen.press("<ctrl-]>");
    until_true("the pod to go", || !there());
    screen.press("<ctrl-t>");
    screen.wait_for("Delete Pod/node-debugger-");
    screen.wait_for("gone after");
    screen.leave();
}

fn refusals(plane: &ControlPlane) {
    let namespace = "debug-refused";
    let api = pod(plane, namespace, "api");
    let ends = |args: &[&str]| ended(start(plane, namespace, args));
    for (args, code, why) in [
        (&["gone", "--detach"][..], 1, "not found"),
        (&["api", "--target=nope", "--detach"], 1, "its containers: main"),
        (&["api", "--profile=root", "--detach"], 2, "sysadmin"),
        (&["api", "--image=a b", "--detach"], 2, "the image is one word"),
        (&["api", "--chroot", "--detach"], 2, "is for nodes"),
        (&["api", "--detach", "--readonly"], 2, "read-only"),
        (&["node/nowhere", "--detach"], 1, "nowhere"),
    ] {
        let (ended, said) = ends(args);
        assert!(ended == Some(code) && said.contains(why), "{args:?} {ended:?}: {said}");
    }
    let path = format!("/api/v1/namespaces/{namespace}/pods/api");
    assert!(api.get(&path)["spec"]["ephemeralContainers"].is_null(), "nothing was sent");
    // One that ends at once is no success.
    let child = start(plane, namespace, &["api", "--detach", "--", "nope"]);
    let dead = json!({ "terminated": { "exitCode": 127, "reason": "StartError",
        "startedAt": null, "finishedAt": null, "message": "exec: \"nope\": not found" } });
    becomes(&api, namespace, "api", 1, &dead);
    let (code, said) = ended(child);
    assert!(code == Some(1) && said.contains("not found"), "{said}");
}
