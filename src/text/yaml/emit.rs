//! Writes JSON values as block YAML.

use super::scalar::{is_break, is_other_type, is_printable, shape};
use crate::text::jsonpath::Node;
use serde_json::{Map, Value};
use std::cmp::Ordering;
use std::fmt::Write as _;

/// Longest key on the line of its value; longer ones get a line of their own after `? `.
const MAX_SIMPLE_KEY: usize = 128;

/// Where folded lines end.
const FOLD_AT: usize = 80;

pub(super) fn document(value: &Value, fold: bool) -> String {
    let mut emitter = Emitter {
        out: String::new(),
        column: 0,
        blank: true,
        only_indent: true,
        width: if fold { FOLD_AT } else { usize::MAX },
    };
    emitter.node(value, None, Place::Root);
    if !emitter.only_indent {
        emitter.newline();
    }
    emitter.out
}

/// Where a value stands.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Place {
    Root,
    Item,
    Value,
    /// A key on its value's line.
    SimpleKey,
    /// A key after `? `.
    LongKey,
}

struct Emitter {
    out: String,
    /// Characters on the current line.
    column: usize,
    /// The last thing written separates: no space is needed before the next.
    blank: bool,
    /// The line holds nothing but spaces and the marks `-`, `?`, `:`, so that a nested collection
    /// may begin on it.
    only_indent: bool,
    width: usize,
}

impl Emitter {
    fn put(&mut self, c: char) {
        self.out.push(c);
        self.column += 1;
    }

    fn newline(&mut self) {
        self.out.push('\n');
        self.column = 0;
    }

    fn put_break(&mut self, c: char) {
        self.out.push(c);
        self.column = 0;
    }

    fn mark(&mut self, mark: &str, spaced: bool, blank: bool, is_indent: bool) {
        if spaced && !self.blank {
            self.put(' ');
        }
        for c in mark.chars() {
            self.put(c);
        }
        self.blank = blank;
        self.only_indent = self.only_indent && is_indent;
    }

    /// To the column `indent`, on a new line unless this one is still free.
    fn indent(&mut self, indent: usize) {
        if !self.only_indent || self.column > indent || (self.column == indent && !self.blank) {
            self.newline();
        }
        while self.column < indent {
            self.put(' ');
        }
        self.blank = true;
        self.only_indent = true;
    }

    /// `outer` is the indent of the collection that the value is in.
    fn node(&mut self, value: &Value, outer: Option<usize>, place: Place) {
        let deeper = outer.map_or(0, |outer| outer + 2);
        match value {
            Value::Null => self.plain("null", deeper, place),
            Value::Bool(true) => self.plain("true", deeper, place),
            Value::Bool(false) => self.plain("false", deeper, place),
            Value::Number(number) => self.plain(&figure(number), deeper, place),
            Value::String(text) => self.text(text, deeper, place),
            Value::Array(items) if items.is_empty() => {
                self.mark("[", true, true, false);
                self.mark("]", false, false, false);
            }
            Value::Object(fields) if fields.is_empty() => {
                self.mark("{", true, true, false);
                self.mark("}", false, false, false);
            }
            Value::Array(items) => {
                // A list below a key is not indented.
                let flat = place == Place::Value && !self.only_indent;
                let indent = if flat { outer.unwrap_or(0) } else { deeper };
                for item in items {
                    self.indent(indent);
                    self.mark("-", true, false, true);
                    self.node(item, Some(indent), Place::Item);
                }
            }
            Value::Object(fields) => self.fields(fields, deeper),
        }
    }

    fn fields(&mut self, fields: &Map<String, Value>, indent: usize) {
        let mut sorted: Vec<_> = fields.iter().collect();
        sorted.sort_by(|(a, _), (b, _)| key_order(a, b));
        for (key, value) in sorted {
            self.indent(indent);
            if key.len() <= MAX_SIMPLE_KEY && !shape(key).multiline {
                self.text(key, indent + 2, Place::SimpleKey);
                self.mark(":", false, false, false);
            } else {
                self.mark("?", true, false, true);
                self.text(key, indent + 2, Place::LongKey);
                self.indent(indent);
                self.mark(":", true, false, true);
            }
            self.node(value, Some(indent), Place::Value);
        }
    }

