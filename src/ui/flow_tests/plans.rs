//! Deleting: every write is a plan that is shown, can be tried, and goes where it says.

use super::fixture::{Fixture, plan};
use crate::model::{Method, Tone};
use crate::ui::settings::ContextSettings;
use crate::ui::{Effect, Start};
use serde_json::Value;

fn one_pod() -> Fixture {
    let mut f = Fixture::new();
    f.press("/").type_in("name==running").press("enter").sent();
    f
}

#[test]
fn the_exact_request_is_shown_tried_and_sent() {
    let mut f = one_pod();
    f.press("ctrl-d");
    let screen = f.screen();
    assert!(screen.contains("Delete Pod/running"), "{screen}");
    assert!(screen.contains("on dev  https://dev.example.com"), "{screen}");
    assert!(screen.contains("DELETE /api/v1/namespaces/shop/pods/running"), "{screen}");
    f.press("v");
    assert!(f.screen().contains("4b962278-c10e-54d1-bbd5-16b17e49064b"), "{}", f.screen());
    f.press("d tab enter");
    let dry = plan(&f.sent());
    assert!(dry.dry_run);
    f.press("ctrl-d p f tab enter");
    let real = plan(&f.sent());
    assert!(!real.dry_run);
    let [request] = real.requests.as_slice() else { panic!("{real:?}") };
    assert_eq!(request.method, Method::Delete);
    assert_eq!(request.path, "/api/v1/namespaces/shop/pods/running");
    let body: Value = serde_json::from_str(&request.body).unwrap();
    assert_eq!(body["propagationPolicy"], "Foreground");
    assert_eq!(body["gracePeriodSeconds"], 0);
    assert_eq!(body["preconditions"]["uid"], "4b962278-c10e-54d1-bbd5-16b17e49064b");
    assert!(f.strip().contains("Delete Pod/running"), "it is followed: {}", f.strip());
    f.press("ctrl-t");
    assert!(f.screen().contains("actions[2]"), "{}", f.screen());
    f.press("j enter");
    assert!(f.screen().contains("Delete Pod/running on dev  (dry run)"), "{}", f.screen());
}

#[test]
fn enter_alone_never_deletes_and_letters_typed_ahead_do_nothing() {
    let mut f = one_pod();
    f.press("ctrl-d enter");
    assert!(f.sent().iter().all(|e| !matches!(e, Effect::Run(_))));
    f.press("ctrl-d q");
    assert!(f.ui.overlay.is_none());
    f.press("ctrl-d ctrl-c");
    assert!(f.sent().contains(&Effect::Quit), "ctrl-c leaves from anywhere");
}

#[test]
fn a_read_only_session_says_so_and_offers_nothing() {
    let mut f =
        Fixture::with((120, 30), |config| config.settings.readonly = true, Start::default());
    assert!(f.lines()[0].contains(" RO "), "{}", f.lines()[0]);
    assert!(!f.footer().contains("delete"), "{}", f.footer());
    f.press("ctrl-d");
    assert!(f.strip().contains("read-only"), "{}", f.strip());
    f.press("?");
    assert!(!f.screen().contains("Plan to delete"), "{}", f.screen());
}

#[test]
fn what_the_server_does_not_allow_is_refused_with_its_reason() {
    let mut f = one_pod();
    f.denied.push(("delete", "pods"));
    f.press("ctrl-d");
    let why = "no permission: delete pods in shop: RBAC says no";
    assert!(f.screen().contains(why), "{}", f.screen());
    f.press("tab enter");
    assert!(f.sent().iter().all(|e| !matches!(e, Effect::Run(_))));
    f.press("esc");
    assert!(!f.footer().contains("delete"), "now it is known: {}", f.footer());
    f.press("ctrl-d");
    assert!(f.ui.overlay.is_none(), "and said at once");
    assert!(f.strip().contains(why), "{}", f.strip());
    assert_eq!(f.ui.messages.all().last().unwrap().tone, Tone::Bad);
}

#[test]
fn a_protected_cluster_has_a_red_header_and_wants_the_name_typed() {
    let mut f = one_pod();
    f.go("ctx prod-eu").press("/").type_in("name==running").press("enter").sent();
    let red = f.ui.config.theme.style(crate::ui::theme::Scope::HeaderProtected);
    assert_eq!(f.buffer()[(30, 0)].bg, red.bg.unwrap());
    f.press("ctrl-d tab tab enter");
    assert!(f.strip().contains("type running first"), "{}", f.strip());
    // Letters are letters while the name is typed, also those that are keys.
    f.press("shift-tab").type_in("runninq").press("backspace").type_in("g").press("enter enter");
    let sent = plan(&f.sent());
    assert_eq!(sent.context, "prod-eu");
}

#[test]
fn a_context_can_be_protected_by_the_settings() {
    let own = ContextSettings { protected: Some(true), ..ContextSettings::default() };
    let protect = |config: &mut crate::ui::settings::Loaded| {
        config.settings.contexts.push(("dev".to_owned(), own));
    };
    let mut f = Fixture::with((120, 30), protect, Start::default());
    f.press("ctrl-d");
    assert!(f.screen().contains("to go on:"), "{}", f.screen());
}

#[test]
fn marked_rows_that_the_filter_hides_are_warned_about() {
    let mut f = Fixture::new();
    f.press("space space space").press("/").type_in("crash-loop").press("enter ctrl-d");
    let screen = f.screen();
    assert!(screen.contains("3 of the marked objects are hidden by the filter"), "{screen}");
    f.press("tab enter");
    assert_eq!(plan(&f.sent()).requests.len(), 3);
    assert!(!f.screen().contains("marked"), "marks are done with");
}

#[test]
fn a_container_has_no_delete() {
    let mut f = one_pod();
    f.press("enter ctrl-d");
    assert!(f.strip().contains("delete its pod"), "{}", f.strip());
    assert!(!f.footer().contains("delete"), "{}", f.footer());
}

#[test]
fn quitting_while_something_runs_is_asked_once_more() {
    let mut f = one_pod();
    f.press("ctrl-d tab enter").sent();
    f.press("ctrl-c");
    assert!(f.strip().contains("not finished"), "{}", f.strip());
    assert!(!f.sent().contains(&Effect::Quit));
    f.press("ctrl-c");
    assert!(f.sent().contains(&Effect::Quit));
    assert_eq!(f.ui.farewell().len(), 1);
}
