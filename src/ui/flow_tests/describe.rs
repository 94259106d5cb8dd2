//! Descriptions: what kubectl tells, live, with ways to what is named in them.

use super::fixture::{Fixture, subscribed};
use crate::model::{Change, SubEvent, SubId};
use crate::ui::{Effect, Msg, Start};
use serde_json::{Value, json};

fn event(name: &str, reason: &str, count: u64) -> Value {
    json!({
        "apiVersion": "v1", "kind": "Event",
        "metadata": {"name": name, "namespace": "shop", "resourceVersion": format!("30{count}"),
            "uid": format!("e-{name}")},
        "involvedObject": {"kind": "Pod", "name": "running", "namespace": "shop",
            "uid": "4b962278-c10e-54d1-bbd5-16b17e49064b"},
        "reason": reason, "message": format!("{reason} it is"), "type": "Warning", "count": count,
        "firstTimestamp": "2025-12-31T23:50:00Z", "lastTimestamp": "2025-12-31T23:59:00Z",
        "source": {"component": "kubelet"},
    })
}

fn with(size: (u16, u16)) -> Fixture {
    let mut f = Fixture::with(size, |_| {}, Start::default());
    f.reads = true;
    f.press("/").type_in("name==running").press("enter");
    f.sent();
    f
}

fn described() -> Fixture {
    let mut f = with((120, 60));
    f.press("d");
    f.rest();
    f
}

/// The subscription of this kind with field selectors.
fn narrow(f: &Fixture, plural: &str) -> SubId {
    let of = |(_, sub): &(SubId, &crate::ui::subs::Sub)| {
        sub.need.gvr.plural == plural && !sub.need.fields.is_empty()
    };
    f.ui.subs.iter().find(of).unwrap().0
}

/// Something happens to an event of the pod.
fn happens(f: &mut Fixture, object: &Value) {
    let held = f.objects.get_mut(&("dev".to_owned(), "events".to_owned())).unwrap();
    held.retain(|other| other["metadata"]["name"] != object["metadata"]["name"]);
    held.push(object.clone());
    let sub = narrow(f, "events");
    let need = f.ui.subs.get(sub).unwrap().need.clone();
    let changes = f.rows(&need, object).into_iter().map(Change::Upsert).collect();
    f.msg(Msg::Sub(sub, SubEvent::Changes { part: 0, changes }));
}

fn reads(sent: &[Effect]) -> usize {
    sent.iter().filter(|e| matches!(e, Effect::Read { .. } | Effect::Get { .. })).count()
}

#[test]
fn it_tells_what_kubectl_tells_and_reads_everything_once() {
    let mut f = with((120, 60));
    f.press("d");
    let screen = f.screen();
    for words in ["Pod/running in shop", "Node:", "node-1", "Conditions:", "Ready", "Events:"] {
        assert!(screen.contains(words), "{words}\n{screen}");
    }
    f.rest();
    let sent = f.sent();
    assert_eq!(reads(&sent), 2, "the pod and its events: {sent:?}");
    assert_eq!(subscribed(&sent), ["events in shop"], "the pod is watched by the table");
    assert!(f.screen().contains("running describe"), "{}", f.screen());
    f.press("q");
    assert!(f.screen().contains("pods("), "{}", f.screen());
}

#[test]
fn events_come_by_themselves_at_a_measured_pace_and_the_cursor_stays() {
    let mut f = described();
    f.press("/").type_in("events:").press("enter esc");
    assert!(f.selected().contains("Events:"), "{}", f.selected());
    f.sent();
    happens(&mut f, &event("one", "BackOff", 1));
    assert!(f.screen().contains("BackOff it is"), "{}", f.screen());
    assert!(f.selected().contains("Events:"), "{}", f.selected());
    assert_eq!(reads(&f.sent()), 1);
    for count in 2..6 {
        happens(&mut f, &event("one", "BackOff", count));
    }
    assert_eq!(reads(&f.sent()), 0, "more waits until some time is over");
    f.rest();
    assert_eq!(reads(&f.sent()), 1);
    assert!(f.screen().contains("x5 over 10m"), "{}", f.screen());
}

#[test]
fn a_change_of_the_object_is_told_and_lines_above_do_not_move_the_cursor() {
    let mut f = described();
    f.press("/").type_in("qos class").press("enter esc");
    let mut pod = f.object("pods", "running");
    pod["metadata"]["resourceVersion"] = json!("2000");
    pod["metadata"]["labels"] = json!({"app": "api", "one": "more", "two": "more"});
    pod["status"]["conditions"][2]["status"] = json!("False");
    f.objects
        .get_mut(&("dev".into(), "pods".into()))
        .unwrap()
        .retain(|o| o["metadata"]["name"] != "running");
    f.objects.get_mut(&("dev".into(), "pods".into())).unwrap().push(pod.clone());
    let (sub, need) =
        f.ui.subs
            .iter()
            .find(|(_, sub)| sub.need.gvr.plural == "pods")
            .map(|(id, sub)| (id, sub.need.clone()))
            .unwrap();
    let changes = f.rows(&need, &pod).into_iter().map(Change::Upsert).collect();
    f.msg(Msg::Sub(sub, SubEvent::Changes { part: 0, changes }));
    assert!(f.screen().contains("two=more"), "{}", f.screen());
    assert!(f.screen().contains("Ready                      False"), "{}", f.screen());
    assert!(f.selected().contains("QoS Class:"), "{}", f.screen());
}

