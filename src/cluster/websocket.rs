//! WebSockets to the API server, upgraded through the cluster's own client: its proxies, TLS,
//! credentials, and the gate.

use super::errors::{self, Refusal, Sort};
use super::link::Link;
use super::write::Permit;
use crate::model::{Fault, FaultKind};
use base64::Engine as _;
use http::{HeaderMap, HeaderValue, Request, StatusCode, header};
use http_body_util::{BodyExt as _, Limited};
use hyper::upgrade::Upgraded;
use hyper_util::rt::TokioIo;
use kube::client::Body;
use std::rc::Rc;
use std::time::Duration;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::handshake::client::generate_key;
use tokio_tungstenite::tungstenite::handshake::derive_accept_key;
use tokio_tungstenite::tungstenite::protocol::Role;

/// Longest error body that is read.
const MAX_ERROR_BODY: usize = 64 << 10;

/// The stream of messages.
pub(crate) type Messages = WebSocketStream<TokioIo<Upgraded>>;

/// An open WebSocket.
pub(crate) struct Socket {
    pub(crate) messages: Messages,
    /// The subprotocol the server chose, of those it was offered.
    pub(crate) protocol: &'static str,
}

/// Opens one. `path` is what the permit is for; the server chooses one of `protocols`. `limit` is for
/// the server's answer.
pub(crate) async fn open(
    link: &Rc<Link>,
    what: &str,
    permit: Permit,
    path: &str,
    protocols: &[&'static str],
    limit: Duration,
) -> Result<Socket, Refusal> {
    let denied = |why: String, kind| Refusal::new(Sort::Denied, Fault::new(kind, what, why));
    let client = link.client().map_err(Refusal::cut)?;
    let key = generate_key();
    let mut request = Request::builder()
        .uri(path)
        .header(header::CONNECTION, "Upgrade")
        .header(header::UPGRADE, "websocket")
        .header(header::SEC_WEBSOCKET_VERSION, "13")
        .header(header::SEC_WEBSOCKET_KEY, &key)
        .header(header::SEC_WEBSOCKET_PROTOCOL, protocols.join(", "))
        .body(Body::empty())
        .map_err(|error| denied(errors::line(&error.to_string()), FaultKind::Input))?;
    request.extensions_mut().insert(permit);
    let sent = tokio::select! {
        biased;
        sent = tokio::time::timeout(limit, client.send(request)) => sent,
        why = link.until_down() => return Err(Refusal::cut(why)),
    };
    let response = match sent {
        Err(_) => return Err(Refusal::cut(errors::too_slow(what, limit))),
        Ok(Err(error)) => {
            let fault = errors::transport(what, &error);
            let sort = match fault.kind {
                FaultKind::Network => Sort::Cut,
                FaultKind::Unauthenticated => Sort::Unauthenticated,
                _ => Sort::Denied,
            };
            return Err(Refusal::new(sort, fault));
        }
        Ok(Ok(response)) => response,
    };
    link.hear();
    if response.status() != StatusCode::SWITCHING_PROTOCOLS {
        let (head, body) = response.into_parts();
        let read =
            tokio::time::timeout(link.timing.probe, Limited::new(body, MAX_ERROR_BODY).collect());
        // The status says enough when its body does not come.
        let body = match read.await {
            Ok(Ok(body)) => body.to_bytes(),
            _ => bytes::Bytes::new(),
        };
        if head.status.is_success() {
            let why = "the server answered, but opened no stream";
            return Err(denied(why.into(), FaultKind::Network));
        }
        return Err(errors::refused(what, head.status, &head.headers, &body));
    }
    let protocol = agreed(response.headers(), &key, protocols)
        .map_err(|why| denied(why.into(), FaultKind::Network))?;
    let upgraded = hyper::upgrade::on(response)
        .await
        .map_err(|error| Refusal::cut(errors::transport(what, &error)))?;
    let messages = WebSocketStream::from_raw_socket(TokioIo::new(upgraded), Role::Client, None);
    Ok(Socket { messages: messages.await, protocol })
}

/// The subprotocol agreed on, where the answer is one to our question.
fn agreed(
    headers: &HeaderMap,
    key: &str,
    protocols: &[&'static str],
) -> Result<&'static str, &'static str> {
    let says = |name, value: &str| {
        let held = headers.get(name).and_then(|held: &HeaderValue| held.to_str().ok());
        held.is_some_and(|held| held.trim().eq_ignore_ascii_case(value))
    };
    if !says(header::UPGRADE, "websocket") {
        return Err("the server switched to something that is no WebSocket");
    }
    let accept = derive_accept_key(key.as_bytes());
    let told = headers.get(header::SEC_WEBSOCKET_ACCEPT).map(HeaderValue::as_bytes);
    let decoded = |text: &[u8]| base64::engine::general_purpose::STANDARD.decode(text).ok();
    if told.and_then(decoded) != decoded(accept.as_bytes()) {
        return Err("the answer to the WebSocket is not for our question");
    }
    protocols
        .iter()
        .copied()
        .find(|protocol| says(header::SEC_WEBSOCKET_PROTOCOL, protocol))
        .ok_or("the server speaks none of the protocols that were offered")
}
