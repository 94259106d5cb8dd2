//! The little of SPDY/3.1 that a port-forward needs: one pair of streams (errors, data), as API servers
//! tunnel it through a WebSocket. Unlike plain channels it can say "this side has ended", and so carries
//! half-closed connections. No header that comes back matters, so nothing is ever decompressed.

use super::codec::Told;
use bytes::{Buf as _, Bytes, BytesMut};
use flate2::{Compress, Compression, FlushCompress, Status};

/// Stream of the server's words when it fails.
const ERROR: u32 = 1;
/// Stream of the bytes.
const DATA: u32 = 3;

const SYN_STREAM: u16 = 1;
const SYN_REPLY: u16 = 2;
const RST_STREAM: u16 = 3;
const PING: u16 = 6;
const GOAWAY: u16 = 7;
const FIN: u8 = 1;
/// Version 3, with the bit that marks control frames.
const CONTROL: u16 = 0x8003;
const HEAD: usize = 8;
/// Longest control frame that is read.
const MAX_CONTROL: usize = 64 << 10;

/// What comes back, byte by byte.
#[derive(Debug, Default)]
pub(super) struct Spdy {
    buffer: BytesMut,
    /// Bytes of a data frame that are still to come: its stream, how many, and whether it is the last.
    rest: Option<(u32, usize, bool)>,
    /// The replies to our two streams.
    replied: [bool; 2],
}

/// Both streams are opened.
pub(super) fn open(port: u16) -> Vec<u8> {
    let mut out = Vec::new();
    // One compressor for the whole connection, as the protocol wants it. It only stores.
    let mut zlib = Compress::new(Compression::none(), true);
    for (id, name) in [(ERROR, "error"), (DATA, "data")] {
        let port = port.to_string();
        let pairs = [("port", port.as_str()), ("requestid", "0"), ("streamtype", name)];
        let mut block = Vec::new();
        push_u32(&mut block, pairs.len());
        for text in pairs.iter().flat_map(|(name, value)| [name, value]) {
            push_u32(&mut block, text.len());
            block.extend_from_slice(text.as_bytes());
        }
        let block = stored(&mut zlib, &block);
        let mut body = Vec::new();
        body.extend_from_slice(&id.to_be_bytes());
        // Associated with no stream, priority 0, no slot.
        body.extend_from_slice(&[0, 0, 0, 0, 0, 0]);
        body.extend_from_slice(&block);
        control(&mut out, SYN_STREAM, 0, &body);
    }
    out
}

fn stored(zlib: &mut Compress, input: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(input.len() + 64);
    // There is room for all of it, so it never stops half-way.
    match zlib.compress_vec(input, &mut out, FlushCompress::Sync) {
        Ok(Status::Ok | Status::BufError | Status::StreamEnd) | Err(_) => out,
    }
}

fn push_u32(out: &mut Vec<u8>, number: usize) {
    out.extend_from_slice(&u32::try_from(number).unwrap_or(u32::MAX).to_be_bytes());
}

fn control(out: &mut Vec<u8>, kind: u16, flags: u8, body: &[u8]) {
    out.extend_from_slice(&CONTROL.to_be_bytes());
    out.extend_from_slice(&kind.to_be_bytes());
    flagged(out, flags, body);
}

fn flagged(out: &mut Vec<u8>, flags: u8, body: &[u8]) {
    let length = u32::try_from(body.len()).unwrap_or(u32::MAX).to_be_bytes();
    out.extend_from_slice(&[flags, length[1], length[2], length[3]]);
    out.extend_from_slice(body);
}

/// Bytes for the pod.
pub(super) fn data(bytes: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(HEAD + bytes.len());
    out.extend_from_slice(&DATA.to_be_bytes());
    flagged(&mut out, 0, bytes);
    out
}

/// No more bytes for the pod.
pub(super) fn end() -> Vec<u8> {
    fin(DATA)
}

