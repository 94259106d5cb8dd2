//! Port-forwards: planned from a row, running beside every pane, told, stopped, kept.

use super::fixture::{DEV, Fixture};
use crate::model::{
    Answer, Fault, FaultKind, ForwardEvent, ForwardSpec, StreamEvent, StreamId, StreamSpec,
};
use crate::ui::{Effect, Msg, Start};

const POD: &str = r#"{"metadata":{"labels":{}},"spec":{"containers":[
    {"name":"web","ports":[{"name":"http","containerPort":8080}]},
    {"name":"side","ports":[{"containerPort":9090}]}]}}"#;

fn one_pod() -> Fixture {
    let mut f = Fixture::new();
    f.press("/").type_in("name==running").press("enter").sent();
    f
}

fn answer_reads(f: &mut Fixture, json: &str) {
    for effect in f.sent() {
        if let Effect::Read { ticket, .. } = effect {
            f.msg(Msg::Answer(ticket, Ok(Answer::Object(json.into()))));
        }
    }
}

/// The stream that was opened, and what for.
fn opened(f: &mut Fixture) -> (StreamId, ForwardSpec) {
    let sent = f.sent();
    let open = sent.iter().find_map(|effect| match effect {
        Effect::Open { stream, spec: StreamSpec::Forward(spec), plan: Some(_) } => {
            Some((*stream, spec.clone()))
        }
        _ => None,
    });
    open.unwrap_or_else(|| panic!("nothing was opened: {sent:?}"))
}

fn tell(f: &mut Fixture, stream: StreamId, event: ForwardEvent) {
    f.msg(Msg::Stream(stream, StreamEvent::Forward(event)));
}

/// A forward to the pod `running` that listens on 8080.
fn running() -> (Fixture, StreamId) {
    let mut f = one_pod();
    f.press("shift-f");
    answer_reads(&mut f, POD);
    f.press("enter enter enter");
    let (stream, _) = opened(&mut f);
    tell(&mut f, stream, ForwardEvent::Listening(vec![8080]));
    tell(&mut f, stream, ForwardEvent::Pod("running".into()));
    (f, stream)
}

#[test]
fn a_forward_is_planned_from_a_pod_and_followed_in_its_table() {
    let mut f = one_pod();
    f.press("shift-f");
    answer_reads(&mut f, POD);
    let screen = f.screen();
    assert!(screen.contains("ports, LOCAL:REMOTE: 8080"), "{screen}");
    assert!(screen.contains("/pods/running/portforward?ports=8080"), "{screen}");
    f.press("enter enter");
    assert!(f.screen().contains("> Forward <"), "{}", f.screen());
    f.press("enter");
    let (stream, spec) = opened(&mut f);
    assert_eq!(spec.target.name, "running");
    tell(&mut f, stream, ForwardEvent::Listening(vec![8080]));
    assert!(
        f.strip().contains("http://localhost:8080 leads to Pod/running on dev"),
        "{}",
        f.strip()
    );
    assert!(f.lines()[0].contains("1 forward"), "{}", f.lines()[0]);
    let kept = f.sent().into_iter().find_map(|effect| match effect {
        Effect::KeepForwards { context, forwards } => Some((context, forwards)),
        _ => None,
    });
    assert_eq!(kept, Some(("dev".into(), vec![spec])), "what works is kept");

    f.press("f");
    assert!(f.screen().contains("looking for a pod"), "{}", f.screen());
    tell(&mut f, stream, ForwardEvent::Pod("running".into()));
    let traffic = ForwardEvent::Traffic { open: 2, connections: 7, sent: 2048, received: 3 << 20 };
    tell(&mut f, stream, traffic);
    let row = f.selected();
    for part in ["Pod/running", "8080", "listening", "2", "7", "2Ki", "3Mi"] {
        assert!(row.contains(part), "{part}: {row}");
    }
    tell(&mut f, stream, ForwardEvent::Waiting("no pod stands behind Pod/running".into()));
    assert!(f.selected().contains("waiting: no pod stands"), "{}", f.selected());
    tell(&mut f, stream, ForwardEvent::Pod("running".into()));
    let fault = Fault::new(FaultKind::Other, "forward", "connection refused");
    tell(&mut f, stream, ForwardEvent::Trouble(fault));
    assert!(f.selected().contains("listening"), "{}", f.selected());

    // The pane goes, the forward stays.
    f.press("esc").press("f c");
    assert!(f.sent().contains(&Effect::Copy("http://localhost:8080".into())));
}

