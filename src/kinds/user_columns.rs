//! Columns that a person adds to any kind in the configuration: plain data, checked when read.

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

/// One column that a person adds to a kind.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UserColumn {
    /// Title; tables show it in upper case.
    pub title: String,
    /// JSONPath of its value, such as `.spec.nodeName`.
    pub json_path: String,
    /// What its values are.
    pub kind: UserColumnKind,
    /// Shown in wide mode only.
    pub wide: bool,
}
