//! Makes a recording: runs the program against a real API server and keeps what it asks and is answered, then changes
//! pods and keeps the bytes of a watch in each form.

use super::http::{self as web, Connection, Request};
use super::server::PODS;
use super::tape::{self, About, Answer, Files, Form};
use crate::load;
use crate::support::api::Write;
use crate::support::control_plane::{ControlPlane, Options};
use crate::terminal::Terminal;
use crate::{Program, drain, thousands};
use http_body_util::BodyExt as _;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Sender, channel};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

const STRATEGIC: &str = "application/strategic-merge-patch+json";
/// Pods of one wave of changes.
const WAVE: usize = 400;
/// Changes of the first pod, which nothing else changes; the last ones of all.
const POKES: usize = 2;
/// Of so many pods that change, one comes and goes.
const BIRTHS: usize = 7;
const AT: &str = "2026-11-22T00:20:00Z";

/// Records `pods` pods and some `events` changes of them into a folder that is made.
pub fn make(dir: &Path, pods: usize, events: usize, named: &[String]) {
    std::fs::create_dir_all(dir.join("answers")).expect("a folder for the recording");
    let files = Files(dir.to_owned());
    let plane = ControlPlane::start(&Options::bare()).unwrap_or_else(|why| panic!("{}", why.0));
    let (api, began) = (plane.api(), Instant::now());
    load::pods(&api, pods);
    eprintln!("{pods} pods written in {:.0} s", began.elapsed().as_secs_f64());
    for (from, to) in
        [("apiserver.crt", files.certificate()), ("apiserver.key", files.private_key())]
    {
        std::fs::copy(plane.dir().join("certs").join(from), to).expect("the server's certificate");
    }

    let answers = learn(&plane, &files, pods, named);
    eprintln!("{} answers recorded", answers.len());
    write_json(&files.answers(), &answers);

    let list = api.raw(PODS, media(Form::Json));
    let told: Value = serde_json::from_slice(&list).expect("a list");
    let version = told["metadata"]["resourceVersion"].as_str().expect("a version").to_owned();
    std::fs::write(files.list(Form::Json), list).expect("a file");
    std::fs::write(files.list(Form::Protobuf), api.raw(PODS, media(Form::Protobuf)))
        .expect("a file");

    let waves = waves(pods, events);
    let pokes: [Write; POKES] = [poke(1001), poke(1002)];
    let changes = waves.iter().map(Vec::len).sum::<usize>() + pokes.len();
    let path = format!("{PODS}?watch=1&resourceVersion={version}");
    let taken = [Form::Json, Form::Protobuf].map(|form| {
        let (url, path) = (plane.url(), path.clone());
        let (opened, open) = channel();
        let thread = std::thread::spawn(move || take(&url, &path, form, &opened));
        open.recv().expect("a watch that is open");
        (form, thread)
    });
    let began = Instant::now();
    for wave in waves {
        api.all(wave);
    }
    for write in pokes {
        api.all([write]);
    }
    eprintln!("{changes} changes written in {:.0} s", began.elapsed().as_secs_f64());
    for (form, thread) in taken {
        let bytes = thread.join().expect("a recorded watch");
        std::fs::write(files.events(form), bytes).expect("a file");
    }
    // The last one: a recording is whole where it is there.
    write_json(&files.about(), &About { pods, pokes: POKES });
}

fn write_json(path: &Path, what: &impl serde::Serialize) {
    std::fs::write(path, serde_json::to_vec_pretty(what).expect("JSON")).expect("a file");
}

fn media(form: Form) -> &'static str {
    match form {
        Form::Json => "application/json",
        Form::Protobuf => "application/vnd.kubernetes.protobuf",
    }
}

