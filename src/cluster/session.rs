//! One cluster from connecting to disconnecting: gets the client, finds out within seconds that the
//! server is away or back, and tells everybody.

use super::Event;
use super::access::Access;
use super::auth::{Credential, Credentials, Refused};
use super::discovery::Catalog;
use super::errors::{self, Refusal};
use super::facts::Shelf;
use super::link::{Link, Up, unix_after};
use super::listwatch::Dice;
use super::login::Login;
use super::wire::{self, Ask};
use crate::kinds::UserColumn;
use crate::model::{ClusterEvent, ClusterInfo, Fault, FaultKind, Gvr, LinkState, Text};
use futures::future::LocalBoxFuture;
use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::rc::Rc;
use std::time::Duration;
use tokio::sync::mpsc;
use tokio::time::Instant;

/// A connection that was built: nothing was sent to the API server yet.
pub(crate) struct Connection {
    pub(crate) client: kube::Client,
    pub(crate) info: ClusterInfo,
    /// Ask for compressed lists.
    pub(crate) gzip: bool,
    /// Its credential, where there is one that may change.
    pub(crate) credentials: Option<Credentials>,
    /// Where facts of this cluster are kept between sessions, and under which name.
    pub(crate) shelf: Option<(std::sync::Arc<dyn Shelf>, String)>,
}

/// Told what takes time while connecting.
pub(crate) type Say = std::sync::Arc<dyn Fn(String) + Send + Sync>;

/// What a connection is built from.
pub(crate) struct Greeting {
    pub(crate) context: String,
    pub(crate) say: Say,
    /// What a person got by logging in: the plugin need not run again.
    pub(crate) credential: Option<Credential>,
}

/// Builds connections to a context.
pub(crate) type Connector =
    Rc<dyn Fn(Greeting) -> LocalBoxFuture<'static, Result<Connection, Refused>>>;

/// What is the same for all clusters.
#[derive(Clone, Debug, Default)]
pub(crate) struct Settings {
    /// Namespaces to fall back to, by context; the empty name is for all contexts.
    pub(crate) namespaces: BTreeMap<String, Vec<Text>>,
    /// A person's own columns, by plural and group (`pods`, `applications.argoproj.io`).
    pub(crate) columns: BTreeMap<String, Vec<UserColumn>>,
    /// No write to any cluster, whatever is said later.
    pub(crate) readonly: bool,
}

/// One cluster.
pub(crate) struct Session {
    pub(crate) link: Rc<Link>,
    pub(crate) catalog: Catalog,
    pub(crate) access: Access,
    settings: Rc<Settings>,
    context: String,
    info: RefCell<ClusterInfo>,
    credentials: RefCell<Option<Credentials>>,
    visited: RefCell<Vec<Text>>,
    /// Writes to this cluster are refused: until somebody who knows says otherwise.
    readonly: Cell<bool>,
    /// What a person got by logging in before there was a connection to use it.
    given: RefCell<Option<Credential>>,
}

impl Session {
    pub(crate) fn new(link: Rc<Link>, context: String, settings: Rc<Settings>) -> Rc<Self> {
        Rc::new(Self {
            link,
            catalog: Catalog::default(),
            access: Access::default(),
            settings,
            context,
            info: RefCell::default(),
            credentials: RefCell::default(),
            visited: RefCell::default(),
            readonly: Cell::new(true),
            given: RefCell::default(),
        })
    }

    /// Somebody looked into these namespaces: they are worth a fallback.
    pub(crate) fn visit(&self, names: &[Text]) {
        let mut visited = self.visited.borrow_mut();
        for name in names {
            if !visited.contains(name) {
                visited.push(name.clone());
            }
        }
    }

    /// Namespaces to look into where all of them may not be listed: configured ones, the context's,
    /// visited ones.
    pub(crate) fn namespaces(&self) -> Vec<Text> {
        let of = |context| self.settings.namespaces.get(context).into_iter().flatten().cloned();
        let mut names: Vec<Text> = of(&*self.context).chain(of("")).collect();
        let own = self.info.borrow().context.namespace.clone();
        // The command line may have named several, or all.
        let own = own.split(',').map(str::trim).filter(|name| !matches!(*name, "" | "all" | "*"));
        let had = names.len();
        names.extend(own.map(Text::from));
        if names.len() == had {
            names.push(arcstr::literal!("default"));
        }
        names.extend(self.visited.borrow().iter().cloned());
        let mut seen = rustc_hash::FxHashSet::default();
        names.retain(|name| !name.is_empty() && seen.insert(name.clone()));
        names
    }

    /// A person's own columns for this kind.
    pub(crate) fn user_columns(&self, gvr: &Gvr) -> &[UserColumn] {
        let name = if gvr.group.is_empty() {
            gvr.plural.to_string()
        } else {
            format!("{}.{}", gvr.plural, gvr.group)
        };
        self.settings.columns.get(&name).map_or(&[], Vec::as_slice)
    }

    /// Whether writes are refused, as of now.
    pub(crate) fn readonly(&self) -> bool {
        self.settings.readonly || self.readonly.get()
    }