    fn text(&mut self, text: &str, indent: usize, place: Place) {
        let shape = shape(text);
        let is_key = place == Place::SimpleKey;
        let foreign = self.width == usize::MAX && is_foreign(text, is_key);
        if foreign {
            self.double_quoted(text, indent, place);
        } else if text.contains('\n') {
            if shape.block && !is_key {
                self.literal(text, indent);
            } else {
                self.double_quoted(text, indent, place);
            }
        } else if is_other_type(text) || (is_key && shape.multiline) {
            self.double_quoted(text, indent, place);
        } else if shape.plain {
            self.plain(text, indent, place);
        } else if shape.single_quoted {
            self.single_quoted(text, indent, place);
        } else {
            self.double_quoted(text, indent, place);
        }
    }

    /// Whether the space that comes next may become a line break.
    fn folds(&self, place: Place, after_space: bool) -> bool {
        place != Place::SimpleKey && !after_space && self.column > self.width
    }

    fn plain(&mut self, text: &str, indent: usize, place: Place) {
        if !self.blank {
            self.put(' ');
        }
        self.words(text, indent, place, 0..text.len(), None);
        self.blank = false;
        self.only_indent = false;
    }

    fn single_quoted(&mut self, text: &str, indent: usize, place: Place) {
        self.mark("'", true, false, false);
        // Neither the first nor the last character may become a break.
        self.words(text, indent, place, 1..text.len().saturating_sub(1), Some('\''));
        self.mark("'", false, false, false);
    }

    fn words(
        &mut self,
        text: &str,
        indent: usize,
        place: Place,
        foldable: std::ops::Range<usize>,
        doubled: Option<char>,
    ) {
        let mut after_space = false;
        let mut after_break = false;
        let mut chars = text.char_indices().peekable();
        while let Some((i, c)) = chars.next() {
            if c == ' ' {
                let next_is_space = chars.peek().is_some_and(|(_, c)| *c == ' ');
                if foldable.contains(&i) && !next_is_space && self.folds(place, after_space) {
                    self.indent(indent);
                } else {
                    self.put(c);
                }
                after_space = true;
            } else if is_break(c) {
                self.put_break(c);
                self.only_indent = true;
                after_break = true;
            } else {
                if after_break {
                    self.indent(indent);
                }
                if doubled == Some(c) {
                    self.put(c);
                }
                self.put(c);
                self.only_indent = false;
                after_space = false;
                after_break = false;
            }
        }
    }

    fn double_quoted(&mut self, text: &str, indent: usize, place: Place) {
        self.mark("\"", true, false, false);
        // go-yaml escapes every character of a text that begins with a byte order mark.
        let marked = text.starts_with('\u{feff}');
        let last = text.len().saturating_sub(1);
        let mut after_space = false;
        let mut chars = text.char_indices().peekable();
        while let Some((i, c)) = chars.next() {
            if marked || !is_printable(c) || is_break(c) || matches!(c, '"' | '\\') {
                self.escaped(c);
                after_space = false;
            } else if c == ' ' {
                if i > 0 && i < last && self.folds(place, after_space) {
                    self.indent(indent);
                    if chars.peek().is_some_and(|(_, c)| *c == ' ') {
                        self.put('\\');
                    }
                } else {
                    self.put(c);
                }
                after_space = true;
            } else {
                self.put(c);
                after_space = false;
            }
        }
        self.mark("\"", false, false, false);
        self.only_indent = false;
    }

    fn escaped(&mut self, c: char) {
        let mut escape = String::from("\\");
        let short = match c {
            '\0' => '0',
            '\u{7}' => 'a',
            '\u{8}' => 'b',
            '\t' => 't',
            '\n' => 'n',
            '\u{b}' => 'v',
            '\u{c}' => 'f',
            '\r' => 'r',
            '\u{1b}' => 'e',
            '"' => '"',
            '\\' => '\\',
            '\u{85}' => 'N',
            '\u{a0}' => '_',
            '\u{2028}' => 'L',
            '\u{2029}' => 'P',
            _ => ' ',
        };
        let code = u32::from(c);
        let _ = match (short, code) {
            (' ', 0..=0xff) => write!(escape, "x{code:02X}"),
            (' ', 0..=0xffff) => write!(escape, "u{code:04X}"),
            (' ', _) => write!(escape, "U{code:08X}"),
            (short, _) => write!(escape, "{short}"),
        };
        for c in escape.chars() {
            self.put(c);
        }
    }

