//! Rollouts on a real control plane, judged beside the real kubectl; restart, undo, pause and resume.

use crate::apps_cli::run;
use crate::support::api::{Api, MERGE};
use crate::support::control_plane::ControlPlane;
use crate::support::trials;
use crate::support::wait::{until, until_true};
use libtest_mimic::Trial;
use serde::Deserialize as _;
use serde_json::{Value, json};
use std::process::Output;
use wheelhouse::rollout::facts::{Kind, Workload};
use wheelhouse::rollout::{Phase, ladder};

pub fn trials() -> Vec<Trial> {
    vec![
        trials::on_shared("rollout::every_moment_is_judged_as_kubectl_judges_it", moments),
        trials::on_shared("rollout::what_blocks_is_told_and_exit_codes_tell_the_rest", blocked),
        trials::on_shared("rollout::history_agrees_and_an_undo_leaves_what_kubectl_leaves", twins),
    ]
}

pub const KINDS: [(&str, &str, Kind); 3] = [
    ("deployments", "Deployment", Kind::Deployment),
    ("statefulsets", "StatefulSet", Kind::StatefulSet),
    ("daemonsets", "DaemonSet", Kind::DaemonSet),
];

pub fn path(namespace: &str, plural: &str, name: &str) -> String {
    format!("/apis/apps/v1/namespaces/{namespace}/{plural}/{name}")
}

/// A workload of three pods; of a DaemonSet those of the nodes that only it tolerates.
pub fn workload(kind: &str, name: &str) -> Value {
    let mut object = json!({
        "apiVersion": "apps/v1", "kind": kind, "metadata": {"name": name},
        "spec": {
            "selector": {"matchLabels": {"app": name}},
            "template": {
                "metadata": {"labels": {"app": name}},
                "spec": {"containers": [{"name": "main", "image": "registry.example.com/main:1"}]},
            },
        },
    });
    let spec = &mut object["spec"];
    match kind {
        "DaemonSet" => {
            let pod = &mut spec["template"]["spec"];
            pod["nodeSelector"] = json!({"rollouts": "here"});
            pod["tolerations"] = json!([{"key": "rollouts", "operator": "Exists"}]);
        }
        "StatefulSet" => {
            spec["replicas"] = json!(3);
            spec["serviceName"] = json!(name);
        }
        _ => spec["replicas"] = json!(3),
    }
    object
}

/// Two nodes for DaemonSets alone.
pub fn nodes(api: &Api) {
    for name in ["rollouts-a", "rollouts-b"] {
        let amount = json!({"cpu": "8", "memory": "16Gi", "pods": "110"});
        let node = json!({
            "metadata": {"name": name, "annotations": {"kwok.x-k8s.io/node": "fake"},
                "labels": {"rollouts": "here", "kubernetes.io/hostname": name, "type": "kwok"}},
            "spec": {"taints": [{"key": "rollouts", "effect": "NoSchedule"}]},
            "status": {"allocatable": amount, "capacity": amount},
        });
        // Another story may have made them.
        let (code, answer) = api.call("POST", "/api/v1/nodes", Some(&node));
        assert!(code == 201 || code == 409, "{answer}");
    }
}

pub fn image(api: &Api, path: &str, image: &str) {
    let body =
        json!({"spec": {"template": {"spec": {"containers": [{"name": "main", "image": image}]}}}});
    let strategic = "application/strategic-merge-patch+json";
    let (code, answer) = api.call_as("PATCH", path, strategic, Some(&body));
    assert_eq!(code, 200, "{answer}");
}

pub fn merge(api: &Api, path: &str, body: &Value) {
    let (code, answer) = api.call_as("PATCH", path, MERGE, Some(body));
    assert_eq!(code, 200, "{answer}");
}

/// What our ladder says of the object as it is.
pub fn phase(kind: Kind, object: &Value) -> Phase {
    let workload = Workload { kind, ..Workload::deserialize(object).unwrap() };
    ladder::judge(&workload, 0).phase
}

/// Our verdict and kubectl's of the same state: kubectl reads by itself, so that the object must not
/// have changed meanwhile. None where it has.
fn both(
    plane: &ControlPlane,
    api: &Api,
    namespace: &str,
    plural: &str,
    kind: Kind,
) -> Option<(Phase, &'static str)> {
    let at = path(namespace, plural, "web");
    let before = api.get(&at);
    let target = format!("{plural}/web");
    let output = plane.kubectl(&["-n", namespace, "rollout", "status", &target, "--watch=false"]);
    let after = api.get(&at);
    if before["metadata"]["resourceVersion"] != after["metadata"]["resourceVersion"] {
        return None;
    }
    let says = String::from_utf8_lossy(&output.stdout);
    let done = says.contains("successfully rolled out")
        || says.contains("roll out complete")
        || says.contains("rolling update complete");
    let theirs = match (output.status.success(), done) {
        (false, _) => "failed",
        (true, true) => "done",
        (true, false) => "waits",
    };
    Some((phase(kind, &before), theirs))
}

