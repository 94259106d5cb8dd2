//! Looking around: tables, drill-downs, the way back.

use super::fixture::{DEV, Fixture, custom, is_request, subscribed};
use crate::model::{Change, ClusterEvent, Fault, FaultKind, Key, SubEvent, WatchState};
use crate::ui::{Effect, Msg};
use serde_json::json;
use std::sync::Arc;

#[test]
fn from_pods_to_a_filter_into_a_pod_to_its_yaml_and_all_the_way_back() {
    let mut f = Fixture::new();
    assert_eq!(subscribed(&f.sent()), ["pods in all"]);
    f.press("/").type_in("crash-loop").press("enter");
    assert!(f.screen().contains("[3 of 56]"), "{}", f.screen());
    f.press("j");
    assert!(f.selected().contains("crash-loop-among-others"), "{}", f.selected());
    f.press("k enter");
    assert_eq!(subscribed(&f.sent()), ["pods containers in shop"]);
    assert!(f.screen().contains("pods › Pod/crash-loop containers"), "{}", f.screen());
    f.press("y");
    assert!(f.screen().contains("nodeName:"), "{}", f.screen());
    f.press("esc esc");
    assert!(f.selected().contains("crash-loop"), "{}", f.selected());
    assert!(f.screen().contains("/crash-loop"), "the filter is still there");
    f.press("esc");
    assert!(!f.screen().contains("/crash-loop"), "then it is cleared");
    assert!(f.selected().contains("crash-loop"), "and the selection stays on its pod");
    f.press("esc");
    assert!(f.strip().contains("first page; :q or <ctrl-c> quits"), "{}", f.strip());
    assert!(!f.sent().contains(&Effect::Quit));
}

#[test]
fn the_selection_stays_on_its_object_while_rows_come_and_go_above_it() {
    let mut f = Fixture::new();
    f.press("j j j");
    let before = f.selected();
    let mut pod = f.object("pods", "running");
    for name in ["aaa", "aab", "aac"] {
        pod["metadata"]["name"] = json!(name);
        f.upsert(&pod);
    }
    assert_eq!(f.selected(), before);
    let key = Key { namespace: "shop".into(), name: "aab".into() };
    f.event(SubEvent::Changes { part: 0, changes: vec![Change::Delete(key)] });
    assert_eq!(f.selected(), before);
    f.press("g");
    assert!(f.selected().contains("aaa") || f.selected().contains("static"), "{}", f.selected());
}

#[test]
fn until_the_first_list_is_complete_the_selection_stays_at_the_top() {
    let mut f = Fixture::new();
    f.answers = false;
    f.go("deploy");
    let (_, need) = f.sub();
    let names = ["updating", "starting", "available"];
    let rows: Vec<Change> = names
        .iter()
        .flat_map(|name| {
            let object = f.object("deployments", name);
            f.rows(&need, &object)
        })
        .map(Change::Upsert)
        .collect();
    let schema = crate::kinds::Projection::new(
        f.ui.cluster().unwrap().catalogue.find("deployments").unwrap(),
        need.facet,
        &[],
        &[],
    );
    f.event(SubEvent::Schema(schema.0.schema()));
    for (at, row) in rows.into_iter().enumerate() {
        f.event(SubEvent::Changes { part: 0, changes: vec![row] });
        assert!(f.lines()[4].contains(f.ui.glyphs().selected), "row {at}\n{}", f.screen());
    }
    assert!(f.selected().contains("available"));
    f.event(SubEvent::Complete { part: 0 });
    let mut first = f.object("deployments", "available");
    first["metadata"]["name"] = json!("aaa");
    f.upsert(&first);
    assert!(f.selected().contains("available"), "from now on it stays on its object");
}

#[test]
fn coming_back_within_a_minute_asks_nothing_and_later_lists_again() {
    let mut f = Fixture::new();
    f.go("deploy").sent();
    f.wait(50);
    f.go("pods");
    assert_eq!(f.sent().iter().filter(|e| is_request(e)).count(), 0);
    f.go("deploy");
    f.wait(61);
    f.wait(1);
    assert!(f.sent().iter().any(|e| matches!(e, Effect::Unsubscribe(_))));
    f.go("pods");
    assert!(subscribed(&f.sent()).contains(&"pods in all".to_owned()));
}

