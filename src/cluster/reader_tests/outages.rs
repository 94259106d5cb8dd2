//! Servers that fall silent and come back.

use super::*;

#[test]
fn a_silent_server_is_found_out_within_30_s_and_back_within_3() {
    pods(&filled(&["a"]), async |mut world, fake| {
        world.seconds(1).await;
        world.blanked = false;
        fake.away(true);
        world.seconds(29).await;
        assert!(matches!(world.links.last(), Some(LinkState::Broken { .. })));
        assert!(matches!(world.state, Some(WatchState::Broken { .. })));
        assert_eq!(world.names(), ["a"], "rows stay");
        fake.put("shop", "b");
        world.seconds(300).await;
        fake.away(false);
        world.seconds(3).await;
        assert_eq!(world.links.last(), Some(&LinkState::Live));
        assert_eq!(world.rows(), fake.pods());
        assert_eq!(world.state, Some(WatchState::Live));
        assert!(!world.blanked);
    });
}

#[test]
fn a_stream_that_alone_went_silent_is_opened_again() {
    pods(&filled(&["a"]), async |mut world, fake| {
        world.seconds(1).await;
        fake.forget_watchers();
        fake.put("shop", "b");
        world.seconds(80).await;
        assert_eq!(world.rows(), fake.pods());
    });
}

#[test]
fn a_list_that_alone_went_silent_is_read_again() {
    let fake = filled(&["a"]);
    let list = r#"{"items":[],"metadata":{"resourceVersion":"100"}}"#;
    fake.script([Answer::new(200, &list[..12]).then(Then::Hang)]);
    pods(&fake, async |mut world, fake| {
        world.seconds(50).await;
        assert!(world.rows().is_empty(), "it was waited for");
        world.seconds(30).await;
        assert_eq!(world.rows(), fake.pods());
        assert_eq!(world.state, Some(WatchState::Live));
    });
}

#[test]
fn a_quiet_cluster_is_asked_for_a_sign_of_life_and_nothing_else() {
    pods(&filled(&["a"]), async |mut world, fake| {
        world.seconds(2).await;
        let before = fake.seen().len();
        for _ in 0..5 {
            world.seconds(60).await;
            fake.bookmark();
        }
        let after = fake.seen();
        let signs = after[before..].iter().filter(|s| s.path == "/version").count();
        assert!((10..=16).contains(&signs), "{signs} signs of life in 300 s");
        assert_eq!(fake.streams().len(), 2);
    });
}
