//! More of Argo Rollouts on its own controller: ways back, templates of others, orders that it overlooks,
//! and the same from a script.

use super::rollouts::{begin, carry, does, rollout, steps, template};
use crate::support::api::MERGE;
use crate::support::control_plane::wheelhouse;
use crate::support::engines::Rollouts;
use crate::support::engines::rollouts::path;
use crate::support::screen::Session;
use crate::support::trials;
use crate::support::wait::{PATIENCE, until};
use libtest_mimic::Trial;
use serde_json::{Value, json};
use std::time::{Duration, Instant};
use wheelhouse::apps::rollouts::{Control, Verb};
use wheelhouse::apps::undo::Undo;
use wheelhouse::follow::{Follower, Step};
use wheelhouse::model::{FollowState, Following, PlanId};
use wheelhouse::verbs::image::SetImage;
use wheelhouse::verbs::pause::Pause;
use wheelhouse::verbs::restart::Restart;
use wheelhouse::verbs::{Draft, Value as Set};

pub fn trials() -> Vec<Trial> {
    vec![
        trials::on_rollouts("engines::rollouts_ways_back", ways_back),
        trials::on_rollouts("engines::rollouts_template_of_another", reference),
        trials::on_rollouts("engines::rollouts_overlooked_is_asked_again", overlooked),
        trials::on_rollouts("engines::rollouts_from_a_script", script),
        trials::on_rollouts("engines::rollouts_pane_with_an_analysis", pane),
    ]
}

fn now() -> i64 {
    jiff::Timestamp::now().as_second()
}

/// Carries out a draft after the controller is at rest; how it ended.
fn done(rollouts: &Rollouts, ns: &str, draft: impl Draft + 'static) -> String {
    rollouts.until_read(ns);
    match carry(&rollouts.api, Box::new(draft)) {
        Ok(FollowState::Done(words)) => words,
        other => panic!("{other:?}"),
    }
}

fn image_of(object: &Value) -> &str {
    object["spec"]["template"]["spec"]["containers"][0]["image"].as_str().unwrap_or_default()
}

fn undo(ns: &str) -> Undo {
    Undo::new(rollout(ns), "app=api", now()).expect("a Rollout")
}

/// Every one is over only when the controller has taken the spec that it left.
fn ways_back(rollouts: &Rollouts) {
    let ns = "rollouts-back";
    let witness = begin(rollouts, ns, &json!({ "canary": {} }));
    let first = rollouts.get(ns)["status"]["stableRS"].clone();
    rollouts.image(ns, "2");
    rollouts.until_healthy(ns);
    assert!(done(rollouts, ns, undo(ns)).starts_with("healthy"));
    let object = rollouts.get(ns);
    assert_eq!(image_of(&object), "registry.example.com/api:1");
    assert_eq!(
        (&object["status"]["stableRS"], &object["status"]["currentPodHash"]),
        (&first, &first)
    );
    // To a revision by its number: the way back is one more.
    assert!(done(rollouts, ns, undo(ns).to(2)).starts_with("healthy"));
    assert_eq!(image_of(&rollouts.get(ns)), "registry.example.com/api:2");
    // Another image, by its place in the list.
    let mut set = SetImage::new(rollout(ns));
    set.learn(0, Ok(&rollouts.get(ns).to_string()));
    set.set("0", Set::Typed("registry.example.com/api:3".into()));
    let plan = set.plan(PlanId(1), &"test".into()).expect("a plan");
    let request = &plan.requests[0];
    let body: Value = serde_json::from_str(&request.body).expect("JSON");
    let api = &rollouts.api;
    let (code, answer) = api.call_as("PATCH", &request.path, request.content_type, Some(&body));
    assert_eq!(code, 200, "{answer}");
    let object = rollouts.until_healthy(ns);
    assert_eq!(image_of(&object), "registry.example.com/api:3");
    // Held and let go: what was changed meanwhile is rolled out before it is over.
    let hold = Pause::hold(vec![rollout(ns)]);
    let plan = hold.plan(PlanId(1), &"test".into()).expect("a plan");
    let body: Value = serde_json::from_str(&plan.requests[0].body).expect("JSON");
    assert_eq!(api.call_as("PATCH", &path(ns, "api"), MERGE, Some(&body)).0, 200);
    rollouts.image(ns, "4");
    let object = rollouts.until(ns, "held", |object| {
        object["status"]["phase"] == "Paused"
            && object["status"]["currentPodHash"] != object["status"]["stableRS"]
    });
    let held = object["status"]["currentPodHash"].clone();
    assert!(done(rollouts, ns, Pause::resume(vec![rollout(ns)])).starts_with("healthy"));
    assert_eq!(rollouts.get(ns)["status"]["stableRS"], held);
    witness.saw(&["Healthy", "Progressing", "Paused"]);
}

