//! The reader thread: one current_thread runtime for all connections, decoders and requests.
//! Measured: on a multi-thread runtime the same load takes up to twice as long.

use super::batch::Outbox;
use super::connect::{self, ConnectOptions, Connected};
use super::contexts::Changes;
use super::gate::GateLayer;
use super::kubeconfig::KubeconfigSource;
use super::link::Link;
use super::metrics::{self, Wanted};
use super::session::{Connection, Connector, Greeting, Session, Settings};
use super::timing::Timing;
use super::{
    Command, Dial, Event, Shelf, access, coalesce, errand, fetch, list, streams, subscription,
    write,
};
use crate::kinds::UserColumn;
use crate::model::{
    ClusterId, Fault, FaultKind, Plan, PlanId, Scope, StreamId, StreamInput, StreamSpec, SubId,
    Text, Ticket,
};
use rustc_hash::FxHashMap;
use std::collections::BTreeMap;
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::mpsc;
use tokio::task::AbortHandle;
use tokio_util::sync::CancellationToken;

/// What is connected to.
#[derive(Clone)]
pub enum Target {
    /// The contexts of a kubeconfig, with what the command line says on top (its `context` is
    /// ignored: each [`Command::Connect`] names one).
    Kubeconfig(KubeconfigSource, Box<ConnectOptions>),
    /// An embedded cluster behind pipes, and the namespace to start in.
    Embedded(Dial, String),
}

/// How the reader works.
#[derive(Clone)]
pub struct Options {
    /// What is connected to.
    pub target: Target,
    /// Refuse all writes to all clusters, dry runs included; nothing lifts it.
    pub readonly: bool,
    /// Namespaces to watch one by one where all of them may not be listed, by context; the empty
    /// name is for all contexts.
    pub namespaces: BTreeMap<String, Vec<Text>>,
    /// A person's own columns, by plural and group: `pods`, `applications.argoproj.io`.
    pub columns: BTreeMap<String, Vec<UserColumn>>,
    /// All time limits.
    pub timing: Timing,
    /// Where facts of clusters are kept between sessions; None keeps nothing.
    pub shelf: Option<Arc<dyn Shelf>>,
}

impl Options {
    /// Everything as it is by default.
    pub fn new(target: Target) -> Self {
        Self {
            target,
            readonly: false,
            namespaces: BTreeMap::new(),
            columns: BTreeMap::new(),
            timing: Timing::default(),
            shelf: None,
        }
    }
}

impl std::fmt::Debug for Options {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Options").field("readonly", &self.readonly).finish_non_exhaustive()
    }
}

/// The way into the reader thread. The thread ends when all handles are dropped, after the writes
/// that were sent.
#[derive(Clone, Debug)]
pub struct Handle {
    commands: mpsc::UnboundedSender<Command>,
}

impl Handle {
    /// Gives a command. Never blocks; after the thread has ended nothing happens.
    pub fn send(&self, command: Command) {
        // The receiver is gone only when nobody reads events any more.
        let _ = self.commands.send(command);
    }
}

/// Starts the reader thread.
///
/// # Errors
/// The system gives no thread or no event queue.
pub fn start(options: Options, events: mpsc::Sender<Event>) -> Result<Handle, Fault> {
    let Options { target, readonly, namespaces, columns, timing, shelf } = options;
    let settings = Settings { namespaces, columns, readonly };
    start_with(settings, timing, events, move || connector(target, shelf))
}

type Contexts = Option<KubeconfigSource>;

pub(super) fn start_with(
    settings: Settings,
    timing: Timing,
    events: mpsc::Sender<Event>,
    connector: impl FnOnce() -> (Connector, Contexts) + Send + 'static,
) -> Result<Handle, Fault> {
    let failed = |error: std::io::Error| {
        Fault::new(FaultKind::Other, "start the reader thread", error.to_string())
    };
    let (commands, orders) = mpsc::unbounded_channel();
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .on_thread_park(coalesce::before_waiting)
        .build()
        .map_err(failed)?;
    std::thread::Builder::new()
        .name("reader".into())
        .spawn(move || {
            let (connector, contexts) = connector();
            let reader = Reader::new(settings, timing, connector);
            let local = tokio::task::LocalSet::new();
            local.block_on(&runtime, reader.run(orders, events, contexts));
        })
        .map_err(failed)?;
    Ok(Handle { commands })
}

