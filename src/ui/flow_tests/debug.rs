//! Debug containers and shells on nodes: planned, followed until they run, opened, cleared away.

use super::fixture::{Fixture, plan};
use crate::model::{
    Answer, Fault, FaultKind, FollowState, Following, Method, Plan, ShellEvent, StreamEvent,
    StreamId, StreamSpec,
};
use crate::ui::{Effect, Msg};

const POD: &str = r#"{"metadata":{"name":"running"},"spec":{"containers":[{"name":"main"}]},
    "status":{"phase":"Running"}}"#;
const NODE: &str = r#"{"status":{"conditions":[{"type":"Ready","status":"True"}]}}"#;

fn answer_reads(f: &mut Fixture, json: &str) {
    for effect in f.sent() {
        if let Effect::Read { ticket, .. } = effect {
            f.msg(Msg::Answer(ticket, Ok(Answer::Object(json.into()))));
        }
    }
}

fn one_pod() -> Fixture {
    let mut f = Fixture::new();
    f.press("/").type_in("name==running").press("enter").sent();
    f
}

fn node() -> Fixture {
    let mut f = Fixture::new();
    f.go("nodes").sent();
    f.press("s");
    answer_reads(&mut f, NODE);
    f
}

/// Moves to the button and presses it.
fn run(f: &mut Fixture) -> Plan {
    for _ in 0..9 {
        if f.screen().contains("> Start and attach <") {
            break;
        }
        f.press("tab");
    }
    f.press("enter");
    plan(&f.sent())
}

fn opened(sent: &[Effect]) -> Option<(StreamId, Plan)> {
    sent.iter().find_map(|effect| match effect {
        Effect::Open { stream, spec: StreamSpec::Shell(_), plan: Some(plan) } => {
            Some((*stream, plan.clone()))
        }
        _ => None,
    })
}

#[test]
fn a_debug_container_is_patched_in_and_attached_to_when_it_runs() {
    let mut f = one_pod();
    f.press("alt-d");
    answer_reads(&mut f, POD);
    let screen = f.screen();
    for part in ["image: busybox", "profile: general", "sees the processes of: container main"] {
        assert!(screen.contains(part), "{part}:\n{screen}");
    }
    assert!(screen.contains("/pods/running/ephemeralcontainers"), "{screen}");
    let sent = run(&mut f);
    assert_eq!(sent.requests.len(), 1, "attaching comes later: {sent:?}");
    assert!(matches!(sent.requests[0].follow, Following::Runs(_)));
    let words = "ImagePullBackOff: no such image".to_owned();
    f.msg(Msg::Follow(sent.id, 0, FollowState::Progressing(words)));
    assert!(f.strip().contains("ImagePullBackOff"), "why it waits is said: {}", f.strip());
    assert!(opened(&f.sent()).is_none());
    // Somebody who types something else is not surprised by a shell.
    f.press("/");
    f.msg(Msg::Follow(sent.id, 0, FollowState::Done("container debugger runs".into())));
    assert!(opened(&f.sent()).is_none());
    f.press("esc");
    let (_, attach) = opened(&f.sent()).expect("it is attached to");
    assert!(attach.requests[0].path.contains("/pods/running/attach?container=debugger-"));
}

#[test]
fn a_container_that_never_runs_opens_nothing() {
    let mut f = one_pod();
    f.press("alt-d");
    answer_reads(&mut f, POD);
    let sent = run(&mut f);
    let fault = Fault::new(FaultKind::Other, "start", "container debugger has ended already");
    f.msg(Msg::Follow(sent.id, 0, FollowState::Failed(fault)));
    assert!(f.sent().iter().all(|e| !matches!(e, Effect::Open { .. } | Effect::Run(_))));
    assert!(f.strip().contains("has ended already"), "{}", f.strip());
}

#[test]
fn a_dry_run_of_a_debug_container_opens_nothing() {
    let mut f = one_pod();
    f.press("alt-d");
    answer_reads(&mut f, POD);
    // Out of the field, where letters are letters.
    while !f.screen().contains("> Start and attach <") {
        f.press("tab");
    }
    f.press("d");
    while !f.screen().contains("> Ask the server <") {
        f.press("tab");
    }
    f.press("enter");
    let sent = plan(&f.sent());
    assert!(sent.dry_run);
    f.msg(Msg::Follow(sent.id, 0, FollowState::WouldSucceed));
    assert!(opened(&f.sent()).is_none());
}

#[test]
fn the_pod_of_a_node_shell_is_deleted_when_the_shell_ends() {
    let mut f = node();
    let screen = f.screen();
    assert!(screen.contains("the pod is deleted when its shell ends or is left"), "{screen}");
    assert!(screen.contains("every file of the node"), "{screen}");
    let create = run(&mut f);
    assert_eq!((create.requests.len(), create.requests[0].method), (1, Method::Post));
    f.msg(Msg::Follow(create.id, 0, FollowState::Done("runs".into())));
    let (stream, _) = opened(&f.sent()).expect("it is attached to");
    f.msg(Msg::Stream(stream, StreamEvent::Shell(ShellEvent::Started)));
    assert!(f.sent().iter().all(|effect| !matches!(effect, Effect::Run(_))));
    f.msg(Msg::Stream(stream, StreamEvent::Shell(ShellEvent::Exited(0))));
    let delete = plan(&f.sent());
    assert_eq!(delete.requests[0].method, Method::Delete);
    assert_eq!(delete.requests[0].target, create.requests[0].target);
    assert_ne!(delete.id, create.id, "it is an action of its own");
    assert!(f.ui.actions.all().iter().any(|action| action.plan.id == delete.id));
}

#[test]
fn the_pod_of_a_node_shell_is_deleted_where_nothing_comes_of_it() {
    // The server says no: there is nothing to delete.
    let mut f = node();
    let create = run(&mut f);
    let mut fault = Fault::new(FaultKind::Forbidden, "create", "not allowed");
    fault.code = Some(403);
    f.msg(Msg::Follow(create.id, 0, FollowState::Failed(fault)));
    assert!(f.sent().iter().all(|effect| !matches!(effect, Effect::Run(_))));
    // It is there, and its image is not.
    let mut f = node();
    let create = run(&mut f);
    f.msg(Msg::Follow(create.id, 0, FollowState::TimedOut("after 300 s: ErrImagePull".into())));
    assert_eq!(plan(&f.sent()).requests[0].method, Method::Delete);
    // Nobody wants to wait for it.
    let mut f = node();
    let create = run(&mut f);
    f.msg(Msg::Follow(create.id, 0, FollowState::Progressing("ErrImagePull".into())));
    f.press("ctrl-t alt-x");
    assert_eq!(plan(&f.sent()).requests[0].method, Method::Delete);
}

#[test]
fn leaving_the_program_deletes_the_pod_first() {
    let mut f = node();
    let create = run(&mut f);
    f.msg(Msg::Follow(create.id, 0, FollowState::Progressing("ErrImagePull".into())));
    f.press("ctrl-c");
    assert!(f.strip().contains("not finished"), "{}", f.strip());
    f.press("ctrl-c");
    let sent = f.sent();
    assert!(!sent.contains(&Effect::Quit), "{sent:?}");
    let delete = plan(&sent);
    f.msg(Msg::Follow(delete.id, 0, FollowState::Done("gone after 1 s".into())));
    assert!(f.sent().contains(&Effect::Quit));
}
