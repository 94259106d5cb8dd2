//! `wheelhouse logs` on a real API server, with nodes that keep logs: a real rollout, pods that are
//! replaced, an API server that is restarted, lines that are no text; and the pane in a terminal.

use crate::support::api::MERGE;
use crate::support::control_plane::{ControlPlane, LogFile, Options, wheelhouse};
use crate::support::screen::Session;
use crate::support::trials;
use crate::support::wait::until;
use libtest_mimic::Trial;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::io::Read;
use std::process::{Child, Output, Stdio};
use std::sync::{Arc, Mutex};

pub fn trials() -> Vec<Trial> {
    vec![
        trials::on_shared("logs::a_rollout_names_every_pod_that_lived_in_order", rollout),
        trials::on_shared("logs::a_pod_of_the_same_name_is_another_source", replaced),
        trials::on_shared("logs::huge_and_broken_lines_arrive_as_they_are", hostile),
        trials::on_shared("logs::what_is_not_there_is_told_with_an_exit_code", refused),
        trials::on_shared("logs::a_reader_that_has_seen_enough_ends_it_quietly", pipes),
        trials::on_shared("logs::the_pane_filters_makes_columns_and_says_what_waits", pane),
        trials::on_own("logs::go_on_when_the_api_server_was_restarted", Options::whole(), restart),
    ]
}

/// A running `wheelhouse logs`; it ends with the value.
struct Logs {
    child: Child,
    out: Arc<Mutex<Vec<u8>>>,
    err: Arc<Mutex<Vec<u8>>>,
}

impl Drop for Logs {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn collect(mut from: impl Read + Send + 'static) -> Arc<Mutex<Vec<u8>>> {
    let bytes = Arc::new(Mutex::new(Vec::new()));
    let into = Arc::clone(&bytes);
    std::thread::spawn(move || {
        let mut piece = [0; 64 << 10];
        while let Ok(read @ 1..) = from.read(&mut piece) {
            into.lock().unwrap().extend_from_slice(&piece[..read]);
        }
    });
    bytes
}

fn command(plane: &ControlPlane, namespace: &str, args: &[&str]) -> std::process::Command {
    let mut command = wheelhouse(plane.dir());
    command
        .args(["logs", "-n", namespace])
        .args(args)
        .arg(format!("--kubeconfig={}", plane.kubeconfig("admin").display()))
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    command
}

impl Logs {
    fn start(plane: &ControlPlane, namespace: &str, args: &[&str]) -> Self {
        let mut child = command(plane, namespace, args).spawn().unwrap();
        let out = collect(child.stdout.take().unwrap());
        let err = collect(child.stderr.take().unwrap());
        Self { child, out, err }
    }

    fn text(&self) -> String {
        String::from_utf8_lossy(&self.out.lock().unwrap()).into_owned()
    }

    fn said(&self) -> String {
        String::from_utf8_lossy(&self.err.lock().unwrap()).into_owned()
    }

    fn wait_for(&self, text: &str) {
        until(&format!("{text:?}"), || {
            let all = self.text();
            if all.contains(text) { Ok(()) } else { Err(format!("{all}\n{}", self.said())) }
        });
    }

    /// The lines of each pod, in the order in which they came.
    fn by_pod(&self) -> BTreeMap<String, Vec<String>> {
        let mut pods: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for line in self.text().lines() {
            let (head, text) = line.split_once("] ").expect("a prefix");
            let pod = head.split('/').nth(1).expect("a pod").to_owned();
            pods.entry(pod).or_default().push(text.to_owned());
        }
        pods
    }
}

fn output(plane: &ControlPlane, namespace: &str, args: &[&str]) -> Output {
    command(plane, namespace, args).output().unwrap()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

const GATE: &str = "tests/has-a-log";

/// A pod template whose pods wait until they have a log of their own.
fn template() -> Value {
    json!({
        "metadata": { "labels": { "app": "web" } },
        "spec": {
            "schedulingGates": [{ "name": GATE }],
            "containers": [{ "name": "main", "image": "registry.example.com/web:1" }],
        },
    })
}

/// Gives pods logs of their own, and lets them run.
struct Node<'p> {
    plane: &'p ControlPlane,
    namespace: &'static str,
    /// By uid: name, log, lines written, lines that it wrote while nobody had deleted it.
    pods: BTreeMap<String, (String, LogFile, usize, usize)>,
}

impl<'p> Node<'p> {
    fn new(plane: &'p ControlPlane, namespace: &'static str) -> Self {
        Self { plane, namespace, pods: BTreeMap::new() }
    }

