//! The filter language for lines: what may be typed after `/` in logs and given to `--filter`.
//!
//! Terms are separated by spaces and all must hold; `!` before a term turns it round. Small letters
//! match both cases; a term with a capital letter is taken literally (smart case).
//!
//! | term | keeps lines |
//! |---|---|
//! | `timeout` | with this text |
//! | `error\|panic` | with one of these texts |
//! | `"two words"` | with exactly this text |
//! | `/time(d )?out/` | that match this regular expression |
//! | `level>=warn` | of this level or above; also `=`, `!=`, `<`, `<=`, `>` |
//! | `status=500`, `user!=bob` | whose field is (not) this |
//! | `took>500ms`, `status>=500` | whose field is a number or length of time that compares like this |
//! | `msg~refused` | whose field contains this text |
//!
//! Fields are those of JSON lines, nested ones with dots (`http.status`), and every `name=value` of
//! other lines.

use super::ansi;
use super::level::Level;
use super::structured::{any_value, level_of};
use memchr::memmem::Finder;
use regex::bytes::{Regex, RegexBuilder};
use std::fmt;
use std::ops::Range;

/// A pattern that compiles to more than this was not meant.
const MAX_REGEX_BYTES: usize = 1 << 20;
/// Places marked in one line.
const MAX_MARKS: usize = 64;

/// A parsed filter. The empty one keeps every line.
#[derive(Clone, Default)]
pub struct Filter {
    text: String,
    terms: Vec<Term>,
}

#[derive(Clone)]
struct Term {
    negated: bool,
    test: Test,
}

#[derive(Clone)]
enum Test {
    /// Has this text, in this case.
    Literal(Box<Finder<'static>>),
    /// Matches.
    Regex(Regex),
    /// Has a level that compares like this.
    Level(Op, Level),
    /// Has a field that compares like this.
    Field { name: String, op: Op, value: Value },
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Op {
    Is,
    IsNot,
    Less,
    AtMost,
    More,
    AtLeast,
    Contains,
}

impl Op {
    fn holds(self, order: std::cmp::Ordering) -> bool {
        match self {
            Self::Is | Self::Contains => order.is_eq(),
            Self::IsNot => order.is_ne(),
            Self::Less => order.is_lt(),
            Self::AtMost => order.is_le(),
            Self::More => order.is_gt(),
            Self::AtLeast => order.is_ge(),
        }
    }
}

/// What a field is compared with.
#[derive(Clone, Debug)]
struct Value {
    text: String,
    /// Case does not matter.
    folded: bool,
    number: Option<Number>,
}

impl fmt::Debug for Filter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Filter").field(&self.text).finish()
    }
}

impl PartialEq for Filter {
    fn eq(&self, other: &Self) -> bool {
        // The text says everything.
        self.text == other.text
    }
}

impl Filter {
    /// Reads a filter as typed.
    ///
    /// # Errors
    /// Where it is wrong (byte offset), and what would be right.
    pub fn parse(text: &str) -> Result<Self, (usize, String)> {
        let mut terms = Vec::new();
        let mut reader = Reader { text, at: 0 };
        while reader.skip_spaces() {
            let at = reader.at;
            let negated = reader.take('!');
            if reader.rest().is_empty() || reader.rest().starts_with(char::is_whitespace) {
                return Err((at, "! needs a term to turn round: !healthz".to_owned()));
            }
            let test = reader.test().map_err(|why| (at, why))?;
            terms.push(Term { negated, test });
        }
        Ok(Self { text: text.to_owned(), terms })
    }

    /// A filter that keeps lines with this text, whatever signs are in it (smart case): for search.
    /// Text between slashes is a regular expression.
    ///
    /// # Errors
    /// Where it is wrong (byte offset), and what would be right.
    pub fn needle(text: &str) -> Result<Self, (usize, String)> {
        if text.is_empty() {
            return Ok(Self::default());
        }
        let test = match between_slashes(text) {
            Some(pattern) => regex(pattern).map(Test::Regex).map_err(|why| (0, why))?,
            None => literal(text).map_err(|why| (0, why))?,
        };
        Ok(Self { text: text.to_owned(), terms: vec![Term { negated: false, test }] })
    }

