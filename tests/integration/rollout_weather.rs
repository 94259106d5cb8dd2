//! Rollouts in bad weather, on a real control plane: what is watched goes, comes back as another, or
//! cannot be watched for a while. Nothing is ever called done that is not.

use crate::rollout_real::{history, image, merge, nodes, ours, path, phase, says, workload};
use crate::support::api::Api;
use crate::support::command::Running;
use crate::support::control_plane::{ControlPlane, Options};
use crate::support::screen::Session;
use crate::support::trials;
use crate::support::wait::{until, until_true};
use libtest_mimic::Trial;
use serde_json::{Value, json};
use wheelhouse::rollout::Phase;
use wheelhouse::rollout::facts::Kind;

pub fn trials() -> Vec<Trial> {
    vec![
        trials::on_shared("rollout::what_goes_while_it_is_watched_is_told", goes),
        trials::on_shared("rollout::what_others_left_in_a_history_is_no_trouble", left_behind),
        trials::on_own("rollout::an_api_server_restarts_in_the_middle", Options::whole(), outage),
    ]
}

const MISSING: &str = "is ErrImagePull: there is no such image or tag";

fn all(place: &str, plural: &str) -> String {
    format!("/apis/apps/v1/namespaces/{place}/{plural}")
}

fn done(api: &Api, at: &str, kind: Kind) {
    until("it to be done", || {
        let object = api.get(at);
        let phase = phase(kind, &object);
        if phase == Phase::Done { Ok(()) } else { Err(format!("{phase:?} {}", object["status"])) }
    });
}

fn delete(api: &Api, at: &str) {
    let (code, answer) = api.call("DELETE", at, None);
    assert!(matches!(code, 200 | 202), "{answer}");
    until_true("it to be gone", || api.call("GET", at, None).0 == 404);
}

fn goes(plane: &ControlPlane) {
    let place = "rollout-goes";
    let api = plane.namespace(place);
    nodes(&api);
    let config = plane.kubeconfig("admin");
    for (plural, kind) in [
        ("deployments", Kind::Deployment),
        ("statefulsets", Kind::StatefulSet),
        ("daemonsets", Kind::DaemonSet),
    ] {
        let target = format!("{plural}/web");
        let at = path(place, plural, "web");
        let mut object = workload(kind.as_str(), "web");
        object["spec"]["template"]["spec"]["containers"][0]["image"] =
            "registry.example.com/main:missing".into();
        api.create(&all(place, plural), &object);
        let args = ["rollout", "status", &target, "-n", place, "--wait", "--timeout", "60s"];

        // Deleted while somebody waits for it, and while somebody looks at it.
        let waits = Running::start(&config, &args);
        waits.wait_for(MISSING);
        let mut screen = Session::on(&config, &["-n", place, "-c", plural]).size(160, 40).start();
        screen.select("web");
        screen.press("o");
        screen.wait_for(MISSING);
        delete(&api, &at);
        let (code, said) = waits.end();
        assert_eq!(code, 1, "{said}");
        assert!(said.contains("it was deleted"), "{said}");
        assert!(!said.contains("rolled out"), "{said}");
        screen.wait_for("is not there");

        // Another one takes its name: the pane tells of that.
        api.create(&all(place, plural), &workload(kind.as_str(), "web"));
        screen.wait_for("rolled out: ");
        let shown = screen.text();
        assert!(!shown.contains("ErrImagePull"), "nothing is left of the one before\n{shown}");
        screen.leave();

        // Replaced at once, as `kubectl replace --force` does: nobody is told that the one before is
        // done.
        image(&api, &at, "registry.example.com/main:missing");
        let waits = Running::start(&config, &args);
        waits.wait_for(MISSING);
        let file = plane.dir().join(format!("{place}-{plural}.json"));
        std::fs::write(&file, object.to_string()).unwrap();
        let file = file.display().to_string();
        plane.kubectl_says(&["-n", place, "replace", "--force", "-f", &file]);
        let (code, said) = waits.end();
        assert!(matches!(code, 1 | 3), "{said}");
        assert!(!said.contains("rolled out"), "{said}");
        delete(&api, &at);
    }
}

