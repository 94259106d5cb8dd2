#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
use super::*;
use crate::ui::commands::Command;
use crate::ui::palette::ColorDepth;
use std::os::unix::fs::PermissionsExt;
use tempfile::TempDir;

const TERMINAL: Terminal = Terminal { depth: ColorDepth::True, unicode: true, editor: true };

struct Home(TempDir);

impl Home {
    fn new() -> Self {
        let home = Self(tempfile::tempdir().unwrap());
        fs::create_dir(home.path("themes")).unwrap();
        fs::create_dir(home.path("keymaps")).unwrap();
        home
    }

    fn path(&self, file: &str) -> PathBuf {
        self.0.path().join(file)
    }

    /// Saves as careful editors do: beside the file, then renamed.
    fn save(&self, file: &str, text: &str) {
        let part = self.path(".part");
        fs::write(&part, text).unwrap();
        fs::set_permissions(&part, fs::Permissions::from_mode(0o644)).unwrap();
        fs::rename(part, self.path(file)).unwrap();
    }

    fn places(&self) -> Places {
        let own = self.path("k9s").display().to_string();
        let k9s = K9sPlaces::find(&|name| (name == "K9S_CONFIG_DIR").then(|| own.clone()));
        Places { config: Some(self.0.path().into()), state: None, cache: None, k9s }
    }

    fn load(&self) -> Loaded {
        load(&self.places(), &Overrides::default(), TERMINAL, None)
    }
}

#[test]
fn without_files_the_embedded_defaults_hold_silently() {
    for places in [Places::default(), Home::new().places()] {
        let loaded = load(&places, &Overrides::default(), TERMINAL, None);
        assert_eq!((loaded.faults, loaded.warnings), (vec![], vec![]));
        assert_eq!(loaded.keymap.chords(Command::Quit), ["<ctrl-c>"]);
        assert!(!loaded.settings.readonly);
    }
}

#[test]
fn the_environment_names_the_directories() {
    let places = Places::find(&|name| match name {
        CONFIG_DIR => Some("/somewhere/else".to_owned()),
        STATE_DIR => Some(String::new()),
        _ => None,
    });
    assert_eq!(places.config_file(), Some("/somewhere/else/config.toml".into()));
    assert_ne!(places.state, Some(PathBuf::new()));
}

#[test]
fn a_saved_file_is_in_force_at_the_next_look_and_a_broken_one_never() {
    let home = Home::new();
    home.save("config.toml", "keymap = \"mine\"\n");
    home.save("keymaps/mine.toml", "[global]\n\"f9\" = \"global.quit\"\n");
    let (mut watcher, first) = Watcher::start(home.places(), Overrides::default(), TERMINAL);
    assert_eq!(first.keymap.chords(Command::Quit), ["<ctrl-c>", "<f9>"]);
    assert!(watcher.poll().is_none());

    home.save("keymaps/mine.toml", "[global]\n\"f8\" = \"global.quit\"\n");
    let second = watcher.poll().unwrap();
    assert_eq!(second.keymap.chords(Command::Quit), ["<ctrl-c>", "<f8>"]);
    assert!(watcher.poll().is_none());

    home.save("keymaps/mine.toml", "[global]\n\"f8\" = 3\n");
    let third = watcher.poll().unwrap();
    assert_eq!(third.keymap, second.keymap);
    let place = format!("{} line 2, global.\"f8\"", home.path("keymaps/mine.toml").display());
    assert_eq!(third.faults[0].what, place);

    // A second mistake still falls back to the last good one, not to the defaults.
    home.save("config.toml", "keymap = 3\n");
    let fourth = watcher.poll().unwrap();
    assert_eq!(fourth.keymap, second.keymap);
    assert_eq!(fourth.settings.keymap, "mine");

    fs::remove_file(home.path("config.toml")).unwrap();
    let fifth = watcher.poll().unwrap();
    assert_eq!(fifth.faults, []);
    assert_eq!(fifth.keymap.chords(Command::Quit), ["<ctrl-c>"]);
}

