//! Judges rows by a filter: columns are looked up and buffers made once, not per row.

use super::query::{Op, Term, Test, Value};
use super::{Cell, Column, ColumnSource, Link, Metrics, Row, Schema};
use crate::text::quantity;
use std::cmp::Ordering;

/// A filter ready to judge the rows of one table at one moment.
#[derive(Debug)]
pub struct Matcher<'a> {
    tests: Vec<Bound<'a>>,
    schema: &'a Schema,
    metrics: Option<&'a Metrics>,
    now: i64,
    /// Cells that belong to a row's text.
    spoken: Vec<usize>,
    /// The row's text, and one cell's: buffers.
    line: String,
    cell: String,
}

#[derive(Debug)]
struct Bound<'a> {
    term: &'a Term,
    /// Of a test about a column the table has.
    column: Option<&'a Column>,
    judged: Judged<'a>,
}

impl<'a> Matcher<'a> {
    pub(super) fn new(
        terms: &'a [Term],
        with_wide: bool,
        schema: &'a Schema,
        metrics: Option<&'a Metrics>,
        now: i64,
    ) -> Self {
        let mut tests: Vec<Bound<'a>> = terms
            .iter()
            .map(|term| Bound {
                term,
                column: match &term.test {
                    Test::Column { name, .. } => schema.find(name).map(|i| &schema.columns[i]),
                    _ => None,
                },
                judged: Judged::default(),
            })
            .collect();
        // One cell is sooner judged than a whole line.
        tests.sort_by_key(|bound| matches!(bound.term.test, Test::Text(_)));
        let spoken = schema
            .columns
            .iter()
            .filter(|column| with_wide || !column.wide)
            .filter_map(|column| match column.source {
                ColumnSource::Cell(i) => Some(usize::from(i)),
                _ => None,
            })
            .collect();
        Self { tests, schema, metrics, now, spoken, line: String::new(), cell: String::new() }
    }

    /// Whether `row` passes. Rows stay where they are as long as they are judged: what they share is judged once.
    pub fn matches(&mut self, row: &'a Row) -> bool {
        let Self { tests, schema, metrics, now, spoken, line, cell } = self;
        line.clear();
        tests.iter_mut().all(|bound| {
            let passes = match &bound.term.test {
                Test::Text(pattern) => match &pattern.literal {
                    // Plain text without a space cannot reach from one cell into the next: no line
                    // need be put together, which costs more than looking.
                    Some(literal) if !literal.contains(' ') => {
                        any_cell_contains(row, spoken, literal.as_bytes(), &mut bound.judged, cell)
                    }
                    _ => {
                        if line.is_empty() {
                            write_line(row, spoken, line);
                        }
                        pattern.regex.is_match(line)
                    }
                },
                Test::Fuzzy(letters) => fuzzy(letters, row),
                Test::Owner { kind, name } => owners(row).any(|(owner_kind, owner_name)| {
                    owner_kind.eq_ignore_ascii_case(kind) && owner_name == name
                }),
                Test::OwnerText(pattern) => owners(row).any(|(kind, name)| {
                    cell.clear();
                    cell.extend([kind, "/", name]);
                    pattern.regex.is_match(cell)
                }),
                Test::Column { op, value, .. } => match bound.column {
                    // Not even turned round: nothing can be said about such a column.
                    None => return false,
                    Some(column) => {
                        let joined = schema.cell(column, row, *metrics);
                        column_passes(&joined, *op, value, *now, cell)
                    }
                },
            };
            passes != bound.term.negated
        })
    }
}

/// Namespace, name and the text and ratio cells, with a space between. Numbers and ages are left
/// out: nobody who types `10` means every pod that is 10 days old.
fn write_line(row: &Row, spoken: &[usize], line: &mut String) {
    line.push_str(&row.key.namespace);
    line.push(' ');
    line.push_str(&row.key.name);
    for cell in spoken.iter().filter_map(|&i| row.cells.get(i)) {
        match cell {
            Cell::Text(text, _) => {
                line.push(' ');
                line.push_str(text);
            }
            Cell::Ratio(..) => {
                line.push(' ');
                cell.write(0, line);
            }
            _ => {}
        }
    }
}

/// What [`write_line`] and a search in it would find.
fn any_cell_contains<'a>(
    row: &'a Row,
    spoken: &[usize],
    literal: &[u8],
    judged: &mut Judged<'a>,
    buffer: &mut String,
) -> bool {
    contains(row.key.name.as_bytes(), literal)
        || judged.contains(&row.key.namespace, literal)
        || spoken.iter().filter_map(|&i| row.cells.get(i)).any(|cell| match cell {
            Cell::Text(text, _) => judged.contains(text, literal),
            Cell::Ratio(..) if literal.iter().all(|b| b.is_ascii_digit() || *b == b'/') => {
                buffer.clear();
                cell.write(0, buffer);
                contains(buffer.as_bytes(), literal)
            }
            _ => false,
        })
}

