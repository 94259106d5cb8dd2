//! Reads a filter as typed. Every error says where and what would be right.

use super::query::{Op, Pattern, Query, QueryError, Term, Test, Value};
use crate::text::{age, quantity};
use regex::RegexBuilder;

/// A pattern that compiles to more than this was not meant.
const MAX_REGEX_BYTES: usize = 1 << 20;

pub(super) fn parse(text: &str) -> Result<Query, QueryError> {
    let mut query = Query { text: text.to_owned(), ..Query::default() };
    let mut reader = Reader { text, at: 0 };
    let mut selectors: Vec<String> = Vec::new();
    while reader.skip_spaces() {
        let at = reader.at;
        if reader.flag("-l") {
            selectors.push(reader.selector(at)?);
        } else if reader.flag("-f") {
            let letters = reader.value(at, "-f needs the letters to look for: -f apx")?;
            let letters = letters.chars().flat_map(char::to_lowercase).collect();
            query.terms.push(Term { at, negated: false, test: Test::Fuzzy(letters) });
        } else {
            let negated = reader.take("!");
            match reader.term(at)? {
                Parsed::Test(test) => query.terms.push(Term { at, negated, test }),
                Parsed::Labels(labels) if negated => {
                    return Err(error(
                        at,
                        format!(
                            "labels are asked of the server: write -l {} instead of !{labels}",
                            labels.replacen('=', "!=", 1)
                        ),
                    ));
                }
                Parsed::Labels(labels) => selectors.push(labels),
            }
        }
    }
    query.labels = selectors.join(",");
    Ok(query)
}

enum Parsed {
    Test(Test),
    Labels(String),
}

fn error(at: usize, message: impl Into<String>) -> QueryError {
    QueryError { at, message: message.into() }
}

struct Reader<'t> {
    text: &'t str,
    at: usize,
}

impl<'t> Reader<'t> {
    fn rest(&self) -> &'t str {
        &self.text[self.at..]
    }

    /// Whether something is left.
    fn skip_spaces(&mut self) -> bool {
        self.at += self.rest().len() - self.rest().trim_start().len();
        !self.rest().is_empty()
    }

    fn take(&mut self, wanted: &str) -> bool {
        let found = self.rest().starts_with(wanted);
        if found {
            self.at += wanted.len();
        }
        found
    }

    /// A flag is a word of its own.
    fn flag(&mut self, flag: &str) -> bool {
        let after = self.rest().strip_prefix(flag);
        after.is_some_and(|after| after.is_empty() || after.starts_with(char::is_whitespace))
            && self.take(flag)
    }

    /// Everything up to the next space.
    fn word(&mut self) -> &'t str {
        let rest = self.rest();
        let word = &rest[..rest.find(char::is_whitespace).unwrap_or(rest.len())];
        self.at += word.len();
        word
    }

    /// What stands in quotes; None where no quote opens here.
    fn quoted(&mut self) -> Result<Option<&'t str>, QueryError> {
        let at = self.at;
        let Some(quote) = self.rest().chars().next().filter(|c| matches!(c, '"' | '\'')) else {
            return Ok(None);
        };
        self.at += 1;
        let rest = self.rest();
        let end = rest
            .find(quote)
            .ok_or_else(|| error(at, format!("the quote {quote} is not closed")))?;
        self.at += end + 1;
        Ok(Some(&rest[..end]))
    }

    /// The next word or quoted text.
    fn value(&mut self, at: usize, missing: &str) -> Result<&'t str, QueryError> {
        self.skip_spaces();
        let value = match self.quoted()? {
            Some(value) => value,
            None => self.word(),
        };
        if value.is_empty() { Err(error(at, missing)) } else { Ok(value) }
    }

    /// A label selector after `-l`: in quotes, or up to a space that is not within a list.
    fn selector(&mut self, at: usize) -> Result<String, QueryError> {
        self.skip_spaces();
        if let Some(quoted) = self.quoted()? {
            return labels(quoted.trim(), at);
        }
        let start = self.at;
        loop {
            self.word();
            let so_far = &self.text[start..self.at];
            let next = self.rest().trim_start();
            let open = so_far.matches('(').count() > so_far.matches(')').count();
            let goes_on = open
                || so_far.ends_with(',')
                || next.starts_with(',')
                || next.starts_with("in (")
                || next.starts_with("notin (")
                || ((so_far.ends_with(" in") || so_far.ends_with(" notin"))
                    && next.starts_with('('));
            if !goes_on || !self.skip_spaces() {
                return labels(so_far, at);
            }
        }
    }

    fn term(&mut self, at: usize) -> Result<Parsed, QueryError> {
        if let Some(quoted) = self.quoted()? {
            if quoted.is_empty() {
                return Err(error(at, "there is nothing between the quotes"));
            }
            return Ok(Parsed::Test(Test::Text(literal(quoted, at)?)));
        }
        if let Some((name, op)) = self.column() {
            let missing = format!("{name} is compared with nothing: write a value after it");
            // A value follows at once; after a space there is the next term.
            let quoted = self.quoted()?;
            let value = match quoted {
                Some(value) => value,
                None => self.word(),
            };
            // Quotes with nothing between them are an empty cell.
            let empty = quoted.is_some() && matches!(op, Op::Is | Op::IsNot);
            if value.is_empty() && !empty {
                return Err(error(at, missing));
            }
            return column_test(name, op, value, at).map(Parsed::Test);
        }
        let word = self.word();
        if word.is_empty() {
            return Err(error(at, "! needs a term to turn round: !proxy"));
        }
        if looks_like_labels(word) {
            return labels(word, at).map(Parsed::Labels);
        }
        let regex = compile(word, at)?;
        let plain = word.bytes().all(|b| b.is_ascii() && !regex_syntax(b));
        let literal = plain.then(|| word.to_ascii_lowercase());
        Ok(Parsed::Test(Test::Text(Pattern { source: word.to_owned(), regex, literal })))
    }

    /// A column's name and an operator, if that is what stands here.
    fn column(&mut self) -> Option<(&'t str, Op)> {
        let rest = self.rest();
        let name = &rest[..rest.find(|c: char| !name_char(c)).unwrap_or(rest.len())];
        if !name.starts_with(|c: char| c.is_alphanumeric() || c == '%') {
            return None;
        }
        let after = &rest[name.len()..];
        let (sign, op) = [
            ("==", Op::Is),
            ("!=", Op::IsNot),
            (">=", Op::AtLeast),
            ("<=", Op::AtMost),
            (">", Op::More),
            ("<", Op::Less),
            (":", Op::Contains),
        ]
        .into_iter()
        .find(|(sign, _)| after.starts_with(sign))?;
        self.at += name.len() + sign.len();
        Some((name, op))
    }
}

