//! The filter language: what may be typed after `/`, and what it means.
//!
//! Terms are separated by spaces and all must hold; `!` before a term turns it round.
//!
//! | term | keeps rows |
//! |---|---|
//! | `api`, `^web-[0-9]` | with text that matches this regular expression, ignoring case |
//! | `"a b:c"` | with exactly this text somewhere, ignoring case |
//! | `status:crash` | where the column contains the text |
//! | `node==n-1`, `node!=n-1` | where the column is (not) the text or number |
//! | `off!=""` | where the column has something |
//! | `restarts>3`, `cpu>=200m`, `age<1h` | where the column compares like this |
//! | `owner:Job/x`, `owner:x` | owned by this object, or by one whose kind or name contains the text |
//! | `-f apx` | with these letters in this order in `namespace/name` |
//! | `app=x,tier!=y`, `-l 'app in (x,y)'` | with these labels: asked of the server |
//!
//! "Text" of a row is its namespace, its name and its text and ratio cells, with a space between;
//! cells of wide columns only while those are shown ([`Query::with_wide`]), so that no row is there
//! for a reason nobody sees.

use super::query_match::Matcher;
use super::{ColumnKind, Metrics, Schema, distance};
use regex::Regex;

/// Why a filter cannot be used, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct QueryError {
    /// Byte offset in the filter text.
    pub at: usize,
    /// What is wrong and what would be right.
    pub message: String,
}

impl std::fmt::Display for QueryError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for QueryError {}

/// A parsed filter.
#[derive(Clone, Debug, Default)]
pub struct Query {
    pub(super) text: String,
    pub(super) labels: String,
    pub(super) terms: Vec<Term>,
    pub(super) with_wide: bool,
}

/// One condition.
#[derive(Clone, Debug)]
pub(super) struct Term {
    /// Byte offset in the filter text.
    pub at: usize,
    pub negated: bool,
    pub test: Test,
}

#[derive(Clone, Debug)]
pub(super) enum Test {
    /// Matches the row's whole text.
    Text(Pattern),
    /// Lower-case letters found in this order in namespace/name.
    Fuzzy(Vec<char>),
    /// An owner of this kind and name.
    Owner { kind: String, name: String },
    /// An owner whose `Kind/name` matches.
    OwnerText(Pattern),
    /// A column compared with a value.
    Column { name: String, op: Op, value: Value },
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Op {
    Contains,
    Is,
    IsNot,
    Less,
    AtMost,
    More,
    AtLeast,
}

/// A compiled pattern, and what it says when it is plain ASCII text (lower case).
#[derive(Clone, Debug)]
pub(super) struct Pattern {
    pub source: String,
    pub regex: Regex,
    pub literal: Option<String>,
}

/// What a column is compared with, read in every way it can be.
#[derive(Clone, Debug)]
pub(super) struct Value {
    pub text: String,
    /// For `:`, `==` and `!=`.
    pub pattern: Pattern,
    /// As a quantity, in thousandths.
    pub quantity: Option<i128>,
    /// As a length of time, in seconds.
    pub duration: Option<i64>,
}

impl Query {
    /// Parses a filter as typed after `/`.
    pub fn parse(text: &str) -> Result<Self, QueryError> {
        super::query_parse::parse(text)
    }

    /// The filter as typed.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Whether every row matches.
    pub fn is_empty(&self) -> bool {
        self.terms.is_empty()
    }

    /// The label selector of `-l` and `key=value` terms: it is asked of the server, not of rows.
    pub fn labels(&self) -> Option<&str> {
        (!self.labels.is_empty()).then_some(self.labels.as_str())
    }

    /// The same filter, its words looked for in wide columns too: for a table that shows them.
    #[must_use]
    pub fn with_wide(&self, wide: bool) -> Self {
        Self { with_wide: wide, ..self.clone() }
    }

    /// The same filter, and the row must be owned by `owner`, written `Kind/name`.
    #[must_use]
    pub fn and_owner(&self, owner: &str) -> Self {
        let mut query = self.clone();
        let (kind, name) = owner.split_once('/').unwrap_or((owner, ""));
        let test = Test::Owner { kind: kind.into(), name: name.into() };
        query.terms.push(Term { at: 0, negated: false, test });
        query
    }

    /// Checks the columns it names against a table's; an unknown one is an error that names the
    /// nearest, never a silent miss. So is a value that cannot be compared with the column.
    pub fn check(&self, schema: &Schema) -> Result<(), QueryError> {
        self.terms.iter().try_for_each(|term| {
            check(&term.test, schema).map_err(|message| QueryError { at: term.at, message })
        })
    }

    /// Whether time alone can change which rows match.
    pub fn depends_on_clock(&self) -> bool {
        self.terms.iter().any(|term| match &term.test {
            // In `cpu<200m` the m is thousandths, not minutes.
            Test::Column { name, value, .. } => {
                value.duration.is_some() && !name.to_ascii_lowercase().contains("cpu")
            }
            _ => false,
        })
    }

