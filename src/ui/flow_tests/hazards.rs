//! Hazards: what is read, what is found, and where Enter goes.

use super::fixture::Fixture;
use crate::model::{Answer, Fault, FaultKind};
use crate::ui::{Effect, Msg, Start};

#[test]
fn a_service_without_endpoints_is_found_and_a_refusal_is_said() {
    let mut f = Fixture::with((120, 30), |_| {}, Start::default());
    f.press(":").type_in("hazards").press("enter");
    assert!(f.screen().contains("reading services"), "{}", f.screen());
    // A few at a time, until nothing more is asked.
    let mut asked = f.sent();
    while !asked.is_empty() {
        let Effect::Read { ticket, read, .. } = asked.remove(0) else { continue };
        let answer = if read.path.contains("/services?") {
            Ok(
                r#"{"items":[{"metadata":{"name":"web","namespace":"shop"},"spec":{"selector":{"app":"web"}}}]}"#,
            )
        } else if read.path.contains("/secrets?") {
            Err(Fault::new(FaultKind::Forbidden, "list secrets", "you may not"))
        } else {
            Ok(r#"{"items":[]}"#)
        };
        f.msg(Msg::Answer(ticket, answer.map(|json| Answer::Object(json.into()))));
        asked.extend(f.sent());
    }
    let screen = f.screen();
    assert!(screen.contains("● Service/web shop  no ready endpoint"), "{screen}");
    assert!(screen.contains("not judged: list secrets: you may not"), "{screen}");
    f.press("enter");
    assert!(f.screen().contains("ervices"), "{}", f.screen());
    assert!(!f.screen().contains("not judged"), "{}", f.screen());
}

#[test]
fn a_look_in_the_background_asks_one_thing_at_a_time_and_never_for_secrets() {
    let mut f = Fixture::with((120, 30), |config| config.settings.hazards = true, Start::default());
    f.sent();
    f.wait(10);
    let reads = |f: &mut Fixture| -> Vec<_> {
        let sent = f.sent().into_iter();
        sent.filter_map(|effect| match effect {
            Effect::Read { ticket, read, .. } => Some((ticket, read.path)),
            _ => None,
        })
        .collect()
    };
    assert_eq!(reads(&mut f), [], "what a person does first comes first");
    f.wait(10);
    let mut paths = Vec::new();
    loop {
        let mut asked = reads(&mut f);
        assert!(asked.len() <= 1, "{asked:?}");
        let Some((ticket, path)) = asked.pop() else { break };
        let json = if path.contains("/jobs?") {
            r#"{"items":[{"metadata":{"name":"j"},"status":{"failed":1}}]}"#
        } else if path.contains("/services?") {
            r#"{"items":[{"metadata":{"name":"web","namespace":"shop"},"spec":{"selector":{"app":"web"}}}]}"#
        } else {
            r#"{"items":[]}"#
        };
        f.msg(Msg::Answer(ticket, Ok(Answer::Object(json.into()))));
        paths.push(path);
    }
    assert!(paths.len() > 4 && !paths.iter().any(|path| path.contains("secrets")), "{paths:?}");
    let header = f.lines()[0].clone();
    assert!(header.contains("●1 ◐1"), "{header}");
    // Once per connection.
    f.wait(300);
    assert_eq!(reads(&mut f), []);
}