fn name_char(c: char) -> bool {
    c.is_alphanumeric() || matches!(c, '-' | '_' | '/' | '%' | '.')
}

fn regex_syntax(byte: u8) -> bool {
    b"\\.+*?()|[]{}^$".contains(&byte)
}

fn column_test(name: &str, op: Op, value: &str, at: usize) -> Result<Test, QueryError> {
    if name.eq_ignore_ascii_case("owner") {
        return match (op, value.split_once('/')) {
            (Op::Contains | Op::Is, Some((kind, name))) => {
                Ok(Test::Owner { kind: kind.to_owned(), name: name.to_owned() })
            }
            (Op::Contains, None) => Ok(Test::OwnerText(literal(value, at)?)),
            _ => Err(error(at, "an owner is written owner:Kind/name, or !owner:Kind/name")),
        };
    }
    let pattern = match op {
        Op::Is | Op::IsNot => {
            let source = format!("^(?:{})$", regex::escape(value));
            let regex = compile(&source, at)?;
            Pattern { source, regex, literal: None }
        }
        _ => literal(value, at)?,
    };
    let quantity = quantity::scaled(value.strip_suffix('%').unwrap_or(value), 3);
    let duration = age::parse(value);
    let ordered = !matches!(op, Op::Contains | Op::Is | Op::IsNot);
    if ordered && quantity.is_none() && duration.is_none() {
        return Err(error(
            at,
            format!("`{value}` is no number and no length of time: write 3, 200m, 1Gi, 5m or 2d"),
        ));
    }
    // Only an order is a matter of time: `:` and `==` do not read clocks.
    let duration = duration.filter(|_| ordered);
    let value = Value { text: value.to_owned(), pattern, quantity, duration };
    Ok(Test::Column { name: name.to_owned(), op, value })
}

fn literal(text: &str, at: usize) -> Result<Pattern, QueryError> {
    let source = regex::escape(text);
    let regex = compile(&source, at)?;
    let literal = text.is_ascii().then(|| text.to_ascii_lowercase());
    Ok(Pattern { source, regex, literal })
}

fn compile(source: &str, at: usize) -> Result<regex::Regex, QueryError> {
    RegexBuilder::new(source)
        .case_insensitive(true)
        .size_limit(MAX_REGEX_BYTES)
        .build()
        .map_err(|cause| {
            // The library draws the place on several lines; the last one says what is wrong.
            let cause = cause.to_string();
            let why = cause.lines().last().unwrap_or_default().trim();
            let why = why.strip_prefix("error: ").unwrap_or(why);
            error(at, format!("`{source}` is no regular expression ({why}); put it in quotes to look for it as text"))
        })
}

/// `key=value` and what may follow it. `key==value` and `key!=value` are about columns.
fn looks_like_labels(word: &str) -> bool {
    word.split_once('=').is_some_and(|(key, value)| {
        !key.is_empty() && key.chars().all(name_char) && !value.starts_with('=')
    })
}

/// Checks a selector as far as it can be without the server.
fn labels(selector: &str, at: usize) -> Result<String, QueryError> {
    let wrong = |part: &str| {
        error(
            at,
            format!(
                "`{part}` is no label selector: write app=x, app!=x, app, !app or 'app in (x,y)'; text with = in it goes in quotes"
            ),
        )
    };
    let mut depth = 0usize;
    let parts = selector.split(|c| {
        match c {
            '(' => depth += 1,
            ')' => depth = depth.saturating_sub(1),
            _ => {}
        }
        c == ',' && depth == 0
    });
    for part in parts {
        let part = part.trim();
        let requirement = part.strip_prefix('!').unwrap_or(part);
        let end = requirement
            .find(|c: char| !(c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.' | '/')))
            .unwrap_or(requirement.len());
        let (key, rest) = requirement.split_at(end);
        let value = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
        let rest = rest.trim_start();
        let list = ["in", "notin"].iter().find_map(|word| rest.strip_prefix(word));
        let right = match list {
            Some(list) => list
                .trim()
                .strip_prefix('(')
                .and_then(|list| list.strip_suffix(')'))
                .is_some_and(|list| list.split(',').all(|v| v.trim().chars().all(value))),
            None => {
                let sign = ["==", "!=", "="].iter().find_map(|sign| rest.strip_prefix(sign));
                match sign {
                    Some(text) => text.trim().chars().all(value),
                    None => rest.is_empty(),
                }
            }
        };
        if key.is_empty() || !right {
            return Err(wrong(part));
        }
    }
    Ok(selector.to_owned())
}
