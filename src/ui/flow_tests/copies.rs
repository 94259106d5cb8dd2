//! Copies: planned from a pod, followed among the actions.

use super::fixture::Fixture;
use crate::model::{Answer, CopyEvent, CopyWay, StreamEvent, StreamId, StreamSpec};
use crate::ui::{Effect, Msg};

const POD: &str = r#"{"spec":{"containers":[{"name":"api","image":"api"}]},
    "status":{"containerStatuses":[{"name":"api","state":{"running":{}}}]}}"#;

fn planned() -> Fixture {
    let mut f = Fixture::new();
    f.go("pods").sent();
    f.press("t");
    for effect in f.sent() {
        if let Effect::Read { ticket, .. } = effect {
            f.msg(Msg::Answer(ticket, Ok(Answer::Object(POD.into()))));
        }
    }
    f
}

fn started(f: &mut Fixture) -> StreamId {
    f.type_in("/var/log/app").press("enter enter enter");
    let sent = f.sent();
    let opened = sent.iter().find_map(|effect| match effect {
        Effect::Open { stream, spec: StreamSpec::Copy(spec), plan: Some(plan) } => {
            assert_eq!(
                (spec.way, &*spec.remote, &*spec.container),
                (CopyWay::Down, "/var/log/app", "api")
            );
            assert!(plan.requests[0].path.contains("/exec?command=sh"));
            Some(*stream)
        }
        _ => None,
    });
    opened.unwrap_or_else(|| panic!("{sent:?}\n{}", f.screen()))
}

fn told(f: &mut Fixture, stream: StreamId, event: CopyEvent) {
    f.msg(Msg::Stream(stream, StreamEvent::Copy(event)));
}

#[test]
fn t_plans_a_copy_that_is_followed_to_its_end() {
    let mut f = planned();
    assert!(f.screen().contains("path in the container:"), "{}", f.screen());
    let stream = started(&mut f);
    told(&mut f, stream, CopyEvent::Progress { bytes: 2048, total: Some(4096), files: 1 });
    assert!(f.screen().contains("2Ki of 4Ki, 1 files"), "{}", f.screen());
    let skipped = vec!["./secret: Permission denied".to_owned()];
    told(&mut f, stream, CopyEvent::Done { bytes: 4096, files: 2, skipped });
    f.press("ctrl-t");
    let screen = f.screen();
    assert!(screen.contains("2 files, 4096 bytes; sizes compared; 1 left out"), "{screen}");
    f.press("!");
    assert!(f.screen().contains("left out: ./secret: Permission denied"), "{}", f.screen());
}

#[test]
fn a_copy_that_is_called_off_ends_and_says_nothing_more() {
    let mut f = planned();
    let stream = started(&mut f);
    f.press("ctrl-t alt-x");
    assert!(f.sent().contains(&Effect::Close(stream)));
    assert!(f.screen().contains("called off"), "{}", f.screen());
    told(&mut f, stream, CopyEvent::Progress { bytes: 1, total: None, files: 0 });
    assert!(f.screen().contains("called off"), "{}", f.screen());
}
