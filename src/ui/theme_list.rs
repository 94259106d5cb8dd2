//! `:theme`: all themes in a list. The one under the cursor is in force as long as the cursor is on
//! it; Enter keeps it for the session, Esc puts back the one from before.

use super::commands::Command;
use super::palette::ColorDepth;
use super::{Effect, Overlay, Ui};
use crate::model::Tone;

/// The list while it is open.
#[derive(Debug)]
pub struct ThemeList {
    /// Names of all themes.
    pub names: Vec<String>,
    /// The one under the cursor.
    pub at: usize,
    /// The one from before.
    pub before: String,
}

impl ThemeList {
    /// First of the names on screen where `room` of them fit.
    pub fn top(&self, room: usize) -> usize {
        let last = self.names.len().saturating_sub(room);
        (self.at + 1).saturating_sub(room.max(1)).min(last)
    }
}

impl Ui {
    /// Opens the list on the theme in force.
    pub(super) fn open_theme_list(&mut self) {
        let names = self.config.themes.clone();
        let before = self.config.settings.theme.clone();
        let at = names.iter().position(|name| *name == before).unwrap_or(0);
        self.overlay = Some(Overlay::Themes(ThemeList { names, at, before }));
        self.hints = false;
        self.dirty = true;
    }

    /// A command while the list is open.
    pub(super) fn theme_command(&mut self, command: Command, effects: &mut Vec<Effect>) {
        match command {
            Command::Choose => self.keep_theme(effects),
            Command::Escape | Command::Back => self.put_theme_back(effects),
            Command::CommandLine => {
                self.put_theme_back(effects);
                self.open_command_line(effects);
            }
            command => {
                if let Some(lines) = self.motion(command) {
                    self.theme_step(lines, effects);
                }
            }
        }
    }

    /// Moves the cursor and shows what is under it.
    pub(super) fn theme_step(&mut self, lines: isize, effects: &mut Vec<Effect>) {
        let Some(Overlay::Themes(list)) = &mut self.overlay else { return };
        let to = list.at.saturating_add_signed(lines).min(list.names.len().saturating_sub(1));
        if to == list.at {
            return;
        }
        list.at = to;
        effects.push(Effect::Preview(list.names.get(to).cloned()));
        self.dirty = true;
    }

    pub(super) fn keep_theme(&mut self, effects: &mut Vec<Effect>) {
        let Some(Overlay::Themes(list)) = self.overlay.take() else { return };
        let Some(name) = list.names.get(list.at) else { return };
        self.dirty = true;
        if *name == list.before {
            return self.put_back(&list, effects);
        }
        effects.push(Effect::Restyle { theme: Some(name.clone()), keymap: None });
        let line = match self.config.theme.depth() {
            ColorDepth::Mono => format!("theme {name}: shown on terminals with colours"),
            _ => format!("theme {name} for this session; theme = {name:?} in config.toml keeps it"),
        };
        self.say(Tone::Good, line);
    }

    fn put_theme_back(&mut self, effects: &mut Vec<Effect>) {
        let Some(Overlay::Themes(list)) = self.overlay.take() else { return };
        self.dirty = true;
        self.put_back(&list, effects);
    }

    /// Ends the looking, if something else than the theme in force was looked at.
    fn put_back(&mut self, list: &ThemeList, effects: &mut Vec<Effect>) {
        let looked = self.config.settings.theme != list.before
            || list.names.get(list.at) != Some(&list.before);
        if looked {
            // The answer comes after the list has closed: it is no news then.
            self.config.settings.theme.clone_from(&list.before);
            effects.push(Effect::Preview(None));
        }
    }
}
