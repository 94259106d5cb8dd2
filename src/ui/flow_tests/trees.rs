//! Trees of what belongs together.

use super::fixture::Fixture;
use crate::model::{Change, SubEvent};
use crate::ui::Msg;
use serde_json::{Value, json};

fn object(api: &str, kind: &str, name: &str, owner: Option<(&str, &str)>, spec: Value) -> Value {
    let owners =
        owner.map(|(kind, name)| json!([{"apiVersion": "apps/v1", "kind": kind, "name": name}]));
    json!({"apiVersion": api, "kind": kind, "spec": spec, "metadata": {
        "name": name, "namespace": "shop", "ownerReferences": owners, "labels": {"app": "web"}}})
}

fn pod(name: &str, owner: &str) -> Value {
    let spec = json!({"containers": [{"name": "c", "envFrom": [{"secretRef": {"name": "db"}}]}]});
    object("v1", "Pod", name, Some(("ReplicaSet", owner)), spec)
}

fn shop() -> Fixture {
    let mut f = Fixture::new();
    let mut put = |plural: &str, objects: Vec<Value>| {
        f.objects.insert(("dev".to_owned(), plural.to_owned()), objects);
    };
    put("deployments", vec![object("apps/v1", "Deployment", "web", None, json!({}))]);
    let owner = Some(("Deployment", "web"));
    put("replicasets", vec![object("apps/v1", "ReplicaSet", "web-1", owner, json!({}))]);
    put("pods", vec![pod("web-1-a", "web-1")]);
    let selector = json!({"selector": {"app": "web"}});
    put("services", vec![object("v1", "Service", "front", None, selector)]);
    f
}

#[test]
fn x_on_a_deployment_shows_its_tree_which_follows_and_leads_on() {
    let mut f = shop();
    f.go("deploy").press("x");
    let screen = f.screen();
    assert!(screen.contains("deployments › Deployment/web tree"), "{screen}");
    for line in [
        "owns ReplicaSet/web-1",
        "owns Pod/web-1-a",
        "env from Secret/db  not there",
        "selected by Service/front",
    ] {
        assert!(screen.contains(line), "{line}\n{screen}");
    }
    let (sub, need) =
        f.ui.subs
            .iter()
            .find(|(_, sub)| {
                sub.need.gvr.plural == "pods" && sub.need.facet == crate::model::Facet::Links
            })
            .map(|(id, sub)| (id, sub.need.clone()))
            .unwrap();
    let changes = f.rows(&need, &pod("web-1-b", "web-1")).into_iter().map(Change::Upsert).collect();
    f.msg(Msg::Sub(sub, SubEvent::Changes { part: 0, changes }));
    assert!(f.screen().contains("owns Pod/web-1-b"), "{}", f.screen());

    f.press("j space");
    assert!(!f.screen().contains("Pod/web-1-a"), "folded\n{}", f.screen());
    f.press("space / ").type_in("1-b").press("enter");
    assert!(f.screen().contains("Pod/web-1-b"), "{}", f.screen());
    assert!(!f.screen().contains("Service/front"), "{}", f.screen());
    f.press("esc j enter");
    assert!(f.screen().contains("Deployment/web pods"), "{}", f.screen());
    assert!(f.selected().contains("web-1-a"), "{}", f.screen());
}

#[test]
fn xray_shows_the_trees_of_a_whole_kind_and_says_what_it_cannot_find() {
    let mut f = shop();
    f.go("xray deploy shop");
    assert!(f.screen().contains("deployments tree"), "{}", f.screen());
    assert!(f.screen().contains("owns Pod/web-1-a"), "{}", f.screen());
    for (line, why) in [("xray", "which kind?"), ("xray nonsense", "no kind called")] {
        f.go(line);
        let said = f.ui.messages.all().last().map(|message| message.text.clone());
        assert!(said.as_ref().is_some_and(|text| text.contains(why)), "{line}: {said:?}");
        f.press("esc");
    }
}