#[test]
fn what_is_there_but_no_text_file_is_told_and_holds_nothing_up() {
    let home = Home::new();
    fs::write(home.path("config.toml"), [b'a', 0xff]).unwrap();
    let loaded = home.load();
    assert!(loaded.faults[0].why.contains("not UTF-8 text (byte 1)"), "{:?}", loaded.faults);
    assert!(loaded.settings.readonly, "it may have said so");

    fs::remove_file(home.path("config.toml")).unwrap();
    fs::create_dir(home.path("config.toml")).unwrap();
    assert_eq!(home.load().faults[0].why, "is not a file");

    fs::remove_dir(home.path("config.toml")).unwrap();
    fs::write(home.path("config.toml"), vec![b'#'; 2 << 20]).unwrap();
    assert_eq!(home.load().faults[0].why, "is larger than 1 MiB");
}

#[test]
fn files_that_others_may_change_are_pointed_out() {
    let home = Home::new();
    home.save("config.toml", "mouse = true\n");
    assert_eq!(home.load().warnings, []);
    let open = fs::Permissions::from_mode(0o666);
    fs::set_permissions(home.path("config.toml"), open).unwrap();
    let loaded = home.load();
    assert!(loaded.settings.mouse);
    assert_eq!(loaded.warnings[0].why, "everybody may change it");
    assert!(loaded.warnings[0].hint.starts_with("chmod go-w "));
}

#[test]
fn a_theme_name_does_not_lead_out_of_the_directory() {
    let home = Home::new();
    home.save("secret.toml", "[styles]\n");
    home.save("themes/own.toml", "[styles]\n");
    home.save("config.toml", "theme = \"../secret\"\n");
    assert!(home.load().faults[0].why.contains("there is no theme"));
    home.save("config.toml", "theme = \"own\"\n");
    assert_eq!(home.load().faults, []);
    assert_eq!(home.places().themes(), ["own"]);
}

#[test]
fn files_of_k9s_are_read_as_they_are_noticed_when_saved_and_turned_off_by_a_word() {
    let home = Home::new();
    fs::create_dir_all(home.path("k9s/skins")).unwrap();
    home.save("k9s/skins/mine.yaml", "k9s:\n  body:\n    bgColor: navy\n    fgColor: white\n");
    let plugin = |name: &str, key: &str| {
        format!("plugins:\n  {name}:\n    shortCut: {key}\n    scopes: [po]\n    command: x\n")
    };
    home.save("k9s/plugins.yaml", &plugin("bad", "Hyper-X"));
    home.save("config.toml", "theme = \"k9s:mine\"\n");
    let (mut watcher, loaded) = Watcher::start(home.places(), Overrides::default(), TERMINAL);
    assert!(loaded.themes.contains(&"k9s:mine".to_owned()), "{:?}", loaded.themes);
    let navy = ratatui::style::Color::Rgb(0, 0, 0x80);
    assert_eq!(loaded.theme.style(crate::ui::theme::Scope::Text).bg, Some(navy));
    let fault = &loaded.faults[0];
    assert!(fault.what.ends_with("k9s/plugins.yaml line 3, plugins.bad.shortCut"), "{fault}");
    home.save("k9s/plugins.yaml", &plugin("good", "Shift-L"));
    let loaded = watcher.poll().unwrap();
    assert_eq!((loaded.faults.len(), loaded.commands.len()), (0, 1));
    home.save("config.toml", "[k9s]\nread = false\n");
    let loaded = watcher.poll().unwrap();
    assert!(loaded.commands.is_empty() && !loaded.themes.contains(&"k9s:mine".to_owned()));
}

#[test]
fn a_theme_that_is_looked_at_goes_and_one_that_was_chosen_wins_over_the_contexts() {
    let home = Home::new();
    let (mut watcher, first) = Watcher::start(home.places(), Overrides::default(), TERMINAL);
    assert_eq!(first.settings.theme, "dark");
    assert_eq!(watcher.preview(Some("light".into())).settings.theme, "light");
    assert_eq!(watcher.preview(None).settings.theme, "dark");
    assert_eq!(watcher.context_theme(Some("ember".into())).settings.theme, "ember");
    assert_eq!(watcher.restyle(Some("frost".into()), None).settings.theme, "frost");
    assert_eq!(watcher.context_theme(None).settings.theme, "frost");
}
