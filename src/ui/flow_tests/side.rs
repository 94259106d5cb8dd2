//! The side pane: what is shown beside a table follows the selection, and asks no more than it must.

use super::fixture::{Fixture, is_request, subscribed};
use crate::model::{Fault, FaultKind, LogEvent, StreamEvent, StreamId};
use crate::ui::{Effect, Msg, Start};
use serde_json::json;

fn wide() -> Fixture {
    let mut f = Fixture::with((160, 30), |_| {}, Start::default());
    // Most stories here are told of YAML: it is remembered as what was read last.
    f.reads = true;
    f.press("tab `");
    f.rest();
    f.press("shift-tab");
    f.wait(61);
    f.sent();
    f
}

#[test]
fn a_description_is_what_it_begins_with_and_follows_too() {
    let mut f = Fixture::with((160, 30), |_| {}, Start::default());
    f.reads = true;
    f.press("tab");
    let first = name_of_selected(&f);
    assert!(side(&f).contains(&format!("Name:             {first}")), "{}", f.screen());
    f.rest();
    f.press("j");
    let second = name_of_selected(&f);
    assert!(side(&f).contains(&second), "{}", f.screen());
    f.press("tab .");
    assert!(f.ui.side_has_focus(), "links have keys of their own there");
    f.press("tab");
    assert!(!f.ui.side_has_focus());
}

/// Names of the objects that were fetched.
fn fetched(sent: &[Effect]) -> Vec<String> {
    let name = |effect: &Effect| match effect {
        Effect::Get { object, .. } => Some(object.name.to_string()),
        _ => None,
    };
    sent.iter().filter_map(name).collect()
}

fn opened(sent: &[Effect]) -> Vec<StreamId> {
    let id = |effect: &Effect| match effect {
        Effect::Open { stream, .. } => Some(*stream),
        _ => None,
    };
    sent.iter().filter_map(id).collect()
}

fn closed(sent: &[Effect]) -> Vec<StreamId> {
    let id = |effect: &Effect| match effect {
        Effect::Close(stream) => Some(*stream),
        _ => None,
    };
    sent.iter().filter_map(id).collect()
}

/// What stands in the right half of the screen.
fn side(f: &Fixture) -> String {
    let half = usize::from(f.ui.size.0) / 2;
    let right = |line: &String| line.chars().skip(half).collect::<String>();
    f.lines().iter().map(right).collect::<Vec<_>>().join("\n")
}

/// The line of the side pane that is selected there.
fn line(f: &Fixture) -> String {
    let sign = f.ui.glyphs().selected;
    side(f).lines().find(|line| line.contains(sign)).unwrap_or_default().to_owned()
}

fn name_of_selected(f: &Fixture) -> String {
    let crate::ui::side::Selection::Object(object, _) = f.ui.selection() else {
        panic!("nothing is selected")
    };
    object.name.to_string()
}

#[test]
fn beside_the_table_stands_the_yaml_of_the_selected_row() {
    let mut f = wide();
    f.press("tab");
    let first = name_of_selected(&f);
    assert!(side(&f).contains(&format!("name: {first}")), "{}", f.screen());
    assert_eq!(fetched(&f.sent()), [first.as_str()]);
    f.rest();
    f.press("j");
    let second = name_of_selected(&f);
    assert_ne!(first, second);
    assert!(side(&f).contains(&format!("name: {second}")), "{}", f.screen());
    let sent = f.sent();
    assert_eq!(fetched(&sent), [second]);
    assert!(subscribed(&sent).is_empty(), "the table's own watch tells of changes");
}

#[test]
fn rows_that_are_only_passed_are_never_asked_for() {
    let mut f = wide();
    f.press("tab");
    f.rest();
    f.sent();
    // The first step is shown at once; then the selection moves on faster than it rests.
    f.press("j j j j j");
    let sent = f.sent();
    assert_eq!(fetched(&sent).len(), 1, "{sent:?}");
    f.rest();
    let last = name_of_selected(&f);
    assert_eq!(fetched(&f.sent()), [last.as_str()]);
    assert!(side(&f).contains(&format!("name: {last}")), "{}", f.screen());
}

#[test]
fn what_comes_takes_its_place_when_it_is_there() {
    let mut f = wide();
    f.press("tab");
    f.rest();
    let first = name_of_selected(&f);
    f.answers = false;
    f.press("j");
    assert!(side(&f).contains(&format!("name: {first}")), "{}", f.screen());
    f.wait(1);
    assert!(side(&f).contains("fetching"), "{}", f.screen());
}

#[test]
fn an_object_that_changes_is_read_again_at_a_measured_pace() {
    let mut f = wide();
    f.press("/").type_in("name==running").press("enter tab");
    f.rest();
    f.press("tab");
    f.press("j j");
    let before = line(&f);
    f.sent();
    for version in ["2000", "2001", "2002"] {
        let mut pod = f.object("pods", "running");
        pod["metadata"]["resourceVersion"] = json!(version);
        pod["metadata"]["labels"]["app"] = json!(format!("moved-{version}"));
        f.objects.insert(("dev".into(), "pods".into()), vec![pod.clone()]);
        f.upsert_main(&pod);
    }
    assert_eq!(fetched(&f.sent()).len(), 1, "more waits until some time is over");
    f.rest();
    assert_eq!(fetched(&f.sent()).len(), 1);
    assert!(side(&f).contains("moved-2002"), "{}", f.screen());
    assert_eq!(line(&f), before, "it stays where it was read");
}

