//! The gate from outside: the reader on an embedded cluster, asked to write what it may not.

use crate::support::demo_server::DemoServer;
use crate::support::screen::Session;
use crate::support::trials;
use libtest_mimic::Trial;
use serde_json::json;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::mpsc;
use wheelhouse::cluster::{self, Command, Event, Options, Target};
use wheelhouse::demo::{Demo, DemoOptions};
use wheelhouse::model::{
    Answer, ArtifactSpec, CacheEvent, CacheSpec, ClusterId, CopyEvent, CopySpec, CopyWay, Fault,
    FaultKind, FollowState, ForwardEvent, ForwardPort, ForwardSpec, Gvr, Method, ObjRef, Plan,
    PlanId, PlanRequest, Propagation, ShellEvent, ShellSpec, StreamEvent, StreamId, StreamSpec,
    Ticket,
};
use wheelhouse::ui::commands::{Context, TABLE};
use wheelhouse::ui::keymap::Keymap;

const HERE: ClusterId = ClusterId(0);

pub fn trials() -> Vec<Trial> {
    vec![
        trials::plain("gate::nothing_is_written_before_it_is_allowed", closed_until_told),
        trials::plain("gate::readonly_is_never_lifted", never_lifted),
        trials::plain("gate::a_plan_for_another_cluster_is_refused", pinned),
        trials::plain("gate::readonly_lets_no_method_pass", no_method),
        trials::plain("gate::readonly_lets_no_key_write", no_key),
        trials::plain("gate::readonly_lets_no_headless_command_write", no_headless),
    ]
}

struct Reader {
    runtime: tokio::runtime::Runtime,
    handle: cluster::Handle,
    events: mpsc::Receiver<Event>,
    count: u64,
}

fn target() -> ObjRef {
    ObjRef {
        cluster: HERE,
        gvr: Gvr::new("", "v1", "configmaps"),
        kind: "ConfigMap".into(),
        namespace: "default".into(),
        name: "held".into(),
        uid: "".into(),
    }
}

impl Reader {
    fn start(readonly: bool) -> Self {
        let demo = Demo::with_objects(vec![
            json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "default"}}),
            json!({"apiVersion": "v1", "kind": "ConfigMap",
                "metadata": {"name": "held", "namespace": "default"}}),
            json!({"apiVersion": "v1", "kind": "Pod",
                "metadata": {"name": "held", "namespace": "default"},
                "spec": {"containers": [{"name": "main", "image": "main:1",
                    "ports": [{"containerPort": 80}]}]},
                "status": {"phase": "Running",
                    "conditions": [{"type": "Ready", "status": "True"}]}}),
        ]);
        let target = Target::Embedded(Arc::new(move || demo.dial()), String::new());
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let (out, events) = mpsc::channel(64);
        let options = Options { readonly, ..Options::new(target) };
        let handle = cluster::start(options, out).unwrap();
        handle.send(Command::Connect { cluster: HERE, context: "demo".into() });
        Self { runtime, handle, events, count: 0 }
    }

    fn next(&mut self) -> Event {
        let limit = Duration::from_secs(60);
        let next = async { tokio::time::timeout(limit, self.events.recv()).await };
        self.runtime.block_on(next).expect("an event").expect("the reader runs")
    }

    /// Tries to delete the object; how it ended.
    fn delete(&mut self, object: ObjRef, dry_run: bool) -> FollowState {
        self.count += 1;
        let id = PlanId(self.count);
        let plan = Plan::delete(id, "demo".into(), &[object], Propagation::Background, None);
        let plan = Plan { cluster: HERE, dry_run, ..plan.unwrap() };
        self.handle.send(Command::Run(plan));
        loop {
            match self.next() {
                Event::Follow(of, 0, state) if of == id => match state {
                    FollowState::Requested | FollowState::Progressing(_) => {}
                    end => return end,
                },
                _ => {}
            }
        }
    }

    fn refused(&mut self, dry_run: bool) -> Fault {
        match self.delete(target(), dry_run) {
            FollowState::Failed(fault) if fault.kind == FaultKind::Refused => fault,
            other => panic!("{other:?}"),
        }
    }

    fn is_there(&mut self) -> bool {
        self.count += 1;
        let ticket = Ticket(self.count);
        self.handle.send(Command::Get { ticket, object: target() });
        loop {
            match self.next() {
                Event::Answer(of, answer) if of == ticket => match answer {
                    Ok(Answer::Object(_)) => return true,
                    Err(fault) if fault.kind == FaultKind::NotFound => return false,
                    other => panic!("{other:?}"),
                },
                _ => {}
            }
        }
    }
}

fn closed_until_told() {
    let mut reader = Reader::start(false);
    assert!(reader.refused(false).why.contains("read-only"));
    assert!(reader.is_there());
    reader.handle.send(Command::Readonly(HERE, false));
    assert_eq!(reader.delete(target(), true), FollowState::WouldSucceed);
    assert!(reader.is_there(), "a dry run writes nothing");
    reader.handle.send(Command::Readonly(HERE, true));
    reader.refused(true);
    reader.handle.send(Command::Readonly(HERE, false));
    assert!(matches!(reader.delete(target(), false), FollowState::Done(_)));
    assert!(!reader.is_there());
}