    /// Whether new live metrics can change which rows of a table match.
    pub fn depends_on_metrics(&self, schema: &Schema) -> bool {
        self.terms.iter().any(|term| match &term.test {
            Test::Column { name, .. } => schema.find(name).is_some_and(|column| {
                matches!(schema.columns[column].source, super::ColumnSource::Metric(..))
            }),
            _ => false,
        })
    }

    /// Whether every row that passes this filter surely passed `previous`: then only the rows that
    /// are shown need to be looked at.
    pub fn narrows(&self, previous: &Self) -> bool {
        self.labels == previous.labels
            && self.with_wide == previous.with_wide
            && previous.terms.iter().all(|old| self.terms.iter().any(|new| implies(new, old)))
    }

    /// Ready to judge rows of one table at one moment (`now` is Unix seconds). Terms about columns
    /// that the table has not got match nothing: [`Query::check`] tells.
    pub fn matcher<'a>(
        &'a self,
        schema: &'a Schema,
        metrics: Option<&'a Metrics>,
        now: i64,
    ) -> Matcher<'a> {
        Matcher::new(&self.terms, self.with_wide, schema, metrics, now)
    }
}

fn check(test: &Test, schema: &Schema) -> Result<(), String> {
    let Test::Column { name, op, value } = test else { return Ok(()) };
    let Some(column) = schema.find(name).map(|i| &schema.columns[i]) else {
        return Err(unknown(name, schema));
    };
    let title = &column.title;
    let lower = title.to_lowercase();
    match (column.kind, op) {
        (ColumnKind::Clock, Op::Contains | Op::Is | Op::IsNot) => {
            Err(format!("{title} changes with the clock: compare it, such as {lower}<1h"))
        }
        (ColumnKind::Clock, _) if value.duration.is_none() => Err(format!(
            "{title} is a length of time and `{}` is none: write 90s, 5m, 1h30m or 2d",
            value.text
        )),
        (ColumnKind::Clock, _) | (_, Op::Contains | Op::Is | Op::IsNot) => Ok(()),
        (ColumnKind::Text, _) if value.quantity.is_none() => {
            Err(format!("{title} is text: write {lower}:{0} or {lower}=={0}", value.text))
        }
        (ColumnKind::Number, _) if value.quantity.is_none() && value.duration.is_none() => {
            Err(format!("{title} is a number and `{}` is none: write 3, 200m or 1Gi", value.text))
        }
        _ => Ok(()),
    }
}

fn unknown(name: &str, schema: &Schema) -> String {
    let lower = name.to_lowercase();
    let near = schema
        .columns
        .iter()
        .map(|column| column.title.to_lowercase().replace(' ', "-"))
        .map(|title| (distance(&title, &lower), title))
        .min()
        .filter(|(distance, title)| *distance <= 1 + title.len() / 3);
    let hint = match near {
        Some((_, title)) => format!("did you mean {title}?"),
        None => "put the term in quotes to look for it as text".to_owned(),
    };
    format!("{} has no column {name}: {hint}", schema.kind)
}

/// Whether a row that passes `new` surely passes `old`. May say no when unsure.
fn implies(new: &Term, old: &Term) -> bool {
    if new.negated != old.negated {
        return false;
    }
    // Turned round, the wider condition is the one that excludes more.
    let (strict, loose) = if new.negated { (&old.test, &new.test) } else { (&new.test, &old.test) };
    match (strict, loose) {
        (Test::Text(a), Test::Text(b)) | (Test::OwnerText(a), Test::OwnerText(b)) => a.implies(b),
        (Test::Fuzzy(a), Test::Fuzzy(b)) => {
            let mut letters = a.iter();
            b.iter().all(|wanted| letters.any(|letter| letter == wanted))
        }
        (Test::Owner { kind: a, name: b }, Test::Owner { kind: c, name: d }) => a == c && b == d,
        (Test::Column { name: a, op: x, value: v }, Test::Column { name: b, op: y, value: w }) => {
            a.eq_ignore_ascii_case(b) && x == y && v.implies(*x, w)
        }
        _ => false,
    }
}

impl Pattern {
    fn implies(&self, looser: &Self) -> bool {
        self.source == looser.source
            || matches!((&self.literal, &looser.literal), (Some(a), Some(b)) if a.contains(b.as_str()))
    }
}

impl Value {
    fn implies(&self, op: Op, looser: &Self) -> bool {
        if self.text == looser.text {
            return true;
        }
        // How the text is read depends on the column: both readings must agree.
        let within = |cmp: fn(&i128, &i128) -> bool| {
            let pair = |a: Option<i128>, b: Option<i128>| match (a, b) {
                (Some(a), Some(b)) => cmp(&a, &b),
                (None, _) => true,
                (Some(_), None) => false,
            };
            pair(self.quantity, looser.quantity)
                && pair(self.duration.map(i128::from), looser.duration.map(i128::from))
        };
        match op {
            Op::Contains => self.pattern.implies(&looser.pattern),
            Op::Is | Op::IsNot => false,
            Op::Less | Op::AtMost => within(i128::le),
            Op::More | Op::AtLeast => within(i128::ge),
        }
    }
}

#[cfg(test)]
#[path = "query_tests.rs"]
mod tests;