/// Texts that were searched for one literal, by where they stand, and whether it was found: rows share their namespaces,
/// states and nodes, and looking one up costs less than searching it. A later text takes an earlier one's place.
#[derive(Debug, Default)]
struct Judged<'a> {
    texts: Vec<Option<(&'a str, bool)>>,
}

/// A power of two. So many fit into the nearest cache.
const JUDGED: usize = 512;

impl<'a> Judged<'a> {
    fn contains(&mut self, text: &'a str, literal: &[u8]) -> bool {
        if self.texts.is_empty() {
            self.texts.resize(JUDGED, None);
        }
        // Texts are allocated: the lowest bits of where they stand say little.
        let at = text.as_ptr().addr();
        let place = &mut self.texts[(at >> 4 ^ at >> 13) % JUDGED];
        match place {
            Some((known, found)) if std::ptr::eq(*known, text) => *found,
            _ => {
                let found = contains(text.as_bytes(), literal);
                *place = Some((text, found));
                found
            }
        }
    }
}

/// Whether `text` contains `literal` (ASCII, lower case, not empty), ignoring the case of ASCII.
fn contains(text: &[u8], literal: &[u8]) -> bool {
    let Some((&first, rest)) = literal.split_first() else { return true };
    let Some(last_start) = text.len().checked_sub(literal.len()) else { return false };
    memchr::memchr2_iter(first, first.to_ascii_uppercase(), &text[..=last_start])
        .any(|at| text[at + 1..=at + rest.len()].eq_ignore_ascii_case(rest))
}

fn fuzzy(letters: &[char], row: &Row) -> bool {
    let mut wanted = letters.iter().peekable();
    if row.key.name.is_ascii() && row.key.namespace.is_ascii() {
        for part in [row.key.namespace.as_bytes(), b"/", row.key.name.as_bytes()] {
            for byte in part {
                wanted.next_if_eq(&&char::from(byte.to_ascii_lowercase()));
            }
        }
        return wanted.peek().is_none();
    }
    for text in [row.key.namespace.as_str(), "/", row.key.name.as_str()] {
        for c in text.chars().flat_map(char::to_lowercase) {
            wanted.next_if_eq(&&c);
        }
    }
    wanted.peek().is_none()
}

fn owners(row: &Row) -> impl Iterator<Item = (&str, &str)> {
    row.links.iter().filter_map(|link| match link {
        Link::Owner { kind, name, .. } => Some((kind.as_str(), name.as_str())),
        _ => None,
    })
}

fn column_passes(cell: &Cell, op: Op, value: &Value, now: i64, buffer: &mut String) -> bool {
    match op {
        Op::Contains => value.pattern.regex.is_match(shown(cell, now, buffer)),
        Op::Is | Op::IsNot => {
            let same = match (cell, number(cell), value.quantity) {
                (Cell::Text(..), ..) => value.pattern.regex.is_match(shown(cell, now, buffer)),
                (_, Some(a), Some(b)) => a == b,
                _ => value.pattern.regex.is_match(shown(cell, now, buffer)),
            };
            same == (op == Op::Is)
        }
        Op::Less => order(cell, value, now).is_some_and(Ordering::is_lt),
        Op::AtMost => order(cell, value, now).is_some_and(Ordering::is_le),
        Op::More => order(cell, value, now).is_some_and(Ordering::is_gt),
        Op::AtLeast => order(cell, value, now).is_some_and(Ordering::is_ge),
    }
}

/// The cell's text, without what only the clock changes: `3` of `3 (5m ago)`.
fn shown<'c>(cell: &'c Cell, now: i64, buffer: &'c mut String) -> &'c str {
    buffer.clear();
    match cell {
        Cell::Text(text, _) => return text,
        Cell::CountSince(count, _) => Cell::Int((*count).into()).write(now, buffer),
        _ => cell.write(now, buffer),
    }
    buffer
}

/// How a cell compares with a value; None where it cannot be compared (an empty cell, text).
fn order(cell: &Cell, value: &Value, now: i64) -> Option<Ordering> {
    let time = match cell {
        Cell::Since(_) | Cell::Until(_) => Some(cell.number(now)?),
        // A plain number is understood as seconds where the column is one of numbers.
        Cell::Seconds(n) if value.duration.is_some() => Some(*n),
        _ => None,
    };
    match time {
        Some(seconds) => Some(seconds.cmp(&value.duration?)),
        None => Some(number(cell)?.cmp(&value.quantity?)),
    }
}

/// In thousandths.
fn number(cell: &Cell) -> Option<i128> {
    Some(match cell {
        Cell::Int(n) | Cell::Seconds(n) | Cell::Bytes(n) => i128::from(*n) * 1000,
        Cell::Millis(n) => i128::from(*n),
        Cell::Ratio(n, _) | Cell::CountSince(n, _) | Cell::Percent(n) => i128::from(*n) * 1000,
        Cell::Text(text, _) => quantity::scaled(text.strip_suffix('%').unwrap_or(text), 3)?,
        Cell::Empty | Cell::Since(_) | Cell::Until(_) => return None,
    })
}
