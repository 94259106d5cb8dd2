//! Talking to a cluster without a UI: connect, ask, print, leave.

use super::args::Global;
use crate::cluster::connect::ConnectOptions;
use crate::cluster::kubeconfig::{KubeconfigSource, Surroundings};
use crate::cluster::{self, Command, Event, Handle, Options, Page, Target, Timing};
use crate::drift::{Job, News, Together};
use crate::hazards::Credential;
use crate::model::{
    Answer, Catalogue, ClusterEvent, ClusterId, Fault, FaultKind, FollowState, LinkState, Need,
    ObjRef, Plan, Read, StreamEvent, StreamId, StreamInput, StreamSpec, SubEvent, SubId, Text,
    Ticket,
};
use crate::runtime::config_files::Places;
use crate::runtime::fact_files::FactFiles;
use crate::ui::settings::Loaded;
use std::collections::HashMap;
use std::io::IsTerminal;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::runtime::Runtime;
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::mpsc;
use tokio::time::timeout;

/// How long a connection may take before a command gives up.
const PATIENCE: Duration = Duration::from_secs(30);
/// Events that may wait.
const QUEUE: usize = 64;
/// Whole objects fetched at a time.
const IN_FLIGHT: usize = 32;
/// The only cluster of a headless command.
pub const CLUSTER: ClusterId = ClusterId(0);

/// What to connect to.
pub struct Where {
    /// For the reader.
    pub target: Target,
    /// The context's name.
    pub context: String,
    /// Namespace to begin in; empty for all.
    pub namespace: String,
}

/// The context that the command line and the kubeconfig name.
///
/// # Errors
/// There is no usable kubeconfig, or no such context.
pub fn place(global: &Global) -> Result<Where, Fault> {
    let source = KubeconfigSource::new(global.kubeconfig.clone(), Surroundings::of_process());
    let chosen = source.load()?.choose(global.context.as_deref())?;
    let options = ConnectOptions {
        namespace: global.namespace.clone(),
        as_user: global.as_user.clone(),
        as_groups: global.as_group.clone(),
        ..ConnectOptions::default()
    };
    Ok(Where {
        target: Target::Kubeconfig(source, Box::new(options)),
        context: chosen.info.name.to_string(),
        namespace: chosen.info.namespace.to_string(),
    })
}

/// The reader's options.
pub fn options(global: &Global, place: &Where, config: &Loaded) -> Options {
    let mut options = Options::new(place.target.clone());
    options.readonly = global.readonly;
    options.timing = Timing::of_process();
    let texts = |names: &[String]| names.iter().map(|name| Text::from(name.as_str())).collect();
    for (name, own) in &config.settings.contexts {
        options.namespaces.insert(name.clone(), texts(&own.namespaces));
    }
    options.namespaces.insert(String::new(), texts(&config.settings.namespaces));
    options.columns = config.settings.columns.iter().cloned().collect();
    options.shelf = FactFiles::new(&Places::find(&|name| std::env::var(name).ok()))
        .map(|files| Arc::new(files) as Arc<dyn cluster::Shelf>);
    if let Some(limit) = global.request_timeout.filter(|limit| !limit.is_zero()) {
        let probe = limit.min(options.timing.probe);
        options.timing =
            Timing { get: limit, list_answer: limit, write: limit, probe, ..options.timing };
    }
    options
}

/// Why a plan is not followed any further.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Followed {
    /// All of it has ended, or the connection has.
    ToTheEnd,
    /// What was waited for is there.
    Enough,
    /// By Ctrl-C.
    CalledOff,
    /// It took too long.
    TimeOver,
}

/// What happened first.
pub enum Woken<T> {
    /// The stream told something; None when it is over.
    Told(Option<StreamEvent>),
    /// The other thing.
    Other(T),
}

/// A connection for one command.
pub struct Headless {
    runtime: Runtime,
    handle: Handle,
    events: mpsc::Receiver<Event>,
    /// A person has just logged in: the refusal that led to it is over.
    logged_in: bool,
    /// A person is needed, and there is no terminal to ask one.
    alone: Option<Fault>,
    /// When the credential ends, and whether it is renewed without anybody's help.
    ends: (Option<i64>, bool),
    /// The kinds the cluster serves.
    pub catalogue: Catalogue,
}

