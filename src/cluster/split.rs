//! Cuts a LIST body and a watch stream into objects while the bytes arrive: rows appear with the
//! first kilobyte, and no body is ever held as a whole.
//!
//! Only the object at the border of two chunks is copied; all others are slices of the chunk.

use memchr::{memchr, memchr2};

/// Greatest object that is read; etcd's own limit is about 1.5 MiB.
pub const MAX_ITEM: usize = 16 << 20;
/// Most bytes of one object that are passed over because it is larger than that.
pub const MAX_PASSED: usize = 256 << 20;
const MAX_META: usize = 64 << 10;

/// Why a body cannot be read any further.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SplitError {
    /// An object is greater than [`MAX_ITEM`]. It is passed over: the next call goes on behind it.
    #[error("an object is larger than 16 MiB")]
    TooLarge,
    /// An object is so large that even passing over it takes too long.
    #[error("an object does not end within 256 MiB")]
    Endless,
    /// The body is not a JSON list.
    #[error("the answer is not a JSON list of objects: {0}")]
    NotAList(&'static str),
    /// The body was to be protobuf and is no such list.
    #[error("the answer is not a protobuf list of objects: {0}")]
    NotProtobuf(&'static str),
    /// The body ended before the list did.
    #[error("the answer ended in the middle")]
    Truncated,
}

/// What a list says about itself.
#[derive(Clone, Debug, Default, PartialEq, Eq, serde::Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct ListMeta {
    /// The version the list shows; a watch goes on from here.
    pub resource_version: Option<String>,
    /// How to ask for the rest; empty when there is none.
    #[serde(rename = "continue")]
    pub token: Option<String>,
}

/// Finds the end of one JSON value, whatever it is, in pieces of any size.
#[derive(Clone, Copy, Debug, Default)]
struct ValueScan {
    depth: u32,
    in_string: bool,
    escaped: bool,
    scalar: bool,
}

