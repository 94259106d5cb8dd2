//! Hazards: what is read, what is found, and where Enter goes.

use super::fixture::Fixture;
use crate::model::{Answer, Fault, FaultKind};
use crate::ui::{Effect, Msg, Start};

#[test]
fn a_service_without_endpoints_is_found_and_a_refusal_is_said() {
    let mut f = Fixture::with((120, 30), |_| {}, Start::default());
    f.press(":").type_in("hazards").press("enter");
    assert!(f.screen().contains("reading services"), "{}", f.screen());
    for effect in f.sent() {
        let Effect::Read { ticket, read, .. } = effect else { continue };
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
    }
    let screen = f.screen();
    assert!(screen.contains("● Service/web shop  no ready endpoint"), "{screen}");
    assert!(screen.contains("not judged: list secrets: you may not"), "{screen}");
    f.press("enter");
    assert!(f.screen().contains("ervices"), "{}", f.screen());
    assert!(!f.screen().contains("not judged"), "{}", f.screen());
}
