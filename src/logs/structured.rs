//! Lines that are made of fields: JSON, pairs (`logfmt`), klog. Read one at a time, when it is
//! looked at or a filter asks.

use super::ansi;
use super::level::{self, Level};
use serde::de::{Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;
use std::borrow::Cow;
use std::fmt;

/// Nested objects are taken apart so far down.
const MAX_DEPTH: usize = 4;
/// More fields than this are not shown one by one.
const MAX_FIELDS: usize = 200;
/// Bytes of a value in a line without structure.
const MAX_VALUE: usize = 4096;

/// Names that fields for the same thing have, most telling first.
const LEVELS: &[&str] = &[
    "level",
    "lvl",
    "severity",
    "log.level",
    "levelname",
    "loglevel",
    "log_level",
    "@l",
    "L",
    "PRIORITY",
];
const MESSAGES: &[&str] = &[
    "msg",
    "message",
    "@message",
    "@m",
    "short_message",
    "fields.message",
    "event",
    "log",
    "text",
    "@mt",
    "MESSAGE",
    "M",
];
const TIMES: &[&str] = &[
    "time",
    "ts",
    "timestamp",
    "@timestamp",
    "@t",
    "t",
    "datetime",
    "date",
    "T",
    "asctime",
    "eventTime",
];

/// How a line is made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shape {
    /// One JSON object.
    Json,
    /// `key=value` all along.
    Pairs,
    /// `E0102 15:04:05.000000 1 file.go:1] …`
    Klog,
}

/// A line taken apart.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Parts {
    /// How it is made.
    pub shape: Shape,
    /// How much it matters.
    pub level: Option<Level>,
    /// What it says.
    pub message: Option<String>,
    /// When it was written, as it says itself.
    pub time: Option<String>,
    /// All other fields, nested ones with dotted names, in their order.
    pub fields: Vec<(String, String)>,
}

impl Parts {
    /// Takes a line apart; None where it has no fields.
    pub fn of(line: &[u8]) -> Option<Self> {
        let line = ansi::stripped(line);
        let line = std::str::from_utf8(&line).ok()?.trim();
        if line.starts_with('{') {
            return Self::of_json(line);
        }
        if level::is_klog(line.as_bytes()) {
            return Self::of_klog(line);
        }
        Self::of_pairs(line)
    }

    fn of_json(line: &str) -> Option<Self> {
        let mut fields = Vec::new();
        flatten(line, "", 0, &mut fields)?;
        Some(Self::with_roles(Shape::Json, fields))
    }

    fn of_pairs(line: &str) -> Option<Self> {
        let mut fields = Vec::new();
        let mut rest = line;
        while !rest.is_empty() {
            let (key, value, after) = pair(rest)?;
            fields.push((key.to_owned(), value.into_owned()));
            if fields.len() > MAX_FIELDS {
                return None;
            }
            rest = after.trim_start();
        }
        // One `a=b` alone is more likely a message.
        (fields.len() > 1).then(|| Self::with_roles(Shape::Pairs, fields))
    }

    fn of_klog(line: &str) -> Option<Self> {
        let (head, body) = line.split_once("] ")?;
        let level = Level::from_word(&line.as_bytes()[..1]);
        let mut words = head.split_whitespace();
        let time = format!("{} {}", &words.next()?[1..], words.next()?);
        let caller = words.last().unwrap_or_default().to_owned();
        let mut fields = Vec::new();
        let mut message = body.to_owned();
        // Structured klog: the message in quotes, pairs behind it.
        if let Some((quoted, rest)) = quoted(body) {
            let mut rest = rest.trim_start();
            let mut all = true;
            while !rest.is_empty() && all {
                match pair(rest) {
                    Some((key, value, after)) => {
                        fields.push((key.to_owned(), value.into_owned()));
                        rest = after.trim_start();
                    }
                    None => all = false,
                }
            }
            if all {
                message = quoted.into_owned();
            } else {
                fields.clear();
            }
        }
        fields.push(("caller".to_owned(), caller));
        Some(Self { shape: Shape::Klog, level, message: Some(message), time: Some(time), fields })
    }

