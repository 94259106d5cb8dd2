//! One request and its answer, piece by piece: every read knows the cluster's signals, so nothing
//! waits for a dead peer.

use super::errors::{self, Refusal, Sort};
use super::link::Link;
use super::transport::Heard;
use crate::model::{Fault, FaultKind};
use bytes::Bytes;
use flate2::write::MultiGzDecoder;
use http::{HeaderMap, HeaderValue, Method, Request, StatusCode, header};
use http_body_util::BodyExt;
use kube::client::Body;
use std::io::Write;
use std::rc::Rc;
use std::time::Duration;
use tokio::time::Instant;

/// Plain JSON.
pub(crate) const JSON: &str = "application/json";

/// Longest error body that is read.
const MAX_ERROR_BODY: usize = 64 << 10;
/// Longest body that is read as a whole.
const MAX_WHOLE: usize = 64 << 20;
/// Compressed bytes unpacked in one go. They become at most some 1,000 times as many, whatever a
/// hostile server sends.
const GUNZIP_STEP: usize = 4 << 10;

/// A request, before it becomes one of the HTTP library.
#[derive(Clone, Debug)]
pub(crate) struct Ask {
    /// What is being done, for faults: "list pods in shop".
    pub(crate) what: String,
    pub(crate) method: Method,
    /// Path and query.
    pub(crate) path: String,
    pub(crate) accept: &'static str,
    /// `Content-Type` and body; an empty type means none.
    pub(crate) content: (&'static str, Vec<u8>),
    /// May be compressed on its way to us.
    pub(crate) gzip: bool,
    /// Limit for the head of the answer, and for the whole where it is read as a whole.
    pub(crate) limit: Duration,
    /// Goes on though the cluster is thought to be away: signs of life, and writes.
    pub(crate) blind: bool,
}

impl Ask {
    pub(crate) fn get(what: impl Into<String>, path: impl Into<String>, limit: Duration) -> Self {
        Self {
            what: what.into(),
            method: Method::GET,
            path: path.into(),
            accept: JSON,
            content: ("", Vec::new()),
            gzip: true,
            limit,
            blind: false,
        }
    }

