//! Descriptions in a terminal, beside a table, and without a screen.

use crate::support::api::Write;
use crate::support::control_plane::{ControlPlane, wheelhouse};
use crate::support::screen::Session;
use crate::support::trials;
use libtest_mimic::Trial;
use serde_json::{Value, json};

pub fn trials() -> Vec<Trial> {
    vec![
        trials::plain("demo::a_pod_is_described_and_its_links_are_entered", links),
        trials::plain("demo::what_is_beside_the_table_follows_the_selection", beside),
        trials::on_shared("real::a_description_tells_of_changes_without_a_key", live),
        trials::on_shared("describe::objects_are_described_without_a_screen", headless),
    ]
}

fn links() {
    let mut screen = Session::new(&["demo", "-c", "pods data"]).size(120, 60).start();
    screen.wait_for("live");
    screen.wait_for("kafka-0");
    screen.select("kafka-0");
    screen.press("d");
    let text = screen.wait_for("Conditions:");
    assert!(text.contains("Pod/kafka-0 in data"), "{text}");
    assert!(text.contains("Controlled By:") && text.contains("StatefulSet/kafka"), "{text}");
    screen.press("/");
    screen.type_text("controlled by");
    screen.press("<enter>");
    screen.wait_until("the line", |text| {
        text.lines().any(|line| line.contains('▸') && line.contains("Controlled By"))
    });
    screen.press("<enter>");
    screen.wait_for("StatefulSet/kafka in data");
    screen.press("<esc>");
    screen.wait_for("Pod/kafka-0 in data");
    // At 80 columns it is still all there.
    screen.resize(80, 24);
    screen.press("g");
    screen.wait_until("the first line", |text| {
        text.lines().any(|line| line.contains('▸') && line.contains("Name:"))
    });
    screen.press("<esc>");
    screen.wait_gone("/controlled by");
    screen.press("q");
    screen.wait_for("pods(data)");
    screen.leave();
}

fn beside() {
    let mut screen = Session::new(&["demo", "-c", "pods data"]).size(180, 50).start();
    screen.wait_for("live");
    screen.wait_for("kafka-0");
    screen.select("kafka-0");
    screen.press("<tab>");
    screen.wait_for("Pod/kafka-0 in data");
    screen.select("minio-1");
    screen.wait_for("Pod/minio-1 in data");
    screen.press("`");
    screen.wait_for("kind: Pod");
    screen.press("`");
    screen.wait_for("Pod/minio-1 logs");
    screen.resize(100, 50);
    screen.wait_gone("Pod/minio-1 logs");
    screen.press("<tab>");
    screen.wait_for("needs 120 columns");
    screen.resize(180, 50);
    screen.wait_for("Pod/minio-1 logs");
    screen.press("<shift-tab>");
    screen.wait_gone("Pod/minio-1 logs");
    screen.leave();
}

fn event(name: &str, pod: &Value, reason: &str) -> Value {
    json!({
        "metadata": { "name": name },
        "involvedObject": {
            "apiVersion": "v1", "kind": "Pod", "namespace": "telling",
            "name": pod["metadata"]["name"], "uid": pod["metadata"]["uid"],
        },
        "reason": reason, "message": format!("{reason} was told"), "type": "Warning",
        "source": { "component": "a-test" }, "count": 1,
        "firstTimestamp": "2026-01-01T00:00:00Z", "lastTimestamp": "2026-01-01T00:00:00Z",
    })
}

