//! Where k9s keeps its files, and reading them; what they mean is decided in `ui::k9s`.

use crate::ui::k9s::node::File;
use crate::ui::k9s::{Files, Scoped};
use crate::ui::user_commands::Only;
use directories::BaseDirs;
use std::fs;
use std::path::{Path, PathBuf};

/// Contexts whose files are read at most.
const MAX_CONTEXTS: usize = 500;

/// Where k9s keeps its files (its README, "K9s configuration": XDG directories, which
/// `K9S_CONFIG_DIR` overrides).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct K9sPlaces {
    /// `config.yaml`, `aliases.yaml`, `hotkeys.yaml`, `plugins.yaml`, `skins/`.
    pub config: Option<PathBuf>,
    /// `clusters/CLUSTER/CONTEXT/`.
    pub data: Option<PathBuf>,
    /// Directories of plugins, one or more in a file.
    pub plugins: Vec<PathBuf>,
}

impl K9sPlaces {
    /// What the environment and the platform say.
    pub fn find(variable: &dyn Fn(&str) -> Option<String>) -> Self {
        let get = |name: &str| variable(name).filter(|value| !value.is_empty()).map(PathBuf::from);
        if let Some(dir) = get("K9S_CONFIG_DIR") {
            return Self {
                plugins: vec![dir.join("plugins")],
                data: Some(dir.clone()),
                config: Some(dir),
            };
        }
        let home =
            get("HOME").or_else(|| BaseDirs::new().map(|dirs| dirs.home_dir().to_path_buf()));
        let mac = cfg!(target_os = "macos");
        let below = |linux: &str| {
            let part = if mac { "Library/Application Support" } else { linux };
            home.as_ref().map(|home| home.join(part))
        };
        let config = get("XDG_CONFIG_HOME").or_else(|| below(".config")).map(|dir| dir.join("k9s"));
        let data =
            get("XDG_DATA_HOME").or_else(|| below(".local/share")).map(|dir| dir.join("k9s"));
        let shared = variable("XDG_DATA_DIRS").filter(|value| !value.is_empty());
        let shared = shared.unwrap_or_else(|| "/usr/local/share:/usr/share".to_owned());
        let mut plugins: Vec<PathBuf> =
            [&config, &data].into_iter().flatten().map(|dir| dir.join("plugins")).collect();
        plugins.extend(shared.split(':').map(|dir| Path::new(dir).join("k9s/plugins")));
        plugins.dedup();
        Self { config, data, plugins }
    }

    /// The file of a skin.
    pub fn skin(&self, name: &str) -> Option<PathBuf> {
        // A name is a name: it does not lead out of the directory.
        if name.is_empty() || name.starts_with('.') || name.contains(['/', '\\', '\0']) {
            return None;
        }
        yaml(&self.config.as_ref()?.join("skins"), name)
    }

    /// The directories of single contexts.
    fn contexts(&self) -> Vec<(Only, PathBuf)> {
        let Some(data) = &self.data else { return Vec::new() };
        let mut found = Vec::new();
        for cluster in children(&data.join("clusters")).into_iter().filter(|path| path.is_dir()) {
            for context in children(&cluster).into_iter().filter(|path| path.is_dir()) {
                let name = |path: &Path| {
                    path.file_name().and_then(|name| name.to_str()).unwrap_or_default().to_owned()
                };
                found.push((Only { cluster: name(&cluster), context: name(&context) }, context));
            }
        }
        found.truncate(MAX_CONTEXTS);
        found
    }

    /// Every file there is.
    pub fn files(&self) -> Vec<PathBuf> {
        let parts = ["config", "aliases", "hotkeys", "plugins"];
        let mut files: Vec<PathBuf> = Vec::new();
        if let Some(dir) = &self.config {
            files.extend(parts.iter().filter_map(|part| yaml(dir, part)));
            files.extend(yamls(&dir.join("skins")));
        }
        for (_, dir) in self.contexts() {
            files.extend(parts.iter().filter_map(|part| yaml(&dir, part)));
        }
        for dir in &self.plugins {
            files.extend(yamls(dir));
        }
        files
    }

