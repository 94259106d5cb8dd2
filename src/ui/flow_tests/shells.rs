//! Shells in a pane: from a row to a process that gets every key.

use super::fixture::Fixture;
use crate::model::{
    Answer, Fault, FaultKind, Method, ShellEvent, StreamEvent, StreamId, StreamInput, StreamSpec,
};
use crate::ui::settings::Loaded;
use crate::ui::{Effect, Msg, Start};
use serde_json::{Value, json};

/// Answers every read that was asked for with `json`; everything else that was sent comes back.
fn answer_reads(f: &mut Fixture, json: &Value) -> Vec<Effect> {
    let mut others = Vec::new();
    for effect in f.sent() {
        match effect {
            Effect::Read { ticket, .. } => {
                f.msg(Msg::Answer(ticket, Ok(Answer::Object(json.to_string().into()))));
            }
            other => others.push(other),
        }
    }
    others.append(&mut f.sent());
    others
}

fn pod(containers: &[&str]) -> Value {
    let spec: Vec<Value> = containers
        .iter()
        .map(|name| json!({"name": name, "image": format!("shop/{name}:1")}))
        .collect();
    let statuses: Vec<Value> =
        containers.iter().map(|name| json!({"name": name, "state": {"running": {}}})).collect();
    json!({"spec": {"containers": spec},
        "status": {"phase": "Running", "containerStatuses": statuses}})
}

fn pods(change: impl FnOnce(&mut Loaded)) -> Fixture {
    let mut f = Fixture::with((100, 24), change, Start::default());
    f.press(":").type_in("pods").press("enter");
    f.sent();
    f
}

/// The one stream that was opened, with its plan's request.
fn opened(sent: &[Effect]) -> (StreamId, crate::model::ShellSpec, String) {
    let all: Vec<_> = sent
        .iter()
        .filter_map(|effect| match effect {
            Effect::Open { stream, spec: StreamSpec::Shell(spec), plan: Some(plan) } => {
                assert_eq!(plan.requests[0].method, Method::Connect);
                Some((*stream, spec.clone(), plan.requests[0].path.clone()))
            }
            _ => None,
        })
        .collect();
    assert_eq!(all.len(), 1, "{sent:?}");
    all.into_iter().next().unwrap()
}

fn typed(sent: &[Effect]) -> Vec<u8> {
    let bytes = sent.iter().filter_map(|effect| match effect {
        Effect::Input(_, StreamInput::Bytes(bytes)) => Some(bytes.clone()),
        _ => None,
    });
    bytes.flatten().collect()
}

fn told(f: &mut Fixture, stream: StreamId, event: ShellEvent) {
    f.msg(Msg::Stream(stream, StreamEvent::Shell(event)));
}

fn shell() -> (Fixture, StreamId) {
    let mut f = pods(|_| {});
    f.press("s");
    let (stream, ..) = opened(&answer_reads(&mut f, &pod(&["api"])));
    told(&mut f, stream, ShellEvent::Started);
    (f, stream)
}

#[test]
fn s_opens_a_shell_in_the_only_container_and_every_key_goes_to_it() {
    let mut f = pods(|_| {});
    f.press("s");
    assert!(f.screen().contains("reading what it depends on"), "{}", f.screen());
    let (stream, spec, path) = opened(&answer_reads(&mut f, &pod(&["api"])));
    assert_eq!((&*spec.container, spec.tty, spec.size), ("api", true, (98, 18)));
    assert!(path.contains("/exec?command=sh&command=-c&command=for%20s%20in"), "{path}");
    told(&mut f, stream, ShellEvent::Started);
    told(&mut f, stream, ShellEvent::Output(b"\x1b[31m/app\x1b[0m # ".to_vec()));
    assert!(f.screen().contains("/app #"), "{}", f.screen());

    f.press("l s q : / ? esc ctrl-c ctrl-d up enter");
    assert_eq!(typed(&f.sent()), b"lsq:/?\x1b\x03\x04\x1b[A\r");
    assert!(f.screen().contains("/app #"), "still there\n{}", f.screen());
    f.msg(Msg::Paste("one\ntwo".into()));
    assert_eq!(typed(&f.sent()), b"one\rtwo");

    f.msg(Msg::Resize(80, 30));
    assert!(f.sent().contains(&Effect::Input(stream, StreamInput::Size(78, 24))));
    f.press("ctrl-]");
    assert!(f.sent().contains(&Effect::Close(stream)), "it is told that the terminal is gone");
    assert!(!f.screen().contains("/app #"), "{}", f.screen());
}

