//! Two clusters held at once: objects of one name never mix, and a plan stays with its cluster.

use crate::support::demo_server::{DemoServer, kubeconfig};
use crate::support::screen::Session;
use crate::support::trials;
use libtest_mimic::Trial;
use serde_json::json;
use std::process::Command;

pub fn trials() -> Vec<Trial> {
    vec![trials::plain("clusters::namesakes_never_mix", namesakes_never_mix)]
}

/// A cluster with a deployment `api` and a config map that only it has.
fn cluster(own: &str, replicas: u32) -> DemoServer {
    let deployment = json!({
        "apiVersion": "apps/v1", "kind": "Deployment",
        "metadata": { "name": "api", "namespace": "shop", "annotations": { "cluster": own } },
        "spec": { "replicas": replicas, "selector": { "matchLabels": { "app": "api" } },
            "template": { "metadata": { "labels": { "app": "api" } }, "spec": { "containers": [{ "name": "a", "image": "b" }] } } },
        "status": { "replicas": replicas, "readyReplicas": replicas, "updatedReplicas": replicas, "availableReplicas": replicas },
    });
    let map = |name: &str| json!({ "apiVersion": "v1", "kind": "ConfigMap", "metadata": { "name": name, "namespace": "shop" } });
    DemoServer::with_objects(vec![
        json!({ "apiVersion": "v1", "kind": "Namespace", "metadata": { "name": "shop" } }),
        deployment,
        map("twin"),
        map(own),
    ])
}

fn maps(config: &std::path::Path, context: &str) -> Vec<String> {
    let output = Command::new(crate::support::paths::program())
        .args(["get", "cm", "-A", "-o", "name", "--context", context])
        .arg(format!("--kubeconfig={}", config.display()))
        .env("HOME", config.parent().unwrap())
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap().lines().map(str::to_owned).collect()
}

fn namesakes_never_mix() {
    let (red, blue) = (cluster("red-only", 1), cluster("blue-only", 7));
    let dir = tempfile::tempdir().unwrap();
    let config = dir.path().join("kubeconfig");
    std::fs::write(&config, kubeconfig(&[("red", &red.url()), ("blue", &blue.url())])).unwrap();

    let mut screen = Session::on(&config, &["-A", "-c", "deploy -A"]).home(dir.path()).start();
    screen.wait_until("red's", |text| text.contains("red") && text.contains("1/1"));
    screen.command("deploy -A @blue");
    let text = screen.wait_for("7/7");
    assert!(!text.contains("1/1"), "{text}");
    screen.press("y");
    screen.wait_for("cluster: blue-only");
    screen.press("q");
    // Back and forth: each keeps its own rows.
    screen.command("deploy -A @red");
    let text = screen.wait_for("1/1");
    assert!(!text.contains("7/7"), "{text}");
    screen.press("y");
    screen.wait_for("cluster: red-only");
    screen.press("q");

    // A plan made on blue while the kubeconfig's current context is another, and becomes yet
    // another on disk: it runs on blue.
    screen.command("cm -A @blue");
    screen.wait_for("blue-only");
    screen.select("twin");
    screen.press("<ctrl-d>");
    let dialog = screen.wait_for("Cancel");
    assert!(dialog.contains("on blue") && dialog.contains(&blue.url()), "{dialog}");
    std::fs::write(&config, kubeconfig(&[("red", &red.url()), ("blue", &blue.url())])).unwrap();
    screen.wait_for("> Cancel <");
    screen.press("<tab>");
    screen.wait_for("> Delete <");
    screen.press("<enter>");
    screen.wait_for("gone after");
    screen.leave();
    let has = |context, name: &str| maps(&config, context).contains(&format!("configmap/{name}"));
    assert!(has("red", "twin") && has("red", "red-only") && !has("red", "blue-only"));
    assert!(!has("blue", "twin") && has("blue", "blue-only") && !has("blue", "red-only"));
}