#[test]
fn digits_are_the_namespaces_used_last_and_zero_is_all_of_them() {
    let mut f = Fixture::new();
    f.press("1");
    assert!(f.strip().contains("no namespace on 1 yet"), "{}", f.strip());
    f.go("ns shop").go("ns kube-system").sent();
    assert!(f.screen().contains("pods(kube-system)[1]"), "{}", f.screen());
    f.press("2");
    assert!(f.screen().contains("pods(shop)["), "{}", f.screen());
    assert!(!f.screen().contains("NAMESPACE"), "one namespace needs no column");
    f.press("0");
    assert!(f.screen().contains("pods(all namespaces)["), "{}", f.screen());
    f.go("ns shop,kube-system");
    assert!(f.screen().contains("pods(kube-system,shop)["), "{}", f.screen());
    assert!(f.screen().contains("NAMESPACE"));
    f.msg(Msg::Resize(200, 60));
    f.press("?");
    assert!(f.screen().contains("Show namespace kube-system"), "help names them\n{}", f.screen());
}

#[test]
fn a_custom_kind_appears_while_the_program_runs() {
    let mut f = Fixture::new();
    f.go("widgets");
    assert!(f.footer().contains("serves no kind called \"widgets\""), "{}", f.footer());
    f.press("esc");
    f.served.push(custom("example.com", "widgets", "Widget"));
    let mut resources = crate::kinds::builtin::resources();
    resources.extend(f.served.clone());
    f.objects.insert(
        ("dev".into(), "widgets".into()),
        vec![json!({"metadata": {"name": "w1", "namespace": "shop", "uid": "u", "resourceVersion": "5"}})],
    );
    f.msg(Msg::Cluster(DEV, ClusterEvent::Discovery(Arc::new(resources))));
    f.go("widget");
    assert!(f.selected().contains("w1"), "{}", f.screen());
    assert!(!f.footer().contains("delete"), "it is not served for them: {}", f.footer());
    f.press("ctrl-d");
    assert!(f.strip().contains("does not serve delete for widgets"), "{}", f.strip());
}

#[test]
fn a_pod_leads_to_its_node_and_its_owner_and_an_event_to_what_it_is_about() {
    let mut f = Fixture::new();
    f.press("/").type_in("name==running").press("enter shift-j");
    assert!(f.screen().contains("Pod/running replicasets"), "{}", f.screen());
    assert!(f.selected().contains("api-6d4cf56db6"), "{}", f.screen());
    f.press("q");
    f.go("nodes").press("shift-j");
    assert!(f.strip().contains("has no owner"), "{}", f.strip());
    f.go("events").press("shift-j");
    assert!(f.screen().contains("events › Event/"), "{}\n{}", f.strip(), f.screen());
}

#[test]
fn enter_on_a_kind_without_children_describes_it() {
    let mut f = Fixture::new();
    f.go("configmaps").press("enter");
    assert!(f.screen().contains("ConfigMap/empty describe"), "{}", f.screen());
}

#[test]
fn each_command_line_begins_a_new_way_and_history_goes_back_and_forth() {
    let mut f = Fixture::new();
    f.go("deploy").go("nodes");
    assert_eq!(f.lines()[1], " nodes");
    f.press("-");
    assert_eq!(f.lines()[1], " deployments");
    f.press("-");
    assert_eq!(f.lines()[1], " nodes");
    f.press("[ [");
    assert_eq!(f.lines()[1], " pods");
    f.press("]");
    assert_eq!(f.lines()[1], " deployments");
    f.press("-");
    assert_eq!(f.lines()[1], " pods");
    assert!(f.sent().iter().filter(|e| matches!(e, Effect::Subscribe { .. })).count() <= 4);
}

#[test]
fn sorting_says_so_in_the_title_and_turns_round() {
    let mut f = Fixture::new();
    f.press("shift-n");
    assert!(f.screen().contains("NAME↑"));
    f.press("shift-n");
    assert!(f.screen().contains("NAME↓"));
    f.press("shift-t");
    assert!(f.screen().contains("RESTARTS↑"));
    f.press("shift-left shift-left shift-o");
    assert!(f.screen().contains("READY↑"), "{}", f.lines()[3]);
    f.go("nodes").press("shift-p");
    assert!(f.strip().contains("Node has no column NAMESPACE"), "{}", f.strip());
}