    /// The filter as typed.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Whether every line is kept.
    pub fn is_empty(&self) -> bool {
        self.terms.is_empty()
    }

    /// Whether lines have to be taken apart for it, which costs more than looking for text.
    pub fn needs_structure(&self) -> bool {
        self.terms.iter().any(|term| matches!(term.test, Test::Level(..) | Test::Field { .. }))
    }

    /// Whether a line stays. Escape sequences in it do not count.
    pub fn keeps(&self, line: &[u8]) -> bool {
        if self.terms.is_empty() {
            return true;
        }
        let line = ansi::stripped(line);
        self.terms.iter().all(|term| term.test.holds(&line) != term.negated)
    }

    /// Where a text shows what the filter looks for, as byte ranges in order: to be marked.
    pub fn marks(&self, text: &str) -> Vec<Range<usize>> {
        let mut marks: Vec<Range<usize>> = Vec::new();
        for term in self.terms.iter().filter(|term| !term.negated) {
            match &term.test {
                Test::Literal(finder) => {
                    let length = finder.needle().len();
                    let found = finder.find_iter(text.as_bytes()).take(MAX_MARKS);
                    marks.extend(found.map(|at| at..at + length));
                }
                Test::Regex(regex) => {
                    let found = regex.find_iter(text.as_bytes()).take(MAX_MARKS);
                    marks.extend(found.map(|found| found.range()).filter(|r| !r.is_empty()));
                }
                Test::Level(..) | Test::Field { .. } => {}
            }
        }
        // A pattern of bytes may cut a character in two.
        marks.retain(|r| text.is_char_boundary(r.start) && text.is_char_boundary(r.end));
        marks.sort_by_key(|range| range.start);
        marks
    }
}

impl Test {
    fn holds(&self, line: &[u8]) -> bool {
        match self {
            Self::Literal(finder) => finder.find(line).is_some(),
            Self::Regex(regex) => regex.is_match(line),
            Self::Level(op, wanted) => {
                level_of(line).is_some_and(|level| op.holds(level.cmp(wanted)))
            }
            Self::Field { name, op: Op::IsNot, value } => {
                !any_value(line, name, &mut |held| value.compares(Op::Is, held))
            }
            Self::Field { name, op, value } => {
                any_value(line, name, &mut |held| value.compares(*op, held))
            }
        }
    }
}

impl Value {
    fn new(text: &str) -> Self {
        Self { text: text.to_owned(), folded: !has_capitals(text), number: number(text) }
    }

    fn compares(&self, op: Op, held: &str) -> bool {
        match op {
            Op::Contains if self.folded => held.to_lowercase().contains(&self.text),
            Op::Contains => held.contains(&self.text),
            Op::Is | Op::IsNot => {
                let same =
                    if self.folded { held.to_lowercase() == self.text } else { held == self.text };
                let equal = || match (self.number, number(held)) {
                    (Some(a), Some(b)) => b.order(a).is_some_and(std::cmp::Ordering::is_eq),
                    _ => false,
                };
                (same || equal()) != (op == Op::IsNot)
            }
            _ => match (number(held), self.number) {
                (Some(held), Some(wanted)) => {
                    held.order(wanted).is_some_and(|order| op.holds(order))
                }
                _ => false,
            },
        }
    }
}

/// A number, or a length of time in seconds.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Number {
    value: f64,
    time: bool,
}

impl Number {
    /// Only what is of one sort can be compared.
    fn order(self, other: Self) -> Option<std::cmp::Ordering> {
        if self.time == other.time { self.value.partial_cmp(&other.value) } else { None }
    }
}

