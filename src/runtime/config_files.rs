//! Configuration on disk: where it lies, reading it, and noticing when it was saved.
//!
//! The only place that reads configuration files; what they mean is decided in `ui::settings`.

use super::k9s_files::K9sPlaces;
use crate::model::{Fault, FaultKind};
use crate::ui::document::Complaints;
use crate::ui::k9s::node::File;
use crate::ui::k9s::skin;
use crate::ui::settings::{Loaded, NamedText, Overrides, Sources, Terminal, assemble};
use directories::ProjectDirs;
use std::cell::RefCell;
use std::fs;
use std::io::Read;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

/// Directory to use instead of the platform's for configuration.
pub const CONFIG_DIR: &str = "WHEELHOUSE_CONFIG_DIR";
/// Directory to use instead of the platform's for prompt history.
pub const STATE_DIR: &str = "WHEELHOUSE_STATE_DIR";

/// Directory to use instead of the platform's for what is known of clusters.
pub const CACHE_DIR: &str = "WHEELHOUSE_CACHE_DIR";

/// No configuration file is larger; whatever is, is not one.
const MAX_BYTES: u64 = 1 << 20;

/// Where files lie. A directory is absent when the platform has none (no home directory).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Places {
    /// `config.toml`, `themes/`, `keymaps/`.
    pub config: Option<PathBuf>,
    /// Prompt history.
    pub state: Option<PathBuf>,
    /// What is known of clusters from earlier sessions.
    pub cache: Option<PathBuf>,
    /// k9s' files.
    pub k9s: K9sPlaces,
}

impl Places {
    /// The platform's directories, or those the environment names.
    pub fn find(variable: &dyn Fn(&str) -> Option<String>) -> Self {
        let own = |name| variable(name).filter(|value| !value.is_empty()).map(PathBuf::from);
        let project = ProjectDirs::from("", "", "wheelhouse");
        let platform_state = |dirs: &ProjectDirs| {
            dirs.state_dir().unwrap_or_else(|| dirs.data_local_dir()).to_path_buf()
        };
        Self {
            config: own(CONFIG_DIR)
                .or_else(|| project.as_ref().map(|dirs| dirs.config_dir().to_path_buf())),
            state: own(STATE_DIR).or_else(|| project.as_ref().map(platform_state)),
            cache: own(CACHE_DIR)
                .or_else(|| project.as_ref().map(|dirs| dirs.cache_dir().to_path_buf())),
            k9s: K9sPlaces::find(variable),
        }
    }

    /// Path of `config.toml`.
    pub fn config_file(&self) -> Option<PathBuf> {
        self.config.as_ref().map(|dir| dir.join("config.toml"))
    }

    /// Path of `drift.toml`: which differences are no drift.
    pub fn drift_file(&self) -> Option<PathBuf> {
        self.config.as_ref().map(|dir| dir.join("drift.toml"))
    }

    /// Names of the person's own themes, sorted.
    pub fn themes(&self) -> Vec<String> {
        self.names("themes")
    }

    /// Names of the person's own keymaps, sorted.
    pub fn keymaps(&self) -> Vec<String> {
        self.names("keymaps")
    }

    fn names(&self, part: &str) -> Vec<String> {
        let mut names: Vec<String> = self
            .files(part)
            .iter()
            .filter_map(|path| Some(path.file_stem()?.to_str()?.to_owned()))
            .collect();
        names.sort();
        names
    }

    fn files(&self, part: &str) -> Vec<PathBuf> {
        let Some(dir) = &self.config else { return Vec::new() };
        let Ok(entries) = fs::read_dir(dir.join(part)) else { return Vec::new() };
        entries
            .filter_map(|entry| Some(entry.ok()?.path()))
            .filter(|path| path.extension().is_some_and(|end| end == "toml"))
            .collect()
    }
}

