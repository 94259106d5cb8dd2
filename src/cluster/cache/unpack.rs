//! A value as its text: packed with gzip or plain, of bounded size, and JSON. Pure.

use flate2::read::GzDecoder;
use serde::de::IgnoredAny;
use std::io::Read as _;
use std::sync::Arc;

/// Most bytes of a value once it is unpacked.
const MAX_PLAIN: u64 = 256 << 20;
/// How gzip begins.
const GZIP: [u8; 2] = [0x1f, 0x8b];

/// The text of a value.
///
/// # Errors
/// Why it cannot be read, in words that quote nothing of it.
pub(super) fn text(value: Vec<u8>) -> Result<Arc<str>, String> {
    bounded(value, MAX_PLAIN)
}

fn bounded(value: Vec<u8>, most: u64) -> Result<Arc<str>, String> {
    let plain = if value.starts_with(&GZIP) {
        let mut plain = Vec::new();
        let read = GzDecoder::new(value.as_slice()).take(most + 1).read_to_end(&mut plain);
        read.map_err(|error| format!("it cannot be unpacked: {error}"))?;
        if plain.len() as u64 > most {
            return Err(format!("unpacked it has more than {most} bytes"));
        }
        plain
    } else {
        value
    };
    let text = String::from_utf8(plain).map_err(|_| "it is no text".to_owned())?;
    // An error of serde's may quote a value.
    let read = serde_json::from_str::<IgnoredAny>(&text);
    read.map_err(|error| format!("it is no JSON: line {}", error.line()))?;
    Ok(text.into())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use flate2::Compression;
    use flate2::write::GzEncoder;
    use std::io::Write as _;

    fn packed(text: &[u8]) -> Vec<u8> {
        let mut gzip = GzEncoder::new(Vec::new(), Compression::default());
        gzip.write_all(text).unwrap();
        gzip.finish().unwrap()
    }

    #[test]
    fn values_are_unpacked_where_they_are_packed() {
        let json = r#"[{"kind":"ConfigMap"}]"#;
        assert_eq!(&*text(json.into()).unwrap(), json);
        assert_eq!(&*text(packed(json.as_bytes())).unwrap(), json);
    }

    #[test]
    fn broken_ones_are_told_apart_and_nothing_of_them_is_quoted() {
        let whole = packed(br#"["s3cr3t"]"#);
        for end in 2..whole.len() {
            let why = text(whole[..end].to_vec()).unwrap_err();
            assert!(why.starts_with("it cannot be unpacked"), "{why}");
        }
        let mut corrupt = whole;
        corrupt[14] ^= 0x55;
        assert!(text(corrupt).is_err());
        for (value, why) in [
            (packed(b"\xff\xfe"), "it is no text"),
            (packed(br#"["s3cr3t", s3cr3t]"#), "it is no JSON: line 1"),
            (b"".to_vec(), "it is no JSON: line 1"),
        ] {
            assert_eq!(text(value).unwrap_err(), why);
        }
    }

    #[test]
    fn what_grows_without_end_is_stopped() {
        let bomb = packed(&vec![b' '; 1 << 20]);
        assert!(bomb.len() < 4 << 10);
        assert!(bounded(bomb, 64 << 10).unwrap_err().contains("more than 65536 bytes"));
    }
}