#[test]
fn a_forward_is_stopped_started_again_and_forgotten() {
    let (mut f, stream) = running();
    f.press("f ctrl-d");
    assert!(f.sent().contains(&Effect::Close(stream)));
    assert!(f.selected().contains("stopped"), "{}", f.selected());
    assert!(!f.lines()[0].contains("1 forward"), "{}", f.lines()[0]);
    // Its plan was shown: it goes on without being asked for again.
    f.press("r");
    let (again, _) = opened(&mut f);
    assert_ne!(again, stream);
    let fault = Fault::new(FaultKind::NotFound, "forward", "Pod/running is gone");
    tell(&mut f, again, ForwardEvent::End(Some(fault)));
    assert!(f.selected().contains("ended: Pod/running is gone"), "{}", f.selected());
    assert!(f.strip().contains("forward to Pod/running"), "{}", f.strip());
    f.sent();
    f.press("x");
    let forgotten = Effect::KeepForwards { context: "dev".into(), forwards: Vec::new() };
    assert!(f.sent().contains(&forgotten));
    assert!(f.screen().contains("no forwards so far"), "{}", f.screen());
}

#[test]
fn what_an_earlier_session_left_is_shown_stopped_and_started_with_its_plan() {
    let (mut f, stream) = running();
    let spec = f.ui.forwards.all()[0].spec.clone();
    tell(&mut f, stream, ForwardEvent::End(None));
    let mut f = Fixture::new();
    assert!(
        f.sent().contains(&Effect::LoadForwards { cluster: DEV, context: "dev".into() }),
        "each context's own are read when it is connected"
    );
    f.msg(Msg::Forwards(DEV, Ok(vec![spec])));
    f.go("pf");
    assert!(f.selected().contains("stopped"), "{}", f.selected());
    f.press("enter");
    assert!(f.screen().contains("Forward to Pod/running"), "a plan is shown:\n{}", f.screen());
    f.press("enter enter enter");
    opened(&mut f);
    assert_eq!(f.ui.forwards.all().len(), 1, "it is the same one");
    assert!(f.selected().contains("starting"), "{}", f.selected());
}

#[test]
fn a_taken_local_port_is_said_while_it_is_typed() {
    let (mut f, _) = running();
    f.press("shift-f");
    answer_reads(&mut f, POD);
    let probe = f.sent().into_iter().find_map(|effect| match effect {
        Effect::ProbePorts { address, ports } => Some((address, ports)),
        _ => None,
    });
    // The answer of the fixture's reads was taken in one step: the probe may have come with it.
    let (address, ports) = probe.unwrap_or(("127.0.0.1".into(), vec![8080]));
    let why = "another program has this port";
    let fault = Fault::new(FaultKind::Conflict, "listen on 127.0.0.1:8080", why);
    f.msg(Msg::Ports { address, ports, taken: Some(fault) });
    let screen = f.screen();
    assert!(screen.contains("forward 1 to Pod/running has this port"), "{screen}");
    f.press("enter enter enter");
    assert!(f.sent().iter().all(|effect| !matches!(effect, Effect::Open { .. })));
    // Any other port is looked at anew.
    f.press("shift-tab");
    while !f.screen().contains("LOCAL:REMOTE: 8080") {
        f.press("shift-tab");
    }
    f.press("backspace backspace backspace backspace").type_in(":8080").press("enter enter enter");
    opened(&mut f);
}

#[test]
fn ports_of_the_selected_container_are_suggested() {
    let mut f = one_pod();
    f.press("enter").sent();
    f.press("shift-f");
    answer_reads(&mut f, POD);
    let shown = f.screen();
    assert!(shown.contains("Forward to Pod/running"), "{shown}");
}

#[test]
fn leaving_is_asked_while_forwards_run_and_the_cluster_stays_connected() {
    let (mut f, stream) = running();
    f.press("ctrl-c");
    assert!(f.strip().contains("a forward ends with the program"), "{}", f.strip());
    assert!(!f.sent().contains(&Effect::Quit));
    f.wait(10);
    f.go("pods @prod-eu");
    f.wait(3600);
    assert!(f.sent().iter().all(|effect| *effect != Effect::Disconnect(DEV)));
    f.go("pf");
    assert!(f.screen().contains("Pod/running"), "all contexts' are shown:\n{}", f.screen());
    assert_eq!(f.ui.farewell().len(), 1);
    tell(&mut f, stream, ForwardEvent::End(None));
    f.press("ctrl-c");
    assert!(f.sent().contains(&Effect::Quit));
}

#[test]
fn a_table_without_pods_behind_it_offers_no_forward() {
    let mut f = Fixture::new();
    f.go("cm").sent();
    f.press("shift-f");
    assert!(f.ui.overlay.is_none());
    let mut f =
        Fixture::with((120, 30), |config| config.settings.readonly = true, Start::default());
    f.press("shift-f");
    assert!(f.strip().contains("read-only"), "{}", f.strip());
}
