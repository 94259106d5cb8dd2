//! Lists that do not come as a whole are read page by page, with the watch beside them.

use super::*;
use std::sync::Mutex;

const PODS: [&str; 8] = ["a", "b", "c", "d", "e", "f", "g", "h"];
const WATCH: &str = "/api/v1/pods?watch=1&allowWatchBookmarks=true&resourceVersion=";

fn pages(fake: &Fake) -> Vec<String> {
    fake.streams().into_iter().filter(|asked| asked.contains("limit=")).collect()
}

fn told(asked: &[String], what: &str) -> usize {
    asked.iter().filter(|asked| asked.contains(what)).count()
}

#[test]
fn a_list_that_breaks_twice_is_read_by_pages_and_the_watch_goes_on_from_the_first() {
    let fake = filled(&PODS);
    fake.cut_whole_lists(Some(300));
    pods(&fake, async |mut world, fake| {
        world.seconds(3).await;
        assert_eq!((world.rows(), world.state.clone()), (fake.pods(), Some(WatchState::Live)));
        let asked = fake.streams();
        assert_eq!(
            asked[..3],
            [
                "/api/v1/pods?resourceVersion=0",
                "/api/v1/pods?resourceVersion=0",
                "/api/v1/pods?limit=3"
            ]
        );
        assert_eq!(pages(&fake).len(), 3);
        // It is there before the last page is.
        let watch = asked.iter().position(|asked| asked.starts_with(WATCH)).unwrap();
        let last = asked.iter().rposition(|asked| asked.contains("continue=")).unwrap();
        assert!(watch < last, "{asked:?}");
        assert!(asked[watch].ends_with("resourceVersion=108"), "{asked:?}");
        // The next list does not try the whole again: it was not the weather of a moment.
        let before = asked.len();
        fake.delete("shop", "a");
        fake.compact();
        fake.cut(Then::Cut);
        fake.put("shop", "i");
        fake.compact();
        world.seconds(10).await;
        assert_eq!(world.rows(), fake.pods());
        assert_eq!(told(&fake.streams()[before..], "resourceVersion=0"), 0);
    });
}

#[test]
fn what_keeps_somebody_from_a_whole_list_is_told_from_what_keeps_him_from_any() {
    let too_much: [(u16, usize); 5] = [(413, 2), (429, 4), (504, 4), (500, 4), (502, 4)];
    for (code, times) in too_much {
        let fake = filled(&PODS);
        fake.handle(move |seen| {
            let whole = seen.path.ends_with("/pods") && seen.query == "resourceVersion=0";
            whole.then(|| Answer::status(code, ""))
        });
        pods(&fake, async move |mut world, fake| {
            world.seconds(30).await;
            assert_eq!(
                (world.rows(), world.state),
                (fake.pods(), Some(WatchState::Live)),
                "{code}"
            );
            assert_eq!(told(&fake.streams(), "resourceVersion=0"), times, "{code}");
        });
    }
    // Neither a server that is not there, nor one that is behind, is helped by pages.
    for answer in [Answer::status(503, ""), behind(), Answer::status(401, "Unauthorized")] {
        let fake = filled(&PODS);
        fake.script((0..8).map(|_| answer.clone()));
        pods(&fake, async |mut world, fake| {
            world.seconds(120).await;
            assert_eq!(world.rows(), fake.pods());
            assert_eq!(pages(&fake), [""; 0]);
        });
    }
    let fake = filled(&PODS);
    pods(&fake, async |mut world, fake| {
        for _ in 0..5 {
            fake.away(true);
            world.seconds(40).await;
            fake.away(false);
            fake.compact();
            fake.put("shop", "z");
            fake.compact();
            world.seconds(10).await;
        }
        assert_eq!((world.rows(), pages(&fake).len()), (fake.pods(), 0));
    });
}

#[test]
fn rows_show_as_pages_come_and_a_page_that_is_late_takes_nothing_back() {
    let fake = filled(&PODS);
    fake.cut_whole_lists(Some(0));
    // The second page comes late.
    let late = Arc::new(Mutex::new(2));
    let left = Arc::clone(&late);
    fake.handle(move |seen| {
        let mut left = left.lock().unwrap();
        let again = seen.query.contains("continue=") && *left > 0;
        again.then(|| {
            *left -= 1;
            Answer::status(429, "").header("retry-after", "5")
        })
    });
    pods(&fake, async |mut world, fake| {
        world.seconds(4).await;
        assert_eq!(world.names(), ["a", "b", "c"]);
        assert!(!world.completed.contains(&0));
        // Of objects that only later pages have, and of one that came.
        fake.delete("shop", "d");
        fake.put("shop", "e");
        fake.delete("shop", "a");
        fake.delete("shop", "f");
        fake.put("shop", "f");
        fake.put("shop", "new");
        let now = fake.pods();
        world.pass(Duration::from_millis(100)).await;
        assert_eq!(world.names(), ["b", "c", "e", "f", "new"], "changes show meanwhile");
        world.seconds(20).await;
        assert_eq!((world.rows(), world.state.clone()), (now, Some(WatchState::Live)));
        // The watch goes on behind all that it has told.
        let last = fake.streams().pop().unwrap();
        assert_eq!(last, format!("{WATCH}114"));
    });
}

