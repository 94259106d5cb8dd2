//! A release that was bad, and its team's way back: the earlier revision in git. The real controller of Flux
//! brings both.

use super::{ended, run};
use crate::engines::manifests::web;
use crate::support::engines::Flux;
use crate::support::engines::flux::ready;
use crate::support::screen::Session;
use crate::support::trials;
use crate::support::wait::until;
use libtest_mimic::Trial;
use serde_json::{Value, json};

pub fn trials() -> Vec<Trial> {
    vec![trials::on_flux("scenes::a_release_goes_back_in_git_and_flux_brings_it", back)]
}

/// How the rollout stands, as our command tells it.
fn standing(flux: &Flux, place: &str) -> Value {
    let output = run(&flux.plane, &["rollout", "status", "deploy/web", "-n", place, "-o", "json"]);
    serde_json::from_slice(&output.stdout).unwrap_or_default()
}

fn back(flux: &Flux) {
    let place = "scene-back";
    flux.plane.namespace(place);
    let good = web(2, "web:1");
    let bad = web(2, "web:crashes");
    let first = flux.set_artifact(place, "shop", "v1.0.0", &[("web.yaml", &good)]);
    flux.create(place, "shop", &json!({ "wait": true, "timeout": "4s" }));
    flux.until_applied(place, "shop", &first);
    let status = ["rollout", "status", "deploy/web", "-n", place, "--wait", "--timeout", "60s"];
    ended(&run(&flux.plane, &status), 0, &["rolled out: 2 available"]);

    // The release. Flux applies it and waits for it in vain; we say why.
    let second = flux.set_artifact(place, "shop", "v1.1.0", &[("web.yaml", &bad)]);
    until("the reason", || {
        let told = standing(flux, place);
        let sentence = told["sentence"].as_str().unwrap_or_default();
        let words = "crashes: container main ended with exit code 1";
        if sentence.contains(words) { Ok(()) } else { Err(sentence.to_owned()) }
    });
    flux.until(place, "shop", "failed at its second revision", |object| {
        object["status"]["lastAttemptedRevision"] == second && ready(object).0 == "False"
    });

    // A rollback of the Deployment alone would not last: the plan says whose it is.
    let plan = ["rollout", "undo", "deploy/web", "-n", place, "--plan"];
    ended(&run(&flux.plane, &plan), 0, &["Flux", "shop"]);

    // Back in git. Flux brings what was there before.
    let third = flux.set_artifact(place, "shop", "v1.0.0", &[("web.yaml", &good)]);
    assert_eq!(third, first, "the same commit is the same revision");
    flux.until_applied(place, "shop", &first);
    ended(&run(&flux.plane, &status), 0, &["rolled out: 2 available"]);
    let told = standing(flux, place);
    assert_eq!(told["phase"], "done", "{told}");
    let output = run(&flux.plane, &["rollout", "history", "deploy/web", "-n", place]);
    let history = ended(&output, 0, &["3 now", "image registry.example.com/web:crashes → 1"]);
    assert!(!history.contains("\n1 "), "the first revision has become the third\n{history}");

    // The app's page has all of it in its history.
    let config = flux.plane.kubeconfig("admin");
    let mut screen = Session::on(&config, &["-n", place]).at_home().size(160, 50).start();
    screen.select("shop");
    screen.press("<enter>");
    let page = screen.wait_until("the app's history", |text| {
        text.contains("deployed before") && text.contains("v1.1.0") && text.contains("v1.0.0")
    });
    assert!(page.contains("ReconciliationSucceeded"), "{page}");
    assert!(page.contains("HealthCheckFailed"), "{page}");
    screen.leave();
}