/// Reads everything and puts it together. What cannot be read keeps its `last` value, and a fault
/// says why; nothing here fails as a whole.
pub fn load(
    places: &Places,
    overrides: &Overrides,
    terminal: Terminal,
    last: Option<&Loaded>,
) -> Loaded {
    let reader = Reader::default();
    let config = places.config_file().map(|path| reader.read(&path));
    if let Some(dir) = &places.config {
        reader.check_writers(dir);
    }
    let own = |part: &'static str| {
        let reader = &reader;
        move |name: &str| -> Option<NamedText> {
            let dir = places.config.as_ref()?;
            // A name is a name: it does not lead out of the directory.
            if name.is_empty() || name.starts_with('.') || name.contains(['/', '\\', '\0']) {
                return None;
            }
            match reader.read(&dir.join(part).join(format!("{name}.toml"))) {
                Outcome::Text(file, text) => Some((file, text)),
                Outcome::Missing | Outcome::Failed => None,
            }
        }
    };
    let (config, unreadable) = match config {
        Some(Outcome::Text(file, text)) => (Some((file, text)), false),
        Some(Outcome::Failed) => (None, true),
        Some(Outcome::Missing) | None => (None, false),
    };
    let (own_theme, keymap) = (own("themes"), own("keymaps"));
    let theme = |name: &str| match name.strip_prefix(skin::PREFIX) {
        Some(skin) => reader.skin(places, skin),
        None => own_theme(name),
    };
    let k9s = || {
        places.k9s.read(&|path| match reader.read(path) {
            Outcome::Text(file, text) => Some((file, text)),
            Outcome::Missing | Outcome::Failed => None,
        })
    };
    let drift = match places.drift_file().map(|path| reader.read(&path)) {
        Some(Outcome::Text(file, text)) => Ok(Some((file, text))),
        Some(Outcome::Failed) => Err(()),
        Some(Outcome::Missing) | None => Ok(None),
    };
    let sources = Sources { config, unreadable, theme: &theme, keymap: &keymap, drift, k9s: &k9s };
    let mut loaded = assemble(&sources, overrides, terminal, last);
    let (mut faults, mut warnings) = (reader.faults.take(), reader.warnings.take());
    faults.append(&mut loaded.faults);
    warnings.append(&mut loaded.warnings);
    let also = |mut names: Vec<String>, own: Vec<String>| {
        names.extend(own);
        names.sort();
        names.dedup();
        names
    };
    // Built-in ones stay in their order, with the person's own behind them.
    let mut themes = std::mem::take(&mut loaded.themes);
    for name in places.themes() {
        if !themes.contains(&name) {
            themes.push(name);
        }
    }
    let keymaps = also(std::mem::take(&mut loaded.keymaps), places.keymaps());
    Loaded { faults, warnings, themes, keymaps, ..loaded }
}

/// What became of one file.
enum Outcome {
    /// Its name for messages, and its text.
    Text(String, String),
    /// There is none, which is fine.
    Missing,
    /// It is there and cannot be used; the reader has the fault.
    Failed,
}

/// Reads files and collects complaints about them as files.
#[derive(Default)]
struct Reader {
    faults: RefCell<Vec<Fault>>,
    warnings: RefCell<Vec<Fault>>,
}

impl Reader {
    /// A skin of k9s as a theme.
    fn skin(&self, places: &Places, name: &str) -> Option<NamedText> {
        let Outcome::Text(file, text) = self.read(&places.k9s.skin(name)?) else { return None };
        let mut complaints = Complaints::default();
        let theme = skin::theme(&File { name: file.clone(), text }, &mut complaints);
        self.faults.borrow_mut().append(&mut complaints.faults);
        self.warnings.borrow_mut().append(&mut complaints.warnings);
        theme.map(|text| (file, text))
    }

    fn read(&self, path: &Path) -> Outcome {
        let name = path.display().to_string();
        match read_text(path) {
            Ok(None) => Outcome::Missing,
            Ok(Some(text)) => {
                self.check_writers(path);
                Outcome::Text(name, text)
            }
            Err(why) => {
                self.faults.borrow_mut().push(Fault::new(FaultKind::Input, name, why));
                Outcome::Failed
            }
        }
    }

    /// Warns when others may write here: keys and aliases decide what gets deleted.
    fn check_writers(&self, path: &Path) {
        let Ok(meta) = fs::metadata(path) else { return };
        let who = match meta.mode() & 0o022 {
            0 => return,
            0o020 => "its group",
            _ => "everybody",
        };
        self.warnings.borrow_mut().push(
            Fault::new(
                FaultKind::Input,
                path.display().to_string(),
                format!("{who} may change it"),
            )
            .hint(format!("chmod go-w {}", path.display())),
        );
    }
}