    fn request(&self, gzip: bool) -> Result<Request<Body>, Fault> {
        let bad = |error: &dyn std::fmt::Display| {
            Fault::new(FaultKind::Input, &self.what, errors::line(&error.to_string()))
        };
        let encoding = if gzip && self.gzip { "gzip" } else { "identity" };
        let mut request = Request::builder()
            .method(self.method.clone())
            .uri(&self.path)
            .header(header::ACCEPT, self.accept)
            .header(header::ACCEPT_ENCODING, encoding);
        if !self.content.0.is_empty() {
            request =
                request.header(header::CONTENT_TYPE, HeaderValue::from_static(self.content.0));
        }
        request.body(Body::from(self.content.1.clone())).map_err(|error| bad(&error))
    }
}

/// The head of a good answer, and its body to be read.
pub(crate) struct Reply {
    pub(crate) headers: HeaderMap,
    pub(crate) body: Chunks,
}

/// A body, read piece by piece and unpacked where it is compressed.
pub(crate) struct Chunks {
    link: Rc<Link>,
    what: String,
    body: Body,
    gunzip: Option<MultiGzDecoder<Vec<u8>>>,
    /// Came, but is not unpacked yet.
    packed: Bytes,
    last: Instant,
    /// What comes over its connection, readable or not.
    connection: Option<Heard>,
    /// Give up when nothing came for so long, though the server lives.
    stale: Option<Duration>,
}

/// Sends a request and waits for the head of its answer. Anything but 2xx is a refusal, and so is a
/// web page: somebody in between wants a login, or thanks for it.
pub(crate) async fn send(link: &Rc<Link>, ask: &Ask) -> Result<Reply, Refusal> {
    send_with(link, ask, |_| {}).await
}

/// The same; `finish` may add to the request what only its caller can.
pub(crate) async fn send_with(
    link: &Rc<Link>,
    ask: &Ask,
    finish: impl FnOnce(&mut Request<Body>),
) -> Result<Reply, Refusal> {
    let client = link.client().map_err(Refusal::cut)?;
    let request = ask.request(link.gzip());
    let mut request = request.map_err(|fault| Refusal::new(Sort::Denied, fault))?;
    finish(&mut request);
    let asked = Instant::now();
    let sending = tokio::time::timeout(ask.limit, client.send(request));
    let sent = if ask.blind {
        sending.await
    } else {
        tokio::pin!(sending);
        tokio::select! {
            biased;
            sent = &mut sending => sent,
            why = link.until_down() => return Err(Refusal::cut(why)),
            () = tokio::time::sleep(link.timing.quiet) => {
                link.suspect();
                tokio::select! {
                    sent = &mut sending => sent,
                    why = link.until_down() => return Err(Refusal::cut(why)),
                }
            }
        }
    };
    let response = match sent {
        Err(_) => return Err(Refusal::cut(errors::too_slow(&ask.what, ask.limit))),
        Ok(Err(error)) => {
            let fault = errors::transport(&ask.what, &error);
            let sort = match fault.kind {
                FaultKind::Network => Sort::Cut,
                FaultKind::Unauthenticated => Sort::Unauthenticated,
                _ => Sort::Denied,
            };
            return Err(Refusal::new(sort, fault));
        }
        Ok(Ok(response)) => response,
    };
    // A gateway's "the server behind me is away" is no sign of life of that server.
    if !matches!(response.status(), StatusCode::BAD_GATEWAY | StatusCode::GATEWAY_TIMEOUT) {
        link.hear();
        link.answered_in(asked.elapsed());
    }
    let (head, body) = response.into_parts();
    let connection = head.extensions.get::<Heard>().cloned();
    if let Some(connection) = &connection {
        link.answered_over(connection);
    }
    let packed = head.headers.get(header::CONTENT_ENCODING).is_some_and(|v| v == "gzip");
    let mut body = Chunks {
        link: Rc::clone(link),
        what: ask.what.clone(),
        body,
        gunzip: packed.then(|| MultiGzDecoder::new(Vec::new())),
        packed: Bytes::new(),
        last: Instant::now(),
        connection,
        stale: None,
    };
    if head.status.is_success() && !errors::is_web_page(&head.headers) {
        return Ok(Reply { headers: head.headers, body });
    }
    // The status says enough when its body does not come.
    let error = body.some(MAX_ERROR_BODY, link.timing.probe).await;
    Err(errors::refused(&ask.what, head.status, &head.headers, &error))
}

/// Sends a request and reads the whole answer within its limit.
pub(crate) async fn whole(link: &Rc<Link>, ask: &Ask) -> Result<(HeaderMap, Vec<u8>), Refusal> {
    whole_with(link, ask, |_| {}).await
}

/// The same; `finish` may add to the request what only its caller can.
pub(crate) async fn whole_with(
    link: &Rc<Link>,
    ask: &Ask,
    finish: impl FnOnce(&mut Request<Body>),
) -> Result<(HeaderMap, Vec<u8>), Refusal> {
    let read = async {
        let mut reply = send_with(link, ask, finish).await?;
        let mut all = Vec::new();
        while let Some(piece) = reply.body.next_blind().await {
            let piece = piece.map_err(Refusal::cut)?;
            if all.len() + piece.len() > MAX_WHOLE {
                let fault =
                    Fault::new(FaultKind::Other, &ask.what, "the answer is larger than 64 MiB");
                return Err(Refusal::new(Sort::Denied, fault));
            }
            all.extend_from_slice(&piece);
        }
        Ok((reply.headers, all))
    };
    match tokio::time::timeout(ask.limit, read).await {
        Ok(read) => read,
        Err(_) => Err(Refusal::cut(errors::too_slow(&ask.what, ask.limit))),
    }
}

impl Chunks {
    /// It was compressed on its way.
    pub(crate) fn is_packed(&self) -> bool {
        self.gunzip.is_some()
    }

