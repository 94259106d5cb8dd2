//! `wheelhouse forward` on a real API server with nodes that echo: bytes both ways, another pod when
//! one goes, an API server that is restarted, a local port that is taken.

use crate::support::control_plane::{ControlPlane, Options, wheelhouse};
use crate::support::trials;
use crate::support::wait::until;
use libtest_mimic::Trial;
use serde_json::json;
use std::io::{Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::process::{Child, Stdio};
use std::sync::{Arc, Mutex};

pub fn trials() -> Vec<Trial> {
    vec![
        trials::on_shared("forward::ten_megabytes_go_both_ways_intact", both_ways),
        trials::on_shared("forward::another_pod_is_taken_when_one_goes", another_pod),
        trials::on_shared("forward::what_cannot_be_forwarded_is_told_at_once", told_at_once),
        trials::on_own(
            "forward::goes_on_when_the_api_server_was_restarted",
            Options::whole(),
            restart,
        ),
    ]
}

/// A running `wheelhouse forward`; it ends with the value.
struct Forward {
    child: Child,
    out: Arc<Mutex<String>>,
    err: Arc<Mutex<String>>,
}

impl Drop for Forward {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn collect(mut from: impl Read + Send + 'static) -> Arc<Mutex<String>> {
    let text = Arc::new(Mutex::new(String::new()));
    let into = Arc::clone(&text);
    std::thread::spawn(move || {
        let mut piece = [0; 1024];
        while let Ok(read @ 1..) = from.read(&mut piece) {
            into.lock().unwrap().push_str(&String::from_utf8_lossy(&piece[..read]));
        }
    });
    text
}

impl Forward {
    fn start(plane: &ControlPlane, namespace: &str, args: &[&str]) -> Self {
        let mut child = wheelhouse(plane.dir())
            .args(["forward", "-n", namespace])
            .args(args)
            .arg(format!("--kubeconfig={}", plane.kubeconfig("admin").display()))
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let out = collect(child.stdout.take().unwrap());
        let err = collect(child.stderr.take().unwrap());
        Self { child, out, err }
    }

    fn said(&self) -> String {
        self.err.lock().unwrap().clone()
    }

    /// The local port of the first line, once a pod is there to lead to.
    fn port(&self) -> u16 {
        until("the forward to lead somewhere", || {
            let (out, err) = (self.out.lock().unwrap().clone(), self.said());
            let port = out.split("127.0.0.1:").nth(1).and_then(|rest| rest.split(' ').next());
            match port.and_then(|port| port.parse().ok()) {
                Some(port) if err.contains("leads to pod") => Ok(port),
                _ => Err(format!("{out}{err}")),
            }
        })
    }

    /// The pod it leads to now.
    fn pod(&self) -> String {
        let said = self.said();
        let line = said.lines().rev().find_map(|line| line.split("leads to pod ").nth(1));
        line.expect("it has led somewhere").to_owned()
    }
}

/// Bytes in which nothing repeats itself soon.
fn noise(length: usize) -> Vec<u8> {
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

/// Sends bytes, says that there are no more, and reads what comes back until its end.
fn echoed(port: u16, bytes: &[u8]) -> std::io::Result<Vec<u8>> {
    let mut reading = TcpStream::connect(("127.0.0.1", port))?;
    reading.set_read_timeout(Some(*crate::support::wait::PATIENCE))?;
    let mut writing = reading.try_clone()?;
    let bytes = bytes.to_vec();
    let sender = std::thread::spawn(move || {
        let sent = writing.write_all(&bytes);
        let _ = writing.shutdown(Shutdown::Write);
        sent
    });
    let mut back = Vec::new();
    reading.read_to_end(&mut back)?;
    sender.join().unwrap()?;
    Ok(back)
}

fn deployment(plane: &ControlPlane, namespace: &str, replicas: u32) {
    let api = plane.namespace(namespace);
    let labels = json!({ "app": "web" });
    api.create(
        &format!("/apis/apps/v1/namespaces/{namespace}/deployments"),
        &json!({
            "metadata": { "name": "web" },
            "spec": {
                "replicas": replicas,
                "selector": { "matchLabels": labels },
                "template": {
                    "metadata": { "labels": labels },
                    "spec": { "containers": [{
                        "name": "web",
                        "image": "registry.example.com/web:1",
                        "ports": [{ "name": "http", "containerPort": 8080 }],
                    }] },
                },
            },
        }),
    );
    api.create(
        &format!("/api/v1/namespaces/{namespace}/services"),
        &json!({
            "metadata": { "name": "web" },
            "spec": { "selector": labels, "ports": [{ "port": 80, "targetPort": "http" }] },
        }),
    );
}

fn both_ways(plane: &ControlPlane) {
    deployment(plane, "forward-bytes", 1);
    let forward = Forward::start(plane, "forward-bytes", &["svc/web", ":80", ":80"]);
    let port = forward.port();
    let bytes = noise(10_000_000);
    assert!(echoed(port, &bytes).unwrap() == bytes, "the same bytes come back");
    // Many at a time, each with its own bytes, while one of them does nothing at all.
    let idle = TcpStream::connect(("127.0.0.1", port)).unwrap();
    std::thread::scope(|scope| {
        let all: Vec<_> = (0..8_u8)
            .map(|i| {
                let own: Vec<u8> = noise(300_000).iter().map(|byte| byte ^ i).collect();
                scope.spawn(move || assert!(echoed(port, &own).unwrap() == own, "{i}"))
            })
            .collect();
        all.into_iter().for_each(|one| one.join().unwrap());
    });
    drop(idle);
    // A pod by its name, and a workload, work as well.
    let pod = forward.pod();
    for target in [pod.as_str(), "deploy/web"] {
        let other = Forward::start(plane, "forward-bytes", &[target, ":http"]);
        assert_eq!(echoed(other.port(), b"hello").unwrap(), b"hello", "{target}");
    }
}

fn another_pod(plane: &ControlPlane) {
    deployment(plane, "forward-pods", 2);
    let forward = Forward::start(plane, "forward-pods", &["svc/web", ":80"]);
    let port = forward.port();
    let first = forward.pod();
    assert_eq!(echoed(port, b"one").unwrap(), b"one");
    plane.kubectl_says(&["delete", "pod", "-n", "forward-pods", &first, "--wait=false"]);
    until("the forward to lead to another pod", || {
        let pod = forward.pod();
        if pod == first { Err(forward.said()) } else { Ok(()) }
    });
    assert_eq!(echoed(port, b"two").unwrap(), b"two");
    // None at all: it says so, waits, and goes on when there is one again.
    plane.kubectl_says(&["scale", "-n", "forward-pods", "deploy/web", "--replicas=0"]);
    until("the forward to wait", || {
        if forward.said().contains("waits: ") { Ok(()) } else { Err(forward.said()) }
    });
    let waiting = std::thread::spawn(move || echoed(port, b"three"));
    plane.kubectl_says(&["scale", "-n", "forward-pods", "deploy/web", "--replicas=1"]);
    assert_eq!(waiting.join().unwrap().unwrap(), b"three", "{}", forward.said());
}

fn told_at_once(plane: &ControlPlane) {
    deployment(plane, "forward-refused", 1);
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port();
    let ends = |args: &[&str]| {
        let mut forward = Forward::start(plane, "forward-refused", args);
        let code = until("the forward to end", || {
            forward.child.try_wait().unwrap().ok_or_else(|| forward.said())
        });
        // What was said last may still be on its way.
        let said = until("its last words", || {
            let said = forward.said();
            if said.is_empty() { Err(said) } else { Ok(said) }
        });
        (code.code(), said)
    };
    let (code, said) = ends(&["svc/web", &format!("{port}:80")]);
    assert!(code == Some(1) && said.contains("another program has this port"), "{said}");
    let (code, said) = ends(&["svc/web", ":8080"]);
    assert!(code == Some(2) && said.contains("the Service has no port 8080"), "{said}");
    let (code, said) = ends(&["svc/gone", ":80"]);
    assert!(code == Some(1) && said.contains("Service/gone"), "{said}");
    let (code, said) = ends(&["svc/web", ":80", "--readonly"]);
    assert!(code == Some(2) && said.contains("read-only"), "{said}");
}

fn restart(plane: &mut ControlPlane) {
    deployment(plane, "forward-weather", 1);
    let forward = Forward::start(plane, "forward-weather", &["deploy/web", ":8080"]);
    let port = forward.port();
    assert_eq!(echoed(port, b"before").unwrap(), b"before");
    plane.stop_apiserver();
    // Made while nobody answers, carried when somebody does.
    let meanwhile = std::thread::spawn(move || echoed(port, b"meanwhile"));
    plane.start_apiserver();
    assert_eq!(meanwhile.join().unwrap().unwrap(), b"meanwhile", "{}", forward.said());
    assert_eq!(echoed(port, b"after").unwrap(), b"after");
}