/// Connects for real.
fn connector(target: Target, shelf: Option<Arc<dyn Shelf>>) -> (Connector, Contexts) {
    match target {
        Target::Kubeconfig(source, options) => {
            let contexts = Some(source.clone());
            let connector: Connector = Rc::new(move |greeting: Greeting| {
                let mut options = (*options).clone();
                options.context = Some(greeting.context);
                options.say = Some(greeting.say);
                options.credential = greeting.credential;
                let (source, shelf) = (source.clone(), shelf.clone());
                Box::pin(async move {
                    let load = {
                        let source = source.clone();
                        tokio::task::spawn_blocking(move || source.load())
                    };
                    let kubeconfig = load.await.map_err(|error| {
                        Fault::new(FaultKind::Other, "read the kubeconfig", error.to_string())
                    })??;
                    connect::connect(&kubeconfig, source.surroundings(), &options, &GateLayer)
                        .await
                        .map(|connected| connection(connected, shelf))
                })
            });
            (connector, contexts)
        }
        Target::Embedded(dial, namespace) => {
            let connector: Connector = Rc::new(move |_| {
                let connected = connect::connect_demo(dial.clone(), &namespace, &GateLayer);
                let connected =
                    connected.map(|connected| connection(connected, None)).map_err(Into::into);
                Box::pin(std::future::ready(connected))
            });
            (connector, None)
        }
    }
}

fn connection(connected: Connected, shelf: Option<Arc<dyn Shelf>>) -> Connection {
    let Connected { client, info, loopback, uncompressed, credentials, name, .. } = connected;
    let gzip = !loopback && !uncompressed;
    let shelf = shelf.zip(name);
    Connection { client, info, gzip, credentials: Some(credentials), shelf }
}

/// One cluster and what runs for it.
struct Running {
    session: Rc<Session>,
    tasks: Vec<AbortHandle>,
    metrics: Option<(Wanted, AbortHandle)>,
}

pub(super) struct Reader {
    settings: Rc<Settings>,
    timing: Timing,
    connector: Connector,
    outbox: Rc<Outbox>,
    clusters: FxHashMap<ClusterId, Running>,
    subs: FxHashMap<SubId, (ClusterId, AbortHandle)>,
    streams: FxHashMap<StreamId, Streaming>,
    errands: FxHashMap<Ticket, AbortHandle>,
    writes: tokio::task::JoinSet<()>,
    /// What calls a plan off, and whether it still sends.
    plans: FxHashMap<PlanId, (CancellationToken, AbortHandle)>,
}

/// One stream that runs beside the tables.
struct Streaming {
    cluster: ClusterId,
    input: mpsc::UnboundedSender<StreamInput>,
    task: AbortHandle,
}

impl Reader {
    pub(super) fn new(settings: Settings, timing: Timing, connector: Connector) -> Self {
        Self {
            outbox: Outbox::new(timing.batch),
            settings: Rc::new(settings),
            timing,
            connector,
            clusters: FxHashMap::default(),
            subs: FxHashMap::default(),
            streams: FxHashMap::default(),
            errands: FxHashMap::default(),
            writes: tokio::task::JoinSet::new(),
            plans: FxHashMap::default(),
        }
    }

    /// The way out, to count who holds it.
    #[cfg(test)]
    pub(super) fn outbox(&self) -> Rc<Outbox> {
        Rc::clone(&self.outbox)
    }

    pub(super) async fn run(
        mut self,
        mut orders: mpsc::UnboundedReceiver<Command>,
        events: mpsc::Sender<Event>,
        contexts: Contexts,
    ) {
        let mut pump = tokio::task::spawn_local(Rc::clone(&self.outbox).pump(events));
        if let Some(source) = contexts {
            let told = tell_contexts(Rc::clone(&self.outbox), source, self.timing.kubeconfig);
            tokio::task::spawn_local(told);
        }
        loop {
            tokio::select! {
                order = orders.recv() => match order {
                    Some(order) => self.obey(order),
                    None => break,
                },
                Some(_) = self.writes.join_next(), if !self.writes.is_empty() => {}
                // Nobody listens any more.
                _ = &mut pump => break,
            }
        }
        for id in self.clusters.keys().copied().collect::<Vec<_>>() {
            self.disconnect(id);
        }
        // A write that was sent is never cancelled; it has its own time limit.
        while self.writes.join_next().await.is_some() {}
    }

