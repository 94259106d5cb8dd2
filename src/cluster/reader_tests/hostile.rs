//! Servers, proxies and login pages that send what no API server should.

use super::*;

fn why(world: &World) -> &Fault {
    match &world.state {
        Some(WatchState::Broken { why, .. } | WatchState::Denied(why)) => why,
        other => panic!("{other:?}"),
    }
}

/// A list that is answered like this for some seconds, and then as it should be.
fn then_well<const N: usize>(answer: Answer, check: impl Fn(&World, &Fake) + Copy) {
    let fake = filled(&["a"]);
    fake.script([0; N].map(|_| answer.clone()));
    pods(&fake, async move |mut world, fake| {
        world.pass(Duration::from_millis(200)).await;
        assert!(world.names().is_empty());
        check(&world, &fake);
        world.seconds(40).await;
        assert_eq!(world.rows(), fake.pods());
        assert_eq!(world.state, Some(WatchState::Live));
    });
}

#[test]
fn an_empty_answer_is_no_empty_list() {
    then_well::<8>(Answer::new(200, ""), |world, _| {
        assert!(why(world).why.contains("ended in the middle"), "{}", why(world));
    });
    pods(&filled(&["a"]), async |mut world, fake| {
        world.seconds(1).await;
        world.blanked = false;
        fake.script([Answer::status(410, "Expired"), Answer::new(200, ""), Answer::new(200, "")]);
        fake.cut(Then::End);
        world.seconds(5).await;
        assert!(!world.blanked, "rows stay");
        assert_eq!(world.rows(), fake.pods());
    });
}

#[test]
fn a_login_page_is_told_as_what_it_is() {
    let page = Answer::new(200, "<!doctype html><title>Sign in to Corp</title>")
        .header("content-type", "text/html; charset=utf-8");
    then_well::<8>(page, |world, _| {
        assert!(why(world).why.contains("as a web page: Sign in to Corp"), "{}", why(world));
        assert!(why(world).hint.contains("the VPN"));
    });
}

#[test]
fn a_redirect_is_not_followed() {
    for code in [301, 302, 307] {
        let moved = Answer::new(code, "").header("location", "https://elsewhere/api/v1/pods?x=1");
        then_well::<8>(moved, |world, fake| {
            assert!(why(world).why.ends_with("it sends us to https://elsewhere/api/v1/pods"));
            assert!(fake.streams().iter().all(|s| s.starts_with("/api/v1/pods?resourceVersion=0")));
        });
    }
}

#[test]
fn nobody_can_put_us_to_sleep_for_a_day() {
    let later = Answer::status(429, "TooManyRequests").header("retry-after", "99999");
    then_well::<1>(later, |_, _| {});
}

#[test]
fn an_object_too_large_to_hold_is_left_out_and_counted() {
    let big = format!(r#"{{"metadata":{{"name":"big"}},"x":"{}"}}"#, "x".repeat(20 << 20));
    let list = format!(
        r#"{{"items":[{},{big},{}],"metadata":{{"resourceVersion":"100"}}}}"#,
        pod("shop", "a", 1),
        pod("shop", "b", 2)
    );
    let pieces = list.as_bytes().chunks(1 << 20).map(<[u8]>::to_vec).collect();
    let fake = Fake::new();
    fake.script([Answer { pieces, ..Answer::new(200, "") }]);
    pods(&fake, async move |mut world, fake| {
        world.seconds(1).await;
        assert_eq!((world.names(), world.skipped), (vec!["a".into(), "b".into()], 1));
        fake.line(&format!(r#"{{"type":"ADDED","object":{big}}}"#));
        fake.put("shop", "c");
        world.seconds(1).await;
        assert_eq!((world.names().len(), world.skipped), (3, 2));
        assert_eq!(fake.streams().len(), 2, "the watch went on");
    });
}

#[test]
fn a_watch_that_says_the_same_for_ever_is_not_asked_in_a_tight_loop() {
    let fake = filled(&["a"]);
    let line = format!(r#"{{"type":"MODIFIED","object":{}}}"#, pod("shop", "a", 101)) + "\n";
    let mut asked = 0;
    fake.handle(move |seen| {
        asked += u32::from(seen.is_watch());
        // A tight loop is to fail the test, not to run for ever.
        let then = if asked < 500 { Then::End } else { Then::Hang };
        seen.is_watch().then(|| Answer::new(200, line.clone()).then(then))
    });
    pods(&fake, async |mut world, fake| {
        world.seconds(60).await;
        assert_eq!(world.rows(), fake.pods());
        let asked = fake.streams().len();
        assert!((10..120).contains(&asked), "{asked} requests in a minute");
    });
}

#[test]
fn a_deletion_of_nobody_leads_to_a_new_list_not_to_a_ghost() {
    for object in ["{}", r#"{"metadata":null}"#, r#"{"metadata":{"resourceVersion":"103"}}"#, "5"] {
        pods(&filled(&["a", "b"]), async move |mut world, fake| {
            world.seconds(1).await;
            // The server's own event is lost; instead comes one that names nobody.
            fake.forget_watchers();
            fake.delete("shop", "b");
            fake.script([Answer::new(
                200,
                format!("{{\"type\":\"DELETED\",\"object\":{object}}}\n"),
            )]);
            world.seconds(90).await;
            assert_eq!(world.names(), ["a"], "{object}");
            let lists = fake.streams().iter().filter(|s| s.contains("NotOlderThan")).count();
            assert_eq!(lists, 1);
        });
    }
}

#[test]
fn large_objects_leave_others_their_turn() {
    const OBJECTS: usize = 40;
    let object = |i: usize| {
        let big = "x".repeat(200 << 10);
        format!(r#"{{"metadata":{{"name":"p{i}","annotations":{{"big":"{big}"}}}}}}"#)
    };
    let items: Vec<String> = (0..OBJECTS).map(object).collect();
    let list =
        format!(r#"{{"items":[{}],"metadata":{{"resourceVersion":"100"}}}}"#, items.join(","));
    let fake = Fake::new();
    fake.script([Answer::new(200, list)]);
    // A slice that is over at once: what counts is how often somebody looks.
    let timing = Timing { slice: Duration::ZERO, ..Timing::default() };
    tell_by(to(&fake, false), timing, Settings::default(), async move |mut world| {
        world.subscribe(Scope::All);
        let mut turns = 0;
        while world.table.len() < OBJECTS {
            tokio::task::yield_now().await;
            turns += 1;
            while let Ok(event) = world.events.try_recv() {
                world.take(event);
            }
        }
        assert!(turns >= OBJECTS, "{turns} turns beside {OBJECTS} objects");
    });
}
