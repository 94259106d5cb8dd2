//! Which app an object belongs to: `m`.

use super::fixture::Fixture;
use crate::ui::Effect;
use serde_json::{Value, json};

fn object(api: &str, kind: &str, name: &str, owner: Option<(&str, &str, &str)>) -> Value {
    let owners = owner
        .map(|(api, kind, name)| json!([{"apiVersion": api, "kind": kind, "name": name, "controller": true}]));
    json!({"apiVersion": api, "kind": kind, "spec": {},
        "metadata": {"name": name, "namespace": "shop", "ownerReferences": owners}})
}

/// A pod of a ReplicaSet of a Deployment with these annotations, and two ConfigMaps.
fn shop(annotations: &Value, labels: &Value) -> Fixture {
    let mut f = Fixture::new();
    let mut web = object("apps/v1", "Deployment", "web", None);
    web["metadata"]["annotations"] = annotations.clone();
    web["metadata"]["labels"] = labels.clone();
    let set = object("apps/v1", "ReplicaSet", "web-1", Some(("apps/v1", "Deployment", "web")));
    let pod = object("v1", "Pod", "web-1-a", Some(("apps/v1", "ReplicaSet", "web-1")));
    let mut config = object("v1", "ConfigMap", "settings", None);
    config["metadata"]["annotations"] =
        json!({"kubectl.kubernetes.io/last-applied-configuration": "{}"});
    let lonely = object("v1", "ConfigMap", "lonely", None);
    for (plural, objects) in [
        ("deployments", vec![web]),
        ("replicasets", vec![set]),
        ("pods", vec![pod]),
        ("configmaps", vec![lonely, config]),
    ] {
        f.objects.insert(("dev".to_owned(), plural.to_owned()), objects);
    }
    f.go("pods -n shop");
    f
}

/// The last message.
fn said(f: &Fixture) -> String {
    f.ui.messages.all().last().map(|message| message.text.clone()).unwrap_or_default()
}

fn applied() -> Value {
    json!({"kubectl.kubernetes.io/last-applied-configuration": "{}"})
}

#[test]
fn a_pod_leads_over_its_owners_to_the_app_of_the_highest() {
    let mut f = shop(&applied(), &json!({"app.kubernetes.io/part-of": "store"}));
    f.sent.clear();
    f.press("m");
    let read: Vec<String> = f
        .sent
        .iter()
        .filter_map(|effect| match effect {
            Effect::Get { object, .. } => Some(object.to_string()),
            _ => None,
        })
        .collect();
    assert_eq!(read, ["Pod/web-1-a", "ReplicaSet/web-1", "Deployment/web"]);
    let screen = f.screen();
    assert!(screen.contains("store"), "{screen}");
    assert!(
        screen.contains("Pod/web-1-a, of Deployment/web: kubectl (store) (annotation kubectl."),
        "{screen}"
    );
    f.press("esc");
    assert!(f.screen().contains("web-1-a"));
}

#[test]
fn a_description_leads_there_too_and_two_owners_are_said() {
    let annotations = json!({"kubectl.kubernetes.io/last-applied-configuration": "{}",
        "argocd.argoproj.io/tracking-id": "pay:apps/Deployment:shop/other"});
    let mut f = shop(&annotations, &json!({}));
    f.go("deployments -n shop");
    f.press("d m");
    let screen = f.screen();
    assert!(screen.contains("Deployment/web: kubectl (web)"), "{screen}");
    assert!(said(&f).contains("so it was copied"), "{}", said(&f));
}

#[test]
fn what_belongs_to_no_app_says_so_and_stays_where_it_is() {
    let mut f = shop(&applied(), &json!({}));
    f.go("configmaps -n shop");
    f.press("m");
    assert!(said(&f).contains("ConfigMap/lonely: nothing says who manages it"), "{}", said(&f));
    f.press("j m");
    assert!(said(&f).contains("no workload belongs to it"), "{}", said(&f));
    assert!(f.screen().contains("lonely"), "{}", f.screen());
}

#[test]
fn who_moves_on_is_not_taken_elsewhere() {
    let mut f = shop(&applied(), &json!({}));
    f.answers = false;
    f.press("m");
    let asked = f.sent.iter().rev().find_map(|effect| match effect {
        Effect::Get { ticket, .. } => Some(*ticket),
        _ => None,
    });
    f.go("configmaps -n shop");
    f.answers = true;
    let pod = json!({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "web-1-a"}});
    f.msg(crate::ui::Msg::Answer(
        asked.unwrap(),
        Ok(crate::model::Answer::Object(pod.to_string().into())),
    ));
    assert!(!said(&f).contains("web-1-a"), "{}", said(&f));
}

#[test]
fn a_column_shows_who_manages_each_object_and_can_be_filtered() {
    let mut f = shop(&applied(), &json!({}));
    f.go("configmaps -n shop");
    assert!(!f.screen().contains("MANAGER"));
    f.press("alt-m");
    let screen = f.screen();
    assert!(screen.contains("MANAGER") && screen.contains("kubectl/settings"), "{screen}");
    f.press("/").type_in("manager:kubectl").press("enter");
    let screen = f.screen();
    assert!(screen.contains("settings") && !screen.contains("lonely"), "{screen}");
    f.press("esc").press("alt-m");
    assert!(!f.screen().contains("MANAGER"));
    f.go("pods -n shop").press("alt-m");
    assert!(f.screen().contains("ReplicaSet/web-1"), "{}", f.screen());
}