    pub(crate) fn set_readonly(&self, readonly: bool) {
        self.readonly.set(readonly);
    }

    /// Goes on with what a person got by logging in, or tells why they got nothing.
    pub(crate) async fn logged_in(&self, outcome: Result<Credential, Fault>) {
        let credentials = self.credentials.borrow().clone();
        let done = match (outcome, credentials) {
            (Ok(credential), Some(credentials)) => {
                credentials.install(credential).await.map_err(Fault::from)
            }
            (Ok(credential), None) => {
                *self.given.borrow_mut() = Some(credential);
                Ok(())
            }
            (Err(fault), None) => {
                self.link.tell(ClusterEvent::Link(LinkState::Failed(fault)));
                return;
            }
            (Err(fault), Some(_)) => Err(fault),
        };
        match done {
            Ok(()) => self.retry(),
            Err(fault) => self.link.tell(ClusterEvent::Notice(fault)),
        }
    }

    /// Keeps the connection until it is dropped.
    pub(crate) async fn keep(self: Rc<Self>, connector: Connector) {
        self.connect(&connector).await;
        let seed = super::listwatch::seed();
        let mut dice = Dice::new(seed);
        let link = &self.link;
        // Streams start with the client; the first sign of life goes on beside them.
        link.set_up(Up::Yes);
        let live = self.live(&mut dice);
        tokio::join!(live, self.credential(), link.notes.keep());
    }

    /// Tells about the credential in use as it changes.
    async fn credential(&self) {
        let Some(mut watch) = self.credentials.borrow().as_ref().map(Credentials::watch) else {
            return;
        };
        let (mut expires, mut said, mut asked) = (None, String::new(), false);
        loop {
            let now = watch.borrow_and_update().clone();
            let refused =
                now.refused.and_then(|Refused { fault, terminal }| Some((fault, terminal?)));
            match refused {
                // Told once per trouble; every stream that is refused would tell it again.
                Some((fault, plugin)) if !std::mem::replace(&mut asked, true) => {
                    // Somebody may be typing: the terminal is not taken from under their fingers.
                    let login = Login::new(plugin, &self.context, fault, false);
                    self.link.tell(ClusterEvent::Notice(login.waits()));
                    self.link.outbox.tell(Event::Login(self.link.cluster, login));
                }
                Some(_) => {}
                // Said even where it ends as the last one did: nobody need log in any more.
                None if std::mem::take(&mut asked) => {
                    self.link.tell(ClusterEvent::Credential(now.expires));
                }
                None => {}
            }
            if now.expires != expires {
                expires = now.expires;
                self.link.tell(ClusterEvent::Credential(expires));
            }
            if now.said != said && !now.said.is_empty() {
                let what = format!("log in to {}", self.context);
                let words = Fault::new(FaultKind::Unauthenticated, what, errors::line(&now.said));
                self.link.tell(ClusterEvent::Notice(words));
            }
            said = now.said;
            if watch.changed().await.is_err() {
                return;
            }
        }
    }

    /// Everything that waits for a retry retries now.
    pub(crate) fn retry(&self) {
        if let Some(credentials) = &*self.credentials.borrow() {
            credentials.forget_failure();
        }
        self.access.forget();
        self.link.kick();
    }

    async fn live(&self, dice: &mut Dice) {
        let link = &self.link;
        let mut sign = self.unless_it_trickles(self.version()).await;
        loop {
            if let Err(why) = sign {
                self.broken(why, dice).await;
            }
            link.tell(ClusterEvent::Link(LinkState::Live));
            sign = loop {
                let mut kicks = link.kicks();
                tokio::select! {
                    () = link.suspected() => {}
                    // A regained focus or a clock that jumped: look at once.
                    _ = kicks.changed() => {}
                }
                let sign = self.unless_it_trickles(self.alive("/version")).await;
                if sign.is_err() {
                    break sign;
                }
                tokio::time::sleep(link.timing.probe_gap).await;
            };
        }
    }

    /// A sign of life that does not come in time says nothing while bytes of older answers still do: the server, or the
    /// way to it, is slow, and what is on its way would only have to be sent again.
    async fn unless_it_trickles(
        &self,
        sign: impl Future<Output = Result<(), Fault>>,
    ) -> Result<(), Fault> {
        let asked = Instant::now();
        match sign.await {
            Err(why) if why.code.is_none() && self.link.trickled().is_some_and(|at| at > asked) => {
                tracing::debug!(%why, "slow, but not away");
                Ok(())
            }
            sign => sign,
        }
    }

