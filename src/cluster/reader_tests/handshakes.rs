//! What a controller was asked: seen, not seen, and what waits for it. The server's pods play objects
//! of a controller.

use super::writes::{target, writes};
use super::*;
use crate::model::{FluxRequest, Following, Handshake};

/// Asks for a reconciliation of pod `a`, and patches pod `b` when that is done.
fn plan() -> Plan {
    let ask = |name: &str| {
        let object = ObjRef { name: name.into(), uid: format!("uid-{name}").into(), ..target("") };
        let body = serde_json::json!({"metadata": {"resourceVersion": "100"}});
        PlanRequest::new(Method::Patch, object, None).body("application/merge-patch+json", &body)
    };
    let handshake = Handshake::Flux { token: "t-1".into(), request: FluxRequest::Reconcile };
    Plan::empty(PlanId(1), CLUSTER, "test".into(), "Reconcile")
        .request(ask("a").followed(Following::Handshake(handshake)))
        .request(ask("b").at_stage(1))
}

/// How pod `a` is from now on.
fn is(fake: &Fake, version: u64, handled: &str, ready: &str) {
    let object = serde_json::json!({"type": "MODIFIED", "object": {
        "metadata": {"name": "a", "namespace": "shop", "uid": "uid-a",
                     "resourceVersion": version.to_string(),
                     "annotations": {"reconcile.fluxcd.io/requestedAt": "t-1"}},
        "status": {"lastHandledReconcileAt": handled, "conditions": [
            {"type": "Ready", "status": ready, "reason": "Said", "message": "of revision 7"},
        ]},
    }});
    fake.line(&object.to_string());
}

/// Takes patches; pod `a` is listed as asked for.
fn asked() -> Fake {
    let fake = filled(&["a"]);
    fake.handle(|seen| {
        if seen.method == "PATCH" {
            return Some(Answer::new(200, "{}"));
        }
        let lists = seen.query.contains("fieldSelector") && !seen.is_watch();
        lists.then(|| {
            let list = serde_json::json!({
                "kind": "PodList", "apiVersion": "v1", "metadata": {"resourceVersion": "101"},
                "items": [{"metadata": {
                    "name": "a", "namespace": "shop", "uid": "uid-a", "resourceVersion": "101",
                    "annotations": {"reconcile.fluxcd.io/requestedAt": "t-1"},
                }}],
            });
            Answer::new(200, list.to_string())
        })
    });
    fake
}

fn words(follows: &[(usize, FollowState)], number: usize) -> Vec<String> {
    let of = |(at, state): &(usize, FollowState)| match state {
        FollowState::Progressing(words) if *at == number => Some(words.clone()),
        _ => None,
    };
    follows.iter().filter_map(of).collect()
}

#[test]
fn what_comes_next_waits_for_the_controller_to_be_done() {
    let fake = asked();
    let shared = fake.clone();
    tell(&fake, Settings::default(), async move |mut world| {
        world.send(Command::Run(plan()));
        world.seconds(31).await;
        let late = "not picked up after 30 s: is the controller running in that namespace?";
        let told = words(&world.follows(), 0);
        assert_eq!(told, ["requested: waits for the controller", late]);
        is(&shared, 200, "t-0", "Unknown");
        world.seconds(300).await;
        assert_eq!(words(&world.follows(), 0).last().unwrap(), "of revision 7");
        assert_eq!(writes(&shared).len(), 1, "the second request waits");
        is(&shared, 201, "t-1", "True");
        world.seconds(1).await;
        let follows = world.follows();
        assert!(follows.contains(&(0, FollowState::Done("of revision 7".into()))), "{follows:?}");
        assert!(matches!(follows.last(), Some((1, FollowState::Done(_)))), "{follows:?}");
        assert_eq!(writes(&shared).len(), 2);
    });
}

#[test]
fn what_builds_on_a_failure_is_not_sent_and_says_which() {
    let fake = asked();
    let shared = fake.clone();
    tell(&fake, Settings::default(), async move |mut world| {
        world.send(Command::Run(plan()));
        world.seconds(1).await;
        is(&shared, 200, "t-1", "False");
        world.seconds(1).await;
        let Some((1, FollowState::Failed(fault))) = world.follows().pop() else { panic!() };
        assert_eq!(fault.why, "not sent, because patch Pod/a in shop failed: Said: of revision 7");
        assert_eq!(writes(&shared).len(), 1);
    });
}