/// `workloadRef`: what is undone is the object whose template it is.
fn reference(rollouts: &Rollouts) {
    let ns = "rollouts-reference";
    let api = rollouts.plane.namespace(ns);
    let deployments = format!("/apis/apps/v1/namespaces/{ns}/deployments");
    api.create(
        &deployments,
        &json!({"metadata": {"name": "template"}, "spec": {"replicas": 0,
            "selector": {"matchLabels": {"app": "api"}},
            "template": {"metadata": {"labels": {"app": "api"}}, "spec": {"containers":
                [{"name": "main", "image": "registry.example.com/api:1"}]}}}}),
    );
    api.create(
        &path(ns, ""),
        &json!({"apiVersion": "argoproj.io/v1alpha1", "kind": "Rollout",
            "metadata": {"name": "api"}, "spec": {"replicas": 2, "strategy": {"canary": {}},
                "workloadRef": {"apiVersion": "apps/v1", "kind": "Deployment", "name": "template"}}}),
    );
    let object = rollouts.until_healthy(ns);
    let first = object["status"]["stableRS"].clone();
    let own = format!("{deployments}/template");
    let change = json!({"spec": {"template": {"spec": {"containers":
        [{"name": "main", "image": "registry.example.com/api:2"}]}}}});
    assert_eq!(api.call_as("PATCH", &own, MERGE, Some(&change)).0, 200);
    rollouts.until(ns, "healthy with the second", |object| {
        object["status"]["phase"] == "Healthy" && object["status"]["stableRS"] != first
    });
    assert!(done(rollouts, ns, undo(ns)).starts_with("healthy"));
    assert_eq!(image_of(&api.get(&own)), "registry.example.com/api:1");
    assert_eq!(rollouts.get(ns)["status"]["stableRS"], first);
    assert!(rollouts.get(ns)["spec"]["template"].is_null(), "its own spec stays without one");
    let words = done(rollouts, ns, Restart::new(vec![rollout(ns)], now() + 1));
    assert_eq!(words, "all pods are newer than the restart");
    assert!(rollouts.get(ns)["spec"]["restartAt"].is_string());
}

/// What is asked in the very moment in which the controller writes is at times not seen by it: asked once
/// more it is, and nothing is skipped.
fn overlooked(rollouts: &Rollouts) {
    let ns = "rollouts-overlooked";
    drop(begin(rollouts, ns, &steps()));
    rollouts.image(ns, "2");
    let mut asked = 0;
    let paused = |object: &Value| {
        object["status"]["phase"] == "Paused" && object["status"]["currentStepIndex"] == 1
    };
    // Not as the other stories: as soon as the pause can be seen.
    until("the pause", || if paused(&rollouts.get(ns)) { Ok(()) } else { Err("no".into()) });
    let words = until("the promotion to be taken", || {
        let mut draft = Control::new(Verb::Promote, rollout(ns), now()).expect("a Rollout");
        for (number, read) in draft.reads().into_iter().enumerate() {
            draft.learn(number, Ok(&rollouts.api.get(&read.path).to_string()));
        }
        let plan = draft.plan(PlanId(1), &"test".into()).map_err(|fault| fault.why)?;
        let request = &plan.requests[0];
        let body: Value = serde_json::from_str(&request.body).expect("JSON");
        let api = &rollouts.api;
        let (code, answer) = api.call_as("PATCH", &request.path, MERGE, Some(&body));
        if code != 200 {
            return Err(answer.to_string());
        }
        asked += 1;
        let Following::Handshake(handshake) = &request.follow else { panic!("{request:?}") };
        let mut follower =
            Follower::new(&request.target, handshake.clone(), Duration::from_secs(9));
        let began = Instant::now();
        loop {
            assert!(began.elapsed() < *PATIENCE, "no end");
            match follower.look(&rollouts.get(ns), began.elapsed()) {
                Step::Ended(FollowState::Done(words)) => return Ok(words),
                Step::Ended(other) => panic!("{other:?}"),
                Step::Waits(words) if words.starts_with("not picked up") => return Err(words),
                Step::Waits(_) => std::thread::sleep(Duration::from_millis(25)),
            }
        }
    });
    println!("asked {asked} times");
    assert_eq!(words, "pauses at step 4 of 6 for 5s");
}

/// The program from a script: its exit code, and all that it printed.
fn says(rollouts: &Rollouts, ns: &str, args: &[&str]) -> (i32, String) {
    rollouts.until_read(ns);
    let output = wheelhouse(rollouts.plane.dir())
        .env("KUBECONFIG", rollouts.plane.kubeconfig("admin"))
        .args(["-n", ns, "rollout"])
        .args(args)
        .output()
        .expect("it runs");
    let text = format!(
        "{}{}",
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    );
    (output.status.code().unwrap_or(-1), text)
}

