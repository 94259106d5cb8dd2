//! What tests stand on: where it is gone they end at once, and what killed runs left is cleared away.

use crate::support::control_plane::ground::{OWNER, PREFIX, starting, sweep};
use crate::support::synchronized::Synchronized;
use crate::support::trials;
use crate::support::wait::{standing_on, until};
use libtest_mimic::Trial;
use std::fs::File;
use std::panic::{AssertUnwindSafe, catch_unwind};

pub fn trials() -> Vec<Trial> {
    vec![
        trials::plain("ground::what_did_not_start_is_not_waited_for_again", not_again),
        trials::plain("ground::a_wait_ends_with_what_it_stands_on", in_vain),
        trials::plain("ground::a_frame_is_seen_whole_or_not_at_all", frames),
        trials::plain("ground::folders_of_dead_owners_are_removed", folders),
    ]
}

/// What it panics with.
fn told(story: impl FnOnce()) -> String {
    let fault = catch_unwind(AssertUnwindSafe(story)).expect_err("it panics");
    fault.downcast_ref::<String>().cloned().expect("a text")
}

fn not_again() {
    let mut tried = 0;
    let mut start = || {
        starting::<()>("a thing of this test", 2, || {
            tried += 1;
            panic!("no luck, {tried}")
        })
        .expect("it is available");
    };
    assert_eq!(told(&mut start), "no luck, 2");
    assert!(told(&mut start).ends_with("before this one: no luck, 2"));
    assert_eq!(tried, 2);
}

/// Wherever what a program wrote is cut into pieces.
fn frames() {
    let written = b"plain\x1b[?2026hone\x1b[?2026l\x1b[?25h\x1b[?2026htwo\x1b[?2026lafter\x1b[?20";
    for size in 1..=written.len() {
        let mut synchronized = Synchronized::default();
        let mut shown = Vec::new();
        for piece in written.chunks(size) {
            synchronized.feed(piece, |whole| shown.extend_from_slice(whole));
            let text = String::from_utf8_lossy(&shown);
            let begun = text.matches("\x1b[?2026h").count();
            assert_eq!(begun, text.matches("\x1b[?2026l").count(), "pieces of {size}: {text:?}");
        }
        assert!(shown.ends_with(b"after"), "{}", String::from_utf8_lossy(&shown));
        synchronized.end(|rest| shown.extend_from_slice(rest));
        assert_eq!(shown, written);
    }
}

fn in_vain() {
    let wait = || {
        let gone = || Some("it fell over".to_owned());
        standing_on(gone, || until::<()>("what never comes", || Err("not yet".to_owned())));
    };
    assert_eq!(told(wait), "waiting for what never comes is in vain: it fell over");
    // The next story stands on its own.
    until("what comes", || Ok(()));
}

fn folders() {
    let temp = tempfile::tempdir().expect("a folder");
    let named = |name: String| {
        let dir = temp.path().join(name);
        std::fs::create_dir_all(dir.join("etcd")).expect("a folder");
        (File::create(dir.join(OWNER)).expect("a file"), dir)
    };
    let (held, of_somebody) = named(format!("{PREFIX}a"));
    held.lock().expect("a lock");
    let (_, of_nobody) = named(format!("{PREFIX}b"));
    let (_, of_others) = named("something-else".to_owned());
    sweep(temp.path());
    assert!(of_somebody.exists() && !of_nobody.exists() && of_others.exists());
    drop(held);
    sweep(temp.path());
    assert!(!of_somebody.exists());
}
