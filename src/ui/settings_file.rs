//! Reads `config.toml`: every mistake is told, not only the first; unknown keys are told and ignored.

use super::document::{Complaints, Document};
use super::palette::parse_color;
use super::settings::{ContextSettings, Editor, Glyphs, K9sSettings, LogSettings, Settings};
use crate::apps::argo::cache::Places;
use crate::kinds::{UserColumn, UserColumnError, UserColumnKind};
use crate::model::Fault;
use regex::Regex;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

const KEYS: &[&str] = &[
    "version",
    "theme",
    "keymap",
    "readonly",
    "protected",
    "aliases",
    "columns",
    "contexts",
    "mouse",
    "hazards",
    "glyphs",
    "namespaces",
    "command",
    "metrics_seconds",
    "logs",
    "k9s",
    "debug_image",
    "editor",
    "shell",
    "argocd",
];

type Value<'t> = Spanned<DeValue<'t>>;

/// Reads the file. None when something in it cannot be used; `complaints` says what.
pub fn read(file: &str, text: &str, complaints: &mut Complaints) -> Option<Settings> {
    let document = Document { file, text };
    let mut faults = Vec::new();
    let mut settings = Settings::default();
    match document.parse().and_then(|table| document.version(&table).map(|()| table)) {
        Err(fault) => faults.push(fault),
        Ok(table) => {
            let mut reader = Reader { document, faults: &mut faults, complaints };
            reader.top(&table, &mut settings);
        }
    }
    let good = faults.is_empty();
    complaints.faults.append(&mut faults);
    good.then_some(settings)
}

struct Reader<'r, 't> {
    document: Document<'t>,
    faults: &'r mut Vec<Fault>,
    complaints: &'r mut Complaints,
}

