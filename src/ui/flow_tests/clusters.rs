//! Two clusters at once: nothing of one is ever taken for the other's.

use super::fixture::{DEV, Fixture, PROD, plan};
use crate::model::{Answer, SubEvent};
use crate::ui::{Effect, Msg};

#[test]
fn objects_of_the_same_name_never_mix() {
    let mut f = Fixture::new();
    f.press("/").type_in("name==running").press("enter");
    assert!(!f.screen().contains("far-away"));
    f.go("ctx prod-eu");
    assert!(f.lines()[0].contains("prod-eu"), "{}", f.lines()[0]);
    assert!(f.screen().contains("pods(all namespaces)[3]"), "{}", f.screen());
    f.press("y /").type_in("nodename").press("enter");
    assert!(f.selected().contains("nodeName: far-away"), "{}", f.screen());
    f.press("q q");
    assert!(f.lines()[0].contains("dev"), "{}", f.lines()[0]);
    assert!(f.screen().contains("/name==running"), "{}", f.screen());
    f.press("y /").type_in("nodename").press("enter");
    assert!(f.selected().contains("nodeName: "), "{}", f.screen());
    assert!(!f.screen().contains("far-away"), "{}", f.screen());
    assert!(f.lines()[0].contains("dev"));
}

#[test]
fn a_plan_stays_on_the_cluster_it_was_made_for() {
    let mut f = Fixture::new();
    f.press("/").type_in("name==running").press("enter ctrl-d tab enter");
    let sent = plan(&f.sent());
    assert_eq!(sent.cluster, DEV);
    assert_eq!(sent.context, "dev");
    // While it runs, one goes elsewhere: the cluster is kept for it and its outcome names it.
    f.go("ctx prod-eu");
    f.wait(200);
    assert!(!f.sent().contains(&Effect::Disconnect(DEV)));
    let done = crate::model::FollowState::Done("deleted".into());
    f.msg(Msg::Follow(sent.id, 0, done));
    assert!(f.strip().contains("Delete Pod/running · dev · deleted"), "{}", f.strip());
    f.press("ctrl-d tab enter");
    assert!(f.sent().iter().all(|e| !matches!(e, Effect::Run(_))), "prod wants the name typed");
    assert_eq!(f.ui.here, PROD);
}

#[test]
fn a_cluster_that_nothing_needs_any_more_is_left() {
    let mut f = Fixture::new();
    f.go("ctx prod-eu").press("q");
    assert_eq!(f.ui.here, DEV);
    f.wait(10);
    f.wait(61);
    f.wait(1);
    assert!(f.sent().contains(&Effect::Disconnect(PROD)));
    f.go("ctx prod-eu");
    assert!(f.lines()[0].contains("prod-eu"));
}

#[test]
fn contexts_are_listed_with_the_ones_in_use_and_an_unknown_one_is_refused() {
    let mut f = Fixture::new();
    f.go("ctx");
    assert!(f.screen().contains("here, current"), "{}", f.screen());
    f.press("j enter");
    assert!(f.lines()[0].contains("prod-eu"), "{}", f.lines()[0]);
    // A cluster that no file knows is listed while it is connected.
    f.msg(Msg::Contexts(vec![super::fixture::context("dev", true)]));
    f.go("ctx");
    assert!(f.screen().contains("prod-eu"), "{}", f.screen());
    f.press("q");
    f.msg(Msg::Contexts(vec![
        super::fixture::context("dev", true),
        super::fixture::context("prod-eu", false),
    ]));
    f.go("ctx prod-us");
    assert!(f.footer().contains("no such context"), "{}", f.footer());
    assert!(f.footer().contains("prod-eu"), "{}", f.footer());
    f.press("esc");
    f.go("deploy @dev");
    assert!(f.lines()[0].contains(" dev "), "{}", f.lines()[0]);
    assert_eq!(f.lines()[1], " deployments");
    f.press("q");
    assert!(f.lines()[0].contains("prod-eu"), "one step leads back: {}", f.lines()[0]);
}

#[test]
fn a_changed_kubeconfig_is_told_and_never_followed() {
    let mut f = Fixture::new();
    let contexts =
        vec![super::fixture::context("dev", false), super::fixture::context("prod-eu", true)];
    f.msg(Msg::Contexts(contexts));
    assert!(
        f.strip().contains("current context is now prod-eu; this session stays"),
        "{}",
        f.strip()
    );
    assert_eq!(f.ui.here, DEV);
}

#[test]
fn answers_and_rows_that_come_too_late_are_dropped() {
    let mut f = Fixture::new();
    let (sub, _) = f.sub();
    f.answers = false;
    f.press("y");
    let ticket = f.sent().iter().find_map(|e| match e {
        Effect::Get { ticket, .. } => Some(*ticket),
        _ => None,
    });
    f.press("q");
    let object = r#"{"metadata":{"name":"late","resourceVersion":"1"}}"#;
    f.msg(Msg::Answer(ticket.unwrap(), Ok(Answer::Object(object.into()))));
    assert!(!f.screen().contains("late"), "{}", f.screen());
    f.go("deploy");
    f.wait(61);
    f.wait(1);
    assert!(f.sent().contains(&Effect::Unsubscribe(sub)));
    f.msg(Msg::Sub(sub, SubEvent::Begin { part: 0 }));
    assert!(f.ui.subs.get(sub).is_none());
}

#[test]
fn a_session_that_begins_with_a_kind_only_the_server_knows_waits_for_it() {
    let start = crate::ui::Start { command: "widgets".into(), ..crate::ui::Start::default() };
    let widget = super::fixture::custom("example.com", "widgets", "Widget");
    let mut f = Fixture::serving(vec![widget], start.clone());
    assert_eq!(
        super::fixture::subscribed(&f.sent()),
        ["widgets in all"],
        "and asks for nothing else"
    );
    assert_eq!(f.lines()[1], " widgets");
    assert!(f.ui.messages.all().is_empty(), "nothing went wrong");
    // A kind that nobody serves is told, and there is something to look at.
    let mut f = Fixture::serving(Vec::new(), start);
    assert!(f.strip().contains("serves no kind called"), "{}", f.strip());
    assert_eq!(f.lines()[1], " pods");
    f.press("esc");
}

#[test]
fn a_context_with_a_long_name_leaves_the_state_of_the_connection_on_screen() {
    let mut f = Fixture::new();
    let arn =
        "arn:aws:eks:eu-west-1:123456789012:cluster/a-rather-long-name-of-a-cluster/shop-prod";
    let context = crate::ui::flow_tests::fixture::context;
    f.msg(Msg::Contexts(vec![context("dev", true), context(arn, false)]));
    f.msg(Msg::Resize(80, 24));
    f.go(&format!("ctx {arn}"));
    let line = f.lines()[0].clone();
    assert!(
        line.contains("live") && line.contains("shop-prod") && line.contains("arn:aws"),
        "{line}"
    );
}
