//! Argo CD's own comparison: asked for with a plan, shown when it came.

use super::drift::{jobs, world};
use super::fixture::Fixture;
use crate::drift::{Origin, Own};
use crate::model::{
    CacheEvent, CacheSpec, Fault, FaultKind, Method, Plan, StreamEvent, StreamId, StreamSpec,
};
use crate::ui::{Effect, Msg, Overlay};
use serde_json::json;

fn on_the_app(readonly: bool) -> Fixture {
    let mut f = world((160, 40), readonly);
    let pod = json!({"metadata": {"name": "argocd-redis-0", "namespace": "argocd",
        "labels": {"app.kubernetes.io/name": "argocd-redis"}}, "status": {"phase": "Running"}});
    f.objects.insert(("dev".into(), "pods".into()), vec![pod]);
    f.press("shift-d");
    f
}

fn opened(f: &mut Fixture) -> (StreamId, CacheSpec, Plan) {
    let sent = f.sent();
    let open = sent.iter().find_map(|effect| match effect {
        Effect::Open { stream, spec: StreamSpec::Cache(spec), plan: Some(plan) } => {
            Some((*stream, spec.clone(), plan.clone()))
        }
        _ => None,
    });
    open.unwrap_or_else(|| panic!("nothing was opened: {sent:?}"))
}

fn tell(f: &mut Fixture, stream: StreamId, event: CacheEvent) {
    f.msg(Msg::Stream(stream, StreamEvent::Cache(event)));
}

#[test]
fn a_pod_is_entered_only_with_a_plan_that_says_so() {
    let mut f = on_the_app(false);
    assert!(f.screen().contains("from last apply"), "{}", f.screen());
    f.press("shift-x");
    let Some(Overlay::Plan(dialog)) = &f.ui.overlay else { panic!("{}", f.screen()) };
    assert_eq!(dialog.plan.title, "Read Argo CD's own comparison of payments");
    let screen = f.screen();
    for words in
        ["port 6379 of Pod/argocd-redis-0", "Secret argocd/argocd-redis", "nothing is written"]
    {
        assert!(screen.contains(words), "{words}: {screen}");
    }
    f.sent();
    f.press("enter");
    let (stream, spec, plan) = opened(&mut f);
    assert_eq!(plan.requests[0].method, Method::Connect);
    assert_eq!(
        spec.keys,
        [["app|managed-resources|payments|1.8.3.gz", "app|managed-resources|payments|1.8.3"]]
    );
    tell(&mut f, stream, CacheEvent::Done(vec![Ok("[]".into())]));
    let jobs = jobs(&f.sent());
    let [job] = jobs.as_slice() else { panic!("{jobs:?}") };
    let Origin::App(ground) = &job.origin else { panic!("{job:?}") };
    assert_eq!(ground.own, Own::Read("[]".into()));
    let screen = f.screen();
    assert!(screen.contains("what Argo CD compares with"), "{screen}");
    assert!(screen.contains("Argo CD's own comparison does not have it"), "{screen}");
    // Asked anew, what was read is still at hand.
    f.press("f");
    assert!(f.screen().contains("what Argo CD compares with"), "{}", f.screen());
    // Another stream's words are not taken for it.
    tell(&mut f, StreamId(9_999), CacheEvent::Failed(Fault::new(FaultKind::Other, "a", "b")));
    assert!(!f.screen().contains("not exact"), "{}", f.screen());
}

#[test]
fn where_it_cannot_be_read_the_page_stays_as_it_was_and_says_why() {
    let mut f = on_the_app(false);
    f.press("shift-x");
    f.sent();
    f.press("enter");
    let (stream, ..) = opened(&mut f);
    let why =
        Fault::new(FaultKind::Unauthenticated, "read the cache", "its Redis refuses the password");
    tell(&mut f, stream, CacheEvent::Failed(why));
    let screen = f.screen();
    assert!(screen.contains("not exact: its Redis refuses the password"), "{screen}");
    assert!(screen.contains("last applied") && screen.contains("spec.replicas"), "{screen}");
    f.press("f");
    assert!(!f.screen().contains("desired: what Argo CD"), "{}", f.screen());

    // Left before it came: nobody waits for it any more.
    f.press("shift-x");
    f.sent();
    f.press("enter");
    let (stream, ..) = opened(&mut f);
    f.press("esc");
    assert!(f.sent().contains(&Effect::Close(stream)));
}

#[test]
fn without_a_pod_the_plan_says_what_was_looked_for() {
    let mut f = on_the_app(false);
    f.objects.insert(("dev".into(), "pods".into()), Vec::new());
    f.press("shift-x");
    assert!(f.screen().contains("no pod in argocd is labelled"), "{}", f.screen());
    f.sent();
    f.press("enter");
    assert!(!f.sent().iter().any(|effect| matches!(effect, Effect::Open { .. })));
}

#[test]
fn a_session_that_only_reads_enters_no_pod() {
    let mut f = on_the_app(true);
    f.press("shift-x");
    assert!(f.ui.overlay.is_none(), "{}", f.screen());
    assert!(f.strip().contains("read-only"), "{}", f.strip());
}