fn fin(stream: u32) -> Vec<u8> {
    let mut out = stream.to_be_bytes().to_vec();
    flagged(&mut out, FIN, &[]);
    out
}

impl Spdy {
    /// Takes in bytes that came.
    ///
    /// # Errors
    /// They are no SPDY.
    pub(super) fn feed(&mut self, bytes: &Bytes, told: &mut Vec<Told>) -> Result<(), String> {
        self.buffer.extend_from_slice(bytes);
        loop {
            if let Some((stream, left, last)) = self.rest {
                let piece = self.buffer.split_to(left.min(self.buffer.len())).freeze();
                let left = left - piece.len();
                if !piece.is_empty() {
                    told.extend(match stream {
                        DATA => Some(Told::Data(piece)),
                        ERROR => Some(Told::Words(piece)),
                        _ => None,
                    });
                }
                if left > 0 {
                    self.rest = Some((stream, left, last));
                    return Ok(());
                }
                self.rest = None;
                if last && stream == DATA {
                    told.push(Told::End);
                }
            }
            if self.buffer.len() < HEAD {
                return Ok(());
            }
            let mut head = &self.buffer[..HEAD];
            let first = head.get_u32();
            let word = head.get_u32();
            let (flags, length) = ((word >> 24) as u8, (word & 0x00ff_ffff) as usize);
            if first & 0x8000_0000 == 0 {
                self.buffer.advance(HEAD);
                self.rest = Some((first, length, flags & FIN != 0));
                continue;
            }
            if first >> 16 != u32::from(CONTROL) || length > MAX_CONTROL {
                return Err("the server sent something that is no SPDY".into());
            }
            if self.buffer.len() < HEAD + length {
                return Ok(());
            }
            self.buffer.advance(HEAD);
            let body = self.buffer.split_to(length);
            self.control((first & 0xffff) as u16, flags, &body, told)?;
        }
    }