impl Headless {
    /// Connects, and waits until the cluster has told which kinds it serves.
    ///
    /// # Errors
    /// It cannot be reached, or says no.
    pub fn connect(options: Options, context: &str) -> Result<Self, Fault> {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .map_err(|error| Fault::new(FaultKind::Other, "connect", error.to_string()))?;
        let (sender, events) = mpsc::channel(QUEUE);
        let handle = cluster::start(options, sender)?;
        handle.send(Command::Connect { cluster: CLUSTER, context: context.to_owned() });
        let catalogue = Catalogue::default();
        let mut this = Self {
            runtime,
            handle,
            events,
            logged_in: false,
            alone: None,
            ends: (None, false),
            catalogue,
        };
        let mut why = None;
        let resources = loop {
            match this.next(PATIENCE) {
                Some(Event::Cluster(_, ClusterEvent::Discovery(resources))) => break resources,
                Some(Event::Cluster(_, ClusterEvent::Link(LinkState::Failed(_))))
                    if std::mem::take(&mut this.logged_in) => {}
                Some(Event::Cluster(_, ClusterEvent::Link(LinkState::Failed(fault)))) => {
                    return Err(this.alone.take().unwrap_or(fault));
                }
                // A script wants an answer, not a connection that keeps trying.
                Some(Event::Cluster(_, ClusterEvent::Link(LinkState::Broken { why, .. }))) => {
                    return Err(why);
                }
                // A script wants an answer; only what passes by itself is waited for.
                Some(Event::Cluster(_, ClusterEvent::Notice(fault)))
                    if fault.what == cluster::DISCOVERY && fault.kind != FaultKind::Busy =>
                {
                    return Err(fault);
                }
                Some(Event::Cluster(_, ClusterEvent::Notice(fault))) => why = Some(fault),
                Some(_) => {}
                None => {
                    return Err(why.unwrap_or_else(|| {
                        Fault::new(FaultKind::Network, format!("connect to {context}"), "no answer")
                            .hint("`kubectl --context … version` tells whether the cluster answers")
                    }));
                }
            }
        };
        this.catalogue = Catalogue::new(resources.to_vec());
        Ok(this)
    }

    /// The next event; None when there was none for that long, or the reader has ended.
    pub fn next(&mut self, limit: Duration) -> Option<Event> {
        loop {
            let events = &mut self.events;
            let next = async { timeout(limit, events.recv()).await.ok().flatten() };
            let event = self.runtime.block_on(next)?;
            match &event {
                Event::Cluster(_, ClusterEvent::Credential(ends)) => self.ends.0 = *ends,
                Event::Cluster(_, ClusterEvent::Info(info)) => self.ends.1 = info.renews,
                _ => {}
            }
            if let Some(event) = self.log_in(event) {
                return Some(event);
            }
        }
    }

    /// Runs the credential plugin that an event asks for; other events are handed back.
    fn log_in(&mut self, event: Event) -> Option<Event> {
        match event {
            Event::Login(cluster, login) => {
                if std::io::stdin().is_terminal() {
                    // Ctrl-C ends the plugin and this command together, as any pipeline.
                    let outcome = self.runtime.block_on(login.run());
                    self.logged_in = true;
                    self.handle.send(Command::Login { cluster, outcome });
                } else {
                    let hint = "run this on a terminal, or log in by hand first";
                    self.alone = Some(login.fault.hint(hint));
                }
                None
            }
            event => Some(event),
        }
    }

    /// The credential in use, where it ends and nothing renews it.
    pub fn credential(&self, context: &str) -> Option<Credential> {
        let ends = self.ends.0.filter(|_| !self.ends.1)?;
        Some(Credential { context: context.to_owned(), ends })
    }

    /// Lists whole objects; the pages come out of the receiver, see [`Headless::next_page`].
    pub fn list(&self, need: Need, rows: bool) -> mpsc::Receiver<Page> {
        let (out, pages) = mpsc::channel(1);
        self.handle.send(Command::List { need, rows, out });
        pages
    }

    /// The next page; None when none came for long, or the reader has ended.
    pub fn next_page(&mut self, pages: &mut mpsc::Receiver<Page>) -> Option<Page> {
        enum Woken {
            Page(Option<Page>),
            Event(Option<Event>),
        }
        loop {
            let events = &mut self.events;
            let next = async {
                tokio::select! {
                    biased;
                    page = pages.recv() => Woken::Page(page),
                    event = events.recv() => Woken::Event(event),
                }
            };
            match self.runtime.block_on(async { timeout(PATIENCE * 2, next).await }) {
                Ok(Woken::Page(page)) => return page,
                Ok(Woken::Event(event)) => {
                    // A login may be wanted; other news end up in the list's own end.
                    self.log_in(event?);
                }
                Err(_) => return None,
            }
        }
    }

