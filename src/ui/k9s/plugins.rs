//! `aliases.yaml`, `hotkeys.yaml`, `plugins.yaml`.

use super::Alias;
use super::node::{File, Node, Value};
use crate::model::Fault;
use crate::ui::chord::Chord;
use crate::ui::document::{Complaints, nearest};
use crate::ui::user_commands::{Does, Only, UserCommand};
use crate::verbs::program::{Input, InputKind, Recipe};

/// Most inputs of a plugin that k9s asks for.
const MAX_INPUTS: usize = 5;

const PLUGIN_KEYS: &[&str] = &[
    "shortCut",
    "override",
    "description",
    "confirm",
    "dangerous",
    "scopes",
    "command",
    "background",
    "overwriteOutput",
    "args",
    "pipes",
    "inputs",
];

/// Reads aliases: word, and what it stands for.
pub fn aliases(
    file: &File,
    only: Option<&Only>,
    into: &mut Vec<Alias>,
    complaints: &mut Complaints,
) {
    let told = &mut complaints.faults;
    let Some(root) = keep(file.parse(), told) else { return };
    // `alias` is how older versions called it.
    let Some(node) = root.at(&["aliases"]).or_else(|| root.at(&["alias"])) else { return };
    let Some(entries) = keep(file.map(node, "aliases"), told) else { return };
    for (name, node) in entries {
        let Some(line) = keep(file.text(node, &format!("aliases.{name}")), told) else { continue };
        if name.is_empty() || name.contains(char::is_whitespace) || line.trim().is_empty() {
            let why = "an alias is one word that stands for something";
            told.push(file.fault(node.line, &format!("aliases.{name}"), why));
            continue;
        }
        into.push(Alias { name: name.clone(), line: line.trim().to_owned(), only: only.cloned() });
    }
}

/// Reads hotkeys: keys that follow a command line.
pub fn hotkeys(
    file: &File,
    only: Option<&Only>,
    into: &mut Vec<UserCommand>,
    complaints: &mut Complaints,
) {
    let Some(root) = keep(file.parse(), &mut complaints.faults) else { return };
    // `hotKey` is how older versions called it.
    let Some(node) = root.at(&["hotKeys"]).or_else(|| root.at(&["hotKey"])) else { return };
    let Some(entries) = keep(file.map(node, "hotKeys"), &mut complaints.faults) else { return };
    for (name, node) in entries {
        let what = format!("hotKeys.{name}");
        let one = Entry { file, node, what: &what };
        let known = ["shortCut", "override", "description", "command", "keepHistory"];
        one.unknown(&known, complaints);
        let told = &mut complaints.faults;
        let before = told.len();
        let key = one.key(told);
        let command = one.text("command", told).unwrap_or_default();
        if command.trim().is_empty() && told.len() == before {
            told.push(file.fault(node.line, &what, "the hotkey leads nowhere: it has no command"));
        }
        let doc = one.text("description", told).unwrap_or_else(|| format!(":{command}"));
        let overrides = one.truth("override", told).unwrap_or(false);
        if told.len() > before {
            continue;
        }
        into.push(UserCommand {
            name: name.clone(),
            doc,
            key,
            overrides,
            scopes: vec!["all".into()],
            only: only.cloned(),
            place: one.place(),
            does: Does::Go(command),
        });
    }
}

/// Reads plugins: a file of many, or of one, which is then called `name`.
pub fn plugins(
    file: &File,
    name: Option<&str>,
    only: Option<&Only>,
    safe: &[String],
    into: &mut Vec<UserCommand>,
    complaints: &mut Complaints,
) {
    let Some(root) = keep(file.parse(), &mut complaints.faults) else { return };
    let one = root.at(&["command"]).is_some() && root.at(&["scopes"]).is_some();
    if let (Some(name), true) = (name, one) {
        into.extend(plugin(file, name, &root, only, safe, complaints));
        return;
    }
    let node = match root.at(&["plugins"]).or_else(|| root.at(&["plugin"])) {
        Some(node) => node,
        // Files in plugin directories may go without.
        None if name.is_some() => &root,
        None => return,
    };
    let Some(entries) = keep(file.map(node, "plugins"), &mut complaints.faults) else { return };
    for (name, node) in entries {
        into.extend(plugin(file, name, node, only, safe, complaints));
    }
}

