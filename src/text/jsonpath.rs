//! JSONPath as kubectl and CRD printer columns write it (`k8s.io/client-go/util/jsonpath`), read
//! from an object's bytes without building the object: only the subtrees that paths name.
//!
//! ```
//! use wheelhouse::text::jsonpath::{Keys, Path, Picker};
//! let ready = Path::parse(r#".status.conditions[?(@.type=="Ready")].status"#, Keys::Dotted)?;
//! let mut picker = Picker::default();
//! picker.add(&ready);
//! let json = br#"{"spec":{"big":[1,2]},"status":{"conditions":[{"type":"Ready","status":"True"}]}}"#;
//! let tree = picker.pick(json).map_err(|e| e.to_string()).unwrap();
//! assert_eq!(ready.first(&tree).and_then(|node| node.as_str()), Some("True"));
//! # Ok::<(), wheelhouse::text::jsonpath::PathError>(())
//! ```

mod eval;
mod node;
mod parse;
mod pick;
#[cfg(test)]
mod tests;

pub use node::Node;
pub use pick::Picker;

use std::fmt;

/// How `['a.b']` is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Keys {
    /// As client-go reads it: field `a`, then field `b`; a dot within a name is written `\.`.
    /// Printer columns are read so, that they show what the API server shows.
    Dotted,
    /// As people mean it: the one field `a.b`.
    Literal,
}

/// A parsed path.
#[derive(Clone, Debug, PartialEq)]
pub struct Path {
    steps: Vec<Step>,
}

/// Why a path cannot be read, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PathError {
    /// Byte offset in the path as it was given.
    pub at: usize,
    /// What is wrong, and what would be right.
    pub message: String,
}

impl fmt::Display for PathError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "at byte {}: {}", self.at, self.message)
    }
}

impl std::error::Error for PathError {}

/// One step of a path: from values to values.
#[derive(Clone, Debug, PartialEq)]
enum Step {
    Field(String),
    Wildcard,
    Recursive,
    Slice(Slice),
    Filter(Filter),
    Union(Vec<Vec<Step>>),
    Literal(Node<'static>),
    /// A bare word, which client-go reads but cannot evaluate.
    Word,
}

/// `[from:to:step]`, and `[n]` as the slice of one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Slice {
    from: Option<i64>,
    to: Option<i64>,
    /// `to` was not written: this is `[n]`.
    one: bool,
    step: Option<i64>,
}

/// `[?(left op right)]`.
#[derive(Clone, Debug, PartialEq)]
struct Filter {
    left: Vec<Step>,
    op: Op,
    right: Vec<Step>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Op {
    Exists,
    Equal,
    NotEqual,
    Less,
    LessEqual,
    Greater,
    GreaterEqual,
    /// An operator that client-go reads but cannot evaluate.
    Unknown,
}
