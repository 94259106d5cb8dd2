//! Hostile text in every field: whatever a cluster says, the terminal is sent printable text and
//! the sequences that are the program's own.

use crate::support::demo_server::DemoServer;
use crate::support::screen::Session;
use crate::support::{escapes, trials, wait};
use libtest_mimic::Trial;
use serde_json::{Value, json};
use std::process::Command;

pub fn trials() -> Vec<Trial> {
    vec![
        trials::plain("hostile::the_scanner_sees", escapes::scanner_sees),
        trials::plain("hostile::no_sequence_gets_through_the_ui", no_sequence_gets_through_the_ui),
        trials::plain("hostile::nor_through_printed_tables", nor_through_printed_tables),
        trials::plain(
            "hostile::odd_objects_leave_the_rest_alone",
            odd_objects_leave_the_rest_alone,
        ),
    ]
}

/// One of everything that terminals obey: colours, cursor, title, clipboard, modes, answers, C1,
/// bells, tabs, line ends, reordering and invisible marks.
const EVIL: &str = concat!(
    "e\x1b[31mr\x1b[77;77Hx\x1b]0;pwned\x07y\x1b]52;c;cHduZWQ=\x1b\\z\x1b[?1047h\x1bc\x1bP1$qm\x1b\\",
    "\u{9b}31m\u{90}q\u{9c}\u{7}\u{8}\t\r\n\u{b}\u{c}\u{7f}\u{0}\u{202e}live\u{2066}\u{200b}\u{200f}",
    "\u{feff}\u{2028}\u{ad}\u{e0041}\u{1b}_apc\x1b\\\x1b[5n\x1b[>c\x1b[200~end"
);

/// Every text of `value` has hostile text appended, names of fields too where they are free.
///
/// Names stay as they are: no server takes others, and the object could not be asked for. The same
/// objects with hostile names lie beside them.
fn poison(value: &mut Value, path: &str, names: bool) {
    match value {
        Value::String(text) => {
            // What the machinery needs to find the object stays readable.
            let kept = ["/apiVersion", "/kind", "/metadata/namespace", "/metadata/resourceVersion"];
            let name = path == "/metadata/name" && !names;
            let time = text.len() == 20 && text.ends_with('Z');
            if !kept.contains(&path) && !time && !name {
                text.push_str(EVIL);
            }
        }
        Value::Array(items) => {
            items.iter_mut().for_each(|item| poison(item, &format!("{path}/-"), names))
        }
        Value::Object(map) => {
            for (name, value) in map.iter_mut() {
                poison(value, &format!("{path}/{name}"), names);
            }
            if path.ends_with("/labels") || path.ends_with("/annotations") {
                map.insert(format!("key{EVIL}"), json!(EVIL));
            }
        }
        _ => {}
    }
}

fn poisoned(object: &Value) -> [Value; 2] {
    [false, true].map(|names| {
        let mut object = object.clone();
        poison(&mut object, "", names);
        object
    })
}

fn cluster() -> DemoServer {
    let now = "2026-11-01T00:00:00Z";
    let meta = |name: &str| {
        json!({
            "name": name, "namespace": "default", "creationTimestamp": now,
            "labels": { "app": "x" }, "annotations": { "note": "y" },
            "ownerReferences": [{ "apiVersion": "apps/v1", "kind": "ReplicaSet", "name": "owner", "uid": "u", "controller": true }],
        })
    };
    let pod = json!({
        "apiVersion": "v1", "kind": "Pod", "metadata": meta("pod"),
        "spec": {
            "nodeName": "node", "serviceAccountName": "default",
            "containers": [{ "name": "app", "image": "registry/image:1", "ports": [{ "name": "http", "containerPort": 80 }] }],
        },
        "status": {
            "phase": "Pending", "reason": "Odd", "message": "said", "podIP": "10.0.0.1", "nominatedNodeName": "n", "qosClass": "Burstable",
            "conditions": [{ "type": "Ready", "status": "False", "reason": "Why", "message": "because", "lastTransitionTime": now }],
            "containerStatuses": [{ "name": "app", "ready": false, "restartCount": 3, "image": "i", "imageID": "d",
                "state": { "waiting": { "reason": "CrashLoopBackOff", "message": "m" } },
                "lastState": { "terminated": { "reason": "Error", "message": "m", "exitCode": 1, "startedAt": now, "finishedAt": now } } }],
        },
    });
    let event = json!({
        "apiVersion": "v1", "kind": "Event", "metadata": meta("event"),
        "involvedObject": { "kind": "Pod", "name": "pod", "namespace": "default", "fieldPath": "spec" },
        "reason": "Failed", "message": "it failed", "type": "Warning", "count": 2,
        "source": { "component": "kubelet", "host": "node" },
        "firstTimestamp": now, "lastTimestamp": now,
    });
    let crd = json!({
        "apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition",
        "metadata": { "name": "gadgets.example.com" },
        "spec": { "group": "example.com", "scope": "Namespaced",
            "names": { "plural": "gadgets", "singular": "gadget", "kind": "Gadget", "listKind": "GadgetList" },
            "versions": [{ "name": "v1", "served": true, "storage": true,
                "schema": { "openAPIV3Schema": { "type": "object", "x-kubernetes-preserve-unknown-fields": true } },
                "additionalPrinterColumns": [
                    { "name": format!("Col{EVIL}"), "type": "string", "jsonPath": ".spec.text" },
                    { "name": "Date", "type": "date", "jsonPath": ".spec.text" },
                    { "name": "Number", "type": "integer", "jsonPath": ".spec.text" },
                ] }] },
    });
    let gadget = json!({
        "apiVersion": "example.com/v1", "kind": "Gadget", "metadata": meta("gadget"),
        "spec": { "text": "words", "configMapRef": { "name": "other" } },
        "status": { "conditions": [{ "type": "Ready", "status": "False", "reason": "Why", "message": "because" }] },
    });
    let map = json!({
        "apiVersion": "v1", "kind": "ConfigMap", "metadata": meta("map"),
        "data": { "file": "one\ntwo", format!("k{EVIL}"): "v" },
    });
    let deployment = json!({
        "apiVersion": "apps/v1", "kind": "Deployment", "metadata": meta("deployment"),
        "spec": { "replicas": 1, "selector": { "matchLabels": { "app": "x" } },
            "template": { "metadata": { "labels": { "app": "x" } }, "spec": { "containers": [{ "name": "a", "image": "b" }] } } },
        "status": { "replicas": 1, "conditions": [{ "type": "Progressing", "status": "False", "reason": "ProgressDeadlineExceeded", "message": "late" }] },
    });
    let namespace = json!({ "apiVersion": "v1", "kind": "Namespace", "metadata": { "name": "default" }, "status": { "phase": "Active" } });
    let mut objects = vec![namespace, crd];
    objects.extend([pod, event, gadget, map, deployment].iter().flat_map(poisoned));
    DemoServer::with_objects(objects)
}

