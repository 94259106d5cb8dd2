//! Who we are, on every request: a token that never changes, one in a file, or whatever a
//! credential plugin gave last.
//!
//! The client library runs plugins several times, blocks on them and never asks again after a
//! 401. Here the plugin runs once for everybody who waits, and a request that is answered with
//! 401 is sent once more with a fresh credential.

use super::exec_plugin::{self, ExecSpec};
use super::transport::{Identity, Transport};
use crate::model::{Fault, FaultKind};
use base64::Engine as _;
use futures::FutureExt as _;
use futures::future::{BoxFuture, Shared};
use http::{HeaderValue, Request, Response, StatusCode, header::AUTHORIZATION};
use hyper::body::Incoming;
use kube::client::Body;
use secrecy::{ExposeSecret as _, SecretString};
use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll};
use std::time::Duration;
use tokio::sync::watch;
use tokio::time::Instant;
use tower::{BoxError, Layer, Service, ServiceExt as _};

/// How long a token file is trusted before it is read again (client-go: one minute).
const FILE_AGE: Duration = Duration::from_secs(60);
/// A credential is renewed this many seconds before it ends.
const BEFORE_END: i64 = 60;
/// After a failure the next attempt waits this long, so that a dozen streams do not start a dozen
/// plugins one after the other.
const AFTER_FAILURE: Duration = Duration::from_secs(3);

/// What proves who we are.
#[derive(Clone, Default)]
pub struct Credential {
    /// Value of `Authorization`, marked sensitive.
    pub authorization: Option<HeaderValue>,
    /// Client certificate.
    pub identity: Option<Identity>,
    /// When its giver says it ends, Unix seconds: renewed before that.
    pub expires: Option<i64>,
    /// When it ends by what stands in it; only shown.
    pub ends: Option<i64>,
    /// What the plugin wrote to stderr although it succeeded; one line, cleaned.
    pub said: String,
}

impl fmt::Debug for Credential {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Credential").field("expires", &self.expires).finish_non_exhaustive()
    }
}

impl Credential {
    /// A bearer token.
    ///
    /// # Errors
    /// It has characters no header may have.
    pub fn bearer(token: &SecretString) -> Result<Self, Fault> {
        let text = zeroize::Zeroizing::new(format!("Bearer {}", token.expose_secret()));
        let ends = super::expiry::of_token(token.expose_secret());
        Ok(Self { ends, ..Self::header(&text, "the token")? })
    }

    /// User and password.
    ///
    /// # Errors
    /// Never in practice: base64 fits in a header.
    pub fn basic(user: &str, password: &SecretString) -> Result<Self, Fault> {
        let pair = zeroize::Zeroizing::new(format!("{user}:{}", password.expose_secret()));
        let text = base64::engine::general_purpose::STANDARD.encode(pair.as_bytes());
        Self::header(&format!("Basic {text}"), "the password")
    }

    fn header(text: &str, which: &str) -> Result<Self, Fault> {
        let mut value = HeaderValue::try_from(text).map_err(|_| {
            let why = format!("{which} has characters that cannot be sent (a line break?)");
            Fault::new(FaultKind::Unauthenticated, "log in", why).hint("correct the user entry")
        })?;
        value.set_sensitive(true);
        Ok(Self { authorization: Some(value), ..Self::default() })
    }
}

/// A login that did not work. Where the plugin wants a person, `terminal` is what to run with the
/// terminal handed over: [`exec_plugin::run_interactive`], then [`Credentials::install`].
#[derive(Clone, Debug)]
pub struct Refused {
    /// What to tell.
    pub fault: Fault,
    /// The plugin to run with the terminal.
    pub terminal: Option<Arc<ExecSpec>>,
}

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.fault.fmt(f)
    }
}

impl std::error::Error for Refused {}

impl From<Fault> for Refused {
    fn from(fault: Fault) -> Self {
        Self { fault, terminal: None }
    }
}

impl From<Refused> for Fault {
    fn from(refused: Refused) -> Self {
        refused.fault
    }
}

/// Where credentials come from.
#[derive(Clone, Debug)]
pub enum CredentialSource {
    /// It never changes (or there is none: anonymous, or a client certificate alone).
    Fixed(Box<Credential>),
    /// A file with a token, and the token to use while it cannot be read.
    File(PathBuf, Option<SecretString>),
    /// A credential plugin.
    Exec(Arc<ExecSpec>),
}

/// What the session may show of the credential in use.
#[derive(Clone, Debug, Default)]
pub struct CredentialState {
    /// When it ends, Unix seconds.
    pub expires: Option<i64>,
    /// Why it could not be renewed; None once it could.
    pub refused: Option<Refused>,
    /// What the plugin said on stderr while it succeeded; empty without.
    pub said: String,
}

