//! YAML as a tree that remembers its lines, so that every complaint names file and line, and one
//! mistake does not hide the others.

use crate::model::{Fault, FaultKind};
use crate::text::sanitise::clean;
use serde::de::{Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_saphyr::Spanned;
use std::fmt;

/// A file: its name for messages, and its text.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct File {
    /// Its name as the person knows it, usually the path.
    pub name: String,
    /// Its content.
    pub text: String,
}

/// A value with the line it stands on.
#[derive(Clone, Debug, PartialEq)]
pub struct Node {
    /// 1-based line.
    pub line: u64,
    /// What stands there.
    pub value: Value,
    /// Where its text is: first byte, and how many.
    span: Option<(u64, u64)>,
}

/// What a node holds.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    /// Nothing.
    Null,
    /// A string, a number, a truth: as it is written.
    Text(String),
    /// The same, as the reader understood it, until its own text is found: `y` is a key for k9s and a
    /// truth for YAML, `1.10` a version and a number.
    Understood(String),
    /// A list.
    List(Vec<Node>),
    /// A map, in the order of the file.
    Map(Vec<(String, Node)>),
}

impl<'de> Deserialize<'de> for Value {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Reading)
    }
}

impl<'de> Deserialize<'de> for Node {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let spanned = Spanned::<Value>::deserialize(deserializer)?;
        let span = spanned.defined.span();
        let span = span.byte_offset().zip(span.byte_len());
        Ok(Self { line: spanned.referenced.line(), value: spanned.value, span })
    }
}

struct Reading;

impl<'de> Visitor<'de> for Reading {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value")
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_none<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(Value::Understood(value.to_string()))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(Value::Understood(value.to_string()))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(Value::Understood(value.to_string()))
    }

    fn visit_f64<E>(self, value: f64) -> Result<Value, E> {
        Ok(Value::Understood(value.to_string()))
    }

    fn visit_str<E>(self, value: &str) -> Result<Value, E> {
        Ok(Value::Text(value.to_owned()))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Value, A::Error> {
        let mut nodes = Vec::new();
        while let Some(node) = list.next_element()? {
            nodes.push(node);
        }
        Ok(Value::List(nodes))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Value, A::Error> {
        let mut entries = Vec::new();
        while let Some(entry) = map.next_entry()? {
            entries.push(entry);
        }
        Ok(Value::Map(entries))
    }
}

impl File {
    /// Reads the file. An empty one is an empty map.
    ///
    /// # Errors
    /// It is not YAML: the line, and why.
    pub fn parse(&self) -> Result<Node, Fault> {
        let options = serde_saphyr::options! {
            with_snippet: false,
            duplicate_keys: serde_saphyr::DuplicateKeyPolicy::LastWins,
        };
        let empty = || Node { line: 1, value: Value::Map(Vec::new()), span: None };
        let has_content = |line: &str| {
            let line = line.trim();
            !line.is_empty() && !line.starts_with('#') && line != "---"
        };
        if !self.text.lines().any(has_content) {
            return Ok(empty());
        }
        match serde_saphyr::from_str_with_options::<Node>(&self.text, options) {
            Ok(Node { value: Value::Null, .. }) => Ok(empty()),
            Ok(mut node) => {
                self.as_written(&mut node);
                Ok(node)
            }
            Err(error) => {
                let error = error.without_snippet();
                let line = error.location().map_or(1, |at| at.line());
                let words = error.to_string();
                let words = words.lines().next().unwrap_or_default();
                Err(self.fault(line, "", format!("not valid YAML: {words}")))
            }
        }
    }

    /// Gives every scalar its own text.
    fn as_written(&self, node: &mut Node) {
        match &mut node.value {
            Value::Understood(text) => {
                let own = node.span.and_then(|(from, length)| {
                    let from = usize::try_from(from).ok()?;
                    self.text.get(from..from + usize::try_from(length).ok()?)
                });
                let own = own
                    .map(str::trim)
                    .filter(|own| !own.is_empty() && !own.contains(char::is_whitespace));
                node.value = Value::Text(own.unwrap_or(text).to_owned());
            }
            Value::List(nodes) => nodes.iter_mut().for_each(|node| self.as_written(node)),
            Value::Map(entries) => entries.iter_mut().for_each(|(_, node)| self.as_written(node)),
            Value::Null | Value::Text(_) => {}
        }
    }

    /// A complaint about what stands on a line.
    pub fn fault(&self, line: u64, what: &str, why: impl Into<String>) -> Fault {
        let comma = if what.is_empty() { "" } else { ", " };
        let place = format!("{} line {line}{comma}{what}", self.name);
        Fault::new(FaultKind::Input, clean(&place), clean(&why.into()))
    }

    /// The entries of a map.
    ///
    /// # Errors
    /// It is something else.
    pub fn map<'n>(&self, node: &'n Node, what: &str) -> Result<&'n [(String, Node)], Fault> {
        match &node.value {
            Value::Map(entries) => Ok(entries),
            Value::Null => Ok(&[]),
            other => Err(self.wrong(node.line, what, "a map", other)),
        }
    }

    /// Text, or a number as text.
    ///
    /// # Errors
    /// It is something else.
    pub fn text<'n>(&self, node: &'n Node, what: &str) -> Result<&'n str, Fault> {
        match &node.value {
            Value::Text(text) => Ok(text),
            other => Err(self.wrong(node.line, what, "a string", other)),
        }
    }

    /// True or false, in any of the words that YAML 1.1 has for them.
    ///
    /// # Errors
    /// It is something else.
    pub fn truth(&self, node: &Node, what: &str) -> Result<bool, Fault> {
        let word = match &node.value {
            Value::Text(text) => text.to_lowercase(),
            other => return Err(self.wrong(node.line, what, "true or false", other)),
        };
        match word.as_str() {
            "true" | "yes" | "on" | "y" => Ok(true),
            "false" | "no" | "off" | "n" => Ok(false),
            _ => Err(self.wrong(node.line, what, "true or false", &node.value)),
        }
    }

    /// A list of texts.
    ///
    /// # Errors
    /// It is something else, or one of its elements is.
    pub fn texts(&self, node: &Node, what: &str) -> Result<Vec<String>, Fault> {
        match &node.value {
            Value::List(nodes) => {
                nodes.iter().map(|node| self.text(node, what).map(str::to_owned)).collect()
            }
            Value::Null => Ok(Vec::new()),
            other => Err(self.wrong(node.line, what, "a list", other)),
        }
    }

    fn wrong(&self, line: u64, what: &str, needed: &str, found: &Value) -> Fault {
        let found = match found {
            Value::Null => "nothing",
            Value::Text(_) | Value::Understood(_) => "a string",
            Value::List(_) => "a list",
            Value::Map(_) => "a map",
        };
        self.fault(line, what, format!("{needed} is needed here, not {found}"))
    }
}