    fn control(
        &mut self,
        kind: u16,
        flags: u8,
        body: &[u8],
        told: &mut Vec<Told>,
    ) -> Result<(), String> {
        let id = body.first_chunk().map_or(0, |id| u32::from_be_bytes(*id) & 0x7fff_ffff);
        match kind {
            SYN_REPLY => {
                let at = usize::from(id == DATA);
                let had = self.replied == [true; 2];
                if matches!(id, ERROR | DATA) {
                    self.replied[at] = true;
                }
                if id == ERROR {
                    // We have nothing to say on it.
                    told.push(Told::Answer(fin(ERROR)));
                }
                // What is sent before both are known there would be dropped.
                if self.replied == [true; 2] && !had {
                    told.push(Told::Ready);
                }
                if flags & FIN != 0 && id == DATA {
                    told.push(Told::End);
                }
            }
            RST_STREAM if id == DATA => told.push(Told::Reset),
            GOAWAY => told.push(Told::Reset),
            // Odd ones would be answers to pings of ours.
            PING if id.is_multiple_of(2) => {
                let mut out = Vec::new();
                control(&mut out, PING, 0, body);
                told.push(Told::Answer(out));
            }
            _ => {}
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use flate2::{Decompress, FlushDecompress};

    /// Takes apart what we send, as a server would.
    fn frames(mut bytes: &[u8]) -> Vec<(u16, u32, u8, Vec<u8>)> {
        let mut all = Vec::new();
        while !bytes.is_empty() {
            let (first, word) = (bytes.get_u32(), bytes.get_u32());
            let body = bytes.copy_to_bytes((word & 0x00ff_ffff) as usize).to_vec();
            let kind = if first >> 31 == 1 { (first & 0xffff) as u16 } else { 0 };
            all.push((kind, first, (word >> 24) as u8, body));
        }
        all
    }

    fn reply(id: u32, flags: u8) -> Vec<u8> {
        let mut out = Vec::new();
        let body = [&id.to_be_bytes()[..], &[1, 2, 3]].concat();
        control(&mut out, SYN_REPLY, flags, &body);
        out
    }

    fn fed(spdy: &mut Spdy, bytes: &[u8]) -> Vec<Told> {
        let mut told = Vec::new();
        spdy.feed(&Bytes::copy_from_slice(bytes), &mut told).unwrap();
        told
    }

    #[test]
    fn both_streams_name_their_port_in_one_compressed_row() {
        let sent = frames(&open(8080));
        let mut zlib = Decompress::new(true);
        let mut seen = Vec::new();
        for (kind, _, flags, body) in &sent {
            assert_eq!((*kind, *flags), (SYN_STREAM, 0));
            let mut plain = Vec::with_capacity(1024);
            zlib.decompress_vec(&body[10..], &mut plain, FlushDecompress::Sync).unwrap();
            let mut rest = plain.as_slice();
            let pairs: Vec<(String, String)> = (0..rest.get_u32())
                .map(|_| {
                    let mut text = || {
                        let length = rest.get_u32() as usize;
                        String::from_utf8(rest.copy_to_bytes(length).to_vec()).unwrap()
                    };
                    (text(), text())
                })
                .collect();
            assert!(pairs.contains(&("port".into(), "8080".into())));
            assert!(pairs.contains(&("requestid".into(), "0".into())));
            seen.push(pairs.iter().find(|(name, _)| name == "streamtype").unwrap().1.clone());
        }
        assert_eq!(seen, ["error", "data"]);
    }

    #[test]
    fn bytes_go_only_when_both_streams_are_known_there() {
        let mut spdy = Spdy::default();
        assert_eq!(fed(&mut spdy, &reply(DATA, 0)), []);
        let told = fed(&mut spdy, &reply(ERROR, 0));
        assert_eq!(told, [Told::Answer(fin(ERROR)), Told::Ready]);
    }

    #[test]
    fn frames_cut_anywhere_give_the_same_bytes() {
        let mut all = [reply(ERROR, 0), reply(DATA, 0)].concat();
        all.extend(data(b"hello "));
        let mut ping = Vec::new();
        control(&mut ping, PING, 0, &[0, 0, 0, 2]);
        all.extend(&ping);
        all.extend(data(b"world"));
        all.extend(end());
        for size in 1..all.len() {
            let (mut spdy, mut text, mut other) = (Spdy::default(), Vec::new(), Vec::new());
            for piece in all.chunks(size) {
                for told in fed(&mut spdy, piece) {
                    match told {
                        Told::Data(piece) => text.extend_from_slice(&piece),
                        told => other.push(told),
                    }
                }
            }
            assert_eq!(text, b"hello world");
            let answers =
                [Told::Answer(fin(ERROR)), Told::Ready, Told::Answer(ping.clone()), Told::End];
            assert_eq!(other, answers, "in pieces of {size}");
        }
    }

    #[test]
    fn the_servers_words_and_its_reset_are_told() {
        let mut spdy = Spdy::default();
        let mut words = ERROR.to_be_bytes().to_vec();
        flagged(&mut words, 0, b"connection refused");
        assert_eq!(fed(&mut spdy, &words), [Told::Words(Bytes::from("connection refused"))]);
        let mut reset = Vec::new();
        control(&mut reset, RST_STREAM, 0, &[0, 0, 0, 3, 0, 0, 0, 5]);
        assert_eq!(fed(&mut spdy, &reset), [Told::Reset]);
    }

    #[test]
    fn garbage_is_refused_and_never_kept() {
        let mut told = Vec::new();
        let garbage = Bytes::from_static(&[0xff; 64]);
        assert!(Spdy::default().feed(&garbage, &mut told).is_err());
        // A control frame longer than any that is meant.
        let long = Bytes::from_static(&[0x80, 3, 0, 4, 0, 0xff, 0xff, 0xff]);
        assert!(Spdy::default().feed(&long, &mut told).is_err());
    }
}
