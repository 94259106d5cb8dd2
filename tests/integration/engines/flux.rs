//! Flux's own kustomize-controller.

use super::manifests::{config, web};
use super::program::Ran;
use super::{agree, program};
use crate::support::api::MERGE;
use crate::support::engines::Flux;
use crate::support::engines::flux::ready;
use crate::support::trials;
use crate::support::wait::until_true;
use libtest_mimic::Trial;
use serde_json::{Value, json};

pub fn trials() -> Vec<Trial> {
    vec![
        trials::on_flux("engines::flux_brings_what_an_artifact_has", harness),
        trials::on_flux("engines::flux_reconciles_when_asked_and_undoes_an_edit", reconcile),
        trials::on_flux("engines::flux_rests_while_suspended_and_catches_up", suspend),
        trials::on_flux("engines::flux_waits_for_what_an_app_depends_on", chain),
        trials::on_flux("engines::flux_tells_why_it_cannot_build", failing),
        trials::on_flux("engines::flux_leaves_a_restart_by_us_alone", restart),
    ]
}

/// Has the program do it, and waits for the outcome.
fn act(flux: &Flux, verb: &str, ns: &str, name: &str, options: &[&str]) -> Ran {
    program::act(&flux.plane, verb, &format!("ks/{ns}/{name}"), options)
}

fn deployment(ns: &str) -> String {
    format!("/apis/apps/v1/namespaces/{ns}/deployments/web")
}

fn harness(flux: &Flux) {
    let ns = "flux-harness";
    flux.plane.namespace(ns);
    let files = [("web.yaml", web(1, "web:1")), ("map.yaml", config("a", "1"))];
    let files = files.each_ref().map(|(name, text)| (*name, text.as_str()));
    let first = flux.set_artifact(ns, "shop", "v1", &files);
    flux.create(ns, "shop", &json!({ "wait": true }));
    let applied = flux.until_applied(ns, "shop", &first);
    assert_eq!(applied["status"]["inventory"]["entries"].as_array().map(Vec::len), Some(2));
    agree::flux(&flux.plane, ns, "shop");
    let second = flux.set_artifact(ns, "shop", "v2", &[("map.yaml", &config("a", "2"))]);
    flux.until_applied(ns, "shop", &second);
    let (code, _) = flux.api.call("GET", &deployment(ns), None);
    assert_eq!(code, 404, "what is no longer there is pruned");
    let line = agree::flux(&flux.plane, ns, "shop");
    assert_eq!((&line["sync"], &line["health"]), (&json!("Applied"), &json!("Ready")));
}

fn reconcile(flux: &Flux) {
    let ns = "flux-reconcile";
    flux.plane.namespace(ns);
    let revision = flux.set_artifact(ns, "shop", "v1", &[("web.yaml", &web(1, "web:1"))]);
    flux.create(ns, "shop", &json!({ "wait": true }));
    flux.until_applied(ns, "shop", &revision);
    // Its interval is an hour: nothing happens until somebody asks.
    let edited = format!("{}?fieldManager=kubectl-edit", deployment(ns));
    let (code, _) =
        flux.api.call_as("PATCH", &edited, MERGE, Some(&json!({ "spec": { "replicas": 3 } })));
    assert_eq!(code, 200);
    let ran = act(flux, "sync", ns, "shop", &[]);
    assert!(ran.ended(0).contains(&revision), "{ran:?}");
    let object = flux.get(ns, "shop");
    let asked = &object["metadata"]["annotations"]["reconcile.fluxcd.io/requestedAt"];
    assert_eq!(&object["status"]["lastHandledReconcileAt"], asked);
    assert_eq!(flux.api.get(&deployment(ns))["spec"]["replicas"], 1);
    agree::flux(&flux.plane, ns, "shop");
}