#[test]
fn the_keys_go_where_the_focus_is_and_the_footer_says_which() {
    let mut f = wide();
    f.press("tab");
    assert!(f.footer().contains("delete"), "{}", f.footer());
    let row = name_of_selected(&f);
    f.press("tab");
    assert!(f.footer().contains("search"), "{}", f.footer());
    assert!(!f.footer().contains("delete"), "{}", f.footer());
    f.press("j j /").type_in("namespace:").press("enter");
    assert_eq!(name_of_selected(&f), row, "the table stays where it is");
    assert!(line(&f).contains("namespace:"), "{}", f.screen());
    f.press("esc");
    assert!(f.ui.side_has_focus(), "esc clears the search first");
    f.press("esc");
    assert!(!f.ui.side_has_focus() && f.ui.side_is_shown(), "then it goes back to the table");
    f.press("tab q j");
    assert_ne!(name_of_selected(&f), row);
    f.press("shift-tab");
    assert!(!f.ui.side_is_shown());
    assert!(!f.screen().contains("creationTimestamp"), "{}", f.screen());
    f.press("shift-tab");
    assert!(f.strip().contains("no side pane is open: <tab> opens one"), "{}", f.strip());
}

#[test]
fn while_it_has_the_focus_it_stays_with_its_object() {
    let mut f = wide();
    f.press("tab");
    f.rest();
    let first = name_of_selected(&f);
    f.press("tab");
    f.delete_main(&first);
    assert_ne!(name_of_selected(&f), first);
    assert!(side(&f).contains(&format!("name: {first}")), "{}", f.screen());
    f.press("tab");
    f.rest();
    let second = name_of_selected(&f);
    assert!(side(&f).contains(&format!("name: {second}")), "{}", f.screen());
}

#[test]
fn lines_of_the_row_that_was_left_are_read_no_further() {
    let mut f = wide();
    f.press("tab alt-tab");
    f.rest();
    let first = opened(&f.sent());
    assert_eq!(first.len(), 1);
    f.press("j j");
    let sent = f.sent();
    let second = opened(&sent);
    assert_eq!((closed(&sent), second.len()), ([first[0], second[0]].to_vec(), 1), "{sent:?}");
    f.rest();
    let third = opened(&f.sent());
    assert_eq!(third.len(), 1);
    let word = Fault::new(FaultKind::Other, "read", "a word of the third");
    f.msg(Msg::Stream(third[0], StreamEvent::Logs(LogEvent::Notice(word))));
    assert!(side(&f).contains("a word of the third"), "{}", f.screen());
    f.press("shift-tab");
    assert_eq!(closed(&f.sent()), third);
}

#[test]
fn what_has_no_logs_says_so_and_what_else_there_is() {
    let mut f = wide();
    f.go("configmaps").press("tab alt-tab");
    f.rest();
    assert!(side(&f).contains("no pods are found behind a ConfigMap"), "{}", f.screen());
    f.press("tab");
    assert!(f.strip().contains("no pods are found behind a ConfigMap"), "{}", f.strip());
    assert!(!f.ui.side_has_focus());
    f.press("alt-tab");
    f.rest();
    assert!(side(&f).contains("Name:         empty"), "{}", f.screen());
}

#[test]
fn a_narrow_terminal_says_how_much_room_is_missing_and_gets_it_back() {
    let mut f = wide();
    f.press("tab tab");
    f.rest();
    assert!(f.ui.side_has_focus());
    f.msg(Msg::Resize(100, 30));
    assert!(!f.ui.side_has_focus() && !f.screen().contains("creationTimestamp"), "{}", f.screen());
    f.press("tab");
    assert!(f.strip().contains("needs 120 columns; the terminal has 100"), "{}", f.strip());
    f.sent();
    f.msg(Msg::Resize(130, 20));
    assert!(side(&f).contains("creationTimestamp"), "{}", f.screen());
    assert_eq!(f.sent().iter().filter(|e| is_request(e)).count(), 1);
}

#[test]
fn the_way_on_and_back_takes_the_side_pane_along() {
    let mut f = wide();
    f.press("/").type_in("name==running").press("enter tab enter");
    f.rest();
    assert!(f.screen().contains("containers("), "{}", f.screen());
    assert!(side(&f).contains("name: running"), "the pod of the container\n{}", f.screen());
    f.press("q y");
    assert!(!f.ui.side_is_shown(), "a page of text has the whole width");
    f.press("tab");
    assert!(f.strip().contains("there are no objects here"), "{}", f.strip());
    f.press("q");
    f.rest();
    assert!(side(&f).contains("name: running"), "{}", f.screen());
    f.go("nodes");
    f.rest();
    assert!(side(&f).contains("Node/bare"), "{}", f.screen());
}