fn left_behind(plane: &ControlPlane) {
    let place = "rollout-left-behind";
    let api = plane.namespace(place);
    let config = plane.kubeconfig("admin");
    let web = path(place, "deployments", "web");
    let mut object = workload("Deployment", "web");
    api.create(&all(place, "deployments"), &object);
    done(&api, &web, Kind::Deployment);
    for tag in ["2", "3"] {
        image(&api, &web, &format!("registry.example.com/main:{tag}"));
        done(&api, &web, Kind::Deployment);
    }
    let own = ours(plane, place, "deploy/web");
    assert_eq!((own.len(), &own), (3, &history(plane, place, "deploy/web")));

    // A set that has lost its number: kubectl lists it as revision 0, to which nobody can go back. We leave
    // it out, and say so.
    let sets = api.get(&all(place, "replicasets"));
    let set = |image: &str| {
        let tag = format!("registry.example.com/main:{image}");
        let sets = sets["items"].as_array().unwrap().iter();
        let is = |set: &&Value| set["spec"]["template"]["spec"]["containers"][0]["image"] == *tag;
        sets.clone().find(is).unwrap()["metadata"]["name"].as_str().unwrap().to_owned()
    };
    let second = path(place, "replicasets", &set("2"));
    let number = "deployment.kubernetes.io/revision";
    merge(&api, &second, &json!({"metadata": {"annotations": {number: null}}}));
    let theirs = history(plane, place, "deploy/web");
    assert_eq!(theirs[0].0, 0, "{theirs:?}");
    assert_eq!(ours(plane, place, "deploy/web"), theirs[1..]);
    let output = crate::apps_cli::run(&config, &["rollout", "status", "deploy/web", "-n", place]);
    assert_eq!(output.status.code(), Some(0), "{}", says(&output));
    assert!(says(&output).contains("1 of its ReplicaSets carry no revision"), "{}", says(&output));

    // The Deployment goes and its sets stay: one of the same name takes them over.
    plane.kubectl_says(&["-n", place, "delete", "deploy", "web", "--cascade=orphan"]);
    object["spec"]["template"]["spec"]["containers"][0]["image"] =
        "registry.example.com/main:3".into();
    api.create(&all(place, "deployments"), &object);
    done(&api, &web, Kind::Deployment);
    let theirs = history(plane, place, "deploy/web");
    assert_eq!(ours(plane, place, "deploy/web"), theirs[1..], "{theirs:?}");

    // Another workload's pods are found by its selector: said, and counted as nobody's but their own.
    let mut other = workload("StatefulSet", "other");
    other["spec"]["selector"]["matchLabels"] = json!({"app": "web", "of": "other"});
    other["spec"]["template"]["metadata"]["labels"] = json!({"app": "web", "of": "other"});
    api.create(&all(place, "statefulsets"), &other);
    done(&api, &path(place, "statefulsets", "other"), Kind::StatefulSet);
    let output = crate::apps_cli::run(
        &config,
        &["rollout", "status", "deploy/web", "-n", place, "-o", "json"],
    );
    let told: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(told["phase"], "done", "{told}");
    let note = "its selector finds pod other-0 (and 2 more), which belongs to StatefulSet/other";
    assert!(told["notes"].to_string().contains(note), "{told}");
    assert_eq!(told["pods"].as_array().map(Vec::len), Some(3), "{told}");
    let theirs = plane.kubectl_says(&["-n", place, "rollout", "status", "deploy/web"]);
    assert!(theirs.contains("successfully rolled out"), "{theirs}");
}

fn outage(plane: &mut ControlPlane) {
    let place = "rollout-outage";
    let api = plane.namespace(place);
    let config = plane.kubeconfig("admin");
    let web = path(place, "deployments", "web");
    api.create(&all(place, "deployments"), &workload("Deployment", "web"));
    done(&api, &web, Kind::Deployment);
    image(&api, &web, "registry.example.com/main:missing");
    let args = ["rollout", "watch", "deploy/web", "-n", place, "--timeout", "120s", "-o", "json"];
    let watch = Running::start(&config, &args);
    watch.wait_for(MISSING);
    let mut screen = Session::on(&config, &["-n", place, "-c", "deploy"]).size(160, 40).start();
    screen.select("web");
    screen.press("o");
    screen.wait_for(MISSING);
    drop(api);

    plane.stop_apiserver();
    let shown = screen.wait_until("the outage to be told", |text| !text.contains("● live"));
    assert!(shown.contains(MISSING), "what is known stays\n{shown}");
    plane.start_apiserver();
    screen.wait_for("● live");
    let api = plane.api();
    // Nobody has changed it meanwhile, and nobody said that it were done.
    screen.wait_for(MISSING);
    let phases = |lines: &[String]| -> Vec<String> {
        let phase = |line: &String| serde_json::from_str::<Value>(line).unwrap()["phase"].clone();
        lines.iter().map(|line| phase(line).as_str().unwrap().to_owned()).collect()
    };
    let before = phases(&watch.lines());
    assert!(!before.iter().any(|phase| phase == "done"), "{before:?}");
    until("the controllers to be back", || {
        let (code, answer) = api.call_as(
            "PATCH",
            &web,
            "application/strategic-merge-patch+json",
            Some(&json!({"spec": {"template": {"spec": {"containers": [
                {"name": "main", "image": "registry.example.com/main:2-slow"}]}}}})),
        );
        if code == 200 { Ok(()) } else { Err(answer.to_string()) }
    });
    screen.wait_for("rolled out: 3 available");
    let (code, said) = watch.end();
    assert_eq!(code, 0, "{said}");
    let lines: Vec<String> =
        said.lines().filter(|line| line.starts_with('{')).map(str::to_owned).collect();
    let phases = phases(&lines);
    assert_eq!(phases.iter().filter(|phase| *phase == "done").count(), 1, "{phases:?}");
    assert_eq!(phases.last().map(String::as_str), Some("done"), "{phases:?}");
    screen.leave();
}
