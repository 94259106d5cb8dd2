//! From what is asked for to the containers that are read: finds the pods, keeps finding them, and
//! knows when no more lines can come.

use super::super::listwatch;
use super::super::session::Session;
use super::caught_up::{Behind, CaughtUp};
use super::jobs::{self, Job, JobNews};
use super::out::Out;
use super::pods::{Found, Pod, Pods, Standing, Watched, Watcher};
use super::source::{Shared, Source};
use super::targets::{self, Aim, Ends};
use crate::model::{
    Fault, FaultKind, Gvr, LogContainers, LogEvent, LogSince, LogSource, LogSpec, Text,
};
use rustc_hash::FxHashSet;
use std::cell::Cell;
use std::rc::Rc;
use std::sync::Arc;
use tokio::sync::{Semaphore, mpsc, watch};
use tokio::task::JoinSet;

/// Containers that are read at a time. Each is a connection of its own.
const MOST: usize = 250;

/// Reads all that is asked for to its end; why it failed as a whole.
pub(super) async fn run(session: Rc<Session>, spec: &LogSpec, out: &Rc<Out>) -> Option<Fault> {
    let aims = spec.targets.iter().map(|target| targets::aim(&session, target));
    let (mut good, mut bad) = (Vec::new(), Vec::new());
    for aim in futures::future::join_all(aims).await {
        match aim {
            Ok(aim) => good.push(aim),
            Err(fault) => bad.push(fault),
        }
    }
    if good.is_empty() {
        return bad.into_iter().next();
    }
    bad.into_iter().for_each(|fault| out.tell(LogEvent::Notice(fault)));
    let mut gather = Gather::new(session, spec, out);
    good.into_iter().for_each(|aim| gather.aim(aim));
    gather.run().await
}

/// What a watch of pods has come to.
enum PodNews {
    /// Its first list was complete.
    Listed,
    /// It was refused, or broke where nobody waits.
    Failed(Fault),
}

/// One watch of pods.
struct Looking {
    what: String,
    ends: Ends,
    state: Rc<Watched>,
    listed: bool,
    failed: bool,
}

/// A pod was read to its end.
struct PodEnd {
    namespace: Text,
    name: Text,
    /// Another one of its name will come.
    returns: bool,
}

/// Both ends of a channel on which watches tell under their number.
type Told<T> = (mpsc::UnboundedSender<(usize, T)>, mpsc::UnboundedReceiver<(usize, T)>);

struct Gather {
    shared: Rc<Shared>,
    reading: Rc<Reading>,
    behind: Rc<Behind>,
    found: mpsc::UnboundedReceiver<Found>,
    /// Told by watches of pods, by number.
    pod_news: Told<PodNews>,
    job_news: Told<JobNews>,
    looking: Vec<Looking>,
    /// Watches of jobs: the CronJob whose jobs they are (empty: of one job), and whether listed.
    crons: Vec<(Text, bool)>,
    jobs: FxHashSet<Text>,
    jobs_done: FxHashSet<(Text, Text)>,
    watches: JoinSet<()>,
    pods: JoinSet<PodEnd>,
    /// Pods that are gone for good.
    over: FxHashSet<(Text, Text)>,
    fault: Option<Fault>,
}

/// What is read of each pod.
struct Reading {
    containers: LogContainers,
    since: LogSince,
    /// Containers so far.
    count: Cell<u32>,
}

impl Gather {
    fn new(session: Rc<Session>, spec: &LogSpec, out: &Rc<Out>) -> Self {
        let (news, found) = mpsc::unbounded_channel();
        let shared = Rc::new(Shared {
            session,
            out: Rc::clone(out),
            pods: Pods::new(news),
            requests: Arc::new(Semaphore::new(MOST)),
            most: MOST,
            crowded: Cell::new(false),
            follow: spec.follow,
            previous: spec.previous,
        });
        Self {
            shared,
            reading: Rc::new(Reading {
                containers: spec.containers.clone(),
                since: spec.since,
                count: Cell::new(0),
            }),
            behind: Rc::default(),
            found,
            pod_news: mpsc::unbounded_channel(),
            job_news: mpsc::unbounded_channel(),
            looking: Vec::new(),
            crons: Vec::new(),
            jobs: FxHashSet::default(),
            jobs_done: FxHashSet::default(),
            watches: JoinSet::new(),
            pods: JoinSet::new(),
            over: FxHashSet::default(),
            fault: None,
        }
    }

