//! Reads a path. Errors carry the place, because people write these into configuration files.

use super::{Filter, Keys, Node, Op, Path, PathError, Slice, Step};
use std::borrow::Cow;

/// Longest path that is read, in bytes.
const MAX_LENGTH: usize = 4096;

/// Deepest nesting of filters and unions.
const MAX_DEPTH: u8 = 8;

impl Path {
    /// Reads a path: `.spec.x`, `spec.x`, `{.spec.x}`, `.a\.b`, `.a['b']`, `[0]`, `[-1]`, `[0:2]`,
    /// `[*]`, `.*`, `..x`, `[?(@.type=="Ready")]`, `['a','b']`. Templates (text around braces,
    /// `range`) are not paths.
    pub fn parse(text: &str, keys: Keys) -> Result<Self, PathError> {
        if text.len() > MAX_LENGTH {
            let message = format!("the path is longer than {MAX_LENGTH} bytes");
            return Err(PathError { at: MAX_LENGTH, message });
        }
        let trimmed = text.trim();
        let mut base = text.len() - text.trim_start().len();
        let mut inner = trimmed;
        if let Some(rest) = trimmed.strip_prefix('{') {
            let Some(rest) = rest.strip_suffix('}') else {
                let message = "the brace is never closed: write {.spec.x} or .spec.x".to_owned();
                return Err(PathError { at: base, message });
            };
            inner = rest;
            base += 1;
        }
        if inner.is_empty() {
            let message = "the path is empty: write something like .spec.x".to_owned();
            return Err(PathError { at: base, message });
        }
        let mut parser = Parser { text: inner, pos: 0, base, keys, depth: 0, steps: Vec::new() };
        if inner.starts_with(|c: char| c == '_' || c.is_alphabetic()) {
            let name = parser.name();
            parser.push_name(name);
        }
        parser.steps()?;
        Ok(Self { steps: parser.steps })
    }
}

struct Parser<'t> {
    text: &'t str,
    pos: usize,
    /// Where `text` begins in what the person wrote.
    base: usize,
    keys: Keys,
    depth: u8,
    steps: Vec<Step>,
}

fn ends_name(c: char) -> bool {
    matches!(c, ' ' | '\t' | '\r' | '\n' | '.' | ',' | '[' | ']' | '$' | '@' | '{' | '}')
}

fn is_name_start(c: char) -> bool {
    c == '_' || c.is_alphanumeric()
}

impl<'t> Parser<'t> {
    fn fail<T>(&self, at: usize, message: impl Into<String>) -> Result<T, PathError> {
        Err(PathError { at: self.base + at, message: message.into() })
    }

