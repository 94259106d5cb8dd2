//! The little of Redis' protocol (RESP2) that reading a value needs: commands as arrays of byte strings,
//! and simple replies to them, however they are cut. Pure.

/// Longest line of a reply.
const MAX_LINE: usize = 16 << 10;
/// Longest value that is taken.
const MAX_VALUE: usize = 64 << 20;

/// A reply.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Reply {
    /// `+OK`
    Status(String),
    /// `-NOAUTH Authentication required.`
    Error(String),
    /// `:1`
    Integer(i64),
    /// A value.
    Value(Vec<u8>),
    /// There is none.
    Nothing,
}

/// Why bytes are no reply, in words that quote nothing of them.
pub(super) const STRANGE: &str = "what answers there is no Redis, or wants TLS";

/// A command as it is sent.
pub(super) fn command(parts: &[&[u8]]) -> Vec<u8> {
    let mut out = format!("*{}\r\n", parts.len()).into_bytes();
    for part in parts {
        out.extend_from_slice(format!("${}\r\n", part.len()).as_bytes());
        out.extend_from_slice(part);
        out.extend_from_slice(b"\r\n");
    }
    out
}

/// Puts replies together from what comes.
#[derive(Debug, Default)]
pub(super) struct Replies {
    held: Vec<u8>,
    /// Length of the value whose bytes are being waited for.
    value: Option<usize>,
}

impl Replies {
    /// Takes in bytes.
    pub(super) fn feed(&mut self, bytes: &[u8]) {
        self.held.extend_from_slice(bytes);
    }

    /// The next reply; None while it is not whole.
    ///
    /// # Errors
    /// Why it never will be: it is of another protocol, or too long.
    pub(super) fn next(&mut self) -> Result<Option<Reply>, String> {
        let strange = || STRANGE.to_owned();
        if let Some(length) = self.value {
            // With the line break after it.
            if self.held.len() < length + 2 {
                return Ok(None);
            }
            if self.held.get(length..length + 2) != Some(b"\r\n") {
                return Err(strange());
            }
            let rest = self.held.split_off(length + 2);
            let mut value = std::mem::replace(&mut self.held, rest);
            value.truncate(length);
            self.value = None;
            return Ok(Some(Reply::Value(value)));
        }
        let Some(&kind) = self.held.first() else { return Ok(None) };
        // What is another protocol is known by its first byte: nobody waits for its line to end.
        if !matches!(kind, b'+' | b'-' | b':' | b'$') {
            return Err(strange());
        }
        let searched = &self.held[..self.held.len().min(MAX_LINE)];
        let Some(end) = searched.windows(2).position(|two| two == b"\r\n") else {
            return if self.held.len() >= MAX_LINE { Err(strange()) } else { Ok(None) };
        };
        let line = std::str::from_utf8(&self.held[1..end]).map_err(|_| strange())?.to_owned();
        self.held.drain(..end + 2);
        let number = || line.parse::<i64>().map_err(|_| strange());
        match kind {
            b'+' => Ok(Some(Reply::Status(line))),
            b'-' => Ok(Some(Reply::Error(line))),
            b':' => Ok(Some(Reply::Integer(number()?))),
            _ => match number()? {
                -1 => Ok(Some(Reply::Nothing)),
                length => {
                    let length = usize::try_from(length).map_err(|_| strange())?;
                    if length > MAX_VALUE {
                        return Err(format!(
                            "the value has {length} bytes, of which {MAX_VALUE} would be read"
                        ));
                    }
                    self.value = Some(length);
                    self.next()
                }
            },
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn all(bytes: &[u8], piece: usize) -> Result<Vec<Reply>, String> {
        let mut replies = Replies::default();
        let mut out = Vec::new();
        for piece in bytes.chunks(piece) {
            replies.feed(piece);
            while let Some(reply) = replies.next()? {
                out.push(reply);
            }
        }
        Ok(out)
    }

    #[test]
    fn a_command_is_an_array_of_byte_strings() {
        assert_eq!(command(&[b"GET", b"a\r\nb"]), b"*2\r\n$3\r\nGET\r\n$4\r\na\r\nb\r\n");
    }

    #[test]
    fn replies_are_read_however_they_are_cut() {
        let bytes =
            b"+OK\r\n$5\r\na\r\nbc\r\n$0\r\n\r\n$-1\r\n:12\r\n-NOAUTH Authentication required.\r\n";
        let want = [
            Reply::Status("OK".into()),
            Reply::Value(b"a\r\nbc".to_vec()),
            Reply::Value(Vec::new()),
            Reply::Nothing,
            Reply::Integer(12),
            Reply::Error("NOAUTH Authentication required.".into()),
        ];
        for piece in 1..=bytes.len() {
            assert_eq!(all(bytes, piece).unwrap(), want, "{piece} bytes at a time");
        }
        // A cut answer is none, whatever of it came.
        for end in 0..5 {
            assert_eq!(all(&b"$5\r\nabcde\r\n"[..10 - end], 3).unwrap(), []);
        }
    }

    #[test]
    fn what_is_no_reply_is_told_as_soon_as_that_is_seen() {
        for bytes in [
            &b"*2\r\n$3\r\nGET\r\n"[..],
            b"HTTP/1.1 400 Bad Request\r\n",
            b"\x15\x03\x01\x00\x02",
            b"$-2\r\n",
            b"$x\r\n",
            b"$99999999999999999999999999\r\n",
            b"$2\r\nabcd",
            b":1.5\r\n",
            b"+\xff\r\n",
        ] {
            assert_eq!(all(bytes, 4).unwrap_err(), STRANGE, "{}", bytes.escape_ascii());
        }
        assert!(all(b"$9999999999\r\n", 64).unwrap_err().contains("9999999999 bytes"));
        assert_eq!(all(&[b'+'; MAX_LINE + 1], 1 << 10).unwrap_err(), STRANGE);
    }

    #[test]
    fn any_bytes_are_taken_without_harm() {
        let mut state = 0x5eed_u64;
        for _ in 0..2_000 {
            let bytes: Vec<u8> = (0..40)
                .map(|_| {
                    state ^= state << 13;
                    state ^= state >> 7;
                    state ^= state << 17;
                    b"+-:$*0129\r\nab\xff"[usize::try_from(state % 14).unwrap()]
                })
                .collect();
            drop(all(&bytes, 7));
        }
    }
}