impl ValueScan {
    /// How many of `bytes` belong to the value when it ends within them. The first byte ever given
    /// must be the value's first one.
    fn end(&mut self, bytes: &[u8]) -> Option<usize> {
        let mut i = 0;
        if self.escaped {
            if bytes.is_empty() {
                return None;
            }
            self.escaped = false;
            i = 1;
        }
        loop {
            if self.in_string {
                let at = i + memchr2(b'"', b'\\', &bytes[i..])?;
                if bytes[at] == b'\\' {
                    if at + 1 >= bytes.len() {
                        self.escaped = true;
                        return None;
                    }
                    i = at + 2;
                    continue;
                }
                self.in_string = false;
                i = at + 1;
                if self.depth == 0 {
                    return Some(i);
                }
            }
            if self.scalar {
                let ends = |b: &u8| matches!(b, b',' | b']' | b'}' | b' ' | b'\n' | b'\r' | b'\t');
                return bytes[i..].iter().position(ends).map(|n| i + n);
            }
            // Braces and brackets count alike: a mismatch is the decoder's to complain about.
            loop {
                let &byte = bytes.get(i)?;
                i += 1;
                match byte {
                    b'"' => {
                        self.in_string = true;
                        break;
                    }
                    b'{' | b'[' => self.depth += 1,
                    b'}' | b']' => {
                        self.depth = self.depth.saturating_sub(1);
                        if self.depth == 0 {
                            return Some(i);
                        }
                    }
                    _ if self.depth == 0 => {
                        self.scalar = true;
                        break;
                    }
                    _ => {}
                }
            }
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum At {
    Start,
    Key,
    InKey,
    Colon,
    Value,
    Skip,
    Meta,
    Items,
    InItem,
    /// In an item that is too large to be kept.
    Passing,
    End,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Key {
    Items,
    Metadata,
    Other,
}

/// Cuts one LIST body into its items. Keys may come in any order: lists of custom resources have
/// their items before their metadata.
#[derive(Debug)]
pub struct ListSplitter {
    at: At,
    key: Vec<u8>,
    kind: Key,
    scan: ValueScan,
    partial: Vec<u8>,
    spent: bool,
    passed: usize,
    meta: Vec<u8>,
    seen_items: bool,
}

impl Default for ListSplitter {
    fn default() -> Self {
        Self {
            at: At::Start,
            key: Vec::new(),
            kind: Key::Other,
            scan: ValueScan::default(),
            partial: Vec::new(),
            spent: false,
            passed: 0,
            meta: Vec::new(),
            seen_items: false,
        }
    }
}

impl ListSplitter {
    /// The next item, or None when `input` is used up. `input` shrinks as it is read.
    pub fn next<'s, 'i: 's>(
        &'s mut self,
        input: &mut &'i [u8],
    ) -> Result<Option<&'s [u8]>, SplitError> {
        if std::mem::take(&mut self.spent) {
            self.partial.clear();
        }
        while let Some(&byte) = input.first() {
            match self.at {
                At::Skip => match self.scan.end(input) {
                    Some(n) => {
                        *input = &input[n..];
                        self.at = At::Key;
                    }
                    None => *input = &[],
                },
                At::Meta => {
                    let n = self.scan.end(input);
                    let (piece, rest) = input.split_at(n.unwrap_or(input.len()));
                    if self.meta.len() + piece.len() > MAX_META {
                        return Err(SplitError::NotAList("its metadata is larger than 64 KiB"));
                    }
                    self.meta.extend_from_slice(piece);
                    *input = rest;
                    if n.is_some() {
                        self.at = At::Key;
                    }
                }
                At::InItem => {
                    let n = self.scan.end(input);
                    let whole: &'i [u8] = input;
                    let (piece, rest) = whole.split_at(n.unwrap_or(whole.len()));
                    *input = rest;
                    if self.partial.len() + piece.len() > MAX_ITEM {
                        self.passed = self.partial.len() + piece.len();
                        self.partial = Vec::new();
                        self.at = if n.is_some() { At::Items } else { At::Passing };
                        return Err(SplitError::TooLarge);
                    }
                    if n.is_none() {
                        self.partial.extend_from_slice(piece);
                        return Ok(None);
                    }
                    self.at = At::Items;
                    if self.partial.is_empty() {
                        return Ok(Some(piece));
                    }
                    self.partial.extend_from_slice(piece);
                    self.spent = true;
                    return Ok(Some(&self.partial));
                }
                At::Passing => {
                    let n = self.scan.end(input);
                    let piece = n.unwrap_or(input.len());
                    *input = &input[piece..];
                    self.passed += piece;
                    if n.is_some() {
                        self.at = At::Items;
                    } else if self.passed > MAX_PASSED {
                        return Err(SplitError::Endless);
                    }
                }
                At::InKey => {
                    *input = &input[1..];
                    match byte {
                        b'"' => {
                            self.kind = match self.key.as_slice() {
                                b"items" => Key::Items,
                                b"metadata" => Key::Metadata,
                                _ => Key::Other,
                            };
                            self.at = At::Colon;
                        }
                        // No key we look for is so long; longer ones are only skipped.
                        _ if self.key.len() < 64 => self.key.push(byte),
                        _ => {}
                    }
                }
                _ if matches!(byte, b' ' | b'\n' | b'\r' | b'\t') => *input = &input[1..],
                At::Start if byte == b'{' => {
                    *input = &input[1..];
                    self.at = At::Key;
                }
                At::Start => return Err(SplitError::NotAList("it does not start with {")),
                At::Key => {
                    *input = &input[1..];
                    match byte {
                        b',' => {}
                        b'"' => {
                            self.key.clear();
                            self.at = At::InKey;
                        }
                        b'}' => self.at = At::End,
                        _ => return Err(SplitError::NotAList("a key is missing")),
                    }
                }
                At::Colon if byte == b':' => {
                    *input = &input[1..];
                    self.at = At::Value;
                }
                At::Colon => return Err(SplitError::NotAList("a colon is missing")),
                At::Value => {
                    self.scan = ValueScan::default();
                    self.at = match self.kind {
                        Key::Items if byte == b'[' => {
                            *input = &input[1..];
                            self.seen_items = true;
                            At::Items
                        }
                        // `items: null` is an empty list.
                        Key::Items if byte == b'n' => {
                            self.seen_items = true;
                            At::Skip
                        }
                        Key::Items => return Err(SplitError::NotAList("its items are no array")),
                        Key::Metadata => {
                            self.meta.clear();
                            At::Meta
                        }
                        Key::Other => At::Skip,
                    };
                }
                At::Items => match byte {
                    b',' => *input = &input[1..],
                    b']' => {
                        *input = &input[1..];
                        self.at = At::Key;
                    }
                    _ => {
                        self.scan = ValueScan::default();
                        self.at = At::InItem;
                    }
                },
                At::End => return Err(SplitError::NotAList("something follows its end")),
            }
        }
        Ok(None)
    }

    /// To be called when the body ended: what the list says about itself.
    pub fn finish(self) -> Result<ListMeta, SplitError> {
        if self.at != At::End {
            return Err(SplitError::Truncated);
        }
        if !self.seen_items {
            return Err(SplitError::NotAList("it has no items"));
        }
        if self.meta.is_empty() {
            return Ok(ListMeta::default());
        }
        let meta: Option<ListMeta> = serde_json::from_slice(&self.meta)
            .map_err(|_| SplitError::NotAList("its metadata cannot be read"))?;
        Ok(meta.unwrap_or_default())
    }
}

/// Cuts a watch stream into its lines.
#[derive(Debug, Default)]
pub struct LineSplitter {
    partial: Vec<u8>,
    spent: bool,
    /// Bytes passed over of a line that is too large to be kept; 0 outside of one.
    passed: usize,
}

impl LineSplitter {
    /// The next line without its end, or None when `input` is used up. Empty lines are left out.
    pub fn next<'s, 'i: 's>(
        &'s mut self,
        input: &mut &'i [u8],
    ) -> Result<Option<&'s [u8]>, SplitError> {
        if std::mem::take(&mut self.spent) {
            self.partial.clear();
        }
        while !input.is_empty() {
            let whole: &'i [u8] = input;
            let end = memchr(b'\n', whole);
            let piece = &whole[..end.unwrap_or(whole.len())];
            *input = end.map_or(&[], |end| &whole[end + 1..]);
            if self.passed > 0 {
                self.passed = if end.is_some() { 0 } else { self.passed + piece.len() };
                if self.passed > MAX_PASSED {
                    return Err(SplitError::Endless);
                }
                continue;
            }
            if self.partial.len() + piece.len() > MAX_ITEM {
                self.passed = if end.is_some() { 0 } else { self.partial.len() + piece.len() };
                self.partial = Vec::new();
                return Err(SplitError::TooLarge);
            }
            if end.is_none() {
                self.partial.extend_from_slice(piece);
                return Ok(None);
            }
            if self.partial.is_empty() {
                if !piece.trim_ascii().is_empty() {
                    return Ok(Some(piece));
                }
                continue;
            }
            self.partial.extend_from_slice(piece);
            if self.partial.trim_ascii().is_empty() {
                self.partial.clear();
                continue;
            }
            self.spent = true;
            return Ok(Some(&self.partial));
        }
        Ok(None)
    }
}

