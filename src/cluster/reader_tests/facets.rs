//! One object looked at closely: the containers of a pod.

use super::*;
use serde_json::json;

fn web(version: u64, containers: &[&str]) -> String {
    let containers: Vec<_> = containers.iter().map(|name| json!({"name": name})).collect();
    json!({"metadata": {"name": "web", "namespace": "shop", "uid": "u", "creationTimestamp":
        "2026-01-01T00:00:00Z", "resourceVersion": version.to_string()},
        "spec": {"containers": containers}})
    .to_string()
}

fn look(world: &World) {
    let need = Need {
        scope: Scope::Namespaces(vec!["shop".into()]),
        fields: "metadata.name=web".into(),
        facet: Facet::Containers,
        ..need(Scope::All)
    };
    world.send(Command::Subscribe { sub: SUB, need });
}

/// Answers the list with these items; watches are the server's own.
fn listing(fake: &Fake, items: String) {
    fake.handle(move |seen| {
        let body = format!(r#"{{"items":[{items}],"metadata":{{"resourceVersion":"100"}}}}"#);
        (seen.path.ends_with("/pods") && !seen.is_watch()).then(|| Answer::new(200, body))
    });
}

#[test]
fn containers_are_rows_that_follow_their_pod_through_its_life() {
    let fake = Fake::new();
    listing(&fake, web(100, &["app", "proxy"]));
    tell(&fake.clone(), Settings::default(), async move |mut world| {
        look(&world);
        world.seconds(1).await;
        assert_eq!(world.names(), ["app", "proxy"]);
        assert_eq!(world.state, Some(WatchState::Live));
        let asked = &fake.streams()[0];
        assert_eq!(asked, "/api/v1/namespaces/shop/pods?fieldSelector=metadata.name%3Dweb");
        let event =
            |kind: &str, object: String| format!(r#"{{"type":"{kind}","object":{object}}}"#);
        for (line, shown) in [
            (event("MODIFIED", web(101, &["app", "debug"])), vec!["app", "debug"]),
            (event("DELETED", web(102, &["app", "debug"])), vec![]),
            (event("ADDED", web(103, &["app"])), vec!["app"]),
        ] {
            fake.line(&line);
            world.seconds(1).await;
            assert_eq!(world.names(), shown, "{line}");
        }
    });
}

#[test]
fn a_pod_that_is_gone_meanwhile_has_no_containers_after_a_new_list() {
    let fake = Fake::new();
    listing(&fake, web(100, &["app"]));
    tell(&fake.clone(), Settings::default(), async move |mut world| {
        look(&world);
        world.seconds(1).await;
        assert_eq!(world.names(), ["app"]);
        listing(&fake, String::new());
        fake.line(&format!(r#"{{"type":"ERROR","object":{}}}"#, status(410, "Expired")));
        world.seconds(5).await;
        assert!(world.names().is_empty());
        assert_eq!(world.state, Some(WatchState::Live));
    });
}
