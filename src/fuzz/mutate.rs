//! Damages inputs: bytes, lines, words of the grammar, parts of JSON documents and protobuf messages.

use super::Shape;
use super::protobuf;
use super::random::Random;
use serde_json::Value;

/// Text that programs trip over.
const NASTY: &[&str] = &[
    "",
    "\0",
    "\n",
    "\r\n",
    "\t",
    " ",
    "\u{1b}[31m",
    "\u{1b}]0;x\u{7}",
    "\u{9b}",
    "\u{202e}",
    "\u{200b}",
    "\u{200d}",
    "\u{feff}",
    "\u{301}",
    "\u{fe0f}",
    "👩\u{200d}👩",
    "日本",
    "ß",
    "İ",
    "ŉ",
    "\u{2028}",
    "\u{e0041}",
    "\u{10ffff}",
    "null",
    "true",
    "~",
    "{}",
    "[]",
    "\"",
    "'",
    "\\",
    "\\u0000",
    "\\ud800",
    "0x1f",
    "1e999",
    "-0",
    "NaN",
    "1.5",
    "..",
    "/",
    "%s",
    "%00",
    "*",
    "?",
    "(",
    ")",
    "[",
    "]",
    "{",
    "}",
    ",",
    ":",
    ": ",
    "- ",
    "#",
    "&",
    "!",
    "|",
    ">",
    "=",
    "==",
    "<",
    "@",
    "$",
    "`",
    ";",
];

/// Numbers at which something ends.
const NUMBERS: &[&str] = &[
    "0",
    "1",
    "-1",
    "127",
    "128",
    "255",
    "256",
    "32767",
    "65535",
    "65536",
    "2147483647",
    "2147483648",
    "-2147483648",
    "4294967295",
    "9007199254740993",
    "9223372036854775807",
    "-9223372036854775808",
    "9223372036854775808",
    "18446744073709551615",
    "18446744073709551616",
    "340282366920938463463374607431768211456",
    "0.1",
    "1e-400",
    "1E+40",
    "00000000000000000000",
    "99999999999999999999999999",
];

/// Makes inputs out of inputs.
pub(super) struct Mutator<'w> {
    pub(super) random: Random,
    shape: Shape,
    words: &'w [Vec<u8>],
    longest: usize,
}

impl<'w> Mutator<'w> {
    pub(super) fn new(random: Random, shape: Shape, words: &'w [Vec<u8>], longest: usize) -> Self {
        Self { random, shape, words, longest }
    }

    /// Some input out of the corpus, changed in one to eight places.
    pub(super) fn next(&mut self, corpus: &[Vec<u8>]) -> Vec<u8> {
        let mut input = self.random.pick(corpus).clone();
        self.shorten(&mut input);
        let changes = 1 << self.random.below(4);
        for _ in 0..changes {
            self.change(&mut input, corpus);
            self.shorten(&mut input);
        }
        input
    }

    /// An input that is too long loses its end, or all but a window.
    fn shorten(&mut self, input: &mut Vec<u8>) {
        if input.len() > self.longest {
            let from = match self.random.below(2) {
                0 => 0,
                _ => self.random.below(input.len() - self.longest),
            };
            input.drain(..from);
            input.truncate(self.longest);
        }
    }

    fn change(&mut self, input: &mut Vec<u8>, corpus: &[Vec<u8>]) {
        // Half of the damage is where the shape says, so that it gets past the first check.
        if self.random.one_in(2) {
            let shape = self.shape;
            match shape {
                Shape::Json if self.json(input) => return,
                Shape::Protobuf => {
                    if let Some(changed) =
                        protobuf::change(input, &mut self.random, self.words, corpus)
                    {
                        *input = changed;
                        return;
                    }
                }
                Shape::Text | Shape::Json => return self.lines(input),
                Shape::Bytes => {}
            }
        }
        self.bytes(input, corpus);
    }

    /// A word of the grammar, or what programs trip over.
    fn word(&mut self) -> Vec<u8> {
        match self.random.below(4) {
            0 => self.random.pick(NUMBERS).as_bytes().to_vec(),
            1 => self.random.pick(NASTY).as_bytes().to_vec(),
            _ if self.words.is_empty() => vec![self.random.byte()],
            _ => self.random.pick(self.words).clone(),
        }
    }

    /// A stretch of the input.
    fn stretch(&mut self, input: &[u8]) -> std::ops::Range<usize> {
        let from = self.random.below(input.len() + 1);
        let most = [1, 4, 16, 64, 1024][self.random.below(5)];
        from..(from + self.random.below(most + 1)).min(input.len())
    }