    fn aim(&mut self, aim: Aim) {
        match aim {
            Aim::Pods(source, ends) => {
                if let (Ends::WithJob(namespace, name), true) = (&ends, self.shared.follow) {
                    let what = format!("Job/{name} in {namespace}");
                    let jobs = Gvr::new("batch", "v1", "jobs");
                    let only = format!("metadata.name={name}").into();
                    self.watch_jobs(
                        targets::list(what, jobs, namespace, Text::new(), only),
                        Text::new(),
                    );
                }
                self.watch_pods(source, ends);
            }
            Aim::Jobs(source, owner) => self.watch_jobs(source, owner),
        }
    }

    fn watch_pods(&mut self, source: listwatch::Source, ends: Ends) {
        let number = self.looking.len();
        let mut watcher = Watcher::new(number, &self.shared.pods, self.shared.follow);
        let state = watcher.state();
        self.looking.push(Looking {
            what: source.what.clone(),
            ends,
            state: Rc::clone(&state),
            listed: false,
            failed: false,
        });
        let (link, news) = (Rc::clone(&self.shared.session.link), self.pod_news.0.clone());
        let follow = self.shared.follow;
        self.watches.spawn_local(async move {
            let watching = listwatch::run(&link, &source, &mut watcher);
            tokio::pin!(watching);
            tokio::select! {
                biased;
                () = &mut watching => {}
                () = state.complete.notified() => {
                    let _ = news.send((number, PodNews::Listed));
                    if !follow {
                        return;
                    }
                    watching.await;
                }
            }
            if let Some(fault) = state.failed.take() {
                let _ = news.send((number, PodNews::Failed(fault)));
            }
        });
    }

    fn watch_jobs(&mut self, source: listwatch::Source, owner: Text) {
        let mut watcher = jobs::Watcher::new(self.crons.len(), &self.job_news.0);
        self.crons.push((owner, false));
        let link = Rc::clone(&self.shared.session.link);
        self.watches.spawn_local(async move {
            listwatch::run(&link, &source, &mut watcher).await;
        });
    }

    async fn run(mut self) -> Option<Fault> {
        let mut complete = false;
        loop {
            tokio::select! {
                biased;
                // Before what says that all were listed.
                Some(found) = self.found.recv() => self.start(found),
                Some((number, news)) = self.job_news.1.recv() => self.job(number, news),
                Some((number, news)) = self.pod_news.1.recv() => self.listed(number, news),
                Some(ended) = self.pods.join_next(), if !self.pods.is_empty() => {
                    if let Ok(end) = ended {
                        self.ended(end);
                    }
                }
                () = self.behind.fewer.notified() => {}
            }
            if !complete && self.all_listed() && self.behind.none() {
                complete = true;
                self.shared.out.tell(LogEvent::Complete);
            }
            if complete && self.pods.is_empty() && self.no_more() {
                return self.fault;
            }
        }
    }

    /// A pod was found.
    fn start(&mut self, found: Found) {
        let place = {
            let standing = found.pod.borrow();
            (standing.pod.namespace.clone(), standing.pod.name.clone())
        };
        self.over.remove(&place);
        let behind = (!found.later).then(|| Rc::clone(&self.behind));
        let early = behind.as_ref().map(Behind::one);
        let (shared, reading) = (Rc::clone(&self.shared), Rc::clone(&self.reading));
        self.pods.spawn_local(async move {
            let pod = PodReader { shared, reading, behind, later: found.later, pod: found.pod };
            pod.run(early).await
        });
    }

    fn ended(&mut self, end: PodEnd) {
        if !end.returns {
            self.over.insert((end.namespace, end.name));
        }
    }

    fn job(&mut self, number: usize, news: JobNews) {
        let (owner, listed) = &mut self.crons[number];
        match news {
            JobNews::Seen(job) if owner.is_empty() => {
                if job.done {
                    self.jobs_done.insert((job.namespace, job.name));
                }
            }
            JobNews::Seen(job) => {
                let own = job.owner == *owner && !job.labels.is_empty();
                if own && self.jobs.insert(job.uid.clone()) {
                    let Job { namespace, name, labels, .. } = job;
                    self.watch_pods(targets::of_job(&namespace, &name, labels), Ends::Never);
                }
            }
            JobNews::Gone(namespace, name) => {
                self.jobs_done.insert((namespace, name));
            }
            JobNews::Listed => *listed = true,
            JobNews::Denied(fault) => {
                *listed = true;
                self.failed(fault);
            }
        }
    }

