//! Lines on their way to standard output: as text, as kubectl prints them, or as JSON objects for
//! programs.

use super::{Filter, Parts, ansi, structured};
use crate::model::{LogBatch, LogSource};
use base64::Engine as _;
use serde_json::{Map, Value};

/// How lines are printed.
#[derive(Clone, Debug, Default)]
pub struct Printer {
    /// One JSON object a line, not text.
    pub json: bool,
    /// Before each line of text the container that wrote it, as kubectl's `--prefix` has it.
    pub prefix: bool,
    /// Before each line of text the moment when the node took it, RFC 3339.
    pub times: bool,
    /// For a terminal: colours stay, every other sequence goes, controls become visible.
    pub terminal: bool,
    /// Lines that pass.
    pub filter: Filter,
    sources: Vec<LogSource>,
    spread: bool,
}

impl Printer {
    /// Text as the container wrote it, of lines that pass.
    pub fn new(filter: Filter) -> Self {
        Self { filter, ..Self::default() }
    }

    /// A further container, in the order of their numbers.
    pub fn source(&mut self, source: LogSource) {
        self.spread |= self.sources.first().is_some_and(|one| one.namespace != source.namespace);
        self.sources.push(source);
    }

    /// A container by its number.
    pub fn of(&self, number: u32) -> Option<&LogSource> {
        self.sources.get(number as usize)
    }

    /// How many containers there were so far.
    pub fn sources(&self) -> usize {
        self.sources.len()
    }

    /// Adds the lines of a batch that pass to `out`.
    pub fn print(&self, batch: &LogBatch, out: &mut Vec<u8>) {
        let mut from = 0;
        for line in &batch.lines {
            let end = line.end as usize;
            let text = &batch.text[from..end];
            from = end;
            if !self.filter.keeps(text) {
                continue;
            }
            let time = (line.at != 0)
                .then(|| jiff::Timestamp::from_nanosecond(line.at.into()).ok())
                .flatten();
            let source = self.of(line.source);
            if self.json {
                out.extend_from_slice(object(source, time, text).as_bytes());
            } else {
                self.text(source, time, text, out);
            }
            out.push(b'\n');
        }
    }

    fn text(
        &self,
        source: Option<&LogSource>,
        time: Option<jiff::Timestamp>,
        text: &[u8],
        out: &mut Vec<u8>,
    ) {
        if let Some(source) = source.filter(|_| self.prefix) {
            let LogSource { namespace, pod, container, .. } = source;
            let head = if self.spread {
                format!("[{namespace}/{pod}/{container}] ")
            } else {
                format!("[pod/{pod}/{container}] ")
            };
            out.extend_from_slice(head.as_bytes());
        }
        if let Some(time) = time.filter(|_| self.times) {
            out.extend_from_slice(format!("{time} ").as_bytes());
        }
        if self.terminal {
            out.extend_from_slice(ansi::coloured(text).as_bytes());
        } else {
            out.extend_from_slice(text);
        }
    }
}