    fn list(&self) -> Vec<Value> {
        let path = format!("/api/v1/namespaces/{}/pods", self.namespace);
        self.plane.api().get(&path)["items"].as_array().cloned().unwrap_or_default()
    }

    /// New pods get a log and run; all that run write a line.
    fn turn(&mut self) {
        let api = self.plane.api();
        for pod in self.list() {
            let (uid, name) = (
                pod["metadata"]["uid"].as_str().unwrap(),
                pod["metadata"]["name"].as_str().unwrap(),
            );
            if !self.pods.contains_key(uid) && pod["spec"]["schedulingGates"].is_array() {
                let log = LogFile::at(self.plane.dir().join(format!("log-{uid}")));
                self.plane.set_logs(self.namespace, name, &[("main", &log, None)]);
                self.pods.insert(uid.to_owned(), (name.to_owned(), log, 0, 0));
                let path = format!("/api/v1/namespaces/{}/pods/{name}", self.namespace);
                let open = json!({ "spec": { "schedulingGates": null } });
                let (code, answer) = api.call_as("PATCH", &path, MERGE, Some(&open));
                assert!(code == 200 || code == 404, "{answer}");
            }
        }
        for (uid, (_, log, written, _)) in &mut self.pods {
            log.say([format!("{uid} line {written}").as_str()]);
            *written += 1;
        }
        for pod in self.list() {
            if pod["metadata"]["deletionTimestamp"].is_null()
                && pod["status"]["phase"] == "Running"
                && let Some((_, _, written, lived)) =
                    self.pods.get_mut(pod["metadata"]["uid"].as_str().unwrap())
            {
                *lived = *written;
            }
        }
    }