#[test]
fn an_outage_is_told_and_nothing_is_sent_again() {
    let fake = asked();
    let shared = fake.clone();
    tell(&fake, Settings::default(), async move |mut world| {
        world.send(Command::Run(plan()));
        world.seconds(20).await;
        shared.away(true);
        shared.cut(Then::Cut);
        world.seconds(60).await;
        let told = words(&world.follows(), 0);
        assert!(told.last().unwrap().starts_with("cannot be seen just now"), "{told:?}");
        assert!(!told.iter().any(|words| words.contains("picked up")), "{told:?}");
        shared.away(false);
        world.seconds(10).await;
        let told = words(&world.follows(), 0);
        assert_eq!(told.last().unwrap(), "requested: waits for the controller");
        is(&shared, 200, "t-1", "True");
        world.seconds(1).await;
        assert!(matches!(world.follows().last(), Some((1, FollowState::Done(_)))));
        let sent: Vec<String> = writes(&shared).into_iter().map(|seen| seen.path).collect();
        assert_eq!(sent.len(), 2, "{sent:?}");
    });
}

#[test]
fn a_controller_that_never_answers_is_given_up_at_the_limit_and_told_when_it_is_gone() {
    let fake = asked();
    tell(&fake, Settings::default(), async move |mut world| {
        world.send(Command::Run(plan()));
        world.seconds(1801).await;
        let follows = world.follows();
        let timed_out = |(at, state): &(usize, FollowState)| match state {
            FollowState::TimedOut(words) => {
                *at == 0 && words.starts_with("after 1800 s: not picked")
            }
            _ => false,
        };
        assert!(follows.iter().any(timed_out), "{follows:?}");
        assert!(matches!(follows.last(), Some((1, FollowState::Failed(_)))));
    });
    let fake = asked();
    let shared = fake.clone();
    tell(&fake, Settings::default(), async move |mut world| {
        world.send(Command::Run(plan()));
        world.seconds(1).await;
        shared.delete("shop", "a");
        world.seconds(1).await;
        let follows = world.follows();
        let gone = FollowState::Superseded("Pod/a was deleted meanwhile".into());
        assert!(follows.contains(&(0, gone)), "{follows:?}");
    });
}

#[test]
fn calling_off_ends_what_waits_and_follows_what_was_sent() {
    let fake = asked();
    let shared = fake.clone();
    tell(&fake, Settings::default(), async move |mut world| {
        let answered = |world: &World| {
            world.others.iter().any(|event| matches!(event, Event::Answered(PlanId(1))))
        };
        world.send(Command::Run(plan()));
        world.seconds(1).await;
        assert!(!answered(&world), "the second is still to be sent");
        world.send(Command::Cancel(PlanId(1)));
        world.seconds(1).await;
        assert!(matches!(world.follows().last(), Some((1, FollowState::Cancelled(_)))));
        assert!(answered(&world));
        is(&shared, 200, "t-1", "True");
        world.seconds(1).await;
        assert!(matches!(world.follows().last(), Some((0, FollowState::Done(_)))));
        assert_eq!(writes(&shared).len(), 1);
    });
}

#[test]
fn a_lost_race_says_who_was_faster() {
    let fake = filled(&["a"]);
    fake.handle(|seen| match &*seen.method {
        "PATCH" => Some(Answer::status(409, "Conflict")),
        "GET" if seen.path.ends_with("/pods/a") => {
            let object = serde_json::json!({"metadata": {"name": "a", "managedFields": [
                {"manager": "argocd-controller", "time": "2026-01-01T10:00:05Z"},
                {"manager": "kubectl-edit", "time": "2026-01-01T10:00:00Z"},
            ]}});
            Some(Answer::new(200, object.to_string()))
        }
        _ => None,
    });
    tell(&fake, Settings::default(), async move |mut world| {
        world.send(Command::Run(plan()));
        world.seconds(1).await;
        let follows = world.follows();
        let Some((0, FollowState::Failed(fault))) = follows.get(1) else { panic!("{follows:?}") };
        assert_eq!(fault.why, "Pod/a changed since it was read, by argocd-controller");
        assert_eq!(fault.kind, FaultKind::Conflict);
        assert!(fault.hint.contains("plan it again"));
    });
}
