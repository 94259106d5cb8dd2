//! Typed settings: what `config.toml` and the command line say, already checked; and everything that
//! configuration files amount to, put together without doing any I/O.

use super::document::Complaints;
use super::k9s::{self, K9s};
use super::keymap::Keymap;
use super::palette::ColorDepth;
use super::theme::Theme;
use super::user_commands::{self, UserCommand};
use crate::apps::argo::cache::Places;
use crate::drift::noise::Rules;
use crate::kinds::UserColumn;
use crate::model::{Fault, FaultKind};
use ratatui::style::Color;
use regex::Regex;
use std::sync::Arc;

/// Contexts whose names match this are protected unless the person says otherwise.
pub const PROTECTED: &str = "prod|production|live";

/// Everything read from configuration files, and what was wrong with them.
#[derive(Clone, Debug, Default)]
pub struct Loaded {
    /// What `config.toml` and the command line say.
    pub settings: Settings,
    /// The keys in force.
    pub keymap: Keymap,
    /// The styles in force.
    pub theme: Theme,
    /// Names of all themes there are.
    pub themes: Vec<String>,
    /// Names of all keymaps there are.
    pub keymaps: Vec<String>,
    /// Commands of the person's own.
    pub commands: Vec<UserCommand>,
    /// What k9s' files say.
    pub k9s: K9s,
    /// Which differences are no drift: the built-in rules and those of `drift.toml`.
    pub drift_rules: Arc<Rules>,
    /// What was wrong: each names file, line and key. The last good values stay.
    pub faults: Vec<Fault>,
    /// What was ignored, or should be looked at.
    pub warnings: Vec<Fault>,
}

/// Which set of signs to draw with.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Glyphs {
    /// Unicode where the locale says UTF-8.
    #[default]
    Auto,
    /// Unicode always.
    Unicode,
    /// ASCII always.
    Ascii,
}

/// Which editor objects are edited in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Editor {
    /// The person's own where `$KUBE_EDITOR` or `$EDITOR` names one, else the one inside.
    #[default]
    Auto,
    /// The person's own.
    External,
    /// The one inside the program.
    Inside,
}

/// What `config.toml` and the command line say.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Name of the theme.
    pub theme: String,
    /// Name of the keymap.
    pub keymap: String,
    /// Nothing may be written, anywhere.
    pub readonly: bool,
    /// Contexts whose name matches one of these are protected.
    pub protected: Vec<Regex>,
    /// Own names for kinds or whole command lines, in the order of the file.
    pub aliases: Vec<(String, String)>,
    /// Own columns by kind, named `plural` or `plural.group`.
    pub columns: Vec<(String, Vec<UserColumn>)>,
    /// Settings for single contexts, by name.
    pub contexts: Vec<(String, ContextSettings)>,
    /// Wheel and clicks are ours instead of the terminal's.
    pub mouse: bool,
    /// A look for hazards is taken in the background, once per connection.
    pub hazards: bool,
    /// Which signs to draw with.
    pub glyphs: Glyphs,
    /// Only ASCII signs are drawn: `glyphs` judged by the locale.
    pub ascii: bool,
    /// Namespaces to look into when listing all of them is forbidden.
    pub namespaces: Vec<String>,
    /// The command line to start with; empty for the default view.
    pub command: String,
    /// Seconds between two looks at metrics.k8s.io; 0 turns them off.
    pub metrics_seconds: u32,
    /// Image of debug containers and of shells on nodes.
    pub debug_image: String,
    /// Where Argo CD has its Redis.
    pub argocd: Places,
    /// How logs are shown.
    pub logs: LogSettings,
    /// Which editor objects are edited in.
    pub editor: Editor,
    /// The one inside the program: `editor` judged by the environment.
    pub edit_inside: bool,
    /// What of k9s is taken over.
    pub k9s: K9sSettings,
    /// Contexts, as names of directories, where k9s' files say that nothing may be written; with
    /// None, everywhere.
    pub k9s_readonly: Vec<Option<String>>,
    /// Shells get the whole terminal instead of a pane.
    pub shell_whole: bool,
}

/// What `[k9s]` says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct K9sSettings {
    /// k9s' files are read.
    pub read: bool,
    /// The skins that k9s uses are used here too, context by context.
    pub skins: bool,
    /// Names of plugins that are declared to change nothing.
    pub safe: Vec<String>,
}

impl Default for K9sSettings {
    fn default() -> Self {
        Self { read: true, skins: false, safe: Vec::new() }
    }
}

/// What `[logs]` says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LogSettings {
    /// Bytes that one pane holds.
    pub buffer: u64,
    /// Lines of each container that it begins with.
    pub tail: u64,
}