    /// Turn after turn until this many pods run and nothing else is there.
    fn until_running(&mut self, pods: usize, done: impl Fn(&[Value]) -> bool) {
        until("the pods to run", || {
            self.turn();
            let list = self.list();
            let running = |pod: &&Value| {
                pod["status"]["phase"] == "Running"
                    && pod["metadata"]["deletionTimestamp"].is_null()
            };
            let ready = list.iter().filter(running).count() == pods && list.len() == pods;
            if ready && done(&list) { Ok(()) } else { Err(json!(list).to_string()) }
        });
    }
}

fn uids(pods: &[Value]) -> Vec<String> {
    pods.iter().map(|pod| pod["metadata"]["uid"].as_str().unwrap().to_owned()).collect()
}

fn rollout(plane: &ControlPlane) {
    let api = plane.namespace("logs-rollout");
    let deployment = json!({
        "metadata": { "name": "web" },
        "spec": {
            "replicas": 2,
            "selector": { "matchLabels": { "app": "web" } },
            "template": template(),
        },
    });
    api.create("/apis/apps/v1/namespaces/logs-rollout/deployments", &deployment);
    let mut node = Node::new(plane, "logs-rollout");
    node.until_running(2, |_| true);
    let logs = Logs::start(plane, "logs-rollout", &["deploy/web", "-f"]);
    until("the first lines", || {
        node.turn();
        let text = logs.text();
        if text.contains(" line 1\n") { Ok(()) } else { Err(text + &logs.said()) }
    });
    let before = uids(&node.list());
    plane.kubectl_says(&["rollout", "restart", "-n", "logs-rollout", "deploy/web"]);
    node.until_running(2, |pods| uids(pods).iter().all(|uid| !before.contains(uid)));
    node.turn();
    assert!(node.pods.len() >= 4, "a rollout has old and new pods: {:?}", node.pods);
    until("every line of every pod", || {
        let told = logs.by_pod();
        for (uid, (name, _, written, lived)) in &node.pods {
            // One that was called off before it ran never had a log.
            if *lived == 0 {
                continue;
            }
            let lines = told.get(name).cloned().unwrap_or_default();
            let expected: Vec<String> = (0..*written).map(|i| format!("{uid} line {i}")).collect();
            // Never out of order, never twice.
            assert!(expected.starts_with(&lines), "{name}: {lines:?}\n{}", logs.said());
            if lines.len() < *lived {
                return Err(format!("{name}: {} of {lived}\n{}", lines.len(), logs.said()));
            }
        }
        Ok(())
    });
}

fn replaced(plane: &ControlPlane) {
    let api = plane.namespace("logs-replaced");
    let set = json!({
        "metadata": { "name": "db" },
        "spec": {
            "replicas": 1,
            "serviceName": "db",
            "selector": { "matchLabels": { "app": "web" } },
            "template": template(),
        },
    });
    api.create("/apis/apps/v1/namespaces/logs-replaced/statefulsets", &set);
    let mut node = Node::new(plane, "logs-replaced");
    node.until_running(1, |_| true);
    let logs = Logs::start(plane, "logs-replaced", &["sts/db", "-f", "-o", "json"]);
    logs.wait_for(" line 0\"");
    let first = uids(&node.list());
    plane.kubectl_says(&["delete", "pod", "-n", "logs-replaced", "db-0", "--wait=false"]);
    node.until_running(1, |pods| uids(pods) != first);
    node.turn();
    until("the lines of both pods", || {
        let mut told: BTreeMap<String, Vec<usize>> = BTreeMap::new();
        for line in logs.text().lines().filter(|line| line.ends_with('}')) {
            let line: Value = serde_json::from_str(line).expect("an object a line");
            assert_eq!((&line["pod"], &line["container"]), (&json!("db-0"), &json!("main")));
            let message = line["message"].as_str().expect("a message");
            let (uid, number) = message.split_once(" line ").expect("a number");
            told.entry(uid.to_owned()).or_default().push(number.parse().expect("a number"));
        }
        for (uid, (_, _, _, lived)) in &node.pods {
            let numbers = told.get(uid).map_or(&[][..], Vec::as_slice);
            assert!(numbers.iter().copied().eq(0..numbers.len()), "{uid}: {numbers:?}");
            if numbers.len() < *lived {
                return Err(format!("{uid}: {} of {lived}\n{}", numbers.len(), logs.said()));
            }
        }
        Ok(())
    });
    until("the end of the first pod's log", || {
        if logs.said().contains("the pod is gone") { Ok(()) } else { Err(logs.said()) }
    });
}

/// A running pod with this log.
fn pod(plane: &ControlPlane, namespace: &str) -> LogFile {
    let api = plane.namespace(namespace);
    let pods = format!("/api/v1/namespaces/{namespace}/pods");
    let log = LogFile::at(plane.dir().join(format!("log-of-{namespace}")));
    plane.set_logs(namespace, "web", &[("main", &log, None)]);
    let mut pod = template();
    pod["metadata"]["name"] = "web".into();
    api.create(&pods, &pod);
    let open = json!({ "spec": { "schedulingGates": null } });
    let (code, answer) = api.call_as("PATCH", &format!("{pods}/web"), MERGE, Some(&open));
    assert_eq!(code, 200, "{answer}");
    until("the pod to run", || {
        let pod = api.get(&format!("{pods}/web"));
        if pod["status"]["phase"] == "Running" { Ok(()) } else { Err(pod["status"].to_string()) }
    });
    log
}

fn hostile(plane: &ControlPlane) {
    let log = pod(plane, "logs-hostile");
    let mut large = vec![b'x'; 1 << 20];
    large.extend(b" end");
    let binary: Vec<u8> = (0..=255).filter(|byte| *byte != b'\n').collect();
    let lines: [&[u8]; 4] = [&large, &binary, b"\xff\xfe half \xe6\x97", b"after"];
    for (i, line) in lines.iter().enumerate() {
        log.entry(&format!("2024-05-06T07:08:0{i}.5Z"), "F", line);
    }
    let said = output(plane, "logs-hostile", &["web"]);
    assert!(said.status.success(), "{}", text(&said.stderr));
    let expected: Vec<u8> =
        lines.iter().flat_map(|line| [line, b"\n".as_slice()].concat()).collect();
    assert!(said.stdout == expected, "{} of {} bytes", said.stdout.len(), expected.len());
    let said = output(plane, "logs-hostile", &["web", "-o", "json"]);
    let objects: Vec<Value> = text(&said.stdout)
        .lines()
        .map(|line| serde_json::from_str(line).expect("an object a line"))
        .collect();
    assert_eq!(objects.len(), 4);
    assert_eq!(objects[0]["message"].as_str().unwrap().len(), large.len());
    assert_eq!(objects[0]["time"], "2024-05-06T07:08:00.5Z");
    assert!(objects[1]["bytes"].is_string() && objects[2]["bytes"].is_string());
    assert_eq!(objects[3]["message"], "after");
    // The pane bears them too.
    let mut screen =
        Session::on(&plane.kubeconfig("admin"), &["-n", "logs-hostile", "-c", "pods"]).start();
    screen.wait_for("Running");
    screen.press("l");
    screen.wait_for("after");
    let shown = screen.text();
    assert!(shown.contains("half") && shown.contains("xxxx"), "{shown}");
    screen.press("w");
    screen.wait_for("x end");
    screen.leave();
}

fn refused(plane: &ControlPlane) {
    let log = pod(plane, "logs-refused");
    log.say(["level=info msg=one", "level=error msg=two"]);
    let says = |args: &[&str]| {
        let output = output(plane, "logs-refused", args);
        (output.status.code(), text(&output.stdout), text(&output.stderr))
    };
    until("the log to be served", || {
        let said = says(&["web"]);
        if said.1.contains("two") { Ok(()) } else { Err(format!("{said:?}")) }
    });
    let (code, out, _) = says(&["web", "--filter", "level>=error"]);
    assert_eq!((code, out.as_str()), (Some(0), "level=error msg=two\n"));
    let (code, out, _) = says(&["web", "--tail=1", "--prefix"]);
    assert_eq!((code, out.as_str()), (Some(0), "[pod/web/main] level=error msg=two\n"));
    let (code, out, err) = says(&["nobody"]);
    assert!(
        code == Some(1) && out.is_empty() && err.contains("there is no pod nobody"),
        "{code:?} {err}"
    );
    let (code, _, err) = says(&["web", "-c", "sidecar"]);
    assert!(
        code == Some(1) && err.contains("no container sidecar") && err.contains("main"),
        "{code:?} {err}"
    );
    let (code, _, err) = says(&["deploy/nobody"]);
    assert!(code == Some(1) && err.contains("not found"), "{code:?} {err}");
    let (code, _, err) = says(&["deploy", "web"]);
    assert!(code == Some(2) && err.contains("write deploy/web"), "{code:?} {err}");
    let (code, _, err) = says(&["web", "--filter", "level>="]);
    assert!(code == Some(2) && err.contains("--filter"), "{code:?} {err}");
    let (code, _, err) = says(&[]);
    assert!(code == Some(2) && err.contains("nothing says whose"), "{code:?} {err}");
    let (code, out, _) = says(&["-l", "app=web"]);
    assert!(code == Some(0) && out.starts_with("[pod/web/main] level=info"), "{code:?} {out}");
}

fn pipes(plane: &ControlPlane) {
    let log = pod(plane, "logs-pipes");
    log.say(["one"]);
    let mut child = command(plane, "logs-pipes", &["web", "-f"]).spawn().unwrap();
    let mut byte = [0; 4];
    let mut out = child.stdout.take().unwrap();
    out.read_exact(&mut byte).unwrap();
    assert_eq!(&byte, b"one\n");
    drop(out);
    let status = until("it to end", || {
        log.say(["more"]);
        child.try_wait().unwrap().ok_or_else(|| "it runs".to_owned())
    });
    assert_eq!(status.code(), Some(0));
    let mut said = String::new();
    child.stderr.take().unwrap().read_to_string(&mut said).unwrap();
    assert_eq!(said, "");
}

fn restart(plane: &mut ControlPlane) {
    let log = pod(plane, "logs-restart");
    log.say(["line 0", "line 1"]);
    let logs = Logs::start(plane, "logs-restart", &["web", "-f"]);
    logs.wait_for("line 1\n");
    plane.stop_apiserver();
    log.say(["line 2", "line 3"]);
    plane.start_apiserver();
    log.say(["line 4"]);
    logs.wait_for("line 4\n");
    assert_eq!(logs.text(), "line 0\nline 1\nline 2\nline 3\nline 4\n", "{}", logs.said());
}

fn pane(plane: &ControlPlane) {
    let log = pod(plane, "logs-pane");
    for i in 0..60 {
        let level = if i % 10 == 3 { "error" } else { "info" };
        log.say([format!(r#"{{"level":"{level}","msg":"order {i}","took":"{i}ms"}}"#).as_str()]);
    }
    let mut screen =
        Session::on(&plane.kubeconfig("admin"), &["-n", "logs-pane", "-c", "pods"]).start();
    screen.wait_for("Running");
    screen.press("l");
    // Level and message are columns; the other fields follow.
    screen.wait_until("columns", |text| {
        text.lines().any(|line| {
            line.contains("INFO") && line.contains("order 59") && !line.contains("\"msg\"")
        })
    });
    // Filter over everything held.
    screen.press("/");
    screen.type_text("level>=error");
    screen.press("<enter>");
    screen.wait_until("errors only", |text| {
        text.contains("order 53") && text.contains("order 3 ") && !text.contains("order 59")
    });
    screen.press("<esc>");
    screen.wait_for("order 59");
    // Whoever scrolls stands still, and is told what waits.
    screen.press("k");
    screen.wait_for("paused, 0 lines wait");
    log.say([r#"{"level":"info","msg":"order 60"}"#, r#"{"level":"info","msg":"order 61"}"#]);
    let text = screen.wait_for("paused, 2 lines wait");
    assert!(!text.contains("order 61"), "{text}");
    screen.press("G");
    screen.wait_for("order 61");
    screen.wait_gone("paused");
    screen.leave();
}
