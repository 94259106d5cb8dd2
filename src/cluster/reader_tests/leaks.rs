//! What is left is gone: no task, no request, no memory stays behind.

use super::*;

#[test]
fn leaving_and_disconnecting_leave_nothing_behind() {
    let fake = filled(&["a"]);
    tell(&fake.clone(), Settings::default(), async move |mut world| {
        world.send(Command::Disconnect(CLUSTER));
        world.seconds(1).await;
        let empty = Rc::strong_count(&world.outbox);
        for _ in 0..3 {
            world.send(Command::Connect { cluster: CLUSTER, context: "test".into() });
            world.seconds(1).await;
            let connected = Rc::strong_count(&world.outbox);
            assert!(connected > empty);
            for scope in [Scope::All, Scope::Namespaces(vec!["shop".into(), "b".into()])] {
                world.subscribe(scope);
                world.seconds(1).await;
                assert!(Rc::strong_count(&world.outbox) > connected);
                world.send(Command::Unsubscribe(SUB));
                world.seconds(1).await;
                assert_eq!(Rc::strong_count(&world.outbox), connected);
                assert_eq!(fake.open_watchers(), 0);
            }
            // The same handle twice: the second takes the first one's place.
            world.subscribe(Scope::All);
            world.subscribe(Scope::Namespaces(vec!["shop".into()]));
            world.send(Command::Metrics { cluster: CLUSTER, pods: Some(vec![]), nodes: true });
            world.seconds(1).await;
            assert_eq!(fake.open_watchers(), 1);
            world.send(Command::Get { ticket: Ticket(1), object: writes::target("") });
            world.send(Command::Disconnect(CLUSTER));
            world.seconds(20).await;
            assert_eq!(fake.open_watchers(), 0);
            assert_eq!(Rc::strong_count(&world.outbox), empty);
        }
        let asked = fake.seen().len();
        world.seconds(600).await;
        assert_eq!(fake.seen().len(), asked, "a cluster that was left is not asked any more");
    });
}

#[test]
fn one_list_per_kind_is_in_flight_whoever_asks() {
    let fake = filled(&["a"]);
    let list = r#"{"items":[],"metadata":{"resourceVersion":"100"}}"#;
    let hangs = Answer::new(200, &list[..10]).then(Then::Hang);
    fake.handle(move |seen| (!seen.is_watch() && seen.path.ends_with("s")).then(|| hangs.clone()));
    tell(&fake.clone(), Settings::default(), async move |mut world| {
        for (n, plural) in ["pods", "pods", "pods", "services"].into_iter().enumerate() {
            let need = Need { gvr: Gvr::new("", "v1", plural), ..need(Scope::All) };
            world.send(Command::Subscribe { sub: SubId(10 + n as u64), need });
        }
        world.seconds(1).await;
        let lists = |fake: &Fake, end: &str| {
            fake.seen().iter().filter(|s| s.path.ends_with(end) && !s.is_watch()).count()
        };
        assert_eq!((lists(&fake, "/pods"), lists(&fake, "/services")), (1, 1));
        // Whoever lists goes away: it is the next one's turn.
        world.send(Command::Unsubscribe(SubId(10)));
        world.seconds(1).await;
        assert_eq!((lists(&fake, "/pods"), lists(&fake, "/services")), (2, 1));
    });
}
