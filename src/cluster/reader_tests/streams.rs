//! How lists become watches, and watches lists again.

use super::*;

#[test]
fn rows_come_and_then_follow_every_change() {
    pods(&filled(&["a", "b"]), async |mut world, fake| {
        world.seconds(1).await;
        assert_eq!(world.rows(), fake.pods());
        assert_eq!(world.state, Some(WatchState::Live));
        assert_eq!(world.links.last(), Some(&LinkState::Live));
        fake.put("shop", "c");
        fake.delete("shop", "a");
        fake.put("shop", "b");
        world.pass(Duration::from_millis(50)).await;
        assert_eq!(world.rows(), fake.pods());
        assert_eq!(
            fake.streams(),
            [
                "/api/v1/pods?resourceVersion=0",
                "/api/v1/pods?watch=1&allowWatchBookmarks=true&resourceVersion=102"
            ]
        );
    });
}

#[test]
fn a_watch_that_ends_or_breaks_goes_on_from_the_last_version_seen() {
    for then in [Then::End, Then::Cut] {
        pods(&filled(&["a"]), async move |mut world, fake| {
            world.seconds(1).await;
            fake.put("shop", "b");
            world.pass(Duration::from_millis(50)).await;
            fake.cut(then);
            fake.put("shop", "c");
            world.pass(Duration::from_millis(50)).await;
            assert_eq!(world.rows(), fake.pods(), "{then:?}");
            let last = fake.streams().pop().unwrap();
            assert!(last.ends_with("resourceVersion=102"), "{last}");
            assert!(!world.states.iter().any(|s| matches!(s, WatchState::Broken { .. })));
        });
    }
}

#[test]
fn a_bookmark_moves_the_version_that_a_cut_resumes_from() {
    pods(&filled(&["a"]), async |mut world, fake| {
        world.seconds(1).await;
        fake.jump(555);
        fake.bookmark();
        world.pass(Duration::from_millis(50)).await;
        fake.cut(Then::Cut);
        world.seconds(1).await;
        assert!(fake.streams().pop().unwrap().ends_with("resourceVersion=555"));
    });
}

#[test]
fn when_the_version_is_gone_one_list_follows_and_nothing_blanks_or_haunts() {
    for extra in 0..2 {
        pods(&filled(&["a", "b", "c"]), async move |mut world, fake| {
            world.seconds(1).await;
            world.blanked = false;
            fake.away(true);
            fake.cut(Then::Cut);
            fake.delete("shop", "b");
            for i in 0..extra {
                fake.put("shop", &format!("new{i}"));
            }
            fake.compact();
            fake.away(false);
            world.seconds(10).await;
            assert_eq!(world.rows(), fake.pods());
            assert!(!world.blanked, "rows stay until the new list is complete");
            let lists: Vec<String> =
                fake.streams().into_iter().filter(|s| !s.contains("watch=1")).collect();
            assert_eq!(lists.len(), 2, "{lists:?}");
            assert!(lists[1].ends_with("resourceVersion=103&resourceVersionMatch=NotOlderThan"));
        });
    }
}

#[test]
fn a_relist_that_is_gone_too_asks_for_the_newest() {
    pods(&filled(&["a"]), async |mut world, fake| {
        world.seconds(1).await;
        fake.script([Answer::status(410, "Expired"), Answer::status(410, "Gone")]);
        fake.cut(Then::End);
        world.seconds(5).await;
        let streams = fake.streams();
        assert!(streams.iter().any(|s| s.contains("NotOlderThan")));
        assert!(streams.contains(&"/api/v1/pods?".to_owned()), "{streams:?}");
        assert_eq!(world.rows(), fake.pods());
        assert_eq!(world.state, Some(WatchState::Live));
    });
}

/// Such as `resourceVersion: Invalid value: "6x": strconv.ParseUint`.
#[test]
fn a_version_that_the_server_cannot_read_is_forgotten_but_not_again_and_again() {
    pods(&filled(&["a"]), async |mut world, fake| {
        world.seconds(1).await;
        fake.script([Answer::status(400, "Invalid")]);
        fake.cut(Then::End);
        world.seconds(1).await;
        assert_eq!(fake.streams().iter().filter(|s| s.ends_with("/pods?")).count(), 1);
        assert_eq!(world.rows(), fake.pods());
        assert_eq!(world.state, Some(WatchState::Live));

        // The next watch is refused too: it is said, and nothing is asked in a tight loop.
        fake.script([Answer::status(400, "Invalid")]);
        fake.cut(Then::End);
        world.seconds(1).await;
        let asked = fake.streams().len();
        world.seconds(2).await;
        assert!(fake.streams().len() <= asked + 1, "{:?}", fake.streams());
        assert_eq!(fake.streams().iter().filter(|s| s.ends_with("/pods?")).count(), 1);
        world.seconds(700).await;
        assert_eq!(world.state, Some(WatchState::Live));
    });
}

