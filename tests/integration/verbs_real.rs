//! The daily verbs in a terminal, on a real control plane.

use crate::support::control_plane::ControlPlane;
use crate::support::screen::Session;
use crate::support::trials;
use crate::support::wait::until_true;
use libtest_mimic::Trial;
use serde_json::{Value, json};

pub fn trials() -> Vec<Trial> {
    vec![trials::on_shared(
        "real::a_deployment_is_scaled_restarted_and_its_pod_evicted_as_budgets_allow",
        scale_restart_evict,
    )]
}

fn deployment(replicas: u32) -> Value {
    json!({
        "apiVersion": "apps/v1", "kind": "Deployment", "metadata": { "name": "web" },
        "spec": {
            "replicas": replicas,
            "selector": { "matchLabels": { "app": "web" } },
            "template": {
                "metadata": { "labels": { "app": "web" } },
                "spec": { "containers": [{ "name": "main", "image": "registry.example.com/main:1" }] },
            },
        },
    })
}

fn scale_restart_evict(plane: &ControlPlane) {
    let api = plane.namespace("verbs");
    let path = "/apis/apps/v1/namespaces/verbs/deployments/web";
    api.create("/apis/apps/v1/namespaces/verbs/deployments", &deployment(1));
    let mut screen =
        Session::on(&plane.kubeconfig("admin"), &["-n", "verbs", "-c", "deploy"]).start();
    screen.wait_until("1/1", |text| text.contains("web") && text.contains("1/1"));

    // The number now stands there; the new one is followed until it has rolled out.
    screen.press("s");
    // Before it has the focus, keys are dropped.
    screen.wait_for("> replicas (now 1): 1");
    screen.press("<backspace>");
    screen.press("2");
    screen.wait_for(": 2");
    screen.press("<enter>");
    screen.wait_for("> Scale <");
    screen.press("<enter>");
    screen.wait_for("rolled out: 2 available");
    assert_eq!(api.get(path)["spec"]["replicas"], 2);

    // A restart carries our name, not kubectl's.
    screen.press("r");
    screen.wait_for("> Restart <");
    screen.press("<enter>");
    until_true("the restart is asked for", || {
        let deployment = api.get(path);
        let annotations = &deployment["spec"]["template"]["metadata"]["annotations"];
        let managers = deployment["metadata"]["managedFields"].to_string();
        annotations["kubectl.kubernetes.io/restartedAt"].is_string()
            && managers.contains("\"wheelhouse\"")
            && !managers.contains("kubectl-rollout")
    });
    screen.wait_for("Restart Deployment/web");
    screen.wait_until("rolled out anew", |text| text.contains("rolled out: 2 available"));

    // A budget that allows nothing holds the eviction back, until it does.
    let budget = json!({"apiVersion": "policy/v1", "kind": "PodDisruptionBudget",
        "metadata": {"name": "web"},
        "spec": {"minAvailable": 2, "selector": {"matchLabels": {"app": "web"}}}});
    api.create("/apis/policy/v1/namespaces/verbs/poddisruptionbudgets", &budget);
    until_true("the budget knows its pods", || {
        api.get("/apis/policy/v1/namespaces/verbs/poddisruptionbudgets/web")["status"]["currentHealthy"]
            == 2
    });
    screen.type_command("pods");
    screen.press("<enter>");
    screen.wait_until("two pods", |text| {
        text.lines().filter(|line| line.contains("web-") && line.contains("Running")).count() == 2
    });
    screen.press("<alt-e>");
    screen.wait_for("> Cancel <");
    screen.press("<tab>");
    screen.wait_for("> Evict <");
    screen.press("<enter>");
    screen.wait_for("disruption budget");
    let (code, _) =
        api.call("DELETE", "/apis/policy/v1/namespaces/verbs/poddisruptionbudgets/web", None);
    assert_eq!(code, 200);
    screen.wait_for("gone after");
}