/// `3`, `-0.5`, `1e3`, `812ms`, `1.5s`, `1m30s`.
fn number(text: &str) -> Option<Number> {
    if text.len() > 40 || !text.starts_with(|c: char| c.is_ascii_digit() || "-+.".contains(c)) {
        return None;
    }
    if let Ok(value) = text.parse::<f64>() {
        return value.is_finite().then_some(Number { value, time: false });
    }
    let (mut rest, mut seconds) = (text, 0.0);
    while !rest.is_empty() {
        let end = rest.find(|c: char| !(c.is_ascii_digit() || "-+.".contains(c)))?;
        let (digits, after) = rest.split_at(end);
        let end =
            after.find(|c: char| c.is_ascii_digit() || "-+.".contains(c)).unwrap_or(after.len());
        let (unit, after) = after.split_at(end);
        let scale = match unit {
            "ns" => 1e-9,
            "us" | "µs" | "μs" => 1e-6,
            "ms" => 1e-3,
            "s" => 1.0,
            "m" => 60.0,
            "h" => 3600.0,
            "d" => 86400.0,
            _ => return None,
        };
        seconds += digits.parse::<f64>().ok()? * scale;
        rest = after;
    }
    Some(Number { value: seconds, time: true })
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

    fn take(&mut self, wanted: char) -> bool {
        let found = self.rest().starts_with(wanted);
        if found {
            self.at += wanted.len_utf8();
        }
        found
    }

    /// Everything up to the next space.
    fn word(&mut self) -> &'t str {
        let rest = self.rest();
        let word = &rest[..rest.find(char::is_whitespace).unwrap_or(rest.len())];
        self.at += word.len();
        word
    }

    /// What stands in quotes; None where no quote opens here.
    fn quoted(&mut self) -> Result<Option<&'t str>, String> {
        let Some(quote) = self.rest().chars().next().filter(|c| matches!(c, '"' | '\'')) else {
            return Ok(None);
        };
        self.at += 1;
        let rest = self.rest();
        let end = rest.find(quote).ok_or_else(|| format!("the quote {quote} is not closed"))?;
        if end == 0 {
            return Err("there is nothing between the quotes".to_owned());
        }
        self.at += end + 1;
        Ok(Some(&rest[..end]))
    }

    /// What stands between slashes, spaces and all: the second slash ends a word. Paths have none.
    fn expression(&mut self) -> Option<&'t str> {
        let rest = self.rest().strip_prefix('/')?;
        let ends = |at: &usize| {
            let after = &rest[at + 1..];
            after.is_empty() || after.starts_with(char::is_whitespace)
        };
        let end = rest.match_indices('/').map(|(at, _)| at).find(ends)?;
        if end == 0 {
            return None;
        }
        self.at += end + 2;
        Some(&rest[..end])
    }

    fn test(&mut self) -> Result<Test, String> {
        if let Some(text) = self.quoted()? {
            return literal(text);
        }
        if let Some((name, op)) = self.comparison() {
            let value = match self.quoted()? {
                Some(value) => value,
                None => self.word(),
            };
            return comparison(name, op, value);
        }
        if let Some(pattern) = self.expression() {
            return regex(pattern).map(Test::Regex);
        }
        let word = self.word();
        let several: Vec<&str> = word.split('|').filter(|part| !part.is_empty()).collect();
        match several.as_slice() {
            [] | [_] => literal(word),
            several => {
                let parts: Vec<String> = several.iter().map(|part| regex::escape(part)).collect();
                compile(&parts.join("|"), !has_capitals(word)).map(Test::Regex)
            }
        }
    }

    /// A field's name and an operator, if that is what stands here.
    fn comparison(&mut self) -> Option<(&'t str, Op)> {
        let rest = self.rest();
        let name = &rest[..rest.find(|c: char| !name_char(c)).unwrap_or(rest.len())];
        if !name.starts_with(|c: char| c.is_ascii_alphabetic() || matches!(c, '_' | '@')) {
            return None;
        }
        let (sign, op) = [
            (">=", Op::AtLeast),
            ("<=", Op::AtMost),
            ("!=", Op::IsNot),
            ("==", Op::Is),
            ("=", Op::Is),
            (">", Op::More),
            ("<", Op::Less),
            ("~", Op::Contains),
        ]
        .into_iter()
        .find(|(sign, _)| rest[name.len()..].starts_with(sign))?;
        self.at += name.len() + sign.len();
        Some((name, op))
    }
}

fn name_char(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '_' | '.' | '-' | '/' | '@')
}

fn comparison(name: &str, op: Op, value: &str) -> Result<Test, String> {
    if value.is_empty() {
        return Err(format!("{name} is compared with nothing: write a value after it"));
    }
    if matches!(name, "level" | "lvl" | "severity") && op != Op::Contains {
        let level = Level::from_value(value).ok_or_else(|| {
            let names = Level::ALL.map(Level::name).join(", ");
            format!("`{value}` is no level: there are {names}")
        })?;
        return Ok(Test::Level(op, level));
    }
    let value = Value::new(value);
    if matches!(op, Op::Less | Op::AtMost | Op::More | Op::AtLeast) && value.number.is_none() {
        return Err(format!(
            "`{}` is no number and no length of time (500, 1.5s); put the term in quotes to look for it as text",
            value.text
        ));
    }
    Ok(Test::Field { name: name.to_owned(), op, value })
}

