//! Editing: the text goes out, comes back, is shown, tried and sent; and is never lost.

use super::fixture::{Fixture, plan};
use crate::model::{Cause, Fault, FaultKind, FollowState, Method, Plan};
use crate::ui::edits::EditId;
use crate::ui::msg::EditorEnd;
use crate::ui::{Effect, Msg, Start};
use serde_json::{Value, json};

/// Config maps, edited inside the program or in an editor of the person's.
fn config_maps(inside: bool) -> Fixture {
    let mut f =
        Fixture::with((120, 40), |config| config.settings.edit_inside = inside, Start::default());
    let map = json!({"apiVersion": "v1", "kind": "ConfigMap",
        "metadata": {"name": "shop", "namespace": "shop", "resourceVersion": "7", "uid": "u-1"},
        "data": {"colour": "red", "size": "small"}});
    f.objects.insert(("dev".into(), "configmaps".into()), vec![map]);
    f.go("configmaps").sent();
    f
}

fn held(f: &mut Fixture) -> &mut Value {
    &mut f.objects.get_mut(&("dev".to_owned(), "configmaps".to_owned())).unwrap()[0]
}

/// The plan that was tried, or run.
fn ran(f: &mut Fixture) -> Plan {
    plan(&f.sent())
}

fn follow(f: &mut Fixture, plan: &Plan, state: FollowState) {
    f.msg(Msg::Follow(plan.id, 0, state));
}

/// Opens the editor inside and makes the colour `to`.
fn recolour(f: &mut Fixture, to: &str) {
    f.press("e");
    assert!(f.screen().contains("edit ConfigMap/shop"), "{}", f.screen());
    f.press("ctrl-f").type_in("colour").press("enter end backspace backspace backspace");
    f.type_in(to);
    // A search that is left over is ended.
    f.press("esc");
}

fn invalid() -> Fault {
    let mut fault = Fault::new(FaultKind::Invalid, "update", "ConfigMap is invalid").code(422);
    fault.causes = [Cause { field: "data.colour".into(), message: "no such colour".into() }].into();
    fault
}

fn conflict() -> Fault {
    Fault::new(FaultKind::Conflict, "update", "the object has been modified").code(409)
}

#[test]
fn what_changed_is_shown_tried_and_sent_and_the_editor_is_left() {
    let mut f = config_maps(true);
    recolour(&mut f, "blue");
    let screen = f.screen();
    assert!(screen.contains("changed") && screen.contains("colour: blue"), "{screen}");
    assert!(screen.contains(" 3   colour: blue"), "line numbers: {screen}");
    f.press("ctrl-s");
    let tried = ran(&mut f);
    assert!(tried.dry_run && tried.requests[0].method == Method::Put);
    let screen = f.screen();
    assert!(screen.contains("-   colour: red") && screen.contains("+   colour: blue"), "{screen}");
    assert!(screen.contains("asking the server what it would do"), "{screen}");
    f.press("enter");
    assert!(f.sent().iter().all(|e| !matches!(e, Effect::Run(_))), "not before it is tried");
    follow(&mut f, &tried, FollowState::Warned(vec!["blue is deprecated".into()]));
    follow(&mut f, &tried, FollowState::WouldSucceed);
    let screen = f.screen();
    assert!(screen.contains("the server warns: blue is deprecated"), "{screen}");
    assert!(screen.contains("the server would accept it"), "{screen}");
    f.press("enter");
    let sent = ran(&mut f);
    assert!(!sent.dry_run);
    assert!(sent.requests[0].body.contains("blue"), "{sent:?}");
    assert!(!f.screen().contains("edit ConfigMap"), "{}", f.screen());
    f.msg(Msg::Kept(EditId(1), Ok("/tmp/kept".into())));
    follow(&mut f, &sent, FollowState::Done("update accepted".into()));
    assert!(f.sent().contains(&Effect::Forget("/tmp/kept".into())));
    assert_eq!(f.ui.edits.unsent().count(), 0);
}

#[test]
fn what_the_server_finds_wrong_stands_beside_the_text() {
    let mut f = config_maps(true);
    recolour(&mut f, "blue");
    f.press("ctrl-s");
    let tried = ran(&mut f);
    follow(&mut f, &tried, FollowState::Failed(invalid()));
    assert!(f.ui.overlay.is_none());
    let lines = f.lines();
    let at = lines.iter().position(|line| line.contains("colour: blue")).unwrap();
    assert!(lines[at].contains('!'), "{}", lines[at]);
    assert!(lines[at + 1].contains("data.colour: no such colour"), "{}", f.screen());
    // The cursor is there already; a line more above takes the mark along.
    f.press("backspace backspace backspace backspace").type_in("green");
    assert!(f.screen().contains("colour: green"), "{}", f.screen());
    f.press("ctrl-s");
    assert!(ran(&mut f).requests[0].body.contains("green"));
}

