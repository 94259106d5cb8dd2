//! Files of people, and lines that they type: themes, keymaps, settings, k9s' files, commands.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use super::document::Complaints;
use super::k9s::node::File;
use super::k9s::{self, Files, Scoped, skin};
use super::keymap::{self, Keymap};
use super::palette::{ColorDepth, parse_color};
use super::theme::{self, Theme};
use super::{goto, settings_file};
use crate::fuzz::{Shape, Target, is_safe, text};
use crate::model::Fault;

/// What is said of a file: harmless, and no book.
fn told(complaints: &Complaints, most: usize) {
    let all = complaints.faults.iter().chain(&complaints.warnings);
    assert!(all.clone().count() <= most, "{} complaints", all.count());
    all.for_each(said);
}

fn said(fault: &Fault) {
    for text in [&fault.what, &fault.why, &fault.hint] {
        assert!(is_safe(text, &['\n']), "{text:?}");
    }
    assert!(!fault.why.is_empty(), "{fault:?}");
}

#[test]
fn fuzz_theme() {
    let words = [
        "[palette]",
        "[styles]",
        "version = 1",
        "inherits = \"dark\"",
        "inherits = \"own\"",
        "fg = ",
        "bg = ",
        "#ff0000",
        "\"#fff\"",
        "\"rgb(1,2,3)\"",
        "\"bold\"",
        "modifiers = [",
        "]",
        "{",
        "}",
        "\"ui.text\"",
        "=",
        "\"\"\"",
        "\\u202e",
    ];
    let seeds = theme::BUILTIN.iter().map(|(_, text)| text);
    let target = Target::new("theme", Shape::Text).seeds(seeds).words(&words).longest(3000);
    target.quick(250).run(|input| {
        let text = text(input).into_owned();
        let user = |name: &str| (name == "own").then(|| ("own.toml".to_owned(), text.clone()));
        for depth in [ColorDepth::True, ColorDepth::Ansi16, ColorDepth::Mono] {
            let mut complaints = Complaints::default();
            if let Err(fault) = Theme::load("own", depth, &user, &mut complaints) {
                said(&fault);
            }
            told(&complaints, 2 * input.len() + 4);
        }
    });
}

#[test]
fn fuzz_keymap() {
    let words = [
        "[global]",
        "[table]",
        "version = 1",
        "inherits = \"vim\"",
        "inherits = \"own\"",
        "\"ctrl-x ctrl-c\"",
        "none",
        "= \"quit\"",
        "\"\"",
        "shift-",
        "alt-",
        "f12",
        "space",
        "<",
        "\"g g\"",
    ];
    let seeds = keymap::BUILTIN.iter().map(|(_, text)| text);
    let target = Target::new("keymap", Shape::Text).seeds(seeds).words(&words).longest(3000);
    target.quick(250).run(|input| {
        let text = text(input).into_owned();
        let user = |name: &str| (name == "own").then(|| ("own.toml".to_owned(), text.clone()));
        let mut complaints = Complaints::default();
        if let Err(fault) = Keymap::load("own", &user, &mut complaints) {
            said(&fault);
        }
        told(&complaints, input.len() + 4);
    });
}

#[test]
fn fuzz_settings() {
    let words = [
        "version = 1",
        "theme = ",
        "protected = ",
        "[columns.pods]",
        "[[columns.pods]]",
        "json_path = ",
        "[aliases]",
        "[contexts.x]",
        "namespaces = [",
        "mouse = ",
        "[logs]",
        "[k9s]",
        "safe = [",
        "[editor]",
        "metrics_seconds = ",
        "'(['",
        "-1",
        "1e9",
    ];
    let target = Target::new("settings", Shape::Text).files("config").words(&words).longest(3000);
    target.quick(400).run(|input| {
        let mut complaints = Complaints::default();
        let read = settings_file::read("config.toml", &text(input), &mut complaints);
        assert!(read.is_some() || !complaints.faults.is_empty(), "refused without a word");
        told(&complaints, 2 * input.len() + 4);
    });
}

#[test]
fn fuzz_color() {
    let seeds = [
        "#ff8800",
        "#fff",
        "red",
        "bright-blue",
        "light-red",
        "123",
        "rgb(1,2,3)",
        "default",
        "reset",
    ];
    Target::new("color", Shape::Text).seeds(seeds).longest(30).quick(2000).run(|input| {
        if let Some(color) = parse_color(&text(input)) {
            for depth in
                [ColorDepth::True, ColorDepth::Ansi256, ColorDepth::Ansi16, ColorDepth::Mono]
            {
                // What a terminal of few colours gets stays as it is when it is asked again.
                let near = depth.nearest(color);
                assert_eq!(depth.nearest(near), near, "{color:?} at {depth:?}");
            }
        }
    });
}