    fn obey(&mut self, order: Command) {
        match order {
            Command::Connect { cluster, context } => self.connect(cluster, context),
            Command::Disconnect(cluster) => self.disconnect(cluster),
            Command::Subscribe { sub, need } => {
                let Some(running) = self.clusters.get(&need.cluster) else { return };
                let session = Rc::clone(&running.session);
                if let Scope::Namespaces(names) = &need.scope {
                    session.visit(names);
                }
                let cluster = need.cluster;
                let task = tokio::task::spawn_local(subscription::serve(session, sub, need));
                if let Some((_, old)) = self.subs.insert(sub, (cluster, task.abort_handle())) {
                    old.abort();
                }
            }
            Command::Unsubscribe(sub) => {
                if let Some((_, task)) = self.subs.remove(&sub) {
                    task.abort();
                }
                self.outbox.forget(sub);
            }
            Command::Get { ticket, object } => {
                let session = self.session(object.cluster);
                let outbox = Rc::clone(&self.outbox);
                tokio::task::spawn_local(async move {
                    let answer = match session {
                        Ok(session) => fetch::get(&session, &object).await,
                        Err(fault) => Err(fault),
                    };
                    outbox.tell(Event::Answer(ticket, answer));
                });
            }
            Command::Read { ticket, cluster, read } => {
                let session = self.session(cluster);
                let outbox = Rc::clone(&self.outbox);
                tokio::task::spawn_local(async move {
                    let answer = match session {
                        Ok(session) => fetch::read(&session, &read).await,
                        Err(fault) => Err(fault),
                    };
                    outbox.tell(Event::Answer(ticket, answer));
                });
            }
            Command::Carry { ticket, cluster, errand } => {
                // Those that are over are forgotten here.
                self.errands.retain(|_, task| !task.is_finished());
                let carried = errand::carry(self.session(cluster), errand, self.timing.jq);
                let task = tokio::task::spawn_local(carried).abort_handle();
                if let Some(old) = self.errands.insert(ticket, task) {
                    old.abort();
                }
            }
            Command::Drop(ticket) => {
                if let Some(task) = self.errands.remove(&ticket) {
                    task.abort();
                }
            }
            Command::Open { stream, spec, plan, out } => self.open(stream, spec, plan, out),
            Command::Input(stream, input) => {
                if let Some(streaming) = self.streams.get(&stream) {
                    // Of a stream that has ended nobody wants input any more.
                    let _ = streaming.input.send(input);
                }
            }
            Command::Close(stream) => {
                if let Some(streaming) = self.streams.remove(&stream) {
                    streaming.task.abort();
                }
            }
            Command::List { need, rows, out } => {
                let session = self.session(need.cluster);
                tokio::task::spawn_local(async move {
                    match session {
                        Ok(session) => list::run(session, need, rows, out).await,
                        Err(fault) => drop(out.send(list::Page::End(Err(fault))).await),
                    }
                });
            }
            Command::Ask { ticket, question } => {
                let session = self.session(question.cluster);
                let outbox = Rc::clone(&self.outbox);
                tokio::task::spawn_local(async move {
                    let answer = match session {
                        Ok(session) => access::ask(&session, question).await,
                        Err(fault) => Err(fault),
                    };
                    outbox.tell(Event::Answer(ticket, answer));
                });
            }
            Command::Run(plan) => match self.session(plan.cluster) {
                Ok(session) => {
                    let calls_off = CancellationToken::new();
                    self.plans.retain(|_, (_, running)| !running.is_finished());
                    let id = plan.id;
                    let task =
                        self.writes.spawn_local(write::run(session, plan, calls_off.clone()));
                    self.plans.insert(id, (calls_off, task));
                }
                Err(fault) => {
                    for i in 0..plan.requests.len() {
                        let state = crate::model::FollowState::Failed(fault.clone());
                        self.outbox.tell(Event::Follow(plan.id, i, state));
                    }
                    self.outbox.tell(Event::Answered(plan.id));
                }
            },
            Command::Cancel(plan) => {
                if let Some((calls_off, _)) = self.plans.get(&plan) {
                    calls_off.cancel();
                }
            }
            Command::Metrics { cluster, pods, nodes } => {
                self.metrics(cluster, Wanted { pods, nodes });
            }
            Command::Retry(cluster) => {
                if let Some(running) = self.clusters.get(&cluster) {
                    running.session.retry();
                }
            }
            Command::Login { cluster, outcome } => {
                if let Some(running) = self.clusters.get(&cluster) {
                    let session = Rc::clone(&running.session);
                    tokio::task::spawn_local(async move { session.logged_in(outcome).await });
                }
            }
            Command::Readonly(cluster, readonly) => {
                if let Some(running) = self.clusters.get(&cluster) {
                    running.session.set_readonly(readonly);
                }
            }
        }
    }

