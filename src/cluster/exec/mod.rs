//! A process in a container, over a WebSocket: what shells and copies run on.

mod channels;
mod faults;

pub(crate) use channels::Told;
pub(crate) use faults::explained;

use super::errors;
use super::link::Link;
use super::streams::Errand;
use super::websocket::{self, Messages};
use crate::model::{Fault, FaultKind, PlanRequest};
use futures::stream::{SplitSink, SplitStream};
use futures::{SinkExt as _, StreamExt as _};
use std::rc::Rc;
use std::time::Duration;
use tokio_tungstenite::tungstenite::Message;

/// Pings that may go unanswered before the connection is given up.
const UNANSWERED: u32 = 3;

/// The way into a process.
pub(crate) struct Input {
    sink: SplitSink<Messages, Message>,
    /// That standard input has ended can be said.
    closes: bool,
    ping: Duration,
}

/// What comes out of a process.
pub(crate) struct Output {
    stream: SplitStream<Messages>,
    link: Rc<Link>,
    /// A connection that is quiet for so long is lost: pings are answered.
    patience: Duration,
}

/// Runs what a request of the plan says. `expected` is the request the caller is about to talk to: it
/// must be the one that was shown.
///
/// # Errors
/// There is no permit, or the server refuses; with what to do about it.
pub(crate) async fn open(
    errand: &Errand,
    number: usize,
    expected: &PlanRequest,
    what: &str,
) -> Result<(Input, Output), Fault> {
    let (permit, path) = errand.permit(number)?;
    if path != expected.path {
        return Err(Fault::new(FaultKind::Refused, what, "the plan that was shown is another one"));
    }
    let link = &errand.session.link;
    let limit = link.timing.write;
    let opened = websocket::open(link, what, permit, &path, &channels::PROTOCOLS, limit).await;
    let socket = opened.map_err(|refusal| explained(refusal.fault))?;
    let (sink, stream) = socket.messages.split();
    let ping = link.timing.quiet;
    let closes = socket.protocol == channels::V5;
    let output = Output { stream, link: Rc::clone(link), patience: ping * UNANSWERED };
    Ok((Input { sink, closes, ping }, output))
}

impl Input {
    /// Sends bytes to its standard input; waits while the server does not take them. False when the
    /// connection is gone: the other direction tells why.
    pub(crate) async fn bytes(&mut self, bytes: &[u8]) -> bool {
        self.send(channels::input(bytes)).await
    }

    /// Ends its standard input. Old servers cannot be told so: there the process waits for more.
    pub(crate) async fn close(&mut self) -> bool {
        !self.closes || self.send(channels::close()).await
    }

    /// Its terminal has this size from now on.
    pub(crate) async fn size(&mut self, columns: u16, rows: u16) -> bool {
        self.send(channels::size(columns, rows)).await
    }

    /// Until the next sign of life is due. Without any, what lies between here and the server takes a
    /// process that says nothing for dead.
    pub(crate) async fn rest(&self) {
        tokio::time::sleep(self.ping).await;
    }

    /// A sign of life.
    pub(crate) async fn ping(&mut self) -> bool {
        self.send(Message::Ping(bytes::Bytes::new())).await
    }

    async fn send(&mut self, message: Message) -> bool {
        self.sink.send(message).await.is_ok()
    }
}

impl Output {
    /// What comes next. After its end nothing more is to be asked.
    pub(crate) async fn next(&mut self) -> Told {
        loop {
            let next = tokio::time::timeout(self.patience, self.stream.next()).await;
            let message = match next {
                Err(_) => {
                    self.link.suspect();
                    let limit = self.patience;
                    return Told::Failed(format!("the server has said nothing for {limit:?}"));
                }
                Ok(Some(Ok(message))) => message,
                Ok(Some(Err(error))) => {
                    let said = errors::line(&error.to_string());
                    return Told::Failed(format!("the connection to the cluster was cut ({said})"));
                }
                Ok(None) => return Told::Failed(CUT.into()),
            };
            self.link.hear();
            match message {
                Message::Binary(bytes) => {
                    if let Some(told) = channels::read(&bytes) {
                        return told;
                    }
                }
                Message::Close(frame) => {
                    let said = frame.map(|frame| errors::line(&frame.reason)).unwrap_or_default();
                    return Told::Failed(if said.is_empty() { CUT.into() } else { said });
                }
                _ => {}
            }
        }
    }
}

const CUT: &str = "the connection to the cluster was cut before the process said how it ended";
