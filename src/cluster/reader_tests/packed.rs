//! Compressed lists: the same rows, whole or not at all, and no room for bombs.

use super::*;
use crate::cluster::link::unix_now;
use crate::cluster::pace::Pace;
use flate2::Compression;
use flate2::write::GzEncoder;
use std::io::Write as _;

fn packed(body: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(body).unwrap();
    encoder.finish().unwrap()
}

fn list(items: &[String]) -> String {
    format!(r#"{{"items":[{}],"metadata":{{"resourceVersion":"100"}}}}"#, items.join(","))
}

fn gzip(body: Vec<u8>) -> Answer {
    Answer::new(200, body).header("content-encoding", "gzip")
}

fn story<F: AsyncFnOnce(World)>(fake: &Fake, story: F) {
    // The link was slow of late.
    let pace = Some(Pace { bytes_per_second: 1_000_000, at: unix_now() });
    on(fake, &Board::of(&Facts { pace, ..Facts::default() }), story);
}

fn on<F: AsyncFnOnce(World)>(fake: &Fake, shelf: &Arc<Board>, story: F) {
    let connector = knowing(fake, true, shelf);
    tell_by(connector, Timing::default(), Settings::default(), async move |world| {
        world.subscribe(Scope::All);
        story(world).await;
    });
}

fn encodings(fake: &Fake, watch: bool) -> Vec<String> {
    let pods = fake.seen().into_iter().filter(|seen| seen.path.ends_with("/pods"));
    pods.filter(|seen| seen.is_watch() == watch).map(|seen| seen.encoding).collect()
}

/// A list of so many pods, in pieces that come one after another.
fn dripping(count: usize, piece: usize, wait: Duration) -> Answer {
    let items: Vec<String> = (0..count).map(|i| pod("shop", &format!("p{i:05}"), 7)).collect();
    let pieces = list(&items).as_bytes().chunks(piece).map(<[u8]>::to_vec).collect();
    Answer { pieces, wait, ..Answer::new(200, "") }
}

#[test]
fn a_list_that_comes_slowly_is_asked_for_again_compressed_and_the_next_one_at_once() {
    let fake = filled(&["a"]);
    // Half a megabyte in eight seconds.
    fake.script([dripping(3000, 16 << 10, Duration::from_millis(250))]);
    let shelf = Arc::new(Board::default());
    on(&fake.clone(), &shelf, async |mut world| {
        world.seconds(10).await;
        assert_eq!(encodings(&fake, false), ["identity", "gzip"]);
        // What came of the first is swept, and the rows are the server's.
        assert_eq!(world.rows(), fake.pods());
        assert_eq!(world.state, Some(WatchState::Live));
        assert_eq!(world.links.iter().filter(|l| matches!(l, LinkState::Broken { .. })).count(), 0);
    });
    assert!(shelf.facts().pace.is_some_and(Pace::is_slow));
    on(&fake.clone(), &shelf, async |mut world| {
        world.seconds(10).await;
        assert_eq!(encodings(&fake, false), ["identity", "gzip", "gzip"]);
        assert_eq!(world.rows(), fake.pods());
    });
}

#[test]
fn a_list_that_comes_fast_is_not_asked_for_again() {
    let fake = Fake::new();
    // Five megabytes, 64 KiB each millisecond.
    fake.script([dripping(30_000, 64 << 10, Duration::from_millis(1))]);
    let shelf = Arc::new(Board::default());
    on(&fake.clone(), &shelf, async |mut world| {
        world.seconds(10).await;
        assert_eq!(encodings(&fake, false), ["identity"]);
        assert_eq!(world.rows().len(), 30_000);
    });
}

#[test]
fn a_compressed_list_gives_its_rows_and_watches_are_never_compressed() {
    let names: Vec<String> = (0..500).map(|i| format!("p{i:03}")).collect();
    let items: Vec<String> = names.iter().map(|name| pod("shop", name, 7)).collect();
    let body = packed(list(&items).as_bytes());
    // In pieces that end anywhere.
    let pieces = body.chunks(777).map(<[u8]>::to_vec).collect();
    let fake = Fake::new();
    fake.script([Answer { pieces, ..gzip(Vec::new()) }]);
    story(&fake.clone(), async move |mut world| {
        world.seconds(1).await;
        assert_eq!(world.names(), names);
        assert_eq!(
            (encodings(&fake, false), encodings(&fake, true)),
            (vec!["gzip".into()], vec!["identity".into()])
        );
    });
}

#[test]
fn a_compressed_list_that_ends_early_or_is_damaged_is_never_taken_for_a_whole_one() {
    let items: Vec<String> = (0..20).map(|i| pod("shop", &format!("p{i}"), 7)).collect();
    let body = packed(list(&items).as_bytes());
    let short = (0..body.len()).step_by(9).map(|end| body[..end].to_vec());
    let mut damaged = body.clone();
    damaged[body.len() / 2] ^= 0x55;
    for bad in short.chain([damaged]) {
        let fake = filled(&["a", "b"]);
        fake.script([gzip(bad)]);
        story(&fake.clone(), async move |mut world| {
            world.seconds(2).await;
            assert_eq!(world.rows(), fake.pods());
            assert_eq!(world.state, Some(WatchState::Live));
            assert_eq!(fake.streams().iter().filter(|s| !s.contains("watch=1")).count(), 2);
        });
    }
}

#[test]
fn a_bomb_is_passed_over_piece_by_piece() {
    let bomb = format!(r#"{{"metadata":{{"name":"bomb"}},"x":"{}"}}"#, "0".repeat(40 << 20));
    let body = packed(list(&[pod("shop", "a", 1), bomb, pod("shop", "b", 2)]).as_bytes());
    assert!(body.len() < 64 << 10);
    let fake = Fake::new();
    fake.script([gzip(body)]);
    story(&fake, async |mut world| {
        world.seconds(2).await;
        assert_eq!(world.names(), ["a", "b"]);
        assert_eq!((world.skipped, &world.state), (1, &Some(WatchState::Live)));
    });
}
