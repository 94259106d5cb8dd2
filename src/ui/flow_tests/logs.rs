//! Lines of containers: how they are opened, followed, filtered, searched, and what leaves the pane.

use super::fixture::{Fixture, NOW};
use crate::model::{
    Fault, FaultKind, LogBatch, LogContainers, LogEvent, LogLine, LogSince, LogSource, LogSpec,
    LogTarget, StreamEvent, StreamId, StreamSpec,
};
use crate::ui::effect::Content;
use crate::ui::{Effect, Msg};

/// What was opened since the last look, and under which handle.
fn opened(fixture: &mut Fixture) -> (StreamId, LogSpec) {
    let sent = fixture.sent();
    let open = sent.into_iter().rev().find_map(|effect| match effect {
        Effect::Open { stream, spec: StreamSpec::Logs(spec), .. } => Some((stream, spec)),
        _ => None,
    });
    open.unwrap_or_else(|| panic!("no logs were opened"))
}

fn tell(fixture: &mut Fixture, stream: StreamId, event: LogEvent) {
    fixture.msg(Msg::Stream(stream, StreamEvent::Logs(event)));
    // The loop goes on while there is work and nothing else waits.
    while fixture.ui.has_work() {
        fixture.msg(Msg::Tick);
    }
}

fn source(pod: &str, container: &str) -> LogEvent {
    LogEvent::Source(LogSource {
        namespace: "shop".into(),
        pod: pod.into(),
        uid: pod.into(),
        container: container.into(),
    })
}

fn lines(source: u32, lines: &[&str]) -> LogEvent {
    let mut batch = LogBatch::default();
    for line in lines {
        batch.text.extend_from_slice(line.as_bytes());
        let end = u32::try_from(batch.text.len()).unwrap();
        batch.lines.push(LogLine { source, at: NOW * 1_000_000_000, end });
    }
    LogEvent::Lines(batch)
}

/// Logs of the first pod, with one source that said nothing yet.
fn pod() -> (Fixture, StreamId) {
    let mut fixture = Fixture::new();
    fixture.sent();
    fixture.press("l");
    let (stream, spec) = opened(&mut fixture);
    assert_eq!(spec.targets.len(), 1);
    assert!(spec.follow && !spec.previous);
    tell(&mut fixture, stream, source("api-1", "app"));
    (fixture, stream)
}

/// The pane's lines without frame.
fn inner(fixture: &Fixture) -> Vec<String> {
    let lines = fixture.lines();
    let inner = lines.iter().filter(|line| line.starts_with('│'));
    inner.map(|line| line.trim_matches(['│', ' ', '▸', '┃']).to_owned()).collect()
}

fn many(count: usize) -> Vec<String> {
    (0..count).map(|i| format!("line {i} of the log")).collect()
}

fn tell_many(fixture: &mut Fixture, stream: StreamId, count: usize) {
    let all = many(count);
    let all: Vec<&str> = all.iter().map(String::as_str).collect();
    tell(fixture, stream, lines(0, &all));
}

#[test]
fn logs_open_from_pods_workloads_containers_and_marked_rows() {
    let mut fixture = Fixture::new();
    fixture.sent();
    fixture.press("p");
    let (_, spec) = opened(&mut fixture);
    assert!(spec.previous && !spec.follow);
    fixture.press("q space space l");
    let (_, spec) = opened(&mut fixture);
    assert_eq!(spec.targets.len(), 2);
    fixture.go("deployments -A").press("l");
    let (_, spec) = opened(&mut fixture);
    assert!(matches!(&spec.targets[..], [LogTarget::Object(one)] if one.kind == "Deployment"));
    fixture.go("pods -A").press("enter enter");
    let (_, spec) = opened(&mut fixture);
    assert!(matches!(spec.containers, LogContainers::Named(_)));
    assert!(matches!(&spec.targets[..], [LogTarget::Object(one)] if one.kind == "Pod"));
    fixture.go("configmaps -A").sent();
    assert!(!fixture.ui.works_here(crate::ui::commands::Command::Logs));
    fixture.press("l");
    assert!(!fixture.sent().iter().any(|effect| matches!(effect, Effect::Open { .. })));
}

