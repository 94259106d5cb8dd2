//! A first page before its list, in any weather: in the end the rows are the server's.

use super::*;
use proptest::prelude::*;

/// One thing that may happen to a cluster.
#[derive(Clone, Debug)]
enum Act {
    Put(u8),
    Delete(u8),
    Cut,
    End,
    Compact,
    Bookmark,
    Garbage,
    Away,
    Back,
    CutList(usize),
    Refuse(u16),
    Wait(u16),
}

fn act() -> impl Strategy<Value = Act> {
    prop_oneof![
        6 => (0..8u8).prop_map(Act::Put),
        4 => (0..8u8).prop_map(Act::Delete),
        2 => Just(Act::Cut),
        1 => Just(Act::End),
        2 => Just(Act::Compact),
        1 => Just(Act::Bookmark),
        1 => Just(Act::Garbage),
        1 => Just(Act::Away),
        2 => Just(Act::Back),
        1 => (0..900usize).prop_map(Act::CutList),
        1 => prop::sample::select(vec![410u16, 429, 500, 503, 504, 401, 403]).prop_map(Act::Refuse),
        4 => (0..4000u16).prop_map(Act::Wait),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 128, ..ProptestConfig::default() })]
    #[test]
    fn a_first_page_before_the_list_changes_nothing_in_the_end(
        acts in prop::collection::vec(act(), 1..40),
    ) {
        let fake = filled(&["p0", "p1", "p2", "p3", "p4"]);
        let shelf = Board::of(&Facts { version: "v1.30.4".into(), ..Facts::default() });
        let connector = knowing(&fake, false, &shelf);
        tell_by(connector, Timing::default(), Settings::default(), async |world| {
            world.subscribe(Scope::All);
            weather(acts, world, fake).await;
        });
    }
}

/// Everything happens, and then the sun shines.
async fn weather(acts: Vec<Act>, mut world: World, fake: Fake) {
    for act in acts {
        match act {
            Act::Put(n) => drop(fake.put("shop", &format!("p{n}"))),
            Act::Delete(n) => fake.delete("shop", &format!("p{n}")),
            Act::Cut => fake.cut(Then::Cut),
            Act::End => fake.cut(Then::End),
            Act::Compact => fake.compact(),
            Act::Bookmark => fake.bookmark(),
            Act::Garbage => fake.line("{\"type\":"),
            // What happens while nobody hears it must be lost, as on a real connection.
            Act::Away => {
                fake.away(true);
                fake.cut(Then::Cut);
            }
            Act::Back => fake.away(false),
            Act::CutList(after) => fake.cut_next_list(after),
            Act::Refuse(code) => fake.script([Answer::status(code, "")]),
            Act::Wait(ms) => world.pass(Duration::from_millis(ms.into())).await,
        }
    }
    fake.away(false);
    fake.unscript();
    // Longer than the slowest retry there is.
    world.seconds(700).await;
    assert_eq!(world.rows(), fake.pods());
    assert_eq!(world.state, Some(WatchState::Live));
}

/// A list whose head comes so late.
fn late(fake: &Fake, ms: u64) -> Answer {
    let items: Vec<String> = fake
        .pods()
        .iter()
        .map(|((namespace, name), version)| {
            super::super::fake_server::pod(namespace, name, *version)
        })
        .collect();
    let body = format!(
        r#"{{"kind":"PodList","items":[{}],"metadata":{{"resourceVersion":"{}"}}}}"#,
        items.join(","),
        100 + items.len()
    );
    Answer::new(200, body).late(Duration::from_millis(ms))
}

#[test]
fn of_a_list_that_is_long_in_coming_the_first_page_is_shown_meanwhile() {
    let fake = filled(&["a", "b", "c", "d", "e"]);
    fake.script([late(&fake, 1500)]);
    let shared = fake.clone();
    tell(&fake, Settings::default(), async move |mut world| {
        world.subscribe(Scope::Namespaces(vec!["shop".into()]));
        world.pass(Duration::from_millis(300)).await;
        assert_eq!(world.names(), ["a", "b", "c"], "before the list has begun to come");
        assert!(
            matches!(world.state, Some(WatchState::Listing { rows: 3, .. })),
            "{:?}",
            world.state
        );
        assert!(world.completed.is_empty());
        assert_eq!(
            shared.streams(),
            [
                "/api/v1/namespaces/shop/pods?resourceVersion=0",
                "/api/v1/namespaces/shop/pods?limit=3"
            ]
        );
        // What goes in between is not shown for ever.
        shared.delete("shop", "a");
        world.seconds(2).await;
        assert_eq!((world.rows(), world.state.clone()), (shared.pods(), Some(WatchState::Live)));
        assert_eq!(shared.streams().len(), 3, "{:?}", shared.streams());
    });
}

#[test]
fn a_list_that_comes_as_soon_as_other_answers_is_asked_for_alone() {
    let fake = filled(&["a", "b", "c", "d", "e"]);
    fake.script([late(&fake, 900)]);
    let shared = fake.clone();
    // The way is long: every answer takes its time.
    fake.handle(|seen| {
        let answer = match &*seen.path {
            "/version" => Answer::new(200, r#"{"gitVersion":"v1.36.3"}"#),
            path if path.ends_with("/pods") => return None,
            _ => Answer::status(404, "NotFound"),
        };
        Some(answer.late(Duration::from_millis(500)))
    });
    tell(&fake, Settings::default(), async move |mut world| {
        world.subscribe(Scope::Namespaces(vec!["shop".into()]));
        world.seconds(3).await;
        assert_eq!((world.rows(), world.state.clone()), (shared.pods(), Some(WatchState::Live)));
        assert_eq!(shared.streams().len(), 2, "{:?}", shared.streams());
    });
}

#[test]
fn a_page_that_is_refused_says_nothing_about_its_list() {
    let fake = filled(&["a", "b"]);
    fake.script([late(&fake, 900), Answer::status(403, "Forbidden")]);
    let shared = fake.clone();
    tell(&fake, Settings::default(), async move |mut world| {
        world.subscribe(Scope::Namespaces(vec!["shop".into()]));
        world.seconds(2).await;
        assert_eq!((world.rows(), world.state.clone()), (shared.pods(), Some(WatchState::Live)));
        assert!(!world.states.iter().any(|state| matches!(state, WatchState::Denied(_))));
        assert_eq!(shared.streams().len(), 3, "{:?}", shared.streams());
    });
}
