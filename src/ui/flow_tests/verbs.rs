//! The verbs: from a row to the exact request, with what a person should know before.

use super::fixture::{Fixture, plan};
use crate::model::{Answer, FollowState};
use crate::ui::commands::TABLE;
use crate::ui::{Effect, Msg, Start};
use serde_json::Value;

/// Answers every read that was asked for with `json`.
fn answer_reads(f: &mut Fixture, json: &str) {
    for effect in f.sent() {
        if let Effect::Read { ticket, .. } = effect {
            f.msg(Msg::Answer(ticket, Ok(Answer::Object(json.into()))));
        }
    }
}

fn deployments() -> Fixture {
    let mut f = Fixture::with((120, 30), |_| {}, Start::default());
    f.press(":").type_in("deployments").press("enter").sent();
    f
}

#[test]
fn scaling_shows_the_number_now_and_sends_the_new_one() {
    let mut f = deployments();
    f.press("s");
    assert!(f.screen().contains("reading what it depends on"), "{}", f.screen());
    answer_reads(&mut f, r#"{"spec":{"replicas":3}}"#);
    assert!(f.screen().contains("replicas (now 3): 3"), "{}", f.screen());
    f.press("backspace").type_in("5").press("enter");
    f.press("enter");
    let plan = plan(&f.sent());
    assert!(plan.requests[0].path.ends_with("/scale"), "{plan:?}");
    assert_eq!(plan.requests[0].body, r#"{"spec":{"replicas":5}}"#);
    f.press("ctrl-t");
    assert!(f.screen().contains("Scale Deployment/"), "{}", f.screen());
    f.press("alt-x");
    assert!(f.sent().contains(&Effect::Cancel(plan.id)));
    f.msg(Msg::Follow(plan.id, 0, FollowState::Cancelled("called off before it was sent".into())));
    assert!(f.screen().contains("called off"), "{}", f.screen());
}

#[test]
fn letters_typed_into_a_choice_are_no_commands() {
    let mut f = deployments();
    f.press("s");
    answer_reads(&mut f, r#"{"spec":{"replicas":3}}"#);
    f.type_in("dv q");
    assert!(f.ui.overlay.is_some(), "q is a letter here");
    assert!(f.screen().contains("a number from 0 on"), "{}", f.screen());
    f.press("enter enter");
    assert!(f.sent().iter().all(|effect| !matches!(effect, Effect::Run(_))));
    f.press("esc");
    assert!(f.ui.overlay.is_none());
}

#[test]
fn a_restart_of_several_is_one_plan_under_our_own_name() {
    let mut f = deployments();
    f.press("space space r");
    answer_reads(&mut f, "{}");
    f.press("enter");
    let plan = plan(&f.sent());
    assert_eq!(plan.requests.len(), 2);
    let body: Value = serde_json::from_str(&plan.requests[0].body).unwrap();
    let annotations = &body["spec"]["template"]["metadata"]["annotations"];
    assert_eq!(annotations["kubectl.kubernetes.io/restartedAt"], "2026-01-01T00:00:00Z");
}

#[test]
fn killing_a_pod_is_a_plan_that_starts_on_cancel() {
    let mut f = Fixture::new();
    f.press("/").type_in("name==running").press("enter").sent();
    f.press("ctrl-k enter");
    assert!(f.sent().iter().all(|effect| !matches!(effect, Effect::Run(_))));
    f.press("ctrl-k tab enter");
    // Cancel is the last button: one step on is the first choice that can be typed, or the button.
    let plan = plan(&f.sent());
    let body: Value = serde_json::from_str(&plan.requests[0].body).unwrap();
    assert_eq!(body["gracePeriodSeconds"], 1);
}

#[test]
fn a_read_only_session_refuses_every_verb_before_anything_is_asked() {
    let mut f =
        Fixture::with((120, 30), |config| config.settings.readonly = true, Start::default());
    for table in ["pods", "deployments", "nodes", "configmaps"] {
        f.press(":").type_in(table).press("enter").sent();
        for spec in TABLE.iter().filter(|spec| spec.command.writes()) {
            let contexts = f.ui.contexts_below_overlay();
            let Some(key) = f.ui.config.keymap.key_for(&contexts, spec.command) else { continue };
            f.press(key.trim_matches(['<', '>']));
            assert!(f.ui.overlay.is_none(), "{} on {table}", spec.id);
            let asked = f.sent().into_iter().find(|effect| {
                matches!(effect, Effect::Run(_) | Effect::Open { .. } | Effect::Ask { .. })
            });
            assert_eq!(asked, None, "{} on {table}", spec.id);
        }
    }
}

#[test]
fn every_command_that_leads_to_a_plan_is_known_to_write() {
    let mut led = Vec::new();
    for table in ["pods", "deployments", "nodes", "configmaps", "services", "replicasets"] {
        for spec in TABLE {
            let mut f = Fixture::new();
            f.go(table).sent();
            let contexts = f.ui.contexts_below_overlay();
            let Some(key) = f.ui.config.keymap.key_for(&contexts, spec.command) else { continue };
            f.press(key.trim_matches(['<', '>']));
            let sent = f.sent();
            for effect in &sent {
                if let Effect::Read { ticket, .. } = effect {
                    f.msg(Msg::Answer(*ticket, Ok(Answer::Object("{}".into()))));
                }
            }
            let reaches = |effect: &Effect| {
                matches!(
                    effect,
                    Effect::Run(_) | Effect::Open { plan: Some(_), .. } | Effect::Edit { .. }
                )
            };
            let planned = matches!(f.ui.overlay, Some(crate::ui::Overlay::Plan(_)));
            if planned || sent.iter().any(reaches) || f.sent().iter().any(reaches) {
                assert!(spec.command.writes(), "{} leads to a plan in {table}", spec.id);
                led.push(spec.command);
            }
        }
    }
    led.sort();
    led.dedup();
    assert!(led.len() > 8, "{led:?}");
}

#[test]
fn actions_of_a_kind_are_chosen_in_their_plan() {
    let mut f = Fixture::new();
    f.reads = true;
    f.go("deployments -A").press("alt-o");
    let screen = f.screen();
    assert!(screen.contains("action") && screen.contains("pause"), "{screen}");
    assert!(screen.contains("resume is not for now: it is not paused"), "{screen}");
    f.press("esc").go("configmaps -A").press("alt-o");
    assert!(f.ui.overlay.is_none(), "{}", f.screen());
    assert!(f.strip().contains("no action of ConfigMap is known"), "{}", f.strip());
}
