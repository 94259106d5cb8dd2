//! WebSockets on demo connections: what exec, attach and port-forward are upgraded to.

use std::future::Future;

use http::header::{self, HeaderValue};
use http::{Request, Response, StatusCode};
use hyper::upgrade::{OnUpgrade, Upgraded};
use hyper_util::rt::TokioIo;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::handshake::derive_accept_key;
use tokio_tungstenite::tungstenite::protocol::Role;

use super::http::Call;
use super::read::Reply;
use super::status::Failure;

/// The stream of messages.
pub type Messages = WebSocketStream<TokioIo<Upgraded>>;

/// What the connection becomes, where the request asks for a WebSocket.
pub fn wanted<B>(request: &mut Request<B>) -> Option<OnUpgrade> {
    let asked = request.headers().get(header::UPGRADE)?.to_str().ok()?;
    asked.eq_ignore_ascii_case("websocket").then(|| hyper::upgrade::on(request))
}

/// Switches to a WebSocket with the first of these subprotocols that the client offers, and runs what
/// talks on it.
///
/// # Errors
/// The client asked for no WebSocket, or for none of these protocols.
pub fn accept<F: Future<Output = ()> + 'static>(
    call: &Call,
    protocols: &[&'static str],
    run: impl FnOnce(Messages, &'static str) -> F + 'static,
) -> Result<Response<Reply>, Failure> {
    let upgrade = call.upgrade.take();
    let (Some(upgrade), Some(key)) = (upgrade, call.headers.get(header::SEC_WEBSOCKET_KEY)) else {
        return Err(Failure::bad_request("Upgrade request required"));
    };
    let offered = call.headers.get(header::SEC_WEBSOCKET_PROTOCOL);
    let offered = offered.and_then(|value| value.to_str().ok()).unwrap_or_default();
    let speaks = |protocol: &&str| offered.split(',').any(|one| one.trim() == *protocol);
    let Some(protocol) = protocols.iter().copied().find(speaks) else {
        return Err(Failure::bad_request(
            "unable to upgrade: none of the offered protocols is spoken here",
        ));
    };
    let mut response = Response::new(Reply::Full(None));
    *response.status_mut() = StatusCode::SWITCHING_PROTOCOLS;
    let headers = response.headers_mut();
    headers.insert(header::CONNECTION, HeaderValue::from_static("Upgrade"));
    headers.insert(header::UPGRADE, HeaderValue::from_static("websocket"));
    headers.insert(header::SEC_WEBSOCKET_PROTOCOL, HeaderValue::from_static(protocol));
    if let Ok(accept) = HeaderValue::from_str(&derive_accept_key(key.as_bytes())) {
        headers.insert(header::SEC_WEBSOCKET_ACCEPT, accept);
    }
    tokio::task::spawn_local(async move {
        // A client that went away meanwhile is nothing to report in a demo.
        if let Ok(upgraded) = upgrade.await {
            let io = TokioIo::new(upgraded);
            run(WebSocketStream::from_raw_socket(io, Role::Server, None).await, protocol).await;
        }
    });
    Ok(response)
}
