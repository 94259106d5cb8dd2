//! What a cluster served when it was seen last is enough to begin with, and never the last word.

use super::*;
use std::sync::Mutex;

/// What the server of a story does about kinds.
#[derive(Clone, Copy, PartialEq)]
enum Kinds {
    /// Serves carts whose definition declares this column.
    Carts(&'static str),
    /// Serves nothing but pods.
    Pods,
    /// Says neither what it serves nor how it is shown.
    Silent,
}

fn server() -> (Fake, Arc<Mutex<Kinds>>) {
    let fake = Fake::new();
    let kinds = Arc::new(Mutex::new(Kinds::Carts("Owner")));
    let now = Arc::clone(&kinds);
    fake.handle(move |seen| {
        let kinds = *now.lock().unwrap();
        let silent = Answer::new(200, "").then(Then::Hang);
        let list = |items: &str| format!(r#"{{"kind":"APIGroupDiscoveryList","items":[{items}]}}"#);
        let tagged = |body: &str, tag: &str| match seen.tag == tag {
            true => Answer::new(304, ""),
            false => Answer::new(200, list(body)).header("etag", tag),
        };
        let carts = r#"{"metadata":{"name":"shop.io"},"versions":[{"version":"v1","resources":[
            {"resource":"carts","scope":"Namespaced","responseKind":{"kind":"Cart"}}]}]}"#;
        let cart =
            r#"{"metadata":{"name":"c1","namespace":"shop","uid":"u","resourceVersion":"7"}}"#;
        Some(match (&*seen.path, seen.is_watch(), kinds) {
            ("/api" | "/apis", _, Kinds::Silent) => silent,
            ("/api", ..) => tagged("", "\"core\""),
            ("/apis", _, Kinds::Carts(_)) => tagged(carts, "\"carts\""),
            ("/apis", _, Kinds::Pods) => tagged("", "\"none\""),
            ("/apis/apiextensions.k8s.io/v1/customresourcedefinitions/carts.shop.io", _, kinds) => {
                let Kinds::Carts(column) = kinds else { return Some(silent) };
                Answer::new(
                    200,
                    format!(
                        r#"{{"spec":{{"group":"shop.io","names":{{"plural":"carts"}},"versions":[
                        {{"name":"v1","served":true,"additionalPrinterColumns":[
                        {{"name":"{column}","type":"string","jsonPath":".spec.x"}}]}}]}}}}"#
                    ),
                )
            }
            (path, _, Kinds::Pods) if path.ends_with("/carts") => Answer::status(404, "NotFound"),
            (path, false, _) if path.ends_with("/carts") => Answer::new(
                200,
                format!(r#"{{"items":[{cart}],"metadata":{{"resourceVersion":"9"}}}}"#),
            ),
            (path, true, _) if path.ends_with("/carts") => silent,
            ("/version" | "/readyz", ..) => Answer::new(200, r#"{"gitVersion":"v1.36.3"}"#),
            _ => Answer::status(403, "Forbidden"),
        })
    });
    (fake, kinds)
}

/// A session on carts, with what earlier ones have left on the shelf.
fn session<F: AsyncFnOnce(World)>(fake: &Fake, shelf: &Arc<Board>, story: F) {
    let connector = knowing(fake, false, shelf);
    tell_by(connector, Timing::default(), Settings::default(), async move |world| {
        let mut need = need(Scope::All);
        need.gvr = Gvr::new("shop.io", "v1", "carts");
        world.send(Command::Subscribe { sub: SUB, need });
        story(world).await;
    });
}

/// Lets so much time pass, whatever other threads have to do meanwhile.
async fn a_while(world: &mut World) {
    for _ in 0..20 {
        // A shelf is read on a thread of its own, which the paused clock does not wait for.
        std::thread::sleep(Duration::from_millis(2));
        world.pass(Duration::from_millis(5)).await;
    }
}

fn titles(world: &World) -> Vec<String> {
    let schemas = world.others.iter().filter_map(|event| match event {
        Event::Sub(SUB, SubEvent::Schema(schema)) => Some(schema),
        _ => None,
    });
    let last = schemas.into_iter().next_back().expect("there is a schema");
    last.columns.iter().map(|column| column.title.to_string()).collect()
}

