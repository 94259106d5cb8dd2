//! The tour of the demo beside the panes. That its steps can be solved is told by a test of the real
//! program (`tests/integration/tour.rs`).

use super::fixture::Fixture;
use super::rollout::{changed, pod, put_shop};
use crate::ui::Start;
use serde_json::json;

fn touring(size: (u16, u16)) -> Fixture {
    Fixture::with(size, |_| {}, Start { tour: true, ..Start::default() })
}

#[test]
fn where_there_is_room_it_stands_beside_the_panes_and_folds_into_a_line() {
    let mut f = touring((200, 50));
    let screen = f.screen();
    assert!(screen.contains("tour 0 of 5"), "{screen}");
    for question in crate::ui::tour::steps::STEPS.map(|step| step.question) {
        let begin: String = question.chars().take(20).collect();
        assert!(screen.contains(&begin), "{question}\n{screen}");
    }
    assert!(f.lines()[2].contains("┐┌"), "{screen}");
    f.press("alt-t");
    let screen = f.screen();
    assert!(!f.lines()[2].contains("┐┌"), "{screen}");
    assert!(f.lines()[47].starts_with(" tour 0 of 5 Who changed LOG_LEVEL"), "{screen}");
    assert!(f.lines()[47].ends_with("<alt-h> hint  <alt-t> unfold"), "{screen}");
    // All other keys are the pane's.
    let before = f.selected();
    f.press("j");
    assert_ne!(f.selected(), before);
}

#[test]
fn a_narrow_terminal_has_it_below_and_resizing_keeps_it() {
    let mut f = touring((80, 24));
    let screen = f.screen();
    assert!(f.lines().iter().any(|line| line.starts_with(" tour 0 of 5 Who changed")), "{screen}");
    assert!(screen.contains("git says info"), "{screen}");
    f.press("alt-t");
    assert!(!f.screen().contains("git says info"), "{}", f.screen());
    assert!(f.lines()[21].starts_with(" tour 0 of 5"), "{}", f.screen());
    f.press("alt-t");
    for size in [(200, 50), (40, 10), (120, 12), (30, 5), (80, 24)] {
        f.msg(crate::ui::Msg::Resize(size.0, size.1));
        let lines = f.lines();
        assert_eq!(lines.len(), usize::from(size.1));
    }
    assert!(f.screen().contains("git says info"), "{}", f.screen());
}

#[test]
fn hints_come_one_after_the_other_with_the_keys_in_force() {
    let mut f = touring((200, 50));
    assert!(!f.screen().contains("who wrote it."), "{}", f.screen());
    f.press("alt-h");
    assert!(f.screen().contains("<shift-d> on an app"), "{}", f.screen());
    f.press("alt-t alt-h");
    assert!(f.screen().contains("go to payments"), "a hint unfolds it\n{}", f.screen());
    assert!(f.screen().contains("<alt-h> answer"), "{}", f.screen());
}

#[test]
fn who_gives_up_is_told_which_is_no_tick_and_goes_on() {
    let mut f = touring((200, 50));
    f.press("alt-h alt-h alt-h");
    let screen = f.screen();
    assert!(screen.contains("○ Who changed LOG_LEVEL") && screen.contains("days ago"), "{screen}");
    assert!(screen.contains("▸ Why is checkout stuck"), "{screen}");
    assert!(screen.contains("tour 0 of 5"), "{screen}");
    for _ in 0..4 {
        f.press("alt-h alt-h alt-h");
    }
    let screen = f.screen();
    assert!(screen.contains("tour 0 of 5") && screen.contains("That was all of it."), "{screen}");
    assert!(!screen.contains("alt-h>"), "{screen}");
    f.press("alt-h");
    assert_eq!(f.strip(), "nothing is asked any more on the tour");
}

#[test]
fn a_click_on_it_is_no_click_on_a_row() {
    let mut f = touring((200, 50));
    let before = f.selected();
    f.msg(crate::ui::Msg::Click(180, 10));
    assert_eq!(f.selected(), before);
    f.msg(crate::ui::Msg::Click(20, 10));
    assert_ne!(f.selected(), before);
}

#[test]
fn what_somebody_sees_first_is_kept_for_a_start_without_the_tour() {
    let start = Start { tour: true, first: true, ..Start::default() };
    let f = Fixture::with((200, 50), |_| {}, start);
    let remembered = |effect: &crate::ui::Effect| {
        matches!(effect, crate::ui::Effect::Remember { history: "hints", .. })
    };
    assert!(!f.sent.iter().any(remembered) && !f.ui.hints);
}

#[test]
fn over_a_plan_its_keys_leave_the_plan_alone() {
    let mut f = touring((200, 50));
    f.press("ctrl-d");
    assert!(f.screen().contains("> Cancel <"), "{}", f.screen());
    f.press("alt-h alt-t");
    assert!(f.screen().contains("> Cancel <"), "{}", f.screen());
    assert!(f.screen().contains("alt-t> unfold"), "{}", f.screen());
}

#[test]
fn without_a_tour_its_keys_say_how_one_begins() {
    let mut f = Fixture::new();
    f.press("alt-h");
    assert_eq!(f.strip(), "no tour is on: `wheelhouse demo --tour` begins one");
    assert!(!f.screen().contains("tour 0 of"), "{}", f.screen());
    f.press("?");
    assert!(!f.screen().contains("hint of the tour"), "{}", f.screen());
}

#[test]
fn the_side_pane_has_its_place_between_or_says_what_takes_it() {
    let mut f = touring((160, 40));
    f.press("tab");
    assert!(f.strip().contains("the tour leaves 114: <alt-t> folds it"), "{}", f.strip());
    f.press("alt-t tab");
    assert!(f.ui.side_is_shown(), "{}", f.screen());
    f.msg(crate::ui::Msg::Resize(200, 50));
    f.press("alt-t");
    assert!(f.ui.side_is_shown(), "{}", f.screen());
    let top = f.lines()[2].matches("┐┌").count();
    assert_eq!(top, 2, "{}", f.screen());
}

#[test]
fn what_is_seen_counts_only_where_it_is_asked_for() {
    // The rollout of another workload, stuck in the same way.
    let mut f = put_shop(touring((200, 50)));
    f.go("deploy").press("o");
    let mut bad = pod(&f, "checkout-6d9f7c-x2x1q");
    bad["status"] = json!({"phase": "Pending", "containerStatuses": [{"name": "api", "ready": false,
        "state": {"waiting": {"reason": "ErrImagePull", "message": "manifest unknown"}}}]});
    changed(&mut f, "pods", &bad);
    let screen = f.screen();
    assert!(screen.contains("blocked: pod checkout-6d9f7c-x2x1q"), "{screen}");
    assert!(screen.contains("tour 0 of 5"), "{screen}");
}