/// The bytes of a watch up to the last change of the first pod. How many events writes make is the server's affair.
fn take(url: &str, path: &str, form: Form, opened: &Sender<()>) -> Vec<u8> {
    let runtime =
        tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    runtime.block_on(async {
        let client = drain::client(url, "admin-token");
        let accept = match form {
            Form::Json => "application/json",
            Form::Protobuf => "application/vnd.kubernetes.protobuf;stream=watch",
        };
        let request = drain::get(path, accept);
        let answer = client.send(request).await.expect("an answer");
        assert_eq!(answer.status(), 200, "{path}");
        opened.send(()).expect("somebody waits");
        let first = load::pod_name(0);
        let (mut body, mut bytes, mut pokes, mut seen) = (answer.into_body(), Vec::new(), 0, 0);
        while pokes < POKES {
            let frame = body.frame().await.expect("the watch goes on").expect("its bytes");
            bytes.extend_from_slice(frame.data_ref().expect("bytes"));
            while let Some(length) = event_length(&bytes[seen..], form) {
                let event = &bytes[seen..seen + length];
                pokes += usize::from(memchr::memmem::find(event, first.as_bytes()).is_some());
                seen += length;
            }
        }
        bytes.truncate(seen);
        bytes
    })
}

/// How long the first event is, when it is whole.
fn event_length(bytes: &[u8], form: Form) -> Option<usize> {
    match form {
        Form::Json => memchr::memchr(b'\n', bytes).map(|at| at + 1),
        Form::Protobuf => {
            let length = u32::from_be_bytes(*bytes.first_chunk()?) as usize + 4;
            (bytes.len() >= length).then_some(length)
        }
    }
}

/// What the program asks besides pods, from its start until a while after all rows are there.
fn learn(plane: &ControlPlane, files: &Files, pods: usize, named: &[String]) -> Vec<Answer> {
    let (url, dir) = (plane.url(), files.0.clone());
    let learned: Arc<Mutex<BTreeMap<String, Answer>>> = Arc::default();
    let ended = Arc::new(AtomicBool::new(false));
    let (told, over) = (Arc::clone(&learned), Arc::clone(&ended));
    let handler = move |request: &Request, connection: &mut Connection| {
        let accept = request.header("accept");
        if request.is_watch() {
            let protobuf = accept.contains("kubernetes.protobuf");
            connection.begin(if protobuf {
                "application/vnd.kubernetes.protobuf;stream=watch"
            } else {
                "application/json"
            })?;
            while !over.load(Ordering::SeqCst) {
                std::thread::sleep(Duration::from_millis(200));
            }
            return connection.end();
        }
        let (code, media, body) = pass_on(&url, request);
        connection.answer(code, &media, &body)?;
        if request.path != PODS {
            let mut told = told.lock().expect("no panic");
            let file = format!("answers/{:03}", told.len());
            let key = tape::key(request);
            if !told.contains_key(&key) {
                std::fs::write(dir.join(&file), body)?;
                told.insert(key.clone(), Answer { key, code, media, file });
            }
        }
        Ok(())
    };
    let port = web::serve(&files.certificate(), &files.private_key(), Arc::new(handler));
    let kubeconfig = super::kubeconfig(&files.0, port);
    let program = Program::given(named, &["-A", "-c", "pods"], &kubeconfig);
    let mut terminal: Terminal = program.start();
    let (plain, grouped) = (pods.to_string(), thousands(pods));
    terminal.wait_for("all pods", |text| text.contains(&plain) || text.contains(&grouped));
    // Some things are asked for once all is quiet, or once somebody does something.
    for key in [b"j", b"k"] {
        terminal.pass(Duration::from_secs(10));
        terminal.send(key);
    }
    terminal.pass(Duration::from_secs(5));
    drop(terminal);
    ended.store(true, Ordering::SeqCst);
    let learned = std::mem::take(&mut *learned.lock().expect("no panic"));
    learned.into_values().collect()
}

