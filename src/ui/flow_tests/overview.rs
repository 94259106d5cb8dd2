//! The overview: what it watches and counts, what it says, and where Enter goes.

use super::fixture::{Fixture, subscribed};
use crate::model::{Answer, Fault, FaultKind};
use crate::ui::{Effect, Msg, Start};

fn opened() -> Fixture {
    let mut fixture = Fixture::with((140, 60), |_| {}, Start::default());
    fixture.sent();
    fixture.go("pulses -A");
    fixture
}

#[test]
fn an_overview_says_what_is_wrong_and_leads_there() {
    let mut fixture = opened();
    let sent = fixture.sent();
    let watched = subscribed(&sent);
    assert!(watched.iter().any(|plural| plural.contains("nodes")), "{watched:?}");
    assert!(!watched.iter().any(|plural| plural.contains("secrets")), "{watched:?}");
    // Counted with one object each, once.
    let reads: Vec<_> = sent
        .iter()
        .filter_map(|effect| match effect {
            Effect::Read { ticket, read, .. } => Some((*ticket, read.path.clone())),
            _ => None,
        })
        .collect();
    assert!(reads.len() >= 5 && reads.iter().all(|(_, path)| path.ends_with("?limit=1")));
    for (ticket, path) in reads {
        let answer = if path.contains("/ingresses?") {
            Err(Fault::new(FaultKind::Forbidden, "count ingresses", "you may not"))
        } else {
            Ok(Answer::Object(r#"{"metadata":{"remainingItemCount":1233},"items":[{}]}"#.into()))
        };
        fixture.msg(Msg::Answer(ticket, answer));
    }
    let screen = fixture.screen();
    for words in ["UNHEALTHY NOW", "RESTARTED", "EVENTS", "NODES", "NAMESPACES", "warnings"] {
        assert!(screen.contains(words), "{words}\n{screen}");
    }
    fixture.press("shift-g");
    let screen = fixture.screen();
    assert!(screen.contains("1,234") && screen.contains("not counted: you may not"), "{screen}");
    // The first line that leads anywhere: pods with faults.
    fixture.press("g");
    assert!(fixture.selected().contains("pods"), "{}", fixture.screen());
    fixture.press("enter");
    let screen = fixture.screen();
    assert!(screen.contains("overview › unhealthy pods"), "{screen}");
    assert!(!screen.contains("UNHEALTHY"), "{screen}");
    fixture.press("q");
    assert!(fixture.screen().contains("UNHEALTHY NOW"), "{}", fixture.screen());
    // From part to part.
    fixture.press("tab tab");
    let third = fixture.selected();
    assert!(third.contains("all") || third.contains("warnings"), "{third}");
    fixture.press("enter");
    assert!(fixture.screen().contains("events"), "{}", fixture.screen());
}

#[test]
fn nothing_is_asked_again_while_it_stays_open() {
    let mut fixture = opened();
    let before = fixture.screen();
    fixture.wait(31);
    // Nothing changed: nothing is asked again.
    fixture.sent();
    fixture.wait(31);
    assert!(!fixture.sent().iter().any(|effect| matches!(effect, Effect::Read { .. })));
    assert!(before.contains("UNHEALTHY NOW"));
}
