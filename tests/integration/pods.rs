//! The nodes of the tests' control plane: kubectl reads logs of pods that do not run, and runs
//! commands in them, as on a real node.

use crate::support::control_plane::{ControlPlane, LogFile};
use crate::support::trials;
use crate::support::wait::until;
use libtest_mimic::Trial;
use serde_json::json;

pub fn trials() -> Vec<Trial> {
    vec![trials::on_shared("pods::answer_as_on_a_node", pods_answer)]
}

fn pods_answer(plane: &ControlPlane) {
    let api = plane.namespace("pods-answer");
    let pod = json!({
        "metadata": { "name": "web" },
        "spec": { "containers": [
            { "name": "main", "image": "registry.example.com/web:1" },
            { "name": "sidecar", "image": "registry.example.com/sidecar:1" },
        ] },
    });
    api.create("/api/v1/namespaces/pods-answer/pods", &pod);
    until("the pod to run", || {
        let pod = api.get("/api/v1/namespaces/pods-answer/pods/web");
        if pod["status"]["phase"] == "Running" { Ok(()) } else { Err(pod["status"].to_string()) }
    });
    let file = |name: &str| LogFile::at(plane.dir().join(format!("pods-answer-{name}")));
    let (main, before, sidecar) = (file("main"), file("before"), file("sidecar"));
    main.say(["one", "two"]);
    before.say(["an earlier life"]);
    sidecar.entry("2024-05-06T07:08:09.000000010Z", "P", b"in ");
    sidecar.entry("2024-05-06T07:08:09.000000020Z", "F", b"two pieces");
    plane.set_logs(
        "pods-answer",
        "web",
        &[("main", &main, Some(&before)), ("sidecar", &sidecar, None)],
    );
    let logs = |more: &[&str]| {
        let mut args = vec!["logs", "web", "-n", "pods-answer"];
        args.extend(more);
        plane.kubectl(&args)
    };
    // What was set holds as soon as kwok has seen it.
    until("the pod to have logs of its own", || {
        let said = String::from_utf8(logs(&["-c", "main"]).stdout).expect("text");
        if said == "one\ntwo\n" { Ok(()) } else { Err(said) }
    });
    assert_eq!(logs(&["-c", "main", "-p"]).stdout, b"an earlier life\n");
    assert_eq!(
        String::from_utf8_lossy(&logs(&["-c", "sidecar", "--timestamps"]).stdout),
        "2024-05-06T07:08:09.000000010Z in two pieces\n"
    );
    // A command runs where the test says. That it fails is told, but not its exit code: kwok does
    // not pass that on.
    std::fs::write(plane.pod_home().join("greeting"), "hello\n").expect("a file");
    let exec = |command: &[&str]| {
        let mut args = vec!["exec", "-n", "pods-answer", "web", "-c", "main", "--"];
        args.extend(command);
        plane.kubectl(&args)
    };
    let output = exec(&["cat", "greeting"]);
    assert_eq!(output.stdout, b"hello\n", "{}", String::from_utf8_lossy(&output.stderr));
    assert!(!exec(&["sh", "-c", "exit 3"]).status.success());
}
