//! The road to one API server: TCP with dead-peer detection, proxies, TLS, HTTP/1.1, or the pipe of
//! an embedded cluster.
//!
//! Own connectors, because the client library sets neither keepalive nor user timeout (a dead
//! link would look alive for minutes) and cannot exchange a client certificate while it runs.

use super::proxy::{Proxy, Scheme};
use crate::model::{Fault, FaultKind};
use futures::FutureExt as _;
use futures::future::BoxFuture;
use http::{Request, Response, Uri};
use hyper::body::Incoming;
use hyper::rt::{Read, ReadBuf, ReadBufCursor, Write};
use hyper_util::client::legacy::connect::proxy::{SocksV5, Tunnel};
use hyper_util::client::legacy::connect::{Connected, Connection, HttpConnector};
use hyper_util::client::legacy::{Builder, Client as HttpClient};
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use kube::client::{Body, ConfigExt as _};
use secrecy::{ExposeSecret as _, SecretString};
use std::fmt;
use std::io;
use std::ops::Range;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll, ready};
use std::time::Duration;
use tokio::time::Instant;
use tower::util::BoxCloneSyncService;
use tower::{BoxError, Service, ServiceExt as _};

/// Opens a new pipe to the embedded cluster; the other end is served there.
pub type Dial = Arc<dyn Fn() -> tokio::io::DuplexStream + Send + Sync>;

/// Longest wait for a connection: name, TCP, proxy and TLS together.
const CONNECT: Duration = Duration::from_secs(8);
/// Idle time after which a peer is probed, and the time between probes.
const KEEPALIVE: Duration = Duration::from_secs(15);
/// Longest time sent bytes may stay unacknowledged.
#[cfg(target_os = "linux")]
const UNACKNOWLEDGED: Duration = Duration::from_secs(20);
/// How long an unused connection is kept.
const IDLE: Duration = Duration::from_secs(90);

/// A connection that could not be made, for reasons no layer below can name.
#[derive(Debug, thiserror::Error)]
pub enum TransportError {
    /// Too slow.
    #[error("no connection to {0} within {1} s")]
    Timeout(String, u64),
}

/// A client certificate with its key, PEM.
#[derive(Clone)]
pub struct Identity {
    /// Certificate chain.
    pub certificate: String,
    /// Private key.
    pub key: SecretString,
}

impl PartialEq for Identity {
    fn eq(&self, other: &Self) -> bool {
        self.certificate == other.certificate
            && self.key.expose_secret() == other.key.expose_secret()
    }
}

impl fmt::Debug for Identity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Identity").finish_non_exhaustive()
    }
}

/// How a connection is made.
#[derive(Clone)]
pub enum Route {
    /// Over the network, through a proxy if there is one.
    Network(Option<Proxy>),
    /// To the embedded cluster.
    Pipe(Dial),
}

/// Everything a connection is built from. The client library's own settings hold server, CA,
/// verification and server name; credentials are kept out of them but for the certificate.
#[derive(Clone)]
pub struct Recipe {
    /// Server, CA, verification, server name.
    pub config: kube::Config,
    /// How to get there.
    pub route: Route,
}

type Connector = BoxCloneSyncService<Uri, Wire, BoxError>;
type Http = HttpClient<Connector, Body>;

/// Sends requests to one API server. Clones share connections; the TLS identity can be exchanged
/// while it runs (running streams keep the connection they have).
#[derive(Clone)]
pub struct Transport {
    recipe: Arc<Recipe>,
    state: Arc<Mutex<State>>,
}

struct State {
    identity: Option<Identity>,
    http: Http,
}

impl Transport {
    /// Builds it; no connection is made yet. Blocks while the system's certificates are read,
    /// which happens only where the kubeconfig names no authority.
    ///
    /// # Errors
    /// The certificates or the key cannot be used.
    pub fn build(recipe: Recipe, identity: Option<Identity>) -> Result<Self, Fault> {
        let http = recipe.http(identity.as_ref())?;
        let state = Arc::new(Mutex::new(State { identity, http }));
        Ok(Self { recipe: Arc::new(recipe), state })
    }