#[test]
fn a_pod_with_several_containers_asks_which() {
    let mut f = pods(|_| {});
    f.press("s");
    assert!(
        answer_reads(&mut f, &pod(&["api", "proxy"]))
            .iter()
            .all(|e| !matches!(e, Effect::Open { .. }))
    );
    assert!(f.screen().contains("> container: api"), "{}", f.screen());
    f.press("space enter");
    assert!(f.screen().contains("container: proxy"), "{}", f.screen());
    f.press("enter");
    assert_eq!(opened(&f.sent()).1.container, "proxy");
}

#[test]
fn a_command_that_was_typed_is_remembered_for_its_image() {
    let mut f = pods(|_| {});
    f.press("s");
    answer_reads(&mut f, &pod(&["api", "proxy"]));
    f.press("down").type_in("bash -l").press("enter enter");
    let sent = f.sent();
    assert_eq!(opened(&sent).1.command, ["bash", "-l"]);
    let line = "shop/api bash -l".to_owned();
    assert!(sent.contains(&Effect::Remember { history: "shells", line }), "{sent:?}");
    f.press("ctrl-] s");
    answer_reads(&mut f, &pod(&["api", "proxy"]));
    assert!(f.screen().contains("bash -l"), "{}", f.screen());
}

#[test]
fn on_a_protected_context_the_plan_is_seen_first() {
    let mut f = pods(|config| {
        config.settings.contexts.push((
            "dev".into(),
            crate::ui::settings::ContextSettings { protected: Some(true), ..Default::default() },
        ));
    });
    f.press("s");
    let sent = answer_reads(&mut f, &pod(&["api"]));
    assert!(sent.iter().all(|effect| !matches!(effect, Effect::Open { .. })), "{sent:?}");
    assert!(f.screen().contains("> Open <"), "{}", f.screen());
    f.press("enter");
    opened(&f.sent());
}

#[test]
fn no_permission_and_read_only_open_nothing_and_say_so() {
    let mut f = pods(|_| {});
    f.denied = vec![("create", "pods")];
    f.press("s");
    let sent = answer_reads(&mut f, &pod(&["api"]));
    assert!(sent.iter().all(|effect| !matches!(effect, Effect::Open { .. })), "{sent:?}");
    assert!(f.screen().contains("no permission: create pods/exec"), "{}", f.screen());
    let mut f = pods(|config| config.settings.readonly = true);
    for key in ["s", "a", "t"] {
        f.press(key);
        assert!(f.screen().contains("read-only"), "{key}\n{}", f.screen());
        assert!(f.ui.overlay.is_none());
    }
}

#[test]
fn the_end_is_told_and_enter_runs_it_again() {
    let (mut f, stream) = shell();
    told(&mut f, stream, ShellEvent::Output(b"bye\r\n".to_vec()));
    told(&mut f, stream, ShellEvent::Exited(3));
    assert!(f.screen().contains("ended with exit code 3"), "{}", f.screen());
    f.press("enter");
    let (again, ..) = opened(&f.sent());
    assert_ne!(again, stream);
    assert!(!f.screen().contains("bye"), "{}", f.screen());
    // What the old one still says is nobody's.
    told(&mut f, stream, ShellEvent::Output(b"ghost".to_vec()));
    assert!(!f.screen().contains("ghost"));
    let fault = Fault::new(FaultKind::NotFound, "run", "exec: \"sh\": executable file not found");
    told(&mut f, again, ShellEvent::Failed(fault));
    assert!(f.screen().contains("there is no shell in this image"), "{}", f.screen());
    assert!(f.screen().contains("debug container"), "{}", f.screen());
    f.press("q");
    assert!(f.screen().contains("pods("), "{}", f.screen());
}