impl Default for LogSettings {
    fn default() -> Self {
        Self { buffer: 64 << 20, tail: 500 }
    }
}

/// What `[contexts."NAME"]` says.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ContextSettings {
    /// Nothing may be written there; None takes the general setting.
    pub readonly: Option<bool>,
    /// It is protected, or not, whatever its name is like.
    pub protected: Option<bool>,
    /// Colour of the first line.
    pub color: Option<Color>,
    /// Theme while this context is on screen.
    pub theme: Option<String>,
    /// Favourite namespaces: the keys 1 to 9.
    pub namespaces: Vec<String>,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            theme: "dark".to_owned(),
            keymap: "default".to_owned(),
            readonly: false,
            protected: Regex::new(PROTECTED).into_iter().collect(),
            aliases: Vec::new(),
            columns: Vec::new(),
            contexts: Vec::new(),
            mouse: false,
            hazards: true,
            glyphs: Glyphs::Auto,
            ascii: false,
            namespaces: Vec::new(),
            command: String::new(),
            metrics_seconds: 15,
            debug_image: crate::verbs::debug::IMAGE.to_owned(),
            argocd: Places::default(),
            logs: LogSettings::default(),
            k9s: K9sSettings::default(),
            k9s_readonly: Vec::new(),
            editor: Editor::Auto,
            edit_inside: false,
            shell_whole: false,
        }
    }
}

impl Settings {
    /// What the file says about this context.
    pub fn context(&self, name: &str) -> Option<&ContextSettings> {
        self.contexts.iter().find(|(known, _)| known == name).map(|(_, settings)| settings)
    }

    /// Whether nothing may be written in this context. A context can add to a general `readonly`,
    /// never take it away: `--readonly` holds everywhere.
    pub fn readonly_in(&self, context: &str) -> bool {
        let directory = user_commands::directory(context);
        let k9s = |place: &Option<String>| place.as_ref().is_none_or(|own| *own == directory);
        self.readonly
            || self.context(context).and_then(|own| own.readonly).unwrap_or(false)
            || self.k9s_readonly.iter().any(k9s)
    }

    /// Whether plans that lose something here want the name typed, and the header is red.
    pub fn is_protected(&self, context: &str) -> bool {
        self.context(context)
            .and_then(|own| own.protected)
            .unwrap_or_else(|| self.protected.iter().any(|pattern| pattern.is_match(context)))
    }

    /// Colour of the first line in this context, if the person chose one.
    pub fn color(&self, context: &str) -> Option<Color> {
        self.context(context).and_then(|own| own.color)
    }

    /// Favourite namespaces of this context: the keys 1 to 9.
    pub fn favourites(&self, context: &str) -> &[String] {
        self.context(context).map_or(&[], |own| &own.namespaces)
    }

    /// What an alias stands for: a kind, or a whole command line.
    pub fn alias(&self, name: &str) -> Option<&str> {
        self.aliases.iter().find(|(known, _)| known == name).map(|(_, line)| line.as_str())
    }
}

/// What the command line says, which wins over `config.toml`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Overrides {
    /// `--theme`.
    pub theme: Option<String>,
    /// `--keymap`.
    pub keymap: Option<String>,
    /// `--readonly`.
    pub readonly: bool,
    /// `--command`.
    pub command: Option<String>,
}

/// What the terminal can show.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Terminal {
    /// How many colours.
    pub depth: ColorDepth,
    /// The locale is UTF-8.
    pub unicode: bool,
    /// The environment names an editor.
    pub editor: bool,
}

impl Terminal {
    /// What the environment says. The locale is the first non-empty of `LC_ALL`, `LC_CTYPE`, `LANG`.
    pub fn detect(variable: &dyn Fn(&str) -> Option<String>) -> Self {
        let locale = ["LC_ALL", "LC_CTYPE", "LANG"]
            .into_iter()
            .find_map(|name| variable(name).filter(|value| !value.is_empty()))
            .unwrap_or_default()
            .to_ascii_lowercase();
        let unicode = locale.contains("utf-8") || locale.contains("utf8");
        let editor = ["KUBE_EDITOR", "EDITOR"]
            .into_iter()
            .any(|name| variable(name).is_some_and(|line| !line.trim().is_empty()));
        Self { depth: ColorDepth::detect(variable), unicode, editor }
    }
}

/// A file's name for messages, and its text.
pub type NamedText = (String, String);

/// The person's files, already read: the seam to whoever does the reading.
pub struct Sources<'a> {
    /// `config.toml`, if there is one.
    pub config: Option<NamedText>,
    /// There is a `config.toml`, but nobody could read it; its reader has told why.
    pub unreadable: bool,
    /// The person's theme of this name, if there is one.
    pub theme: &'a dyn Fn(&str) -> Option<NamedText>,
    /// The person's keymap of this name, if there is one.
    pub keymap: &'a dyn Fn(&str) -> Option<NamedText>,
    /// The person's `drift.toml`, if there is one. An error where nobody could read it.
    pub drift: Result<Option<NamedText>, ()>,
    /// k9s' files.
    pub k9s: &'a dyn Fn() -> k9s::Files,
}

