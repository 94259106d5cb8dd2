//! YAML: folding, searching, and knowing when it is old.

use super::fixture::{Fixture, is_request};
use crate::ui::Effect;
use serde_json::json;

fn yaml() -> Fixture {
    let mut f = Fixture::new();
    f.press("/").type_in("name==running").press("enter y");
    f
}

#[test]
fn an_object_that_changed_says_so_and_is_fetched_anew_on_demand() {
    let mut f = yaml();
    assert!(!f.screen().contains("changed since"));
    let mut pod = f.object("pods", "running");
    pod["metadata"]["resourceVersion"] = json!("2000");
    pod["spec"]["nodeName"] = json!("moved");
    f.press("q");
    f.upsert(&pod);
    f.press("y");
    assert!(f.screen().contains("changed since: <r> reloads"), "{}", f.screen());
    let at = f.objects.get_mut(&("dev".to_owned(), "pods".to_owned())).unwrap();
    *at = vec![pod];
    f.sent();
    f.press("r");
    assert_eq!(f.sent().iter().filter(|e| is_request(e)).count(), 1);
    assert!(!f.screen().contains("changed since"), "{}", f.screen());
    f.press("/").type_in("moved").press("enter");
    assert!(f.selected().contains("nodeName: moved"), "{}", f.selected());
}

#[test]
fn searching_goes_round_and_folding_folds() {
    let mut f = yaml();
    f.press("/").type_in("name:").press("enter");
    let first = f.selected();
    f.press("n");
    assert_ne!(f.selected(), first);
    f.press("shift-n");
    assert_eq!(f.selected(), first);
    f.press("esc");
    assert!(f.screen().contains("yaml"), "esc clears the search first");
    f.press("z");
    assert!(f.screen().contains("lines"), "{}", f.screen());
    let folded = f.lines().iter().filter(|line| line.len() > 12).count();
    f.press("z");
    assert!(f.lines().iter().filter(|line| line.len() > 12).count() >= folded);
    f.press("/").type_in("no-such-text");
    assert!(f.footer().contains("not found"), "{}", f.footer());
    f.press("esc n");
    assert!(f.strip().contains("nothing to search for: </> first"), "{}", f.strip());
    assert!(!f.footer().contains("next"), "{}", f.footer());
}

#[test]
fn copying_and_saving_take_the_whole_text() {
    let mut f = yaml();
    f.sent();
    f.press("c ctrl-s");
    let sent = f.sent();
    assert!(sent.iter().any(|e| matches!(e, Effect::Copy(text) if text.contains("nodeName:"))));
    assert!(
        sent.iter()
            .any(|e| matches!(e, Effect::Save { name, .. } if name == "Pod-shop-running.yaml"))
    );
}

#[test]
fn what_cannot_be_fetched_says_why() {
    let mut f = Fixture::new();
    f.objects.clear();
    f.press("y");
    assert!(f.screen().contains("it is gone"), "{}", f.screen());
    f.press("q");
    assert!(f.screen().contains("pods("), "{}", f.screen());
}

#[test]
fn a_huge_value_is_wrapped_and_shown_in_full_page_by_page() {
    let mut f = Fixture::new();
    let mut pod = f.object("pods", "running");
    pod["metadata"]["annotations"]["big"] = json!(format!("{}END", "word ".repeat(300_000)));
    f.objects.insert(("dev".into(), "pods".into()), vec![pod]);
    f.press("/").type_in("name==running").press("enter y /").type_in("big").press("enter w");
    assert!(f.selected().contains("big: word"), "{}", f.screen());
    f.press("f");
    let first = f.screen();
    assert!(first.contains("in full"), "{first}");
    f.press("end");
    assert!(f.screen().contains("END"), "{}", f.screen());
    f.press("home");
    assert_eq!(f.screen(), first);
}