#[test]
fn columns_leave_when_it_is_narrow_and_come_by_themselves_when_there_is_room() {
    let mut f = Fixture::new();
    f.msg(Msg::Resize(60, 20));
    let title = f.lines()[3].clone();
    assert!(title.contains("NAME") && title.contains("READY") && title.contains("STATUS"));
    assert!(!title.contains("IMAGE"), "{title}");
    f.msg(Msg::Resize(240, 20));
    assert!(f.lines()[3].contains(" NODE"), "{}", f.lines()[3]);
    f.press("/").type_in("node:node").press("enter");
    assert!(!f.selected().is_empty(), "what is seen can be filtered\n{}", f.screen());
    f.press("esc");
    f.msg(Msg::Resize(60, 20));
    f.press("ctrl-w right right right right right right");
    assert!(f.lines()[3].contains("NAME"), "the name stays: {}", f.lines()[3]);
    assert!(!f.lines()[3].contains("STATUS"), "{}", f.lines()[3]);
    for _ in 0..40 {
        f.press("right");
    }
    let end = f.lines()[3].clone();
    f.press("left");
    assert_ne!(f.lines()[3], end, "no key was lost beyond the end");
}

#[test]
fn marks_ranges_and_faults() {
    let mut f = Fixture::new();
    f.press("space space j j ctrl-space");
    assert!(f.screen().contains("5 marked"), "{}", f.lines()[2]);
    f.press("c");
    assert!(
        f.sent().iter().any(|e| matches!(e, Effect::Copy(names) if names.lines().count() == 5))
    );
    f.press("/").type_in("no-such-row").press("enter");
    assert!(f.lines()[2].contains("5 marked, 5 hidden"), "{}", f.lines()[2]);
    assert!(f.screen().contains("<esc> clears the filter"), "{}", f.screen());
    f.press("esc ctrl-\\");
    assert!(!f.lines()[2].contains("marked"));
    f.press("ctrl-z");
    assert!(f.lines()[2].contains("faults only"));
    assert!(!f.screen().contains(" Completed"), "{}", f.screen());
}

#[test]
fn loading_empty_forbidden_and_broken_are_different_pictures() {
    let mut f = Fixture::new();
    f.answers = false;
    f.go("secrets");
    assert!(f.screen().contains("loading secrets"), "{}", f.screen());
    let fault = |kind, why: &str| Fault::new(kind, "list secrets", why);
    let denied = WatchState::Denied(fault(FaultKind::Forbidden, "RBAC says no"));
    f.event(SubEvent::State { part: 0, state: denied });
    assert!(f.screen().contains("no permission: list secrets"), "{}", f.screen());
    assert!(f.screen().contains(":ns NAME looks in one namespace"));
    let broken = WatchState::Broken {
        since: f.now - 3,
        retry_at: f.now + 2,
        why: fault(FaultKind::Other, "connection refused"),
    };
    f.event(SubEvent::State { part: 0, state: broken });
    assert!(f.screen().contains("connection refused"), "{}", f.screen());
    assert!(f.lines()[0].contains("stale 3s, retry in 2s"), "{}", f.lines()[0]);
    assert_eq!(f.ui.next_due(), Some(f.now + 1), "it counts every second");
    f.press("ctrl-r");
    assert!(f.sent().contains(&Effect::Retry(DEV)));
    f.answers = true;
    f.go("ns kube-system").go("configmaps");
    assert!(f.screen().contains("there are no configmaps in kube-system"), "{}", f.screen());
    assert!(f.screen().contains("<0> looks in all namespaces"));
}

#[test]
fn rows_stay_while_the_connection_is_broken_and_are_marked_stale() {
    let mut f = Fixture::new();
    let rows = f.lines()[4..20].to_vec();
    let why = Fault::new(FaultKind::Other, "watch pods", "connection reset");
    let (since, retry_at) = (f.now, f.now + 4);
    f.event(SubEvent::State { part: 0, state: WatchState::Broken { since, retry_at, why } });
    f.wait(2);
    assert!(f.lines()[0].contains("stale 2s, retry in 2s"), "{}", f.lines()[0]);
    assert_eq!(f.lines()[4][..40], rows[0][..40]);
    f.event(SubEvent::State { part: 0, state: WatchState::Live });
    assert!(f.lines()[0].contains("● live"), "{}", f.lines()[0]);
}