    /// Uses another client certificate for new connections; does nothing when it is the same.
    ///
    /// # Errors
    /// The certificate or the key cannot be used; the one in use stays.
    pub async fn use_identity(&self, identity: Option<Identity>) -> Result<(), Fault> {
        if self.lock().identity == identity {
            return Ok(());
        }
        let recipe = self.recipe.clone();
        let (identity, http) = super::connect::blocking("read the client certificate", move || {
            let http = recipe.http(identity.as_ref())?;
            Ok((identity, http))
        })
        .await?;
        *self.lock() = State { identity, http };
        Ok(())
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Service<Request<Body>> for Transport {
    type Response = Response<Incoming>;
    type Error = BoxError;
    type Future = BoxFuture<'static, Result<Response<Incoming>, BoxError>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), BoxError>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<Body>) -> Self::Future {
        let sent = self.lock().http.request(request);
        async move { sent.await.map_err(BoxError::from) }.boxed()
    }
}

impl Recipe {
    fn http(&self, identity: Option<&Identity>) -> Result<Http, Fault> {
        let connector = match &self.route {
            Route::Pipe(dial) => pipe(dial.clone()),
            Route::Network(proxy) => self.network(proxy.as_ref(), identity)?,
        };
        Ok(Builder::new(TokioExecutor::new())
            .pool_idle_timeout(IDLE)
            .pool_timer(TokioTimer::new())
            .build(limited(connector, self.config.cluster_url.to_string(), CONNECT)))
    }

    fn network(
        &self,
        proxy: Option<&Proxy>,
        identity: Option<&Identity>,
    ) -> Result<Connector, Fault> {
        let road = match proxy {
            None => first_stretch(),
            Some(proxy) => match proxy.scheme {
                Scheme::Socks5 => {
                    let socks = SocksV5::new(proxy.uri.clone(), first_stretch());
                    match proxy.login() {
                        Some((user, password)) => erase(socks.with_auth(user, password)),
                        None => erase(socks),
                    }
                }
                Scheme::Http => tunnel(proxy, first_stretch()),
                Scheme::Https => {
                    // The proxy has a name of its own, and no business with our certificate.
                    let mut config = self.config.clone();
                    config.tls_server_name = None;
                    let tls = config
                        .rustls_https_connector_with_connector(first_stretch())
                        .map_err(|err| unusable(&self.config.cluster_url, &err))?;
                    tunnel(proxy, erase(tls))
                }
            },
        };
        let mut config = self.config.clone();
        if let Some(identity) = identity {
            let encode = |text: &str| {
                base64::Engine::encode(&base64::engine::general_purpose::STANDARD, text.as_bytes())
            };
            config.auth_info.client_certificate_data = Some(encode(&identity.certificate));
            config.auth_info.client_key_data = Some(encode(identity.key.expose_secret()).into());
        }
        let tls = config
            .rustls_https_connector_with_connector(road)
            .map_err(|err| unusable(&self.config.cluster_url, &err))?;
        Ok(erase(tls))
    }
}

fn unusable(server: &Uri, err: &kube::Error) -> Fault {
    Fault::new(FaultKind::Input, format!("prepare TLS for {server}"), err.to_string())
        .hint("check the certificates and keys of this cluster and user in the kubeconfig")
}

fn tcp() -> HttpConnector {
    let mut tcp = HttpConnector::new();
    tcp.enforce_http(false);
    tcp.set_nodelay(true);
    tcp.set_keepalive(Some(KEEPALIVE));
    tcp.set_keepalive_interval(Some(KEEPALIVE));
    tcp.set_keepalive_retries(Some(2));
    #[cfg(target_os = "linux")]
    tcp.set_tcp_user_timeout(Some(UNACKNOWLEDGED));
    tcp
}

fn tunnel(proxy: &Proxy, road: Connector) -> Connector {
    let tunnel = Tunnel::new(proxy.uri.clone(), road);
    match proxy.basic_auth() {
        Some(login) => erase(tunnel.with_auth(login)),
        None => erase(tunnel),
    }
}

fn pipe(dial: Dial) -> Connector {
    erase(tower::service_fn(move |_: Uri| {
        let end = Pipe(TokioIo::new(dial()));
        async move { Ok::<_, io::Error>(end) }
    }))
}

/// Hides which connector it is.
fn erase<C>(connector: C) -> Connector
where
    C: Service<Uri> + Clone + Send + Sync + 'static,
    C::Response: Socket,
    C::Error: Into<BoxError> + 'static,
    C::Future: Send + 'static,
{
    BoxCloneSyncService::new(
        connector
            .map_response(|socket| Wire { socket: Box::new(socket), first: None })
            .map_err(Into::into),
    )
}

/// The first stretch of every road over the network; what comes over it is a sign of life.
fn first_stretch() -> Connector {
    let first = |socket| Wire { socket: Box::new(socket), first: Some(First::default()) };
    BoxCloneSyncService::new(tcp().map_response(first).map_err(Into::into))
}

/// Gives up after the limit for connections.
fn limited(connector: Connector, server: String, limit: Duration) -> Connector {
    BoxCloneSyncService::new(tower::service_fn(move |uri: Uri| {
        let made = connector.clone().oneshot(uri);
        let server = server.clone();
        async move {
            match tokio::time::timeout(limit, made).await {
                Ok(made) => made,
                Err(_) => Err(TransportError::Timeout(server, limit.as_secs()).into()),
            }
        }
    }))
}

/// When bytes came last on one connection, whatever they are: a server that sends one byte a second says nothing that
/// can be read for minutes, and yet it lives. Each answer carries that of its connection as an extension.
#[derive(Clone, Debug, Default)]
pub(crate) struct Heard(Arc<Mutex<Option<Instant>>>);

impl Heard {
    fn now(&self) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(Instant::now());
    }