fn between_slashes(word: &str) -> Option<&str> {
    word.strip_prefix('/')?.strip_suffix('/').filter(|pattern| !pattern.is_empty())
}

fn has_capitals(text: &str) -> bool {
    text.chars().any(char::is_uppercase)
}

fn literal(text: &str) -> Result<Test, String> {
    let folds = text.chars().any(char::is_alphabetic) && !has_capitals(text);
    if folds {
        return compile(&regex::escape(text), true).map(Test::Regex);
    }
    Ok(Test::Literal(Box::new(Finder::new(text.as_bytes()).into_owned())))
}

fn regex(pattern: &str) -> Result<Regex, String> {
    // `\S` and its like are no capitals that somebody meant.
    let mut plain = String::new();
    let mut chars = pattern.chars();
    while let Some(c) = chars.next() {
        if c == '\\' {
            chars.next();
        } else {
            plain.push(c);
        }
    }
    compile(pattern, !has_capitals(&plain))
}

fn compile(pattern: &str, fold: bool) -> Result<Regex, String> {
    RegexBuilder::new(pattern).case_insensitive(fold).size_limit(MAX_REGEX_BYTES).build().map_err(
        |cause| {
            // The library draws the place on several lines; the last one says what is wrong.
            let cause = cause.to_string();
            let why = cause.lines().last().unwrap_or_default().trim();
            let why = why.strip_prefix("error: ").unwrap_or(why);
            format!(
                "/{pattern}/ is no regular expression ({why}); put it in quotes to look for it as text"
            )
        },
    )
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use proptest::prelude::*;

    fn keeps(filter: &str, line: &str) -> bool {
        Filter::parse(filter).unwrap().keeps(line.as_bytes())
    }

    fn wrong(filter: &str) -> (usize, String) {
        match Filter::parse(filter) {
            Err(wrong) => wrong,
            Ok(filter) => unreachable!("{filter:?}"),
        }
    }

    #[test]
    fn terms_must_all_hold_and_may_be_turned_round() {
        assert!(keeps("", "anything"));
        assert!(keeps("get !health", "GET /orders"));
        assert!(!keeps("get !health", "GET /healthz"));
        assert!(keeps("\"two words\"", "some TWO words here"));
        assert!(!keeps("\"two words\"", "two  words"));
        assert!(keeps("!\"two words\"", "two"));
        assert!(keeps("error|panic", "a Panic"));
        assert!(!keeps("!error|panic", "a Panic"));
    }

    #[test]
    fn small_letters_match_both_cases_and_capitals_only_themselves() {
        assert!(keeps("timeout", "Timeout"));
        assert!(!keeps("Timeout", "timeout"));
        assert!(keeps("ü", "Ü"));
        assert!(keeps(r"/\Sfoo/", "xFOO"));
        assert!(!keeps("/Foo$/", "foo"));
    }

    #[test]
    fn slashes_make_an_expression_and_paths_stay_text() {
        assert!(keeps("/time(d )?out/", "it timed out"));
        assert!(keeps("/healthz", "GET /healthz"));
        assert!(keeps("/", "a/b"));
        assert!(keeps("//", "http://x"));
        assert!(keeps("a(b", "a(b"));
        assert!(keeps(r"/^\s+at\s/", "   at com.example"));
    }

    #[test]
    fn levels_compare_in_every_shape() {
        for line in [
            r#"{"level":"error","msg":"x"}"#,
            r#"{"level":50,"msg":"x"}"#,
            "level=error msg=x",
            "E0102 15:04:05.123456       1 a.go:1] x",
            "2024 [error] x",
        ] {
            assert!(keeps("level>=warn", line), "{line}");
            assert!(keeps("level=error", line), "{line}");
            assert!(!keeps("level<error", line), "{line}");
            assert!(!keeps("!level>=warn", line), "{line}");
        }
        assert!(!keeps("level>=warn", "no level"));
        assert!(keeps("!level>=warn", "no level"));
        assert!(!keeps("level!=warn", "no level"));
    }

    #[test]
    fn fields_of_json_and_pairs() {
        let json = r#"{"http":{"status":500},"user":"Bob","took":"1.5s","n":7}"#;
        for filter in [
            "http.status=500",
            "http.status>=500",
            "user=bob",
            "user!=eve",
            "took>900ms",
            "n<8",
            "took<=1500ms",
            "user~ob",
            "!user=eve",
            "n=7.0",
            "user=Bob",
        ] {
            assert!(keeps(filter, json), "{filter}");
        }
        for filter in ["user=Eve", "user=BOB", "n>7", "took>2s", "n>1s", "nothing=1", "user~eve"] {
            assert!(!keeps(filter, json), "{filter}");
        }
        assert!(keeps("nothing!=1", json));
        assert!(keeps("status=503 took>10ms", "a status=503 took=12ms"));
        assert!(keeps("msg=\"two words\"", r#"msg="Two words" a=b"#));
        assert!(keeps("message~two", r#"{"msg":"two words"}"#));
    }

    #[test]
    fn escape_sequences_do_not_stand_between() {
        assert!(keeps("connection", "\u{1b}[31mconn\u{1b}[0mection"));
        assert!(keeps("level=warn", "\u{1b}[33mWARN\u{1b}[0m x"));
        assert!(!keeps("31m", "\u{1b}[31mx"));
    }

    #[test]
    fn mistakes_are_explained_where_they_are() {
        assert_eq!(wrong("a !").0, 2);
        assert!(wrong("ok \"open").1.contains("not closed"));
        assert!(wrong("a level>=loud").1.contains("trace, debug"));
        assert!(wrong("took>much").1.contains("no number"));
        assert!(wrong("a=").1.contains("compared with nothing"));
        assert!(wrong("/a(/").1.contains("no regular expression"));
        assert!(wrong("\"\"").1.contains("nothing between"));
        assert!(wrong(&format!("/{}/", "(a{1000}){1000}")).1.contains("no regular expression"));
    }

    #[test]
    fn marks_are_where_the_text_is() {
        let filter = Filter::parse("err !x level>=warn /[0-9]+/").unwrap();
        assert_eq!(filter.marks("an Err 42 err x"), [3..6, 7..9, 10..13]);
        assert_eq!(Filter::needle("a b|").unwrap().marks("xA b|"), vec![1..5; 1]);
        assert!(Filter::needle("/b$/").unwrap().keeps(b"ab"));
    }

    #[test]
    fn lengths_of_time_and_numbers_are_not_mixed() {
        let value = |text: &str| number(text).map(|n| (n.value, n.time));
        assert_eq!(value("1m30s"), Some((90.0, true)));
        assert_eq!(value("-2"), Some((-2.0, false)));
        assert_eq!(value("1e3"), Some((1000.0, false)));
        for text in ["", "x", "1x", "1.2.3", "NaN", "inf", "-", "s"] {
            assert_eq!(value(text), None, "{text}");
        }
    }

    proptest! {
        #[test]
        fn no_filter_and_no_line_makes_it_stumble(
            filter in "[ !\"'/|=<>~a-bA.\\\\(\\[]{0,14}|level.{0,6}|\\PC{0,12}",
            line in proptest::collection::vec(any::<u8>(), 0..60),
        ) {
            match Filter::parse(&filter) {
                Ok(parsed) => {
                    parsed.keeps(&line);
                    let text = String::from_utf8_lossy(&line);
                    for mark in parsed.marks(&text) {
                        prop_assert!(text.get(mark).is_some());
                    }
                }
                Err((at, _)) => prop_assert!(filter.is_char_boundary(at)),
            }
        }

        #[test]
        fn a_quoted_text_keeps_exactly_the_lines_that_have_it(
            text in "[a-c. ]{1,3}", line in "[a-cA-C. ]{0,8}",
        ) {
            let filter = Filter::parse(&format!("\"{text}\"")).unwrap();
            let expected = line.to_lowercase().contains(&text);
            prop_assert_eq!(filter.keeps(line.as_bytes()), expected);
        }
    }
}