fn never_lifted() {
    let mut reader = Reader::start(true);
    reader.handle.send(Command::Readonly(HERE, false));
    reader.refused(false);
    reader.refused(true);
    assert!(reader.is_there());
}

fn pinned() {
    let mut reader = Reader::start(false);
    reader.handle.send(Command::Readonly(HERE, false));
    let mut elsewhere = target();
    elsewhere.cluster = ClusterId(7);
    match reader.delete(elsewhere, false) {
        FollowState::Failed(fault) => assert_eq!(fault.kind, FaultKind::Refused, "{fault}"),
        other => panic!("{other:?}"),
    }
    assert!(reader.is_there());
}

/// Whatever a plan holds, and however it is sent, a reader that is read-only sends nothing of it.
fn no_method() {
    let mut reader = Reader::start(true);
    reader.handle.send(Command::Readonly(HERE, false));
    let pod = ObjRef { gvr: Gvr::new("", "v1", "pods"), kind: "Pod".into(), ..target() };
    for method in [Method::Connect, Method::Delete, Method::Patch, Method::Post, Method::Put] {
        for dry_run in [false, true] {
            reader.count += 1;
            let id = PlanId(reader.count);
            let body = json!({"metadata": {"name": "held", "namespace": "default"}});
            let request = PlanRequest::new(method, target(), None).body("application/json", &body);
            let plan = Plan::empty(id, HERE, "demo".into(), "try").request(request);
            reader.handle.send(Command::Run(Plan { dry_run, ..plan }));
            let end = loop {
                match reader.next() {
                    Event::Follow(of, 0, FollowState::Requested) if of == id => {}
                    Event::Follow(of, 0, state) if of == id => break state,
                    _ => {}
                }
            };
            let refused = matches!(&end, FollowState::Failed(f) if f.kind == FaultKind::Refused);
            assert!(refused, "{method:?}: {end:?}");
        }
    }
    // And what reaches into a pod beside plans that are run.
    let specs = [
        StreamSpec::Forward(ForwardSpec {
            target: pod.clone(),
            first: "".into(),
            address: "127.0.0.1".into(),
            ports: vec![ForwardPort { local: 0, remote: "80".into() }],
        }),
        StreamSpec::Shell(ShellSpec {
            pod: pod.clone(),
            container: "".into(),
            command: vec!["sh".into()],
            tty: false,
            stdin: false,
            size: (80, 24),
        }),
        StreamSpec::Copy(CopySpec {
            pod: pod.clone(),
            container: "".into(),
            way: CopyWay::Down,
            local: std::env::temp_dir().join("wheelhouse-gate"),
            remote: "/etc/hostname".into(),
        }),
        StreamSpec::Cache(CacheSpec {
            pod: pod.clone(),
            secret: target(),
            field: "auth".into(),
            keys: vec![vec!["key".into()]],
        }),
        StreamSpec::Artifact(ArtifactSpec {
            pod: pod.clone(),
            port: "80".into(),
            host: "source-controller.flux-system.svc".into(),
            path: "/shop.tar.gz".into(),
            digest: "sha256:00".into(),
            revision: "main@sha1:0".into(),
            kustomization: "{}".into(),
        }),
    ];
    let mut callers = Vec::new();
    for (number, spec) in (1..).zip(specs) {
        let path = format!("{}/exec?command=sh", pod.gvr.object_path(&pod.namespace, &pod.name));
        let exec = PlanRequest::new(Method::Connect, pod.clone(), Some(path));
        let forward = PlanRequest::port_forward(&pod, &"80".into());
        let by_port =
            matches!(spec, StreamSpec::Forward(_) | StreamSpec::Cache(_) | StreamSpec::Artifact(_));
        let request = if by_port { forward } else { exec };
        let plan = Plan::empty(PlanId(1000 + number), HERE, "demo".into(), "try").request(request);
        let (out, mut told) = mpsc::channel(64);
        let stream = StreamId(number);
        let what = format!("{spec:?}");
        reader.handle.send(Command::Open { stream, spec, plan: Some(plan), out });
        let limit = Duration::from_secs(60);
        let why = loop {
            let next = async { tokio::time::timeout(limit, told.recv()).await };
            let event = reader.runtime.block_on(next).expect("an end");
            match event.map(|(_, event)| event) {
                // The way into the pod is taken when somebody connects.
                Some(StreamEvent::Forward(ForwardEvent::Listening(ports))) => {
                    let place = ("127.0.0.1", ports[0]);
                    callers.push(std::net::TcpStream::connect(place).expect("a listener"));
                }
                Some(
                    StreamEvent::Forward(ForwardEvent::End(Some(fault)))
                    | StreamEvent::Forward(ForwardEvent::Trouble(fault))
                    | StreamEvent::Shell(ShellEvent::Failed(fault))
                    | StreamEvent::Copy(CopyEvent::Failed(fault))
                    | StreamEvent::Cache(CacheEvent::Failed(fault)),
                ) => break fault,
                Some(_) => {}
                None => panic!("{what}: it ended without a word"),
            }
        };
        assert_eq!(why.kind, FaultKind::Refused, "{what}: {why}");
    }
}