/// The table of this kind is shown, and a row of it is selected.
fn has_rows(text: &str, kind: &str) -> bool {
    text.contains(&format!("{kind}(all")) && text.lines().any(|line| line.starts_with("│▸"))
}

fn no_sequence_gets_through_the_ui() {
    let server = cluster();
    let kubeconfig = server.kubeconfig("odd");
    let mut screen = Session::on(&kubeconfig, &["-A", "-c", "ns"]).size(300, 60).start();
    screen.wait_for("live");
    for kind in ["pods", "events", "gadgets", "configmaps", "deployments"] {
        screen.command(&format!("{kind} -A"));
        screen.wait_until(kind, |text| has_rows(text, kind));
        screen.press("<ctrl-w>");
        screen.press("y");
        // The text of the object, with what was appended to the name.
        screen.wait_until("the YAML", |text| text.contains("apiVersion:"));
        screen.press("m G g q");
        screen.wait_until("the table", |text| has_rows(text, kind));
        // Drill-down, owner, filter and a plan take the names further.
        screen.press("<enter>");
        screen.command(&format!("{kind} -A"));
        screen.wait_until(kind, |text| has_rows(text, kind));
        screen.press("<ctrl-d>");
        screen.wait_for("Cancel");
        screen.press("v");
        screen.wait_for("DELETE ");
        screen.press("<esc>");
        screen.wait_gone("Cancel");
    }
    screen.command("messages");
    screen.wait_for("messages");
    screen.press("<ctrl-c>");
    screen.wait_end();
    screen.assert_terminal_whole();
    let faults = escapes::forbidden(&screen.bytes());
    assert!(
        faults.is_empty(),
        "{} faults, such as\n{}",
        faults.len(),
        faults[..faults.len().min(12)].join("\n")
    );
}

fn nor_through_printed_tables() {
    let server = cluster();
    let kubeconfig = server.kubeconfig("odd");
    for kind in ["pods", "events", "gadgets", "configmaps", "deployments"] {
        for format in ["table", "wide", "csv", "name", "rows"] {
            let output = Command::new(crate::support::paths::program())
                .args(["get", kind, "-A", "-o", format])
                .arg(format!("--kubeconfig={}", kubeconfig.display()))
                .env("HOME", kubeconfig.parent().unwrap())
                .output()
                .unwrap();
            let errors = String::from_utf8_lossy(&output.stderr);
            assert!(output.status.success(), "{kind} -o {format}: {errors}");
            assert!(!output.stdout.is_empty(), "{kind} -o {format}");
            for bytes in [&output.stdout, &output.stderr] {
                let faults = escapes::forbidden(bytes);
                assert!(faults.is_empty(), "{kind} -o {format}: {faults:#?}");
            }
        }
    }
}

/// Null metadata, a 10,000-character name, a 1.5 MB object: told and left out, or shown; never the end.
fn odd_objects_leave_the_rest_alone() {
    let object = |name: &str, data: Value| json!({ "apiVersion": "v1", "kind": "ConfigMap", "metadata": { "name": name, "namespace": "default" }, "data": data });
    let server = DemoServer::with_objects(vec![
        json!({ "apiVersion": "v1", "kind": "Namespace", "metadata": { "name": "default" } }),
        object("plain", json!({ "a": "b" })),
        object(&"long".repeat(2_500), json!({})),
        object("huge", json!({ "file": "x".repeat(1_500_000) })),
        object("wrong", json!("no map")),
        object("null", Value::Null),
    ]);
    let mut screen = Session::on(&server.kubeconfig("odd"), &["-A", "-c", "cm -A"]).start();
    screen.wait_for("plain");
    screen.wait_for("longlong");
    screen.select("huge");
    screen.press("y");
    screen.wait_for("xxxxxxxxxx");
    screen.press("q");
    screen.select("plain");
    wait::until_true("the selection", || screen.selected().contains("plain"));
    screen.leave();
}