#[test]
fn since_keys_open_the_stream_anew_and_leaving_closes_it() {
    let (mut fixture, first) = pod();
    let mut before = first;
    for (key, since) in [
        ("0", LogSince::Tail(500)),
        ("1", LogSince::Beginning),
        ("2", LogSince::Seconds(60)),
        ("3", LogSince::Seconds(300)),
        ("4", LogSince::Seconds(900)),
        ("5", LogSince::Seconds(1800)),
        ("6", LogSince::Seconds(3600)),
    ] {
        fixture.sent();
        fixture.press(key);
        assert!(fixture.sent.contains(&Effect::Close(before)), "{key}");
        let (stream, spec) = opened(&mut fixture);
        assert_eq!(spec.since, since, "{key}");
        before = stream;
    }
    // What the old streams still say is nobody's.
    tell(&mut fixture, first, lines(0, &["from the past"]));
    assert!(!fixture.screen().contains("from the past"));
    fixture.press("a");
    let (_, spec) = opened(&mut fixture);
    assert_eq!(spec.containers, LogContainers::All);
    fixture.press("p");
    let (last, spec) = opened(&mut fixture);
    assert!(spec.previous && !spec.follow);
    fixture.press("q");
    assert!(fixture.sent().contains(&Effect::Close(last)));
}

#[test]
fn a_filter_keeps_and_drops_and_says_how_many() {
    let (mut fixture, stream) = pod();
    tell(
        &mut fixture,
        stream,
        lines(0, &["GET /orders", "GET /healthz", "level=error msg=\"no disk\"", "POST /orders"]),
    );
    fixture.press("/").type_in("orders !post");
    assert_eq!(inner(&fixture)[0], "GET /orders", "it filters while it is typed");
    fixture.press("enter");
    assert!(fixture.screen().contains("[1 of 4]"), "{}", fixture.screen());
    tell(&mut fixture, stream, lines(0, &["GET /orders/7", "GET /healthz"]));
    assert_eq!(inner(&fixture)[..2], ["GET /orders", "GET /orders/7"]);
    fixture.press("/ ctrl-u").type_in("level>=warn").press("enter");
    assert!(inner(&fixture)[0].contains("ERROR no disk"), "{}", fixture.screen());
    fixture.press("/ ctrl-u").type_in("nothing").press("enter");
    assert!(fixture.screen().contains("none of the 6 lines passes"), "{}", fixture.screen());
    fixture.press("/ ctrl-u").type_in("level>=loud");
    assert!(fixture.screen().contains("is no level"), "{}", fixture.screen());
    fixture.press("esc esc");
    assert!(fixture.screen().contains("[6]"), "{}", fixture.screen());
}

#[test]
fn scrolling_up_pauses_and_says_how_many_lines_wait() {
    let (mut fixture, stream) = pod();
    tell_many(&mut fixture, stream, 200);
    assert!(fixture.selected().contains("line 199 "), "{}", fixture.screen());
    assert!(fixture.screen().contains("following"));
    fixture.press("k");
    let before = inner(&fixture);
    tell(&mut fixture, stream, lines(0, &["new 1", "new 2", "new 3"]));
    assert!(fixture.screen().contains("paused, 3 lines wait"), "{}", fixture.screen());
    assert_eq!(inner(&fixture), before, "the screen stands still");
    fixture.press("g");
    assert!(inner(&fixture)[0].contains("line 0 "), "{}", fixture.screen());
    fixture.press("ctrl-f ctrl-b");
    assert!(inner(&fixture)[0].contains("line 0 "), "{}", fixture.screen());
    fixture.press("shift-g");
    assert!(fixture.selected().contains("new 3"), "{}", fixture.screen());
    assert!(fixture.screen().contains("following"));
    fixture.press("s");
    tell(&mut fixture, stream, lines(0, &["new 4"]));
    assert!(fixture.screen().contains("paused, 1 line waits"), "{}", fixture.screen());
    fixture.press("s");
    assert!(fixture.selected().contains("new 4"), "{}", fixture.screen());
}

