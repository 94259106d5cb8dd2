//! A bad rollout as a person meets it, on a real control plane: seen, understood, taken back. And as a
//! script meets it: by exit codes.

use crate::apps_cli::run;
use crate::rollout_real::{image, path, phase, says, workload};
use crate::support::control_plane::ControlPlane;
use crate::support::screen::{Screen, Session};
use crate::support::trials;
use crate::support::wait::until_true;
use libtest_mimic::Trial;
use serde_json::{Value, json};
use std::process::Output;
use wheelhouse::rollout::Phase;
use wheelhouse::rollout::facts::Kind;

pub fn trials() -> Vec<Trial> {
    vec![
        trials::on_shared("rollout::a_bad_one_is_seen_understood_and_taken_back", taken_back),
        trials::on_shared("rollout::what_rolls_back_in_order_asks_for_a_hand", in_order),
        trials::on_shared("rollout::exit_codes_tell_how_it_ended", exit_codes),
    ]
}

/// What somebody else does meanwhile.
fn set_image(plane: &ControlPlane, namespace: &str, target: &str, tag: &str) {
    let image = format!("main=registry.example.com/main:{tag}");
    plane.kubectl_says(&["-n", namespace, "set", "image", target, &image]);
}

/// A session on the rollout of the one workload of its kind.
fn watched(plane: &ControlPlane, namespace: &str, kind: &str, ready: &str) -> Screen {
    let config = plane.kubeconfig("admin");
    let mut screen = Session::on(&config, &["-n", namespace, "-c", kind]).size(200, 50).start();
    screen.wait_until("it to be ready", |text| text.contains("web") && text.contains(ready));
    screen.press("o");
    screen.wait_for("rolled out: ");
    screen
}

/// Plans the way back with `b`, reads the plan, and sends it.
fn go_back(screen: &mut Screen, kind: &str) {
    screen.press("b");
    let plan = screen.wait_until("the plan", |text| {
        text.contains(&format!("Roll back {kind}/web")) && text.contains("PATCH /apis/apps/v1")
    });
    assert!(plan.contains("back to revision"), "{plan}");
    assert!(plan.contains("image registry.example.com/main:crashes → 1"), "{plan}");
    // It begins on Cancel: what runs now is replaced.
    screen.wait_until("Cancel", |text| text.contains("> Cancel <"));
    screen.press("<tab>");
    screen.wait_until("the button", |text| text.contains("> Roll back <"));
    screen.press("<enter>");
    screen.wait_until("the plan to be sent", |text| !text.contains("> Roll back <"));
}

fn image_of(object: &Value) -> &str {
    object["spec"]["template"]["spec"]["containers"][0]["image"].as_str().unwrap_or_default()
}

fn taken_back(plane: &ControlPlane) {
    let place = "rollout-taken-back";
    let api = plane.namespace(place);
    let web = path(place, "deployments", "web");
    let all = format!("/apis/apps/v1/namespaces/{place}/deployments");
    api.create(&all, &workload("Deployment", "web"));
    let mut screen = watched(plane, place, "deploy", "3/3");

    set_image(plane, place, "deploy/web", "crashes");
    let parts = [
        "revision 1 → 2",
        "stuck",
        "changes image registry.example.com/main:1 → crashes",
        "crashes: container main ended with exit code 1, 2 restarts, CrashLoopBackOff",
        // What was there goes on to serve.
        "available 3 of min 3",
        // The way back, and its key, at once.
        "<b> goes back to revision 1: registry.example.com/main:1",
        "<b> roll back",
    ];
    // Nodes and controllers tell their parts one after another.
    screen.wait_until("all of it", |text| {
        (text.contains("is blocked") || text.contains("blocked: pod web-"))
            && parts.iter().all(|part| text.contains(part))
    });
    go_back(&mut screen, "Deployment");
    screen.wait_until("it to be done", |text| {
        text.contains("revision 2 → 3") && text.contains("rolled out: 3 available")
    });
    let object = api.get(&web);
    assert_eq!(image_of(&object), "registry.example.com/main:1");
    assert_eq!(phase(Kind::Deployment, &object), Phase::Done);
    let theirs = plane.kubectl_says(&["-n", place, "rollout", "status", "deploy/web"]);
    assert!(theirs.contains("successfully rolled out"), "{theirs}");
    screen.leave();
}