#[test]
fn a_page_that_does_not_come_is_asked_for_in_smaller_pieces() {
    let fake = filled(&PODS);
    let served = fake.clone();
    fake.cut_whole_lists(Some(0));
    fake.handle(move |seen| {
        let large = seen.query.contains("limit=3");
        large.then(|| Answer::new(200, r#"{"items":["#).then(Then::Cut))
    });
    pods(&fake, async |mut world, _| {
        world.seconds(10).await;
        assert_eq!((world.rows(), world.state), (served.pods(), Some(WatchState::Live)));
        assert_eq!(told(&pages(&served), "limit=3"), 1);
        assert_eq!(told(&pages(&served), "limit=1"), PODS.len());
    });
}

#[test]
fn a_place_in_the_list_that_is_forgotten_is_replaced_by_the_one_that_the_server_offers() {
    let fake = filled(&PODS);
    fake.cut_whole_lists(Some(0));
    let page = |pods: &[String], version: u64, token: &str| {
        let meta = format!(r#"{{"resourceVersion":"{version}","continue":"{token}"}}"#);
        Answer::new(200, format!(r#"{{"items":[{}],"metadata":{meta}}}"#, pods.join(",")))
    };
    let gone = r#"{"kind":"Status","status":"Failure","code":410,"reason":"Expired",
        "message":"The provided continue parameter is too old","metadata":{"continue":"now"}}"#;
    fake.handle(move |seen| {
        let token = seen.query.split_once("continue=").map(|(_, token)| token);
        match token {
            Some("0") => Some(Answer::new(410, gone)),
            // From behind the last object, as it is now.
            Some("now") => Some(page(&[pod("shop", "e", 105), pod("shop", "x", 110)], 110, "")),
            _ => None,
        }
    });
    pods(&fake, async |mut world, fake| {
        world.seconds(5).await;
        let asked = pages(&fake);
        assert_eq!(
            asked[..3],
            [
                "/api/v1/pods?limit=3",
                "/api/v1/pods?limit=3&continue=0",
                "/api/v1/pods?limit=3&continue=now"
            ]
        );
        assert_eq!(world.names(), ["a", "b", "c", "e", "x"]);
        assert_eq!(world.state, Some(WatchState::Live));
        // From the first page on, for that is how far all is known.
        assert_eq!(fake.streams().pop().unwrap(), format!("{WATCH}108"));
    });
}

#[test]
fn a_place_that_is_forgotten_for_good_or_a_watch_that_is_lost_means_another_list() {
    // Without an offer.
    let fake = filled(&PODS);
    fake.cut_whole_lists(Some(0));
    let mut refused = 0;
    fake.handle(move |seen| {
        let again = seen.query.contains("continue=") && refused < 2;
        again.then(|| {
            refused += 1;
            Answer::status(410, "Expired")
        })
    });
    pods(&fake, async |mut world, fake| {
        world.seconds(10).await;
        assert_eq!((world.rows(), world.state), (fake.pods(), Some(WatchState::Live)));
        assert_eq!(told(&fake.streams(), "resourceVersion=0"), 2);
    });
    // The watch beside the pages is told that its past is gone, while the second page is waited for.
    let fake = filled(&PODS);
    fake.cut_whole_lists(Some(0));
    let mut lost = 0;
    fake.handle(move |seen| {
        if seen.is_watch() && lost < 2 {
            lost += 1;
            return Some(Answer::status(410, "Expired"));
        }
        let second = seen.query.contains("continue=0");
        second.then(|| Answer::new(200, "").then(Then::Hang))
    });
    pods(&fake, async |mut world, fake| {
        world.seconds(10).await;
        assert_eq!((world.rows(), world.state), (fake.pods(), Some(WatchState::Live)));
    });
}

#[test]
fn where_pages_do_not_come_either_the_whole_is_tried_again() {
    let fake = filled(&PODS);
    let whole = Arc::new(AtomicBool::new(false));
    let comes = Arc::clone(&whole);
    fake.handle(move |seen| {
        let list = seen.path.ends_with("/pods") && !seen.is_watch();
        let fails = list && (seen.query.contains("limit=") || !comes.load(Ordering::Relaxed));
        fails.then(|| Answer::new(200, r#"{"items":["#).then(Then::Cut))
    });
    pods(&fake, async |mut world, fake| {
        world.seconds(60).await;
        let asked = fake.streams();
        assert!(told(&asked, "resourceVersion=0") >= 4, "{asked:?}");
        assert!(pages(&fake).len() >= 6, "{asked:?}");
        assert!(asked.len() < 120, "{}", asked.len());
        assert!(matches!(world.state, Some(WatchState::Broken { .. })));
        whole.store(true, Ordering::Relaxed);
        world.seconds(60).await;
        assert_eq!((world.rows(), world.state), (fake.pods(), Some(WatchState::Live)));
    });
}
