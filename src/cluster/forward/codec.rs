//! The two ways in which bytes for one port travel in a WebSocket, behind one face.

use super::channels::{self, Channels};
use super::spdy::{self, Spdy};
use bytes::Bytes;

/// Offered to the server, the better one first: it takes the first it knows, and servers that know no
/// tunnels pass the request on to the kubelet, which knows the channels.
pub(super) const PROTOCOLS: [&str; 2] = ["SPDY/3.1+portforward.k8s.io", "v4.channel.k8s.io"];

/// What came back.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Told {
    /// Bytes may be sent.
    Ready,
    /// Bytes from the pod.
    Data(Bytes),
    /// No more bytes will come.
    End,
    /// It was broken off there.
    Reset,
    /// Why it failed, in the server's words; may come in pieces.
    Words(Bytes),
    /// To be sent back.
    Answer(Vec<u8>),
}

/// How bytes are wrapped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Wrap {
    Spdy,
    Channels,
}

impl Wrap {
    /// Of the protocol that was agreed on.
    pub(super) fn of(protocol: &str) -> Self {
        if protocol == PROTOCOLS[0] { Self::Spdy } else { Self::Channels }
    }

    /// What is sent first.
    pub(super) fn open(self, port: u16) -> Option<Vec<u8>> {
        (self == Self::Spdy).then(|| spdy::open(port))
    }

    /// Bytes for the pod.
    pub(super) fn data(self, bytes: &[u8]) -> Vec<u8> {
        match self {
            Self::Spdy => spdy::data(bytes),
            Self::Channels => channels::data(bytes),
        }
    }

    /// No more bytes for the pod; None where that cannot be said.
    pub(super) fn end(self) -> Option<Vec<u8>> {
        (self == Self::Spdy).then(spdy::end)
    }

    /// What reads the other direction.
    pub(super) fn reader(self, port: u16) -> Reader {
        match self {
            Self::Spdy => Reader::Spdy(Spdy::default()),
            Self::Channels => Reader::Channels(Channels::default(), port),
        }
    }
}

/// Reads what comes back.
#[derive(Debug)]
pub(super) enum Reader {
    Spdy(Spdy),
    Channels(Channels, u16),
}

impl Reader {
    /// Takes in one message.
    ///
    /// # Errors
    /// It is none of the protocol.
    pub(super) fn feed(&mut self, message: &Bytes, told: &mut Vec<Told>) -> Result<(), String> {
        match self {
            Self::Spdy(spdy) => spdy.feed(message, told),
            Self::Channels(channels, port) => channels.feed(message, *port, told),
        }
    }
}
