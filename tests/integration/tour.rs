//! The tour of the demo, taken with real keys in a real terminal: each of its steps is solved, and what
//! does something else solves none.

use crate::support::screen::{Screen, Session};
use crate::support::trials;
use libtest_mimic::Trial;

pub fn trials() -> Vec<Trial> {
    vec![
        trials::plain("tour::all_five_are_solved_in_a_wide_terminal", || solve(200, 50)),
        trials::plain("tour::all_five_are_solved_in_a_narrow_terminal", || solve(80, 24)),
        trials::plain("tour::what_does_something_else_solves_none", nothing_is_solved),
        trials::plain("tour::a_read_only_session_is_no_tour", read_only),
        trials::plain("tour::from_launch_to_a_live_rollout_in_three_keys", three_keys),
    ]
}

fn begin(columns: u16, rows: u16) -> Screen {
    let mut screen = Session::new(&["demo", "--tour"]).at_home().size(columns, rows).start();
    screen.wait_for("tour 0 of 5");
    screen.wait_for("apps(all namespaces)");
    screen
}

/// Goes to one app in the list of apps.
fn to_app(screen: &mut Screen, name: &str) {
    screen.command(&format!("apps -A /name=={name}"));
    screen.wait_until(name, |text| {
        text.contains("[1 of ")
            && text.lines().any(|line| line.contains('▸') && line.contains(&format!(" {name} ")))
    });
}

fn solve(columns: u16, rows: u16) {
    let mut screen = begin(columns, rows);
    writer(&mut screen);
    way_back(&mut screen);
    push(&mut screen);
    prune(&mut screen);
    left_off(&mut screen);
    let end = screen.wait_for("tour done");
    assert!(end.contains("All five."), "{end}");
    screen.leave();
}

fn writer(screen: &mut Screen) {
    to_app(screen, "payments");
    screen.press("D");
    screen.wait_for("kubectl-edit");
    screen.wait_for("tour 1 of 5");
}

fn way_back(screen: &mut Screen) {
    to_app(screen, "checkout");
    screen.press("o");
    screen.wait_until("the stuck one", |text| {
        text.contains("checkout rollouts") && text.contains("blocked: pod")
    });
    screen.press("<enter>");
    screen.wait_until("its rollout", |text| {
        text.contains("Deployment/checkout-api rollout") && text.contains("blocked: pod")
    });
    screen.press("b");
    screen.wait_until("the plan", |text| {
        text.contains("Roll back Deployment/checkout-api") && text.contains("> Cancel <")
    });
    screen.press("<tab>");
    screen.wait_for("> Roll back <");
    screen.press("<enter>");
    screen.wait_for("tour 2 of 5");
}

fn push(screen: &mut Screen) {
    screen.command("deploy shop /name==catalog");
    screen.wait_until("catalog", |text| {
        text.lines().any(|line| line.contains('▸') && line.contains("catalog "))
    });
    screen.press("o");
    screen.wait_for("Deployment/catalog rollout");
    screen.wait_for("tour 3 of 5");
}

/// Ticks prune in the plan of a sync.
fn tick_prune(screen: &mut Screen, app: &str) {
    to_app(screen, app);
    screen.press("s");
    screen.wait_until("the plan", |text| {
        text.contains(&format!("Sync Application/{app}")) && text.contains("> Sync <")
    });
    while !screen.text().contains("> [ ] prune") {
        let before = screen.text();
        screen.press("<down>");
        screen.wait_until("the focus to move", |text| text != before);
    }
    screen.press("<space>");
    screen.wait_for("> [x] prune");
}

fn prune(screen: &mut Screen) {
    tick_prune(screen, "edge-canary");
    screen.wait_for("ConfigMap/edge-canary-rules");
    screen.press("<esc>");
    screen.wait_for("tour 4 of 5");
}

fn left_off(screen: &mut Screen) {
    to_app(screen, "ledger");
    screen.press("T");
    screen.wait_for("> Switch on <");
    screen.press("<enter>");
    screen.wait_gone("> Switch on <");
}

fn nothing_is_solved() {
    let mut screen = begin(200, 50);
    // Each step of the tour, beside the point: another app's drift …
    to_app(&mut screen, "edge-eu");
    screen.press("D");
    screen.wait_for("edge-eu drift");
    screen.wait_for("objects drifted");
    // … the way back of checkout planned and not gone …
    to_app(&mut screen, "checkout");
    screen.press("o");
    screen.wait_for("blocked: pod");
    screen.press("<enter>");
    screen.wait_for("Deployment/checkout-api rollout");
    screen.press("b");
    screen.wait_for("> Cancel <");
    screen.press("<enter>");
    screen.wait_gone("> Cancel <");
    // … the rollout of what was pushed once …
    screen.command("deploy shop /name==cart");
    screen.wait_until("cart", |text| {
        text.lines().any(|line| line.contains('▸') && line.contains("cart "))
    });
    screen.press("o");
    screen.wait_for("Deployment/cart rollout");
    screen.wait_for("rolled out: 3 available");
    // … what another sync prunes …
    tick_prune(&mut screen, "edge-eu");
    screen.press("<esc>");
    screen.wait_gone("Sync Application/edge-eu");
    // … and what is off, only looked at.
    to_app(&mut screen, "ledger");
    screen.press("T");
    screen.wait_for("> Switch on <");
    screen.press("<esc>");
    screen.wait_gone("> Switch on <");
    let text = screen.text();
    assert!(text.contains("tour 0 of 5"), "{text}");
    screen.leave();
}

fn read_only() {
    let mut screen = Session::new(&["demo", "--tour", "--readonly"]).at_home().start();
    screen.wait_until("a refusal", |text| {
        text.contains("demo --tour") && text.contains("leave out --readonly")
    });
    assert_eq!(screen.wait_end().exit_code(), 2, "{}", screen.text());
}

fn three_keys() {
    let mut screen = Session::new(&["demo"]).at_home().start();
    // What is in trouble stands first; the second app is stuck on its image.
    screen.wait_until("the first two apps", |text| {
        let second = text.lines().filter(|line| line.starts_with('│')).nth(2);
        text.contains("▸ Argo CD    fraud-check ")
            && second.is_some_and(|line| line.contains("Argo CD    settlement "))
    });
    screen.press("j");
    screen.wait_for("▸ Argo CD    settlement ");
    screen.press("o");
    screen.wait_until("the rollout", |text| {
        text.contains("Deployment/payments-worker rollout") && text.contains("is ImagePullBackOff")
    });
    screen.leave();
}
