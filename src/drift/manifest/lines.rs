//! On which line of a file each field stands.

use crate::drift::path::{Path, Step};
use serde::de::{Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_json::Value;
use serde_saphyr::Spanned;
use std::fmt;

/// The lines of one document. Empty where they could not be told.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Lines {
    /// Lines of the file before the document.
    skipped: usize,
    top: Option<Node>,
}

/// A value with the line it begins on, from 1 in its document.
#[derive(Clone, Debug, PartialEq)]
struct Node {
    line: usize,
    below: Below,
}

#[derive(Clone, Debug, PartialEq)]
enum Below {
    Nothing,
    List(Vec<Node>),
    /// With the line of each key.
    Map(Vec<(String, usize, Node)>),
}

impl Lines {
    /// Of a document that can be read.
    pub fn read(text: &str, skipped: usize) -> Self {
        let options = serde_saphyr::options! { with_snippet: false };
        let top = serde_saphyr::from_str_with_options::<Node>(text, options).ok();
        Self { skipped, top }
    }

    /// The line of the document's first key.
    pub fn first(&self) -> Option<usize> {
        Some(self.skipped + self.top.as_ref()?.first())
    }

    /// The line of an item of a list of objects.
    pub fn item(&self, number: usize) -> Option<usize> {
        Some(self.skipped + self.at(Some(number))?.first())
    }

    /// The line of a field of an object, or of what is nearest above it. `item` is the object's place where
    /// the document is a list.
    pub fn of(&self, object: &Value, item: Option<usize>, path: &Path) -> Option<usize> {
        let (mut node, mut value) = (self.at(item)?, Some(object));
        let mut line = node.first();
        for step in &path.0 {
            let index = || {
                let items = value?.as_array()?;
                match step {
                    Step::Item(keys) => items.iter().position(|item| {
                        keys.iter().all(|(key, wanted)| {
                            // A key that the file leaves out has the server's default.
                            item.get(key.as_str()).is_none_or(|own| own == wanted)
                        })
                    }),
                    Step::Member(member) => items.iter().position(|item| item == member),
                    Step::At(index) => Some(*index),
                    Step::Field(_) => None,
                }
            };
            let next = match (step, &node.below) {
                (Step::Field(name), Below::Map(entries)) => {
                    let found = entries.iter().find(|(key, ..)| key == name.as_str());
                    found.map(|(_, at, below)| (*at, below))
                }
                (_, Below::List(nodes)) => {
                    index().and_then(|at| nodes.get(at)).map(|node| (node.first(), node))
                }
                _ => None,
            };
            let Some((at, below)) = next else { break };
            let under = match step {
                Step::Field(name) => value.and_then(|value| value.get(name.as_str())),
                _ => index().and_then(|at| value?.get(at)),
            };
            (node, line, value) = (below, at, under);
        }
        Some(self.skipped + line)
    }

    fn at(&self, item: Option<usize>) -> Option<&Node> {
        let top = self.top.as_ref()?;
        let Some(number) = item else { return Some(top) };
        let Below::Map(entries) = &top.below else { return None };
        match &entries.iter().find(|(key, ..)| key == "items")?.2.below {
            Below::List(nodes) => nodes.get(number),
            _ => None,
        }
    }
}

impl Node {
    fn first(&self) -> usize {
        match &self.below {
            Below::Map(entries) => entries.first().map_or(self.line, |(_, line, _)| *line),
            Below::List(nodes) => nodes.first().map_or(self.line, |node| node.line),
            Below::Nothing => self.line,
        }
    }
}

impl<'de> Deserialize<'de> for Node {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let spanned = Spanned::<Below>::deserialize(deserializer)?;
        let line = usize::try_from(spanned.referenced.line()).unwrap_or(1);
        Ok(Self { line, below: spanned.value })
    }
}

impl<'de> Deserialize<'de> for Below {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Reading)
    }
}

struct Reading;

impl<'de> Visitor<'de> for Reading {
    type Value = Below;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value")
    }

    fn visit_unit<E>(self) -> Result<Below, E> {
        Ok(Below::Nothing)
    }

    fn visit_none<E>(self) -> Result<Below, E> {
        Ok(Below::Nothing)
    }

    fn visit_bool<E>(self, _: bool) -> Result<Below, E> {
        Ok(Below::Nothing)
    }

    fn visit_i64<E>(self, _: i64) -> Result<Below, E> {
        Ok(Below::Nothing)
    }

    fn visit_u64<E>(self, _: u64) -> Result<Below, E> {
        Ok(Below::Nothing)
    }

    fn visit_f64<E>(self, _: f64) -> Result<Below, E> {
        Ok(Below::Nothing)
    }

    fn visit_str<E>(self, _: &str) -> Result<Below, E> {
        Ok(Below::Nothing)
    }

    fn visit_bytes<E>(self, _: &[u8]) -> Result<Below, E> {
        Ok(Below::Nothing)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Below, A::Error> {
        let mut nodes = Vec::new();
        while let Some(node) = list.next_element()? {
            nodes.push(node);
        }
        Ok(Below::List(nodes))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Below, A::Error> {
        let mut entries = Vec::new();
        while let Some(key) = map.next_key::<Spanned<String>>()? {
            let line = usize::try_from(key.defined.line()).unwrap_or(1);
            entries.push((key.value, line, map.next_value()?));
        }
        Ok(Below::Map(entries))
    }
}
