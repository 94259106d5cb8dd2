//! A look into an object that takes nothing for granted: what is missing, null or of another type
//! than expected is empty, never an error.

use serde_json::Value;

/// A value, or nothing. `null` is nothing, as it is for the API server.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Node<'a>(Option<&'a Value>);

impl<'a> From<&'a Value> for Node<'a> {
    fn from(value: &'a Value) -> Self {
        Self(Some(value).filter(|value| !value.is_null()))
    }
}

impl<'a> Node<'a> {
    /// A field.
    pub(super) fn get(self, key: &str) -> Node<'a> {
        self.0.and_then(|value| value.get(key)).map_or(Node(None), Node::from)
    }

    /// A field below fields: `spec.template.spec`.
    pub(super) fn at(self, path: &str) -> Node<'a> {
        path.split('.').fold(self, Node::get)
    }

    pub(super) fn exists(self) -> bool {
        self.0.is_some()
    }

    pub(super) fn value(self) -> Option<&'a Value> {
        self.0
    }

    /// A string; empty for anything else.
    pub(super) fn str(self) -> &'a str {
        self.0.and_then(Value::as_str).unwrap_or_default()
    }

    /// What it reads as: strings as they are, numbers and truth values as Go prints them, lists and
    /// maps likewise; empty for nothing.
    pub(super) fn text(self) -> String {
        self.0.map(super::words::go_value).unwrap_or_default()
    }

    /// Its text, or this where there is none.
    pub(super) fn or(self, default: &str) -> String {
        let text = self.text();
        if text.is_empty() { default.to_owned() } else { text }
    }

    pub(super) fn int(self) -> Option<i64> {
        self.0.and_then(Value::as_i64)
    }

    /// A number; 0 for anything else.
    pub(super) fn num(self) -> i64 {
        self.int().unwrap_or(0)
    }

    /// `true`, and nothing else.
    pub(super) fn yes(self) -> bool {
        self.bool() == Some(true)
    }

    pub(super) fn bool(self) -> Option<bool> {
        self.0.and_then(Value::as_bool)
    }

    /// The elements of a list; none for anything else.
    pub(super) fn items(self) -> impl DoubleEndedIterator<Item = Node<'a>> + ExactSizeIterator {
        self.0
            .and_then(Value::as_array)
            .map(Vec::as_slice)
            .unwrap_or_default()
            .iter()
            .map(Node::from)
    }

    /// The texts of a list's elements.
    pub(super) fn texts(self) -> Vec<String> {
        self.items().map(Node::text).collect()
    }

    /// The fields of a map by name; none for anything else.
    pub(super) fn entries(self) -> Vec<(&'a str, Node<'a>)> {
        let map = self.0.and_then(Value::as_object);
        let mut entries: Vec<_> = map
            .into_iter()
            .flatten()
            .map(|(key, value)| (key.as_str(), Node::from(value)))
            .collect();
        entries.sort_unstable_by_key(|(key, _)| *key);
        entries
    }

    /// Neither an element nor a field, nor anything else.
    pub(super) fn is_empty(self) -> bool {
        match self.0 {
            None => true,
            Some(Value::Array(items)) => items.is_empty(),
            Some(Value::Object(map)) => map.is_empty(),
            Some(Value::String(text)) => text.is_empty(),
            Some(_) => false,
        }
    }
}