#[test]
fn the_help_lists_what_works_here_and_nothing_else() {
    let mut f = Fixture::with((200, 60), |_| {}, crate::ui::Start::default());
    f.press("?");
    let help = f.screen();
    for needed in ["Sort by how many are ready", "Go to the node", "Run the line", "Force it"] {
        assert!(help.contains(needed), "{needed}\n{help}");
    }
    f.press("esc");
    f.go("nodes").press("?");
    let help = f.screen();
    assert!(help.contains("Sort by role"), "{help}");
    for absent in ["Go to the node the pod", "Sort by namespace", "Copy the namespace"] {
        assert!(!help.contains(absent), "{absent}\n{help}");
    }
}

#[test]
fn a_change_that_nobody_sees_makes_no_frame() {
    let mut f = Fixture::with((100, 12), |_| {}, crate::ui::Start::default());
    f.press("g");
    // The last row by name, far below the twelve lines.
    let mut pod = f.object("pods", "unexpected-admission");
    pod["metadata"]["resourceVersion"] = json!("999999");
    let frames = f.frames;
    f.upsert(&pod);
    assert_eq!(f.frames, frames, "it is off screen");
    f.press("shift-g");
    let frames = f.frames;
    pod["metadata"]["resourceVersion"] = json!("1000000");
    f.upsert(&pod);
    assert_eq!(f.frames, frames + 1, "now it is seen");
    let frames = f.frames;
    f.msg(Msg::Tick);
    assert_eq!(f.frames, frames, "the clock has not moved");
}

#[test]
fn counts_that_change_with_every_batch_are_drawn_a_few_times_a_second() {
    let mut f = Fixture::with((100, 12), |_| {}, crate::ui::Start::default());
    f.press("g").rest();
    let more = |f: &mut Fixture, name: &str| {
        let mut pod = f.object("pods", "unexpected-admission");
        pod["metadata"]["name"] = json!(name);
        pod["metadata"]["uid"] = json!(format!("00000000-0000-0000-0000-0000{name}"));
        f.upsert(&pod);
    };
    let before = f.frames;
    more(&mut f, "zzzz0001");
    assert_eq!(f.frames, before + 1, "the first is told at once");
    more(&mut f, "zzzz0002");
    more(&mut f, "zzzz0003");
    assert_eq!(f.frames, before + 1, "those after it wait");
    f.rest();
    assert_eq!(f.frames, before + 2, "and are told together");
}

#[test]
fn ages_are_drawn_anew_when_their_text_changes_and_not_before() {
    let mut f = Fixture::new();
    f.go("namespaces");
    f.wait(10);
    let due = f.ui.next_due().unwrap();
    assert_eq!(due, f.now + 50, "all are days old: only the pods' linger time ends");
    let mut young = f.object("namespaces", "default");
    young["metadata"]["name"] = json!("young");
    young["metadata"]["creationTimestamp"] = json!("2025-12-31T23:59:00Z");
    f.upsert(&young);
    assert_eq!(f.ui.next_due(), Some(f.now + 1));
}

#[test]
fn the_mouse_selects_sorts_opens_and_scrolls() {
    let mut f = Fixture::new();
    f.msg(Msg::Click(20, 6));
    let third = f.selected();
    assert!(f.lines()[6].contains(f.ui.glyphs().selected), "{third}");
    f.msg(Msg::Wheel(1));
    assert!(f.lines()[9].contains(f.ui.glyphs().selected));
    let title = f.lines()[3].clone();
    let at = title.split("STATUS").next().unwrap().chars().count();
    f.msg(Msg::Click(u16::try_from(at).unwrap(), 3));
    assert!(f.screen().contains("STATUS↑"));
    f.msg(Msg::Click(20, 5));
    f.msg(Msg::Click(20, 5));
    assert!(f.screen().contains("containers"), "a second click opens\n{}", f.screen());
    f.msg(Msg::Click(20, 25));
    assert!(f.screen().contains("containers"), "below the rows there is nothing to open");
}

/// Where a text begins on screen.
fn place(f: &Fixture, text: &str) -> (u16, u16) {
    let lines = f.lines();
    let row = lines.iter().rposition(|line| line.contains(text));
    let row = row.unwrap_or_else(|| panic!("no {text:?}\n{}", f.screen()));
    let column = lines[row].split(text).next().unwrap().chars().count();
    (u16::try_from(column).unwrap(), u16::try_from(row).unwrap())
}

fn click(f: &mut Fixture, text: &str) {
    let (column, row) = place(f, text);
    f.msg(Msg::Click(column + 1, row));
}