    fn with_roles(shape: Shape, mut fields: Vec<(String, String)>) -> Self {
        let mut take = |names: &[&str], fits: &dyn Fn(&str) -> bool| {
            let at = names.iter().find_map(|name| {
                fields.iter().position(|(key, value)| key == name && fits(value))
            })?;
            Some(fields.remove(at).1)
        };
        let level = take(LEVELS, &|value| Level::from_value(value).is_some());
        let message = take(MESSAGES, &|value| !value.is_empty());
        let time = take(TIMES, &|value| value.bytes().any(|b| b.is_ascii_digit()));
        let level = level.and_then(|value| Level::from_value(&value));
        Self { shape, level, message, time, fields }
    }

    /// A field by its name.
    pub fn field(&self, name: &str) -> Option<&str> {
        self.fields.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }
}

/// The level of a line, whatever it is made of.
pub fn level_of(line: &[u8]) -> Option<Level> {
    let trimmed = line.trim_ascii_start();
    if trimmed.first() == Some(&b'{')
        && let Ok(text) = std::str::from_utf8(trimmed)
        && let Some(members) = members(text)
    {
        return LEVELS.iter().find_map(|name| {
            let value = lookup(&members, name)?;
            Level::from_value(&unquoted(value))
        });
    }
    if level::is_klog(trimmed) {
        return Level::of_text(trimmed);
    }
    for name in &LEVELS[..3] {
        let mut found = None;
        each_value(line, name, &mut |value| {
            found = Level::from_value(value);
            found.is_some()
        });
        if found.is_some() {
            return found;
        }
    }
    Level::of_text(line)
}

/// Hands every value of a field to `test` until it says yes; whether it did. A JSON object has at
/// most one; in other lines every `name=value` counts, wherever it stands.
pub fn any_value(line: &[u8], name: &str, test: &mut dyn FnMut(&str) -> bool) -> bool {
    let trimmed = line.trim_ascii_start();
    if trimmed.first() == Some(&b'{')
        && let Ok(text) = std::str::from_utf8(trimmed)
        && let Some(members) = members(text)
    {
        if let Some(value) = lookup(&members, name) {
            return test(&unquoted(value));
        }
        // `msg` and `message` are two names for the same thing.
        let role = [MESSAGES, LEVELS, TIMES].into_iter().find(|names| names.contains(&name));
        let value = role.and_then(|names| names.iter().find_map(|name| lookup(&members, name)));
        return value.is_some_and(|value| test(&unquoted(value)));
    }
    each_value(line, name, test)
}

/// A JSON object with its values as they stand.
type Members<'a> = Vec<(Cow<'a, str>, &'a RawValue)>;

fn members(text: &str) -> Option<Members<'_>> {
    struct Object;
    impl<'de> Visitor<'de> for Object {
        type Value = Members<'de>;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("an object")
        }

        fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
            let mut members = Vec::with_capacity(16);
            while let Some(Key(key)) = map.next_key::<Key<'de>>()? {
                members.push((key, map.next_value::<&'de RawValue>()?));
            }
            Ok(members)
        }
    }
    #[derive(serde::Deserialize)]
    struct Key<'a>(#[serde(borrow)] Cow<'a, str>);
    let mut json = serde_json::Deserializer::from_str(text);
    let members = json.deserialize_map(Object).ok()?;
    json.end().ok()?;
    Some(members)
}

/// A member by its name; `http.status` also leads into nested objects.
fn lookup<'a>(members: &Members<'a>, name: &str) -> Option<&'a RawValue> {
    if let Some((_, value)) = members.iter().find(|(key, _)| key == name) {
        return Some(value);
    }
    members.iter().find_map(|(key, value)| {
        let inner = name.strip_prefix(key.as_ref())?.strip_prefix('.')?;
        let object = value.get().trim_start();
        if !object.starts_with('{') {
            return None;
        }
        lookup(&self::members(object)?, inner)
    })
}