const K9S: &[&str] = &[
    "plugins:\n  sync:\n    shortCut: Ctrl-Y\n    description: Sync\n    confirm: false\n    scopes:\n      - apps\n    command: argocd\n    background: true\n    args: [app, sync, $NAME, --limit, 3]\n    pipes: ['jq -r \".a b\"']\n    inputs:\n      - {name: prune, label: Prune, type: bool, default: true}\n      - {name: wave, type: dropdown, options: [a, b], default: b, required: true}\n",
    "hotKeys:\n  shift-0:\n    shortCut: Shift-0\n    override: true\n    description: View pods\n    command: pods app=x\n    keepHistory: true\n  f1: {shortCut: F1, command: 'xray deploy'}\n",
    "aliases:\n  pp: v1/pods\n  dp: deployments\n  y: 1.10\n  sec: &a v1/secrets\n  s2: *a\n",
    "k9s:\n  readOnly: true\n  ui:\n    skin: dracula\n    enableMouse: false\n  skin: old\n",
    "foreground: &foreground \"#f8f8f2\"\nk9s:\n  body:\n    fgColor: *foreground\n    bgColor: default\n    logoColor: papayawhip\n  frame:\n    border: {fgColor: '#44475a', focusColor: blue}\n    status: {errorColor: '#ff5555', newColor: white}\n  views:\n    table: {header: {fgColor: red}, markColor: 1}\n",
];

#[test]
fn fuzz_k9s() {
    let words = [
        "plugins:",
        "hotKeys:",
        "aliases:",
        "k9s:",
        "shortCut:",
        "scopes:",
        "command:",
        "args:",
        "inputs:",
        "*a",
        "&a ",
        "<<:",
        "Ctrl-Shift-Alt-F12",
        "$NAME",
        "${",
        "!",
        "|",
        "- ",
        "? ",
        "{",
        "[",
        "#ffffff",
        "readOnly: yes",
        "\t",
        "!!null",
    ];
    let target = Target::new("k9s", Shape::Text).seeds(K9S).words(&words).longest(1500);
    target.quick(400).run(|input| {
        let file = File { name: "k9s.yaml".into(), text: text(input).into_owned() };
        let scoped = || Scoped { file: file.clone(), only: None };
        let files = Files {
            aliases: vec![scoped()],
            hotkeys: vec![scoped()],
            plugins: vec![(scoped(), None), (scoped(), Some("one".into()))],
            config: vec![scoped()],
            skins: Vec::new(),
        };
        let mut complaints = Complaints::default();
        let k9s = k9s::read(&files, &["sync".to_owned()], &mut complaints);
        assert!(k9s.commands.len() <= 3 * input.len());
        told(&complaints, 8 * input.len() + 16);
        let mut complaints = Complaints::default();
        if let Some(theme) = skin::theme(&file, &mut complaints) {
            // A skin becomes a theme that can be read, whatever stands in it.
            let user = |name: &str| (name == "own").then(|| ("own.toml".to_owned(), theme.clone()));
            let mut of_theme = Complaints::default();
            let loaded = Theme::load("own", ColorDepth::True, &user, &mut of_theme);
            assert!(loaded.is_ok(), "{loaded:?}\n{theme}");
        }
        told(&complaints, 2 * input.len() + 64);
    });
}

#[test]
fn fuzz_command_line() {
    let seeds = [
        ":pods shop,kube-system @prod app=x /^api",
        "deploy -n 'a b' -l \"app in (x,y)\" -f apx",
        "apps by project",
        "apps tree",
        "access can-i get pods",
        "logs a b c",
        "ctx arn:aws:eks:eu:1:cluster/x",
        "theme k9s:dracula",
        "ns -A",
        "svc --context",
        "po /a\\ b",
    ];
    let words = [
        "-A",
        "-n",
        "-l",
        "-f",
        "--context",
        "@",
        "/",
        "'",
        "\"",
        "\\",
        "=",
        "!=",
        " in (",
        ",",
        "apps",
        "by",
        "access",
        ":",
    ];
    let target = Target::new("command-line", Shape::Text).seeds(seeds).words(&words).longest(200);
    target.quick(2500).run(|input| {
        let text = text(input);
        match goto::parse(&text) {
            Err(why) => assert!(!why.is_empty()),
            Ok(to) => {
                if let Some(crate::model::Scope::Namespaces(names)) = &to.scope {
                    // These get into the paths of requests.
                    let good = |c: char| {
                        c.is_ascii_lowercase() || c.is_ascii_digit() || matches!(c, '-' | '.')
                    };
                    assert!(
                        names.len() <= 8
                            && names.iter().all(|n| !n.is_empty() && n.chars().all(good)),
                        "{names:?}"
                    );
                    assert!(names.is_sorted());
                }
                let held = to.word.len()
                    + to.words.iter().map(String::len).sum::<usize>()
                    + to.labels.len()
                    + to.filter.len();
                assert!(held <= 2 * text.len() + 16);
            }
        }
    });
}