    /// None: nothing ever came.
    pub(crate) fn last(&self) -> Option<Instant> {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether the connection is there no longer, and nobody else asks.
    pub(crate) fn is_over(&self) -> bool {
        Arc::strong_count(&self.0) == 1
    }
}

/// What all our connections can do.
trait Socket: Read + Write + Connection + Send + Unpin + 'static {}
impl<T: Read + Write + Connection + Send + Unpin + 'static> Socket for T {}

/// Any connection.
struct Wire {
    socket: Box<dyn Socket>,
    /// Of the innermost, below TLS.
    first: Option<First>,
}

/// What one read asks the system for while little comes, and when as much came: TLS asks for 4 KiB and no more,
/// which would be thousands of calls for a list.
const SIP: usize = 4 << 10;
const GULP: usize = 64 << 10;

/// What the first stretch of a road knows of what comes over it.
#[derive(Default)]
struct First {
    heard: Heard,
    buffer: Vec<u8>,
    /// What was read, but not handed on yet.
    waiting: Range<usize>,
}

impl First {
    fn poll_read(
        &mut self,
        socket: &mut dyn Socket,
        cx: &mut Context<'_>,
        mut buf: ReadBufCursor<'_>,
    ) -> Poll<io::Result<()>> {
        if self.waiting.is_empty() {
            if self.buffer.is_empty() {
                self.buffer = vec![0; SIP];
            }
            let mut read = ReadBuf::new(&mut self.buffer);
            ready!(Pin::new(socket).poll_read(cx, read.unfilled()))?;
            self.heard.now();
            self.waiting = 0..read.filled().len();
        }
        let Range { start, end } = self.waiting;
        let end = end.min(start + buf.remaining());
        buf.put_slice(self.buffer.get(start..end).unwrap_or_default());
        self.waiting.start = end;
        if self.waiting.is_empty() {
            // By what came this time the next read is made.
            let size = if end < SIP { SIP } else { GULP };
            if self.buffer.len() != size {
                self.buffer = vec![0; size];
            }
        }
        Poll::Ready(Ok(()))
    }
}

impl Connection for Wire {
    fn connected(&self) -> Connected {
        let connected = self.socket.connected();
        match &self.first {
            Some(first) => connected.extra(first.heard.clone()),
            None => connected,
        }
    }
}

impl Read for Wire {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: ReadBufCursor<'_>,
    ) -> Poll<io::Result<()>> {
        let Self { socket, first } = &mut *self;
        match first {
            Some(first) => first.poll_read(&mut **socket, cx, buf),
            None => Pin::new(&mut **socket).poll_read(cx, buf),
        }
    }
}

impl Write for Wire {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut *self.socket).poll_write(cx, buf)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut *self.socket).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut *self.socket).poll_shutdown(cx)
    }

    fn is_write_vectored(&self) -> bool {
        self.socket.is_write_vectored()
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut *self.socket).poll_write_vectored(cx, bufs)
    }
}

