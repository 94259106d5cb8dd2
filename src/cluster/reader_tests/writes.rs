//! Plans: what is sent, what is refused, and how the outcome is followed.

use super::*;

pub(super) fn target(uid: &str) -> ObjRef {
    ObjRef {
        cluster: CLUSTER,
        gvr: Gvr::new("", "v1", "pods"),
        kind: "Pod".into(),
        namespace: "shop".into(),
        name: "a".into(),
        uid: uid.into(),
    }
}

fn deletion() -> Plan {
    let targets = [target("uid-a")];
    Plan::delete(PlanId(1), "test".into(), &targets, Propagation::Background, None).unwrap()
}

pub(super) fn writes(fake: &Fake) -> Vec<Seen> {
    fake.seen().into_iter().filter(|seen| seen.method != "GET").collect()
}

#[test]
fn a_deletion_is_followed_until_the_object_is_gone() {
    let fake = filled(&["a"]);
    fake.handle(|seen| (seen.method == "DELETE").then(|| Answer::new(200, pod("shop", "a", 101))));
    let shared = fake.clone();
    tell(&fake, Settings::default(), async move |mut world| {
        world.send(Command::Run(deletion()));
        world.seconds(1).await;
        let leaving = r#"{"type":"MODIFIED","object":{"metadata":{"name":"a","uid":"uid-a",
            "resourceVersion":"200","deletionTimestamp":"2026-01-01T00:00:00Z",
            "deletionGracePeriodSeconds":30,"finalizers":["shop.io/drain"]}}}"#;
        shared.line(&leaving.replace('\n', " "));
        world.seconds(2).await;
        shared.delete("shop", "a");
        world.seconds(1).await;
        let follows = world.follows();
        assert_eq!(follows.first(), Some(&(0, FollowState::Requested)));
        let waits = FollowState::Progressing("waits for the finalizer shop.io/drain (removed by a controller of shop.io; where it does \
             not run any more, nobody)"
                .into(),
        );
        assert!(follows.contains(&(0, waits)), "{follows:?}");
        assert_eq!(follows.last(), Some(&(0, FollowState::Done("gone after 3 s".into()))));
        let sent = writes(&shared);
        assert_eq!(sent.len(), 1);
        assert!(sent[0].body.contains(r#""uid":"uid-a""#));
    });
}

#[test]
fn a_replacement_of_the_same_name_is_not_taken_for_the_original() {
    let fake = filled(&["a"]);
    fake.handle(|seen| (seen.method == "DELETE").then(|| Answer::new(200, "{}")));
    tell(&fake, Settings::default(), async move |mut world| {
        let mut plan = deletion();
        plan.requests[0].target.uid = "uid-older".into();
        world.send(Command::Run(plan));
        world.seconds(1).await;
        assert!(matches!(world.follows().last(), Some((0, FollowState::Superseded(_)))));
    });
}

#[test]
fn what_does_not_go_away_times_out_and_says_what_it_waits_for() {
    let fake = filled(&["a"]);
    fake.handle(|seen| (seen.method == "DELETE").then(|| Answer::new(200, "{}")));
    tell(&fake, Settings::default(), async move |mut world| {
        world.send(Command::Run(deletion()));
        world.seconds(61).await;
        let Some((0, FollowState::TimedOut(words))) = world.follows().pop() else { panic!() };
        assert_eq!(words, "after 60 s: the deletion has not begun yet");
    });
}

#[test]
fn a_dry_run_says_so_to_the_server_and_follows_nothing() {
    let fake = filled(&["a"]);
    fake.handle(|seen| (seen.method == "DELETE").then(|| Answer::new(200, "{}")));
    let shared = fake.clone();
    tell(&fake, Settings::default(), async move |mut world| {
        world.send(Command::Run(Plan { dry_run: true, ..deletion() }));
        world.seconds(1).await;
        assert_eq!(world.follows().last(), Some(&(0, FollowState::WouldSucceed)));
        let sent = &writes(&shared)[0];
        assert_eq!(sent.query, "dryRun=All");
        assert!(sent.body.contains(r#""dryRun":["All"]"#), "{}", sent.body);
    });
}

#[test]
fn read_only_sends_no_write_not_even_a_dry_run() {
    let fake = filled(&["a"]);
    let shared = fake.clone();
    let settings = Settings { readonly: true, ..Settings::default() };
    tell(&fake, settings, async move |mut world| {
        world.send(Command::Run(Plan { dry_run: true, ..deletion() }));
        world.seconds(1).await;
        let Some((0, FollowState::Failed(fault))) = world.follows().pop() else { panic!() };
        assert_eq!(fault.kind, FaultKind::Refused);
        assert!(writes(&shared).is_empty());
    });
}

#[test]
fn nothing_is_written_until_somebody_says_that_it_may_and_no_longer_than_that() {
    let fake = filled(&["a"]);
    fake.handle(|seen| (seen.method == "DELETE").then(|| Answer::new(200, "{}")));
    let shared = fake.clone();
    tell(&fake, Settings::default(), async move |mut world| {
        let attempt = || Command::Run(Plan { dry_run: true, ..deletion() });
        let mut sent = Vec::new();
        // The same context is left and entered again: it starts closed.
        world.send(Command::Connect { cluster: CLUSTER, context: "test".into() });
        world.send(attempt());
        for readonly in [false, true, false] {
            world.seconds(1).await;
            sent.push(writes(&shared).len());
            world.send(Command::Readonly(CLUSTER, readonly));
            world.send(attempt());
        }
        world.seconds(1).await;
        sent.push(writes(&shared).len());
        assert_eq!(sent, [0, 1, 1, 2]);
        let refused = |(_, state): &(usize, FollowState)| match state {
            FollowState::Failed(fault) => fault.kind == FaultKind::Refused,
            _ => false,
        };
        assert_eq!(world.follows().iter().filter(|follow| refused(follow)).count(), 2);
    });
}

#[test]
fn what_the_command_line_made_read_only_is_never_lifted() {
    let fake = filled(&["a"]);
    let shared = fake.clone();
    let settings = Settings { readonly: true, ..Settings::default() };
    tell(&fake, settings, async move |mut world| {
        world.send(Command::Readonly(CLUSTER, false));
        world.send(Command::Run(deletion()));
        world.seconds(1).await;
        assert!(writes(&shared).is_empty());
    });
}

#[test]
fn steps_that_build_on_a_failed_one_are_not_sent_and_ours_carry_our_name() {
    let fake = filled(&["a"]);
    fake.handle(|seen| (seen.method == "PATCH").then(|| Answer::status(409, "Conflict")));
    let shared = fake.clone();
    tell(&fake, Settings::default(), async move |mut world| {
        let mut plan = deletion();
        let path = "/api/v1/namespaces/shop/pods/a".to_owned();
        let patch = PlanRequest::new(Method::Patch, target("uid-a"), Some(path))
            .body("application/merge-patch+json", &serde_json::json!({}));
        plan.requests = vec![patch.clone(), patch.at_stage(1)];
        world.send(Command::Run(plan));
        world.seconds(1).await;
        let follows = world.follows();
        assert!(
            matches!(&follows[1], (0, FollowState::Failed(f)) if f.kind == FaultKind::Conflict)
        );
        assert!(matches!(&follows[2], (1, FollowState::Failed(f)) if f.kind == FaultKind::Refused));
        let sent = writes(&shared);
        assert_eq!(sent.len(), 1);
        assert_eq!(sent[0].query, "fieldManager=wheelhouse");
    });
}