fn suspend(flux: &Flux) {
    let ns = "flux-suspend";
    flux.plane.namespace(ns);
    let first = flux.set_artifact(ns, "shop", "v1", &[("map.yaml", &config("a", "1"))]);
    flux.create(ns, "shop", &json!({}));
    flux.until_applied(ns, "shop", &first);
    act(flux, "suspend", ns, "shop", &["--reason", "a test"]).ended(0);
    assert_eq!(flux.get(ns, "shop")["spec"]["suspend"], true);
    agree::flux(&flux.plane, ns, "shop");
    let second = flux.set_artifact(ns, "shop", "v2", &[("map.yaml", &config("a", "2"))]);
    act(flux, "sync", ns, "shop", &[]).refused("suspended");
    let line = agree::flux(&flux.plane, ns, "shop");
    assert_eq!(line["sync"], "OutOfSync", "{line}");

    act(flux, "resume", ns, "shop", &[]).ended(0);
    let object = flux.until_applied(ns, "shop", &second);
    assert!(object["spec"]["suspend"].is_null() || object["spec"]["suspend"] == false);
    let line = agree::flux(&flux.plane, ns, "shop");
    assert_eq!(line["sync"], "Applied", "{line}");
}

fn chain(flux: &Flux) {
    let ns = "flux-chain";
    flux.plane.namespace(ns);
    flux.set_artifact(ns, "base", "v1", &[("kustomization.yaml", "resources: [missing.yaml]\n")]);
    let top = flux.set_artifact(ns, "top", "v1", &[("map.yaml", &config("top", "1"))]);
    flux.create(ns, "base", &json!({}));
    flux.create(ns, "top", &json!({ "dependsOn": [{ "name": "base" }] }));
    flux.until(ns, "top", "held up", |object| ready(object) == ("False", "DependencyNotReady"));
    flux.until(ns, "base", "broken", |object| ready(object).0 == "False");
    let line = agree::flux(&flux.plane, ns, "top");
    assert_eq!(line["dependsOn"], json!([{ "engine": "ks", "namespace": ns, "name": "base" }]));
    agree::flux(&flux.plane, ns, "base");

    let base = flux.set_artifact(ns, "base", "v2", &[("map.yaml", &config("base", "1"))]);
    // The chain: what it depends on first, and only when that is ready the app itself.
    let ran = act(flux, "sync", ns, "top", &["--set", "dependencies=true"]);
    ran.ended(0);
    let done = |name: &str| {
        let is = |line: &Value| line["name"] == name && line["state"] == "done";
        ran.lines.iter().position(is).unwrap_or_else(|| panic!("{name}: {ran:?}"))
    };
    assert!(done("base") < done("top"), "{ran:?}");
    flux.until_applied(ns, "base", &base);
    flux.until_applied(ns, "top", &top);
    agree::flux(&flux.plane, ns, "top");
}

fn failing(flux: &Flux) {
    let ns = "flux-failing";
    flux.plane.namespace(ns);
    flux.set_artifact(ns, "shop", "v1", &[("kustomization.yaml", "resources: [missing.yaml]\n")]);
    flux.create(ns, "shop", &json!({}));
    flux.until(ns, "shop", "broken", |object| ready(object) == ("False", "BuildFailed"));
    // It is tried again every other second, and then says that it builds.
    until_true("the list to tell why", || {
        agree::flux(&flux.plane, ns, "shop")["message"].to_string().contains("missing.yaml")
    });
    let ran = act(flux, "sync", ns, "shop", &[]);
    assert!(ran.ended(1).contains("missing.yaml"), "{ran:?}");
}

fn restart(flux: &Flux) {
    let ns = "flux-restart";
    flux.plane.namespace(ns);
    let revision = flux.set_artifact(ns, "shop", "v1", &[("web.yaml", &web(1, "web:1"))]);
    flux.create(ns, "shop", &json!({ "wait": true }));
    flux.until_applied(ns, "shop", &revision);
    act(flux, "restart", ns, "shop", &[]).ended(0);
    let when = |web: &Value| {
        web["spec"]["template"]["metadata"]["annotations"]["kubectl.kubernetes.io/restartedAt"]
            .clone()
    };
    let restarted = when(&flux.api.get(&deployment(ns)));
    assert!(restarted.is_string());
    act(flux, "sync", ns, "shop", &[]).ended(0);
    let web = flux.api.get(&deployment(ns));
    assert_eq!(when(&web), restarted, "a reconcile takes it not away");
    until_true("one rollout, not two", || {
        let web = flux.api.get(&deployment(ns));
        web["metadata"]["annotations"]["deployment.kubernetes.io/revision"] == "2"
            && web["status"]["availableReplicas"] == 1
    });
    agree::flux(&flux.plane, ns, "shop");
}