fn told(world: &World) -> Vec<(bool, usize)> {
    let kinds = world.others.iter().filter_map(|event| match event {
        Event::Cluster(_, ClusterEvent::Remembered(found)) => Some((false, found.len())),
        Event::Cluster(_, ClusterEvent::Discovery(found)) => Some((true, found.len())),
        _ => None,
    });
    kinds.collect()
}

/// A shelf that a first session has filled.
fn filled_shelf(fake: &Fake) -> Arc<Board> {
    let shelf = Arc::new(Board::default());
    session(fake, &shelf, async |mut world| {
        a_while(&mut world).await;
        world.seconds(5).await;
        a_while(&mut world).await;
        assert_eq!((world.names(), told(&world)), (vec!["c1".to_owned()], vec![(true, 1)]));
    });
    assert!(shelf.0.lock().unwrap().contains_key("cluster"));
    shelf
}

#[test]
fn rows_of_a_custom_kind_come_before_the_server_says_that_it_has_it() {
    let (fake, kinds) = server();
    let shelf = filled_shelf(&fake);
    *kinds.lock().unwrap() = Kinds::Silent;
    session(&fake, &shelf, async |mut world| {
        a_while(&mut world).await;
        assert_eq!((world.names(), told(&world)), (vec!["c1".to_owned()], vec![(false, 1)]));
        assert!(titles(&world).contains(&"OWNER".to_owned()), "{:?}", titles(&world));
    });
    // Without the shelf nothing is known.
    session(&fake, &Arc::default(), async |mut world| {
        a_while(&mut world).await;
        assert_eq!((world.names(), told(&world)), (vec![], vec![]));
    });
}

#[test]
fn what_has_not_changed_is_confirmed_without_being_sent_again() {
    let (fake, _) = server();
    let shelf = filled_shelf(&fake);
    let before = fake.seen().len();
    session(&fake, &shelf, async |mut world| {
        a_while(&mut world).await;
        assert_eq!(told(&world), [(false, 1), (true, 1)]);
        assert_eq!(world.names(), ["c1"]);
    });
    let mut asked: Vec<(String, String)> = fake.seen()[before..]
        .iter()
        .filter(|seen| seen.path == "/api" || seen.path == "/apis")
        .map(|seen| (seen.path.clone(), seen.tag.clone()))
        .collect();
    asked.sort();
    let tags = [("/api", "\"core\""), ("/apis", "\"carts\"")];
    assert_eq!(asked, tags.map(|(path, tag)| (path.to_owned(), tag.to_owned())));
}

#[test]
fn a_kind_that_is_gone_and_another_cluster_at_the_same_address_are_noticed() {
    let (fake, kinds) = server();
    let shelf = filled_shelf(&fake);
    *kinds.lock().unwrap() = Kinds::Pods;
    session(&fake, &shelf, async |mut world| {
        a_while(&mut world).await;
        assert_eq!(told(&world), [(false, 1), (true, 0)]);
        let Some(WatchState::NotServed(fault)) = &world.state else { panic!("{:?}", world.state) };
        assert!(fault.why.contains("does not serve"), "{fault}");
        assert_eq!(world.names(), [""; 0]);
        world.seconds(5).await;
        a_while(&mut world).await;
    });
    // And is not remembered any more.
    *kinds.lock().unwrap() = Kinds::Silent;
    session(&fake, &shelf, async |mut world| {
        a_while(&mut world).await;
        assert_eq!((world.names(), told(&world)), (vec![], vec![]));
    });
}

#[test]
fn columns_that_were_declared_anew_replace_those_remembered() {
    let (fake, kinds) = server();
    let shelf = filled_shelf(&fake);
    *kinds.lock().unwrap() = Kinds::Carts("Price");
    session(&fake, &shelf, async |mut world| {
        a_while(&mut world).await;
        let schemas = |title: &str| {
            let has = |event: &&Event| {
                matches!(event, Event::Sub(SUB, SubEvent::Schema(schema))
                if schema.columns.iter().any(|column| column.title == title))
            };
            world.others.iter().filter(has).count()
        };
        assert_eq!((schemas("OWNER"), schemas("PRICE")), (1, 1));
        assert!(titles(&world).contains(&"PRICE".to_owned()), "{:?}", titles(&world));
        assert_eq!(world.names(), ["c1"]);
    });
}