/// One credential as it was given out; the number tells whether a newer one exists.
#[derive(Clone)]
struct Issued {
    number: u64,
    credential: Arc<Credential>,
    at: Instant,
}

type Flight = Shared<BoxFuture<'static, Result<Arc<Credential>, Refused>>>;

#[derive(Default)]
struct State {
    issued: Option<Issued>,
    numbers: u64,
    /// The fetch everybody waits for.
    flight: Option<Flight>,
    failed: Option<(Instant, Refused)>,
}

/// Gives out the credential in use and renews it. Clones share it.
#[derive(Clone)]
pub struct Credentials {
    inner: Arc<Inner>,
}

struct Inner {
    source: CredentialSource,
    transport: Option<Transport>,
    state: Mutex<State>,
    shown: watch::Sender<CredentialState>,
}

impl fmt::Debug for Credentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Credentials").field("source", &self.inner.source).finish_non_exhaustive()
    }
}

impl Credentials {
    /// Nothing is fetched yet. `transport` gets the client certificates a plugin hands out.
    pub fn new(source: CredentialSource, transport: Option<Transport>) -> Self {
        let shown = watch::Sender::new(CredentialState::default());
        Self { inner: Arc::new(Inner { source, transport, state: Mutex::default(), shown }) }
    }

    /// Expiry and trouble, as they change.
    pub fn watch(&self) -> watch::Receiver<CredentialState> {
        self.inner.shown.subscribe()
    }

    /// Fetches the credential now if there is none, so that trouble shows before the first
    /// request.
    ///
    /// # Errors
    /// The login did not work.
    pub async fn prepare(&self) -> Result<(), Refused> {
        self.obtain(None).await.map(drop)
    }

    /// Lets the next request try again at once after a failure: somebody asked for it.
    pub fn forget_failure(&self) {
        self.lock().failed = None;
    }

    /// Uses a credential that was got elsewhere (by [`exec_plugin::run_interactive`]).
    ///
    /// # Errors
    /// Its certificate cannot be used.
    pub async fn install(&self, credential: Credential) -> Result<(), Refused> {
        if let Some(transport) = &self.inner.transport
            && credential.identity.is_some()
        {
            transport.use_identity(credential.identity.clone()).await?;
        }
        let mut state = self.lock();
        state.flight = None;
        self.settle(&mut state, Ok(Arc::new(credential)));
        Ok(())
    }

    /// Whether asking again can give another credential.
    fn renewable(&self) -> bool {
        !matches!(self.inner.source, CredentialSource::Fixed(_))
    }

    /// The credential to use now; another one than number `spent` if that is given. Everybody who
    /// asks while one is being fetched waits for that one. A fetch nobody waits for any more
    /// pauses, and goes on with the next request; it ends with the last clone of this value.
    async fn obtain(&self, spent: Option<u64>) -> Result<Issued, Refused> {
        let flight = {
            let mut state = self.lock();
            if let Some(issued) = &state.issued
                && spent != Some(issued.number)
                && self.fresh(issued)
            {
                return Ok(issued.clone());
            }
            if let Some((at, refused)) = &state.failed
                && at.elapsed() < AFTER_FAILURE
            {
                return Err(refused.clone());
            }
            let held = state.issued.as_ref().map(|issued| issued.credential.clone());
            let fetch = || self.inner.source.clone().fetch(held, self.inner.transport.clone());
            state.flight.get_or_insert_with(|| fetch().boxed().shared()).clone()
        };
        let outcome = flight.clone().await;
        let mut state = self.lock();
        if state.flight.as_ref().is_some_and(|now| now.ptr_eq(&flight)) {
            state.flight = None;
            self.settle(&mut state, outcome.clone());
        }
        match (&state.issued, outcome) {
            // Renewing early failed, but what we hold has not ended yet: use it while it lasts.
            (Some(held), Err(_))
                if spent != Some(held.number)
                    && held.credential.expires.is_some_and(|end| now() < end) =>
            {
                Ok(held.clone())
            }
            (_, Err(refused)) => Err(refused),
            (Some(issued), Ok(_)) => Ok(issued.clone()),
            (None, Ok(credential)) => Ok(Issued { number: 0, credential, at: Instant::now() }),
        }
    }

    fn settle(&self, state: &mut State, outcome: Result<Arc<Credential>, Refused>) {
        let shown = match outcome {
            Ok(credential) => {
                let shown = CredentialState {
                    expires: credential.expires.or(credential.ends),
                    refused: None,
                    said: credential.said.clone(),
                };
                state.numbers += 1;
                state.issued =
                    Some(Issued { number: state.numbers, credential, at: Instant::now() });
                state.failed = None;
                shown
            }
            Err(refused) => {
                state.failed = Some((Instant::now(), refused.clone()));
                let expires = self.inner.shown.borrow().expires;
                CredentialState { expires, refused: Some(refused), said: String::new() }
            }
        };
        self.inner.shown.send_replace(shown);
    }

