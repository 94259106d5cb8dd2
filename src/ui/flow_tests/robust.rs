//! Odd terminals and odd objects.

use super::fixture::Fixture;
use crate::ui::{Msg, Start};
use serde_json::json;

/// Every screen there is, one after another.
fn walk(f: &mut Fixture, mut look: impl FnMut(&mut Fixture)) {
    let keys = [
        "j", "space", "/ r", "esc", "?", "end", "esc", "ctrl-d", "v", "pagedown", "esc", "enter",
        "y", "w", "f", "esc", "/ m", "enter", "q", "q", "ctrl-w", "l", "l", "ctrl-w", ": p o d",
        "esc", "!", "ctrl-t", "ctrl-a", "ctrl-e", "ctrl-e", "q", "q", "q", "ctrl-z", "shift-o",
    ];
    for key in keys {
        f.press(key);
        look(f);
    }
}

#[test]
fn no_size_of_the_terminal_is_too_small_or_too_large() {
    let sizes = [
        (0, 0),
        (1, 1),
        (2, 3),
        (0, 24),
        (80, 0),
        (39, 10),
        (40, 9),
        (40, 10),
        (41, 11),
        (60, 12),
        (80, 24),
        (120, 11),
        (200, 50),
        (400, 100),
    ];
    for size in sizes {
        let mut f = Fixture::with(size, |_| {}, Start { first: true, ..Start::default() });
        walk(&mut f, |f| {
            f.buffer();
        });
        // Narrower and wider while things are open.
        for other in sizes {
            f.msg(Msg::Resize(other.0, other.1));
            f.press("?");
            f.buffer();
            f.press("esc");
        }
    }
}

#[test]
fn without_unicode_everything_is_ascii() {
    let mut f = Fixture::with((120, 30), |config| config.settings.ascii = true, Start::default());
    walk(&mut f, |f| {
        let screen = f.screen();
        let odd: Vec<char> = screen.chars().filter(|c| !c.is_ascii()).collect();
        assert!(odd.is_empty(), "{odd:?}\n{screen}");
    });
}

#[test]
fn names_of_any_length_and_script_keep_the_table_in_its_lines() {
    let mut f = Fixture::new();
    let mut pod = f.object("pods", "running");
    for name in [
        "x".repeat(10_000),
        "日本語のとても長い名前".repeat(40),
        "a\u{202e}b\u{1b}[2J\nc".to_owned(),
    ] {
        pod["metadata"]["name"] = json!(name);
        f.upsert(&pod);
    }
    for size in [(40, 12), (80, 24), (200, 50)] {
        f.msg(Msg::Resize(size.0, size.1));
        f.press("g");
        for _ in 0..60 {
            f.press("j");
            let lines = f.lines();
            for line in &lines[3..usize::from(size.1) - 3] {
                assert!(line.ends_with(['│', '┃']), "{line}");
                assert!(crate::text::width::width(line) == usize::from(size.0), "{line}");
            }
            assert!(!f.screen().contains('\u{1b}') && !f.screen().contains('\u{202e}'));
        }
    }
}

#[test]
fn a_narrow_header_keeps_what_matters_most() {
    let mut f = Fixture::with((40, 12), |config| config.settings.readonly = true, Start::default());
    let header = f.lines()[0].clone();
    assert!(header.contains("dev") && header.contains("live") && header.contains("RO"), "{header}");
    f.go("ns shop,kube-system,default,a-very-long-namespace-name");
    let header = f.lines()[0].clone();
    assert!(header.contains("dev") && header.contains("live") && header.contains("RO"), "{header}");
}

#[test]
fn escape_and_a_key_pressed_at_once_are_two_keys_where_something_is_open() {
    let mut f = Fixture::new();
    let first = f.selected();
    f.press("?");
    assert!(f.ui.overlay.is_some());
    f.press("alt-j");
    assert!(f.ui.overlay.is_none());
    assert_ne!(f.selected(), first, "and the key after it was not lost");
    f.press("ctrl-d alt-v");
    assert!(f.ui.overlay.is_none(), "a plan is left without doing anything");
}

#[test]
fn a_key_sequence_shows_how_it_may_go_on() {
    let mut f = Fixture::with(
        (120, 30),
        |config| {
            let mut complaints = crate::ui::document::Complaints::default();
            config.keymap =
                crate::ui::keymap::Keymap::load("vim", &|_| None, &mut complaints).unwrap();
        },
        Start::default(),
    );
    f.press("d");
    assert!(f.strip().contains("Plan to delete"), "{}", f.strip());
    f.press("d");
    assert!(f.screen().contains("Delete Pod/"), "{}", f.screen());
}