/// Asks the real server the same.
fn pass_on(url: &str, request: &Request) -> (u16, String, Vec<u8>) {
    let runtime =
        tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    runtime.block_on(async {
        let client = drain::client(url, "admin-token");
        let mut asked = http::Request::builder()
            .method(request.method.as_str())
            .uri(request.target())
            .header("accept", request.header("accept"))
            .header("user-agent", "wheelhouse-rig");
        if !request.header("content-type").is_empty() {
            asked = asked.header("content-type", request.header("content-type"));
        }
        let body = kube::client::Body::from(request.body.clone());
        let asked = asked.body(body).expect("a request");
        let answer = client.send(asked).await.expect("an answer");
        let code = answer.status().as_u16();
        let media = answer.headers().get("content-type");
        let media = media.and_then(|value| value.to_str().ok()).unwrap_or_default().to_owned();
        let body = answer.into_body().collect().await.expect("a body").to_bytes();
        (code, media, body.to_vec())
    })
}

/// Changes that show in rows, in waves: within one no pod changes twice, so that their order does not matter.
/// In each some containers crash and others come back, some pods come, run and go. After all of them those are
/// there that were at the beginning.
fn waves(pods: usize, events: usize) -> Vec<Vec<Write>> {
    let mut dice = 1_usize;
    let mut below = |end: usize| {
        dice = dice * 48271 % 0x7fff_ffff;
        dice % end
    };
    let (mut waves, mut left, mut births) = (Vec::new(), events, 0);
    while left > 0 {
        let (mut first, mut second, mut third) = (Vec::new(), Vec::new(), Vec::new());
        let mut used = std::collections::BTreeSet::new();
        for _ in 0..WAVE.min(pods / 2) {
            if left == 0 {
                break;
            }
            let i = 1 + below(pods - 1);
            if !used.insert(i) {
                continue;
            }
            if i.is_multiple_of(BIRTHS) {
                let (name, number) = (newcomer(births), births);
                births += 1;
                let collection = format!("/api/v1/namespaces/load-{}/pods", i % 10);
                let mut pod = load::pod(number);
                pod["metadata"]["name"] = json!(name);
                pod["metadata"]["namespace"] = json!(format!("load-{}", i % 10));
                first.push(Write::create(
                    format!("{collection}?fieldManager=kube-controller-manager"),
                    pod,
                ));
                second.push(Write {
                    method: "PATCH",
                    path: format!("{collection}/{name}/status?fieldManager=kubelet"),
                    media: STRATEGIC,
                    body: load::pod_status(number),
                });
                third.push(Write::delete(format!("{collection}/{name}?gracePeriodSeconds=0")));
                left = left.saturating_sub(3);
            } else {
                let restarts = 1 + below(40) as u64;
                first.push(container(i, crashed(restarts)));
                third.push(container(i, running(restarts)));
                left = left.saturating_sub(2);
            }
        }
        waves.extend([first, second, third]);
    }
    waves
}

fn newcomer(i: usize) -> String {
    format!("svc-{:03}-7c5d8f9b6-{i:06}", i % 200)
}

fn container(i: usize, state: Value) -> Write {
    Write {
        method: "PATCH",
        path: format!("{}/status?fieldManager=kubelet", load::pod_path(i)),
        media: STRATEGIC,
        body: json!({"status": {"containerStatuses": [state]}}),
    }
}

fn crashed(restarts: u64) -> Value {
    json!({
        "name": "app", "restartCount": restarts, "ready": false, "started": false,
        "state": {"running": null, "waiting": {
            "reason": "CrashLoopBackOff", "message": "back-off 10s restarting failed container",
        }},
        "lastState": {"terminated": {
            "exitCode": 1, "reason": "Error", "startedAt": AT, "finishedAt": AT,
            "containerID": format!("containerd://{}", "d".repeat(64)),
        }},
    })
}

fn running(restarts: u64) -> Value {
    json!({
        "name": "app", "restartCount": restarts, "ready": true, "started": true,
        "state": {"waiting": null, "running": {"startedAt": AT}},
    })
}

/// A change of the first pod that is seen on a screen.
fn poke(restarts: u64) -> Write {
    let body =
        json!({"status": {"containerStatuses": [{"name": "app", "restartCount": restarts}]}});
    Write {
        method: "PATCH",
        path: format!("{}/status?fieldManager=kubelet", load::pod_path(0)),
        media: STRATEGIC,
        body,
    }
}
