//! The pane of drift in a terminal, on a real control plane.

use crate::support::control_plane::ControlPlane;
use crate::support::screen::Session;
use crate::support::trials;
use libtest_mimic::Trial;
use serde_json::{Value, json};

pub fn trials() -> Vec<Trial> {
    vec![trials::on_shared("real::a_scale_is_on_the_tape_with_its_writer", tape)]
}

fn tape(plane: &ControlPlane) {
    let namespace = "drift-tape";
    plane.namespace(namespace);
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("web.json");
    let deployment = json!({"apiVersion": "apps/v1", "kind": "Deployment",
        "metadata": {"name": "web", "namespace": namespace},
        "spec": {"replicas": 1, "selector": {"matchLabels": {"app": "web"}},
            "template": {"metadata": {"labels": {"app": "web"}},
                "spec": {"containers": [{"name": "web", "image": "web:1"}]}}}});
    std::fs::write(&file, deployment.to_string()).unwrap();
    plane.kubectl_says(&["apply", "-f", &file.display().to_string()]);
    let line = format!("drift deploy/web -n {namespace}");
    let mut screen =
        Session::on(&plane.kubeconfig("admin"), &["-n", namespace, "-c", &line]).start();
    screen.wait_for("no drift: 1 object as deployed");
    plane.kubectl_says(&["scale", "deployment/web", "-n", namespace, "--replicas=5"]);
    // The server itself says who that was.
    let object: Value = serde_json::from_str(&plane.kubectl_says(&[
        "get",
        "deployment/web",
        "-n",
        namespace,
        "-o",
        "json",
        "--show-managed-fields",
    ]))
    .unwrap();
    let entries = object["metadata"]["managedFields"].as_array().unwrap();
    let scale = entries.iter().find(|entry| entry["subresource"] == "scale").unwrap();
    let manager = scale["manager"].as_str().unwrap();
    let told = format!("Deployment/web spec.replicas 1 → 5 by {manager}");
    screen.wait_until("the change and its writer", |text| {
        text.contains("TAPE") && text.lines().any(|line| line.contains(&told))
    });
    // What controllers write into the status meanwhile is none.
    let again = ["scale", "deployment/web", "-n", namespace, "--replicas=2"];
    plane.kubectl_says(&again);
    let told = format!("Deployment/web spec.replicas 5 → 2 by {manager}");
    let text = screen.wait_until("the next one", |text| text.contains(&told));
    assert!(!text.contains("status"), "{text}");
    screen.command("note");
    screen.wait_for("lines to ");
    let note = screen.saved("note-Deployment-web-");
    assert!(note.contains("`spec.replicas`: `1` → `5` by"), "{note}");
    screen.leave();
}