/// Looks until the phase is there; all looks must agree. How many looks there were of each verdict.
pub fn agree_until(
    plane: &ControlPlane,
    api: &Api,
    namespace: &str,
    (plural, kind): (&str, Kind),
    end: Phase,
) -> [usize; 3] {
    let mut seen = [0; 3];
    until(&format!("{plural} to be {end:?}"), || {
        let Some((ours, theirs)) = both(plane, api, namespace, plural, kind) else {
            return Err("it changed while it was looked at".to_owned());
        };
        let agree = match theirs {
            "failed" => matches!(ours, Phase::Failed | Phase::Held),
            "done" => ours == Phase::Done,
            _ => !matches!(ours, Phase::Failed | Phase::Held | Phase::Done),
        };
        assert!(agree, "{plural}: ours {ours:?}, kubectl {theirs}");
        seen[match theirs {
            "waits" => 0,
            "done" => 1,
            _ => 2,
        }] += 1;
        if ours == end { Ok(()) } else { Err(format!("{ours:?}")) }
    });
    seen
}

fn moments(plane: &ControlPlane) {
    let place = "rollout-moments";
    let api = plane.namespace(place);
    nodes(&api);
    let mut total = [0; 3];
    let mut count = |seen: [usize; 3]| {
        for (total, seen) in total.iter_mut().zip(seen) {
            *total += seen;
        }
    };
    for (plural, kind, id) in KINDS {
        api.create(&format!("/apis/apps/v1/namespaces/{place}/{plural}"), &workload(kind, "web"));
        let at = path(place, plural, "web");
        count(agree_until(plane, &api, place, (plural, id), Phase::Done));
        for number in 2..4 {
            image(&api, &at, &format!("registry.example.com/main:{number}"));
            count(agree_until(plane, &api, place, (plural, id), Phase::Done));
        }
    }
    // Nothing rolls while it is paused; kubectl only waits.
    let web = path(place, "deployments", "web");
    merge(&api, &web, &json!({"spec": {"paused": true}}));
    image(&api, &web, "registry.example.com/main:4");
    let deployment = ("deployments", Kind::Deployment);
    count(agree_until(plane, &api, place, deployment, Phase::Paused));
    merge(&api, &web, &json!({"spec": {"paused": null}}));
    count(agree_until(plane, &api, place, deployment, Phase::Done));
    // No node takes the new pods, and the deadline passes.
    let nowhere = json!({"spec": {"progressDeadlineSeconds": 3, "minReadySeconds": 0,
        "template": {"spec": {"nodeSelector": {"nowhere": "yes"}}}}});
    merge(&api, &web, &nowhere);
    count(agree_until(plane, &api, place, deployment, Phase::Failed));
    // Above the partition alone.
    let set = path(place, "statefulsets", "web");
    merge(&api, &set, &json!({"spec": {"updateStrategy": {"rollingUpdate": {"partition": 2}}}}));
    image(&api, &set, "registry.example.com/main:5");
    count(agree_until(plane, &api, place, ("statefulsets", Kind::StatefulSet), Phase::Done));
    // By hand: kubectl has no status for that.
    for (plural, kind) in [("statefulsets", Kind::StatefulSet), ("daemonsets", Kind::DaemonSet)] {
        let at = path(place, plural, "web");
        merge(
            &api,
            &at,
            &json!({"spec": {"updateStrategy": {"type": "OnDelete", "rollingUpdate": null}}}),
        );
        image(&api, &at, "registry.example.com/main:6");
        until_true("it to be held", || phase(kind, &api.get(&at)) == Phase::Held);
        let (ours, theirs) = until("a quiet moment", || {
            both(plane, &api, place, plural, kind).ok_or_else(|| "it changes".to_owned())
        });
        assert_eq!((ours, theirs), (Phase::Held, "failed"), "{plural}");
    }
    println!("looks that agree: {} waiting, {} done, {} failed", total[0], total[1], total[2]);
    // How many there are on the way hangs on how busy the machine is.
    assert!(total[0] >= 1 && total[1] >= 10 && total[2] >= 1, "{total:?}");
}