/// Our end of a pipe to the embedded cluster.
struct Pipe(TokioIo<tokio::io::DuplexStream>);

impl Connection for Pipe {
    fn connected(&self) -> Connected {
        Connected::new()
    }
}

impl Read for Pipe {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: ReadBufCursor<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_read(cx, buf)
    }
}

impl Write for Pipe {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.0).poll_write(cx, buf)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_shutdown(cx)
    }
}

/// The fault behind an error of this stack: a login that failed, a connection that could not be
/// made, with what to do about it. None: it broke in another way, and the caller knows no less.
pub fn explain(err: &(dyn std::error::Error + 'static), what: &str) -> Option<Fault> {
    let mut connecting = false;
    let mut last = err;
    let mut next = Some(err);
    while let Some(err) = next {
        last = err;
        if let Some(refused) = err.downcast_ref::<super::auth::Refused>() {
            return Some(refused.fault.clone());
        }
        if let Some(oidc) = err.downcast_ref::<kube::client::AuthError>() {
            let fault = Fault::new(FaultKind::Unauthenticated, what, one_line(&oidc.to_string()));
            return Some(fault.hint("log in again, or correct the user entry's auth-provider"));
        }
        if let Some(slow) = err.downcast_ref::<TransportError>() {
            return Some(unreachable(
                what,
                slow.to_string(),
                "check the network, the VPN and the proxy",
            ));
        }
        if let Some(tls) = err.downcast_ref::<rustls::Error>() {
            return Some(tls_fault(tls, what));
        }
        if let Some(http) = err.downcast_ref::<hyper_util::client::legacy::Error>() {
            connecting |= http.is_connect();
        }
        // An io::Error hides what it wraps: its source is the source of that.
        next = match err.downcast_ref::<io::Error>().and_then(io::Error::get_ref) {
            Some(inner) => Some(inner),
            None => err.source(),
        };
    }
    connecting.then(|| refused_fault(last, what))
}

/// A connection that could not be made, by the innermost reason.
fn refused_fault(err: &(dyn std::error::Error + 'static), what: &str) -> Fault {
    let why = one_line(&err.to_string());
    let hint = match err.downcast_ref::<io::Error>().map(io::Error::kind) {
        Some(io::ErrorKind::ConnectionRefused) => {
            "nothing listens there: is the cluster running, and is it this address?"
        }
        _ if why.contains("lookup address") => "check the server's name, the VPN and DNS",
        _ if why.contains("tls handshake eof") => "is this port really the API server's TLS port?",
        _ => "check the network, the VPN and the proxy",
    };
    unreachable(what, why, hint)
}

fn unreachable(what: &str, why: String, hint: &str) -> Fault {
    Fault::new(FaultKind::Network, what, why).hint(hint)
}

/// Words of other libraries, made safe to show.
fn one_line(text: &str) -> String {
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    crate::text::sanitise::clean(&text).into_owned()
}

fn tls_fault(err: &rustls::Error, what: &str) -> Fault {
    use rustls::CertificateError as Cert;
    let fault = Fault::new(FaultKind::Network, what, err.to_string());
    match err {
        rustls::Error::InvalidCertificate(cert) => fault.hint(match cert {
            Cert::UnknownIssuer | Cert::BadSignature => {
                "no authority we trust signed the server's certificate: correct \
                 certificate-authority(-data) in the kubeconfig, or it is another server"
            }
            Cert::Expired | Cert::ExpiredContext { .. } => {
                "the server's certificate has expired: renew it, and check this machine's clock"
            }
            Cert::NotValidYet | Cert::NotValidYetContext { .. } => {
                "check this machine's clock"
            }
            Cert::NotValidForName | Cert::NotValidForNameContext { .. } => {
                "the certificate is for another name: correct server, or set tls-server-name"
            }
            _ => "check certificate-authority(-data) in the kubeconfig",
        }),
        rustls::Error::AlertReceived(_) => {
            fault.hint("the server refused our client certificate: it may have expired or be for another cluster")
        }
        _ => fault.hint("is this port really the API server's TLS port?"),
    }
}

#[cfg(test)]
#[path = "transport_tests.rs"]
mod tests;
