//! What k9s' own files say, read as they are: aliases, hotkeys, plugins, skins, and which contexts
//! are read-only. Nothing here is ever written, and no mistake in them stops the start.

mod colors;
pub mod node;
mod plugins;
pub mod skin;

use super::document::Complaints;
use super::user_commands::{Only, UserCommand, directory};
use node::File;

/// One of k9s' files, which may be for one context only.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Scoped {
    /// The file.
    pub file: File,
    /// The context it is for; None for all.
    pub only: Option<Only>,
}

/// k9s' files, already read: the seam to whoever does the reading. Those of single contexts come
/// first: they win.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Files {
    /// `aliases.yaml`.
    pub aliases: Vec<Scoped>,
    /// `hotkeys.yaml`.
    pub hotkeys: Vec<Scoped>,
    /// `plugins.yaml`, and the files of plugin directories with their names.
    pub plugins: Vec<(Scoped, Option<String>)>,
    /// `config.yaml`.
    pub config: Vec<Scoped>,
    /// Names of the skins there are.
    pub skins: Vec<String>,
}

/// A word for a command line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Alias {
    /// The word.
    pub name: String,
    /// What it stands for.
    pub line: String,
    /// The context it is for; None for all.
    pub only: Option<Only>,
}

/// What the files say.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct K9s {
    /// Words for command lines.
    pub aliases: Vec<Alias>,
    /// Hotkeys and plugins.
    pub commands: Vec<UserCommand>,
    /// Nothing may be changed, anywhere.
    pub readonly: bool,
    /// Contexts, as names of directories, where nothing may be changed.
    pub readonly_in: Vec<String>,
    /// The skin in use everywhere.
    pub skin: Option<String>,
    /// Contexts, as names of directories, with skins of their own.
    pub skins_in: Vec<(String, String)>,
    /// Names of the skins there are.
    pub skins: Vec<String>,
}

impl K9s {
    /// The skin that k9s would use in a context.
    pub fn skin_in(&self, context: &str) -> Option<&str> {
        let directory = directory(context);
        let own = self.skins_in.iter().find(|(known, _)| *known == directory);
        own.map(|(_, skin)| skin.as_str()).or(self.skin.as_deref())
    }

    /// Whether k9s would change nothing in a context.
    pub fn readonly_in(&self, context: &str) -> bool {
        self.readonly || self.readonly_in.contains(&directory(context))
    }
}

/// Makes sense of the files. Plugins called in `safe` are declared to change nothing.
pub fn read(files: &Files, safe: &[String], complaints: &mut Complaints) -> K9s {
    let mut k9s = K9s { skins: files.skins.clone(), ..K9s::default() };
    for Scoped { file, only } in &files.aliases {
        plugins::aliases(file, only.as_ref(), &mut k9s.aliases, complaints);
    }
    for Scoped { file, only } in &files.hotkeys {
        plugins::hotkeys(file, only.as_ref(), &mut k9s.commands, complaints);
    }
    for (Scoped { file, only }, name) in &files.plugins {
        let (name, only) = (name.as_deref(), only.as_ref());
        plugins::plugins(file, name, only, safe, &mut k9s.commands, complaints);
    }
    for scoped in &files.config {
        config(scoped, &mut k9s, complaints);
    }
    let unknown = safe.iter().filter(|name| !k9s.commands.iter().any(|c| c.name == **name));
    for name in unknown {
        let place = "config.toml, k9s.safe";
        let fault = crate::model::Fault::new(
            crate::model::FaultKind::Input,
            place,
            format!("there is no plugin called {name:?}"),
        );
        complaints.warnings.push(fault.hint(":plugins lists them"));
    }
    k9s
}

fn config(scoped: &Scoped, k9s: &mut K9s, complaints: &mut Complaints) {
    let file = &scoped.file;
    let root = match file.parse() {
        Ok(root) => root,
        Err(fault) => return complaints.faults.push(fault),
    };
    let readonly = match root.at(&["k9s", "readOnly"]) {
        None => false,
        Some(node) => file.truth(node, "k9s.readOnly").unwrap_or_else(|fault| {
            // It may have been meant to protect something.
            complaints.faults.push(fault);
            true
        }),
    };
    // The program's own file keeps it below `ui`; contexts keep it one level up.
    let node = root.at(&["k9s", "ui", "skin"]).or_else(|| root.at(&["k9s", "skin"]));
    let skin = node.and_then(|node| file.text(node, "skin").ok());
    let skin = skin.filter(|skin| !skin.is_empty()).map(str::to_owned);
    match &scoped.only {
        None => {
            k9s.readonly |= readonly;
            k9s.skin = skin;
        }
        Some(only) => {
            if readonly {
                k9s.readonly_in.push(only.context.clone());
            }
            k9s.skins_in.extend(skin.map(|skin| (only.context.clone(), skin)));
        }
    }
}

#[cfg(test)]
mod tests;