pub fn says(output: &Output) -> String {
    format!(
        "{}{}",
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    )
}

fn blocked(plane: &ControlPlane) {
    let place = "rollout-blocked";
    let api = plane.namespace(place);
    let config = plane.kubeconfig("admin");
    let rollout = |args: &[&str]| {
        let mut all = vec!["rollout", args[0], args[1], "-n", place];
        all.extend(&args[2..]);
        run(&config, &all)
    };
    api.create(
        &format!("/apis/apps/v1/namespaces/{place}/deployments"),
        &workload("Deployment", "web"),
    );
    let web = path(place, "deployments", "web");
    let output = rollout(&["status", "deploy/web", "--wait", "--timeout", "60s"]);
    assert_eq!(output.status.code(), Some(0), "{}", says(&output));
    assert!(says(&output).contains("rolled out: 3 available"), "{}", says(&output));

    // A restart that is waited for, in one command; watch tells its pods.
    let output = rollout(&["restart", "deploy/web", "--plan"]);
    assert!(says(&output).contains("restartedAt"), "{}", says(&output));
    let output = rollout(&["restart", "deploy/web", "--wait", "--timeout", "60s"]);
    assert_eq!(output.status.code(), Some(0), "{}", says(&output));
    assert!(says(&output).contains("rolled out: 3 available"), "{}", says(&output));
    let output = rollout(&["watch", "deploy/web", "--timeout", "60s"]);
    assert!(
        says(&output).contains("new 2") && says(&output).contains(": ready"),
        "{}",
        says(&output)
    );

    // Paused, changed, resumed.
    let output = rollout(&["pause", "deploy/web"]);
    assert_eq!(output.status.code(), Some(0), "{}", says(&output));
    image(&api, &web, "registry.example.com/main:2");
    let output = rollout(&["restart", "deploy/web"]);
    assert_eq!(output.status.code(), Some(1), "{}", says(&output));
    until_true("it to be told as paused", || {
        let output = rollout(&["status", "deploy/web"]);
        output.status.code() == Some(3) && says(&output).contains("blocked: paused")
    });
    let output = rollout(&["status", "deploy/web", "--wait", "--timeout", "1s"]);
    assert_eq!(output.status.code(), Some(3), "{}", says(&output));
    let output = rollout(&["resume", "deploy/web", "--wait", "--timeout", "60s"]);
    assert_eq!(output.status.code(), Some(0), "{}", says(&output));

    // A quota that is used up: the ReplicaSet says it.
    let quota = json!({"metadata": {"name": "few"}, "spec": {"hard": {"pods": "3"}}});
    api.create(&format!("/api/v1/namespaces/{place}/resourcequotas"), &quota);
    until_true("the quota to be counted", || {
        api.get(&format!("/api/v1/namespaces/{place}/resourcequotas/few"))["status"]["used"]["pods"]
            == "3"
    });
    let surge =
        json!({"spec": {"strategy": {"rollingUpdate": {"maxSurge": 1, "maxUnavailable": 0}}}});
    merge(&api, &web, &surge);
    image(&api, &web, "registry.example.com/main:3");
    until_true("the quota to be told", || {
        let output = rollout(&["status", "deploy/web"]);
        says(&output).contains("its pods cannot be created: the quota few is used up")
    });
    let (code, _) =
        api.call("DELETE", &format!("/api/v1/namespaces/{place}/resourcequotas/few"), None);
    assert_eq!(code, 200);

    // No node takes it, until the deadline has passed: the sentence says both.
    let nowhere = json!({"spec": {"progressDeadlineSeconds": 3,
        "template": {"spec": {"nodeSelector": {"nowhere": "yes"}}}}});
    merge(&api, &web, &nowhere);
    let output = rollout(&["status", "deploy/web", "--wait", "--timeout", "60s", "-o", "json"]);
    assert_eq!(output.status.code(), Some(1), "{}", says(&output));
    let last: Value = serde_json::from_str(says(&output).lines().last().unwrap()).unwrap();
    let sentence = last["sentence"].as_str().unwrap();
    assert_eq!(last["phase"], "failed");
    assert!(
        sentence.starts_with("blocked: exceeded its progress deadline of 3 s: pod web-"),
        "{sentence}"
    );
    assert!(sentence.contains("do not match its node selector or affinity"), "{sentence}");

    // What is not there, and what does not roll out.
    let output = rollout(&["status", "deploy/nothing"]);
    assert_eq!(output.status.code(), Some(1), "{}", says(&output));
    let output = rollout(&["status", "cm/kube-root-ca.crt"]);
    assert_eq!(output.status.code(), Some(2), "{}", says(&output));
    let output = rollout(&["undo", "deploy/web", "--to-revision", "99"]);
    assert_eq!(output.status.code(), Some(1), "{}", says(&output));
    assert!(says(&output).contains("unable to find specified revision 99"), "{}", says(&output));
}

