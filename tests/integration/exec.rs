//! `wheelhouse exec` and `attach` on a real API server, whose nodes run commands on this machine:
//! bytes both ways, exit codes, terminals, refusals.

use crate::support::control_plane::{ControlPlane, LogFile, wheelhouse};
use crate::support::screen::Session;
use crate::support::trials;
use crate::support::wait::until;
use libtest_mimic::Trial;
use serde_json::json;
use std::io::Write;
use std::process::{Output, Stdio};

pub fn trials() -> Vec<Trial> {
    vec![
        trials::on_shared("exec::ten_megabytes_go_both_ways_intact", both_ways),
        trials::on_shared("exec::streams_and_arguments_are_the_commands_own", streams),
        trials::on_shared("exec::refusals_say_what_to_do", refusals),
        trials::on_shared("exec::a_terminal_has_our_size_and_hears_of_changes", terminal),
        trials::on_shared("exec::attach_shows_what_the_process_says", attach),
    ]
}

/// Bytes in which nothing repeats itself soon.
pub fn noise(length: usize) -> Vec<u8> {
    let mut state = 0x9E37_79B9_7F4A_7C15_u64;
    (0..length)
        .map(|_| {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            (state >> 32) as u8
        })
        .collect()
}

/// A pod with two containers, which runs.
pub fn pod(plane: &ControlPlane, namespace: &str, name: &str) {
    let api = plane.namespace(namespace);
    api.create(
        &format!("/api/v1/namespaces/{namespace}/pods"),
        &json!({
            "metadata": { "name": name, "labels": { "app": name },
                "annotations": { "kubectl.kubernetes.io/default-container": "main" } },
            "spec": { "containers": [
                { "name": "side", "image": "registry.example.com/side:1" },
                { "name": "main", "image": "registry.example.com/main:1",
                    "tty": true, "stdin": true },
            ] },
        }),
    );
    let path = format!("/api/v1/namespaces/{namespace}/pods/{name}");
    until("the pod to run", || {
        let pod = api.get(&path);
        let all = pod["status"]["containerStatuses"].as_array().cloned().unwrap_or_default();
        let run = all.len() == 2 && all.iter().all(|one| one["state"]["running"].is_object());
        if run { Ok(()) } else { Err(pod["status"].to_string()) }
    });
}

