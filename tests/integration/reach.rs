//! Reaching into containers through the reader itself, on an embedded cluster: exit codes, the end of
//! input, and the gate, which no exec, attach or copy passes without its plan.

use crate::support::trials;
use libtest_mimic::Trial;
use serde_json::json;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::mpsc;
use wheelhouse::cluster::{self, Command, Event, Options, Target};
use wheelhouse::demo::Demo;
use wheelhouse::model::{
    ClusterId, CopyEvent, CopySpec, CopyWay, Fault, FaultKind, Gvr, ObjRef, Plan, PlanId,
    PlanRequest, ShellEvent, ShellSpec, StreamEvent, StreamId, StreamInput, StreamSpec,
};

const HERE: ClusterId = ClusterId(0);
const STREAM: StreamId = StreamId(1);

pub fn trials() -> Vec<Trial> {
    vec![
        trials::plain("reach::a_process_has_its_streams_its_end_and_its_exit_code", process),
        trials::plain("reach::nothing_is_entered_without_the_plan_for_it", without_plan),
        trials::plain("reach::read_only_enters_nothing", read_only),
    ]
}

fn pod() -> ObjRef {
    ObjRef {
        cluster: HERE,
        gvr: Gvr::new("", "v1", "pods"),
        kind: "Pod".into(),
        namespace: "default".into(),
        name: "web".into(),
        uid: "".into(),
    }
}

fn spec(command: &[&str]) -> ShellSpec {
    ShellSpec {
        pod: pod(),
        container: "main".into(),
        command: command.iter().map(|part| (*part).to_owned()).collect(),
        tty: false,
        stdin: true,
        size: (80, 24),
    }
}

fn plan(requests: Vec<PlanRequest>) -> Plan {
    let plan = Plan::empty(PlanId(1), HERE, "demo".into(), "Shell in Pod/web");
    requests.into_iter().fold(plan, Plan::request)
}

struct Reader {
    runtime: tokio::runtime::Runtime,
    handle: cluster::Handle,
    _events: mpsc::Receiver<Event>,
}

impl Reader {
    fn start(readonly: bool) -> Self {
        let demo = Demo::with_objects(vec![
            json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "default"}}),
            json!({"apiVersion": "v1", "kind": "Pod",
                "metadata": {"name": "web", "namespace": "default"},
                "spec": {"containers": [{"name": "main", "image": "web"}]},
                "status": {"phase": "Running", "containerStatuses": [
                    {"name": "main", "state": {"running": {}}}]}}),
        ]);
        let target = Target::Embedded(Arc::new(move || demo.dial()), String::new());
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let (out, mut events) = mpsc::channel(64);
        let options = Options { readonly, ..Options::new(target) };
        let handle = cluster::start(options, out).unwrap();
        handle.send(Command::Connect { cluster: HERE, context: "demo".into() });
        handle.send(Command::Readonly(HERE, false));
        let discovered = async {
            loop {
                let event = events.recv().await.expect("the reader runs");
                if matches!(event, Event::Cluster(_, wheelhouse::model::ClusterEvent::Discovery(_)))
                {
                    return;
                }
            }
        };
        runtime.block_on(async {
            tokio::time::timeout(Duration::from_secs(60), discovered).await.unwrap()
        });
        Self { runtime, handle, _events: events }
    }

    /// Opens a stream, sends this into it, and collects what it tells to its last word.
    fn run(&self, spec: StreamSpec, plan: Option<Plan>, input: &[StreamInput]) -> Vec<StreamEvent> {
        let (out, mut told) = mpsc::channel(4);
        self.handle.send(Command::Open { stream: STREAM, spec, plan, out });
        for one in input {
            self.handle.send(Command::Input(STREAM, one.clone()));
        }
        let all = async {
            let mut all = Vec::new();
            while let Some((_, event)) = told.recv().await {
                all.push(event);
            }
            all
        };
        self.runtime
            .block_on(async { tokio::time::timeout(Duration::from_secs(60), all).await.unwrap() })
    }

    fn shell(
        &self,
        spec: &ShellSpec,
        plan: Option<Plan>,
        input: &[StreamInput],
    ) -> (Vec<u8>, ShellEvent) {
        let mut out = Vec::new();
        let mut last = None;
        for event in self.run(StreamSpec::Shell(spec.clone()), plan, input) {
            match event {
                StreamEvent::Shell(ShellEvent::Output(bytes)) => out.extend(bytes),
                StreamEvent::Shell(event) => last = Some(event),
                other => panic!("{other:?}"),
            }
        }
        (out, last.unwrap())
    }

    fn fault(&self, spec: &ShellSpec, plan: Option<Plan>) -> Fault {
        match self.shell(spec, plan, &[]) {
            (out, ShellEvent::Failed(fault)) if out.is_empty() => fault,
            other => panic!("{other:?}"),
        }
    }
}

fn planned(spec: &ShellSpec) -> Option<Plan> {
    Some(plan(vec![PlanRequest::shell(spec)]))
}

fn process() {
    let reader = Reader::start(false);
    let exits = spec(&["sh", "-c", "echo hello; exit 42"]);
    assert_eq!(
        reader.shell(&exits, planned(&exits), &[]),
        (b"hello\n".to_vec(), ShellEvent::Exited(42))
    );
    let cat = spec(&["cat"]);
    let bytes: Vec<u8> = (0..1_000_000_u32).map(|n| ((n * 7) >> 3) as u8).collect();
    let input = [StreamInput::Bytes(bytes.clone()), StreamInput::Eof];
    let (out, end) = reader.shell(&cat, planned(&cat), &input);
    assert!(out == bytes && end == ShellEvent::Exited(0), "{} bytes, {end:?}", out.len());
    let none = spec(&["no-such-program"]);
    let fault = reader.fault(&none, planned(&none));
    assert!(fault.kind == FaultKind::NotFound && !fault.hint.is_empty(), "{fault}");
    let gone = ShellSpec { pod: ObjRef { name: "gone".into(), ..pod() }, ..none };
    assert_eq!(reader.fault(&gone, planned(&gone)).kind, FaultKind::NotFound);
}

fn without_plan() {
    let reader = Reader::start(false);
    let sh = spec(&["sh", "-c", "true"]);
    assert_eq!(reader.fault(&sh, None).kind, FaultKind::Refused);
    // The plan of something else, were it as harmless.
    let other = spec(&["sh", "-c", "false"]);
    assert_eq!(reader.fault(&sh, planned(&other)).kind, FaultKind::Refused);
    let elsewhere = Plan { cluster: ClusterId(7), ..planned(&sh).unwrap() };
    assert_eq!(reader.fault(&sh, Some(elsewhere)).kind, FaultKind::Refused);
    let rehearsed = Plan { dry_run: true, ..planned(&sh).unwrap() };
    assert_eq!(reader.fault(&sh, Some(rehearsed)).kind, FaultKind::Refused);
    let copy = CopySpec {
        pod: pod(),
        container: "main".into(),
        way: CopyWay::Down,
        local: std::env::temp_dir(),
        remote: "/etc/hosts".into(),
    };
    let told = reader.run(StreamSpec::Copy(copy), planned(&sh), &[]);
    let [StreamEvent::Copy(CopyEvent::Failed(fault))] = told.as_slice() else { panic!("{told:?}") };
    assert_eq!(fault.kind, FaultKind::Refused, "{fault}");
}

fn read_only() {
    let reader = Reader::start(true);
    for command in [&["sh"][..], &[]] {
        let spec = spec(command);
        let fault = reader.fault(&spec, planned(&spec));
        assert!(fault.why.contains("read-only"), "{fault}");
    }
}
