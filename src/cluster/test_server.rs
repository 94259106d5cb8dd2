#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
//! A tiny HTTP/1.1 server for tests: answers by a closure and remembers what it was asked.

use super::transport::Dial;
use bytes::Bytes;
use http::{Request, Response, StatusCode};
use http_body_util::{BodyExt as _, Full};
use hyper::body::Incoming;
use hyper_util::rt::TokioIo;
use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use tokio::io::{AsyncRead, AsyncWrite};

/// One request as it arrived.
#[derive(Clone, Debug)]
pub struct Seen {
    pub target: String,
    pub headers: http::HeaderMap,
    pub body: Bytes,
    /// Which connection it came on, counted from 0.
    pub connection: usize,
}

impl Seen {
    /// A header's values, joined; empty without.
    pub fn header(&self, name: &str) -> String {
        let all: Vec<&str> =
            self.headers.get_all(name).iter().map(|v| v.to_str().unwrap()).collect();
        all.join(", ")
    }
}

pub type Reply = Response<Full<Bytes>>;

pub fn answer(status: StatusCode, body: &str) -> Reply {
    Response::builder().status(status).body(Full::from(body.to_owned())).unwrap()
}

type Behaviour = dyn Fn(&Seen) -> Reply + Send + Sync;

#[derive(Clone)]
pub struct Server {
    behave: Arc<Behaviour>,
    seen: Arc<Mutex<Vec<Seen>>>,
    connections: Arc<Mutex<usize>>,
}

impl Server {
    pub fn new(behave: impl Fn(&Seen) -> Reply + Send + Sync + 'static) -> Self {
        Self { behave: Arc::new(behave), seen: Arc::default(), connections: Arc::default() }
    }

    pub fn seen(&self) -> Vec<Seen> {
        self.seen.lock().unwrap().clone()
    }

    /// Pipes to it.
    pub fn dial(&self) -> Dial {
        let server = self.clone();
        Arc::new(move || {
            let (ours, theirs) = tokio::io::duplex(64 << 10);
            tokio::spawn(server.clone().serve(theirs));
            ours
        })
    }

    /// Listens on loopback.
    pub async fn listen(&self) -> SocketAddr {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let server = self.clone();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(server.clone().serve(stream));
            }
        });
        address
    }

    pub async fn serve(self, stream: impl AsyncRead + AsyncWrite + Send + Unpin + 'static) {
        let connection = {
            let mut count = self.connections.lock().unwrap();
            *count += 1;
            *count - 1
        };
        let service = hyper::service::service_fn(move |request: Request<Incoming>| {
            let server = self.clone();
            async move {
                let (parts, body) = request.into_parts();
                let seen = Seen {
                    target: parts.uri.to_string(),
                    headers: parts.headers,
                    body: body.collect().await.unwrap().to_bytes(),
                    connection,
                };
                let reply = (server.behave)(&seen);
                server.seen.lock().unwrap().push(seen);
                Ok::<_, Infallible>(reply)
            }
        });
        let _ = hyper::server::conn::http1::Builder::new()
            .serve_connection(TokioIo::new(stream), service)
            .await;
    }
}