    fn rest(&self) -> &'t str {
        self.text.get(self.pos..).unwrap_or_default()
    }

    fn steps(&mut self) -> Result<(), PathError> {
        while let Some(c) = self.rest().chars().next() {
            let at = self.pos;
            if self.rest().starts_with("[?(") {
                self.filter()?;
            } else if self.rest().starts_with("..") {
                if self.steps.last() == Some(&Step::Recursive) {
                    return self.fail(at, "`..` twice in a row: once finds everything below");
                }
                self.pos += 2;
                self.steps.push(Step::Recursive);
                if self.rest().starts_with(is_name_start) {
                    let name = self.name();
                    self.push_name(name);
                }
            } else {
                match c {
                    ' ' | '@' | '$' => self.pos += 1,
                    '.' => {
                        self.pos += 1;
                        let name = self.name();
                        self.push_name(name);
                    }
                    '[' => self.brackets()?,
                    '"' | '\'' => {
                        let text = self.quoted(c)?;
                        self.steps.push(Step::Literal(Node::Str(Cow::Owned(text))));
                    }
                    '+' | '-' | '0'..='9' => self.number()?,
                    c if is_name_start(c) => self.word()?,
                    c => {
                        return self
                            .fail(at, format!("`{}` does not belong here", c.escape_default()));
                    }
                }
            }
        }
        Ok(())
    }

    /// A name up to the next character that ends it, as written.
    fn name(&mut self) -> &'t str {
        let rest = self.rest();
        let mut chars = rest.char_indices();
        let mut end = rest.len();
        while let Some((i, c)) = chars.next() {
            if c == '\\' {
                chars.next();
            } else if ends_name(c) {
                end = i;
                break;
            }
        }
        self.pos += end;
        rest.get(..end).unwrap_or_default()
    }

    fn push_name(&mut self, name: &str) {
        self.steps.push(if name == "*" {
            Step::Wildcard
        } else {
            Step::Field(name.replace('\\', ""))
        });
    }

    fn word(&mut self) -> Result<(), PathError> {
        let at = self.pos;
        match self.name() {
            "true" => self.steps.push(Step::Literal(Node::Bool(true))),
            "false" => self.steps.push(Step::Literal(Node::Bool(false))),
            _ if self.keys == Keys::Dotted => self.steps.push(Step::Word),
            word @ ("range" | "end") => {
                return self.fail(at, format!("`{word}` is for templates; write a single path"));
            }
            word => {
                return self.fail(at, format!("`{word}` is neither a path nor a value: write .{word} for a field, \"{word}\" for a text"));
            }
        }
        Ok(())
    }

    fn number(&mut self) -> Result<(), PathError> {
        let at = self.pos;
        let rest = self.rest();
        let end = rest
            .char_indices()
            .find(|(i, c)| !(c.is_ascii_digit() || *c == '.' || *i == 0))
            .map_or(rest.len(), |(i, _)| i);
        let digits = rest.get(..end).unwrap_or_default();
        self.pos += end;
        let node = if let Ok(n) = digits.parse() {
            Node::Int(n)
        } else if let Ok(x) = digits.parse() {
            Node::Float(x)
        } else {
            return self.fail(at, format!("`{digits}` is not a number"));
        };
        self.steps.push(Step::Literal(node));
        Ok(())
    }

    fn quoted(&mut self, quote: char) -> Result<String, PathError> {
        let at = self.pos;
        let mut out = String::new();
        let mut chars = self.rest().char_indices().skip(1);
        while let Some((i, c)) = chars.next() {
            match c {
                '\\' => match chars.next() {
                    Some((_, 'n')) => out.push('\n'),
                    Some((_, 't')) => out.push('\t'),
                    Some((_, 'r')) => out.push('\r'),
                    Some((_, c @ ('\\' | '\'' | '"'))) => out.push(c),
                    Some((i, c)) => {
                        let message = format!("unknown escape `\\{}`", c.escape_default());
                        return self.fail(at + i, message);
                    }
                    None => break,
                },
                c if c == quote => {
                    self.pos += i + c.len_utf8();
                    return Ok(out);
                }
                c => out.push(c),
            }
        }
        self.fail(at, format!("the quote {quote} is never closed"))
    }

    /// Steps of a part of this text.
    fn part(&self, from: usize, to: usize) -> Result<Vec<Step>, PathError> {
        if self.depth >= MAX_DEPTH {
            return self.fail(from, "filters and unions are nested too deep");
        }
        let mut parser = Parser {
            text: self.text.get(from..to).unwrap_or_default(),
            pos: 0,
            base: self.base + from,
            keys: self.keys,
            depth: self.depth + 1,
            steps: Vec::new(),
        };
        parser.steps()?;
        Ok(parser.steps)
    }

    fn brackets(&mut self) -> Result<(), PathError> {
        let open = self.pos;
        let Some(close) = self.closing_bracket() else {
            return self.fail(open, "the bracket [ is never closed");
        };
        self.pos = close + 1;
        let inside = self.text.get(open + 1..close).unwrap_or_default();
        let parts = self.comma_parts(inside);
        if parts.len() == 1 {
            return self.bracket(open + 1, inside);
        }
        let outer = std::mem::take(&mut self.steps);
        let mut paths = Vec::with_capacity(parts.len());
        let mut result = Ok(());
        for (offset, part) in parts {
            let lead = part.len() - part.trim_start().len();
            result = self.bracket(open + 1 + offset + lead, part.trim());
            paths.push(std::mem::take(&mut self.steps));
            if result.is_err() {
                break;
            }
        }
        self.steps = outer;
        self.steps.push(Step::Union(paths));
        result
    }

    /// Client-go closes at the first `]` and splits at every comma, quoted or not; people who
    /// write keys literally get quotes that count.
    fn closing_bracket(&self) -> Option<usize> {
        let mut quoted = false;
        self.rest()
            .char_indices()
            .find(|(_, c)| {
                quoted ^= *c == '\'' && self.keys == Keys::Literal;
                *c == ']' && !quoted
            })
            .map(|(i, _)| self.pos + i)
    }

    fn comma_parts<'s>(&self, inside: &'s str) -> Vec<(usize, &'s str)> {
        let mut parts = Vec::new();
        let (mut start, mut quoted) = (0, false);
        for (i, c) in inside.char_indices() {
            quoted ^= c == '\'' && self.keys == Keys::Literal;
            if c == ',' && !quoted {
                parts.push((start, inside.get(start..i).unwrap_or_default()));
                start = i + 1;
            }
        }
        parts.push((start, inside.get(start..).unwrap_or_default()));
        parts
    }

    /// One thing between brackets: a quoted key, an index, a slice.
    fn bracket(&mut self, at: usize, inside: &str) -> Result<(), PathError> {
        if inside == "*" {
            self.steps.push(Step::Slice(Slice { from: None, to: None, one: false, step: None }));
            return Ok(());
        }
        let quoted = inside.strip_prefix('\'').and_then(|rest| rest.strip_suffix('\''));
        if let Some(key) = quoted.filter(|key| !key.contains('\'')) {
            return match self.keys {
                Keys::Literal => {
                    self.steps.push(Step::Field(key.replace('\\', "")));
                    Ok(())
                }
                Keys::Dotted => self.dotted(at + 1, key),
            };
        }
        let mut numbers = inside.split(':');
        let mut next = |first: bool| match numbers.next() {
            None => Ok(None),
            Some("") => Ok(Some(None)),
            Some(digits) => match digits.parse::<i64>() {
                Ok(n) => Ok(Some(Some(n))),
                Err(_) => self.fail(
                    at,
                    format!(
                        "`{digits}` is no {}: write a number, *, a slice like 0:2, or 'name'",
                        if first { "index" } else { "end of a slice" }
                    ),
                ),
            },
        };
        let (from, to, step) = (next(true)?, next(false)?, next(false)?);
        if numbers.next().is_some() {
            return self.fail(at, "a slice has at most three numbers: [from:to:step]");
        }
        self.steps.push(Step::Slice(Slice {
            from: from.flatten(),
            to: to.flatten(),
            one: to.is_none(),
            step: step.flatten(),
        }));
        Ok(())
    }

    /// `.key` as client-go reads a quoted key: dots in it separate fields.
    fn dotted(&mut self, at: usize, key: &str) -> Result<(), PathError> {
        let text = format!(".{key}");
        let mut parser = Parser {
            text: &text,
            pos: 0,
            // One before the key, for the dot that nobody wrote.
            base: (self.base + at).saturating_sub(1),
            keys: self.keys,
            depth: self.depth + 1,
            steps: Vec::new(),
        };
        parser.steps()?;
        self.steps.append(&mut parser.steps);
        Ok(())
    }

    fn filter(&mut self) -> Result<(), PathError> {
        let open = self.pos;
        let start = open + 3;
        let mut quote = None;
        let mut closed = false;
        let mut previous = ' ';
        let mut end = None;
        for (i, c) in self.text.get(start..).unwrap_or_default().char_indices() {
            match (c, quote) {
                ('"' | '\'', None) => quote = Some(c),
                (c, Some(q)) if c == q && previous != '\\' => closed = true,
                // Within an open quote a parenthesis is text.
                (')', _) if quote.is_some() == closed => {
                    end = Some(start + i);
                    break;
                }
                _ => {}
            }
            previous = c;
        }
        let Some(end) = end else {
            return self.fail(open, "the filter [?( is never closed with )]");
        };
        if self.text.as_bytes().get(end + 1) != Some(&b']') {
            return self.fail(end + 1, "a filter ends with )]");
        }
        self.pos = end + 2;
        let inside = self.text.get(start..end).unwrap_or_default();
        let is_op = |c: char| matches!(c, '!' | '<' | '>' | '=');
        let op_start = inside.find(is_op);
        let (left, op, right) = match op_start {
            None | Some(0) => (self.part(start, end)?, Op::Exists, Vec::new()),
            Some(i) => {
                let after = inside.get(i..).unwrap_or_default();
                let width = after.find(|c| !is_op(c)).unwrap_or(after.len());
                let op = match after.get(..width).unwrap_or_default() {
                    "==" => Op::Equal,
                    "!=" => Op::NotEqual,
                    "<" => Op::Less,
                    "<=" => Op::LessEqual,
                    ">" => Op::Greater,
                    ">=" => Op::GreaterEqual,
                    _ if self.keys == Keys::Dotted => Op::Unknown,
                    other => {
                        let message = format!("`{other}` does not compare: use == != < <= > or >=");
                        return self.fail(start + i, message);
                    }
                };
                let right = self.part(start + i + width, end)?;
                if right.is_empty() {
                    return self.fail(end, "the comparison lacks its right side");
                }
                (self.part(start, start + i)?, op, right)
            }
        };
        self.steps.push(Step::Filter(Filter { left, op, right }));
        Ok(())
    }
}
