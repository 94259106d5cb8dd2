//! Columns that a person adds to any kind in the configuration: plain data, checked when read.
//!
//! ```toml
//! [[columns.pods]]
//! title = "TRACKED"
//! path = ".metadata.annotations['argocd.argoproj.io/tracking-id']"
//! kind = "text"     # or "number", "date"
//! wide = true
//! ```

use crate::text::jsonpath::{Keys, Path, PathError};

/// What a user column's values are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum UserColumnKind {
    /// Text, left-aligned.
    #[default]
    Text,
    /// A number, right-aligned.
    Number,
    /// An RFC 3339 moment, shown as its age.
    Date,
}

/// One column that a person adds to a kind. Reading it from a configuration file checks it.
#[derive(Clone, Debug, PartialEq, Eq, serde::Deserialize)]
#[serde(try_from = "Raw")]
pub struct UserColumn {
    /// Title; tables show it in upper case.
    pub title: String,
    /// JSONPath of its value, such as `.spec.nodeName`. `['a.b']` is the one field `a.b`.
    pub json_path: String,
    /// What its values are.
    pub kind: UserColumnKind,
    /// Shown in wide mode only.
    pub wide: bool,
}

/// Longest title, in characters.
const MAX_TITLE: usize = 40;

impl UserColumn {
    /// A column; errors when the path cannot be read (with the byte where it goes wrong) or the
    /// title is empty, too long or has control characters.
    pub fn new(
        title: impl Into<String>,
        json_path: impl Into<String>,
        kind: UserColumnKind,
        wide: bool,
    ) -> Result<Self, UserColumnError> {
        let (title, json_path) = (title.into(), json_path.into());
        if title.trim().is_empty()
            || title.chars().count() > MAX_TITLE
            || title.contains(char::is_control)
        {
            return Err(UserColumnError::Title(title));
        }
        match Path::parse(&json_path, Keys::Literal) {
            Ok(_) => Ok(Self { title, json_path, kind, wide }),
            Err(why) => Err(UserColumnError::Path { title, json_path, why }),
        }
    }
}

/// Why a user column cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum UserColumnError {
    /// The title does not fit into a table's head.
    #[error(
        "the column title {0:?} needs 1 to {MAX_TITLE} characters and none that control the terminal"
    )]
    Title(String),
    /// The path cannot be read.
    #[error("column {title}: the JSONPath {json_path} cannot be read {why}")]
    Path {
        /// The column.
        title: String,
        /// Its path as written.
        json_path: String,
        /// Why and where.
        why: PathError,
    },
}

#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct Raw {
    title: String,
    #[serde(alias = "jsonPath", alias = "json_path")]
    path: String,
    #[serde(default)]
    kind: UserColumnKind,
    #[serde(default)]
    wide: bool,
}

impl TryFrom<Raw> for UserColumn {
    type Error = UserColumnError;
    fn try_from(raw: Raw) -> Result<Self, UserColumnError> {
        Self::new(raw.title, raw.path, raw.kind, raw.wide)
    }
}