/// The file's text; None when there is no such file.
fn read_text(path: &Path) -> Result<Option<String>, String> {
    let meta = match fs::metadata(path) {
        Ok(meta) => meta,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(format!("cannot be read: {error}")),
    };
    // A pipe would make us wait for ever.
    if !meta.is_file() {
        return Err("is not a file".to_owned());
    }
    let mut bytes = Vec::new();
    fs::File::open(path)
        .and_then(|file| file.take(MAX_BYTES + 1).read_to_end(&mut bytes))
        .map_err(|error| format!("cannot be read: {error}"))?;
    if bytes.len() as u64 > MAX_BYTES {
        return Err("is larger than 1 MiB".to_owned());
    }
    String::from_utf8(bytes)
        .map(Some)
        .map_err(|error| format!("is not UTF-8 text (byte {})", error.utf8_error().valid_up_to()))
}

/// Notices saved files. Asked every two seconds, because file notification would cost a thread and
/// breaks on network home directories.
#[derive(Debug)]
pub struct Watcher {
    places: Places,
    overrides: Overrides,
    terminal: Terminal,
    last: Loaded,
    seen: Vec<Stamp>,
    /// A theme that is only looked at.
    preview: Option<String>,
    /// The theme of the context on screen.
    of_context: Option<String>,
}

/// Identity and age of one file; editors that replace a file change the inode, others the times.
type Stamp = (PathBuf, u64, u64, i64, i64, i64, i64);

impl Watcher {
    /// Reads everything for the first time.
    pub fn start(places: Places, overrides: Overrides, terminal: Terminal) -> (Self, Loaded) {
        let seen = stamps(&places);
        let loaded = load(&places, &overrides, terminal, None);
        // The start counts as good: what could not be read has safe values.
        (
            Self {
                places,
                overrides,
                terminal,
                last: loaded.clone(),
                seen,
                preview: None,
                of_context: None,
            },
            loaded,
        )
    }

    /// Reads everything again when a file was saved, added or removed since the last call.
    pub fn poll(&mut self) -> Option<Loaded> {
        let now = stamps(&self.places);
        if now == self.seen {
            return None;
        }
        // Stamps come first: a save during the reading is then seen by the next call.
        self.seen = now;
        Some(self.reload())
    }

    /// Reads everything again with another theme or keymap; it holds until the session ends.
    pub fn restyle(&mut self, theme: Option<String>, keymap: Option<String>) -> Loaded {
        self.preview = None;
        self.overrides.theme = theme.or(self.overrides.theme.take());
        self.overrides.keymap = keymap.or(self.overrides.keymap.take());
        self.reload()
    }

    /// Reads everything again with a theme that is only looked at; None ends that.
    pub fn preview(&mut self, theme: Option<String>) -> Loaded {
        self.preview = theme;
        self.reload()
    }

    /// Reads everything again with the theme of another context; one chosen for the session wins.
    pub fn context_theme(&mut self, theme: Option<String>) -> Loaded {
        self.of_context = theme;
        self.reload()
    }

    fn reload(&mut self) -> Loaded {
        let mut overrides = self.overrides.clone();
        overrides.theme =
            self.preview.clone().or(overrides.theme).or_else(|| self.of_context.clone());
        let loaded = load(&self.places, &overrides, self.terminal, Some(&self.last));
        self.last = loaded.clone();
        loaded
    }
}

fn stamps(places: &Places) -> Vec<Stamp> {
    let mut files: Vec<PathBuf> = places.config_file().into_iter().collect();
    files.extend(places.drift_file());
    files.extend(places.files("themes"));
    files.extend(places.files("keymaps"));
    files.extend(places.k9s.files());
    files.sort();
    files
        .into_iter()
        .filter_map(|path| {
            let meta = fs::metadata(&path).ok()?;
            let times = (meta.mtime(), meta.mtime_nsec(), meta.ctime(), meta.ctime_nsec());
            Some((path, meta.ino(), meta.len(), times.0, times.1, times.2, times.3))
        })
        .collect()
}

#[cfg(test)]
#[path = "config_files_tests.rs"]
mod tests;