fn plugin(
    file: &File,
    name: &str,
    node: &Node,
    only: Option<&Only>,
    safe: &[String],
    complaints: &mut Complaints,
) -> Option<UserCommand> {
    let what = format!("plugins.{name}");
    let one = Entry { file, node, what: &what };
    let before = complaints.faults.len();
    one.unknown(PLUGIN_KEYS, complaints);
    let told = &mut complaints.faults;
    let key = one.key(told);
    let scopes = one.texts("scopes", told);
    let command = one.text("command", told).unwrap_or_default();
    if told.len() == before && (command.trim().is_empty() || scopes.is_empty()) {
        let lacks = if scopes.is_empty() { "scopes" } else { "a command" };
        told.push(file.fault(node.line, &what, format!("the plugin needs {lacks}")));
    }
    let inputs = one.inputs(told);
    let mut pipes = Vec::new();
    for line in one.texts("pipes", told) {
        match shell_words::split(&line) {
            Ok(words) if !words.is_empty() => pipes.push(words),
            Ok(_) => {}
            Err(error) => {
                told.push(file.fault(node.line, &format!("{what}.pipes"), error.to_string()))
            }
        }
    }
    let recipe = Recipe {
        name: name.to_owned(),
        doc: one.text("description", told).unwrap_or_default(),
        command,
        args: one.texts("args", told),
        pipes,
        background: one.truth("background", told).unwrap_or(false),
        tells: one.truth("overwriteOutput", told).unwrap_or(false),
        confirm: one.truth("confirm", told).unwrap_or(false),
        // Nothing said is no declaration: most of what changes a cluster says nothing.
        safe: one.truth("dangerous", told) == Some(false) || safe.iter().any(|safe| safe == name),
        inputs,
    };
    let overrides = one.truth("override", told).unwrap_or(false);
    (told.len() == before).then(|| UserCommand {
        name: name.to_owned(),
        doc: recipe.doc.clone(),
        key,
        overrides,
        scopes: scopes.iter().map(|scope| scope.to_lowercase()).collect(),
        only: only.cloned(),
        place: one.place(),
        does: Does::Run(recipe),
    })
}

/// The value, or nothing and a complaint more.
fn keep<T>(read: Result<T, Fault>, told: &mut Vec<Fault>) -> Option<T> {
    read.map_err(|fault| told.push(fault)).ok()
}

/// One hotkey or plugin.
struct Entry<'a> {
    file: &'a File,
    node: &'a Node,
    what: &'a str,
}