/// The person's rules; those from before where they cannot be read.
fn drift_rules(
    file: &Result<Option<NamedText>, ()>,
    last: Option<&Loaded>,
    complaints: &mut Complaints,
) -> Arc<Rules> {
    let before = || last.map(|last| Arc::clone(&last.drift_rules)).unwrap_or_default();
    match file {
        Ok(None) => Arc::default(),
        Ok(Some((name, text))) => match Rules::read(text) {
            Ok(rules) => Arc::new(rules),
            Err((line, why)) => {
                let place = format!("{name}:{line}");
                complaints.faults.push(Fault::new(FaultKind::Input, place, why));
                before()
            }
        },
        Err(()) => before(),
    }
}

/// Puts settings, keymap and theme together. Whatever cannot be read keeps its `last` value (at
/// first: the embedded defaults), and a fault says why. A `config.toml` that cannot be read at the
/// start leaves everything read-only: it may have said so itself, or protected a context.
pub fn assemble(
    sources: &Sources<'_>,
    overrides: &Overrides,
    terminal: Terminal,
    last: Option<&Loaded>,
) -> Loaded {
    let mut complaints = Complaints::default();
    let read = match &sources.config {
        Some((file, text)) => super::settings_file::read(file, text, &mut complaints),
        None if sources.unreadable => None,
        None => Some(Settings::default()),
    };
    let mut settings = match (read, last) {
        (Some(settings), _) => settings,
        (None, Some(last)) => last.settings.clone(),
        (None, None) => {
            let file = sources.config.as_ref().map_or("config.toml", |(file, _)| file);
            complaints.warnings.push(
                Fault::new(FaultKind::Input, file, "read-only, because the file is broken")
                    .hint("nothing can be changed until it is corrected"),
            );
            Settings { readonly: true, ..Settings::default() }
        }
    };
    if let Some(theme) = &overrides.theme {
        settings.theme.clone_from(theme);
    }
    if let Some(keymap) = &overrides.keymap {
        settings.keymap.clone_from(keymap);
    }
    if let Some(command) = &overrides.command {
        settings.command.clone_from(command);
    }
    settings.readonly |= overrides.readonly;
    settings.ascii = match settings.glyphs {
        Glyphs::Auto => !terminal.unicode,
        Glyphs::Unicode => false,
        Glyphs::Ascii => true,
    };
    let drift_rules = drift_rules(&sources.drift, last, &mut complaints);
    let k9s = if settings.k9s.read {
        k9s::read(&(sources.k9s)(), &settings.k9s.safe, &mut complaints)
    } else {
        K9s::default()
    };
    settings.k9s_readonly = k9s.readonly_in.iter().cloned().map(Some).collect();
    settings.k9s_readonly.extend(k9s.readonly.then_some(None));
    settings.edit_inside = match settings.editor {
        Editor::Auto => !terminal.editor,
        Editor::External => false,
        Editor::Inside => true,
    };
    let keymap =
        Keymap::load(&settings.keymap, sources.keymap, &mut complaints).unwrap_or_else(|fault| {
            complaints.faults.push(fault);
            last.map(|last| last.keymap.clone()).unwrap_or_default()
        });
    complaints.warnings.extend(user_commands::conflicts(&k9s.commands, &keymap));
    let theme = Theme::load(&settings.theme, terminal.depth, sources.theme, &mut complaints)
        .unwrap_or_else(|fault| {
            complaints.faults.push(fault);
            match last.filter(|last| last.theme.depth() == terminal.depth) {
                Some(last) => last.theme.clone(),
                None => Theme::load("dark", terminal.depth, &|_| None, &mut Complaints::default())
                    .unwrap_or_default(),
            }
        });
    let Complaints { faults, warnings } = complaints;
    let names =
        |builtin: &[(&str, &str)]| builtin.iter().map(|(name, _)| (*name).to_owned()).collect();
    let mut themes: Vec<String> = names(super::theme::BUILTIN);
    themes.extend(k9s.skins.iter().map(|skin| format!("{}{skin}", k9s::skin::PREFIX)));
    Loaded {
        settings,
        keymap,
        theme,
        themes,
        commands: k9s.commands.clone(),
        k9s,
        keymaps: names(super::keymap::BUILTIN),
        drift_rules,
        faults,
        warnings,
    }
}

#[cfg(test)]
#[path = "settings_tests.rs"]
mod tests;