    async fn connect(&self, connector: &Connector) {
        let link = &self.link;
        let mut wait = link.timing.backoff_first;
        // The person has just asked for this connection.
        let mut fresh = true;
        loop {
            let said = format!("connecting to {}", self.context);
            link.tell(ClusterEvent::Link(LinkState::Connecting(said)));
            // Said from another thread, heard on this one.
            let (tx, mut heard) = mpsc::unbounded_channel();
            let say: Say = std::sync::Arc::new(move |words| drop(tx.send(words)));
            let tell = async {
                while let Some(words) = heard.recv().await {
                    link.tell(ClusterEvent::Link(LinkState::Connecting(errors::line(&words))));
                }
                std::future::pending::<()>().await;
            };
            let credential = self.given.borrow_mut().take();
            let greeting = Greeting { context: self.context.clone(), say, credential };
            let built = tokio::select! {
                built = connector(greeting) => built,
                () = tell => continue,
            };
            match built {
                Ok(Connection { client, info, gzip, credentials, shelf }) => {
                    *self.info.borrow_mut() = info.clone();
                    *self.credentials.borrow_mut() = credentials;
                    link.set_client(client, gzip);
                    link.tell(ClusterEvent::Info(info));
                    if let Some((shelf, name)) = shelf {
                        link.notes.open(shelf, name).await;
                        self.catalog.remember(link);
                    }
                    return;
                }
                Err(Refused { fault, .. }) if fault.kind == FaultKind::Network => {
                    let since = link.heard_unix();
                    let retry_at = unix_after(wait);
                    let broken = LinkState::Broken { since, retry_at, why: fault.clone() };
                    link.tell(ClusterEvent::Link(broken));
                    link.set_up(Up::Down { since, retry_at, why: fault });
                    link.pause(wait).await;
                    wait = (wait * 2).min(link.timing.backoff_max);
                }
                Err(Refused { fault, terminal }) => {
                    // Only a person can help; they may do so at any time.
                    let fault = match terminal {
                        Some(plugin) => {
                            let first = std::mem::take(&mut fresh);
                            let login = Login::new(plugin, &self.context, fault, first);
                            let waits = login.waits();
                            link.outbox.tell(Event::Login(link.cluster, login));
                            waits
                        }
                        None => fault,
                    };
                    link.tell(ClusterEvent::Link(LinkState::Failed(fault.clone())));
                    let retry_at = unix_after(link.timing.denied);
                    let since = link.heard_unix();
                    link.set_up(Up::Down { since, retry_at, why: fault });
                    link.pause(link.timing.denied).await;
                }
            }
        }
    }

    /// The server does not answer: all streams are broken, and we ask until it is back.
    async fn broken(&self, mut why: Fault, dice: &mut Dice) {
        let link = &self.link;
        let began = Instant::now();
        let mut wait = link.timing.backoff_first;
        loop {
            let since = link.heard_unix();
            let retry_at = unix_after(wait);
            link.set_up(Up::Down { since, retry_at, why: why.clone() });
            link.tell(ClusterEvent::Link(LinkState::Broken { since, retry_at, why: why.clone() }));
            link.pause(wait / 2 + dice.below(wait / 2)).await;
            // A server that has just started says no to what it will allow in a moment: wait until
            // it calls itself ready, but not for ever.
            let patient = began.elapsed() < link.timing.backoff_max * 4;
            let path = if patient { "/readyz" } else { "/version" };
            match self.alive(path).await {
                Ok(()) => break,
                Err(fault) => why = fault,
            }
            wait = (wait * 2).min(link.timing.backoff_max);
        }
        link.set_up(Up::Yes);
        // Those who wait for a retry need not wait any longer.
        link.kick();
    }

    /// Any answer of the API server is a sign of life, whatever it says about us.
    async fn alive(&self, path: &str) -> Result<(), Fault> {
        self.sign(path).await.map(|_| ())
    }

    async fn sign(&self, path: &str) -> Result<Vec<u8>, Fault> {
        let mut ask = Ask::get("reach the server", path, self.link.timing.probe);
        ask.blind = true;
        match wire::whole(&self.link, &ask).await {
            Ok((_, body)) => Ok(body),
            Err(Refusal { fault, .. }) => match fault.code {
                Some(500) if path == "/readyz" => Err(fault),
                Some(502..=504) | None => Err(fault),
                Some(_) => Ok(Vec::new()),
            },
        }
    }

    /// The first sign of life, which also tells the server's version.
    async fn version(&self) -> Result<(), Fault> {
        let body = self.sign("/version").await?;
        #[derive(serde::Deserialize)]
        #[serde(rename_all = "camelCase")]
        struct Version {
            git_version: String,
        }
        if let Ok(version) = serde_json::from_slice::<Version>(&body) {
            let version = errors::line(&version.git_version);
            self.link.notes.note(|facts| {
                let news = facts.version != version;
                facts.version.clone_from(&version);
                news
            });
            self.info.borrow_mut().version = version.into();
            self.link.tell(ClusterEvent::Info(self.info.borrow().clone()));
        }
        Ok(())
    }

    /// Waits for the connection, but not longer than `limit`.
    pub(crate) async fn ready(&self, what: &str, limit: Duration) -> Result<(), Fault> {
        if tokio::time::timeout(limit, self.link.until_up()).await.is_ok() {
            return Ok(());
        }
        Err(match self.link.up() {
            Up::Down { why, .. } => Fault { what: what.to_owned(), ..why },
            _ => Fault::new(FaultKind::Network, what, "there is no connection yet"),
        })
    }
}