    fn open(
        &mut self,
        stream: StreamId,
        spec: StreamSpec,
        plan: Option<Plan>,
        out: streams::Listener,
    ) {
        // Those that have ended by themselves are forgotten here.
        self.streams.retain(|_, streaming| !streaming.task.is_finished());
        let cluster = spec.cluster();
        let feed = streams::Feed::new(stream, out);
        let (sender, input) = mpsc::unbounded_channel();
        let task = match self.session(cluster) {
            Ok(session) => tokio::task::spawn_local(streams::run(session, spec, plan, feed, input)),
            Err(fault) => tokio::task::spawn_local(async move {
                feed.tell(spec.failed(fault)).await;
            }),
        };
        let streaming = Streaming { cluster, input: sender, task: task.abort_handle() };
        self.streams.insert(stream, streaming);
    }

    fn session(&self, cluster: ClusterId) -> Result<Rc<Session>, Fault> {
        self.clusters.get(&cluster).map(|running| Rc::clone(&running.session)).ok_or_else(|| {
            Fault::new(FaultKind::Network, "send a request", "this cluster is not connected")
        })
    }

    fn connect(&mut self, cluster: ClusterId, context: String) {
        self.disconnect(cluster);
        let link = Link::new(cluster, self.timing.clone(), Rc::clone(&self.outbox));
        let session = Session::new(link, context, Rc::clone(&self.settings));
        let keep = tokio::task::spawn_local(Rc::clone(&session).keep(Rc::clone(&self.connector)));
        let discover = {
            let session = Rc::clone(&session);
            tokio::task::spawn_local(async move { session.catalog.keep(&session.link).await })
        };
        let tasks = vec![keep.abort_handle(), discover.abort_handle()];
        self.clusters.insert(cluster, Running { session, tasks, metrics: None });
    }

    fn disconnect(&mut self, cluster: ClusterId) {
        let Some(running) = self.clusters.remove(&cluster) else { return };
        let polls = running.metrics.map(|(_, task)| task);
        for task in running.tasks.into_iter().chain(polls) {
            task.abort();
        }
        self.streams.retain(|_, streaming| {
            if streaming.cluster == cluster {
                streaming.task.abort();
            }
            streaming.cluster != cluster
        });
        let outbox = &self.outbox;
        self.subs.retain(|sub, (of, task)| {
            if *of == cluster {
                task.abort();
                outbox.forget(*sub);
            }
            *of != cluster
        });
    }

    fn metrics(&mut self, cluster: ClusterId, wanted: Wanted) {
        let Some(running) = self.clusters.get_mut(&cluster) else { return };
        if running.metrics.as_ref().is_some_and(|(now, _)| *now == wanted) {
            return;
        }
        if let Some((_, task)) = running.metrics.take() {
            task.abort();
        }
        if wanted.pods.is_some() || wanted.nodes {
            let session = Rc::clone(&running.session);
            let task = tokio::task::spawn_local(metrics::poll(session, wanted.clone()));
            running.metrics = Some((wanted, task.abort_handle()));
        }
    }
}

/// The contexts now, and again whenever a kubeconfig file changed.
async fn tell_contexts(outbox: Rc<Outbox>, source: KubeconfigSource, poll: Duration) {
    let mut changes = Changes::since_now(source.clone());
    loop {
        let load = source.clone();
        // A file that cannot be read is told by whoever connects; the old contexts stay.
        if let Ok(Ok(kubeconfig)) = tokio::task::spawn_blocking(move || load.load()).await {
            outbox.tell(Event::Contexts(kubeconfig.contexts()));
        }
        loop {
            tokio::time::sleep(poll).await;
            let looked = tokio::task::spawn_blocking(move || {
                let changed = changes.poll();
                (changes, changed)
            });
            let Ok((again, changed)) = looked.await else { return };
            changes = again;
            if changed {
                break;
            }
        }
    }
}
