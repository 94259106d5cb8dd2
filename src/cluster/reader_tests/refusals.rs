//! Servers that say no, later, or who are you.

use super::*;

#[test]
fn a_no_is_told_and_asked_again_slowly() {
    let fake = filled(&["a"]);
    fake.script((0..3).map(|_| Answer::status(403, "Forbidden")));
    let shared = fake.clone();
    tell(&fake, Settings::default(), async move |mut world| {
        world.subscribe(Scope::Namespaces(vec!["shop".into()]));
        world.seconds(29).await;
        assert!(
            matches!(&world.state, Some(WatchState::Denied(f)) if f.kind == FaultKind::Forbidden)
        );
        // The list, and once whether it may be watched all the same.
        assert_eq!(shared.streams().len(), 2);
        world.seconds(2).await;
        assert_eq!(shared.streams().len(), 3);
        world.send(Command::Retry(CLUSTER));
        world.seconds(1).await;
        assert_eq!(world.state, Some(WatchState::Live), "a key retries at once");
    });
}

#[test]
fn without_a_right_to_all_namespaces_those_we_know_are_shown_and_it_is_said() {
    let fake = filled(&["a"]);
    fake.put("other", "hidden");
    let refuse = Arc::new(AtomicBool::new(true));
    let refusing = Arc::clone(&refuse);
    fake.handle(move |seen| {
        let all = seen.path == "/api/v1/pods" && refusing.load(Ordering::Relaxed);
        all.then(|| Answer::status(403, "Forbidden"))
    });
    let namespaces = BTreeMap::from([("test".to_owned(), vec!["shop".into()])]);
    let settings = Settings { namespaces, ..Settings::default() };
    let shared = fake.clone();
    tell(&fake, settings, async move |mut world| {
        world.subscribe(Scope::All);
        world.seconds(2).await;
        assert_eq!(world.names(), ["a"]);
        let said: Vec<&Fault> =
            world.notices.iter().filter(|fault| fault.kind == FaultKind::Forbidden).collect();
        assert_eq!(said.len(), 1);
        assert!(said[0].hint.contains("only shop, default shown"));
        refuse.store(false, Ordering::Relaxed);
        world.send(Command::Retry(CLUSTER));
        world.seconds(2).await;
        assert_eq!(world.rows(), shared.pods(), "the right came, all is shown");
        shared.delete("shop", "a");
        world.seconds(1).await;
        assert_eq!(world.rows(), shared.pods());
    });
}

#[test]
fn a_login_that_failed_is_told_and_tried_again() {
    let fake = filled(&["a"]);
    fake.script([Answer::status(401, "Unauthorized")]);
    pods(&fake, async |mut world, _| {
        world.seconds(1).await;
        let Some(WatchState::Broken { why, .. }) = &world.state else {
            panic!("{:?}", world.state)
        };
        assert_eq!(why.kind, FaultKind::Unauthenticated);
        world.seconds(10).await;
        assert_eq!(world.state, Some(WatchState::Live));
    });
}

#[test]
fn a_busy_server_is_left_alone_as_long_as_it_asks() {
    let fake = filled(&["a"]);
    fake.script([Answer::status(429, "TooManyRequests").header("retry-after", "7")]);
    pods(&fake, async |mut world, fake| {
        world.pass(Duration::from_millis(6900)).await;
        assert_eq!(fake.streams().len(), 1);
        world.seconds(3).await;
        assert_eq!(world.rows(), fake.pods());
    });
}

#[test]
fn a_kind_that_is_not_served_says_so_and_may_come_back() {
    let fake = filled(&["a"]);
    fake.script([Answer::status(404, "NotFound")]);
    pods(&fake, async |mut world, fake| {
        world.seconds(1).await;
        assert!(matches!(world.state, Some(WatchState::NotServed(_))));
        world.seconds(30).await;
        assert_eq!(world.rows(), fake.pods());
    });
}

#[test]
fn the_same_question_is_asked_once() {
    let fake = filled(&[]);
    fake.handle(|seen| {
        let review = r#"{"status":{"allowed":false,"reason":"no role"}}"#;
        seen.path.ends_with("selfsubjectaccessreviews").then(|| Answer::new(201, review))
    });
    let shared = fake.clone();
    tell(&fake, Settings::default(), async move |mut world| {
        let question = AccessQuestion {
            cluster: CLUSTER,
            verb: "delete",
            gvr: Gvr::new("", "v1", "pods"),
            subresource: "".into(),
            namespace: "shop".into(),
        };
        for n in 0..3 {
            world.send(Command::Ask { ticket: Ticket(n), question: question.clone() });
        }
        world.seconds(1).await;
        let answers = world.others.iter().filter(|e| matches!(e, Event::Answer(_, Ok(_)))).count();
        assert_eq!((answers, writes::writes(&shared).len()), (3, 1));
        world.seconds(301).await;
        world.send(Command::Ask { ticket: Ticket(9), question });
        world.seconds(1).await;
        assert_eq!(writes::writes(&shared).len(), 2);
    });
}

#[test]
fn namespaces_that_were_looked_into_are_shown_too_but_at_most_eight() {
    let fake = Fake::new();
    let names: Vec<String> = (0..10).map(|i| format!("ns{i}")).collect();
    for name in &names {
        fake.put(name, &format!("pod-{name}"));
    }
    fake.handle(|seen| (seen.path == "/api/v1/pods").then(|| Answer::status(403, "Forbidden")));
    tell(&fake, Settings::default(), async move |mut world| {
        for name in &names {
            world.subscribe(Scope::Namespaces(vec![name.as_str().into()]));
            world.seconds(1).await;
        }
        world.table = Table::default();
        world.subscribe(Scope::All);
        world.seconds(2).await;
        // The context's own comes first, then those seen.
        let shown: Vec<String> = (0..7).map(|i| format!("pod-ns{i}")).collect();
        assert_eq!(world.names(), shown);
        let hint = &world.notices.last().unwrap().hint;
        assert!(hint.starts_with("only default, ns0, "), "{hint}");
        assert!(hint.contains("ns6 shown, not ns7, ns8, ns9; name a namespace"), "{hint}");
    });
}