/// A line as a JSON object; its `bytes` (base64) are there where it is no UTF-8, so that nothing of
/// it is lost.
fn object(source: Option<&LogSource>, time: Option<jiff::Timestamp>, line: &[u8]) -> String {
    let mut object = Map::new();
    let mut put = |name: &str, value: Value| object.insert(name.to_owned(), value);
    if let Some(time) = time {
        put("time", time.to_string().into());
    }
    if let Some(source) = source {
        put("namespace", source.namespace.as_str().into());
        put("pod", source.pod.as_str().into());
        put("container", source.container.as_str().into());
    }
    let parts = Parts::of(line);
    let level = match &parts {
        Some(parts) => parts.level,
        None => structured::level_of(&ansi::stripped(line)),
    };
    put("level", level.map_or(Value::Null, |level| level.name().into()));
    let text = || String::from_utf8_lossy(&ansi::stripped(line)).into_owned();
    match parts {
        Some(parts) => {
            put("message", parts.message.unwrap_or_default().into());
            let mut fields: Map<String, Value> = Map::new();
            if let Some(time) = parts.time {
                fields.insert("time".to_owned(), time.into());
            }
            for (name, value) in parts.fields {
                fields.entry(name).or_insert(value.into());
            }
            put("fields", fields.into());
        }
        None => {
            put("message", text().into());
        }
    }
    if std::str::from_utf8(line).is_err() {
        put("bytes", base64::engine::general_purpose::STANDARD.encode(line).into());
    }
    Value::Object(object).to_string()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::super::ring::tests::batch;
    use super::*;

    fn printer() -> Printer {
        let mut printer = Printer::default();
        printer.source(LogSource {
            namespace: "shop".into(),
            pod: "api-1".into(),
            uid: "1".into(),
            container: "app".into(),
        });
        printer
    }

    fn printed(printer: &Printer, lines: &[&[u8]]) -> Vec<u8> {
        let mut batch = batch(lines);
        batch.lines.iter_mut().for_each(|line| line.source = 0);
        batch.lines[0].at = 1_767_225_600_000_000_000;
        let mut out = Vec::new();
        printer.print(&batch, &mut out);
        out
    }

    #[test]
    fn text_is_what_the_container_wrote_byte_for_byte() {
        let lines: [&[u8]; 3] = [b"\x1b[31mone\x1b[0m", b"\xff\x00\t", b""];
        assert_eq!(printed(&printer(), &lines), b"\x1b[31mone\x1b[0m\n\xff\x00\t\n\n");
        let named = Printer { prefix: true, times: true, ..printer() };
        assert_eq!(
            printed(&named, &[b"one", b"two"]),
            b"[pod/api-1/app] 2026-01-01T00:00:00Z one\n[pod/api-1/app] two\n"
        );
    }

    #[test]
    fn a_terminal_gets_colours_and_no_commands() {
        let terminal = Printer { terminal: true, ..printer() };
        assert_eq!(
            printed(&terminal, &[b"\x1b[2J\x1b[1;31mone\x1b[0m two\x07", b"\xff"]),
            "\x1b[0;1;38;5;1mone\x1b[0m two␇\n\u{fffd}\n".as_bytes()
        );
    }

    #[test]
    fn objects_name_level_message_and_fields() {
        let json = Printer { json: true, ..printer() };
        let out = printed(
            &json,
            &[
                br#"{"level":"warn","msg":"slow","took":"3s","http":{"status":200}}"#,
                b"\x1b[33mWARN\x1b[0m plain words",
                b"\xff\xfe",
            ],
        );
        let lines: Vec<Value> = String::from_utf8(out)
            .unwrap()
            .lines()
            .map(|line| serde_json::from_str(line).unwrap())
            .collect();
        assert_eq!(
            lines[0],
            serde_json::json!({
                "time": "2026-01-01T00:00:00Z",
                "namespace": "shop",
                "pod": "api-1",
                "container": "app",
                "level": "warn",
                "message": "slow",
                "fields": { "took": "3s", "http.status": "200" },
            })
        );
        assert_eq!(
            (&lines[1]["level"], &lines[1]["message"]),
            (&"warn".into(), &"WARN plain words".into())
        );
        assert_eq!(lines[2]["bytes"], "//4=");
        assert_eq!(lines[2]["level"], Value::Null);
    }

    #[test]
    fn only_lines_that_pass_and_namespaces_where_they_differ() {
        let mut printer =
            Printer { prefix: true, filter: Filter::parse("!one").unwrap(), ..printer() };
        printer.source(LogSource { namespace: "data".into(), ..printer.of(0).unwrap().clone() });
        assert_eq!(printed(&printer, &[b"one", b"two"]), b"[shop/api-1/app] two\n");
        assert_eq!(printer.sources(), 2);
    }
}
