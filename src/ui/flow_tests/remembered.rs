//! Kinds that a cluster served when it was seen last, before it says what it serves now.

use super::fixture::*;
use crate::model::{ClusterEvent, Resource};
use crate::ui::{Msg, Start};
use serde_json::json;
use std::sync::Arc;

fn widgets(group: &str, version: &str) -> Resource {
    let mut widgets = custom(group, "widgets", "Widget");
    widgets.gvr.version = version.into();
    widgets
}

fn beginning(remembered: Vec<Resource>, line: &str) -> Fixture {
    let start = Start { command: line.into(), ..Start::default() };
    let mut f = Fixture::remembering(remembered, start);
    let widget = json!({"metadata":
        {"name": "w1", "namespace": "shop", "uid": "u", "resourceVersion": "5"}});
    f.objects.insert(("dev".into(), "widgets".into()), vec![widget]);
    f
}

/// The cluster says what it serves beside the built-in kinds.
fn serves(f: &mut Fixture, served: &[Resource]) {
    f.served = served.to_vec();
    let mut resources = crate::kinds::builtin::resources();
    resources.extend(served.iter().cloned());
    f.msg(Msg::Cluster(DEV, ClusterEvent::Discovery(Arc::new(resources))));
}

fn shown(f: &Fixture) -> String {
    f.sub().1.gvr.to_string()
}

#[test]
fn a_kind_that_is_remembered_is_shown_before_the_cluster_has_spoken() {
    let v1 = widgets("example.com", "v1");
    let mut f = beginning(vec![v1.clone()], "widgets");
    assert_eq!(shown(&f), "example.com/v1/widgets");
    let sub = f.sub().0;
    serves(&mut f, &[v1]);
    assert_eq!((f.sub().0, shown(&f).as_str()), (sub, "example.com/v1/widgets"));
    assert_eq!(f.ui.panes.len(), 1);
}

#[test]
fn a_kind_that_is_not_remembered_waits_for_the_cluster() {
    let mut f = beginning(Vec::new(), "widgets");
    assert!(f.ui.panes.is_empty(), "{}", f.screen());
    serves(&mut f, &[widgets("example.com", "v1")]);
    assert_eq!(shown(&f), "example.com/v1/widgets");
    // One that the cluster does not have either is told, and pods are shown.
    let mut f = beginning(vec![widgets("example.com", "v1")], "gadgets");
    assert!(f.ui.panes.is_empty(), "{}", f.screen());
    serves(&mut f, &[]);
    assert!(f.screen().contains("serves no kind called \"gadgets\""), "{}", f.screen());
    assert_eq!(shown(&f), "v1/pods");
}

#[test]
fn a_word_means_what_the_cluster_says_it_means_by_now() {
    // In another version.
    let mut f = beginning(vec![widgets("example.com", "v1beta1")], "widgets /w1");
    assert_eq!(shown(&f), "example.com/v1beta1/widgets");
    serves(&mut f, &[widgets("example.com", "v1")]);
    assert_eq!((shown(&f).as_str(), f.ui.panes.len()), ("example.com/v1/widgets", 1));
    assert!(f.screen().contains("/w1"), "{}", f.screen());
    // In a group that comes first.
    let other = widgets("zoo.com", "v1");
    let mut f = beginning(vec![other.clone()], "widgets");
    assert_eq!(shown(&f), "zoo.com/v1/widgets");
    serves(&mut f, &[other, widgets("example.com", "v1")]);
    assert_eq!(shown(&f), "example.com/v1/widgets");
    // Who has gone on meanwhile stays where they are.
    let mut f = beginning(vec![widgets("example.com", "v1beta1")], "widgets");
    f.go("pods");
    serves(&mut f, &[widgets("example.com", "v1")]);
    assert_eq!(shown(&f), "v1/pods");
}

#[test]
fn a_kind_that_is_gone_stays_on_the_screen_to_say_so() {
    let mut f = beginning(vec![widgets("example.com", "v1")], "widgets");
    serves(&mut f, &[]);
    assert_eq!(shown(&f), "example.com/v1/widgets");
}

#[test]
fn verbs_of_a_kind_that_were_learnt_since_are_those_of_its_table() {
    let mut once = widgets("example.com", "v1");
    once.verbs.retain(|verb| verb != "delete");
    let mut f = beginning(vec![once], "widgets");
    let mut now = widgets("example.com", "v1");
    now.verbs.push("delete".into());
    now.verbs.dedup();
    serves(&mut f, &[now]);
    f.press("ctrl-d");
    assert!(!f.screen().contains("does not serve delete"), "{}", f.screen());
}
