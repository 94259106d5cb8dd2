//! Whole objects, page by page.

use super::*;
use crate::cluster::Page;

const PODS: usize = 1200;

/// Serves pages of a thousand and two hundred pods; `fail` may answer a request first.
fn paged(mut fail: impl FnMut(&Seen) -> Option<Answer> + Send + 'static) -> Fake {
    let fake = Fake::new();
    fake.handle(move |seen| {
        if !seen.path.ends_with("/pods") {
            return None;
        }
        if let Some(answer) = fail(seen) {
            return Some(answer);
        }
        let number = |name: &str| {
            let value = seen.query.split('&').find_map(|pair| pair.strip_prefix(name))?;
            value.parse::<usize>().ok()
        };
        let from = number("continue=").unwrap_or(0);
        let to = (from + number("limit=").expect("pages are asked for")).min(PODS);
        // Within lists, servers leave the type out.
        let item = |i| format!(r#"{{"metadata":{{"name":"p{i:04}","namespace":"shop"}}}}"#);
        let items: Vec<String> = (from..to).map(item).collect();
        let token = if to < PODS { to.to_string() } else { String::new() };
        let body = format!(
            r#"{{"items":[{}],"metadata":{{"resourceVersion":"1","continue":"{token}"}}}}"#,
            items.join(",")
        );
        Some(Answer::new(200, body))
    });
    fake
}

struct Got {
    objects: Vec<crate::cluster::Object>,
    pages: usize,
    end: Result<(), Fault>,
    notices: Vec<Fault>,
}

async fn list(world: &mut World, scope: Scope, rows: bool) -> Got {
    let (out, mut pages) = mpsc::channel(1);
    world.send(Command::List { need: need(scope), rows, out });
    let mut got = Got { objects: vec![], pages: 0, end: Ok(()), notices: vec![] };
    loop {
        world.pass(Duration::from_millis(10)).await;
        match pages.recv().await.expect("the end is always told") {
            Page::Objects(objects) => {
                got.pages += 1;
                got.objects.extend(objects);
            }
            Page::Notice(fault) => got.notices.push(fault),
            Page::Schema(_) => assert!(rows),
            Page::Skipped(why) => panic!("{why}"),
            Page::End(end) => {
                got.end = end;
                return got;
            }
        }
    }
}

#[test]
fn a_large_list_is_a_few_requests_and_every_object_says_what_it_is() {
    for rows in [false, true] {
        let fake = paged(|_| None);
        tell(&fake.clone(), Settings::default(), async move |mut world| {
            let got = list(&mut world, Scope::All, rows).await;
            assert_eq!((got.end, got.objects.len(), got.pages), (Ok(()), PODS, 3));
            assert_eq!(fake.streams().len(), 3);
            let first = r#"{"apiVersion":"v1","kind":"Pod","metadata":{"name":"p0000","namespace":"shop"}}"#;
            assert_eq!(got.objects[0].json, first);
            let names = got.objects.iter().filter_map(|object| object.row.as_ref());
            assert_eq!(names.count(), if rows { PODS } else { 0 });
        });
    }
}

#[test]
fn a_page_that_breaks_is_asked_for_again_and_nothing_comes_twice() {
    let mut calls = 0;
    let fake = paged(move |_| {
        calls += 1;
        match calls {
            1 => Some(Answer::status(429, "").header("retry-after", "3")),
            3 => Some(Answer::new(200, r#"{"items":[{"metadata":{"name":"p"#).then(Then::Cut)),
            4 => Some(Answer::new(200, "")),
            _ => None,
        }
    });
    tell(&fake.clone(), Settings::default(), async move |mut world| {
        let got = list(&mut world, Scope::All, false).await;
        assert_eq!((got.end, got.objects.len()), (Ok(()), PODS));
        assert_eq!(fake.streams().len(), 6);
    });
}

#[test]
fn a_list_that_cannot_go_on_says_so() {
    let gone =
        paged(|seen| seen.query.contains("continue=").then(|| Answer::status(410, "Expired")));
    tell(&gone, Settings::default(), async |mut world| {
        let got = list(&mut world, Scope::All, false).await;
        let fault = got.end.unwrap_err();
        assert!(fault.hint.contains("forgotten"), "{fault}");
        assert_eq!(got.objects.len(), 500);
    });
    let broken = paged(|_| Some(Answer::status(500, "InternalError")));
    tell(&broken.clone(), Settings::default(), async move |mut world| {
        let got = list(&mut world, Scope::All, false).await;
        assert!(got.end.unwrap_err().why.contains("InternalError"));
        assert_eq!(broken.streams().len(), 4);
    });
}

#[test]
fn without_a_right_to_all_namespaces_those_we_know_are_listed() {
    let fake =
        paged(|seen| (seen.path == "/api/v1/pods").then(|| Answer::status(403, "Forbidden")));
    tell(&fake, Settings::default(), async |mut world| {
        let got = list(&mut world, Scope::All, false).await;
        assert_eq!((got.end, got.objects.len(), got.notices.len()), (Ok(()), PODS, 1));
        assert_eq!(got.notices[0].hint, "only default are listed");
    });
}

#[test]
fn a_list_nobody_reads_waits_and_one_nobody_wants_ends() {
    let fake = paged(|_| None);
    tell(&fake.clone(), Settings::default(), async move |mut world| {
        let (out, mut pages) = mpsc::channel(1);
        world.send(Command::List { need: need(Scope::All), rows: false, out });
        world.seconds(5).await;
        assert_eq!(
            fake.streams().len(),
            2,
            "one page waits to be read, the next to be handed over"
        );
        assert!(matches!(pages.recv().await, Some(Page::Objects(_))));
        drop(pages);
        world.seconds(5).await;
        assert_eq!(fake.streams().len(), 2);
    });
}