    /// Reads all of them but the skins. `read` gives the text of a file, or tells why there is none.
    pub fn read(&self, read: &dyn Fn(&Path) -> Option<(String, String)>) -> Files {
        let mut files = Files::default();
        let file = |path: &Path| read(path).map(|(name, text)| File { name, text });
        let mut take = |dir: &Path, only: Option<&Only>| {
            let one = |part: &str| {
                let file = file(&yaml(dir, part)?)?;
                Some(Scoped { file, only: only.cloned() })
            };
            files.aliases.extend(one("aliases"));
            files.hotkeys.extend(one("hotkeys"));
            files.plugins.extend(one("plugins").map(|scoped| (scoped, None)));
            files.config.extend(one("config"));
        };
        for (only, dir) in self.contexts() {
            take(&dir, Some(&only));
        }
        if let Some(dir) = &self.config {
            take(dir, None);
            files.skins = yamls(&dir.join("skins")).iter().filter_map(|path| stem(path)).collect();
            files.skins.dedup();
        }
        for path in self.plugins.iter().flat_map(|dir| yamls(dir)) {
            let scoped = file(&path).map(|file| Scoped { file, only: None });
            files.plugins.extend(scoped.map(|scoped| (scoped, stem(&path))));
        }
        files
    }
}

/// What lies in a directory, sorted; nothing when there is none.
fn children(dir: &Path) -> Vec<PathBuf> {
    let Ok(entries) = fs::read_dir(dir) else { return Vec::new() };
    let mut paths: Vec<PathBuf> = entries.filter_map(|entry| Some(entry.ok()?.path())).collect();
    paths.sort();
    paths
}

fn yamls(dir: &Path) -> Vec<PathBuf> {
    let yaml = |path: &PathBuf| path.extension().is_some_and(|end| end == "yaml" || end == "yml");
    children(dir).into_iter().filter(yaml).collect()
}

/// `NAME.yaml`, or `NAME.yml` as older versions wrote it.
fn yaml(dir: &Path, name: &str) -> Option<PathBuf> {
    ["yaml", "yml"].iter().map(|end| dir.join(format!("{name}.{end}"))).find(|path| path.exists())
}

fn stem(path: &Path) -> Option<String> {
    path.file_stem()?.to_str().map(str::to_owned)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn files_lie_where_k9s_looks_for_them() {
        let of = |pairs: &'static [(&str, &str)]| {
            K9sPlaces::find(&move |name| {
                pairs.iter().find(|(key, _)| *key == name).map(|(_, value)| (*value).to_owned())
            })
        };
        let xdg =
            of(&[("XDG_CONFIG_HOME", "/c"), ("XDG_DATA_HOME", "/d"), ("XDG_DATA_DIRS", "/s")]);
        assert_eq!(xdg.config, Some("/c/k9s".into()));
        assert_eq!(xdg.data, Some("/d/k9s".into()));
        let plugins: [PathBuf; 3] =
            ["/c/k9s/plugins".into(), "/d/k9s/plugins".into(), "/s/k9s/plugins".into()];
        assert_eq!(xdg.plugins, plugins);
        let own = of(&[("K9S_CONFIG_DIR", "/own"), ("XDG_CONFIG_HOME", "/c")]);
        assert_eq!((own.config, own.data), (Some("/own".into()), Some("/own".into())));
    }

    #[test]
    fn everything_is_found_and_contexts_come_first() {
        let home = tempfile::tempdir().unwrap();
        let dir = home.path();
        let save = |path: &str, text: &str| {
            fs::create_dir_all(dir.join(path).parent().unwrap()).unwrap();
            fs::write(dir.join(path), text).unwrap();
        };
        save("config.yaml", "k9s: {}\n");
        save("plugins.yaml", "plugins: {}\n");
        save("hotkeys.yml", "hotKeys: {}\n");
        save("skins/red.yaml", "k9s: {}\n");
        save("plugins/flux.yaml", "plugins: {}\n");
        save("clusters/c/prod/plugins.yaml", "plugins: {}\n");
        save("clusters/c/prod/config.yaml", "k9s: {}\n");
        let text = dir.to_str().unwrap().to_owned();
        let places = K9sPlaces::find(&|name| (name == "K9S_CONFIG_DIR").then(|| text.clone()));
        assert_eq!(places.files().len(), 7);
        let files = places
            .read(&|path| Some((path.display().to_string(), fs::read_to_string(path).unwrap())));
        let only = Only { cluster: "c".into(), context: "prod".into() };
        assert_eq!(files.plugins[0].0.only, Some(only));
        assert_eq!(files.plugins[2].1.as_deref(), Some("flux"));
        assert_eq!((files.skins.as_slice(), files.hotkeys.len()), (&["red".to_owned()][..], 1));
        assert!(places.skin("red").is_some() && places.skin("../red").is_none());
    }
}
