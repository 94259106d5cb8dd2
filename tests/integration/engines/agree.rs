//! The list of apps beside what controllers say.

use super::program;
use crate::support::control_plane::ControlPlane;
use crate::support::engines::argo::applications;
use crate::support::engines::flux::{kustomizations, ready};
use crate::support::wait::until;
use serde_json::{Value, json};

/// The line of an app, and the object it was made from.
fn seen(
    plane: &ControlPlane,
    engine: &str,
    namespace: &str,
    name: &str,
    path: &str,
) -> (Value, Value) {
    let api = plane.api();
    // Controllers write meanwhile: both have to be of one version.
    until(&format!("{name} to stand still for a moment"), || {
        let before = api.get(path);
        let wanted = (json!(engine), json!(namespace), json!(name));
        let app = program::apps(plane).into_iter().find(|app| {
            (app["engine"].clone(), app["namespace"].clone(), app["name"].clone()) == wanted
        });
        let app = app.unwrap_or_else(|| panic!("{engine}/{namespace}/{name} is not in the list"));
        let after = api.get(path);
        let version = |object: &Value| object["metadata"]["resourceVersion"].clone();
        if version(&before) == version(&after) { Ok((app, after)) } else { Err("changing".into()) }
    })
}

/// The line of an Application says what its status says.
pub fn argo(plane: &ControlPlane, name: &str) -> Value {
    let (app, object) = seen(plane, "argocd", "argocd", name, &applications(name));
    let status = &object["status"];
    let told = format!("{app}\n{status}");
    assert_eq!(app["sync"], status["sync"]["status"], "{told}");
    assert_eq!(app["health"], status["health"]["status"], "{told}");
    let phase = status["operationState"]["phase"].as_str();
    let runs = !object["operation"].is_null() || matches!(phase, Some("Running" | "Terminating"));
    assert_eq!(app["running"], runs, "{told}");
    if !runs {
        // A dry run says so beside.
        let word = app["operation"].as_str().and_then(|word| word.split(' ').next());
        assert_eq!(word, phase, "{told}");
    }
    let resources = status["resources"].as_array();
    let off = resources.map_or(0, |all| all.iter().filter(|r| r["status"] == "OutOfSync").count());
    assert_eq!(app["drifted"], off, "{told}");
    app
}

/// The line of a Kustomization says what its conditions say.
pub fn flux(plane: &ControlPlane, namespace: &str, name: &str) -> Value {
    let path = kustomizations(namespace, name);
    let (app, object) = seen(plane, "ks", namespace, name, &path);
    let told = format!("{app}\n{object}");
    let suspended = object["spec"]["suspend"] == true;
    // Before the first success only the conditions tell what they are about.
    let ready_one = object["status"]["conditions"].as_array().and_then(|all| {
        all.iter().find(|one| one["type"] == "Ready").map(|one| one["observedGeneration"].clone())
    });
    let generation = &object["metadata"]["generation"];
    let handled = object["status"]["observedGeneration"] == *generation
        || ready_one.is_some_and(|of| of == *generation);
    let health = app["health"].as_str().unwrap_or_default();
    match ready(&object) {
        ("False", "DependencyNotReady") => assert_eq!(health, "Waiting", "{told}"),
        ("False", _) if handled => assert_eq!(health, "Failed", "{told}"),
        _ if suspended => assert_eq!(health, "Suspended", "{told}"),
        ("True", _) if handled && app["running"] == false => assert_eq!(health, "Ready", "{told}"),
        _ => assert_eq!(health, "Progressing", "{told}"),
    }
    assert_eq!(!app["leftOff"].is_null(), suspended, "{told}");
    app
}
