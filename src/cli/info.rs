//! `info` and `keys`: what is in force here.

use super::args::Global;
use super::output::{aligned, print};
use super::{OK, tell, tui};
use crate::cluster::kubeconfig::{KubeconfigSource, Surroundings};
use crate::model::Fault;
use crate::runtime::config_files::Places;
use crate::ui::commands::{Context, TABLE};
use crate::ui::settings::Loaded;
use std::path::Path;

/// Prints paths, versions, contexts.
pub fn run(global: &Global) -> Result<u8, Fault> {
    let (_, config, places) = tui::configuration(global);
    let shown = |path: Option<&Path>| {
        path.map_or("none on this platform".to_owned(), |path| path.display().to_string())
    };
    let source = KubeconfigSource::new(global.kubeconfig.clone(), Surroundings::of_process());
    let files: Vec<String> = source.files().iter().map(|path| path.display().to_string()).collect();
    let saved = places.state.as_ref().map(|dir| dir.join("saved"));
    let row = |name: &str, value: String| vec![name.to_owned(), value];
    let mut rows = vec![
        row("version", env!("CARGO_PKG_VERSION").to_owned()),
        row("configuration", shown(places.config.as_deref())),
        row("state", shown(places.state.as_deref())),
        row("saved tables", shown(saved.as_deref())),
        row("theme", config.settings.theme.clone()),
        row("own themes", places.themes().join(", ")),
        row("keymap", config.settings.keymap.clone()),
        row("own keymaps", places.keymaps().join(", ")),
        row("k9s' files", k9s(&config, &places)),
        row("kubeconfig", files.join(", ")),
    ];
    let kubeconfig = source.load();
    if let Ok(kubeconfig) = &kubeconfig {
        for context in kubeconfig.contexts() {
            let mut marks = Vec::new();
            if context.current {
                marks.push("current");
            }
            if config.settings.is_protected(&context.name) {
                marks.push("protected");
            }
            if config.settings.readonly_in(&context.name) {
                marks.push("read-only");
            }
            let marks =
                if marks.is_empty() { String::new() } else { format!(" ({})", marks.join(", ")) };
            rows.push(row("context", format!("{} {}{marks}", context.name, context.server)));
        }
    }
    print(&aligned(&rows))?;
    for fault in config.faults.iter().chain(&config.warnings) {
        tell(fault);
    }
    // Having none is worth saying, and no failure of this command.
    if let Err(fault) = kubeconfig {
        tell(&fault);
    }
    Ok(OK)
}

/// What of k9s is taken over, and from where.
fn k9s(config: &Loaded, places: &Places) -> String {
    let dir = places.k9s.config.as_deref().filter(|dir| dir.exists());
    let dir = dir.map_or("none".to_owned(), |dir| dir.display().to_string());
    if !config.settings.k9s.read {
        return format!("{dir} (not read: read = false below [k9s] in config.toml)");
    }
    let counts = [
        (config.k9s.aliases.len(), "aliases"),
        (config.commands.len(), "hotkeys and plugins"),
        (config.k9s.skins.len(), "skins"),
    ];
    let counts: Vec<String> = counts
        .iter()
        .filter(|(count, _)| *count > 0)
        .map(|(count, what)| format!("{count} {what}"))
        .collect();
    if counts.is_empty() { dir } else { format!("{dir} ({})", counts.join(", ")) }
}

/// Prints the keys in force.
pub fn keys(global: &Global) -> Result<u8, Fault> {
    let (_, config, _) = tui::configuration(global);
    let mut text = String::new();
    for context in Context::ALL {
        let mut rows = Vec::new();
        for spec in TABLE {
            let keys = config.keymap.keys_in(context, spec.command);
            if spec.context == context || !keys.is_empty() {
                rows.push(vec![
                    format!("  {}", keys.join(" ")),
                    spec.doc.to_owned(),
                    spec.id.to_owned(),
                ]);
            }
        }
        if !rows.is_empty() {
            text.push_str(&format!(
                "{} [{}]\n{}\n",
                context.title(),
                context.name(),
                aligned(&rows)
            ));
        }
    }
    print(&text)?;
    for fault in &config.faults {
        tell(fault);
    }
    Ok(OK)
}
