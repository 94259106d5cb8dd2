//! What a rollout tells beyond how far it is, on a real API server: differences of revisions, who
//! wrote them, and pods that run an older ConfigMap than the present one.

use crate::apps_cli::run;
use crate::support::api::MERGE;
use crate::support::control_plane::ControlPlane;
use crate::support::trials;
use crate::support::wait::until_true;
use libtest_mimic::Trial;
use serde_json::{Value, json};
use std::process::Output;

/// Both of its streams.
fn says(output: &Output) -> String {
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    format!("{}{}", text(&output.stdout), text(&output.stderr))
}

pub fn trials() -> Vec<Trial> {
    vec![trials::on_shared(
        "rollout::older_configuration_is_told_and_revisions_are_compared",
        configuration_and_differences,
    )]
}

fn configuration_and_differences(plane: &ControlPlane) {
    let place = "rollout-depth";
    let api = plane.namespace(place);
    let config = plane.kubeconfig("admin");
    let rollout = |args: &[&str]| {
        let mut all = vec!["rollout", args[0], "deploy/web", "-n", place];
        all.extend(&args[1..]);
        run(&config, &all)
    };
    let status = || -> Value {
        let output = rollout(&["status", "-o", "json"]);
        serde_json::from_str(&says(&output)).unwrap_or_else(|_| panic!("{}", says(&output)))
    };
    let map = json!({"metadata": {"name": "app-config"}, "data": {"LEVEL": "info"}});
    api.create(&format!("/api/v1/namespaces/{place}/configmaps"), &map);
    // Mounted as a whole: kept up to date, and never told.
    let files = json!({"metadata": {"name": "files"}, "data": {"a": "1"}});
    api.create(&format!("/api/v1/namespaces/{place}/configmaps"), &files);
    let web = json!({
        "metadata": {"name": "web"},
        "spec": {
            "replicas": 3,
            "selector": {"matchLabels": {"app": "web"}},
            "template": {
                "metadata": {"labels": {"app": "web"}},
                "spec": {
                    "volumes": [{"name": "files", "configMap": {"name": "files"}}],
                    "containers": [{"name": "main", "image": "registry.example.com/main:1",
                        "envFrom": [{"configMapRef": {"name": "app-config"}}],
                        "volumeMounts": [{"name": "files", "mountPath": "/etc/files"}]}],
                },
            },
        },
    });
    api.create(&format!("/apis/apps/v1/namespaces/{place}/deployments"), &web);
    let output = rollout(&["status", "--wait", "--timeout", "60s"]);
    assert_eq!(output.status.code(), Some(0), "{}", says(&output));
    assert_eq!(status()["staleConfiguration"], json!([]));

    // One revision alone has nothing to be compared with: that could not be told.
    let output = rollout(&["diff"]);
    assert_eq!(output.status.code(), Some(2), "{}", says(&output));

    // Times have whole seconds: the change must come in a later one than the start of the pods.
    let mut number = 0;
    until_true("the older configuration to be told", || {
        number += 1;
        for name in ["app-config", "files"] {
            let at = format!("/api/v1/namespaces/{place}/configmaps/{name}");
            let data = json!({"data": {"LEVEL": number.to_string()}});
            assert_eq!(api.call_as("PATCH", &at, MERGE, Some(&data)).0, 200);
        }
        let told = status()["staleConfiguration"].clone();
        told.as_array().is_some_and(|told| {
            told.len() == 1
                && told[0]["name"] == "app-config"
                && told[0]["pods"].as_array().is_some_and(|pods| pods.len() == 3)
        })
    });
    let output = rollout(&["status"]);
    assert!(
        says(&output).contains("3 of 3 pods still run the ConfigMap app-config of before"),
        "{}",
        says(&output)
    );
    let output = rollout(&["restart", "--wait", "--timeout", "60s"]);
    assert_eq!(output.status.code(), Some(0), "{}", says(&output));
    assert_eq!(status()["staleConfiguration"], json!([]), "{}", status());

    // The restart is the difference, and its author is known by the name of this program.
    let output = rollout(&["diff"]);
    assert_eq!(output.status.code(), Some(1), "{}", says(&output));
    assert!(says(&output).contains("revision 1 → 2 now"), "{}", says(&output));
    assert!(says(&output).contains("kubectl.kubernetes.io/restartedAt"), "{}", says(&output));
    let body = json!({"spec": {"template": {"spec": {"containers":
        [{"name": "main", "image": "registry.example.com/main:2"}]}}}});
    let at = format!("/apis/apps/v1/namespaces/{place}/deployments/web");
    let strategic = "application/strategic-merge-patch+json";
    assert_eq!(api.call_as("PATCH", &at, strategic, Some(&body)).0, 200);
    let output = rollout(&["status", "--wait", "--timeout", "60s"]);
    assert_eq!(output.status.code(), Some(0), "{}", says(&output));
    let output = rollout(&["diff", "--revision", "2", "-o", "json"]);
    assert_eq!(output.status.code(), Some(1), "{}", says(&output));
    let told: Value = serde_json::from_str(&says(&output)).unwrap();
    assert_eq!((&told["from"]["revision"], &told["to"]["revision"]), (&json!(2), &json!(3)));
    assert_eq!(told["to"]["current"], true);
    assert_eq!(told["changes"][0]["words"], "image registry.example.com/main:1 → 2");
    // kubectl shows the same two images.
    let image = |revision: &str| {
        let all = ["-n", place, "rollout", "history", "deploy/web", "--revision", revision];
        let text = plane.kubectl_says(&all);
        text.lines()
            .find_map(|line| line.trim().strip_prefix("Image:"))
            .map(|it| it.trim().to_owned())
    };
    assert_eq!(image("2").as_deref(), Some("registry.example.com/main:1"));
    assert_eq!(image("3").as_deref(), Some("registry.example.com/main:2"));
    for (numbers, code) in [(["3", "3"], 0), (["1", "2"], 1), (["1", "9"], 2), (["9", "1"], 2)] {
        let [from, to] = numbers;
        let output = rollout(&["diff", "--revision", from, "--to-revision", to]);
        assert_eq!(output.status.code(), Some(code), "{numbers:?} {}", says(&output));
    }
    let output = run(&config, &["rollout", "diff", "deploy/nothing", "-n", place]);
    assert_eq!(output.status.code(), Some(2), "{}", says(&output));
}
