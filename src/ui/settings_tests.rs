#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
use super::*;
use crate::ui::commands::Command;
use crate::ui::theme::Scope;

fn load(config: &str, last: Option<&Loaded>) -> Loaded {
    load_with(config, |_| None, |_| None, &Overrides::default(), last)
}

fn load_with(
    config: &str,
    theme: impl Fn(&str) -> Option<NamedText>,
    keymap: impl Fn(&str) -> Option<NamedText>,
    overrides: &Overrides,
    last: Option<&Loaded>,
) -> Loaded {
    let sources = Sources {
        config: Some(("config.toml".to_owned(), config.to_owned())),
        unreadable: false,
        theme: &theme,
        keymap: &keymap,
        drift: Ok(None),
        k9s: &Default::default,
    };
    let terminal = Terminal { depth: ColorDepth::True, unicode: true, editor: true };
    assemble(&sources, overrides, terminal, last)
}

#[test]
fn a_broken_file_keeps_the_last_good_settings_and_tells_every_mistake() {
    let good = load("mouse = true\ntheme = \"light\"\n", None);
    assert!(good.faults.is_empty() && good.settings.mouse);
    let bad = load("mouse = 1\ntheme = \"mono\"\nreadonly = \"yes\"\n", Some(&good));
    assert!(bad.settings.mouse);
    assert_eq!(bad.settings.theme, "light");
    assert_eq!(bad.theme, good.theme);
    let places: Vec<&str> = bad.faults.iter().map(|fault| fault.what.as_str()).collect();
    assert_eq!(places, ["config.toml line 1, mouse", "config.toml line 3, readonly"]);
}

#[test]
fn a_file_broken_from_the_start_may_have_said_readonly_so_nothing_can_be_written() {
    let broken = load("readonly = true\nmouse = 1\n", None);
    assert!(broken.settings.readonly);
    assert_eq!(
        broken.warnings[0].to_string(),
        "config.toml: read-only, because the file is broken (nothing can be changed until it is corrected)"
    );
    let fixed = load("mouse = true\n", Some(&broken));
    assert!(!fixed.settings.readonly);
}

#[test]
fn a_broken_theme_or_keymap_keeps_the_last_good_one_and_nothing_else_is_lost() {
    let file = |name: &str, text: &str| Some((format!("{name}.toml"), text.to_owned()));
    let config = "theme = \"mine\"\nkeymap = \"keys\"\n";
    let none = Overrides::default();
    let good = load_with(
        config,
        |name| (name == "mine").then(|| file(name, "[styles]\ntext = \"#010203\"\n"))?,
        |name| (name == "keys").then(|| file(name, "[global]\n\"f9\" = \"global.quit\"\n"))?,
        &none,
        None,
    );
    assert_eq!(good.faults, []);
    assert_eq!(good.keymap.chords(Command::Quit), ["<ctrl-c>", "<f9>"]);
    let bad = load_with(
        &format!("{config}mouse = true\n"),
        |name| (name == "mine").then(|| file(name, "[styles]\ntext = \"#0102\"\n"))?,
        |name| (name == "keys").then(|| file(name, "[global]\n\"hyper-x\" = \"global.quit\"\n"))?,
        &none,
        Some(&good),
    );
    assert!(bad.settings.mouse);
    assert_eq!(bad.theme.style(Scope::Text), good.theme.style(Scope::Text));
    assert_eq!(bad.keymap, good.keymap);
    assert_eq!(bad.faults.len(), 2);
}

#[test]
fn the_command_line_wins_over_the_file() {
    let overrides = Overrides {
        theme: Some("light".to_owned()),
        keymap: Some("vim".to_owned()),
        readonly: true,
        command: Some("nodes".to_owned()),
    };
    let config = "theme = \"dark\"\ncommand = \"pods\"\n[contexts.dev]\nreadonly = false\n";
    let loaded = load_with(config, |_| None, |_| None, &overrides, None);
    assert_eq!(loaded.settings.theme, "light");
    assert_eq!(loaded.settings.command, "nodes");
    assert!(loaded.settings.readonly_in("dev"));
    assert!(loaded.keymap.chords(Command::Delete).contains(&"<d d>".to_owned()));
}