fn script(rollouts: &Rollouts) {
    let ns = "rollouts-script";
    let witness = begin(rollouts, ns, &steps());
    let expect = |args: &[&str], code: i32, words: &str| {
        let (ended, text) = says(rollouts, ns, args);
        assert!(ended == code && text.contains(words), "{args:?}: {ended}\n{text}");
    };
    expect(&["promote", "ro/api"], 1, "fully promoted");
    expect(&["promote", "deploy/api"], 2, "no Rollout of Argo Rollouts");
    expect(&["abort", "ro/none"], 1, "not found");
    rollouts.image(ns, "2");
    rollouts.until_paused_at(ns, 1);
    expect(&["status", "ro/api"], 3, "until somebody promotes it");
    expect(&["promote", "ro/api", "--plan"], 0, "\"pauseConditions\": null");
    rollouts.until_paused_at(ns, 1);
    expect(&["abort", "ro/api", "--wait"], 0, "aborted: the stable revision serves, 4 available");
    expect(&["promote", "ro/api", "--wait"], 1, "it was aborted");
    expect(&["retry", "ro/api", "--wait", "--timeout", "60s"], 0, "pauses at step 2 of 6");
    expect(&["skip", "ro/api", "--wait"], 0, "pauses at step 4 of 6 for 5s");
    rollouts.until_paused_at(ns, 5);
    expect(&["promote", "rollout", "api", "--wait", "-o", "json"], 0, "\"state\":\"done\"");
    rollouts.image(ns, "3");
    rollouts.until_paused_at(ns, 1);
    expect(&["promote", "ro/api", "--full", "--wait"], 0, "healthy: the new revision");
    expect(&["undo", "ro/api", "--wait"], 0, "pauses at step 2 of 6");
    does(rollouts, ns, Verb::PromoteFull);
    expect(&["restart", "ro/api", "--wait"], 0, "all pods are newer than the restart");
    expect(&["status", "ro/api"], 0, "rolled out");
    witness.saw(&["Healthy", "Progressing", "Paused", "Degraded"]);
}

/// The pane of a canary with Services and an analysis beside it: promoted there, called off by the analysis
/// while it is looked at, and begun again.
fn pane(rollouts: &Rollouts) {
    let ns = "rollouts-pane";
    let api = rollouts.plane.namespace(ns);
    for name in ["api", "api-canary"] {
        let body = json!({"metadata": {"name": name},
            "spec": {"selector": {"app": "api"}, "ports": [{"port": 80}]}});
        api.create(&format!("/api/v1/namespaces/{ns}/services"), &body);
    }
    template(rollouts, ns, "errors", 1, 10_000);
    let mut strategy = steps();
    strategy["canary"]["stableService"] = "api".into();
    strategy["canary"]["canaryService"] = "api-canary".into();
    strategy["canary"]["analysis"] = json!({"templates": [{"templateName": "errors"}]});
    let witness = begin(rollouts, ns, &strategy);
    rollouts.image(ns, "2");
    rollouts.until_paused_at(ns, 1);
    let kubeconfig = rollouts.plane.kubeconfig("admin");
    let mut screen = Session::on(&kubeconfig, &["-n", ns, "-c", "ro"]).size(120, 40).start();
    screen.wait_for("api");
    screen.press("o");
    let seen = screen.wait_until("the whole pane", |text| {
        text.contains("✔ 25%  ▸ pause  ○ 50%  ○ pause 5s  ○ 75%  ○ pause  ○ 100%")
            && text.contains("background  ⟳ Running")
            && text.contains("of 10000 measured  last 1 (good where result < 5)")
    });
    for words in [
        "weight 25% of the pods",
        "until somebody promotes it",
        "service api-canary",
        "revision 1 → 2  paused",
    ] {
        assert!(seen.contains(words), "{words}\n{seen}");
    }
    rollouts.until_read(ns);
    screen.press("n");
    screen.wait_for("> Promote <");
    screen.press("<enter>");
    screen.wait_for("✔ 25%  ✔ pause  ✔ 50%  ✔ pause 5s  ✔ 75%  ▸ pause  ○ 100%");
    // What it measures goes bad.
    rollouts.measured(&format!("{ns}/errors"), 9);
    screen.wait_for("✖ Failed");
    screen.wait_for("Metric \"errors\" assessed Failed");
    screen.wait_for("revision 1 → 2  failed");
    rollouts.measured(&format!("{ns}/errors"), 1);
    rollouts.until_read(ns);
    screen.press("R");
    screen.wait_for("> Retry <");
    screen.press("<enter>");
    screen.wait_for("✔ 25%  ▸ pause  ○ 50%");
    screen.resize(80, 24);
    screen.wait_for("✔ 25%  ▸ pause  ○ 50%");
    screen.leave();
    witness.saw(&["Healthy", "Progressing", "Paused", "Degraded"]);
}
