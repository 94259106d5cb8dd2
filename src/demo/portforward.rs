//! Port-forwards into demo pods. Behind each port that a container declares something listens: it
//! answers HTTP requests with a few words about the pod, and sends everything else back.

use std::cell::RefCell;
use std::rc::Rc;

use bytes::{Bytes, BytesMut};
use futures::{SinkExt, StreamExt};
use http::Response;
use serde_json::Value;
use tokio_tungstenite::tungstenite::Message;

use super::http::Call;
use super::read::Reply;
use super::status::Failure;
use super::store::{Key, Store, TypeId, key_of};
use super::upgrade::{self, Messages};

/// The kubelet's protocol: channel 0 carries bytes, 1 says why it failed.
const PROTOCOL: &str = "v4.channel.k8s.io";
/// Bytes of one request head that are waited for.
const HEAD: usize = 64 << 10;

/// Answers a request for a port-forward.
pub fn answer(store: &Rc<RefCell<Store>>, call: &Call) -> Result<Response<Reply>, Failure> {
    let (id, name) = (call.target.id, call.target.name.clone().unwrap_or_default());
    let key = key_of(call.target.namespace.as_deref(), &name);
    let pod =
        pod(store, id, &key).ok_or_else(|| Failure::not_found(store.borrow().ty(id), &name))?;
    let Some(port) = call.query.number("ports").and_then(|port| u16::try_from(port).ok()) else {
        return Err(Failure::bad_request("query parameter \"ports\" is required"));
    };
    if pod["status"]["phase"] != "Running" {
        let phase = pod["status"]["phase"].as_str().unwrap_or("Unknown");
        let why =
            format!("unable to forward port because pod is not running. Current status={phase}");
        return Err(Failure::bad_request(why));
    }
    let store = Rc::clone(store);
    upgrade::accept(call, &[PROTOCOL], move |messages, _| async move {
        let port = Port { store, id, key, name, number: port };
        // Whoever went away is told nothing.
        let _ = port.serve(messages).await;
    })
}

fn pod(store: &Rc<RefCell<Store>>, id: TypeId, key: &Key) -> Option<Value> {
    store.borrow().get(id, key).map(|entry| entry.body.value())
}

/// One port of one pod.
struct Port {
    store: Rc<RefCell<Store>>,
    id: TypeId,
    key: Key,
    name: String,
    number: u16,
}

impl Port {
    async fn serve(&self, mut messages: Messages) -> Result<(), ()> {
        let [low, high] = self.number.to_le_bytes();
        for channel in [0, 1] {
            send(&mut messages, channel, &[low, high]).await?;
        }
        if !pod(&self.store, self.id, &self.key).is_some_and(|pod| declares(&pod, self.number)) {
            let number = self.number;
            let why = format!(
                "error forwarding port {number} to pod {}: failed to connect to localhost:{number} inside the pod: connect: connection refused",
                self.name
            );
            send(&mut messages, 1, why.as_bytes()).await?;
            return messages.close(None).await.map_err(drop);
        }
        let mut talk = Talk::Unknown(BytesMut::new());
        while let Some(Ok(message)) = messages.next().await {
            let Message::Binary(bytes) = message else { continue };
            let Some((0, bytes)) = bytes.split_first() else { continue };
            if pod(&self.store, self.id, &self.key).is_none() {
                break;
            }
            for answer in talk.hear(bytes, &self.name, self.number) {
                send(&mut messages, 0, &answer).await?;
            }
        }
        messages.close(None).await.map_err(drop)
    }
}

async fn send(messages: &mut Messages, channel: u8, bytes: &[u8]) -> Result<(), ()> {
    let mut message = vec![channel];
    message.extend_from_slice(bytes);
    messages.send(Message::Binary(message.into())).await.map_err(drop)
}

/// Whether something listens there.
fn declares(pod: &Value, port: u16) -> bool {
    ["containers", "initContainers"]
        .iter()
        .flat_map(|list| pod["spec"][*list].as_array().into_iter().flatten())
        .flat_map(|container| container["ports"].as_array().into_iter().flatten())
        .any(|declared| declared["containerPort"] == port)
}

/// What is spoken on one connection; its first bytes tell.
#[derive(Debug)]
enum Talk {
    Unknown(BytesMut),
    Http(BytesMut),
    Echo,
}

impl Talk {
    /// Takes in bytes; what is sent back.
    fn hear(&mut self, bytes: &[u8], pod: &str, port: u16) -> Vec<Bytes> {
        match self {
            Self::Echo => return vec![Bytes::copy_from_slice(bytes)],
            Self::Unknown(held) | Self::Http(held) => held.extend_from_slice(bytes),
        }
        if let Self::Unknown(held) = self {
            const METHODS: [&[u8]; 6] =
                [b"GET ", b"HEAD ", b"POST ", b"PUT ", b"DELETE ", b"OPTIONS "];
            if METHODS.iter().any(|method| held.starts_with(method)) {
                *self = Self::Http(std::mem::take(held));
            } else if !METHODS.iter().any(|method| method.starts_with(held)) {
                let held = std::mem::take(held).freeze();
                *self = Self::Echo;
                return vec![held];
            }
        }
        let Self::Http(held) = self else { return Vec::new() };
        let mut answers = Vec::new();
        while let Some(end) = held.windows(4).position(|four| four == b"\r\n\r\n") {
            let head = String::from_utf8_lossy(&held[..end]).into_owned();
            let body = head
                .lines()
                .filter_map(|line| line.split_once(':'))
                .find(|(name, _)| name.eq_ignore_ascii_case("content-length"))
                .and_then(|(_, length)| length.trim().parse::<usize>().ok())
                .unwrap_or(0);
            if held.len() < end + 4 + body {
                break;
            }
            let _ = held.split_to(end + 4 + body);
            let line = head.lines().next().unwrap_or_default();
            let words = format!("{pod}, port {port}\n{line}\n");
            let shown = if line.starts_with("HEAD ") { "" } else { words.as_str() };
            answers.push(Bytes::from(format!(
                "HTTP/1.1 200 OK\r\ncontent-type: text/plain\r\ncontent-length: {}\r\n\r\n{shown}",
                words.len(),
            )));
        }
        if held.len() > HEAD {
            *self = Self::Echo;
        }
        answers
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn talk(pieces: &[&str]) -> String {
        let mut talk = Talk::Unknown(BytesMut::new());
        let answers = pieces.iter().flat_map(|piece| talk.hear(piece.as_bytes(), "web-1", 80));
        answers.map(|answer| String::from_utf8_lossy(&answer).into_owned()).collect()
    }

    #[test]
    fn http_is_answered_however_it_is_cut() {
        let whole = talk(&["GET /a HTTP/1.1\r\nhost: x\r\n\r\n"]);
        assert!(whole.starts_with("HTTP/1.1 200 OK"), "{whole}");
        assert!(whole.ends_with("web-1, port 80\nGET /a HTTP/1.1\n"), "{whole}");
        assert_eq!(talk(&["GE", "T /a HTTP/1.1\r\nhost: x\r", "\n\r\n"]), whole);
        let two = talk(&["POST / HTTP/1.1\r\ncontent-length: 3\r\n\r\nabcGET / HTTP/1.1\r\n\r\n"]);
        assert_eq!(two.matches("200 OK").count(), 2, "{two}");
    }

    #[test]
    fn everything_else_comes_back() {
        assert_eq!(talk(&["hello", " world"]), "hello world");
        assert_eq!(talk(&["G", "od"]), "God");
    }
}