#[test]
fn production_is_protected_unless_its_owner_says_otherwise() {
    let plain = Settings::default();
    assert!(plain.is_protected("eu-production-1") && plain.is_protected("live"));
    assert!(!plain.is_protected("staging"));
    let config = "protected = [\"^eu-\", \"bank\"]\n[contexts.\"eu-lab\"]\nprotected = false\n\
                  color = \"#204080\"\nnamespaces = [\"shop\", \"data\"]\n";
    let own = load(config, None).settings;
    assert!(own.is_protected("eu-1") && own.is_protected("my-bank"));
    assert!(!own.is_protected("prod") && !own.is_protected("eu-lab"));
    assert_eq!(own.favourites("eu-lab"), ["shop", "data"]);
    assert_eq!(own.color("eu-lab"), Some(Color::Rgb(32, 64, 128)));
    assert!(!load("protected = \"\"\n", None).settings.is_protected("prod"));
}

#[test]
fn rules_of_drift_are_read_and_broken_ones_leave_those_from_before() {
    let load = |text: Option<&str>, last: Option<&Loaded>| {
        let drift = Ok(text.map(|text| ("drift.toml".to_owned(), text.to_owned())));
        let sources = Sources {
            config: None,
            unreadable: false,
            theme: &|_| None,
            keymap: &|_| None,
            drift,
            k9s: &Default::default,
        };
        let terminal = Terminal { depth: ColorDepth::True, unicode: true, editor: true };
        assemble(&sources, &Overrides::default(), terminal, last)
    };
    let bare = load(None, None);
    assert_eq!(*bare.drift_rules, Rules::default());
    let own = load(Some("off = [\"restarted\"]"), Some(&bare));
    assert_ne!(*own.drift_rules, Rules::default());
    assert!(own.faults.is_empty());
    let broken = load(Some("version = 1\noff = [\"no such rule\"]"), Some(&own));
    assert_eq!(broken.drift_rules, own.drift_rules);
    assert_eq!(broken.faults.len(), 1);
    assert!(broken.faults[0].to_string().contains("drift.toml:2"), "{}", broken.faults[0]);
}

#[test]
fn signs_follow_the_locale_unless_told() {
    let locale = |value: &'static str| {
        Terminal::detect(&move |name| (name == "LANG").then(|| value.to_owned())).unicode
    };
    assert!(locale("de_DE.UTF-8") && locale("C.utf8"));
    assert!(!locale("C") && !locale(""));
    let sources = Sources {
        config: None,
        unreadable: false,
        theme: &|_| None,
        keymap: &|_| None,
        drift: Ok(None),
        k9s: &Default::default,
    };
    let plain = Terminal { depth: ColorDepth::Mono, unicode: false, editor: true };
    let loaded = assemble(&sources, &Overrides::default(), plain, None);
    assert!(loaded.settings.ascii);
    assert_eq!(loaded.theme.depth(), ColorDepth::Mono);
}

/// Every file of the corpus, with what it says about it in the `.txt` beside it: one line per
/// complaint, `fault:` or `warning:` first; an empty file for none.
#[test]
fn the_config_corpus_is_told_right() {
    let root = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/config");
    let bless = std::env::var_os("WHEELHOUSE_BLESS").is_some();
    let mut seen = 0;
    for part in ["valid", "broken"] {
        let mut files: Vec<_> = std::fs::read_dir(format!("{root}/{part}"))
            .unwrap()
            .map(|entry| entry.unwrap().path())
            .filter(|path| path.extension().is_some_and(|end| end == "toml"))
            .collect();
        files.sort();
        for path in files {
            let name = path.file_name().unwrap().to_str().unwrap().to_owned();
            let text = std::fs::read_to_string(&path).unwrap();
            // theme-*.toml and keymap-*.toml are such files, all others a config.toml.
            let own = |wanted: &str| {
                let named = Some((name.clone(), text.clone()));
                let is = name.starts_with(&format!("{wanted}-"));
                move |asked: &str| named.clone().filter(|_| is && asked == "mine")
            };
            let config = if name.starts_with("theme-") {
                "theme = \"mine\""
            } else if name.starts_with("keymap-") {
                "keymap = \"mine\""
            } else {
                &text
            };
            let (theme, keymap) = (own("theme"), own("keymap"));
            let loaded = load_with(config, theme, keymap, &Overrides::default(), None);
            let mut told = String::new();
            for fault in &loaded.faults {
                told.push_str(&format!("fault: {fault}\n"));
            }
            for warning in &loaded.warnings {
                told.push_str(&format!("warning: {warning}\n"));
            }
            // The name as a person would have it.
            let told = told.replace(": config.toml", &format!(": {name}"));
            let expected = path.with_extension("txt");
            if bless {
                std::fs::write(&expected, &told).unwrap();
            }
            assert_eq!(std::fs::read_to_string(&expected).unwrap(), told, "{name}");
            assert_eq!(loaded.faults.is_empty(), part == "valid", "{name}: {told}");
            seen += 1;
        }
    }
    assert!(seen >= 20, "only {seen} files");
}
