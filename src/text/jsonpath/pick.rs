//! Reads from an object's bytes the subtrees that paths begin with, and skips all others unread.

use super::node::{Name, visit_scalars};
use super::{Node, Path, Step};
use serde::de::{
    Deserialize, DeserializeSeed, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor,
};
use std::borrow::Cow;
use std::cell::Cell;
use std::fmt;

/// How deep a subtree is searched for fields by name.
const SEARCH_DEPTH: u8 = 8;

/// Most values that a search keeps of one object; the rest is skipped, for that is much faster.
const SEARCH_HITS: u32 = 24;

/// Which subtrees are wanted. Picked trees hold them at their places, and little else.
#[derive(Clone, Debug, Default)]
pub struct Picker {
    root: Want,
}

#[derive(Clone, Debug)]
enum Want {
    All,
    Some {
        fields: Vec<(String, Want)>,
        /// Below here, values of fields that this is true for are wanted too, wherever they are.
        named: Option<fn(&str) -> bool>,
    },
}

impl Default for Want {
    fn default() -> Self {
        Self::Some { fields: Vec::new(), named: None }
    }
}

impl Want {
    fn field(&mut self, name: &str) -> Option<&mut Want> {
        let Self::Some { fields, named } = self else { return None };
        let named = *named;
        let i = fields.iter().position(|(key, _)| key == name).unwrap_or_else(|| {
            fields.push((name.to_owned(), Want::Some { fields: Vec::new(), named }));
            fields.len() - 1
        });
        fields.get_mut(i).map(|(_, want)| want)
    }
}

impl Picker {
    /// Wants what `path` needs.
    pub fn add(&mut self, path: &Path) {
        let mut names = Vec::new();
        for step in &path.steps {
            match step {
                Step::Field(name) => names.push(name.as_str()),
                Step::Literal(_) | Step::Word if names.is_empty() => return,
                _ => break,
            }
        }
        self.add_fields(&names);
    }

    /// Wants the whole subtree below these fields.
    pub fn add_fields(&mut self, names: &[&str]) {
        let mut want = &mut self.root;
        for name in names {
            match want.field(name) {
                Some(below) => want = below,
                // All of it is wanted already.
                None => return,
            }
        }
        *want = Want::All;
    }

    /// Wants, anywhere below the field `top` (eight levels deep, the first 24), the values of fields whose name
    /// passes `test`. To be called before [`Picker::add`].
    pub fn search(&mut self, top: &str, test: fn(&str) -> bool) {
        if let Some(Want::Some { named, .. }) = self.root.field(top) {
            *named = Some(test);
        }
    }

    /// The wanted parts of one object. Errors on JSON that is cut off, malformed or, in a wanted
    /// part, nested more than 128 levels deep.
    pub fn pick<'a>(&self, json: &'a [u8]) -> Result<Node<'a>, serde_json::Error> {
        let mut deserializer = serde_json::Deserializer::from_slice(json);
        let node = Pick { want: &self.root, left: &Cell::new(SEARCH_HITS) }
            .deserialize(&mut deserializer)?;
        deserializer.end()?;
        Ok(node)
    }
}

struct Pick<'w> {
    want: &'w Want,
    /// How many values a search may still keep.
    left: &'w Cell<u32>,
}

impl<'de> DeserializeSeed<'de> for Pick<'_> {
    type Value = Node<'de>;
    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Node<'de>, D::Error> {
        match self.want {
            Want::All => Node::deserialize(deserializer),
            Want::Some { fields, named } => {
                deserializer.deserialize_any(Fields { fields, named: *named, left: self.left })
            }
        }
    }
}

struct Fields<'w> {
    fields: &'w [(String, Want)],
    named: Option<fn(&str) -> bool>,
    left: &'w Cell<u32>,
}

impl<'de> Visitor<'de> for Fields<'_> {
    type Value = Node<'de>;
    visit_scalars!('de);

    fn visit_seq<A: SeqAccess<'de>>(self, seq: A) -> Result<Node<'de>, A::Error> {
        // No path looks for a field in an array; a search does.
        match self.named {
            Some(test) => Search { test, depth: 0, left: self.left }.visit_seq(seq),
            None => IgnoredAny.visit_seq(seq).map(|_| Node::List(Vec::new())),
        }
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Node<'de>, A::Error> {
        let mut found = Vec::new();
        while let Some(Name(key)) = map.next_key()? {
            if let Some((_, want)) = self.fields.iter().find(|(name, _)| *name == key) {
                found.push((key, map.next_value_seed(Pick { want, left: self.left })?));
            } else if let Some(test) = self.named {
                let search = Search { test, depth: 0, left: self.left };
                search_field(key, &mut map, search, &mut found)?;
            } else {
                map.next_value::<IgnoredAny>()?;
            }
        }
        Ok(Node::Map(found))
    }
}

/// Keeps only what was searched for; everything without it is an empty array or object, or null.
#[derive(Clone, Copy)]
struct Search<'w> {
    test: fn(&str) -> bool,
    depth: u8,
    left: &'w Cell<u32>,
}

fn search_field<'de, A: MapAccess<'de>>(
    key: Cow<'de, str>,
    map: &mut A,
    search: Search<'_>,
    found: &mut Vec<(Cow<'de, str>, Node<'de>)>,
) -> Result<(), A::Error> {
    if search.depth >= SEARCH_DEPTH || search.left.get() == 0 {
        map.next_value::<IgnoredAny>()?;
    } else if (search.test)(&key) {
        search.left.set(search.left.get() - 1);
        found.push((key, map.next_value()?));
    } else {
        let node = map.next_value_seed(Search { depth: search.depth + 1, ..search })?;
        if !is_bare(&node) {
            found.push((key, node));
        }
    }
    Ok(())
}

fn is_bare(node: &Node<'_>) -> bool {
    match node {
        Node::List(items) => items.is_empty(),
        Node::Map(fields) => fields.is_empty(),
        _ => true,
    }
}

impl<'de> DeserializeSeed<'de> for Search<'_> {
    type Value = Node<'de>;
    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Node<'de>, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Search<'_> {
    type Value = Node<'de>;
    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }
    fn visit_bool<E>(self, _: bool) -> Result<Node<'de>, E> {
        Ok(Node::Null)
    }
    fn visit_i64<E>(self, _: i64) -> Result<Node<'de>, E> {
        Ok(Node::Null)
    }
    fn visit_u64<E>(self, _: u64) -> Result<Node<'de>, E> {
        Ok(Node::Null)
    }
    fn visit_f64<E>(self, _: f64) -> Result<Node<'de>, E> {
        Ok(Node::Null)
    }
    fn visit_str<E>(self, _: &str) -> Result<Node<'de>, E> {
        Ok(Node::Null)
    }
    fn visit_unit<E>(self) -> Result<Node<'de>, E> {
        Ok(Node::Null)
    }
    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Node<'de>, A::Error> {
        let mut items = Vec::new();
        if self.depth >= SEARCH_DEPTH || self.left.get() == 0 {
            IgnoredAny.visit_seq(seq)?;
            return Ok(Node::List(items));
        }
        while let Some(item) = seq.next_element_seed(Search { depth: self.depth + 1, ..self })? {
            if !is_bare(&item) {
                items.push(item);
            }
        }
        Ok(Node::List(items))
    }
    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Node<'de>, A::Error> {
        let mut found = Vec::new();
        while let Some(Name(key)) = map.next_key()? {
            search_field(key, &mut map, self, &mut found)?;
        }
        Ok(Node::Map(found))
    }
}
