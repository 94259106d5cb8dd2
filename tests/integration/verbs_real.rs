//! The daily verbs in a terminal, on a real control plane.

use crate::support::api::Api;
use crate::support::control_plane::ControlPlane;
use crate::support::screen::Session;
use crate::support::trials;
use crate::support::wait::until_true;
use libtest_mimic::Trial;
use serde_json::{Value, json};

pub fn trials() -> Vec<Trial> {
    vec![
        trials::on_shared(
            "real::a_deployment_is_scaled_restarted_and_its_pod_evicted_as_budgets_allow",
            scale_restart_evict,
        ),
        trials::on_shared("real::a_drain_waits_for_budgets_and_can_be_called_off", drain),
        trials::on_shared("real::one_of_many_deletions_fails_and_is_told_by_itself", bulk),
        trials::on_shared("real::what_holds_a_deletion_up_is_explained", stuck),
    ]
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

    // What its controller can be asked for is chosen in the plan; what is not for now says why.
    for (button, why, paused) in [
        ("> Pause <", "resume is not for now", true),
        ("> Resume <", "pause is not for now", false),
    ] {
        screen.press("<alt-o>");
        screen.wait_for(why);
        // It begins with the choice, and then on the button that does nothing.
        screen.press("<tab>");
        screen.wait_for("> Cancel <");
        screen.press("<tab>");
        screen.wait_for(button);
        screen.press("<enter>");
        until_true("it is paused or not", || {
            api.get(path)["spec"]["paused"].as_bool().unwrap_or(false) == paused
        });
        screen.wait_until("the dialog is gone", |text| !text.contains(button));
    }

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

/// A node of the test's own, whose pods run on it and nowhere else.
fn own_node(api: &Api, name: &str) {
    let node = json!({
        "metadata": {
            "name": name,
            "annotations": { "kwok.x-k8s.io/node": "fake" },
            "labels": { "only": name, "kubernetes.io/hostname": name, "type": "kwok" },
        },
        "status": {
            "allocatable": { "cpu": "8", "memory": "16Gi", "pods": "110" },
            "capacity": { "cpu": "8", "memory": "16Gi", "pods": "110" },
        },
    });
    api.create("/api/v1/nodes", &node);
    until_true("the node to be ready", || {
        let conditions = api.get(&format!("/api/v1/nodes/{name}"))["status"]["conditions"].clone();
        conditions
            .as_array()
            .is_some_and(|all| all.iter().any(|c| c["type"] == "Ready" && c["status"] == "True"))
    });
}

fn drain(plane: &ControlPlane) {
    const NODE: &str = "drained";
    let api = plane.namespace("drain");
    own_node(&api, NODE);
    let deployments = "/apis/apps/v1/namespaces/drain/deployments";
    for (name, replicas) in [("web", 3), ("free", 2)] {
        let mut workload = deployment(replicas);
        workload["metadata"]["name"] = json!(name);
        workload["spec"]["selector"]["matchLabels"]["app"] = json!(name);
        workload["spec"]["template"]["metadata"]["labels"]["app"] = json!(name);
        workload["spec"]["template"]["spec"]["nodeSelector"] = json!({ "only": NODE });
        workload["spec"]["template"]["spec"]["tolerations"] = json!([{ "operator": "Exists",
            "effect": "NoExecute" }]);
        api.create(deployments, &workload);
    }
    let budgets = "/apis/policy/v1/namespaces/drain/poddisruptionbudgets";
    let budget = json!({"apiVersion": "policy/v1", "kind": "PodDisruptionBudget",
        "metadata": {"name": "web"},
        "spec": {"minAvailable": 3, "selector": {"matchLabels": {"app": "web"}}}});
    api.create(budgets, &budget);
    until_true("the budget knows its pods", || {
        api.get(&format!("{budgets}/web"))["status"]["currentHealthy"] == 3
    });
    let on_node = || {
        let pods = api.get(&format!("/api/v1/pods?fieldSelector=spec.nodeName%3D{NODE}"));
        pods["items"].as_array().map_or(0, Vec::len)
    };
    until_true("five pods on the node", || on_node() == 5);

    let mut screen = Session::on(&plane.kubeconfig("admin"), &["-c", "nodes"]).start();
    screen.select(NODE);
    screen.press("r");
    screen.wait_for("5 pods go");
    // Keys count once the permission is known, and something has the focus.
    screen.wait_for("> grace period");
    screen.press("<enter>");
    screen.wait_for("> Drain <");
    screen.press("<enter>");
    // Each pod is told by itself while it goes on: those of the budget wait, the others are gone.
    screen.press("<ctrl-t>");
    screen.wait_for("actions[");
    screen.press("<enter>");
    screen.wait_until("two gone, three waiting", |text| {
        let count = |words: &str| text.lines().filter(|line| line.contains(words)).count();
        count("│ gone after") == 2 && count("│ waits: Cannot evict") == 3
    });
    screen.wait_for("budget web needs");
    assert_eq!(on_node(), 3);
    assert_eq!(api.get(&format!("/api/v1/nodes/{NODE}"))["spec"]["unschedulable"], true);

    // Called off: nothing more is sent, and what is done stays done.
    screen.press("<esc>");
    screen.wait_gone("─ in full ─");
    screen.press("<alt-x>");
    screen.wait_for("nothing more of it is sent");
    screen.press("<enter>");
    screen.wait_until("each that waited is called off", |text| {
        text.lines().filter(|line| line.contains("│ called off")).count() == 3
    });
    assert_eq!(api.call("DELETE", &format!("{budgets}/web"), None).0, 200);
    screen.press("<esc>");
    screen.command("nodes");
    screen.select(NODE);
    assert_eq!(on_node(), 3, "a budget that is gone brings nothing called off back");

    // Once more, now that nothing is in the way.
    screen.press("r");
    screen.wait_for("3 pods go");
    screen.wait_for("> grace period");
    screen.press("<enter>");
    screen.wait_for("> Drain <");
    screen.press("<enter>");
    until_true("the node is empty", || on_node() == 0);
    assert_eq!(api.call("DELETE", &format!("/api/v1/nodes/{NODE}"), None).0, 200);
}

fn bulk(plane: &ControlPlane) {
    let api = plane.namespace("bulk");
    let maps = "/api/v1/namespaces/bulk/configmaps";
    let map = |name: &str| json!({"metadata": {"name": name}, "data": {}});
    for name in ["one", "two", "three"] {
        api.create(maps, &map(name));
    }
    let mut screen =
        Session::on(&plane.kubeconfig("admin"), &["-n", "bulk", "-c", "configmaps"]).start();
    screen.wait_for("three");
    screen.press("/");
    screen.type_text("name!=kube-root-ca.crt");
    screen.press("<enter>");
    screen.wait_for("[3 of 4");
    screen.press("<space> <space> <space> <ctrl-d>");
    screen.wait_for("Delete 3 ConfigMap objects");
    screen.wait_for("> Cancel <");
    // One of them is replaced while the plan is looked at: the one that was seen is gone.
    assert_eq!(api.call("DELETE", &format!("{maps}/two"), None).0, 200);
    api.create(maps, &map("two"));
    screen.press("<tab>");
    screen.wait_for("> Delete <");
    screen.press("<enter>");
    screen.wait_for("2 of 3");
    screen.press("<ctrl-t>");
    screen.wait_for("actions[");
    screen.press("<enter>");
    let text = screen.wait_until("every outcome", |text| {
        text.contains("failed:") && text.matches("gone after").count() == 2
    });
    let lines: Vec<&str> = text.lines().collect();
    let two = lines.iter().position(|line| line.contains("configmaps/two")).expect("its request");
    assert!(lines[two + 1].contains("failed:") && lines[two + 1].contains("UID"), "{text}");
    assert_eq!(api.call("GET", &format!("{maps}/two"), None).0, 200, "the new one is there");
}

fn stuck(plane: &ControlPlane) {
    let api = plane.namespace("stuck");
    let maps = "/api/v1/namespaces/stuck/configmaps";
    let held = json!({"metadata": {"name": "held", "finalizers": ["finalizers.fluxcd.io/x", "shop.io/drain"]}});
    api.create(maps, &held);
    let mut screen =
        Session::on(&plane.kubeconfig("admin"), &["-n", "stuck", "-c", "configmaps"]).start();
    screen.select("held");
    screen.press("<ctrl-d>");
    screen.wait_for("> Cancel <");
    screen.press("<tab>");
    screen.wait_for("> Delete <");
    screen.press("<enter> <ctrl-t>");
    screen.wait_for("actions[");
    screen.press("<enter>");
    screen.wait_for("a controller of shop.io");
    // The namespace says what it still holds.
    assert_eq!(api.call("DELETE", "/api/v1/namespaces/stuck", None).0, 200);
    screen.press("<esc>");
    screen.command("ns");
    screen.select("stuck ");
    screen.press("<ctrl-d>");
    screen.wait_for("> Cancel <");
    screen.press("<tab>");
    screen.wait_for("> Delete <");
    screen.press("<enter> <ctrl-t>");
    screen.wait_for("actions[");
    screen.press("g <enter>");
    screen.wait_for("the namespace is not empty");
    let patch = json!({"metadata": {"finalizers": null}});
    api.call_as("PATCH", &format!("{maps}/held"), crate::support::api::MERGE, Some(&patch));
    screen.wait_for("gone after");
}
