//! How far something that was asked for has come.

/// How far it is, in words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Progress {
    /// What it waits for.
    Waits(String),
    /// It is there.
    Done(String),
    /// It will not get there by itself.
    Failed(String),
}
