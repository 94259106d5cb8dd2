//! Kinds that appear and change while we watch.

use super::*;

#[test]
fn a_new_kind_appears_and_its_columns_follow_its_definition() {
    let fake = Fake::new();
    let crd = Arc::new(std::sync::Mutex::new(None::<&'static str>));
    let served = Arc::clone(&crd);
    fake.handle(move |seen| {
        let column = *served.lock().unwrap();
        let groups = column.map_or("", |_| {
            r#"{"metadata":{"name":"shop.io"},"versions":[{"version":"v1","resources":[
                {"resource":"carts","scope":"Namespaced","responseKind":{"kind":"Cart"}}]}]}"#
        });
        let list = |items: &str| format!(r#"{{"kind":"APIGroupDiscoveryList","items":[{items}]}}"#);
        let empty = r#"{"items":[],"metadata":{"resourceVersion":"1"}}"#;
        Some(match (&*seen.path, seen.is_watch()) {
            ("/api", _) => Answer::new(200, list("")),
            ("/apis", _) => Answer::new(200, list(groups)),
            ("/apis/apiextensions.k8s.io/v1/customresourcedefinitions", true) => {
                // Its first end tells of the change; then it stays quiet.
                let line = r#"{"type":"MODIFIED","object":{"metadata":{"name":"carts.shop.io",
                    "resourceVersion":"2"}}}"#;
                Answer::new(200, line.replace('\n', " ") + "\n").then(Then::Hang)
            }
            ("/apis/apiextensions.k8s.io/v1/customresourcedefinitions/carts.shop.io", _) => {
                Answer::new(
                    200,
                    format!(
                        r#"{{"spec":{{"group":"shop.io","names":{{"plural":"carts"}},"versions":[
                        {{"name":"v1","served":true,"additionalPrinterColumns":[
                        {{"name":"{}","type":"string","jsonPath":".spec.x"}}]}}]}}}}"#,
                        column.unwrap()
                    ),
                )
            }
            (path, false) if path.ends_with("/carts") || path.ends_with("definitions") => {
                Answer::new(200, empty)
            }
            (path, true) if path.ends_with("/carts") => Answer::new(200, "").then(Then::Hang),
            ("/version" | "/readyz", _) => Answer::new(200, "{}"),
            _ => Answer::status(404, "NotFound"),
        })
    });
    tell(&fake.clone(), Settings::default(), async move |mut world| {
        let mut need = need(Scope::All);
        need.gvr = Gvr::new("shop.io", "v1", "carts");
        world.send(Command::Subscribe { sub: SUB, need });
        world.pass(Duration::from_millis(500)).await;
        assert!(matches!(world.state, Some(WatchState::NotServed(_))), "{:?}", world.state);
        let titles = |world: &World| -> Vec<String> {
            let schemas = world.others.iter().filter_map(|event| match event {
                Event::Sub(SUB, SubEvent::Schema(schema)) => Some(schema),
                _ => None,
            });
            let last = schemas.into_iter().next_back().expect("there is a schema");
            last.columns.iter().map(|column| column.title.to_string()).collect()
        };
        *crd.lock().unwrap() = Some("Owner");
        // The watch of definitions is silent: it is opened again after 75 s and tells its line.
        world.seconds(80).await;
        assert!(titles(&world).contains(&"OWNER".to_owned()), "{:?}", titles(&world));
        assert_eq!(world.state, Some(WatchState::Live));
        *crd.lock().unwrap() = Some("Price");
        world.seconds(80).await;
        assert!(titles(&world).contains(&"PRICE".to_owned()), "{:?}", titles(&world));
    });
}

#[test]
fn a_server_without_aggregated_discovery_is_asked_group_by_group() {
    let fake = Fake::new();
    fake.handle(|seen| {
        Some(Answer::new(
            200,
            match &*seen.path {
                "/api" => r#"{"kind":"APIVersions","versions":["v1"]}"#,
                "/apis" => {
                    r#"{"kind":"APIGroupList","groups":[
                {"name":"shop.io","versions":[{"version":"v1beta1"},{"version":"v1"}],
                 "preferredVersion":{"version":"v1"}},
                {"name":"away.io","versions":[{"version":"v1"}]}]}"#
                }
                "/api/v1" => {
                    r#"{"resources":[
                {"name":"pods","kind":"Pod","namespaced":true,"verbs":["list"],"shortNames":["po"]},
                {"name":"pods/log","kind":"Pod","namespaced":true,"verbs":["get"]}]}"#
                }
                "/apis/shop.io/v1" | "/apis/shop.io/v1beta1" => {
                    r#"{"resources":[
                {"name":"carts","kind":"Cart","namespaced":true,"verbs":null}]}"#
                }
                "/apis/away.io/v1" => return Some(Answer::status(503, "ServiceUnavailable")),
                _ => return None,
            },
        ))
    });
    tell(&fake.clone(), Settings::default(), async move |mut world| {
        world.seconds(2).await;
        let found = world.others.iter().find_map(|event| match event {
            Event::Cluster(_, ClusterEvent::Discovery(found)) => Some(Arc::clone(found)),
            _ => None,
        });
        let found = found.expect("an API that is away hides no other");
        let said: Vec<(String, bool, usize)> = found
            .iter()
            .map(|one| (one.gvr.to_string(), one.preferred, one.subresources.len()))
            .collect();
        let expected = [
            ("v1/pods", true, 1),
            ("shop.io/v1/carts", true, 0),
            ("shop.io/v1beta1/carts", false, 0),
        ];
        assert_eq!(said, expected.map(|(gvr, preferred, subs)| (gvr.to_owned(), preferred, subs)));
        let asked: Vec<Seen> = fake.seen().into_iter().filter(|s| s.path == "/api").collect();
        assert_eq!(asked.len(), 1, "both forms in one question");
    });
}
