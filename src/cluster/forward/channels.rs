//! Plain channels: each message begins with its channel, 0 for bytes, 1 for the server's words when it
//! fails; the first message of each is the port's number. Served by every kubelet; cannot say that one
//! side has ended.

use super::codec::Told;
use bytes::Bytes;

const DATA: u8 = 0;
const ERROR: u8 = 1;

/// What comes back.
#[derive(Debug, Default)]
pub(super) struct Channels {
    /// Whose first message came.
    begun: [bool; 2],
}

/// Bytes for the pod.
pub(super) fn data(bytes: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(1 + bytes.len());
    out.push(DATA);
    out.extend_from_slice(bytes);
    out
}

impl Channels {
    /// Takes in one message.
    ///
    /// # Errors
    /// It is none of this protocol.
    pub(super) fn feed(
        &mut self,
        message: &Bytes,
        port: u16,
        told: &mut Vec<Told>,
    ) -> Result<(), String> {
        let Some(&channel) = message.first() else { return Ok(()) };
        let bytes = message.slice(1..);
        let Some(begun) = self.begun.get_mut(usize::from(channel)) else {
            return Err(format!("the server sent channel {channel}, which was not asked for"));
        };
        if !std::mem::replace(begun, true) {
            return if *bytes == port.to_le_bytes() {
                Ok(())
            } else {
                Err("the server opened another port than was asked for".into())
            };
        }
        match channel {
            _ if bytes.is_empty() => {}
            DATA => told.push(Told::Data(bytes)),
            ERROR => told.push(Told::Words(bytes)),
            _ => {}
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn each_channel_begins_with_the_port_and_then_carries_bytes() {
        let mut channels = Channels::default();
        let mut told = Vec::new();
        let mut feed = |bytes: &'static [u8]| {
            channels.feed(&Bytes::from_static(bytes), 0x1f90, &mut told).unwrap();
            std::mem::take(&mut told)
        };
        assert_eq!(feed(&[0, 0x90, 0x1f]), []);
        assert_eq!(feed(b"\0hello"), [Told::Data(Bytes::from("hello"))]);
        assert_eq!(feed(&[1, 0x90, 0x1f]), []);
        assert_eq!(feed(b"\x01refused"), [Told::Words(Bytes::from("refused"))]);
        assert_eq!(feed(b""), []);
        assert_eq!(data(b"hi"), b"\0hi");
    }

    #[test]
    fn another_port_or_channel_is_no_answer_to_us() {
        let mut told = Vec::new();
        let other = Bytes::from_static(&[0, 1, 2]);
        assert!(Channels::default().feed(&other, 8080, &mut told).is_err());
        let channel = Bytes::from_static(&[9, 1, 2]);
        assert!(Channels::default().feed(&channel, 8080, &mut told).is_err());
    }
}