    /// Opens a stream. What it tells comes out of the receiver, see [`Headless::next_told`].
    pub fn open(
        &self,
        stream: StreamId,
        spec: StreamSpec,
        plan: Option<Plan>,
        readonly: bool,
    ) -> mpsc::Receiver<(StreamId, StreamEvent)> {
        let (out, told) = mpsc::channel(QUEUE);
        self.handle.send(Command::Readonly(CLUSTER, readonly));
        self.handle.send(Command::Open { stream, spec, plan, out });
        told
    }

    /// What a stream tells next, however long that takes; None when it is over.
    pub fn next_told(
        &mut self,
        told: &mut mpsc::Receiver<(StreamId, StreamEvent)>,
    ) -> Option<StreamEvent> {
        match self.next_told_or(told, std::future::pending::<()>()) {
            Woken::Told(event) => event,
            // Nothing is ever ready there.
            Woken::Other(()) => None,
        }
    }

    /// What happens first: something that the stream tells, or `other`, which is given up otherwise.
    pub fn next_told_or<T>(
        &mut self,
        told: &mut mpsc::Receiver<(StreamId, StreamEvent)>,
        other: impl Future<Output = T>,
    ) -> Woken<T> {
        enum Next<T> {
            Told(Option<(StreamId, StreamEvent)>),
            Event(Option<Event>),
            Other(T),
        }
        let mut other = std::pin::pin!(other);
        loop {
            let events = &mut self.events;
            let next = async {
                tokio::select! {
                    biased;
                    told = told.recv() => Next::Told(told),
                    event = events.recv() => Next::Event(event),
                    other = &mut other => Next::Other(other),
                }
            };
            match self.runtime.block_on(next) {
                Next::Told(told) => return Woken::Told(told.map(|(_, event)| event)),
                // A login may be wanted; other news end up in the stream's own words.
                Next::Event(Some(event)) => drop(self.log_in(event)),
                Next::Event(None) => return Woken::Told(None),
                Next::Other(other) => return Woken::Other(other),
            }
        }
    }

    /// Carries comparisons on this cluster to their end, some beside each other; `told` hears of all that
    /// they find, by the number of the job.
    pub fn compare(&mut self, jobs: Vec<Job>, mut told: impl FnMut(usize, News)) {
        let (say, mut news) = mpsc::unbounded_channel();
        let mut open = jobs.len();
        // The command may have given up.
        let errand = Together::new(jobs, move |job, news| drop(say.send((job, news))));
        let errand = Box::new(errand);
        self.handle.send(Command::Carry { ticket: Ticket(0), cluster: CLUSTER, errand });
        loop {
            let events = &mut self.events;
            let next = async {
                tokio::select! {
                    biased;
                    news = news.recv() => Ok(news),
                    event = events.recv() => Err(event),
                }
            };
            match self.runtime.block_on(async { timeout(PATIENCE * 2, next).await }) {
                Ok(Ok(Some((job, news)))) => {
                    for one in news {
                        match one {
                            News::Over => open -= 1,
                            one => told(job, one),
                        }
                    }
                    if open == 0 {
                        return;
                    }
                }
                Ok(Ok(None)) | Err(_) => return,
                // A login may be wanted; other news end up in the comparison's own.
                Ok(Err(Some(event))) => drop(self.log_in(event)),
                Ok(Err(None)) => return,
            }
        }
    }

    /// Lets plans through the gate, unless the command line or the configuration says read-only.
    pub fn writable(&self) {
        self.handle.send(Command::Readonly(CLUSTER, false));
    }

    /// Runs something that is none of the cluster's while its connection waits.
    pub fn block_on<T>(&self, what: impl Future<Output = T>) -> T {
        self.runtime.block_on(what)
    }

    /// Runs a plan of one request; how it ended. What the server warns about is told.
    ///
    /// # Errors
    /// The reader has ended.
    pub fn run_one(&mut self, plan: Plan) -> Result<FollowState, Fault> {
        let (id, what) = (plan.id, plan.title.clone());
        self.handle.send(Command::Run(plan));
        loop {
            match self.next(PATIENCE * 2) {
                Some(Event::Follow(of, _, FollowState::Warned(warnings))) if of == id => {
                    for warning in warnings {
                        eprintln!("Warning: {}", crate::text::sanitise::clean(&warning));
                    }
                }
                Some(Event::Follow(of, _, state)) if of == id && state.is_final() => {
                    return Ok(state);
                }
                Some(_) => {}
                None => {
                    let why = "the server has stopped answering";
                    return Err(Fault::new(FaultKind::Network, what, why));
                }
            }
        }
    }

