//! The gate from outside: the reader on an embedded cluster, asked to write what it may not.

use crate::support::trials;
use libtest_mimic::Trial;
use serde_json::json;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::mpsc;
use wheelhouse::cluster::{self, Command, Event, Options, Target};
use wheelhouse::demo::Demo;
use wheelhouse::model::{
    Answer, ClusterId, Fault, FaultKind, FollowState, Gvr, ObjRef, Plan, PlanId, Propagation,
    Ticket,
};

const HERE: ClusterId = ClusterId(0);

pub fn trials() -> Vec<Trial> {
    vec![
        trials::plain("gate::nothing_is_written_before_it_is_allowed", closed_until_told),
        trials::plain("gate::readonly_is_never_lifted", never_lifted),
        trials::plain("gate::a_plan_for_another_cluster_is_refused", pinned),
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