#[test]
fn json_and_pairs_become_columns_and_enter_shows_the_whole_line() {
    let (mut fixture, stream) = pod();
    let json = r#"{"level":"warn","ts":1,"msg":"slow query","took":"812ms","user":{"id":7}}"#;
    tell(&mut fixture, stream, lines(0, &["plain", "level=info msg=ready port=80", json]));
    let shown = inner(&fixture);
    assert!(shown[2].starts_with("WARN  slow query"), "{shown:?}");
    assert!(shown[2].contains("user.id=7") && shown[1].starts_with("INFO  ready  port=80"));
    fixture.go("fields took,port");
    let shown = inner(&fixture);
    assert!(shown[0].contains("TOOK") && shown[0].contains("MESSAGE"), "{shown:?}");
    assert!(shown[3].contains("812ms") && !shown[3].contains("took="), "{shown:?}");
    fixture.press("o");
    assert!(fixture.screen().contains(r#"{"level":"warn""#), "{}", fixture.screen());
    fixture.press("enter");
    assert!(fixture.screen().contains(r#""took": "812ms""#), "{}", fixture.screen());
}

#[test]
fn search_goes_round_over_lines_that_are_not_on_screen() {
    let (mut fixture, stream) = pod();
    tell_many(&mut fixture, stream, 3000);
    fixture.press("ctrl-/").type_in("line 17 ").press("enter");
    assert!(fixture.selected().contains("line 17 of"), "{}", fixture.screen());
    assert!(fixture.screen().contains("[3000]"), "no line is hidden");
    fixture.press("ctrl-/ ctrl-u").type_in("9 of").press("enter n");
    assert!(fixture.strip().contains("match"), "{}", fixture.strip());
    let second = fixture.selected();
    assert!(second.contains("9 of"), "{}", fixture.screen());
    fixture.press("n shift-n");
    assert_eq!(fixture.selected(), second);
    fixture.press("ctrl-/ ctrl-u").type_in("zebra").press("enter");
    assert!(fixture.strip().contains("none of the lines"), "{}", fixture.strip());
}

#[test]
fn several_pods_are_told_apart_and_their_ends_are_said() {
    let (mut fixture, stream) = pod();
    tell(&mut fixture, stream, source("api-22", "app"));
    tell(&mut fixture, stream, lines(0, &["one"]));
    tell(&mut fixture, stream, lines(1, &["two"]));
    let why = "terminated (exit 1)".to_owned();
    tell(&mut fixture, stream, LogEvent::SourceEnd { source: 1, why });
    let screen = fixture.screen();
    for line in ["1  one", "22 two", "pod api-22 container app ended: terminated (exit 1)"] {
        assert!(screen.contains(line), "{line}\n{screen}");
    }
    let fault = Fault::new(FaultKind::Network, "read logs", "lines may be missing");
    tell(&mut fixture, stream, LogEvent::Notice(fault));
    fixture.press("/").type_in("two").press("enter");
    let screen = fixture.screen();
    assert!(screen.contains("lines may be missing") && !screen.contains("1  one"), "{screen}");
}

#[test]
fn what_leaves_the_pane_is_what_passes_or_was_marked() {
    let (mut fixture, stream) = pod();
    tell(&mut fixture, stream, lines(0, &["a one", "\u{1b}[31mb\u{1b}[0m two", "a three"]));
    fixture.press("g m");
    fixture.sent();
    fixture.press("c");
    assert_eq!(fixture.sent(), [Effect::Copy("a one".into())]);
    fixture.press("/").type_in("b").press("enter");
    fixture.sent();
    fixture.press("ctrl-s |");
    let sent = fixture.sent();
    let mut texts = Vec::new();
    for effect in &sent {
        let mut out = Vec::new();
        match effect {
            Effect::SaveLines { lines, name } => {
                assert!(name.ends_with(".log"), "{name}");
                lines.write_to(&mut out).unwrap();
            }
            Effect::Pager(Content::Lines(lines)) => drop(lines.write_to(&mut out).unwrap()),
            other => panic!("{other:?}"),
        }
        texts.push(String::from_utf8(out).unwrap());
    }
    assert_eq!(texts, ["\u{1b}[31mb\u{1b}[0m two\n", "b two\n"]);
}

#[test]
fn what_the_ring_cannot_hold_is_said_at_the_top() {
    let mut fixture = Fixture::with(
        (120, 30),
        |config| config.settings.logs.buffer = 1 << 20,
        crate::ui::Start::default(),
    );
    fixture.press("l");
    let (stream, _) = opened(&mut fixture);
    tell(&mut fixture, stream, source("api-1", "app"));
    for _ in 0..30 {
        tell_many(&mut fixture, stream, 2000);
    }
    assert!(fixture.screen().contains("dropped"), "{}", fixture.screen());
    fixture.press("g");
    assert!(inner(&fixture)[0].starts_with("-- dropped"), "{}", fixture.screen());
    fixture.press("shift-c");
    assert!(!fixture.screen().contains("dropped"), "{}", fixture.screen());
}

#[test]
fn huge_and_hostile_lines_are_harmless() {
    let (mut fixture, stream) = pod();
    let huge = "x".repeat(1 << 20);
    tell(&mut fixture, stream, lines(0, &["a\u{1b}[2Jb\u{1b}]0;t\u{7}\u{202e}", &huge, "last"]));
    let screen = fixture.screen();
    assert!(screen.contains("ab‹202E›") && screen.contains("last"), "{screen}");
    fixture.press("w k");
    assert!(inner(&fixture)[0].starts_with("xxx"), "{}", fixture.screen());
    fixture.press("g ctrl-f l w l l");
    let shown = fixture.screen();
    assert!(!shown.contains('\u{1b}'));
    // Bytes that are no text at all.
    let batch = LogBatch {
        text: vec![0xff, 0x00, 0x1b, b'['],
        lines: vec![LogLine { source: 7, at: 0, end: 4 }],
    };
    tell(&mut fixture, stream, LogEvent::Lines(batch));
    fixture.press("shift-g t t enter");
    assert!(fixture.screen().contains("␀␛["), "{}", fixture.screen());
}

#[test]
fn full_screen_gives_the_whole_screen_and_back() {
    let (mut fixture, stream) = pod();
    tell_many(&mut fixture, stream, 100);
    let framed = inner(&fixture).len();
    fixture.press("f");
    let lines = fixture.lines();
    assert!(lines[0].contains("logs (last 500)[100]") && !lines[1].contains('│'), "{lines:?}");
    let shown = lines.iter().filter(|line| line.contains("of the log")).count();
    assert_eq!(shown, usize::from(fixture.ui.size.1) - 2);
    fixture.press("/").type_in("line 9");
    assert!(fixture.screen().contains("/line 9"), "the prompt has its line");
    // There is no footer where suggestions could stand.
    fixture.press("enter :").type_in("pod");
    let lines = fixture.lines();
    assert!(lines[lines.len() - 2].contains("pods"), "{lines:?}");
    fixture.press("esc f");
    assert_eq!(inner(&fixture).len(), framed);
}

#[test]
fn a_pane_below_the_top_goes_on_collecting() {
    let (mut fixture, stream) = pod();
    fixture.go("pods -A");
    tell(&mut fixture, stream, lines(0, &["meanwhile"]));
    fixture.press("l");
    let (second, _) = opened(&mut fixture);
    tell(&mut fixture, second, source("other", "app"));
    tell(&mut fixture, second, lines(0, &["of the other"]));
    assert!(fixture.screen().contains("of the other") && !fixture.screen().contains("meanwhile"));
    fixture.press("q q");
    assert!(fixture.screen().contains("meanwhile"), "{}", fixture.screen());
}

#[test]
fn without_lines_the_reason_is_said() {
    let (mut fixture, stream) = pod();
    assert!(fixture.screen().contains("waiting for lines"));
    let why = "container is waiting to start: ContainerCreating".to_owned();
    tell(&mut fixture, stream, LogEvent::SourceEnd { source: 0, why });
    assert!(fixture.screen().contains("ContainerCreating"), "{}", fixture.screen());
    let fault = Fault::new(FaultKind::Forbidden, "read logs", "pods/log is forbidden");
    tell(&mut fixture, stream, LogEvent::End(Some(fault)));
    assert!(fixture.screen().contains("pods/log is forbidden"), "{}", fixture.screen());
}

#[test]
fn what_was_there_at_first_stands_in_the_order_of_its_time() {
    let (mut fixture, stream) = pod();
    tell(&mut fixture, stream, source("api-2", "app"));
    let at = |source, seconds: &[i64]| {
        let mut batch = LogBatch::default();
        for second in seconds {
            batch.text.extend_from_slice(format!("at {second}").as_bytes());
            let end = u32::try_from(batch.text.len()).unwrap();
            batch.lines.push(LogLine { source, at: second * 1_000_000_000, end });
        }
        // It goes on in a line that has no time of its own.
        batch.text.extend_from_slice(b"  more");
        let end = u32::try_from(batch.text.len()).unwrap();
        batch.lines.push(LogLine { source, at: 0, end });
        LogEvent::Lines(batch)
    };
    tell(&mut fixture, stream, at(0, &[1, 3, 5]));
    tell(&mut fixture, stream, at(1, &[2, 4, 6]));
    tell(&mut fixture, stream, LogEvent::Complete);
    let shown = |fixture: &Fixture| -> Vec<String> {
        inner(fixture).into_iter().filter(|line| !line.is_empty()).collect()
    };
    let ordered =
        ["1 at 1", "2 at 2", "1 at 3", "2 at 4", "1 at 5", "1   more", "2 at 6", "2   more"];
    assert_eq!(shown(&fixture), ordered);
    // What comes from now on is appended, and later pods are announced.
    tell(&mut fixture, stream, source("api-3", "app"));
    tell(&mut fixture, stream, at(2, &[3]));
    let lines = shown(&fixture);
    assert_eq!(lines[8..], ["-- pod api-3 container app --", "3 at 3", "3   more"]);
}

#[test]
fn names_before_lines_say_no_more_than_tells_pods_apart() {
    let (mut fixture, stream) = pod();
    tell(&mut fixture, stream, source("a-pod-with-a-name-that-goes-on-and-on-x7k2p", "sidecar"));
    tell(&mut fixture, stream, lines(0, &["one"]));
    tell(&mut fixture, stream, lines(1, &["two"]));
    let screen = fixture.screen();
    // Each has one container, which needs no name; of a long name the end is shown.
    assert!(screen.contains("and-on-x7k2p two") && !screen.contains("sidecar"), "{screen}");
    tell(&mut fixture, stream, source("api-1", "proxy"));
    tell(&mut fixture, stream, lines(2, &["three"]));
    assert!(fixture.screen().contains("api-1/proxy"), "{}", fixture.screen());
}

#[test]
fn a_command_line_names_targets_or_labels() {
    let mut fixture = Fixture::new();
    fixture.sent();
    fixture.go("logs app=web -A");
    let (_, spec) = opened(&mut fixture);
    let all = LogTarget::Selector { namespace: "".into(), labels: "app=web".into() };
    assert_eq!(spec.targets, [all]);
    fixture.go("logs deploy/api api-1 -n shop");
    let (_, spec) = opened(&mut fixture);
    let named: Vec<String> = spec
        .targets
        .iter()
        .map(|target| match target {
            LogTarget::Object(object) => format!("{} {object}", object.namespace),
            LogTarget::Selector { .. } => panic!("{target:?}"),
        })
        .collect();
    assert_eq!(named, ["shop Deployment/api", "shop Pod/api-1"]);
    fixture.go("pods -A");
    for (line, why) in [
        ("logs api-1", "in which namespace?"),
        ("logs cm/x -n shop", "no pods are found behind a ConfigMap"),
        ("logs nonsense/x -n shop", "no kind called"),
        ("logs", "whose?"),
    ] {
        fixture.go(line);
        assert!(fixture.screen().contains(why), "{line}: {}", fixture.screen());
        fixture.press("esc");
    }
}