impl Entry<'_> {
    fn place(&self) -> String {
        format!("{} line {}, {}", self.file.name, self.node.line, self.what)
    }

    fn unknown(&self, known: &[&str], complaints: &mut Complaints) {
        let Some(entries) = keep(self.file.map(self.node, self.what), &mut complaints.faults)
        else {
            return;
        };
        for (key, node) in entries.iter().filter(|(key, _)| !known.contains(&key.as_str())) {
            let what = format!("{}.{key}", self.what);
            let fault = self.file.fault(node.line, &what, "this key is not known and was ignored");
            complaints.warnings.push(match nearest(key, known.iter().copied()) {
                Some(near) => fault.hint(format!("did you mean {near}?")),
                None => fault,
            });
        }
    }

    fn get<T>(
        &self,
        key: &str,
        told: &mut Vec<Fault>,
        read: impl Fn(&File, &Node, &str) -> Result<T, Fault>,
    ) -> Option<T> {
        let node = self.node.at(&[key])?;
        if node.value == Value::Null {
            return None;
        }
        keep(read(self.file, node, &format!("{}.{key}", self.what)), told)
    }

    fn text(&self, key: &str, told: &mut Vec<Fault>) -> Option<String> {
        self.get(key, told, |file, node, what| file.text(node, what).map(str::to_owned))
    }

    fn truth(&self, key: &str, told: &mut Vec<Fault>) -> Option<bool> {
        self.get(key, told, File::truth)
    }

    fn texts(&self, key: &str, told: &mut Vec<Fault>) -> Vec<String> {
        self.get(key, told, File::texts).unwrap_or_default()
    }

    fn key(&self, told: &mut Vec<Fault>) -> Option<Chord> {
        let text = self.text("shortCut", told).filter(|text| !text.is_empty())?;
        match chord(&text) {
            Ok(chord) => Some(chord),
            Err(why) => {
                let line = self.node.at(&["shortCut"]).map_or(self.node.line, |node| node.line);
                told.push(self.file.fault(line, &format!("{}.shortCut", self.what), why));
                None
            }
        }
    }

    fn inputs(&self, told: &mut Vec<Fault>) -> Vec<Input> {
        let Some(node) = self.node.at(&["inputs"]) else { return Vec::new() };
        let what = format!("{}.inputs", self.what);
        let Value::List(nodes) = &node.value else {
            told.push(self.file.fault(node.line, &what, "a list is needed here"));
            return Vec::new();
        };
        if nodes.len() > MAX_INPUTS {
            let why = format!("{} inputs are too many: at most {MAX_INPUTS}", nodes.len());
            told.push(self.file.fault(node.line, &what, why));
        }
        let file = self.file;
        nodes.iter().filter_map(|node| Entry { file, node, what: &what }.input(told)).collect()
    }

    fn input(&self, told: &mut Vec<Fault>) -> Option<Input> {
        let before = told.len();
        let name = self.text("name", told).unwrap_or_default();
        let label = self.text("label", told).filter(|label| !label.is_empty());
        let required = self.truth("required", told).unwrap_or(false);
        let default = self.text("default", told).unwrap_or_default();
        let options = self.texts("options", told);
        let fault = |why: String| self.file.fault(self.node.line, self.what, why);
        let kind = match self.text("type", told).as_deref() {
            None | Some("string") => InputKind::Text(default),
            Some("number") => InputKind::Number(default),
            Some("bool" | "boolean") => InputKind::Truth(default == "true"),
            Some("dropdown") if options.is_empty() => {
                told.push(fault("a dropdown needs options".into()));
                return None;
            }
            Some("dropdown") => {
                let at = options.iter().position(|option| *option == default).unwrap_or(0);
                InputKind::OneOf(at, options)
            }
            Some(other) => {
                let why = format!("{other:?} is no type: string, number, bool or dropdown");
                told.push(fault(why));
                return None;
            }
        };
        if name.is_empty() || !name.chars().all(|c| c.is_alphanumeric() || matches!(c, '_' | '-')) {
            told.push(fault("an input needs a name of letters, digits, _ and -".into()));
        }
        let label = label.unwrap_or_else(|| name.clone());
        (told.len() == before).then_some(Input { name, label, required, kind })
    }
}

/// A key as k9s writes it. With shift, a digit is the sign above it on an American keyboard.
fn chord(text: &str) -> Result<Chord, String> {
    const ABOVE: [&str; 10] = [")", "!", "@", "#", "$", "%", "^", "&", "*", "("];
    let lower = text.to_lowercase();
    let digit = lower.strip_prefix("shift-").filter(|rest| rest.len() == 1);
    match digit.and_then(|digit| digit.parse::<usize>().ok()) {
        Some(digit) => Chord::parse(ABOVE[digit]),
        None => Chord::parse(text),
    }
}