    fn bytes(&mut self, input: &mut Vec<u8>, corpus: &[Vec<u8>]) {
        let at = self.random.below(input.len() + 1);
        match self.random.below(12) {
            0 => {
                if let Some(byte) = input.get_mut(at) {
                    *byte ^= 1 << self.random.below(8);
                }
            }
            1 => {
                if let Some(byte) = input.get_mut(at) {
                    *byte = self.random.byte();
                }
            }
            2 => {
                if let Some(byte) = input.get_mut(at) {
                    *byte = *self.random.pick(&[0, 1, 0x7f, 0x80, 0xff, 0xfe]);
                }
            }
            3 => drop(input.drain(self.stretch(input))),
            4 => {
                let copy = input[self.stretch(input)].to_vec();
                input.splice(at..at, copy);
            }
            5 | 6 => {
                let word = self.word();
                input.splice(at..at, word);
            }
            7 | 8 => {
                let stretch = self.stretch(input);
                let word = self.word();
                input.splice(stretch, word);
            }
            9 => input.truncate(at),
            10 => {
                // The head of this, the tail of another.
                let other = self.random.pick(corpus);
                let from = self.random.below(other.len() + 1);
                let end = (from + self.longest).min(other.len());
                input.truncate(at);
                input.extend_from_slice(&other[from..end]);
            }
            _ => {
                // Again and again: what nests, and what grows by more than its length.
                let piece = match self.random.below(2) {
                    0 => self.word(),
                    _ => input[self.stretch(input)].to_vec(),
                };
                if !piece.is_empty() {
                    let times = 1 + self.random.below(self.longest / piece.len().max(1) + 1);
                    let times = times.min([8, 64, 4096][self.random.below(3)]);
                    input.splice(at..at, piece.repeat(times));
                }
            }
        }
    }

    fn lines(&mut self, input: &mut Vec<u8>) {
        let mut lines: Vec<Vec<u8>> = input.split(|b| *b == b'\n').map(<[u8]>::to_vec).collect();
        let at = self.random.below(lines.len());
        let other = self.random.below(lines.len());
        match self.random.below(7) {
            0 => drop(lines.remove(at)),
            1 => {
                let copy = lines[at].clone();
                lines.insert(other, copy);
            }
            2 => lines.swap(at, other),
            3 => {
                // Deeper or less deep.
                let line = &mut lines[at];
                let spaces = line.iter().take_while(|b| **b == b' ').count();
                let new = self.random.below(9);
                line.splice(..spaces, std::iter::repeat_n(b' ', new));
            }
            4 | 5 => {
                // A word for a word.
                let word = self.word();
                let line = &mut lines[at];
                let is_word = |b: &u8| b.is_ascii_alphanumeric() || *b >= 0x80;
                let begin = self.random.below(line.len() + 1);
                let from = line[..begin].iter().rposition(|b| !is_word(b)).map_or(0, |at| at + 1);
                let length = line[begin..].iter().position(|b| !is_word(b));
                let to = length.map_or(line.len(), |length| begin + length);
                line.splice(from..to, word);
            }
            _ => {
                let word = self.word();
                lines.insert(at, word);
            }
        }
        *input = lines.join(&b'\n');
    }

    /// Changes one value of a document; false where it is none.
    fn json(&mut self, input: &mut Vec<u8>) -> bool {
        let Ok(mut value) = serde_json::from_slice::<Value>(input) else { return false };
        let values = count(&value);
        let (from, to) = (self.random.below(values), self.random.below(values));
        let mut number = from;
        let copy = find(&mut value, &mut number).map(|value| value.clone()).unwrap_or_default();
        let mut number = to;
        let Some(place) = find(&mut value, &mut number) else { return false };
        match self.random.below(8) {
            0 => *place = copy,
            1 => *place = Value::Null,
            2 => *place = self.leaf(),
            3 => *place = Value::Array(vec![place.take(); 1 + self.random.below(3)]),
            4 => {
                let key = String::from_utf8_lossy(&self.word()).into_owned();
                *place = Value::Object([(key, place.take())].into_iter().collect());
            }
            5 => match place {
                Value::Object(map) => {
                    let key = map.keys().nth(self.random.below(map.len())).cloned();
                    key.and_then(|key| map.remove(&key));
                }
                Value::Array(list) if !list.is_empty() => {
                    list.remove(self.random.below(list.len()));
                }
                place => *place = self.leaf(),
            },
            6 => {
                let key = String::from_utf8_lossy(&self.word()).into_owned();
                let leaf = self.leaf();
                match place {
                    Value::Object(map) => drop(map.insert(key, leaf)),
                    Value::Array(list) => list.push(leaf),
                    place => *place = leaf,
                }
            }
            _ => {
                for _ in 0..self.random.below(140) {
                    *place = Value::Array(vec![place.take()]);
                }
            }
        }
        *input = value.to_string().into_bytes();
        true
    }

    fn leaf(&mut self) -> Value {
        match self.random.below(4) {
            0 => {
                serde_json::from_str::<Value>(self.random.pick::<&str>(NUMBERS)).unwrap_or_default()
            }
            1 => Value::Bool(self.random.one_in(2)),
            _ => String::from_utf8_lossy(&self.word()).into_owned().into(),
        }
    }
}

/// How many values a document has, itself included.
fn count(value: &Value) -> usize {
    1 + match value {
        Value::Array(list) => list.iter().map(count).sum(),
        Value::Object(map) => map.values().map(count).sum(),
        _ => 0,
    }
}

/// The value with this number.
fn find<'v>(value: &'v mut Value, number: &mut usize) -> Option<&'v mut Value> {
    if *number == 0 {
        return Some(value);
    }
    *number -= 1;
    match value {
        Value::Array(list) => list.iter_mut().find_map(|value| find(value, number)),
        Value::Object(map) => map.values_mut().find_map(|value| find(value, number)),
        _ => None,
    }
}