fn live(plane: &ControlPlane) {
    let api = plane.namespace("telling");
    let pods = "/api/v1/namespaces/telling/pods";
    // A gate keeps it from being scheduled: nobody else writes to it.
    let pod = json!({
        "metadata": { "name": "quiet" },
        "spec": {
            "schedulingGates": [{ "name": "example.com/wait" }],
            "containers": [{ "name": "main", "image": "registry.example.com/main:1" }],
        },
    });
    let pod = api.create(pods, &pod);
    let mut screen = Session::on(&plane.kubeconfig("admin"), &["-n", "telling", "-c", "pods"])
        .size(140, 60)
        .start();
    screen.wait_for("quiet");
    screen.press("d");
    screen.wait_for("Pod/quiet in telling");
    screen.wait_until("all of it", |text| text.contains("Events:") && text.contains("<none>"));
    // A new event.
    api.create("/api/v1/namespaces/telling/events", &event("quiet.1", &pod, "Surprise"));
    screen.wait_for("Surprise was told");
    // A changed condition.
    let status = json!({ "status": { "conditions": [
        { "type": "example.com/Tested", "status": "True", "reason": "ByATest" },
    ] } });
    api.all([Write::merge(format!("{pods}/quiet/status"), status)]);
    let text = screen.wait_for("ByATest");
    assert!(text.contains("example.com/Tested"), "{text}");
    // And it goes.
    api.all([Write::delete(format!("{pods}/quiet?gracePeriodSeconds=0"))]);
    let text = screen.wait_for("gone: this is how it was last");
    assert!(text.contains("Surprise was told"), "{text}");
    screen.leave();
}

fn run(plane: &ControlPlane, user: &str, args: &[&str]) -> (Option<i32>, String, String) {
    let output = wheelhouse(plane.dir())
        .arg("describe")
        .args(args)
        .arg(format!("--kubeconfig={}", plane.kubeconfig(user).display()))
        .output()
        .unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    (output.status.code(), text(output.stdout), text(output.stderr))
}

fn headless(plane: &ControlPlane) {
    let api = plane.namespace("described");
    let maps = "/api/v1/namespaces/described/configmaps";
    for name in ["one", "two"] {
        let map = json!({ "metadata": { "name": name }, "data": { "greeting": format!("hello {name}") } });
        api.create(maps, &map);
    }
    let secret =
        json!({ "metadata": { "name": "hidden" }, "stringData": { "password": "hunter2" } });
    api.create("/api/v1/namespaces/described/secrets", &secret);
    let n = "-n=described";
    let (code, out, errors) = run(plane, "admin", &["cm/one", "configmaps/two", n]);
    assert_eq!((code, errors.as_str()), (Some(0), ""), "{out}");
    let (one, two) = (out.find("hello one").unwrap(), out.find("hello two").unwrap());
    assert!(one < two && out.starts_with("Name:") && out.contains("\n\n\nName:"), "{out}");
    let same = run(plane, "admin", &["cm", "one", "two", n]);
    assert_eq!(same.1, out);
    // JSON: one object a line, with what is named.
    let (code, out, _) = run(plane, "admin", &["ns/described", "cm/one", "-o=json", n]);
    assert_eq!(code, Some(0));
    let lines: Vec<Value> = out.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(lines.len(), 2);
    assert_eq!((&lines[0]["kind"], &lines[0]["namespace"]), (&json!("Namespace"), &json!("")));
    assert_eq!((&lines[1]["kind"], &lines[1]["name"]), (&json!("ConfigMap"), &json!("one")));
    // Values of Secrets are not told.
    let (_, out, _) = run(plane, "admin", &["secret/hidden", n]);
    assert!(out.contains("password") && !out.contains("hunter2"), "{out}");
    // What is not there: said, and the rest is printed.
    let (code, out, errors) = run(plane, "admin", &["cm/none", "cm/two", n]);
    assert_eq!(code, Some(1), "{errors}");
    assert!(errors.contains("not found") && out.contains("hello two"), "{errors}{out}");
    // Wrong usage, and no permission.
    let (code, out, errors) = run(plane, "admin", &["cm/one", "nonsense/x", n]);
    assert_eq!((code, out.as_str()), (Some(2), ""), "{errors}");
    assert!(errors.contains("the cluster serves no such kind"), "{errors}");
    let (code, _, errors) = run(plane, "admin", &["cm", n]);
    assert_eq!(code, Some(2), "{errors}");
    let (code, _, errors) = run(plane, "guest", &["cm/one", n]);
    assert_eq!(code, Some(2), "{errors}");
    assert!(errors.contains("forbidden"), "{errors}");
}