/// The text of a JSON value: strings without their quotes, everything else as it stands.
fn unquoted(value: &RawValue) -> Cow<'_, str> {
    let text = value.get().trim();
    unescaped(text).unwrap_or(Cow::Borrowed(text))
}

/// A JSON string without its quotes; None where it is none.
fn unescaped(text: &str) -> Option<Cow<'_, str>> {
    let inner = text.strip_prefix('"')?.strip_suffix('"')?;
    if memchr::memchr2(b'\\', b'"', inner.as_bytes()).is_none() {
        return Some(Cow::Borrowed(inner));
    }
    serde_json::from_str::<String>(text).ok().map(Cow::Owned)
}

/// Takes an object apart, and the objects in it. None where it is no object.
fn flatten(text: &str, prefix: &str, depth: usize, out: &mut Vec<(String, String)>) -> Option<()> {
    for (key, value) in members(text)? {
        let name = if prefix.is_empty() { key.into_owned() } else { format!("{prefix}.{key}") };
        let inner = value.get().trim_start();
        let opens = inner.starts_with('{') && inner.len() > 2 && depth < MAX_DEPTH;
        if !(opens && out.len() < MAX_FIELDS && flatten(inner, &name, depth + 1, out).is_some()) {
            out.push((name, unquoted(value).into_owned()));
        }
    }
    Some(())
}

/// `key=value` at the beginning of a text, and what follows it.
fn pair(text: &str) -> Option<(&str, Cow<'_, str>, &str)> {
    let end = text.find(|c: char| !key_char(c))?;
    let (key, rest) = text.split_at(end);
    if !key.starts_with(|c: char| c.is_ascii_alphabetic() || matches!(c, '_' | '@')) {
        return None;
    }
    let rest = rest.strip_prefix('=')?;
    if rest.starts_with('"') {
        let (value, rest) = quoted(rest)?;
        return (rest.is_empty() || rest.starts_with(char::is_whitespace))
            .then_some((key, value, rest));
    }
    let end = rest.find(char::is_whitespace).unwrap_or(rest.len());
    let (value, rest) = rest.split_at(end);
    (!value.contains('"')).then_some((key, Cow::Borrowed(value), rest))
}

fn key_char(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '_' | '.' | '-' | '/' | '@')
}

/// What stands in quotes at the beginning of a text, and what follows them.
fn quoted(text: &str) -> Option<(Cow<'_, str>, &str)> {
    if !text.starts_with('"') {
        return None;
    }
    let bytes = text.as_bytes();
    let mut at = 1;
    loop {
        at += memchr::memchr2(b'"', b'\\', &bytes[at..])?;
        if bytes[at] == b'"' {
            break;
        }
        at += 2;
        if at > bytes.len() {
            return None;
        }
    }
    let (whole, rest) = text.split_at(at + 1);
    // Go quotes more than JSON knows (`\x00`): then it stays as it is written.
    let value = unescaped(whole).unwrap_or(Cow::Borrowed(&whole[1..at]));
    Some((value, rest))
}

/// Every `name=value` in a line without structure, until `test` says yes.
fn each_value(line: &[u8], name: &str, test: &mut dyn FnMut(&str) -> bool) -> bool {
    let mut from = 0;
    while let Some(at) = memchr::memmem::find(&line[from..], name.as_bytes()) {
        let at = from + at;
        let end = at + name.len();
        from = end;
        let begins = at == 0 || !line[at - 1].is_ascii() || !key_char(char::from(line[at - 1]));
        if !begins || line.get(end) != Some(&b'=') {
            continue;
        }
        let rest = &line[end + 1..];
        let rest = &rest[..rest.len().min(MAX_VALUE)];
        let value = if rest.first() == Some(&b'"') {
            let rest = String::from_utf8_lossy(rest);
            match quoted(&rest) {
                Some((value, _)) => Cow::Owned(value.into_owned()),
                None => continue,
            }
        } else {
            let stop = |b: &u8| {
                b.is_ascii_whitespace() || matches!(b, b',' | b';' | b')' | b']' | b'}' | b'"')
            };
            let end = rest.iter().position(stop).unwrap_or(rest.len());
            String::from_utf8_lossy(&rest[..end])
        };
        if test(&value) {
            return true;
        }
    }
    false
}

