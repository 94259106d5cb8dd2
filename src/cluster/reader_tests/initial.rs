//! People who may watch but not list: a watch tells them what there is.

use super::*;
use crate::cluster::fake_server::{event, initial_end};

const SHOP: &str = "/api/v1/namespaces/shop/pods";
const INITIAL: &str = "resourceVersionMatch=NotOlderThan&sendInitialEvents=true";

/// Lists are refused; `watch` may answer a watch that is to tell what there is.
fn watched(
    fake: &Fake,
    mut watch: impl FnMut(&Seen) -> Option<Answer> + Send + 'static,
    story: impl AsyncFnOnce(World),
) {
    fake.handle(move |seen| match (seen.path.ends_with("/pods"), seen.is_watch()) {
        (true, false) => Some(Answer::status(403, "Forbidden")),
        (true, true) if seen.query.contains("sendInitialEvents") => watch(seen),
        _ => None,
    });
    tell(fake, Settings::default(), async move |world| {
        world.subscribe(Scope::Namespaces(vec!["shop".into()]));
        story(world).await;
    });
}

/// As a server writes it: these events, line by line.
fn lines(lines: &[String]) -> Answer {
    Answer::new(200, lines.iter().map(|line| format!("{line}\n")).collect::<String>())
}

#[test]
fn who_may_watch_but_not_list_sees_what_there_is_and_every_change() {
    let fake = filled(&["a", "b"]);
    fake.put("other", "theirs");
    let shared = fake.clone();
    watched(
        &fake,
        |_| None,
        async move |mut world| {
            world.seconds(1).await;
            assert_eq!(
                (world.names(), world.state.clone()),
                (vec!["a".into(), "b".into()], Some(WatchState::Live))
            );
            assert!(world.completed.contains(&0));
            let asked = [
                format!("{SHOP}?resourceVersion=0"),
                format!("{SHOP}?watch=1&allowWatchBookmarks=true&resourceVersion=0&{INITIAL}"),
            ];
            assert_eq!(shared.streams(), asked);
            shared.put("shop", "c");
            shared.delete("shop", "a");
            world.seconds(1).await;
            assert_eq!(world.names(), ["b", "c"]);
            assert_eq!(shared.streams(), asked, "the same watch goes on");
            // A cut goes on from where it was, as with any watch.
            shared.cut(Then::Cut);
            shared.put("shop", "d");
            world.seconds(1).await;
            assert_eq!(world.names(), ["b", "c", "d"]);
            let last = shared.streams().pop().unwrap();
            assert_eq!(
                last,
                format!("{SHOP}?watch=1&allowWatchBookmarks=true&resourceVersion=105")
            );
            // And what was forgotten is told as a whole again, not older than what is shown.
            shared.delete("shop", "b");
            shared.compact();
            shared.cut(Then::Cut);
            shared.delete("shop", "c");
            shared.compact();
            world.seconds(10).await;
            assert_eq!(world.names(), ["d"]);
            assert_eq!(world.state, Some(WatchState::Live));
            assert!(
                shared
                    .streams()
                    .iter()
                    .any(|asked| { asked.ends_with(&format!("&resourceVersion=107&{INITIAL}")) }),
                "{:?}",
                shared.streams()
            );
            assert!(!world.states.iter().any(|state| matches!(state, WatchState::Denied(_))));
        },
    );
}

#[test]
fn a_watch_that_breaks_before_all_was_told_is_asked_for_again_and_leaves_no_ghost() {
    for then in [Then::Cut, Then::End] {
        let fake = filled(&["a", "b"]);
        let mut broken = 0;
        let watch = move |_: &Seen| {
            broken += 1;
            (broken <= 2).then(|| lines(&[event("ADDED", "shop", "ghost", 90)]).then(then))
        };
        let shared = fake.clone();
        watched(&fake, watch, async move |mut world| {
            world.pass(Duration::from_millis(1)).await;
            assert!(!matches!(world.state, Some(WatchState::Live)));
            world.seconds(10).await;
            assert_eq!(world.rows(), shared.pods(), "{then:?}");
            assert_eq!(world.state, Some(WatchState::Live));
        });
    }
}

#[test]
fn nothing_is_live_before_the_server_says_that_this_is_all() {
    let fake = filled(&[]);
    let begun = [event("ADDED", "shop", "a", 90), event("MODIFIED", "shop", "a", 91)];
    let watch = move |_: &Seen| Some(lines(&begun).then(Then::Hang));
    watched(&fake, watch, async |mut world| {
        world.seconds(1).await;
        assert_eq!(world.names(), ["a"]);
        assert!(matches!(world.state, Some(WatchState::Listing { .. })), "{:?}", world.state);
        assert!(world.completed.is_empty());
    });
    // Nothing at all is told as such.
    let fake = filled(&[]);
    watched(
        &fake,
        |_| Some(lines(&[initial_end(100)]).then(Then::Hang)),
        async |mut world| {
            world.seconds(1).await;
            assert_eq!((world.names(), world.state), (vec![], Some(WatchState::Live)));
            assert!(world.completed.contains(&0));
        },
    );
}