    fn fresh(&self, issued: &Issued) -> bool {
        let lasting = issued.credential.expires.is_none_or(|end| now() + BEFORE_END < end)
            // A plugin may hand out what ends sooner than we would renew it: use it a little.
            || (issued.at.elapsed() < Duration::from_secs(10)
                && issued.credential.expires.is_some_and(|end| now() < end));
        match self.inner.source {
            CredentialSource::Fixed(_) => true,
            CredentialSource::File(..) => issued.at.elapsed() < FILE_AGE,
            CredentialSource::Exec(_) => lasting,
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.inner.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl CredentialSource {
    async fn fetch(
        self,
        held: Option<Arc<Credential>>,
        transport: Option<Transport>,
    ) -> Result<Arc<Credential>, Refused> {
        match self {
            Self::Fixed(credential) => Ok(Arc::new(*credential)),
            Self::File(path, spare) => {
                let file = path.clone();
                let text =
                    super::connect::blocking("read the token file", move || token_in(&file)).await;
                match (text, held, spare) {
                    (Ok(token), ..) => Ok(Arc::new(Credential::bearer(&token)?)),
                    // Some delete the file once the program runs: what was read stays in use.
                    (Err(_), Some(held), _) => Ok(held),
                    (Err(_), None, Some(spare)) => Ok(Arc::new(Credential::bearer(&spare)?)),
                    (Err(fault), None, None) => Err(fault.into()),
                }
            }
            Self::Exec(spec) => {
                let credential = exec_plugin::run(&spec).await?;
                if let Some(transport) = transport
                    && credential.identity.is_some()
                {
                    transport.use_identity(credential.identity.clone()).await?;
                }
                Ok(Arc::new(credential))
            }
        }
    }
}

fn token_in(path: &Path) -> Result<SecretString, Fault> {
    let what = || format!("read the token file {}", path.display());
    let hint = "check tokenFile in the user entry";
    let text = std::fs::read_to_string(path).map_err(|err| {
        Fault::new(FaultKind::Unauthenticated, what(), err.to_string()).hint(hint)
    })?;
    let text = zeroize::Zeroizing::new(text);
    match text.trim() {
        "" => Err(Fault::new(FaultKind::Unauthenticated, what(), "the file is empty").hint(hint)),
        token => Ok(SecretString::from(token)),
    }
}

/// Unix seconds.
fn now() -> i64 {
    jiff::Timestamp::now().as_second()
}

/// Puts the credential on every request, and tries once more with a fresh one after a 401.
#[derive(Clone, Debug)]
pub struct AuthLayer(pub Credentials);

impl<S> Layer<S> for AuthLayer {
    type Service = Auth<S>;

    fn layer(&self, inner: S) -> Auth<S> {
        Auth { credentials: self.0.clone(), inner }
    }
}

/// See [`AuthLayer`].
#[derive(Clone, Debug)]
pub struct Auth<S> {
    credentials: Credentials,
    inner: S,
}

impl<S> Service<Request<Body>> for Auth<S>
where
    S: Service<Request<Body>, Response = Response<Incoming>, Error = BoxError>
        + Clone
        + Send
        + 'static,
    S::Future: Send,
{
    type Response = Response<Incoming>;
    type Error = BoxError;
    type Future = BoxFuture<'static, Result<Response<Incoming>, BoxError>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), BoxError>> {
        // Readiness is awaited per attempt, below.
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<Body>) -> Self::Future {
        let credentials = self.credentials.clone();
        let inner = self.inner.clone();
        async move {
            let issued = credentials.obtain(None).await?;
            let (parts, body) = request.into_parts();
            if !credentials.renewable() {
                return inner.oneshot(authorized(parts, body, &issued)).await;
            }
            // What we send is small (a patch, a review): keeping a copy costs next to nothing.
            let body = match body.try_clone() {
                Some(copy) => (body, copy),
                None => {
                    let bytes = body.collect_bytes().await?;
                    (Body::from(bytes.clone()), Body::from(bytes))
                }
            };
            let answer = inner.clone().oneshot(authorized(parts.clone(), body.0, &issued)).await?;
            if answer.status() != StatusCode::UNAUTHORIZED {
                return Ok(answer);
            }
            let renewed = credentials.obtain(Some(issued.number)).await?;
            inner.oneshot(authorized(parts, body.1, &renewed)).await
        }
        .boxed()
    }
}

fn authorized(mut parts: http::request::Parts, body: Body, issued: &Issued) -> Request<Body> {
    if let Some(value) = &issued.credential.authorization {
        parts.headers.insert(AUTHORIZATION, value.clone());
    }
    Request::from_parts(parts, body)
}

#[cfg(test)]
#[path = "auth_tests.rs"]
mod tests;