/// A JSON line over several lines, indented, for reading; None where it is no JSON.
pub fn pretty(line: &[u8]) -> Option<String> {
    let line = ansi::stripped(line);
    let text = std::str::from_utf8(&line).ok()?.trim();
    if text.starts_with('{') || text.starts_with('[') {
        let value: serde_json::Value = serde_json::from_str(text).ok()?;
        return serde_json::to_string_pretty(&value).ok();
    }
    let parts = Parts::of(text.as_bytes())?;
    let mut out = String::new();
    let mut push = |name: &str, value: &str| {
        out.push_str(name);
        out.push_str(": ");
        out.push_str(value);
        out.push('\n');
    };
    if let Some(time) = &parts.time {
        push("time", time);
    }
    if let Some(level) = parts.level {
        push("level", level.name());
    }
    if let Some(message) = &parts.message {
        push("message", message);
    }
    for (key, value) in &parts.fields {
        push(key, value);
    }
    Some(out)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn parts(line: &str) -> Parts {
        Parts::of(line.as_bytes()).unwrap_or_else(|| unreachable!("{line}"))
    }

    fn fields(parts: &Parts) -> Vec<(&str, &str)> {
        parts.fields.iter().map(|(key, value)| (key.as_str(), value.as_str())).collect()
    }

    #[test]
    fn json_of_common_libraries_has_level_message_and_time() {
        for (line, level) in [
            // zap, logrus, slog, zerolog, pino, bunyan, python-json-logger, ECS, GELF, Serilog, GCP
            (r#"{"level":"info","ts":1700000000.1,"caller":"a.go:1","msg":"hello"}"#, Level::Info),
            (r#"{"level":"warning","msg":"hello","time":"2024-01-02T15:04:05Z"}"#, Level::Warn),
            (r#"{"time":"2024-01-02T15:04:05Z","level":"WARN+2","msg":"hello"}"#, Level::Warn),
            (r#"{"level":"error","time":1700000000,"message":"hello"}"#, Level::Error),
            (r#"{"level":30,"time":1700000000000,"pid":1,"msg":"hello"}"#, Level::Info),
            (
                r#"{"name":"a","level":50,"msg":"hello","time":"2024-01-02T15:04:05Z","v":0}"#,
                Level::Error,
            ),
            (
                r#"{"asctime":"2024-01-02 15:04:05","levelname":"CRITICAL","message":"hello"}"#,
                Level::Fatal,
            ),
            (
                r#"{"@timestamp":"2024-01-02T15:04:05Z","log.level":"error","message":"hello"}"#,
                Level::Error,
            ),
            (
                r#"{"@timestamp":"2024-01-02","log":{"level":"debug"},"message":"hello"}"#,
                Level::Debug,
            ),
            (
                r#"{"version":"1.1","short_message":"hello","level":3,"timestamp":1.5}"#,
                Level::Error,
            ),
            (r#"{"@t":"2024-01-02T15:04:05Z","@mt":"hello","@l":"Warning"}"#, Level::Warn),
            (r#"{"severity":"NOTICE","message":"hello","time":"2024-01-02"}"#, Level::Info),
            (
                r#"{"timestamp":"2024-01-02","level":"TRACE","fields":{"message":"hello"},"target":"x"}"#,
                Level::Trace,
            ),
        ] {
            let parts = parts(line);
            assert_eq!(parts.level, Some(level), "{line}");
            assert_eq!(parts.message.as_deref(), Some("hello"), "{line}");
            assert!(parts.time.is_some(), "{line}");
            assert_eq!(level_of(line.as_bytes()), Some(level), "{line}");
        }
    }

    #[test]
    fn nested_objects_get_dotted_names_and_lists_stay_json() {
        let parts =
            parts(r#"{"msg":"x","http":{"status":200,"req":{"id":"a\nb"}},"l":[1,2],"e":{}}"#);
        assert_eq!(
            fields(&parts),
            [("http.status", "200"), ("http.req.id", "a\nb"), ("l", "[1,2]"), ("e", "{}")]
        );
        assert_eq!(parts.field("http.status"), Some("200"));
        let line = br#"{"http":{"status":200}}"#;
        assert!(any_value(line, "http.status", &mut |value| value == "200"));
        assert!(!any_value(line, "http.statu", &mut |_| true));
    }

    #[test]
    fn pairs_need_to_be_all_of_the_line() {
        let parts = parts(r#"level=warn ts=2024 msg="slow \"query\"" took=812ms url=http://a?b=c"#);
        assert_eq!(parts.shape, Shape::Pairs);
        assert_eq!(parts.level, Some(Level::Warn));
        assert_eq!(parts.message.as_deref(), Some("slow \"query\""));
        assert_eq!(fields(&parts), [("took", "812ms"), ("url", "http://a?b=c")]);
        for line in ["a=b", "key = value", "GET /x?a=b c=d", "a=b and c=d", "a=\"b", "==", ""] {
            assert_eq!(Parts::of(line.as_bytes()), None, "{line}");
        }
    }

    #[test]
    fn klog_with_and_without_pairs() {
        let one =
            parts("I0102 15:04:05.123456       1 server.go:42] \"Starting\" addr=\":80\" n=2");
        assert_eq!((one.level, one.message.as_deref()), (Some(Level::Info), Some("Starting")));
        assert_eq!(fields(&one), [("addr", ":80"), ("n", "2"), ("caller", "server.go:42")]);
        let two = parts("E0102 15:04:05.123456       1 reflector.go:150] failed: a=b c");
        assert_eq!(two.message.as_deref(), Some("failed: a=b c"));
        assert_eq!(two.level, Some(Level::Error));
    }

    #[test]
    fn fields_are_found_in_lines_without_structure_too() {
        let line = b"GET /orders status=500 took=12ms, (status=503)";
        let mut seen = Vec::new();
        any_value(line, "status", &mut |value| {
            seen.push(value.to_owned());
            false
        });
        assert_eq!(seen, ["500", "503"]);
        assert!(!any_value(b"mystatus=500", "status", &mut |_| true));
        assert_eq!(level_of(b"ts=1 level=error x"), Some(Level::Error));
    }

    #[test]
    fn broken_and_hostile_lines_are_plain() {
        for line in [
            &b"{\"a\":1"[..],
            b"{\"a\":1}x",
            b"{",
            b"\xff{\"a\":1}",
            b"[1,2]",
            b"E0102",
            b"k=\"\\",
            b"I0102 15:04:05.123456",
        ] {
            assert_eq!(Parts::of(line), None, "{line:?}");
            level_of(line);
            any_value(line, "k", &mut |_| true);
        }
        let deep = format!("{}1{}", r#"{"a":"#.repeat(90), "}".repeat(90));
        let parts = parts(&deep);
        assert_eq!(parts.fields.len(), 1);
        let too_deep = format!("{}1{}", r#"{"a":"#.repeat(100_000), "}".repeat(100_000));
        assert_eq!(Parts::of(too_deep.as_bytes()).map(|parts| parts.fields.len()), Some(1));
    }

    #[test]
    fn the_whole_line_reads_well() {
        let json = pretty(br#"{"msg":"x","a":{"b":[1]}}"#).unwrap();
        assert_eq!(json, "{\n  \"msg\": \"x\",\n  \"a\": {\n    \"b\": [\n      1\n    ]\n  }\n}");
        let pairs = pretty(b"level=info msg=\"a b\" n=1").unwrap();
        assert_eq!(pairs, "level: info\nmessage: a b\nn: 1\n");
        assert_eq!(pretty(b"hello"), None);
    }
}
