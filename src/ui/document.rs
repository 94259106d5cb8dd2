//! A TOML file being read for settings, keys or a theme: every complaint names file, line and key.
//!
//! The three readers walk the parsed document themselves instead of deriving it, because a derived
//! reader stops at the first mistake and cannot turn an unknown key into a warning.

use crate::model::{Fault, FaultKind};
use crate::text::sanitise::clean;
use std::ops::Range;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

/// What was wrong with a file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Complaints {
    /// The file cannot be used as it stands.
    pub faults: Vec<Fault>,
    /// Something was ignored; the rest counts.
    pub warnings: Vec<Fault>,
}

/// One file: its name for messages, and its text.
#[derive(Clone, Copy, Debug)]
pub struct Document<'t> {
    /// Its name as the person knows it, usually the path.
    pub file: &'t str,
    /// Its content.
    pub text: &'t str,
}

/// A table's entries in the order of the file, with keys as text.
pub type Entry<'a, 't> = (&'a Spanned<std::borrow::Cow<'t, str>>, &'a Spanned<DeValue<'t>>);

impl<'t> Document<'t> {
    /// Parses the file.
    ///
    /// # Errors
    /// The syntax error, with its line.
    pub fn parse(&self) -> Result<DeTable<'t>, Fault> {
        let table = DeTable::parse(self.text).map_err(|error| {
            let at = error.span().unwrap_or(0..0);
            Fault::new(
                FaultKind::Input,
                self.place(&at, ""),
                format!(
                    "not valid TOML: {}",
                    error.message().lines().collect::<Vec<_>>().join(", ")
                ),
            )
        })?;
        Ok(table.into_inner())
    }

    /// 1-based line of a byte offset.
    pub fn line(&self, offset: usize) -> usize {
        let end = offset.min(self.text.len());
        self.text.as_bytes()[..end].iter().filter(|&&byte| byte == b'\n').count() + 1
    }

    /// A complaint about the key `key` at `span`.
    pub fn fault(&self, span: &Range<usize>, key: &str, why: impl Into<String>) -> Fault {
        // TOML strings can hold any character, escape sequences included.
        Fault::new(FaultKind::Input, self.place(span, key), clean(&why.into()))
    }

    fn place(&self, span: &Range<usize>, key: &str) -> String {
        let line = self.line(span.start);
        let comma = if key.is_empty() { "" } else { ", " };
        clean(&format!("{} line {line}{comma}{key}", self.file)).into_owned()
    }

    /// Checks the `version` key: 1 or absent.
    ///
    /// # Errors
    /// When the file says it has another version.
    pub fn version(&self, table: &DeTable<'t>) -> Result<(), Fault> {
        let Some((key, value)) = table.get_key_value("version") else { return Ok(()) };
        match value.get_ref().as_integer() {
            Some(number) if number.as_str() == "1" => Ok(()),
            Some(number) => Err(self
                .fault(&key.span(), "version", format!("version {} is not known", number.as_str()))
                .hint("this program reads version 1")),
            None => Err(self.wrong_type(value, "version", "the number 1")),
        }
    }

    /// "a string is needed here, not an integer".
    pub fn wrong_type(&self, value: &Spanned<DeValue<'t>>, key: &str, needed: &str) -> Fault {
        let found = match value.get_ref() {
            DeValue::String(_) => "a string",
            DeValue::Integer(_) => "a whole number",
            DeValue::Float(_) => "a number with a fraction",
            DeValue::Boolean(_) => "true or false",
            DeValue::Datetime(_) => "a date",
            DeValue::Array(_) => "a list",
            DeValue::Table(_) => "a table",
        };
        self.fault(&value.span(), key, format!("{needed} is needed here, not {found}"))
    }

    /// The value as text.
    ///
    /// # Errors
    /// When it is something else.
    pub fn string<'a>(&self, value: &'a Spanned<DeValue<'t>>, key: &str) -> Result<&'a str, Fault> {
        value.get_ref().as_str().ok_or_else(|| self.wrong_type(value, key, "a string"))
    }

    /// The value as true or false.
    ///
    /// # Errors
    /// When it is something else.
    pub fn boolean(&self, value: &Spanned<DeValue<'t>>, key: &str) -> Result<bool, Fault> {
        value.get_ref().as_bool().ok_or_else(|| self.wrong_type(value, key, "true or false"))
    }

    /// The value as a table.
    ///
    /// # Errors
    /// When it is something else.
    pub fn table<'a>(
        &self,
        value: &'a Spanned<DeValue<'t>>,
        key: &str,
    ) -> Result<&'a DeTable<'t>, Fault> {
        value.get_ref().as_table().ok_or_else(|| self.wrong_type(value, key, "a table"))
    }

    /// A warning about a key nobody knows, with the nearest known one.
    pub fn unknown(&self, span: &Range<usize>, key: &str, known: &[&str]) -> Fault {
        let name = key.rsplit('.').next().unwrap_or(key);
        let fault = self.fault(span, key, "this key is not known and was ignored");
        match nearest(name, known.iter().copied()) {
            Some(near) => fault.hint(format!("did you mean {near}?")),
            None => fault.hint(format!("known here: {}", known.join(", "))),
        }
    }
}