#[test]
fn ages_move_on() {
    let mut f = described();
    happens(&mut f, &event("one", "BackOff", 2));
    assert!(f.screen().contains("60s"), "{}", f.screen());
    let due = f.ui.next_due().unwrap();
    assert_eq!(due, f.now + 1);
    f.wait(1);
    assert!(f.screen().contains("61s"), "{}", f.screen());
}

#[test]
fn an_object_that_goes_leaves_its_last_description_and_says_so() {
    let mut f = described();
    f.objects.get_mut(&("dev".into(), "pods".into())).unwrap().clear();
    let sub = f.ui.subs.iter().find(|(_, sub)| sub.need.gvr.plural == "pods").unwrap().0;
    let key = crate::model::Key { namespace: "shop".into(), name: "running".into() };
    f.msg(Msg::Sub(sub, SubEvent::Changes { part: 0, changes: vec![Change::Delete(key)] }));
    assert!(f.screen().contains("gone: this is how it was last"), "{}", f.screen());
    assert!(f.screen().contains("node-1"), "{}", f.screen());
}

#[test]
fn what_is_named_can_be_entered_and_come_back_from() {
    let mut f = described();
    f.press("enter");
    assert!(f.strip().contains("no object is named on this line: <tab> goes"), "{}", f.strip());
    for _ in 0..20 {
        f.press("tab");
        if f.selected().contains("Node:") {
            break;
        }
    }
    assert!(f.selected().contains("Node:"), "{}", f.screen());
    let line = f.selected();
    f.press("enter");
    assert!(f.screen().contains("Node/node-1"), "{}", f.screen());
    f.press("esc");
    assert_eq!(f.selected(), line, "back where it was left");
    f.press("o");
    assert!(f.screen().contains("nodes["), "{}", f.screen());
    f.press("esc tab");
    assert_ne!(f.selected(), line);
    f.press("shift-tab");
    assert_eq!(f.selected(), line);
}

#[test]
fn a_part_that_may_not_be_read_says_so_and_the_rest_stands() {
    let mut f = with((120, 60));
    f.denied.push(("list", "events"));
    f.press("d");
    assert!(f.screen().contains("you may not list events"), "{}", f.screen());
    assert!(f.screen().contains("Conditions:"), "{}", f.screen());
    f.rest();
    f.rest();
}

#[test]
fn searching_copying_saving_and_wrapping_work_as_on_other_texts() {
    let mut f = described();
    f.press("/").type_in("api").press("enter");
    let first = f.selected();
    f.press("n");
    assert_ne!(f.selected(), first);
    f.press("shift-n");
    assert_eq!(f.selected(), first);
    f.press("/").type_in("nowhere-at-all");
    assert!(f.footer().contains("not found"), "{}", f.footer());
    f.press("esc esc");
    assert!(f.screen().contains("running describe"), "esc clears the search first\n{}", f.screen());
    f.press("n");
    assert!(f.strip().contains("nothing to search for"), "{}", f.strip());
    f.sent();
    f.press("c ctrl-s");
    let sent = f.sent();
    let copied = |e: &Effect| matches!(e, Effect::Copy(text) if text.contains("\nConditions:\n"));
    assert!(sent.iter().any(copied), "{sent:?}");
    let saved =
        |e: &Effect| matches!(e, Effect::Save { name, .. } if name == "Pod-shop-running.txt");
    assert!(sent.iter().any(saved), "{sent:?}");
    f.msg(Msg::Resize(60, 24));
    let end = "registry.example.com/team/api:1.4.2";
    f.press("/").type_in("image:").press("enter esc");
    f.msg(Msg::Resize(42, 24));
    assert!(!f.screen().contains(end), "{}", f.screen());
    f.press("w");
    let together: String = f.lines().iter().map(|line| line.trim_matches(['│', ' '])).collect();
    assert!(together.contains(end), "{}", f.screen());
    f.press("end");
    assert!(f.selected().contains('▸'), "the cursor is on screen\n{}", f.screen());
}

#[test]
fn enter_on_what_holds_nothing_describes_it_and_y_shows_yaml() {
    let mut f = Fixture::new();
    f.reads = true;
    f.go("configmaps").press("/").type_in("name==settings").press("enter enter");
    assert!(f.screen().contains("ConfigMap/settings"), "{}", f.screen());
    assert!(f.screen().contains("settings describe"), "{}", f.screen());
    f.press("q y");
    assert!(f.screen().contains("settings yaml"), "{}", f.screen());
}

#[test]
fn the_lines_of_a_tree_have_descriptions_too() {
    let mut f = Fixture::new();
    f.reads = true;
    f.go("deployments").press("x");
    assert!(f.screen().contains("tree of"), "{}", f.screen());
    f.press("d");
    assert!(f.screen().contains("describe"), "{}", f.screen());
    f.press("q y");
    assert!(f.screen().contains(" yaml"), "{}", f.screen());
}