#[test]
fn what_a_process_writes_stays_inside_its_pane() {
    let (mut f, stream) = shell();
    let before: Vec<String> = f.lines();
    let evil = b"\x1b]0;title\x07\x1b]52;c;cm0gLXJm\x07\x1b[2J\x1b[1;1HTOP\x1b[999;90Hend\xff\xfe\x1b[65535@";
    told(&mut f, stream, ShellEvent::Output(evil.to_vec()));
    let after = f.lines();
    for outside in [0, 1, 2, before.len() - 1, before.len() - 2, before.len() - 3] {
        assert_eq!(before[outside], after[outside], "line {outside}");
    }
    assert!(after[3].contains("TOP"), "{}", f.screen());
    assert!(!f.screen().contains("cm0gLXJm"), "{}", f.screen());
}

#[test]
fn what_scrolled_away_can_be_looked_at_and_typing_comes_back() {
    let (mut f, stream) = shell();
    for n in 0..60 {
        told(&mut f, stream, ShellEvent::Output(format!("line {n}\r\n").into_bytes()));
    }
    assert!(!f.screen().contains("line 30"));
    f.press("shift-pageup shift-pageup");
    assert!(f.screen().contains("line 20") && f.screen().contains("lines back"), "{}", f.screen());
    f.press("shift-pagedown");
    f.press("x");
    assert!(f.screen().contains("line 59"), "{}", f.screen());
    assert_eq!(typed(&f.sent()), b"x");
}

#[test]
fn the_whole_terminal_is_handed_over_by_key_or_by_setting() {
    let (mut f, stream) = shell();
    told(&mut f, stream, ShellEvent::Output(b"hello".to_vec()));
    f.press("alt-enter");
    let sent = f.sent();
    let screen = sent.iter().find_map(|effect| match effect {
        Effect::Handover { stream: of, screen, leave } if *of == stream && leave == b"\x1d" => {
            Some(String::from_utf8_lossy(screen).into_owned())
        }
        _ => None,
    });
    assert!(screen.is_some_and(|screen| screen.contains("hello")), "{sent:?}");
    f.msg(Msg::HandedOver(Some(stream)));
    told(&mut f, stream, ShellEvent::Output(b"\x1b[6n".to_vec()));
    assert_eq!(typed(&f.sent()), b"", "the real terminal answers");
    f.msg(Msg::HandedOver(None));
    assert!(f.sent().iter().any(|e| matches!(e, Effect::Input(_, StreamInput::Size(..)))));
    told(&mut f, stream, ShellEvent::Output(b"\x1b[6n".to_vec()));
    assert!(typed(&f.sent()).starts_with(b"\x1b["));

    let mut f = pods(|config| config.settings.shell_whole = true);
    f.press("s");
    let (stream, ..) = opened(&answer_reads(&mut f, &pod(&["api"])));
    told(&mut f, stream, ShellEvent::Started);
    assert!(f.sent().iter().any(|effect| matches!(effect, Effect::Handover { .. })));
}

#[test]
fn attaching_shows_the_plan_first_where_something_should_be_known() {
    let mut f = pods(|_| {});
    f.press("a");
    let sent = answer_reads(&mut f, &pod(&["api"]));
    let (stream, spec, path) = opened(&sent);
    assert!(path.contains("/attach?container=api&stdin=false"), "{path}");
    assert!(!spec.tty && spec.command.is_empty());
    told(&mut f, stream, ShellEvent::Started);
    told(&mut f, stream, ShellEvent::Output(b"one\ntwo\n".to_vec()));
    assert!(
        f.lines().iter().any(|line| line.trim_matches('│').starts_with("two")),
        "{}",
        f.screen()
    );
}
