//! Differences that are no drift: what the cluster itself writes into objects, and why. Data, not code:
//! `noise.toml`, and the person's own rules beside it.

use super::found::{Change, Writer};
use super::path::{Path, Step};
use crate::model::Text;
use crate::relations::ObjectId;
use serde::Deserialize;
use serde_json::Value;
use std::sync::LazyLock;

/// All rules.
#[derive(Clone, Debug, PartialEq)]
pub struct Rules(Vec<Rule>);

impl Default for Rules {
    /// The built-in ones.
    fn default() -> Self {
        BUILTIN.clone()
    }
}

static BUILTIN: LazyLock<Rules> = LazyLock::new(|| {
    // A test reads it: it cannot be broken.
    parse(include_str!("noise.toml")).map_or(Rules(Vec::new()), |file| Rules(file.rule))
});

impl Rules {
    /// No rule at all: everything counts.
    pub fn none() -> Self {
        Self(Vec::new())
    }

    /// The built-in rules, and those of a person's file (`drift.toml`) before them: rules of the same name
    /// take the place of built-in ones, names under `off` are dropped.
    ///
    /// # Errors
    /// What is wrong with the text, and in which line of it (from 1).
    pub fn read(text: &str) -> Result<Self, (usize, String)> {
        let file = parse(text)?;
        let mut rules = file.rule;
        for name in &file.off {
            if !BUILTIN.0.iter().any(|rule| rule.name == *name) {
                let line = line_of(text, text.find(name.as_str()).unwrap_or(0));
                return Err((line, format!("no built-in rule is called {name:?}")));
            }
        }
        for rule in BUILTIN.0.iter().filter(|rule| !file.off.contains(&rule.name)) {
            if !rules.iter().any(|own| !own.name.is_empty() && own.name == rule.name) {
                rules.push(rule.clone());
            }
        }
        Ok(Self(rules))
    }

    /// These rules, and places that are not to be counted, as on the command line: a path in which `*`
    /// stands for anything (`spec.replicas`, `Service:spec.ports[*].nodePort`,
    /// `Deployment/api:metadata.labels`), or a JSON pointer (`/spec/replicas`).
    ///
    /// # Errors
    /// Which one of them is no such thing, and why.
    pub fn ignoring(mut self, patterns: &[String]) -> Result<Self, String> {
        for text in patterns {
            let (kind, place) = split(text);
            if place.trim().is_empty() {
                return Err(format!("{text:?} names no field: write a path like spec.replicas"));
            }
            let (kind, object) =
                kind.split_once('/').map_or((kind, ""), |(kind, name)| (kind, name));
            self.0.insert(
                0,
                Rule {
                    kinds: (!kind.is_empty()).then(|| kind.into()).into_iter().collect(),
                    object: object.to_owned(),
                    paths: vec![Pattern::from(place.to_owned())],
                    reason: format!("ignored by {text}"),
                    ..Rule::default()
                },
            );
        }
        Ok(self)
    }

    /// Why a change is not counted; None where it is.
    pub fn reason(
        &self,
        id: &ObjectId,
        change: &Change,
        writer: Option<&Writer>,
        live: &Value,
    ) -> Option<Text> {
        let place = plain(&change.path);
        let rule = self.0.iter().find(|rule| rule.applies(id, change, &place, writer, live))?;
        Some(rule.reason.as_str().into())
    }
}