/// `REVISION` and `CHANGE-CAUSE` as kubectl prints them.
pub fn history(plane: &ControlPlane, namespace: &str, target: &str) -> Vec<(i64, String)> {
    let text = plane.kubectl_says(&["-n", namespace, "rollout", "history", target]);
    let lines = text.lines().filter_map(|line| {
        let (number, cause) = line.split_once(char::is_whitespace)?;
        Some((number.parse().ok()?, cause.trim().to_owned()))
    });
    lines.collect()
}

pub fn ours(plane: &ControlPlane, namespace: &str, target: &str) -> Vec<(i64, String)> {
    let config = plane.kubeconfig("admin");
    let output = run(&config, &["rollout", "history", target, "-n", namespace, "-o", "json"]);
    assert!(output.status.success(), "{}", says(&output));
    let text = String::from_utf8(output.stdout).unwrap();
    let mut entries: Vec<(i64, String)> = text
        .lines()
        .map(|line| {
            let entry: Value = serde_json::from_str(line).unwrap();
            let cause = entry["changeCause"].as_str().unwrap();
            let cause = if cause.is_empty() { "<none>" } else { cause };
            (entry["revision"].as_i64().unwrap(), cause.to_owned())
        })
        .collect();
    entries.reverse();
    entries
}

fn twins(plane: &ControlPlane) {
    let place = "rollout-twins";
    let api = plane.namespace(place);
    nodes(&api);
    let config = plane.kubeconfig("admin");
    for (plural, kind, id) in KINDS {
        let collection = format!("/apis/apps/v1/namespaces/{place}/{plural}");
        for name in ["ours", "theirs"] {
            api.create(&collection, &workload(kind, name));
        }
        let at = |name: &str| path(place, plural, name);
        let settled = |what: &str| {
            for name in ["ours", "theirs"] {
                until_true(what, || phase(id, &api.get(&at(name))) == Phase::Done);
            }
        };
        settled("the first revision");
        for number in 2..4 {
            for name in ["ours", "theirs"] {
                let cause = json!({"metadata": {"annotations": {"kubernetes.io/change-cause": format!("to {number}")}}});
                merge(&api, &at(name), &cause);
                image(&api, &at(name), &format!("registry.example.com/main:{number}"));
            }
            settled("the next revision");
        }
        let target = |name: &str| format!("{plural}/{name}");
        let agree = || {
            for name in ["ours", "theirs"] {
                assert_eq!(
                    ours(plane, place, &target(name)),
                    history(plane, place, &target(name)),
                    "{plural}"
                );
            }
            ours(plane, place, &target("ours"))
        };
        assert_eq!(agree().len(), 3, "{plural}");
        // Back by one, and to the first; what is left is the same but for names and moments.
        for revision in ["0", "1"] {
            plane.kubectl_says(&[
                "-n",
                place,
                "rollout",
                "undo",
                &target("theirs"),
                "--to-revision",
                revision,
            ]);
            let output = run(
                &config,
                &[
                    "rollout",
                    "undo",
                    &target("ours"),
                    "--to-revision",
                    revision,
                    "-n",
                    place,
                    "--wait",
                    "--timeout",
                    "60s",
                ],
            );
            assert_eq!(output.status.code(), Some(0), "{}", says(&output));
            settled("the earlier revision");
            let bare = |name: &str| {
                let mut object = api.get(&at(name));
                let annotations = object["metadata"]["annotations"].clone();
                let text = object["spec"].take().to_string().replace(name, "NAME");
                (text, annotations)
            };
            assert_eq!(bare("ours"), bare("theirs"), "{plural} back to {revision}");
            agree();
        }
        // Both refuse to go where it is.
        let output = run(
            &config,
            &[
                "rollout",
                "undo",
                &target("ours"),
                "-n",
                place,
                "--to-revision",
                &ours(plane, place, &target("ours")).last().unwrap().0.to_string(),
            ],
        );
        assert_eq!(output.status.code(), Some(1), "{}", says(&output));
    }
}