#[test]
fn a_server_that_is_behind_is_asked_again_and_its_rows_stay() {
    pods(&filled(&["a"]), async |mut world, fake| {
        world.seconds(1).await;
        fake.script([Answer::status(410, "Expired"), behind(), behind()]);
        fake.cut(Then::End);
        world.pass(Duration::from_millis(1500)).await;
        assert_eq!(world.names(), ["a"]);
        assert_eq!(fake.streams().iter().filter(|s| s.contains("NotOlderThan")).count(), 2);
        world.seconds(2).await;
        assert_eq!(fake.streams().iter().filter(|s| s.contains("NotOlderThan")).count(), 3);
        assert_eq!(world.state, Some(WatchState::Live));
    });
}

#[test]
fn a_list_cut_at_any_byte_is_read_again_and_ends_the_same() {
    let fake = filled(&["a", "b"]);
    for after in (0..420).step_by(7) {
        pods(&fake, async move |mut world, fake| {
            fake.cut_next_list(after);
            world.seconds(2).await;
            assert_eq!(world.rows(), fake.pods(), "cut after {after} bytes");
            assert_eq!(world.state, Some(WatchState::Live));
        });
    }
}

#[test]
fn what_cannot_be_read_is_counted_and_the_rest_goes_on() {
    let fake = Fake::new();
    let items = [pod("shop", "a", 1), "null".into(), "5".into(), r#"{"metadata":null}"#.into()];
    let list = format!(r#"{{"items":[{}],"metadata":{{"resourceVersion":"7"}}}}"#, items.join(","));
    let lines = [
        "garbage".to_owned(),
        r#"{"type":"ADDED","object":{"metadata":{"name":5}}}"#.into(),
        format!(r#"{{"type":"ADDED","object":{}}}"#, pod("shop", "b", 9)),
        format!(r#" {{"object":{},"type":"ADDED"}}"#, pod("shop", "c", 10)),
        String::new(),
    ];
    let watch = Answer::new(200, lines.join("\n")).then(Then::Hang);
    fake.script([Answer::new(200, list), watch]);
    pods(&fake, async |mut world, _| {
        world.seconds(1).await;
        assert_eq!(world.names(), ["a", "b", "c"]);
        assert_eq!(world.skipped, 5);
        assert_eq!(world.state, Some(WatchState::Live));
    });
}

#[test]
fn an_error_event_closes_the_stream_and_it_goes_on() {
    pods(&filled(&["a"]), async |mut world, fake| {
        world.seconds(1).await;
        fake.line(&format!(r#"{{"type":"ERROR","object":{}}}"#, status(500, "InternalError")));
        world.seconds(1).await;
        fake.put("shop", "b");
        world.seconds(1).await;
        assert_eq!(world.rows(), fake.pods());
        assert!(fake.streams().pop().unwrap().ends_with("resourceVersion=101"));
    });
}

#[test]
fn leaving_ends_the_stream() {
    pods(&filled(&["a"]), async |mut world, fake| {
        world.seconds(1).await;
        world.send(Command::Unsubscribe(SUB));
        world.seconds(1).await;
        fake.put("shop", "b");
        world.seconds(1).await;
        assert_eq!(world.names(), ["a"]);
        assert_eq!(fake.open_watchers(), 0);
    });
}

#[test]
fn a_slow_list_tells_its_rows_and_their_rate() {
    let items: Vec<String> = (0..100).map(|i| pod("shop", &format!("p{i}"), 1)).collect();
    let body = format!(r#"{{"items":[{},"#, items.join(","));
    let fake = Fake::new();
    fake.script([Answer::new(200, body).then(Then::Hang)]);
    pods(&fake, async |mut world, _| {
        world.seconds(1).await;
        // The first moments tell no rate; it is too early.
        assert_eq!(world.state, Some(WatchState::Listing { rows: 100, per_second: 0 }));
        assert_eq!(world.names().len(), 100, "rows are shown before the list is complete");
    });
    let list = |rows, ms| crate::cluster::listwatch::rate(rows, Duration::from_millis(ms));
    assert_eq!((list(100, 100), list(100, 500), list(7, 70_000)), (0, 200, 0));
}