/// A kind prefix before a colon, and the rest. A JSON pointer has none.
fn split(text: &str) -> (&str, &str) {
    match text.split_once(':') {
        Some((kind, place)) if !kind.starts_with('/') && !kind.contains(['[', '"']) => {
            (kind, place)
        }
        _ => ("", text),
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RulesFile {
    #[serde(default = "first")]
    version: i64,
    #[serde(default)]
    off: Vec<String>,
    #[serde(default)]
    rule: Vec<Rule>,
}

fn first() -> i64 {
    1
}

fn parse(text: &str) -> Result<RulesFile, (usize, String)> {
    let file: RulesFile = toml::from_str(text).map_err(|error| {
        (line_of(text, error.span().map_or(0, |span| span.start)), error.message().to_owned())
    })?;
    if file.version != 1 {
        let line = line_of(text, text.find("version").unwrap_or(0));
        return Err((line, format!("version {} is not known: write version = 1", file.version)));
    }
    Ok(file)
}

fn line_of(text: &str, at: usize) -> usize {
    text.bytes().take(at).filter(|byte| *byte == b'\n').count() + 1
}

/// One reason, and where it holds.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
struct Rule {
    #[serde(default)]
    name: String,
    #[serde(default)]
    kinds: Vec<Kind>,
    /// Of objects with this name; empty for all.
    #[serde(default)]
    object: String,
    paths: Vec<Pattern>,
    #[serde(default)]
    when: When,
    #[serde(default)]
    writers: Vec<String>,
    having: Option<Pattern>,
    reason: String,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
enum When {
    #[default]
    Always,
    Added,
    Changed,
}

impl Rule {
    fn applies(
        &self,
        id: &ObjectId,
        change: &Change,
        place: &str,
        writer: Option<&Writer>,
        live: &Value,
    ) -> bool {
        let when = match self.when {
            When::Always => true,
            When::Added => change.desired.is_none(),
            When::Changed => change.desired.is_some(),
        };
        when && self.paths.iter().any(|path| path.covers(place))
            && (self.kinds.is_empty() || self.kinds.iter().any(|kind| kind.is(id)))
            && (self.object.is_empty() || glob(&self.object, &id.name))
            && (self.writers.is_empty() || writer.is_some_and(|writer| self.wrote(writer)))
            && self.having.as_ref().is_none_or(|path| path.is_in(live))
    }

    fn wrote(&self, writer: &Writer) -> bool {
        self.writers.iter().any(|one| match one.split_once('/') {
            // A manager's own name may have a slash in it.
            Some((manager, subresource)) => {
                glob(one, &writer.manager)
                    || (glob(manager, &writer.manager) && glob(subresource, &writer.subresource))
            }
            None => glob(one, &writer.manager),
        })
    }
}

/// `Service`, `Rollout.argoproj.io`: upper and lower case are one.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(from = "String")]
struct Kind(String);

impl From<String> for Kind {
    fn from(text: String) -> Self {
        Self(text.to_lowercase())
    }
}

impl From<&str> for Kind {
    fn from(text: &str) -> Self {
        Self(text.to_lowercase())
    }
}

impl Kind {
    fn is(&self, id: &ObjectId) -> bool {
        let kind = id.kind.to_lowercase();
        glob(&self.0, &kind)
            || (self.0.contains('.')
                && glob(&self.0, &format!("{kind}.{}", id.group.to_lowercase())))
    }
}

/// A place as a rule names it, with `*` for anything. What is below it is meant too.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(from = "String")]
struct Pattern(String);

impl From<String> for Pattern {
    /// Quotes are left out: `labels["a.b/c"]` is `labels.a.b/c`, as [`plain`] writes it. An item that is
    /// named only by its key (`containers[api]`) may have any key.
    fn from(text: String) -> Self {
        if let Some(pointer) = text.strip_prefix('/') {
            let names = pointer.split('/').map(|name| name.replace("~1", "/").replace("~0", "~"));
            return Self(names.collect::<Vec<_>>().join("."));
        }
        let mut out = String::with_capacity(text.len());
        let mut rest = text.trim();
        while let Some((before, after)) = rest.split_once('[') {
            out.push_str(before);
            if let Some(quoted) = after.strip_prefix('"') {
                out.push('.');
                let (name, next) = quoted.split_once("\"]").unwrap_or((quoted, ""));
                out.push_str(name);
                rest = next;
                continue;
            }
            let (keys, next) = after.split_once(']').unwrap_or((after, ""));
            let closed = after.len() > keys.len();
            let named = keys.contains(['=', '*']) || keys.bytes().all(|b| b.is_ascii_digit());
            out.push_str(if named { "[" } else { "[*=" });
            out.push_str(keys);
            out.push_str(if closed { "]" } else { "" });
            rest = next;
        }
        out.push_str(rest);
        Self(out)
    }
}

impl Pattern {
    /// Whether this place, or one that it is in, is meant.
    fn covers(&self, place: &str) -> bool {
        if self.0.ends_with('*') {
            return glob(&self.0, place);
        }
        glob(&self.0, place)
            || place.match_indices(['.', '[']).any(|(at, _)| at > 0 && glob(&self.0, &place[..at]))
    }

    /// Whether there is such a place in an object. Only places that a rule can name are looked at: a name
    /// with a star before it is looked for in metadata and in the template's.
    fn is_in(&self, live: &Value) -> bool {
        if let Some(rest) = self.0.strip_prefix("*annotations.") {
            return ["/metadata/annotations", "/spec/template/metadata/annotations"]
                .iter()
                .filter_map(|at| live.pointer(at)?.as_object())
                .any(|map| map.keys().any(|key| glob(rest, key)));
        }
        let steps: Vec<&str> = self.0.split('.').collect();
        Path::of(&steps).get(live).is_some_and(|value| !value.is_null())
    }
}

/// A place in the words of a pattern: names with dots between them, keys of items in brackets.
fn plain(path: &Path) -> String {
    let mut out = String::new();
    for step in &path.0 {
        let text = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        match step {
            Step::Field(name) => {
                if !out.is_empty() {
                    out.push('.');
                }
                out.push_str(name);
            }
            Step::Item(keys) => {
                let keys: Vec<String> =
                    keys.iter().map(|(key, value)| format!("{key}={}", text(value))).collect();
                out.push('[');
                out.push_str(&keys.join(","));
                out.push(']');
            }
            // A member is named as a key is: finalizers["a/b"].
            Step::Member(value) => {
                out.push('.');
                out.push_str(&text(value));
            }
            Step::At(at) => out.push_str(&format!("[{at}]")),
        }
    }
    out
}

/// Whether a text is what a pattern says, `*` standing for anything. In time of length times length.
fn glob(pattern: &str, text: &str) -> bool {
    let (pattern, text) = (pattern.as_bytes(), text.as_bytes());
    let (mut p, mut t) = (0, 0);
    let mut star: Option<(usize, usize)> = None;
    while t < text.len() {
        if pattern.get(p) == Some(&b'*') {
            star = Some((p, t));
            p += 1;
        } else if pattern.get(p) == Some(&text[t]) {
            (p, t) = (p + 1, t + 1);
        } else if let Some((at, from)) = star {
            star = Some((at, from + 1));
            (p, t) = (at + 1, from + 1);
        } else {
            return false;
        }
    }
    pattern[p..].iter().all(|byte| *byte == b'*')
}

#[cfg(test)]
#[path = "noise_tests.rs"]
mod tests;