/// The files that make up the theme or keymap (`what`) called `name`, base first: file name for
/// messages, and text.
///
/// A file says `inherits = "NAME"` or `"none"`. A user's file that says nothing lies over the
/// built-in of the same name, else over `fallback`: three lines then change three things.
///
/// # Errors
/// When one of them does not exist, is not TOML, or inherits from itself.
pub fn chain(
    what: &str,
    name: &str,
    fallback: &str,
    builtin: &[(&str, &str)],
    user: &dyn Fn(&str) -> Option<(String, String)>,
) -> Result<Vec<(String, String)>, Fault> {
    let mut chain: Vec<(String, String)> = Vec::new();
    let mut seen: Vec<String> = Vec::new();
    let mut next = Some(name.to_owned());
    while let Some(name) = next {
        let own = if seen.contains(&name) { None } else { user(&name) };
        let built_in = builtin.iter().find(|(known, _)| *known == name);
        let (file, text, base) = match (own, built_in) {
            (Some((file, text)), _) => {
                let over = if built_in.is_some() { &name } else { fallback };
                let base = inherits(&file, &text)?.unwrap_or_else(|| over.to_owned());
                (file, text, base)
            }
            (None, Some((_, text))) => {
                let file = format!("built-in {what} {name}");
                let base = inherits(&file, text)?.unwrap_or_else(|| "none".to_owned());
                (file, (*text).to_owned(), base)
            }
            (None, None) if seen.contains(&name) => {
                return Err(Fault::new(
                    FaultKind::Input,
                    clean(&format!("{what} {name}")),
                    "it inherits from itself",
                )
                .hint("break the circle of `inherits` lines"));
            }
            (None, None) => {
                let known: Vec<&str> = builtin.iter().map(|(known, _)| *known).collect();
                let name = clean(&name).into_owned();
                let fault = Fault::new(
                    FaultKind::Input,
                    format!("{what} {name}"),
                    format!("there is no {what} of this name"),
                );
                return Err(match nearest(&name, known.iter().copied()) {
                    Some(near) => fault.hint(format!("did you mean {near}?")),
                    None => fault.hint(format!(
                        "built in: {}; your own go to {what}s/{name}.toml in the config directory",
                        known.join(", ")
                    )),
                });
            }
        };
        chain.push((file, text));
        seen.push(name);
        next = (base != "none").then_some(base);
    }
    chain.reverse();
    Ok(chain)
}

fn inherits(file: &str, text: &str) -> Result<Option<String>, Fault> {
    let document = Document { file, text };
    let table = document.parse()?;
    match table.get("inherits") {
        None => Ok(None),
        Some(value) => document.string(value, "inherits").map(|name| Some(name.to_owned())),
    }
}

/// The known word most like `word`, when one is near enough to be meant.
pub fn nearest<'k>(word: &str, known: impl IntoIterator<Item = &'k str>) -> Option<&'k str> {
    let limit = (word.chars().count() / 3).max(1);
    known
        .into_iter()
        .map(|candidate| (distance(word, candidate), candidate))
        .filter(|(distance, _)| *distance <= limit)
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, candidate)| candidate)
}

/// How many letters must be inserted, removed, replaced or swapped with their neighbour.
fn distance(a: &str, b: &str) -> usize {
    let a: Vec<char> = a.chars().flat_map(char::to_lowercase).collect();
    let b: Vec<char> = b.chars().flat_map(char::to_lowercase).collect();
    let mut before: Vec<usize> = Vec::new();
    let mut above: Vec<usize> = (0..=b.len()).collect();
    for i in 1..=a.len() {
        let mut row = vec![i];
        for j in 1..=b.len() {
            let replace = above[j - 1] + usize::from(a[i - 1] != b[j - 1]);
            let mut best = replace.min(above[j] + 1).min(row[j - 1] + 1);
            if i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] {
                best = best.min(before[j - 2] + 1);
            }
            row.push(best);
        }
        before = std::mem::replace(&mut above, row);
    }
    above.last().copied().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
    use super::*;

    #[test]
    fn a_slip_of_the_finger_finds_the_word_that_was_meant() {
        let known = ["table.delete", "table.wide", "theme"];
        assert_eq!(nearest("table.delte", known), Some("table.delete"));
        assert_eq!(nearest("tehme", known), Some("theme"));
        assert_eq!(nearest("nonsense", known), None);
    }

    #[test]
    fn escape_sequences_in_a_file_do_not_reach_the_terminal() {
        let document = Document { file: "config.toml", text: "\"\\u001b[31m\" = 1\n" };
        let table = document.parse().unwrap();
        let (key, _) = table.iter().next().unwrap();
        let fault = document.unknown(&key.span(), key.get_ref(), &["theme"]);
        assert!(!fault.to_string().contains('\u{1b}'), "{fault}");
    }

    #[test]
    fn a_syntax_error_names_file_and_line() {
        let document = Document { file: "config.toml", text: "theme = \"dark\"\nkeymap = \n" };
        let fault = document.parse().unwrap_err();
        assert!(fault.what.starts_with("config.toml line 2"), "{fault}");
    }
}