#[test]
fn where_it_is_no_way_the_refusal_of_the_list_is_told_and_it_is_seldom_tried_again() {
    let plain =
        r#"{"type":"BOOKMARK","object":{"kind":"Pod","metadata":{"resourceVersion":"100"}}}"#;
    let ways: [(&str, Answer); 4] = [
        ("may not watch either", Answer::status(403, "Forbidden")),
        ("is switched off", Answer::status(422, "Invalid")),
        ("is refused in the stream", {
            let no = super::super::fake_server::status(403, "Forbidden");
            lines(&[format!(r#"{{"type":"ERROR","object":{no}}}"#)])
        }),
        // It tells all of a plain watch, and then bookmarks that end nothing.
        ("is not known", {
            lines(&[event("ADDED", "shop", "a", 90), plain.into()]).then(Then::Hang)
        }),
    ];
    for (why, answer) in ways {
        let fake = filled(&["a"]);
        let shared = fake.clone();
        let watch = move |_: &Seen| Some(answer.clone());
        watched(&fake, watch, async move |mut world| {
            world.seconds(2).await;
            let Some(WatchState::Denied(fault)) = &world.state else {
                panic!("{why}: {:?}", world.state)
            };
            assert_eq!(
                (fault.kind, &*fault.what),
                (FaultKind::Forbidden, "list pods in shop"),
                "{why}"
            );
            let initial =
                || shared.streams().iter().filter(|asked| asked.contains(INITIAL)).count();
            assert_eq!((shared.streams().len(), initial()), (2, 1), "{why}");
            world.seconds(250).await;
            assert_eq!(initial(), 1, "{why}");
            // Who asks again wants all of it tried again.
            world.send(Command::Retry(CLUSTER));
            world.seconds(1).await;
            assert_eq!(initial(), 2, "{why}");
            world.seconds(310).await;
            assert_eq!(initial(), 3, "{why}");
        });
    }
}

#[test]
fn a_server_that_never_comes_to_the_end_is_not_asked_for_ever() {
    let fake = filled(&["a"]);
    let watch = |_: &Seen| Some(lines(&[event("ADDED", "shop", "a", 90)]));
    let shared = fake.clone();
    watched(&fake, watch, async move |mut world| {
        world.seconds(60).await;
        assert!(matches!(world.state, Some(WatchState::Denied(_))), "{:?}", world.state);
        let initial = shared.streams().iter().filter(|asked| asked.contains(INITIAL)).count();
        assert_eq!(initial, 5);
    });
}

#[test]
fn servers_that_are_known_to_have_no_such_watch_are_not_asked_for_one() {
    let fake = filled(&["a"]);
    fake.handle(|seen| match &*seen.path {
        "/version" => Some(Answer::new(200, r#"{"gitVersion":"v1.26.9"}"#)),
        path => path.ends_with("/pods").then(|| Answer::status(403, "Forbidden")),
    });
    let shelf = Board::of(&Facts { version: "v1.26.9".into(), ..Facts::default() });
    let shared = fake.clone();
    tell_by(
        knowing(&fake, false, &shelf),
        Timing::default(),
        Settings::default(),
        async move |mut world| {
            world.subscribe(Scope::Namespaces(vec!["shop".into()]));
            world.seconds(2).await;
            assert_eq!(shared.streams().len(), 1);
            assert!(matches!(world.state, Some(WatchState::Denied(_))));
        },
    );
}

#[test]
fn a_server_that_was_restarted_and_refuses_it_for_a_moment_is_asked_again_with_the_next_list() {
    let fake = filled(&["a"]);
    let refuses = Arc::new(AtomicBool::new(false));
    let refusing = Arc::clone(&refuses);
    let watch =
        move |_: &Seen| refusing.load(Ordering::Relaxed).then(|| Answer::status(403, "Forbidden"));
    let shared = fake.clone();
    watched(&fake, watch, async move |mut world| {
        world.seconds(1).await;
        refuses.store(true, Ordering::Relaxed);
        shared.put("shop", "b");
        shared.compact();
        shared.cut(Then::Cut);
        shared.put("shop", "c");
        shared.compact();
        world.seconds(3).await;
        assert!(matches!(world.state, Some(WatchState::Denied(_))), "{:?}", world.state);
        refuses.store(false, Ordering::Relaxed);
        world.seconds(31).await;
        assert_eq!((world.rows(), world.state), (shared.pods(), Some(WatchState::Live)));
    });
}

#[test]
fn who_may_watch_all_namespaces_but_is_refused_once_is_shown_all_of_them_later() {
    let fake = filled(&["a"]);
    fake.put("other", "theirs");
    let refuses = Arc::new(AtomicBool::new(true));
    let refusing = Arc::clone(&refuses);
    fake.handle(move |seen| {
        let watches = seen.is_watch() && !refusing.load(Ordering::Relaxed);
        (seen.path == "/api/v1/pods" && !watches).then(|| Answer::status(403, "Forbidden"))
    });
    let namespaces = BTreeMap::from([("test".to_owned(), vec!["shop".into()])]);
    let settings = Settings { namespaces, ..Settings::default() };
    let shared = fake.clone();
    tell(&fake, settings, async move |mut world| {
        world.subscribe(Scope::All);
        world.seconds(40).await;
        assert_eq!(world.names(), ["a"], "only the namespaces we know of");
        let asked = shared.streams();
        let no_object = |asked: &&String| asked.contains("?labelSelector=wheelhouse");
        let last = asked.iter().rfind(no_object).unwrap();
        assert!(last.contains(INITIAL), "who may not list is asked for a watch: {last}");
        refuses.store(false, Ordering::Relaxed);
        world.seconds(65).await;
        assert_eq!((world.rows(), world.state.clone()), (shared.pods(), Some(WatchState::Live)));
        shared.delete("other", "theirs");
        world.seconds(1).await;
        assert_eq!(world.names(), ["a"]);
    });
}