    /// Makes something that wants to be made where it will run: listeners to signals.
    pub fn within<T>(&self, make: impl FnOnce() -> T) -> T {
        let _here = self.runtime.enter();
        make()
    }

    /// Sends something into a stream.
    pub fn input(&self, stream: StreamId, input: StreamInput) {
        self.handle.send(Command::Input(stream, input));
    }

    /// Ends a stream.
    pub fn close(&self, stream: StreamId) {
        self.handle.send(Command::Close(stream));
    }

    /// Runs a plan's requests, and follows each to its outcome; `told` hears of every step. What is
    /// not over when it returns was called off with Ctrl-C, or the connection has ended.
    pub fn run_plan(
        &mut self,
        plan: Plan,
        readonly: bool,
        mut told: impl FnMut(&FollowState),
    ) -> Vec<FollowState> {
        self.follow_plan(plan, readonly, None, |_| false, |_, state| told(state)).0
    }

    /// Runs a plan's requests, and follows each until all have ended, or it is `enough`; `told` hears
    /// of every step of every request. What is not over when it returns was called off with Ctrl-C, took
    /// longer than `limit` after it began to be sent, or the connection has ended. What was sent goes on
    /// whatever happens here, and its answer is waited for as long as any answer to a write: who calls off
    /// learns what was asked for and what was not. Ctrl-C once more leaves that open too.
    pub fn follow_plan(
        &mut self,
        plan: Plan,
        readonly: bool,
        limit: Option<Duration>,
        enough: impl Fn(&[FollowState]) -> bool,
        mut told: impl FnMut(usize, &FollowState),
    ) -> (Vec<FollowState>, Followed) {
        enum Woken {
            Event(Event),
            Over(Followed),
            Gone,
        }
        let (id, mut states) = (plan.id, vec![FollowState::Requested; plan.requests.len()]);
        self.handle.send(Command::Readonly(CLUSTER, readonly));
        self.handle.send(Command::Run(plan));
        let (mut limit, mut until) = (limit, None::<Instant>);
        let mut interrupts = self.within(|| signal(SignalKind::interrupt())).ok();
        // Why it was called off. Nothing is enough from then on but that no request is on its way any more.
        let (mut called_off, mut answered) = (None, false);
        while !states.iter().all(FollowState::is_final) {
            if called_off.is_none() && enough(&states) {
                return (states, Followed::Enough);
            }
            let events = &mut self.events;
            let interrupted = async {
                match &mut interrupts {
                    Some(interrupts) => drop(interrupts.recv().await),
                    None => std::future::pending().await,
                }
            };
            let over = async {
                match until {
                    Some(until) => tokio::time::sleep_until(until.into()).await,
                    None => std::future::pending().await,
                }
            };
            let next = async {
                tokio::select! {
                    biased;
                    event = events.recv() => event.map_or(Woken::Gone, Woken::Event),
                    () = interrupted => Woken::Over(Followed::CalledOff),
                    () = over => Woken::Over(Followed::TimeOver),
                }
            };
            match self.runtime.block_on(next) {
                Woken::Over(why) if called_off.is_none() => {
                    self.handle.send(Command::Cancel(id));
                    (called_off, limit, until) = (Some(why), None, None);
                }
                Woken::Over(_) | Woken::Gone => break,
                Woken::Event(event) => match self.log_in(event) {
                    Some(Event::Follow(plan, number, state)) if plan == id => {
                        let Some(held) = states.get_mut(number) else { continue };
                        let counts_from_now = limit.take();
                        until = until.or(counts_from_now.map(|limit| Instant::now() + limit));
                        told(number, &state);
                        // A warning says nothing about how it stands.
                        if !matches!(state, FollowState::Warned(_)) {
                            *held = state;
                        }
                    }
                    Some(Event::Answered(plan)) if plan == id => answered = true,
                    _ => {}
                },
            }
            if answered && called_off.is_some() {
                break;
            }
        }
        (states, called_off.unwrap_or(Followed::ToTheEnd))
    }

