//! The tape at the bottom of the pane of drift.

use super::drift::{config_map, deployment, has, secret, seek, tell, world};
use super::fixture::Fixture;
use crate::ui::{Effect, Overlay};
use serde_json::{Value, json};

/// The Deployment after a `kubectl scale`, some seconds ago.
fn scaled(version: u64, replicas: u64) -> Value {
    let mut object = deployment();
    object["metadata"]["resourceVersion"] = version.to_string().into();
    object["spec"]["replicas"] = replicas.into();
    let entries = object["metadata"]["managedFields"].as_array_mut().unwrap();
    for entry in entries.iter_mut().filter(|entry| entry["manager"] == "kubectl-scale") {
        entry["time"] = format!("2025-12-31T23:59:{:02}Z", version % 60).into();
    }
    object
}

/// Lines of the tape, newest last.
fn tape(f: &Fixture) -> Vec<String> {
    let lines = f.lines();
    let Some(at) = lines.iter().position(|line| line.contains("TAPE ")) else { return Vec::new() };
    let inner = |line: &String| line.trim_matches(['│', ' ']).to_owned();
    let end = lines.iter().rposition(|line| line.starts_with(['└', '╰'])).unwrap();
    lines[at + 1..end].iter().map(inner).collect()
}

#[test]
fn a_change_is_on_the_tape_with_both_values_and_its_writer() {
    let mut f = world((120, 40), false);
    f.press("shift-d");
    f.rest();
    assert_eq!(tape(&f), Vec::<String>::new());
    f.press("shift-w");
    assert!(f.strip().contains("no field has changed"), "{}", f.strip());
    tell(&mut f, "deployments", scaled(101, 7));
    f.rest();
    let lines = tape(&f);
    let [line] = lines.as_slice() else { panic!("{}", f.screen()) };
    let words = "Deployment/payments-api spec.replicas 5 → 7 by kubectl-scale";
    assert!(line.ends_with(words), "{line}");
    assert!(line[..8].bytes().all(|c| c.is_ascii_digit() || c == b':'), "{line}");
    // What is in sync again is told too, and the rest of the pane goes on.
    tell(&mut f, "deployments", scaled(102, 3));
    f.rest();
    assert!(tape(&f)[1].contains("7 → 3 by kubectl-scale"), "{}", f.screen());
    assert!(has(&f, &["image", "payments:1.4.0"]), "{}", f.screen());
    assert!(!has(&f, &["spec.replicas", "4h ago"]), "{}", f.screen());
    // It stays when everything is compared anew, and it is in notes and in the field's history.
    f.press("f");
    f.rest();
    assert_eq!(tape(&f).len(), 2, "{}", f.screen());
    seek(&mut f, "image");
    f.press("shift-h");
    let Some(Overlay::Full { text, .. }) = &f.ui.overlay else { panic!("{}", f.screen()) };
    assert!(text.contains("no change of it"), "{text}");
    f.press("esc").sent();
    f.go("note");
    let note = f.sent().into_iter().find_map(|effect| match effect {
        Effect::Save { content, .. } => Some(content),
        _ => None,
    });
    let line = "- 2025-12-31T23:59:41Z `Deployment/payments-api` `spec.replicas`: `5` → `7` by `kubectl-scale`";
    assert!(note.as_ref().unwrap().contains(line), "{note:?}");
}

#[test]
fn values_of_secrets_are_on_no_tape_and_objects_that_go_and_come_are() {
    let mut f = world((120, 40), false);
    f.press("shift-d");
    f.rest();
    let mut changed = secret();
    changed["data"]["password"] = "Y2FuYXJ5LTM=".into();
    changed["metadata"]["resourceVersion"] = "101".into();
    tell(&mut f, "secrets", changed);
    f.rest();
    let lines = tape(&f);
    assert!(lines[0].contains("Secret/payments data.password ++++++++ → +++++++++"), "{lines:?}");
    assert!(!f.screen().contains("Y2Fu") && !f.screen().contains("anary"), "{}", f.screen());
    let mut other = config_map();
    other["metadata"]["uid"] = "00000000-0000-0000-0000-0000000000c2".into();
    other["metadata"]["resourceVersion"] = "102".into();
    tell(&mut f, "configmaps", other);
    f.rest();
    assert!(tape(&f)[1].contains("ConfigMap/payments was replaced"), "{}", f.screen());
}

#[test]
fn it_takes_little_of_a_small_screen_half_or_nothing_as_one_likes() {
    for (size, few, half) in [((80, 24), 2, 8), ((200, 50), 10, 21)] {
        let mut f = world(size, false);
        f.press("shift-d");
        f.rest();
        for version in 101..140 {
            tell(&mut f, "deployments", scaled(version, version));
            f.rest();
        }
        assert_eq!(tape(&f).len(), few, "{}", f.screen());
        assert!(tape(&f)[few - 1].contains("138 → 139 by kubectl-scale"), "{}", f.screen());
        assert!(f.selected().contains("▾"), "rows are still there\n{}", f.screen());
        f.press("shift-w");
        let lines = tape(&f).len();
        assert!(lines > few && lines.abs_diff(half) <= 2, "{lines}\n{}", f.screen());
        f.press("shift-w");
        assert_eq!(tape(&f).len(), 0, "{}", f.screen());
        f.press("v shift-w");
        assert_eq!(tape(&f).len(), few, "beside texts too\n{}", f.screen());
    }
}

#[test]
fn the_oldest_lines_go_and_are_counted() {
    let mut f = world((120, 40), false);
    f.press("shift-d");
    f.rest();
    let with = |version: u64| {
        let mut object = config_map();
        object["metadata"]["resourceVersion"] = version.to_string().into();
        let all: serde_json::Map<String, Value> =
            (0..90).map(|n| (format!("K{n}"), json!(version.to_string()))).collect();
        object["data"] = all.into();
        object
    };
    for version in 101..114 {
        tell(&mut f, "configmaps", with(version));
        f.rest();
    }
    let screen = f.screen();
    assert!(screen.contains("the oldest") && screen.contains("dropped"), "{screen}");
}