#[test]
fn broken_yaml_is_marked_and_nothing_is_asked() {
    let mut f = config_maps(true);
    recolour(&mut f, "[");
    f.press("ctrl-s");
    assert!(f.ui.overlay.is_none());
    assert!(f.screen().contains("at line 5, column 5"), "{}", f.screen());
    assert!(f.sent().iter().all(|effect| !matches!(effect, Effect::Run(_))));
    f.press("ctrl-z ctrl-s");
    assert!(ran(&mut f).dry_run, "what was taken back is gone");
}

#[test]
fn a_conflict_is_merged_and_shown_anew() {
    let mut f = config_maps(true);
    recolour(&mut f, "blue");
    f.press("ctrl-s");
    let tried = ran(&mut f);
    held(&mut f)["data"]["size"] = json!("large");
    held(&mut f)["metadata"]["resourceVersion"] = json!("9");
    follow(&mut f, &tried, FollowState::Failed(conflict()));
    let again = ran(&mut f);
    assert!(again.dry_run && again.id != tried.id);
    let body: Value = serde_json::from_str(&again.requests[0].body).unwrap();
    assert_eq!(body["data"], json!({"colour": "blue", "size": "large"}));
    assert_eq!(body["metadata"]["resourceVersion"], "9");
    let screen = f.screen();
    assert!(screen.contains("it was changed meanwhile"), "{screen}");
    assert!(!screen.contains("-   size"), "what others did is no change of ours: {screen}");
}

#[test]
fn where_both_changed_the_same_both_sides_are_told() {
    let mut f = config_maps(true);
    recolour(&mut f, "blue");
    f.press("ctrl-s");
    let tried = ran(&mut f);
    held(&mut f)["data"]["colour"] = json!("green");
    held(&mut f)["metadata"]["resourceVersion"] = json!("9");
    follow(&mut f, &tried, FollowState::Failed(conflict()));
    let screen = f.screen();
    assert!(f.ui.overlay.is_none(), "{screen}");
    assert!(screen.contains("colour: blue"), "{screen}");
    assert!(screen.contains("the cluster now has green here (it was red)"), "{screen}");
    f.press("ctrl-s");
    let body: Value = serde_json::from_str(&ran(&mut f).requests[0].body).unwrap();
    assert_eq!(
        (&body["data"]["colour"], &body["metadata"]["resourceVersion"]),
        (&json!("blue"), &json!("9"))
    );
}

#[test]
fn an_object_that_is_gone_can_be_made_anew() {
    let mut f = config_maps(true);
    recolour(&mut f, "blue");
    f.press("ctrl-s");
    let tried = ran(&mut f);
    let gone = Fault::new(FaultKind::NotFound, "update", "not found").code(404);
    follow(&mut f, &tried, FollowState::Failed(gone));
    let again = ran(&mut f);
    assert_eq!(again.requests[0].method, Method::Post);
    assert!(f.screen().contains("deleted meanwhile"), "{}", f.screen());
    assert!(f.screen().contains("Create anew ConfigMap/shop"), "{}", f.screen());
}

#[test]
fn a_changed_text_is_left_after_one_question_and_kept() {
    let mut f = config_maps(true);
    recolour(&mut f, "blue");
    f.press("esc");
    assert!(f.strip().contains("again leaves"), "{}", f.strip());
    f.press("esc");
    let kept = f.sent().into_iter().find_map(|effect| match effect {
        Effect::Keep { edit, text, .. } => Some((edit, text)),
        _ => None,
    });
    let (edit, text) = kept.unwrap();
    assert!(text.contains("colour: blue"));
    f.msg(Msg::Kept(edit, Ok("/home/me/edits/1.yaml".into())));
    assert!(f.strip().contains("/home/me/edits/1.yaml"), "{}", f.strip());
    assert!(!f.screen().contains("edit ConfigMap"), "{}", f.screen());
    f.go("edits");
    assert!(f.screen().contains("ConfigMap/shop in shop"), "{}", f.screen());
    f.press("esc e");
    let screen = f.screen();
    assert!(screen.contains("colour: blue") && screen.contains("your text of before"), "{screen}");
    f.press("alt-r");
    assert!(f.screen().contains("colour: red"), "{}", f.screen());
    f.press("esc");
    assert!(!f.screen().contains("edit ConfigMap"), "nothing changed, nothing is asked");
}

#[test]
fn quitting_with_a_text_that_was_not_sent_is_asked_once_and_keeps_it() {
    let mut f = config_maps(true);
    recolour(&mut f, "blue");
    f.press("ctrl-c");
    let sent = f.sent();
    assert!(sent.iter().any(|effect| matches!(effect, Effect::Keep { .. })), "{sent:?}");
    assert!(!sent.contains(&Effect::Quit));
    f.msg(Msg::Kept(EditId(1), Ok("/tmp/kept".into())));
    f.press("ctrl-c");
    assert!(f.sent().contains(&Effect::Quit));
    assert!(f.ui.farewell().iter().any(|line| line.contains("/tmp/kept")));
}