impl Node {
    /// What a map holds under a path of keys: `["views", "table", "fgColor"]`.
    pub fn at(&self, path: &[&str]) -> Option<&Self> {
        let Some((first, rest)) = path.split_first() else { return Some(self) };
        let Value::Map(entries) = &self.value else { return None };
        entries.iter().rev().find(|(key, _)| key == first)?.1.at(rest)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
    use super::*;

    fn file(text: &str) -> File {
        File { name: "plugins.yaml".into(), text: text.into() }
    }

    #[test]
    fn values_know_their_lines_also_behind_anchors() {
        let file = file(
            "blue: &blue \"#0000ff\"\nk9s:\n  body:\n    fgColor: *blue\n    on: true\n    n: 3\n",
        );
        let root = file.parse().unwrap();
        let color = root.at(&["k9s", "body", "fgColor"]).unwrap();
        assert_eq!((color.line, &color.value), (4, &Value::Text("#0000ff".into())));
        let body = root.at(&["k9s", "body"]).unwrap();
        assert!(file.truth(body.at(&["on"]).unwrap(), "").unwrap());
        assert_eq!(file.text(body.at(&["n"]).unwrap(), "").unwrap(), "3");
    }

    #[test]
    fn what_looks_like_a_truth_or_a_number_keeps_its_own_text() {
        let file = file("v: &v 1.10\nk: y\nsame: *v\nlist: [007, off, 'no', 0x10]\n");
        let root = file.parse().unwrap();
        let text = |key: &str| file.text(root.at(&[key]).unwrap(), "").unwrap().to_owned();
        assert_eq!(
            (text("v"), text("k"), text("same")),
            ("1.10".into(), "y".into(), "1.10".into())
        );
        let list = file.texts(root.at(&["list"]).unwrap(), "").unwrap();
        assert_eq!(list, ["007", "off", "no", "0x10"]);
        assert!(file.truth(root.at(&["k"]).unwrap(), "").unwrap());
    }

    #[test]
    fn mistakes_name_file_line_and_key() {
        let broken = file("plugins:\n  a: [1\n").parse().unwrap_err();
        assert!(broken.what.starts_with("plugins.yaml line "), "{broken}");
        let wrong = file("plugins:\n  a: 1\n");
        let root = wrong.parse().unwrap();
        let fault = wrong.map(root.at(&["plugins", "a"]).unwrap(), "a").unwrap_err();
        assert_eq!(fault.what, "plugins.yaml line 2, a");
        assert!(fault.why.contains("a map is needed here, not a string"), "{fault}");
    }

    #[test]
    fn a_file_without_content_holds_nothing() {
        for text in ["", "# only a comment\n", "---\n", "\n\n"] {
            assert_eq!(file(text).parse().unwrap().value, Value::Map(Vec::new()), "{text:?}");
        }
    }
}
