//! Every configuration file of the corpus, valid and broken, through the real binary: it starts in
//! a terminal, works, and says on its messages page what the `.txt` beside the file says.

use crate::support::screen::Session;
use crate::support::{paths, trials};
use libtest_mimic::Trial;
use std::path::{Path, PathBuf};
use std::process::Command;

pub fn trials() -> Vec<Trial> {
    vec![
        trials::plain("config::valid_files_are_in_force", || corpus("valid")),
        trials::plain("config::broken_files_are_told_and_the_rest_works", || corpus("broken")),
    ]
}

fn files(part: &str) -> Vec<PathBuf> {
    let mut files: Vec<PathBuf> = std::fs::read_dir(paths::fixture("config").join(part))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|ending| ending == "toml"))
        .collect();
    files.sort();
    assert!(files.len() >= 5, "{part}: {} files", files.len());
    files
}

/// Lays the file where the program looks for it, under a home of its own.
fn lay(file: &Path, home: &Path) {
    let name = file.file_stem().unwrap().to_str().unwrap();
    let config = home.join("config");
    let (dir, main) = match name.split_once('-').map(|(first, _)| first) {
        Some("theme") => ("themes", "theme = \"mine\"\n"),
        Some("keymap") => ("keymaps", "keymap = \"mine\"\n"),
        _ => {
            std::fs::create_dir_all(&config).unwrap();
            std::fs::copy(file, config.join("config.toml")).unwrap();
            return;
        }
    };
    std::fs::create_dir_all(config.join(dir)).unwrap();
    std::fs::write(config.join("config.toml"), main).unwrap();
    std::fs::copy(file, config.join(dir).join("mine.toml")).unwrap();
}

fn corpus(part: &str) {
    for file in files(part) {
        let name = file.file_name().unwrap().to_str().unwrap();
        let home = tempfile::tempdir().unwrap();
        lay(&file, home.path());
        let told = std::fs::read_to_string(file.with_extension("txt")).unwrap();
        // Without a terminal every complaint is printed whole.
        let info = Command::new(paths::program())
            .arg("info")
            .env_clear()
            .env("HOME", home.path())
            .env("WHEELHOUSE_CONFIG_DIR", home.path().join("config"))
            .output()
            .unwrap();
        // What to do stands in a line of its own there, in brackets in the corpus.
        let printed = String::from_utf8_lossy(&info.stderr).replace("\n  ", " (");
        for line in told.lines() {
            // `fault: file.toml line 3, …`: here the file has a path.
            let sentence = line.split_once(": ").unwrap().1;
            let sentence = sentence.split_once(".toml").map_or(sentence, |(_, rest)| rest);
            let sentence = sentence.trim_end_matches(')');
            assert!(printed.contains(sentence), "{name}: {sentence:?} is not in\n{printed}");
        }
        // The UI starts and works all the same, and its page of messages has them all.
        let mut screen = Session::new(&["demo", "-c", "pods -A"]).home(home.path()).start();
        screen.wait_for("argocd-redis");
        screen.command("messages");
        let count = told.lines().count();
        screen.wait_for(&format!("messages[{count}]"));
        screen.signal("TERM");
        screen.wait_end();
        screen.assert_terminal_whole();
    }
}
