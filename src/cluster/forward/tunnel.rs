//! One local connection and its way into the pod: bytes both ways at once, each side waiting for the
//! other when that is slow, half-closed connections kept half open.

use super::codec::{Reader, Told, Wrap};
use super::traffic::Traffic;
use crate::cluster::errors;
use crate::cluster::websocket::{Messages, Socket};
use futures::stream::{SplitSink, SplitStream};
use futures::{SinkExt as _, StreamExt as _};
use std::cell::Cell;
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::sync::{Notify, mpsc};
use tokio_tungstenite::tungstenite::Message;

/// Bytes read from the local side at a time.
const PIECE: usize = 32 << 10;
/// Answers to the server that may wait; it asks seldom.
const ANSWERS: usize = 16;
/// Longest reason that is kept.
const WORDS: usize = 4 << 10;
/// After the local side has ended and the other one cannot be told so: how long that one may be quiet
/// before both are closed.
const LINGER: Duration = Duration::from_secs(3);
/// How long what a local program still sends is read before the connection is closed under it: closing
/// with bytes unread would make the system throw away the last ones we sent.
const DRAIN: Duration = Duration::from_secs(1);

/// Carries a connection to its end; of the local side both halves. The error is a reason in the words of
/// whoever ended it.
pub(super) async fn carry(
    (from, to): (impl AsyncRead + Unpin, impl AsyncWrite + Unpin),
    socket: Socket,
    port: u16,
    traffic: &Traffic,
) -> Result<(), String> {
    let wrap = Wrap::of(socket.protocol);
    let (sink, stream) = socket.messages.split();
    let (answer, answers) = mpsc::channel(ANSWERS);
    let shared =
        Shared { traffic, ready: Notify::new(), heard: Cell::new(tokio::time::Instant::now()) };
    if wrap == Wrap::Channels {
        shared.ready.notify_one();
    }
    let mut up = Up { wrap, sink, from, answers };
    let mut down = Down { reader: wrap.reader(port), stream, to, answer, words: Vec::new() };
    let outcome = tokio::select! {
        outcome = down.run(&shared) => outcome,
        outcome = up.run(&shared, port) => outcome,
    };
    // The last bytes reach the local side before anything is closed.
    let _ = down.to.shutdown().await;
    let _ = tokio::time::timeout(DRAIN, async {
        let closing = up.sink.close();
        let draining = async {
            let mut waste = vec![0; PIECE];
            while up.from.read(&mut waste).await.is_ok_and(|read| read > 0) {}
        };
        tokio::join!(closing, draining)
    })
    .await;
    outcome
}

struct Shared<'t> {
    traffic: &'t Traffic,
    /// Bytes may be sent.
    ready: Notify,
    /// When bytes came last from the pod.
    heard: Cell<tokio::time::Instant>,
}

/// From the local side to the pod.
struct Up<R> {
    wrap: Wrap,
    sink: SplitSink<Messages, Message>,
    from: R,
    answers: mpsc::Receiver<Vec<u8>>,
}

impl<R: AsyncRead + Unpin> Up<R> {
    /// Ends only where the other direction would never end by itself.
    async fn run(&mut self, shared: &Shared<'_>, port: u16) -> Result<(), String> {
        if let Err(error) = self.send(shared, port).await {
            // The reason comes from the other direction, if it comes at all.
            tokio::time::sleep(LINGER).await;
            return Err(errors::line(&error.to_string()));
        }
        if self.wrap.end().is_some() {
            return std::future::pending().await;
        }
        loop {
            let quiet = shared.heard.get().elapsed();
            if quiet >= LINGER {
                return Ok(());
            }
            tokio::time::sleep(LINGER - quiet).await;
        }
    }

    async fn send(
        &mut self,
        shared: &Shared<'_>,
        port: u16,
    ) -> Result<(), tokio_tungstenite::tungstenite::Error> {
        if let Some(opening) = self.wrap.open(port) {
            self.sink.send(Message::Binary(opening.into())).await?;
        }
        let (mut ready, mut open) = (false, true);
        let mut piece = vec![0; PIECE];
        loop {
            tokio::select! {
                answer = self.answers.recv() => match answer {
                    Some(answer) => self.sink.send(Message::Binary(answer.into())).await?,
                    None => return Ok(()),
                },
                () = shared.ready.notified(), if !ready => ready = true,
                read = self.from.read(&mut piece), if ready && open => match read {
                    Ok(read) if read > 0 => {
                        let message = self.wrap.data(&piece[..read]);
                        self.sink.send(Message::Binary(message.into())).await?;
                        shared.traffic.sent(read);
                    }
                    // A local program that has gone away has nothing more to say either.
                    _ => {
                        open = false;
                        shared.heard.set(tokio::time::Instant::now());
                        match self.wrap.end() {
                            Some(end) => self.sink.send(Message::Binary(end.into())).await?,
                            None => return Ok(()),
                        }
                    }
                },
            }
        }
    }
}

/// From the pod to the local side.
struct Down<W> {
    reader: Reader,
    stream: SplitStream<Messages>,
    to: W,
    answer: mpsc::Sender<Vec<u8>>,
    /// Why it failed, as far as was said.
    words: Vec<u8>,
}

impl<W: AsyncWrite + Unpin> Down<W> {
    async fn run(&mut self, shared: &Shared<'_>) -> Result<(), String> {
        let mut told = Vec::new();
        let mut ended = false;
        loop {
            let message = match self.stream.next().await {
                Some(Ok(Message::Binary(bytes))) => bytes,
                Some(Ok(Message::Close(_))) | None => {
                    return self.end(ended, matches!(self.reader, Reader::Channels(..)));
                }
                Some(Ok(_)) => continue,
                Some(Err(_)) => return self.end(ended, false),
            };
            self.reader.feed(&message, &mut told)?;
            for told in told.drain(..) {
                match told {
                    Told::Ready => shared.ready.notify_one(),
                    Told::Data(bytes) => {
                        shared.heard.set(tokio::time::Instant::now());
                        if self.to.write_all(&bytes).await.is_err() {
                            // The local program has gone away: nobody needs to be told.
                            return Ok(());
                        }
                        shared.traffic.received(bytes.len());
                    }
                    Told::End => {
                        // The local side hears of it at once.
                        let _ = self.to.shutdown().await;
                        ended = true;
                    }
                    Told::Reset if self.words.is_empty() && !ended => {
                        return Err("the pod's side broke the connection off".into());
                    }
                    Told::Reset => return self.end(ended, true),
                    Told::Words(words) => {
                        let room = WORDS.saturating_sub(self.words.len());
                        self.words.extend_from_slice(&words[..words.len().min(room)]);
                    }
                    // A server that asks faster than it takes answers goes without.
                    Told::Answer(answer) => drop(self.answer.try_send(answer)),
                }
            }
            if ended {
                return self.end(true, true);
            }
        }
    }

    /// How it ended: by what the server said, else whether it was an end at all.
    fn end(&self, ended: bool, proper: bool) -> Result<(), String> {
        if !self.words.is_empty() {
            return Err(errors::line(&String::from_utf8_lossy(&self.words)));
        }
        if ended || proper { Ok(()) } else { Err("the connection to the cluster was cut".into()) }
    }
}