#[test]
fn keys_in_the_footer_and_buttons_and_choices_of_plans_can_be_clicked() {
    let mut f = Fixture::new();
    f.press("/").type_in("name==running").press("enter");
    f.sent();
    click(&mut f, "<ctrl-d> delete");
    assert!(f.screen().contains("Delete Pod/running"), "{}", f.screen());
    click(&mut f, "force");
    assert!(f.screen().contains("[x] force"), "{}", f.screen());
    click(&mut f, "Cancel");
    assert!(f.ui.overlay.is_none());
    assert!(!f.sent().iter().any(|e| matches!(e, Effect::Run(_))));
    f.press("ctrl-d");
    click(&mut f, " Delete ");
    assert!(f.sent().iter().any(|e| matches!(e, Effect::Run(_))), "{}", f.screen());
    click(&mut f, "<?> all keys");
    assert!(f.screen().contains("keys that work here"));
    f.msg(Msg::Click(3, 3));
    assert!(f.ui.overlay.is_none(), "a click takes the help away");
}

#[test]
fn nothing_can_be_clicked_while_a_plan_still_asks() {
    let mut f = Fixture::new();
    f.press("/").type_in("name==running").press("enter");
    f.ui.access = crate::ui::access::Access::default();
    let keys = crate::ui::chord::Chord::parse("ctrl-d").unwrap();
    let now = f.now;
    f.ui.update(Msg::Key(keys.event()), now);
    let (column, row) = place(&f, " Delete ");
    let effects = f.ui.update(Msg::Click(column + 1, row), now);
    assert!(!effects.iter().any(|e| matches!(e, Effect::Run(_))));
    assert!(f.ui.overlay.is_some());
}

#[test]
fn a_message_that_has_no_room_is_told_below_the_table() {
    let mut f = Fixture::new();
    f.msg(Msg::Resize(80, 24));
    f.go("events");
    assert!(f.strip().starts_with("MESSAGE "), "{:?}", f.strip());
}

#[test]
fn the_first_start_gives_three_hints_and_remembers_that_it_did() {
    let mut f = Fixture::with(
        (120, 30),
        |_| {},
        crate::ui::Start { first: true, ..crate::ui::Start::default() },
    );
    assert!(f.strip().contains("<:> goes to any kind"), "{}", f.strip());
    assert!(f.strip().contains("<?> shows every key"), "{}", f.strip());
    let remembered = Effect::Remember { history: "hints", line: "shown".into() };
    assert!(f.sent().contains(&remembered));
    f.press("? esc");
    assert!(!f.strip().contains("goes to any kind"), "{}", f.strip());
}

#[test]
fn live_usage_is_shown_where_the_server_has_it_and_only_of_what_it_is_of() {
    let mut f = Fixture::new();
    f.msg(Msg::Resize(160, 30));
    assert!(!f.lines()[3].contains("CPU"), "{}", f.lines()[3]);
    f.press("shift-c");
    assert!(f.strip().contains("no live usage of Pod is known here"), "{}", f.strip());
    assert!(!f.sent().iter().any(|e| matches!(e, Effect::Metrics { pods: Some(_), .. })));
    let usage = crate::ui::Start::default();
    let mut f = Fixture::serving(vec![custom("metrics.k8s.io", "pods", "PodMetrics")], usage);
    f.msg(Msg::Resize(160, 30));
    assert!(f.sent().iter().any(|e| matches!(e, Effect::Metrics { pods: Some(_), .. })));
    f.press("/").type_in("name==running").press("enter");
    let (_, need) = f.sub();
    // One container of the pod is called app, and so is a pod.
    let of = |name: &str, cpu_millis| {
        let key = Key { namespace: "shop".into(), name: name.into() };
        (key, crate::model::Usage { cpu_millis, memory_bytes: 1 << 20 })
    };
    let metrics = Arc::new(crate::model::Metrics::new([of("running", 125), of("app", 777)]));
    f.msg(Msg::Cluster(DEV, ClusterEvent::Metrics { gvr: need.gvr, metrics }));
    assert!(f.selected().contains("125m") && f.selected().contains("50%"), "{}", f.screen());
    f.press("enter");
    assert!(f.selected().contains("app"), "{}", f.screen());
    assert!(!f.screen().contains("777m"), "{}", f.screen());
}