/// A StatefulSet replaces its pods one by one, and its controller does not replace one that is broken by
/// itself when the template has gone back.
fn in_order(plane: &ControlPlane) {
    let place = "rollout-in-order";
    let api = plane.namespace(place);
    let all = format!("/apis/apps/v1/namespaces/{place}/statefulsets");
    api.create(&all, &workload("StatefulSet", "web"));
    let mut screen = watched(plane, place, "sts", "3/3");

    set_image(plane, place, "sts/web", "crashes");
    // How many wait is told by its controller, which may be later than the pod's node.
    screen.wait_until("the sentence", |text| {
        text.contains("blocked: pod web-2 crashes") && text.contains("2 pods wait for it")
    });
    go_back(&mut screen, "StatefulSet");
    screen.wait_for("blocked: pod web-2 of an earlier revision is not ready and never will be");
    // As it says.
    let (code, answer) =
        api.call("DELETE", &format!("/api/v1/namespaces/{place}/pods/web-2"), None);
    assert_eq!(code, 200, "{answer}");
    screen.wait_for("rolled out: 3 ready");
    screen.leave();
}

fn exit_codes(plane: &ControlPlane) {
    let place = "rollout-exit-codes";
    let api = plane.namespace(place);
    let config = plane.kubeconfig("admin");
    let rollout = |args: &[&str]| run(&config, &[&["rollout", "-n", place], args].concat());
    let expect = |code: i32, words: &str, output: Output| {
        let said = says(&output);
        assert_eq!(output.status.code(), Some(code), "{said}");
        assert!(said.contains(words), "{words}\n{said}");
        said
    };
    let all = format!("/apis/apps/v1/namespaces/{place}/deployments");
    let mut object = workload("Deployment", "web");
    object["spec"]["progressDeadlineSeconds"] = json!(3);
    api.create(&all, &object);
    let web = path(place, "deployments", "web");

    // 0: done, each step a line.
    image(&api, &web, "registry.example.com/main:2-slow");
    let said = expect(
        0,
        "rolled out: 3 available",
        rollout(&["status", "deploy/web", "--wait", "--timeout", "60s"]),
    );
    assert!(said.lines().count() > 2, "a line for each step: {said}");
    expect(0, "rolled out: 3 available", rollout(&["status", "deploy/web"]));
    expect(0, "", rollout(&["history", "deploy/web"]));

    // 3: not done yet, and not in the time given. It says what blocks.
    let set = format!("/apis/apps/v1/namespaces/{place}/statefulsets");
    api.create(&set, &workload("StatefulSet", "db"));
    let db = path(place, "statefulsets", "db");
    expect(0, "rolled out", rollout(&["status", "sts/db", "--wait", "--timeout", "60s"]));
    image(&api, &db, "registry.example.com/main:missing");
    let why = "blocked: pod db-2 is ErrImagePull: there is no such image or tag";
    until_true("it to stick", || says(&rollout(&["status", "sts/db"])).contains(why));
    expect(3, why, rollout(&["status", "sts/db"]));
    expect(3, why, rollout(&["status", "sts/db", "--wait", "--timeout", "1s"]));
    expect(3, "not done in the time given", rollout(&["watch", "sts/db", "--timeout", "1s"]));
    // A restart is one more revision, and its controller waits for a pod that will never be ready.
    let why = "blocked: pod db-2 of an earlier revision is not ready and never will be";
    expect(3, why, rollout(&["restart", "sts/db", "--wait", "--timeout", "2s"]));

    // 1: failed, told with the reason beneath it.
    image(&api, &web, "registry.example.com/main:missing");
    let why = "exceeded its progress deadline of 3 s: pod web-";
    let said = expect(1, why, rollout(&["status", "deploy/web", "--wait", "--timeout", "60s"]));
    assert!(said.contains("there is no such image or tag"), "{said}");
    expect(1, why, rollout(&["watch", "deploy/web", "--timeout", "60s"]));
    expect(1, why, rollout(&["status", "deploy/web"]));
    expect(1, "it is not there", rollout(&["status", "deploy/nothing"]));
    expect(1, "unable to find specified revision 99", {
        rollout(&["undo", "deploy/web", "--to-revision", "99"])
    });
    // The way back in one command, out of a failed one.
    expect(
        0,
        "rolled out: 3 available",
        rollout(&["undo", "deploy/web", "--wait", "--timeout", "60s"]),
    );

    // 2: wrong usage, or it cannot be told.
    for (args, words) in [
        (&["status", "deploy"][..], "names no workload"),
        (&["status"], "KIND/NAME"),
        (&["status", "deploy/web", "sts/db"], "one workload at a time"),
        (&["status", "deploy/web", "--timeout", "5s"], "--wait"),
        (&["status", "deploy/web", "--wait", "--timeout", "soon"], "soon"),
        (&["status", "cm/kube-root-ca.crt"], "roll out"),
        (&["status", "gadgets/web"], "gadgets"),
        (&["undo", "deploy/web", "--to-revision", "one"], "one"),
        (&["status", "deploy/web", "-A"], "one namespace"),
    ] {
        expect(2, words, rollout(args));
    }
    let guest = plane.kubeconfig("guest");
    let output = run(&guest, &["rollout", "status", "deploy/web", "-n", place]);
    expect(2, "forbidden", output);
}