/// Runs `wheelhouse` with this standard input to its end.
pub fn run(plane: &ControlPlane, user: &str, args: &[&str], input: &[u8]) -> Output {
    let mut child = wheelhouse(plane.dir())
        .arg(format!("--kubeconfig={}", plane.kubeconfig(user).display()))
        .args(args)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut stdin = child.stdin.take().unwrap();
    let input = input.to_vec();
    let writer = std::thread::spawn(move || {
        // A command that does not read to the end is no failure.
        let _ = stdin.write_all(&input);
        // Stays open: these nodes lose what stands right before the end of standard input.
        stdin
    });
    let output = child.wait_with_output().unwrap();
    drop(writer.join().unwrap());
    output
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

fn both_ways(plane: &ControlPlane) {
    pod(plane, "exec-bytes", "web");
    let bytes = noise(10_000_000);
    let output = run(
        plane,
        "admin",
        &["exec", "-n", "exec-bytes", "-i", "web", "--", "head", "-c", "10000000"],
        &bytes,
    );
    assert!(output.status.success(), "{}", text(&output.stderr));
    assert!(output.stdout == bytes, "{} of {} bytes", output.stdout.len(), bytes.len());
}

fn streams(plane: &ControlPlane) {
    pod(plane, "exec-streams", "web");
    let sh = |script: &str| {
        run(plane, "admin", &["exec", "-n", "exec-streams", "web", "--", "sh", "-c", script], b"")
    };
    let output = sh("echo out; echo err >&2");
    assert_eq!(output.status.code(), Some(0));
    assert_eq!((text(&output.stdout), text(&output.stderr)), ("out\n".into(), "err\n".into()));
    // These nodes tell that a command failed, but not with which code.
    let output = sh("exit 42");
    assert!(!output.status.success());
    assert!(text(&output.stderr).contains("exit status 42"), "{}", text(&output.stderr));
    // Arguments arrive as they are, whatever is in them.
    let odd = "a b&c=d;e #f %20 'g' \"h\" ü";
    let output = run(
        plane,
        "admin",
        &["exec", "-n", "exec-streams", "web", "-c", "side", "--", "printf", "%s", odd],
        b"",
    );
    assert_eq!(text(&output.stdout), odd, "{}", text(&output.stderr));
}

fn refusals(plane: &ControlPlane) {
    pod(plane, "exec-refused", "web");
    let ends = |user: &str, args: &[&str]| {
        let args = [&["exec", "-n", "exec-refused"], args].concat();
        let output = run(plane, user, &args, b"");
        (output.status.code(), text(&output.stderr))
    };
    let (code, said) = ends("admin", &["gone", "--", "true"]);
    assert!(code == Some(1) && said.contains("\"gone\" not found"), "{code:?} {said}");
    let (code, said) = ends("admin", &["web", "-c", "nope", "--", "true"]);
    assert!(code == Some(1) && said.contains("its containers: side, main"), "{code:?} {said}");
    let (code, said) = ends("admin", &["web", "--", "no-such-program"]);
    assert!(code == Some(1) && said.contains("no such program"), "{code:?} {said}");
    let (code, said) = ends("admin", &["web", "--readonly", "--", "true"]);
    assert!(code == Some(2) && said.contains("read-only"), "{code:?} {said}");
    // Somebody who may read pods but not enter them.
    let api = plane.api();
    let rbac = "/apis/rbac.authorization.k8s.io/v1/namespaces/exec-refused";
    api.create(
        &format!("{rbac}/roles"),
        &json!({ "metadata": { "name": "reader" }, "rules": [{
            "apiGroups": [""], "resources": ["pods", "pods/log"], "verbs": ["get", "list"] }] }),
    );
    api.create(
        &format!("{rbac}/rolebindings"),
        &json!({ "metadata": { "name": "reader" },
            "roleRef": { "apiGroup": "rbac.authorization.k8s.io", "kind": "Role", "name": "reader" },
            "subjects": [{ "kind": "User", "name": "guest",
                "apiGroup": "rbac.authorization.k8s.io" }] }),
    );
    let (code, said) = until("the role to hold", || {
        let (code, said) = ends("guest", &["web", "--", "true"]);
        if said.contains("get resource \"pods\"") { Err(said) } else { Ok((code, said)) }
    });
    assert!(code == Some(2) && said.contains("pods/exec"), "{code:?} {said}");
}

fn terminal(plane: &ControlPlane) {
    pod(plane, "exec-tty", "web");
    let kubeconfig = format!("--kubeconfig={}", plane.kubeconfig("admin").display());
    let args = [&kubeconfig, "exec", "-n", "exec-tty", "-it", "web", "--", "sh"];
    let mut screen = Session::new(&args).at_home().size(100, 30).start();
    // The size arrives a moment after the process has begun, and after each change.
    screen.ask_until("stty size", "30 100");
    screen.resize(90, 25);
    screen.ask_until("stty size", "25 90");
    // Keys go through untouched, ctrl-c among them.
    screen.type_text("sleep 1000");
    screen.press("<enter> <ctrl-c>");
    screen.type_text("exit");
    screen.press("<enter>");
    assert_eq!(screen.wait_end().exit_code(), 0);
    screen.assert_terminal_whole();
}

fn attach(plane: &ControlPlane) {
    pod(plane, "exec-attach", "web");
    let log = LogFile::at(plane.dir().join("attached.log"));
    plane.set_attach("exec-attach", "web", &log);
    let args = ["attach", "-n", "exec-attach", "web", "-c", "main"];
    let mut screen = Session::on(&plane.kubeconfig("admin"), &args).start();
    let shown = std::sync::Arc::new(std::sync::atomic::AtomicBool::new(false));
    let (writer, done) = (log, shown.clone());
    // Attaching shows what is said from then on: it is said until it is seen.
    let saying = std::thread::spawn(move || {
        while !done.load(std::sync::atomic::Ordering::Relaxed) {
            writer.say(["said after attaching"]);
            std::thread::sleep(std::time::Duration::from_millis(100));
        }
    });
    screen.wait_for("said after attaching");
    shown.store(true, std::sync::atomic::Ordering::Relaxed);
    saying.join().unwrap();
    screen.signal("TERM");
    screen.wait_end();
}