/// What a watch event tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EventKind {
    /// The object is there, like this: `ADDED` or `MODIFIED`.
    Upsert,
    /// The object is gone.
    Deleted,
    /// Nothing happened up to this version.
    Bookmark,
    /// The object is a Status: the watch failed.
    Error,
}

/// One line of a watch: what it tells, and the object's bytes. None where it cannot be read.
///
/// A line in the form every API server writes is cut without parsing it; should anything follow the
/// object in it, the object's decoder complains, and [`parsed_event`] finds the right end.
pub fn watch_event(line: &[u8]) -> Option<(EventKind, &[u8])> {
    fast_event(line).or_else(|| parsed_event(line))
}

/// The name of an event's type.
pub(super) fn kind(name: &[u8]) -> Option<EventKind> {
    Some(match name {
        b"ADDED" | b"MODIFIED" => EventKind::Upsert,
        b"DELETED" => EventKind::Deleted,
        b"BOOKMARK" => EventKind::Bookmark,
        b"ERROR" => EventKind::Error,
        _ => return None,
    })
}

/// The form every API server writes: `{"type":"X","object":{…}}`.
fn fast_event(line: &[u8]) -> Option<(EventKind, &[u8])> {
    let rest = line.strip_prefix(br#"{"type":""#)?;
    let quote = memchr(b'"', &rest[..16.min(rest.len())])?;
    let (name, rest) = rest.split_at(quote);
    let object = rest.strip_prefix(br#"","object":"#)?.trim_ascii_end().strip_suffix(b"}")?;
    let whole = object.first() == Some(&b'{') && object.last() == Some(&b'}');
    whole.then(|| kind(name).map(|kind| (kind, object)))?
}

/// The same by a JSON parser, for lines in any other form.
pub fn parsed_event(line: &[u8]) -> Option<(EventKind, &[u8])> {
    #[derive(serde::Deserialize)]
    struct Line<'a> {
        r#type: String,
        #[serde(borrow)]
        object: &'a serde_json::value::RawValue,
    }
    let line: Line<'_> = serde_json::from_slice(line).ok()?;
    kind(line.r#type.as_bytes()).map(|kind| (kind, line.object.get().as_bytes()))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
    use super::*;
    use proptest::prelude::*;

    fn split(body: &[u8], cuts: &[usize]) -> Result<(Vec<String>, ListMeta), SplitError> {
        let mut splitter = ListSplitter::default();
        let mut items = Vec::new();
        let mut from = 0;
        for &cut in cuts.iter().chain([&body.len()]) {
            let cut = cut.clamp(from, body.len());
            let mut input = &body[from..cut];
            while let Some(item) = splitter.next(&mut input)? {
                items.push(String::from_utf8_lossy(item).into_owned());
            }
            from = cut;
        }
        Ok((items, splitter.finish()?))
    }

    #[test]
    fn a_list_cut_at_every_byte_gives_the_same_items() {
        let body = br#" {"kind":"L\"ist","items" : [ {"a":"}]\\\"{","b":[1,{"c":null}]}, {} ,null,5,"x,]",[1] ],
            "x":{"items":[7]},"metadata":{"resourceVersion":"42","remainingItemCount":3,"continue":""}} "#;
        let (items, meta) = split(body, &[]).unwrap();
        assert_eq!(
            items,
            [r#"{"a":"}]\\\"{","b":[1,{"c":null}]}"#, "{}", "null", "5", r#""x,]""#, "[1]"]
        );
        assert_eq!(meta.resource_version.as_deref(), Some("42"));
        assert_eq!(meta.token.as_deref(), Some(""));
        for cut in 0..body.len() {
            assert_eq!(split(body, &[cut]).unwrap(), (items.clone(), meta.clone()), "cut at {cut}");
        }
        let every: Vec<usize> = (0..body.len()).collect();
        assert_eq!(split(body, &every).unwrap(), (items, meta));
    }

    #[test]
    fn a_body_that_stops_early_is_never_taken_for_a_whole_list() {
        let body = br#"{"metadata":{"resourceVersion":"1"},"items":[{"a":1},{"b":2}]}"#;
        for end in 0..body.len() {
            assert_eq!(split(&body[..end], &[]).unwrap_err(), SplitError::Truncated, "at {end}");
        }
    }

    #[test]
    fn what_is_no_list_is_refused_with_a_reason() {
        for body in ["<html>", "[]", r#"{"items":5}"#, r#"{"kind":"Status"}"#, "{} {}", "{x}"] {
            assert!(matches!(split(body.as_bytes(), &[]), Err(SplitError::NotAList(_))), "{body}");
        }
        assert_eq!(split(br#"{"items":null,"metadata":null}"#, &[]).unwrap().0.len(), 0);
    }

    #[test]
    fn an_object_too_large_to_be_kept_is_passed_over_and_the_next_one_is_read() {
        let big = format!(r#"{{"a":"{}"}}"#, "x".repeat(20 << 20));
        let list = format!(r#"{{"items":[1,{big},2],"metadata":{{"resourceVersion":"7"}}}}"#);
        let lines = format!("1\n{big}\n2\n");
        for piece in [64 << 10, 64 << 20] {
            let (mut splitter, mut line) = (ListSplitter::default(), LineSplitter::default());
            let (mut items, mut errors) = (Vec::new(), Vec::new());
            for mut input in list.as_bytes().chunks(piece) {
                while !input.is_empty() {
                    match splitter.next(&mut input) {
                        Ok(item) => items.extend(item.map(<[u8]>::to_vec)),
                        Err(error) => errors.push(error),
                    }
                }
            }
            assert_eq!(
                (items, errors),
                (vec![b"1".to_vec(), b"2".to_vec()], vec![SplitError::TooLarge])
            );
            assert_eq!(splitter.finish().unwrap().resource_version.as_deref(), Some("7"));
            let (mut items, mut errors) = (Vec::new(), Vec::new());
            for mut input in lines.as_bytes().chunks(piece) {
                while !input.is_empty() {
                    match line.next(&mut input) {
                        Ok(item) => items.extend(item.map(<[u8]>::to_vec)),
                        Err(error) => errors.push(error),
                    }
                }
            }
            assert_eq!(
                (items, errors),
                (vec![b"1".to_vec(), b"2".to_vec()], vec![SplitError::TooLarge])
            );
        }
    }

    #[test]
    fn an_object_without_end_is_given_up_and_never_held() {
        let mut splitter = ListSplitter::default();
        let mut start: &[u8] = br#"{"items":[{"a":""#;
        assert_eq!(splitter.next(&mut start).unwrap(), None);
        let mut lines = LineSplitter::default();
        let chunk = vec![b'x'; 8 << 20];
        let (mut first, mut second) = (Vec::new(), Vec::new());
        for _ in 0..40 {
            first.extend(splitter.next(&mut chunk.as_slice()).err());
            second.extend(lines.next(&mut chunk.as_slice()).err());
            assert!(splitter.partial.capacity().max(lines.partial.capacity()) <= 2 * MAX_ITEM);
        }
        for errors in [first, second] {
            assert_eq!(errors[..2], [SplitError::TooLarge, SplitError::Endless]);
        }
    }

    #[test]
    fn watch_lines_are_read_in_either_way() {
        let line = br#"{"type":"MODIFIED","object":{"a":"}"}}"#;
        assert_eq!(watch_event(line), Some((EventKind::Upsert, &br#"{"a":"}"}"#[..])));
        let odd = br#" { "object" : {"a":1} , "type" : "DELETED" }"#;
        assert_eq!(watch_event(odd), Some((EventKind::Deleted, &br#"{"a":1}"#[..])));
        let more = br#"{"type":"ADDED","object":{"a":1},"more":{}}"#;
        assert_eq!(parsed_event(more), Some((EventKind::Upsert, &br#"{"a":1}"#[..])));
        for bad in ["", "{", r#"{"type":"WHAT","object":{}}"#, r#"{"type":"ADDED"}"#, "null"] {
            assert_eq!(watch_event(bad.as_bytes()), None, "{bad}");
        }
    }

    #[test]
    fn lines_survive_any_chunk_border() {
        let text = b"{\"a\":1}\n\n{\"b\":2}\r\n  \n{\"c\":3}\nrest";
        for cut in 0..text.len() {
            let mut lines = LineSplitter::default();
            let mut got = Vec::new();
            for mut piece in [&text[..cut], &text[cut..]] {
                while let Some(line) = lines.next(&mut piece).unwrap() {
                    let line = String::from_utf8_lossy(line).trim().to_owned();
                    if !line.is_empty() {
                        got.push(line);
                    }
                }
            }
            assert_eq!(got, [r#"{"a":1}"#, r#"{"b":2}"#, r#"{"c":3}"#], "cut at {cut}");
        }
    }

    fn json() -> impl Strategy<Value = serde_json::Value> {
        let leaf = prop_oneof![
            Just(serde_json::Value::Null),
            any::<bool>().prop_map(Into::into),
            any::<i32>().prop_map(Into::into),
            "[a-z\"\\\\{}\\[\\],:\u{e9}\n ]{0,8}".prop_map(Into::into),
        ];
        leaf.prop_recursive(3, 16, 4, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..4).prop_map(Into::into),
                prop::collection::vec(("[a-z\"\\\\}]{0,4}", inner), 0..4)
                    .prop_map(|pairs| serde_json::Value::Object(pairs.into_iter().collect())),
            ]
        })
    }

    proptest! {
        #[test]
        fn any_chunking_gives_the_items_that_serde_reads(
            items in prop::collection::vec(json(), 0..6),
            other in json(),
            pretty in any::<bool>(),
            order in 0..3usize,
            mut cuts in prop::collection::vec(0..600usize, 0..12),
        ) {
            let mut keys = vec![
                ("items", serde_json::Value::Array(items.clone())),
                ("metadata", serde_json::json!({"resourceVersion": "7", "continue": "c\"}"})),
                ("other", other),
            ];
            keys.rotate_left(order);
            let list: serde_json::Map<_, _> =
                keys.into_iter().map(|(k, v)| (k.to_owned(), v)).collect();
            let body = if pretty {
                serde_json::to_string_pretty(&list).unwrap()
            } else {
                serde_json::to_string(&list).unwrap()
            };
            cuts.sort_unstable();
            let (got, meta) = split(body.as_bytes(), &cuts).unwrap();
            let got: Vec<serde_json::Value> =
                got.iter().map(|item| serde_json::from_str(item).unwrap()).collect();
            prop_assert_eq!(got, items);
            prop_assert_eq!(meta.token.as_deref(), Some("c\"}"));
        }
    }
}
