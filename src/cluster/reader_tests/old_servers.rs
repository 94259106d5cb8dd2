//! Servers that build a whole list before they send its first byte: the first page comes before it.

use super::*;

fn story<F: AsyncFnOnce(World)>(fake: &Fake, version: &str, story: F) {
    let shelf = Board::of(&Facts { version: version.into(), ..Facts::default() });
    let connector = knowing(fake, false, &shelf);
    tell_by(connector, Timing::default(), Settings::default(), async move |world| {
        world.subscribe(Scope::All);
        story(world).await;
    });
}

const PODS: [&str; 5] = ["a", "b", "c", "d", "e"];

#[test]
fn the_first_page_is_shown_while_the_list_is_made() {
    let fake = filled(&PODS);
    // The whole list is being made, and its first byte is not there yet.
    fake.handle(|seen| {
        let whole = seen.path.ends_with("/pods") && seen.query == "resourceVersion=0";
        whole.then(|| Answer::new(200, "").then(Then::Hang))
    });
    story(&fake.clone(), "v1.30.4", async |mut world| {
        world.seconds(1).await;
        assert_eq!(fake.streams(), ["/api/v1/pods?limit=3", "/api/v1/pods?resourceVersion=0"]);
        assert_eq!(world.names(), ["a", "b", "c"]);
        assert!(matches!(world.state, Some(WatchState::Listing { .. })), "{:?}", world.state);
    });
}

#[test]
fn a_row_of_the_first_page_that_is_gone_by_the_time_of_the_list_is_no_ghost() {
    let fake = filled(&PODS);
    let page = [pod("shop", "gone", 90), pod("shop", "a", 91)].join(",");
    // What the page had is older, and newer, than what the list has.
    fake.handle(move |seen| {
        (seen.query == "limit=3").then(|| {
            let meta = r#"{"resourceVersion":"91","continue":"more"}"#;
            Answer::new(200, format!(r#"{{"items":[{page}],"metadata":{meta}}}"#))
        })
    });
    story(&fake.clone(), "v1.30.4", async |mut world| {
        world.seconds(1).await;
        assert_eq!((world.rows(), world.state), (fake.pods(), Some(WatchState::Live)));
    });
}

#[test]
fn a_list_that_is_one_page_is_not_asked_for_twice() {
    let fake = filled(&["a", "b", "c"]);
    story(&fake.clone(), "v1.30.4", async |mut world| {
        world.seconds(1).await;
        let watch = "/api/v1/pods?watch=1&allowWatchBookmarks=true&resourceVersion=103";
        assert_eq!(fake.streams(), ["/api/v1/pods?limit=3", watch]);
        assert_eq!((world.rows(), world.state), (fake.pods(), Some(WatchState::Live)));
    });
}

#[test]
fn newer_servers_are_asked_for_the_whole_list_at_once_and_so_is_every_list_after_the_first() {
    for (version, first) in [("v1.33.0", "resourceVersion=0"), ("v1.32.9", "limit=3")] {
        let fake = filled(&PODS);
        story(&fake.clone(), version, async |mut world| {
            world.seconds(1).await;
            assert_eq!(world.rows(), fake.pods());
            assert_eq!(fake.streams()[0], format!("/api/v1/pods?{first}"));
            let before = fake.streams().len();
            fake.compact();
            fake.put("shop", "f");
            fake.delete("shop", "a");
            fake.compact();
            fake.cut(Then::Cut);
            world.seconds(10).await;
            assert_eq!(world.rows(), fake.pods());
            assert!(fake.streams()[before..].iter().all(|asked| !asked.contains("limit=")));
        });
    }
}