/// Tables, and where keys are looked up in them.
const TABLES: [(&str, &[Context]); 8] = [
    ("deploy", &[Context::Workloads, Context::Table]),
    ("pods", &[Context::Pods, Context::Table]),
    ("nodes", &[Context::Nodes, Context::Table]),
    ("cronjobs", &[Context::CronJobs, Context::Workloads, Context::Table]),
    ("jobs", &[Context::Jobs, Context::Workloads, Context::Table]),
    ("services", &[Context::Services, Context::Table]),
    ("secrets", &[Context::Secrets, Context::Table]),
    ("pvc", &[Context::Claims, Context::Table]),
];

/// Every key that leads to a write, pressed in a session that is read-only: the server hears nothing.
fn no_key() {
    let server = DemoServer::start(Demo::start(DemoOptions { seed: 1, ..DemoOptions::default() }));
    let args = ["--readonly", "-c", "deploy -A"];
    let mut screen = Session::on(&server.kubeconfig("demo"), &args).start();
    screen.wait_for("coredns");
    let keymap = Keymap::default();
    let mut pressed = 0;
    let mut there = "";
    for spec in TABLE.iter().filter(|spec| spec.command.writes()) {
        let place = TABLES
            .iter()
            .find_map(|(table, contexts)| Some((*table, keymap.key_for(contexts, spec.command)?)));
        let Some((table, key)) = place else {
            // Panes of their own: without a plan that was run nothing is in them.
            assert!(
                !TABLES.iter().any(|(_, contexts)| contexts.contains(&spec.context)),
                "{} has no key in any table",
                spec.id
            );
            continue;
        };
        let keys = key.trim_matches(['<', '>']);
        if there != table {
            screen.command(&format!("{table} -A"));
            screen.wait_until("the table", |text| {
                text.contains(" RO ") && text.lines().any(|line| line.contains('▸'))
            });
            there = table;
        }
        screen.press(&if keys.chars().count() == 1 { keys.to_owned() } else { shifted(keys) });
        pressed += 1;
        let text = screen.wait_for("read-only");
        assert!(!text.contains("Cancel <") && !text.contains("Cancel ]"), "{}: {text}", spec.id);
    }
    assert!(pressed > 15, "only {pressed} keys");
    screen.type_command("edit deploy/coredns -n kube-system");
    screen.press("<enter>");
    screen.wait_for(":edit: read-only");
    screen.press("<esc>");
    // A key right after it would be one with alt.
    screen.wait_gone(":edit deploy/coredns");
    screen.leave();
    assert!(server.requests() > 5, "the server was asked at all");
    assert_eq!(server.writes(), []);
}

/// A key as terminals send it: `shift-e` is `E`.
fn shifted(keys: &str) -> String {
    match keys.strip_prefix("shift-") {
        Some(letter) if letter.chars().count() == 1 => letter.to_uppercase(),
        _ => format!("<{keys}>"),
    }
}

/// Headless commands that write or reach into pods, each on a session that is read-only.
fn no_headless() {
    let server = DemoServer::start(Demo::start(DemoOptions { seed: 1, ..DemoOptions::default() }));
    let kubeconfig = server.kubeconfig("demo");
    let dir = tempfile::tempdir().unwrap();
    let run = |args: &[&str]| {
        crate::support::control_plane::wheelhouse(dir.path())
            .args(args)
            .env("EDITOR", "sed -i 's/replicas: .*/replicas: 9/'")
            .stdin(std::process::Stdio::null())
            .output()
            .unwrap()
    };
    let config = format!("--kubeconfig={}", kubeconfig.display());
    let file = dir.path().join("file");
    std::fs::write(&file, "x").unwrap();
    let file = file.display().to_string();
    let place = ["--readonly", "-n", "kube-system", config.as_str()];
    let mut tried = 0;
    for command in [
        vec!["edit", "deploy/coredns"],
        vec!["forward", "deploy/coredns", ":53"],
        vec!["exec", "deploy/coredns", "--", "true"],
        vec!["cp", file.as_str(), "coredns:/tmp/x"],
        vec!["debug", "deploy/coredns"],
    ] {
        // Not every command is there in every build; what is there is held to it.
        if !run(&[command[0], "--help"]).status.success() {
            continue;
        }
        tried += 1;
        let mut args = vec![command[0]];
        args.extend(place);
        args.extend(&command[1..]);
        let output = run(&args);
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_ne!(output.status.code(), Some(0), "{command:?}: {said}");
    }
    assert!(tried >= 2, "{tried} commands");
    assert_eq!(server.writes(), []);
}
