//! A pipeline that has no more than a kubeconfig and the program. It restarts what it has to, and must
//! know how that ended; before it applies anything it asks whether somebody was there meanwhile.

use super::{ended, folder, run};
use crate::engines::manifests::{config, web};
use crate::rollout_real::merge;
use crate::support::control_plane::ControlPlane;
use crate::support::trials;
use crate::support::wait::until_true;
use libtest_mimic::Trial;
use serde_json::{Value, json};

pub fn trials() -> Vec<Trial> {
    vec![
        trials::on_shared("scenes::a_pipeline_restarts_and_knows_how_it_ended", restarts),
        trials::on_shared("scenes::what_somebody_changed_is_found_before_the_next_update", asks),
    ]
}

/// The pods that run, by name.
fn pods(plane: &ControlPlane, place: &str) -> Vec<String> {
    let all = plane.api().get(&format!("/api/v1/namespaces/{place}/pods"));
    let running = all["items"].as_array().unwrap().iter().filter(|pod| {
        pod["metadata"]["deletionTimestamp"].is_null() && pod["status"]["phase"] == "Running"
    });
    let mut names: Vec<String> =
        running.map(|pod| pod["metadata"]["name"].as_str().unwrap().to_owned()).collect();
    names.sort();
    names
}

fn restarts(plane: &ControlPlane) {
    let place = "scene-restarts";
    let api = plane.namespace(place);
    let dir = folder(&plane.dir().join(place), &[("web.yaml", &web(3, "web:1-slow"))]);
    plane.kubectl_says(&["apply", "-n", place, "-f", &dir.display().to_string()]);
    let status = ["rollout", "status", "deploy/web", "-n", place, "--wait", "--timeout", "60s"];
    ended(&run(plane, &status), 0, &["rolled out: 3 available"]);
    let before = pods(plane, place);

    // One command: it asks, it waits, and it says how it goes.
    let restart = ["rollout", "restart", "deploy/web", "-n", place, "--wait", "--timeout", "60s"];
    let said = ended(&run(plane, &restart), 0, &["rolled out: 3 available"]);
    assert!(said.lines().count() > 1, "a line for each step\n{said}");
    let after = pods(plane, place);
    assert_eq!(after.len(), 3, "{after:?}");
    assert!(before.iter().all(|pod| !after.contains(pod)), "all are new: {before:?} {after:?}");

    // The namespace has no room for one pod more. The pipeline fails, with the reason in its log, and what
    // was there still serves.
    let quota = json!({"metadata": {"name": "three"}, "spec": {"hard": {"pods": "3"}}});
    let quotas = format!("/api/v1/namespaces/{place}/resourcequotas");
    api.create(&quotas, &quota);
    until_true("the quota to be counted", || {
        api.get(&format!("{quotas}/three"))["status"]["used"]["pods"] == "3"
    });
    let deadline = json!({"spec": {"progressDeadlineSeconds": 2}});
    merge(&api, &format!("/apis/apps/v1/namespaces/{place}/deployments/web"), &deadline);
    ended(&run(plane, &status), 0, &["rolled out: 3 available"]);
    let said = ended(
        &run(plane, &restart),
        1,
        &["exceeded its progress deadline of 2 s", "the quota three is used up"],
    );
    assert!(!said.contains("rolled out"), "{said}");
    assert_eq!(pods(plane, place), after, "what was there still serves");

    // Nothing but the exit code and one line of JSON is needed to act on it.
    let output = run(plane, &["rollout", "status", "deploy/web", "-n", place, "-o", "json"]);
    let told: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!((&told["phase"], output.status.code()), (&json!("failed"), Some(1)), "{told}");
    assert_eq!(told["blockers"][0]["rule"], "cannot-create", "{told}");

    // Room is made, and the pipeline runs again.
    let (code, _) = api.call("DELETE", &format!("{quotas}/three"), None);
    assert_eq!(code, 200);
    ended(&run(plane, &restart), 0, &["rolled out: 3 available"]);
}

fn asks(plane: &ControlPlane) {
    let place = "scene-asks";
    plane.namespace(place);
    let files = [("web.yaml", web(2, "web:1")), ("map.yaml", config("app", "1"))];
    let dir = folder(
        &plane.dir().join(place),
        &files.each_ref().map(|(name, text)| (*name, text.as_str())),
    );
    let dir = dir.display().to_string();
    plane.kubectl_says(&["apply", "-n", place, "-f", &dir]);
    let drift = ["drift", "-f", &dir, "-n", place];
    ended(&run(plane, &drift), 0, &["0 of 2 objects drifted"]);

    // In the middle of the night.
    plane.kubectl_says(&[
        "-n",
        place,
        "set",
        "image",
        "deploy/web",
        "main=registry.example.com/web:hotfix",
    ]);
    ended(
        &run(plane, &drift),
        1,
        &[
            "1 of 2 objects drifted",
            "Deployment/web",
            "changed in cluster",
            "file registry.example.com/web:1, cluster registry.example.com/web:hotfix",
            "by kubectl-set",
        ],
    );

    // Somebody looks at it, takes it over into the files, and the update is safe.
    let file = plane.dir().join(place).join("web.yaml");
    std::fs::write(file, web(2, "web:hotfix")).unwrap();
    ended(&run(plane, &drift), 0, &["0 of 2 objects drifted"]);
    plane.kubectl_says(&["apply", "-n", place, "-f", &dir]);
    let status = ["rollout", "status", "deploy/web", "-n", place, "--wait", "--timeout", "60s"];
    ended(&run(plane, &status), 0, &["rolled out: 2 available"]);
}
