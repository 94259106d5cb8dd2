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