    /// Subscribes.
    pub fn subscribe(&self, sub: SubId, need: Need) {
        self.handle.send(Command::Subscribe { sub, need });
    }

    /// What happens next on a subscription; None when nothing did for that long.
    pub fn next_of(&mut self, wanted: SubId, limit: Duration) -> Option<SubEvent> {
        loop {
            let (id, event) = self.next_sub(limit)?;
            if id == wanted {
                return Some(event);
            }
        }
    }

    /// What happens next on any subscription; None when nothing did for that long.
    pub fn next_sub(&mut self, limit: Duration) -> Option<(SubId, SubEvent)> {
        loop {
            match self.next(limit)? {
                Event::Sub(id, event) => return Some((id, event)),
                Event::Cluster(_, ClusterEvent::Notice(fault)) => super::tell(&fault),
                _ => {}
            }
        }
    }

    /// Reads a path of the API.
    ///
    /// # Errors
    /// The server's refusal, or none at all.
    pub fn read(&mut self, read: Read) -> Result<String, Fault> {
        let what = read.what.clone();
        self.handle.send(Command::Read { ticket: Ticket(0), cluster: CLUSTER, read });
        loop {
            match self.next(PATIENCE) {
                Some(Event::Answer(Ticket(0), Ok(Answer::Object(json)))) => {
                    return Ok(json.to_string());
                }
                Some(Event::Answer(Ticket(0), Err(fault))) => return Err(fault),
                Some(_) => {}
                None => {
                    let why = "the server has stopped answering";
                    return Err(Fault::new(FaultKind::Network, what, why));
                }
            }
        }
    }

    /// Reads paths of the API, some at a time; the answers in the order of the questions.
    pub fn read_all(&mut self, reads: Vec<Read>) -> Vec<Result<String, Fault>> {
        let silent = |what: &str| {
            Err(Fault::new(FaultKind::Network, what, "the server has stopped answering"))
        };
        let mut found: Vec<Result<String, Fault>> =
            reads.iter().map(|read| silent(&read.what)).collect();
        let mut waiting = reads.into_iter().enumerate();
        let mut flying: HashMap<Ticket, usize> = HashMap::new();
        let mut next = 0;
        loop {
            while flying.len() < IN_FLIGHT
                && let Some((at, read)) = waiting.next()
            {
                next += 1;
                flying.insert(Ticket(next), at);
                self.handle.send(Command::Read { ticket: Ticket(next), cluster: CLUSTER, read });
            }
            if flying.is_empty() {
                return found;
            }
            match self.next(PATIENCE) {
                Some(Event::Answer(ticket, answer)) => {
                    let Some(at) = flying.remove(&ticket) else { continue };
                    match answer {
                        Ok(Answer::Object(json)) => found[at] = Ok(json.to_string()),
                        Ok(Answer::Access(..)) => {}
                        Err(fault) => found[at] = Err(fault),
                    }
                }
                Some(_) => {}
                None => return found,
            }
        }
    }

    /// Fetches whole objects as the server sends them, in the order asked for; None for what is
    /// not there.
    ///
    /// # Errors
    /// The server's refusal, or none at all.
    pub fn get_all(&mut self, objects: Vec<ObjRef>) -> Result<Vec<Option<String>>, Fault> {
        let total = objects.len();
        let mut waiting = objects.into_iter().enumerate();
        let mut flying: HashMap<Ticket, usize> = HashMap::new();
        let mut found: Vec<Option<String>> = vec![None; total];
        let mut next = 0;
        loop {
            while flying.len() < IN_FLIGHT
                && let Some((at, object)) = waiting.next()
            {
                next += 1;
                flying.insert(Ticket(next), at);
                self.handle.send(Command::Get { ticket: Ticket(next), object });
            }
            if flying.is_empty() {
                return Ok(found);
            }
            match self.next(PATIENCE) {
                Some(Event::Answer(ticket, answer)) => {
                    let Some(at) = flying.remove(&ticket) else { continue };
                    match answer {
                        Ok(Answer::Object(json)) => found[at] = Some(json.to_string()),
                        Ok(Answer::Access(..)) => {}
                        Err(fault) if fault.kind == FaultKind::NotFound => {}
                        Err(fault) => return Err(fault),
                    }
                }
                Some(_) => {}
                None => {
                    let why = "the server has stopped answering";
                    return Err(Fault::new(FaultKind::Network, "get whole objects", why));
                }
            }
        }
    }
}