    fn listed(&mut self, number: usize, news: PodNews) {
        match news {
            PodNews::Listed => {
                let looking = &mut self.looking[number];
                looking.listed = true;
                if looking.state.found.get() == 0 {
                    let sort = FaultKind::NotFound;
                    let fault = match &looking.ends {
                        Ends::WithPod(namespace, name) => {
                            self.over.insert((namespace.clone(), name.clone()));
                            let why = format!("there is no pod {name} in {namespace}");
                            Fault::new(sort, &looking.what, why)
                        }
                        _ if self.shared.follow => {
                            Fault::new(sort, &looking.what, "there are none yet")
                                .hint("their lines follow when they come")
                        }
                        _ => Fault::new(sort, &looking.what, "there are none"),
                    };
                    match looking.ends {
                        Ends::WithPod(..) => self.failed(fault),
                        _ => self.shared.out.tell(LogEvent::Notice(fault)),
                    }
                }
            }
            PodNews::Failed(fault) => {
                self.looking[number].listed = true;
                self.looking[number].failed = true;
                self.failed(fault);
            }
        }
    }

    /// A target cannot be read: the end of all, where it is the only one.
    fn failed(&mut self, fault: Fault) {
        if self.looking.len() + self.crons.len() == 1 {
            self.fault = Some(fault);
        } else {
            self.shared.out.tell(LogEvent::Notice(fault));
        }
    }

    fn all_listed(&self) -> bool {
        self.found.is_empty()
            && self.looking.iter().all(|looking| looking.listed)
            && self.crons.iter().all(|(_, listed)| *listed)
    }

    /// Whether no pod can come any more.
    fn no_more(&self) -> bool {
        let over = |looking: &Looking| match &looking.ends {
            _ if looking.failed => true,
            Ends::Never => false,
            Ends::WithPod(namespace, name) => {
                self.over.contains(&(namespace.clone(), name.clone()))
            }
            Ends::WithJob(namespace, name) => {
                self.jobs_done.contains(&(namespace.clone(), name.clone()))
            }
        };
        let more_jobs = self.crons.iter().any(|(owner, _)| !owner.is_empty());
        self.fault.is_some() || !self.shared.follow || self.looking.iter().all(over) && !more_jobs
    }
}

/// Reads the containers of one pod.
struct PodReader {
    shared: Rc<Shared>,
    reading: Rc<Reading>,
    /// Who waits for it, where it was there from the beginning.
    behind: Option<Rc<Behind>>,
    later: bool,
    pod: watch::Receiver<Standing>,
}

impl PodReader {
    /// Until all its containers are read to their end.
    async fn run(mut self, early: Option<CaughtUp>) -> PodEnd {
        let mut known = FxHashSet::default();
        let mut sources = JoinSet::new();
        self.begin(&mut known, &mut sources);
        drop(early);
        let mut watched = self.shared.follow;
        while !sources.is_empty() {
            tokio::select! {
                _ = sources.join_next() => {}
                changed = self.pod.changed(), if watched => {
                    watched = changed.is_ok() && !self.pod.borrow_and_update().gone;
                    if watched {
                        self.begin(&mut known, &mut sources);
                    }
                }
            }
        }
        let standing = self.pod.borrow();
        let Pod { namespace, name, returns, .. } = &*standing.pod;
        PodEnd {
            namespace: namespace.clone(),
            name: name.clone(),
            returns: standing.gone && *returns,
        }
    }

    /// Begins to read those containers that are not read yet.
    fn begin(&self, known: &mut FxHashSet<Text>, sources: &mut JoinSet<()>) {
        let pod = Rc::clone(&self.pod.borrow().pod);
        let wanted = pod.wanted(&self.reading.containers);
        if let (LogContainers::Named(name), true) = (&self.reading.containers, wanted.is_empty()) {
            let what = format!("logs of pod {}/{}", pod.namespace, pod.name);
            let hint = format!("it has {}", pod.main().join(", "));
            let why = format!("it has no container {name}");
            let fault = Fault::new(FaultKind::NotFound, &what, why).hint(hint);
            self.shared.out.tell(LogEvent::Notice(fault));
        }
        for container in wanted {
            if !known.insert(container.clone()) {
                continue;
            }
            let number = self.reading.count.replace(self.reading.count.get() + 1);
            self.shared.out.tell(LogEvent::Source(LogSource {
                namespace: pod.namespace.clone(),
                pod: pod.name.clone(),
                uid: pod.uid.clone(),
                container: container.clone(),
            }));
            // Of what came later all is new.
            let since = if self.later { LogSince::Beginning } else { self.reading.since };
            let caught_up = self.behind.as_ref().map_or_else(CaughtUp::unheeded, Behind::one);
            let pod = self.pod.clone();
            let source = Source::new(&self.shared, number, pod, container, since, caught_up);
            sources.spawn_local(source.run());
        }
    }
}
