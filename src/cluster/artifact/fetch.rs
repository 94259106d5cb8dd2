//! One file over HTTP, through a tunnel. Version 1.0 is spoken: no answer comes in pieces then.

use crate::cluster::errors;
use crate::model::{Fault, FaultKind};
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};

/// Most bytes of an artifact: source-controller refuses to make larger ones.
const MOST: u64 = 50 << 20;
/// How every answer begins.
const HTTP: &[u8] = b"HTTP/1.";
/// Most bytes before its content.
const HEAD: usize = 16 << 10;

/// The file's content.
///
/// # Errors
/// It is not there, is too large, or the connection ends before all of it came.
pub(super) async fn get(
    mut stream: impl AsyncRead + AsyncWrite + Unpin,
    host: &str,
    path: &str,
    what: &str,
) -> Result<Vec<u8>, Fault> {
    let fault = |kind: FaultKind, why: &str| Fault::new(kind, what, errors::line(why));
    let question = format!("GET {path} HTTP/1.0\r\nHost: {host}\r\nUser-Agent: wheelhouse\r\n\r\n");
    let cut = || fault(FaultKind::Network, "the connection ended before all of it came");
    stream.write_all(question.as_bytes()).await.map_err(|_| cut())?;
    let strange = || fault(FaultKind::Network, "what answers there does not speak HTTP");
    let mut all = Vec::new();
    let end = loop {
        if let Some(end) = all.windows(4).position(|four| four == b"\r\n\r\n") {
            break end;
        }
        let begun = all.len().min(HTTP.len());
        if all[..begun] != HTTP[..begun] || all.len() > HEAD {
            return Err(strange());
        }
        match stream.read_buf(&mut all).await {
            Ok(1..) => {}
            _ => return Err(cut()),
        }
    };
    let head = std::str::from_utf8(&all[..end]).map_err(|_| strange())?;
    let mut lines = head.lines();
    let status = lines.next().unwrap_or_default();
    let code = status.strip_prefix("HTTP/1.").and_then(|rest| rest.split(' ').nth(1));
    let length = lines.find_map(|line| {
        let (name, value) = line.split_once(':')?;
        name.eq_ignore_ascii_case("content-length").then(|| value.trim().parse::<u64>().ok())?
    });
    match code {
        Some("200") => {}
        Some("404") => {
            let why = "the artifact is not kept there any more: its source has a newer one by now";
            return Err(fault(FaultKind::NotFound, why));
        }
        Some(code) => {
            return Err(fault(FaultKind::Other, &format!("it is refused there: HTTP {code}")));
        }
        None => return Err(strange()),
    }
    let large = || fault(FaultKind::Invalid, "it has more than 50 MiB, which no artifact has");
    let mut body = all.split_off(end + 4);
    let most = length.unwrap_or(MOST + 1);
    if most > MOST && length.is_some() {
        return Err(large());
    }
    let left = most.saturating_sub(body.len() as u64);
    let read = stream.take(left).read_to_end(&mut body).await;
    match length {
        _ if body.len() as u64 > MOST => Err(large()),
        Some(length) if length != body.len() as u64 => Err(cut()),
        None if read.is_err() => Err(cut()),
        _ => Ok(body),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    async fn against(answer: &[u8]) -> (Result<Vec<u8>, Fault>, String) {
        let (near, mut far) = tokio::io::duplex(64 << 10);
        far.write_all(answer).await.unwrap();
        let asked = async {
            far.shutdown().await.unwrap();
            let mut all = Vec::new();
            far.read_to_end(&mut all).await.unwrap();
            String::from_utf8(all).unwrap()
        };
        tokio::join!(get(near, "sc.flux.svc", "/a.tar.gz", "test"), asked)
    }

    #[tokio::test]
    async fn a_file_is_asked_for_and_its_content_comes() {
        let (got, asked) = against(b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabc").await;
        assert_eq!(got.unwrap(), b"abc");
        assert!(asked.starts_with("GET /a.tar.gz HTTP/1.0\r\nHost: sc.flux.svc\r\n"), "{asked}");
        assert_eq!(against(b"HTTP/1.0 200 OK\r\n\r\nab").await.0.unwrap(), b"ab");
    }

    #[tokio::test]
    async fn whatever_goes_wrong_has_a_sentence_of_its_own() {
        for (answer, why) in [
            (&b"HTTP/1.1 404 Not Found\r\n\r\n"[..], "is not kept there any more"),
            (b"HTTP/1.1 503 Busy\r\n\r\n", "it is refused there: HTTP 503"),
            (b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nabc", "before all of it came"),
            (b"", "before all of it came"),
            (b"+OK\r\n", "does not speak HTTP"),
            (b"HTTP/1.1 200 OK\r\nContent-Length: 99999999999\r\n\r\n", "more than 50 MiB"),
        ] {
            let told = against(answer).await.0.unwrap_err().why;
            assert!(told.contains(why), "{told}");
        }
    }
}