impl<'t> Reader<'_, 't> {
    fn top(&mut self, table: &DeTable<'t>, settings: &mut Settings) {
        for (key, value) in table {
            let name = key.get_ref().as_ref();
            match name {
                "version" => {}
                "theme" => self.string(value, name, &mut settings.theme),
                "keymap" => self.string(value, name, &mut settings.keymap),
                "command" => self.string(value, name, &mut settings.command),
                "debug_image" => self.string(value, name, &mut settings.debug_image),
                "readonly" => self.boolean(value, name, &mut settings.readonly),
                "mouse" => self.boolean(value, name, &mut settings.mouse),
                "hazards" => self.boolean(value, name, &mut settings.hazards),
                "namespaces" => self.strings(value, name, &mut settings.namespaces),
                "protected" => self.patterns(value, &mut settings.protected),
                "glyphs" => self.glyphs(value, &mut settings.glyphs),
                "metrics_seconds" => self.seconds(value, name, &mut settings.metrics_seconds),
                "k9s" => self.k9s(value, &mut settings.k9s),
                "logs" => self.logs(value, &mut settings.logs),
                "argocd" => self.argocd(value, &mut settings.argocd),
                "editor" => self.editor(value, &mut settings.editor),
                "shell" => self.shell(value, &mut settings.shell_whole),
                "aliases" => self.aliases(value, &mut settings.aliases),
                "columns" => self.columns(value, &mut settings.columns),
                "contexts" => self.contexts(value, &mut settings.contexts),
                _ => {
                    let warning = self.document.unknown(&key.span(), name, KEYS);
                    self.complaints.warnings.push(warning);
                }
            }
        }
    }

    /// Keeps what was read, or the complaint about it.
    fn keep<T>(&mut self, read: Result<T, Fault>, into: &mut T) {
        match read {
            Ok(value) => *into = value,
            Err(fault) => self.faults.push(fault),
        }
    }

    fn string(&mut self, value: &Value<'t>, key: &str, into: &mut String) {
        let read = self.document.string(value, key).map(str::to_owned);
        self.keep(read, into);
    }

    fn boolean(&mut self, value: &Value<'t>, key: &str, into: &mut bool) {
        let read = self.document.boolean(value, key);
        self.keep(read, into);
    }

    /// One string or a list of strings.
    fn strings(&mut self, value: &Value<'t>, key: &str, into: &mut Vec<String>) {
        let read = match value.get_ref() {
            DeValue::String(one) => Ok(vec![one.to_string()]),
            DeValue::Array(list) => list
                .iter()
                .map(|value| self.document.string(value, key).map(str::to_owned))
                .collect(),
            _ => Err(self.document.wrong_type(value, key, "a string or a list of strings")),
        };
        self.keep(read, into);
    }

    fn patterns(&mut self, value: &Value<'t>, into: &mut Vec<Regex>) {
        let key = "protected";
        let mut texts = Vec::new();
        self.strings(value, key, &mut texts);
        let mut patterns = Vec::new();
        for text in texts.iter().filter(|text| !text.is_empty()) {
            match Regex::new(text) {
                Ok(pattern) => patterns.push(pattern),
                Err(error) => {
                    // The last line of the error says what is wrong; the others draw an arrow.
                    let error = error.to_string();
                    let why = error.lines().last().unwrap_or_default();
                    let why = why.trim_start_matches("error: ");
                    let why = format!("{text:?} is no regular expression: {why}");
                    self.faults.push(self.document.fault(&value.span(), key, why));
                }
            }
        }
        *into = patterns;
    }

    fn glyphs(&mut self, value: &Value<'t>, into: &mut Glyphs) {
        let read = self.document.string(value, "glyphs").and_then(|text| match text {
            "auto" => Ok(Glyphs::Auto),
            "unicode" => Ok(Glyphs::Unicode),
            "ascii" => Ok(Glyphs::Ascii),
            other => Err(self
                .document
                .fault(&value.span(), "glyphs", format!("{other:?} is none of the choices"))
                .hint("unicode, ascii or auto")),
        });
        self.keep(read, into);
    }

    fn editor(&mut self, value: &Value<'t>, into: &mut Editor) {
        let read = self.document.string(value, "editor").and_then(|text| match text {
            "auto" => Ok(Editor::Auto),
            "external" => Ok(Editor::External),
            "inside" => Ok(Editor::Inside),
            other => Err(self
                .document
                .fault(&value.span(), "editor", format!("{other:?} is none of the choices"))
                .hint("external, inside or auto")),
        });
        self.keep(read, into);
    }

    fn shell(&mut self, value: &Value<'t>, into: &mut bool) {
        let read = self.document.string(value, "shell").and_then(|text| match text {
            "pane" => Ok(false),
            "full" => Ok(true),
            other => Err(self
                .document
                .fault(&value.span(), "shell", format!("{other:?} is none of the choices"))
                .hint("pane or full")),
        });
        self.keep(read, into);
    }

    fn seconds(&mut self, value: &Value<'t>, key: &str, into: &mut u32) {
        let number = value.get_ref().as_integer();
        let read = match number {
            None => Err(self.document.wrong_type(value, key, "a whole number")),
            Some(number) => u32::from_str_radix(number.as_str(), number.radix())
                .ok()
                .filter(|seconds| *seconds == 0 || (5..=3600).contains(seconds))
                .ok_or_else(|| {
                    let why = format!("{} is out of range", number.as_str());
                    self.document
                        .fault(&value.span(), key, why)
                        .hint("5 to 3600 seconds, or 0 for no metrics")
                }),
        };
        self.keep(read, into);
    }

    fn k9s(&mut self, value: &Value<'t>, into: &mut K9sSettings) {
        for (name, value) in self.entries(value, "k9s") {
            let key = format!("k9s.{name}");
            match name {
                "read" => self.boolean(value, &key, &mut into.read),
                "skins" => self.boolean(value, &key, &mut into.skins),
                "safe" => self.strings(value, &key, &mut into.safe),
                _ => {
                    let warning =
                        self.document.unknown(&value.span(), &key, &["read", "skins", "safe"]);
                    self.complaints.warnings.push(warning);
                }
            }
        }
    }

    fn argocd(&mut self, value: &Value<'t>, into: &mut Places) {
        for (name, value) in self.entries(value, "argocd") {
            let place = format!("argocd.{name}");
            match name {
                "redis_pods" => self.strings(value, &place, &mut into.pods),
                "redis_secret" => self.string(value, &place, &mut into.secret),
                "redis_secret_key" => self.string(value, &place, &mut into.field),
                _ => {
                    let known = ["redis_pods", "redis_secret", "redis_secret_key"];
                    let warning = self.document.unknown(&value.span(), &place, &known);
                    self.complaints.warnings.push(warning);
                }
            }
        }
    }

    fn logs(&mut self, value: &Value<'t>, into: &mut LogSettings) {
        let table = match self.document.table(value, "logs") {
            Ok(table) => table,
            Err(fault) => return self.faults.push(fault),
        };
        for (name, value) in table {
            match name.get_ref().as_ref() {
                "buffer" => self.bytes(value, &mut into.buffer),
                "tail" => {
                    let number = value.get_ref().as_integer().and_then(|number| {
                        u64::from_str_radix(number.as_str(), number.radix()).ok()
                    });
                    let read = number.filter(|n| (1..=1_000_000).contains(n)).ok_or_else(|| {
                        self.document
                            .fault(&value.span(), "logs.tail", "this is no number of lines")
                            .hint("1 to 1000000")
                    });
                    self.keep(read, &mut into.tail);
                }
                other => {
                    let place = format!("logs.{other}");
                    let known = ["buffer", "tail"];
                    let warning = self.document.unknown(&name.span(), &place, &known);
                    self.complaints.warnings.push(warning);
                }
            }
        }
    }

    fn bytes(&mut self, value: &Value<'t>, into: &mut u64) {
        let read = self.document.string(value, "logs.buffer").and_then(|text| {
            crate::text::quantity::scaled(text, 0)
                .and_then(|bytes| u64::try_from(bytes).ok())
                .filter(|bytes| (1 << 20..=4 << 30).contains(bytes))
                .ok_or_else(|| {
                    let why = format!("{text:?} is no amount of memory that can be used");
                    self.document
                        .fault(&value.span(), "logs.buffer", why)
                        .hint("\"1Mi\" to \"4Gi\"")
                })
        });
        self.keep(read, into);
    }

    /// The entries of a table; none when it is no table, which is told.
    fn entries<'a>(&mut self, value: &'a Value<'t>, key: &str) -> Vec<(&'a str, &'a Value<'t>)> {
        match self.document.table(value, key) {
            Ok(table) => table.iter().map(|(key, value)| (key.get_ref().as_ref(), value)).collect(),
            Err(fault) => {
                self.faults.push(fault);
                Vec::new()
            }
        }
    }

    fn aliases(&mut self, value: &Value<'t>, into: &mut Vec<(String, String)>) {
        for (name, value) in self.entries(value, "aliases") {
            let key = format!("aliases.{name}");
            let mut line = String::new();
            let before = self.faults.len();
            self.string(value, &key, &mut line);
            if self.faults.len() > before {
                continue;
            }
            if name.is_empty() || name.contains(char::is_whitespace) {
                let why = "an alias is one word without spaces";
                self.faults.push(self.document.fault(&value.span(), &key, why));
            } else if line.trim().is_empty() {
                let why = "the alias stands for nothing";
                let hint = "write a kind or a command line, such as \"pods -A /web\"";
                self.faults.push(self.document.fault(&value.span(), &key, why).hint(hint));
            } else {
                into.push((name.to_owned(), line.trim().to_owned()));
            }
        }
    }

    fn columns(&mut self, value: &Value<'t>, into: &mut Vec<(String, Vec<UserColumn>)>) {
        for (kind, value) in self.entries(value, "columns") {
            let key = format!("columns.{kind:?}");
            let Some(list) = value.get_ref().as_array() else {
                let fault = self.document.wrong_type(value, &key, "a list of columns");
                let hint = format!("write [[columns.{kind:?}]] above each column");
                self.faults.push(fault.hint(hint));
                continue;
            };
            let columns = list.iter().filter_map(|value| self.column(value, &key)).collect();
            into.push((kind.to_lowercase(), columns));
        }
    }

    fn column(&mut self, value: &Value<'t>, key: &str) -> Option<UserColumn> {
        let mut column = UserColumn {
            title: String::new(),
            json_path: String::new(),
            kind: UserColumnKind::Text,
            wide: false,
        };
        let before = self.faults.len();
        let known = ["title", "path", "kind", "wide"];
        let table = match self.document.table(value, key) {
            Ok(table) => table,
            Err(fault) => {
                self.faults.push(fault);
                return None;
            }
        };
        for (name, value) in table {
            let name_text = name.get_ref().as_ref();
            let key = format!("{key}.{name_text}");
            match name_text {
                "title" => self.string(value, &key, &mut column.title),
                "path" => self.string(value, &key, &mut column.json_path),
                "wide" => self.boolean(value, &key, &mut column.wide),
                "kind" => {
                    let read = self.document.string(value, &key).and_then(|text| match text {
                        "text" => Ok(UserColumnKind::Text),
                        "number" => Ok(UserColumnKind::Number),
                        "date" => Ok(UserColumnKind::Date),
                        other => Err(self
                            .document
                            .fault(&value.span(), &key, format!("{other:?} is none of the choices"))
                            .hint("text, number or date")),
                    });
                    self.keep(read, &mut column.kind);
                }
                _ => {
                    let warning = self.document.unknown(&name.span(), &key, &known);
                    self.complaints.warnings.push(warning);
                }
            }
        }
        if self.faults.len() > before {
            return None;
        }
        for (name, text) in [("title", &column.title), ("path", &column.json_path)] {
            if text.trim().is_empty() {
                let why = format!("a column needs a {name}");
                self.faults.push(self.document.fault(&value.span(), key, why));
                return None;
            }
        }
        match UserColumn::new(column.title, column.json_path, column.kind, column.wide) {
            Ok(column) => Some(column),
            Err(error) => {
                let wrong = match error {
                    UserColumnError::Title(_) => "title",
                    UserColumnError::Path { .. } => "path",
                };
                let span = table.get(wrong).map_or(value.span(), Spanned::span);
                let key = format!("{key}.{wrong}");
                self.faults.push(self.document.fault(&span, &key, error.to_string()));
                None
            }
        }
    }

    fn contexts(&mut self, value: &Value<'t>, into: &mut Vec<(String, ContextSettings)>) {
        let known = ["readonly", "protected", "color", "theme", "namespaces"];
        for (context, value) in self.entries(value, "contexts") {
            let mut own = ContextSettings::default();
            let key = format!("contexts.{context:?}");
            let table = match self.document.table(value, &key) {
                Ok(table) => table,
                Err(fault) => {
                    self.faults.push(fault);
                    continue;
                }
            };
            for (name, value) in table {
                let name_text = name.get_ref().as_ref();
                let key = format!("{key}.{name_text}");
                match name_text {
                    "readonly" => {
                        let read = self.document.boolean(value, &key).map(Some);
                        self.keep(read, &mut own.readonly);
                    }
                    "protected" => {
                        let read = self.document.boolean(value, &key).map(Some);
                        self.keep(read, &mut own.protected);
                    }
                    "color" => {
                        let read = self.document.string(value, &key).and_then(|text| {
                            parse_color(text).map(Some).ok_or_else(|| {
                                self.document
                                    .fault(&value.span(), &key, format!("{text:?} is no colour"))
                                    .hint("#rrggbb, 0-255 or a name such as light-blue")
                            })
                        });
                        self.keep(read, &mut own.color);
                    }
                    "theme" => {
                        let read =
                            self.document.string(value, &key).map(|name| Some(name.to_owned()));
                        self.keep(read, &mut own.theme);
                    }
                    "namespaces" => self.strings(value, &key, &mut own.namespaces),
                    _ => {
                        let warning = self.document.unknown(&name.span(), &key, &known);
                        self.complaints.warnings.push(warning);
                    }
                }
            }
            into.push((context.to_owned(), own));
        }
    }
}