    /// Ends the stream when nothing came for `limit`, though the server lives.
    pub(crate) fn stale_after(mut self, limit: Duration) -> Self {
        self.stale = Some(limit);
        self
    }

    /// The next piece; None at the end. Ends with a fault as soon as the cluster is known to be
    /// away, and has that looked into when nothing comes.
    pub(crate) async fn next(&mut self) -> Option<Result<Bytes, Fault>> {
        let link = Rc::clone(&self.link);
        let gone = link.until_down();
        tokio::pin!(gone);
        loop {
            let (look, stale) = (self.look(&link), self.stale_at());
            let wake = stale.map_or(look, |stale| stale.min(look));
            tokio::select! {
                biased;
                piece = self.next_blind() => return piece,
                why = &mut gone => return Some(Err(why)),
                () = tokio::time::sleep_until(wake) => {
                    let now = Instant::now();
                    if self.stale_at().is_some_and(|stale| stale <= now) {
                        // As if the server had ended it: the stream goes on from where it was.
                        return None;
                    }
                    if self.look(&link) > now {
                        continue;
                    }
                    link.suspect();
                    // The answer moves `heard`; until then there is nothing more to do.
                    tokio::select! {
                        piece = self.next_blind() => return piece,
                        why = &mut gone => return Some(Err(why)),
                        () = tokio::time::sleep(link.timing.probe) => {}
                    }
                }
            }
        }
    }

    /// When to have it looked into whether the server still lives, if nothing comes.
    fn look(&self, link: &Link) -> Instant {
        // Anything on any connection of this cluster counts as a sign of life.
        let heard = self.last.max(link.heard());
        link.trickled().map_or(heard, |trickled| heard.max(trickled)) + link.timing.quiet
    }

    /// When to give up, if nothing comes over this connection.
    fn stale_at(&self) -> Option<Instant> {
        let heard = self.connection.as_ref().and_then(Heard::last);
        Some(heard.map_or(self.last, |heard| heard.max(self.last)) + self.stale?)
    }

    /// The next piece, without a look at the cluster's signals.
    async fn next_blind(&mut self) -> Option<Result<Bytes, Fault>> {
        loop {
            if let Some(gunzip) = &mut self.gunzip
                && !self.packed.is_empty()
            {
                let step = self.packed.split_to(self.packed.len().min(GUNZIP_STEP));
                if let Err(error) = gunzip.write_all(&step) {
                    return Some(Err(errors::transport(&self.what, &error)));
                }
                let plain = std::mem::take(gunzip.get_mut());
                if !plain.is_empty() {
                    return Some(Ok(plain.into()));
                }
                continue;
            }
            let frame = match self.body.frame().await {
                None => return self.rest(),
                Some(Err(error)) => return Some(Err(errors::transport(&self.what, &error))),
                Some(Ok(frame)) => frame,
            };
            let Ok(data) = frame.into_data() else { continue };
            self.last = Instant::now();
            self.link.hear();
            if self.gunzip.is_some() {
                self.packed = data;
            } else if !data.is_empty() {
                return Some(Ok(data));
            }
        }
    }

    /// What the decompressor still holds when the body ended.
    fn rest(&mut self) -> Option<Result<Bytes, Fault>> {
        let mut gunzip = self.gunzip.take()?;
        match gunzip.try_finish() {
            Err(error) => Some(Err(errors::transport(&self.what, &error))),
            Ok(()) => {
                let plain = std::mem::take(gunzip.get_mut());
                (!plain.is_empty()).then(|| Ok(plain.into()))
            }
        }
    }

    /// What comes of the body within `limit`, at most `max` bytes.
    async fn some(&mut self, max: usize, limit: Duration) -> Vec<u8> {
        let mut all = Vec::new();
        let read = async {
            while all.len() < max {
                match self.next_blind().await {
                    Some(Ok(piece)) => {
                        all.extend_from_slice(&piece[..piece.len().min(max - all.len())])
                    }
                    _ => break,
                }
            }
        };
        // Without its end, what came is still worth reading.
        let _ = tokio::time::timeout(limit, read).await;
        all
    }
}
