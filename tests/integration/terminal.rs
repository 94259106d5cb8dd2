//! The terminal is left as it was found, however the program ends, and it survives what terminals do.

use crate::support::demo_server::DemoServer;
use crate::support::screen::{Screen, Session};
use crate::support::{escapes, trials, wait};
use libtest_mimic::Trial;

pub fn trials() -> Vec<Trial> {
    vec![
        trials::plain("terminal::whole_after_quitting", whole_after_quitting),
        trials::plain("terminal::whole_after_signals", whole_after_signals),
        trials::plain("terminal::whole_after_a_panic", whole_after_a_panic),
        trials::plain("terminal::stopped_and_continued", stopped_and_continued),
        trials::plain("terminal::closed_ends_the_program", closed_ends_the_program),
        trials::plain("terminal::resize_storm", resize_storm),
        trials::plain("terminal::nothing_is_written_when_nothing_changes", nothing_is_written),
        trials::plain("terminal::a_home_that_takes_no_files_is_told", no_files),
        trials::plain("terminal::without_one_a_frame_is_printed", without_one_a_frame_is_printed),
    ]
}

fn demo() -> Screen {
    let mut screen = Session::new(&["demo", "-c", "pods -A"]).start();
    screen.wait_for("argocd-redis");
    assert!(screen.alternate() && screen.cursor_hidden());
    assert_ne!(screen.modes(), screen.modes_before(), "raw while it runs");
    screen
}

fn whole_after_quitting() {
    demo().leave();
    let mut screen = demo();
    screen.command("q");
    assert!(screen.wait_end().success());
    screen.assert_terminal_whole();
    assert_eq!(escapes::forbidden(&screen.bytes()), Vec::<String>::new());
}

fn whole_after_signals() {
    for signal in ["TERM", "HUP", "INT"] {
        let mut screen = demo();
        screen.signal(signal);
        screen.wait_end();
        screen.assert_terminal_whole();
    }
    // In the middle of a plan, where the cursor and an overlay are shown.
    let mut screen = demo();
    screen.press("<ctrl-d>");
    screen.wait_for("Cancel");
    screen.signal("TERM");
    screen.wait_end();
    screen.assert_terminal_whole();
}

fn whole_after_a_panic() {
    for place in ["here", "elsewhere"] {
        let mut screen = Session::example("panic_in_terminal", &[place]).start();
        assert!(!screen.wait_end().success());
        screen.assert_terminal_whole();
        // Its words are on the normal screen, where they stay.
        screen.wait_for("a panic");
    }
}

fn state(screen: &Screen) -> String {
    let status =
        std::fs::read_to_string(format!("/proc/{}/status", screen.pid())).unwrap_or_default();
    status.lines().find(|line| line.starts_with("State:")).unwrap_or_default().to_owned()
}

fn stopped_and_continued() {
    if !std::path::Path::new("/proc/self/status").exists() {
        return; // elsewhere there is no cheap way to see that a process is stopped
    }
    for key in [false, true] {
        let mut screen = demo();
        if key {
            screen.press("\x1b\x1a"); // ctrl-alt-z
        } else {
            screen.signal("TSTP");
        }
        wait::until("the program to stop", || {
            let state = state(&screen);
            if state.contains('T') { Ok(()) } else { Err(state) }
        });
        wait::until_true("the normal screen", || !screen.alternate());
        screen.assert_given_back();
        screen.signal("CONT");
        wait::until_true("the alternate screen", || screen.alternate());
        screen.wait_for("argocd-redis");
        screen.press("j");
        screen.leave();
    }
}

fn closed_ends_the_program() {
    let mut screen = demo();
    screen.close("?");
    screen.wait_end();
}

fn resize_storm() {
    let mut screen = demo();
    let sizes = [
        (1, 1),
        (0, 0),
        (400, 100),
        (80, 24),
        (1, 100),
        (400, 1),
        (39, 9),
        (40, 10),
        (200, 50),
        (2, 2),
        (120, 40),
    ];
    for round in 0..20 {
        for (i, (columns, rows)) in sizes.iter().enumerate() {
            screen.resize(*columns, *rows);
            if (round + i) % 3 == 0 {
                screen.press("j");
            }
            if (round + i) % 7 == 0 {
                screen.press("k ? q");
            }
        }
    }
    screen.resize(120, 40);
    screen.press("g");
    screen.wait_until("a whole frame", |text| {
        text.contains("argocd-redis")
            && text.lines().any(|line| line.starts_with('└'))
            && text.contains("all keys")
    });
    screen.resize(20, 5);
    screen.wait_for("too small");
    screen.resize(120, 40);
    screen.wait_for("argocd-redis");
    screen.leave();
}

/// Keys that change nothing on screen wake the program, and nothing is written for them.
fn nothing_is_written() {
    let server = DemoServer::with_objects(vec![serde_json::json!({
        "apiVersion": "v1",
        "kind": "Namespace",
        "metadata": { "name": "default", "creationTimestamp": "2020-01-01T00:00:00Z" },
    })]);
    let mut screen = Session::on(&server.kubeconfig("still"), &["-c", "ns"]).start();
    screen.wait_for("default");
    screen.wait_for("live");
    let changes = |screen: &mut Screen| {
        let before = screen.written();
        screen.press("/");
        screen.wait_until("the prompt", |text| text.lines().any(|line| line.starts_with(" /")));
        screen.press("<esc>");
        screen.wait_until("no prompt", |text| !text.lines().any(|line| line.starts_with(" /")));
        screen.written() - before
    };
    changes(&mut screen);
    let without = changes(&mut screen);
    let before = screen.written();
    screen.press("k j k j k j k j k j");
    changes(&mut screen);
    let with = screen.written() - before;
    assert_eq!(with, without, "bytes written with and without keys that do nothing");
    screen.leave();
}

/// Where files should go there is one already, as on a full or read-only disk nothing can be made.
fn no_files() {
    let home = tempfile::tempdir().unwrap();
    std::fs::write(home.path().join("state"), "in the way").unwrap();
    let mut screen = Session::new(&["demo", "-c", "ns"]).home(home.path()).size(200, 40).start();
    screen.wait_for("kube-system");
    screen.press("<ctrl-s>");
    let text = screen.wait_for("save ");
    assert!(text.contains("state"), "{text}");
    // The rest goes on.
    screen.command("cm -A");
    screen.wait_for("legacy-api");
    screen.leave();
}

fn without_one_a_frame_is_printed() {
    let output = std::process::Command::new(crate::support::paths::program())
        .args(["demo", "--seed", "7"])
        .stdin(std::process::Stdio::null())
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(text.contains("apps("), "{text}");
    assert_eq!(escapes::forbidden(text.as_bytes()), Vec::<String>::new());
    assert!(!text.contains('\x1b'), "plain text");
}