#[test]
fn what_is_written_reaches_its_file_after_some_seconds() {
    let mut f = config_maps(true);
    recolour(&mut f, "blue");
    assert!(f.sent().iter().all(|effect| !matches!(effect, Effect::Keep { .. })));
    f.wait(5);
    assert!(f.sent().iter().any(|effect| matches!(effect, Effect::Keep { .. })));
    f.wait(5);
    assert!(f.sent().iter().all(|effect| !matches!(effect, Effect::Keep { .. })), "once");
}

/// The editor outside was started; its ticket and text.
fn outside(f: &mut Fixture) -> (crate::model::Ticket, String) {
    f.press("e");
    f.sent()
        .into_iter()
        .find_map(|effect| match effect {
            Effect::Edit { ticket, text, .. } => Some((ticket, text)),
            _ => None,
        })
        .unwrap()
}

#[test]
fn an_editor_that_fails_leaves_the_text_where_it_is_found_again() {
    let mut f = config_maps(false);
    let (ticket, text) = outside(&mut f);
    let fault = Fault::new(FaultKind::Other, "edit in the editor", "vi ended with exit status: 1");
    let end = EditorEnd {
        text: Some(text.replace("red", "blue")),
        file: Some("/tmp/kept".into()),
        fault: Some(fault.clone()),
    };
    f.msg(Msg::Edited(ticket, end));
    assert!(f.ui.overlay.is_none());
    assert!(f.strip().contains("exit status: 1"), "{}", f.strip());
    assert!(f.ui.messages.all().last().unwrap().text.contains("/tmp/kept"));
    f.press("e");
    assert!(f.screen().contains("colour: blue"), "{}", f.screen());
    f.press("ctrl-s");
    assert!(ran(&mut f).requests[0].body.contains("blue"));
    // Nothing changed: nothing to keep.
    let mut f = config_maps(false);
    let (ticket, text) = outside(&mut f);
    f.msg(Msg::Edited(ticket, EditorEnd { text: Some(text), file: None, fault: Some(fault) }));
    assert_eq!(f.ui.edits.unsent().count(), 0);
}

#[test]
fn a_plan_that_is_left_keeps_the_text_of_the_editor_outside() {
    let mut f = config_maps(false);
    let (ticket, text) = outside(&mut f);
    let end = EditorEnd {
        text: Some(text.replace("red", "blue")),
        file: Some("/tmp/kept".into()),
        fault: None,
    };
    f.msg(Msg::Edited(ticket, end));
    let tried = ran(&mut f);
    follow(&mut f, &tried, FollowState::WouldSucceed);
    f.press("esc");
    assert!(f.strip().contains("/tmp/kept"), "{}", f.strip());
    assert_eq!(f.ui.edits.unsent().count(), 1);
}

#[test]
fn going_on_outside_carries_what_is_wrong_above_the_text() {
    let mut f = config_maps(true);
    recolour(&mut f, "blue");
    f.press("ctrl-s");
    let tried = ran(&mut f);
    follow(&mut f, &tried, FollowState::Failed(invalid()));
    f.press("ctrl-o");
    let effect = f.sent().into_iter().find(|effect| matches!(effect, Effect::Edit { .. }));
    let Some(Effect::Edit { ticket, text, .. }) = effect else { panic!() };
    assert!(text.starts_with('#') && text.contains("# * data.colour: no such colour"), "{text}");
    let end = EditorEnd { text: Some(text.replace("blue", "green")), ..EditorEnd::default() };
    f.msg(Msg::Edited(ticket, end));
    let body = ran(&mut f).requests[0].body.clone();
    assert!(body.contains("green"), "{body}");
}

#[test]
fn a_subresource_is_edited_by_the_command_line() {
    let mut f = config_maps(true);
    f.go("edit cm/nothing -n shop");
    assert!(f.strip().contains("gone"), "{}", f.strip());
    f.go("edit cm/shop --subresource status -n shop");
    assert!(f.screen().contains("no subresource"), "{}", f.screen());
    f.press("esc");
    f.go("edit cm/shop -n shop");
    assert!(f.screen().contains("edit ConfigMap/shop"), "{}", f.screen());
}

#[test]
fn a_long_difference_is_looked_through_page_by_page() {
    let mut f = config_maps(true);
    for n in 0..80 {
        held(&mut f)["data"][format!("key{n:02}")] = json!("x");
    }
    f.press("e ctrl-f").type_in("key00").press("enter shift-home");
    f.type_in("  new00: x");
    for n in 1..60 {
        f.press("enter").type_in(&format!("new{n:02}: x"));
    }
    f.press("enter");
    f.press("ctrl-s");
    let first = f.screen();
    assert!(first.contains("goes on") && first.contains("Cancel"), "{first}");
    f.press("pagedown pagedown pagedown pagedown");
    assert!(f.screen().contains("+   new59: x"), "{}", f.screen());
    f.press("pageup pageup pageup pageup");
    assert_eq!(f.screen(), first);
}