    fn literal(&mut self, text: &str, indent: usize) {
        self.mark("|", true, false, false);
        let told = text.starts_with(|c| c == ' ' || is_break(c));
        if told {
            self.mark("2", false, false, false);
        }
        // A document that is nothing but text has no indentation of its own: it must be as deep as is
        // told, and at the margin some lines would end the document.
        let ends_document = |line: &str| line.starts_with("---") || line.starts_with("...");
        let at_margin = indent == 0 && (told || text.lines().any(ends_document));
        let indent = if at_margin { 2 } else { indent };
        let mut ends = text.chars().rev();
        let last_breaks = ends.next().is_some_and(is_break);
        if !last_breaks {
            self.mark("-", false, false, false);
        } else if ends.next().is_none_or(is_break) {
            self.mark("+", false, false, false);
        }
        self.newline();
        self.only_indent = true;
        self.blank = true;
        let mut after_break = true;
        for c in text.chars() {
            if is_break(c) {
                self.put_break(c);
                self.only_indent = true;
                after_break = true;
            } else {
                if after_break {
                    self.indent(indent);
                }
                self.put(c);
                self.only_indent = false;
                after_break = false;
            }
        }
    }
}

/// Text that go-yaml writes bare and readers of YAML 1.2 take for something else. Left to kubectl's own
/// form: separators of lines end a line for go-yaml and are letters for others, which would take the
/// indentation behind them for text; a key `<<` merges; a number without end is refused.
fn is_foreign(text: &str, is_key: bool) -> bool {
    let digits = text.starts_with(|c: char| c.is_ascii_digit() || matches!(c, '+' | '-' | '.'));
    text.contains(['\u{2028}', '\u{2029}'])
        || (is_key && text == "<<")
        || (digits && text.replace('_', "").parse::<f64>().is_ok_and(f64::is_infinite))
}

/// A number as Go reads and writes it: whole ones without fraction, others as short as they can be.
fn figure(number: &serde_json::Number) -> String {
    #[allow(clippy::cast_possible_truncation, clippy::cast_precision_loss)]
    match number.as_f64() {
        Some(x) if number.is_f64() => {
            if x.fract() == 0.0 && x.abs() < i64::MAX as f64 {
                (x as i64).to_string()
            } else {
                Node::Float(x).go_text().into_owned()
            }
        }
        _ => number.to_string(),
    }
}

/// The order of keys in go-yaml 2: letters after everything else, digits by their number.
fn key_order(a: &str, b: &str) -> Ordering {
    let (a, b): (Vec<char>, Vec<char>) = (a.chars().collect(), b.chars().collect());
    let Some(at) = a.iter().zip(&b).position(|(x, y)| x != y) else {
        return a.len().cmp(&b.len());
    };
    let (Some(&x), Some(&y)) = (a.get(at), b.get(at)) else { return Ordering::Equal };
    match (x.is_alphabetic(), y.is_alphabetic()) {
        (true, true) => return x.cmp(&y),
        (true, false) => return Ordering::Greater,
        (false, true) => return Ordering::Less,
        (false, false) => {}
    }
    // Within a number that has begun already, a 0 counts as a digit like the others.
    let begun = (x == '0' || y == '0')
        && a.get(..at)
            .unwrap_or_default()
            .iter()
            .rev()
            .take_while(|c| c.is_numeric())
            .any(|c| *c != '0');
    let run = |chars: &[char]| {
        let digits = chars.get(at..).unwrap_or_default().iter().map_while(|c| c.to_digit(10));
        digits.fold((i64::from(begun), 0_usize), |(n, len), digit| {
            (n.wrapping_mul(10).wrapping_add(i64::from(digit)), len + 1)
        })
    };
    run(&a).cmp(&run(&b)).then(x.cmp(&y))
}
