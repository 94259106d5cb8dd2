//! The channels of a remote command: each message begins with its channel's number
//! (`k8s.io/apimachinery/pkg/util/remotecommand`).

use crate::cluster::errors;
use bytes::Bytes;
use serde::Deserialize;
use tokio_tungstenite::tungstenite::Message;

/// Offered to the server, the better one first. The fifth version can say that standard input has
/// ended; servers from 1.30 on speak it, all older ones the fourth.
pub(super) const PROTOCOLS: [&str; 2] = [V5, "v4.channel.k8s.io"];
pub(super) const V5: &str = "v5.channel.k8s.io";

const STDIN: u8 = 0;
const STDOUT: u8 = 1;
const STDERR: u8 = 2;
const ERROR: u8 = 3;
const RESIZE: u8 = 4;
const CLOSE: u8 = 255;

/// What came.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Told {
    /// From standard output, or the terminal.
    Out(Bytes),
    /// From standard error.
    Err(Bytes),
    /// The process ended with this code.
    Exited(i32),
    /// It could not be run, or was lost; in the server's words.
    Failed(String),
}

/// Bytes for standard input.
pub(super) fn input(bytes: &[u8]) -> Message {
    let mut out = Vec::with_capacity(1 + bytes.len());
    out.push(STDIN);
    out.extend_from_slice(bytes);
    Message::Binary(out.into())
}

/// Standard input ends. Only for the fifth version.
pub(super) fn close() -> Message {
    Message::Binary(Bytes::from_static(&[CLOSE, STDIN]))
}

/// The terminal has this size.
pub(super) fn size(columns: u16, rows: u16) -> Message {
    let mut out = vec![RESIZE];
    out.extend_from_slice(format!(r#"{{"Width":{columns},"Height":{rows}}}"#).as_bytes());
    Message::Binary(out.into())
}

/// What a message says; None where it is nothing worth telling.
pub(super) fn read(message: &Bytes) -> Option<Told> {
    let channel = *message.first()?;
    let bytes = message.slice(1..);
    match channel {
        STDOUT if !bytes.is_empty() => Some(Told::Out(bytes)),
        STDERR if !bytes.is_empty() => Some(Told::Err(bytes)),
        ERROR if !bytes.is_empty() => Some(status(&bytes)),
        // A server says so when one of its streams has ended; the end of the process is what counts.
        _ => None,
    }
}

#[derive(Deserialize)]
struct Status {
    status: String,
    #[serde(default)]
    message: String,
    #[serde(default)]
    reason: String,
    #[serde(default)]
    details: Option<Details>,
}

#[derive(Default, Deserialize)]
struct Details {
    #[serde(default)]
    causes: Option<Vec<Cause>>,
}

#[derive(Deserialize)]
struct Cause {
    #[serde(default)]
    reason: String,
    #[serde(default)]
    message: String,
}

fn status(bytes: &[u8]) -> Told {
    let Ok(status) = serde_json::from_slice::<Status>(bytes) else {
        return Told::Failed(errors::line(&String::from_utf8_lossy(bytes)));
    };
    if status.status == "Success" {
        return Told::Exited(0);
    }
    if status.reason == "NonZeroExitCode" {
        let causes = status.details.unwrap_or_default().causes.unwrap_or_default();
        let code = causes.iter().find(|cause| cause.reason == "ExitCode");
        if let Some(code) = code.and_then(|cause| cause.message.parse().ok()) {
            return Told::Exited(code);
        }
    }
    let words = if status.message.is_empty() { &status.reason } else { &status.message };
    Told::Failed(errors::line(words))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn told(channel: u8, text: &str) -> Option<Told> {
        let mut message = vec![channel];
        message.extend_from_slice(text.as_bytes());
        read(&message.into())
    }

    #[test]
    fn bytes_come_by_channel_and_empty_messages_mean_nothing() {
        assert_eq!(told(1, "out"), Some(Told::Out("out".into())));
        assert_eq!(told(2, "err"), Some(Told::Err("err".into())));
        for (channel, text) in [(1, ""), (2, ""), (3, ""), (0, "?"), (9, "?"), (255, "\u{1}")] {
            assert_eq!(told(channel, text), None);
        }
        assert_eq!(read(&Bytes::new()), None);
    }

    #[test]
    fn the_end_is_a_code_or_the_servers_words() {
        let good = r#"{"metadata":{},"status":"Success"}"#;
        assert_eq!(told(3, good), Some(Told::Exited(0)));
        let code = r#"{"metadata":{},"status":"Failure","reason":"NonZeroExitCode",
            "message":"command terminated with non-zero exit code",
            "details":{"causes":[{"reason":"ExitCode","message":"3"}]}}"#;
        assert_eq!(told(3, code), Some(Told::Exited(3)));
        let failed =
            r#"{"status":"Failure","reason":"InternalError","message":"no\nsuch \u001b[2Jthing"}"#;
        let Some(Told::Failed(words)) = told(3, failed) else { unreachable!() };
        assert!(words.starts_with("no such") && !words.contains('\u{1b}'), "{words}");
        assert_eq!(told(3, "plain words"), Some(Told::Failed("plain words".into())));
        let odd = r#"{"status":"Failure","reason":"NonZeroExitCode","details":null}"#;
        assert_eq!(told(3, odd), Some(Told::Failed("NonZeroExitCode".into())));
    }

    #[test]
    fn what_is_sent_begins_with_its_channel() {
        let bytes = |message: Message| message.into_data().to_vec();
        assert_eq!(bytes(input(b"ls\n")), b"\0ls\n");
        assert_eq!(bytes(close()), [255, 0]);
        assert_eq!(bytes(size(120, 40)), b"\x04{\"Width\":120,\"Height\":40}");
    }
}
